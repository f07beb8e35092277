"""Worlds small enough to be worked out by hand: three divisions, four codes, a constant wire.

Every call takes 10 ms up and 10 ms down. Polls leave every 30 s. Millisecond 0 is 08:00.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from anyworld import healthy, with_organisation
from sameness import assert_same

from simkit.engines.processes.build import simulate
from simkit.rules.reasons import Edit
from simkit.rules.schedule import AVAILABLE, SCHEDULED, Window
from simkit.rules.settings import Settings
from simkit.rules.workload import AgentDay, Intention, Span, Transfer, Workload
from simkit.runs.history import History
from simkit.runs.log import Record

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000

GLOBAL = "d-00000000-0000-0000-0000-000000000001"
CARE = "d-00000000-0000-0000-0000-000000000002"
TECH = "d-00000000-0000-0000-0000-000000000003"

CODES = ("break", "meal", "issue", "tech-break")
"""Ids of the codes by number: three of Care, one of Tech."""
BREAK, MEAL, ISSUE, TECH_BREAK = range(4)

NOT_SILENT = {
    "auto_refresh": False,
    "authorization_flow": "implicit",
    "refresh_token": False,
    "renewal_interceptor": False,
}
"""No ingredient of silent renewal is there: only the agent's acts keep the token alive."""


def hand(**fields: Any) -> Settings:
    """Give the settings of the handmade world, some fields changed."""
    settings = with_organisation(
        healthy(),
        name="Handmade",
        divisions=[
            {"id": GLOBAL, "name": "Global"},
            {"id": CARE, "name": "Care", "parent": "Global"},
            {"id": TECH, "name": "Tech", "parent": "Global"},
        ],
        codes=[
            {"id": "break", "name": "Break", "type": "BREAK", "division": "Care"},
            {"id": "meal", "name": "Meal", "type": "BREAK", "division": "Care"},
            {"id": "issue", "name": "Issue", "type": "OTHER", "division": "Care"},
            {"id": "tech-break", "name": "Break", "type": "BREAK", "division": "Tech"},
        ],
        shifts=[{"name": "day", "start": "08:00", "end": "16:00"}],
        agents=[{"id": "ada", "division": "Care", "shift": "day"}],
        provisioning_user_division="Global",
    )
    wire = {"delay_min_ms": 10, "delay_median_ms": 10, "delay_max_ms": 10}
    return settings.replace(wire | fields)


def day(
    end: int,
    *intentions: tuple[int, str, int],
    agent: str = "ada",
    division: str = "Care",
    start: int = 0,
    windows: tuple[tuple[int, int, str], ...] = (),
    hidden: tuple[tuple[int, int], ...] = (),
    outages: tuple[tuple[int, int], ...] = (),
    transfers: tuple[tuple[int, str], ...] = (),
    reloads: tuple[int, ...] = (),
) -> AgentDay:
    """Give one agent's day from plain tuples."""
    return AgentDay(
        agent,
        division,
        start,
        end,
        tuple(Window(*one) for one in windows),
        tuple(Intention(*one) for one in intentions),
        tuple(Span(*one) for one in hidden),
        tuple(Span(*one) for one in outages),
        tuple(Transfer(*one) for one in transfers),
        reloads,
    )


def play(settings: Settings, *days: AgentDay, edits: tuple[Edit, ...] = ()) -> History:
    """Run a handmade workload; both clocks must agree on it."""
    workload = Workload(days, edits)
    ticking = simulate(settings, 1, clock="tick", workload=workload)
    chosen = simulate(settings, 1, workload=workload)
    assert_same(ticking, chosen, f"ticking and the clock {chosen.clock!r}")
    return ticking


def off(t: int, code: int, raises_version: bool = True) -> Edit:
    """Give the deactivation of a code."""
    return Edit(t, code, False, raises_version)


_DIVISIONS = {GLOBAL: "Global", CARE: "Care", TECH: "Tech", "": "none"}
_STATUS = {AVAILABLE: "available", SCHEDULED: "scheduled", **dict(enumerate(CODES))}


def _listed(data: Any) -> tuple[str, ...]:
    return tuple(code for i, code in enumerate(CODES) if data.mask >> i & 1)


_CHOSEN: dict[str, Callable[[Any], tuple[Any, ...]]] = {
    "login": _listed,
    "reload": _listed,
    "list": _listed,
    "submit": lambda data: (CODES[data.code], *(["force"] if data.force else [])),
    "success": lambda data: (CODES[data.code], data.status, data.error),
    "error": lambda data: (CODES[data.code], data.status, data.error),
    "status": lambda data: (_STATUS[data.status], data.writer, _STATUS[data.over]),
    "ignored": lambda data: (CODES[data.code],),
    "turned_away": lambda data: (data.wanted, "again" if data.again else "for good"),
    "warned": lambda data: (CODES[data.code],),
    "division": lambda data: (_DIVISIONS[data.division],),
    "transfer": lambda data: (_DIVISIONS[data.division],),
    "permissions": lambda data: (_DIVISIONS[data.division],),
    "edit": lambda data: (CODES[data.code], "on" if data.active else "off"),
}
"""What matters of a kind, in words of this world; of all others, their fields as they are."""


def line(record: Record) -> tuple[Any, ...]:
    """Give a record as (t, kind, what matters of it)."""
    return (record.t, record.kind, *_CHOSEN.get(record.kind, tuple)(record.data))


def timeline(history: History, *actors: str) -> list[tuple[Any, ...]]:
    """Give all lines of a log in order; with actors, theirs only."""
    return [line(r) for r in history.log if not actors or r.actor in actors]


def calls(history: History, agent: str = "ada") -> dict[tuple[str, int], int]:
    """Give how many calls of each (kind, status) an agent's browser made."""
    counts: dict[tuple[str, int], int] = {}
    for (kind, status, _), (n, _) in history.requests[agent].items():
        counts[kind, status] = counts.get((kind, status), 0) + n
    return counts

"""What is known of each trap beforehand, reasoned out and not measured.

Several tests hold runs, labs and replications to it, each to its own part. So whoever adds a trap
writes down here, and nowhere else in the tests, how it must show.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import simkit
from simkit.base.clock import MINUTE
from simkit.base.steps import NEVER
from simkit.rules import schedule
from simkit.rules.workload import AgentDay
from simkit.runs.history import History
from simkit.runs.log import Record
from simkit.study.catalogue import Trap
from simkit.ui.lab.agent_view import Piece

# What a fix touches. Up to the first moment that it can touch, trap and fix are one and the same
# run: that moment is worked out from the trap's run for one agent.

Touch = Callable[[History, AgentDay, list[Record]], int]


def first(kind: str) -> Touch:
    return lambda _, __, records: next((r.t for r in records if r.kind == kind), NEVER)


def first_renewal(_: History, agent: AgentDay, __: list[Record]) -> int:
    return agent.start + 44 * MINUTE


def renewal_after_transfer(_: History, agent: AgentDay, __: list[Record]) -> int:
    if not agent.transfers:
        return NEVER
    period = 44 * MINUTE
    # A renewal that leaves a moment before the transfer may still arrive after it.
    renewals = range(agent.start + period, agent.end, period)
    return next((t for t in renewals if t + 250 > agent.transfers[0].t), NEVER)


def guarded_intention(history: History, agent: AgentDay, _: list[Record]) -> int:
    """The first act within 60 s of a WFM transition or a sweep to come."""
    every = history.settings.routing.sweep_interval_ms

    def override(t: int) -> int:
        transition = schedule.next_transition(agent.windows, t + 1)
        return min(transition, schedule.next_sweep(every, t + 1))

    return next((i.t for i in agent.intentions if override(i.t) - i.t <= MINUTE), NEVER)


def swept_choice(_: History, __: AgentDay, records: list[Record]) -> int:
    return next(
        (
            r.t
            for r in records
            if r.kind == "status" and r.data.writer == "routing" and r.data.over >= 0
        ),
        NEVER,
    )


def first_edit(history: History, _: AgentDay, __: list[Record]) -> int:
    return history.workload.edits[0].t


# How a desk fails.


def empty(piece: Piece) -> bool:
    return piece.desk.state == "empty"


def frozen(piece: Piece) -> bool:
    return piece.desk.state == "frozen"


def unusable(piece: Piece) -> bool:
    return any(not piece.truth.usable >> code & 1 for code in piece.desk.entries)


def status_differs(piece: Piece) -> bool:
    return piece.desk.status != piece.truth.status


def something_usable(piece: Piece) -> bool:
    return piece.truth.usable != 0


def asked_elsewhere(piece: Piece) -> bool:
    return piece.truth.asked != piece.truth.division


def asked_at_home(piece: Piece) -> bool:
    return piece.truth.asked == piece.truth.division


class KnownFix(NamedTuple):
    """What a fix does."""

    verdict: str
    touches: Touch
    """When it can make a difference for an agent, at the earliest."""
    kinds: set[str]
    """The kinds of record that the first difference may be of."""


class KnownTrap(NamedTuple):
    """How a trap shows."""

    sections: str
    """The sections of the settings that are to blame."""
    shows: Callable[[Piece], bool]
    """Whether a desk shows the symptom; with each fix and in the healthy deployment none does."""
    beside: Callable[[Piece], bool] | None
    """What is true at the same time, and tells it from a trap with the same symptom."""
    says: str
    """What stands on the desk in a browser."""
    culprit: str
    """The kind of record that springs it."""
    fixes: dict[str, KnownFix]


KNOWN = {
    "T1": KnownTrap(
        "provisioning",
        empty,
        something_usable,
        "No status reasons",
        "login",
        {"T1a": KnownFix("cured", first("list"), {"list"})},
    ),
    "T2": KnownTrap(
        "widget workload",
        unusable,
        asked_elsewhere,
        "✗ bound to North Care",
        "transfer",
        {"T2a": KnownFix("reduced", renewal_after_transfer, {"division"})},
    ),
    "T3": KnownTrap(
        "application",
        status_differs,
        None,
        "(differs)",
        "success",
        {"T3a": KnownFix("cured", first("submit"), {"status"})},
    ),
    "E1": KnownTrap(
        "provisioning",
        empty,
        something_usable,
        "No status reasons",
        "login",
        {
            "E1a": KnownFix("cured", first("list"), {"list"}),
            "E1b": KnownFix("cured", first("list"), {"list"}),
        },
    ),
    "E2": KnownTrap(
        "widget application session",
        frozen,
        None,
        "not responding",
        "trouble",
        {"E2a": KnownFix("cured", first_renewal, {"renewed"})},
    ),
    "E3": KnownTrap(
        "wfm routing",
        status_differs,
        None,
        "(differs)",
        "status",
        {
            "E3a": KnownFix("cured", guarded_intention, {"open"}),
            "E3b": KnownFix("reduced", swept_choice, {"status"}),
            "E3c": KnownFix("cured", first("submit"), {"submit"}),
            "E3d": KnownFix("cured", guarded_intention, {"warned"}),
        },
    ),
    "E4": KnownTrap(
        "widget workload",
        unusable,
        asked_at_home,
        "✗ deactivated at",
        "edit",
        {
            # A list that is replaced earlier; or an act, if the list it meets is a newer one.
            "E4a": KnownFix("reduced", first_edit, {"list", "reload", "open"}),
            # With a version the first list takes two round trips, without one, of at least 40 ms.
            "E4b": KnownFix("cured", lambda _, agent, __: agent.start + 40, {"list"}),
            "E4c": KnownFix("reduced", first("reload"), {"reload"}),
        },
    ),
}
"""Of each trap of the catalogue, in its order, and of each of its fixes."""

FIXES = {fix_id: fix for trap in KNOWN.values() for fix_id, fix in trap.fixes.items()}


def of_the_guide() -> list[Trap]:
    """Give the traps that the guide describes: it promises something of their fixes."""
    return [t for t in simkit.traps.values() if any(fix.promise for fix in t.fixes)]

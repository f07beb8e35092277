"""A day told from columns and from a log in the same words, so that the two can be compared.

Each row is one thing that happened to one agent: when, what, and all that was shown, chosen,
replied, believed or true with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sameness import fail_if

from simkit.base.steps import NEVER
from simkit.engines.columns.column_run import ColumnRun
from simkit.engines.columns.decisions import IGNORED, LOST
from simkit.engines.columns.exact import (
    why_nobody,
    why_not_limited,
    why_some,
    why_together,
)
from simkit.engines.columns.limited_lists import LimitedLists
from simkit.engines.columns.list_tables import asked_division
from simkit.engines.columns.part_view import PartView
from simkit.engines.columns.population import Part
from simkit.engines.columns.statuses import WRITERS
from simkit.engines.processes.build import simulate
from simkit.engines.processes.process_run import ProcessRun
from simkit.rules.judging import config_size
from simkit.rules.reasons import Snapshot
from simkit.rules.replies import NETWORK_FAILURE, lost
from simkit.rules.settings import Settings
from simkit.rules.workload import Workload
from simkit.runs.run import Run

Row = tuple[Any, ...]
NO_REPLY = (NETWORK_FAILURE, lost(0).code)
FIELDS = {
    "open": ("wanted", "state", "shown"),
    "lost": ("wanted", "why"),
    "turned_away": ("wanted", "again"),
    "warned": ("code",),
    "submit": ("code",),
    "success": ("code", "status", "error"),
    "error": ("code", "status", "error"),
    "ignored": ("code",),
    "return": (),
    "status": ("status", "writer", "over"),
}
"""What is compared of each kind of record; page loads and lists are told by what is shown."""


def by_log(run: Run) -> dict[str, list[Row]]:
    """Tell each agent's day from the log."""
    told = {}
    for agent in run.agents:
        rows = [
            (r.t, r.kind, *(getattr(r.data, name) for name in FIELDS[r.kind]))
            for r in run.records(agent)
            if r.kind in FIELDS
        ]
        belief = run.belief(agent)
        shows = belief.version, belief.listed, belief.asked
        times = sorted({t for each in shows for t in each.times[1:]})
        rows += [(t, "shows", *(each.at(t) for each in shows)) for t in times]
        calls = run.requests[agent]
        rows += [(0, "calls", *where, n, size) for where, (n, size) in calls.items()]
        told[agent] = rows
    return told


def by_columns(part: Part) -> dict[str, list[Row]]:
    """Tell each agent's day from columns."""
    days = part.days
    rows: list[list[Row]] = [[] for _ in days.people]
    for tell in (_attempts, _submissions, _writes, _lists, _polls, _calls):
        for agent, row in tell(part):
            rows[agent].append(row)
    return {person.id: told for person, told in zip(days.people, rows, strict=True)}


def _attempts(part: Part) -> list[tuple[int, Row]]:
    made, told = part.attempts, []
    names = [wanted.name for wanted in part.days.names]
    for i, who in enumerate(made.who.tolist()):
        t, wanted, code = int(made.t[i]), names[made.reason[i]], int(made.code[i])
        locked, frozen = bool(made.locked[i]), bool(made.frozen[i])
        state = "frozen" if frozen else "locked" if locked else "list"
        shown = int(part.catalogue.counts[made.state[i]]) if state == "list" else 0
        told.append((who, (t, "open", wanted, state, shown)))
        if made.lost[i]:
            told.append((who, (t, "lost", wanted, "frozen" if frozen else "not listed")))
        if made.turned_away[i]:
            told.append((who, (t, "turned_away", wanted, bool(made.again[i]))))
            told += [] if locked else [(who, (t, "warned", code))]
        if made.submitted[i]:
            told.append((who, (t, "submit", code)))
    for who, t, reason in zip(*(each.tolist() for each in made.given_up), strict=True):
        told.append((who, (t, "lost", names[reason], "no list")))
    return told


def _submissions(part: Part) -> list[tuple[int, Row]]:
    sent, told = part.submissions, []
    for i, who in enumerate(sent.who.tolist()):
        code, reply = int(sent.code[i]), sent.replies[sent.judgement[i]]
        if sent.told[i]:
            kind = "success" if sent.success[i] else "error"
            told.append((who, (int(sent.reply[i]), kind, code, *reply)))
        if sent.judgement[i] == IGNORED:
            told.append((who, (int(sent.arrival[i]), "ignored", code)))
        if sent.returns[i] < NEVER:
            told.append((who, (int(sent.returns[i]), "return")))
    return told


def _writes(part: Part) -> list[tuple[int, Row]]:
    true = part.writes
    columns = zip(
        *(a.tolist() for a in (true.who, true.t, true.value, true.writer, true.over)), strict=True
    )
    return [(who, (t, "status", value, WRITERS[w], over)) for who, t, value, w, over in columns]


def _lists(part: Part) -> list[tuple[int, Row]]:
    """What is shown from when: at page loads, first lists, and lists that show an edit."""
    days, lists, catalogue = part.days, part.lists, part.catalogue
    settings = part.population.settings
    names = [asked_division(settings, division) for division in days.divisions]
    moments: list[set[int]] = [set() for _ in days.people]
    for table in (lists.starts, lists.first_shown):
        for who, t in zip(*np.nonzero(table < NEVER)[:1], table[table < NEVER], strict=True):
            moments[who].add(int(t))
    edits = PartView(part).edits
    # The last polls of a shift may arrive after its end, and find what was edited after it.
    during = days.start[edits.who] <= edits.t
    who = edits.who[during]
    for agent, t in zip(who, lists.seen(who, edits.t[during]).at, strict=True):
        moments[agent] |= {int(t)} if t < NEVER else set()
    told = []
    for agent, times in enumerate(moments):
        before = -1
        for t in sorted(times):
            shown = lists.shown(np.array([agent]), np.array([t]))
            state = int(catalogue.state(shown.division, shown.as_of)[0])
            if state != before:
                listed = catalogue.snapshots[state] if state >= 0 else Snapshot(-1, 0, 0)
                asked = names[int(shown.division[0])] if state >= 0 else ""
                told.append((agent, (t, "shows", listed.version, listed.mask, asked)))
            before = state
    return told


def _polls(part: Part) -> list[tuple[int, Row]]:
    if isinstance(part.lists, LimitedLists):
        return _limited_polls(part, part.lists)
    told: list[tuple[int, Row]] = []
    traffic = PartView(part).traffic
    size = traffic.poll_bytes()
    for agent in range(len(part.days.people)):
        polls, configs, dead, _ = (int(calls.n[agent].sum()) for calls in traffic.requests)
        alive, answered = (
            int(calls.n[agent].sum()) for calls in (part.lists.alive_asked, part.lists.answered)
        )
        settings = part.population.settings
        read = configs * config_size(settings)
        if configs:
            told.append((agent, (0, "calls", "config", 200, "", configs, read)))
        if answered:
            told.append((agent, (0, "calls", "list", 200, "", answered, int(size[agent]) - read)))
        refused = (
            ("list", settings.platform.dead_token, polls - alive),
            ("list", part.lists.refused, alive - answered),
            ("config", settings.platform.dead_token, dead),
        )
        for kind, refusal, n in refused:
            if n:
                told.append((agent, (0, "calls", kind, refusal.status, refusal.code, n, 0)))
        gone, unread = part.lists.lost_requests.n[agent], part.lists.unread[agent]
        for kind, n in (("config", int(gone[unread].sum())), ("list", int(gone[~unread].sum()))):
            if n:
                told.append((agent, (0, "calls", kind, *NO_REPLY, n, 0)))
    return told


def _limited_polls(part: Part, lists: LimitedLists) -> list[tuple[int, Row]]:
    told: list[tuple[int, Row]] = []
    settings, agents = part.population.settings, range(len(part.days.people))
    refusal, size = settings.platform.too_many_requests, PartView(part).traffic.poll_bytes()
    given = {"config": lists.known.configs, "list": lists.known.lists}
    read = np.zeros(len(agents), np.int64)
    for kind, made in lists.questions.items():
        granted = np.bincount(given[kind].who, minlength=len(agents))
        got = granted * config_size(settings) if kind == "config" else size - read
        read += got
        for agent in agents:
            if granted[agent]:
                told.append((agent, (0, "calls", kind, 200, "", granted[agent], got[agent])))
            if refused := int(made[agent] - granted[agent]):
                where = (kind, refusal.status, refusal.code)
                told.append((agent, (0, "calls", *where, refused, 0)))
    return told


def _calls(part: Part) -> list[tuple[int, Row]]:
    told: list[tuple[int, Row]] = []
    sent, traffic = part.submissions, PartView(part).traffic
    period = part.population.settings.platform.renewal_period_ms
    last = part.days.loads + traffic.renewals * period
    failed = (traffic.renewals > 0) & (last == traffic.lost_renewals)
    renewals = zip(traffic.renewals.sum(axis=1).tolist(), failed.sum(axis=1).tolist(), strict=True)
    for agent, (left, gone) in enumerate(renewals):
        for n, reply in ((left - gone, (200, "")), (gone, NO_REPLY)):
            if n:
                told.append((agent, (0, "calls", "renew", *reply, n, 0)))
    replies = [
        (who, *sent.replies[j])
        for who, j in zip(sent.who, sent.judgement, strict=True)
        if j != LOST
    ]
    replies += [(who, *NO_REPLY) for who in sent.lost_tries.who]
    for (who, *reply), n in Counter(replies).items():
        told.append((int(who), (0, "calls", "submit", *reply, n, 0)))
    return told


def why_not(settings: Settings) -> str:
    """Say why columns are not exact for all agents; nothing when they are."""
    limited = why_not_limited(settings) if why_together(settings) else ""
    reasons = limited, why_nobody(settings), why_some(settings)
    return ", ".join(filter(None, reasons))


def different(settings: Settings, seed: int, recorded: Workload | None = None) -> list[str]:
    """Say in which ways columns and processes differ: days told row by row, and all metrics."""
    crowd = ColumnRun(settings, seed, "test", recorded=recorded)
    world = ProcessRun(simulate(settings, seed, workload=recorded), "test")
    columns: dict[str, list[Row]] = {}
    for part in crowd.population.parts():
        columns |= by_columns(part)
    for _, rest in crowd.population.others():
        columns |= by_log(rest)
    found = list(_days_apart(columns, by_log(world)))
    crowd.measure(list(world.metrics))  # all in one pass over the agents
    for name, measured in world.metrics.items():
        if crowd.metrics[name] != measured:
            found.append(f"metric {name}: {crowd.metrics[name]} and {measured}")
    return found


def _days_apart(
    columns: Mapping[str, Sequence[Row]], log: Mapping[str, Sequence[Row]]
) -> Sequence[str]:
    apart = []
    for agent, told in log.items():
        mine, theirs = Counter(columns[agent]), Counter(told)
        if mine != theirs:
            only = [sorted(map(repr, rows)) for rows in (mine - theirs, theirs - mine)]
            apart.append(f"{agent}: columns {only[0]}, log {only[1]}")
    return apart


def assert_columns_agree(settings: Settings, seed: int) -> None:
    """Fail with what differs, and with a scenario file that shows it."""
    fail_if(different(settings, seed), "columns and processes", settings, seed)

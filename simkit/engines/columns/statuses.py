"""True statuses: who wrote what when. The one part in which a day has to be gone through in order.

Each round makes the next write of every agent at once. What WFM and the sweep do is looked up in
tables that their rules fill.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from simkit.base.steps import NEVER
from simkit.engines.columns.arrays import Flags, Ints, in_campaign, in_order, next_sweep
from simkit.engines.columns.days import Days
from simkit.engines.columns.decisions import Submissions
from simkit.rules import schedule
from simkit.rules.reasons import Directory
from simkit.rules.schedule import AVAILABLE, SCHEDULED, Status
from simkit.rules.settings import Settings
from simkit.runs.log import AGENT, ARRIVAL, SWEEP, WFM

WRITERS = ("agent", "wfm", "routing", "return")
_AGENT, _WFM, _ROUTING, _RETURN = range(4)
_RANKS = np.array([ARRIVAL["submit"], WFM, SWEEP, AGENT])
_ORDER = np.argsort(np.argsort(_RANKS))
"""The order of the writers within one millisecond."""
_NO_YES = (False, True)
_UNCHANGED = -3
"""In tables: the rule writes nothing."""


@dataclass(frozen=True)
class Writes:
    """Writes of true statuses, in the order of agents and then of time."""

    who: Ints
    t: Ints
    value: Ints
    over: Ints
    """The status before."""
    writer: Ints
    """Place in ``WRITERS``."""


class _Day:
    """Where each agent stands, as rounds go on."""

    def __init__(self, settings: Settings, directory: Directory, days: Days) -> None:
        self.settings, self.days = settings, days
        self.value = np.full(len(days.people), AVAILABLE, dtype=np.int64)
        self.forced = np.zeros(len(days.people), bool)
        self.sweep_at = np.full(len(days.people), NEVER)
        self.every = settings.routing.sweep_interval_ms
        self.spares = settings.routing.ignore_manual != "no"
        self.codes = directory.codes
        self.parts: list[tuple[Ints, Ints, Ints, Ints, Ints]] = []

    @cached_property
    def wfm(self) -> Ints:
        """What WFM writes, by status, whether it is forced, and whether the schedule has it off.

        The last two statuses are SCHEDULED and AVAILABLE, which are -2 and -1.
        """
        told = [
            _value(schedule.wfm_write(status, kind, off))
            for status, kind in self._statuses
            for off in _NO_YES
        ]
        return np.array(told).reshape(-1, 2, 2)

    @cached_property
    def swept(self) -> Flags:
        """Whether the sweep writes, by all that and by whether it spares manual codes."""
        told = [
            schedule.sweep_write(status, off, spares) is not None
            for status, _ in self._statuses
            for off in _NO_YES
            for spares in _NO_YES
        ]
        return np.array(told).reshape(-1, 2, 2, 2)

    @property
    def _statuses(self) -> list[tuple[Status, str]]:
        kinds = {i: code.type for i, code in enumerate(self.codes)}
        values = (*kinds, SCHEDULED, AVAILABLE)
        return [(Status(v, forced), kinds.get(v, "")) for v in values for forced in _NO_YES]

    def write(self, rows: Ints, t: Ints, value: Ints, writer: int, forced: bool = False) -> None:
        """Make statuses true; each row at most once."""
        if not len(rows):
            return
        self.parts.append((rows, t, value, self.value[rows], np.full(len(rows), writer)))
        self.value[rows], self.forced[rows] = value, forced
        if self.every:
            self.sweep_at[rows] = self._next_sweep(rows, t)

    def sweep(self, rows: Ints, until: Ints) -> None:
        """Let the sweep restore those whose turn comes before a moment."""
        due = self.sweep_at[rows] < until
        rows = rows[due]
        self.write(rows, self.sweep_at[rows], np.full(len(rows), AVAILABLE), _ROUTING)

    def _next_sweep(self, rows: Ints, t: Ints) -> Ints:
        """Give the first sweep after a moment that restores an agent's status, or NEVER."""
        found = np.full(len(rows), NEVER)
        waiting = np.nonzero(self.value[rows] != AVAILABLE)[0]
        at = next_sweep(self.every, t[waiting] + 1)
        while len(waiting):
            agents = rows[waiting]
            off, off_until = self.off(agents, at)
            spares = self.spares & in_campaign(self.settings.campaign_ms, at)
            swept = self.swept[self.value[agents], self.forced[agents] * 1, off * 1, spares * 1]
            found[waiting[swept]] = at[swept]
            later = np.where(off, next_sweep(self.every, off_until), at + self.every)
            go_on = ~swept & (later < self.days.end[agents])
            waiting, at = waiting[go_on], later[go_on]
        return np.where(found < self.days.end[rows], found, NEVER)

    def off(self, rows: Ints, t: Ints) -> tuple[Flags, Ints]:
        """Say whether the schedule has agents off the queue, and until when."""
        starts, ends = self.days.window_starts[rows], self.days.window_ends[rows]
        inside = (starts <= t[:, None]) & (t[:, None] < ends)
        return np.asarray(inside.any(axis=1)), np.asarray(np.where(inside, ends, 0).max(axis=1))


def _value(status: Status | None) -> int:
    return _UNCHANGED if status is None else status.value


def writes(settings: Settings, directory: Directory, days: Days, sent: Submissions) -> Writes:
    """Give all writes of true statuses."""
    day = _Day(settings, directory, days)
    plans = [_plan(sent.who, sent.arrival, sent.code, _AGENT, sent.written)]
    plans.append(_plan(sent.who, sent.returns, sent.code, _RETURN, sent.returns < NEVER))
    if settings.wfm.writes_status:
        plans.append(_transitions(days))
    who, t, code, writer = (np.concatenate(each) for each in zip(*plans, strict=True))
    order = in_order(who, t, _ORDER[writer])
    who, t, code, writer = who[order], t[order], code[order], writer[order]
    first = np.searchsorted(who, np.arange(len(days.people)))
    count = np.bincount(who, minlength=len(days.people))
    for round_ in range(int(count.max(initial=0))):
        rows = np.nonzero(count > round_)[0]
        at = first[rows] + round_
        if day.every:
            # The sweep of a millisecond comes before arrivals and acts, and after WFM.
            day.sweep(rows, t[at] + (_ORDER[writer[at]] > _ORDER[_ROUTING]))
        for kind, act in ((_AGENT, _choose), (_RETURN, _return), (_WFM, _schedule)):
            mine = writer[at] == kind
            if mine.any():
                act(day, rows[mine], t[at[mine]], code[at[mine]])
    if day.every:
        everybody = np.arange(len(days.people))
        while (day.sweep_at < NEVER).any():
            day.sweep(everybody, np.full(len(everybody), NEVER))
    if not day.parts:
        nothing = np.zeros(0, np.int64)
        return Writes(*(nothing for _ in fields(Writes)))
    made = Writes(*map(np.concatenate, zip(*day.parts, strict=True)))
    order = in_order(made.who, made.t, _ORDER[made.writer])
    return Writes(*(getattr(made, column.name)[order] for column in fields(Writes)))


def _plan(
    who: Ints, t: Ints, code: Ints, writer: int, made: Flags
) -> tuple[Ints, Ints, Ints, Ints]:
    return who[made], t[made], code[made], np.full(np.count_nonzero(made), writer)


def _transitions(days: Days) -> tuple[Ints, Ints, Ints, Ints]:
    edges = np.sort(np.column_stack((days.window_starts, days.window_ends)), axis=1)
    edges[:, 1:][edges[:, 1:] == edges[:, :-1]] = NEVER
    mine = (edges >= days.start[:, None]) & (edges < days.end[:, None])
    who, t = np.nonzero(mine)[0], edges[mine]
    return who, t, np.zeros_like(t), np.full(len(t), _WFM)


def _choose(day: _Day, rows: Ints, t: Ints, code: Ints) -> None:
    day.write(rows, t, code, _AGENT, forced=day.settings.widget.force)


def _return(day: _Day, rows: Ints, t: Ints, code: Ints) -> None:
    away = day.value[rows] != AVAILABLE
    day.write(rows[away], t[away], np.full(np.count_nonzero(away), AVAILABLE), _RETURN)


def _schedule(day: _Day, rows: Ints, t: Ints, code: Ints) -> None:
    off, _ = day.off(rows, t)
    value = day.wfm[day.value[rows], day.forced[rows].astype(int), off.astype(int)]
    made = value != _UNCHANGED
    day.write(rows[made], t[made], value[made], _WFM)

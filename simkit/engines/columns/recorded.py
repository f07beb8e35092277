"""Recorded days as columns: those of a workload that was read, not drawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np

from simkit.base.steps import NEVER
from simkit.engines.columns.arrays import Flags, Ints
from simkit.engines.columns.days import Days, Wanted
from simkit.inputs.resizing import Member
from simkit.rules.organisation import Person
from simkit.rules.reasons import Edit
from simkit.rules.settings import Settings
from simkit.rules.workload import AgentDay, Workload


@dataclass(frozen=True)
class Recorded:
    """A workload, its agents, and what they may want."""

    people: Sequence[Member]
    by_agent: dict[str, AgentDay]
    seed: int
    edits: tuple[Edit, ...]
    latest: int
    """The end of the last shift, in ms."""
    divisions: tuple[str, ...]
    names: tuple[Wanted, ...]

    @classmethod
    def of(cls, settings: Settings, workload: Workload, seed: int) -> Recorded:
        """Make ready to give the days of a workload."""
        wanted = {(want.reason, want.code_id) for day in workload.days for want in day.intentions}
        return cls(
            [Member(day.agent, day.division, "") for day in workload.days],
            {day.agent: day for day in workload.days},
            seed,
            workload.edits,
            workload.horizon,
            tuple(settings.organisation.tree.parent),
            tuple(Wanted(*each) for each in sorted(wanted)),
        )

    def day(self, person: Person | Member) -> AgentDay:
        """Give the day of one agent."""
        return self.by_agent[person.id]

    def columns(self, people: Sequence[Member]) -> tuple[Days, Flags]:
        """Give the days of some agents, and for whom columns may be exact.

        They are not where one is moved more than once, and where what was planned first decides:
        a page loaded twice in a millisecond, a tab hidden as it is shown.
        """
        days = [self.by_agent[person.id] for person in people]
        division = {name: i for i, name in enumerate(self.divisions)}
        reason = {name: i for i, name in enumerate(self.names)}
        wants = [want for day in days for want in day.intentions]
        home = _ints(division[day.division] for day in days)
        moves = [day.transfers[:1] for day in days]
        made = Days(
            people,
            [self.seed],
            np.zeros(len(days), np.int64),
            self.divisions,
            self.names,
            home,
            _ints(day.start for day in days),
            _ints(day.end for day in days),
            _table(([window.start for window in day.windows] for day in days), least=1),
            _table(([window.end for window in day.windows] for day in days), least=1),
            np.repeat(np.arange(len(days)), [len(day.intentions) for day in days]),
            _ints(want.t for want in wants),
            _ints(reason[Wanted(want.reason, want.code_id)] for want in wants),
            _ints(want.length for want in wants),
            _table([day.start, *day.reloads] for day in days),
            _table([span.start for span in day.hidden] for day in days),
            _table([span.end for span in day.hidden] for day in days),
            _table([span.start for span in day.outages] for day in days),
            _table([span.end for span in day.outages] for day in days),
            _ints(move[0].t if move else NEVER for move in moves),
            _ints(
                division[move[0].division] if move else at
                for move, at in zip(moves, home.tolist(), strict=True)
            ),
        )
        return made, np.array([_is_plain(day) for day in days])


def _is_plain(day: AgentDay) -> bool:
    touching = any(one.end == other.start for one, other in pairwise(day.hidden))
    reloaded_at_once = day.start in day.reloads
    return not (len(day.transfers) > 1 or touching or reloaded_at_once)


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, np.int64)


def _table(rows: Iterable[Sequence[int]], least: int = 0) -> Ints:
    """Give rows of different lengths as one table, with NEVER in the places left over.

    It has so many columns at least.
    """
    rows = list(rows)
    counts = _ints(map(len, rows))
    table = np.full((len(rows), int(counts.max(initial=least))), NEVER)
    place = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
    table[np.repeat(np.arange(len(rows)), counts), place] = _ints(chain.from_iterable(rows))
    return table

"""Step functions of many agents at once: what ``base.steps.Steps`` is for one, as columns."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from simkit.base.steps import NEVER, Steps
from simkit.engines.columns.arrays import Flags, Ints, in_order


class StepColumns(NamedTuple):
    """Values of agents that change at whole milliseconds, a row for each change.

    A value holds from its row until the agent's next one. Rows go by agents and then by times; of
    those in one millisecond the last one counts, as the others hold for no time.
    """

    who: Ints
    t: Ints
    value: Ints

    @classmethod
    def of(cls, who: Ints, t: Ints, value: Ints) -> StepColumns:
        """Put rows in order; those of one agent and millisecond stay as they are."""
        order = in_order(who, t)
        return cls(who[order], t[order], value[order])

    def where(self, rows: Flags) -> StepColumns:
        """Give some of the rows."""
        return StepColumns(self.who[rows], self.t[rows], self.value[rows])

    def last(self) -> StepColumns:
        """Leave of each agent's millisecond the last row."""
        return self.where(lasts(self.who, self.t))

    def changes(self) -> StepColumns:
        """Leave the rows whose value is another than the agent's one before."""
        return self.where(firsts(self.who, self.value))

    def until(self, end: Ints) -> Ints:
        """Give, row by row, when the value ends: with the next one, or with the agent's ``end``."""
        return np.where(lasts(self.who), end[self.who], np.append(self.t[1:], NEVER)[: len(self.t)])

    def integral(self, start: Ints, end: Ints) -> Ints:
        """Add up, agent by agent, value times time within [start, end), of which each has one."""
        until = np.minimum(self.until(end), end[self.who])
        length = np.maximum(0, until - np.maximum(self.t, start[self.who]))
        return per_agent(self.who, self.value * length, len(end))


class StepTables:
    """Step functions one after the other, so that one search serves them all.

    A row is a function; times are those of a run, from 0 on.
    """

    _APART = 1 << 40
    """Puts the times of one function apart from those of the next."""

    def __init__(self, steps: Sequence[Steps[Any]]) -> None:
        self._steps = steps
        keys: list[int] = []
        for row, each in enumerate(steps):
            apart = row * self._APART
            keys += [apart - 1, *(apart + t for t in each.times[1:])]
        self._keys = np.array(keys, dtype=np.int64)
        self._counts = np.array([len(each.times) for each in steps], dtype=np.int64)
        self.first = np.cumsum(self._counts) - self._counts
        """The place of each function's first value among all values."""

    def place(self, row: Ints, t: Ints) -> Ints:
        """Give the places, among all values, of those that hold at some moments."""
        return np.asarray(np.searchsorted(self._keys, row * self._APART + t, side="right")) - 1

    @cached_property
    def _values(self) -> Ints:
        return np.array([value for each in self._steps for value in each.values], dtype=np.int64)

    def at(self, row: Ints, t: Ints) -> Ints:
        """Give the values of functions at some moments, where they are numbers."""
        return self._values[self.place(row, t)]

    def changes_until(self, row: Ints, t: Ints) -> Ints:
        """Give how often functions have changed by some moments."""
        return self.place(row, t) - self.first[row]

    def next_change(self, row: Ints, t: Ints) -> Ints:
        """Give when functions next change after some moments; NEVER where they do not."""
        place = self.place(row, t) + 1
        there = place < self.first[row] + self._counts[row]
        return np.where(there, np.append(self._keys, 0)[place] - row * self._APART, NEVER)

    @property
    def changes(self) -> Ints:
        """When each function changes, a row for each; places left over hold NEVER."""
        n = np.arange(1, int(self._counts.max()))
        there = n < self._counts[:, None]
        row = np.arange(len(self._counts))[:, None]
        times = self._keys[np.where(there, self.first[:, None] + n, 0)] - row * self._APART
        return np.where(there, times, NEVER)


def merged(*parts: StepColumns, before: Sequence[int]) -> list[StepColumns]:
    """Give step functions on common rows: each has one wherever any of them has.

    ``before`` are their values before an agent's first row. In one millisecond the rows of a part
    come after those of the parts before it.
    """
    who, t, value = (np.concatenate(each) for each in zip(*parts, strict=True))
    part = np.repeat(np.arange(len(parts)), [len(each.who) for each in parts])
    order = in_order(who, t)
    who, t, value, part = who[order], t[order], value[order], part[order]
    rows = np.arange(len(who))
    found = []
    for i, otherwise in enumerate(before):
        place = np.maximum.accumulate(np.where(part == i, rows, -1))
        known = (place >= 0) & (who[place] == who)
        found.append(StepColumns(who, t, np.where(known, value[place], otherwise)))
    return found


def per_agent(who: Ints, numbers: Ints, agents: int) -> Ints:
    """Add up whole numbers, agent by agent."""
    total = np.zeros(agents, np.int64)
    np.add.at(total, who, numbers)
    return total


def firsts(*columns: Ints) -> Flags:
    """Say of each row whether it differs from the one before it."""
    return np.concatenate(([True], _differ(columns)))[: len(columns[0])]


def lasts(*columns: Ints) -> Flags:
    """Say of each row whether it differs from the one after it."""
    return np.concatenate((_differ(columns), [True]))[: len(columns[0])]


def _differ(columns: Sequence[Ints]) -> Flags:
    return np.asarray(np.logical_or.reduce([column[1:] != column[:-1] for column in columns]))

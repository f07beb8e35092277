"""Discrepancies of all agents at once, as columns.

The stretches are those of an agent's history. Columns have them without one; of agents whom
processes ran they are read one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from simkit.base.steps import NEVER
from simkit.engines.columns.arrays import Flags, Ints, in_order
from simkit.engines.columns.part_view import PartView
from simkit.engines.columns.population import Part, Population
from simkit.rules.schedule import AVAILABLE
from simkit.runs.discrepancies import KINDS, SHORTEST_MS
from simkit.runs.history import History

Span = tuple[int, int, int]
"""From, until, and the kinds of discrepancies as bits."""
UNUSABLE, MISSING, STATUS, UNRESPONSIVE = (1 << i for i in range(len(KINDS)))
"""The bits of the kinds."""


class DiscrepancySpans(NamedTuple):
    """Spans of shifts with one and the same discrepancy, in the order of agents and times."""

    who: Ints
    start: Ints
    end: Ints
    kinds: Ints


@dataclass(frozen=True)
class AllDiscrepancies:
    """When each agent of a run is at work, and when misled; times in ms of the run."""

    agents: Sequence[str]
    start: Ints
    end: Ints
    """Of each agent's shift."""
    stretches: DiscrepancySpans

    @cached_property
    def place(self) -> dict[str, int]:
        """The place of each agent."""
        return {agent: i for i, agent in enumerate(self.agents)}

    @property
    def span(self) -> tuple[int, int]:
        """From the start of the first shift to the end of the last one."""
        return int(self.start.min()), int(self.end.max())

    @cached_property
    def totals(self) -> list[int]:
        """How long each agent meets a discrepancy, in ms."""
        who, start, end, _ = self.stretches
        total = np.zeros(len(self.agents), np.int64)
        np.add.at(total, who, end - start)
        return total.tolist()

    def of(self, agent: str) -> list[Span]:
        """Give the spans of one agent."""
        place = self.place[agent]
        first, last = np.searchsorted(self.stretches.who, [place, place + 1])
        columns = (each[first:last].tolist() for each in self.stretches[1:])
        return list(zip(*columns, strict=True))


def of_columns(population: Population, wanted: int) -> AllDiscrepancies:
    """Give when each agent of a population meets a discrepancy; ``wanted`` as in a history."""
    shifts, found = np.zeros((len(population.people), 2), np.int64), []
    for part in population.parts():
        places = np.array(part.places)
        shifts[places] = np.column_stack((part.days.start, part.days.end))
        who, *rest = _stretches(part, wanted)
        found.append((places[who], *rest))
    for others, history in population.others():
        places = np.array(others)
        shifts[places] = _shifts(history)
        who, *rest = _of_history(history)
        found.append((places[who], *rest))
    table = np.column_stack([np.concatenate(each) for each in zip(*found, strict=True)])
    table = table[np.argsort(table[:, 0], kind="stable")]
    agents = [person.id for person in population.people]
    return AllDiscrepancies(agents, shifts[:, 0], shifts[:, 1], DiscrepancySpans(*table.T))


def of_history(history: History) -> AllDiscrepancies:
    """Give when each agent of a history meets a discrepancy."""
    shifts = _shifts(history)
    return AllDiscrepancies(history.agents, shifts[:, 0], shifts[:, 1], _of_history(history))


def _of_history(history: History) -> DiscrepancySpans:
    rows = [
        (i, stretch.start, stretch.end, stretch.discrepancy.bits)
        for i, agent in enumerate(history.agents)
        for stretch in history.stretches(agent)
    ]
    return DiscrepancySpans(*np.array(rows, dtype=np.int64).reshape(-1, 4).T)


def _shifts(history: History) -> Ints:
    return np.array([(day.start, day.end) for day in history.days.values()], dtype=np.int64)


def _stretches(part: Part, wanted: int) -> DiscrepancySpans:
    """Lay lists, beliefs and truths of a part over each other, and keep where they part."""
    days = part.days
    tracks = [_lists(part, wanted), _frozen(part), _believed(part), _true(part)]
    who, t, value = (np.concatenate(each) for each in zip(*tracks, strict=True))
    track = np.repeat(np.arange(len(tracks)), [len(each[0]) for each in tracks])
    order = in_order(who, t)
    who, t, value, track = who[order], t[order], value[order], track[order]
    parted, frozen = (_latest(who, value, track == i, 0) for i in (0, 1))
    believed, true = (_latest(who, value, track == i, AVAILABLE) for i in (2, 3))
    kinds = parted | frozen * UNRESPONSIVE | (believed != true) * STATUS
    during = t < days.end[who]
    who, t, kinds = who[during], np.maximum(t, days.start[who])[during], kinds[during]
    # What holds after all that happens in a millisecond counts, as in a log.
    kept = _lasts(who, t)
    who, t, kinds = who[kept], t[kept], kinds[kept]
    kept = _firsts(who, kinds)
    who, t, kinds = who[kept], t[kept], kinds[kept]
    until = np.where(_lasts(who), days.end[who], np.append(t[1:], NEVER))
    kept = until - t >= SHORTEST_MS
    who, t, until, kinds = who[kept], t[kept], until[kept], kinds[kept]
    # What a blip had cut in two is one again.
    first, last = _firsts(who, kinds), _lasts(who, kinds)
    who, t, until, kinds = who[first], t[first], until[last], kinds[first]
    kinds = kinds & (UNUSABLE | MISSING | STATUS | UNRESPONSIVE)
    wrong = kinds > 0
    return DiscrepancySpans(who[wrong], t[wrong], until[wrong], kinds[wrong])


def _lists(part: Part, wanted: int) -> tuple[Ints, Ints, Ints]:
    """Give (agent, time, number) of all changes of what is listed wrongly or not at all.

    Equal numbers mean the same codes; the lowest bits are the kinds of discrepancies.
    """
    shown = PartView(part).shown
    catalogue, numbers = part.catalogue, {(0, 0): 0}
    known, place = np.unique((shown.state + 1) << 32 | shown.usable, return_inverse=True)
    told = []
    for key in known.tolist():
        listed = catalogue.snapshots[(key >> 32) - 1].mask if key >> 32 else 0
        may = catalogue.usable_masks[key & 0xFFFFFFFF]
        unusable, missing = listed & ~may, may & wanted & ~listed
        number = numbers.setdefault((unusable, missing), len(numbers))
        told.append(number << 4 | bool(missing) * MISSING | bool(unusable) * UNUSABLE)
    return shown.who, shown.start, np.array(told, dtype=np.int64)[place]


def _frozen(part: Part) -> tuple[Ints, Ints, Ints]:
    """Give (agent, time, 1 or 0) of all stops of dropdowns, and of the page loads that end them."""
    stops, loads = part.lists.frozen_from, part.lists.starts
    stopped, loaded = np.nonzero(stops < NEVER)[0], np.nonzero(loads < NEVER)[0]
    return (
        np.concatenate((stopped, loaded)),
        np.concatenate((stops[stops < NEVER], loads[loads < NEVER])),
        np.repeat([1, 0], [len(stopped), len(loaded)]),
    )


def _believed(part: Part) -> tuple[Ints, Ints, Ints]:
    """Give (agent, time, status) of all that agents come to believe of their status."""
    sent = part.submissions
    told, back = sent.believed, sent.returns < NEVER
    return (
        np.concatenate((sent.who[told], sent.who[back])),
        np.concatenate((sent.reply[told], sent.returns[back])),
        np.concatenate((sent.code[told], np.full(np.count_nonzero(back), AVAILABLE))),
    )


def _true(part: Part) -> tuple[Ints, Ints, Ints]:
    """Give (agent, time, status) of all writes of true statuses."""
    return part.writes.who, part.writes.t, part.writes.value


def _latest(who: Ints, value: Ints, mine: Flags, otherwise: int) -> Ints:
    """Give, row by row, the agent's last value of one track."""
    place = np.maximum.accumulate(np.where(mine, np.arange(len(who)), -1))
    known = (place >= 0) & (who[place] == who)
    return np.where(known, value[place], otherwise)


def _firsts(*columns: Ints) -> Flags:
    """Say of each row whether it differs from the one before it."""
    return np.concatenate(([True], _changes(columns)))[: len(columns[0])]


def _lasts(*columns: Ints) -> Flags:
    """Say of each row whether it differs from the one after it."""
    return np.concatenate((_changes(columns), [True]))[: len(columns[0])]


def _changes(columns: Sequence[Ints]) -> Flags:
    return np.asarray(np.logical_or.reduce([column[1:] != column[:-1] for column in columns]))

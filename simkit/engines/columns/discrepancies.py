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
from simkit.engines.columns.arrays import Ints
from simkit.engines.columns.part_view import PartView
from simkit.engines.columns.population import Part, Population
from simkit.engines.columns.steps import StepColumns, firsts, lasts, merged, per_agent
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
        total: list[int] = per_agent(who, end - start, len(self.agents)).tolist()
        return total

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
    days, view = part.days, PartView(part)
    parts = (_lists(view, wanted), _frozen(part), view.believed, view.true)
    parted, frozen, believed, true = merged(*parts, before=(0, 0, AVAILABLE, AVAILABLE))
    who, t = parted.who, parted.t
    differs = (believed.value != true.value) * STATUS
    kinds = parted.value | frozen.value * UNRESPONSIVE | differs
    steps = StepColumns(who, np.maximum(t, days.start[who]), kinds).where(t < days.end[who])
    # What holds after all that happens in a millisecond counts, as in a log.
    steps = steps.last().changes()
    until = steps.until(days.end)
    long = until - steps.t >= SHORTEST_MS
    (who, t, kinds), until = steps.where(long), until[long]
    # What a blip had cut in two is one again.
    first, last = firsts(who, kinds), lasts(who, kinds)
    who, t, until, kinds = who[first], t[first], until[last], kinds[first]
    kinds = kinds & (UNUSABLE | MISSING | STATUS | UNRESPONSIVE)
    wrong = kinds > 0
    return DiscrepancySpans(who[wrong], t[wrong], until[wrong], kinds[wrong])


def _lists(view: PartView, wanted: int) -> StepColumns:
    """Give what is listed wrongly or not at all, as numbers: equal ones mean the same codes.

    The lowest bits are the kinds of discrepancies.
    """
    shown, catalogue, numbers = view.shown, view.catalogue, {(0, 0): 0}
    known, place = np.unique((shown.state + 1) << 32 | shown.usable, return_inverse=True)
    told = []
    for key in known.tolist():
        listed = catalogue.snapshots[(key >> 32) - 1].mask if key >> 32 else 0
        may = catalogue.usable_masks[key & 0xFFFFFFFF]
        unusable, missing = listed & ~may, may & wanted & ~listed
        number = numbers.setdefault((unusable, missing), len(numbers))
        told.append(number << 4 | bool(missing) * MISSING | bool(unusable) * UNUSABLE)
    return StepColumns(shown.who, shown.start, np.array(told, dtype=np.int64)[place])


def _frozen(part: Part) -> StepColumns:
    """Give whether dropdowns do not respond: 1 where they stop, 0 where that is over."""
    since, until = part.lists.frozen_from, part.lists.frozen_until
    over = (since < NEVER) & (until < NEVER)
    stopped, thawed = np.nonzero(since < NEVER)[0], np.nonzero(over)[0]
    return StepColumns.of(
        np.concatenate((stopped, thawed)),
        np.concatenate((since[since < NEVER], until[over])),
        np.repeat([1, 0], [len(stopped), len(thawed)]),
    )

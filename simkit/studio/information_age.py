"""The age of information, measured: how long ago the list shown was taken, poll by poll.

Millions of polls bring a list that equals the one before, and leave no record. Their delays are
addressed by departure, so that columns of them can be drawn afterwards, equal to the bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from simkit.base.steps import NEVER
from simkit.engines.columns.arrays import Delays, Ints, keys
from simkit.engines.columns.limited_lists import Admitted, LimitedLists
from simkit.engines.columns.metrics import column, values
from simkit.engines.columns.part_view import PartView
from simkit.engines.columns.steps import per_agent
from simkit.rules.wire import Wire
from simkit.runs.departures import Snapshots
from simkit.runs.history import History
from simkit.runs.metrics import aggregate
from simkit.runs.metrics.registered import METRICS, Metric


def information_age_ms(history: History) -> list[float]:
    """Mean age of the lists shown: time since each was taken, over agents and time.

    Time without a list, as before the first reply, is left out.
    """
    wire = Wire(history.settings.wire)
    config, listing = (
        Delays(wire, keys(history.seed, kind, history.agents)) for kind in ("config", "list")
    )
    ages = []
    for row, (agent, day) in enumerate(history.days.items()):
        taken, shown = _lists(history.snapshots[agent], row, config, listing)
        spans = history.belief(agent).version.spans(day.start, day.end)
        parts = [_area(taken, shown, a, b) for a, b, version in spans if version >= 0]
        time = sum(listed for _, listed in parts)
        if time:
            ages.append(sum(area for area, _ in parts) / time)
    return ages


def _lists(
    snapshots: Sequence[Snapshots], row: int, config: Delays, listing: Delays
) -> tuple[Ints, Ints]:
    """Give when an agent's lists were taken and when each came to be shown, in order."""
    left = _expanded(snapshots)
    reads = np.repeat([s.reads_config for s in snapshots], [s.n for s in snapshots])
    asked = left.copy()
    if reads.any():
        up, down = config.of(row, left[reads])
        asked[reads] += up + down
    up, down = listing.of(row, asked)
    return asked + up, asked + up + down


def _expanded(snapshots: Sequence[Snapshots]) -> Ints:
    """Give the departure of each single poll."""
    first, every, n = (
        np.array([s[i] for s in snapshots], dtype=np.int64).reshape(-1) for i in range(3)
    )
    place = np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n)
    left: Ints = np.repeat(first, n) + place * np.repeat(every, n)
    return left


def _area(taken: Ints, shown: Ints, start: int, end: int) -> tuple[float, int]:
    """Give the integral of the age over a stretch of time, and how much of it had a list, in ms.

    From one list to the next the age grows by 1 ms a ms, from what the list was taken at.
    """
    first = max(int(np.searchsorted(shown, start, side="right")) - 1, 0)
    last = int(np.searchsorted(shown, end))
    if first >= last:
        return 0.0, 0
    since, edges = taken[first:last], np.append(shown[first:last], end)
    edges[0] = max(edges[0], start)
    area = ((edges[1:] - since) ** 2 - (edges[:-1] - since) ** 2).sum() / 2
    return float(area), int(end - edges[0])


AT_A_TIME = 256
"""Agents whose single polls are spelled out at a time: some hundred thousand numbers."""
AGE = Metric("age of the list shown", "ms", information_age_ms, aggregate.mean)


@column(values, of=AGE)
def _information_age_ms(view: PartView) -> Any:
    lists, time = view.lists, view.listed_ms
    there = np.nonzero(time > 0)[0]
    if isinstance(lists, LimitedLists):
        return there, _admitted(view, lists.shows, lists.until)[there] / 2 / time[there]
    area = np.zeros(view.agents, np.int64)
    ends = np.minimum(lists.ends, view.end[:, None])
    for stretch in range(lists.count):
        stored = lists.stored[:, stretch]
        known = np.nonzero(lists.alive[:, stretch])[0]
        fresh = np.minimum(lists.first_shown[known, stretch], ends[known, stretch])
        area[known] += _grown(stored[known], lists.starts[known, stretch], fresh)
        for first in range(0, view.agents, AT_A_TIME):
            rows = np.arange(first, min(first + AT_A_TIME, view.agents))
            area[rows] += _fetched(view, rows, stretch, ends[rows, stretch])
    return there, area[there] / 2 / time[there]


def _admitted(view: PartView, polls: Admitted, gone: Ints) -> Ints:
    """Give twice the integral of the age of the lists that admitted polls brought, by agent.

    ``gone`` is when the page of each stretch is.
    """
    who, since = polls.who, polls.reply
    until = np.minimum(gone[who, polls.stretch], view.end[who])
    until[:-1] = np.where(who[1:] == who[:-1], np.minimum(until[:-1], since[1:]), until[:-1])
    return per_agent(who, _grown(polls.arrival, since, until), view.agents)


def _fetched(view: PartView, rows: Ints, stretch: int, end: Ints) -> Ints:
    """Give twice the integral of the age of the lists that stretches fetch, agent by agent."""
    lists = view.lists
    fetches = lists.fetches[rows, stretch]
    place = np.arange(int(fetches.max(initial=0)))
    left = lists.first_fetch[rows, stretch, None] + place * lists.fetch_every
    up, down = lists.delays(rows[:, None], stretch, left)
    taken, shown = left + up, left + up + down
    shown[place >= fetches[:, None]] = NEVER
    edges = np.minimum(np.column_stack((shown, np.full(len(rows), NEVER))), end[:, None])
    return np.asarray(_grown(taken, edges[:, :-1], edges[:, 1:]).sum(axis=1))


def _grown(taken: Ints, since: Ints, until: Ints) -> Ints:
    """Give twice the integral of the age of lists from one moment to another."""
    return np.asarray(np.where(until > since, (until - taken) ** 2 - (since - taken) ** 2, 0))


MEASURES: dict[str, Metric] = METRICS | {"information_age_ms": AGE}
"""All that a sweep can measure: the metrics of every run, and what takes columns to compute."""

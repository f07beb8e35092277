"""Everybody's discrepancies over time, counted in bins: what pictures of thousands draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from simkit.engines.columns.arrays import Ints
from simkit.engines.columns.discrepancies import AllDiscrepancies


class Bins(NamedTuple):
    """Stretches of time of one length, one after the other."""

    first: int
    """When the first one begins, in ms of the run."""
    every: int
    """Their length in ms."""
    n: int

    @classmethod
    def around(cls, start: int, end: int, every: int, offset: int = 0) -> Bins:
        """Give the bins that hold [start, end); ``offset`` after an edge is time 0."""
        first = start - (start + offset) % every
        return cls(first, every, -((first - end) // every))


class Counts(NamedTuple):
    """How many agents on average, bin by bin."""

    at_work: list[float]
    misled: list[float]
    by_kind: list[list[float]]
    """The same for each kind of discrepancy, in the order of their bits."""


def counts(everybody: AllDiscrepancies, bins: Bins, kinds: int) -> Counts:
    """Count all agents of a run: how many are at work, and how many are misled, in what way."""
    _, start, end, held = everybody.stretches

    def averages(chosen: Ints | slice) -> list[float]:
        one = np.zeros(len(start[chosen]), np.int64)
        return _mean(ms_in_bins(one, start[chosen], end[chosen], 1, bins)[0], bins)

    one_row = np.zeros(len(everybody.agents), np.int64)
    return Counts(
        _mean(ms_in_bins(one_row, everybody.start, everybody.end, 1, bins)[0], bins),
        averages(slice(None)),
        [averages(np.flatnonzero(held >> kind & 1)) for kind in range(kinds)],
    )


def _mean(ms: Ints, bins: Bins) -> list[float]:
    mean: list[float] = (ms / bins.every).round(1).tolist()
    return mean


def shares(
    everybody: AllDiscrepancies, order: Sequence[str], size: int, bins: Bins
) -> list[list[int]]:
    """Give the share of agents on shift who are misled, in %, by group and bin.

    The groups are so many agents each, in an order; shares are averaged over the bin. -1 stands for
    nobody on shift; a share above nothing is at least 1 %.
    """
    group = np.empty(len(order), np.int64)
    group[[everybody.place[agent] for agent in order]] = np.arange(len(order)) // size
    groups = -(-len(order) // size)
    who, start, end, _ = everybody.stretches
    wrong = ms_in_bins(group[who], start, end, groups, bins)
    at_work = ms_in_bins(group, everybody.start, everybody.end, groups, bins)
    share = np.maximum((200 * wrong + at_work) // np.maximum(2 * at_work, 1), wrong > 0)
    told: list[list[int]] = np.where(at_work > 0, share, -1).tolist()
    return told


def ms_in_bins(row: Ints, start: Ints, end: Ints, rows: int, bins: Bins) -> Ints:
    """Add up, by row and bin, the ms of spans, each of which lies within the bins."""
    total = np.zeros((rows, bins.n + 1), np.int64)
    first, last = ((t - bins.first) // bins.every for t in (start, end - 1))
    np.add.at(total, (row, first), bins.every)
    np.add.at(total, (row, last + 1), -bins.every)
    total = total.cumsum(axis=1)
    np.subtract.at(total, (row, first), (start - bins.first) % bins.every)
    np.subtract.at(total, (row, last), bins.every - 1 - (end - 1 - bins.first) % bins.every)
    return total[:, : bins.n]

"""The age of information, measured: how long ago the list shown was taken, poll by poll.

Millions of polls bring a list that equals the one before, and leave no record. Their delays are
addressed by departure, so that columns of them can be drawn afterwards, equal to the bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simkit.base import noise
from simkit.study.metrics import METRICS, Metric
from simkit.world.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simkit.study.run import Run
    from simkit.world.departures import Snapshots

    Times = NDArray[np.int64]


def draws(address: int, n: Times) -> NDArray[np.uint64]:
    """Give the n-th 64-bit draws at an address: ``noise.draw`` for a whole column.

    >>> int(draws(7, np.array([1]))[0]) == noise.draw(7, 1)
    True
    """
    x = np.uint64(address) + n.astype(np.uint64) * np.uint64(noise.GOLDEN)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(noise.FIRST_FACTOR)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(noise.SECOND_FACTOR)
    return x ^ (x >> np.uint64(31))


def information_age_ms(run: Run) -> float:
    """Give the mean age of the lists shown: time since each was taken, over agents and time.

    Time without a list, as before the first reply, is left out.
    """
    delays = np.array(Wire(run.settings.wire).equally_likely, dtype=np.int64)
    ages = []
    for agent, day in run.days.items():
        taken, shown = _lists(run, agent, delays)
        spans = run.belief(agent).version.spans(day.start, day.end)
        parts = [_area(taken, shown, a, b) for a, b, version in spans if version >= 0]
        time = sum(listed for _, listed in parts)
        if time:
            ages.append(sum(area for area, _ in parts) / time)
    return sum(ages) / len(ages) if ages else 0.0


def _lists(run: Run, agent: str, delays: Times) -> tuple[Times, Times]:
    """Give when the agent's lists were taken and when each came to be shown, in order."""
    snapshots = run.outcome.snapshots[agent]
    left = _expanded(snapshots)
    reads = np.repeat([s.reads_config for s in snapshots], [s.n for s in snapshots])
    config, listing = (noise.key(run.seed, kind, agent) for kind in ("config", "list"))
    asked = left.copy()
    if reads.any():
        up, down = _delays(delays, draws(config, left[reads]))
        asked[reads] += up + down
    up, down = _delays(delays, draws(listing, asked))
    return asked + up, asked + up + down


def _expanded(snapshots: Sequence[Snapshots]) -> Times:
    """Give the departure of each single poll."""
    first, every, n = (
        np.array([s[i] for s in snapshots], dtype=np.int64).reshape(-1) for i in range(3)
    )
    place = np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n)
    left: Times = np.repeat(first, n) + place * np.repeat(every, n)
    return left


def _delays(table: Times, u: NDArray[np.uint64]) -> tuple[Times, Times]:
    """Give (up, down) of each draw, out of the same bits as ``Wire.delays``."""
    low = (u >> np.uint64(20)) & np.uint64(0xFFF)
    return table[(u >> np.uint64(52)).astype(np.int64)], table[low.astype(np.int64)]


def _area(taken: Times, shown: Times, start: int, end: int) -> tuple[float, int]:
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


MEASURES: dict[str, Metric] = METRICS | {
    "information_age_ms": Metric("age of the list shown", "ms", information_age_ms)
}
"""All that a sweep can measure: the metrics of every run, and what takes columns to compute."""

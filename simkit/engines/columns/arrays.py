"""Addressed draws and look-ups for whole columns: the scalar rules, applied to arrays.

``randomness.below`` and ``happens`` are whole-number arithmetic, so the same functions serve
numbers and arrays; what is here converts types and looks tables up. Only ``draw`` is written again,
as so much time goes into it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkit.base import randomness
from simkit.rules import schedule
from simkit.rules.wire import Wire

Ints = NDArray[np.int64]
Draws = NDArray[np.uint64]
Flags = NDArray[np.bool_]
_KNOTS = np.array(randomness.NORMAL_MILLI.knots, dtype=np.int64)


def keys(seed: int, purpose: str, actors: Sequence[str]) -> Draws:
    """Give the addresses of many actors' draws for one purpose."""
    return np.frombuffer(randomness.keys(seed, purpose, actors), dtype="<u8").astype(np.uint64)


def draws(addresses: Any, n: Any) -> Draws:
    """Give the n-th 64-bit draws at addresses: ``randomness.draw`` for a column of either or both.

    >>> int(draws(np.uint64(7), np.array([1]))[0]) == randomness.draw(7, 1)
    True
    """
    # In place, with constants of the arrays' type and no mask: half the time of the scalar rule.
    u64 = np.uint64
    x: Draws = np.asarray(np.asarray(n, np.int64).view(u64) * u64(randomness.GOLDEN) + addresses)
    x ^= x >> u64(30)
    x *= u64(randomness.FIRST_FACTOR)
    x ^= x >> u64(27)
    x *= u64(randomness.SECOND_FACTOR)
    x ^= x >> u64(31)
    return x


def below(u: Any, bound: Any) -> Ints:
    """Give whole numbers from 0 to bound - 1; one bound, or a column of them."""
    column: Any = randomness.below(u, np.asarray(bound).astype(np.uint64))  # type: ignore[arg-type]
    return np.asarray(column, dtype=np.int64)


def happens(u: Any, probability: float) -> Flags:
    """Say of each draw whether it falls under a probability."""
    return np.asarray(randomness.happens(u, probability))


def upper(u: Draws) -> Ints:
    """Give the upper 32 bits of draws."""
    return (u >> np.uint64(32)).astype(np.int64)


def lower(u: Draws) -> Ints:
    """Give the lower 32 bits of draws."""
    return (u & np.uint64(0xFFFFFFFF)).astype(np.int64)


def normal_milli(u32: Ints) -> Ints:
    """Give normal quantiles in thousandths: ``randomness.NORMAL_MILLI.at`` for a column."""
    place = u32 * (len(_KNOTS) - 1)
    low: Ints = _KNOTS[place >> 32]
    more: Ints = ((_KNOTS[(place >> 32) + 1] - low) * (place & 0xFFFFFFFF)) >> 32
    return low + more


def next_sweep(every: int, t: Ints) -> Ints:
    """Give the first routing sweep at or after moments: ``schedule.next_sweep``."""
    column: Any = schedule.next_sweep(every, t)  # type: ignore[arg-type]
    return np.asarray(column)


def in_campaign(hours: Sequence[tuple[int, int]], t: Ints) -> Flags:
    """Say of moments whether they lie within campaign hours: ``schedule.in_campaign``."""
    inside = np.full(len(t), not hours)
    for start, end in hours:
        inside |= (start <= t) & (t < end)
    return inside


def in_order(who: Ints, t: Ints, rank: Ints | int = 0) -> Ints:
    """Give the order by agent, time and rank; equals stay as they are. For times below 2**31."""
    return np.argsort((who << 31 | t) << 2 | rank, kind="stable")


def count_before(end: Ints, first: Ints, every: int) -> Ints:
    """Give how many of the times first, first + every, ... lie before an end."""
    return np.asarray(np.maximum(0, -((first - end) // every)))


def first_arriving(
    delays: Callable[[Any, Ints], tuple[Ints, Ints]],
    origin: Ints,
    every: int,
    longest_up: int,
    t: Ints,
) -> tuple[Ints, Ints, Ints]:
    """Give (left, up, down) of the first request of each grid that arrives at or after a moment.

    ``delays`` tells (up, down) of requests from some rows of the grids.
    """
    left = origin + np.maximum(0, -(-(t - longest_up - origin) // every)) * every
    up, down = delays(slice(None), left)
    early = np.nonzero(left + up < t)[0]
    left[early] += every
    up[early], down[early] = delays(early, left[early])
    return left, up, down


class Delays:
    """The two delays of requests of one kind, for any agents and departures."""

    def __init__(self, wire: Wire, addresses: Draws) -> None:
        self._levels = np.array(wire.equally_likely, dtype=np.int64)
        self._addresses = addresses

    @classmethod
    def joined(cls, parts: Sequence[Delays]) -> Delays:
        """Put those of several agents together, of whom the first part's come first."""
        found = copy(parts[0])
        found._addresses = np.concatenate([part._addresses for part in parts])
        return found

    def rows(self, who: Ints) -> Delays:
        """Give those of some of the agents."""
        found = copy(self)
        found._addresses = self._addresses[who]
        return found

    def of(self, who: Any, left: Any) -> tuple[Ints, Ints]:
        """Give (up, down) in ms of requests by rows of agents and times of departure."""
        u = draws(self._addresses[who], left)
        up, down = u >> np.uint64(52), (u >> np.uint64(20)) & np.uint64(0xFFF)
        return self._levels.take(up.view(np.int64)), self._levels.take(down.view(np.int64))

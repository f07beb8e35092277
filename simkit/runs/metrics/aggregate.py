"""How what metrics read of parts of a run is put together.

Sums of fractions are exactly rounded, so that they do not depend on who was read first. Of many
agents no values need be kept for that: ``Summed`` and ``Tallied`` stand for lists of values.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, chain
from math import fsum
from typing import Any, NamedTuple

from simkit.base.clock import MINUTE, SECOND
from simkit.runs.metrics.registry import RunScope, Total

Parts = list[Any]


class Summed(NamedTuple):
    """A list of values of which no more is kept than their number and their exact sum."""

    size: int
    parts: tuple[float, ...]
    """Few numbers, none of which is rounded: their sum is that of the values."""

    @classmethod
    def of(cls, values: Summed | Sequence[float]) -> Summed:
        """Give what stands for some values.

        >>> Summed.of([1e16, 1.0, 0.5]), Summed.of([0.25, -0.25])
        (Summed(size=3, parts=(1.0000000000000002e+16, -0.5)), Summed(size=2, parts=()))
        """
        return values if isinstance(values, Summed) else cls(len(values), _exactly(values))

    @classmethod
    def joined(cls, many: Iterable[Summed]) -> Summed:
        """Give what stands for several lists of values together."""
        sizes, parts = zip(*many, strict=True)
        return cls(sum(sizes), _exactly(chain.from_iterable(parts)))


def _exactly(values: Iterable[float]) -> tuple[float, ...]:
    # What a rounded sum is short of is a sum as well, until nothing is left.
    rest, found = list(values), []
    while part := fsum(rest):
        found.append(part)
        rest.append(-part)
    return tuple(found)


class Tallied(NamedTuple):
    """A list of values in order, equal ones once; columns or plain lists."""

    values: Sequence[int]
    up_to: Sequence[int]
    """How many there are up to each of them, itself included."""

    @classmethod
    def of(cls, values: Iterable[int]) -> Tallied:
        """Give what stands for some values.

        >>> Tallied.of([7, 3, 7])
        Tallied(values=[3, 7], up_to=[1, 3])
        """
        counts = sorted(Counter(values).items())
        return cls([value for value, _ in counts], list(accumulate(n for _, n in counts)))


def mean(parts: Parts, _: RunScope) -> float:
    """Give the mean of lists of values, 0 where there are none."""
    sums = [Summed.of(part) for part in parts]
    size = sum(each.size for each in sums)
    return _sum_of(sums) / size if size else 0.0


def _sum_of(sums: Iterable[Summed]) -> float:
    return fsum(chain.from_iterable(each.parts for each in sums))


def mean_in(unit_ms: int) -> Total:
    """Give the mean of times in ms, in another unit of time."""
    return lambda parts, scope: mean(parts, scope) / unit_ms


def added(parts: Parts, _: RunScope) -> float:
    """Add numbers up."""
    return sum(parts)


def added_values(parts: Parts, _: RunScope) -> float:
    """Add lists of values up."""
    return _sum_of(map(Summed.of, parts))


def per_second(parts: Parts, scope: RunScope) -> float:
    """Give a number of things as their rate over the length of the run."""
    return sum(parts) / (scope.horizon / SECOND)


def ratio(parts: Parts, _: RunScope) -> float:
    """Give (some, all) as a share, 0 where there are none at all."""
    some, everything = (sum(each) for each in zip(*parts, strict=True))
    return some / everything if everything else 0.0


def per_hundred(parts: Parts, scope: RunScope) -> float:
    """Give (some, all) per hundred of all."""
    some, everything = (sum(each) for each in zip(*parts, strict=True))
    return 100 * some / everything if everything else 0.0


def p95(parts: Parts, _: RunScope) -> float:
    """Give the 95th percentile of lists of values: the nearest rank."""
    tallied = len(parts) == 1 and isinstance(parts[0], Tallied)
    values, up_to = parts[0] if tallied else Tallied.of(chain.from_iterable(parts))
    if not len(values):
        return 0.0
    return int(values[bisect_left(up_to, -(-95 * int(up_to[-1]) // 100))])


def peak(parts: Parts, _: RunScope) -> float:
    """Give the most in one stretch of time, from counts by stretch or of one after the other."""
    if len(parts) == 1 and hasattr(parts[0], "max"):  # one column, which knows its highest
        return int(parts[0].max())
    return max(_together(parts).values(), default=0)


def peak_beyond_the_mean(parts: Parts, scope: RunScope) -> float:
    """Give the most in one second less the mean over the length of the run, from counts by second.

    How far requests come at once: about nothing where they are spread evenly. As the last tries of
    submissions may leave after the run, it is cut at nothing.
    """
    if len(parts) == 1 and hasattr(parts[0], "max"):
        total = int(parts[0].sum())
    else:
        total = sum(_together(parts).values())
    return max(0.0, peak(parts, scope) - total / (scope.horizon / SECOND))


def share_of_limit(parts: Parts, scope: RunScope) -> float | None:
    """Give requests per token and minute over the rate limit; None where there is no limit."""
    limit = scope.settings.platform.rate_limit_per_min
    if limit is None:
        return None
    shared = scope.settings.application.token_topology == "shared"
    minutes = (scope.horizon if shared else scope.shifts_ms) / MINUTE
    return sum(parts) / minutes / limit


def peak_of_limit(parts: Parts, scope: RunScope) -> float | None:
    """Give the most requests in a window over the rate limit; None where there is no limit.

    With a shared token from counts by window, else from the most requests of one agent.
    """
    limit = scope.settings.platform.rate_limit_per_min
    if limit is None:
        return None
    if scope.settings.application.token_topology == "shared":
        return peak(parts, scope) / limit
    most: int = max(parts)
    return most / limit


def _together(parts: Parts) -> Counter[int]:
    counts: Counter[int] = Counter()
    for part in parts:
        counts.update(part if isinstance(part, Mapping) else dict(enumerate(map(int, part))))
    return counts

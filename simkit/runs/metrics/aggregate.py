"""How what metrics read of parts of a run is put together.

Sums of fractions are exactly rounded, so that they do not depend on who was read first.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain
from math import fsum
from typing import Any

from simkit.base.clock import MINUTE, SECOND
from simkit.runs.metrics.registry import RunScope, Total

Parts = list[Any]


def mean(parts: Parts, _: RunScope) -> float:
    """Give the mean of lists of values, 0 where there are none."""
    values = parts[0] if len(parts) == 1 else list(chain.from_iterable(parts))
    return fsum(values) / len(values) if values else 0.0


def mean_in(unit_ms: int) -> Total:
    """Give the mean of times in ms, in another unit of time."""
    return lambda parts, scope: mean(parts, scope) / unit_ms


def added(parts: Parts, _: RunScope) -> float:
    """Add numbers up."""
    return sum(parts)


def added_values(parts: Parts, _: RunScope) -> float:
    """Add lists of values up."""
    return fsum(chain.from_iterable(parts))


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
    values = sorted(chain.from_iterable(parts))
    return values[-(-95 * len(values) // 100) - 1] if values else 0.0


def peak(parts: Parts, _: RunScope) -> float:
    """Give the most in one stretch of time, from counts by stretch."""
    return max(_together(parts).values(), default=0)


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
        counts.update(part)
    return counts

"""Student intervals over replications, plain and paired.

Student's interval is symmetric, so over values near a bound it reaches beyond what can be: below no
minutes at all, above all of a share. It is then cut there. What is cut off holds no possible mean,
so the interval covers the true one exactly as often as before.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import inf
from typing import NamedTuple

LEVEL = 0.95


class Estimate(NamedTuple):
    """A mean over replications with its 95 % Student interval."""

    mean: float
    low: float
    high: float

    def as_json(self) -> dict[str, object]:
        """Give the form that the command line prints."""
        return {"mean": self.mean, "ci95": [self.low, self.high]}


class Paired(NamedTuple):
    """The difference fix - trap under common random numbers."""

    difference: Estimate
    correlation: float | None
    """Pearson's, over replications; None where one side is constant."""


@cache  # a few bytes for each number of replications
def student_quantile(degrees: int, level: float = LEVEL) -> float:
    """Give the two-sided quantile of Student's t for whole degrees of freedom.

    >>> round(student_quantile(9), 3)
    2.262
    """
    import mpmath

    def excess(t: object) -> object:
        x = degrees / (degrees + mpmath.mpf(t) ** 2)
        return mpmath.betainc(degrees / 2, 0.5, 0, x, regularized=True) - (1 - level)

    return float(mpmath.findroot(excess, (1.5, 3.0), solver="anderson", tol=1e-12))


def estimate(values: Sequence[float], least: float = -inf, most: float = inf) -> Estimate:
    """Give the mean and its interval, cut at ``least`` and ``most``: no mean lies beyond them.

    ValueError for fewer than two values. A metric knows its own bounds: see ``Metric.estimate``.

    >>> estimate([0.0, 0.0, 3.0], least=0.0).low
    0.0
    """
    error = standard_error(values)
    mean, half = sum(values) / len(values), student_quantile(len(values) - 1) * error
    return Estimate(mean, max(least, mean - half), min(most, mean + half))


def standard_error(values: Sequence[float]) -> float:
    """Give the standard error of the mean; ValueError for fewer than two values."""
    n = len(values)
    if n < 2:
        raise ValueError("an interval needs at least two replications")
    mean = sum(values) / n
    variance = sum((v - mean) ** 2 for v in values) / (n - 1)
    return float((variance / n) ** 0.5)


def paired(before: Sequence[float], after: Sequence[float]) -> Paired:
    """Give the mean difference after - before with its interval, and the correlation."""
    difference = estimate([b - a for a, b in zip(before, after, strict=True)])
    return Paired(difference, _correlation(before, after))


def _correlation(a: Sequence[float], b: Sequence[float]) -> float | None:
    mean_a, mean_b = sum(a) / len(a), sum(b) / len(b)
    aa = sum((x - mean_a) ** 2 for x in a)
    bb = sum((y - mean_b) ** 2 for y in b)
    if not aa or not bb:
        return None
    ab = sum((x - mean_a) * (y - mean_b) for x, y in zip(a, b, strict=True))
    return float(max(-1.0, min(1.0, ab / (aa * bb) ** 0.5)))

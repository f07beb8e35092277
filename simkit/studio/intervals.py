"""Intervals that Student's does not give: for proportions and for quantiles."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist

from simkit.base.statistics import LEVEL, Estimate


def proportion(successes: int, trials: int) -> Estimate:
    """Give a share of independent trials with its 95 % Wilson interval; ValueError without any.

    >>> [round(share, 3) for share in proportion(20, 20)]
    [1.0, 0.839, 1.0]
    """
    if trials < 1:
        raise ValueError("a share needs at least one trial")
    # By hand: loading SciPy's statistics takes a second, and this is all a recommendation needs.
    z = NormalDist().inv_cdf((1 + LEVEL) / 2)
    share, weight = successes / trials, z * z / trials
    middle = (share + weight / 2) / (1 + weight)
    half = sqrt(share * (1 - share) * weight + weight * weight / 4) / (1 + weight)
    return Estimate(
        share,
        max(0.0, middle - half) if successes else 0.0,
        min(1.0, middle + half) if successes < trials else 1.0,
    )


def quantile(values: Sequence[float], p: float) -> Estimate:
    """Give the p-quantile of independent values with a 95 % interval of order statistics.

    It holds for any distribution, at the price of some width. An end that so few values cannot
    give is infinite, as both are for the extreme quantiles of a small sample. ValueError for none.
    """
    import numpy as np
    from scipy.stats import quantile_test

    if not values:
        raise ValueError("a quantile needs at least one value")
    found = quantile_test(values, p=p).confidence_interval(LEVEL)
    low, high = (float(end) for end in (found.low, found.high))
    return Estimate(
        float(np.quantile(values, p)),
        -np.inf if np.isnan(low) else low,
        np.inf if np.isnan(high) else high,
    )

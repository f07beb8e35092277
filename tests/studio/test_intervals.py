"""Intervals for shares and for quantiles."""

from __future__ import annotations

import math
import random

import pytest
from scipy.stats import binom

from simkit.studio.intervals import proportion, quantile

LEVEL = 0.999
"""A correct kit passes each bound here with at least this probability."""


@pytest.mark.parametrize(
    ("hits", "trials"), [(0, 1), (1, 1), (0, 20), (3, 20), (20, 20), (930, 1_000)]
)
def test_the_interval_of_a_share_is_wilsons(hits: int, trials: int) -> None:
    """(p + z²/2n ± z·√(p(1-p)/n + z²/4n²))/(1 + z²/n), written out."""
    z, n, p = 1.959964, trials, hits / trials
    middle = p + z * z / (2 * n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    found = proportion(hits, trials)
    assert found.mean == p
    assert found.low == pytest.approx((middle - half) / (1 + z * z / n), abs=1e-6)
    assert found.high == pytest.approx((middle + half) / (1 + z * z / n), abs=1e-6)
    assert 0 <= found.low <= p <= found.high <= 1


def test_a_share_of_no_trials_is_none() -> None:
    """0 of 0 has no share: the error asks for one trial at least."""
    with pytest.raises(ValueError, match="at least one trial"):
        proportion(0, 0)


@pytest.mark.slow
@pytest.mark.parametrize(("p", "n"), [(0.5, 15), (0.5, 60), (0.9, 60), (0.95, 100)])
@pytest.mark.thorough
def test_intervals_of_quantiles_hold_them_as_often_as_promised(p: float, n: int) -> None:
    """1,000 samples of an exponential, whose p-quantile is -ln(1 - p).

    At least 95 %, as the ends are order statistics, less what 1,000 trials leave to chance.
    """
    rng, trials = random.Random(f"{p}, {n}"), 1_000
    true = -math.log(1 - p)
    hits = 0
    for _ in range(trials):
        found = quantile([rng.expovariate(1.0) for _ in range(n)], p)
        hits += found.low <= true <= found.high
    assert hits >= binom.ppf(1 - LEVEL, trials, 0.95)


def test_an_interval_of_the_median_by_hand() -> None:
    """Ten values: P(Bin(10, ½) ≤ 1) = 11/1024, so the second and ninth hold it with 97.9 %.

    The third and eighth would with 89.1 % only.
    """
    found = quantile([float(x) for x in range(1, 11)], 0.5)
    assert found == (5.5, 2.0, 9.0)


@pytest.mark.parametrize("step", [49, 7, 23])
def test_the_order_of_values_does_not_matter(step: int) -> None:
    """A quantile is one of sizes alone: squares in other orders have the same interval.

    Steps of 49 through 50 places go backwards, those of 7 and 23 leap; each place is met once.
    """
    values = [float(x * x) for x in range(50)]
    moved = [values[step * i % 50] for i in range(50)]
    assert moved != values
    assert sorted(moved) == values
    assert quantile(moved, 0.9) == quantile(values, 0.9)


def test_an_end_that_so_few_values_cannot_give_is_infinite() -> None:
    """Of 20 values the largest lies below the 95 % quantile with 36 %: no upper end."""
    found = quantile([float(x) for x in range(20)], 0.95)
    assert found.high == math.inf
    assert math.isfinite(found.low)
    low = quantile([float(x) for x in range(20)], 0.05)
    assert low.low == -math.inf
    assert math.isfinite(low.high)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_five_values_give_no_end_at_all(n: int) -> None:
    """Even both extremes of five hold the median with 1 - 2/32 = 93.75 % only; six would do."""
    found = quantile([float(x) for x in range(n)], 0.5)
    assert (found.low, found.high) == (-math.inf, math.inf)
    assert found.mean == (n - 1) / 2
    six = quantile([float(x) for x in range(6)], 0.5)
    assert (six.low, six.high) == (0.0, 5.0)


def test_a_quantile_of_no_values_is_none() -> None:
    """Without values there is no middle, and the message says how many it takes."""
    with pytest.raises(ValueError, match="at least one value"):
        quantile([], 0.5)

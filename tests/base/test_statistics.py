"""Student intervals: quantiles from the published table, coverage by experiment."""

from __future__ import annotations

import math
import random
from statistics import NormalDist

import pytest

from simkit.base.statistics import estimate, paired, student_quantile


@pytest.mark.parametrize(
    ("degrees", "quantile"),
    [(1, 12.706), (2, 4.303), (4, 2.776), (9, 2.262), (19, 2.093), (29, 2.045), (120, 1.980)],
)
def test_quantiles_are_those_of_the_published_table(degrees: int, quantile: float) -> None:
    """Two-sided 95 %, to the three decimals that tables of Student's t give."""
    assert student_quantile(degrees) == pytest.approx(quantile, abs=5e-4)


@pytest.mark.parametrize(
    ("degrees", "level", "quantile"),
    [
        (9, 0.99, 3.250),
        (19, 0.99, 2.861),
        (9, 0.999, 4.781),
        (29, 0.999, 3.659),
        (60, 0.999, 3.460),
    ],
)
def test_quantiles_at_other_levels_are_those_of_the_table_too(
    degrees: int, level: float, quantile: float
) -> None:
    """Two-sided 99 % and 99.9 %."""
    assert student_quantile(degrees, level) == pytest.approx(quantile, abs=5e-4)


@pytest.mark.parametrize("level", [0.8, 0.9, 0.95, 0.999, 0.99997])
def test_quantiles_agree_with_the_closed_forms_of_few_degrees_and_of_many(level: float) -> None:
    """One degree is Cauchy, two have an algebraic quantile, very many are normal."""
    one, two = math.tan(math.pi * level / 2), level * math.sqrt(2 / (1 - level**2))
    assert student_quantile(1, level) == pytest.approx(one, rel=1e-6)
    assert student_quantile(2, level) == pytest.approx(two, rel=1e-6)
    normal = NormalDist().inv_cdf((1 + level) / 2)
    # The first correction to the normal is (z³ + z) / 4n.
    many = 10**5
    assert student_quantile(many, level) == pytest.approx(normal, rel=(normal**2 + 1) / many)


def test_an_interval_by_hand() -> None:
    """1, 2, 3: mean 2, standard deviation 1, half-width 4.303 / sqrt(3)."""
    mean, low, high = estimate([1.0, 2.0, 3.0])
    assert mean == 2.0
    assert high - mean == pytest.approx(4.3027 / 3**0.5, rel=1e-4)
    assert mean - low == pytest.approx(high - mean)


def test_an_interval_needs_two_values() -> None:
    """One replication says nothing about spread."""
    with pytest.raises(ValueError, match="two"):
        estimate([1.0])


def test_paired_differences_by_hand() -> None:
    """After minus before; a constant shift is a certain difference with correlation 1."""
    result = paired([1.0, 2.0, 4.0], [0.5, 1.5, 3.5])
    assert result.difference == (-0.5, -0.5, -0.5)
    assert result.correlation == pytest.approx(1.0)


def test_opposite_values_have_correlation_minus_one() -> None:
    """The sign of the correlation is that of Pearson's."""
    assert paired([1.0, 2.0, 3.0], [3.0, 2.0, 1.0]).correlation == pytest.approx(-1.0)


@pytest.mark.parametrize(("before", "after"), [([1.0, 1.0], [1.0, 2.0]), ([1.0, 2.0], [0.0, 0.0])])
def test_a_constant_side_has_no_correlation(before: list[float], after: list[float]) -> None:
    """It is None and not a made-up number."""
    assert paired(before, after).correlation is None


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    """2,000 intervals of 10 normal values: 95 % within 3.3 standard errors (99.9 %)."""
    source = random.Random(20260302)
    hits = 0
    for _ in range(2000):
        _, low, high = estimate([source.gauss(5, 2) for _ in range(10)])
        hits += low <= 5 <= high
    assert abs(hits / 2000 - 0.95) < 3.3 * (0.95 * 0.05 / 2000) ** 0.5

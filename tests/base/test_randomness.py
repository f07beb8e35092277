"""Addressed randomness: SplitMix64, its uses, and the normal table."""

from __future__ import annotations

from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simkit.base import randomness

U64 = st.integers(0, (1 << 64) - 1)


@pytest.mark.parametrize(
    ("n", "expected"),
    [(1, 0xE220A8397B1DCDAF), (2, 0x6E789E6AA1B965F4), (3, 0x06C45D188009454F)],
)
def test_draws_are_those_of_splitmix64(n: int, expected: int) -> None:
    """From state 0 the published generator gives these; its n-th state is n times gamma."""
    assert randomness.draw(0, n) == expected


@pytest.mark.fuzz
@given(U64, st.integers(-(10**6), 10**15), st.integers(0, 10**6))
def test_a_draw_is_a_function_of_its_address_and_number_alone(a: int, n: int, m: int) -> None:
    """Draws made in between move nothing, and n draws on is the same as n gammas further."""
    first = randomness.draw(a, n)
    randomness.draw(a, m)
    gamma = 0x9E3779B97F4A7C15
    assert randomness.draw(a, n) == first == randomness.draw((a + n * gamma) % 2**64, 0)
    assert 0 <= first < 1 << 64


def test_addresses_differ_in_each_part() -> None:
    """Seed, purpose and actor all matter, and their borders too."""
    keys = {
        randomness.key(1, "edit", "a"),
        randomness.key(2, "edit", "a"),
        randomness.key(1, "edits", "a"),
        randomness.key(1, "edit", "b"),
        randomness.key(1, "edi", "ta"),
    }
    assert len(keys) == 5


@pytest.mark.parametrize("half", [0, 32])
def test_draws_are_spread_evenly(half: int) -> None:
    """Chi-square over 64 cells stays below its 99.9 % point (63 degrees of freedom: 103.4)."""
    cells = [0] * 64
    address = randomness.key(20260302, "test", "spread")
    for n in range(64_000):
        cells[(randomness.draw(address, n) >> half & 0xFFFFFFFF) >> 26] += 1
    assert sum((count - 1000) ** 2 / 1000 for count in cells) < 103.4


@pytest.mark.fuzz
@given(U64, st.integers(1, 10_000))
def test_below_stays_below_its_bound(u: int, bound: int) -> None:
    """Whole numbers from 0 to bound - 1, in the order of the draws."""
    assert 0 <= randomness.below(u, bound) < bound
    assert randomness.below(0, bound) == 0
    assert randomness.below((1 << 64) - 1, bound) == bound - 1


@pytest.mark.fuzz
@given(U64)
def test_certain_and_impossible_things_are_exact(u: int) -> None:
    """Probability 0 never happens, probability 1 always."""
    assert not randomness.happens(u, 0.0)
    assert randomness.happens(u, 1.0)


def test_things_happen_as_often_as_they_should() -> None:
    """The share of 40,000 draws lies within 3.3 standard errors (99.9 %) of the probability."""
    address = randomness.key(20260302, "test", "share")
    for p in (0.05, 0.5, 0.9):
        share = (
            sum(randomness.happens(randomness.draw(address, n), p) for n in range(40_000)) / 40_000
        )
        assert abs(share - p) < 3.3 * (p * (1 - p) / 40_000) ** 0.5


def test_the_normal_table_holds_the_quantiles_of_the_normal() -> None:
    """Each knot is the quantile at k/32 in thousandths; the ends are those at 1/1000."""
    normal = NormalDist()
    inner = [round(1000 * normal.inv_cdf(k / 32)) for k in range(1, 32)]
    end = round(1000 * normal.inv_cdf(0.999))
    assert randomness.NORMAL_MILLI.knots == (-end, *inner, end)


@pytest.mark.fuzz
@given(st.integers(0, (1 << 32) - 1), st.integers(0, (1 << 32) - 1))
def test_a_table_never_falls_and_stays_within_its_ends(a: int, b: int) -> None:
    """A larger draw never gives a smaller value."""
    table = randomness.QuantileTable((20, 40, 60, 250))
    low, high = table.at(min(a, b)), table.at(max(a, b))
    assert 20 <= low <= high <= 250


def test_the_mean_of_a_table_is_that_of_its_draws() -> None:
    """Within rounding down (half a unit) and 3.3 standard errors of 20,000 even draws."""
    table = randomness.QuantileTable((20, 40, 60, 250))
    drawn = [table.at((2 * i + 1) * (1 << 32) // 40_000) for i in range(20_000)]
    assert abs(sum(drawn) / len(drawn) + 0.5 - table.mean) < 0.1

"""Columns of draws and look-ups are those of single numbers, to the bit."""

from __future__ import annotations

import numpy as np
import pytest
from anyworld import healthy, seeds
from hypothesis import given
from hypothesis import strategies as st

from simkit.base import randomness
from simkit.base.steps import NEVER
from simkit.engines.columns import arrays
from simkit.rules import schedule
from simkit.rules.wire import Wire

U64 = st.integers(0, (1 << 64) - 1)
MANY_U64 = st.lists(U64, min_size=1, max_size=20)


@pytest.mark.fuzz
@given(address=U64, places=st.lists(st.integers(0, (1 << 62) - 1), min_size=1, max_size=20))
def test_a_column_of_draws_is_the_draws_one_by_one(address: int, places: list[int]) -> None:
    """To the bit, for any address and any place."""
    found = arrays.draws(np.uint64(address), np.array(places, dtype=np.int64))
    assert found.tolist() == [randomness.draw(address, n) for n in places]


@given(us=MANY_U64, bound=st.integers(1, (1 << 32) - 1), probability=st.floats(0, 1))
def test_what_is_made_of_draws_is_the_same(us: list[int], bound: int, probability: float) -> None:
    """Whole numbers, chances and normal quantiles are those of single draws, to the bit."""
    column = np.array(us, dtype=np.uint64)
    assert arrays.below(column, bound).tolist() == [randomness.below(u, bound) for u in us]
    expected = [randomness.happens(u, probability) for u in us]
    assert arrays.happens(column, probability).tolist() == expected
    for half, shift in ((arrays.upper(column), 32), (arrays.lower(column), 0)):
        expected_milli = [randomness.NORMAL_MILLI.at(u >> shift & 0xFFFFFFFF) for u in us]
        assert arrays.normal_milli(half).tolist() == expected_milli


@given(start=st.integers(0, 10**8), seed=seeds)
def test_a_column_of_delays_is_the_delays_one_by_one(start: int, seed: int) -> None:
    """The wire itself, asked call by call, is the measure for the second of two agents."""
    wire = Wire(healthy().wire)
    times = np.arange(start, start + 60_000, 1_009, dtype=np.int64)
    names = ["somebody", "somebody else"]
    addresses = arrays.keys(seed, "list", names)
    assert addresses.tolist() == [randomness.key(seed, "list", name) for name in names]
    up, down = arrays.Delays(wire, addresses).of(np.ones(len(times), np.int64), times)
    expected = [wire.delays(randomness.draw(int(addresses[1]), int(t))) for t in times]
    assert list(zip(up.tolist(), down.tolist(), strict=True)) == expected


@given(
    every=st.integers(0, 10**6),
    times=st.lists(st.integers(0, 10**8), min_size=1, max_size=20),
    hours=st.lists(st.tuples(st.integers(0, 10**8), st.integers(0, 10**8)), max_size=3),
)
def test_sweeps_and_campaigns_are_those_of_the_rules(
    every: int, times: list[int], hours: list[tuple[int, int]]
) -> None:
    """Columns have a copy of these rules, which could drift; the rules are the measure."""
    column = np.array(times)
    if every:
        found = arrays.next_sweep(every, column).tolist()
        assert found == [schedule.next_sweep(every, t) for t in times]
    inside = arrays.in_campaign(hours, column).tolist()
    assert inside == [schedule.in_campaign(tuple(hours), t) for t in times]


def test_the_order_is_that_of_agents_times_and_ranks_and_keeps_equals() -> None:
    """Rows 1 and 3 are alike in all three, so they stay as they came."""
    who = np.array([1, 0, 1, 0, 0])
    t = np.array([5, 7, 5, 7, NEVER >> 33])
    rank = np.array([2, 1, 1, 1, 3])
    assert arrays.in_order(who, t, rank).tolist() == [1, 3, 4, 2, 0]

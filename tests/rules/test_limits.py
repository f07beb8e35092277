"""The fixed window of a shared rate limit."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simkit.rules.limits import WINDOW_MS, FixedWindow, requests_per_window_at_most

arrivals = st.lists(st.integers(0, 4 * WINDOW_MS), max_size=40).map(sorted)


@pytest.mark.fuzz
@given(limit=st.integers(1, 5), times=arrivals)
def test_each_minute_serves_its_first_calls_up_to_the_limit_and_refuses_the_rest(
    limit: int, times: list[int]
) -> None:
    """Who is refused is told the time to the next full minute, when counting begins anew."""
    window = FixedWindow(limit)
    served: Counter[int] = Counter()
    for t in times:
        wait = window.refused_for(t)
        minute = t // WINDOW_MS
        if served[minute] < limit:
            served[minute] += 1
            assert wait == 0
        else:
            assert t + wait == (minute + 1) * WINDOW_MS


@pytest.mark.fuzz
@given(limit=st.integers(1, 5), times=arrivals)
def test_a_window_says_beforehand_what_the_next_call_will_be_told_and_counts_nothing(
    limit: int, times: list[int]
) -> None:
    """Asking uses up no call: a window that is never asked tells the same."""
    window, asked_often = FixedWindow(limit), FixedWindow(limit)
    for t in times:
        told = asked_often.exhausted_for(t)
        assert told == asked_often.exhausted_for(t)
        assert told == asked_often.refused_for(t) == window.refused_for(t)


def test_a_refused_caller_who_waits_as_told_is_the_first_of_the_next_window() -> None:
    """In the last ms of a minute the wait is 1 ms, and it is enough."""
    window = FixedWindow(1)
    assert window.refused_for(WINDOW_MS - 1) == 0
    wait = window.refused_for(WINDOW_MS - 1)
    assert wait == 1
    assert window.refused_for(WINDOW_MS - 1 + wait) == 0


@pytest.mark.fuzz
@given(
    interval=st.integers(1_000, 120_000),
    origin=st.integers(0, 120_000),
    delays=st.lists(st.integers(0, 999), min_size=1, max_size=20),
    start=st.integers(0, 4).map(lambda n: n * WINDOW_MS),
)
def test_no_window_sees_more_regular_calls_than_the_bound_says(
    interval: int, origin: int, delays: list[int], start: int
) -> None:
    """By this bound agents are run apart, so delays that bunch calls must not exceed it."""
    polls = [origin + n * interval for n in range(6 * WINDOW_MS // interval)]
    landed = [t + delays[n % len(delays)] for n, t in enumerate(polls)]
    seen = sum(start <= t < start + WINDOW_MS for t in landed)
    assert seen <= requests_per_window_at_most(1, interval, longest_round_trip_ms=999)

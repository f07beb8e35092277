"""Step functions against the naive model: a value looked up millisecond by millisecond."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simkit.base.steps import NEVER, Steps, combine

CHANGES = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 3)), max_size=12).map(
    lambda rows: sorted(rows, key=lambda row: row[0])
)


def built(changes: list[tuple[int, int]]) -> Steps[int]:
    """A step function from changes in order of time."""
    steps = Steps(0)
    for t, value in changes:
        steps.set(t, value)
    return steps


def naive(changes: list[tuple[int, int]], t: int) -> int:
    """The last value given at or before a millisecond."""
    return ([0] + [value for when, value in changes if when <= t])[-1]


@pytest.mark.fuzz
@given(CHANGES, st.integers(-2, 45))
def test_a_value_holds_from_its_change_until_the_next(
    changes: list[tuple[int, int]], t: int
) -> None:
    """At, and just before, every millisecond."""
    steps = built(changes)
    assert steps.at(t) == naive(changes, t)
    assert steps.before(t) == naive(changes, t - 1)


@pytest.mark.fuzz
@given(CHANGES, st.integers(-2, 45))
def test_the_neighbouring_changes_are_found(changes: list[tuple[int, int]], t: int) -> None:
    """The next change is the first time after t at which something was set; the last, at most t."""
    steps = built(changes)
    later = [when for when in steps.times if when > t]
    assert steps.next_change(t) == (later[0] if later else NEVER)
    assert steps.last_change(t) == max(when for when in steps.times if when <= t)


@pytest.mark.fuzz
@given(CHANGES)
def test_every_change_changes_the_value(changes: list[tuple[int, int]]) -> None:
    """What is taken back within its millisecond leaves no trace."""
    steps = built(changes)
    assert all(before != after for before, after in pairwise(steps.values))
    assert all(before < after for before, after in pairwise(steps.times))


@pytest.mark.fuzz
@given(CHANGES, st.integers(-2, 45))
def test_nothing_changes_before_the_next_change(changes: list[tuple[int, int]], t: int) -> None:
    """Whoever sleeps until then misses nothing; nor did anything change since the last one."""
    steps = built(changes)
    until = min(steps.next_change(t), 45)
    assert {naive(changes, now) for now in range(t, until)} <= {naive(changes, t)}
    since = max(steps.last_change(t), -2)
    assert {naive(changes, now) for now in range(since, t)} <= {naive(changes, t)}


@pytest.mark.fuzz
@given(CHANGES, st.integers(-2, 45), st.integers(0, 30))
def test_spans_cover_a_stretch_without_gap_or_overlap(
    changes: list[tuple[int, int]], start: int, length: int
) -> None:
    """Laid side by side they are the function."""
    steps = built(changes)
    covered = [
        (t, value) for a, b, value in steps.spans(start, start + length) for t in range(a, b)
    ]
    assert covered == [(t, naive(changes, t)) for t in range(start, start + length)]


@pytest.mark.fuzz
@given(CHANGES)
def test_time_where_counts_milliseconds(changes: list[tuple[int, int]]) -> None:
    """As many as there are milliseconds with such a value."""
    expected = sum(naive(changes, t) == 2 for t in range(5, 41))
    assert built(changes).time_where(lambda value: value == 2, 5, 41) == expected


@pytest.mark.fuzz
@given(CHANGES, CHANGES)
def test_combining_is_pointwise(a: list[tuple[int, int]], b: list[tuple[int, int]]) -> None:
    """The combination's value is that of the parts' values."""
    both = combine(lambda x, y: 10 * x + y, built(a), built(b))
    for t in range(-1, 42):
        assert both.at(t) == 10 * naive(a, t) + naive(b, t)

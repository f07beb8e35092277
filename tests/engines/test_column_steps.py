"""Step functions as columns: what they say of many agents is what ``Steps`` says of each."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simkit.base.steps import NEVER, Steps, combine
from simkit.engines.columns.steps import StepColumns, merged

AGENTS = 3
changes = st.lists(
    st.tuples(st.integers(0, AGENTS - 1), st.integers(0, 30), st.integers(0, 3)), max_size=20
)
"""(agent, time, value) in any order; of those of one agent and millisecond the last one counts."""


def columns(rows: list[tuple[int, int, int]]) -> StepColumns:
    """Give changes as columns."""
    return StepColumns.of(*np.array(rows, np.int64).reshape(-1, 3).T)


def steps(rows: list[tuple[int, int, int]], before: int) -> list[Steps[int]]:
    """Give the same changes as one step function for each agent."""
    found = [Steps(before) for _ in range(AGENTS)]
    for who, t, value in sorted(rows, key=lambda row: row[:2]):
        found[who].set(t, value)
    return found


def plain(made: StepColumns, who: int, before: int) -> Steps[int]:
    """Read one agent's rows."""
    found = Steps(before)
    for agent, t, value in zip(*(each.tolist() for each in made), strict=True):
        if agent == who:
            found.set(t, value)
    return found


@given(rows=changes, start=st.integers(0, 30), length=st.integers(0, 30))
def test_an_integral_is_that_of_each_agents_own_steps(
    rows: list[tuple[int, int, int]], start: int, length: int
) -> None:
    """Value times time within a shift, summed piece by piece; 0 before the first change."""
    end = start + length
    spans = (np.full(AGENTS, start), np.full(AGENTS, end))
    expected = [
        sum((b - a) * value for a, b, value in one.spans(start, end)) for one in steps(rows, 0)
    ]
    assert columns(rows).integral(*spans).tolist() == expected


@given(one=changes, other=changes)
def test_merging_is_combining_for_each_agent(
    one: list[tuple[int, int, int]], other: list[tuple[int, int, int]]
) -> None:
    """On common rows, each part has the value that it has by itself at that moment."""
    parts = merged(columns(one), columns(other), before=(0, 2))
    both = parts[0]._replace(value=10 * parts[0].value + parts[1].value)
    for who, (first, second) in enumerate(zip(steps(one, 0), steps(other, 2), strict=True)):
        expected = combine(lambda a, b: 10 * a + b, first, second)
        found = plain(both, who, 2)
        assert (found.times, found.values) == (expected.times, expected.values)


@given(rows=changes)
def test_the_last_of_a_millisecond_and_the_changes_are_what_steps_keep(
    rows: list[tuple[int, int, int]],
) -> None:
    """A value that is taken back within its millisecond was no change."""
    kept = columns(rows).last().changes()
    for who, own in enumerate(steps(rows, -1)):
        mine = kept.who == who
        assert kept.t[mine].tolist() == own.times[1:]
        assert kept.value[mine].tolist() == own.values[1:]


def test_a_value_ends_with_the_next_one_or_with_the_shift() -> None:
    """Agent 0 changes at 2 and 5 and ends at 9; agent 1 changes at 4 and ends at 7."""
    made = columns([(0, 2, 1), (0, 5, 2), (1, 4, 1)])
    assert made.until(np.array([9, 7])).tolist() == [5, 9, 7]
    nothing = columns([])
    assert nothing.until(np.array([9, 7])).tolist() == []
    assert nothing.integral(np.zeros(2, int), np.full(2, NEVER)).tolist() == [0, 0]

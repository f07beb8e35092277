"""The widget's cached list: how long it answers, and the grid on which polls leave."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simkit.rules.cache import Entry, Question, holds, on_grid
from simkit.rules.replies import Reply

ASKED = Question("d-1", 4)
ENTRY = Entry(ASKED, stamped=1_000, reply=Reply(200))


@pytest.mark.fuzz
@given(origin=st.integers(0, 10**6), step=st.integers(1, 10**5), t=st.integers(-(10**6), 10**7))
def test_a_grid_point_is_the_first_at_or_after_a_moment_and_never_before_the_origin(
    origin: int, step: int, t: int
) -> None:
    """This is when polls leave: none is skipped, and none comes before the page's load."""
    point = on_grid(origin, step, t)
    assert (point - origin) % step == 0
    assert point >= max(origin, t)
    assert point - step < max(origin, t) or point == origin


@given(t=st.integers(0, 10**6), life=st.integers(0, 10**5))
def test_an_entry_holds_from_its_stamp_up_to_its_life_the_end_excluded(t: int, life: int) -> None:
    """In the last millisecond of its life it answers, and in the next one no more."""
    assert holds(ENTRY, ASKED, t, life) == (t - ENTRY.stamped < life)


@pytest.mark.parametrize("question", [Question("d-2", 4), Question("d-1", 5), Question("d-1", -1)])
def test_an_entry_answers_its_own_question_and_no_other(question: Question) -> None:
    """A list of another division or version is never shown as one's own."""
    assert holds(ENTRY, ASKED, ENTRY.stamped, 1)
    assert not holds(ENTRY, question, ENTRY.stamped, 1)


def test_without_an_entry_nothing_holds() -> None:
    """However long a life is, a cache that is empty has no answer."""
    assert not holds(None, ASKED, 0, 10**9)


def test_a_life_of_k_intervals_is_k_polls_exactly() -> None:
    """Stamped at departure, the entry answers the k - 1 polls that follow, and not the k-th."""
    interval, k = 30, 7
    polls = [ENTRY.stamped + n * interval for n in range(20)]
    assert [holds(ENTRY, ASKED, t, k * interval) for t in polls].count(True) == k
    assert on_grid(0, interval, k * interval) == k * interval

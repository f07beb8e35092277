"""An agent who has moved on to another status does not come back from the former one.

Handmade worlds: a call takes 10 ms up and 10 ms down, so a choice is true 10 ms after it was made,
believed after 20 ms, and the agent is back its planned length after that.
"""

from __future__ import annotations

from typing import Any

import pytest
from handmade import BREAK, HOUR, MINUTE, day, hand, off, play, timeline

from simkit.rules import oauth
from simkit.runs.history import History

NOT_USABLE = hand().platform.reason_not_usable.code
FIRST, LATER = 5 * MINUTE, 20 * MINUTE


def told(history: History) -> list[tuple[Any, ...]]:
    """Give what is believed and true of the status, in order."""
    kinds = ("status", "success", "error", "return")
    return [row for row in timeline(history, "ada") if row[1] in kinds]


def two(second: int, length: int = 10 * MINUTE, **fields: Any) -> History:
    """Play a break of ten minutes from 5 min on, and a meal that begins at a millisecond."""
    intentions = (FIRST, "Break", length), (second, "Meal", HOUR)
    return play(hand(**fields), day(30 * MINUTE, *intentions))


BACK = FIRST + 20 + 10 * MINUTE
"""When the agent would be back from the break."""


@pytest.mark.parametrize("early", [1, 19, 20])
def test_a_status_that_follows_without_a_gap_is_not_ended_by_the_former_return(early: int) -> None:
    """The meal is chosen before the return is due and answered at that moment or after it."""
    second = BACK - early
    assert told(two(second)) == [
        (FIRST + 10, "status", "break", "agent", "available"),
        (FIRST + 20, "success", "break", 200, ""),
        (second + 10, "status", "meal", "agent", "break"),
        (second + 20, "success", "meal", 200, ""),
    ]


def test_who_is_due_back_at_the_millisecond_of_the_next_intention_comes_back_first() -> None:
    """The return comes before any choice, so both happen."""
    assert told(two(BACK))[2:] == [
        (BACK, "return"),
        (BACK, "status", "available", "return", "break"),
        (BACK + 10, "status", "meal", "agent", "available"),
        (BACK + 20, "success", "meal", 200, ""),
    ]


def test_who_is_told_that_the_next_choice_failed_comes_back_then() -> None:
    """The platform refuses the meal, as it is deactivated, and the widget says so."""
    second = BACK - 5
    intentions = (FIRST, "Break", 10 * MINUTE), (second, "Meal", HOUR)
    settings = hand(on_error="surface", refresh_interval_ms=HOUR // 2)
    history = play(settings, day(30 * MINUTE, *intentions), edits=(off(FIRST, BREAK + 1),))
    assert told(history)[2:] == [
        (second + 20, "error", "meal", 403, NOT_USABLE),
        (second + 20, "return"),
        (second + 20, "status", "available", "return", "break"),
    ]


def test_who_is_told_of_a_success_that_was_none_has_moved_on() -> None:
    """The widget swallows the refusal: the agent believes in the meal, and the break stays true."""
    intentions = (FIRST, "Break", 10 * MINUTE), (BACK - 5, "Meal", LATER)
    settings = hand(refresh_interval_ms=HOUR // 2)
    history = play(settings, day(30 * MINUTE, *intentions), edits=(off(FIRST, BREAK + 1),))
    assert told(history)[2:] == [(BACK + 15, "success", "meal", 403, NOT_USABLE)]


def test_who_finds_the_next_reason_nowhere_comes_back_as_planned() -> None:
    """An intention that is lost at once is no step to another status."""
    intentions = (FIRST, "Break", 10 * MINUTE), (BACK - 5, "Coaching", LATER)
    history = play(hand(), day(30 * MINUTE, *intentions))
    assert told(history)[2:] == [
        (BACK, "return"),
        (BACK, "status", "available", "return", "break"),
    ]


def test_a_return_waits_for_all_choices_under_way() -> None:
    """Two meals are refused one after the other, and the second is sent before the first reply."""
    intentions = (FIRST, "Break", 10 * MINUTE), (BACK - 5, "Meal", HOUR), (BACK + 10, "Meal", HOUR)
    settings = hand(on_error="surface", refresh_interval_ms=HOUR // 2)
    history = play(settings, day(30 * MINUTE, *intentions), edits=(off(FIRST, BREAK + 1),))
    assert [row[:2] for row in told(history)[2:]] == [
        (BACK + 15, "error"),
        (BACK + 30, "error"),
        (BACK + 30, "return"),
        (BACK + 30, "status"),
    ]


def test_without_the_write_scope_nobody_comes_back_from_what_was_never_true() -> None:
    """The agent believes to be back; the platform has nothing to write."""
    history = two(LATER, scopes=(oauth.READ_SCOPE,))
    assert [row[:2] for row in told(history)] == [
        (FIRST + 20, "success"),
        (BACK, "return"),
        (LATER + 20, "success"),
    ]

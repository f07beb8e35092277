"""What a record of the log names as its cause, where several things could be named."""

from __future__ import annotations

import pytest
from handmade import (
    BREAK,
    HOUR,
    MEAL,
    MINUTE,
    TECH_BREAK,
    day,
    hand,
    line,
    off,
    play,
)

from simkit.rules.reasons import Edit
from simkit.runs.history import History

TOGETHER = (off(100_000, TECH_BREAK), off(100_000, MEAL), off(100_000, BREAK))
"""Three codes of two divisions, deactivated in one millisecond."""


def causes(history: History, kind: str, agent: str = "ada") -> list[tuple[object, ...] | None]:
    """Give what each record of a kind names as its cause."""
    found = [record.cause for record in history.log.by_actor[agent] if record.kind == kind]
    return [cause and line(history.log.find(cause)) for cause in found]


@pytest.mark.parametrize(
    ("division", "edited"), [("Care", "meal"), ("Tech", "tech-break")], ids=["Care", "Tech"]
)
def test_a_list_is_what_an_edit_of_its_own_division_made_it(division: str, edited: str) -> None:
    """Of several in one millisecond the last, in the order of codes, that is about its codes."""
    history = play(hand(), day(3 * MINUTE, division=division), edits=TOGETHER)
    assert causes(history, "list")[1:] == [(100_000, "edit", edited, "off")]


def test_an_edit_that_changes_nothing_is_no_cause() -> None:
    """Break is deactivated a second time in the millisecond in which Meal goes."""
    edits = (off(50_000, BREAK), off(100_000, BREAK), off(100_000, MEAL))
    history = play(hand(), day(3 * MINUTE), edits=edits)
    assert causes(history, "list")[1:] == [
        (50_000, "edit", "break", "off"),
        (100_000, "edit", "meal", "off"),
    ]


def test_a_version_is_what_an_edit_with_it_made_it() -> None:
    """An edit by hand in the console, in the same millisecond, raises no version."""
    by_hand = Edit(100_000, BREAK, False, False)
    versioned = hand(version_parameter=True)
    history = play(versioned, day(3 * MINUTE), edits=(by_hand, off(100_000, MEAL)))
    assert causes(history, "version") == [(100_000, "edit", "meal", "off")]


def test_too_many_requests_end_by_themselves() -> None:
    """A window of the limit is over. Renewals between, as at 44 min, have nothing to do with it."""
    limited = hand(token_topology="shared", rate_limit_per_min=1)
    history = play(limited, day(HOUR))
    assert [r.t // MINUTE for r in history.log if r.kind == "renewed"] == [44]
    assert causes(history, "recovered") == [None] * 59


def test_an_outage_ends_by_itself() -> None:
    """The polls of 120,000 to 180,000 are lost, that of 210,000 is answered."""
    history = play(hand(), day(10 * MINUTE, outages=((100_000, 200_000),)))
    assert causes(history, "trouble") == [None]
    assert causes(history, "recovered") == [None]


def test_a_dead_token_ends_with_the_next_one_also_when_that_came_first() -> None:
    """The poll of 60,000 arrives at 60,010 with a token that was replaced at 60,004."""
    short = hand(token_life_ms=60_005, renewal_lead_ms=21)
    history = play(short, day(100_000))
    assert [r.t for r in history.log if r.kind in ("trouble", "recovered")] == [60_020, 90_020]
    assert causes(history, "recovered") == [(60_004, "renewed", 59_984)]

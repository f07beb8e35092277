"""When two names are one, and how two that look alike differ."""

from __future__ import annotations

import time
import warnings

import pace
import pytest

from simkit.base.errors import BadInput, InputNotice, closest, notice
from simkit.base.names import alike, how_they_differ, is_blank, plain_name

ONE_NAME = [
    "Café Pause",
    "Cafe\u0301 Pause",
    " Café\u00a0Pause",
    "Café \t Pause\n",
    "Café\u2003Pause",
]


@pytest.mark.parametrize("spelling", ONE_NAME)
def test_unicode_forms_and_white_space_make_no_other_name(spelling: str) -> None:
    """What is typed, pasted from a page or exported by a Mac is the same name."""
    assert plain_name(spelling) == "Café Pause"


def test_what_one_sees_makes_another_name() -> None:
    """Case, letters, and what stands between words tell names apart."""
    names = {"Lunch", "lunch", "Lunch-2", "Lunch 2", "Lunch2", "Łunch"}
    assert {plain_name(name) for name in names} == names


@pytest.mark.parametrize(
    ("odd", "named"),
    [
        ("Lun\u200bch", "U+200B ZERO WIDTH SPACE"),
        ("Lunch\u00ad", "U+00AD SOFT HYPHEN"),
        ("\u202eLunch", "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("Ｌunch", "U+FF2C FULLWIDTH LATIN CAPITAL LETTER L"),
        ("Lun\u0441h", "U+0441 CYRILLIC SMALL LETTER ES"),
    ],
)
def test_names_that_look_alike_say_how_they_differ(odd: str, named: str) -> None:
    """A suggestion that reads like what was typed would help nobody."""
    assert named in how_they_differ(odd, "Lunch")
    assert alike(odd, ["Meal", "Lunch"]) == "Lunch"
    assert f"'Lunch' (they differ in {named}, which one only has)" in closest(
        odd, ["Meal", "Lunch"]
    )


def test_a_text_too_long_for_a_name_is_looked_at_in_no_time() -> None:
    """Composing 64,000 accents in a row takes seconds, and no name is so long."""
    before = time.process_time()
    text = "e" + "\u0301\u0327" * 100_000
    assert plain_name(text) == text
    assert not is_blank(text)
    assert pace.within(time.process_time() - before, 1)


def test_a_dash_of_another_kind_looks_like_a_hyphen() -> None:
    """Text processors put such dashes in; the message names what nobody sees."""
    assert (
        how_they_differ("T-Break", "T\u2011Break")
        == "in U+2011 NON-BREAKING HYPHEN, which one only has"
    )


@pytest.mark.parametrize("other", ["Lunch", "lunch", "Lunsh", "Meal"])
def test_of_a_difference_that_one_sees_nothing_is_said(other: str) -> None:
    """Nor of none at all."""
    assert how_they_differ("Lunch", other) == ""


def test_a_notice_is_one_line_with_its_place_and_may_be_made_an_error() -> None:
    """The standard filters of warnings decide what a doubt is worth."""
    doubt = BadInput("nobody lists 'lunch'", file="day.csv", line=3, field="value")
    with pytest.warns(InputNotice, match=r"^day\.csv:3: value: nobody lists 'lunch'$") as told:
        notice(doubt)
    assert told[0].filename == "simkit", "no line of Python, nor a folder of this machine"
    with warnings.catch_warnings():
        warnings.simplefilter("error", InputNotice)
        with pytest.raises(InputNotice):
            notice(doubt)


def test_marks_that_make_a_word_are_seen_and_those_that_show_nothing_are_not() -> None:
    """Vowels of Hindi tell words apart; a variation selector does not."""
    assert how_they_differ("\u0915\u093f", "\u0915\u0941") == ""
    assert "U+FE0F" in how_they_differ("Lunch\ufe0f", "Lunch")


@pytest.mark.parametrize(
    "text", ["", " ", "\t\n", "\u00a0", "\u200b", " \u00ad ", "\x00", "\ufe0f"]
)
def test_a_text_of_which_nothing_is_seen_is_blank(text: str) -> None:
    """White space, formats and controls make no name."""
    assert is_blank(text)
    assert not is_blank(text + "-")

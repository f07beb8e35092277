"""Spans of time that were written in another unit than milliseconds."""

from __future__ import annotations

import pytest

from simkit.base.units import in_ms, may_be_seconds, seconds_meant


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("30s", 30_000),
        ("30 s", 30_000),
        ("250ms", 250),
        ("5 min", 300_000),
        (" 1.5 H ", 5_400_000),
        ("0.25 s", 250),
        ("30", None),
        ("s", None),
        ("30 days", None),
        ("-3 s", None),
        ("9" * 400 + "s", None),
    ],
)
def test_a_span_with_its_unit_is_worked_out(text: str, ms: int | None) -> None:
    """By hand: 1.5 h are 90 min of 60,000 ms. What has no unit, or another one, is none."""
    assert in_ms(text) == ms


@pytest.mark.parametrize(
    ("value", "is_it"),
    [(86_400, True), (3_600, True), (60_000, False), (120_000, False), (1, False), (0, False)],
)
def test_a_number_may_be_one_of_seconds_when_its_bounds_allow_it(value: int, is_it: bool) -> None:
    """From 2 s to 48 h: a day in seconds does; a minute in ms is meant; one second is too short."""
    assert may_be_seconds(value, 2_000, 172_800_000) is is_it


def test_the_question_names_the_right_number() -> None:
    """So that it can be copied."""
    assert seconds_meant(86_400) == "; seconds? 86400 s are 86400000 ms"

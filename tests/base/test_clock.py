"""Wall time to milliseconds and back, through daylight saving."""

from __future__ import annotations

from datetime import date, time

import pytest

from simkit.base.clock import (
    HOUR,
    MINUTE,
    SECOND,
    Calendar,
    parse_wall,
    parse_wall_ms,
    show_duration,
)

WINTER = Calendar(date(2026, 3, 2), "Europe/Berlin", time(8))
SPRING = Calendar(date(2026, 3, 29), "Europe/Berlin", time(0))
AUTUMN = Calendar(date(2026, 10, 25), "Europe/Berlin", time(0))


def test_milliseconds_count_from_the_opening() -> None:
    """Opening is 0, an hour later is an hour, before opening is negative."""
    assert WINTER.ms(time(8)) == 0
    assert WINTER.ms(time(9, 30, 5)) == HOUR + 30 * MINUTE + 5 * SECOND
    assert WINTER.ms(time(7, 59)) == -MINUTE


def test_wall_time_is_shown_as_it_was_read() -> None:
    """Reading and showing are inverse on an ordinary day."""
    assert WINTER.show(WINTER.ms(time(14, 3, 7)) + 42) == "14:03:07.042"


def test_a_skipped_hour_is_not_counted() -> None:
    """On 29 March 2026 clocks in Berlin go from 02:00 to 03:00: 04:00 is three hours on."""
    assert SPRING.ms(time(4)) == 3 * HOUR


@pytest.mark.parametrize("wall", [time(2), time(2, 30), time(2, 59)])
def test_a_time_that_daylight_saving_skips_is_refused(wall: time) -> None:
    """There is no such moment, so it is no input."""
    with pytest.raises(ValueError, match="daylight saving skips it"):
        SPRING.ms(wall)


def test_a_repeated_time_means_its_first_occurrence() -> None:
    """On 25 October 2026 02:30 comes twice: the first is 2.5 h after midnight, 04:00 is 5 h."""
    assert AUTUMN.ms(time(2, 30)) == 2 * HOUR + 30 * MINUTE
    assert AUTUMN.ms(time(4)) == 5 * HOUR


@pytest.mark.parametrize("text", ["24:00", "8:0", "08:60", "08:00:61", "noon", "", "08:00 "])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    """Only HH:MM and HH:MM:SS are read."""
    with pytest.raises(ValueError, match="not a time of day"):
        parse_wall(text)


def test_a_time_of_day_may_be_read_to_the_millisecond() -> None:
    """What the calendar shows is read back, whatever the form."""
    assert parse_wall_ms("14:03:07.042") == time(14, 3, 7, 42_000)
    assert parse_wall_ms("14:03:07") == time(14, 3, 7)
    assert parse_wall_ms("14:03") == time(14, 3)
    for ms in (0, 1, 999, 8 * HOUR - 1):
        assert WINTER.ms(parse_wall_ms(WINTER.show(ms))) == ms


@pytest.mark.parametrize(
    "text",
    [
        *["14:03.042", "14:03:07.42", "14:03:07.0420", "14:03:07,042", "14:03:07.", ""],
        *["24:00:00.000", "14:03:07.04٢", "1:030:07.042"],
    ],
)
def test_what_is_no_time_to_the_millisecond_is_refused(text: str) -> None:
    """Three digits after whole seconds, or none."""
    with pytest.raises(ValueError, match=r"not a time of day; write .* or HH:MM:SS\.mmm"):
        parse_wall_ms(text)


@pytest.mark.parametrize("text", ["14:03:07.042", "14:03:07.000"])
def test_where_seconds_are_enough_milliseconds_are_refused(text: str) -> None:
    """Organisations and campaign hours are given in whole seconds."""
    with pytest.raises(ValueError, match="write HH:MM or HH:MM:SS"):
        parse_wall(text)


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (0, "0 ms"),
        (999, "999 ms"),
        (1000, "1 s"),
        (1500, "1.5 s"),
        (59_400, "59 s"),
        (60_000, "1 min"),
        (90_000, "1 min 30 s"),
        (HOUR, "1 h"),
        (HOUR + 5 * MINUTE, "1 h 5 min"),
    ],
)
def test_durations_are_shown_in_at_most_two_units(ms: int, words: str) -> None:
    """As a person would say them."""
    assert show_duration(ms) == words

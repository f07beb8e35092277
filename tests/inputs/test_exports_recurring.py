"""Events of calendars that recur: written out for the days that an import is about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from exported import calendar, definition, page, user, write
from extent import some
from hypothesis import given
from hypothesis import strategies as st

import simkit
from simkit import BadInput
from simkit.inputs.exports import recurring
from simkit.inputs.exports.answers import Answers
from simkit.inputs.exports.export import Export
from simkit.inputs.exports.reading import Exports

pytest.importorskip("icalendar")

BERLIN = "Europe/Berlin"
CODES = [definition(0, languageLabels={"en_US": "Meal"}, systemPresence="Meal")]
AT_NINE = {
    f"DTSTART;TZID={BERLIN}": "20260302T090000",
    f"DTEND;TZID={BERLIN}": "20260302T170000",
    "SUMMARY": "Work",
}
"""A Monday."""
SHIFTS = "agent,date,start,end,activity\n"


def event(**more: str) -> dict[str, str]:
    """Give the event at nine with other properties; ``EXDATE_TZID`` is EXDATE in Berlin."""
    said = {key.replace("_TZID", f";TZID={BERLIN}"): value for key, value in more.items()}
    return {**AT_NINE, **said}


def starts(*events: Mapping[str, str], day: str = "", table: str = "", zone: str = BERLIN) -> str:
    """Give when events are scheduled, by the zone's clock: day of the month and times."""
    exports = Exports(Answers(), zone)
    if table:
        exports.read_content((SHIFTS + table).encode(), "x.csv")
    exports.read_content(calendar("Person 0", *events).encode(), "x.ics")
    exports.recur(date.fromisoformat(day) if day else None)
    info = ZoneInfo(zone)
    found = sorted(
        (each.start, each.end)
        for each in list(exports.stretches)
        if each.who[0] != "A" and not exports.takes_back(each.start, [each])
    )
    return ", ".join(f"{a.astimezone(info):%-d %H:%M}-{b.astimezone(info):%H:%M}" for a, b in found)


def on(*days: int, hours: str = "09:00-17:00") -> str:
    return ", ".join(f"{day} {hours}" for day in days)


RULES = {
    "FREQ=DAILY": on(2, 3, 4, 5, 6, 7, 8),
    "FREQ=DAILY;INTERVAL=3": on(2, 5, 8),
    "FREQ=DAILY;COUNT=2": on(2, 3),
    "FREQ=DAILY;UNTIL=20260304T080000Z": on(2, 3, 4),
    "FREQ=DAILY;UNTIL=20260304T075959Z": on(2, 3),
    "FREQ=DAILY;UNTIL=20260304T090000": on(2, 3, 4),
    "FREQ=DAILY;UNTIL=20260304": on(2, 3, 4),
    "FREQ=WEEKLY;BYDAY=MO,WE,FR": on(2, 4, 6),
    "FREQ=WEEKLY": on(2),
    "FREQ=MONTHLY;BYMONTHDAY=2,7,-1": on(2, 7),
    "FREQ=MONTHLY;BYDAY=1TU,1MO": on(2, 3),
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=2": on(3),
    "FREQ=YEARLY": on(2),
    "FREQ=DAILY;BYHOUR=9,18": ", ".join(f"{n} 09:00-17:00, {n} 18:00-02:00" for n in range(2, 9)),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_followed_for_a_week_where_nothing_else_tells_the_days(rule: str) -> None:
    """The week from its begin on Monday 2 March 2026; ends are meant with the event's clock."""
    assert starts(event(RRULE=rule)) == RULES[rule]


def test_the_days_are_those_of_all_else_that_came_in() -> None:
    """Also where the rule began years before, and by the shift of a week that it then has."""
    table = "A,2026-03-11,08:00,16:00,Work\nA,2026-03-13,08:00,16:00,Work\n"
    assert starts(event(RRULE="FREQ=DAILY"), table=table) == on(11, 12, 13)
    assert starts(event(RRULE="FREQ=DAILY"), table=table, day="2026-03-20") == on(20)
    single = {**AT_NINE, f"DTSTART;TZID={BERLIN}": "20260304T160000"}
    single[f"DTEND;TZID={BERLIN}"] = "20260304T170000"
    assert starts(event(RRULE="FREQ=DAILY"), single) == "4 09:00-17:00, 4 16:00-17:00"


# From 2 March 2026, a Monday, to Monday 3 March 2036 there are 3,654 days: 522 weeks, all of
# them whole. 3,654 = 3 * 1,218, and 522 is even.
LONG = {
    "FREQ=DAILY;INTERVAL=3": on(3, 6, 9),
    "FREQ=DAILY;INTERVAL=4": on(5, 9),
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU": on(3, 9),
    "FREQ=WEEKLY;INTERVAL=4;BYDAY=MO,SU": "",
    "FREQ=WEEKLY;BYDAY=MO,TU,WE;BYSETPOS=-1": on(5),
    "FREQ=DAILY;COUNT=3655": on(3),
    "FREQ=DAILY;COUNT=3654": "",
    "FREQ=MONTHLY;INTERVAL=2;BYDAY=1WE": on(5),
    "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=4,10": on(4),
}


@pytest.mark.parametrize("rule", LONG)
def test_a_rule_that_began_ten_years_ago_goes_on(rule: str) -> None:
    """Every third day, every second week: counted from its begin."""
    week = "".join(f"A,2036-03-{day:02},08:00,16:00,Work\n" for day in (3, 9))
    assert starts(event(RRULE=rule), table=week) == LONG[rule]


def test_a_week_in_which_a_rule_is_taken_up_is_whole() -> None:
    """The second of Monday, Friday and Saturday is Friday; of those left on a Friday, Saturday."""
    friday = {"DTSTART": "20260306T000000", "DURATION": "PT1H"}
    rule = {"RRULE": "FREQ=WEEKLY;BYDAY=MO,FR,SA;BYSETPOS=2"}
    assert starts({**friday, **rule}, day="2036-03-07") == "7 00:00-01:00"
    assert starts({**friday, **rule}, day="2036-03-08") == ""


def test_the_week_is_that_in_which_all_series_have_begun() -> None:
    """One began on Monday 2 March, the other on Thursday 12 March."""
    later = {
        f"DTSTART;TZID={BERLIN}": "20260312T180000",
        "DURATION": "PT1H",
        "RRULE": "FREQ=WEEKLY",
    }
    found = starts(event(RRULE="FREQ=WEEKLY"), later)
    assert found == "12 18:00-19:00, 16 09:00-17:00"


def test_a_clock_goes_on_over_a_change_of_the_zone() -> None:
    """Berlin's clocks go forward on 29 March 2026: nine there was 8:00 UTC, and is 7:00 UTC."""
    weekend = "A,2026-03-28,08:00,16:00,Work\nA,2026-03-30,08:00,16:00,Work\n"
    daily = event(RRULE="FREQ=DAILY")
    assert starts(daily, table=weekend) == on(28, 29, 30)
    assert starts(daily, table=weekend, zone="UTC") == (
        "28 08:00-16:00, 29 07:00-15:00, 30 07:00-15:00"
    )
    in_utc = {"DTSTART": "20260302T080000Z", "DURATION": "PT8H", "RRULE": "FREQ=DAILY"}
    assert starts(in_utc, table=weekend) == "28 09:00-17:00, 29 10:00-18:00, 30 10:00-18:00"
    floating = {"DTSTART": "20260302T090000", "DURATION": "PT8H", "RRULE": "FREQ=DAILY"}
    assert starts(floating, table=weekend) == on(28, 29, 30)
    lost = {"DTSTART": "20260302T023000", "DURATION": "PT30M", "RRULE": "FREQ=DAILY"}
    assert starts(lost, table=weekend) == "28 02:30-03:00, 30 02:30-03:00"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"EXDATE_TZID": "20260303T090000,20260305T090000"}, on(2, 4, 6)),
        ({"EXDATE": "20260303T080000Z"}, on(2, 4, 5, 6)),
        ({"EXDATE;VALUE=DATE": "20260303"}, on(2, 4, 5, 6)),
        ({"EXDATE_TZID": "20260303T100000"}, on(2, 3, 4, 5, 6)),
        ({"RDATE_TZID": "20260308T100000"}, f"{on(2, 3, 4, 5, 6)}, 8 10:00-18:00"),
        ({"RDATE;VALUE=PERIOD": "20260308T090000Z/PT1H"}, f"{on(2, 3, 4, 5, 6)}, 8 10:00-11:00"),
        (
            {"RDATE;VALUE=PERIOD": "20260308T090000Z/20260308T110000Z"},
            f"{on(2, 3, 4, 5, 6)}, 8 10:00-12:00",
        ),
        ({"RDATE_TZID": "20260303T090000"}, on(2, 3, 4, 5, 6)),
    ],
)
def test_dates_are_taken_out_and_put_in(more: dict[str, str], expected: str) -> None:
    """The rule gives Monday to Friday, 2 to 6 March."""
    assert starts(event(RRULE="FREQ=DAILY;COUNT=5", **more)) == expected


def test_dates_alone_recur_beside_the_first_time() -> None:
    """Without any rule."""
    assert starts(event(RDATE_TZID="20260304T090000,20260306T120000")) == (
        "2 09:00-17:00, 4 09:00-17:00, 6 12:00-20:00"
    )


def moved(to: str = "", **more: str) -> dict[str, str]:
    """Give what the occurrence of Wednesday 4 March was made."""
    change = {"UID": "0@test", f"RECURRENCE-ID;TZID={BERLIN}": "20260304T090000"}
    times = {"DTSTART": to, "DURATION": "PT2H", "SUMMARY": "Work"} if to else AT_NINE
    return {**times, **change, **more}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (moved("20260304T120000"), "2 09:00-17:00, 3 09:00-17:00, 4 12:00-14:00, 5 09:00-17:00"),
        (moved("20260307T060000Z"), "2 09:00-17:00, 3 09:00-17:00, 5 09:00-17:00, 7 07:00-09:00"),
        (moved("20260401T120000"), on(2, 3, 5)),
        (moved(STATUS="CANCELLED"), on(2, 3, 5)),
    ],
)
def test_a_single_occurrence_is_moved_or_cancelled(change: dict[str, str], expected: str) -> None:
    """It stands in place of its own day's, whichever event comes first in the file."""
    series = event(RRULE="FREQ=DAILY;COUNT=4", UID="0@test")
    assert starts(series, change) == expected
    assert starts(change, series) == expected


def read(folder: Path, **more: Any) -> Export:
    write(folder, definitions=page(CODES), users=page([user(n) for n in range(2)]))
    return simkit.read_export(folder, zone=BERLIN, **more)


NIGHT = [
    {"DTSTART": "20260302T220000", "DTEND": "20260303T060000", "SUMMARY": "Work"},
    {"DTSTART": "20260303T003000", "DURATION": "PT30M", "SUMMARY": "Lunch"},
]


@pytest.mark.parametrize("day", ["2026-03-02", "2026-03-05"])
def test_a_night_is_whole_on_each_day_and_no_other_shift_comes_in(day: str, tmp_path: Path) -> None:
    """Its meal is after midnight, and is neither lost on the last day nor a shift on the first."""
    nightly = [{**each, "RRULE": "FREQ=DAILY"} for each in NIGHT]
    found = read(write(tmp_path, x_ics=calendar("Person 0", *nightly)), day=day)
    (shift,) = found.organisation.shifts
    assert (shift.name, str(shift.activities[0].start)[:5]) == ("22:00-06:00", "00:30")
    assert [(each.why, each.count) for each in found.left_out] == [
        ("without a shift on the day", 1)
    ]
    assert found.counts["schedules"] == 2


def test_it_is_told_which_days_were_taken(tmp_path: Path) -> None:
    """By a note, which the file keeps; nothing is doubtful where the day was given."""
    weekly = {**NIGHT[0], "RRULE": "FREQ=WEEKLY;BYDAY=MO,TU,WE"}
    write(tmp_path, x_ics=calendar("Person 0", weekly) + calendar("Stranger", weekly))
    found = read(tmp_path)
    note = "events that recur: 2, taken from 2026-03-02 to 2026-03-08"
    assert note in found.notices
    found.save(tmp_path.parent / "org.yaml")
    assert f"# Note: {note}.\n" in (tmp_path.parent / "org.yaml").read_text()
    gone = {each.why: each.count for each in found.left_out}
    assert gone["shifts of other days"] == 2
    assert gone["of people who are not among the users"] == 3
    assert found.counts["schedules"] == 6
    assert not any("recur" in each for each in read(tmp_path, day="2026-03-10").notices)
    with pytest.raises(BadInput, match="nobody of 2 people is an agent on 2026-03-12"):
        read(tmp_path, day="2026-03-12")
    with pytest.raises(BadInput, match="nobody of 2 people is an agent on 2026-01-05"):
        read(tmp_path, day="2026-01-05")


@pytest.mark.fuzz
@given(
    st.integers(0, 350 * 24 * 60),
    st.integers(15, 16 * 60 - 1),
    st.integers(1, recurring.WEEK),
    st.sampled_from([BERLIN, "America/New_York", "UTC"]),
)
def test_a_daily_rule_is_the_same_as_its_events_one_by_one(
    tmp_path_factory: pytest.TempPathFactory, start: int, minutes: int, days: int, zone: str
) -> None:
    """Whenever, however long, over changes of clocks too; all but the note is the same."""
    folder = tmp_path_factory.mktemp("days")

    def one(n: int) -> dict[str, str]:
        begin = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=n, minutes=start)
        times = (begin, begin + timedelta(minutes=minutes))
        return {
            f"{key};TZID={zone}": f"{each:%Y%m%dT%H%M%S}"
            for key, each in zip(("DTSTART", "DTEND"), times, strict=True)
        }

    def told(*events: dict[str, str]) -> tuple[Any, ...]:
        try:
            found = read(write(folder, x_ics=calendar("Person 0", *events)))
        except BadInput as problem:  # all shifts of the day are over a change of clocks
            return (str(problem),)
        notices = [each for each in found.notices if "recur" not in each]
        return found.organisation, dict(found.counts), found.left_out, notices

    assert told({**one(0), "RRULE": f"FREQ=DAILY;COUNT={days}"}) == told(*map(one, range(days)))


# --- hostile rules ------------------------------------------------------------------------------

REFUSED = {
    **dict.fromkeys(
        (
            "FREQ=SECONDLY",
            "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
            "FREQ=MINUTELY;COUNT=5",
            "FREQ=HOURLY;INTERVAL=24",
            "FREQ=DAILY,SECONDLY",
            "FREQ=DAILY;BYHOUR=8,9;BYMINUTE=" + ",".join(map(str, range(13))),
        ),
        "x.ics: RRULE: found another rule; allowed: a rule by the day, week, month or year, "
        "at most 24 times a day",
    ),
    **dict.fromkeys(
        (
            "FREQ=DAILY;INTERVAL=0",
            "FREQ=DAILY;COUNT=0",
            "FREQ=DAILY;COUNT=-1;BYMONTH=13",
            "FREQ=YEARLY;BYYEARDAY=" + ",".join(map(str, range(1, 200))),
        ),
        "x.ics: RRULE: found another rule; allowed: INTERVAL and COUNT from 1, "
        "at most 500 characters",
    ),
    **dict.fromkeys(
        (
            "FREQ=SOMETIMES",
            "COUNT=3",
            "FREQ=DAILY;COUNT=many",
            "FREQ=DAILY;INTERVAL=1,2",
            "FREQ=DAILY;INTERVAL=9999999999",
            "FREQ=DAILY;SECRET=1",
            "FREQ=DAILY;BYSETPOS=400",
            "FREQ=DAILY;UNTIL=soon",
        ),
        "x.ics: not a calendar that can be read",
    ),
}


@pytest.mark.parametrize("rule", some(REFUSED, 6))
def test_a_rule_that_cannot_be_followed_is_refused_in_one_line(rule: str) -> None:
    """Before it is followed at all."""
    with pytest.raises(BadInput) as problem:
        starts(event(RRULE=rule))
    assert str(problem.value) == REFUSED[rule]


NEVER = [
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=DAILY;INTERVAL=7;BYDAY=TU",
    "FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=9",
    "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=31;COUNT=4",
    "FREQ=YEARLY;BYDAY=MO;BYSETPOS=366",
]


@pytest.mark.parametrize("rule", NEVER)
def test_a_rule_without_any_day_gives_none_and_costs_what_it_costs(
    rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is followed until the library gives up; a few hundred of them are refused."""
    assert starts(event(RRULE=rule)) == ""
    monkeypatch.setattr(recurring, "MOST_STEPS", 300)
    with pytest.raises(BadInput, match="RRULE: found more than 300 occurrences, or days without"):
        starts(event(RRULE=rule))

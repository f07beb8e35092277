"""Schedules of exports: tables, WFM's JSON and calendars say one day, in few shift patterns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from exported import calendar, definition, page, shift, user, write

import simkit
from simkit import BadInput
from simkit.inputs.exports.export import Export
from simkit.inputs.exports.times import Times, order_of

CODES = [
    definition(0, languageLabels={"en_US": "Short Break"}, systemPresence="Break"),
    definition(1, languageLabels={"en_US": "Meal"}, systemPresence="Meal"),
    definition(2, languageLabels={"en_US": "Back Office"}),
]
USERS = [user(n, division={"id": f"d{n}", "name": f"D{n}"}) for n in range(4)]
HEAD = "Agent;Date;Start;End;Activity\n"
BERLIN = "Europe/Berlin"


def read(folder: Path, zone: str = BERLIN, **more: Any) -> Export:
    write(folder, definitions=page(CODES), users=page(USERS))
    return simkit.read_export(folder, zone=zone, **more)


def patterns(found: Export) -> dict[str, Any]:
    """Give the shift of each agent, by division: start, end and what is scheduled."""
    shifts = {each.name: each for each in found.organisation.shifts}
    return {
        agent.division + agent.id[10:]: (
            shifts[agent.shift].start,
            shifts[agent.shift].end,
            *(f"{each.start}-{each.end} {each.reason}" for each in shifts[agent.shift].activities),
        )
        for agent in found.organisation.agents
    }


def gone(found: Export) -> dict[str, int]:
    return {each.why: each.count for each in found.left_out}


DAY = ("08:00", "16:00", "10:00-10:15 Short Break", "12:00-12:30 Meal")
PARTS = [
    ("08:00", "10:00", "On Queue"),
    ("10:00", "10:15", "Short break"),
    ("10:15", "12:00", "On Queue"),
    ("12:00", "12:30", "Lunch"),
    ("12:30", "16:00", "On Queue"),
]


def rows(who: str, day: str = "2026-03-02") -> str:
    return "".join(f"{who};{day};{start};{end};{what}\n" for start, end, what in PARTS)


def wfm(zone: str = "Z", offset: int = 1) -> dict[str, Any]:
    """Give the day as WFM has it, in UTC: Berlin's winter is an hour ahead."""
    times = [f"2026-03-02T{hour - offset:02}:00:00{zone}" for hour in (8, 10, 12)]
    inside = [(times[1], 15, "1"), (times[2], 30, "2")]
    return {"agentSchedules": [{"user": {"id": "u0"}, "shifts": [shift(times[0], 480, *inside)]}]}


FORMS: dict[str, dict[str, Any]] = {
    "a table": {"t_csv": HEAD + rows("Person 0")},
    "a table by 12 hours": {
        "t_csv": "User Id,Day,Start Time,End Time,Activity Code\n"
        "u0,02.03.2026,8:00 AM,4:00 pm,Work\nu0,02.03.2026,10:00 AM,10:15 a.m.,Break\n"
        "u0,02.03.2026,12:00 PM,12:30 PM,Meal\n"
    },
    "a table with moments": {
        "t_csv": "email,start,minutes,activity\n"
        "person0@contact.example,2026-03-02T07:00:00Z,480,Shift\n"
        "person0@contact.example,2026-03-02 10:00,15,Break\n"
        "person0@contact.example,2026-03-02T13:00+02:00,30,Lunch time\n"
    },
    "rows of JSON": {
        "t": [
            {"agent": "Person 0", "date": "2026-03-02", "start": a, "end": b, "activity": what}
            for a, b, what in PARTS
        ]
    },
    "WFM": {"t": wfm()},
    "WFM, with offsets": {"t": wfm("+01:00", 0)},
    "WFM of old": {
        "t": {"userSchedules": {"u0": {"shifts": wfm()["agentSchedules"][0]["shifts"]}}}
    },
}


@pytest.mark.parametrize("form", FORMS)
def test_all_forms_of_a_schedule_say_the_same_day(form: str, tmp_path: Path) -> None:
    """One agent's shift, a break and a meal; the others have no shift, and are counted."""
    found = read(write(tmp_path, **FORMS[form]))
    assert patterns(found) == {"D0": DAY}
    assert found.organisation.day.isoformat() == "2026-03-02"
    assert gone(found) == {"without a shift on the day": 3}


EVENTS = [
    {"DTSTART": "20260302T070000Z", "DTEND": "20260302T150000Z", "SUMMARY": "Work"},
    {"DTSTART": "20260302T100000", "DURATION": "PT15M", "SUMMARY": "Break"},
    {"DTSTART;TZID=Europe/London": "20260302T110000", "DURATION": "PT30M", "SUMMARY": "Lunch"},
]


@pytest.mark.parametrize(
    ("title", "more", "name"),
    [
        ("Person 0", {}, "x.ics"),
        ("", {"ATTENDEE;CN=Somebody": "mailto:person0@contact.example"}, "x.ics"),
        ("", {}, "u0.ics"),
    ],
)
def test_calendars_say_the_same_day(
    title: str, more: dict[str, str], name: str, tmp_path: Path
) -> None:
    """Whose it is says the title, or who attends, or the name of the file."""
    pytest.importorskip("icalendar")
    text = calendar(title, *({**event, **more} for event in EVENTS))
    (tmp_path / name).write_text(text, newline="")
    assert patterns(read(tmp_path)) == {"D0": DAY}


def test_events_that_cannot_be_used_are_counted(tmp_path: Path) -> None:
    """Those that recur in odd ways, that were cancelled, that last all day, or that have no end."""
    pytest.importorskip("icalendar")
    odd = [
        {**EVENTS[1], "RRULE": "FREQ=DAILY", "EXRULE": "FREQ=WEEKLY"},
        {**EVENTS[1], "STATUS": "CANCELLED"},
        {"DTSTART;VALUE=DATE": "20260302", "SUMMARY": "Holiday"},
        {"DTSTART": "20260302T100000Z", "SUMMARY": "Break"},
    ]
    text = calendar("Person 0", *EVENTS, *odd) + calendar("Person 1", *EVENTS)
    found = read(write(tmp_path, both_ics=text))
    assert patterns(found) == {"D0": DAY, "D1": DAY}
    assert len(found.organisation.shifts) == 1
    assert {why: n for why, n in gone(found).items() if "shift" not in why} == {
        "events that recur in a way that is not read": 1,
        "cancelled events": 1,
        "events without a time of day": 1,
        "events without an end": 1,
    }


def test_a_calendar_without_its_library_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one line."""
    monkeypatch.setitem(__import__("sys").modules, "icalendar", None)
    with pytest.raises(BadInput, match=r"need the extra import: pip install 'simkit\[import\]'"):
        read(write(tmp_path, x_ics=calendar("Person 0", *EVENTS)))


def test_there_are_as_few_patterns_as_different_ones(tmp_path: Path) -> None:
    """Three agents, two of them alike; names of patterns say the hours."""
    table = HEAD + rows("u0") + rows("u1") + rows("u2").replace("10:00", "10:05")
    found = read(write(tmp_path, t_csv=table))
    names = {agent.division: agent.shift for agent in found.organisation.agents}
    assert names["D0"] == names["D1"] != names["D2"]
    assert {*names.values()} == {"08:00-16:00", "08:00-16:00 #2"}


def test_the_day_is_that_with_the_most_shifts_unless_it_is_given(tmp_path: Path) -> None:
    """Shifts of other days are counted; a day without any is refused."""
    table = HEAD + rows("u0") + rows("u0", "2026-03-03") + rows("u1", "2026-03-03")
    write(tmp_path, t_csv=table)
    found = read(tmp_path)
    assert str(found.organisation.day) == "2026-03-03"
    assert any("2026-03-03 is taken, which has the most shifts" in each for each in found.notices)
    assert gone(found)["shifts of other days"] == 1
    given = read(tmp_path, day="2026-03-02")
    assert set(patterns(given)) == {"D0"}
    assert not any("is taken" in each for each in given.notices)
    with pytest.raises(BadInput, match="2026-03-09, on which no shift begins; allowed: 2026-03-02"):
        read(tmp_path, day="2026-03-09")


def test_a_time_zone_that_schedules_name_and_nobody_gave_is_said(tmp_path: Path) -> None:
    """Shifts would else be hours off, unnoticed."""
    found = read(write(tmp_path, t={**wfm(), "businessUnitTimeZone": BERLIN}), "UTC")
    assert f"schedules name the time zone {BERLIN}; UTC is taken" in found.notices
    assert not any("time zone" in each for each in read(tmp_path).notices)


def test_a_night_belongs_to_the_day_on_which_it_begins(tmp_path: Path) -> None:
    """By the clocks of the organisation; its end has no date of its own."""
    table = HEAD + (
        "u0;2026-03-02;22:00;06:00;Work\nu0;2026-03-02;23:30;00:15;Meal\n"
        "u1;2026-03-02;16:00;24:00;Work\n"
    )
    found = read(write(tmp_path, t_csv=table))
    assert patterns(found) == {
        "D0": ("22:00", "06:00", "23:30-00:15 Meal"),
        "D1": ("16:00", "00:00"),
    }
    elsewhere = read(tmp_path, "UTC", answers={"tables.zone": BERLIN})
    assert patterns(elsewhere)["D0"] == ("21:00", "05:00", "22:30-23:15 Meal")


def test_a_shift_over_a_change_of_clocks_is_left_out(tmp_path: Path) -> None:
    """Times of day could not say how long it is; others of that day are as ever."""
    table = HEAD + (
        "u0;2026-03-28;22:00;06:00;Work\nu1;2026-03-28;14:00;22:00;Work\n"
        "u2;2026-03-28;23:00;01:00;Work\n"
    )
    found = read(write(tmp_path, t_csv=table))
    assert patterns(found) == {"D1": ("14:00", "22:00"), "D2": ("23:00", "01:00")}
    assert gone(found)["shifts over a change of clocks"] == 1


def test_two_shifts_on_a_day_are_two_logins(tmp_path: Path) -> None:
    """A gap of more than two hours parts them, or as long a one as is answered."""
    table = HEAD + "u0;2026-03-02;08:00;11:00;Work\nu0;2026-03-02;13:30;17:00;Work\n"
    found = read(write(tmp_path, t_csv=table))
    assert sorted(agent.id.partition("/")[2] for agent in found.organisation.agents) == ["", "2"]
    found.save(tmp_path.parent / "org.yaml")
    assert simkit.load(tmp_path.parent / "org.yaml").organisation == found.organisation
    one = read(tmp_path, answers={"schedules.gap_minutes": "150"})
    assert patterns(one) == {"D0": ("08:00", "17:00")}


def test_activities_stand_for_codes_by_name_word_or_answer(tmp_path: Path) -> None:
    """What nothing fits is left out and counted; a full answer goes before all else."""
    table = HEAD + "".join(
        f"u0;2026-03-02;{start};{end};{what}\n"
        for start, end, what in [
            ("08:00", "16:00", "Shift"),
            ("09:00", "09:10", "back office"),
            ("10:00", "10:10", "Paid rest"),
            ("11:00", "11:10", "Juggling"),
            ("12:00", "12:10", "email"),
        ]
    )
    write(tmp_path, t_csv=table)
    found = read(tmp_path)
    fits = ("09:00-09:10 Back Office", "10:00-10:10 Short Break")
    assert patterns(found)["D0"][2:] == fits
    assert gone(found)["activities that stand for no secondary status"] == 1
    assert found.answers["activity.break"] == "Short Break"
    answers = {"activity.Juggling": "Meal", "activity.Paid rest": "on_queue"}
    again = read(tmp_path, answers=answers)
    assert patterns(again)["D0"][2:] == (fits[0], "11:00-11:10 Meal")


def test_what_overlaps_is_cut_and_what_cannot_be_is_counted(tmp_path: Path) -> None:
    """Of two activities at a time the first one counts."""
    table = HEAD + (
        "u0;2026-03-02;08:00;16:00;Work\nu0;2026-03-02;10:00;10:30;Break\n"
        "u0;2026-03-02;10:10;10:20;Meal\nu0;2026-03-02;10:20;10:45;Meal\n"
        "u1;2026-03-02;00:00;20:00;Work\nu3;2026-03-02;09:00;17:00;Work\n"
    )
    stranger = "Nobody;2026-03-02;08:00;16:00;Work\n"
    found = read(write(tmp_path, t_csv=table + stranger))
    assert patterns(found)["D0"][2:] == ("10:00-10:30 Short Break", "10:30-10:45 Meal")
    assert gone(found) == {
        "of people who are not among the users": 1,
        "activities within another one": 1,
        "shifts of more than 16 h": 1,
        "without a shift on the day": 2,
    }


def test_agents_without_a_schedule_work_as_it_is_answered(tmp_path: Path) -> None:
    """By default they have the day off; without any schedule all work from 8 to 16."""
    write(tmp_path, t_csv=HEAD + rows("u0"))
    found = read(tmp_path, answers={"agents.without_schedule": "09:00-17:00"})
    assert [patterns(found)[f"D{n}"] for n in (0, 1, 3)] == [DAY, *[("09:00", "17:00")] * 2]
    (tmp_path / "t.csv").unlink()
    assert set(patterns(read(tmp_path)).values()) == {("08:00", "16:00")}
    asked = read(tmp_path, answers={"agents.shift": "22:00-06:00"})
    assert set(patterns(asked).values()) == {("22:00", "06:00")}


def test_schedules_alone_make_agents(tmp_path: Path) -> None:
    """Whoever is named in them, once, by whichever of their names."""
    table = "agent,email,start,end,activity\n" + "".join(
        f"{who},{mail},2026-03-02 {start},2026-03-02 {end},Work\n"
        for who, mail, start, end in [
            ("A", "a@x", "08:00", "12:00"),
            ("", "a@x", "12:00", "14:00"),
            ("A", "", "14:00", "16:00"),
            ("B", "b@x", "08:00", "16:00"),
        ]
    )
    (tmp_path / "t.csv").write_text(table)
    org = simkit.read_export(tmp_path).organisation
    assert [(agent.id, agent.shift) for agent in org.agents] == [
        ("agent-0001", "08:00-16:00"),
        ("agent-0002", "08:00-16:00"),
    ]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (
            "u0;2026-03-02;8 o'clock;16:00;Work",
            "Start: found another text; allowed: a time such as",
        ),
        ("u0;soon;08:00;16:00;Work", "Start: found another text; allowed: a time such as"),
        ("u0;2026-03-29;02:30;10:00;Work", "Start: found another text; allowed: a time such as"),
        ("u0;03/02/2026;08:00;16:00;Work", "dates in a known order: --answer tables.dates=DMY"),
        (";2026-03-02;08:00;16:00;Work", "Agent: found nothing; allowed: who it is"),
        ("u0;2026-03-02;08:00;;Work", "end: found nothing; allowed: a number of minutes"),
    ],
)
def test_a_bad_row_is_told_with_its_line(cell: str, expected: str, tmp_path: Path) -> None:
    """And with the column, never with what it says."""
    with pytest.raises(BadInput) as problem:
        read(write(tmp_path, t_csv=f"{HEAD}{rows('u0')}{cell}\n"))
    assert str(problem.value).startswith(f"{tmp_path / 't.csv'}:7: ")
    assert expected in str(problem.value)


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["03/02/2026", "03/25/2026"], "MDY"),
        (["03/02/2026", "25/02/2026"], "DMY"),
        (["3.2.2026"], "DMY"),
        (["2026-03-02", "03/02/2026"], None),
    ],
)
def test_dates_show_their_order_or_it_is_asked(cells: list[str], order: str | None) -> None:
    """The first date that can be read in one way alone."""
    assert order_of(cells) == order


@pytest.mark.parametrize(
    ("cell", "day", "order", "moment"),
    [
        ("12:00 AM", "3/2/2026", "MDY", "2026-03-02T00:00:00"),
        ("12:15pm", "2/3/26", "DMY", "2026-03-02T12:15:00"),
        ("24:00", "2026-03-02", None, "2026-03-03T00:00:00"),
        ("03/02/2026 8:05:30 p.m.", "", "MDY", "2026-03-02T20:05:30"),
        ("5/5/2026 08:00", "", None, "2026-05-05T08:00:00"),
    ],
)
def test_times_of_tables_are_read(cell: str, day: str, order: str | None, moment: str) -> None:
    """In all the forms that spreadsheets write."""
    found = Times(BERLIN, order).read(cell, day)
    assert found.replace(tzinfo=None).isoformat() == moment


def test_the_same_activity_in_two_files_counts_once(tmp_path: Path) -> None:
    """Weeks overlap when they are exported one by one."""
    plan = json.dumps(wfm())
    found = read(write(tmp_path, one_json=plan, two_json=plan))
    assert patterns(found) == {"D0": DAY}
    assert gone(found)["in two places"] == 3

"""Workloads as CSV tables: what is read is what was written, and one line on what is wrong."""

from __future__ import annotations

import csv
import json
import re
import sys
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import pandas
import polars
import pytest
from hypothesis import given
from hypothesis import strategies as st

import simkit
from simkit import BadInput
from simkit.base import resources
from simkit.base.clock import parse_wall_ms
from simkit.inputs.drawing import drawn
from simkit.inputs.traces import reading, tables
from simkit.inputs.traces.reading import parse_trace, read_trace
from simkit.inputs.traces.rounding import TraceTimes
from simkit.inputs.traces.writing import trace_text, write_trace
from simkit.rules.organisation import Organisation
from simkit.rules.reasons import Edit
from simkit.rules.schedule import Window
from simkit.rules.settings import Settings
from simkit.rules.workload import AgentDay, Intention, Span, Transfer, Workload
from simkit.runs.run import Run
from simkit.study.catalogue import TRAP_IDS
from simkit.ui.cli import main

DATA = resources.directory("data")
SAMPLE = DATA / "traces" / "small-day.csv"
HEAD = "at,agent,what,value,until\n"
SHIFT = "08:00,ann,shift,North Care,16:00\n"
CODES = ["nc-meal", "nc-callback", "sc-meal"]
CASES = Path(__file__).parents[1] / "cases"
MINUTE, HOUR = 60_000, 3_600_000


def busy(trap_id: str) -> Settings:
    """The settings of a trap in which all kinds of things happen to the agents as well."""
    more = {"hidden_per_shift": 2, "outages_per_shift": 2, "transfer_probability": 0.5}
    return simkit.traps[trap_id].settings.replace(more)


def in_zone(settings: Settings, **parts: object) -> Settings:
    """The settings with parts of their organisation exchanged."""
    org = settings.organisation
    fields = {name: getattr(org, name) for name in Organisation.model_fields}
    return settings.with_top(organisation=Organisation(**fields | parts))


# What is written is read back.


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("trap_id", TRAP_IDS)
@pytest.mark.some(7)
def test_a_drawn_workload_is_read_back_as_it_was(trap_id: str, seed: int) -> None:
    """To the millisecond, in its order, for the workload of every trap."""
    settings = busy(trap_id)
    workload = drawn(settings, seed)
    assert parse_trace(trace_text(workload, settings), "trace", settings) == workload


@pytest.mark.slow
@pytest.mark.parametrize("trap_id", TRAP_IDS)
@pytest.mark.some(3)
def test_a_run_of_the_trace_is_the_run_of_the_seed(trap_id: str, tmp_path: Path) -> None:
    """The file stands for the drawn workload; delays still come from the seed."""
    settings = busy(trap_id)
    write_trace(drawn(settings, 5), settings, tmp_path / "day.csv")
    workload = read_trace(tmp_path / "day.csv", settings)
    assert simkit.run(settings, 5, workload=workload).digest == simkit.run(settings, 5).digest


def test_the_workload_of_a_fix_with_duplicated_codes_is_read_back() -> None:
    """Duplicates are codes of the catalogue too, and can be edited by their own id."""
    settings = simkit.traps["E1"].fixed("E1b").replace(deactivation_probability=1)
    text = trace_text(drawn(settings, 1), settings)
    assert ",deactivated,nc-meal@North Care," in text
    assert parse_trace(text, "trace", settings) == drawn(settings, 1)
    with pytest.raises(BadInput, match=r"unknown code '.*@.* Care'; did you mean "):
        parse_trace(text, "trace", simkit.traps["E1"].settings)


def by_hand(**parts: object) -> Workload:
    """A workload in which everything happens once."""
    day = AgentDay(
        agent="ann",
        division="North Care",
        start=1,
        end=8 * HOUR + 7,
        windows=(Window(HOUR, HOUR + 1, "Meal"), Window(HOUR + 1, 2 * HOUR, "Coaching")),
        intentions=(
            Intention(HOUR, "No such reason", 1),
            Intention(HOUR, "Short Break", 9 * HOUR, "nc-short-break"),
        ),
        hidden=(Span(1, 2), Span(2, 8 * HOUR + 7)),
        outages=(Span(3 * HOUR, 4 * HOUR),),
        transfers=(Transfer(5 * HOUR, "South Care"), Transfer(6 * HOUR, "Global")),
        reloads=(1, 2, 7 * HOUR),
    )
    edits = tuple(
        Edit(t, code, active, raises)
        for t, code, active, raises in [
            (0, 3, False, True),
            (9, 3, True, True),
            (9, 4, False, False),
            (10 * HOUR, 4, True, False),
        ]
    )
    fields = {name: getattr(day, name) for name in day.__dataclass_fields__}
    return Workload((AgentDay(**fields | parts),), edits)  # type: ignore[arg-type]


def test_a_workload_in_which_everything_happens_is_read_back(healthy: Settings) -> None:
    """No kind of row loses a millisecond or its order on the way to the table and back."""
    assert parse_trace(trace_text(by_hand(), healthy), "trace", healthy) == by_hand()


ODD = ['=SUM(A1),"x"', "+1", "-1", "@me", "שלום", "😀", "x" * 300]


@pytest.mark.parametrize("name", ODD)
def test_names_that_a_spreadsheet_would_trip_over_are_read_back(
    name: str, healthy: Settings, tmp_path: Path
) -> None:
    """Commas, quotes, line ends and beginnings of formulas are only text, in a file as well."""
    org = healthy.organisation
    settings = in_zone(
        healthy,
        divisions=(org.divisions[0], {"id": "d1", "name": name, "parent": "Global"}),
        codes=({"id": name, "name": name, "type": "BREAK", "division": name},),
        shifts=(
            {
                "name": "day",
                "start": "08:00",
                "end": "16:00",
                "activities": ({"start": "10:00", "end": "11:00", "reason": name},),
            },
        ),
        agents=({"id": name, "division": name, "shift": "day"},),
        provisioning_user_division=name,
    ).replace(deactivation_probability=1)
    workload = drawn(settings, 1)
    assert workload.edits
    assert workload.days[0].intentions
    write_trace(workload, settings, tmp_path / "odd.csv")
    assert read_trace(tmp_path / "odd.csv", settings) == workload


def test_a_workload_past_midnight_is_read_back(healthy: Settings) -> None:
    """Times after midnight are those of the next morning."""
    late = by_hand(end=18 * HOUR + 1, reloads=(17 * HOUR,), hidden=(Span(15 * HOUR, 17 * HOUR),))
    text = trace_text(late, healthy)
    assert "01:00:00.000,ann,reloads" in text
    assert parse_trace(text, "trace", healthy) == late


def test_a_workload_of_more_than_a_day_cannot_be_written(healthy: Settings, tmp_path: Path) -> None:
    """Times name moments of one day from the start of a shift. Nothing is written otherwise."""
    with pytest.raises(BadInput, match="no trace can say this workload: ") as said:
        write_trace(by_hand(end=24 * HOUR + 2), healthy, tmp_path / "day.csv")
    assert "\n" not in str(said.value)
    assert list(tmp_path.iterdir()) == []


def test_the_second_of_two_equal_hours_cannot_be_written(healthy: Settings) -> None:
    """On 25 October 2026, 02:30 comes twice in Berlin; a trace would mean the first."""
    shifts = ({"name": "night", "start": "00:00", "end": "08:00"},)
    agents = ({"id": "ann", "division": "North Care", "shift": "night"},)
    night = in_zone(healthy, day="2026-10-25", shifts=shifts, agents=agents)
    for hours, is_second in [(2.5, False), (3.5, True)]:
        day = AgentDay("ann", "North Care", 0, 8 * HOUR, reloads=(round(hours * HOUR),))
        workload = Workload((day,))
        if is_second:
            with pytest.raises(BadInput, match="read back, it would be another one"):
                trace_text(workload, night)
        else:
            assert parse_trace(trace_text(workload, night), "trace", night) == workload


def test_a_file_that_cannot_be_written_gets_one_line(healthy: Settings, tmp_path: Path) -> None:
    """A folder, a folder that is missing and a NUL in the name leave nothing behind."""
    for path in (tmp_path, tmp_path / "no" / "day.csv", f"{tmp_path}/a\0b.csv"):
        with pytest.raises(BadInput, match="cannot be written: ") as said:
            write_trace(by_hand(), healthy, path)
        assert "\n" not in str(said.value)
    assert list(tmp_path.iterdir()) == []


# What a person writes.


def test_everything_can_be_said_in_minutes_or_seconds(healthy: Settings) -> None:
    """Each kind of row means what its name says; 08:00 is millisecond 0."""
    rows = """\
08:00,ann,shift,North Care,16:00
10:00,ann,scheduled,Meal,10:30
09:00:30,ann,wants,Gone Fishing,09:01
09:30,ann,picks,nc-callback,17:00
11:00,ann,hidden,,11:30
12:00:00.250,ann,offline,,12:01
13:00,ann,transferred,South Care,
14:00,ann,reloads,,
15:00,,deactivated,nc-meal,
15:01,,reactivated,nc-meal,
15:02,,deactivated by hand,nc-meal,
15:03,,reactivated by hand,nc-meal,
"""
    found = parse_trace(HEAD + rows, "trace", healthy)
    assert found.days == (
        AgentDay(
            agent="ann",
            division="North Care",
            start=0,
            end=8 * HOUR,
            windows=(Window(2 * HOUR, 2 * HOUR + 30 * MINUTE, "Meal"),),
            intentions=(
                Intention(HOUR + MINUTE // 2, "Gone Fishing", MINUTE // 2),
                Intention(HOUR + 30 * MINUTE, "Callback", 7 * HOUR + 30 * MINUTE, "nc-callback"),
            ),
            hidden=(Span(3 * HOUR, 3 * HOUR + 30 * MINUTE),),
            outages=(Span(4 * HOUR + 250, 4 * HOUR + MINUTE),),
            transfers=(Transfer(5 * HOUR, "South Care"),),
            reloads=(6 * HOUR,),
        ),
    )
    meal = [code.id for code in healthy.organisation.codes].index("nc-meal")
    assert found.edits == (
        Edit(7 * HOUR, meal, False, True),
        Edit(7 * HOUR + MINUTE, meal, True, True),
        Edit(7 * HOUR + 2 * MINUTE, meal, False, False),
        Edit(7 * HOUR + 3 * MINUTE, meal, True, False),
    )


PLAIN = HEAD + SHIFT + "09:00,ann,reloads,,\n09:30,ann,wants,Meal,10:00\n"
SAME = {
    "a byte order mark": "\ufeff" + PLAIN,
    "line ends of Windows": PLAIN.replace("\n", "\r\n"),
    "line ends of old Macs": PLAIN.replace("\n", "\r"),
    "no line end at the end": PLAIN.rstrip("\n"),
    "blank lines": "\n" + PLAIN.replace("\n", "\n\n,,,,\n"),
    "empty cells left out": PLAIN.replace("reloads,,", "reloads"),
    "empty columns added": PLAIN.replace("\n", ",,\n").replace("until,,", "until"),
    "names of columns in capitals": PLAIN.replace("at,agent", "At,AGENT"),
    "the sign between cells": "sep=,\n" + PLAIN,
    "the sign in quotes, after a mark": '\ufeff"sep=,",,,,\r\n' + PLAIN,
    "another sign": "sep=;\n" + PLAIN.replace(",", ";"),
    "everything in quotes": '"' + PLAIN.replace(",", '","').replace("\n", '"\n"')[:-1],
    "rows in another order": HEAD + "".join(reversed(PLAIN.splitlines(keepends=True)[1:])),
    "columns in another order": "what,at,until,agent,value\nshift,08:00,16:00,ann,North Care\n"
    "reloads,09:00,,ann,\nwants,09:30,10:00,ann,Meal\n",
}


@pytest.mark.parametrize("text", SAME.values(), ids=SAME.keys())
def test_what_spreadsheets_do_to_a_table_changes_nothing(text: str, healthy: Settings) -> None:
    """Whoever opens a trace in a spreadsheet and saves it again still has the same day."""
    assert parse_trace(text, "trace", healthy) == parse_trace(PLAIN, "trace", healthy)


def test_the_order_of_rows_does_not_change_a_run() -> None:
    """Agents stand in the order of their shifts; what happens to them does not depend on it."""
    settings = busy("E4")
    workload = drawn(settings, 1)
    head, *rows = trace_text(workload, settings).splitlines(keepends=True)
    turned = parse_trace(head + "".join(reversed(rows)), "trace", settings)
    assert [day.agent for day in turned.days] == [day.agent for day in workload.days][::-1]
    assert turned.edits == workload.edits != ()
    assert simkit.run(settings, 1, workload=turned).digest == simkit.run(settings, 1).digest


# What is wrong, and where.


class Wrong(NamedTuple):
    """Rows below the head, and what is to be said about them."""

    rows: str
    place: str
    says: str


MISTAKES = {
    "an unknown event": Wrong(
        "09:00,ann,relods,,\n", "3: what", "unknown event 'relods'; did you mean 'reloads'?"
    ),
    "an event in capitals": Wrong("09:00,ann,Reloads,,\n", "3: what", "did you mean 'reloads'?"),
    "no event": Wrong("09:00,ann,,,\n", "3: what", "unknown event ''"),
    "an unknown division": Wrong(
        "09:00,ann,transferred,North Cares,\n",
        "3: value",
        "unknown division 'North Cares'; did you mean 'North Care'?",
    ),
    "a shift in an unknown division": Wrong(
        "08:00,bob,shift,Moon,16:00\n", "3: value", "unknown division 'Moon'; allowed: 'Global',"
    ),
    "an unknown code that is picked": Wrong(
        "09:00,ann,picks,nc-meel,09:10\n",
        "3: value",
        "unknown code 'nc-meel'; did you mean 'nc-meal'?",
    ),
    "an unknown code that is edited": Wrong(
        "09:00,,deactivated,Meal,\n", "3: value", "unknown code 'Meal'"
    ),
    "an unknown scheduled reason": Wrong(
        "09:00,ann,scheduled,Mael,09:30\n",
        "3: value",
        "unknown reason 'Mael'; did you mean 'Meal'?",
    ),
    "no time": Wrong(",ann,reloads,,\n", "3: at", "required for reloads, but empty"),
    "no end": Wrong("09:00,ann,hidden,,\n", "3: until", "required for hidden, but empty"),
    "no value": Wrong("09:00,ann,wants,,09:10\n", "3: value", "required for wants, but empty"),
    "no agent": Wrong("09:00,,reloads,,\n", "3: agent", "required for reloads, but empty"),
    "an end where there is none": Wrong(
        "09:00,ann,reloads,,09:10\n", "3: until", "found '09:10'; allowed: nothing, for reloads"
    ),
    "an agent where there is none": Wrong(
        "09:00,ann,deactivated,nc-meal,\n",
        "3: agent",
        "found 'ann'; allowed: nothing, for deactivated",
    ),
    "a time without minutes": Wrong(
        "9,ann,reloads,,\n", "3: at", "found '9'; allowed: a time HH:MM, HH:MM:SS or"
    ),
    "a time with too fine a fraction": Wrong(
        "09:00:00.1234,ann,reloads,,\n", "3: at", "found '09:00:00.1234'"
    ),
    "a time with a date": Wrong("2026-03-02 09:00,ann,reloads,,\n", "3: at", "allowed: a time"),
    "a time before the opening": Wrong(
        "07:59:59.999,,deactivated,nc-meal,\n",
        "3: at",
        "found '07:59:59.999'; allowed: times from 08:00, when the run begins",
    ),
    "a shift before the opening": Wrong(
        "07:00,bob,shift,North Care,15:00\n",
        "3: at",
        "a shift from 07:00 on begins before 08:00, when the organisation's first shift pattern "
        "and with it the run begins; allowed: from 08:00 on, or give the organisation a shift "
        "pattern from 07:00 on",
    ),
    "a shift of no length": Wrong(
        "08:00,bob,shift,North Care,08:00:00\n", "3: until", "allowed: a time after 08:00"
    ),
    "an end before the start": Wrong(
        "09:00,ann,hidden,,08:30\n", "3: until", "found '08:30'; allowed: a time after 09:00"
    ),
    "a span of no length": Wrong(
        "09:00:00.000,ann,wants,Meal,09:00\n", "3: until", "a time after 09:00"
    ),
    "an event before the shift": Wrong(
        "08:30,bob,shift,North Care,16:00\n08:15,bob,reloads,,\n",
        "4: at",
        "found '08:15'; allowed: times of the shift, 08:30 to 16:00",
    ),
    "an event at the end of the shift": Wrong(
        "16:00,ann,wants,Meal,16:10\n", "3: at", "times of the shift, 08:00 to 16:00"
    ),
    "a span that leaves the shift": Wrong(
        "15:59,ann,offline,,16:01\n",
        "3: until",
        "found '16:01'; allowed: times of the shift, 08:00 to 16:00",
    ),
    "windows that overlap": Wrong(
        "11:00,ann,scheduled,Meal,12:00\n10:30,ann,scheduled,Meal,11:01\n",
        "3: at",
        "scheduled while line 4 still holds",
    ),
    "hidden twice at once": Wrong(
        "11:00,ann,hidden,,12:00\n11:30,ann,hidden,,11:40\n", "4: at", "hidden while line 3 still"
    ),
    "two transfers at once": Wrong(
        "11:00:01,ann,transferred,North,\n11:00:01,ann,transferred,South,\n",
        "4: at",
        "transferred at the time of line 3",
    ),
    "two reloads at once": Wrong(
        "11:00,ann,reloads,,\n11:00:00.000,ann,reloads,,\n",
        "4: at",
        "reloads at the time of line 3",
    ),
    "two edits of a code at once": Wrong(
        "11:00:01,,deactivated,nc-meal,\n11:00:01,,reactivated,nc-meal,\n",
        "4: at",
        "this code is edited at the time of line 3",
    ),
    "two shifts": Wrong(
        "09:00,ann,shift,North Care,17:00\n", "3: at", "a second shift while that of line 2 still"
    ),
    "no shift": Wrong(
        "09:00,anne,reloads,,\n", "3: agent", "'anne' has no row shift; did you mean 'ann'?"
    ),
    "an id that is too long": Wrong(
        f"08:00,{'x' * 301},shift,North,16:00\n", "3: agent", "found 301 characters; allowed: at"
    ),
    "a value that is too long": Wrong(
        f"08:00,ann,wants,{'x' * 301},16:00\n", "3: value", "found 301 characters; allowed: at"
    ),
    "a cell too many": Wrong("09:00,ann,reloads,,,x\n", "3", "found 6 cells; allowed: 5"),
    "an open quote": Wrong('09:00,"ann,reloads,,\n\n\n', "3", "unreadable CSV: unexpected end"),
    "text after a quote": Wrong('09:00,"ann"x,reloads,,\n', "3", "unreadable CSV: "),
    "a place below cells of several lines": Wrong(
        '09:00,ann,wants,"Me\nal",09:30\n\n09:00,ann,nap,,\n', "6: what", "unknown event 'nap'"
    ),
}


@pytest.mark.parametrize("wrong", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_one_line_with_file_line_and_column(wrong: Wrong, healthy: Settings) -> None:
    """Whoever has thousands of rows is sent to the one that has to be mended."""
    with pytest.raises(BadInput) as refused:
        parse_trace(HEAD + SHIFT + wrong.rows, "day.csv", healthy)
    text = str(refused.value)
    assert text.startswith(f"day.csv:{wrong.place}: ")
    assert wrong.says in text
    assert len(text.splitlines()) == 1


HEADS = {
    "semicolons": (PLAIN.replace(",", ";"), "found cells between semicolons"),
    "tabs": (PLAIN.replace(",", "\t"), "found cells between tabs"),
    "no head": (SHIFT, "the names of the columns: at,agent,what,value,until"),
    "an unknown column": (
        PLAIN.replace("until", "end"),
        "1: no column 'until', but 'end'; allowed",
    ),
    "a column misspelt": (PLAIN.replace("until", "Untill"), "'Untill'; did you mean 'until'?"),
    "a column too many": (
        PLAIN.replace("until", "until,note"),
        "1: unknown column 'note'; allowed",
    ),
    "a column twice": (PLAIN.replace("until", "at"), "1: no column 'until', and two columns 'at'"),
    "a column once more": (PLAIN.replace("until", "until,At"), "1: two columns 'at'; allowed"),
    "a column missing": (PLAIN.replace(",until", ""), "1: no column 'until'; allowed"),
    "commas after another sign": ("sep=;\n" + PLAIN, "found cells between commas; allowed: cells"),
    "nothing": ("", "the names of the columns"),
}


@pytest.mark.parametrize(("text", "says"), HEADS.values(), ids=HEADS.keys())
def test_a_table_of_another_form_is_refused_at_its_head(
    text: str, says: str, healthy: Settings
) -> None:
    """What is wrong with all rows is said once, before any of them is blamed."""
    with pytest.raises(BadInput) as refused:
        parse_trace(text, "day.csv", healthy)
    assert re.match(r"day\.csv:[12]: ", str(refused.value))
    assert says in str(refused.value)


def test_lines_are_counted_from_the_sign_between_cells_on(healthy: Settings) -> None:
    """Editors count the line of the sign as well, so the fourth is the wrong one."""
    with pytest.raises(BadInput, match=r"day\.csv:4: what: unknown event 'nap'"):
        parse_trace("sep=,\n" + HEAD + SHIFT + "09:00,ann,nap,,\n", "day.csv", healthy)


@pytest.mark.parametrize(("cell", "ms"), [("10:00:00.5", 500), ("10:00:00.05", 50)])
def test_a_fraction_of_a_second_may_be_short(cell: str, ms: int, healthy: Settings) -> None:
    """Also at an hour of one digit, and in a minute in which clocks are changed."""
    for at, hours in [(cell, 2), (cell.replace("10:", "9:"), 1)]:
        read = parse_trace(HEAD + SHIFT + f"{at},ann,reloads,,\n", "day.csv", healthy)
        assert read.days[0].reloads == (hours * HOUR + ms,)


def test_a_shift_pattern_lets_a_shift_begin_earlier(healthy: Settings) -> None:
    """As the message says that refuses it otherwise."""
    text = HEAD + "07:00,ann,shift,North Care,15:00:01\n"
    more = ({"name": "early", "start": "07:00", "end": "15:00"},)
    earlier = in_zone(healthy, shifts=(*healthy.organisation.shifts, *more))
    assert parse_trace(text, "day.csv", earlier).days[0].start == 0
    with pytest.raises(BadInput, match="a shift pattern from 07:00 on"):
        parse_trace(text, "day.csv", healthy)


def test_the_example_of_a_status_log_is_read(healthy: Settings) -> None:
    """The table that the data dictionary makes of a log is a trace, without any doubt."""
    chapter = (DATA / "README.md").read_text(encoding="utf-8").split("### From a status log")[1]
    log, made = re.findall(r"```csv\n(.*?)```", chapter, re.DOTALL)[:2]
    assert len(log.splitlines()) == 1 + 5
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        day = parse_trace(made, "day.csv", healthy).days[0]
    assert (day.start, day.end) == (5_000, 8 * HOUR + 11_000)
    assert [(want.reason, want.code_id) for want in day.intentions] == [
        ("Short Break", ""),
        ("Callback", "nc-callback"),
    ]
    with pytest.raises(BadInput, match="a log of statuses"):
        parse_trace(log, "day.csv", healthy)


def test_a_trace_in_which_nobody_works_is_refused(healthy: Settings) -> None:
    """Edits that nobody is there to see make no day."""
    with pytest.raises(BadInput, match="no row says shift"):
        parse_trace(HEAD + "09:00,,deactivated,nc-meal,\n", "day.csv", healthy)


def test_a_time_that_daylight_saving_skips_is_refused(healthy: Settings) -> None:
    """On 29 March 2026 clocks in Berlin go from 02:00 to 03:00."""
    shifts = ({"name": "night", "start": "00:00", "end": "08:00"},)
    agents = ({"id": "ann", "division": "North Care", "shift": "night"},)
    night = in_zone(healthy, day="2026-03-29", shifts=shifts, agents=agents)
    rows = "00:00,ann,shift,North Care,08:00\n02:30,ann,reloads,,\n"
    with pytest.raises(BadInput, match=r"day\.csv:3: at: 02:30 does not exist on 2026-03-29"):
        parse_trace(HEAD + rows, "day.csv", night)
    later = parse_trace(HEAD + rows.replace("02:30", "03:30"), "day.csv", night, exact=True)
    assert later.days[0].reloads == (round(2.5 * HOUR),)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Europe/Amsterdam", "Asia/Kathmandu"])
@pytest.mark.parametrize("day", ["1937-06-30", "1937-07-01", "2026-03-28", "2026-10-24"])
def test_each_time_of_a_day_is_what_its_zone_says(day: str, zone: str, healthy: Settings) -> None:
    """Also where clocks are changed within a minute: by 28 s in Amsterdam, on 1 July 1937."""
    there = in_zone(healthy, day=day, time_zone=zone)
    calendar = there.organisation.calendar
    reader = reading._Reader("day.csv", there, 1, False)
    cells = [
        f"{h:02}:{m:02}:{rest}"
        for h in range(24)
        for m in (0, 1, 29, 30, 59)
        for rest in ("00", "00.001", "27.999", "28", "59.999")
    ]
    for cell in cells:
        wall = parse_wall_ms(cell)
        row = TraceTimes(2, cell, "ann", "reloads", "", "")
        try:
            calendar.first(wall)
        except ValueError:
            with pytest.raises(BadInput, match="daylight saving skips it"):
                reader.read_time(row, "at")
        else:
            reader.read_time(row, "at")
            expected = tuple(calendar.roughly(wall, days) for days in range(3))
            assert reader.moments[cell] == expected


def test_more_rows_than_a_trace_may_have_are_refused(
    healthy: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows, shifts and lines have a bound each; the first one beyond it is the place."""
    monkeypatch.setattr(reading, "MOST_ROWS", 3)
    assert parse_trace(PLAIN, "day.csv", healthy).days
    with pytest.raises(BadInput, match=r"day\.csv:5: found more than 3 rows; allowed: at most 3$"):
        parse_trace(PLAIN + "10:00,ann,reloads,,\n", "day.csv", healthy)
    monkeypatch.setattr(reading, "MOST_SHIFTS", 1)
    with pytest.raises(
        BadInput, match=r"day\.csv:3: found more than 1 shifts; allowed: at most 1$"
    ):
        parse_trace(HEAD + SHIFT + SHIFT.replace("ann", "bob"), "day.csv", healthy)
    monkeypatch.setattr(tables, "MOST_LINES", 9)
    with pytest.raises(
        BadInput, match=r"day\.csv:10: found more than 9 lines; allowed: at most 9$"
    ):
        parse_trace(PLAIN + "\n" * 9, "day.csv", healthy)


WANTS_TO_BE = "; allowed: a trace, with the columns at,agent,what,value,until: see Traces in data/"
EXPORTS = {
    "status.csv": "a log of statuses",
    "wfm.csv": "a table of schedules",
    "sched.ics": "a calendar (iCalendar)",
    "wfm.json": "schedules as JSON",
    "reasons.jsonl": "JSON",
    "reasons-page.json": "JSON",
}


@pytest.mark.parametrize("name", EXPORTS)
def test_what_other_systems_export_is_called_by_its_name(name: str, healthy: Settings) -> None:
    """Whoever hands in a log or a schedule learns that, and what a trace has to hold."""
    with pytest.raises(BadInput) as refused:
        read_trace(CASES / "exports" / name, healthy)
    assert f"{name}:1: found {EXPORTS[name]}{WANTS_TO_BE}" in str(refused.value)


OTHERS = {
    "semicolons": ("Agent;Beginn;Start Time;Status\n", "a log of statuses"),
    "a calendar behind a mark": ("\ufeff\nBEGIN:VCALENDAR\n", "a calendar (iCalendar)"),
    "a scenario": ("# mine\nbase: healthy.yaml\n", "YAML"),
    "a page": ('<p class="a">\n', "a page or another document of markup"),
}


@pytest.mark.parametrize(("text", "kind"), OTHERS.values(), ids=OTHERS.keys())
def test_something_else_is_told_from_its_beginning(text: str, kind: str, healthy: Settings) -> None:
    """Semicolons, a byte order mark, a comment or a blank line do not hide what it is."""
    with pytest.raises(BadInput, match=f"found {re.escape(kind)}{WANTS_TO_BE}"):
        parse_trace(text, "day.csv", healthy)


@pytest.mark.parametrize("frame", [list, pandas.DataFrame, polars.DataFrame])
def test_rows_and_data_frames_of_other_systems_are_called_by_their_name(
    frame: Any, healthy: Settings
) -> None:
    """The columns of a log tell what it is, without a file as with one."""
    with (CASES / "exports" / "status.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with pytest.raises(BadInput, match=f"workload:1: found a log of statuses{WANTS_TO_BE}"):
        read_trace(frame(rows), healthy)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (PLAIN.encode("utf-16"), "UTF-16"),
        (PLAIN.replace("ann", "änn").encode("latin-1"), "not UTF-8"),
        (b"PK\x03\x04" + bytes(30), "binary"),
    ],
    ids=["UTF-16", "Latin-1", "a workbook"],
)
def test_a_file_that_is_no_utf8_text_is_refused(
    content: bytes, says: str, healthy: Settings, tmp_path: Path
) -> None:
    """Another encoding or a workbook is called so, instead of being read as noise."""
    (tmp_path / "day.csv").write_bytes(content)
    with pytest.raises(BadInput, match=says):
        read_trace(tmp_path / "day.csv", healthy)


TIMES = st.sampled_from(["08:00", "09:00", "10:00", "10:00:00.001", "15:59:59.999"])
RIGHT = st.sampled_from(
    [
        *["wants,Meal,{}", "picks,nc-meal,{}", "scheduled,Meal,{}", "hidden,,{}", "offline,,{}"],
        *["transferred,North Tech,", "transferred,Global,", "reloads,,"],
    ]
)
ROWS = st.one_of(
    st.builds(lambda at, what, until: f"{at},ann,{what.format(until)}", TIMES, RIGHT, TIMES),
    st.builds(lambda at, code: f"{at},,deactivated,{code},", TIMES, st.sampled_from(CODES)),
)
MANGLED = st.text('=,"\n;0 :aä\0', max_size=9)


def one_clear_line(text: str, settings: Settings) -> Workload | None:
    """The workload of a text, or None after checking that it is refused in one line."""
    try:
        return parse_trace(text, "day.csv", settings)
    except BadInput as refused:
        said = str(refused)
    assert said.startswith("day.csv:")
    assert len(said.splitlines()) == 1
    return None


@pytest.mark.fuzz
@given(st.lists(ROWS, max_size=5))
def test_a_workload_that_is_read_runs_alike_with_both_clocks(
    healthy: Settings, rows: list[str]
) -> None:
    """Also where things happen to an agent in one millisecond, or spans touch."""
    workload = one_clear_line(HEAD + SHIFT + "\n".join(rows), healthy)
    if workload:
        runs = [simkit.run(healthy, 1, workload=workload, clock=c) for c in ("tick", "skip")]
        assert runs[0].digest == runs[1].digest


@pytest.mark.fuzz
@given(st.lists(st.one_of(ROWS, MANGLED), min_size=1, max_size=4), st.integers(0, 40), MANGLED)
def test_whatever_stands_in_a_file_is_read_or_refused_in_one_line(
    healthy: Settings, rows: list[str], place: int, more: str
) -> None:
    """Text put anywhere into good rows ends in no other error than BadInput."""
    text = SHIFT + "\n".join(rows)
    one_clear_line(HEAD + text[:place] + more + text[place:], healthy)


# The sample.

SHOWN_AS = {
    "shift": "login",
    "wants": "open",
    "picks": "open",
    "hidden": "hidden",
    "offline": "offline",
    "transferred": "transfer",
    "reloads": "reload",
    "deactivated": "edit",
    "reactivated by hand": "edit",
}


def run_sample(settings: Settings) -> Run:
    return simkit.run(settings, workload=read_trace(SAMPLE, settings))


def test_what_the_sample_says_happens(healthy: Settings) -> None:
    """Each of its rows, read by itself, is a record of its agent at its time."""
    run = run_sample(healthy)
    show = healthy.organisation.calendar.show
    happened = {(show(r.t)[:8], r.actor, r.kind) for r in run.log}
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["what"] != "scheduled"]
    assert {row["what"] for row in rows} == {*SHOWN_AS}
    for row in rows:
        at = (row["at"] + ":00")[:8]
        assert (at, row["agent"] or "admin", SHOWN_AS[row["what"]]) in happened, row
    lost = [(r.actor, r.data.wanted) for r in run.log if r.kind == "lost"]
    assert ("guest-1", "Lunch") in lost, "no reason is called so"


def test_the_sample_springs_the_traps_it_was_written_for() -> None:
    """Worked out from the times in the file.

    T2: agent-12 is moved at 11:15 and works until 15:15 on the old page: 4 h. E4: lists are
    replaced each half hour after login. Short Break dies at 09:40; agent-11, in since 08:00, sees
    it until 10:00, and agent-12, in since 08:15, until 09:45. Each list is one round trip late.
    """
    moved = run_sample(simkit.traps["T2"].settings)
    assert moved.metrics["stale_division_min"].value == 240
    trap = simkit.traps["E4"].settings
    dead = run_sample(trap)
    late = dead.metrics["deactivated_code_shown_ms"].value - (20 + 5) / 2 * MINUTE
    assert 0 < late <= 2 * trap.wire.delay_max_ms
    assert dead.metrics["wrong_selections"].value == 1, "agent-11 at 09:50"


def answer(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    """What the command line says: exit code, standard output, standard error."""
    code: str | int | None = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["simkit", *map(str, arguments)])
        try:
            main.main()
        except SystemExit as stop:
            code = stop.code
    out, err = capsys.readouterr()
    return int(code or 0), out, err


def test_the_command_line_runs_a_trace(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """``simkit run --workload`` is the run of the trace; bad traces are one line and exit 2."""
    scenario = DATA / "scenarios" / "T2.yaml"
    code, out, _ = answer(capsys, "run", scenario, "--workload", SAMPLE, "--json")
    assert code == 0
    assert json.loads(out)["digest"] == run_sample(simkit.traps["T2"].settings).digest
    where = ["--agent", "guest-1", "--at", "12:05"]
    code, out, _ = answer(capsys, "why", scenario, "--workload", SAMPLE, *where)
    assert (code, out.splitlines()[0]) == (0, "guest-1 at 12:05:00")
    (tmp_path / "bad.csv").write_text(HEAD + "09:00,ann,nap,,\n", encoding="utf-8")
    code, out, err = answer(capsys, "run", scenario, "--workload", tmp_path / "bad.csv")
    assert (code, out) == (2, "")
    assert err.startswith(f"simkit: {tmp_path / 'bad.csv'}:2: what: unknown event 'nap'")
    assert len(err.splitlines()) == 1

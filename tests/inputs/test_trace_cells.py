"""Times, dates and numbers of rows and data frames mean one thing, or are refused in one line."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas
import polars
import pytest

import simkit
from simkit import BadInput
from simkit.base.clock import HOUR, MINUTE, SECOND
from simkit.base.errors import InputNotice, RoundedTimes
from simkit.inputs.traces.cells import COLUMNS
from simkit.inputs.traces.reading import read_trace
from simkit.rules.organisation import Organisation
from simkit.rules.settings import Settings
from simkit.rules.workload import Workload

FRAMES: Any = pytest.mark.parametrize("frame", [list, pandas.DataFrame, polars.DataFrame])


@pytest.fixture(autouse=True)
def strict() -> Iterator[None]:
    """A notice is an error here, unless a test says that it is expected."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", InputNotice)
        warnings.simplefilter("ignore", RoundedTimes)
        yield


def rows(*cells: tuple[Any, ...]) -> list[dict[str, Any]]:
    return [dict(zip(COLUMNS, each, strict=True)) for each in cells]


def on(day: int, clock: str, month: int = 3) -> datetime:
    """A time of a day of 2026, without a zone."""
    return datetime.combine(date(2026, month, day), time.fromisoformat(clock))


def read(table: Any, settings: Settings) -> Workload:
    return read_trace(table, settings, exact=True)


def on_another_day(settings: Settings, **parts: object) -> Settings:
    org = settings.organisation
    fields = {name: getattr(org, name) for name in Organisation.model_fields}
    return settings.with_top(organisation=Organisation(**fields | parts))


@FRAMES
def test_a_time_with_a_zone_is_read_by_the_clocks_of_the_organisation(
    healthy: Settings, frame: Any
) -> None:
    """On 2 March, 08:00 UTC is 09:00 in Berlin; 23:30 UTC is on the next morning."""
    utc = [on(2, "08:00").replace(tzinfo=UTC), on(2, "15:00").replace(tzinfo=UTC)]
    table = frame(rows((utc[0], "ann", "shift", "North Care", utc[1])))
    day = read(table, healthy).days[0]
    assert (day.start, day.end) == (HOUR, 8 * HOUR)
    late = [on(2, "20:00").replace(tzinfo=UTC), on(2, "23:30").replace(tzinfo=UTC)]
    day = read(frame(rows((late[0], "ann", "shift", "North Care", late[1]))), healthy).days[0]
    assert (day.start, day.end) == (13 * HOUR, 16 * HOUR + HOUR // 2)


@FRAMES
def test_dates_are_those_of_a_shift_and_of_the_morning_after(healthy: Settings, frame: Any) -> None:
    """A row of the morning is there, not on the evening before."""
    table = frame(
        rows(
            (on(2, "22:00"), "ann", "shift", "North Care", on(3, "06:00")),
            (on(3, "01:00"), "ann", "wants", "Meal", on(3, "01:30")),
        )
    )
    day = read(table, healthy).days[0]
    assert (day.start, day.end) == (14 * HOUR, 22 * HOUR)
    assert (day.intentions[0].t, day.intentions[0].length) == (17 * HOUR, HOUR // 2)


REFUSED = {
    "two days": (
        [
            (on(2, "08:00"), "ann", "shift", "North Care", on(2, "16:00")),
            (on(3, "08:00"), "bob", "shift", "North Care", on(3, "16:00")),
        ],
        "workload:2: at: found '2026-03-03 08:00:00'; allowed: times of one day, 2026-03-02 (that "
        "of the settings), and what ends on the next morning",
    ),
    "the other day first": (
        [
            (on(1, "08:00"), "ann", "shift", "North Care", on(1, "16:00")),
            (on(2, "08:00"), "bob", "shift", "North Care", on(2, "16:00")),
        ],
        "workload:1: at: found '2026-03-01 08:00:00'; allowed: times of one day, 2026-03-02",
    ),
    "a shift of 56 h": (
        [(on(2, "08:00"), "ann", "shift", "North Care", on(4, "16:00"))],
        "workload:1: until: found '2026-03-04 16:00:00'; allowed: times of one day",
    ),
    "a shift of 32 h": (
        [(on(2, "08:00"), "ann", "shift", "North Care", on(3, "16:00"))],
        "workload:1: until: found a shift of 32 h; allowed: at most 25 h",
    ),
    "an end before the start": (
        [(on(2, "16:00"), "ann", "shift", "North Care", on(2, "08:00"))],
        "workload:1: until: found '2026-03-02 08:00:00'; allowed: a time after 2026-03-02 16:00:00",
    ),
    "a status that ends before it begins": (
        [
            (on(2, "08:00"), "ann", "shift", "North Care", on(2, "16:00")),
            (on(2, "10:00"), "ann", "wants", "Meal", on(2, "09:00")),
        ],
        "workload:2: until: found '2026-03-02 09:00:00'; allowed: a time after",
    ),
    "a status on the next day": (
        [
            (on(2, "08:00"), "ann", "shift", "North Care", on(2, "16:00")),
            (on(3, "10:00"), "ann", "wants", "Meal", on(3, "10:30")),
        ],
        "workload:2: at: found '2026-03-03 10:00:00'; allowed: times of the shift",
    ),
    "an edit before the run": (
        [
            (on(2, "08:00"), "ann", "shift", "North Care", on(2, "16:00")),
            (on(2, "07:00"), None, "deactivated", "nc-meal", None),
        ],
        "workload:2: at: found '2026-03-02 07:00:00'; allowed: times from 08:00, when the run",
    ),
    "a date without a time": (
        [(date(2026, 3, 2), "ann", "shift", "North Care", "16:00")],
        "workload:1: at: found '2026-03-02'; allowed: a time HH:MM",
    ),
    "a time of day with a zone": (
        [(time(8, tzinfo=UTC), "ann", "shift", "North Care", "16:00")],
        "workload:1: at: found 08:00:00+00:00; allowed: a time without a zone, or one with its",
    ),
    "a span of more than a day": (
        [(timedelta(hours=8), "ann", "shift", "North Care", timedelta(hours=25))],
        "workload:1: until: found 1 day, 1:00:00; allowed: 0 to 24 h since midnight",
    ),
    "a day that no zone knows": (
        [(datetime.max.replace(tzinfo=UTC), "ann", "reloads", None, None)],
        "workload:1: at: found 9999-12-31 23:59:59.999999+00:00; allowed: a day from 1900-01-02 to",
    ),
    "a day of no organisation": (
        [(on(2, "08:00").replace(year=1), "ann", "reloads", None, None)],
        "workload:1: at: found 0001-03-02 08:00:00; allowed: a day from 1900-01-02 to 2199-12-30",
    ),
    "a number beyond all days": (
        [(10**5000, "ann", "reloads", None, None)],
        "workload:1: at: found 'a number of thousands of digits'; allowed: a time HH:MM",
    ),
    "an agent beyond all names": (
        [("08:00", 10**5000, "reloads", None, None)],
        "workload:1: agent: found a number of thousands of digits; allowed: a name",
    ),
}


@pytest.mark.parametrize(("cells", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_times_of_another_day_or_without_one_meaning_are_one_line(
    healthy: Settings, cells: list[tuple[Any, ...]], says: str
) -> None:
    """No time is bent to fit the day: the line names the cell and what would be allowed."""
    warnings.simplefilter("ignore", InputNotice)
    with pytest.raises(BadInput) as refused:
        read(rows(*cells), healthy)
    assert str(refused.value).startswith(says)
    assert len(str(refused.value).splitlines()) == 1


def test_another_day_is_taken_for_that_of_the_settings_and_said(healthy: Settings) -> None:
    """A moment in July is read by the clocks of July: 06:00 UTC is 08:00 in Berlin."""
    start, end = on(1, "06:00", 7).replace(tzinfo=UTC), on(1, "14:00", 7).replace(tzinfo=UTC)
    table = rows((start, "ann", "shift", "North Care", end))
    told = "workload:1: at: 2026-07-01 is taken for the day of the settings, 2026-03-02"
    with pytest.warns(InputNotice, match=f"^{told}$"):
        day = read(table, healthy).days[0]
    assert (day.start, day.end) == (0, 8 * HOUR)


def test_both_of_two_equal_hours_are_read_on_their_day_and_on_no_other(healthy: Settings) -> None:
    """On 25 October clocks in Berlin go back: from 00:00 to 08:00 are nine hours."""
    shifts = ({"name": "night", "start": "00:00", "end": "08:00"},)
    agents = ({"id": "ann", "division": "North Care", "shift": "night"},)
    night = on_another_day(healthy, day="2026-10-25", shifts=shifts, agents=agents)
    utc = [datetime(2026, 10, 24, 22, tzinfo=UTC) + timedelta(hours=h) for h in (0, 9, 2.5, 3.5)]
    table = rows(
        (utc[0], "ann", "shift", "North Care", utc[1]),
        *((t, "ann", "reloads", None, None) for t in utc[2:]),
    )
    for frame in (table, pandas.DataFrame(table), polars.DataFrame(table)):
        day = read(frame, night).days[0]
        assert (day.start, day.end) == (0, 9 * HOUR)
        assert day.reloads == (round(2.5 * HOUR), round(3.5 * HOUR))
    other = on_another_day(night, day="2026-10-26")
    warnings.simplefilter("ignore", InputNotice)
    with pytest.raises(BadInput, match="clocks are changed on 2026-10-25 or on 2026-10-26"):
        read(table, other)


SAME: dict[str, tuple[Any, Any]] = {
    "times": (time(8), time(16, 0, 7)),
    "spans": (timedelta(hours=8), timedelta(hours=16, seconds=7)),
    "spans of pandas": (pandas.Timedelta("8h"), pandas.Timedelta("16h 7s")),
    "spans of NumPy": (np.timedelta64(8, "h"), np.timedelta64(16 * 3600 + 7, "s")),
    "moments of pandas": (pandas.Timestamp("2026-03-02 08:00"), on(2, "16:00:07")),
    "moments of NumPy": (
        np.datetime64("2026-03-02T08:00"),
        np.datetime64("2026-03-02T16:00:07.000000000"),
    ),
    "a moment and a text": (on(2, "08:00"), "16:00:07"),
}


@pytest.mark.parametrize(("start", "end"), SAME.values(), ids=SAME.keys())
def test_what_has_one_meaning_is_taken(healthy: Settings, start: Any, end: Any) -> None:
    """Whatever the type, 08:00 is 0 and 16:00:07 comes 8 h and 7 s later."""
    day = read_trace(rows((start, "ann", "shift", "North Care", end)), healthy).days[0]
    assert (day.start, day.end) == (0, 8 * HOUR + 7 * SECOND)


def test_a_span_of_24_h_is_the_end_of_the_day(healthy: Settings) -> None:
    """Counted from midnight, it is 16 h after a run that begins at 08:00."""
    table = rows((timedelta(hours=8), "ann", "shift", "North Care", timedelta(hours=24)))
    assert read(table, healthy).days[0].end == 16 * HOUR


@pytest.mark.parametrize("missing", [None, float("nan"), pandas.NA, pandas.NaT])
@pytest.mark.parametrize("who", [7, 7.0, np.float32(7), np.int64(7), Decimal("7.0"), "7"])
def test_whole_numbers_are_names_without_a_fraction(
    healthy: Settings, who: Any, missing: Any
) -> None:
    """A column of them may be one of fractions, for want of a value in another row."""
    table = rows(
        ("08:00", who, "shift", "North Care", "16:00"),
        ("09:00", missing, "deactivated", "nc-meal", missing),
    )
    assert [day.agent for day in read(table, healthy).days] == ["7"]


def test_a_column_of_numbers_names_agents_alike_with_and_without_gaps(healthy: Settings) -> None:
    """A gap makes pandas hold 7 as 7.0, and the agent is still called 7."""
    cells = ("08:00", 7, "shift", "North Care", "16:00")
    edit = ("09:00", None, "deactivated", "nc-meal", None)
    whole, gapped = (pandas.DataFrame(rows(*table)) for table in ([cells], [cells, edit]))
    assert [frame["agent"].dtype.kind for frame in (whole, gapped)] == ["i", "f"]
    for frame in (whole, gapped, whole.astype({"agent": "float"})):
        assert [day.agent for day in read(frame, healthy).days] == ["7"]


@pytest.mark.parametrize("frame", [pandas.DataFrame, polars.DataFrame])
def test_a_frame_without_a_column_is_told_which(healthy: Settings, frame: Any) -> None:
    """A column that stands in its place is named as well; capitals make no other column."""
    table = frame(rows(("08:00", "ann", "shift", "North Care", "16:00")))
    with pytest.raises(BadInput, match=r"^workload:1: no column 'until'; allowed: at,agent,what,"):
        read(table[["at", "agent", "what", "value"]], healthy)
    with pytest.raises(BadInput, match=r"^workload:1: no column 'until', but 'end'; allowed: at"):
        read(table.rename(**renaming(frame, until="end")), healthy)
    capitals = renaming(frame, at="At", until="UNTIL")
    assert read(table.rename(**capitals), healthy) == read(table, healthy)


def renaming(frame: Any, **names: str) -> dict[str, Any]:
    return {"columns" if frame is pandas.DataFrame else "mapping": names}


def test_rows_without_a_column_that_they_need_are_told_so(healthy: Settings) -> None:
    """A reload has no end, so it may lack the column that a shift needs."""
    (row,) = rows(("08:00", "ann", "shift", "North Care", "16:00"))
    with pytest.raises(
        BadInput, match=r"^workload:1: until: required for shift, but there is no such column$"
    ):
        read([{key: row[key] for key in COLUMNS[:-1]}], healthy)
    reload = {"at": "09:00", "agent": "ann", "what": "reloads"}
    assert read([row, reload], healthy).days[0].reloads == (HOUR,)
    with pytest.raises(BadInput, match=r"^workload:1: two columns 'at'; allowed"):
        read([row | {"At": "08:00"}], healthy)


def test_the_first_of_several_rows_may_name_the_columns(healthy: Settings) -> None:
    """In any order and case; lines are counted with it."""
    head, cells = ("What", "at", "until", "agent", "value"), ("shift", "08:00", "16:00", "ann")
    day = read([head, (*cells, "North Care"), ("reloads", "09:00", "", "ann")], healthy).days[0]
    assert (day.agent, day.start, day.end, day.reloads) == ("ann", 0, 8 * HOUR, (HOUR,))
    with pytest.raises(BadInput, match=r"^workload:2: value: unknown division 'Moon'"):
        read([head, (*cells, "Moon")], healthy)
    with pytest.raises(BadInput, match=r"^workload:1: no column 'until', but 'end'; allowed"):
        read([("at", "agent", "what", "value", "end")], healthy)


# One workload for several runs.


def test_a_workload_is_refused_by_settings_of_another_day(healthy: Settings) -> None:
    """Its times count from the begin of its own run; drawn ones and runs of a fix are as before."""
    workload = read(rows(("08:00", "ann", "shift", "North Care", "16:00")), healthy)
    early = ({"name": "early", "start": "07:00", "end": "15:00"},)
    parts: list[dict[str, object]] = [
        {"day": "2026-03-03"},
        {"time_zone": "UTC"},
        {"shifts": (*healthy.organisation.shifts, *early)},
    ]
    for engine in ("processes", "columns"):
        for part in parts:
            other = on_another_day(healthy, **part)
            with pytest.raises(BadInput) as refused:
                simkit.run(other, workload=workload, engine=engine)  # type: ignore[arg-type]
            said = str(refused.value)
            assert said.startswith(
                "workload: it was read for 2026-03-02 from 08:00 on in Europe/Berlin, and these "
                "settings have 2026-03-0"
            )
            assert said.endswith(": read the trace with these settings")
            assert "\n" not in said
    for trap in ("T2", "E4"):
        for settings in (simkit.traps[trap].settings, healthy.replace(refresh_interval_ms=MINUTE)):
            assert simkit.run(settings, workload=workload).days["ann"].end == 8 * HOUR
    assert simkit.run(healthy, 1).workload.calendar is None
    assert simkit.run(healthy, workload=workload).workload.calendar is not None


def test_a_workload_is_refused_by_settings_with_other_codes_or_divisions(healthy: Settings) -> None:
    """An edit names its code by its place, which is that of another code there."""
    table = rows(
        ("08:00", "ann", "shift", "North Care", "16:00"),
        ("09:00", "", "deactivated", "nc-meal", ""),
    )
    workload, codes = read(table, healthy), healthy.organisation.codes
    plain = tuple(s.model_copy(update={"activities": ()}) for s in healthy.organisation.shifts)
    for others in (codes[::-1], codes[:1]):
        turned = on_another_day(healthy, codes=others, shifts=plain)
        with pytest.raises(BadInput, match="these settings have no code 'nc-meal' in its place"):
            simkit.run(turned, workload=workload)
    with_copies = simkit.traps["E1"].fixed("E1b")
    assert simkit.run(with_copies, workload=workload).days["ann"].start == 0
    unedited = Workload(workload.days, (), workload.calendar)
    small = healthy.organisation.divisions
    renamed = [d.model_copy(update={"name": d.name.replace("North Care", "Nord")}) for d in small]
    agents = ({"id": "ann", "division": "Nord", "shift": "first"},)
    own = tuple(
        c.model_copy(update={"division": c.division.replace("North Care", "Nord")}) for c in codes
    )
    other = on_another_day(healthy, divisions=tuple(renamed), codes=own, agents=agents)
    with pytest.raises(BadInput, match=re.escape("it has agents in 'North Care', which these")):
        simkit.run(other, workload=unedited)

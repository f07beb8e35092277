"""A recorded day comes out as recorded: statuses, shifts and times as people's systems log them."""

from __future__ import annotations

import csv
import re
import warnings
from collections.abc import Iterator
from itertools import accumulate, pairwise
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import pandas
import polars
import pytest
from hypothesis import given
from hypothesis import strategies as st

import simkit
from simkit.base import randomness
from simkit.base.clock import HOUR, MINUTE, SECOND
from simkit.base.errors import BadInput, InputNotice, RoundedTimes
from simkit.base.statistics import student_quantile
from simkit.engines.columns.column_run import ColumnRun
from simkit.engines.running import Engine
from simkit.inputs.traces.reading import COLUMNS, parse_trace, read_trace
from simkit.rules import schedule
from simkit.rules.settings import Settings
from simkit.rules.wire import Wire
from simkit.rules.workload import AgentDay, Workload
from simkit.runs.run import Run

RECORDED = Path(__file__).parents[1] / "cases" / "recorded"
ENGINES: tuple[Engine, ...] = ("processes", "columns")


@pytest.fixture
def once(healthy: Settings) -> Settings:
    """The healthy deployment; a submission is tried once."""
    return healthy.replace(retry_attempts=0)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """What is said of rounded times is looked at by one test of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RoundedTimes)
        yield


def true_at(run: Run, agent: str, t: int) -> str:
    """Give the id of the code that is the agent's true status, or nothing."""
    value = run.truth(agent).status.at(t)
    return run.directory.codes[value].id if value >= 0 else ""


def wrong_midpoints(run: Run) -> list[tuple[str, int]]:
    """Give the middles of all recorded statuses in which the true one is another."""
    return [
        (agent, want.t + want.length // 2)
        for agent, day in run.days.items()
        for want in day.intentions
        if true_at(run, agent, want.t + want.length // 2) != want.code_id
    ]


def adherence_by_hand(workload: Workload, settings: Settings) -> float:
    """Add up, in %, what is recorded: on the queue unless a status says otherwise.

    Time off the queue that the schedule does not have, and the other way round, is an exception;
    time on a code of type OTHER is none.
    """
    kinds = {code.id: code.type for code in settings.organisation.codes}

    def adherent(day: AgentDay) -> float:
        exceptions = 0
        wants = [(w.t, min(w.t + w.length, day.end), kinds[w.code_id]) for w in day.intentions]
        edges = sorted(
            {day.start, day.end}
            | {t for w in wants for t in w[:2]}
            | {t for w in day.windows for t in w[:2]}
        )
        for a, b in pairwise(edges):
            kind = next((kind for start, end, kind in wants if start <= a < end), "")
            off = schedule.off_queue(day.windows, a)
            exceptions += (b - a) if kind != "OTHER" and bool(kind) != off else 0
        return 100 * (1 - exceptions / (day.end - day.start))

    return fmean(adherent(day) for day in workload.days)


def gap_free(settings: Settings, seed: int, grain: int = 1) -> list[dict[str, Any]]:
    """Record 30 agents whose statuses follow each other without a gap, in uneven pieces."""
    org = settings.organisation
    rows: list[dict[str, Any]] = []
    for person in org.agents:
        own = [code.id for code in org.codes if code.division == person.division]
        address = randomness.key(seed, "gap-free", person.id)

        def show(t: int) -> str:
            shown = org.calendar.show(t // grain * grain)
            return shown[:5] if grain == MINUTE else shown

        def row(at: int, what: str, value: str, until: int, who: str = person.id) -> None:
            cells = (show(at), who, what, value, show(until))
            rows.append(dict(zip(COLUMNS, cells, strict=True)))

        hours = org.hours[person.shift]
        row(hours.start, "shift", person.division, hours.end)
        row(hours.start + HOUR, "scheduled", "Meal", hours.start + 2 * HOUR)
        t, n = hours.start + HOUR // 2, 0
        while t < hours.end - HOUR:
            u = randomness.draw(address, n)
            until = t + 3 * MINUTE + randomness.below(u, 40 * MINUTE)
            row(t, "picks", own[n % len(own)], until)
            t, n = until, n + 1
    return rows


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_a_day_without_gaps_comes_out_as_recorded(
    once: Settings, seed: int, engine: Engine
) -> None:
    """In the middle of each status the true one is what the row says; so is adherence."""
    run = simkit.run(once, seed, engine=engine, workload=gap_free(once, seed))
    assert run.engine == engine
    assert len(run.agents) == 30
    assert sum(len(day.intentions) for day in run.days.values()) > 400
    assert wrong_midpoints(run) == []
    value = run.metrics["adherence_pct"].value
    assert value == pytest.approx(adherence_by_hand(run.workload, once), abs=0.1)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_day_rounded_to_minutes_comes_out_as_recorded(once: Settings, seed: int) -> None:
    """Statuses that met in a minute still meet, so none is lost or cut short."""
    run = simkit.run(once, seed, workload=gap_free(once, seed, MINUTE))
    assert wrong_midpoints(run) == []
    for day in run.days.values():
        for one, other in pairwise(day.intentions):
            assert one.t + one.length == other.t


@pytest.mark.slow
@pytest.mark.parametrize("interval_s", [15, 30, 60, 300, 600])
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.some(3)
def test_on_a_rounded_day_a_change_is_seen_after_half_an_interval_and_a_delay(
    once: Settings, interval_s: int, engine: Engine
) -> None:
    """T/2 + d at every interval, within a 99.9 % interval over 60 seeds; each point by itself.

    The edits of the day stand on whole minutes, as logins do, and a poll leaves at a login plus n
    intervals: as they stand, all of them would coincide. Means over the codes and agents of a run
    are one value, as agents share their edits.
    """
    settings = once.replace(refresh_interval_ms=interval_s * SECOND)
    path = RECORDED / "edit-minute.csv"
    means = [
        simkit.run(settings, seed, engine=engine, workload=path)
        .metrics["deactivated_code_shown_ms"]
        .value
        for seed in range(60)
    ]
    expected = interval_s * SECOND / 2 + Wire(settings.wire).mean
    half = student_quantile(59, 0.999) * stdev(means) / 60**0.5
    assert abs(fmean(means) - expected) < half
    assert half < 0.2 * expected


def test_exact_times_are_kept_on_request(once: Settings) -> None:
    """Then logins, polls and edits of whole minutes coincide, at whatever interval."""
    for interval in (15, 30, 60):
        settings = once.replace(refresh_interval_ms=interval * SECOND)
        workload = read_trace(RECORDED / "edit-minute.csv", settings, exact=True)
        assert {edit.t % MINUTE for edit in workload.edits} == {0}
        run = simkit.run(settings, 1, workload=workload)
        assert run.metrics["deactivated_code_shown_ms"].value < SECOND


@pytest.mark.slow
@pytest.mark.parametrize("name", ["e4-30.csv", "e4-31.csv"])
def test_one_minute_more_or_less_makes_no_other_day(once: Settings, name: str) -> None:
    """09:30 and 09:31 fall alike on polls of 30 s: half an interval passes till the code goes."""
    means = [
        simkit.run(once, seed, workload=RECORDED / name).metrics["deactivated_code_shown_ms"].value
        for seed in range(40)
    ]
    assert fmean(means) == pytest.approx(15_000, rel=0.2)


def test_seconds_are_taken_as_they_are(once: Settings) -> None:
    """Edits of the file stand one second past a minute, and nothing is drawn for them."""
    workload = read_trace(RECORDED / "edit-second.csv", once)
    assert {edit.t % MINUTE for edit in workload.edits} == {SECOND}


def test_rounded_times_are_drawn_by_the_seed_in_order_and_rows_that_meet_still_meet(
    once: Settings,
) -> None:
    """Within their own minutes, other ones for another seed, and said in one line."""
    path = RECORDED / "day-contig.csv"
    with pytest.warns(RoundedTimes, match="whole minutes: each is drawn within its minute"):
        one = read_trace(path, once, seed=1)
    other, exact = read_trace(path, once, seed=2), read_trace(path, once, exact=True)
    assert one != other
    assert one == read_trace(path, once, seed=1)
    for drawn, plain in zip(one.days, exact.days, strict=True):
        assert 0 <= drawn.start - plain.start < MINUTE
        for mine, theirs in zip(drawn.intentions, plain.intentions, strict=True):
            assert 0 <= mine.t - theirs.t < MINUTE
        times = [want.t for want in drawn.intentions]
        assert times == sorted(times)
        ends = [want.t + want.length for want in drawn.intentions]
        assert ends[:-1] == times[1:]
    assert len({day.start for day in one.days}) == len(one.days)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["pair.csv", "day-contig.csv"])
def test_what_was_recorded_is_true(once: Settings, name: str, engine: Engine) -> None:
    """A status ends in the minute in which the next one begins: the agent has moved on."""
    for seed in range(1, 9):
        run = simkit.run(once, seed, engine=engine, workload=RECORDED / name)
        assert wrong_midpoints(run) == []
        assert run.metrics["adherence_pct"].value == pytest.approx(
            adherence_by_hand(run.workload, once), abs=0.1
        )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("name", "minutes"), [("atlogin.csv", [15]), ("sameinst.csv", [15, 45])])
def test_a_choice_in_the_login_minute_is_made_when_the_list_is_there(
    once: Settings, name: str, minutes: list[int], engine: Engine
) -> None:
    """Nothing is lost, and the status holds."""
    run = simkit.run(once, 1, engine=engine, workload=RECORDED / name)
    assert run.metrics["intentions_lost"].value == 0
    names = [run.directory.codes[i].name for i in range(len(run.directory.codes))]
    wanted = [want.reason for want in run.days["ann"].intentions]
    status = run.truth("ann").status
    assert [names[status.at(m * MINUTE + run.days["ann"].start)] for m in minutes] == wanted


@pytest.mark.parametrize("engine", ENGINES)
def test_a_night_shift_ends_on_the_next_morning(once: Settings, engine: Engine) -> None:
    """From 22:00 to 06:00 is hour 14 to hour 22 of a run that begins at 08:00."""
    run = simkit.run(
        once, 1, engine=engine, workload=read_trace(RECORDED / "night.csv", once, exact=True)
    )
    assert (run.days["ann"].start, run.days["ann"].end) == (14 * HOUR, 22 * HOUR)
    assert run.metrics["shift_h"].value == 8


def test_midnight_may_be_written_as_24_00(once: Settings) -> None:
    """A run that begins at 08:00 is 16 h old then."""
    workload = read_trace(RECORDED / "h24.csv", once, exact=True)
    assert workload.days[0].end == 16 * HOUR


@pytest.mark.parametrize("engine", ENGINES)
def test_who_works_two_shifts_logs_in_twice(once: Settings, engine: Engine) -> None:
    """Each shift is told and counted by itself, and each row falls into its own."""
    workload = read_trace(RECORDED / "split.csv", once, exact=True)
    run = simkit.run(once, 1, engine=engine, workload=workload)
    assert {who: (day.start, day.end) for who, day in run.days.items()} == {
        "ann": (0, 4 * HOUR),
        "ann/2": (5 * HOUR, 9 * HOUR),
    }
    assert [len(run.days[who].intentions) for who in ("ann", "ann/2")] == [0, 1]
    meal = run.truth("ann/2").status.at(5 * HOUR + 35 * MINUTE)
    assert run.directory.codes[meal].name == "Meal"
    assert run.metrics["shift_h"].value == 4


def test_empty_columns_of_a_spreadsheet_change_nothing(once: Settings) -> None:
    """Exports have cells that nobody filled; three columns of them mean nothing."""
    workload = read_trace(RECORDED / "excel-trailing-header.csv", once, exact=True)
    row = dict(zip(COLUMNS, ("08:00", "ann", "shift", "North Care", "16:00"), strict=True))
    assert workload == read_trace([row], once, exact=True)


# Rows within one minute.

AS_RECORDED = "08:00,ann,shift,North Tech,16:00\n08:00,bob,shift,North Tech,16:00\n"


def read_rows(rows: str, settings: Settings, **more: Any) -> Workload:
    head = ",".join(COLUMNS) + "\n"
    return parse_trace(head + AS_RECORDED + rows, "day.csv", settings, **more)


@pytest.mark.parametrize("seed", range(20))
def test_a_status_within_a_minute_lasts_a_part_of_it_and_meets_its_neighbours(
    once: Settings, seed: int
) -> None:
    """In the order of the file, save that the newest row may also stand first."""
    rows = [
        "09:50,ann,picks,nt-meal,10:00\n",
        "10:00,ann,picks,nt-short-break,10:00\n",
        "10:00,ann,picks,nt-coaching,10:00\n",
        "10:00,ann,picks,nt-meal,10:20\n",
    ]
    workload = read_rows("".join(rows), once, seed=seed)
    wants = workload.days[0].intentions
    assert [want.code_id for want in wants] == [
        *("nt-meal", "nt-short-break", "nt-coaching", "nt-meal")
    ]
    for one, other in pairwise(wants):
        assert one.t + one.length == other.t > one.t
        assert 2 * HOUR <= other.t < 2 * HOUR + MINUTE
    assert read_rows("".join([rows[3], *rows[:3]]), once, seed=seed) == workload


SHORT = {
    "a status": "10:00,ann,picks,nt-meal,10:00\n",
    "an intention": "10:00,ann,wants,Meal,10:00:00\n",
    "a window": "10:00,ann,scheduled,Meal,10:00\n",
    "a hidden tab": "10:00,ann,hidden,,10:00\n",
    "an outage": "10:00,ann,offline,,10:00\n",
    "two reloads": "10:00,ann,reloads,,\n10:00,ann,reloads,,\n",
    "two transfers": "10:00,ann,transferred,North,\n10:00,ann,transferred,North Tech,\n",
    "a code off and on": "10:00,,deactivated,nt-meal,\n10:00,,reactivated,nt-meal,\n",
}


@pytest.mark.parametrize("rows", SHORT.values(), ids=SHORT.keys())
def test_what_is_over_within_a_minute_is_read_where_times_are_rounded_only(
    once: Settings, rows: str
) -> None:
    """With exact times it has no length, or no order."""
    workload = read_rows(rows, once)
    day = workload.days[0]
    spans = [(w.t, w.t + w.length) for w in day.intentions]
    spans += [(span[0], span[1]) for span in (*day.windows, *day.hidden, *day.outages)]
    spans += [day.reloads] if day.reloads else []  # type: ignore[list-item]
    spans += [(one.t, other.t) for one, other in pairwise(day.transfers)]
    spans += [(one.t, other.t) for one, other in pairwise(workload.edits)]
    ((start, end),) = spans
    assert 2 * HOUR <= start < end < 2 * HOUR + MINUTE
    assert [move.division for move in day.transfers] in ([], ["North", "North Tech"])
    assert [edit.active for edit in workload.edits] in ([], [False, True])
    more = "12:00:00.000,bob,reloads,,\n"
    for refused, exact in [(rows, True), (rows + more, False)]:
        with pytest.raises(BadInput, match=r"a time after 10:00|at the time of line 4"):
            read_rows(refused, once, exact=exact)


def test_a_shift_ends_after_all_that_happens_in_its_last_minute(once: Settings) -> None:
    """Rows of 16:00 are not lost: the shift has them, or the next one that begins then."""
    rows = "15:50,ann,picks,nt-meal,16:00\n16:00,ann,picks,nt-coaching,16:00\n16:00,ann,reloads,,\n"
    for seed in range(20):
        day = read_rows(rows, once, seed=seed).days[0]
        meal, coaching = day.intentions
        times = [meal.t + meal.length, coaching.t, coaching.t + coaching.length, *day.reloads]
        assert times == sorted(times)
        assert (times[0], times[2]) == (times[1], times[3])
        assert day.reloads[0] < day.end < 8 * HOUR + MINUTE
        # Where the next shift begins in this minute, it is that one's.
        more = "16:00,ann,shift,North Tech,20:00\n"
        first, second = read_rows(rows + more, once, seed=seed).days[:2]
        assert (len(first.intentions), len(second.intentions)) == (1, 1)
        assert first.end == second.start <= second.intentions[0].t
    with pytest.raises(BadInput, match="times of the shift, 08:00 to 16:00"):
        read_rows("16:00,ann,picks,nt-meal,16:01\n", once)


@pytest.mark.slow
@pytest.mark.thorough
def test_a_minute_has_so_many_moments_and_no_more(once: Settings) -> None:
    """Each millisecond is one; the line says so before anything is drawn."""
    row = "10:00,ann,reloads,,\n"
    day = read_rows(row * MINUTE, once).days[0]
    assert day.reloads == tuple(range(2 * HOUR, 2 * HOUR + MINUTE))
    with pytest.raises(BadInput, match="found 60,001 moments in one minute; allowed: at most"):
        read_rows(row * (MINUTE + 1), once)


@st.composite
def status_logs(draw: st.DrawFn) -> list[tuple[str, ...]]:
    """A log without gaps, by the second, as it looks when it is rounded down to minutes."""
    lengths = draw(st.lists(st.integers(1, 200), min_size=1, max_size=40))
    start = draw(st.integers(8 * 3600, 9 * 3600))
    edges = [start, *accumulate(lengths, initial=start)][1:]

    def show(t: int) -> str:
        return f"{t // 3600:02}:{t // 60 % 60:02}"

    end = show(max(edges[-1], (start // 60 + 1) * 60))
    rows = [(show(start), "ann", "shift", "North Tech", end)]
    for n, (a, b) in enumerate(pairwise(edges)):
        rows.append((show(a), "ann", "picks", NAMED[n % len(NAMED)], show(b)))
    reloads = draw(st.lists(st.integers(edges[0], edges[-1] - 1), max_size=5))
    return rows + [(show(t), "ann", "reloads", "", "") for t in reloads]


NAMED = ["nt-meal", "nt-coaching", "nt-short-break"]


@pytest.mark.fuzz
@given(rows=status_logs(), seed=st.integers(0, 2**62))
def test_any_rounded_log_without_gaps_is_read(
    healthy: Settings, rows: list[tuple[str, ...]], seed: int
) -> None:
    """All rows have a length, follow each other, and begin and end within their minutes."""
    day = read_trace(rows, healthy, seed=seed).days[0]
    picks = [row for row in rows if row[2] == "picks"]
    assert [want.code_id for want in day.intentions] == [row[3] for row in picks]
    assert day.start == day.intentions[0].t
    show = healthy.organisation.calendar.show
    for want, row in zip(day.intentions, picks, strict=True):
        assert want.length > 0
        assert (show(want.t)[:5], show(want.t + want.length)[:5]) == (row[0], row[4])
    for one, other in pairwise(day.intentions):
        assert one.t + one.length == other.t
    assert day.intentions[-1].t + day.intentions[-1].length <= day.end
    assert sorted(show(t)[:5] for t in day.reloads) == sorted(
        r[0] for r in rows if r[2] == "reloads"
    )
    assert all(one < other for one, other in pairwise((*day.reloads, day.end)))
    assert (show(day.start)[:5], show(day.end)[:5]) == (rows[0][0], rows[0][4])


def test_a_few_times_with_seconds_are_told_to_keep_all_others_from_being_drawn(
    once: Settings,
) -> None:
    """Whether there is one of a thousand or one of ten; beyond that seconds are how it was."""
    rows = [("08:00", "ann", "shift", "North Care", "16:00")]
    rows += [(f"{9 + n // 60:02}:{n % 60:02}", "ann", "reloads", "", "") for n in range(8)]
    fine = [("10:30:07", "ann", "reloads", "", ""), ("10:20:00.000", "ann", "reloads", "", "")]
    told = "workload:10: at: 1 of 11 times is no whole minute, the first one '10:30:07': so all are"
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        for more in ([*fine[:1]], fine, []):
            read_trace([*rows, *more], once)
        read_trace([*rows, *fine[:1]], once, exact=True)
    assert [str(each.message)[: len(told)] for each in given[:1]] == [told]
    assert [each.category for each in given] == [InputNotice, RoundedTimes]
    with pytest.warns(InputNotice, match=r"2 of 34 times are no whole minutes"):
        read_trace(
            [*rows, *[("11:00", "ann", "wants", "Meal", "12:00")] * 11, *fine[:1], fine[1]], once
        )


# Names in one spelling.

NAMES = Path(__file__).parents[1] / "cases" / "names"
SPELT = {
    "nfd.csv": "Café-Pause",
    "nbsp.csv": "2 nd break",
    "trail.csv": "Lunch",
    "nfd-sched.csv": "Café-Pause",
}


def as_source(name: str, form: str) -> Any:
    if form == "path":
        return NAMES / name
    with (NAMES / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {"rows": rows, "pandas": pandas.DataFrame(rows), "polars": polars.DataFrame(rows)}[form]


@pytest.mark.parametrize("form", ["path", "rows", "pandas", "polars"])
@pytest.mark.parametrize("name", SPELT)
def test_a_name_in_another_spelling_is_the_name(name: str, form: str) -> None:
    """The intention is made, or the window there; nothing is lost and nothing has to be told."""
    settings = simkit.load(NAMES / "base.json")
    with warnings.catch_warnings():
        warnings.simplefilter("error", InputNotice)
        warnings.simplefilter("ignore", RoundedTimes)
        workload = read_trace(as_source(name, form), settings)
    day = workload.days[0]
    named = [want.reason for want in day.intentions] + [window.reason for window in day.windows]
    assert named == [SPELT[name]]
    for engine in ENGINES:
        run = simkit.run(settings, 1, engine=engine, workload=workload)
        assert run.metrics["intentions_lost"].value == 0
        for want in day.intentions:
            status = run.truth("ann").status.at(want.t + want.length // 2)
            assert run.directory.codes[status].name == SPELT[name]


@pytest.mark.parametrize("form", ["path", "rows", "pandas", "polars"])
def test_a_name_in_another_case_is_another_name_and_is_told(form: str) -> None:
    """No 'lunch' is made 'Lunch' in silence: the intention is lost, and one is told why."""
    settings = simkit.load(NAMES / "base.json")
    told = "3: value: 1 row wants a reason that no code has: 'lunch'; did you mean 'Lunch'?"
    with pytest.warns(InputNotice, match=re.escape(told if form == "path" else told[1:])):
        workload = read_trace(as_source("case.csv", form), settings)
    assert simkit.run(settings, 1, workload=workload).metrics["intentions_lost"].value == 1


# What a workload may be.


def frames() -> dict[str, Any]:
    """The same two rows in all forms in which people have them."""
    rows = [
        dict(zip(COLUMNS, ("08:00", "ann", "shift", "North Care", "16:00"), strict=True)),
        dict(zip(COLUMNS, ("09:30:07", "ann", "reloads", None, None), strict=True)),
    ]
    return {
        "mappings": rows,
        "tuples": [tuple(row.values()) for row in rows],
        "short tuples": [tuple(rows[0].values()), ("09:30:07", "ann", "reloads")],
        "a generator": (row for row in rows),
        "pandas": pandas.DataFrame(rows),
        "polars": polars.DataFrame(rows),
        "times of day": pandas.DataFrame(rows).assign(
            at=[pandas.Timestamp("2026-03-02 08:00"), pandas.Timestamp("2026-03-02 09:30:07")]
        ),
    }


@pytest.mark.parametrize("form", frames())
def test_rows_and_data_frames_are_read_like_a_file(
    once: Settings, form: str, tmp_path: Path
) -> None:
    """Whoever has rows or a frame gets the run that the file gives, to the digest."""
    path = tmp_path / "day.csv"
    path.write_text(
        "at,agent,what,value,until\n08:00,ann,shift,North Care,16:00\n09:30:07,ann,reloads,,\n",
        encoding="utf-8",
    )
    assert read_trace(frames()[form], once) == read_trace(path, once)
    assert simkit.run(once, 3, workload=frames()[form]).digest == (
        simkit.run(once, 3, workload=str(path)).digest
    )


@pytest.mark.parametrize(
    ("workload", "says"),
    [
        (7, "workload: found 7; allowed: the path of a CSV file, rows, or a data frame"),
        ([7], "workload:1: found 7; allowed: a mapping by the names of the columns"),
        ([{"at": "08:00", "agnt": "ann"}], "unknown column 'agnt'; did you mean 'agent'?"),
        ([("08:00",) * 6], "workload:1: found 6 cells; allowed: 5"),
        ([("08:00", "ann", "shift", "Moon", "16:00")], "workload:1: value: unknown division"),
        ("no-such-day.csv", "no-such-day.csv: no such file"),
        ([], "nobody works"),
    ],
)
def test_what_is_no_workload_is_one_line(once: Settings, workload: Any, says: str) -> None:
    """It says what would be one, or what is wrong in which row."""
    with pytest.raises(BadInput) as refused:
        simkit.run(once, workload=workload)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_wanted_reasons_that_no_code_has_are_counted_and_named(once: Settings) -> None:
    """They stay in the workload, and are lost there: the notice says why, and may be an error."""
    rows = [("08:00:01", "ann", "shift", "North Care", "16:00")]
    rows += [(f"{h:02}:00", "ann", "wants", "meal", f"{h:02}:10") for h in (10, 11)]
    rows += [("12:00", "ann", "wants", "Gone Fishing", "12:10")]
    told = "workload:2: value: 3 rows want a reason that no code has: 'meal' \\(2 times\\); did you"
    with pytest.warns(InputNotice, match=told):
        workload = read_trace(rows, once)
    assert simkit.run(once, 1, workload=workload).metrics["intentions_lost"].value == 3
    with warnings.catch_warnings():
        warnings.simplefilter("error", InputNotice)
        with pytest.raises(InputNotice, match="'Gone Fishing'"):
            read_trace(rows, once)


def test_a_recorded_day_of_thousands_is_run_as_columns(once: Settings) -> None:
    """As a drawn one is; in columns each agent can still be looked at alone."""
    rows = []
    for i in range(1_200):
        who = f"a{i:04}"
        rows.append(("08:00:05", who, "shift", "North Tech", "12:00"))
        rows.append((f"{9 + i % 2}:{i % 60:02}".zfill(5), who, "picks", "nt-meal", "11:30"))
    run = simkit.run(once, 1, workload=rows)
    assert (run.engine, isinstance(run, ColumnRun)) == ("columns", True)
    assert run.metrics["intentions_lost"].value == 0
    assert run.agents[7] == "a0007"
    assert true_at(run, "a0007", run.days["a0007"].intentions[0].t + MINUTE) == "nt-meal"

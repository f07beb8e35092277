"""Agents and moments are found by what people type, and what is refused says what can be typed."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from handmade import HOUR, MINUTE, SECOND, day, hand

import simkit
from simkit import BadInput
from simkit.base.clock import Calendar, parse_wall
from simkit.engines.running import Engine
from simkit.inputs.traces.reading import read_trace
from simkit.rules.agent_ids import workers
from simkit.rules.settings import Settings
from simkit.rules.workload import Workload
from simkit.runs.run import Run
from simkit.ui.lab.day import day as picture

RECORDED = Path(__file__).parents[1] / "cases" / "recorded"
ENGINES: tuple[Engine, ...] = ("processes", "columns")
ANN = "\u00e1nn"


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    found: Engine = request.param
    return found


def recorded(settings: Settings, name: str, engine: Engine) -> Run:
    workload = read_trace(RECORDED / name, settings, exact=True)
    return simkit.run(settings, 1, engine=engine, workload=workload)


def accented(settings: Settings, engine: Engine) -> Run:
    rows = [("08:00", ANN, "shift", "North Care", "16:00")]
    return simkit.run(settings, 1, engine=engine, workload=rows)


# When.


def test_a_clock_time_is_the_one_within_the_shift(healthy: Settings, engine: Engine) -> None:
    """The shift lasts from 22:00 to 06:00; the run begins at 08:00."""
    run = recorded(healthy, "night.csv", engine)
    assert run.why("ann", "02:00").startswith("ann at 02:00:00\n")
    assert run.moment("ann", "02:00") == ("ann", 18 * HOUR)
    assert run.moment("ann", "22:00") == ("ann", 14 * HOUR)
    assert run.moment("ann", "05:59:59") == ("ann", 22 * HOUR - SECOND)
    shown = picture(run, "ann", at="02:00")
    assert shown.moment == 18 * HOUR
    shown.close()


@pytest.mark.parametrize("at", ["06:00", "21:59:59", "12:00"])
def test_what_lies_in_no_shift_is_refused_with_times_that_are_not(
    healthy: Settings, at: str
) -> None:
    """Both ends of the shift that the refusal tells can be asked for as they stand there."""
    run = recorded(healthy, "night.csv", "processes")
    with pytest.raises(BadInput, match="ann is not at work then") as refused:
        run.why("ann", at)
    assert refused.value.allowed == "22:00:00 to 05:59:59"
    for each in refused.value.allowed.split(" to "):
        run.why("ann", each)


def test_the_times_that_are_told_lie_in_a_shift_that_begins_within_a_second(
    healthy: Settings,
) -> None:
    """From 08:00:00.500 to 09:00:00.500, 08:00:01 is the first that can be typed."""
    workload = Workload((day(start=500, end=HOUR + 500),))
    run = simkit.run(hand(), 1, workload=workload)
    agent = run.agents[0]
    with pytest.raises(BadInput) as refused:
        run.why(agent, "08:00")
    assert refused.value.allowed == "08:00:01 to 09:00:00"
    for each in refused.value.allowed.split(" to "):
        run.why(agent, each)
    with pytest.raises(BadInput) as refused:
        run.why(agent, 0)
    assert refused.value.allowed == "500 to 3600499 (ms of the run)"


def test_night_shifts_of_an_organisation_are_asked_for_in_the_same_way(healthy: Settings) -> None:
    """The run begins at 22:00, so that 02:00 is 4 h into it, for *why* and for the lab."""
    org = healthy.organisation.model_dump(mode="json")
    for shift in org["shifts"]:
        shift |= {"start": "22:00", "end": "06:00", "activities": []}
    settings = healthy.with_top(organisation=org)
    run = simkit.run(settings, 1)
    assert run.why("agent-01", "02:00").startswith("agent-01 at 02:00:00\n")
    lab = simkit.lab(settings, agent="agent-01", at="02:00")
    assert lab.state.moment == 4 * HOUR
    assert 'at="02:00:00"' in lab.snippet
    lab.choose("moment", "03:00")
    assert lab.state.moment == 5 * HOUR
    lab.close()


def test_of_two_hours_that_look_alike_the_first_within_the_span_is_meant() -> None:
    """On 25 October 2026 clocks in Berlin show 02:00 to 03:00 twice."""
    first = Calendar(
        simkit.traps["E4"].settings.organisation.day.replace(2026, 10, 24),
        "UTC",
        parse_wall("22:00"),
    )
    berlin = Calendar(first.day, "Europe/Berlin", first.opens)
    half_past = parse_wall("02:30")
    assert berlin.within(half_past, 0, 10 * HOUR) == 4 * HOUR + 30 * MINUTE
    assert berlin.within(half_past, 5 * HOUR, 10 * HOUR) == 5 * HOUR + 30 * MINUTE
    assert berlin.within(half_past, 6 * HOUR, 10 * HOUR) is None
    assert berlin.show(5 * HOUR + 30 * MINUTE) == "02:30:00.000"


def test_the_code_of_a_lab_reopens_it_in_the_second_of_two_hours_alike(healthy: Settings) -> None:
    """In the night of 25 October 2026 hour 4 and hour 5 of a shift from 22:00 are both 02:00."""
    org = healthy.organisation.model_dump(mode="json") | {"day": "2026-10-24"}
    org["time_zone"] = "Europe/Berlin"
    for shift in org["shifts"]:
        shift |= {"start": "22:00", "end": "06:00", "activities": []}
    lab = simkit.lab(healthy.with_top(organisation=org), agent="agent-01", at=5 * HOUR)
    assert lab.state.time(5 * HOUR) == "02:00:00"
    assert f"at={5 * HOUR}," in lab.snippet
    lab.choose("moment", 4 * HOUR)
    assert 'at="02:00:00",' in lab.snippet
    lab.close()


def test_a_time_that_daylight_saving_skips_within_the_span_is_said_to_be_none() -> None:
    """Clocks go from 02:00 to 03:00 that night, so 03:30 is 4 h 30 min after 22:00."""
    day_before = simkit.traps["E4"].settings.organisation.day.replace(2026, 3, 28)
    berlin = Calendar(day_before, "Europe/Berlin", parse_wall("22:00"))
    with pytest.raises(ValueError, match="02:30 does not exist on 2026-03-29"):
        berlin.within(parse_wall("02:30"), 0, 10 * HOUR)
    assert berlin.within(parse_wall("03:30"), 0, 10 * HOUR) == 4 * HOUR + 30 * MINUTE


def test_a_moment_may_be_a_number_of_any_library(healthy: Settings, engine: Engine) -> None:
    """Moments often come out of NumPy arrays; such a number gets the same explanation."""
    run = simkit.run(healthy, 1, engine=engine)
    assert run.why("agent-01", np.int64(HOUR)) == run.why("agent-01", HOUR)


@pytest.mark.parametrize("at", [None, 1.5, True, b"10:00", [], "10", "noon"])
def test_what_is_no_moment_is_refused_in_one_line(
    healthy: Settings, engine: Engine, at: Any
) -> None:
    """Even True and 1.5 are no moments; the message begins with the argument at fault."""
    run = simkit.run(healthy, 1, engine=engine)
    with pytest.raises(BadInput, match=r"^at: ") as refused:
        run.why("agent-01", at)
    assert "\n" not in str(refused.value)


# Whom.


@pytest.mark.parametrize("agent", [None, 7, [], {}, b"agent-01"])
def test_what_is_no_id_is_refused_in_one_line(
    healthy: Settings, engine: Engine, agent: Any
) -> None:
    """Methods that take an agent say alike what they found, and that they want text."""
    run = simkit.run(healthy, 1, engine=engine)
    for ask in (run.history_of, run.records, run.belief, lambda who: run.why(who, "10:00")):
        with pytest.raises(BadInput, match=r"^agent: found .*; allowed: text$"):
            ask(agent)


@pytest.mark.parametrize("spelling", [unicodedata.normalize("NFD", ANN), f"{ANN} ", f"\u00a0{ANN}"])
def test_an_agent_is_found_in_every_spelling_of_the_same_name(
    healthy: Settings, engine: Engine, spelling: str
) -> None:
    """A decomposed accent or a blank, as in pasted names, leads to the same history."""
    run = accented(healthy, engine)
    assert run.why(spelling, "10:00") == run.why(ANN, "10:00")
    assert run.records(spelling) == run.records(ANN) != []
    assert run.belief(spelling) is run.belief(ANN)
    assert run.truth(spelling) is run.truth(ANN)
    assert run.discrepancies(spelling) is run.discrepancies(ANN)
    assert run.discrepancy_ms(spelling) == run.discrepancy_ms(ANN)
    assert run.history_of(spelling) is run.history_of(ANN)
    shown = picture(run, spelling)
    assert shown.agent == ANN
    shown.close()


def test_days_are_given_by_the_same_names(healthy: Settings) -> None:
    """A stray blank changes no digest; a name that is unknown or given twice is refused."""
    drawn = simkit.run(healthy, 1)
    own = {"agent-03": drawn.days["agent-03"]}
    assert simkit.run(healthy, 1, days={" agent-03": own["agent-03"]}).digest == drawn.digest
    with pytest.raises(BadInput, match=r"^days: unknown agent 'agent-99'"):
        simkit.run(healthy, 1, days={"agent-99": own["agent-03"]})
    with pytest.raises(BadInput, match=r"^days: 'agent-03' has two days$"):
        simkit.run(healthy, 1, days={"agent-03 ": own["agent-03"]} | own)


# Several shifts of a day.


def test_who_works_twice_is_told_of_the_shift_in_which_the_moment_lies(
    healthy: Settings, engine: Engine
) -> None:
    """Ann works from 08:00 to 12:00 and from 13:00 to 17:00, which is ``ann/2``."""
    run = recorded(healthy, "split.csv", engine)
    second = run.why("ann", "13:33").splitlines()
    assert second[0] == "ann/2 at 13:33:00 (the shift that ann works then)"
    assert second[1:] == run.why("ann/2", "13:33").splitlines()[1:]
    assert run.why("ann/2", "13:33").startswith("ann/2 at 13:33:00\n")
    assert run.why("ann/2", "09:00").startswith("ann at 09:00:00 (the shift that ann works then)")
    assert run.why("ann", 6 * HOUR).startswith("ann/2 at 14:00:00 (")
    with pytest.raises(BadInput, match="ann is not at work then") as refused:
        run.why("ann", "12:30")
    assert refused.value.allowed == "08:00:00 to 11:59:59, 13:00:00 to 16:59:59"
    shown = picture(run, "ann", at="13:33")
    assert (shown.agent, shown.moment) == ("ann/2", 5 * HOUR + 33 * MINUTE)
    shown.close()


def test_who_works_twice_is_counted_once(healthy: Settings) -> None:
    """A number after a slash is a further shift only where all shifts before it are there."""
    run = recorded(healthy, "split.csv", "processes")
    assert workers(run.days) == 1
    assert run.why_engine == "asked for"
    assert simkit.run(healthy, 1, workload=run.workload).why_engine == (
        "1 agent in 2 shifts is few enough for a log of everybody"
    )
    assert workers({"ann/2", "bob", "bob/2", "bob/4"}) == 3, "only what follows a first shift"


def test_an_act_is_done_again_in_the_shift_of_its_moment(healthy: Settings) -> None:
    """At 14:00 Ann works her second shift, so the act repeated then is one of ``ann/2``."""
    lab = simkit.lab(healthy, workload=RECORDED / "split.csv", agent="ann", at="14:00")
    code = lab.state.view.codes[lab.state.piece.desk.entries[0]].id
    lab.state.repeat("ann ", "14:00", code, 5)
    assert [(act.agent, act.t) for act in lab.state.choice.acts] == [("ann/2", 6 * HOUR)]
    lab.close()


def test_a_lab_goes_from_shift_to_shift_of_a_day(healthy: Settings) -> None:
    """A moment brings its own shift into the lab; one between two shifts changes nothing."""
    run = recorded(healthy, "split.csv", "processes")
    lab = simkit.lab(healthy, workload=RECORDED / "split.csv", agent="ann", at="13:33")
    assert (lab.state.agent, lab.state.time(lab.state.moment)) == ("ann/2", "13:33:00")
    assert lab.sides["sides"][0]["agent"] == lab.choices["agent"] == "ann/2"
    assert 'agent="ann/2", at="13:33:00"' in lab.snippet
    assert lab.metrics["caption"] == "1 agent in 2 shifts, seed 1"
    lab.choose("moment", "09:00")
    assert lab.state.agent == "ann"
    with pytest.raises(BadInput, match="not at work"):
        lab.choose("moment", "12:30")
    assert lab.state.agent == "ann"
    assert run.agents == ["ann", "ann/2"]
    lab.close()

"""What a trace says and can hardly mean is told once, counted, with its first rows."""

from __future__ import annotations

import warnings

import pytest

import simkit
from simkit.base.errors import InputNotice
from simkit.inputs.traces.reading import parse_trace
from simkit.inputs.traces.writing import trace_text
from simkit.rules.settings import Settings

HEAD = "at,agent,what,value,until\n"
SHIFTS = "08:00:01,ann,shift,North Care,16:00\n08:30,bob,shift,North Tech,15:00\n"


def told(rows: str, settings: Settings) -> list[str]:
    """Give all notices about a trace, each without the name of its file."""
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        parse_trace(HEAD + SHIFTS + rows, "day.csv", settings, exact=True)
    assert all(each.category is InputNotice for each in given)
    return [str(each.message).removeprefix("day.csv:") for each in given]


TELLING = {
    "one status twice": (
        "09:00,ann,wants,Meal,09:30\n09:00:00,ann,wants,Meal,09:30\n",
        "5: at: 1 row says the same as another one, so a status is submitted twice in one "
        "millisecond: line 5 as line 4",
    ),
    "statuses four times": (
        "09:00,ann,picks,nc-meal,09:30\n" * 5,
        "5: at: 4 rows say the same as others, so statuses are submitted twice in one millisecond: "
        "line 5 as line 4, line 6 as line 4, line 7 as line 4, and 1 more",
    ),
    "an empty list": (
        "08:00,cyd,shift,Global,16:00\n08:00,dan,shift,Global,16:00\n08:00,eve,shift,North,16:00\n"
        "09:00,cyd,wants,Meal,09:30\n09:00,dan,wants,Meal,09:30\n",
        "4: value: 2 agents have an empty list, so whatever they want is lost: 2 in 'Global'",
    ),
    "an edit after the last shift": (
        "16:00,,deactivated,nc-meal,\n",
        "4: at: 1 row edits a code after the last shift, when nobody sees it: deactivated "
        "'nc-meal' at 16:00",
    ),
    "edits before the first shift": (
        "08:00,,deactivated,nc-meal,\n08:00:00.999,,deactivated by hand,nt-meal,\n",
        "4: at: 2 rows edit codes before the first shift, so everybody finds it done: deactivated "
        "'nc-meal' at 08:00, deactivated by hand 'nt-meal' at 08:00:00.999",
    ),
    "a code twice deactivated": (
        "10:00,,deactivated,nc-meal,\n09:00,,deactivated by hand,nc-meal,\n",
        "4: what: 1 row makes a code what it is already, active or not: deactivated 'nc-meal' at "
        "10:00",
    ),
    "an active code reactivated": (
        "10:00,,reactivated,nc-meal,\n11:00,,reactivated by hand,nc-meal,\n",
        "4: what: 2 rows make codes what they are already, active or not: reactivated 'nc-meal' at "
        "10:00, reactivated by hand 'nc-meal' at 11:00",
    ),
    "a transfer to where one is": (
        "10:00,ann,transferred,North Care,\n11:00,ann,transferred,North Tech,\n"
        "12:00,ann,transferred,North Tech,\n",
        "4: value: 2 rows transfer agents to the divisions that they are in: 'ann' to 'North Care' "
        "at 10:00, 'ann' to 'North Tech' at 12:00",
    ),
    "another code of the name": (
        "10:00,ann,picks,sc-meal,10:30\n11:00,ann,picks,sc-meal,11:30\n",
        "4: value: 2 rows pick codes that their agents' lists do not have, and take those of their "
        "names: 'nc-meal' for 'sc-meal' in 'North Care' (2 times)",
    ),
}


@pytest.mark.parametrize(("rows", "says"), TELLING.values(), ids=TELLING.keys())
def test_what_can_hardly_be_meant_is_one_notice(rows: str, says: str, healthy: Settings) -> None:
    """It counts the rows and names the first of them; nothing is refused for it."""
    assert told(rows, healthy) == [says]


USUAL = {
    "two statuses": "09:00,ann,wants,Meal,09:30\n09:00,bob,wants,Meal,09:30\n",
    "an empty list that nobody needs": "08:00,cyd,shift,Global,16:00\n09:00,cyd,reloads,,\n",
    "an empty list until a transfer": "08:00,cyd,shift,Global,16:00\n09:00,cyd,wants,Meal,09:30\n"
    "08:30,cyd,transferred,North Care,\n",
    "a code off and on": "10:00,,deactivated,nc-meal,\n11:00,,reactivated,nc-meal,\n",
    "there and back": "10:00,ann,transferred,North Tech,\n11:00,ann,transferred,North Care,\n",
    "a pick from the former list": "10:00,ann,transferred,North Tech,\n"
    "10:01,ann,picks,nc-meal,10:30\n",
    "a deactivated code": "10:00,,deactivated,nc-meal,\n11:00,ann,picks,nc-meal,11:30\n",
}


@pytest.mark.parametrize("rows", USUAL.values(), ids=USUAL.keys())
def test_a_usual_day_is_no_reason_for_a_notice(rows: str, healthy: Settings) -> None:
    """Each row is near to a doubt; notices without reason would teach people to skip them."""
    assert told(rows, healthy) == []


def test_the_pick_runs_as_what_is_said(healthy: Settings) -> None:
    """The notice names 'nc-meal' for 'sc-meal', and that is what is submitted."""
    text = HEAD + SHIFTS + "10:00,ann,picks,sc-meal,10:30\n"
    run = simkit.run(healthy, 1, workload=parse_trace(text, "day.csv", healthy))
    chosen = [r.data.code for r in run.log if r.kind == "submit"]
    assert [run.directory.codes[place].id for place in chosen] == ["nc-meal"]  # type: ignore[index]


def test_a_widget_of_one_list_has_that_one_everywhere(healthy: Settings) -> None:
    """Then a code of another division is not in it."""
    ids = healthy.organisation.division_ids
    fixed = healthy.replace(division_id=ids["South Care"])
    assert told("09:00,ann,picks,sc-meal,09:30\n", fixed) == []
    (said,) = told("09:00,ann,picks,nc-meal,09:30\n", fixed)
    assert "'sc-meal' for 'nc-meal' in 'North Care'" in said


@pytest.mark.parametrize("trap_id", ["T1", "E1"])
def test_lists_that_are_empty_for_all_are_said_of_the_settings_or_are_the_trap(
    trap_id: str,
) -> None:
    """Not of every day that they meet."""
    settings = simkit.traps[trap_id].settings
    assert told("09:00,ann,wants,Meal,09:30\n", settings) == []
    lists = settings.replace(division_id=settings.organisation.division_ids["North"])
    assert told("09:00,ann,wants,Meal,09:30\n", lists) == []


def test_what_is_written_is_not_doubted(healthy: Settings) -> None:
    """The notices are about files that people give; the kit reads its own text back in silence."""
    workload = parse_trace(
        HEAD + SHIFTS + TELLING["an empty list"][0], "day.csv", healthy, exact=True
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trace_text(workload, healthy)

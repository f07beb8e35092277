"""Agendas of workshops: their minutes add up, what they use exists, and bad ones are refused."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from simkit import BadInput
from simkit.base import resources
from simkit.study.catalogue import TRAP_IDS
from simkit.teaching.agendas import TRAP_MINUTES, Agenda, agenda_for, agendas, read_agenda

FOLDER = resources.directory("data") / "workshop" / "agendas"
NOTEBOOKS = resources.directory("notebooks")


def taught_min(notebook: str) -> int:
    """Give the minutes of a notebook, to teach and for the exercise, as it says itself."""
    [file] = NOTEBOOKS.glob(f"{notebook}*.ipynb")
    minutes = json.loads(file.read_text(encoding="utf-8"))["metadata"]["simkit"]["minutes"]
    return int(minutes["teach"]) + int(minutes["exercise"])


def test_there_are_three_formats_and_each_file_is_one() -> None:
    """90 minutes, half a day and a day, as long as they are called."""
    assert {name: each.minutes for name, each in agendas().items()} == {
        "90": 90,
        "half": 240,
        "day": 480,
    }
    assert {file.stem for file in FOLDER.iterdir()} == set(agendas())


def test_each_format_has_the_traps_that_it_promises() -> None:
    """Three without code in 90 minutes, five and the interval in half a day, in a day all of it."""
    short, half, day = agendas().values()
    assert short.traps == ("T3", "E4", "E3")
    assert {entry.lane for entry in short.entries} == {None, "play"}
    assert len(half.traps) == 5
    assert set(day.traps) == set(TRAP_IDS)
    used = [{name for entry in each.entries for name in entry.uses} for each in (half, day)]
    assert "I" in used[0]
    assert {"I", "C1"} <= used[1]


@pytest.mark.parametrize("name", ["90", "half", "day"])
def test_the_minutes_of_entries_add_up_and_follow_each_other(name: str) -> None:
    """Added by hand; each entry begins where the one before it ends, the last ends with it."""
    agenda = agendas()[name]
    assert sum(entry.minutes for entry in agenda.entries) == agenda.minutes
    begins = [at for at, _ in agenda.timed()]
    ends = [at + entry.minutes for at, entry in agenda.timed()]
    assert begins == [0, *ends[:-1]]
    assert ends[-1] == agenda.minutes


@pytest.mark.parametrize("name", ["half", "day"])
def test_work_takes_the_minutes_that_its_notebook_says(name: str) -> None:
    """What is worked or decided on with a notebook takes its minutes to teach and to exercise."""
    for entry in agendas()[name].entries:
        named = [each for each in entry.uses if each not in ("I", "C1", "C2")]
        if entry.lane in ("work", "decide") and named:
            assert entry.minutes == sum(map(taught_min, named)), entry.title


def test_a_trap_takes_on_each_lane_what_is_said_of_it() -> None:
    """On the lane of notebooks that is what each notebook of a trap takes."""
    assert TRAP_MINUTES["play"] == 10
    assert {taught_min(f"{trap}-") for trap in TRAP_IDS} == {TRAP_MINUTES["work"]}


def test_nobody_sits_for_longer_than_100_minutes_without_a_break() -> None:
    """Stretches between breaks, of each agenda."""
    for agenda in agendas().values():
        sat = 0
        for entry in agenda.entries:
            sat = 0 if entry.pause else sat + entry.minutes
            assert sat <= 100, (agenda.id, entry.title)


REFUSED = {
    "a minute more": ("minutes: 90", "minutes: 91", "found 91; its entries add up to 90 min"),
    "a minute less": ("    minutes: 5\n", "    minutes: 4\n", "entries add up to 89 min"),
    "no such trap": ("uses: [E4]", "uses: [E5]", "there is no 'E5'; allowed: 'T1', 'T2'"),
    "no such notebook": ("uses: [E4]", "uses: [13-interval]", "there is no '13-interval'"),
    "no such exercise": ("uses: [E4]", "uses: [E4.x]", "there is no 'E4.x'"),
    "no such lane": ("lane: play", "lane: plays", "found 'plays'; allowed: one of 'play'"),
    "too short for its lane": (
        "minutes: 10\n    lane: play",
        "minutes: 9\n    lane: play",
        "found 9; what it uses takes 10 min on this lane",
    ),
    "nothing to do": ("    people: Ask.\n", "", "only a break leaves it out"),
    "a break with a lane": ("lane: play", "pause: true\n    lane: play", "a break has no lane"),
    "an unknown key": ("lane: play", "lanes: play", "unknown key 'lanes'; did you mean 'lane'?"),
    "minutes in words": ("minutes: 90", "minutes: ninety", "allowed: whole number from 1 to 600"),
    "another name": ('id: "90"', 'id: "91"', "found '91'; allowed: '90', as the file is called"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_agenda_that_cannot_be_held_is_refused_when_it_is_read(
    case: str, tmp_path: Path
) -> None:
    """In one line with file, line and field, whatever the mistake is."""
    old, new, why = REFUSED[case]
    text = (FOLDER / "90.yaml").read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "90.yaml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadInput) as refused:
        read_agenda(file)
    said = str(refused.value)
    assert why in said
    assert re.match(re.escape(str(file)) + r":\d+:\d+: (id|minutes|entries)", said)
    assert "\n" not in said


def test_an_exercise_of_a_trap_may_be_named(tmp_path: Path) -> None:
    """E4.2 is the second exercise of E4, and takes no minutes of the trap as a whole."""
    text = (FOLDER / "90.yaml").read_text(encoding="utf-8")
    file = tmp_path / "90.yaml"
    file.write_text(text.replace("uses: [E4]", "uses: [E4.2]", 1), encoding="utf-8")
    assert read_agenda(file).entries[4].uses == ("E4.2",)


@pytest.mark.parametrize(
    ("wanted", "found"), [("90", "90"), ("half", "half"), ("HALF ", "half"), ("480", "day")]
)
def test_an_agenda_is_found_by_its_name_or_its_minutes(wanted: str, found: str) -> None:
    """In any case of letters."""
    agenda = agenda_for(wanted)
    assert isinstance(agenda, Agenda)
    assert agenda.id == found

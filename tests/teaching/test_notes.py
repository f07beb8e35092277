"""A trainer's notes: every number in them is measured, every wrong guess of a story is met."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

import simkit
from simkit import BadInput
from simkit.base import resources
from simkit.rules.sections import WidgetSettings
from simkit.study.catalogue import TRAP_IDS
from simkit.study.stories import story_of
from simkit.teaching.agendas import agendas
from simkit.teaching.notes import Notes, notes_on, read_notes

FOLDER = resources.directory("data") / "workshop" / "notes"
COUNTS = re.compile(
    r"\b(?:three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|sixty|"
    r"half|third|quarter|twice|double)\b",
    re.IGNORECASE,
)


def e4() -> Any:
    return simkit.traps["E4"]


def e2() -> Any:
    return simkit.traps["E2"]


SETTINGS_OF_T2 = get_args(WidgetSettings.model_fields["division_reread"].annotation)

TRUE: dict[str, Callable[[], bool]] = {
    "one of six": lambda: six_explanations(),
    "the six": lambda: six_explanations(),
    "six explanations": lambda: six_explanations(),
    "by six causes": lambda: six_explanations(),
    "half an hour old": lambda: (
        e4().settings.widget.dataset_life_polls * e4().settings.interval_ms == 1_800_000
    ),
    "the guide's half hour": lambda: TRUE["half an hour old"](),
    "a poll of half a minute": lambda: e4().settings.interval_ms == 30_000,
    "polls twice as often": lambda: 2 * e4().fixed("E4a").interval_ms == e4().settings.interval_ms,
    "three fixes": lambda: len(e4().fixes) == 3,
    "as a third": lambda: len(SETTINGS_OF_T2) == 3,
    "four parts": lambda: len(e2().entry.ingredients) == 4,
    "three parts of four": lambda: len(e2().entry.ingredients) == 4,
    "Three of the four": lambda: len(e2().entry.ingredients) == 4,
    "three teams": lambda: len({each.field.split(".")[0] for each in e2().diff("E2a")}) == 3,
    "four remedies": lambda: len(simkit.traps["E3"].fixes) == 4,
    "Three desks": lambda: len(agendas()["90"].traps) == 3,
    "five traps": lambda: len(agendas()["half"].traps) == 5,
    "all seven traps": lambda: len(TRAP_IDS) == 7,
    "Half a day": lambda: True,  # the name of a format
    "twos or threes": lambda: True,  # people at a table
}
"""Phrases of notes and agendas with a number in words, and what makes each of them true."""


def six_explanations() -> bool:
    """The last mechanism of E4 is the plain case, and explains nothing."""
    return len(e4().entry.mechanisms) - 1 == 6


def texts(part: Any) -> Iterator[str]:
    """Give every text of a model."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, tuple):
        for one in part:
            yield from texts(one)
    elif hasattr(type(part), "model_fields"):
        for name in type(part).model_fields:
            yield from texts(getattr(part, name))


def test_there_are_notes_on_each_trap() -> None:
    """One file for each, under its name; in none of them is a place left that nothing fills."""
    assert {file.stem for file in FOLDER.iterdir()} == set(TRAP_IDS)
    for trap in TRAP_IDS:
        notes = notes_on(trap)
        assert isinstance(notes, Notes)
        assert notes.trap == trap
        assert not [text for text in texts(notes) if re.search(r"[{}]", text)]


def test_numbers_in_words_are_true() -> None:
    """Of notes and agendas; each such phrase is worked out anew from settings and catalogue."""
    found = [text for trap in TRAP_IDS for text in texts(notes_on(trap))]
    found += [text for each in agendas().values() for text in texts(each) if text != each.id]
    left = "\n".join(found)
    for phrase in TRUE:
        assert phrase in left, "a phrase that stands nowhere needs no proof"
        left = left.replace(phrase, "")
    assert [line for line in left.splitlines() if COUNTS.search(line)] == []
    assert [phrase for phrase, holds in TRUE.items() if not holds()] == []


def test_what_is_filled_in_is_what_a_study_measures() -> None:
    """E2's and T3's notes, by ten replications run here and rounded by hand."""
    e2_min = simkit.compare("E2", replications=10).estimate.mean
    assert f"{e2_min:.0f} min a day" in " ".join(texts(notes_on("E2")))
    result = simkit.compare("T3", replications=10)
    assert f"every choice fails, {result.estimate.mean:.0f} per run" in " ".join(
        texts(notes_on("T3"))
    )


def test_settings_are_filled_in_with_their_units() -> None:
    """30,000 ms are told as 30 s, sixty polls as a plain number."""
    said = " ".join(notes_on("E4").say)
    assert "every 30 s" in said
    assert "for 60 polls" in said


@pytest.mark.parametrize("trap", TRAP_IDS)
def test_every_wrong_option_of_the_story_is_met_in_the_notes(trap: str) -> None:
    """A trainer knows what each wrong guess reveals, in the words in which people see it."""
    story = story_of(trap)
    assert story is not None
    expected = {
        option
        for step in story.steps
        if step.question and step.question.right
        for option in step.question.options
        if option != step.question.right
    }
    guessed = [each.guess for each in notes_on(trap).guesses]
    for option in expected:
        words = ".+".join(map(re.escape, re.split(r"\{\w+\}", option)))
        assert any(re.fullmatch(words, guess) for guess in guessed), option


REFUSED = {
    "an unknown place": ("{E4a}", "{E4x}", "nothing fills '{E4x}' here; did you mean 'E4"),
    "a place left open": ("{E4a}", "{}", "nothing fills '{}' here"),
    "a fix of another trap": ("{E4a}", "{T2a}", "nothing fills '{T2a}' here"),
    "a number typed in": ("{E4b}", "15 s", "found the number 15; name what fills it"),
    "an unknown trap": ("trap: E4", "trap: E9", "unknown trap 'E9'"),
    "an unknown key": ("predict:", "predicts:", "unknown key 'predicts'; did you mean 'predict'?"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_notes_that_cannot_be_filled_are_refused_when_they_are_read(
    case: str, tmp_path: Path
) -> None:
    """In one line with file, line and field."""
    old, new, why = REFUSED[case]
    text = (FOLDER / "E4.yaml").read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "E4.yaml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadInput) as refused:
        read_notes(file)
    said = str(refused.value)
    assert why in said
    assert re.match(re.escape(str(file)) + r":\d+:\d+: \w", said)
    assert "\n" not in said

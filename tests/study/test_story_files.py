"""Files of stories, read and refused, and how their texts are filled."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from pathlib import Path

import pytest

import simkit
from simkit import BadInput
from simkit.base import resources
from simkit.base.clock import Calendar
from simkit.inputs.profiles import GUIDE, of_the_kit
from simkit.study.catalogue import TRAP_IDS, Trap
from simkit.study.stories import story_of
from simkit.study.story_file import read_story
from simkit.study.story_scene import Duration, LocalTime, Value
from simkit.study.story_words import Part, filled, plain

DATA = resources.directory("data")


def test_there_is_a_story_of_each_trap() -> None:
    """One file for each, under its name; it is read once."""
    files = {file.stem for file in (DATA / "stories").glob("*.yaml")}
    assert files == {*TRAP_IDS}
    for trap_id in TRAP_IDS:
        assert story_of(trap_id).trap == trap_id
        assert story_of(trap_id) is story_of(trap_id)
        assert story_of(simkit.traps[trap_id]) is story_of(trap_id)
    with pytest.raises(BadInput, match="unknown trap 'T9'"):
        story_of("T9")


def test_there_is_a_story_of_each_trap_of_a_profile_that_shows() -> None:
    """In a folder of its name; of a trap that vanishes, and of other platforms, there is none."""
    for name in of_the_kit():
        if name != GUIDE:
            catalogue = simkit.traps_of(name)
            shows = {each.id for each in catalogue.values() if relation(each) != "vanishes"}
            assert {file.stem for file in (DATA / "stories" / name).iterdir()} == shows
            for trap_id, trap in catalogue.items():
                story = story_of(trap)
                assert (story is not None) == (trap_id in shows)
                assert story is None or (story.profile, story.trap) == (name, trap_id)


def relation(trap: Trap) -> str:
    assert trap.on_platform is not None
    return trap.on_platform.relation


REFUSED = {
    "moment: choice_is_refused": ("moment: choice_refused", "did you mean 'choice_is_refused'?"),
    "lit: [everyone]": ("lit: [everybody]", "found 'everybody'; allowed: one of 'desk', 'list'"),
    "{span} the desk": ("{spam} the desk", "nothing fills 'spam' here; known are agent, agents"),
    "{false_successes:time}": ("{false_success}", "nothing fills 'false_success' here"),
    "For {span}": ("For {span:hour}", "'span' is no count and takes no noun"),
    "wants to leave": ("{reason} leave {", "write braces as {name} or {name:noun}"),
    "says: done.**": ("says: done.", "** has no other half"),
    "fix: T3a": ("fix: T3b", "T3 has no fix 'T3b'; did you mean 'T3a'?"),
    "right: Done": ("right: Don", "no option is 'Don'; did you mean 'Done'?"),
    "right: Everybody": ("value: span", "give either options or the value of a number"),
    "options: [Done, An error, Nothing]": ("options: [Done]", "one option is no choice"),
    "ask: What will": ("unit: s\n      ask: What will", "a unit belongs to a number"),
    "    fix: T3a\n": ("", "this moment is one of a fix's run: name the fix"),
    "lit: [message, status, switch]": ("lit: [message]", "the last step shows a fix, lights"),
    "trap: T3": ("trap: T4", "unknown trap 'T4'"),
    "trap: T3\n": ("trap: T3\nprofile: gensys\n", "unknown profile 'gensys'; did you mean"),
    "lit: [message, said]": ("lit: [message]\n    lights: x", "unknown key 'lights'"),
    "    lit: [page, message]\n": ("    lit: []\n", "allowed: list of at least 1 entries"),
    "steps:\n": (
        "steps:\n" + 2 * "  - {says: A, moment: day_ends, lit: [desk]}\n",
        "allowed: list of 5 to 7 entries",
    ),
}


@pytest.mark.parametrize("old", REFUSED)
def test_a_story_that_cannot_be_told_is_refused_when_it_is_read(old: str, tmp_path: Path) -> None:
    """In one line with file, line and field; what is known is said, or what may be meant."""
    new, why = REFUSED[old]
    text = (DATA / "stories" / "T3.yaml").read_text(encoding="utf-8")
    assert text.count(old) >= 1
    file = tmp_path / "T3.yaml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadInput) as refused:
        read_story(file)
    said = str(refused.value)
    assert why in said
    assert re.match(re.escape(str(file)) + r":\d+:\d+: (steps|trap|profile)", said)
    assert "\n" not in said


def test_the_place_of_what_is_refused_is_that_in_the_file(tmp_path: Path) -> None:
    """Line and column of the key, and its path in the file."""
    text = (DATA / "stories" / "T3.yaml").read_text(encoding="utf-8")
    file = tmp_path / "T3.yaml"
    file.write_text(text.replace("moment: day_ends", "moment: day_end"), encoding="utf-8")
    line = text[: text.index("moment: day_ends")].count("\n") + 1
    with pytest.raises(BadInput, match=rf":{line}:5: steps\.4\.moment: unknown moment 'day_end'"):
        read_story(file)


def test_five_steps_are_told_in_any_case(tmp_path: Path) -> None:
    """Of six steps one may be left out; here two may."""
    text = (DATA / "stories" / "T3.yaml").read_text(encoding="utf-8")
    file = tmp_path / "T3.yaml"
    for lit in ("    lit: [page, message]\n", "    lit: [everyone]\n"):
        text = text.replace(lit, f"{lit}    optional: true\n")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match="steps: fewer than 5 steps are told in any case"):
        read_story(file)


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("{ask: How long?, unit: min, value: reason}", "'reason' is no number"),
        ("{ask: How long?, unit: hours, value: span}", "'hours' is no unit of time"),
        ("{ask: How long?, unit: min, value: spam}", "nothing fills 'spam' here"),
    ],
)
def test_a_number_that_cannot_be_asked_for_is_refused(
    question: str, why: str, tmp_path: Path
) -> None:
    """Its value has to be a count, or a span in a unit of time."""
    text = (DATA / "stories" / "T3.yaml").read_text(encoding="utf-8")
    file, old = tmp_path / "T3.yaml", "lit: [desk, status, timeline]\n"
    file.write_text(text.replace(old, f"{old}    question: {question}\n"), encoding="utf-8")
    with pytest.raises(BadInput, match=re.escape(why)):
        read_story(file)


def words(text: str, **values: Value) -> str:
    calendar = Calendar(datetime(2026, 3, 2, tzinfo=UTC).date(), "UTC", time(8))
    return plain(filled(text, values, calendar))


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        (0, 60_000, "08:00, 08:01"),
        (0, 59_000, "08:00:00, 08:00:59"),
        (59_000, 60_000, "08:00, 08:01"),
        (1_000, 1_500, "08:00:01.000, 08:00:01.500"),
        (1_000, 1_000, "08:00, 08:00"),
    ],
)
def test_times_of_a_sentence_are_written_as_short_as_tells_them_apart(
    a: int, b: int, said: str
) -> None:
    """To the minute, and those that share it to the second."""
    assert words("{a}, {b}", a=LocalTime(a), b=LocalTime(b)) == said


def test_values_are_written_as_people_read_them() -> None:
    """Counts with their noun and with commas, spans in two units."""
    assert words("{n:answer}", n=1) == "1 answer"
    assert words("{n:answer} in {d}", n=1234, d=Duration(937_000)) == "1,234 answers in 15 min 37 s"


def test_names_are_never_read_as_marks() -> None:
    """A code may be called as a place to be filled is written, or with asterisks."""
    name = "**{agent}** {"
    assert words("{agent} picks “{code}”.", agent="ann", code=name) == f"ann picks “{name}”."
    parts = filled("**{code}**!", {"code": name}, Calendar.__new__(Calendar))
    assert parts == (Part(name, True), Part("!", False))

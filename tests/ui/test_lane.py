"""The play lane as files: whole, small, of nowhere else, and equal to what the labs tell."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from commands import Answer

from simkit.base.errors import BadInput
from simkit.study.catalogue import TRAP_IDS
from simkit.ui.lab.lab import Lab
from simkit.ui.lab.told import LabTold
from simkit.ui.workshop import lane
from simkit.ui.workshop.lane_told import UNSEEN, UNSEEN_CHOICES
from simkit.ui.workshop.questions import questions_of

pytestmark = pytest.mark.slow  # the whole lane is built

ROOT = Path(__file__).resolve().parents[2]
MOST_BYTES = 5_000_000
NO_KERNEL = {*UNSEEN, "told_only", "answered"}
"""What a page without a kernel is told otherwise."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lane of all traps."""
    out = tmp_path_factory.mktemp("lane")
    assert sorted(lane.write_lane(out)) == sorted(out.iterdir())
    return out


def told_in(folder: Path, trap: str) -> Any:
    """Give what a page is told, as its script assigns it."""
    text = (folder / f"{trap}.told.js").read_text(encoding="utf-8")
    assert text.startswith("globalThis.simkitLane = ")
    return json.loads(text.removeprefix("globalThis.simkitLane = ").rstrip().removesuffix(";"))


@pytest.mark.thorough
def test_the_lane_has_a_page_for_each_trap_and_is_small(folder: Path) -> None:
    """One script and one style for all pages, and under 5 MB in all."""
    names = {file.name for file in folder.iterdir()}
    own = {f"{trap}{ending}" for trap in TRAP_IDS for ending in (".html", ".told.js")}
    assert names == own | {"index.html", "lane.js", "lane.css", "questions.json"}
    assert sum(file.stat().st_size for file in folder.iterdir()) < MOST_BYTES


@pytest.mark.thorough
def test_the_list_leads_to_each_trap_and_each_on_to_the_next(folder: Path) -> None:
    """With what the agent says, and the page of the last one leads back."""
    index = (folder / "index.html").read_text(encoding="utf-8")
    assert re.findall(r'href="(\w+)\.html"', index) == list(TRAP_IDS)
    assert "I went on break, it said success. Calls kept coming in." in index
    for trap, after in pairwise(TRAP_IDS):
        page = (folder / f"{trap}.html").read_text(encoding="utf-8")
        assert f'<a href="{after}.html">' in page
        assert f"simkit lab --app --trap {trap}" in page


def test_nothing_comes_from_elsewhere_or_tells_of_this_machine(folder: Path) -> None:
    """No host is named but that of SVG's own name, and no path but those within the folder."""
    here = {str(ROOT), str(Path.home()), str(folder)}
    for file in folder.iterdir():
        text = file.read_text(encoding="utf-8")
        assert {*re.findall(r"\b(?:https?|wss?):?//[\w.]*", text)} <= {"http://www.w3.org"}, (
            file.name
        )
        assert not [path for path in here if len(path) > 1 and path in text], file.name
        assert not re.search(r'(?:src|href)="(?!data:,)[^"]*[:/]', text), file.name


@pytest.mark.parametrize("page", ["index", *TRAP_IDS])
def test_a_page_allows_scripts_of_its_own_files_only(page: str, folder: Path) -> None:
    """None stands in the page itself, and the policy says so before anything is loaded."""
    text = (folder / f"{page}.html").read_text(encoding="utf-8")
    policy = text.index("Content-Security-Policy")
    assert policy < min(text.index("<script"), text.index("<link"))
    assert "script-src &#x27;self&#x27;;" in text
    assert all(script.endswith("></script>") for script in re.findall(r"<script.*", text))
    for name in re.findall(r'(?:src|href)="([\w.]+)"', text):
        assert (folder / name).is_file()


@pytest.mark.parametrize("trap", ["T2", "E1", "E4"])
@pytest.mark.some(1)
def test_what_is_told_is_what_the_lab_tells(
    trap: str, folder: Path, lab: Callable[..., Lab]
) -> None:
    """At first, at each step and with each fix: every trait that the page shows is equal."""
    told, own = told_in(folder, trap), lab(trap)
    own.agent = own.story["agent"]
    names = LabTold.__annotations__.keys() - NO_KERNEL
    assert told["first"].keys() == LabTold.__annotations__.keys()

    def as_told(*commands: str) -> dict[str, Any]:
        places = dict(told["first"])
        for command in commands:
            places |= told["answers"][command]
        return {name: told["pool"][places[name]] for name in names}

    def as_it_is() -> dict[str, Any]:
        own.choose("measure")
        choices = {**own.choices, **UNSEEN_CHOICES}
        return {name: getattr(own, name) for name in names} | {"choices": choices}

    assert as_told() == as_it_is()
    walk = []
    steps = range(len(own.story["steps"]))
    for command, value in [
        *(("step", step) for step in steps),
        *(("preset", entry["value"]) for entry in own.choices["switch"]),
    ]:
        own.choose(command, value)
        walk.append(f"{command} {value}")
        assert as_told(*walk) == as_it_is()
    assert told["answers"].keys() == {*walk}


def test_no_command_of_the_story_is_left_unanswered(folder: Path) -> None:
    """What a step shows is in the switch, so that one comes back from everywhere."""
    for trap in TRAP_IDS:
        told = told_in(folder, trap)
        steps = told["pool"][told["first"]["story"]]["steps"]
        assert len(steps) >= 5
        assert {f"preset {step['preset']}" for step in steps} <= told["answers"].keys()
        assert told["pool"][told["first"]["told_only"]] is True


def test_the_questions_are_those_of_the_stories(folder: Path) -> None:
    """Whoever draws a room's guesses finds each, with its true answer."""
    asked = questions_of((folder / "questions.json").read_bytes())
    assert {question.trap for question in asked} == {*TRAP_IDS}
    waited = next(question for question in asked if question.trap == "E4")
    told = told_in(folder, "E4")
    step = told["pool"][told["first"]["story"]]["steps"][waited.step]
    assert (step["question"]["ask"], step["question"]["value"]) == (waited.ask, waited.value)


@pytest.mark.parametrize("traps", [["E9"], [], ["../E4"], ["e4"]])
def test_a_trap_that_there_is_not_is_refused(traps: list[str], tmp_path: Path) -> None:
    """In one line that names those there are, and no folder is made."""
    with pytest.raises(BadInput, match="T1, T2, T3, E1, E2, E3, E4"):
        lane.write_lane(tmp_path / "out", traps)
    assert not (tmp_path / "out").exists()


def test_the_command_writes_it_and_says_where_it_cannot(
    simkit: Callable[..., Answer], tmp_path: Path
) -> None:
    """A trap's id is taken in small letters; a file in the folder's place is said in one line."""
    answer = simkit("workshop", "lane", tmp_path / "pages", "t3")
    assert answer.code == 0
    assert "index.html" in answer.out
    assert {file.name for file in (tmp_path / "pages").glob("T*")} == {"T3.html", "T3.told.js"}
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    answer = simkit("workshop", "lane", tmp_path / "taken", "T3")
    assert (answer.code, answer.err.count("\n")) == (2, 1)
    assert "taken" in answer.err

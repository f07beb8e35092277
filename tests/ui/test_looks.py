"""How a lab looks, without a browser: colours and sizes have names, and fields have words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

import simkit
from simkit.rules.sections import PATHS
from simkit.runs.events import MOVES, CodeEdited, StatusWritten
from simkit.ui.lab import controls, field_words
from simkit.ui.lab.agent_view_model import LANE_WORDS
from simkit.ui.lab.told import Lane

UI = Path(simkit.__file__).parent / "ui"
SHEETS = [UI / "lab/lab.css", UI / "stage/stage.css", UI / "architect/architect.css"]
SHEETS += [UI / "charts/chart.css"]
SCRIPTS = [f for room in ("lab", "stage", "architect") for f in (UI / room).glob("*.js")]


@pytest.mark.parametrize("file", [*SHEETS, *SCRIPTS], ids=lambda f: f.name)
def test_every_colour_is_a_token(file: Path) -> None:
    """Colours are written once, in the tokens, with their light and their dark value."""
    text = file.read_text(encoding="utf-8")
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[;\s,\"')])|\brgba?\(", text) == []


@pytest.mark.parametrize("file", SHEETS, ids=lambda f: f.name)
def test_every_size_of_type_is_a_token(file: Path) -> None:
    """There is one scale of type, and no sheet has a size of its own."""
    assert re.findall(r"font(?:-size)?:\s*[\d.]+\w*", file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("file", SHEETS, ids=lambda f: f.name)
def test_every_token_that_is_used_is_there(file: Path) -> None:
    """No variable is misspelt: it would leave the browser's default in its place."""
    tokens = (UI / "frontend/tokens.css").read_text(encoding="utf-8")
    used = set(re.findall(r"var\((--[\w-]+)", file.read_text(encoding="utf-8")))
    assert used <= set(re.findall(r"(--[\w-]+):", tokens))


def test_every_field_has_a_label_in_words() -> None:
    """Each field of the settings, and no other; no two alike, none with a name of code in it."""
    assert set(field_words.LABELS) == set(PATHS.values())
    labels = list(field_words.LABELS.values())
    assert len(set(labels)) == len(labels)
    assert [words for words in labels if "_" in words or "." in words] == []


def test_every_option_that_is_code_has_words() -> None:
    """A list of choices is read, so no entry of it is an identifier."""
    for path in PATHS.values():
        control = controls.control(path)
        if control.kind in ("choice", "text"):
            words = [field_words.option_words(path, option) for option in control.options]
            assert len(set(words)) == len(words), path
            assert not [w for w in words if "_" in w or "{" in w], path
    for path, words_of in field_words.OPTIONS.items():
        assert set(words_of) == set(controls.control(path).options), path


@pytest.mark.parametrize(
    ("path", "old", "new", "words"),
    [
        ("widget.dataset_life_polls", 1, 60, "The list is kept for: 1 poll → 60 polls"),
        ("widget.refresh_interval_ms", 30_000, None, "Time between two polls: 30 s → none"),
        ("workload.reload_probability", 0.0, 0.7, ": 0 % → 70 %"),
        ("widget.version_parameter", False, True, ": no → yes"),
        ("application.scopes", ("a", "b"), ("b",), "What its tokens may do: not a"),
        ("application.scopes", ("b",), ("a", "b"), "What its tokens may do: also a"),
        ("routing.sweep_interval_ms", 0, 900_000, ": none → 15 min"),
    ],
)
def test_a_change_is_said_as_people_say_it(path: str, old: object, new: object, words: str) -> None:
    """Units, shares, yes and no; of a list only what is taken away and what comes."""
    assert field_words.change_words(path, old, new).endswith(words)


@pytest.mark.parametrize("trap_id", simkit.traps)
def test_the_lesson_is_in_words_and_names_the_field_beside_them(trap_id: str) -> None:
    """Each line of what is changed begins with the field's label, and holds its dotted name."""
    lab = simkit.lab(trap_id)
    changes = [line for line in lab.choices["lesson"] if line["kind"] == "diff"]
    assert changes
    for line in changes:
        assert line["words"].startswith(f"{field_words.LABELS[line['field']]}: ")
        assert line["field"] not in line["words"]
    lab.close()


@pytest.mark.parametrize("trap_id", ["T2", "E3", "E4"])
def test_a_mark_stands_in_the_lane_of_whoever_acts(trap_id: str) -> None:
    """Edits and transfers are the administrator's, what overwrites is its writer's."""
    assert set(LANE_WORDS) == set(get_args(Lane))
    lab = simkit.lab(trap_id)
    lines = lab.sides["sides"][0]["records"]
    run, agent = lab.state.view.run, lab.state.agent
    kinds = {record.t: record.data for record in run.records(agent)}
    lanes = {(line["mark"], line["lane"]) for line in lines if line["mark"]}
    assert {lane for mark, lane in lanes if mark in ("edit", "transfer")} <= {"admin"}
    assert {lane for mark, lane in lanes if mark in ("list", "page", "renewal", "tab")} <= {"page"}
    assert {lane for mark, lane in lanes if mark in ("accepted", "lost", "refused")} <= {"agent"}
    for line in lines:
        event = kinds.get(line["t"])
        if line["mark"] == "override" and isinstance(event, StatusWritten):
            assert line["lane"] == event.writer
        if isinstance(event, (CodeEdited, *MOVES)) and line["mark"] == "transfer":
            assert line["lane"] == "admin"
    expected = {"T2": "admin", "E3": "wfm", "E4": "admin"}[trap_id]
    assert expected in {lane for _, lane in lanes}
    lab.close()

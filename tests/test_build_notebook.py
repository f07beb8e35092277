"""The notebook on building one's own lab, driven as a reader does it: by the values of widgets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import escape
from typing import Any

import ipywidgets
import pytest

from simkit.base import resources
from simkit.study.catalogue import TRAP_IDS
from simkit.ui.lab.core_desk import CoreDesk

pytestmark = pytest.mark.slow  # a notebook is run

MOST_LINES = 8
Names = dict[str, Any]


def sources() -> dict[str, str]:
    """Give the source of each code cell by its id, without the part that all ids share."""
    path = resources.directory("notebooks") / "14-build-your-own-lab.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return {
        cell["id"].removeprefix("14-"): "".join(cell["source"])
        for cell in cells
        if cell["cell_type"] == "code"
    }


class Notebook:
    """The cells in one namespace, as a kernel runs them, and what each left behind."""

    def __init__(self, **changed: str) -> None:
        self.names: Names = {"__name__": "notebook"}
        self.after: dict[str, Names] = {}
        for cell, source in (sources() | changed).items():
            exec(compile(source, cell, "exec"), self.names)
            self.after[cell] = dict(self.names)

    def __getitem__(self, name: str) -> Any:
        return self.names[name]


@pytest.fixture(scope="module")
def notebook() -> Iterator[Notebook]:
    """The notebook, run once; its widgets are closed when the tests are over."""
    before = set(ipywidgets.widgets.widget._instances)
    yield Notebook()
    for each in set(ipywidgets.widgets.widget._instances) - before:
        if widget := ipywidgets.widgets.widget._instances.get(each):
            widget.close()


def told(notebook: Notebook, cell: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Give what a cell's dropdown and platform say of themselves now, line by line."""
    names = notebook.after[cell]
    names["show"](names["dropdown"], names["platform"])
    return capsys.readouterr().out.splitlines()


# Seven broken dropdowns.


@pytest.mark.parametrize("trap_id", TRAP_IDS)
def test_each_trap_is_a_few_lines_around_a_bare_dropdown(trap_id: str, notebook: Notebook) -> None:
    """Whoever reads a cell sees the whole trap in it, and a plain Dropdown comes out."""
    lines = [line for line in sources()[trap_id].splitlines() if line.strip()]
    assert len(lines) <= MOST_LINES
    assert type(notebook.after[trap_id]["dropdown"]) is ipywidgets.Dropdown


def test_without_a_trap_desk_and_truth_agree(
    notebook: Notebook, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same dropdown on a sound platform: what is chosen is set, each time."""
    names = notebook.after["healthy"]
    for reason in ("Coaching", "Meal"):
        names["dropdown"].value = reason
        assert told(notebook, "healthy", capsys) == [
            f"desk:  it lists Meal, Coaching; status {reason}",
            f"truth: Meal, Coaching may be used; status {reason}",
        ]


@pytest.mark.parametrize(
    ("trap_id", "desk", "truth"),
    [
        ("T1", "it lists nothing; status Available", "Meal, Coaching"),
        ("T2", "it lists Meal, Coaching; status Meal", "Repair"),
        ("T3", "it lists Meal, Coaching; status Meal", "Meal, Coaching"),
        ("E1", "it lists Coaching; status Available", "Meal, Coaching"),
        ("E2", "it does not respond; status Available", "Meal, Coaching"),
        ("E3", "it lists Meal, Coaching; status Meal", "Meal, Coaching"),
        ("E4", "it lists Meal, Coaching; status Meal", "Coaching"),
    ],
)
def test_each_dropdown_misleads_as_its_trap_does(
    notebook: Notebook, capsys: pytest.CaptureFixture[str], trap_id: str, desk: str, truth: str
) -> None:
    """Empty, the wrong division, false success, not inherited, dead, overwritten, outlived."""
    assert told(notebook, trap_id, capsys) == [
        f"desk:  {desk}",
        f"truth: {truth} may be used; status Available",
    ]


@pytest.mark.parametrize(("trap_id", "set_"), [("T2", False), ("T3", False), ("E3", True)])
def test_a_further_choice_goes_to_the_platform_of_its_own_cell(
    notebook: Notebook, trap_id: str, set_: bool
) -> None:
    """A reader who goes back to an earlier dropdown acts on its platform and on no later one.

    Where choices are refused they stay refused; E3's platform takes them, until the next sweep.
    """
    names = notebook.after[trap_id]
    last = notebook["platform"].status
    names["dropdown"].value = "Coaching"
    assert (names["platform"].status == "Coaching") == set_
    assert notebook["platform"].status == last
    names["dropdown"].value = "Meal"
    names["platform"].status = "Available"


def test_the_right_way_says_what_the_platform_answered(notebook: Notebook) -> None:
    """The label follows the reply, refused or not."""
    names = notebook.after["right-2"]
    names["platform"].may_write = True
    names["dropdown"].value = "Coaching"
    assert names["said"].value == "Status set"
    names["platform"].may_write = False
    names["dropdown"].value = "Meal"
    assert (names["said"].value, names["platform"].status) == ("Refused with 403", "Coaching")


# A dropdown that a day drives.


def test_the_slider_drives_the_desk_and_a_choice_is_answered(
    notebook: Notebook, capsys: pytest.CaptureFixture[str]
) -> None:
    """At each stop the list is that of the run, the observer tells of it, and the button acts."""
    desk, slider = notebook["desk"], notebook.after["link-4"]["slider"]
    assert type(desk) is CoreDesk
    for label, there in (("08:40", True), ("09:10", False), ("08:50", True)):
        slider.label = label
        names = dict(desk.dropdown.options)
        assert ("Short Break" in names) == there
        assert ("is not listed" in capsys.readouterr().out) == (not there)
        desk.dropdown.label = "Meal"
        desk.button.click()
        assert desk.text.startswith("Status set: Meal. (The platform set it")
    desk.dropdown.label = "Short Break"
    desk.button.click()
    assert "403" in desk.text
    desk.at = "08:30"
    assert slider.label == "08:30", "the slider follows the desk"


# A lab by its traits.


def test_a_dropdown_of_ones_own_and_the_lab_follow_each_other(notebook: Notebook) -> None:
    """Each entry can be taken, and what the lab is given elsewhere shows in the dropdown."""
    names = notebook
    lab, fixes = names["lab"], names["fixes"]
    for _, preset in fixes.options:
        fixes.value = preset
        assert (lab.preset, lab.controls.preset.value) == (preset, preset)
    for preset in ("trap", "E4b"):
        lab.preset = preset
        assert fixes.value == preset


def test_the_controls_that_interactive_made_ask_the_lab(notebook: Notebook) -> None:
    """Every pair of entries gives the sentence of that agent with that fix."""
    names = notebook
    shown, agents = names["asked"].children[:2]
    found = set()
    for preset in shown.options:
        for agent in agents.options:
            shown.value, agents.value = preset, agent
            assert (names["lab"].preset, names["lab"].agent) == (preset, agent)
            assert names["asked"].result == names["lab"].finding
            found.add(names["lab"].finding)
    assert len(found) > len(agents.options)


def test_the_slider_of_the_browser_stays_within_the_shift(notebook: Notebook) -> None:
    """The browser sets the moment to what the slider holds: both ends can be had."""
    names = notebook
    lab, clock = names["lab"], names["clock"]
    for t in (clock.min, clock.max):
        lab.set_state({"moment": t})
        assert (lab.moment, lab.error) == (t, "")


# A page of one's own.


def test_each_control_of_the_page_is_answered_by_the_sentence(notebook: Notebook) -> None:
    """Trap, fix, agent and moment: the page says what the lab says, as text within HTML."""
    lab, sentence = notebook["mine"], notebook["sentence"]
    controls, said = lab.controls, []

    def hear() -> None:
        assert sentence.value == escape(lab.finding)
        said.append(sentence.value)

    for trap in ("E3", "T2"):
        controls.trap.value = trap
        assert (lab.trap, lab.preset) == (trap, "trap")
        hear()
    controls.preset.value = "T2a-request"
    hear()
    controls.preset.value = "trap"
    controls.agent.index = 1
    assert lab.agent == controls.agent.options[1][1]
    hear()
    controls.moment.index = len(controls.moment.options) - 1
    assert lab.moment == controls.moment.value == lab.state.shift[1]
    hear()
    assert len(set(said)) >= len(said) - 1


def test_the_pages_are_made_of_all_parts_of_the_lab(notebook: Notebook) -> None:
    """Each of the parts is shown at least once, in layouts that are ipywidgets' own."""
    lab, used = notebook["mine"], "".join(sources().values())
    parts = ("desk", "truth", "stage", "timeline", "divisions")
    for part in (*parts, "causes", "numbers", "everyone", "settings_form"):
        assert re.search(rf"\b(lab|mine)\.{part}\b", used)
        assert isinstance(getattr(lab, part), ipywidgets.DOMWidget)
    tabs, folds = notebook["tabs"], notebook["folds"]
    assert (type(tabs), type(folds)) == (ipywidgets.Tab, ipywidgets.Accordion)
    assert tabs.children == (lab.stage, lab.causes, lab.numbers)
    assert folds.children == (lab.everyone, lab.divisions, lab.settings_form)


# The exercise.


SOLUTION = 'widgets.dlink((yours, "finding"), (caption, "value"))'


@pytest.mark.thorough
def test_the_exercise_begins_unsolved_and_the_hint_solves_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The check says so in both cases; the line of the hint goes where the start asks for it."""
    start = sources()["ex-1"]
    assert start.count("# your line") == 1
    for line, said in (("# your line", "it stays behind"), (SOLUTION, "it follows")):
        Notebook(**{"ex-1": start.replace("# your line", line)})
        assert said in capsys.readouterr().out.splitlines()


def test_the_hint_stands_in_the_notebook() -> None:
    """The solution that is tried here is the one that a reader finds there."""
    path = resources.directory("notebooks") / "14-build-your-own-lab.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    prose = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    assert f"`{SOLUTION}`" in prose

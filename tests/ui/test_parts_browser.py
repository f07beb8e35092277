"""Parts and traits of a lab in the browser: wherever they are put, they show one and the same."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from browsing import (
    PATIENCE,
    Watch,
    free_port,
    started,
    until_answered,
)
from driving import KERNEL, Server

from simkit.ui.lab.lab import CHOSEN

pytestmark = [pytest.mark.browser, pytest.mark.thorough]

PAGE = """
import ipywidgets as w
import simkit

lab = simkit.lab("E4", seed=1)
lab.preset = "E4a"
names = ["desk", "truth", "stage", "timeline", "divisions", "causes", "numbers", "everyone",
         "settings_form"]
parts = [getattr(lab, name) for name in names]
w.VBox([
    w.HBox([lab.controls.trap, lab.controls.agent, lab.controls.seed]),
    lab.controls.preset,
    lab.controls.moment,
    w.HBox(parts[:3]),
    w.HBox(parts[3:6]),
    w.HBox(parts[6:]),
    w.AppLayout(header=lab.timeline, left_sidebar=lab.desk, center=lab.stage,
                right_sidebar=lab.causes, pane_widths=["320px", 1, "320px"]),
    w.Tab([w.Label("nothing"), w.VBox(parts)], titles=["First", "Hidden"]),
    w.Accordion([w.VBox(parts)], titles=["Folded"]),
])
"""
LINKS = """
import ipywidgets as w
import simkit

lab = simkit.lab("E4", seed=1)
lab.preset = "E4a"
fields = {}
for name in %r:
    kind = {int: w.IntText, bool: w.Checkbox, str: w.Text}[type(getattr(lab, name))]
    field = kind(description=name, continuous_update=False) if kind is not w.Checkbox else kind(
        description=name)
    said = w.Label()
    w.jslink((lab, name), (field, "value"))
    w.dlink((lab, name), (said, "value"), repr)
    fields[name] = w.HBox([field, said])
said = w.Label()
w.dlink((lab, "finding"), (said, "value"))
w.VBox([lab.timeline, lab.desk, *fields.values(), said])
"""
ANOTHER = {
    "preset": ("E4b", "'E4b'"),
    "second": ("E4c", "'E4c'"),
    "moment": ("9000000", "9000000"),
    "agent": ("agent-05", "'agent-05'"),
    "organisation": ("classroom", "'classroom'"),
    "seed": ("7", "7"),
    "step": ("2", "2"),
    "trap": ("T3", "'T3'"),
}
"""What is typed into the field of each trait, and how the kernel then writes its value."""
ONE_DESK_EACH = """() => [...document.querySelectorAll(".simkit-lab.desk")]
  .every((part) => part.querySelectorAll("section.desk").length === 1)"""
WIDTHS = """() => [...document.querySelectorAll(".simkit-lab")]
  .filter((lab) => lab.offsetParent)
  .map((lab) => [lab.className, lab.clientWidth, lab.scrollWidth])"""


def wide_enough(page: Any, least: int) -> None:
    """Demand that all that is visible of labs is readable, and that nothing sticks out."""
    found = page.evaluate(WIDTHS)
    assert len(found) >= least
    for what, width, content in found:
        assert width >= 300, what
        assert content <= width + 1, what


def test_parts_hold_wherever_they_are_put(server: Server) -> None:
    """Side by side, around a page, in a tab that was hidden and in a fold, each of them twice."""
    page, watch = server.open("parts", PAGE, viewport={"width": 1920, "height": 1080})
    page.locator(".simkit-lab.settings_form input").first.wait_for()
    wide_enough(page, 13)
    page.locator(".lm-TabBar-tab", has_text="Hidden").last.click()
    page.locator(".jupyter-widget-Collapse-header", has_text="Folded").click()
    page.wait_for_function("() => document.querySelectorAll('.simkit-lab').length === 31")
    page.wait_for_function(f"() => ({WIDTHS})().length === 31")
    wide_enough(page, 31)
    assert watch.errors == []
    page.close()


def test_a_part_that_is_moved_moves_all_others_at_once(server: Server) -> None:
    """Before the kernel knows; then it does, and ipywidgets' own slider is there, too."""
    page, watch = server.open("moved", PAGE)
    clocks = page.locator(".simkit-lab output.moment")
    clocks.nth(1).wait_for()
    before = clocks.first.inner_text()
    page.locator(".simkit-lab .timeline").first.focus()
    page.keyboard.press("End")
    times = [clocks.nth(i).inner_text() for i in range(clocks.count())]
    assert len(times) >= 2
    assert len({*times}) == 1
    assert times[0] != before
    readout = page.locator(".widget-readout", has_text=re.compile(r"\d\d:\d\d")).first
    page.wait_for_function(
        "([one, time]) => one.textContent === time", arg=[readout.element_handle(), times[0]]
    )
    page.locator("button", has_text="Trap E4").first.click()
    page.wait_for_function(ONE_DESK_EACH)
    assert watch.errors == []
    page.close()


def test_a_desk_by_itself_tells_no_truth(server: Server) -> None:
    """An agent sees a list, or that it is empty, in words to be read; what is true is apart."""
    cell = "import ipywidgets as w, simkit\none = simkit.lab({!r})\nw.HBox([one.desk, one.truth])"
    for trap, listed, true in (
        ("E1", "No status reasons", "reasons usable"),
        ("E4", "Team Meeting", "deactivated"),
    ):
        page, watch = server.open(f"apart-{trap}", cell.format(trap))
        desk, truth = page.locator(".simkit-lab.desk"), page.locator(".simkit-lab.truth")
        entry = desk.get_by_role("option", name=listed)
        box = entry.bounding_box()
        assert box["width"] > 200, "a word to a line"
        assert box["height"] < 60
        assert "usable" not in desk.inner_text()
        assert "deactivated" not in desk.inner_text()
        assert true in truth.inner_text()
        assert "Set status" not in truth.inner_text()
        assert watch.errors == []
        page.close()


@pytest.fixture(scope="module")
def linked(server: Server) -> Iterator[tuple[Any, Watch]]:
    """A page on which each trait is linked to a field within the browser."""
    page, watch = server.open("links", LINKS % (CHOSEN,))
    page.locator(".simkit-lab .timeline").wait_for()
    yield page, watch
    page.close()


def row_of(page: Any, name: str) -> Any:
    return page.locator(".widget-hbox", has=page.get_by_text(name, exact=True))


@pytest.mark.parametrize("name", ANOTHER)
def test_a_trait_that_is_linked_in_the_browser_goes_both_ways(
    name: str, linked: tuple[Any, Watch]
) -> None:
    """What is typed is chosen by the kernel; what cannot be is said, and the field turns back."""
    page, watch = linked
    typed, written = ANOTHER[name]
    row = row_of(page, name)
    field, said = row.locator("input"), row.locator(".widget-label").last
    wait = "([one, text]) => one.textContent === text"
    field.fill(typed)
    field.press("Enter")
    page.wait_for_function(wait, arg=[said.element_handle(), written])
    field.fill("-5" if field.get_attribute("type") == "number" else "nonsense")
    field.press("Enter")
    if name == "moment":  # before the shift is its beginning
        page.wait_for_function("one => one.textContent !== '9000000'", arg=said.element_handle())
        written = said.inner_text()
    page.wait_for_function(
        "([one, text]) => one.value === text",
        arg=[field.element_handle(), written.strip("'")],
    )
    assert said.inner_text() == written
    if name != "moment":
        assert page.locator(".simkit-lab .error").first.inner_text() != ""
    assert watch.errors == []


def test_the_browser_alone_shows_the_moment_of_a_link(linked: tuple[Any, Watch]) -> None:
    """A link to the moment moves the parts without the kernel; the finding follows from there."""
    page, _ = linked
    field = row_of(page, "moment").locator("input")
    field.fill("12000000")
    field.press("Enter")
    time = page.locator(".simkit-lab output.moment").inner_text()
    said = page.locator(".widget-label").last
    page.wait_for_function(
        "([one, time]) => one.textContent.startsWith(`At ${time}`)",
        arg=[said.element_handle(), time],
    )


@pytest.mark.thorough
def test_parts_are_shown_by_voila(server: Server, tmp_path: Path) -> None:
    """As in JupyterLab: a page of parts is a page for people without notebooks."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(PAGE)], metadata=KERNEL)
    nbformat.write(notebook, tmp_path / "parts.ipynb")
    port = free_port()
    command = [
        *(sys.executable, "-m", "voila", "--no-browser", "--Voila.ip=127.0.0.1"),
        *(f"--port={port}", "--Voila.root_dir=.", "parts.ipynb"),
    ]
    with started(command, tmp_path) as served:
        until_answered(f"http://127.0.0.1:{port}", served)
        page = server.browser.new_page(viewport={"width": 1920, "height": 1080})
        page.set_default_timeout(PATIENCE * 1000)
        watch = Watch(page)
        page.goto(f"http://127.0.0.1:{port}")
        page.locator(".simkit-lab.settings_form input").first.wait_for()
        wide_enough(page, 13)
        # What does not load belongs to voila's own page, which asks the outside for a font.
        assert [error for error in watch.errors if "Failed to load" not in error] == []
        page.close()

"""A kernel that is killed, restarted, interrupted or busy under an open lab."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import browsing
import pytest
from browsing import PATIENCE, VIEWPORT, until, voila
from driving import OPEN_ALL, Driver, Server

pytestmark = [pytest.mark.browser, pytest.mark.thorough]

OPEN = ("import simkit", 'lab = simkit.lab("E4", preset="E4a")\nlab')
SLOW = """import simkit, time
lab = simkit.lab("E4", preset="E4a")
lab.story, lab.metrics  # the runs that these take are made
simulate, lab.state._simulate = lab.state._simulate, lambda *a, **b: slow(*a, **b)
def slow(*a, **b):
    lab.state._simulate = simulate
    end = time.monotonic() + 60
    while time.monotonic() < end:
        pass
lab"""
BUSY = """lab.choose("preset", "E4b")
time.sleep(9)"""
SAID_S = 5.0


class Kernel:
    """The kernel of a notebook, and what can happen to it."""

    def __init__(self, server: Server, name: str) -> None:
        self.server = server
        sessions = json.loads(server.asked("sessions"))
        self.id = next(s["kernel"]["id"] for s in sessions if s["path"] == f"{name}.ipynb")

    def restart(self) -> None:
        self.server.asked(f"kernels/{self.id}/restart", "POST")

    def interrupt(self) -> None:
        self.server.asked(f"kernels/{self.id}/interrupt", "POST")

    def kill(self) -> None:
        kill(self.server.folder, self.id)


def kill(folder: Path, kernel_id: str = "") -> None:
    """Kill a kernel as the system does that has no memory left."""
    [found] = [k for k in browsing.kernels(folder) if any(kernel_id in p for p in k.cmdline())]
    found.kill()


def nobody(page: Any) -> str:
    """Give what is said of a kernel that does not answer."""
    return str(page.locator(".simkit-lab .nobody").first.inner_text())


def said(page: Any, begun: float) -> str:
    """Wait until it is said that nobody answers; it has to be within 5 s."""
    until(lambda: nobody(page), "it is said that nobody answers")
    assert time.monotonic() - begun < SAID_S
    return nobody(page)


def test_a_kernel_killed_while_the_lab_plays_is_missed_at_once(server: Server) -> None:
    """JupyterLab tells the widget, which looks; playing needs no kernel and goes on."""
    page, _ = server.open("killed", *OPEN)
    root = page.locator(".simkit-lab").first
    root.get_by_role("button", name="▶ Play").click()
    Kernel(server, "killed").kill()
    words = said(page, time.monotonic())
    assert words == "Nobody answers: the kernel was restarted, or has ended. Run the cell again."
    clock = root.get_by_role("slider")
    before = clock.get_attribute("aria-valuetext")
    until(lambda: clock.get_attribute("aria-valuetext") != before, "time goes on")
    page.close()


def test_after_a_restart_that_nobody_told_of_the_controls_turn_back(server: Server) -> None:
    """Asked for E4b the new kernel knows of no lab: the list says E4a again, as all else does."""
    page, watch = server.open("restarted", *OPEN)
    lab = Driver(page, watch)
    lab.settled()
    Kernel(server, "restarted").restart()
    begun = time.monotonic()
    lab.select("Settings").select_option("E4b")
    words = said(page, begun)
    because = "No answer for 5 s: the kernel may have been restarted, or is busy."
    assert words == f"{because} Run the cell again."
    assert lab.select("Settings").input_value() == "E4a"
    assert lab.root.get_attribute("aria-busy") == "false"
    assert "busy" not in str(lab.root.get_attribute("class")).split()
    page.close()


@pytest.mark.thorough
def test_the_moment_at_which_one_rests_reveals_that_nobody_is_there(server: Server) -> None:
    """It is answered by no number, and still somebody has to say that it was heard."""
    page, watch = server.open("rested", *OPEN)
    lab = Driver(page, watch)
    lab.settled()
    Kernel(server, "rested").restart()
    lab.root.get_by_role("slider").first.press("PageUp")
    begun = time.monotonic()
    until(lambda: nobody(page), "it is said that nobody answers")
    assert time.monotonic() - begun < SAID_S + 0.2  # it rests first
    page.close()


@pytest.mark.thorough
def test_who_answers_late_is_heard(server: Server) -> None:
    """A cell keeps the kernel; the message goes away by itself, and the lab follows."""
    page, watch = server.open("late", "import time", *OPEN)
    lab = Driver(page, watch)
    lab.settled()
    page.locator(".jp-Cell .cm-content").last.click()
    page.keyboard.press("Control+End")
    page.locator(".jp-Cell").last.press("Escape")
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    page.keyboard.insert_text(BUSY)
    page.keyboard.press("Shift+Enter")
    until(lambda: lab.select("Settings").input_value() == "E4b", "the cell is at it")
    begun = time.monotonic()
    lab.select("Settings").select_option("E4c")
    said(page, begun)
    assert lab.select("Settings").input_value() == "E4b"
    until(lambda: not nobody(page), "somebody answers")
    until(lambda: lab.select("Settings").input_value() == "E4c", "it is done")
    assert lab.error == ""
    page.close()


def test_a_long_run_is_not_taken_for_nobody_and_can_be_interrupted(server: Server) -> None:
    """Asked in a subshell, as JupyterLab asks; all views go on, and all is as it was."""
    page, watch = server.open("interrupted", SLOW)
    lab = Driver(page, watch)
    lab.settled()
    lab.choose("Settings", "trap")
    lab.tab("Change by hand")
    lab.select("Seed").fill("7")
    lab.select("Seed").press("Tab")
    time.sleep(SAID_S + 1)
    assert nobody(page) == ""
    assert lab.root.get_attribute("aria-busy") == "true"
    begun = time.monotonic()
    Kernel(server, "interrupted").interrupt()
    lab.settled()
    assert time.monotonic() - begun < SAID_S
    assert lab.error == "Interrupted; all is as it was."
    assert lab.select("Seed").input_value() == "1"
    lab.choose("Settings", "E4b")
    assert (lab.error, lab.select("Settings").input_value()) == ("", "E4b")
    lab.fine()
    page.close()


MEASURES = """import simkit, time
from simkit.ui.lab import replications
def slow(wanted, seeds, *, progress=None, jobs=1, measured=replications.replicate):
    for n in range(40):
        time.sleep(0.1)
        progress(n, 40)
    return measured(wanted, seeds)
replications.replicate = slow
lab = simkit.lab("E4", refresh_interval_ms=60_000)
lab"""


def test_a_lab_measures_beside_what_one_does_and_can_be_stopped(server: Server) -> None:
    """How far it is stands above; the controls go on, and Cancel ends it."""
    page, watch = server.open("measured", MEASURES)
    lab = Driver(page, watch)
    lab.settled()
    lab.tab("Numbers")
    line, cancel = lab.root.locator("p.beside"), lab.root.get_by_role("button", name="Cancel")
    days = lab.root.locator(".numbers-part .days")
    cancel.wait_for()
    assert line.inner_text().startswith("Measuring: ")
    lab.choose("Agent", lab.select("Agent").locator("option").nth(2).get_attribute("value"))
    assert line.is_visible()
    cancel.click()
    line.wait_for(state="hidden")
    lab.settled()
    assert days.inner_text() == ""
    lab.choose("Settings", "E4a")
    until(lambda: "of 40 days" in line.inner_text(), "it says how far it is")
    line.wait_for(state="hidden")
    until(lambda: "20 days" in days.inner_text(), "the intervals are told")
    lab.fine()
    page.close()


@pytest.mark.thorough
@pytest.mark.slow
def test_in_the_app_a_run_can_be_stopped_and_a_new_lab_is_a_page_away(
    server: Server, tmp_path: Path
) -> None:
    """10,000 agents by processes take minutes; a killed kernel is missed within 5 s."""
    with voila(tmp_path) as app:
        page = server.browser.new_page(viewport=VIEWPORT)
        page.set_default_timeout(PATIENCE * 1000)
        page.goto(app.address)
        page.locator(".simkit-lab").first.wait_for()
        lab = Driver(page, browsing.Watch(page))
        lab.settled()
        lab.choose("Trap", "E2")
        lab.tab("Change by hand")
        lab.root.evaluate(OPEN_ALL, True)
        cached = lab.select("The browser answers polls itself for")
        cached.fill("60000")
        cached.press("Tab")
        lab.settled()
        lab.select("Organisation").select_option("crowd")
        stop = lab.root.get_by_role("button", name="Stop")
        stop.wait_for()
        line = lab.root.locator(".at-work").inner_text()
        assert line.startswith("Running 10,000 agents by processes …")
        stop.click()
        lab.settled()
        assert lab.error == "Interrupted; all is as it was."
        assert lab.select("Organisation").input_value() == "small"
        assert not stop.is_visible()
        lab.choose("Settings", "E2a")
        assert lab.error == ""

        kill(tmp_path)
        begun = time.monotonic()
        before = lab.select("Settings").input_value()
        lab.select("Settings").select_option("E2-surface")
        assert said(page, begun).endswith("Reload the page for a new lab.")
        assert lab.select("Settings").input_value() == before
        page.reload()
        until(lambda: page.locator(".simkit-lab").count() == 1, "there is a new lab")
        assert nobody(page) == ""

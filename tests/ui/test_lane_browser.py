"""The play lane in a browser: from files and a server, with no network, by keyboard, on a phone."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import axe_playwright_python
import pytest
from browsing import PATIENCE, VIEWPORT, Watch, answers, chromium, free_port, started, until
from driving import AXE_OPTIONS

from simkit.teaching.progress_file import progress_of
from simkit.ui.workshop.lane import write_lane

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
CODE = "ABC234"
WIDE = "() => [document.documentElement.scrollWidth, innerWidth]"
NO_STORAGE = """Object.defineProperty(window, "localStorage", {
  get() { throw new DOMException("not here", "SecurityError"); },
});"""
ACTIVE = "() => document.activeElement.textContent.trim()"


class Lane(NamedTuple):
    """A lane of two traps, as files and behind a server that collects."""

    browser: Any
    folder: Path
    served: str
    collected: Path

    def address(self, how: str) -> str:
        return f"{self.folder.as_uri()}/" if how == "file" else self.served


@pytest.fixture(scope="module")
def lane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lane]:
    """A browser, and a room's server."""
    home = tmp_path_factory.mktemp("room")
    folder, collected, port = home / "pages", home / "collected", free_port()
    write_lane(folder, ["T3", "E4"])
    command = [
        *(sys.executable, "-m", "simkit.ui.cli.main", "workshop", "serve", str(folder)),
        *(f"--port={port}", f"--collect={collected}", f"--code={CODE}"),
    ]
    with started(command, home) as server, chromium() as browser:
        until(lambda: answers(port), "it listens", server)
        yield Lane(browser, folder, f"http://127.0.0.1:{port}/", collected)


@contextmanager
def opened(lane: Lane, address: str, script: str = "", **window: Any) -> Iterator[Any]:
    """Open a page in a profile of its own; in the end nothing was complained of."""
    context = lane.browser.new_context(**({"viewport": VIEWPORT} | window))
    if script:
        context.add_init_script(script)
    page = context.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    watch = Watch(page)
    try:
        page.goto(address, wait_until="networkidle")
        yield page
        assert watch.errors == []
        assert [a for a in watch.outside if not a.startswith(lane.folder.as_uri())] == []
    finally:
        context.close()


def tab_to(page: Any, words: str) -> None:
    """Press Tab until a control with these words has the focus."""
    for _ in range(60):
        if page.evaluate(ACTIVE) == words:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {words}")


def step_shown(page: Any, step: int) -> None:
    """Wait until a step of the story is told."""
    page.locator(".lead .step", has_text=f"Step {step} of").wait_for()


def play(page: Any) -> int:
    """Go through a story by mouse, first options and fives guessed; give its steps."""
    step = 0
    while page.locator(".lead .main").is_enabled():
        page.locator(".lead .main").click()
        step += 1
        step_shown(page, step)
        if page.locator(".question input").count():
            page.locator(".question input").fill("5")
        if page.locator(".question .option").count():
            page.locator(".question .option").first.click()
        assert wide(page) == []
    return step


def grave(page: Any) -> list[str]:
    """Give what axe finds serious or critical on a page."""
    options = {**AXE_OPTIONS, "preload": False}  # a page from a file may load no style by script
    page.evaluate((Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8"))
    found = page.evaluate("options => axe.run(document, options)", options)["violations"]
    return [f"{v['id']}: {v['nodes']}" for v in found if v["impact"] in ("serious", "critical")]


def wide(page: Any) -> list[int]:
    """Give how wide the page and the window are, where the page is the wider one."""
    page_width, window = page.evaluate(WIDE)
    return [page_width, window] if page_width > window else []


@pytest.mark.parametrize("how", ["file", "server"])
@pytest.mark.some(1)
def test_a_story_is_played_to_its_end_by_keyboard_with_the_network_cut(
    how: str, lane: Lane
) -> None:
    """E4: a guess is locked before its answer, a fix is switched to, the quiz has both numbers."""
    with opened(lane, f"{lane.address(how)}E4.html") as page:
        page.context.set_offline(True)
        tab_to(page, "Begin")
        page.keyboard.press("Enter")
        step_shown(page, 1)
        tab_to(page, "Next")
        page.keyboard.press("Enter")
        step_shown(page, 2)
        assert page.locator(".lead .main").is_disabled()
        assert not page.locator(".quiz").is_visible()
        page.keyboard.press("Tab")
        page.locator(".question input:focus").wait_for()
        page.keyboard.type("5")
        tab_to(page, "Lock it in")
        page.keyboard.press("Enter")
        for step in range(3, 7):
            tab_to(page, "Next")
            page.keyboard.press("Enter")
            step_shown(page, step)
        cells = page.locator(".quiz tbody tr").inner_text().split("\t")
        assert cells[1:] == ["5 min", "23.1 min", "too low"]
        page.locator(".quiz").wait_for()
        fix = page.locator(".switch").get_by_text("Fix a")
        fix.focus()
        page.keyboard.press("Enter")
        page.locator(".stage .run", has_text="Fix E4a").wait_for()


@pytest.mark.thorough
def test_all_that_is_offered_needs_no_kernel(lane: Lane) -> None:
    """Explore has four panels and no control for other runs; nobody is missed, however long."""
    with opened(lane, f"{lane.address('file')}E4.html") as page:
        page.clock.install()
        play(page)
        page.get_by_role("button", name="Explore").click()
        tabs = page.get_by_role("tab").all_inner_texts()
        assert tabs == ["Why", "Messages", "Divisions", "Numbers"]
        bar = page.locator(".explored > .toolbar")
        assert bar.locator("label").all_inner_texts() == ["Settings"]
        presets = bar.locator("select option").all_inner_texts()
        assert [text.split(":")[0] for text in presets] == [
            *("Trap E4", "Fix E4a", "Fix E4b", "Fix E4c")
        ]
        for tab in tabs:
            page.get_by_role("tab", name=tab).click()
        assert page.locator("table.numbers small.over").count()
        bar.locator("select").select_option("E4c")
        page.locator(".desk h2", has_text="Fix E4c").wait_for()
        page.get_by_role("button", name="Next record").click()
        page.clock.run_for(20_000)
        assert page.locator(".nobody").inner_text() == ""
        assert page.locator(".error").inner_text() == ""
        assert not page.locator(".simkit-lab.busy").count()


@pytest.mark.thorough
def test_the_story_goes_on_where_it_was_left(lane: Lane) -> None:
    """After the page is opened anew a guess is still locked, and the list says how far it is."""
    with opened(lane, f"{lane.address('file')}T3.html") as page:
        for step in (1, 2):
            page.locator(".lead .main").click()
            step_shown(page, step)
        page.locator(".question .option").first.click()
        page.reload()
        step_shown(page, 2)
        assert "You said: Done" in page.locator(".question").inner_text()
        page.get_by_role("link", name="All traps").click()
        page.locator("[data-trap=T3] .state", has_text="Step 2 of 6").wait_for()
        assert page.locator("[data-trap=E4] .state").inner_text() == "Not begun"
        page.get_by_role("button", name="Forget").click()
        assert page.locator("[data-trap=T3] .state").inner_text() == "Not begun"


@pytest.mark.thorough
def test_a_page_lives_where_nothing_can_be_kept(lane: Lane) -> None:
    """It says so, is played to its end all the same, and its file is whole."""
    with opened(lane, f"{lane.address('file')}T3.html", NO_STORAGE) as page:
        assert "keeps nothing" in page.locator(".handing-in .said").inner_text()
        play(page)
        page.locator(".quiz").wait_for()
        page.get_by_label("Name").fill("Kim")
        with page.expect_download() as waited:
            page.get_by_role("button", name="Save as a file").click()
        progress = progress_of(Path(waited.value.path()).read_bytes())
        assert (progress.name, len(progress.entries)) == ("Kim", 2)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.thorough
def test_nothing_reaches_beyond_a_phone(theme: str, lane: Lane) -> None:
    """The list, each step of a story, its quiz, and each panel behind Explore."""
    with opened(lane, f"{lane.address('file')}index.html", color_scheme=theme, **PHONE) as page:
        assert wide(page) == []
        page.locator("[data-trap=E4]").click()
        assert play(page) == 6
        page.locator(".quiz").scroll_into_view_if_needed()
        page.get_by_role("button", name="Explore").click()
        for tab in page.get_by_role("tab").all():
            tab.click()
            assert wide(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.thorough
def test_axe_finds_nothing_grave_around_a_lab(theme: str, lane: Lane) -> None:
    """In the list, and on the page of a story that is told to its end."""
    with opened(lane, f"{lane.address('file')}index.html", color_scheme=theme) as page:
        assert grave(page) == []
        page.locator("[data-trap=T3]").click()
        play(page)
        page.locator(".quiz").wait_for()
        assert grave(page) == []


def test_guesses_are_handed_in_with_the_code_of_the_room(lane: Lane) -> None:
    """What is guessed later takes the place of what was sent before."""
    with opened(lane, f"{lane.served}T3.html") as page:
        send = page.get_by_role("button", name="Send to the trainer")
        said = page.locator(".handing-in .said")
        page.get_by_label("Code of the room").fill(CODE.lower())
        send.click()
        said.get_by_text("Sent.").wait_for()
        (file,) = lane.collected.iterdir()
        assert json.loads(file.read_text(encoding="utf-8"))["entries"] == []
        for step in (1, 2):
            page.locator(".lead .main").click()
            step_shown(page, step)
        with page.expect_response(lambda reply: reply.url.endswith("/progress")):
            page.locator(".question .option").first.click()
        assert [*lane.collected.iterdir()] == [file]
        (guess,) = progress_of(file.read_bytes()).entries
        assert (guess.trap, guess.step, guess.guess) == ("T3", 1, "Done")


def test_from_a_file_nothing_is_sent(lane: Lane) -> None:
    """No code is asked for where there is nobody to send to."""
    with opened(lane, f"{lane.address('file')}index.html") as page:
        assert page.locator("form").is_hidden()

"""The plan of 90 minutes, gone through as a pair does: on the play lane, by keyboard alone."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from browsing import PATIENCE, VIEWPORT, Watch, answers, chromium, free_port, started, until

from simkit.teaching.progress_file import read_progress
from simkit.ui.editions.handout import handout
from simkit.ui.editions.pages import glossary, glossary_page, handout_page

pytestmark = [pytest.mark.browser, pytest.mark.thorough]

MOST_S = 60.0
"""So long all waiting of a learner may take in 90 minutes."""
MOST_TABS = 60
CLI = [sys.executable, "-m", "simkit.ui.cli.main", "workshop"]
NAME, NUMBER = "Kim", "5"
SHOWN_AGAIN = {"T3": "refused", "E4": "thrown away"}
"""What the plan has shown once more, as the stage says it."""
FOCUSED = """() => {
  const { activeElement: found, body } = document;
  return found === body ? "" : (found?.innerText.trim() ?? "");
}"""
LABEL = "() => document.activeElement.labels?.[0]?.innerText ?? ''"
LOST = "() => [null, document.body].includes(document.activeElement)"


class Hands:
    """Hands on the keyboard before one page, which count how long they wait for it."""

    def __init__(self, page: Any) -> None:
        page.set_default_timeout(PATIENCE * 1000)
        self.page, self.watch = page, Watch(page)
        self.waited, self.waits = 0.0, 0
        self.typed: list[str] = []

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Count the time until what stands within has come."""
        began = time.perf_counter()
        yield
        self.waited += time.perf_counter() - began
        self.waits += 1

    def open(self, address: str, seen: str) -> None:
        """Type an address, and wait until something is seen there."""
        with self.waiting():
            self.page.goto(address)
            self.sees(seen)

    def sees(self, seen: str, text: str = "") -> None:
        """Wait until something is seen that has these words."""
        self.page.locator(seen, has_text=text).first.wait_for()

    def reach(self, words: str, key: str = "Tab", asked: str = FOCUSED) -> None:
        """Press a key until what has the focus says these words."""
        for _ in range(MOST_TABS):
            if self.page.evaluate(asked).startswith(words):
                return
            with self.waiting():
                self.page.keyboard.press(key)
        raise AssertionError(f"{key} does not reach {words}")

    def press(self, key: str, seen: str, text: str = "") -> None:
        """Press a key, wait until something is seen, and have the focus on something still."""
        with self.waiting():
            self.page.keyboard.press(key)
            self.sees(seen, text)
        assert not self.page.evaluate(LOST), f"the focus is lost after {key}, where {text or seen}"

    def follow(self, words: str, seen: str) -> None:
        """Follow a link to another page."""
        self.reach(words)
        with self.waiting():
            self.page.keyboard.press("Enter")
            self.sees(seen)

    def type(self, words: str) -> None:
        """Type into the field that has the focus, which is one line and no editor."""
        assert self.page.evaluate("() => document.activeElement.tagName") == "INPUT"
        with self.waiting():
            self.page.keyboard.type(words)
        self.typed.append(words)


class Room(NamedTuple):
    """A server of a room, and what a trainer has beside it."""

    plan: dict[str, Any]
    address: str
    join: str
    guesses: str
    collected: Path
    handouts: Path
    key_points: dict[str, tuple[str, ...]]
    """Of each trap, as its handout has them."""
    browser: Any


class Rehearsal:
    """A workshop that is gone through: a pair at one page, the projector's wall at another."""

    def __init__(self, room: Room, context: Any) -> None:
        self.room = room
        self.pair, self.wall = Hands(context.new_page()), Hands(context.new_page())
        self.asked = json.loads(
            context.request.get(f"{room.address}questions.json").body().decode("utf-8")
        )
        self.played: list[str] = []

    @property
    def waited(self) -> float:
        return self.pair.waited + self.wall.waited

    @property
    def waits(self) -> int:
        return self.pair.waits + self.wall.waits

    def hold(self, entry: dict[str, Any]) -> str:
        """Do what an entry of the plan says; give what was reached."""
        traps = [name for name in entry["uses"] if name in self.room.plan["notes"]]
        if entry["lane"] == "play":
            return "; ".join(self.play(trap) for trap in traps)
        if traps:
            known = set(traps) <= set(self.played)
            return "; ".join((self.debrief if known else self.first_screen)(t) for t in traps)
        if not self.played:
            return self.welcome()
        return self.questions() if entry == self.room.plan["entries"][-1] else self.take_home()

    def welcome(self) -> str:
        """Show the way in and the words; the pair opens the list and sends to the room's code."""
        self.wall.open(self.room.join, ".code")
        code = self.wall.page.locator(".code").inner_text()
        self.wall.open((self.room.handouts / "glossary.html").as_uri(), "h1")
        pair = self.pair
        pair.open(self.room.address, ".trap-card")
        pair.reach("Name", asked=LABEL)
        pair.type(NAME)
        pair.reach("Code of the room", asked=LABEL)
        pair.type(code)
        pair.press("Enter", ".handing-in .said", "Sent.")
        return "the list is open, the room's code taken"

    def first_screen(self, trap: str) -> str:
        """Show a trap's first screen, both sides, before its story begins."""
        pair = self.pair
        pair.follow(trap, ".lead .main")
        pair.sees(".stage", "What the agent sees")
        pair.sees(".stage", "What the platform knows")
        assert pair.page.locator(".lead .main").inner_text() == "Begin"
        return f"the first screen of {trap}"

    def play(self, trap: str) -> str:
        """Play a story from Begin to the last step, and lock each guess."""
        pair = self.pair
        if not pair.page.url.endswith(f"/{trap}.html"):
            pair.follow(f"Next: {trap}", ".lead .main")
        pair.reach("Begin")
        pair.press("Enter", ".lead .step", "Step 1 of")
        (steps,) = re.findall(r"of (\d+)", pair.page.locator(".lead .step").inner_text())
        for step in range(1, int(steps) + 1):
            if step > 1:
                pair.reach("Next")
                pair.press("Enter", ".lead .step", f"Step {step} of")
            if pair.page.locator(".question .ask").is_visible():
                self.guess()
        pair.sees(".quiz tbody tr")
        rows = pair.page.locator(".quiz tbody tr").all_inner_texts()
        assert len(rows) == sum(asked["trap"] == trap for asked in self.asked)
        assert all(len(row.split("\t")) == 4 for row in rows), "a guess or an answer is missing"
        self.played.append(trap)
        return f"{trap}, step {steps} of {steps}, {len(rows)} guesses"

    def guess(self) -> None:
        """Lock a guess in: a number that is typed, or the first option."""
        pair = self.pair
        assert pair.page.locator(".lead .main").is_disabled(), "the answer can be seen before"
        with pair.waiting():
            pair.page.keyboard.press("Tab")
        if pair.page.locator(".question input").count():
            pair.type(NUMBER)
            pair.reach("Lock it in")
        pair.press("Space", ".question .given", "You said: ")

    def debrief(self, trap: str) -> str:
        """Compare the room's guesses, show the decisive step again, and switch on each fix."""
        self.show_guesses(trap)
        pair, again = self.pair, SHOWN_AGAIN.get(trap, "")
        alone = f".stages:not(.two) .stage:has-text('{again}')"
        while again and not pair.page.locator(alone).count():
            before = pair.page.locator(".lead .step").inner_text()
            pair.reach("Back", "Shift+Tab")
            step = int(re.findall(r"\d+", before)[0]) - 1
            pair.press("Enter", ".lead .step", f"Step {step} of")
        fixes = pair.page.locator(".switch button:has-text('Fix')").all_inner_texts()
        for fix in fixes:
            pair.reach(fix, "Shift+Tab")
            pair.press("Enter", ".switch [aria-pressed=true]", fix)
            pair.sees(".stages.two .run", "Fix ")
            pair.reach("Explore")
            pair.press("Enter", ".explored .back")
            self.show_numbers()
            pair.reach("◂ The story", "Shift+Tab")
            pair.press("Enter", ".story .switch")
        return f"the guesses on {trap}, {len(fixes)} fixes with their numbers"

    def show_guesses(self, trap: str) -> None:
        """See each question of a trap with the one guess that was sent, and with its answer."""
        wall = self.wall
        wall.open(self.room.guesses, "summary")
        wall.reach("The same as a table")
        wall.press("Enter", "tbody tr")
        rows = [row.split("\t") for row in wall.page.locator("tbody tr").all_inner_texts()]
        own = [cells for cells in rows if cells[0] == trap]
        assert len(own) == sum(asked["trap"] == trap for asked in self.asked)
        for _, _, count, guessed, answer in own:
            assert count == "1"
            assert guessed != "nothing yet"
            assert answer

    def show_numbers(self) -> None:
        """Open the numbers of the fix that is on, by the arrows of the tabs."""
        pair = self.pair
        names = pair.page.get_by_role("tab").all_inner_texts()
        pair.reach(pair.page.locator("[role=tab][aria-selected=true]").inner_text())
        for _ in names:
            if pair.page.evaluate(FOCUSED) == "Numbers":
                break
            with pair.waiting():
                pair.page.keyboard.press("ArrowRight")
        (fix,) = re.findall(
            r"Fix (\w+)", pair.page.locator(".explored > .toolbar option:checked").inner_text()
        )
        pair.sees(".numbers-part th", fix)

    def take_home(self) -> str:
        """Show the handout of each trap, down to what to ask at home and its key points."""
        wall = self.wall
        for trap in self.played:
            wall.open((self.room.handouts / f"{trap}.html").as_uri(), "h1")
            for point in self.room.key_points[trap]:
                self.scroll_to(point)
        return "what to ask at home, and the key points"

    def scroll_to(self, words: str) -> None:
        """Scroll down until words are on the screen."""
        place = self.wall.page.get_by_text(words)
        for _ in range(MOST_TABS):
            if on_screen(place):
                return
            with self.wall.waiting():
                self.wall.page.keyboard.press("ArrowDown")
                self.wall.page.wait_for_timeout(50)
        raise AssertionError(f"not to be scrolled to: {words}")

    def questions(self) -> str:
        """Leave the list open, in which all is done."""
        self.pair.follow("◂ All traps", ".trap-card")
        states = self.pair.page.locator(".trap-card .state").all_inner_texts()
        assert states == ["✓ Done"] * len(self.room.plan["notes"])
        return "the list, all of it done"


def on_screen(place: Any) -> bool:
    """Say whether all of something is within the window."""
    inside: bool = place.evaluate("""(found) => {
      const { top, bottom } = found.getBoundingClientRect();
      return top >= 0 && bottom <= innerHeight;
    }""")
    return inside


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """What the plan needs, as its commands make it: the plan, pages, a server, the handouts."""
    home = tmp_path_factory.mktemp("rehearsal")
    said = subprocess.run(
        [*CLI, "plan", "90", "--notes", "--json"], capture_output=True, check=True, timeout=PATIENCE
    )
    plan = json.loads(said.stdout)
    traps = list(plan["notes"])
    lane = [*CLI, "lane", str(home / "pages"), *traps]
    subprocess.run(lane, capture_output=True, check=True, timeout=4 * PATIENCE)
    handouts = home / "handouts"
    handouts.mkdir()
    (handouts / "glossary.html").write_text(glossary_page(glossary()), encoding="utf-8")
    told = {trap: handout(trap) for trap in traps}
    for trap, each in told.items():
        (handouts / f"{trap}.html").write_text(handout_page(each), encoding="utf-8")
    key_points = {trap: each.key_points for trap, each in told.items()}
    port, collected = free_port(), home / "guesses"
    command = [*CLI, "serve", str(home / "pages"), f"--port={port}", f"--collect={collected}"]
    with started(command, home) as server, chromium() as browser:
        until(lambda: answers(port), "it listens", server)
        said_by = (home / "server.log").read_text("utf-8")
        guesses, join = re.findall(r"(http://\S+\?token=\S+)", said_by)
        address = f"http://127.0.0.1:{port}/"
        yield Room(plan, address, join, guesses, collected, handouts, key_points, browser)


def test_the_plan_of_90_minutes_is_held_by_keyboard_and_hardly_waited_for(room: Room) -> None:
    """Each entry is reached, nothing but guesses is typed, and the last key point is seen."""
    context = room.browser.new_context(viewport=VIEWPORT)
    try:
        rehearsal = Rehearsal(room, context)
        pair, wall = rehearsal.pair, rehearsal.wall
        reached = []
        for entry in room.plan["entries"]:
            waited, waits = rehearsal.waited, rehearsal.waits
            reached.append(rehearsal.hold(entry))
            took, times = rehearsal.waited - waited, rehearsal.waits - waits
            print(
                f"{entry['from']:>5} {took:6.2f} s {times:4} waits  {entry['title']}: {reached[-1]}"
            )
        print(f"      {rehearsal.waited:6.2f} s {rehearsal.waits:4} waits  in all")
        assert len(reached) == len(room.plan["entries"])
        assert rehearsal.played == list(room.plan["notes"])
        code, *guesses = [words for words in pair.typed if words != NAME]
        assert len(code) == 6
        assert guesses == [NUMBER] * sum(asked["value"] is not None for asked in rehearsal.asked)
        assert wall.typed == []
        (sent,) = room.collected.iterdir()
        assert len(read_progress(sent).entries) == len(rehearsal.asked)
        last = room.key_points[rehearsal.played[-1]][-1]
        assert on_screen(wall.page.get_by_text(last))
        assert rehearsal.waited < MOST_S
        assert pair.watch.errors == wall.watch.errors == []
        assert pair.watch.outside == []
    finally:
        context.close()

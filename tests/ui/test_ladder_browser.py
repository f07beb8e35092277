"""The ladder of messages in a real JupyterLab: what it shows of each trap, where a click leads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

import pytest
from browsing import VIEWPORT
from driving import ZOOMED, Driver, Server, axe_judge
from extent import some
from storied import finished, told

from simkit.runs.messages import Message
from simkit.study.catalogue import TRAP_IDS
from simkit.ui.lab.agent_view import AgentView

pytestmark = [pytest.mark.browser, pytest.mark.thorough]

TEXTS = "(item) => [...item.querySelectorAll('text')].map((each) => each.textContent).join(' ')"
TIMES = "(item) => [...item.querySelectorAll('.when')].map((each) => each.textContent)"
OUTSIDE = """(picture) => [...picture.querySelectorAll("text")].flatMap((text) => {
  const box = text.getBBox();
  const cut = box.x < 0 || box.x + box.width > picture.width.baseVal.value;
  const small = parseFloat(getComputedStyle(text).fontSize) < 14;
  return cut || small ? [text.textContent] : [];
})"""
"""Lists the texts of a picture that are cut, or too small."""


@pytest.fixture(scope="module")
def opened(server: Server) -> Driver:
    """A lab on a page of its own, shared by the tests that leave it as they like."""
    page, watch = server.open("ladder", "import simkit", 'lab = simkit.lab("E4")\nlab')
    return Driver(page, watch)


class Ladder:
    """The panel of messages, and hands on it."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.part = driver.root.locator(".ladder-part")
        self.pictures = self.part.locator("svg.lifelines")

    def take(self, trap: str, preset: str = "trap") -> None:
        """Look at a trap at the step of its story that shows the decisive message."""
        self.driver.choose("Trap", trap)
        story = told("small", trap, 1)
        assert story is not None
        self.driver.choose("Agent", story.agent)
        if preset != "trap":
            self.driver.choose("Settings", preset)
        self.driver.tab("Messages")
        self.move(story.steps[DECISIVE[trap].step].t)

    def move(self, t: int) -> None:
        slider = self.driver.root.get_by_role("slider", name="Moment")
        slider.evaluate("(e, t) => { e.value = t; e.dispatchEvent(new Event('input')); }", t)

    def items(self, picture: int = 0) -> Any:
        return self.pictures.nth(picture).locator("[role=option]")

    def item(self, words: str) -> Any:
        """The first item whose name has these words."""
        return self.pictures.first.locator(f"[role=option][aria-label*='{words}']").first

    @property
    def here(self) -> Any:
        """What is at the moment."""
        return self.pictures.first.locator("[aria-selected=true]")

    @property
    def current_tab(self) -> str:
        tab = self.driver.root.locator(".explored [role=tab][aria-selected=true]")
        return str(tab.inner_text())

    @property
    def chosen(self) -> str:
        """The record at which *Why* is open."""
        return str(self.driver.root.locator(".records [aria-selected=true]").inner_text())


@pytest.fixture
def ladder(opened: Driver) -> Iterator[Ladder]:
    """The shared lab on E4 at its decisive message; nothing complained of after."""
    opened.page.set_viewport_size(VIEWPORT)
    opened.tab("Change by hand")
    opened.press("Reset to the trap")
    found = Ladder(opened)
    found.take("E4")
    yield found
    opened.fine()


class Decisive(NamedTuple):
    """What is at the decisive moment of a trap's story, and where a click on what leads."""

    step: int
    asks: str
    answers: str
    ends: str
    click: str
    record: str


DECISIVE = {
    "T1": Decisive(
        3,
        "reasons of North Care alone?",
        "no reasons",
        "kept by the page",
        "no reasons; kept by the page",
        "the widget listed 0 reasons of North Care",
    ),
    "T2": Decisive(
        2,
        "reasons of North Care?",
        "12 reasons",
        "kept by the page",
        "Administrator: moved to North Tech",
        "an administrator transferred the agent to North Tech",
    ),
    "T3": Decisive(
        2,
        "set Short Break",
        "403 INSUFFICIENT_OAUTH_SCOPE",
        "refused; the desk says: done",
        "set Short Break 403",
        "the widget showed success for Short Break",
    ),
    "E1": Decisive(
        2,
        "reasons of North Care alone?",
        "no reasons",
        "kept by the page",
        "no reasons; kept by the page",
        "the widget listed 0 reasons of North Care",
    ),
    "E2": Decisive(
        3,
        "reasons of South Care?",
        "401 TOKEN_EXPIRED",
        "refused, and nobody is told",
        "401 TOKEN_EXPIRED",
        "polls are answered 401 TOKEN_EXPIRED",
    ),
    "E3": Decisive(
        1,
        "set Short Break",
        "200, done",
        "done",
        "10:36:41.275: Workforce management: wrote Available",
        "wrote Available over Short Break",
    ),
    "E4": Decisive(
        3,
        "reasons of North Tech?",
        "11 reasons",
        "thrown away: the page keeps its list",
        "Administrator: Short Break off",
        "an administrator deactivated Short Break of North Tech",
    ),
}


A_FIX = {trap: f"{trap}a" for trap in TRAP_IDS}


@cache
def message_at(trap: str) -> tuple[Message, list[str]]:
    """The message that comes back at the decisive moment, and its times as they are written."""
    story = told("small", trap, 1)
    assert story is not None
    run = finished("small", trap, "trap", 1)
    found = run.history_of(story.agent).messages(story.agent)
    [message] = [m for m in found if m.back == story.steps[DECISIVE[trap].step].t]
    view = AgentView(run)
    return message, [f"{view.clock(t)}.{t % 1000:03}".removesuffix(".000") for t in message[:3]]


@pytest.mark.parametrize("trap", some(TRAP_IDS, 3))
def test_the_decisive_message_is_at_the_decisive_moment(ladder: Ladder, trap: str) -> None:
    """With its question, its number, what becomes of it, and the three times of the run."""
    ladder.take(trap)
    _, asks, answers, ends, *_ = DECISIVE[trap]
    _, times = message_at(trap)
    texts = ladder.here.evaluate(TEXTS)
    assert asks in texts
    assert ends in texts
    assert answers.split("_")[0] in texts, "a name of an error may go on in another line"
    assert f"{asks} {answers}; {ends}" in ladder.here.get_attribute("aria-label")
    assert sorted(ladder.here.evaluate(TIMES)) == times


def test_a_refused_choice_leaves_the_status_as_it_was(ladder: Ladder) -> None:
    """T3: under the success that the desk shows the platform's line says what stays."""
    ladder.take("T3")
    assert "status stays Available" in ladder.here.evaluate(TEXTS)
    assert ladder.here.locator(".mark.writes").count() == 0


def test_of_two_writes_the_later_one_lands_below_and_says_over_what(ladder: Ladder) -> None:
    """E3: the platform's line has them in the order in which they arrive there."""
    ladder.take("E3")
    choice = ladder.item("10:36:01.735: set Short Break")
    over = ladder.item("10:36:41.275: Workforce management")
    assert "status: Short Break → Available" in over.evaluate(TEXTS)
    assert "wrong" in over.get_attribute("class")
    places = [each.locator(".mark.writes").bounding_box()["y"] for each in (choice, over)]
    assert places[0] < places[1]
    story = told("small", "E3", 1)
    assert story is not None
    ladder.move(story.steps[3].t)
    assert "Workforce management" in ladder.here.get_attribute("aria-label"), "and not a poll"


@pytest.mark.parametrize("trap", some(TRAP_IDS, 2, start=1))
def test_a_click_opens_why_at_the_record(ladder: Ladder, trap: str) -> None:
    """The record that a message led to, or that an act is, with the moment at which it was."""
    ladder.take(trap)
    ladder.item(DECISIVE[trap].click).click()
    assert ladder.current_tab == "Why"
    assert DECISIVE[trap].record in ladder.chosen
    assert ladder.driver.time in ladder.chosen


def test_what_left_no_record_is_gone_to_and_no_more(ladder: Ladder) -> None:
    """E4: an answer that is thrown away; the moment is that at which it fell."""
    ladder.move(9_550_280)
    ladder.move(3_347_126)
    ladder.item("08:32:51.560").click()
    assert ladder.current_tab == "Messages"
    assert ladder.driver.time == "08:32:51.662"


def test_quiet_stretches_are_folded_and_the_message_at_the_moment_is_not(ladder: Ladder) -> None:
    """As many as the run sent between, and one fewer on each side of a moment within them."""
    folds = ladder.pictures.first.locator(".fold")
    words = "39 polls that changed nothing (11 reasons, thrown away), 08:36 – 08:55"
    texts = f"all => all.map({TEXTS})"
    assert words in folds.evaluate_all(texts)
    run = finished("small", "E4", "trap", 1)
    lists = run.history_of("agent-19").messages("agent-19")
    [reload, *_, taken] = [
        m.leaves for m in lists if m.kind == "list" and 2_146_842 <= m.leaves <= 3_346_842
    ]
    assert sum(reload < m.leaves < taken for m in lists) == 39
    ladder.move(reload + 2 * 30_000 + 50)
    parts = [text for text in folds.evaluate_all(texts) if "11 reasons, thrown away" in text]
    assert "1 poll that changed nothing (11 reasons, thrown away), 08:36:16" in parts
    assert "37 polls that changed nothing (11 reasons, thrown away), 08:37 – 08:55" in parts


def test_the_table_says_the_same(ladder: Ladder) -> None:
    """Row by row the times, what is asked and answered, and what becomes of it."""
    ladder.part.get_by_text("The same as a table").click()
    for trap in ("T3", "E2", "E3", "E4"):
        ladder.take(trap)
        rows = ladder.part.locator("tbody tr")
        cells = rows.evaluate_all("all => all.map((r) => [...r.cells].map((c) => c.textContent))")
        folds = ladder.pictures.first.locator(".fold").evaluate_all(f"all => all.map({TEXTS})")
        assert [f"{row[2]}, {row[0]}" for row in cells if "changed nothing" in row[2]] == folds
        drawn = ladder.items().evaluate_all(f"all => all.map({TIMES})")
        said = [row[0].split(" → ") for row in cells if "changed nothing" not in row[2]]
        assert said == [sorted(set(times)) for times in drawn]
        _, asks, answers, ends, *_ = DECISIVE[trap]
        _, times = message_at(trap)
        [row] = [row for row in cells if row[0] == " → ".join(times)]
        assert row[1:4] == ["Page", asks, answers]
        assert row[4].startswith(ends)
    ladder.part.locator("tbody").get_by_role("button", name="08:32:39.869").click()
    assert ladder.current_tab == "Why"


def test_the_ladder_goes_by_keyboard(ladder: Ladder) -> None:
    """Down and up to the next message or act and back, Home and End, and Enter asks why."""
    picture = ladder.pictures.first
    picture.focus()
    picture.press("Home")
    times = [ladder.driver.time]
    for _ in range(4):
        picture.press("ArrowDown")
        times.append(ladder.driver.time)
    assert times == sorted(set(times))
    for before in reversed(times[1:-1]):
        picture.press("ArrowUp")
        assert ladder.driver.time == before
    active = picture.get_attribute("aria-activedescendant")
    assert ladder.here.get_attribute("id") == active
    assert picture.evaluate("e => e === document.activeElement"), "though it was drawn again"
    picture.press("End")
    end = ladder.driver.time
    assert end > times[-1]
    ladder.part.get_by_role("button", name="Before").click()
    before_the_end = ladder.driver.time
    assert times[-1] < before_the_end < end
    ladder.part.get_by_role("button", name="Before").click()
    ladder.part.get_by_role("button", name="After").click()
    assert ladder.driver.time == before_the_end
    ladder.move(1_959_869)
    picture.press("Enter")
    assert ladder.current_tab == "Why"
    assert "an administrator deactivated Short Break" in ladder.chosen
    assert ladder.driver.root.locator(".records").evaluate("e => e === document.activeElement")


def test_two_runs_stand_in_step(ladder: Ladder) -> None:
    """The same time at the same height, one run beside the other, or below where it is narrow."""
    ladder.take("E4", "E4b")
    assert ladder.part.locator(".ladder .heads b").all_inner_texts() == ["Trap E4", "Fix E4b"]
    heights = [
        ladder.pictures.nth(i).get_by_text("08:32:51.560").bounding_box()["y"] for i in (0, 1)
    ]
    assert heights[0] == pytest.approx(heights[1], abs=1)
    assert "which version?" in ladder.items(1).evaluate_all(f"all => all.map({TEXTS}).join()")
    boxes = [ladder.pictures.nth(i).bounding_box() for i in (0, 1)]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    ladder.driver.page.set_viewport_size(ZOOMED)
    ladder.driver.page.wait_for_function(
        "lab => { const [a, b] = lab.querySelectorAll('svg.lifelines');"
        " return a.getBoundingClientRect().bottom <= b.getBoundingClientRect().top; }",
        arg=ladder.driver.root.element_handle(),
    )


@pytest.mark.parametrize("trap", some(TRAP_IDS, 2, start=2))
def test_no_text_is_cut_or_small(ladder: Ladder, trap: str) -> None:
    """At 1280 px, at 200 %, and with a fix beside the trap."""
    for window in (VIEWPORT, ZOOMED):
        ladder.driver.page.set_viewport_size(window)
        for preset in ("trap", A_FIX[trap]):
            ladder.take(trap, preset)
            for picture in ladder.pictures.all():
                assert picture.evaluate(OUTSIDE) == []
        frame = ladder.part.locator(".frame")
        assert frame.evaluate("e => e.scrollWidth <= e.clientWidth")


def test_it_is_drawn_only_where_its_tab_is_open(ladder: Ladder) -> None:
    """A move within another tab leaves the picture as it is; opened again it has caught up."""
    ladder.driver.tab("Why")
    before = ladder.pictures.first.evaluate("e => e.innerHTML")
    ladder.move(9_550_280)
    assert ladder.pictures.first.evaluate("e => e.innerHTML") == before
    ladder.driver.tab("Messages")
    assert "10:39:10.280" in ladder.here.get_attribute("aria-label")


@pytest.fixture(scope="module")
def axe(opened: Driver) -> Callable[[], list[str]]:
    """A function that lists what axe finds serious or critical on the lab."""
    return axe_judge(opened.page)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(
    ladder: Ladder, axe: Callable[[], list[str]], theme: str
) -> None:
    """Of two ladders beside each other with their tables open."""
    body = ladder.driver.page.locator("body")
    chosen = body.get_attribute("data-jp-theme-light")
    light = "(body, light) => body.setAttribute('data-jp-theme-light', light)"
    body.evaluate(light, "true" if theme == "light" else "false")
    ladder.take("E4", "E4b")
    assert axe() == []
    body.evaluate(light, chosen)

"""The first screen of a lab in a real JupyterLab: told step by step, played, and judged by axe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from browsing import VIEWPORT
from driving import Server, axe_judge, settled
from extent import some

from simkit.study.catalogue import TRAP_IDS

pytestmark = pytest.mark.browser

PANE = {(1280, 720): 599, (1024, 768): 647, (3840, 2160): 2040}
"""Pixels that JupyterLab leaves a notebook below its bars, by the window. In the second one, beside
the file browser, the stage takes two columns."""
FINGERTIP = 44
"""Pixels that a finger hits, by the guidelines of WCAG 2.5.5."""
SMALLEST, USUAL = 14, 16
"""Pixels of type that anybody reads from the back of a room; the first for what stands beside."""
CUT = """(story) => [...story.querySelectorAll("*")].flatMap((e) => {
  const style = getComputedStyle(e);
  const own = [...e.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  if (!own || !e.checkVisibility() || e.closest(".unseen, option")) return [];
  const cut = e.clientWidth && style.display !== "inline" && e.scrollWidth > e.clientWidth + 1;
  return parseFloat(style.fontSize) < 14 || cut ? [e.outerHTML.slice(0, 120)] : [];
})"""
"""Lists the texts of the first screen that are cut, or too small."""


class Screen:
    """The first screen of the first lab on a page, and hands on it."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.root = page.locator(".simkit-lab").first
        self.story = self.root.locator(".story")

    def settled(self) -> None:
        settled(self.page, self.root)

    def take(self, trap: str) -> None:
        """Choose a trap; its story begins anew."""
        self.root.get_by_label("The trap", exact=True).select_option(trap)
        self.settled()

    @property
    def sentence(self) -> str:
        return str(self.story.locator(".sentence").inner_text())

    @property
    def time(self) -> str:
        return str(self.root.get_by_role("slider").get_attribute("aria-valuetext"))

    def press(self, name: str) -> None:
        self.root.get_by_role("button", name=name, exact=True).click()
        self.settled()

    def answer(self) -> None:
        """Lock a guess in where a question is asked."""
        number = self.root.locator(".question input")
        if number.count():
            number.fill("1")
        option = self.root.locator(".question .option")
        if option.count():
            option.first.click()

    def steps(self) -> Iterator[int]:
        """Go through the story, from its cover to its last step."""
        count = 0
        yield count
        while self.story.locator(".lead .main").is_enabled():
            self.story.locator(".lead .main").click()
            self.settled()
            count += 1
            yield count
            self.answer()


@pytest.fixture(scope="module")
def opened(server: Server) -> Any:
    """A page with a lab, the file browser open as JupyterLab opens it."""
    return server.open("story", "import simkit", 'lab = simkit.lab("E4")\nlab', files=True)


@pytest.fixture
def screen(opened: Any) -> Iterator[Screen]:
    """The shared lab at the cover of E4; nothing complained of after."""
    page, watch = opened
    page.set_viewport_size(VIEWPORT)
    found = Screen(page)
    found.settled()
    if not found.story.is_visible():
        found.press("◂ The story")
    found.take("T1")
    found.take("E4")
    yield found
    assert (watch.errors, watch.outside) == ([], [])


@pytest.mark.parametrize("window", some(PANE, 1), ids=str)
def test_all_of_every_story_is_on_the_first_screen(screen: Screen, window: tuple[int, int]) -> None:
    """No step of a trap cuts a text or sets it small, nor needs scrolling where there is room.

    With a fix beside it both desks are there.
    """
    screen.page.set_viewport_size({"width": window[0], "height": window[1]})
    for trap in some(TRAP_IDS, 1):
        all_fits(screen, trap, PANE[window])


def all_fits(screen: Screen, trap: str, pane: int) -> None:
    screen.take(trap)
    count = 0
    for step in screen.steps():
        height = screen.root.evaluate("lab => lab.offsetHeight")
        assert height <= pane, f"{trap}, step {step}: {height} px"
        assert screen.story.evaluate(CUT) == [], f"{trap}, step {step}"
        sizes = screen.root.evaluate("lab => [lab.scrollWidth, lab.clientWidth]")
        assert sizes[0] <= sizes[1], f"{trap}, step {step}"
        count += 1
    assert 6 <= count <= 8, "a cover, and five to seven steps"
    assert screen.root.locator(".stage").count() == 2, "the last step shows a fix beside it"


@pytest.mark.thorough
def test_all_of_a_story_of_another_platform_is_on_the_first_screen(server: Server) -> None:
    """Of each trap that shows there; those of hundreds take half a minute to be run."""
    code = 'lab = simkit.lab(simkit.traps_of("genesys")["T2"])\nlab'
    page, watch = server.open("platform", "import simkit", code, files=True)
    screen = Screen(page)
    screen.settled()
    for trap in ("T3", "E2", "E3", "E4", "G3", "G4", "G5", "T2"):
        all_fits(screen, trap, PANE[1280, 720])
    assert (watch.errors, watch.outside) == ([], [])


def test_there_are_at_most_eight_controls(screen: Screen) -> None:
    """The trap, the switch of fixes, back, on, the dropdown, play, explore, the moment."""
    screen.press("Begin")
    found = screen.story.locator(
        "select:visible, button:visible, input:visible, [tabindex]:not([tabindex='-1']):visible"
    )
    names = found.evaluate_all(
        "all => all.map((e) => e.closest('.switch') ? 'switch' : e.outerHTML)"
    )
    assert len(set(names)) <= 8, names


def test_a_question_is_locked_before_the_story_goes_on(screen: Screen) -> None:
    """Next waits for a guess, which stays beside the question that it answers."""
    screen.press("Begin")
    screen.press("Next")
    onward = screen.root.get_by_role("button", name="Next")
    assert not onward.is_enabled()
    screen.root.locator(".question input").fill("2.5")
    screen.press("Lock it in")
    assert "You said: 2.5 min" in screen.root.locator(".question").inner_text()
    assert onward.is_enabled()
    screen.press("Next")
    screen.press("Back")
    assert "You said: 2.5 min" in screen.root.locator(".question").inner_text()


@pytest.mark.thorough
def test_the_answer_that_is_thrown_away_is_seen_to_fall(screen: Screen) -> None:
    """E4: the list that the platform sends lies below the page, and what is kept has its time."""
    for _ in screen.steps():
        if "throws it away" in screen.sentence:
            break
    fallen = screen.root.locator(".chip.fallen")
    assert fallen.is_visible()
    assert fallen.inner_text() == "11 reasons"
    assert "kept until 08:55" in screen.root.locator(".kept").inner_text().replace("\n", " ")
    assert screen.root.locator(".reasons .wrong").inner_text().startswith("Short Break")


@pytest.mark.thorough
def test_the_success_stands_beside_the_refusal(screen: Screen) -> None:
    """T3: a 403 on the wire and a tick on the desk, in one picture."""
    screen.take("T3")
    for _ in screen.steps():
        if "The desk says: done" in screen.sentence:
            break
    assert screen.root.locator(".chip").first.inner_text() == "403"
    assert screen.root.locator(".desktop .said").first.inner_text() == "✓ Done: Short Break"
    assert "Status: Available" in screen.root.locator(".platform .status").first.inner_text()


def test_a_story_goes_by_keyboard_alone(screen: Screen) -> None:
    """From the cover to the last step with Tab and Enter; the answer's button hands on to Next."""
    screen.root.get_by_role("button", name="Begin").focus()
    for _ in range(30):
        screen.page.keyboard.press("Enter")
        screen.settled()
        if screen.root.locator(".question input").count():
            screen.root.locator(".question input").focus()
            screen.page.keyboard.type("3")
            screen.page.keyboard.press("Tab")
            screen.page.keyboard.press("Enter")
        if not screen.root.get_by_role("button", name="Next").is_enabled():
            break
    assert "Step 6 of 6" in screen.root.locator(".where").inner_text()
    assert screen.root.get_by_role("button", name="Fix b").get_attribute("aria-pressed") == "true"


def test_the_timeline_steps_over_what_happens(screen: Screen) -> None:
    """Arrows go from one message or act to the next and back, Page keys over discrepancies."""
    slider = screen.root.get_by_role("slider")
    slider.focus()
    slider.press("Home")
    times = []
    for _ in range(5):
        slider.press("ArrowRight")
        times.append(screen.time)
    assert times == sorted(times)
    assert len(set(times)) > 2
    for before in reversed(times[:-1]):
        slider.press("ArrowLeft")
        assert screen.time == before
    slider.press("PageUp")
    assert "cannot be used" in screen.sentence
    slider.press("End")
    assert screen.time > times[-1]


@pytest.mark.thorough
def test_whoever_looks_elsewhere_returns_to_the_step(screen: Screen) -> None:
    """The sentence tells of what is looked at meanwhile; an open question waits."""
    screen.press("Begin")
    screen.press("Next")
    there, words = screen.time, screen.sentence
    screen.root.get_by_role("slider").press("End")
    assert screen.sentence.startswith("At 16:")
    assert not screen.root.locator(".question").is_visible()
    screen.press("Return")
    assert (screen.time, screen.sentence) == (there, words)
    assert screen.root.locator(".question").is_visible()


@pytest.mark.thorough
def test_playing_goes_from_message_to_message_and_says_what_it_leaves_out(screen: Screen) -> None:
    """A shift of eight hours needs no more than some two minutes, and pausing stays."""
    slider = screen.root.get_by_role("slider")
    slider.focus()
    slider.press("Home")
    screen.press("▶ Play")
    screen.page.wait_for_function(
        "lab => lab.querySelector('.before').textContent.includes('change')",
        arg=screen.root.element_handle(),
    )
    screen.page.wait_for_timeout(2_000)
    screen.press("❚❚ Pause")
    there = screen.time
    assert there > "08:25:21"
    screen.page.wait_for_timeout(400)
    assert screen.time == there


def test_a_fix_is_a_switch_and_stands_beside_the_trap(screen: Screen) -> None:
    """Both desks at the same moment; the switch back takes the fix away."""
    screen.press("Fix b")
    runs = screen.root.locator(".stage .run > :first-child").all_inner_texts()
    assert runs == ["Trap E4", "Fix E4b"]
    assert screen.root.locator(".reasons .wrong").count() == 1
    screen.press("Trap")
    assert screen.root.locator(".stage").count() == 1


def test_all_controls_are_behind_explore_and_the_story_is_kept(screen: Screen) -> None:
    """To the labs' tools and back again, at the same step."""
    screen.press("Begin")
    words = screen.sentence
    screen.press("Explore ▸")
    assert not screen.story.is_visible()
    assert screen.root.get_by_role("tab", name="Numbers").is_visible()
    screen.press("◂ The story")
    assert screen.sentence == words


@pytest.mark.thorough
def test_a_story_goes_by_finger_alone(server: Server) -> None:
    """Taps lead from the cover to the last step; what is tapped has the size of a fingertip."""
    page, watch = server.open("finger", "import simkit", 'simkit.lab("E4")', has_touch=True)
    found = Screen(page)
    found.settled()
    buttons = found.story.locator("button:visible")
    heights = buttons.evaluate_all("all => all.map((one) => one.getBoundingClientRect().height)")
    assert min(heights) >= FINGERTIP
    onward = found.story.locator(".lead .main")
    taps = 0
    while onward.is_enabled():
        onward.tap()
        found.settled()
        number = found.root.locator(".question input")
        if number.count():
            number.fill("1")
        option = found.root.locator(".question .option")
        if option.count():
            option.first.tap()
        taps += 1
    assert taps == 6, "the steps of E4"
    assert "6 of 6" in found.story.locator(".where").inner_text()
    assert (watch.errors, watch.outside) == ([], [])
    page.close()


@pytest.mark.thorough
def test_a_step_is_a_trait(server: Server) -> None:
    """Code moves the story, and nothing else is needed."""
    cells = ["import simkit", 'lab = simkit.lab("T3")\nlab', "lab.step = 2"]
    page, watch = server.open("trait", *cells)
    screen = Screen(page)
    page.wait_for_function(
        "lab => lab.querySelector('.sentence').textContent.includes('says no, 403')",
        arg=screen.root.element_handle(),
    )
    assert "Step 3 of" in screen.root.locator(".where").inner_text()
    assert (watch.errors, watch.outside) == ([], [])
    page.close()


def test_what_gives_the_answer_away_waits_for_a_guess(screen: Screen) -> None:
    """Until when the list is kept, for how long codes are listed, the hatch; then both are told."""
    screen.press("Begin")
    screen.press("Next")
    answers = [
        screen.story.locator(each).first for each in (".kept b", ".finding-of-day", ".wrong-span")
    ]
    assert screen.story.locator(".question input").is_visible()
    assert [answer.is_visible() for answer in answers] == [False] * 3
    screen.answer()
    assert [answer.is_visible() for answer in answers] == [True] * 3
    screen.press("Next")
    assert screen.story.locator(".small").inner_text().startswith("You said: 1 min.")


@pytest.mark.thorough
def test_beside_a_fix_each_desk_says_what_its_agent_believes(screen: Screen) -> None:
    """In T3 the lists are alike: what differs is whether the status believed is the true one."""
    screen.take("T3")
    screen.press("Fix")
    believed = screen.story.locator(".stage .run .pill")
    assert believed.all_inner_texts() == ["Meal", "Meal"]
    assert ["wrong" in pill.get_attribute("class") for pill in believed.all()] == [True, False]
    screen.press("Trap")


@pytest.fixture(scope="module")
def axe(opened: Any) -> Callable[[], list[str]]:
    """A function that lists what axe finds serious or critical on the lab."""
    return axe_judge(opened[0])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.thorough
def test_axe_finds_nothing_serious_in_any_story(
    screen: Screen, axe: Callable[[], list[str]], theme: str
) -> None:
    """Step by step in JupyterLab's light; and that with all that is lit in its dark."""
    body = screen.page.locator("body")
    chosen = body.get_attribute("data-jp-theme-light")
    light = "(body, light) => body.setAttribute('data-jp-theme-light', light)"
    body.evaluate(light, "true" if theme == "light" else "false")
    for trap in some(TRAP_IDS, 1) if theme == "light" else ("E3",):
        screen.take(trap)
        for step in screen.steps():
            assert axe() == [], f"{trap}, step {step}"
    body.evaluate(light, chosen)

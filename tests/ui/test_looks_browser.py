"""How a lab looks, in a browser alone: its sizes, its themes, its lanes, and a finger on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest
from browsing import chromium
from driving import OPEN_ALL, OPEN_TAB, axe_judge
from extent import some
from standing import write_page

import simkit

pytestmark = [pytest.mark.browser, pytest.mark.thorough]

PRESETS = {"T1": "trap", "T2": "T2a", "E2": "trap", "E3": "E3a", "E4": "E4b"}
"""A choice for each look that a desk has: empty, another division's, dead, locked, out of date."""
PANE = 820
"""Pixels that JupyterLab leaves a notebook in a window of 1280, its file browser open."""
WIDTHS = (420, PANE, 1920, 3840)
LOOKS = {
    "light": {"theme": "light"},
    "dark": {"theme": "dark"},
    "contrast, light": {"theme": "light", "contrast": "more"},
    "contrast, dark": {"theme": "dark", "contrast": "more"},
}

SMALL = """(lab) => [...lab.querySelectorAll("*")].flatMap((e) => {
  const own = [...e.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  const small = parseFloat(getComputedStyle(e).fontSize) < 14;
  return own && small && e.checkVisibility() ? [e.outerHTML.slice(0, 120)] : [];
})"""
"""Lists what is written in less than 14 px."""

OUTSIDE = """(lab) => {
  const edge = lab.getBoundingClientRect().right + 1;
  const clipped = (e) => e.closest(".twin, .frame.scroll, .records, pre, .tip")
    || getComputedStyle(e).clipPath !== "none";
  const wide = [...lab.querySelectorAll("*")].filter((e) => e.checkVisibility() && !clipped(e)
    && e.getBoundingClientRect().width && e.getBoundingClientRect().right > edge);
  const cut = [...lab.querySelectorAll(":is(button, h2, h3, p, li, td, th, label, .value)")]
    .filter((e) => e.checkVisibility() && !clipped(e) && getComputedStyle(e).display !== "inline"
      && e.clientWidth && e.scrollWidth > e.clientWidth + 1);
  const right = (e) => e.getBoundingClientRect().right;
  for (const text of lab.querySelectorAll(".frame:not(.scroll) svg text"))
    if (right(text) > right(text.closest(".frame")) + 1) cut.push(text);
  const across = document.scrollingElement.scrollWidth > innerWidth ? ["the page"] : [];
  return [...across, ...wide.concat(cut).map((e) => e.outerHTML.slice(0, 120))];
}"""
"""Lists what reaches beyond the lab, and what is cut."""

CUT_CHOICES = """(lab) => [...lab.querySelectorAll("select")].flatMap((select) => {
  if (!select.checkVisibility()) return [];
  const context = document.createElement("canvas").getContext("2d");
  context.font = getComputedStyle(select).font;
  const words = select.selectedOptions[0].text;
  return context.measureText(words).width + 36 > select.clientWidth ? [words] : [];
})"""
"""Lists the choices that their select has no room for."""

MARKS = """(lab) => [...lab.querySelectorAll("svg.bands .lane-of")].map((lane) => [
  lane.dataset.lane,
  [...lane.querySelectorAll(".mark")].map((mark) => {
    const { left, right, top, bottom } = mark.getBoundingClientRect();
    return [left, right, top, bottom];
  }),
])"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start a browser once."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """A function that gives the address of a trap's lab: all controls, or its story."""
    folder, written = tmp_path_factory.mktemp("looks"), dict[tuple[str, bool], str]()

    def of(trap_id: str, explore: bool = True) -> str:
        if (trap_id, explore) not in written:
            lab = simkit.lab(trap_id, preset=PRESETS[trap_id])
            for shown in (True, False):
                file = Path(folder, f"{trap_id}-{shown}.html")
                written[trap_id, shown] = write_page(lab, file, explore=shown)
            lab.close()
        return written[trap_id, explore]

    return of


@contextmanager
def opened(
    browser: Any, address: str, width: int = PANE, theme: str = "light", **context: Any
) -> Iterator[Any]:
    """Open a lab in a window of some width, in a theme of JupyterLab's; nothing fails there."""
    page = browser.new_page(viewport={"width": width, "height": 600}, **context)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(address)
    page.evaluate(
        "light => document.body.setAttribute('data-jp-theme-light', light)",
        str(theme == "light").lower(),
    )
    page.locator("body[data-ready]").wait_for()
    yield page
    assert errors == []
    page.close()


def panels(page: Any) -> Iterator[str]:
    """Open one panel after the other, with all that is folded in it."""
    for tab in page.get_by_role("tab").all():
        tab.click()
        page.locator(".simkit-lab").evaluate(OPEN_ALL, True)
        yield tab.inner_text()
        page.locator(".simkit-lab").evaluate(OPEN_ALL, False)


@pytest.mark.parametrize(
    ("trap_id", "look"),
    # Colours are decided in one sheet for all of them: each look is judged on one.
    list(product(PRESETS, LOOKS)),
)
def test_axe_finds_nothing_serious(
    browser: Any, address: Callable[..., str], trap_id: str, look: str
) -> None:
    """No story and no panel keeps anybody out by axe's rules: light, dark, with more contrast."""
    with opened(browser, address(trap_id, explore=False), **LOOKS[look]) as page:
        assert axe_judge(page)() == []
    with opened(browser, address(trap_id), **LOOKS[look]) as page:
        judge = axe_judge(page)
        assert judge() == []
        for panel in panels(page):
            assert judge(OPEN_TAB) == [], panel


@pytest.mark.parametrize("trap_id", some(PRESETS, 1))
def test_no_text_is_small(browser: Any, address: Callable[..., str], trap_id: str) -> None:
    """In the pane that JupyterLab leaves nothing is written in less than 14 px."""
    with opened(browser, address(trap_id)) as page:
        for panel in panels(page):
            assert page.locator(".simkit-lab").evaluate(SMALL) == [], panel


@pytest.mark.parametrize(("trap_id", "width"), some(product(PRESETS, WIDTHS), 1, start=1))
def test_the_story_does_not_overflow(
    browser: Any, address: Callable[..., str], trap_id: str, width: int
) -> None:
    """On its first screen nobody scrolls sideways, and all words are whole."""
    with opened(browser, address(trap_id, explore=False), width) as page:
        lab = page.locator(".simkit-lab")
        assert lab.evaluate(OUTSIDE) + lab.evaluate(CUT_CHOICES) == []


@pytest.fixture(scope="module", params=some(product(PRESETS, WIDTHS), 1), ids=str)
def sized(
    request: pytest.FixtureRequest, browser: Any, address: Callable[..., str]
) -> Iterator[Any]:
    """A page with all controls of a trap's lab in a window of some width."""
    trap_id, width = request.param
    with opened(browser, address(trap_id), width) as page:
        yield page


def test_nothing_overflows_and_nothing_is_cut(sized: Any) -> None:
    """From a telephone to the widest screen nobody scrolls sideways, and all words are whole."""
    lab = sized.locator(".simkit-lab")
    for panel in panels(sized):
        assert lab.evaluate(OUTSIDE) == [], panel
    chosen = lab.locator(".chosen")
    whole = chosen.is_visible() and chosen.inner_text()
    assert [words for words in lab.evaluate(CUT_CHOICES) if words != whole] == []


def test_no_mark_lies_on_another(sized: Any) -> None:
    """Each lane keeps to its own height, and what would lie on each other there stands as one."""
    lanes = sized.locator(".simkit-lab").evaluate(MARKS)
    assert any(marks for _, marks in lanes)
    for (_, above), (_, below) in pairwise(lanes):
        if above and below:
            assert max(bottom for *_, bottom in above) < min(top for _, _, top, _ in below)
    for lane, marks in lanes:
        rights = [right for _, right, _, _ in marks]
        lefts = [left for left, *_ in marks]
        assert all(r < left for r, left in zip(rights[:-1], lefts[1:], strict=True)), lane


def test_whoever_acts_has_a_lane(browser: Any, address: Callable[..., str]) -> None:
    """In E3 workforce management and routing overwrite, each in a row of its own."""
    with opened(browser, address("E3")) as page:
        rows = page.locator("svg.bands .row-label").all_text_contents()
    assert rows[:4] == ["Agent", "Page", "Workforce management", "Routing"]


def test_a_desk_shows_what_differs_and_unfolds(browser: Any, address: Callable[..., str]) -> None:
    """The reason that was switched off is seen among few; the button and the keys show the rest."""
    with opened(browser, address("E4")) as page:
        desk = page.locator(".desk").first
        options = desk.get_by_role("option")
        assert (options.count(), desk.locator("li.bad").first.inner_text()) == (4, "Team Meeting")
        desk.get_by_role("button", name="6 others usable").click()
        assert options.count() == 10
        desk.get_by_role("button", name="Only what differs").click()
        assert options.count() == 4
        desk.get_by_role("combobox").press("End")
        assert options.count() == 10
        assert desk.locator("li.active").inner_text() == "Back Office"


def test_fields_have_plain_labels_and_their_names_on_demand(
    browser: Any, address: Callable[..., str]
) -> None:
    """A newcomer reads words; who writes code sees the dotted name, too."""
    with opened(browser, address("E4")) as page:
        page.get_by_role("tab", name="Change by hand").click()
        name = page.locator(".fields").get_by_text("widget.refresh_interval_ms")
        assert page.get_by_label("Time between two polls", exact=True).input_value() == "30000"
        assert not name.is_visible()
        page.get_by_label("Names of the fields").check()
        assert name.is_visible()


def test_the_back_row_sees_all_larger_and_less(browser: Any, address: Callable[..., str]) -> None:
    """One press makes type half as large again, and nothing overflows; another takes it back."""
    with opened(browser, address("E4"), 1280) as page:
        lab, presenter = page.locator(".simkit-lab"), page.get_by_role("button", name="Presenter")
        before = page.locator(".tabs button").first.bounding_box()
        presenter.click()
        page.wait_for_timeout(200)
        after = page.locator(".tabs button").first.bounding_box()
        assert after["height"] == pytest.approx(1.5 * before["height"], abs=1)
        assert not lab.locator(".lesson").is_visible()
        for panel in panels(page):
            assert lab.evaluate(OUTSIDE) + lab.evaluate(CUT_CHOICES) == [], panel
        picture = page.locator("svg.bands")
        width = picture.bounding_box()["width"]
        picture.click(position={"x": width * 0.99, "y": 40})
        slider = page.get_by_role("slider", name="Moment")
        assert slider.input_value() == slider.get_attribute("max"), "the pointer is scaled, too"
        presenter.click()
        assert lab.locator(".lesson").is_visible()


def test_a_finger_has_room_and_a_swipe_up_scrolls(
    browser: Any, address: Callable[..., str]
) -> None:
    """Controls are 44 px high; sideways a finger moves the moment, up and down the page."""
    heights = """lab => [...lab.querySelectorAll("button:not(.link), select, summary, .box")]
      .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 44)
      .map((e) => e.outerHTML)"""
    with opened(browser, address("E4"), has_touch=True, is_mobile=True) as page:
        lab = page.locator(".simkit-lab")
        for panel in panels(page):
            assert lab.evaluate(heights) == [], panel
        page.evaluate("scrollTo(0, 0)")
        picture = page.locator("svg.bands").bounding_box()
        slider = page.get_by_role("slider", name="Moment")
        touch = page.context.new_cdp_session(page)
        x, y = picture["x"] + picture["width"] * 0.6, picture["y"] + 60

        def swipe(dx: int, dy: int) -> None:
            for step in range(11):
                points = [{"x": x + dx * step / 10, "y": y + dy * step / 10}]
                kind = "touchMove" if step else "touchStart"
                touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
                page.wait_for_timeout(30)
            touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
            page.wait_for_timeout(300)

        before = slider.input_value()
        swipe(0, -150)
        assert (slider.input_value(), page.evaluate("scrollY") > 0) == (before, True)
        page.evaluate("scrollTo(0, 0)")
        swipe(-150, 0)
        there = int(slider.input_value())
        assert there < int(before)
        assert page.evaluate("scrollY") == 0
        page.touchscreen.tap(x + 100, y)
        assert int(slider.input_value()) > there


def test_a_picture_is_saved_on_white_in_the_dark_too(
    browser: Any, address: Callable[..., str], tmp_path: Path
) -> None:
    """What is saved of a dark lab is that of a light one, letter by letter."""
    texts = []
    for theme in ("light", "dark"):
        with opened(browser, address("E4"), theme=theme) as page:
            with page.expect_download() as download:
                page.locator(".legend .save button").first.click()
            download.value.save_as(tmp_path / f"{theme}.svg")
            texts.append((tmp_path / f"{theme}.svg").read_text(encoding="utf-8"))
    light, dark = (text.replace("simkit-", "") for text in texts)
    assert light.count("rgb(22, 32, 43)") == dark.count("rgb(22, 32, 43)") > 10
    assert "rgb(238, 242, 246)" not in dark


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forced_colours_keep_the_picture(
    browser: Any, address: Callable[..., str], scheme: str
) -> None:
    """In a system's own few colours marks, spans and the cursor differ from their ground."""
    fills = """lab => [...lab.querySelectorAll("svg.bands .mark:not(.hollow)")]
      .map((e) => getComputedStyle(e).fill)"""
    with opened(
        browser, address("E4"), theme=scheme, forced_colors="active", color_scheme=scheme
    ) as page:
        lab = page.locator(".simkit-lab")
        ground = lab.evaluate("lab => getComputedStyle(lab).backgroundColor")
        assert ground not in lab.evaluate(fills)

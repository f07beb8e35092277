"""The picture of a thousand agents in a real browser: looked at, pointed at, saved, left out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from browsing import VIEWPORT
from driving import OPEN_ALL, ZOOMED, Driver, Server, axe_judge

pytestmark = [pytest.mark.browser, pytest.mark.thorough]

OPEN = """import simkit
from simkit.inputs.resizing import resized
from simkit.ui.lab.scenario_selection import ScenarioSelection
from simkit.ui.lab.lab import Lab
from simkit.ui.lab.state import LabState
trap = simkit.traps["E4"]
crowd = resized(trap.settings.organisation, agents=1_000)
lab = Lab(lambda: LabState(ScenarioSelection(trap.on(crowd), organisation="other")))
lab"""
TITLE_FOLDS = {"width": 1060, "height": 900}
ONE_BELOW_THE_OTHER = {"width": 780, "height": 900}
SIZES = (VIEWPORT, TITLE_FOLDS, ONE_BELOW_THE_OTHER, ZOOMED)
# Which texts of a picture meet another one, or leave the picture.
CRAMPED = """(svg) => {
  const frame = svg.getBoundingClientRect();
  const all = [...svg.querySelectorAll("text")].filter((text) => text.textContent);
  const boxes = all.map((text) => [text.textContent, text.getBoundingClientRect()]);
  const bad = boxes.filter(([, b]) =>
    b.left < frame.left - 1 || b.right > frame.right + 1 || b.bottom > frame.bottom + 1);
  const found = bad.map(([text]) => `${text} is cut`);
  boxes.forEach(([one, a], i) => boxes.slice(i + 1).forEach(([other, b]) => {
    const beside = a.left >= b.right - 1 || b.left >= a.right - 1;
    if (!beside && a.top < b.bottom - 4 && b.top < a.bottom - 4)
      found.push(`${one} meets ${other}`);
  }));
  return found;
}"""


@pytest.fixture(scope="module")
def opened(server: Server) -> Driver:
    """A lab of a thousand agents in JupyterLab."""
    return Driver(*server.open("crowd", OPEN))


@pytest.fixture
def lab(opened: Driver) -> Iterator[Driver]:
    """The lab with the trap beside E4a, all agents shown; nothing complained of after."""
    opened.page.set_viewport_size(VIEWPORT)
    opened.choose("Settings", "E4a")
    opened.tab("All agents")
    opened.page.wait_for_timeout(200)
    yield opened
    opened.fine()


def pictures(lab: Driver) -> Any:
    return lab.root.locator("svg.overview")


def at(lab: Driver, row: int, share: float = 0.5) -> dict[str, float]:
    """Give the place of a row of the first picture, so far along its shift."""
    place: dict[str, float] = pictures(lab).first.evaluate(
        """(svg, [row, share]) => {
          const cells = [...svg.querySelectorAll("path.shade")].map((each) => each.getBBox());
          const left = Math.min(...cells.map((box) => box.x));
          const right = Math.max(...cells.map((box) => box.x + box.width));
          const top = Math.min(...cells.map((box) => box.y));
          return { x: left + share * (right - left), y: top + 6 * row + 3 };
        }""",
        [row, share],
    )
    return place


def test_each_run_is_one_light_picture_with_labelled_axes(lab: Driver) -> None:
    """Fewer than 500 elements draw a thousand agents, with axes and kinds in words."""
    assert pictures(lab).count() == 2
    for i, order in enumerate(["misled for longest first", "in the same order"]):
        picture = pictures(lab).nth(i)
        words = picture.evaluate("svg => svg.textContent")
        for part in (
            *("on shift: 1,000 at most", "listed, not usable: ", "Local time (Europe/Berlin)"),
            *(
                "% of those on shift, with a discrepancy",
                "on shift, none with a discrepancy",
            ),
            *(f"Agents, {order}", "101–120", "10:00"),
        ):
            assert part in words
        assert picture.locator("*").count() < 500
        assert "1,000 agents meet discrepancies" in picture.get_attribute("aria-label")


@pytest.mark.parametrize("trap", ["E4", "E3", "T1"])
def test_no_text_of_the_picture_meets_another(lab: Driver, trap: str) -> None:
    """In four windows, with one run below the other too, no word is cut or covered."""
    lab.choose("Trap", trap)
    lab.choose("Settings", f"{trap}a")
    found = {}
    for size in SIZES:
        lab.page.set_viewport_size(size)
        lab.page.wait_for_timeout(200)
        found[str(size)] = [pictures(lab).nth(i).evaluate(CRAMPED) for i in (0, 1)]
    lab.choose("Trap", "E4")
    assert found == {str(size): [[], []] for size in SIZES}


def test_a_click_on_a_row_goes_to_the_first_agent_of_the_group(lab: Driver) -> None:
    """The row is marked from then on, and the desk is that of whoever heads it."""
    pictures(lab).first.click(position=at(lab, 10))
    lab.settled()
    chosen = lab.select("Agent").locator("option:checked").inner_text()
    assert chosen.endswith(", first of 201–220")
    assert chosen.split(" - ")[0] in lab.desks.first.inner_text()
    assert pictures(lab).first.locator(".own").text_content() == "▶ 201–220"


def test_pointing_says_who_when_and_how_many(lab: Driver) -> None:
    """The tip stays within its frame, and goes where there is nothing to say."""
    tip = lab.root.locator(".overview-part .tip")
    pictures(lab).first.hover(position=at(lab, 0, 0.2))
    words = tip.inner_text()
    assert words.startswith("Agents 1–20, ")
    assert words.endswith(" % with a discrepancy")
    frame, box = (e.bounding_box() for e in (lab.root.locator(".overview-part .frame"), tip))
    assert frame["x"] <= box["x"]
    assert box["x"] + box["width"] <= frame["x"] + frame["width"]
    pictures(lab).first.hover(position={"x": 5, "y": 5})
    assert not tip.is_visible()


def test_shades_say_shares(lab: Driver) -> None:
    """The colour under a place is that of the share that is told there."""
    shares = (0.08, 0.2, 0.5)  # amid the first deactivations, when they fade, and when all is well
    # Listened to on the page, not on the picture: a scroll bar that comes late has it drawn anew.
    lab.page.evaluate(
        "document.addEventListener('mousemove', (e) => { window.pointed = e; }, true)"
    )
    # Where the pointer is: a browser gives it in whole pixels, and a cell may end between two.
    pointed_at = """(svg) => {
      const { left, top } = svg.getBoundingClientRect();
      const point = new DOMPoint(window.pointed.clientX - left, window.pointed.clientY - top);
      const cell = [...svg.querySelectorAll("path.shade")].find((e) => e.isPointInFill(point));
      const words = svg.closest(".overview-part").querySelector(".tip").innerText;
      return [words, cell ? cell.getAttribute("class").split(" ")[1] : ""];
    }"""
    limits = [2, 5, 10, 20, 40, 60, 80, 100]
    told = set()
    for row, share in product((0, 3, 25, 49), shares):
        pictures(lab).first.hover(position=at(lab, row, share))
        words, shade = pictures(lab).first.evaluate(pointed_at)
        told.add(shade)
        if "nobody" in words:
            assert shade == ""
            continue
        percent = int(words.split(": ")[1].split(" ")[0])
        place = next(i for i, limit in enumerate(limits) if percent <= limit)
        assert shade == (f"shade-{place}" if percent else "none")
    assert len(told) > 3


def test_the_moment_is_marked_above_and_in_the_rows(lab: Driver) -> None:
    """Counts and rows have the line at one and the same place, and the slider moves both."""
    slider = lab.root.get_by_role("slider", name="Moment")
    places = []
    for key in ("Home", "End"):
        slider.press(key)
        lines = pictures(lab).first.locator(".cursor")
        places.append({line.get_attribute("x1") for line in lines.all()})
        assert lines.count() == 2
    assert [len(place) for place in places] == [1, 1]
    assert places[0] != places[1]


def test_by_keyboard_the_tables_say_the_same_and_lead_to_an_agent(lab: Driver) -> None:
    """Hours, rows and worst agents are read, and an agent is chosen, without a mouse."""
    from playwright.sync_api import expect

    twin = lab.root.locator(".overview-part .twin")
    twin.locator("summary").focus()
    lab.page.keyboard.press("Enter")
    tables = twin.locator("table")
    expect(tables).to_have_count(4)
    heads = tables.first.locator("thead").inner_text().split("\t")
    assert heads[:3] == ["Hour from", "On shift", "With a discrepancy"]
    assert "agents misled for longest in Trap E4" in tables.nth(3).locator("caption").inner_text()
    assert tables.nth(1).locator("tbody tr").count() == 50
    button = tables.nth(1).locator("button").nth(24)
    agent = button.inner_text()
    button.focus()
    lab.page.keyboard.press("Enter")
    lab.settled()
    assert lab.select("Agent").input_value() == agent
    expect(pictures(lab).first.locator(".own")).to_have_text("▶ 21–40")
    lab.page.wait_for_timeout(200)
    twin.locator("summary").click()


def test_the_picture_is_saved_as_it_is_seen(lab: Driver, tmp_path: Path) -> None:
    """The file has its words and shades without the page, in less than half a megabyte."""
    for i, kind in enumerate(("svg", "png")):
        with lab.page.expect_download() as download:
            lab.root.locator(".overview-part .save button").nth(i).click()
        download.value.save_as(tmp_path / f"picture.{kind}")
    svg = (tmp_path / "picture.svg").read_text(encoding="utf-8")
    assert "on shift: 1,000 at most" in svg
    assert "Local time (Europe/Berlin)" in svg
    for colour in ("rgb(249, 211, 224)", "rgb(58, 2, 25)", "rgb(223, 230, 238)"):
        assert f"fill:{colour}" in svg, "shades keep their colour without a style sheet"
    assert len(svg) < 500_000
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_axe_finds_nothing_grave(lab: Driver) -> None:
    """The picture and its open tables keep nobody out by axe's rules."""
    judge = axe_judge(lab.page)
    lab.root.evaluate(OPEN_ALL, True)
    assert judge() == []


def test_the_page_does_not_grow_wider_than_the_window(lab: Driver) -> None:
    """Nobody scrolls sideways for two pictures, at a zoom of 200 % neither."""
    for size in SIZES:
        lab.page.set_viewport_size(size)
        lab.page.wait_for_timeout(200)
        widths = lab.root.evaluate("lab => [lab.scrollWidth, lab.clientWidth]")
        assert widths[0] <= widths[1] + 1

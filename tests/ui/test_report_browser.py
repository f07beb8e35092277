"""The report in a real browser, opened from a file: drawn, saved as pictures, nothing fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from browsing import VIEWPORT, Watch, chromium
from sweeps import around, by_hand

from simkit.rules.settings import Settings
from simkit.ui.charts.figure import Chart
from simkit.ui.report.report import charts_of, write_images, write_report

pytestmark = [pytest.mark.browser, pytest.mark.thorough]

HOSTILE = '<script>alert("x")</script> $a$ & \N{HEBREW LETTER ALEF}'
LEVELS: dict[str, Any] = {
    HOSTILE: {},
    "x" * 300: {"hidden_per_shift": 1},
    "kept": {"widget.dataset_life_polls": 60},
}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def charts(healthy: Settings, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Chart]]:
    """The report of a sweep with hostile names, and its charts."""
    results = by_hand(
        healthy.with_top(name=HOSTILE),
        {"refresh_interval_ms": [5_000, 30_000, 300_000], HOSTILE: LEVELS},
        ["stale_share", "requests_per_s", "bytes_per_s", "deactivated_code_shown_ms"],
        lambda metric, i: around(
            {"stale_share": 0.01, "deactivated_code_shown_ms": 9_000}.get(metric, 80.0) * (i + 1),
            5e-3,
        ),
    )
    file = tmp_path_factory.mktemp("report") / "report.html"
    return write_report(results, file), charts_of(results)


@pytest.fixture(scope="module")
def shown(charts: tuple[Path, list[Chart]]) -> Iterator[tuple[Any, Watch]]:
    """The page with all charts drawn, and what it complained about and asked for."""
    file, drawn = charts
    with chromium() as browser:
        page = browser.new_page(viewport=VIEWPORT)
        watch = Watch(page)
        page.goto(file.as_uri())
        page.locator("figure .main-svg").nth(len(drawn) - 1).wait_for()
        yield page, watch


def saved(page: Any, place: int, button: str) -> tuple[str, bytes]:
    """Press a button of a chart; give the name and the content of the file that is saved."""
    figure = page.locator("figure").nth(place)
    with page.expect_download() as download:
        figure.get_by_role("button", name=button).click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def test_every_chart_is_drawn_and_says_its_finding(
    shown: tuple[Any, Watch], charts: tuple[Path, list[Chart]]
) -> None:
    """Each drawing has its title as its label, and no second time within the picture."""
    page, _ = shown
    figures = page.locator("figure")
    assert figures.count() == len(charts[1])
    for i, chart in enumerate(charts[1]):
        plot = figures.nth(i).locator(".plot")
        assert plot.get_attribute("role") == "img"
        assert plot.get_attribute("aria-label") == chart.title
        assert plot.locator(".main-svg").count() >= 1
        assert plot.locator(".gtitle").count() == 0, "the heading says it"


def test_nothing_reaches_over_the_side(shown: tuple[Any, Watch]) -> None:
    """With tables open nobody scrolls sideways, at 1280 px and at 640 px."""
    page, _ = shown
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    for width in (1280, 640):
        page.set_viewport_size({"width": width, "height": 720})
        # Charts are drawn again after the page has its new size; a busy machine takes its time.
        fits = "width => document.documentElement.scrollWidth <= width"
        page.wait_for_function(fits, arg=width, timeout=5_000)
    page.set_viewport_size(VIEWPORT)
    page.wait_for_timeout(300)


def test_no_words_of_a_chart_are_cut_off(shown: tuple[Any, Watch]) -> None:
    """At 1280 px every word of a figure lies within its frame, up to the width of its line."""
    page, _ = shown
    outside = page.evaluate(
        """() => [...document.querySelectorAll(".plot")].flatMap((plot) => {
          const frame = plot.getBoundingClientRect();
          return [...plot.querySelectorAll("text")].filter((text) => {
            const { left, right, top, bottom, width } = text.getBoundingClientRect();
            return width && (left < frame.left - 2 || right > frame.right + 2 ||
              top < frame.top - 2 || bottom > frame.bottom + 2);
          }).map((text) => text.textContent);
        })"""
    )
    assert outside == []


def test_a_saved_svg_is_the_whole_chart_with_its_title(
    shown: tuple[Any, Watch], charts: tuple[Path, list[Chart]]
) -> None:
    """Away from the page it says title and axis, and nothing in it would be fetched."""
    page, _ = shown
    name, content = saved(page, 0, "Save as SVG")
    picture = ElementTree.fromstring(content)
    words = "".join("".join(text.itertext()) for text in picture.iter(f"{SVG}text"))
    assert name == f"{charts[1][0].file}.svg"
    assert spelt(charts[1][0].title) in spelt(words)
    assert "Requests on the wire (per s)" in words
    assert not re.findall(rb"url\((?!&quot;#|#|'#)|(?:href|src)=\"(?!#|data:)", content)


def spelt(text: str) -> str:
    """Give a text without its spaces, some of which are line ends in a figure."""
    return "".join(text.split())


def test_a_saved_png_is_twice_as_large_as_the_chart(
    shown: tuple[Any, Watch], charts: tuple[Path, list[Chart]]
) -> None:
    """It is sharp in print, and a line on the page tells under which name it was saved."""
    page, _ = shown
    name, content = saved(page, 1, "Save as PNG")
    assert name == f"{charts[1][1].file}.png"
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = (int.from_bytes(content[i : i + 4], "big") for i in (16, 20))
    assert width == 2 * page.locator("figure .plot").nth(1).evaluate("plot => plot.clientWidth")
    assert height == 2 * charts[1][1].data["layout"]["height"]
    said = page.locator("figure").nth(1).get_by_role("status").inner_text()
    assert said == f"Saved as {name}"


def test_names_stay_text(shown: tuple[Any, Watch]) -> None:
    """The sweep's hostile name is read in heading and legend, and adds no script."""
    page, _ = shown
    assert page.locator("h1").inner_text() == HOSTILE
    assert page.locator("script:not([type])").count() == 1
    assert spelt(HOSTILE) in spelt(page.locator("figure .legend").first.text_content())


def test_the_contents_lead_to_their_sections_by_keyboard(shown: tuple[Any, Watch]) -> None:
    """Enter on an entry brings its heading from below the window into the upper half of it."""
    page, _ = shown
    heading = page.get_by_role("heading", name="All points")
    top = "it => it.getBoundingClientRect().top"
    page.evaluate("scrollTo(0, 0)")  # at once: a key would scroll on beneath what follows
    link = page.get_by_role("navigation").get_by_role("link", name="All points")
    link.focus()
    assert heading.evaluate(top) > VIEWPORT["height"]
    page.keyboard.press("Enter")
    page.wait_for_function(
        "([it, half]) => { const t = it.getBoundingClientRect().top; return 0 <= t && t < half; }",
        arg=[heading.element_handle(), VIEWPORT["height"] / 2],
    )


def test_axe_finds_nothing_serious(shown: tuple[Any, Watch]) -> None:
    """With tables open the rules on colours, buttons, title and language did apply."""
    from axe_playwright_python.sync_playwright import Axe

    page, _ = shown
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    found = Axe().run(page).response
    grave = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
    assert [(v["id"], [node["html"][:200] for node in v["nodes"]]) for v in grave] == []
    passed = {rule["id"] for rule in found["passes"]}
    assert {"button-name", "color-contrast", "document-title", "html-has-lang"} <= passed


def test_on_paper_all_tables_are_open(
    shown: tuple[Any, Watch], charts: tuple[Path, list[Chart]]
) -> None:
    """A print has all the numbers, and no buttons that nobody can press there."""
    page = shown[0].context.browser.new_page(viewport=VIEWPORT)
    page.goto(charts[0].as_uri())
    assert page.locator("details:not([open])").count() == len(charts[1])
    page.pdf(prefer_css_page_size=True)
    assert page.locator("details:not([open])").count() == 0
    page.emulate_media(media="print")
    assert page.get_by_role("button", name="Save as PNG").count() == 0
    page.close()


def test_the_page_complains_of_nothing_and_asks_for_nothing(
    shown: tuple[Any, Watch], charts: tuple[Path, list[Chart]]
) -> None:
    """Opened from a disk it needs no server, no network and no second file."""
    _, watch = shown
    assert watch.errors == []
    assert set(watch.outside) <= {charts[0].as_uri()}, "the file itself, and its places"


def test_pictures_are_drawn_by_the_browser_that_is_there(
    charts: tuple[Path, list[Chart]], tmp_path: Path
) -> None:
    """A real browser stands where a stand-in did: both kinds are whole, 1,000 px wide."""
    chart = charts[1][0]
    png, svg = write_images([chart], tmp_path)
    assert png.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    picture = ElementTree.parse(svg).getroot()
    words = "".join("".join(text.itertext()) for text in picture.iter(f"{SVG}text"))
    assert spelt(chart.title) in spelt(words)
    assert float(picture.attrib["width"]) == 1000

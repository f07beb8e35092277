"""Charts in a real JupyterLab: drawn, read aloud, opened by keyboard, saved without a kernel."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import nbformat
import pytest
from browsing import PATIENCE, START, VIEWPORT, Watch, run_cells
from driving import KERNEL, Server

from simkit.ui.frontend.assets import script

pytestmark = [pytest.mark.browser, pytest.mark.thorough]

HOSTILE = '<script>alert("x")</script> $a$ & \N{HEBREW LETTER ALEF}'
CELLS = [
    "import dataclasses\nimport simkit\nfrom simkit.ui.charts import charts",
    "from simkit.base.statistics import Estimate",
    "result = simkit.compare('E4', replications=2)",
    "charts.verdicts(result)",
    "charts.costs(result)",
    f"""charts.sweep(
        {{{HOSTILE!r}: [(x, Estimate(x / 2, x / 2 - 1, x / 2 + 1)) for x in (15, 30, 60)]}},
        "Refresh interval (s)", "Mean age of the list", "s", "Half the interval",
        theory=[(15, 7.5), (30, 15), (60, 30)],
    )""",
    f"""chart = charts.bars([({HOSTILE!r}, 3), ('', 1)], 'Three and one', 'codes', {HOSTILE!r})
dataclasses.replace(chart, head=({HOSTILE!r}, 'codes'), rows=(({HOSTILE!r}, {HOSTILE!r}),))""",
]
CHARTS = len(CELLS) - 3
BY_HAND = """
<style>
  .a { fill: rgb(200, 0, 0); } .line { stroke: rgb(0, 0, 200); stroke-width: 2px;
  stroke-dasharray: 6px, 3px; vector-effect: non-scaling-stroke; }
  .gone { display: none; } text { font: italic 20px serif; text-anchor: end; opacity: 0.5; }
</style>
<svg id="hand" viewBox="0 0 10 10" style="width: 100px; height: 100px">
  <rect class="a" fill="green" width="5" height="5"></rect>
  <g class="a" clip-path="url(http://127.0.0.1:1/lab#c)"><circle cx="8" cy="8" r="1"></circle></g>
  <line class="line" x1="0" x2="10" y1="9" y2="9"></line>
  <rect class="gone" width="10" height="10"></rect>
  <image href="http://127.0.0.1:1/none.png" width="10" height="10"></image>
  <foreignObject width="9" height="9"><p xmlns="http://www.w3.org/1999/xhtml">no</p></foreignObject>
  <text x="9" y="4">a &amp; b\u0001</text>
</svg>"""
FOCUSED = "element => element === document.activeElement"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def shown(server: Server) -> tuple[Any, Watch]:
    """A page with a notebook of charts in it, all of them drawn."""
    notebook = nbformat.v4.new_notebook(
        cells=list(map(nbformat.v4.new_code_cell, CELLS)), metadata=KERNEL
    )
    nbformat.write(notebook, server.folder / "notebooks" / "charts.ipynb")
    page = server.browser.new_page(viewport=VIEWPORT)
    page.set_default_timeout(PATIENCE * 1000)
    watch = Watch(page)
    page.goto(server.address.replace(START, "charts.ipynb"))
    run_cells(page)
    boxes = page.locator(".simkit-chart-box")
    boxes.nth(CHARTS - 1).locator(".js-plotly-plot .main-svg").first.wait_for()
    return page, watch


def chart(page: Any, title: str) -> Any:
    """Give the box of the chart that draws a title."""
    box = page.locator(".simkit-chart-box", has=page.locator(".gtitle", has_text=title))
    box.scroll_into_view_if_needed()
    return box


def saved(page: Any, box: Any, button: str) -> tuple[str, bytes]:
    """Press a button; give the name and the content of the file that the browser saves."""
    with page.expect_download() as download:
        box.get_by_role("button", name=button).click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def test_a_saved_svg_is_the_whole_figure_with_title_and_axes(shown: tuple[Any, Watch]) -> None:
    """It has the words and the size of the screen, and white ground on any page."""
    page, _ = shown
    box = chart(page, "only reduce")
    name, content = saved(page, box, "Download SVG")
    picture = ElementTree.fromstring(content)
    words = " ".join("".join(text.itertext()) for text in picture.iter(f"{SVG}text"))
    assert name == "E4-verdicts.svg"
    assert "E4b cures" in words
    assert "Time a deactivated code stays in a list (min)" in words
    assert "Refresh every 15 s" in words
    drawn = box.locator(".js-plotly-plot").bounding_box()
    assert abs(float(picture.attrib["width"]) - drawn["width"]) <= 1
    assert abs(float(picture.attrib["height"]) - drawn["height"]) <= 1
    assert picture.find(f"{SVG}rect").attrib["fill"] == "white"


def test_a_saved_svg_needs_nothing_from_outside(shown: tuple[Any, Watch]) -> None:
    """The file can be opened offline: no address in it leads out of it."""
    page, _ = shown
    _, content = saved(page, chart(page, "only reduce"), "Download SVG")
    assert not re.findall(rb"url\((?!&quot;#|#|'#)|(?:href|src)=\"(?!#|data:)", content)


def test_a_saved_png_is_a_picture_twice_as_large_and_not_blank(shown: tuple[Any, Watch]) -> None:
    """It is sharp in print, and white and the green of a cure are among its pixels."""
    page, _ = shown
    box = chart(page, "only reduce")
    name, content = saved(page, box, "Download PNG")
    assert name == "E4-verdicts.png"
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    width, colors = page.evaluate(
        """async (data) => {
          const image = new Image();
          image.src = "data:image/png;base64," + data;
          await image.decode();
          const canvas = document.createElement("canvas");
          [canvas.width, canvas.height] = [image.width, image.height];
          const context = canvas.getContext("2d");
          context.drawImage(image, 0, 0);
          const { data: bytes } = context.getImageData(0, 0, image.width, image.height);
          return [image.width, [...new Set(new Uint32Array(bytes.buffer))].slice(0, 9999)];
        }""",
        base64.b64encode(content).decode(),
    )
    assert abs(width - 2 * box.locator(".js-plotly-plot").bounding_box()["width"]) <= 2
    green = 0xFF327D2E  # the cured point's #2e7d32, as alpha, blue, green, red
    assert {0xFFFFFFFF, green} <= set(colors)


def test_the_table_opens_by_keyboard_and_no_cell_moves(shown: tuple[Any, Watch]) -> None:
    """Nobody needs a mouse to read the numbers, and d pressed twice deletes no cell."""
    page, _ = shown
    box = chart(page, "only reduce")
    table, summary = box.locator("table"), box.locator("summary")
    cells = page.locator(".jp-Cell")
    before = cells.count()
    assert not table.is_visible()
    box.get_by_role("button", name="Download PNG").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert table.is_visible()
    assert summary.evaluate(FOCUSED)
    page.keyboard.press("Tab")
    frame = box.get_by_role("region", name="Table of the chart")
    assert frame.evaluate(FOCUSED), "else the arrow keys cannot scroll a wide table"
    for element in (box.get_by_role("button").first, summary, frame):
        element.focus()
        page.keyboard.press("d")  # in JupyterLab, twice this deletes a cell
        page.keyboard.press("d")
        page.wait_for_timeout(300)
        assert element.evaluate(FOCUSED)
    assert cells.count() == before
    assert box.get_by_role("columnheader").count() == 5
    assert box.get_by_role("rowheader").all_inner_texts()[0].startswith("E4 ")


def test_the_figure_is_one_image_that_says_its_finding(shown: tuple[Any, Watch]) -> None:
    """A screen reader says title and sentence, and not each letter of the drawing."""
    page, _ = shown
    figure = chart(page, "only reduce").get_by_role(
        "img", name=re.compile("^E4b cures, .*promises")
    )
    assert figure.locator(".js-plotly-plot").count() == 1


def test_names_from_the_data_stay_text(shown: tuple[Any, Watch]) -> None:
    """In figure, table and saved picture a hostile name is read in full and adds no script."""
    page, watch = shown
    for title in ("Half the interval", "Three and one"):
        box = chart(page, title)
        assert box.locator("script").count() == 0
        assert spelt(HOSTILE) in spelt(box.locator(".js-plotly-plot").text_content())
        assert spelt(HOSTILE) in spelt(box.locator("tbody").text_content())
        assert box.locator("td", has_text="<script>").count() == (title == "Three and one")
        _, content = saved(page, box, "Download SVG")
        assert spelt(HOSTILE) in spelt("".join(ElementTree.fromstring(content).itertext()))
    assert watch.errors == []


def spelt(text: str) -> str:
    """Give a text without its spaces, some of which are line ends in a figure."""
    return "".join(text.split())


def test_a_drawing_by_hand_keeps_its_style_sheet_and_loses_what_is_foreign(
    shown: tuple[Any, Watch],
) -> None:
    """Without its page a drawing looks the same, and it has nothing that would be fetched."""
    page = shown[0].context.browser.new_page()
    page.set_content(BY_HAND)
    page.add_script_tag(content=script("frontend/download"))
    picture = ElementTree.fromstring(page.evaluate("pictureOf(document.querySelector('#hand'))"))
    page.close()
    (drawn,) = picture.findall(f"{SVG}svg")
    assert (picture.attrib["viewBox"], drawn.attrib["viewBox"]) == ("0 0 100 100", "0 0 10 10")
    assert [child.tag.removeprefix(SVG) for child in drawn] == ["rect", "g", "line", "text"]
    rect, group, line, text = (style_of(child) for child in drawn)
    assert rect["fill"] == group["fill"] == "rgb(200, 0, 0)"
    assert "fill" not in drawn[0].attrib
    assert group["clip-path"] == 'url("#c")'
    assert line["stroke"] == "rgb(0, 0, 200)"
    # Two px on the page are a fifth of a unit, of which ten make 100 px.
    assert float(line["stroke-width"].removesuffix("px")) == pytest.approx(0.2)
    dashes = [float(part.strip(" px")) for part in line["stroke-dasharray"].split(",")]
    assert dashes == pytest.approx([0.6, 0.3])
    assert (text["font-style"], text["font-size"], text["text-anchor"], text["opacity"]) == (
        *("italic", "20px", "end", "0.5"),
    )
    assert drawn[3].text == "a & b\N{REPLACEMENT CHARACTER}"


def style_of(element: ElementTree.Element) -> dict[str, str]:
    """Give the inline style of an element; of two values the last one counts."""
    rules = (rule.split(":", 1) for rule in element.attrib["style"].split(";"))
    return {key.strip(): value.strip() for key, value in rules}


def test_axe_finds_nothing_serious_in_any_chart(shown: tuple[Any, Watch]) -> None:
    """Each part is scrolled into view with its table open, so that colours are judged too."""
    from axe_playwright_python.sync_playwright import Axe

    page, _ = shown
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    # JupyterLab lies beside a body of no height, in which axe takes everything for hidden.
    page.add_style_tag(content="html, body { height: 100%; }")
    boxes, grave, passed = page.locator(".simkit-chart-box"), [], set()
    for i in range(boxes.count()):
        boxes.nth(i).evaluate("box => { box.id = 'looked-at'; }")
        # Colours can only be judged on the screen: those of the figure, then of what is under it.
        for part in (".js-plotly-plot", "button", "table"):
            boxes.nth(i).locator(part).first.scroll_into_view_if_needed()
            found = Axe().run(page, context="#looked-at").response
            grave += [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
            passed |= {rule["id"] for rule in found["passes"]}
        boxes.nth(i).evaluate("box => { box.removeAttribute('id'); }")
    assert [(v["id"], [node["html"] for node in v["nodes"]]) for v in grave] == []
    assert {"button-name", "color-contrast", "role-img-alt", "summary-name"} <= passed


def test_charts_complain_of_nothing_and_fetch_nothing(shown: tuple[Any, Watch]) -> None:
    """After all that was drawn and saved, no error is there and nothing came from outside."""
    _, watch = shown
    assert watch.errors == []
    assert watch.outside == []

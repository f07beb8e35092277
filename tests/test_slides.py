"""Traps' notebooks as slides and pages, out of what is stored: no kernel, no network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from browsing import VIEWPORT, chromium
from nbconvert import HTMLExporter, SlidesExporter
from nbconvert.preprocessors import ExecutePreprocessor

from simkit.base import resources
from simkit.study.catalogue import TRAP_IDS

pytestmark = [pytest.mark.browser, pytest.mark.thorough]

FOLDER = resources.directory("notebooks")
NOTEBOOKS = [path for id_ in TRAP_IDS for path in FOLDER.glob(f"{id_}-*.ipynb")]
WIDE = 960
"""Pixels of a slide's width, as nbconvert tells reveal.js; it scales the slide to the window."""
MEASURE = """slides => slides.map((slide) => {
  const { width, height } = slide.getBoundingClientRect();
  return { width: Math.max(width, slide.scrollWidth), height, says: slide.innerText.slice(0, 60) };
})"""
# Without a network there is no reveal.js: slides lie one below the other, each as wide as one.
LAID_OUT = f"section section {{ width: {WIDE}px; overflow: hidden; }}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A browser that reaches nothing."""
    with chromium() as found:
        yield found


def exported(exporter: HTMLExporter, notebook: Path, folder: Path) -> str:
    """Give the address of a stored notebook, exported."""
    page, _ = exporter.from_filename(str(notebook))
    (folder / "exported.html").write_text(page, encoding="utf-8")
    return (folder / "exported.html").as_uri()


def labs_of(notebook: Path) -> int:
    cells = nbformat.read(notebook, 4).cells
    return sum("simkit.lab(" in cell.source for cell in cells if cell.cell_type == "code")


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_slide_is_higher_than_the_window(notebook: Path, browser: Any, tmp_path: Path) -> None:
    """At 1280 x 720 nothing of a slide is out of sight, and each lab is on one of its own."""
    page = browser.new_page(viewport=VIEWPORT)
    page.goto(exported(SlidesExporter(), notebook, tmp_path), wait_until="domcontentloaded")
    page.add_style_tag(content=LAID_OUT)
    slides = page.locator("section section").evaluate_all(MEASURE)
    high = VIEWPORT["height"]
    assert [s for s in slides if s["height"] > high or s["width"] > WIDE + 1] == []
    stills = page.locator("section section:has(.simkit-still)")
    assert stills.count() == labs_of(notebook)
    assert page.locator("section section:has(.simkit-still) .jp-MarkdownCell").count() == 0
    page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_exported_page_shows_the_stills_of_its_labs(
    theme: str, browser: Any, tmp_path: Path
) -> None:
    """Each is seen, says what the stage says, and stands out from the page in either theme."""
    notebook = next(FOLDER.glob("E4-*.ipynb"))
    page = browser.new_page(viewport=VIEWPORT)
    page.goto(
        exported(HTMLExporter(theme=theme), notebook, tmp_path), wait_until="domcontentloaded"
    )
    stills = page.locator(".simkit-still:visible")
    assert stills.count() == labs_of(notebook)
    assert "thrown away: the page keeps its list" in stills.first.inner_text()
    look = "(still) => [getComputedStyle(still).color, getComputedStyle(still).backgroundColor]"
    ink, paper = stills.first.evaluate(look)
    assert (brightness(ink) < brightness(paper)) == (theme == "light")
    assert abs(brightness(ink) - brightness(paper)) > 500
    page.close()


@pytest.mark.parametrize("stored", [False, True])
def test_a_page_of_cells_that_are_run_has_stills_where_no_widgets_are_kept(stored: bool) -> None:
    """With the option that the documentation names; without it the page waits for a network."""
    cell = nbformat.v4.new_code_cell('import simkit\n\nsimkit.lab("E4")')
    notebook = nbformat.v4.new_notebook(cells=[cell])
    run, _ = ExecutePreprocessor(store_widget_state=stored).preprocess(notebook)
    page, _ = HTMLExporter().from_notebook_node(run)
    assert ('class="simkit-still' in page) != stored


def brightness(color: str) -> int:
    """Give the sum of a colour's three parts, as ``rgb(1, 2, 3)`` has them."""
    return sum(int(part) for part in color.strip("rgb()").split(","))

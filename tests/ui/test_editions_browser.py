"""Slides and handouts as they are seen and printed: nothing is cut, fetched or pushed off."""

from __future__ import annotations

import io
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import nbformat
import pytest
from browsing import VIEWPORT, chromium
from extent import some
from pypdf import PdfReader

from simkit.base.language import PSEUDO, in_language, languages
from simkit.study.catalogue import TRAP_IDS
from simkit.teaching.openings import notebook_of
from simkit.ui.editions import pages, slides
from simkit.ui.editions.edition import edition
from simkit.ui.editions.handout import handout

pytestmark = [pytest.mark.slow, pytest.mark.browser]

PHONE = {"width": 390, "height": 844}
PAPER = {"width": 794, "height": 1123}
"""A4 at 96 pixels an inch."""
MEASURE = """() => Reveal.getSlides().map((slide) => {
  Reveal.slide(...Object.values(Reveal.getIndices(slide)).slice(0, 2));
  const { scrollWidth: width, scrollHeight: height, innerText } = slide;
  return { width, height, says: innerText.slice(0, 60) };
})"""
CUT = """() => [...document.querySelectorAll("main *")].filter((each) =>
  each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).overflowX === "hidden"
  && each.clientWidth).map((each) => each.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    """A page of a browser that reaches nothing; what it asks for, and its errors, are kept."""
    with chromium() as browser:
        found = browser.new_page(viewport=VIEWPORT)
        found.trouble = []
        found.on("pageerror", lambda error: found.trouble.append(str(error)))
        found.on("request", lambda sent: found.trouble.append(sent.url))
        yield found
        found.close()


def opened(page: Any, text: str, folder: Path) -> None:
    """Open a page from a file; nothing but the file itself may be asked for."""
    file = folder / "page.html"
    file.write_text(text, encoding="utf-8")
    page.trouble.clear()
    page.goto(file.as_uri())
    assert page.trouble == [file.as_uri()]


@pytest.mark.parametrize("trap", some(TRAP_IDS, 1))
@pytest.mark.thorough
def test_each_slide_is_seen_whole(trap: str, page: Any, tmp_path: Path) -> None:
    """With stored outputs, without a network, each fits where reveal.js puts it; keys turn them."""
    source = nbformat.read(notebook_of(trap), as_version=4)
    made = edition(source, trap, "instructor")
    stored = {cell.id: cell.get("outputs") for cell in source.cells}
    for cell in made.cells:
        if stored.get(cell.id):
            cell.outputs = deepcopy(stored[cell.id])
    page.set_viewport_size(VIEWPORT)
    opened(page, slides.slides_page(made), tmp_path)
    page.wait_for_function("Reveal.isReady()")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("Reveal.getIndices().v") == 1
    found = page.evaluate(MEASURE)
    assert len(found) > 12
    size = {"width": slides.WIDE, "height": slides.HIGH}
    assert [s for s in found if any(s[side] > size[side] + 1 for side in size)] == []
    notes = page.locator("aside.notes")
    assert notes.count() >= 4
    assert not notes.first.is_visible()


@pytest.mark.parametrize("tag", [*languages(), PSEUDO])
@pytest.mark.parametrize("name", [*TRAP_IDS, "words"])
@pytest.mark.thorough
def test_a_page_prints_on_one_side_and_is_whole_on_a_telephone(
    name: str, tag: str, page: Any, tmp_path: Path
) -> None:
    """From a browser as well, for whoever has no PDF, in each language and in one that is long."""
    with in_language(tag):
        text = pages.handout_page(handout(name)) if name in TRAP_IDS else None
        text = text or pages.glossary_page(pages.spoken_glossary())
    page.set_viewport_size(PAPER)
    opened(page, text, tmp_path)
    assert page.evaluate(CUT) == []
    printed = page.pdf(prefer_css_page_size=True)
    assert len(PdfReader(io.BytesIO(printed)).pages) == 1
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

"""Screens in the pseudo-language: no word that a learner reads stands outside the catalogues."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from browsing import VIEWPORT, chromium
from extent import some
from standing import write_page
from untranslated import WORDS, in_page, untranslated

import simkit
from simkit.base.language import PSEUDO, in_language
from simkit.rules.organisation import ReasonType
from simkit.study.catalogue import TRAP_IDS
from simkit.ui.workshop.lane import write_lane

pytestmark = [pytest.mark.browser, pytest.mark.thorough]

NAMES = ("simkit", "PNG", "SVG", *get_args(ReasonType))
"""What is said alike in every language: the kit, kinds of files and of codes."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start a browser once."""
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page on which nothing fails."""
    opened = browser.new_page(viewport=VIEWPORT)
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    assert errors == []
    opened.close()


def told_outside(page: Any) -> list[str]:
    """Give the words of a page that are in no catalogue."""
    texts = page.locator("body").evaluate(WORDS)
    assert any("⟦" in text for text in texts)
    return [text for text in texts if untranslated(in_page(text).replace("\u200b", ""), *NAMES)]


def through_the_story(page: Any, look: Callable[[], list[str]]) -> int:
    """Go to the last step, guess where one has to, and look at each; give how many there are."""
    onward, steps = page.locator(".lead .main"), 0
    while onward.is_enabled():
        onward.click()
        steps += 1
        assert look() == [], f"step {steps}"
        if (number := page.locator(".question input")).count():
            number.fill("1")
        if (option := page.locator(".question .option")).count():
            option.first.click()
    return steps


@pytest.mark.parametrize("trap_id", some(TRAP_IDS, 1))
def test_the_lane_says_nothing_outside_the_catalogues(
    trap_id: str, page: Any, tmp_path: Path
) -> None:
    """From the list of traps through every step to the quiz, with what is said of a guess."""
    with in_language(PSEUDO):
        write_lane(tmp_path, [trap_id])
    page.goto((tmp_path / "index.html").as_uri())
    assert told_outside(page) == []
    page.goto((tmp_path / f"{trap_id}.html").as_uri())
    assert told_outside(page) == []
    assert through_the_story(page, lambda: told_outside(page)) >= 5
    assert page.locator(".quiz").is_visible()
    assert told_outside(page) == []


@pytest.mark.parametrize("trap_id", some(TRAP_IDS, 2, start=3))
def test_a_lab_says_nothing_outside_the_catalogues(trap_id: str, page: Any, tmp_path: Path) -> None:
    """All its panels, with all that is folded in them, beside a fix."""
    with in_language(PSEUDO):
        lab = simkit.lab(trap_id, preset=simkit.traps[trap_id].fixes[0].id)
        address = write_page(lab, tmp_path / "lab.html", explore=True)
        lab.close()
    page.goto(address)
    page.locator("body[data-ready]").wait_for()
    for tab in page.get_by_role("tab").all():
        tab.click()
        assert told_outside(page) == []


@pytest.mark.parametrize("width", [VIEWPORT["width"], 390])
def test_the_lane_in_german_fits(width: int, page: Any, tmp_path: Path) -> None:
    """German is longer: nobody scrolls sideways at any step, on a telephone neither."""
    with in_language("de"):
        write_lane(tmp_path, ["E4"])
    page.set_viewport_size({"width": width, "height": VIEWPORT["height"]})
    page.goto((tmp_path / "E4.html").as_uri())
    assert page.evaluate("document.documentElement.lang") == "de"
    assert page.get_by_role("button", name="Beginnen").is_visible()
    wide = "document.scrollingElement.scrollWidth > innerWidth ? ['too wide'] : []"
    assert through_the_story(page, lambda: page.evaluate(wide)) == 6

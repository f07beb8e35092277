"""Draws the pictures of the documentation again: ``python tools/screenshots.py``.

Needs chromium on the path. Server, browser and steps are those of the browser tests.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

from browsing import START, chromium, jupyter, run_all  # noqa: E402

IMAGES = ROOT / "docs" / "images"
WINDOW = {"width": 1280, "height": 1900}
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
SHOWN = {
    "T1": ("T1a", "Divisions"),
    "T2": ("T2a", "Divisions"),
    "T3": ("T3a", "Why"),
    "E1": ("E1b", "Numbers"),
    "E2": ("E2a", "All agents"),
    "E3": ("E3a", "Why"),
    "E4": ("E4a", "Numbers"),
}
"""The fix that stands beside each trap, and the panel that is open."""


def open_notebook(name: str, cells: list[str], folder: str, address: str, browser: Any) -> Any:
    """Write a notebook, run it in JupyterLab, and give its page, with the file browser closed."""
    notebook = nbformat.v4.new_notebook(
        cells=list(map(nbformat.v4.new_code_cell, cells)), metadata=KERNEL
    )
    nbformat.write(notebook, Path(folder, "notebooks", f"{name}.ipynb"))
    page = browser.new_page(viewport=WINDOW)
    page.goto(address.replace(START, f"{name}.ipynb"))
    run_all(page)
    page.locator(".jp-SideBar .lm-mod-current").first.click()
    page.mouse.move(0, 0)
    return page


STORY = ("E4", 4)
"""The trap whose story stands in the documentation, and at which step."""


def draw_story(page: Any, trap_id: str, steps: int) -> None:
    """Draw a story at a step, in light and in dark, questions answered on the way."""
    lab = page.locator(".simkit-lab")
    lab.get_by_role("button", name="Begin").click()
    page.wait_for_timeout(300)
    for _ in range(steps - 1):
        if (guess := lab.locator(".question input")).count():
            guess.fill("1")
        if (option := lab.locator(".question .option")).count():
            option.first.click()
        page.wait_for_function("document.querySelector('.simkit-lab').ariaBusy !== 'true'")
        lab.get_by_role("button", name="Next").click()
        page.wait_for_timeout(300)
    page.wait_for_timeout(900)  # what is thrown away has fallen
    for theme, light in (("", "true"), ("-dark", "false")):
        page.evaluate("light => document.body.setAttribute('data-jp-theme-light', light)", light)
        lab.screenshot(path=IMAGES / f"story-{trap_id}{theme}.png")
        print(IMAGES / f"story-{trap_id}{theme}.png")
    page.evaluate("document.body.setAttribute('data-jp-theme-light', 'true')")


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        jupyter(Path(folder)) as address,
        chromium() as browser,
    ):
        for trap_id, (fix, panel) in SHOWN.items():
            cells = ["import simkit", f"simkit.lab({trap_id!r}, preset={fix!r})"]
            page = open_notebook(trap_id, cells, folder, address, browser)
            lab = page.locator(".simkit-lab")
            lab.get_by_role("button", name="Explore").click()
            lab.get_by_role("tab", name=panel).click()
            page.wait_for_timeout(700)  # the pictures take the new width
            lab.screenshot(path=IMAGES / f"lab-{trap_id}.png")
            page.close()
            print(IMAGES / f"lab-{trap_id}.png")
        trap_id, steps = STORY
        cells = ["import simkit", f"simkit.lab({trap_id!r})"]
        page = open_notebook("story", cells, folder, address, browser)
        page.set_viewport_size({"width": 1000, "height": 900})
        draw_story(page, trap_id, steps)
        page.close()
        chosen = "panel.set(agents=10_000, interval_ms=10_000, most_peak_requests_per_s=500)"
        cells = ["import simkit", f"panel = simkit.architect()\n{chosen}\npanel"]
        page = open_notebook("architect", cells, folder, address, browser)
        page.set_viewport_size({"width": 1000, "height": 900})
        page.wait_for_timeout(700)
        page.locator(".simkit-architect").screenshot(path=IMAGES / "architect.png")
        print(IMAGES / "architect.png")


if __name__ == "__main__":
    main()

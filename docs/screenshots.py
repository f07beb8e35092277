"""Draws the pictures of the documentation again: ``python docs/screenshots.py``.

Needs chromium on the path. Server, browser and steps are those of the browser tests.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "show"))

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


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        jupyter(Path(folder)) as address,
        chromium() as browser,
    ):
        for trap_id, (fix, panel) in SHOWN.items():
            cells = ["import simkit", f"simkit.lab({trap_id!r}, preset={fix!r})"]
            notebook = nbformat.v4.new_notebook(
                cells=list(map(nbformat.v4.new_code_cell, cells)), metadata=KERNEL
            )
            nbformat.write(notebook, Path(folder, "notebooks", f"{trap_id}.ipynb"))
            page = browser.new_page(viewport=WINDOW)
            page.goto(address.replace(START, f"{trap_id}.ipynb"))
            run_all(page)
            page.locator(".jp-SideBar .lm-mod-current").first.click()  # the file browser goes
            lab = page.locator(".simkit-lab")
            lab.get_by_role("tab", name=panel).click()
            page.mouse.move(0, 0)
            page.wait_for_timeout(700)  # the pictures take the new width
            lab.screenshot(path=IMAGES / f"lab-{trap_id}.png")
            page.close()
            print(IMAGES / f"lab-{trap_id}.png")


if __name__ == "__main__":
    main()

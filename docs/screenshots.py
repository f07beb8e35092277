"""Draws the pictures of the documentation again: ``python docs/screenshots.py``.

Needs chromium on the path. Server, browser and steps are those of the browser tests.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "show"))

from test_browser import chromium, jupyter, run_all  # noqa: E402

IMAGES = ROOT / "docs" / "images"
WINDOW = {"width": 1440, "height": 1000}


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        jupyter(Path(folder)) as address,
        chromium() as browser,
    ):
        page = browser.new_page(viewport=WINDOW)
        page.goto(address)
        run_all(page)
        page.keyboard.press("Control+b")  # the file browser makes way
        lab = page.locator(".simkit-lab")
        lab.scroll_into_view_if_needed()
        page.wait_for_timeout(1500)  # the figure takes the new width
        lab.screenshot(path=IMAGES / "lab.png")
    print(IMAGES / "lab.png")


if __name__ == "__main__":
    main()

"""Draws the pictures of the documentation again: ``python tools/screenshots.py``.

Needs chromium on the path. Server, browser and steps are those of the browser tests.
"""

from __future__ import annotations

import base64
import io
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

from browsing import START, chromium, jupyter, run_all  # noqa: E402

IMAGES = ROOT / "docs" / "images"
WINDOW = {"width": 1280, "height": 1900}
PANE = {"width": 1000, "height": 760}
"""What gives the first screen the room that JupyterLab leaves it at 1280 × 720."""
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
EXPLORED = {
    "T1": ("T1a", "Divisions"),
    "T2": ("T2a", "Divisions"),
    "T3": ("T3a", "Why"),
    "E1": ("E1b", "Numbers"),
    "E2": ("E2a", "All agents"),
    "E3": ("E3a", "Why"),
    "E4": ("E4a", "Numbers"),
}
"""The fix that stands beside each trap, and the panel that is open."""
COLORS = 255
"""Of a picture: more are not seen, and cost room."""
MOVING = ("E4", 10)
"""The trap whose stage moves in README, and for how many seconds."""
FRAMES_PER_S = 8
TO_DECISIVE = """
steps = lab.story["steps"]
lab.step = next(at for at, step in enumerate(steps) if any(part["wrong"] for part in step["parts"]))
"""


@contextmanager
def notebook_of(name: str, cells: list[str], served: tuple[str, str, Any]) -> Iterator[Any]:
    """Run cells in JupyterLab, and give the page, with the file browser closed."""
    folder, address, browser = served
    notebook = nbformat.v4.new_notebook(
        cells=list(map(nbformat.v4.new_code_cell, cells)), metadata=KERNEL
    )
    nbformat.write(notebook, Path(folder, "notebooks", f"{name}.ipynb"))
    page = browser.new_page(viewport=WINDOW)
    page.goto(address.replace(START, f"{name}.ipynb"))
    run_all(page)
    page.locator(".jp-SideBar .lm-mod-current").first.click()
    page.mouse.move(0, 0)
    yield page
    page.close()


def keep(picture: bytes, name: str) -> None:
    """Write a picture with as few colours as do."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.quantize(COLORS, dither=Image.Dither.NONE).save(IMAGES / name, optimize=True)
    print(IMAGES / name)


def in_both_themes(page: Any, name: str) -> None:
    """Draw the first lab of a page in light and in dark."""
    for theme, light in (("", "true"), ("-dark", "false")):
        page.evaluate("light => document.body.setAttribute('data-jp-theme-light', light)", light)
        page.wait_for_timeout(200)
        keep(page.locator(".simkit-lab").first.screenshot(), f"{name}{theme}.png")
    page.evaluate("document.body.setAttribute('data-jp-theme-light', 'true')")


def draw_story(trap_id: str, served: tuple[str, str, Any]) -> None:
    """Draw the first screen of a lab, and the step that says what goes wrong."""
    cells = ["import simkit", f"lab = simkit.lab({trap_id!r})\nlab"]
    with notebook_of(f"first-{trap_id}", cells, served) as page:
        page.set_viewport_size(PANE)
        page.wait_for_timeout(700)
        in_both_themes(page, f"first-{trap_id}")
    with notebook_of(f"story-{trap_id}", [*cells, TO_DECISIVE], served) as page:
        page.set_viewport_size(PANE)
        page.wait_for_timeout(1500)  # what is thrown away has fallen
        in_both_themes(page, f"story-{trap_id}")


def draw_explored(trap_id: str, fix: str, panel: str, served: tuple[str, str, Any]) -> None:
    """Draw all that a lab has, a fix beside the trap."""
    cells = ["import simkit", f"simkit.lab({trap_id!r}, preset={fix!r})"]
    with notebook_of(f"lab-{trap_id}", cells, served) as page:
        lab = page.locator(".simkit-lab")
        lab.get_by_role("button", name="Explore").click()
        lab.get_by_role("tab", name=panel).click()
        page.wait_for_timeout(700)  # the pictures take the new width
        keep(lab.screenshot(), f"lab-{trap_id}.png")


def draw_moving(trap_id: str, seconds: float, served: tuple[str, str, Any]) -> None:
    """Draw the stage at play, from the step before the one that says what goes wrong."""
    cells = [
        "import simkit",
        f"lab = simkit.lab({trap_id!r})\nlab",
        f"{TO_DECISIVE}\nlab.step -= 1",
    ]
    with notebook_of("moving", cells, served) as page:
        page.set_viewport_size(PANE)
        page.wait_for_timeout(1500)
        lab = page.locator(".simkit-lab")
        box = lab.bounding_box()
        session = page.context.new_cdp_session(page)
        seen: list[tuple[float, str]] = []

        def take(frame: Any) -> None:
            seen.append((frame["metadata"]["timestamp"], frame["data"]))
            session.send("Page.screencastFrameAck", {"sessionId": frame["sessionId"]})

        session.on("Page.screencastFrame", take)
        session.send("Page.startScreencast", {"format": "png"})
        lab.get_by_role("button", name="Play").click()
        page.mouse.move(0, 0)
        page.wait_for_timeout(1000 * seconds)
        session.send("Page.stopScreencast")
    edges = (box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"])
    frames, durations = [], []
    last = seen[0][0]
    for (_, data), (until, _) in pairwise(seen):
        if until - last >= 1 / FRAMES_PER_S:
            picture = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")
            frames.append(picture.crop(edges))
            durations.append(round(1000 * (until - last)))
            last = until
    durations[-1] += 1500
    file = IMAGES / f"play-{trap_id}.webp"
    frames[0].save(
        file, save_all=True, append_images=frames[1:], duration=durations, loop=0, quality=70
    )
    print(file, len(frames), "frames")


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        jupyter(Path(folder)) as address,
        chromium() as browser,
    ):
        served = folder, address, browser
        for trap_id, (fix, panel) in EXPLORED.items():
            draw_story(trap_id, served)
            draw_explored(trap_id, fix, panel, served)
        draw_moving(*MOVING, served)
        chosen = "panel.set(agents=10_000, interval_ms=10_000, most_peak_requests_per_s=500)"
        cells = ["import simkit", f"panel = simkit.architect()\n{chosen}\npanel"]
        with notebook_of("architect", cells, served) as page:
            page.set_viewport_size(PANE)
            page.wait_for_timeout(700)
            keep(page.locator(".simkit-architect").screenshot(), "architect.png")


if __name__ == "__main__":
    main()

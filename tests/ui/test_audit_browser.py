"""An audit in a real JupyterLab: files dropped and chosen, findings by keyboard, judged by axe."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import VIEWPORT, Watch
from driving import Server, axe_judge

from simkit.base import resources

pytestmark = [pytest.mark.browser, pytest.mark.thorough]

FORM = ".simkit-audit"
"""All of an audit."""
NARROW = {"width": 640, "height": 720}
EXPORTS = resources.directory("data") / "exports"

DRAG = """([files, kind]) => {
  const transfer = new DataTransfer();
  for (const [name, text, times] of files) transfer.items.add(new File([text.repeat(times)], name));
  const event = new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true });
  return !document.querySelector(".simkit-drop").dispatchEvent(event);
}"""
"""Drags files over the zone, or drops them, by name, text and how often it is repeated; gives
whether the zone has taken it for its own."""
PROGRESS = """() => {
  window.seen = [];
  const bar = document.querySelector(".simkit-drop progress");
  const look = () => bar.checkVisibility() && window.seen.push(bar.value / bar.max);
  new MutationObserver(look).observe(bar, { attributes: true });
}"""
WIDER = """(form) => {
  const pane = form.closest(".jp-OutputArea-output").getBoundingClientRect();
  const inner = (e) => e.closest("option, svg, .twin, pre, .unseen") || e.tagName === "CAPTION";
  return [...form.querySelectorAll("*")].filter((e) => e.checkVisibility() && !inner(e)
    && e.getBoundingClientRect().right > pane.right + 1).map((e) => e.outerHTML.slice(0, 120));
}"""
"""Lists what reaches beyond the output of the cell."""


class Hands:
    """An audit on a page, and hands on it."""

    def __init__(self, page: Any, watch: Watch) -> None:
        self.page, self.watch = page, watch
        self.form = page.locator(FORM).first
        self.zone = self.form.locator(".simkit-drop")
        self.findings = self.form.get_by_role("listbox", name="Findings")

    def button(self, name: str) -> Any:
        return self.form.get_by_role("button", name=name, exact=True)

    def wait_for(self, words: str) -> None:
        self.form.get_by_text(words).first.wait_for()

    def drag(self, kind: str, *files: tuple[str, str] | tuple[str, str, int]) -> bool:
        told = [[*each, 1][:3] for each in files]
        return bool(self.page.evaluate(DRAG, [told, kind]))

    def drop_from_disk(self, *paths: Path) -> None:
        """Drop what lies on the disk, as a hand does: folders, too."""
        box = self.zone.bounding_box()
        data = {"items": [], "files": list(map(str, paths)), "dragOperationsMask": 1}
        session = self.page.context.new_cdp_session(self.page)
        for kind in ("dragEnter", "dragOver", "drop"):
            place = {"x": box["x"] + 20, "y": box["y"] + 20}
            session.send("Input.dispatchDragEvent", {"type": kind, **place, "data": data})
        session.detach()

    def refused(self, words: str) -> None:
        """The zone says so, in one line."""
        error = self.zone.locator(".error", has_text=words)
        error.wait_for()
        assert error.bounding_box()["height"] < 2 * 16 * 1.4


@pytest.fixture(scope="module")
def opened(server: Server) -> Hands:
    """An audit that has taken nothing yet."""
    made = Hands(*server.open("audit", "import simkit", "audit = simkit.audit()\naudit"))
    made.page.on("filechooser", lambda _: None)  # asked for only now, it would come too late
    return made


@pytest.fixture
def hands(opened: Hands) -> Iterator[Hands]:
    """The shared audit, begun again; nothing was complained of after, nor asked of the outside."""
    opened.page.set_viewport_size(VIEWPORT)
    opened.button("Start again").click()
    opened.wait_for("Nothing has come in yet.")
    cells = opened.page.locator(".jp-Notebook .jp-Cell").count()
    yield opened
    assert opened.page.locator(".jp-Notebook .jp-Cell").count() == cells
    assert (opened.watch.errors, opened.watch.outside) == ([], [])


def test_from_the_sample_to_a_patch_by_keyboard(hands: Hands) -> None:
    """Tab, arrows and Enter: the sample, the error among the findings, its proof and its patch."""
    keyboard = hands.page.keyboard
    hands.button("Choose files").focus()
    keyboard.press("Tab")
    keyboard.press("Enter")  # take the sample
    hands.wait_for("28 agents")
    for _ in range(3):
        keyboard.press("Tab")
    assert hands.findings.evaluate("list => list === document.activeElement")
    for key, rule in (("ArrowUp", "auto-refresh-unset"), ("ArrowDown", "codes-above")):
        keyboard.press(key)
        hands.wait_for(f"[{rule}]")
    keyboard.press("Tab")
    keyboard.press("Enter")
    hands.wait_for("cured")
    assert "-479.99" in hands.form.locator("td").last.inner_text()
    keyboard.press("Tab")
    keyboard.press("Enter")
    hands.wait_for("1 finding gone: codes-above.")
    assert hands.findings.locator("option").count() == 1
    assert hands.form.get_by_role("link", name="Save mended files (1 file)").is_visible()


def test_files_are_dropped_several_at_a_time(hands: Hands) -> None:
    """Dragging over it is seen; two drops of two files each come in, and are a deployment."""
    names = sorted(path.name for path in EXPORTS.iterdir())
    texts = [(name, (EXPORTS / name).read_text("utf-8")) for name in names]
    assert hands.drag("dragover", *texts[:2])
    assert "over" in hands.zone.get_attribute("class").split()
    assert hands.drag("drop", *texts[:2])
    assert hands.drag("drop", *texts[2:])
    assert "over" not in hands.zone.get_attribute("class").split()
    hands.wait_for(f"Added: {len(texts) - 2} files.")
    hands.wait_for(f"{len(texts)} files")
    assert not hands.drag("dragover"), "what is no file is not for the zone"


def test_a_large_file_says_how_far_it_is(hands: Hands) -> None:
    """6 MB in pieces; all of them are there in the end, and two files that follow as well."""
    hands.page.evaluate(PROGRESS)
    hands.drag("drop", ("large.json", json.dumps({"entities": []}) + " " * 1000, 6 * 1024))
    hands.drag("drop", ("a.json", "{}"), ("b.json", "{}"))
    hands.wait_for("3 files, which make no deployment yet.")
    seen = hands.page.evaluate("window.seen")
    assert seen == sorted(seen)
    assert len(set(seen)) >= 6
    assert not hands.zone.locator("progress").is_visible()


def test_what_is_not_taken_is_refused_in_one_line(hands: Hands, tmp_path: Path) -> None:
    """An archive, a folder, and a file beside a folder: none of the drop comes in."""
    (tmp_path / "portal").mkdir()
    (tmp_path / "portal" / "widget.json").write_text("{}", "utf-8")
    (tmp_path / "widget.json").write_text("{}", "utf-8")
    hands.drag("drop", ("a.json", "{}"), ("exports.zip", "PK"))
    hands.refused("exports.zip: found an archive; allowed: the files that are in it")
    hands.drop_from_disk(tmp_path / "widget.json", tmp_path / "portal")
    hands.refused("portal: found a folder; allowed: the files that are in it")
    assert hands.form.get_by_text("Nothing has come in yet.").is_visible()
    hands.drop_from_disk(tmp_path / "widget.json")
    hands.wait_for("Added: 1 file.")
    assert hands.zone.locator(".error").inner_text() == ""


def test_files_are_chosen_by_keyboard(hands: Hands) -> None:
    """The button opens the browser's own choice, twice for the same files as well."""
    paths = [path for path in sorted(EXPORTS.iterdir()) if path.suffix == ".json"][:2]
    for said in ("Added: 2 files.", "In place of those of these names"):
        hands.button("Choose files").focus()
        with hands.page.expect_file_chooser() as chooser:
            hands.page.keyboard.press("Enter")
        chooser.value.set_files(paths)
        hands.wait_for(said)


def test_the_decision_is_offered_beneath(hands: Hands) -> None:
    """It says what it is about, and which edits it assumes; a change takes the panel away."""
    hands.button("Take the sample").click()
    hands.wait_for("28 agents")
    hands.button("Decide how often to ask").click()
    panel = hands.form.locator(".simkit-architect")
    panel.wait_for()
    hands.wait_for("7 edits a day are ASSUMED")
    button = hands.button("Decide how often to ask").bounding_box()
    assert button["y"] < panel.bounding_box()["y"]
    hands.button("Take the sample").click()
    panel.wait_for(state="detached")


def test_axe_finds_nothing_serious_and_nothing_is_wider_than_the_window(hands: Hands) -> None:
    """With a proof and a refusal on it, in JupyterLab's light theme and in its dark one."""
    page, axe = hands.page, axe_judge(hands.page, FORM)
    hands.button("Take the sample").click()
    hands.wait_for("28 agents")
    hands.findings.select_option(index=1)
    hands.button("Prove").click()
    hands.wait_for("cured")
    hands.drag("drop", ("exports.zip", "PK"))
    hands.refused("exports.zip")
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        page.locator(".lm-MenuBar-itemLabel", has_text="Settings").click()
        page.locator(".lm-Menu-itemLabel", has_text=re.compile("^Theme$")).hover()
        page.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^{theme}$")).click()
        light = str(theme.endswith("Light")).lower()
        page.locator(f"body[data-jp-theme-light={light}]").wait_for()
        for window in (NARROW, VIEWPORT):
            page.set_viewport_size(window)
            page.wait_for_timeout(300)
            assert hands.form.evaluate(WIDER) == [], (theme, window)
            assert axe() == [], (theme, window)

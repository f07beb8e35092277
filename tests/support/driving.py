"""What tests of labs and panels in JupyterLab share: hands on the controls, and axe's judgement."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
from browsing import PATIENCE, START, VIEWPORT, Watch, run_all

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
ZOOMED = {"width": 640, "height": 360}
"""What is left of 1280 × 720 at 200 %."""
OPEN_TAB = ".tabbed"
"""The tabs of a lab and what is open of them."""
OPEN_ALL = "(lab, open) => lab.querySelectorAll('details').forEach((d) => (d.open = open))"

MOVE_PANEL = """async (place) => {
  const panel = document.querySelector(".simkit-architect");
  const slider = panel.querySelector("input[type=range]");
  const seen = panel.querySelector("svg.frontier");
  const start = performance.now();
  const done = new Promise((resolve) => {
    const watch = new MutationObserver(() => {
      watch.disconnect();
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
    });
    watch.observe(seen, { childList: true });
    setTimeout(() => resolve(null), 10000);
  });
  slider.value = place;
  slider.dispatchEvent(new Event("input"));
  return done;
}"""
"""Moves the first slider of the architect's panel; gives the ms until the picture is new."""


def settled(page: Any, root: Any) -> None:
    """Wait until the kernel has answered a lab, and told all that follows from it."""
    page.wait_for_function(
        "lab => !lab.closest('[aria-busy=true]') && !lab.querySelector('[aria-busy=true]')",
        arg=root.element_handle(),
    )


class Driver:
    """One lab on a page, and the hands on its controls."""

    def __init__(self, page: Any, watch: Watch, place: int = 0) -> None:
        self.page, self.watch = page, watch
        self.root = page.locator(".simkit-lab").nth(place)
        explore = self.root.get_by_role("button", name="Explore")
        if explore.is_visible():
            explore.click()

    def settled(self) -> None:
        """Wait until the kernel has answered, and told all that follows from it."""
        settled(self.page, self.root)

    def select(self, label: str) -> Any:
        return self.root.get_by_label(label, exact=True)

    def choose(self, label: str, value: str) -> None:
        self.select(label).select_option(value)
        self.settled()

    @property
    def tabs(self) -> list[str]:
        """The names of all panels, in their order."""
        names: list[str] = self.root.get_by_role("tab").all_inner_texts()
        return names

    def tab(self, name: str) -> None:
        self.root.get_by_role("tab", name=name).click()

    def press(self, name: str) -> None:
        self.root.get_by_role("button", name=name, exact=True).click()
        self.settled()

    @property
    def desks(self) -> Any:
        return self.root.locator(".desk")

    @property
    def error(self) -> str:
        text: str = self.root.locator(".error").inner_text()
        return text

    @property
    def finding(self) -> str:
        text: str = self.root.locator(".finding").inner_text()
        return text

    @property
    def time(self) -> str:
        text: str = self.root.locator(".time").inner_text()
        return text

    def fine(self) -> None:
        """Nothing was complained about, and nothing was asked of the outside."""
        assert self.watch.errors == []
        assert self.watch.outside == []


class Server(NamedTuple):
    """A JupyterLab and a browser, for all tests of a file."""

    folder: Path
    address: str
    browser: Any

    def open(self, name: str, *cells: str, files: bool = False, **window: Any) -> tuple[Any, Watch]:
        """Open a notebook of some cells and run them all; ``files`` leaves the file browser."""
        notebook = nbformat.v4.new_notebook(
            cells=list(map(nbformat.v4.new_code_cell, cells)), metadata=KERNEL
        )
        nbformat.write(notebook, self.folder / "notebooks" / f"{name}.ipynb")
        page = self.browser.new_page(**({"viewport": VIEWPORT} | window))
        page.set_default_timeout(PATIENCE * 1000)
        watch = Watch(page)
        page.goto(self.address.replace(START, f"{name}.ipynb"))
        run_all(page)
        if not files:
            page.locator(".jp-SideBar .lm-mod-current").first.click()  # the file browser makes way
        return page, watch

    def asked(self, path: str, method: str = "GET") -> str:
        """Give what the server answers to a request of its own interface."""
        base, _, rest = self.address.partition("/lab/")
        token = rest.partition("token=")[2].partition("&")[0]
        headers = {"Authorization": f"token {token}"}
        request = urllib.request.Request(f"{base}/api/{path}", method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=PATIENCE) as reply:
            return str(reply.read().decode())

    def end_kernels(self) -> None:
        """End all kernels, which stay when their pages are closed."""
        for kernel in json.loads(self.asked("kernels")):
            self.asked(f"kernels/{kernel['id']}", "DELETE")


# JupyterLab scrolls cells within a frame of its own, and axe takes what that frame clips for
# hidden. So the lab is lifted out of it for as long as axe looks, and put back.
AXE = """async ([root, within, options]) => {
  const lab = document.querySelector(root);
  const [home, next] = [lab.parentNode, lab.nextSibling];
  const stage = document.createElement("main");
  stage.style = "position: absolute; inset: 0; z-index: 99999; overflow: auto;" +
    "background: var(--jp-layout-color0, #fff)";
  document.body.append(stage);
  stage.append(lab);
  // Nor does axe get along with what is scrolled out of a frame within the lab.
  const unrolled = document.createElement("style");
  unrolled.textContent = `${root} * { max-height: none !important; }`;
  stage.append(unrolled);
  const found = await axe.run(within ? lab.querySelector(within) : lab, options);
  home.insertBefore(lab, next);
  stage.remove();
  const brief = (all) => all.map(({ id, impact, nodes }) =>
    ({ id, impact, nodes: nodes.map((n) => n.html.slice(0, 160)) }));
  return { violations: brief(found.violations), passes: found.passes.map(({ id }) => id) };
}"""


# Of each rule it is only asked whether it was broken, and of what breaks it for no selectors.
AXE_OPTIONS = {"resultTypes": ["violations"], "selectors": False}


def axe_judge(page: Any, root: str = ".simkit-lab") -> Callable[..., list[str]]:
    """Give a function that lists what axe finds serious or critical on the first lab of a page.

    ``root`` is what is judged in its place. It judges all of it, or ``within`` a part of it:
    ``OPEN_TAB`` is enough where everything else has been judged before.
    """
    import axe_playwright_python

    source = Path(axe_playwright_python.__file__).parent / "axe.min.js"
    page.evaluate(source.read_text(encoding="utf-8"))
    page.add_style_tag(content="html, body { height: 100%; }")

    def judge(within: str = "") -> list[str]:
        found = page.evaluate(AXE, [root, within, AXE_OPTIONS])
        grave = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
        judged = {*found["passes"], *(v["id"] for v in found["violations"])}
        assert "color-contrast" in judged, "axe did not see the lab"
        return list(map(json.dumps, grave))

    return judge

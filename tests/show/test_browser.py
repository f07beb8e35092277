"""The start notebook in a real JupyterLab: the lab answers, keys stay in it, nothing is fetched.

``docs/screenshots.py`` uses the same server and the same steps.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from simkit.base import resources

START = "00-start-here.ipynb"
VIEWPORT = {"width": 1280, "height": 900}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]
NEWS_OFF = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    }
}
PATIENCE = 30.0
"""Seconds that anything may take at most."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def jupyter(folder: Path) -> Iterator[str]:
    """Serve a copy of the notebooks; give the address of the start notebook, token included."""
    notebooks = folder / "notebooks"
    shutil.copytree(resources.directory("notebooks"), notebooks)
    forget_prompts(notebooks / START)
    settings = folder / "settings"
    settings.mkdir()
    (settings / "overrides.json").write_text(json.dumps(NEWS_OFF), encoding="utf-8")
    port, token = free_port(), secrets.token_hex(16)
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"),
        *(f"--port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={notebooks}"),
        *(f"--IdentityProvider.token={token}", f"--LabApp.app_settings_dir={settings}"),
    ]
    own = {
        name: str(folder / name.lower())
        for name in (
            "JUPYTER_CONFIG_DIR",
            "JUPYTER_DATA_DIR",
            "JUPYTER_RUNTIME_DIR",
            "JUPYTERLAB_SETTINGS_DIR",
            "JUPYTERLAB_WORKSPACES_DIR",
            "IPYTHONDIR",
        )
    }
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, env=os.environ | own, stdout=log, stderr=log)
        try:
            until_answered(f"http://127.0.0.1:{port}/api?token={token}", server)
            yield f"http://127.0.0.1:{port}/lab/tree/{START}?token={token}&reset"
        finally:
            stop(server)


def forget_prompts(notebook: Path) -> None:
    """Take the prompt numbers out, so that a number shows that a cell was run."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            cell["execution_count"] = None
    notebook.write_text(json.dumps(content), encoding="utf-8")


def until_answered(address: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            assert server.poll() is None, "JupyterLab did not start"
            assert time.monotonic() < deadline, "JupyterLab does not answer"
            time.sleep(0.1)


def stop(server: subprocess.Popen[bytes]) -> None:
    """Stop a server; on the signal it ends its kernels itself."""
    server.terminate()
    try:
        server.wait(15)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


@contextmanager
def chromium() -> Iterator[Any]:
    """Start a browser that can reach nothing but this machine."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def run_all(page: Any) -> None:
    """Run all cells; the command is lost while the kernel connects, so it is given again."""
    patience = PATIENCE * 1000
    page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=patience)
    page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for(timeout=patience)
    ran = page.locator(".jp-InputArea-prompt", has_text=re.compile(r"\[[\d*]+\]:"))
    deadline = time.monotonic() + PATIENCE
    while not ran.count():
        assert time.monotonic() < deadline, "no cell was run"
        page.locator(".lm-MenuBar-itemLabel", has_text=re.compile("^Run$")).click()
        page.locator(".lm-Menu-itemLabel", has_text=re.compile("^Run All Cells$")).click()
        page.wait_for_timeout(700)
    page.locator(".simkit-lab .js-plotly-plot .main-svg").first.wait_for(timeout=patience)


def choose(page: Any, label: str, value: str) -> None:
    """Choose the first entry that starts with a text, as soon as the lab offers it."""
    control = page.get_by_label(label, exact=True)
    begins = re.compile("^" + value.replace(" ", r"\s"))  # the entries have no-break spaces
    entry = control.locator("option", has_text=begins).first
    entry.wait_for(state="attached")
    control.select_option(label=entry.text_content())


class Watch:
    """What a page complains about and asks for, collected while it is driven."""

    def __init__(self, page: Any) -> None:
        self.errors: list[str] = []
        self.outside: list[str] = []
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._on_request)

    def _on_console(self, message: Any) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} {message.location}")

    def _on_request(self, request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.hostname not in (
            "127.0.0.1",
            "localhost",
        ):
            self.outside.append(request.url)


def driven(page: Any, expect: Any) -> None:
    """Drive the lab as a trainer would, and see that the desk follows."""
    desk, finding = page.locator(".simkit-lab table.desk"), page.locator(".simkit-lab .finding")
    expect(desk).to_contain_text("deactivated at")
    choose(page, "Settings", "Fix E4b")
    expect(desk).not_to_contain_text("deactivated at")
    expect(page.locator(".simkit-lab")).to_contain_text("widget.version_parameter")
    choose(page, "Trap", "E1")
    expect(desk).to_contain_text("No status reasons")
    expect(finding).to_contain_text("the dropdown is empty")
    choose(page, "Settings", "Fix E1a")
    expect(desk).to_contain_text("Short Break")
    expect(desk).not_to_contain_text("No status reasons")
    choose(page, "Trap", "E2")
    expect(desk).to_contain_text("not responding")
    choose(page, "Agent", "agent-05")
    expect(desk).to_contain_text("What agent-05 sees")
    moment = page.get_by_role("slider").first
    moment.press("Home")
    expect(desk).not_to_contain_text("not responding")
    page.get_by_role("button", name="Next disagreement").click()
    expect(desk).to_contain_text("not responding")
    time_shown = page.locator(".simkit-lab .time")
    before = time_shown.inner_text()
    moment.press("ArrowRight")
    expect(time_shown).not_to_have_text(before)
    choose(page, "Settings", "Custom")
    page.get_by_label("auto_refresh").check()
    expect(page.locator(".simkit-lab")).to_contain_text("widget.auto_refresh")
    expect(page.locator(".simkit-lab .error")).to_have_count(0)


def keys_stay(page: Any, expect: Any) -> None:
    """Press the keys that JupyterLab would take away: no cell goes, the choice moves."""
    trap = page.get_by_label("Trap", exact=True)
    trap.focus()
    place = page.locator("#jp-main-statusbar").get_by_text(re.compile(r"Cell \d+/\d+"))
    before, chosen = place.inner_text(), trap.input_value()
    for control in (trap, page.get_by_role("slider").first, page.get_by_label("Explain")):
        control.press("ArrowDown")
        control.press("d")
        control.press("d")
        page.wait_for_timeout(300)
        expect(control).to_be_focused()
    expect(trap).not_to_have_value(chosen)
    expect(place).to_have_text(before)


@pytest.mark.browser
def test_the_lab_answers_in_jupyterlab_and_fetches_nothing(tmp_path: Path) -> None:
    if shutil.which("chromium") is None:
        if os.environ.get("SIMKIT_REQUIRE_BROWSER") == "1":
            pytest.fail("no chromium on the path, and SIMKIT_REQUIRE_BROWSER=1")
        pytest.skip("no chromium on the path")
    from playwright.sync_api import expect

    with jupyter(tmp_path) as address, chromium() as browser:
        page = browser.new_page(viewport=VIEWPORT)
        watch = Watch(page)
        page.goto(address)
        run_all(page)
        driven(page, expect)
        keys_stay(page, expect)
    assert watch.errors == []
    assert watch.outside == []

"""What browser tests share: a real browser without a network, and the servers it looks at."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import psutil

from simkit.base import resources

START = "00-start-here.ipynb"
VIEWPORT = {"width": 1280, "height": 720}
PATIENCE = 30.0
"""Seconds that anything may take at most."""

# A sandbox needs rights that containers rarely give, and the pages are our own. No name is
# resolved, so that what a page fetches from outside fails wherever the test runs.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]
_HERE = ("127.0.0.1", "localhost")
_NEWS_OFF = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    }
}
_NOT_BUILT = {"buildAvailable": False, "buildCheck": False}
"""Otherwise each page asks for a start of node, to see whether extensions are to be built."""
_OWN_FOLDERS = (
    "JUPYTER_CONFIG_DIR",
    "JUPYTER_DATA_DIR",
    "JUPYTER_RUNTIME_DIR",
    "JUPYTERLAB_SETTINGS_DIR",
    "JUPYTERLAB_WORKSPACES_DIR",
    "IPYTHONDIR",
    "TMPDIR",
)


class App(NamedTuple):
    """The labs as an app, as started from the command line."""

    address: str
    """With the token, as the command prints it."""
    server: subprocess.Popen[bytes]
    folder: Path
    """Named on the command line of each of its kernels."""


def free_port() -> int:
    """Give a port on localhost that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    """Say whether anybody on localhost listens on a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def own_folders(folder: Path) -> dict[str, str]:
    """Give an environment that keeps servers and kernels off the user's settings."""
    own = {name: folder / name.lower() for name in _OWN_FOLDERS}
    own["TMPDIR"].mkdir(parents=True, exist_ok=True)
    return {name: str(path) for name, path in own.items()}


@contextmanager
def jupyter(folder: Path) -> Iterator[str]:
    """Serve a copy of the notebooks; give the address of the start notebook, token included."""
    notebooks = folder / "notebooks"
    shutil.copytree(resources.directory("notebooks"), notebooks)
    forget_prompts(notebooks / START)
    settings = folder / "settings"
    settings.mkdir()
    (settings / "overrides.json").write_text(json.dumps(_NEWS_OFF), encoding="utf-8")
    (settings / "page_config.json").write_text(json.dumps(_NOT_BUILT), encoding="utf-8")
    port, token = free_port(), secrets.token_hex(16)
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"),
        *(f"--port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={notebooks}"),
        *(f"--IdentityProvider.token={token}", f"--LabApp.app_settings_dir={settings}"),
    ]
    with started(command, folder) as server:
        until_answered(f"http://127.0.0.1:{port}/api?token={token}", server)
        yield f"http://127.0.0.1:{port}/lab/tree/{START}?token={token}&reset"


@contextmanager
def voila(folder: Path, *arguments: str) -> Iterator[App]:
    """Start ``simkit lab --app`` as a user would, save that no browser is opened."""
    command = [sys.executable, "-m", "simkit.ui.cli.main", "lab", "--app"]
    with announced(command, folder, *arguments) as app:
        yield app


@contextmanager
def announced(command: list[str], folder: Path, *arguments: str, **variables: str) -> Iterator[App]:
    """Start a server that prints its address, the token in it, on a port of its own.

    Jupyter's servers print it a moment before they listen.
    """
    port = free_port()
    command = [*command, "--no-browser", f"--port={port}", *arguments]
    with started(command, folder, **variables) as server:
        printed = until(
            lambda: re.search(r"(http://\S+)\s", (folder / "server.log").read_text("utf-8")),
            "the command prints an address",
            server,
        )
        until(lambda: answers(port), "it listens", server)
        yield App(printed[1], server, folder)


@contextmanager
def started(
    command: list[str], folder: Path, **variables: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a server, which writes to ``server.log`` in a folder, and stop it in the end."""
    environment = os.environ | own_folders(folder) | variables
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log)
        try:
            yield server
        finally:
            stop(server)


def stop(server: subprocess.Popen[bytes], sign: signal.Signals = signal.SIGTERM) -> int:
    """Stop a server, which on the signal ends its kernels itself; give its exit code."""
    if server.poll() is None:
        server.send_signal(sign)
    try:
        return server.wait(15)
    except subprocess.TimeoutExpired:
        server.kill()
        return server.wait()


def until(
    found: Callable[[], Any], what: str, server: subprocess.Popen[bytes] | None = None
) -> Any:
    """Wait until a function gives something true, and give that."""
    deadline = time.monotonic() + PATIENCE
    while not (value := found()):
        assert server is None or server.poll() is None, f"the server ended before {what}"
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.1)
    return value


def until_answered(address: str, server: subprocess.Popen[bytes]) -> None:
    """Wait until a server answers."""

    def answered() -> bool:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return True
        except OSError:
            return False

    until(answered, "it answers", server)


def processes(folder: Path) -> list[psutil.Process]:
    """Give all processes that were started with a folder of their own, whoever has started them."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):  # of others, or gone meanwhile
            if process.environ().get("TMPDIR") == own_folders(folder)["TMPDIR"]:
                found.append(process)
    return found


def kernels(folder: Path) -> list[psutil.Process]:
    """Give the kernels that were started with a folder of their own."""
    found = []
    for process in processes(folder):
        with suppress(psutil.Error):
            if any("ipykernel" in part for part in process.cmdline()):
                found.append(process)
    return found


def forget_prompts(notebook: Path) -> None:
    """Take the prompt numbers out, so that a number shows that a cell was run."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            cell["execution_count"] = None
    notebook.write_text(json.dumps(content), encoding="utf-8")


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


def run_cells(page: Any) -> None:
    """Give the command that runs all cells in JupyterLab.

    It is lost while the kernel connects, so it is given again until a cell has a number.
    """
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


def run_all(page: Any) -> None:
    """Run all cells in JupyterLab, until a lab is visible."""
    run_cells(page)
    page.locator(".simkit-lab").first.wait_for(timeout=PATIENCE * 1000)


class Watch:
    """What a page complains about and asks for, collected while it is driven."""

    def __init__(self, page: Any) -> None:
        self.errors: list[str] = []
        self.outside: list[str] = []
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self._on_address(request.url))
        page.on("websocket", lambda socket: self._on_address(socket.url))

    def _on_console(self, message: Any) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} {message.location}")

    def _on_address(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("data", "blob") and parts.hostname not in _HERE:
            self.outside.append(address)

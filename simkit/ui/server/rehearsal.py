"""What a machine needs for a workshop, tried out: each item is ok, fails, or wants a look."""

from __future__ import annotations

import importlib.metadata
import platform
import re
import shutil
import subprocess
import sys
import time
import webbrowser
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from simkit.base import resources
from simkit.base.errors import BadInput
from simkit.base.formatting import counted
from simkit.study.catalogue import TRAP_IDS
from simkit.ui.server.jupyter import free_port

LEAST_PYTHON = (3, 11)
LEAST_DISK_MB = 500
"""What notebooks, their copies and results of a day may take."""
KERNEL_S = 60
"""How long a kernel may take to open a lab."""
_SLOW_S = 20
"""From here on a lab opens too slowly for a room."""
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge", "firefox")
_TRY = 'import simkit; simkit.lab("T3")'


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was looked at."""

    name: str
    state: Literal["ok", "fails", "look"]
    """``look`` is for eyes: no machine can tell."""
    found: str
    do: str = ""
    """What to do; empty where all is well."""


def checked(port: int | None) -> Iterator[Item]:
    """Give each item when it has been tried; a port that is given has to be free."""
    yield python()
    yield packages()
    yield files()
    yield disk()
    yield port_free(port)
    yield browser()
    yield kernel()
    yield Item(
        "Screen",
        "look",
        "set the projector to 1280 x 720 and the browser's zoom to 100 %",
        "Open a lab, press Explore and Presenter, and read the desk from the last row.",
    )


def python() -> Item:
    """Give whether this Python is one that the kit runs on."""
    found = f"{platform.python_implementation()} {platform.python_version()}"
    if platform.python_implementation() == "CPython" and sys.version_info >= LEAST_PYTHON:
        return Item("Python", "ok", found)
    least = ".".join(map(str, LEAST_PYTHON))
    return Item("Python", "fails", found, f"Install CPython {least} or newer, and simkit with it.")


def packages() -> Item:
    """Give whether all that the kit depends on is installed."""
    do = "In the folder of the kit: make setup, or pip install -c constraints.txt -e ."
    try:
        wanted = importlib.metadata.requires("simkit") or []
    except importlib.metadata.PackageNotFoundError:
        return Item("Packages", "fails", "simkit is not installed", do)
    names = [re.split(r"[^\w.-]", each, maxsplit=1)[0] for each in wanted if "extra ==" not in each]
    missing = [name for name in names if not _is_installed(name)]
    if missing:
        return Item("Packages", "fails", f"missing: {', '.join(missing)}", do)
    return Item("Packages", "ok", f"all {len(names)} there")


def _is_installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def files() -> Item:
    """Give whether agendas, notes, stories and notebooks are there and can be used."""
    from simkit.study.stories import story_of
    from simkit.teaching.agendas import agendas, notebooks
    from simkit.teaching.notes import notes_on

    try:
        for trap in TRAP_IDS:
            story_of(trap)
            notes_on(trap)
        there = len(agendas())
    except BadInput as problem:
        return Item("Files", "fails", str(problem), "Mend the file, or take the kit's own again.")
    if not notebooks():
        folder = resources.directory("notebooks")
        return Item("Files", "fails", f"no notebooks in {folder}", "Install the kit again.")
    said = f"{counted(there, 'agenda')}, {counted(len(notebooks()), 'notebook')}"
    return Item("Files", "ok", said)


def disk() -> Item:
    """Give whether there is room for what is written in a day."""
    free = shutil.disk_usage(Path.cwd()).free // 1_000_000
    found = f"{free:,} MB free here"
    if free >= LEAST_DISK_MB:
        return Item("Disk", "ok", found)
    return Item("Disk", "fails", found, f"Make room: {LEAST_DISK_MB} MB at least.")


def port_free(port: int | None) -> Item:
    """Give whether a server finds a port on localhost."""
    try:
        return Item("Port", "ok", f"{free_port(port)} is free")
    except BadInput as problem:
        return Item("Port", "fails", problem.problem, "End what holds it, or choose another.")


def browser() -> Item:
    """Give whether there is a browser to open a lab in."""
    try:
        name = getattr(webbrowser.get(), "name", "") or "the system's own"
    except webbrowser.Error:
        name = next(filter(shutil.which, _BROWSERS), "")
    if name:
        return Item("Browser", "ok", name)
    return Item(
        "Browser",
        "fails",
        "none found",
        "Install one (labs are tested in Chromium), or open the printed address elsewhere.",
    )


def kernel(work: str = _TRY) -> Item:
    """Give whether a kernel starts and opens a lab, and how long that takes."""
    from jupyter_client.manager import start_new_kernel

    nowhere = subprocess.DEVNULL  # for what kernels warn of
    do = "Run it in a notebook to see why, after: simkit lab"
    began = time.monotonic()
    try:
        manager, client = start_new_kernel(startup_timeout=KERNEL_S, stdout=nowhere, stderr=nowhere)
    except Exception as problem:  # whatever keeps a kernel from starting
        return Item("Kernel", "fails", f"does not start: {type(problem).__name__}", do)
    try:
        reply = client.execute_interactive(work, timeout=KERNEL_S, output_hook=lambda _: None)
        content = reply["content"]
    except TimeoutError:
        return Item("Kernel", "fails", f"no answer in {KERNEL_S} s", do)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    if content["status"] != "ok":
        return Item("Kernel", "fails", f"opens no lab: {content['ename']}", do)
    took = time.monotonic() - began
    found = f"opens a lab in {took:.0f} s"
    if took > _SLOW_S:
        return Item("Kernel", "fails", found, "Close what else runs; on battery, plug it in.")
    return Item("Kernel", "ok", found)

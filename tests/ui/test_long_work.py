"""Long work in a terminal and below a cell: it is seen, it can be stopped, and nothing is left."""

from __future__ import annotations

import io
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from queue import Empty
from typing import Any

import psutil
import pytest
from jupyter_client import BlockingKernelClient, KernelManager
from rich.text import Text

from simkit.base import resources
from simkit.ui.cli.terminal import ProgressLine

pytestmark = pytest.mark.slow  # processes are started and stopped

ARCHITECT = resources.directory("data") / "scenarios" / "architect.yaml"
MAIN = "from simkit.ui.cli.main import main; main()"
AGENTS = 20_000_000
"""So many that nobody would wait for the end."""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_bar_and_words_and_nothing_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last thing that is done is to wipe the line; standard output is left alone."""
    out, err = Terminal(), Terminal()
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setenv("TERM", "xterm")
    line = ProgressLine.here()
    assert line is not None
    line.show("1 of 2 runs, 3 s left", 0.5)
    print("a result")
    line.end()
    assert out.getvalue() == "a result\n"
    assert "1 of 2 runs, 3 s left" in Text.from_ansi(err.getvalue()).plain
    assert err.getvalue().endswith("\x1b[2K"), "the line is empty again"


def test_no_terminal_gets_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file and a pipe are for what was found, and some have no standard error at all."""
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert ProgressLine.here() is None
    monkeypatch.setattr(sys, "stderr", None)
    assert ProgressLine.here() is None


@pytest.mark.thorough
def test_a_large_run_in_a_terminal_is_seen_and_stopped() -> None:
    """Ctrl-C ends it in one line with exit code 130, and its two workers with it."""
    leader, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", MAIN, "run", str(ARCHITECT), "--agents", str(AGENTS), "--jobs", "2"],
        stdout=subprocess.PIPE,
        stderr=terminal,
        start_new_session=True,
        text=True,
        env=os.environ | {"COLUMNS": "100", "TERM": "xterm"},
    )
    os.close(terminal)
    with os.fdopen(leader, "rb", buffering=0) as screen:
        seen = _until(screen, b" left")
        family = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, signal.SIGINT)
        seen += _until(screen, None)
    assert process.wait(timeout=30) == 130
    assert "of 20,000,000 agents, " in seen
    line = seen.rpartition("simkit: ")[2]
    assert line.startswith("interrupted after ")
    assert line.endswith("of 20,000,000 agents\r\n")
    assert process.stdout is not None
    assert "Traceback" not in seen + process.stdout.read()
    process.stdout.close()
    _, alive = psutil.wait_procs(family, timeout=20)
    assert alive == []


def _until(screen: Any, text: bytes | None) -> str:
    """Read a terminal until a text is there, or to its end."""
    seen = b""
    while text is None or text not in seen:
        try:
            more = screen.read(65_536)
        except OSError:  # nobody writes any more
            more = b""
        if not more:
            break
        seen += more
    return seen.decode()


@pytest.fixture(scope="module")
def kernel() -> Iterator[tuple[KernelManager, BlockingKernelClient]]:
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel()
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


CELL = f"""
import simkit
from simkit.base import progress

progress.AFTER_S = 0.5
run = simkit.run(simkit.load({str(ARCHITECT)!r}), agents={AGENTS}, jobs=2)
run.metrics["stale_share"]
"""


@pytest.mark.thorough
def test_long_work_in_a_cell_is_seen_and_stopped(
    kernel: tuple[KernelManager, BlockingKernelClient],
) -> None:
    """The interrupt button ends it in one line, and its two workers; what was seen is empty."""
    manager, client = kernel
    me = manager.provisioner.process.pid
    client.execute(CELL)
    lines: list[str] = []
    outputs: list[dict[str, Any]] = []
    workers: list[psutil.Process] = []
    for kind, content in _messages(client):
        if kind == "update_display_data":
            outputs.append(content["data"])
            lines += content["data"].values()
            if len(lines) == 2 and not workers:
                family = psutil.Process(me).children(recursive=True)
                workers = [process for process in family if process.ppid() != me]
                manager.interrupt_kernel()
        elif kind == "display_data":
            outputs.append(content["data"])
        elif kind == "error":
            assert content["traceback"] == [content["evalue"]]
            lines.append(content["evalue"])
        else:
            assert kind != "stream", content
    assert lines[0].endswith("left")
    assert lines[-1].startswith("interrupted after ")
    assert lines[-1].endswith(" of 20,000,000 agents")
    assert (outputs[0], outputs[-1]) == ({}, {})
    assert len(workers) == 2
    _, alive = psutil.wait_procs(workers, timeout=20)
    assert alive == []


def test_quick_work_in_a_cell_shows_nothing(
    kernel: tuple[KernelManager, BlockingKernelClient],
) -> None:
    """No output but the result, whatever the interval is."""
    _, client = kernel
    run = "simkit.run(simkit.traps['E4'].settings, 1)"
    client.execute(f"import simkit\n{run}.metrics['stale_share'].unit")
    kinds = [kind for kind, _ in _messages(client)]
    assert kinds == ["execute_input", "execute_result"]


def _messages(client: BlockingKernelClient) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give what a cell sends until the kernel is idle again, less its own states."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            message = client.get_iopub_msg(timeout=1)
        except Empty:
            continue
        kind, content = message["msg_type"], message["content"]
        if kind == "status":
            if content["execution_state"] == "idle":
                return
        else:
            yield kind, content
    raise TimeoutError

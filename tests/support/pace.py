"""Limits of processor time that mean the same work on a slow machine as on a fast one."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

REFERENCE_S = 0.04
"""What ``_reference`` takes on the machine whose times the README names, idle."""


SECONDS, MEGABYTES = 5, 500
"""What reading a stranger's file may take."""


def check_bounds(probe: str, path: Path, expected: str) -> None:
    """Run a script on a path: it prints its processor time, its peak in MB, and what it says."""
    command = [sys.executable, "-W", "ignore", "-c", probe, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, peak, said = done.stdout.rstrip("\n").split(" ", 2)
    assert expected in said
    assert within(float(seconds), SECONDS)
    assert int(peak) < MEGABYTES


def within(seconds: float, limit: float) -> bool:
    """Say whether work took no more than a limit in seconds would be on the reference machine.

    How much slower this machine is, right now, is measured only where the limit is passed.
    """
    return seconds < limit or seconds < limit * max(_reference() for _ in range(5)) / REFERENCE_S


def _reference() -> float:
    """Give the processor time, in seconds, of a fixed piece of work: cutting and counting texts."""
    began = time.process_time()
    seen: dict[str, int] = {}
    for i in range(150_000):
        first, *others = f"{i % 1000},{i % 77},a".split(",")
        seen[first] = seen.get(first, 0) + len(others)
    return time.process_time() - began

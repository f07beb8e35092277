"""A few of the hostile inputs, and that a reader that cannot bear them is noticed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from extent import THOROUGH, some

SCRIPT = Path(__file__).with_name("hostile_inputs.py")


def thrown(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, SCRIPT, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.thorough
def test_no_reader_is_harmed_by_hostile_inputs() -> None:
    """One line, exit code 0, 1 or 2, at most 5 s and 500 MB: `--count` throws as many as wanted."""
    count = 40 if THOROUGH else 8
    done = thrown("--seed", 7, "--count", count)
    assert done.returncode == 0, done.stdout
    rows = [line.split() for line in done.stdout.splitlines()[1:]]
    assert sum(int(row[1]) for row in rows) == count
    assert len(rows) == 8


BROKEN = {
    "obeys": "import simkit.base.errors as e; e.UNPRINTABLE = __import__('re').compile('(?!)')",
    "traceback": (
        "import os; os.environ['SIMKIT_TRACEBACK'] = '1'\n"
        "import simkit.base.reading.documents as d; d.read_text = lambda path: 1 / 0"
    ),
    "hangs": (
        "import time, simkit.base.reading.documents as d\n"
        "d.read_text = lambda path: time.sleep(99)\n"
    ),
    "slow": "import time\ntime.process_time = lambda clock=time.process_time: 1e4 * clock()",
    "large": (
        "import simkit.base.reading.documents as d\n"
        "d.read_text = lambda path: '[' + 'x' * (1 << 29)"
    ),
}
ONLY = {"obeys": 10, "traceback": 32, "hangs": 32, "slow": 49, "large": 49}
"""The number of an input that each of them has to do with."""
SAID = {
    "obeys": "prints U+",
    "traceback": "exit code 70",
    "hangs": "no answer after",
    "slow": " s <-",
    "large": " MB",
}


@pytest.mark.slow
@pytest.mark.parametrize("broken", some(BROKEN, 3))
@pytest.mark.thorough
def test_a_reader_that_is_broken_is_noticed(broken: str) -> None:
    """Each demand is one that can fail."""
    hasty = ("--patience", 1) if broken == "hangs" else ()  # it is waited for in vain anyway
    done = thrown("--seed", 7, "--only", ONLY[broken], "--before", BROKEN[broken], *hasty)
    assert done.returncode == 1, done.stdout
    assert SAID[broken] in done.stdout.replace("'", "")

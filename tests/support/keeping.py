"""Keeps what a property test fails on, as a scenario file, the moment it is found.

Whoever ends the process while an example is made smaller has both: the first one, and the smallest
until then. ``tests/again.py`` runs a file through the test that failed.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from functools import wraps
from hashlib import blake2b
from pathlib import Path
from typing import Any

from hypothesis.errors import HypothesisException
from pydantic import TypeAdapter

import simkit
from simkit.base.errors import InputNotice
from simkit.base.files import write_text
from simkit.inputs.saving import scenario_text
from simkit.rules.settings import Settings
from simkit.rules.workload import Workload

FAILURES = Path(__file__).resolve().parents[2] / ".fuzz" / "failures"
MOST_LINES = 60
"""Of a difference so many lines are kept; the test tells it again, whole."""

Test = Callable[..., None]
WORKLOADS = TypeAdapter(Workload)
_TEST, _WORKLOAD = "# test: ", "# workload: "
say: Callable[[str], None] = lambda text: print(text, file=sys.stderr)  # noqa: E731
"""Tells the terminal something; pytest's conftest puts in what gets past its capture."""
_found: dict[str, tuple[str, int]] = {}
"""By test: the name of the first file kept by this process, and how small its smallest one is."""


def kept(test: Test) -> Test:
    """Let a test keep the input it fails on; for below ``given``.

    It takes settings and a seed, or a world and a seed: settings and a workload of their agents.
    """
    assert inspect.signature(test).parameters.keys() in ({"settings", "seed"}, {"world", "seed"})

    @wraps(test)
    def keeping(**drawn: Any) -> None:
        try:
            test(**drawn)
        except HypothesisException:
            raise
        except Exception as failure:
            if where := os.environ.get("PYTEST_CURRENT_TEST"):
                settings, workload = drawn.get("world") or (drawn["settings"], None)
                text = scenario(settings, drawn["seed"], workload)
                failure.add_note(_keep(re.split(r"\[| \(", where)[0], failure, text))
            raise

    return keeping


def scenario(settings: Settings, seed: int, workload: Workload | None = None) -> str:
    """Give a scenario that stands for settings and seed, and in a comment for the workload."""
    text = scenario_text(settings.with_top(seed=seed))
    return f"{_WORKLOAD}{WORKLOADS.dump_json(workload).decode()}\n{text}" if workload else text


def _keep(test: str, failure: Exception, text: str) -> str:
    """Keep one failing example, if it is the first of its test or smaller; say where it is."""
    size = len(text)
    if test not in _found:
        mark = blake2b(text.encode(), digest_size=4).hexdigest()
        first = f"{test.rpartition('::')[2]}-{mark}"
        _found[test] = first, size
        _write(FAILURES / f"{first}.yaml", test, failure, text)
        say(f"\nFAILED {test}\n{_shortened(failure)}\n{_where(first)}\n")
        return _where(first)
    first, smallest = _found[test]
    if size <= smallest:
        _found[test] = first, size
        _write(FAILURES / f"{first}-smallest.yaml", test, failure, text)
    return _where(f"{first}-smallest")


def _write(file: Path, test: str, failure: Exception, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    told = "".join(f"# {line}\n" for line in _shortened(failure).splitlines())
    write_text(file, f"{_TEST}{test}\n{told}{text}")


def _shortened(failure: Exception) -> str:
    lines = f"{type(failure).__name__}: {failure}".splitlines()
    more = [f"... and {len(lines) - MOST_LINES} lines more"] if len(lines) > MOST_LINES else []
    return "\n".join([line[:1_000] for line in lines[:MOST_LINES]] + more)


def _where(name: str) -> str:
    file = os.path.relpath(FAILURES / f"{name}.yaml")
    return f"kept: {file}; make again FILE={file}"


def read(file: Path) -> tuple[str, dict[str, Any]]:
    """Give the test that a kept file is of, and the arguments that it failed with."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InputNotice)  # what is drawn is odd on purpose
        settings = simkit.load(file)
    workloads = [WORKLOADS.validate_json(text) for text in _comments(file, _WORKLOAD)]
    world = {"world": (settings, workloads[0])} if workloads else {"settings": settings}
    return next(_comments(file, _TEST)), {**world, "seed": settings.seed}


def _comments(file: Path, begin: str) -> Iterator[str]:
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith(begin):
            yield line.removeprefix(begin)

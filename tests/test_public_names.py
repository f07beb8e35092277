"""The public names: each has an example that runs, and nobody needs a deeper import."""

from __future__ import annotations

import doctest
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import simkit

ROOT = Path(__file__).resolve().parent.parent
API = ROOT / "docs" / "api.md"
TEXTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *(ROOT / "examples").glob("*")]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
DEEPER = re.compile(
    r"^\s*(?:>>> )?(?:from simkit(?!\.testing import)[.\w]* import .*|import simkit\.\S+)",
    re.MULTILINE,
)


def code_of(path: Path) -> str:
    """Give the code of a notebook, or a whole text."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    cells = json.loads(text)["cells"]
    return "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")


@pytest.mark.parametrize("path", [*TEXTS, *NOTEBOOKS], ids=lambda path: path.name)
def test_nothing_deeper_is_imported(path: Path) -> None:
    """What notebooks, README, docs and examples need stands on the package, or in testing."""
    assert DEEPER.findall(code_of(path)) == []


def test_each_public_name_has_an_example() -> None:
    """The page uses each of them in code, and names none that there is not."""
    examples = "\n".join(re.findall(r"^(?:>>>|\.\.\.) (.*)$", API.read_text("utf-8"), re.MULTILINE))
    used = set(re.findall(r"\bsimkit\.(\w+)", examples))
    assert used == set(simkit.__all__)


def test_every_public_name_is_there() -> None:
    """Each is imported when it is asked for, and nothing is listed that cannot be had."""
    assert all(getattr(simkit, name) is not None for name in simkit.__all__)
    assert set(simkit.__all__) <= set(dir(simkit))


@pytest.mark.slow
def test_the_examples_of_the_page_run() -> None:
    """Each gives what stands below it."""
    failed, tried = doctest.testfile(str(API), module_relative=False)
    assert tried > 20
    assert failed == 0


def test_the_first_script_runs() -> None:
    """It builds a world, runs it, asks why, and compares; it is as short as it says."""
    script = ROOT / "examples" / "first_run.py"
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert "of 30 agents" in lines[1]
    assert any(line.startswith("Listed, but not usable: ") for line in lines)
    assert lines[-2].endswith(": cured"), "E4b keeps its promise"
    assert len(script.read_text(encoding="utf-8").splitlines()) <= 40

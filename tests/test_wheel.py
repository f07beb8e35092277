"""The wheel: what is built can be used without the repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # a wheel is built and installed

ROOT = Path(__file__).resolve().parent.parent
PARTS = ["simkit", "data", "notebooks", "docs", "pyproject.toml", "README.md", "LICENSE"]


def run(*command: str, cwd: Path, **environment: str) -> str:
    """Give the standard output of a command; the test fails with its errors when it fails."""
    done = subprocess.run(
        command, cwd=cwd, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory into which a wheel built from a copy of the sources is installed."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("installed")
    leave = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for part in PARTS:
        path = ROOT / part
        if path.is_dir():
            shutil.copytree(path, source / part, ignore=leave)
        else:
            shutil.copy(path, source / part)
    python = sys.executable
    run(python, "-m", "build", "--wheel", "--no-isolation", "--outdir", "dist", cwd=source)
    [wheel] = (source / "dist").glob("*.whl")
    pip = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    run(*pip, "--target", str(target), str(wheel), cwd=source)
    return target


@pytest.mark.thorough
def test_an_installed_wheel_shows_a_trap_from_outside_the_repository(
    installed: Path, tmp_path: Path
) -> None:
    """The data it needs is inside, and the package used is the installed one."""
    place = "import simkit; print(simkit.__file__)"
    where = run(sys.executable, "-c", place, cwd=tmp_path, PYTHONPATH=str(installed))
    assert Path(where.strip()).is_relative_to(installed)
    command = [sys.executable, "-m", "simkit.ui.cli.main", "traps", "E4", "--replications", "3"]
    out = run(*command, "--jobs", "1", cwd=tmp_path, PYTHONPATH=str(installed))
    assert "Traps reproduced: 1 of 1" in out


def test_an_installed_wheel_holds_the_notebooks(installed: Path) -> None:
    """So that the lab can be started anywhere."""
    assert (installed / "simkit" / "notebooks" / "00-start-here.ipynb").is_file()


def test_an_installed_wheel_holds_what_is_printed_of_the_documentation(installed: Path) -> None:
    """The glossary, for its card, and no other page."""
    assert [file.name for file in (installed / "simkit" / "docs").iterdir()] == ["glossary.md"]

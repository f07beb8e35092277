"""Notebooks checked as a trainer would: one line in a test of theirs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from simkit.base.errors import BadInput
from simkit.testing import NotebookFailed, check_notebook

pytestmark = pytest.mark.slow

GOOD = ["import simkit", "lab = simkit.lab('E4')\nlab", "simkit.exercise('E4.1')"]


@pytest.fixture
def notebook(tmp_path: Path) -> Callable[..., Path]:
    """Write a notebook with some cells."""

    def write(*cells: str) -> Path:
        made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        nbformat.write(made, tmp_path / "mine.ipynb")
        return tmp_path / "mine.ipynb"

    return write


def test_a_notebook_that_can_be_taught_with_passes(notebook: Callable[..., Path]) -> None:
    """Its lab's story is told, its exercise's start is judged."""
    check_notebook(notebook(*GOOD))


@pytest.mark.thorough
def test_what_is_wrong_is_named(notebook: Callable[..., Path]) -> None:
    """A start that is right already, and a cell that fails, each in one line."""
    solved = (
        "task = simkit.exercise('E4.1')\ntask.file = task.file.model_copy(update={'start': 'E4'})"
    )
    with pytest.raises(NotebookFailed, match=r"mine.ipynb: exercise E4.1: its start is right"):
        check_notebook(notebook(*GOOD[:1], solved))
    with pytest.raises(NotebookFailed, match=r"^mine.ipynb: cell 2: ZeroDivisionError: [^\n]*$"):
        check_notebook(notebook("a = 1", "1 / 0"))


def test_no_notebook_is_one_line(tmp_path: Path) -> None:
    """With its name."""
    with pytest.raises(BadInput, match="no such file"):
        check_notebook(tmp_path / "none.ipynb")
    (tmp_path / "text.ipynb").write_text("no notebook")
    with pytest.raises(BadInput, match="no notebook"):
        check_notebook(tmp_path / "text.ipynb")


pytest_plugins = ["pytester"]


@pytest.mark.thorough
def test_one_line_in_a_test_is_enough(
    pytester: pytest.Pytester, notebook: Callable[..., Path]
) -> None:
    """The fixture is there wherever simkit is installed; the notebook lies beside the test."""
    for name, cell in (("good", "import simkit"), ("bad", "1 / 0")):
        (pytester.path / f"{name}.ipynb").write_bytes(notebook(cell).read_bytes())
    pytester.makepyfile(
        "def test_good(simkit_notebook): simkit_notebook('good.ipynb')\n"
        "def test_bad(simkit_notebook): simkit_notebook('bad.ipynb')\n"
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*bad.ipynb: cell 1: ZeroDivisionError: division by zero"])

"""A whole notebook checked: it runs, its labs can be played, its exercises can be answered."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from simkit.base.errors import BadInput

_LAST = "__simkit_check__"
"""Marks the line of the last cell in which the kernel tells what it found."""
_INSIDE = f"""
import json as _json
from simkit.testing.inside import problems as _problems
print({_LAST!r} + _json.dumps(_problems(get_ipython())))
"""


class NotebookFailed(AssertionError):  # noqa: N818 - the name says what it is
    """A notebook that cannot be taught with; its text has a line for each problem."""


def check_notebook(path: str | Path, timeout_s: int = 300) -> None:
    """Run a notebook in a kernel of this environment, and try what a learner would.

    Each cell has to run. The story of each lab that the notebook shows has to be told to its end,
    and the start of each exercise has to be one that is judged and not right yet. ``timeout_s`` is
    how long one cell may take. NotebookFailed names cell and reason; BadInput for no notebook.
    Outputs are nbval's to compare.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError

    path = Path(path)
    try:
        notebook: Any = nbformat.read(path, as_version=4)
    except FileNotFoundError:
        raise BadInput("no such file", file=str(path)) from None
    except (OSError, ValueError, nbformat.ValidationError) as problem:
        raise BadInput(f"no notebook: {problem}", file=str(path)) from None
    last: Any = nbformat.v4.new_code_cell(_INSIDE)
    notebook.cells.append(last)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": sys.executable}
    client = NotebookClient(
        notebook,
        timeout=timeout_s,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent.resolve())}},
    )
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError) as problem:
        raise NotebookFailed(f"{path.name}: {_said(notebook, problem)}") from None
    if found := _told(notebook.cells[-1]):
        raise NotebookFailed("\n".join(f"{path.name}: {line}" for line in found))


def _told(cell: Any) -> list[str]:
    text = "".join(each.get("text", "") for each in cell.outputs if each.output_type == "stream")
    line = next(line for line in text.splitlines() if line.startswith(_LAST))
    found: list[str] = json.loads(line.removeprefix(_LAST))
    return found


def _said(notebook: Any, problem: Exception) -> str:
    """Give in one line which cell failed, and how."""
    for place, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                return f"cell {place + 1}: {output.ename}: {output.evalue}".splitlines()[0]
    return f"a cell took too long: {str(problem).splitlines()[0]}"

"""A capstone as a notebook: its case, and nothing but its exercises."""

from __future__ import annotations

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from simkit.teaching.exercises import group
from simkit.ui.editions.tags import EXERCISE


def capstone(of: str) -> NotebookNode:
    """Give the notebook of a capstone, before its exercises are filled in."""
    first = new_markdown_cell(f"# {of}: {group(of).title}", id=f"{of}-title".lower())
    opens = new_code_cell("import simkit", id=f"{of}-import".lower())
    opens.metadata.tags = [EXERCISE]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    made: NotebookNode = new_notebook(cells=[first, opens], metadata={"kernelspec": kernel})
    return made

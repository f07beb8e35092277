"""Predictions in an edition: a participant finds no guess, and what comes after waits for one."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbformat import NotebookNode

from simkit.ui.editions.tags import PREDICT, REVEAL, tags_of


def lock(notebook: NotebookNode) -> None:
    """Let each cell that shows what was predicted wait for the guess before it."""
    names: list[str] = []
    for cell in notebook.cells:
        tags = tags_of(cell)
        at = 0
        if PREDICT in tags:
            made = list(_guesses(cell.source))
            names, at = [each.name for each in made], made[-1].end
        if REVEAL in tags:
            lines = cell.source.split("\n")
            lines.insert(at, f"simkit.guessed({', '.join(names)})")
            cell.source = "\n".join(lines)


def forget(notebook: NotebookNode) -> None:
    """Put ``None`` in place of each guess."""
    for cell in notebook.cells:
        if PREDICT not in tags_of(cell):
            continue
        lines = cell.source.split("\n")
        for guess in reversed(list(_guesses(cell.source))):
            lines[guess.start : guess.end] = [f"{guess.name} = None  # {guess.form}"]
        cell.source = "\n".join(lines)


class _Guess:
    """A guess in a cell: its name, and the lines from ``start`` to before ``end``."""

    def __init__(self, node: ast.Assign, name: str) -> None:
        self.name = name
        self.start, self.end = node.lineno - 1, node.end_lineno or node.lineno
        self.form = f"your guess, {_form(node.value)}"


def _form(value: ast.expr) -> str:
    """Say what a guess looks like that stands in the source."""
    if isinstance(value, ast.Tuple):
        first = ast.unparse(ast.Tuple(value.elts[:1], ast.Load())).replace("'", '"')
        return f"such as {first}"
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return "in quotation marks"
    return "a number"


def _guesses(source: str) -> Iterator[_Guess]:
    """Give the guesses of a cell: the names that say so, or else all that it assigns."""
    made = [
        (node, node.targets[0].id)
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    ]
    named = [each for each in made if each[1].startswith("guess")]
    for node, name in named or made:
        yield _Guess(node, name)

"""Runs all notebooks again and stores what they print: ``python tools/notebooks.py [NAME...]``.

What lives only as long as a kernel is not stored: a reader without one sees the stills of the labs
in place of a broken widget. The start notebook's table of all others is written again, too.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import nbformat

from simkit.study.catalogue import TRAP_IDS
from simkit.ui.editions.executing import execute

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
START = FOLDER / "00-start-here.ipynb"
WRITTEN = re.compile(r"\| \[|<!-- \d+ \+ \d+: ")
"""How the lines of the start notebook begin that are made from the others."""


def main(names: list[str]) -> None:
    for path in sorted(FOLDER.glob("*.ipynb")):
        if names and path.stem not in names:
            continue
        notebook = nbformat.read(path, as_version=4)
        execute(notebook, FOLDER)
        nbformat.write(notebook, path)
        print(path.name)
    list_others()


def list_others() -> None:
    """Write the table of the start notebook out of what the others say of themselves."""
    rows, minutes = [], []
    for path in sorted(set(FOLDER.glob("*.ipynb")) - {START}, key=_place):
        says = nbformat.read(path, as_version=4).metadata.simkit
        minutes.append(f"{says.minutes.teach} + {says.minutes.exercise}")
        rows.append(f"| [{path.stem}]({path.name}) | {says.teaches} | {minutes[-1]} |")
    held = [f'<!-- {each}: "held by tests/test_notebooks.py" -->' for each in sorted(set(minutes))]
    start = nbformat.read(START, as_version=4)
    [cell] = [cell for cell in start.cells if "| notebook |" in cell.source]
    lines = [line for line in cell.source.split("\n") if not WRITTEN.match(line)]
    first = lines.index("| --- | --- | --- |") + 1
    cell.source = "\n".join([*lines[:first], *rows, *lines[first:], *held])
    nbformat.write(start, START)


def _place(path: Path) -> tuple[int, str]:
    """Give a notebook's place: those of the traps first, in the order of the catalogue."""
    trap_id = path.stem.partition("-")[0]
    return (TRAP_IDS.index(trap_id) if trap_id in TRAP_IDS else len(TRAP_IDS)), path.stem


if __name__ == "__main__":
    main(sys.argv[1:])

"""Runs all notebooks again and stores what they print: ``python tools/notebooks.py [NAME...]``.

What lives only as long as a kernel is not stored: a reader without one sees the stills of the labs
in place of a broken widget.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
VIEW = "application/vnd.jupyter.widget-view+json"


def main(names: list[str]) -> None:
    for path in sorted(FOLDER.glob("*.ipynb")):
        if names and path.stem not in names:
            continue
        notebook = nbformat.read(path, as_version=4)
        client = NotebookClient(
            notebook, record_timing=False, store_widget_state=False, coalesce_streams=True
        )
        client.execute(cwd=str(FOLDER))
        for cell in notebook.cells:
            for output in cell.get("outputs", []):
                output.get("data", {}).pop(VIEW, None)
        notebook.metadata.language_info = {"name": "python"}
        nbformat.write(notebook, path)
        print(path.name)


if __name__ == "__main__":
    main(sys.argv[1:])

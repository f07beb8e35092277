"""Notebooks run from their first cell to their last, as they are stored."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from nbclient import NotebookClient
from nbformat import NotebookNode

from simkit.base.language import VARIABLE, language

VIEW = "application/vnd.jupyter.widget-view+json"


def execute(notebook: NotebookNode, folder: Path) -> None:
    """Run a notebook in a folder and keep its outputs; the first cell that fails is an error.

    What lives only as long as a kernel is not kept: a reader without one sees the stills of the
    labs in place of a broken widget. Its kernel speaks the language that is spoken here.
    """
    client = NotebookClient(
        notebook, record_timing=False, store_widget_state=False, coalesce_streams=True
    )
    nowhere = subprocess.DEVNULL  # for what kernels warn of
    spoken = {**os.environ, VARIABLE: language()}
    client.execute(cwd=str(folder), env=spoken, stdout=nowhere, stderr=nowhere)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(VIEW, None)
        if "outputs" in cell:  # what has no data is the place of a line that said how far it is
            cell.outputs = [output for output in cell.outputs if output.get("data") != {}]
    notebook.metadata.language_info = {"name": "python"}

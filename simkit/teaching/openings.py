"""What a trap's notebook says before and after all else: the agent's complaint, and key points.

Handouts and the play lane show both, in the language that is spoken.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

from simkit.base import resources


class Opening(NamedTuple):
    """What a trap's notebook says in plain words, in English."""

    said: str
    """What the agent says: the quotation with which the notebook begins."""
    key_points: tuple[str, ...]
    """What everybody should take home."""


def notebook_of(trap_id: str) -> Path:
    """Give the file of a trap's notebook."""
    return next(resources.directory("notebooks").glob(f"{trap_id}-*.ipynb"))


@cache
def opening_of(trap_id: str) -> Opening:
    """Give what the notebook on a trap says of it in plain words."""
    return read_opening(notebook_of(trap_id))


def read_opening(path: Path) -> Opening:
    """Give what a notebook says in plain words, its marks of code left out."""
    document = json.loads(path.read_text(encoding="utf-8"))
    lines = "".join(document["cells"][0]["source"]).splitlines()
    said = " ".join(line[2:] for line in lines if line.startswith("> "))
    points = document["metadata"]["simkit"]["key_points"]
    return Opening(said.strip('"'), tuple(point.replace("`", "") for point in points))

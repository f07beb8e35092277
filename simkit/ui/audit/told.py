"""What an audit's drop zone is told, and what it tells of files; ``tools/typedefs.py`` writes its
types out of this.
"""

from __future__ import annotations

from typing import Literal, TypedDict


class Dropped(TypedDict):
    """What was dropped or chosen, before any of it goes over."""

    name: str
    size: int
    """In bytes."""
    folder: bool


Command = Literal["begin", "piece"]
"""What is about to come, then its bytes in pieces, each with the number of bytes before it."""


class ZoneTold(TypedDict):
    """What the widget holds for the browser, by the names of its traits."""

    most_bytes: int
    """Of one file."""
    said: str
    """What came of the last drop."""
    error: str
    owes: bool
    answered: int

"""What a page of the play lane is told, by name: what its lab may ask for, answered beforehand."""

from __future__ import annotations

from typing import Any, TypedDict


class LaneTold(TypedDict):
    """One trap's lab. Values stand in the pool once each, and elsewhere by their places in it."""

    trap: str
    pool: list[Any]
    first: dict[str, int]
    """What the lab is told when it is opened, by the names of its traits."""
    answers: dict[str, dict[str, int]]
    """What a command changes, by its name and value, such as ``preset E4b`` or ``step 2``."""

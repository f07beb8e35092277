"""How much of what is alike is gone through: some in `make test`, all in `make thorough`."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TypeVar

Thing = TypeVar("Thing")

THOROUGH = os.environ.get("SIMKIT_THOROUGH") == "1"


def some(things: Iterable[Thing], count: int, *, start: int = 0) -> list[Thing]:
    """Give all things where the tests are thorough, else so many of them, evenly spread.

    For what is alike but for a setting: the same code draws every trap, so a fault in one is seldom
    alone. Tests of one thing that go through others' share by beginning elsewhere.
    """
    found = list(things)
    if THOROUGH or count >= len(found):
        return found
    places = [(start + place * len(found) // count) % len(found) for place in range(count)]
    return [found[place] for place in sorted(places)]

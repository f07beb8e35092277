"""Documents made of values that stand somewhere in a page or script."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import Any, NamedTuple

from simkit.base.reading.document import Document, Places

_COLUMNS = 1 << 32
"""Puts lines apart, so that one number is a line and a column."""


class Place(NamedTuple):
    """Where a value stands, and where the values inside it do, in the order of the data."""

    line: int
    column: int
    inside: tuple[Place, ...] = ()


def document(name: str, data: Any, place: Place) -> Document:
    """Give data as a document, with the place of each value."""
    return Document(name, data, (place.line, place.column), lambda: _places(place))


def _places(root: Place) -> Places:
    starts, sizes = array("q"), array("q")
    for place, size in _nodes(root):
        starts.append(place.line * _COLUMNS + place.column)
        sizes.append(size)
    return Places(starts, sizes, lambda start: divmod(start, _COLUMNS))


def _nodes(place: Place) -> Iterator[tuple[Place, int]]:
    """Give all nodes from one on, in order, each with how many it holds, itself included."""
    below = [node for inner in place.inside for node in _nodes(inner)]
    yield place, 1 + len(below)
    yield from below

"""Documents: plain data, and where in the text each value stands. Readers build them as trees."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from simkit.base.errors import BadInput, shown

MAX_DEPTH = 64
MAX_VALUES = 250_000  # a few seconds of YAML's reader; 10,000 agents need 50,000
MAX_JSON_VALUES = 1_000_000  # as long by JSON's; 200,000 agents need 800,000
MAX_DIGITS = 100  # far below the length at which CPython refuses to convert whole numbers
Path = Sequence[str | int]


class Lines:
    """Turns offsets into a text to lines and columns, both counted from 1.

    It counts on from the place asked for last, so that places asked for in their order cost one
    pass over the text, and nothing is kept of it.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._line, self._start, self._counted = 1, 0, 0

    def at(self, offset: int) -> tuple[int, int]:
        """Give (line, column) of an offset in characters."""
        text = self._text
        if offset < self._counted:
            self._line, self._start, self._counted = 1, 0, 0
        # Between its two characters a Windows line end has not been passed yet.
        stop = offset - 1 if offset and text.startswith("\r\n", offset - 1) else offset
        known = self._counted
        if stop > known:
            ends = text.count("\n", known, stop) + text.count("\r", known, stop)
            ends -= text.count("\r\n", known, stop)
            if ends:
                self._line += ends
                last = max(text.rfind("\n", known, stop), text.rfind("\r", known, stop))
                self._start = last + 1
            self._counted = stop
        return self._line, offset - self._start + 1

    def offset(self, line: int, column: int) -> int:
        """Give the offset in characters of a line and column."""
        if line < self._line:
            self._line, self._start, self._counted = 1, 0, 0
        while self._line < line and (end := _LINE_END.search(self._text, self._start)):
            self._line, self._start = self._line + 1, end.end()
            self._counted = self._start
        return self._start + column - 1


_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Places:
    """Where the nodes of a document stand, as arrays: a mapping for each takes too much memory."""

    starts: array[int]
    """The place of each node, in the order of the text; of a value in a mapping that of its key."""
    sizes: array[int]
    """How many nodes each one holds, itself included."""
    at: Callable[[int], tuple[int, int]]
    """Turns a place into line and column."""
    _inside: dict[int, list[int]] = field(default_factory=dict, repr=False)

    def inside(self, node: int) -> list[int]:
        """Give the nodes right below a node."""
        if node not in self._inside:
            found, child, end = [], node + 1, node + self.sizes[node]
            while child < end:
                found.append(child)
                child += self.sizes[child]
            self._inside[node] = found
        return self._inside[node]

    def part(self, node: int) -> Places:
        """Give the places of a node and of all that it holds."""
        until = node + self.sizes[node]
        return Places(self.starts[node:until], self.sizes[node:until], self.at)


@dataclass(frozen=True)
class Document:
    """Plain data and where each part of it stands in the text."""

    name: str
    data: Any
    root: tuple[int, int]
    """Line and column at which the data begin."""
    find_places: Callable[[], Places] = field(repr=False)
    """Called when a place inside is asked for: most documents are good, and nobody asks."""
    _keys: dict[int, dict[str, int]] = field(default_factory=dict, repr=False)

    @cached_property
    def _places(self) -> Places:
        return self.find_places()

    def order(self, loc: Path) -> tuple[int, ...]:
        """Give the nearest existing node on a path, as what sorts paths in the text's order.

        Keys that differ only in spelling (``division_id``, ``divisionId``) are found as well.
        """
        data, found = self.data, []
        for part in loc:
            if isinstance(data, dict):
                known = key_in(data, part)
                if known is None:
                    break
                found.append(self._order_of_keys(data)[known])
                data = data[known]
            elif isinstance(data, list) and isinstance(part, int) and 0 <= part < len(data):
                found.append(part)
                data = data[part]
            else:
                break
        return tuple(found)

    def _order_of_keys(self, mapping: dict[str, Any]) -> dict[str, int]:
        """Give the number of each key; kept, as a mapping may be asked for each of its keys."""
        if id(mapping) not in self._keys:
            self._keys[id(mapping)] = {key: i for i, key in enumerate(mapping)}
        return self._keys[id(mapping)]

    def where(self, loc: Path) -> tuple[int, int] | None:
        """Give (line, column) from 1 of the nearest existing node on a path.

        For a value in a mapping that is the place of its key.
        """
        order = self.order(loc)
        if not order:
            return self.root
        return self._places.at(self._places.starts[self._node(order)])

    def _node(self, order: tuple[int, ...]) -> int:
        node = 0
        for i in order:
            node = self._places.inside(node)[i]
        return node

    def part(self, loc: Path, data: Any) -> Document:
        """Give what stands at a path, which are such data, as a document of its own."""
        order = self.order(loc)
        root = self.where(loc) or self.root
        return Document(self.name, data, root, lambda: self._places.part(self._node(order)))


def key_in(mapping: Mapping[Any, Any], part: str | int) -> str | None:
    """Give the key of a mapping that is meant, in the mapping's own spelling."""
    if not isinstance(part, str):
        return None
    if part in mapping:
        return part
    plain = part.replace("_", "").casefold()
    for key in mapping:
        if isinstance(key, str) and key.replace("_", "").casefold() == plain:
            return key
    return None


SURROGATE = re.compile("[\ud800-\udfff]")


class Tree:
    """Builds data and places side by side from starts, scalars and ends, without recursion."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._open: list[tuple[Any, int, list[tuple[str, int]]]] = []
        """Data, node and the key that waits for its value, of each container under way."""
        self._root: Any = None
        self._places = Places(array("Q"), array("L"), _unpacked)

    def document(self) -> Document:
        if self.is_empty:
            raise BadInput("the file is empty", file=self.name)
        root = self._places.at(self._places.starts[0])
        return Document(self.name, self._root, root, lambda: self._places)

    def refuse(self, problem: str, line: int, column: int, **more: Any) -> BadInput:
        return BadInput(problem, file=self.name, line=line, column=column, **more)

    @property
    def is_empty(self) -> bool:
        return not self._places.starts

    @property
    def wants_key(self) -> bool:
        """Whether the next scalar is a key."""
        if not self._open:
            return False
        data, _, pending = self._open[-1]
        return isinstance(data, dict) and not pending

    def open(self, data: Any, line: int, column: int) -> None:
        """Begin a mapping or a list, given empty."""
        if self.wants_key:
            raise self.refuse("a key must be text", line, column, found=_shown_kind(data))
        if len(self._open) >= MAX_DEPTH:
            raise self.refuse(f"nested more than {MAX_DEPTH} levels deep", line, column)
        self._open.append((data, self._put(data, line, column), []))

    def close(self) -> None:
        _, node, _ = self._open.pop()
        self._places.sizes[node] = len(self._places.starts) - node

    def scalar(self, value: Any, line: int, column: int) -> None:
        if isinstance(value, float) and not math.isfinite(value):
            found = "a number beyond all bounds"
            raise self.refuse("", line, column, found=found, allowed="finite numbers")
        if isinstance(value, str) and SURROGATE.search(value):
            raise self.refuse("half of a surrogate pair in a text", line, column)
        if self.wants_key:
            self._key(value, line, column)
        else:
            self._put(value, line, column)

    def _key(self, key: Any, line: int, column: int) -> None:
        if not isinstance(key, str):
            raise self.refuse(
                "a key must be text; put it in quotes", line, column, found=shown(key)
            )
        data, node, pending = self._open[-1]
        if key in data:
            self._places.sizes[node] = len(self._places.starts) - node
            first = self._places.inside(node)[list(data).index(key)]
            raise duplicate(key, self._places.at(self._places.starts[first]), self, line, column)
        pending.append((key, _packed(line, column)))

    def _put(self, value: Any, line: int, column: int) -> int:
        """Add a value where it belongs and give its node."""
        node, place = len(self._places.starts), _packed(line, column)
        if node >= MAX_VALUES:
            problem = f"more than {MAX_VALUES:,} values; a JSON file may have {MAX_JSON_VALUES:,}"
            raise self.refuse(problem, line, column)
        if not self._open:
            self._root = value
        else:
            data, _, pending = self._open[-1]
            if isinstance(data, dict):
                key, place = pending.pop()
                data[key] = value
            else:
                data.append(value)
        self._places.starts.append(place)
        self._places.sizes.append(1)
        return node


def _packed(line: int, column: int) -> int:
    """Give a line and a column as one whole number."""
    return line << 32 | column


def _unpacked(place: int) -> tuple[int, int]:
    return place >> 32, place & 0xFFFFFFFF


def duplicate(key: str, first: tuple[int, int], tree: Tree, line: int, column: int) -> BadInput:
    """Give the complaint about a key that comes twice."""
    problem = f"duplicate key {shown(key)}; the first stands at line {first[0]}, column {first[1]}"
    return tree.refuse(problem, line, column)


def _shown_kind(data: Any) -> str:
    """Give what kind of container something is, in words."""
    return "a mapping" if isinstance(data, dict) else "a list"


def refuse_long_number(text: str, tree: Tree, line: int, column: int) -> None:
    """Refuse a number so long that converting it would take long or fail."""
    if len(text) > MAX_DIGITS:
        found = f"a number of {len(text):,} digits"
        raise tree.refuse("", line, column, found=found, allowed=f"at most {MAX_DIGITS}")

"""Patches: the smallest edits of a file's text that mend what was found, and how they are shown."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from simkit.base.errors import one_line

_LINE_END = re.compile(r"\r\n|\r|\n")
_END = "\n"
_AROUND = 3
"""Lines that a diff shows before and after what it changes."""


class Edit(NamedTuple):
    """One stretch of a text that is replaced; offsets count characters."""

    start: int
    end: int
    text: str


class Layout:
    """A text, and where its lines begin, found once for all that is edited in it."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(end.end() for end in _LINE_END.finditer(self.text))]

    @cached_property
    def rows(self) -> list[str]:
        """The lines with their ends, as tools part them: by line feeds alone."""
        return _rows_of(self.text)

    @cached_property
    def row_starts(self) -> list[int]:
        """Where each of these lines begins, and the one that would follow a last line feed."""
        return [0, *accumulate(len(row) for row in self.rows if row.endswith(_END))]

    def at(self, offset: int) -> tuple[int, int]:
        """Give (line, column) from 1 of an offset in characters."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """Give the offset of a line and a column; the text's end for those behind it."""
        known = line <= len(self._starts)
        return self._starts[line - 1] + column - 1 if known else len(self.text)

    def row(self, offset: int) -> int:
        """Give the number from 0 of the row that an offset is in."""
        return bisect_right(self.row_starts, offset) - 1


class Replacement(NamedTuple):
    """The same by lines and columns from 1, the end behind the last character."""

    line: int
    column: int
    end_line: int
    end_column: int
    text: str


@dataclass(frozen=True)
class Patch:
    """Edits of one file that belong together."""

    file: str
    edits: tuple[Edit, ...]
    """In the order of the text; they do not touch each other."""
    replacements: tuple[Replacement, ...]
    diff: str
    """The same as a unified diff, which `patch -p0` takes."""


def patch_of(file: str, layout: Layout, edits: Iterable[Edit]) -> Patch:
    """Give the patch that some edits of a file's text are."""
    ordered = tuple(sorted(edits))
    replacements = tuple(
        Replacement(*layout.at(edit.start), *layout.at(edit.end), edit.text) for edit in ordered
    )
    return Patch(file, ordered, replacements, "\n".join(_diff(file, layout, ordered)))


def applied(text: str, edits: Iterable[Edit]) -> str:
    """Give a text with edits made, which do not overlap.

    >>> applied("a: 1", [Edit(3, 4, "2"), Edit(0, 0, "# one\\n")])
    '# one\\na: 2'
    """
    parts: list[str] = []
    at = 0
    for edit in sorted(edits):
        parts += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*parts, text[at:]])


def _diff(file: str, layout: Layout, edits: Sequence[Edit]) -> Iterator[str]:
    name = one_line(file)
    yield f"--- {name}"
    yield f"+++ {name}"
    old = layout.rows
    grown = 0
    for group in _hunks(layout, edits):
        first, last = layout.row(group[0].start), layout.row(group[-1].end)
        start = layout.row_starts[first]
        before = old[first : last + 1]
        shifted = [Edit(each.start - start, each.end - start, each.text) for each in group]
        new = _rows_of(applied("".join(before), shifted))
        head, tail = old[max(0, first - _AROUND) : first], old[last + 1 : last + 1 + _AROUND]
        top = first - len(head)
        while before and new and before[0] == new[0]:
            head.append(before.pop(0))
            new.pop(0)
        while before and new and before[-1] == new[-1]:
            tail.insert(0, before.pop())
            new.pop()
        around = len(head) + len(tail)
        sizes = f"-{top + 1},{around + len(before)} +{top + 1 + grown},{around + len(new)}"
        yield f"@@ {sizes} @@"
        for mark, rows in ((" ", head), ("-", before), ("+", new), (" ", tail)):
            for row in rows:
                yield f"{mark}{row.removesuffix(_END)}"
                if not row.endswith(_END):
                    yield "\\ No newline at end of file"
        grown += len(new) - len(before)


def _rows_of(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+\Z", text)


def _hunks(layout: Layout, edits: Sequence[Edit]) -> Iterator[list[Edit]]:
    """Give edits in groups whose rows, with those around them, do not meet."""
    group: list[Edit] = []
    for edit in edits:
        if group and layout.row(edit.start) - layout.row(group[-1].end) > 2 * _AROUND:
            yield group
            group = []
        group.append(edit)
    if group:
        yield group

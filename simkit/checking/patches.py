"""Patches: the smallest edits of a file's text that mend what was found, and how they are shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from simkit.base.errors import one_line
from simkit.base.reading.document import Lines

_END = "\n"
_AROUND = 3
"""Lines that a diff shows before and after what it changes."""


class Edit(NamedTuple):
    """One stretch of a text that is replaced; offsets count characters."""

    start: int
    end: int
    text: str


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


def patch_of(file: str, text: str, edits: Iterable[Edit]) -> Patch:
    """Give the patch that some edits of a file's text are."""
    ordered = tuple(sorted(edits))
    lines = Lines(text)
    replacements = tuple(
        Replacement(*lines.at(edit.start), *lines.at(edit.end), edit.text) for edit in ordered
    )
    return Patch(file, ordered, replacements, "\n".join(_diff(file, text, ordered)))


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


def _diff(file: str, text: str, edits: Sequence[Edit]) -> Iterator[str]:
    name = one_line(file)
    yield f"--- {name}"
    yield f"+++ {name}"
    old = _lines(text)
    grown = 0
    for group in _hunks(text, edits):
        first, last = _rows(text, group[0])[0], _rows(text, group[-1])[1]
        start = sum(map(len, old[:first]))
        before = old[first : last + 1]
        shifted = [Edit(each.start - start, each.end - start, each.text) for each in group]
        new = _lines(applied("".join(before), shifted))
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
        for mark, lines in ((" ", head), ("-", before), ("+", new), (" ", tail)):
            for line in lines:
                yield f"{mark}{line.removesuffix(_END)}"
                if not line.endswith(_END):
                    yield "\\ No newline at end of file"
        grown += len(new) - len(before)


def _lines(text: str) -> list[str]:
    """Give the lines of a text with their ends, of which the last may have none."""
    return re.findall(r"[^\n]*\n|[^\n]+\Z", text)


def _rows(text: str, edit: Edit) -> tuple[int, int]:
    """Give the numbers from 0 of the first and the last line that an edit is in."""
    return text.count("\n", 0, edit.start), text.count("\n", 0, edit.end)


def _hunks(text: str, edits: Sequence[Edit]) -> Iterator[list[Edit]]:
    """Give edits in groups whose lines, with those around them, do not meet."""
    group: list[Edit] = []
    for edit in edits:
        if group and _rows(text, edit)[0] - _rows(text, group[-1])[1] > 2 * _AROUND:
            yield group
            group = []
        group.append(edit)
    if group:
        yield group

"""Tables of exports: what stands between cells, and rows by the names of their columns."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence

from simkit.base.errors import BadInput
from simkit.inputs.csv_text import csv_rows

MOST_ROWS = 300_000
"""Those of 10,000 agents with 30 each."""
MOST_LINES = 2_000_000
"""Blank ones too."""
LONGEST_LINE = 1_000_000
_SEPARATOR = re.compile(r'"?sep=([,;\t|])"?\s*(?:\r\n|[\r\n]|\Z)', re.IGNORECASE)
"""The line by which a spreadsheet says what stands between cells."""
_MARKS = ",;\t|"


class Table:
    """The head of a table, and its rows with the lines they stand in."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        before = 0
        if said := _SEPARATOR.match(text):
            text, between, before = text[said.end() :], said[1], 1
        else:
            first = text.lstrip().split("\n", 1)[0]
            between = max(_MARKS, key=first.count)
        rows = csv_rows(_bounded(text, name, before), name, between, before)
        self._lines = ((row.line, row.cells) for row in rows if any(row.cells))
        first_row = next(self._lines, None)
        if first_row is None:
            raise BadInput("the file is empty", file=name)
        self.head: Sequence[str] = [cell.strip() for cell in first_row[1]]

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Give each row that is not blank by its columns; BadInput for one with too many cells."""
        width = len(self.head)
        for count, (line, cells) in enumerate(self._lines):
            if count >= MOST_ROWS:
                found, allowed = f"more than {MOST_ROWS:,} rows", f"at most {MOST_ROWS:,}"
                raise BadInput(file=self.name, line=line, found=found, allowed=allowed)
            if any(cells[width:]):
                found = f"{len(cells)} cells"
                raise BadInput(file=self.name, line=line, found=found, allowed=f"{width}")
            cells += [""] * (width - len(cells))
            yield line, dict(zip(self.head, cells, strict=False))


def _bounded(text: str, name: str, before: int) -> Iterator[str]:
    """Give the lines of a text; BadInput for too many, and for one that is far too long."""
    for number, line in enumerate(io.StringIO(text, newline=""), before + 1):
        found = allowed = None
        if number > MOST_LINES:
            found, allowed = f"more than {MOST_LINES:,} lines", f"at most {MOST_LINES:,}"
        elif len(line) > LONGEST_LINE:
            found, allowed = f"{len(line):,} characters", f"at most {LONGEST_LINE:,}"
        if found:
            raise BadInput(file=name, line=number, found=found, allowed=allowed)
        yield line

"""CSV as texts: the rows of one with the lines they stand in, and the text of rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from simkit.base.errors import BadInput
from simkit.base.outgoing import csv_safe


class CsvRow(NamedTuple):
    """A row, blank ones too, which may reach over several lines."""

    line: int
    """In which it begins, counted from 1."""
    cells: list[str]
    after: int
    """The line in which the next row would begin."""


def csv_rows(lines: Iterable[str], name: str, between: str, before: int) -> Iterator[CsvRow]:
    """Give the rows of a CSV text that begins below so many lines of its file.

    ``between`` stands between cells. BadInput, with the line, for quotes that do not end.
    """
    table = csv.reader(lines, strict=True, delimiter=between)
    line = before + 1
    try:
        for cells in table:
            after = table.line_num + before + 1
            yield CsvRow(line, cells, after)
            line = after
    except csv.Error as problem:
        raise BadInput(f"unreadable CSV: {problem}", file=name, line=line) from None


def csv_text(head: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    """Give rows below a head as a CSV text, of which no spreadsheet takes a cell for a formula."""
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(head)
    table.writerows(map(csv_safe, row) for row in rows)
    return text.getvalue()

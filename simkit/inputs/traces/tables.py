"""Tables that traces are: CSV texts, rows in memory and data frames, cut into cells."""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, cast

from simkit.base.errors import BadInput, shown
from simkit.inputs.csv_text import csv_rows
from simkit.inputs.traces import other_systems
from simkit.inputs.traces.cells import COLUMNS, Cells, is_head, odd_columns, plain_head

MOST_LINES = 2_000_000
"""Blank ones too: about twice as many rows as a spreadsheet has."""
_SEPARATOR = re.compile(r'\ufeff?"?sep=([,;\t])"?[,;\t]*(?:\r\n|[\r\n]|\Z)', re.IGNORECASE)
"""The line by which a spreadsheet says what stands between cells."""
_MARKS = {";": "semicolons", "\t": "tabs", ",": "commas"}

Rows = Iterable[Any]


class TraceTable:
    """Cuts tables into rows of five cells, in the order of our columns, or says why it cannot."""

    def __init__(self, name: str, cells: Cells) -> None:
        self.name, self.cells = name, cells
        self.between = ","

    def of_text(self, text: str) -> Iterator[tuple[int, Sequence[str]]]:
        """Give the line and the cells of each row of a CSV text that is not blank."""
        # Told before its quotes and commas are held against it.
        if kind := other_systems.kind_of_text(text):
            raise self.something_else(1, kind)
        lines = self.lines(text)
        first, head = next(lines, (1, []))
        while head and not head[-1].strip():  # spreadsheets add empty columns
            head.pop()
        names = self.check_head(first, head)
        in_order = itemgetter(*(names.index(column) for column in COLUMNS))
        width = len(names)
        for line, cells in lines:
            # They leave out empty cells at the end of a row, and add some.
            if len(cells) > width and any(cells[width:]):
                found = f"{len(cells)} cells"
                raise BadInput(file=self.name, line=line, found=found, allowed=f"{width}")
            if len(cells) < width:
                cells += [""] * (width - len(cells))
            yield line, in_order(cells)

    def records(self, source: Any) -> Rows:
        """Give the rows of a data frame, once its columns are ours, or rows as they are."""
        if hasattr(source, "columns"):
            self.check_head(1, list(map(str, source.columns)))
        if hasattr(source, "iter_rows"):  # Polars
            return cast(Rows, source.iter_rows(named=True))
        if hasattr(source, "to_dict") and hasattr(source, "columns"):  # pandas
            return cast(Rows, source.to_dict("records"))
        if isinstance(source, Iterable) and not isinstance(source, Mapping | bytes):
            return source
        allowed = "the path of a CSV file, rows, or a data frame"
        raise BadInput(field="workload", found=shown(source), allowed=allowed)

    def of_records(self, records: Rows) -> Iterator[tuple[int, list[str], Collection[str]]]:
        """Give the line and the cells of each row that is not blank, and the columns it lacks."""
        text, order, keys = self.cells.text, range(len(COLUMNS)), None
        names: dict[str, Any] = {}
        absent: Collection[str] = ()
        for line, record in enumerate(records, 1):
            if line > MOST_LINES:
                raise self.too_many("lines", MOST_LINES, line)
            if isinstance(record, Mapping):
                if keys != (keys := tuple(record)):
                    names = self.names_of(line, keys)
                    absent = {*COLUMNS} - names.keys()
                row = [record[names[each]] if each in names else None for each in COLUMNS]
            elif isinstance(record, Sequence) and not isinstance(record, str):
                if line == 1 and is_head(head := plain_head(record)):
                    self.check_head(line, list(map(str, record)))
                    order = [head.index(column) for column in COLUMNS]  # type: ignore[assignment]
                    continue
                if len(record) > len(COLUMNS):
                    found = f"{len(record)} cells"
                    raise BadInput(file=self.name, line=line, found=found, allowed="5")
                row = [record[place] if place < len(record) else None for place in order]
            else:
                allowed = "a mapping by the names of the columns, or five cells"
                raise BadInput(file=self.name, line=line, found=shown(record), allowed=allowed)
            cells = [text(cell, name, line) for cell, name in zip(row, COLUMNS, strict=True)]
            if any(cells):
                yield line, cells, absent

    def names_of(self, line: int, keys: tuple[Any, ...]) -> dict[str, Any]:
        """Give what a mapping calls each of our columns that it has."""
        head = list(map(str, keys))
        if odd := odd_columns(head, whole=False):
            if kind := self.kind_of_head(head):
                raise self.something_else(line, kind)
            raise BadInput(odd, file=self.name, line=line, allowed=",".join(COLUMNS))
        return dict(zip(plain_head(head), keys, strict=True))

    def lines(self, text: str) -> Iterator[tuple[int, list[str]]]:
        """Give the cells of each line that is not blank, and its number."""
        before = 0
        if said := _SEPARATOR.match(text):
            text, self.between, before = text[said.end() :], said[1], 1
        plain = io.StringIO(text.removeprefix("\ufeff"), newline="")
        for line, cells, after in csv_rows(plain, self.name, self.between, before):
            if any(cells):
                yield line, cells
            if after > MOST_LINES:
                raise self.too_many("lines", MOST_LINES, after)

    def check_head(self, line: int, head: list[str]) -> list[str]:
        """Give the names of the columns in their order; BadInput when they are not ours."""
        names = plain_head(head)
        if len(head) == len(COLUMNS) and sorted(names) == sorted(COLUMNS):
            return names
        if kind := self.kind_of_head(head):
            raise self.something_else(line, kind)
        named = ",".join(COLUMNS)
        if {*COLUMNS} & {*names}:
            raise BadInput(odd_columns(head), file=self.name, line=line, allowed=named)
        found, allowed = shown(",".join(head)), f"the names of the columns: {named}"
        mark = next((mark for mark in _MARKS if mark in "".join(head)), self.between)
        if len(head) == 1 and mark != self.between:
            found, allowed = (f"cells between {_MARKS[each]}" for each in (mark, self.between))
        raise BadInput(file=self.name, line=line, found=found, allowed=allowed)

    def kind_of_head(self, head: list[str]) -> str:
        """Give what table of other systems has such columns; nothing where it is nearly ours."""
        return "" if is_head(plain_head(head)) else other_systems.kind_of_table(head)

    def something_else(self, line: int, kind: str) -> BadInput:
        wanted = f"a trace, with the columns {','.join(COLUMNS)}: see Traces in data/README.md"
        return BadInput(file=self.name, line=line, found=kind, allowed=wanted)

    def too_many(self, what: str, most: int, line: int) -> BadInput:
        found, allowed = f"more than {most:,} {what}", f"at most {most:,}"
        return BadInput(file=self.name, line=line, found=found, allowed=allowed)

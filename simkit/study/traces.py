"""Workloads as CSV tables: what happened on a day, read from a file or written into one.

``data/README.md`` says what each row means.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from simkit.base import documents
from simkit.base.clock import parse_wall_ms
from simkit.base.errors import BadInput, closest, shown
from simkit.rules.reasons import Edit, provision
from simkit.rules.schedule import Window
from simkit.rules.settings import Settings
from simkit.study.export import write_text
from simkit.world.workload import AgentDay, Intention, Span, Transfer, Workload

COLUMNS = ("at", "agent", "what", "value", "until")
MOST_ROWS = 250_000
LONGEST_ID = 300

OF_AGENTS = {
    "shift": {"value", "until"},
    "scheduled": {"value", "until"},
    "wants": {"value", "until"},
    "picks": {"value", "until"},
    "hidden": {"until"},
    "offline": {"until"},
    "transferred": {"value"},
    "reloads": set(),
}
"""What happens to an agent, and the columns that it fills beside ``at`` and ``agent``."""
OF_CODES = {
    "deactivated": (False, True),
    "reactivated": (True, True),
    "deactivated by hand": (False, False),
    "reactivated by hand": (True, False),
}
"""What an administrator does to a code: whether it is active then, and the version grows."""


class Row(NamedTuple):
    """One row of a trace, and where it stands."""

    line: int
    at: str
    agent: str
    what: str
    value: str
    until: str
    start: int
    """``at`` in ms of the run."""
    end: int
    """``until`` in ms of the run; 0 where there is none."""


def read_trace(path: str | Path, settings: Settings) -> Workload:
    """Give the workload that a CSV file describes; BadInput, in one line, when it cannot be used.

    Its divisions, codes, day and time zone are those of the settings.
    """
    return parse_trace(documents.read_text(path), str(path), settings)


def parse_trace(text: str, name: str, settings: Settings) -> Workload:
    """Give the workload that the text of a CSV file describes, as ``read_trace`` does."""
    return _Reader(name, settings).workload(text)


class _Reader:
    """Turns rows into a workload, or says which of them cannot be used."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self.calendar = settings.organisation.calendar
        self.divisions = settings.organisation.division_ids
        codes = provision(settings.organisation, settings.provisioning)
        self.codes = {code.id: (i, code.name) for i, code in enumerate(codes)}
        self.reasons = {code.name for code in codes}

    def workload(self, text: str) -> Workload:
        shifts: dict[str, Row] = {}
        theirs: dict[str, list[Row]] = {}
        edits: list[Row] = []
        for row in self.rows(text):
            if row.what in OF_CODES:
                edits.append(row)
            elif row.what != "shift":
                theirs.setdefault(row.agent, []).append(row)
            elif row.agent in shifts:
                first = shifts[row.agent].line
                raise self.bad(row, "agent", f"a second shift; the first stands at line {first}")
            else:
                shifts[row.agent] = row
        for agent, rows in theirs.items():
            if agent not in shifts:
                problem = f"agent {shown(agent)} has no row shift{closest(agent, shifts)}"
                raise self.bad(min(rows), "agent", problem)
        if not shifts:
            raise BadInput("no row says shift: nobody works", file=self.name, line=1)
        return Workload(
            tuple(self.day(shift, theirs.get(agent, [])) for agent, shift in shifts.items()),
            self.edits(edits),
        )

    # --- rows ---------------------------------------------------------------------------------

    def rows(self, text: str) -> Iterator[Row]:
        """Give each row that is not blank, its columns filled as its kind demands."""
        lines = self.lines(text)
        first, head = next(lines, (1, []))
        if sorted(head) != sorted(COLUMNS):
            raise self.bad_head(first, head)
        for count, (line, cells) in enumerate(lines):
            if count >= MOST_ROWS:
                raise BadInput(f"more than {MOST_ROWS:,} rows", file=self.name, line=line)
            # Spreadsheets leave out empty cells at the end of a row, and add some.
            if len(cells) > len(head) and any(cells[len(head) :]):
                found = f"{len(cells)} cells"
                raise BadInput(file=self.name, line=line, found=found, allowed=f"{len(head)}")
            filled = dict.fromkeys(COLUMNS, "") | dict(zip(head, cells, strict=False))
            yield self.timed(Row(line, **filled, start=0, end=0))

    def lines(self, text: str) -> Iterator[tuple[int, list[str]]]:
        """Give the cells of each line that is not blank, and its number."""
        table = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
        line = 1
        try:
            for cells in table:
                if any(cells):
                    yield line, cells
                line = table.line_num + 1
        except csv.Error as problem:
            raise BadInput(f"unreadable CSV: {problem}", file=self.name, line=line) from None

    def bad_head(self, line: int, head: list[str]) -> BadInput:
        named = ",".join(head)
        found, allowed = shown(named), f"the names of the columns: {','.join(COLUMNS)}"
        if len(head) == 1 and (";" in named or "\t" in named):
            found = f"cells between {'semicolons' if ';' in named else 'tabs'}"
            allowed = "cells between commas"
        return BadInput(file=self.name, line=line, found=found, allowed=allowed)

    def timed(self, row: Row) -> Row:
        """Give a row with its times in ms, once it has all that its kind demands and no more."""
        if row.what not in OF_AGENTS and row.what not in OF_CODES:
            raise self.unknown(row, "what", "event", [*OF_AGENTS, *OF_CODES])
        of_agent = row.what in OF_AGENTS
        needs = {"at", "agent"} | OF_AGENTS[row.what] if of_agent else {"at", "value"}
        for field in ("at", "agent", "value", "until"):
            cell = getattr(row, field)
            if cell and field not in needs:
                raise self.bad(row, field, "", shown(cell), f"nothing, for {row.what}")
            if not cell and field in needs:
                raise self.bad(row, field, f"required for {row.what}, but empty")
        if len(row.agent) > LONGEST_ID:
            found = f"{len(row.agent):,} characters"
            raise self.bad(row, "agent", "", found, f"at most {LONGEST_ID}")
        row = row._replace(start=self.ms(row, "at"), end=self.ms(row, "until") if row.until else 0)
        if row.until and row.end <= row.start:
            raise self.bad(row, "until", "", shown(row.until), f"a time after {row.at}")
        return row

    def ms(self, row: Row, field: str) -> int:
        cell = getattr(row, field)
        try:
            wall = parse_wall_ms(cell)
        except ValueError:
            forms = "a time HH:MM, HH:MM:SS or HH:MM:SS.mmm"
            raise self.bad(row, field, "", shown(cell), forms) from None
        try:
            ms = self.calendar.ms(wall)
        except ValueError as problem:
            raise self.bad(row, field, str(problem)) from None
        if ms < 0:
            opens = f"times from {self.calendar.opens:%H:%M}, when the first shift pattern starts"
            raise self.bad(row, field, "", shown(cell), opens)
        return ms

    def bad(
        self,
        row: Row,
        field: str,
        problem: str = "",
        found: str | None = None,
        allowed: str | None = None,
    ) -> BadInput:
        return BadInput(
            problem, file=self.name, line=row.line, field=field, found=found, allowed=allowed
        )

    def known(self, row: Row, kind: str, names: Collection[str]) -> str:
        """Give the value of a row, which has to be one of these names."""
        if row.value not in names:
            raise self.unknown(row, "value", kind, sorted(names))
        return row.value

    def unknown(self, row: Row, field: str, kind: str, names: list[str]) -> BadInput:
        cell = getattr(row, field)
        guess = closest(cell, names)
        allowed = None if guess else ", ".join(map(shown, names))
        return self.bad(row, field, f"unknown {kind} {shown(cell)}{guess}", allowed=allowed)

    def code(self, row: Row) -> tuple[int, str]:
        """Give the place and the name of the code whose id is the value of a row."""
        return self.codes[self.known(row, "code", self.codes)]

    # --- what they mean -----------------------------------------------------------------------

    def day(self, shift: Row, rows: list[Row]) -> AgentDay:
        """Give an agent's day from the row of the shift and all others."""
        kinds: dict[str, list[Row]] = {what: [] for what in OF_AGENTS}
        for row in sorted(rows, key=lambda row: (row.start, row.line)):
            self.check_inside(row, shift)
            kinds[row.what].append(row)
        for what in ("scheduled", "hidden", "offline"):
            self.check_apart(kinds[what])
        for what in ("transferred", "reloads"):
            self.check_distinct(kinds[what])
        intentions = [Intention(r.start, r.value, r.end - r.start) for r in kinds["wants"]]
        intentions += [
            Intention(r.start, self.code(r)[1], r.end - r.start, r.value) for r in kinds["picks"]
        ]
        return AgentDay(
            agent=shift.agent,
            division=self.known(shift, "division", self.divisions),
            start=shift.start,
            end=shift.end,
            windows=tuple(
                Window(r.start, r.end, self.known(r, "reason", self.reasons))
                for r in kinds["scheduled"]
            ),
            intentions=tuple(sorted(intentions)),
            hidden=tuple(Span(r.start, r.end) for r in kinds["hidden"]),
            outages=tuple(Span(r.start, r.end) for r in kinds["offline"]),
            transfers=tuple(
                Transfer(r.start, self.known(r, "division", self.divisions))
                for r in kinds["transferred"]
            ),
            reloads=tuple(r.start for r in kinds["reloads"]),
        )

    def check_inside(self, row: Row, shift: Row) -> None:
        """Refuse what leaves the shift. Only a wanted change may be meant to last beyond it."""
        allowed = f"times of the shift, {shift.at} to {shift.until}"
        if not shift.start <= row.start < shift.end:
            raise self.bad(row, "at", "", shown(row.at), allowed)
        if row.end > shift.end and row.what not in ("wants", "picks"):
            raise self.bad(row, "until", "", shown(row.until), allowed)

    def check_apart(self, rows: list[Row]) -> None:
        for one, other in pairwise(rows):
            if other.start < one.end:
                raise self.bad(other, "at", f"{other.what} while line {one.line} still holds")

    def check_distinct(self, rows: list[Row]) -> None:
        for one, other in pairwise(rows):
            if one.start == other.start:
                raise self.bad(other, "at", f"{other.what} at the time of line {one.line}")

    def edits(self, rows: list[Row]) -> tuple[Edit, ...]:
        seen: dict[tuple[int, int], Row] = {}
        edits = []
        for row in rows:
            active, raises_version = OF_CODES[row.what]
            code, _ = self.code(row)
            first = seen.setdefault((row.start, code), row)
            if first is not row:
                raise self.bad(row, "at", f"this code is edited at the time of line {first.line}")
            edits.append(Edit(row.start, code, active, raises_version))
        return tuple(sorted(edits))


# --- writing ----------------------------------------------------------------------------------


def write_trace(workload: Workload, settings: Settings, path: str | Path) -> None:
    """Write a workload into a CSV file, whole or not at all; BadInput when it cannot be written."""
    write_text(path, trace_text(workload, settings))


def trace_text(workload: Workload, settings: Settings) -> str:
    """Give the CSV text that ``parse_trace`` reads back as an equal workload.

    BadInput when there is none: a trace names times by the clock, so it ends at midnight and knows
    only the first of two hours that daylight saving makes alike.
    """
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(COLUMNS)
    table.writerows(_table(workload, settings))
    try:
        same = parse_trace(text.getvalue(), "trace", settings) == workload
    except BadInput as problem:
        raise BadInput(f"no trace can say this workload: {problem}") from None
    if not same:
        raise BadInput("no trace can say this workload: read back, it would be another one")
    return text.getvalue()


def _table(workload: Workload, settings: Settings) -> Iterator[tuple[str, ...]]:
    codes = provision(settings.organisation, settings.provisioning)
    show = settings.organisation.calendar.show
    for day in workload.days:
        yield show(day.start), day.agent, "shift", day.division, show(day.end)
        rows = [(w.start, "scheduled", w.reason, show(w.end)) for w in day.windows]
        for want in day.intentions:
            what, value = ("picks", want.code_id) if want.code_id else ("wants", want.reason)
            rows.append((want.t, what, value, show(want.t + want.length)))
        rows += [(span.start, "hidden", "", show(span.end)) for span in day.hidden]
        rows += [(span.start, "offline", "", show(span.end)) for span in day.outages]
        rows += [(move.t, "transferred", move.division, "") for move in day.transfers]
        rows += [(t, "reloads", "", "") for t in day.reloads]
        for t, what, value, until in sorted(rows):
            yield show(t), day.agent, what, value, until
    words = {meaning: what for what, meaning in OF_CODES.items()}
    for edit in workload.edits:
        what = words[edit.active, edit.raises_version]
        yield show(edit.t), "", what, codes[edit.code].id, ""

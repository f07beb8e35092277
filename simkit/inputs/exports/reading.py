"""Reads files of exports, in any mix and by pages, into records of each kind."""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from datetime import date, datetime, timedelta
from itertools import chain, islice
from typing import Any
from zoneinfo import ZoneInfo

from simkit.base.errors import BadInput
from simkit.inputs.exports import audits, files, recognising, records, schedules
from simkit.inputs.exports.answers import Answers
from simkit.inputs.exports.calendars import BEGIN, CalendarReader
from simkit.inputs.exports.files import Place
from simkit.inputs.exports.recognising import Page
from simkit.inputs.exports.records import TITLES, Kind, Logged, Stretch
from simkit.inputs.exports.recurring import Expander, Series, days_of
from simkit.inputs.exports.tables import Table
from simkit.inputs.exports.times import Times, order_of
from simkit.rules.divisions import division_key

_MAKERS: Mapping[Kind, Callable[[Any, Place], Any]] = {
    "divisions": records.division_of,
    "definitions": records.definition_of,
    "users": records.user_of,
    "clients": records.client_of,
    "audit": audits.audited_of,
}
_DATED_ROWS = 5_000
"""Rows of a table that are looked at to find out the order of day and month."""
_MOST_TOLD = 10
_DAY = timedelta(days=1)
_MAKE_ORGANISATIONS: Sequence[Kind] = ("divisions", "definitions", "users", "schedules")
"""Kinds of which one alone makes an organisation, with assumptions for the others."""
ALLOWED = (
    "pages of divisions, presence definitions, users, OAuth clients or audit events, schedules "
    "(JSON, CSV, iCalendar), or a log of statuses"
)


class Exports:
    """All that was read of some exports, each entity once, and what was left out of them."""

    def __init__(self, answers: Answers, zone: str) -> None:
        self.answers, self.zone = answers, zone
        self.found: dict[Kind, dict[str, Any]] = {kind: {} for kind in _MAKERS}
        self.stretches: dict[Stretch, None] = {}
        self.logged: dict[Logged, None] = {}
        self.series: list[Series] = []
        """Events that recur; ``recur`` makes stretches of them."""
        self._recurred: Set[Stretch] = frozenset()
        self._days = date.min, date.max
        self.repeats: Counter[Kind] = Counter()
        """Entities that stand in two places, by kind."""
        self.left_out: Counter[tuple[Kind | None, str]] = Counter()
        self.zones: set[str] = set()
        """Time zones that schedules name."""
        self._pages: defaultdict[tuple[Kind, int, int], set[int]] = defaultdict(set)
        """Numbers of the pages that came, by kind, number of pages and total of a listing."""
        self._totals: Counter[Kind] = Counter()
        self.unread: list[str] = []
        """Files in folders that are no exports, as they are called there."""
        self.notices: list[str] = []
        self._nearly: dict[str, str] = {}
        """Which kind of export a table lacks but one column to be, by the name of its file."""

    # --- files --------------------------------------------------------------------------------

    def read(self, paths: Sequence[str]) -> None:
        """Read files and folders; BadInput, without a word of what they say, for a damaged one.

        So is a file that is no export, and a folder without any.
        """
        unread: defaultdict[str, list[str]] = defaultdict(list)
        held = set()
        for source in files.found_files(paths):
            name = str(source.path)
            text = files.read_text(source.path, self._encoding)
            if self._read_text(text, name):
                held.add(source.folder)
            elif source.folder is None:
                raise self._unknown(name)
            else:
                said = f"{source.name} is {near}" if (near := self._nearly.get(name)) else ""
                self.notices += [said] * bool(said)
                unread[source.folder].append(said or source.name)
                self.unread.append(source.name)
                self.left_out[None, "files that are no exports"] += 1
        for folder in paths:
            if os.path.isdir(folder) and folder not in held:
                there = files.some_of(unread[folder]) or "no file, hidden ones aside"
                raise BadInput(f"no export that is known: {there}", file=folder, allowed=ALLOWED)

    def read_content(self, content: bytes, name: str) -> None:
        """Read a file's bytes, as ``read`` does a file that is named."""
        if not self._read_text(files.text_of(content, name, self._encoding), name):
            raise self._unknown(name)

    def _unknown(self, name: str) -> BadInput:
        if near := self._nearly.get(name):
            return BadInput(near, file=name, allowed="all columns of an export that is known")
        return BadInput("not an export that is known", file=name, allowed=ALLOWED)

    @property
    def _encoding(self) -> str | None:
        return self.answers.known("tables.encoding")

    def _read_text(self, text: str, name: str) -> bool:
        """Read the text of a file, and say whether it is an export."""
        begin = text.lstrip()[:16]
        if not begin:
            raise BadInput("the file is empty", file=name)
        if begin[0] in "{[":
            return self._read_json(text, name)
        if begin.upper().startswith(BEGIN):
            reader = CalendarReader(self._table_zone())
            self._add_stretches(reader.stretches(text, name))
            self.series += reader.series
            for why, count in reader.left_out.items():
                self.left_out["schedules", why] += count
            return True
        return self._read_table(text, name)

    def _read_json(self, text: str, name: str) -> bool:
        lines = text.strip().split("\n", 1)
        if len(lines) > 1 and _is_whole(lines[0]):
            known = [
                self._add(page, Place(name).at_line(number))
                for number, line in enumerate(text.split("\n"), 1)
                if line.strip()
                for page in recognising.pages_of(files.parse_json(line, name, number - 1))
            ]
            return any(known)
        data = files.parse_json(text, name)
        place = Place(name, text)
        known = [self._add(page, place) for page in recognising.pages_of(data)]
        return any(known)

    def _read_table(self, text: str, name: str) -> bool:
        table = Table(name, text)
        columns = recognising.columns_of(table.head)
        kind = recognising.kind_of_columns(columns)
        if kind is not None:
            place = Place(name)
            self._add_rows(kind, columns, ((place.at_line(n), row) for n, row in table.rows()))
            return True
        fields = recognising.fields_of(table.head)
        kind = recognising.kind_of_fields(fields)
        if kind is None:
            if near := recognising.nearly(table.head):
                self._nearly[name] = near
            return False
        for line, row in table.rows():
            entity = recognising.entity_of(row, fields)
            if kind == "users":
                names = {"id": entity.get("divisionId"), "name": entity.get("divisionName")}
                entity["division"] = names
            life = entity.get("accessTokenValiditySeconds", "")
            if life.isascii() and life.isdecimal():
                entity["accessTokenValiditySeconds"] = int(life)
            self._add_entity(kind, entity, Place(name).at_line(line))
        return True

    # --- pages and rows -----------------------------------------------------------------------

    def _add(self, page: Page, place: Place) -> bool:
        """Add the entities of a page, and say whether it is known what they are."""
        if page.kind is None:  # a listing may be empty
            return page.path[-1:] == ("entities",) and not page.entities
        kind, inside = page.kind, place.inside(*page.path)
        if page.number:
            self._pages[kind, page.pages, page.total].add(page.number)
        self._totals[kind] = max(self._totals[kind], page.total)
        if kind in ("schedules", "log"):
            self._add_timed(page, inside)
            return True
        is_alone = not page.path and len(page.entities) == 1
        for i, entity in enumerate(page.entities):
            self._add_entity(kind, entity, inside if is_alone else inside.inside(i))
        return True

    def _add_entity(self, kind: Kind, entity: Any, place: Place) -> None:
        if not isinstance(entity, Mapping):
            raise place.refuse(kind, entity, "a mapping with id and name")
        made = _MAKERS[kind](entity, place)
        key = division_key(made.id) if kind == "divisions" else made.id
        if self.found[kind].setdefault(key, made) is not made:
            self.repeats[kind] += 1

    def _add_timed(self, page: Page, place: Place) -> None:
        columns: dict[str, str] = {}
        rows = []
        for i, entity in enumerate(page.entities):
            inside = place.inside(i) if len(page.entities) > 1 or page.path else place
            if not isinstance(entity, Mapping):
                raise inside.refuse(str(page.kind), entity, "a mapping")
            if entity.keys() & {"agentSchedules", "userSchedules", "shifts"}:
                self.zones |= schedules.zones_of(entity)
                self._add_stretches(schedules.stretches_of_json(entity, inside))
            elif "primaryPresence" in entity:
                self.logged.update(dict.fromkeys(schedules.logged_of_json(entity, inside)))
            else:
                columns = columns | recognising.columns_of(map(str, entity))
                rows.append((inside, entity))
        if rows and page.kind:
            self._add_rows(page.kind, columns, rows)

    def _add_rows(
        self,
        kind: Kind,
        columns: Mapping[str, str],
        rows: Iterable[tuple[Place, Mapping[str, Any]]],
    ) -> None:
        rows = iter(rows)
        first = list(islice(rows, _DATED_ROWS))
        times = Times(self._table_zone(), self._order(columns, [row for _, row in first]))
        rows = chain(first, rows)
        reader = schedules.Rows(columns, times)
        if kind == "schedules":
            self._add_stretches(reader.stretch(row, place) for place, row in rows)
        else:
            self.logged.update((reader.logged(row, place), None) for place, row in rows)

    def _add_stretches(self, stretches: Iterator[Stretch]) -> None:
        for each in stretches:
            if each.end.timestamp() <= each.start.timestamp():  # clocks may have gone forward
                self.left_out["schedules", "activities without a length"] += 1
            elif each in self.stretches:
                self.repeats["schedules"] += 1
            else:
                self.stretches[each] = None

    def _table_zone(self) -> str:
        return self.answers.known("tables.zone") or self.zone

    def _order(self, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> str | None:
        dated = [columns[each] for each in ("date", "start", "end") if each in columns]
        cells = (str(row.get(head) or "") for row in rows for head in dated)
        return self.answers.known("tables.dates") or order_of(cells)

    # --- events that recur --------------------------------------------------------------------

    def recur(self, day: date | None) -> tuple[date, date]:
        """Add what events that recur schedule, and give the first and the last day of it.

        That is the day that is given, else those of all else that came in. Nights go on over
        midnight, so the day before and the day after are added too, until they are taken back.
        """
        zone = ZoneInfo(self.zone)
        others: list[Stretch | Logged] = [*self.stretches, *self.logged]
        first, last = (day, day) if day else days_of(self.series, others, zone)
        expander = Expander(first - _DAY, last + _DAY, zone)
        for each in self.series:
            self._add_stretches(expander.stretches(each))
        self._recurred = self.stretches.keys() - others
        self._days = first, last
        return first, last

    def takes_back(self, start: datetime, stretches: Sequence[Stretch]) -> bool:
        """Take a shift out that begins around those days, by events that recur alone; say so."""
        first, last = self._days
        day = start.astimezone(ZoneInfo(self.zone)).date()
        if first <= day <= last or not self._recurred >= {*stretches}:
            return False
        for each in stretches:
            self.stretches.pop(each, None)
        return True

    # --- what is there ------------------------------------------------------------------------

    def counts(self) -> dict[Kind, int]:
        """Give how many entities of each kind there are."""
        counted = {kind: len(found) for kind, found in self.found.items()}
        counted |= {"schedules": len(self.stretches), "log": len(self.logged)}
        return {kind: counted[kind] for kind in TITLES}

    def refuse_nothing(self) -> None:
        """Raise BadInput where nothing came in of which an organisation could be made."""
        counts = self.counts()
        if self.series or any(counts[kind] for kind in _MAKE_ORGANISATIONS):
            return
        found = ", ".join(f"{TITLES[kind]} {n:,}" for kind, n in counts.items() if n)
        raise BadInput(
            "no organisation can be made of this",
            field="files",
            found=found or "empty listings",
            allowed=", ".join(TITLES[kind] for kind in _MAKE_ORGANISATIONS),
        )

    def missing(self) -> Iterator[str]:
        """Say which pages are not there, and where fewer came than pages say there are."""
        gone = set()
        for (kind, pages, _), came in self._pages.items():
            lacking = [str(n) for n in range(1, min(pages, 100_000) + 1) if n not in came]
            if lacking:
                gone.add(kind)
                told = ", ".join(lacking[:_MOST_TOLD]) + (", …" * (len(lacking) > _MOST_TOLD))
                word = "pages" if len(lacking) > 1 else "page"
                verb = "are" if len(lacking) > 1 else "is"
                yield f"{TITLES[kind]}: {word} {told} of {pages:,} {verb} not there"
        counts = self.counts()
        for kind, total in self._totals.items():
            if counts[kind] < total and kind in _MAKERS:
                yield f"{TITLES[kind]}: {counts[kind]:,} came in, of {total:,} that the pages tell"


def _is_whole(line: str) -> bool:
    """Say whether a line is a JSON document, so that each line of the text is one."""
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True

"""Recorded days: what happened on a day, read from a CSV table, from rows, or from a data frame.

``data/README.md`` says what each row means.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import chain, islice, pairwise
from operator import attrgetter

from simkit.base.clock import (
    HOUR,
    MINUTE,
    SECOND,
    is_midnight,
    parse_wall,
    parse_wall_ms,
    show_duration,
)
from simkit.base.errors import BadInput, RoundedTimes, closest, notice, shown
from simkit.base.garbage import collector_at_rest
from simkit.base.names import plain_name
from simkit.base.outgoing import csv_plain
from simkit.base.reading import documents
from simkit.inputs.traces import cells, doubts, rounding
from simkit.inputs.traces.cells import Cells
from simkit.inputs.traces.doubts import Lived
from simkit.inputs.traces.rounding import NEVER, RoundedShift, Timed, TraceTimes, Worked
from simkit.inputs.traces.tables import Rows, TraceTable
from simkit.rules.organisation import nth_shift_id
from simkit.rules.reasons import Edit, codes_of
from simkit.rules.schedule import Window
from simkit.rules.settings import Settings
from simkit.rules.workload import AgentDay, Intention, Span, Transfer, Workload

COLUMNS = cells.COLUMNS
MOST_ROWS = 200_000
"""Those of 10,000 agents with 25 rows each; as many are read within 5 s, whatever they say."""
MOST_SHIFTS = 30_000
"""Those of 10,000 agents with three each; each makes a day, which takes longer than a row."""
LONGEST_NAME = 300
LONGEST_CELL = 400
"""Names of that length, with some letters in two characters. Composing them takes a time that
grows with the square of the length."""
LONGEST_BEYOND = 12 * HOUR
"""A status that is meant to last over midnight and beyond the shift is no longer than this."""
MOST_FINE_PCT = 10
"""Where no more of the times than this are no whole minutes, the others were rounded perhaps."""
_IN_MINUTE = re.compile(r"(.....)(?::([0-5]\d)(?:\.([0-9]{1,3}))?)?")
"""A minute, and what comes after it."""
_SHORT_FRACTION = re.compile(r".{7,8}\.[0-9]{1,2}")
LONGEST_SHIFT = 25 * HOUR
"""A day on which clocks go back. Times without dates cannot say a longer one."""

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
_NEEDS: dict[str, set[str]] = {
    **{what: {"at", "agent"} | columns for what, columns in OF_AGENTS.items()},
    **{what: {"at", "value"} for what in OF_CODES},
}
_FILLED = {
    what: tuple(field in needs for field in ("at", "agent", "value", "until"))
    for what, needs in _NEEDS.items()
}

Source = str | os.PathLike[str] | Rows
"""A path of a CSV file; rows, each a mapping or five cells; a pandas or Polars data frame."""


def read_trace(
    source: Source, settings: Settings, *, seed: int | None = None, exact: bool = False
) -> Workload:
    """Give the workload of a recorded day; BadInput, in one line, when it cannot be used.

    Its divisions, codes, day and time zone are those of the settings. Where all times are whole
    minutes, they are taken for rounded: each is drawn within its minute, by the ``seed`` (that of
    the settings when none is given), so that logins, polls and edits do not coincide. The order
    stays, and rows of one agent that meet still meet; what begins and ends in one minute lasts a
    part of it. With ``exact``, or where one time has seconds other than 0 or milliseconds, times
    are what they say; an ``InputNotice`` tells when only a few have. Wanted reasons that no code
    has are kept, and another one names them.
    """
    reader = _Reader(_name_of(source), settings, settings.seed if seed is None else seed, exact)
    if isinstance(source, str | os.PathLike):
        return reader.workload(reader.rows_of_text(documents.read_text(source)))
    return reader.workload(reader.rows_of_records(reader.table.records(source)))


def parse_trace(
    text: str,
    name: str,
    settings: Settings,
    *,
    seed: int | None = None,
    exact: bool = False,
    quiet: bool = False,
) -> Workload:
    """Give the workload that the text of a CSV file describes, as ``read_trace`` does.

    With ``quiet``, nothing that is doubtful about it is told.
    """
    reader = _Reader(name, settings, settings.seed if seed is None else seed, exact)
    return reader.workload(reader.rows_of_text(text), quiet=quiet)


def _name_of(source: Source) -> str:
    return os.fspath(source) if isinstance(source, str | os.PathLike) else "workload"


class _Plain(dict[str, str]):
    """What cells say: names in their one spelling, each worked out once."""

    def __missing__(self, cell: str) -> str:
        is_plain = cell[:1].isalnum() and cell.isascii() and cell.isprintable() and " " not in cell
        as_it_is = is_plain or len(cell) > LONGEST_CELL  # no row may have it
        made = self[cell] = cell if as_it_is else plain_name(csv_plain(cell))
        return made


class _Reader:
    """Turns rows into a workload, or says which of them cannot be used."""

    def __init__(self, name: str, settings: Settings, seed: int, exact: bool) -> None:
        self.name, self.seed, self.exact = name, seed, exact
        self.settings = settings
        self.calendar = self.recorded = settings.organisation.calendar
        """That of the settings, and that of the day which the rows name, if they name one."""
        self.cells = Cells(name, self.calendar.zone)
        self.table = TraceTable(name, self.cells)
        self.absent: Collection[str] = ()
        """Columns that the row which is being read does not have."""
        self.divisions = settings.organisation.division_ids
        self.catalogue = codes_of(settings)
        self.codes = {code.id: (i, code.name) for i, code in enumerate(self.catalogue)}
        self.reasons = {code.name for code in self.catalogue}
        self.plain = _Plain()
        self.moments: dict[str, tuple[int, int, int]] = {}
        """When clocks show a time: on the day, and on the next two."""
        self.minute = cache(self.begin_of_minute)
        self.rounded = False

    def workload(self, rows: Iterable[TraceTimes], *, quiet: bool = False) -> Workload:
        with collector_at_rest():
            return self._workload(rows, quiet)

    def _workload(self, rows: Iterable[TraceTimes], quiet: bool) -> Workload:
        shifts: dict[str, list[RoundedShift]] = {}
        theirs: dict[str, list[TraceTimes]] = {}
        edits: list[TraceTimes] = []
        worked = 0
        for count, row in enumerate(rows):
            if count >= MOST_ROWS:
                raise self.table.too_many("rows", MOST_ROWS, row.line)
            if row.what in OF_CODES:
                edits.append(row)
            elif row.what == "shift":
                worked += 1
                if worked > MOST_SHIFTS:
                    raise self.table.too_many("shifts", MOST_SHIFTS, row.line)
                shifts.setdefault(row.agent, []).append(self.shift(row))
            else:
                theirs.setdefault(row.agent, []).append(row)
        for agent, those in theirs.items():
            if agent not in shifts:
                problem = f"agent {shown(agent)} has no row shift{closest(agent, shifts)}"
                raise self.bad(min(those), "agent", problem)
        if not shifts:
            raise BadInput("no row says shift: nobody works", file=self.name, line=1)
        starts = (shift.row for each in shifts.values() for shift in each)
        self.find_rounding(chain(edits, starts, *theirs.values()), count + 1)
        days: dict[str, AgentDay] = {}
        lived: list[Lived] = []
        for agent, own in shifts.items():
            shares = self.shared_out(own, theirs.get(agent, []))
            if self.rounded:
                shares = rounding.draw(self.name, self.seed, agent, shares)
            for n, (shift, mine) in enumerate(shares, 1):
                who = nth_shift_id(agent, n)
                days[who] = self.day(who, shift, mine)
                lived.append(Lived(agent, shift, mine))
        if len(days) < worked:
            raise self.two_shifts_of_one_id(shifts)
        made = self.edits(edits, shifts)
        if not quiet:
            doubts.tell(self.name, self.settings, self.catalogue, lived, made)
        in_order = tuple(sorted(edit for edit, _ in made))
        all_days, ids = tuple(days.values()), tuple(self.codes)
        return Workload(all_days, in_order, self.calendar, ids, self.rounded)

    # --- rows ---------------------------------------------------------------------------------

    def rows_of_text(self, text: str) -> Iterator[TraceTimes]:
        """Give each row of a CSV text that is not blank, its columns filled as its kind demands."""
        for line, texts in self.table.of_text(text):
            yield self.row(line, texts)

    def rows_of_records(self, records: Rows) -> Iterator[TraceTimes]:
        """Give each row of a table that is in memory; lines are counted from 1."""
        table = list(islice(self.table.of_records(records), MOST_ROWS + 1))
        if self.cells.dated:
            self.find_day([(line, texts) for line, texts, _ in table])
        for line, texts, self.absent in table:
            yield self.row(line, texts)

    def find_day(self, table: list[tuple[int, list[str]]]) -> None:
        """Find out which day the dates of rows are about; a notice tells if it is another one.

        Traces without dates are taken for the settings' day, whenever they were recorded.
        """
        dated = self.cells.dated
        starts = [(line, dated[c[0]], c[2]) for line, c in table if c[0] in dated]
        ends = [(line, dated[c[4]], "") for line, c in table if c[4] in dated]
        shifts = [each for each in starts if self.plain[each[2]] == "shift"]
        about = shifts or starts or ends
        if any(moment.date() == self.calendar.day for _, moment, _ in about):
            return
        line, moment, _ = about[0]
        self.recorded = replace(self.calendar, day=moment.date())
        doubt = f"{self.recorded.day} is taken for the day of the settings, {self.calendar.day}"
        notice(BadInput(doubt, file=self.name, line=line, field="at"))

    def row(self, line: int, cells: Iterable[str]) -> TraceTimes:
        """Give a row once it has all that its kind demands, and no more."""
        row = TraceTimes(line, *map(self.plain.__getitem__, cells))
        _, at, agent, what, value, until = row
        if _FILLED.get(what) != (at != "", agent != "", value != "", until != ""):
            raise self.wrongly_filled(row)
        if len(agent) > LONGEST_NAME or len(value) > LONGEST_NAME:
            field = "agent" if len(agent) > LONGEST_NAME else "value"
            found = f"{len(getattr(row, field)):,} characters"
            raise self.bad(row, field, "", found, f"at most {LONGEST_NAME}")
        if at not in self.moments:
            self.read_time(row, "at")
        if until and until not in self.moments:
            self.read_time(row, "until")
        return row

    def wrongly_filled(self, row: TraceTimes) -> BadInput:
        """Say which cell of a row is empty, or is not, against what its kind demands."""
        needs = _NEEDS.get(row.what)
        if needs is None:
            return self.unknown(row, "what", "event", [*OF_AGENTS, *OF_CODES])
        fields = ("at", "agent", "value", "until")
        field = next(each for each in fields if (getattr(row, each) != "") != (each in needs))
        if field in needs:
            how = "there is no such column" if field in self.absent else "empty"
            return self.bad(row, field, f"required for {row.what}, but {how}")
        return self.bad(row, field, "", shown(getattr(row, field)), f"nothing, for {row.what}")

    def bad(
        self,
        row: TraceTimes,
        field: str,
        problem: str = "",
        found: str | None = None,
        allowed: str | None = None,
    ) -> BadInput:
        return BadInput(
            problem, file=self.name, line=row.line, field=field, found=found, allowed=allowed
        )

    def known(self, row: TraceTimes, kind: str, names: Collection[str]) -> str:
        """Give the value of a row, which has to be one of these names."""
        if row.value not in names:
            raise self.unknown(row, "value", kind, sorted(names))
        return row.value

    def unknown(self, row: TraceTimes, field: str, kind: str, names: list[str]) -> BadInput:
        cell = getattr(row, field)
        guess = closest(cell, names)
        allowed = None if guess else ", ".join(map(shown, names))
        return self.bad(row, field, f"unknown {kind} {shown(cell)}{guess}", allowed=allowed)

    def code(self, row: TraceTimes) -> tuple[int, str]:
        """Give the place and the name of the code whose id is the value of a row."""
        return self.codes[self.known(row, "code", self.codes)]

    # --- times --------------------------------------------------------------------------------

    def read_time(self, row: TraceTimes, field: str) -> None:
        """Read a time of day once, for all rows that name it."""
        cell = getattr(row, field)
        if cell in self.cells.dated:
            self.read_dated(row, field)
            return
        if (found := _IN_MINUTE.fullmatch(cell)) and (begin := self.minute(found[1])):
            within = SECOND * int(found[2] or 0) + int((found[3] or "").ljust(3, "0"))
            self.moments[cell] = begin[0] + within, begin[1] + within, begin[2] + within
            return
        try:
            whole = f"{cell}00"[: cell.index(".") + 4] if _SHORT_FRACTION.fullmatch(cell) else cell
            wall = parse_wall_ms("00:00" if is_midnight(cell) and field == "until" else whole)
        except ValueError:
            forms = "a time HH:MM, HH:MM:SS or HH:MM:SS.mmm"
            raise self.bad(row, field, "", shown(cell), forms) from None
        today, tomorrow, after = (self.calendar.roughly(wall, days) for days in range(3))
        self.moments[cell] = today, tomorrow, after
        try:
            self.calendar.first(wall)
        except ValueError as problem:
            raise self.bad(row, field, str(problem)) from None

    def read_dated(self, row: TraceTimes, field: str) -> None:
        """Read a time with its date once; it is no time of any other day."""
        cell = getattr(row, field)
        moment = self.cells.dated[cell]
        days = (moment.date() - self.recorded.day).days
        if days not in (0, 1):
            raise self.of_another_day(row, field)
        wall = moment.time()
        try:
            t = self.recorded.ms(wall, days)
            same = self.calendar.ms(wall, days) == t
        except ValueError as problem:
            raise self.bad(row, field, str(problem)) from None
        if not same:
            doubt = (
                f"clocks are changed on {self.recorded.day} or on {self.calendar.day}, the day of "
                f"the settings, so neither can be taken for the other: give the organisation the "
                f"day {self.recorded.day}"
            )
            raise self.bad(row, field, doubt)
        self.moments[cell] = t, t, t

    def of_another_day(self, row: TraceTimes, field: str) -> BadInput:
        day = self.recorded.day
        whose = "that of the settings" if day == self.calendar.day else "that of the first rows"
        allowed = f"times of one day, {day} ({whose}), and what ends on the next morning"
        return self.bad(row, field, "", shown(getattr(row, field)), allowed)

    def begin_of_minute(self, text: str) -> tuple[int, int, int] | None:
        """Give when a minute begins, on the three days; None where clocks do not just go through.

        Zones are asked about minutes, not about each time: that takes most of the reading's time.
        """
        try:
            wall = parse_wall(text)
            last = wall.replace(second=59, microsecond=999_000)
            for moment in (wall, last):
                self.calendar.first(moment)
        except ValueError:
            return None
        today, tomorrow, after = (self.calendar.roughly(wall, days) for days in range(3))
        ends = [self.calendar.roughly(last, days) + 1 - MINUTE for days in range(3)]
        return (today, tomorrow, after) if ends == [today, tomorrow, after] else None

    def first(self, cell: str, since: int) -> int:
        """Give the first moment, from another one on, at which clocks show a time."""
        today, tomorrow, after = self.moments[cell]
        return today if today >= since else tomorrow if tomorrow >= since else after

    def shift(self, row: TraceTimes) -> RoundedShift:
        start, moment = self.moments[row.at][0], self.cells.dated.get(row.at)
        if start < 0:
            opens = f"{self.calendar.opens:%H:%M}"
            problem = (
                f"a shift from {row.at} on begins before {opens}, when the organisation's first "
                f"shift pattern and with it the run begins"
            )
            first = self.calendar.show_minute(start)[:5]
            way_out = f"from {opens} on, or give the organisation a shift pattern from {first} on"
            raise self.bad(row, "at", problem, allowed=way_out)
        if moment and moment.date() != self.recorded.day:
            raise self.of_another_day(row, "at")
        end = self.first(row.until, start + 1)
        if end <= start or self.is_short(row):
            raise self.bad(row, "until", "", shown(row.until), f"a time after {row.at}")
        if end - start > LONGEST_SHIFT:
            found, allowed = show_duration(end - start), f"at most {show_duration(LONGEST_SHIFT)}"
            raise self.bad(row, "until", "", f"a shift of {found}", allowed)
        return RoundedShift(row, start, end)

    def find_rounding(self, rows: Iterable[TraceTimes], count: int) -> None:
        """Find out whether the times of so many rows are rounded, and say so, or that most are."""
        if self.exact:
            return
        fine = {c for c, moment in self.moments.items() if moment[0] % MINUTE or "." in c}
        self.rounded = not fine
        if self.rounded:
            doubt = "times are whole minutes: each is drawn within its minute, by the seed"
            notice(BadInput(doubt, file=self.name), RoundedTimes)
        elif 100 * len(fine) <= MOST_FINE_PCT * 2 * count:  # else there is no need to count
            self.tell_fine_times(list(rows), fine)

    def tell_fine_times(self, rows: list[TraceTimes], fine: set[str]) -> None:
        """Say that a few times, which are no whole minutes, keep all others from being drawn."""
        odd = [row for row in rows if row.at in fine or row.until in fine]
        count = sum((row.at in fine) + (row.until in fine) for row in odd)
        times = sum(2 if row.until else 1 for row in rows)
        if 100 * count > MOST_FINE_PCT * times:
            return
        first = min(odd)
        field = "at" if first.at in fine else "until"
        are = "is no whole minute" if count == 1 else "are no whole minutes"
        doubt = (
            f"{count:,} of {times:,} times {are}, the first one {shown(getattr(first, field))}: "
            f"so all are taken as they are, and none is drawn within its minute"
        )
        notice(BadInput(doubt, file=self.name, line=first.line, field=field))

    # --- what they mean -----------------------------------------------------------------------

    def shared_out(self, shifts: list[RoundedShift], rows: list[TraceTimes]) -> list[Worked]:
        """Give each shift of an agent, in order, with the rows that fall into it."""
        shifts = sorted(shifts, key=attrgetter("start"))
        for one, other in pairwise(shifts):
            if other.start < one.end:
                line = one.row.line
                problem = f"a second shift while that of line {line} still lasts"
                raise self.bad(other.row, "at", problem)
        starts = [shift.start for shift in shifts]
        within: list[list[Timed]] = [[] for _ in shifts]
        for row in rows:
            for start in self.moments[row.at]:
                place = bisect_right(starts, start) - 1
                if place >= 0 and start < shifts[place].end:
                    break
            else:
                place, start = self.last_minute(row, shifts)
            end = self.until(row, start, shifts[place]) if row.until else NEVER
            within[place].append(Timed(start, row.line, end, row))
        for timed in within:
            timed.sort()
        return list(zip(shifts, within, strict=True))

    def last_minute(self, row: TraceTimes, shifts: list[RoundedShift]) -> tuple[int, int]:
        """Give the shift in whose last minute a row falls, and when: rounding hides which ends."""
        if self.rounded and (not row.until or self.is_short(row)):
            ends = {shift.end: place for place, shift in enumerate(shifts)}
            for start in self.moments[row.at]:
                if start in ends:
                    return ends[start], start
        times = ", ".join(f"{each.row.at} to {each.row.until}" for each in shifts)
        raise self.bad(row, "at", "", shown(row.at), f"times of the shift, {times}")

    def is_short(self, row: TraceTimes) -> bool:
        """Say whether a row ends when it begins; from 00:00 to 24:00 is a day."""
        return self.moments[row.at][0] == self.moments[row.until][0] and not is_midnight(row.until)

    def until(self, row: TraceTimes, start: int, shift: RoundedShift) -> int:
        """Give when a row ends. Only a wanted change may be meant to last beyond the shift."""
        if self.is_short(row):
            if self.rounded:
                return start
            raise self.bad(row, "until", "", shown(row.until), f"a time after {row.at}")
        end = self.first(row.until, start + 1)
        if end <= start:  # its date says so
            raise self.bad(row, "until", "", shown(row.until), f"a time after {row.at}")
        if end > shift.end:
            if end > self.moments[row.until][0] and end - start > LONGEST_BEYOND:
                raise self.bad(row, "until", "", shown(row.until), f"a time after {row.at}")
            if row.what not in ("wants", "picks"):
                allowed = f"times of the shift, {shift.row.at} to {shift.row.until}"
                raise self.bad(row, "until", "", shown(row.until), allowed)
        return end

    def day(self, who: str, shift: RoundedShift, rows: list[Timed]) -> AgentDay:
        """Give an agent's day from a shift and what falls into it."""
        division = self.known(shift.row, "division", self.divisions)
        if not rows:
            return AgentDay(who, division, shift.start, shift.end)
        kinds: dict[str, list[Timed]] = {}
        for timed in rows:
            kinds.setdefault(timed.row.what, []).append(timed)
        for what in ("scheduled", "hidden", "offline"):
            self.check_apart(kinds.get(what, ()))
        for what in ("transferred", "reloads"):
            self.check_distinct(kinds.get(what, ()))

        def spans(what: str) -> tuple[Span, ...]:
            return tuple(Span(each.start, each.end) for each in kinds.get(what, ()))

        wanted = [
            Intention(start, row.value, end - start)
            for start, _, end, row in kinds.get("wants", ())
        ]
        wanted += [
            Intention(start, self.code(row)[1], end - start, row.value)
            for start, _, end, row in kinds.get("picks", ())
        ]
        return AgentDay(
            agent=who,
            division=division,
            start=shift.start,
            end=shift.end,
            windows=tuple(
                Window(start, end, self.known(row, "reason", self.reasons))
                for start, _, end, row in kinds.get("scheduled", ())
            ),
            intentions=tuple(sorted(wanted)),
            hidden=spans("hidden"),
            outages=spans("offline"),
            transfers=tuple(
                Transfer(start, self.known(row, "division", self.divisions))
                for start, _, _, row in kinds.get("transferred", ())
            ),
            reloads=tuple(each.start for each in kinds.get("reloads", ())),
        )

    def check_apart(self, rows: Sequence[Timed]) -> None:
        for one, other in pairwise(rows):
            if other.start < one.end:
                problem = f"{other.row.what} while line {one.line} still holds"
                raise self.bad(other.row, "at", problem)

    def check_distinct(self, rows: Sequence[Timed]) -> None:
        for one, other in pairwise(rows):
            if one.start == other.start:
                problem = f"{other.row.what} at the time of line {one.line}"
                raise self.bad(other.row, "at", problem)

    def edits(
        self, rows: list[TraceTimes], shifts: Mapping[str, list[RoundedShift]]
    ) -> list[tuple[Edit, TraceTimes]]:
        """Give what administrators do to codes, each with its row."""
        over = max(shift.end for worked in shifts.values() for shift in worked)
        together: dict[tuple[int, int], list[TraceTimes]] = {}
        for row in rows:
            code, _ = self.code(row)
            t = self.first(row.at, 0)
            if t < 0 or (self.moments[row.at][0] < 0 and t >= over):
                opens = f"times from {self.calendar.opens:%H:%M}, when the run begins"
                raise self.bad(row, "at", "", shown(row.at), opens)
            those = together.setdefault((t, code), [])
            those.append(row)
            if len(those) > 1 and not self.rounded:
                problem = f"this code is edited at the time of line {those[0].line}"
                raise self.bad(row, "at", problem)
        edits = []
        for (t, code), those in together.items():
            moments = [t]
            if self.rounded:
                address = rounding.address_of(self.seed, those[0].value)
                moments = rounding.moments_in(self.name, those[-1], t, address, len(those))
            edits += [
                (Edit(moment, code, *OF_CODES[row.what]), row)
                for moment, row in zip(moments, those, strict=True)
            ]
        return edits

    def two_shifts_of_one_id(self, shifts: Mapping[str, list[RoundedShift]]) -> BadInput:
        second = next(agent for agent in shifts if agent.rpartition("/")[0] in shifts)
        problem = f"{shown(second)} is also how the second shift of another agent is called"
        return self.bad(shifts[second][0].row, "agent", problem)

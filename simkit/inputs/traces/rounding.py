"""Times that are rounded to minutes, each drawn within its minute, in order."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from simkit.base import randomness
from simkit.base.clock import MINUTE
from simkit.base.errors import BadInput


class TraceTimes(NamedTuple):
    """One row of a trace, and where it stands."""

    line: int
    at: str
    agent: str
    what: str
    value: str
    until: str


class RoundedShift(NamedTuple):
    """A shift of an agent, and the row that says so."""

    row: TraceTimes
    start: int
    end: int


class Timed(NamedTuple):
    """A row within a shift, its times in ms of the run."""

    start: int
    line: int
    end: int
    """``NEVER`` where there is none."""
    row: TraceTimes

    @property
    def chain(self) -> str:
        """What rows have in common of which one begins when the other ends."""
        return "status" if self.row.what in ("wants", "picks") else self.row.what


NEVER = -1
Worked = tuple[RoundedShift, list[Timed]]
"""A shift and what falls into it, in order."""


class Placed(NamedTuple):
    """A row, and the places of its begin and, if it is short, its end among a minute's moments."""

    row: Timed
    begin: int
    end: int


def draw(name: str, seed: int, agent: str, worked: list[Worked]) -> list[Worked]:
    """Give what an agent does, each time drawn within its minute.

    One moment stands for all that happens in a minute wherever that is enough, so what meets
    still meets. What begins and ends in it, or happens twice in it, takes further ones.
    """
    address = address_of(seed, agent)
    closing = {shift.end for shift, _ in worked} - {shift.start for shift, _ in worked}
    moments: dict[int, list[int]] = {}
    all_placed: list[list[Placed]] = []
    for _, rows in worked:
        all_placed.append([])
        for minute, those in groupby(rows, attrgetter("start")):
            placed, last = _placed(list(those), minute in closing)
            moments[minute] = moments_in(name, placed[-1].row.row, minute, address, last + 1)
            all_placed[-1] += placed

    def moment(minute: int, place: int = 0) -> int:
        if minute not in moments:
            moments[minute] = _moments_in(minute, address, 1)
        return moments[minute][place]

    made = []
    for (shift, _), placed in zip(worked, all_placed, strict=True):
        over = moment(shift.end, -1 if shift.end in closing else 0)
        heads: dict[tuple[int, str], int] = {}
        for row, place, _ in placed:
            if len(moments[row.start]) > 1:
                heads.setdefault((row.start, row.chain), place)
        mine = []
        for row, place, last in placed:
            if row.end == NEVER:
                end = NEVER
            elif row.end == row.start:
                end = moment(row.end, last)
            elif heads and (row.end, row.chain) in heads:
                end = moment(row.end, heads[row.end, row.chain])
            else:
                end = over if row.end == shift.end else moment(row.end)
            mine.append(Timed(moment(row.start, place), row.line, end, row.row))
        made.append((RoundedShift(shift.row, moment(shift.start), over), sorted(mine)))
    return made


def address_of(seed: int, who: str) -> int:
    """Give the address of what is drawn for an agent, or for edits of a code."""
    return randomness.key(seed, "rounded", who)


def moments_in(name: str, row: TraceTimes, minute: int, address: int, count: int) -> list[int]:
    """Draw so many moments of a minute, no two alike, in order; BadInput when it has fewer."""
    if count > MINUTE:
        found, allowed = f"{count:,} moments in one minute", f"at most {MINUTE:,}"
        raise BadInput(file=name, line=row.line, field="at", found=found, allowed=allowed)
    return _moments_in(minute, address, count)


def _placed(rows: list[Timed], closing: bool) -> tuple[list[Placed], int]:
    """Give the place of each row among the moments of the minute in which it begins, and the last.

    The order is that of the file, save that what outlasts the minute comes after what does not:
    logs begin with their newest row as often as with their oldest.
    """
    if len(rows) == 1 and rows[0].end > rows[0].start:
        return [Placed(rows[0], 0, 0)], 0
    short = {row.chain for row in rows if row.end == row.start}
    rows.sort(key=lambda row: row.end > row.start and row.chain in short)
    placed: list[Placed] = []
    place, here = 0, set[str]()
    for row in rows:
        if row.row.what in here:
            place, here = place + 1, set()
        placed.append(Placed(row, place, place + 1))
        if row.end == NEVER:
            here.add(row.row.what)
        elif row.end == row.start:
            place, here = place + 1, set()
    if short:  # what follows in the minute begins when it ends, also where more is in between
        following: dict[str, int] = {}
        for n, (row, begin, end) in reversed(list(enumerate(placed))):
            placed[n] = Placed(row, begin, following.get(row.chain, end))
            following[row.chain] = begin
    # A shift that ends in the minute outlasts all that happens in it.
    return placed, place + 1 if closing and here else place


def _moments_in(minute: int, address: int, count: int) -> list[int]:
    """Draw so many moments of a minute, no two alike, in order."""
    room = MINUTE - count + 1
    drawn = sorted(
        randomness.below(randomness.draw(address, minute + n), room) for n in range(count)
    )
    return [minute + n + ms for n, ms in enumerate(drawn)]

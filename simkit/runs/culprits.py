"""Culprits: of what is not as an agent believes, the record that made belief and truth part."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from operator import attrgetter

from simkit.runs.discrepancies import Stretch
from simkit.runs.events import LISTINGS, MOVES, STATUS_KINDS, CodeEdited, Event, PollsFailed
from simkit.runs.history import History
from simkit.runs.log import Record, of_kind


def joined(stretches: Sequence[Stretch], kind: str) -> Iterator[tuple[int, int, Stretch]]:
    """Give start, end and the first stretch of each discrepancy of one kind, in ms.

    Stretches that touch and hold the same value of the kind are one.
    """
    open_: tuple[int, int, Stretch] | None = None
    for stretch in stretches:
        if not getattr(stretch.discrepancy, kind):
            continue
        fits = open_ is not None and open_[1] == stretch.start
        if open_ is not None and fits and _same(open_[2], stretch, kind):
            open_ = open_[0], stretch.end, open_[2]
            continue
        if open_ is not None:
            yield open_
        open_ = stretch.start, stretch.end, stretch
    if open_ is not None:
        yield open_


def _same(one: Stretch, other: Stretch, kind: str) -> bool:
    return bool(getattr(one.discrepancy, kind) == getattr(other.discrepancy, kind))


def culprit(history: History, agent: str, stretch: Stretch, kind: str) -> Record | None:
    """Give the record that made belief and truth part in a kind, as a stretch begins."""
    records = history.records(agent)
    past = records[: bisect_right(records, stretch.start, key=attrgetter("t"))]
    if kind == "unresponsive":
        return _last(past, PollsFailed)
    if kind == "status":
        return _last(past, *STATUS_KINDS)
    mask = getattr(stretch.discrepancy, kind)
    moved = _last(past, *MOVES)
    edits = edits_of(history)
    before = bisect_right(edits, stretch.start, key=attrgetter("t"))
    edited = (
        record
        for record, edit in of_kind(map(edits.__getitem__, range(before - 1, -1, -1)), CodeEdited)
        if mask >> edit.code & 1 and edit.active == (kind == "missing")
    )
    found = [r for r in (moved, next(edited, None)) if r is not None]
    return max(found) if found else _last(past, *LISTINGS)


def edits_of(history: History) -> Sequence[Record]:
    """Give the records of all edits of codes, in order."""
    return history.log.by_kind.get(CodeEdited, [])


def _last(records: Sequence[Record], *kinds: type[Event]) -> Record | None:
    return next((r for r in reversed(records) if isinstance(r.data, kinds)), None)

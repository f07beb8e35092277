"""A finished run as a desk shows it: what one agent sees, what is true, and where the two part.

Pure Python: nothing here knows of widgets. All is step functions of time over the run's log, made
once for an agent; a moment only looks them up, and nothing is run again.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

from simkit.base.clock import MINUTE, SECOND
from simkit.base.steps import Steps
from simkit.engines.running import MANY
from simkit.rules.reasons import Code
from simkit.rules.replies import NETWORK_FAILURE, OK
from simkit.runs.discrepancies import KINDS
from simkit.runs.events import PAGE_LOADS, ErrorShown, SuccessShown, Warned
from simkit.runs.log import Record
from simkit.runs.metrics.symptoms import override_times
from simkit.runs.run import Run

if TYPE_CHECKING:
    from simkit.engines.columns.discrepancies import AllDiscrepancies

MESSAGE_MS = MINUTE
"""How long the desk keeps showing what the widget said last."""

DeskState = Literal["list", "empty", "loading", "frozen", "locked"]
Said = Literal["", "success", "error", "warned"]
"""What the widget said last, if it still shows it."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What the agent sees: the widget's dropdown, its last message, and the status believed."""

    state: DeskState
    entries: tuple[int, ...]
    """Numbers of the codes in the order of the list; what the agent cannot open is not here."""
    status: int
    said: Said
    """Kind of the record behind the last message: success, error or warned; empty for none."""
    detail: str
    """What the message is about."""
    locked_until: int | None
    """When the lock that holds will end, in ms of the run."""


@dataclass(frozen=True, slots=True)
class DeskTruth:
    """What the platform knows at the same moment."""

    division: str
    asked: str
    """Name of the division whose list is shown; empty before the first list."""
    status: int
    usable: int
    """Codes of the listed types that may be used, as a bit mask."""
    missing: tuple[int, ...]
    """Codes that may be used and are not shown."""


class Piece(NamedTuple):
    """A span of the shift in which nothing on the desk and nothing behind it changes."""

    start: int
    end: int
    desk: Desk
    truth: DeskTruth

    @property
    def unusable(self) -> tuple[int, ...]:
        """The codes that the desk lists and that cannot be used."""
        return tuple(c for c in self.desk.entries if not self.truth.usable >> c & 1)

    @property
    def wrong(self) -> bool:
        """Whether the agent is misled, or kept from choosing."""
        blocked = self.desk.state in ("frozen", "locked")
        parted = self.desk.status != self.truth.status
        return bool(parted or self.truth.missing or blocked or self.unusable)


def bits(mask: int) -> tuple[int, ...]:
    """Give the numbers of the codes in a mask, in the widget's order.

    >>> bits(0b1010)
    (1, 3)
    """
    return tuple(i for i in range(mask.bit_length()) if mask >> i & 1)


class AgentView:
    """A finished run with what is worked out once for an agent and asked for often."""

    def __init__(self, finished: Run) -> None:
        self.run = finished
        self.codes: tuple[Code, ...] = finished.directory.codes
        self._pieces: dict[str, list[Piece]] = {}

    def __repr__(self) -> str:
        return f"AgentView({self.run!r})"

    def clock(self, ms: int) -> str:
        """Give the local time of a millisecond of the run as ``HH:MM:SS``."""
        return self.run.settings.organisation.calendar.show_minute(ms)

    # Where belief and truth part.

    def time_by_kind(self, agent: str) -> dict[str, int]:
        """Give the ms of the shift with each kind of discrepancy, the longest first."""
        totals = dict.fromkeys(KINDS, 0)
        for start, end, discrepancy in self.run.stretches(agent):
            for kind, holds in zip(KINDS, discrepancy, strict=True):
                totals[kind] += (end - start) * bool(holds)
        return dict(sorted(totals.items(), key=lambda item: -item[1]))

    def stops(self, agent: str) -> list[int]:
        """Give the moments at which a discrepancy begins, in order: where the buttons stop."""
        return [stretch.start for stretch in self.run.stretches(agent)]

    def worst_moment(self, agent: str) -> int | None:
        """Give the middle of the longest discrepancy: far enough in for a fix to have its chance.

        None when nothing is wrong in the agent's shift.
        """
        worst = max(self.run.stretches(agent), key=lambda s: s.end - s.start, default=None)
        return worst and (worst.start + worst.end) // 2 // SECOND * SECOND

    @property
    def many(self) -> bool:
        """Whether there are too many agents to tell of each, of whom columns have no log."""
        return self.run.engine == "columns" or len(self.run.agents) >= MANY

    @cached_property
    def everybody(self) -> AllDiscrepancies:
        """The same stretches of all agents, as columns; for thousands of them."""
        from simkit.engines.everybody import all_discrepancies

        return all_discrepancies(self.run)

    # The desk and the truth behind it.

    def pieces(self, agent: str) -> list[Piece]:
        """Give an agent's shift as spans in which desk and truth stay as they are."""
        if agent not in self._pieces:
            self._pieces[agent] = list(self._cut(agent))
        return self._pieces[agent]

    def at(self, agent: str, t: int) -> Piece:
        """Give the span of the shift that holds a moment; its first or last one beyond it."""
        pieces = self.pieces(agent)
        return pieces[max(bisect_right(pieces, t, key=lambda piece: piece.start) - 1, 0)]

    def _cut(self, agent: str) -> Iterator[Piece]:
        day, belief, true = self.run.days[agent], self.run.belief(agent), self.run.truth(agent)
        messages, locks = self._messages(agent), self._lock_ends(agent)
        parts = (
            *(belief.listed, belief.version, belief.frozen, belief.trouble, belief.asked),
            *(belief.status, true.usable, true.status, true.division, messages, locks),
        )
        inside = {t for part in parts for t in part.times if day.start < t < day.end}
        edges = [day.start, *sorted(inside), day.end]
        before: tuple[Desk, DeskTruth] | None = None
        start = day.start
        for edge in edges[:-1]:
            now = self._desk(agent, edge, messages, locks), self._truth(agent, edge)
            if before is not None and now != before:
                yield Piece(start, edge, *before)
                start = edge
            before = now
        assert before is not None
        yield Piece(start, day.end, *before)

    def _desk(
        self,
        agent: str,
        t: int,
        messages: Steps[tuple[Said, str]],
        locks: Steps[int | None],
    ) -> Desk:
        belief, until = self.run.belief(agent), locks.at(t)
        entries = bits(belief.listed.at(t))
        waiting = belief.version.at(t) < 0 and belief.trouble.at(t) in (OK, NETWORK_FAILURE, 429)
        state: DeskState = "list" if entries else "loading" if waiting else "empty"
        if belief.frozen.at(t):
            state = "frozen"
        elif until is not None:
            state = "locked"
        shown = entries if state == "list" else ()
        return Desk(state, shown, belief.status.at(t), *messages.at(t), until)

    def _truth(self, agent: str, t: int) -> DeskTruth:
        true, asked = self.run.truth(agent), self.run.belief(agent).asked.at(t)
        return DeskTruth(
            division=true.division.at(t),
            asked=self.run.settings.organisation.division_by_id.get(asked, ""),
            status=true.status.at(t),
            usable=true.usable.at(t) & self.run.wanted,
            missing=bits(self.run.discrepancies(agent).missing.at(t)),
        )

    def _messages(self, agent: str) -> Steps[tuple[Said, str]]:
        """What the widget said last: kept for a while, gone with the page."""
        said: Steps[tuple[Said, str]] = Steps(("", ""))
        gone_at = -1
        for record in self.run.records(agent):
            if said.values[-1][0] and gone_at < record.t:
                said.set(gone_at, ("", ""))
            if isinstance(record.data, PAGE_LOADS):
                said.set(record.t, ("", ""))
            elif words := self._message(record):
                said.set(record.t, words)
                gone_at = record.t + MESSAGE_MS
        if said.values[-1][0]:
            said.set(gone_at, ("", ""))
        return said

    def _message(self, record: Record) -> tuple[Said, str] | None:
        event = record.data
        if isinstance(event, SuccessShown):
            return "success", self.codes[event.code].name
        if isinstance(event, Warned):
            return "warned", self.codes[event.code].name
        if isinstance(event, ErrorShown):
            return "error", f"{event.status} {event.error}"
        return None

    def locks(self, agent: str) -> list[tuple[int, int]]:
        """Give the spans in which the widget is locked because an override is due."""
        widget = self.run.settings.widget
        if widget.override_guard != "lock" or not widget.override_window_ms:
            return []
        return [
            (due - widget.override_window_ms, due)
            for due in override_times(self.run.history_of(agent), agent)
        ]

    def _lock_ends(self, agent: str) -> Steps[int | None]:
        """When the lock that holds ends: overlapping locks are one, and the first to end counts."""
        spans = self.locks(agent)
        ends: Steps[int | None] = Steps(None)
        for t in sorted({t for span in spans for t in span}):
            i = bisect_right(spans, t, key=lambda span: span[1])
            holds = i < len(spans) and spans[i][0] <= t
            ends.set(t, spans[i][1] if holds else None)
        return ends

    # Edits.

    def deactivated(self, code: int, t: int) -> int | None:
        """Give since when a code has not been active at a moment, or None when it is."""
        directory = self.run.directory
        place = directory.switched(code, t)
        edit = None if place is None else directory.edits[place]
        return edit.t if edit and not edit.active else None

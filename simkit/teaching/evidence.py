"""Evidence: the stretch of a log that shows a discrepancy, as short as it gets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from simkit.rules.replies import OK
from simkit.runs.causes import chain
from simkit.runs.culprits import culprit, edits_of, joined
from simkit.runs.discrepancies import Stretch
from simkit.runs.events import (
    CodeEdited,
    DropdownOpened,
    ErrorShown,
    IntentionLost,
    StatusWritten,
    SuccessShown,
)
from simkit.runs.history import History
from simkit.runs.log import ADMIN, Record
from simkit.runs.run import Run
from simkit.runs.why import tell

MOST_AGENTS = 60
"""How many agents are looked at, those misled for longest first."""
AROUND = 4
"""Records of the agent that an excerpt shows before the first and after the last that matter."""


class Evidence(NamedTuple):
    """A discrepancy on one agent's day, and the records that show how it came about."""

    agent: str
    start: int
    """When belief and truth part, in ms of the run."""
    end: int
    culprit: Record
    records: tuple[Record, ...]
    """In order: the culprit, what led to what the agent met, and that itself."""


class Excerpt(NamedTuple):
    """A piece of an agent's log, in which an answer points to a record by its number from 1."""

    run: Run
    agent: str
    records: tuple[Record, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """The records in words, each with its time."""
        return tuple(in_words(self.run, self.agent, self.records))


def shortest(run: Run, kind: str) -> Evidence | None:
    """Give the evidence of a kind of discrepancy with the fewest records; None where there is none.

    What an agent met goes before what nobody noticed, what a list ended before what nothing ended,
    and among equals the earliest.
    """
    found: list[tuple[bool, bool, int, int, Evidence]] = []
    for agent in run.agents_by_discrepancy[:MOST_AGENTS]:
        history = run.history_of(agent)
        for start, end, stretch in joined(run.stretches(agent), kind):
            made = culprit(history, agent, stretch, kind)
            if made is None:
                continue
            met = next(_met(history, agent, stretch, start, end, kind), None)
            led = [record for _, record in chain(history, met)] if met else []
            if met is None:  # then what ended it, if a list did
                led = [r for r in history.records(agent) if r.t == end and r.kind == "list"]
            records = tuple(sorted({r.id: r for r in (made, *led)}.values()))
            evidence = Evidence(agent, start, end, made, records)
            found.append((met is None, not led, len(records), start, evidence))
    return min(found, key=lambda each: each[:4])[4] if found else None


def _met(
    history: History, agent: str, stretch: Stretch, start: int, end: int, kind: str
) -> Iterator[Record]:
    """Give the records in which an agent meets a discrepancy."""
    mask = stretch.discrepancy.unusable
    for record in history.records(agent):
        event = record.data
        if not start <= record.t <= end:
            continue
        if kind == "unusable" and isinstance(event, SuccessShown | ErrorShown):
            if event.status != OK and mask >> event.code & 1:
                yield record
        elif kind == "status":
            refused = isinstance(event, SuccessShown) and event.status != OK
            if refused or (isinstance(event, StatusWritten) and _overwrites(event)):
                yield record
        elif kind in ("missing", "unresponsive") and isinstance(
            event, IntentionLost | DropdownOpened
        ):
            yield record


def _overwrites(event: StatusWritten) -> bool:
    """Say whether a reason that an agent chose is overwritten by somebody else."""
    return event.writer in ("wfm", "routing") and event.over >= 0


def excerpt(run: Run, evidence: Evidence) -> Excerpt:
    """Give the piece of the agent's log around some evidence, edits of codes included."""
    history, agent = run.history_of(evidence.agent), evidence.agent
    first, last = evidence.records[0].t, max(evidence.records[-1].t, evidence.start)
    own = history.records(agent)
    shown = history.belief(agent).listed
    ever = 0
    for _, _, mask in shown.spans(history.days[agent].start, history.days[agent].end):
        ever |= mask
    edits = [
        record
        for record in edits_of(history)
        if isinstance(record.data, CodeEdited) and ever >> record.data.code & 1
    ]
    before = [r for r in own if r.t < first][-AROUND:]
    after = [r for r in own if r.t > last][:AROUND]
    since = before[0].t if before else first
    until = after[-1].t if after else last
    wanted = {r.id: r for r in (*own, *edits) if since <= r.t <= until}
    wanted |= {r.id: r for r in evidence.records}
    return Excerpt(run, agent, _without_the_middle(sorted(wanted.values()), evidence))


def _without_the_middle(records: Sequence[Record], evidence: Evidence) -> tuple[Record, ...]:
    """Leave out of a long excerpt what neither matters nor stands beside what does."""
    matter = {record.id for record in evidence.records}
    places = [place for place, record in enumerate(records) if record.id in matter]
    near = [
        record
        for place, record in enumerate(records)
        if any(abs(place - other) <= AROUND for other in places)
    ]
    return tuple(near)


def in_words(run: Run, agent: str, records: Sequence[Record]) -> Iterator[str]:
    """Give records as sentences, each with its local time to the second."""
    history, calendar = run.history_of(agent), run.settings.organisation.calendar
    for record in records:
        who = "" if record.actor in (agent, ADMIN) else f"{record.actor}: "
        yield f"{calendar.show(record.t)[:8]}  {who}{tell(history, record)}"

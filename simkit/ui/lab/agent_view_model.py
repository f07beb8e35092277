"""What the browser is told: an agent's day, the world around it, and all agents, as plain JSON.

The browser only looks things up in it. All names have passed through ``name``, and it shows every
text as text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, Literal, TypeVar

from simkit.base.clock import MINUTE, show_duration
from simkit.base.formatting import name
from simkit.base.language import tr, tr_noop, trn
from simkit.base.steps import Steps
from simkit.rules.replies import OK
from simkit.rules.schedule import AVAILABLE, SCHEDULED
from simkit.runs import causes
from simkit.runs.culprits import culprit, edits_of, joined
from simkit.runs.discrepancies import SHORTEST_MS
from simkit.runs.events import (
    KINDS,
    MOVES,
    CodeEdited,
    DropdownOpened,
    ErrorShown,
    Event,
    IntentionLost,
    PollsFailed,
    ReturnedToWork,
    StatusWritten,
    SubmissionIgnored,
    Submitted,
    SuccessShown,
    Transferred,
    TurnedAway,
    Warned,
)
from simkit.runs.history import History
from simkit.runs.log import Identity, Record, of_kind
from simkit.runs.why import tell
from simkit.study.deciding_rules import decider
from simkit.ui.lab import told
from simkit.ui.lab.agent_view import AgentView, Desk, DeskState, DeskTruth, Piece, bits
from simkit.ui.lab.sentences import (
    KIND_WORDS,
    finding,
    overview_finding,
    piece_words,
    shift_sentence,
    status_name,
    why_dead,
)

LANE_WORDS: dict[told.Lane, str] = {
    "agent": tr_noop("Agent"),
    "page": tr_noop("Page"),
    "admin": tr_noop("Administrator"),
    "wfm": tr_noop("Workforce management"),
    "routing": tr_noop("Routing"),
}
"""Who acts, row by row of a picture over time."""
STATE_LINES = 3
"""Lines at the top of an explanation that say who and when, and the state on both sides."""


V = TypeVar("V")


class Once(Generic[V]):
    """Values told once and pointed at by number."""

    def __init__(self) -> None:
        self.values: list[V] = []
        self._places: dict[Any, int] = {}

    def place(self, key: Any, value: V) -> int:
        """Give the place of a value; the first one told for a key counts."""
        if key not in self._places:
            self._places[key] = len(self.values)
            self.values.append(value)
        return self._places[key]


def day_model(view: AgentView, agent: str, label: str = "") -> told.Day:
    """Give one agent's day in a run of that name: desks, truths, statuses, records and the rest."""
    shift = view.run.days[agent]
    records, places = records_of(view, agent)
    desks, truths, says = Once[told.DeskShown](), Once[told.TruthShown](), Once[str]()
    pieces: list[told.Piece] = []
    for piece in view.pieces(agent):
        words = piece_words(view, agent, piece)
        pieces.append(
            {
                "start": piece.start,
                "desk": desks.place(_desk_key(piece), _desk(view, piece)),
                "truth": truths.place(_truth_key(piece), _truth(view, piece)),
                "says": says.place(words, words),
            }
        )
    return {
        "agent": name(agent),
        "label": label,
        "start": shift.start,
        "end": shift.end,
        "title": finding(view, agent),
        "shift": shift_sentence(view, agent),
        "pieces": pieces,
        "desks": desks.values,
        "truths": truths.values,
        "says": says.values,
        "belief": _statuses(view, agent, view.run.belief(agent).status),
        "truth": _statuses(view, agent, view.run.truth(agent).status),
        "discrepancies": list(_discrepancies(view, agent, places)),
        "locks": [
            {"start": max(a, shift.start), "end": min(b, shift.end)}
            for a, b in view.locks(agent)
            if b > shift.start and a < shift.end
        ],
        "polls": list(_polls(view, agent)),
        "expiries": list(_expiries(view, agent)),
        "records": [_record(view.run.history_of(agent), record, places) for record in records],
        "stops": view.stops(agent),
    }


# The desk and the truth.


def _desk_key(piece: Piece) -> tuple[Desk, tuple[int, ...], str]:
    return piece.desk, piece.unusable, piece.truth.division


def _truth_key(piece: Piece) -> tuple[DeskTruth, DeskState, int, bool]:
    return piece.truth, piece.desk.state, piece.desk.status, piece.wrong


def _desk(view: AgentView, piece: Piece) -> told.DeskShown:
    desk, widget = piece.desk, view.run.settings.widget
    text = name(widget.placeholder_text) if widget.placeholder_text else ""
    if desk.entries and widget.auto_select:
        text = name(view.codes[desk.entries[0]].name)
    until = view.clock(desk.locked_until) if desk.locked_until is not None else ""
    return {
        "state": desk.state,
        "box": text,
        "entries": [
            {
                "code": code,
                "name": name(view.codes[code].name),
                "color": view.codes[code].color if widget.show_color_indicator else "",
                "type": view.codes[code].type,
                "unusable": why_dead(view, code, piece.truth.division, piece.start)
                if code in piece.unusable
                else "",
            }
            for code in desk.entries
        ],
        "status": status_name(view, desk.status),
        "said": desk.said,
        "detail": name(desk.detail) if desk.said else "",
        "until": until,
    }


def _truth(view: AgentView, piece: Piece) -> told.TruthShown:
    desk, truth, settings = piece.desk, piece.truth, view.run.settings
    blocked = desk.state in ("frozen", "locked")
    hidden = bits(truth.usable) if blocked else truth.missing
    filter_type = settings.widget.filter_type
    visible = settings.organisation.tree.visible(truth.asked, filter_type) if truth.asked else ()
    places = {d.name: i for i, d in enumerate(settings.organisation.divisions)}
    return {
        "division": name(truth.division),
        "status": status_name(view, truth.status),
        "differs": desk.status != truth.status,
        "hidden": [name(view.codes[c].name) for c in hidden],
        "hidden_words": _hidden_words(len(hidden), blocked),
        "wrong": piece.wrong,
        "home": places[truth.division],
        "asked": places.get(truth.asked, -1),
        "visible": [places[division] for division in visible],
    }


def _hidden_words(hidden: int, blocked: bool) -> str:
    if blocked:
        return trn(
            "{n} reason usable, none can be chosen",
            "{n} reasons usable, none can be chosen",
            hidden,
        )
    return trn("{n} reason usable, not listed", "{n} reasons usable, not listed", hidden)


# What is drawn over time.


def _statuses(view: AgentView, agent: str, status: Steps[int]) -> list[told.StatusSpan]:
    shift = view.run.days[agent]
    kinds: dict[int, Literal["available", "scheduled"]]
    kinds = {AVAILABLE: "available", SCHEDULED: "scheduled"}
    return [
        {
            "start": start,
            "end": end,
            "words": status_name(view, value),
            "kind": kinds.get(value, "reason"),
        }
        for start, end, value in status.spans(shift.start, shift.end)
        if end - start >= SHORTEST_MS
    ]


def _discrepancies(
    view: AgentView, agent: str, places: dict[Identity, int]
) -> Iterator[told.DiscrepancySpan]:
    lags = view.run.settings.platform.permission_lag_ms > 0
    for kind, words in KIND_WORDS.items():
        for start, end, stretch in joined(view.run.stretches(agent), kind):
            middle = (start + end) // 2
            said = piece_words(view, agent, view.at(agent, middle))
            record = culprit(view.run.history_of(agent), agent, stretch, kind)
            yield {
                "start": start,
                "end": end,
                "kind": kind,
                "words": tr(
                    "{kind} for {span}: {found}",
                    kind=tr(words),
                    span=show_duration(end - start),
                    found=said,
                ),
                "culprit": places.get(record.id, -1) if record else -1,
                # The first lines, who, when and the state on both sides, the lab shows by itself.
                "why": "\n".join(view.run.why(agent, middle).split("\n")[STATE_LINES:]),
                "rule": tr(_open_rule(kind, record, lags)),
            }


def _open_rule(kind: str, record: Record | None, lags: bool) -> str:
    """Give the rule that keeps a discrepancy open."""
    if kind == "unresponsive":
        return "when a token dies"
    if kind == "status":
        return decider(record) if record else ""
    if record is not None and isinstance(record.data, MOVES):
        early = lags and isinstance(record.data, Transferred)
        return "when a transfer takes effect" if early else "when the division is read again"
    if record is not None and isinstance(record.data, CodeEdited):
        return "when a list replaces what is shown"
    return "who sees which code"


def _polls(view: AgentView, agent: str) -> Iterator[told.PollSpan]:
    """Give the polls that leave at regular times; a single one has step 1.

    What the browser's own cache answers never leaves.
    """
    departures = view.run.history_of(agent).departures[agent]
    requests = [c for c in departures if c.kind in ("config", "list")]
    left = sorted({c.first + i * c.every for c in requests for i in range(c.n)})
    while left:
        step = left[1] - left[0] if len(left) > 1 else 1
        n = next((n for n, t in enumerate(left) if t != left[0] + n * step), len(left))
        yield {"start": left[0], "end": left[n - 1] + 1, "step": step}
        left = left[n:]


def _expiries(view: AgentView, agent: str) -> Iterator[told.ExpiryMark]:
    """Give when tokens died that a poll then met: the last act that kept them, plus their life."""
    run = view.run.history_of(agent)
    life = show_duration(run.settings.platform.token_life_ms)
    for record, failed in of_kind(run.records(agent), PollsFailed):
        if failed.status == 401:
            died = causes.death(run, record)
            if died is None:
                yield {"t": record.t, "words": tr("the token had died before this poll")}
            elif died.by_poll:
                words = tr("the token died: {life} after a poll kept it alive last", life=life)
                yield {"t": died.t, "words": words}
            else:
                words = tr("the token died: {life} after what kept it alive last", life=life)
                yield {"t": died.t, "words": words}


# Records.


def records_of(view: AgentView, agent: str) -> tuple[list[Record], dict[Identity, int]]:
    """Give the agent's records, the edits that concern them, and the place of each."""
    run = view.run
    own = run.records(agent)
    caused = {r.cause for r in own if r.cause is not None}
    ever = 0
    for mask in (*run.belief(agent).listed.values, *run.truth(agent).usable.values):
        ever |= mask
    edited = of_kind(edits_of(view.run.history_of(agent)), CodeEdited)
    edits = [r for r, edit in edited if ever >> edit.code & 1 or r.id in caused]
    records = sorted([*own, *edits])
    return records, {record.id: i for i, record in enumerate(records)}


def _mark(record: Record) -> str:
    """Give the kind of marker that stands for a record over time, empty for none."""
    event = record.data
    if isinstance(event, StatusWritten):
        if event.writer == "agent":
            return "accepted"
        return "override" if event.writer in ("wfm", "routing") and event.over >= 0 else ""
    if isinstance(event, (SuccessShown, ErrorShown)):
        return "refused" if event.status != OK else ""
    return KINDS[type(event)].mark


_CHOICES = (
    DropdownOpened,
    ErrorShown,
    IntentionLost,
    ReturnedToWork,
    SubmissionIgnored,
    Submitted,
    SuccessShown,
    TurnedAway,
    Warned,
)
"""What the agent chose, and what came of it on the desk."""


def _lane(event: Event) -> told.Lane:
    """Give whose doing a record is: that of the page, unless somebody else acts."""
    if isinstance(event, StatusWritten):
        return event.writer if event.writer in ("wfm", "routing") else "agent"
    if isinstance(event, (CodeEdited, *MOVES)):
        return "admin"
    return "agent" if isinstance(event, _CHOICES) else "page"


def _record(history: History, record: Record, places: dict[Identity, int]) -> told.RecordLine:
    cause = causes.cause(history, record) if record.cause else None
    place = places.get(cause.record.id, -1) if cause else -1
    return {
        "t": record.t,
        "side": record.side,
        "mark": _mark(record),
        "lane": _lane(record.data),
        "words": tell(history, record),
        "cause": place,
        "rule": tr(decider(record)),
        "kind": record.kind,
        "join": cause.words if cause and place >= 0 else "",
    }


# The world around, and all agents.


def world_model(view: AgentView) -> told.World:
    """Give what an agent's day refers to: the clock, the division tree, edits of codes."""
    run, org = view.run, view.run.settings.organisation
    places = {division.name: i for i, division in enumerate(org.divisions)}
    counts = [0] * len(places)
    for code in view.codes:
        counts[places[code.division]] += 1
    homes = run.homes
    return {
        "organisation": name(org.name),
        "zone": org.time_zone,
        "clock": clock_offsets(view),
        "kinds": [{"kind": kind, "words": tr(words)} for kind, words in KIND_WORDS.items()],
        "lanes": [{"lane": lane, "words": tr(words)} for lane, words in LANE_WORDS.items()],
        "divisions": [
            {
                "name": name(d.name),
                "parent": -1 if d.parent is None else places[d.parent],
                "codes": counts[i],
                "agents": homes[d.name],
            }
            for i, d in enumerate(org.divisions)
        ],
        "changes": _changes(view, places),
    }


def _changes(view: AgentView, places: dict[str, int]) -> list[told.ActivityChange]:
    """Give when codes became active and inactive; an edit that changes nothing is none."""
    directory = view.run.directory
    changes: list[told.ActivityChange] = []
    for code in {edit.code for edit in directory.edits}:
        activity, division = directory.activity(code), places[view.codes[code].division]
        for t, active in zip(activity.times[1:], activity.values[1:], strict=True):
            changes.append({"t": t, "division": division, "codes": 1 if active else -1})
    return sorted(changes, key=lambda change: change["t"])


def clock_offsets(view: AgentView) -> list[told.ClockOffset]:
    """Give what turns ms of the run into ms of the local day, from which moment on."""
    calendar, end = view.run.settings.organisation.calendar, view.run.horizon
    found: list[told.ClockOffset] = []
    for t in range(0, end + 1, 15 * MINUTE):
        hours, minutes, seconds = map(int, calendar.show_minute(t).split(":"))
        offset = (((hours * 60 + minutes) * 60 + seconds) * 1000 - t) % (24 * 60 * MINUTE)
        if not found or found[-1]["offset"] != offset:
            found.append({"start": t, "offset": offset})
    return found


def overview_model(view: AgentView, order: list[str], label: str = "") -> told.AgentLines:
    """Give all agents of a run of that name, in an order: who was misled, when, and how."""
    return {
        "title": overview_finding(view),
        "label": label,
        "start": min(day.start for day in view.run.days.values()),
        "end": view.run.horizon,
        "agents": [
            {
                "id": agent,
                "name": name(agent),
                "division": name(view.run.days[agent].division),
                "discrepancy_ms": view.run.discrepancy_ms(agent),
                "shift": {"start": view.run.days[agent].start, "end": view.run.days[agent].end},
                "spans": [
                    {
                        "start": stretch.start,
                        "end": stretch.end,
                        "kinds": stretch.discrepancy.bits,
                    }
                    for stretch in view.run.stretches(agent)
                ],
            }
            for agent in order
        ],
    }

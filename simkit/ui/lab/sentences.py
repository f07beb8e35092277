"""Sentences about one agent, one moment, one run: plain text, to be escaped in HTML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simkit.base.clock import HOUR, MINUTE, SECOND, show_duration
from simkit.base.errors import one_line
from simkit.base.formatting import LONGEST_NAME, name
from simkit.rules.agent_ids import worker, workers
from simkit.rules.replies import OK
from simkit.rules.schedule import AVAILABLE, SCHEDULED
from simkit.runs.causes import overruled
from simkit.runs.events import STATUS_KINDS, Event, StatusWritten, SubmissionIgnored, SuccessShown
from simkit.runs.metrics.registered import Measured
from simkit.ui.lab.agent_view import AgentView, Piece

NAMED = 3
"""At most this many codes are named in a sentence."""
_LENGTHS = {"ms": 1, "s": SECOND, "min": MINUTE, "h": HOUR}

KIND_WORDS = {
    "unusable": "listed, not usable",
    "missing": "usable, not listed",
    "status": "status differs",
    "unresponsive": "no response",
}
"""The kinds of discrepancies in plain words."""

# Names.


def status_name(view: AgentView, status: int) -> str:
    """Give a status in words."""
    if status == AVAILABLE:
        return "Available"
    if status == SCHEDULED:
        return "Off the queue as scheduled"
    return name(view.codes[status].name)


def code_names(view: AgentView, codes: Sequence[int]) -> str:
    """Give some codes by name, the rest by number."""
    named = ", ".join(name(view.codes[c].name) for c in codes[:NAMED])
    return f"{named} and {len(codes) - NAMED} more" if len(codes) > NAMED else named


def reasons(count: int) -> str:
    """Give a number of status reasons in words."""
    return f"{count} reason" if count == 1 else f"{count} reasons"


def why_dead(view: AgentView, code: int, division: str, t: int) -> str:
    """Say why a code that is listed cannot be used."""
    home = view.codes[code].division
    if home not in view.run.settings.organisation.tree.path(division):
        return f"bound to {name(home)}"
    since = view.deactivated(code, t)
    return f"deactivated at {view.clock(since)}" if since is not None else "not usable"


# A moment.


def moment_sentence(view: AgentView, agent: str, t: int) -> str:
    """Say in one sentence what is wrong for an agent at a moment, or that nothing is."""
    return f"At {view.clock(t)} {piece_words(view, agent, view.at(agent, t))}."


def piece_words(view: AgentView, agent: str, piece: Piece) -> str:
    """Say what is wrong on a desk for as long as it stays as it is, without the time."""
    desk, truth = piece.desk, piece.truth
    parts = _desk_words(view, piece)
    if desk.status != truth.status:
        believed, true = (status_name(view, s) for s in (desk.status, truth.status))
        cause = _status_cause(view, agent, piece.start)
        parts.append(
            f"{name(agent)} believes the status is {believed}; the platform has {true}{cause}"
        )
    if not parts:
        believed = status_name(view, desk.status)
        parts.append(f"belief and truth agree: {believed}, {reasons(len(desk.entries))} listed")
    return "; ".join(parts)


def _desk_words(view: AgentView, piece: Piece) -> list[str]:
    desk, truth = piece.desk, piece.truth
    if desk.state == "frozen":
        return ["the dropdown does not respond: the token has died and polls are refused (401)"]
    if desk.state == "locked":
        until = view.clock(desk.locked_until or piece.start)
        return [f"the widget is locked: an automatic status change is due at {until}"]
    usable = truth.usable.bit_count()
    if desk.state == "loading":
        return ["the list has not arrived yet"]
    if desk.state == "empty":
        but = f"although {reasons(usable)} may be used" if usable else "and no reason may be used"
        return [f"the dropdown is empty, {but}"]
    parts = []
    if piece.unusable:
        what = _dead_names(view, piece.unusable, truth.division, piece.start)
        parts.append(f"the list shows {reasons(len(piece.unusable))} that cannot be used: {what}")
    if truth.missing:
        what = code_names(view, truth.missing)
        parts.append(f"{reasons(len(truth.missing))} that may be used cannot be found: {what}")
    return parts


def _dead_names(view: AgentView, dead: Sequence[int], division: str, t: int) -> str:
    """Name deactivated codes with the cause: once where it is the same for all, else one by one."""
    causes = {code: why_dead(view, code, division, t) for code in dead}
    if len(set(causes.values())) == 1:
        return f"{code_names(view, dead)} ({causes[dead[0]]})"
    named = ", ".join(f"{name(view.codes[c].name)} ({causes[c]})" for c in dead[:NAMED])
    return f"{named} and {len(dead) - NAMED} more" if len(dead) > NAMED else named


def _status_cause(view: AgentView, agent: str, t: int) -> str:
    records = view.run.records(agent)
    past = [r for r in records if r.t <= t and isinstance(r.data, STATUS_KINDS)]
    if not past:
        return ""
    last = past[-1]
    culprit = overruled(view.run.history_of(agent), last) or last
    said = _said_of(culprit.data)
    return f" ({said} at {view.clock(culprit.t)})" if said else ""


def _said_of(event: Event) -> str:
    """Say what made a status differ, or nothing where that goes without saying."""
    if isinstance(event, SuccessShown) and event.status != OK:
        replied = f"the reply was {event.status} {event.error}"
        but = replied if event.status else "the request was lost on the network"
        return f"success was shown, but {but}"
    if isinstance(event, StatusWritten):
        writers = {"wfm": "workforce management overwrote it", "routing": "routing overwrote it"}
        return writers.get(event.writer, "")
    if isinstance(event, SubmissionIgnored):
        return "the platform replied 200 and did not apply it"
    return ""


# A shift.


def shift_sentence(view: AgentView, agent: str) -> str:
    """Say in one sentence how an agent's whole shift went."""
    stretches = view.run.stretches(agent)
    if not stretches:
        return f"Nothing goes wrong in {name(agent)}'s shift."
    total = show_duration(view.run.discrepancy_ms(agent))
    times = "once" if len(stretches) == 1 else f"in {len(stretches)} stretches"
    return f"{name(agent)}'s shift has discrepancies for {total}, {times}."


def agent_label(view: AgentView, agent: str) -> str:
    """Give the entry of an agent in the lab's list."""
    total = view.run.discrepancy_ms(agent)
    words = f"discrepancies for {show_duration(total)}" if total else "no discrepancy"
    return f"{name(agent)} - {words}"


def finding(view: AgentView, agent: str) -> str:
    """Give the title of the agent's day: what is found there."""
    kind, total = next(iter(view.time_by_kind(agent).items()))
    who, span = name(agent), show_duration(total)
    if not total:
        return f"{who}: belief and truth agree all shift"
    words = {
        "unusable": f"reasons that cannot be used are listed for {span}",
        "missing": f"reasons that may be used are not listed for {span}",
        "status": f"believed and true status differ for {span}",
        "unresponsive": f"the dropdown does not respond for {span}",
    }
    return f"{who}: {words[kind]}"


def day_digest(view: AgentView, agent: str) -> str:
    """Give an agent's day in words and rounded numbers: what a picture of it shows."""
    shift, totals = view.run.days[agent], view.time_by_kind(agent)
    span = f"{view.clock(shift.start)} to {view.clock(shift.end)}"
    lines = [
        finding(view, agent),
        f"shift {span} ({show_duration(shift.end - shift.start)})",
    ]
    for kind, words in KIND_WORDS.items():
        spans = [s for s in view.run.stretches(agent) if getattr(s.discrepancy, kind)]
        first = f", first at {view.clock(spans[0].start)}" if spans else ""
        lines.append(f"  {words:<19} {show_duration(totals[kind]) if spans else '0 s'}{first}")
    return "\n".join(lines)


def overview_finding(view: AgentView) -> str:
    """Give the title of the picture of all agents: how many are misled, and who for longest."""
    days = view.run.days
    misled = len({worker(shift, days) for shift in days if view.run.discrepancy_ms(shift)})
    total = workers(days)
    if not misled:
        return f"None of {total:,} agents meets a discrepancy"
    worst = view.run.agents_by_discrepancy[0]
    most = show_duration(view.run.discrepancy_ms(worst))
    return f"{misled:,} of {total:,} agents meet discrepancies, {name(worst)} for longest: {most}"


# Values.


def quantity(measured: Measured) -> str:
    """Give a value with its unit as people say it.

    >>> quantity(Measured(974_000.0, "ms")), quantity(Measured(0.5, "share"))
    ('16 min 14 s', '50 %')
    """
    value, unit = measured
    if value is None:
        return "does not apply"
    if unit in _LENGTHS:
        return show_duration(value * _LENGTHS[unit]) if value else f"0 {unit}"
    if unit == "share":
        return f"{100 * value:.3g} %"
    number = f"{value:,.0f}" if value == round(value) or value >= 100 else f"{value:,.3g}"
    return number if unit == "per run" else f"{number} {unit.replace('1/', 'per ')}"


def plain_value(value: Any) -> str:
    """Give the value of a field as it is written in a scenario file.

    >>> plain_value(True), plain_value(None), plain_value(("a", "b"))
    ('true', 'none', 'a, b')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return ", ".join(plain_value(v) for v in value)
    if isinstance(value, float):
        return f"{value:.4g}"
    return "none" if value is None else one_line(str(value), 2 * LONGEST_NAME)

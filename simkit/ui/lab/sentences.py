"""Sentences about one agent, one moment, one run: plain text, to be escaped in HTML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simkit.base.clock import HOUR, MINUTE, SECOND, show_duration
from simkit.base.errors import one_line
from simkit.base.formatting import LONGEST_NAME, name, unit_words
from simkit.base.language import number_words, tr, tr_noop, trn
from simkit.rules.agent_ids import worker, workers
from simkit.rules.replies import OK
from simkit.rules.schedule import AVAILABLE, SCHEDULED
from simkit.runs.causes import overruled
from simkit.runs.events import (
    STATUS_KINDS,
    Event,
    StatusWritten,
    SubmissionIgnored,
    SuccessShown,
    Writer,
)
from simkit.runs.metrics.registered import Measured
from simkit.runs.why import some_of
from simkit.ui.lab.agent_view import AgentView, Piece

NAMED = 3
"""At most this many codes are named in a sentence."""
_LENGTHS = {"ms": 1, "s": SECOND, "min": MINUTE, "h": HOUR}

KIND_WORDS = {
    "unusable": tr_noop("listed, not usable"),
    "missing": tr_noop("usable, not listed"),
    "status": tr_noop("status differs"),
    "unresponsive": tr_noop("no response"),
}
"""The kinds of discrepancies in plain words."""

# Names.


def status_name(view: AgentView, status: int) -> str:
    """Give a status in words."""
    if status == AVAILABLE:
        return tr("Available")
    if status == SCHEDULED:
        return tr("Off the queue as scheduled")
    return name(view.codes[status].name)


def code_names(view: AgentView, codes: Sequence[int]) -> str:
    """Give some codes by name, the rest by number."""
    return some_of([name(view.codes[c].name) for c in codes], NAMED)


def why_dead(view: AgentView, code: int, division: str, t: int) -> str:
    """Say why a code that is listed cannot be used."""
    home = view.codes[code].division
    if home not in view.run.settings.organisation.tree.path(division):
        return tr("bound to {division}", division=name(home))
    since = view.deactivated(code, t)
    if since is None:
        return tr("not usable")
    return tr("deactivated at {time}", time=view.clock(since))


# A moment.


def moment_sentence(view: AgentView, agent: str, t: int) -> str:
    """Say in one sentence what is wrong for an agent at a moment, or that nothing is."""
    found = piece_words(view, agent, view.at(agent, t))
    return tr("At {time} {found}.", time=view.clock(t), found=found)


def piece_words(view: AgentView, agent: str, piece: Piece) -> str:
    """Say what is wrong on a desk for as long as it stays as it is, without the time."""
    desk, truth = piece.desk, piece.truth
    parts = _desk_words(view, piece)
    if desk.status != truth.status:
        parts.append(_status_words(view, agent, piece))
    if not parts:
        parts.append(
            trn(
                "belief and truth agree: {status}, {n} reason listed",
                "belief and truth agree: {status}, {n} reasons listed",
                len(desk.entries),
                status=status_name(view, desk.status),
            )
        )
    return "; ".join(parts)


def _status_words(view: AgentView, agent: str, piece: Piece) -> str:
    """Say in which status the agent believes to be, what the platform has, and why."""
    believed, true = (status_name(view, s) for s in (piece.desk.status, piece.truth.status))
    words = tr(
        "{agent} believes the status is {believed}; the platform has {true}",
        agent=name(agent),
        believed=believed,
        true=true,
    )
    cause = _status_cause(view, agent, piece.start)
    return f"{words} ({cause})" if cause else words


def _desk_words(view: AgentView, piece: Piece) -> list[str]:
    desk, truth = piece.desk, piece.truth
    if desk.state == "frozen":
        return [tr("the dropdown does not respond: the token has died and polls are refused (401)")]
    if desk.state == "locked":
        until = view.clock(desk.locked_until or piece.start)
        return [tr("the widget is locked: an automatic status change is due at {time}", time=until)]
    if desk.state == "loading":
        return [tr("the list has not arrived yet")]
    if desk.state == "empty":
        return [_empty_words(truth.usable.bit_count())]
    parts = []
    if piece.unusable:
        parts.append(
            trn(
                "the list shows {n} reason that cannot be used: {names}",
                "the list shows {n} reasons that cannot be used: {names}",
                len(piece.unusable),
                names=_dead_names(view, piece.unusable, truth.division, piece.start),
            )
        )
    if truth.missing:
        parts.append(
            trn(
                "{n} reason that may be used cannot be found: {names}",
                "{n} reasons that may be used cannot be found: {names}",
                len(truth.missing),
                names=code_names(view, truth.missing),
            )
        )
    return parts


def _empty_words(usable: int) -> str:
    if not usable:
        return tr("the dropdown is empty, and no reason may be used")
    return trn(
        "the dropdown is empty, although {n} reason may be used",
        "the dropdown is empty, although {n} reasons may be used",
        usable,
    )


def _dead_names(view: AgentView, dead: Sequence[int], division: str, t: int) -> str:
    """Name deactivated codes with the cause: once where it is the same for all, else one by one."""
    causes = {code: why_dead(view, code, division, t) for code in dead}
    if len(set(causes.values())) == 1:
        return f"{code_names(view, dead)} ({causes[dead[0]]})"
    return some_of([f"{name(view.codes[c].name)} ({causes[c]})" for c in dead], NAMED)


def _status_cause(view: AgentView, agent: str, t: int) -> str:
    """Say what made a status differ, or nothing where that goes without saying."""
    records = view.run.records(agent)
    past = [r for r in records if r.t <= t and isinstance(r.data, STATUS_KINDS)]
    if not past:
        return ""
    last = past[-1]
    culprit = overruled(view.run.history_of(agent), last) or last
    return _said_of(culprit.data, view.clock(culprit.t))


def _said_of(event: Event, at: str) -> str:
    if isinstance(event, SuccessShown) and event.status != OK:
        if not event.status:
            return tr(
                "success was shown, but the request was lost on the network at {time}", time=at
            )
        return tr(
            "success was shown, but the reply was {status} {error} at {time}",
            status=event.status,
            error=event.error,
            time=at,
        )
    if isinstance(event, StatusWritten) and event.writer in _OVERWRITTEN:
        return tr(_OVERWRITTEN[event.writer], time=at)
    if isinstance(event, SubmissionIgnored):
        return tr("the platform replied 200 and did not apply it at {time}", time=at)
    return ""


_OVERWRITTEN: dict[Writer, str] = {
    "wfm": tr_noop("workforce management overwrote it at {time}"),
    "routing": tr_noop("routing overwrote it at {time}"),
}


# A shift.


def shift_sentence(view: AgentView, agent: str) -> str:
    """Say in one sentence how an agent's whole shift went."""
    stretches = view.run.stretches(agent)
    if not stretches:
        return tr("Nothing goes wrong in {agent}'s shift.", agent=name(agent))
    return trn(
        "{agent}'s shift has discrepancies for {span}, once.",
        "{agent}'s shift has discrepancies for {span}, in {n} stretches.",
        len(stretches),
        agent=name(agent),
        span=show_duration(view.run.discrepancy_ms(agent)),
    )


def agent_label(view: AgentView, agent: str) -> str:
    """Give the entry of an agent in the lab's list."""
    total = view.run.discrepancy_ms(agent)
    if not total:
        return tr("{agent} - no discrepancy", agent=name(agent))
    span = show_duration(total)
    return tr("{agent} - discrepancies for {span}", agent=name(agent), span=span)


def finding(view: AgentView, agent: str) -> str:
    """Give the title of the agent's day: what is found there."""
    kind, total = _longest(view, agent)
    return f"{name(agent)}: {_found_words(kind, show_duration(total))}"


def found_in_one(views: Sequence[AgentView], agent: str) -> str:
    """Give what is found on the day in several runs as one sentence; the same is said once."""
    kinds, totals = zip(*(_longest(view, agent) for view in views), strict=True)
    spans = [show_duration(total) for total in totals]
    if kinds[0] and len({*kinds}) == 1:
        words = _found_words(kinds[0], " → ".join(spans))
    else:
        words = " → ".join(map(_found_words, kinds, spans))
    return words[:1].upper() + words[1:]


def _longest(view: AgentView, agent: str) -> tuple[str, int]:
    """Give the kind of discrepancy that lasts longest on a day, and how long; else no kind."""
    kind, total = next(iter(view.time_by_kind(agent).items()))
    return (kind, total) if total else ("", 0)


def _found_words(kind: str, span: str) -> str:
    return tr(_FOUND[kind], span=span)


_FOUND = {
    "": tr_noop("belief and truth agree all shift"),
    "unusable": tr_noop("reasons that cannot be used are listed for {span}"),
    "missing": tr_noop("reasons that may be used are not listed for {span}"),
    "status": tr_noop("believed and true status differ for {span}"),
    "unresponsive": tr_noop("the dropdown does not respond for {span}"),
}


def day_digest(view: AgentView, agent: str) -> str:
    """Give an agent's day in words and rounded numbers: what a picture of it shows."""
    shift, totals = view.run.days[agent], view.time_by_kind(agent)
    span = tr(
        "shift {start} to {end} ({span})",
        start=view.clock(shift.start),
        end=view.clock(shift.end),
        span=show_duration(shift.end - shift.start),
    )
    lines = [finding(view, agent), span]
    wide = max(len(tr(words)) for words in KIND_WORDS.values()) + 1
    for kind, words in KIND_WORDS.items():
        spans = [s for s in view.run.stretches(agent) if getattr(s.discrepancy, kind)]
        lasts = tr("{seconds} s", seconds=0)
        if spans:
            first, total = view.clock(spans[0].start), show_duration(totals[kind])
            lasts = tr("{span}, first at {time}", span=total, time=first)
        lines.append(f"  {tr(words):<{wide}} {lasts}")
    return "\n".join(lines)


def overview_finding(view: AgentView) -> str:
    """Give the title of the picture of all agents: how many are misled, and who for longest."""
    days = view.run.days
    misled = len({worker(shift, days) for shift in days if view.run.discrepancy_ms(shift)})
    total = workers(days)
    if not misled:
        return trn(
            "The only agent meets no discrepancy",
            "None of {n} agents meets a discrepancy",
            total,
        )
    worst = view.run.agents_by_discrepancy[0]
    told = {"agent": name(worst), "span": show_duration(view.run.discrepancy_ms(worst))}
    if total == 1:
        return tr("The only agent, {agent}, meets discrepancies: {span}", **told)
    return trn(
        "{n} of {total} agents meets discrepancies, {agent}: {span}",
        "{n} of {total} agents meet discrepancies, {agent} for longest: {span}",
        misled,
        total=total,
        **told,
    )


# Values.


def quantity(measured: Measured) -> str:
    """Give a value with its unit as people say it.

    >>> quantity(Measured(974_000.0, "ms")), quantity(Measured(0.5, "share"))
    ('16 min 14 s', '50 %')
    """
    value, unit = measured
    if value is None:
        return tr("does not apply")
    if unit in _LENGTHS:
        return show_duration(value * _LENGTHS[unit]) if value else f"0 {unit_words(unit)}"
    if unit == "share":
        return f"{number_words(f'{100 * value:.3g}')} %"
    number = f"{value:,.0f}" if value == round(value) or value >= 100 else f"{value:,.3g}"
    said = number_words(number)
    return said if unit == "per run" else f"{said} {unit_words(unit)}"


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

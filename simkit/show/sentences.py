"""What the lab says: sentences, numbers and markup about one agent, one moment, one run.

Sentences are plain text. Whatever becomes HTML passes through ``safe``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import Any

from simkit.base.clock import HOUR, MINUTE, SECOND, show_duration
from simkit.base.errors import one_line
from simkit.base.log import Record
from simkit.rules.schedule import AVAILABLE, SCHEDULED
from simkit.rules.settings import Difference
from simkit.show.desk import CUSTOM, HEALTHY, TRAP, Desk, LabState, Reading, Trouble, Truth, bits
from simkit.study.metrics import METRICS, Measured

NAMED = 3
"""At most this many codes are named in a sentence."""
LONGEST_NAME = 60
_LENGTHS = {"ms": 1, "s": SECOND, "min": MINUTE, "h": HOUR}

TROUBLES = {
    "dead": "listed, not usable",
    "missing": "usable, not listed",
    "status": "status differs",
    "frozen": "no response",
}
"""The kinds of trouble in plain words, by the fields of Trouble."""

# Words.


def name(text: str) -> str:
    """Give a name from the data as people can read it: one line, short, never empty.

    >>> name(""), name("Meal"), name("a" * 80)[-3:]
    ('(no name)', 'Meal', 'aa…')
    """
    return one_line(text, LONGEST_NAME) if text.strip() else "(no name)"


def status_name(reading: Reading, status: int) -> str:
    """Give a status in words."""
    if status == AVAILABLE:
        return "Available"
    if status == SCHEDULED:
        return "Off the queue as scheduled"
    return name(reading.codes[status].name)


def code_names(reading: Reading, codes: Sequence[int]) -> str:
    """Give some codes by name, the rest by number."""
    named = ", ".join(name(reading.codes[c].name) for c in codes[:NAMED])
    return f"{named} and {len(codes) - NAMED} more" if len(codes) > NAMED else named


def reasons(count: int) -> str:
    """Give a number of status reasons in words."""
    return f"{count} reason" if count == 1 else f"{count} reasons"


def why_dead(reading: Reading, code: int, division: str, t: int) -> str:
    """Say why a code that is listed cannot be used."""
    home = reading.codes[code].division
    if home not in reading.run.settings.organisation.tree.path(division):
        return f"bound to {name(home)}"
    since = reading.deactivated(code, t)
    return f"deactivated at {_clock(reading, since)}" if since is not None else "not usable"


def moment_sentence(state: LabState) -> str:
    """Say in one sentence what is wrong for the agent at the moment, or that nothing is."""
    reading, agent, t = state.reading, state.agent, state.moment
    desk, truth = state.desk, state.truth
    parts = _desk_parts(reading, agent, t, desk, truth)
    if desk.status != truth.status:
        believed, true = (status_name(reading, s) for s in (desk.status, truth.status))
        cause = _status_cause(reading, agent, t)
        parts.append(
            f"{name(agent)} believes the status is {believed}; the platform has {true}{cause}"
        )
    if not parts:
        believed = status_name(reading, desk.status)
        parts.append(f"belief and truth agree: {believed}, {reasons(len(desk.entries))} listed")
    return f"At {state.time(t)} {'; '.join(parts)}."


def _desk_parts(reading: Reading, agent: str, t: int, desk: Desk, truth: Truth) -> list[str]:
    if desk.state == "frozen":
        return ["the dropdown does not respond: the token has died and polls are refused (401)"]
    if desk.state == "locked":
        until = _clock(reading, reading.locked_until(agent, t) or t)
        return [f"the widget is locked: an automatic status change is due at {until}"]
    usable = truth.usable.bit_count()
    if desk.state == "empty":
        but = f"although {reasons(usable)} may be used" if usable else "and no reason may be used"
        return [f"the dropdown is empty, {but}"]
    dead = [c for c in desk.entries if not truth.usable >> c & 1]
    parts = []
    if dead:
        what = _dead_names(reading, dead, truth.division, t)
        parts.append(f"the list shows {reasons(len(dead))} that cannot be used: {what}")
    if truth.missing:
        what = code_names(reading, truth.missing)
        parts.append(f"{reasons(len(truth.missing))} that may be used cannot be found: {what}")
    return parts


def _dead_names(reading: Reading, dead: list[int], division: str, t: int) -> str:
    """Name dead codes with the cause: once where it is the same for all, else one by one."""
    causes = {code: why_dead(reading, code, division, t) for code in dead}
    if len(set(causes.values())) == 1:
        return f"{code_names(reading, dead)} ({causes[dead[0]]})"
    named = ", ".join(f"{name(reading.codes[c].name)} ({causes[c]})" for c in dead[:NAMED])
    return f"{named} and {len(dead) - NAMED} more" if len(dead) > NAMED else named


def _status_cause(reading: Reading, agent: str, t: int) -> str:
    kinds = ("status", "success", "return", "ignored")
    past = [r for r in reading.run.records(agent) if r.t <= t and r.kind in kinds]
    said = _CAUSES.get(past[-1].kind, _no_words)(past[-1]) if past else ""
    return f" ({said} at {_clock(reading, past[-1].t)})" if said else ""


def _no_words(_record: Record) -> str:
    return ""


def _success_words(record: Record) -> str:
    status, error = record.data["status"], record.data["error"]
    return "" if status == 200 else f"success was shown, but the reply was {status} {error}"


def _status_words(record: Record) -> str:
    writers = {"wfm": "workforce management overwrote it", "routing": "routing overwrote it"}
    return writers.get(record.data["writer"], "")


_CAUSES: dict[str, Callable[[Record], str]] = {
    "success": _success_words,
    "status": _status_words,
    "ignored": lambda _record: "the platform replied 200 and did not apply it",
}


def shift_sentence(state: LabState) -> str:
    """Say in one sentence how the agent's whole shift went in this run."""
    stretches = state.reading.stretches(state.agent)
    if not stretches:
        return f"Nothing goes wrong in {name(state.agent)}'s shift."
    total = show_duration(state.reading.time_in_trouble(state.agent))
    times = "once" if len(stretches) == 1 else f"in {len(stretches)} stretches"
    return f"{name(state.agent)}'s shift is in trouble for {total}, {times}."


def agent_label(reading: Reading, agent: str) -> str:
    """Give the entry of an agent in the lab's list."""
    total = reading.time_in_trouble(agent)
    return f"{name(agent)} - {show_duration(total) + ' in trouble' if total else 'no trouble'}"


def time_by_kind(reading: Reading, agent: str) -> dict[str, int]:
    """Give the ms of the shift with each kind of trouble, the longest first."""
    totals = dict.fromkeys(Trouble._fields, 0)
    for start, end, trouble in reading.stretches(agent):
        for kind, holds in trouble._asdict().items():
            totals[kind] += (end - start) * bool(holds)
    return dict(sorted(totals.items(), key=lambda item: -item[1]))


def finding(reading: Reading, agent: str) -> str:
    """Give the title of the agent's day: what is found there."""
    kind, total = next(iter(time_by_kind(reading, agent).items()))
    who, span = name(agent), show_duration(total)
    if not total:
        return f"{who}: belief and truth agree all shift"
    words = {
        "dead": f"reasons that cannot be used are listed for {span}",
        "missing": f"reasons that may be used are not listed for {span}",
        "status": f"believed and true status differ for {span}",
        "frozen": f"the dropdown does not respond for {span}",
    }
    return f"{who}: {words[kind]}"


def _clock(reading: Reading, ms: int) -> str:
    return reading.run.settings.organisation.calendar.show_minute(ms)


# Numbers.


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


def numbers(state: LabState) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Give the heads and the rows of the table of numbers: the symptom first, then the costs."""
    columns = {"Healthy": state.healthy, f"Trap {state.trap.id}": state.trapped}
    if state.preset not in (HEALTHY, TRAP):
        columns["Custom" if state.preset == CUSTOM else state.preset] = state.reading
    changes = [state.change] if state.change else list(state.trap.fixes)
    shown = [] if state.preset in (HEALTHY, TRAP) else [cost for c in changes for cost in c.costs]
    metrics = dict.fromkeys([state.trap.metric, *(shown or state.trap.entry.secondary)])
    rows = [
        (METRICS[m].title, [quantity(r.run.metrics[m]) for r in columns.values()]) for m in metrics
    ]
    return list(columns), rows


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


# Markup.


def safe(text: str) -> str:
    """Give text for HTML; its direction of reading stays its own."""
    return f"<bdi>{escape(text)}</bdi>"


def sentences_html(state: LabState) -> str:
    """Give the moment and the shift in a sentence each, marked as wrong or right."""
    desk, truth = state.desk, state.truth
    parts = (desk.status != truth.status, truth.missing, desk.state in ("frozen", "locked"))
    wrong = any(parts) or any(not truth.usable >> c & 1 for c in desk.entries)
    kind = "wrong" if wrong else "right"
    text = f"{safe(moment_sentence(state))} {safe(shift_sentence(state))}"
    return f'<div class="finding {kind}" aria-live="polite">{text}</div>'


def still_html(state: LabState) -> str:
    """Give the lab as a still for readers without a kernel."""
    title = safe(f"Trap {state.trap.id}: {state.trap.title}")
    hint = "This is a still. Run the cell for the live lab."
    return (
        f"<p><b>{title}</b></p>{sentences_html(state)}{desk_html(state)}"
        f"{numbers_html(state)}<p><i>{hint}</i></p>"
    )


def desk_html(state: LabState) -> str:
    """Give the widget as the agent sees it at the moment, with what is true of each entry."""
    reading, desk, truth = state.reading, state.desk, state.truth
    rows = [_box_row(desk)]
    if desk.state == "list":
        rows += [_entry_row(state, code) for code in desk.entries]
    rows += _missing_rows(reading, desk, truth)
    who, division = safe(name(state.agent)), safe(name(truth.division))
    believed, true = (safe(status_name(reading, s)) for s in (desk.status, truth.status))
    mark = ' class="bad"' if desk.status != truth.status else ""
    cross, flag = ("&#10007; ", " (differs)") if mark else ("", "")
    return (
        '<table class="desk"><thead>'
        f"<tr><th>What {who} sees</th><th>What is true in {division}</th></tr></thead><tbody>"
        f"<tr><td>Status: <b>{believed}</b>{_said(desk)}</td>"
        f"<td{mark}>{cross}Status: <b>{true}</b>{flag}</td></tr>"
        f"{''.join(rows)}</tbody></table>"
    )


def _said(desk: Desk) -> str:
    """Give the widget's last message as a mark and words."""
    said = {
        "success": "&#10003; Status set: ",
        "error": "&#10007; Refused: ",
        "warned": "&#9888; Not sent, an automatic status change is due: ",
    }
    return (
        f'<span class="said">{said[desk.said]}{safe(name(desk.detail))}</span>' if desk.said else ""
    )


def _box_row(desk: Desk) -> str:
    notes = {"frozen": "not responding", "locked": "schedule change in progress"}
    off = f' <i class="off">{notes[desk.state]}</i>' if desk.state in notes else ""
    disabled = " disabled" if off else ""
    text = safe(name(desk.placeholder) if desk.placeholder else " ")
    return (
        f'<tr><td><span class="box{disabled}">{text}<span aria-hidden="true">&#9662;</span></span>'
        f"{off}</td><td></td></tr>"
    )


def _entry_row(state: LabState, code: int) -> str:
    reading, truth = state.reading, state.truth
    known = reading.codes[code]
    mark = f'<span class="mark" style="background:{escape(known.color)}"></span>'
    if not reading.run.settings.widget.show_color_indicator:
        mark = ""
    cell = "<td>usable</td>"
    if not truth.usable >> code & 1:
        why = why_dead(reading, code, truth.division, state.moment)
        cell = f'<td class="bad">&#10007; {safe(why)}</td>'
    return f'<tr class="entry"><td>{mark}{safe(name(known.name))}</td>{cell}</tr>'


def _missing_rows(reading: Reading, desk: Desk, truth: Truth) -> list[str]:
    rows = []
    if desk.state == "empty":
        rows.append('<tr class="entry"><td><i>No status reasons</i></td><td></td></tr>')
    hidden = bits(truth.usable) if desk.state in ("frozen", "locked") else truth.missing
    if hidden:
        names = safe(", ".join(dict.fromkeys(name(reading.codes[c].name) for c in hidden)))
        head = f"{reasons(len(hidden))} usable, " + (
            "not listed" if hidden == truth.missing else "none can be chosen"
        )
        rows.append(f'<tr><td></td><td class="bad">&#10007; {head}: {names}</td></tr>')
    return rows


def numbers_html(state: LabState) -> str:
    """Give the numbers of the run beside those of the healthy deployment and of the trap."""
    heads, rows = numbers(state)
    agents = len(state.reading.run.agents)
    caption = f"All {agents} agents, seed {state.seed}"
    table = _table("numbers", ["", *heads], [[title, *values] for title, values in rows])
    return f'<div class="caption">{caption}</div>{table}'


def changes_html(state: LabState) -> str:
    """Give what the settings in force change, field by field."""
    if state.preset == HEALTHY:
        return '<div class="caption">The healthy deployment: no field is changed.</div>'
    before = "the healthy deployment" if state.preset == TRAP else "the trap"
    rows = [_change_row(change) for change in state.differences]
    head = f'<div class="caption">What it changes in {before}</div>'
    return head + (_table("changes", ["Field", "From", "To"], rows) if rows else "<p>Nothing.</p>")


def _change_row(change: Difference) -> list[str]:
    return [change.field, plain_value(change.old), plain_value(change.new)]


def _table(kind: str, heads: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{safe(h)}</th>" for h in heads)
    body = "".join(
        f"<tr><th>{safe(row[0])}</th>{''.join(f'<td>{safe(v)}</td>' for v in row[1:])}</tr>"
        for row in rows
    )
    return f'<table class="{kind}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'

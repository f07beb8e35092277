"""Why: what an agent believes, what is true, and the chain of causes between, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from simkit.base.formatting import name
from simkit.base.steps import NEVER, Steps
from simkit.rules.agent_ids import known_agent, worker
from simkit.rules.replies import NETWORK_FAILURE, OK
from simkit.rules.schedule import AVAILABLE, SCHEDULED
from simkit.runs import list_causes
from simkit.runs.causes import chain, overruled, verdict
from simkit.runs.log import Record
from simkit.runs.metrics.symptoms import override_times
from simkit.runs.moments import moment

if TYPE_CHECKING:
    from simkit.runs.run import Run

NAMED = 3
"""At most this many codes are explained one by one."""


def explain(run: Run, agent: str, at: int | str) -> str:
    """Say in words what the agent believes at a moment, what is true, and why they differ.

    At a moment of another shift of the agent's day it is told of that one.
    """
    asked = known_agent(run.days, agent)
    agent, t = moment(run, asked, at)
    # Who asks for another shift of the day is told whose it is.
    other = f" (the shift that {name(worker(asked, run.days))} works then)"
    run = run.alone(agent)
    head = f"{name(agent)} at {_time(run, t)}{other if agent != asked else ''}"
    lines = [head, *_state(run, agent, t)]
    disagreements = [
        *_frozen(run, agent, t),
        *_status_gap(run, agent, t),
        *_dead_codes(run, agent, t),
        *_missing_codes(run, agent, t),
    ]
    if not disagreements:
        lines.append("Belief and truth agree.")
        last = [r for r in run.records(agent) if r.t <= t]
        if last:
            lines += ["The last thing that happened:", *_chain(run, last[-1])]
    return "\n".join([*lines, *disagreements])


def status_name(run: Run, status: int) -> str:
    """Give the name of a status as people say it."""
    if status == AVAILABLE:
        return "Available"
    if status == SCHEDULED:
        return "off the queue as scheduled"
    return name(run.directory.codes[status].name)


def _time(run: Run, t: int) -> str:
    return run.settings.organisation.calendar.show_minute(t)


def _state(run: Run, agent: str, t: int) -> list[str]:
    belief, truth = run.belief(agent), run.truth(agent)
    usable = _count((truth.usable.at(t) & run.wanted).bit_count())
    believed = status_name(run, belief.status.at(t))
    return [
        f"  believes: {believed}; the dropdown {_dropdown(run, agent, t)}",
        f"  in truth: {status_name(run, truth.status.at(t))}; {usable} of the listed types "
        f"may be used in {name(truth.division.at(t))}",
    ]


def _dropdown(run: Run, agent: str, t: int) -> str:
    belief = run.belief(agent)
    if belief.frozen.at(t):
        return "does not respond"
    guard = run.settings.widget
    due = next((due for due in override_times(run, agent) if due > t), NEVER)
    if guard.override_guard == "lock" and due - t <= guard.override_window_ms:
        return f"is locked until {_time(run, due)}"
    return f"shows {_count(belief.listed.at(t).bit_count(), 'status reason')}"


def _count(n: int, what: str = "reason") -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


_OF_STATUS = ("status", "success", "return", "ignored")


def _status_gap(run: Run, agent: str, t: int) -> list[str]:
    gap = run.gaps(agent).status
    if not gap.at(t):
        return []
    lines = [f"The status differs ({_until(run, agent, gap, t)})."]
    last = [r for r in run.records(agent) if r.t <= t and r.kind in _OF_STATUS][-1]
    written = overruled(run, last) if last.kind == "success" else None
    if written is not None and written.kind == "status":
        lines.append(f"  {_time(run, written.t)} {tell(run, written)}")
    return [*lines, *_chain(run, last)]


def _frozen(run: Run, agent: str, t: int) -> list[str]:
    frozen = run.belief(agent).frozen
    if not frozen.at(t):
        return []
    trouble = [r for r in run.records(agent) if r.t <= t and r.kind == "trouble"]
    lines = [f"The dropdown does not respond ({_until(run, agent, frozen, t)})."]
    return [*lines, *_chain(run, trouble[-1])]


def _dead_codes(run: Run, agent: str, t: int) -> list[str]:
    dead = run.gaps(agent).dead
    mask = dead.at(t)
    if not mask:
        return []
    lines = [f"Listed, but not usable: {_names(run, mask)} ({_until(run, agent, dead, t)})."]
    return [
        *lines,
        *_why_list(run, agent, t, list_causes.reasons(run, agent, t, mask, listed=True)),
    ]


def _missing_codes(run: Run, agent: str, t: int) -> list[str]:
    missing = run.gaps(agent).missing
    mask = missing.at(t)
    if not mask:
        return []
    lines = [f"Usable, but not listed: {_names(run, mask)} ({_until(run, agent, missing, t)})."]
    why = list_causes.reasons(run, agent, t, mask, listed=False)
    if why.filtered:
        codes = run.directory.codes
        homes = ", ".join(sorted({name(codes[c].division) for c in _codes(why.filtered)}))
        asked = run.belief(agent).asked.at(t)
        known = run.settings.organisation.division_by_id
        lines.append(
            f"  They are bound to {homes}; the widget asked for {name(known[asked])} with "
            f"filterType {run.settings.widget.filter_type}."
            if asked
            else f"  No list is shown; they are bound to {homes}."
        )
    return [*lines, *_why_list(run, agent, t, why)]


def _why_list(run: Run, agent: str, t: int, why: list_causes.Reasons) -> list[str]:
    """Say what made the list wrong, how it came to be, and what keeps it from being replaced."""
    edits = [list_causes.edit_behind(run, code, t) for code in _codes(why.old)]
    changed: list[Record | None] = [*edits[:NAMED]]
    if why.elsewhere:
        changed.append(list_causes.transfer_behind(run, agent, t))
    lines = [f"  {_time(run, r.t)} {tell(run, r)}" for r in changed if r]
    past = [r for r in run.records(agent) if r.t <= t and r.kind in list_causes.LISTS]
    lines += _chain(run, past[-1]) if past else []
    reasons = list_causes.keeps(run, agent, t, why, [edit for edit in edits if edit])
    return [*lines, *(f"  {reason}" for reason in reasons)]


def _chain(run: Run, record: Record) -> list[str]:
    """Give a record and what led to it, one to a line, the record first."""
    return [
        f"  {_time(run, r.t)} {f'{words} ' if words else ''}{tell(run, r)}"
        for words, r in chain(run, record)
    ]


def _until(run: Run, agent: str, gap: Steps[int] | Steps[bool], t: int) -> str:
    """Give the span in which a gap stays as it is: of several codes, just these."""
    day, value = run.days[agent], gap.at(t)
    since, until = max(gap.last_change(t), day.start), gap.next_change(t)
    end = "the end of the shift" if until >= day.end else _time(run, until)
    these = "these " if not isinstance(value, bool) and value.bit_count() > 1 else ""
    return f"{these}since {_time(run, since)}, until {end}"


def _codes(mask: int) -> list[int]:
    return [i for i in range(mask.bit_length()) if mask >> i & 1]


def _names(run: Run, mask: int) -> str:
    codes = _codes(mask)
    names = [name(run.directory.codes[i].name) for i in codes[:NAMED]]
    more = f" and {len(codes) - NAMED} more" if len(codes) > NAMED else ""
    return ", ".join(names) + more


def tell(run: Run, record: Record) -> str:
    """Give a record as a sentence without its time."""
    return _WORDS[record.kind](run, record)


def _code(run: Run, record: Record) -> str:
    return name(run.directory.codes[record.data["code"]].name)


def _division(run: Run, record: Record) -> str:
    division = record.data["division"]
    known = run.settings.organisation.division_by_id
    return name(known[division]) if division in known else name(division or "no division")


def _wanted(record: Record) -> str:
    """Give the wanted reason; a learner who tries a dead dropdown wants none in particular."""
    return name(record.data["wanted"]) if record.data["wanted"] else "any reason"


def _tell_edit(run: Run, record: Record) -> str:
    done = "reactivated" if record.data["active"] else "deactivated"
    version = record.data["version"]
    how = "by hand" if version is None else f"by pipeline, as version {version}"
    return f"an administrator {done} {_code(run, record)} of {_division(run, record)} {how}"


def _tell_list(run: Run, record: Record) -> str:
    shown = _count(record.data["mask"].bit_count())
    if record.data["version"] < 0:
        return "the list was emptied"
    as_of = _time(run, record.data["as_of"])
    return f"the widget listed {shown} of {_division(run, record)}, as of {as_of}"


def _tell_load(run: Run, record: Record) -> str:
    what = "logged in" if record.kind == "login" else "reloaded the page"
    kept = record.data["mask"].bit_count()
    from_cache = f"; {_count(kept)} came out of browser storage" if kept else ""
    return f"the agent {what}{from_cache}"


def _tell_status(run: Run, record: Record) -> str:
    status, writer = status_name(run, record.data["status"]), record.data["writer"]
    over = status_name(run, record.data["over"])
    if writer == "agent":
        return f"the platform accepted {status}"
    if writer == "return":
        return f"the desktop's own button set {status}"
    who = "WFM, at a scheduled transition," if writer == "wfm" else "the routing sweep"
    return f"{who} wrote {status} over {over}"


def _tell_open(_run: Run, record: Record) -> str:
    but = {"frozen": ", which did not respond", "locked": ", which was locked"}
    tried = but.get(record.data["state"])
    did = f"tried the dropdown{tried}" if tried else "opened the dropdown"
    return f"the agent {did}, wanting {_wanted(record)}"


def _tell_success(run: Run, record: Record) -> str:
    return f"the widget showed success for {_code(run, record)}{_rightly(run, record)}"


def _rightly(run: Run, success: Record) -> str:
    """Say what a success that was shown is worth."""
    status, error = success.data["status"], success.data["error"]
    if status == OK:
        found = verdict(run, success)
        applied = found is not None and found.kind == "status"
        return ", rightly" if applied else ", which the platform did not apply"
    if status == NETWORK_FAILURE:
        return " although the call was lost on the network"
    return f" although the reply was {status} {error}"


_WORDS: dict[str, Callable[[Run, Record], str]] = {
    "edit": _tell_edit,
    "list": _tell_list,
    "login": _tell_load,
    "reload": _tell_load,
    "status": _tell_status,
    "success": _tell_success,
    "trouble": lambda _run, r: f"polls are {list_causes.said(r)}",
    "recovered": lambda _run, _r: "polls are answered again",
    "renewed": lambda run, r: f"the token was renewed, issued at {_time(run, r.data['issued'])}",
    "division": lambda run, r: f"the widget read its division again: {_division(run, r)}",
    "version": lambda _run, r: f"the widget read version {r.data['version']} of its configuration",
    "transfer": lambda run, r: f"an administrator transferred the agent to {_division(run, r)}",
    "hidden": lambda _run, _r: "the tab was hidden",
    "shown": lambda _run, _r: "the tab was shown again",
    "offline": lambda _run, _r: "the agent's network failed",
    "online": lambda _run, _r: "the agent's network came back",
    "open": _tell_open,
    "submit": lambda run, r: (
        f"the agent chose {_code(run, r)}" + (" with force" if r.data["force"] else "")
    ),
    "ignored": lambda run, r: f"the platform replied 200 and did not apply {_code(run, r)}",
    "error": lambda run, r: (
        f"the widget showed the refusal {r.data['status']} {r.data['error']} of {_code(run, r)}"
    ),
    "return": lambda _run, _r: "the agent went back to work",
    "lost": lambda _run, r: f"{_wanted(r)} could not be chosen ({r.data['why']})",
    "warned": lambda run, r: f"the widget warned instead of submitting {_code(run, r)}",
    "turned_away": lambda _run, r: (
        f"the agent was turned away, wanting {_wanted(r)}"
        + (", and will try again" if r.data["again"] else "")
    ),
}

"""Why: what an agent believes, what is true, and the chain of causes between, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from simkit.base.formatting import name
from simkit.base.steps import NEVER, Steps
from simkit.rules.replies import NETWORK_FAILURE, OK
from simkit.rules.schedule import AVAILABLE, SCHEDULED
from simkit.runs import list_causes
from simkit.runs.causes import chain, overruled, verdict
from simkit.runs.events import (
    KINDS,
    LISTINGS,
    STATUS_KINDS,
    CodeEdited,
    DivisionRead,
    DropdownOpened,
    ErrorShown,
    Event,
    IntentionLost,
    ListShown,
    LoggedIn,
    PageLoad,
    PollsFailed,
    Reloaded,
    StatusWritten,
    SubmissionIgnored,
    Submitted,
    SuccessShown,
    TokenRenewed,
    Transferred,
    TurnedAway,
    VersionRead,
    Warned,
)
from simkit.runs.log import Record, of_kind
from simkit.runs.metrics.symptoms import override_times

if TYPE_CHECKING:
    from simkit.runs.history import History

NAMED = 3
"""At most this many codes are explained one by one."""


def explain(history: History, agent: str, t: int, works_for: str = "") -> str:
    """Say in words what the agent believes at a moment, what is true, and why they differ.

    ``works_for`` is who works this shift, where another one was asked for.
    """
    other = f" (the shift that {name(works_for)} works then)" if works_for else ""
    head = f"{name(agent)} at {_time(history, t)}{other}"
    lines = [head, *_state(history, agent, t)]
    discrepancies = [
        *_frozen(history, agent, t),
        *_status_gap(history, agent, t),
        *_unusable_codes(history, agent, t),
        *_missing_codes(history, agent, t),
    ]
    if not discrepancies:
        lines.append("Belief and truth agree.")
        last = [r for r in history.records(agent) if r.t <= t]
        if last:
            lines += ["The last thing that happened:", *_chain(history, last[-1])]
    return "\n".join([*lines, *discrepancies])


def status_name(history: History, status: int) -> str:
    """Give the name of a status as people say it."""
    if status == AVAILABLE:
        return "Available"
    if status == SCHEDULED:
        return "off the queue as scheduled"
    return name(history.directory.codes[status].name)


def _time(history: History, t: int) -> str:
    return history.settings.organisation.calendar.show_minute(t)


def _state(history: History, agent: str, t: int) -> list[str]:
    belief, truth = history.belief(agent), history.truth(agent)
    usable = _count((truth.usable.at(t) & history.wanted).bit_count())
    believed = status_name(history, belief.status.at(t))
    return [
        f"  believes: {believed}; the dropdown {_dropdown(history, agent, t)}",
        f"  in truth: {status_name(history, truth.status.at(t))}; {usable} of the listed types "
        f"may be used in {name(truth.division.at(t))}",
    ]


def _dropdown(history: History, agent: str, t: int) -> str:
    belief = history.belief(agent)
    if belief.frozen.at(t):
        return "does not respond"
    guard = history.settings.widget
    due = next((due for due in override_times(history, agent) if due > t), NEVER)
    if guard.override_guard == "lock" and due - t <= guard.override_window_ms:
        return f"is locked until {_time(history, due)}"
    return f"shows {_count(belief.listed.at(t).bit_count(), 'status reason')}"


def _count(n: int, what: str = "reason") -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def _status_gap(history: History, agent: str, t: int) -> list[str]:
    gap = history.discrepancies(agent).status
    if not gap.at(t):
        return []
    lines = [f"The status differs ({_until(history, agent, gap, t)})."]
    last = [r for r in history.records(agent) if r.t <= t and isinstance(r.data, STATUS_KINDS)][-1]
    written = overruled(history, last)
    if written is not None and isinstance(written.data, StatusWritten):
        lines.append(f"  {_time(history, written.t)} {tell(history, written)}")
    return [*lines, *_chain(history, last)]


def _frozen(history: History, agent: str, t: int) -> list[str]:
    frozen = history.belief(agent).frozen
    if not frozen.at(t):
        return []
    trouble = [r for r, _ in of_kind(history.records(agent), PollsFailed) if r.t <= t]
    lines = [f"The dropdown does not respond ({_until(history, agent, frozen, t)})."]
    return [*lines, *_chain(history, trouble[-1])]


def _unusable_codes(history: History, agent: str, t: int) -> list[str]:
    dead = history.discrepancies(agent).unusable
    mask = dead.at(t)
    if not mask:
        return []
    lines = [
        f"Listed, but not usable: {_names(history, mask)} ({_until(history, agent, dead, t)})."
    ]
    return [
        *lines,
        *_why_list(history, agent, t, list_causes.reasons(history, agent, t, mask, listed=True)),
    ]


def _missing_codes(history: History, agent: str, t: int) -> list[str]:
    missing = history.discrepancies(agent).missing
    mask = missing.at(t)
    if not mask:
        return []
    lines = [
        f"Usable, but not listed: {_names(history, mask)} ({_until(history, agent, missing, t)})."
    ]
    why = list_causes.reasons(history, agent, t, mask, listed=False)
    if why.filtered:
        codes = history.directory.codes
        homes = ", ".join(sorted({name(codes[c].division) for c in _codes(why.filtered)}))
        asked = history.belief(agent).asked.at(t)
        known = history.settings.organisation.division_by_id
        lines.append(
            f"  They are bound to {homes}; the widget asked for {name(known[asked])} with "
            f"filterType {history.settings.widget.filter_type}."
            if asked
            else f"  No list is shown; they are bound to {homes}."
        )
    return [*lines, *_why_list(history, agent, t, why)]


def _why_list(history: History, agent: str, t: int, why: list_causes.Reasons) -> list[str]:
    """Say what made the list wrong, how it came to be, and what keeps it from being replaced."""
    edits = [list_causes.edit_behind(history, code, t) for code in _codes(why.old)]
    changed: list[Record | None] = [*edits[:NAMED]]
    if why.elsewhere:
        changed.append(list_causes.transfer_behind(history, agent, t))
    lines = [f"  {_time(history, r.t)} {tell(history, r)}" for r in changed if r]
    past = [r for r in history.records(agent) if r.t <= t and isinstance(r.data, LISTINGS)]
    lines += _chain(history, past[-1]) if past else []
    reasons = list_causes.keeps(history, agent, t, why, [edit for edit in edits if edit])
    return [*lines, *(f"  {reason}" for reason in reasons)]


def _chain(history: History, record: Record) -> list[str]:
    """Give a record and what led to it, one to a line, the record first."""
    return [
        f"  {_time(history, r.t)} {f'{words} ' if words else ''}{tell(history, r)}"
        for words, r in chain(history, record)
    ]


def _until(history: History, agent: str, gap: Steps[int] | Steps[bool], t: int) -> str:
    """Give the span in which a gap stays as it is: of several codes, just these."""
    day, value = history.days[agent], gap.at(t)
    since, until = max(gap.last_change(t), day.start), gap.next_change(t)
    end = "the end of the shift" if until >= day.end else _time(history, until)
    these = "these " if not isinstance(value, bool) and value.bit_count() > 1 else ""
    return f"{these}since {_time(history, since)}, until {end}"


def _codes(mask: int) -> list[int]:
    return [i for i in range(mask.bit_length()) if mask >> i & 1]


def _names(history: History, mask: int) -> str:
    codes = _codes(mask)
    names = [name(history.directory.codes[i].name) for i in codes[:NAMED]]
    more = f" and {len(codes) - NAMED} more" if len(codes) > NAMED else ""
    return ", ".join(names) + more


def tell(history: History, record: Record) -> str:
    """Give a record as a sentence without its time."""
    kind = type(record.data)
    return KINDS[kind].says or _WORDS[kind](history, record, record.data)


def _code(history: History, code: int) -> str:
    return name(history.directory.codes[code].name)


def _division(history: History, division: str) -> str:
    known = history.settings.organisation.division_by_id
    return name(known[division]) if division in known else name(division or "no division")


def _wanted(wanted: str) -> str:
    """Give the wanted reason; a learner who tries a dead dropdown wants none in particular."""
    return name(wanted) if wanted else "any reason"


def _tell_edit(history: History, _: Record, event: CodeEdited) -> str:
    done = "reactivated" if event.active else "deactivated"
    how = "by hand" if event.version is None else f"by pipeline, as version {event.version}"
    code, division = _code(history, event.code), _division(history, event.division)
    return f"an administrator {done} {code} of {division} {how}"


def _tell_list(history: History, _: Record, event: ListShown) -> str:
    if event.as_of is None:
        return "the list was emptied"
    shown, division = _count(event.mask.bit_count()), _division(history, event.division)
    return f"the widget listed {shown} of {division}, as of {_time(history, event.as_of)}"


def _tell_load(_history: History, _: Record, event: PageLoad) -> str:
    what = "logged in" if isinstance(event, LoggedIn) else "reloaded the page"
    kept = event.mask.bit_count()
    from_cache = f"; {_count(kept)} came out of browser storage" if kept else ""
    return f"the agent {what}{from_cache}"


def _tell_status(history: History, _: Record, event: StatusWritten) -> str:
    status, over = status_name(history, event.status), status_name(history, event.over)
    if event.writer == "agent":
        return f"the platform accepted {status}"
    if event.writer == "return":
        return f"the desktop's own button set {status}"
    who = "WFM, at a scheduled transition," if event.writer == "wfm" else "the routing sweep"
    return f"{who} wrote {status} over {over}"


def _tell_open(_history: History, _: Record, event: DropdownOpened) -> str:
    but = {"frozen": ", which did not respond", "locked": ", which was locked"}
    tried = but.get(event.state)
    did = f"tried the dropdown{tried}" if tried else "opened the dropdown"
    return f"the agent {did}, wanting {_wanted(event.wanted)}"


def _tell_success(history: History, record: Record, event: SuccessShown) -> str:
    rightly = _rightly(history, record, event)
    return f"the widget showed success for {_code(history, event.code)}{rightly}"


def _rightly(history: History, record: Record, event: SuccessShown) -> str:
    """Say what a success that was shown is worth."""
    if event.status == OK:
        found = verdict(history, record)
        applied = found is not None and isinstance(found.data, StatusWritten)
        return ", rightly" if applied else ", which the platform did not apply"
    if event.status == NETWORK_FAILURE:
        return " although the request was lost on the network"
    return f" although the reply was {event.status} {event.error}"


def _tell_refusal(history: History, _: Record, event: ErrorShown) -> str:
    code = _code(history, event.code)
    return f"the widget showed the refusal {event.status} {event.error} of {code}"


def _tell_turned_away(_history: History, _: Record, event: TurnedAway) -> str:
    again = ", and will try again" if event.again else ""
    return f"the agent was turned away, wanting {_wanted(event.wanted)}{again}"


_WORDS: dict[type[Event], Callable[[History, Record, Any], str]] = {
    CodeEdited: _tell_edit,
    ListShown: _tell_list,
    LoggedIn: _tell_load,
    Reloaded: _tell_load,
    StatusWritten: _tell_status,
    SuccessShown: _tell_success,
    PollsFailed: lambda _history, _, event: f"polls are {list_causes.said(event)}",
    TokenRenewed: lambda history, _, event: (
        f"the token was renewed, issued at {_time(history, event.issued)}"
    ),
    DivisionRead: lambda history, _, event: (
        f"the widget read its division again: {_division(history, event.division)}"
    ),
    VersionRead: lambda _history, _, event: (
        f"the widget read version {event.version} of its configuration"
    ),
    Transferred: lambda history, _, event: (
        f"an administrator transferred the agent to {_division(history, event.division)}"
    ),
    DropdownOpened: _tell_open,
    Submitted: lambda history, _, event: (
        f"the agent chose {_code(history, event.code)}" + (" with force" if event.force else "")
    ),
    SubmissionIgnored: lambda history, _, event: (
        f"the platform replied 200 and did not apply {_code(history, event.code)}"
    ),
    ErrorShown: _tell_refusal,
    IntentionLost: lambda _history, _, event: (
        f"{_wanted(event.wanted)} could not be chosen ({event.why})"
    ),
    Warned: lambda history, _, event: (
        f"the widget warned instead of submitting {_code(history, event.code)}"
    ),
    TurnedAway: _tell_turned_away,
}

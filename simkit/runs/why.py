"""Why: what an agent believes, what is true, and the chain of causes between, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from simkit.base.formatting import name
from simkit.base.steps import NEVER, Steps
from simkit.rules.agent_ids import known_agent, worker
from simkit.rules.replies import NETWORK_FAILURE, OK
from simkit.rules.schedule import AVAILABLE, SCHEDULED
from simkit.runs import list_causes
from simkit.runs.causes import chain, overruled, verdict
from simkit.runs.events import (
    LISTINGS,
    STATUS_KINDS,
    CameOnline,
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
    PollsRecovered,
    Reloaded,
    ReturnedToWork,
    StatusWritten,
    SubmissionIgnored,
    Submitted,
    SuccessShown,
    TabHidden,
    TabShown,
    TokenRenewed,
    Transferred,
    TurnedAway,
    VersionRead,
    Warned,
    WentOffline,
)
from simkit.runs.log import Record, of_kind
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


def _status_gap(run: Run, agent: str, t: int) -> list[str]:
    gap = run.gaps(agent).status
    if not gap.at(t):
        return []
    lines = [f"The status differs ({_until(run, agent, gap, t)})."]
    last = [r for r in run.records(agent) if r.t <= t and isinstance(r.data, STATUS_KINDS)][-1]
    written = overruled(run, last)
    if written is not None and isinstance(written.data, StatusWritten):
        lines.append(f"  {_time(run, written.t)} {tell(run, written)}")
    return [*lines, *_chain(run, last)]


def _frozen(run: Run, agent: str, t: int) -> list[str]:
    frozen = run.belief(agent).frozen
    if not frozen.at(t):
        return []
    trouble = [r for r, _ in of_kind(run.records(agent), PollsFailed) if r.t <= t]
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
    past = [r for r in run.records(agent) if r.t <= t and isinstance(r.data, LISTINGS)]
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
    words = _WORDS[type(record.data)]
    return words(run, record, record.data)


def _code(run: Run, code: int) -> str:
    return name(run.directory.codes[code].name)


def _division(run: Run, division: str) -> str:
    known = run.settings.organisation.division_by_id
    return name(known[division]) if division in known else name(division or "no division")


def _wanted(wanted: str) -> str:
    """Give the wanted reason; a learner who tries a dead dropdown wants none in particular."""
    return name(wanted) if wanted else "any reason"


def _tell_edit(run: Run, _: Record, event: CodeEdited) -> str:
    done = "reactivated" if event.active else "deactivated"
    how = "by hand" if event.version is None else f"by pipeline, as version {event.version}"
    code, division = _code(run, event.code), _division(run, event.division)
    return f"an administrator {done} {code} of {division} {how}"


def _tell_list(run: Run, _: Record, event: ListShown) -> str:
    if event.as_of is None:
        return "the list was emptied"
    shown, division = _count(event.mask.bit_count()), _division(run, event.division)
    return f"the widget listed {shown} of {division}, as of {_time(run, event.as_of)}"


def _tell_load(_run: Run, _: Record, event: PageLoad) -> str:
    what = "logged in" if isinstance(event, LoggedIn) else "reloaded the page"
    kept = event.mask.bit_count()
    from_cache = f"; {_count(kept)} came out of browser storage" if kept else ""
    return f"the agent {what}{from_cache}"


def _tell_status(run: Run, _: Record, event: StatusWritten) -> str:
    status, over = status_name(run, event.status), status_name(run, event.over)
    if event.writer == "agent":
        return f"the platform accepted {status}"
    if event.writer == "return":
        return f"the desktop's own button set {status}"
    who = "WFM, at a scheduled transition," if event.writer == "wfm" else "the routing sweep"
    return f"{who} wrote {status} over {over}"


def _tell_open(_run: Run, _: Record, event: DropdownOpened) -> str:
    but = {"frozen": ", which did not respond", "locked": ", which was locked"}
    tried = but.get(event.state)
    did = f"tried the dropdown{tried}" if tried else "opened the dropdown"
    return f"the agent {did}, wanting {_wanted(event.wanted)}"


def _tell_success(run: Run, record: Record, event: SuccessShown) -> str:
    return f"the widget showed success for {_code(run, event.code)}{_rightly(run, record, event)}"


def _rightly(run: Run, record: Record, event: SuccessShown) -> str:
    """Say what a success that was shown is worth."""
    if event.status == OK:
        found = verdict(run, record)
        applied = found is not None and isinstance(found.data, StatusWritten)
        return ", rightly" if applied else ", which the platform did not apply"
    if event.status == NETWORK_FAILURE:
        return " although the call was lost on the network"
    return f" although the reply was {event.status} {event.error}"


def _tell_refusal(run: Run, _: Record, event: ErrorShown) -> str:
    code = _code(run, event.code)
    return f"the widget showed the refusal {event.status} {event.error} of {code}"


def _tell_turned_away(_run: Run, _: Record, event: TurnedAway) -> str:
    again = ", and will try again" if event.again else ""
    return f"the agent was turned away, wanting {_wanted(event.wanted)}{again}"


_WORDS: dict[type[Event], Callable[[Run, Record, Any], str]] = {
    CodeEdited: _tell_edit,
    ListShown: _tell_list,
    LoggedIn: _tell_load,
    Reloaded: _tell_load,
    StatusWritten: _tell_status,
    SuccessShown: _tell_success,
    PollsFailed: lambda _run, _, event: f"polls are {list_causes.said(event)}",
    PollsRecovered: lambda _run, _, __: "polls are answered again",
    TokenRenewed: lambda run, _, event: (
        f"the token was renewed, issued at {_time(run, event.issued)}"
    ),
    DivisionRead: lambda run, _, event: (
        f"the widget read its division again: {_division(run, event.division)}"
    ),
    VersionRead: lambda _run, _, event: (
        f"the widget read version {event.version} of its configuration"
    ),
    Transferred: lambda run, _, event: (
        f"an administrator transferred the agent to {_division(run, event.division)}"
    ),
    TabHidden: lambda _run, _, __: "the tab was hidden",
    TabShown: lambda _run, _, __: "the tab was shown again",
    WentOffline: lambda _run, _, __: "the agent's network failed",
    CameOnline: lambda _run, _, __: "the agent's network came back",
    DropdownOpened: _tell_open,
    Submitted: lambda run, _, event: (
        f"the agent chose {_code(run, event.code)}" + (" with force" if event.force else "")
    ),
    SubmissionIgnored: lambda run, _, event: (
        f"the platform replied 200 and did not apply {_code(run, event.code)}"
    ),
    ErrorShown: _tell_refusal,
    ReturnedToWork: lambda _run, _, __: "the agent went back to work",
    IntentionLost: lambda _run, _, event: (
        f"{_wanted(event.wanted)} could not be chosen ({event.why})"
    ),
    Warned: lambda run, _, event: (
        f"the widget warned instead of submitting {_code(run, event.code)}"
    ),
    TurnedAway: _tell_turned_away,
}

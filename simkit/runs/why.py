"""Why: what an agent believes, what is true, and the chain of causes between, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from simkit.base.formatting import name
from simkit.base.language import tr, tr_noop, trn
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
    DropdownState,
    ErrorShown,
    Event,
    IntentionLost,
    ListShown,
    LoggedIn,
    LossReason,
    PageLoad,
    PermissionsChanged,
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
    Writer,
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
    who, at = name(agent), _time(history, t)
    head = tr("{agent} at {time}", agent=who, time=at)
    if works_for:
        head = tr(
            "{agent} at {time} (the shift that {worker} works then)",
            agent=who,
            time=at,
            worker=name(works_for),
        )
    lines = [head, *_state(history, agent, t)]
    discrepancies = [
        *_frozen(history, agent, t),
        *_status_gap(history, agent, t),
        *_unusable_codes(history, agent, t),
        *_missing_codes(history, agent, t),
    ]
    if not discrepancies:
        lines.append(tr("Belief and truth agree."))
        last = [r for r in history.records(agent) if r.t <= t]
        if last:
            lines += [tr("The last thing that happened:"), *_chain(history, last[-1])]
    return "\n".join([*lines, *discrepancies])


def status_name(history: History, status: int) -> str:
    """Give the name of a status as people say it."""
    if status == AVAILABLE:
        return tr("Available")
    if status == SCHEDULED:
        return tr("off the queue as scheduled")
    return name(history.directory.codes[status].name)


def _time(history: History, t: int) -> str:
    return history.settings.organisation.calendar.show_minute(t)


def _state(history: History, agent: str, t: int) -> list[str]:
    belief, truth = history.belief(agent), history.truth(agent)
    believed = _believed(history, agent, t, status_name(history, belief.status.at(t)))
    true = trn(
        "in truth: {status}; {n} reason of the listed types may be used in {division}",
        "in truth: {status}; {n} reasons of the listed types may be used in {division}",
        (truth.usable.at(t) & history.wanted).bit_count(),
        status=status_name(history, truth.status.at(t)),
        division=name(truth.division.at(t)),
    )
    return [f"  {believed}", f"  {true}"]


def _believed(history: History, agent: str, t: int, status: str) -> str:
    """Give what the agent believes: the status, and what the dropdown lets choose."""
    belief = history.belief(agent)
    if belief.frozen.at(t):
        return tr("believes: {status}; the dropdown does not respond", status=status)
    guard = history.settings.widget
    due = next((due for due in override_times(history, agent) if due > t), NEVER)
    if guard.override_guard == "lock" and due - t <= guard.override_window_ms:
        return tr(
            "believes: {status}; the dropdown is locked until {time}",
            status=status,
            time=_time(history, due),
        )
    return trn(
        "believes: {status}; the dropdown shows {n} status reason",
        "believes: {status}; the dropdown shows {n} status reasons",
        belief.listed.at(t).bit_count(),
        status=status,
    )


def _status_gap(history: History, agent: str, t: int) -> list[str]:
    gap = history.discrepancies(agent).status
    if not gap.at(t):
        return []
    lines = [tr("The status differs ({span}).", span=_until(history, agent, gap, t))]
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
    span = _until(history, agent, frozen, t)
    lines = [tr("The dropdown does not respond ({span}).", span=span)]
    return [*lines, *_chain(history, trouble[-1])]


def _unusable_codes(history: History, agent: str, t: int) -> list[str]:
    dead = history.discrepancies(agent).unusable
    mask = dead.at(t)
    if not mask:
        return []
    found = tr(
        "Listed, but not usable: {codes} ({span}).",
        codes=_names(history, mask),
        span=_until(history, agent, dead, t),
    )
    why = list_causes.reasons(history, agent, t, mask, listed=True)
    return [found, *_why_list(history, agent, t, why)]


def _missing_codes(history: History, agent: str, t: int) -> list[str]:
    missing = history.discrepancies(agent).missing
    mask = missing.at(t)
    if not mask:
        return []
    found = tr(
        "Usable, but not listed: {codes} ({span}).",
        codes=_names(history, mask),
        span=_until(history, agent, missing, t),
    )
    lines = [found]
    why = list_causes.reasons(history, agent, t, mask, listed=False)
    if why.filtered:
        codes = history.directory.codes
        homes = ", ".join(sorted({name(codes[c].division) for c in _codes(why.filtered)}))
        asked = history.belief(agent).asked.at(t)
        known = history.settings.organisation.division_by_id
        bound = tr("No list is shown; they are bound to {homes}.", homes=homes)
        if asked:
            bound = tr(
                "They are bound to {homes}; the widget asked for {division} with filterType "
                "{filter}.",
                homes=homes,
                division=name(known[asked]),
                filter=history.settings.widget.filter_type,
            )
        lines.append(f"  {bound}")
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
    several = not isinstance(value, bool) and value.bit_count() > 1
    begin, end = _time(history, since), _time(history, until) if until < day.end else ""
    if several and end:
        return tr("these since {start}, until {end}", start=begin, end=end)
    if several:
        return tr("these since {start}, until the end of the shift", start=begin)
    if end:
        return tr("since {start}, until {end}", start=begin, end=end)
    return tr("since {start}, until the end of the shift", start=begin)


def _codes(mask: int) -> list[int]:
    return [i for i in range(mask.bit_length()) if mask >> i & 1]


def _names(history: History, mask: int) -> str:
    codes = _codes(mask)
    return some_of([name(history.directory.codes[i].name) for i in codes], NAMED)


def some_of(names: Sequence[str], most: int) -> str:
    """Give the first of some names, and how many more there are.

    >>> some_of(["Meal", "Break"], 2), some_of(["Meal", "Break", "Coaching"], 1)
    ('Meal, Break', 'Meal and 2 more')
    """
    named, more = ", ".join(names[:most]), len(names) - most
    if more <= 0:
        return named
    return trn("{names} and {n} more", "{names} and {n} more", more, names=named)


def tell(history: History, record: Record) -> str:
    """Give a record as a sentence without its time."""
    kind = type(record.data)
    says = KINDS[kind].says
    return tr(says) if says else _WORDS[kind](history, record, record.data)


def _code(history: History, code: int) -> str:
    return name(history.directory.codes[code].name)


def _division(history: History, division: str) -> str:
    known = history.settings.organisation.division_by_id
    return name(known[division]) if division in known else name(division or tr("no division"))


def _of_reason(words: tuple[str, str], wanted: str) -> str:
    """Say something of the wanted reason, or of any: a dead dropdown is tried for none."""
    named, of_any = words
    return tr(named, reason=name(wanted)) if wanted else tr(of_any)


def _tell_edit(history: History, _: Record, event: CodeEdited) -> str:
    code, division = _code(history, event.code), _division(history, event.division)
    if event.version is None:
        words = _EDITED_BY_HAND[event.active]
        return tr(words, code=code, division=division)
    words = _EDITED_BY_PIPELINE[event.active]
    return tr(words, code=code, division=division, version=str(event.version))


_EDITED_BY_HAND = (
    tr_noop("an administrator deactivated {code} of {division} by hand"),
    tr_noop("an administrator reactivated {code} of {division} by hand"),
)
_EDITED_BY_PIPELINE = (
    tr_noop("an administrator deactivated {code} of {division} by pipeline, as version {version}"),
    tr_noop("an administrator reactivated {code} of {division} by pipeline, as version {version}"),
)
"""What was done, by whether the code is active afterwards."""


def _tell_list(history: History, _: Record, event: ListShown) -> str:
    if event.as_of is None:
        return tr("the list was emptied")
    return trn(
        "the widget listed {n} reason of {division}, as of {time}",
        "the widget listed {n} reasons of {division}, as of {time}",
        event.mask.bit_count(),
        division=_division(history, event.division),
        time=_time(history, event.as_of),
    )


def _tell_load(_history: History, _: Record, event: PageLoad) -> str:
    kept, login = event.mask.bit_count(), isinstance(event, LoggedIn)
    if not kept:
        return tr("the agent logged in") if login else tr("the agent reloaded the page")
    if login:
        return trn(
            "the agent logged in; {n} reason came out of browser storage",
            "the agent logged in; {n} reasons came out of browser storage",
            kept,
        )
    return trn(
        "the agent reloaded the page; {n} reason came out of browser storage",
        "the agent reloaded the page; {n} reasons came out of browser storage",
        kept,
    )


def _tell_status(history: History, _: Record, event: StatusWritten) -> str:
    status, over = status_name(history, event.status), status_name(history, event.over)
    return tr(_WRITTEN[event.writer], status=status, over=over)


_WRITTEN: dict[Writer, str] = {
    "agent": tr_noop("the platform accepted {status}"),
    "return": tr_noop("the desktop's own button set {status}"),
    "wfm": tr_noop("WFM, at a scheduled transition, wrote {status} over {over}"),
    "routing": tr_noop("the routing sweep wrote {status} over {over}"),
}


def _tell_open(_history: History, _: Record, event: DropdownOpened) -> str:
    return _of_reason(_OPENED[event.state], event.wanted)


_OPENED: dict[DropdownState, tuple[str, str]] = {
    "list": (
        tr_noop("the agent opened the dropdown, wanting {reason}"),
        tr_noop("the agent opened the dropdown, wanting any reason"),
    ),
    "frozen": (
        tr_noop("the agent tried the dropdown, which did not respond, wanting {reason}"),
        tr_noop("the agent tried the dropdown, which did not respond, wanting any reason"),
    ),
    "locked": (
        tr_noop("the agent tried the dropdown, which was locked, wanting {reason}"),
        tr_noop("the agent tried the dropdown, which was locked, wanting any reason"),
    ),
}


def _tell_success(history: History, record: Record, event: SuccessShown) -> str:
    """Say what was shown, and what that is worth."""
    code = _code(history, event.code)
    if event.status == OK:
        found = verdict(history, record)
        if found is not None and isinstance(found.data, StatusWritten):
            return tr("the widget showed success for {code}, rightly", code=code)
        return tr(
            "the widget showed success for {code}, which the platform did not apply", code=code
        )
    if event.status == NETWORK_FAILURE:
        return tr(
            "the widget showed success for {code} although the request was lost on the network",
            code=code,
        )
    return tr(
        "the widget showed success for {code} although the reply was {status} {error}",
        code=code,
        status=event.status,
        error=event.error,
    )


def _tell_trouble(_history: History, _: Record, event: PollsFailed) -> str:
    if not event.status:
        return tr("polls are lost on the network")
    return tr("polls are answered {status} {code}", status=event.status, code=event.code)


def _tell_choice(history: History, _: Record, event: Submitted) -> str:
    code = _code(history, event.code)
    if event.force:
        return tr("the agent chose {code} with force", code=code)
    return tr("the agent chose {code}", code=code)


def _tell_refusal(history: History, _: Record, event: ErrorShown) -> str:
    return tr(
        "the widget showed the refusal {status} {error} of {code}",
        status=event.status,
        error=event.error,
        code=_code(history, event.code),
    )


def _tell_lost(_history: History, _: Record, event: IntentionLost) -> str:
    return _of_reason(_LOST[event.why], event.wanted)


_LOST: dict[LossReason, tuple[str, str]] = {
    "not listed": (
        tr_noop("{reason} could not be chosen (not listed)"),
        tr_noop("any reason could not be chosen (not listed)"),
    ),
    "frozen": (
        tr_noop("{reason} could not be chosen (frozen)"),
        tr_noop("any reason could not be chosen (frozen)"),
    ),
    "no list": (
        tr_noop("{reason} could not be chosen (no list)"),
        tr_noop("any reason could not be chosen (no list)"),
    ),
}


def _tell_turned_away(_history: History, _: Record, event: TurnedAway) -> str:
    return _of_reason(_TURNED_AWAY[event.again], event.wanted)


_TURNED_AWAY = (
    (
        tr_noop("the agent was turned away, wanting {reason}"),
        tr_noop("the agent was turned away, wanting any reason"),
    ),
    (
        tr_noop("the agent was turned away, wanting {reason}, and will try again"),
        tr_noop("the agent was turned away, wanting any reason, and will try again"),
    ),
)
"""What happened, by whether the agent will try once more."""


def _tell_transfer(history: History, record: Record, event: Transferred) -> str:
    division, lag = _division(history, event.division), history.settings.platform.permission_lag_ms
    if not lag:
        return tr("an administrator transferred the agent to {division}", division=division)
    return tr(
        "an administrator transferred the agent to {division}, in effect from {time} on",
        division=division,
        time=_time(history, record.t + lag),
    )


_WORDS: dict[type[Event], Callable[[History, Record, Any], str]] = {
    CodeEdited: _tell_edit,
    ListShown: _tell_list,
    LoggedIn: _tell_load,
    Reloaded: _tell_load,
    StatusWritten: _tell_status,
    SuccessShown: _tell_success,
    PollsFailed: _tell_trouble,
    TokenRenewed: lambda history, _, event: tr(
        "the token was renewed, issued at {time}", time=_time(history, event.issued)
    ),
    DivisionRead: lambda history, _, event: tr(
        "the widget read its division again: {division}",
        division=_division(history, event.division),
    ),
    VersionRead: lambda _history, _, event: tr(
        "the widget read version {version} of its configuration", version=str(event.version)
    ),
    Transferred: _tell_transfer,
    PermissionsChanged: lambda history, _, event: tr(
        "the transfer took effect: the platform goes by {division}",
        division=_division(history, event.division),
    ),
    DropdownOpened: _tell_open,
    Submitted: _tell_choice,
    SubmissionIgnored: lambda history, _, event: tr(
        "the platform replied 200 and did not apply {code}", code=_code(history, event.code)
    ),
    ErrorShown: _tell_refusal,
    IntentionLost: _tell_lost,
    Warned: lambda history, _, event: tr(
        "the widget warned instead of submitting {code}", code=_code(history, event.code)
    ),
    TurnedAway: _tell_turned_away,
}

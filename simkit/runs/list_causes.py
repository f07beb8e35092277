"""What keeps a list from being the right one, and what will replace it: facts, then words.

A code is wrongly listed, or wrongly not listed, for one of three reasons, and each is undone by
something else: the list is old, it is another division's, or the filter never looks where the code
is bound.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from simkit.base.clock import show_duration
from simkit.base.language import tr, tr_noop, trn
from simkit.rules.replies import OK
from simkit.rules.sections import CONTEXT_DIVISION, PAGE_DIVISION
from simkit.runs.events import (
    LISTINGS,
    MOVES,
    PAGE_LOADS,
    CodeEdited,
    DivisionRead,
    PollsFailed,
    Transferred,
)
from simkit.runs.log import Record, of_kind

if TYPE_CHECKING:
    from simkit.runs.history import History


class Reasons(NamedTuple):
    """Codes by the reason for which they are wrongly listed or wrongly not; as bit masks."""

    old: int
    """The platform would by now answer otherwise to what the widget asks."""
    elsewhere: int
    """The answer is right for another division than the agent's."""
    filtered: int
    """No answer to this filter has them, or none has come."""


def reasons(history: History, agent: str, t: int, mask: int, listed: bool) -> Reasons:
    """Sort codes that are wrongly listed, or wrongly not listed, by the reason."""
    asked = history.settings.organisation.division_by_id.get(history.belief(agent).asked.at(t), "")
    if not asked:
        return Reasons(0, 0, mask)
    answer, right = (_answer(history, d, t) for d in (asked, history.truth(agent).division.at(t)))
    old = mask & ~answer if listed else mask & answer
    elsewhere = mask & ~old if listed else mask & ~old & right
    return Reasons(old, elsewhere, mask & ~old & ~elsewhere)


def _answer(history: History, division: str, t: int) -> int:
    widget = history.settings.widget
    return (
        history.directory.listing(division, widget.filter_type, widget.status_reason_types)
        .at(t)
        .mask
    )


def edit_behind(history: History, code: int, t: int) -> Record | None:
    """Give the edit that made a code what it is at a moment, active or not; None without one."""
    place = history.directory.switched(code, t)
    return None if place is None else history.log.by_kind[CodeEdited][place]


def transfer_behind(history: History, agent: str, t: int) -> Record | None:
    """Give the transfer of an agent that a moment knows last, or its taking effect; or None."""
    moved = [r for r in history.records(agent) if r.t <= t and isinstance(r.data, MOVES)]
    return moved[-1] if moved else None


def keeps(
    history: History, agent: str, t: int, why: Reasons, edits: Sequence[Record]
) -> Iterator[str]:
    """Say what keeps a list from being replaced by the right one; ``edits`` made it old."""
    early = why.elsewhere and _takes_effect(history, agent, t)
    waits = bool(why.old or (why.elsewhere and not early) or not history.belief(agent).asked.at(t))
    if waits:
        yield from _polls(history, agent, t)
    if early:
        yield tr(
            "The list is the new division's already; the platform goes by it from {time} on.",
            time=_time(history, early),
        )
    # A list that is kept answers one question. Where the next poll asks for another division, it
    # does not matter for how long.
    elsewhere = _asks_elsewhere(history, agent, t)
    if why.old and not elsewhere:
        yield from _cache(history, agent, t, edits)
    if (why.elsewhere and not early) or (why.old and elsewhere):
        yield _division(history, agent, t)


def _takes_effect(history: History, agent: str, t: int) -> int:
    """Give when a transfer takes effect whose list is shown before that; 0 where none is."""
    lag = history.settings.platform.permission_lag_ms
    asked = history.belief(agent).asked.at(t)
    pending = [
        r.t + lag
        for r, moved in of_kind(history.records(agent), Transferred)
        if r.t <= t < r.t + lag and moved.division == asked
    ]
    return pending[-1] if pending else 0


def _asks_elsewhere(history: History, agent: str, t: int) -> bool:
    """Say whether the next poll asks for another division than that of the list."""
    widget = history.settings.widget
    if widget.division_id != CONTEXT_DIVISION:
        return False
    asked = history.settings.organisation.division_by_id.get(history.belief(agent).asked.at(t))
    moved = asked is not None and asked != history.truth(agent).division.at(t)
    return (widget.division_reread == "request" and moved) or _read_since(history, agent, t) >= 0


def _read_since(history: History, agent: str, t: int) -> int:
    """Give since when the widget asks for a division whose list has not come; -1 where it came."""
    kinds = (*LISTINGS, DivisionRead)
    past = [r for r in history.records(agent) if r.t <= t and isinstance(r.data, kinds)]
    return past[-1].t if past and isinstance(past[-1].data, DivisionRead) else -1


def _polls(history: History, agent: str, t: int) -> Iterator[str]:
    """Say how often polls leave, or what keeps them from leaving or from being answered."""
    hidden = [span for span in history.days[agent].hidden if span.start <= t < span.end]
    failing = history.belief(agent).trouble.at(t) != OK
    if failing:
        troubles = of_kind(history.records(agent), PollsFailed)
        trouble, failed = [(r, event) for r, event in troubles if r.t <= t][-1]
        since = _time(history, trouble.t)
        if failed.status:
            yield tr(
                "Since {time} polls are answered {status} {code}.",
                time=since,
                status=failed.status,
                code=failed.code,
            )
        else:
            yield tr("Since {time} polls are lost on the network.", time=since)
    for span in hidden:
        since = _time(history, span.start)
        yield tr("The tab is hidden since {time}; polls wait until it is shown.", time=since)
    if failing or hidden:
        return
    jitter = history.settings.widget.start_jitter_ms
    if t < _loaded(history, agent, t) + jitter and not _polled(history, agent, t):
        yield tr("The first poll of this page waits for up to {span}.", span=show_duration(jitter))
    else:
        interval = show_duration(history.settings.interval_ms)
        yield tr("The widget polls every {interval}.", interval=interval)


def _loaded(history: History, agent: str, t: int) -> int:
    """Give when the page of a moment was loaded."""
    loads = (r.t for r in history.records(agent) if isinstance(r.data, PAGE_LOADS))
    return max(loaded for loaded in loads if loaded <= t)


def _polled(history: History, agent: str, t: int) -> bool:
    """Say whether a poll of the page of a moment has left by then."""
    loaded = _loaded(history, agent, t)
    for kind, first, every, n, _ in history.departures[agent]:
        if kind in ("config", "list"):
            i = -(-max(0, loaded - first) // every) if every else 0
            if i < n and loaded <= first + i * every <= t:
                return True
    return False


def _cache(history: History, agent: str, t: int, edits: Sequence[Record]) -> Iterator[str]:
    """Say how long the list is kept although it is old, and what ends that sooner."""
    widget = history.settings.widget
    raised = any(
        isinstance(edit.data, CodeEdited) and edit.data.version is not None for edit in edits
    )
    reads_next = widget.config_reread == "poll" or not _polled(history, agent, t)
    if widget.version_parameter and raised and reads_next:
        yield tr("The next poll that is answered reads the new version and asks anew.")
        return
    taken = _taken(history, agent, t)
    if taken is None:
        return
    until = taken + life_of_lists(history)
    last, end = _time(history, taken), _time(history, until)
    if t >= until:
        yield tr(
            "The last poll whose answer counts left at {last}; the next that is answered replaces "
            "the list.",
            last=last,
        )
        return
    if widget.http_max_age_ms:
        yield tr(
            "The last poll whose answer counts left at {last}: the browser's cache answers until "
            "{end}.",
            last=last,
            end=end,
        )
    else:
        yield trn(
            "The last poll whose answer counts left at {last}: the dataset lives for {n} poll, "
            "until {end}; answers before that are thrown away.",
            "The last poll whose answer counts left at {last}: the dataset lives for {n} polls, "
            "until {end}; answers before that are thrown away.",
            widget.dataset_life_polls,
            last=last,
            end=end,
        )
    if widget.clear_cache_on_mount:
        yield tr("A page load clears it.")
    if widget.version_parameter:
        on_load = widget.config_reread == "mount"
        yield tr(_ONCE if on_load else _BY_HAND)


_ONCE = tr_noop("A page reads the version once, at its first poll that is answered.")
_BY_HAND = tr_noop("An edit by hand does not raise the version.")


def life_of_lists(history: History) -> int:
    """Give how long an answer is kept, counted from the departure of its poll; 0 for not at all."""
    widget = history.settings.widget
    polls = widget.dataset_life_polls if widget.dataset_life_polls > 1 else 0
    return widget.http_max_age_ms or polls * history.settings.interval_ms


def _taken(history: History, agent: str, t: int) -> int | None:
    """Give when the last poll left up to a moment whose answer became the list."""
    left = [
        first + (min(n - 1, (t - first) // every) * every if every else 0)
        for first, every, n, _ in history.snapshots[agent]
        if first <= t
    ]
    return max(left, default=None)


def _division(history: History, agent: str, t: int) -> str:
    """Say when the division that the widget asks for is read again."""
    widget = history.settings.widget
    if widget.division_id == PAGE_DIVISION:
        return tr("The division is written into the page and never read again.")
    if widget.division_id != CONTEXT_DIVISION:
        return tr("The division's id is written into the widget's configuration.")
    since = _read_since(history, agent, t)
    if since >= 0:
        return tr(
            "Since {time} the widget asks for the new one; no list has come.",
            time=_time(history, since),
        )
    if widget.division_reread == "request":
        return tr("The division is read again by the next poll that is answered.")
    if widget.division_reread == "session":
        return tr("The division is read once a session, at login.")
    if not history.settings.silent_renewal:
        return tr("The division is read again at a page load only, as nothing renews the token.")
    return tr(
        "The division is read again at a page load and when the token is renewed, every {period}.",
        period=show_duration(history.settings.platform.renewal_period_ms),
    )


def _time(history: History, t: int) -> str:
    return history.settings.organisation.calendar.show_minute(t)

"""What keeps a list from being the right one, and what will replace it: facts, then words.

A code is wrongly listed, or wrongly not listed, for one of three reasons, and each is undone by
something else: the list is old, it is another division's, or the filter never looks where the code
is bound.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from simkit.base.clock import show_duration
from simkit.base.log import ADMIN, Record
from simkit.base.replies import OK
from simkit.rules.settings import CONTEXT_DIVISION, PAGE_DIVISION

if TYPE_CHECKING:
    from simkit.rules.reasons import Directory
    from simkit.study.run import Run

LISTS = ("list", "login", "reload")
"""Kinds of records that say which list is shown."""


class Reasons(NamedTuple):
    """Codes by the reason for which they are wrongly listed or wrongly not; as bit masks."""

    old: int
    """The platform would by now answer otherwise to what the widget asks."""
    elsewhere: int
    """The answer is right for another division than the agent's."""
    filtered: int
    """No answer to this filter has them, or none has come."""


def reasons(run: Run, agent: str, t: int, mask: int, listed: bool) -> Reasons:
    """Sort codes that are wrongly listed, or wrongly not listed, by the reason."""
    asked = run.settings.organisation.division_by_id.get(run.belief(agent).asked.at(t), "")
    if not asked:
        return Reasons(0, 0, mask)
    answer, right = (_answer(run, d, t) for d in (asked, run.truth(agent).division.at(t)))
    old = mask & ~answer if listed else mask & answer
    elsewhere = mask & ~old if listed else mask & ~old & right
    return Reasons(old, elsewhere, mask & ~old & ~elsewhere)


def _answer(run: Run, division: str, t: int) -> int:
    widget = run.settings.widget
    return (
        run.directory.listing(division, widget.filter_type, widget.status_reason_types).at(t).mask
    )


def switched(directory: Directory, code: int, t: int) -> int | None:
    """Give which edit made a code what it is at a moment, active or not; None without one."""
    active, found = True, None
    for i, edit in enumerate(directory.edits):
        if edit.t <= t and edit.code == code and edit.active != active:
            active, found = edit.active, i
    return found


def edit_behind(run: Run, code: int, t: int) -> Record | None:
    """Give the record of that edit."""
    i = switched(run.directory, code, t)
    edits = (r for r in run.log.by_actor[ADMIN] if r.kind == "edit")
    return None if i is None else next(islice(edits, i, None))


def transfer_behind(run: Run, agent: str, t: int) -> Record | None:
    """Give the transfer that brought an agent to the division of a moment, None without one."""
    moved = [r for r in run.records(agent) if r.t <= t and r.kind == "transfer"]
    return moved[-1] if moved else None


def keeps(run: Run, agent: str, t: int, why: Reasons, edits: Sequence[Record]) -> Iterator[str]:
    """Say what keeps a list from being replaced by the right one; ``edits`` made it old."""
    waits = bool(why.old or why.elsewhere or not run.belief(agent).asked.at(t))
    if waits:
        yield from _polls(run, agent, t)
    if why.old:
        yield from _cache(run, agent, t, edits)
    if why.elsewhere:
        yield _division(run, agent, t)


def _polls(run: Run, agent: str, t: int) -> Iterator[str]:
    """Say how often polls leave, or what keeps them from leaving or from being answered."""
    hidden = [span for span in run.days[agent].hidden if span.start <= t < span.end]
    failing = run.belief(agent).trouble.at(t) != OK
    if failing:
        trouble = [r for r in run.records(agent) if r.kind == "trouble" and r.t <= t][-1]
        yield f"Since {_time(run, trouble.t)} polls are {said(trouble)}."
    for span in hidden:
        yield f"The tab is hidden since {_time(run, span.start)}; polls wait until it is shown."
    if failing or hidden:
        return
    jitter = run.settings.widget.start_jitter_ms
    if t < _loaded(run, agent, t) + jitter and not _polled(run, agent, t):
        yield f"The first poll of this page waits for up to {show_duration(jitter)}."
    else:
        yield f"The widget polls every {show_duration(run.settings.interval_ms)}."


def _loaded(run: Run, agent: str, t: int) -> int:
    """Give when the page of a moment was loaded."""
    return max(r.t for r in run.records(agent) if r.t <= t and r.kind in ("login", "reload"))


def _polled(run: Run, agent: str, t: int) -> bool:
    """Say whether a poll of the page of a moment has left by then."""
    loaded = _loaded(run, agent, t)
    for kind, first, every, n in run.outcome.departures[agent]:
        if kind in ("config", "list"):
            i = -(-max(0, loaded - first) // every) if every else 0
            if i < n and loaded <= first + i * every <= t:
                return True
    return False


def said(trouble: Record) -> str:
    """Give what polls meet, in words."""
    status, code = trouble.data["status"], trouble.data["code"]
    return f"answered {status} {code}" if status else "lost on the network"


def _cache(run: Run, agent: str, t: int, edits: Sequence[Record]) -> Iterator[str]:
    """Say how long the list is kept although it is old, and what ends that sooner."""
    widget = run.settings.widget
    raised = any(edit.data["version"] is not None for edit in edits)
    reads_next = widget.config_reread == "poll" or not _polled(run, agent, t)
    if widget.version_parameter and raised and reads_next:
        yield "The next poll that is answered reads the new version and asks anew."
        return
    taken = _taken(run, agent, t)
    if taken is None:
        return
    last = f"The last poll whose answer counts left at {_time(run, taken)}"
    until = taken + _life(run)
    if t >= until:
        yield f"{last}; the next that is answered replaces the list."
        return
    if widget.http_max_age_ms:
        yield f"{last}: the browser's cache answers until {_time(run, until)}."
    else:
        yield (
            f"{last}: the dataset lives for {widget.dataset_life_polls} polls, until "
            f"{_time(run, until)}; answers before that are thrown away."
        )
    if widget.clear_cache_on_mount:
        yield "A page load clears it."
    if widget.version_parameter:
        on_load = widget.config_reread == "mount"
        yield _ONCE if on_load else _BY_HAND


_ONCE = "A page reads the version once, at its first poll that is answered."
_BY_HAND = "An edit by hand does not raise the version."


def _life(run: Run) -> int:
    """Give how long an answer is kept, counted from the departure of its poll; 0 for not at all."""
    widget = run.settings.widget
    polls = widget.dataset_life_polls if widget.dataset_life_polls > 1 else 0
    return widget.http_max_age_ms or polls * run.settings.interval_ms


def _taken(run: Run, agent: str, t: int) -> int | None:
    """Give when the last poll left up to a moment whose answer became the list."""
    left = [
        first + (min(n - 1, (t - first) // every) * every if every else 0)
        for first, every, n, _ in run.outcome.snapshots[agent]
        if first <= t
    ]
    return max(left, default=None)


def _division(run: Run, agent: str, t: int) -> str:
    """Say when the division that the widget asks for is read again."""
    widget = run.settings.widget
    if widget.division_id == PAGE_DIVISION:
        return "The division is written into the page and never read again."
    if widget.division_id != CONTEXT_DIVISION:
        return "The division's id is written into the widget's configuration."
    past = [r for r in run.records(agent) if r.t <= t and r.kind in (*LISTS, "division")]
    if past and past[-1].kind == "division":
        return f"Since {_time(run, past[-1].t)} the widget asks for the new one; no list has come."
    if widget.division_reread == "request":
        return "The division is read again by the next poll that is answered."
    if widget.division_reread == "session":
        return "The division is read once a session, at login."
    if not run.settings.silent_renewal:
        return "The division is read again at a page load only, as nothing renews the token."
    period = show_duration(run.settings.platform.renewal_period_ms)
    return (
        f"The division is read again at a page load and when the token is renewed, every {period}."
    )


def _time(run: Run, t: int) -> str:
    return run.settings.organisation.calendar.show_minute(t)

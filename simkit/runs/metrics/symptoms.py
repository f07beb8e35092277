"""Metrics of symptoms and gaps. Each is a noun with a unit; values are read from the log.

The symptom metrics of the traps all mean *more is worse*. A metric that has no cases is 0; one
that does not apply is None.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection
from itertools import pairwise
from typing import TYPE_CHECKING

from simkit.base.clock import HOUR, MINUTE, SECOND
from simkit.base.language import tr_noop
from simkit.base.steps import NEVER, Steps
from simkit.rules import schedule
from simkit.rules.reasons import Directory
from simkit.rules.replies import OK
from simkit.rules.schedule import AVAILABLE
from simkit.rules.sections import Refusal
from simkit.rules.settings import Settings
from simkit.runs.events import (
    PAGE_LOADS,
    DropdownOpened,
    IntentionLost,
    StatusWritten,
    Submitted,
    SuccessShown,
    TurnedAway,
    Warned,
)
from simkit.runs.log import Record, of_kind
from simkit.runs.metrics import aggregate
from simkit.runs.metrics.registry import metric

if TYPE_CHECKING:
    from simkit.runs.history import History

REVERT_WINDOW_MS = MINUTE
"""An override this soon after an accepted choice is a revert (E3)."""


def _per_agent(history: History, measure: Callable[[str], float]) -> list[float]:
    return [measure(agent) for agent in history.agents]


# Symptoms.


@metric(tr_noop("dropdown openings with nothing to choose"), "share", aggregate.mean, most=1.0)
def empty_openings_share(history: History) -> list[bool]:
    """T1 and E1."""
    opened = of_kind(history.log, DropdownOpened)
    return [event.shown == 0 for _, event in opened if event.state == "list"]


@metric(tr_noop("from transfer to the right list"), "min", aggregate.mean_in(MINUTE))
def stale_division_min(history: History) -> list[int]:
    """T2: until the list is what the platform would give the present division.

    Cut at the next transfer and at the end of the shift."""
    waits = []
    for day in history.days.values():
        listed = history.belief(day.agent).listed
        ends = [*(transfer.t for transfer in day.transfers[1:]), day.end]
        for transfer, end in zip(day.transfers, ends, strict=False):
            right = platform_list(history.settings, history.directory, transfer.division)
            waits.append(first_agreement(listed, right, transfer.t, end) - transfer.t)
    return waits


def platform_list(settings: Settings, directory: Directory, division: str) -> Steps[int]:
    """Give the codes that the platform lists for a division, over time."""
    widget = settings.widget
    listing = directory.listing(division, widget.filter_type, widget.status_reason_types)
    masks = Steps(listing.values[0].mask)
    for t, snapshot in zip(listing.times[1:], listing.values[1:], strict=True):
        masks.set(t, snapshot.mask)
    return masks


def first_agreement(a: Steps[int], b: Steps[int], start: int, end: int) -> int:
    """Give when two lists first hold the same codes from a moment on, or the end."""
    t = start
    while t < end and a.at(t) != b.at(t):
        t = min(a.next_change(t), b.next_change(t))
    return min(t, end)


@metric(tr_noop("success shown, write refused for its scope"), "per run", aggregate.added)
def false_successes(history: History) -> int:
    """T3: success shown, reply 403 with the code of a missing scope, status unchanged."""
    refusal = history.settings.platform.missing_scope
    return _successes_despite(history, refusal)


def _successes_despite(history: History, refusal: Refusal) -> int:
    wanted = (refusal.status, refusal.code)
    shown = of_kind(history.log, SuccessShown)
    return sum((event.status, event.error) == wanted for _, event in shown)


@metric(tr_noop("unresponsive, per agent"), "min", aggregate.mean_in(MINUTE))
def unresponsive_min(history: History) -> list[float]:
    """E2: time with a frozen dropdown."""
    return _ms_where(history, lambda agent: history.belief(agent).frozen)


def _ms_where(history: History, part: Callable[[str], Steps]) -> list[float]:  # type: ignore[type-arg]
    def ms(agent: str) -> int:
        day = history.days[agent]
        return part(agent).time_where(bool, day.start, day.end)

    return _per_agent(history, ms)


@metric(
    tr_noop("choices overwritten within 60 s, per 100 wanted"),
    "per 100",
    aggregate.per_hundred,
    most=100.0,
)
def reverted_per_100(history: History) -> tuple[int, int]:
    """E3: those turned away stay in the denominator."""
    return len(reverts(history)), sum(len(day.intentions) for day in history.days.values())


def reverts(history: History) -> list[Record]:
    """Give the writes of WFM or routing that overwrote a choice within 60 s of its acceptance."""
    found = []
    for agent in history.agents:
        chosen: Record | None = None
        for record, event in of_kind(history.records(agent), StatusWritten):
            if event.writer == "agent":
                chosen = record
            else:
                overwritten = event.writer in ("wfm", "routing")
                if overwritten and chosen and record.t - chosen.t <= REVERT_WINDOW_MS:
                    found.append(record)
                chosen = None
    return found


@metric(tr_noop("time a deactivated code stays in a list"), "ms", aggregate.mean)
def deactivated_code_shown_ms(history: History) -> list[int]:
    """E4: mean per deactivation and widget that held the code, cut at the end of the shift."""
    return [end - start for _, _, start, end in deactivated_code_spans(history)]


@metric(tr_noop("95 % of deactivated codes are gone within"), "ms", aggregate.p95)
def deactivated_code_shown_p95_ms(history: History) -> list[int]:
    """E4: the 95th percentile over deactivations and widgets, the nearest rank."""
    return [end - start for _, _, start, end in deactivated_code_spans(history)]


def deactivated_code_spans(history: History) -> list[tuple[str, int, int, int]]:
    """Give (agent, code, deactivated at, gone from the list at) for each case of E4."""
    spans = []
    deactivations = _deactivations(history.directory)
    for agent, day in history.days.items():
        listed = history.belief(agent).listed
        for t, code, back in deactivations:
            if day.start <= t < day.end and listed.before(t) >> code & 1:
                i = bisect_left(listed.times, t)
                while i < len(listed.times) and listed.values[i] >> code & 1:
                    i += 1
                gone = listed.times[i] if i < len(listed.times) else NEVER
                spans.append((agent, code, t, min(gone, back, day.end)))
    return spans


def _deactivations(directory: Directory) -> list[tuple[int, int, int]]:
    """Give (t, code, active again at), in order; NEVER for what is not activated again."""
    return sorted(
        (start, code, end)
        for code in {edit.code for edit in directory.edits}
        for start, end, active in directory.activity(code).spans(-NEVER, NEVER)
        if not active
    )


@metric(
    tr_noop("session open beyond its idle timeout, per agent"), "min", aggregate.mean_in(MINUTE)
)
def idle_session_min(history: History) -> list[int]:
    """The dropdown responds, and the agent's last act is longer ago than a token lives.

    Acts are page loads and openings of the dropdown. 0 where tokens are renewed silently, as their
    lives do not depend on acts.
    """
    if history.settings.silent_renewal:
        return [0 for _ in history.agents]
    life = history.settings.platform.token_life_ms

    def beyond(agent: str) -> int:
        kinds = (*PAGE_LOADS, DropdownOpened)
        acts = [r.t for r in history.records(agent) if isinstance(r.data, kinds)]
        frozen, total = history.belief(agent).frozen, 0
        for act, following in pairwise([*acts, history.days[agent].end]):
            if act + life < following:
                total += following - act - life - frozen.time_where(bool, act + life, following)
        return total

    return [beyond(agent) for agent in history.agents]


@metric(
    tr_noop("as scheduled, yet an exception for WFM, per agent"), "min", aggregate.mean_in(MINUTE)
)
def unmapped_exceptions_min(history: History) -> list[int]:
    """Off the queue as scheduled, by truth, on a code whose type WFM does not map."""
    mapped, codes = history.settings.wfm.mapped_types, history.directory.codes
    unmapped = {i for i, code in enumerate(codes) if code.type not in mapped}

    def scored(agent: str) -> int:
        status, day = history.truth(agent).status, history.days[agent]
        spans = [status.time_where(unmapped.__contains__, w.start, w.end) for w in day.windows]
        return sum(spans)

    return [scored(agent) for agent in history.agents]


# Secondary symptoms.


@metric(tr_noop("success shown, reason refused"), "per run", aggregate.added)
def refusals_swallowed(history: History) -> int:
    """T2 and E4: the agent's choice is not usable, and the widget does not say so."""
    refusal = history.settings.platform.reason_not_usable
    return _successes_despite(history, refusal)


@metric(tr_noop("false successes of any cause"), "per run", aggregate.added)
def false_beliefs(history: History) -> int:
    """Any refusal that the widget turned into a success."""
    return sum(event.status != OK for _, event in of_kind(history.log, SuccessShown))


@metric(tr_noop("wanted changes lost"), "per run", aggregate.added)
def intentions_lost(history: History) -> int:
    """Not listed, or the dropdown was frozen."""
    return sum(1 for _ in of_kind(history.log, IntentionLost))


@metric(tr_noop("choices of a deactivated code"), "per run", aggregate.added)
def wrong_selections(history: History) -> int:
    """E4: submissions of a code that was deactivated when it was chosen."""
    active = history.directory.activity
    return sum(not active(event.code).at(r.t) for r, event in of_kind(history.log, Submitted))


@metric(tr_noop("choices from a list that is out of date"), "share", aggregate.mean, most=1.0)
def stale_selections_share(history: History) -> list[bool]:
    """Among all choices: the list had changed at the platform since the one shown was taken."""
    widget, names = history.settings.widget, history.settings.organisation.division_by_id
    stale = []
    for record, _ in of_kind(history.log, Submitted):
        belief = history.belief(record.actor)
        listing = history.directory.listing(
            names[belief.asked.at(record.t)], widget.filter_type, widget.status_reason_types
        )
        stale.append(listing.at(record.t).version > belief.version.at(record.t))
    return stale


@metric(tr_noop("choices of a deactivated code, expected"), "per run", aggregate.added_values)
def wrong_selections_expected(history: History) -> list[float]:
    """E4: time that deactivated codes were shown, times how often their names are wanted.

    Exact in expectation where choices are independent of edits and spread evenly.
    """
    codes = history.directory.codes
    expected = []
    for agent, code, start, end in deactivated_code_spans(history):
        day = history.days[agent]
        wanted = sum(i.reason == codes[code].name for i in day.intentions)
        expected.append(wanted * (end - start) / (day.end - day.start))
    return expected


@metric(tr_noop("time the list is out of date"), "share", aggregate.mean, most=1.0)
def stale_share(history: History) -> list[float]:
    """1 - freshness: versions count, so a change and its undoing are two."""
    return _per_agent(history, lambda a: _staleness(history, a)[0])


@metric(tr_noop("mean age of staleness"), "ms", aggregate.mean)
def staleness_age_ms(history: History) -> list[float]:
    """Time since the first change not yet shown, 0 while fresh, averaged over time."""
    return _per_agent(history, lambda a: _staleness(history, a)[1])


def _staleness(history: History, agent: str) -> tuple[float, float]:
    """Give the share of stale time and the mean age of one agent's list."""
    day, belief = history.days[agent], history.belief(agent)
    widget, names = history.settings.widget, history.settings.organisation.division_by_id
    stale = age = 0
    span = 0
    for start, end, asked in belief.asked.spans(day.start, day.end):
        if asked not in names:
            continue
        span += end - start
        listing = history.directory.listing(
            names[asked], widget.filter_type, widget.status_reason_types
        )
        for a, b, version in belief.version.spans(start, end):
            unseen = _time_of_version(listing.times, listing.values, version + 1)
            if unseen < b:
                since = max(unseen, a)
                stale += b - since
                age += ((b - unseen) ** 2 - (since - unseen) ** 2) // 2
    return (stale / span, age / span) if span else (0.0, 0.0)


def _time_of_version(times: list[int], snapshots: list, version: int) -> int:  # type: ignore[type-arg]
    i = bisect_left(snapshots, version, key=lambda s: s.version)
    return times[i] if i < len(times) else NEVER


# The three gaps and isolation.


@metric(tr_noop("usable code missing, per agent"), "s", aggregate.mean_in(SECOND))
def missing_gap_s(history: History) -> list[float]:
    """Usable, of a wanted type, not in the list."""
    return _ms_where(history, lambda agent: history.discrepancies(agent).missing)


@metric(tr_noop("unusable code listed, per agent"), "s", aggregate.mean_in(SECOND))
def unusable_gap_s(history: History) -> list[float]:
    """In the list, not usable."""
    return _ms_where(history, lambda agent: history.discrepancies(agent).unusable)


@metric(tr_noop("status belief ≠ truth, per agent"), "s", aggregate.mean_in(SECOND))
def status_gap_s(history: History) -> list[float]:
    """Believed status differs from the true one."""
    return _ms_where(history, lambda agent: history.discrepancies(agent).status)


@metric(tr_noop("foreign code listed, per agent"), "ms", aggregate.mean)
def foreign_codes_shown_ms(history: History) -> list[float]:
    """Isolation broken in what is shown: a stale or foreign division."""
    codes, tree = history.directory.codes, history.settings.organisation.tree
    own = {
        name: sum(1 << i for i, c in enumerate(codes) if c.division in tree.path(name))
        for name in tree.parent
    }

    def shown(agent: str) -> float:
        day, listed = history.days[agent], history.belief(agent).listed
        return sum(
            listed.time_where(_overlaps(~own[name]), start, end)
            for start, end, name in history.truth(agent).division.spans(day.start, day.end)
        )

    return _per_agent(history, shown)


def _overlaps(other: int) -> Callable[[int], bool]:
    return lambda mask: bool(mask & other)


# Costs that are no requests.


@metric(tr_noop("codes to maintain"), "codes", lambda _, scope: scope.codes)
def codes_to_maintain(_: History) -> None:
    """All codes in the catalogue, duplicates included."""


@metric(
    tr_noop("scopes granted"), "scopes", lambda _, scope: len(scope.settings.application.scopes)
)
def scopes_granted(_: History) -> None:
    """Scopes that every token of the application carries."""


@metric(tr_noop("ancestors' codes listed"), "codes", aggregate.mean)
def ancestor_codes_visible(history: History) -> list[float]:
    """Mean over time of the listed codes bound above the agent's own division."""
    codes, tree = history.directory.codes, history.settings.organisation.tree
    above = {
        name: sum(1 << i for i, c in enumerate(codes) if c.division in tree.path(name)[1:])
        for name in tree.parent
    }

    def visible(agent: str) -> float:
        day, listed = history.days[agent], history.belief(agent).listed
        total = 0
        for start, end, name in history.truth(agent).division.spans(day.start, day.end):
            for a, b, mask in listed.spans(start, end):
                total += (b - a) * (mask & above[name]).bit_count()
        return total / (day.end - day.start)

    return _per_agent(history, visible)


@metric(tr_noop("widget locked, per agent"), "s", aggregate.mean_in(SECOND))
def locked_s(history: History) -> list[float]:
    """E3a: the dropdown is disabled while an override is due."""
    if history.settings.widget.override_guard != "lock":
        return [0]
    window = history.settings.widget.override_window_ms

    def locked(agent: str) -> int:
        day = history.days[agent]
        total, until = 0, day.start
        for due in override_times(history, agent):
            start, end = max(due - window, until), min(due, day.end)
            if end > start:
                total, until = total + end - start, end
        return total

    return _per_agent(history, locked)


def override_times(history: History, agent: str) -> list[int]:
    """Give the times at which WFM or the sweep may overwrite the agent's status, in order."""
    day, settings = history.days[agent], history.settings
    times = set()
    if settings.wfm.writes_status:
        times |= {t for window in day.windows for t in (window.start, window.end)}
    every = settings.routing.sweep_interval_ms
    if every:
        last = day.end + settings.widget.override_window_ms
        times |= set(range(schedule.next_sweep(every, day.start), last, every))
    return sorted(t for t in times if t >= day.start)


@metric(tr_noop("agents turned away"), "per run", aggregate.added)
def turned_away(history: History) -> int:
    """E3a and E3d: first and second tries both count."""
    return sum(1 for _ in of_kind(history.log, TurnedAway))


@metric(tr_noop("warnings shown"), "per run", aggregate.added)
def warnings_shown(history: History) -> int:
    """E3d."""
    return sum(1 for _ in of_kind(history.log, Warned))


@metric(tr_noop("adherence"), "%", aggregate.mean, most=100.0)
def adherence_pct(history: History) -> list[float]:
    """100 * (1 - exception time / scheduled time): on or off the queue as scheduled, by truth.

    A code of type OTHER triggers no compliance calculation: time on it is no exception.
    """
    exempt = {i for i, code in enumerate(history.directory.codes) if code.type == "OTHER"}

    def adherence(agent: str) -> float:
        day, status = history.days[agent], history.truth(agent).status
        edges = sorted({t for w in day.windows for t in (w.start, w.end)} | {day.start, day.end})
        exceptions = 0
        for a, b in pairwise(edges):
            off = schedule.off_queue(day.windows, a)
            exceptions += status.time_where(_exception(off, exempt), a, b)
        return 100 * (1 - exceptions / (day.end - day.start))

    return _per_agent(history, adherence)


def _exception(scheduled_off: bool, exempt: Collection[int]) -> Callable[[int], bool]:
    return lambda status: (status != AVAILABLE) != scheduled_off and status not in exempt


@metric(tr_noop("length of a shift"), "h", aggregate.mean_in(HOUR))
def shift_h(history: History) -> list[float]:
    """Mean over agents; a check on the organisation."""
    return _per_agent(history, lambda a: history.days[a].end - history.days[a].start)

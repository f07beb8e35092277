"""Metrics of a population, read from columns: the same numbers as those that are read from a log.

A metric gives the values of some agents. They are put together by the metric of that name in
``METRICS``, whichever engine they were read by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from simkit.base.clock import SECOND
from simkit.base.steps import Steps
from simkit.engines.columns.arrays import Ints
from simkit.engines.columns.part_view import PartView
from simkit.engines.columns.population import Population
from simkit.engines.columns.statuses import WRITERS
from simkit.engines.columns.steps import per_agent
from simkit.rules.limits import WINDOW_MS
from simkit.rules.replies import retry_wait
from simkit.runs.metrics.registered import METRICS, Metric, RunScope
from simkit.runs.metrics.symptoms import REVERT_WINDOW_MS, first_agreement, platform_list

ColumnRead = Callable[[PartView], Any]
Values = Sequence[Any]
"""What was read of each part: an array, or a number."""


class ColumnMetric(NamedTuple):
    """How values of a metric are read from a part, and which metric it is."""

    read: ColumnRead
    joined: Callable[[Values], list[Any]]
    """Makes of the values of all parts what the metric puts together."""
    metric: Metric


COLUMN_METRICS: dict[str, ColumnMetric] = {}


def values(parts: Values) -> list[Any]:
    """Join arrays of values into one list."""
    return [np.concatenate(parts).tolist()] if parts else []


def one_by_one(parts: Values) -> list[Any]:
    """Leave numbers as they are."""
    return list(parts)


def sorted_values(parts: Values) -> list[Any]:
    """Join arrays of values into one list, in order."""
    return [np.sort(np.concatenate(parts)).tolist()] if parts else []


def counts(parts: Values) -> list[Any]:
    """Add up counts by stretch of time."""
    return [dict(enumerate(sum(parts).tolist()))] if parts else []  # type: ignore[attr-defined]


def most(parts: Values) -> list[Any]:
    """Add up counts by stretch of time; leave the most requests of one agent as they are."""
    return counts(parts) if parts and isinstance(parts[0], np.ndarray) else one_by_one(parts)


def column(
    joined: Callable[[Values], list[Any]] = one_by_one, of: Metric | None = None
) -> Callable[[ColumnRead], ColumnRead]:
    """Register how a metric is read from columns: that of the function's name, less its underscore.

    Or another one, where a floor above has its own.
    """

    def register(read: ColumnRead) -> ColumnRead:
        name = read.__name__.removeprefix("_")
        COLUMN_METRICS[name] = ColumnMetric(read, joined, of or METRICS[name])
        return read

    return register


def measure(population: Population, names: Iterable[str]) -> dict[str, float | None]:
    """Give metrics of a population, by name; all are read in one pass over its parts."""
    asked = {name: COLUMN_METRICS[name] for name in names}
    of_columns: dict[str, list[Any]] = {name: [] for name in asked}
    of_histories: dict[str, list[Any]] = {name: [] for name in asked}
    horizon = shifts_ms = 0
    for part in population.parts():
        view = PartView(part)
        horizon = max(horizon, int(view.end.max()))
        shifts_ms += int((view.end - view.start).sum())
        for name, each in asked.items():
            of_columns[name].append(each.read(view))
    for _, history in population.others():
        horizon = max(horizon, history.scope.horizon)
        shifts_ms += history.scope.shifts_ms
        for name, each in asked.items():
            of_histories[name].append(each.metric.read(history))
    codes = len(population.directory.codes)
    scope = RunScope(population.settings, codes, horizon, shifts_ms)
    return {
        name: each.metric.total(each.joined(of_columns[name]) + of_histories[name], scope)
        for name, each in asked.items()
    }


# Symptoms.


@column(values)
def _empty_openings_share(view: PartView) -> Any:
    made = view.part.attempts
    return view.catalogue.counts[made.state[~made.locked & ~made.frozen]] == 0


@column(values)
def _stale_division_min(view: PartView) -> Any:
    """Until the list shown is that of the new division, or happens to hold the same codes."""
    days, (who, start, _, state, *_) = view.days, view.shown
    about, waits = view.part.population, []
    lists = {name: platform_list(about.settings, about.directory, name) for name in days.divisions}
    for agent in days.moved.tolist():
        mine = slice(*np.searchsorted(who, (agent, agent + 1)))
        listed = Steps(0)
        for t, shown in zip(start[mine].tolist(), state[mine].tolist(), strict=True):
            listed.set(t, view.catalogue.snapshots[shown].mask if shown >= 0 else 0)
        moved, end = int(days.moved_at[agent]), int(days.end[agent])
        right = lists[days.divisions[days.moved_to[agent]]]
        waits.append(first_agreement(listed, right, moved, end) - moved)
    return np.array(waits, dtype=np.int64)


@column(values)
def _unresponsive_min(view: PartView) -> Any:
    return view.frozen_ms()


@column()
def _false_successes(view: PartView) -> int:
    return view.successes_despite(view.settings.platform.missing_scope)


@column()
def _refusals_swallowed(view: PartView) -> int:
    return view.successes_despite(view.settings.platform.reason_not_usable)


@column()
def _false_beliefs(view: PartView) -> int:
    return view.successes_despite(None)


@column()
def _intentions_lost(view: PartView) -> int:
    made = view.part.attempts
    return int(np.count_nonzero(made.lost)) + len(made.given_up.who)


@column()
def _wrong_selections(view: PartView) -> int:
    sent = view.part.submissions
    return int(np.count_nonzero(~view.active(sent.code, sent.left)))


@column(values)
def _stale_selections_share(view: PartView) -> Any:
    made = view.part.attempts
    chosen = made.submitted
    now = view.catalogue.state(made.division[chosen], made.t[chosen])
    return now > made.state[chosen]


@column()
def _reverted_per_100(view: PartView) -> tuple[int, int]:
    true = view.part.writes
    agent, wfm, routing = (WRITERS.index(name) for name in ("agent", "wfm", "routing"))
    next_one = (true.who[1:] == true.who[:-1]) & (true.writer[:-1] == agent)
    overwritten = (true.writer[1:] == wfm) | (true.writer[1:] == routing)
    soon = true.t[1:] - true.t[:-1] <= REVERT_WINDOW_MS
    return int(np.count_nonzero(next_one & overwritten & soon)), len(view.days.who)


@column(values)
def _deactivated_code_shown_ms(view: PartView) -> Any:
    _, _, since, gone = view.dead
    return gone - since


@column(sorted_values)
def _deactivated_code_shown_p95_ms(view: PartView) -> Any:
    _, _, since, gone = view.dead
    return gone - since


@column(values)
def _wrong_selections_expected(view: PartView) -> Any:
    days, codes = view.days, view.part.population.directory.codes
    place: dict[str, int] = {}
    names = np.array([place.setdefault(wanted.name, len(place)) for wanted in days.names], int)
    named = np.array([place.get(code.name, len(place)) for code in codes])
    wide = len(place) + 1
    wanted = np.bincount(days.who * wide + names[days.reason], minlength=view.agents * wide)
    who, code, since, gone = view.dead
    times = wanted[who * wide + named[code]]
    return times * (gone - since) / (days.end[who] - days.start[who])


@column(values)
def _stale_share(view: PartView) -> Any:
    stale = view.stale
    spent = per_agent(stale.who, stale.end - stale.start, view.agents)
    return _share(spent, view.listed_ms)


@column(values)
def _staleness_age_ms(view: PartView) -> Any:
    who, t, start, end = (getattr(view.stale, each) for each in ("who", "t", "start", "end"))
    grown = ((end - t) ** 2 - (start - t) ** 2) // 2
    return _share(per_agent(who, grown, view.agents), view.listed_ms)


def _share(part: Ints, of: Ints) -> Any:
    return np.where(of > 0, part / np.maximum(of, 1), 0.0)


@column(values)
def _status_gap_s(view: PartView) -> Any:
    return view.status_gap_ms()


@column(values)
def _missing_gap_s(view: PartView) -> Any:
    wanted = view.part.population.directory.of_types(view.settings.widget.status_reason_types)
    return view.time_where(lambda shown, usable, _: bool(usable & wanted & ~shown))


@column(values)
def _unusable_gap_s(view: PartView) -> Any:
    return view.time_where(lambda shown, usable, _: bool(shown & ~usable))


def _bound(view: PartView, ancestors: slice) -> dict[str, int]:
    """Give the codes bound to some of the divisions on the way from each division to the root."""
    codes, tree = view.part.population.directory.codes, view.settings.organisation.tree
    return {
        name: sum(1 << i for i, c in enumerate(codes) if c.division in tree.path(name)[ancestors])
        for name in tree.parent
    }


@column(values)
def _foreign_codes_shown_ms(view: PartView) -> Any:
    own = _bound(view, slice(None))
    return view.time_where(lambda shown, _, name: bool(shown & ~own[name]))


@column(values)
def _ancestor_codes_visible(view: PartView) -> Any:
    above = _bound(view, slice(1, None))
    seen = view.time_where(lambda shown, _, name: (shown & above[name]).bit_count())
    return seen / (view.end - view.start)


@column(values)
def _locked_s(view: PartView) -> Any:
    if view.settings.widget.override_guard != "lock":
        return np.zeros(view.agents)
    return view.locked_ms()


@column(values)
def _adherence_pct(view: PartView) -> Any:
    return view.adherent_pct()


@column()
def _turned_away(view: PartView) -> int:
    return int(np.count_nonzero(view.part.attempts.turned_away))


@column()
def _warnings_shown(view: PartView) -> int:
    made = view.part.attempts
    return int(np.count_nonzero(made.turned_away & ~made.locked))


@column(values)
def _shift_h(view: PartView) -> Any:
    return view.end - view.start


@column()
def _codes_to_maintain(view: PartView) -> None:
    """Nothing: it is known without a look at anybody."""


@column()
def _scopes_granted(view: PartView) -> None:
    """Nothing: it is known without a look at anybody."""


# Requests.


def _polls_of(view: PartView) -> int:
    return sum(int(requests.n.sum()) for requests in view.traffic.requests)


def _limited(view: PartView) -> int:
    return _polls_of(view) + len(view.part.submissions.tries.who)


@column()
def _requests_per_s(view: PartView) -> int:
    return _limited(view) + int(view.traffic.renewals.sum())


@column()
def _polls_per_s(view: PartView) -> int:
    return _polls_of(view)


@column()
def _bytes_per_s(view: PartView) -> int:
    return int(view.traffic.poll_bytes().sum())


@column()
def _token_requests(view: PartView) -> int:
    return int(view.traffic.renewals.sum())


@column()
def _rate_limit_share(view: PartView) -> int:
    return _limited(view)


@column(most)
def _rate_limit_peak_share(view: PartView) -> Any:
    if view.settings.platform.rate_limit_per_min is None:
        return 0
    if view.settings.application.token_topology == "shared":
        return view.traffic.load(WINDOW_MS, _latest(view) // WINDOW_MS + 1)
    return view.traffic.busiest_window()


@column(counts)
def _peak_requests_per_s(view: PartView) -> Any:
    return view.traffic.load(SECOND, _latest(view) // SECOND + 1)


def _latest(view: PartView) -> int:
    """Give a time after which nothing leaves, the last try of a submission included."""
    tries = range(view.settings.widget.retry_attempts)
    waits = sum(retry_wait(n) + 2 * view.settings.wire.delay_max_ms for n in tries)
    return view.part.population.latest + waits * bool(view.part.population.events.outages)


@column(counts)
def _peak_renewals_per_s(view: PartView) -> Any:
    return view.traffic.renewal_load(SECOND, view.part.population.latest // SECOND + 1)


@column()
def _unauthorized_replies(view: PartView) -> int:
    lists = view.lists
    refused = lists.asked.n - lists.alive_asked.n + lists.refused_configs.n
    return int(refused.sum()) + view.refused(view.settings.platform.dead_token)


# What cannot happen to agents whom columns are exact for.


@column()
def _refused_share(view: PartView) -> tuple[int, int]:
    return 0, _limited(view)

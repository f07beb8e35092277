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
from simkit.engines.columns.part_view import Reading
from simkit.engines.columns.population import Population
from simkit.engines.columns.statuses import WRITERS
from simkit.rules.limits import WINDOW_MS
from simkit.runs.metrics.registered import METRICS, Metric, RunScope
from simkit.runs.metrics.symptoms import REVERT_WINDOW_MS, first_agreement, platform_list

Values = Sequence[Any]
"""What was read of each part: an array, or a number."""


class ColumnMetric(NamedTuple):
    """How values of a metric are read from a part, and which metric it is."""

    read: Callable[[Reading], Any]
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
    """Add up counts by stretch of time; leave the most calls of one agent as they are."""
    return counts(parts) if parts and isinstance(parts[0], np.ndarray) else one_by_one(parts)


def column(
    joined: Callable[[Values], list[Any]] = one_by_one, of: Metric | None = None
) -> Callable[[Callable[[Reading], Any]], None]:
    """Register how a metric is read from columns: that of the function's name, less its underscore.

    Or another one, where a floor above has its own.
    """

    def register(read: Callable[[Reading], Any]) -> None:
        name = read.__name__.removeprefix("_")
        COLUMN_METRICS[name] = ColumnMetric(read, joined, of or METRICS[name])

    return register


def measure(population: Population, names: Iterable[str]) -> dict[str, float | None]:
    """Give metrics of a population, by name; all are read in one pass over its parts."""
    asked = {name: COLUMN_METRICS[name] for name in names}
    of_columns: dict[str, list[Any]] = {name: [] for name in asked}
    of_histories: dict[str, list[Any]] = {name: [] for name in asked}
    horizon = shifts_ms = 0
    for part in population.parts():
        reading = Reading(part)
        horizon = max(horizon, int(reading.end.max()))
        shifts_ms += int((reading.end - reading.start).sum())
        for name, each in asked.items():
            of_columns[name].append(each.read(reading))
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
def _empty_openings_share(reading: Reading) -> Any:
    made = reading.part.attempts
    return reading.catalogue.counts[made.state[~made.locked & ~made.frozen]] == 0


@column(values)
def _stale_division_min(reading: Reading) -> Any:
    """Lists that follow nobody: until both happen to hold the same codes, or the shift ends."""
    days, (who, start, _, state, *_) = reading.days, reading.shown
    about, waits = reading.part.population, []
    lists = {name: platform_list(about.settings, about.directory, name) for name in days.divisions}
    for agent in days.moved.tolist():
        mine = slice(*np.searchsorted(who, (agent, agent + 1)))
        listed = Steps(0)
        for t, shown in zip(start[mine].tolist(), state[mine].tolist(), strict=True):
            listed.set(t, reading.catalogue.snapshots[shown].mask if shown >= 0 else 0)
        moved, end = int(days.moved_at[agent]), int(days.end[agent])
        right = lists[days.divisions[days.moved_to[agent]]]
        waits.append(first_agreement(listed, right, moved, end) - moved)
    return np.array(waits, dtype=np.int64)


@column(values)
def _unresponsive_min(reading: Reading) -> Any:
    return reading.frozen_ms()


@column()
def _false_successes(reading: Reading) -> int:
    return reading.successes_despite(reading.settings.platform.missing_scope)


@column()
def _refusals_swallowed(reading: Reading) -> int:
    return reading.successes_despite(reading.settings.platform.reason_not_usable)


@column()
def _false_beliefs(reading: Reading) -> int:
    return reading.successes_despite(None)


@column()
def _intentions_lost(reading: Reading) -> int:
    made = reading.part.attempts
    return int(np.count_nonzero(made.lost)) + len(made.given_up.who)


@column()
def _wrong_selections(reading: Reading) -> int:
    sent = reading.part.submissions
    return int(np.count_nonzero(~reading.active(sent.code, sent.left)))


@column(values)
def _stale_selections_share(reading: Reading) -> Any:
    made = reading.part.attempts
    chosen = made.submitted
    now = reading.catalogue.state(reading.days.home[made.who[chosen]], made.t[chosen])
    return now > made.state[chosen]


@column()
def _reverted_per_100(reading: Reading) -> tuple[int, int]:
    true = reading.part.writes
    agent, wfm, routing = (WRITERS.index(name) for name in ("agent", "wfm", "routing"))
    next_one = (true.who[1:] == true.who[:-1]) & (true.writer[:-1] == agent)
    overwritten = (true.writer[1:] == wfm) | (true.writer[1:] == routing)
    soon = true.t[1:] - true.t[:-1] <= REVERT_WINDOW_MS
    return int(np.count_nonzero(next_one & overwritten & soon)), len(reading.days.who)


@column(values)
def _dead_code_shown_ms(reading: Reading) -> Any:
    _, _, since, gone = reading.dead
    return gone - since


@column(sorted_values)
def _dead_code_shown_p95_ms(reading: Reading) -> Any:
    _, _, since, gone = reading.dead
    return gone - since


@column(values)
def _wrong_selections_expected(reading: Reading) -> Any:
    days, codes = reading.days, reading.part.population.directory.codes
    place: dict[str, int] = {}
    names = np.array([place.setdefault(wanted.name, len(place)) for wanted in days.names], int)
    named = np.array([place.get(code.name, len(place)) for code in codes])
    wide = len(place) + 1
    wanted = np.bincount(days.who * wide + names[days.reason], minlength=reading.agents * wide)
    who, code, since, gone = reading.dead
    times = wanted[who * wide + named[code]]
    return times * (gone - since) / (days.end[who] - days.start[who])


@column(values)
def _stale_share(reading: Reading) -> Any:
    stale = reading.stale
    spent = _per_agent(reading, stale.who, stale.end - stale.start)
    return _share(spent, reading.listed_ms)


@column(values)
def _staleness_age_ms(reading: Reading) -> Any:
    who, t, start, end = (getattr(reading.stale, each) for each in ("who", "t", "start", "end"))
    grown = ((end - t) ** 2 - (start - t) ** 2) // 2
    return _share(_per_agent(reading, who, grown), reading.listed_ms)


def _per_agent(reading: Reading, who: Ints, value: Ints) -> Ints:
    total = np.zeros(reading.agents, np.int64)
    np.add.at(total, who, value)
    return total


def _share(part: Ints, of: Ints) -> Any:
    return np.where(of > 0, part / np.maximum(of, 1), 0.0)


@column(values)
def _status_gap_s(reading: Reading) -> Any:
    return reading.status_gap_ms()


@column(values)
def _missing_gap_s(reading: Reading) -> Any:
    wanted = reading.part.population.directory.of_types(reading.settings.widget.status_reason_types)
    return reading.time_where(lambda shown, usable, _: bool(usable & wanted & ~shown))


@column(values)
def _dead_gap_s(reading: Reading) -> Any:
    return reading.time_where(lambda shown, usable, _: bool(shown & ~usable))


def _bound(reading: Reading, ancestors: slice) -> dict[str, int]:
    """Give the codes bound to some of the divisions on the way from each division to the root."""
    codes, tree = reading.part.population.directory.codes, reading.settings.organisation.tree
    return {
        name: sum(1 << i for i, c in enumerate(codes) if c.division in tree.path(name)[ancestors])
        for name in tree.parent
    }


@column(values)
def _foreign_codes_shown_ms(reading: Reading) -> Any:
    own = _bound(reading, slice(None))
    return reading.time_where(lambda shown, _, name: bool(shown & ~own[name]))


@column(values)
def _ancestor_codes_visible(reading: Reading) -> Any:
    above = _bound(reading, slice(1, None))
    seen = reading.time_where(lambda shown, _, name: (shown & above[name]).bit_count())
    return seen / (reading.end - reading.start)


@column(values)
def _locked_s(reading: Reading) -> Any:
    if reading.settings.widget.override_guard != "lock":
        return np.zeros(reading.agents)
    return reading.locked_ms()


@column(values)
def _adherence_pct(reading: Reading) -> Any:
    return reading.adherent_pct()


@column()
def _turned_away(reading: Reading) -> int:
    return int(np.count_nonzero(reading.part.attempts.turned_away))


@column()
def _warnings_shown(reading: Reading) -> int:
    made = reading.part.attempts
    return int(np.count_nonzero(made.turned_away & ~made.locked))


@column(values)
def _shift_h(reading: Reading) -> Any:
    return reading.end - reading.start


@column()
def _codes_to_maintain(reading: Reading) -> None:
    """Nothing: it is known without a look at anybody."""


@column()
def _scopes_granted(reading: Reading) -> None:
    """Nothing: it is known without a look at anybody."""


# Calls.


def _polls_of(reading: Reading) -> int:
    return sum(int(calls.n.sum()) for calls in reading.traffic.calls)


def _limited(reading: Reading) -> int:
    return _polls_of(reading) + len(reading.part.submissions.who)


@column()
def _requests_per_s(reading: Reading) -> int:
    return _limited(reading) + int(reading.traffic.renewals.sum())


@column()
def _polls_per_s(reading: Reading) -> int:
    return _polls_of(reading)


@column()
def _bytes_per_s(reading: Reading) -> int:
    return int(reading.traffic.poll_bytes().sum())


@column()
def _token_requests(reading: Reading) -> int:
    return int(reading.traffic.renewals.sum())


@column()
def _rate_limit_share(reading: Reading) -> int:
    return _limited(reading)


@column(most)
def _rate_limit_peak_share(reading: Reading) -> Any:
    if reading.settings.platform.rate_limit_per_min is None:
        return 0
    if reading.settings.application.token_topology == "shared":
        return reading.traffic.load(WINDOW_MS, reading.part.population.latest // WINDOW_MS + 1)
    return reading.traffic.busiest_window()


@column(counts)
def _peak_requests_per_s(reading: Reading) -> Any:
    return reading.traffic.load(SECOND, reading.part.population.latest // SECOND + 1)


@column(counts)
def _peak_renewals_per_s(reading: Reading) -> Any:
    return reading.traffic.renewal_load(SECOND, reading.part.population.latest // SECOND + 1)


@column()
def _unauthorized_replies(reading: Reading) -> int:
    refused = reading.lists.asked.n - reading.lists.answered.n
    return int(refused.sum()) + reading.refused(reading.settings.platform.dead_token)


# What cannot happen to agents whom columns are exact for.


@column()
def _refused_share(reading: Reading) -> tuple[int, int]:
    return 0, _limited(reading)

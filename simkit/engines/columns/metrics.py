"""Metrics of a population, read from columns: the same numbers as those that are read from a log.

A metric gives the values of some agents. They are put together by the metric of that name in
``METRICS``, whichever engine they were read by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from simkit.base.clock import SECOND
from simkit.base.progress import under_way
from simkit.base.steps import Steps
from simkit.engines.columns.arrays import Ints
from simkit.engines.columns.part_view import PartView
from simkit.engines.columns.population import Population
from simkit.engines.columns.statuses import WRITERS
from simkit.engines.columns.steps import per_agent
from simkit.rules.limits import WINDOW_MS
from simkit.runs.metrics.aggregate import Summed, Tallied
from simkit.runs.metrics.registered import METRICS, Metric, RunScope
from simkit.runs.metrics.symptoms import REVERT_WINDOW_MS, first_agreement, platform_list

ColumnRead = Callable[[PartView], Any]
Values = Sequence[Any]
"""What was read of each part, from columns or a log: values, or a number."""
Joined = Callable[[Values], list[Any]]
"""Makes of what was read of parts what is kept of them all, and of several such what is kept of
these: what the metric puts together, of a size that hardly grows with the number of agents."""
AT_ONCE = 16
"""What was read of so many parts is joined: more would only fill the memory."""


class ColumnMetric(NamedTuple):
    """How values of a metric are read from a part, and which metric it is."""

    read: ColumnRead
    joined: Joined
    metric: Metric


COLUMN_METRICS: dict[str, ColumnMetric] = {}


def values(parts: Values) -> list[Any]:
    """Keep the sum of values, and how many they are."""
    return [Summed.joined(map(_summed, parts))] if parts else []


def _summed(part: Any) -> Summed:
    if not isinstance(part, np.ndarray):
        return Summed.of(part)
    whole = part.dtype.kind in "bi"  # whose sum is exact, and takes a moment
    return Summed(len(part), Summed.of([int(part.sum())] if whole else part.tolist()).parts)


def one_by_one(parts: Values) -> list[Any]:
    """Leave numbers as they are."""
    return list(parts)


def ranked(parts: Values) -> list[Any]:
    """Keep values in order, each once, and how often there is which."""
    if not parts:
        return []
    each = [part if isinstance(part, Tallied) else _tallied(part) for part in parts]
    found = np.concatenate([part.values for part in each])
    times = np.concatenate([np.diff(part.up_to, prepend=0) for part in each])
    order = np.argsort(found, kind="stable")
    found, up_to = found[order], np.cumsum(times[order])
    last = np.append(found[1:] != found[:-1], True)[: len(found)]
    return [Tallied(found[last], up_to[last])]


def _tallied(part: Any) -> Tallied:
    found = np.asarray(part, dtype=np.int64)
    return Tallied(found, np.arange(1, len(found) + 1))  # type: ignore[arg-type]


def counts(parts: Values) -> list[Any]:
    """Add up counts by stretch of time: columns of them, and those that were read of logs."""
    columns = [part for part in parts if isinstance(part, np.ndarray)]
    of_logs: Counter[int] = Counter()
    for part in parts:
        if not isinstance(part, np.ndarray):
            of_logs.update(part)
    return [*([np.sum(columns, axis=0)] if columns else []), *([of_logs] if of_logs else [])]


def most(parts: Values) -> list[Any]:
    """Add up counts by stretch of time; leave the most requests of one agent as they are."""
    return one_by_one(parts) if parts and isinstance(parts[0], int) else counts(parts)


def column(
    joined: Joined = one_by_one, of: Metric | None = None
) -> Callable[[ColumnRead], ColumnRead]:
    """Register how a metric is read from columns: that of the function's name, less its underscore.

    Or another one, where a floor above has its own.
    """

    def register(read: ColumnRead) -> ColumnRead:
        name = read.__name__.removeprefix("_")
        COLUMN_METRICS[name] = ColumnMetric(read, joined, of or METRICS[name])
        return read

    return register


class Reading:
    """What metrics need of some agents of a population."""

    def __init__(self, names: Iterable[str]) -> None:
        self.found: dict[str, list[Any]] = {name: [] for name in names}
        self.horizon = self.shifts_ms = 0
        self._added = 0

    def add(self, horizon: int, shifts_ms: int, found: Mapping[str, Sequence[Any]]) -> None:
        """Take in what was read of more agents."""
        self.horizon = max(self.horizon, horizon)
        self.shifts_ms += shifts_ms
        for name, more in found.items():
            self.found[name] += more
        self._added += 1
        if self._added % AT_ONCE == 0:
            self.join()

    def join(self) -> None:
        """Keep no more than metrics need."""
        for name, parts in self.found.items():
            self.found[name] = COLUMN_METRICS[name].joined(parts)

    def measured(self, population: Population) -> dict[str, float | None]:
        """Give the metrics of the population, of whom all has been read."""
        self.join()
        codes = len(population.directory.codes)
        scope = RunScope(population.settings, codes, self.horizon, self.shifts_ms)
        return {
            name: COLUMN_METRICS[name].metric.total(parts, scope)
            for name, parts in self.found.items()
        }


def measure(population: Population, names: Iterable[str]) -> dict[str, float | None]:
    """Give metrics of a population, by name; all are read in one pass over its parts."""
    return read(population, names).measured(population)


def read(population: Population, names: Iterable[str], within: range | None = None) -> Reading:
    """Read metrics of a population, or of those of its agents who stand within some places."""
    found = Reading(names)
    asked = {name: COLUMN_METRICS[name] for name in found.found}
    done, of = 0, len(population.people if within is None else within)
    with under_way("agents", of=of) as tell:
        for part in population.parts(within):
            view = PartView(part)
            shifts_ms = int((view.end - view.start).sum())
            told = {name: [each.read(view)] for name, each in asked.items()}
            found.add(int(view.end.max()), shifts_ms, told)
            tell(done := done + len(part.places), of)
        for places, history in population.others(within):
            scope = history.scope
            told = {name: [each.metric.read(history)] for name, each in asked.items()}
            found.add(scope.horizon, scope.shifts_ms, told)
            tell(done := done + len(places), of)
    return found


# Symptoms.


@column(values)
def _empty_openings_share(view: PartView) -> Any:
    made = view.part.attempts
    return view.catalogue.counts[made.state[~made.locked & ~made.frozen]] == 0


@column(values)
def _stale_division_min(view: PartView) -> Any:
    """Lists that follow nobody: until both happen to hold the same codes, or the shift ends."""
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
    now = view.catalogue.state(view.days.home[made.who[chosen]], made.t[chosen])
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


@column(ranked)
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
    return _polls_of(view) + len(view.part.submissions.who)


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
        return view.traffic.load(WINDOW_MS, view.part.population.latest // WINDOW_MS + 1)
    return view.traffic.busiest_window()


@column(counts)
def _peak_requests_per_s(view: PartView) -> Any:
    return view.traffic.load(SECOND, view.part.population.latest // SECOND + 1)


@column(counts)
def _peak_renewals_per_s(view: PartView) -> Any:
    return view.traffic.renewal_load(SECOND, view.part.population.latest // SECOND + 1)


@column()
def _unauthorized_replies(view: PartView) -> int:
    refused = view.lists.asked.n - view.lists.answered.n
    return int(refused.sum()) + view.refused(view.settings.platform.dead_token)


# What cannot happen to agents whom columns are exact for.


@column()
def _refused_share(view: PartView) -> tuple[int, int]:
    return 0, _limited(view)

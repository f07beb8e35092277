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
from simkit.base.steps import NEVER, Steps
from simkit.engines.columns.arrays import Ints
from simkit.engines.columns.decisions import TOO_MANY
from simkit.engines.columns.part_view import PartView
from simkit.engines.columns.population import Population
from simkit.engines.columns.statuses import WRITERS
from simkit.engines.columns.steps import StepColumns, merged, per_agent
from simkit.rules.limits import WINDOW_MS
from simkit.rules.replies import retry_wait
from simkit.runs.metrics.aggregate import Summed, Tallied
from simkit.runs.metrics.registered import METRICS, Metric, RunScope
from simkit.runs.metrics.symptoms import REVERT_WINDOW_MS, first_agreement, platform_list

ColumnRead = Callable[[PartView], Any]
Values = Sequence[Any]
"""What was read of one replication, part by part, from columns or a log: values, or a number."""
Joined = Callable[[Values], list[Any]]
"""Makes of what was read of parts what is kept of them all, and of several such what is kept of
these: what the metric puts together, of a size that hardly grows with the number of agents."""
AT_ONCE = 16
"""What was read of so many parts is joined: more would only fill the memory."""


class Kind(NamedTuple):
    """What sort of thing a metric reads of a part, whose agents may be of several replications."""

    split: Callable[[PartView, Any], Sequence[Any]]
    """Gives what was read replication by replication."""
    joined: Joined


class ColumnMetric(NamedTuple):
    """How values of a metric are read from a part, and which metric it is."""

    read: ColumnRead
    kind: Kind
    metric: Metric


COLUMN_METRICS: dict[str, ColumnMetric] = {}


def _by_agents(view: PartView, found: Any) -> list[Ints]:
    """Split an array with a value for each agent, or agents and their values."""
    who, told = found if isinstance(found, tuple) else (slice(None), found)
    if view.replications == 1:
        return [told]
    of = view.days.replication[who]
    return [told[of == replication] for replication in range(view.replications)]


def _numbers(view: PartView, found: Any) -> list[Any]:
    """Split numbers, or pairs of them, one for each replication; None says that none matter."""
    if isinstance(found, tuple):
        return list(zip(*(each.tolist() for each in found), strict=True))
    return [None] * view.replications if found is None else list(found.tolist())


def _rows(view: PartView, found: Any) -> list[Any]:
    """Split a table with a row for each replication; numbers as ``_numbers`` does."""
    return list(found) if found.ndim > 1 else _numbers(view, found)


def _sum(parts: Values) -> list[Any]:
    """Keep the sum of values, and how many they are."""
    return [Summed.joined(map(_summed, parts))] if parts else []


def _summed(part: Any) -> Summed:
    if not isinstance(part, np.ndarray):
        return Summed.of(part)
    whole = part.dtype.kind in "bi"  # whose sum is exact, and takes a moment
    return Summed(len(part), Summed.of([int(part.sum())] if whole else part.tolist()).parts)


def _ranked(parts: Values) -> list[Any]:
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


def _counted(parts: Values) -> list[Any]:
    """Add up counts by stretch of time: columns of them, and those that were read of logs."""
    columns = [part for part in parts if isinstance(part, np.ndarray)]
    of_logs: Counter[int] = Counter()
    for part in parts:
        if not isinstance(part, np.ndarray):
            of_logs.update(part)
    return [*([np.sum(columns, axis=0)] if columns else []), *([of_logs] if of_logs else [])]


def _most(parts: Values) -> list[Any]:
    return list(parts) if parts and isinstance(parts[0], int) else _counted(parts)


values = Kind(_by_agents, _sum)
"""Values of agents, or of what they did, of which the sum is asked for."""
ranked = Kind(_by_agents, _ranked)
"""The same, of which one is asked for by its rank."""
one_by_one = Kind(_numbers, list)
"""Numbers of all agents together."""
counts = Kind(_rows, _counted)
"""Counts by stretch of time, of all agents together, of which the highest is asked for."""
most = Kind(_rows, _most)
"""The same, or the most of one agent."""


def column(kind: Kind = one_by_one, of: Metric | None = None) -> Callable[[ColumnRead], ColumnRead]:
    """Register how a metric is read from columns: that of the function's name, less its underscore.

    Or another one, where a floor above has its own.
    """

    def register(read: ColumnRead) -> ColumnRead:
        name = read.__name__.removeprefix("_")
        COLUMN_METRICS[name] = ColumnMetric(read, kind, of or METRICS[name])
        return read

    return register


class Reading:
    """What metrics need of some agents of a population, in each replication."""

    def __init__(self, names: Iterable[str], replications: int = 1) -> None:
        self.names = tuple(dict.fromkeys(names))
        self.found: list[dict[str, list[Any]]] = [
            {name: [] for name in self.names} for _ in range(replications)
        ]
        self.horizon, self.shifts_ms = np.zeros((2, replications), np.int64)
        self._added = 0

    def add(self, more: Mapping[str, Sequence[Any]], first: int = 0) -> None:
        """Take in what was read of a part, for each replication from one on."""
        for name, of_each in more.items():
            for found, value in zip(self.found[first:], of_each, strict=False):
                found[name].append(value)
        self._joined_at_times()

    def take(self, other: Reading) -> None:
        """Take in what was read elsewhere."""
        np.maximum(self.horizon, other.horizon, out=self.horizon)
        self.shifts_ms += other.shifts_ms
        for found, more in zip(self.found, other.found, strict=True):
            for name, parts in more.items():
                found[name] += parts
        self._joined_at_times()

    def _joined_at_times(self) -> None:
        self._added += 1
        if self._added % AT_ONCE == 0:
            self.join()

    def join(self) -> None:
        """Keep no more than metrics need."""
        for found in self.found:
            for name, parts in found.items():
                found[name] = COLUMN_METRICS[name].kind.joined(parts)

    def measured(self, population: Population) -> list[dict[str, float | None]]:
        """Give the metrics of each replication of the population, of which all has been read."""
        self.join()
        codes = len(population.directory.codes)
        lengths = zip(self.horizon.tolist(), self.shifts_ms.tolist(), strict=True)
        scopes = [RunScope(population.settings, codes, *each) for each in lengths]
        return [
            {name: COLUMN_METRICS[name].metric.total(parts, scope) for name, parts in found.items()}
            for found, scope in zip(self.found, scopes, strict=True)
        ]


def measure(population: Population, names: Iterable[str]) -> dict[str, float | None]:
    """Give metrics of a population of one replication, by name."""
    (found,) = measure_each(population, names)
    return found


def measure_each(population: Population, names: Iterable[str]) -> list[dict[str, float | None]]:
    """Give metrics of each replication, by name; all are read in one pass over the parts."""
    return read(population, names).measured(population)


def read(population: Population, names: Iterable[str], within: range | None = None) -> Reading:
    """Read metrics of a population, or of those of its agents who stand within some places."""
    found = Reading(names, len(population.seeds))
    asked = {name: COLUMN_METRICS[name] for name in found.names}
    done, of = 0, population.size if within is None else len(within)
    with under_way("agents", of=of) as tell:
        for part in population.parts(within):
            view = PartView(part)
            np.maximum.at(found.horizon, view.days.replication, view.end)
            found.shifts_ms += view.total(view.end - view.start)
            found.add({name: e.kind.split(view, e.read(view)) for name, e in asked.items()})
            tell(done := done + len(part.places), of)
        for places, history in population.others(within):
            one, scope = population.replication(places[0]), history.scope
            found.horizon[one] = max(found.horizon[one], scope.horizon)
            found.shifts_ms[one] += scope.shifts_ms
            found.add({name: [e.metric.read(history)] for name, e in asked.items()}, one)
            tell(done := done + len(places), of)
    return found


# Symptoms.


@column(values)
def _empty_openings_share(view: PartView) -> Any:
    made = view.part.attempts
    opened = ~made.locked & ~made.frozen
    return made.who[opened], view.catalogue.counts[made.state[opened]] == 0


@column(values)
def _stale_division_min(view: PartView) -> Any:
    """Until the list shown is that of the new division, or happens to hold the same codes."""
    days, (who, start, _, state, *_) = view.days, view.shown
    about, waits = view.part.population, []
    lists: dict[int, Steps[int]] = {}
    for agent in days.moved.tolist():
        mine = slice(*np.searchsorted(who, (agent, agent + 1)))
        listed = Steps(0)
        for t, shown in zip(start[mine].tolist(), state[mine].tolist(), strict=True):
            listed.set(t, view.catalogue.snapshots[shown].mask if shown >= 0 else 0)
        moved, end = int(days.moved_at[agent]), int(days.end[agent])
        to = int(days.moved_to[agent])
        if to not in lists:
            directory = about.directories[days.replication[agent]]
            lists[to] = platform_list(about.settings, directory, days.divisions[to])
        right = lists[to]
        waits.append(first_agreement(listed, right, moved, end) - moved)
    return days.moved, np.array(waits, dtype=np.int64)


@column(values)
def _unresponsive_min(view: PartView) -> Any:
    return view.frozen_ms()


@column(values)
def _idle_session_min(view: PartView) -> Ints:
    """Idle from an act and a token's life on, until the next act; less the time it is frozen."""
    if view.settings.silent_renewal:
        return np.zeros(view.agents, np.int64)
    life, made = view.settings.platform.token_life_ms, view.part.attempts
    loads = np.nonzero(view.days.loads < view.end[:, None])
    acts = StepColumns.of(
        np.concatenate((loads[0], made.who)),
        np.concatenate((view.days.loads[loads], made.t)),
        np.zeros(len(loads[0]) + len(made.who), np.int64),
    ).last()
    lapsed = acts.t + life < acts.until(view.end)
    who = np.concatenate((acts.who, acts.who[lapsed]))
    t = np.concatenate((acts.t, acts.t[lapsed] + life))
    value = np.repeat([0, 1], [len(acts.who), int(np.count_nonzero(lapsed))])
    idle, stopped = merged(StepColumns.of(who, t, value), _stopped(view), before=(0, 0))
    return idle._replace(value=idle.value * (1 - stopped.value)).integral(view.start, view.end)


def _stopped(view: PartView) -> StepColumns:
    """Give whether dropdowns do not respond: 1 where they stop, 0 where that is over."""
    since, until = view.lists.frozen_from, view.lists.frozen_until
    begun, over = since < NEVER, (since < NEVER) & (until < NEVER)
    return StepColumns.of(
        np.concatenate((np.nonzero(begun)[0], np.nonzero(over)[0])),
        np.concatenate((since[begun], until[over])),
        np.repeat([1, 0], [np.count_nonzero(begun), np.count_nonzero(over)]),
    )


@column(values)
def _unmapped_exceptions_min(view: PartView) -> Ints:
    mapped = view.settings.wfm.mapped_types
    unmapped = [code.type not in mapped for code in view.part.population.directory.codes]
    true = view.true
    concerned = np.array([*unmapped, False, False])[true.value]
    who, since, until = (each[concerned] for each in (true.who, true.t, true.until(view.end)))
    starts, ends = view.days.window_starts[who], view.days.window_ends[who]
    spent = np.minimum(until[:, None], ends) - np.maximum(since[:, None], starts)
    return per_agent(
        who, np.maximum(0, np.where(starts < NEVER, spent, 0)).sum(axis=1), view.agents
    )


@column()
def _false_successes(view: PartView) -> Ints:
    return view.successes_despite(view.settings.platform.missing_scope)


@column()
def _refusals_swallowed(view: PartView) -> Ints:
    return view.successes_despite(view.settings.platform.reason_not_usable)


@column()
def _false_beliefs(view: PartView) -> Ints:
    return view.successes_despite(None)


@column()
def _intentions_lost(view: PartView) -> Ints:
    made = view.part.attempts
    return view.count(made.who[made.lost]) + view.count(made.given_up.who)


@column()
def _wrong_selections(view: PartView) -> Ints:
    sent = view.part.submissions
    return view.count(sent.who[~view.active(sent.who, sent.code, sent.left)])


@column(values)
def _stale_selections_share(view: PartView) -> Any:
    made = view.part.attempts
    chosen = made.submitted
    now = view.catalogue.state(made.division[chosen], made.t[chosen])
    return made.who[chosen], now > made.state[chosen]


@column()
def _reverted_per_100(view: PartView) -> tuple[Ints, Ints]:
    true = view.part.writes
    agent, wfm, routing = (WRITERS.index(name) for name in ("agent", "wfm", "routing"))
    next_one = (true.who[1:] == true.who[:-1]) & (true.writer[:-1] == agent)
    overwritten = (true.writer[1:] == wfm) | (true.writer[1:] == routing)
    soon = true.t[1:] - true.t[:-1] <= REVERT_WINDOW_MS
    return view.count(true.who[1:][next_one & overwritten & soon]), view.count(view.days.who)


@column(values)
def _deactivated_code_shown_ms(view: PartView) -> Any:
    who, _, since, gone = view.dead
    return who, gone - since


@column(ranked)
def _deactivated_code_shown_p95_ms(view: PartView) -> Any:
    who, _, since, gone = view.dead
    return who, gone - since


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
    return who, times * (gone - since) / (days.end[who] - days.start[who])


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
def _turned_away(view: PartView) -> Ints:
    made = view.part.attempts
    return view.count(made.who[made.turned_away])


@column()
def _warnings_shown(view: PartView) -> Ints:
    made = view.part.attempts
    return view.count(made.who[made.turned_away & ~made.locked])


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


def _limited(view: PartView) -> Ints:
    return view.total(view.traffic.polls) + view.count(view.part.submissions.tries.who)


def _renewals(view: PartView) -> Ints:
    return view.total(view.traffic.renewals.sum(axis=1))


@column()
def _requests_per_s(view: PartView) -> Ints:
    return _limited(view) + _renewals(view)


@column()
def _polls_per_s(view: PartView) -> Ints:
    return view.total(view.traffic.polls)


@column()
def _bytes_per_s(view: PartView) -> Ints:
    return view.total(view.traffic.poll_bytes())


@column()
def _token_requests(view: PartView) -> Ints:
    return _renewals(view)


@column()
def _rate_limit_share(view: PartView) -> Ints:
    return _limited(view)


@column(most)
def _rate_limit_peak_share(view: PartView) -> Any:
    if view.settings.platform.rate_limit_per_min is None:
        return np.zeros(view.replications, np.int64)
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
def _burst_requests_per_s(view: PartView) -> Any:
    return _peak_requests_per_s(view)


@column(counts)
def _peak_renewals_per_s(view: PartView) -> Any:
    return view.traffic.renewal_load(SECOND, view.part.population.latest // SECOND + 1)


@column()
def _unauthorized_replies(view: PartView) -> Ints:
    dead = view.settings.platform.dead_token
    return view.total(view.traffic.unauthorized) + view.refused(dead)


@column()
def _refused_share(view: PartView) -> tuple[Ints, Ints]:
    sent = view.part.submissions
    refused = view.count(sent.who[sent.judgement == TOO_MANY])
    return view.total(view.traffic.refused) + refused, _limited(view)

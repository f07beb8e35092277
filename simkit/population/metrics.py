"""Metrics of a population, read from columns: the same numbers as those that are read from a log.

A metric gives the values of its cases or agents, part by part and in their order. They are put
together by the arithmetic of the metric of that name in ``METRICS``, so that both agree to the
last digit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from simkit.base.clock import HOUR, MINUTE, SECOND
from simkit.population.columns import Ints
from simkit.population.engine import Population
from simkit.population.reading import Reading
from simkit.population.statuses import WRITERS
from simkit.rules.limits import WINDOW_MS
from simkit.study.symptoms import REVERT_WINDOW_MS


class Whole(NamedTuple):
    """What is known of a population once all parts have been gone through."""

    population: Population
    horizon: int
    """End of the last shift, in ms."""
    shifts_ms: int
    """Lengths of all shifts."""


Values = Sequence[Any]
"""What was read of each part: an array, or a number."""
Total = Callable[[Values, Whole], float | None]


class ColumnMetric(NamedTuple):
    """How a metric is read from a part, and put together over all of them."""

    read: Callable[[Reading], Any]
    total: Total


COLUMN_METRICS: dict[str, ColumnMetric] = {}


def metric(total: Total) -> Callable[[Callable[[Reading], Any]], None]:
    """Register how a metric is read: that of the function's name, less its underscore."""

    def register(read: Callable[[Reading], Any]) -> None:
        COLUMN_METRICS[read.__name__.removeprefix("_")] = ColumnMetric(read, total)

    return register


def measure(population: Population, names: Iterable[str]) -> dict[str, float | None]:
    """Give metrics of a population, by name; all are read in one pass over its parts."""
    asked = {name: COLUMN_METRICS[name] for name in names}
    read: dict[str, list[Any]] = {name: [] for name in asked}
    horizon = shifts_ms = 0
    for part in population.parts():
        reading = Reading(part)
        horizon = max(horizon, int(reading.end.max()))
        shifts_ms += int((reading.end - reading.start).sum())
        for name, each in asked.items():
            read[name].append(each.read(reading))
    whole = Whole(population, horizon, shifts_ms)
    return {name: each.total(read[name], whole) for name, each in asked.items()}


def _each(parts: Values) -> Iterator[Any]:
    return chain.from_iterable(np.asarray(part).tolist() for part in parts)


def mean_of_all(parts: Values, _: Whole) -> float:
    """Give the mean over all values, whatever part they are of."""
    count = sum(len(part) for part in parts)
    return sum(_each(parts)) / count if count else 0.0


def _mean_in(unit: int) -> Total:
    return lambda parts, whole: mean_of_all([np.asarray(part) / unit for part in parts], whole)


def _sum(parts: Values, _: Whole) -> float:
    return sum(parts)


def _rate(parts: Values, whole: Whole) -> float:
    return sum(parts) / (whole.horizon / SECOND)


# Symptoms.


@metric(mean_of_all)
def _empty_openings_share(reading: Reading) -> Any:
    made = reading.part.attempts
    return reading.catalogue.counts[made.state[~made.locked]] == 0


@metric(_sum)
def _false_successes(reading: Reading) -> int:
    return reading.successes_despite(reading.settings.platform.missing_scope)


@metric(_sum)
def _refusals_swallowed(reading: Reading) -> int:
    return reading.successes_despite(reading.settings.platform.reason_not_usable)


@metric(_sum)
def _false_beliefs(reading: Reading) -> int:
    return reading.successes_despite(None)


@metric(_sum)
def _intentions_lost(reading: Reading) -> int:
    return int(np.count_nonzero(reading.part.attempts.lost))


@metric(_sum)
def _wrong_selections(reading: Reading) -> int:
    sent = reading.part.submissions
    return int(np.count_nonzero(reading.deactivated[sent.code] <= sent.left))


@metric(mean_of_all)
def _stale_selections_share(reading: Reading) -> Any:
    made = reading.part.attempts
    chosen = made.submitted
    now = reading.catalogue.state(reading.days.home[made.who[chosen]], made.t[chosen])
    return now > made.state[chosen]


def _per_hundred(parts: Values, _: Whole) -> float:
    reverted, intended = (sum(each) for each in zip(*parts, strict=True))
    return 100 * reverted / intended if intended else 0.0


@metric(_per_hundred)
def _reverted_per_100(reading: Reading) -> tuple[int, int]:
    true = reading.part.writes
    agent, wfm, routing = (WRITERS.index(name) for name in ("agent", "wfm", "routing"))
    next_one = (true.who[1:] == true.who[:-1]) & (true.writer[:-1] == agent)
    overwritten = (true.writer[1:] == wfm) | (true.writer[1:] == routing)
    soon = true.t[1:] - true.t[:-1] <= REVERT_WINDOW_MS
    return int(np.count_nonzero(next_one & overwritten & soon)), len(reading.days.who)


@metric(mean_of_all)
def _dead_code_shown_ms(reading: Reading) -> Any:
    _, _, since, gone = reading.dead
    return gone - since


def _p95(parts: Values, _: Whole) -> float:
    waits = np.sort(np.concatenate(parts))
    return int(waits[-(-95 * len(waits) // 100) - 1]) if len(waits) else 0.0


@metric(_p95)
def _dead_code_shown_p95_ms(reading: Reading) -> Any:
    _, _, since, gone = reading.dead
    return gone - since


def _running_sum(parts: Values, _: Whole) -> float:
    total = 0.0
    for value in _each(parts):
        total += value
    return total


@metric(_running_sum)
def _wrong_selections_expected(reading: Reading) -> Any:
    days, codes = reading.days, reading.part.population.directory.codes
    place = {name: i for i, name in enumerate(days.names)}
    named = np.array([place.get(code.name, len(place)) for code in codes])
    wide = len(place) + 1
    wanted = np.bincount(days.who * wide + days.reason, minlength=reading.agents * wide)
    who, code, since, gone = reading.dead
    times = wanted[who * wide + named[code]]
    return times * (gone - since) / (days.end[who] - days.start[who])


@metric(mean_of_all)
def _stale_share(reading: Reading) -> Any:
    stale = reading.stale
    spent = _per_agent(reading, stale.who, stale.end - stale.start)
    return _share(spent, reading.listed_ms)


@metric(mean_of_all)
def _staleness_age_ms(reading: Reading) -> Any:
    who, t, _, start, end, _ = reading.stale
    grown = ((end - t) ** 2 - (start - t) ** 2) // 2
    return _share(_per_agent(reading, who, grown), reading.listed_ms)


def _per_agent(reading: Reading, who: Ints, value: Ints) -> Ints:
    total = np.zeros(reading.agents, np.int64)
    np.add.at(total, who, value)
    return total


def _share(part: Ints, of: Ints) -> Any:
    return np.where(of > 0, part / np.maximum(of, 1), 0.0)


@metric(_mean_in(SECOND))
def _status_gap_s(reading: Reading) -> Any:
    return reading.status_gap_ms()


@metric(_mean_in(SECOND))
def _missing_gap_s(reading: Reading) -> Any:
    wanted = reading.part.population.directory.of_types(reading.settings.widget.status_reason_types)
    return reading.time_where(lambda shown, usable, _: bool(usable & wanted & ~shown))


@metric(_mean_in(SECOND))
def _dead_gap_s(reading: Reading) -> Any:
    return reading.time_where(lambda shown, usable, _: bool(shown & ~usable))


def _bound(reading: Reading, ancestors: slice) -> dict[str, int]:
    """Give the codes bound to some of the divisions on the way from each division to the root."""
    codes, tree = reading.part.population.directory.codes, reading.settings.organisation.tree
    return {
        name: sum(1 << i for i, c in enumerate(codes) if c.division in tree.path(name)[ancestors])
        for name in tree.parent
    }


@metric(mean_of_all)
def _foreign_codes_shown_ms(reading: Reading) -> Any:
    own = _bound(reading, slice(None))
    return reading.time_where(lambda shown, _, name: bool(shown & ~own[name]))


@metric(mean_of_all)
def _ancestor_codes_visible(reading: Reading) -> Any:
    above = _bound(reading, slice(1, None))
    seen = reading.time_where(lambda shown, _, name: (shown & above[name]).bit_count())
    return seen / (reading.end - reading.start)


@metric(_mean_in(SECOND))
def _locked_s(reading: Reading) -> Any:
    if reading.settings.widget.override_guard != "lock":
        return np.zeros(reading.agents)
    return reading.locked_ms()


@metric(mean_of_all)
def _adherence_pct(reading: Reading) -> Any:
    return reading.adherent_pct()


@metric(_sum)
def _turned_away(reading: Reading) -> int:
    return int(np.count_nonzero(reading.part.attempts.turned_away))


@metric(_sum)
def _warnings_shown(reading: Reading) -> int:
    made = reading.part.attempts
    return int(np.count_nonzero(made.turned_away & ~made.locked))


@metric(_mean_in(HOUR))
def _shift_h(reading: Reading) -> Any:
    return reading.end - reading.start


@metric(lambda _, whole: len(whole.population.directory.codes))
def _codes_to_maintain(reading: Reading) -> None:
    """Nothing: it is known without a look at anybody."""


@metric(lambda _, whole: len(whole.population.settings.application.scopes))
def _scopes_granted(reading: Reading) -> None:
    """Nothing: it is known without a look at anybody."""


# Calls.


def _polls_of(reading: Reading) -> int:
    return int(reading.lists.polls.sum())


def _limited(reading: Reading) -> int:
    return _polls_of(reading) + len(reading.part.submissions.who)


@metric(_rate)
def _requests_per_s(reading: Reading) -> int:
    return _limited(reading) + int(reading.renewals.sum())


@metric(_rate)
def _polls_per_s(reading: Reading) -> int:
    return _polls_of(reading)


@metric(_rate)
def _bytes_per_s(reading: Reading) -> int:
    return int(reading.poll_bytes().sum())


@metric(_sum)
def _token_requests(reading: Reading) -> int:
    return int(reading.renewals.sum())


def _share_of_limit(parts: Values, whole: Whole) -> float | None:
    settings = whole.population.settings
    limit = settings.platform.rate_limit_per_min
    if limit is None:
        return None
    shared = settings.application.token_topology == "shared"
    minutes = (whole.horizon if shared else whole.shifts_ms) / MINUTE
    return sum(parts) / minutes / limit


@metric(_share_of_limit)
def _rate_limit_share(reading: Reading) -> int:
    return _limited(reading)


def _peak_share(parts: Values, whole: Whole) -> float | None:
    limit = whole.population.settings.platform.rate_limit_per_min
    if limit is None:
        return None
    if whole.population.settings.application.token_topology == "shared":
        return int(sum(parts).max()) / limit  # type: ignore[attr-defined]
    return float(max(parts) / limit)


@metric(_peak_share)
def _rate_limit_peak_share(reading: Reading) -> Any:
    if reading.settings.platform.rate_limit_per_min is None:
        return 0
    if reading.settings.application.token_topology == "shared":
        return reading.load(WINDOW_MS, reading.part.population.latest // WINDOW_MS + 1)
    return reading.busiest_window()


def _peak(parts: Values, _: Whole) -> float:
    return int(sum(parts).max())  # type: ignore[attr-defined]


@metric(_peak)
def _peak_requests_per_s(reading: Reading) -> Any:
    return reading.load(SECOND, reading.part.population.latest // SECOND + 1)


@metric(_peak)
def _peak_renewals_per_s(reading: Reading) -> Any:
    return reading.renewal_load(SECOND, reading.part.population.latest // SECOND + 1)


# What cannot happen in a world that columns are exact for.


def _none(name: str) -> None:
    COLUMN_METRICS[name] = ColumnMetric(lambda _: 0, lambda *_: 0.0)


for _name in ("stale_division_min", "unresponsive_min", "refused_share"):
    _none(_name)
COLUMN_METRICS["unauthorized_replies"] = ColumnMetric(lambda _: 0, _sum)

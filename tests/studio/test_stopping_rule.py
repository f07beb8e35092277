"""When replications are enough: the rule of Hoad, Robinson and Davies, against a plain reading."""

from __future__ import annotations

import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny import two_points

from simkit.studio.experiment import Until
from simkit.studio.stopping_rule import further, is_narrow
from simkit.studio.sweep import sweep

# Two-sided 95 % quantiles of Student's t, from the published table.
TABLE = {3: 3.182, 5: 2.571, 9: 2.262, 19: 2.093, 29: 2.045}


def half_width(values: list[float]) -> float:
    from scipy.stats import t

    n = len(values)
    return float(t.ppf(0.975, n - 1)) * statistics.stdev(values) / n**0.5


def narrow(values: list[float], rule: Until) -> bool:
    if rule.absolute is not None:
        return half_width(values) <= rule.absolute
    assert rule.relative is not None
    return half_width(values) <= rule.relative * abs(statistics.fmean(values))


def stops_at(values: list[float], rule: Until) -> int:
    """Give after how many replications the rule stops, by looking at each number in turn.

    The first n, at least 3, at which the interval is narrow and stays so for the look-ahead, of
    which there are more beyond a hundred; never before ``at_least``, and with the look-ahead from
    there. As many as allowed when there is no such number.
    """
    for n in range(3, rule.at_most + 1):
        ahead = rule.look_ahead if n <= 100 else rule.look_ahead * n // 100
        reached = min(n + ahead, rule.at_most)
        if all(narrow(values[:m], rule) for m in range(n, reached + 1)):
            begin = max(n, rule.at_least)
            ahead = rule.look_ahead if begin <= 100 else rule.look_ahead * begin // 100
            return min(begin + ahead, rule.at_most)
    return rule.at_most


def replayed(values: list[float], rule: Until) -> tuple[int, list[int]]:
    """Follow the rule from nothing, as a sweep does; give where it stops and what it asked for."""
    n, asked = 0, []
    while more := further(values[:n], rule):
        asked.append(more)
        n += more
    return n, asked


def sequence(seed: int, n: int, spread: float, skewed: bool) -> list[float]:
    rng = random.Random(seed)
    if skewed:
        return [rng.expovariate(1.0) for _ in range(n)]
    return [rng.gauss(10.0, spread) for _ in range(n)]


@pytest.mark.slow
@given(
    seed=st.integers(0, 10**6),
    spread=st.sampled_from([0.1, 0.5, 1.0, 3.0, 10.0]),
    skewed=st.booleans(),
    width=st.sampled_from([{"relative": 0.01}, {"relative": 0.1}, {"relative": 0.3}]),
    at_least=st.sampled_from([3, 5, 20]),
    at_most=st.sampled_from([20, 40, 60]),
    look_ahead=st.sampled_from([0, 1, 5, 12]),
)
def test_the_rule_stops_where_a_plain_reading_of_it_does(
    seed: int,
    spread: float,
    skewed: bool,
    width: dict[str, float],
    at_least: int,
    at_most: int,
    look_ahead: int,
) -> None:
    """The published rule, looked at number by number, needs as many replications."""
    rule = Until(at_least=at_least, at_most=at_most, look_ahead=look_ahead, **width)
    values = sequence(seed, at_most, spread, skewed)
    assert replayed(values, rule)[0] == stops_at(values, rule)


@pytest.mark.slow
def test_beyond_a_hundred_the_look_ahead_grows() -> None:
    """A sample that is narrow from 160 on has to stay so for 8 more, and not for 5."""
    values = [0.0, 2.0] * 80 + [1.0] * 100
    at_160 = half_width(values[:160])
    rule = Until(absolute=at_160 * 1.00001, at_least=5, at_most=200, look_ahead=5)
    assert not narrow(values[:159], rule)
    assert narrow(values[:160], rule)
    assert stops_at(values, rule) == 168
    assert further(values[:159], rule) == 1 + 8
    assert further(values[:160], rule) == 8
    assert further(values[:167], rule) == 1
    assert further(values[:168], rule) == 0


def test_a_narrow_interval_by_luck_does_not_end_it() -> None:
    """Three equal values have an interval of no width; the fourth breaks it."""
    rule = Until(absolute=1.0, at_least=3, at_most=10, look_ahead=2)
    values = [5.0, 5.0, 5.0, 50.0, 5.0, 50.0, 5.0, 50.0, 5.0, 50.0]
    assert replayed(values, rule) == (10, [3, 2, 3, 2])
    assert replayed(values, rule.model_copy(update={"look_ahead": 0}))[0] == 3


def test_a_look_ahead_of_none_stops_at_the_first_narrow_interval() -> None:
    """A user who wants the plain rule gets it: no earlier interval was narrow."""
    rule = Until(relative=0.5, at_least=3, at_most=100, look_ahead=0)
    values = sequence(7, 100, 10.0, skewed=False)
    stopped, _ = replayed(values, rule)
    assert narrow(values[:stopped], rule)
    assert not any(narrow(values[:n], rule) for n in range(3, stopped))


def test_no_more_are_made_than_allowed_and_no_fewer_than_asked_for() -> None:
    """Noise that never narrows ends at the most allowed, constants at the least asked for."""
    wide = [0.0, 100.0] * 20
    assert replayed(wide, Until(relative=0.01, at_least=4, at_most=17, look_ahead=5))[0] == 17
    assert (
        replayed([1.0] * 40, Until(relative=0.01, at_least=12, at_most=40, look_ahead=0))[0] == 12
    )
    assert (
        replayed([1.0] * 40, Until(relative=0.01, at_least=12, at_most=14, look_ahead=5))[0] == 14
    )
    assert replayed([1.0] * 40, Until(relative=0.01, at_least=9, at_most=9, look_ahead=5))[0] == 9


@pytest.mark.parametrize(("degrees", "quantile"), TABLE.items())
def test_an_interval_is_narrow_at_its_exact_half_width(degrees: int, quantile: float) -> None:
    """As many values 0 as 2: mean 1, variance n/(n-1)."""
    n = degrees + 1
    half = quantile * (1 / (n - 1)) ** 0.5
    values = [0.0, 2.0] * (n // 2)
    for share, found in ((1.001, True), (0.999, False)):
        assert is_narrow(values, Until(absolute=share * half)) is found
        if share * half < 1:
            assert is_narrow(values, Until(relative=share * half)) is found


def test_a_mean_below_zero_counts_by_its_size_and_a_mean_of_zero_is_never_relative() -> None:
    """A width is held to a part of |mean|; around 0 only an interval of no width is narrow."""
    assert is_narrow([-10.0, -10.1, -9.9], Until(relative=0.1))
    assert not is_narrow([-1.0, 1.0, -1.0, 1.0], Until(relative=0.99))
    assert is_narrow([0.0, 0.0, 0.0], Until(relative=0.01))


@pytest.mark.slow
def test_each_point_stops_by_itself_and_at_the_same_place_whoever_runs_it() -> None:
    """The rule looks at what was found and not at when it came."""
    rule = {"relative": 0.2, "metric": "stale_share", "at_least": 4, "at_most": 30}
    alone = sweep(two_points(rule))
    assert alone.table.equals(sweep(two_points(rule), jobs=2).table)
    counts = [len(alone.values(i, "stale_share")) for i in range(2)]
    whole = sweep(two_points(30))
    for i, count in enumerate(counts):
        values = whole.values(i, "stale_share")
        assert count == stops_at(values, Until(**rule))  # type: ignore[arg-type]
    assert len(set(counts)) == 2


def test_a_metric_that_does_not_apply_asks_for_no_further_runs() -> None:
    """No interval can become narrow, so that two points end with three runs each."""
    rule = {"relative": 0.1, "metric": "rate_limit_share", "at_least": 3, "at_most": 30}
    found = sweep(two_points(rule))
    assert found.complete
    assert found.table.num_rows == 6

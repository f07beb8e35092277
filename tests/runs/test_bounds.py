"""Intervals stay within what a metric can be, and are none the less honest for it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from math import inf
from typing import Any

import pytest
from anyworld import examples, healthy, legal_settings, seeds
from hypothesis import given, note
from hypothesis import strategies as st

from simkit.base import resources
from simkit.base.statistics import Estimate, estimate, paired, standard_error, student_quantile
from simkit.engines.running import run
from simkit.inputs.saving import scenario_text
from simkit.rules.settings import Settings
from simkit.runs.metrics.registered import METRICS
from simkit.studio.information_age import MEASURES
from simkit.study.comparison import compare_traps, is_reproduced, verdict
from simkit.study.export import study_json
from simkit.study.vary import vary

BOUNDED = {
    "empty_openings_share": 1,
    "stale_selections_share": 1,
    "stale_share": 1,
    "refused_share": 1,
    "adherence_pct": 100,
    "reverted_per_100": 100,
}
"""Parts of a whole. A share of the rate limit is none: more can be asked for than is allowed."""

SAID = r"(.*?) (?:are )?at most (\d+)"


def test_what_is_a_part_of_a_whole_is_bounded_above_and_nothing_else() -> None:
    """Four shares end at 1 and two percentages at 100; no other metric has an upper end."""
    assert {name: m.most for name, m in MEASURES.items() if m.most < inf} == BOUNDED


def test_the_data_dictionary_names_the_bounded_ones_with_their_bounds() -> None:
    """Readers of the data dictionary learn the same six bounds that cut the intervals."""
    text = (resources.directory("data") / "README.md").read_text(encoding="utf-8")
    [said] = re.findall(r"parts of a whole do not exceed it: (.*?)\.\s", text, re.DOTALL)
    told = [(re.findall(r"`(\w+)`", part), bound) for part, bound in re.findall(SAID, said, re.S)]
    assert {name: int(bound) for names, bound in told for name in names} == BOUNDED


@pytest.mark.fuzz
@examples(0.2)
@given(settings=legal_settings() | legal_settings(limited=True), seed=seeds)
def test_no_run_measures_anything_beyond_the_bounds(settings: Settings, seed: int) -> None:
    """Whatever the settings: what is cut off an interval is nothing that could have been."""
    note(scenario_text(settings))
    measured = run(settings, seed).metrics
    beyond = {
        name: value
        for name, (value, _) in measured.items()
        if value is not None and not 0 <= value <= METRICS[name].most
    }
    assert beyond == {}


def samples(most: float) -> st.SearchStrategy[list[float]]:
    """Replications of a metric; zeros and its bound are as likely as all between them."""
    top = min(most, 1e6)
    each = st.just(0.0) | st.just(float(top)) | st.floats(0, top)
    return st.lists(each, min_size=2, max_size=12)


@pytest.mark.slow
@pytest.mark.parametrize("name", MEASURES)
def test_an_interval_lies_within_the_bounds_around_its_mean(name: str) -> None:
    """Whatever the replications, no interval shows a reader a value that cannot occur."""
    metric = MEASURES[name]

    @examples(1.0)
    @given(values=samples(metric.most))
    def within(values: list[float]) -> None:
        mean, low, high = metric.estimate(values)
        assert 0 <= low <= mean <= high <= metric.most

    within()


@given(values=samples(inf))
def test_an_interval_that_reaches_no_bound_is_students_to_the_last_digit(
    values: list[float],
) -> None:
    """A cut moves only the end below 0; mean and upper end stay those of Student's formula."""
    mean, low, high = METRICS["deactivated_code_shown_ms"].estimate(values)
    plain = estimate(values)
    assert (mean, high) == (plain.mean, plain.high)
    assert low == (plain.low if plain.low > 0 else 0)
    half = student_quantile(len(values) - 1) * standard_error(values)
    assert plain.high - plain.mean == pytest.approx(half, rel=1e-9, abs=1e-9)


# Coverage, where a cut would be felt: near a bound.


def rare(rng: random.Random) -> float:
    """Three in four runs show nothing, the fourth some minutes of it: mean 0.25."""
    return rng.expovariate(1.0) if rng.random() < 0.25 else 0.0


def nearly_all(rng: random.Random) -> float:
    """A share close to 1: mean 0.98."""
    return rng.betavariate(4.9, 0.1)


@pytest.mark.parametrize(
    ("name", "draw", "mean"),
    [("deactivated_code_shown_ms", rare, 0.25), ("stale_share", nearly_all, 0.98)],
)
def test_a_cut_interval_holds_the_mean_in_the_very_same_trials(
    name: str, draw: Callable[[random.Random], float], mean: float
) -> None:
    """2,000 trials of ten: many are cut, and none gains or loses the true mean by it."""
    rng, metric = random.Random(20260302), METRICS[name]
    trials = [[draw(rng) for _ in range(10)] for _ in range(2_000)]
    plain, cut = [list(map(one, trials)) for one in (estimate, metric.estimate)]
    changed = sum(a != b for a, b in zip(plain, cut, strict=True))
    assert changed > 500
    assert [holds(e, mean) for e in cut] == [holds(e, mean) for e in plain]
    # The share itself falls short of 95 % here, as Student's does for so skew a distribution.
    assert any(holds(e, mean) for e in cut)
    assert not all(holds(e, mean) for e in cut)


def holds(found: Estimate, mean: float) -> bool:
    return found.low <= mean <= found.high


shares = st.lists(st.sampled_from([0.0, 0.01, 0.5, 0.99, 1.0]), min_size=3, max_size=3)


@given(trap=shares, fix=shares)
def test_no_verdict_depends_on_the_cut(trap: list[float], fix: list[float]) -> None:
    """The rules of the design, applied to cut intervals, say what is said without a cut."""
    metric = METRICS["stale_share"]
    shown, after = metric.estimate(trap), metric.estimate(fix)
    reproduced = is_reproduced([0.0, 0.0, 0.0], trap)
    assert reproduced == (shown.low > 0)
    if reproduced:
        assert (verdict(trap, fix, reproduced) == "cured") == (after.high <= 0.05 * shown.mean)


def test_a_difference_is_not_cut() -> None:
    """What a fix takes away is below 0, and its interval says so."""
    assert paired([3.0, 4.0, 5.0], [0.0, 0.0, 1.0]).difference.mean == pytest.approx(-11 / 3)
    assert paired([3.0, 4.0, 5.0], [0.0, 0.0, 1.0]).difference.high < 0


# Everywhere.


def intervals(document: Any, at: str = "") -> Iterator[tuple[str, Sequence[float]]]:
    """Give (where, the two ends) of each interval of a JSON document, differences aside."""
    if isinstance(document, list):
        for i, each in enumerate(document):
            yield from intervals(each, f"{at}/{i}")
    elif isinstance(document, dict):
        if "ci95" in document:
            yield at, document["ci95"]
        for key, each in document.items():
            if key != "difference":
                yield from intervals(each, f"{at}/{key}")


@pytest.mark.slow
def test_traps_json_holds_no_interval_below_0_or_beyond_the_whole() -> None:
    """Two replications make the widest intervals there are: before, many of these began below 0."""
    document = study_json(compare_traps(replications=2, jobs=2))
    most = {trap["id"]: METRICS[trap["metric"]].most for trap in document["traps"]}
    found = list(intervals(document))
    assert len(found) > 80
    assert [where for where, (low, _) in found if low < 0] == []
    for trap in document["traps"]:
        ends = [end for _, each in intervals(trap) for end in each]
        assert max(ends) <= most[trap["id"]]
    reached = [low for _, (low, high) in found if low == 0 < high]
    assert reached, "some interval was cut"


def test_a_varied_field_gives_intervals_within_the_bounds() -> None:
    """Two days with some transfers at most, seldom alike."""
    settings = healthy().replace(deactivation_probability=0.05)
    rows = vary(settings, "refresh_interval_ms", [30_000], "wrong_selections_expected")
    assert [found.low for _, found in rows] == [0]
    assert rows[0][1].mean > 0

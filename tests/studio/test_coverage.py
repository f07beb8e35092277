"""How often intervals hold what they should: the count itself, and the measurement that is kept."""

from __future__ import annotations

import random

import pytest
from tiny import healthy

from simkit.base.statistics import estimate
from simkit.studio.coverage import (
    REPLICATIONS,
    SHORT_BELOW,
    TRIALS,
    caution,
    coverage,
    measured,
)
from simkit.studio.experiment import experiment
from simkit.studio.sweep import sweep

REPRODUCED = 3
"""Trials that are run again."""


def spread(share: float, trials: int) -> float:
    """Give 3.3 standard errors of a share: a correct one lies within them with 99.9 %."""
    return 3.3 * (share * (1 - share) / trials) ** 0.5


# Counting.


def test_coverage_by_hand() -> None:
    """Mean 3 over all. 1, 2, 3: 2 ± 2.48, holds. 5, 5, 5: 5 ± 0, does not. 1, 2, 3 once more."""
    found = coverage([1.0, 2.0, 3.0, 5.0, 5.0, 5.0, 1.0, 2.0, 3.0], replications=3)
    assert found.mean == 3
    assert found.hits == (True, False, True)
    assert found.share.mean == pytest.approx(2 / 3)


def test_intervals_of_normal_values_hold_the_mean_as_often_as_they_say() -> None:
    """Student's interval is exact for normal values: 95 %, give or take chance alone."""
    rng = random.Random(20260302)
    found = coverage([rng.gauss(5, 2) for _ in range(1_000 * 20)], 20)
    assert len(found.hits) == 1_000
    assert abs(found.share.mean - 0.95) < spread(0.95, 1_000)


def test_intervals_over_rare_events_fall_as_short_as_computed() -> None:
    """An event in 2 % of runs: twenty runs without any give an interval of no width.

    With s events the interval 0.05·s ± 2.093·sd/√20 holds 0.02 for s from 1 to 4, by arithmetic;
    these have probability 33.2 %.
    """
    p = 0.02
    ways = {1: 20, 2: 190, 3: 1_140, 4: 4_845}
    exact = sum(n * p**s * (1 - p) ** (20 - s) for s, n in ways.items())
    rng = random.Random(20260303)
    values = [float(rng.random() < p) for _ in range(2_000 * 20)]
    assert abs(coverage(values, 20).share.mean - exact) < spread(exact, 2_000)


# The measurement that is kept.


def test_the_kept_measurement_is_of_the_promised_size() -> None:
    """Readers are told of 1,000 trials of 20 runs; the file has a 0 or a 1 for each trial."""
    kept = measured()
    assert (kept["trials"], kept["replications"], kept["level"]) == (TRIALS, REPLICATIONS, 0.95)
    assert TRIALS >= 1_000
    assert all(len(each["hits"]) == TRIALS for each in kept["metrics"].values())
    assert all(set(each["hits"]) <= {"0", "1"} for each in kept["metrics"].values())


@pytest.mark.parametrize("name", measured()["metrics"])
def test_shares_and_their_intervals_follow_from_the_trials_kept(name: str) -> None:
    """The Wilson interval written out."""
    each = measured()["metrics"][name]
    n, p, z = TRIALS, each["hits"].count("1") / TRIALS, 1.959964
    assert each["coverage"] == p
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    assert each["ci95"] == pytest.approx([middle - half, middle + half], abs=1e-6)


@pytest.fixture(scope="module")
def again() -> dict[str, list[float]]:
    """The values of the first trials, run anew from what the file says of them."""
    kept = measured()
    settings = healthy().replace(kept["changes"])
    assert settings.name == kept["scenario"]
    made = experiment(
        settings,
        {"polling": {"plain": {}}},
        replications=REPRODUCED * REPLICATIONS,
        metrics=tuple(kept["metrics"]),
        seed=kept["seed"],
    )
    results = sweep(made)
    return {name: results.values(0, name) for name in kept["metrics"]}


@pytest.mark.slow
@pytest.mark.parametrize("name", measured()["metrics"])
def test_the_first_trials_are_found_again(name: str, again: dict[str, list[float]]) -> None:
    """From their seeds: the same trials hold the mean. That it is plausible, common events show."""
    each = measured()["metrics"][name]
    values = again[name]
    trials = [estimate(values[i : i + REPLICATIONS]) for i in range(0, len(values), REPLICATIONS)]
    hits = "".join("1" if t.low <= each["mean"] <= t.high else "0" for t in trials)
    assert hits == each["hits"][:REPRODUCED]
    mean, low, high = estimate(values)
    # Sixty values against twenty thousand: within 3.3 standard errors of the former.
    assert caution(name) or abs(mean - each["mean"]) <= 3.3 / 1.96 * (high - low) / 2


@pytest.mark.parametrize("name", ["stale_share", "staleness_age_ms", "information_age_ms"])
def test_intervals_of_freshness_and_age_cover_95_percent_give_or_take_2(name: str) -> None:
    """Readers can take these intervals at their word, and so they carry no caution."""
    assert abs(measured()["metrics"][name]["coverage"] - 0.95) <= 0.02


def test_a_caution_is_given_exactly_where_intervals_fall_short() -> None:
    """A reader is warned of each metric below 93 %, with its share, and of no other."""
    kept = measured()["metrics"]
    short = {name for name, each in kept.items() if each["coverage"] < 0.93}
    assert SHORT_BELOW == 0.93
    assert {name for name in kept if caution(name)} == short
    assert short, "rare events are among what was measured"
    for name in short:
        share = f"{100 * kept[name]['coverage']:.0f} %"
        assert share in caution(name)
        assert "\n" not in caution(name)
    assert caution("no such metric") == ""

"""Designs: all combinations, points named one by one, and Latin hypercubes."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny import healthy, tiny

from simkit.base.errors import BadInput
from simkit.studio.design import MOST_POINTS, Range, level_words
from simkit.studio.experiment import Experiment, experiment
from simkit.studio.sweep import sweep

INTERVALS = [15_000, 30_000, 60_000]
CACHES = {
    "none": {},
    "browser": {"http_max_age_ms": 1_800_000},
    "browser and version": {"http_max_age_ms": 86_400_000, "widget.version_parameter": True},
}


def made(factors: dict[str, Any], **more: Any) -> Experiment:
    return experiment(tiny(), factors, **more)


def refused(factors: dict[str, Any], **more: Any) -> str:
    with pytest.raises(BadInput) as caught:
        made(factors, **more)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# Grids.


def test_a_grid_has_every_combination_once_the_last_factor_moving_fastest() -> None:
    """Points come in the order of nested loops, so that a table reads like its factors."""
    grid = made({"refresh_interval_ms": INTERVALS, "cache": CACHES})
    assert [tuple(point.levels.values()) for point in grid.points] == list(
        product(INTERVALS, CACHES)
    )


def test_levels_change_the_fields_they_name_and_no_other() -> None:
    """Against the settings changed by hand."""
    for point in made({"refresh_interval_ms": INTERVALS, "cache": CACHES}).points:
        every, cache = point.levels.values()
        fields = {"refresh_interval_ms": every, **CACHES[str(cache)]}
        assert point.settings == tiny().replace(fields)


def test_a_field_may_be_named_by_its_last_part_and_is_reported_by_its_path() -> None:
    """Short names are for typing; a table always names the section as well."""
    for name in ("refresh_interval_ms", "widget.refresh_interval_ms"):
        (point,) = made({name: [45_000]}).points
        assert point.levels == {"widget.refresh_interval_ms": 45_000}
        assert point.settings.interval_ms == 45_000


def test_sizes_of_the_organisation_are_levels_too() -> None:
    """Points of one size share one organisation, so that a sweep makes it once."""
    grid = made({"organisation.agents": [3, 40], "organisation.codes": [36, 60]})
    sizes = [
        (len(p.settings.organisation.agents), len(p.settings.organisation.codes))
        for p in grid.points
    ]
    assert sizes == list(product([3, 40], [36, 60]))
    shared = made({"organisation.agents": [3], "refresh_interval_ms": INTERVALS}).points
    assert len({id(point.settings.organisation) for point in shared}) == 1


def test_named_levels_may_change_the_size_with_other_fields() -> None:
    """One level can stand for a whole site: its agents and how they start work."""
    (small, large) = made(
        {
            "site": {
                "small": {"organisation.agents": 3},
                "large": {"organisation.agents": 5, "start_spread_ms": 0},
            }
        }
    ).points
    assert len(small.settings.organisation.agents) == 3
    assert len(large.settings.organisation.agents) == 5
    assert large.settings.workload.start_spread_ms == 0


def test_levels_are_told_in_words() -> None:
    """Labels are read by people: thousands have commas, truth is yes or no."""
    (point,) = made(
        {"refresh_interval_ms": [15_000], "force": [True], "cache": {"none": {}}}
    ).points
    assert point.label == "widget.refresh_interval_ms 15,000, widget.force yes, cache none"
    assert [level_words(x) for x in (False, None, 0.5, "x", 1_000_000)] == [
        "no",
        "none",
        "0.5",
        "x",
        "1,000,000",
    ]


# Points named one by one.


def listed(*points: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"design": {"listed": {"points": list(points)}}} | more


def test_listed_points_come_as_they_are_listed() -> None:
    """The order is the user's, and a factor may be named in short or in full."""
    design = listed(
        {"cache": "browser", "refresh_interval_ms": 60_000},
        {"widget.refresh_interval_ms": 15_000, "cache": "none"},
    )
    found = made({"refresh_interval_ms": INTERVALS, "cache": CACHES}, **design)
    assert [tuple(point.levels.values()) for point in found.points] == [
        (60_000, "browser"),
        (15_000, "none"),
    ]


@pytest.mark.parametrize(
    ("point", "said"),
    [
        ({"cache": "none"}, "point 1: level of widget.refresh_interval_ms; found nothing"),
        ({"cache": "non", "refresh_interval_ms": 15_000}, "allowed: none, browser"),
        ({"cache": "none", "refresh_interval_ms": 15_001}, "allowed: 15,000, 30,000, 60,000"),
        ({"cach": "none", "refresh_interval_ms": 15_000}, "unknown factor 'cach'.*cache"),
        ({"cache": ["none"], "refresh_interval_ms": [1]}, "point 1: level"),
        ({}, "found nothing"),
    ],
    ids=str,
)
def test_a_listed_point_that_is_none_is_refused_in_one_line(
    point: dict[str, Any], said: str
) -> None:
    """Whoever misspells a factor or a level reads what is meant, or which point it is."""
    line = refused({"refresh_interval_ms": INTERVALS, "cache": CACHES}, **listed(point))
    assert said.split(".*")[0] in line
    assert said.split(".*")[-1] in line


# Latin hypercubes.


def hypercube(factors: dict[str, Any], points: int, seed: int = 1) -> Experiment:
    return made(factors, design={"latin_hypercube": {"points": points, "seed": seed}})


def values(found: Experiment, name: str) -> list[Any]:
    return [point.levels[name] for point in found.points]


@pytest.mark.parametrize("points", [2, 7, 50])
@pytest.mark.parametrize("seed", [1, 20260302])
def test_a_hypercube_has_one_point_in_each_equal_part_of_each_range(points: int, seed: int) -> None:
    """Of a linear range by its values, of a logarithmic one by their logarithms."""
    found = hypercube(
        {
            "unscheduled_breaks": {"low": 1.0, "high": 9.0},
            "deactivation_probability": {"low": 0.001, "high": 1.0, "scale": "log"},
        },
        points,
        seed,
    )
    linear = [(v - 1) / 8 for v in values(found, "workload.unscheduled_breaks")]
    log = [
        math.log(v / 0.001) / math.log(1000)
        for v in values(found, "workload.deactivation_probability")
    ]
    for shares in (linear, log):
        assert sorted(int(share * points) for share in shares) == list(range(points))


def test_a_range_of_whole_numbers_gives_whole_numbers() -> None:
    """One in each part still, to the half that rounding moves a value."""
    n = 40
    found = values(
        hypercube({"refresh_interval_ms": {"low": 10_000, "high": 600_000, "scale": "log"}}, n),
        "widget.refresh_interval_ms",
    )
    assert all(isinstance(value, int) for value in found)
    edges = [10_000 * 60 ** (i / n) for i in range(n + 1)]
    for i, value in enumerate(sorted(found)):
        assert edges[i] - 0.5 <= value <= edges[i + 1] + 0.5


def test_levels_that_are_no_range_are_chosen_evenly() -> None:
    """Of 12 points each of 3 levels gets four: a part of the hypercube is a third of its points."""
    breaks = {"low": 1.0, "high": 9.0}
    factors = {"refresh_interval_ms": INTERVALS, "cache": CACHES, "unscheduled_breaks": breaks}
    found = hypercube(factors, 12)
    for factor in found.factors[:2]:
        chosen = values(found, factor.name)
        expected = dict.fromkeys(factor.levels, 4)
        assert {level: chosen.count(level) for level in factor.levels} == expected


def test_a_hypercube_is_found_again_by_its_seed() -> None:
    """Whoever publishes the seed publishes the points: 5 gives them again, 6 does not."""
    factors = {"unscheduled_breaks": {"low": 0.5, "high": 9.5}, "cache": CACHES}
    first, again, other = (hypercube(factors, 8, seed).points for seed in (5, 5, 6))
    assert first == again
    assert first != other


def test_points_that_fall_together_are_one_point_with_as_many_runs_as_any_other() -> None:
    """Six points on three whole numbers, and a point listed twice."""
    narrow = {"refresh_interval_ms": {"low": 30_000, "high": 30_002}}
    for factors, design in (
        (narrow, {"latin_hypercube": {"points": 6}}),
        ({"cache": CACHES}, {"listed": {"points": [{"cache": "none"}] * 2}}),
    ):
        found = made(factors, design=design, replications=2, metrics=("requests_per_s",))
        settings = [point.settings for point in found.points]
        assert all(settings.count(one) == 1 for one in settings)
        results = sweep(found)
        runs = [len(results.values(i, "requests_per_s")) for i in range(len(settings))]
        assert runs == [2] * len(settings)
        assert results.table.num_rows == sum(runs)


@given(
    low=st.integers(1, 10**6),
    rise=st.integers(1, 10**6),
    u=st.floats(0, 1, exclude_max=True),
    scale=st.sampled_from(["linear", "log"]),
)
def test_every_value_of_a_range_lies_within_it(low: int, rise: int, u: float, scale: str) -> None:
    """Neither rounding nor logarithms carry a value past an end that the user has set."""
    span = Range(low=low, high=low + rise, scale=scale)  # type: ignore[arg-type]
    assert low <= span.at(u) <= low + rise
    assert span.at(0.0) == low


# What no design can have.


@pytest.mark.parametrize(
    "factors",
    [
        {"refresh_interval_ms": []},
        {"refresh_interval_ms": {}},
        {"refresh_interval_ms": 30_000},
        {"refresh_interval_ms": "30000"},
        {"refresh_interval_ms": None},
        {"refresh_interval": [30_000]},
        {"wodget.refresh_interval_ms": [30_000]},
        {"refresh_interval_ms": [30_000, 10]},
        {"refresh_interval_ms": ["fast"]},
        {"refresh_interval_ms": [[30_000]]},
        {"refresh_interval_ms": {"fast": {"refresh_interval_ms": 15_000}}},
        {"organisation.agents": {"few": {"start_spread_ms": 0}}},
        {"organisation.agents": [0]},
        {"organisation.agents": [2.5]},
        {"organisation.agents": [True]},
        {"organisation.agents": [1_000_001]},
        {"organisation.divisions": [3]},
        {"cache": {"none": None}},
        {"cache": {"none": {"htp_max_age_ms": 0}}},
        {"cache": {"none": [1]}},
        {"cell": {"a": {}}},
        {"seed": {"a": {}}},
        {"stale_share": {"a": {}}},
        {"refresh_interval_ms": [30_000], "widget.refresh_interval_ms": [30_000]},
        {"refresh_interval_ms": [30_000], "fast": {"yes": {"refresh_interval_ms": 15_000}}},
        {"refresh_interval_ms": {"low": 1_000, "high": 30_000}},
    ],
    ids=str,
)
def test_factors_that_cannot_be_used_are_refused_in_one_line(factors: dict[str, Any]) -> None:
    """Any slip in a sweep's factors is told as one of the factors, before any run is made."""
    assert "factors" in refused(factors)


@pytest.mark.parametrize(
    "given",
    [
        {"low": 5.0, "high": 5.0},
        {"low": 6.0, "high": 5.0},
        {"low": 0.0, "high": 5.0, "scale": "log"},
        {"low": -1.0, "high": 5.0, "scale": "log"},
        {"low": 1.0, "high": 5.0, "scale": "cubic"},
        {"low": 1.0},
        {"high": 1.0},
        {"low": "1", "high": 5.0},
        {"low": math.nan, "high": 5.0},
        {"low": 1.0, "high": math.inf},
        {"low": 1.0, "high": 5.0, "step": 1},
        {"low": 1.0, "high": 99.0},
    ],
    ids=str,
)
def test_a_range_that_is_none_is_refused_in_one_line(given: dict[str, Any]) -> None:
    """The last one reaches beyond what the field allows: 50 breaks at most."""
    design = {"latin_hypercube": {"points": 30}}
    assert "unscheduled_breaks" in refused({"unscheduled_breaks": given}, design=design)


def test_a_catalogue_that_is_empty_cannot_be_resized_and_that_is_one_line() -> None:
    """A catalogue of no codes has none to copy, so that it cannot grow to three: one is needed."""
    org = tiny().organisation
    parts = {name: getattr(org, name) for name in type(org).model_fields}
    shifts = [shift.model_copy(update={"activities": ()}) for shift in org.shifts]
    bare = tiny().with_top(organisation=type(org)(**parts | {"codes": (), "shifts": shifts}))
    with pytest.raises(BadInput, match="catalogue needs at least 1 code") as caught:
        experiment(bare, {"organisation.codes": [3]})
    assert caught.value.field == "factors.organisation.codes"
    assert "\n" not in str(caught.value)


def test_a_design_of_too_many_points_is_refused_before_it_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Four factors of 60 levels make 13 million points; making them takes half a minute."""
    monkeypatch.setattr("simkit.studio.design._combined", too_late)
    levels = {f"level {i}": {} for i in range(60)}
    line = refused({f"factor {i}": levels for i in range(4)})
    assert f"{60**4:,}" in line
    assert f"{MOST_POINTS:,}" in line


def too_late(*_: Any) -> Any:
    raise AssertionError("a point was made")


def test_the_base_itself_stays_as_it_was() -> None:
    """Experiments share their base, so that none may change it for the next one."""
    base = healthy()
    before = base.model_dump()
    experiment(base, {"organisation.agents": [3], "refresh_interval_ms": INTERVALS})
    assert base.model_dump() == before

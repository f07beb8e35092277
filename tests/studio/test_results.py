"""Results: estimates, paired differences and effects, each held to a table made by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tiny import tiny

from simkit.base.errors import BadInput
from simkit.studio.experiment import Experiment, experiment
from simkit.studio.results import Results
from simkit.studio.store import table_of

INTERVALS = [15_000, 30_000]
CACHES: dict[str, dict[str, Any]] = {"none": {}, "kept": {"http_max_age_ms": 1_800_000}}
# By point (15 s without, 15 s with, 30 s without, 30 s with a cache), three replications each.
STALE = [[1.0, 2.0, 3.0], [4.0, 6.0, 8.0], [2.0, 3.0, 4.0], [9.0, 9.0, 9.0]]
LOAD: list[list[float | None]] = [[5.0, 5.0, 5.0], [1.0, 1.0, 1.0], [2.5, 2.5, 2.5], [None] * 3]


def made() -> Experiment:
    return experiment(
        tiny(),
        {"refresh_interval_ms": INTERVALS, "cache": CACHES},
        replications=3,
        metrics=("staleness_age_ms", "rate_limit_share"),
    )


@pytest.fixture
def results() -> Results:
    found = made()
    rows = [
        {
            "scenario": found.name,
            **point.levels,
            "replication": r,
            "seed": 1 + r,
            "settings": point.settings.hash,
            "kit": "by hand",
            "schema": 1,
            "cell": f"{i}-{r}",
            "staleness_age_ms": STALE[i][r],
            "rate_limit_share": LOAD[i][r],
            "checksum": "",
        }
        for i, point in enumerate(found.points)
        for r in range(3)
    ]
    return Results(found, table_of(rows, found))


def test_values_come_in_the_order_of_replications(results: Results) -> None:
    """Replication r of one point pairs with r of another, so that their order must hold."""
    assert [results.values(i, "staleness_age_ms") for i in range(4)] == STALE


def test_values_that_do_not_apply_are_left_out(results: Results) -> None:
    """A missing value is no 0: it gives no value, no mean and no comparison."""
    assert results.values(3, "rate_limit_share") == []
    assert results.estimate(3, "rate_limit_share") is None
    assert results.compare(0, 3, "rate_limit_share") is None


def test_an_estimate_by_hand(results: Results) -> None:
    """1, 2, 3: mean 2, standard deviation 1, half the interval 4.303/√3 = 2.484, cut at 0."""
    found = results.estimate(0, "staleness_age_ms")
    assert found is not None
    assert found.mean == 2
    assert (found.low, found.high) == (0, pytest.approx(2 + 2.484, abs=1e-3))


def test_a_paired_difference_by_hand(results: Results) -> None:
    """4-1, 6-2, 8-3 = 3, 4, 5: mean 4 and the same spread of 1; both rise alike."""
    found = results.compare(0, 1, "staleness_age_ms")
    assert found is not None
    assert found.difference.mean == 4
    assert found.difference.high == pytest.approx(4 + 2.484, abs=1e-3)
    assert found.correlation == pytest.approx(1.0)
    back = results.compare(1, 0, "staleness_age_ms")
    assert back is not None
    assert back.difference.mean == -4


def test_a_difference_that_never_varies_is_certain(results: Results) -> None:
    """2, 3, 4 less 1, 2, 3 is 1 each time, far narrower than either mean."""
    found = results.compare(0, 2, "staleness_age_ms")
    assert found is not None
    assert found.difference == (1.0, 1.0, 1.0)
    assert found.correlation == pytest.approx(1.0)


def test_a_side_that_never_varies_has_no_correlation(results: Results) -> None:
    """A correlation divides by the spread, and that of 9, 9, 9 is 0."""
    found = results.compare(0, 3, "staleness_age_ms")
    assert found is not None
    assert found.correlation is None


def test_pairs_end_with_the_shorter_of_two_points() -> None:
    """Points may have stopped after different numbers of runs; replication r pairs with r."""
    found = experiment(tiny(), {"refresh_interval_ms": INTERVALS}, replications=2)
    columns = [("stale_share", [[1.0, 2.0, 9.0], [2.0, 4.0]])]
    rows = [
        {
            "settings": point.settings.hash,
            **point.levels,
            "replication": r,
            **{name: values[i][r] for name, values in columns},
        }
        for i, point in enumerate(found.points)
        for r in range(3 - i)
    ]
    pair = Results(found, table_of(rows, found)).compare(0, 1, "stale_share")
    assert pair is not None
    assert pair.difference.mean == 1.5


def test_effects_are_moves_of_one_factor_the_largest_first(results: Results) -> None:
    """From 15 s without a cache: the cache adds 4, the interval 1; both at once is no effect."""
    found = results.effects("staleness_age_ms")
    assert [(e.factor, e.reference, e.level, e.paired.difference.mean) for e in found] == [
        ("cache", "none", "kept", 4.0),
        ("widget.refresh_interval_ms", 15_000, 30_000, 1.0),
    ]
    # From 30 s with a cache the interval alone takes 9 back to 6, in the mean.
    found = results.effects("staleness_age_ms", at=3)
    assert [(e.factor, e.level, e.paired.difference.mean) for e in found] == [
        ("cache", "none", -6.0),
        ("widget.refresh_interval_ms", 15_000, -3.0),
    ]


def test_effects_leave_out_where_a_metric_does_not_apply(results: Results) -> None:
    """At 30 s with a cache there is no value, so that only 5 - 1 without one is left."""
    found = results.effects("rate_limit_share", at=1)
    assert [(e.factor, e.paired.difference.mean) for e in found] == [("cache", 4.0)]


def test_a_point_is_found_by_its_levels(results: Results) -> None:
    """Short names and full ones, in a mapping or as keywords, lead to the one point."""
    assert results.point(refresh_interval_ms=30_000, cache="none") == 2
    assert results.point({"widget.refresh_interval_ms": 15_000, "cache": "kept"}) == 1
    assert results.point({"cache": "kept"}, refresh_interval_ms=30_000) == 3


@pytest.mark.parametrize(
    ("levels", "said"),
    [
        ({}, "4 points have any levels"),
        ({"cache": "none"}, "2 points have cache=none"),
        ({"cache": "none", "refresh_interval_ms": 45_000}, "0 points have"),
        ({"cash": "none"}, "unknown factor 'cash'; did you mean 'cache'"),
    ],
    ids=str,
)
def test_levels_that_name_no_one_point_are_refused_in_one_line(
    levels: dict[str, Any], said: str, results: Results
) -> None:
    """Several matches or none are not settled by a guess; the line counts them."""
    with pytest.raises(BadInput) as caught:
        results.point(levels)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_metric_that_was_not_measured_is_refused_in_one_line(results: Results) -> None:
    """A sweep keeps only the metrics asked for; the line names those that it has."""
    for ask in (
        lambda: results.values(0, "bytes_per_s"),
        lambda: results.estimate(0, "bytes_per_s"),
        lambda: results.compare(0, 1, "bytes_per_s"),
        lambda: results.effects("bytes_per_s"),
    ):
        with pytest.raises(BadInput, match=r"'bytes_per_s' was not measured") as caught:
            ask()
        assert all(
            metric in str(caught.value) for metric in ("staleness_age_ms", "rate_limit_share")
        )
        assert "\n" not in str(caught.value)


def test_results_are_written_into_one_file(results: Results, tmp_path: Path) -> None:
    """The file read back is the same table; a place that cannot be written is bad input."""
    results.write(tmp_path / "table.parquet")
    assert pq.read_table(tmp_path / "table.parquet").equals(results.table)
    with pytest.raises(BadInput, match="cannot be written"):
        results.write(tmp_path)
    with pytest.raises(BadInput, match="cannot be written"):
        results.write(tmp_path / "nowhere" / "table.parquet")


def test_results_say_what_they_are(results: Results) -> None:
    """At a prompt a user sees what was swept and how much of it there is."""
    assert repr(results) == "Results('Healthy deployment', 4 points, 12 runs)"
    assert results.complete

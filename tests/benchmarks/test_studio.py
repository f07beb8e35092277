"""How long the studio takes; compare within one run, machines differ."""

from __future__ import annotations

from typing import Any

import pytest

from simkit.base import resources
from simkit.engines.running import run
from simkit.inputs.loading import load
from simkit.inputs.resizing import resized
from simkit.rules.settings import Settings
from simkit.studio.closed_forms import Forms, crowd_of
from simkit.studio.experiment import Experiment, experiment, load_experiment
from simkit.studio.information_age import information_age_ms
from simkit.studio.sweep import sweep

DATA = resources.directory("data")


@pytest.fixture(scope="module")
def asked() -> Settings:
    """The architect's question: 300 agents, a rate limit, 24 deactivations a day."""
    return load(DATA / "scenarios" / "architect.yaml")


@pytest.fixture(scope="module")
def cut(asked: Settings, full: bool) -> Experiment:
    """The shipped grid, cut to three intervals and four replications: 48 runs."""
    org = asked.organisation
    asked = asked if full else asked.with_top(organisation=resized(org, agents=30))
    whole = load_experiment(DATA / "sweeps" / "intervals.yaml")
    caches = next(factor for factor in whole.factors if factor.name == "cache")
    levels = {str(level): changes for level, changes in caches.levels.items()}
    factors = {"refresh_interval_ms": [5_000, 30_000, 300_000], "cache": levels}
    return experiment(asked, factors, replications=4, metrics=whole.metrics)


@pytest.mark.benchmark(group="300 agents, 8 h, skipping")
def test_a_run_of_the_classroom(benchmark: Any, asked: Settings) -> None:
    """Another seed each time, so that the workload is drawn as well."""
    seeds = iter(range(1, 1_000))
    finished = benchmark.pedantic(lambda: run(asked, next(seeds)), rounds=15, warmup_rounds=2)
    assert finished.clock == "skip"


@pytest.mark.benchmark(group="300 agents, 8 h, skipping")
def test_the_age_of_its_lists(benchmark: Any, asked: Settings) -> None:
    """Some 290,000 polls, drawn again as columns."""
    finished = run(asked, 1)
    assert min(benchmark(information_age_ms, finished.history)) > 0


@pytest.mark.benchmark(group="a sweep of 48 runs, 300 agents each")
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_sweep(benchmark: Any, cut: Experiment, jobs: int, tmp_path_factory: Any) -> None:
    """Parts written, start of the processes included."""

    def swept() -> int:
        found = sweep(cut, jobs=jobs, out=tmp_path_factory.mktemp("sweep"))
        return int(found.table.num_rows)

    assert benchmark.pedantic(swept, rounds=3) == 48


@pytest.mark.benchmark(group="closed forms")
@pytest.mark.parametrize("agents", [300, 10_000])
def test_the_closed_forms(benchmark: Any, asked: Settings, agents: int) -> None:
    """One policy, all metrics; the crowd is scaled, not the organisation."""
    crowd = crowd_of(asked.organisation).of(agents)
    assert benchmark(lambda: Forms(asked, crowd).values)["requests_per_s"] > 0

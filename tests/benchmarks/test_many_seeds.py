"""Twenty replications of a small world: what an interval beside a number costs."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

import simkit
from simkit.engines.processes.build import simulate
from simkit.engines.running import measure, why_not_columns
from simkit.inputs.resizing import resized
from simkit.rules.settings import Settings
from simkit.runs.metrics.registered import METRICS

SEEDS = 20
READ = ("stale_share", "status_gap_s", "missing_gap_s", "requests_per_s")
WORLDS = {"healthy": simkit.traps["T1"].base} | {
    trap.id: trap.settings for trap in simkit.traps.values() if not why_not_columns(trap.settings)
}


def at_size(settings: Settings, agents: int) -> Settings:
    return settings.with_top(organisation=resized(settings.organisation, agents=agents))


@pytest.mark.benchmark(group="20 replications, 8 h, four metrics")
@pytest.mark.parametrize("most", [30, 300])
@pytest.mark.parametrize("name", WORLDS)
def test_seeds_together(benchmark: Any, name: str, most: int, full: bool) -> None:
    """Other seeds each time, so that the workload is drawn as well."""
    settings = at_size(WORLDS[name], most if full else 30)
    first = count(1, SEEDS)

    def read() -> list[list[float | None]]:
        begin = next(first)
        return measure(settings, range(begin, begin + SEEDS), READ)

    assert len(benchmark.pedantic(read, rounds=5, warmup_rounds=1)) == SEEDS


@pytest.mark.benchmark(group="20 replications, 8 h, four metrics")
@pytest.mark.parametrize("name", WORLDS)
def test_the_next_setting_of_the_same_seeds(benchmark: Any, name: str) -> None:
    """As while a slider moves: the workload has been drawn before."""
    seeds = range(1, 1 + SEEDS)
    found = benchmark.pedantic(measure, (WORLDS[name], seeds, READ), rounds=5, warmup_rounds=1)
    assert len(found) == SEEDS


@pytest.mark.benchmark(group="20 replications, 8 h, four metrics")
def test_one_by_one_by_processes(benchmark: Any) -> None:
    """What it costs without columns, of the healthy deployment; half of the seeds, at that."""

    def read() -> list[float | None]:
        logs = (simulate(WORLDS["healthy"], seed) for seed in range(1, 1 + SEEDS // 2))
        return [METRICS["requests_per_s"].measure(log) for log in logs]

    assert len(benchmark.pedantic(read, rounds=1)) == SEEDS // 2

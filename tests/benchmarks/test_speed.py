"""How long things take, as pytest-benchmark's numbers; compare within one run, machines differ."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Generator
from typing import Any

import pytest
import simpy

import simkit
from simkit.rules.settings import Settings


@pytest.fixture(scope="module")
def healthy() -> Settings:
    """The healthy deployment of the small organisation: 30 agents, 8 h."""
    return simkit.traps["E4"].base


def plain_polling(agents: int, hours: int, interval_s: int) -> int:
    """A bare SimPy loop: one generator per widget, two timeouts per poll, nothing else."""
    env = simpy.Environment()
    polls = 0

    def widget() -> Generator[simpy.Event, Any, None]:
        nonlocal polls
        while True:
            yield env.timeout(100)
            yield env.timeout(interval_s * 1000 - 100)
            polls += 1

    for _ in range(agents):
        env.process(widget())
    env.run(until=hours * 3_600_000)
    return polls


@pytest.mark.benchmark(group="30 agents, 8 h, polls every 30 s")
def test_plain_simpy_polling_loop(benchmark: Any) -> None:
    """The yardstick: polls that do nothing."""
    polls = benchmark(plain_polling, 30, 8, 30)
    assert polls >= 30 * 959


@pytest.mark.benchmark(group="30 agents, 8 h, polls every 30 s")
@pytest.mark.parametrize("clock", ["skip", "tick"])
def test_the_healthy_deployment(benchmark: Any, healthy: Settings, clock: Any) -> None:
    """Workload and full log included."""
    run = benchmark(simkit.run, healthy, 1, clock=clock)
    assert run.clock == clock


@pytest.mark.benchmark(group="traps, skipping")
@pytest.mark.parametrize("trap", ["T2", "E2", "E3", "E4"])
def test_a_trap(benchmark: Any, trap: str) -> None:
    """One run of a trap, with its symptom metric."""
    settings, metric = simkit.traps[trap].settings, simkit.traps[trap].metric

    def measured() -> float | None:
        return simkit.run(settings, 1).metrics[metric].value

    assert benchmark(measured) is not None


@pytest.mark.benchmark(group="worlds coupled by a shared limit")
@pytest.mark.parametrize("clock", ["coupled", "tick"])
def test_an_overloaded_shared_token(benchmark: Any, clock: Any) -> None:
    """Mechanism v of E4: 30 widgets on a token of one call a minute."""
    trap = simkit.traps["E4"]
    settings = trap.settings.replace(trap.change("v").set)
    run = benchmark.pedantic(
        simkit.run, args=(settings, 1), kwargs={"clock": clock}, rounds=3, warmup_rounds=1
    )
    assert run.clock == clock


@pytest.mark.benchmark(group="start-up")
def test_importing_simkit(benchmark: Any) -> None:
    """A whole process that imports the package and ends."""
    command = [sys.executable, "-c", "import simkit"]
    assert benchmark(subprocess.run, command, check=True).returncode == 0

"""A finished run as a value: what it keeps, and that it goes when nobody wants it any more."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from anyworld import healthy

import simkit
from simkit.base import progress
from simkit.base.clock import MINUTE
from simkit.base.progress import shown_on
from simkit.engines.processes.actors import Agent, Sweep
from simkit.engines.processes.build import simulate
from simkit.engines.processes.seat import Seat
from simkit.engines.processes.widget import Browser, Page
from simkit.engines.running import run


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.slow
@pytest.mark.usefixtures("no_collector")
def test_a_run_is_freed_at_once_and_without_a_collector() -> None:
    """Sweeps make thousands of them, each of some megabytes."""
    finished = run(healthy(), 3)
    assert finished.metrics["shift_h"].value == 8
    assert finished.discrepancy_ms("agent-01") == 0
    assert finished.why("agent-01", "11:00")
    left = [weakref.ref(finished), weakref.ref(finished.history), weakref.ref(finished.log)]
    del finished
    assert [each() for each in left] == [None, None, None]


@pytest.mark.slow
@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("trap_id", simkit.traps)
@pytest.mark.some(2)
def test_a_world_that_is_over_is_freed_at_once_and_without_a_collector(
    trap_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 10,000 agents one world follows another, so none of their parts may outlive its own."""
    made: list[weakref.ref[object]] = []
    for kind in (Seat, Browser, Page, Agent, Sweep):

        def noted(self: Any, *values: Any, _init: Any = kind.__init__) -> None:
            made.append(weakref.ref(self))
            _init(self, *values)

        monkeypatch.setattr(kind, "__init__", noted)
    history = simulate(simkit.traps[trap_id].settings, 1)
    assert len(made) >= 5 * len(history.agents)
    assert [each() for each in made if each() is not None] == []


def test_what_was_measured_is_kept() -> None:
    """The very same object is given again, so nothing is measured a second time."""
    finished = run(healthy(), 3)
    assert finished.metrics["stale_share"] is finished.metrics["stale_share"]
    assert finished.measure(["stale_share"]) == [finished.metrics["stale_share"]]


class Seen:
    """A line of which is kept what it showed."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def show(self, words: str, _: float) -> None:
        self.lines.append(words.partition(",")[0])

    def end(self) -> None:
        self.lines.append("gone")


@pytest.mark.parametrize("together", [True, False])
def test_a_long_run_says_how_far_it_is_and_is_the_same_run(
    together: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shared limit is lived minute by minute up to the last shift's end, others by agents."""
    settings = healthy()
    if together:
        settings = settings.replace(rate_limit_per_min=20, token_topology="shared")
    quiet = simulate(settings, 1)
    monkeypatch.setattr(progress, "AFTER_S", 0)
    monkeypatch.setattr(progress, "EVERY_S", 0)
    seen = Seen()
    with shown_on(lambda: seen):
        assert simulate(settings, 1).log.digest == quiet.log.digest
    minutes = quiet.horizon // MINUTE
    expected = [f"{n} of 30 agents" for n in range(1, 31)]
    if together:
        expected = [f"{n} of {minutes} simulated minutes" for n in range(minutes + 1)]
    assert seen.lines == [*expected, "gone"]

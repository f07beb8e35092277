"""A finished run as a value: what it keeps, and that it goes when nobody wants it any more."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from anyworld import healthy

import simkit
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

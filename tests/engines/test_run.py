"""A finished run as a value: what it keeps, and that it goes when nobody wants it any more."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest
from anyworld import healthy

from simkit.engines.running import run


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


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


def test_what_was_measured_is_kept() -> None:
    """The very same object is given again, so nothing is measured a second time."""
    finished = run(healthy(), 3)
    assert finished.metrics["stale_share"] is finished.metrics["stale_share"]
    assert finished.measure(["stale_share"]) == [finished.metrics["stale_share"]]

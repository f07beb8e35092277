"""Widgets that start together ask together: the herd at the morning, and at a shared limit."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from scipy.stats import binom
from tiny import healthy, organisation

from simkit import theory
from simkit.base.clock import HOUR, MINUTE, SECOND
from simkit.engines.running import run
from simkit.inputs.resizing import resized
from simkit.rules.settings import Settings
from simkit.rules.workload import AgentDay, Workload
from simkit.runs.metrics.traffic import load
from simkit.runs.run import Run

pytestmark = pytest.mark.slow

EVERY = 30 * SECOND
CROWD = 10_000
LEVEL = 0.999
"""A correct kit keeps below each bound with this probability."""


@cache
def one() -> Settings:
    """One widget in a shift of one hour; nothing is scheduled and nobody chooses anything."""
    org = organisation(
        {"Global": None},
        codes=[{"id": "c", "name": "Pause", "type": "BREAK", "division": "Global"}],
        shifts=[{"name": "day", "start": "08:00", "end": "09:00"}],
        agents=[{"id": "a", "division": "Global", "shift": "day"}],
    )
    settings = Settings(name="Herd", organisation=org, platform=healthy().platform)
    nothing = {"unscheduled_breaks": 0.0, "start_spread_ms": 0}
    return settings.replace(nothing, refresh_interval_ms=EVERY)


def herd(widgets: int, **fields: Any) -> Settings:
    settings = one()
    grown = settings.with_top(organisation=resized(settings.organisation, agents=widgets))
    return grown.replace(fields)


def polls(finished: Run) -> dict[int, int]:
    """Give how many polls left in each second."""
    return load(finished.history, SECOND, ("list", "config"))


# Ten thousand logins.


@pytest.mark.thorough
def test_ten_thousand_widgets_that_start_together_ask_within_one_second() -> None:
    """And again every 30 s: nothing ever parts them."""
    finished = run(herd(CROWD), 1)
    assert polls(finished) == dict.fromkeys(range(0, HOUR // SECOND, EVERY // SECOND), CROWD)
    assert finished.metrics["peak_requests_per_s"].value == CROWD


@pytest.mark.thorough
def test_a_random_wait_of_one_interval_spreads_them_evenly() -> None:
    """Each second holds at most 1,001 of the 30,001 waits there are: those of its own, and the
    longest, which falls in with those that did not wait. All later intervals repeat the first."""
    finished = run(herd(CROWD, start_jitter_ms=EVERY), 1)
    seconds = EVERY // SECOND
    share = 1 - (1 - LEVEL) / (seconds + 1)
    most = binom.ppf(share, CROWD, (SECOND + 1) / (EVERY + 1))
    peak = finished.metrics["peak_requests_per_s"].value
    assert peak is not None
    assert theory.poll_load(CROWD, EVERY) < peak <= most < CROWD / 20
    # In a full interval everybody asks once.
    left = polls(finished)
    assert sum(left[second] for second in range(seconds, 2 * seconds)) == CROWD


@pytest.mark.thorough
def test_a_wait_shorter_than_the_interval_leaves_the_rest_of_it_empty() -> None:
    """A wait up to 10 s fills a third of each interval, three times as full."""
    left = polls(run(herd(CROWD, start_jitter_ms=10 * SECOND - 1), 1))
    assert {second % 30 for second in left} == set(range(10))
    most = binom.ppf(1 - (1 - LEVEL) / 10, CROWD, 1 / 10)
    assert CROWD / 10 < max(left.values()) <= most


# A shared token.

LIMIT = 300
FITTING = LIMIT * EVERY // MINUTE
"""150 widgets that poll every 30 s make 300 calls a minute."""


def shared(widgets: int, **fields: Any) -> Settings:
    return herd(widgets, rate_limit_per_min=LIMIT, token_topology="shared", **fields)


def refused_share(widgets: int) -> float | None:
    return run(shared(widgets), 1).metrics["refused_share"].value


def test_a_shared_token_serves_as_many_widgets_as_computed() -> None:
    """R·T = 150; with logins at once every window of a minute holds the polls of two rounds."""
    assert theory.widgets_per_token(LIMIT, EVERY) == FITTING == 150
    assert refused_share(FITTING - 1) == 0
    assert refused_share(FITTING) == 0


@pytest.mark.parametrize("widgets", [151, 200, 300, 450])
@pytest.mark.some(2)
def test_above_that_it_refuses_the_share_that_is_left_over(widgets: int) -> None:
    """1 - 150/N, exactly, as each window refuses what its limit leaves over."""
    assert refused_share(widgets) == pytest.approx(1 - FITTING / widgets, abs=1e-12)
    own = shared(widgets).replace(token_topology="own")
    assert run(own, 1).metrics["refused_share"].value == 0


# After a refusal.


def after_refusals(widgets: int = LIMIT, **fields: Any) -> dict[int, int]:
    """Polls by second, off the grid of ordinary ones, of widgets that wait as they are told to.

    They load at 10 s, so ordinary polls leave at 10, 40 and 70 s, and no window begins with one.
    """
    settings = shared(widgets, honour_retry_after=True, **fields)
    start, end = 10 * SECOND, HOUR
    days = tuple(AgentDay(f"a{i}", "Global", start, end) for i in range(widgets))
    left = polls(run(settings, 1, workload=Workload(days)))
    return {second: n for second, n in left.items() if second % 30 != 10}


def test_retry_after_alone_brings_all_who_were_refused_back_at_once() -> None:
    """The window at 0 s is full after the polls at 10 s; those at 40 s are told to wait until 60 s.

    There all of them meet again, to the second, and fill the window, and so on at each window.
    """
    again = after_refusals()
    assert again[60] == LIMIT
    assert set(again) <= set(range(60, HOUR // SECOND, 60))
    assert set(again.values()) == {LIMIT}


def test_a_random_wait_on_top_of_retry_after_disperses_them() -> None:
    """In the first minute after the refusals each of its seconds has about a 60th of them.

    A wait that would run into an ordinary poll is left out, so fewer than all come back.
    """
    again = after_refusals(retry_jitter_ms=MINUTE)
    first = [n for second, n in again.items() if 60 <= second < 120]
    most = binom.ppf(1 - (1 - LEVEL) / 60, LIMIT, (SECOND + 1) / (MINUTE + 1))
    assert len(first) > 30
    assert max(first) <= most < LIMIT / 10

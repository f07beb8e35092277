"""The law that lets the kit skip: engines that sleep over polls equal the one that ticks."""

from __future__ import annotations

from bisect import bisect_left

import pytest
from anyworld import base, examples, legal_settings, seeds
from hypothesis import event, given
from keeping import kept
from sameness import assert_clocks_agree, assert_same, differences

import simkit
from simkit.base.errors import BadInput
from simkit.engines.clock_choice import choose_clock
from simkit.engines.processes.build import simulate
from simkit.rules.settings import Settings

THREE = ("agent-01", "agent-11", "agent-21")


@pytest.mark.fuzz
@examples(1.0)
@given(settings=legal_settings(), seed=seeds)
@kept
def test_skipping_equals_ticking_record_by_record_and_call_by_call(
    settings: Settings, seed: int
) -> None:
    """Whatever the settings: equal logs, digests, counts and bytes of calls, and metrics."""
    assert_clocks_agree(settings, seed)


@pytest.mark.fuzz
@examples(0.4)
@given(settings=legal_settings(limited=True), seed=seeds)
@kept
def test_sleeping_over_certain_refusals_equals_ticking(settings: Settings, seed: int) -> None:
    """With a rate limit that may bind, own or shared, the clock chosen equals the ticking one."""
    ticking = simulate(settings, seed, clock="tick")
    chosen = simulate(settings, seed)
    event(f"clock {chosen.clock}")
    assert_same(ticking, chosen, f"ticking and the clock {chosen.clock!r}")


def catalogue() -> list[object]:
    """Every trap of the catalogue with each of its fixes, remedies, readings and mechanisms."""
    rows = []
    for trap in simkit.traps.values():
        entry = trap.entry
        changes = (*entry.fixes, *entry.remedies, *entry.readings, *entry.mechanisms)
        every = {change.id: trap.settings.replace(change.set) for change in changes}
        rows.append(pytest.param(trap.settings, id=trap.id))
        rows += [pytest.param(one, id=f"{trap.id}:{name}") for name, one in every.items()]
    return rows


@pytest.mark.slow
@pytest.mark.parametrize("settings", catalogue())
@pytest.mark.some(8)
def test_every_entry_of_the_catalogue_is_the_same_under_every_clock(settings: Settings) -> None:
    """The traps as shipped, on three agents of three divisions."""
    small = base(THREE, 8)
    cut = small.replace(dict(settings.flat()))
    assert_clocks_agree(cut, 7)


def test_an_unlimited_world_skips_and_a_limited_one_couples() -> None:
    """Which clock is exact is decided by the settings, and the history says why."""
    free = base(THREE, 1)
    assert (simulate(free, 1).clock, simulate(free, 1).why_clock) == ("skip", "no rate limit")
    roomy = free.replace(rate_limit_per_min=10_000)
    assert simulate(roomy, 1).clock == "skip"
    tight = free.replace(rate_limit_per_min=1, token_topology="shared")
    history = simulate(tight, 1)
    assert history.clock == "coupled"
    assert "limit of 1" in history.why_clock


def test_skipping_is_refused_where_it_would_not_be_exact() -> None:
    """Asking to skip in a world in which a limit may bind is bad input, not a wrong result."""
    tight = base(THREE, 1).replace(rate_limit_per_min=1)
    with pytest.raises(BadInput, match="skipping is not exact"):
        simulate(tight, 1, clock="skip")


@pytest.mark.fuzz
@examples(0.1)
@given(settings=legal_settings(), seed=seeds)
@kept
def test_the_smallest_limit_said_not_to_bind_refuses_nobody(settings: Settings, seed: int) -> None:
    """Where the clock skips in spite of a limit, even the ticking world sees no reply 429."""
    workload = simulate(settings, seed).workload

    def limited(n: int) -> Settings:
        return settings.replace(rate_limit_per_min=n)

    def skips(n: int) -> bool:
        return choose_clock(limited(n), workload)[0] == "skip"

    smallest = limited(1 + bisect_left(range(1, 5_000), True, key=skips))
    ticking = simulate(smallest, seed, clock="tick")
    refused = [where for calls in ticking.requests.values() for where in calls if where[1] == 429]
    assert refused == []


def test_the_comparison_sees_every_kind_of_difference() -> None:
    """The harness itself can fail: other records, digests, calls and metrics are all named."""
    one = simulate(base(THREE, 1), 1)
    other = simulate(base(THREE, 1).replace(refresh_interval_ms=15_000, binding="omitted"), 1)
    words = "\n".join(differences(one, other))
    for what in ("records:", "digests:", "calls of agent-01", "metric empty_openings_share"):
        assert what in words

"""The answer to "what should we run": the cheapest policy within the limits, as simulated."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from tiny import healthy, tiny

from simkit.base.clock import HOUR, MINUTE, SECOND
from simkit.base.errors import BadInput
from simkit.base.statistics import Estimate
from simkit.inputs.resizing import resized
from simkit.rules.settings import Settings
from simkit.studio.closed_forms import Forms
from simkit.studio.experiment import experiment
from simkit.studio.policy import KEPT, Margin, Policy
from simkit.studio.recommend import LIMITED, MOST_TRIED, recommend
from simkit.studio.sweep import sweep

EVERY = (30 * SECOND, 2 * MINUTE, 10 * MINUTE)
"""Intervals far enough apart for the closed forms to put policies into their true order."""


def asked(settings: Settings, limits: dict[str, float], **more: Any) -> Any:
    return recommend(settings, limits, **({"intervals": EVERY} | more))


# Policies.


@pytest.mark.parametrize(
    ("policy", "words", "short"),
    [
        (
            Policy(30 * SECOND, False, "own", 0),
            "each widget asks for its list every 30 s, with a token of its own",
            "every 30 s",
        ),
        (
            Policy(5 * MINUTE, False, "shared", 0),
            "each widget asks for its list every 5 min, and all share one token",
            "every 5 min, shared token",
        ),
        (
            Policy(MINUTE, True, "own", 40 * SECOND),
            "each widget asks every 1 min whether anything changed, and fetches its list only "
            "then, with a token of its own; after login it first waits a random time up to 40 s",
            "every 1 min, version, jitter 40 s",
        ),
    ],
)
def test_a_policy_is_said_in_words(policy: Policy, words: str, short: str) -> None:
    """The recommendation is a sentence to act on; its short form fits into a table."""
    assert policy.words == words
    assert policy.short == short


def test_a_policy_changes_what_it_names_and_undoes_what_stood_there_before() -> None:
    """Caches of the settings as given are gone, unless the policy keeps one by its version."""
    before = healthy().replace(
        dataset_life_polls=60, http_max_age_ms=HOUR, start_jitter_ms=5, config_reread="mount"
    )
    plain = before.replace(Policy(MINUTE, False, "shared", 7).changes)
    assert (plain.interval_ms, plain.widget.start_jitter_ms) == (MINUTE, 7)
    assert (plain.widget.dataset_life_polls, plain.widget.http_max_age_ms) == (1, 0)
    assert not plain.widget.version_parameter
    assert plain.application.token_topology == "shared"
    kept = before.replace(Policy(MINUTE, True, "own", 0).changes)
    assert (kept.widget.http_max_age_ms, kept.widget.version_parameter) == (KEPT, True)
    assert kept.widget.config_reread == "poll"
    assert kept.application.token_topology == "own"


# Margins.


def margin(at_most: float, mean: float, high: float) -> Margin:
    simulated = Estimate(mean, 2 * mean - high, high)
    return Margin("stale_share", at_most, mean, simulated, (3, 4), None)


@pytest.mark.parametrize(
    ("at_most", "high", "holds", "room"),
    [
        (0.10, 0.08, True, 0.2),
        (0.10, 0.10, True, 0.0),
        (0.10, 0.12, False, -0.2),
        (0.0, 0.0, True, 0.0),
        (0.0, 0.01, False, -1.0),
    ],
)
def test_a_margin_is_measured_from_the_upper_end_of_the_interval(
    at_most: float, high: float, holds: bool, room: float
) -> None:
    """A limit holds when chance is allowed for; the room is the share of it that is left."""
    found = margin(at_most, high / 2, high)
    assert found.holds is holds
    assert found.room == pytest.approx(room)


def test_where_a_metric_does_not_apply_the_closed_form_decides() -> None:
    """On paper 0.4 of 0.5 leaves a fifth and 0.6 is over, though no run has a value."""
    assert Margin("rate_limit_share", 0.5, 0.4, None, (0, 0), None).room == pytest.approx(0.2)
    assert not Margin("rate_limit_share", 0.5, 0.6, None, (0, 0), None).holds


def test_the_margins_of_an_answer_are_those_of_its_runs() -> None:
    """Mean, interval and the days on which the limit was kept, counted again from the runs."""
    limit = 0.02
    answer = asked(tiny(), {"stale_share": limit}, replications=6)
    values = answer.results.values(0, "stale_share")
    (found,) = answer.margins
    assert len(values) == 6
    assert found.simulated.mean == pytest.approx(sum(values) / 6)
    assert found.kept == (sum(value <= limit for value in values), 6)
    assert found.kept_share.mean == found.kept[0] / 6
    assert found.expected == Forms(answer.best.settings).values["stale_share"]


# The answer.


def brute_force(
    settings: Settings, limits: dict[str, float], cheapest: str, runs: int
) -> dict[Policy, float]:
    """Simulate all policies with own tokens and no wait; give the cost of those that fit."""
    policies = [Policy(every, version, "own", 0) for every in EVERY for version in (False, True)]
    made = experiment(
        settings,
        {"policy": {policy.short: policy.changes for policy in policies}},
        replications=runs,
        metrics=[*limits, cheapest],
    )
    results = sweep(made)

    def high(point: int, metric: str) -> float:
        found = results.estimate(point, metric)
        assert found is not None
        return found.high

    fits = [i for i in range(len(policies)) if all(high(i, m) <= limits[m] for m in limits)]
    return {
        policies[i]: sum(results.values(i, cheapest)) / runs
        for i in fits
        if results.values(i, cheapest)
    }


@pytest.mark.slow
@pytest.mark.parametrize("cheapest", ["requests_per_s", "bytes_per_s"])
@pytest.mark.parametrize(
    "limits",
    [
        {"stale_share": 0.05},
        {"stale_share": 0.01},
        {"stale_share": 0.002},
        {"staleness_age_ms": 500.0},
        {"stale_share": 0.05, "bytes_per_s": 60.0},
    ],
    ids=str,
)
def test_the_answer_is_the_cheapest_policy_that_simulation_lets_through(
    limits: dict[str, float], cheapest: str
) -> None:
    """Against simulating them all, on the same seeds."""
    runs = 6
    fitting = brute_force(tiny(), limits, cheapest, runs)
    answer = asked(tiny(), limits, cheapest=cheapest, replications=runs, topologies=("own",))
    assert answer.met == bool(fitting)
    if fitting:
        # A wait after login is another question.
        found = replace(answer.policy, start_jitter_ms=0)
        assert found == min(fitting, key=lambda policy: fitting[policy])


def test_own_tokens_no_wait_and_a_long_interval_are_preferred_at_equal_cost() -> None:
    """With so lax a limit only the cost and the order of preference decide."""
    answer = asked(tiny(), {"stale_share": 0.9}, replications=2)
    assert answer.policy == Policy(10 * MINUTE, False, "own", 0)
    assert answer.text.startswith("Healthy deployment, 2 agents, ")
    assert "Recommended: each widget asks for its list every 10 min, with a token" in answer.text


def test_when_nothing_meets_the_limits_the_nearest_policy_is_named() -> None:
    """Half a minute is the shortest there is: no staleness at all cannot be had."""
    answer = asked(tiny(), {"staleness_age_ms": 0.001}, replications=4)
    assert not answer.met
    assert "No policy meets this. The nearest: each widget asks" in answer.text
    assert answer.policy.interval_ms == 30 * SECOND
    assert "over the limit" in answer.text
    assert answer.alternative is None


def test_a_closed_form_that_promises_too_much_is_corrected_by_simulation() -> None:
    """The limit lies a thousandth above the closed form of the cheapest policy.

    Its interval, of four runs, reaches above that; the next cheapest has four fifths to spare.
    """
    first = Policy(10 * MINUTE, False, "own", 0)
    paper = Forms(tiny().replace(first.changes)).values["stale_share"]
    answer = asked(tiny(), {"stale_share": 1.001 * paper}, replications=4, topologies=("own",))
    assert answer.met
    assert first in answer.tried
    assert answer.policy.interval_ms < 10 * MINUTE
    assert "Cheaper on paper, but over a limit when simulated: every 10 min" in answer.text
    assert len(answer.tried) < MOST_TRIED


def test_a_search_that_gives_up_says_how_many_it_did_not_try(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same question, with room for the first policy only; the shorter intervals are left."""
    first = Policy(10 * MINUTE, False, "own", 0)
    limits = {"stale_share": 1.001 * Forms(tiny().replace(first.changes)).values["stale_share"]}
    monkeypatch.setattr("simkit.studio.recommend.MOST_TRIED", 1)
    answer = asked(tiny(), limits, replications=4, topologies=("own",))
    assert (answer.met, answer.policy) == (False, first)
    assert answer.untried == 2 * (len(EVERY) - 1)  # each with and without a version
    assert f"simulated does not meet this; {answer.untried} more that do on paper" in answer.text
    assert "No policy meets this" not in answer.text


def test_hidden_tabs_that_the_forms_know_nothing_of_are_found_by_simulation() -> None:
    """Tabs hidden half the day make lists far older than their interval; the answer says so."""
    hidden = tiny().replace(
        hidden_per_shift=10, hidden_min_ms=20 * MINUTE, hidden_max_ms=40 * MINUTE
    )
    limit = 1.5 * Forms(hidden.replace(refresh_interval_ms=10 * MINUTE)).values["stale_share"]
    answer = asked(hidden, {"stale_share": limit}, replications=4)
    assert answer.tried or not answer.met
    assert "polls pause while a tab is hidden" in answer.text


# Tokens and the herd.


def thirty(**fields: Any) -> Settings:
    org = resized(healthy().organisation, agents=30)
    quiet = {"unscheduled_breaks": 0.0, "start_spread_ms": 0, "deactivation_probability": 0.5}
    return healthy().with_top(organisation=org).replace(quiet | fields)


@pytest.mark.slow
@pytest.mark.parametrize("limits", [{"refused_share": 0.0}, {"rate_limit_peak_share": 1.0}])
@pytest.mark.thorough
def test_a_shared_token_over_its_capacity_is_not_recommended(limits: dict[str, float]) -> None:
    """Thirty widgets under 20 calls a minute: R·T is 10 at 30 s, 40 at 2 min, 200 at 10 min."""
    settings = thirty(rate_limit_per_min=20)
    fresh = {
        "stale_share": Forms(settings.replace(refresh_interval_ms=MINUTE)).values["stale_share"]
    }
    shared = asked(settings, limits | fresh, topologies=("shared",), replications=3)
    assert not shared.met, "two minutes are too old, and half a minute is too much"
    both = asked(settings, limits | fresh, replications=3)
    assert both.met
    assert both.policy.topology == "own"


def test_a_shared_token_within_its_capacity_may_be_recommended() -> None:
    """Thirty widgets make 60 calls a minute at 30 s, well below the 200 allowed."""
    settings = thirty(rate_limit_per_min=200)
    answer = asked(
        settings,
        {"refused_share": 0.0, "rate_limit_peak_share": 1.0},
        topologies=("shared",),
        replications=3,
    )
    assert answer.met
    assert answer.policy.topology == "shared"


@pytest.mark.slow
def test_throttled_polls_are_not_recommended_though_no_limit_speaks_of_refusals() -> None:
    """A lax limit on stale time alone, and a shared token that refuses two polls in three."""
    settings = thirty(rate_limit_per_min=20)
    answer = asked(
        settings,
        {"stale_share": 0.5},
        intervals=(30 * SECOND,),
        topologies=("shared",),
        replications=3,
    )
    assert not answer.met


def test_a_random_wait_is_recommended_where_all_log_in_at_once_and_peaks_are_limited() -> None:
    """Thirty widgets ask within one second; a wait up to an interval leaves a few in each."""
    peak = {"peak_requests_per_s": 12.0, "stale_share": 0.5}
    answer = asked(thirty(), peak, replications=4)
    assert answer.met
    assert answer.policy.start_jitter_ms > 0
    assert "after login it first waits a random time up to" in answer.text


@pytest.mark.parametrize("settings", [tiny(), thirty()], ids=["spread", "at once"])
def test_nobody_waits_after_login_where_no_peak_is_limited(settings: Settings) -> None:
    """A wait leaves an agent without any list; that it saves part of a poll is no reason for it."""
    answer = asked(settings, {"stale_share": 0.02}, replications=4)
    assert answer.met
    assert answer.policy.start_jitter_ms == 0


# What is refused.


@pytest.mark.parametrize(
    "limits",
    [
        {},
        {"stale_shar": 0.1},
        {"information_age_ms": 100.0},
        {"stale_share": -0.1},
        {"stale_share": math.nan},
        {"stale_share": True},
        {"stale_share": "0.1"},
        {"stale_share": None},
        {"rate_limit_share": 0.5},
        {"rate_limit_peak_share": 0.5},
    ],
    ids=str,
)
def test_a_limit_that_cannot_be_held_to_is_refused_in_one_line(limits: dict[str, Any]) -> None:
    """Unknown metrics, bad numbers and what has no closed form are told as limits."""
    with pytest.raises(BadInput, match="allowed") as caught:
        asked(tiny(), limits)
    assert "\n" not in str(caught.value)
    assert "limits" in str(caught.value)


def test_a_share_above_one_is_no_limit() -> None:
    """5 was meant as 5 %, and would let everything pass; a token may be asked for more than all."""
    with pytest.raises(BadInput) as refused:
        asked(tiny(), {"stale_share": 5})
    assert str(refused.value) == (
        "limits.stale_share: found 5; allowed: a share from 0 to 1; 5 % is 0.05"
    )
    assert asked(tiny().replace(rate_limit_per_min=300), {"rate_limit_share": 2.0}).met


@pytest.mark.parametrize("intervals", [(), (100,), (0,)], ids=str)
def test_intervals_that_leave_no_policy_are_refused_in_one_line(
    intervals: tuple[int, ...],
) -> None:
    """No interval at all, or one too short for a reply, leaves nothing to weigh."""
    with pytest.raises(BadInput) as caught:
        asked(tiny(), {"stale_share": 0.5}, intervals=intervals)
    assert "\n" not in str(caught.value)


def test_every_metric_that_can_be_limited_has_a_closed_form_under_a_limit() -> None:
    """For every policy, with and without a version, by own tokens and a shared one."""
    limited = tiny().replace(rate_limit_per_min=300)
    for version in (False, True):
        for topology in ("own", "shared"):
            policy = Policy(MINUTE, version, topology, 0)  # type: ignore[arg-type]
            assert set(LIMITED) <= set(Forms(limited.replace(policy.changes)).values)

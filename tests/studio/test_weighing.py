"""Policies weighed: the quick search finds what looking at all of them finds."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from tiny import healthy

from simkit.base.clock import MINUTE, SECOND
from simkit.inputs.resizing import resized
from simkit.rules.settings import Settings
from simkit.studio.closed_forms import Forms, crowd_of
from simkit.studio.policy import TOKENS, Candidate, Corrections, Policy
from simkit.studio.prices import Prices
from simkit.studio.token_count import tokens_needed
from simkit.studio.weighing import Weighing, varied

EVERY = tuple(s * SECOND for s in (5, 60, 180, 600))
LIMITS = {"stale_share": 0.01, "rate_limit_peak_share": 0.5, "peak_requests_per_s": 20.0}


def limited(agents: int = 60, **fields: Any) -> Settings:
    """The small organisation at another size, with edits and a rate limit."""
    org = resized(healthy().organisation, agents=agents)
    usual = {"deactivation_probability": 0.2, "rate_limit_per_min": 60}
    return healthy().with_top(organisation=org).replace(usual | fields)


def first_of_all(weighing: Weighing, corrections: Corrections) -> Candidate | None:
    """Give the first of all candidates, sorted by cost, that keeps the limits."""
    factor = corrections.all.get("rate_limit_peak_share", 1.0)
    ordered = sorted(weighing.candidates(factor), key=lambda c: c.cost(weighing.cheapest))
    within = (c for c in ordered if c.excess(weighing.limits, corrections.of(c.policy)) <= 1)
    return next(within, None)


def test_the_search_finds_the_cheapest_of_all_policies() -> None:
    """Questions drawn at random: limits, prices, tokens, crowds, corrections."""
    draw, found = Random(11), set()
    for _ in range(20):
        prices = Prices(
            million_requests=draw.choice([0, 5, 500]),
            token=draw.choice([0, 0.01, 1]),
            agent_minute=1,
            wrong_choice_min=draw.choice([0.1, 3]),
            waiting_share=draw.choice([0, 1]),
            engineer_day=draw.choice([0, 100]),
            version_days=draw.choice([0, 3]),
            token_days=draw.choice([0, 1]),
            working_days=100,
        )
        kept = {m: most * draw.choice([0.3, 1, 4]) for m, most in LIMITS.items()}
        for metric in draw.sample(sorted(kept), draw.randrange(3)):
            del kept[metric]
        weighing = Weighing(
            limited(),
            kept,
            draw.choice(["requests_per_s", "bytes_per_s", "money"]),
            prices,
            EVERY,
            draw.choice([TOKENS, ("pooled",), ("shared", "pooled"), ("own",)]),
        ).under(
            crowd=crowd_of(limited().organisation).of(draw.choice([3, 60, 900])),
            workload={"deactivation_probability": draw.choice([0.0, 0.1, 0.9])},
            platform={"rate_limit_per_min": draw.choice([10, 60, 2_000])},
        )
        factors = {metric: draw.choice([0.7, 1.0, 1.6]) for metric in kept}
        one = Policy(draw.choice(EVERY), False, "own", 0)
        corrections = Corrections(factors, {one: {m: 2 * f for m, f in factors.items()}})
        quick, slow = weighing.chosen(corrections), first_of_all(weighing, corrections)
        assert (quick and quick.policy) == (slow and slow.policy)
        found.add(quick.policy.topology if quick else None)
    assert found == {*TOKENS, None}, "each kind of answer comes up"


def test_settings_that_are_varied_are_those_that_are_replaced() -> None:
    """Unchecked and quick, and equal to what a check lets through; nothing old is remembered."""
    base = limited()
    assert base.hash
    quick = varied(base, workload={"deactivation_probability": 0.4}, widget={"start_jitter_ms": 9})
    slow = base.replace(deactivation_probability=0.4, start_jitter_ms=9)
    assert quick == slow
    assert quick.hash == slow.hash != base.hash


def test_forms_beside_others_are_those_made_anew() -> None:
    """What depends neither on polls nor on tokens is taken over, and nothing else is."""
    base = limited()
    plain = Forms(base, crowd_of(base.organisation).of(500))
    assert plain.values
    for policy in (Policy(MINUTE, True, "shared", 0), Policy(5 * MINUTE, False, "own", 7_000)):
        other = base.replace(policy.changes)
        assert plain.beside(other, 3).values == Forms(other, plain.crowd, 3).values


def test_other_assumptions_give_what_other_settings_give() -> None:
    """The policies of a question asked of other settings, with the same closed forms."""
    weighing = Weighing(limited(), LIMITS, "requests_per_s", Prices(), EVERY, TOKENS)
    assert weighing.chosen(Corrections({}, {}))
    changes = {"deactivation_probability": 0.7, "rate_limit_per_min": 33}
    other = Weighing(limited(90, **changes), LIMITS, "requests_per_s", Prices(), EVERY, TOKENS)
    under = weighing.under(
        crowd=crowd_of(other.settings.organisation),
        workload={"deactivation_probability": 0.7},
        platform={"rate_limit_per_min": 33},
    )
    a, b = ({c.policy: dict(c.values) for c in each.candidates()} for each in (under, other))
    assert a == b
    assert len(a) > 50


@pytest.mark.parametrize(
    "limits",
    [
        *({"rate_limit_peak_share": most} for most in (0.4, 0.5, 0.7, 0.9, 1.0)),
        *({"rate_limit_share": most} for most in (0.2, 0.25, 0.3, 0.35)),
    ],
    ids=str,
)
def test_as_few_tokens_are_needed_as_a_scan_finds(limits: dict[str, float]) -> None:
    """One token more at a time, until busiest minute and mean are within the limits."""
    forms = Forms(limited(200).replace(Policy(5 * SECOND, False, "shared", 0).changes))
    kept = {"rate_limit_peak_share": 1.0, **limits}

    def enough(tokens: int) -> bool:
        dealt = forms.shares_dealt(tokens)
        return all(dealt[metric] <= most for metric, most in kept.items())

    scanned = next(tokens for tokens in range(1, 201) if enough(tokens))
    assert tokens_needed(forms, limits) == scanned
    assert scanned > 5


def test_no_pool_has_a_token_for_each_agent() -> None:
    """Those would be own tokens; three agents whose limit asks for a token each have no pool."""
    weighing = Weighing(limited(3, rate_limit_per_min=13), {}, "money", Prices(), EVERY[:1], TOKENS)
    own, pooled = (
        [c for c in weighing.candidates() if c.policy.topology == kind] for kind in TOKENS[:2]
    )
    assert own
    assert pooled == []


def test_of_a_random_wait_half_is_waited_on_average() -> None:
    """A wait of up to 5 min takes 60 agents 60 × 2½ min together, and without one nobody waits."""
    weighing = Weighing(
        limited(60), {"peak_requests_per_s": 1e6}, "money", Prices(), EVERY[1:2], ("own",)
    )
    waited = {c.policy.start_jitter_ms: c.use.waiting_min for c in weighing.candidates()}
    assert waited == pytest.approx({0: 0.0, MINUTE: 30.0, 5 * MINUTE: 150.0})


def test_where_no_number_of_tokens_will_do_none_is_given() -> None:
    """A token of 3 requests a minute cannot carry a widget that sends 12; or there is no limit."""
    often = Policy(5 * SECOND, False, "shared", 0).changes
    assert tokens_needed(Forms(limited(20, rate_limit_per_min=3).replace(often)), {}) is None
    assert tokens_needed(Forms(limited(20, rate_limit_per_min=None).replace(often)), {}) is None


def test_what_is_there_already_costs_no_engineer() -> None:
    """Settings that have a version and a shared token: keeping them is no work."""
    prices = Prices(engineer_day=100, version_days=1, token_days=1, working_days=1)

    def bills(settings: Settings) -> dict[tuple[bool, str], float]:
        weighing = Weighing(settings, {"stale_share": 1.0}, "money", prices, EVERY[2:3], TOKENS)
        return {(c.policy.version, c.policy.topology): c.money for c in weighing.candidates()}

    new = bills(limited())
    assert new[False, "own"] == 0
    assert new[True, "own"] == new[False, "shared"] == 100
    assert new[True, "shared"] == 200
    there = Policy(MINUTE, True, "shared", 0).changes
    assert set(bills(limited().replace(there)).values()) == {0.0}

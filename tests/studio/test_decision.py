"""A decision: today beside the recommendation, what was rejected and why, what the days cost."""

from __future__ import annotations

from typing import Any

import pytest
from test_weighing import limited

from simkit.base.clock import MINUTE, SECOND
from simkit.base.errors import BadInput
from simkit.base.statistics import estimate, paired
from simkit.rules.settings import Settings
from simkit.studio.closed_forms import Forms
from simkit.studio.decision import Decision, decide
from simkit.studio.on_opening import on_opening
from simkit.studio.policy import Policy
from simkit.studio.prices import Prices
from simkit.studio.recommend import recommend

EVERY = (30 * SECOND, 2 * MINUTE, 10 * MINUTE)
PRICES = {"million_requests": 100.0, "agent_minute": 1.0, "wrong_choice_min": 5.0, "token": 0.1}


def asked(limits: dict[str, float], **more: Any) -> Decision:
    usual: dict[str, Any] = {"intervals": EVERY, "replications": 4, "topologies": ("own",)}
    return decide(recommend(small(), limits, **usual | more))


def small(**fields: Any) -> Settings:
    """Twenty agents without a rate limit, whose days are columns and take no time."""
    return limited(20, **{"rate_limit_per_min": None} | fields)


@pytest.fixture(scope="module")
def priced() -> Decision:
    return asked({"stale_share": 0.5}, prices=PRICES)


def test_today_is_simulated_on_the_days_of_the_recommendation(priced: Decision) -> None:
    """The settings as given, with the same seeds, so that days are compared with themselves."""
    answer = priced.answer
    assert priced.present.points[0].settings == answer.settings
    assert priced.present.experiment.seed == answer.results.experiment.seed
    before, after = (each.values(0, "requests_per_s") for each in (priced.present, answer.results))
    assert len(before) == len(after) == 4
    assert priced.saved["requests_per_s"] == paired(before, after)
    (margin,) = priced.present_margins
    assert margin.simulated == priced.present.estimate(0, "stale_share")


def test_the_money_of_simulated_days_by_hand(priced: Decision) -> None:
    """Requests of the day at 100 a million, its wrong choices at 5 min, 20 tokens at 0.1."""
    results, best = priced.answer.results, priced.answer.best
    days = [
        requests * best.forms.horizon / 1_000 / 1e6 * 100 + wrong * 5 + 2.0
        for requests, wrong in zip(
            results.values(0, "requests_per_s"),
            results.values(0, "wrong_selections_expected"),
            strict=True,
        )
    ]
    assert priced.answer.money == pytest.approx(estimate(days, least=0.0))
    assert set(priced.saved) == {"requests_per_s", "bytes_per_s", "money"}
    assert priced.present_money is not None


def test_money_decides_where_there_are_prices(priced: Decision) -> None:
    """The policy that costs least of those weighed, by their own bills; not the fewest requests."""
    answer = priced.answer
    assert answer.cheapest == "money"
    within = [c for c in answer.candidates if c.excess(answer.limits, {}) <= 1]
    assert answer.best.money == min(c.money for c in within)
    assert answer.policy != Policy(10 * MINUTE, False, "own", 0)
    requests = asked({"stale_share": 0.5}, prices=PRICES, cheapest="requests_per_s").answer
    assert requests.policy == Policy(10 * MINUTE, False, "own", 0)


def test_the_rejected_policy_is_the_cheaper_one_that_broke_a_limit() -> None:
    """A limit a hair above the closed form of 10 min: its interval reaches beyond."""
    first = Policy(10 * MINUTE, False, "own", 0)
    paper = Forms(small().replace(first.changes)).values["stale_share"]
    found = asked({"stale_share": 1.001 * paper})
    assert found.answer.met
    assert found.rejected is not None
    assert (found.rejected.why, found.rejected.metric) == ("broke a limit", "stale_share")
    assert found.rejected.candidate.policy == first
    assert not all(margin.holds for margin in found.rejected.margins)


def test_else_it_is_the_cheaper_one_that_comes_nearest() -> None:
    """Far from the limit on paper: 10 min is cheaper than 2 min and was not simulated."""
    longest = small().replace(Policy(10 * MINUTE, False, "own", 0).changes)
    found = asked({"stale_share": 0.4 * Forms(longest).values["stale_share"]})
    assert found.answer.policy == Policy(2 * MINUTE, False, "own", 0)
    assert found.rejected is not None
    assert found.rejected.why == "would break a limit"
    assert found.rejected.margins == ()
    assert found.rejected.candidate.policy.interval_ms == 10 * MINUTE


def test_else_it_is_the_next_dearer_one() -> None:
    """The longest interval is within the limit: nothing is cheaper, and what follows costs more."""
    found = asked({"stale_share": 0.9})
    assert found.rejected is not None
    assert found.rejected.why == "costs more"
    own = found.answer.best.cost("requests_per_s")
    assert own < found.rejected.candidate.cost("requests_per_s")


@pytest.mark.parametrize(
    ("more", "part"),
    [
        ({"cheapest": "money"}, "nothing has a price"),
        ({"cheapest": "time"}, "requests_per_s, bytes_per_s, money"),
        ({"prices": {"tokn": 1}}, "did you mean 'token'"),
        ({"prices": "EUR"}, "a mapping"),
    ],
)
def test_what_cannot_be_paid_is_refused_in_one_line(more: dict[str, Any], part: str) -> None:
    """Money without a price, another cost, and prices that are none."""
    with pytest.raises(BadInput) as caught:
        asked({"stale_share": 0.5}, **more)
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_answer_says_what_it_costs_and_what_would_change_it(priced: Decision) -> None:
    """Money by what it is spent on, and the nearest tipping points, in plain words."""
    text = priced.answer.text
    assert "At the prices given that is" in text
    assert "tokens 2 units of money" in text
    assert "What would change the choice, the nearest first:" in text
    assert priced.answer.prices == Prices.model_validate(PRICES)


def test_fetching_on_opening_by_hand() -> None:
    """A list at login and one at each opening, each followed by its choice; as old as its way."""
    settings = small(deactivation_probability=0.0)
    found = on_opening(settings)
    assert found.stale_selections_share == 0
    forms = Forms(settings)
    calls = 20 + 2 * forms.wanted + forms.renewals
    assert found.requests_per_s == pytest.approx(calls / (forms.horizon / 1_000))
    assert found.wait_ms == 2 * forms.delay
    edited = on_opening(small(deactivation_probability=0.5))
    (rate,) = Forms(small(deactivation_probability=0.5)).change_rates
    assert edited.stale_selections_share == pytest.approx(rate * forms.delay, rel=1e-3)

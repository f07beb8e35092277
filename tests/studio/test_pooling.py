"""Pooled tokens: agents dealt round, each token a world, and what lets them be taken apart."""

from __future__ import annotations

from itertools import chain
from typing import Any

import pytest
from test_weighing import limited

from simkit.base.clock import MINUTE, SECOND
from simkit.engines.running import measure
from simkit.rules.settings import Settings
from simkit.runs.metrics.registered import METRICS
from simkit.studio import pooling
from simkit.studio.policy import Policy
from simkit.studio.recommend import recommend

pytestmark = pytest.mark.slow  # thousands of agents are run

SEEDS = range(3, 6)
OTHERS = (
    *("stale_share", "stale_selections_share", "staleness_age_ms", "deactivated_code_shown_ms"),
    *("requests_per_s", "bytes_per_s", "peak_requests_per_s", "wrong_selections_expected"),
)
"""All that a limit or a price may ask for, tokens aside."""


def settings(agents: int = 40, **fields: Any) -> Settings:
    return limited(agents, refresh_interval_ms=20 * SECOND, **{"rate_limit_per_min": 200} | fields)


def test_each_agent_is_dealt_one_token_and_keeps_the_id() -> None:
    """Forty agents round seven tokens: five or six to each, nobody twice, nobody left out."""
    base = settings()
    worlds = pooling.dealt(base, 7)
    dealt = [[person.id for person in world.organisation.agents] for world in worlds]
    assert sorted(map(len, dealt)) == [5, 5, 6, 6, 6, 6, 6]
    assert sorted(chain.from_iterable(dealt)) == sorted(
        person.id for person in base.organisation.agents
    )
    assert {world.application.token_topology for world in worlds} == {"shared"}
    assert dealt[2] == [person.id for person in base.organisation.agents][2::7]


def test_whoever_shares_a_token_does_the_same_as_long_as_nothing_is_refused() -> None:
    """To the last digit: own tokens, one for all under a limit that never binds."""
    base = settings(rate_limit_per_min=10_000)
    own, shared = (
        measure(base.replace(token_topology=topology), SEEDS, OTHERS)
        for topology in ("own", "shared")
    )
    assert own == shared


def test_a_pool_of_one_token_is_the_shared_one() -> None:
    """The same numbers as the engines give for a token that all share."""
    base = settings()
    found = pooling.measured(base, 1, SEEDS)
    known = measure(base.replace(token_topology="shared"), SEEDS, pooling.OF_TOKENS)
    for place, metric in enumerate(pooling.OF_TOKENS):
        assert found[metric] == pytest.approx([row[place] for row in known], rel=1e-12)


@pytest.mark.parametrize("limit", [16, 30, 300], ids=["refuses", "close", "far"])
def test_the_tokens_of_a_pool_are_counted_as_worlds_of_their_own(limit: int) -> None:
    """Each by the engines alone: the mean of the means, the greatest peak, the worst refusals."""
    base = settings(rate_limit_per_min=limit)
    found = pooling.measured(base, 5, SEEDS)
    worlds = [measure(world, SEEDS, pooling.OF_TOKENS) for world in pooling.dealt(base, 5)]
    for place in range(len(SEEDS)):
        means, peaks, refused = zip(*(world[place] for world in worlds), strict=True)
        assert found["rate_limit_share"][place] == pytest.approx(sum(means) / 5, rel=1e-9)
        assert found["rate_limit_peak_share"][place] == pytest.approx(max(peaks), rel=1e-9)
        assert found["refused_share"][place] == max(refused)
    assert any(found["refused_share"]) == (limit == 16)


def test_the_requests_of_all_tokens_are_those_of_all_agents() -> None:
    """Counted in each world by itself: the sum over the tokens is what own tokens send."""
    base = settings()

    def sent(world: Settings) -> float:
        ((per_second,),) = measure(world, [4], ["polls_per_s"])
        ((length,),) = measure(world, [4], ["shift_h"])
        assert per_second is not None
        assert length is not None
        return per_second

    ends = {world.latest for world in pooling.dealt(base, 4)}
    assert ends == {base.latest}
    whole = sent(base.replace(token_topology="own"))
    assert sum(map(sent, pooling.dealt(base, 4))) == pytest.approx(whole, rel=0.01)


def test_pooled_tokens_are_recommended_where_a_token_each_costs_more() -> None:
    """Forty tokens at 1 a day against a few: the pool, its limits kept by every token."""
    limits = {"stale_share": 0.05, "rate_limit_peak_share": 0.5}
    answer = recommend(
        settings(rate_limit_per_min=60),
        limits,
        prices={"token": 1.0, "million_requests": 0.001},
        intervals=(20 * SECOND, 30 * SECOND),
        topologies=("own", "pooled"),
        replications=4,
    )
    assert answer.met
    assert (answer.cheapest, answer.policy.topology) == ("money", "pooled")
    assert 1 < answer.policy.tokens < 40
    assert answer.best.use.tokens == answer.policy.tokens
    peak = next(m for m in answer.margins if m.metric == "rate_limit_peak_share")
    limited_again = answer.settings.replace(answer.policy.changes)
    seen = pooling.measured(limited_again, answer.policy.tokens, range(1, 5))[
        "rate_limit_peak_share"
    ]
    assert peak.simulated == METRICS["rate_limit_peak_share"].estimate(seen)
    assert f"agents are dealt round {answer.policy.tokens} tokens" in answer.text


def test_a_pool_that_refuses_something_is_not_recommended(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was measured beside its tokens holds only if nothing is refused, whatever is asked."""
    monkeypatch.setattr(
        "simkit.studio.pooling.measured",
        lambda *_: {"rate_limit_share": [0.1] * 2, "refused_share": [0.0, 0.001]},
    )
    answer = recommend(
        settings(rate_limit_per_min=60),
        {"stale_share": 0.5},
        intervals=(20 * SECOND,),
        topologies=("pooled",),
        replications=2,
    )
    assert not answer.met
    assert answer.policy.topology == "pooled"


def test_without_a_rate_limit_no_pool_is_weighed() -> None:
    """Nobody counts by token, so nobody knows how many are needed; no policy is left."""
    free = settings(rate_limit_per_min=None)
    answer = recommend(free, {"stale_share": 0.5}, intervals=(MINUTE,), replications=2)
    assert {c.policy.topology for c in answer.candidates} == {"own", "shared"}
    with pytest.raises(ValueError, match="by token"):
        pooling.measured(free, 2, SEEDS)


def test_a_pool_that_needs_one_token_is_a_shared_one() -> None:
    """It is weighed once, by that name."""
    answer = recommend(settings(10), {"stale_share": 0.5}, intervals=(5 * MINUTE,), replications=2)
    kinds = [c.policy for c in answer.candidates if not c.policy.version]
    assert kinds == [Policy(5 * MINUTE, False, each, 0) for each in ("own", "shared")]

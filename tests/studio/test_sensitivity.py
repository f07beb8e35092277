"""Tipping points: where the choice changes, against looking at all policies value by value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from math import inf
from typing import Any

import pytest
from test_weighing import first_of_all, limited

from simkit.base.clock import SECOND
from simkit.inputs.resizing import resized
from simkit.studio.policy import TOKENS, Candidate, Corrections, Policy
from simkit.studio.prices import Prices
from simkit.studio.sensitivity import REACH, tipping_points
from simkit.studio.tipping import Assumption, Change, Tipping, tipping_words
from simkit.studio.weighing import Weighing

EVERY = tuple(s * SECOND for s in (5, 30, 60, 180, 600))
PRICES = Prices(
    currency="EUR",
    million_requests=20,
    gigabyte=2,
    token=0.001,
    agent_minute=0.5,
    adherence_minute=0.1,
    wrong_choice_min=2,
    wrong_choice_adherence_min=1,
    engineer_day=40,
    version_days=0.1,
    token_days=0.2,
    working_days=250,
)
LIMITS = {"stale_share": 0.05, "rate_limit_peak_share": 0.8, "peak_requests_per_s": 30.0}
SETTINGS = limited(rate_limit_per_min=100)
SEEN = Corrections({"stale_share": 1.2}, {Policy(EVERY[-1], False, "own", 0): {"stale_share": 1.5}})
QUESTIONS = {
    "money": Weighing(SETTINGS, LIMITS, "money", PRICES, EVERY, TOKENS),
    "requests": Weighing(SETTINGS, LIMITS, "requests_per_s", Prices(), EVERY, TOKENS),
    "pooled alone": Weighing(SETTINGS, LIMITS, "money", PRICES, EVERY, ("pooled",)),
}
GRID = 8
"""Values tried by brute force on each side of what is assumed, evenly on a log scale."""


@cache
def found(question: str) -> tuple[Candidate, dict[str, Tipping]]:
    """Give the choice of a question, and its tipping points by name."""
    weighing = QUESTIONS[question]
    best = first_of_all(weighing, SEEN)
    assert best is not None
    tippings = tipping_points(weighing, list(weighing.candidates()), best, SEEN)
    return best, {each.assumption.name: each for each in tippings}


def at(weighing: Weighing, name: str, value: float) -> Weighing:
    """Give a question with one assumption changed, everything checked and nothing remembered."""
    if name in weighing.limits:
        return replace(weighing, limits={**weighing.limits, name: value})
    if name in Prices.model_fields:
        changed = round(value) if name == "working_days" else value
        plain = weighing.prices.model_dump() | {name: changed}
        return replace(weighing, prices=Prices.model_validate(plain))
    if name == "agents":
        org = resized(weighing.settings.organisation, agents=round(value))
        return replace(weighing, settings=weighing.settings.with_top(organisation=org))
    whole = round(value) if name == "rate_limit_per_min" else value
    return replace(weighing, settings=weighing.settings.replace({name: whole}))


def chosen(weighing: Weighing) -> tuple[Any, ...] | None:
    best = first_of_all(weighing, SEEN)
    return best.policy.kind if best else None


def grid(tipping: Tipping) -> Iterator[float]:
    """Give values below and above the one assumed, and close to where the choice changes."""
    value = tipping.assumption.value
    whole = tipping.assumption.name in ("agents", "rate_limit_per_min", "working_days")
    for step in range(1, GRID + 1):
        for way in (1 / REACH, REACH):
            yield value * way ** (step / GRID)
    for change in (tipping.below, tipping.above):
        if change and change.at < inf:
            near = (1.0, -1.0) if whole else (1e-3 * change.at, -1e-3 * change.at)
            yield from (change.at + each for each in near)


MORE = pytest.mark.thorough
CASES = [
    *(
        ("money", name)
        for name in (
            *("stale_share", "million_requests", "token", "agent_minute", "engineer_day"),
            *("working_days", "agents", "deactivation_probability", "rate_limit_per_min"),
        )
    ),
    *(("requests", name) for name in ("stale_share", "deactivation_probability")),
    *(
        pytest.param("money", name, marks=MORE)
        for name in (
            *("peak_requests_per_s", "gigabyte", "adherence_minute", "wrong_choice_min"),
            *("wrong_choice_adherence_min", "version_days", "token_days"),
        )
    ),
    pytest.param("requests", "rate_limit_peak_share", marks=MORE),
    *(
        pytest.param("pooled alone", name, marks=MORE)
        for name in ("stale_share", "rate_limit_peak_share", "deactivation_probability")
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("question", "name"), CASES)
@pytest.mark.some(4)
def test_a_grid_of_values_finds_the_same_tipping_points(question: str, name: str) -> None:
    """Between the tipping points all policies looked at one by one give the same choice.

    Just beyond them another is chosen. Grid values far out may come to yet other policies.
    """
    best, tippings = found(question)
    tipping = tippings[name]
    low = tipping.below.at if tipping.below else -inf
    high = tipping.above.at if tipping.above else inf
    weighing, inside, beyond = QUESTIONS[question], 0, 0
    for value in grid(tipping):
        if not max(1e-9, tipping.least) <= value <= min(tipping.most, 1e6):
            continue
        if name == "deactivation_probability" and value > 1:
            continue
        same = chosen(at(weighing, name, value)) == best.policy.kind
        if low < value < high:
            assert same, value
            inside += 1
        elif value < 0.9995 * low or value > 1.0005 * high:
            near = low * 0.99 <= value <= high * 1.01
            assert not same or not near, value
            beyond += near
    assert inside >= 2
    assert beyond > 0 or (low, high) == (-inf, inf) or high > 1e6


def test_the_policies_beyond_are_those_that_are_named() -> None:
    """A hair below and above each tipping point of the money question."""
    weighing, (_, tippings) = QUESTIONS["money"], found("money")
    named = 0
    for name in ("stale_share", "million_requests", "agent_minute", "token"):
        for change, hair in ((tippings[name].below, 0.9999), (tippings[name].above, 1.0001)):
            if change:
                there = first_of_all(at(weighing, name, change.at * hair), SEEN)
                assert (there.policy.short if there else "") == change.to
                named += 1
    assert named >= 5


def test_a_limit_that_rises_first_lets_in_the_policy_that_it_just_allows() -> None:
    """Longer intervals cost less and grow older: of those that cost less, the youngest comes first.

    A limit between the shares of 30 s and of 1 min; polls at 1, 3 and 10 min all cost less.
    """
    weighing = replace(QUESTIONS["requests"], limits={"stale_share": 1.0}, tokens=("own",))
    plain = {c.policy: c for c in weighing.candidates()}
    shares = [plain[Policy(every, False, "own", 0)].values["stale_share"] for every in EVERY]
    assert shares == sorted(set(shares))
    asked = replace(weighing, limits={"stale_share": (shares[1] + shares[2]) / 2})
    best = first_of_all(asked, Corrections({}, {}))
    assert best is not None
    [limit] = [
        each
        for each in tipping_points(asked, list(asked.candidates()), best, Corrections({}, {}))
        if each.assumption.name == "stale_share"
    ]
    assert limit.above == Change(shares[2], Policy(EVERY[2], False, "own", 0).short)
    assert limit.below is not None
    assert limit.below.at == shares[1]


def test_prices_that_cannot_matter_are_no_assumptions() -> None:
    """Of no use to anybody are all prices where requests decide, and one of what nobody does.

    Where agents share a token anyhow, what sharing takes is the same for all.
    """
    assert not {*Prices.model_fields} & {*found("requests")[1]}
    assert "token_days" in found("money")[1]


@pytest.mark.parametrize("name", ["agent_minute", "million_requests"])
def test_breakpoints_of_prices_are_where_two_bills_are_equal(name: str) -> None:
    """At the value given the choice and the policy that follows cost the same, to 9 digits."""
    weighing = QUESTIONS["money"]
    best, tippings = found("money")
    by_name: Callable[[str], Candidate] = lambda short: next(  # noqa: E731
        c for c in weighing.candidates() if c.policy.short == short
    )
    sides = [side for side in (tippings[name].below, tippings[name].above) if side]
    assert sides
    for side in sides:
        prices = PRICES.model_copy(update={name: side.at})
        other = by_name(side.to)
        assert best.use.money(prices) == pytest.approx(other.use.money(prices), rel=1e-9)


# In words.


def tipping(value: float, below: Change | None, above: Change | None, most: float = inf) -> Tipping:
    return Tipping(Assumption("x", "A price", value, "EUR", "yours"), below, above, 0.0, most)


def test_a_tipping_point_is_said_in_a_sentence() -> None:
    """Both sides with what is chosen there; that nothing changes, and how far was looked."""
    both = tipping(2.0, Change(1.5, "every 1 min"), Change(4.0, ""))
    assert both.words == (
        "A price: 2 EUR; below 1.5 EUR every 1 min, and above 4 EUR no policy keeps the limits"
    )
    assert tipping(2.0, None, None).words == "A price: 2 EUR; no value changes the choice"
    assert tipping(2.0, None, None, 8.0).words == (
        "A price: 2 EUR; no value from 0 EUR to 8 EUR changes the choice"
    )


def test_the_nearest_come_first_and_the_rest_is_counted() -> None:
    """By the factor to the nearer side: 4/3 before 2; what changes nothing is a number."""
    far = tipping(2.0, Change(1.0, "a"), None)
    near = tipping(2.0, Change(0.1, "b"), Change(2.6667, "c"))
    never = tipping(2.0, None, None)
    zero = tipping(0.0, None, Change(0.5, "d"))
    assert [each.nearness for each in (far, never, zero)] == [2.0, inf, inf]
    assert near.nearness == pytest.approx(4 / 3, rel=1e-3)
    head, first, second, third, rest = tipping_words([never, zero, far, near])
    assert head.startswith("What would change the choice")
    assert "above 2.67 EUR c" in first
    assert "below 1 EUR a" in second
    assert "above 0.5 EUR d" in third
    assert rest == "1 of 4 assumptions changes nothing within what was looked at."
    assert tipping_words([]) == []

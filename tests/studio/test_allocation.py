"""Sharing out a budget of refreshes: the published figures, and that nothing is better."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from simkit.base.errors import BadInput
from simkit.studio.allocation import Allocation, Goal, allocation, best_allocation

RATES = [1.0, 2.0, 3.0, 4.0, 5.0]
"""Five lists that change one to five times a day share five refreshes a day."""
BUDGET = 5.0


def freshness(refreshes: float, rate: float) -> float:
    """(1 - e^(-λ/f))·f/λ, and 0 for a list that is never refreshed."""
    r = rate / refreshes if refreshes > 0 else math.inf
    return -math.expm1(-r) / r if r < math.inf else 0.0


def age(refreshes: float, rate: float) -> float:
    """T/2 - 1/λ + (1 - e^(-λT))/(λ²T), T = 1/f."""
    every = 1 / refreshes
    return every / 2 - 1 / rate - math.expm1(-rate * every) / (rate * rate * every)


def value(found: list[float], rates: list[float], goal: Goal) -> float:
    """Give the mean freshness, or the mean age with its sign turned: more is better."""
    if goal == "freshness":
        return sum(map(freshness, found, rates)) / len(rates)
    return -sum(map(age, found, rates)) / len(rates)


@pytest.mark.parametrize(
    ("goal", "published"),
    [
        ("freshness", [1.15, 1.36, 1.35, 1.14, 0.00]),
        ("age", [0.84, 0.97, 1.03, 1.07, 1.09]),
    ],
)
def test_the_published_shares_are_found_again(goal: Goal, published: list[float]) -> None:
    """Cho and Garcia-Molina, TODS 28(4), 2003: the best freshness starves the busiest list.

    To half a unit of the last digit and a thousandth; one share of the paper is off by that.
    """
    found = best_allocation(RATES, BUDGET, goal)
    assert list(found.refreshes) == pytest.approx(published, abs=0.006)


def test_what_an_allocation_gives_by_the_formulas_written_out() -> None:
    """Freshness and age are means over the lists, by formulas written here a second time."""
    refreshes = [0.5, 1.0, 2.0]
    rates = [3.0, 1.0, 0.2]
    found = allocation(refreshes, rates)
    assert found.refreshes == (0.5, 1.0, 2.0)
    assert found.freshness == pytest.approx(value(refreshes, rates, "freshness"), rel=1e-12)
    assert found.age == pytest.approx(-value(refreshes, rates, "age"), rel=1e-9)


def test_a_list_that_is_never_refreshed_is_never_fresh_and_grows_old_for_ever() -> None:
    """One list of two stays at 0, so the mean is (1 - 1/e)/2; its age has no limit."""
    found = allocation([0.0, 1.0], [1.0, 1.0])
    assert found.freshness == pytest.approx((1 - math.exp(-1)) / 2)
    assert found.age == math.inf
    assert best_allocation(RATES, BUDGET, "freshness").age == math.inf


rates = st.lists(st.floats(0.05, 20.0), min_size=2, max_size=7)
budgets = st.floats(0.2, 30.0)
goals: st.SearchStrategy[Goal] = st.sampled_from(["freshness", "age"])


@pytest.mark.fuzz
@given(change_rates=rates, budget=budgets, goal=goals)
def test_the_budget_is_kept_and_no_small_transfer_improves_anything(
    change_rates: list[float], budget: float, goal: Goal
) -> None:
    """From each list to each other one, a thousandth of the budget and a hundred-thousandth."""
    found = list(best_allocation(change_rates, budget, goal).refreshes)
    assert sum(found) == pytest.approx(budget, rel=1e-6)
    assert min(found) >= 0
    best = value(found, change_rates, goal)
    for step in (1e-3 * budget, 1e-5 * budget):
        for giver, taker in permutations(range(len(found)), 2):
            if found[giver] > step:
                other = list(found)
                other[giver] -= step
                other[taker] += step
                assert value(other, change_rates, goal) <= best + 1e-9 * abs(best)


@pytest.mark.parametrize("goal", ["freshness", "age"])
@pytest.mark.parametrize(
    ("change_rates", "budget"),
    [
        (RATES, BUDGET),
        (RATES, 2.0),
        ([0.1, 1.0, 10.0], 3.0),
        ([4.0, 4.0, 4.0], 6.0),
        ([0.3, 7.0, 2.0, 0.9, 12.0, 5.0], 20.0),
    ],
)
def test_a_general_optimiser_finds_nothing_better(
    goal: Goal, change_rates: list[float], budget: float
) -> None:
    """SciPy's SLSQP from an even split and from a proportional one."""
    mine = value(list(best_allocation(change_rates, budget, goal).refreshes), change_rates, goal)
    for start in (np.ones(len(change_rates)), np.array(change_rates)):
        theirs = minimize(
            lambda f: -value(list(f), change_rates, goal),
            budget * start / start.sum(),
            method="SLSQP",
            bounds=[(1e-6, budget)] * len(change_rates),
            constraints={"type": "eq", "fun": lambda f: f.sum() - budget},
            options={"ftol": 1e-12, "maxiter": 1_000},
        )
        assert -theirs.fun <= mine + 1e-6 * abs(mine)
        assert -theirs.fun == pytest.approx(mine, rel=1e-4)


def test_lists_that_change_alike_share_alike() -> None:
    """Also a single list, which takes the whole budget."""
    for goal in ("freshness", "age"):
        assert best_allocation([2.0] * 4, 8.0, goal).refreshes == pytest.approx([2.0] * 4)  # type: ignore[arg-type]
        assert best_allocation([2.0], 8.0, goal).refreshes == pytest.approx([8.0])  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize("goal", ["freshness", "age"])
@pytest.mark.parametrize(
    ("change_rates", "budget"),
    [([20.0, 20.0], 0.2), ([5.0] * 3, 0.3), ([100.0] * 200, 50.0), ([1.0, 1_000.0], 0.01)],
)
def test_a_budget_far_below_the_changes_is_spent_whole(
    goal: Goal, change_rates: list[float], budget: float
) -> None:
    """Each refresh then gains 1/λ, whoever has it; only the slowest lists are worth one."""
    found = best_allocation(change_rates, budget, goal)
    assert sum(found.refreshes) == pytest.approx(budget, rel=1e-6)
    if goal == "freshness":
        most = budget / min(change_rates) / len(change_rates)
        assert found.freshness == pytest.approx(most, rel=1e-6)


@pytest.mark.parametrize("goal", ["freshness", "age"])
def test_the_unit_of_time_does_not_matter(goal: Goal) -> None:
    """Changes and refreshes per second in place of per day."""
    day = 86_400.0
    by_day = best_allocation(RATES, BUDGET, goal).refreshes
    by_second = best_allocation([rate / day for rate in RATES], BUDGET / day, goal).refreshes
    assert [f * day for f in by_second] == pytest.approx(list(by_day), rel=1e-4, abs=1e-4)


@pytest.mark.parametrize(
    ("change_rates", "budget"),
    [
        ([1.0], 0.0),
        ([1.0], -1.0),
        ([1.0], math.nan),
        ([1.0], math.inf),
        ([1.0, 0.0], 1.0),
        ([-1.0], 1.0),
        ([math.nan], 1.0),
        ([math.inf], 1.0),
        ([], 1.0),
    ],
)
def test_what_cannot_be_shared_out_is_refused_in_one_line(
    change_rates: list[float], budget: float
) -> None:
    """Budgets and rates are positive and finite, and there is at least one list."""
    for goal in ("freshness", "age"):
        with pytest.raises(BadInput) as caught:
            best_allocation(change_rates, budget, goal)  # type: ignore[arg-type]
        assert "\n" not in str(caught.value)


def test_an_allocation_is_a_plain_tuple() -> None:
    """It compares, unpacks and prints as plain floats do, with nothing of NumPy in it.

    With one change per refresh freshness is 1 - 1/e, and the whole budget is spent.
    """
    found = best_allocation([1.0], 1.0, "age")
    assert isinstance(found, Allocation)
    assert isinstance(found, tuple)
    assert type(found.refreshes) is tuple
    assert [type(number) for number in (*found.refreshes, *found[1:])] == [float] * 3
    assert found == (
        pytest.approx((1.0,)),
        pytest.approx(1 - math.exp(-1)),
        pytest.approx(age(1.0, 1.0)),
    )

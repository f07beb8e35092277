"""How to share out a budget of refreshes over lists that change at different rates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import exp, expm1, inf
from typing import Literal, NamedTuple

from simkit.base.errors import BadInput, shown
from simkit.study import theory

Goal = Literal["freshness", "age"]
_Gain = Callable[[float, float], float]
_FEWEST = 1e-9
"""Stands for no refresh at all, where the closed forms divide by the interval."""


class Allocation(NamedTuple):
    """Refreshes of each list per unit of time, and what they give in the mean over the lists."""

    refreshes: tuple[float, ...]
    freshness: float
    """Mean share of time that a list is fresh."""
    age: float
    """Mean age of staleness, in units of time; infinite when a list is never refreshed."""


def allocation(refreshes: Sequence[float], change_rates: Sequence[float]) -> Allocation:
    """Give what refreshes per unit of time do for lists with these changes per unit of time.

    >>> round(allocation([1.0], [1.0]).freshness, 4)
    0.6321
    """
    fresh = [_freshness(f, rate) for f, rate in zip(refreshes, change_rates, strict=True)]
    ages = [_age(f, rate) for f, rate in zip(refreshes, change_rates, strict=True)]
    n = len(fresh)
    return Allocation(tuple(refreshes), sum(fresh) / n, sum(ages) / n)


def best_allocation(change_rates: Sequence[float], budget: float, goal: Goal) -> Allocation:
    """Give the refreshes, ``budget`` in all, with the best mean freshness or the least mean age.

    Freshness is concave and age convex in the refreshes of a list, so the best split has equal
    gains per further refresh wherever there are any. Cho and Garcia-Molina, TODS 28(4), 2003.
    BadInput for a rate or a budget that is not above 0.
    """
    from scipy.optimize import brentq

    if not change_rates:
        raise BadInput(field="change_rates", found="no lists", allowed="at least one")
    for name, value in [("budget", budget), *(("change_rates", rate) for rate in change_rates)]:
        if not 0 < value < inf:
            raise BadInput(field=name, found=shown(value), allowed="above 0")
    gain = _GAINS[goal]

    def refreshes(price: float) -> list[float]:
        """Give how often each list is worth refreshing when a refresh costs so much gain."""
        return [_worth(partial(_surplus, gain, price, rate), budget) for rate in change_rates]

    def over_budget(price: float) -> float:
        return sum(refreshes(price)) - budget

    dearest = max(gain(budget / len(change_rates) / 1e3, rate) for rate in change_rates)
    cheapest = min(gain(budget, rate) for rate in change_rates)
    try:
        price = float(brentq(over_budget, cheapest, dearest, xtol=1e-15, rtol=1e-14))
        # Where a list is hardly worth it, a last digit of the price decides over all it gets.
        more, less = refreshes(price * (1 - 1e-12)), refreshes(price * (1 + 1e-12))
        gap = sum(more) - sum(less)
        share = (budget - sum(less)) / gap if gap else 0.0
        found = [share * m + (1 - share) * n for m, n in zip(more, less, strict=True)]
    except ValueError:
        found = []
    # Where lists change many times between refreshes, gains are equal to the last digit and the
    # price tells nothing: what is left of it is scaled, or else the slowest lists gain the most.
    if not sum(found):
        found = [float(rate == min(change_rates)) for rate in change_rates]
    return allocation([budget * f / sum(found) for f in found], change_rates)


def _surplus(gain: _Gain, price: float, rate: float, f: float) -> float:
    return gain(f, rate) - price


def _worth(gain_over_price: Callable[[float], float], budget: float) -> float:
    """Give the refreshes at which a further one is worth its price; 0 when none ever is."""
    from scipy.optimize import brentq

    if gain_over_price(_FEWEST) <= 0:
        return 0.0
    if gain_over_price(budget) >= 0:
        return budget
    return float(brentq(gain_over_price, _FEWEST, budget, xtol=1e-12))


def _freshness(f: float, rate: float) -> float:
    return theory.freshness(rate, 1 / f) if f > _FEWEST else 0.0


def _age(f: float, rate: float) -> float:
    return theory.age(rate, 1 / f) if f > _FEWEST else inf


def _freshness_gain(f: float, rate: float) -> float:
    """Give how much a further refresh adds to freshness: (1 - e^(-r) - r·e^(-r))/λ, r = λ/f."""
    r = rate / f
    return (-expm1(-r) - r * exp(-r)) / rate if r < 700 else 1 / rate


def _age_gain(f: float, rate: float) -> float:
    """Give how much a further refresh takes off the age: T²·dA/dT, T = 1/f.

    A = T/2 - 1/λ + (1 - e^(-r))/(λ r), and d/dT of its last term is (e^(-r)·(1 + r) - 1)/(r²).
    """
    r = rate / f
    tail = exp(-r) if r < 700 else 0.0
    slope = 0.5 + (tail * (1 + r) - 1) / (r * r) if r > 1e-4 else r / 3
    return slope / (f * f)


_GAINS: dict[Goal, _Gain] = {
    "freshness": _freshness_gain,
    "age": _age_gain,
}

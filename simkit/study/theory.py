"""Closed forms that the simulation is held to, and that are drawn beside its results.

All times are milliseconds and all rates are events per millisecond, unless a function says
otherwise. ``change_rate`` is how often what is listed changes at its source, by a Poisson process;
``interval`` is the time between polls; ``delay`` is the mean way of a reply, from the platform to
the widget. Freshness counts versions: deactivating and reactivating a code is two changes. Two
ages are told apart: *staleness* counts from the first change not yet shown and is 0 while the list
is fresh, the *age of information* counts from the moment at which the list shown was taken.
"""

from __future__ import annotations

from math import exp, expm1, factorial

from simkit.base.clock import MINUTE, SECOND
from simkit.base.errors import BadInput, shown

_SERIES_BELOW = 0.1
"""Below this many changes per snapshot the closed form of the age loses digits, the series none."""
_SERIES_TERMS = 8
"""The first term left out is then below 1e-12 of the first one kept."""


def freshness(change_rate: float, interval: float, delay: float = 0.0) -> float:
    """Give the share of time during which the list shown is what the platform would answer.

    e^(-λd)·(1 - e^(-r))/r with r = λT; about 1 - r/2 + r²/6 for small r and no delay. Without
    delay: Cho and Garcia-Molina, SIGMOD 2000 and TODS 28(4), 2003.

    >>> round(freshness(change_rate=1 / 30_000, interval=30_000), 4)
    0.6321
    """
    changes = _not_negative(change_rate, "change_rate") * _positive(interval, "interval")
    kept = -expm1(-changes) / changes if changes else 1.0
    return exp(-change_rate * _not_negative(delay, "delay")) * kept


def age(change_rate: float, interval: float, delay: float = 0.0) -> float:
    """Give the mean age of staleness in ms: time since the first unseen change, 0 while fresh.

    T/2 + d - 1/λ + e^(-λd)·(1 - e^(-r))/(λr) with r = λT; about T·(r/6 - r²/24) for small r and no
    delay. Same source as freshness.

    >>> round(age(change_rate=5 / 30_000, interval=30_000) / 30_000, 4)
    0.3397
    """
    fresh = freshness(change_rate, interval, delay)
    if change_rate * (interval + delay) >= _SERIES_BELOW:
        return information_age(interval, delay) - (1 - fresh) / change_rate
    oldest = interval + delay
    return (
        sum(
            (-change_rate) ** (n - 1) * (delay ** (n + 1) - oldest ** (n + 1)) / factorial(n + 1)
            for n in range(2, 2 + _SERIES_TERMS)
        )
        / interval
    )


def information_age(interval: float, delay: float = 0.0) -> float:
    """Give the mean time in ms since the list shown was taken: T/2 + d (renewal-reward).

    It is also the mean time from one change by an administrator until one widget shows it.

    >>> information_age(interval=30_000, delay=80)
    15080.0
    """
    return _positive(interval, "interval") / 2 + _not_negative(delay, "delay")


def peak(interval: float, delay: float = 0.0) -> float:
    """Give the greatest age of information in ms under a strict period: T + d.

    >>> peak(interval=30_000, delay=80)
    30080.0
    """
    return float(_positive(interval, "interval") + _not_negative(delay, "delay"))


def poll_load(widgets: float, interval: float) -> float:
    """Give the requests per *second* that polling widgets put on the wire: N/T.

    >>> round(poll_load(widgets=10_000, interval=30_000)), round(poll_load(10_000, 15_000))
    (333, 667)
    """
    return SECOND * _not_negative(widgets, "widgets") / _positive(interval, "interval")


def http_cache_load(widgets: float, interval: float, max_age: float) -> float:
    """Give the requests per *second* when the browser answers polls up to a maximum age.

    N per max-age, rounded up to whole intervals: the first poll at or after it asks the platform.

    >>> round(http_cache_load(widgets=10_000, interval=30_000, max_age=1_800_000), 2)
    5.56
    """
    polls = max(1, -(-_not_negative(max_age, "max_age") // _positive(interval, "interval")))
    return poll_load(widgets, polls * interval)


def wrong_selections(choice_rate: float, interval: float, delay: float = 0.0) -> float:
    """Give the expected choices of a deactivated code per deactivation and widget: c·(T/2 + d).

    ``choice_rate`` is how often this code is chosen. It holds for Poisson choices independent of
    the edits (PASTA). For choices that the platform *refuses*, give the mean round trip as delay.

    >>> round(wrong_selections(choice_rate=1 / 600_000, interval=30_000, delay=80), 4)
    0.0251
    """
    return _not_negative(choice_rate, "choice_rate") * information_age(interval, delay)


def division_staleness(life: float, lead: float) -> float:
    """Give the mean ms until a transfer is noticed when the division is read at token renewal.

    Half the period τ = life - lead, for transfers at least τ before the end. The poll that then
    fetches the new list comes on top. Times the rate of choices it gives the expected refusals.

    >>> division_staleness(life=2_700_000, lead=60_000) / 60_000
    22.0
    """
    return _positive(life - _not_negative(lead, "lead"), "life - lead") / 2


def override_probability(override_rate: float, window: float) -> float:
    """Give the chance of an override within a window after a choice: 1 - e^(-θw).

    For overrides by a Poisson process, such as WFM transitions seen from a random moment.

    >>> round(override_probability(override_rate=1 / 900_000, window=60_000), 4)
    0.0645
    """
    return -expm1(-_not_negative(override_rate, "override_rate") * _not_negative(window, "window"))


def override_probability_by_clock(period: float, window: float) -> float:
    """Give the chance of an override within a window after a choice: min(1, w/S).

    For overrides by the clock, every S ms, such as routing sweeps.

    >>> round(override_probability_by_clock(period=900_000, window=60_000), 4)
    0.0667
    """
    return min(1.0, _not_negative(window, "window") / _positive(period, "period"))


def empty_dropdown(codes: int, divisions: int, visible: int = 1) -> float:
    """Give the chance that k codes, spread at random over n divisions, all lie out of sight.

    (1 - h/n)^k. An exact filter sees h = 1 division; a hierarchical one sees those on the path,
    the agent's own and Global included. Independent uniform placement, no filter by type.

    >>> round(empty_dropdown(12, 6), 4), round(empty_dropdown(12, 6, visible=3), 4)
    (0.1122, 0.0002)
    """
    if not 0 <= visible <= _positive(divisions, "divisions"):
        raise BadInput(
            field="visible", found=shown(visible), allowed=f"0 to {shown(divisions)} divisions"
        )
    return float((1 - visible / divisions) ** _not_negative(codes, "codes"))


def longest_interval(staleness_budget: float, change_rate: float) -> float:
    """Give the longest interval in ms that keeps the share of stale time within a budget.

    Without delay; r = 1/q + W₀(-e^(-1/q)/q) with q = 1 - budget, where W₀ is the principal branch
    of Lambert's W. The other branch gives the useless root 0.

    >>> round(longest_interval(staleness_budget=1 - 0.6321, change_rate=1 / 30_000) / 30_000, 3)
    1.0
    """
    import mpmath

    if not 0 < staleness_budget < 1:
        raise BadInput(
            field="staleness_budget", found=shown(staleness_budget), allowed="between 0 and 1"
        )
    with mpmath.workdps(50):
        inverse = 1 / (1 - mpmath.mpf(staleness_budget))
        changes = inverse + mpmath.lambertw(-inverse * mpmath.exp(-inverse), 0).real
    return float(changes) / _positive(change_rate, "change_rate")


def widgets_per_token(limit_per_min: float, interval: float) -> float:
    """Give how many polling widgets fit under the limit of one shared token: R·T per minute.

    >>> widgets_per_token(limit_per_min=300, interval=30_000)
    150.0
    """
    return _not_negative(limit_per_min, "limit_per_min") * _positive(interval, "interval") / MINUTE


def _positive(value: float, name: str) -> float:
    if not value > 0:
        raise BadInput(field=name, found=shown(value), allowed="above 0")
    return value


def _not_negative(value: float, name: str) -> float:
    if not value >= 0:
        raise BadInput(field=name, found=shown(value), allowed="at least 0")
    return value

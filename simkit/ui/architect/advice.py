"""The policy recommended at once: the cheapest on the curves that keeps the limits, its day too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple, get_args

from simkit.studio.policy import Topology, ratio
from simkit.studio.recommend import INTERVALS, MOST_TRIED
from simkit.ui.architect.choice import CHOSEN, PolicyInputs, Spot

_KEPT = 200
"""Days that are remembered."""


class Days:
    """Simulated days by what was chosen, limits aside: a day is simulated once."""

    def __init__(self) -> None:
        self._days: dict[tuple[object, ...], Mapping[str, float]] = {}
        self.last: tuple[tuple[object, ...], Pick] | None = None
        """What was found last that waits for no day, and for what: the search does not depend on
        the interval and version chosen, so that a slider of the interval need not wait for it."""

    def known(self, choice: PolicyInputs) -> Mapping[str, float] | None:
        """Give the day of a choice, empty where there can be none; None before it is simulated."""
        found = self._days.get(_key(choice))
        return {} if found is None and choice.no_day else found

    def of(self, choice: PolicyInputs) -> Mapping[str, float]:
        """Give the day of a choice; it is simulated now unless it is known."""
        found = self.known(choice)
        if found is None:
            if len(self._days) >= _KEPT:
                del self._days[next(iter(self._days))]
            found = self._days[_key(choice)] = choice.day
        return found


def _key(choice: PolicyInputs) -> tuple[object, ...]:
    return tuple(getattr(choice, name) for name in CHOSEN if not name.startswith("most_"))


class Pick(NamedTuple):
    """A policy recommended, or the nearest one where none keeps the limits."""

    choice: PolicyInputs
    met: bool
    """Whether the closed forms keep all limits, and the day simulated, if there is one."""
    day: Mapping[str, float] | None
    """None while it is still to be simulated."""


def pick(choice: PolicyInputs, days: Days) -> Pick | None:
    """Give the policy with the fewest requests within the limits; None where there is no limit.

    It is sought among intervals and versions, and with the other kind of token where that of the
    choice cannot keep the limits. A day that breaks a limit corrects the closed forms, and the
    search goes on; where a day is needed that nobody has simulated, the search waits there.
    """
    if not choice.limits:
        return None
    asked = tuple(
        getattr(choice, name) for name in CHOSEN if name not in ("interval_ms", "version")
    )
    if days.last and days.last[0] == asked:
        return days.last[1]
    found = _search(choice, days)
    if found.day is not None:
        days.last = asked, found
    return found


def _search(choice: PolicyInputs, days: Days) -> Pick:
    limits = choice.limits
    for topology in sorted(get_args(Topology), key=lambda each: each != choice.topology):
        there = choice if topology == choice.topology else replace(choice, topology=topology)
        found, scale = _cheapest(there, days)
        if found:
            return found
        if topology == choice.topology:
            nearest = min(_spots(choice), key=lambda each: _excess(each[1], limits, scale))
    there = _at(choice, *nearest)
    return Pick(there, False, days.known(there))


def _cheapest(choice: PolicyInputs, days: Days) -> tuple[Pick | None, dict[str, float]]:
    limits, scale = choice.limits, dict[str, float]()
    left = sorted(_spots(choice), key=_cost)
    for _ in range(MOST_TRIED):
        left = [each for each in left if _excess(each[1], limits, scale) <= 1]
        if not left:
            break
        (version, spot), *left = left
        there = _at(choice, version, spot)
        day = days.known(there)
        over = [metric for metric, most in limits.items() if day and day.get(metric, 0.0) > most]
        if not day or not over:
            return Pick(there, True, day), scale
        for metric in over:
            scale[metric] = day[metric] / spot.values[metric] if spot.values[metric] else 1.0
    return None, scale


def _spots(choice: PolicyInputs) -> Iterable[tuple[bool, Spot]]:
    for version, spots in choice.curves.items():
        yield from ((version, spot) for spot in spots if spot.interval_ms in INTERVALS)


def _cost(place: tuple[bool, Spot]) -> tuple[float, bool, int]:
    version, spot = place
    return round(spot.values["requests_per_s"], 6), version, -spot.interval_ms


def _at(choice: PolicyInputs, version: bool, spot: Spot) -> PolicyInputs:
    return replace(choice, interval_ms=spot.interval_ms, version=version)


def _excess(spot: Spot, limits: Mapping[str, float], scale: Mapping[str, float]) -> float:
    """Give the worst ratio of a value to its limit; above 1 as well where requests are refused."""
    refused = spot.values.get("refused_share", 0.0)
    found = (ratio(spot.values[m] * scale.get(m, 1.0), most) for m, most in limits.items())
    return max(*found, 1 + refused if refused else 0.0)

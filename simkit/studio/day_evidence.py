"""What recorded days show of how they were drawn: counts, lags and offsets, told apart.

A trace does not say which choice belongs to a scheduled activity, which follows one, and which
comes at any time. Here they are told apart by what the drawing makes of each.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median

import numpy as np
from scipy.optimize import linear_sum_assignment

from simkit.base.clock import SECOND
from simkit.base.randomness import NORMAL_MILLI
from simkit.rules.workload import AgentDay, Intention
from simkit.studio.visibility import Visibility

FARTHEST = max(NORMAL_MILLI.knots) / 1000
"""How many standard deviations a drawn lag may reach: the tables of the drawing end there."""
_MEDIAN = 0.674
"""Of the absolute value of a standard normal."""
_SLACK = 1.5
"""By so much the reach of lags may be underrated when it is first guessed from their median."""
_LEAST_OUTSIDE = 0.2
"""Of a shift of which activities leave less, nothing is said about choices at any time."""

Zone = tuple[int, int]


@dataclass(frozen=True)
class Matched:
    """The day of an agent, its scheduled activities with the choices that belong to them."""

    day: AgentDay
    lags: tuple[int | None, ...]
    """By how much each activity was begun late, in ms; None where no choice belongs to it."""
    others: tuple[Intention, ...]
    """The choices that belong to no activity."""


def matched(days: Iterable[AgentDay]) -> list[Matched]:
    """Give days with each choice of an activity's reason, and near it, found for the activity.

    How near is near is seen from all of them: as far as the drawing lets any stray.
    """
    paired = [(day, _pairs(day)) for day in days]
    lags = [
        abs(day.intentions[place].t - day.windows[n].start)
        for day, pairs in paired
        for n, place in pairs.items()
    ]
    reach = _SLACK * FARTHEST * median(lags) / _MEDIAN + SECOND if lags else 0.0
    return [_within(day, pairs, reach) for day, pairs in paired]


def _pairs(day: AgentDay) -> dict[int, int]:
    """Give for activities by their places the places of the choices that fit them best."""
    pairs: dict[int, int] = {}
    for reason in {window.reason for window in day.windows}:
        windows = [n for n, window in enumerate(day.windows) if window.reason == reason]
        wants = [n for n, want in enumerate(day.intentions) if want.reason == reason]
        if wants:
            costs = [[_cost(day, n, place) for place in wants] for n in windows]
            rows, columns = linear_sum_assignment(np.array(costs))
            pairs |= {windows[i]: wants[j] for i, j in zip(rows, columns, strict=True)}
    return pairs


def _cost(day: AgentDay, window: int, place: int) -> int:
    """Give how badly a choice fits an activity: by how much it is early or late, and longer."""
    activity, want = day.windows[window], day.intentions[place]
    return abs(want.t - activity.start) + abs(want.length - (activity.end - activity.start))


def _within(day: AgentDay, pairs: dict[int, int], reach: float) -> Matched:
    near = {
        n: place
        for n, place in pairs.items()
        if abs(day.intentions[place].t - day.windows[n].start) <= reach
    }
    taken = {*near.values()}
    others = tuple(want for place, want in enumerate(day.intentions) if place not in taken)
    lags = tuple(
        day.intentions[near[n]].t - window.start if n in near else None
        for n, window in enumerate(day.windows)
    )
    return Matched(day, lags, others)


def clear_lags(days: Iterable[Matched], reach: float) -> list[int]:
    """Give the lags of activities whose choice no lag within the reach could have lost or mixed up.

    Left out are those near the ends of a shift, beyond which nothing is drawn, and those that an
    activity of the same reason is near to.
    """
    found = []
    for each in days:
        day = each.day
        for n, (window, lag) in enumerate(zip(day.windows, each.lags, strict=True)):
            inside = day.start <= window.start - reach and window.start + reach < day.end
            alone = all(
                abs(other.start - window.start) > 2 * reach
                for m, other in enumerate(day.windows)
                if m != n and other.reason == window.reason
            )
            if lag is not None and inside and alone:
                found.append(lag)
    return found


@dataclass
class Choices:
    """Choices of shifts that belong to no activity: those after one, and those at any time.

    Shares of a shift are of its time and of what a day shows of choices then.
    """

    after: int = 0
    """Activities after whose end a choice was made, near it."""
    near: list[float] = field(default_factory=list)
    """For each end clear of others and of the ends of the shift: the share that is near it."""
    shown: list[float] = field(default_factory=list)
    """How likely a choice after each such activity is shown."""
    elsewhere: list[int] = field(default_factory=list)
    """How many choices each shift has that are near no end of an activity."""
    share: list[float] = field(default_factory=list)
    """The share of each shift that is near none."""


def choices(days: Iterable[tuple[Matched, Visibility]], reach: float) -> Choices:
    """Give what is chosen near the ends of activities and elsewhere; near is within the reach."""
    found = Choices()
    for each, visible in days:
        day = each.day
        length = day.end - day.start
        zones = [(int(w.end - reach), int(w.end + reach) + 1) for w in day.windows]
        inside = _fused((max(a, day.start), min(b, day.end)) for a, b in zones)
        seen = [_shown(visible, a, b) / length for a, b in inside]
        if sum(b - a for a, b in inside) <= (1 - _LEAST_OUTSIDE) * length:
            found.elsewhere.append(
                sum(not any(a <= want.t < b for a, b in inside) for want in each.others)
            )
            found.share.append(_shown(visible, day.start, day.end) / length - sum(seen))
        for (a, b), shown in zip(zones, visible.after, strict=True):
            if (a, b) in inside:  # nothing was cut off of it, and no other one reaches it
                found.near.append(seen[inside.index((a, b))])
                found.shown.append(shown)
                found.after += any(a <= want.t < b for want in each.others)
    return found


def _shown(visible: Visibility, start: int, end: int) -> float:
    return sum((b - a) * share for a, b, share in visible.at.spans(start, end))


def _fused(zones: Iterable[Zone]) -> list[Zone]:
    """Give zones in order, those that overlap as one."""
    found: list[Zone] = []
    for start, end in sorted(zones):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        elif start < end:
            found.append((start, end))
    return found

"""Whether limits are kept: what the closed forms say, what was simulated, and where these part."""

from __future__ import annotations

from collections.abc import Mapping
from math import isclose
from typing import Literal, NamedTuple

from simkit.base.formatting import all_of, counted
from simkit.base.statistics import Estimate
from simkit.ui.architect.choice import Confirmation, PolicyInputs, quantity, spread

State = Literal["kept", "open", "over"]
SIGNS: dict[State, str] = {"kept": "✓", "open": "≈", "over": "✗"}
_WORDS: dict[State, str] = {"kept": "kept", "open": "undecided", "over": "over"}
_OF_ALL = ("peak_requests_per_s",)
"""Metrics that count all agents at once: those of fewer agents only say what is at least so."""
SHORT = {
    "stale_share": "time out of date",
    "rate_limit_peak_share": "busiest minute of a token",
    "peak_requests_per_s": "busiest second",
}
"""What each limit is on, in a few words."""


class Known(NamedTuple):
    """All that is known of a policy: what was chosen, a day of it, five days of it."""

    choice: PolicyInputs
    day: Mapping[str, float]
    """Metrics of one simulated day of all agents; empty where there is none, or none yet."""
    found: Confirmation | None


class Standing(NamedTuple):
    """How a limit stands, and by what."""

    state: State
    how: str
    """What decided it, or what parts, in words."""
    brief: str
    """What parts, where there is little room; empty where nothing does."""
    simulated: bool
    """Whether anything simulated speaks."""


class _Simulated(NamedTuple):
    low: float
    high: float
    words: str
    decides: bool
    """Whether it outweighs a closed form that is kept."""


def standing(known: Known, metric: str) -> Standing:
    """Say how the limit on a metric stands; no mark is contradicted by what stands beside it.

    It is kept where the closed form and all that was simulated keep it, an interval as a whole. It
    is exceeded where all that was simulated exceeds it, and either the closed form does too or five
    days of all agents decide. All else is undecided, and so is what nobody has simulated.
    """
    most, on_paper = known.choice.limits[metric], known.choice.forms.values[metric]
    simulated = _simulated(known, metric, most)
    formula = f"the formula says {_beside(metric, on_paper, most)}"
    if not simulated:
        return Standing("open", f"not simulated, {formula}", "formula only", False)
    told = ", ".join(each.words for each in simulated)
    if on_paper <= most and all(each.high <= most for each in simulated):
        return Standing("kept", told, "", True)
    broken = all(each.low > most for each in simulated)
    if broken and (on_paper > most or any(each.decides for each in simulated)):
        return Standing("over", told, "", True)
    last = simulated[-1]
    ends = " to ".join(quantity(metric, end) for end in (last.low, last.high))
    brief = (
        f"five days: {ends}" if last.low < last.high else f"formula {quantity(metric, on_paper)}"
    )
    return Standing("open", f"{formula}, {told}", brief, True)


def _simulated(known: Known, metric: str, most: float) -> list[_Simulated]:
    """Give what was simulated of a metric, as far as it can say anything about the limit."""
    said = []
    if metric in known.day:
        value = known.day[metric]
        said.append(
            _Simulated(value, value, f"this day measured {_beside(metric, value, most)}", False)
        )
    found = known.found
    estimate = found.estimate(metric) if found else None
    if found is None or estimate is None:
        return said
    estimate = settled(estimate)
    whole = found.agents == known.choice.agents
    over = estimate.low > most
    if whole or over or metric not in _OF_ALL:
        of = "" if whole else f" of {counted(found.agents, 'agent')}"
        words = f"five days{of} {spread(metric, estimate)}"
        decides = whole or (over and metric in _OF_ALL)
        said.append(_Simulated(estimate.low, estimate.high, words, decides))
    return said


def _beside(metric: str, value: float, most: float) -> str:
    """Give a value that stands beside a limit: one that is just above it is not written alike."""
    words = quantity(metric, value)
    return f"just over {words}" if value > most and words == quantity(metric, most) else words


def settled(estimate: Estimate) -> Estimate:
    """Give an estimate; of days all alike its mean, as what is left of a width is rounding."""
    alike = isclose(estimate.low, estimate.high, rel_tol=1e-9)
    return Estimate(*3 * (estimate.mean,)) if alike else estimate


def mark(known: Known, metric: str) -> str:
    """Give how the limit on a metric stands, in words; empty where there is none."""
    if metric not in known.choice.limits:
        return ""
    state, how, _, _ = standing(known, metric)
    most = quantity(metric, known.choice.limits[metric])
    said = f"{SIGNS[state]} {_WORDS[state]}: at most {most}"
    return f"{said}; {how}" if state == "open" else said


def verdict(known: Known) -> str:
    """Give how the limits stand, as a sentence."""
    limits = known.choice.limits
    if not limits:
        return "No limit is set."
    found = {metric: standing(known, metric) for metric in limits}
    if not any(each.simulated for each in found.values()):
        over = known.choice.over(known.choice.forms.values)
        return f"Not simulated; by the formulas alone {_sentence(limits, over, [])}"
    over, undecided = (
        [metric for metric, each in found.items() if each.state == state]
        for state in ("over", "open")
    )
    said = _sentence(limits, over, undecided)
    return f"{said[0].upper()}{said[1:]}"


def _sentence(limits: Mapping[str, float], over: list[str], undecided: list[str]) -> str:
    n = len(limits)
    said = []
    for words, metrics in (("over", over), ("undecided for", undecided)):
        if metrics:
            of = f"{len(metrics)} of {n} limits" if n > 1 else "the limit"
            said.append(f"{words} {of} ({', '.join(map(SHORT.__getitem__, metrics))})")
    return f"{', '.join(said) or f'within {all_limits(limits)}'}."


def all_limits(limits: Mapping[str, float]) -> str:
    """Give the limits as a noun: how many there are."""
    return all_of(len(limits), "limit")


def worst(known: Known) -> State:
    """Give how the limits stand in all: as the one that stands worst."""
    states = {standing(known, metric).state for metric in known.choice.limits}
    if "over" in states:
        return "over"
    return "open" if "open" in states else "kept"

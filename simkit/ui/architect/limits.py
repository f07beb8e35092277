"""Whether limits are kept: by the closed forms, unless what was simulated overrules them."""

from __future__ import annotations

from math import isclose
from typing import Literal, NamedTuple

from simkit.base.statistics import Estimate
from simkit.ui.architect.choice import ROWS, Confirmation, PolicyInputs, quantity

State = Literal["kept", "open", "over"]
_SIGNS: dict[State, str] = {"kept": "✓ kept", "open": "? open", "over": "✗ over"}
_OF_ALL = ("peak_requests_per_s",)
"""Metrics that count all agents at once: those of fewer agents only say what is at least so."""


class Standing(NamedTuple):
    """How a limit stands, and by what."""

    state: State
    by: str
    """What decided it, in words; empty where nothing but the closed form speaks."""


def standing(choice: PolicyInputs, found: Confirmation | None, metric: str) -> Standing:
    """Say how the limit on a metric stands.

    What was simulated has the last word: a limit is kept when the whole interval keeps it, exceeded
    when none of it does, and open in between. Two things can only raise a doubt: one day of all
    agents, and a simulation of fewer agents that keeps a limit which the closed form exceeds.
    """
    most, on_paper = choice.limits[metric], choice.forms.values[metric]
    estimate = found.estimate(metric) if found else None
    if found is not None and estimate is not None:
        estimate = settled(estimate)
        whole = found.agents == choice.agents
        if estimate.low > most:
            return Standing("over", "simulated")
        if estimate.high > most:
            return Standing("open", "not all of the interval is within")
        if on_paper > most and (whole or metric not in _OF_ALL):
            how = f"{found.agents:,} agents simulated keep it, the closed form does not"
            return Standing("kept", "simulated") if whole else Standing("open", how)
    if on_paper > most:
        return Standing("over", "")
    if choice.day.get(metric, 0.0) > most:
        return Standing("open", "not on the day simulated")
    return Standing("kept", "")


def settled(estimate: Estimate) -> Estimate:
    """Give an estimate; of days all alike its mean, as what is left of a width is rounding."""
    alike = isclose(estimate.low, estimate.high, rel_tol=1e-9)
    return Estimate(*3 * (estimate.mean,)) if alike else estimate


def mark(choice: PolicyInputs, found: Confirmation | None, metric: str) -> str:
    """Give how the limit on a metric stands, in words; empty where there is none."""
    if metric not in choice.limits:
        return ""
    state, by = standing(choice, found, metric)
    said = f"{_SIGNS[state]}: at most {quantity(metric, choice.limits[metric])}"
    return f"{said} ({by})" if by else said


def verdict(choice: PolicyInputs, found: Confirmation | None) -> str:
    """Give how the limits stand, as a sentence."""
    n = len(choice.limits)
    if not n:
        return "No limit is set."
    over, doubtful = (_named(choice, found, state) for state in ("over", "open"))
    of = f"{{}} of {n} limits" if n > 1 else "the limit"
    said = []
    if over:
        said.append(f"Over {of.format(len(over))}: {'; '.join(over)}.")
    if doubtful:
        said.append(
            f"It is open whether {of.format(len(doubtful))} is kept: {'; '.join(doubtful)}."
        )
    if said:
        return " ".join(said)
    return "Within the limit." if n == 1 else f"Within all {n} limits."


def states(choice: PolicyInputs, found: Confirmation | None) -> set[State]:
    """Give the ways in which the limits stand."""
    return {standing(choice, found, metric).state for metric in choice.limits}


def _named(choice: PolicyInputs, found: Confirmation | None, state: str) -> list[str]:
    titles = {row.metric: row.title.lower() for row in ROWS}
    there = (m for m in choice.limits if standing(choice, found, m).state == state)
    return [titles[metric] for metric in there]

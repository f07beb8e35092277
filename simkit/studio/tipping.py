"""Tipping points: the value of an assumption beyond which another policy is chosen, in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from simkit.base.formatting import counted, number


class Assumption(NamedTuple):
    """Something that the choice rests on."""

    name: str
    """By which JSON and the price file know it."""
    title: str
    value: float
    unit: str
    source: str
    """Where the value comes from."""

    def words(self, value: float) -> str:
        """Give a value of it as people read it."""
        return number(value, self.unit).rstrip()


class Change(NamedTuple):
    """Where the choice changes, and what is chosen from there on."""

    at: float
    to: str
    """The policy in a few words; empty where none keeps the limits."""


class Tipping(NamedTuple):
    """How far an assumption may be off before another policy is chosen."""

    assumption: Assumption
    below: Change | None
    """Going down from the value given; None where nothing changes."""
    above: Change | None
    least: float
    """How far down the value was looked at."""
    most: float
    """How far up; infinite where all values were."""

    @property
    def nearness(self) -> float:
        """How close the nearer change is, as a factor of at least 1; infinite where there is none.

        Any other value is infinitely far from 0.
        """
        value = self.assumption.value
        factors = [float("inf")]
        if value > 0:
            factors += [self.above.at / value] if self.above else []
            factors += [value / self.below.at] if self.below and self.below.at > 0 else []
        return max(1.0, min(factors))

    @property
    def words(self) -> str:
        """What would change the choice, as a sentence without its stop."""
        this = self.assumption
        told = f"{this.title}: {this.words(this.value)}"
        parts = [
            f"{side} {this.words(change.at)} {change.to or 'no policy keeps the limits'}"
            for side, change in (("below", self.below), ("above", self.above))
            if change
        ]
        if parts:
            return f"{told}; {', and '.join(parts)}"
        reach = "no value" if self.most == float("inf") else self._reach
        return f"{told}; {reach} changes the choice"

    @property
    def _reach(self) -> str:
        least, most = (self.assumption.words(end) for end in (self.least, self.most))
        return f"no value from {least} to {most}"


def tipping_words(tippings: Iterable[Tipping], most: int = 3) -> list[str]:
    """Give the nearest tipping points as lines; an assumption that changes nothing is counted."""
    found = list(tippings)
    near = sorted((each for each in found if each.below or each.above), key=lambda t: t.nearness)
    told = [f"- {each.words}." for each in near[:most]]
    if not found:
        return []
    head = "What would change the choice, the nearest first:"
    still = len(found) - len(near)
    change = "changes" if still == 1 else "change"
    some = f"{still} of {counted(len(found), 'assumption')}"
    rest = [f"{some} {change} nothing within what was looked at."]
    return [head, *told, *(rest if still else [])] if told else rest

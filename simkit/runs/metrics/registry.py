"""The register of metrics: each reads values of some agents, and puts those of all together.

Agents who do not interact can so be read in parts, by whatever engine suits each part: what is
read differs from engine to engine, how it is put together does not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple

from simkit.base.errors import BadInput, closest, shown
from simkit.base.statistics import Estimate, estimate

if TYPE_CHECKING:
    from simkit.rules.settings import Settings
    from simkit.runs.history import History


class Measured(NamedTuple):
    """A value with its unit."""

    value: float | None
    unit: str


class RunScope(NamedTuple):
    """What is known of a run as a whole, whoever was read in which part."""

    settings: Settings
    codes: int
    """Codes in the catalogue."""
    horizon: int
    """End of the last shift, in ms."""
    shifts_ms: int
    """Lengths of all shifts."""


Read = Callable[["History"], Any]
Total = Callable[[list[Any], RunScope], float | None]
"""Puts together what was read of each part; the order of parts does not matter."""
LEAST = 0.0
"""No metric can be less, as each is a count, a span of time, a rate or a share."""


class Metric(NamedTuple):
    """What a metric is in plain words, its unit, and how it is read and put together."""

    title: str
    unit: str
    read: Read
    total: Total
    most: float = inf
    """What it cannot exceed in any settings, in its unit: 1 for a share of what there is."""

    def measure(self, history: History) -> float | None:
        """Measure all agents of a history."""
        return self.total([self.read(history)], history.scope)

    def estimate(self, values: Sequence[float]) -> Estimate:
        """Give the mean over replications with its interval, cut at what the metric can be."""
        return estimate(values, LEAST, self.most)


METRICS: dict[str, Metric] = {}


def named(name: object) -> Metric:
    """Give the metric of a name; BadInput when there is none."""
    found = METRICS.get(name) if isinstance(name, str) else None
    if found is None:
        guess = closest(name, METRICS) if isinstance(name, str) else ""
        raise BadInput(f"unknown metric {shown(name)}{guess}")
    return found


def metric(title: str, unit: str, total: Total, most: float = inf) -> Callable[[Read], Read]:
    """Register a metric under the name of the function that reads it."""

    def register(read: Read) -> Read:
        METRICS[read.__name__] = Metric(title, unit, read, total, most)
        return read

    return register

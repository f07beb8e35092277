"""The register of metrics: each is a function of a run, with a title and a unit."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from simkit.study.run import Run


class Measured(NamedTuple):
    """A value with its unit."""

    value: float | None
    unit: str


class Metric(NamedTuple):
    """How a metric is measured, in which unit, and what it is in plain words."""

    title: str
    unit: str
    measure: Callable[[Run], float | None]


METRICS: dict[str, Metric] = {}


def metric(title: str, unit: str) -> Callable[[Callable[[Run], float | None]], None]:
    """Register a metric under the name of the function that measures it."""

    def register(measure: Callable[[Run], float | None]) -> None:
        METRICS[measure.__name__] = Metric(title, unit, measure)

    return register

"""The block ``trap`` of a scenario file: what makes it an entry of the catalogue of traps."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator

from simkit.base.errors import closest
from simkit.rules.organisation import Section
from simkit.runs.metrics.registered import METRICS


def known_metric(name: str) -> str:
    """Give back the name of a metric; ValueError, with a suggestion, when there is none of it."""
    if name not in METRICS:
        raise ValueError(f"unknown metric {name!r}{closest(name, METRICS)}")
    return name


class Change(Section):
    """Something that is changed on top of a trap: a fix, a remedy, a reading, a mechanism."""

    id: str = Field(description="Unique id within the catalogue")
    title: str = Field(description="What is done, in plain words")
    set: dict[str, Any] = Field(description="Fields and their values, by dotted path")
    promise: Literal["cured"] | None = Field(
        default=None, description="What the guide promises; none for what is ours"
    )
    costs: tuple[str, ...] = Field(default=(), description="Metrics of what it costs")

    @field_validator("costs")
    @classmethod
    def _are_metrics(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(known_metric, names))


class Ingredient(Section):
    """One of several parts that only work together."""

    name: str
    set: dict[str, Any]


class TrapFile(Section):
    """The ``trap`` block of a scenario file: an entry of the catalogue."""

    id: str
    title: str
    fault: str = Field(description="What is wrong, in one sentence")
    metric: str = Field(description="The symptom metric; more is worse")
    secondary: tuple[str, ...] = ()
    fixes: tuple[Change, ...]
    remedies: tuple[Change, ...] = ()
    readings: tuple[Change, ...] = ()
    ingredients: tuple[Ingredient, ...] = ()
    mechanisms: tuple[Change, ...] = ()
    matrix_fixes: tuple[str, ...] = ()

    @field_validator("metric")
    @classmethod
    def _is_metric(cls, name: str) -> str:
        return known_metric(name)

    @field_validator("secondary")
    @classmethod
    def _are_metrics(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(known_metric, names))

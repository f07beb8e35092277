"""An experiment: a base scenario, factors, a design, replications, metrics and a budget."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from simkit.base import given
from simkit.base.errors import BadInput, LocatedError, closest, shown
from simkit.base.formatting import counted
from simkit.base.reading import documents, validation
from simkit.base.reading.document import Document
from simkit.inputs.loading import load, settings_given
from simkit.rules.organisation import Figures
from simkit.rules.sections import PATHS
from simkit.rules.settings import Settings
from simkit.studio.design import (
    SIZES,
    Design,
    Factor,
    Level,
    Point,
    changed,
    factor_of,
    level_words,
    points,
)
from simkit.studio.information_age import MEASURES

DEFAULT_METRICS = ("stale_share", "information_age_ms", "requests_per_s", "bytes_per_s")
"""What is measured when a sweep names no metrics."""
COLUMNS = ("scenario", "replication", "seed", "settings", "kit", "schema", "cell", "checksum")
"""Columns of the results beside the factors and the metrics."""


class Until(Figures):
    """Replications until the interval of one metric is narrow enough, at each point by itself."""

    metric: str | None = Field(default=None, description="Metric; the first one by default")
    relative: float | None = Field(
        default=None, strict=True, gt=0, lt=1, description="Half width over the mean"
    )
    absolute: float | None = Field(
        default=None, strict=True, gt=0, description="Half width in the unit of the metric"
    )
    at_least: int = Field(default=5, strict=True, ge=3, le=10_000, description="Fewest runs")
    at_most: int = Field(default=100, strict=True, ge=3, le=10_000, description="Most runs")
    look_ahead: int = Field(
        default=5, strict=True, ge=0, le=100, description="Further runs that must stay narrow"
    )

    @model_validator(mode="after")
    def _is_clear(self) -> Until:
        if (self.relative is None) == (self.absolute is None):
            raise LocatedError("either relative or absolute must be given", ("relative",))
        if self.at_least > self.at_most:
            raise LocatedError("at_least must not be above at_most", ("at_least",))
        return self


Replications = Annotated[
    Annotated[int, Field(strict=True, ge=2, le=100_000), Tag("number")]
    | Annotated[Until, Tag("rule")],
    Discriminator(lambda given: "rule" if isinstance(given, Mapping | Until) else "number"),
]


class Budget(Figures):
    """What a sweep may cost."""

    runs: int | None = Field(default=None, strict=True, ge=1, description="Most runs in all")
    minutes: float | None = Field(
        default=None, strict=True, gt=0, description="No run begins after this many minutes"
    )


class SweepFile(Figures):
    """The shape of a sweep file."""

    name: str | None = Field(default=None, max_length=300, description="Name of the sweep")
    base: str = Field(description="Path of the scenario file that all points build on")
    set: dict[str, Any] = Field(
        default_factory=dict, description="Fields changed at every point, by dotted path"
    )
    factors: dict[str, Any] = Field(
        min_length=1, description="What is varied: values of a field, a range, or named levels"
    )
    design: Design = Field(
        default="grid", description="`grid` for all combinations, or a mapping of one design"
    )
    replications: Replications = Field(
        default=10, description="Runs of each point, at least 2, or a rule when to stop"
    )
    metrics: tuple[str, ...] = Field(
        default=DEFAULT_METRICS, min_length=1, description="What is measured in each run"
    )
    seed: int = Field(
        default=1, strict=True, ge=0, lt=1 << 62, description="Replication r uses seed + r"
    )
    budget: Budget = Field(default=Budget(), description="What the sweep may cost")

    @field_validator("metrics")
    @classmethod
    def _are_known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in MEASURES:
                raise ValueError(f"unknown metric {name!r}{closest(name, MEASURES)}")
        return tuple(dict.fromkeys(names))


@dataclass(frozen=True)
class Experiment:
    """What a sweep runs. A shift is a terminating simulation: nothing is cut as warm-up."""

    name: str
    base: Settings
    factors: tuple[Factor, ...]
    points: tuple[Point, ...]
    replications: int | Until
    metrics: tuple[str, ...]
    seed: int
    budget: Budget

    def __repr__(self) -> str:
        return f"Experiment({self.name!r}, {counted(len(self.points), 'point')}, {self.runs_words})"

    @cached_property
    def level_kinds(self) -> dict[str, type]:
        """The type of each factor's column: whole numbers, numbers, truth values, or text."""
        kinds = {}
        for factor in self.factors:
            found = {type(point.levels[factor.name]) for point in self.points}
            if found == {int, float}:
                found = {float}
            kinds[factor.name] = found.pop() if len(found) == 1 else str
        return {name: kind if kind in (bool, int, float) else str for name, kind in kinds.items()}

    def column(self, name: str, level: Level) -> Level:
        """Give a level as it stands in its column."""
        kind = self.level_kinds[name]
        if kind is str:
            return level if isinstance(level, str) else level_words(level)
        found: Level = kind(level)
        return found

    @property
    def runs_words(self) -> str:
        """How many runs each point takes, in words."""
        rule = self.replications
        if isinstance(rule, int):
            return f"{rule} replications"
        width = f"{rule.relative:.3g} of the mean" if rule.relative else f"{rule.absolute:.3g}"
        return (
            f"{rule.at_least} to {rule.at_most} replications, until the half width of "
            f"{rule.metric or self.metrics[0]} is at most {width}"
        )


def experiment(
    base: Settings,
    factors: Mapping[str, Any],
    *,
    name: str | None = None,
    design: Any = "grid",
    replications: Any = 10,
    metrics: Sequence[str] = DEFAULT_METRICS,
    seed: int = 1,
    budget: Mapping[str, Any] | None = None,
) -> Experiment:
    """Give an experiment made in Python, by the words that a sweep file has; or BadInput."""
    words = {
        "name": name,
        "base": settings_given(base).name,
        "factors": dict(given.mapping("factors", factors)),
        "design": design,
        "replications": replications,
        "metrics": tuple(given.texts("metrics", metrics)),
        "seed": seed,
        "budget": budget or {},
    }
    return _experiment(validation.validate_data(SweepFile, words), base, None)


def load_experiment(path: str | Path, *, flat: bool = False) -> Experiment:
    """Give the experiment of a sweep file; its base is looked up beside it. Or BadInput.

    With ``flat``, divisions without a parent are put below one root.
    """
    path = Path(given.path("what", path))
    document = documents.read(path)
    file = validation.validate(SweepFile, document)
    target = path.parent / file.base
    if not os.path.lexists(target):  # of a name that is too long or has a NUL in it, too
        raise _placed(BadInput(f"{shown(file.base)} is not there"), document, ("base",))
    if os.path.isdir(target):
        raise _placed(BadInput(f"{shown(file.base)} is a folder"), document, ("base",))
    return _experiment(file, load(target, flat=flat), document)


def _experiment(file: SweepFile, base: Settings, document: Document | None) -> Experiment:
    try:
        base = changed(base, file.set)
    except BadInput as problem:
        raise _placed(problem, document, ("set", _blamed_key(file.set, problem))) from None
    factors = []
    for name, levels in file.factors.items():
        try:
            factors.append(factor_of(name, levels))
        except BadInput as problem:
            raise _placed(problem, document, ("factors", name)) from None
    _refuse_names_of_columns(factors, file, document)
    rule = file.replications
    if isinstance(rule, Until) and (rule.metric or file.metrics[0]) not in file.metrics:
        odd = BadInput("is not among the metrics", found=rule.metric)
        raise _placed(odd, document, ("replications", "metric"))
    try:
        made = points(base, factors, file.design)
    except BadInput as problem:
        raise _blamed(problem, file, document) from None
    fewest = len(made) * (rule if isinstance(rule, int) else rule.at_least)
    if file.budget.runs is not None and fewest > file.budget.runs:
        needed = f"{counted(len(made), 'point takes', 'points take')} at least {fewest} runs"
        allowed = f"{counted(file.budget.runs, 'run')} by the budget"
        raise _placed(BadInput(needed, allowed=allowed), document, ("budget", "runs"))
    return Experiment(
        file.name or base.name,
        base,
        tuple(factors),
        tuple(made),
        rule,
        file.metrics,
        file.seed,
        file.budget,
    )


def _blamed_key(given: Mapping[str, Any], problem: BadInput) -> str:
    """Give the key that sets the field to blame, or else the first that names no field."""
    last = (problem.field or "").rsplit(".", 1)[-1]
    known = {*PATHS, *PATHS.values(), *SIZES}
    blamed = [key for key in given if last and key.rsplit(".", 1)[-1] == last]
    return next(iter([*blamed, *(key for key in given if key not in known)]), "")


def _refuse_names_of_columns(
    factors: Sequence[Factor], file: SweepFile, document: Document | None
) -> None:
    taken = {*COLUMNS, *file.metrics}
    for factor in factors:
        if factor.name in taken:
            problem = BadInput("is the name of another column of the results")
            raise _placed(problem, document, ("factors", factor.name))
        taken.add(factor.name)


def _blamed(problem: BadInput, file: SweepFile, document: Document | None) -> BadInput:
    """Give the problem at the factor that sets the field to blame, else at the design."""
    field = (problem.field or "").rsplit(".", 1)[-1]
    for name, levels in file.factors.items():
        inside = [f for level in levels.values() for f in level] if _is_levels(levels) else []
        if field and field in {each.rsplit(".", 1)[-1] for each in (name, *inside)}:
            return _placed(problem, document, ("factors", name))
    return _placed(problem, document, ("design",))


def _is_levels(given: Any) -> bool:
    return isinstance(given, Mapping) and all(isinstance(v, Mapping) for v in given.values())


def _placed(problem: BadInput, document: Document | None, path: tuple[str, ...]) -> BadInput:
    problem.field = ".".join(part for part in path if part)
    if document is not None:
        problem.file = document.name
        problem.line, problem.column = document.where(path) or (1, 1)
    return problem

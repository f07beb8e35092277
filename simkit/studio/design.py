"""Factors and designs: which settings a sweep compares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Discriminator, Field, Tag, model_validator

from simkit.base import given
from simkit.base.errors import BadInput, LocatedError, closest, shown
from simkit.inputs.resizing import resized
from simkit.rules.organisation import Figures, Section
from simkit.rules.sections import PATHS, dotted
from simkit.rules.settings import Settings

SIZES = {"organisation.agents": "agents", "organisation.codes": "codes"}
"""What can be varied beside the fields of the settings: how many agents and codes there are."""
MOST_POINTS = 100_000

Level = str | int | float | bool | None
Whole = Annotated[int, Field(strict=True)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class Range(Section):
    """A factor that takes any value of a range; a Latin hypercube picks them."""

    low: Whole | Number = Field(description="Lowest value")
    high: Whole | Number = Field(description="Highest value")
    scale: Literal["linear", "log"] = Field(
        default="linear", description="Whether values are spread evenly or their logarithms are"
    )

    @model_validator(mode="after")
    def _rises(self) -> Range:
        if not self.low < self.high:
            raise LocatedError("the range must rise from low to high", ("low",))
        if self.scale == "log" and self.low <= 0:
            raise LocatedError("a logarithmic range must begin above 0", ("low",))
        return self

    def at(self, u: float) -> float | int:
        """Give the value at a share of the range; whole numbers stay whole."""
        if self.scale == "log":
            value = float(self.low * (self.high / self.low) ** u)
        else:
            value = float(self.low + (self.high - self.low) * u)
        whole = isinstance(self.low, int) and isinstance(self.high, int)
        return round(value) if whole else value


class LatinHypercube(Figures):
    """A design that fills the ranges of all factors evenly with few points."""

    points: int = Field(strict=True, ge=2, le=MOST_POINTS, description="Number of points")
    seed: int = Field(default=1, strict=True, ge=0, lt=1 << 62, description="Seed of the design")


class Listed(Figures):
    """A design that names each point by its levels."""

    points: tuple[dict[str, Any], ...] = Field(min_length=1, description="Level of each factor")


class Designs(Figures):
    """A design that takes options; exactly one is given."""

    latin_hypercube: LatinHypercube | None = Field(
        default=None, description="Points spread over the ranges of all factors"
    )
    listed: Listed | None = Field(default=None, description="Points named one by one")

    @model_validator(mode="after")
    def _is_one(self) -> Designs:
        if (self.latin_hypercube is None) == (self.listed is None):
            raise ValueError("a design is either latin_hypercube or listed")
        return self


Design = Annotated[
    Annotated[Literal["grid"], Tag("word")] | Annotated[Designs, Tag("mapping")],
    Discriminator(lambda given: "word" if isinstance(given, str) else "mapping"),
]
"""Told apart by their shape, so that what is wrong is said of the shape that was given."""


class Point(NamedTuple):
    """One combination of levels, and the settings that it makes."""

    levels: dict[str, Level]
    """The level of each factor, as a file and a table name it."""
    settings: Settings

    @property
    def label(self) -> str:
        """The levels in one line."""
        return ", ".join(f"{name} {level_words(level)}" for name, level in self.levels.items())


class Factor(NamedTuple):
    """A factor with its levels: what each changes, by the name that tables give it."""

    name: str
    levels: dict[Level, dict[str, Any]]
    range: Range | None = None


def level_words(level: Level) -> str:
    """Give a level as people read it.

    >>> level_words(15_000), level_words(True), level_words(None)
    ('15,000', 'yes', 'none')
    """
    if isinstance(level, bool):
        return "yes" if level else "no"
    if level is None:
        return "none"
    return f"{level:,}" if isinstance(level, int) else str(level)


def factor_of(name: str, given: Any) -> Factor:
    """Give a factor as a sweep file writes it; BadInput, relative to the factor, when it cannot be.

    A list holds values of one field. A mapping with ``low`` and ``high`` is a range of one. Any
    other mapping names levels, each a mapping of fields to values.
    """
    if isinstance(given, Mapping) and {"low", "high"} & set(given):
        from simkit.base.reading.validation import validate_data

        return Factor(_field(name), {}, validate_data(Range, given))
    if isinstance(given, Mapping) and given:
        levels: dict[Level, dict[str, Any]] = {
            str(level): _changes(fields, level) for level, fields in given.items()
        }
        return Factor(_free_name(name), levels)
    if isinstance(given, Sequence) and not isinstance(given, str) and given:
        field = _field(name)
        return Factor(field, {_level(value): {field: value} for value in given})
    raise BadInput(
        found=shown(given),
        allowed="a list of values, a range (low, high), or named levels, each a mapping of fields",
    )


def _level(value: Any) -> Level:
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    return ", ".join(map(str, value)) if isinstance(value, Sequence) else str(value)


def _field(name: str) -> str:
    return name if name in SIZES else dotted(name)


def _free_name(name: str) -> str:
    if not name.strip():
        raise BadInput("named levels need a name")
    if name in SIZES or name.rsplit(".", 1)[-1] in PATHS:
        raise BadInput("named levels need a name of their own, not that of a field")
    return name


def _changes(fields: Any, level: Any) -> dict[str, Any]:
    if not isinstance(fields, Mapping):
        raise BadInput(
            f"level {shown(level)}", found=shown(fields), allowed="mapping of fields to values"
        )
    return {_field(str(field)): value for field, value in fields.items()}


def changed(base: Settings, changes: Mapping[str, Any]) -> Settings:
    """Give settings with fields changed, sizes of the organisation among them; or BadInput."""
    sizes: dict[str, int] = {}
    for name, part in SIZES.items():
        if name in changes:
            sizes[part] = given.whole(name, changes[name], 1, 1_000_000)
    if sizes:
        try:
            base = base.with_top(organisation=resized(base.organisation, **sizes))
        except ValueError as problem:
            raise BadInput(str(problem), field=next(iter(sizes))) from None
    fields = {name: value for name, value in changes.items() if name not in SIZES}
    return base.replace(fields) if fields else base


def points(base: Settings, factors: Sequence[Factor], design: Design) -> list[Point]:
    """Give the points of a design, in its order, equal ones once; BadInput for unusable levels."""
    if design == "grid" and (n := prod(len(f.levels) for f in factors)) > MOST_POINTS:
        raise BadInput(f"a grid of {n:,} points", allowed=f"at most {MOST_POINTS:,}")
    combinations = _combinations(factors, design)
    sized: dict[tuple[Any, ...], Settings] = {}
    found: dict[tuple[Level, ...], Point] = {}
    for levels, changes in combinations:
        if tuple(levels.values()) in found:
            continue
        # Points of one size share one organisation, which takes the longest to make.
        size = {name: changes[name] for name in SIZES if name in changes}
        key = tuple(size.items())
        if key not in sized:
            sized[key] = changed(base, size)
        rest = {name: value for name, value in changes.items() if name not in SIZES}
        found[tuple(levels.values())] = Point(levels, changed(sized[key], rest))
    return list(found.values())


_Combination = tuple[dict[str, Level], dict[str, Any]]


def _combinations(factors: Sequence[Factor], design: Design) -> Iterator[_Combination]:
    if design == "grid":
        _refuse_ranges(factors, "a grid")
        for row in product(*(factor.levels for factor in factors)):
            yield _combined(factors, row)
    elif design.listed is not None:
        _refuse_ranges(factors, "a list of points")
        for i, point in enumerate(design.listed.points):
            yield _combined(factors, _named(factors, point, i))
    elif design.latin_hypercube is not None:
        yield from _hypercube(factors, design.latin_hypercube)


def _refuse_ranges(factors: Sequence[Factor], what: str) -> None:
    for factor in factors:
        if factor.range is not None:
            raise BadInput(f"{what} needs levels, and {factor.name} is a range", field=factor.name)


def _combined(factors: Sequence[Factor], row: Sequence[Level]) -> _Combination:
    changes: dict[str, Any] = {}
    for factor, level in zip(factors, row, strict=True):
        for field, value in factor.levels[level].items():
            if field in changes:
                raise BadInput(f"two factors change {field}", field=factor.name)
            changes[field] = value
    return {f.name: level for f, level in zip(factors, row, strict=True)}, changes


def _named(factors: Sequence[Factor], point: Mapping[str, Any], i: int) -> list[Level]:
    known = {name: f for f in factors for name in (f.name, f.name.rsplit(".", 1)[-1])}
    given: dict[str, Level] = {}
    for name, level in point.items():
        if name not in known:
            raise BadInput(f"point {i + 1}: unknown factor {name!r}{closest(name, known)}")
        given[known[name].name] = _level(level)
    chosen = []
    for factor in factors:
        # By what is written: 1 and true are equal to Python, and named levels are text.
        written = {level_words(level): level for level in factor.levels}
        said = level_words(given[factor.name]) if factor.name in given else ""
        if said not in written:
            allowed, found = ", ".join(written), said or "nothing"
            raise BadInput(f"point {i + 1}: level of {factor.name}", found=found, allowed=allowed)
        chosen.append(written[said])
    return chosen


def _hypercube(factors: Sequence[Factor], design: LatinHypercube) -> Iterator[_Combination]:
    from scipy.stats.qmc import LatinHypercube as Sampler

    sample = Sampler(d=len(factors), rng=design.seed).random(design.points)
    for row in sample:
        drawn: list[Factor] = []
        chosen: list[Level] = []
        for factor, u in zip(factors, row, strict=True):
            if factor.range is not None:
                value = factor.range.at(float(u))
                drawn.append(Factor(factor.name, {value: {factor.name: value}}))
                chosen.append(value)
            else:
                levels = list(factor.levels)
                drawn.append(factor)
                chosen.append(levels[int(u * len(levels))])
        yield _combined(drawn, chosen)

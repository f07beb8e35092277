"""Words and selections that the charts and the report of a sweep share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simkit.base.clock import show_duration
from simkit.base.errors import BadInput
from simkit.base.formatting import counted, interval, name, number
from simkit.base.statistics import Estimate
from simkit.studio.coverage import caution
from simkit.studio.design import Level, level_words
from simkit.studio.information_age import MEASURES
from simkit.studio.results import Results

Series = list[tuple[str, list[int]]]
"""Words for each series with the places of its points, in the order in which they are drawn."""


def factor_words(factor: str) -> str:
    """Give the name of a factor as people read it.

    >>> factor_words("widget.refresh_interval_ms"), factor_words("cache")
    ('refresh interval', 'cache')
    """
    if "." not in factor:
        return name(factor)
    return factor.rsplit(".", 1)[-1].removesuffix("_ms").replace("_", " ")


def level_said(factor: str, level: Level) -> str:
    """Give a level as people read it, times with their unit.

    >>> level_said("widget.refresh_interval_ms", 30_000), level_said("cache", "none")
    ('30 s', 'none')
    """
    if factor.endswith("_ms") and isinstance(level, int | float):
        return show_duration(level)
    if isinstance(level, float):
        return f"{level:,.4g}"
    return name(level_words(level))


def point_said(levels: Mapping[str, Level]) -> str:
    """Give the levels of a point in one line.

    >>> point_said({"widget.refresh_interval_ms": 30_000, "cache": "none"})
    'refresh interval 30 s, cache none'
    """
    return ", ".join(f"{factor_words(f)} {level_said(f, level)}" for f, level in levels.items())


def title_of(metric: str) -> str:
    """Give the title of a metric as the start of a sentence."""
    title = MEASURES[metric].title
    return title[:1].upper() + title[1:]


def unit_of(metric: str) -> str:
    """Give the unit of a metric as people read it."""
    return MEASURES[metric].unit.replace("1/", "per ")


def unbroken(text: str) -> str:
    """Give text in which no line ends between a number and its percent sign."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")


def value_said(value: float | None, metric: str) -> str:
    """Give a value of a metric with its unit."""
    return number(value, unit_of(metric))


def estimate_said(found: Estimate | None, metric: str) -> str:
    """Give a mean with its 95 % interval, or that there is none."""
    return "no interval" if found is None else interval(found, unit_of(metric))


def difference_said(value: float, metric: str) -> str:
    """Give a difference with its sign; that of two shares is in percentage points.

    >>> difference_said(0.012, "stale_share"), difference_said(-250.0, "information_age_ms")
    ('+1.2 percentage points', '−250 ms')
    """
    said = number(abs(value), unit_of(metric))
    if not said.startswith("0 "):
        said = f"{'−' if value < 0 else '+'}{said}"
    return said.replace(" %", " percentage points") if unit_of(metric) == "share" else said


def caution_said(metric: str) -> str:
    """Give the sentence that belongs beside intervals that fall short, empty where none does."""
    said = caution(metric)
    return f"{title_of(metric)}: {said}." if said else ""


def runs_said(results: Results, points: Sequence[int], metric: str) -> str:
    """Give over how many replications the means of some points are."""
    counts = {len(results.values(i, metric)) for i in points}
    low, high = min(counts), max(counts)
    return counted(low, "replication") if low == high else f"{low} to {high} replications"


def levels_of(results: Results, factor: str) -> list[Level]:
    """Give the levels of a factor that the points have, in their order."""
    return list(dict.fromkeys(point.levels[factor] for point in results.points))


def is_numeric(results: Results, factor: str) -> bool:
    """Say whether a factor is a number at every point."""
    levels = levels_of(results, factor)
    return all(isinstance(x, int | float) and not isinstance(x, bool) for x in levels)


def number_at(results: Results, point: int, factor: str) -> float:
    """Give the level of a numeric factor at a point."""
    level = results.points[point].levels[factor]
    assert isinstance(level, int | float)
    return level


def series_of(
    results: Results, metrics: Sequence[str], x: str, by: str | None, at: Mapping[str, Any] | None
) -> tuple[Series, str]:
    """Give the points to draw over ``x``, one series a level of ``by``, and what else is fixed.

    Left out are points without an interval of each metric. BadInput when ``x`` is no number, when
    a further factor is not fixed by ``at``, and when no point is left.
    """
    if not is_numeric(results, x):
        raise BadInput(f"{factor_words(x)} is not a number at every point", field="x")
    fixed = {results.factor(factor): level for factor, level in (at or {}).items()}
    refuse_unfixed(results, {x, by, *fixed})
    found: dict[Level, list[int]] = {}
    for i, point in enumerate(results.points):
        if any(point.levels[factor] != level for factor, level in fixed.items()):
            continue
        if all(results.estimate(i, metric) for metric in metrics):
            found.setdefault(point.levels[by] if by else None, []).append(i)
    if not found:
        wanted = " and ".join(metrics)
        raise BadInput(f"no such point has 2 values of {wanted}", field="at" if at else None)
    for points in found.values():
        points.sort(key=lambda i: number_at(results, i, x))
    words = [level_said(by, level) if by else "simulated" for level in found]
    return list(zip(words, found.values(), strict=True)), point_said(fixed)


def refuse_unfixed(results: Results, known: set[str | None]) -> None:
    """Raise BadInput when a further factor has several levels among the points."""
    for factor in results.experiment.factors:
        levels = levels_of(results, factor.name)
        if factor.name not in known and len(levels) > 1:
            raise BadInput(
                f"{factor_words(factor.name)} has {len(levels)} levels; fix one of them",
                field="at",
                allowed=", ".join(level_said(factor.name, level) for level in levels),
            )

"""Charts of what levels change: paired differences under the same random numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from simkit.base.errors import BadInput
from simkit.base.formatting import counted
from simkit.base.statistics import Estimate, Paired
from simkit.studio.design import Level
from simkit.studio.information_age import MEASURES
from simkit.studio.results import Results
from simkit.ui.charts.figure import (
    BLUE,
    GREY,
    SERIES_COLORS,
    SERIES_SYMBOLS,
    Chart,
    axis_title,
    axis_unit,
    categories,
    chart_of,
    error_bars,
    file_name,
    frame,
    plotly_text,
    points_of,
)
from simkit.ui.charts.sweep_axes import add_legend
from simkit.ui.charts.sweep_words import (
    caution_said,
    difference_said,
    estimate_said,
    factor_words,
    level_said,
    levels_of,
    point_said,
    runs_said,
    title_of,
    unbroken,
    unit_of,
)

_MOST_BARS = 24
_POINTS = "percentage points"


def tornado(results: Results, metric: str, at: int = 0) -> Chart:
    """Draw what moving one factor at a time does to a metric, from the point at a place.

    BadInput when no other point differs from it in one factor, and for an unknown place.
    """
    if not 0 <= at < len(results.points):
        allowed = f"0 to {len(results.points) - 1}"
        raise BadInput(field="at", found=str(at), allowed=allowed)
    effects = results.effects(metric, at)
    if not effects:
        raise BadInput("no point with 2 runs differs from this one in a single factor", field="at")
    labels = [
        f"{factor_words(e.factor)}: {level_said(e.factor, e.reference)} → "
        f"{level_said(e.factor, e.level)}"
        for e in effects
    ]
    found = [e.paired.difference for e in effects]
    largest = difference_said(found[0].mean, metric)
    title = f"Largest change in {MEASURES[metric].title}: {largest}, {labels[0]}"
    base = results.estimate(at, metric)
    sentence = (
        f"Differences from {point_said(results.points[at].levels)}, where it is "
        f"{estimate_said(base, metric)}; one factor moved at a time. "
        f"{_paired_words(results, metric)}"
    )
    drawn = found[:_MOST_BARS]
    if len(found) > len(drawn):
        sentence += f" The {len(drawn)} largest of {len(found)} are drawn."
    scale, unit = _difference_unit(metric, found)
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": [e.mean / scale for e in drawn],
        "y": list(range(len(drawn))),
        "width": 0.6,
        "error_x": error_bars(drawn, scale),
        "marker": {"color": BLUE},
        "cliponaxis": False,
        "hoverinfo": "skip",
    }
    layout = frame(unbroken(title), 38 * len(drawn) + 20, left=260, right=270)
    layout["xaxis"] |= {"title": axis_title(f"change in {MEASURES[metric].title}", unit)}
    layout["yaxis"] |= categories(labels[: len(drawn)], 36) | {"showgrid": False}
    layout["annotations"] = [
        _beside(difference_interval_said(e, metric).replace(_POINTS, "% points"), i)
        for i, e in enumerate(drawn)
    ]
    layout["shapes"] = [_zero()]
    head = ("one factor moved", "difference (95 % interval)", "correlation")
    table = [
        (label, *_paired_cells(e.paired, metric)) for label, e in zip(labels, effects, strict=True)
    ]
    file = file_name(f"{metric} by one factor")
    return _noted(chart_of(title, sentence, head, table, [bars], layout, file), metric)


def differences(results: Results, metric: str, by: str, reference: Level = None) -> Chart:
    """Draw what each level of a factor does against a reference level, all else the same.

    The reference is the first level unless told. BadInput for an unknown factor or level, and
    when no two points differ in this factor alone.
    """
    by = results.factor(by)
    levels = levels_of(results, by)
    reference = levels[0] if reference is None else reference
    if reference not in levels:
        allowed = ", ".join(level_said(by, level) for level in levels)
        raise BadInput(field="reference", found=level_said(by, reference), allowed=allowed)
    rows = _pairs(results, metric, by, reference)
    if not rows:
        raise BadInput(f"no two points with 2 runs differ in {factor_words(by)} alone", field="by")
    others = list(dict.fromkeys(other for other, _, _ in rows))
    moved = [level for level in levels if any(level == own for _, own, _ in rows)]
    said = level_said(by, reference)
    if len(moved) > 2:
        clear = _clear("another level", [p for _, _, p in rows])
    else:
        clear = "; ".join(
            _clear(level_said(by, level), [p for _, own, p in rows if own == level])
            for level in moved
        )
    title = f"{title_of(metric)}, against {factor_words(by)} {said}: {clear}"
    sentence = (
        f"Each mark: {factor_words(by)} at another level minus {factor_words(by)} {said}, all "
        f"else the same. Clearly: the interval leaves out 0, which one in 20 does by chance alone. "
        f"{_paired_words(results, metric)}"
    )
    found = [p.difference for _, _, p in rows]
    scale, unit = _difference_unit(metric, found)
    traces = []
    for i, level in enumerate(moved):
        own = [(others.index(other), p) for other, each, p in rows if each == level]
        shift = 0.5 * ((i + 0.5) / len(moved) - 0.5)
        traces.append(_marks(level_said(by, level), own, shift, i, scale, metric))
    height = max(34, 20 * len(moved)) * len(others)
    layout = frame(unbroken(title), height + 20, left=260, right=40)
    layout["xaxis"] |= {"title": axis_title(f"change in {MEASURES[metric].title}", unit)}
    layout["yaxis"] |= categories([other or "all points" for other in others], 36)
    layout["shapes"] = [_zero()]
    add_legend(layout, [level_said(by, level) for level in moved], factor_words(by))
    head = ("all else", factor_words(by), "difference (95 % interval)", "correlation")
    table = [
        (other or "all points", level_said(by, level), *_paired_cells(p, metric))
        for other, level, p in rows
    ]
    file = file_name(f"{metric} by {factor_words(by)}, differences")
    return _noted(chart_of(title, sentence, head, table, traces, layout, file), metric)


def _pairs(
    results: Results, metric: str, by: str, reference: Level
) -> list[tuple[str, Level, Paired]]:
    """Give (words for all else, level, difference) for each point with a reference beside it."""
    rest = [{f: v for f, v in point.levels.items() if f != by} for point in results.points]
    found = []
    for before, point in enumerate(results.points):
        if point.levels[by] != reference:
            continue
        for after, other in enumerate(results.points):
            if other.levels[by] == reference or rest[after] != rest[before]:
                continue
            if pair := results.compare(before, after, metric):
                found.append((point_said(rest[before]), other.levels[by], pair))
    return found


def _clear(who: str, pairs: Sequence[Paired]) -> str:
    """Say at how many points a level is clearly higher or lower."""
    counts = {
        "more": sum(p.difference.low > 0 for p in pairs),
        "less": sum(p.difference.high < 0 for p in pairs),
    }
    total = counted(len(pairs), "point")
    ways = [f"clearly {way} at {n} of {total}" for way, n in counts.items() if n]
    return f"{' and '.join(ways) or 'not clearly different'} with {who}"


def difference_interval_said(found: Estimate, metric: str) -> str:
    """Give a difference with its interval, both with signs.

    >>> difference_interval_said(Estimate(0.012, -0.001, 0.025), "stale_share")
    '+1.2 (−0.1 to +2.5) percentage points'
    """
    mean, low, high = (difference_said(value, metric) for value in found)
    unit = mean.partition(" ")[2]
    if found.low == found.high:
        return f"{mean} (always)" if found.mean else "no change"
    if all(part.endswith(f" {unit}") for part in (low, high)):
        mean, low, high = (part.removesuffix(f" {unit}") for part in (mean, low, high))
        return f"{mean} ({low} to {high}) {unit}"
    return f"{mean} ({low} to {high})"


def _paired_cells(found: Paired, metric: str) -> tuple[str, str]:
    correlation = "none" if found.correlation is None else f"{found.correlation:.2f}"
    return difference_interval_said(found.difference, metric), correlation


def _paired_words(results: Results, metric: str) -> str:
    runs = runs_said(results, range(len(results.points)), metric)
    return (
        f"Paired over {runs}: both sides meet the same random numbers, "
        "and a correlation above 0 narrows "
        "the 95 % Student interval."
    )


def _difference_unit(metric: str, found: Sequence[Estimate]) -> tuple[float, str]:
    ends = [end for e in found for end in (e.low, e.high)]
    scale, unit = axis_unit(MEASURES[metric].unit, ends)
    return scale, _POINTS if unit_of(metric) == "share" else unit


def _marks(
    who: str,
    own: Sequence[tuple[int, Paired]],
    shift: float,
    i: int,
    scale: float,
    metric: str,
) -> dict[str, Any]:
    color = SERIES_COLORS[i % len(SERIES_COLORS)]
    trace = points_of([p.difference.mean for _, p in own], [row for row, _ in own], scale)
    return trace | {
        "y": [row + shift for row, _ in own],
        "name": plotly_text(who),
        "error_x": error_bars([p.difference for _, p in own], scale) | {"color": color},
        "marker": {"symbol": SERIES_SYMBOLS[i % len(SERIES_SYMBOLS)], "size": 9, "color": color},
        "hovertext": [
            plotly_text(f"{who}: {difference_interval_said(p.difference, metric)}") for _, p in own
        ],
    }


def _beside(text: str, row: int) -> dict[str, Any]:
    place = {"x": 1, "xref": "paper", "xanchor": "left", "xshift": 14, "y": row}
    shown = {"text": plotly_text(text), "showarrow": False, "align": "left"}
    return place | shown | {"font": {"size": 13}}


def _zero() -> dict[str, Any]:
    ends = {"x0": 0, "x1": 0, "y0": 0, "y1": 1, "yref": "paper"}
    return ends | {"type": "line", "layer": "below", "line": {"color": GREY, "width": 2}}


def _noted(chart: Chart, metric: str) -> Chart:
    """Give a chart with the caution that belongs to its metric, if there is one."""
    said = caution_said(metric)
    return replace(chart, sentence=f"{chart.sentence} {said}", notes=(said,)) if said else chart

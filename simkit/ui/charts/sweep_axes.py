"""Axes and legends of the charts of a sweep."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil, floor, log10
from typing import Any

from simkit.base.statistics import Estimate
from simkit.ui.charts.figure import axis_title, legend, plotly_text
from simkit.ui.charts.sweep_words import factor_words, level_said

_LOG_ABOVE = 5
"""An axis is logarithmic when its values span more than this factor."""
_LETTER, _KEY, _LINE, _LEGEND = 7, 50, 20, 900
"""px that a letter takes, what stands before words, a line of them, and all words in a line."""


def is_log(values: Sequence[float]) -> bool:
    """Say whether values are above 0 and span so much that a logarithmic axis shows them best."""
    return min(values) > 0 and max(values) > _LOG_ABOVE * min(values)


def value_axis(values: Sequence[float]) -> dict[str, Any]:
    """Give an axis of values: logarithmic where they span much, else from 0."""
    return log_axis(min(values), max(values)) if is_log(values) else {"rangemode": "tozero"}


def log_axis(low: float, high: float) -> dict[str, Any]:
    """Give a logarithmic axis around values above 0, with ticks that people count by."""
    first, last = log10(low) - 0.15, log10(high) + 0.15
    steps = (1, 2, 5) if last - first < 3.5 else (1,)
    ticks = [step * 10.0**power for power in range(floor(first), ceil(last)) for step in steps]
    shown = [tick for tick in ticks if first <= log10(tick) <= last]
    return {
        "type": "log",
        "range": [first, last],
        "tickvals": shown,
        "ticktext": [f"{tick:,.0f}" if tick >= 1 else f"{tick:.10g}" for tick in shown],
    }


def levels_axis(x: str, levels: Sequence[float]) -> dict[str, Any]:
    """Give the axis of a factor, its levels as ticks as far as they are apart."""
    ordered = sorted(set(levels))
    logarithmic = is_log(ordered)
    place = [log10(level) if logarithmic else level for level in ordered]
    room = 0.05 * (place[-1] - place[0])
    shown = [ordered[0]]
    last = place[0]
    for level, here in zip(ordered[1:], place[1:], strict=True):
        if here - last >= room:
            shown.append(level)
            last = here
    margin = room or 1
    return {
        "type": "log" if logarithmic else "linear",
        "range": [place[0] - margin, place[-1] + margin],
        "tickvals": shown,
        "ticktext": [plotly_text(level_said(x, level)) for level in shown],
        "title": axis_title(factor_words(x)),
    }


def add_legend(layout: dict[str, Any], words: Sequence[str], title: str = "") -> None:
    """Add a legend at the foot with room for its words: side by side, or below each other."""
    width = sum(_LETTER * len(each) + _KEY for each in [title, *words])
    beside = width < _LEGEND
    room = 16 + _LINE * (1 if beside else len(words) + bool(title))
    layout |= {"showlegend": True, "legend": legend()}
    if not beside:  # entries as wide as the figure stand below each other
        layout["legend"] |= {"entrywidth": _LEGEND, "entrywidthmode": "pixels"}
    if title:
        layout["legend"]["x"] = 0.012
        layout["legend"]["title"] = {
            "text": f"{plotly_text(title)}:",
            "font": {"size": 13},
            "side": "left" if beside else "top",
        }
    layout["margin"]["b"] += room
    layout["height"] += room


def ends_of(estimates: Iterable[Estimate], scale: float) -> list[float]:
    """Give what an axis has to hold of intervals; far below a mean above 0 they are cut."""
    found = []
    for e in estimates:
        found += [e.mean / scale, e.high / scale]
        found.append(max(e.low, e.mean / 3 if e.mean > 0 else e.low) / scale)
    return found

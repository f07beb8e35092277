"""The frontier as a picture that stands by itself: all policies, the limit, and three of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from math import floor, log10
from typing import NamedTuple

from simkit.base.formatting import number
from simkit.studio.information_age import MEASURES
from simkit.studio.policy import Candidate, Recommendation
from simkit.ui.charts.sweep_words import title_of, value_said

WIDTH, HEIGHT = 720, 250
LEFT, RIGHT, TOP, BOTTOM = 74, 12, 26, 44
_ROOM = 1.25
"""By how much the axes reach beyond the outermost policies."""
_REACH = 12.0
"""How many times more or less than the policies marked those may cost that are drawn."""
_INK, _SOFT, _RULE = "#1b2733", "#5d6b78", "#dfe5ea"
COLORS = {"present": "#5d6b78", "recommended": "#2e7d32", "rejected": "#c2185b"}
_FONT = 'font-family="Liberation Sans, Arial, sans-serif"'


class Mark(NamedTuple):
    """A policy that is marked by a letter."""

    letter: str
    kind: str
    candidate: Candidate
    simulated: Mapping[str, float]
    """The mean of each limited metric over its runs; empty where it was not simulated."""


class Axis(NamedTuple):
    """A logarithmic axis from a value at one end to a value at the other, in px."""

    low: float
    high: float
    begin: float
    end: float

    def at(self, value: float) -> float:
        """Give the place of a value; beyond the ends it is at the end."""
        held = min(max(value, self.low), self.high)
        part = log10(held / self.low) / log10(self.high / self.low)
        return self.begin + part * (self.end - self.begin)

    @property
    def ticks(self) -> list[float]:
        """Round values along it: 1, 2 and 5 of each power of ten, or powers alone."""
        powers = range(floor(log10(self.low)), floor(log10(self.high)) + 1)
        few = len(powers) <= 4
        values = (step * 10.0**power for power in powers for step in ((1, 2, 5) if few else (1,)))
        return [value for value in values if self.low <= value <= self.high]


def picture_of(answer: Recommendation, marks: Sequence[Mark]) -> tuple[str, str]:
    """Give the picture as SVG, and its caption; empty ones where no metric can be drawn."""
    metric = _drawn_metric(answer)
    marked = [_cost(answer, mark.candidate) for mark in marks]
    points = [
        (_cost(answer, each), each.values[metric])
        for each in (*answer.candidates, *(mark.candidate for mark in marks))
    ]
    reach = min(marked) / _REACH, max(marked) * _REACH
    shown = {(x, y) for x, y in points if x > 0 and y > 0 and reach[0] <= x <= reach[1]}
    if len(shown) < 2:
        return "", "Nothing is out of date in these settings, so there is no frontier to draw."
    limit = answer.limits[metric]
    ys = [y for _, y in shown] + ([limit] if limit > 0 else [])
    across = _axis([x for x, _ in shown], LEFT, WIDTH - RIGHT)
    up = _axis(ys, HEIGHT - BOTTOM, TOP)
    drawn = "".join(_drawn(answer, metric, shown, marks, across, up))
    what = f"{title_of(metric)} against {_cost_title(answer)}"
    letters = ", ".join(f"{mark.letter} {mark.kind}" for mark in marks)
    label = escape(f"{what}, one point for each policy, with {letters}")
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" role="img" aria-label="{label}">{drawn}</svg>'
    )
    caption = (
        f"Each dot is a policy, by closed form; {letters}, where simulated at the mean. Below the "
        f"dashed line the limit of {value_said(limit, metric)} is kept."
    )
    return svg, caption


def _drawn_metric(answer: Recommendation) -> str:
    """Give the limit that is drawn: the one with the least room, as it decides."""
    return min(answer.margins, key=lambda margin: margin.room).metric


def _cost(answer: Recommendation, candidate: Candidate) -> float:
    if answer.cheapest == "money":
        return candidate.money
    return candidate.values[answer.cheapest]


def _cost_title(answer: Recommendation) -> str:
    if answer.cheapest == "money":
        return f"{answer.prices.currency} a day"
    return {"requests_per_s": "requests a second", "bytes_per_s": "bytes a second"}[answer.cheapest]


def _axis(values: Sequence[float], begin: float, end: float) -> Axis:
    return Axis(min(values) / _ROOM, max(values) * _ROOM, begin, end)


def _drawn(
    answer: Recommendation,
    metric: str,
    points: Iterable[tuple[float, float]],
    marks: Sequence[Mark],
    across: Axis,
    up: Axis,
) -> Iterator[str]:
    for value in across.ticks:
        x = across.at(value)
        yield _line(x, TOP, x, HEIGHT - BOTTOM, _RULE)
        yield _text(x, HEIGHT - BOTTOM + 16, number(value, "").strip(), "middle")
    for value in up.ticks:
        y = up.at(value)
        yield _line(LEFT, y, WIDTH - RIGHT, y, _RULE)
        yield _text(LEFT - 6, y + 4, number(value, MEASURES[metric].unit), "end")
    yield _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, _cost_title(answer), "middle")
    yield _text(8, 14, title_of(metric), "start")
    for x, y in sorted(points):
        yield f'<circle cx="{across.at(x):.1f}" cy="{up.at(y):.1f}" r="2.4" fill="#9fb0bf"/>'
    limit = answer.limits[metric]
    if limit > 0:
        y = up.at(limit)
        yield _line(LEFT, y, WIDTH - RIGHT, y, _INK, ' stroke-dasharray="6 4"')
        yield _text(WIDTH - RIGHT - 4, y - 5, f"limit {value_said(limit, metric)}", "end")
    for mark in sorted(marks, key=lambda each: each.kind == "recommended"):
        x = _cost(answer, mark.candidate)
        y = mark.simulated.get(metric, mark.candidate.values[metric])
        if x > 0 and y > 0:
            yield _badge(across.at(x), up.at(y), mark)


def _line(x1: float, y1: float, x2: float, y2: float, color: str, more: str = "") -> str:
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{color}"{more}/>'


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="11" {_FONT} '
        f'fill="{_SOFT}">{escape(words)}</text>'
    )


def _badge(x: float, y: float, mark: Mark) -> str:
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="9" fill="{COLORS[mark.kind]}" stroke="#ffffff" '
        f'stroke-width="1.5"/><text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle" '
        f'font-size="12" font-weight="bold" {_FONT} fill="#ffffff">{mark.letter}</text>'
    )

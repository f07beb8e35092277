"""Charts of a sweep: simulation beside closed form, staleness against load, effects, herds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isclose
from typing import Any, NamedTuple

from simkit.base.clock import SECOND, show_duration
from simkit.base.errors import BadInput
from simkit.base.formatting import counted, name, number
from simkit.base.statistics import LEVEL, Estimate, student_quantile
from simkit.runs.metrics.traffic import load
from simkit.runs.run import Run
from simkit.studio.closed_forms import Agreement, Forms, agreement
from simkit.studio.information_age import MEASURES
from simkit.studio.results import Results
from simkit.ui.charts.figure import (
    INK,
    SERIES_COLORS,
    SERIES_DASHES,
    SERIES_SYMBOLS,
    Chart,
    axis_title,
    axis_unit,
    chart_of,
    error_bars,
    file_name,
    frame,
    plotly_text,
)
from simkit.ui.charts.sweep_axes import add_legend, ends_of, levels_axis, log_axis, value_axis
from simkit.ui.charts.sweep_effects import differences, tornado
from simkit.ui.charts.sweep_frontier import frontier
from simkit.ui.charts.sweep_words import (
    Series,
    caution_said,
    estimate_said,
    factor_words,
    level_said,
    number_at,
    point_said,
    runs_said,
    series_of,
    title_of,
    unbroken,
    value_said,
)

__all__ = ["differences", "frontier", "herd", "theory", "tornado"]

_NEAR = 2
"""Standard errors within which a closed form counts as met."""
_BETWEEN = 5
"""Steps in which a closed form is drawn from one level to the next."""
_HEIGHT = 380
_KEY = "line: closed form"


# Simulation beside closed form.


class _Point(NamedTuple):
    """A point of a sweep, and what the closed form says of it."""

    place: int
    level: float
    found: Estimate
    runs: int
    apart: Agreement | None

    @property
    def is_near(self) -> bool:
        """Whether the closed form lies within 2 standard errors, or is met exactly."""
        if self.apart is None:
            return False
        errors = self.apart.standard_errors
        if errors is None:
            return isclose(self.found.mean, self.apart.expected, rel_tol=1e-9, abs_tol=1e-12)
        return abs(errors) <= _NEAR

    @property
    def share(self) -> float | None:
        """The distance as a share of the closed form; None where that is 0 or not known."""
        if self.apart is None or not self.apart.expected:
            return None
        return self.apart.difference / self.apart.expected


def theory(
    results: Results,
    metric: str,
    x: str,
    by: str | None = None,
    at: Mapping[str, Any] | None = None,
) -> Chart:
    """Draw a metric over a numeric factor, the closed form as lines beside it.

    ``by`` is a factor whose levels become series; every further factor is fixed by ``at``, a
    mapping of factors to levels. BadInput when it is not, and for what cannot be drawn.
    """
    x, by = results.factor(x), results.factor(by) if by else None
    series, fixed = series_of(results, [metric], x, by, at)
    drawn = [(who, [_point(results, metric, x, i) for i in places]) for who, places in series]
    flat = [(who, point) for who, points in drawn for point in points]
    every = [point for _, point in flat]
    lines = [_line(results, metric, x, places) for _, places in series]
    scale, shown_unit = axis_unit(MEASURES[metric].unit, [p.found.mean for p in every])
    heights = ends_of([p.found for p in every], scale)
    heights += [y / scale for line in lines for _, y in line]
    traces = []
    for i, (who, points) in enumerate(drawn):
        traces.append(_dots(who, points, i, scale, metric, x))
        traces.append(_closed(lines[i], i, scale))
    traces.append(_key())
    title = _agreement_found(metric, every)
    notes = (*_reasons(results, series, x, by), *filter(None, [caution_said(metric)]))
    sentence = " ".join([_agreement_sentence(results, metric, every, fixed), *notes])
    layout = frame(unbroken(title), _HEIGHT, left=90, right=30)
    layout["xaxis"] |= levels_axis(x, [p.level for p in every])
    layout["yaxis"] |= value_axis(heights)
    layout["yaxis"]["title"] = axis_title(MEASURES[metric].title, shown_unit)
    names = [*(who for who, _ in series), _KEY]
    add_legend(layout, names, factor_words(by) if by else "")
    head = [factor_words(x), *([factor_words(by)] if by else [])]
    head += [f"{MEASURES[metric].title} (95 % interval)", "closed form"]
    head += ["apart, in standard errors", "apart"]
    table = [
        (
            level_said(x, results.points[p.place].levels[x]),
            *([who] if by else []),
            estimate_said(p.found, metric),
            *_apart_cells(p, metric),
        )
        for who, p in flat
    ]
    file = file_name(f"{metric} by {factor_words(x)}")
    return chart_of(title, sentence, head, table, traces, layout, file, notes)


def _point(results: Results, metric: str, x: str, i: int) -> _Point:
    found = results.estimate(i, metric)
    assert found is not None  # points without one are left out of a series
    values = results.values(i, metric)
    expected = Forms(results.points[i].settings).values.get(metric)
    apart = None if expected is None else agreement(values, expected)
    return _Point(i, number_at(results, i, x), found, len(values), apart)


def _line(
    results: Results, metric: str, x: str, points: Sequence[int]
) -> list[tuple[float, float]]:
    """Give the closed form at the points of a series, and between them where settings allow."""
    found: dict[float, float] = {}
    for i in points:
        settings = results.points[i].settings
        for level in _from_here(results, x, i, points):
            try:
                there = settings if level is None else settings.replace({x: level})
            except BadInput:
                continue  # sizes of the organisation, and values between that are not allowed
            value = Forms(there).values.get(metric)
            if value is not None:
                found[number_at(results, i, x) if level is None else level] = value
    return sorted(found.items())


def _from_here(results: Results, x: str, i: int, points: Sequence[int]) -> list[float | None]:
    """Give the levels at which to draw from a point to the next; None for that of the point."""
    here = number_at(results, i, x)
    after = [level for j in points if (level := number_at(results, j, x)) > here]
    if not after:
        return [None]
    step = (min(after) - here) / _BETWEEN
    between = [here + k * step for k in range(1, _BETWEEN)]
    whole = isinstance(here, int) and isinstance(min(after), int)
    return [None, *(dict.fromkeys(map(round, between)) if whole else between)]


def _agreement_found(metric: str, points: Sequence[_Point]) -> str:
    """Say in one line at how many points the closed form is met, and how far off it is at most."""
    known = [p for p in points if p.apart]
    if not known:
        return f"{title_of(metric)}: no closed form is known for these settings"
    near = sum(p.is_near for p in known)
    said = f"{title_of(metric)}: closed form within {_NEAR} standard errors at {near} of"
    said += f" {counted(len(known), 'point')}"
    shares = [abs(p.share) for p in known if p.share is not None]
    return f"{said}, at most {number(max(shares), 'share')} away" if shares else said


def _agreement_sentence(results: Results, metric: str, points: Sequence[_Point], fixed: str) -> str:
    """Say what is drawn, and whether the distances are more than chance."""
    runs = runs_said(results, [p.place for p in points], metric)
    said = (
        f"Points: means of {runs}, with 95 % Student intervals; "
        "all points meet the same random numbers. "
        "Lines: the closed form, worked out and not fitted."
    )
    if fixed:
        said += f" All at {fixed}."
    errors = [
        (abs(p.apart.standard_errors), p.runs, point_said(results.points[p.place].levels))
        for p in points
        if p.apart and p.apart.standard_errors is not None
    ]
    if not errors:
        return said
    level = 1 - (1 - LEVEL) / len(errors)
    beyond = sum(e > student_quantile(n - 1, level) for e, n, _ in errors)
    allowed = student_quantile(min(n for _, n, _ in errors) - 1, level)
    largest, _, where = max(errors)
    many = counted(len(errors), "point")
    return (
        f"{said} A standard error is how far chance alone moves a mean of so few runs, typically; "
        f"with {many}, chance moves none further than {allowed:.3g} in 95 of 100 sweeps (Student). "
        f"Beyond that: {beyond or 'none'}. Largest distance: {largest:.3g} ({where})."
    )


def _reasons(results: Results, series: Series, x: str, by: str | None) -> list[str]:
    """Say for each reason to part from the closed form which points it concerns."""
    found: dict[str, list[str]] = {}
    for who, places in series:
        reasons = {i: Forms(results.points[i].settings).why_they_part for i in places}
        for why in dict.fromkeys(why for each in reasons.values() for why in each):
            levels = [results.points[i].levels[x] for i in places if why in reasons[i]]
            said = ", ".join(level_said(x, level) for level in levels)
            some = "" if len(levels) == len(places) else f" at {said}"
            whom = f"{factor_words(by)} {who}" if by else "all points"
            found.setdefault(why, []).append(f"{whom if by or not some else 'points'}{some}")
    return [
        f"Simulation and closed form part because {why}: {'; '.join(whom)}."
        for why, whom in found.items()
    ]


def _apart_cells(p: _Point, metric: str) -> tuple[str, str, str]:
    if p.apart is None:
        return "none", "", ""
    errors = p.apart.standard_errors
    if errors is None:
        said = "met exactly" if p.is_near else "runs do not differ"
    else:
        said = f"{errors:+.1f}"
    share = "" if p.share is None else number(p.share, "share")
    return value_said(p.apart.expected, metric), said, share


def _dots(
    who: str, points: Sequence[_Point], i: int, scale: float, metric: str, x: str
) -> dict[str, Any]:
    color = SERIES_COLORS[i % len(SERIES_COLORS)]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": plotly_text(who),
        "x": [p.level for p in points],
        "y": [p.found.mean / scale for p in points],
        "error_y": error_bars([p.found for p in points], scale) | {"color": color},
        "marker": {"symbol": SERIES_SYMBOLS[i % len(SERIES_SYMBOLS)], "size": 9, "color": color},
        "cliponaxis": False,
        "hoverinfo": "text",
        "hovertext": [
            plotly_text(f"{who}, {level_said(x, p.level)}: {estimate_said(p.found, metric)}")
            for p in points
        ],
    }


def _closed(line: Sequence[tuple[float, float]], i: int, scale: float) -> dict[str, Any]:
    dash = SERIES_DASHES[i % len(SERIES_DASHES)]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [x for x, _ in line],
        "y": [y / scale for _, y in line],
        "line": {"color": SERIES_COLORS[i % len(SERIES_COLORS)], "width": 2, "dash": dash},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _key() -> dict[str, Any]:
    """Give the entry of the legend for all closed forms."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": _KEY,
        "x": [None],
        "y": [None],
        "line": {"color": INK, "width": 2},
    }


# Herds.


def herd(runs: Mapping[str, Run], seconds: int = 300) -> Chart:
    """Draw the requests of each second from the start of the run, one line a run.

    Requests for lists and configurations and submissions are counted, renewals go elsewhere. Raises
    BadInput without a run, and for less than a second.
    """
    if not runs:
        raise BadInput(field="runs", found="no runs", allowed="at least one")
    if seconds < 1:
        raise BadInput(field="seconds", found=str(seconds), allowed="at least 1")
    loads = {
        who: load(run.history, SECOND, ("list", "config", "submit")) for who, run in runs.items()
    }
    traces = [_pulse(who, counts, i, seconds) for i, (who, counts) in enumerate(loads.items())]
    peaks = {
        who: max(counts.items(), key=lambda c: (c[1], -c[0]), default=(0, 0))
        for who, counts in loads.items()
    }
    found = "; ".join(f"{name(who)} {n:,}" for who, (_, n) in peaks.items())
    title = f"Requests in the busiest second: {found}"
    until = show_duration(seconds * SECOND)
    sentence = (
        f"Requests of all widgets in each of the first {until} of one run each; seconds without a "
        "request are gaps. The busiest second is that of the whole run."
    )
    late = [name(who) for who, (second, _) in peaks.items() if second >= seconds]
    sentence += f" It comes later than what is drawn: {', '.join(late)}." if late else ""
    layout = frame(unbroken(title), _HEIGHT - 40, left=90, right=30)
    drawn = [y for trace in traces for y in trace["y"] if y]
    layout["xaxis"] |= {"title": axis_title("time from the start of the run", "s")}
    layout["xaxis"] |= {"range": [-0.01 * seconds, 1.01 * seconds]}
    layout["yaxis"] |= log_axis(min(drawn, default=1), max(drawn, default=1))
    layout["yaxis"]["title"] = axis_title("requests in one second")
    add_legend(layout, list(runs))
    head = ("run", "agents", "busiest second", "after", f"mean per s, first {until}")
    table = [
        (
            name(who),
            f"{len(run.agents):,}",
            counted(peaks[who][1], "request"),
            show_duration(peaks[who][0] * SECOND),
            number(sum(n for t, n in loads[who].items() if t < seconds) / seconds, "per s"),
        )
        for who, run in runs.items()
    ]
    return chart_of(title, sentence, head, table, traces, layout, "requests-each-second")


def _pulse(who: str, counts: Mapping[int, int], i: int, seconds: int) -> dict[str, Any]:
    color = SERIES_COLORS[i % len(SERIES_COLORS)]
    times = range(seconds)
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": plotly_text(name(who)),
        "x": list(times),
        "y": [counts.get(t) for t in times],
        "line": {"color": color, "width": 1.5},
        "marker": {"symbol": SERIES_SYMBOLS[i % len(SERIES_SYMBOLS)], "size": 6, "color": color},
        "hoverinfo": "text",
        "hovertext": [plotly_text(f"{name(who)}, {t} s: {counts.get(t, 0):,}") for t in times],
    }

"""The chart of staleness against load: between what one can choose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log10
from typing import Any

from simkit.base.clock import MINUTE, SECOND
from simkit.base.errors import BadInput
from simkit.base.formatting import number
from simkit.studio.closed_forms import Forms
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
from simkit.ui.charts.sweep_axes import add_legend, ends_of, is_log, value_axis
from simkit.ui.charts.sweep_words import (
    caution_said,
    estimate_said,
    factor_words,
    is_numeric,
    level_said,
    levels_of,
    runs_said,
    series_of,
    title_of,
    unbroken,
    value_said,
)

_RINGED = "beaten by none in both"


def frontier(
    results: Results,
    cost: str = "requests_per_s",
    stale: str = "stale_share",
    x: str | None = None,
    by: str | None = None,
    at: Mapping[str, Any] | None = None,
) -> Chart:
    """Draw how out of date lists are against the load, each point with its level of ``x``.

    ``x`` is the first numeric factor unless told; ``by`` and ``at`` are those of ``theory``. A
    point is marked when no other has both less load and less staleness. BadInput for what cannot
    be drawn.
    """
    x, by = _numeric(results, x), results.factor(by) if by else None
    series, fixed = series_of(results, [cost, stale], x, by, at)
    flat = [(who, i) for who, places in series for i in places]
    means = {i: (_mean(results, i, cost), _mean(results, i, stale)) for _, i in flat}
    kept = {i for i, own in means.items() if not any(_beats(o, own) for o in means.values())}
    scales = [
        axis_unit(MEASURES[metric].unit, [own[k] for own in means.values()])
        for k, metric in enumerate((cost, stale))
    ]
    (across, across_unit), (up, up_unit) = scales
    xs, ys = (
        ends_of([e for i in means if (e := results.estimate(i, metric))], scale)
        for metric, (scale, _) in zip((cost, stale), scales, strict=True)
    )
    limits = _rate_limits(results, list(means), cost)
    lines = {at: words for at, words in limits.items() if at <= 3 * max(xs)}
    label = _Labels(xs, ys)
    traces = []
    for i, (who, places) in enumerate(series):
        trace = _path(results, who, places, i, (cost, stale), (across, up))
        trace["text"] = [
            label.at(means[j][0] / across, means[j][1] / up, _plain(results, j, x)) for j in places
        ]
        trace["hovertext"] = [
            plotly_text(
                f"{who}, {_plain(results, j, x)}: "
                f"{estimate_said(results.estimate(j, cost), cost)}, "
                f"{estimate_said(results.estimate(j, stale), stale)}"
            )
            for j in places
        ]
        traces.append(trace)
    traces.append(_rings([(means[j][0] / across, means[j][1] / up) for j in sorted(kept)]))
    bottom, top = min(ys), max(ys)
    traces += [_limit_line(at, words, bottom, top) for at, words in lines.items()]
    title = _frontier_found(means, kept, cost, stale)
    runs = runs_said(results, list(means), stale)
    sentence = (
        f"Points: means of {runs}, with 95 % Student intervals both ways, and each with its "
        f"{factor_words(x)} as far as there is room. Ringed: points that no "
        "other beats in both, judged by their means."
    )
    sentence += f" All at {fixed}." if fixed else ""
    sentence += _limit_sentence(results, list(means), cost, limits, lines, max(xs))
    notes = tuple(filter(None, map(caution_said, (cost, stale))))
    layout = frame(unbroken(title), 420, left=90, right=40)
    layout["xaxis"] |= value_axis([*xs, *lines])
    layout["yaxis"] |= value_axis(ys)
    layout["xaxis"]["title"] = axis_title(MEASURES[cost].title, across_unit)
    layout["yaxis"]["title"] = axis_title(MEASURES[stale].title, up_unit)
    names = [*(who for who, _ in series), _RINGED, *lines.values()]
    add_legend(layout, names, factor_words(by) if by else "")
    head = [factor_words(x), *([factor_words(by)] if by else [])]
    head += [f"{MEASURES[metric].title} (95 % interval)" for metric in (cost, stale)]
    table = [
        (
            _plain(results, i, x),
            *([who] if by else []),
            *(estimate_said(results.estimate(i, metric), metric) for metric in (cost, stale)),
            "by none" if i in kept else "yes",
        )
        for who, i in flat
    ]
    file = file_name(f"{stale} against {cost}")
    words = " ".join([sentence, *notes])
    return chart_of(title, words, [*head, "beaten in both"], table, traces, layout, file, notes)


def _numeric(results: Results, x: str | None) -> str:
    if x is not None:
        return results.factor(x)
    for factor in results.experiment.factors:
        if is_numeric(results, factor.name) and len(levels_of(results, factor.name)) > 1:
            return factor.name
    raise BadInput("no factor is a number with several levels", field="x")


def _mean(results: Results, point: int, metric: str) -> float:
    found = results.estimate(point, metric)
    assert found is not None  # points without one are left out of a series
    return found.mean


def _plain(results: Results, point: int, x: str) -> str:
    return level_said(x, results.points[point].levels[x])


def _beats(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Say whether one is at least as good both ways, and better in one."""
    return one != other and one[0] <= other[0] and one[1] <= other[1]


def _path(
    results: Results,
    who: str,
    places: Sequence[int],
    i: int,
    metrics: tuple[str, str],
    scales: tuple[float, float],
) -> dict[str, Any]:
    """Give a series as a line through its points, with intervals both ways."""
    color = SERIES_COLORS[i % len(SERIES_COLORS)]
    found = [[results.estimate(j, metric) for j in places] for metric in metrics]
    xs, ys = ([e for e in each if e is not None] for each in found)
    thin = {"color": color, "thickness": 1.5, "width": 4}
    return {
        "type": "scatter",
        "mode": "lines+markers+text",
        "name": plotly_text(who),
        "x": [e.mean / scales[0] for e in xs],
        "y": [e.mean / scales[1] for e in ys],
        "error_x": error_bars(xs, scales[0]) | thin,
        "error_y": error_bars(ys, scales[1]) | thin,
        "line": {"color": color, "width": 1.5, "dash": SERIES_DASHES[i % len(SERIES_DASHES)]},
        "marker": {"symbol": SERIES_SYMBOLS[i % len(SERIES_SYMBOLS)], "size": 9, "color": color},
        "textposition": "bottom left",
        "textfont": {"size": 12, "color": INK},
        "cliponaxis": False,
        "hoverinfo": "text",
    }


def _rings(points: Sequence[tuple[float, float]]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": _RINGED,
        "x": [x for x, _ in points],
        "y": [y for _, y in points],
        "marker": {
            "symbol": "circle-open",
            "size": 17,
            "color": INK,
            "line": {"width": 2, "color": INK},
        },
        "cliponaxis": False,
        "hoverinfo": "skip",
    }


_APART = 2 * "\N{NO-BREAK SPACE}"
"""Keeps words off the ring of their point."""
_LETTER, _LINE = 0.008, 0.045
"""Width of a letter and height of a line, as shares of a plot 900 px wide."""


class _Labels:
    """Which points get their words: where there is room, and they do not stand there already."""

    def __init__(self, xs: Sequence[float], ys: Sequence[float]) -> None:
        self.logs = [is_log(xs), is_log(ys)]
        self.spans = [
            self._place(k, max(values)) - self._place(k, min(values)) or 1.0
            for k, values in enumerate((xs, ys))
        ]
        self.taken: list[tuple[float, float, str]] = []

    def _place(self, axis: int, value: float) -> float:
        return log10(value) if self.logs[axis] else value

    def at(self, x: float, y: float, words: str) -> str:
        """Give the words for a point, empty where there is no room for them."""
        u, v = (self._place(k, value) / self.spans[k] for k, value in enumerate((x, y)))
        for a, b, said in self.taken:
            left, right = sorted([(u, words), (a, said)])
            # Words end at their point, so that those of the right one reach to the left.
            room = _LETTER * (len(right[1]) + len(_APART))
            if right[0] - left[0] < room and abs(v - b) < _LINE:
                return ""
        self.taken.append((u, v, words))
        return f"{plotly_text(words)}{_APART}"


def _frontier_found(
    means: Mapping[int, tuple[float, float]], kept: set[int], cost: str, stale: str
) -> str:
    """Say in one line between which ends one can choose."""
    cheap = min(kept, key=lambda i: means[i])
    fresh = min(kept, key=lambda i: (means[i][1], means[i][0]))
    ends = {
        f"{value_said(means[i][1], stale)} at {value_said(means[i][0], cost)}": None
        for i in (cheap, fresh)
    }
    said = f"from {' to '.join(ends)}" if len(ends) > 1 else f"at best {' '.join(ends)}"
    total = "the only point" if len(means) == 1 else f"{len(kept)} of {len(means)} points"
    verb = "is" if len(kept) == 1 else "are"
    return f"{title_of(stale)}: {said}; {total} {verb} beaten by none in both"


def _rate_limits(results: Results, points: Sequence[int], cost: str) -> dict[float, str]:
    """Give the loads at which tokens are used up, in requests per second, with words for each."""
    if cost not in ("requests_per_s", "polls_per_s"):
        return {}
    found: dict[float, str] = {}
    for i in points:
        settings = results.points[i].settings
        limit = settings.platform.rate_limit_per_min
        if limit is None:
            continue
        said = f"rate limit: {limit:,} a minute"
        if settings.application.token_topology == "shared":
            found[limit * SECOND / MINUTE] = f"{said} for the one token of all"
        else:
            forms = Forms(settings)
            at_work = forms.agents * forms.mean_shift / forms.horizon
            load = limit * at_work * SECOND / MINUTE
            found[float(f"{load:.3g}")] = f"{said} for each of {at_work:,.0f} agents at work"
    return found


def _limit_sentence(
    results: Results,
    points: Sequence[int],
    cost: str,
    limits: Mapping[float, str],
    drawn: Mapping[float, str],
    largest: float,
) -> str:
    if MEASURES[cost].unit != "1/s":
        return ""
    if not limits:
        none = all(results.points[i].settings.platform.rate_limit_per_min is None for i in points)
        return " The platform's profile states no rate limit." if none else ""
    far = [
        f" Not drawn: {words}, in all {number(load, 'per s')}, which is {load / largest:,.0f} "
        "times the largest load."
        for load, words in limits.items()
        if load not in drawn
    ]
    return "".join(far) + (
        " Loads are means over the run: the busiest minute comes closer to the limit."
    )


def _limit_line(load: float, words: str, bottom: float, top: float) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": plotly_text(words),
        "x": [load, load],
        "y": [bottom, top],
        "line": {"color": "#c2185b", "width": 2, "dash": "dash"},
        "hoverinfo": "skip",
    }

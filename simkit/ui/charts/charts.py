"""Charts for notebooks: what is found as a title, the picture, the same in words and as a table.

A chart is the last line of a cell; ``print(chart.digest)`` in a cell of its own is what a test of
the notebook compares. Colour never speaks alone, and names from the data are only ever text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import inf, isclose
from typing import Any

from simkit.base.errors import BadInput
from simkit.base.formatting import counted, interval, name, number
from simkit.base.statistics import Estimate
from simkit.study.comparison import Matrix
from simkit.ui.charts.figure import (
    BLUE,
    INK,
    LOOKS,
    SERIES_COLORS,
    SERIES_DASHES,
    SERIES_SYMBOLS,
    Chart,
    axis_title,
    axis_unit,
    categories,
    chart_of,
    error_bars,
    file_name,
    frame,
    legend,
    plotly_text,
)
from simkit.ui.charts.fixes import costs, verdicts

__all__ = ["Chart", "bars", "costs", "matrix", "plotly_text", "sweep", "verdicts"]

Points = Mapping[str, Sequence[tuple[float, Estimate]]]


def matrix(matrix: Matrix) -> Chart:
    """Draw fixes against mechanisms as cells: each says verdict and figure in words."""
    heads = [("alone", "no fix"), *((fix, fix) for fix in matrix.fixes)]
    table, cells = [], []
    for i, mechanism in enumerate(matrix.mechanisms):
        words = [interval(matrix.rows[i], "ms")]
        cells.append((i, 0, "n/a", False, words[0]))
        for j, (verdict, cell, hollow) in enumerate(
            zip(matrix.verdicts[i], matrix.cells[i], matrix.hollow[i], strict=True), start=1
        ):
            said = f"{verdict}, but hollow" if hollow else verdict
            words.append(f"{said}: {number(cell.mean, 'ms')}")
            shown = f"{LOOKS[verdict].sign} {said}<br>{number(cell.mean, 'ms')}"
            cells.append((i, j, verdict, hollow, shown))
        table.append((name(f"{mechanism.id} {mechanism.title}"), *words))
    title = _matrix_finding(matrix)
    sentence = (
        "Each cell says what a fix makes of one cause of the same symptom, and how long a "
        "deactivated code then stays listed. n/a: the cause alone is not surely above plain "
        "polling."
    )
    if any(map(any, matrix.hollow)):
        sentence += (
            " Hollow, drawn empty: no deactivated code stays because usable codes go missing"
            " longer; the metric is cured, the need is not."
        )
    layout = frame(title, 54 * len(table), left=230, right=20, above=34)
    layout["margin"]["b"] = 20
    layout["xaxis"] |= {
        "side": "top",
        "tickvals": list(range(len(heads))),
        "ticktext": [plotly_text(label) for _, label in heads],
        "range": [-0.55, len(heads) - 0.45],
        "showgrid": False,
        "title": axis_title("how long a deactivated code stays listed"),
    }
    layout["yaxis"] |= categories([row[0] for row in table]) | {"showgrid": False}
    layout |= {"barmode": "overlay", "bargap": 0}
    head = ("mechanism", *(label for label, _ in heads))
    traces = [_cell(*cell) for cell in cells]
    return chart_of(title, sentence, head, table, traces, layout, "fixes-and-mechanisms")


def _cell(row: int, column: int, verdict: str, hollow: bool, text: str) -> dict[str, Any]:
    look = LOOKS[verdict]
    return {
        "type": "bar",
        "orientation": "h",
        "y": [row],
        "base": [column - 0.47],
        "x": [0.94],
        "width": 0.9,
        "text": [text],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "constraintext": "none",
        "textfont": {"color": INK, "size": 13},
        "hoverinfo": "skip",
        "marker": {
            "color": "#ffffff" if hollow else look.pale,
            "line": {"color": look.color, "width": 2},
        },
    }


def _matrix_finding(matrix: Matrix) -> str:
    """Say in one line how many causes each fix cures, those that cure most first."""
    causes = sum(any(verdict != "n/a" for verdict in row) for row in matrix.verdicts)
    counts: list[tuple[int, int, str]] = []
    for j, fix in enumerate(matrix.fixes):
        cured = [i for i, row in enumerate(matrix.verdicts) if row[j] == "cured"]
        hollow = sum(matrix.hollow[i][j] for i in cured)
        counts.append((len(cured) - hollow, hollow, fix))
    counts.sort(key=lambda entry: -entry[0])
    parts = [
        f"{fix} {'cures ' if i == 0 else ''}{count or 'none'}{f' of {causes}' if i == 0 else ''}"
        + (f" ({hollow} more only in the metric)" if hollow else "")
        for i, (count, hollow, fix) in enumerate(counts)
    ]
    return f"Which fix cures depends on the cause: {', '.join(parts)}"


# Sweeps and bars.


def sweep(
    points: Points,
    x_title: str,
    y_title: str,
    unit: str,
    finding: str,
    theory: Sequence[tuple[float, float]] | None = None,
) -> Chart:
    """Draw series of estimates over a varied number, and a closed form beside them.

    ``finding`` is the title; ``unit`` is that of the values, ``x_title`` brings its own.
    """
    flat = [(who, x, e) for who, series in points.items() for x, e in series]
    if not flat:
        raise BadInput(field="points", found="no points", allowed="at least one")
    scale, shown_unit = axis_unit(unit, [e.mean for *_, e in flat])
    traces = [_series(who, points[who], i, unit, scale) for i, who in enumerate(points)]
    sentence = f"Simulated means with 95 % intervals, {len(flat)} in all."
    notes: tuple[str, ...] = ()
    if theory:
        xs, ys = zip(*sorted(theory), strict=True)
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": "closed form",
                "x": list(xs),
                "y": [y / scale for y in ys],
                "line": {"color": INK, "width": 2, "dash": "dash"},
                "hoverinfo": "skip",
            }
        )
        notes = (_distance(flat, theory),)
        sentence += f" {notes[0]}"
    layout = frame(finding, 360, left=80, right=30)
    layout["xaxis"] |= {"title": axis_title(name(x_title))}
    layout["yaxis"] |= {"title": axis_title(name(y_title), shown_unit), "rangemode": "tozero"}
    layout |= {"showlegend": True, "legend": legend()}
    layout["margin"]["b"] += 40
    closed = [_at(theory or (), x) for _, x, _ in flat]
    table = [
        (name(who), _plain(x), interval(e, unit), *([_known(y, unit)] if theory else []))
        for (who, x, e), y in zip(flat, closed, strict=True)
    ]
    head = ["series", name(x_title), f"{name(y_title)} (95 % interval)"]
    head += ["closed form"] if theory else []
    return chart_of(finding, sentence, head, table, traces, layout, file_name(finding), notes)


def _series(
    who: str, points: Sequence[tuple[float, Estimate]], i: int, unit: str, scale: float
) -> dict[str, Any]:
    color = SERIES_COLORS[i % len(SERIES_COLORS)]
    ordered = sorted(points)
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": plotly_text(name(who)),
        "x": [x for x, _ in ordered],
        "y": [e.mean / scale for _, e in ordered],
        "error_y": error_bars([e for _, e in ordered], scale) | {"color": color},
        "line": {"color": color, "width": 2, "dash": SERIES_DASHES[i % len(SERIES_DASHES)]},
        "marker": {"symbol": SERIES_SYMBOLS[i % len(SERIES_SYMBOLS)], "size": 9, "color": color},
        "hoverinfo": "text",
        "hovertext": [
            plotly_text(f"{name(who)}, {_plain(x)}: {interval(e, unit)}") for x, e in ordered
        ],
    }


def _at(theory: Sequence[tuple[float, float]], x: float) -> float | None:
    return next((y for known, y in theory if isclose(known, x, rel_tol=1e-9)), None)


def _known(value: float | None, unit: str) -> str:
    return "not given here" if value is None else number(value, unit)


def _distance(
    flat: Sequence[tuple[str, float, Estimate]], theory: Sequence[tuple[float, float]]
) -> str:
    """Say how far simulation and closed form are apart, where both are known.

    A distance of 1 or less means that the closed form lies within the interval. Of one that is
    cut at a bound the half towards the closed form counts.
    """
    far: list[tuple[float, str]] = []
    for who, x, e in flat:
        expected = _at(theory, x)
        if expected is not None:
            apart = abs(e.mean - expected)
            half = e.high - e.mean if expected > e.mean else e.mean - e.low
            same = isclose(e.mean, expected, rel_tol=1e-9, abs_tol=1e-12)
            away = 0.0 if same else apart / half if half else inf
            far.append((away, f"{name(who)} at {_plain(x)}"))
    if not far:
        return "The closed form is not given at any simulated point."
    largest, where = max(far, key=lambda entry: entry[0])
    within = sum(away <= 1 for away, _ in far)
    size = f"{largest:.2f} half widths of the interval" if largest < inf else "no interval, apart"
    return (
        f"The closed form lies within {within} of {counted(len(far), 'interval')}; "
        f"largest distance: {size} ({where})."
    )


def bars(rows: Iterable[tuple[str, float]], title: str, unit: str, sentence: str) -> Chart:
    """Draw labelled bars of plain values in one unit."""
    rows = list(rows)
    if not rows:
        raise BadInput(field="rows", found="no rows", allowed="at least one")
    values = [value for _, value in rows]
    scale, shown_unit = axis_unit(unit, values)
    on_axis = f" {unit}" if shown_unit == unit else ""
    numbers = [number(value, unit).removesuffix(on_axis) for value in values]
    low, high = min(0.0, *values) / scale, max(0.0, *values) / scale
    room = 0.2 * (high - low or 1.0)
    trace = {
        "type": "bar",
        "orientation": "h",
        "x": [value / scale for value in values],
        "y": list(range(len(rows))),
        "width": 0.7,
        "text": list(map(plotly_text, numbers)),
        "textposition": "outside",
        "textfont": {"size": 13, "color": INK},
        "cliponaxis": False,
        "hoverinfo": "skip",
        "marker": {"color": BLUE},
    }
    layout = frame(title, 38 * len(rows) + 20, left=230, right=30)
    layout["xaxis"] |= {
        "title": axis_title("", name(shown_unit)),
        "range": [low - (room if low else 0), high + (room if high or not low else 0)],
    }
    if high - low <= 10 and all(value == round(value) for value in values):
        layout["xaxis"]["dtick"] = 1  # there is no half of what is counted
    layout["yaxis"] |= categories([label for label, _ in rows]) | {"showgrid": False}
    table = [(name(label), said) for (label, _), said in zip(rows, numbers, strict=True)]
    return chart_of(
        title, sentence, ("what", name(shown_unit)), table, [trace], layout, file_name(title)
    )


def _plain(x: float) -> str:
    return f"{x:,.0f}" if x == round(x) else f"{x:.4g}"

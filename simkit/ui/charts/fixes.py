"""Charts of a trap and its fixes: what they cure, and what they cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

from simkit.base.errors import BadInput
from simkit.base.formatting import counted, interval, name, number
from simkit.base.statistics import Estimate
from simkit.inputs.trap_file import Change
from simkit.runs.metrics.registered import METRICS
from simkit.study.comparison import CURED_BELOW, Cost, FixResult, TrapResult
from simkit.ui.charts.figure import (
    BLUE,
    GREY,
    INK,
    LOOKS,
    Chart,
    Look,
    axis_title,
    axis_unit,
    categories,
    chart_of,
    error_bars,
    frame,
    legend,
    plotly_text,
    points_of,
)

_DEEDS = {
    "cured": ("cures", "cure"),
    "reduced": ("only reduces", "only reduce"),
    "unchanged": ("leaves it unchanged", "leave it unchanged"),
    "worse": ("makes it worse", "make it worse"),
}


def verdicts(result: TrapResult) -> Chart:
    """Draw a trap and its fixes: means with intervals, the promise and the measured verdict."""
    metric, trap = METRICS[result.trap.metric], result.trap
    fixes = (*result.fixes, *result.remedies)
    estimates = [result.estimate, *(fix.estimate for fix in fixes)]
    shows = "reproduced" if result.reproduced else "not shown"
    looks = [Look(INK, "square", "", ""), *(LOOKS[fix.verdict] for fix in fixes)]
    rows = [(f"{trap.id} {trap.title}", result.estimate, "", shows)]
    rows += [
        (f"{f.change.id} {f.change.title}", f.estimate, f.change.promise or "nothing", f.verdict)
        for f in fixes
    ]
    scale, unit = axis_unit(metric.unit, [e.high for e in estimates])
    largest = max(e.high for e in estimates) / scale or 1.0
    points = {
        **points_of([e.mean for e in estimates], range(len(rows)), scale),
        "error_x": error_bars(estimates, scale),
        "marker": {
            "size": 11,
            "symbol": [look.symbol for look in looks],
            "color": [look.color for look in looks],
            "line": {"width": 2, "color": [look.color for look in looks]},
        },
        "hovertext": [plotly_text(f"{row[0]}: {interval(row[1], metric.unit)}") for row in rows],
    }
    said = [
        f"{interval(estimate, metric.unit)}<br>"
        + (f"promised {promise}, " if promise else "without a fix, ")
        + f"measured <b>{verdict}</b>"
        for _, estimate, promise, verdict in rows
    ]
    layout = frame(_finding(result), 52 * len(rows) + 20, left=220, right=285)
    layout["xaxis"] |= {
        "title": axis_title(metric.title, unit),
        "range": [-0.03 * largest, 1.06 * largest],
    }
    layout["yaxis"] |= categories([row[0] for row in rows])
    layout["annotations"] = [_beside(text, i) for i, text in enumerate(said)]
    sentence = f"Without a fix, {metric.title}: {interval(result.estimate, metric.unit)}."
    if result.reproduced:
        limit = CURED_BELOW * result.estimate.mean
        layout["shapes"] = [_upright(limit / scale)]
        layout["annotations"].append(
            _above("cured: interval ends left of this line", limit / scale)
        )
        sentence += (
            f" A fix cures when its 95 % interval ends at or below {number(limit, metric.unit)},"
            f" {100 * CURED_BELOW:g} % of that. {_kept(result.fixes)}"
        )
    head = ("what is done", metric.title, "95 % interval", "promised", "measured")
    table = [
        (name(label), *_mean_and_interval(e, metric.unit), promise, verdict)
        for label, e, promise, verdict in rows
    ]
    return chart_of(
        _finding(result), sentence, head, table, [points], layout, f"{trap.id}-verdicts"
    )


def _finding(result: TrapResult) -> str:
    """Say in one line which fixes cure, which reduce, and what they leave."""
    unit, trap_id = METRICS[result.trap.metric].unit, result.trap.id
    if not result.reproduced:
        return f"{trap_id} does not show here, so that no fix can be judged"
    fixes = [fix for verdict in _DEEDS for fix in result.fixes if fix.verdict == verdict]
    before = number(result.estimate.mean, unit)
    if not fixes:
        return f"{trap_id} shows: {before}"
    deeds = []
    for verdict, (one, many) in _DEEDS.items():
        ids = [fix.change.id for fix in fixes if fix.verdict == verdict]
        if ids:
            deeds.append(f"{_listed(ids)} {many if len(ids) > 1 else one}")
    after = [number(fix.estimate.mean, unit) for fix in fixes]
    suffix = before[before.index(" ") :]
    if all(text.endswith(suffix) for text in after):
        after = [text.removesuffix(suffix) for text in after]
    left = ", ".join(after if len(set(after)) > 1 else after[:1])
    return f"{', '.join(deeds)}: {left} of {before} left"


def _kept(fixes: Sequence[FixResult]) -> str:
    """Say how many promises of the guide were kept."""
    promised = [fix for fix in fixes if fix.change.promise]
    kept = sum(fix.verdict == fix.change.promise for fix in promised)
    if not promised:
        return "The guide promises nothing for these."
    return f"The guide promises {counted(len(promised), 'cure')}; measured: {kept or 'none'}."


def costs(result: TrapResult) -> Chart:
    """Draw what each fix costs, from the trap to the fix, each cost on an axis of its own unit."""
    fixes = [fix for fix in (*result.fixes, *result.remedies) if fix.costs]
    if not fixes:
        raise BadInput(f"no fix of {result.trap.id} that was measured names a cost")
    panels: dict[str, list[tuple[Change, Cost]]] = {}
    for fix in fixes:
        for cost in fix.costs:
            panels.setdefault(cost.metric, []).append((fix.change, cost))
    drawn = {
        metric: entries
        for metric, entries in panels.items()
        if any(value is not None for _, cost in entries for value in (cost.trap, cost.fix))
    }
    title = _price(result)
    absent = [METRICS[metric].title for metric in panels if metric not in drawn]
    sentence = "Means over replications, from the trap to the fix; each cost has its own unit."
    if absent:
        sentence += f" Not drawn, because it does not apply here: {', '.join(absent)}."
    traces, layout = _panels(title, drawn)
    table = [
        (name(f"{change.id} {change.title}"), METRICS[cost.metric].title, *_both(cost))
        for metric in panels
        for change, cost in panels[metric]
    ]
    head = ("what is done", "cost", "trap", "with the fix")
    return chart_of(title, sentence, head, table, traces, layout, f"{result.trap.id}-costs")


def _both(cost: Cost) -> tuple[str, str]:
    unit = METRICS[cost.metric].unit.replace("1/", "per ")
    before, after = (
        "does not apply" if value is None else number(value, unit)
        for value in (cost.trap, cost.fix)
    )
    return before, after


def _change_words(cost: Cost) -> str:
    """Give a cost as ``0.96 → 1.9 per s``: a unit that both have stands once."""
    before, after = _both(cost)
    _, space, unit = after.partition(" ")
    return f"{before.removesuffix(space + unit)} → {after}"


def _price(result: TrapResult) -> str:
    """Say in one line which cost each fix changes most."""
    trap_id, fixes = result.trap.id, result.fixes
    if not any(map(_dearest, fixes)):
        fixes = [*fixes, *result.remedies]
    parts = [_dearest(fix) for fix in fixes]
    if not any(parts):
        return f"{trap_id}: no fix changes a cost measured here"
    said = [part or f"{f.change.id} changes none" for f, part in zip(fixes, parts, strict=True)]
    return f"{trap_id}, the cost that each fix changes most: {'; '.join(said)}"


def _dearest(fix: FixResult) -> str:
    """Name the cost that a fix changes most, in proportion; nothing when none changes."""
    changed = [cost for cost in fix.costs if len(set(_both(cost))) > 1]
    if not changed:
        return ""
    cost = max(changed, key=_proportion)
    return f"{fix.change.id} {METRICS[cost.metric].title} {_change_words(cost)}"


def _proportion(cost: Cost) -> float:
    low, high = sorted((cost.trap or 0.0, cost.fix or 0.0))
    return high / low if low > 0 else inf


_ROW_HEIGHT, _PANEL_FRAME = 26, 76
"""Height in px of a row of a panel, and of what a panel needs besides its rows."""


def _panels(
    title: str, panels: Mapping[str, Sequence[tuple[Change, Cost]]]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Give traces and layout of small multiples: one panel a cost, two columns from three on."""
    columns = 2 if len(panels) > 2 else 1
    metrics = list(panels)
    lines = [metrics[i : i + columns] for i in range(0, len(metrics), columns)]
    heights = [_ROW_HEIGHT * max(len(panels[m]) for m in line) for line in lines]
    whole = sum(heights) + _PANEL_FRAME * (len(lines) - 1)
    layout = frame(title, whole + 40, left=200, right=30)
    traces: list[dict[str, Any]] = []
    top = float(whole)
    for line, height in zip(lines, heights, strict=True):
        for column, metric in enumerate(line):
            _add_panel(
                traces,
                layout,
                metric,
                panels[metric],
                x=(0.64 * column, 1.0 if columns == 1 else 0.64 * column + 0.36),
                y=((top - _ROW_HEIGHT * len(panels[metric])) / whole, top / whole),
            )
        top -= height + _PANEL_FRAME
    layout |= {"showlegend": True, "legend": legend()}
    layout["margin"]["b"] += 30
    return traces, layout


def _add_panel(
    traces: list[dict[str, Any]],
    layout: dict[str, Any],
    metric: str,
    entries: Sequence[tuple[Change, Cost]],
    x: tuple[float, float],
    y: tuple[float, float],
) -> None:
    key = "" if not traces else str(len(traces) // 3 + 1)
    axes = {"xaxis": f"x{key}", "yaxis": f"y{key}"}
    title, unit = METRICS[metric].title, METRICS[metric].unit
    pairs = [(cost.trap, cost.fix) for _, cost in entries]
    values = [value for pair in pairs for value in pair if value is not None]
    scale, unit = axis_unit(unit, values)
    rows = range(len(entries))
    ends = [value for before, after in pairs for value in (before, after, None)]
    link = points_of(ends, [row for row in rows for _ in range(3)], scale)
    link |= {"mode": "lines", "line": {"color": GREY, "width": 2}, "showlegend": False}
    before = points_of([pair[0] for pair in pairs], rows, scale) | {
        "name": "trap",
        "marker": {"symbol": "square-open", "size": 12, "color": INK, "line": {"width": 2}},
    }
    after = points_of([pair[1] for pair in pairs], rows, scale) | {
        "name": "with the fix",
        "marker": {"symbol": "diamond", "size": 11, "color": BLUE},
    }
    for trace in (before, after):
        trace["showlegend"] = not key
        trace["hovertext"] = [
            plotly_text(f"{change.id} {change.title}: {_change_words(cost)}")
            for change, cost in entries
        ]
    traces += [trace | axes for trace in (link, before, after)]
    largest = max(values) / scale or 1.0
    across = layout["xaxis"] | {
        "title": axis_title(title, unit),
        "range": [-0.04 * largest, 1.06 * largest],
        "domain": list(x),
        "anchor": f"y{key}",
        "nticks": 6,
    }
    labels = [f"{change.id}  {_change_words(cost)}" for change, cost in entries]
    side = layout["yaxis"] | categories(labels, 40)
    layout[f"xaxis{key}"] = across
    layout[f"yaxis{key}"] = side | {"domain": list(y), "anchor": f"x{key}"}


def _beside(text: str, row: int) -> dict[str, Any]:
    place = {"x": 1, "xref": "paper", "xanchor": "left", "xshift": 14, "y": row}
    return place | {"text": text, "align": "left", "showarrow": False, "font": {"size": 13}}


def _above(text: str, x: float) -> dict[str, Any]:
    place = {"x": x, "y": 1, "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
    return place | {"text": text, "showarrow": False, "font": {"size": 12}}


def _upright(x: float) -> dict[str, Any]:
    ends = {"x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper"}
    return ends | {"type": "line", "line": {"color": "#2e7d32", "width": 2, "dash": "dash"}}


def _mean_and_interval(estimate: Estimate, unit: str) -> tuple[str, str]:
    mean, _, rest = interval(estimate, unit).partition(" (")
    return mean, rest.removesuffix(")") or "always"


def _listed(words: Sequence[str]) -> str:
    """Give words as a list in a sentence.

    >>> _listed(["E4a"]), _listed(["E4a", "E4b", "E4c"])
    ('E4a', 'E4a, E4b and E4c')
    """
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)

"""Pictures: one agent's day as bands, belief above truth, with the gaps between marked.

A picture is plain JSON for plotly.js, so that it is built in a few milliseconds; each has a title
that states the finding, units, and a digest in words, which is its table twin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from simkit.base.clock import HOUR, MINUTE, show_duration
from simkit.base.log import Record
from simkit.base.steps import Steps
from simkit.rules.schedule import AVAILABLE, SCHEDULED
from simkit.show.desk import BLIP_MS, Reading
from simkit.show.sentences import TROUBLES, finding, name, status_name, time_by_kind
from simkit.study.run import Run

MIME = "application/vnd.plotly.v1+json"
LEFT, RIGHT, TOP, BOTTOM, HEIGHT = 128, 178, 28, 36, 212
"""Margins and height in px: fixed, so that a cursor can be laid over the picture."""

_INK, _GRID, _BAD = "#1b2733", "#dfe5ea", "#c2185b"
_ROWS = {
    "Events": 6,
    "Agent believes": 5,
    "Platform knows": 4,
    "Status differs": 3,
    "Listed, not usable": 2,
    "Usable, not listed": 1,
    "Dropdown blocked": 0,
}
_ROW_OF = {"status": 3, "dead": 2, "missing": 1, "frozen": 0}


@dataclass(frozen=True)
class Picture:
    """A figure for notebooks: the last line of a cell shows it, ``digest`` says it in words."""

    title: str
    data: dict[str, Any]
    digest: str

    def __repr__(self) -> str:
        return f"Picture({self.title!r})"

    @property
    def figure(self) -> Any:
        """The same as a plotly figure, for ``write_html`` and the like."""
        from plotly.graph_objects import Figure

        return Figure(data=self.data["data"], layout=self.data["layout"])

    @property
    def outputs(self) -> tuple[dict[str, Any], ...]:
        """What an Output widget takes as its ``outputs``."""
        data = {MIME: self.data, "text/plain": self.digest}
        return ({"output_type": "display_data", "data": data, "metadata": {}},)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        from ipywidgets import Output

        shown = Output()
        shown.outputs = self.outputs
        bundle: dict[str, Any] = shown._repr_mimebundle_()
        return bundle | {"text/plain": repr(self)}


def day(run: Run | Reading, agent: str) -> Picture:
    """Draw one agent's shift: belief, truth, and where they part."""
    reading = run if isinstance(run, Reading) else Reading(run)
    reading.run.records(agent)
    traces = [*_status_traces(reading, agent), *_trouble_traces(reading, agent)]
    traces += _event_traces(reading, agent)
    return Picture(
        finding(reading, agent),
        {
            "data": traces,
            "layout": _layout(reading, agent),
            "config": {"displayModeBar": False},
        },
        digest(reading, agent),
    )


def digest(reading: Reading, agent: str) -> str:
    """Give the picture in words and rounded numbers."""
    shift = reading.run.days[agent]
    lines = [f"{finding(reading, agent)}", f"shift {_span(reading, shift.start, shift.end)}"]
    totals = time_by_kind(reading, agent)
    for kind, words in TROUBLES.items():
        spans = [s for s in reading.stretches(agent) if getattr(s.trouble, kind)]
        first = f", first at {_clock(reading, spans[0].start)}" if spans else ""
        lines.append(f"  {words:<19} {show_duration(totals[kind]) if spans else '0 s'}{first}")
    return "\n".join(lines)


# Bands.


def _status_traces(reading: Reading, agent: str) -> Iterator[dict[str, Any]]:
    kinds: list[tuple[str, Callable[[int], bool], str, str, str]] = [
        ("Available", lambda s: s == AVAILABLE, "#d5e3f0", "", _INK),
        ("On a status reason", lambda s: s >= 0, "#1f5fa8", "", "white"),
        ("Off queue by schedule", lambda s: s == SCHEDULED, "#8a97a3", "/", "black"),
    ]
    run = reading.run
    views = {5: run.belief(agent).status, 4: run.truth(agent).status}
    for title, belongs, color, pattern, ink in kinds:
        spans = [
            (row, a, b, status_name(reading, value))
            for row, steps in views.items()
            for a, b, value in _long_spans(reading, agent, steps)
            if belongs(value)
        ]
        yield _bars(reading, title, spans, color, pattern, ink) | {"showlegend": bool(spans)}


def _long_spans(reading: Reading, agent: str, steps: Steps[int]) -> Iterator[tuple[int, int, int]]:
    shift = reading.run.days[agent]
    for start, end, value in steps.spans(shift.start, shift.end):
        if end - start >= BLIP_MS:
            yield start, end, value


def _trouble_traces(reading: Reading, agent: str) -> Iterator[dict[str, Any]]:
    for kind, row in _ROW_OF.items():
        spans = [
            (row, s.start, s.end, TROUBLES[kind])
            for s in reading.stretches(agent)
            if getattr(s.trouble, kind)
        ]
        yield _bars(reading, TROUBLES[kind], spans, _BAD, "x", "white") | {"showlegend": False}
    shift = reading.run.days[agent]
    locks = [
        (0, max(start, shift.start), min(end, shift.end), "locked, a status change is due")
        for start, end in reading.locks(agent)
        if end > shift.start and start < shift.end
    ]
    if locks:
        yield _bars(reading, "Locked by the widget", locks, "#5d6b78", "/", "white")


def _bars(
    reading: Reading,
    title: str,
    spans: list[tuple[int, int, int, str]],
    color: str,
    pattern: str,
    ink: str,
) -> dict[str, Any]:
    return {
        "type": "bar",
        "orientation": "h",
        "name": title,
        "y": [row for row, *_ in spans],
        "base": [start for _, start, _, _ in spans],
        "x": [end - start for _, start, end, _ in spans],
        "width": 0.74,
        "text": [plotly_text(text) if ink else "" for *_, text in spans],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "textfont": {"color": ink},
        "hoverinfo": "text",
        "hovertext": [
            plotly_text(f"{text}: {_span(reading, start, end)}") for _, start, end, text in spans
        ],
        "marker": {
            "color": color,
            "pattern": {"shape": pattern, "fillmode": "overlay", "fgcolor": "white", "size": 6},
            "line": {"color": color, "width": 1},
        },
    }


# Events.


def _event_traces(reading: Reading, agent: str) -> Iterator[dict[str, Any]]:
    kinds: list[tuple[str, str, str, Callable[[Record], bool]]] = [
        ("Choice accepted", "triangle-up", "#2e7d32", _accepted),
        ("Choice refused", "x", _BAD, _refused),
        ("Status overwritten", "triangle-down", "#b35900", _overwritten),
        ("Choice not possible", "circle-open", _BAD, _lost),
        ("Page loaded", "line-ns-open", "#5d6b78", lambda r: r.kind in ("login", "reload")),
        ("Transferred", "diamond", "#6a1b9a", lambda r: r.kind == "transfer"),
    ]
    shift, records = reading.run.days[agent], reading.run.records(agent)
    for title, symbol, color, belongs in kinds:
        times = [r.t for r in records if shift.start <= r.t < shift.end and belongs(r)]
        if times:
            yield _markers(reading, title, times, symbol, color)
    edits = [t for t in _edits(reading, agent) if shift.start <= t < shift.end]
    if edits:
        yield _markers(reading, "Reason deactivated", edits, "star", "#6a1b9a")


def _accepted(record: Record) -> bool:
    return record.kind == "status" and record.data["writer"] == "agent"


def _refused(record: Record) -> bool:
    return record.kind in ("success", "error") and record.data["status"] != 200


def _overwritten(record: Record) -> bool:
    wrote = record.kind == "status" and record.data["writer"] in ("wfm", "routing")
    return wrote and record.data["over"] >= 0


def _lost(record: Record) -> bool:
    return record.kind in ("lost", "turned_away", "warned")


def _edits(reading: Reading, agent: str) -> list[int]:
    """Give when codes of the agent's own division and its ancestors were deactivated."""
    run = reading.run
    path = run.settings.organisation.tree.path(run.days[agent].division)
    edits = run.outcome.directory.edits
    return [e.t for e in edits if not e.active and reading.codes[e.code].division in path]


def _markers(
    reading: Reading, title: str, times: list[int], symbol: str, color: str
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": title,
        "x": times,
        "y": [_ROWS["Events"]] * len(times),
        "marker": {
            "symbol": symbol,
            "size": 9,
            "color": color,
            "line": {"width": 1.5, "color": color},
        },
        "hoverinfo": "text",
        "hovertext": [plotly_text(f"{title} {_clock(reading, t)}") for t in times],
        "cliponaxis": False,
    }


# The frame.


def _layout(reading: Reading, agent: str) -> dict[str, Any]:
    shift = reading.run.days[agent]
    zone = reading.run.settings.organisation.time_zone
    hours = _hours(reading, shift.start, shift.end)
    return {
        "title": {
            "text": plotly_text(finding(reading, agent)),
            "font": {"size": 15},
            "x": 0,
            "xref": "paper",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "pad": {"t": 5},
        },
        "height": HEIGHT,
        "autosize": True,
        "margin": {"l": LEFT, "r": RIGHT, "t": TOP, "b": BOTTOM, "pad": 0, "autoexpand": False},
        "barmode": "overlay",
        "bargap": 0,
        "dragmode": False,
        "hovermode": "closest",
        "uniformtext": {"minsize": 11, "mode": "hide"},
        "font": {"family": "Liberation Sans, Arial, sans-serif", "size": 12, "color": _INK},
        "paper_bgcolor": "white",
        "plot_bgcolor": "white",
        "xaxis": {
            "range": list(_frame(reading, agent)),
            "tickvals": hours,
            "ticktext": [_clock(reading, t)[:5] for t in hours],
            "title": {
                "text": plotly_text(f"Local time ({zone})"),
                "standoff": 2,
                "font": {"size": 12},
            },
            "fixedrange": True,
            "gridcolor": _GRID,
            "zeroline": False,
            "automargin": False,
        },
        "yaxis": {
            "range": [-0.6, 6.6],
            "tickvals": list(_ROWS.values()),
            "ticktext": list(_ROWS),
            "fixedrange": True,
            "gridcolor": _GRID,
            "zeroline": False,
            "automargin": False,
        },
        "legend": {
            "x": 1.01,
            "xanchor": "left",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "maxheight": HEIGHT,
            "font": {"size": 11},
        },
    }


def cursor_html(reading: Reading, agent: str, t: int) -> str:
    """Give a line at a moment, to be laid over the picture of the same agent's shift."""
    first, last = _frame(reading, agent)
    share = (t - first) / (last - first)
    left = f"calc({LEFT}px + {share:.5f} * (100% - {LEFT + RIGHT}px))"
    return (
        f'<div class="line" title="{_clock(reading, t)}" '
        f'style="left:{left};top:{TOP}px;height:{HEIGHT - TOP - BOTTOM}px"></div>'
    )


def _frame(reading: Reading, agent: str) -> tuple[int, int]:
    """Give the span that the picture covers: the shift and a little more."""
    shift = reading.run.days[agent]
    edge = (shift.end - shift.start) // 100
    return shift.start - edge, shift.end + edge


def _hours(reading: Reading, start: int, end: int) -> list[int]:
    """Give the full hours of local time within a span, in ms of the run."""
    first = -(-start // MINUTE) * MINUTE
    while not _clock(reading, first).endswith(":00:00"):
        first += MINUTE - first % MINUTE
    return list(range(first, end + 1, HOUR))


def plotly_text(text: str) -> str:
    """Give text that plotly shows as it is: no markup, no formulas.

    >>> plotly_text("<b>$x$</b>")
    '&lt;b&gt;&#36;x&#36;&lt;/b&gt;'
    """
    return escape(name(text) if len(text) > 200 else text, quote=False).replace("$", "&#36;")


def _span(reading: Reading, start: int, end: int) -> str:
    length = show_duration(end - start)
    return f"{_clock(reading, start)} to {_clock(reading, end)} ({length})"


def _clock(reading: Reading, ms: int) -> str:
    return reading.run.settings.organisation.calendar.show_minute(ms)

"""What every chart is: a figure with its finding, a sentence, a table and a digest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import zip_longest
from textwrap import wrap
from typing import Any

import anywidget
import ipywidgets
import traitlets

from simkit.base.errors import one_line
from simkit.base.formatting import name, scale_of
from simkit.base.outgoing import lines_shown
from simkit.base.statistics import Estimate
from simkit.ui.charts.told import Caption
from simkit.ui.frontend.assets import script, style

MIME = "application/vnd.plotly.v1+json"
INK, GREY, BLUE = "#1b2733", "#5d6b78", "#1f5fa8"
SERIES_COLORS = (BLUE, "#a85400", "#2e7d32", "#6a1b9a", "#c2185b", GREY)
SERIES_SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x", "triangle-down", "star")
SERIES_DASHES = ("solid", "dot", "dashdot", "longdashdot")
_GRID = "#dfe5ea"
_TITLE_WIDTH, _LONGEST_TITLE = 96, 400


@dataclass(frozen=True)
class Look:
    """How a verdict looks: colour, symbol of a point, sign and background of a cell."""

    color: str
    symbol: str
    sign: str
    pale: str


LOOKS = {
    "cured": Look("#2e7d32", "circle", "✓", "#dcefdd"),
    "reduced": Look("#a85400", "diamond", "↓", "#fdebd3"),
    "unchanged": Look(GREY, "square-open", "=", "#eceff1"),
    "worse": Look("#c2185b", "triangle-up", "↑", "#fadfe8"),
    "n/a": Look(GREY, "circle-open", "–", "#ffffff"),
}


class _Caption(anywidget.AnyWidget):
    """What stands under a figure: the sentence, the downloads, the table."""

    _esm = script("charts/chart")
    _css = style("frontend/tokens", "charts/chart")
    content = traitlets.Dict().tag(sync=True)

    def __repr__(self) -> str:
        return "the sentence, the downloads and the table of a chart"


WIDEST = 96
"""Characters of a line that a notebook shows at 1280 px; a wider table is told row by row."""


def _stacked(head: tuple[str, ...], row: tuple[str, ...]) -> list[str]:
    """Give a row of a wide table as what it is about, and its cells below, none of them broken."""
    lines = [row[0]]
    line = "   "
    for title, cell in zip(head[1:], row[1:], strict=False):
        if not cell:
            continue
        item = f" {title}: {cell};"
        if len(line) + len(item) > WIDEST and line.strip():
            lines.append(line)
            line = "   "
        line += item
    return [*lines, line.rstrip(";")]


@dataclass(frozen=True, repr=False)
class Chart:
    """A figure with its finding, a sentence, and the same numbers as a table and as plain text."""

    title: str
    sentence: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """The table; the first cell of a row says what the row is about."""
    data: dict[str, Any]
    """The figure as plotly.js takes it."""
    file: str
    """The name of a downloaded picture, without its ending."""
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Chart({self.title!r})"

    @property
    def digest(self) -> str:
        """The chart in plain text and rounded numbers."""
        table = [self.head, *self.rows]
        columns = list(zip_longest(*table, fillvalue=""))
        widths = [max(map(len, column)) for column in columns]
        if sum(widths) + 2 * len(widths) > WIDEST:
            lines = [line for row in self.rows for line in _stacked(self.head, row)]
        else:
            lines = [
                "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False))
                for row in table
            ]
        return "\n".join([self.title, *(f"  {line}".rstrip() for line in lines), *self.notes])

    @property
    def figure(self) -> Any:
        """The same as a plotly figure, for ``write_html`` and the like."""
        from plotly.graph_objects import Figure

        return Figure(data=self.data["data"], layout=self.data["layout"] | {"template": "none"})

    @property
    def widget(self) -> ipywidgets.VBox:
        """A new widget that shows all of it."""
        # Of the ways to show plotly within widgets, this one also outlives a reload, works in a
        # page without a notebook, and leaves nothing behind that differs from run to run.
        figure = ipywidgets.Output()
        bundle = {MIME: self.data, "text/plain": self.digest}
        figure.outputs = ({"output_type": "display_data", "data": bundle, "metadata": {}},)
        figure.add_class("simkit-chart-figure")
        content: Caption = {
            "title": self.title,
            "sentence": self.sentence.replace(" %", "\N{NO-BREAK SPACE}%"),
            "alt": f"{self.title}. {self.sentence}",
            "head": list(self.head),
            "rows": list(map(list, self.rows)),
            "file": self.file,
        }
        box = ipywidgets.VBox([figure, _Caption(content=content)])
        box.add_class("simkit-chart-box")
        return box

    @property
    def html(self) -> str:
        """Title, sentence and table for readers without a kernel."""
        head = "".join(f'<th scope="col">{_html(cell)}</th>' for cell in self.head)
        rows = "".join(
            f'<tr><th scope="row" dir="auto">{_html(first)}</th>'
            + "".join(f'<td dir="auto">{_html(cell)}</td>' for cell in rest)
            + "</tr>"
            for first, *rest in self.rows
        )
        # The classes keep MathJax from reading dollar signs in names as formulas.
        return (
            '<div class="tex2jax_ignore mathjax_ignore">'
            f'<p dir="auto"><strong>{_html(self.title)}</strong></p>'
            f'<p dir="auto">{_html(self.sentence)}</p>'
            f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = self.widget._repr_mimebundle_()
        return bundle | {"text/plain": repr(self), "text/html": self.html}


# The parts of a figure.


def chart_of(
    title: str,
    sentence: str,
    head: Sequence[str],
    rows: Iterable[tuple[str, ...]],
    traces: list[dict[str, Any]],
    layout: dict[str, Any],
    file: str,
    notes: tuple[str, ...] = (),
) -> Chart:
    """Give a chart of a figure's parts and the words for it."""
    data = {"data": traces, "layout": layout, "config": {"displayModeBar": False}}
    title, sentence = one_line(title, _LONGEST_TITLE), one_line(sentence)
    return Chart(title, sentence, tuple(head), tuple(rows), data, file, notes)


def frame(title: str, height: int, left: int, right: int, above: int = 0) -> dict[str, Any]:
    """Give a frame around a plot of some height; title and margins come on top of it.

    ``above`` is what the plot needs between itself and the title.
    """
    lines = lines_of(one_line(title, _LONGEST_TITLE), _TITLE_WIDTH)
    breaks = lines.count("<br>")
    top, bottom = 34 + 21 * (breaks + 1) + above, 56
    axis = {
        "fixedrange": True,
        "gridcolor": _GRID,
        "linecolor": GREY,
        "zeroline": False,
        "tickfont": {"size": 12},
        "separatethousands": True,
        "exponentformat": "none",
    }
    return {
        "title": {
            "text": f"<b>{lines}</b>",
            "font": {"size": 16},
            "x": 0,
            "xref": "container",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            # plotly sets a title of several lines half a line higher than one of a single line.
            "pad": {"t": 20 if breaks else 8, "l": 12},
        },
        "height": height + top + bottom,
        "autosize": True,
        "margin": {"l": left, "r": right, "t": top, "b": bottom, "pad": 0},
        "dragmode": False,
        "hovermode": "closest",
        "showlegend": False,
        "font": {"family": "Liberation Sans, Arial, sans-serif", "size": 13, "color": INK},
        "paper_bgcolor": "white",
        "plot_bgcolor": "white",
        "xaxis": axis | {"showline": True, "ticks": "outside"},
        "yaxis": axis | {"automargin": False},
    }


def points_of(values: Sequence[float | None], rows: Sequence[int], scale: float) -> dict[str, Any]:
    """Give one point a row, with values along the axis; None leaves a gap."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [None if value is None else value / scale for value in values],
        "y": list(rows),
        "cliponaxis": False,
        "hoverinfo": "text",
    }


def error_bars(estimates: Sequence[Estimate], scale: float) -> dict[str, Any]:
    """Give the intervals of estimates as plotly draws them: distances from the mean."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [(e.high - e.mean) / scale for e in estimates],
        "arrayminus": [(e.mean - e.low) / scale for e in estimates],
        "color": INK,
        "thickness": 2,
        "width": 6,
    }


def categories(labels: Sequence[str], width: int = 30) -> dict[str, Any]:
    """Give an axis of names, the first on top. Places are numbers, so names may be equal."""
    return {
        "range": [len(labels) - 0.5, -0.5],
        "tickvals": list(range(len(labels))),
        "ticktext": [lines_of(name(label), width) for label in labels],
    }


def legend() -> dict[str, Any]:
    """Give a legend at the foot of the figure; it needs room in the lower margin."""
    place = {"x": 0, "xref": "container", "y": 0, "yref": "container", "yanchor": "bottom"}
    return place | {"orientation": "h", "font": {"size": 13}, "itemclick": False}


def axis_title(title: str, unit: str = "") -> dict[str, Any]:
    """Give the title of an axis: what, and its unit; or a unit alone, which stays as it is."""
    shown = f"{title[:1].upper()}{title[1:]}" if title else ""
    shown = f"{shown} ({unit})" if shown and unit else shown or unit
    return {"text": plotly_text(shown), "standoff": 8, "font": {"size": 13}}


def axis_unit(unit: str, values: Sequence[float]) -> tuple[float, str]:
    """Give what to divide an axis by, and its unit: one for all, read off the largest value."""
    return scale_of(max(map(abs, values), default=0.0), unit)


def lines_of(text: str, width: int) -> str:
    """Give text for plotly in lines of at most some characters; plotly does not wrap by itself."""
    return "<br>".join(map(plotly_text, wrap(text, width))) or plotly_text(text)


def file_name(title: str) -> str:
    """Give the name of a file for a title: short, never empty, safe on every system.

    >>> file_name("../../etc: 5 %"), file_name("\N{HEBREW LETTER ALEF}")
    ('etc-5', 'chart')
    """
    words = re.sub(r"[^A-Za-z0-9]+", "-", title).strip("-").lower()
    return words[:50].strip("-") or "chart"


def plotly_text(text: str) -> str:
    """Give text that plotly shows as it is: no markup, no formulas.

    >>> plotly_text("<b>$x$</b>")
    '&lt;b&gt;&#36;x&#36;&lt;/b&gt;'
    """
    shown = name(text) if len(text) > 200 else one_line(text)
    return escape(shown, quote=False).replace("$", "&#36;")


def _html(text: str) -> str:
    """Give text for HTML in which lines are the only thing that is obeyed."""
    return escape(lines_shown(text))

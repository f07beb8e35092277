"""The parts of a report as HTML. Names from the data are escaped here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from simkit.base.errors import one_line
from simkit.base.outgoing import json_text
from simkit.ui.charts.figure import Chart
from simkit.ui.charts.sweep_words import unbroken


def paragraph(words: str, kind: str = "") -> str:
    """Give a paragraph of plain text."""
    chosen = f' class="{kind}"' if kind else ""
    return f'<p dir="auto"{chosen}>{_text(words)}</p>'


def bullets(lines: Iterable[str]) -> str:
    """Give lines of plain text as a list."""
    return "<ul>" + "".join(f'<li dir="auto">{_text(line)}</li>' for line in lines) + "</ul>"


def links(entries: Iterable[tuple[str, str]]) -> str:
    """Give a list of links within the page, each as (name of the place, words)."""
    lines = (f'<li dir="auto"><a href="#{name}">{_text(words)}</a></li>' for name, words in entries)
    return f"<ol>{''.join(lines)}</ol>"


def section(name: str, title: str, *parts: str) -> str:
    """Give a section with its heading; ``name`` is where the contents point to."""
    inside = "\n".join(parts)
    return f'<section id="{name}">\n<h2>{_plain(title)}</h2>\n{inside}\n</section>'


def table(head: Sequence[str], rows: Iterable[Sequence[str]], caption: str) -> str:
    """Give a table; the first cell of a row says what the row is about.

    Lines within a cell are kept.
    """
    heads = "".join(f'<th scope="col">{_lines(cell)}</th>' for cell in head)
    body = "\n".join(
        f'<tr><th scope="row" dir="auto">{_lines(first)}</th>'
        + "".join(f'<td dir="auto">{_lines(cell)}</td>' for cell in rest)
        + "</tr>"
        for first, *rest in rows
    )
    said = _plain(caption)
    # A wide table scrolls within its frame; with the focus on it, by the arrow keys.
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{said}"><table>'
        f"<caption>{said}</caption>"
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
    )


def _lines(cell: str) -> str:
    return "<br>".join(map(_text, cell.split("\n")))


def _text(words: str) -> str:
    return _plain(unbroken(words))


def _plain(words: str) -> str:
    return escape(one_line(words))


def figure(chart: Chart, file: str) -> str:
    """Give a chart with its sentence, buttons and table; ``file`` names it and what it saves."""
    return f"""<figure id="{file}">
<h3 dir="auto">{_plain(chart.title)}</h3>
<div class="plot" role="img" aria-label="{_plain(chart.title)}"></div>
<script type="application/json">{embedded(chart.data)}</script>
<figcaption>
{paragraph(chart.sentence)}
<div class="save"><button type="button" value="png">Save as PNG</button>
<button type="button" value="svg">Save as SVG</button> <span role="status"></span></div>
<details><summary>The same as a table</summary>
{table(chart.head, chart.rows, chart.title)}
</details>
</figcaption>
</figure>"""


def embedded(data: object) -> str:
    """Give JSON that can stand within a script element: nothing in it ends the element."""
    return json_text(data).replace("<", "\\u003c")


_NO_SCRIPT = (
    "<noscript><p>The charts need JavaScript. The tables hold the same numbers.</p></noscript>"
)


def page(
    title: str,
    summary: str,
    sections: Sequence[tuple[str, str, str]],
    css: str,
    js: str,
    kind: str = "report of a sweep",
) -> str:
    """Give the whole page; a section is (name, title, its HTML), and ``kind`` is what it is."""
    contents = links((name, title) for name, title, _ in sections)
    inside = "\n".join(html for *_, html in sections)
    # The policy keeps the page from fetching anything, whatever stands in it.
    policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}; img-src data: blob:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{_plain(title)}: {kind}</title>
<style>
{css}</style>
</head>
<body>
<header>
<h1 dir="auto">{_plain(title)}</h1>
{paragraph(summary)}
</header>
<nav aria-label="Contents"><h2>Contents</h2>{contents}</nav>
<main>
{_NO_SCRIPT if js else ""}
{inside}
</main>
{f"<script>{js}</script>" if js else ""}
</body>
</html>
"""

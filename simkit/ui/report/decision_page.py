"""A decision as HTML: two sheets of A4 that fetch nothing and run nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict
from html import escape
from typing import Any

from simkit.base.errors import one_line
from simkit.ui.frontend.assets import style
from simkit.ui.report.decision_evidence import Evidence
from simkit.ui.report.decision_sheet import Card, Sheet, Table

_BEFORE_UNIT = re.compile(r"(?<=\d) (?=(?:%|ms|s|min|h|B/s|MB|per s)(?!\w))")

_SIDE, _SHRINKING = 3_950, 0.7
"""How many letters a side holds, tables and picture beside them: measured, and tested."""


def decision_page(first: Sheet, second: Evidence) -> str:
    """Give the whole page."""
    # The policy keeps the page from fetching anything, whatever stands in it.
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{_text(first.title)}</title>
<style>
{style("report/decision")}</style>
</head>
<body>
<main>
{_decision(first)}
{_evidence(second)}
</main>
</body>
</html>
"""


def _scale(told: Sheet | Evidence) -> str:
    """Give how much smaller to print a sheet that has more to say than a side of A4 holds.

    A browser cannot be told to fit a page. Smaller letters need fewer lines as well, so less than
    the whole ratio is taken off.
    """
    ratio = _SIDE / _letters(asdict(told))
    return f' style="--scale: {ratio**_SHRINKING:.2f}"' if ratio < 1 else ""


def _letters(told: Any) -> int:
    if isinstance(told, dict):
        return sum(_letters(each) for name, each in told.items() if name != "picture")
    if isinstance(told, list | tuple):
        return sum(map(_letters, told))
    return len(told) if isinstance(told, str) else 0


def _decision(told: Sheet) -> str:
    mood = "what" if told.met else "what unmet"
    return f"""<section class="sheet" aria-label="Decision"{_scale(told)}>
<header><h1>{_text(told.title)}</h1><p>{_text(told.about)}</p></header>
<p class="{mood}">{_text(told.what)}</p>
<div class="cards">{"".join(map(_card, told.cards))}</div>
<h2>Why</h2>
<p>{_text(told.why)}</p>
<figure>{told.picture}<figcaption>{_text(told.caption)}</figcaption></figure>
{_table(told.sure)}
<p class="note">{_text(told.sure_note)}</p>
<div class="two">
<div>{_table(told.costs)}<p class="note">{_text(told.costs_note)}</p></div>
<div>{_table(told.assumptions)}</div>
</div>
{_table(told.wrong)}
<p class="note">{_text(told.wrong_note)}</p>
<h2>What to watch afterwards</h2>
{_list(told.watch)}
</section>"""


def _evidence(told: Evidence) -> str:
    return f"""<section class="sheet" aria-label="Evidence"{_scale(told)}>
<h1>{_text(told.title)}</h1>
{_list(told.method)}
{_table(told.simulated)}
{_table(told.weighed)}
<div class="two uneven">
<div>{_table(told.tokens) if told.tokens.rows else ""}</div>
<div>{_table(told.tippings) if told.tippings.rows else ""}</div>
</div>
<h2>Beside the policies weighed</h2>
{_list(told.beside)}
<footer>{_text(told.foot)}</footer>
</section>"""


def _card(card: Card) -> str:
    figures = "".join(
        f"<div><dt>{_text(name)}</dt><dd>{_text(value)}</dd></div>" for name, value in card.figures
    )
    return (
        f'<article class="{card.kind}"><h2><b>{card.letter}</b> {_text(card.role)}</h2>'
        f'<p class="policy">{_text(card.policy)}</p><dl>{figures}</dl>'
        f'<p class="note">{_text(card.note)}</p></article>'
    )


def _table(told: Table) -> str:
    if not told.rows:
        return f"<h2>{_text(told.caption)}</h2>"
    heads = "".join(f'<th scope="col">{_text(cell)}</th>' for cell in told.head)
    body = "".join(
        f'<tr><th scope="row">{_text(first)}</th>'
        + "".join(f"<td>{_text(cell)}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in told.rows
    )
    return (
        f"<table><caption>{_text(told.caption)}</caption><thead><tr>{heads}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


def _list(lines: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{_text(line)}</li>' for line in lines)}</ul>"


def _text(words: str) -> str:
    return escape(together(one_line(words)))


def together(words: str) -> str:
    """Give text in which no line ends between a number and its unit.

    >>> together("every 6 min, at most 1 %").split(" ")
    ['every', '6\xa0min,', 'at', 'most', '1\xa0%']
    """
    return _BEFORE_UNIT.sub("\N{NO-BREAK SPACE}", words)

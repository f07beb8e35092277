"""The pages of the play lane as HTML: the list of all traps, and a page for each."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from simkit.base.language import language, tr, trn

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "style-src-attr 'unsafe-inline'",  # the lab places some of its elements by it
        "img-src data: blob:",  # a picture that is saved
        "connect-src 'self'",
        *("base-uri 'none'", "form-action 'none'"),
    ]
)
"""What a page may load: its own script, style and data, and nothing from elsewhere."""

_PAGE = """<!doctype html>
<html lang="{language}" class="simkit-lane">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="lane.css">
{scripts}
</head>
<body>
{body}
</body>
</html>
"""
_INDEX = """<main>
<h1>{title}</h1>
<p class="intro">{intro}</p>
<ul class="traps">
{cards}
</ul>
<div id="handing-in"></div>
</main>"""
_CARD = """<li><a class="trap-card" href="{trap}.html" data-trap="{trap}">
<span class="top"><b class="id">{trap}</b> <span class="state"></span></span>
<strong>{title}</strong>
<q>{symptom}</q>
</a></li>"""
_TRAP = """<header><a href="index.html">◂ {all_traps}</a></header>
<main>
<h1>{trap}: {title}</h1>
<div id="lab"></div>
<p class="aside">{aside} <code>simkit lab --app --trap {trap}</code></p>
<div id="quiz"></div>
{onward}
<div id="handing-in"></div>
<noscript><p>{needs}</p></noscript>
</main>"""
_ONWARD = '<p class="onward"><a href="{trap}.html">{next} ▸</a></p>'


class Card(NamedTuple):
    """A trap in the list of all."""

    trap: str
    title: str
    symptom: str
    """What the agent says."""


def index_page(cards: Sequence[Card]) -> str:
    """Give the page that lists the traps."""
    told = "\n".join(_CARD.format(**_safe(card)) for card in cards)
    title = tr("Traps of a status-reason widget")
    body = _INDEX.format(title=escape(title), intro=_intro(len(cards)), cards=told)
    return _page(title, body, ["lane.js"])


def _intro(ways: int) -> str:
    """Say what the pages are, as HTML."""
    said = (
        tr(
            "Agents of a contact centre say why they leave the phones: they pick a reason from "
            "a dropdown."
        ),
        trn(
            "Here is one way in which that goes wrong, a story of some ten minutes.",
            "Here are {n} ways in which that goes wrong, each a story of some ten minutes.",
            ways,
        ),
        tr(
            "You see one agent’s desk, what is true behind it, and the messages between. You "
            "guess what comes next before you see it, find out why, and try the fix. The days are "
            "simulated. What you guess stays in this browser unless you hand it in."
        ),
    )
    return escape(" ".join(said), quote=False)


def trap_page(card: Card, after: Card | None) -> str:
    """Give the page of a trap, which leads on to the one after it, or back to all."""
    onward = ""
    if after is not None:
        words = tr("Next: {trap}, {title}", trap=after.trap, title=after.title)
        onward = _ONWARD.format(trap=after.trap, next=escape(words))
    body = _TRAP.format(
        **_safe(card),
        all_traps=escape(tr("All traps")),
        aside=escape(
            tr(
                "Here you watch. To act as the agent, change settings, or take another day, open "
                "the lab in the app:"
            )
        ),
        needs=escape(tr("This page is a small programme: it needs JavaScript.")),
        onward=onward,
    )
    return _page(f"{card.trap}: {card.title}", body, [f"{card.trap}.told.js", "lane.js"])


def _safe(card: Card) -> dict[str, str]:
    return {name: escape(text) for name, text in card._asdict().items()}


def _page(title: str, body: str, scripts: Sequence[str]) -> str:
    return _PAGE.format(
        language=language(),
        title=escape(title),
        policy=escape(POLICY),
        scripts="\n".join(f'<script defer src="{name}"></script>' for name in scripts),
        body=body,
    )

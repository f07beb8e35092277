"""What the still of a lab is made of, and that nothing in it can act."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from simkit.ui.frontend import assets
from simkit.ui.lab.lab import Lab

ELEMENTS = frozenset(
    [
        *("style", "div", "p", "ul", "li", "b", "i", "s", "br", "span", "bdi"),
        *("table", "tbody", "tr", "td"),
        *("svg", "g", "path", "rect", "circle", "text", "defs", "pattern"),
    ]
)


class Markup(HTMLParser):
    """The text of a still, its style sheet aside, and the names of what it is made of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.elements, self.attributes = "", set[str](), set[str]()
        self.feed(html)
        self.close()
        self.text = self.text.replace(assets.style("stage/still"), "")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {key for key, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def still_of(lab: Lab) -> str:
    """Give the still of a lab as HTML."""
    html: str = lab._repr_mimebundle_()[0]["text/html"]
    return html


def assert_plain(html: str) -> None:
    """Complain of markup that a still may not have: scripts, handlers, addresses, styles."""
    markup = Markup(html)
    assert markup.elements <= ELEMENTS, markup.elements - ELEMENTS
    acting = [key for key in markup.attributes if re.match("on|style|src|.*href", key)]
    assert acting == []
    assert "url(" not in html.replace("url(#simkit-hatch-", "")

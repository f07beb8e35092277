"""Tags of template engines: what a server fills in before a browser sees the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

MAX_TAGS = 20_000
_CLOSES = {b"<%": b"%>", b"<?": b"?>", b"{%": b"%}", b"{#": b"#}", b"{{": b"}}"}
_WRITES = re.compile(rb"<%[=-]|<\?=|<\?(?:php)?\s+echo\b|\{\{")


class Tag(NamedTuple):
    """A tag of a template engine, and where it stands in bytes."""

    start: int
    end: int
    writes: bool
    """Whether a value comes in its place."""
    is_certain: bool
    """Whether it can be nothing else: braces are also a part of JavaScript and of variables."""


def tags(code: bytes) -> Iterator[Tag]:
    """Give the tags of template engines in a text: ERB, EJS, JSP, PHP, Jinja, Handlebars."""
    at = found = 0
    closes = dict(_CLOSES)
    while found < MAX_TAGS and closes:
        opening = re.compile(b"|".join(map(re.escape, closes))).search(code, at)
        if opening is None:
            return
        start, kind = opening.start(), opening[0]
        end = code.find(closes[kind], opening.end())
        if end < 0:
            del closes[kind]  # nor is any later one closed
            continue
        end += 2
        if code.startswith(b"{{{", start) and code.startswith(b"}", end):
            end += 1
        if not code.startswith(b"<?xml", start):
            found += 1
            writes = _WRITES.match(code, start) is not None
            yield Tag(start, end, writes, kind not in (b"{{", b"{#"))
        at = end


def is_template(text: bytes) -> bool:
    """Say whether a template engine fills in a text, as far as that is certain."""
    return any(tag.is_certain for tag in tags(text))


def without_tags(code: bytes, all_of_them: bool = True) -> bytes:
    """Give code of the same length without tags; what a value comes for is a name."""
    parts: list[bytes] = []
    at = 0
    for tag in tags(code):
        if tag.is_certain or all_of_them:
            blank = bytearray(re.sub(rb"[^\n]", b" ", code[tag.start : tag.end]))
            if tag.writes and all_of_them:
                first = code[tag.start : tag.end].split(b"\n")[0]
                blank[: len(first)] = b"$".ljust(len(first), b"_")
            parts += [code[at : tag.start], bytes(blank)]
            at = tag.end
    return b"".join([*parts, code[at:]])

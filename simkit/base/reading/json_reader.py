"""JSON read by the standard parser; places are looked for when somebody asks for one.

That parser is fast and says little. What it lets through and we do not, and where, is found by a
slower pass over the text, which only texts in doubt go through.
"""

from __future__ import annotations

import json
import math
import re
from array import array
from contextlib import suppress
from typing import Any, NoReturn

from simkit.base.errors import BadInput, shown
from simkit.base.reading.document import (
    MAX_DEPTH,
    MAX_DIGITS,
    MAX_JSON_VALUES,
    SURROGATE,
    Document,
    Lines,
    Places,
    Tree,
    duplicate,
    refuse_long_number,
)
from simkit.base.reading.json_mistakes import mistake

# On text that the standard parser accepts these are exactly its keys, containers and scalars; on
# any other they are near enough to count levels.
_NODE = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?(\s*:)?|[{}\[\]]|[^\s"{}\[\],:]+', re.DOTALL)
_HALF_ESCAPED = re.compile(r"\\u[dD][89a-fA-F]")


class DuplicateKey(BadInput):
    """A key that comes twice in one mapping."""


class _OddError(Exception):
    """A text that the standard parser reads and we do not."""


def parse_json(text: str, name: str) -> Document:
    """Give the document in a JSON text; BadInput, with line and column, when it cannot be used."""
    if not text or text.isspace():
        raise BadInput("the file is empty", file=name)
    # At the very most it has as many values as this. A great many take up all memory.
    if text.count(",") + text.count("[") + text.count("{") >= MAX_JSON_VALUES:
        _places(text, name)
    try:
        data = json.loads(
            text,
            object_pairs_hook=_mapping,
            parse_int=_whole,
            parse_float=_number,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as error:
        _places(text[: error.pos], name)
        at, problem = mistake(text, error.pos, error.msg)
        line, column = Lines(text).at(at)
        problem = f"not valid JSON: {problem}"
        raise BadInput(problem, file=name, line=line, column=column) from None
    except (_OddError, RecursionError):
        _places(text, name)
        raise BadInput("cannot be read as JSON", file=name) from None
    if _HALF_ESCAPED.search(text) or SURROGATE.search(text) or not _is_flat(data):
        _places(text, name)
    root = Lines(text).at(len(text) - len(text.lstrip()))
    return Document(name, data, root, lambda: _places(text, name))


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _OddError
    return found


def _whole(word: str) -> int:
    if len(word) > MAX_DIGITS:
        raise _OddError
    return int(word)


def _number(word: str) -> float:
    value = float(word) if len(word) <= MAX_DIGITS else math.inf
    if not math.isfinite(value):
        raise _OddError
    return value


def _constant(_: str) -> NoReturn:
    raise _OddError


def _is_flat(data: Any) -> bool:
    """Say whether data are nested no deeper than allowed, looking at one level after another."""
    level = [data]
    for _ in range(MAX_DEPTH):
        level = [
            value
            for each in level
            if isinstance(each, dict | list)
            for value in (each.values() if isinstance(each, dict) else each)
        ]
    return not any(isinstance(each, dict | list) for each in level)


def _places(text: str, name: str) -> Places:
    """Give the places of a JSON text; BadInput at the first thing that may not be in it."""
    lines, tree = Lines(text), Tree(name)
    places = Places(array("Q"), array("L"), lines.at)
    starts, sizes = places.starts, places.sizes
    under_way: list[tuple[int, dict[str, int] | None]] = []
    """Node of each open container, and of a mapping its keys with where they stand."""
    key_at: int | None = None
    for token in _NODE.finditer(text):
        start = token.start()
        begin = text[start]
        if begin in "}]":
            if under_way:
                node, _ = under_way.pop()
                sizes[node] = len(starts) - node
            continue
        if begin == '"':
            word, colon = token.group(0, 1)
            if "\\u" in word and _is_half(word):
                raise tree.refuse("half of a surrogate pair in a text", *lines.at(start))
            if colon and under_way and (keys := under_way[-1][1]) is not None:
                key = _plain(word[: -len(colon)])
                if (first := keys.setdefault(key, start)) != start:
                    problem = duplicate(key, lines.at(first), tree, *lines.at(start)).problem
                    line, column = lines.at(start)
                    raise DuplicateKey(problem, file=name, line=line, column=column)
                key_at = start
                continue
        elif begin in "{[":
            if len(under_way) >= MAX_DEPTH:
                raise tree.refuse(f"nested more than {MAX_DEPTH} levels deep", *lines.at(start))
            under_way.append((len(starts), {} if begin == "{" else None))
        elif begin in "-0123456789NI":
            _refuse_odd_number(token[0], tree, lines, start)
        if len(starts) >= MAX_JSON_VALUES:
            raise tree.refuse(f"more than {MAX_JSON_VALUES:,} values", *lines.at(start))
        starts.append(start if key_at is None else key_at)
        sizes.append(1)
        key_at = None
    return places


def without_repeats(text: str) -> tuple[str, list[tuple[str, int]]]:
    """Give a text with blanks where a later entry has the same key, and the last such keys.

    Each of them comes with its offset; no other place changes.

    >>> without_repeats('{"a": 1, "a": 2}')
    ('{        "a": 2}', [('a', 9)])
    """
    repeats: dict[int, str] = {}
    hidden: list[tuple[int, int]] = []
    under_way: list[dict[str, tuple[int, int | None]] | None] = []
    """Of each open mapping the last entry of every key: where it begins, and the one behind it."""
    last: list[str | None] = []
    for token in _NODE.finditer(text):
        begin = token[0][0]
        if begin in "{[":
            under_way.append({} if begin == "{" else None)
            last.append(None)
        elif begin in "}]" and under_way:
            under_way.pop()
            last.pop()
        elif token[1] and under_way and (entries := under_way[-1]) is not None:
            key, start = _plain(token[0][: -len(token[1])]), token.start()
            if (before := last[-1]) is not None:
                entries[before] = entries[before][0], start
            if key in entries:
                first, end = entries[key]
                hidden.append((first, end or start))
                repeats.pop(first, None)
                repeats[start] = key
            entries[key], last[-1] = (start, None), key
    parts, at = [], 0
    for start, end in sorted(hidden):
        if end > at:
            start = max(start, at)
            parts += [text[at:start], re.sub(r"[^\r\n]", " ", text[start:end])]
            at = end
    return "".join([*parts, text[at:]]), [(key, start) for start, key in repeats.items()]


def _plain(word: str) -> str:
    """Give the text that a word in quotes stands for, or the word where it is broken."""
    if "\\" not in word:
        return word[1:-1]
    try:
        return str(json.loads(word))
    except ValueError:
        return word


def _is_half(word: str) -> bool:
    return SURROGATE.search(_plain(word)) is not None


def _refuse_odd_number(word: str, tree: Tree, lines: Lines, start: int) -> None:
    if word in ("NaN", "Infinity", "-Infinity"):
        raise tree.refuse("", *lines.at(start), found=shown(word), allowed="finite numbers")
    if len(word) > MAX_DIGITS:
        refuse_long_number(word, tree, *lines.at(start))
    if "e" in word or "E" in word:  # no other number of so few digits is beyond all bounds
        with suppress(ValueError):
            if math.isinf(float(word)):
                found = "a number beyond all bounds"
                raise tree.refuse("", *lines.at(start), found=found, allowed="finite numbers")

"""Words of a story: texts with braces and emphasis, filled with values as people write them.

``{agent}`` is filled with a value, ``{polls:answer}`` with a count and its noun (*1 answer*,
*38 answers*), of which ``{polls:Antwort|Antworten}`` names the forms itself. What stands between
``**`` is marked as the wrong thing. What is filled in is never read again, so a code may be called
``**{agent}**``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from simkit.base.clock import HOUR, MINUTE, SECOND, Calendar, show_duration
from simkit.base.formatting import number
from simkit.base.language import form_of, number_words
from simkit.runs.metrics.registry import Measured
from simkit.study.story_scene import Duration, LocalTime, Value

UNITS = {"ms": 1, "s": SECOND, "min": MINUTE, "h": HOUR}
"""Units of time, each in ms."""
_COUNTS = ("per run", "codes", "scopes")
"""Units of metrics that are whole numbers of things."""
_TOKEN = re.compile(r"(\*\*|\{[^{}]*\})")
_BRACE = re.compile(r"\{([a-z_0-9]+)(?::([^{}]+))?\}")
_MINUTE, _SECOND, _MILLISECOND = 5, 8, 12
"""How much of ``HH:MM:SS.mmm`` is written."""


class Part(NamedTuple):
    """A piece of a sentence, and whether it is the wrong thing."""

    text: str
    wrong: bool


class Brace(NamedTuple):
    """A place to be filled: with a value and, where it is a count, with a noun."""

    name: str
    noun: str


class Piece(NamedTuple):
    """A text or a place to be filled, and whether it belongs to the wrong thing."""

    what: str | Brace
    wrong: bool


def pieces(text: str) -> list[Piece]:
    """Give the pieces of a text; ValueError where braces or asterisks have no other half.

    >>> pieces("{n:answer}, **none**")
    [Piece(what=Brace(name='n', noun='answer'), wrong=False), Piece(what=', ', wrong=False), \
Piece(what='none', wrong=True)]
    """
    found: list[Piece] = []
    wrong = False
    for token in filter(None, _TOKEN.split(" ".join(text.split()))):
        if token == "**":
            wrong = not wrong
        elif brace := _BRACE.fullmatch(token):
            found.append(Piece(Brace(brace[1], brace[2] or ""), wrong))
        elif {"{", "}"} & set(token):
            raise ValueError("write braces as {name} or {name:noun}")
        else:
            found.append(Piece(token, wrong))
    if wrong:
        raise ValueError("** has no other half")
    return found


def braces(text: str) -> Iterator[Brace]:
    """Give the places of a text that are to be filled."""
    return (piece.what for piece in pieces(text) if isinstance(piece.what, Brace))


def filled(text: str, values: Mapping[str, Value], calendar: Calendar) -> tuple[Part, ...]:
    """Give a text with its braces filled, cut where emphasis begins and ends.

    Local times are written to the minute, and those that share one to the second.
    """
    found = pieces(text)
    named = [values[piece.what.name] for piece in found if isinstance(piece.what, Brace)]
    times = _written({value.ms for value in named if isinstance(value, LocalTime)}, calendar)
    parts: list[Part] = []
    for what, wrong in found:
        words = what if isinstance(what, str) else _shown(values[what.name], what.noun, times)
        if parts and parts[-1].wrong == wrong:
            words = parts.pop().text + words
        parts.append(Part(words, wrong))
    return tuple(parts)


def plain(parts: Iterable[Part]) -> str:
    """Give the text of parts without their emphasis."""
    return "".join(part.text for part in parts)


def _shown(value: Value, noun: str, times: Mapping[int, str]) -> str:
    if isinstance(value, LocalTime):
        return times[value.ms]
    if isinstance(value, Duration):
        return show_duration(value.ms)
    if isinstance(value, str):
        return value
    return number_words(f"{value:,}") + (f" {_form(noun, value)}" if noun else "")


def _form(noun: str, n: int) -> str:
    """Give a noun as it stands after a number: one of several forms, or with an English s."""
    one, *others = noun.split("|")
    forms = [one, *(others or [f"{one}s"])]
    return forms[min(form_of(n), len(forms) - 1)]


def _written(times: set[int], calendar: Calendar) -> dict[int, str]:
    """Give each time as it is written: as short as tells it from the others."""
    found: dict[int, str] = {}
    for t in times:
        others = [calendar.show(other) for other in times - {t}]
        exact = calendar.show(t)
        fits = (n for n in (_MINUTE, _SECOND) if all(exact[:n] != other[:n] for other in others))
        found[t] = exact[: next(fits, _MILLISECOND)]
    return found


def kind_of(unit: str) -> type:
    """Give the type of a metric's value, by its unit."""
    return Duration if unit in UNITS else int if unit in _COUNTS else str


def worth(measured: Measured) -> Value:
    """Give what was measured as a value to be written.

    >>> worth(Measured(1.5, "min")), worth(Measured(3.0, "per run")), worth(Measured(1.0, "share"))
    (Duration(ms=90000), 3, '100 %')
    """
    value, unit = measured
    if value is None:
        return number(value, unit)
    if unit in UNITS:
        return Duration(round(value * UNITS[unit]))
    return round(value) if unit in _COUNTS else number(value, unit)


def in_unit(value: Value, unit: str) -> float:
    """Give a count, or a duration in a unit of time.

    >>> in_unit(Duration(90_000), "min"), in_unit(38, "answers")
    (1.5, 38.0)
    """
    if isinstance(value, Duration):
        return value.ms / UNITS[unit]
    assert isinstance(value, int)
    return float(value)

"""The picture of a room's guesses: numbers as dots beside the true one, choices as bars."""

from __future__ import annotations

import math
import textwrap
from collections import Counter
from collections.abc import Sequence
from html import escape
from statistics import median

from simkit.base.language import number_words, tr, trn
from simkit.ui.workshop.questions import Asked

_WIDTH, _LEFT, _RIGHT = 960, 16, 24
_TITLE, _LINE, _BAR = 22, 20, 30
_DOT, _BINS, _HIGHEST = 13, 60, 10
"""Pixels of a dot, places for dots along the axis, and dots in a stack that are drawn full size."""
_FAR = 4
"""Guesses beyond so many times the true number and the middle one are counted at the edge."""
_STYLE = """
text { font: 14px "Liberation Sans", Arial, sans-serif; fill: light-dark(#16202b, #eef2f6); }
.ask { font-size: 16px; font-weight: bold; }
.soft { fill: light-dark(#4a5868, #a9b6c4); }
.dot, .bar { fill: light-dark(#1f5fa8, #7db3f0); }
.right { fill: light-dark(#1b6b2c, #7ed492); }
.true { stroke: light-dark(#a8124b, #ff86ab); stroke-width: 3; }
.truth { fill: light-dark(#a8124b, #ff86ab); font-weight: bold; }
.true-option { fill: light-dark(#1b6b2c, #7ed492); font-weight: bold; }
.axis { stroke: light-dark(#71808f, #76879a); }
"""


def picture(guessed: Sequence[tuple[Asked, Sequence[str | float]]]) -> str:
    """Give one SVG with a plot for each question; each has been guessed at least once."""
    parts: list[str] = []
    y = 8.0
    for asked, given in guessed:
        drawn, height = _plot(asked, given, y)
        parts += drawn
        y += height + 28
    said = "; ".join(
        trn("{trap}: {n} guess", "{trap}: {n} guesses", len(given), trap=asked.trap)
        for asked, given in guessed
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y:.0f}" role="img" '
        f'aria-label="{escape(said)}"><style>{_STYLE}</style>{"".join(parts)}</svg>'
    )


def finding(asked: Asked, given: Sequence[str | float]) -> str:
    """Say in a sentence how the guesses stand to the true answer."""
    numbers = [guess for guess in given if not isinstance(guess, str)]
    if numbers and asked.value is not None:
        return trn(
            "{low} of {n} guess below {answer}; half of them up to {middle}.",
            "{low} of {n} guesses below {answer}; half of them up to {middle}.",
            len(given),
            low=sum(number < asked.value for number in numbers),
            answer=asked.answer,
            middle=number_words(f"{median(numbers):.3g}"),
        )
    if 0 <= asked.right < len(asked.options):
        right = Counter(map(str, given))[asked.answer]
        return trn(
            "{right} of {n} guess right.", "{right} of {n} guesses right.", len(given), right=right
        )
    return trn("{n} guess; each has its reasons.", "{n} guesses; each has its reasons.", len(given))


def _plot(asked: Asked, given: Sequence[str | float], y: float) -> tuple[list[str], float]:
    """Give what is drawn for a question from a height on, and how high it is."""
    heads = textwrap.wrap(f"{asked.trap}. {asked.ask}", 105)
    parts = [_text(_LEFT, y + 16 + _TITLE * i, head, "ask") for i, head in enumerate(heads)]
    top = y + _TITLE * len(heads) + 8
    parts.append(_text(_LEFT, top + 8, finding(asked, given), "soft"))
    top += _LINE
    numbers = [guess for guess in given if not isinstance(guess, str)]
    if numbers:
        drawn, height = _dots(asked, numbers, top)
    else:
        drawn, height = _bars(asked, Counter(map(str, given)), top)
    return [*parts, *drawn], top - y + height


def _dots(asked: Asked, numbers: Sequence[float], y: float) -> tuple[list[str], float]:
    value = 0.0 if asked.value is None else asked.value
    end = _round_up(min(max(*numbers, value), _FAR * max(value, median(numbers))) or 1.0)
    span = _WIDTH - _LEFT - _RIGHT

    def at(number: float) -> float:
        return _LEFT + span * min(number, end) / end

    stacks = Counter(min(int(_BINS * min(n, end) / end), _BINS - 1) for n in numbers)
    step = _DOT * min(1.0, _HIGHEST / max(stacks.values()))
    base = y + _LINE + _DOT * min(max(stacks.values()), _HIGHEST) + 4
    parts = [f'<line class="axis" x1="{_LEFT}" x2="{_LEFT + span}" y1="{base}" y2="{base}"/>']
    for place, count in sorted(stacks.items()):
        x = _LEFT + span * (place + 0.5) / _BINS
        heights = (base - step * (i + 0.5) for i in range(count))
        look = f'class="dot" cx="{x:.1f}" r="{step / 2.3:.2f}"'
        parts += [f'<circle {look} cy="{height:.1f}"/>' for height in heights]
    for tick in range(5):
        number = end * tick / 4
        anchor = ("start", "middle", "middle", "middle", "end")[tick]
        words = f"{number_words(f'{number:.6g}')} {asked.unit}"
        parts.append(_text(at(number), base + 17, words, "soft", anchor))
    if asked.value is not None:
        x = at(value)
        anchor = "end" if x > _WIDTH / 2 else "start"
        shift = -7 if anchor == "end" else 7
        parts += [
            f'<line class="true" x1="{x:.1f}" x2="{x:.1f}" y1="{y + 4}" y2="{base + 4}"/>',
            _text(x + shift, y + 16, tr("it was {answer}", answer=asked.answer), "truth", anchor),
        ]
    beyond = sum(number > end for number in numbers)
    if beyond:
        words = tr(
            "{beyond} of {n} beyond {end} {unit}, drawn at the edge",
            beyond=beyond,
            n=len(numbers),
            end=number_words(f"{end:.6g}"),
            unit=asked.unit,
        )
        parts.append(_text(_LEFT, base + 36, words, "soft"))
    return parts, base - y + (42 if beyond else 22)


def _bars(asked: Asked, counts: Counter[str], y: float) -> tuple[list[str], float]:
    most = max(counts.values())
    left = 380
    parts: list[str] = []
    row = y
    for place, option in enumerate(asked.options):
        lines = textwrap.wrap(option, 46)
        right = place == asked.right
        mark = "✓ " if right else ""
        parts += [
            _text(
                _LEFT,
                row + 18 + 18 * i,
                (mark if i == 0 else "") + line,
                "true-option" if right else "",
            )
            for i, line in enumerate(lines)
        ]
        length = (_WIDTH - left - 60) * counts[option] / most
        look = f'class="bar{" right" if right else ""}" width="{max(length, 1):.1f}"'
        parts += [
            f'<rect {look} x="{left}" y="{row + 4}" height="{_BAR - 10}"/>',
            _text(left + length + 8, row + 19, str(counts[option])),
        ]
        row += max(_BAR, 18 * len(lines) + 12)
    return parts, row - y


def _text(x: float, y: float, words: str, look: str = "", anchor: str = "start") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text class="{look}" {place}>{escape(words)}</text>'


def _round_up(number: float) -> float:
    """Give the next of 1, 2, 4, 5, 8 times a power of ten, where an axis ends well."""
    power = 10.0 ** math.floor(math.log10(number))
    return next(step * power for step in (1, 2, 4, 5, 8, 10) if step * power >= number * 0.999)

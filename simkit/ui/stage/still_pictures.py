"""What a still draws, as SVG: the message on its way, the token's life, the day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from html import escape

from simkit.base.clock import HOUR, MINUTE
from simkit.ui.lab.told import Day, World
from simkit.ui.stage.lookups import Flight, clock_time

THROWN = ("thrown away", "outdated", "unread")
WIDE, LANE, GAP, FOOT = 840, 18, 4, 24
"""Pixels of the timeline: its width, the height of a lane, what lies between, what lies below."""
TIME_WIDTH = 64
AXIS_STEPS = (5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR)
WIRE, END = 210, 206
"""Pixels between page and platform, and where an arrow ends."""


def token_bar(left: float) -> str:
    """Draw what is left of a token's life, as a share of 1."""
    return _svg(
        ("bar", 100, 10),
        _mark("rect", "track", width=100, height=10),
        _mark("rect", "left", width=f"{100 * min(1, left):.0f}", height=10),
        preserveAspectRatio="none",
    )


def message(flight: Flight) -> str:
    """Draw a message: what is asked goes right, what is answered comes back, or falls."""
    look, way = flight.look, flight.way
    wrong = " wrong" * (look["wrong"] or look["fate"] == "refused")
    return _svg(
        (f"lanes{wrong}", WIRE, 66),
        _mark("path", "up dotted", d=f"M4 10H{END}"),
        _mark("path", "up", d=f"M{END - 6} 5l6 5l-6 5"),
        _mark("path", "down", d=f"M{END} 34H4m6 -5l-6 5l6 5"),
        _answer(flight) or _question(flight, way),
    )


def _question(flight: Flight, way: float) -> str:
    if way >= 1:
        return ""
    lost = " lost" * (flight.look["fate"] == "lost" and way == 0.5)
    return _mark("circle", f"dot{lost}", cx=f"{4 + way * (END - 4):.0f}", cy=10, r=6)


def _answer(flight: Flight) -> str:
    look, way = flight.look, flight.way
    cached = look["fate"] == "from cache"
    if not look["chip"] or not (way >= 1 or cached):
        return ""
    wide = 8.6 * len(look["chip"]) + 18
    thrown = way >= 2 and look["fate"] in THROWN
    x = 4 + (0 if cached else 2 - way) * (END - 4 - wide)
    move = "translate(10 38) rotate(-5)" if thrown else f"translate({x:.0f} 22)"
    box = _mark("rect", "", width=f"{wide:.0f}", height=24, rx=7)
    words = _text("", wide / 2, 17, look["chip"])
    return f'<g class="chip{" fallen" * thrown}" transform="{move}">{box}{words}</g>'


def timeline(world: World, sides: Sequence[Day], moment: int) -> str:
    """Draw a lane of discrepancies for each run, and the moment."""
    start, end = min(day["start"] for day in sides), max(day["end"] for day in sides) - 1
    high = len(sides) * (LANE + GAP)

    def x(t: int) -> float:
        return (t - start) / (end - start) * WIDE

    def bar(kind: str, side: int, begins: int, ends: int, **more: str) -> str:
        wide = max(2, x(ends) - x(begins))
        y = str(side * (LANE + GAP))
        shape = {"x": f"{x(begins):.1f}", "y": y, "width": f"{wide:.1f}", "height": str(LANE)}
        return _mark("rect", kind, **shape, **more)

    spans = [(i, s["start"], s["end"]) for i, day in enumerate(sides) for s in day["discrepancies"]]
    # Of two stills on a page each needs a hatch of its own: one may stand on a hidden slide.
    hatch = f"simkit-hatch-{sha256(repr((spans, moment)).encode()).hexdigest()[:12]}"
    times = [
        _text("", x(t), high + 17, clock_time(world, t)[:5])
        for t in _round_times(world, start, end)
        if abs(x(t) - x(moment)) > TIME_WIDTH and 24 < x(t) < WIDE - 24
    ]
    now = clock_time(world, moment)
    middle = min(max(x(moment), 36), WIDE - 36)
    return _svg(
        ("timeline", WIDE, high + FOOT),
        _hatch(hatch),
        *(bar("shift", i, day["start"], day["end"]) for i, day in enumerate(sides)),
        *(bar("wrong-span", *span, fill=f"url(#{hatch})") for span in spans),
        *times,
        _mark("path", "cursor", d=f"M{x(moment):.1f} 0V{high}"),
        _mark("rect", "moment", x=f"{middle - 36:.0f}", y=high, width=72, height=22, rx=5),
        _text("moment", middle, high + 16, now),
    )


def _hatch(name: str) -> str:
    ground = _mark("rect", "hatch-ground", width=6, height=6)
    line = _mark("rect", "hatch-line", width=2, height=6)
    turned = 'patternUnits="userSpaceOnUse" patternTransform="rotate(45)"'
    pattern = f'<pattern id="{name}" width="6" height="6" {turned}>{ground}{line}</pattern>'
    return f"<defs>{pattern}</defs>"


def _round_times(world: World, start: int, end: int) -> Iterator[int]:
    """Give the moments of a day that are whole steps of the local clock."""
    offset = world["clock"][0]["offset"]
    fits = (step for step in AXIS_STEPS if (end - start) / step * TIME_WIDTH <= WIDE)
    step = next(fits, 4 * HOUR)
    yield from range(-(-(start + offset) // step) * step - offset, end + 1, step)


def _svg(shape: tuple[str, int, int], *content: str, **attributes: str) -> str:
    """Give a picture of a class, a width and a height; what it says stands beside it in words."""
    kind, wide, high = shape
    more = "".join(f' {key}="{value}"' for key, value in attributes.items())
    box = f'class="{kind}" viewBox="0 0 {wide} {high}" aria-hidden="true"{more}'
    return f"<svg {box}>{''.join(content)}</svg>"


def _mark(tag: str, kind: str, **attributes: str | int) -> str:
    named = {"class": kind} if kind else {}
    words = "".join(f' {key}="{value}"' for key, value in (named | attributes).items())
    return f"<{tag}{words}/>"


def _text(kind: str, x: float, y: int, words: str) -> str:
    # Where a reader drops the drawing, the words are left, and stand apart.
    named = f'class="{kind}" ' if kind else ""
    return f'<text {named}x="{x:.0f}" y="{y}" text-anchor="middle">{escape(words)}</text> '

"""A handout on a trap, a page: what it says, before it is written as HTML or as PDF."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser

from simkit.base.formatting import interval, number
from simkit.base.language import language, tr, tr_noop
from simkit.runs.metrics.registered import METRICS
from simkit.study.catalogue import traps
from simkit.study.verdicts import Verdict, catalogue
from simkit.teaching.handouts import handout_on
from simkit.teaching.openings import opening_of
from simkit.ui.lab.lab import lab
from simkit.ui.stage.still import still_html

_LIVE = re.compile(r"<p><i>[^<]*</i></p>")
"""What a still says to whoever has the notebook: on paper there is none."""
NO_BREAK = "\u00a0"
_DRAWN = re.compile(r'<svg class="(?:lanes|timeline).*?</svg>', re.DOTALL)

_VERDICTS = {
    "cured": tr_noop("cured"),
    "reduced": tr_noop("reduced"),
    "unchanged": tr_noop("unchanged"),
    "worse": tr_noop("worse"),
    "n/a": tr_noop("n/a"),
    "ours": tr_noop("ours"),
}
"""What a change is found to do, and whose it is where the guide promises nothing."""


@dataclass(frozen=True)
class FixRow:
    """A fix: what it is, what it was found to do, and what it costs."""

    id: str
    title: str
    promise: str
    measured: str
    left: str
    costs: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """A line of the picture, and whether it is what is wrong."""

    text: str
    wrong: bool


@dataclass(frozen=True)
class Part:
    """A part of the stage: desk, page, message or platform."""

    title: str
    lines: tuple[Line, ...]
    drawing: str
    """The message as SVG, in the part that has it."""


@dataclass(frozen=True)
class Picture:
    """The stage at the moment at which the lab opens."""

    still: str
    """As HTML."""
    caption: str
    parts: tuple[Part, ...]
    finding: str
    timeline: str


@dataclass(frozen=True)
class Handout:
    """All that stands on the page, in the language that is spoken."""

    trap: str
    title: str
    said: str
    happens: tuple[str, ...]
    picture: Picture
    symptom: str
    fixes: tuple[FixRow, ...]
    ask: tuple[str, ...]
    key_points: tuple[str, ...]
    foot: str


def handout(trap_id: str) -> Handout:
    """Give the handout on a trap; nothing of it is a solution or an instructor's note."""
    trap, words, opening = traps[trap_id], handout_on(trap_id), opening_of(trap_id)
    shown = catalogue()[trap_id, ""]
    metric = METRICS[trap.metric]
    title = tr(metric.title)
    return Handout(
        trap=trap_id,
        title=tr(trap.title),
        said=tr(opening.said),
        happens=tuple(map(tr, words.happens)),
        picture=_picture(trap_id, language()),
        symptom=tr(
            "{metric}: {measured} with nothing done.",
            metric=title[:1].upper() + title[1:],
            measured=interval(shown.trap, metric.unit),
        ),
        fixes=tuple(_rows(trap_id)),
        ask=tuple(map(tr, words.ask)),
        key_points=tuple(map(tr, opening.key_points)),
        foot=tr(
            "Simulated with simkit: means of {n} days of the small contact "
            "centre, with the same random numbers for all fixes; 95 % intervals in brackets. "
            "The platform is the guide's.",
            n=shown.replications,
        ),
    )


def _rows(trap_id: str) -> Iterator[FixRow]:
    trap = traps[trap_id]
    unit = METRICS[trap.metric].unit
    for change in (*trap.fixes, *trap.remedies):
        verdict = catalogue()[trap_id, change.id]
        yield FixRow(
            id=change.id,
            title=tr(change.title),
            promise=_said(verdict.promise or "ours"),
            measured=_said(verdict.word),
            left=interval(verdict.after, unit),
            costs=tuple(_costs(verdict)) or (tr("none of those measured"),),
        )


def _said(word: str) -> str:
    """Give the word of a verdict in the language that is spoken."""
    return tr(_VERDICTS[word])


def _costs(verdict: Verdict) -> Iterator[str]:
    """Give what a change moves besides the symptom, as far as it shows in what is printed."""
    for cost in verdict.costs:
        metric = METRICS[cost.metric]
        before, after = (number(value, metric.unit) for value in (cost.trap, cost.fix))
        if before != after:
            _, _, unit = after.partition(" ")
            moved = f"{before.removesuffix(f' {unit}')} → {after}"
            yield f"{tr(metric.title)}: {moved.replace(' ', NO_BREAK)}"


@cache
def _picture(trap_id: str, _tag: str) -> Picture:
    """Give the stage of a trap as its lab opens, once for each language."""
    opened = lab(trap_id)
    try:
        still = _LIVE.sub("", still_html(opened))
    finally:
        opened.close()
    reader = _Reader()
    drawings = _DRAWN.findall(still)
    reader.feed(_DRAWN.sub("<i></i>", re.sub(r"<style>.*?</style>", "", still, flags=re.DOTALL)))
    return reader.picture(still, drawings)


class _Reader(HTMLParser):
    """Reads a still: its parts, and the lines in them."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[tuple[str, list[Line], bool]] = []
        self.outside: dict[str, str] = {}
        self._in_part = False
        self._kind: str | None = None
        self._text = self._who = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kind = dict(attrs).get("class") or ""
        if tag == "td":
            self._in_part = True
            self.parts.append(("", [], False))
        elif tag in ("p", "li"):
            self._kind, self._text = kind, ""
        elif tag == "br" or (tag == "b" and "pill" in kind):
            self._text += ", "
            if "wrong" in kind and self._kind is not None:
                self._kind += " wrong"
        elif tag == "i" and self._in_part:
            title, lines, _ = self.parts[-1]
            self.parts[-1] = (title, lines, True)

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "td":
            self._in_part = False
        elif tag in ("p", "li") and self._kind is not None:
            self._keep(self._kind, re.sub(r"\s+(?=,)|\s+(?= )", "", self._text).strip())
            self._kind = None

    def _keep(self, kind: str, text: str) -> None:
        words = kind.split()
        if not self._in_part:
            self.outside[words[0] if words else ""] = text
            return
        title, lines, drawn = self.parts[-1]
        if not title:
            self.parts[-1] = (text, lines, drawn)
        elif words[:1] == ["what"]:
            self._who = f"{text}: "  # the card of somebody, before what they did
        elif text:
            lines.append(Line(f"{self._who}{text}", "wrong" in words))
            self._who = ""

    def picture(self, still: str, drawings: list[str]) -> Picture:
        """Give the picture, with each drawing where it was."""
        *messages, timeline = drawings
        return Picture(
            still=still,
            caption=self.outside["sentence"],
            parts=tuple(
                Part(title, tuple(lines), messages.pop(0) if drawn else "")
                for title, lines, drawn in self.parts
            ),
            finding=self.outside["finding"],
            timeline=timeline,
        )

"""The first screen as a still: plain HTML for readers who have no kernel.

It is made of what the browser is told, and says what the live screen says at the moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from simkit.base.clock import SECOND, show_duration
from simkit.base.errors import one_line
from simkit.base.language import tr, tr_noop, trn
from simkit.rules.replies import OK
from simkit.runs.why import some_of
from simkit.ui.frontend import assets
from simkit.ui.lab.agent_view import Said
from simkit.ui.lab.told import Choices, Day, Sides, World
from simkit.ui.lab.widget import View
from simkit.ui.stage import still_pictures
from simkit.ui.stage.lookups import (
    Flight,
    acts_of,
    alike,
    beat_at,
    clock_time,
    flight_at,
    kept_at,
    last,
    left_of_token,
    piece_at,
)
from simkit.ui.stage.told import Actor, Beat, Stage, Story, StoryStep

WHO: dict[Actor, str] = {
    "admin": tr_noop("Administrator"),
    "wfm": tr_noop("Workforce management"),
    "routing": tr_noop("Routing"),
}
MARKS: dict[Said, str] = {
    "success": tr_noop("✓ Done: {detail}"),
    "error": tr_noop("✗ Refused: {detail}"),
    "warned": tr_noop("⚠ Not sent: {detail}"),
}
PAGE_STATES = {
    "hidden": tr_noop("the tab is hidden"),
    "shown": "",
    "offline": tr_noop("no network"),
    "online": "",
}
"""What lies between desk and platform, by the kind of record that ends or begins it."""


def still_html(lab: View) -> str:
    """Give what the first screen of a lab shows at its moment, and how to get the live one."""
    world: World = lab.world
    told: Sides = lab.sides
    sides = told["sides"]
    step = _step(lab)
    two = len(sides) > 1
    stages = (
        _Stage(world, day, stage, lab.moment, step["lit"] if step else (), beside=two).html()
        for day, stage in zip(sides, lab.stages, strict=True)
    )
    # The classes keep MathJax from reading dollar signs in names as formulas.
    still = _tag(
        "div",
        f"simkit-still tex2jax_ignore mathjax_ignore{' two' * two}",
        _head(told["about"], lab.choices),
        _told(step) if step else _tag("p", "sentence", safe(_found(world, sides, lab.moment))),
        *stages,
        _tag("p", "finding", safe(told["found"])),
        still_pictures.timeline(world, sides, lab.moment),
        _tag("p", "", _tag("i", "", escape(tr("Run the cell again for the live lab.")))),
    )
    return f"<style>{assets.style('stage/still')}</style>{still}"


def safe(text: str) -> str:
    """Give text for HTML; its direction of reading stays its own, and nothing in it is obeyed."""
    return f"<bdi>{escape(one_line(text))}</bdi>"


def _tag(tag: str, kind: str, *content: str) -> str:
    named = f' class="{kind.strip()}"' if kind.strip() else ""
    return f"<{tag}{named}>{''.join(content)}</{tag}>"


# What is told.


def _head(about: str, chosen: Choices) -> str:
    now = "" if chosen["second"] else chosen["preset"]
    return _tag(
        "p",
        "head",
        _tag("b", "badge", safe(chosen["trap"])),
        _tag("b", "title", " ", safe(about)),
        *(
            " " + _tag("b" if each["value"] == now else "span", "choice", safe(each["text"]))
            for each in chosen["switch"]
        ),
    )


def _step(lab: View) -> StoryStep | None:
    """Give the step of the story that is told, unless something else is shown."""
    if lab.step < 0 or lab.choices["second"]:
        return None
    story: Story = lab.story
    step = story["steps"][lab.step]
    shown = lab.moment, lab.choices["agent"], lab.choices["preset"]
    return step if shown == (step["t"], story["agent"], step["preset"]) else None


def _told(step: StoryStep) -> str:
    words = (
        _tag("b", "", safe(part["text"])) if part["wrong"] else safe(part["text"])
        for part in step["parts"]
    )
    small = _tag("p", "small", safe(step["small"])) if step["small"] else ""
    return _tag("p", "sentence", *words) + small


def _found(world: World, sides: Sequence[Day], t: int) -> str:
    """Say what is found at the moment, in each run."""
    at, said = clock_time(world, t), [day["says"][piece_at(day, t)["says"]] for day in sides]
    if len(sides) == 1:
        return tr("At {time} {found}.", time=at, found=said[0])
    each = (f"{day['label']}: {words}." for day, words in zip(sides, said, strict=True))
    return tr("At {time} {sentences}", time=at, sentences=" ".join(each))


# The stage.


class _Stage:
    """Writes the stage of one run at a moment."""

    def __init__(
        self, world: World, day: Day, stage: Stage, t: int, lit: Iterable[str], *, beside: bool
    ) -> None:
        self.world, self.day, self.stage, self.t = world, day, stage, t
        self.beside, self.lit = beside, {*lit}
        piece = piece_at(day, t)
        self.desk, self.truth = day["desks"][piece["desk"]], day["truths"][piece["truth"]]
        self.unusable = [entry for entry in self.desk["entries"] if entry["unusable"]]

    def html(self) -> str:
        run = _tag("p", "run", safe(self.day["label"]), " ", self.pill())
        # Where style sheets are refused, as in notebooks that nobody trusts yet, a table still
        # puts side by side what is.
        row = _tag(
            "tr",
            "",
            self.part(tr("What the agent sees"), self.desk_card()),
            self.part(tr("The page"), self.page_card()),
            self.part(tr("The last message"), self.wire()),
            self.part(tr("What the platform knows"), self.platform_card(), *self.act_cards()),
        )
        table = f"<table><tbody>{row}</tbody></table>"
        return _tag("div", "stage", run if self.beside else "", table)

    def part(self, head: str, *content: str) -> str:
        return _tag("td", "part", _tag("p", "what", escape(head)), *content)

    def kind(self, words: str, light: str = "", *, wrong: bool = False) -> str:
        """Give the classes of an element that a step may light up."""
        return f"{words}{' wrong' * wrong}{' lit' * (light in self.lit)}"

    def clock(self, t: int) -> str:
        return clock_time(self.world, t)

    # The desk.

    def desk_card(self) -> str:
        desk = self.desk
        box = self.dead_words()
        opened = " opened" * (box is None and self.opened)
        said = tr(MARKS.get(desk["said"], ""), detail=safe(desk["detail"]))
        return _tag(
            "div",
            self.kind(f"card desktop{opened}", "desk"),
            _tag("p", "bar", safe(self.day["agent"]), " ", self.pill()),
            _tag("p", self.kind("box", wrong=box is not None), safe(box or desk["box"]), " ▾"),
            self.reasons() if opened else "",
            _tag("p", self.kind(f"said {desk['said']}", "said"), said) if desk["said"] else "",
        )

    def dead_words(self) -> str | None:
        """Say why nothing can be chosen, in the place of the box; None where something can."""
        if self.desk["state"] == "locked":
            return tr("locked until {time}", time=self.desk["until"])
        words = {"frozen": tr("does not respond"), "loading": tr("loading…")}
        return words.get(self.desk["state"])

    def pill(self) -> str:
        return _tag("b", self.kind("pill", wrong=self.truth["differs"]), safe(self.desk["status"]))

    @property
    def opened(self) -> bool:
        """Whether the list is shown."""
        if self.lit:
            return bool(self.lit & {"list", "choice"})
        return self.beside or not self.desk["entries"] or bool(self.unusable)

    def reasons(self) -> str:
        entries, most = self.desk["entries"], 3 if self.beside else 4
        shown = entries
        if len(entries) > most:
            usable = [entry for entry in entries if not entry["unusable"]]
            kept = usable[: max(0, most - len(self.unusable))]
            shown = [entry for entry in entries if entry["unusable"] or entry in kept][:most]
        rows = [_tag("li", "wrong" * bool(e["unusable"]), safe(e["name"])) for e in shown]
        if len(shown) < len(entries):
            more = len(entries) - len(shown)
            rows.append(_tag("li", "more", escape(trn("and {n} more", "and {n} more", more))))
        none = _tag("li", "wrong", escape(tr("No status reasons")))
        return _tag("ul", "reasons", *(rows or [none]))

    # The page.

    def page_card(self) -> str:
        state = self.page_state()
        return _tag(
            "div",
            self.kind("card page", "page"),
            self.kept(),
            self.token(),
            _tag("p", "state wrong", escape(state)) if state else "",
        )

    def kept(self) -> str:
        kept, life = kept_at(self.stage["messages"], self.t), self.stage["list_life"]
        if kept is None:
            return _tag("p", self.kind("kept", "cache"), escape(tr("no list yet")))
        until = escape(tr("kept until {time}", time=self.clock(kept + life)[:5]))
        old = bool(self.unusable or self.truth["hidden"])
        return _tag(
            "p",
            self.kind("kept", "cache", wrong=old),
            escape(tr("list of {time}", time=self.clock(kept)[:5])),
            f"<br>{_tag('b', '', until)}" if life else "",
        )

    def token(self) -> str:
        left = left_of_token(self.stage, self.t)
        lives = tr("lives {span} more", span=show_duration(max(left, SECOND)))
        words = escape(lives if left else tr("dead"))
        bar = still_pictures.token_bar(left / self.stage["token_life"])
        kind = self.kind("token", "token", wrong=not left)
        return _tag("p", kind, escape(tr("token")), " ", bar, _tag("span", "words", f" {words}"))

    def page_state(self) -> str:
        kinds = (
            record["kind"] for record in reversed(self.day["records"]) if record["t"] <= self.t
        )
        state = next((PAGE_STATES[kind] for kind in kinds if kind in PAGE_STATES), "")
        return tr(state)

    # The message.

    def wire(self) -> str:
        flight = flight_at(self.stage["messages"], self.t)
        if flight is None:
            return ""
        asks = _tag("b", "", f"{self.clock(flight.leaves)} ")
        return _tag(
            "div",
            self.kind("wire", "message"),
            _tag("p", "asks", asks, safe(flight.look["asks"])),
            still_pictures.message(flight),
            *(self.became(flight) if flight.way >= 2 else ()),
        )

    def became(self, flight: Flight) -> Iterator[str]:
        """Say what became of a message, and how many before it fared alike."""
        look = flight.look
        yield _tag("p", self.kind("ends", wrong=look["wrong"]), safe(look["ends"]))
        if look["status"] not in (0, OK):
            yield _tag("p", "code", safe(look["answers"].partition(" ")[2]))
        before = alike(self.stage["messages"], flight.place) - 1
        if before and look["kind"] != "submit" and not self.beside:
            words = trn("{n} answer like it before", "{n} answers like it before", before)
            yield _tag("p", "before", escape(words))

    # The platform.

    def platform_card(self) -> str:
        truth = self.truth
        return _tag(
            "div",
            self.kind("card platform", "platform"),
            _tag("p", "", _tag("b", "", safe(truth["division"]))),
            _tag(
                "p",
                self.kind("status", "status", wrong=truth["differs"]),
                escape(tr("Status:")),
                " ",
                _tag("b", "", safe(truth["status"])),
            ),
            _tag("ul", self.kind("usable", "codes"), *self.usable()),
        )

    def usable(self) -> Iterator[str]:
        off = self.unusable
        for why in dict.fromkeys(entry["unusable"] for entry in off):
            names = _few([entry["name"] for entry in off if entry["unusable"] == why])
            yield _tag("li", "more", _tag("s", "", safe(names)), " ", safe(why))
        missing = list(dict.fromkeys(self.truth["hidden"]))
        if missing:
            named = "" if len(missing) > 3 else f": {', '.join(missing)}"
            yield _tag("li", "wrong", safe(self.truth["hidden_words"] + named))
        good = len(self.desk["entries"]) - len(off)
        if good:
            words = trn("{n} usable", "{n} usable", good)
            if off or missing:
                words = trn("{n} other usable", "{n} others usable", good)
            yield _tag("li", "more", escape(words))

    def act_cards(self) -> Iterator[str]:
        now = beat_at(self.stage, self.t)
        for actor in WHO:
            acts = acts_of(self.stage, actor)
            act = last(acts, self.t, lambda beat: beat["t"])
            current = act is not None and act is now
            if acts and (not self.beside or current or actor in self.lit):
                yield self.act_card(actor, act, f"card actor{' now' * current}")

    def act_card(self, actor: Actor, act: Beat | None, kind: str) -> str:
        words = escape(tr("nothing yet"))
        if act:
            words = f"{self.clock(act['t'])} {safe(act['short'])}"
        return _tag(
            "div",
            self.kind(kind, actor),
            _tag("p", "what", f"{escape(tr(WHO[actor]))} "),
            _tag("p", "act", words),
        )


def _few(names: Sequence[str]) -> str:
    """Give names in few words."""
    if len(names) > 3:
        return some_of(names, 2)
    return ", ".join(names)

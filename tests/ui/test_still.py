"""The still of a lab: plain HTML that says what the live first screen says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from browsing import chromium
from stills import Markup, assert_plain, still_of

import simkit
from simkit.study.catalogue import TRAP_IDS
from simkit.ui.frontend import assets
from simkit.ui.lab.lab import Lab
from simkit.ui.lab.sentences import moment_sentence
from simkit.ui.lab.told import LabTold
from simkit.ui.stage.lookups import flight_at

WIDTH, HEIGHT = 900, 600
"""Pixels that a still takes at most."""
PAGE = """<!DOCTYPE html><html><head><meta charset="utf-8"><style>%s</style></head>
<body style="margin: 0"><div id="live"></div><div id="still"></div><script type="module">%s
</script></body></html>"""
SHOW = """async ([told, html]) => {
  const deaf = { on() {}, off() {}, set() {}, send() {}, save_changes() {} };
  const model = { get: (key) => structuredClone(told[key]), ...deaf };
  const live = document.getElementById("live");
  live.replaceChildren();
  window.lab.render({ model, el: live });
  document.getElementById("still").innerHTML = html;
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""
READ = """(root) => {
  for (const unseen of root.querySelectorAll(".unseen")) unseen.remove();
  const texts = (...names) => names.flatMap((name) => [...root.querySelectorAll(name)])
    .filter((e) => e.checkVisibility() && !e.closest(".wire.empty"))
    .map((e) => e.textContent.replace(/[\\s▾\\u200b]+/g, "")).filter(Boolean);
  const parts = ["sentence", "small", "box", "said", "kept", "state"];
  parts.push("asks", "ends", "code", "before", "platform", "act");
  const read = Object.fromEntries(parts.map((part) => [part, texts("." + part)]));
  read.reasons = texts(".reasons li");
  read.finding = texts(".finding-of-day", ".finding");
  read.token = texts(".token + .words", ".token .words");
  read.chip = texts(".wire .chip");
  read.now = texts(".actor.now .act");
  read.moment = texts("output.moment", "text.moment");
  read.pressed = texts(".head [aria-pressed=true]", ".head b.choice");
  read.wrong = texts(".kept.wrong", ".reasons .wrong", ".status.wrong");
  return read;
}"""
"""Gives what each part says, white space aside. The live screen has no room for the status that is
believed where two runs are beside each other; the still has."""


def screens(lab: Lab) -> Iterator[str]:
    """Take a lab to its cover, to each step of its story, and to a message on its way after it."""
    yield "the cover"
    for step in range(len(lab.story["steps"])):
        lab.choose("step", step)
        yield f"step {step}"
        leaves = (left for left in lab.stages[0]["messages"]["leaves"] if left > lab.moment)
        after = 20 if step % 2 else 45
        lab.choose("moment", next(leaves, lab.moment) + after)
        yield f"{after} ms after the message that follows step {step}"


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    """A page without a kernel, with the front end of the labs."""
    script = assets.script("lab/lab").replace("export default", "window.lab =")
    with chromium() as browser:
        found = browser.new_page(viewport={"width": WIDTH, "height": 1800})
        found.set_content(PAGE % (assets.style("lab/lab", "stage/stage"), script))
        yield found


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("trap", TRAP_IDS)
@pytest.mark.thorough
def test_a_still_says_what_the_live_screen_says(trap: str, page: Any) -> None:
    """At every step of a story, and while messages are on their way, part by part."""
    with closing(simkit.lab(trap)) as lab:
        for screen in screens(lab):
            told = {key: getattr(lab, key) for key in LabTold.__annotations__}
            told["intervals"] = None  # a still is drawn before these are known
            page.evaluate(SHOW, [json.loads(json.dumps(told)), still_of(lab)])
            live, still = (page.locator(root).evaluate(READ) for root in ("#live .story", "#still"))
            assert still == live, screen


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("trap", TRAP_IDS)
@pytest.mark.thorough
def test_a_still_fits_a_slide(trap: str, page: Any) -> None:
    """Alone, and with each fix beside the trap, in light and in dark, nothing sticks out."""
    with closing(simkit.lab(trap)) as lab:
        for entry in lab.choices["switch"]:
            lab.choose("preset", entry["value"])
            page.locator("#live").evaluate("live => live.replaceChildren()")
            page.locator("#still").evaluate(
                "(still, html) => { still.innerHTML = html }", still_of(lab)
            )
            box = page.locator(".simkit-still").bounding_box()
            assert box["width"] <= WIDTH, entry
            assert box["height"] <= HEIGHT, entry
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= WIDTH, entry


@pytest.mark.parametrize("trap", TRAP_IDS)
def test_a_still_says_what_is_wrong_and_is_drawn_the_same_again(trap: str) -> None:
    """A stored notebook differs from a new one only where a lab shows something else."""
    with closing(simkit.lab(trap)) as one, closing(simkit.lab(trap)) as other:
        text = Markup(still_of(one)).text
        assert moment_sentence(one.state.view, one.state.agent, one.moment) in text
        assert "Run the cell again for the live lab." in text
        assert still_of(one) == still_of(other)


@pytest.mark.parametrize(
    ("t", "up", "way"),
    [
        *((1_020, 40, 0.5), (1_040, 40, 1), (1_070, 40, 1.5), (1_100, 40, 2), (9_000, 40, 2)),
        *((1_010, -1, 0.1), (1_080, -1, 0.5)),
    ],
)
def test_a_message_is_drawn_where_it_is(t: int, up: int, way: float) -> None:
    """It takes 40 ms there and 60 ms back; one that is lost stays half-way until it is given up."""
    look = {"kind": "list", "status": 200, "fate": "taken"}
    messages: Any = {"looks": [look], "look": [0], "leaves": [1_000], "up": [up], "total": [100]}
    flight = flight_at(messages, t)
    assert flight is not None
    assert flight.way == pytest.approx(way)
    assert flight_at(messages, 999) is None


def test_a_still_runs_nothing_and_fetches_nothing() -> None:
    """It has no script, no handler and no address, whatever is lit up or beside it."""
    with closing(simkit.lab("E4")) as lab:
        for step in range(-1, len(lab.story["steps"])):
            lab.step = step
            assert_plain(still_of(lab))


def test_the_colours_of_a_still_are_those_of_the_lab() -> None:
    """Who reads an export sees wrong in the colour that the live lab has for it, in both themes."""
    usual = assets.style("frontend/tokens").partition("\n}\n")[0]  # and not with more contrast
    both = r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)"
    tokens = {name: pair for name, *pair in re.findall(both, usual)}
    still = re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", assets.style("stage/still"))
    names = [name for name, _ in still[: len(still) // 3]]
    light, dark = ([(name, tokens[name][theme]) for name in names] for theme in (0, 1))
    assert len(names) > 10
    assert still == [*light, *dark, *dark], (
        "by default, in JupyterLab's dark theme, by the system's"
    )

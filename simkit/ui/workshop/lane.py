"""Writes the play lane: a folder of pages that teach the traps without a kernel or a network."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from simkit.base.errors import BadInput, closest, shown
from simkit.base.files import write_texts
from simkit.base.language import for_browser, tr
from simkit.base.outgoing import json_text
from simkit.base.progress import under_way
from simkit.study.catalogue import TRAP_IDS, traps
from simkit.teaching.openings import opening_of
from simkit.ui.frontend import assets
from simkit.ui.lab.widget import View
from simkit.ui.workshop import lane_pages
from simkit.ui.workshop.lane_told import lane_told
from simkit.ui.workshop.questions import QUESTIONS

SCRIPT, STYLE = "lane.js", "lane.css"


def write_lane(out: Path, traps: Sequence[str] = TRAP_IDS) -> list[Path]:
    """Write the lane of some traps into a folder, made if need be, and give the files' paths.

    The pages are opened from there, as files or from any server, and fetch nothing from elsewhere.
    Of each lab they hold what its story can ask of a kernel, answered beforehand. A learner's
    guesses stay in the browser, and are given away as one JSON file::

        {"format": "simkit-progress", "version": 1, "name": "Kim", "entries": [
          {"kind": "guess", "trap": "E4", "step": 1, "guess": 5, "unit": "min"}, …]}

    ``step`` counts a story's steps from 0, as a lab's trait does; ``guess`` is a number where it
    has a unit, and else the option that was chosen. Entries may be of other kinds as well.

    BadInput for an unknown trap, and for a folder that cannot be written. Each file is whole.
    """
    return write_texts(out, lane_texts(_known(traps)))


def lane_texts(chosen: Sequence[str]) -> dict[str, str]:
    """Give the files of the lane by name: a page comes after all that it shows."""
    texts: dict[str, str] = {SCRIPT: _script(), STYLE: _style()}
    questions: list[dict[str, Any]] = []
    cards = cards_of(chosen)
    with under_way("traps", of=len(chosen)) as tell:
        for done, trap in enumerate(chosen):
            told, story = lane_told(trap)
            texts[f"{trap}.told.js"] = f"globalThis.simkitLane = {_plain(told)};\n"
            questions += _questions(trap, story)
            tell(done + 1, len(chosen))
    texts[QUESTIONS] = f"{json_text(questions, indent=1)}\n"
    for place, card in enumerate(cards):
        after = cards[place + 1] if place + 1 < len(cards) else None
        texts[f"{card.trap}.html"] = lane_pages.trap_page(card, after)
    texts["index.html"] = lane_pages.index_page(cards)
    return texts


def cards_of(chosen: Sequence[str]) -> list[lane_pages.Card]:
    """Give what stands of each trap in the list of all, in the language that is spoken."""
    return [
        lane_pages.Card(trap, tr(traps[trap].title), tr(opening_of(trap).said)) for trap in chosen
    ]


def _known(chosen: Sequence[str]) -> list[str]:
    found = list(dict.fromkeys(chosen))
    for trap in found:
        if trap not in TRAP_IDS:
            problem = f"unknown trap {shown(trap)}{closest(trap, TRAP_IDS)}"
            raise BadInput(problem, allowed=", ".join(TRAP_IDS))
    if not found:
        raise BadInput("no trap to play", field="traps", allowed=", ".join(TRAP_IDS))
    return found


def _script() -> str:
    """Give the script of all pages, which knows from its first line on what it speaks."""
    spoken = f"globalThis.simkitLanguage = {_plain(for_browser())};\n"
    return spoken + assets.classic_script("workshop/lane")


def _style() -> str:
    return "\n".join([View._css, assets.style("workshop/lane")])


def _plain(told: object) -> str:
    """Give data as the shortest JSON, which is JavaScript as well."""
    return json.dumps(told, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def _questions(trap: str, story: dict[str, Any]) -> list[dict[str, Any]]:
    steps = enumerate(story["steps"])
    return [{"trap": trap, "step": i, **s["question"]} for i, s in steps if s["question"]]

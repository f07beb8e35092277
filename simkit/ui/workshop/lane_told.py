"""What a trap's lab tells on a page without a kernel: what it may be asked, answered beforehand."""

from __future__ import annotations

from typing import Any

from simkit.base.outgoing import json_text
from simkit.ui.lab.lab import Lab, lab
from simkit.ui.lab.told import LabTold
from simkit.ui.workshop.told import LaneTold

UNSEEN: dict[str, Any] = {
    "fields": {},
    "agents": [],
    "overview": None,
    "snippet": "",
    "language": {},  # the pages' script has it
}
"""Traits of panels that are not there without a kernel, and what is told in their place."""
UNSEEN_CHOICES: dict[str, Any] = {"fields": [], "values": {}}
"""The same of what is told of choices."""
_STAYS = {"moment", "step"}
"""What another preset leaves where the browser has it."""


class _Pool:
    """Values, each of them once."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._places: dict[str, int] = {}

    def places(self, told: dict[str, Any]) -> dict[str, int]:
        return {name: self._place(value) for name, value in told.items()}

    def _place(self, value: Any) -> int:
        text = json_text(value)
        if text not in self._places:
            self._places[text] = len(self.values)
            self.values.append(value)
        return self._places[text]


def opened(trap: str) -> Lab:
    """Give the lab of a trap as the lane opens it: at the desk of whom its story is told."""
    one = lab(trap)
    agent = one.story["agent"]
    if one.agent != agent:
        one.choose("agent", agent)
    return one


def told_of(one: Lab) -> dict[str, Any]:
    """Give what a page is told of a lab as it stands, its intervals measured."""
    one.choose("measure")
    told = {name: getattr(one, name) for name in LabTold.__annotations__}
    told["choices"] = {**told["choices"], **UNSEEN_CHOICES}
    return {**told, **UNSEEN, "told_only": True, "answered": 0}


def lane_told(trap: str) -> tuple[LaneTold, dict[str, Any]]:
    """Give what the page of a trap is told, and its story by itself.

    Recorded is what each command changes that a story gives: every step of it, and every entry of
    its switch between trap and fixes.
    """
    one = opened(trap)
    try:
        first = told_of(one)
        steps = range(len(one.story["steps"]))
        presets = [entry["value"] for entry in one.choices["switch"]]
        after = {}
        for kind, value in [*(("preset", p) for p in presets), *(("step", s) for s in steps)]:
            one.choose(kind, value)
            after[kind, value] = told_of(one)
    finally:
        one.close()
    moving = {name for told in after.values() for name in told if told[name] != first[name]}
    pool = _Pool()
    answers = {
        f"{kind} {value}": pool.places(
            {n: told[n] for n in sorted(moving) if kind != "preset" or n not in _STAYS}
        )
        for (kind, value), told in after.items()
    }
    return {
        "trap": trap,
        "pool": pool.values,
        "first": pool.places(first),
        "answers": answers,
    }, first["story"]

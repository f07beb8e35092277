"""The controls of a lab as ipywidgets' own, for pages that people put together themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from simkit.base.errors import BadInput
from simkit.ui.frontend.strict import Strict

if TYPE_CHECKING:
    from simkit.ui.lab.lab import Lab
    from simkit.ui.lab.told import Entry

MOST_SEED = (1 << 53) - 1
"""Up to here a browser counts exactly."""
Options = Sequence[tuple[str, Any]]


class CoreControls(Strict):
    """Controls of ipywidgets, each linked to a trait of the lab, both ways.

    They are made once and may be shown any number of times. What the lab refuses, it says, and the
    control turns back.
    """

    _plain = ("trap", "preset", "second", "agent", "organisation", "seed", "moment")

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._follows = False
        whole = {"width": "max-content", "max_width": "100%"}
        self.trap = w.Dropdown(description="Trap", layout=whole)
        self.preset = w.ToggleButtons(description="Shown", style={"button_width": "auto"})
        self.second = w.Dropdown(description="Also", layout=whole)
        self.agent = w.Dropdown(description="Agent", layout=whole)
        self.organisation = w.Dropdown(description="Organisation", layout=whole)
        self.seed = w.BoundedIntText(description="Seed", min=0, max=MOST_SEED)
        self.moment = w.SelectionSlider(
            description="Time", options=[("", 0)], layout={"width": "100%"}, continuous_update=True
        )
        self._link("trap", "choices", lambda: _options(lab.choices["traps"]))
        self._link("preset", "choices", lambda: _short(lab.choices["presets"]))
        self._link("second", "choices", lambda: [("none", ""), *_options(lab.choices["also"])])
        self._link("agent", "agents", lambda: _options(lab.agents))
        self._link("organisation", "choices", lambda: _options(lab.choices["organisations"]))
        self._link("seed")
        self._link("moment", "stages", self._moments)

    def _link(
        self, name: str, told: str | None = None, options: Callable[[], Options] | None = None
    ) -> None:
        """Let a control and the trait of its name follow each other, its options what is told."""
        lab, control = self._lab, getattr(self, name)

        def follow(_: object = None) -> None:
            with self._following():
                if options is not None and tuple(control.options) != (new := tuple(options())):
                    control.options = new
                value = getattr(lab, name)
                if name == "moment":  # it may lie between two that are worth stopping at
                    control.index = max(sum(t <= value for _, t in control.options) - 1, 0)
                elif options is None or any(value == one for _, one in control.options):
                    control.value = value

        def choose(change: Any) -> None:
            if self._follows:
                return
            try:
                setattr(lab, name, change["new"])
            except BadInput as problem:
                lab.error = str(problem)
                follow()

        follow()
        lab.observe(follow, [name] if told is None else [name, told])
        control.observe(choose, "value")

    @contextmanager
    def _following(self) -> Iterator[None]:
        before, self._follows = self._follows, True
        try:
            yield
        finally:
            self._follows = before

    def _moments(self) -> Options:
        """Give the moments worth stopping at in the runs shown, by their local times."""
        state = self._lab.state
        first, last = state.shift
        told = {beat["t"] for stage in self._lab.stages for beat in stage["beats"]}
        found = sorted({first, last, *(t for t in told if first <= t <= last)})
        return [(state.time(t), t) for t in found]


def _options(entries: Sequence[Entry]) -> Options:
    return [(entry["text"], entry["value"]) for entry in entries]


def _short(entries: Sequence[Entry]) -> Options:
    return [(entry["text"].partition(":")[0], entry["value"]) for entry in entries]

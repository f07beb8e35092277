"""The controls of a lab as ipywidgets' own, for pages that people put together themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import ipywidgets as w

from simkit.base.errors import BadInput
from simkit.base.language import tr
from simkit.ui.lab.lab_view_model import label

if TYPE_CHECKING:
    from simkit.ui.lab.lab import Lab
    from simkit.ui.lab.told import Entry

MOST_SEED = (1 << 53) - 1
"""Up to here a browser counts exactly."""
Options = Sequence[tuple[str, Any]]


class CoreControls(NamedTuple):
    """Controls of ipywidgets, each linked to the trait of its name, both ways.

    They are made once and may be shown any number of times. What the lab refuses, it says, and the
    control turns back.
    """

    trap: w.Dropdown
    preset: w.ToggleButtons
    second: w.Dropdown
    agent: w.Dropdown
    organisation: w.Dropdown
    seed: w.BoundedIntText
    moment: w.SelectionSlider
    """Over the moments worth stopping at; between two of them it shows the one before."""


def core_controls(lab: Lab) -> CoreControls:
    """Give the controls of a lab."""
    whole = {"width": "max-content", "max_width": "100%"}
    made = CoreControls(
        trap=w.Dropdown(description=tr("Trap"), layout=whole),
        preset=w.ToggleButtons(description=tr("Shown"), style={"button_width": "auto"}),
        second=w.Dropdown(description=tr("Also"), layout=whole),
        agent=w.Dropdown(description=tr("Agent"), layout=whole),
        organisation=w.Dropdown(description=tr("Organisation"), layout=whole),
        seed=w.BoundedIntText(description=tr("Seed"), min=0, max=MOST_SEED),
        moment=w.SelectionSlider(
            description=tr("Time"), options=[("", 0)], layout={"width": "100%"}
        ),
    )
    offers: dict[str, tuple[str, Callable[[], Options]]] = {
        "trap": ("choices", lambda: _options(lab.choices["traps"])),
        "preset": ("choices", lambda: _presets(lab)),
        "second": ("choices", lambda: [(tr("none"), ""), *_options(lab.choices["also"])]),
        "agent": ("agents", lambda: _options(lab.agents)),
        "organisation": ("choices", lambda: _options(lab.choices["organisations"])),
        "moment": ("stages", lambda: _moments(lab)),
    }
    for name, control in made._asdict().items():
        _Link(lab, name, control, *offers.get(name, ("", None)))
    return made


class _Link:
    """A control and the trait of its name, which follow each other."""

    def __init__(
        self, lab: Lab, name: str, control: Any, told: str, options: Callable[[], Options] | None
    ) -> None:
        self.lab, self.name, self.control, self.options = lab, name, control, options
        self.following = False
        self.follow()
        lab.observe(self.follow, [name, told] if told else [name])
        control.observe(self.choose, "value")

    def follow(self, _: object = None) -> None:
        """Show what is chosen, and offer what there is."""
        control, value = self.control, getattr(self.lab, self.name)
        with self._following():
            if self.options and tuple(control.options) != (offered := tuple(self.options())):
                control.options = offered
            if self.name == "moment":
                control.index = max(sum(t <= value for _, t in control.options) - 1, 0)
            elif not self.options or any(value == one for _, one in control.options):
                control.value = value

    def choose(self, change: Any) -> None:
        """Choose what the control shows, unless it only follows."""
        if self.following:
            return
        try:
            setattr(self.lab, self.name, change["new"])
        except BadInput as problem:
            self.lab.error = str(problem)
            self.follow()

    @contextmanager
    def _following(self) -> Iterator[None]:
        before, self.following = self.following, True
        try:
            yield
        finally:
            self.following = before


def _moments(lab: Lab) -> Options:
    """Give the moments worth stopping at in the runs shown, by their local times."""
    first, last = lab.state.shift
    told = {beat["t"] for stage in lab.stages for beat in stage["beats"]}
    found = sorted({first, last, *(t for t in told if first <= t <= last)})
    return [(lab.state.time(t), t) for t in found]


def _options(entries: Sequence[Entry]) -> Options:
    return [(entry["text"], entry["value"]) for entry in entries]


def _presets(lab: Lab) -> Options:
    """Give the settings that can be chosen, by their short names."""
    return [(label(lab.state, one["value"]), one["value"]) for one in lab.choices["presets"]]

"""The architect's panel: which interval, cache and token to run, and what that costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import traitlets

from simkit.base import given, resources
from simkit.base.errors import BadInput, closest, shown
from simkit.base.formatting import counted, name
from simkit.base.outgoing import lines_shown
from simkit.inputs.loading import load, settings_given
from simkit.rules.settings import Settings
from simkit.studio.policy import Recommendation
from simkit.ui.architect import view_model
from simkit.ui.architect.advice import Days, Pick, pick
from simkit.ui.architect.choice import CHOSEN, Confirmation, PolicyInputs
from simkit.ui.architect.summary import Panel
from simkit.ui.frontend import assets
from simkit.ui.frontend.guarded import Guarded
from simkit.ui.frontend.working import paced


def architect(settings: Settings | None = None) -> Architect:
    """Give the architect's panel. Put it at the end of a cell: ``simkit.architect()``.

    By default it is about the scenario ``architect.yaml``: the classroom, 300 agents and 200 codes,
    with a rate limit and with edits. BadInput for settings that the panel's policies do not fit.
    """
    if settings is None:
        settings = load(resources.directory("data") / "scenarios" / "architect.yaml")
    return Architect(PolicyInputs.of(settings_given(settings)).changed())


class Architect(Guarded):
    """The panel as a widget. In Python ``set`` moves its controls and ``text`` reads it.

    Closed forms and one simulated day answer at once. Beside a browser five days follow, with
    intervals, as soon as no hand moves anything; ``confirm`` waits for them. ``cheapest`` searches,
    and takes some seconds. What the browser is told is ``told.PanelTold``.
    """

    _esm = assets.script("architect/architect")
    _css = assets.style("frontend/tokens", "lab/lab", "architect/architect")

    controls: Any = traitlets.List().tag(sync=True)
    told: Any = traitlets.Dict().tag(sync=True)

    _plain = ("choice", "confirmation", "recommendation")

    def __init__(self, choice: PolicyInputs) -> None:
        self.choice = choice
        self.confirmation: Confirmation | None = None
        self.recommendation: Recommendation | None = None
        self._days = Days()
        self._unwanted = False
        super().__init__()
        self._check()
        self._show()

    def __repr__(self) -> str:
        c = self.choice
        agents = counted(c.agents, "agent")
        return f"Architect({name(c.base.name)}, {agents}, {c.policy.short})"

    def _repr_mimebundle_(self, **_: Any) -> Any:
        """Give the live panel, and for readers without a kernel what it says."""
        live: Any = super()._repr_mimebundle_()
        note = "<p><i>This is a still. Run the cell for the live panel.</i></p>"
        still = f"<pre>{escape(lines_shown(self.text))}</pre>{note}"
        return {**live[0], "text/plain": repr(self), "text/html": still}, live[1]

    @property
    def text(self) -> str:
        """All that the panel says."""
        self._check()
        return view_model.text(self._panel)

    def set(self, **values: Any) -> None:
        """Choose: ``panel.set(interval_ms=15_000, topology="shared")``; BadInput as one line.

        The names are agents, edits, start_spread_ms, rate_limit_per_min, interval_ms, version,
        topology, start_jitter_ms, and the limits most_stale_share, most_rate_limit_peak_share and
        most_peak_requests_per_s, which None lifts. What was found for another choice is dropped.
        """
        self._choose(values)
        self._check()
        self._show()

    def _choose(self, values: Mapping[str, Any]) -> None:
        self.choice = self.choice.changed(values)
        self.confirmation = self.recommendation = None
        self._unwanted = False
        self._cancel()

    def confirm(self) -> Confirmation:
        """Simulate the policy and show it beside the closed forms."""
        self.confirmation = self.choice.confirm()
        self._show()
        return self.confirmation

    def cheapest(self) -> Recommendation:
        """Look for the policy with the fewest requests within the limits; BadInput without any."""
        self.recommendation = self.choice.cheapest()
        self._show()
        return self.recommendation

    def apply(self) -> None:
        """Choose the policy that was recommended last; BadInput when none was."""
        found = self.recommendation
        if found is None:
            raise BadInput("nothing is recommended yet", allowed="cheapest() first")
        self.set(**_chosen_by(found))
        self.recommendation = found
        self._show()

    def close(self) -> None:
        """Close the panel with its layout; it disappears."""
        self._cancel()
        if self.comm is not None:
            self.layout.close()
        super().close()

    @property
    def _panel(self) -> Panel:
        choice, found = self.choice, self.recommendation
        return Panel(
            choice,
            self._days.of(choice),
            pick(choice, self._days),
            self.confirmation,
            found,
            self._days.of(self._searched(found)) if found else {},
        )

    def _searched(self, found: Recommendation) -> PolicyInputs:
        return self.choice.changed(_chosen_by(found))

    def _check(self) -> None:
        """Simulate days until the policy recommended at once has one that keeps the limits."""
        while self._check_one():
            pass

    def _check_one(self) -> bool:
        """Simulate the day that the recommendation waits for; say whether there was one."""
        waiting: Pick | None = pick(self.choice, self._days)
        if waiting is None or waiting.day is not None:
            return False
        self._days.of(waiting.choice)
        return True

    def _hear(self, widget: Any, content: Any, buffers: Any) -> None:
        with self.hold_sync():  # one message back
            super()._hear(widget, content, buffers)

    def _answer(self, kind: str, value: Any) -> None:
        commands = {"confirm": self.confirm, "cheapest": self.cheapest, "apply": self.apply}
        before = self.choice, self.confirmation, self.recommendation
        try:
            if kind == "set":  # what is recommended is checked when the hand rests
                self._choose(given.mapping("set", value))
                self._show()
            elif kind == "check":
                # One day at a time, so that a slider that moves again waits for one.
                if not self._check_one():
                    self._simulate()
                self._show()
            elif kind == "cancel":
                self._unwanted = True
                self._cancel()
                self._show()
            elif kind in commands:
                commands[kind]()
            else:
                known = ["set", "check", "cancel", *commands]
                raise BadInput(f"unknown command {shown(kind)}{closest(kind, known)}")
        except BaseException:
            self.choice, self.confirmation, self.recommendation = before
            raise

    def _simulate(self) -> None:
        """Simulate the policy chosen over five days, beside a panel that goes on."""
        if not self._due:
            return
        choice, found = self.choice, []

        def work(say: Callable[[str], None]) -> None:
            found.append(choice.confirm(paced("Simulating", "days", say)))

        def tell() -> None:
            (self.confirmation,) = found
            self._show()

        self._beside("Simulating five days …", work, tell)

    @property
    def _due(self) -> bool:
        """Whether five days of the policy chosen are wanted, and nobody is at it."""
        return self.confirmation is None and self._job is None and not self._unwanted

    def _tell_again(self) -> None:
        self._show()

    def _instead(self, name: str) -> str:
        return f"; do you mean panel.set({name}=value)?" if name in CHOSEN else ""

    def _show(self) -> None:
        """Tell the browser, in one message."""
        panel = self._panel
        with self.hold_sync():
            self.controls = view_model.controls(panel.choice)
            self.told = view_model.told(panel, due=self._due)
            self.error = ""


def _chosen_by(found: Recommendation) -> dict[str, Any]:
    """Give what is chosen with the policy of a recommendation."""
    policy = found.policy
    return {
        "interval_ms": policy.interval_ms,
        "version": policy.version,
        "topology": policy.topology,
        "start_jitter_ms": policy.start_jitter_ms,
    }

"""What a learner has chosen in a lab: a trap and what is done to it, as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from simkit.base.clock import MINUTE
from simkit.base.language import tr
from simkit.inputs.drawing import drawn_day
from simkit.inputs.trap_file import Change, TrapFile
from simkit.rules.organisation import Organisation
from simkit.rules.sections import dotted
from simkit.rules.settings import Difference, Settings, diff
from simkit.rules.workload import AgentDay, Intention, Workload, with_intention
from simkit.study.catalogue import Trap, traps
from simkit.study.comparison import combined
from simkit.ui.lab import controls
from simkit.ui.lab.controls import Control

HEALTHY, TRAP, CUSTOM = "healthy", "trap", "custom"
OPEN = "open"
"""Id of the lab's own entry for settings that are no trap of the catalogue."""


class Act(NamedTuple):
    """What the learner did as an agent: chose a listed reason at a moment, for a while."""

    agent: str
    t: int
    reason: str
    code_id: str
    minutes: int


@dataclass(frozen=True)
class Preset:
    """One entry of the lab's list of settings."""

    id: str
    label: str
    change: Change | None = None


@dataclass(frozen=True)
class ScenarioSelection:
    """All that decides which runs are shown."""

    trap: Trap
    preset: str = TRAP
    changes: Mapping[str, Any] = field(default_factory=dict)
    """Fields changed by hand, on top of the trap."""
    seed: int = 1
    acts: tuple[Act, ...] = ()
    trace: Workload | None = None
    """A workload that was read in place of the drawn one."""
    organisation: str = "small"
    """Key of the kit's own organisation that is shown, ``other`` for one of your own."""

    @cached_property
    def settings(self) -> Settings:
        """The settings in force."""
        if self.preset == HEALTHY:
            return self.trap.base
        if self.preset == TRAP:
            return self.trap.settings
        if self.preset == CUSTOM:
            return self.trap.settings.replace(self.changes)
        return self.trap.fixed(self.preset)

    # What can be chosen.

    @property
    def presets(self) -> list[Preset]:
        """All settings that can be chosen for the trap, in the order of the catalogue."""
        trap = self.trap
        if trap.id == OPEN:
            first = [Preset(TRAP, tr("As given: {title}", title=trap.title))]
        else:
            first = [
                Preset(HEALTHY, tr("Healthy: nothing is wrong")),
                Preset(TRAP, tr("Trap {trap}: {title}", trap=trap.id, title=tr(trap.title))),
            ]
        return [
            *first,
            *(
                Preset(fix.id, tr("Fix {fix}: {title}", fix=fix.id, title=tr(fix.title)), fix)
                for fix in trap.fixes
            ),
            *(
                Preset(own.id, tr("Ours {fix}: {title}", fix=own.id, title=tr(own.title)), own)
                for own in trap.remedies
            ),
            Preset(CUSTOM, tr("Custom: choose the fields yourself")),
        ]

    @property
    def also(self) -> list[Preset]:
        """The fixes that can be put in place together with the one that is chosen.

        Two that set the same field to different values exclude each other.
        """
        first = self.preset.split("+")[0]
        chosen = next((p.change for p in self.presets if p.id == first), None)
        if chosen is None:
            return []
        return [p for p in self.presets if p.change and _go_together(chosen, p.change)]

    @property
    def change(self) -> Change | None:
        """The fix, the remedy, or the fields changed by hand; None with the other presets."""
        if self.preset in (HEALTHY, TRAP):
            return None
        if self.preset == CUSTOM:
            costs = [cost for fix in self.trap.fixes for cost in fix.costs]
            return Change(
                id=CUSTOM,
                title=tr("Fields changed by hand"),
                set=dict(self.changes),
                costs=tuple(dict.fromkeys(costs)),
            )
        return combined(self.trap, self.preset)

    @property
    def differences(self) -> list[Difference]:
        """What the settings in force change: a fix in the trap, the trap in the healthy base."""
        trap = self.trap
        before = trap.base if self.preset in (HEALTHY, TRAP) else trap.settings
        return diff(before, self.settings)

    @property
    def controls(self) -> list[Control]:
        """The fields that the trap's fixes and remedies touch, and those changed by hand."""
        trap = self.trap
        touched = [path for c in (*trap.fixes, *trap.remedies) for path in c.set]
        paths = dict.fromkeys(dotted(path) for path in (*touched, *self.changes))
        return controls.of_paths(list(paths))

    def acted(self, settings: Settings) -> dict[str, AgentDay]:
        """Give the days of those as whom something was done, these acts included."""
        days = {day.agent: day for day in self.trace.days} if self.trace and self.acts else {}
        acted: dict[str, AgentDay] = {}
        for act in self.acts:
            if act.agent not in acted:
                drawn = days.get(act.agent) or drawn_day(settings, self.seed, act.agent)
                acted[act.agent] = drawn
            wanted = Intention(act.t, act.reason, act.minutes * MINUTE, act.code_id)
            acted[act.agent] = with_intention(acted[act.agent], wanted)
        return acted


class OpenScene(Trap):
    """Settings that are no trap of the catalogue, with every documented fix to try on them."""

    def __init__(self, settings: Settings) -> None:
        symptoms = list(dict.fromkeys(trap.metric for trap in traps.values()))
        self.entry = TrapFile(
            id=OPEN,
            title=settings.name,
            fault=tr("Settings of your own"),
            metric=symptoms[0],
            secondary=tuple(symptoms[1:]),
            fixes=tuple(fix for trap in traps.values() for fix in trap.fixes),
        )
        self.settings = self.base = settings

    def on(self, organisation: Organisation) -> OpenScene:
        """Give the same settings on another organisation."""
        return OpenScene(self.settings.with_top(organisation=organisation))


def _go_together(one: Change, other: Change) -> bool:
    a, b = ({dotted(path): value for path, value in c.set.items()} for c in (one, other))
    return one.id != other.id and all(a[path] == b[path] for path in a.keys() & b.keys())

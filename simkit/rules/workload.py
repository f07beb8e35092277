"""The workload: all that happens from outside, as tables. A run meets it and changes nothing of it.

Times are ms since the start of the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from simkit.base.clock import Calendar
from simkit.base.errors import BadInput, shown
from simkit.rules.reasons import Edit, codes_of
from simkit.rules.schedule import Window
from simkit.rules.settings import Settings


class Intention(NamedTuple):
    """A change of status that an agent wants: when, the reason's name, and for how long."""

    t: int
    reason: str
    length: int
    code_id: str = ""
    """Id of the code meant where two listed ones share the name; empty for the first of them."""


class Span(NamedTuple):
    """A stretch of time, the end excluded."""

    start: int
    end: int


class Transfer(NamedTuple):
    """An administrator moves the agent to another division."""

    t: int
    division: str


@dataclass(frozen=True, slots=True)
class AgentDay:
    """One agent's part of the workload."""

    agent: str
    division: str
    start: int
    end: int
    windows: tuple[Window, ...] = ()
    intentions: tuple[Intention, ...] = ()
    hidden: tuple[Span, ...] = ()
    outages: tuple[Span, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    reloads: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Workload:
    """The whole workload: one day per agent, and the edits of the administrator."""

    days: tuple[AgentDay, ...]
    edits: tuple[Edit, ...] = ()
    calendar: Calendar | None = field(default=None, compare=False)
    """From whose first shift its times count, when it was read; None for one that was drawn."""
    codes: tuple[str, ...] = field(default=(), compare=False)
    """Ids of the codes that its edits name by their places, when it was read."""
    rounded: bool = field(default=False, compare=False)
    """Whether it was read from whole minutes, and each of its times drawn within one."""

    def refuse_other(self, settings: Settings) -> None:
        """Raise BadInput when it was read for settings in which its times or places mean others."""
        if self.calendar is None:
            return
        org = settings.organisation
        if self.calendar != org.calendar:
            problem = f"it was read for {_told(self.calendar)}, and these settings have "
            raise _of_other_settings(problem + _told(org.calendar))
        for day in self.days:
            for name in (day.division, *(move.division for move in day.transfers)):
                if name not in org.division_ids:
                    problem = f"it has agents in {shown(name)}, which these settings do not have"
                    raise _of_other_settings(problem)
        codes = [code.id for code in codes_of(settings)] if self.edits else []
        for edit in self.edits:
            own = self.codes[edit.code]
            if codes[edit.code : edit.code + 1] != [own]:
                raise _of_other_settings(f"these settings have no code {shown(own)} in its place")

    @property
    def horizon(self) -> int:
        """The end of the last shift."""
        return max(day.end for day in self.days)


def _told(calendar: Calendar) -> str:
    return f"{calendar.day} from {calendar.opens:%H:%M} on in {calendar.zone}"


def _of_other_settings(problem: str) -> BadInput:
    return BadInput(f"{problem}: read the trace with these settings", field="workload")


def with_intention(day: AgentDay, more: Intention) -> AgentDay:
    """Give a day plus one wanted change of status.

    All else stays as it was drawn, so up to that moment a run of it has the same log.
    """
    return replace(day, intentions=tuple(sorted((*day.intentions, more))))


def with_days(workload: Workload, days: Mapping[str, AgentDay]) -> Workload:
    """Give the workload with other days of some agents."""
    return replace(workload, days=tuple(days.get(day.agent, day) for day in workload.days))

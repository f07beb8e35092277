"""What a story is told of: one agent's day in a finished run, and moments of it with their values.

A value is text, a count, a local time or a duration; how each is written stands in `story_words`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple, TypeAlias

from simkit.base.formatting import name
from simkit.rules.agent_ids import workers
from simkit.rules.workload import AgentDay
from simkit.runs.history import History
from simkit.runs.log import Record
from simkit.runs.messages import Message
from simkit.runs.run import Run
from simkit.runs.views import Belief, Truth


class LocalTime(NamedTuple):
    """A moment of the run that is written as a local time."""

    ms: int


class Duration(NamedTuple):
    """A span of time that is written in words."""

    ms: int


Value: TypeAlias = str | int | LocalTime | Duration
Kinds: TypeAlias = Mapping[str, type]
"""The type of each value, by its name."""

Lit = Literal[
    "desk",
    "list",
    "choice",
    "said",
    "page",
    "cache",
    "token",
    "message",
    "platform",
    "codes",
    "status",
    "admin",
    "wfm",
    "routing",
    "timeline",
    "everyone",
    "switch",
]
"""What can be lit up: parts of the desk, of the page and of the platform, who acts on it, and what
stands beside."""


class Moment(NamedTuple):
    """A moment of the run, and what there is to say of it."""

    t: int
    values: Mapping[str, Value]
    lit: tuple[Lit, ...] = ()
    """What is lit up besides, where only the log knows it."""


def when(t: int, /, *, lit: tuple[Lit, ...] = (), **values: Value) -> Moment:
    """Give a moment with what there is to say of it, value by value."""
    return Moment(t, values, lit)


@dataclass(frozen=True, eq=False)
class Scene:
    """One agent's day in a trap's run and, for a step that shows a fix, in the fix's."""

    run: Run
    agent: str
    history: History
    fixed: Run | None = None

    def __repr__(self) -> str:
        return f"Scene({self.agent!r} in {self.run!r})"

    @property
    def shown(self) -> Run:
        """The run that the step shows."""
        return self.fixed or self.run

    @property
    def day(self) -> AgentDay:
        """The agent's part of the workload."""
        return self.history.days[self.agent]

    @property
    def records(self) -> list[Record]:
        """What happened to the agent, in order."""
        return self.history.records(self.agent)

    @property
    def belief(self) -> Belief:
        """What the agent believes."""
        return self.history.belief(self.agent)

    @property
    def truth(self) -> Truth:
        """What the platform knows."""
        return self.history.truth(self.agent)

    @property
    def messages(self) -> list[Message]:
        """What went between desk and platform, as it left."""
        return self.history.messages(self.agent)

    @cached_property
    def with_fix(self) -> Scene:
        """The same day with the fix in place; only for a step that shows one."""
        assert self.fixed is not None
        return Scene(self.fixed, self.agent, self.fixed.history_of(self.agent))

    @cached_property
    def values(self) -> dict[str, Value]:
        """What every sentence may name."""
        return {
            "agent": name(self.agent),
            "agents": workers(self.run.days),
            "division": name(self.day.division),
            "interval": Duration(self.run.settings.interval_ms),
        }

    def usable(self, t: int) -> int:
        """Give the codes of listed types that the platform takes from the agent, as a bit mask."""
        return self.truth.usable.at(t) & self.history.wanted

    def code(self, code: int) -> str:
        """Give the name of a code."""
        return name(self.history.directory.codes[code].name)


ALWAYS: Kinds = {"agent": str, "agents": int, "division": str, "interval": Duration}
"""The types of the values of every scene."""


def codes_in(mask: int) -> list[int]:
    """Give the numbers of the codes in a bit mask.

    >>> codes_in(0b1010)
    [1, 3]
    """
    return [code for code in range(mask.bit_length()) if mask >> code & 1]

"""What SimPy lacks for this world: moments with a rank, and an alarm that can be moved."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from simpy import Environment, Event

Process = Generator[Event, Any, Any]
"""What every process of the world is: an ordinary SimPy generator."""

SEATS = 1 << 24
"""Ranks are spread by this much, so that the agent's place in the order of names breaks ties."""


class Moment(Event):
    """An event that happens at a given millisecond, in the fixed order of ranks."""

    def __init__(self, env: Environment, when: int, priority: int) -> None:
        super().__init__(env)
        self._ok = True
        self._value = None
        env.schedule(self, priority, when - env.now)  # type: ignore[arg-type]  # any int sorts


class Alarm:
    """One pending moment; setting it again moves whoever waits for it to the new one."""

    __slots__ = ("env", "moment", "when")

    def __init__(self, env: Environment) -> None:
        self.env = env
        self.moment: Event = Event(env)
        self.when = -1

    def set(self, when: int, priority: int) -> None:
        """Ring at ``when``, and no longer at the time set before."""
        self._replace(Moment(self.env, when, priority))
        self.when = when

    def clear(self) -> None:
        """Do not ring until set again."""
        self._replace(Event(self.env))
        self.when = -1

    def _replace(self, new: Event) -> None:
        waiting = self.moment.callbacks
        if waiting:
            new.callbacks = waiting
            self.moment.callbacks = []
        self.moment = new

"""What SimPy lacks for this world: moments with a rank, and an alarm that can be moved."""

from __future__ import annotations

from collections.abc import Generator
from heapq import heappop, heappush
from operator import attrgetter
from typing import Any

from simpy import Environment, Event

Process = Generator[Event, Any, Any]
"""What every process of the world is: an ordinary SimPy generator."""

SEATS = 1 << 24
"""Ranks are spread by this much, so that the agent's place in the order of names breaks ties."""


class World(Environment):
    """A SimPy environment that knows absolute times and any rank, and runs until nothing is left.

    Nobody waits for the end of a process here, so that a process needs no events for its start
    and its end, and ``drain`` is SimPy's own loop less its bookkeeping for them.
    """

    now: int = property(attrgetter("_now"))  # type: ignore[assignment]  # whole ms, never a float

    def start(self, process: Process) -> None:
        """Start a process: it runs until its first event now, and goes on as events happen."""
        _Running(process)(None)

    def drain(self) -> None:
        """Run until no event is left; an exception of a process is raised here."""
        queue = self._queue
        while queue:
            self._now, _, _, event = heappop(queue)
            callbacks, event.callbacks = event.callbacks, None  # type: ignore[assignment]
            for callback in callbacks:
                callback(event)


class _Running:
    """A process under way, as the callback of the event that it waits for."""

    __slots__ = ("_send",)

    def __init__(self, process: Process) -> None:
        self._send = process.send

    def __call__(self, _: Event | None) -> None:
        try:
            waits_for = self._send(None)
        except StopIteration:
            return
        waits_for.callbacks.append(self)


class Moment(Event):
    """An event that happens at a given millisecond, in the fixed order of ranks."""

    _ok = True
    _value = None

    def __init__(self, env: World, when: int, priority: int) -> None:
        self.callbacks = []
        heappush(env._queue, (when, priority, next(env._eid), self))  # type: ignore[misc]


class Alarm:
    """One pending moment; setting it again moves whoever waits for it to the new one."""

    __slots__ = ("env", "moment", "when")

    def __init__(self, env: World) -> None:
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

    def end(self) -> None:
        """Never ring again: whoever waits for it is let go, and can be freed."""
        self.moment.callbacks = []
        self.moment = Event(self.env)

    def _replace(self, new: Event) -> None:
        waiting = self.moment.callbacks
        if waiting:
            new.callbacks = waiting
            self.moment.callbacks = []
        self.moment = new

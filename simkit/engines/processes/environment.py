"""What SimPy lacks for this world: moments with a rank, and an alarm that can be moved."""

from __future__ import annotations

from collections.abc import Callable, Generator
from heapq import heappop, heappush
from typing import Any

from simpy import Environment, Event

Turn = tuple[int, int]
"""What a process waits for that waits for time alone: (ms of the run, priority)."""
Process = Generator[Event | Turn, Any, Any]
"""What every process of the world is: a SimPy generator, which may yield turns as well."""

SEATS = 1 << 24
"""Ranks are spread by this much, so that the agent's place in the order of names breaks ties."""

LAST = 1 << 62
"""A priority after those of all ranks and seats."""


class World(Environment):
    """A SimPy environment that knows absolute times and any rank, and runs until nothing is left.

    Nobody waits for the end of a process here, so that a process needs no events for its start
    and its end, and ``drain`` is SimPy's own loop less its bookkeeping for them. An event has one
    callback at most. So a process whose turn comes before all that is in the queue goes on at
    once, and the clock with it: SimPy's loop would do nothing else.
    """

    now = 0
    """Whole ms; an attribute, as it is asked for so often."""

    def start(self, process: Process) -> None:
        """Start a process: it runs until it first waits now, and goes on as events happen."""
        _Running(self, process)(None, may_go_on=False)

    def start_last(self, process: Process) -> None:
        """Start a process as the last thing that happens now: the clock may go on with it."""
        _Running(self, process)(None)

    def drain(self) -> None:
        """Run until no event is left; an exception of a process is raised here."""
        queue, take = self._queue, heappop
        while queue:
            when, _, _, event = take(queue)
            self.now = self._now = when  # type: ignore[assignment]  # whole ms go in
            callbacks, event.callbacks = event.callbacks, None  # type: ignore[assignment]
            for callback in callbacks:
                callback(event)


class _Running:
    """A process under way, as the callback of the event that it waits for."""

    __slots__ = ("_env", "_send")

    def __init__(self, env: World, process: Process) -> None:
        self._env, self._send = env, process.send

    def __call__(self, _: Event | None, may_go_on: bool = True) -> None:
        """Run until the process waits for what something else comes before."""
        env, send = self._env, self._send
        queue = env._queue
        while True:
            try:
                waits_for = send(None)
            except StopIteration:
                return
            if type(waits_for) is not tuple:
                waits_for.callbacks.append(self)  # type: ignore[union-attr]
                return
            when, priority = waits_for
            if not may_go_on or (queue and queue[0] < (when, priority + 1)):
                Moment(env, when, priority, [self])
                return
            env.now = env._now = when


class Moment(Event):
    """An event that happens at a given millisecond, in the fixed order of ranks."""

    _ok = True
    _value = None

    def __init__(
        self, env: World, when: int, priority: int, callbacks: list[Callable[[Event], None]]
    ) -> None:
        self.callbacks = callbacks
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
        self._replace(Moment(self.env, when, priority, []))
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

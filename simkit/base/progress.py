"""How far long work is: told in one wording, once it has lasted a while, where it can be seen.

Work says how much of it is done. A command of the command line shows that in its terminal, a cell
of a notebook below itself, and nobody else sees anything.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from simkit.base.clock import SECOND, show_duration
from simkit.base.language import tr
from simkit.base.notebook import CellLine

Progress = Callable[[int, int], None]
"""Is told how many are done, and of how many."""
AFTER_S = 2.0
"""Nothing is shown of work that is done by then."""
EVERY_S = 0.2
"""How often what is shown changes at most."""
clock = time.monotonic


class Line(Protocol):
    """One line that changes while work is under way."""

    def show(self, words: str, share: float) -> None:
        """Say how far it is, in words and as a share of the whole."""

    def end(self) -> None:
        """Take the line away."""


Shown = Callable[[], Line | None]
_shown: ContextVar[Shown] = ContextVar("_shown", default=CellLine.here)


class Interrupted(KeyboardInterrupt):
    """Work was interrupted; ``str()`` says in one line how far it was."""

    def _render_traceback_(self) -> list[str]:
        """Give what IPython shows in place of a traceback: where it was stopped says nothing."""
        return [str(self)]


class Pace:
    """Since when work is under way, how far it is, and how long the rest will take."""

    def __init__(self, unit: str) -> None:
        """Begin; ``unit`` is what is counted, in the plural."""
        self.unit = unit
        self.started = clock()
        self.done = self.of = 0
        self._first: tuple[float, int] | None = None

    def tell(self, done: int, of: int) -> None:
        """Take note of how many are done, and of how many."""
        self.done, self.of = done, of
        # What was done before, such as runs that were kept, says nothing of the pace.
        self._first = self._first or (clock(), done)

    @property
    def left_s(self) -> float | None:
        """How many seconds the rest will take at the pace so far; None while there is none."""
        since, before = self._first or (0.0, self.done)
        if self.done <= before:
            return None
        return (clock() - since) * (self.of - self.done) / (self.done - before)

    @property
    def words(self) -> str:
        """How far it is, such as ``42 of 120 runs, 12 s left``."""
        return words(self.done, self.of, self.unit, self.left_s)


def words(done: int, of: int, unit: str, left_s: float | None = None) -> str:
    """Say how far work is, and how long the rest will take where that is known.

    >>> words(42, 120, "runs", 11.7), words(0, 120_000, "agents")
    ('42 of 120 runs, 12 s left', '0 of 120,000 agents')
    """
    if left_s is None:
        return tr("{done} of {total} {unit}", done=done, total=of, unit=tr(unit))
    return tr(
        "{done} of {total} {unit}, {span} left",
        done=done,
        total=of,
        unit=tr(unit),
        span=show_duration(max(1, round(left_s)) * SECOND),
    )


class _Work:
    def __init__(self, unit: str, within: _Work | None) -> None:
        self.pace = Pace(unit)
        self.told: bool = False
        self.silent: bool = within is not None and (within.silent or within.told)
        """Whether it is a part of other work, which says itself how far it is."""
        if within is not None:
            self.pace.started = within.pace.started
        self._line: Line | None = None
        self._next = self.pace.started + AFTER_S

    def tell(self, done: int, of: int) -> None:
        self.told = True
        self.pace.tell(done, of)
        if self.silent or clock() < self._next:
            return
        self._next = clock() + EVERY_S
        self._line = self._line or _shown.get()()
        if self._line is not None:
            self._line.show(self.pace.words, done / of if of else 0.0)

    def end(self) -> None:
        if self._line is not None:
            self._line.end()

    def interrupted(self) -> Interrupted:
        far = f" after {words(self.pace.done, self.pace.of, self.pace.unit)}" * self.told
        return Interrupted(f"interrupted{far}")


_current: ContextVar[_Work | None] = ContextVar("_current", default=None)


@contextmanager
def under_way(unit: str, progress: Progress | None = None, of: int = 0) -> Iterator[Progress]:
    """Give a function that is told how many are done, and of how many; ``progress`` is told too.

    ``of`` is how many there are, where that is known before any is done. After two seconds it is
    shown. Work within other work is silent once it is known how much the other is. Interrupted, in
    place of KeyboardInterrupt, says how far it was.
    """
    work = _Work(unit, _current.get())
    if of:
        work.tell(0, of)

    def tell(done: int, of: int) -> None:
        work.tell(done, of)
        if progress is not None:
            progress(done, of)

    before = _current.set(work)
    try:
        yield tell
    except Interrupted:
        raise
    except KeyboardInterrupt:
        if work.silent:
            raise
        raise work.interrupted() from None
    finally:
        _current.reset(before)
        work.end()


@contextmanager
def shown_on(line: Shown) -> Iterator[None]:
    """Let what is done meanwhile show on lines of this kind how far it is; None for not at all."""
    before = _shown.set(line)
    try:
        yield
    finally:
        _shown.reset(before)

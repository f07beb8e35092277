"""Signs of life: the browser is told that somebody is at work, and how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from contextvars import copy_context
from threading import Event, Thread
from typing import Self

from simkit.base.progress import Pace, Progress

BEAT_S = 2.0
"""How often somebody at work says so. The browser loses patience after more than twice as long."""


class Work:
    """Says at once that there is work, and again every 2 s, until it is done.

    ``say`` sends a sign of life. It is called from a thread of its own as well: what is at work
    leaves no time for that.
    """

    def __init__(self, say: Callable[[], None]) -> None:
        self._say = say
        self._done = Event()

    def __enter__(self) -> Self:
        self._say()
        # What is sent belongs to the message that is being answered.
        Thread(target=copy_context().run, args=(self._beat,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()

    def _beat(self) -> None:
        while not self._done.wait(BEAT_S):
            self._say()


def paced(doing: str, unit: str, say: Callable[[str], None]) -> Progress:
    """Give what is told how many are done, and says it with the time left."""
    pace = Pace(unit)

    def progress(done: int, of: int) -> None:
        pace.tell(done, of)
        say(f"{doing}: {pace.words}")

    return progress


class Job:
    """Long work in a thread, beside a kernel that goes on answering.

    ``work`` is given a function that says how far it is; where the job was cancelled meanwhile
    it raises CancelledError.
    """

    def __init__(self, words: str, work: Callable[[Callable[[str], None]], None]) -> None:
        self.words = words
        self._work = work
        self._cancelled, self._free = Event(), Event()
        self._free.set()

    def start(self, say: Callable[[], None], then: Callable[[Exception | None], None]) -> None:
        """Begin; ``then`` is called in the thread in the end, unless it was cancelled."""
        self._say = say
        Thread(target=copy_context().run, args=(self._run, then), daemon=True).start()

    def cancel(self) -> None:
        """Let go of it; it ends as soon as it says again how far it is."""
        self._cancelled.set()
        self._free.set()

    @contextmanager
    def at_rest(self) -> Iterator[None]:
        """Let it wait, when it says again how far it is, for what somebody else waits for."""
        self._free.clear()
        try:
            yield
        finally:
            self._free.set()

    def _run(self, then: Callable[[Exception | None], None]) -> None:
        failed = None
        try:
            with Work(self._say):
                self._work(self._tell)
        except Exception as problem:
            failed = problem
        if not self._cancelled.is_set():
            then(failed)

    def _tell(self, words: str) -> None:
        self._free.wait()
        if self._cancelled.is_set():
            raise CancelledError
        self.words = words
        self._say()

"""What stops a command from outside, held back for as long as that would leave half a thing."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

STOPS = ("SIGINT", "SIGTERM", "SIGHUP")
"""What stops a command; Windows does not have them all."""
_Handler = Callable[[int, FrameType | None], object]


@contextmanager
def held_back(*unheard: str) -> Iterator[None]:
    """Hold back what stops a command until this is done; it could leave half a process behind.

    Processes that are started meanwhile never hear the signals named. Those reach the whole group,
    and it is for the parent to decide what becomes of the work. A handler of theirs would come too
    late, as Ctrl-C also hits a process that is still loading its modules; but processes and threads
    take over the mask of whoever starts them.
    """
    came: list[int] = []
    try:
        with stops(lambda number, _: came.append(number)), _masked(unheard):
            yield
    finally:  # what it stopped may have failed just because of that
        if came:
            signal.raise_signal(came[0])


@contextmanager
def _masked(names: Sequence[str]) -> Iterator[None]:
    if not (names and hasattr(signal, "pthread_sigmask")):  # Windows has no masks
        yield
        return
    from multiprocessing import resource_tracker  # which few commands need

    # Else it is started together with the first process, and its start lifts the mask.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _signals(names))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def stops(handler: _Handler) -> Iterator[None]:
    """Let a handler have what stops a command; a mask does not, as other threads have their own.

    What is ignored, as under nohup, stays so.
    """
    before: dict[signal.Signals, Any] = {}
    if threading.current_thread() is threading.main_thread():  # no other may choose
        heard = [s for s in _signals(STOPS) if signal.getsignal(s) != signal.SIG_IGN]
        before = {sign: signal.signal(sign, handler) for sign in heard}
    try:
        yield
    finally:
        for sign, usual in before.items():
            signal.signal(sign, usual)


def _signals(names: Sequence[str]) -> list[signal.Signals]:
    return [getattr(signal, name) for name in names if hasattr(signal, name)]

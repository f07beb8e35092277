"""Worker processes: fresh, deaf to Ctrl-C, and gone when their parent is."""

from __future__ import annotations

import gc
import os
import signal
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import Any

from simkit.base import given
from simkit.base.errors import BadInput, InputNotice, notice
from simkit.base.signals import held_back

DIED = (
    "a worker died, perhaps for lack of memory, or as a script starts workers outside of "
    'if __name__ == "__main__"'
)
"""What is said where a worker ends without a word."""


def cores() -> int:
    """Give how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def at_most_cores(jobs: int | None) -> int:
    """Give how many processes to use: one for each core by default, and never more.

    More are no faster and take memory. What was asked for in vain is said as an ``InputNotice``.
    BadInput for fewer than one.
    """
    if jobs is None:
        return cores()
    jobs = given.whole("jobs", jobs, low=1)
    if jobs > cores():
        has = "1 core is" if cores() == 1 else f"{cores()} cores are"
        doubt = f"more than there are cores; {has} used"
        notice(BadInput(doubt, field="jobs", found=str(jobs)))
    return min(jobs, cores())


@contextmanager
def pool(
    jobs: int, prepare: Callable[..., None] | None = None, *given: Any
) -> Iterator[ProcessPoolExecutor]:
    """Give a pool of worker processes, each of which calls ``prepare(*given)`` first.

    What has not begun at its end is never done. Do not cancel it yourself, nor use ``map``, which
    does: when workers die at that moment, Python's pool fails to tell those it no longer may, with
    a traceback of its own.
    """
    # Workers start fresh: threads of a notebook's kernel do not survive a fork.
    context = get_context("forkserver" if os.name == "posix" else "spawn")
    workers = _Pool(jobs, context, _start, (prepare, given))
    try:
        yield workers
    finally:
        workers.shutdown(wait=True, cancel_futures=True)


class _Pool(ProcessPoolExecutor):
    def submit(self, fn: Callable[..., Any], /, *args: Any, **more: Any) -> Future[Any]:
        # It may start a worker, which is hit by Ctrl-C before it can say that it is deaf to it.
        with held_back("SIGINT"):
            return super().submit(fn, *args, **more)


def _start(prepare: Callable[..., None] | None, given: tuple[Any, ...]) -> None:
    # Ctrl-C reaches the whole group; it is for the parent to decide what becomes of the work.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What is doubtful about the input has been said where it was read.
    warnings.simplefilter("ignore", InputNotice)
    Thread(target=_end_with_parent, daemon=True).start()
    if prepare is not None:
        prepare(*given)
    # A worker makes many short-lived worlds; what is loaded by now need not be looked at again.
    gc.freeze()
    gc.set_threshold(100_000)


def _end_with_parent() -> None:
    """End this worker when its parent is gone: killed, it cannot tell its workers to stop."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)

"""Worker processes: fresh, deaf to Ctrl-C, and gone when their parent is."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import Any


def pool(jobs: int, prepare: Callable[..., None] | None = None, *given: Any) -> ProcessPoolExecutor:
    """Give a pool of worker processes, each of which calls ``prepare(*given)`` first."""
    # Workers start fresh: threads of a notebook's kernel do not survive a fork.
    context = get_context("forkserver" if os.name == "posix" else "spawn")
    return ProcessPoolExecutor(jobs, context, _start, (prepare, given))


def _start(prepare: Callable[..., None] | None, given: tuple[Any, ...]) -> None:
    # Ctrl-C reaches the whole group; it is for the parent to decide what becomes of the work.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
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

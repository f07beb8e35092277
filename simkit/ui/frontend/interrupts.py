"""Lets an interrupt of the kernel reach a widget that is at work in another thread.

JupyterLab asks widgets in a subshell of ipykernel 7, which is a thread. Signals reach the main
thread alone, and while no cell is run it ignores an interrupt.
"""

from __future__ import annotations

import ctypes
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_at_work: set[int] = set()
_turn = threading.RLock()  # one interrupt may come on top of another


@contextmanager
def interruptible(kernel: Any) -> Iterator[None]:
    """Raise KeyboardInterrupt in here when the kernel is interrupted and runs no cell."""
    loop = getattr(kernel, "io_loop", None)
    if loop is None or threading.current_thread() is threading.main_thread():
        yield
        return
    if signal.getsignal(signal.SIGINT) is not _interrupt:
        loop.add_callback(_listen)  # only the main thread may choose
    me = threading.get_ident()
    try:
        with _turn:
            _at_work.add(me)
        yield
    finally:
        with _turn:
            _at_work.discard(me)


def _listen() -> None:
    """Hear interrupts where they were ignored: while a cell is run they are for the cell."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, _interrupt)


def _interrupt(_sign: int, _frame: FrameType | None) -> None:
    with _turn:
        while _at_work:
            raised = ctypes.py_object(KeyboardInterrupt)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(_at_work.pop()), raised)

"""The same sweep on a Dask cluster: its executor, from an address or a cluster on this machine."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from contextlib import ExitStack, contextmanager
from multiprocessing import resource_tracker
from types import FrameType
from typing import Any

from simkit.base.errors import BadInput
from simkit.study.processes import at_most_cores

LOCAL = "local"
"""The address that stands for a cluster started here, for as long as the sweep takes."""
_Handler = Callable[[int, FrameType | None], object]
_PATIENCE_S = 10
_STOPS = ("SIGINT", "SIGTERM", "SIGHUP")
"""What stops a sweep; Windows does not have them all."""


@contextmanager
def dask(scheduler: str, jobs: int) -> Iterator[Executor]:
    """Give the executor of a Dask client of a scheduler, or of a local cluster of processes.

    BadInput when Dask is not installed or the scheduler does not answer.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise BadInput(
            "Dask is not installed", field="--scheduler", allowed="pip install 'simkit[cluster]'"
        ) from None
    with ExitStack() as opened:
        if scheduler == LOCAL:
            with held_back(*_STOPS):
                cluster = LocalCluster(
                    n_workers=at_most_cores(jobs), threads_per_worker=1, dashboard_address=None
                )
                opened.callback(_close, cluster)
                client = Client(cluster)
                opened.callback(_close, client)
                # Of each run that is cut short a worker warns in the terminal.
                client.run(logging.getLogger("distributed").setLevel, logging.ERROR)
        else:
            try:
                client = Client(scheduler, timeout=_PATIENCE_S)
            except (OSError, ValueError, TimeoutError) as problem:
                why = str(problem).splitlines()[0] if str(problem) else "no answer"
                raise BadInput(
                    f"cannot be reached: {why}",
                    field="--scheduler",
                    found=scheduler,
                    allowed=f"an address such as tcp://localhost:8786, or {LOCAL!r}",
                ) from None
            opened.callback(_close, client)
        yield _Steady(client.get_executor())


class _Steady(Executor):
    """Dask's executor, but nobody cancels its futures: they fail over a result that comes later.

    What is under way when a sweep is stopped goes with the client.
    """

    def __init__(self, given: Executor) -> None:
        self._given = given

    def submit(self, fn: Callable[..., Any], /, *args: Any, **more: Any) -> Future[Any]:
        """Send one call; give its future, which is taken for running from the first."""
        steady: Future[Any] = Future()
        steady.set_running_or_notify_cancel()

        def hand_on(done: Future[Any]) -> None:
            problem = CancelledError() if done.cancelled() else done.exception()
            if problem is not None:
                steady.set_exception(problem)
            else:
                steady.set_result(done.result())

        self._given.submit(fn, *args, **more).add_done_callback(hand_on)
        return steady


@contextmanager
def held_back(*unheard: str) -> Iterator[None]:
    """Hold back what stops a sweep until this is done; it could leave half a process behind.

    Processes that are started meanwhile never hear the signals named. Those reach the whole group,
    and it is for the parent to decide what becomes of the work. A handler of theirs would come too
    late, as Ctrl-C also hits a process that is still loading its modules; but processes and threads
    take over the mask of whoever starts them.
    """
    came: list[int] = []
    try:
        with _stops(lambda number, _: came.append(number)), _masked(unheard):
            yield
    finally:  # what it stopped may have failed just because of that
        if came:
            signal.raise_signal(came[0])


@contextmanager
def _masked(names: Iterable[str]) -> Iterator[None]:
    if not hasattr(signal, "pthread_sigmask"):  # Windows has no masks
        yield
        return
    # Else it is started together with the first process, and its start lifts the mask.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _signals(names))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _stops(handler: _Handler) -> Iterator[None]:
    """Let a handler have what stops a sweep; a mask does not, as other threads have their own.

    What is ignored, as under nohup, stays so.
    """
    before: dict[signal.Signals, Any] = {}
    if threading.current_thread() is threading.main_thread():  # no other may choose
        heard = [s for s in _signals(_STOPS) if signal.getsignal(s) != signal.SIG_IGN]
        before = {sign: signal.signal(sign, handler) for sign in heard}
    try:
        yield
    finally:
        for sign, usual in before.items():
            signal.signal(sign, usual)


def _signals(names: Iterable[str]) -> list[signal.Signals]:
    return [getattr(signal, name) for name in names if hasattr(signal, name)]


def _close(what: Any) -> None:
    """Close a client or a cluster without a word, and without an end halfway.

    Dask reports each connection that ends. Who closes a terminal sends a hang-up twice.
    """
    level = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with _stops(lambda *_: None):
            what.close()
    finally:
        logging.disable(level)

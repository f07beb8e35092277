"""The same sweep on a Dask cluster: its executor, from an address or a cluster on this machine."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from contextlib import ExitStack, contextmanager
from typing import Any

from simkit.base.errors import BadInput
from simkit.base.signals import STOPS, held_back, stops
from simkit.base.workers import at_most_cores

LOCAL = "local"
"""The address that stands for a cluster started here, for as long as the sweep takes."""
_PATIENCE_S = 10


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
            with held_back(*STOPS):
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


def _close(what: Any) -> None:
    """Close a client or a cluster without a word, and without an end halfway.

    Dask reports each connection that ends. Who closes a terminal sends a hang-up twice.
    """
    level = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with stops(lambda *_: None):
            what.close()
    finally:
        logging.disable(level)

"""The same sweep on a Dask cluster: its executor, from an address or a cluster on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from simkit.base.errors import BadInput
from simkit.study.processes import at_most_cores

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
    if scheduler == LOCAL:
        with (
            LocalCluster(
                n_workers=at_most_cores(jobs), threads_per_worker=1, dashboard_address=None
            ) as cluster,
            Client(cluster) as client,
        ):
            yield client.get_executor()
        return
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
    with client:
        yield client.get_executor()

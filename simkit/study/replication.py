"""Replications: each distinct (settings, seed) is run once, seeds together where that is sooner."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from simkit.base.errors import BadInput
from simkit.base.workers import at_most_cores, pool
from simkit.engines.running import measure, seeds_at_a_time, worth_workers
from simkit.rules.settings import Settings

Values = dict[str, list[float | None]]
"""Values of each metric, one per replication."""

_Plan = list[tuple[Settings, tuple[str, ...]]]
_shared: _Plan = []


class _Batch(NamedTuple):
    """Settings, by their place in the plan, and the seeds that they are run with at once."""

    place: int
    seeds: Sequence[int]


def replicate(
    wanted: Mapping[str, tuple[Settings, set[str]]],
    seeds: Sequence[int],
    *,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Values]:
    """Give the metrics of each settings at each seed, by the keys of ``wanted``.

    ``wanted`` maps the hash of settings to the settings and the metrics to take. Results do not
    depend on ``jobs``. ``progress`` is told how many runs are done, and of how many, after each
    batch of seeds, which takes some hundredths of a second; what it raises ends it all. BadInput
    for fewer than two seeds.
    """
    if len(seeds) < 2:
        raise BadInput("an interval needs at least 2 replications", found=str(len(seeds)))
    plan = [(settings, tuple(sorted(metrics))) for settings, metrics in wanted.values()]
    sizes = [min(seeds_at_a_time(settings), len(seeds)) for settings, _ in plan]
    batches = list(_batches(sizes, seeds))
    jobs = at_most_cores(jobs)
    if not worth_workers(sizes[place] for place, _ in batches):
        jobs = 1
    results: list[Values] = [{name: [] for name in metrics} for _, metrics in plan]
    done = 0
    measurements = zip(batches, _results(plan, batches, jobs), strict=True)
    for (place, together), rows in measurements:
        for name, values in zip(plan[place][1], zip(*rows, strict=True), strict=True):
            results[place][name] += values
        done += len(together)
        if progress:
            progress(done, len(plan) * len(seeds))
    return dict(zip(wanted, results, strict=True))


def _batches(sizes: Sequence[int], seeds: Sequence[int]) -> Iterator[_Batch]:
    """Give all batches, those of the first seeds first: settings that share a workload together."""
    for first in range(len(seeds)):
        for place, size in enumerate(sizes):
            if first % size == 0:
                yield _Batch(place, seeds[first : first + size])


def _results(plan: _Plan, batches: list[_Batch], jobs: int) -> Iterator[list[list[float | None]]]:
    if jobs == 1:
        # Not by what is shared: another thread may be at it as well.
        for place, seeds in batches:
            settings, metrics = plan[place]
            yield measure(settings, seeds, metrics)
        return
    with pool(jobs, _share, plan) as workers:
        for future in [workers.submit(_measure, batch) for batch in batches]:
            yield future.result()


def _share(plan: _Plan) -> None:
    _shared[:] = plan


def _measure(batch: _Batch) -> list[list[float | None]]:
    settings, metrics = _shared[batch.place]
    return measure(settings, batch.seeds, metrics)

"""Replications: each distinct (settings, seed) is run once, over as many processes as asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from simkit.base.errors import BadInput
from simkit.base.progress import Progress, under_way
from simkit.base.workers import at_most_cores, pool
from simkit.engines.running import measure
from simkit.rules.settings import Settings

Values = dict[str, list[float | None]]
"""Values of each metric, one per replication."""

_shared: list[tuple[Settings, tuple[str, ...]]] = []


def replicate(
    wanted: Mapping[str, tuple[Settings, set[str]]],
    seeds: Sequence[int],
    *,
    jobs: int = 1,
    progress: Progress | None = None,
) -> dict[str, Values]:
    """Give the metrics of each settings at each seed, by the keys of ``wanted``.

    ``wanted`` maps the hash of settings to the settings and the metrics to take. Results do not
    depend on ``jobs``. BadInput for fewer than two seeds.
    """
    if len(seeds) < 2:
        raise BadInput("an interval needs at least 2 replications", found=str(len(seeds)))
    plan = [(settings, tuple(sorted(metrics))) for settings, metrics in wanted.values()]
    tasks = [(i, seed) for seed in seeds for i in range(len(plan))]
    jobs = at_most_cores(jobs)
    results: list[Values] = [{name: [] for name in metrics} for _, metrics in plan]
    with under_way("runs", progress, of=len(tasks)) as tell:
        measurements = zip(tasks, _results(plan, tasks, jobs), strict=True)
        for done, ((i, _), measured) in enumerate(measurements, start=1):
            for name, value in zip(plan[i][1], measured, strict=True):
                results[i][name].append(value)
            tell(done, len(tasks))
    return dict(zip(wanted, results, strict=True))


def _results(
    plan: list[tuple[Settings, tuple[str, ...]]], tasks: list[tuple[int, int]], jobs: int
) -> Iterator[list[float | None]]:
    if jobs == 1 or len(tasks) < 8:
        # Not by what is shared: another thread may be at it as well.
        for i, seed in tasks:
            settings, metrics = plan[i]
            yield measure(settings, seed, metrics)
        return
    with pool(jobs, _share, plan) as workers:
        for future in [workers.submit(_measure, task) for task in tasks]:
            yield future.result()


def _share(plan: list[tuple[Settings, tuple[str, ...]]]) -> None:
    _shared[:] = plan


def _measure(task: tuple[int, int]) -> list[float | None]:
    i, seed = task
    settings, metrics = _shared[i]
    return measure(settings, seed, metrics)

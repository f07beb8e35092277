"""A large population on all cores: worker processes read stretches of it, by their places.

Agents are not sent. Each worker makes those of a stretch anew, from settings and seed, and sends
back what metrics need of them, which is put together in the order of the stretches.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor
from typing import Any

from simkit.base.errors import BadInput
from simkit.base.progress import under_way
from simkit.base.workers import DIED, pool
from simkit.engines.columns import metrics
from simkit.engines.columns.exact import why_nobody
from simkit.engines.columns.metrics import COLUMN_METRICS, Reading, read
from simkit.engines.columns.population import PART, Population
from simkit.inputs.resizing import Roster
from simkit.rules.settings import Settings
from simkit.rules.workload import AgentDay

STRETCH, BY_PROCESSES = 8 * PART, PART // 8
"""Agents of one task, as columns and by processes: some tenths of a second, so that who stops the
work need not wait."""
WORTH = 4
"""A worker is started for so many tasks at least: it takes as long to load its modules."""

_here: list[tuple[Population, tuple[str, ...]]] = []
"""In a worker: the population, and the names of the metrics wanted."""


def workers_for(population: Population, jobs: int) -> int:
    """Give how many worker processes of those allowed are worth their start; 1 for none.

    Days that were recorded are read here, as a worker cannot draw them, and so are those of agents
    who may interact, as none can be told without the others.
    """
    if not isinstance(population.people, Roster) or population.together:
        return 1
    return max(1, min(jobs, population.size // (WORTH * _task(population))))


def measure(population: Population, names: Iterable[str], jobs: int) -> dict[str, float | None]:
    """Give metrics of a population of one replication, by name, as ``measure_each`` does."""
    (found,) = measure_each(population, names, jobs)
    return found


def measure_each(
    population: Population, names: Iterable[str], jobs: int
) -> list[dict[str, float | None]]:
    """Give metrics of each replication, to the last digit what ``metrics.measure_each`` gives.

    BadInput when a worker dies.
    """
    workers = workers_for(population, jobs)
    if workers == 1:
        return metrics.measure_each(population, names)
    found = Reading(names, len(population.seeds))
    of = population.size
    with under_way("agents", of=of) as tell:
        try:
            for places, more in _readings(population, found.names, workers):
                found.take(more)
                tell(places.stop, of)
        except BrokenExecutor:
            raise BadInput(DIED) from None
    return found.measured(population)


def _readings(
    population: Population, names: tuple[str, ...], workers: int
) -> Iterator[tuple[range, Reading]]:
    size = population.size
    stretches = [
        range(size)[first:][: _task(population)] for first in range(0, size, _task(population))
    ]
    # A function is pickled by its module, which registers it when a worker loads it.
    reads = {name: COLUMN_METRICS[name].read for name in names}
    agents = len(population.people)
    about = population.settings, population.seeds, agents, population.given, reads
    with pool(workers, _prepare, *about) as executor:
        under_way = deque(executor.submit(_read, places) for places in stretches)
        for places in stretches:
            yield places, under_way.popleft().result()


def _task(population: Population) -> int:
    slow = why_nobody(population.settings, population.events)
    return BY_PROCESSES if slow else STRETCH


def _prepare(
    settings: Settings,
    seeds: Sequence[int],
    agents: int,
    given: Mapping[str, AgentDay],
    reads: Mapping[str, Callable[..., Any]],
) -> None:
    people: Sequence[Any] = Roster(settings.organisation, agents)
    _here[:] = [(Population(settings, seeds, people, given), tuple(reads))]


def _read(places: range) -> Reading:
    [(population, names)] = _here
    found = read(population, names, places)
    found.join()
    return found

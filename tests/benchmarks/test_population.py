"""Engines at scale, in one run: a plain SimPy loop, the skipping and the ticking world, columns."""

from __future__ import annotations

import shutil
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import Event
from typing import Any

import psutil
import pytest
from extent import some
from test_speed import plain_polling

import simkit
from simkit.base import resources
from simkit.engines.columns.metrics import measure
from simkit.engines.columns.population import Population
from simkit.engines.processes.build import simulate
from simkit.inputs.loading import load
from simkit.inputs.resizing import Roster, resized
from simkit.rules.settings import Settings
from simkit.runs.history import History

AGENTS = 10_000
READ = ("stale_share", "stale_selections_share", "deactivated_code_shown_ms", "requests_per_s")
"""What is read of a population where its size is varied."""


@pytest.fixture(scope="module")
def agents(full: bool) -> int:
    """Of the question where its size stays: enough for several parts, or for a look."""
    return AGENTS if full else 100


@pytest.fixture(scope="module")
def asked() -> Settings:
    """The architect's question: 24 deactivations a day, polls every 30 s, 8 h."""
    return load(resources.directory("data") / "scenarios" / "architect.yaml")


def at_size(settings: Settings, agents: int) -> Settings:
    """The same with another number of agents."""
    return settings.with_top(organisation=resized(settings.organisation, agents=agents))


def all_days(settings: Settings, seed: int) -> int:
    """Draw and live the days of everybody: what is shown, chosen, replied, believed and true."""
    population, writes = Population(settings, seed), 0
    for part in population.parts():
        writes += len(part.writes.t) + len(part.submissions.reply)
    return writes


def calls(history: History, kind: str) -> int:
    """Give how many requests of a kind were made by all agents together."""
    counted = (each for own in history.requests.values() for each in own.items())
    return sum(n for (asked, *_), (n, _) in counted if asked == kind)


SHARED = {"token_topology": "shared"}
"""All agents share one token of 300 requests a minute."""
WAITING = {**SHARED, "honour_retry_after": True, "retry_jitter_ms": 30_000}
"""The same with widgets that wait when they are told to, and some time at random."""

# Columns come first: after the logs of the others they would find the memory in pieces.


@pytest.mark.benchmark(group="10,000 agents, 8 h, polls every 30 s")
def test_columns(benchmark: Any, asked: Settings, agents: int) -> None:
    """Another seed each time, so that the workload is drawn as well."""
    settings, seeds = at_size(asked, agents), iter(range(1, 100))
    assert benchmark.pedantic(lambda: all_days(settings, next(seeds)), rounds=15) > agents


@pytest.mark.benchmark(group="columns, growth with agents")
@pytest.mark.parametrize("most", [100, 1_000, 10_000, 100_000, 1_000_000])
def test_growth_with_agents(benchmark: Any, asked: Settings, most: int, full: bool) -> None:
    """A share above 0 tells that days were really lived, of a hundred agents or a million."""
    agents = most if full else min(most, AGENTS)
    crowd, seeds = Roster(asked.organisation, agents), iter(range(1, 100))

    def read() -> float | None:
        return measure(Population(asked, next(seeds), crowd), READ)["stale_share"]

    rounds = 1 if agents > 100_000 else 3
    assert benchmark.pedantic(read, rounds=rounds, warmup_rounds=agents < 100_000) > 0
    if full:
        benchmark.extra_info["us_per_agent"] = benchmark.stats.stats.min / agents * 1e6


@pytest.mark.benchmark(group="columns, growth with the interval")
@pytest.mark.parametrize("every", [15_000, 30_000, 60_000, 300_000])
def test_growth_with_the_interval(benchmark: Any, asked: Settings, every: int, agents: int) -> None:
    """From 15 s to 5 min; a share above 0 tells that days were really lived."""
    settings = asked.replace(refresh_interval_ms=every)
    crowd, seeds = Roster(asked.organisation, agents), iter(range(1, 100))

    def read() -> float | None:
        return measure(Population(settings, next(seeds), crowd), READ)["stale_share"]

    assert benchmark.pedantic(read, rounds=5, warmup_rounds=1) > 0


@pytest.mark.benchmark(group="1,000 agents, 8 h, polls every 30 s")
@pytest.mark.parametrize("changes", [SHARED, WAITING], ids=["refused", "waiting"])
def test_one_thousand_who_share_a_token(
    benchmark: Any, asked: Settings, changes: dict[str, Any], agents: int
) -> None:
    """Beside the plain loop of as many widgets."""
    _share(benchmark, asked.replace(changes), min(agents, 1_000))


@pytest.mark.benchmark(group="10,000 agents, 8 h, polls every 30 s")
@pytest.mark.parametrize("changes", [SHARED, WAITING], ids=["refused", "waiting"])
def test_ten_thousand_who_share_a_token(
    benchmark: Any, asked: Settings, changes: dict[str, Any], agents: int
) -> None:
    """Beside the plain loop and the columns of those who do not interact."""
    _share(benchmark, asked.replace(changes), agents)


def _share(benchmark: Any, settings: Settings, agents: int) -> None:
    """Measure those who share a token, a tenth of the limit where they are few."""
    if agents < 1_000:
        settings = settings.replace(rate_limit_per_min=30)
    crowd, seeds = Roster(settings.organisation, agents), iter(range(1, 100))
    names = (*READ, "refused_share")

    def read() -> float | None:
        return measure(Population(settings, next(seeds), crowd), names)["refused_share"]

    assert benchmark.pedantic(read, rounds=5, warmup_rounds=1) > 0.5


@pytest.mark.benchmark(group="1,000 agents, 8 h, polls every 30 s")
def test_plain_loop_of_one_thousand(benchmark: Any, agents: int) -> None:
    """The yardstick of smaller worlds."""
    few = min(agents, 1_000)
    assert benchmark.pedantic(plain_polling, (few, 8, 30), rounds=3) >= few * 959


def rough_days(asked: Settings) -> dict[str, Settings]:
    """Days with a past of their own: what is lost, whom lists follow, whose tokens may die."""
    traps = simkit.traps
    followed = next(fix for fix in traps["T2"].entry.fixes if fix.id == "T2a")
    polled = next(each for each in traps["E2"].entry.readings if each.id == "poll_counts")
    return {
        "two outages a shift": asked.replace(outages_per_shift=2),
        "T2a": traps["T2"].settings.replace(followed.set),
        "tokens that polls keep alive": traps["E2"].settings.replace(polled.set),
    }


@pytest.mark.benchmark(group="10,000 agents, 8 h, polls every 30 s")
@pytest.mark.parametrize("name", ["two outages a shift", "T2a", "tokens that polls keep alive"])
def test_rough_days(benchmark: Any, asked: Settings, name: str, agents: int) -> None:
    """Beside the plain loop; hardly anybody is left to processes."""
    settings = rough_days(asked)[name]
    crowd, seeds = Roster(settings.organisation, agents), iter(range(1, 100))
    exact = sum(len(part.places) for part in Population(settings, 1, crowd).parts())
    assert exact > 0.99 * agents

    def read() -> float | None:
        return measure(Population(settings, next(seeds), crowd), READ)["requests_per_s"]

    assert benchmark.pedantic(read, rounds=5, warmup_rounds=1) > 0


@pytest.mark.benchmark(group="columns, memory")
@pytest.mark.parametrize(
    ("agents", "changes", "most"),
    some(
        [
            *((50_000, {}, 2_000), (50_000, WAITING, 8_000)),
            *((200_000, {}, 2_000), (50_000, SHARED, 8_000)),
        ],
        2,
    ),
)
@pytest.mark.thorough
def test_memory(
    benchmark: Any, asked: Settings, agents: int, changes: dict[str, Any], most: int
) -> None:
    """Peak of what is allocated, per agent; tracing slows it down, so its time means nothing.

    Of those who share a token all days are kept, as all have to be known before any is read.
    """
    settings = asked.replace(changes)

    def peak() -> int:
        tracemalloc.start()
        measure(Population(settings, 1, Roster(settings.organisation, agents)), READ)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    found = benchmark.pedantic(peak, rounds=1)
    benchmark.extra_info["bytes_per_agent"] = found / agents
    assert found / agents < most


@pytest.mark.benchmark(group="10,000,000 agents, 8 h, polls every 30 s")
@pytest.mark.parametrize("jobs", [1, 2])
def test_all_cores(benchmark: Any, asked: Settings, jobs: int, full: bool) -> None:
    """One process and two, with the most memory that all of them have together.

    What is shared between them, such as the libraries, is counted for each.
    """
    crowd = simkit.run(asked, agents=10_000_000 if full else AGENTS, jobs=jobs)
    with most_memory() as peak:
        values = benchmark.pedantic(lambda: crowd.measure(list(READ)), rounds=1)
    assert values[0].value > 0
    benchmark.extra_info["MiB"] = peak() >> 20
    assert peak() < 1 << 30


@contextmanager
def most_memory() -> Iterator[Callable[[], int]]:
    """Look ten times a second at the memory of this process and its children; give the most."""
    seen, done = [0], Event()

    def look() -> None:
        while not done.wait(0.1):
            with suppress(psutil.Error):  # a worker that has just ended
                family = [psutil.Process(), *psutil.Process().children(recursive=True)]
                seen[0] = max(seen[0], sum(each.memory_info().rss for each in family))

    with ThreadPoolExecutor(1) as aside:
        aside.submit(look)
        try:
            yield lambda: seen[0]
        finally:
            done.set()


@pytest.mark.benchmark(group="10,000 agents, 8 h, polls every 30 s")
def test_plain_loop(benchmark: Any, agents: int) -> None:
    """The yardstick: one generator per widget, two timeouts per poll, nothing else."""
    assert benchmark.pedantic(plain_polling, (agents, 8, 30), rounds=1) >= agents * 959


@pytest.mark.benchmark(group="10,000 agents, 8 h, polls every 30 s")
def test_skipping_with_a_full_log(benchmark: Any, asked: Settings, agents: int) -> None:
    """What is timed is the skipping clock: the limit binds nobody, so it is chosen.

    Everybody's login is in the log, and each choice that was sent.
    """
    settings = at_size(asked, agents)
    history = benchmark.pedantic(lambda: simulate(settings, 1), rounds=1)
    assert history.clock == "skip"
    kinds = Counter(record.kind for record in history.log)
    assert kinds["login"] == agents
    assert kinds["submit"] == calls(history, "submit") > 0


@pytest.mark.benchmark(group="1,000 agents, 8 h, polls every 30 s")
@pytest.mark.parametrize("clock", ["tick", "skip"])
@pytest.mark.thorough
def test_clocks(benchmark: Any, asked: Settings, clock: Any, agents: int) -> None:
    """Ticking and skipping are timed on one world: 8 h of each agent, which are 960 polls."""
    few = min(agents, 1_000)
    settings, seeds = at_size(asked, few), iter(range(1, 100))
    history = benchmark.pedantic(lambda: simulate(settings, next(seeds), clock=clock), rounds=2)
    assert history.clock == clock
    assert calls(history, "list") == 960 * few


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The architect's panel at 10,000 agents, in JupyterLab."""
    if shutil.which("chromium") is None:
        pytest.skip("no chromium on the path")
    from browsing import chromium, jupyter
    from driving import Server

    cells = ("import simkit", "panel = simkit.architect()\npanel.set(agents=10_000)\npanel")
    folder = tmp_path_factory.mktemp("bench")
    with jupyter(folder) as address, chromium() as browser:
        page, _ = Server(folder, address, browser).open("population", *cells)
        yield page


@pytest.mark.thorough  # that of labs has the panel in a browser, too
@pytest.mark.benchmark(group="architect's panel, 10,000 agents, browser to browser")
def test_from_the_slider_to_the_figure(benchmark: Any, panel: Any) -> None:
    """A day of all agents is simulated at each place; the driver's few ms are in the numbers.

    No place comes twice, since the panel remembers its days.
    """
    from driving import MOVE_PANEL

    places = iter((2, 9, 5, 15, 20, 18, 3, 22, 7, 13, 25, 4, 17, 6, 19, 10, 23, 14, 11, 26, 16))

    def rest() -> tuple[list[Any], dict[str, Any]]:
        panel.wait_for_timeout(400)
        return [next(places)], {}

    def move(place: int) -> None:
        assert panel.evaluate(MOVE_PANEL, place) is not None

    benchmark.pedantic(move, setup=rest, rounds=21)

"""What all tests share: hypothesis profiles, settings of the kit's own files, JupyterLab."""

from __future__ import annotations

import gc
import os
import re
import shutil
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import fuzzing
import keeping
import pytest
from extent import THOROUGH, some
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings

import simkit
from simkit.base import resources
from simkit.rules.organisation import Organisation
from simkit.rules.settings import Settings

# How long an example takes depends on the machine and says nothing about the kit. The default
# profile draws the same examples every time, and `make quick` the first few; `make fuzz` draws new
# ones, and many more: its profile is that of one chunk.
_ALWAYS: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}
hypothesis_settings.register_profile(
    "default", max_examples=100 if THOROUGH else 12, derandomize=True, **_ALWAYS
)
hypothesis_settings.register_profile("quick", max_examples=10, derandomize=True, **_ALWAYS)
hypothesis_settings.register_profile(
    "fuzz",
    max_examples=fuzzing.EXAMPLES // fuzzing.CHUNKS,
    derandomize=False,
    database=fuzzing.database(),
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.target, Phase.shrink),
    **_ALWAYS,
)
hypothesis_settings.load_profile("default")

CHROMIUM = shutil.which("chromium")
LONG = (
    *("test_browser", "test_story_browser", "test_looks_browser", "test_parts_browser"),
    *("test_states_browser", "test_ladder_browser", "test_architect_browser", "test_lab"),
    *("test_many_agents_browser", "test_app", "test_lane_browser", "test_theory"),
    *("test_operations", "13-refresh-interval", "test_architect", "test_many_agents"),
    *("test_server", "test_sweep"),
)
"""The files that take longest, those of a real browser first."""


def pytest_configure(config: pytest.Config) -> None:
    """Let kept examples be told at once, past pytest's capture; fuzz with its profile."""
    capture = config.pluginmanager.getplugin("capturemanager")

    def say(text: str) -> None:
        with capture.global_and_fixture_disabled():
            print(text, file=sys.stderr, flush=True)

    keeping.say = say
    # xdist would begin with the files of most tests, and end with one that takes a minute.
    config.option.loadscopereorder = False
    if config.getoption("--hypothesis-profile") == "fuzz":
        config.pluginmanager.register(fuzzing.Fuzzing(config))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no process waits for another one in the end.

    What is thorough is left out, unless it is asked for, or measured.
    """
    if not THOROUGH and config.getoption("benchmark_disable"):
        left_out = set(_thorough(items))
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]
    last = len(LONG)
    places = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path.stem, last))


def _thorough(items: Iterable[pytest.Item]) -> Iterator[pytest.Item]:
    """Give the tests that only thorough runs go through: those marked so, and most alike cases."""
    cases = defaultdict(list)
    for item in items:
        if item.get_closest_marker("thorough"):
            yield item
        elif mark := item.get_closest_marker("some"):
            cases[item.nodeid.partition("[")[0]].append((item, mark))
    for marked in cases.values():
        alike = [item for item, _ in marked]
        mark = marked[0][1]
        yield from set(alike).difference(some(alike, *mark.args, **mark.kwargs))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave files of thorough tests alone where none of these is run: reading takes seconds."""
    if THOROUGH or not config.getoption("benchmark_disable") or collection_path.suffix != ".py":
        return None
    marks = re.search(r"^pytestmark = .*", collection_path.read_text("utf-8"), re.MULTILINE)
    return True if marks and "pytest.mark.thorough" in marks[0] else None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Collect no garbage meanwhile: all that is collected stays."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a browser test where there is no browser, or fail it where there has to be one."""
    if item.get_closest_marker("browser") and CHROMIUM is None:
        if os.environ.get("SIMKIT_REQUIRE_BROWSER") == "1":
            pytest.fail("no chromium on the path, and SIMKIT_REQUIRE_BROWSER=1", pytrace=False)
        pytest.skip("no chromium on the path")


@pytest.fixture(scope="session")
def jupyterlab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """JupyterLab, started once in a process: its folder, and the address of the start notebook."""
    from browsing import jupyter

    folder = tmp_path_factory.mktemp("jupyterlab")
    with jupyter(folder) as address:
        yield folder, address


@pytest.fixture(scope="module")
def server(jupyterlab: tuple[Path, str]) -> Iterator[Any]:
    """That JupyterLab and a browser for all tests of a file; its pages and kernels end with it.

    A browser for longer than a file would leave an event loop running, in which ``asyncio.run`` of
    other tests refuses to start one.
    """
    from browsing import chromium
    from driving import Server

    with chromium() as browser:
        found = Server(*jupyterlab, browser)
        yield found
    found.end_kernels()


@pytest.fixture(scope="session")
def healthy() -> Settings:
    """The healthy deployment that every trap starts from: 30 agents, 8 h."""
    return simkit.load(resources.directory("data") / "scenarios" / "healthy.yaml")


@pytest.fixture(scope="session")
def organisation_of(healthy: Settings) -> Callable[[int], Organisation]:
    """Give the small organisation cut down to n agents, spread over its divisions and shifts."""

    def cut(n: int) -> Organisation:
        org = healthy.organisation
        step = len(org.agents) // n
        fields = {name: getattr(org, name) for name in type(org).model_fields}
        return Organisation(**fields | {"agents": org.agents[::step][:n]})

    return cut


@pytest.fixture
def lab() -> Iterator[Callable[..., Any]]:
    """Open labs that are closed when the test ends."""
    opened: list[Any] = []

    def open_lab(*args: Any, **keywords: Any) -> Any:
        opened.append(simkit.lab(*args, **keywords))
        return opened[-1]

    yield open_lab
    for each in opened:
        each.close()

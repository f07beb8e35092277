"""How fast a room is served: thirty clients at once, and a browser until a story can begin."""

from __future__ import annotations

import re
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest
from browsing import answers, chromium, free_port, started, until

from simkit.ui.workshop.lane import write_lane

CLIENTS = 30
MOST_MEMORY_BYTES = 200_000_000


class Served(NamedTuple):
    """A room's server, and what a page of it takes."""

    address: str
    process: psutil.Process
    files: list[str]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A lane with E4, served in a process of its own."""
    home = tmp_path_factory.mktemp("room")
    write_lane(home / "pages", ["E4"])
    port = free_port()
    command = [sys.executable, "-m", "simkit.ui.cli.main", "workshop", "serve"]
    with started([*command, str(home / "pages"), f"--port={port}"], home) as server:
        until(lambda: answers(port), "it listens", server)
        page = (home / "pages" / "E4.html").read_text(encoding="utf-8")
        files = ["E4.html", *re.findall(r'(?:src|href)="([\w.]+\.(?:js|css))"', page), "room.json"]
        yield Served(f"http://127.0.0.1:{port}/", psutil.Process(server.pid), files)


def take(served: Served) -> int:
    """Load a page with all its files, as a browser that knows none of them; give the bytes."""
    got = 0
    for name in served.files:
        request = urllib.request.Request(served.address + name, headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(request, timeout=30) as reply:
            got += len(reply.read())
    return got


@pytest.mark.benchmark(group="room: thirty clients load the first story")
@pytest.mark.thorough
def test_thirty_clients_at_once(benchmark: Any, served: Served, full: bool) -> None:
    """All files of a page each, until the last one has the last of them."""
    clients = CLIENTS if full else 3

    def all_of_them() -> set[int]:
        with ThreadPoolExecutor(clients) as pool:
            return {*pool.map(lambda _: take(served), range(clients))}

    sizes = benchmark.pedantic(all_of_them, rounds=5, warmup_rounds=1)
    assert len(sizes) == 1
    memory = served.process.memory_info().rss
    benchmark.extra_info.update(bytes_each=sizes.pop(), server_bytes=memory)
    assert memory < MOST_MEMORY_BYTES


@pytest.mark.browser
@pytest.mark.benchmark(group="room: until a story can be played")
@pytest.mark.parametrize("how", ["file", "server"])
@pytest.mark.thorough
def test_a_browser_until_the_story_can_begin(
    benchmark: Any, served: Served, how: str, tmp_path: Path
) -> None:
    """From the address to a button that begins the story, nothing of it known before."""
    if how == "file":
        write_lane(tmp_path, ["E4"])
    address = f"{tmp_path.as_uri()}/E4.html" if how == "file" else f"{served.address}E4.html"
    with chromium() as browser:

        def begin() -> None:
            page = browser.new_page()
            page.goto(address, wait_until="commit")
            page.locator(".lead .main:enabled", has_text="Begin").wait_for()
            page.context.close()

        benchmark.pedantic(begin, rounds=5, warmup_rounds=1)

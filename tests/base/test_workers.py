"""Worker processes: deaf to Ctrl-C, gone when their parent is, and of no influence on results."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import sleep

import psutil
import pytest

from simkit.base.workers import pool
from simkit.rules.organisation import Organisation
from simkit.rules.settings import Settings
from simkit.study.replication import replicate


def worker(_: int = 0) -> int:
    sleep(0.05)  # so that one worker cannot take the tasks of all
    return os.getpid()


def handler(_: int) -> bool:
    return signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def interrupted(_: int) -> str:
    os.kill(os.getpid(), signal.SIGINT)
    return "still here"


_told: list[object] = []


def tell(*given: object) -> None:
    _told.extend(given)


def told(_: int) -> list[object]:
    return list(_told)


def frozen(_: int) -> tuple[bool, int]:
    return gc.get_freeze_count() > 0, gc.get_threshold()[0]


@pytest.mark.slow
def test_workers_do_not_hear_ctrl_c() -> None:
    """Neither the handler of theirs nor a signal that reaches them ends their work."""
    with pool(2) as workers:
        assert list(workers.map(handler, range(4))) == [True] * 4
        assert list(workers.map(interrupted, range(4))) == ["still here"] * 4


@pytest.mark.slow
@pytest.mark.thorough
def test_workers_are_other_processes_and_as_many_as_asked_for() -> None:
    """A task takes 50 ms, so that no worker takes all twenty before the other begins."""
    with pool(2) as workers:
        seen = set(workers.map(worker, range(20)))
    assert len(seen) == 2
    assert os.getpid() not in seen


@pytest.mark.slow
@pytest.mark.thorough
def test_each_worker_is_prepared_before_its_first_task() -> None:
    """Each is prepared once, so that no task finds its process unready or prepared twice."""
    with pool(2, tell, "a", 1) as workers:
        assert list(workers.map(told, range(6))) == [["a", 1]] * 6
    assert _told == [], "this process itself is not"


@pytest.mark.slow
def test_workers_look_less_often_for_what_they_loaded() -> None:
    """Worlds come and go by the thousand; what is loaded is not searched again for each."""
    with pool(1) as workers:
        assert workers.submit(frozen, 0).result() == (True, 100_000)


@pytest.mark.slow
def test_the_parent_still_hears_ctrl_c() -> None:
    """A pool leaves its parent's handler alone, so a long study can be stopped."""
    before = signal.getsignal(signal.SIGINT)
    with pool(1) as workers:
        workers.submit(worker).result()
    assert signal.getsignal(signal.SIGINT) is before


SCRIPT = """
import time
from simkit.base.workers import pool

if __name__ == "__main__":
    with pool(2) as workers:
        list(workers.map(time.sleep, [0.2] * 4))
        print("ready", flush=True)
        list(workers.map(time.sleep, [60] * 4))
"""


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.some(1)
def test_workers_die_with_their_parent(how: signal.Signals, tmp_path: Path) -> None:
    """Also in the middle of a task of a minute, and although nobody tells them to stop."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"PYTHONPATH": str(root)},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(how)
        process.wait(timeout=20)
        assert len(family) >= 3  # two workers and the server that made them
        _, alive = psutil.wait_procs(family, timeout=20)
    for left_over in alive:
        left_over.kill()
    assert alive == []


@pytest.mark.slow
def test_replications_do_not_depend_on_how_many_processes_make_them(
    organisation_of: Callable[[int], Organisation],
    healthy: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Equal to the last bit, in the same order, and told of as they come: here seed by seed."""
    monkeypatch.setattr("simkit.study.replication.seeds_at_a_time", lambda _: 1)
    base = healthy.with_top(organisation=organisation_of(2))
    wanted = {
        every: (base.replace(refresh_interval_ms=every), {"requests_per_s", "stale_share"})
        for every in (30_000, 60_000)
    }
    counts: dict[int, list[tuple[int, int]]] = {1: [], 2: []}
    one, two = (
        replicate(
            wanted,  # type: ignore[arg-type]
            range(1, 7),
            jobs=jobs,
            progress=lambda done, total, jobs=jobs: counts[jobs].append((done, total)),  # type: ignore[misc]
        )
        for jobs in (1, 2)
    )
    assert one == two
    assert list(one) == [30_000, 60_000]
    assert {len(values) for found in one.values() for values in found.values()} == {6}
    assert counts[1] == counts[2] == [(done, 12) for done in range(1, 13)]

"""A sweep gives the same table however it is run, stopped and taken up again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from concurrent.futures.thread import BrokenThreadPool
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from distributed import Client, KilledWorker, LocalCluster
from extent import some
from tiny import tiny, two_points

from simkit.base import workers as workers_module
from simkit.base.errors import BadInput
from simkit.base.signals import held_back
from simkit.studio import sweep as sweep_module
from simkit.studio.cell import Task, measure
from simkit.studio.experiment import experiment
from simkit.studio.store import PARTS, TABLE
from simkit.studio.sweep import Interrupted, sweep
from simkit.study import replication as replication_module
from simkit.study.replication import replicate

RUNS = 8
LONG = 100
"""Replications of a sweep that is meant to be stopped: 200 runs of some ms each."""


@pytest.fixture(scope="module")
def whole() -> pa.Table:
    return sweep(two_points()).table


class Here(Executor):
    """Runs each task at once and notes it; ``after`` may spoil what comes of the n-th."""

    def __init__(self, after: Callable[[int, Any], Any] | None = None) -> None:
        self.tasks: list[Task] = []
        self.after = after or (lambda n, result: result)

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.tasks.append(args[0])
        future: Future[Any] = Future()
        try:
            future.set_result(self.after(len(self.tasks), fn(*args)))
        except Exception as problem:
            future.set_exception(problem)
        return future


def asked_of(executor: Here) -> list[int]:
    """Give the seeds of all runs that an executor was asked for."""
    return sorted(seed for task in executor.tasks for seed in task.seeds)


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each cell alone, as those of large organisations are."""
    for where in (sweep_module, replication_module):
        monkeypatch.setattr(where, "seeds_at_a_time", lambda _: 1)


# Whoever runs it.


@pytest.fixture(params=["two processes", "threads", "Dask threads", "Dask processes"])
def means(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    if request.param == "two processes":
        yield {"jobs": 2}
    elif request.param == "threads":
        with ThreadPoolExecutor(3) as threads:
            yield {"executor": threads}
    else:
        with (
            LocalCluster(
                processes=request.param == "Dask processes",
                n_workers=2,
                threads_per_worker=1,
                dashboard_address=None,
            ) as cluster,
            Client(cluster) as client,
            client.get_executor() as executor,
        ):
            yield {"executor": executor}


@pytest.mark.usefixtures("one_by_one")
@pytest.mark.slow
@pytest.mark.some(1)
def test_the_table_does_not_depend_on_who_runs_the_cells(
    means: dict[str, Any], whole: pa.Table
) -> None:
    """Processes, threads or a cluster: each row equal to the last bit, in the same order."""
    assert sweep(two_points(), **means).table.equals(whole)


def test_each_run_is_made_once(whole: pa.Table) -> None:
    """Two points with four seeds are two batches: nobody pays for a run twice."""
    executor = Here()
    assert sweep(two_points(), executor=executor).table.equals(whole)
    assert [task.seeds for task in executor.tasks] == [(1, 2, 3, 4)] * 2


@pytest.mark.parametrize("size", [1, 3, RUNS])
def test_the_table_does_not_depend_on_how_many_cells_are_run_at_once(
    size: int, whole: pa.Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One by one, with batches that are not full, or all of a point: equal to the last bit."""
    monkeypatch.setattr(sweep_module, "seeds_at_a_time", lambda _: size)
    executor = Here()
    assert sweep(two_points(), executor=executor).table.equals(whole)
    assert max(len(task.seeds) for task in executor.tasks) == min(size, 4)


@pytest.mark.usefixtures("one_by_one")
def test_progress_counts_every_run_up_to_all_of_them() -> None:
    """A bar that is drawn from it begins at 0, leaves out no step and ends full."""
    told: list[tuple[int, int]] = []
    sweep(two_points(), progress=lambda done, total: told.append((done, total)))
    assert told == [(done, RUNS) for done in range(RUNS + 1)]


def test_progress_is_told_after_each_batch() -> None:
    """Two points of four cells each, each in one go."""
    told: list[tuple[int, int]] = []
    sweep(two_points(), progress=lambda done, total: told.append((done, total)))
    assert told == [(0, RUNS), (4, RUNS), (RUNS, RUNS)]


def test_replications_meet_the_same_luck_at_every_point() -> None:
    """Replication r uses seed + r everywhere: common random numbers."""
    rows = sweep(two_points(3, seed=40)).table.to_pylist()
    assert [row["seed"] for row in rows] == [40, 41, 42] * 2


# Resuming.


@pytest.mark.slow
@pytest.mark.parametrize("missing", [[], [0], [7], [1, 2, 5], list(range(RUNS))], ids=str)
def test_a_resumed_sweep_runs_what_is_missing_and_nothing_else(
    missing: list[int], tmp_path: Path, whole: pa.Table
) -> None:
    """Lost parts cost only their own runs, and the table ends as if none had been lost."""
    sweep(two_points(), out=tmp_path)
    rows = whole.to_pylist()
    for place in missing:
        (tmp_path / PARTS / f"{rows[place]['cell']}.parquet").unlink()
    executor = Here()
    found = sweep(two_points(), out=tmp_path, resume=True, executor=executor)
    assert asked_of(executor) == sorted(rows[place]["seed"] for place in missing)
    assert found.table.equals(whole)
    assert pq.read_table(tmp_path / TABLE).equals(whole)


def test_a_sweep_that_grew_keeps_what_it_has(tmp_path: Path) -> None:
    """More replications of the same points run only the further ones."""
    sweep(two_points(4), out=tmp_path)
    executor = Here()
    found = sweep(two_points(6), out=tmp_path, resume=True, executor=executor)
    assert asked_of(executor) == [5, 5, 6, 6]
    assert found.table.equals(sweep(two_points(6)).table)


@pytest.mark.parametrize("other", [{"seed": 2}, {"name": "Other"}], ids=str)
def test_a_part_serves_no_cell_but_its_own(other: dict[str, Any], tmp_path: Path) -> None:
    """Another name makes other cells; another seed shares those it has in common.

    Replications 0 to 3 of seed 2 use seeds 2 to 5: no part of seed 1 has both the same replication
    and the same seed.
    """
    sweep(two_points(), out=tmp_path)
    executor = Here()
    sweep(two_points(**other), out=tmp_path, resume=True, executor=executor)
    assert len(asked_of(executor)) == RUNS


def test_a_sweep_of_other_metrics_needs_another_folder(tmp_path: Path) -> None:
    """Its parts would have other columns, and ``cells/*.parquet`` could not be read as one."""
    sweep(two_points(), out=tmp_path)
    before = {path: path.read_bytes() for path in sorted(tmp_path.rglob("*.*"))}
    with pytest.raises(BadInput, match="other factors or metrics; they are not mixed"):
        sweep(two_points(metrics=("stale_share", "requests_per_s")), out=tmp_path, resume=True)
    assert {path: path.read_bytes() for path in sorted(tmp_path.rglob("*.*"))} == before


@pytest.mark.usefixtures("one_by_one")
def test_work_sent_ahead_is_taken_back_when_a_sweep_fails(tmp_path: Path) -> None:
    """The first of eight runs comes back from another version: the seven behind it are not run."""

    class Slow(Executor):
        """Finishes the first task, with a wrong answer, and keeps the others waiting."""

        def __init__(self) -> None:
            self.futures: list[Future[Any]] = []

        def submit(self, /, *_: Any, **__: Any) -> Future[Any]:
            future: Future[Any] = Future()
            if not self.futures:
                future.set_result(("simkit 0.0.9+else", {}))
            self.futures.append(future)
            return future

    slow = Slow()
    with pytest.raises(BadInput, match="another version of simkit"):
        sweep(two_points(), executor=slow)
    assert [future.cancelled() for future in slow.futures] == [False, *[True] * (RUNS - 1)]


def test_a_part_of_other_settings_is_not_taken(tmp_path: Path) -> None:
    """The level is called the same, and the settings are not."""
    runs = []
    for every in (30_000, 45_000):
        levels = {"policy": {"mine": {"refresh_interval_ms": every}}}
        made = experiment(tiny(), levels, replications=3)
        executor = Here()
        sweep(made, out=tmp_path, resume=True, executor=executor)
        runs.append(len(asked_of(executor)))
    assert runs == [3, 3]


# The budget.


def test_a_budget_of_runs_is_spent_and_said_and_the_rest_resumes(
    tmp_path: Path, whole: pa.Table
) -> None:
    """A budget counts runs made, not runs read: the second half fits into the same budget."""
    with pytest.raises(BadInput, match="at least 8 runs"):
        two_points(budget={"runs": 5})
    made = two_points({"relative": 1e-9, "metric": "requests_per_s"}, budget={"runs": 13})
    first = sweep(made, out=tmp_path)
    assert not first.complete
    assert first.table.num_rows == 13
    assert "13 runs is used up: 13 of" in first.notes[0]
    again = sweep(made, out=tmp_path, resume=True)
    assert again.table.num_rows == 26
    assert sweep(two_points(), out=tmp_path, resume=True).table.equals(whole)


def test_a_budget_that_suffices_is_not_said_to_be_used_up() -> None:
    """Eight runs fit exactly into a budget of eight, so that the user reads no note."""
    found = sweep(two_points(budget={"runs": RUNS}))
    assert found.complete
    assert found.notes == ()


@pytest.mark.usefixtures("one_by_one")
def test_no_run_begins_after_the_minutes_are_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, whole: pa.Table
) -> None:
    """Each run takes 12 s by a clock of its own: runs begin at 0, 12, 24, 36 and 48 s."""
    clock = [0.0]
    monkeypatch.setattr(sweep_module, "time", SimpleNamespace(monotonic=lambda: clock[0]))

    def slowly(task: Task) -> Any:
        clock[0] += 12
        return measure(task)

    monkeypatch.setattr(sweep_module, "measure", slowly)
    found = sweep(two_points(budget={"minutes": 1}), out=tmp_path)
    assert found.table.num_rows == 5
    assert not found.complete
    assert found.notes == ("the budget of 1 minute is used up: 5 of 8 runs are done",)
    assert sweep(two_points(), out=tmp_path, resume=True).table.equals(whole)


# Workers that go wrong.


@pytest.mark.usefixtures("one_by_one")
def test_a_worker_of_another_version_is_refused(tmp_path: Path, whole: pa.Table) -> None:
    """Its results are not kept; those before it are."""
    other = Here(lambda n, result: ("0.0.9+else", result[1]) if n == 6 else result)
    with pytest.raises(BadInput, match=r"another version of simkit.*0\.0\.9\+else") as caught:
        sweep(two_points(), out=tmp_path, executor=other)
    assert "\n" not in str(caught.value)
    assert len(list((tmp_path / PARTS).iterdir())) < RUNS
    assert sweep(two_points(), out=tmp_path, resume=True).table.equals(whole)


def workers() -> list[psutil.Process]:
    """Worker processes of this process: children of the server that it forks them from."""
    servers = psutil.Process().children()
    return [child for server in servers for child in server.children()]


@pytest.mark.usefixtures("one_by_one")
@pytest.mark.slow
def test_a_worker_that_dies_is_said_in_one_line_and_what_was_done_is_kept(
    tmp_path: Path,
) -> None:
    """As when memory runs out: the system kills a worker, and the pool is broken."""

    def kill_one(done: int, total: int) -> None:
        if done == 10:
            workers()[0].kill()

    with pytest.raises(BadInput, match="died") as caught:
        sweep(two_points(LONG), jobs=2, out=tmp_path, progress=kill_one)
    kept = len(list((tmp_path / PARTS).iterdir()))
    assert f"{kept} of {2 * LONG} runs are kept" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert kept >= 10


@pytest.mark.usefixtures("one_by_one")
@pytest.mark.slow
@pytest.mark.parametrize("what", some(["sweep", "replicate"], 1))
@pytest.mark.thorough
def test_workers_that_die_while_all_is_stopped_leave_nothing_hanging(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a whole group is told to stop, at ten moments that no one can choose.

    Python's pool ended in a traceback, or never, where what had not begun was cancelled from here.
    """
    monkeypatch.setattr(workers_module, "cores", lambda: 2)
    failed: list[object] = []
    monkeypatch.setattr(threading, "excepthook", lambda problem: failed.append(problem.exc_value))

    def stop(done: int, total: int) -> None:
        if done == 4:
            for child in workers():
                with suppress(psutil.NoSuchProcess):  # it may be done by now
                    child.terminate()
            raise KeyboardInterrupt

    def study() -> object:
        if what == "sweep":
            return sweep(two_points(LONG), jobs=2, progress=stop)
        return replicate({"a": (tiny(), {"stale_share"})}, range(100), jobs=2, progress=stop)

    for _ in range(10):
        with pytest.raises(KeyboardInterrupt):
            study()
    assert failed == []


def test_a_pool_that_breaks_when_work_is_sent_is_said_in_one_line() -> None:
    """A pool may die before it takes any task; the user reads that nothing is kept."""

    class Broken(Executor):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            raise BrokenProcessPool

    with pytest.raises(BadInput, match=r"died.*nothing is kept") as caught:
        sweep(two_points(), executor=Broken())
    assert "\n" not in str(caught.value)


def lost(problem: Exception) -> Callable[[int, Any], Any]:
    def after(n: int, result: Any) -> Any:
        if n == 5:
            raise problem
        return result

    return after


@pytest.mark.usefixtures("one_by_one")
@pytest.mark.slow
@pytest.mark.parametrize(
    "problem",
    [
        BrokenProcessPool(),
        BrokenThreadPool(),
        CancelledError(),
        pytest.param(
            KilledWorker("measure-1", SimpleNamespace(address="tcp://1"), 3), id="KilledWorker"
        ),
    ],
    ids=lambda problem: type(problem).__name__,
)
def test_work_that_is_lost_is_said_in_one_line_and_the_rest_is_kept(
    problem: Exception, tmp_path: Path, whole: pa.Table
) -> None:
    """By a pool of any kind, or by a cluster."""
    with pytest.raises(BadInput, match="of 8 runs are kept") as caught:
        sweep(two_points(), out=tmp_path, executor=Here(lost(problem)))
    assert "\n" not in str(caught.value)
    assert sweep(two_points(), out=tmp_path, resume=True).table.equals(whole)


@pytest.mark.usefixtures("one_by_one")
def test_a_mistake_of_the_kit_itself_is_not_hidden() -> None:
    """Only lost work and bad input become one line; a bug keeps its traceback."""
    with pytest.raises(ZeroDivisionError):
        sweep(two_points(), executor=Here(lost(ZeroDivisionError())))


@pytest.mark.usefixtures("one_by_one")
def test_an_interrupted_sweep_keeps_what_had_come_back(tmp_path: Path, whole: pa.Table) -> None:
    """Ctrl-C costs the runs under way and no more; the message tells how to resume."""

    def interrupt(done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted, match=r"of 8 runs are kept in .*--resume"):
        sweep(two_points(), out=tmp_path, progress=interrupt)
    assert 3 <= len(list((tmp_path / PARTS).iterdir())) < RUNS
    assert sweep(two_points(), out=tmp_path, resume=True).table.equals(whole)


@pytest.mark.parametrize("fails", [False, True])
def test_what_stops_a_sweep_is_held_back_until_a_worker_has_started(fails: bool) -> None:
    """Nor is it lost when the start fails, as it does when the signal has hit the worker too."""
    done = []
    # Whoever starts the tests in the background may have them ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with pytest.raises(KeyboardInterrupt), held_back("SIGINT"):  # noqa: PT012
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [])
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])  # as in another thread
        signal.raise_signal(signal.SIGINT)
        done.append(signal.SIGINT in blocked)
        if fails:
            raise BrokenProcessPool
    assert done == [True]
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


# A process that is stopped from outside.

SCRIPT = f"""
import sys
from simkit.studio import sweep as sweep_module
from simkit.studio.sweep import Interrupted, sweep
from tiny import two_points

sweep_module.seeds_at_a_time = lambda _: 1  # so that there is something to be stopped

if __name__ == "__main__":
    try:
        sweep(
            two_points({LONG}),
            jobs=int(sys.argv[1]),
            out=sys.argv[2],
            resume=True,
            progress=lambda done, total: print(done, flush=True),
        )
    except Interrupted as stopped:
        print(stopped)
        sys.exit(130)
"""


def started(tmp_path: Path, jobs: int) -> subprocess.Popen[str]:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    here = Path(__file__).parent
    return subprocess.Popen(
        [sys.executable, str(script), str(jobs), str(tmp_path / "kept")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": f"{here.parent / 'support'}{os.pathsep}{here.parents[1]}"},
        start_new_session=True,  # its group is its own, and so are the signals to it
    )


def wait_until_done(process: subprocess.Popen[str], runs: int) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) >= runs:
            return


def whole_parts(folder: Path) -> int:
    """Count the parts; each file that is not hidden must be a whole one."""
    shown = [path for path in (folder / PARTS).iterdir() if not path.name.startswith(".")]
    for path in shown:
        assert pq.read_table(path).num_rows == 1
    return len(shown)


@pytest.fixture(scope="module")
def long_table() -> pa.Table:
    return sweep(two_points(LONG)).table


def assert_resumes_to(table: pa.Table, folder: Path) -> None:
    executor = Here()
    kept = whole_parts(folder)
    assert sweep(two_points(LONG), out=folder, resume=True, executor=executor).table.equals(table)
    assert len(asked_of(executor)) == 2 * LONG - kept


@pytest.mark.slow
@pytest.mark.parametrize("jobs", some([2, 1], 1))
@pytest.mark.thorough
def test_ctrl_c_ends_a_sweep_at_once_and_it_resumes_as_if_undisturbed(
    jobs: int, tmp_path: Path, long_table: pa.Table
) -> None:
    """The signal goes to the whole group, as a terminal sends it; nobody prints a traceback."""
    with started(tmp_path, jobs) as process:
        wait_until_done(process, 40)
        sent = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)
        told, complaints = process.communicate(timeout=30)
    assert time.monotonic() - sent < 10
    assert process.returncode == 130
    kept = whole_parts(tmp_path / "kept")
    assert 40 <= kept < 2 * LONG
    last = told.splitlines()[-1]
    assert f"interrupted: {kept} of {2 * LONG} runs are kept in {tmp_path / 'kept'}" in last
    assert complaints == ""
    assert_resumes_to(long_table, tmp_path / "kept")


@pytest.mark.slow
@pytest.mark.parametrize("moment", some([60, 1, 150], 1))
@pytest.mark.thorough
def test_a_killed_sweep_leaves_whole_parts_and_no_worker_behind(
    moment: int, tmp_path: Path, long_table: pa.Table
) -> None:
    """By SIGKILL at any moment: nothing half written, nobody left, resumed as if undisturbed."""
    with started(tmp_path, 2) as process:
        wait_until_done(process, moment)
        family = psutil.Process(process.pid).children(recursive=True)
        process.kill()
    assert len(family) >= 3  # two workers and their server
    _, alive = psutil.wait_procs(family, timeout=20)
    for left_over in alive:
        left_over.kill()
    assert alive == []
    assert whole_parts(tmp_path / "kept") >= moment
    assert_resumes_to(long_table, tmp_path / "kept")

"""Running a sweep: cells over processes or a cluster, each kept as soon as it is done."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    wait,
)
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakSet

from simkit.base.errors import BadInput
from simkit.base.files import reason
from simkit.base.formatting import counted
from simkit.base.progress import Interrupted, Progress, under_way
from simkit.base.signals import held_back
from simkit.base.workers import DIED, at_most_cores, pool
from simkit.engines.running import seeds_at_a_time, worth_workers
from simkit.studio.cell import Cell, Packer, Task, kit, measure, row
from simkit.studio.experiment import Experiment, load_experiment
from simkit.studio.results import Results
from simkit.studio.stopping_rule import further
from simkit.studio.store import Store, table_of

Row = dict[str, Any]
Batch = list[Cell]
"""Cells of one point that are run together."""
IN_FLIGHT = 256
"""Batches of cells sent ahead to an executor of unknown size."""


def sweep(
    what: Experiment | str | Path,
    *,
    jobs: int = 1,
    out: str | Path | None = None,
    resume: bool = False,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Results:
    """Run an experiment, or that of a sweep file, and give its results.

    They do not depend on ``jobs`` or ``executor``, which is any of ``concurrent.futures`` or one
    that acts alike, such as that of a Dask client. ``jobs`` above 1 uses processes; a script must
    then guard its entry by ``if __name__ == "__main__"``. With a folder ``out`` each finished cell
    is kept there, and ``resume`` runs only what is missing. BadInput for what cannot be used,
    Interrupted (a KeyboardInterrupt) when stopped.
    """
    found = what if isinstance(what, Experiment) else load_experiment(what)
    jobs = at_most_cores(jobs) if executor is None else jobs
    store = Store(Path(out), found, resume=resume) if out is not None else None
    with under_way("runs", progress) as tell:
        run = _Sweep(found, store, tell)
        run.own_workers = executor is None
        try:
            with _sender(jobs, executor) as (run.send, run.ahead):
                run.make()
            return run.results()
        except Interrupted:
            raise
        except KeyboardInterrupt:  # wherever it came, what is kept is kept
            raise run.interrupted() from None


class _Sweep:
    """One sweep under way."""

    def __init__(
        self,
        experiment: Experiment,
        store: Store | None,
        progress: Progress,
    ) -> None:
        self.experiment = experiment
        self.store = store
        self.send: Callable[[Task], Future[Any]] = _run_here
        self.ahead = 1
        """How many batches are sent ahead."""
        self.own_workers = True
        """Whether workers are started here for what is worth it."""
        self.progress = progress
        self.rows: dict[tuple[int, int], Row] = {}
        """Finished cells by point and replication."""
        self.planned = 0
        self.made = 0
        """Runs made, not read."""
        self.out_of = ""
        """What part of the budget was used up, empty while there is some left."""
        minutes = experiment.budget.minutes
        self.until = time.monotonic() + 60 * minutes if minutes is not None else float("inf")
        self.packer = Packer()

    def make(self) -> None:
        """Make all replications of all points, round by round until they are enough."""
        rule = self.experiment.replications
        points = range(len(self.experiment.points))
        first = rule if isinstance(rule, int) else rule.at_least
        # Points of one replication stand together: they share its workload.
        wanted = [(point, r) for r in range(first) for point in points]
        while wanted and not self.out_of:
            self._round(wanted)
            wanted = []
            if not isinstance(rule, int) and not self.out_of:
                name = rule.metric or self.experiment.metrics[0]
                for point in points:
                    known = self._known(point)
                    values = [row[name] for row in known if row[name] is not None]
                    more = further(values, rule) if len(values) == len(known) else 0
                    wanted += [(point, len(known) + i) for i in range(more)]

    def results(self) -> Results:
        """Give what was found, in the order of points and replications."""
        table = table_of((self.rows[key] for key in sorted(self.rows)), self.experiment)
        notes = []
        if self.store is not None and self.store.damaged:
            parts = "part was" if self.store.damaged == 1 else "parts were"
            notes.append(f"{self.store.damaged} {parts} damaged and run again")
        if self.out_of:
            notes.append(
                f"the budget of {self.out_of} is used up: "
                f"{len(self.rows):,} of {self.planned:,} runs are done"
            )
        if self.store is not None:
            with self._saying_what_is_kept():
                self.store.finish(table)
        return Results(self.experiment, table, complete=not self.out_of, notes=tuple(notes))

    def _known(self, point: int) -> list[Row]:
        known: list[Row] = []
        while (point, len(known)) in self.rows:
            known.append(self.rows[point, len(known)])
        return known

    def _round(self, wanted: list[tuple[int, int]]) -> None:
        self.planned += len(wanted)
        missing = []
        for key in wanted:
            cell = self._cell(*key)
            kept = self.store.read(cell) if self.store is not None else None
            if kept is not None:
                self.rows[key] = kept
            else:
                missing.append(cell)
        self._report()
        self._run(missing)

    def _cell(self, point: int, replication: int) -> Cell:
        about = self.experiment
        levels = about.points[point].levels
        return Cell(
            about.name,
            point,
            {name: about.column(name, level) for name, level in levels.items()},
            replication,
            about.seed + replication,
            about.points[point].settings.hash,
            about.metrics,
        )

    def _run(self, cells: Sequence[Cell]) -> None:
        """Run cells in batches, some sent ahead, and keep each batch as it comes."""
        under_way: dict[Future[Any], Batch] = {}
        batches = self._batches(cells)
        send, ahead = self.send, self.ahead
        if self.own_workers and not worth_workers(map(len, batches)):
            send, ahead = _run_here, 1
        left = iter(batches)
        try:
            while True:
                for batch in self._affordable(left, ahead - len(under_way)):
                    under_way[send(self._task(batch))] = batch
                if not under_way:
                    return
                done, _ = wait(under_way, return_when=FIRST_COMPLETED)
                for future in done:
                    self._keep(under_way.pop(future), future)
        except KeyboardInterrupt:
            for future, batch in under_way.items():
                if future.done() and not future.cancelled() and not future.exception():
                    self._keep(batch, future)
            raise self.interrupted() from None
        except (BrokenExecutor, CancelledError):
            raise self._lost(DIED) from None
        except Exception as problem:
            if not type(problem).__module__.startswith("distributed"):
                raise
            raise self._lost(f"the cluster lost work: {problem}") from None

    def _batches(self, cells: Sequence[Cell]) -> list[Batch]:
        """Put cells of one point together, as many as are best measured at once."""
        batches: list[Batch] = []
        open_ones: dict[int, Batch] = {}
        for cell in cells:
            batch = open_ones.get(cell.point)
            settings = self.experiment.points[cell.point].settings
            if batch is None or len(batch) >= seeds_at_a_time(settings):
                batch = open_ones[cell.point] = []
                batches.append(batch)
            batch.append(cell)
        return batches

    def interrupted(self) -> Interrupted:
        """Give what tells that the sweep was stopped, and in one line what is kept."""
        return Interrupted(f"interrupted: {self._kept_words()}")

    def _lost(self, why: str) -> BadInput:
        return BadInput(f"{why}; {self._kept_words()}")

    def _affordable(self, batches: Iterator[Batch], at_most: int) -> Iterator[Batch]:
        """Give the next batches that the budget has room for, or as much of one."""
        budget = self.experiment.budget
        while at_most > 0:
            batch = next(batches, None)
            if batch is None:
                return
            if time.monotonic() >= self.until:
                self.out_of = f"{budget.minutes:g} minute{'s' * (budget.minutes != 1)}"
                return
            room = len(batch) if budget.runs is None else budget.runs - self.made
            if budget.runs is not None and room < len(batch):
                self.out_of = counted(budget.runs, "run")
                batch = batch[:room]
            if not batch:
                return
            self.made += len(batch)
            at_most -= 1
            yield batch

    def _task(self, batch: Batch) -> Task:
        cell = batch[0]
        organisation, settings = self.packer.pack(self.experiment.points[cell.point].settings)
        seeds = tuple(cell.seed for cell in batch)
        return Task(organisation, settings, seeds, cell.metrics)

    def _keep(self, batch: Batch, future: Future[Any]) -> None:
        by, found = future.result()
        if by != kit():
            raise BadInput(
                "a worker runs another version of simkit", found=by, allowed=f"{kit()}, as here"
            )
        with held_back():  # nothing comes between keeping and counting, nor loses what is done
            for cell, values in zip(batch, found, strict=True):
                made = row(cell, values)
                if self.store is not None:
                    with self._saying_what_is_kept():
                        self.store.write(made)
                self.rows[cell.point, cell.replication] = made
        self._report()

    @contextmanager
    def _saying_what_is_kept(self) -> Iterator[None]:
        assert self.store is not None
        try:
            yield
        except OSError as problem:
            raise BadInput(
                f"cannot be written: {reason(problem)}; {self._kept_words()}",
                file=str(self.store.folder),
            ) from None

    def _kept_words(self) -> str:
        if self.store is None:
            return "nothing is kept, as no folder was given"
        done = f"{len(self.rows):,} of {self.planned:,} runs are kept in {self.store.folder}"
        return f"{done}; --resume goes on from there"

    def _report(self) -> None:
        self.progress(len(self.rows), self.planned)


@contextmanager
def _sender(
    jobs: int, executor: Executor | None
) -> Iterator[tuple[Callable[[Task], Future[Any]], int]]:
    """Give what runs tasks, and how many to send ahead."""
    if executor is not None:
        given, sent = executor, WeakSet[Future[Any]]()

        def send(task: Task) -> Future[Any]:
            future = given.submit(measure, task)
            sent.add(future)
            return future

        try:
            yield send, IN_FLIGHT
        finally:
            for future in sent:
                future.cancel()
    elif jobs == 1:
        yield _run_here, 1
    else:
        with pool(jobs) as workers:
            yield (lambda task: workers.submit(measure, task)), 4 * jobs


def _run_here(task: Task) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_result(measure(task))
    return future

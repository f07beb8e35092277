"""The commands of the studio: sweeps over settings, and what to choose."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from simkit.base.errors import BadInput, shown
from simkit.show.cli import FINE, NEGATIVE, Flat, Jobs, Json, app, print_json, progress

if TYPE_CHECKING:
    from simkit.studio.results import Results

Report = Annotated[
    Path | None, typer.Option(help="File for a report that can be mailed, as one HTML page.")
]


@app.command()
def sweep(
    file: Annotated[Path, typer.Argument(help="Sweep file.")],
    jobs: Jobs = None,
    out: Annotated[
        Path | None, typer.Option(help="Directory for the results; each run is kept when done.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Run only what is missing in the directory.")
    ] = False,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler, or `local` for one made here.")
    ] = None,
    report: Report = None,
    images: Annotated[
        Path | None, typer.Option(help="Directory for each chart as PNG and SVG.")
    ] = None,
    flat: Flat = False,
    as_json: Json = False,
) -> None:
    """Run an experiment over many settings; print estimates beside their closed forms."""
    from simkit.studio.cluster import dask
    from simkit.studio.experiment import load_experiment
    from simkit.studio.export import results_json
    from simkit.studio.sweep import sweep as run_sweep

    if resume and out is None:
        raise BadInput("--resume needs the directory to go on in", field="--out")
    experiment = load_experiment(file, flat=flat)
    processes = jobs or os.cpu_count() or 1
    cluster = dask(scheduler, processes) if scheduler is not None else nullcontext(None)
    with cluster as executor, progress("runs") as tell:
        results = run_sweep(
            experiment, jobs=processes, out=out, resume=resume, executor=executor, progress=tell
        )
    for what in _written(results, out, report, images):
        print(f"written: {what}", file=sys.stderr)
    if as_json:
        print_json(results_json(results))
    else:
        from rich.console import Console

        from simkit.show.sweep_tables import print_results
        from simkit.show.tables import WIDTH

        print_results(results, Console(width=WIDTH, highlight=False))
    raise typer.Exit(FINE if results.complete else NEGATIVE)


def _written(
    results: Results, out: Path | None, report: Path | None, images: Path | None
) -> Iterator[str]:
    """Write the report and the pictures that were asked for; a directory gets a report anyway."""
    target = report or (out / "report.html" if out else None)
    if target is not None:
        from simkit.show.report import write_report

        yield str(write_report(results, target))
    if images is not None:
        from simkit.show.report import charts_of, write_images

        yield f"{len(write_images(charts_of(results), images))} pictures in {images}"


@app.command()
def recommend(
    file: Annotated[Path, typer.Argument(help="Scenario file.")],
    limit: Annotated[
        list[str],
        typer.Option(metavar="METRIC=MOST", help="A limit, such as stale_share=0.01; repeatable."),
    ],
    cheapest: Annotated[
        Literal["requests_per_s", "bytes_per_s"], typer.Option(help="What to spend least of.")
    ] = "requests_per_s",
    agents: Annotated[
        int | None, typer.Option(min=1, max=1_000_000, help="Agents; as in the file by default.")
    ] = None,
    replications: Annotated[
        int, typer.Option(min=2, help="Runs that confirm each policy tried.")
    ] = 10,
    seed: Annotated[int, typer.Option(min=0, help="Replication r uses seed + r.")] = 1,
    jobs: Jobs = None,
    report: Report = None,
    flat: Flat = False,
    as_json: Json = False,
) -> None:
    """Find the cheapest refresh policy within limits; exit code 1 when there is none."""
    from simkit.studio.design import changed
    from simkit.studio.export import recommendation_json
    from simkit.studio.recommend import recommend as find
    from simkit.study.loading import load

    limits = dict(map(_limit, limit))
    settings = load(file, flat=flat)
    if agents is not None:
        settings = changed(settings, {"organisation.agents": agents})
    with progress("runs") as tell:
        answer = find(
            settings,
            limits,
            cheapest=cheapest,
            replications=replications,
            seed=seed,
            jobs=jobs or os.cpu_count() or 1,
            progress=tell,
        )
    if report is not None:
        from simkit.show.report import write_report

        print(f"written: {write_report(answer.results, report, answer)}", file=sys.stderr)
    if as_json:
        print_json(recommendation_json(answer))
    else:
        from simkit.show.sweep_tables import recommendation_text

        print(recommendation_text(answer))
    raise typer.Exit(FINE if answer.met else NEGATIVE)


def _limit(text: str) -> tuple[str, float]:
    metric, equals, most = text.partition("=")
    try:
        return metric.strip(), float(most if equals else "")
    except ValueError:
        allowed = "METRIC=NUMBER, such as stale_share=0.01"
        raise BadInput(field="--limit", found=shown(text), allowed=allowed) from None

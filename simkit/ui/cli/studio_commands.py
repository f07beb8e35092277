"""The commands of the studio: sweeps over settings, and what to choose."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from simkit.base.errors import BadInput, one_line, shown
from simkit.base.formatting import counted
from simkit.ui.cli import terminal
from simkit.ui.cli.app import (
    Flat,
    Jobs,
    Json,
    Scenario,
    Strict,
    app,
    print_json,
    wanting,
)
from simkit.ui.cli.exits import FINE, NEGATIVE, stoppable
from simkit.ui.cli.help import command

if TYPE_CHECKING:
    from simkit.studio.results import Results

Report = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="File for a report that can be mailed, as one HTML page."),
]


@command(app, "simkit sweep {data}/sweeps/intervals.yaml --out results")
def sweep(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Sweep file.")],
    jobs: Jobs = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Directory for the results and the report; each run is kept when done.",
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Run only what is missing in the directory.")
    ] = False,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="Address of a Dask scheduler, or `local` for one made here."
        ),
    ] = None,
    report: Report = None,
    images: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Directory for each chart as PNG and SVG.")
    ] = None,
    flat: Flat = False,
    strict: Strict = False,
    as_json: Json = False,
) -> None:
    """Run an experiment over many settings; print estimates beside their closed forms."""
    from simkit.base.workers import at_most_cores
    from simkit.studio.cluster import dask
    from simkit.studio.experiment import load_experiment
    from simkit.studio.export import results_json
    from simkit.studio.sweep import sweep as run_sweep

    if resume and out is None:
        raise BadInput("--resume needs the directory to go on in", field="--out")
    with wanting("a sweep", file):
        experiment = load_experiment(file, flat=flat)
    processes = at_most_cores(jobs)
    cluster = dask(scheduler, processes) if scheduler is not None else nullcontext(None)
    with stoppable(), cluster as executor:
        results = run_sweep(experiment, jobs=processes, out=out, resume=resume, executor=executor)
    problems = _write(results, out, report, images)
    if as_json:
        print_json(results_json(results))
    else:
        from simkit.ui.cli.sweep_tables import print_results

        print_results(results, terminal.console())
    if problems:
        raise problems[0]
    raise typer.Exit(FINE if results.complete else NEGATIVE)


def _write(
    results: Results, out: Path | None, report: Path | None, images: Path | None
) -> list[BadInput]:
    """Write the report and the pictures that were asked for.

    A directory gets a report unless it was asked for elsewhere.
    Give what could not be written, and is to be said when the results have been printed.
    """
    from simkit.ui.report.report import charts_of, write_images, write_report

    files: list[Callable[[], str]] = []
    if target := report or (out / "report.html" if out else None):
        files.append(lambda: str(write_report(results, target)))
    if images is not None:
        files.append(
            lambda: (
                f"{counted(len(write_images(charts_of(results), images)), 'picture')} in {images}"
            )
        )
    problems = _written(files)
    if problems:
        kept = f"the results are kept in {out}" if out else "the results are printed only"
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        problems[0].problem += f"; {kept}{more}"
    return problems


def _written(files: Iterable[Callable[[], str]]) -> list[BadInput]:
    """Write files, each by its function, and say so; give what could not be written."""
    problems = []
    for write in files:
        try:
            print(f"written: {one_line(write())}", file=sys.stderr)
        except BadInput as problem:
            problems.append(problem)
    return problems


@command(
    app,
    "simkit recommend {data}/scenarios/architect.yaml --limit stale_share=0.01",
    "simkit recommend {data}/scenarios/architect.yaml --limit stale_share=0.01 --agents 1000",
    "simkit recommend {data}/scenarios/architect.yaml --limit stale_share=0.01 "
    "--prices {data}/prices/sample.yaml --report decision.html",
)
def recommend(
    file: Scenario,
    limit: Annotated[
        list[str],
        typer.Option(
            metavar="METRIC=MOST",
            help="A limit, such as stale_share=0.01 for 1 %; repeatable.",
        ),
    ],
    cheapest: Annotated[
        Literal["requests_per_s", "bytes_per_s", "money"] | None,
        typer.Option(
            metavar="COST",
            help="What to spend least of: requests_per_s, bytes_per_s, or money, which is meant "
            "where there are prices.",
        ),
    ] = None,
    prices: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Prices of your own, as YAML or JSON.")
    ] = None,
    price: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="A price, such as agent_minute=0.6, in place of the file's; repeatable.",
        ),
    ] = None,
    tokens: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help="Tokens to weigh: own, pooled or shared; repeatable, all three by default.",
        ),
    ] = None,
    agents: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, max=1_000_000, help="Agents; as in the file by default."),
    ] = None,
    replications: Annotated[
        int,
        typer.Option(metavar="N", min=2, max=100_000, help="Runs that confirm each policy tried."),
    ] = 10,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Replication r uses seed + r.")] = 1,
    jobs: Jobs = None,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="File for the decision and its evidence on two pages, as .html or .pdf.",
        ),
    ] = None,
    flat: Flat = False,
    strict: Strict = False,
    as_json: Json = False,
) -> None:
    """Find the cheapest refresh policy within limits; exit code 1 when there is none."""
    from simkit.base.workers import at_most_cores
    from simkit.inputs.loading import load
    from simkit.studio.decision import decide
    from simkit.studio.design import changed
    from simkit.studio.export import recommendation_json
    from simkit.studio.policy import TOKENS
    from simkit.studio.prices import Prices, read_prices, with_prices
    from simkit.studio.recommend import recommend as find

    limits = _limits(limit)
    priced = with_prices(read_prices(prices) if prices else Prices(), price or [], "--price")
    for kind in tokens or ():
        if kind not in TOKENS:
            raise BadInput(field="--tokens", found=shown(kind), allowed=", ".join(TOKENS))
    kinds = [kind for kind in TOKENS if not tokens or kind in tokens]
    if report is not None:
        from simkit.ui.report.decision_report import refuse_kind

        refuse_kind(report)
    with wanting("a scenario", file):
        settings = load(file, flat=flat)
    if agents is not None:
        settings = changed(settings, {"organisation.agents": agents})
    with stoppable():
        answer = find(
            settings,
            limits,
            cheapest=cheapest,
            prices=priced,
            topologies=kinds,
            replications=replications,
            seed=seed,
            jobs=at_most_cores(jobs),
        )
    problems = []
    if report is not None:
        from simkit.ui.report.decision_report import write_decision

        with stoppable():
            decision = decide(answer, jobs=at_most_cores(jobs))
        problems = _written([lambda: str(write_decision(decision, report))])
    if as_json:
        print_json(recommendation_json(answer))
    else:
        from simkit.ui.cli.sweep_tables import recommendation_text

        terminal.show(recommendation_text(answer, terminal.width()))
    if problems:
        raise problems[0]
    raise typer.Exit(FINE if answer.met else NEGATIVE)


def _limits(texts: Iterable[str]) -> dict[str, float]:
    """Give limits by metric; BadInput where one is limited twice, as only one can be meant."""
    limits: dict[str, float] = {}
    for text in texts:
        metric, most = _limit(text)
        if metric in limits:
            problem = f"{shown(metric)} is limited twice"
            found = f"{limits[metric]:g} and {most:g}"
            raise BadInput(problem, field="--limit", found=found, allowed="one limit a metric")
        limits[metric] = most
    return limits


def _limit(text: str) -> tuple[str, float]:
    metric, equals, most = text.partition("=")
    try:
        return metric.strip(), float(most if equals else "")
    except ValueError:
        allowed = "METRIC=NUMBER; 1 % of a share is 0.01, as in stale_share=0.01"
        raise BadInput(field="--limit", found=shown(text), allowed=allowed) from None

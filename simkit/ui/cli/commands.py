"""The commands of the command line: traps, runs, reasons, files to check, the labs."""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simkit.base.errors import BadInput, shown
from simkit.base.language import VARIABLE
from simkit.ui.cli import terminal
from simkit.ui.cli.check_reports import FailOn, Format, Wanted
from simkit.ui.cli.exits import FINE, NEGATIVE, stoppable
from simkit.ui.cli.help import command
from simkit.ui.cli.terminal import show_prose

if TYPE_CHECKING:
    from simkit.rules.workload import Workload
    from simkit.runs.run import Run


from simkit.ui.cli.app import (
    Exact,
    Flat,
    Jobs,
    Json,
    Language,
    Profile,
    ProfileAsked,
    Scenario,
    Seed,
    Strict,
    Trace,
    app,
    language_of,
    print_json,
    wanting,
)


@command(
    app,
    "simkit traps E4 T2 --replications 20",
    "simkit traps E4 --matrix",
    "simkit traps --profile genesys",
)
def traps(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID", help="Traps to show; all by default.")
    ] = None,
    profile: Profile = "guide",
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Replication r uses seed + r.")] = 1,
    replications: Annotated[
        int, typer.Option(metavar="N", max=100_000, help="Runs of each setting, at least 2.")
    ] = 10,
    jobs: Jobs = None,
    costs: Annotated[
        bool, typer.Option("--costs", help="Also what each fix costs or saves.")
    ] = False,
    matrix: Annotated[
        bool, typer.Option("--matrix", help="Also E4's fixes by mechanism, E2's combinations.")
    ] = False,
    everything: Annotated[bool, typer.Option("--all", help="All that was measured.")] = False,
    as_json: Json = False,
) -> None:
    """Show that each documented trap arises, and what each fix really does."""
    from simkit.base.workers import at_most_cores
    from simkit.inputs.profiles import is_file
    from simkit.study.comparison import compare_traps
    from simkit.study.export import study_json

    read = wanting("a profile", Path(profile)) if is_file(profile) else nullcontext()
    with stoppable(), read:
        result = compare_traps(
            list(dict.fromkeys(name.upper() for name in ids or [])),
            profile=profile,
            seed=seed,
            replications=replications,
            jobs=at_most_cores(jobs),
        )
    if as_json:
        print_json(study_json(result))
    else:
        from simkit.ui.cli.trap_tables import print_study

        print_study(
            result,
            terminal.console(),
            details=everything or bool(ids),
            costs=everything or costs,
            matrix=everything or matrix,
        )
    raise typer.Exit(FINE if result.ok else NEGATIVE)


@command(
    app,
    "simkit run {data}/scenarios/E4.yaml --out results",
    "simkit run {data}/scenarios/architect.yaml --agents 1000000",
)
def run(
    file: Scenario,
    seed: Seed = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Directory for the log and the metrics as files."),
    ] = None,
    workload: Trace = None,
    exact: Exact = False,
    agents: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, max=100_000_000, help="Agents; as in the file by default."
        ),
    ] = None,
    jobs: Jobs = None,
    compare: Annotated[
        bool,
        typer.Option("--compare", help="With --workload: what was recorded, beside the model."),
    ] = False,
    everything: Annotated[bool, typer.Option("--all", help="All metrics, by group.")] = False,
    flat: Flat = False,
    strict: Strict = False,
    as_json: Json = False,
) -> None:
    """Run one scenario and print its metrics, those of its trap first."""
    from simkit.base.workers import at_most_cores
    from simkit.runs.agreement import agreement
    from simkit.study.catalogue import entry_of
    from simkit.study.export import run_json, write_run
    from simkit.ui.cli.day_tables import print_agreement
    from simkit.ui.cli.run_tables import print_run

    if compare and workload is None:
        raise BadInput("only a trace has recorded statuses to compare with", field="--compare")
    with stoppable():
        finished, recorded = _finished(
            file, flat, seed, workload, exact, agents=agents, jobs=at_most_cores(jobs)
        )
        if out is not None:
            write_run(finished, out)
        beside = agreement(finished, recorded) if compare and recorded else None
        if as_json:
            more = {"recorded": beside.as_json()} if beside else {}
            print_json(run_json(finished) | more)
            return
        console = terminal.console()
        print_run(finished, console, entry_of(file), everything=everything)
        if beside:
            asked = f"simkit why {file} --workload {workload}{' --exact-times' * exact}"
            asked += f" --seed {seed}" if seed is not None else ""
            print_agreement(beside, finished, console, asked)


@command(app, "simkit why {data}/scenarios/E4.yaml --agent agent-13 --at 14:30 --seed 7")
def why(
    file: Scenario,
    agent: Annotated[str, typer.Option(metavar="ID", help="Id of the agent, such as agent-07.")],
    at: Annotated[str, typer.Option(metavar="TIME", help="Local time of the run, such as 14:03.")],
    seed: Seed = None,
    workload: Trace = None,
    exact: Exact = False,
    flat: Flat = False,
    strict: Strict = False,
) -> None:
    """Say in words why an agent believes what is not so."""
    with stoppable():
        finished, _ = _finished(file, flat, seed, workload, exact)
        show_prose(finished.why(agent, at))


def _finished(
    file: Path, flat: bool, seed: int | None, trace: Path | None, exact: bool, **more: Any
) -> tuple[Run, Workload | None]:
    """Give the run of a scenario, and the day that it lived where that is a trace's."""
    from simkit.engines.running import run as run_world
    from simkit.inputs.loading import load
    from simkit.inputs.traces.reading import read_trace

    if exact and trace is None:
        raise BadInput("only a trace has times to take as they are", field="--exact-times")
    with wanting("a scenario", file):
        settings = load(file, flat=flat)
    workload = read_trace(trace, settings, seed=seed, exact=exact) if trace else None
    return run_world(settings, seed, workload=workload, **more), workload


@command(
    app,
    "simkit check {data}/payloads/reason-code.json",
    "simkit check pages/*.html --format sarif --out simkit.sarif --fail-on error",
    "simkit check {data}/exports/*.json {data}/payloads/widget-configuration.json --prove",
    "simkit check {data}/payloads/portal-application.json --profile genesys",
)
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Files to judge.")],
    form: Annotated[
        Format | None,
        typer.Option("--format", metavar="FORMAT", help="text (by default), json, sarif or junit."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="File for the report; the text is printed beside it."),
    ] = None,
    fail_on: Annotated[
        FailOn,
        typer.Option(
            metavar="SEVERITY",
            help="Least that makes the exit code 1: error, warning, note or never.",
        ),
    ] = "warning",
    prove: Annotated[
        bool,
        typer.Option(
            "--prove", help="Simulate what is found of a deployment, before and after the patch."
        ),
    ] = False,
    fix: Annotated[
        bool, typer.Option("--fix", help="Write mended copies beside the files, NAME.fixed.EXT.")
    ] = False,
    in_place: Annotated[
        bool, typer.Option("--in-place", help="With --fix: change the files themselves.")
    ] = False,
    profile: ProfileAsked = None,
    as_json: Json = False,
) -> None:
    """Judge payloads, pages and registrations, and with exports or a scenario all together."""
    if as_json and form not in (None, "json"):
        raise BadInput("--json is --format json", field="--format", found=shown(form))
    if in_place and not fix:
        raise BadInput("only --fix changes files", field="--in-place")
    from simkit.checking.platforms import platform_of
    from simkit.ui.cli.check_command import judge

    wanted = Wanted(form or ("json" if as_json else "text"), out, fail_on, prove, fix, in_place)
    with stoppable():
        with wanting("a profile", Path(profile or "")):
            platform = platform_of(profile)
        code = judge([str(file) for file in files], wanted, platform)
    raise typer.Exit(code)


@command(app, "simkit lab", "simkit lab --app --trap E4 --port 9000")
def lab(
    port: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            max=65535,
            help="Port on localhost; by default the first from 8888 on that is free.",
        ),
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open a browser.")] = True,
    directory: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Work on copies of the notebooks in this directory."),
    ] = None,
    as_app: Annotated[
        bool, typer.Option("--app", help="Show the labs alone, without notebooks around them.")
    ] = False,
    trap: Annotated[
        str | None,
        typer.Option(metavar="ID", help="With --app: the trap to begin with; E4 by default."),
    ] = None,
    kernels: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            max=200,
            help="With --app: how many pages at a time, 8 by default; some 100 MB each.",
        ),
    ] = None,
    language: Language = None,
) -> None:
    """Start JupyterLab on the start notebook, or the labs as an app; on localhost, token on."""
    spoken = language_of(language)
    if language is not None:
        os.environ[VARIABLE] = spoken  # kernels speak what it says
    if as_app:
        if directory is not None:
            raise BadInput("--app has no notebooks to copy", field="--directory")
        from simkit.study.catalogue import traps as catalogue

        first = catalogue[(trap or "E4").upper()].id
        from simkit.ui.server.app import serving
        from simkit.ui.server.app.kernels import MOST

        most = kernels or MOST
        raise typer.Exit(serving.start(trap=first, port=port, browser=browser, most=most))
    if trap is not None:
        raise BadInput("only --app begins with a trap", field="--trap")
    if kernels is not None:
        raise BadInput("only --app limits its pages", field="--kernels")
    from simkit.ui.server.jupyter import start

    raise typer.Exit(start(port=port, browser=browser, directory=directory))

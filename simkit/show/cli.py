"""The command line. Numbers go to standard output, progress and complaints to standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import simkit
from simkit.base.errors import BadInput
from simkit.base.outgoing import json_text
from simkit.show import exits, terminal
from simkit.show.cli_help import Group, command
from simkit.show.exits import BAD_INPUT, FINE, NEGATIVE, be_strict, stoppable
from simkit.show.terminal import show, show_prose

if TYPE_CHECKING:
    from simkit.study.run import Run

app = typer.Typer(
    cls=Group,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Simulate an agent status-reason widget, its seven documented traps and their fixes.",
    epilog="simkit traps E4\nsimkit lab --app --trap E4",
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Seed = Annotated[
    int | None,
    typer.Option(
        metavar="N", min=0, max=(1 << 62) - 1, help="Seed of the workload and all delays."
    ),
]

Jobs = Annotated[
    int | None,
    typer.Option(
        metavar="N", min=1, help="Processes; as many as there are cores by default and at most."
    ),
]
Strict = Annotated[
    bool, typer.Option("--strict", callback=be_strict, help="Refuse what is doubtful in the input.")
]
Trace = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="CSV trace of a day, in place of a workload drawn by the seed."
    ),
]

Exact = Annotated[
    bool,
    typer.Option(
        "--exact-times", help="With --workload: take the whole minutes of the trace as they are."
    ),
]
Flat = Annotated[
    bool, typer.Option("--flat", help="Put divisions that have no parent below one root.")
]
Scenario = Annotated[Path, typer.Argument(metavar="FILE", help="Scenario file.")]


def main() -> None:
    """Run the command line; `exits` tells what its exit codes mean."""
    terminal.prepare()
    raise SystemExit(exits.ending(_command))


def _command() -> None:
    # What `app()` does, without what it makes of exceptions: that is told in `exits`.
    whole = typer.main.get_command(app)
    arguments = sys.argv[1:] or ["--help"]
    with whole.make_context("simkit", arguments, terminal_width=terminal.width()) as context:
        whole.invoke(context)


def _tell_version(wanted: bool) -> None:
    if wanted:
        print(f"simkit {simkit.__version__}")
        raise typer.Exit(FINE)


@app.callback()
def _whole(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_tell_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    pass


@command(app, "simkit traps E4 T2 --replications 20", "simkit traps E4 --matrix")
def traps(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID", help="Traps to show; all by default.")
    ] = None,
    profile: Annotated[str, typer.Option(metavar="NAME", help="Platform profile.")] = "guide",
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
    from simkit.study.compare import study
    from simkit.study.export import study_json
    from simkit.study.processes import at_most_cores

    with stoppable(), progress("runs") as report:
        result = study(
            list(dict.fromkeys(name.upper() for name in ids or [])),
            profile=profile,
            seed=seed,
            replications=replications,
            jobs=at_most_cores(jobs),
            progress=report,
        )
    if as_json:
        print_json(study_json(result))
    else:
        from simkit.show.trap_tables import print_study

        print_study(
            result,
            terminal.console(),
            details=everything or bool(ids),
            costs=everything or costs,
            matrix=everything or matrix,
        )
    raise typer.Exit(FINE if result.ok else NEGATIVE)


@command(app, "simkit run {data}/scenarios/E4.yaml --out results")
def run(
    file: Scenario,
    seed: Seed = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Directory for the log and the metrics as files."),
    ] = None,
    workload: Trace = None,
    exact: Exact = False,
    everything: Annotated[bool, typer.Option("--all", help="All metrics, by group.")] = False,
    flat: Flat = False,
    strict: Strict = False,
    as_json: Json = False,
) -> None:
    """Run one scenario and print its metrics, those of its trap first."""
    from simkit.study.export import run_json, write_run

    finished = _finished(file, flat, seed, workload, exact)
    if out is not None:
        write_run(finished, out)
    if as_json:
        print_json(run_json(finished))
        return
    from simkit.show.run_tables import print_run
    from simkit.study.scenarios import entry_of

    print_run(finished, terminal.console(), entry_of(file), everything=everything)


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
    show_prose(str(_finished(file, flat, seed, workload, exact).why(agent, at)))


def _finished(file: Path, flat: bool, seed: int | None, trace: Path | None, exact: bool) -> Run:
    from simkit.population.running import run as run_world
    from simkit.study.loading import load
    from simkit.study.traces import read_trace

    if exact and trace is None:
        raise BadInput("only a trace has times to take as they are", field="--exact-times")
    with wanting("a scenario", file):
        settings = load(file, flat=flat)
    workload = read_trace(trace, settings, seed=seed, exact=exact) if trace else None
    return run_world(settings, seed, workload=workload)


@command(app, "simkit check {data}/payloads/reason-code.json")
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Files to judge.")],
    as_json: Json = False,
) -> None:
    """Judge reason-code payloads, widget configurations, registrations and snippets."""
    from simkit.study.check import UNREAD
    from simkit.study.check import check as judge

    findings = judge(*files)
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            show(str(finding))
        if not findings:
            print(f"{len(files)} file{'s' if len(files) > 1 else ''} checked, nothing found")
    if any(finding.rule in UNREAD for finding in findings):
        raise typer.Exit(BAD_INPUT)
    negative = any(finding.severity != "note" for finding in findings)
    raise typer.Exit(NEGATIVE if negative else FINE)


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
) -> None:
    """Start JupyterLab on the start notebook, or the labs as an app; on localhost, token on."""
    if as_app:
        if directory is not None:
            raise BadInput("--app has no notebooks to copy", field="--directory")
        from simkit.study.scenarios import traps as catalogue

        first = catalogue[(trap or "E4").upper()].id
        from simkit.show.app import serving
        from simkit.show.app.kernels import MOST

        most = kernels or MOST
        raise typer.Exit(serving.start(trap=first, port=port, browser=browser, most=most))
    if trap is not None:
        raise BadInput("only --app begins with a trap", field="--trap")
    if kernels is not None:
        raise BadInput("only --app limits its pages", field="--kernels")
    from simkit.show.server import start

    raise typer.Exit(start(port=port, browser=browser, directory=directory))


@contextmanager
def wanting(kind: str, file: Path) -> Iterator[None]:
    """Say what a file is when it is read as something else; ``kind`` is what is wanted."""
    try:
        yield
    except BadInput:
        found = _kind_of(file)
        if found == kind or found not in _KINDS:
            raise
        hint = _KINDS[found]
        raise BadInput(f"this is {found}, not {kind}; {hint}", file=str(file)) from None


_KINDS = {
    "an organisation": "a scenario names it by its key organisation",
    "a scenario": "a sweep names it by its key base, and simkit run runs it alone",
    "a sweep": "simkit sweep runs it",
}
"""Files that are easily taken for each other, and what each is for."""


def _kind_of(file: Path) -> str | None:
    """Give what kind of file this is, by keys that no other kind has."""
    from simkit.base import documents
    from simkit.rules.settings import SECTIONS

    try:
        data = documents.read(file).data
    except BadInput:
        return None
    keys = set(data) if isinstance(data, dict) else set()
    if {"divisions", "codes"} <= keys:
        return "an organisation"
    if "factors" in keys:
        return "a sweep"
    return "a scenario" if keys & {"organisation", "profile", "trap", *SECTIONS} else None


@contextmanager
def progress(unit: str) -> Iterator[Callable[[int, int], None]]:
    """Give a function (done, total) that draws a bar on standard error, if it is a terminal."""
    from tqdm import tqdm

    with tqdm(unit=unit, file=sys.stderr, disable=None, leave=False, mininterval=0.2) as bar:

        def report(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield report


def print_json(document: Any) -> None:
    """Print a JSON document on standard output."""
    print(json_text(document, indent=2))


# Their commands join those of the app; the import comes last because they need it.
from simkit.show import cli_studio  # noqa: E402, F401

if __name__ == "__main__":
    # Under this name the module is there twice, and the other one has all commands.
    from simkit.show import cli

    cli.main()

"""What all commands of the command line share: the app they join, their options, their output."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

import simkit
from simkit.base.errors import BadInput
from simkit.base.language import checked, default_language
from simkit.base.outgoing import json_text
from simkit.ui.cli.exits import FINE, be_strict
from simkit.ui.cli.help import Group

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

Language = Annotated[
    str | None,
    typer.Option(
        metavar="TAG",
        help="What learners read, such as de; SIMKIT_LANGUAGE by default, else en.",
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
Profile = Annotated[
    str, typer.Option(metavar="NAME", help="Platform profile, by its name or as a file.")
]
ProfileAsked = Annotated[
    str | None,
    typer.Option(
        "--profile",
        metavar="NAME",
        help="Platform profile, by its name or as a file; else the scenario's, or the guide's.",
    ),
]
Scenario = Annotated[Path, typer.Argument(metavar="FILE", help="Scenario file.")]


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


def language_of(asked: str | None) -> str:
    """Give the language of what a command writes or starts; BadInput for one there is not.

    The command line itself speaks English, whatever is asked for.
    """
    return default_language() if asked is None else checked(asked, "--language")


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
    "a profile": "a scenario names it by its key profile, and simkit traps or check by --profile",
}
"""Files that are easily taken for each other, and what each is for."""


def _kind_of(file: Path) -> str | None:
    """Give what kind of file this is, by keys that no other kind has."""
    from simkit.base.reading import documents
    from simkit.rules.sections import SECTIONS

    try:
        data = documents.read(file).data
    except BadInput:
        return None
    keys = set(data) if isinstance(data, dict) else set()
    if {"divisions", "codes"} <= keys:
        return "an organisation"
    if "factors" in keys:
        return "a sweep"
    if "constants" in keys:
        return "a profile"
    return "a scenario" if keys & {"organisation", "profile", "trap", *SECTIONS} else None


def print_json(document: Any) -> None:
    """Print a JSON document on standard output."""
    print(json_text(document, indent=2))

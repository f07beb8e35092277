"""The command that makes up an organisation of a size."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from simkit.base import given
from simkit.base.errors import BadInput
from simkit.ui.cli.app import app
from simkit.ui.cli.exits import say, stoppable
from simkit.ui.cli.help import command

_QUESTIONS = {
    "agents": ("Agents", 30),
    "divisions": ("Divisions", 6),
    "codes": ("Codes in each division", 12),
    "shifts": ("Shift patterns", 3),
    "edits": ("Codes deactivated a day", 0),
}
"""What is asked, and the default of each."""


@command(
    app,
    "simkit new --out org.yaml",
    "simkit new --agents 120 --divisions 6 --codes 12 --shifts 3 --out org.yaml --yes",
)
def new(
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="Organisation to write, .yaml or .json.")
    ],
    agents: Annotated[int | None, typer.Option(metavar="N", help="Agents in all.")] = None,
    divisions: Annotated[
        int | None, typer.Option(metavar="N", help="Divisions, below one root.")
    ] = None,
    codes: Annotated[int | None, typer.Option(metavar="N", help="Codes in each division.")] = None,
    shifts: Annotated[int | None, typer.Option(metavar="N", help="Shift patterns of 8 h.")] = None,
    edits: Annotated[
        int | None, typer.Option(metavar="N", help="Codes deactivated a day, on average.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Ask nothing: take the defaults of what is not given.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Make up an organisation of a size that you say; it asks at a terminal."""
    from simkit.inputs.inventing import MOST, invented
    from simkit.inputs.organisation_text import check_ending, sizes_in_words, write_organisation

    check_ending(str(out))
    if out.exists() and not force:
        raise BadInput("there is such a file already", file=str(out), allowed="--force replaces it")
    options = {
        "agents": agents,
        "divisions": divisions,
        "codes": codes,
        "shifts": shifts,
        "edits": edits,
    }
    size: dict[str, int] = {}
    for name, option in options.items():
        low = {"edits": 0, "codes": 2}.get(name, 1)
        high = MOST[name] if name in MOST else size["divisions"] * size["codes"]
        if option is None:
            size[name] = _asked(name, low, high, yes=yes)
        else:
            size[name] = given.whole(f"--{name}", option, low, high)
    deactivated = size["edits"]
    with stoppable():
        organisation = invented(size["agents"], size["divisions"], size["codes"], size["shifts"])
        count = len(organisation.codes)
        sections: dict[str, dict[str, tuple[Any, str]]] = {}
        if deactivated:
            are = "is" if deactivated == 1 else "are"
            why = f"{deactivated:,} of the {count:,} codes {are} deactivated a day, on average."
            sections["workload"] = {"deactivation_probability": (deactivated / count, why)}
        head = ["An organisation made up by simkit new; no real one. Change whatever you like."]
        write_organisation(organisation, out, head, sections)
    print(f"{out}: {sizes_in_words(organisation)}.\nNext: simkit run {out}")


def _asked(name: str, low: int, high: int, *, yes: bool) -> int:
    """Give the answer to a question, the default where there is nobody to be asked."""
    question, default = _QUESTIONS[name]
    default = min(default, high)
    if yes or sys.stdin is None or not sys.stdin.isatty():
        return default
    while True:
        answer = typer.prompt(question, default=str(default), err=True)
        try:
            return given.whole(question, int(answer), low, high)
        except ValueError:
            say(f"{question}: a whole number from {low:,} to {high:,}")
        except BadInput as problem:
            say(str(problem))

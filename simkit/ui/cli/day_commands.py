"""The commands of recorded days: samples of them, and settings that they tell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simkit.ui.cli import terminal
from simkit.ui.cli.app import Flat, Json, Scenario, Seed, Strict, app, print_json, wanting
from simkit.ui.cli.exits import stoppable
from simkit.ui.cli.help import command

if TYPE_CHECKING:
    from simkit.rules.settings import Settings


@command(
    app,
    "simkit sample {data}/recorded/world.yaml --days 3 --out exports",
)
def sample(
    file: Scenario,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the exports.")],
    days: Annotated[
        int, typer.Option(metavar="N", min=1, max=60, help="Working days, from the file's on.")
    ] = 1,
    seed: Seed = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
    flat: Flat = False,
    strict: Strict = False,
) -> None:
    """Write exports of days that a scenario lives, with people made up."""
    from simkit.inputs.loading import load
    from simkit.study.sample_days import write_sample_days

    with stoppable():
        with wanting("a scenario", file):
            settings = load(file, flat=flat)
        written = write_sample_days(settings, out, days, seed, force=force)
    for path in written:
        terminal.show(str(path))
    terminal.show(
        f"Next: simkit import {out} --zone {settings.organisation.time_zone} "
        f"--day {settings.organisation.day} --trace day.csv --out org.yaml"
    )


@command(
    app,
    "simkit calibrate {data}/traces/small-day.csv --organisation {data}/scenarios/healthy.yaml",
    "simkit calibrate day-1.csv day-2.csv --organisation org.yaml --out calibrated.yaml",
)
def calibrate(
    files: Annotated[
        list[Path], typer.Argument(metavar="DAY", help="CSV traces of recorded days.")
    ],
    organisation: Annotated[
        Path,
        typer.Option(metavar="FILE", help="Scenario with the organisation whose days they are."),
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Scenario to write with what is told, .yaml."),
    ] = None,
    exact: Annotated[
        bool,
        typer.Option("--exact-times", help="Take the whole minutes of the days as they are."),
    ] = False,
    flat: Flat = False,
    strict: Strict = False,
    as_json: Json = False,
) -> None:
    """Estimate settings of the workload from recorded days, with intervals."""
    from simkit.inputs.loading import load
    from simkit.studio.calibration import calibrate as calibrated
    from simkit.studio.calibration_file import check_ending, write_calibration
    from simkit.ui.cli.day_tables import print_calibration

    if out is not None:
        check_ending(out)
    with stoppable():
        with wanting("a scenario", organisation):
            settings: Settings = load(organisation, flat=flat)
        found = calibrated(files, settings, exact=exact)
        if out is not None:
            write_calibration(found, organisation, out)
    if as_json:
        print_json(found.as_json())
        return
    print_calibration(found, terminal.console())
    if out is not None:
        terminal.show(f"\n{out} has what is told.\nNext: simkit run {out}")

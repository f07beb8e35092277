"""Calibrated settings as a scenario file: each with its interval in a comment above it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap

from simkit.base.errors import BadInput, shown
from simkit.base.files import write_text
from simkit.inputs.saving import flow
from simkit.rules.sections import WorkloadSettings
from simkit.studio.calibration import Calibration

_WIDTH = 98


def check_ending(path: Path) -> None:
    """Refuse a name that does not end as YAML does."""
    if path.suffix.lower() not in (".yaml", ".yml"):
        raise BadInput(file=str(path), found=shown(path.suffix), allowed=".yaml, .yml")


def write_calibration(found: Calibration, base: Path, path: Path) -> None:
    """Write what days tell into a scenario built on another one, whole or not at all.

    ``base`` is named by its way from there. BadInput where the file cannot be written, or would
    take the place of that other one.
    """
    check_ending(path)
    if os.path.lexists(path) and os.path.lexists(base) and path.samefile(base):
        problem = "this is the scenario with the organisation, which it will be built on"
        raise BadInput(problem, file=str(path), allowed="another file")
    way = os.path.relpath(base.resolve(), path.resolve().parent)
    write_text(path, "\n".join(_lines(found, Path(way).as_posix())) + "\n")


def _lines(found: Calibration, base: str) -> Iterator[str]:
    head = "What recorded days tell of the workload, each value with its 95 % interval"
    yield from _comment(f"{head}: {found.about}.")
    for note in found.notes:
        yield from _comment(f"Note: {note}.")
    for field, why in found.untold.items():
        yield from _comment(f"Not told: {field}; {why}.")
    yield f"base: {flow(base)}"
    yield "name: Calibrated from recorded days"
    if found.settings:
        yield "workload:"
    for field in WorkloadSettings.model_fields:
        if field in found:
            each = found[field]
            yield from _comment(f"{each.words}, n = {each.cases:,}: {each.of}.", "  ")
            yield f"  {field}: {flow(each.setting)}"
        elif field == "edit_channel" and found.channel:
            yield f"  {field}: {flow(found.channel)}"


def _comment(words: str, indent: str = "") -> list[str]:
    mark = f"{indent}# "
    return wrap(words, _WIDTH, initial_indent=mark, subsequent_indent=mark)

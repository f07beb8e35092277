"""Results that last: a folder with one Parquet part per finished cell, each whole or not there."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from simkit.base.errors import BadInput
from simkit.base.files import open_regular, reason, replacing, write_text
from simkit.base.outgoing import json_text
from simkit.base.reading import documents
from simkit.studio.cell import SCHEMA, Cell, checksum, kit
from simkit.studio.experiment import Experiment

PARTS, MANIFEST, BASE, TABLE = "cells", "sweep.json", "base.json", "results.parquet"
MOST_BYTES = 1 << 20
"""A part has one row: some kilobytes."""
LIBRARIES = ("numpy", "pyarrow", "pydantic", "scipy", "simpy")


def schema(experiment: Experiment) -> pa.Schema:
    """Give the columns of the results, with their types."""
    text, whole, number = pa.string(), pa.int64(), pa.float64()
    kinds = {bool: pa.bool_(), int: whole, float: number, str: text}
    columns = [("scenario", text)]
    columns += [(name, kinds[kind]) for name, kind in experiment.level_kinds.items()]
    columns += [("replication", whole), ("seed", whole), ("settings", text)]
    columns += [("kit", text), ("schema", whole), ("cell", text)]
    columns += [(name, number) for name in experiment.metrics]
    return pa.schema([*columns, ("checksum", text)])


def table_of(rows: Iterable[dict[str, Any]], experiment: Experiment) -> pa.Table:
    """Give rows as a table."""
    return pa.Table.from_pylist(list(rows), schema(experiment))


class Store:
    """The folder of one sweep."""

    def __init__(self, folder: Path, experiment: Experiment, *, resume: bool) -> None:
        """Open the folder, made if need be.

        BadInput when it holds results already and ``resume`` is not asked for, when they are those
        of another version of the kit, and when the folder cannot be written.
        """
        self.folder, self.parts = folder, folder / PARTS
        self.experiment = experiment
        self.damaged = 0
        """How many parts were found that cannot be read or are not what was written."""
        manifest = folder / MANIFEST
        made_by, columns = _made_by(manifest) or (None, [])
        if made_by is not None and made_by != (kit(), SCHEMA):
            raise BadInput(
                "holds the results of another version of simkit; they are not mixed",
                file=str(folder),
                found=f"{made_by[0]}, schema {made_by[1]}",
                allowed=f"{kit()}, schema {SCHEMA}, or another folder",
            )
        if made_by is not None and not resume:
            raise BadInput(
                "holds the results of a sweep already", file=str(folder), allowed="--resume"
            )
        wanted = _columns(experiment)
        if made_by is not None and columns != wanted:
            raise BadInput(
                "holds the results of a sweep with other factors or metrics; they are not mixed",
                file=str(folder),
                found=", ".join(columns),
                allowed=f"{', '.join(wanted)}, or another folder",
            )
        try:
            self.parts.mkdir(parents=True, exist_ok=True)
            for left_over in self.parts.glob(".*.part"):
                left_over.unlink()
        except OSError as problem:
            raise BadInput(f"cannot be written: {reason(problem)}", file=str(folder)) from None
        base = experiment.base.model_dump(mode="json")
        write_text(folder / BASE, json_text(base) + "\n")
        # Last, for it is what makes the folder one of results.
        write_text(manifest, json_text(about(experiment), indent=2) + "\n")

    def read(self, cell: Cell) -> dict[str, Any] | None:
        """Give the row of a cell, or None when its part is not there, or damaged."""
        path = self._path(cell)
        if path.is_dir():
            raise BadInput(
                "a folder is in the place of a run's part",
                file=str(path),
                allowed="to move it away; --resume then goes on",
            )
        try:
            rows = _rows(path)
        except Exception:
            # A damaged file makes the reader raise nearly anything, up to MemoryError for a
            # length that is none. Whatever it is, the cell has to be run again.
            rows = []
        if rows is None:
            return None
        names = schema(self.experiment).names
        if len(rows) == 1 and list(rows[0]) == names and rows[0]["cell"] == cell.key:
            found: dict[str, Any] = rows[0]
            if found["checksum"] == checksum(found):
                return found
        self.damaged += 1
        return None

    def write(self, row: dict[str, Any]) -> None:
        """Write the part of a finished cell: whole, or not at all. OSError when it cannot be.

        Nothing waits for the disk: what a power cut leaves damaged is found by its checksum.
        """
        target = self.parts / f"{row['cell']}.parquet"
        _write(table_of([row], self.experiment), target)

    def finish(self, table: pa.Table) -> Path:
        """Write the table of all cells into one file and give its path."""
        target = self.folder / TABLE
        _write(table, target)
        return target

    def _path(self, cell: Cell) -> Path:
        return self.parts / f"{cell.key}.parquet"


def _rows(path: Path) -> list[dict[str, Any]] | None:
    """Give the rows of a part, none when it is no such file; None when nothing is there."""
    if not os.path.lexists(path):
        return None
    with (
        open_regular(path, MOST_BYTES) as file,
        pq.ParquetFile(file, page_checksum_verification=True) as part,
    ):
        # A few bytes can stand for a great many rows.
        found: list[dict[str, Any]] = part.read().to_pylist() if part.metadata.num_rows == 1 else []
    return found


def _write(table: pa.Table, target: Path) -> None:
    if not target.is_file():
        # A pipe, a device or a link to one, where only we write: it goes, and nobody follows it.
        with suppress(FileNotFoundError):
            target.unlink()
    with replacing(target) as part:
        pq.write_table(table, part, write_page_checksum=True)


def _columns(experiment: Experiment) -> list[str]:
    """Give what tells the results of one sweep from those of another: factors and metrics."""
    return [*(factor.name for factor in experiment.factors), *experiment.metrics]


def _made_by(manifest: Path) -> tuple[tuple[str, int], list[str]] | None:
    """Give the kit and the schema that a folder was made by, with its factors and metrics.

    None for a new folder.
    """
    if not os.path.lexists(manifest):
        return None
    known = documents.parse(documents.read_text(manifest), str(manifest), "json").data
    try:
        made_by = str(known["kit"]), int(known["schema"])
        return made_by, [*map(str, known["factors"]), *map(str, known["metrics"])]
    except (ValueError, KeyError, TypeError, OverflowError):
        allowed = "what a sweep has written, or another folder"
        raise BadInput("is not the manifest of a sweep", file=str(manifest), allowed=allowed) from (
            None
        )


def about(experiment: Experiment) -> dict[str, Any]:
    """Give what a sweep ran and by which versions, for people and for a later resume.

    The base settings stand in a file of their own, as large as an organisation may be.
    """
    rule = experiment.replications
    return {
        "name": experiment.name,
        "kit": kit(),
        "schema": SCHEMA,
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in LIBRARIES},
        },
        "seed": experiment.seed,
        "replications": rule if isinstance(rule, int) else rule.model_dump(exclude_none=True),
        "metrics": list(experiment.metrics),
        "factors": {
            factor.name: factor.range.model_dump() if factor.range else list(factor.levels)
            for factor in experiment.factors
        },
        "points": len(experiment.points),
    }

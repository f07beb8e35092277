"""A finished run as JSON and as files."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simkit.base.errors import BadInput

if TYPE_CHECKING:
    from simkit.study.run import Run


def run_json(run: Run) -> dict[str, Any]:
    """Give digest, seed, settings and metrics of a run as a JSON document."""
    return {
        "digest": run.digest,
        "seed": run.seed,
        "settings": run.settings.model_dump(mode="json"),
        "metrics": {name: measured._asdict() for name, measured in run.metrics.items()},
    }


def write_run(run: Run, folder: Path) -> list[Path]:
    """Write ``run.json`` and ``log.jsonl`` (one record a line) into a directory.

    Each file appears whole or not at all. BadInput when the directory cannot be written.
    """
    contents = {
        "run.json": iter([json.dumps(run_json(run), indent=2, ensure_ascii=False) + "\n"]),
        "log.jsonl": _log_lines(run),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [_write_whole(folder / name, lines) for name, lines in contents.items()]
    except OSError as problem:
        raise BadInput(f"cannot write into {folder}: {problem.strerror}") from None


def _log_lines(run: Run) -> Iterator[str]:
    for record in run.log:
        row = {
            "t": record.t,
            "actor": record.actor,
            "kind": record.kind,
            "side": record.side,
            "k": record.k,
            "cause": record.cause,
            "data": record.data,
        }
        yield json.dumps(row, ensure_ascii=False) + "\n"


def _write_whole(path: Path, lines: Iterator[str]) -> Path:
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8") as file:
            file.writelines(lines)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path

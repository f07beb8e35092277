"""Runs and studies as JSON, and runs as files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simkit.base.errors import BadInput
from simkit.base.files import reason, write_lines
from simkit.base.outgoing import json_text
from simkit.runs.events import plain
from simkit.runs.metrics.registered import METRICS

if TYPE_CHECKING:
    from simkit.base.statistics import Estimate
    from simkit.engines.running import RunBy
    from simkit.runs.run import Run
    from simkit.study.comparison import FixResult, Study, TrapResult

MOST_LOGGED = 100_000
"""Of more agents as columns no log is made for a file: it would take minutes, and gigabytes."""


def _is_logged(run: Run) -> bool:
    return run.engine == "processes" or len(run.days) <= MOST_LOGGED


def run_json(run: Run) -> dict[str, Any]:
    """Give digest, seed, number of agents, settings and metrics of a run as a JSON document.

    The digest is None where no log is made, of more than 100,000 agents as columns.
    """
    return {
        "digest": run.digest if _is_logged(run) else None,
        "seed": run.seed,
        "agents": len(run.days),
        "settings": run.settings.model_dump(mode="json"),
        "metrics": {name: measured._asdict() for name, measured in run.metrics.items()},
    }


def write_run(run: Run, folder: Path) -> list[Path]:
    """Write ``run.json`` and ``log.jsonl`` (one record a line) into a directory.

    Each file appears whole or not at all. BadInput, which says what is there, when the disk is
    full or the directory cannot be written, and where no log is made of so many agents.
    """
    if not _is_logged(run):
        allowed = f"{MOST_LOGGED:,} agents at most; --json gives the metrics of more"
        raise BadInput("no log is made of so many", found=run.how_many, allowed=allowed)
    contents = {
        "run.json": iter([json_text(run_json(run), indent=2) + "\n"]),
        "log.jsonl": _log_lines(run),
    }
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, lines in contents.items():
            written.append(write_lines(folder / name, lines))
    except OSError as problem:
        there = ", ".join(path.name for path in written) or "nothing"
        said = f"cannot be written: {reason(problem)}; of {', '.join(contents)} there is {there}"
        raise BadInput(said, file=str(folder)) from None
    return written


def _log_lines(run: Run) -> Iterator[str]:
    for record in run.log:
        row = {
            "t": record.t,
            "actor": record.actor,
            "kind": record.kind,
            "side": record.side,
            "k": record.k,
            "cause": record.cause,
            "data": plain(record.data),
        }
        yield json_text(row) + "\n"


def study_json(result: Study) -> dict[str, Any]:
    """Give a study as the JSON document that ``simkit traps --json`` prints."""
    document: dict[str, Any] = {
        "profile": result.profile,
        "seed": result.seed,
        "replications": result.replications,
        "ok": result.ok,
        "traps": [_trap_json(one) for one in result.traps],
    }
    if result.combinations:
        document["combinations"] = [
            {
                "ingredients": c.ingredients,
                **_measured_json(c.estimate, c.run_by),
                "verdict": c.verdict,
            }
            for c in result.combinations
        ]
    if result.matrix:
        by = result.matrix.run_by
        document["matrix"] = {
            "mechanisms": [m.id for m in result.matrix.mechanisms],
            "fixes": result.matrix.fixes,
            "verdicts": result.matrix.verdicts,
            "rows": [
                _measured_json(row, own)
                for row, (own, *_) in zip(result.matrix.rows, by, strict=True)
            ],
            "hollow": result.matrix.hollow,
            "cells": [
                list(map(_measured_json, row, rest))
                for row, (_, *rest) in zip(result.matrix.cells, by, strict=True)
            ],
        }
    return document


def _trap_json(result: TrapResult) -> dict[str, Any]:
    metric, said = result.trap.metric, result.trap.on_platform
    return {
        "id": result.trap.id,
        "title": result.trap.title,
        **(said.model_dump(include={"relation", "why", "source", "grade"}) if said else {}),
        "metric": metric,
        "unit": METRICS[metric].unit,
        "reproduced": result.reproduced,
        "base": _measured_json(result.base, result.run_by["base"]),
        "trap": _measured_json(result.estimate, result.run_by["trap"]),
        "fixes": [_fix_json(fix) for fix in result.fixes],
        "remedies": [_fix_json(fix) for fix in result.remedies],
        "readings": [
            {"id": r.id, "title": r.title, **_measured_json(values, result.run_by[r.id])}
            for r, values in result.readings
        ],
        "secondary": [
            {
                "metric": name,
                "unit": METRICS[name].unit,
                "base": means["base"],
                "trap": means["trap"],
                "fixes": {who: v for who, v in means.items() if who not in ("base", "trap")},
            }
            for name, means in result.secondary.items()
        ],
    }


def _measured_json(estimate: Estimate, run_by: RunBy) -> dict[str, Any]:
    return {**estimate.as_json(), "engine": run_by.engine, "why_engine": run_by.why}


def _fix_json(fix: FixResult) -> dict[str, Any]:
    return {
        "id": fix.change.id,
        "title": fix.change.title,
        "diff": [{"field": d.field, "from": d.old, "to": d.new} for d in fix.diff],
        "fix": _measured_json(fix.estimate, fix.run_by),
        "difference": {
            **fix.paired.difference.as_json(),
            "correlation": fix.paired.correlation,
        },
        "promise": fix.change.promise,
        "verdict": fix.verdict,
        "identical": fix.identical,
        "costs": [
            {"metric": c.metric, "unit": METRICS[c.metric].unit, "trap": c.trap, "fix": c.fix}
            for c in fix.costs
        ],
    }

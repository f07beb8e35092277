"""What the kit computes stays what it is: digests and metrics of whole runs, written down once.

``pinned/results.json`` holds what a release gave. No value in it was reasoned out,
so it says nothing about what is right; it says that a change of the code's shape changed nothing.
What is new since then, a metric, a trap or a fix, changes nothing of it and need not be in it.
Whoever means to change results says so in the changelog and writes it again:
``python tests/test_pinned.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest

import simkit
from simkit.base import resources
from simkit.rules.settings import Settings
from simkit.runs.metrics.registered import METRICS

KEPT = Path(__file__).parent / "pinned" / "results.json"
SCENARIOS = resources.directory("data") / "scenarios"
RECORDED = Path(__file__).parent / "cases" / "recorded"
SEEDS = (1, 11)


def whole(settings: Settings, seed: int, metrics: Sequence[str], **workload: Any) -> dict[str, Any]:
    """Give the digest and metrics of a run, by name."""
    run = simkit.run(settings, seed, engine="processes", **workload)
    values = (measured.value for measured in run.measure(metrics))
    return {"digest": run.digest, "metrics": dict(zip(metrics, values, strict=True))}


def short(settings: Settings, seed: int, metrics: Sequence[str]) -> str:
    """Give one hash over the digest and the values of metrics of a run."""
    found = whole(settings, seed, metrics)
    values = [found["digest"], *map(repr, found["metrics"].values())]
    return blake2b(" ".join(values).encode(), digest_size=12).hexdigest()


def scenario(name: str, metrics: Sequence[str]) -> dict[str, Any]:
    """Give what a scenario file of the kit comes to, at each seed."""
    settings = simkit.load(SCENARIOS / f"{name}.yaml")
    return {str(seed): whole(settings, seed, metrics) for seed in SEEDS}


def changes(trap_id: str, metrics: Sequence[str]) -> dict[str, list[str]]:
    """Give what every change that a trap's entry names comes to, in short, at each seed."""
    trap = simkit.traps[trap_id]
    entry = trap.entry
    every = (*entry.fixes, *entry.remedies, *entry.readings, *entry.mechanisms)
    return {
        change.id: [short(trap.fixed(change.id), seed, metrics) for seed in SEEDS]
        for change in every
    }


def recorded(name: str, metrics: Sequence[str]) -> dict[str, Any]:
    """Give what a recorded day comes to."""
    settings = simkit.load(SCENARIOS / "E4.yaml")
    return whole(settings, 1, metrics, workload=RECORDED / name)


def names() -> Iterator[tuple[str, str]]:
    """Give the kind and the name of everything that can be written down."""
    for file in sorted(SCENARIOS.glob("*.yaml")):
        yield "scenario", file.stem
    for trap_id in simkit.traps:
        yield "changes", trap_id
    for file in sorted(RECORDED.glob("*.csv")):
        try:
            simkit.read_trace(file, simkit.load(SCENARIOS / "E4.yaml"), seed=1)
        except simkit.BadInput:
            continue
        yield "recorded", file.name


MADE = {"scenario": scenario, "changes": changes, "recorded": recorded}


@cache
def kept() -> dict[str, Any]:
    """Give what is written down."""
    found: dict[str, Any] = json.loads(KEPT.read_text(encoding="utf-8"))
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind in MADE for name in kept()[kind]])
@pytest.mark.some(8)
def test_results_are_as_they_were(kind: str, name: str) -> None:
    """Every digest and every metric, to the last digit, is what was written down."""
    metrics = list(kept()["scenario"]["healthy"]["1"]["metrics"])
    was = kept()[kind][name]
    found = MADE[kind](name, metrics)
    assert {key: found[key] for key in was} == was


def write() -> None:
    """Write down what everything comes to now."""
    found: dict[str, dict[str, Any]] = {kind: {} for kind in MADE}
    for kind, name in names():
        found[kind][name] = MADE[kind](name, list(METRICS))
    KEPT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()

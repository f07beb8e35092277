"""Runs settings by processes."""

from __future__ import annotations

from simkit.base import given
from simkit.engines.processes.build import simulate
from simkit.rules.settings import Settings
from simkit.rules.workload import Workload
from simkit.runs.outcome import Clock
from simkit.runs.run import Run


def run(
    settings: Settings,
    seed: int | None = None,
    *,
    clock: Clock | None = None,
    workload: Workload | None = None,
) -> Run:
    """Run a world by processes and give what happened. Without a seed, that of the settings counts.

    ``clock`` is ``"tick"``, ``"skip"`` or, by default, the fastest that is exact; BadInput when
    skipping is asked for where it is not exact. A workload of your own replaces the drawn one.
    """
    seed = settings.seed if seed is None else given.seed(seed)
    return Run(simulate(settings, seed, clock=clock, workload=workload))

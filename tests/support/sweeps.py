"""Results of sweeps made by hand, so that tests know every number in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from simkit.rules.settings import Settings
from simkit.studio.experiment import Experiment, experiment
from simkit.studio.results import Results
from simkit.studio.store import table_of

Values = Callable[[str, int], Sequence[float | None]]
"""Gives the values of a metric over the replications of the point at a place."""


def by_hand(
    settings: Settings,
    factors: Mapping[str, Any],
    metrics: Sequence[str],
    values: Values,
    **more: Any,
) -> Results:
    """Give results whose values are those that ``values`` gives."""
    made = experiment(settings, factors, metrics=metrics, **{"replications": 2, **more})
    return filled(made, values)


def filled(made: Experiment, values: Values, **more: Any) -> Results:
    """Give results of an experiment, without running it."""
    rows = []
    for i, point in enumerate(made.points):
        columns = {metric: list(values(metric, i)) for metric in made.metrics}
        levels = {name: made.column(name, level) for name, level in point.levels.items()}
        for r in range(max(map(len, columns.values()))):
            row = {"scenario": made.name, "replication": r, "settings": point.settings.hash}
            rows.append(row | levels | {m: column[r] for m, column in columns.items()})
    return Results(made, table_of(rows, made), **more)


def around(mean: float, half: float) -> tuple[float, float]:
    """Give two values with a mean; the standard error of their mean is ``half``.

    Their deviations are -half and +half, so that s² = 2 half² and s²/2 = half².
    """
    return mean - half, mean + half

"""One field varied, one metric measured: the smallest study there is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simkit.base.statistics import Estimate
from simkit.inputs.trap_file import known_metric
from simkit.rules.settings import Settings
from simkit.runs.metrics.registered import METRICS
from simkit.study.replication import replicate


def vary(
    settings: Settings,
    field: str,
    values: Sequence[Any],
    metric: str,
    *,
    replications: int = 5,
    seed: int = 1,
    jobs: int = 1,
) -> list[tuple[Any, Estimate]]:
    """Give (value, estimate of the metric) for each value of one field, all else as it is.

    Replication r uses seed + r for every value: values differ, random numbers do not. The field
    is named by its dotted path or last part. BadInput for a field or a value that cannot be used;
    ValueError for an unknown metric.
    """
    name = known_metric(metric)
    varied = [settings.replace({field: value}) for value in values]
    wanted = {one.hash: (one, {name}) for one in varied}
    found = replicate(wanted, range(seed, seed + replications), jobs=jobs)
    rows = [found[one.hash][name] for one in varied]
    return [
        (value, METRICS[name].estimate([each for each in row if each is not None]))
        for value, row in zip(values, rows, strict=True)
    ]

"""How often 95 % intervals hold what they should: measured, and said where it falls short."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from simkit.base import resources
from simkit.base.statistics import Estimate, estimate
from simkit.studio.intervals import proportion

TRIALS, REPLICATIONS = 1_000, 20
SHORT_BELOW = 0.93
"""An interval falls short when it covers less than this, 95 ± 2 % being as good as asked for."""


class Coverage(NamedTuple):
    """In how many trials the interval of a metric held the mean."""

    hits: tuple[bool, ...]
    """Trial by trial."""
    mean: float
    """What the intervals should hold: the mean over all runs of all trials."""

    @property
    def share(self) -> Estimate:
        """The share of trials that held it, with its Wilson interval."""
        return proportion(sum(self.hits), len(self.hits))


def coverage(values: Sequence[float], replications: int = REPLICATIONS) -> Coverage:
    """Give the coverage of Student's interval over consecutive trials of so many replications."""
    mean = sum(values) / len(values)
    trials = [estimate(values[i : i + replications]) for i in range(0, len(values), replications)]
    return Coverage(tuple(e.low <= mean <= e.high for e in trials), mean)


@cache
def measured() -> dict[str, Any]:
    """Give the kept measurement, ``data/coverage.json``: settings, trials, and each metric."""
    path = resources.directory("data") / "coverage.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def caution(metric: str) -> str:
    """Give what to say beside the interval of a metric, empty where there is nothing to say."""
    known = measured()["metrics"].get(metric)
    if known is None or known["coverage"] >= SHORT_BELOW:
        return ""
    return (
        f"95 % intervals of {measured()['replications']} runs held the mean in only "
        f"{100 * known['coverage']:.0f} % of {measured()['trials']:,} trials"
    )

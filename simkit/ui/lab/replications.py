"""Days with other random numbers, for the numbers that a lab shows: means with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simkit.base.progress import Progress
from simkit.base.statistics import Estimate, paired
from simkit.rules.settings import Settings
from simkit.runs.metrics.registered import METRICS
from simkit.study.comparison import is_reproduced, verdict
from simkit.study.replication import Values, replicate
from simkit.study.verdicts import Verdict

Wanted = Mapping[str, tuple[Settings, set[str]]]
"""Settings by their hash, with the metrics that are wanted of them."""


class Replications:
    """What was measured over replications so far. Replication r of a seed uses seed + r.

    Drawn workloads are measured: what somebody does as an agent belongs to one day.
    """

    def __init__(self) -> None:
        self._values: dict[tuple[str, int, int], Values] = {}

    def missing(self, wanted: Wanted, seed: int, replications: int) -> Wanted:
        """Give what of it is not measured yet."""
        found = {}
        for key, (settings, metrics) in wanted.items():
            known = self._values.get((key, seed, replications), {})
            if rest := metrics - known.keys():
                found[key] = settings, rest
        return found

    def measure(
        self,
        wanted: Wanted,
        seed: int,
        replications: int,
        progress: Progress | None = None,
    ) -> None:
        """Measure what is missing and keep it; ``progress`` is that of ``replicate``.

        In this process: workers would take longer to start than most of this, and from a browser.
        """
        missing = self.missing(wanted, seed, replications)
        if not missing:
            return
        seeds = range(seed, seed + replications)
        for key, values in replicate(missing, seeds, progress=progress).items():
            self._values.setdefault((key, seed, replications), {}).update(values)

    def values(
        self, settings: Settings, metric: str, seed: int, replications: int
    ) -> list[float] | None:
        """Give the values of a metric, where it applies; None where it is not measured."""
        known = self._values.get((settings.effective.hash, seed, replications), {}).get(metric)
        return None if known is None else [value for value in known if value is not None]

    def estimate(
        self, settings: Settings, metric: str, seed: int, replications: int
    ) -> Estimate | None:
        """Give a metric's mean with its interval; None where there are not two values of it."""
        values = self.values(settings, metric, seed, replications)
        return METRICS[metric].estimate(values) if values and len(values) > 1 else None

    def verdict(
        self,
        metric: str,
        compared: Sequence[Settings],
        promise: str | None,
        seed: int,
        replications: int,
    ) -> Verdict | None:
        """Judge a trap, or a change of it; None where it is not measured.

        ``compared`` are the healthy deployment, the trap, and where there is one the change.
        """
        found = [self.values(settings, metric, seed, replications) for settings in compared]
        if not all(found):
            return None
        base, trap, *fixed = (values or [] for values in found)
        estimates = [METRICS[metric].estimate(values) for values in (base, trap, *fixed)]
        shows = is_reproduced(base, trap)
        if not fixed:
            word = "reproduced" if shows else "not shown"
            healthy, shown = estimates
            return Verdict(word, None, shown, healthy, None, False, replications, seed)
        return Verdict(
            word=verdict(trap, fixed[0], shows),
            promise=promise,
            trap=estimates[1],
            after=estimates[2],
            difference=paired(trap, fixed[0]).difference,
            identical=trap == fixed[0],
            replications=replications,
            seed=seed,
        )

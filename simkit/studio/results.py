"""The results of a sweep: estimates, paired differences, quantiles, effects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from simkit.base.errors import BadInput, closest
from simkit.base.files import refusing, replacing
from simkit.base.formatting import counted
from simkit.base.statistics import Estimate, Paired, paired
from simkit.studio.design import Level, Point, level_words
from simkit.studio.experiment import Experiment
from simkit.studio.information_age import MEASURES
from simkit.studio.intervals import proportion, quantile


@dataclass(frozen=True)
class Effect:
    """What moving one factor to another level does, all else as it is."""

    factor: str
    reference: Level
    level: Level
    paired: Paired


class Results:
    """What a sweep found. One row of the table is one run."""

    def __init__(
        self,
        experiment: Experiment,
        table: pa.Table,
        *,
        complete: bool = True,
        notes: Sequence[str] = (),
    ) -> None:
        self.experiment = experiment
        self.table = table
        """All rows, by point and replication, as a pyarrow table."""
        self.complete = complete
        """Whether all that was asked for was run; not so when the budget was used up."""
        self.notes = tuple(notes)
        self._values: dict[str, list[list[float | None]]] = {}

    def __repr__(self) -> str:
        return (
            f"Results({self.experiment.name!r}, "
            f"{counted(len(self.experiment.points), 'point')}, "
            f"{counted(self.table.num_rows, 'run')})"
        )

    @property
    def points(self) -> tuple[Point, ...]:
        """The points of the design, in its order."""
        return self.experiment.points

    def point(self, levels: Mapping[str, Any] | None = None, **more: Any) -> int:
        """Give the place of the one point with these levels, by full or last names of factors.

        BadInput when none or several have them.
        """
        wanted = {self.factor(name): level for name, level in {**(levels or {}), **more}.items()}
        found = [
            i
            for i, point in enumerate(self.points)
            if all(point.levels[name] == level for name, level in wanted.items())
        ]
        if len(found) != 1:
            said = ", ".join(f"{name}={level_words(level)}" for name, level in wanted.items())
            raise BadInput(f"{len(found)} points have {said or 'any levels'}", allowed="exactly 1")
        return found[0]

    def factor(self, name: str) -> str:
        """Give the full name of a factor by its full or last name; BadInput when there is none."""
        known = {n: f.name for f in self.experiment.factors for n in (_last(f.name), f.name)}
        if name not in known:
            allowed = ", ".join(factor.name for factor in self.experiment.factors)
            raise BadInput(f"unknown factor {name!r}{closest(name, known)}", allowed=allowed)
        return known[name]

    def values(self, point: int, metric: str) -> list[float]:
        """Give the values of a metric over the replications of a point, in their order.

        Empty where the metric does not apply; BadInput when it was not measured.
        """
        if metric not in self.experiment.metrics:
            allowed = ", ".join(self.experiment.metrics)
            raise BadInput(f"metric {metric!r} was not measured", allowed=allowed)
        if metric not in self._values:
            self._values[metric] = self._by_point(metric)
        return [value for value in self._values[metric][point] if value is not None]

    def _by_point(self, metric: str) -> list[list[float | None]]:
        settings = [point.settings.hash for point in self.points]
        names = list(self.experiment.level_kinds)
        place = {
            (own, *(self.experiment.column(name, point.levels[name]) for name in names)): i
            for i, (own, point) in enumerate(zip(settings, self.points, strict=True))
        }
        found: list[list[float | None]] = [[] for _ in self.points]
        columns = [self.table.column(name).to_pylist() for name in ("settings", *names, metric)]
        for *key, value in zip(*columns, strict=True):
            found[place[tuple(key)]].append(value)
        return found

    def estimate(self, point: int, metric: str) -> Estimate | None:
        """Give the mean with its 95 % Student interval; None for fewer than two values.

        The interval is cut at what the metric can be.
        """
        values = self.values(point, metric)
        return MEASURES[metric].estimate(values) if len(values) > 1 else None

    def quantile(self, point: int, metric: str, p: float) -> Estimate | None:
        """Give a quantile over the replications with its 95 % interval; None without values.

        Order statistics, so whatever the distribution: of 20 days, say, the median.
        """
        values = self.values(point, metric)
        return quantile(values, p) if values else None

    def share_within(self, point: int, metric: str, at_most: float) -> Estimate | None:
        """Give the share of replications that keep a limit, with its 95 % Wilson interval."""
        values = self.values(point, metric)
        kept = sum(value <= at_most for value in values)
        return proportion(kept, len(values)) if values else None

    def compare(self, before: int, after: int, metric: str) -> Paired | None:
        """Give the difference after - before under common random numbers, with the correlation.

        Replication r of both met the same random numbers. None for fewer than two pairs.
        """
        a, b = self.values(before, metric), self.values(after, metric)
        n = min(len(a), len(b))
        return paired(a[:n], b[:n]) if n > 1 else None

    def effects(self, metric: str, at: int = 0) -> list[Effect]:
        """Give what moving one factor does, from the levels of the point ``at``, largest first.

        For each point of the design that differs from it in one factor.
        """
        here = self.points[at].levels
        found = []
        for i, point in enumerate(self.points):
            moved = [name for name, level in point.levels.items() if level != here[name]]
            if len(moved) == 1 and (difference := self.compare(at, i, metric)):
                (name,) = moved
                found.append(Effect(name, here[name], point.levels[name], difference))
        return sorted(found, key=lambda e: -abs(e.paired.difference.mean))

    def write(self, path: str | Path) -> None:
        """Write the table into a Parquet file, whole or not at all; BadInput when it cannot be."""
        import pyarrow.parquet as pq

        with refusing(path), replacing(Path(path)) as part:
            pq.write_table(self.table, part)


def _last(name: str) -> str:
    return name.rsplit(".", 1)[-1]

"""Traps and fixes compared under common random numbers, and the verdicts that follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from simkit.base import given
from simkit.base.formatting import interval
from simkit.base.progress import Progress
from simkit.base.statistics import Estimate, Paired, estimate, paired
from simkit.engines.running import RunBy, measured_by
from simkit.inputs.profiles import GUIDE
from simkit.inputs.trap_file import Change
from simkit.rules.settings import Difference, Settings, diff
from simkit.runs.metrics.registered import METRICS
from simkit.study.catalogue import Trap, traps, traps_of
from simkit.study.replication import Values, replicate

REPLICATIONS = 10
CURED_BELOW = 0.05
"""A fix is ``cured`` when its interval ends at or below this share of the trap's mean."""
CHANGED_BEYOND = 0.10
"""It is ``reduced`` or ``worse`` when the paired interval lies beyond this share of that mean."""

MISSING = "missing_gap_s"
MORE_S = 60.0
"""A fix is hollow when usable codes are missing for this much longer per agent and shift."""


@dataclass(frozen=True)
class Cost:
    """One metric of what a fix costs, in the trap and with the fix."""

    metric: str
    trap: float | None
    fix: float | None


@dataclass(frozen=True)
class FixResult:
    """A fix, measured."""

    change: Change
    diff: list[Difference]
    estimate: Estimate
    paired: Paired
    verdict: str
    identical: bool
    costs: list[Cost]
    run_by: RunBy


@dataclass(frozen=True, repr=False)
class TrapResult:
    """A trap and its fixes, measured."""

    trap: Trap
    reproduced: bool
    base: Estimate
    estimate: Estimate
    fixes: list[FixResult]
    remedies: list[FixResult]
    readings: list[tuple[Change, Estimate]]
    secondary: dict[str, dict[str, float | None]]
    """Mean of each secondary metric in ``base``, in ``trap`` and with each fix."""
    run_by: dict[str, RunBy]
    """The engine that ran ``base``, ``trap`` and each reading, and why."""

    @property
    def as_said(self) -> bool:
        """Whether it shows, or does not where the profile says that it vanishes."""
        said = self.trap.on_platform
        return self.reproduced != (said is not None and said.relation == "vanishes")

    def __repr__(self) -> str:
        metric = METRICS[self.trap.metric]
        shown = "reproduced" if self.reproduced else "not shown"
        lines = [f"{self.trap.id} {metric.title}: {interval(self.estimate, metric.unit)}, {shown}"]
        lines += [
            f"  {fix.change.id} {fix.verdict}: {interval(fix.estimate, metric.unit)}"
            for fix in (*self.fixes, *self.remedies)
        ]
        return "\n".join(lines)


@dataclass(frozen=True)
class Combination:
    """One of the sixteen combinations of E2's ingredients."""

    ingredients: dict[str, bool]
    estimate: Estimate
    verdict: str
    run_by: RunBy


@dataclass(frozen=True)
class Matrix:
    """Fixes against mechanisms: what cures which cause of the same symptom."""

    mechanisms: list[Change]
    fixes: list[str]
    rows: list[Estimate]
    verdicts: list[list[str]]
    cells: list[list[Estimate]]
    hollow: list[list[bool]]
    """Where a fix cures the metric by leaving the list empty: usable codes go missing for it."""
    run_by: list[list[RunBy]]
    """By which engine each mechanism was run, alone and then with each fix."""


@dataclass(frozen=True, repr=False)
class Study:
    """Everything that ``simkit traps`` shows."""

    profile: str
    seed: int
    replications: int
    traps: list[TrapResult]
    combinations: list[Combination] = field(default_factory=list)
    matrix: Matrix | None = None

    @property
    def ok(self) -> bool:
        """Whether every trap is as it is said to be, and no fix of one that shows is in vain."""
        return all(
            result.as_said
            and (
                not result.reproduced
                or all(f.verdict in ("cured", "reduced") for f in result.fixes)
            )
            for result in self.traps
        )

    @property
    def run_by(self) -> dict[str, RunBy]:
        """The engine that ran each setting, and why, by what the setting is called."""
        found: dict[str, RunBy] = {}
        for result in self.traps:
            name = result.trap.id
            for part, by in result.run_by.items():
                found[name if part == "trap" else f"{name} {part}"] = by
            found |= {fix.change.id: fix.run_by for fix in (*result.fixes, *result.remedies)}
        for combination in self.combinations:
            there = [name for name, is_in in combination.ingredients.items() if is_in]
            found[f"E2 with {', '.join(there) or 'nothing'}"] = combination.run_by
        if self.matrix:
            for mechanism, row in zip(self.matrix.mechanisms, self.matrix.run_by, strict=True):
                names = (mechanism.id, *(f"{mechanism.id}+{fix}" for fix in self.matrix.fixes))
                found |= zip(names, row, strict=True)
        return found

    def __repr__(self) -> str:
        return "\n".join(map(repr, self.traps))


def verdict(trap: Sequence[float], fix: Sequence[float], reproduced: bool) -> str:
    """Give the measured verdict on a fix from paired replications of a symptom metric.

    >>> verdict([10.0, 11.0, 12.0], [0.0, 0.1, 0.0], reproduced=True)
    'cured'
    """
    if not reproduced:
        return "n/a"
    mean = sum(trap) / len(trap)
    if estimate(fix).high <= CURED_BELOW * mean:
        return "cured"
    difference = paired(trap, fix).difference
    if difference.high < -CHANGED_BEYOND * mean:
        return "reduced"
    return "worse" if difference.low > CHANGED_BEYOND * mean else "unchanged"


def is_reproduced(base: Sequence[float], trap: Sequence[float]) -> bool:
    """Say whether a trap shows: its interval is above 0 and the healthy base is far below it."""
    shown = estimate(trap)
    return shown.low > 0 and sum(base) / len(base) <= CURED_BELOW * shown.mean


class Plan:
    """Collects the runs that a study needs, so that each distinct one is made once."""

    def __init__(self) -> None:
        self._wanted: dict[str, tuple[Settings, set[str]]] = {}
        self._values: dict[str, Values] = {}

    def want(self, settings: Settings, *metrics: str) -> None:
        """Ask for metrics of some settings."""
        self._wanted.setdefault(settings.effective.hash, (settings, set()))[1].update(metrics)

    def run(self, seeds: Sequence[int], jobs: int, progress: Progress | None) -> None:
        """Make all runs."""
        self._values = replicate(self._wanted, seeds, jobs=jobs, progress=progress)

    def values(self, settings: Settings, metric: str) -> list[float]:
        """Give a metric's values over the replications; where it does not apply there is none."""
        values = self._values[settings.effective.hash][metric]
        return [value for value in values if value is not None]

    def mean(self, settings: Settings, metric: str) -> float | None:
        """Give a metric's mean, or None where it does not apply."""
        values = self.values(settings, metric)
        return sum(values) / len(values) if values else None


def compare_traps(
    trap_ids: Sequence[str] = (),
    *,
    profile: str | Path = GUIDE,
    seed: int = 1,
    replications: int = REPLICATIONS,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Study:
    """Measure traps of a profile's catalogue with all their fixes; all of them when none is named.

    ``profile`` is a name or a file. Replication r uses seed + r. BadInput for an unknown trap or
    profile, or fewer than two replications.
    """
    catalogue = traps_of(profile)
    chosen = [catalogue[trap_id] for trap_id in trap_ids or catalogue]
    plan = Plan()
    for trap in chosen:
        _want_trap(plan, trap)
    seeds = _seeds(seed, replications)
    plan.run(seeds, jobs, progress)
    e2 = next((t for t in chosen if t.entry.ingredients), None)
    e4 = next((t for t in chosen if t.entry.mechanisms), None)
    return Study(
        chosen[0].settings.profile,
        seeds.start,
        len(seeds),
        [_result(plan, trap, trap.fixes, trap.remedies, trap.entry.readings) for trap in chosen],
        _combinations(plan, e2) if e2 else [],
        _matrix(plan, e4) if e4 else None,
    )


def compare(
    trap: Trap | str,
    *fixes: str,
    replications: int = REPLICATIONS,
    seed: int = 1,
    jobs: int = 1,
) -> TrapResult:
    """Compare a trap with fixes, each on its own; ``"E4a+E4b"`` is both together.

    Without fixes, all documented ones are compared. Replication r uses seed + r, the same for
    trap and fix. ``jobs`` above 1 uses processes; a script must then guard its entry by
    ``if __name__ == "__main__"``.
    """
    trap = trap if isinstance(trap, Trap) else traps[given.text("trap", trap)]
    changes = [combined(trap, fix) for fix in fixes] or list(trap.fixes)
    return measure(trap, changes, replications=replications, seed=seed, jobs=jobs)


def measure(
    trap: Trap,
    changes: Sequence[Change],
    *,
    replications: int = REPLICATIONS,
    seed: int = 1,
    jobs: int = 1,
    progress: Progress | None = None,
) -> TrapResult:
    """Compare a trap with changes of any kind, in the catalogue or not, as ``compare`` does.

    ``progress`` is called after each run with how many are done, and of how many.
    """
    plan = Plan()
    _want(plan, trap, changes)
    plan.run(_seeds(seed, replications), jobs, progress)
    return _result(plan, trap, changes)


def _seeds(seed: int, replications: int) -> range:
    first = given.seed(seed)
    return range(first, first + given.whole("replications", replications, high=100_000))


def combined(trap: Trap, fix: str) -> Change:
    """Give a fix, remedy or reading by its id, or several joined by ``+`` as one change."""
    parts = [trap.change(one) for one in given.text("fix", fix).split("+")]
    if len(parts) == 1:
        return parts[0]
    merged: dict[str, Any] = {}
    for part in parts:
        merged |= part.set
    return Change(
        id=fix,
        title=" and ".join(part.title for part in parts),
        set=merged,
        costs=tuple(dict.fromkeys(cost for part in parts for cost in part.costs)),
    )


def _want(plan: Plan, trap: Trap, changes: Sequence[Change]) -> None:
    metrics = (trap.metric, *trap.entry.secondary)
    costs = {cost for change in changes for cost in change.costs}
    plan.want(trap.base, *metrics)
    plan.want(trap.settings, *metrics, *costs)
    for change in changes:
        plan.want(trap.settings.replace(change.set), *metrics, *change.costs)


def _want_trap(plan: Plan, trap: Trap) -> None:
    _want(plan, trap, (*trap.fixes, *trap.remedies))
    for reading in trap.entry.readings:
        plan.want(trap.settings.replace(reading.set), trap.metric)
    for _, settings in _combined_settings(trap):
        plan.want(settings, trap.metric)
    for row in _matrix_settings(trap):
        for settings in row:
            plan.want(settings, trap.metric, MISSING)


def _result(
    plan: Plan,
    trap: Trap,
    fixes: Sequence[Change],
    remedies: Sequence[Change] = (),
    readings: Sequence[Change] = (),
) -> TrapResult:
    metric = METRICS[trap.metric]
    base = plan.values(trap.base, trap.metric)
    values = plan.values(trap.settings, trap.metric)
    reproduced = is_reproduced(base, values)

    def measured(change: Change) -> FixResult:
        settings = trap.settings.replace(change.set)
        fixed = plan.values(settings, trap.metric)
        return FixResult(
            change,
            diff(trap.settings, settings),
            metric.estimate(fixed),
            paired(values, fixed),
            verdict(values, fixed, reproduced),
            values == fixed,
            [Cost(c, plan.mean(trap.settings, c), plan.mean(settings, c)) for c in change.costs],
            measured_by(settings),
        )

    settings = {"base": trap.base, "trap": trap.settings}
    settings |= {change.id: trap.settings.replace(change.set) for change in fixes}
    read = {reading.id: trap.settings.replace(reading.set) for reading in readings}
    return TrapResult(
        trap,
        reproduced,
        metric.estimate(base),
        metric.estimate(values),
        [measured(change) for change in fixes],
        [measured(change) for change in remedies],
        [(r, metric.estimate(plan.values(read[r.id], trap.metric))) for r in readings],
        {
            name: {who: plan.mean(s, name) for who, s in settings.items()}
            for name in trap.entry.secondary
        },
        {
            who: measured_by(s)
            for who, s in {"base": trap.base, "trap": trap.settings, **read}.items()
        },
    )


def _combined_settings(trap: Trap) -> list[tuple[dict[str, bool], Settings]]:
    parts = trap.entry.ingredients
    rows = []
    for present in product((False, True), repeat=len(parts)) if parts else ():
        changes: dict[str, Any] = {}
        for part, is_in in zip(parts, present, strict=True):
            changes |= part.set if is_in else {}
        names = {part.name: is_in for part, is_in in zip(parts, present, strict=True)}
        rows.append((names, trap.settings.replace(changes)))
    return rows


def _combinations(plan: Plan, trap: Trap) -> list[Combination]:
    base, values = (plan.values(s, trap.metric) for s in (trap.base, trap.settings))
    reproduced = is_reproduced(base, values)
    result = []
    for names, settings in _combined_settings(trap):
        combined = plan.values(settings, trap.metric)
        found = METRICS[trap.metric].estimate(combined)
        word = verdict(values, combined, reproduced)
        result.append(Combination(names, found, word, measured_by(settings)))
    return result


def _matrix_settings(trap: Trap) -> list[list[Settings]]:
    """Rows of settings: the mechanism alone, then with each fix of the matrix."""
    fixes = [_change_of(trap, fix) for fix in trap.entry.matrix_fixes]
    rows = []
    for mechanism in trap.entry.mechanisms:
        own = trap.settings.replace(mechanism.set)
        rows.append([own, *(own.replace(fix.set) for fix in fixes)])
    return rows


def _change_of(trap: Trap, fix: str) -> Change:
    owner = trap if any(fix == change.id for change in trap.fixes) else traps.owner(fix)
    return owner.change(fix)


def _matrix(plan: Plan, trap: Trap) -> Matrix:
    """Compute the matrix. A row that is not surely above plain polling, the last row, is n/a."""
    settings = _matrix_settings(trap)
    rows = [[plan.values(s, trap.metric) for s in row] for row in settings]
    plain, metric = rows[-1][0], METRICS[trap.metric]
    verdicts = []
    for own, *fixed in rows:
        shows = paired(plain, own).difference.low > 0
        verdicts.append([verdict(own, values, shows) for values in fixed])
    missing = [[plan.values(s, MISSING) for s in row] for row in settings]
    return Matrix(
        list(trap.entry.mechanisms),
        list(trap.entry.matrix_fixes),
        [metric.estimate(row[0]) for row in rows],
        verdicts,
        [[metric.estimate(values) for values in row[1:]] for row in rows],
        [[paired(own, fixed).difference.low > MORE_S for fixed in rest] for own, *rest in missing],
        [[measured_by(s) for s in row] for row in settings],
    )

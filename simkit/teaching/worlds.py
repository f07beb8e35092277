"""Worlds of exercises as settings, and metrics of them over replications."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from simkit.base import resources
from simkit.base.errors import InputNotice
from simkit.base.statistics import Estimate
from simkit.engines.running import run
from simkit.inputs.loading import load, load_organisation
from simkit.rules.organisation import Organisation
from simkit.rules.settings import Settings
from simkit.runs.metrics.registered import METRICS
from simkit.runs.run import Run
from simkit.study.catalogue import Trap, moved, traps
from simkit.study.replication import replicate
from simkit.teaching.exercise_file import Option, World

REPLICATIONS = 10
FIRST_SEED = 1_001
"""Answers are judged on days that nobody was shown."""
Values = dict[str, list[float]]


def settings_of(world: World) -> Settings:
    """Give the settings of a world; BadInput when a field or a value cannot be used."""
    on = _organisation(world.organisation)
    sprung = [traps[trap].on(on) for trap in world.traps]
    settings = sprung[0].base if sprung else healthy(on)
    for trap in sprung:
        settings = settings.replace(fault(trap))
    if world.fix:
        for one in world.fix.split("+"):
            settings = settings.replace(sprung[0].change(one).set)
    return settings.replace(world.set)


def fault(trap: Trap) -> dict[str, Any]:
    """Give the fields that spring a trap."""
    return {each.field: each.new for each in trap.fault}


def cure(trap: Trap) -> dict[str, Any]:
    """Give the fields that put a trap's fault right, the day left as it is."""
    return {each.field: each.old for each in trap.fault if not each.field.startswith("workload.")}


def in_force(settings: Settings, cause: Trap | Option) -> bool:
    """Say whether a fault is there: every field that putting it right changes is not right yet."""
    if isinstance(cause, Option):
        return all(settings.get(field) != value for field, value in cause.set.items())
    own = {each.field: each.new for each in cause.fault}
    return all(settings.get(field) == own[field] for field in cure(cause))


def healthy(organisation: Organisation) -> Settings:
    """Give the healthy deployment on an organisation."""
    return _healthy().with_top(organisation=organisation)


def elsewhere(settings: Settings, organisation: str) -> Settings:
    """Give settings on another of the kit's organisations, with as many deactivations expected."""
    return moved(settings, _organisation(organisation))


@lru_cache(maxsize=1)
def _healthy() -> Settings:
    return load(resources.directory("data") / "scenarios" / "healthy.yaml")


@lru_cache(maxsize=8)
def _organisation(name: str) -> Organisation:
    return load_organisation(resources.directory("data") / "orgs" / f"{name}.yaml")


def day(settings: Settings, seed: int) -> Run:
    """Run a day, without a notice: it would name the fault that is asked for."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InputNotice)
        return run(settings, seed=seed)


def measured(wanted: Mapping[str, tuple[Settings, set[str]]]) -> dict[str, Values]:
    """Give metrics over replications: a list of values by name, for each of some settings."""
    seeds = range(FIRST_SEED, FIRST_SEED + REPLICATIONS)
    found = replicate(wanted, seeds)
    return {
        key: {name: [v for v in row if v is not None] for name, row in rows.items()}
        for key, rows in found.items()
    }


def estimate(metric: str, values: Sequence[float]) -> Estimate:
    """Give a metric's mean with its interval; of nothing measured, nothing for sure."""
    if len(values) < 2:
        return Estimate(0.0, 0.0, METRICS[metric].most)
    return METRICS[metric].estimate(values)


def of_another_ten(found: Estimate) -> tuple[float, float]:
    """Give between which values the mean of another ten days lies, in 95 of 100 cases.

    The interval tells of the true mean. A mean of as many days is off by as much once more, so the
    distance grows by the root of 2.
    """
    half = max(found.high - found.mean, found.mean - found.low) * 2**0.5
    return found.mean - half, found.mean + half

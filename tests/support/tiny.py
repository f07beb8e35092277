"""Experiments that take milliseconds: the small organisation cut down to two agents."""

from __future__ import annotations

from functools import cache
from typing import Any

import simkit
from simkit.base import resources
from simkit.inputs.resizing import resized
from simkit.rules.organisation import Organisation
from simkit.rules.settings import Settings
from simkit.studio.experiment import Experiment, experiment

METRICS = ("stale_share", "information_age_ms", "requests_per_s", "rate_limit_share")
"""The last one does not apply without a limit: its values are missing."""


@cache
def healthy() -> Settings:
    return simkit.load(resources.directory("data") / "scenarios" / "healthy.yaml")


@cache
def tiny(agents: int = 2) -> Settings:
    """The healthy deployment with a few agents and a code deactivated now and then."""
    base = healthy()
    small = base.with_top(organisation=resized(base.organisation, agents=agents))
    return small.replace(deactivation_probability=0.5)


def two_points(replications: Any = 4, **more: Any) -> Experiment:
    """Two intervals, a few replications each."""
    parts: dict[str, Any] = {"metrics": METRICS, "name": "Tiny"} | more
    factors = {"refresh_interval_ms": [30_000, 60_000]}
    return experiment(tiny(), factors, replications=replications, **parts)


def organisation(divisions: dict[str, str | None], **parts: Any) -> Organisation:
    """An organisation made by hand, divisions given as name: parent."""
    return Organisation.model_validate(
        {
            "name": "By hand",
            "day": "2026-03-02",
            "provisioning_user_division": next(iter(divisions)),
            "divisions": [
                {"id": f"d-00000000-0000-4000-8000-{i:012}", "name": name, "parent": parent}
                for i, (name, parent) in enumerate(divisions.items())
            ],
            "shifts": [{"name": "day", "start": "08:00", "end": "16:00"}],
        }
        | parts
    )

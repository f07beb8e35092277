"""The catalogue's verdicts as measured once and kept in ``data/verdicts.json``.

The file is what ``simkit traps --json`` prints, and a test measures it again.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any, NamedTuple

from simkit.base import resources
from simkit.base.statistics import Estimate


class MeasuredCost(NamedTuple):
    """The mean of a metric that a change may worsen; None where it does not apply."""

    metric: str
    trap: float | None
    fix: float | None


class Verdict(NamedTuple):
    """What replications say of a trap, or of a change of it."""

    word: str
    """reproduced or not shown, for a trap; cured, reduced, unchanged, worse or n/a for a change."""
    promise: str | None
    """What the guide promises, None for what is ours."""
    trap: Estimate
    after: Estimate
    """The symptom with the change; for a trap itself, in the healthy deployment."""
    difference: Estimate | None
    identical: bool
    replications: int
    seed: int
    costs: tuple[MeasuredCost, ...] = ()
    """What a change costs, metric by metric; none for a trap itself."""


@cache
def catalogue() -> dict[tuple[str, str], Verdict]:
    """Give the verdicts of the catalogue by (trap, change); the trap's own change is empty."""
    path = resources.directory("data") / "verdicts.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    found: dict[tuple[str, str], Verdict] = {}
    for trap in document["traps"]:
        about = {"replications": document["replications"], "seed": document["seed"]}
        shown = _estimate(trap["trap"])
        word = "reproduced" if trap["reproduced"] else "not shown"
        base = _estimate(trap["base"])
        found[trap["id"], ""] = Verdict(word, None, shown, base, None, False, **about)
        for change in (*trap["fixes"], *trap["remedies"]):
            found[trap["id"], change["id"]] = Verdict(
                change["verdict"],
                change["promise"],
                shown,
                _estimate(change["fix"]),
                _estimate(change["difference"]),
                change["identical"],
                **about,
                costs=tuple(
                    MeasuredCost(cost["metric"], cost["trap"], cost["fix"])
                    for cost in change["costs"]
                ),
            )
    return found


def _estimate(given: dict[str, Any]) -> Estimate:
    return Estimate(given["mean"], *given["ci95"])

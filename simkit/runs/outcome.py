"""What a finished run leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from simkit.rules.reasons import Directory
from simkit.rules.settings import Settings
from simkit.rules.workload import Workload
from simkit.runs.departures import Departures, Snapshots
from simkit.runs.log import Log

Clock = Literal["tick", "skip", "coupled"]


Calls = dict[tuple[str, int, str], tuple[int, int]]
"""Number of calls and bytes of replies, by (kind, HTTP status, error code)."""


@dataclass(frozen=True)
class Outcome:
    """What a finished run leaves behind."""

    settings: Settings
    seed: int
    workload: Workload
    directory: Directory
    log: Log
    calls: dict[str, Calls]
    """The calls of each agent."""
    departures: dict[str, list[Departures]]
    """When the calls of each agent left."""
    snapshots: dict[str, list[Snapshots]]
    """When the lists of each agent were asked for, as far as they came to be shown."""
    clock: Clock
    why_clock: str
    """The reason for which this clock was chosen, in words."""

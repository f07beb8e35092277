"""When a guard against overrides holds: until WFM or the routing sweep may overwrite a status."""

from __future__ import annotations

import numpy as np

from simkit.base.steps import NEVER
from simkit.engines.columns.arrays import Ints, next_sweep
from simkit.engines.columns.days import Days
from simkit.rules.settings import Settings


class Guard:
    """When WFM or the routing sweep may next overwrite a status, and whether a guard holds."""

    def __init__(self, settings: Settings, days: Days) -> None:
        self.kind = settings.widget.override_guard
        self.window = settings.widget.override_window_ms
        self.sweep_every = settings.routing.sweep_interval_ms
        wfm = settings.wfm.writes_status
        edges = np.column_stack((days.window_starts, days.window_ends))
        self.edges = edges if wfm else np.full((len(days.people), 1), NEVER)

    def until(self, who: Ints, t: Ints) -> Ints:
        """Give when the guard that holds for agents at some moments ends; 0 where none does."""
        if self.kind == "none":
            return np.zeros(len(who), np.int64)
        edges = self.edges[who]
        override = np.where(edges > t[:, None], edges, NEVER).min(axis=1)
        if self.sweep_every:
            override = np.minimum(override, next_sweep(self.sweep_every, t + 1))
        return np.where(override - t <= self.window, override, 0)

"""How near agents who share a limit come to it, before any poll is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from simkit.engines.columns.arrays import Ints
from simkit.engines.columns.limit import Line
from simkit.engines.columns.poll_segments import PollSegments
from simkit.rules.limits import WINDOW_MS
from simkit.rules.settings import Settings


class Pressure(NamedTuple):
    """How many requests of polls arrive in windows at most, were none of them refused.

    Pages are counted, and not their polls.
    """

    most: Ints

    @classmethod
    def of(
        cls, settings: Settings, parts: Sequence[PollSegments], line: Line, windows: int
    ) -> Pressure:
        """Tell it of all pages, and the windows of all replications."""
        every, reach = settings.interval_ms, settings.longest_reach_ms
        polled = [part.polls > 0 for part in parts]
        origin = np.concatenate([p.origin[there] for p, there in zip(parts, polled, strict=True)])
        first = np.cumsum([0, *map(len, polled)])
        who = [np.nonzero(there)[0] + at for there, at in zip(polled, first, strict=False)]
        origin += line.since[np.concatenate(who)]
        n = np.concatenate([part.polls[there] for part, there in zip(parts, polled, strict=True)])
        last = np.sort(origin + (n - 1) * every)
        origin = np.sort(origin)
        start = np.arange(windows) * WINDOW_MS
        gone = np.searchsorted(last, start - reach)
        pages = np.searchsorted(origin, start + WINDOW_MS) - gone
        requests = 2 if settings.widget.version_parameter else 1
        return cls(pages * requests * -((-WINDOW_MS - reach) // every))

    def known(self, limit: int) -> int:
        """Give a bound on how many requests are admitted in all."""
        return int(np.minimum(self.most, limit).sum())

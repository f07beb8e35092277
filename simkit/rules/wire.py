"""The wire between browser and platform: two delays per request."""

from __future__ import annotations

from functools import lru_cache

from simkit.base.randomness import QuantileTable
from simkit.rules.sections import WireSettings

_SKEW = (0, 12, 27, 47, 75, 120, 200, 380, 1000)
"""Upper half of the delays, in thousandths of the way from the median to the longest: skewed, as
round trips are; the shape is ASSUMED, its three anchors are settings."""
LEVELS = 4096
"""Draws pick one of this many equally likely delays."""


class Wire:
    """Delays of one direction, as a table of equally likely whole milliseconds."""

    def __init__(self, config: WireSettings) -> None:
        self.equally_likely = _levels(
            config.delay_min_ms, config.delay_median_ms, config.delay_max_ms
        )

    def delays(self, u: int) -> tuple[int, int]:
        """Give (up, down) in ms out of one 64-bit draw: from parts of it that do not overlap."""
        return self.equally_likely[u >> 52], self.equally_likely[u >> 20 & 0xFFF]

    @property
    def mean(self) -> float:
        """The exact mean of one direction, in ms."""
        return sum(self.equally_likely) / LEVELS


@lru_cache(maxsize=16)
def _levels(low: int, median: int, high: int) -> tuple[int, ...]:
    below = tuple(low + (median - low) * i // 8 for i in range(8))
    table = QuantileTable((*below, *(median + (high - median) * m // 1000 for m in _SKEW)))
    return tuple(table.at((2 * i + 1) << 19) for i in range(LEVELS))

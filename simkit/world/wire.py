"""The wire between browser and platform: two delays per call."""

from __future__ import annotations

from simkit.base.noise import Table
from simkit.rules import settings

_SKEW = (0, 12, 27, 47, 75, 120, 200, 380, 1000)
"""Upper half of the delays, in thousandths of the way from the median to the longest: skewed, as
round trips are; the shape is ASSUMED, its three anchors are settings."""


class Wire:
    """Delays of one direction, as a table of whole milliseconds."""

    def __init__(self, rule: settings.Wire) -> None:
        low, median, high = rule.delay_min_ms, rule.delay_median_ms, rule.delay_max_ms
        below = tuple(low + (median - low) * i // 8 for i in range(8))
        self.table = Table((*below, *(median + (high - median) * m // 1000 for m in _SKEW)))
        self.longest = high

    def delays(self, u: int) -> tuple[int, int]:
        """Give (up, down) in ms out of one 64-bit draw: its halves are independent."""
        return self.table.at(u >> 32), self.table.at(u & 0xFFFFFFFF)

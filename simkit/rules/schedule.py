"""The WFM schedule and the routing sweep: who wins a status conflict, and when the next one is."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import lru_cache
from typing import NamedTuple

from simkit.base.steps import NEVER

AVAILABLE = -1
"""The status that is no reason: any other status is the number of a reason code."""
SCHEDULED = -2
"""Off the queue by the schedule, written by WFM and not by a reason code of the agent."""


class Window(NamedTuple):
    """A scheduled stretch off the queue, in ms of the run."""

    start: int
    end: int
    reason: str


class Status(NamedTuple):
    """What routing sees of an agent."""

    value: int
    """AVAILABLE, SCHEDULED or the number of a reason code."""
    forced: bool = False


@lru_cache(maxsize=1024)
def status(value: int, forced: bool = False) -> Status:
    """Give a status; there are few of them, and they are asked for all day."""
    return Status(value, forced)


def off_queue(windows: tuple[Window, ...], t: int) -> bool:
    """Say whether the schedule has the agent off the queue at a millisecond."""
    i = bisect_right(windows, t, key=lambda window: window.start) - 1
    return i >= 0 and t < windows[i].end


def next_transition(windows: tuple[Window, ...], t: int) -> int:
    """Give the first scheduled transition at or after a millisecond, or NEVER."""
    i = bisect_left(windows, t, key=lambda window: window.end)
    if i == len(windows):
        return NEVER
    return windows[i].start if windows[i].start >= t else windows[i].end


def next_sweep(interval_ms: int, t: int) -> int:
    """Give the first routing sweep at or after a millisecond, or NEVER when there is none."""
    return -(-t // interval_ms) * interval_ms if interval_ms else NEVER


def in_campaign(hours: tuple[tuple[int, int], ...], t: int) -> bool:
    """Say whether a millisecond lies within campaign hours; without any, all day is one."""
    return not hours or any(start <= t < end for start, end in hours)


def wfm_write(now: Status, kind: str, off: bool) -> Status | None:
    """Give the status WFM writes at a transition, or None when it leaves the agent alone.

    ``kind`` is the type of the present reason code. A forced status holds; an agent who is off
    the queue as scheduled, on a code of type BREAK or TRAINING, is left alone.
    """
    wanted = SCHEDULED if off else AVAILABLE
    if now.forced or now.value == wanted:
        return None
    if off and kind in ("BREAK", "TRAINING"):
        return None
    return status(wanted)


def sweep_write(now: Status, off: bool, ignores_manual: bool) -> Status | None:
    """Give the status the routing sweep writes, or None when it leaves the agent alone.

    The sweep restores campaign availability: of agents whom the schedule has on the queue.
    """
    if now.value == AVAILABLE or now.forced or off:
        return None
    if ignores_manual and now.value >= 0:
        return None
    return status(AVAILABLE)

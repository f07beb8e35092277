"""Moments of a run, by what a user gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import time
from itertools import count, takewhile

from simkit.base import given
from simkit.base.clock import SECOND, Calendar, parse_wall
from simkit.base.errors import BadInput, shown
from simkit.rules.agent_ids import known_agent, worker
from simkit.rules.organisation import nth_shift_id
from simkit.rules.workload import AgentDay

Days = Mapping[str, AgentDay]


def moment(days: Days, calendar: Calendar, agent: str, at: int | str) -> tuple[str, int]:
    """Give the shift of an agent that a moment lies in, and the moment in ms of the run.

    A local time ``HH:MM[:SS]`` is the one within the shift, after midnight perhaps. Of several
    shifts of the day the one asked for comes first. BadInput when the text is no time, or the
    moment lies in no shift.
    """
    asked = known_agent(days, agent)
    find = _finder(calendar, at)
    shifts = _shifts_of_day(days, asked)
    for shift in (asked, *shifts):
        t = find(days[shift])
        if t is not None:
            return shift, t
    spans = ", ".join(_span(calendar, days[shift], at) for shift in shifts)
    raise BadInput(f"{asked} is not at work then", found=str(at), allowed=spans)


def _finder(calendar: Calendar, at: object) -> Callable[[AgentDay], int | None]:
    """Give what finds a moment within a shift, or that it is none of it; BadInput for no moment."""
    at = given.plain(at)
    if isinstance(at, str):
        try:
            wall = parse_wall(at)
        except ValueError as problem:
            raise BadInput(str(problem), field="at") from None
        return lambda day: _by_clock(calendar, day, wall)
    if isinstance(at, bool) or not isinstance(at, int):
        allowed = "a local time HH:MM or HH:MM:SS, or ms of the run"
        raise BadInput(field="at", found=shown(at), allowed=allowed)
    return lambda day: at if day.start <= at < day.end else None


def _by_clock(calendar: Calendar, day: AgentDay, wall: time) -> int | None:
    try:
        return calendar.within(wall, day.start, day.end)
    except ValueError as problem:
        raise BadInput(str(problem), field="at") from None


def _shifts_of_day(days: Days, shift: str) -> list[str]:
    """Give all shifts of whoever works this one, in the order of time."""
    who = worker(shift, days)
    numbered = (nth_shift_id(who, n) for n in count(1))
    return sorted(takewhile(days.__contains__, numbered), key=lambda each: days[each].start)


def _span(calendar: Calendar, day: AgentDay, at: int | str) -> str:
    """Give the first and the last moment of a shift that can be asked for in the same way."""
    first, last = -(-day.start // SECOND) * SECOND, (day.end - 1) // SECOND * SECOND
    if not isinstance(at, str) or first > last:
        return f"{day.start} to {day.end - 1} (ms of the run)"
    show = calendar.show_minute
    return f"{show(first)} to {show(last)}"

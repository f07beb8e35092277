"""Whom somebody asks for, and when: agents and moments of a run by what a user gives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from itertools import count, takewhile
from typing import TYPE_CHECKING

from simkit.base import given
from simkit.base.clock import SECOND, parse_wall
from simkit.base.errors import BadInput, shown
from simkit.rules.agent_ids import known_agent, worker
from simkit.rules.organisation import nth_shift_id

if TYPE_CHECKING:
    from simkit.rules.workload import AgentDay
    from simkit.runs.run import Run


def moment(run: Run, agent: str, at: int | str) -> tuple[str, int]:
    """Give the shift of an agent that a moment lies in, and the moment in ms of the run.

    A local time ``HH:MM[:SS]`` is the one within the shift, after midnight perhaps. Of several
    shifts of the day the one asked for comes first. BadInput when the text is no time, or the
    moment lies in no shift.
    """
    asked = known_agent(run.days, agent)
    find = _finder(run, at)
    shifts = _shifts_of_day(run, asked)
    for shift in (asked, *shifts):
        t = find(run.days[shift])
        if t is not None:
            return shift, t
    spans = ", ".join(_span(run, run.days[shift], at) for shift in shifts)
    raise BadInput(f"{asked} is not at work then", found=str(at), allowed=spans)


def _finder(run: Run, at: object) -> Callable[[AgentDay], int | None]:
    """Give what finds a moment within a shift, or that it is none of it; BadInput for no moment."""
    at = given.plain(at)
    if isinstance(at, str):
        try:
            wall = parse_wall(at)
        except ValueError as problem:
            raise BadInput(str(problem), field="at") from None
        return lambda day: _by_clock(run, day, wall)
    if isinstance(at, bool) or not isinstance(at, int):
        allowed = "a local time HH:MM or HH:MM:SS, or ms of the run"
        raise BadInput(field="at", found=shown(at), allowed=allowed)
    return lambda day: at if day.start <= at < day.end else None


def _by_clock(run: Run, day: AgentDay, wall: time) -> int | None:
    try:
        return run.settings.organisation.calendar.within(wall, day.start, day.end)
    except ValueError as problem:
        raise BadInput(str(problem), field="at") from None


def _shifts_of_day(run: Run, shift: str) -> list[str]:
    """Give all shifts of whoever works this one, in the order of time."""
    who = worker(shift, run.days)
    numbered = (nth_shift_id(who, n) for n in count(1))
    return sorted(takewhile(run.days.__contains__, numbered), key=lambda each: run.days[each].start)


def _span(run: Run, day: AgentDay, at: int | str) -> str:
    """Give the first and the last moment of a shift that can be asked for in the same way."""
    first, last = -(-day.start // SECOND) * SECOND, (day.end - 1) // SECOND * SECOND
    if not isinstance(at, str) or first > last:
        return f"{day.start} to {day.end - 1} (ms of the run)"
    show = run.settings.organisation.calendar.show_minute
    return f"{show(first)} to {show(last)}"

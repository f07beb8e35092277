"""Whom somebody asks for, and when: agents and moments of a run by what a user gives."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Container
from datetime import time
from itertools import count, takewhile
from typing import TYPE_CHECKING

from simkit.base import given
from simkit.base.clock import SECOND, parse_wall
from simkit.base.errors import BadInput, closest, shown
from simkit.base.names import plain_name
from simkit.rules.organisation import nth_shift_id

if TYPE_CHECKING:
    from simkit.study.run import Run
    from simkit.world.workload import AgentDay


def known_agent(agents: Collection[str], asked: object) -> str:
    """Give the id of the agent who is asked for, as the run spells it; BadInput without one.

    >>> known_agent(["Ren\u00e9 M"], " Rene\u0301  M ")
    'René M'
    """
    text = given.text("agent", asked)
    for spelling in (text, plain_name(text)):
        if spelling in agents:
            return str(spelling)
    guess = closest(plain_name(text), agents)
    raise BadInput(f"unknown agent {shown(text)}{guess}")


def worker(shift: str, shifts: Container[str]) -> str:
    """Give who works a shift: of the n-th one of a day, the agent of the first.

    >>> worker("ann/2", {"ann", "ann/2"}), worker("bob/2", {"bob/2"})
    ('ann', 'bob/2')
    """
    found = re.fullmatch(r"(.+)/([1-9]\d*)", shift, re.DOTALL)
    if not found:
        return shift
    who, n = found[1], int(found[2])
    before = all(nth_shift_id(who, place) in shifts for place in range(1, n))
    return who if n > 1 and before else shift


def workers(shifts: Collection[str]) -> int:
    """Give how many agents work these shifts; who works several of them is counted once."""
    return len(shifts) - sum(worker(one, shifts) != one for one in shifts if "/" in one)


def how_many(shifts: Collection[str]) -> str:
    """Give the number of agents in words, with that of their shifts where it is another.

    >>> how_many({"ann"}), how_many({"ann", "ann/2", "bob"})
    ('1 agent', '2 agents in 3 shifts')
    """
    agents = workers(shifts)
    several = f" in {len(shifts):,} shifts" if agents < len(shifts) else ""
    return f"{agents:,} agent{'s' * (agents != 1)}{several}"


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

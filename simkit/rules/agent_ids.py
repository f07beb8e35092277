"""Whom an id means: agents as users spell them, and those who work several shifts of a day."""

from __future__ import annotations

import re
from collections.abc import Collection, Container

from simkit.base import given
from simkit.base.errors import BadInput, closest, shown
from simkit.base.formatting import counted
from simkit.base.names import plain_name
from simkit.rules.organisation import nth_shift_id


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


def how_many(shifts: Collection[str], more: int = 0) -> str:
    """Give the number of agents in words, with that of their shifts where it is another.

    ``more`` are those beside them, who work one shift each.

    >>> how_many({"ann"}), how_many({"ann", "ann/2", "bob"})
    ('1 agent', '2 agents in 3 shifts')
    """
    agents, of = workers(shifts) + more, len(shifts) + more
    several = f" in {of:,} shifts" if agents < of else ""
    return f"{counted(agents, 'agent')}{several}"

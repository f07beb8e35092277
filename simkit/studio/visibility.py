"""What a recorded day would show of choices at all: how likely one leaves a row, and when.

A log of statuses has what came about. What an agent wanted of a code that was switched off is not
in it, nor a choice of the status that held already. A day that was drawn has all that was wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from simkit.base.steps import Steps, combine
from simkit.rules.reasons import Directory
from simkit.rules.workload import AgentDay, Workload


class Visibility(NamedTuple):
    """How likely a choice of an agent, of any of the wanted reasons alike, leaves a row."""

    at: Steps[float]
    """One at a moment, from 0 to 1."""
    after: tuple[float, ...]
    """One that follows an activity of the shift, by the activities' places."""


def is_a_log(workload: Workload) -> bool:
    """Say whether no status of an agent outlasts the begin of the next, as in a log none does."""
    return all(
        one.t + one.length <= other.t
        for day in workload.days
        for one, other in pairwise(day.intentions)
    )


def of_all(day: AgentDay) -> Visibility:
    """Give the visibility of a day that has all that was wanted."""
    return Visibility(Steps(1.0), (1.0,) * len(day.windows))


def in_a_log(
    day: AgentDay, names: Sequence[str], directory: Directory, lag_ms: int = 0
) -> Visibility:
    """Give the visibility of a day that a log tells; ``names`` are what its agent may want.

    A transfer takes effect ``lag_ms`` later.

    What follows an activity begins before its status is over as often as after, by the drawing.
    """
    masks = [
        sum(1 << i for i, code in enumerate(directory.codes) if code.name == name) for name in names
    ]
    place = {name: n for n, name in enumerate(names)}

    def share(usable: int, held: str) -> float:
        shown = [bool(usable & mask) for mask in masks]
        return (sum(shown) - (held in place and shown[place[held]])) / len(names)

    usable = _usable(day, directory, lag_ms)
    after = tuple(
        (share(usable.at(end), "") + share(usable.at(end), reason)) / 2
        for _, end, reason in day.windows
    )
    return Visibility(combine(share, usable, _held(day)), after)


def _usable(day: AgentDay, directory: Directory, lag_ms: int) -> Steps[int]:
    """Give the mask of the codes that an agent may use, wherever the agent is."""
    moves = ((move.t + lag_ms, move.division) for move in day.transfers)
    homes = [(day.start, day.division), *(move for move in moves if move[0] < day.end)]
    usable = Steps(directory.usable(day.division).at(day.start))
    for n, (since, division) in enumerate(homes):
        until = homes[n + 1][0] if n + 1 < len(homes) else day.end
        for start, _, mask in directory.usable(division).spans(since, until):
            usable.set(start, mask)
    return usable


def _held(day: AgentDay) -> Steps[str]:
    """Give the names of the statuses of a log; empty where the agent is Available."""
    held = Steps("")
    for want in day.intentions:
        held.set(want.t, want.reason)
        held.set(want.t + want.length, "")
    return held

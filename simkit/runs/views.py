"""Two readings of one log: what an agent believes, and what the platform knows.

All are step functions of time, so that a picture, a metric and a moment under a slider read the
same data and nothing is run again.
"""

from __future__ import annotations

from dataclasses import dataclass

from simkit.base.steps import NEVER, Steps
from simkit.rules.reasons import Directory
from simkit.rules.replies import OK
from simkit.rules.schedule import AVAILABLE
from simkit.runs.events import (
    LISTINGS,
    PAGE_LOADS,
    PermissionsChanged,
    PollsFailed,
    PollsRecovered,
    ReturnedToWork,
    StatusWritten,
    SuccessShown,
    Transferred,
)
from simkit.runs.log import Record


@dataclass(frozen=True)
class Belief:
    """What one agent's widget shows and what the agent therefore believes."""

    listed: Steps[int]
    """Codes in the dropdown, as a bit mask."""
    asked: Steps[str]
    """Id of the division whose list is shown; empty before the first list."""
    version: Steps[int]
    """Version of the list shown; -1 before the first one."""
    frozen: Steps[bool]
    """Whether the dropdown does not respond."""
    trouble: Steps[int]
    """HTTP status of the last poll; 200 after a page load, 0 for one that the network lost."""
    status: Steps[int]
    """AVAILABLE or the number of a code."""


@dataclass(frozen=True)
class Truth:
    """What the platform knows of one agent."""

    usable: Steps[int]
    """Codes the agent may use, of any type, as a bit mask."""
    status: Steps[int]
    """AVAILABLE, SCHEDULED or the number of a code."""
    division: Steps[str]
    """Name of the division by which the platform judges what the agent may use."""


_POLLS_ANSWERED = (*PAGE_LOADS, PollsRecovered)
"""Kinds after which polls do not fail, as far as the widget knows."""
_BELIEVED = {*LISTINGS, *_POLLS_ANSWERED, PollsFailed, SuccessShown, ReturnedToWork}
"""Kinds that change what an agent believes; most records are of others."""


def belief(records: list[Record], freezes: bool) -> Belief:
    """Fold the records of one agent into what the agent believes."""
    listed, asked, version = Steps(0), Steps(""), Steps(-1)
    frozen, trouble, status = Steps(False), Steps(OK), Steps(AVAILABLE)
    for record in records:
        t, event = record.t, record.data
        if type(event) not in _BELIEVED:
            continue
        if isinstance(event, LISTINGS):
            listed.set(t, event.mask)
            version.set(t, event.version)
            asked.set(t, event.division if event.version >= 0 else "")
        elif isinstance(event, PollsFailed):
            frozen.set(t, freezes and event.status == 401)
            trouble.set(t, event.status)
        elif isinstance(event, SuccessShown):
            status.set(t, event.code)
        elif isinstance(event, ReturnedToWork):
            status.set(t, AVAILABLE)
        if isinstance(event, _POLLS_ANSWERED):
            frozen.set(t, False)
            trouble.set(t, OK)
    return Belief(listed, asked, version, frozen, trouble, status)


def truth(
    records: list[Record], home: str, directory: Directory, names: dict[str, str], lags: bool
) -> Truth:
    """Fold the records of one agent into what the platform knows; ``names`` maps division ids.

    ``lags`` says that a transfer takes effect later than it is made.
    """
    status, division = Steps(AVAILABLE), Steps(home)
    moves = PermissionsChanged if lags else Transferred
    for record in records:
        event = record.data
        if isinstance(event, StatusWritten):
            status.set(record.t, event.status)
        elif isinstance(event, moves):
            division.set(record.t, names[event.division])
    return Truth(_usable(division, directory), status, division)


def _usable(division: Steps[str], directory: Directory) -> Steps[int]:
    if len(division.times) == 1:
        return directory.usable(division.values[0])
    usable = Steps(directory.usable(division.values[0]).values[0])
    for i, name in enumerate(division.values):
        until = division.times[i + 1] if i + 1 < len(division.times) else NEVER
        for start, _, mask in directory.usable(name).spans(division.times[i], until):
            usable.set(start, mask)
    return usable

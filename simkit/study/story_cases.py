"""Cases: what happened to an agent that a trap's story is told of, found in the log.

Each function looks for the first case of its kind in a scene and gives None where there is none.
The moments of a story are moments of one and the same case.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from simkit.base.clock import MINUTE, SECOND
from simkit.base.steps import NEVER
from simkit.rules.replies import OK
from simkit.rules.schedule import AVAILABLE
from simkit.rules.workload import AgentDay
from simkit.runs.causes import Death, death
from simkit.runs.events import (
    PAGE_ACTS,
    DropdownOpened,
    ListShown,
    PollsFailed,
    StatusWritten,
    SuccessShown,
)
from simkit.runs.log import Record, of_kind
from simkit.runs.messages import Message
from simkit.runs.metrics.symptoms import REVERT_WINDOW_MS, first_agreement, platform_list
from simkit.study.story_scene import Scene, codes_in


def lists(scene: Scene, since: int) -> Iterator[Message]:
    """Give the requests for a list that leave from a moment on and that the platform answers."""
    asked = (m for m in scene.messages if m.kind == "list" and m.leaves >= since)
    return (m for m in asked if m.status == OK and m.arrives != NEVER)


def choices(scene: Scene, since: int) -> Iterator[Message]:
    """Give the choices sent from a moment on of which the desk said that they succeeded."""
    sent = (m for m in scene.messages if m.kind == "submit" and m.leaves >= since)
    return (m for m in sent if m.shown == "success")


def refused(scene: Scene, since: int) -> Iterator[Message]:
    """Give those of them that the platform refused, and whose reason is not the status anyway."""
    status = scene.truth.status
    unapplied = (m for m in choices(scene, since) if m.fate == "refused")
    return (m for m in unapplied if status.at(m.back) != code_of(m))


def code_of(choice: Message) -> int:
    """Give the number of the code that is chosen."""
    return choice.mask.bit_length() - 1


def parted(scene: Scene, t: int) -> int:
    """Give for how long of the shift, from a moment on, desk and platform have another status."""
    gap = scene.history.discrepancies(scene.agent).status
    return min(gap.next_change(t), scene.day.end) - t if gap.at(t) else 0


def whole_day(scene: Scene) -> AgentDay:
    """Give the agent's day, of which there is always one."""
    return scene.day


# An empty list: T1 and E1.


class EmptyList(NamedTuple):
    """A list that was opened with nothing in it, although there were reasons."""

    t: int
    wanted: str
    poll: Message
    """The next request after that; its answer holds no code either."""


def empty_list(scene: Scene) -> EmptyList | None:
    """Give the first empty list that the agent opens."""
    for record, event in of_kind(scene.records, DropdownOpened):
        if event.state == "list" and not event.shown and scene.usable(record.t):
            poll = next((m for m in lists(scene, record.t) if not m.mask), None)
            return EmptyList(record.t, event.wanted, poll) if poll else None
    return None


def first_empty_answer(scene: Scene) -> Message | None:
    """Give the first request of the day, where its answer holds no code."""
    first = next(lists(scene, scene.day.start), None)
    return first if first and not first.mask else None


def reasons_above(scene: Scene) -> int | None:
    """Give the codes that the agent may use at login, where all are bound further up."""
    codes, usable = scene.history.directory.codes, scene.usable(scene.day.start)
    own = any(codes[code].division == scene.day.division for code in codes_in(usable))
    return None if own else usable or None


# Another division: T2.


class Move(NamedTuple):
    """A transfer after which no right list comes until the shift ends."""

    t: int
    effect: int
    """When the platform begins to go by it."""
    until: int
    """When the next transfer is, or the end of the shift."""
    new: str
    poll: Message
    """The first request for the old list that leaves after it."""


def move(scene: Scene) -> Move | None:
    """Give the first transfer of the agent, where the page goes on asking for the old division."""
    day = scene.day
    if not day.transfers:
        return None
    (t, new), *more = day.transfers
    until = more[0].t if more else day.end
    effect = t + scene.history.settings.platform.permission_lag_ms
    divisions = scene.truth.division.spans(effect, day.end)
    if any(agrees(scene, start, end, division) < end for start, end, division in divisions):
        return None
    asked = scene.history.settings.organisation.division_ids[day.division]
    poll = next((m for m in lists(scene, effect + 1) if m.division == asked), None)
    if poll is None or not poll.mask or poll.back >= until:
        return None
    return Move(t, effect, until, new, poll)


def agrees(scene: Scene, start: int, end: int, division: str) -> int:
    """Give when the list is first what the platform would give for a division, or the end."""
    right = platform_list(scene.history.settings, scene.history.directory, division)
    return first_agreement(scene.belief.listed, right, start, end)


def refused_after_move(scene: Scene) -> Message | None:
    """Give the first choice from the old list that is refused while the desk shows success."""
    found = move(scene)
    return next(refused(scene, found.poll.back), None) if found else None


# A success that was none: T3.


def false_success(scene: Scene) -> Message | None:
    """Give the first choice that is refused while the desk shows success, and goes on to."""
    for choice in refused(scene, scene.day.start):
        at_work = scene.belief.status.before(choice.leaves) == AVAILABLE
        available = scene.truth.status.at(choice.back) == AVAILABLE
        if at_work and available and parted(scene, choice.back) >= SECOND:
            return choice
    return None


# A token that dies: E2.


class DeadToken(NamedTuple):
    """A token that died because nobody touched the page."""

    act: Record
    """What kept it alive for the last time."""
    death: Death
    poll: Message
    """The first request that met it."""
    answered: tuple[Message, ...]
    """The requests between the two that were answered."""


def dead_token(scene: Scene) -> DeadToken | None:
    """Give the first token that died so and froze the list."""
    for trouble, _ in of_kind(scene.records, PollsFailed):
        died = death(scene.history, trouble)
        if died is None or died.by_poll or not scene.belief.frozen.at(trouble.t):
            continue
        act = scene.history.log.find(trouble.cause) if trouble.cause else None
        polls = [m for m in scene.messages if m.kind == "list" and m.back == trouble.t]
        if act and isinstance(act.data, PAGE_ACTS) and polls:
            answered = tuple(m for m in lists(scene, act.t) if m.arrives < died.t)
            return DeadToken(act, died, polls[0], answered) if answered else None
    return None


# Two writes: E3.


class Overwritten(NamedTuple):
    """A choice that was accepted, and the write that came on top of it."""

    choice: Message
    t: int
    """When it was overwritten."""
    writer: Literal["wfm", "routing"]
    status: int
    """What was written."""


def overwritten(scene: Scene) -> Overwritten | None:
    """Give the first choice that is overwritten within a minute while the desk goes on with it."""
    writes = [(r.t, event) for r, event in of_kind(scene.records, StatusWritten)]
    for choice in choices(scene, scene.day.start):
        t, write = next(((t, e) for t, e in writes if t > choice.arrives), (NEVER, None))
        soon = choice.back < t < min(choice.leaves + REVERT_WINDOW_MS, scene.day.end)
        if choice.fate != "applied" or write is None or not soon:
            continue
        unseen = scene.belief.status.at(t) == write.over == code_of(choice)
        if unseen and parted(scene, t) >= SECOND and write.writer in ("wfm", "routing"):
            writer: Literal["wfm", "routing"] = "wfm" if write.writer == "wfm" else "routing"
            return Overwritten(choice, t, writer, write.status)
    return None


# A list that is kept: E4.


class Outlived(NamedTuple):
    """A deactivation that a list outlives."""

    code: int
    t: int
    gone: int
    """When the list without the code came."""
    thrown: tuple[Message, ...]
    """The answers without it that were thrown away meanwhile."""


def outlived(scene: Scene) -> Outlived | None:
    """Give the first deactivation that the agent's list outlives; it was listed for a minute.

    One of which an answer was thrown away comes before those of which none was.
    """
    listed, day = scene.belief.listed, scene.day
    first: Outlived | None = None
    for t, code, active, _ in scene.history.directory.edits:
        held = all(mask >> code & 1 for _, _, mask in listed.spans(t - MINUTE, t + 1))
        if active or not day.start + MINUTE <= t < day.end or not held:
            continue
        gone = gone_from_list(scene, code, t)
        if gone < day.end:
            later = (m for m in lists(scene, day.start) if m.arrives >= t and m.back < gone)
            unwanted = (m for m in later if m.fate == "thrown away")
            thrown = tuple(m for m in unwanted if not m.mask >> code & 1)
            if thrown:
                return Outlived(code, t, gone, thrown)
            first = first or Outlived(code, t, gone, thrown)
    return first


def thrown_away(scene: Scene) -> Outlived | None:
    """Give that deactivation where an answer was thrown away."""
    found = outlived(scene)
    return found if found and found.thrown else None


def gone_from_list(scene: Scene, code: int, t: int) -> int:
    """Give when a list without a code came, after its deactivation; NEVER where none did.

    Nor where the code was gone before that, as of a page that began empty.
    """
    again = scene.history.directory.activity(code).next_change(t)
    shown = ((r.t, e) for r, e in of_kind(scene.records, ListShown) if t <= r.t < again)
    gone = next((at for at, e in shown if e.as_of is not None and not e.mask >> code & 1), NEVER)
    held = all(mask >> code & 1 for _, _, mask in scene.belief.listed.spans(t, min(gone, again)))
    return gone if held else NEVER


def pick_of_outlived(scene: Scene) -> Message | None:
    """Give the first choice of that code that is refused while the desk shows success."""
    # Most agents pick no such code, and messages take longer to spell out than records to read.
    if all(event.status == OK for _, event in of_kind(scene.records, SuccessShown)):
        return None
    if (found := thrown_away(scene)) is None:
        return None
    picks = (m for m in refused(scene, found.thrown[0].back) if m.back < found.gone)
    return next((m for m in picks if code_of(m) == found.code), None)

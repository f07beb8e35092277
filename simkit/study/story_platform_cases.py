"""Cases of traps that appear on another platform than the guide's, found in the log.

As in ``story_cases``, each function gives the first case of its kind, or None.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from simkit.base.clock import MINUTE
from simkit.rules.limits import WINDOW_MS
from simkit.rules.replies import OK
from simkit.rules.schedule import Window
from simkit.runs.events import PAGE_ACTS
from simkit.runs.log import Record
from simkit.runs.messages import Message
from simkit.study.story_cases import choices, code_of, false_success
from simkit.study.story_scene import Scene


def polls(scene: Scene, since: int) -> list[Message]:
    """Give the requests for a list that leave from a moment on, whatever they are answered."""
    return [m for m in scene.messages if m.kind == "list" and m.leaves >= since]


# A limit that is shared: G1 and G2.


class CrowdedOut(NamedTuple):
    """A choice that the limit of a shared token refuses while the desk shows success."""

    poll: Message
    """The last request for a list that it refused before."""
    choice: Message


def crowded_out(scene: Scene) -> CrowdedOut | None:
    """Give the first choice that is no success, where the limit refused it."""
    limit = scene.history.settings.platform.too_many_requests.status
    choice = false_success(scene)
    if choice is None or choice.status != limit:
        return None
    before = [m for m in polls(scene, scene.day.start) if m.back <= choice.leaves]
    refused = [poll for poll in before if poll.status == limit]
    return CrowdedOut(refused[-1], choice) if refused else None


class SentAway(NamedTuple):
    """A request beyond the limit that comes back when it was told to, and is refused again."""

    poll: Message
    due: int
    """When a new minute of the limit begins."""
    retry: Message


def sent_away(scene: Scene) -> SentAway | None:
    """Give the first request that is refused again right after the minute is over."""
    limit = scene.history.settings.platform.too_many_requests.status
    for poll, retry in pairwise(polls(scene, scene.day.start)):
        due = next_window(poll)
        waited = retry.leaves - poll.back == due - poll.arrives
        if waited and poll.status == retry.status == limit:
            return SentAway(poll, due, retry)
    return None


def next_window(poll: Message) -> int:
    """Give when the minute is over in which a request was judged."""
    return (poll.arrives // WINDOW_MS + 1) * WINDOW_MS


# A session that is kept open: G3.


class IdleSession(NamedTuple):
    """A session that the page's own requests keep open beyond its idle timeout."""

    act: Record
    """The last thing that the agent did on the page."""
    over: int
    """When a whole idle timeout had passed."""
    until: int
    """When the agent does something again, or the shift ends."""
    asked: tuple[Message, ...]
    """The page's requests between act and timeout; all are answered."""


def idle_session(scene: Scene) -> IdleSession | None:
    """Give the first stretch without an act that is a minute longer than the idle timeout."""
    settings = scene.history.settings
    if settings.silent_renewal:
        return None
    life = settings.platform.token_life_ms
    acts = [r for r in scene.records if isinstance(r.data, PAGE_ACTS)]
    ends = [*(act.t for act in acts[1:]), scene.day.end]
    for act, until in zip(acts, ends, strict=True):
        over = act.t + life
        asked = [m for m in polls(scene, act.t) if m.back < until]
        late = [m for m in asked if m.arrives >= over]
        if over + MINUTE <= until and late and all(m.status == OK for m in asked):
            return IdleSession(act, over, until, tuple(m for m in asked if m.arrives < over))
    return None


def refused_at_timeout(scene: Scene, case: IdleSession) -> Message | None:
    """Give the request that meets a session closed by its idle timeout, on the same day."""
    asked = polls(scene, case.act.t)
    late = next((m for m in asked if m.arrives >= case.over and m.back < case.until), None)
    dead = scene.history.settings.platform.dead_token.status
    answered = all(m.status == OK for m in asked if m.arrives < case.over)
    return late if late and late.status == dead and answered else None


# A status that the work schedule does not know: G4.


class Unmapped(NamedTuple):
    """A choice as scheduled that workforce management counts as an exception."""

    choice: Message
    window: Window
    since: int
    """When both the scheduled stretch and the status have begun."""
    until: int
    """When one of the two ends."""


def unmapped(scene: Scene) -> Unmapped | None:
    """Give the first choice of what is scheduled whose type nobody mapped, a minute at least."""
    for choice in choices(scene, scene.day.start):
        if choice.fate != "applied" or is_mapped(scene, code_of(choice)):
            continue
        left = scene.truth.status.next_change(choice.arrives)
        chosen = scene.history.directory.codes[code_of(choice)].name
        for window in scene.day.windows:
            since, until = max(choice.arrives, window.start), min(left, window.end)
            if window.reason == chosen and until - since >= MINUTE:
                return Unmapped(choice, window, since, until)
    return None


def is_mapped(scene: Scene, code: int) -> bool:
    """Say whether workforce management knows which activity a code stands for."""
    mapped = scene.history.settings.wfm.mapped_types
    return scene.history.directory.codes[code].type in mapped

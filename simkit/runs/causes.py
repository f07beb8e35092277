"""Which record led to which, and in what sense: the words that join a record to its cause.

The log names one record for each cause. *Because* is true of most of them. Of some it is not: an
act that kept a token alive did not kill it, and a status that was overwritten called for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from simkit.base.clock import show_duration
from simkit.base.language import tr
from simkit.rules.replies import OK
from simkit.runs.events import (
    KINDS,
    DropdownOpened,
    PollsFailed,
    StatusWritten,
    SubmissionIgnored,
    SuccessShown,
    TokenRenewed,
)
from simkit.runs.log import Record, of_kind

if TYPE_CHECKING:
    from simkit.runs.history import History


class Cause(NamedTuple):
    """What came before a record and has to do with it."""

    record: Record
    words: str
    """The words that join the two, such as *because*."""


class Death(NamedTuple):
    """How a token came to die."""

    t: int
    """The first millisecond at which it no longer worked."""
    kept: int
    """When something last kept it alive."""
    by_poll: bool
    """Whether that was a poll, which leaves no record."""


def cause(history: History, record: Record) -> Cause | None:
    """Give what led to a record and in what sense, or None where the log names nothing."""
    if record.cause is None:
        return None
    before = history.log.find(record.cause)
    event = record.data
    if isinstance(event, SuccessShown):
        return Cause(verdict(history, record) or before, tr("because"))
    if isinstance(event, PollsFailed):
        return Cause(before, _of_dead_token(history, record))
    if isinstance(event, DropdownOpened):
        listed = event.state == "list"
        return Cause(before, tr("with this on the desk:") if listed else tr("after"))
    if isinstance(event, StatusWritten) and event.writer in ("wfm", "routing"):
        return Cause(before, tr("before that,"))
    return Cause(before, tr("after") if KINDS[type(event)].only_after else tr("because"))


def chain(history: History, record: Record) -> Iterator[tuple[str, Record]]:
    """Give a record, what led to it, what led to that: each with the words that join it on."""
    words = ""
    while True:
        yield words, record
        found = cause(history, record)
        if found is None:
            return
        record, words = found


def verdict(history: History, success: Record) -> Record | None:
    """Give the platform's record of a submission that was answered 200, None of another."""
    if not isinstance(success.data, SuccessShown) or success.data.status != OK:
        return None
    records = history.records(success.actor)
    answers = (r for r in records if isinstance(r.data, (StatusWritten, SubmissionIgnored)))
    return next((r for r in answers if r.cause == success.cause), None)


def overruled(history: History, success: Record) -> Record | None:
    """Give why a success was not true any more, or never, when it was shown; None if it was."""
    answer = verdict(history, success)
    if answer is None or isinstance(answer.data, SubmissionIgnored):
        return answer
    written = [r for r, _ in of_kind(history.records(success.actor), StatusWritten) if r < success]
    return written[-1] if written[-1] != answer else None


def death(history: History, trouble: Record) -> Death | None:
    """Give how the token died whose death polls met.

    None for another trouble, and where a poll had left with a token that was replaced meanwhile.
    """
    failed = trouble.data
    if not isinstance(failed, PollsFailed) or failed.status != 401 or trouble.cause is None:
        return None
    settings, by = history.settings, history.log.find(trouble.cause)
    life = settings.platform.token_life_ms
    first = kept = by.data.issued if isinstance(by.data, TokenRenewed) else by.t
    if settings.session.poll_counts and not settings.silent_renewal:
        for left in _polls(history, trouble.actor):
            if kept < left < min(kept + life, trouble.t):
                kept = left
    return Death(kept + life, kept, kept > first) if kept + life <= trouble.t else None


def _polls(history: History, agent: str) -> Iterator[int]:
    """Give when the polls left that found the network there, in order."""
    offline = history.days[agent].outages
    left = {
        first + i * every
        for kind, first, every, n, _ in history.departures[agent]
        if kind in ("config", "list")
        for i in range(n)
    }
    return (t for t in sorted(left) if not any(span.start <= t < span.end for span in offline))


def _of_dead_token(history: History, trouble: Record) -> str:
    died = death(history, trouble)
    if died is None:
        return tr("too late for a poll that was under way,")
    show = history.settings.organisation.calendar.show_minute
    life = show_duration(history.settings.platform.token_life_ms)
    if not died.by_poll:
        return tr(
            "because the token died at {time}: nothing kept it alive in the {life} after",
            time=show(died.t),
            life=life,
        )
    return tr(
        "because the token died at {time}: no poll kept it alive in the {life} after {kept}, and "
        "nothing else after",
        time=show(died.t),
        life=life,
        kept=show(died.kept),
    )

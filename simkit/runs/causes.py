"""Which record led to which, and in what sense: the words that join a record to its cause.

The log names one record for each cause. *Because* is true of most of them. Of some it is not: an
act that kept a token alive did not kill it, and a status that was overwritten called for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from simkit.base.clock import show_duration
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
    from simkit.runs.run import Run


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


def cause(run: Run, record: Record) -> Cause | None:
    """Give what led to a record and in what sense, or None where the log names nothing."""
    if record.cause is None:
        return None
    before = run.log.find(record.cause)
    event = record.data
    if isinstance(event, SuccessShown):
        return Cause(verdict(run, record) or before, "because")
    if isinstance(event, PollsFailed):
        return Cause(before, _of_dead_token(run, record))
    if isinstance(event, DropdownOpened):
        return Cause(before, "with this on the desk:" if event.state == "list" else "after")
    if isinstance(event, StatusWritten) and event.writer in ("wfm", "routing"):
        return Cause(before, "before that,")
    return Cause(before, "after" if KINDS[type(event)].only_after else "because")


def chain(run: Run, record: Record) -> Iterator[tuple[str, Record]]:
    """Give a record, what led to it, what led to that: each with the words that join it on."""
    words = ""
    while True:
        yield words, record
        found = cause(run, record)
        if found is None:
            return
        record, words = found


def verdict(run: Run, success: Record) -> Record | None:
    """Give the platform's record of a submission that was answered 200, None of another."""
    if not isinstance(success.data, SuccessShown) or success.data.status != OK:
        return None
    records = run.records(success.actor)
    answers = (r for r in records if isinstance(r.data, (StatusWritten, SubmissionIgnored)))
    return next((r for r in answers if r.cause == success.cause), None)


def overruled(run: Run, success: Record) -> Record | None:
    """Give why a success was not true any more, or never, when it was shown; None if it was."""
    answer = verdict(run, success)
    if answer is None or isinstance(answer.data, SubmissionIgnored):
        return answer
    written = [r for r, _ in of_kind(run.records(success.actor), StatusWritten) if r < success]
    return written[-1] if written[-1] != answer else None


def death(run: Run, trouble: Record) -> Death | None:
    """Give how the token died whose death polls met.

    None for another trouble, and where a poll had left with a token that was replaced meanwhile.
    """
    failed = trouble.data
    if not isinstance(failed, PollsFailed) or failed.status != 401 or trouble.cause is None:
        return None
    settings, by = run.settings, run.log.find(trouble.cause)
    life = settings.platform.token_life_ms
    first = kept = by.data.issued if isinstance(by.data, TokenRenewed) else by.t
    if settings.session.poll_counts and not settings.silent_renewal:
        for left in _polls(run, trouble.actor):
            if kept < left < min(kept + life, trouble.t):
                kept = left
    return Death(kept + life, kept, kept > first) if kept + life <= trouble.t else None


def _polls(run: Run, agent: str) -> Iterator[int]:
    """Give when the polls left that found the network there, in order."""
    offline = run.days[agent].outages
    left = {
        first + i * every
        for kind, first, every, n in run.outcome.departures[agent]
        if kind in ("config", "list")
        for i in range(n)
    }
    return (t for t in sorted(left) if not any(span.start <= t < span.end for span in offline))


def _of_dead_token(run: Run, trouble: Record) -> str:
    died = death(run, trouble)
    if died is None:
        return "too late for a poll that was under way,"
    show = run.settings.organisation.calendar.show_minute
    life = show_duration(run.settings.platform.token_life_ms)
    kept = (
        f"no poll kept it alive in the {life} after {show(died.kept)}, and nothing else after"
        if died.by_poll
        else f"nothing kept it alive in the {life} after"
    )
    return f"because the token died at {show(died.t)}: {kept}"

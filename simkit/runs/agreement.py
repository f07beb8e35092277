"""A recorded day beside what the model says: where the two part, and by what cause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

from simkit.base.clock import MINUTE
from simkit.base.errors import BadInput
from simkit.base.formatting import counted
from simkit.base.progress import under_way
from simkit.base.steps import Steps, combine
from simkit.rules.replies import NETWORK_FAILURE, OK
from simkit.rules.schedule import AVAILABLE
from simkit.rules.workload import AgentDay, Intention, Workload
from simkit.runs.events import (
    ErrorShown,
    IntentionLost,
    StatusWritten,
    SubmissionIgnored,
    SuccessShown,
    TurnedAway,
)
from simkit.runs.log import Record, of_kind
from simkit.runs.run import Run
from simkit.runs.why import status_name

Cause = Literal[
    "under_way",
    "rounding",
    "wfm",
    "routing",
    "refused",
    "ignored",
    "network",
    "no_such_code",
    "not_listed",
    "no_list",
    "frozen",
    "turned_away",
    "other_code",
    "unanswered",
    "late_return",
    "other_choice",
    "beyond_shift",
]
CAUSES: Mapping[Cause, str] = {
    "under_way": "the choice was on its way, or waited for the list",
    "rounding": "recorded times are whole minutes",
    "wfm": "WFM wrote over the status",
    "routing": "the routing sweep wrote over the status",
    "refused": "the platform refused the choice",
    "ignored": "the platform replied 200 and did not apply the choice",
    "network": "the choice was lost on the network",
    "no_such_code": "no code has the recorded name",
    "not_listed": "the dropdown did not list the reason",
    "no_list": "no list came for as long as the status lasted",
    "frozen": "the dropdown did not respond",
    "turned_away": "the widget was locked, or warned",
    "other_code": "another code of the same name was chosen",
    "unanswered": "the page was gone before the reply came",
    "late_return": "the agent came back to work later than recorded",
    "other_choice": "another choice of the agent came later and took its place",
    "beyond_shift": "the recorded status goes on after the shift",
}
"""All ways in which a recorded day and the model part, in words."""
LATEST_REPLY = MINUTE
"""The reply to a choice that was made in time comes no later than this after its planned return."""
NOBODY = -1
"""Stands in place of an intention where the agent is recorded as Available."""


class Difference(NamedTuple):
    """A span, in ms of the run, in which a recorded day and the model say different statuses."""

    agent: str
    start: int
    end: int
    recorded: str
    """Name of the status that was recorded."""
    modelled: str
    """Name of the true status by the model; empty after the shift."""
    cause: Cause
    record: Record | None
    """The record of the log that made them part; None where the log has none."""

    @property
    def ms(self) -> int:
        """How long it lasts."""
        return self.end - self.start


class Share(NamedTuple):
    """The part that a cause has in the differences."""

    times: int
    ms: int


@dataclass(frozen=True)
class Agreement:
    """A recorded day beside the run that lived it."""

    shifts_ms: int
    """The length of all shifts together."""
    differences: tuple[Difference, ...]
    """Agent by agent, each in the order of time."""

    @cached_property
    def differ_ms(self) -> int:
        """For how long of all shifts the two part; what goes on after a shift is not in it."""
        return sum(each.ms for each in self.differences if each.cause != "beyond_shift")

    @property
    def share(self) -> float:
        """The part of the time of all shifts in which the two agree, from 0 to 1."""
        return 1 - self.differ_ms / self.shifts_ms

    @cached_property
    def by_cause(self) -> dict[Cause, Share]:
        """The causes that there are and how often and how long each was one, the longest first."""
        found = {
            cause: Share(len(those), sum(each.ms for each in those))
            for cause in CAUSES
            if (those := [each for each in self.differences if each.cause == cause])
        }
        return dict(sorted(found.items(), key=lambda item: -item[1].ms))

    def longest(self, cause: Cause) -> Difference:
        """Give the longest difference of a cause that there is; ValueError where there is none."""
        return max((d for d in self.differences if d.cause == cause), key=lambda d: d.ms)

    def as_json(self) -> dict[str, Any]:
        """Give the form that the command line prints; times are ms of the run."""
        return {
            "share": self.share,
            "shifts_ms": self.shifts_ms,
            "differ_ms": self.differ_ms,
            "causes": [
                {"cause": cause, "words": CAUSES[cause], "count": part.times, "ms": part.ms}
                for cause, part in self.by_cause.items()
            ],
            "differences": [
                {
                    **{key: value for key, value in each._asdict().items() if key != "record"},
                    "record": each.record.id if each.record else None,
                }
                for each in self.differences
            ],
        }

    def __repr__(self) -> str:
        return (
            f"Agreement({100 * self.share:.2f} %, {counted(len(self.differences), 'difference')})"
        )


def agreement(run: Run, recorded: Workload) -> Agreement:
    """Give where the statuses of a recorded day and the true ones of the run that lived it part.

    ``recorded`` is what ``read_trace`` gave, and the run's workload. Each difference has a cause,
    one of ``CAUSES``, and the record of the log behind it; ``run.why(agent, start)`` tells more.
    BadInput when the run lived another day.
    """
    _refuse_drawn(recorded)
    if {day.agent: day for day in recorded.days} != dict(run.days):
        problem = "the run did not live this day: give it to simkit.run as its workload"
        raise BadInput(problem, field="recorded")
    found: list[Difference] = []
    count = len(recorded.days)
    with under_way("agents", of=count) as tell:
        for n, day in enumerate(recorded.days, 1):
            found += _Beside(run, day, recorded.rounded).differences()
            tell(n, count)
    return Agreement(sum(day.end - day.start for day in recorded.days), tuple(found))


def _refuse_drawn(recorded: object) -> None:
    if not isinstance(recorded, Workload) or recorded.calendar is None:
        allowed = "a day that simkit.read_trace read"
        raise BadInput(field="recorded", found=type(recorded).__name__, allowed=allowed)


class _Beside:
    """The recorded day of one agent beside the modelled one."""

    def __init__(self, run: Run, day: AgentDay, rounded: bool) -> None:
        self.history = run.history_of(day.agent)
        self.day, self.rounded = day, rounded
        self.codes = self.history.directory.codes
        self.truth = self.history.truth(day.agent).status
        self.records = self.history.records(day.agent)
        self.written = [record for record, _ in of_kind(self.records, StatusWritten)]
        self.names = {code.name for code in self.codes}

    def differences(self) -> Iterator[Difference]:
        """Give where the two part, in the order of time."""
        day = self.day
        lived = _statuses(day.intentions, 1)
        recorded = _statuses(day.intentions, MINUTE) if self.rounded else lived
        all_three = combine(lambda *three: three, recorded, lived, self.truth)
        for start, end, (said, meant, true) in all_three.spans(day.start, day.end):
            if self._is(said, true):
                continue
            cause: Cause
            record: Record | None
            # What is no difference for times within the minute is one of their rounding.
            if self._is(meant, true):
                cause, record = "rounding", None
            else:
                cause, record = self._cause(meant, true, start)
            names = self._name(said), status_name(self.history, true)
            yield Difference(day.agent, start, end, *names, cause, record)
        for start, end, said in recorded.spans(day.end, recorded.times[-1]):
            if said != NOBODY:
                yield Difference(day.agent, start, end, self._name(said), "", "beyond_shift", None)

    def _is(self, place: int, true: int) -> bool:
        """Say whether a true status is that of an intention, or Available where there is none."""
        if place == NOBODY:
            return true == AVAILABLE
        want = self.day.intentions[place]
        if true < 0:
            return False
        code = self.codes[true]
        return code.id == want.code_id if want.code_id else code.name == want.reason

    def _name(self, place: int) -> str:
        return (
            status_name(self.history, AVAILABLE)
            if place == NOBODY
            else self.day.intentions[place].reason
        )

    def _cause(self, place: int, true: int, t: int) -> tuple[Cause, Record | None]:
        """Give why the true status at a moment is not that of the intention that is lived then."""
        last = next((r for r in reversed(self.written) if r.t <= t), None)
        if place == NOBODY:
            return self._overwritten(last, self.day.start) or ("late_return", last)
        want = self.day.intentions[place]
        until = want.t + want.length + LATEST_REPLY
        came = self._came(want, until)
        failed = self._failed(want, until if came is None else came.t)
        if came is not None and t < came.t:
            turned_away = failed is not None and failed[0] == "turned_away"
            return failed if failed and turned_away else ("under_way", came)
        if over := self._overwritten(last, want.t):
            return over
        if came is not None:
            is_namesake = true >= 0 and self.codes[true].name == want.reason
            return ("other_code" if is_namesake else "other_choice"), last
        return failed or ("unanswered", None)

    def _came(self, want: Intention, until: int) -> Record | None:
        """Give the record by which the platform took an intention on, None where it never did."""
        for record, event in of_kind(self.written, StatusWritten):
            in_time = want.t <= record.t < until and event.writer == "agent"
            if in_time and self.codes[event.status].name == want.reason:
                return record
        return None

    def _overwritten(self, last: Record | None, since: int) -> tuple[Cause, Record] | None:
        """Give who overwrote the status since a moment, None where the agent wrote it last."""
        if last is None or last.t < since or not isinstance(last.data, StatusWritten):
            return None
        by: dict[str, Cause] = {"wfm": "wfm", "routing": "routing"}
        return (by[last.data.writer], last) if last.data.writer in by else None

    def _failed(self, want: Intention, until: int) -> tuple[Cause, Record] | None:
        """Give how an intention came to nothing; None where nothing is known of it any more."""
        for record in self.records:
            event = record.data
            if not want.t <= record.t <= until:
                continue
            if isinstance(event, IntentionLost | TurnedAway):
                if event.wanted != want.reason:
                    continue
                if isinstance(event, TurnedAway):
                    return "turned_away", record
                if want.reason not in self.names:
                    return "no_such_code", record
                return _LOST[event.why], record
            if isinstance(event, SuccessShown | ErrorShown | SubmissionIgnored):
                if self.codes[event.code].name != want.reason:
                    continue
                if isinstance(event, SubmissionIgnored):
                    return "ignored", record
                if event.status != OK:
                    failed = event.status == NETWORK_FAILURE
                    return ("network" if failed else "refused"), record
        return None


_LOST: Mapping[str, Cause] = {"not listed": "not_listed", "no list": "no_list", "frozen": "frozen"}


def _statuses(intentions: Sequence[Intention], unit: int) -> Steps[int]:
    """Give by places which intention an agent lives, by times cut down to a unit of so many ms.

    One lasts until its planned return, or until the next one takes its place.
    """
    found = Steps(NOBODY)
    for place, want in enumerate(intentions):
        start, end = (t // unit * unit for t in (want.t, want.t + want.length))
        if found.times[-1] > start:  # the return of the one before, who has moved on
            found.times.pop()
            found.values.pop()
        found.set(start, place)
        found.set(end, NOBODY)
    return found

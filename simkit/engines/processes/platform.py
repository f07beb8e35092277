"""The platform: judges requests by the rules, holds each agent's true status, and records both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simkit.base.steps import NEVER, Steps
from simkit.rules import limits, oauth, schedule
from simkit.rules.judging import (
    config_size,
    judge_submission,
    refusal_of_list,
    tokens_never_die,
)
from simkit.rules.reasons import Directory, Snapshot
from simkit.rules.replies import OK, Reply
from simkit.rules.schedule import AVAILABLE, status
from simkit.rules.sections import Refusal
from simkit.rules.settings import Settings
from simkit.runs.events import SubmissionIgnored
from simkit.runs.log import ARRIVAL, Identity

if TYPE_CHECKING:
    from simkit.engines.processes.seat import Seat
    from simkit.rules.workload import AgentDay


class Platform:
    """What all agents share: the directory of codes, the application, a shared limit."""

    def __init__(
        self,
        settings: Settings,
        directory: Directory,
        edit_records: Sequence[Identity],
        may_refuse: bool,
    ) -> None:
        """Make the platform; ``may_refuse`` says that the rate limit may bind."""
        self.directory = directory
        self.edit_records = edit_records
        """The record of each of the directory's edits."""
        self.refusals = settings.platform
        self.life_ms = settings.platform.token_life_ms
        self.renewal_period_ms = settings.platform.renewal_period_ms
        self.silent = settings.silent_renewal
        self.tokens_never_die = tokens_never_die(settings)
        self.interval_ms = settings.interval_ms
        self.longest_poll_ms = settings.longest_poll_ms
        self.longest_reach_ms = settings.longest_reach_ms
        self.settings = settings
        self.division_ids = settings.organisation.division_ids
        self.scopes = frozenset(settings.application.scopes)
        self.widget = settings.widget
        self.names = settings.organisation.division_by_id
        self.campaign = settings.campaign_ms
        self.drops_manual = settings.routing.ignore_manual == "drop"
        limit = settings.platform.rate_limit_per_min if may_refuse else None
        shared = settings.application.token_topology == "shared"
        self.shared_window: limits.FixedWindow | limits.KnownWindow | None = (
            limits.FixedWindow(limit) if shared and limit else None
        )
        self.limit = None if shared else limit
        """The limit of each agent's own token."""
        self.config_reply = Reply(OK, size=config_size(settings))
        self._listings: dict[str, Steps[Snapshot] | Refusal] = {}

    def listing(self, division_id: str) -> Steps[Snapshot] | Refusal:
        """Give the history of the list for a division id, or how asking for it is refused."""
        if division_id not in self._listings:
            self._listings[division_id] = self._listing(division_id)
        return self._listings[division_id]

    def _listing(self, division_id: str) -> Steps[Snapshot] | Refusal:
        refusal = refusal_of_list(self.settings, division_id)
        return refusal or self.directory.listing(
            self.names[division_id], self.widget.filter_type, self.widget.status_reason_types
        )

    def judge(self, seat: Seat, kind: str, token: oauth.Token, asked: tuple[object, ...]) -> Reply:
        """Give the reply to a request that arrives now. The order of checks is part of the rules.

        Rate limit, token, scope, then the question itself.
        """
        now = seat.env.now
        window = self.shared_window or seat.window
        if window is not None and (wait := window.refused_for(now, ARRIVAL[kind])):
            return self._refuse(self.refusals.too_many_requests, now, wait)
        alive = now < oauth.expires(token, self.silent, self.life_ms)
        if kind == "submit":
            return self._submission(seat, alive, *asked)  # type: ignore[arg-type]
        if not alive:
            return self._refuse(self.refusals.dead_token, now)
        if kind == "config":
            version = self.directory.version.at(now)
            return self.config_reply._replace(as_of=now, version=version)
        return self._list(now, str(asked[0]))

    @staticmethod
    def renewal(seat: Seat, t: int) -> Reply:
        """Give the reply to a renewal that arrives at a millisecond.

        The login service neither counts it against the limit nor looks at the access token.
        """
        return Reply(OK, as_of=t, division=seat.account.division_id(t))

    def edit_before(self, reply: Reply) -> Identity | None:
        """Give the record of the edit that made an answer what it is, None for the first state."""
        if reply.division:
            listing = self.listing(reply.division)
            place = None if isinstance(listing, Refusal) else listing.at(reply.as_of).edit
        else:
            place = self.directory.raised_by[reply.version - 1] if reply.version else None
        return None if place is None else self.edit_records[place]

    @staticmethod
    def _refuse(refusal: Refusal, now: int, retry_after: int = 0) -> Reply:
        return Reply(refusal.status, refusal.code, now, 0, 0, retry_after)

    def _list(self, now: int, division_id: str) -> Reply:
        listing = self.listing(division_id)
        if isinstance(listing, Refusal):
            return self._refuse(listing, now)
        snapshot = listing.at(now)
        return Reply(OK, "", now, snapshot.mask, snapshot.size, 0, division_id, snapshot.version)

    def _submission(
        self, seat: Seat, alive: bool, code: int, force: bool, cause: Identity
    ) -> Reply:
        now = seat.env.now
        usable = self.directory.usable(seat.account.judged_by(now)).at(now)
        judgement = judge_submission(
            alive,
            may_write=oauth.WRITE_SCOPE in self.scopes,
            usable=bool(usable >> code & 1),
            dropped=self.drops_manual and not force and schedule.in_campaign(self.campaign, now),
        )
        if judgement == "applied":
            seat.write_status(status(code, force), "agent", cause, ARRIVAL["submit"])
        elif judgement == "ignored":
            seat.record(ARRIVAL["submit"], SubmissionIgnored(code), cause)
        else:
            return self._refuse(getattr(self.refusals, judgement), now)
        return Reply(OK, as_of=now)


class Account:
    """One agent as the platform knows it: the division as a function of time, and the status."""

    def __init__(self, day: AgentDay, ids: dict[str, str], lag_ms: int) -> None:
        self.day = day
        self.ids = ids
        self.lag_ms = lag_ms
        """Time from a transfer until it takes effect."""
        self.divisions = Steps(day.division)
        for transfer in day.transfers:
            self.divisions.set(transfer.t, transfer.division)
        self.status = status(AVAILABLE)
        self.written: Identity | None = None
        """The record of the write that made the present status."""

    def division(self, t: int) -> str:
        """Give the name of the agent's division at a millisecond."""
        return self.divisions.at(t) if self.day.transfers else self.day.division

    def division_id(self, t: int) -> str:
        """Give the id of the agent's division at a millisecond, as the account tells it."""
        return self.ids[self.division(t)]

    def judged_by(self, t: int) -> str:
        """Give the name of the division that decides what the agent may use at a millisecond."""
        return self.division(t - self.lag_ms)

    def next_judged_by(self, t: int) -> int:
        """Give when the next transfer takes effect after a millisecond, or NEVER."""
        return min(NEVER, self.divisions.next_change(t - self.lag_ms) + self.lag_ms)

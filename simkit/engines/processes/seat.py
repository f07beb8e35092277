"""A seat: what the processes of one agent share - clock, wire, token, account and records."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from simpy import Event

from simkit.base.randomness import draw, key
from simkit.base.steps import NEVER, Steps
from simkit.engines.processes.actors import Sweep
from simkit.engines.processes.clocks import Tick
from simkit.engines.processes.environment import SEATS, Moment, Process, Turn, World
from simkit.engines.processes.platform import Account, Platform
from simkit.rules import limits, oauth
from simkit.rules.oauth import Token
from simkit.rules.replies import OK, Reply, lost
from simkit.rules.schedule import Status
from simkit.rules.wire import Wire
from simkit.rules.workload import AgentDay, Span
from simkit.runs import events
from simkit.runs.departures import Departures, Polls, Snapshots
from simkit.runs.events import KINDS, StatusWritten, TokenRenewed, Writer
from simkit.runs.log import ARRIVAL, PAGE, REPLY, Identity, Record

_tuple = tuple.__new__
"""Makes a named tuple from a tuple at once; what NamedTuple makes of it goes a longer way."""
RENEWED = Reply(OK)
"""The answer to a renewal that brings nothing but a token."""
_ALWAYS_ONLINE = Steps(False)


def _offline(outages: Iterable[Span]) -> Steps[bool]:
    offline = Steps(False)
    for outage in outages:
        offline.set(outage.start, True)
        offline.set(outage.end, False)
    return offline


class Addresses(dict[str, int]):
    """The addresses of one agent's draws by purpose, each made when it is first needed."""

    def __init__(self, seed: int, agent: str) -> None:
        self._of = seed, agent

    def __missing__(self, purpose: str) -> int:
        seed, agent = self._of
        made = self[purpose] = key(seed, purpose, agent)
        return made


class Seat:
    """One agent's place in the world. The agent's id is the actor of all its records."""

    def __init__(
        self,
        env: World,
        platform: Platform,
        wire: Wire,
        clock: Tick,
        day: AgentDay,
        place: int,
        seed: int,
    ) -> None:
        self.env = env
        self.settings = platform.settings
        self.platform = platform
        self.wire = wire
        self.clock = clock
        self.day = day
        self.place = place
        self.agent = day.agent
        self.records: list[Record] = []
        self._last_t = -1
        self._k = 0
        self.requests: dict[tuple[str, int, str], list[int]] = {}
        """Requests and bytes by (kind, status, error code)."""
        self.departures: list[Departures] = []
        self.snapshots: list[Snapshots] = []
        self.polls: list[Polls] = []
        self.addresses = Addresses(seed, day.agent)
        self.offline = _offline(day.outages) if day.outages else _ALWAYS_ONLINE
        self.window = limits.FixedWindow(platform.limit) if platform.limit else None
        self.token = Token(day.start, day.start)
        self.undying = platform.tokens_never_die and not day.outages
        """Whether no request can ever meet a dead token: renewals are silent and none is lost."""
        self._renewed_by: Identity | None = None
        self._leaves = self._answered = NEVER
        """When the next renewal leaves that needs no event, and when it is answered."""
        self._first_leaves = NEVER
        """When the first renewal of the page leaves that needs no events."""
        self._asked_by: Identity | None = None
        self.transferred_by: Identity | None = None
        """The record of the last transfer."""
        self.permitted_by: Identity | None = None
        """The record of the last transfer that took effect."""
        lag = platform.settings.platform.permission_lag_ms
        self.account = Account(day, platform.division_ids, lag)
        self.sweep = Sweep(self)

    def at(self, when: int, rank: int) -> Turn:
        """Give this seat's turn of a rank at a millisecond of the run: what processes yield."""
        return when, rank * SEATS + self.place

    def call_at(self, when: int, rank: int, function: Callable[[Event], None]) -> None:
        """Call a function at a moment: for what needs no process of its own."""
        Moment(self.env, when, rank * SEATS + self.place, [function])

    def record(
        self,
        rank: int,
        event: events.Event,
        cause: Identity | None = None,
        t: int | None = None,
    ) -> Identity:
        """Write a record and give its identity.

        It is of this moment, or of ``t``, a moment that nothing was written after.
        """
        if t is None:
            t = self.env.now
        if self._answered <= t:
            self._renew_before(t, rank)
        if t == self._last_t:
            self._k += 1
        else:
            self._last_t, self._k = t, 0
        agent, k = self.agent, self._k
        told = KINDS[type(event)]
        kind = told.name
        self.records.append(_tuple(Record, (t, rank, agent, k, kind, told.side, cause, event)))
        return (agent, kind, t, k)

    def write_status(self, new: Status, writer: Writer, cause: Identity | None, rank: int) -> None:
        """Make a status true: the last write to arrive wins."""
        account = self.account
        over, account.status = account.status.value, new
        account.written = self.record(rank, StatusWritten(new.value, writer, over), cause)
        self.sweep.arm(self)

    def count(self, kind: str, reply: Reply, left: int, every: int = 0, n: int = 1) -> None:
        """Count n requests of a kind that got the same reply, and the bytes of the replies.

        The first left at a millisecond, each further one ``every`` ms later.
        """
        where = (kind, reply.status, reply.code)
        entry = self.requests.get(where)
        if entry is None:
            entry = self.requests[where] = [0, 0]
        entry[0] += n
        entry[1] += n * reply.size
        self.departures.append(_tuple(Departures, (kind, left, every, n, reply)))

    def request(self, kind: str, *asked: Any, poll: int | None = None) -> Process:
        """Send a request over the wire, give its reply: ``reply = yield from seat.request(...)``.

        Two delays: the platform judges after the first, the browser knows after the second. The
        request carries the token it left with. One that leaves during an outage never arrives.
        Requests of one poll are counted at its departure, which is given as ``poll``.
        """
        env, place = self.env, self.place
        left = env.now
        if self._answered <= left:
            self._renew_before(left + 1, 0)
        token = self.token
        up, down = self.wire.delays(draw(self.addresses[kind], left))
        if self.day.outages and self.offline.at(left):
            reply = lost(left)
        else:
            yield left + up, ARRIVAL[kind] * SEATS + place
            reply = self.platform.judge(self, kind, token, asked)
        yield left + up + down, REPLY[kind] * SEATS + place
        self.count(kind, reply, left if poll is None else poll)
        return reply

    def delays(self, kind: str, left: int) -> tuple[int, int]:
        """Give (up, down) in ms of a request of a kind that leaves at a millisecond."""
        return self.wire.delays(draw(self.addresses[kind], left))

    @property
    def renewed_by(self) -> Identity | None:
        """The record of what last kept the token alive."""
        if self._answered <= self.env.now:
            self._renew_before(self.env.now + 1, 0)
        return self._renewed_by

    @renewed_by.setter
    def renewed_by(self, by: Identity) -> None:
        self._renewed_by = by

    def renew_quietly(self, page: Identity) -> None:
        """Let the page that is loaded now renew its token without events.

        For an undying token whose renewals bring nothing else: each is told, and the token taken,
        before anything else is told or called that comes after it.
        """
        self._asked_by = page
        self._first_leaves = self.env.now + self.platform.renewal_period_ms
        self._plan_renewal(self._first_leaves)

    def stop_renewing(self, t: int) -> None:
        """End the renewals of a page that another one replaces at a millisecond."""
        self._renew_before(t, PAGE)
        # The page comes before the timer: a renewal that would leave in this millisecond does not.
        first, period, end = self._first_leaves, self.platform.renewal_period_ms, self.day.end
        if first < min(t, end):
            self.count("renew", RENEWED, first, period, -((first - min(t, end)) // period))
        self._first_leaves = self._leaves = self._answered = NEVER

    def _plan_renewal(self, leaves: int) -> None:
        if leaves >= self.day.end:
            self._leaves = self._answered = NEVER
            return
        up, down = self.wire.delays(draw(self.addresses["renew"], leaves))
        self._leaves, self._answered = leaves, leaves + up + down

    def _renew_before(self, t: int, rank: int) -> None:
        """Tell of the renewals that are answered before a moment."""
        told, by, period = REPLY["renew"], self._asked_by, self.platform.renewal_period_ms
        while self._leaves < NEVER and (self._answered, told) < (t, rank):
            leaves, answered = self._leaves, self._answered
            self._plan_renewal(leaves + period)
            self.token = _tuple(Token, (leaves, leaves))
            self._renewed_by = self.record(told, TokenRenewed(leaves), by, answered)

    def token_expires(self) -> int:
        """Give the first millisecond at which the token held no longer works."""
        return oauth.expires(self.token, self.platform.silent, self.platform.life_ms)

    def extend(self, t: int, by: Identity | None = None) -> None:
        """Let an act at a millisecond keep the token alive."""
        if not self.platform.silent and t < self.token_expires():
            self.token = Token(self.token.issued, t)
            self._renewed_by = by or self._renewed_by

    def extend_each(self, first: int, last: int, step: int) -> None:
        """Let acts at regular times keep the token alive: each in time keeps it for the next."""
        if not self.platform.silent and first < self.token_expires():
            lasting = last if step < self.platform.life_ms else first
            self.token = Token(self.token.issued, lasting)

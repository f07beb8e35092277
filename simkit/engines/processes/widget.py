"""The widget runtime: a page that polls, a cache in browser storage, submissions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from simkit.base.randomness import below, draw
from simkit.base.steps import NEVER
from simkit.engines.processes.environment import SEATS, Alarm, Process
from simkit.rules.cache import Entry, Question, holds, on_grid, polls_on_focus
from simkit.rules.oauth import Token
from simkit.rules.replies import NETWORK_FAILURE, OK, Reply, lost
from simkit.rules.sections import CONTEXT_DIVISION, PAGE_DIVISION
from simkit.runs.departures import Polls, Snapshots
from simkit.runs.events import (
    DivisionRead,
    ListShown,
    LoggedIn,
    PageLoad,
    PollsFailed,
    PollsRecovered,
    TokenRenewed,
    VersionRead,
)
from simkit.runs.log import PAGE, REPLY, TIMER_POLL, TIMER_RENEWAL, Identity

if TYPE_CHECKING:
    from simkit.engines.processes.seat import Seat


class Browser:
    """What outlives a page: browser storage, the session's division, whether the tab is hidden."""

    def __init__(self, seat: Seat) -> None:
        self.seat = seat
        self.entry: Entry | None = None
        self.hidden = False
        self.session_division = seat.account.division_id(seat.day.start)
        self.page: Page | None = None
        self.when_answered: Callable[[], None] | None = None
        """Told of each page's first answer: who waits for a list goes on."""

    def load(self, kind: type[PageLoad], cause: Identity | None) -> None:
        """Load the page anew: at login, at a reload, at a login after a dead widget."""
        seat = self.seat
        if self.page:
            self.page.sync(seat.env.now)
            self.page.forget_if_unanswered(seat.env.now)
            self.page.alarm.end()
            self.page.replaced, self.page.gone = seat.env.now, True
            seat.stop_renewing(seat.env.now)
        seat.token = Token(seat.env.now, seat.env.now)
        if kind is LoggedIn:
            self.session_division = seat.account.division_id(seat.env.now)
        if seat.settings.widget.clear_cache_on_mount:
            self.entry = None
        self.page = Page(self, kind, cause)

    def close(self) -> None:
        """End the day: the page polls no more, and is let go."""
        if self.page:
            self.page.alarm.end()
        self.page = self.when_answered = None


class Page:
    """One load of the page. Its polls leave on one grid, whatever the replies do.

    It begins at the load, or at random within ``start_jitter_ms`` after it.
    """

    def __init__(self, browser: Browser, kind: type[PageLoad], cause: Identity | None) -> None:
        self.browser = browser
        self.seat = seat = browser.seat
        self.config = config = seat.settings.widget
        self.loaded = seat.env.now
        self.origin = self.loaded + self._start_jitter()
        """When the first poll leaves, and where the grid of all later ones begins."""
        self.replaced = NEVER
        """When another page took this one's place."""
        self.gone = False
        """Whether another page has taken this one's place."""
        self.every = seat.platform.interval_ms
        self.longest = seat.platform.longest_poll_ms
        self.reach = seat.platform.longest_reach_ms
        dataset = config.dataset_life_polls * self.every if config.dataset_life_polls > 1 else 0
        self.life = config.http_max_age_ms or dataset
        self.fetch_every = max(1, -(-self.life // self.every)) * self.every
        self.divides_per_request = (
            config.division_id == CONTEXT_DIVISION and config.division_reread == "request"
        )
        self.counts = seat.settings.session.poll_counts and not seat.platform.silent
        self.version = -1
        self.config_as_of = self.loaded
        self.division = self._division_at_load()
        self.due = self.origin
        """The next point of the grid that is not yet accounted for."""
        self.hold = 0
        """An extra poll off the grid: after a refusal for too many requests, or on focus."""
        self.refused_until = 0
        """When the window ends that the last refusal for too many requests told of."""
        self.left = self.loaded
        """When the last poll left; the load of the page before the first one."""
        self.loaded_hidden = browser.hidden
        self.in_flight = False
        self.carried = seat.token
        """The token that the last poll left with."""
        self.last: Reply | None = None
        """The last reply to a poll, None since something changed: the page is not settled."""
        self.trouble = OK
        """Status of the last poll, as the widget sees it."""
        self.alarm = Alarm(seat.env)
        self.mask, self.shown_version, self.shown_division = 0, -1, ""
        entry = browser.entry
        self.answered = False
        """Whether there is something to show: a list, or that there is none."""
        if entry and entry.question.division == self.division and self._alive(entry):
            self.answered = True
            self.mask, self.shown_version = entry.reply.mask, entry.reply.version
            self.shown_division = entry.question.division
        self.born = seat.record(PAGE, kind(self.mask, self.shown_version, self.division), cause)
        self.listed_by: Identity = self.born
        """The record that made the list what it is."""
        self.asked_by: Identity | None = None
        """The record that made the next answer count: a new division or version."""
        seat.renewed_by = self.born
        self.troubled_by: Identity | None = None
        self.login_at = NEVER
        """When the agent will log in again, having met a dead widget."""
        seat.env.start(self.polling())
        if seat.undying and not seat.day.transfers:
            seat.renew_quietly(self.born)
        elif seat.platform.silent:
            seat.env.start(self.renewing())

    def _alive(self, entry: Entry) -> bool:
        return self.loaded < entry.stamped + self.life

    def _start_jitter(self) -> int:
        longest = self.config.start_jitter_ms
        return (
            below(draw(self.seat.addresses["start_jitter"], self.loaded), longest + 1)
            if longest
            else 0
        )

    def _division_at_load(self) -> str:
        asked, seat = self.config.division_id, self.seat
        if asked == PAGE_DIVISION:
            return seat.account.ids[seat.day.division]
        if asked != CONTEXT_DIVISION:
            return asked
        if self.config.division_reread == "session":
            return self.browser.session_division
        if self.divides_per_request:
            return seat.account.ids[seat.account.judged_by(self.loaded)]
        return seat.account.division_id(self.loaded)

    @property
    def reads_config(self) -> bool:
        """Whether the next poll reads the configuration before the list."""
        return self.config.version_parameter and (
            self.config.config_reread == "poll" or self.version < 0
        )

    @property
    def frozen(self) -> bool:
        """Whether the dropdown does not respond."""
        return self.trouble == 401 and self.config.on_401 == "freeze"

    @property
    def settled(self) -> bool:
        """Whether the next poll will get the last one's reply unless something changes."""
        return self.last is not None

    @property
    def answered_by_browser(self) -> bool:
        """Whether polls within the life of the cached list never reach the wire."""
        answered = self.last is not None and self.last.status == OK
        return bool(answered and self.config.http_max_age_ms and self.browser.entry)

    @property
    def next_renewal(self) -> int:
        """When the token held will be renewed silently, or NEVER."""
        if not self.seat.platform.silent:
            return NEVER
        return self.seat.token.issued + self.seat.platform.renewal_period_ms

    def first_fetch(self) -> int:
        """Give the first poll not yet accounted for that replaces the cached list."""
        entry = self.browser.entry
        stale = entry.stamped + self.life if entry else self.due
        return max(self.due, on_grid(self.origin, self.every, stale))

    # The two processes of a page.

    def polling(self) -> Process:
        """Poll on the grid until the shift ends. The clock decides which polls are events."""
        self.arm()
        while True:
            yield self.alarm.moment
            if not self.seat.clock.sleeps_on(self):
                yield from self.poll()
            if self.gone:
                return
            self.arm()

    def renewing(self) -> Process:
        """Renew the token a fixed time before it dies, whatever the agent does.

        The login service looks at nothing that may change meanwhile, so a renewal is one event:
        its answer.
        """
        seat = self.seat
        while (leaves := self.next_renewal) < seat.day.end:
            up, down = seat.delays("renew", leaves)
            yield seat.at(leaves + up + down, REPLY["renew"])
            if (self.replaced, PAGE) < (leaves, TIMER_RENEWAL):
                return
            offline = seat.offline.at(leaves)
            reply = lost(leaves) if offline else seat.platform.renewal(seat, leaves + up)
            seat.count("renew", reply, leaves)
            if offline or self.gone:
                return
            self.take_token(leaves, reply.division)

    def take_token(self, issued: int, division: str) -> None:
        """Take the token that a renewal brought, and read the division if this is the time to."""
        seat = self.seat
        divides = (
            self.config.division_reread == "renewal"
            and self.config.division_id == CONTEXT_DIVISION
            and division != self.division
        )
        self.sync(seat.env.now)
        seat.token = Token(issued, issued)
        seat.renewed_by = seat.record(REPLY["renew"], TokenRenewed(issued), self.born)
        if divides:
            self.read_division(division, REPLY["renew"], seat.transferred_by)
        if self.trouble != OK:
            self.last = None
        self.arm()

    # One poll.

    def poll(self) -> Process:
        """Make one ordinary poll: the configuration if it is re-read, then the list."""
        seat = self.seat
        left = seat.env.now
        self.sync(left)
        # A retry off the grid must end before the next poll on the grid leaves.
        self.due = on_grid(self.origin, self.every, left + (self.longest if self.hold else 1))
        self.hold = 0
        self.left, self.in_flight = left, True
        self.carried = seat.token
        if self.config.http_max_age_ms:
            seat.polls.append(Polls(left, 0, 1))
        if self.counts and not seat.offline.at(left) and self.asks_platform(left):
            seat.extend(left)
        asked = self.reads_config
        if asked:
            reply = yield from seat.request("config", poll=left)
            if self.gone:
                return
            if reply.status != OK:
                self.in_flight = False
                self.fail(reply, first_leg=True)
                return
            self.read_version(reply)
        if self.divides_per_request:
            division = seat.account.ids[seat.account.judged_by(seat.env.now)]
            self.read_division(division, TIMER_POLL, seat.permitted_by)
        question = Question(self.division, self.version)
        entry = self.browser.entry
        if entry and entry.question != question:
            entry = self.browser.entry = None
        if entry and self.config.http_max_age_ms and left < entry.stamped + self.life:
            self.last = entry.reply
            self.show(entry.reply)
            if asked:
                self.recover()
        else:
            reply = yield from seat.request("list", question.division, poll=left)
            if self.gone:
                return
            self.receive(reply, question, left, asked)
        self.in_flight = False

    def asks_platform(self, left: int) -> bool:
        """Say whether a poll that leaves now reaches the wire at all."""
        entry = self.browser.entry
        cached = self.config.http_max_age_ms and entry and left < entry.stamped + self.life
        return self.reads_config or not cached

    def receive(self, reply: Reply, question: Question, left: int, read_config: bool) -> None:
        """Take the reply to a list request: replace what is shown, unless the cache still holds."""
        if question.division != self.division:
            self.last = None
            return
        if reply.status != OK:
            self.fail(reply, first_leg=not self.reads_config)
            return
        self.last = reply
        self.recover()
        self.be_answered()
        if not holds(self.browser.entry, question, left, self.life):
            self.browser.entry = Entry(question, left, reply)
            self.seat.snapshots.append(Snapshots(left, 0, 1, read_config))
            self.show(reply)

    def show(self, reply: Reply) -> None:
        """Show a list; recorded when it differs from the one shown before."""
        shown = (self.mask, self.shown_version, self.shown_division)
        if shown != (reply.mask, reply.version, reply.division):
            edit = self.seat.platform.edit_before(reply) if self.shown_version >= 0 else None
            self.mask, self.shown_version = reply.mask, reply.version
            self.shown_division = reply.division
            self.listed_by = self.seat.record(
                REPLY["list"],
                ListShown(reply.mask, reply.version, reply.division, reply.as_of),
                self.asked_by or edit or self.born,
            )
        self.asked_by = None

    def be_answered(self) -> None:
        """Let whoever waits for a list go on, at the page's first answer."""
        if not self.answered:
            self.answered = True
            if self.browser.when_answered:
                self.browser.when_answered()

    def fail(self, reply: Reply, first_leg: bool) -> None:
        """Take a refused or lost poll. Errors are swallowed; only what changes is recorded."""
        self.be_answered()
        if reply.status == 429:
            self.refused_until = reply.as_of + reply.retry_after
            self.back_off(self.seat.env.now, reply.retry_after)
        lasting = first_leg or reply.status in (400, 403, 404)
        renewed = reply.status == 401 and self.carried != self.seat.token
        self.last = reply if lasting and not renewed else None
        if reply.status != self.trouble:
            self.trouble = reply.status
            why = self.seat.renewed_by if reply.status == 401 else None
            self.troubled_by = self.seat.record(
                REPLY["list"], PollsFailed(reply.status, reply.code), why
            )
        if reply.status in (400, 403, 404) and self.mask:
            self.mask, self.shown_version, self.shown_division = 0, -1, ""
            self.listed_by = self.seat.record(REPLY["list"], ListShown(0, -1, ""), self.troubled_by)

    def recover(self) -> None:
        """Take note that a poll was answered."""
        if self.trouble != OK:
            # Only a dead token needs another one. Any other trouble ends by itself.
            why = self.seat.renewed_by if self.trouble == 401 else None
            self.trouble = OK
            self.seat.record(REPLY["list"], PollsRecovered(), why)

    def back_off(self, now: int, retry_after: int) -> None:
        """After too many requests: no poll before Retry-After and a random wait have passed."""
        if self.config.honour_retry_after:
            jitter = below(
                draw(self.seat.addresses["jitter"], now), self.config.retry_jitter_ms + 1
            )
            self.hold = now + retry_after + jitter
            self.due = on_grid(self.origin, self.every, self.hold + 1)

    def be_refused(self, now: int, until: int) -> None:
        """Account for a poll that leaves now and is sure to be refused, as if it had been made."""
        assert self.last is not None
        kind = "config" if self.reads_config else "list"
        self.left, self.carried = now, self.seat.token
        if self.counts:
            self.seat.extend(now)
        up, down = self.seat.delays(kind, now)
        self.seat.count(kind, self.last, now)
        if self.config.http_max_age_ms:
            self.seat.polls.append(Polls(now, 0, 1))
        self.back_off(now + up + down, until - now - up)

    def read_version(self, reply: Reply) -> None:
        """Take the version out of a configuration."""
        self.config_as_of = reply.as_of
        if reply.version != self.version:
            if self.version >= 0:
                why = self.seat.platform.edit_before(reply)
                self.asked_by = self.seat.record(REPLY["config"], VersionRead(reply.version), why)
            self.version = reply.version

    def read_division(self, division: str, rank: int, cause: Identity | None) -> None:
        """Evaluate the context variable; the next poll drops the list of another division."""
        if division != self.division:
            self.division = division
            self.last = None
            self.forget_if_unanswered(self.seat.env.now - 1)
            self.asked_by = self.seat.record(rank, DivisionRead(division), cause)

    # The clock of a page.

    def arm(self) -> None:
        """Set the alarm for the next poll that is made as an event."""
        if self.in_flight or self.gone:
            return
        self.sync(self.seat.env.now)
        when = self.seat.clock.next_poll(self)
        first = self.loaded_hidden and when == self.origin
        suspended = self.browser.hidden and not first
        if suspended or when >= self.seat.day.end:
            self.alarm.clear()
        elif when != self.alarm.when or self.alarm.moment.callbacks is None:
            self.alarm.set(when, TIMER_POLL * SEATS + self.seat.place)

    def sync(self, t: int) -> None:
        """Account for the polls skipped before a millisecond: each got the last one's reply."""
        if self.due >= t or self.browser.hidden:
            return
        t = min(t, self.seat.day.end)
        if self.due >= t:
            return
        n = -((self.due - t) // self.every)
        first, self.due = self.due, self.due + n * self.every
        self.left = self.due - self.every
        last = self.last
        assert last is not None, "a page that is not settled skips no poll"
        if self.config.http_max_age_ms:
            self.seat.polls.append(Polls(first, self.every, n))
        fetch, step, fetches = self._refetch(first, n, last)
        if fetches:
            self.seat.snapshots.append(Snapshots(fetch, step, fetches, self.reads_config))
        lists = (fetch, step, fetches) if self.answered_by_browser else (first, self.every, n)
        if self.reads_config:
            failed = last.status in (NETWORK_FAILURE, 401, 429)
            config = last if failed else self.seat.platform.config_reply
            self.seat.count("config", config, first, self.every, n)
            lists = (0, 0, 0) if failed else lists
        if lists[2]:
            self.seat.count("list", last, *lists)
        if self.counts and last.status != NETWORK_FAILURE:
            if self.reads_config or not self.answered_by_browser:
                self.seat.extend_each(first, self.left, self.every)
            elif fetches and self.browser.entry:
                stamped = self.browser.entry.stamped
                earliest = stamped - (fetches - 1) * self.fetch_every
                self.seat.extend_each(earliest, stamped, self.fetch_every)

    def _refetch(self, first: int, n: int, last: Reply) -> tuple[int, int, int]:
        """Renew the stamp of a list that skipped polls replaced by its equal.

        Give the first of these polls, the time between two of them, and how many there were.
        """
        entry = self.browser.entry
        if entry is None or last.status != OK:
            return 0, 0, 0
        if not self.life:
            return first, self.every, n
        fetch = on_grid(self.origin, self.every, max(first, entry.stamped + self.life))
        if fetch >= self.due:
            return 0, 0, 0
        fetches = (self.due - self.every - fetch) // self.fetch_every + 1
        stamped = fetch + (fetches - 1) * self.fetch_every
        self.browser.entry = entry._replace(stamped=stamped)
        return fetch, self.fetch_every, fetches

    def forget_if_unanswered(self, answered_by: int) -> None:
        """Take the list of the last skipped poll back if its answer came too late to be shown.

        With a life of the cached list or a configuration to read, such a poll is never skipped.
        """
        snapshots, left = self.seat.snapshots, self.left
        if self.in_flight or not snapshots or snapshots[-1].last != left:
            return
        if left + sum(self.seat.delays("list", left)) > answered_by and not (
            self.life or snapshots[-1].reads_config
        ):
            shorter = snapshots.pop()
            if shorter.n > 1:
                snapshots.append(shorter._replace(n=shorter.n - 1))

    def hide(self) -> None:
        """The tab is hidden: no poll leaves until it is shown again."""
        self.sync(self.seat.env.now)
        self.alarm.clear()

    def resume(self) -> None:
        """The tab is shown again: polls resume at their phase, after one at once if so set."""
        now = self.seat.env.now
        self.loaded_hidden = False
        if self.hold <= now:
            at_once = self.config.refetch_on_focus and polls_on_focus(
                now, self.origin, self.left, self.longest
            )
            self.hold = now if at_once else 0
        free = self.due if self.in_flight else now  # a retry under way may last beyond the grid
        self.due = on_grid(self.origin, self.every, max(now, self.hold + 1, free))
        self.last = None
        self.arm()

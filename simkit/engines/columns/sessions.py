"""Tokens that die: when, and who logs in again.

A token that nothing renews silently lives on from the agent's last act, and one that is renewed
dies when the network loses a renewal. Acts are openings of the dropdown, and polls where these
count. So all of a day that matters here is known before any list: intentions, reloads, when pages
have their first answer, and when the guard turns agents away. Each round makes the next act or page
load of every agent at once.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np

from simkit.base.steps import NEVER
from simkit.engines.columns.arrays import Flags, Ints
from simkit.engines.columns.days import Days, poll_origins
from simkit.engines.columns.decisions import waits_until
from simkit.engines.columns.guard import Guard
from simkit.engines.columns.polls import Polls
from simkit.engines.columns.renewals import lost_renewal
from simkit.rules.replies import retry_wait
from simkit.rules.settings import Settings


def with_sessions(settings: Settings, days: Days) -> tuple[Days, Flags]:
    """Give days with their logins after dead tokens, and for which agents that is exact.

    It is not where an act comes so shortly before a token dies that a poll under way may still
    meet its death; where an agent is told of a refused token and logs in for that; where an agent
    has to wait for a list or not, as there is one in browser storage; where a warning may be tried
    again; where a page reads the configuration once, and not with its first poll; and where polls
    that the browser may answer meet a dead token.
    """
    concerned = _may_meet_death(settings, days)
    if not concerned.any():
        return days, ~concerned
    of_some = days if concerned.all() else days.those(concerned)
    loads, *rest, certain = _Sessions(settings, of_some).followed()
    exact = ~concerned
    exact[concerned] = certain
    pages = max(loads.shape[1], days.loads.shape[1])

    def joined(others: Ints, found: Ints) -> Ints:
        """Put columns of those concerned beside those of the others."""
        table = np.full((len(concerned), pages), NEVER)
        table[:, : others.shape[1]] = others
        table[concerned] = NEVER
        table[concerned, : found.shape[1]] = found
        return table

    never = np.full((len(concerned), 1), NEVER)
    starts = np.broadcast_to(days.start[:, None], days.loads.shape)
    dead_from, logged_in = map(joined, (never, starts), rest)
    loads = joined(days.loads, loads)
    return replace(days, loads=loads, dead_from=dead_from, logged_in=logged_in), exact


def _may_meet_death(settings: Settings, days: Days) -> Flags:
    """Say whose token may die while they are at work."""
    platform, every = settings.platform, settings.interval_ms
    if settings.silent_renewal:
        rows = np.arange(len(days.end))[:, None]
        lost = lost_renewal(days, platform.renewal_period_ms, rows, days.loads)
        until = np.column_stack((days.loads[:, 1:], days.end))
        return np.asarray((lost < np.minimum(until, days.end[:, None])).any(axis=1))
    if not settings.session.poll_counts:
        return np.ones(len(days.end), bool)
    # The longest time without a poll: one interval, what the browser answers, and all spans without
    # polls, were they one.
    cached = settings.widget.http_max_age_ms
    cached = cached and cached + every
    silent = np.full(len(days.end), settings.widget.start_jitter_ms + every + cached)
    for since, to in (
        (days.hidden_from, days.hidden_until),
        (days.offline_from, days.offline_until),
    ):
        silent += np.where(since < NEVER, to - since + every, 0).sum(axis=1)
    return np.asarray(silent >= platform.token_life_ms)


class _Sessions:
    """Where each agent stands, as rounds go on. All columns have a row for each agent."""

    def __init__(self, settings: Settings, days: Days) -> None:
        widget, platform, agents = settings.widget, settings.platform, len(days.people)
        self.settings, self.days = settings, days
        self.every, self.life = settings.interval_ms, platform.token_life_ms
        self.period, self.silent = platform.renewal_period_ms, settings.silent_renewal
        self.counts = settings.session.poll_counts and not self.silent
        """Whether polls keep tokens alive."""
        self.longest_up = settings.wire.delay_max_ms
        tries = range(widget.retry_attempts)
        self.longest_try = self.longest_up + sum(retry_wait(n) + 2 * self.longest_up for n in tries)
        """The longest time from a choice to the arrival of its last try, in ms."""
        self.relogin = settings.session.relogin_after_ms
        self.freezes, self.tells = widget.on_401 == "freeze", widget.on_error != "swallow"
        self.polls = Polls(settings, days)
        self.guard = Guard(settings, days)
        self.by_browser = widget.http_max_age_ms > 0
        kept = widget.dataset_life_polls > 1 or widget.http_max_age_ms > 0
        self.stores = kept and not widget.clear_cache_on_mount
        self.retries = widget.override_guard != "none" and widget.retry_after_lock
        self.intentions, self.lengths = (
            _by_agent(days, days.t, NEVER),
            _by_agent(days, days.length, 0),
        )
        self.intention = np.zeros(agents, np.int64)
        self.reloads = np.column_stack((days.loads, np.full(agents, NEVER)))
        self.reload = np.zeros(agents, np.int64)
        self.again, self.login = np.full(agents, NEVER), np.full(agents, NEVER)
        """When a second try and a login after a dead token are due."""
        self.again_length = np.zeros(agents, np.int64)
        self.loaded, self.origin = np.full(agents, NEVER), np.full(agents, NEVER)
        self.loaded_hidden = np.zeros(agents, bool)
        """Whether the tab was hidden as the page was loaded."""
        self.first = np.full(agents, NEVER)
        """When the page's first poll leaves."""
        self.answered = np.full(agents, NEVER)
        """When the page's first poll is answered, for which agents wait who have no list before."""
        self.may_have_list = np.zeros(agents, bool)
        """Whether a list may be in browser storage as the page is loaded."""
        self.active = np.zeros(agents, np.int64)
        """When the last act was that the token lives on from, or when the last renewal left."""
        self.exact = np.full(agents, not (self.counts and widget.http_max_age_ms))
        self.logged_in = days.start.copy()
        self.pages: list[tuple[Ints, Ints, Ints, Ints]] = []
        """(agents, loaded at, token dead from, last login) of pages that are over."""

    def followed(self) -> tuple[Ints, Ints, Ints, Flags]:
        """Go through the day; give all page loads, when tokens are dead, logins, and who is exact.

        The last of these is told of agents, the others of their pages.
        """
        rows = np.arange(len(self.days.people))
        while len(rows):
            load = np.minimum(self.reloads[rows, self.reload[rows]], self.login[rows])
            intention, again = self._intention_at(rows, load), self._again_at(rows)
            act = np.minimum(intention, again)
            # A page load comes before an act in the same millisecond.
            loads = (load <= act) & (load < NEVER)
            acts = ~loads & (act < NEVER)
            self._load(rows[loads], load[loads])
            self._act(rows[acts], act[acts], (intention == act)[acts], (again == act)[acts])
            rows = rows[loads | acts]
        everybody = np.arange(len(self.days.people))
        self._close(everybody, self.days.end)
        who, loaded, *rest = (np.concatenate(each) for each in zip(*self.pages, strict=True))
        order = np.lexsort((loaded, who))
        who = who[order]
        page = np.arange(len(who)) - np.searchsorted(who, who)
        tables = np.full((3, len(everybody), int(page.max()) + 1), NEVER)
        for table, column in zip(tables, (loaded, *rest), strict=True):
            table[who, page] = column[order]
        return *tables, self.exact

    def _intention_at(self, rows: Ints, load: Ints) -> Ints:
        """Give when each agent acts on the next intention; those given up by then are passed over.

        ``load`` is when the next page is loaded, which may answer sooner than this one.
        """
        at = np.full(len(rows), NEVER)
        places = np.arange(len(rows))
        while len(places):
            agents = rows[places]
            due = self.intentions[agents, self.intention[agents]]
            until = waits_until(
                self.days, agents, due, self.lengths[agents, self.intention[agents]]
            )
            self._wait(agents, due)
            when = np.maximum(due, self.answered[agents])
            made = when < until
            at[places[made]] = when[made]
            over = ~made & (due < NEVER) & (load[places] >= until)
            self.intention[agents[over]] += 1
            places = places[over]
        return at

    def _again_at(self, rows: Ints) -> Ints:
        """Give when each agent tries once more; NEVER where there is nothing to try, or no list."""
        due = self.again[rows]
        self._wait(rows, due)
        when = np.maximum(due, self.answered[rows])
        until = waits_until(self.days, rows, due, self.again_length[rows])
        return np.where(when < until, when, NEVER)

    def _wait(self, rows: Ints, due: Ints) -> None:
        self.exact[rows] &= ~(self.may_have_list[rows] & (due < self.answered[rows]))

    def _load(self, rows: Ints, t: Ints) -> None:
        is_first = self.loaded[rows] == NEVER
        self._close(rows[~is_first], t[~is_first])
        self.may_have_list[rows] = self.stores & ~is_first
        reload = self.reloads[rows, self.reload[rows]] == t
        self.exact[rows] &= ~(reload & (self.login[rows] == t))
        self.reload[rows] += reload
        self.logged_in[rows] = np.where(reload, self.logged_in[rows], t)
        self.loaded[rows] = self.active[rows] = t
        if self.silent:
            self.active[rows] = lost_renewal(self.days, self.period, rows, t) - self.period
        self.origin[rows] = poll_origins(self.settings, self.days, rows, t)
        self.login[rows] = NEVER
        first = self._first_poll(rows)
        lost = self.days.offline(rows, first)
        up, down = self.polls.opening(rows, first)
        waits = np.where(lost, self.polls.until_lost(rows, first, lost), up + down)
        self.answered[rows] = np.where(first < self.days.end[rows], first + waits, NEVER)
        if self.polls.reads_config and not self.polls.reads_config_each:
            self.exact[rows] &= ~lost
        self.first[rows] = first
        hidden = (self.days.hidden_from[rows] <= t[:, None]) & (
            t[:, None] < self.days.hidden_until[rows]
        )
        self.loaded_hidden[rows] = hidden.any(axis=1)

    def _close(self, rows: Ints, until: Ints) -> None:
        self._advance(rows, until)
        dead = self.active[rows] + self.life
        self.pages.append((rows, self.loaded[rows], dead, self.logged_in[rows]))
        if self.by_browser:
            self.exact[rows] &= dead > until + 3 * self.longest_up
        if self.polls.reads_config:
            answered = self.answered[rows]
            self.exact[rows] &= (dead > answered) | (answered == NEVER)

    def _act(self, rows: Ints, t: Ints, first: Flags, second: Flags) -> None:
        """Let agents act on a new intention, try for a second time, or both in one millisecond."""
        length = self.lengths[rows, self.intention[rows]]
        self.intention[rows] += first
        self.again[rows[second]] = NEVER
        self._advance(rows, t)
        dies = self.active[rows] + self.life
        alive = t < dies
        if not self.silent:
            self.exact[rows] &= ~(alive & (t >= dies - self.longest_up))
            self.active[rows[alive]] = t[alive]
        frozen = np.zeros(len(rows), bool)
        if self.freezes:
            frozen = self._frozen(rows, t, dies)
        if self.tells:
            lost = self.days.offline(rows, t)
            last = t + np.where(lost, self.longest_try, self.longest_up)
            self.exact[rows] &= frozen | (last < self.active[rows] + self.life)
        if self.relogin is not None:
            wait = max(self.relogin, self.settings.longest_poll_ms + 1)
            when = t + wait
            meets = frozen & (self.login[rows] == NEVER) & (when < self.days.end[rows])
            self.login[rows[meets]] = when[meets]
        if self.retries:
            until = self.guard.until(rows, t)
            again = first & ~frozen & (until > 0) & (until < self.days.end[rows])
            if self.guard.kind == "warn":
                # Only who finds the code is warned.
                self.exact[rows[again]] = False
            self.again[rows[again]], self.again_length[rows[again]] = until[again], length[again]

    # Polls, of which some are not made: those of a hidden tab, save the first of a page loaded so.

    def _first_poll(self, rows: Ints) -> Ints:
        """Give when the first poll of each page leaves."""
        first, loaded = self.origin[rows].copy(), self.loaded[rows]
        for since, until in zip(self.days.hidden_from.T, self.days.hidden_until.T, strict=True):
            suspended = (since[rows] <= first) & (first < until[rows]) & (loaded < since[rows])
            first = np.where(suspended, self._on_grid(rows, until[rows]), first)
        return first

    def _on_grid(self, rows: Ints, t: Ints) -> Ints:
        """Give the first point of each page's grid at or after moments."""
        origin = self.origin[rows]
        return np.asarray(origin + np.maximum(0, -((origin - t) // self.every)) * self.every)

    def _last_poll(self, rows: Ints, t: Ints) -> Ints:
        """Give the last poll of each page that left by a moment; before its origin if none did."""
        origin, loaded = self.origin[rows], self.loaded[rows]
        left = origin + (t - origin) // self.every * self.every
        spans = zip(self.days.hidden_from.T[::-1], self.days.hidden_until.T[::-1], strict=True)
        for since, until in spans:
            hidden = (since[rows] <= left) & (left < until[rows])
            before = origin + (since[rows] - 1 - origin) // self.every * self.every
            before = np.where(since[rows] <= loaded, origin, before)
            left = np.where(hidden & (left >= origin), before, left)
        return np.asarray(left)

    def _frozen(self, rows: Ints, t: Ints, dies: Ints) -> Flags:
        """Say whether the last poll whose end is known met a dead token."""
        found = np.zeros(len(rows), bool)
        waiting, before = np.arange(len(rows)), np.minimum(t, self.days.end[rows] - 1)
        while len(waiting):
            agents = rows[waiting]
            left = self._last_poll(agents, before[waiting])
            opening = left == self.first[agents]
            met, told = self.polls.refused(agents, left, dies[waiting], opening)
            lost = self.days.offline(agents, left)
            if lost.any():
                asks_config = opening | self.polls.reads_config_each
                waits = self.polls.until_lost(agents, left, asks_config)
                told = np.where(lost, left + waits, told)
            there = left >= self.origin[agents]
            known = there & (told <= t[waiting])
            found[waiting] = known & met & ~lost
            before[waiting] = left - 1
            waiting = waiting[there & ~known]
        return found

    def _advance(self, rows: Ints, t: Ints) -> None:
        """Let polls before a moment keep tokens alive, each in time for the next."""
        if not self.counts:
            return
        waiting, until = rows, t
        while len(waiting):
            active = self.active[waiting]
            left = self._next_counting(waiting, active)
            in_time = (left < until) & (left < active + self.life)
            in_time &= left < self.days.end[waiting]
            waiting, until, left = waiting[in_time], until[in_time], left[in_time]
            if self.every < self.life:
                left = self._last_of_run(waiting, left, until)
            self.active[waiting] = left

    def _next_counting(self, rows: Ints, t: Ints) -> Ints:
        """Give the first poll of each page after a moment that gets as far as the platform."""
        left = self._on_grid(rows, t + 1)
        while True:
            after = left
            for since, until in self._silences:
                silent = (since[rows] <= after) & (after < until[rows])
                silent &= ~self._opens_hidden(rows, after)
                after = np.where(silent, self._on_grid(rows, until[rows]), after)
            if (after == left).all():
                return left
            left = after

    def _last_of_run(self, rows: Ints, left: Ints, until: Ints) -> Ints:
        """Give the last poll of a run before a moment, ``left`` being one of its polls."""
        limit = np.minimum(until, self.days.end[rows])
        for since, _ in self._silences:
            limit = np.where(since[rows] > left, np.minimum(limit, since[rows]), limit)
        limit = np.where(self._opens_hidden(rows, left), left + 1, limit)
        return left + (limit - 1 - left) // self.every * self.every

    @cached_property
    def _silences(self) -> list[tuple[Ints, Ints]]:
        """Spans in which no poll gets as far as the platform: from and until, for each agent."""
        days = self.days
        hidden = zip(days.hidden_from.T, days.hidden_until.T, strict=True)
        return [*hidden, *zip(days.offline_from.T, days.offline_until.T, strict=True)]

    def _opens_hidden(self, rows: Ints, left: Ints) -> Flags:
        """Say whether a poll is the first one of a page that is loaded while its tab is hidden."""
        return np.asarray(self.loaded_hidden[rows] & (left == self.origin[rows]))


def _by_agent(days: Days, of: Ints, otherwise: int) -> Ints:
    """Give a column of wanted changes as a table with one row for each agent."""
    first = np.searchsorted(days.who, np.arange(len(days.people)))
    count = np.bincount(days.who, minlength=len(days.people))
    table = np.full((len(days.people), int(count.max(initial=0)) + 1), otherwise)
    table[days.who, np.arange(len(days.who)) - first[days.who]] = of
    return table

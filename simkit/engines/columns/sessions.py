"""Tokens that nothing renews silently: when they die, and who logs in again.

A token lives on from the agent's last act. Acts are openings of the dropdown, so that all of a day
that matters here is known before any list: intentions, reloads, when pages have their first answer,
and when the guard turns agents away.
Each round makes the next act or page load of every agent at once.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simkit.base.steps import NEVER
from simkit.engines.columns.arrays import Delays, Flags, Ints, first_arriving
from simkit.engines.columns.days import Days, poll_origins
from simkit.engines.columns.decisions import waits_until
from simkit.engines.columns.guard import Guard
from simkit.rules.settings import Settings
from simkit.rules.wire import Wire


def with_sessions(settings: Settings, days: Days) -> tuple[Days, Flags]:
    """Give days with their logins after dead tokens, and for which agents that is exact.

    It is not where an act comes so shortly before a token dies that a poll under way may still
    meet its death, nor where an agent is told of a refused token and logs in for that, nor where an
    agent has to wait for a list or not, as there is one in browser storage.
    """
    return _Sessions(settings, days).followed()


class _Sessions:
    """Where each agent stands, as rounds go on. All columns have a row for each agent."""

    def __init__(self, settings: Settings, days: Days) -> None:
        widget, agents = settings.widget, len(days.people)
        self.settings, self.days = settings, days
        self.every, self.life = settings.interval_ms, settings.platform.token_life_ms
        self.longest_up = settings.wire.delay_max_ms
        self.relogin = settings.session.relogin_after_ms
        self.freezes, self.tells = widget.on_401 == "freeze", widget.on_error != "swallow"
        self.delays = Delays(Wire(settings.wire), days.keys("list"))
        self.guard = Guard(settings, days)
        self.stores = widget.dataset_life_polls > 1 and not widget.clear_cache_on_mount
        self.retries = widget.override_guard == "lock" and widget.retry_after_lock
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
        self.answered = np.full(agents, NEVER)
        """When the page's first poll is answered, for which agents wait who have no list before."""
        self.may_have_list = np.zeros(agents, bool)
        """Whether a list may be in browser storage as the page is loaded."""
        self.active = np.zeros(agents, np.int64)
        """When the last act was that the token lives on from."""
        self.exact = np.ones(agents, bool)
        self.pages: list[tuple[Ints, Ints, Ints]] = []
        """(agents, loaded at, token dead from) of pages that are over."""

    def followed(self) -> tuple[Days, Flags]:
        """Go through the day; give it with all page loads, and for whom it is exact."""
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
        self._close(everybody)
        who, loaded, dead = (np.concatenate(each) for each in zip(*self.pages, strict=True))
        order = np.lexsort((loaded, who))
        who, loaded, dead = who[order], loaded[order], dead[order]
        page = np.arange(len(who)) - np.searchsorted(who, who)
        loads = np.full((len(everybody), int(page.max()) + 1), NEVER)
        dead_from = loads.copy()
        loads[who, page], dead_from[who, page] = loaded, dead
        return replace(self.days, loads=loads, dead_from=dead_from), self.exact

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
        self._close(rows[~is_first])
        self.may_have_list[rows] = self.stores & ~is_first
        reload = self.reloads[rows, self.reload[rows]] == t
        self.exact[rows] &= ~(reload & (self.login[rows] == t))
        self.reload[rows] += reload
        self.loaded[rows] = self.active[rows] = t
        self.origin[rows] = poll_origins(self.settings, self.days, rows, t)
        self.login[rows] = NEVER
        up, down = self.delays.of(rows, self.origin[rows])
        asks = self.origin[rows] < self.days.end[rows]
        self.answered[rows] = np.where(asks, self.origin[rows] + up + down, NEVER)

    def _close(self, rows: Ints) -> None:
        self.pages.append((rows, self.loaded[rows], self.active[rows] + self.life))

    def _act(self, rows: Ints, t: Ints, first: Flags, second: Flags) -> None:
        """Let agents act on a new intention, try for a second time, or both in one millisecond."""
        length = self.lengths[rows, self.intention[rows]]
        self.intention[rows] += first
        self.again[rows[second]] = NEVER
        dies = self.active[rows] + self.life
        alive = t < dies
        self.exact[rows] &= ~(alive & (t >= dies - self.longest_up))
        self.active[rows[alive]] = t[alive]
        frozen = np.zeros(len(rows), bool)
        if self.freezes:
            left, up, down = first_arriving(
                lambda i, left: self.delays.of(rows[i], left),
                self.origin[rows],
                self.every,
                self.longest_up,
                dies,
            )
            frozen = ~alive & (left + up + down <= t)
        if self.tells:
            self.exact[rows] &= alive | frozen
        if self.relogin is not None:
            wait = max(self.relogin, self.settings.longest_poll_ms + 1)
            when = t + wait
            meets = frozen & (self.login[rows] == NEVER) & (when < self.days.end[rows])
            self.login[rows[meets]] = when[meets]
        if self.retries:
            until = self.guard.until(rows, t)
            again = first & ~frozen & (until > 0) & (until < self.days.end[rows])
            self.again[rows[again]], self.again_length[rows[again]] = until[again], length[again]


def _by_agent(days: Days, of: Ints, otherwise: int) -> Ints:
    """Give a column of wanted changes as a table with one row for each agent."""
    first = np.searchsorted(days.who, np.arange(len(days.people)))
    count = np.bincount(days.who, minlength=len(days.people))
    table = np.full((len(days.people), int(count.max(initial=0)) + 1), otherwise)
    table[days.who, np.arange(len(days.who)) - first[days.who]] = of
    return table

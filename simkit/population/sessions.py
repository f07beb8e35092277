"""Tokens that nothing renews silently: when they die, and who logs in again.

A token lives on from the agent's last act. Acts are openings of the dropdown, so that all of a day
that matters here is known before any list: wishes, reloads, and when the guard turns agents away.
Each round makes the next act or page load of every agent at once.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simkit.base.steps import NEVER
from simkit.population.columns import Delays, Flags, Ints, first_arriving, keys
from simkit.population.days import Days, poll_origins
from simkit.population.guard import Guard
from simkit.rules.settings import Settings
from simkit.world.wire import Wire


def with_sessions(settings: Settings, seed: int, days: Days) -> tuple[Days, Flags]:
    """Give days with their logins after dead tokens, and for which agents that is exact.

    It is not where an act comes so shortly before a token dies that a poll under way may still
    meet its death, nor where an agent is told of a refused token and logs in for that.
    """
    return _Sessions(settings, seed, days).followed()


class _Sessions:
    """Where each agent stands, as rounds go on. All columns have a row for each agent."""

    def __init__(self, settings: Settings, seed: int, days: Days) -> None:
        widget, agents = settings.widget, len(days.people)
        self.settings, self.seed, self.days = settings, seed, days
        self.every, self.life = settings.interval_ms, settings.platform.token_life_ms
        self.longest_up = settings.wire.delay_max_ms
        self.relogin = settings.session.relogin_after_ms
        self.freezes, self.tells = widget.on_401 == "freeze", widget.on_error != "swallow"
        self.delays = Delays(Wire(settings.wire), keys(seed, "list", days.ids))
        self.guard = Guard(settings, days)
        self.retries = widget.override_guard == "lock" and widget.retry_after_lock
        self.wishes, self.wish = _by_agent(days), np.zeros(agents, np.int64)
        self.reloads = np.column_stack((days.loads, np.full(agents, NEVER)))
        self.reload = np.zeros(agents, np.int64)
        self.again, self.login = np.full(agents, NEVER), np.full(agents, NEVER)
        """When a second try and a login after a dead token are due."""
        self.loaded, self.origin = np.full(agents, NEVER), np.full(agents, NEVER)
        self.active = np.zeros(agents, np.int64)
        """When the last act was that the token lives on from."""
        self.exact = np.ones(agents, bool)
        self.pages: list[tuple[Ints, Ints, Ints]] = []
        """(agents, loaded at, token dead from) of pages that are over."""

    def followed(self) -> tuple[Days, Flags]:
        """Go through the day; give it with all page loads, and for whom it is exact."""
        rows = np.arange(len(self.days.people))
        while len(rows):
            act = np.minimum(self.wishes[rows, self.wish[rows]], self.again[rows])
            load = np.minimum(self.reloads[rows, self.reload[rows]], self.login[rows])
            there = np.minimum(act, load) < NEVER
            rows, act, load = rows[there], act[there], load[there]
            # A page load comes before an act in the same millisecond.
            loading = load <= act
            self._load(rows[loading], load[loading])
            self._act(rows[~loading], act[~loading])
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

    def _load(self, rows: Ints, t: Ints) -> None:
        self._close(rows[self.loaded[rows] < NEVER])
        reload = self.reloads[rows, self.reload[rows]] == t
        self.exact[rows] &= ~(reload & (self.login[rows] == t))
        self.reload[rows] += reload
        self.loaded[rows] = self.active[rows] = t
        self.origin[rows] = poll_origins(self.settings, self.seed, self.days, rows, t)
        self.login[rows] = NEVER

    def _close(self, rows: Ints) -> None:
        self.pages.append((rows, self.loaded[rows], self.active[rows] + self.life))

    def _act(self, rows: Ints, t: Ints) -> None:
        first = self.wishes[rows, self.wish[rows]] == t
        self.wish[rows] += first
        self.again[rows[self.again[rows] == t]] = NEVER
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
            self.again[rows[again]] = until[again]


def _by_agent(days: Days) -> Ints:
    """Give the times of wanted changes, one row for each agent, NEVER after the last one."""
    first = np.searchsorted(days.who, np.arange(len(days.people)))
    count = np.bincount(days.who, minlength=len(days.people))
    table = np.full((len(days.people), int(count.max(initial=0)) + 1), NEVER)
    table[days.who, np.arange(len(days.who)) - first[days.who]] = days.t
    return table

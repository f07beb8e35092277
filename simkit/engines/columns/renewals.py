"""Silent renewals: which one the network loses, and what meets the old token meanwhile.

A page renews its token at regular times. A request carries the token that its page holds as it
leaves, and may arrive after that has died, as the new one had not come yet.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simkit.base.steps import NEVER
from simkit.engines.columns.arrays import Delays, Flags, Ints
from simkit.engines.columns.days import Days, poll_origins
from simkit.engines.columns.guard import Guard
from simkit.rules.settings import Settings
from simkit.rules.wire import Wire


def lost_renewal(days: Days, period: int, who: Any, loads: Ints) -> Ints:
    """Give when the first renewal leaves that the network loses, of pages loaded at some moments.

    NEVER where none is, as long as no other page takes their place. All have one shape, save that
    ``who`` may have a row for each of a table of ``loads``.
    """
    since, until = days.offline_from[who], days.offline_until[who]
    at = loads[..., None]
    leaves = at + np.maximum(1, -((at - since) // period)) * period
    return np.asarray(np.where(leaves < until, leaves, NEVER).min(axis=-1, initial=NEVER))


class Renewals:
    """The tokens of pages that renew them silently, as long as the network loses no renewal."""

    def __init__(self, settings: Settings, days: Days) -> None:
        self.settings, self.days = settings, days
        self.period, self.life = (
            settings.platform.renewal_period_ms,
            settings.platform.token_life_ms,
        )
        self.delays = Delays(Wire(settings.wire), days.keys("renew"))

    def dies(self, who: Ints, loaded: Ints, t: Ints) -> Ints:
        """Give when the tokens die that pages hold at some moments, loaded before them."""
        renewals = (t - loaded) // self.period
        leaves = loaded + renewals * self.period
        up, down = self.delays.of(who, leaves)
        renewals -= (renewals > 0) & (leaves + up + down > t)
        return loaded + renewals * self.period + self.life

    def met_by_polls(self) -> Flags:
        """Say of which agents a poll may arrive with a token that has died, as it is renewed.

        What is asked of it here is more than that: a poll leaves so late that it may.
        """
        days, every, reach = self.days, self.settings.interval_ms, self.settings.longest_reach_ms
        loads = days.loads
        rows = np.arange(len(loads))[:, None]
        origin = poll_origins(self.settings, days, rows, loads)
        until = np.column_stack((loads[:, 1:], np.full(len(loads), NEVER)))
        until = np.minimum(until, days.end[:, None])
        found, leaves = np.zeros(len(loads), bool), loads + self.period
        while (leaves < until + reach).any():
            up, down = self.delays.of(rows, leaves)
            dead = leaves - self.period + self.life
            left = origin + np.maximum(0, -((origin - dead + reach) // every)) * every
            answered = np.where(leaves < until, leaves + up + down, NEVER)
            found |= ((left < answered) & (left < until)).any(axis=1)
            leaves = leaves + self.period
        return found

    def met_by_choices(self) -> Flags:
        """Say of which agents a choice may do so, and they be told of it, and log in again.

        Of those that come up, or are tried again after a guard; of tries after lost ones, all.
        """
        days, found = self.days, np.zeros(len(self.days.end), bool)
        for t in (days.t, Guard(self.settings, days).until(days.who, days.t)):
            who, t = days.who[t > 0], t[t > 0]
            page = np.count_nonzero(days.loads[who] <= t[:, None], axis=1) - 1
            dies = self.dies(who, days.loads[who, page], t)
            late = (t + self.settings.wire.delay_max_ms >= dies) | days.offline(who, t)
            found[who[late]] = True
        return found

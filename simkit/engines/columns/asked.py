"""Which division a widget asks for: that of the agent as the page knows it.

A page reads the division as it is loaded, or has it from the login. Of an agent who is transferred
later it may read the new one while it is there: with the answer to a renewal, or at each poll.
"""

from __future__ import annotations

import numpy as np

from simkit.base.steps import NEVER
from simkit.engines.columns.arrays import Delays, Flags, Ints, first_arriving
from simkit.engines.columns.days import Days, poll_origins
from simkit.engines.columns.polls import Polls
from simkit.engines.columns.renewals import lost_renewal
from simkit.rules.sections import CONTEXT_DIVISION
from simkit.rules.settings import Settings
from simkit.rules.wire import Wire


class Asked:
    """Which pages of some agents begin with a new division, and when others read it."""

    def __init__(self, settings: Settings, days: Days) -> None:
        self.settings, self.days = settings, days
        reread = settings.widget.division_reread
        # The account tells of a transfer at once; what the platform goes by itself comes later.
        lag = settings.platform.permission_lag_ms if reread == "request" else 0
        told = days.moved_at + lag
        self.rows = (
            days.moved if settings.widget.division_id == CONTEXT_DIVISION else days.moved[:0]
        )
        """The agents whose lists may follow them."""
        known = days.loads
        if reread == "session":
            known = days.start[:, None] if days.logged_in is None else days.logged_in
        self.begins_new = np.zeros(days.loads.shape, bool)
        """Whether a page begins with the division that the agent is moved to."""
        self.begins_new[self.rows] = known[self.rows] >= told[self.rows, None]
        self.read_at = np.full(len(days.end), NEVER)
        """When the page that an agent has at the transfer reads the new division; or NEVER."""
        if reread == "request":
            self.read_at[self.rows] = told[self.rows]
        elif reread == "renewal" and settings.silent_renewal:
            self.read_at[self.rows] = self._renewed()

    def _page(self, t: Ints) -> tuple[Ints, Ints]:
        """Give when the pages of the rows at some moments are loaded, and replaced."""
        loads = self.days.loads[self.rows]
        page = np.maximum(0, np.count_nonzero(loads <= t[:, None], axis=1) - 1)
        loads = np.column_stack((loads, np.full(len(loads), NEVER)))
        rows = np.arange(len(loads))
        return loads[rows, page], loads[rows, page + 1]

    def _renewed(self) -> Ints:
        """Give when renewals are answered that reach the platform after the transfer."""
        moved, period = self.days.moved_at[self.rows], self.settings.platform.renewal_period_ms
        loaded, until = self._page(moved)
        delays = Delays(Wire(self.settings.wire), self.days.keys("renew"))
        left, up, down = first_arriving(
            lambda rows, left: delays.of(self.rows[rows], left),
            loaded + period,
            period,
            self.settings.wire.delay_max_ms,
            moved,
        )
        answered = left + up + down
        there = (left < np.minimum(until, self.days.end[self.rows])) & (answered <= until)
        there &= left < lost_renewal(self.days, period, self.rows, loaded)
        return np.where(there, answered, NEVER)

    @property
    def drops(self) -> bool:
        """Whether a list is dropped that was asked for before a division is read, and comes after.

        At a poll's own time nothing is on its way.
        """
        return self.settings.widget.division_reread == "renewal"

    def certain(self) -> Flags:
        """Say for which agents columns can tell what becomes of the poll before a division is read.

        Not where it is the first one of its page, or answered by the browser perhaps; nor where the
        network may lose what is asked after the configuration.
        """
        days, every = self.days, self.settings.interval_ms
        polls = Polls(self.settings, days)
        found = np.ones(len(days.end), bool)
        rows = self.rows[self.read_at[self.rows] < NEVER]
        asked, loads = self.read_at[rows], days.loads[rows]
        page = np.maximum(0, np.count_nonzero(loads <= asked[:, None], axis=1) - 1)
        loaded = loads[np.arange(len(rows)), page]
        origin = poll_origins(self.settings, days, rows, loaded)
        up, down = polls.opening(rows, origin)
        found[rows] = asked > origin + up + down
        longest = self.settings.longest_poll_ms
        if self.drops and self.settings.widget.http_max_age_ms:
            before = origin + (asked - 1 - origin) // every * every
            found[rows] &= before + longest < asked
            shown = days.hidden_until[rows]
            under_way = (shown <= asked[:, None]) & (asked[:, None] <= shown + longest)
            found[rows] &= ~(under_way.any(axis=1) & self.settings.widget.refetch_on_focus)
        if polls.reads_config:
            found[rows] &= (days.offline_from[rows] == NEVER).all(axis=1)
        return found

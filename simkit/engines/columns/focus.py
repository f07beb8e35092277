"""Polls that leave as a tab is shown again, off the grid of their page."""

from __future__ import annotations

import numpy as np

from simkit.base.steps import NEVER
from simkit.engines.columns.arrays import Ints, count_before
from simkit.engines.columns.days import Days, poll_origins
from simkit.rules.cache import polls_on_focus
from simkit.rules.settings import Settings


def on_focus(settings: Settings, days: Days) -> Ints:
    """Give when pages poll at once after each time their tab was hidden; NEVER where they do not.

    One row per agent. When a page polled last follows from its grid, and from such polls before.
    """
    every, longest = settings.interval_ms, settings.longest_poll_ms
    agents = np.arange(len(days.people))
    if not settings.widget.refetch_on_focus:
        return np.full((len(agents), 0), NEVER)
    found = np.full(days.hidden_until.shape, NEVER)
    origins = poll_origins(settings, days, agents[:, None], days.loads)
    before = np.full(len(agents), -1)
    due = left = days.start
    for span, (since, until) in enumerate(
        zip(days.hidden_from.T, days.hidden_until.T, strict=True)
    ):
        page = np.count_nonzero(days.loads <= until[:, None], axis=1) - 1
        loaded, origin = days.loads[agents, page], origins[agents, page]
        another = page != before
        due, left = np.where(another, origin, due), np.where(another, loaded, left)
        n = count_before(since, due, every)
        left = np.where(n > 0, due + (n - 1) * every, left)
        # The first poll of a page that is loaded while its tab is hidden leaves all the same.
        left = np.where((loaded >= since) & (origin < until), origin, left)
        polls = (until < NEVER) & polls_on_focus(until, origin, left, longest)
        found[polls, span] = until[polls]
        left = np.where(polls, until, left)
        free = np.maximum(origin, np.where(polls, until + longest, until))
        due, before = origin - (origin - free) // every * every, page
    return found

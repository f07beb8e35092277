"""The requests of agents some of whose requests a limit refuses."""

from __future__ import annotations

import numpy as np

from simkit.base.clock import SECOND
from simkit.engines.columns.arrays import Ints
from simkit.engines.columns.limited_lists import LimitedLists
from simkit.engines.columns.steps import per_agent
from simkit.engines.columns.traffic import Traffic
from simkit.rules.judging import config_size


class LimitedTraffic(Traffic):
    """What leaves and comes back on the wire; only admitted polls bring anything."""

    lists: LimitedLists

    @property
    def unauthorized(self) -> int:
        """None: no token dies where columns go through a limit."""
        return 0

    @property
    def polls(self) -> int:
        """How many questions polls ask."""
        return sum(int(asked.sum()) for asked in self.lists.questions.values())

    def load(self, bucket: int, length: int) -> Ints:
        """Count polls and submissions of all agents by the stretch of time that they leave in.

        Of polls that leave their grids, whole seconds are known.
        """
        by_second = self.lists.known.load
        if by_second is None:
            return super().load(bucket, length)
        seconds = np.nonzero(by_second)[0]
        polls = np.bincount(seconds * SECOND // bucket, by_second[seconds], minlength=length)
        sent = np.bincount(self.part.submissions.left // bucket, minlength=length)
        return np.asarray(sent + polls.astype(np.int64))

    @property
    def refused(self) -> int:
        """How many questions of polls the limit refuses."""
        known = self.lists.known
        return self.polls - len(known.lists.who) - len(known.configs.who)

    def poll_bytes(self) -> Ints:
        """Add up the bodies of all lists and configurations that the polls of each agent get."""
        known = self.lists.known
        who, agents = known.lists.who, len(self.days.people)
        state = self.catalogue.state(self.days.home[who], known.lists.arrival)
        total = per_agent(who, self.catalogue.sizes[state], agents)
        configs = np.bincount(known.configs.who, minlength=agents)
        return np.asarray(total + configs * config_size(self.settings))

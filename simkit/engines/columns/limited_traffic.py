"""The requests of agents some of whose requests a limit refuses."""

from __future__ import annotations

import numpy as np

from simkit.base.clock import SECOND
from simkit.engines.columns.arrays import Ints
from simkit.engines.columns.limited_lists import LimitedLists
from simkit.engines.columns.poll_segments import Requests
from simkit.engines.columns.steps import per_agent
from simkit.engines.columns.traffic import Counts, Traffic
from simkit.rules.judging import config_size


class LimitedTraffic(Traffic):
    """What leaves and comes back on the wire; only admitted polls bring anything."""

    lists: LimitedLists

    @property
    def unauthorized(self) -> Ints:
        """None: no token dies where columns go through a limit."""
        return np.zeros(len(self.days.people), np.int64)

    @property
    def polls(self) -> Ints:
        """How many questions each agent's polls ask."""
        asked = self.lists.questions
        return asked["config"] + asked["list"]

    def load(self, bucket: int, length: int) -> Ints:
        """Count polls and submissions by the stretch of time that they leave in.

        A row for each replication. Of polls that leave their grids, whole seconds are known.
        """
        replication, sent, known = self.days.replication, self.part.submissions, self.lists.known
        table = Counts(len(self.days.seeds), length, bucket)
        table.add(replication[sent.who], sent.left)
        if known.load is not None:
            of, seconds = np.nonzero(known.load)
            table.add(of, seconds * SECOND, known.load[of, seconds])
            return table.counts
        reads = self.lists.polls_of.reads_config
        table.add(replication[known.asked.who], known.asked.left)
        first, every, n = self.lists.configs if reads else self.lists.asked
        there = n > 0
        table.add_regular(
            replication[np.nonzero(there)[0]], Requests(first[there], every, n[there])
        )
        return table.counts

    @property
    def refused(self) -> Ints:
        """How many questions of each agent's polls the limit refuses."""
        known, agents = self.lists.known, len(self.days.people)
        lists, configs = (
            np.bincount(each.who, minlength=agents) for each in (known.lists, known.configs)
        )
        return self.polls - lists - configs

    def poll_bytes(self) -> Ints:
        """Add up the bodies of all lists and configurations that the polls of each agent get."""
        known = self.lists.known
        who, agents = known.lists.who, len(self.days.people)
        division = self.lists.division[who, known.lists.stretch]
        state = self.catalogue.state(division, known.lists.arrival)
        total = per_agent(who, self.catalogue.sizes[state], agents)
        configs = np.bincount(known.configs.who, minlength=agents)
        return np.asarray(total + configs * config_size(self.settings))

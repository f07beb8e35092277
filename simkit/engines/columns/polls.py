"""Polls of many agents: one question, or two where a version is read before the list."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import numpy as np

from simkit.engines.columns.arrays import Delays, Flags, Ints, first_arriving
from simkit.engines.columns.days import Days
from simkit.rules.settings import Settings
from simkit.rules.wire import Wire


class Polls:
    """When polls ask for the configuration and for the list, and when they are answered."""

    def __init__(self, settings: Settings, days: Days) -> None:
        widget, wire = settings.widget, Wire(settings.wire)
        self.of_lists = Delays(wire, days.keys("list"))
        """The delays of the question for the list alone."""
        self.reads_config = widget.version_parameter
        """Whether the first poll of a page, at least, reads the configuration first."""
        self.reads_config_each = widget.version_parameter and widget.config_reread == "poll"
        """Whether every poll does."""
        asks = days.keys("config") if self.reads_config else np.zeros(0, np.uint64)
        self.of_configs = Delays(wire, asks)
        self._longest = settings.wire.delay_max_ms
        self.longest_up = self._longest * (3 if self.reads_config else 1)
        """The longest time from a poll's departure until the platform takes the list, in ms."""

    @classmethod
    def joined(cls, parts: Sequence[Polls]) -> Polls:
        """Put those of several agents together, of whom the first part's come first."""
        found = copy(parts[0])
        found.of_lists = Delays.joined([part.of_lists for part in parts])
        found.of_configs = Delays.joined([part.of_configs for part in parts])
        return found

    def asking(self, who: Ints, left: Ints, first: Flags) -> Ints:
        """Give how long after polls left they ask for the list; ``first`` are those of a page."""
        up, down = self.of_configs.of(who, left)
        return up + down if self.reads_config_each else np.where(first, up + down, 0)

    def delays(self, who: Ints, left: Ints, first: Flags) -> tuple[Ints, Ints]:
        """Give (up, down) of polls: until the platform takes the list, and back from there.

        Where the configuration is read first.
        """
        asking = self.asking(who, left, first)
        up, down = self.of_lists.of(who, left + asking)
        return asking + up, down

    def opening(self, who: Ints, left: Ints) -> tuple[Ints, Ints]:
        """Give (up, down) of the first polls of pages."""
        if not self.reads_config:
            return self.of_lists.of(who, left)
        return self.delays(who, left, np.ones(len(who), bool))

    def until_lost(self, who: Ints, left: Ints, asks_config: Flags) -> Ints:
        """Give how long after polls left it is known that the network lost their first question."""
        up, down = self.of_lists.of(who, left)
        if not self.reads_config:
            return up + down
        config_up, config_down = self.of_configs.of(who, left)
        return np.where(asks_config, config_up + config_down, up + down)

    def asking_after(self, who: Ints, left: Ints, first: Flags) -> Ints:
        """Give how long after polls left they ask for the list, the configuration read or not."""
        if not self.reads_config:
            return np.zeros_like(left)
        return self.asking(who, left, first)

    def refused(self, who: Ints, left: Ints, dies: Ints, opening: Flags) -> tuple[Flags, Ints]:
        """Say whether polls meet a token that is dead by then, and when their end is known.

        ``opening`` are those that read the configuration in any case.
        """
        asking = self.asking_after(who, left, opening)
        up, down = self.of_lists.of(who, left + asking)
        met, told = left + asking + up >= dies, left + asking + up + down
        if self.reads_config:
            config_up, config_down = self.of_configs.of(who, left)
            early = (asking > 0) & (left + config_up >= dies)
            met, told = met | early, np.where(early, left + config_up + config_down, told)
        return met, told

    def takes(self, who: Ints, left: Ints) -> Ints:
        """Give how long polls take that are not the first of their page, from end to end."""
        asking = self.asking_after(who, left, left < 0)
        up, down = self.of_lists.of(who, left + asking)
        return asking + up + down

    def first_asking(self, origin: Ints, every: int, t: Ints) -> Ints:
        """Give when the first poll of each agent's grid leaves that asks for a list from then on.

        That of a page which reads the configuration once has read it before.
        """
        if not self.reads_config_each:
            return origin - (origin - t) // every * every
        who = np.arange(len(origin))
        left, _, _ = first_arriving(
            lambda rows, left: (self.asking(who[rows], left, left < 0), left),
            origin,
            every,
            2 * self._longest,
            t,
        )
        return left

    def read_at(self, who: Ints, left: Ints) -> Ints:
        """Give when the platform tells polls the version."""
        return left + self.of_configs.of(who, left)[0]

    def first_config(self, who: Ints, origin: Ints, every: int, t: Ints) -> Ints:
        """Give when the first poll of each grid leaves that reads the version of a moment."""
        return self.first_config_from(who, origin, every, t)[0]

    def first_config_from(
        self, who: Ints, origin: Ints, every: int, t: Ints
    ) -> tuple[Ints, Ints, Ints]:
        """Give (left, up, down) of the first question of each grid for the version of a moment."""
        return first_arriving(
            lambda rows, left: self.of_configs.of(who[rows], left),
            origin,
            every,
            self._longest,
            t,
        )

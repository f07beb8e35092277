"""What several metrics read of a part of a population: stale lists, requests, gaps, by agent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkit.base.steps import NEVER
from simkit.engines.columns.activity import Activity
from simkit.engines.columns.arrays import Flags, Ints
from simkit.engines.columns.limited_lists import LimitedLists
from simkit.engines.columns.limited_traffic import LimitedTraffic
from simkit.engines.columns.population import Part
from simkit.engines.columns.steps import StepColumns, firsts, merged, per_agent
from simkit.engines.columns.traffic import Edits, Traffic
from simkit.rules.replies import OK
from simkit.rules.schedule import AVAILABLE
from simkit.rules.sections import Refusal


class Stale(NamedTuple):
    """How long a change of a list is the first one not yet shown: from a moment to another."""

    who: Ints
    t: Ints
    code: Ints
    sign: Ints
    """1 for a code that joins the list, -1 for one that leaves it."""
    start: Ints
    end: Ints
    gone: Ints
    """When the list from before the change goes, ``t`` where none was shown."""
    old: Flags
    """Whether it is the list that the widget asked for first."""


class Spans(NamedTuple):
    """Stretches in which what an agent is shown, the division, and what may be used stay."""

    who: Ints
    start: Ints
    length: Ints
    state: Ints
    """State of the list shown, a row of the catalogue; -1 for none."""
    usable: Ints
    """State of what may be used, a place in ``Catalogue.usable_masks``."""
    division: Ints
    """Place of the division that the agent belongs to."""


class PartView:
    """What several metrics read of one part of a population."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.settings = part.population.settings
        self.days, self.lists, self.catalogue = part.days, part.lists, part.catalogue
        self.start, self.end = part.days.start, part.days.end
        self.agents = len(part.days.people)
        self.replications = len(part.days.seeds)

    def count(self, who: Ints) -> Ints:
        """Count things that concern agents, by replication."""
        return np.bincount(self.days.replication[who], minlength=self.replications)

    def total(self, numbers: Ints) -> Ints:
        """Add up whole numbers, one for each agent, by replication."""
        return per_agent(self.days.replication, numbers, self.replications)

    @cached_property
    def edits(self) -> Edits:
        """All edits of the lists asked for, whenever they are made."""
        by_division = self.catalogue.edits
        rows = [by_division[i] for i in range(len(self.days.divisions))]
        table = np.array(list(chain.from_iterable(rows)), dtype=np.int64).reshape(-1, 3)
        asks = np.concatenate((np.arange(self.agents), self.switched))
        asked = np.concatenate((self.days.home, self.days.moved_to[self.switched]))
        order = np.argsort(asks, kind="stable")
        asks, asked = asks[order], asked[order]
        row, place = _spread(rows, asked)
        t, code, sign = table[place].T
        return Edits(asks[row], t, code, sign, asked[row])

    @cached_property
    def switched(self) -> Ints:
        """The agents whose widget asks for another division's list at some time."""
        moved = self.lists.follows.rows
        other = self.lists.division[moved] != self.days.home[moved, None]
        return np.asarray(moved[other.any(axis=1)])

    @cached_property
    def switches(self) -> tuple[Ints, Ints]:
        """When each agent's widget begins to ask for another list, and when that is first shown."""
        lists = self.lists
        asks, shown = np.full(self.agents, NEVER), np.full(self.agents, NEVER)
        rows = self.switched
        new = lists.division[rows] != self.days.home[rows, None]
        asks[rows] = np.where(new, lists.starts[rows], NEVER).min(axis=1, initial=NEVER)
        shown[rows] = np.where(new, lists.first_shown[rows], NEVER).min(axis=1, initial=NEVER)
        return asks, shown

    @cached_property
    def traffic(self) -> Traffic:
        """The requests of these agents."""
        limited = isinstance(self.lists, LimitedLists)
        return (LimitedTraffic if limited else Traffic)(self.part, self.edits)

    @cached_property
    def listed_from(self) -> Ints:
        """When each stretch begins to show a list; NEVER where it does not."""
        lists = self.lists
        return np.where(lists.alive, lists.starts, lists.first_shown)

    @cached_property
    def listed_ms(self) -> Ints:
        """How long each agent sees a list at all."""
        until = np.minimum(self.lists.ends, self.end[:, None])
        return np.asarray(np.maximum(0, until - self.listed_from).sum(axis=1))

    @cached_property
    def stale(self) -> Stale:
        """The edits made during each agent's shift, and how long each was the first one unseen."""
        who, t, code, sign, division = self.edits
        during = (self.start[who] <= t) & (t < self.end[who])
        asks, shown = self.switches
        old = np.asarray(division == self.days.home[who])
        # A list is out of date by its own edits while it is shown, and the next one from then on.
        during &= np.where(old, t <= shown[who], t >= asks[who])
        who, t, code, sign = (each[during] for each in (who, t, code, sign))
        old = old[during]
        left = gone = self.lists.seen(who, t).gone
        listed = self.listed_from[who, self.lists.stretch_at(who, t)]
        if len(self.switched):
            gone = np.where(old, np.minimum(gone, shown[who]), gone)
            listed = np.where(old, listed, np.maximum(listed, shown[who]))
            left = np.where(self._listed_next(who, code) & old, left, gone)
        before = np.where(firsts(who), 0, np.append(0, gone)[: len(who)])
        start = np.maximum(np.maximum(t, before), listed)
        end = np.maximum(start, np.minimum(gone, self.end[who]))
        return Stale(who, t, code, sign, start, end, np.where(listed > t, t, left), old)

    def _listed_next(self, who: Ints, code: Ints) -> Flags:
        """Say whether codes are in the first list that agents are shown of another division."""
        _, shown = self.switches
        found = np.zeros(len(who), bool)
        rows = np.nonzero(shown[who] < NEVER)[0]
        agents = who[rows]
        first = self.lists.shown(agents, shown[agents])
        state = self.catalogue.state(first.division, first.as_of)
        found[rows] = self.catalogue.listed[state, code[rows]]
        return found

    @cached_property
    def dead(self) -> tuple[Ints, Ints, Ints, Ints]:
        """(agent, code, deactivated at, gone from the list at): ``deactivated_code_spans``."""
        left = self.stale.sign < 0
        who, t, code, gone, old = (
            getattr(self.stale, name)[left] for name in ("who", "t", "code", "gone", "old")
        )
        before = self.lists.stretch_at(who, t - 1)
        held = (before >= 0) & (self.listed_from[who, before] < t)
        held &= old | (self.switches[1][who] < t)
        # A list from before the code had come back does not hold it; all others do.
        again = self._activity.had_come_back(self.days.replication[who], code, t)
        returned = np.nonzero(held & again)[0]
        if len(returned):
            agents, at = who[returned], t[returned] - 1
            list_ = self.lists.shown(agents, at)
            state = self.catalogue.state(list_.division, list_.as_of)
            held[returned] = self.catalogue.listed[state, code[returned]]
        who, t, code, gone = (each[held] for each in (who, t, code, gone))
        back = self._activity.next_change(self.days.replication[who], code, t)
        return who, code, t, np.minimum(np.minimum(gone, back), self.end[who])

    @property
    def _activity(self) -> Activity:
        return self.part.population.activity

    def active(self, who: Ints, code: Ints, t: Ints) -> Flags:
        """Say whether codes are active at some moments, for agents of any replication."""
        return self._activity.at(self.days.replication[who], code, t)

    def refused(self, refusal: Refusal) -> Ints:
        """Count submissions that were refused in a way, by replication."""
        sent = self.part.submissions
        return self.count(sent.who[self._answered(refusal)])

    def successes_despite(self, refusal: Refusal | None) -> Ints:
        """Count successes shown for replies of one refusal, or of any, by replication."""
        sent = self.part.submissions
        return self.count(sent.who[sent.told & sent.success & self._answered(refusal)])

    def _answered(self, refusal: Refusal | None) -> Flags:
        """Say which submissions were answered by one refusal, or by any."""
        sent = self.part.submissions
        meant = [
            reply[0] != OK if refusal is None else reply == _pair(refusal) for reply in sent.replies
        ]
        return np.array(meant)[sent.judgement]

    @cached_property
    def shown(self) -> Spans:
        """What each agent is shown and may use, from one change to the next.

        Changes are page loads, first lists, lists that show an edit, transfers that take effect,
        and edits of what may be used in the division before or after.
        """
        lists, days, lag = self.lists, self.days, self.settings.platform.permission_lag_ms
        starts, first = lists.starts, lists.first_shown
        stale, moved = self.stale, days.moved
        seen = lists.seen(stale.who, stale.t).at
        rows = [self.catalogue.usable_times[i] for i in range(len(days.divisions))]
        times = np.array(list(chain.from_iterable(rows)), dtype=np.int64)
        edited, again = (_spread(rows, home) for home in (days.home, days.moved_to[moved]))
        who = np.concatenate(
            (
                np.nonzero(starts < NEVER)[0],
                np.nonzero(first < NEVER)[0],
                stale.who[seen < NEVER],
                edited[0],
                moved,
                moved[again[0]],
            )
        )
        t = np.concatenate(
            (
                *(each[each < NEVER] for each in (starts, first, seen)),
                times[edited[1]],
                days.moved_at[moved] + lag,
                times[again[1]],
            )
        )
        during = (self.start[who] <= t) & (t < self.end[who])
        who, t = who[during], t[during]
        changes = StepColumns.of(who, t, np.zeros_like(who))
        who, t, _ = changes
        until = changes.until(self.end)
        listed = lists.shown(who, t)
        state = self.catalogue.state(listed.division, listed.as_of)
        division = days.division(who, t - lag)
        usable = self.catalogue.usable_state(division, t)
        return Spans(who, t, until - t, state, usable, division)

    def time_where(self, holds: Callable[[int, int, str], int]) -> Ints:
        """Add up, per agent, time times a number told of (codes shown, codes usable, division).

        The number is asked for once for each combination that there is.
        """
        who, _, length, state, usable, division = self.shown
        catalogue = self.catalogue
        keys = ((state + 1) << 40) | (usable << 20) | division
        known, place = np.unique(keys, return_inverse=True)
        told = [
            holds(
                catalogue.snapshots[(key >> 40) - 1].mask if key >> 40 else 0,
                catalogue.usable_masks[key >> 20 & 0xFFFFF],
                self.days.divisions[key & 0xFFFFF],
            )
            for key in known.tolist()
        ]
        return per_agent(who, length * np.array(told, dtype=np.int64)[place], self.agents)

    def frozen_ms(self) -> Ints:
        """Give how long each agent's dropdown does not respond."""
        lists = self.lists
        until = np.minimum(lists.frozen_until, self.end[:, None])
        return np.asarray(np.maximum(0, until - lists.frozen_from).sum(axis=1))

    def locked_ms(self) -> Ints:
        """Give how long each agent's dropdown is locked, as overrides are due."""
        settings = self.settings
        window, every = settings.widget.override_window_ms, settings.routing.sweep_interval_ms
        due = np.zeros((self.agents, 0), np.int64)
        if settings.wfm.writes_status:
            due = np.column_stack((self.days.window_starts, self.days.window_ends))
        if every:
            sweeps = np.arange(0, int(self.end.max()) + window, every)
            sweeps = np.broadcast_to(sweeps, (self.agents, len(sweeps)))
            due = np.column_stack(
                (due, np.where(sweeps < self.end[:, None] + window, sweeps, NEVER))
            )
        due = np.sort(np.where(due >= self.start[:, None], due, NEVER), axis=1)
        ends = np.minimum(due, self.end[:, None])
        free = np.column_stack((self.start, ends[:, :-1]))
        return np.asarray(np.maximum(0, ends - np.maximum(due - window, free)).sum(axis=1))

    @cached_property
    def believed(self) -> StepColumns:
        """The statuses that agents come to believe in; before the first, Available."""
        sent = self.part.submissions
        told, back = sent.believed, sent.returns < NEVER
        return StepColumns.of(
            np.concatenate((sent.who[told], sent.who[back])),
            np.concatenate((sent.reply[told], sent.returns[back])),
            np.concatenate((sent.code[told], np.full(np.count_nonzero(back), AVAILABLE))),
        )

    @cached_property
    def true(self) -> StepColumns:
        """The true statuses; before the first that is written, Available."""
        writes = self.part.writes
        return StepColumns(writes.who, writes.t, writes.value)

    def status_gap_ms(self) -> Ints:
        """Give how long each agent's believed status differs from the true one."""
        believed, true = merged(self.believed, self.true, before=(AVAILABLE, AVAILABLE))
        differs = believed._replace(value=(believed.value != true.value) * 1)
        return differs.integral(self.start, self.end)

    def adherent_pct(self) -> NDArray[np.float64]:
        """Give each agent's adherence in %."""
        directory, everybody = self.part.population.directory, np.arange(self.agents)
        first = StepColumns(everybody, self.start, np.full(self.agents, AVAILABLE))
        status = StepColumns.of(*map(np.concatenate, zip(first, self.true, strict=True)))
        who, value = status.who, status.value
        since = np.minimum(status.t, self.end[who])
        until = np.minimum(status.until(self.end), self.end[who])
        off = self._off_ms(who, until) - self._off_ms(who, since)
        other = [code.type == "OTHER" for code in directory.codes]
        exempt = np.array([*other, False, False])[value]
        on = np.where(exempt | (value == AVAILABLE), 0, until - since - off)
        exceptions = on + np.where(value == AVAILABLE, off, 0)
        total = np.bincount(who, weights=exceptions, minlength=self.agents)
        return np.asarray(100 * (1 - total / (self.end - self.start)))

    def _off_ms(self, who: Ints, t: Ints) -> Ints:
        """Give how long the schedule has had agents off the queue by some moments."""
        starts, ends = self.days.window_starts[who], self.days.window_ends[who]
        length = np.where(starts < NEVER, ends - starts, 0)
        return np.asarray(np.clip(t[:, None] - starts, 0, length).sum(axis=1))


def _spread(lists: Sequence[Sequence[object]], of: Ints) -> tuple[Ints, Ints]:
    """Give each row its list's entries: (row, place among the entries of all lists)."""
    counts = np.array(list(map(len, lists)), dtype=np.int64)
    first, mine = (np.cumsum(counts) - counts)[of], counts[of]
    row = np.repeat(np.arange(len(of)), mine)
    return row, first[row] + np.arange(len(row)) - np.repeat(np.cumsum(mine) - mine, mine)


def _pair(refusal: Refusal) -> tuple[int, str]:
    return refusal.status, refusal.code

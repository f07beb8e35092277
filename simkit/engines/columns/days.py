"""The days of many agents as columns: the workload, drawn without a loop over agents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import compress, pairwise
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

from simkit.base.clock import MINUTE, SECOND
from simkit.base.steps import NEVER
from simkit.engines.columns.arrays import (
    Draws,
    Flags,
    Ints,
    below,
    draws,
    happens,
    keys,
    lower,
    normal_milli,
    upper,
)
from simkit.inputs.drawing import LONGEST_BREAK, SHORTEST_BREAK, Frame
from simkit.inputs.resizing import Member
from simkit.rules.settings import Settings


class Wanted(NamedTuple):
    """What an agent looks for in a list: a name, and the code meant where several have it."""

    name: str
    code_id: str = ""


@dataclass(frozen=True)
class Days:
    """The days of some agents; row i is that of agent i. Places left over hold NEVER."""

    people: Sequence[Member]
    seeds: Sequence[int]
    """Those of all replications."""
    replication: Ints
    """Of which replication each day is; days of one stand together, in the order of the seeds."""
    divisions: tuple[str, ...]
    """Names of the divisions, once for each replication: their lists differ."""
    names: tuple[Wanted, ...]
    """All that may be wanted, sorted; a reason is a place in this list."""
    home: Ints
    """Place of each agent's division in ``divisions``."""
    start: Ints
    end: Ints
    window_starts: Ints
    window_ends: Ints
    """Scheduled stretches off the queue in order, one row per agent."""
    who: Ints
    """The agent of each wanted change; those of an agent stand together, in their order."""
    t: Ints
    reason: Ints
    length: Ints
    loads: Ints
    """When the page is loaded: at logins and reloads, in order; one row per agent."""
    hidden_from: Ints
    hidden_until: Ints
    """Spans in which the tab is hidden, in order; one row per agent."""
    offline_from: Ints
    offline_until: Ints
    """Spans in which the network fails, in order; one row per agent."""
    moved_at: Ints
    """When an administrator moves the agent to another division; NEVER for one who stays."""
    moved_to: Ints
    """Place of that division in ``divisions``."""
    dead_from: Ints | None = None
    """When the token of each page no longer works; None where no token ever dies."""
    logged_in: Ints | None = None
    """When the agent had last logged in, page by page; None where that is always the start."""

    def division(self, who: Ints, t: Ints) -> Ints:
        """Give the places of the divisions that agents belong to at some moments.

        For what follows a transfer only after some time, ask for moments so much earlier.
        """
        if not len(self.moved):
            return self.home[who]
        return np.where(t < self.moved_at[who], self.home[who], self.moved_to[who])

    def offline(self, who: Any, t: Ints) -> Flags:
        """Say whether the networks of agents fail at some moments, as many as there are agents."""
        since, until, at = self.offline_from[who], self.offline_until[who], t[..., None]
        return np.asarray(((since <= at) & (at < until)).any(axis=-1))

    def those(self, rows: Flags) -> Days:
        """Give the days of some of the agents."""
        wanted = rows[self.who]
        parts: dict[str, Any] = {"people": list(compress(self.people, rows))}
        for field in fields(self):
            column = getattr(self, field.name)
            if field.name in ("who", "t", "reason", "length"):
                parts[field.name] = column[wanted]
            elif isinstance(column, np.ndarray):
                parts[field.name] = column[rows]
        parts["who"] = (np.cumsum(rows) - 1)[parts["who"]]
        return replace(self, **parts)

    @cached_property
    def moved(self) -> Ints:
        """The agents who are moved during the day."""
        return np.nonzero(self.moved_at < NEVER)[0]

    @cached_property
    def ids(self) -> list[str]:
        """The ids of the agents."""
        return [person.id for person in self.people]

    def keys(self, purpose: str) -> Draws:
        """Give the addresses of the agents' draws for one purpose."""
        if purpose not in self._addresses:
            found = _keys(self.seeds, self.replication, purpose, self.ids)
            self._addresses[purpose] = found
        return self._addresses[purpose]

    @cached_property
    def _addresses(self) -> dict[str, Draws]:
        return {}


def draw_days(frames: Sequence[Frame], people: Sequence[Member], replication: Ints) -> Days:
    """Draw the days of some agents: what the ``Frame`` of each one's replication draws of it."""
    return _Drawing(frames, people, replication).days()


def poll_origins(settings: Settings, days: Days, who: Any, loads: Ints) -> Ints:
    """Give when the first polls leave of pages that agents load at some moments."""
    longest = settings.widget.start_jitter_ms
    if not longest:
        return loads.copy()
    address = days.keys("start_jitter")[who]
    return loads + below(draws(address, loads), longest + 1)


def _keys(seeds: Sequence[int], replication: Ints, purpose: str, ids: Sequence[str]) -> Draws:
    edges = np.searchsorted(replication, np.arange(len(seeds) + 1)).tolist()
    of_seeds = zip(seeds, pairwise(edges), strict=True)
    return np.concatenate([keys(seed, purpose, ids[a:b]) for seed, (a, b) in of_seeds])


class _Drawing:
    def __init__(
        self, frames: Sequence[Frame], people: Sequence[Member], replication: Ints
    ) -> None:
        frame = frames[0]  # they differ in their seeds and edits alone
        self.frames, self.frame, self.people = frames, frame, people
        self.seeds, self.replication = [each.seed for each in frames], replication
        self.config = frame.config
        self.ids = [person.id for person in people]
        self.divisions = tuple(frame.settings.organisation.tree.parent)
        self.home = _places(self.divisions, (person.division for person in people))
        self.shift = _places(frame.shifts, (person.shift for person in people))
        activities = (window.reason for shift in frame.shifts.values() for window in shift[2])
        named = (name for names in frame.names.values() for name in names)
        self.names = tuple(sorted({*activities, *named}))
        intentions = [
            _places(self.names, frame.names.get(division, ())) for division in self.divisions
        ]
        self.choices = np.array(list(map(len, intentions)), dtype=np.int64)[self.home]
        """How many names each agent may want without a schedule."""
        self.intentions = _padded(intentions, 0)

    def keys(self, purpose: str) -> Draws:
        return _keys(self.seeds, self.replication, purpose, self.ids)

    def days(self) -> Days:
        config = self.config
        hidden = config.hidden_min_ms, config.hidden_max_ms
        failing = min(SECOND, config.outage_max_ms), config.outage_max_ms
        shifts = self.frame.shifts.values()
        offset = below(draws(self.keys("start"), 0), config.start_spread_ms + 1)
        start, end = (
            np.array([shift[i] for shift in shifts], dtype=np.int64)[self.shift] + offset
            for i in (0, 1)
        )
        self.start, self.end = start, end
        window_starts, window_ends = (
            self._windows([[edge(window) for window in shift[2]] for shift in shifts], offset)
            for edge in (attrgetter("start"), attrgetter("end"))
        )
        activities = [_places(self.names, (w.reason for w in shift[2])) for shift in shifts]
        wanted = [
            *self._scheduled(window_starts, window_ends, _padded(activities, 0)[self.shift]),
            *self._unscheduled(),
        ]
        t, reason, length = (np.stack(each, axis=1) for each in zip(*wanted, strict=True))
        t[(t < start[:, None]) | (t >= end[:, None])] = NEVER
        order = np.lexsort((length, reason, t), axis=1)
        t, reason, length = (np.take_along_axis(a, order, axis=1) for a in (t, reason, length))
        kept = t < NEVER
        lists_of = self.replication * len(self.divisions)
        moved_at, moved_to = self._transfers()
        made = Days(
            self.people,
            self.seeds,
            self.replication,
            self.divisions * len(self.seeds),
            tuple(map(Wanted, self.names)),
            self.home + lists_of,
            start,
            end,
            window_starts,
            window_ends,
            np.nonzero(kept)[0],
            t[kept],
            reason[kept],
            length[kept],
            self._loads(),
            *self._spans("hidden", config.hidden_per_shift, hidden),
            *self._spans("outage", config.outages_per_shift, failing),
            moved_at,
            moved_to + lists_of,
        )
        for column in vars(made).values():
            if isinstance(column, np.ndarray):
                column.setflags(write=False)  # other settings may be run on the same days
        return made

    def _windows(self, of_shifts: list[list[int]], offset: Ints) -> Ints:
        times = _padded([np.array(each, dtype=np.int64) for each in of_shifts], NEVER)[self.shift]
        return np.where(times < NEVER, times + offset[:, None], NEVER)

    def _scheduled(
        self, starts: Ints, ends: Ints, reasons: Ints
    ) -> Iterable[tuple[Ints, Ints, Ints]]:
        sd, address = self.config.cluster_sd_ms, self.keys("scheduled")
        for n in range(starts.shape[1]):
            there = starts[:, n] < NEVER
            u, v, w = (draws(address, 3 * n + j) for j in range(3))
            lag, late = (normal_milli(half(u)) * sd // 1000 for half in (upper, lower))
            length = np.maximum(MINUTE, ends[:, n] - starts[:, n] + late)
            yield np.where(there, starts[:, n] + lag, NEVER), reasons[:, n], length
            follows = there & (self.choices > 0) & happens(v, self.config.follow_up_probability)
            lag = normal_milli(lower(v)) * sd // 1000
            yield np.where(follows, ends[:, n] + lag, NEVER), *self._reason_and_length(w)

    def _unscheduled(self) -> Iterable[tuple[Ints, Ints, Ints]]:
        mean, address = self.config.unscheduled_breaks, self.keys("unscheduled")
        one_more = happens(draws(address, 0), mean % 1)
        for n in range(int(mean) + 1):
            wanted = (self.choices > 0) & (one_more | (n < int(mean)))
            t = self.start + below(draws(address, 2 * n + 1), self.end - self.start)
            yield np.where(wanted, t, NEVER), *self._reason_and_length(draws(address, 2 * n + 2))

    def _reason_and_length(self, u: Draws) -> tuple[Ints, Ints]:
        length = SHORTEST_BREAK + (lower(u) * (LONGEST_BREAK - SHORTEST_BREAK) >> 32)
        return self.intentions[self.home, below(u, self.choices)], length

    def _loads(self) -> Ints:
        config = self.config
        most = max(len(frame.notices) for frame in self.frames)
        if config.reload_probability == 0 or not most:
            return self.start[:, None]
        address, loads = self.keys("reload"), np.full((len(self.people), most + 1), NEVER)
        for n, (noticed, code, asks) in enumerate(zip(*self._notices(most), strict=True)):
            noticed = noticed[self.replication]
            asked = asks[self.replication, self.home]
            asked &= (self.start <= noticed) & (noticed < self.end)
            u = draws(address, code[self.replication])
            t = noticed + 1 + (lower(u) * config.reload_within_ms >> 32)
            wanted = asked & happens(u, config.reload_probability) & (t < self.end)
            loads[:, n] = np.where(wanted, t, NEVER)
        loads.sort(axis=1)
        loads[:, 1:][loads[:, 1:] == loads[:, :-1]] = NEVER
        loads.sort(axis=1)
        most = int((loads < NEVER).sum(axis=1).max(initial=0))
        return np.column_stack((self.start, loads[:, :most]))

    def _notices(self, most: int) -> tuple[Ints, Draws, Flags]:
        """Give the n-th notices of all replications: when, of which code, and whom they ask."""
        tree, replications = self.frame.settings.organisation.tree, len(self.frames)
        t = np.full((most, replications), NEVER)
        code = np.zeros((most, replications), np.uint64)
        asks = np.zeros((most, replications, len(self.divisions)), bool)
        below = {
            division: [division in tree.path(name) for name in self.divisions]
            for division in self.divisions
        }
        for r, frame in enumerate(self.frames):
            for n, notice in enumerate(frame.notices):
                t[n, r], code[n, r] = notice.t, notice.code
                asks[n, r] = below[notice.division]
        return t, code, asks

    def _spans(self, purpose: str, count: int, lengths: tuple[int, int]) -> tuple[Ints, Ints]:
        """Draw spans at random places of each shift, fused where they touch and cut at its end."""
        agents, shape = np.arange(len(self.people)), (len(self.people), count)
        since, until = np.full(shape, NEVER), np.full(shape, NEVER)
        if not count:
            return since, until
        shortest, longest = lengths
        n, address = np.arange(count), self.keys(purpose)[:, None]
        shift = (self.end - self.start)[:, None]
        start = self.start[:, None] + below(draws(address, 2 * n), shift)
        more = below(draws(address, 2 * n + 1), longest - shortest + 1)
        end = np.minimum(start + shortest + more, self.end[:, None])
        order = np.lexsort((end, start), axis=1)
        start, end = (np.take_along_axis(each, order, axis=1) for each in (start, end))
        place = np.full(len(agents), -1)
        over = np.full(len(agents), -1)
        for one, last in zip(start.T, end.T, strict=True):
            apart = one > over
            place += apart
            since[agents[apart], place[apart]] = one[apart]
            over = np.where(apart, last, np.maximum(over, last))
            until[agents, place] = over
        return since, until

    def _transfers(self) -> tuple[Ints, Ints]:
        config = self.config
        if config.transfer_probability == 0:
            return np.full(len(self.people), NEVER), self.home
        targets = [_places(self.divisions, self.frame.targets(name)) for name in self.divisions]
        choices = np.array(list(map(len, targets)))[self.home]
        room = self.end - self.start - config.transfer_guard_ms
        address = self.keys("transfer")
        moved = happens(draws(address, 0), config.transfer_probability) & (room > 0) & (choices > 0)
        t = self.start + below(draws(address, 1), np.maximum(room, 0))
        to = _padded(targets, 0)[self.home, below(draws(address, 2), choices)]
        return np.where(moved, t, NEVER), np.where(moved, to, self.home)


def _places(names: Iterable[str], wanted: Iterable[str]) -> Ints:
    place = {name: i for i, name in enumerate(names)}
    return np.array([place[name] for name in wanted], dtype=np.int64)


def _padded(rows: Sequence[Ints], with_what: int) -> Ints:
    """Give rows of different lengths as one table, at least one column wide."""
    table = np.full((len(rows), max(1, *map(len, rows))), with_what, dtype=np.int64)
    for row, values in zip(table, rows, strict=True):
        row[: len(values)] = values
    return table

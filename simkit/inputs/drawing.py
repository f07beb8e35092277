"""The workload drawn: tables of all that happens from outside, made before a run starts.

Every draw is addressed by (seed, purpose, agent or code, n), so that another agent, another fix or
another interval moves nobody's random numbers. Times are ms since the start of the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from simkit.base import randomness
from simkit.base.clock import MINUTE, SECOND
from simkit.base.identity_cache import Recent
from simkit.inputs.resizing import Member
from simkit.rules.organisation import Hours, Organisation, Person
from simkit.rules.reasons import Code, Edit, codes_of
from simkit.rules.schedule import Window
from simkit.rules.sections import WorkloadSettings
from simkit.rules.settings import Settings
from simkit.rules.workload import AgentDay, Intention, Span, Transfer, Workload

SHORTEST_BREAK = 2 * MINUTE
LONGEST_BREAK = 10 * MINUTE
"""Unscheduled breaks last 2 to 10 min, 1 to 3 % of paid time (ASSUMED)."""


class Notice(NamedTuple):
    """After an edit, the agents who may see the code are asked to reload."""

    t: int
    code: int
    """Address of the code's draws."""
    division: str


_recent = Recent[Workload](most=8)
_names = Recent[dict[str, list[str]]](most=4)


def draw(settings: Settings, codes: tuple[Code, ...], seed: int) -> Workload:
    """Draw the workload of a run. Trap and fix share theirs, so the last few are kept."""
    key = seed, settings.workload, codes
    return _recent.get(settings.organisation, key, lambda: _draw(settings, codes, seed))


def _draw(settings: Settings, codes: tuple[Code, ...], seed: int) -> Workload:
    frame = Frame.of(settings, codes, seed)
    return Workload(tuple(map(frame.day, settings.organisation.agents)), frame.edits)


@dataclass(frozen=True)
class Frame:
    """What the days of all agents of a run have in common."""

    settings: Settings
    config: WorkloadSettings
    seed: int
    shifts: dict[str, Hours]
    """When each shift pattern starts and ends, before agents spread over it."""
    names: dict[str, list[str]]
    """What an agent of each division may want, in the order of the catalogue."""
    homes: frozenset[str]
    """Divisions with codes of their own, to which agents are transferred."""
    edits: tuple[Edit, ...]
    notices: tuple[Notice, ...]

    @classmethod
    def of(cls, settings: Settings, codes: tuple[Code, ...], seed: int) -> Frame:
        """Draw the edits of a run; the days of its agents follow one by one."""
        org = settings.organisation
        edits = _draw_edits(settings, codes, seed, settings.latest)
        notices = tuple(
            Notice(e.t, randomness.key(0, "code", codes[e.code].id), codes[e.code].division)
            for e in edits
        )
        names = _names.get(org, None, lambda: _names_by_division(org))
        homes = frozenset(code.division for code in org.codes)
        config = settings.workload
        return cls(settings, config, seed, org.hours, names, homes, edits, notices)

    @property
    def latest(self) -> int:
        """A time that no shift reaches beyond, in ms."""
        return self.settings.latest

    def day(self, person: Person | Member) -> AgentDay:
        """Draw the day of one agent."""
        return _draw_day(self, person)

    def targets(self, division: str) -> list[str]:
        """Give the divisions to which an agent of a division may be transferred."""
        unrelated = self.settings.organisation.tree.unrelated(division)
        return [other for other in unrelated if other in self.homes]


def _names_by_division(org: Organisation) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for code in org.codes:
        if code.type != "CUSTOM" and code.name not in names.setdefault(code.division, []):
            names[code.division].append(code.name)
    return names


def _draw_edits(
    settings: Settings, codes: Sequence[Code], seed: int, latest: int
) -> tuple[Edit, ...]:
    config = settings.workload
    if not config.deactivation_probability:
        return ()
    raises = config.edit_channel == "pipeline"
    edits = []
    for i, code in enumerate(codes):
        address = randomness.key(seed, "edit", code.id)
        if randomness.happens(randomness.draw(address, 0), config.deactivation_probability):
            edits.append(
                Edit(randomness.below(randomness.draw(address, 1), latest), i, False, raises)
            )
    return tuple(sorted(edits))


def _draw_day(frame: Frame, person: Person | Member) -> AgentDay:
    config, seed = frame.config, frame.seed
    who = person.id
    shift = frame.shifts[person.shift]
    spread = randomness.draw(randomness.key(seed, "start", who), 0)
    offset = randomness.below(spread, config.start_spread_ms + 1)
    start, end = shift[0] + offset, shift[1] + offset
    windows = tuple(Window(a + offset, b + offset, reason) for a, b, reason in shift[2])
    wanted = frame.names.get(person.division, [])
    intentions = _scheduled(config, who, windows, wanted, seed)
    intentions += _unscheduled(config, who, start, end, wanted, seed)
    return AgentDay(
        agent=who,
        division=person.division,
        start=start,
        end=end,
        windows=windows,
        intentions=tuple(sorted(i for i in intentions if start <= i.t < end)),
        hidden=_spans(
            (seed, "hidden", who),
            config.hidden_per_shift,
            Span(start, end),
            (config.hidden_min_ms, config.hidden_max_ms),
        )
        if config.hidden_per_shift
        else (),
        outages=_spans(
            (seed, "outage", who),
            config.outages_per_shift,
            Span(start, end),
            (min(SECOND, config.outage_max_ms), config.outage_max_ms),
        )
        if config.outages_per_shift
        else (),
        transfers=_transfers(frame, person, start, end) if config.transfer_probability else (),
        reloads=_reloads(frame, person, start, end) if config.reload_probability else (),
    )


def _scheduled(
    config: WorkloadSettings, who: str, windows: tuple[Window, ...], wanted: list[str], seed: int
) -> list[Intention]:
    """Wanted changes around the schedule: an agent goes early or late, and comes back so."""
    address, sd, normal = (
        randomness.key(seed, "scheduled", who),
        config.cluster_sd_ms,
        randomness.NORMAL_MILLI,
    )
    intentions = []
    for n, (start, end, reason) in enumerate(windows):
        u, v = randomness.draw(address, 3 * n), randomness.draw(address, 3 * n + 1)
        lag = normal.at(u >> 32) * sd // 1000
        late = normal.at(u & 0xFFFFFFFF) * sd // 1000
        intentions.append(Intention(start + lag, reason, max(MINUTE, end - start + late)))
        if wanted and randomness.happens(v, config.follow_up_probability):
            lag = normal.at(v & 0xFFFFFFFF) * sd // 1000
            w = randomness.draw(address, 3 * n + 2)
            intentions.append(Intention(end + lag, *_reason_and_length(w, wanted)))
    return intentions


def _unscheduled(
    config: WorkloadSettings, who: str, start: int, end: int, wanted: list[str], seed: int
) -> list[Intention]:
    address = randomness.key(seed, "unscheduled", who)
    mean = config.unscheduled_breaks
    count = int(mean) + randomness.happens(randomness.draw(address, 0), mean % 1)
    return [
        Intention(
            start + randomness.below(randomness.draw(address, 2 * n + 1), end - start),
            *_reason_and_length(randomness.draw(address, 2 * n + 2), wanted),
        )
        for n in range(count if wanted else 0)
    ]


def _reason_and_length(u: int, wanted: list[str]) -> tuple[str, int]:
    span = LONGEST_BREAK - SHORTEST_BREAK
    length = SHORTEST_BREAK + ((u & 0xFFFFFFFF) * span >> 32)
    return wanted[randomness.below(u, len(wanted))], length


def _spans(
    purpose: tuple[int, str, str], count: int, inside: Span, lengths: tuple[int, int]
) -> tuple[Span, ...]:
    """Spans at random places, fused where they touch and cut at the end."""
    address = randomness.key(*purpose)
    shortest, longest = lengths
    drawn = []
    for n in range(count):
        start = inside.start + randomness.below(
            randomness.draw(address, 2 * n), inside.end - inside.start
        )
        length = shortest + randomness.below(
            randomness.draw(address, 2 * n + 1), longest - shortest + 1
        )
        drawn.append(Span(start, min(start + length, inside.end)))
    fused: list[Span] = []
    for span in sorted(drawn):
        if fused and span.start <= fused[-1].end:
            fused[-1] = Span(fused[-1].start, max(fused[-1].end, span.end))
        else:
            fused.append(span)
    return tuple(fused)


def _transfers(frame: Frame, person: Person | Member, start: int, end: int) -> tuple[Transfer, ...]:
    config = frame.config
    room = end - start - config.transfer_guard_ms
    if room <= 0:
        return ()
    address = randomness.key(frame.seed, "transfer", person.id)
    targets = frame.targets(person.division)
    if not targets or not randomness.happens(
        randomness.draw(address, 0), config.transfer_probability
    ):
        return ()
    t = start + randomness.below(randomness.draw(address, 1), room)
    return (Transfer(t, targets[randomness.below(randomness.draw(address, 2), len(targets))]),)


def _reloads(frame: Frame, person: Person | Member, start: int, end: int) -> tuple[int, ...]:
    config = frame.config
    address = randomness.key(frame.seed, "reload", person.id)
    path = frame.settings.organisation.tree.path(person.division)
    reloads = set()
    for t, code, division in frame.notices:
        if division not in path or not start <= t < end:
            continue
        u = randomness.draw(address, code)
        if randomness.happens(u, config.reload_probability):
            reloads.add(t + 1 + ((u & 0xFFFFFFFF) * config.reload_within_ms >> 32))
    return tuple(sorted(t for t in reloads if t < end))


def drawn(settings: Settings, seed: int) -> Workload:
    """Give the workload that a run of these settings and this seed meets."""
    return draw(settings, codes_of(settings), seed)


def drawn_day(settings: Settings, seed: int, agent: str) -> AgentDay:
    """Give the day of one agent in that workload; KeyError when there is no such agent."""
    people = {person.id: person for person in settings.organisation.agents}
    codes = codes_of(settings)
    return Frame.of(settings, codes, seed).day(people[agent])

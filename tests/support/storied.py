"""Stories told on several organisations, and what surrounds a step, read without the rules."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache, lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from plainly import Plain
from tiny import organisation

import simkit
from simkit.base import resources
from simkit.base.clock import show_duration
from simkit.inputs.loading import load_organisation
from simkit.rules.organisation import Organisation
from simkit.runs.messages import Message
from simkit.runs.run import Run
from simkit.study.catalogue import TRAP_IDS, Trap
from simkit.study.stories import Told, ToldStep, story_of, tell

DATA = resources.directory("data")
OTHERS = [f"{file.parent.name}/{file.stem}" for file in sorted(DATA.glob("stories/*/*.yaml"))]
"""The stories of other platforms than the guide's, such as genesys/G3."""
STORIES = [*TRAP_IDS, *OTHERS]
NAMES = {
    "Phones": ["Pause", "Meal", "**Now** {agent}", "Desk 7", "Café"],
    "Mail": ["Pause", "Meal", "Scan"],
    "Sales": ["Pause", "Meal", "Offer", "Desk 7"],
    "Service": ["Pause", "Meal", "Briefing 2"],
    "House": ["Fire Drill", "Meal"],
}
TYPES = ["BREAK", "BREAK", "OTHER", "TRAINING", "CUSTOM"]


@cache
def odd() -> Organisation:
    """An organisation of another shape, in a night in which clocks are put forward.

    Codes on every level, names with digits, braces and asterisks, divisions within divisions that
    have agents, night shifts, and people who work two shifts of the day.
    """
    crew = {"Phones": 22, "Mail": 12, "Sales": 12, "Service": 4, "House": 2}
    shifts = ["night", "early", ["early", "late"]]
    agents = [
        {"id": f"Zoë {n}: {home}", "division": home, "shift": shifts[n % 3]}
        for home, many in crew.items()
        for n in range(many)
    ]
    activities = {
        "night": [("00:30", "00:45", "Pause"), ("03:30", "04:00", "Meal")],
        "early": [("09:00", "09:15", "Pause"), ("11:30", "12:00", "Meal")],
        "late": [("17:00", "17:15", "Pause")],
    }
    hours = {"early": ("06:00", "14:00"), "late": ("14:45", "20:00"), "night": ("22:00", "06:00")}
    return organisation(
        {
            "House": None,
            "Sales": "House",
            "Service": "House",
            "Phones": "Service",
            "Mail": "Service",
        },
        day="2026-03-07",
        time_zone="America/New_York",
        shifts=[
            {
                "name": shift,
                "start": start,
                "end": end,
                "activities": [
                    dict(zip(("start", "end", "reason"), one, strict=True))
                    for one in activities[shift]
                ],
            }
            for shift, (start, end) in hours.items()
        ],
        codes=[
            {"id": f"{home}-{i}", "name": name, "type": kind, "division": home, "critical": i == 0}
            for home, names in NAMES.items()
            for i, (name, kind) in enumerate(zip(names, TYPES, strict=False))
        ],
        agents=agents,
    )


def trap_of(key: str) -> Trap:
    """The trap of a story: E4 is the guide's, genesys/E4 that of another platform."""
    *platform, trap_id = key.split("/")
    return simkit.traps_of(*platform or ["guide"])[trap_id]


def home(key: str) -> str:
    """The organisation on which everybody sees a story first, or a smaller one like it."""
    return "flat" if "/" in key else "small"


@cache
def trap_on(org: str, key: str) -> Trap:
    trap = trap_of(key)
    if org in ("own", "small"):
        return trap
    before = len(trap.settings.organisation.agents)
    trap = trap.on(odd() if org == "odd" else load_organisation(DATA / "orgs" / f"{org}.yaml"))
    if org == "flat":  # a token that so many fewer agents share is good for so much less
        limit = trap.settings.platform.rate_limit_per_min * len(trap.settings.organisation.agents)
        trap.settings = trap.settings.replace(rate_limit_per_min=limit // before)
    return trap


@lru_cache(maxsize=4)
def finished(org: str, key: str, preset: str, seed: int) -> Run:
    trap = trap_on(org, key)
    return simkit.run(trap.settings if preset == "trap" else trap.fixed(preset), seed)


@cache
def told(org: str, key: str, seed: int) -> Told | None:
    run = finished(org, key, "trap", seed)
    return tell(story_of(trap_of(key)), run, lambda fix: finished(org, key, fix, seed))


class Alone(NamedTuple):
    """What is read of a run where one agent is asked for alone."""

    log: list[Any]
    history: Any
    settings: Any
    days: Any


@lru_cache(maxsize=8)
def alone(run: Run, agent: str) -> Any:
    """A run with the records of one agent and of the administrator only: quick to be read."""
    log = [record for record in run.log if record.actor in (agent, "admin")]
    return Alone(log, run.history, run.settings, run.days)


# A step, and what surrounds it.


@dataclass
class Look:
    """One step of a story that was told, beside the runs that it is told of."""

    org: str
    key: str
    seed: int
    told: Told
    i: int

    @property
    def step(self) -> ToldStep:
        return self.told.steps[self.i]

    @property
    def agent(self) -> str:
        return self.told.agent

    @property
    def platform(self) -> str:
        return self.run.settings.profile

    @property
    def t(self) -> int:
        return self.step.t

    @property
    def run(self) -> Run:
        """The trap's run."""
        return finished(self.org, self.key, "trap", self.seed)

    @property
    def shown(self) -> Run:
        """The run that the step shows."""
        return finished(self.org, self.key, self.step.preset, self.seed)

    @property
    def day(self) -> Any:
        return self.run.days[self.agent]

    @property
    def codes(self) -> Any:
        return self.run.directory.codes

    def plain(self, t: int | None = None) -> Plain:
        """What the agent sees and what is true, read from the records one by one."""
        return Plain(alone(self.shown, self.agent), self.agent, self.t if t is None else t)

    def records(self, *kinds: str, run: Run | None = None) -> list[Any]:
        return [r for r in (run or self.run).records(self.agent) if r.kind in kinds]

    def record(self, kind: str, t: int | None = None, run: Run | None = None) -> Any:
        """The one record of a kind at a moment: that of the step, if no other is given."""
        at = self.t if t is None else t
        [found] = [r for r in self.records(kind, run=run) if r.t == at]
        return found.data

    def messages(self, kind: str, run: Run | None = None) -> list[Message]:
        found = (run or self.run).history_of(self.agent).messages(self.agent)
        return [m for m in found if m.kind == kind]

    def going(self, kind: str, run: Run | None = None) -> Message:
        """The one request of a kind that is on its way to the platform at the step's moment."""
        [found] = [m for m in self.messages(kind, run) if m.leaves <= self.t < m.arrives]
        return found

    def coming(self, kind: str) -> Message:
        """The one answer that is on its way back."""
        [found] = [m for m in self.messages(kind) if m.arrives <= self.t < m.back]
        return found

    def back(self, kind: str, run: Run | None = None) -> Message:
        """The one answer that comes back at the step's moment."""
        [found] = [m for m in self.messages(kind, run) if m.back == self.t]
        return found

    def t_of(self, moment: str) -> int:
        """The moment of another step."""
        return next(step.t for step in self.told.steps if step.moment == moment)

    def name(self, code: int) -> str:
        return str(self.codes[code].name)

    def path(self, division: str) -> list[str]:
        """A division and those above it, the root last."""
        above = {d.name: d.parent for d in self.run.settings.organisation.divisions}
        path = [division]
        while above[path[-1]]:
            path.append(above[path[-1]])
        return path

    def division_id(self, division: str) -> str:
        found = {d.name: d.id for d in self.run.settings.organisation.divisions}
        return found[division]

    def clocks(self, *times: int) -> list[str]:
        """Local times as they are written in one sentence."""
        org = self.run.settings.organisation
        zone, opens = ZoneInfo(org.time_zone), min(shift.start for shift in org.shifts)
        first = datetime.combine(org.day, time.fromisoformat(opens), zone).astimezone(UTC)
        local = [(first + timedelta(milliseconds=t)).astimezone(zone) for t in times]
        exact = [f"{each:%H:%M:%S}" for each in local]
        minutes = [text[:5] for text in exact]
        return [text[: 5 if minutes.count(text[:5]) == 1 else 8] for text in exact]

    def people(self) -> int:
        """How many agents there are, whoever works two shifts counted once."""
        return len({re.sub(r"/2$", "", agent) for agent in self.run.agents})


class Facts(NamedTuple):
    """What a sentence has to name, and all that it may name, in its order."""

    numbers: list[str]
    """Times, durations and counts."""
    quoted: list[str] | tuple[()] = ()
    """What stands in quotation marks."""
    divisions: list[str] | tuple[()] = ()
    """Each once."""


def dur(ms: float) -> str:
    """A span of time as it is written."""
    return show_duration(ms)


def short(value: float) -> str:
    """A measured value as it is rounded for reading."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


# What is true at each moment, story by story.

Check = Callable[[Look], Facts]
CHECKS: dict[tuple[str, str], Check] = {}


def check(moment: str, *keys: str) -> Callable[[Check], Check]:
    def register(f: Check) -> Check:
        CHECKS.update({(key, moment): f for key in keys})
        return f

    return register


def edit_of(look: Look) -> Any:
    """The deactivation that the story is told of."""
    at = look.t_of("code_is_switched_off")
    [edit] = [r for r in look.run.history.log if r.kind == "edit" and r.t == at]
    return edit


def switched_off(look: Look, unit: str) -> tuple[Any, float]:
    """The deactivation, and the number, in a unit, that is the answer to what is asked of it.

    From this millisecond on the code is listed and not usable.
    """
    edit, asked = edit_of(look), look.step.question
    code = edit.data.code
    assert not edit.data.active
    assert code in look.plain(look.t - 1).usable
    assert code not in look.plain().usable
    assert code in look.plain().shown
    assert asked is not None
    assert (asked.unit, asked.options, asked.right) == (unit, (), -1)
    assert asked.value is not None
    return edit, asked.value


def gone(look: Look, run: Run) -> int:
    """When a list comes that lacks the code."""
    edit = edit_of(look)
    lists = look.records("list", run=run)
    return next(r.t for r in lists if r.t >= edit.t and not r.data.mask >> edit.data.code & 1)


def shown_for(run: Run) -> list[int]:
    """How long each code stays listed after its deactivation, for each agent who has it."""
    spans = []
    for agent, day in run.days.items():
        lists = [r for r in run.records(agent) if r.kind in ("login", "reload", "list")]
        for edit in run.workload.edits:
            before = [r.data.mask for r in lists if r.t < edit.t]
            if day.start <= edit.t < day.end and before and before[-1] >> edit.code & 1:
                later = (r for r in lists if r.t >= edit.t)
                ends = [r.t for r in later if not r.data.mask >> edit.code & 1]
                spans.append(min([*ends[:1], day.end]) - edit.t)
    return spans


def frozen_ms(run: Run, agent: str) -> int:
    """For how long of the shift the list does not respond, added up record by record."""
    total, since, end = 0, None, run.days[agent].end
    for record in run.records(agent):
        if record.kind == "trouble" and record.data.status == 401 and since is None:
            since = record.t
        elif record.kind in ("login", "reload", "recovered") and since is not None:
            total, since = total + record.t - since, None
    return total + (end - since if since is not None and since < end else 0)


NUMBER = re.compile(
    r"\d\d:\d\d(?::\d\d)?"  # a local time
    r"|\d{1,3}(?:,\d{3})*(?:\.\d+)?(?: (?:ms|s|min|h)\b(?: \d+ (?:s|min)\b)?)?"
)


def facts_of(look: Look, text: str) -> Facts:
    """Give what a text names; numbers within names are none."""
    org = look.run.settings.organisation
    quoted = re.findall("“(.+?)”", text)
    text = re.sub("“.+?”", "·", text.replace(look.agent, "·"))
    homes = sorted((d.name for d in org.divisions), key=len, reverse=True)
    places = re.compile("|".join(map(re.escape, homes)))
    divisions = list(dict.fromkeys(places.findall(text)))
    return Facts(NUMBER.findall(places.sub("·", text)), quoted, divisions)

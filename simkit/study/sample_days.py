"""Sample days: what a platform would export of days that a scenario's world lives.

All people in them are made up. How the days were drawn is known, so that what is estimated from
them can be held against it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from simkit.base import given
from simkit.base.clock import HOUR, MINUTE
from simkit.base.errors import BadInput
from simkit.base.files import write_texts
from simkit.base.outgoing import json_text
from simkit.base.progress import under_way
from simkit.engines.running import run
from simkit.inputs.csv_text import csv_text
from simkit.inputs.loading import settings_given
from simkit.rules.agent_ids import worker
from simkit.rules.organisation import LAST_DAY
from simkit.rules.reasons import Code, codes_of
from simkit.rules.schedule import AVAILABLE, SCHEDULED
from simkit.rules.settings import Settings
from simkit.rules.workload import AgentDay
from simkit.runs.run import Run

MOST_DAYS, MOST_AGENTS = 60, 5_000
"""How many days are sampled at most, and of how many agents: each has a log."""
_PRESENCES = {"BREAK": "Break", "TRAINING": "Training", "OTHER": "Busy", "CUSTOM": "Available"}
"""System presences by the type of a code."""
_DIVISION, _USER, _ADMIN, _EVENT = 1, 3, 4, 5
"""Kinds of things by which their made-up ids begin."""
_LOG = ("User Id", "Start Time", "End Time", "System Presence", "Organization Presence Id")
_SCHEDULE = ("User Id", "Date", "Start", "End", "Activity")
_AFTER = HOUR
"""So long after the last shift an administrator takes the day's edits and transfers back."""


def sample_days(settings: Settings, days: int, seed: int | None = None) -> dict[str, str]:
    """Give the texts of exports of so many working days, by the names of their files.

    The first is the organisation's own day; the n-th is drawn and lived with ``seed`` + n - 1. In
    the evening all edits and transfers are taken back, so that each day begins alike. BadInput for
    more days or agents than can be sampled.
    """
    settings_given(settings)
    days = given.whole("days", days, 1, MOST_DAYS)
    first = settings.seed if seed is None else given.seed(seed)
    agents = len(settings.organisation.agents)
    if agents > MOST_AGENTS:
        found, allowed = f"{agents:,} agents", f"at most {MOST_AGENTS:,}"
        raise BadInput(field="organisation", found=found, allowed=allowed)
    lived: list[_Day] = []
    with under_way("days", of=days) as tell:
        for n, day in enumerate(_working_days(settings.organisation.day, days)):
            lived.append(_Day(run(settings, first + n, engine="processes"), day))
            tell(n + 1, days)
    changes = [change for each in lived for change in each.changes()]
    for n, change in enumerate(changes):
        change["id"] = _id(_EVENT, n)
    return {
        "divisions.json": _page(_divisions(settings)),
        "presence-definitions.json": _page(_definitions(settings)),
        "users.json": _page(_users(settings)),
        "schedule.csv": csv_text(_SCHEDULE, (row for each in lived for row in each.schedule())),
        "status-log.csv": csv_text(_LOG, (row for each in lived for row in each.log())),
        "audit-events.json": _page(changes),
    }


def write_sample_days(
    settings: Settings,
    folder: str | os.PathLike[str],
    days: int,
    seed: int | None = None,
    *,
    force: bool = False,
) -> list[Path]:
    """Write what ``sample_days`` gives into a folder, and give the paths of its files.

    BadInput for a folder that has such files already, unless ``force``, and where it cannot be
    written.
    """
    texts = sample_days(settings, days, seed)
    place = Path(given.path("folder", folder))
    there = [name for name in texts if os.path.lexists(place / name)]
    if there and not force:
        problem = "there is such a file already"
        raise BadInput(problem, file=str(place / there[0]), allowed="--force replaces it")
    return write_texts(place, texts)


def _working_days(first: date, count: int) -> Iterator[date]:
    day = first
    while count:
        if day > LAST_DAY:
            raise BadInput(field="days", found=str(day), allowed=f"days up to {LAST_DAY}")
        if day.weekday() < 5 or day == first:
            yield day
            count -= 1
        day += timedelta(days=1)


class _Day:
    """A day that was lived, as the platform tells of it."""

    def __init__(self, lived: Run, day: date) -> None:
        self.run, self.day = lived, day
        org = lived.settings.organisation
        self.zone = ZoneInfo(org.time_zone)
        begin = datetime.combine(day, org.calendar.opens, self.zone)
        self.begin = begin.astimezone(UTC)
        self.users = _user_ids(lived.settings)
        self.codes = lived.directory.codes

    def log(self) -> Iterator[tuple[str, ...]]:
        """Give the rows of the log of statuses: of each agent without gaps, login to logout."""
        for agent, day in self.run.days.items():
            for start, end, status in self.run.truth(agent).status.spans(day.start, day.end):
                yield (
                    self.user(agent),
                    self._moment(start),
                    self._moment(end),
                    *_told(status, self.codes),
                )

    def schedule(self) -> Iterator[tuple[str, ...]]:
        """Give the rows of the schedule: of each agent what is on and off the queue, one by one."""
        for agent, day in self.run.days.items():
            for start, end, activity in _scheduled(day):
                local = self._local(start)
                times = f"{local:%H:%M}", f"{self._local(end):%H:%M}"
                yield self.user(agent), str(local.date()), *times, activity

    def changes(self) -> Iterator[dict[str, Any]]:
        """Give the audit events of the day, those of the evening last."""
        evening = self.run.horizon + _AFTER
        raised = [edit.raises_version for edit in self.run.workload.edits]
        off: dict[int, bool] = {}
        for edit, by_pipeline in zip(self.run.workload.edits, raised, strict=True):
            off[edit.code] = not edit.active
            yield self._switched(edit.t, edit.code, not edit.active, by_pipeline)
        moved: dict[str, tuple[str, str]] = {}
        for agent, day in self.run.days.items():
            division = day.division
            for move in day.transfers:
                yield self._moved(move.t, agent, division, move.division)
                division = move.division
            if division != day.division:
                moved[agent] = division, day.division
        for code in (code for code, is_off in off.items() if is_off):
            yield self._switched(evening, code, False, raised[0])
        for agent, (now, home) in moved.items():
            yield self._moved(evening, agent, now, home)

    def _switched(self, t: int, code: int, off: bool, by_pipeline: bool) -> dict[str, Any]:
        entity = self.codes[code].id
        values = ["false", "true"] if off else ["true", "false"]
        who = {"client": _somebody("Example Pipeline", 1)} if by_pipeline else None
        return self._event(t, "PresenceDefinition", entity, "deactivated", values, who)

    def _moved(self, t: int, agent: str, before: str, after: str) -> dict[str, Any]:
        ids = self.run.settings.organisation.division_ids
        values = [ids[before], ids[after]]
        return self._event(t, "User", self.user(agent), "divisionId", values, None)

    def _event(
        self,
        t: int,
        kind: str,
        entity: str,
        property_: str,
        values: list[str],
        who: Mapping[str, Any] | None,
    ) -> dict[str, Any]:
        return {
            "id": "",
            "eventDate": self._moment(t),
            "serviceName": "PeoplePermissions" if kind == "User" else "Presence",
            "entityType": kind,
            "action": "Update",
            "status": "SUCCESS",
            **(who or {"user": _somebody("Example Administrator", 0)}),
            "entity": {"id": entity},
            "propertyChanges": [
                {"property": property_, "oldValues": values[:1], "newValues": values[1:]}
            ],
        }

    def user(self, agent: str) -> str:
        """Give the id of the user who works a shift."""
        return self.users[worker(agent, self.run.days)]

    def _moment(self, t: int) -> str:
        moment = self.begin + timedelta(milliseconds=t)
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"

    def _local(self, t: int) -> datetime:
        return (self.begin + timedelta(milliseconds=t)).astimezone(self.zone)


def _told(status: int, codes: tuple[Code, ...]) -> tuple[str, str]:
    """Give the system presence of a true status, and the id of its code where it is one."""
    if status == AVAILABLE:
        return "ON_QUEUE", ""
    if status == SCHEDULED:
        return "AWAY", ""
    code = codes[status]
    return _presence(code).upper(), code.id


def _presence(code: Code) -> str:
    is_meal = code.type == "BREAK" and code.name.casefold() in ("meal", "lunch")
    return "Meal" if is_meal else _PRESENCES[code.type]


def _scheduled(day: AgentDay) -> Iterator[tuple[int, int, str]]:
    """Give a shift in pieces, on the queue and off it, in whole minutes as schedules have them."""
    since = day.start // MINUTE * MINUTE
    over = day.end // MINUTE * MINUTE
    for window in day.windows:
        start, end = (t // MINUTE * MINUTE for t in window[:2])
        if since < start:
            yield since, start, "On Queue"
        yield start, end, window.reason
        since = end
    if since < over:
        yield since, over, "On Queue"


def _id(kind: int, n: int) -> str:
    return f"{kind:08x}-0000-4000-8000-{n:012x}"


def _somebody(name: str, n: int) -> dict[str, str]:
    return {"id": _id(_ADMIN, n), "name": name}


def _page(entities: Any) -> str:
    found = list(entities)
    page = {
        "entities": found,
        "pageSize": max(1, len(found)),
        "pageNumber": 1,
        "pageCount": 1,
        "total": len(found),
    }
    return json_text(page, indent=1) + "\n"


def _divisions(settings: Settings) -> Iterator[dict[str, Any]]:
    root = settings.organisation.tree.root
    for each in settings.organisation.divisions:
        yield {"id": each.id, "name": each.name, "homeDivision": each.name == root}


def _definitions(settings: Settings) -> Iterator[dict[str, Any]]:
    for code in codes_of(settings):
        yield {
            "id": code.id,
            "type": "User",
            "languageLabels": {"en_US": code.name},
            "systemPresence": _presence(code),
            "divisionId": settings.organisation.division_ids[code.division],
            "deactivated": False,
        }


def _user_ids(settings: Settings) -> dict[str, str]:
    """Give the ids of the users who are agents, by what the organisation calls them."""
    agents = {agent.id for agent in settings.organisation.agents}
    names = dict.fromkeys(worker(agent.id, agents) for agent in settings.organisation.agents)
    return {name: _id(_USER, n) for n, name in enumerate(names, 1)}


def _users(settings: Settings) -> Iterator[dict[str, Any]]:
    org = settings.organisation
    homes = {agent.id: agent.division for agent in org.agents}
    for n, (agent, user) in enumerate(_user_ids(settings).items(), 1):
        division = homes[agent]
        yield {
            "id": user,
            "name": f"Example Person {n:02}",
            "email": f"person{n:02}@contact.example",
            "state": "active",
            "division": {"id": org.division_ids[division], "name": division},
        }

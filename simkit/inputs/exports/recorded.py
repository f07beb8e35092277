"""A recorded day: what a log of statuses tells of agents, as rows of a trace."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import zip_longest
from zoneinfo import ZoneInfo

from simkit.inputs.csv_text import csv_text
from simkit.inputs.exports.records import Logged
from simkit.inputs.profiles import default_section
from simkit.inputs.traces.reading import COLUMNS, parse_trace
from simkit.rules.agent_ids import worker
from simkit.rules.organisation import Organisation, Person
from simkit.rules.settings import Settings

Row = tuple[str, str, str, str, str]


class Recorder:
    """Turns logged statuses into what agents of an organisation wanted on its day."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation
        self.left_out: Counter[str] = Counter()
        self._calendar = organisation.calendar
        self._zone = ZoneInfo(organisation.time_zone)
        self._ids = {code.id for code in organisation.codes}
        self._names = {code.name.casefold(): code.name for code in reversed(organisation.codes)}

    def rows(self, logged: Mapping[str, Iterable[Logged]]) -> list[Row]:
        """Give the rows of a trace: shifts and schedules of all agents, and what they chose.

        ``logged`` are the statuses of each agent, by id. One without an end lasts until the next.
        """
        agents = {agent.id for agent in self.organisation.agents}
        own: defaultdict[str, list[Person]] = defaultdict(list)
        for agent in self.organisation.agents:
            own[worker(agent.id, agents)].append(agent)
        return [
            row
            for agent, shifts in own.items()
            for row in self._of(agent, shifts, list(logged.get(agent, ())))
        ]

    def _of(self, agent: str, shifts: list[Person], logged: list[Logged]) -> Iterator[Row]:
        patterns = {shift.name: shift for shift in self.organisation.shifts}
        hours = [self.organisation.hours[each.shift] for each in shifts]
        for each in shifts:
            pattern = patterns[each.shift]
            yield pattern.start, agent, "shift", each.division, pattern.end
            for activity in pattern.activities:
                yield activity.start, agent, "scheduled", activity.reason, activity.end
        logged.sort(key=lambda one: one.start)
        for one, after in zip_longest(logged, logged[1:]):
            wanted = self._wanted(one.definition)
            if wanted is None:
                self.left_out["without a status that is a code"] += 1
                continue
            start = self._ms(one.start)
            within = next((each for each in hours if each.start <= start < each.end), None)
            if within is None:
                self.left_out["not within a shift of the day"] += 1
                continue
            until = one.end or (after.start if after else None)
            end = within.end if until is None else min(self._ms(until), within.end)
            if end <= start:
                self.left_out["without a length"] += 1
                continue
            yield self._calendar.show(start), agent, *wanted, self._calendar.show(end)

    def _wanted(self, definition: str) -> tuple[str, str] | None:
        """Give the kind of row and the value for a status, told by its id or by its name."""
        if definition in self._ids:
            return "picks", definition
        name = self._names.get(definition.casefold())
        return ("wants", name) if name else None

    def _ms(self, moment: datetime) -> int:
        local = moment.astimezone(self._zone)
        days = (local.date() - self.organisation.day).days
        return self._calendar.roughly(local.time().replace(fold=local.fold), days)


def trace_text(rows: Iterable[Row], organisation: Organisation) -> str:
    """Give rows as the text of a trace; BadInput when it would not be read for the organisation."""
    text = csv_text(COLUMNS, rows)
    platform = default_section("platform", "guide")
    settings = Settings.model_validate({"organisation": organisation, "platform": platform})
    parse_trace(text, "trace", settings, exact=True, quiet=True)
    return text

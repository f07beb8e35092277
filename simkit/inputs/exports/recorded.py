"""A recorded day: what logs of statuses and audit events tell, as rows of a trace."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from zoneinfo import ZoneInfo

from simkit.base.clock import HOUR
from simkit.inputs.csv_text import csv_text
from simkit.inputs.exports.audits import Changes
from simkit.inputs.exports.records import Kind, Logged
from simkit.inputs.profiles import default_section
from simkit.inputs.traces.reading import COLUMNS, parse_trace
from simkit.rules.agent_ids import worker
from simkit.rules.organisation import Organisation, Person
from simkit.rules.settings import Settings

Row = tuple[str, str, str, str, str]
_DAY = 24 * HOUR
"""What happens to codes is told by the clock, and by nothing else: later it would be another day's.
"""
_NO_SHIFT = "not within a shift of the day"


class Recorder:
    """Turns logged statuses into what agents of an organisation wanted on its day."""

    def __init__(self, organisation: Organisation, edits: Changes, moves: Changes) -> None:
        self.organisation = organisation
        self.left_out: Counter[tuple[Kind, str]] = Counter()
        self._edits, self._moves = edits, moves
        self._calendar = organisation.calendar
        self._zone = ZoneInfo(organisation.time_zone)
        self._ids = {code.id for code in organisation.codes}
        self._names = {code.name.casefold(): code.name for code in reversed(organisation.codes)}

    def rows(
        self, logged: Mapping[str, Iterable[Logged]], exported: Mapping[str, str]
    ) -> list[Row]:
        """Give the rows of a trace: shifts, schedules and transfers of all agents, and choices.

        ``logged`` are the statuses of each agent, by id. One without an end lasts until the next.
        ``exported`` are the divisions of agents as exported, after all transfers.
        """
        agents = {agent.id for agent in self.organisation.agents}
        own: defaultdict[str, list[Person]] = defaultdict(list)
        for agent in self.organisation.agents:
            own[worker(agent.id, agents)].append(agent)
        moves: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
        for who, change in self._moves:
            moves[who].append((self._ms(change.moment), change.after))
        for who in moves.keys() - own.keys():
            self.left_out["audit", _NO_SHIFT] += len(moves[who])
        return [
            row
            for agent, shifts in own.items()
            for row in (
                *self._shifts(agent, shifts, exported.get(agent, "")),
                *self._chosen(agent, shifts, list(logged.get(agent, ()))),
                *self._transferred(agent, shifts, moves[agent]),
            )
        ]

    def edits(self, deactivated: Collection[str]) -> list[Row]:
        """Give the rows of a trace that say which codes were switched off and on, and when.

        ``deactivated`` are the ids of definitions that are so as exported. A code that was off when
        the run begins is switched off there.
        """
        over = min(max(each.end for each in self.organisation.hours.values()), _DAY)
        begin = self._moment(0)
        rows: dict[tuple[int, str], Row] = {}
        for code in self.organisation.codes:
            now = "true" if code.id in deactivated else "false"
            if code.id in self._edits and self._edits.before(code.id, begin, now) == "true":
                rows[0, code.id] = self._calendar.show(0), "", "deactivated by hand", code.id, ""
        for code_id, change in self._edits:
            t = self._ms(change.moment)
            if code_id not in self._ids:
                self.left_out["audit", "of statuses that are no codes"] += 1
            elif not 0 <= t < over:
                self.left_out["audit", "not between the first shift and the last"] += 1
            elif (t, code_id) in rows:
                self.left_out["audit", "at the time of another one"] += 1
            else:
                what = "deactivated" if change.after == "true" else "reactivated"
                by = "" if change.by_client else " by hand"
                rows[t, code_id] = self._calendar.show(t), "", f"{what}{by}", code_id, ""
        return [rows[key] for key in sorted(rows)]

    def _shifts(self, agent: str, shifts: list[Person], exported: str) -> Iterator[Row]:
        patterns = {shift.name: shift for shift in self.organisation.shifts}
        for each in shifts:
            pattern = patterns[each.shift]
            begin = self._moment(self.organisation.hours[each.shift].start)
            division = self._moves.before(agent, begin, exported or each.division)
            yield pattern.start, agent, "shift", division, pattern.end
            for activity in pattern.activities:
                yield activity.start, agent, "scheduled", activity.reason, activity.end

    def _transferred(
        self, agent: str, shifts: list[Person], moves: list[tuple[int, str]]
    ) -> Iterator[Row]:
        hours = [self.organisation.hours[each.shift] for each in shifts]
        taken: set[int] = set()
        for t, division in moves:
            if not any(each.start <= t < each.end for each in hours):
                self.left_out["audit", _NO_SHIFT] += 1
            elif t in taken:
                self.left_out["audit", "at the time of another one"] += 1
            else:
                taken.add(t)
                yield self._calendar.show(t), agent, "transferred", division, ""

    def _chosen(self, agent: str, shifts: list[Person], logged: list[Logged]) -> Iterator[Row]:
        hours = [self.organisation.hours[each.shift] for each in shifts]
        logged.sort(key=lambda one: one.start)
        for one, after in zip_longest(logged, logged[1:]):
            wanted = self._wanted(one.definition)
            if wanted is None:
                self.left_out["log", "without a status that is a code"] += 1
                continue
            start = self._ms(one.start)
            within = next((each for each in hours if each.start <= start < each.end), None)
            if within is None:
                self.left_out["log", _NO_SHIFT] += 1
                continue
            until = one.end or (after.start if after else None)
            end = within.end if until is None else min(self._ms(until), within.end)
            if end <= start:
                self.left_out["log", "without a length"] += 1
                continue
            yield self._calendar.show(start), agent, *wanted, self._calendar.show(end)

    def _wanted(self, definition: str) -> tuple[str, str] | None:
        """Give the kind of row and the value for a status, told by its id or by its name."""
        if definition in self._ids:
            return "picks", definition
        name = self._names.get(definition.casefold())
        return ("wants", name) if name else None

    def _moment(self, ms: int) -> datetime:
        opens = datetime.combine(self.organisation.day, self._calendar.opens, self._zone)
        return opens.astimezone(UTC) + timedelta(milliseconds=ms)

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

"""Makes an organisation of what exports hold: one tree, codes, agents, shifts of a day."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from simkit.base.errors import BadInput, shown
from simkit.base.formatting import counted
from simkit.base.names import is_blank, plain_name
from simkit.inputs.exports.activities import Activities
from simkit.inputs.exports.answers import LEAVE_OUT, Answers, name_key
from simkit.inputs.exports.audits import Change, Changes
from simkit.inputs.exports.patterns import Block, Patterns, by_day
from simkit.inputs.exports.people import People, Somebody, ids_of, in_order
from simkit.inputs.exports.reading import Exports
from simkit.inputs.exports.recorded import Recorder, Row
from simkit.inputs.exports.records import EVERYWHERE, DefinitionRecord, Kind, Logged
from simkit.rules.divisions import division_key
from simkit.rules.organisation import Organisation

DAY = date(2026, 3, 2)
"""Of an organisation without schedules: a Monday, that of the kit's own ones (ASSUMED)."""
MOST_PEOPLE = 100_000
_KINDS = {
    "break": "BREAK",
    "meal": "BREAK",
    "training": "TRAINING",
    "meeting": "TRAINING",
    "available": "CUSTOM",
    "onqueue": "CUSTOM",
    "idle": "CUSTOM",
    "offline": "CUSTOM",
}
"""Kinds of activity that system presences are taken for; OTHER for any other (ASSUMED)."""
_PRESENCE = re.compile(r"[A-Za-z][A-Za-z _]{0,30}")
_LONGEST = 300
_DAY = timedelta(days=1)
HISTORY = "deactivated: history, no codes"


class Maker:
    """Makes one organisation, and notes what was left out or is doubtful."""

    def __init__(self, exports: Exports, answers: Answers, *, keep_names: bool) -> None:
        self.exports, self.answers, self.keep_names = exports, answers, keep_names
        self.left_out = exports.left_out
        self.notices: list[str] = []
        self._divisions: dict[str, dict[str, Any]] = {}
        """Divisions as a file of the kit has them, by what makes their ids themselves."""
        self._taken: set[str] = set()
        self._ids: Mapping[Somebody, str] = {}
        """What people are called here, those who may be agents."""
        self._brought: Counter[str] = Counter()
        """Divisions that only codes, agents or transfers name, by what does."""
        self._exported: dict[str, str] = {}
        """The division that each agent has as exported, whatever it was on the day."""
        self._called = {
            user.division_id: user.division_name for user in exports.found["users"].values()
        }
        """What users' divisions are called, by id."""
        changes = [
            record.change for record in exports.found["audit"].values() if record.change is not None
        ]
        self._transfers = [change for change in changes if change.of == "user"]
        self._moves = Changes(())
        known = exports.found["definitions"]
        self._edits = Changes(
            (change for change in changes if change.of == "definition"),
            lambda entity: entity if entity in known else None,
        )

    def organisation(self, day: date | None) -> Organisation:
        """Give the organisation on a day; BadInput when exports do not make one."""
        root = self._make_divisions()
        codes = self._codes(root)
        self._people = people = People(self.exports.found["users"].values())
        shifts, agents, day = self._agents(people, codes, root, day)
        codes = self._of_the_day(codes, shifts, day)
        # The tree lacks no division that codes and agents have brought in.
        divisions = [each for each in self._divisions.values() if each["name"] != root]
        top = next((each for each in self._divisions.values() if each["name"] == root), None)
        homes = [key for key, each in self.exports.found["divisions"].items() if each.home]
        home = self._divisions[homes[0]]["name"] if homes else root
        return Organisation.model_validate(
            {
                "name": self.answers.ask("organisation.name", "Imported organisation"),
                "day": day,
                "time_zone": self.exports.zone,
                "provisioning_user_division": home,
                "divisions": [
                    top or {"id": self._root_id(), "name": root},
                    *({**each, "parent": root} for each in divisions),
                ],
                "codes": [{k: v for k, v in each.items() if k != "presence"} for each in codes],
                "shifts": shifts,
                "agents": agents,
            }
        )

    def recorded(self, organisation: Organisation) -> list[Row]:
        """Give what logs tell of the day of the organisation that was made, as rows of a trace."""
        for record in self.exports.found["audit"].values():
            if record.change is None:
                self.left_out["audit", record.why_not] += 1
        self._leave_out("audit", "of statuses that did not come in", self._edits.of_others)
        self._leave_out("audit", "of people who are no agents", self._moves.of_others)
        if not self.exports.logged:
            told = sum(1 for changes in (self._edits, self._moves) for _ in changes)
            self._leave_out("audit", "without a log of statuses there is no trace", told)
            return []
        agents = {agent.id for agent in organisation.agents}
        logged: defaultdict[str, list[Logged]] = defaultdict(list)
        for each in self.exports.logged:
            person = self._people.find(each.who)
            known = self._ids.get(person) if person else None
            if known in agents:
                logged[str(known)].append(each)
            else:
                self.left_out["log", "of people who are no agents"] += 1
        recorder = Recorder(organisation, self._edits, self._moves)
        deactivated = {
            each.id for each in self.exports.found["definitions"].values() if each.deactivated
        }
        rows = [*recorder.rows(logged, self._exported), *recorder.edits(deactivated)]
        for (kind, why), number in recorder.left_out.items():
            self.left_out[kind, why] += number
        return rows

    def _leave_out(self, kind: Kind, why: str, number: int) -> None:
        if number:
            self.left_out[kind, why] += number

    # --- divisions ----------------------------------------------------------------------------

    def _make_divisions(self) -> str:
        """Make the divisions that are exported, and give the name of the root above them."""
        for key, each in self.exports.found["divisions"].items():
            self._divisions[key] = {"id": each.id, "name": self._unused(each.name)}
        wanted = plain_name(self.answers.ask("divisions.root", "All divisions"))
        self._taken.add(wanted)
        return wanted

    def _division(self, given: str, name: str, what: str) -> str:
        """Give the name of the division of an id, one that was not exported among them."""
        key = division_key(given)
        if key not in self._divisions:
            made = self._unused(name or f"Division {given}")
            self._divisions[key] = {"id": given, "name": made}
            self._brought[what] += 1
        return str(self._divisions[key]["name"])

    def _root_id(self) -> str:
        ids = (f"00000000-0000-0000-0000-{number:012}" for number in count())
        return next(each for each in ids if each not in self._divisions)

    def _unused(self, name: str) -> str:
        name = "Division" if is_blank(name) else name[: _LONGEST - 10]
        found, n = name, 1
        while found in self._taken:
            n += 1
            found = f"{name} ({n})"
        if n > 1:
            self.notices.append(f"two divisions are called alike; one is now called {found!r}")
        self._taken.add(found)
        return found

    # --- codes --------------------------------------------------------------------------------

    def _codes(self, root: str) -> list[dict[str, Any]]:
        """Give the codes that definitions are, with the presence of each beside it."""
        language = self.answers.ask("labels.language", "en_US")
        codes: list[dict[str, Any]] = []
        elsewhere = unnamed = 0
        for each in self.exports.found["definitions"].values():
            if each.deactivated and each.id not in self._edits:
                self.left_out["definitions", HISTORY] += 1
                continue
            asked = each.system and self.answers.ask("definitions.system", "keep") == LEAVE_OUT
            presence = each.presence if _PRESENCE.fullmatch(each.presence) else "Busy"
            default = _KINDS.get(name_key(presence), "OTHER")
            kind = self.answers.ask(f"presence.{presence}", default)
            if asked or kind == LEAVE_OUT:
                self.left_out["definitions", "as answered"] += 1
                continue
            label, fits = _label(each, language)
            elsewhere += bool(label) and not fits
            unnamed += not label
            everywhere = each.division == EVERYWHERE
            codes.append(
                {
                    "id": each.id,
                    "name": label or presence,
                    "type": kind,
                    "division": root
                    if everywhere
                    else self._division(each.division, "", "secondary statuses"),
                    "presence": presence,
                }
            )
        if elsewhere:
            labels = counted(elsewhere, "label is", "labels are")
            self.notices.append(f"{labels} not in {language}: another one is taken")
        if unnamed:
            statuses = counted(unnamed, "secondary status has", "secondary statuses have")
            self.notices.append(f"{statuses} no label")
        return codes

    def _of_the_day(
        self,
        codes: Sequence[dict[str, Any]],
        shifts: Sequence[Mapping[str, Any]],
        day: date,
    ) -> list[dict[str, Any]]:
        """Give the codes without those that were deactivated before the day and all through it.

        One whose name is scheduled stays: the organisation needs it.
        """
        definitions = self.exports.found["definitions"]
        scheduled = {each["reason"] for shift in shifts for each in shift["activities"]}
        begin = datetime.combine(day, time(), ZoneInfo(self.exports.zone))
        until = begin + 2 * _DAY
        switched_on = {
            key
            for key, change in self._edits
            if change.after == "false" and begin <= change.moment < until
        }
        kept = []
        for code in codes:
            now = "true" if definitions[code["id"]].deactivated else "false"
            is_off = self._edits.before(code["id"], begin, now) == "true"
            if is_off and code["id"] not in switched_on and code["name"] not in scheduled:
                self.left_out["definitions", HISTORY] += 1
            else:
                kept.append(code)
        return kept

    # --- agents -------------------------------------------------------------------------------

    def _agents(
        self, people: People, codes: Sequence[Mapping[str, Any]], root: str, day: date | None
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]], date]:
        activities = Activities(self.answers, codes)
        patterns = Patterns(self.exports.zone, activities.reason_of)
        day = self._schedule(people, patterns, activities, day)
        for why, number in (activities.left_out + patterns.left_out).items():
            self.left_out["schedules", why] += number
        if not people.everybody:
            agents = list(self._invented(patterns, root))
        else:
            agents = list(self._real(people, patterns, root, day))
        if not agents:
            raise BadInput(
                f"nobody of {len(people.everybody):,} people is an agent on {day}",
                field="agents",
                allowed="active users with a shift, or hours for agents.without_schedule",
            )
        self._tell_missing(people, root)
        return patterns.all(), agents, day

    def _tell_missing(self, people: People, root: str) -> None:
        """Say which exports did not come in, or not whole, and what is assumed in their place."""
        found = self.exports.found
        if not found["definitions"]:
            self.notices.append(
                "no presence definitions came in: there are no codes, and nothing can be chosen"
            )
        if people.everybody and not people.has_users:
            where = ", or of the division that audit events tell" if self._transfers else ""
            self.notices.append(
                "no users came in: whoever is scheduled is taken for an active agent of "
                f"{shown(root)}{where}"
            )
        if not found["divisions"] and not self._brought:
            self.notices.append(f"no divisions came in: {shown(root)} is taken for the only one")
        for what, number in self._brought.items():
            some = counted(number, "division is", "divisions are")
            self.notices.append(
                f"{some} not among those exported, and named by {what}"
                if found["divisions"]
                else f"no divisions came in: {some} made of what {what} name"
            )

    def _schedule(
        self, people: People, patterns: Patterns, activities: Activities, day: date | None
    ) -> date:
        """Give people the shifts that they have on a day, by default that with the most of them."""
        self._recur(day)
        activities.offer({each.activity for each in self.exports.stretches})
        known = []
        for each in list(self.exports.stretches):
            if (person := people.find(each.who)) is not None:
                known.append((person, each))
            elif not self.exports.takes_back(each.start, [each]):
                self.left_out["schedules", "of people who are not among the users"] += 1
        if len(people.everybody) > MOST_PEOPLE:
            found, allowed = f"{len(people.everybody):,} people", f"at most {MOST_PEOPLE:,}"
            raise BadInput(field="agents", found=found, allowed=allowed)
        gap = self.answers.ask("schedules.gap_minutes", "120") if known else "0"
        days = by_day(
            known, self.exports.zone, timedelta(minutes=int(gap)), self.exports.takes_back
        )
        if not days:
            if day is None:
                self.notices.append(f"no schedule names a day: {DAY} is taken")
            return day or DAY
        for zone in sorted(self.exports.zones - {self.exports.zone}):
            self.notices.append(
                f"schedules name the time zone {zone}; {self.exports.zone} is taken"
            )
        if day is None:
            day = min(days, key=lambda each: (-len(days[each]), each))
            self.notices.append(f"no day was given: {day} is taken, which has the most shifts")
        if day not in days:
            found, allowed = f"{day}, on which no shift begins", f"{min(days)} to {max(days)}"
            raise BadInput(field="day", found=found, allowed=allowed)
        other = sum(len(blocks) for each, blocks in days.items() if each != day)
        if other:
            self.left_out["schedules", "shifts of other days"] += other
        self._give(days[day], patterns)
        return day

    def _recur(self, day: date | None) -> None:
        if self.exports.series:
            first, last = self.exports.recur(day)
            if day is None:
                number = len(self.exports.series)
                self.notices.append(f"events that recur: {number:,}, taken from {first} to {last}")

    def _give(self, blocks: Sequence[tuple[Somebody, Block]], patterns: Patterns) -> None:
        for person, block in blocks:
            if (name := patterns.name_of(block)) is not None:
                person.shifts.append(name)

    def _real(
        self, people: People, patterns: Patterns, root: str, day: date
    ) -> Iterator[dict[str, Any]]:
        active = []
        for person in people.everybody:
            state = person.user.state if person.user else "active"
            if state == "active":
                active.append(person)
            else:
                known = state if state in ("inactive", "deleted") else "in another state"
                self.left_out["users", known] += 1
        active = in_order(active)
        is_scheduled = bool(self.exports.stretches or self.exports.series)
        key, default = "agents.shift", "08:00-16:00"
        if is_scheduled:
            key, default = "agents.without_schedule", LEAVE_OUT
        elif active:
            self.notices.append("no schedules: all agents are taken to work one shift alike")
        self._ids = ids_of(active, self.keep_names)
        midnight = datetime.combine(day, time(), ZoneInfo(self.exports.zone))
        # Divisions that an agent left before the day need not be there.
        moves = (self._named(each) if each.moment >= midnight else each for each in self._transfers)
        self._moves = Changes(moves, self._agent_of)
        for person, name in self._ids.items():
            if not person.shifts:
                hours = self.answers.ask(key, default)
                if hours == LEAVE_OUT:
                    self.left_out["users", "without a shift on the day"] += 1
                    continue
                person.shifts.append(patterns.of_hours(hours))
            user = person.user
            given, called = (user.division_id, user.division_name) if user else ("", "")
            self._exported[name] = self._division(given, called, "users") if given else root
            shifts = person.shifts
            wall = min(time.fromisoformat(patterns.starts[shift]) for shift in shifts)
            begin = datetime.combine(day, wall, ZoneInfo(self.exports.zone))
            yield {
                "id": name,
                "division": self._moves.before(name, begin, self._exported[name]),
                "shift": shifts[0] if len(shifts) == 1 else shifts,
            }

    def _named(self, transfer: Change) -> Change:
        """Give a transfer with the names of divisions in place of their ids."""
        before, after = (
            given and self._division_called(given) for given in (transfer.before, transfer.after)
        )
        return transfer._replace(before=before, after=after)

    def _division_called(self, given: str) -> str:
        """Give the name of the division that an audit event names, by its id or by its name."""
        names = {division["name"] for division in self._divisions.values()}
        known = division_key(given) in self._divisions or given not in names
        name = self._called.get(given, "")
        what = "users" if name else "audit events"
        return self._division(given, name, what) if known else given

    def _agent_of(self, user: str) -> str | None:
        """Give what the agent is called who a user of this id is."""
        person = self._people.known(user)
        return self._ids.get(person) if person else None

    def _invented(self, patterns: Patterns, root: str) -> Iterator[dict[str, Any]]:
        """Give agents of each division, where no export names any."""
        each = int(self.answers.ask("agents.per_division", "10"))
        shift = patterns.of_hours(self.answers.ask("agents.shift", "08:00-16:00"))
        names = [division["name"] for division in self._divisions.values()] or [root]
        self.notices.append(f"no users came in: {each} agents are made up for each division")
        numbers = count(1)
        for name in names:
            for _ in range(each):
                yield {"id": f"agent-{next(numbers):04}", "division": name, "shift": shift}


def _label(definition: DefinitionRecord, language: str) -> tuple[str, bool]:
    """Give the label of a definition, and whether it is in that language, of whatever region."""
    labels = {
        key.replace("-", "_").casefold(): text
        for key, text in definition.labels.items()
        if not is_blank(text)
    }
    wanted = language.replace("-", "_").casefold()
    alike = wanted.partition("_")[0]
    for key in (wanted, alike, *(k for k in labels if k.partition("_")[0] == alike), ""):
        if key in labels:
            return labels[key][:_LONGEST], True
    for key in ("en_us", *labels):
        if key in labels:
            return labels[key][:_LONGEST], False
    return "", False

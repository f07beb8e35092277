"""The same organisation with more or fewer agents and codes: what a sweep varies in size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import count
from typing import Any, NamedTuple

from simkit.base.identity_cache import Recent
from simkit.rules.organisation import Organisation, Person, ReasonCode


def resized(org: Organisation, agents: int | None = None, codes: int | None = None) -> Organisation:
    """Give the organisation with as many agents and codes in all; None leaves a number alone.

    Those there are stay as they are as long as there is room, so that a larger organisation moves
    nobody's random numbers; a smaller one keeps some of each division, and a code of each
    scheduled reason. New ones follow the present ones in division and shift. ValueError for fewer
    than one agent, or fewer codes than that.
    """
    parts: dict[str, Any] = {name: getattr(org, name) for name in type(org).model_fields}
    if agents is not None:
        parts["agents"] = _agents(org, agents)
    if codes is not None:
        parts["codes"] = _codes(org, codes)
    return Organisation.model_validate(parts)


class Member(NamedTuple):
    """An agent of whom no more is known than a run needs."""

    id: str
    division: str
    shift: str


class Roster(Sequence[Member]):
    """The agents of an organisation at another size, each made when it is looked at.

    The same ones, in the same order, as ``resized`` gives the organisation. A million of them take
    no room.
    """

    def __init__(self, org: Organisation, agents: int) -> None:
        if agents < 1:
            raise ValueError("an organisation needs at least one agent")
        self.org = org
        self._known = _members.get(org, None, lambda: _members_of(org))
        self._size = agents

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            if self._size == len(self._known):
                return self._known[i]
            return [self._member(place) for place in range(*i.indices(self._size))]
        return self._member(range(self._size)[i])

    def find(self, agent: str) -> Member | None:
        """Give the agent of an id; None where there is none."""
        if self._size <= len(self._known) or agent in self._by_id:
            return self._by_id.get(agent)
        number = _number(agent)
        place = number - 1 - sum(taken < number for taken in self._taken)
        found = self._member(place) if len(self._known) <= place < self._size else None
        return found if found and found.id == agent else None

    @cached_property
    def _by_id(self) -> dict[str, Member]:
        """The agents whom the organisation has."""
        own = self if self._size <= len(self._known) else self._known
        return {member.id: member for member in own}

    @property
    def added(self) -> int:
        """How many there are whom the organisation does not have."""
        return max(0, self._size - len(self._known))

    def _member(self, i: int) -> Member:
        known = self._known
        if self._size <= len(known):
            return known[i * len(known) // self._size]
        if i < len(known):
            return known[i]
        _, division, shift = known[i % len(known)]
        return Member(f"{_STEM}-{self._unused(i + 1)}", division, shift)

    @cached_property
    def _taken(self) -> list[int]:
        numbers = (_number(member.id) for member in self._known)
        return sorted(n for n in numbers if n > len(self._known))

    def _unused(self, number: int) -> int:
        for taken in self._taken:
            if taken <= number:
                number += 1
        return number


_STEM = "agent"
_members = Recent[list[Member]](most=4)


def _members_of(org: Organisation) -> list[Member]:
    return [Member(person.id, person.division, person.shift) for person in org.agents]


def _number(person: str) -> int:
    """Give n for the id ``agent-n``, 0 for any other."""
    stem, _, digits = person.rpartition("-")
    plain = stem == _STEM and digits.isdecimal() and digits.isascii() and digits[0] != "0"
    return int(digits) if plain else 0


def _agents(org: Organisation, wanted: int) -> list[Person]:
    known, crowd = org.agents, Roster(org, wanted)
    if wanted <= len(known):
        by_id = {person.id: person for person in known}
        return [by_id[member.id] for member in crowd]
    more = range(len(known), wanted)
    return [*known, *(known[i % len(known)].model_copy(update={"id": crowd[i].id}) for i in more)]


def _codes(org: Organisation, wanted: int) -> list[ReasonCode]:
    """Spread codes over the divisions that have some now, each kept as even as it is."""
    known = org.codes
    scheduled = {activity.reason for shift in org.shifts for activity in shift.activities}
    fewest = max(1, len(scheduled))
    if wanted < fewest or not known:
        raise ValueError(f"the catalogue needs at least {fewest} codes, to begin with and after")
    if wanted <= len(known):
        return _kept(known, scheduled, wanted)
    ids = _unused("further-reason", {code.id for code in known})
    homes = list(dict.fromkeys(code.division for code in known))
    more = []
    for i in range(wanted - len(known)):
        number = i // len(homes) + 1
        named = {"id": next(ids), "name": f"Further Reason {number}", "type": "OTHER"}
        more.append(ReasonCode.model_validate({**named, "division": homes[i % len(homes)]}))
    return [*known, *more]


def _kept(known: Sequence[ReasonCode], scheduled: set[str], wanted: int) -> list[ReasonCode]:
    """Keep the first code of each scheduled reason, and evenly as many of the others."""
    first = {code.name: code.id for code in reversed(known)}
    needed = {first[name] for name in scheduled}
    others = [code.id for code in known if code.id not in needed]
    room = wanted - len(needed)
    kept = needed | {others[i * len(others) // room] for i in range(room)}
    return [code for code in known if code.id in kept]


def _unused(stem: str, taken: set[str]) -> Iterator[str]:
    names = (f"{stem}-{n}" for n in count(len(taken) + 1))
    return (name for name in names if name not in taken)

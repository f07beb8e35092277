"""People of exports: who is who in users, schedules and logs, and what they are called here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from simkit.inputs.exports.records import UserRecord

STEM = "agent"


@dataclass(eq=False)
class Somebody:
    """A person, by all that exports call them."""

    key: str
    """What does not change from one import to the next: the id, or the first name that is known."""
    name: str
    user: UserRecord | None = None
    shifts: list[str] = field(default_factory=list)
    """Names of the shift patterns of the day."""


class People:
    """Finds people by id, address, user name or name.

    A name that two users have finds neither of them.
    """

    def __init__(self, users: Iterable[UserRecord]) -> None:
        self.everybody: list[Somebody] = []
        self._by_alias: dict[str, Somebody | None] = {}
        for user in users:
            person = Somebody(user.id, user.name or user.username or user.email or user.id, user)
            self.everybody.append(person)
            for alias in {user.id, user.email, user.username, user.name} - {""}:
                key = alias.casefold()
                taken = self._by_alias.get(key, person)
                self._by_alias[key] = person if taken is person else None
        self.has_users = bool(self.everybody)

    def known(self, alias: str) -> Somebody | None:
        """Give who is called so; nobody becomes known by it."""
        return self._by_alias.get(alias.casefold())

    def find(self, who: Sequence[str]) -> Somebody | None:
        """Give who is meant; without any users, whoever is named becomes known."""
        keys = [each.casefold() for each in who]
        for key in keys:
            if (person := self._by_alias.get(key)) is not None:
                if not self.has_users:
                    self._by_alias |= {each: person for each in keys if each not in self._by_alias}
                return person
        if self.has_users:
            return None
        person = Somebody(keys[0], who[-1])
        self.everybody.append(person)
        self._by_alias |= dict.fromkeys(keys, person)
        return person


def in_order(people: Iterable[Somebody]) -> list[Somebody]:
    """Give people in an order that tells nothing of their names or of when they came.

    It is that of a digest of their keys, so that another import of them gives the same.
    """
    return sorted(people, key=lambda one: hashlib.sha256(one.key.encode()).digest())


def ids_of(people: Sequence[Somebody], keep_names: bool) -> Mapping[Somebody, str]:
    """Give the ids under which people are agents: numbers, or their names made unique."""
    if not keep_names:
        width = max(4, len(str(len(people))))
        return {one: f"{STEM}-{n:0{width}}" for n, one in enumerate(people, 1)}
    taken: set[str] = set()
    ids: dict[Somebody, str] = {}
    for one in people:
        name, n = one.name, 1
        while name in taken:
            n += 1
            name = f"{one.name} ({n})"
        taken.add(name)
        ids[one] = name
    return ids

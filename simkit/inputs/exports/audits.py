"""Audit events: the edits and transfers that administrators made, and nothing of who made them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any, Literal, NamedTuple

from simkit.base.names import plain_name
from simkit.inputs.exports.files import Place
from simkit.inputs.exports.records import instant_in, text_in

Of = Literal["definition", "user"]

_ENTITIES: Mapping[str, Of] = {
    "presencedefinition": "definition",
    "organizationpresencedefinition": "definition",
    "organizationpresence": "definition",
    "user": "user",
    "person": "user",
}
"""Types of entities by their letters (ASSUMED: the platform's list of them is not public)."""
_PROPERTIES: Mapping[Of, frozenset[str]] = {
    "definition": frozenset({"deactivated"}),
    "user": frozenset({"division", "divisionid"}),
}
_ACTIONS = {
    "delete": "true",
    "deactivate": "true",
    "restore": "false",
    "activate": "false",
    "reactivate": "false",
}
"""Actions that say by themselves whether a definition is deactivated then."""
OTHER = "neither switch a status nor move an agent"
FAILED = "failed, so nothing was changed"


class Change(NamedTuple):
    """What became of a definition or a user: whether it is deactivated, or its division's id."""

    moment: datetime
    of: Of
    entity: str
    before: str
    """Empty where the event does not say."""
    after: str
    by_client: bool
    """Whether an OAuth client made it alone, so that no person is named: a pipeline (ASSUMED)."""


class AuditRecord(NamedTuple):
    """An audit event: the change that it tells, or why it tells none that a trace has a row for."""

    id: str
    change: Change | None
    why_not: str = ""


def audited_of(data: Any, place: Place) -> AuditRecord:
    """Give what is kept of an audit event; one without an id is told by its place."""
    known = text_in(data, "id", place) or f"{place.name}{place.path}{place.line}"
    kind = _ENTITIES.get(_letters(data.get("entityType")))
    found = _changed(kind, data, place) if kind else None
    if kind is None or found is None:
        return AuditRecord(known, None, OTHER)
    if _letters(data.get("status")) == "failure":
        return AuditRecord(known, None, FAILED)
    entity = data.get("entity")
    inside = place.inside("entity")
    if not isinstance(entity, Mapping):
        raise place.refuse("entity", entity, "a mapping with the id of what was changed")
    before, after = found
    change = Change(
        instant_in(data, "eventDate", place),
        kind,
        text_in(entity, "id", inside, required=True),
        before,
        after,
        bool(data.get("client")) and not data.get("user"),
    )
    return AuditRecord(known, change)


def _changed(kind: Of, data: Mapping[str, Any], place: Place) -> tuple[str, str] | None:
    """Give what a property was and became, None where an event is about others."""
    changes = data.get("propertyChanges")
    if changes is not None and not isinstance(changes, list):
        raise place.refuse("propertyChanges", changes, "a list of changes")
    for i, each in enumerate(changes or ()):
        inside = place.inside("propertyChanges", i)
        if not isinstance(each, Mapping):
            raise place.inside("propertyChanges").refuse(str(i), each, "a mapping with property")
        if _letters(each.get("property")) not in _PROPERTIES[kind]:
            continue
        before, after = (_value(each, key, inside) for key in ("oldValues", "newValues"))
        if kind == "definition":
            before, after = before.casefold(), after.casefold()
            if after not in ("true", "false"):
                raise inside.refuse("newValues", after, "true or false")
        elif not after:
            raise inside.refuse("newValues", None, "the id of a division")
        return before, after
    if kind == "definition" and (after := _ACTIONS.get(_letters(data.get("action")), "")):
        return "", after
    return None


def _value(change: Mapping[str, Any], key: str, place: Place) -> str:
    """Give the one value that a property had or has, nothing where it had none."""
    values = change.get(key)
    if values is None or values == []:
        return ""
    if not isinstance(values, list) or len(values) != 1 or not isinstance(values[0], str):
        raise place.refuse(key, values, "a list of one text")
    return plain_name(values[0])


def _letters(value: object) -> str:
    return re.sub(r"[^a-z]", "", value.casefold()) if isinstance(value, str) else ""


class Changes:
    """The changes of definitions or of users, in their order, and what each was before them."""

    def __init__(
        self, changes: Iterable[Change], known_as: Callable[[str], str | None] = lambda _: None
    ) -> None:
        """``known_as`` gives what we call an entity by its id, None for one that is not ours."""
        self.of_others = 0
        """How many changes are of entities that are not ours."""
        self._of: defaultdict[str, list[Change]] = defaultdict(list)
        for change in sorted(changes):
            if (key := known_as(change.entity)) is None:
                self.of_others += 1
            else:
                self._of[key].append(change)

    def __iter__(self) -> Iterator[tuple[str, Change]]:
        return ((key, change) for key, changes in self._of.items() for change in changes)

    def __contains__(self, key: str) -> bool:
        return key in self._of

    def before(self, key: str, moment: datetime, now: str) -> str:
        """Give what an entity was just before a moment; ``now`` is what it is as exported.

        The first change from then on says what it changed. One of a definition that does not say
        so switched it to the other state.
        """
        changes = self._of.get(key, [])
        later = changes[bisect_left(changes, moment, key=attrgetter("moment")) :]
        if not later:
            return now
        first = later[0]
        flipped = "false" if first.after == "true" else "true"
        return first.before or (flipped if first.of == "definition" else now)

"""Which export it is, by what stands in it: entities of the platform, pages, rows of tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from simkit.inputs.exports.records import TITLES, Kind

_ADDRESSES: Mapping[str, Kind] = {
    "/authorization/divisions": "divisions",
    "/presence/definitions": "definitions",
    "/presencedefinitions": "definitions",
    "/users": "users",
    "/oauth/clients": "clients",
    "/audits": "audit",
}
_ADDRESS = re.compile(rf"/api/v\d+({'|'.join(_ADDRESSES)})(?:[/?]|$)")
_TELLING: Mapping[Kind, tuple[int, frozenset[str]]] = {
    "definitions": (1, frozenset({"languageLabels"})),
    "divisions": (1, frozenset({"homeDivision", "objectCounts"})),
    "clients": (
        1,
        frozenset({"registeredRedirectUri", "authorizedGrantType", "accessTokenValiditySeconds"}),
    ),
    "audit": (2, frozenset({"eventDate", "action", "entityType", "serviceName"})),
    "log": (1, frozenset({"primaryPresence"})),
    "schedules": (1, frozenset({"agentSchedules", "userSchedules", "shifts"})),
    "users": (
        2,
        frozenset(
            {
                *("email", "username", "state", "division", "primaryContactInfo"),
                *("acdAutoAnswer", "presence", "routingStatus"),
            }
        ),
    ),
}
_HEADS: Mapping[str, frozenset[str]] = {
    "who_id": frozenset({"agentid", "userid", "agentguid", "userguid"}),
    "who": frozenset({"agent", "user", "agentname", "username", "employee", "employeename"}),
    "who_email": frozenset({"agentemail", "useremail", "email", "emailaddress", "mail"}),
    "date": frozenset({"date", "day", "scheduledate", "shiftdate"}),
    "start": frozenset(
        {"start", "starttime", "begin", "from", "startdate", "startdatetime", "timestamp"}
    ),
    "end": frozenset({"end", "endtime", "to", "until", "enddate", "enddatetime"}),
    "minutes": frozenset({"lengthminutes", "lengthinminutes", "durationminutes", "minutes"}),
    "activity": frozenset(
        {"activity", "activityname", "activitycode", "activitycodeid", "activitytype", "shift"}
    ),
    "presence": frozenset(
        {"systempresence", "presence", "status", "primarystatus", "primarypresence", "systemstatus"}
    ),
    "definition": frozenset(
        {
            *("secondaryid", "organizationpresenceid", "presencedefinitionid"),
            *("secondarystatusid", "secondarypresenceid", "secondarystatus", "secondarypresence"),
        }
    ),
}
"""What tables call what we read of schedules and logs; letters and digits alone, in small."""
_FIELDS: Mapping[str, str] = {
    "id": "id",
    "divisionid": "divisionId",
    "divisionname": "divisionName",
    "division": "divisionName",
    "homedivision": "homeDivision",
    "systempresence": "systemPresence",
    "deactivated": "deactivated",
    "type": "type",
    "label": "name",
    "name": "name",
    "email": "email",
    "emailaddress": "email",
    "username": "username",
    "state": "state",
    "objectcounts": "objectCounts",
    "description": "description",
    "authorizedgranttype": "authorizedGrantType",
    "accesstokenvalidityseconds": "accessTokenValiditySeconds",
}
"""What tables of entities call their fields, and what the platform does."""
_LABEL = re.compile(r"(?:languagelabels?|label)[._ ]?([a-z]{2}(?:[_-][a-z]{2})?)", re.IGNORECASE)

_WHO = ("agent, user id or email", frozenset({"who", "who_id", "who_email"}))
_START = ("start", frozenset({"start"}))
_ID = ("id", frozenset({"id"}))
_TIMED: Mapping[Kind, Sequence[tuple[str, frozenset[str]]]] = {
    "schedules": (_WHO, _START, ("activity", frozenset({"activity"}))),
    "log": (
        _WHO,
        _START,
        ("system presence or presence definition id", frozenset({"presence", "definition"})),
    ),
}
"""The columns that tables of times need: what to call one, and which of ours will do."""
_ENTITIES: Mapping[Kind, Sequence[tuple[str, frozenset[str]]]] = {
    "definitions": (
        _ID,
        (
            "system presence or languageLabels.en_US",
            frozenset({"languageLabels", "systemPresence"}),
        ),
    ),
    "clients": (
        _ID,
        (
            "authorized grant type",
            frozenset({"authorizedGrantType", "accessTokenValiditySeconds"}),
        ),
    ),
    "users": (_ID, ("email, username or state", frozenset({"email", "username", "state"}))),
    "divisions": (_ID, ("name", frozenset({"name"}))),
}
"""The columns that tables of entities need; a table is the first kind of which it has all."""
_OF_KIND: Mapping[Kind, frozenset[str]] = {
    "definitions": frozenset({"languageLabels", "systemPresence", "deactivated"}),
    "clients": frozenset({"authorizedGrantType", "accessTokenValiditySeconds"}),
    "users": frozenset({"email", "username", "state", "divisionId", "divisionName"}),
    "divisions": frozenset({"homeDivision", "objectCounts"}),
}
"""Fields by which a table that lacks a column is still known."""
_DEEPEST = 4
"""Levels of a bundle in which pages are looked for."""


class Page(NamedTuple):
    """Entities of one kind, and which page of how many they are; 0 where that is not said."""

    kind: Kind | None
    """None where nothing tells it, such as for a page without entities."""
    entities: list[Any]
    path: tuple[str | int, ...] = ()
    number: int = 0
    pages: int = 0
    total: int = 0


def pages_of(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[Page]:
    """Give the pages that data hold: one, a list of some, entities without one, or a bundle."""
    if isinstance(data, list):
        if data and all(isinstance(each, Mapping) and _is_page(each) for each in data):
            for i, each in enumerate(data):
                yield from pages_of(each, (*path, i))
        else:
            yield Page(_kind_in(data), data, path)
    elif isinstance(data, Mapping):
        yield from _pages_of_mapping(data, path)
    else:
        yield Page(None, [data], path)


def _is_page(data: Mapping[str, Any]) -> bool:
    return any(isinstance(data.get(key), list) for key in ("entities", "userDetails", "results"))


def _pages_of_mapping(data: Mapping[str, Any], path: tuple[str | int, ...]) -> Iterator[Page]:
    key = next((k for k in ("entities", "userDetails") if isinstance(data.get(k), list)), None)
    if key:
        entities = data[key]
        kind = _kind_in(entities) or (kind_of_address(data.get("selfUri")))
        numbers = (_count(data.get(name)) for name in ("pageNumber", "pageCount", "total"))
        yield Page(kind, entities, (*path, key), *numbers)
        return
    if kind := kind_of_entity(data):
        yield Page(kind, [data], path)
        return
    if len(path) >= _DEEPEST:
        return
    inner = [key for key, value in data.items() if isinstance(value, list | Mapping)]
    found = [page for key in inner for page in pages_of(data[key], (*path, key)) if page.kind]
    yield from found or [Page(None, [data], path)]


def _count(value: object) -> int:
    """Give a number that a page tells, 0 for what is none."""
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**9
    return value if is_count else 0  # type: ignore[return-value]


def _kind_in(entities: Iterable[Any]) -> Kind | None:
    kinds = (kind_of_entity(each) for each in entities)
    return next((kind for kind in kinds if kind), None)


def kind_of_address(address: object) -> Kind | None:
    """Give the kind of entity that an address of the platform stands for."""
    found = _ADDRESS.search(address) if isinstance(address, str) else None
    return _ADDRESSES[found[1]] if found else None


def kind_of_entity(data: Any) -> Kind | None:
    """Give the kind of an entity, by its address or by keys that no other kind has.

    >>> kind_of_entity({"id": "1", "languageLabels": {"en_US": "Lunch"}})
    'definitions'
    """
    if not isinstance(data, Mapping):
        return None
    if kind := kind_of_address(data.get("selfUri")):
        return kind
    for kind, (enough, keys) in _TELLING.items():
        if len(keys & data.keys()) >= enough:
            return kind
    return kind_of_columns(list(columns_of(map(str, data))))


def columns_of(head: Iterable[str]) -> dict[str, str]:
    """Give what our columns of schedules and logs are called in a table, by our names.

    >>> columns_of(["Agent Name", "Start Time", "Activity"])
    {'who': 'Agent Name', 'start': 'Start Time', 'activity': 'Activity'}
    """
    plain = [(_letters(each), each) for each in head]
    found: dict[str, str] = {}
    for ours, names in _HEADS.items():
        for letters, each in plain:
            if letters in names:
                found.setdefault(ours, each)
    return found


def kind_of_columns(columns: Iterable[str]) -> Kind | None:
    """Give the kind of a table that has such columns of ours."""
    present = {*columns}
    return next((kind for kind in _TIMED if not _lacking(present, _TIMED[kind])), None)


def fields_of(head: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Give where each column of a table of entities belongs in an entity of the platform.

    >>> fields_of(["Id", "System Presence", "languageLabels.de"])["languageLabels.de"]
    ('languageLabels', 'de')
    """
    found: dict[str, tuple[str, ...]] = {}
    for each in head:
        plain = each.strip()
        if label := _LABEL.fullmatch(plain):
            found[each] = ("languageLabels", label[1])
        elif (field := _FIELDS.get(_letters(plain))) is not None:
            found[each] = (field,)
    return found


def entity_of(row: Mapping[str, str], fields: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """Give a row of a table as the platform would write the entity; empty cells are left out."""
    entity: dict[str, Any] = {}
    for head, path in fields.items():
        if value := row.get(head, "").strip():
            inside = entity.setdefault(path[0], {}) if len(path) > 1 else entity
            inside[path[-1]] = value
    return entity


def kind_of_fields(fields: Mapping[str, tuple[str, ...]]) -> Kind | None:
    """Give the kind of a table of entities that has such fields."""
    present = {path[0] for path in fields.values()}
    kinds = (kind for kind in _ENTITIES if not _lacking(present, _ENTITIES[kind]))
    kind = next(kinds, None)
    of_others = _OF_KIND["users"] | _OF_KIND["definitions"]
    return None if kind == "divisions" and present & of_others else kind


def _lacking(present: set[str], needed: Sequence[tuple[str, frozenset[str]]]) -> list[str]:
    """Give what the columns are called that a table needs and does not have."""
    return [called for called, any_of in needed if not present & any_of]


def nearly(head: Sequence[str]) -> str:
    """Say which kind of table lacks but one column to be an export; nothing where none does.

    Nothing of the head is repeated: in a table without one it is somebody's row.

    >>> nearly(["User Id", "Date", "Start", "End", "Task"])
    'nearly scheduled activities, but no column is called activity'
    """
    timed = {*columns_of(head)}
    fields = {path[0] for path in fields_of(head).values()}
    found: list[str] = []
    if timed & {"date", "end", "minutes"}:
        alone = "date" in timed  # the moments of logs have their dates within
        found = [*_near(timed, {k: v for k, v in _TIMED.items() if k != "log" or not alone})]
    if not found and len(fields) > 1:
        found = [*_near(fields, {k: v for k, v in _ENTITIES.items() if fields & _OF_KIND[k]})]
    return f"nearly {', or '.join(found)}" if found else ""


def _near(
    present: set[str], kinds: Mapping[Kind, Sequence[tuple[str, frozenset[str]]]]
) -> Iterator[str]:
    for kind, needed in kinds.items():
        lacking = _lacking(present, needed)
        if len(lacking) == 1:
            yield f"{TITLES[kind]}, but no column is called {lacking[0]}"


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold())

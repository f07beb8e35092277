"""What is kept of the entities of exports; all else of them is dropped when they are read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from simkit.base.names import plain_name
from simkit.inputs.exports.files import Place

Kind = Literal["divisions", "definitions", "users", "clients", "schedules", "log", "audit"]
TITLES: Mapping[Kind, str] = {
    "divisions": "divisions",
    "definitions": "secondary statuses",
    "users": "users",
    "clients": "OAuth clients",
    "schedules": "scheduled activities",
    "log": "status log rows",
    "audit": "audit events",
}
"""The kinds of exports, and what their entities are called."""
EVERYWHERE = "*"
"""Stands in place of a division's id for all divisions."""


class DivisionRecord(NamedTuple):
    """A division; ``home`` where it is the one that everything begins in."""

    id: str
    name: str
    home: bool


class DefinitionRecord(NamedTuple):
    """A presence definition: a secondary status, or one of the system's own."""

    id: str
    labels: Mapping[str, str]
    presence: str
    division: str
    deactivated: bool
    system: bool


class UserRecord(NamedTuple):
    """A user: what tells who it is, and what is kept of them."""

    id: str
    name: str
    email: str
    username: str
    division_id: str
    division_name: str
    state: str


class ClientRecord(NamedTuple):
    """An OAuth client: how it logs in, and how long its tokens live; 0 where that is not said."""

    id: str
    grant: str
    token_life_s: int


class Stretch(NamedTuple):
    """A part of somebody's schedule, by the words that the export has for both."""

    who: tuple[str, ...]
    """All that the export calls the person: id, address, name."""
    start: datetime
    end: datetime
    activity: str


class Logged(NamedTuple):
    """A status that somebody had from a time on; ``end`` is None where it is not said."""

    who: tuple[str, ...]
    start: datetime
    end: datetime | None
    presence: str
    definition: str


def text_in(data: Mapping[str, Any], key: str, place: Place, *, required: bool = False) -> str:
    """Give a text of an entity in its one spelling; BadInput for anything else."""
    value = data.get(key)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or (required and not value.strip()):
        raise place.refuse(key, value, "a text")
    return plain_name(value)


def flag_in(data: Mapping[str, Any], key: str, place: Place) -> bool:
    """Give a truth value of an entity, false where it has none; tables write it as a text."""
    value = data.get(key)
    if isinstance(value, str):
        value = {"true": True, "false": False, "": False}.get(value.strip().casefold(), value)
    if value is not None and not isinstance(value, bool):
        raise place.refuse(key, data.get(key), "true or false")
    return bool(value)


def division_of(data: Any, place: Place) -> DivisionRecord:
    """Give what is kept of a division."""
    return DivisionRecord(
        text_in(data, "id", place, required=True),
        text_in(data, "name", place, required=True),
        flag_in(data, "homeDivision", place),
    )


def definition_of(data: Any, place: Place) -> DefinitionRecord:
    """Give what is kept of a presence definition; one without a division is usable everywhere."""
    labels = data.get("languageLabels") or {}
    if not isinstance(labels, Mapping):
        raise place.refuse("languageLabels", labels, "labels by language")
    inside = place.inside("languageLabels")
    said = {language: text_in(labels, language, inside) for language in labels}
    if not any(said.values()) and (name := text_in(data, "name", place)):
        said = {"": name}
    return DefinitionRecord(
        text_in(data, "id", place, required=True),
        {language: label for language, label in said.items() if label},
        text_in(data, "systemPresence", place),
        text_in(data, "divisionId", place) or EVERYWHERE,
        flag_in(data, "deactivated", place),
        text_in(data, "type", place).casefold() == "system",
    )


def user_of(data: Any, place: Place) -> UserRecord:
    """Give what is kept of a user."""
    division = data.get("division")
    if division is None:
        division = {}
    if not isinstance(division, Mapping):
        raise place.refuse("division", division, "a mapping with id and name")
    inside = place.inside("division")
    return UserRecord(
        text_in(data, "id", place, required=True),
        text_in(data, "name", place),
        text_in(data, "email", place),
        text_in(data, "username", place),
        text_in(division, "id", inside),
        text_in(division, "name", inside),
        text_in(data, "state", place).casefold() or "active",
    )


def client_of(data: Any, place: Place) -> ClientRecord:
    """Give what is kept of an OAuth client."""
    life = data.get("accessTokenValiditySeconds")
    if life is not None and (not isinstance(life, int) or isinstance(life, bool)):
        raise place.refuse("accessTokenValiditySeconds", life, "a whole number of seconds")
    grant = text_in(data, "authorizedGrantType", place)
    return ClientRecord(text_in(data, "id", place, required=True), grant, life or 0)


def instant_in(data: Mapping[str, Any], key: str, place: Place) -> datetime:
    """Give a moment that ISO 8601 writes with its zone, as the platform does; BadInput if none."""
    value = data.get(key)
    allowed = "a moment such as 2026-03-02T08:00:00Z"
    if not isinstance(value, str):
        raise place.refuse(key, value, allowed)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise place.refuse(key, value, allowed) from None
    if moment.utcoffset() is None or not 1900 < moment.year < 2199:
        raise place.refuse(key, value, allowed)
    return moment


def minutes_in(data: Mapping[str, Any], keys: tuple[str, ...], place: Place) -> timedelta:
    """Give a length in minutes, by the first of the keys that is there; BadInput without any."""
    key = next((each for each in keys if each in data), keys[0])
    value = data.get(key)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 <= value <= 60 * 24 * 31:  # type: ignore[operator]
        raise place.refuse(key, value, "a number of minutes, of a month at most")
    return timedelta(minutes=value)  # type: ignore[arg-type]

"""Exports as the platform writes them, made up for tests."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

Entity = dict[str, Any]


def division(n: int, **more: Any) -> Entity:
    return {"id": f"d{n}", "name": f"Division {n}", "homeDivision": n == 0, **more}


def definition(n: int, **more: Any) -> Entity:
    return {
        "id": f"p{n}",
        "type": "User",
        "languageLabels": {"en_US": f"Status {n}"},
        "systemPresence": "Busy",
        "divisionId": "*",
        "deactivated": False,
        **more,
    }


def user(n: int, **more: Any) -> Entity:
    return {
        "id": f"u{n}",
        "name": f"Person {n}",
        "email": f"person{n}@contact.example",
        "state": "active",
        "division": {"id": "d0", "name": "Division 0"},
        **more,
    }


def audited(kind: str, entity: str, at: str, before: str, after: str, **more: Any) -> Entity:
    """Give an audit event of a definition that was switched, or of a user who was moved."""
    name = {"PresenceDefinition": "deactivated", "User": "divisionId"}.get(kind, "name")
    change = {"property": name, "oldValues": [before], "newValues": [after]}
    return {
        "id": f"{kind} {entity} {at}",
        "eventDate": at,
        "serviceName": "Presence" if name == "deactivated" else "PeoplePermissions",
        "entityType": kind,
        "action": "Update",
        "user": {"id": "boss", "name": "Person Boss"},
        "entity": {"id": entity, "name": "Person Moved"},
        "propertyChanges": [change],
        **more,
    }


def page(entities: Iterable[Entity], **more: Any) -> Entity:
    return {"entities": list(entities), **more}


def pages(entities: list[Entity], size: int) -> list[Entity]:
    """Give the pages of a listing, each with its number and with what there is in all."""
    count = -(-len(entities) // size)
    return [
        page(
            entities[n * size : (n + 1) * size],
            pageSize=size,
            pageNumber=n + 1,
            pageCount=count,
            total=len(entities),
        )
        for n in range(count)
    ]


def shift(start: str, minutes: int, *activities: tuple[str, int, str]) -> Entity:
    """Give a shift of WFM's JSON: activities have a start, minutes and a code."""
    inside = [
        {"startDate": begin, "lengthMinutes": length, "activityCodeId": code}
        for begin, length, code in activities
    ]
    return {"startDate": start, "lengthMinutes": minutes, "activities": inside}


def calendar(title: str, *events: Mapping[str, str]) -> str:
    """Give a calendar with such events, by the names of their properties."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN"]
    lines += [f"X-WR-CALNAME:{title}"] if title else []
    for n, event in enumerate(events):
        said = {"UID": f"{n}@test", "DTSTAMP": "20260101T000000Z", **event}
        lines += ["BEGIN:VEVENT", *(f"{key}:{value}" for key, value in said.items())]
        lines.append("END:VEVENT")
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def write(folder: Path, **files: Any) -> Path:
    """Write data into JSON files, texts as they are; ``users_csv`` becomes users.csv."""
    for name, data in files.items():
        stem, _, ending = name.rpartition("_")
        path = folder / (f"{stem}.{ending}" if stem else f"{name}.json")
        path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return folder

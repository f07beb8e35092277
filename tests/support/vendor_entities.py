"""Exports built with the model classes of the platform's own SDK, as it would serialise them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

vendor = pytest.importorskip("PureCloudPlatformClientV2")
PRESENCES = ["Available", "Away", "Busy", "Idle", "OnQueue", "Meal", "Training", "Meeting", "Break"]


def made(model: str, **fields: Any) -> Any:
    """Give an object of a model class; each field is one that the class has."""
    entity = getattr(vendor, model)()
    for name, value in fields.items():
        assert name in entity.swagger_types
        setattr(entity, name, value)
        assert getattr(entity, name) is value, "the class takes the value as it is"
    return entity


def serialised(entity: Any) -> Any:
    """Give an object as the SDK sends it."""
    return vendor.ApiClient().sanitize_for_serialization(entity)


def listing(model: str, entities: list[Any], size: int) -> list[Any]:
    """Give the pages of a listing of entities."""
    count = -(-len(entities) // size)
    return [
        serialised(
            made(
                model,
                entities=entities[n * size : (n + 1) * size],
                page_size=size,
                page_number=n + 1,
                page_count=count,
                total=len(entities),
            )
        )
        for n in range(count)
    ]


def guid(kind: int, n: int) -> str:
    return f"{kind:08x}-0000-4000-8000-{n:012x}"


def division(n: int) -> Any:
    return made("AuthzDivision", id=guid(1, n), name=f"Division {n}", home_division=n == 0)


def definition(n: int, divisions: int) -> Any:
    """Every fifth is for all divisions, every tenth is deactivated."""
    return made(
        "OrganizationPresenceDefinition",
        id=guid(2, n),
        type="User",
        language_labels={"en_US": f"Status {n}", "de": f"Zustand {n}"},
        system_presence=PRESENCES[n % len(PRESENCES)],
        division_id="*" if n % 5 == 0 else guid(1, n % divisions),
        deactivated=n % 10 == 9,
    )


def user(n: int, divisions: int) -> Any:
    """Every twentieth is inactive."""
    home = made("Division", id=guid(1, n % divisions), name=f"Division {n % divisions}")
    address = f"person{n}@contact.example"
    contact = made("Contact", address=address, media_type="EMAIL", type="PRIMARY")
    return made(
        "User",
        id=guid(3, n),
        name=f"Person {n}",
        email=address,
        username=address,
        state="inactive" if n % 20 == 19 else "active",
        division=home,
        primary_contact_info=[contact],
        acd_auto_answer=False,
        version=1,
    )


def client(n: int) -> Any:
    return made(
        "OAuthClient",
        id=guid(4, n),
        name=f"Client {n}",
        access_token_validity_seconds=86_400,
        authorized_grant_type="CODE",
        registered_redirect_uri=["https://portal.example/callback"],
        scope=["presence", "users:readonly"],
    )


def schedules(users: int, day: datetime) -> Any:
    """Shifts of 8 h from 8 UTC on, with a break after so many hours as there are patterns."""
    found = []
    for n in range(users):
        start = day.replace(hour=8, tzinfo=UTC)
        rest = start + timedelta(hours=1 + n % 4)
        inside = [
            made(
                "BuAgentScheduleActivity", start_date=at, length_minutes=long, activity_code_id=code
            )
            for at, long, code in [(start, 480, "0"), (rest, 15, "1")]
        ]
        shift = made(
            "BuAgentScheduleShift", start_date=start, length_minutes=480, activities=inside
        )
        who = made("UserReference", id=guid(3, n))
        found.append(made("BuAgentScheduleSearchResponse", user=who, shifts=[shift]))
    return serialised(
        made(
            "BuAgentSchedulesSearchResponse",
            agent_schedules=found,
            business_unit_time_zone="Europe/Berlin",
        )
    )


def details(n: int, start: datetime, definition_id: str) -> Any:
    """A user's statuses, as analytics tells them."""
    record = made(
        "AnalyticsUserPresenceRecord",
        start_time=start,
        end_time=start + timedelta(minutes=15),
        system_presence="BREAK",
        organization_presence_id=definition_id,
    )
    return made("AnalyticsUserDetail", user_id=guid(3, n), primary_presence=[record])


def audited(kind: str, entity: str, at: datetime, *change: str) -> Any:
    """A change of a property: its name, its value before, and that after."""
    name, before, after = change
    changed = made("PropertyChange", pcProperty=name, old_values=[before], new_values=[after])
    return made(
        "AuditLogMessage",
        id=f"{kind} {entity}",
        event_date=at,
        action="Update",
        service_name="Presence",
        entity_type=kind,
        status="SUCCESS",
        user=made("DomainEntityRef", id=guid(6, 0)),
        entity=made("DomainEntityRef", id=entity),
        property_changes=[changed],
    )


def switched_off(n: int, at: datetime) -> Any:
    return audited("PresenceDefinition", guid(2, n), at, "deactivated", "false", "true")


def moved(n: int, at: datetime, before: int, after: int) -> Any:
    """A user moved from one division to another."""
    return audited("User", guid(3, n), at, "divisionId", guid(1, before), guid(1, after))

"""What the platform's own SDK serialises comes in whole."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import simkit

pytestmark = pytest.mark.slow  # the SDK has some thousand classes
DAY = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def vendor() -> Any:
    """The SDK's classes, which take seconds to be imported."""
    return pytest.importorskip("vendor_entities", reason="needs the extra vendor")


def write(folder: Path, name: str, pages: list[Any]) -> None:
    for n, page in enumerate(pages, 1):
        (folder / f"{name}-{n}.json").write_text(json.dumps(page), encoding="utf-8")


def test_pages_of_the_sdk_come_in_whole(vendor: Any, tmp_path: Path) -> None:
    """20 divisions, 300 definitions and 1,000 users by pages of 100; each count is right.

    User 3 is in division 3 and was in division 2 until noon; two definitions were switched off.
    """
    divisions = [vendor.division(n) for n in range(20)]
    definitions = [vendor.definition(n, 20) for n in range(300)]
    users = [vendor.user(n, 20) for n in range(1_000)]
    write(tmp_path, "divisions", vendor.listing("AuthzDivisionEntityListing", divisions, 100))
    whole = vendor.made(
        "OrganizationPresenceDefinitionEntityListing", entities=definitions, total=300
    )
    write(tmp_path, "definitions", [vendor.serialised(whole)])
    write(tmp_path, "users", vendor.listing("UserEntityListing", users, 100))
    write(tmp_path, "clients", vendor.listing("OAuthClientEntityListing", [vendor.client(1)], 25))
    write(tmp_path, "schedules", [vendor.schedules(1_000, DAY)])
    log = vendor.made(
        "AnalyticsUserDetailsAsyncQueryResponse",
        user_details=[vendor.details(n, DAY.replace(hour=9), vendor.guid(2, 8)) for n in range(7)],
    )
    write(tmp_path, "log", [vendor.serialised(log)])
    noon = DAY.replace(hour=11)
    events = [vendor.switched_off(n, noon) for n in range(2)] + [vendor.moved(3, noon, 2, 3)]
    audit = vendor.made("AuditQueryExecutionResultsResponse", entities=events)
    write(tmp_path, "audit", [vendor.serialised(audit)])

    found = simkit.read_export(tmp_path, zone="Europe/Berlin")
    assert found.counts == {
        "divisions": 20,
        "definitions": 300,
        "users": 1_000,
        "clients": 1,
        "schedules": 3_000,
        "log": 7,
        "audit": 3,
    }
    org = found.organisation
    assert len(org.divisions) == 1 + 20
    assert len(org.codes) == sum(not each.deactivated for each in definitions) == 270
    assert len(org.agents) == sum(each.state == "active" for each in users) == 950
    assert sum(c.division == org.tree.root for c in org.codes) == sum(
        each.division_id == "*" and not each.deactivated for each in definitions
    )

    def home(user: Any) -> str:
        return vendor.guid(1, 2) if user is users[3] else user.division.id

    homes = [agent.division for agent in org.agents]
    for each in divisions:
        theirs = [u for u in users if u.state == "active" and home(u) == each.id]
        assert homes.count(each.name) == len(theirs)
    assert [(s.start, s.end, s.activities[0].start) for s in org.shifts] == [
        ("09:00", "17:00", f"{hour}:00") for hour in (10, 11, 12, 13)
    ]
    assert {(each.kind, each.why): each.count for each in found.left_out} == {
        ("secondary statuses", "deactivated: history, no codes"): 30,
        ("users", "inactive"): 50,
    }
    rows = [line.split(",") for line in found.trace().splitlines()]
    assert [row[1:4] for row in rows if row[0] == "12:00:00.000" and not row[1]] == [
        ["", "deactivated by hand", vendor.guid(2, n)] for n in range(2)
    ]
    assert [row[3] for row in rows if row[2] == "transferred"] == ["Division 3"]
    assert found.clients[0].token_life_s == 86_400
    assert not [each for each in found.notices if "page" in each]

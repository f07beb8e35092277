"""Nothing of a person leaves an export: not into the organisation, nor into any message."""

from __future__ import annotations

import json
import random
import re
import warnings
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from exported import calendar, definition, division, page, shift, user, write

import simkit
from simkit import BadInput
from simkit.inputs.exports.answers import answers_text

MARK = re.compile("zq[0-9]+", re.IGNORECASE)
"""What stands in every field that is personal, each time with another number."""


class Marks:
    """Makes personal values, and knows them all."""

    def __init__(self) -> None:
        self._numbers = count(100)

    def __call__(self, form: str = "{}") -> str:
        return form.format(f"zq{next(self._numbers)}")


def person(mark: Marks, n: int) -> dict[str, Any]:
    """A user with a personal value in every field that may hold one."""
    address = mark("{}@contact.example")
    return user(
        n,
        id=mark("user-{}"),
        name=mark("Ann {}"),
        email=address,
        username=mark(),
        title=mark(),
        department=mark(),
        preferredName=mark(),
        chat={"jabberId": mark()},
        manager={"id": mark(), "name": mark()},
        addresses=[{"address": mark("+49 {}"), "mediaType": "PHONE"}],
        primaryContactInfo=[{"address": address, "display": mark()}],
        biography={"biography": mark()},
        employerInfo={"officialName": mark(), "employeeId": mark()},
        images=[{"imageUri": mark("https://contact.example/{}.png")}],
        selfUri=mark("/api/v2/users/{}"),
    )


def exports(mark: Marks) -> dict[str, Any]:
    """All kinds of exports, about the same people."""
    users = [person(mark, n) for n in range(12)]
    users[10]["state"] = "inactive"
    plan = [
        {
            "user": {"id": each["id"], "name": each["name"]},
            "shifts": [shift("2026-03-02T08:00:00Z", 480, ("2026-03-02T10:00:00Z", 15, "1"))],
        }
        for each in users[:3]
    ]
    rows = ["Agent,Date,Start,End,Activity"]
    rows += [
        f"{who},2026-03-02,{start},{end},{what}"
        for who in [users[3]["name"], users[4]["email"], mark("Somebody {}")]
        for start, end, what in [
            ("08:00", "12:00", "On Queue"),
            ("12:00", "12:30", mark("Lunch with {}")),
            ("12:30", "13:00", mark("Errand for {}")),
            ("13:00", "16:00", "On Queue"),
        ]
    ]
    event = {"DTSTART": "20260302T080000Z", "DTEND": "20260302T160000Z", "SUMMARY": mark("On {}")}
    log = [
        {"userId": each["id"], "startTime": "2026-03-02T09:00:00Z", "systemPresence": "Busy"}
        for each in users
    ]
    audit = [
        {
            "id": mark("audit-{}"),
            "eventDate": "2026-03-02T09:00:00Z",
            "action": "Update",
            "entityType": "User",
            "user": {"id": mark(), "name": mark()},
            "entity": {"id": each["id"], "name": each["name"]},
            "remoteIp": [mark()],
        }
        for each in users
    ]
    return {
        "divisions": page([division(0), division(1)]),
        "definitions": page(
            [definition(0, systemPresence="Break", createdBy={"id": mark(), "name": mark()})]
        ),
        "users": page(users, pageNumber=1, pageCount=2, total=40),
        "clients": page(
            [
                {
                    "id": mark(),
                    "name": mark("Client of {}"),
                    "authorizedGrantType": "CODE",
                    "createdBy": {"id": mark()},
                }
            ]
        ),
        "plan": {"agentSchedules": plan},
        "older": {"userSchedules": {users[5]["id"]: {"shifts": plan[0]["shifts"]}}},
        "rows_csv": "\n".join(rows) + "\n",
        "events_ics": calendar(
            users[6]["name"],
            event,
            {**event, "ATTENDEE": "mailto:" + users[7]["email"], "RRULE": "FREQ=DAILY;COUNT=3"},
        ),
        "log": page(log),
        "audit": page(audit),
    }


def told(folder: Path, out: Path, **more: Any) -> str:
    """Give all that an import says and writes."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        found = simkit.read_export(folder, **more)
    found.save(out / "org.yaml")
    found.save(out / "org.json")
    (out / "answers.yaml").write_text(answers_text(found.answers))
    files = [path.read_text() for path in sorted(out.iterdir())]
    parts = (found, found.counts, found.left_out, found.answers, found.by_default, found.notices)
    return "\n".join([*files, *map(repr, parts), *(str(each.message) for each in said)])


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    out.mkdir()
    return source, out


def test_no_personal_value_comes_out(folders: tuple[Path, Path]) -> None:
    """Of users, schedules in three forms, logs, audit events and clients."""
    pytest.importorskip("icalendar")
    source, out = folders
    mark = Marks()
    write(source, **exports(mark))
    text = told(source, out)
    assert MARK.findall(text) == []
    assert "agent-00" in text
    assert "of people who are not among the users" in text, "the day is not empty"
    names = told(source, out, keep_names=True)
    assert MARK.search(names), "the search finds what is kept when it is asked for"


def complaint(path: Path) -> str:
    """Give what is said against a file; nothing where it is read."""
    try:
        simkit.read_export(path)
    except BadInput as problem:
        return str(problem)
    return ""


def damaged(data: Any) -> Iterator[Any]:
    """Give data with each value of it, in turn, replaced by a value of another kind."""
    pairs = list(data.items() if isinstance(data, dict) else enumerate(data))
    for key, value in pairs:
        odd: list[Any] = [None, 7, "zq1 x", ["zq2"], {"zq3": "zq4"}]
        for other in odd:
            if type(other) is not type(value):
                copy = data.copy()
                copy[key] = other
                yield copy
        if isinstance(value, dict | list) and value:
            inner = value[:2] if isinstance(value, list) else value
            for each in damaged(inner):
                copy = data.copy()
                copy[key] = each
                yield copy


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", ["users", "clients", "plan", "older", "log", "audit", "definitions"]
)
def test_a_complaint_about_a_damaged_file_has_no_personal_value(kind: str, tmp_path: Path) -> None:
    """Whichever value is of a wrong kind: it is bad input, in one line, or it does no harm."""
    data = exports(Marks())[kind]
    path = tmp_path / "export.json"
    refusals = 0
    for each in damaged(data):
        path.write_text(json.dumps(each))
        refusals += bool(said := complaint(path))
        assert not MARK.search(said), said
        assert "\n" not in said
    assert refusals > 3


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["users", "rows_csv", "events_ics", "plan"])
def test_a_torn_file_tells_no_personal_value(kind: str, tmp_path: Path) -> None:
    """Cut off anywhere, or with a character replaced: one line without a name in it."""
    pytest.importorskip("icalendar")
    data = exports(Marks())[kind]
    text = data if isinstance(data, str) else json.dumps(data)
    path = tmp_path / "export"
    draw = random.Random(7)
    refusals = 0
    for n in range(150):
        at = draw.randrange(len(text))
        torn = (
            text[:at] if n % 2 else text[:at] + draw.choice('",;:{}\n\r\x00\xff9') + text[at + 1 :]
        )
        path.write_bytes(torn.encode("latin-1"))
        refusals += bool(said := complaint(path))
        assert not MARK.search(said), said
        assert "\n" not in said
    assert refusals > 10


def test_a_person_is_the_same_agent_in_all_exports(tmp_path: Path) -> None:
    """By id in one, by address in another, by name in a third."""
    users = [user(n, division={"id": f"d{n}", "name": f"D{n}"}) for n in range(3)]
    table = "Agent,Start,End,Activity\n" + "".join(
        f"{who},2026-03-02 {start},2026-03-02 {end},Work\n"
        for who, start, end in [
            ("u0", "08:00", "12:00"),
            ("PERSON1@contact.example", "09:00", "13:00"),
            ("person  2", "10:00", "14:00"),
        ]
    )
    found = simkit.read_export(write(tmp_path, users=page(users), table_csv=table))
    shifts = {agent.division: agent.shift for agent in found.organisation.agents}
    assert shifts == {"D0": "08:00-12:00", "D1": "09:00-13:00", "D2": "10:00-14:00"}


def test_a_name_that_two_people_have_names_neither(tmp_path: Path) -> None:
    """Nobody gets another one's shift."""
    users = [user(0, name="Twin"), user(1, name="Twin"), user(2)]
    table = (
        "Agent,Start,End,Activity\nTwin,2026-03-02 08:00,2026-03-02 12:00,Work\n"
        "u2,2026-03-02 08:00,2026-03-02 12:00,Work\n"
    )
    found = simkit.read_export(write(tmp_path, users=page(users), table_csv=table))
    assert len(found.organisation.agents) == 1
    assert any(each.why == "of people who are not among the users" for each in found.left_out)


def test_the_order_of_agents_tells_nothing_and_stays(tmp_path: Path) -> None:
    """Neither of the order of the listing nor of names; another import gives the same."""
    users = [user(n, division={"id": f"d{n}", "name": f"D{n:02}"}) for n in range(40)]

    def homes(listing: list[dict[str, Any]]) -> list[tuple[str, str]]:
        found = simkit.read_export(write(tmp_path, users=page(listing)))
        return [(agent.id, agent.division) for agent in found.organisation.agents]

    first = homes(users)
    assert [agent for agent, _ in first] == [f"agent-{n:04}" for n in range(1, 41)]
    order = [division for _, division in first]
    assert order not in (sorted(order), sorted(order, reverse=True))
    assert homes(users[::-1]) == first


def test_names_are_kept_when_that_is_asked_for(tmp_path: Path) -> None:
    """Made unique, for agents are told by them."""
    users = [user(0, name="Twin"), user(1, name="Twin"), user(2, name="")]
    found = simkit.read_export(write(tmp_path, users=page(users)), keep_names=True)
    names = {agent.id for agent in found.organisation.agents}
    assert names == {"Twin", "Twin (2)", "person2@contact.example"}

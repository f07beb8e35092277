"""A log of statuses becomes a recorded day, which runs on the imported organisation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from exported import audited, definition, page, user, write

import simkit
from simkit import BadInput
from simkit.inputs.exports.export import Export

CODES = [
    definition(0, languageLabels={"en_US": "Short Break"}, systemPresence="Break"),
    definition(1, languageLabels={"en_US": "Filing"}),
]
USERS = [user(n, division={"id": f"d{n}", "name": f"D{n}"}) for n in range(3)]
TABLE = (
    "Agent,Start,End,Activity\n"
    "u0,2026-03-02 08:00,2026-03-02 16:00,Work\nu0,2026-03-02 10:00,2026-03-02 10:15,Break\n"
    "u1,2026-03-02 22:00,2026-03-03 06:00,Work\n"
)
LOG = (
    "userId,startTime,endTime,systemPresence,organizationPresenceId\n"
    "u0,2026-03-02T06:00:00Z,2026-03-02T06:30:00Z,Busy,p1\n"
    "u0,2026-03-02T09:00:07.250Z,,Break,p0\n"
    "u0,2026-03-02T09:16:00Z,2026-03-02T11:00:00Z,OnQueue,\n"
    "u0,2026-03-02T14:30:00Z,2026-03-02T16:30:00Z,Busy,filing\n"
    "u1,2026-03-02T23:30:00Z,2026-03-02T23:45:00Z,Busy,p1\n"
    "u2,2026-03-02T10:00:00Z,2026-03-02T11:00:00Z,Busy,p1\n"
    "u9,2026-03-02T10:00:00Z,2026-03-02T11:00:00Z,Busy,p1\n"
)


def read(folder: Path, **more: Any) -> Export:
    write(folder, p=page(CODES), u=page(USERS), plan_csv=TABLE, **more)
    return simkit.read_export(folder, zone="Europe/Berlin")


def test_a_log_becomes_a_trace_that_runs(tmp_path: Path) -> None:
    """Times are local and exact; what begins at the shift's end ends there, nights go on."""
    found = read(tmp_path, log_csv=LOG)
    home = {agent.division: agent.id for agent in found.organisation.agents}
    text = found.trace()
    chosen = [line.split(",") for line in text.splitlines() if "picks" in line or "wants" in line]
    assert sorted(chosen, key=lambda row: row[1] == home["D1"]) == [
        ["10:00:07.250", home["D0"], "picks", "p0", "10:16:00.000"],
        ["15:30:00.000", home["D0"], "wants", "Filing", "16:00:00.000"],
        ["00:30:00.000", home["D1"], "picks", "p1", "00:45:00.000"],
    ]
    assert {each.why: each.count for each in found.left_out if each.kind == "status log rows"} == {
        "not within a shift of the day": 1,
        "without a status that is a code": 1,
        "of people who are no agents": 2,
    }
    (tmp_path / "day.csv").write_text(text, encoding="utf-8", newline="")
    found.save(tmp_path / "org.yaml")
    settings = simkit.load(tmp_path / "org.yaml")
    day = simkit.read_trace(tmp_path / "day.csv", settings)
    windows = {each.agent: [window.reason for window in each.windows] for each in day.days}
    assert windows == {home["D0"]: ["Short Break"], home["D1"]: []}
    run = simkit.run(settings, workload=day)
    assert run.metrics["intentions_lost"].value == 0


def test_without_a_log_there_is_no_trace(tmp_path: Path) -> None:
    """It is said, and nothing is made up."""
    with pytest.raises(BadInput, match="no log of statuses came in"):
        read(tmp_path).trace()


def switched(code: str, at: str, after: bool, **more: Any) -> dict[str, Any]:
    return audited("PresenceDefinition", code, at, str(not after), str(after), **more)


def moved(who: str, at: str, before: str, after: str, **more: Any) -> dict[str, Any]:
    return audited("User", who, at, before, after, **more)


PIPELINE = {"user": None, "client": {"id": "c1", "name": "Person Pipeline"}}
AUDIT = [
    switched("p1", "2026-03-02T09:30:00Z", True, **PIPELINE),
    switched("p1", "2026-03-02T10:30:00.250Z", False),
    switched("p1", "2026-03-02T19:00:00Z", True),
    switched("p2", "2026-03-01T09:00:00Z", True),
    switched("p2", "2026-03-02T11:00:00Z", False),
    switched("p2", "2026-03-05T11:00:00Z", True),
    switched("p3", "2026-02-01T11:00:00Z", True),
    moved("u0", "2026-02-27T09:00:00Z", "d7", "d8"),
    moved("u0", "2026-03-02T11:00:00Z", "d8", "d2"),
    moved("u0", "2026-03-02T18:00:00Z", "d2", "d0"),
    moved("u2", "2026-03-02T12:00:00Z", "d1", "d2"),
    moved("u9", "2026-03-02T12:00:00Z", "d1", "d2"),
    moved("u0", "2026-03-02T12:00:00Z", "d2", "d1", status="FAILURE"),
    audited("Queue", "q", "2026-03-02T12:00:00Z", "a", "b"),
    audited("User", "u0", "2026-03-02T13:00:00Z", "a", "b", propertyChanges=[]),
]
OFF = {"deactivated": True}
MORE_CODES = [
    CODES[0],
    definition(1, languageLabels={"en_US": "Filing"}, **OFF),
    definition(2, languageLabels={"en_US": "Coaching"}, **OFF),
    definition(3, languageLabels={"en_US": "Old"}, **OFF),
]


@pytest.fixture
def edited(tmp_path: Path) -> Export:
    """The exports with audit events: p1 and p2 were codes of the day, though both are off now."""
    (tmp_path / "in").mkdir()
    write(tmp_path / "in", p=page(MORE_CODES), u=page(USERS), a=page(AUDIT))
    write(tmp_path / "in", plan_csv=TABLE, log_csv=LOG)
    return simkit.read_export(tmp_path / "in", zone="Europe/Berlin")


def test_edits_and_transfers_become_rows(edited: Export) -> None:
    """Each at its time in Berlin, an hour before UTC; what no person did was done by pipeline."""
    rows = [line.split(",") for line in edited.trace().splitlines()]
    assert [[at, what, value] for at, agent, what, value, _ in rows if not agent] == [
        ["08:00:00.000", "deactivated by hand", "p2"],
        ["10:30:00.000", "deactivated", "p1"],
        ["11:30:00.250", "reactivated by hand", "p1"],
        ["12:00:00.000", "reactivated by hand", "p2"],
        ["20:00:00.000", "deactivated by hand", "p1"],
    ]
    moves = [[at, value] for at, _, what, value, _ in rows if what == "transferred"]
    assert moves == [["12:00:00.000", "D2"]]


def test_agents_and_codes_are_those_of_the_mornings_day(edited: Export) -> None:
    """u0 is in D0 as exported, and was in d8 at the shift's begin, which audit events alone name.

    p3 was off before the day and stayed so.
    """
    org = edited.organisation
    assert {agent.division for agent in org.agents} == {"Division d8", "D1"}
    assert [code.id for code in org.codes] == ["p0", "p1", "p2"]
    [shift] = [line for line in edited.trace().splitlines() if "shift,Division d8" in line]
    assert shift.startswith("08:00,")
    assert "no divisions came in: 1 division is made of what audit events name" in edited.notices


def test_what_becomes_no_row_is_counted(edited: Export) -> None:
    """Of 15 events the trace has 4 edits, beside the state at its begin, and a transfer."""
    found = {each.why: each.count for each in edited.left_out if each.kind == "audit events"}
    assert found == {
        "neither switch a status nor move an agent": 2,
        "failed, so nothing was changed": 1,
        "of statuses that are no codes": 1,
        "not between the first shift and the last": 2,
        "not within a shift of the day": 3,
        "of people who are no agents": 1,
    }
    assert sum(found.values()) + 4 + 1 == len(AUDIT)
    assert [each.count for each in edited.left_out if "history" in each.why] == [1]


def test_a_day_with_edits_runs_and_agents_see_them(edited: Export, tmp_path: Path) -> None:
    """The transfer and the edits are in the log at the times of the events."""
    edited.save(tmp_path / "org.yaml")
    (tmp_path / "day.csv").write_text(edited.trace(), encoding="utf-8", newline="")
    run = simkit.run(simkit.load(tmp_path / "org.yaml"), workload=tmp_path / "day.csv")
    scripted = [(record.kind, record.t) for record in run.log if record.kind in KINDS]
    hour = 60 * 60_000
    assert scripted == [
        ("edit", 0),
        ("edit", 2.5 * hour),
        ("edit", 3.5 * hour + 250),
        *(("edit", 4 * hour), ("transfer", 4 * hour)),
        ("edit", 12 * hour),
    ]


KINDS = ("edit", "transfer")


def test_nobody_is_named_by_what_is_made_of_audit_events(edited: Export, tmp_path: Path) -> None:
    """Neither who made a change, nor whom it was made to; the rows have the agents' numbers."""
    edited.save(tmp_path / "org.yaml")
    everything = edited.trace() + (tmp_path / "org.yaml").read_text(encoding="utf-8")
    assert "agent-000" in everything
    assert not [word for word in ("Person", "boss", "u0", "c1") if word in everything]


def test_without_a_log_audit_events_are_counted_and_put_agents_where_they_were(
    tmp_path: Path,
) -> None:
    """7 of statuses and 4 of agents have no trace to be in; agents are where they were that day."""
    write(tmp_path, p=page(MORE_CODES), u=page(USERS), a=page(AUDIT), plan_csv=TABLE)
    found = simkit.read_export(tmp_path, zone="Europe/Berlin")
    assert found.recorded == ()
    gone = {each.why: each.count for each in found.left_out if each.kind == "audit events"}
    assert gone["without a log of statuses there is no trace"] == 11
    assert "Division d8" in {agent.division for agent in found.organisation.agents}


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (
            switched("p1", "2026-03-02 09:30", True),
            "eventDate: found another text; allowed: a moment such as",
        ),
        (
            {**switched("p1", "2026-03-02T09:30:00Z", True), "entity": "Person"},
            "entity: found another text; allowed: a mapping with the id",
        ),
        (
            switched("p1", "2026-03-02T09:30:00Z", True, propertyChanges="Person"),
            "propertyChanges: found another text; allowed: a list of changes",
        ),
        (
            audited("PresenceDefinition", "p1", "2026-03-02T09:30:00Z", "Person", "Person"),
            "newValues: found another text; allowed: true or false",
        ),
        (
            moved("u0", "2026-03-02T09:30:00Z", "d0", ""),
            "newValues: found nothing; allowed: the id of a division",
        ),
    ],
)
def test_an_audit_event_that_cannot_be_used_is_refused_without_its_words(
    event: dict[str, Any], said: str, tmp_path: Path
) -> None:
    """With file, line and field; what stands there may be somebody's name."""
    write(tmp_path, p=page(CODES), u=page(USERS), a=page([event]), plan_csv=TABLE)
    with pytest.raises(BadInput) as caught:
        simkit.read_export(tmp_path)
    assert said in str(caught.value)
    assert caught.value.line
    assert "Person" not in str(caught.value)

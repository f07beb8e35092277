"""A log of statuses becomes a recorded day, which runs on the imported organisation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from exported import definition, page, user, write

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

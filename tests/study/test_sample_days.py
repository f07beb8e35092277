"""Sample days: exports of days that were lived, of which everything is known."""

from __future__ import annotations

import csv
import json
import re
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import simkit
from simkit import BadInput
from simkit.rules.settings import Settings
from simkit.study.sample_days import sample_days, write_sample_days

RECORDED = simkit.data_folder() / "recorded"
ZONE = "Europe/Berlin"


@pytest.fixture(scope="module")
def world() -> Settings:
    """The world of the kit's own sample."""
    return simkit.load(RECORDED / "world.yaml")


@pytest.fixture(scope="module")
def texts(world: Settings) -> dict[str, str]:
    """Its three days, as they lie among the data."""
    return sample_days(world, 3)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def entities(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(text)["entities"]
    return found


def test_the_sample_among_the_data_is_made_by_its_command(texts: dict[str, str]) -> None:
    """`simkit sample data/recorded/world.yaml --days 3` gives each file as it lies there."""
    there = {path.name: path.read_bytes().decode() for path in (RECORDED / "exports").iterdir()}
    assert texts == there


def test_logs_have_no_gaps_and_working_days_follow_each_other(texts: dict[str, str]) -> None:
    """Each status of an agent ends when the next begins, from 08:00 to 16:00 in Berlin."""
    log = rows(texts["status-log.csv"])
    days: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in log:
        days.setdefault((row["User Id"], row["Start Time"][:10]), []).append(row)
    assert {day for _, day in days} == {"2026-03-02", "2026-03-03", "2026-03-04"}
    assert len(days) == 90
    for own in days.values():
        assert own[0]["Start Time"].endswith("T07:00:00.000Z")
        assert own[-1]["End Time"].endswith("T15:00:00.000Z")
        assert all(one["End Time"] == other["Start Time"] for one, other in pairwise(own))


def test_weekends_are_left_out(healthy: Settings) -> None:
    """Of six days from Monday, 2 March, the last is Monday, 9 March."""
    small = healthy.with_top(organisation=simkit.resized(healthy.organisation, agents=1))
    starts = {row["Date"] for row in rows(sample_days(small, 6)["schedule.csv"])}
    assert sorted(starts)[-2:] == ["2026-03-06", "2026-03-09"]


def test_what_a_day_changed_is_taken_back_in_the_evening(texts: dict[str, str]) -> None:
    """So each property is at the end of each day what it was at its begin, as exported."""
    state: dict[tuple[str, str], str] = {}
    home = {user["id"]: user["division"]["id"] for user in entities(texts["users.json"])}
    events = entities(texts["audit-events.json"])
    assert {event["entityType"] for event in events} == {"PresenceDefinition", "User"}
    assert [event["id"] for event in events] == list(dict.fromkeys(e["id"] for e in events))
    for event in events:
        [change] = event["propertyChanges"]
        entity = event["entity"]["id"]
        before = state.get((entity, event["eventDate"][:10]))
        kept = home[entity] if event["entityType"] == "User" else "false"
        assert change["oldValues"] == [before or kept]
        state[entity, event["eventDate"][:10]] = change["newValues"][0]
    assert all(value in ("false", home.get(entity)) for (entity, _), value in state.items())


def test_what_comes_in_again_is_the_day_that_was_lived(
    world: Settings, texts: dict[str, str], tmp_path: Path
) -> None:
    """Transfers and edits to the millisecond; statuses as the platform had them, from then on."""
    write_sample_days(world, tmp_path / "in", 3)
    found = simkit.read_export(tmp_path / "in", zone=ZONE, day="2026-03-03")
    (tmp_path / "day.csv").write_text(found.trace(), encoding="utf-8", newline="")
    found.save(tmp_path / "org.yaml")
    settings = simkit.load(tmp_path / "org.yaml")
    read = simkit.read_trace(tmp_path / "day.csv", settings)
    lived = simkit.run(world, world.seed + 1)
    own = {code.id: i for i, code in enumerate(lived.directory.codes)}
    edits = [(edit.t, own[read.codes[edit.code]], edit.active) for edit in read.edits]
    assert edits == [(edit.t, edit.code, edit.active) for edit in lived.workload.edits]
    moves = sorted((move.t, move.division) for day in read.days for move in day.transfers)
    assert moves == sorted(
        (move.t, move.division) for day in lived.days.values() for move in day.transfers
    )
    codes = lived.directory.codes
    accepted = [
        (start, codes[status].id)
        for agent, day in lived.days.items()
        for start, _, status in lived.truth(agent).status.spans(day.start, day.end)
        if status >= 0
    ]
    picked = [(want.t, want.code_id) for day in read.days for want in day.intentions]
    assert sorted(picked) == sorted(accepted)
    assert simkit.agreement(simkit.run(settings, workload=read), read).share > 0.999


def test_statuses_that_wfm_wrote_are_no_codes(tmp_path: Path) -> None:
    """In the world of E3 they are in the log, as a presence without a secondary status."""
    text = sample_days(simkit.traps["E3"].settings, 1)["status-log.csv"]
    away = [row for row in rows(text) if row["System Presence"] == "AWAY"]
    assert away
    assert {row["Organization Presence Id"] for row in away} == {""}


def test_who_works_two_shifts_is_one_user(healthy: Settings) -> None:
    """The second shift's rows have the id of the first one's user."""
    data = healthy.organisation.model_dump(mode="json")
    pattern = {"name": "late", "start": "17:00", "end": "19:00", "activities": []}
    data["shifts"].append(pattern)
    data["agents"] = [{"id": "ann", "division": "North Care", "shift": ["first", "late"]}]
    org = type(healthy.organisation).model_validate(data)
    made = sample_days(healthy.with_top(organisation=org), 1)
    assert len(entities(made["users.json"])) == 1
    ends = [datetime.fromisoformat(row["End Time"]) for row in rows(made["status-log.csv"])]
    assert {row["User Id"] for row in rows(made["status-log.csv"])} == {
        entities(made["users.json"])[0]["id"]
    }
    assert max(ends).hour >= 18


def test_all_people_are_made_up(texts: dict[str, str]) -> None:
    """Their names are numbers, at an address that cannot be; administrators are examples."""
    people = re.findall(r'"(?:name|email)": "([^"]*)"', texts["users.json"])
    people += re.findall(r'"name": "([^"]*)"', texts["audit-events.json"])
    divisions = set(re.findall(r'"name": "([^"]*)"', texts["divisions.json"]))
    invented = r"Example (Person \d\d|Administrator|Pipeline)|person\d\d@contact\.example"
    assert [who for who in people if who not in divisions and not re.fullmatch(invented, who)] == []


def test_files_that_are_there_are_replaced_by_force_alone(
    healthy: Settings, tmp_path: Path
) -> None:
    """Somebody may have changed them by hand."""
    small = healthy.with_top(organisation=simkit.resized(healthy.organisation, agents=1))
    (tmp_path / "users.json").write_text("mine")
    with pytest.raises(BadInput, match=r"users\.json: there is such a file already"):
        write_sample_days(small, tmp_path, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["users.json"]
    assert len(write_sample_days(small, tmp_path, 1, force=True)) == 6
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be written"):
        write_sample_days(small, tmp_path / "file" / "deep", 1)


@pytest.mark.parametrize(
    ("days", "said"),
    [(0, "days: found 0; allowed: whole number from 1 to 60"), (61, "days: found")],
)
def test_more_days_than_can_be_sampled_are_refused(healthy: Settings, days: int, said: str) -> None:
    """As is an organisation whose logs would be too many."""
    with pytest.raises(BadInput, match=said):
        sample_days(healthy, days)
    large = healthy.with_top(organisation=simkit.resized(healthy.organisation, agents=5_001))
    with pytest.raises(BadInput, match=r"found 5,001 agents; allowed: at most 5,000"):
        sample_days(large, 1)

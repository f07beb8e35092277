"""Large exports are read in bounded time and memory."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pace
import pytest
from exported import calendar, definition, division, page, pages, user
from extent import some

PROBE = """
import sys, time
import simkit
from simkit.base.errors import BadInput
began = time.process_time()
try:
    org = simkit.read_export(sys.argv[1]).organisation
    said = f"{len(org.agents)} agents, {len(org.codes)} codes"
except BadInput as problem:
    said = str(problem)
peak = int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) // 1024
print(time.process_time() - began, peak, said)
"""


def large(folder: Path) -> None:
    divisions = [division(n) for n in range(200)]
    codes = [definition(n, divisionId=f"d{n % 200}") for n in range(2_000)]
    users = [
        user(
            n,
            division={"id": f"d{n % 200}", "name": "x", "selfUri": "/api/v2/x"},
            username=f"person{n}@contact.example",
            primaryContactInfo=[{"address": f"person{n}@contact.example", "type": "PRIMARY"}],
            chat={"jabberId": f"{n:024}@contact.example"},
            version=7,
        )
        for n in range(50_000)
    ]
    (folder / "divisions.json").write_text(json.dumps(page(divisions)))
    (folder / "codes.json").write_text(json.dumps(page(codes)))
    for n, each in enumerate(pages(users, 500)):
        (folder / f"users-{n}.json").write_text(json.dumps(each))


def scheduled(folder: Path) -> None:
    """10,000 agents with a shift and three activities each, as a table."""
    parts = [("08:00", "16:00", "Work"), ("10:00", "10:15", "Break"), ("12:00", "12:30", "Meal")]
    rows = "".join(
        f"Person {n},2026-03-02,{a},{b},{what}\n" for n in range(10_000) for a, b, what in parts
    )
    (folder / "users.json").write_text(json.dumps([user(n) for n in range(10_000)]))
    (folder / "codes.json").write_text(json.dumps([definition(0, systemPresence="Break")]))
    (folder / "plan.csv").write_text("agent,date,start,end,activity\n" + rows)


def recurring(folder: Path, rule: str, number: int, until: str = "20260309") -> None:
    """Events of one person by the same rule, and the days of which they are written out."""
    pytest.importorskip("icalendar")
    times = {"DTSTART": "20260302T070000Z", "DURATION": "PT1H"}
    rules = [{**times, "RRULE": rule}] * number
    days = [{**times, "DTSTART": f"{day}T070000Z"} for day in ("20260302", until)]
    (folder / "x.ics").write_text(calendar("Person 0", *rules, *days))


TOO_MUCH = "RRULE: found more than 200,000 occurrences, or days without one"
FOLDERS: dict[str, tuple[Callable[[Path], object], str]] = {
    "50,000 users and 2,000 codes": (large, "50000 agents, 2000 codes"),
    "a table of 30,000 activities": (scheduled, "10000 agents, 1 codes"),
    "20 million lists": (
        lambda folder: (folder / "x.json").write_text("[" + "[]," * 20_000_000 + "[]]"),
        "more than 3,000,000 values",
    ),
    "a gigabyte of blanks, packed": (
        lambda folder: (folder / "x.json").write_bytes(gzip.compress(b" " * 10**9, 1)),
        "more than 67,108,864 bytes unpacked",
    ),
    "60 MB of newlines": (
        lambda folder: (folder / "x.csv").write_text("id,email\n" + "\n" * 60_000_000),
        ":2000001: found more than 2,000,000 lines",
    ),
    "60 MB of columns": (
        lambda folder: (folder / "x.csv").write_text("id,email," + "bb," * 20_000_000),
        "found 60,000,009 characters; allowed: at most 1,000,000",
    ),
    "2,000,000 rows": (
        lambda folder: (folder / "x.csv").write_text(
            "agent,start,end,activity\n" + "a,2026-03-02 08:00,09:00,b\n" * 2_000_000
        ),
        ":300002: found more than 300,000 rows",
    ),
    "300,000 rows of as many agents": (
        lambda folder: (folder / "x.csv").write_text(
            "agent,start,end,activity\n"
            + "".join(f"a{n},2026-03-02 08:00,16:00,b\n" for n in range(300_000))
        ),
        "agents: found 300,000 people; allowed: at most 100,000",
    ),
    "as many times a day as may be, for 70 years": (
        lambda folder: recurring(
            folder, "FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))), 1, "20960302"
        ),
        TOO_MUCH,
    ),
    "1,000 rules by the day without any": (
        lambda folder: recurring(folder, "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", 1_000),
        TOO_MUCH,
    ),
    "1,000 rules by the year without any": (
        lambda folder: recurring(folder, "FREQ=YEARLY;BYDAY=MO;BYSETPOS=366", 1_000),
        TOO_MUCH,
    ),
    "1,000 rules by every 366th day without any": (
        lambda folder: recurring(folder, "FREQ=DAILY;INTERVAL=366;BYMONTH=13", 1_000),
        TOO_MUCH,
    ),
}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is read from /proc")
@pytest.mark.parametrize("name", some(FOLDERS, 3))
@pytest.mark.thorough
def test_exports_take_at_most_5_s_and_500_mb(name: str, tmp_path: Path) -> None:
    """Time on the processor, in a process of its own."""
    make, expected = FOLDERS[name]
    make(tmp_path)
    pace.check_bounds(PROBE, tmp_path, expected)

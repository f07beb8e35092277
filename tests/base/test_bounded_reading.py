"""Within the limits of a file nothing takes long or much memory, whatever stands in it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pace
import pytest
from extent import some

from simkit.base import resources

HEALTHY = resources.directory("data") / "scenarios" / "healthy.yaml"


def organisation(agents: int, **more: object) -> dict[str, object]:
    return {
        "name": "Large",
        "day": "2026-03-02",
        "provisioning_user_division": "All",
        "divisions": [{"id": "d-1", "name": "All"}],
        "codes": [{"id": "c", "name": "Meal", "type": "BREAK", "division": "All"}],
        "shifts": [{"name": "day", "start": "08:00", "end": "16:00"}],
        "agents": [
            {"id": f"agent-{i:06}", "division": "All", "shift": "day", **more}
            for i in range(agents)
        ],
    }


def scenario(agents: int, **more: object) -> str:
    return json.dumps({"base": str(HEALTHY), "organisation": organisation(agents, **more)})


FILES: dict[str, tuple[str, Callable[[], str], str]] = {
    "15 MB of newlines as YAML": ("a.yaml", lambda: "\n" * 15_000_000, "the file is empty"),
    "15 MB of newlines as JSON": ("a.json", lambda: "\n" * 15_000_000, "the file is empty"),
    "15 MB of newlines within JSON": (
        "a.json",
        lambda: '{"name":' + "\n" * 15_000_000 + "1}",
        ":1:2: name: found 1",
    ),
    "a scalar of 10 MB": ("a.yaml", lambda: "name: " + "x" * 10_000_000, "(10000000 characters)"),
    "249,000 values of YAML": (
        "a.yaml",
        lambda: "name:\n" + "- a\n" * 249_000,
        ":1:1: name: found a list of 249000",
    ),
    "16 MB of values of YAML": (
        "a.yaml",
        lambda: "- a\n" * 4_000_000,
        ":250000:3: more than 250,000 values; a JSON file may have 1,000,000",
    ),
    "240,000 unknown keys": (
        "a.yaml",
        lambda: "".join(f"k{i}: 1\n" for i in range(240_000)),
        "240,000 errors, too many to tell",
    ),
    "16 MB of lists of JSON": (
        "a.json",
        lambda: "[" + "[]," * 5_000_000 + "[]]",
        "1,000,000 values",
    ),
    "900,000 mappings of JSON": (
        "a.json",
        lambda: "[" + "{}," * 900_000 + "{}]",
        "a list of 900001",
    ),
    "900,000 unknown keys": (
        "a.json",
        lambda: "{" + ",".join(f'"{i}":1' for i in range(900_000)) + "}",
        "900,000 errors, too many to tell",
    ),
    "a key that comes twice, at the end": (
        "a.json",
        lambda: "{" + ",".join(f'"{i}":1' for i in range(500_000)) + ',"5":2}',
        "duplicate key '5'",
    ),
    "16 MB of escapes": ("a.json", lambda: '{"a":"' + "\\u0041" * 2_600_000 + '"}', "unknown key"),
    "200,000 agents": ("a.json", lambda: scenario(200_000), "200000 agents"),
    "a mistake in each of 40,000 agents": (
        "a.json",
        lambda: scenario(40_000, shft="day"),
        "organisation.agents.0.shft: unknown key 'shft'; did you mean 'shift'? (and 39999 more)",
    ),
}
HEAD = "at,agent,what,value,until\n"
MARKS = "\u0301\u0316" * 32_000
SHIFT = "08:00,ann,shift,North Care,07:59\n"


def clock(ms: int) -> str:
    """A time so many ms after 08:00."""
    seconds = 8 * 3_600 + ms // 1_000
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{ms % 1_000:03}"


def shifts(n: int) -> str:
    return "".join(f"08:00,a{i:05},shift,North Care,16:00\n" for i in range(n))


TRACES: dict[str, tuple[Callable[[], str], str]] = {
    "a day of 10,000 agents with 20 rows each": (
        lambda: (
            HEAD
            + shifts(10_000)
            + "".join(
                f"{clock(100 * i)},a{i % 10_000:05},picks,nc-meal,{clock(100 * i + 50)}\n"
                for i in range(190_000)
            )
        ),
        "10000 days",
    ),
    "such a day, rounded to minutes": (
        lambda: (
            HEAD
            + shifts(10_000)
            + "".join(
                f"{8 + i % 8:02}:{i % 60:02},a{i % 10_000:05},picks,nc-meal,16:00\n"
                for i in range(190_000)
            )
        ),
        "10000 days",
    ),
    "199,999 intentions of one agent, each at its time": (
        lambda: (
            HEAD
            + SHIFT
            + "".join(
                f"{clock(100 * i)},ann,wants,Meal,{clock(100 * i + 50)}\n" for i in range(199_999)
            )
        ),
        "1 days",
    ),
    "199,999 intentions, each for another name": (
        lambda: HEAD + SHIFT + "".join(f"10:00,ann,wants,{i},11:00\n" for i in range(199_999)),
        "1 days",
    ),
    "15,000 shifts of one agent with 185,000 rows": (
        lambda: (
            HEAD
            + "".join(
                f"{clock(900 * i)},ann,shift,North Care,{clock(900 * i + 900)}\n"
                for i in range(15_000)
            )
            + "".join(f"{clock(57 * i)},ann,reloads,,\n" for i in range(185_000))
        ),
        "15000 days",
    ),
    "30,000 shifts": (lambda: HEAD + shifts(30_000), "30000 days"),
    "30,001 shifts": (lambda: HEAD + shifts(30_001), ":30002: found more than 30,000 shifts;"),
    "580,000 rows": (
        lambda: HEAD + SHIFT + "".join(f"{clock(50 * i)},ann,reloads,,\n" for i in range(580_000)),
        ":200002: found more than 200,000 rows; allowed: at most 200,000",
    ),
    "16 MB of newlines": (lambda: HEAD + "\n" * 16_000_000, ":2000001: found more than 2,000,000"),
    "16 MB of columns": (lambda: "at,agent," + "b," * 7_900_000, ":1: no column 'what', but 'b'"),
    "16 MB of accents to be put in order": (
        lambda: HEAD + SHIFT + "".join(f"09:00,ann,wants,{i}{MARKS},10:00\n" for i in range(120)),
        ":3: value: found 64,001 characters; allowed: at most 300",
    ),
}
PROBE_TRACE = f"simkit.read_trace(sys.argv[1], simkit.load({str(HEALTHY)!r})).days"
PROBE = """
import resource, sys, time
import simkit
from simkit.base.errors import BadInput
began = time.process_time()
try:
    said = f"{len(simkit.load(sys.argv[1]).organisation.agents)} agents"
except BadInput as problem:
    said = str(problem)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
if sys.platform == "linux":  # where the peak of whoever forked this process counts as its own
    rows = open("/proc/self/status").read().split("VmHWM:")[1]
    peak = int(rows.split()[0]) // 1024
print(time.process_time() - began, peak, said)
"""


@pytest.mark.slow
@pytest.mark.parametrize("file", some(FILES, 2))
@pytest.mark.thorough
def test_reading_takes_at_most_5_s_and_500_mb(file: str, tmp_path: Path) -> None:
    """Time on the processor, in a process of its own; and what is said is of use."""
    name, text, expected = FILES[file]
    check_bounds(tmp_path / name, text(), PROBE, expected)


@pytest.mark.slow
@pytest.mark.parametrize("trace", some(TRACES, 2))
@pytest.mark.thorough
def test_reading_a_trace_takes_at_most_5_s_and_500_mb(trace: str, tmp_path: Path) -> None:
    """Also the largest that is read."""
    text, expected = TRACES[trace]
    probe = PROBE.replace("simkit.load(sys.argv[1]).organisation.agents", PROBE_TRACE)
    check_bounds(tmp_path / "day.csv", text(), probe.replace("agents", "days"), expected)


def check_bounds(path: Path, text: str, probe: str, expected: str) -> None:
    path.write_text(text, encoding="utf-8")
    pace.check_bounds(probe, path, expected)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["/proc/kmsg", "/dev/zero", "/dev/full", "/dev/tty"])
@pytest.mark.parametrize("key", ["base", "organisation"])
@pytest.mark.some(3)
def test_no_file_of_the_system_is_waited_for(name: str, key: str, tmp_path: Path) -> None:
    """The system's log is a regular file by its kind, and gives nothing until there is news."""
    (tmp_path / "a.json").write_text(json.dumps({"base": str(HEALTHY), key: f"{tmp_path}/b.yaml"}))
    (tmp_path / "b.yaml").symlink_to(name)
    command = [sys.executable, "-c", PROBE, str(tmp_path / "a.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    assert "b.yaml:" in done.stdout

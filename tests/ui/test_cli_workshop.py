"""`simkit workshop`: the agenda as a trainer reads it, and the rehearsal of a machine."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import re
import shutil
import socket
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from commands import Answer

from simkit.study.catalogue import TRAP_IDS
from simkit.teaching.agendas import agendas
from simkit.teaching.notes import notes_on
from simkit.ui.server import rehearsal
from simkit.ui.server.rehearsal import Item

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize("width", [100, 60])
@pytest.mark.parametrize("wanted", ["90", "half", "day"])
def test_an_agenda_fits_the_terminal_and_leaves_nothing_out(
    wanted: str, width: int, simkit: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No line is wider, each entry stands there whole, with when it begins and its minutes."""
    monkeypatch.setenv("COLUMNS", str(width))
    answer = simkit("workshop", "plan", wanted, "--start", "09:00")
    assert (answer.code, answer.err) == (0, "")
    lines = answer.out.splitlines()
    assert max(map(len, lines)) <= width
    joined = re.sub(r"\s+", " ", answer.out)
    for at, entry in agendas()[wanted].timed():
        begins = f"{9 + at // 60:02}:{at % 60:02}"
        row = next(line for line in lines if re.match(rf"\s*{begins} ", line))
        assert row.split()[1] == str(entry.minutes)
        assert entry.happens in joined
        assert entry.title in joined
    assert "…" not in answer.out


def test_without_a_start_times_count_from_the_beginning(simkit: Callable[..., Answer]) -> None:
    """In hours and minutes; the last line has the end and the sum."""
    lines = simkit("workshop", "plan", "half").out.splitlines()
    assert any(re.match(r"\s*0:00 +10 +all ", line) for line in lines)
    assert any(re.match(r"\s*4:00 +240 +End\.", line) for line in lines)


@pytest.mark.parametrize("width", [100, 60])
def test_notes_have_all_that_a_trainer_has_to_say(
    width: int, simkit: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What each does, and of each trap of the agenda guesses, ways out and questions."""
    monkeypatch.setenv("COLUMNS", str(width))
    out = simkit("workshop", "plan", "90", "--notes").out
    assert max(map(len, out.splitlines())) <= width
    joined = re.sub(r"\s+", " ", out)
    for entry in agendas()["90"].entries:
        assert f"You: {entry.trainer}" in joined
        assert f"They: {entry.people}" in joined
    for trap in ("T3", "E4", "E3"):
        notes = notes_on(trap)
        for text in (*notes.say, *notes.key_points, notes.predict):
            assert text in joined
        for guess in notes.guesses:
            assert guess.reveals in joined
        for mishap in notes.goes_wrong:
            assert mishap.way_out in joined
        for asked in notes.questions:
            assert f"{asked.asked} {asked.answer}" in joined
    assert "T1:" not in out


def test_an_agenda_as_json_has_times_and_notes(simkit: Callable[..., Answer]) -> None:
    """One document; minutes from the beginning, clock times, and notes where asked for."""
    answer = simkit("workshop", "plan", "240", "--start", "13:30", "--notes", "--json")
    document = json.loads(answer.out)
    assert (document["id"], document["minutes"]) == ("half", 240)
    assert sum(entry["minutes"] for entry in document["entries"]) == 240
    assert [document["entries"][1][key] for key in ("at_min", "from")] == [10, "13:40"]
    assert list(document["notes"]) == ["T1", "T3", "E2", "E3", "E4"]
    assert document["notes"]["E4"]["guesses"][0]["reveals"]
    assert "notes" not in json.loads(simkit("workshop", "plan", "90", "--json").out)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ["plan", "120"],
            "FORMAT: no such agenda; found '120'; allowed: 90 (90 min), half (240 min), "
            "day (480 min); into 120 min fits 90",
        ),
        (
            ["plan", "week"],
            "FORMAT: no such agenda; found 'week'; allowed: 90 (90 min), half (240 min), "
            "day (480 min)",
        ),
        (
            ["plan", "90", "--start", "9"],
            "--start: found '9'; allowed: a time of day such as 09:00",
        ),
        (
            ["plan", "day", "--start", "16:01"],
            "--start: found '16:01'; allowed: a time of day such as 09:00, 16:00 at the latest to "
            "end that day",
        ),
        (["plan"], "missing argument 'FORMAT'; see simkit workshop plan --help"),
        (
            ["chek"],
            "no such command 'chek'. Did you mean 'check'?; see simkit workshop --help",
        ),
        (
            ["check", "--port", "0"],
            "--port: found 0; allowed: a whole number from 1 to 65535; "
            "see simkit workshop check --help",
        ),
    ],
)
def test_bad_input_gets_one_line(
    arguments: list[str], line: str, simkit: Callable[..., Answer]
) -> None:
    """What was found and what is allowed; exit code 2, and nothing on standard output."""
    assert simkit("workshop", *arguments) == Answer(2, "", f"simkit: {line}\n")


def test_a_broken_agenda_is_told_in_one_line_with_its_place(
    simkit: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The file that was changed is named, with the line; exit code 2."""
    from simkit.base import resources
    from simkit.teaching import agendas as module

    data = tmp_path / "data"
    shutil.copytree(resources.directory("data") / "workshop", data / "workshop")
    half = data / "workshop" / "agendas" / "half.yaml"
    text = half.read_text(encoding="utf-8")
    half.write_text(text.replace("minutes: 30", "minutes: 31"), encoding="utf-8")
    whole = resources.directory
    monkeypatch.setattr(
        resources, "directory", lambda name: data if name == "data" else whole(name)
    )
    module.agendas.cache_clear()
    try:
        answer = simkit("workshop", "plan", "half")
    finally:
        module.agendas.cache_clear()
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        f"simkit: {half}:3:1: minutes: found 240; its entries add up to 241 min\n"
    )


def test_without_a_command_its_help_is_shown(simkit: Callable[..., Answer]) -> None:
    """As with `simkit` alone; exit code 0."""
    answer = simkit("workshop")
    assert answer.code == 0
    assert answer == simkit("workshop", "--help")
    assert re.search(r"^  plan  +Print the agenda", answer.out, re.MULTILINE)


# --- the rehearsal ----------------------------------------------------------------------------


@pytest.fixture
def no_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which all is well, and whose kernel need not be waited for."""
    monkeypatch.setattr(rehearsal, "kernel", lambda: Item("Kernel", "ok", "opens a lab in 1 s"))
    monkeypatch.setattr(rehearsal, "browser", lambda: Item("Browser", "ok", "chromium"))
    monkeypatch.setattr(rehearsal, "packages", lambda: Item("Packages", "ok", "all there"))


@pytest.mark.usefixtures("no_kernel")
def test_a_machine_on_which_all_is_well_is_ready(
    simkit: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line for each thing, the screen for people's eyes; exit code 0."""
    monkeypatch.setenv("COLUMNS", "60")
    answer = simkit("workshop", "check")
    assert (answer.code, answer.err) == (0, "")
    lines = answer.out.splitlines()
    assert max(map(len, lines)) <= 60
    names = ["Python", "Packages", "Files", "Disk", "Port", "Browser", "Kernel"]
    assert [line.split(":")[0] for line in lines if line.startswith("✓")] == [
        f"✓ {name}" for name in names
    ]
    assert any(line.startswith("→ Screen: ") for line in lines)
    assert lines[-1] == "Ready."


@pytest.mark.usefixtures("no_kernel")
def test_a_port_that_is_taken_is_not_ready(simkit: Callable[..., Answer]) -> None:
    """It is said what to do; exit code 1, in JSON as well."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = simkit("workshop", "check", "--port", port)
        document = json.loads(simkit("workshop", "check", "--port", port, "--json").out)
    assert answer.code == 1
    assert f"✗ Port: port {port} is taken\n  End what holds it" in answer.out
    assert answer.out.endswith("Not ready: 1 of 8 to be mended.\n")
    assert {each["name"]: each["state"] for each in document}["Port"] == "fails"


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """An old Python, a package, a browser, room on the disk: each says what to do."""
    monkeypatch.setattr(
        importlib.metadata, "requires", lambda _: ["rich>=15", "no-such>=1", "x; extra == 'dev'"]
    )
    monkeypatch.setattr(webbrowser, "get", _no_browser)
    monkeypatch.setattr(rehearsal, "_BROWSERS", ())
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10_000_000))
    monkeypatch.setattr(sys, "version_info", (3, 10, 9))
    items = [
        rehearsal.python(),
        rehearsal.packages(),
        rehearsal.browser(),
        rehearsal.disk(),
    ]
    assert [item.state for item in items] == ["fails"] * 4
    assert items[1].found == "missing: no-such"
    assert items[3].found == "10 MB free here"
    assert all(item.do.endswith((".", "-e .")) for item in items)


def _no_browser() -> None:
    raise webbrowser.Error


@pytest.mark.slow
def test_a_kernel_is_started_and_asked() -> None:
    """What it answers counts, not that it started: the error is one that only it can know of."""
    item = rehearsal.kernel("1 / 0")
    assert (item.state, item.found) == ("fails", "opens no lab: ZeroDivisionError")


# --- the guide for trainers -------------------------------------------------------------------


def test_the_guide_for_trainers_says_what_the_data_say() -> None:
    """Each made part of docs/workshop.md is what tools/workshop.py makes of data and notebooks."""
    spec = importlib.util.spec_from_file_location("workshop", ROOT / "tools" / "workshop.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    text = (ROOT / "docs" / "workshop.md").read_text(encoding="utf-8")
    written = {found[1]: found[2] for found in tool.PART.finditer(text)}
    expected = {name: make() for name, make in tool.made().items()}
    assert written == expected, "stale: python tools/workshop.py"
    assert [name for name in expected if name.startswith("trap ")] == [
        f"trap {trap}" for trap in TRAP_IDS
    ]

"""Organisations on the command line: imported from exports, and made up to a size."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import Answer
from exported import definition, page, user, write

import simkit as kit

ROOT = Path(__file__).resolve().parents[2]
EXPORTS = kit.data_folder() / "exports"
Command = Callable[..., Answer]


def files(*endings: str) -> list[Path]:
    return [path for path in sorted(EXPORTS.iterdir()) if path.suffix in endings]


def one_line(answer: Answer) -> str:
    """Give the one line by which a command refuses its input."""
    assert (answer.code, answer.out) == (2, "")
    assert len(answer.err.splitlines()) == 1
    return answer.err


def test_the_sample_is_imported_and_runs(simkit: Command, tmp_path: Path) -> None:
    """All that is read is counted; what is written runs at once, with nothing to choose nowhere."""
    out = tmp_path / "org.yaml"
    answer = simkit("import", *files(".json", ".csv"), "--zone", "Europe/Berlin", "--out", out)
    assert answer.code == 0
    table = [line.split() for line in answer.out.splitlines()]
    assert ["divisions", "4"] in table
    assert ["secondary", "statuses", "20", "1", "deactivated:", "history,", "no", "codes"] in table
    assert ["users", "30", "1", "inactive"] in table
    assert ["1", "deleted"] in table
    org = kit.load(out).organisation
    assert (len(org.divisions), len(org.codes), len(org.agents)) == (5, 19, 22)
    assert f"{out}: divisions 5, codes 19, shifts 3, agents 22" in answer.out
    ran = simkit("run", out, "--json")
    assert ran.code == 0
    assert json.loads(ran.out)["metrics"]["empty_openings_share"]["value"] == 0


def test_answers_are_remembered_and_asked_once(simkit: Command, tmp_path: Path) -> None:
    """The second import takes nothing by default, and makes the same organisation."""
    out, again, answers = (tmp_path / name for name in ("a.yaml", "b.yaml", "answers.yaml"))
    first = simkit(
        *("import", *files(".json", ".csv"), "--out", out, "--zone", "Europe/Berlin"),
        *("--answers", answers, "--answer", "presence.Away=CUSTOM", "--language", "de"),
    )
    assert "Taken by default" in first.out
    kept = answers.read_text()
    assert '"presence.Away": CUSTOM\n' in kept
    assert '"labels.language": de\n' in kept
    second = simkit("import", *files(".json", ".csv"), "--out", again, "--answers", answers)
    assert second.code == 0
    assert "Taken by default" not in second.out
    assert kit.load(out).organisation == kit.load(again).organisation
    assert "Kurze Pause" in {code.name for code in kit.load(again).organisation.codes}
    assert answers.read_text() == kept


def test_answers_remembered_for_other_exports_are_said_and_kept(
    simkit: Command, tmp_path: Path
) -> None:
    """In a note that no strictness refuses: another import may need them."""
    answers = tmp_path / "answers.yaml"
    answers.write_text('"presence.Lunch": BREAK\nagents.per_division: 3\n')
    command = ("import", *files(".json", ".csv"), "--day", "2026-03-02", "--answers", answers)
    answer = simkit(*command, "--out", tmp_path / "o.yaml", "--strict")
    assert answer.code == 0
    note = f"2 answers of {answers} are not used here: presence.Lunch, agents.per_division"
    assert answer.err == f"simkit: note: {note}\n"
    assert '"presence.Lunch": BREAK\n' in answers.read_text()


def test_a_log_becomes_a_day_that_runs(simkit: Command, tmp_path: Path) -> None:
    """The command says how; the trace has the statuses of 7 agents, two each."""
    out, day = tmp_path / "org.yaml", tmp_path / "day.csv"
    command = ("import", *files(".json", ".csv"), "--out", out, "--zone", "Europe/Berlin")
    answer = simkit(*command, "--trace", day)
    assert answer.out.endswith(f"Next: simkit run {out} --workload {day}\n")
    rows = day.read_text().splitlines()
    assert sum(",picks," in row for row in rows) == 14
    assert not re.search(r"Example Person|contact\.example|00000003-5e1f", day.read_text())
    ran = simkit("run", out, "--workload", day, "--json")
    assert json.loads(ran.out)["metrics"]["intentions_lost"]["value"] == 0
    before = out.read_text(), day.read_text()
    refused = simkit("import", *files(".json"), "--out", out, "--trace", day)
    assert (refused.code, refused.out) == (2, "")
    assert "no log of statuses came in" in refused.err.splitlines()[-1]
    assert (out.read_text(), day.read_text()) == before


def test_json_is_one_document_and_nothing_else(simkit: Command, tmp_path: Path) -> None:
    """With the same numbers as the table."""
    out = tmp_path / "org.json"
    answer = simkit("import", *files(".json"), "--out", out, "--json")
    told = json.loads(answer.out)
    assert told["read"] == {
        "divisions": 4,
        "definitions": 20,
        "users": 30,
        "clients": 1,
        "schedules": 0,
        "log": 0,
        "audit": 0,
    }
    assert told["made"] == {"divisions": 5, "codes": 19, "shifts": 1, "agents": 28}
    assert {(each["kind"], each["count"]) for each in told["left_out"]} == {
        ("secondary statuses", 1),
        ("users", 1),
    }
    assert told["by_default"][0] == "organisation.zone"
    assert "no schedules: all agents are taken to work one shift alike" in told["notices"]


def test_names_come_out_only_when_they_are_asked_for(simkit: Command, tmp_path: Path) -> None:
    """Neither in the file, nor on the terminal, nor in the answers."""
    out, answers = tmp_path / "org.yaml", tmp_path / "answers.yaml"
    command = ("import", *files(".json", ".csv"), "--out", out, "--answers", answers)
    for more in ((), ("--json",)):
        said = simkit(*command, *more)
        everything = said.out + said.err + out.read_text() + answers.read_text()
        assert not re.search(r"Example Person|contact\.example|00000003-5e1f", everything)
        assert "agent-0001" in everything
    simkit(*command, "--names")
    assert "Example Person 01" in out.read_text()


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (["--answer", "presence.Busy"], "--answer: found 'presence.Busy'; allowed: KEY=VALUE"),
        (
            ["--answer", "presence.Busy=LUNCH"],
            "--answer: presence.Busy: found 'LUNCH'; allowed: BREA",
        ),
        (
            ["--day", "2026-03-09"],
            "day: found 2026-03-09, on which no shift begins; allowed: 2026-03",
        ),
        (
            ["--answer", "presence.Buzy=BREAK"],
            "--answer: nothing here asks 'presence.Buzy'; did you mean 'presence.Busy'?; allowed: ",
        ),
        (
            ["--answer", "agents.per_division=3"],
            "--answer: nothing here asks 'agents.per_division'",
        ),
        (["--zone", "Berlin"], "organisation.zone: found 'Berlin'; allowed: an IANA name"),
        (["--strict"], "no day was given: 2026-03-02 is taken"),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_written(
    more: list[str], expected: str, simkit: Command, tmp_path: Path
) -> None:
    """Neither the organisation nor the answers, and what stood there stays."""
    out, answers = tmp_path / "org.yaml", tmp_path / "answers.yaml"
    out.write_text("as it was")
    command = ("import", *files(".json", ".csv"), "--out", out, "--answers", answers)
    assert expected in one_line(simkit(*command, *more))
    assert out.read_text() == "as it was"
    assert not answers.exists()


@pytest.mark.parametrize("option", ["--out", "--trace", "--answers"])
def test_where_one_file_cannot_be_written_none_is(
    option: str, simkit: Command, tmp_path: Path
) -> None:
    """Organisation, trace and answers, whichever it is, and what stood there stays."""
    names = {"--out": "org.yaml", "--trace": "day.csv", "--answers": "answers.yaml"}
    paths = {each: tmp_path / name for each, name in names.items()}
    paths[option] = tmp_path / "nowhere" / names[option]
    if option != "--out":
        paths["--out"].write_text("as it was")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    options = [each for pair in paths.items() for each in pair]
    said = one_line(simkit("import", *files(".json", ".csv"), "--day", "2026-03-02", *options))
    assert said == f"simkit: {paths[option]}: cannot be written: No such file or directory\n"
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_folder_without_exports_writes_nothing(simkit: Command, tmp_path: Path) -> None:
    """No organisation of agents made up comes of an empty folder or of a misspelled one."""
    (tmp_path / "empty").mkdir()
    said = one_line(simkit("import", tmp_path / "empty", "--out", tmp_path / "o.yaml"))
    assert "empty: no export that is known: no file, hidden ones aside; allowed: pages of" in said
    assert not (tmp_path / "o.yaml").exists()


def test_files_beside_exports_are_named_in_the_account(simkit: Command, tmp_path: Path) -> None:
    """On the terminal and in the JSON; what is written has their number alone."""
    folder, out = tmp_path / "in", tmp_path / "o.yaml"
    folder.mkdir()
    write(folder, u=page([user(0)]), p=page([definition(0)]), Ann_txt="some words")
    answer = simkit("import", folder, "--out", out)
    assert re.search(r"^files +1 +files that are no exports: Ann.txt$", answer.out, re.MULTILINE)
    told = json.loads(simkit("import", folder, "--out", out, "--json").out)["left_out"]
    assert [each["names"] for each in told if each["kind"] == "files"] == [["Ann.txt"]]
    assert "Left out of files, files that are no exports: 1." in out.read_text()
    assert "Ann" not in out.read_text()


def test_a_damaged_export_is_refused_with_its_place(simkit: Command, tmp_path: Path) -> None:
    """File, line, column, field, what was found and what is allowed."""
    path = tmp_path / "users.json"
    path.write_text(json.dumps(page([user(0), user(1, id=7)]), indent=1))
    line = next(n for n, text in enumerate(path.read_text().splitlines(), 1) if '"id": 7' in text)
    said = one_line(simkit("import", path, "--out", tmp_path / "o.yaml"))
    assert said == f"simkit: {path}:{line}:4: id: found a number; allowed: a text\n"
    assert not (tmp_path / "o.yaml").exists()


def test_an_ending_that_says_nothing_is_refused_first(simkit: Command, tmp_path: Path) -> None:
    """Before anything is read."""
    said = one_line(simkit("import", tmp_path / "nothing", "--out", tmp_path / "o.txt"))
    assert "found '.txt'; allowed: .yaml, .yml, .json" in said


@pytest.mark.slow
@pytest.mark.thorough
def test_an_organisation_too_large_for_yaml_goes_into_json(simkit: Command, tmp_path: Path) -> None:
    """YAML has fewer values; it is said what to do."""
    (tmp_path / "in").mkdir()
    users = [user(n, division=None) for n in range(63_000)]
    write(tmp_path / "in", u=users, p=page([definition(0)]))
    said = simkit("import", tmp_path / "in", "--out", tmp_path / "o.yaml")
    assert (said.code, said.out) == (2, "")
    assert (
        "too much for YAML; found an organisation of 63,000 agents; allowed: a name in" in said.err
    )
    assert simkit("import", tmp_path / "in", "--out", tmp_path / "o.json").code == 0
    assert len(kit.load(tmp_path / "o.json").organisation.agents) == 63_000


def test_the_page_on_import_shows_what_happens(
    simkit: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its worked example prints what stands there."""
    pytest.importorskip("icalendar")
    text = (ROOT / "docs" / "import.md").read_text(encoding="utf-8")
    command, printed = re.findall(r"```(?:sh|text)\n(.*?)```", text, re.DOTALL)[:2]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / "data").symlink_to(kit.data_folder())
    answer = simkit(*command.split()[1:])
    assert answer.out == printed


# --- made up ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("agents", "divisions", "codes", "shifts"), [(120, 6, 12, 3), (1, 1, 2, 1), (25, 40, 15, 21)]
)
def test_a_new_organisation_has_the_size_asked_for_and_runs(
    agents: int, divisions: int, codes: int, shifts: int, simkit: Command, tmp_path: Path
) -> None:
    """Each division has its codes; agents and shifts are spread evenly."""
    out = tmp_path / "org.yaml"
    size = ("--agents", agents, "--divisions", divisions, "--codes", codes, "--shifts", shifts)
    assert simkit("new", *size, "--out", out, "--yes").code == 0
    org = kit.load(out).organisation
    assert (len(org.agents), len(org.divisions), len(org.shifts)) == (agents, divisions + 1, shifts)
    homes = [code.division for code in org.codes]
    assert {homes.count(each.name) for each in org.divisions[1:]} == {codes}
    seats = [sum(a.division == each.name for a in org.agents) for each in org.divisions[1:]]
    assert max(seats) - min(seats) <= 1
    ran = simkit("run", out, "--json")
    assert ran.code == 0
    assert json.loads(ran.out)["metrics"]["empty_openings_share"]["value"] == 0


def test_edits_a_day_are_as_many_on_average(simkit: Command, tmp_path: Path) -> None:
    """They stand in the same file, as the chance of each code."""
    out = tmp_path / "org.yaml"
    simkit("new", "--divisions", 4, "--codes", 10, "--edits", 10, "--out", out, "--yes")
    settings = kit.load(out)
    assert settings.workload.deactivation_probability == 10 / 40
    edits = [len(kit.run(settings, seed=seed).workload.edits) for seed in range(20)]
    assert 7 < sum(edits) / 20 < 13
    said = one_line(simkit("new", "--divisions", 1, "--codes", 2, "--edits", 3, "--out", "x.yaml"))
    assert "--edits: found 3; allowed: whole number from 0 to 2" in said


def test_a_file_that_is_there_is_replaced_by_force_alone(simkit: Command, tmp_path: Path) -> None:
    """Somebody may have changed it by hand."""
    out = tmp_path / "org.yaml"
    out.write_text("mine")
    assert "there is such a file already" in one_line(simkit("new", "--out", out, "--yes"))
    assert out.read_text() == "mine"
    assert simkit("new", "--out", out, "--yes", "--force").code == 0
    assert len(kit.load(out).organisation.agents) == 30


@pytest.mark.slow
def test_it_asks_at_a_terminal_and_says_what_is_allowed(tmp_path: Path) -> None:
    """An empty answer is the default; options are not asked for."""
    out = tmp_path / "org.yaml"
    ours, theirs = pty.openpty()
    command = [
        sys.executable,
        "-m",
        "simkit.ui.cli.main",
        "new",
        "--shifts",
        "2",
        "--out",
        str(out),
    ]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT)
    os.close(theirs)
    said = b""
    for question, answer in [
        (b"Agents [30]", b"many"),
        (b"whole number from 1", b"7"),
        (b"Divisions [6]", b""),
        (b"division [12]", b"3"),
        (b"a day [0]", b""),
    ]:
        until = time.monotonic() + 60
        while question not in said and time.monotonic() < until:
            said += os.read(ours, 4096)
        assert question in said
        said = said.split(question, 1)[1]
        time.sleep(0.1)
        os.write(ours, answer + b"\n")
    assert process.wait(60) == 0
    os.close(ours)
    org = kit.load(out).organisation
    assert (len(org.agents), len(org.divisions), len(org.codes), len(org.shifts)) == (7, 7, 18, 2)

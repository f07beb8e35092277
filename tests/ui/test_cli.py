"""The command line: what it prints, where, and with which exit code."""

from __future__ import annotations

import io
import json
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from commands import Answer

import simkit as kit
from simkit.base import resources
from simkit.base.errors import BadInput
from simkit.ui.server import jupyter
from simkit.ui.server.app import serving

DATA = resources.directory("data")
HEALTHY = DATA / "scenarios" / "healthy.yaml"
BASE = f"base: {HEALTHY}\n"
SMALL = (DATA / "orgs" / "small.yaml").read_text(encoding="utf-8")


def changed(old: str, new: str) -> str:
    """The small organisation with one passage changed."""
    assert old in SMALL
    return SMALL.replace(old, new, 1)


SCENARIOS = {
    "an unknown key is refused with a suggestion": (
        BASE + "widget:\n  refreshIntervalMS: 30000\n",
        [":3:3:", "refreshIntervalMS", "did you mean 'refreshIntervalMs'"],
    ),
    "an unknown section is refused with a suggestion": (
        BASE + "widgets:\n  autoSelect: true\n",
        [":2:1:", "did you mean 'widget'"],
    ),
    "a wrong type is refused": (
        BASE + "widget:\n  refreshIntervalMs: fast\n",
        [":3:3:", "widget.refreshIntervalMs", "'fast'", "whole number"],
    ),
    "a value out of range is refused": (
        BASE + "widget:\n  refreshIntervalMs: 5\n",
        [":3:3:", "found 5", "1000 to 3600000"],
    ),
    "polls that would overlap are refused": (
        BASE + "widget:\n  refreshIntervalMs: 1000\nwire:\n  delayMaxMs: 900\n",
        [":3:3:", "overlap"],
    ),
    "provisioning without a permission is refused": (
        BASE + "provisioning:\n  permissions: []\n",
        [":3:3:", "Status Reason > Edit"],
    ),
    "unreadable YAML is refused with its place": (BASE + "widget: {a: [1,\n", [":3:1:", "YAML"]),
    "duplicate keys are refused with both places": (
        BASE + "seed: 1\nseed: 2\n",
        [":3:1:", "'seed'", "line 2"],
    ),
    "an alias bomb is refused unexpanded": (
        "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
        [":1:4:", "alias"],
    ),
    "an empty file is refused": ("", ["empty"]),
    "nesting above 64 levels is refused": ("a: " + "[" * 70 + "]" * 70, ["64 levels"]),
    "a missing base is refused": ("base: nowhere.yaml\n", [":1:1:", "nowhere.yaml"]),
    "a scenario that builds on itself is refused": ("base: file.yaml\n", ["itself"]),
    "a missing organisation file is refused": (
        BASE + "organisation: nowhere.yaml\n",
        [":2:1:", "nowhere.yaml"],
    ),
    "an unknown profile is refused": (BASE + "profile: gensys\n", [":2:1:", "'genesys'"]),
    "a profile file that is not there is refused": (
        BASE + "profile: ./mine.yaml\n",
        [":2:1:", "profile: './mine.yaml' is not there"],
    ),
    "a list in place of a mapping is refused": ("- 1\n", [":1:1:", "mapping"]),
}

ORGANISATIONS = {
    "a cycle": (("name: North, parent: Global", "name: North, parent: North Care"), "cycle"),
    "two roots": (("name: South, parent: Global", "name: South"), "give the others a parent"),
    "an unknown parent": (("name: South, parent: Global", "name: South, parent: Globl"), "Globl"),
    "a duplicate code id": (("id: nc-meal", "id: nc-short-break"), "nc-short-break"),
    "an agent in an unknown division": (
        ("{id: agent-01, division: North Care", "{id: agent-01, division: Nroth Care"),
        "did you mean 'North Care'",
    ),
    "overlapping windows": (
        ('{start: "11:30", end: "12:00"', '{start: "10:10", end: "12:00"'),
        "overlap",
    ),
}


def one_clear_line(answer: Answer) -> str:
    """The complaint, after checking that it is one line, that nothing else was said, exit 2."""
    assert answer.code == 2
    assert answer.out == ""
    lines = answer.err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("simkit: ")
    return lines[0]


@pytest.mark.slow
@pytest.mark.parametrize("case", SCENARIOS)
def test_a_bad_scenario_gets_one_clear_line(
    case: str, tmp_path: Path, simkit: Callable[..., Answer]
) -> None:
    """File, place, field, what was found and what is allowed; exit 2; nothing else."""
    text, parts = SCENARIOS[case]
    (tmp_path / "file.yaml").write_text(text, encoding="utf-8")
    line = one_clear_line(simkit("run", tmp_path / "file.yaml", "--out", tmp_path / "out"))
    assert "file.yaml" in line
    for part in parts:
        assert part in line
    assert not (tmp_path / "out").exists(), "nothing half-written"


@pytest.mark.parametrize("case", ORGANISATIONS)
def test_a_bad_organisation_gets_one_clear_line(
    case: str, tmp_path: Path, simkit: Callable[..., Answer]
) -> None:
    """The line names the organisation's file, not the scenario's."""
    (old, new), part = ORGANISATIONS[case]
    (tmp_path / "org.yaml").write_text(changed(old, new), encoding="utf-8")
    (tmp_path / "file.yaml").write_text(BASE + "organisation: org.yaml\n", encoding="utf-8")
    line = one_clear_line(simkit("run", tmp_path / "file.yaml"))
    assert "org.yaml:" in line
    assert part in line


@pytest.mark.parametrize(
    "command",
    [
        ["run", "--json"],
        ["why", "--agent", "agent-07", "--at", "10:00"],
        ["recommend", "--limit", "stale_share=1", "--replications", "2", "--jobs", "1"],
    ],
    ids=lambda command: command[0],
)
def test_divisions_without_a_parent_are_put_below_one_root_on_request(
    command: list[str], tmp_path: Path, simkit: Callable[..., Answer]
) -> None:
    """What was done is a note on standard error, in one line; the answer stays alone."""
    flat = changed("name: South, parent: Global", "name: South")
    (tmp_path / "org.yaml").write_text(flat, encoding="utf-8")
    (tmp_path / "file.yaml").write_text(BASE + "organisation: org.yaml\n", encoding="utf-8")
    answer = simkit(command[0], tmp_path / "file.yaml", *command[1:], "--flat")
    assert answer.code == 0
    (line,) = answer.err.splitlines()
    assert line.startswith(f"simkit: note: {tmp_path / 'org.yaml'}:")
    assert line.endswith("divisions: 'South' had no parent and is now below 'Global'")
    assert answer.out


def test_a_doubt_about_a_scenario_is_one_line_on_standard_error(
    tmp_path: Path, simkit: Callable[..., Answer]
) -> None:
    """The run goes on: a fault may be what one wants to see."""
    path = tmp_path / "file.yaml"
    path.write_text(BASE + 'widget: {divisionId: "*"}\n', encoding="utf-8")
    answer = simkit("run", path, "--json")
    assert answer.code == 0
    assert json.loads(answer.out)["metrics"]["empty_openings_share"]["value"] == 1
    (line,) = answer.err.splitlines()
    assert line.startswith(f"simkit: note: {path}:2:10: widget.division_id: '*' (all divisions)")


def test_a_time_that_daylight_saving_skips_is_refused(
    tmp_path: Path, simkit: Callable[..., Answer]
) -> None:
    """On 29 March 2026 there is no 02:30 in Berlin."""
    org = changed("day: 2026-03-02", "day: 2026-03-29").replace('start: "08:00"', 'start: "02:30"')
    (tmp_path / "org.yaml").write_text(org, encoding="utf-8")
    (tmp_path / "file.yaml").write_text(BASE + "organisation: org.yaml\n", encoding="utf-8")
    assert "02:30 does not exist" in one_clear_line(simkit("run", tmp_path / "file.yaml"))


@pytest.mark.slow
@pytest.mark.parametrize("command", ["run", "check"])
def test_what_is_no_readable_text_file_gets_one_clear_line(
    command: str, tmp_path: Path, simkit: Callable[..., Answer]
) -> None:
    """Missing, folder, pipe, binary, UTF-16 and 100 MB files: no hang, no traceback."""
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "binary.yaml").write_bytes(bytes(range(256)))
    (tmp_path / "utf16.yaml").write_bytes(BASE.encode("utf-16"))
    with (tmp_path / "big.yaml").open("wb") as big:
        big.truncate(100 * 1024 * 1024)
    expected = {"missing": "no such file", "folder": "folder", "utf16": "UTF-16", "big": "large"}
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "fifo.yaml")
        expected["fifo"] = "pipe"
    for name, part in (expected | {"binary": "binary"}).items():
        answer = simkit(command, tmp_path / f"{name}.yaml")
        if command == "check":  # says it of each file, among what it finds in the others
            assert (answer.code, answer.err, answer.out.count("\n")) == (2, "", 1)
            assert f"{name}.yaml:1:1: error: " in answer.out
            assert "[unreadable]" in answer.out
            assert part in answer.out
        else:
            assert part in one_clear_line(answer)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["traps", "E9"], "E9"),
        (["traps", "T3", "--replications", "1"], "at least 2"),
        (["traps", "T3", "--profile", "gensys"], "did you mean 'genesys'"),
        (["traps", "--profile", "nowhere.yaml"], "nowhere.yaml: no such file"),
        (["traps", "E9", "--profile", "genesys"], "T1, T2, T3, E1, E2, E3, E4, G1"),
        (["why", HEALTHY, "--agent", "agent-99", "--at", "10:00"], "agent-99"),
        (["why", HEALTHY, "--agent", "agent-09", "--at", "25:00"], "25:00"),
        (["why", HEALTHY, "--agent", "agent-09", "--at", "03:00"], "not at work"),
        (["lab", "--app", "--trap", "E9"], "E9"),
        (["lab", "--app", "--directory", "copies"], "--directory"),
        (["lab", "--trap", "E4"], "--trap"),
        (["run", HEALTHY, "--exact-times"], "--exact-times: only a trace has times"),
        (
            ["why", HEALTHY, "--agent", "agent-09", "--at", "10:00", "--exact-times"],
            "--exact-times: only a trace has times",
        ),
    ],
)
def test_bad_arguments_get_one_clear_line(
    arguments: list[object], part: str, simkit: Callable[..., Answer]
) -> None:
    """Unknown names and impossible values are bad input too."""
    assert part in one_clear_line(simkit(*arguments))


@pytest.mark.parametrize(
    ("trace", "agent", "at", "head"),
    [
        ("night.csv", "ann", "02:00", "ann at 02:00:00"),
        ("night.csv", " ann ", "22:00", "ann at 22:00:00"),
        ("split.csv", "ann", "13:33", "ann/2 at 13:33:00 (the shift that ann works then)"),
    ],
)
def test_why_answers_for_the_shift_in_which_the_time_lies(
    trace: str, agent: str, at: str, head: str, simkit: Callable[..., Answer]
) -> None:
    """Also after midnight, and in the second shift of a day."""
    path = Path(__file__).parents[1] / "cases" / "recorded" / trace
    given = ("--workload", path, "--exact-times")
    answer = simkit("why", HEALTHY, "--agent", agent, "--at", at, *given)
    assert (answer.code, answer.out.splitlines()[0]) == (0, head)


def test_who_works_two_shifts_is_counted_once(simkit: Callable[..., Answer]) -> None:
    """The line that says what was run tells the agents, and how many shifts they worked."""
    path = Path(__file__).parents[1] / "cases" / "recorded" / "split.csv"
    answer = simkit("run", HEALTHY, "--workload", path, "--exact-times")
    assert "\n1 agent in 2 shifts, seed 1;" in answer.out


@pytest.mark.parametrize("name", ["E4", "e4", "E4.yaml", "scenarios/E4.yaml"])
def test_who_writes_the_name_of_a_scenario_learns_where_its_file_is(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    simkit: Callable[..., Answer],
) -> None:
    """From the working directory on where it lies below, whole elsewhere; in Python, too."""
    monkeypatch.chdir(DATA.parent)
    hint = "no such file; the kit's scenario of that name is"
    where = Path("data", "scenarios", "E4.yaml")
    assert one_clear_line(simkit("run", name)) == f"simkit: {name}: {hint} {where}"
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput) as refused:
        kit.load(name)
    assert str(refused.value) == f"{name}: {hint} {DATA / 'scenarios' / 'E4.yaml'}"


def test_a_file_that_is_there_gets_no_such_hint(
    tmp_path: Path, simkit: Callable[..., Answer]
) -> None:
    """The hint would mislead whoever has such a file, or means none of the kit's names."""
    (tmp_path / "E4.yaml").write_text("", encoding="utf-8")
    assert "kit's" not in one_clear_line(simkit("run", tmp_path / "E4.yaml"))
    assert "kit's" not in one_clear_line(simkit("run", tmp_path / "mine.yaml"))


@pytest.mark.parametrize(
    ("command", "file", "words"),
    [
        ("run", "orgs/small.yaml", "this is an organisation, not a scenario; a scenario names it"),
        ("run", "sweeps/intervals.yaml", "this is a sweep, not a scenario; simkit sweep runs it"),
        ("sweep", "orgs/small.yaml", "this is an organisation, not a sweep; a scenario names it"),
        ("sweep", "scenarios/E4.yaml", "this is a scenario, not a sweep; a sweep names it"),
        ("run", "profiles/genesys.yaml", "this is a profile, not a scenario; a scenario names it"),
        (
            "traps --profile",
            "scenarios/E4.yaml",
            "this is a scenario, not a profile; a sweep names it",
        ),
    ],
)
def test_a_file_of_another_kind_is_told_by_what_it_is(
    command: str, file: str, words: str, simkit: Callable[..., Answer]
) -> None:
    """Not by the first of its keys, and with what it is for."""
    assert one_clear_line(simkit(*command.split(), DATA / file)).startswith(
        f"simkit: {DATA / file}: {words}"
    )


def test_recommend_tells_a_file_of_another_kind_too(simkit: Callable[..., Answer]) -> None:
    """Whoever mixes up files learns what this one is, from this command as from run."""
    answer = simkit("recommend", DATA / "sweeps" / "intervals.yaml", "--limit", "stale_share=1")
    assert "this is a sweep, not a scenario" in one_clear_line(answer)


def test_a_misspelt_key_of_the_right_kind_is_told_by_its_place(
    tmp_path: Path, simkit: Callable[..., Answer]
) -> None:
    """One odd key does not make it a file of another kind, so that its line is named."""
    path = tmp_path / "file.yaml"
    path.write_text(BASE + "widget: {}\nsede: 3\n", encoding="utf-8")
    assert ":3:1: sede: unknown key 'sede'" in one_clear_line(simkit("run", path))


def test_paths_in_messages_have_no_detours(tmp_path: Path, simkit: Callable[..., Answer]) -> None:
    """But where a link makes another file of the shorter path."""
    (tmp_path / "orgs").mkdir()
    (tmp_path / "scenarios").mkdir()
    broken = changed("name: North, parent: Global", "name: North, parent: Globl")
    (tmp_path / "orgs" / "org.yaml").write_text(broken, encoding="utf-8")
    path = tmp_path / "scenarios" / "file.yaml"
    path.write_text(BASE + "organisation: ../orgs/org.yaml\n", encoding="utf-8")
    plain = tmp_path / "orgs" / "org.yaml"
    assert one_clear_line(simkit("run", path)).startswith(f"simkit: {plain}:")
    (tmp_path / "far" / "away").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "far" / "away")
    (tmp_path / "far" / "orgs").mkdir()
    (tmp_path / "far" / "orgs" / "org.yaml").write_text(broken, encoding="utf-8")
    (tmp_path / "link" / "file.yaml").write_text(
        BASE + "organisation: ../orgs/org.yaml\n", encoding="utf-8"
    )
    plain.unlink()
    other = tmp_path / "link" / ".." / "orgs" / "org.yaml"
    answer = simkit("run", tmp_path / "link" / "file.yaml")
    assert one_clear_line(answer).startswith(f"simkit: {other}:")


def test_a_base_is_named_without_detours(tmp_path: Path, simkit: Callable[..., Answer]) -> None:
    """The file at fault is named by the path that one would open, without dots in it."""
    (tmp_path / "sweeps").mkdir()
    (tmp_path / "base.yaml").write_text(BASE + "widget: {x: 1}\n", encoding="utf-8")
    sweep = tmp_path / "sweeps" / "sweep.yaml"
    factors = "factors: {widget.refresh_interval_ms: [15000, 30000]}\nreplications: 2\n"
    sweep.write_text("base: ../base.yaml\n" + factors, encoding="utf-8")
    scenario = tmp_path / "sweeps" / "file.yaml"
    scenario.write_text("base: ../base.yaml\n", encoding="utf-8")
    for answer in (simkit("run", scenario), simkit("sweep", sweep)):
        assert one_clear_line(answer).startswith(f"simkit: {tmp_path / 'base.yaml'}:")


def test_run_takes_any_number_of_agents(
    simkit: Callable[..., Answer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of more than are worth a log there are metrics alone, and what asks for more is refused."""
    monkeypatch.setattr("simkit.study.export.MOST_LOGGED", 1_000)
    answer = simkit("run", HEALTHY, "--agents", 1_001, "--jobs", 1, "--json")
    document = json.loads(answer.out)
    assert (document["digest"], document["agents"]) == (None, 1_001)
    assert document["metrics"]["shift_h"]["value"] == 8.0
    line = one_clear_line(simkit("run", HEALTHY, "--agents", 1_001, "--out", tmp_path / "out"))
    assert "no log is made of so many; found 1,001 agents; allowed: 1,000 agents at most" in line
    assert not (tmp_path / "out").exists()
    few = simkit("run", HEALTHY, "--agents", 12)
    assert few.out.splitlines()[1].startswith("12 agents, seed 1; engine: processes")


def test_run_prints_digest_seed_settings_and_metrics_as_json(
    simkit: Callable[..., Answer],
) -> None:
    """One JSON document on standard output, the same digest at each call."""
    first = simkit("run", HEALTHY, "--seed", 7, "--json")
    document = json.loads(first.out)
    assert (first.code, first.err) == (0, "")
    assert set(document) == {"digest", "seed", "agents", "settings", "metrics"}
    assert (document["seed"], document["agents"]) == (7, 30)
    assert document["settings"]["widget"]["refresh_interval_ms"] == 30_000
    assert document["metrics"]["token_requests"] == {"value": 300, "unit": "per run"}
    assert json.loads(simkit("run", HEALTHY, "--seed", 7, "--json").out) == document


@pytest.mark.slow
def test_run_writes_its_files_whole(tmp_path: Path, simkit: Callable[..., Answer]) -> None:
    """``--out`` holds the run as JSON and the log with one record a line, and no leftovers."""
    assert simkit("run", HEALTHY, "--out", tmp_path / "out").code == 0
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["log.jsonl", "run.json"]
    rows = [json.loads(line) for line in (tmp_path / "out" / "log.jsonl").open(encoding="utf-8")]
    logins = [row for row in rows if row["kind"] == "login"]
    assert len(logins) == 30


def test_traps_prints_one_json_document(simkit: Callable[..., Answer]) -> None:
    """Nothing else is on standard output, and the exit code says whether all is as documented."""
    answer = simkit("traps", "t3", "--replications", 2, "--json", "--jobs", 1)
    document = json.loads(answer.out)
    assert answer.code == 0
    assert document["ok"] is True
    assert [trap["id"] for trap in document["traps"]] == ["T3"]


def test_a_trap_that_is_named_twice_is_shown_once(simkit: Callable[..., Answer]) -> None:
    """In capitals or not it is one trap, and the output is that of naming it once."""
    answer = simkit("traps", "T3", "t3", "--replications", 2, "--jobs", 1)
    assert answer.out.startswith("Traps reproduced: 1 of 1.\n")
    assert answer.out == simkit("traps", "T3", "--replications", 2, "--jobs", 1).out


def test_traps_exits_1_when_a_trap_does_not_show(simkit: Callable[..., Answer]) -> None:
    """Two replications of T2, with some ten transfers, prove nothing: the interval holds 0."""
    answer = simkit("traps", "T2", "--replications", 2, "--jobs", 1)
    assert answer.code == 1
    assert "not shown" in answer.out


def test_tables_fit_a_terminal_of_100_columns(simkit: Callable[..., Answer]) -> None:
    """No line of the table of traps or of the matrix is wider."""
    answer = simkit("traps", "E3", "--replications", 2, "--jobs", 1)
    assert max(map(len, answer.out.splitlines())) <= 100


def test_why_answers_in_words(simkit: Callable[..., Answer]) -> None:
    """In E1's trap an agent's list is empty, and the answer says which division was asked for."""
    answer = simkit("why", DATA / "scenarios" / "E1.yaml", "--agent", "agent-07", "--at", "12:00")
    assert answer.code == 0
    assert "shows 0 status reasons" in answer.out
    assert "bound to North; the widget asked for North Care" in answer.out


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("width", [100, 80])
def test_why_wraps_its_lines_in_a_terminal(
    width: int, monkeypatch: pytest.MonkeyPatch, simkit: Callable[..., Answer]
) -> None:
    """Below where a line's words begin, behind its time; a pipe gets each line whole."""
    command = ["why", DATA / "scenarios" / "E4.yaml", "--agent", "agent-13", "--at", "14:30"]
    whole = simkit(*command, "--seed", 7).out
    assert max(map(len, whole.splitlines())) > 100
    screen = Terminal()
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr(sys, "stdout", screen)
    assert simkit(*command, "--seed", 7).code == 0
    lines = screen.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert " ".join(screen.getvalue().split()) == " ".join(whole.split())
    assert "           TELEPHONY_STATUS_REASON_NOT_FOUND" in lines
    assert any(line.startswith("    ") and line[4] != " " for line in lines)


@pytest.mark.claim("C014", "C063")
def test_check_finds_the_missing_quote_and_the_impossible_id(
    simkit: Callable[..., Answer],
) -> None:
    """The guide's own snippet and payload: line, column, exit 1."""
    snippet = simkit("check", DATA / "payloads" / "embedding-snippet.html")
    assert snippet.code == 1
    text = (DATA / "payloads" / "embedding-snippet.html").read_text(encoding="utf-8")
    line = next(i for i, row in enumerate(text.splitlines(), 1) if 'refreshIntervalMs"' in row)
    column = text.splitlines()[line - 1].index("refreshIntervalMs") + 1
    assert f":{line}:{column}: error" in snippet.out
    payload = simkit("check", "--json", DATA / "payloads" / "reason-code.json")
    found = json.loads(payload.out)
    assert payload.code == 1
    assert [finding["field"] for finding in found] == ["divisionId"]


def test_check_of_a_clean_file_exits_0(simkit: Callable[..., Answer]) -> None:
    """The repaired snippet has no error and no warning."""
    assert simkit("check", DATA / "payloads" / "embedding-snippet-fixed.html").code == 0


def test_check_judges_all_files_and_says_the_worst(
    tmp_path: Path, simkit: Callable[..., Answer]
) -> None:
    """Exit 2 where a file could not be read or recognised, else 1 for errors and warnings."""
    clean = DATA / "payloads" / "widget-configuration.json"
    bad = DATA / "payloads" / "reason-code.json"
    (tmp_path / "odd.json").write_text('{"message": "no", "status": 401, "code": "x"}', "utf-8")
    odd = tmp_path / "odd.json"
    for files, code in [
        ([clean], 0),
        ([clean, bad], 1),
        ([bad, odd, clean], 2),
        ([odd, bad], 2),
        ([tmp_path / "none.json", clean], 2),
    ]:
        answer = simkit("check", *files)
        assert (answer.code, answer.err) == (code, "")
        assert len({line.split(":")[0] for line in answer.out.splitlines()}) == len(files)
        found = json.loads(simkit("check", "--json", *files).out)
        assert len(found) == len(answer.out.splitlines())
        assert set(found[0]) == {
            *("file", "line", "column", "severity", "rule", "message", "field"),
            *("reach", "patch", "proof"),
        }
    assert [each["rule"] for each in found] == ["unreadable", "auto-refresh-unset"]


def test_lab_serves_the_start_notebook_on_localhost(
    monkeypatch: pytest.MonkeyPatch, simkit: Callable[..., Answer]
) -> None:
    """No token is given, so that JupyterLab draws one."""
    served: list[dict[str, dict[str, object]]] = []

    def serve(**settings: dict[str, object]) -> int:
        served.append(settings)
        return 0

    monkeypatch.setattr(jupyter, "_serve", serve)
    with taken() as port:
        pass
    assert simkit("lab", "--no-browser", "--port", port).code == 0
    [settings] = served
    assert (settings["ServerApp"]["ip"], settings["ServerApp"]["port"]) == ("127.0.0.1", port)
    assert settings["ServerApp"]["port_retries"] == 0
    assert "token" not in {key for section in settings.values() for key in section}
    assert Path(str(settings["LabApp"]["default_url"])).name == jupyter.START


def test_lab_copies_the_notebooks_where_it_is_told_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, simkit: Callable[..., Answer]
) -> None:
    """A notebook that is already there is the user's and stays as it is."""
    (tmp_path / jupyter.START).write_text("mine", encoding="utf-8")
    monkeypatch.setattr(jupyter, "_serve", lambda **_: 0)
    assert simkit("lab", "--no-browser", "--directory", tmp_path).code == 0
    assert (tmp_path / jupyter.START).read_text(encoding="utf-8") == "mine"


@contextmanager
def taken(port: int = 0) -> Iterator[int]:
    """Give a port on which somebody listens meanwhile."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", port))
        listening.listen()
        yield listening.getsockname()[1]


@pytest.mark.parametrize("how", [[], ["--app"]])
def test_a_port_that_was_asked_for_and_is_taken_is_refused(
    how: list[str], monkeypatch: pytest.MonkeyPatch, simkit: Callable[..., Answer]
) -> None:
    """Another one would not be where others were told to look."""
    monkeypatch.setattr(jupyter, "_serve", lambda **_: 0)
    with taken() as port:
        line = one_clear_line(simkit("lab", *how, "--no-browser", "--port", port))
    assert line == (
        f"simkit: --port: port {port} is taken; allowed: a free one, or none to be named"
    )


def test_without_a_port_the_next_free_one_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The labs can be started twice."""
    with taken() as port:
        monkeypatch.setattr(jupyter, "FIRST_PORT", port)
        assert port < jupyter.free_port(None) < port + jupyter.TRIES


def test_no_port_left_is_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search ends with a line that names the ports tried, and not with a traceback."""
    monkeypatch.setattr(jupyter, "TRIES", 1)
    with taken() as port:
        monkeypatch.setattr(jupyter, "FIRST_PORT", port)
        with pytest.raises(BadInput, match=f"port {port} and"):
            jupyter.free_port(None)


def starts_noted(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """Give a list to which each start of the app is added, instead of a server's start."""
    started: list[dict[str, object]] = []

    def start(**how: object) -> int:
        started.append(how)
        return 0

    monkeypatch.setattr(serving, "start", start)
    return started


@pytest.mark.parametrize(("arguments", "first"), [([], "E4"), (["--trap", "t3"], "T3")])
def test_lab_as_an_app_begins_with_the_trap_named(
    arguments: list[str],
    first: str,
    monkeypatch: pytest.MonkeyPatch,
    simkit: Callable[..., Answer],
) -> None:
    """In capitals or not; E4 when none is named."""
    started = starts_noted(monkeypatch)
    assert simkit("lab", "--app", "--no-browser", "--port", 8899, *arguments).code == 0
    assert started == [{"trap": first, "port": 8899, "browser": False, "most": 8}]


def test_lab_as_an_app_takes_a_limit_of_its_pages(
    monkeypatch: pytest.MonkeyPatch, simkit: Callable[..., Answer]
) -> None:
    """Twenty is passed on; none at all is refused, and so is a limit without the app."""
    started = starts_noted(monkeypatch)
    assert simkit("lab", "--app", "--no-browser", "--kernels", 20).code == 0
    assert started[0]["most"] == 20
    assert simkit("lab", "--app", "--kernels", 0).code == 2
    refused = simkit("lab", "--kernels", 20)
    assert (refused.code, len(started)) == (2, 1)
    assert refused.err == "simkit: --kernels: only --app limits its pages\n"

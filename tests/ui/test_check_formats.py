"""`simkit check` in pipelines: SARIF, JUnit, files for reports, and from when on a job fails."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit
from xml.etree import ElementTree

import pytest
from commands import Answer
from hypothesis import given
from hypothesis import strategies as st
from sarif_schema import faults, schema

import simkit as kit
from simkit.base import resources
from simkit.base.errors import one_line
from simkit.checking.advice import ADVICE
from simkit.checking.check import RULES, UNREAD, Finding, check
from simkit.ui.cli.check_reports import report

pytestmark = pytest.mark.slow  # commands are run in processes of their own

PAYLOADS = resources.directory("data") / "payloads"
CODE = {"name": "Lunch", "type": "BREAK", "status": "NOT_AVAILABLE"}
"""A reason code without a division, which is a warning."""
GOOD = CODE | {"divisionId": "8a7b6c5d-4e3f-4a1b-8c9d-8e7f6a5b4c3d"}
NAMES = [
    "plain.json",
    "a b#c?d%20e.json",
    "é 日本 😀.json",
    "<&>\"'.json",
    "c:d.json",
    "line\nend\ttab\x01\x7f.json",
    "turned \u202e.json",
    "no character \ufffe\uffff.json",
    os.fsdecode(b"no text \xff\xfe.json"),
]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own, which is the working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: Path, data: Any) -> Path:
    path.write_text(json.dumps(data, indent=1), encoding="utf-8")
    return path


def one_of_each(folder: Path) -> list[Path]:
    """Give files with an error, a warning, a note and nothing at all."""
    widget = {
        "widgetId": "status-reason",
        "containerId": "here",
        "configuration": {"divisionId": "{{context.user.divisionId}}", "autoRefresh": True},
    }
    noted = widget | {"configuration": {"divisionId": "{{context.user.divisionId}}"}}
    files = [
        write(folder / "error.json", GOOD | {"divisionId": "x"}),
        write(folder / "warning.json", CODE),
        write(folder / "note.json", noted),
        write(folder / "clean.json", widget),
    ]
    worst = [[each.severity for each in check(file)] for file in files]
    assert worst == [["error"], ["warning"], ["note"], []]
    return files


def run_of(answer: Answer) -> dict[str, Any]:
    """Give the one run of a SARIF log, which is held against the schema."""
    log = json.loads(answer.out)
    assert faults(log) == []
    assert (log["version"], log["$schema"]) == ("2.1.0", schema()["id"])
    [run] = log["runs"]
    return dict(run)


def place_of(result: dict[str, Any]) -> tuple[str, int, int]:
    [location] = result["locations"]
    physical = location["physicalLocation"]
    region = physical["region"]
    return physical["artifactLocation"]["uri"], region["startLine"], region["startColumn"]


def read_by_the_standard(text: str) -> str:
    """Give what a reader of SARIF shows of a message without arguments (3.11.5 and 3.11.6)."""
    assert not re.search(r"\[[^]]*\]\(", text), "a link"
    assert not re.search(r"[{}]", re.sub(r"\{\{|\}\}", "", text)), "a place for an argument"
    return text.replace("{{", "{").replace("}}", "}")


def fingerprints(answer: Answer) -> list[str]:
    found = [list(result["partialFingerprints"].values()) for result in run_of(answer)["results"]]
    return [value for [value] in found]


# --- which document, where to -------------------------------------------------------------------


def test_text_is_the_default_and_json_has_two_names(
    here: Path, simkit: Callable[..., Answer]
) -> None:
    """The text says what `Finding` says of itself, the JSON holds the same findings."""
    files = one_of_each(here)
    lines = [str(finding) for finding in check(*files)]
    assert simkit("check", *files).out.splitlines() == lines
    told = [
        r"error: divisionId: impossible .* \[division-impossible\]",
        r"warning: divisionId: .* \(see T1\) \[division-omitted\]",
        r"note: configuration\.autoRefresh: .* \(see E2\) \[auto-refresh-unset\]",
    ]
    for file, line, end in zip(files, lines, told, strict=False):
        assert re.fullmatch(rf"{re.escape(str(file))}:\d+:\d+: {end}", line)
    assert simkit("check", *files, "--format", "text") == simkit("check", *files)
    as_json = simkit("check", *files, "--json")
    assert [each["rule"] for each in json.loads(as_json.out)] == [
        each.rule for each in check(*files)
    ]
    for options in (["--format", "json"], ["--format", "json", "--json"]):
        assert simkit("check", *files, *options) == as_json


@pytest.mark.parametrize("kind", ["text", "sarif", "junit"])
def test_two_formats_at_once_are_refused(kind: str, simkit: Callable[..., Answer]) -> None:
    """In one line, before a file is looked at."""
    answer = simkit("check", "--json", "--format", kind, "nowhere.json")
    line = f"simkit: --format: --json is --format json; found '{kind}'\n"
    assert answer == Answer(2, "", line)


@pytest.mark.parametrize("kind", ["text", "json", "sarif", "junit"])
def test_a_report_goes_into_a_file_and_the_text_to_whoever_watches(
    kind: str, here: Path, simkit: Callable[..., Answer]
) -> None:
    """The file has what standard output has without one; the exit code is the same."""
    files = one_of_each(here)
    plain = simkit("check", *files, "--format", kind)
    answer = simkit("check", *files, "--format", kind, "--out", "report")
    assert answer == simkit("check", *files)
    assert answer.code == plain.code == 1
    assert (here / "report").read_bytes().decode("utf-8") == plain.out


def test_a_report_that_cannot_be_written_is_one_line_and_nothing_else(
    here: Path, simkit: Callable[..., Answer]
) -> None:
    """Nothing is printed of findings, and what stood there is still there."""
    [file, *_] = one_of_each(here)
    (here / "folder").mkdir()
    for out in ("folder", "nowhere/report"):
        answer = simkit("check", file, "--format", "sarif", "--out", out)
        assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
        assert answer.err.startswith(f"simkit: {out}: cannot be written: ")
    (here / "report").write_text("before", encoding="utf-8")
    assert simkit("check", file, "--json", "--format", "sarif", "--out", "report").code == 2
    assert (here / "report").read_text(encoding="utf-8") == "before"
    assert sorted(path.name for path in here.iterdir() if path.suffix != ".json") == [
        "folder",
        "report",
    ]


@pytest.mark.parametrize("kind", ["text", "json", "sarif", "junit"])
@pytest.mark.parametrize(
    ("fail_on", "codes"),
    [
        ("error", [1, 0, 0, 0]),
        ("warning", [1, 1, 0, 0]),
        ("note", [1, 1, 1, 0]),
        ("never", [0, 0, 0, 0]),
    ],
)
@pytest.mark.some(3)
def test_severities_from_the_named_one_on_make_the_exit_code_1(
    fail_on: str, codes: list[int], kind: str, here: Path, simkit: Callable[..., Answer]
) -> None:
    """In every format; what cannot be read is 2 all the same."""
    files = one_of_each(here)
    options = ["--format", kind, "--fail-on", fail_on]
    assert [simkit("check", file, *options).code for file in files] == codes
    assert simkit("check", *files, *options).code == max(codes)
    assert simkit("check", *files, "nowhere.json", *options).code == 2


# --- SARIF --------------------------------------------------------------------------------------


def test_a_log_has_all_rules_and_what_to_do_about_each(simkit: Callable[..., Answer]) -> None:
    """Results name their rule by id and by place; levels are the kit's severities."""
    files = sorted(PAYLOADS.iterdir())
    run = run_of(simkit("check", *files, "nowhere.json", "--format", "sarif"))
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("simkit check", kit.__version__)
    assert [rule["id"] for rule in driver["rules"]] == list(RULES)
    assert set(ADVICE) == set(RULES)
    for rule in driver["rules"]:
        known = RULES[rule["id"]]
        assert rule["defaultConfiguration"] == {"level": known.severity}
        said = [rule[key]["text"] for key in ("shortDescription", "fullDescription", "help")]
        assert all(re.fullmatch(r"[A-Z].*\.", text) for text in said)
        assert said[0].casefold() == f"{known.meaning}.".casefold()
        assert rule.get("properties", {}).get("tags", []) == ([known.trap] if known.trap else [])
        assert f"trap {known.trap}" in said[2] or not known.trap
    found = check(*files, "nowhere.json")
    assert len({finding.severity for finding in found}) > 1
    for result, finding in zip(run["results"], found, strict=True):
        assert (result["ruleId"], result["level"]) == (finding.rule, finding.severity)
        assert driver["rules"][result["ruleIndex"]]["id"] == finding.rule
        assert read_by_the_standard(result["message"]["text"]) in str(finding)
        assert place_of(result)[1:] == (finding.line, finding.column)
        artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
        assert run["artifacts"][artifact["index"]]["location"]["uri"] == artifact["uri"]


def test_clean_files_are_in_the_log_without_results(
    here: Path, simkit: Callable[..., Answer]
) -> None:
    """Each file once, however often it was given."""
    *_, clean = one_of_each(here)
    run = run_of(simkit("check", clean, "clean.json", "--format", "sarif"))
    assert run["artifacts"] == [{"location": {"uri": "clean.json"}}]
    assert run["results"] == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "code.json",
            '{"name": "😀", "type": "BREAK", "status": "NOT_AVAILABLE", "divisionId": "x!"}\n',
        ),
        (
            "code.yaml",
            '{"name": "😀", "type": "BREAK", "status": "NOT_AVAILABLE", "divisionId": "x!"}\n',
        ),
        (
            "page.html",
            '<b id="here">😀</b><script src="https://example.org/widget-sdk.js"></script>\n'
            '<script>/*😀*/ GenesysCloudWidgets.init({widgetId: "status-reason", '
            'containerId: "here", configuration: {autoRefresh: true, "divisionId": "x!"}})'
            "</script>\n",
        ),
    ],
)
def test_columns_count_characters_as_the_log_says(
    name: str, text: str, here: Path, simkit: Callable[..., Answer]
) -> None:
    """An emoji is one of them, where UTF-16 has two units and UTF-8 four bytes."""
    (here / name).write_text(text, encoding="utf-8")
    run = run_of(simkit("check", name, "--format", "sarif"))
    assert run["columnKind"] == "unicodeCodePoints"
    [result] = [each for each in run["results"] if each["ruleId"] == "division-impossible"]
    _, line, column = place_of(result)
    row = text.splitlines()[line - 1]
    assert "😀" in row[: column - 1]
    assert row[column - 1 :].startswith('"divisionId"')


@pytest.mark.parametrize("name", NAMES, ids=ascii)
@pytest.mark.some(4)
def test_addresses_are_relative_and_percent_encoded(
    name: str, here: Path, simkit: Callable[..., Answer]
) -> None:
    """They lead back to the file's name, byte by byte, also from a path of many turns."""
    (here / "in").mkdir()
    write(here / "in" / name, CODE)
    [result] = run_of(simkit("check", f"in/{name}", "--format", "sarif"))["results"]
    uri, *_ = place_of(result)
    assert re.fullmatch(r"[A-Za-z0-9/._~%-]+", uri)
    assert (urlsplit(uri).scheme, urlsplit(uri).netloc, urlsplit(uri).query) == ("", "", "")
    assert unquote_to_bytes(uri) == b"in/" + os.fsencode(name)
    assert result["ruleId"] == "division-omitted"
    for other in (here / "in" / name, Path("in", "..", "in", name)):
        assert place_of(run_of(simkit("check", other, "--format", "sarif"))["results"][0])[0] == uri


def test_a_file_elsewhere_has_an_absolute_address(
    here: Path, monkeypatch: pytest.MonkeyPatch, simkit: Callable[..., Answer]
) -> None:
    """No address begins with dots: a service would look for it above the repository."""
    write(here / "a b.json", CODE)
    (here / "inside").mkdir()
    monkeypatch.chdir(here / "inside")
    [result] = run_of(simkit("check", "../a b.json", "--format", "sarif"))["results"]
    assert place_of(result)[0] == (here / "a b.json").as_uri()


def test_fingerprints_stay_when_something_comes_before(
    here: Path, simkit: Callable[..., Answer]
) -> None:
    """Lines, sound entries of a list and other values change none; another rule or file does."""
    options = "--format", "sarif"
    file = write(here / "codes.json", [CODE | {"name": name} for name in ("One", "Two")])
    before = fingerprints(simkit("check", file, *options))
    assert len(set(before)) == 2
    file.write_text("\n\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
    assert fingerprints(simkit("check", file, *options)) == before
    write(file, [GOOD, *(CODE | {"name": name} for name in ("Uno", "Dos"))])
    assert fingerprints(simkit("check", file, *options)) == before
    other = write(here / "other.json", [CODE, GOOD | {"name": "x", "divisionId": "?"}])
    found = fingerprints(simkit("check", file, other, *options))
    assert len(set(found)) == 4
    assert found[:2] == before


def test_what_files_say_is_no_markup_in_messages(here: Path, simkit: Callable[..., Answer]) -> None:
    """Braces come back single, and a stranger's text is no link that a service would show."""
    odd = GOOD | {"{0} {{1}} }": 1, "[x](https://example.org) \x01\u202e": 2}
    write(here / "odd.json", odd)
    write(
        here / "widget.json",
        {"widgetId": "status-reason", "configuration": {"divisionId": "{{user.divisionId}}"}},
    )
    answer = simkit("check", "odd.json", "widget.json", "--format", "sarif")
    found = check("odd.json", "widget.json")
    assert any("{{context.user.divisionId}}" in finding.message for finding in found)
    results = run_of(answer)["results"]
    for result, finding in zip(results, found, strict=True):
        said = read_by_the_standard(result["message"]["text"])
        assert said == finding.told.replace("](", "] (")
    assert sum("{0} {{1}} }" in finding.told for finding in found) == 1
    assert answer.out.isascii()


# --- JUnit --------------------------------------------------------------------------------------


def suites_of(text: str) -> ElementTree.Element:
    """Give JUnit's tree, after its counts were held against what is in it."""
    root = ElementTree.fromstring(text)
    assert root.tag == "testsuites"
    for part in (root, *root):
        for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
            assert int(part.attrib[name]) == len(list(part.iter(tag)))
    titles = Counter((case.get("classname"), case.get("name")) for case in root.iter("testcase"))
    assert set(titles.values()) <= {1}
    return root


@pytest.mark.parametrize("fail_on", ["error", "warning", "note", "never"])
def test_a_case_fails_as_the_exit_code_says(
    fail_on: str, here: Path, simkit: Callable[..., Answer]
) -> None:
    """A suite a file, a case a finding; what passes all the same says it in its output."""
    files = one_of_each(here)
    failing = {"error": 1, "warning": 2, "note": 3, "never": 0}[fail_on]
    answer = simkit("check", *files, "nowhere.json", "--format", "junit", "--fail-on", fail_on)
    root = suites_of(answer.out)
    assert [suite.get("name") for suite in root] == [*map(str, files), "nowhere.json"]
    cases = [case for suite in root for case in suite]
    inner = [[part.tag for part in case] for case in cases]
    assert inner[:failing] == [["failure"]] * failing
    assert inner[failing:] == [*[["system-out"]] * (3 - failing), [], ["error"]]
    found = iter(check(*files, "nowhere.json"))
    for case in cases:
        for part in case:
            finding = next(found)
            assert part.text == str(finding)
            if part.tag != "system-out":
                assert part.attrib == {"message": finding.told, "type": finding.rule}
    assert list(found) == []
    assert simkit("check", files[-1], "--format", "junit").code == 0


def test_findings_of_one_place_are_cases_of_their_own(
    here: Path, simkit: Callable[..., Answer]
) -> None:
    """Services that tell cases apart by name show each of them."""
    write(here / "app.json", {"name": "x", "scopes": [], "redirectUris": []})
    found = check("app.json")
    assert max(Counter((each.rule, each.line, each.column) for each in found).values()) > 1
    root = suites_of(simkit("check", "app.json", "--format", "junit").out)
    assert len(list(root.iter("testcase"))) == len(found)


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_any_name_comes_back_from_xml_in_one_line(
    name: str, here: Path, simkit: Callable[..., Answer]
) -> None:
    """As the text has it; what XML cannot say is written as an escape."""
    write(here / name, CODE)
    answer = simkit("check", name, "--format", "junit")
    assert answer.out.isascii()
    [suite] = suites_of(answer.out)
    shown = one_line(name).replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")
    assert suite.get("name") == shown
    assert f"{shown}:" in str(suite.findtext("testcase/failure"))


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(
    name=st.binary(min_size=1, max_size=20).filter(lambda name: b"\0" not in name),
    messages=st.lists(st.tuples(st.sampled_from([*RULES]), WORDS, st.none() | WORDS), max_size=5),
)
def test_any_finding_is_a_document_that_can_be_read(
    name: bytes, messages: list[tuple[str, str, str | None]]
) -> None:
    """Whatever a file is called and whatever stands in it."""
    file = os.fsdecode(name)
    findings = [
        Finding(file, 1, 1, RULES[rule].severity, rule, one_line(message), field)
        for rule, message, field in messages
    ]
    [run] = json.loads(report(findings, [file], "sarif", "warning"))["runs"]
    said = [read_by_the_standard(result["message"]["text"]) for result in run["results"]]
    assert said == [finding.told.replace("](", "] (") for finding in findings]
    root = suites_of(report(findings, [file], "junit", "warning"))
    assert len(list(root.iter("error"))) == sum(finding.rule in UNREAD for finding in findings)

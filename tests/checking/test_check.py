"""Judging payloads and snippets: what is found, where, and what is left in peace."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simkit.base.errors import BadInput
from simkit.base.reading import documents, validation
from simkit.checking.check import RULES, UNREAD, Finding, check, kind_of
from simkit.checking.findings import MAX_FINDINGS, Found
from simkit.checking.kinds import MAX_LISTED
from simkit.rules.divisions import division_key
from simkit.rules.payloads import (
    ApplicationRegistration,
    Payload,
    ReasonCodePayload,
    WidgetConfigurationFile,
    is_variable,
    why_not_division_id,
)
from simkit.study.catalogue import TRAP_IDS

PAYLOADS = Path(__file__).parents[2] / "data" / "payloads"
GUID = "8a7b6c5d-4e3f-2a1b-0c9d-8e7f6a5b4c3d"

Judge = Callable[..., list[Finding]]


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Check a text or data, written to a file of the given name."""

    def judged(content: Any, name: str = "x.json") -> list[Finding]:
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return check(path)

    return judged


def documented(name: str) -> Any:
    """Give one of the guide's payloads as data."""
    return json.loads((PAYLOADS / f"{name}.json").read_text("utf-8"))


def reason_code(**changes: Any) -> dict[str, Any]:
    return {**documented("reason-code"), "divisionId": f"d-{GUID}", **changes}


def widget(**changes: Any) -> dict[str, Any]:
    data: dict[str, Any] = documented("widget-configuration")
    data["configuration"] |= {"autoRefresh": True, **changes}
    return data


def application(**changes: Any) -> dict[str, Any]:
    renewal = {"authorizationFlow": "pkce", "refreshToken": True}
    return {**documented("portal-application"), **renewal, **changes}


def page(config: str = "", before: str = "", **parts: str) -> str:
    """Give an embedding page without fault, with parts of it replaced."""
    pieces = {
        "container": '<div id="status-widget-container"></div>',
        "sdk": '<script src="https://static.mypurecloud.com/widgets/v3/widget-sdk.js"></script>',
        "init": "window.GenesysCloudWidgets.init(widgetConfig);",
    } | parts
    config = config or (
        '{ containerId: "status-widget-container", widgetId: "status-reason", configuration: '
        '{ divisionId: "{{context.user.divisionId}}", autoRefresh: true } }'
    )
    script = f"<script>\nconst widgetConfig = {config};\n{pieces['init']}\n</script>"
    return "\n".join([before, pieces["container"], pieces["sdk"], script])


def rules(findings: list[Finding]) -> list[str]:
    return [finding.rule for finding in findings]


def only(findings: list[Finding]) -> Finding:
    assert len(findings) == 1, [str(finding) for finding in findings]
    return findings[0]


# --- the guide's own texts --------------------------------------------------------------------


@pytest.mark.claim("C014")
def test_the_guides_reason_code_has_an_impossible_division() -> None:
    """Its sample id has letters beyond f; the rest of the payload is good."""
    finding = only(check(PAYLOADS / "reason-code.json"))
    assert (finding.line, finding.column) == (4, 3)
    assert (finding.severity, finding.rule, finding.field) == (
        "error",
        "division-impossible",
        "divisionId",
    )
    assert "it has g, h, i, j, k, l, m, n, o, p, and only 0-9 and a-f can be" in finding.message


@pytest.mark.claim("C034")
def test_the_guides_widget_configuration_has_no_fault() -> None:
    """A note says what edge case E2 will ask for."""
    finding = only(check(PAYLOADS / "widget-configuration.json"))
    assert (finding.severity, finding.rule, finding.trap) == ("note", "auto-refresh-unset", "E2")
    assert finding.line == 4


@pytest.mark.claim("C059")
def test_the_guides_application_has_no_fault() -> None:
    """All that is said of the printed registration is a note on what E2 will ask for."""
    finding = only(check(PAYLOADS / "portal-application.json"))
    assert (finding.severity, finding.rule, finding.trap) == ("note", "silent-renewal", "E2")


@pytest.mark.claim("C063")
def test_the_guides_snippet_lacks_a_quote() -> None:
    """The place is where the quote has to go: before the key, in the line of the file."""
    path = PAYLOADS / "embedding-snippet.html"
    finding = only(check(path))
    line = path.read_text("utf-8").splitlines()[finding.line - 1]
    assert line[finding.column - 1 :] == 'refreshIntervalMs": 30000'
    assert (finding.line, finding.column) == (13, 7)
    assert (finding.severity, finding.rule, finding.field) == (
        "error",
        "syntax",
        "refreshIntervalMs",
    )
    assert "the key has a closing quote but no opening one" in finding.message


@pytest.mark.claim("C061")
def test_the_mended_snippet_has_no_fault() -> None:
    """It differs from the documented one by that quote only."""
    broken = (PAYLOADS / "embedding-snippet.html").read_text("utf-8")
    mended = (PAYLOADS / "embedding-snippet-fixed.html").read_text("utf-8")
    assert broken.replace('refreshIntervalMs"', "refreshIntervalMs") == mended
    assert only(check(PAYLOADS / "embedding-snippet-fixed.html")).severity == "note"


@pytest.mark.claim("C015")
def test_the_guides_payloads_are_values_of_their_models() -> None:
    """Every key of the guide is known."""
    models: dict[str, type[Payload]] = {
        "reason-code": ReasonCodePayload,
        "widget-configuration": WidgetConfigurationFile,
        "portal-application": ApplicationRegistration,
    }
    for name, model in models.items():
        document = documents.read(PAYLOADS / f"{name}.json")
        value = validation.validate(model, document)
        assert value.model_dump(mode="json", by_alias=True, exclude_unset=True) == document.data


# --- findings as such -------------------------------------------------------------------------


def test_a_finding_reads_as_one_line_with_place_and_rule() -> None:
    """As compilers say it: an editor can jump there, and the rule can be looked up."""
    line = str(only(check(PAYLOADS / "widget-configuration.json")))
    assert line.endswith(
        "widget-configuration.json:4:3: note: configuration.autoRefresh: not set: idle sessions "
        "lose their token after 45 min unless it is true (see E2) [auto-refresh-unset]"
    )


def test_findings_come_file_by_file_in_line_order(judge: Judge, tmp_path: Path) -> None:
    """Files keep the order of the call; within a file findings come as one reads."""
    judge(reason_code(type="LUNCH", color="red", divisionId="x"), "a.json")
    judge(widget(divisionId=GUID), "b.json")
    findings = check(tmp_path / "b.json", tmp_path / "a.json")
    assert [Path(finding.file).name for finding in findings] == ["b.json"] + ["a.json"] * 3
    assert [f.column for f in findings[1:]] == sorted(f.column for f in findings[1:])


def test_files_without_fault_give_nothing(judge: Judge) -> None:
    """Not even a note."""
    for content in (reason_code(), widget(), application()):
        assert judge(content) == []
    assert judge(page(), "x.html") == []


def test_every_rule_is_described() -> None:
    """The list of rules is what users look ids up in."""
    for rule, about in RULES.items():
        assert rule == rule.lower()
        assert about.meaning
        assert about.trap in (None, *TRAP_IDS)


# --- recognising ------------------------------------------------------------------------------


def test_files_are_recognised_by_content_not_by_name(tmp_path: Path) -> None:
    """All four kinds under four names each: a wrong ending, or none, changes nothing."""
    texts = {
        "reason-code": json.dumps(reason_code()),
        "widget-configuration": json.dumps(widget()),
        "application-registration": json.dumps(application()),
        "embedding-snippet": page(),
    }
    for kind, text in texts.items():
        for name in ("x.json", "x.html", "x.txt", "x"):
            (tmp_path / name).write_text(text, "utf-8")
            assert kind_of(tmp_path / name) == kind


def test_payloads_may_be_yaml(judge: Judge) -> None:
    """A pipeline may keep them so; places are those of the YAML."""
    text = "widgetId: status-reason\nconfiguration:\n  divisionId: x\n  autoRefresh: true\n"
    finding = only(judge(text, "x.yaml"))
    assert (finding.rule, finding.line, finding.column) == ("division-impossible", 3, 3)


def test_a_script_of_its_own_is_a_snippet(judge: Judge) -> None:
    """Without the page, nothing is said about containers and SDK."""
    script = page().split("<script>")[-1].removesuffix("</script>")
    assert judge(script, "x.js") == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.json", "{}"),
        ("x.json", "[]"),
        ("x.json", '{"name": "left-pad", "version": "1.0.0", "type": "module"}'),
        ("x.json", "hello"),
        ("x.yaml", "a: 1"),
        ("x.html", "<p>hello</p>"),
        ("x.txt", "hello"),
        ("x.toml", "[project]\nname = 'x'"),
        ("x.js", "let a = {b: 1};"),
    ],
)
def test_what_is_none_of_the_kinds_is_a_finding(judge: Judge, name: str, text: str) -> None:
    """There is nothing to locate in it, and whoever asks for its kind is refused."""
    finding = only(judge(text, name))
    assert finding.rule in UNREAD
    assert (finding.severity, finding.trap) == ("error", None)
    with pytest.raises(BadInput) as caught:
        kind_of(finding.file)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["x.json", "x.html", "x.js"])
def test_files_that_cannot_be_read_are_findings(tmp_path: Path, name: str) -> None:
    """The same limits hold for snippets as for data."""
    path = tmp_path / name
    cases: list[tuple[bytes, str]] = [
        (b"", "the file is empty"),
        (b"\xff\xfe<\x00", "UTF-16"),
        (b"widget-sdk\0", "a binary file"),
        (b"widget-sdk \xe9", "not UTF-8"),
    ]

    def unreadable() -> str:
        finding = only(check(path))
        assert (finding.rule, finding.severity) == ("unreadable", "error")
        return finding.message

    for content, problem in cases:
        path.write_bytes(content)
        assert problem in unreadable()
    with path.open("wb") as file:
        file.truncate(documents.MAX_BYTES + 1)
    assert "too large" in unreadable()
    path.unlink()
    assert "no such file" in unreadable()
    os.mkfifo(path)
    assert "not a regular file" in unreadable()


def test_each_file_is_judged_beside_those_that_cannot_be(tmp_path: Path) -> None:
    """An unreadable one hides nothing of the others, whatever their order."""
    (tmp_path / "bad.json").write_text(json.dumps(reason_code(type="LUNCH")), "utf-8")
    (tmp_path / "odd.txt").write_text("hello", "utf-8")
    paths = [tmp_path / name for name in ("none.json", "bad.json", "odd.txt", "bad.json")]
    found = [(Path(finding.file).name, finding.rule) for finding in check(*paths)]
    assert found == [
        ("none.json", "unreadable"),
        ("bad.json", "wrong-value"),
        ("odd.txt", "unrecognised"),
        ("bad.json", "wrong-value"),
    ]


def test_a_syntax_error_in_a_payload_is_a_finding(judge: Judge) -> None:
    """What it was meant to be can be seen, and the error has a place."""
    finding = only(judge('{\n  "widgetId": "status-reason"\n  "configuration": {}\n}'))
    assert (finding.severity, finding.rule) == ("error", "syntax")
    assert (finding.line, finding.column) == (3, 3)
    assert "not valid JSON" in finding.message


@pytest.mark.parametrize(
    "text",
    [
        '{"scopes": NaN}',
        '{"scopes": ' + "[" * 1_000_000,
        '{"scopes": ' + "9" * 5_000 + "}",
    ],
)
def test_what_json_does_not_allow_is_a_finding(judge: Judge, text: str) -> None:
    """Numbers without end, nesting without end: all have a place."""
    finding = only(judge(text))
    assert (finding.rule, finding.line) == ("syntax", 1)


@pytest.mark.parametrize(
    ("mistaken", "words", "at"),
    [
        ('"status": "AVAILABLE", }', "a comma before '}'", '"AVAILABLE", }'),
        ("// mine\n}", "a comment begins here", "// mine"),
        ("'status': 1}", "a text in single quotes", "'status'"),
        ("status: 1}", 'the key has no quotes: write "status"', "status: 1"),
        ('"status": True}', "'True' is no value of JSON: write true", "True"),
    ],
)
def test_a_mistake_in_json_is_said_in_words_of_json(
    judge: Judge, mistaken: str, words: str, at: str
) -> None:
    """As those of scripts are: what is wrong, and where the pen has to go."""
    text = '{\n  "name": "Lunch", "type": "BREAK", "isDefault": false,\n  ' + mistaken
    finding = only(judge(text))
    assert (finding.rule, finding.severity, finding.line) == ("syntax", "error", 3)
    assert words in finding.message
    shift = len('"AVAILABLE"') if at.startswith('"AVAILABLE') else 0
    assert finding.column == text.splitlines()[2].index(at.splitlines()[0]) + shift + 1


def test_a_key_given_twice_is_a_warning_and_the_last_one_is_judged(judge: Judge) -> None:
    """In JSON as in a script; each place is that of the key that counts."""
    text = (
        '{"name": "Lunch", "type": "LUNCH",\n "status": "NOT_AVAILABLE", "name": "",\n '
        f'"divisionId": "{GUID}", "type": "BREAK"}}'
    )
    found = [(f.rule, f.severity, f.line, f.column, f.field) for f in judge(text)]
    assert found == [
        ("duplicate-key", "warning", 2, 29, "name"),
        ("wrong-value", "error", 2, 29, "name"),
        ("duplicate-key", "warning", 3, 56, "type"),
    ]
    assert RULES["duplicate-key"].severity == "warning"
    line = GOOD_LINE.replace('"name"', '"name": "a", "name": "b", "name"')
    found_lines = [(f.rule, f.line, f.field) for f in judge(f"{GOOD_LINE}\n{line}", "x.jsonl")]
    assert ("duplicate-key", 2, "1.name") in found_lines
    nested = json.dumps(widget()).replace('"autoRefresh"', '"autoRefresh": 5, "autoRefresh"')
    finding = only(judge(nested))
    assert (finding.rule, finding.field) == ("duplicate-key", "configuration.autoRefresh")
    assert finding.message == "'autoRefresh' is given twice; only the last one counts"


def test_a_mistake_behind_a_key_given_twice_is_found(judge: Judge) -> None:
    """The repeated key is no end of the reading: what breaks the file stands in line 2."""
    finding = only(judge('{"scopes": [], "scopes": [],\n "name": }'))
    assert (finding.rule, finding.line) == ("syntax", 2)


@pytest.mark.slow
def test_what_cannot_be_read_is_never_cut_away(judge: Judge) -> None:
    """However many findings stand before it, it tells that not all was judged."""
    wrong = [json.dumps(reason_code(name=f"{i}", type="LUNCH")) for i in range(MAX_FINDINGS - 1)]
    wrong[0] = json.dumps(reason_code(type="LUNCH", color="red", status="x", divisionId="y"))
    findings = judge("\n".join([*wrong, *wrong, "{bad"]), "x.jsonl")
    assert [f.line for f in findings if f.rule == "unreadable"] == [2 * len(wrong) + 1]
    found = Found("x")
    for i in range(2 * MAX_FINDINGS):
        found.add("wrong-value", (i + 1, 1), "wrong")
    found.add("unreadable", (5_000, 1), "unreadable")
    assert rules(found.sorted()).count("unreadable") == 1
    assert found.sorted()[-1].message == f"{MAX_FINDINGS + 1} more findings are not listed"


@pytest.mark.parametrize("value", [5, ["x.json"], None, b"x.json", os.fsdecode])
def test_what_is_no_path_is_refused(value: Any) -> None:
    """In one line, before any file is judged."""
    for refused in (check, kind_of):
        with pytest.raises(BadInput, match=r"^path: found .*; allowed: text or a path$"):
            refused(value)


# --- reason codes -----------------------------------------------------------------------------


@pytest.mark.claim("C017")
@pytest.mark.parametrize("changes", [{"divisionId": None}, {}])
def test_a_reason_code_without_division_is_trap_t1(judge: Judge, changes: Any) -> None:
    """By the guide such a code lands in Global; null is as good as no key at all."""
    code = reason_code()
    del code["divisionId"]
    finding = only(judge(code | changes))
    assert (finding.severity, finding.rule, finding.trap) == ("warning", "division-omitted", "T1")
    assert "Global" in finding.message


@pytest.mark.claim("C021")
@pytest.mark.parametrize(
    ("changes", "rule", "words"),
    [
        ({"type": "LUNCH"}, "wrong-value", "one of 'BREAK', 'TRAINING', 'OTHER', 'CUSTOM'"),
        ({"status": "AWAY"}, "wrong-value", "one of 'NOT_AVAILABLE', 'AVAILABLE'"),
        ({"color": "orange"}, "wrong-value", "#RRGGBB"),
        ({"color": "#FFA50"}, "wrong-value", "#RRGGBB"),
        ({"isDefault": "false"}, "wrong-value", "found 'false'; allowed: true or false"),
        ({"name": ""}, "wrong-value", "text of 1 to 300 characters"),
        ({"name": "  "}, "wrong-value", "blank"),
        ({"name": "\u200b\u00a0"}, "wrong-value", "blank"),
        ({"divisionId": "*"}, "division-impossible", "stands for all divisions"),
        ({"name": "x" * 301}, "wrong-value", "text of 1 to 300 characters"),
        ({"division_id": GUID}, "unknown-key", "did you mean 'divisionId'?"),
        ({"colour": "#000000"}, "unknown-key", "did you mean 'color'?"),
        ({"divisionId": ""}, "division-impossible", "it is empty"),
        ({"divisionId": "North"}, "division-impossible", "8-4-4-4-12"),
        ({"divisionId": f"x-{GUID}"}, "division-impossible", "8-4-4-4-12"),
        ({"divisionId": GUID[:-1] + "g"}, "division-impossible", "it has g, and only"),
        ({"divisionId": "{{context.user.divisionId}}"}, "division-variable", "not in requests"),
        ({"divisionId": 5}, "wrong-value", "found 5; allowed: text"),
    ],
)
def test_a_fault_of_a_reason_code_is_found(
    judge: Judge, changes: dict[str, Any], rule: str, words: str
) -> None:
    """One value or key of a good code is changed, so there is one error and no other."""
    finding = only(judge(reason_code(**changes)))
    assert (finding.rule, finding.severity) == (rule, "error")
    assert words in finding.message


def test_missing_keys_of_a_reason_code_are_found(judge: Judge) -> None:
    """Each is a finding of its own; colour, description and default may be left out."""
    findings = judge({"divisionId": GUID, "type": "OTHER"})
    assert rules(findings) == ["missing-key", "missing-key"]
    assert {finding.field for finding in findings} == {"name", "status"}


@pytest.mark.parametrize("division", [GUID, f"d-{GUID}", GUID.upper(), f"D-{GUID.upper()}"])
def test_possible_divisions_are_left_in_peace(judge: Judge, division: str) -> None:
    """With the prefix or without, in either case."""
    assert judge(reason_code(divisionId=division)) == []
    assert why_not_division_id(division) is None


def test_a_variable_is_told_from_a_text() -> None:
    """The braces make it one; the same words without them are a plain text."""
    assert is_variable("{{context.user.divisionId}}")
    assert not is_variable("context.user.divisionId")


def test_an_id_is_the_same_in_all_its_spellings() -> None:
    """With or without d-, in upper or lower case; what is no id is a name."""
    spellings = [GUID, f"d-{GUID}", GUID.upper(), f"D-{GUID.upper()}", f" {GUID}\u00a0"]
    assert {division_key(spelling) for spelling in spellings} == {GUID}
    assert division_key(" d-North  Care") == "d-North Care"


# --- many reason codes ------------------------------------------------------------------------


def test_codes_of_all_files_are_held_against_each_other(judge: Judge, tmp_path: Path) -> None:
    """A second default, and a second code of one name, where division and name are the same."""
    judge(reason_code(name="Lunch", isDefault=True), "a.json")
    judge(reason_code(name=" Lunch ", divisionId=GUID.upper(), isDefault=True), "b.json")
    judge(reason_code(name="Lunch", divisionId=GUID[:-1] + "0", isDefault=True), "c.json")
    judge(reason_code(name="lunch"), "d.json")
    findings = check(*(tmp_path / f"{name}.json" for name in "abcd"))
    found = [(Path(f.file).name, f.rule, f.field, f.severity) for f in findings]
    assert found == [
        ("b.json", "name-twice", "name", "warning"),
        ("b.json", "default-twice", "isDefault", "warning"),
    ]
    assert f"the first: {tmp_path / 'a.json'}:1:2" in findings[0].message
    assert rules(check(tmp_path / "a.json", tmp_path / "a.json")) == []


def test_codes_without_a_division_share_one(judge: Judge) -> None:
    """Wherever they land, they land together."""
    code = reason_code()
    del code["divisionId"]
    assert rules(judge([code, code])) == ["division-omitted", "division-omitted", "name-twice"]


@pytest.mark.parametrize("form", ["list", "page", "lines", "yaml"])
def test_many_codes_are_judged_entry_by_entry(judge: Judge, form: str) -> None:
    """Each fault at its place in the file, by its path in the data."""
    codes = [reason_code(name=f"code {i}") for i in range(20)]
    codes[7]["type"] = "LUNCH"
    rows = [json.dumps(code) for code in codes]
    texts = {
        "list": "[\n" + ",\n".join(rows) + "\n]",
        "page": '{"total": 20, "entities": [' + ",\n".join(rows) + "]}",
        "lines": "\n".join(rows),
        "yaml": "\n".join(f"- {row}" for row in rows),
    }
    path = {"page": "entities.7.type"}.get(form, "7.type")
    text = texts[form]
    finding = only(judge(text, {"lines": "x.jsonl", "yaml": "x.yaml"}.get(form, "x.json")))
    before = text[: text.index('"type": "LUNCH"')]
    assert (finding.line, finding.column) == (
        before.count("\n") + 1,
        len(before) - before.rfind("\n"),
    )
    assert (finding.rule, finding.field) == ("wrong-value", path)


GOOD_LINE = json.dumps(reason_code())
WRONG_LINE = json.dumps(reason_code(name="Other", type="LUNCH"))
LINES: dict[str, tuple[list[str], list[tuple[int, str]]]] = {
    "in the middle": ([GOOD_LINE, "", "{bad", WRONG_LINE], [(3, "unreadable"), (4, "wrong-value")]),
    "first": (["{bad", WRONG_LINE], [(1, "unreadable"), (2, "wrong-value")]),
    "last": ([WRONG_LINE, "{bad"], [(1, "wrong-value"), (2, "unreadable")]),
    "around one": (["{bad", GOOD_LINE, "{"], [(1, "unreadable"), (3, "unreadable")]),
    "all of them": (["{bad", "", "{"], [(1, "unreadable"), (3, "unreadable")]),
    "beside nothing known": (['{"a": 1}', "{bad"], [(1, "unrecognised"), (2, "unreadable")]),
}


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["unix", "windows"])
@pytest.mark.parametrize("name", ["x.jsonl", "x.NDJSON", "x.json", "x"])
@pytest.mark.parametrize("case", LINES)
def test_a_bad_line_of_json_lines_hides_none_of_the_others(
    case: str, name: str, end: str, tmp_path: Path
) -> None:
    """It is a finding in its place, of a file in which not all could be read.

    What has not one whole line is JSON Lines by its name only. By another name it is a document of
    JSON that breaks off at its first mistake, and with a name that tells nothing, nothing known.
    """
    lines, expected = LINES[case]
    if case == "all of them":
        expected = {"x.json": [(1, "unreadable")], "x": [(1, "unrecognised")]}.get(name, expected)
    (tmp_path / name).write_bytes(end.join(lines).encode())
    findings = check(tmp_path / name)
    assert [(f.line, f.rule) for f in findings] == expected
    # A key without quotes is found where it stands, an object that is never closed at its brace.
    columns = {"{bad": 2, "{": 1}
    assert all(f.column == columns[lines[f.line - 1]] for f in findings if f.rule == "unreadable")


def test_the_kind_of_json_lines_is_that_of_their_readable_lines(judge: Judge) -> None:
    """A bad line does not hide it; where all are bad, the first of them is told."""
    assert kind_of(only(judge(f"{GOOD_LINE}\n{{bad", "x.jsonl")).file) == "reason-code"
    broken = judge("{bad\n{bad", "x.jsonl")[0].file
    with pytest.raises(BadInput, match=r"x\.jsonl:1:2: not valid JSON"):
        kind_of(broken)


@pytest.mark.parametrize(
    "text",
    [
        '{\n  "widgetId": "status-reason"\n  "configuration": {}\n}',
        '[\n{"scopes": []}\n{"scopes": []},\n{"scopes": []}\n]',
    ],
)
def test_one_document_with_a_mistake_is_not_taken_for_json_lines(judge: Judge, text: str) -> None:
    """A comma is missing before line 3: one place to mend, not one for each line."""
    assert (only(judge(text)).rule, only(judge(text)).line) == ("syntax", 3)


def test_entries_that_are_no_codes_are_found(judge: Judge) -> None:
    """The number is told by its place, and the good code before it has no finding."""
    finding = only(judge([reason_code(), 5]))
    assert (finding.rule, finding.field) == ("wrong-value", "1")


@pytest.mark.slow
def test_findings_and_entries_are_limited(judge: Judge) -> None:
    """A file of faults is cut after as many as one can read; a note says how many are left."""
    findings = judge([reason_code(name=f"{i}", type="LUNCH") for i in range(MAX_FINDINGS + 200)])
    assert rules(findings) == ["wrong-value"] * MAX_FINDINGS + ["too-many"]
    assert findings[-1].message == "200 more entries are not judged"
    findings = judge([reason_code(name=f"{i}") for i in range(MAX_LISTED + 5)])
    assert [(f.rule, f.message) for f in findings] == [
        ("too-many", "5 more entries are not judged")
    ]


def test_what_the_platform_adds_is_known(judge: Judge) -> None:
    """An answer of the platform may be judged as it is."""
    added = {"id": "b1", "selfUri": "/api/v2/x/b1", "version": 3, "dateModified": "2026-03-02"}
    assert judge(reason_code() | added) == []
    assert judge(application() | {"id": "a", "dateCreated": "2026-03-02"}) == []
    nested = reason_code() | {"division": {"id": GUID, "name": "Sales"}}
    del nested["divisionId"]
    assert judge(nested) == []
    assert rules(judge(reason_code() | {"selfURI": "x"})) == ["unknown-key"]


# --- case files -------------------------------------------------------------------------------

CASES = Path(__file__).parents[1] / "cases"
PAYLOAD_ROWS = {
    "app-uri-frag.json": ["silent-renewal", "redirect-inexact"],
    "app-uri-space.json": ["silent-renewal", "redirect-inexact"],
    "app-uri-star.json": ["silent-renewal", "redirect-inexact"],
    "apierror.json": ["unrecognised"],
    "rc-blank.json": ["wrong-value"],
    "rc-default.json": ["wrong-value"],
    "rc-guidzero.json": ["division-impossible"],
    "two-default-1.json": [],
    "two-default-2.json": [],
    "wc-float.json": ["auto-refresh-unset"],
}
EXPORT_ROWS = {
    "one-get.json": ("reason-code", []),
    "one-star.json": ("reason-code", ["division-impossible"]),
    "reasons.json": ("reason-code", ["name-twice", "division-omitted"]),
    "reasons.jsonl": ("reason-code", ["name-twice", "division-omitted"]),
    "reasons-page.json": ("reason-code", ["name-twice", "division-omitted"]),
    "divisions.json": ("divisions", ["export"]),
    "presencedef.json": ("presence-definitions", ["export"]),
    "presencedefs.json": ("presence-definitions", ["export"]),
    "users.json": ("users", ["export"]),
    "oauthclient.json": ("oauth-client", ["export"]),
    "sched.ics": ("schedule", ["export"]),
    "wfm.csv": ("schedule", ["export"]),
    "wfm.json": ("schedule", ["export"]),
    "status.csv": ("status-log", ["export"]),
}


@pytest.mark.parametrize("name", PAYLOAD_ROWS)
def test_a_payload_of_the_cases_has_its_findings(name: str) -> None:
    """The row says which rules tell of the file, in their order, and that no other does."""
    assert rules(check(CASES / "payloads" / name)) == PAYLOAD_ROWS[name]


@pytest.mark.parametrize("name", EXPORT_ROWS)
def test_an_export_of_the_cases_is_recognised(name: str) -> None:
    """Reason codes are judged; of the others it is said what they are, and that they are not."""
    kind, found = EXPORT_ROWS[name]
    assert kind_of(CASES / "exports" / name) == kind
    findings = check(CASES / "exports" / name)
    assert rules(findings) == found
    if found == ["export"]:
        assert findings[0].severity == "note"
        assert "recognised, but not judged" in findings[0].message


def test_all_files_of_the_cases_are_rows() -> None:
    """A file that is added without a row would be judged by nobody."""
    assert {path.name for path in (CASES / "payloads").iterdir()} == set(PAYLOAD_ROWS)
    assert {path.name for path in (CASES / "exports").iterdir()} == set(EXPORT_ROWS)


def test_two_defaults_of_the_cases_are_found_together() -> None:
    """Alone neither file has a finding: it takes both to see the second default."""
    both = [CASES / "payloads" / f"two-default-{i}.json" for i in (1, 2)]
    finding = only(check(*both))
    assert (Path(finding.file).name, finding.line, finding.rule) == (
        "two-default-2.json",
        8,
        "default-twice",
    )


def test_an_error_of_the_platform_hides_nothing() -> None:
    """The file beside it is judged, and the answer is told for what it is."""
    findings = check(CASES / "payloads" / "rc-default.json", CASES / "payloads" / "apierror.json")
    assert rules(findings) == ["wrong-value", "unrecognised"]
    assert "an error that the platform answered" in findings[1].message


# --- widget configurations --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "rule", "severity", "words"),
    [
        ({"divisionId": GUID}, "division-static", "warning", "transferred"),
        ({"divisionId": None}, "division-unset", "warning", "{{context.user.divisionId}}"),
        (
            {"divisionId": "{{context.user.divisionID}}"},
            "division-variable",
            "error",
            "it is spelled {{context.user.divisionId}}",
        ),
        (
            {"divisionId": "{{ context.user.divisionId }}"},
            "division-variable",
            "error",
            "it is spelled {{context.user.divisionId}}",
        ),
        (
            {"divisionId": "context.user.divisionId"},
            "division-variable",
            "error",
            "it is spelled {{context.user.divisionId}}",
        ),
        (
            {"divisionId": "{{context.users.divisionId}}"},
            "division-variable",
            "error",
            "did you mean '{{context.user.divisionId}}'?",
        ),
        ({"divisionId": "*"}, "division-impossible", "error", "stands for all divisions"),
        ({"divisionId": " "}, "division-impossible", "error", "it is empty"),
        ({"divisionId": f"{GUID} "}, "division-impossible", "error", "white space belongs to it"),
        (
            {"divisionId": "0" * 8 + "-0000" * 3 + "-" + "0" * 12},
            "division-impossible",
            "error",
            "id of zeros",
        ),
        ({"divisionId": "Süd Care"}, "division-impossible", "error", "a division's name, it seems"),
        ({"refreshIntervalMs": 30}, "wrong-value", "error", "seconds? 30 s are 30000 ms"),
        ({"refreshIntervalMs": 30.5}, "wrong-value", "error", "found 30.5"),
        ({"placeholderText": "x" * 301}, "wrong-value", "error", "at most 300"),
        ({"divisionId": "{{agent}}"}, "division-variable", "error", "unknown variable"),
        ({"divisionId": "North"}, "division-impossible", "error", "8-4-4-4-12"),
        ({"filterType": "exact"}, "wrong-value", "error", "'division', 'hierarchical'"),
        ({"refreshIntervalMs": 999}, "wrong-value", "error", "from 1000 to 3600000"),
        ({"refreshIntervalMs": 3_600_001}, "wrong-value", "error", "whole number of ms"),
        ({"refreshIntervalMs": "30000"}, "wrong-value", "error", "found '30000'"),
        ({"statusReasonTypes": ["LUNCH"]}, "wrong-value", "error", "found 'LUNCH'"),
        ({"statusReasonTypes": []}, "wrong-value", "error", "found an empty list"),
        ({"onError": "log"}, "wrong-value", "error", "'swallow', 'surface'"),
        ({"refreshIntervalMS": 1}, "unknown-key", "error", "did you mean 'refreshIntervalMs'?"),
        ({"autoRefresh": False}, "auto-refresh-off", "warning", "45 idle minutes"),
    ],
)
def test_a_fault_of_a_widget_configuration_is_found(
    judge: Judge, changes: dict[str, Any], rule: str, severity: str, words: str
) -> None:
    """One value or key of a good configuration is changed: one finding, and no other."""
    finding = only(judge(widget(**changes)))
    assert (finding.rule, finding.severity) == (rule, severity)
    assert words in finding.message


def test_traps_are_named_where_they_lie(judge: Judge) -> None:
    """A static id leads its reader to T2, and no silent renewal to E2."""
    assert only(judge(widget(divisionId=GUID))).trap == "T2"
    assert only(judge(widget(autoRefresh=False))).trap == "E2"


def test_the_keys_of_the_fixes_are_known(judge: Judge) -> None:
    """Whoever applies a fix is not told that its keys do not exist."""
    fixes = {"clearCacheOnMount": True, "onError": "surface", "version": 7}
    assert judge(widget(**fixes, filterType="hierarchical")) == []


def test_another_widget_is_not_judged_as_this_one(judge: Judge) -> None:
    """A note says so; a name that is nearly ours is a mistake."""
    finding = only(judge(widget(colour=1) | {"widgetId": "queue"}))
    assert (finding.rule, finding.severity) == ("other-widget", "note")
    assert "'queue' is another widget than 'status-reason'" in finding.message
    assert rules(judge(widget() | {"widgetId": "status-reasons"})) == ["wrong-value"]


@pytest.mark.parametrize("number", [30000.0, 1000.0, 3_600_000.0])
def test_whole_numbers_may_be_written_with_a_point(judge: Judge, number: float) -> None:
    """JSON has one kind of number, and so have the platform's other readers."""
    text = json.dumps(widget(refreshIntervalMs=number, version=7.0))
    assert ".0" in text
    assert judge(text) == []


def test_a_configuration_alone_is_one_finding_and_its_values_are_judged(judge: Judge) -> None:
    """Neither is each of its keys unknown, nor is each key around it missing."""
    finding = only(judge(widget()["configuration"]))
    assert (finding.rule, finding.field, finding.line) == ("missing-key", "configuration", 1)
    assert finding.message == (
        "this is only the configuration: it stands under 'configuration', beside widgetId and "
        "containerId"
    )
    findings = judge(widget(divisionId=GUID, refreshIntervalMs=15, colour=1)["configuration"])
    assert sorted((f.rule, f.field) for f in findings) == [
        ("division-static", "divisionId"),
        ("missing-key", "configuration"),
        ("unknown-key", "colour"),
        ("wrong-value", "refreshIntervalMs"),
    ]


def test_keys_beside_a_configuration_that_is_missing_are_one_finding(judge: Judge) -> None:
    """What is around it is judged as well."""
    whole = widget(refreshIntervalMs=15)
    flat = {"widgetId": "status-reasons", "containerId": "c", **whole["configuration"]}
    findings = judge(flat)
    assert sorted((f.rule, f.field) for f in findings) == [
        ("missing-key", "configuration"),
        ("wrong-value", "refreshIntervalMs"),
        ("wrong-value", "widgetId"),
    ]
    assert "'divisionId', 'filterType', 'statusReasonTypes', …" in "".join(map(str, findings))


def test_a_configuration_of_the_wrong_kind_is_one_finding(judge: Judge) -> None:
    """A list has no keys, so none of a configuration's is told as missing besides."""
    finding = only(judge({"widgetId": "status-reason", "configuration": [1]}))
    assert finding.field == "configuration"


# --- applications -----------------------------------------------------------------------------


def without(scope: str) -> list[str]:
    return [each for each in application()["scopes"] if each != scope]


@pytest.mark.claim("C008")
@pytest.mark.parametrize(
    ("changes", "rule", "severity", "words"),
    [
        (
            {"scopes": without("telephony:status:write")},
            "scope-write",
            "error",
            "INSUFFICIENT_OAUTH_SCOPE",
        ),
        ({"scopes": without("telephony:status:read")}, "scope-read", "error", "no reason codes"),
        ({"scopes": without("user:read")}, "scope-missing", "warning", "user:read"),
        (
            {"scopes": [*without(""), "division:raed"]},
            "scope-unknown",
            "warning",
            "did you mean 'division:read'?",
        ),
        ({"scopes": "all"}, "wrong-value", "error", "found 'all'; allowed: list"),
        ({"widgetPermissions": {}}, "widget-refused", "error", "the widget is refused"),
        (
            {"widgetPermissions": {"status-reasons": {"allowed": True}}},
            "widget-refused",
            "error",
            "'status-reasons' is not it; did you mean 'status-reason'?",
        ),
        (
            {"widgetPermissions": {"status-reason": {"allowed": False}}},
            "widget-refused",
            "error",
            "the widget is refused",
        ),
        ({"widgetPermissions": {"status-reason": {}}}, "missing-key", "error", "true or false"),
        (
            {"redirectUris": ["http://portal.example/callback"]},
            "redirect-insecure",
            "error",
            "not an https address",
        ),
        ({"redirectUris": ["https://"]}, "redirect-insecure", "error", "not an https address"),
        ({"redirectUris": ["https://[x"]}, "redirect-insecure", "error", "not an https address"),
        ({"redirectUris": ["https://a.example/b "]}, "redirect-inexact", "error", "white space"),
        ({"redirectUris": ["https://a.example/\tb"]}, "redirect-inexact", "error", "white space"),
        ({"redirectUris": ["https://*.a.example/b"]}, "redirect-inexact", "error", "wildcard"),
        ({"redirectUris": ["https://a.example/#/b"]}, "redirect-inexact", "error", "fragment"),
        ({"redirectUris": ["http://localhost:8080"]}, "redirect-local", "note", "development"),
        ({"redirectUris": []}, "wrong-value", "error", "found an empty list"),
        ({"applicationType": "web"}, "wrong-value", "error", "allowed: 'portal'"),
        ({"authorizationFlow": "implicit"}, "silent-renewal", "note", "PKCE"),
        ({"refreshToken": False}, "silent-renewal", "note", "refresh-token scope"),
    ],
)
def test_a_fault_of_an_application_is_found(
    judge: Judge, changes: dict[str, Any], rule: str, severity: str, words: str
) -> None:
    """One part of a good registration is changed; the guide's four scopes are the measure."""
    finding = only(judge(application(**changes)))
    assert (finding.rule, finding.severity) == (rule, severity)
    assert words in finding.message


@pytest.mark.claim("C073")
def test_missing_permissions_refuse_the_widget(judge: Judge) -> None:
    """By the guide a widget that the application does not allow by name is refused."""
    registration = application()
    del registration["widgetPermissions"]
    assert rules(judge(registration)) == ["widget-refused"]


def test_a_missing_write_scope_is_trap_t3(judge: Judge) -> None:
    """Without it each submission is refused, and the finding leads on to that trap."""
    assert only(judge(application(scopes=without("telephony:status:write")))).trap == "T3"


def test_a_refresh_scope_of_any_name_is_known(judge: Judge) -> None:
    """The guide asks for one without naming it."""
    registration = application(scopes=[*without(""), "offline_access"])
    del registration["refreshToken"]
    assert judge(registration) == []


def test_defaults_of_an_application_are_judged_like_a_widget(judge: Judge) -> None:
    """They reach every widget that says nothing itself."""
    for defaults, rule in [
        ({"refreshIntervalMs": 5}, "wrong-value"),
        ({"divisionId": GUID}, "division-static"),
        ({"refreshInterval": 5_000}, "unknown-key"),
    ]:
        permission = {"allowed": True, "configurationDefaults": defaults}
        findings = judge(application(widgetPermissions={"status-reason": permission}))
        assert only(findings).rule == rule


def test_other_widgets_of_an_application_are_left_in_peace(judge: Judge) -> None:
    """Nothing is known of what they may be told."""
    registration = application()
    registration["widgetPermissions"]["queue-board"] = {
        "allowed": True,
        "configurationDefaults": {"columns": 3},
    }
    assert judge(registration) == []


# --- snippets ---------------------------------------------------------------------------------


def test_a_quote_may_be_missing_on_either_side(judge: Judge) -> None:
    """The place is the key itself, and the words say which of its quotes to add."""
    for key, words in [
        ('widgetId"', "a closing quote but no opening one"),
        ("widgetId'", "a closing quote but no opening one"),
        ('"widgetId', "its closing quote is missing"),
    ]:
        config = f'{{\n  containerId: "status-widget-container",\n  {key}: "status-reason"\n}}'
        finding = only(judge(page(config), "x.html"))
        assert (finding.rule, finding.line, finding.column) == ("syntax", 7, 3)
        assert words in finding.message


def test_positions_are_those_of_the_file_with_any_line_end(tmp_path: Path) -> None:
    """Also behind other elements, in files from Windows, and in the first line."""
    for end in ("\n", "\r\n", "\r"):
        text = page(before="<!doctype html>\n<title>ü 🙂</title>\n<p>\n").replace("\n", end)
        text = text.replace("autoRefresh: true", f"{end}  autoRefresh: false")
        (tmp_path / "x.html").write_text(text, "utf-8", newline="")
        finding = only(check(tmp_path / "x.html"))
        assert (finding.rule, finding.line, finding.column) == ("auto-refresh-off", 9, 3)
    (tmp_path / "x.html").write_text(page().replace("\n", " ").replace("true", "false"), "utf-8")
    finding = only(check(tmp_path / "x.html"))
    assert finding.line == 1
    assert (tmp_path / "x.html").read_text("utf-8")[finding.column - 1 :].startswith("autoRefresh")


def test_a_byte_order_mark_moves_nothing(tmp_path: Path) -> None:
    """Line 13, column 7 is the place in the guide's snippet without the mark as well."""
    content = (PAYLOADS / "embedding-snippet.html").read_bytes()
    (tmp_path / "x.html").write_bytes(b"\xef\xbb\xbf" + content)
    finding = only(check(tmp_path / "x.html"))
    assert (finding.line, finding.column) == (13, 7)


@pytest.mark.claim("C065")
def test_a_container_that_the_page_lacks_is_found(judge: Judge) -> None:
    """By the guide it is the id of an element; the page's own nearest one is suggested."""
    findings = judge(page(container='<div id="status-widget-contaner"></div>'), "x.html")
    finding = only(findings)
    assert (finding.rule, finding.field) == ("container-unknown", "containerId")
    assert "did you mean 'status-widget-contaner'?" in finding.message


def test_a_snippet_without_container_is_found(judge: Judge) -> None:
    """Without an id there is no element for the widget; all else of the page is good."""
    config = (
        '{widgetId: "status-reason", configuration: '
        '{divisionId: "{{context.user.divisionId}}", autoRefresh: true}}'
    )
    assert rules(judge(page(config), "x.html")) == ["container-missing"]


@pytest.mark.claim("C062")
def test_a_page_without_sdk_is_found(judge: Judge) -> None:
    """By the guide a page of one's own has to load it; all else of the page is good."""
    assert rules(judge(page(sdk=""), "x.html")) == ["sdk-missing"]


def test_a_page_that_loads_the_sdk_too_late_is_found(judge: Judge) -> None:
    """It is there and counts as late: line 8 loads it, and the call stands above."""
    text = page(sdk="") + '\n<script src="https://x.example/widget-sdk.js"></script>'
    finding = only(judge(text, "x.html"))
    assert (finding.rule, finding.line) == ("sdk-late", 8)


def test_a_page_that_never_starts_the_widget_is_found(judge: Judge) -> None:
    """Its configuration is judged all the same; a call in a comment or a text is none."""
    for init in ("", "// GenesysCloudWidgets.init(widgetConfig)", "'GenesysCloudWidgets.init(x)'"):
        text = page(init=init).replace("true", "false")
        assert set(rules(judge(text, "x.html"))) == {"init-missing", "auto-refresh-off"}


def test_a_configuration_may_stand_within_the_call(judge: Judge) -> None:
    """An object needs no name to be judged: the key that it lacks is found."""
    init = 'GenesysCloudWidgets.init( { containerId: "c", widgetId: "status-reason" } );'
    text = page(container='<div id="c"></div>', init=init)
    finding = only(judge(text, "x.html"))
    assert (finding.rule, finding.field) == ("missing-key", "configuration")


def test_every_call_is_judged_once(judge: Judge) -> None:
    """Two calls with the same object are one mistake."""
    init = "GenesysCloudWidgets.init(widgetConfig); GenesysCloudWidgets.init(widgetConfig);"
    text = page(init=init).replace("true", "false")
    assert rules(judge(text, "x.html")) == ["auto-refresh-off"]


def test_a_call_without_configuration_is_found(judge: Judge) -> None:
    """Empty brackets are not passed over in silence: init needs an object."""
    assert rules(judge(page(init="GenesysCloudWidgets.init()"), "x.html")) == ["wrong-value"]


def test_an_unclosed_script_is_found(judge: Judge) -> None:
    """It is the one thing to mend, so it is the one thing that is said."""
    findings = judge(page().removesuffix("</script>"), "x.html")
    assert rules(findings) == ["syntax"]
    assert "never closed" in findings[0].message


def test_scripts_that_are_no_javascript_are_left_in_peace(judge: Judge) -> None:
    """Data may name a call of the SDK; browsers do not run it, so it is not judged."""
    data = '<script type="application/json">{"GenesysCloudWidgets.init(": 1}</script>'
    assert judge(page(before=data), "x.html") == []


HOSTILE = [
    "<script>alert(1)</script>",
    "\"'`\\",
    "🙂👩‍🚀",
    "שלום עולם",
    "\u202eevil\u2066",
    "a\nb\x1b[2J\x00",
    "x" * 300,
    "{{constructor.constructor('x')()}}",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_carried_as_text(judge: Judge, name: str) -> None:
    """As names they are allowed; where they are wrong, the message stays one line."""
    assert judge(reason_code(name=name, description=name)) == []
    assert judge(application(name=name)) == []
    for findings in (
        judge(reason_code(divisionId=name, type=name)),
        judge(widget(divisionId=name) | {name: 1}),
        judge(application(scopes=[name], redirectUris=[name], widgetPermissions={name: {}})),
        judge(page(json.dumps(widget() | {"containerId": name})), "x.html"),
    ):
        assert findings
        for finding in findings:
            assert len(str(finding).splitlines()) == 1
            assert "\x1b" not in str(finding)
            assert "\u202e" not in str(finding)

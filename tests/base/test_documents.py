"""Reading files safely: what is accepted, what is refused in one line, and where it stands."""

from __future__ import annotations

import codecs
import json
import os
import pickle
import stat
import unicodedata
from datetime import date
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic.alias_generators import to_camel

from simkit.base.errors import BadInput, LocatedError, closest, one_line, shown
from simkit.base.reading import documents, json_reader, validation
from simkit.base.reading.document import Document


def refusal(text: str, kind: documents.Kind = "yaml") -> str:
    """Give the line that a text is refused with."""
    with pytest.raises(BadInput) as caught:
        documents.parse(text, f"file.{kind}", kind)
    return one_readable_line(caught.value)


def refused_file(path: Path) -> str:
    """Give the line that a file is refused with, without the folder it lies in."""
    with pytest.raises(BadInput) as caught:
        documents.read(path)
    line = one_readable_line(caught.value)
    assert line.startswith(str(path))
    return line.removeprefix(str(path.parent) + os.sep)


def one_readable_line(error: BadInput) -> str:
    line = str(error)
    assert len(line) < 1_000
    assert not {unicodedata.category(char) for char in line} & {"Cc", "Cs", "Zl", "Zp"}
    return line


# --- BadInput ---------------------------------------------------------------------------------


def test_bad_input_is_one_line_with_place_field_found_and_allowed() -> None:
    """The parts come in the order in which people look for them."""
    error = BadInput(
        file="scenario.yaml",
        line=12,
        column=5,
        field="widget.refreshIntervalMs",
        found="'fast'",
        allowed="whole number of ms from 1000 to 3600000",
    )
    assert str(error) == (
        "scenario.yaml:12:5: widget.refreshIntervalMs: found 'fast'; "
        "allowed: whole number of ms from 1000 to 3600000"
    )


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (BadInput("no such file", file="a.yaml"), "a.yaml: no such file"),
        (BadInput("too few", field="x.y", more=3), "x.y: too few (and 3 more)"),
        (BadInput("odd", file="a", line=3), "a:3: odd"),
        (BadInput(), "cannot be used"),
    ],
)
def test_parts_that_are_not_known_leave_no_trace(error: BadInput, line: str) -> None:
    """There are no empty places between the colons."""
    assert str(error) == line


def test_nothing_in_a_message_breaks_the_line_or_turns_it_around() -> None:
    """Control characters are escaped; letters of any script stay as they are."""
    error = BadInput("שלום 🙂", file="a\nb", field="k\x1b[2J", found="\u202ex\u2028y")
    assert str(error) == r"a\nb: k\x1b[2J: שלום 🙂; found \u202ex\u2028y"


def test_long_values_are_shortened() -> None:
    """A value of a million characters takes up no more than a good part of a line."""
    assert shown("x" * 1_000_000) == f"'{'x' * 59}…' (1000000 characters)"
    assert len(str(BadInput("p" * 10_000, found="f" * 10_000, allowed="a" * 10_000))) < 1_000


def test_values_are_shown_in_words() -> None:
    """Nobody has to know how Python writes things."""
    values = [None, True, False, 5, 1.5, "a", [], [1], {}, {"a": 1}]
    assert [shown(value) for value in values] == [
        "nothing (null)",
        "true",
        "false",
        "5",
        "1.5",
        "'a'",
        "an empty list",
        "a list of 1",
        "an empty mapping",
        "a mapping",
    ]
    assert shown(10**5_000) == "a number of thousands of digits"


def test_bad_input_survives_the_way_to_another_process() -> None:
    """Runs on several processes report bad input like runs on one."""
    error = BadInput("odd", file="a", line=3, column=4, field="f", found="x", allowed="y", more=1)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_suggestions_forgive_case_and_single_letters() -> None:
    """A near miss is named; nonsense is not guessed at."""
    assert (
        closest("REFRESHintervalms", ["refreshIntervalMs"]) == "; did you mean 'refreshIntervalMs'?"
    )
    assert closest("filterTyp", ["filterType", "version"]) == "; did you mean 'filterType'?"
    assert closest("zzz", ["filterType"]) == ""
    assert closest("x" * 1_000_000, ["x"]) == ""


def test_one_line_leaves_ordinary_text_alone() -> None:
    """Only what a terminal would act on is escaped."""
    assert one_line("Zażółć <b> 'q' \"q\" 👩‍🚀") == "Zażółć <b> 'q' \"q\" 👩‍🚀"


# --- files ------------------------------------------------------------------------------------


def test_yaml_and_json_files_give_the_same_data(tmp_path: Path) -> None:
    """The format makes no difference to what is read."""
    data = {"a": [1, 2.5, "x", None, True], "b": {"c": "ü"}}
    (tmp_path / "x.json").write_text(json.dumps(data), "utf-8")
    (tmp_path / "x.yaml").write_text("a: [1, 2.5, x, null, true]\nb:\n  c: ü\n", "utf-8")
    (tmp_path / "x.YML").write_bytes((tmp_path / "x.yaml").read_bytes())
    assert [documents.read(tmp_path / f"x.{end}").data for end in ("json", "yaml", "YML")] == (
        [data] * 3
    )


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """Whoever mistypes a path gets one line with it, not an error of the system."""
    assert refused_file(tmp_path / "no.yaml") == "no.yaml: no such file"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """A folder may be called like a scenario; the line says what it is instead."""
    (tmp_path / "x.yaml").mkdir()
    assert refused_file(tmp_path / "x.yaml") == "x.yaml: not a regular file; found a folder"


def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    """Opening a pipe would wait for ever."""
    os.mkfifo(tmp_path / "x.yaml")
    assert refused_file(tmp_path / "x.yaml") == "x.yaml: not a regular file; found a pipe"


def test_an_endless_device_is_refused(tmp_path: Path) -> None:
    """Also through a link."""
    (tmp_path / "x.yaml").symlink_to("/dev/zero")
    assert refused_file(tmp_path / "x.yaml") == "x.yaml: not a regular file; found a device"


def test_a_link_to_itself_is_refused(tmp_path: Path) -> None:
    """A link that leads nowhere ends in one line, not in an endless search."""
    (tmp_path / "x.yaml").symlink_to(tmp_path / "x.yaml")
    assert "cannot be read" in refused_file(tmp_path / "x.yaml")


def test_a_name_with_a_nul_is_refused() -> None:
    """No system has such a file, and Python's own error would be no BadInput."""
    with pytest.raises(BadInput, match="not a possible file name"):
        documents.read("a\0b.yaml")


def test_a_large_file_is_refused_by_its_size_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The size is known before anything is opened."""
    path = tmp_path / "x.yaml"
    with path.open("wb") as file:
        file.truncate(documents.MAX_BYTES + 1)
    monkeypatch.setattr(os, "open", lambda *_, **__: pytest.fail("opened"))
    assert refused_file(path) == (
        "x.yaml: too large; found 16,777,217 bytes; allowed: at most 16,777,216 bytes"
    )


def test_a_file_that_states_no_size_is_read_up_to_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some file systems state a size of 0, and files grow."""
    path = tmp_path / "x.yaml"
    path.write_text("a: " + "b" * 100)
    monkeypatch.setattr(documents, "MAX_BYTES", 10)
    real = path.stat()
    small = os.stat_result((real.st_mode, *real[1:6], 0, *real[7:]))
    monkeypatch.setattr(os, "stat", lambda *_, **__: small)
    monkeypatch.setattr(os, "fstat", lambda *_, **__: small)
    assert "more than 10 bytes" in refused_file(path)


def test_a_file_without_permission_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Simulated, since the administrator may read everything."""

    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "x.yaml").write_text("a: 1")
    monkeypatch.setattr(os, "open", denied)
    assert refused_file(tmp_path / "x.yaml") == "x.yaml: permission denied"


@pytest.mark.skipif(os.geteuid() == 0, reason="the administrator may read everything")
def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    """The file system itself refuses here, and the line is the one of the simulated case."""
    path = tmp_path / "x.yaml"
    path.write_text("a: 1")
    path.chmod(stat.S_IWUSR)
    assert refused_file(path) == "x.yaml: permission denied"


@pytest.mark.parametrize("content", [b"", b" \n", b"# only a comment\n", b"---\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_said_to_be_empty(tmp_path: Path, content: bytes) -> None:
    """Blanks, a comment, the mark of a document or of bytes hold no value either."""
    (tmp_path / "x.yaml").write_bytes(content)
    assert refused_file(tmp_path / "x.yaml") == "x.yaml: the file is empty"


@pytest.mark.parametrize("ending", ["json", "yaml"])
def test_a_byte_order_mark_is_accepted(tmp_path: Path, ending: str) -> None:
    """Editors of Windows write one; it is no part of the data and shifts no column."""
    path = tmp_path / f"x.{ending}"
    path.write_bytes(codecs.BOM_UTF8 + b'{"a": 1}')
    document = documents.read(path)
    assert document.data == {"a": 1}
    assert document.where(["a"]) == (1, 2)


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("utf-32-le", "UTF-32"),
        ("utf-32-be", "UTF-32"),
    ],
)
def test_wide_encodings_are_named(tmp_path: Path, encoding: str, name: str) -> None:
    """With a byte order mark or without."""
    (tmp_path / "x.yaml").write_text("a: 1", encoding)
    assert refused_file(tmp_path / "x.yaml") == (
        f"x.yaml: wrong encoding; found {name}; allowed: UTF-8"
    )


@pytest.mark.parametrize("content", [bytes(1000), b"\x7fELF\x02\x01\x00\x00", b"a: 1\n\0"])
def test_binary_files_are_refused(tmp_path: Path, content: bytes) -> None:
    """One NUL byte is enough, wherever it stands: no text that a person writes has one."""
    (tmp_path / "x.yaml").write_bytes(content)
    assert "a binary file" in refused_file(tmp_path / "x.yaml")


def test_bytes_that_are_no_utf8_are_located(tmp_path: Path) -> None:
    """A file saved as Latin-1 is the usual reason."""
    (tmp_path / "x.yaml").write_bytes("a: 1\nb: caf\xe9".encode("latin-1"))
    assert refused_file(tmp_path / "x.yaml") == (
        "x.yaml: not UTF-8 text; found byte 0xE9 at line 2, column 7"
    )


def test_other_kinds_of_file_are_refused(tmp_path: Path) -> None:
    """The line names all three endings that are read, so that one can choose."""
    (tmp_path / "x.toml").write_text("a = 1")
    assert refused_file(tmp_path / "x.toml") == (
        "x.toml: unknown kind of file; found '.toml'; allowed: .yaml, .yml, .json"
    )


# --- YAML -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("08:00", "08:00"),
        ("8:30:00", "8:30:00"),
        ("2026-03-02", "2026-03-02"),
        ("2026-03-02T08:00:00Z", "2026-03-02T08:00:00Z"),
        ("yes", "yes"),
        ("off", "off"),
        ("1_000", "1_000"),
        ("'5'", "5"),
        ('"true"', "true"),
        ("5", 5),
        ("-5", -5),
        ("007", 7),
        ("0o17", 15),
        ("0x1F", 31),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("True", True),
        ("false", False),
        ("~", None),
        ("", None),
        ("null", None),
        ("1.2.3", "1.2.3"),
    ],
)
def test_unquoted_values_follow_yaml_1_2(text: str, value: Any) -> None:
    """Times and dates stay text, whatever YAML 1.1 made of them."""
    read = documents.parse(f"a: {text}", "x").data["a"]
    assert (type(read), read) == (type(value), value)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\na: 2", "2:1: duplicate key 'a'; the first stands at line 1, column 1"),
        ("x: {a: 1, b: 2, a: 3}", "1:17: duplicate key 'a'; the first stands at line 1, column 5"),
        ("a: &x 1", "1:4: anchors and aliases are not allowed"),
        ("a: [*x]", "1:5: anchors and aliases are not allowed"),
        ("a: !!python/object:os.system 1", "1:4: tags are not allowed"),
        ("a: !mine 1", "1:4: tags are not allowed; found '!mine'"),
        ("5: 1", "1:1: a key must be text; put it in quotes; found 5"),
        ("true: 1", "1:1: a key must be text; put it in quotes; found true"),
        ("[a]: 1", "1:1: a key must be text; found a list"),
        ("? {a: b}\n: 1", "1:3: a key must be text; found a mapping"),
        ("a: 1\n---\nb: 2", "2:1: a second document begins"),
        ("%YAML 1.1\n---\na: 1", "1:1: found YAML 1.1; allowed: YAML 1.2"),
        ("a: .nan", "1:4: found '.nan'; allowed: finite numbers"),
        ("a: -.inf", "1:4: found '-.inf'; allowed: finite numbers"),
        ("a: 1e999", "1:4: found a number beyond all bounds; allowed: finite numbers"),
        ("a: " + "9" * 5_000, "1:4: found a number of 5,000 digits; allowed: at most 100"),
        ("a: b: c", "1:5: unreadable YAML: mapping values are not allowed in this context"),
        ("a: [1, 2", "1:9: unreadable YAML:"),
        ("a: 1\nb: 'x", "2:6: unreadable YAML: found unexpected end of stream"),
        ("a:\n\t- 1", "2:1: unreadable YAML: a tab; indent with spaces"),
        ("a:\n  b: 1\n c: 2", "3:2: unreadable YAML: no key stands here; the indentation"),
        ("a: \x07", "1:4: unreadable YAML: a control character; found U+0007"),
        ('a: 1\nb: "\\UFFFFFFFF"', "2:7: unreadable YAML: found invalid Unicode"),
        ('a: "\\ud800"', "1:7: unreadable YAML: found invalid Unicode"),
        ("a: \ud800", "1:1: unreadable YAML near here"),
    ],
)
def test_yaml_that_cannot_be_used_is_located(text: str, line: str) -> None:
    """Each refusal is one line that begins with file, line and column."""
    assert refusal(text).startswith(f"file.yaml:{line}")


def test_an_alias_bomb_is_refused_before_it_unfolds() -> None:
    """Nine levels of nine aliases would be 387 million entries."""
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9)]
    assert refusal("\n".join(rows)) == "file.yaml:1:5: anchors and aliases are not allowed"


def test_a_merge_key_is_an_ordinary_key() -> None:
    """Nothing is merged behind the reader's back."""
    assert documents.parse("<<: {a: 1}", "x").data == {"<<": {"a": 1}}


@pytest.mark.parametrize("text", ["[" * 1_000_000, "- " * 500_000, "{a: " * 250_000])
def test_deep_nesting_is_refused_soon(text: str) -> None:
    """Also a megabyte of brackets: nothing recursive sees them."""
    assert "nested more than 64 levels deep" in refusal(text)


@pytest.mark.parametrize("kind", ["yaml", "json"])
def test_sixty_four_levels_are_allowed_and_no_more(kind: documents.Kind) -> None:
    """The limit is the one that the message states, in both formats."""
    data = documents.parse("[" * 64 + "]" * 64, "x", kind).data
    assert str(data) == "[" * 64 + "]" * 64
    assert "nested more than 64 levels deep" in refusal("[" * 65 + "]" * 65, kind)


def test_more_values_than_any_deployment_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of values bounds the time and the memory that reading takes."""
    monkeypatch.setattr("simkit.base.reading.document.MAX_VALUES", 50)
    monkeypatch.setattr(json_reader, "MAX_JSON_VALUES", 50)
    assert "more than 50 values" in refusal("- a\n" * 51)
    assert "more than 50 values" in refusal(json.dumps([0] * 51), "json")
    assert "more than 50 values" in refusal(json.dumps([0] * 1_000), "json")
    assert len(documents.parse("- a\n" * 49, "x").data) == 49


def test_a_file_of_2500_agents_is_read_in_one_pass() -> None:
    """Every agent is a flow mapping in a line of its own, and each has its place."""
    rows = [f"  - {{id: a{i}, division: d{i % 7}, start: 08:00, n: {i}}}" for i in range(2_500)]
    document = documents.parse("agents:\n" + "\n".join(rows), "x")
    assert len(document.data["agents"]) == 2_500
    assert document.data["agents"][2_499] == {
        "id": "a2499",
        "division": "d0",
        "start": "08:00",
        "n": 2_499,
    }
    assert document.where(["agents", 2_499, "division"]) == (2_501, 17)


# --- JSON -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"a": 1,\n "a": 2}', "2:2: duplicate key 'a'; the first stands at line 1, column 2"),
        ("[NaN]", "1:2: found 'NaN'; allowed: finite numbers"),
        ('{"a": -Infinity}', "1:7: found '-Infinity'; allowed: finite numbers"),
        ("[1e999]", "1:2: found a number beyond all bounds; allowed: finite numbers"),
        ("[" + "9" * 5_000 + "]", "1:2: found a number of 5,000 digits; allowed: at most 100"),
        ('{\n  "a": 1\n  "b": 2}', "3:3: not valid JSON: a comma is missing before 'b'"),
        ("{'a': 1}", "1:2: not valid JSON: a text in single quotes"),
        ('{"a": ‘b’}', "1:7: not valid JSON: '‘' is a quote of a text processor"),
        ('{"a": 1,\n}', "1:8: not valid JSON: a comma before '}'"),
        ("[1, 2 , ]", "1:7: not valid JSON: a comma before ']'"),
        ("[1,,2]", "1:4: not valid JSON: a value is missing before ','"),
        ("{a: 1}", '1:2: not valid JSON: the key has no quotes: write "a"'),
        ('{a": 1}', "1:2: not valid JSON: the key has a closing quote but no opening one"),
        ('{"a" 1}', "1:6: not valid JSON: a colon is missing before '1'"),
        ('{"a": 1, # one\n}', "1:10: not valid JSON: a comment begins here"),
        ('{"a": 1, // one\n}', "1:10: not valid JSON: a comment begins here"),
        ('{"a": True}', "1:7: not valid JSON: 'True' is no value of JSON: write true"),
        ('{"a": b}', '1:7: not valid JSON: a text without quotes: write "b"'),
        ("[05]", "1:2: not valid JSON: no number of JSON begins with 0"),
        ("[.5]", "1:2: not valid JSON: '.5' is no number of JSON"),
        ('{"a": "b "c""}', "1:11: not valid JSON: the text ends before 'c'"),
        ('{"a": [1, 2}', "1:12: not valid JSON: ']' is missing before '}'"),
        ('{"a": [1, 2', "1:7: not valid JSON: the list that begins here is never closed"),
        ("[1] x", "1:5: not valid JSON: the value ends before 'x'"),
        ('["a\nb"]', "1:4: not valid JSON: a text goes on over the end of its line"),
        ('["a\tb"]', "1:4: not valid JSON: a control character within a text is written \\t"),
        ('["\\x"]', "1:3: not valid JSON: a backslash that begins no escape"),
        ('["abc', "1:2: not valid JSON: a text begins here and its closing quote is missing"),
        ("// no\n[1]", "1:1: not valid JSON: a comment begins here, and JSON has none"),
        ('["\\ud800"]', "1:2: half of a surrogate pair in a text"),
    ],
)
def test_json_that_cannot_be_used_is_located(text: str, line: str) -> None:
    """JSON is read strictly, and the place is the one an editor shows."""
    assert refusal(text, "json").startswith(f"file.json:{line}")


def test_a_megabyte_of_brackets_is_no_json() -> None:
    """The standard parser, which is recursive, never sees it."""
    assert refusal("[" * 1_000_000, "json") == "file.json:1:65: nested more than 64 levels deep"


def test_brackets_within_texts_are_not_nesting() -> None:
    """The bound is 64 levels; 100 brackets within quotes, behind escapes too, are text."""
    text = json.dumps({"a": "[" * 100, 'b"{': "\\" * 3 + '"' + "{" * 100})
    assert documents.parse(text, "x", "json").data == json.loads(text)


@pytest.mark.slow
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.text()
        | st.floats(allow_nan=False, allow_infinity=False),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_json_reads_like_the_standard_parser(data: Any) -> None:
    """Whatever JSON can say, with every escape that Python's own writer uses."""
    assert documents.parse(json.dumps(data, indent=1), "x", "json").data == data


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=80)
    | st.text("[]{},:\"'-?*&!|>%@#`~<=\\ \n\tabctruenull0123456789.eE", max_size=60),
    st.sampled_from(["yaml", "json"]),
)
def test_any_text_is_a_document_or_bad_input(text: str, kind: documents.Kind) -> None:
    """There is no third way out, whatever is in the file."""
    try:
        document = documents.parse(text, "x", kind)
    except BadInput as error:
        one_readable_line(error)
    else:
        assert isinstance(document, Document)


# --- places -----------------------------------------------------------------------------------

SAMPLE = """\
name: base
widget:
  refreshIntervalMs: 30000
  types: [BREAK, OTHER]
agents:
  - id: a1
    division: North
  - {id: a2,
     division: South}
"""


@pytest.mark.parametrize(
    ("loc", "place"),
    [
        ([], (1, 1)),
        (["widget"], (2, 1)),
        (["widget", "refreshIntervalMs"], (3, 3)),
        (["widget", "refresh_interval_ms"], (3, 3)),
        (["widget", "types", 1], (4, 18)),
        (["agents", 0], (6, 5)),
        (["agents", 0, "division"], (7, 5)),
        (["agents", 1, "division"], (9, 6)),
        (["widget", "unknown"], (2, 1)),
        (["widget", "refreshIntervalMs", "deeper"], (3, 3)),
        (["agents", 7], (5, 1)),
        (["agents", -1], (5, 1)),
        (["nothing"], (1, 1)),
    ],
)
def test_a_path_leads_to_the_nearest_node(loc: list[str | int], place: tuple[int, int]) -> None:
    """Keys of mappings, entries of lists; what is missing is shown by what it is missing from."""
    assert documents.parse(SAMPLE, "x").where(loc) == place


def test_places_do_not_depend_on_the_kind_of_line_end() -> None:
    """Windows and old line ends count as one line each."""
    for end in ("\n", "\r\n", "\r"):
        text = SAMPLE.replace("\n", end)
        assert documents.parse(text, "x").where(["agents", 1, "division"]) == (9, 6)
        data = json.dumps(documents.parse(SAMPLE, "x").data, indent=1).replace("\n", end)
        assert documents.parse(data, "x", "json").where(["widget"]) == (3, 2)


# --- validation -------------------------------------------------------------------------------


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True)


class Widget(Strict):
    refresh_interval_ms: int = Field(30_000, ge=1_000, le=3_600_000)
    filter_type: Literal["division", "hierarchical"] = "division"
    color: str = Field("#000000", pattern="^#[0-9a-f]{6}$", description="a colour, #rrggbb")
    share: float = Field(0.5, ge=0, lt=1)
    types: tuple[Literal["BREAK", "OTHER"], ...] = ("BREAK",)
    day: date | None = None
    show: bool = True
    label: str = Field("x", min_length=1, max_length=5)
    either: int | list[str] = 1


class Part(Strict):
    low: int = 1
    high: int = 2

    @model_validator(mode="after")
    def _is_ordered(self) -> Part:
        if self.low > self.high:
            raise LocatedError("low must not be above high", ("low",))
        return self

    @field_validator("high")
    @classmethod
    def _is_even(cls, value: int) -> int:
        if value % 2:
            raise ValueError("high must be even")
        return value


class Deployment(Strict):
    name: str
    widget: Widget = Widget()
    parts: list[Part] = []
    by_name: dict[str, Part] = {}


def invalid(text: str, model: type[BaseModel] = Deployment) -> str:
    """Give the line that a document is refused with by a model."""
    with pytest.raises(BadInput) as caught:
        validation.validate(model, documents.parse(text, "s.yaml"))
    return one_readable_line(caught.value)


def test_a_valid_document_gives_the_model() -> None:
    """Both spellings of a key are good."""
    text = "name: x\nwidget: {refreshIntervalMs: 5000, filter_type: hierarchical}"
    deployment = validation.validate(Deployment, documents.parse(text, "s.yaml"))
    assert deployment.widget.refresh_interval_ms == 5_000
    assert deployment.widget.filter_type == "hierarchical"


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (
            "refreshIntervalMs: fast",
            "found 'fast'; allowed: whole number of ms from 1000 to 3600000",
        ),
        ("refreshIntervalMs: 5", "found 5; allowed: whole number of ms from 1000 to 3600000"),
        ("refreshIntervalMs: 1500.5", "found 1500.5; allowed: whole number of ms from 1000"),
        ("refreshIntervalMs: [1]", "found a list of 1; allowed: whole number of ms from 1000"),
        ("refreshIntervalMs:", "found nothing (null); allowed: whole number of ms from 1000"),
        ("filterType: exact", "found 'exact'; allowed: one of 'division', 'hierarchical'"),
        ("color: red", "found 'red'; allowed: a colour, #rrggbb"),
        ("share: 1", "found 1; allowed: number of at least 0 and below 1"),
        ("types: BREAK", "found 'BREAK'; allowed: list"),
        ("day: tomorrow", "found 'tomorrow'; allowed: date such as 2026-03-02 or nothing (null)"),
        ("show: perhaps", "found 'perhaps'; allowed: true or false"),
        ("label: ''", "found ''; allowed: text of 1 to 5 characters"),
        ("label: abcdef", "found 'abcdef'; allowed: text of 1 to 5 characters"),
        ("label: {}", "found an empty mapping; allowed: text of 1 to 5 characters"),
        ("either: {a: 1}", "found a mapping; allowed: whole number or list"),
    ],
)
def test_a_wrong_value_is_told_in_plain_words(entry: str, words: str) -> None:
    """What was found, what is allowed, and nothing of how it is checked."""
    field = entry.split(":")[0]
    assert invalid(f"name: x\nwidget:\n  {entry}").startswith(
        f"s.yaml:3:3: widget.{field}: {words}"
    )


def test_an_entry_of_a_list_is_located() -> None:
    """The column is that of the one wrong entry, not that of the list around it."""
    line = invalid("name: x\nwidget:\n  types: [BREAK, LUNCH]")
    assert line == "s.yaml:3:18: widget.types.1: found 'LUNCH'; allowed: one of 'BREAK', 'OTHER'"


@pytest.mark.parametrize("key", ["refreshIntervalMS", "refreshIntervallMs", "REFRESHINTERVALMS"])
def test_an_unknown_key_gets_a_suggestion(key: str) -> None:
    """Capitals in the wrong place and a letter too many lead to the key that was meant."""
    assert invalid(f"name: x\nwidget:\n  {key}: 1") == (
        f"s.yaml:3:3: widget.{key}: unknown key '{key}'; did you mean 'refreshIntervalMs'?"
    )


def test_the_suggestion_has_the_spelling_of_the_user() -> None:
    """Who writes with underscores is not told to write camels."""
    line = invalid("name: x\nwidget:\n  refresh_interval: 1")
    assert line.endswith("unknown key 'refresh_interval'; did you mean 'refresh_interval_ms'?")


def test_suggestions_come_from_the_level_of_the_key() -> None:
    """`lowe` is a part's key; no key of the widget is like it."""
    assert "did you mean 'low'?" in invalid("name: x\nparts: [{lowe: 1}]")
    assert "did you mean 'low'?" in invalid("name: x\nbyName: {a: {lowe: 1}}")
    assert "did you mean" not in invalid("name: x\nwidget: {lowe: 1}")


def test_a_key_like_no_other_gets_the_list() -> None:
    """Where no guess helps, one can choose from all keys of that level."""
    assert invalid("name: x\nzzz: 1") == (
        "s.yaml:2:1: zzz: unknown key 'zzz'; allowed: name, widget, parts, byName"
    )


def test_a_missing_key_is_shown_by_its_mapping() -> None:
    """What is not there has no place, so the mapping that lacks it lends its own."""
    assert invalid("widget: {}") == "s.yaml:1:1: name: required, but missing; allowed: text"


def test_the_message_of_a_rule_is_the_problem() -> None:
    """Rules of the models speak for themselves; a rule over several fields says whom to blame."""
    line = invalid("name: x\nparts:\n  - {low: 1, high: 3}")
    assert line == "s.yaml:3:14: parts.0.high: high must be even"
    line = invalid("name: x\nparts:\n  - {low: 5, high: 4}")
    assert line == "s.yaml:3:6: parts.0.low: low must not be above high"


def test_a_rule_may_blame_a_field_that_is_not_there() -> None:
    """The fault then lies in the mapping that leaves it out."""
    line = invalid("name: x\nparts:\n  - {high: 0}")
    assert line == "s.yaml:3:5: parts.0.low: low must not be above high"


class Reference(Strict):
    names: list[str]
    chosen: str

    @model_validator(mode="after")
    def _is_known(self) -> Reference:
        if self.chosen not in self.names:
            raise LocatedError("unknown name", ("chosen",), allowed=self.names)
        return self


def test_an_unknown_name_gets_a_suggestion_or_the_list() -> None:
    """Names that the file itself defines are suggested like keys."""
    line = invalid("names: [North, South]\nchosen: Nroth", Reference)
    assert line == "s.yaml:2:1: chosen: unknown name; did you mean 'North'?"
    line = invalid("names: [North, South]\nchosen: zzz", Reference)
    assert line == "s.yaml:2:1: chosen: unknown name; allowed: 'North', 'South'"


def test_the_first_error_in_line_order_is_told_and_the_others_counted() -> None:
    """A missing key comes last: it may be no more than a mistyped one."""
    line = invalid("parts:\n  - {high: 3}\nnmae: x\nwidget: {share: 2}")
    assert line == "s.yaml:2:6: parts.0.high: high must be even (and 3 more)"
    line = invalid("nmae: x")
    assert line == "s.yaml:1:1: nmae: unknown key 'nmae'; did you mean 'name'? (and 1 more)"


def test_the_alternatives_of_a_union_count_once() -> None:
    """What is neither a number nor a list is one mistake, not one for each of the two."""
    assert "more" not in invalid("name: x\nwidget: {either: {a: 1}}")


def test_the_whole_document_may_be_of_the_wrong_kind() -> None:
    """No field is blamed: it is the file that has to hold keys and values."""
    assert invalid("- 1") == "s.yaml:1:1: found a list of 1; allowed: mapping of keys to values"
    assert invalid("null") == (
        "s.yaml:1:1: found nothing (null); allowed: mapping of keys to values"
    )


def test_merged_data_are_located_in_the_document() -> None:
    """The caller may add defaults; what the user wrote is still found."""
    document = documents.parse("a:\n  widget:\n    filterType: x", "s.yaml")
    merged = {"name": "x", **document.data["a"]}
    with pytest.raises(BadInput) as caught:
        validation.validate(Deployment, document, merged, at=["a"])
    assert str(caught.value).startswith("s.yaml:3:5: a.widget.filterType: found 'x'")


def test_data_without_a_file_are_told_by_field() -> None:
    """Settings changed in a notebook have no line."""
    with pytest.raises(BadInput) as caught:
        validation.validate_data(Widget, {"refresh_interval_ms": 5}, at=("widget",))
    assert str(caught.value).startswith("widget.refresh_interval_ms: found 5; allowed: whole")
    assert validation.validate_data(Widget, {"share": 0.25}).share == 0.25


def test_thousands_of_errors_are_told_as_fast_as_one() -> None:
    """Only what is printed is put into words."""
    rows = "\n".join("  - {high: 3, lwo: 1}" for _ in range(3_000))
    assert invalid(f"name: x\nparts:\n{rows}").endswith("(and 5999 more)")


def test_all_problems_can_be_had_with_the_aliases_as_the_only_keys() -> None:
    """A file for another system has to use that system's spelling."""
    document = documents.parse("refresh_interval_ms: 5000\nfilterType: x", "s.yaml")
    found = validation.problems(Widget, document)
    assert [(each.kind, each.path) for each in found] == [
        ("unknown-key", ("refresh_interval_ms",)),
        ("wrong-value", ("filterType",)),
    ]
    assert "did you mean 'refreshIntervalMs'?" in str(found[0].error)


def test_the_last_of_many_problems_counts_the_rest() -> None:
    """Ten keys are unknown and four are told, so the fourth says that six more are left."""
    document = documents.parse("{" + ", ".join(f"k{i}: 1" for i in range(10)) + "}", "s.yaml")
    found = validation.problems(Widget, document, at_most=4)
    assert len(found) == 4
    assert found[-1].error.more == 6


def test_hostile_keys_and_values_stay_one_line() -> None:
    """Escapes, emoji, right-to-left text and markup are carried, never acted on."""
    text = json.dumps({"name": ["<script>"], "שלום\u202e\x1b[2J🙂": 1, "k" * 5_000: 2})
    document = documents.parse(text, "s.json", "json")
    for problem in validation.problems(Deployment, document):
        one_readable_line(problem.error)
    assert len(validation.problems(Deployment, document)) == 3

"""Patches: the smallest edit in the file's own format, and files that are written with them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from deployed import CONTEXT

from simkit.base.errors import BadInput
from simkit.base.reading import documents
from simkit.checking.check import Finding, check
from simkit.checking.editing import Append, Change, Put, Remove, edits_of
from simkit.checking.examining import examine
from simkit.checking.mending import beside, mended, write_mended
from simkit.checking.patches import Edit, Layout, applied, patch_of
from simkit.rules.oauth import KNOWN_SCOPES

OWN = json.dumps(CONTEXT)
STATIC = "0000000a-5e1f-4a00-9c00-000000000001"


def edited(text: str, change: Change, syntax: str = "json") -> str | None:
    """Give a text after a change, None where there is no edit that makes it."""
    assert syntax in ("json", "yaml")
    document = documents.parse(text, f"x.{syntax}", syntax)  # type: ignore[arg-type]
    edits = edits_of(change, document, Layout(text), syntax)  # type: ignore[arg-type]
    return applied(text, edits) if edits else None


JSON = '{\n  "a": {"b": "old", "list": ["x", "y"]},\n  "empty": [],\n\t"n":1\n}\n'
YAML = """# Head.
a:
  b: old  # as it was agreed
  'quoted': 'it''s'
  list: [x, "y"]
rows:
  - x  # the first
  - y
- no: mapping
""".replace("- no: mapping\n", "n: 1\n")


@pytest.mark.parametrize(
    ("text", "syntax", "change", "old", "new"),
    [
        (JSON, "json", Put(("a", "b"), "new"), '"old"', '"new"'),
        (JSON, "json", Put(("n",), True), '"n":1', '"n":true'),
        (JSON, "json", Put(("a", "c"), 7), '{"b"', '{"c": 7, "b"'),
        (JSON, "json", Put(("c",), 7), '  "a"', '  "c": 7,\n  "a"'),
        (JSON, "json", Put(("c", "d"), 7), '  "a"', '  "c": {"d": 7},\n  "a"'),
        (JSON, "json", Append(("a", "list"), "z"), '"y"', '"y", "z"'),
        (JSON, "json", Append(("empty",), "z"), "[]", '["z"]'),
        (JSON, "json", Append(("new",), "z"), '  "a"', '  "new": ["z"],\n  "a"'),
        (JSON, "json", Remove(("a", "list", 0)), '"x", ', ""),
        (JSON, "json", Remove(("a", "list", 1)), ', "y"', ""),
        (YAML, "yaml", Put(("a", "b"), "new"), "old ", "new "),
        (YAML, "yaml", Put(("a", "quoted"), "new"), "'it''s'", "new"),
        (YAML, "yaml", Put(("a", "b"), CONTEXT), "old ", f"{OWN} "),
        (YAML, "yaml", Put(("a", "c"), 7), "  b", "  c: 7\n  b"),
        (YAML, "yaml", Put(("c", "d"), 7), "n: 1\n", "n: 1\nc:\n  d: 7\n"),
        (YAML, "yaml", Append(("a", "list"), "z"), '"y"', '"y", z'),
        (YAML, "yaml", Append(("rows",), "z"), "- y", "- y\n  - z"),
        (YAML, "yaml", Remove(("rows", 0)), "  - x  # the first\n", ""),
        (YAML, "yaml", Put(("a", "list"), ["z"]), '[x, "y"]', "[z]"),
    ],
)
def test_an_edit_touches_nothing_else(
    text: str, syntax: str, change: Change, old: str, new: str
) -> None:
    """One stretch of the text is another one, and what is read then is what was wanted."""
    assert text.count(old) == 1
    after = edited(text, change, syntax)
    assert after == text.replace(old, new)
    data = documents.parse(after, f"x.{syntax}", syntax).data  # type: ignore[arg-type]
    path = change.path[:-1] if isinstance(change, Remove) else change.path
    for part in path:
        data = data[part]
    if isinstance(change, Put):
        assert data == change.value
    elif isinstance(change, Append):
        assert data[-1] == change.value
    else:
        assert len(data) == 1


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("a: >\n  folded\n  text\n", Put(("a",), 1)),
        ("a:\n  - b: 1\n", Put(("a",), 1)),
        ("a: {}\n", Put(("a", "b"), 1)),
        ("a: text, with a comma\n", Put(("a",), 1)),
        ("a: text\n  that goes on\n", Put(("a",), 1)),
    ],
)
def test_what_is_not_written_plainly_is_not_edited(text: str, change: Change) -> None:
    """A value over several lines, or an object that has no key to go by, is left to people."""
    after = edited(text, change, "yaml")
    assert after is None or documents.parse(after, "x.yaml", "yaml").data == {"a": 1}


def test_line_ends_stay_as_they_are() -> None:
    """Of Windows as of others, in what is added as well."""
    after = edited(JSON.replace("\n", "\r\n"), Put(("c",), 7))
    assert after
    assert after.count("\n") == after.count("\r\n") == JSON.count("\n") + 1
    after = edited(YAML.replace("\n", "\r\n"), Append(("rows",), "z"), "yaml")
    assert after
    assert after.count("\n") == after.count("\r\n") == YAML.count("\n") + 1


@pytest.mark.parametrize(
    ("text", "edits"),
    [
        ("one\ntwo\nthree\n", [(4, 7, "2")]),
        ("one\ntwo", [(4, 7, "2")]),
        ("one\ntwo", [(7, 7, "\nthree")]),
        ("one\ntwo", [(7, 7, "\nthree\n")]),
        ("one\n", [(0, 0, "zero\n")]),
        ("one\n", [(4, 4, "two\nthree\n")]),
        ("one\ntwo\n", [(0, 4, "")]),
        ("\n".join(map(str, range(40))) + "\n", [(0, 1, "zero"), (90, 91, "x\ny")]),
        ("\n".join(map(str, range(40))), [(0, 1, "zero"), (20, 21, ""), (100, 101, "x")]),
        ("", [(0, 0, "one\n")]),
    ],
)
def test_a_diff_is_what_the_tool_takes(
    text: str, edits: list[tuple[int, int, str]], tmp_path: Path
) -> None:
    """`patch` makes the very text of it that the edits make."""
    if shutil.which("patch") is None:
        pytest.skip("no patch on the path")
    made = [Edit(*each) for each in edits]
    (tmp_path / "file").write_text(text, "utf-8")
    diff = patch_of("file", Layout(text), made).diff + "\n"
    done = subprocess.run(
        ["patch", "-p0", "--no-backup-if-mismatch"],
        cwd=tmp_path,
        input=diff,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "fuzz" in done.stdout) == (0, False), done.stdout + diff
    assert (tmp_path / "file").read_text("utf-8") == applied(text, made)


# --- in pages and scripts -----------------------------------------------------------------------

HEAD = (
    '<p>é😀</p><div id="here"></div>\n'
    '<script src="https://static.mypurecloud.com/widgets/v3/widget-sdk.js"></script>\n<script>\n'
)
CALL = """GenesysCloudWidgets.init({
  widgetId: 'status-reason', containerId: 'here',
  configuration: {
    divisionId: 'STATIC', /* of North */ autoRefresh: true,
  },
});
"""


def page(script: str) -> str:
    return f"{HEAD}{script.replace('STATIC', STATIC)}</script>\n"


def only(findings: list[Finding], rule: str) -> Finding:
    [found] = [finding for finding in findings if finding.rule == rule]
    return found


@pytest.fixture
def found(tmp_path: Path) -> Callable[..., Finding]:
    """Check a text in a file of a name, and give the finding of a rule."""

    def of(text: str, name: str, rule: str) -> Finding:
        path = tmp_path / name
        path.write_text(text, "utf-8", newline="")
        return only(check(path), rule)

    return of


@pytest.mark.parametrize(
    ("script", "old", "new"),
    [
        (CALL, f"'{STATIC}'", f"'{CONTEXT}'"),
        (CALL.replace("'STATIC'", '"STATIC"'), f'"{STATIC}"', OWN),
        (CALL.replace("'STATIC'", "`STATIC`"), f"`{STATIC}`", OWN),
        (CALL.replace("divisionId:", '"divisionId" :'), f"'{STATIC}'", f"'{CONTEXT}'"),
    ],
)
def test_a_value_in_a_page_is_edited_in_its_place(
    script: str, old: str, new: str, found: Callable[..., Finding]
) -> None:
    """In the quotes that stand there; comments and all else stay, and so do letters before it."""
    text = page(script)
    finding = found(text, "page.html", "division-static")
    assert finding.patch
    assert applied(text, finding.patch.edits) == text.replace(old, new)


@pytest.mark.parametrize(
    "script",
    [
        "const own = 'STATIC';\n" + CALL.replace("'STATIC'", "own"),
        CALL.replace("'STATIC'", "'0000000a-5e1f-4a00-9c00-' + '000000000001'"),
        "const c = {};\nc.divisionId = 'STATIC';\n"
        "GenesysCloudWidgets.init({widgetId: 'status-reason', containerId: 'here',\n"
        "  configuration: c});\n",
    ],
)
def test_a_value_that_is_worked_out_has_no_patch(
    script: str, found: Callable[..., Finding]
) -> None:
    """A constant may be used elsewhere, and a sum has no place to be edited."""
    assert found(page(script), "page.html", "division-static").patch is None


def test_a_key_is_added_before_the_others(found: Callable[..., Finding]) -> None:
    """With the white space that the first one has."""
    text = page(CALL.replace(", /* of North */ autoRefresh: true", ""))
    finding = found(text, "page.html", "auto-refresh-unset")
    assert finding.patch
    expected = text.replace("    divisionId", "    autoRefresh: true,\n    divisionId")
    assert applied(text, finding.patch.edits) == expected


def test_two_widgets_of_a_page_are_patched_each_for_itself(tmp_path: Path) -> None:
    """Each has its own place, and both patches fit together."""
    path = tmp_path / "page.html"
    path.write_text(page(CALL + CALL), "utf-8")
    findings = [each for each in check(path) if each.rule == "division-static"]
    assert len({finding.patch for finding in findings}) == 2
    new = mended([str(path)], examine([str(path)]))
    assert new.left == []
    assert new.texts[str(path)] == page(CALL + CALL).replace(f"'{STATIC}'", f"'{CONTEXT}'")
    assert new.patches == {str(path): 2}


# --- files --------------------------------------------------------------------------------------


def application(path: Path, scopes: list[str]) -> str:
    data = {
        "name": "Portal",
        "applicationType": "portal",
        "scopes": scopes,
        "redirectUris": ["https://portal.example/callback"],
        "widgetPermissions": {"status-reason": {"allowed": False}},
        "authorizationFlow": "pkce",
        "refreshToken": True,
    }
    path.write_text(json.dumps(data, indent=1), "utf-8")
    return str(path)


def test_patches_of_one_list_are_made_one_after_another(tmp_path: Path) -> None:
    """Each of four scopes is missing, and adding one moves the place of the next."""
    name = application(tmp_path / "app.json", [])
    examined = examine([name])
    new = mended([name], examined)
    assert new.left == []
    data = json.loads(new.texts[name])
    assert sorted(data["scopes"]) == [
        "division:read",
        "telephony:status:read",
        "telephony:status:write",
        "user:read",
    ]
    assert data["widgetPermissions"]["status-reason"]["allowed"] is True
    assert new.patches[name] == 5


def test_neighbours_in_a_list_are_all_taken_out(tmp_path: Path) -> None:
    """When one of three is gone, the next has its place: it is mended as well."""
    unknown = ["recordings", "billing", "audits"]
    name = application(tmp_path / "app.json", [*KNOWN_SCOPES, *unknown])
    new = mended([name], examine([name]))
    assert (json.loads(new.texts[name])["scopes"], new.left) == ([*KNOWN_SCOPES], [])


def test_a_copy_is_written_beside_the_file_and_over_nothing(tmp_path: Path) -> None:
    """The original stays; where there is a copy already, nothing is written at all."""
    names = [application(tmp_path / name, []) for name in ("a.json", "b.json")]
    before = [Path(name).read_bytes() for name in names]
    texts = mended(names, examine(names)).texts
    (tmp_path / "b.fixed.json").write_text("mine", "utf-8")
    with pytest.raises(BadInput, match=r"b\.fixed\.json: is there already"):
        write_mended(texts)
    assert not (tmp_path / "a.fixed.json").exists()
    (tmp_path / "b.fixed.json").unlink()
    written = write_mended(texts)
    assert written == {name: beside(name) for name in names}
    assert [Path(name).read_bytes() for name in names] == before
    assert check(*written.values()) == []


def test_a_file_is_replaced_whole_with_its_permissions_and_its_mark(tmp_path: Path) -> None:
    """A link goes on leading to it; no part of a file is left beside it."""
    name = application(tmp_path / "real.json", ["telephony:status:read"])
    content = Path(name).read_bytes()
    Path(name).write_bytes(b"\xef\xbb\xbf" + content)
    os.chmod(name, 0o640)
    link = tmp_path / "link.json"
    link.symlink_to("real.json")
    write_mended(mended([str(link)], examine([str(link)])).texts, in_place=True)
    assert link.is_symlink()
    assert check(name) == []
    assert Path(name).read_bytes().startswith(b"\xef\xbb\xbf{")
    assert Path(name).stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.json", "real.json"]


def test_a_file_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    """The place of the copy is a folder that is not there any more."""
    name = application(tmp_path / "app.json", [])
    texts = mended([name], examine([name])).texts
    moved = tmp_path / "gone"
    moved.mkdir()
    other = {str(moved / "app.json"): text for text in texts.values()}
    with pytest.raises(BadInput, match="no such file"):
        write_mended(other)

"""An audit, by its form and in Python: findings, proofs, patches, and nobody's name."""

from __future__ import annotations

import io
import re
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args
from zipfile import ZipFile

import ipywidgets as w
import pytest
from anywidget import AnyWidget
from deployed import MARKED, SHAPES, faulty, fitting, marked, plan, written

import simkit
from simkit.checking.check import check
from simkit.checking.examining import examine
from simkit.inputs.exports.files import MAX_BYTES
from simkit.ui.audit.audit import Audit
from simkit.ui.audit.form import Form
from simkit.ui.audit.told import Command, ZoneTold
from simkit.ui.audit.zone import Zone

TEAMS = {"North": 4, "South": 5, "East": 3}


def contents(folder: Path) -> dict[str, bytes]:
    """Give the files of a folder by their names alone."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    """Codes that are bound above all twelve agents, and a scope that nobody needs."""
    written(faulty("exports", TEAMS, "E1 codes", "unneeded"), tmp_path)
    made = simkit.audit()
    made.take(contents(tmp_path))
    return made


def form_of(audit: Audit) -> Form:
    audit.widget()
    assert audit._form
    return audit._form


def choose(audit: Audit, rule: str) -> None:
    audit.choose([finding.rule for finding in audit.findings].index(rule))


@pytest.mark.parametrize("shape", SHAPES)
def test_files_in_memory_are_judged_as_files_on_the_disk(
    shape: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the organisation is told in; the audit is where none of the files is."""
    folder = tmp_path / "in"
    written(faulty(shape, TEAMS, fitting(shape, TEAMS)[0]), folder)
    expected = examine([str(path) for path in sorted(folder.iterdir())]).findings
    audit = simkit.audit()
    monkeypatch.chdir(tmp_path)
    audit.take(contents(folder))
    assert expected
    assert [(f.rule, f.line, f.reach) for f in audit.findings] == [
        (f.rule, f.line, f.reach) for f in expected
    ]
    assert audit.organisation.name


def test_the_tree_counts_agents_and_the_findings_about_them(audit: Audit) -> None:
    """Each team of the plan meets the codes above it; the scope is about no agents."""
    found = {branch.division: branch for branch in audit.tree}
    assert {name: found[name].agents for name in TEAMS} == TEAMS
    above = [f.rule for f in audit.findings].index("codes-above")
    assert {found[name].findings for name in TEAMS} == {(above,)}
    root = audit.organisation.tree.root
    assert (found[root].depth, found[root].findings) == (0, ())
    assert {found[name].depth for name in TEAMS} == {1}


def test_a_patch_is_proven_and_applied_in_memory(audit: Audit, tmp_path: Path) -> None:
    """All codes lack before it and none after; the file on the disk stays, and its new text is
    judged by check as the audit says."""
    choose(audit, "codes-above")
    proof = audit.prove()
    assert proof.verdict == "cured"
    assert proof.difference
    assert proof.difference.high < 0
    change = audit.apply()
    assert [f.rule for f in change.gone] == ["codes-above"]
    assert (change.new, change.proof) == ((), proof)
    assert "1 finding gone: codes-above." in str(change)
    assert [f.rule for f in audit.findings] == ["scope-unneeded"]
    assert audit.settings.widget.filter_type == "hierarchical"
    [(name, text)] = audit.mended.items()
    assert '"hierarchical"' not in (tmp_path / name).read_text("utf-8")
    (tmp_path / name).write_text(text, "utf-8")
    assert [f.rule for f in check(*tmp_path.iterdir())] == ["scope-unneeded"]


def test_the_ends_of_an_interval_are_told_apart() -> None:
    """The sample lacks codes for 8 h, and after its patch until the first answer has come: on all
    days the same but for some ms, which three digits do not show."""
    audit = simkit.audit()
    audit.sample()
    choose(audit, "codes-above")
    form_of(audit).prove.click()
    for text in (form_of(audit).detail.value, str(audit.apply())):
        assert re.search(r"-\d+\.\d+ min \(", text)
        assert not re.search(r"\((\S+) to \1\)", text)


def test_files_that_come_later_keep_what_is_mended(audit: Audit, tmp_path: Path) -> None:
    """And a file that comes once more takes the place of its mended text."""
    choose(audit, "codes-above")
    audit.apply()
    audit.take({"log.csv": b"User Id,Start Time,End Time,System Presence\n"})
    assert "codes-above" not in [f.rule for f in audit.findings]
    audit.take(contents(tmp_path))
    assert "codes-above" in [f.rule for f in audit.findings]
    assert audit.mended == {}


def test_what_cannot_be_is_refused_in_one_line(audit: Audit) -> None:
    """And leaves all as it was."""
    choose(audit, "scope-unneeded")
    before = audit.findings
    for wrong, words in (
        (audit.apply, "no patch for scope-unneeded: Take the scope from the client"),
        (audit.prove, "scope-unneeded cannot be simulated"),
        (lambda: audit.choose(2), "place: found 2; allowed: whole number from 0 to 1"),
        (lambda: audit.add("there-is-none.json"), "there-is-none.json: no such file"),
        (lambda: simkit.audit(5), "paths: found 5"),  # type: ignore[arg-type]
        (lambda: simkit.audit().settings, "the files make no deployment"),
        (simkit.audit().apply, "no finding is chosen"),
        (lambda: simkit.audit().choose(0), "nothing is found that could be chosen"),
    ):
        with pytest.raises(simkit.BadInput) as caught:
            wrong()
        assert str(caught.value).startswith(words)
        assert "\n" not in str(caught.value)
    assert audit.findings == before
    assert audit.chosen
    assert audit.chosen.rule == "scope-unneeded"


def test_the_form_goes_from_files_to_the_panel(audit: Audit) -> None:
    """By its own controls: one division's findings, a proof, a patch, the archive, the panel."""
    form = form_of(audit)
    assert "12 agents" in form.came_in.value
    assert len(form.findings.options) == 2
    form.tree.value = "South"
    [(row, place)] = form.findings.options
    assert "codes-above" in row
    form.findings.value = place
    assert "No patch" not in form.detail.value
    form.prove.click()
    assert "<strong>cured</strong>" in form.detail.value
    assert "difference" in form.detail.value
    assert form.saving.value == ""
    form.apply.click()
    assert "1 finding gone: codes-above." in form.said.value
    assert form.findings.options == ()
    assert form.tree.value == "South"
    data = re.search(r"base64,([^\"]+)", form.saving.value)
    assert data
    with ZipFile(io.BytesIO(b64decode(data[1]))) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert texts == audit.mended
    form.decide.click()
    [panel] = form.panel.children
    assert (panel.choice.agents, panel.choice.edits) == (12, 4), "as many as there are codes"
    assert "12 agents. Nothing in the files says" in form.decided.value
    assert "4 edits a day are ASSUMED" in form.decided.value
    form.forget.click()
    assert (form.panel.children, form.decided.value) == ((), "")
    assert "Nothing has come in yet." in form.came_in.value


def test_files_come_through_the_browser(audit: Audit) -> None:
    """What cannot be read is a finding of one line; a name that is there already is said."""
    form = form_of(audit)
    drop(form, {"widget.json": b'{"widgetId": status-reason}'})
    assert form.zone.said == "Added: 1 file. In place of those of these names: widget.json."
    assert audit.chosen
    assert audit.chosen.rule == "syntax"
    assert "not valid JSON" in form.detail.value
    form.forget.click()
    assert form.zone.said == ""


@pytest.mark.parametrize("piece", [1, 7, 1000])
def test_pieces_make_the_files_again(piece: int) -> None:
    """However the bytes are cut: whole files in one piece, one in many, and one without any."""
    files = {"a.json": b"{}\n", "empty.csv": b"", "b.json": b"[\xff, 1]" * 3}
    audit = simkit.audit()
    drop(form_of(audit), files, piece)
    assert audit.contents == files


DROPPED = {"name": "users.json", "size": 4, "folder": False}


@pytest.mark.parametrize(
    ("dropped", "words"),
    [
        ([DROPPED | {"folder": True}], "users.json: found a folder; allowed: the files that are"),
        ([DROPPED | {"name": "All.TAR.GZ"}], "All.TAR.GZ: found an archive; allowed: the files"),
        ([DROPPED | {"size": MAX_BYTES + 1}], "users.json: too large; found 67,108,865 bytes"),
        ([DROPPED, DROPPED], "users.json: two files of one name"),
        ([DROPPED | {"size": -1}], "size: found -1"),
        ([DROPPED | {"name": None}], "name: found nothing"),
        ([{}], "name: found nothing"),
        ([], "dropped: found 0 files; allowed: 1 to 10,000 files"),
        ("users.json", "dropped: found"),
    ],
)
def test_what_is_not_taken_is_refused_before_it_comes(
    audit: Audit, dropped: Any, words: str
) -> None:
    """In one line, with none of the drop added; the bytes of it are refused as well."""
    zone, before = form_of(audit).zone, audit.contents
    tell(zone, "begin", dropped)
    assert zone.error.startswith(words)
    assert "\n" not in zone.error
    tell(zone, "piece", 0, b"[{}]")
    assert zone.error == "the files did not come over whole: drop them again"
    assert audit.contents == before
    drop(form_of(audit), {"more.json": b"[]"})
    assert zone.error == ""
    assert "more.json" in audit.contents


@pytest.mark.parametrize(("at", "more"), [(2, b"[{}]"), (0, b"[{}]]"), ("0", b"["), (None, b"")])
def test_pieces_that_do_not_fit_are_refused(audit: Audit, at: Any, more: bytes) -> None:
    """One that is lost, too much, or no piece: none of its drop is added."""
    zone, before = form_of(audit).zone, audit.contents
    tell(zone, "begin", [DROPPED])
    tell(zone, "piece", at, more)
    assert zone.error == "the files did not come over whole: drop them again"
    assert audit.contents == before


def test_what_the_drop_zone_tells_and_may_be_asked_is_what_is_typed(audit: Audit) -> None:
    """A type for each trait that the kernel tells, and each command of it is known."""
    own = {*Zone.class_trait_names(sync=True)} - {*AnyWidget.class_trait_names(sync=True)}
    assert set(ZoneTold.__annotations__) == own
    zone = form_of(audit).zone
    for command in (*get_args(Command), "copy"):
        tell(zone, command, None)
        assert zone.error.startswith("unknown command") == (command == "copy")


def drop(form: Form, files: dict[str, bytes], piece: int = 1000) -> None:
    """Do what the browser does when files are dropped."""
    told = [{"name": n, "size": len(content), "folder": False} for n, content in files.items()]
    tell(form.zone, "begin", told)
    whole = b"".join(files.values())
    for at in range(0, len(whole), piece):
        assert form.zone.error == ""
        tell(form.zone, "piece", at, whole[at : at + piece])


def tell(zone: Zone, command: str, value: object, *buffers: bytes) -> None:
    """Let the browser say something to a zone."""
    data = {"method": "custom", "content": {"ask": command, "value": value, "n": 1}}
    zone._handle_msg({"content": {"data": data}, "buffers": [*map(memoryview, buffers)]})


def test_a_mended_file_keeps_its_mark_and_stays_in_its_folder(tmp_path: Path) -> None:
    """The byte order mark of the original comes back, and no name leads out of the archive."""
    written(faulty("exports", TEAMS, "E1 codes"), tmp_path)
    files = contents(tmp_path)
    mark = b"\xef\xbb\xbf"
    audit = simkit.audit()
    audit.take({f"../../{name}": mark + content for name, content in files.items()})
    choose(audit, "codes-above")
    audit.apply()
    data = re.search(r"base64,([^\"]+)", form_of(audit).saving.value)
    assert data
    with ZipFile(io.BytesIO(b64decode(data[1]))) as archive:
        [name] = archive.namelist()
        assert archive.read(name).startswith(mark + b"{")
    assert name == "widget.json"


def shown(audit: Audit) -> Iterator[str]:
    """Give all that an audit shows: each control's words, and what readers without a kernel see."""
    waiting: list[Any] = [audit.widget()]
    while waiting:
        each = waiting.pop()
        waiting += getattr(each, "children", ())
        if isinstance(each, w.Widget):
            yield repr(each.get_state())
    bundle = audit._repr_mimebundle_()
    yield bundle["text/html"] + bundle["text/plain"]


@pytest.mark.parametrize("damage", ["whole", "cut"])
def test_nobody_of_an_export_is_shown(damage: str, tmp_path: Path) -> None:
    """Not by any control, before or after a patch, nor where a file of people is damaged."""
    names = marked(faulty("exports", TEAMS, "E1 codes", "T3", "unneeded"), tmp_path)
    assert any(MARKED.search(Path(name).read_text("utf-8")) for name in names)
    audit = simkit.audit()
    files = contents(tmp_path)
    if damage == "cut":
        users = files["users-1.json"]
        files["users-1.json"] = users[: users.rindex(b"Zzmarked") + 8]
    form = form_of(audit)
    drop(form, files)
    assert len(audit.contents) == len(files)
    assert not MARKED.search("".join(shown(audit)))
    for place in range(len(audit.findings)):
        audit.choose(place)
        assert not MARKED.search("".join(shown(audit)))
    choose(audit, "scope-write")
    form.prove.click()
    form.apply.click()
    assert list(audit.mended) == ["application.json"]
    assert not MARKED.search("".join(shown(audit)))


def test_a_clean_deployment_is_said_to_be_clean(tmp_path: Path) -> None:
    """Nothing is found, nothing can be pressed, and the panel is there all the same."""
    written(plan("exports", TEAMS), tmp_path)
    audit = simkit.audit(*tmp_path.iterdir())
    form = form_of(audit)
    assert "Nothing is found." in form.detail.value
    assert (form.prove.disabled, form.apply.disabled, form.decide.disabled) == (True, True, False)

"""`simkit check` on deployments: what each output says, mended files, and nobody's name."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from commands import Answer
from deployed import MARK, MARKED, faulty, marked, plan, written
from sarif_schema import faults

from simkit.checking.check import check
from simkit.checking.patches import applied

pytestmark = pytest.mark.slow  # deployments are judged and proven

TEAMS = {"North": 4, "South": 5, "East": 3}
OUTPUTS = (
    *([], ["--json"], ["--format", "sarif"], ["--format", "junit"], ["--prove"]),
    *(["--prove", "--json"], ["--prove", "--format", "sarif"], ["--fail-on", "never"]),
)


def short(names: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Go where files are, and give their names from there."""
    monkeypatch.chdir(folder)
    return [Path(name).name for name in names]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A deployment with a finding that has a patch and one that has none, by relative names."""
    made = faulty("exports", TEAMS, "E1 codes", "unneeded")
    return short(written(made, tmp_path), tmp_path, monkeypatch)


# --- outputs ------------------------------------------------------------------------------------


def test_the_text_says_what_mends_each_finding(
    files: list[str], simkit: Callable[..., Answer]
) -> None:
    """A diff below the line, or that there is none; the proof only where it was asked for."""
    answer = simkit("check", *files)
    assert answer.code == 1
    lines = answer.out.splitlines()
    first = next(i for i, line in enumerate(lines) if "[codes-above]" in line)
    assert lines[first].startswith("widget.json:6:5: error: configuration.filterType: all 12 ")
    assert lines[first + 1 : first + 4] == [
        "  patch:",
        "      --- widget.json",
        "      +++ widget.json",
    ]
    assert '      -    "filterType": "division",' in lines
    assert '      +    "filterType": "hierarchical",' in lines
    assert any(line.startswith("  no patch: Take the scope from the client") for line in lines)
    assert "proof:" not in answer.out
    proven = simkit("check", *files, "--prove").out
    told = (
        "  proof: dropdown openings with nothing to choose: 100 % (always) before, 0 % after: cured"
    )
    assert f"{told}; 10 days, 12 agents" in proven.splitlines()
    assert [line for line in proven.splitlines() if "proof:" not in line] == lines


def test_the_text_of_other_files_stays_as_it_was(
    files: list[str], simkit: Callable[..., Answer]
) -> None:
    """A line a finding, whatever has a patch."""
    (Path("app.json")).write_text(json.dumps({"name": "x", "scopes": [], "redirectUris": []}))
    answer = simkit("check", "app.json")
    assert answer.out.splitlines() == [str(finding) for finding in check("app.json")]
    prove = simkit("check", "app.json", "--prove")
    assert prove.out == answer.out
    assert "--prove: no deployment" in prove.err


def test_the_json_has_reach_patch_and_proof(
    files: list[str], simkit: Callable[..., Answer]
) -> None:
    """Null where there is none; the patch is one that the tool takes."""
    found = json.loads(simkit("check", *files, "--json", "--prove").out)
    by_rule = {each["rule"]: each for each in found}
    above, unneeded = by_rule["codes-above"], by_rule["scope-unneeded"]
    assert above["reach"] == {"agents": 12, "of": 12, "divisions": 3}
    assert above["proof"]["metric"] == "empty_openings_share"
    assert above["proof"]["before"] == {"mean": 1.0, "ci95": [1.0, 1.0]}
    assert above["proof"]["after"]["mean"] == 0.0
    assert above["proof"]["verdict"] == "cured"
    assert (unneeded["reach"], unneeded["patch"], unneeded["proof"]) == (None, None, None)
    if shutil.which("patch"):
        subprocess.run(["patch", "-p0"], input=above["patch"] + "\n", text=True, check=True)
        assert [each.rule for each in check(*files)] == ["scope-unneeded"]


def test_the_log_has_fixes_that_make_the_patch(
    files: list[str], simkit: Callable[..., Answer]
) -> None:
    """By the schema; whoever makes the replacement has what the patch makes."""
    log = json.loads(simkit("check", *files, "--format", "sarif", "--prove").out)
    assert faults(log) == []
    results = {each["ruleId"]: each for each in log["runs"][0]["results"]}
    [fix] = results["codes-above"]["fixes"]
    [change] = fix["artifactChanges"]
    [replacement] = change["replacements"]
    assert change["artifactLocation"]["uri"] == "widget.json"
    region = replacement["deletedRegion"]
    assert region["startLine"] == region["endLine"]
    lines = Path("widget.json").read_text("utf-8").splitlines()
    line = lines[region["startLine"] - 1]
    start, end = region["startColumn"] - 1, region["endColumn"] - 1
    assert line[start:end] == '"division"'
    assert replacement["insertedContent"]["text"] == '"hierarchical"'
    assert results["codes-above"]["properties"]["proof"]["verdict"] == "cured"
    assert "fixes" not in results["scope-unneeded"]
    assert "properties" not in results["scope-unneeded"]


def test_junit_shows_patches_with_the_failures(
    files: list[str], simkit: Callable[..., Answer]
) -> None:
    """The first line is that of the text, and the others follow."""
    root = ElementTree.fromstring(simkit("check", *files, "--format", "junit", "--prove").out)
    [above] = [case for case in root.iter("failure") if case.get("type") == "codes-above"]
    first, *more = (above.text or "").splitlines()
    assert first.endswith("[codes-above]")
    assert '    +    "filterType": "hierarchical",' in more
    assert more[-1].startswith("proof: ")


# --- mended files -------------------------------------------------------------------------------


def test_fix_writes_copies_and_leaves_the_originals(
    files: list[str], simkit: Callable[..., Answer]
) -> None:
    """What was done is said beside the report; a second time nothing is written over."""
    before = {name: Path(name).read_bytes() for name in files}
    plain = simkit("check", *files, "--json")
    answer = simkit("check", *files, "--json", "--fix")
    assert (answer.code, answer.out) == (1, plain.out)
    assert answer.err.splitlines() == [
        "simkit: widget.json: 1 patch, in widget.fixed.json",
        "simkit: 1 of 2 findings is left",
    ]
    assert {name: Path(name).read_bytes() for name in files} == before
    mended = [name.replace("widget.json", "widget.fixed.json") for name in files]
    assert [each.rule for each in check(*mended)] == ["scope-unneeded"]
    again = simkit("check", *files, "--fix")
    assert (again.code, again.out) == (2, "")
    assert again.err.startswith("simkit: widget.fixed.json: is there already")


def test_fix_in_place_changes_the_files(files: list[str], simkit: Callable[..., Answer]) -> None:
    """Nothing but what the patch says; no copy is made, and then there is nothing to mend."""
    [finding] = [each for each in check(*files) if each.patch]
    assert finding.patch
    text = Path("widget.json").read_text("utf-8")
    there = sorted(path.name for path in Path().iterdir())
    assert simkit("check", *files, "--fix", "--in-place").code == 1
    assert Path("widget.json").read_text("utf-8") == applied(text, finding.patch.edits)
    assert sorted(path.name for path in Path().iterdir()) == there
    again = simkit("check", *files, "--fix", "--in-place")
    assert again.err.splitlines() == [
        "simkit: nothing that is found has a patch",
        "simkit: 1 of 1 finding is left",
    ]


def test_in_place_without_fix_is_refused(simkit: Callable[..., Answer]) -> None:
    """In one line, before a file is looked at."""
    answer = simkit("check", "nowhere.json", "--in-place")
    assert answer == Answer(2, "", "simkit: --in-place: only --fix changes files\n")


# --- nobody's name ------------------------------------------------------------------------------


def _cut(text: str) -> str:
    return text[: text.rindex(MARK) + len(MARK)]


DAMAGES: dict[str, Callable[[str], str]] = {
    "whole": lambda text: text,
    "cut in a name": _cut,
    "cut in the first name": lambda text: text[: text.index(f"{MARK} Ann") + len(MARK)],
    "a first name without quotes": lambda text: text[: text.index(f'"{MARK} Ann')] + MARK,
    "no comma before a name": lambda text: text.replace(f',\n   "name": "{MARK}', f'\n "{MARK}', 1),
    "a name without quotes": lambda text: text.replace(f'"{MARK} Ann', f"{MARK} Ann", 1),
    "a name as a key": lambda text: text.replace('"name":', f'"{MARK} key": 1, "name":', 1),
    "a key twice": lambda text: text.replace('"email":', f'"{MARK}": 1, "{MARK}": 2, "email":', 1),
    "a list for a name": lambda text: text.replace(f'"{MARK} Ann 1"', f'["{MARK} Ann"]', 1),
    "a text for a division": lambda text: re.sub(
        r'"division": \{[^}]*\}', f'"division": "{MARK} division"', text, count=1
    ),
    "lines": lambda text: "\n".join(map(json.dumps, json.loads(text)["entities"])),
    "lines, one of them damaged": lambda text: "\n".join(
        line.replace(f'"{MARK} Ann', f"{MARK} Ann") if i == 1 else line
        for i, line in enumerate(map(json.dumps, json.loads(text)["entities"]))
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.some(3)
def test_nobody_of_an_export_is_named_by_any_output(
    damage: str, tmp_path: Path, simkit: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names, addresses, logins and ids of people are in no output and in no file that is written.

    Neither where all is well, nor where a file of people is damaged in such a way that the
    complaint about any other file would quote it.
    """
    made = faulty("exports", TEAMS, "E1 codes", "T3", "E2 widget", "unneeded")
    names = short(marked(made, tmp_path), tmp_path, monkeypatch)
    users = Path("users-1.json")
    text = users.read_text("utf-8")
    assert MARKED.search(text)
    damaged = DAMAGES[damage](text)
    assert MARKED.search(damaged)
    assert (damaged == text) == (damage == "whole")
    users.write_text(damaged, "utf-8")
    # What is said of a damaged file is the same text in all of them.
    outputs = OUTPUTS if damage == "whole" else OUTPUTS[:4:2]
    for output in outputs:
        for checked in (names, ["users-1.json"]):
            answer = simkit("check", *checked, *output)
            assert answer.code in (0, 1, 2)
            assert not MARKED.search(answer.out + answer.err), output
    there = set(Path().iterdir())
    simkit("check", *names, "--fix", "--format", "sarif", "--out", "report.sarif")
    new = set(Path().iterdir()) - there
    assert Path("report.sarif") in new
    assert not any(MARKED.search(path.read_text("utf-8")) for path in new)


def test_packed_exports_are_read_and_people_in_a_table_are_not_named(
    tmp_path: Path, simkit: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table of users, packed by gzip, is none of the files that check reads by itself."""
    made = faulty("shared codes", TEAMS, "E1 filter")
    names = short(marked(made, tmp_path), tmp_path, monkeypatch)
    packed = Path("users.csv.gz")
    packed.write_bytes(gzip.compress(Path("users.csv").read_bytes()))
    names[names.index("users.csv")] = str(packed)
    for output in OUTPUTS[:5]:
        answer = simkit("check", *names, *output)
        assert answer.code == 1
        assert "all 12 agents in 3 divisions see an empty list" in answer.out
        assert not MARKED.search(answer.out + answer.err)


def test_findings_of_files_that_are_no_exports_still_quote_them(
    tmp_path: Path, simkit: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left out of complaints about people's files helps whoever mends another one."""
    monkeypatch.chdir(tmp_path)
    Path("widget.json").write_text('{"widgetId": status-reason}', "utf-8")
    assert '"status-reason"' in simkit("check", "widget.json").out


def test_a_clean_deployment_is_said_to_be_clean(
    tmp_path: Path, simkit: Callable[..., Answer]
) -> None:
    """Nothing is left to be said of its exports, which a check of them alone only notes."""
    names = written(plan("exports", TEAMS), tmp_path)
    assert simkit("check", *names, "--fail-on", "note", "--prove") == Answer(
        0, f"{len(names)} files checked, nothing found\n", ""
    )


def test_the_example_of_the_text_is_what_the_command_prints(
    simkit: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """docs/check.md shows a deployment of the kit's own files, with its patches and its proof."""
    root = Path(__file__).resolve().parents[2]
    section = (root / "docs" / "check.md").read_text("utf-8").partition("## A whole deployment")[2]
    [command, *_] = re.findall(r"^```sh\nsimkit (.*?)\n```", section, re.MULTILINE)
    [shown, *_] = re.findall(r"^```text\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    monkeypatch.chdir(root)
    assert simkit(*command.split()) == Answer(1, shown, "")

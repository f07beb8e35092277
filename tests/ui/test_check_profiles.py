"""`simkit check --profile` and audits on a profile: reports, exit codes, mended files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import Answer
from deployed import plan, written
from sarif_schema import faults

import simkit as kit
from simkit.base import resources
from simkit.checking.advice import ADVICE, advice
from simkit.checking.check import RULES, check
from simkit.checking.platforms import GUIDE, platform_of

DATA = resources.directory("data")
TEAMS = {"North": 4, "South": 5, "East": 3}
GENESYS = ("--profile", "genesys")


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A deployment without the scope that writes, with one that nobody knows, by relative names."""
    made = plan("organisation and page", TEAMS)
    scopes = ["presence:readonly", "presense", "authorization", "users"]
    made.registration["scopes"] = scopes
    names = written(made, tmp_path)
    monkeypatch.chdir(tmp_path)
    return [Path(name).name for name in names]


def test_the_text_speaks_of_the_profile(files: list[str], simkit: Callable[..., Answer]) -> None:
    """In the names of its scopes; what to do about a finding names whose they are."""
    answer = simkit("check", *files, *GENESYS)
    assert answer.code == 1
    assert "error: scopes: presence is missing" in answer.out
    assert '+    "presence"' in answer.out
    assert "  no patch: Spell the scope as the profile genesys does, or take it out." in answer.out
    assert "guide" not in answer.out
    assert answer.out != simkit("check", *files).out


def test_mended_files_are_judged_again_on_the_same_profile(
    files: list[str], simkit: Callable[..., Answer]
) -> None:
    """The scope that was added is none that the guide knows."""
    answer = simkit("check", *files, *GENESYS, "--fix")
    assert answer.err.splitlines() == [
        "simkit: application.json: 1 patch, in application.fixed.json",
        "simkit: 1 of 2 findings is left",
    ]


def test_the_log_names_commands_with_the_profile(
    files: list[str], tmp_path: Path, simkit: Callable[..., Answer]
) -> None:
    """As it was asked for, and only of traps that it tells of; labs have none of a profile."""
    log = json.loads(simkit("check", *files, *GENESYS, "--format", "sarif").out)
    assert faults(log) == []
    told = {each["id"]: each for each in log["runs"][0]["tool"]["driver"]["rules"]}
    helped = told["division-static"]["help"]["text"]
    assert helped.endswith("It leads to T2: simkit traps T2 --profile genesys measures it.")
    assert "simkit lab" not in json.dumps(log)
    said = told["scope-unknown"]["fullDescription"]["text"]
    assert said == "A scope that the profile genesys does not know."
    text = (DATA / "profiles" / "genesys.yaml").read_text("utf-8")
    for mine, is_told in ((text, True), (text[: text.index("traps:")], False)):
        (tmp_path / "mine.yaml").write_text(mine.replace("name: genesys", "name: mine"), "utf-8")
        said = simkit("check", *files, "--profile", "mine.yaml", "--format", "sarif").out
        assert ("simkit traps T2 --profile mine.yaml measures it" in said) == is_told
        assert ("simkit traps" in said) == is_told


def test_advice_is_the_same_where_no_profile_is_asked_for() -> None:
    """And of a profile it differs in what it says of scopes and of asking without a division."""
    assert {rule: advice(rule, GUIDE) for rule in RULES} == ADVICE
    there = platform_of("genesys")
    assert {rule for rule in RULES if advice(rule, there) != ADVICE[rule]} == {
        "division-static",
        "scope-unknown",
    }


def test_a_profile_that_is_not_there_is_refused_in_one_line(
    files: list[str], simkit: Callable[..., Answer]
) -> None:
    """Exit code 2, and nothing is judged; a file of another kind is told from a profile."""
    answer = simkit("check", *files, "--profile", "genesis")
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert answer.err.startswith("simkit: unknown profile 'genesis'; did you mean 'genesys'?")
    answer = simkit("check", *files, "--profile", files[0])
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert "this is an organisation, not a profile" in answer.err


def test_a_scenario_of_another_profile_ends_with_exit_code_2(
    files: list[str], simkit: Callable[..., Answer]
) -> None:
    """One line says which file, which field, what was found and what is allowed."""
    scenario = DATA / "scenarios" / "healthy.yaml"
    answer = simkit("check", scenario, files[0], *GENESYS)
    assert answer.code == 2
    [line] = answer.out.splitlines()
    assert line.startswith(f"{scenario}:")
    assert line.endswith(": error: profile: found 'guide'; allowed: 'genesys' [unreadable]")


def test_an_audit_judges_and_mends_on_its_profile(files: list[str]) -> None:
    """What is found is what check finds there, before a patch and after it."""
    audit = kit.audit(*files, profile="genesys")
    assert [each.rule for each in audit.findings] == ["scope-write", "scope-unknown"]
    assert [str(each) for each in audit.findings] == [
        str(each) for each in check(*files, profile="genesys")
    ]
    assert audit.settings.profile == "genesys"
    audit.choose(0)
    assert [each.rule for each in audit.apply().gone] == ["scope-write"]
    audit.choose(0)
    with pytest.raises(kit.BadInput, match="as the profile genesys does"):
        audit.apply()
    audit.clear()
    audit.add(*files)
    assert len(audit.findings) == 2

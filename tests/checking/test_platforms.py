"""Files judged for a platform by its profile: scopes by its names, and what holds there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from deployed import SHAPES, Plan, faulty, plan, written

from simkit.base import resources
from simkit.base.errors import BadInput
from simkit.checking.check import Finding, check
from simkit.checking.examining import Examined, examine
from simkit.checking.mending import mended
from simkit.checking.platforms import GUIDE, exporting, platform_of
from simkit.checking.proofs import proven
from simkit.inputs.profiles import load_profile

DATA = resources.directory("data")
DOCS = Path(__file__).parents[2] / "docs"
TEAMS = {"North": 4, "South": 5, "East": 3}
SCOPES = ["presence", "presence:readonly", "authorization:readonly", "users:readonly"]
"""What the vendor calls the scopes that the guide lists: to write, to read, divisions, users."""

Judge = Callable[..., list[Finding]]


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Check data for a platform, written to a file."""

    def judged(data: Any, profile: str | Path = "genesys") -> list[Finding]:
        path = tmp_path / "x.json"
        path.write_text(json.dumps(data), "utf-8")
        return check(path, profile=profile)

    return judged


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    """The profile of the invented vendor that docs/profiles.md shows."""
    text = (DOCS / "profiles.md").read_text("utf-8")
    [shown] = re.findall(r"^```yaml\n# acme\.yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    path = tmp_path / "acme.yaml"
    path.write_text(shown, "utf-8")
    return path


def there(made: Plan, scopes: list[str] | None = None) -> Plan:
    """Give a deployment as it is put up on the vendor's platform."""
    made.registration["scopes"] = list(SCOPES if scopes is None else scopes)
    if made.scenario is not None:
        profile: Any = "genesys"
        made.scenario = {"profile": profile, **made.scenario}
    return made


def registration(*scopes: str) -> dict[str, Any]:
    return {**plan("exports", TEAMS).registration, "scopes": list(scopes)}


def found_for_genesys(names: list[str]) -> Examined:
    return examine(names, platform=platform_of("genesys"))


def rules(findings: list[Finding]) -> list[str]:
    return [finding.rule for finding in findings]


def only(findings: list[Finding]) -> Finding:
    assert len(findings) == 1, [str(finding) for finding in findings]
    return findings[0]


# --- what is known of a platform ----------------------------------------------------------------


def test_the_guide_is_what_its_profile_says() -> None:
    """It is written down so that no profile is read where none is asked for."""
    assert replace(platform_of(DATA / "profiles" / "guide.yaml"), asked="") == GUIDE


def test_the_scopes_of_a_client_that_a_widget_needs_follow_from_names() -> None:
    """Those of the vendor's profile, each that only reads as a whole one too, and notifications."""
    whole = {"presence", "authorization", "users"}
    expected = {*whole, *(f"{scope}:readonly" for scope in whole), "notifications"}
    assert set(exporting(GUIDE).scopes) == set(platform_of("genesys").scopes) == expected


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ("genesis", "unknown profile 'genesis'; did you mean 'genesys'?"),
        ("nowhere.yaml", "nowhere.yaml: no such file"),
        (5, "profile: found 5; allowed: text or a path"),
    ],
)
def test_a_profile_that_cannot_be_used_is_refused(profile: Any, said: str) -> None:
    """In one line, before any file is judged."""
    with pytest.raises(BadInput) as refused:
        check("nowhere.json", profile=profile)
    assert str(refused.value).startswith(said)


# --- scopes -------------------------------------------------------------------------------------

LACKS = [
    (
        SCOPES[1:],
        "scope-write",
        "presence is missing: the list shows and each choice looks like a success, but the "
        "platform refuses it with 403 missing.permissions",
    ),
    (SCOPES[2:], "scope-read", "presence:readonly is missing: no reason codes can be listed"),
    (
        [*SCOPES[:2], "users"],
        "scope-missing",
        "authorization:readonly is missing, which the profile genesys lists",
    ),
    (SCOPES[:3], "scope-missing", "users:readonly is missing, which the profile genesys lists"),
    ([*SCOPES, "recordings"], "scope-unknown", "unknown scope 'recordings'"),
    ([*SCOPES, "presense"], "scope-unknown", "'presense'; did you mean 'presence'?"),
    ([*SCOPES, "division:read"], "scope-unknown", "unknown scope 'division:read'"),
]


@pytest.mark.parametrize(("scopes", "rule", "said"), LACKS)
def test_a_fault_of_scopes_is_told_in_the_names_of_the_platform(
    scopes: list[str], rule: str, said: str, judge: Judge
) -> None:
    """With the refusal of the profile; the guide's own names are none there."""
    findings = judge(registration(*scopes))
    assert any(said in finding.message for finding in findings if finding.rule == rule)
    assert set(rules(findings)) <= {rule, "scope-write"}
    assert not any("guide" in finding.message for finding in findings)


@pytest.mark.parametrize("scopes", [SCOPES, ["presence", "authorization", "users"]])
@pytest.mark.parametrize("more", [[], ["notifications"], ["presence:readonly"]])
def test_a_whole_scope_covers_the_one_that_only_reads(
    scopes: list[str], more: list[str], judge: Judge
) -> None:
    """And what no widget has to have is no stranger."""
    assert judge(registration(*scopes, *more)) == []


def test_the_names_of_the_guide_grant_nothing_there(judge: Judge) -> None:
    """The guide's registration lacks all four, and has four that nobody knows."""
    findings = judge(json.loads((DATA / "payloads" / "portal-application.json").read_text("utf-8")))
    missing = {"scope-write", "scope-read", "scope-missing"}
    assert sum(rule in missing for rule in rules(findings)) == 4
    assert rules(findings).count("scope-unknown") == 4


# --- what holds there ---------------------------------------------------------------------------


def test_a_code_without_a_division_is_none_where_that_trap_vanishes(
    judge: Judge, acme: Path
) -> None:
    """It belongs to all divisions there; of a platform that says nothing of it, it is found."""
    code = {"name": "Lunch", "type": "BREAK", "status": "NOT_AVAILABLE"}
    assert judge(code) == []
    for profile in ("guide", acme):
        assert rules(judge(code, profile)) == ["division-omitted"]


def test_the_life_of_a_token_is_that_of_the_platform(judge: Judge) -> None:
    """24 h there; no finding where the profile says that the trap vanishes, as below."""
    widget = {"widgetId": "status-reason", "containerId": "x", "configuration": {}}
    assert only(judge(widget)).message.startswith(
        "not set: idle sessions lose their token after 24 h"
    )
    widget["configuration"] = {"autoRefresh": False}
    assert only(judge(widget)).message.endswith("the widget dies after 24 idle hours")


def test_a_widget_without_a_division_is_right_where_the_platform_looks_who_asks(
    judge: Judge,
) -> None:
    """One with a division has to give it up; there is no value to put in its place."""
    configuration: dict[str, Any] = {"autoRefresh": True}
    widget = {"widgetId": "status-reason", "containerId": "x", "configuration": configuration}
    assert judge(widget) == []
    assert rules(judge(widget, "guide")) == ["division-unset"]
    configuration["divisionId"] = plan("exports", TEAMS).ids["North"]
    finding = only(judge(widget))
    assert (finding.rule, finding.patch) == ("division-static", None)
    assert finding.message.endswith("a list without one follows the agent")


def test_a_profile_of_ones_own_decides_as_well(judge: Judge, acme: Path) -> None:
    """The documented one: its refusal, and no word of renewal, as its tokens outlive all shifts.

    Scopes have the guide's names until the profile gives others.
    """
    widget = {"widgetId": "status-reason", "containerId": "x"}
    configuration = {"divisionId": "{{context.user.divisionId}}", "autoRefresh": False}
    assert judge(widget | {"configuration": configuration}, acme) == []
    scopes = plan("exports", TEAMS).registration["scopes"]
    assert judge(registration(*scopes), acme) == []
    finding = only(judge(registration(scopes[0], *scopes[2:]), acme))
    assert finding.message.startswith("telephony:status:write is missing")
    assert finding.message.endswith("refuses it with 403 scope-missing")
    text = acme.read_text("utf-8")
    name = '{value: status.set, source: "Acme handbook, scopes", grade: A}'
    acme.write_text(
        text.replace("names:\n", f"names:\n  telephony:status:write: {name}\n"), "utf-8"
    )
    finding = only(judge(registration(scopes[0], *scopes[2:]), acme))
    assert finding.message.startswith("status.set is missing")
    assert judge(registration(scopes[0], "status.set", *scopes[2:]), acme) == []


# --- deployments --------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
def test_a_clean_deployment_on_the_platform_has_no_finding(shape: str, tmp_path: Path) -> None:
    """Its settings stand on the profile, in the kit's names of scopes."""
    examined = found_for_genesys(written(there(plan(shape, TEAMS)), tmp_path))
    assert examined.findings == []
    assert examined.deployment
    settings, profile = examined.deployment.settings, load_profile("genesys")
    assert settings.profile == "genesys"
    assert set(settings.application.scopes) == set(plan(shape, TEAMS).registration["scopes"])
    for path, choice in profile.choices.items():
        assert settings.get(path) == choice.value, path
    limit = profile.constants["rate_limit_per_min"].value
    assert settings.platform.rate_limit_per_min == (60 if "scenario" in shape else limit)
    assert settings.platform.token_life_ms == profile.constants["token_life_ms"].value


def test_a_patch_adds_the_name_of_the_platform_and_is_proven_there(tmp_path: Path) -> None:
    """What is judged and simulated again is on the same profile."""
    names = written(there(plan("organisation and page", TEAMS), SCOPES[1:]), tmp_path)
    examined = found_for_genesys(names)
    finding = only(proven(names, examined))
    assert (finding.rule, finding.reach and finding.reach.agents) == ("scope-write", 12)
    assert finding.patch
    assert [json.loads(each.text.strip(" ,\n")) for each in finding.patch.edits] == ["presence"]
    assert finding.proof
    assert (finding.proof.verdict, finding.proof.metric) == ("cured", "false_successes")
    assert mended(names, examined).left == []
    again = examined.again(names, examined.texts)
    assert again.findings == examined.findings
    assert again.deployment
    assert again.deployment.settings.profile == "genesys"


def test_a_token_that_all_share_is_held_to_the_limit_of_the_platform(tmp_path: Path) -> None:
    """12 agents every second are 720 requests a minute, of the 300 that the profile has."""
    names = written(there(faulty("exports", TEAMS, "limit")), tmp_path)
    finding = only(found_for_genesys(names).findings)
    assert finding.rule == "interval-limit"
    assert "of 300 that the token that all share may make" in finding.message


def test_nobody_is_told_of_renewal_whose_shift_a_token_outlives(tmp_path: Path) -> None:
    """Shifts of 8 h, tokens of 24 h: neither the widget nor the registration has to renew any."""
    made = there(faulty("exports", TEAMS, "E2 widget", "E2 application"))
    made.registration["refreshToken"] = False
    assert found_for_genesys(written(made, tmp_path)).findings == []


def test_a_code_without_a_division_lands_in_all_of_them(tmp_path: Path) -> None:
    """Nobody lacks it, and no list has a fault for it."""
    made = there(faulty("codes to create", TEAMS, "T1 payload"))
    made.configuration["filterType"] = "hierarchical"
    assert found_for_genesys(written(made, tmp_path)).findings == []


@pytest.mark.parametrize("shape", ["scenario", "scenario of an organisation"])
def test_a_scenario_of_another_profile_is_refused(shape: str, tmp_path: Path) -> None:
    """It says the guide's: one finding at its place, and no deployment."""
    made = plan(shape, TEAMS)
    made.scenario = {"profile": "guide", **made.scenario}
    made.registration["scopes"] = SCOPES
    examined = found_for_genesys(written(made, tmp_path))
    finding = only(examined.findings)
    assert (finding.rule, finding.field) == ("unreadable", "profile")
    assert finding.message == "found 'guide'; allowed: 'genesys'"
    assert examined.deployment is None


@pytest.mark.parametrize("shape", ["scenario", "scenario of an organisation"])
def test_a_scenario_that_names_no_profile_stands_on_the_one_asked_for(
    shape: str, tmp_path: Path
) -> None:
    """Such as one that was imported; without a profile asked for, it stands on the guide's."""
    made = plan(shape, TEAMS)
    made.registration["scopes"] = SCOPES
    names = written(made, tmp_path)
    asked, unasked = found_for_genesys(names), examine(names)
    assert asked.deployment
    assert asked.deployment.settings.profile == "genesys"
    assert asked.findings == []
    assert unasked.deployment
    assert unasked.deployment.settings.profile == "guide"


def test_a_scenario_names_its_own_profile_where_none_is_asked_for(tmp_path: Path) -> None:
    """What is put up with it is judged for that one; another one asked for is refused."""
    made = plan("scenario", TEAMS)
    made.scenario = {"profile": "genesys", **made.scenario}
    made.registration["scopes"] = SCOPES
    names = written(made, tmp_path)
    examined = examine(names)
    assert examined.findings == []
    assert examined.platform.profile == "genesys"
    assert check(*names, profile="genesys") == []
    refused = [finding for finding in check(*names, profile="guide") if finding.field == "profile"]
    assert only(refused).message == "found 'genesys'; allowed: 'guide'"

"""How traps stand on other platforms: what a profile says is what is measured."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from rich.console import Console

import simkit
from simkit import BadInput
from simkit.base import resources
from simkit.base.clock import MINUTE, SECOND
from simkit.rules.schedule import Window
from simkit.runs.events import DropdownOpened
from simkit.runs.metrics.registered import METRICS
from simkit.study.catalogue import TRAP_IDS
from simkit.study.comparison import FixResult, Study, TrapResult, compare_traps
from simkit.study.export import study_json
from simkit.study.stories import story_of
from simkit.ui.cli.trap_tables import print_study
from simkit.ui.lab.lab_view_model import snippet

ROOT = Path(__file__).resolve().parent.parent.parent
DATA = resources.directory("data")
GENESYS = simkit.traps_of("genesys")
OWN = ("G1", "G2", "G3", "G4", "G5")
RELATIONS = {
    "T1": "vanishes",
    "T2": "changes",
    "T3": "exists",
    "E1": "vanishes",
    "E2": "changes",
    "E3": "changes",
    "E4": "exists",
    **dict.fromkeys(OWN, "appears"),
}
"""Reasoned out beforehand, from flat divisions, tokens of a day and WFM that only scores."""
REDUCED = {"E4a", "E4c", "G5a"}
"""Fixes that only shorten a wait; all others take the cause away."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def measured() -> Study:
    return compare_traps(profile="genesys", replications=5)


def result(measured: Study, trap_id: str) -> TrapResult:
    return next(one for one in measured.traps if one.trap.id == trap_id)


def change(measured: Study, change_id: str) -> FixResult:
    changes = (fix for one in measured.traps for fix in (*one.fixes, *one.remedies))
    return next(fix for fix in changes if fix.change.id == change_id)


# Relations.


def test_the_profile_says_how_each_of_the_seven_stands_and_has_traps_of_its_own() -> None:
    """In the guide's order, with source and grade each; four of its own are the least."""
    said = {trap.id: trap.on_platform for trap in GENESYS.values()}
    assert {trap_id: each.relation for trap_id, each in said.items() if each} == RELATIONS
    assert tuple(said)[: len(TRAP_IDS)] == TRAP_IDS


@pytest.mark.parametrize("trap_id", RELATIONS)
@pytest.mark.some(6)
def test_what_is_measured_is_what_is_said(measured: Study, trap_id: str) -> None:
    """What vanishes shows nothing at all, all else beyond chance; the healthy base shows nothing.

    Only the busiest second of a day is above its mean wherever polls begin at random.
    """
    one = result(measured, trap_id)
    assert one.reproduced == (RELATIONS[trap_id] != "vanishes")
    assert one.as_said
    if not one.reproduced:
        assert one.estimate.high == 0
    assert one.base.mean == 0 or (trap_id == "G2" and one.base.mean < 0.05 * one.estimate.mean)


def test_every_fix_of_a_trap_that_shows_helps(measured: Study) -> None:
    """Those that only shorten a wait reduce, all others cure; each trap that shows has one."""
    assert measured.ok
    for one in measured.traps:
        verdicts = {fix.change.id: fix.verdict for fix in one.fixes}
        assert bool(verdicts) == one.reproduced
        for fix, verdict in verdicts.items():
            assert verdict == ("reduced" if fix in REDUCED else "cured"), fix


def test_a_relation_that_is_not_so_is_found(measured: Study, tmp_path: Path) -> None:
    """T3 said to vanish, T1 said to exist: neither is as said, and the study is not fine."""
    path = tmp_path / "other.yaml"
    text = (DATA / "profiles" / "genesys.yaml").read_text(encoding="utf-8")
    data = yaml.safe_load(text) | {"name": "other"}
    data["traps"] = [t for t in data["traps"] if t["id"] in ("T1", "T3")]
    for trap, relation in zip(data["traps"], ("exists", "vanishes"), strict=True):
        trap |= {"relation": relation, "scenario": f"{trap['id']}.yaml"}
        scenario = DATA / "scenarios" / "genesys" / f"{trap['id']}.yaml"
        (tmp_path / scenario.name).write_text(scenario.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    healthy = f"organisation: {DATA / 'orgs' / 'flat.yaml'}\nprofile: other.yaml\n"
    (tmp_path / "healthy.yaml").write_text(healthy, encoding="utf-8")
    wrong = compare_traps(profile=path, replications=2)
    assert [(one.trap.id, one.reproduced, one.as_said) for one in wrong.traps] == [
        ("T1", False, False),
        ("T3", True, False),
    ]
    assert not wrong.ok


def test_the_readings_of_what_is_undocumented_go_the_other_way(measured: Study) -> None:
    """T1 and E1 hang on what an explicit divisionId gives: if it leaves * out, every list is empty.

    If codes land in Home, the agents of Home find theirs, a third of all.
    """
    for trap_id in ("T1", "E1"):
        (explicit,) = [e for r, e in result(measured, trap_id).readings if r.id == "explicit"]
        assert explicit.low == 1
    (home,) = [e for r, e in result(measured, "T1").readings if r.id == "home"]
    assert home.low < 2 / 3 < home.high


def test_codes_of_all_divisions_are_everybody_s(measured: Study) -> None:
    """Where T1 and E1 vanish, each list holds the codes of three divisions and the one for all.

    Seen as a mean over the shift, without the moment before the first list.
    """
    for trap_id in ("T1", "E1"):
        seen = result(measured, trap_id).secondary["ancestor_codes_visible"]
        assert seen["base"] == pytest.approx(1, abs=0.001)
        assert seen["trap"] == pytest.approx(34, abs=0.01)


def test_a_login_reads_the_division_too_early_and_a_renewal_never_comes(measured: Study) -> None:
    """With tokens of a day the guide's fix of T2 does nothing, nor does reading it at the login."""
    for remedy in ("T2-me", "T2-renewal"):
        assert change(measured, remedy).identical
    # A change of division takes five minutes to take effect, and is noticed at the next poll: half
    # an interval more, and two ways of the wire.
    asked = change(measured, "T2-no-filter").estimate
    assert asked.low * MINUTE > 5 * MINUTE
    assert asked.mean * MINUTE < 5 * MINUTE + 30 * SECOND + 1_000


def test_by_default_no_token_dies_in_a_shift(measured: Study) -> None:
    """E2 needs the idle timeout, and background calls left out of it."""
    for _, reading in result(measured, "E2").readings:
        assert (reading.low, reading.high) == (0, 0)


# The traps of its own.


def test_an_overloaded_token_refuses_what_is_above_its_limit(measured: Study) -> None:
    """600 widgets ask 1,200 times a minute, 300 are admitted: three quarters are refused.

    Fewer in the half hours at the beginning and at the end, in which shifts start and are over.
    """
    one = result(measured, "G1")
    assert 0.7 < one.estimate.mean < 3 / 4
    share = one.secondary["rate_limit_share"]
    assert share["base"] == pytest.approx(2 / 300, rel=0.02)
    assert change(measured, "G1a").estimate.high == 0


def test_in_step_means_everybody_in_one_second(measured: Study) -> None:
    """At the end of a window all who were refused come back: nearly all 600 of them.

    With a wait of up to 60 s they spread over a minute, 10 a second and what chance adds.
    """
    one = result(measured, "G2")
    peak = one.secondary["peak_requests_per_s"]
    assert peak["trap"] == pytest.approx(600, rel=0.1)
    jitter = peak["G2a"]
    assert jitter is not None
    assert 10 < jitter < 40


def test_polls_keep_the_session_of_an_absent_agent_open(measured: Study) -> None:
    """Nothing is ever unresponsive then; without background calls it ends at the next poll.

    That comes within 30 s and a round trip of each timeout, of which a shift of 8 h has 16 at most.
    """
    one = result(measured, "G3")
    assert one.secondary["unresponsive_min"]["trap"] == 0
    fix = change(measured, "G3a")
    assert 0 < fix.estimate.mean * MINUTE < 16 * (30 * SECOND + 500)
    (cost,) = [each for each in fix.costs if each.metric == "unresponsive_min"]
    assert cost.fix is not None
    assert cost.fix > 60, "the price: dropdowns that do not respond"


def test_an_idle_session_is_counted_from_the_last_act() -> None:
    """By hand, for one agent: from 30 min after each act until the next one, or the end."""
    history = simkit.run(GENESYS["G3"].settings, 1, engine="processes").history
    agent = history.agents[0]
    day = history.days[agent]
    opened = [r.t for r in history.records(agent) if isinstance(r.data, DropdownOpened)]
    acts = [day.start, *opened, day.end]
    beyond = sum(max(0, b - a - 30 * MINUTE) for a, b in pairwise(acts))
    assert METRICS["idle_session_min"].read(history)[0] == beyond > 0


def test_a_status_without_a_mapping_costs_the_time_of_the_meetings(measured: Study) -> None:
    """Half an hour of Team Meeting a shift, less what agents come late for or cut short.

    Adherence by the kit's own formula is the same: nobody did anything else.
    """
    one = result(measured, "G4")
    assert 20 < one.estimate.mean < 30
    adherence = one.secondary["adherence_pct"]
    assert adherence["base"] == adherence["trap"]
    meetings = {
        (window.end - window.start) / MINUTE
        for day in simkit.run(GENESYS["G4"].settings, 1).days.values()
        for window in day.windows
        if isinstance(window, Window) and window.reason == "Team Meeting"
    }
    assert meetings == {30}


@pytest.mark.parametrize(("fix", "interval_s"), [("", 30), ("G5a", 15), ("G5b", 1)])
def test_plain_polling_shows_a_dead_code_for_half_an_interval(
    measured: Study, fix: str, interval_s: int
) -> None:
    """Half an interval on average, and what the way down adds, of 20 to 250 ms."""
    one = change(measured, fix).estimate if fix else result(measured, "G5").estimate
    half = 1_000 * interval_s / 2
    assert one.low < half + 200
    assert one.high > half


# What comes out.


@pytest.fixture(scope="module")
def document(measured: Study) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(study_json(measured)))
    return found


def test_the_json_says_relation_why_source_and_grade_of_each(document: dict[str, Any]) -> None:
    """Beside what is measured; four of its own at the least, each with a fix."""
    assert (document["profile"], document["ok"]) == ("genesys", True)
    for trap in document["traps"]:
        said = GENESYS[trap["id"]].on_platform
        assert said
        kept = ("relation", "why", "source", "grade")
        assert {key: trap[key] for key in kept} == {key: getattr(said, key) for key in kept}
    own = [trap for trap in document["traps"] if trap["relation"] == "appears"]
    assert len(own) >= 4
    assert all(trap["fixes"] and trap["reproduced"] for trap in own)


def screen(study: Study, **more: bool) -> str:
    """Give what ``simkit traps`` prints of a study."""
    console = Console(file=StringIO(), width=100, color_system=None)
    print_study(study, console, **more)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_the_screen_says_first_how_traps_stand_and_whether_that_was_measured(
    measured: Study,
) -> None:
    """No promise of the guide is counted, and what vanishes as said is no alarm."""
    lines = screen(measured).splitlines()
    assert lines[0] == "Measured as the profile says: 12 of 12."
    said = re.sub(r"\s+", " ", " ".join(lines[1:3]))
    assert "exists: T3 and E4; changes: T2, E2 and E3; vanishes: T1 and E1; appears: G1" in said
    assert not re.search("romise|guide's fixes", screen(measured))
    assert "simkit traps ID --profile genesys for its fault" in screen(measured)


def test_a_trap_without_a_fix_has_its_source_and_no_costs(measured: Study) -> None:
    """Whoever asks for details and costs of what vanishes gets the one, and no empty table."""
    study = replace(measured, traps=[result(measured, "E1")])
    text = screen(study, details=True, costs=True)
    assert "Source, grade A: SDK sources: a division has id" in text
    assert "Other readings of the platform" in text
    assert "What fixes cost" not in text


def test_the_guide_s_document_knows_nothing_of_relations() -> None:
    """Its form and its verdicts are those that are kept, to the byte."""
    kept = (DATA / "verdicts.json").read_text(encoding="utf-8")
    found = json.loads(json.dumps(study_json(compare_traps(["T3", "E1"]))))
    before = {trap["id"]: trap for trap in json.loads(kept)["traps"]}
    assert found["traps"] == [before["T3"], before["E1"]]


@pytest.mark.parametrize("trap_id", ["E1", "G3"])
def test_a_trap_of_a_profile_has_a_lab_with_the_platform_s_others(trap_id: str) -> None:
    """Whose code opens it again, and which tells its own story, or none where it vanishes."""
    lab = simkit.lab(GENESYS[trap_id])
    assert lab.state.catalogue is GENESYS
    told = lab.state.story
    assert (told and told.trap) == (trap_id if trap_id == "G3" else None)
    again = eval(snippet(lab.state), {"simkit": simkit})
    assert again.state.choice.settings == lab.state.choice.settings
    lab.state.choose_trap("G5")
    assert lab.state.choice.settings == GENESYS["G5"].settings


# Profiles of others.

DOC = ROOT / "docs" / "profiles.md"
FILES = dict(
    re.findall(r"^```yaml\n# (\S+)\n(.*?)^```", DOC.read_text(encoding="utf-8"), re.M | re.S)
)


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    """The files that the documentation shows, with an organisation beside them."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    shutil.copy(DATA / "orgs" / "small.yaml", tmp_path)
    return tmp_path


def test_the_documented_profile_of_an_invented_vendor_works_as_it_stands(acme: Path) -> None:
    """Three traps, as said; its constants and its choice are in force in its scenario."""
    study = compare_traps(profile=acme / "acme.yaml", replications=3)
    assert {one.trap.id: one.reproduced for one in study.traps} == {
        "T3": True,
        "E2": False,
        "A1": True,
    }
    assert study.ok
    assert study.profile == "acme"
    settings = simkit.load(acme / "healthy.yaml")
    assert settings.platform.reason_not_usable.code == "reason-gone"
    assert settings.interval_ms == MINUTE


TWISTS = {
    "a scenario that is not there": (
        "acme.yaml",
        ("scenario: E2.yaml", "scenario: E7.yaml"),
        "traps.1.scenario: ",
    ),
    "a scenario on another platform": (
        "healthy.yaml",
        ("profile: ./acme.yaml\n", ""),
        "is on the profile 'guide', and T3 of 'acme' is wanted",
    ),
    "a scenario of another trap": (
        "acme.yaml",
        ("scenario: E2.yaml", "scenario: T3.yaml"),
        "is the scenario of T3, and E2 of 'acme' is wanted",
    ),
    "a trap of the guide that appears": (
        "acme.yaml",
        ("relation: vanishes", "relation: appears"),
        "traps.1.relation: E2 is the guide's, which does not appear",
    ),
    "a trap of one's own that exists": (
        "acme.yaml",
        ("relation: appears", "relation: exists"),
        "traps.2.relation: A1 is none of the guide's traps; allowed: appears",
    ),
    "a scenario without a trap": (
        "E2.yaml",
        ("trap:\n", "name: x\nworkload: {}\ntrapped:\n"),
        "traps.1.scenario: ",
    ),
}


@pytest.mark.parametrize("case", TWISTS)
def test_a_profile_that_does_not_fit_its_scenarios_is_refused_at_its_place(
    case: str, acme: Path
) -> None:
    """One line, with the profile's file and line: nothing is measured of the others."""
    name, (old, new), said = TWISTS[case]
    path = acme / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(BadInput) as refused:
        compare_traps(profile=acme / "acme.yaml", replications=2)
    assert str(refused.value).startswith(f"{acme / 'acme.yaml'}:")
    assert said in str(refused.value)


def test_no_story_is_told_of_a_profile_of_ones_own(acme: Path) -> None:
    """Not even of a trap that has the id of one of the kit's."""
    catalogue = simkit.traps_of(acme / "acme.yaml")
    assert [story_of(trap) for trap in catalogue.values()] == [None] * len(catalogue)
    lab = simkit.lab(catalogue["T3"])
    assert lab.story["steps"] == []
    lab.close()


def test_a_profile_that_says_nothing_of_traps_can_run_and_has_no_catalogue(acme: Path) -> None:
    """It is refused where traps are asked for, in a line that says so."""
    path = acme / "acme.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("traps:")].replace("acme", "bare"), encoding="utf-8")
    with pytest.raises(BadInput, match="the profile 'bare' says nothing of traps"):
        simkit.traps_of(path)
    assert simkit.load(acme / "healthy.yaml").profile == "bare"

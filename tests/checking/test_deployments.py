"""Deployments judged as a whole: clean ones, each fault alone, pairs, what mends them, proofs."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

import pytest
from deployed import FAULTS, SHAPES, TRAPS, Plan, faulty, fitting, guid, pairs, plan, written
from extent import some
from hypothesis import given
from hypothesis import strategies as st

import simkit
from simkit.base import resources
from simkit.checking.check import RULES, Finding, Reach, check
from simkit.checking.examining import Examined, examine
from simkit.checking.mending import mended
from simkit.checking.proofs import SYMPTOMS, proven
from simkit.engines.running import measure
from simkit.study.catalogue import moved

TEAMS = {"North": 4, "South": 5, "East": 3}
SINGLE = [(shape, (name,)) for shape in SHAPES for name in fitting(shape, TEAMS)]
PAIRS = [(shape, pair) for shape in SHAPES for pair in pairs(fitting(shape, TEAMS))]
SCENARIOS = resources.directory("data") / "scenarios"
SMALL = resources.directory("data") / "orgs" / "small.yaml"

SCOPES_WITHOUT_STATUS = ["division:read", "user:read"]
Write = Callable[[Plan], list[str]]


@pytest.fixture(scope="module")
def write(tmp_path_factory: pytest.TempPathFactory) -> Write:
    """Write a deployment into a folder of its own, and give the names of its files."""
    root = tmp_path_factory.mktemp("deployments")
    numbers = count()
    return lambda made: written(made, root / str(next(numbers)))


def rules(findings: Sequence[Finding]) -> list[str]:
    return sorted(finding.rule for finding in findings)


def only(findings: Sequence[Finding]) -> Finding:
    assert len(findings) == 1, [str(finding) for finding in findings]
    return findings[0]


# --- what is found ------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
def test_a_clean_deployment_has_no_finding(shape: str, write: Write) -> None:
    """In none of the six shapes, and all of their files are parts of it."""
    made = plan(shape, TEAMS)
    examined = examine(write(made))
    assert examined.findings == []
    assert examined.deployment
    assert examined.deployment.organisation.agents[0].division in made.teams
    agents = examined.deployment.organisation.agents
    assert len(agents) == sum(TEAMS.values())
    assert (examined.deployment.application is not None) == (made.application is not None)


def expected(faults: Sequence[str], *, left: bool = False) -> list[str]:
    """Give the rules that faults are found by, or those of them that have no patch."""
    found = [FAULTS[name] for name in faults]
    return sorted(fault.rule for fault in found if not (left and fault.has_patch))


@pytest.mark.parametrize(
    ("shape", "faults"), SINGLE, ids=[f"{shape}: {names[0]}" for shape, names in SINGLE]
)
def test_a_fault_is_found_alone_and_its_patch_mends_it(
    shape: str, faults: tuple[str], write: Write
) -> None:
    """Exactly the finding of its rule; once the patch is made, none; without one, it stays."""
    names = write(faulty(shape, TEAMS, *faults))
    examined = examine(names)
    assert rules(examined.findings) == expected(faults)
    assert rules(mended(names, examined).left) == expected(faults, left=True)


def test_two_faults_are_found_beside_each_other(write: Write) -> None:
    """Neither hides the other nor makes a third, and patches of both fit together."""
    for shape, faults in some(PAIRS, 30):
        names = write(faulty(shape, TEAMS, *faults))
        examined = examine(names)
        assert rules(examined.findings) == expected(faults), (shape, faults)
        assert rules(mended(names, examined).left) == expected(faults, left=True)


def test_there_are_deployments_enough() -> None:
    """Clean ones, each fault alone and pairs: 80 at the least, and each trap in several shapes."""
    assert len(SHAPES) == 6
    assert len(SHAPES) + len(SINGLE) + len(some(PAIRS, 30)) >= 80
    for name in TRAPS:
        assert any(names == (name,) for _, names in SINGLE)


@pytest.mark.fuzz
@given(data=st.data())
def test_any_fault_in_any_deployment_is_found_and_mended(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever its shape and size: exactly that finding, none after the patch, and who is said.

    Whom a finding is about is never more than there are, and a fault that is about all lists or
    all choices is about everybody.
    """
    shape = data.draw(st.sampled_from(list(SHAPES)))
    sizes = data.draw(st.lists(st.integers(1, 9), min_size=2, max_size=5))
    teams = {f"Team {n}": size for n, size in enumerate(sizes, 1)}
    name = data.draw(st.sampled_from(fitting(shape, teams)))
    if name == "limit" and sum(sizes) < 6:
        teams["Team 1"] += 6  # fewer agents keep the limit even so
    names = written(faulty(shape, teams, name), tmp_path_factory.mktemp("any"))
    examined = examine(names)
    finding = only(examined.findings)
    assert finding.rule == FAULTS[name].rule
    everybody = sum(teams.values()) + 2 * (name == "isolation")
    if finding.reach:
        assert 0 < finding.reach.agents <= finding.reach.of == everybody
        assert str(finding.reach) in finding.message
    if name in ("T3", "T3 scenario", "E1 filter", "E2 widget", "limit", "E3", "E4"):
        assert finding.reach
        assert finding.reach.agents == everybody
    assert rules(mended(names, examined).left) == expected([name], left=True)


@pytest.mark.parametrize("trap", simkit.traps)
def test_each_trap_of_the_catalogue_is_found_in_its_scenario(trap: str) -> None:
    """Beside the organisation that it names: one finding, which leads to that trap."""
    finding = only(check(SCENARIOS / f"{trap}.yaml", SMALL))
    assert finding.trap == trap
    assert finding.reach == Reach(30, 30, 3)
    assert check(SCENARIOS / "healthy.yaml", SMALL) == []


# --- whom it is about ---------------------------------------------------------------------------


def test_agents_with_an_empty_list_are_counted(write: Write) -> None:
    """Codes of two teams lie above them, as exports have it: 9 of 12 agents see nothing."""
    made = plan("exports", TEAMS)
    made.codes = {name: ["East", "*"] for name in made.codes}
    finding = only(check(*write(made)))
    assert finding.rule == "codes-above"
    assert finding.reach == Reach(9, 12, 2)
    assert "9 of 12 agents in 2 divisions see an empty list" in finding.message
    assert "3 of 12 agents in 1 division lack some of theirs" in finding.message
    assert "ASSUMED" in finding.message, "the platform does not document it"


def test_agents_of_other_divisions_than_the_page_are_counted(write: Write) -> None:
    """North's id is written into the page: South and East may use nothing of what it lists."""
    finding = only(check(*write(faulty("organisation and page", TEAMS, "T2"))))
    assert finding.reach == Reach(8, 12, 2)
    assert finding.message.endswith("get a list of which they may use nothing")


def test_pages_of_several_divisions_are_told_apart_from_one_page_for_all(write: Write) -> None:
    """Each names its own division; only those are strangers whose division has no page."""
    made = faulty("organisation and page", TEAMS, "T2")
    made.second = {**made.configuration, "divisionId": made.ids["South"]}
    found = check(*write(made))
    assert rules(found) == ["division-static"] * 2
    assert {finding.reach for finding in found} == {Reach(3, 12, 1)}
    assert all("are of a division that has no page" in each.message for each in found)


def test_who_works_two_shifts_counts_once(tmp_path: Path, write: Write) -> None:
    """An agent of two shifts is two logins of a run, and one of the agents here."""
    names = write(faulty("codes to create", TEAMS, "T3"))
    file = next(Path(name) for name in names if name.endswith("organisation.json"))
    data = json.loads(file.read_text("utf-8"))
    data["shifts"].append({"name": "late", "start": "17:00", "end": "20:00"})
    data["agents"][0]["shift"] = ["day", "late"]
    file.write_text(json.dumps(data), "utf-8")
    assert only(check(*names)).reach == Reach(12, 12, 3)


def test_the_busiest_moment_counts_for_a_limit(write: Write) -> None:
    """12 agents at once, every 2 s: 360 a minute of 300. In shifts apart they are 6 at once: 180.

    Submissions are less than one a minute. The patch keeps to 80 % of the limit: 12 * 60 s / 240
    is 3 s, to the next whole 5 s.
    """
    made = faulty("scenario of an organisation", TEAMS, "limit")
    assert made.scenario
    made.scenario["platform"]["rate_limit_per_min"] = 300
    made.configuration["refreshIntervalMs"] = 2_000
    names = write(made)
    finding = only(check(*names))
    assert (finding.rule, finding.trap) == ("interval-limit", "E4")
    assert "about 360 requests in the busiest minute, of 300" in finding.message
    assert finding.patch
    assert [each.text for each in finding.patch.edits] == ["5000"]
    file = Path(names[0]).with_name("organisation.json")
    data = json.loads(file.read_text("utf-8"))
    data["shifts"].append({"name": "late", "start": "16:00", "end": "20:00"})
    for agent in data["agents"][:6]:
        agent["shift"] = "late"
    file.write_text(json.dumps(data), "utf-8")
    assert check(*names) == []


def test_what_people_choose_counts_for_a_limit_as_well(write: Write) -> None:
    """50 agents of 6 choices a day each make 300 in 8.5 h, in the busiest minute about twice 0.6.

    With a limit of one a minute that alone is too much, however seldom anybody polls.
    """
    made = faulty("scenario", {"North": 50}, "limit")
    assert made.scenario
    made.scenario["platform"]["rate_limit_per_min"] = 1
    made.configuration["refreshIntervalMs"] = 3_600_000
    finding = only(check(*write(made)))
    assert (finding.rule, finding.patch) == ("interval-limit", None)


def test_a_token_of_ones_own_keeps_what_a_shared_one_does_not(write: Write) -> None:
    """The client's grant says which: with a code each agent logs in, and polls alone."""
    made = faulty("exports", TEAMS, "limit")
    assert only(check(*write(made))).rule == "interval-limit"
    made.client["authorizedGrantType"] = "CODE"
    assert check(*write(made)) == []


def test_no_interval_keeps_a_limit_of_nearly_nothing(write: Write) -> None:
    """68 agents at one request a minute: they would have to wait longer than an hour each."""
    made = faulty("scenario", {**TEAMS, "North": 60}, "limit")
    assert made.scenario
    made.scenario["platform"]["rate_limit_per_min"] = 1
    finding = only(check(*write(made)))
    assert finding.rule == "interval-limit"
    assert finding.patch is None
    assert "give each agent a token" in finding.message


# --- codes and divisions ------------------------------------------------------------------------


def test_a_hierarchical_filter_is_right_where_codes_are_shared(write: Write) -> None:
    """Those above have no agents there: nobody's isolation is broken by what all are to use."""
    made = plan("organisation and page", TEAMS)
    made.codes = {name: ["Home"] for name in made.codes}
    made.configuration["filterType"] = "hierarchical"
    assert check(*write(made)) == []


def test_isolation_without_a_way_out_has_no_patch(write: Write) -> None:
    """A team above has codes of its own, and one below has none: an exact filter gives it none."""
    made = faulty("organisation and page", TEAMS, "isolation")
    for divisions in made.codes.values():
        divisions.remove("East")
    finding = only(check(*write(made)))
    assert (finding.rule, finding.reach) == ("isolation", Reach(9, 14, 2))
    assert finding.patch is None


def test_codes_of_a_division_without_agents_are_seen_by_nobody(write: Write) -> None:
    """The place is that of the code in the organisation's file; what to do is for people to say."""
    made = plan("codes to create", {"North": 2, "South": 2, "Empty": 0})
    made.created = []
    finding = only(check(*write(made)))
    assert (finding.rule, finding.field) == ("codes-unseen", "codes.2.division")
    assert finding.file.endswith("organisation.json")
    assert "4 of 12 codes, 'Short Break' and others, are in nobody's list" in finding.message
    assert finding.patch is None


def test_a_code_for_an_unknown_division_is_found(write: Write) -> None:
    """Its id is possible, and the organisation has none such; a file alone cannot tell."""
    made = plan("codes to create", TEAMS)
    made.created[1]["divisionId"] = guid(77)
    names = write(made)
    finding = only(check(*names))
    assert (finding.rule, finding.line, finding.field) == ("division-unknown", 2, "1.divisionId")
    assert check(next(name for name in names if name.endswith(".jsonl"))) == []


def test_a_code_without_a_division_is_mended_where_there_is_but_one(write: Write) -> None:
    """With agents in one division alone it is that one; else nobody can say which is meant."""
    for teams, is_mended in (({"North": 3, "South": 0}, True), (TEAMS, False)):
        made = faulty("codes to create", {**teams}, "T1 payload")
        for divisions in made.codes.values():
            divisions[:] = [name for name in divisions if teams.get(name)]
        del made.created[1:]
        names = write(made)
        examined = examine(names)
        finding = only(examined.findings)
        assert (finding.rule, finding.trap) == ("division-omitted", "T1")
        assert "in no list of all" in finding.message
        assert (finding.patch is not None) == is_mended
        assert (mended(names, examined).left == []) == is_mended


def test_new_codes_that_exports_have_already_are_no_second_ones(write: Write) -> None:
    """Whoever checks again, once the codes were created, finds nothing."""
    made = plan("codes to create", TEAMS)
    made.created[0]["name"] = "Meal"
    assert check(*write(made)) == []


# --- what the files say -------------------------------------------------------------------------


def test_what_only_a_browser_knows_is_not_guessed(write: Write) -> None:
    """A filter that a script works out says nothing of lists; the interval beside it counts."""
    names = write(faulty("shared codes", TEAMS, "E1 filter", "limit"))
    page = Path(next(name for name in names if name.endswith(".js")))
    text = page.read_text("utf-8")
    page.write_text(text.replace('"division"', "filterOf(location)"), "utf-8")
    assert rules(check(*names)) == ["expression", "interval-limit"]


def test_files_that_make_no_deployment_are_judged_as_ever(write: Write) -> None:
    """A file alone, and files without an organisation: nothing is said that they do not say."""
    names = write(plan("scenario", TEAMS))
    for name in names:
        found = rules(check(name))
        assert found == (["unrecognised"] if "scenario" in name else [])
    exports = [name for name in write(plan("exports", TEAMS)) if "application" not in name]
    exports = [name for name in exports if "widget" not in name]
    assert set(rules(check(*exports))) == {"export"}
    assert examine(exports).deployment is None
    assert set(rules(check(names[0], names[0]))) == {"unrecognised"}


def test_exports_without_users_make_no_deployment(write: Write) -> None:
    """Agents made up would be counted as if they were there; of who is scheduled no division is
    known."""
    names = [name for name in write(plan("exports", TEAMS)) if "users" not in name]
    for some_names in (names, [name for name in names if "schedule" not in name]):
        examined = examine(some_names)
        assert examined.deployment is None
        assert set(rules(examined.findings)) == {"export"}


def test_nothing_is_said_of_lists_where_codes_did_not_come_in(write: Write) -> None:
    """Nor of divisions that were not exported; what a file says by itself is said all the same."""
    for fault in ("E1 codes", "no codes", "types"):
        names = write(faulty("exports", TEAMS, fault, "T3"))
        examined = examine([name for name in names if "definitions" not in name])
        assert examined.deployment
        assert rules(examined.findings) == ["scope-write"]
    names = write(faulty("exports", TEAMS, "unknown division"))
    found = check(*(name for name in names if "divisions" not in name))
    assert rules(found) == ["division-static"]


def test_a_missing_page_is_said(write: Write) -> None:
    """Counts are of what came in, and a page of users did not."""
    names = [name for name in write(plan("exports", {"North": 12})) if "users-2" not in name]
    found = check(*names)
    assert rules(found) == ["organisation-partial"] * 2
    assert any("page 2 of 2 is not there" in finding.message for finding in found)
    assert any("7 came in, of 12" in finding.message for finding in found)
    assert {finding.severity for finding in found} == {"note"}


def test_a_scenario_that_cannot_be_used_is_a_finding_at_its_place(write: Write) -> None:
    """Line and field, as simkit run says it; the other files are judged all the same."""
    names = write(faulty("scenario of an organisation", TEAMS, "T3"))
    scenario = Path(next(name for name in names if name.endswith("scenario.yaml")))
    scenario.write_text(scenario.read_text("utf-8").replace("own", "borrowed"), "utf-8")
    found = check(*names)
    assert rules(found) == ["scope-write", "unreadable"]
    refused = next(finding for finding in found if finding.rule == "unreadable")
    assert (refused.line, refused.field) == (6, "application.token_topology")
    assert examine(names).deployment is None


def test_a_second_organisation_and_a_second_scenario_are_said(write: Write) -> None:
    """The first of each counts."""
    one = write(plan("scenario", TEAMS))
    other = write(plan("scenario", {"West": 2}))
    found = check(*one, other[0])
    assert rules(found) == ["settings-contradict"]
    assert found[0].file == other[0]
    assert f"that of {one[0]} is taken" in found[0].message
    [first] = [name for name in write(plan("codes to create", TEAMS)) if "organisation" in name]
    assert rules(check(first, other[1], SMALL)) == ["settings-contradict"]


def test_an_organisation_that_is_named_takes_the_place_of_the_scenarios(write: Write) -> None:
    """The scenario has its own, of 30; those who are counted are the 12 of the file beside it."""
    [file] = [name for name in write(plan("codes to create", TEAMS)) if "organisation" in name]
    finding = only(check(SCENARIOS / "T3.yaml", file))
    assert finding.reach == Reach(12, 12, 3)


def test_contradictions_name_the_file_that_says_otherwise(write: Write) -> None:
    """The last one is blamed, and the patch takes the value of the first."""
    names = write(faulty("shared codes", TEAMS, "contradiction"))
    finding = only(check(*names))
    assert finding.file.endswith("second.json")
    assert finding.message.startswith("60000, and 30000 in ")
    assert finding.patch
    assert [each.text for each in finding.patch.edits] == ["30000"]


def test_what_a_scenario_sets_in_vain_is_said(write: Write) -> None:
    """As simkit run says it, with the place."""
    made = plan("scenario", TEAMS)
    assert made.scenario
    made.scenario["widget"] = {"retry_jitter_ms": 60_000}
    finding = only(check(*write(made)))
    assert (finding.rule, finding.field) == ("settings-doubtful", "widget.retry_jitter_ms")
    assert "has no effect without widget.honour_retry_after" in finding.message


def test_settings_that_cannot_be_together_are_said(write: Write) -> None:
    """Each value is allowed; polls every second that read a version first may overlap."""
    made = plan("exports", TEAMS)
    made.client["authorizedGrantType"] = "CODE"
    made.configuration |= {"refreshIntervalMs": 1_000, "version": 3}
    finding = only(check(*write(made)))
    assert finding.rule == "settings-impossible"
    assert "polls every 1000 ms overlap" in finding.message


# --- proofs -------------------------------------------------------------------------------------

PROVEN = [
    ("scenario", "T1 codes"),
    ("organisation and page", "T2"),
    ("exports", "T3"),
    ("shared codes", "E1 filter"),
    ("codes to create", "E2 application"),
    ("scenario of an organisation", "E3"),
    ("scenario", "E3 force"),
    ("scenario", "E4"),
    ("scenario", "limit"),
    ("organisation and page", "isolation"),
    ("exports", "types"),
]
"""A shape for each kind of fault that can be simulated."""


@pytest.fixture(scope="module", params=some(PROVEN, 9), ids=lambda each: each[1])
def proven_case(
    request: pytest.FixtureRequest, write: Write
) -> tuple[str, str, list[str], Examined, Finding]:
    """A fault with its proof: its shape, its name, the files, what was examined, the finding."""
    shape, name = request.param
    names = write(faulty(shape, TEAMS, name))
    examined = examine(names)
    return shape, name, names, examined, only(proven(names, examined))


Case = tuple[str, str, list[str], Examined, Finding]


def test_a_trap_shows_before_the_patch_and_not_after_it(proven_case: Case) -> None:
    """The interval before lies above 0, and that of the difference below it.

    The patch cures or reduces what is measured; but that force costs adherence is seen in a part
    of it only, as agents come back late from breaks anyway.
    """
    _, name, *_, finding = proven_case
    assert finding.proof
    assert finding.proof.before.low > 0
    assert finding.proof.verdict in ("cured", "reduced") or name == "E3 force"
    assert finding.proof.difference
    assert finding.proof.difference.high < 0
    assert finding.proof.agents == finding.proof.of >= sum(TEAMS.values())


def test_a_mended_deployment_runs_as_a_clean_one(proven_case: Case, write: Write) -> None:
    """What is measured after the patch is what the deployment has that never had the fault.

    Where the patch takes another way than back, as a longer interval or a lock, it need not.
    """
    shape, name, _, _, finding = proven_case
    if name in ("limit", "E3", "E3 force", "E1 filter"):
        return
    made = plan(shape, TEAMS)
    if name == "isolation":
        made = faulty(shape, TEAMS, name)
        made.configuration["filterType"] = "division"
    clean = examine(write(made))
    assert clean.deployment
    assert finding.proof
    assert finding.proof.after
    settings = clean.deployment.widgets[0].settings
    trap = finding.trap
    if trap:
        usual = moved(simkit.traps[trap].settings, settings.organisation)
        settings = settings.with_top().replace(
            {
                each.field: usual.get(each.field)
                for each in simkit.traps[trap].fault
                if each.field.startswith("workload.")
            }
        )
    values = [row[0] or 0.0 for row in measure(settings, range(1, 11), [finding.proof.metric])]
    assert finding.proof.after.mean == pytest.approx(sum(values) / len(values))


def test_every_rule_with_a_symptom_has_a_trap_or_a_metric_of_its_own() -> None:
    """Metrics are known by name, and that of a trap's rule is the trap's own first symptom."""
    own = {"isolation", "interval-limit", "force-adherence"}
    for rule, metrics in SYMPTOMS.items():
        trap = RULES[rule].trap
        if trap and rule not in own:
            assert metrics[0] == simkit.traps[trap].metric, rule


def test_a_finding_without_a_patch_is_simulated_as_it_is(write: Write) -> None:
    """There is nothing to compare with; the symptom is there."""
    names = write(faulty("exports", TEAMS, "no codes"))
    finding = only(check(*names, prove=True))
    assert finding.proof
    assert finding.proof.before.low > 0
    assert (finding.proof.after, finding.proof.verdict) == (None, "no patch")


def test_a_large_organisation_is_proven_on_a_part_of_it(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How many are simulated, and of how many, is said."""
    monkeypatch.setattr("simkit.checking.proofs.MOST_AGENTS", 6)
    finding = only(check(*write(faulty("exports", TEAMS, "T3")), prove=True))
    assert finding.proof
    assert (finding.proof.agents, finding.proof.of) == (6, 12)
    assert "6 of 12 agents" in str(finding.proof)


def test_a_limit_that_too_many_share_is_not_simulated_and_it_is_said(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part of those who share it would keep it."""
    monkeypatch.setattr("simkit.checking.proofs.MOST_SHARING", 6)
    finding = only(check(*write(faulty("exports", TEAMS, "limit")), prove=True))
    assert finding.proof is None
    assert "too many agents share a limit to be simulated" in finding.message


def test_a_proof_in_which_nothing_shows_says_why(write: Write) -> None:
    """Without the scope to read, nobody gets so far as to miss the one to write."""
    made = plan("organisation and page", TEAMS)
    made.registration["scopes"] = SCOPES_WITHOUT_STATUS
    names = write(made)
    proofs = {f.proof.metric: str(f.proof) for f in proven(names, examine(names)) if f.proof}
    assert "n/a, as it does not show here; another finding may hide it" in proofs["false_successes"]
    assert "cured" in proofs["empty_openings_share"]

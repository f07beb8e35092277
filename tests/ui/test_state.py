"""What is chosen in a lab: the symptom first, the same day for every fix, nothing run twice."""

from __future__ import annotations

from typing import Any

import pytest
from known_traps import KNOWN

import simkit
from simkit import BadInput
from simkit.inputs.drawing import drawn
from simkit.rules.workload import Intention, with_intention
from simkit.runs.events import Submitted
from simkit.study.catalogue import TRAP_IDS
from simkit.study.comparison import compare
from simkit.study.verdicts import catalogue
from simkit.ui.lab import lab_view_model
from simkit.ui.lab.scenario_selection import CUSTOM, HEALTHY, TRAP, OpenScene, ScenarioSelection
from simkit.ui.lab.state import LabState

EVERY_CHANGE = [
    (trap.id, change.id)
    for trap in simkit.traps.values()
    for change in (*trap.fixes, *trap.remedies)
]


def opened(trap_id: str, **choice: Any) -> LabState:
    return LabState(ScenarioSelection(simkit.traps[trap_id], **choice))


@pytest.mark.slow
@pytest.mark.parametrize("trap_id", TRAP_IDS)
def test_a_lab_opens_on_the_symptom_and_a_fix_takes_it_away(trap_id: str) -> None:
    """Nobody has to search for the lesson: agent and moment stay for the comparison."""
    state = opened(trap_id)
    shows = KNOWN[trap_id].shows
    assert shows(state.piece)
    harm = state.view.run.discrepancy_ms
    assert harm(state.agent) == max(harm(agent) for agent in state.view.run.agents)
    agent, moment, worst = state.agent, state.moment, harm(state.agent)
    for fix in state.choice.trap.fixes:
        state.choose_preset(fix.id)
        assert (state.agent, state.moment) == (agent, moment)
        assert state.view.run.discrepancy_ms(agent) <= worst
        assert not shows(state.piece), fix.id
    state.choose_preset(HEALTHY)
    assert not shows(state.piece)
    assert not state.piece.wrong


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("preset", r"no attribute 'preset'; do you mean lab\.choose\(\"preset\", value\)\?"),
        ("refresh_interval_ms", r'choose\("field", \("refresh_interval_ms", value\)\)\?'),
        ("agent", r"'agent' cannot be set; do you mean lab\.choose\(\"agent\", value\)\?"),
        ("moment", r"'moment' cannot be set; do you mean lab\.choose\(\"moment\", value\)\?"),
        ("choice", "'choice' cannot be set"),
        ("shfit", "no attribute 'shfit'; did you mean 'shift'"),
    ],
)
def test_what_is_chosen_in_another_way_cannot_be_assigned(name: str, said: str) -> None:
    """An assignment that changed nothing, or less than a choice does, would go unseen."""
    state = opened("E4")
    before = repr(state)
    with pytest.raises(AttributeError, match=said):
        setattr(state, name, "E4b")
    assert repr(state) == before


def test_each_settings_are_run_once_and_moving_runs_nothing() -> None:
    """Agents, moments and stops are only read, and a fix made by hand is the fix's run."""
    state = opened("E4")
    for _ in range(3):
        for preset in state.choice.presets:
            state.choose_preset(preset.id)
            state.numbers()
    # Healthy, trap, five changes; Custom starts as the trap.
    made = len(state.choice.presets) - 1
    assert state.runs_made == made
    state.set_field("refresh_interval_ms", 15_000)
    assert state.runs_made == made, "the same fields as the fix E4a"
    first, last = state.shift
    for t in range(first, last, 997_003):
        state.move_to(t)
        assert state.moment == t
    for agent in state.view.run.agents_by_discrepancy:
        state.choose_agent(agent)
    while state.go_to_discrepancy(-1):
        pass
    assert state.runs_made == made


@pytest.mark.parametrize("trap_id", TRAP_IDS)
def test_forward_and_back_stop_at_the_same_discrepancies(trap_id: str) -> None:
    """From either end of a shift the buttons miss none of them and come to an end."""
    state = opened(trap_id)
    first, _ = state.shift
    stops = state.view.stops(state.agent)
    state.move_to(first)
    forward = []
    while state.go_to_discrepancy(1):
        forward.append(state.moment)
    backward = []
    while state.go_to_discrepancy(-1):
        backward.append(state.moment)
    assert forward == [t for t in stops if t > first]
    assert backward == stops[:-1][::-1]
    assert not state.go_to_discrepancy(-1)


# Two fixes at once, fields by hand.


def test_two_fixes_at_once_are_both_in_place() -> None:
    """Both differences are in force, and the second fix can be taken out again."""
    state = opened("E4")
    state.choose_preset("E4a")
    assert [p.id for p in state.choice.also] == ["E4b", "E4c", "E4b-console", "E4b-mount"]
    state.choose_also("E4b")
    assert state.choice.preset == "E4a+E4b"
    assert {(d.field, d.new) for d in state.choice.differences} == {
        ("widget.refresh_interval_ms", 15_000),
        ("widget.version_parameter", True),
    }
    state.choose_also("")
    assert state.choice.preset == "E4a"


@pytest.mark.slow
@pytest.mark.parametrize("trap_id", TRAP_IDS)
@pytest.mark.some(3)
def test_fixes_that_contradict_each_other_are_not_offered_together(trap_id: str) -> None:
    """Where two set one field differently, the order of choosing would decide."""
    state = opened(trap_id)
    trap = state.choice.trap
    for change in (*trap.fixes, *trap.remedies):
        state.choose_preset(change.id)
        for other in state.choice.also:
            assert other.change is not None
            both = change.set.keys() & other.change.set.keys()
            assert all(change.set[path] == other.change.set[path] for path in both)
            assert other.id != change.id


def test_fields_by_hand_add_up_and_reset_takes_them_back() -> None:
    """A second change does not undo the first, by short name or by path."""
    state = opened("E4")
    state.set_field("refresh_interval_ms", 15_000)
    state.set_field("widget.force", True)
    assert state.choice.preset == CUSTOM
    assert {d.field for d in state.choice.differences} == {
        "widget.refresh_interval_ms",
        "widget.force",
    }
    state.reset()
    assert (state.choice.preset, dict(state.choice.changes)) == (TRAP, {})


@pytest.mark.parametrize(
    "command",
    [
        lambda state: state.choose_preset("E9x"),
        lambda state: state.choose_preset("E4a+nonsense"),
        lambda state: state.choose_trap("E9"),
        lambda state: state.set_field("refresh_interval_ms", 5),
        lambda state: state.set_field("no_such_field", 5),
        lambda state: state.set_seed(-1),
        lambda state: state.set_seed(1.5),
        lambda state: state.choose_agent("nobody"),
        lambda state: state.move_to("25:00"),
        lambda state: state.act(99),
        lambda state: state.act(None),
        lambda state: state.undo(),
    ],
)
def test_what_cannot_be_done_is_refused_and_leaves_all_as_it_was(command: Any) -> None:
    """A refusal costs the learner nothing: choice, agent, moment and run are the same."""
    state = opened("E4")
    before = (state.choice, state.agent, state.moment, state.view.run.digest)
    with pytest.raises(BadInput):
        command(state)
    assert (state.choice, state.agent, state.moment, state.view.run.digest) == before


# Acting as the agent.


def test_an_act_runs_the_same_world_plus_this_one_act() -> None:
    """All earlier records and all other agents stay; added by hand the digest is the same."""
    state = opened("T3")
    before, t = state.view.run, state.moment
    code = state.piece.desk.entries[4]
    state.act(code, minutes=7)
    after = state.view.run
    shared = len([r for r in before.log if r.t < t])
    assert [*after.log][:shared] == [*before.log][:shared]
    done = [r for r in after.records(state.agent) if r.kind == "submit" and r.t == t]
    assert [r.data.code for r in done] == [code]
    others = [a for a in before.agents if a != state.agent]
    assert all(after.records(a) == before.records(a) for a in others)
    wanted = Intention(t, after.history.directory.codes[code].name, 7 * 60_000, "")
    drawn = simkit.run(before.settings, seed=1).days[state.agent]
    by_hand = {state.agent: with_intention(drawn, wanted)}
    assert simkit.run(before.settings, seed=1, days=by_hand).digest == after.digest


def test_after_an_act_the_moment_is_where_the_widget_has_answered() -> None:
    """The learner need not look for T3's false success: it is on the screen."""
    state = opened("T3")
    state.act(state.piece.desk.entries[0])
    assert state.piece.desk.said == "success"
    assert KNOWN["T3"].shows(state.piece), "T3: success was shown and nothing was written"


def test_beside_a_fix_the_moment_is_where_both_desks_have_answered() -> None:
    """The lock of E3a turns away at once, the trap's success follows: both are on the screen."""
    state = opened("E3")
    state.choose_preset("E3a")
    locked = next(p for p in state.view.pieces(state.agent) if p.desk.state == "locked")
    state.move_to(locked.start + 1_000)
    t = state.moment
    state.act(state.trapped.at(state.agent, t).desk.entries[0], on=state.trapped)
    turned_away = [r.t for r in state.view.run.records(state.agent) if r.kind == "turned_away"]
    assert t in turned_away
    shown = [r.t for r in state.trapped.run.records(state.agent) if r.kind == "success"]
    answered = min(s for s in shown if s >= t)
    assert t < answered <= t + 2 * state.choice.settings.wire.delay_max_ms
    assert state.moment == answered
    trap, fix = (view.at(state.agent, state.moment).desk for view in (state.trapped, state.view))
    assert (trap.said, fix.said, fix.state) == ("success", "", "locked")
    state.undo()
    assert state.moment == t
    state.choose_preset("E3c")
    state.move_to(t)
    state.act(state.piece.desk.entries[0])
    forced = [r.t for r in state.view.run.records(state.agent) if r.kind == "success"]
    assert state.moment == min(s for s in forced if s >= t)


def test_an_act_that_is_never_answered_leaves_the_moment_where_it_is() -> None:
    """The page is reloaded while the reply is on its way: nothing answers, now or hours later."""
    state = opened("E4")
    agent = next(a for a in state.view.run.agents_by_discrepancy if state.view.run.days[a].reloads)
    reload = state.view.run.days[agent].reloads[0]
    state.choose_agent(agent)
    state.move_to(reload - 10)
    state.act(state.piece.desk.entries[0])
    assert state.moment == reload - 10


def test_both_worlds_meet_the_same_act() -> None:
    """One and the same choice, sent in the same millisecond, is written with T3a and not in T3."""
    state = opened("T3")
    state.choose_preset("T3a")
    agent, code, at = state.agent, state.piece.desk.entries[0], state.moment
    state.act(code, on=state.trapped)
    assert len(state.choice.acts) == 1
    views = (state.trapped, state.view)
    sent, replies = (
        [
            next((r.t, r.data) for r in view.run.records(agent) if r.kind == kind and r.t >= at)
            for view in views
        ]
        for kind in ("submit", "success")
    )
    assert sent[0] == sent[1] == (at, Submitted(code, force=False))
    assert [(data.code, data.status) for _, data in replies] == [(code, 403), (code, 200)]
    statuses = [view.at(agent, state.moment + 1_000).truth.status for view in views]
    assert statuses[0] != code
    assert statuses[1] == code


def test_undoing_an_act_gives_the_world_before_it() -> None:
    """Trying costs nothing: run and moment are those of before the act."""
    state = opened("T3")
    digest, moment = state.view.run.digest, state.moment
    state.act(state.piece.desk.entries[0])
    assert state.view.run.digest != digest
    state.undo()
    assert (state.view.run.digest, state.moment) == (digest, moment)


def test_trying_a_dead_dropdown_makes_the_agent_log_in_again() -> None:
    """E2's agent does what agents do when nothing responds, five minutes after the try."""
    state = opened("E2")
    agent, t = state.agent, state.moment
    logins = [r.t for r in state.view.run.records(agent) if r.kind == "login"]
    state.act(None)
    after = [r.t for r in state.view.run.records(agent) if r.kind == "login"]
    assert t + 300_000 in after, "five minutes later"
    assert t + 300_000 not in logins


def test_an_act_on_the_second_of_two_listed_reasons_of_one_name_takes_that_one() -> None:
    """E1a and E1b together list a reason twice: bound to the parent, and to the child."""
    state = opened("E1")
    state.choose_preset("E1a+E1b")
    names: dict[str, list[int]] = {}
    for code in state.piece.desk.entries:
        names.setdefault(state.view.codes[code].name, []).append(code)
    second = next(codes[1] for codes in names.values() if len(codes) > 1)
    t = state.moment
    state.act(second)
    chosen = [r for r in state.view.run.records(state.agent) if r.kind == "submit" and r.t == t]
    assert [r.data.code for r in chosen] == [second]


# Where two runs part.


@pytest.mark.slow
@pytest.mark.parametrize(("trap_id", "preset"), EVERY_CHANGE)
@pytest.mark.some(7)
def test_up_to_where_they_part_the_records_are_the_same(trap_id: str, preset: str) -> None:
    """No record differs earlier, so that whatever differs later is due to the change."""
    state = opened(trap_id)
    state.choose_preset(preset)
    one, other = (r.run.records(state.agent) for r in (state.trapped, state.view))
    parting = state.parting
    plain = [[(r.t, r.kind, r.data) for r in records] for records in (one, other)]
    if parting is None:
        assert plain[0] == plain[1]
        return
    before = [[row for row in rows if row[0] < parting.t] for rows in plain]
    assert before[0] == before[1]
    now = [[row for row in rows if row[0] == parting.t] for rows in plain]
    assert now[0] != now[1]
    if parting.desks is not None:
        desks = [r.at(state.agent, parting.desks).desk for r in (state.trapped, state.view)]
        assert desks[0] != desks[1]


# Verdicts.


@pytest.mark.slow
@pytest.mark.parametrize(("trap_id", "preset"), EVERY_CHANGE)
@pytest.mark.some(7)
def test_the_lab_says_the_catalogues_verdict(trap_id: str, preset: str) -> None:
    """The learner reads what was measured over replications, and the promise beside it."""
    state = opened(trap_id)
    assert state.verdict is not None
    assert state.verdict.word == "reproduced"
    state.choose_preset(preset)
    assert state.verdict == catalogue()[trap_id, preset]
    assert state.verdict.word in lab_view_model.verdict_words(state)
    if state.verdict.promise:
        assert "the guide promises: cured" in lab_view_model.verdict_words(state)


@pytest.mark.slow
@pytest.mark.parametrize("trap_id", TRAP_IDS)
def test_the_kept_verdicts_are_what_is_measured_now(trap_id: str) -> None:
    """The lab reads a kept file, and measuring anew gives its words and its numbers."""
    known = catalogue()
    changes = [change for trap, change in known if trap == trap_id and change]
    result = compare(trap_id, *changes)
    assert known[trap_id, ""].trap == pytest.approx(result.estimate)
    assert known[trap_id, ""].after == pytest.approx(result.base)
    for fix in result.fixes:
        kept = known[trap_id, fix.change.id]
        assert (kept.word, kept.identical) == (fix.verdict, fix.identical)
        assert kept.after == pytest.approx(fix.estimate)
        assert kept.difference == pytest.approx(fix.paired.difference)


def test_what_nobody_has_measured_has_no_verdict_until_it_is_measured() -> None:
    """A verdict holds for the settings and the seed that were measured, and no others."""
    state = opened("T1")
    state.set_field("refresh_interval_ms", 60_000)
    assert state.verdict is None
    state.measure()
    assert state.verdict is not None
    assert (state.verdict.word, state.verdict.replications) == ("unchanged", 20)
    state.set_seed(9)
    assert state.verdict is None, "other replications"
    state.choose_preset("T1a")
    state.set_field("refresh_interval_ms", 90_000)
    assert state.verdict is None


def test_a_measurement_is_not_taken_for_that_of_another_trap_on_another_organisation() -> None:
    """T1's kept verdict was measured on 30 agents and says nothing of 300."""
    state = opened("T1")
    state.choose_organisation(lab_view_model.organisation("classroom"), "classroom")
    assert state.verdict is None


# Other organisations, settings and workloads.


@pytest.mark.slow
def test_the_classroom_keeps_the_trap_and_the_preset_and_comes_back() -> None:
    """The lesson goes on with 300 agents, and back with 30 the run is the first one."""
    state = opened("E1")
    digest = state.view.run.digest
    state.choose_preset("E1a")
    state.choose_organisation(lab_view_model.organisation("classroom"), "classroom")
    assert len(state.view.run.agents) == 300
    assert (state.choice.trap.id, state.choice.preset) == ("E1", "E1a")
    state.choose_trap("T1")
    assert len(state.view.run.agents) == 300
    assert KNOWN["T1"].shows(state.piece)
    state.choose_organisation(lab_view_model.organisation("small"), "small")
    state.choose_trap("E1")
    assert state.view.run.digest == digest


def test_settings_of_ones_own_can_be_tried_with_every_documented_fix() -> None:
    """Each fix of the guide gets its numbers there, and no verdict that nobody measured."""
    settings = simkit.traps["E4"].settings.replace(dataset_life_polls=20)
    state = LabState(ScenarioSelection(OpenScene(settings), organisation="other"))
    documented = [fix.id for trap in simkit.traps.values() for fix in trap.fixes]
    assert [p.id for p in state.choice.presets] == [TRAP, *documented, CUSTOM]
    for preset in documented:
        state.choose_preset(preset)
        heads, rows = state.numbers()
        assert heads == ["Given", preset]
        assert {"deactivated_code_shown_ms", "unresponsive_min"} <= {name for name, _ in rows}
    assert state.verdict is None
    state.choose_trap("E2")
    assert state.choice.trap.id == "E2"


def test_a_workload_that_was_read_is_met_by_trap_and_fix_alike() -> None:
    """They differ in the fix alone, and after a reset the drawn day is back."""
    state = opened("T3")
    other = drawn(state.choice.settings, 8)
    state.choose_trace(other)
    wanted = simkit.run(simkit.traps["T3"].settings, seed=1, workload=other).digest
    assert state.view.run.digest == wanted
    state.choose_preset("T3a")
    assert state.view.run.history.workload is other
    assert state.trapped.run.digest == wanted
    state.choose_trace(None)
    drawn_digest = simkit.run(simkit.traps["T3"].settings, seed=1).digest
    assert state.trapped.run.digest == drawn_digest
    state.choose_trace(other)
    state.reset()
    assert state.trapped.run.digest == drawn_digest

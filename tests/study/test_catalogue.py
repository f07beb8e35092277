"""Traps moved to another organisation, with their base and their fixes."""

from __future__ import annotations

from functools import cache

import pytest
from known_traps import KNOWN

import simkit
from simkit.base import resources
from simkit.inputs.drawing import drawn
from simkit.inputs.loading import load_organisation
from simkit.rules.organisation import Organisation
from simkit.rules.settings import Settings, diff
from simkit.study.catalogue import TRAP_IDS
from simkit.study.comparison import is_reproduced, verdict

ORGS = resources.directory("data") / "orgs"
SMALL = load_organisation(ORGS / "small.yaml")


@cache
def classroom() -> Organisation:
    return load_organisation(ORGS / "classroom.yaml")


def test_the_classroom_is_as_large_as_it_says() -> None:
    """300 agents, 20 divisions on four levels below one root, 200 codes, several patterns."""
    org = classroom()
    assert (len(org.agents), len(org.divisions), len(org.codes)) == (300, 20, 200)
    assert org.tree.root == "Global"
    depths = {len(org.tree.path(agent.division)) for agent in org.agents}
    assert depths == {3, 4}
    assert len({agent.shift for agent in org.agents}) == len(org.shifts) >= 3


def test_every_agent_of_the_classroom_finds_reasons_of_every_type() -> None:
    """Each division with agents has codes of its own, those of the schedule among them."""
    org = classroom()
    scheduled = {a.reason for shift in org.shifts for a in shift.activities}
    for home in {agent.division for agent in org.agents}:
        codes = [code for code in org.codes if code.division == home]
        assert {code.type for code in codes} == {"BREAK", "TRAINING", "OTHER"}
        assert scheduled <= {code.name for code in codes}
        assert any(code.critical for code in codes)


def test_of_every_trap_and_fix_it_is_known_beforehand_how_it_shows() -> None:
    """None that is added to the catalogue escapes the tests that hold it to that."""
    fixes = {trap.id: [fix.id for fix in trap.fixes] for trap in simkit.traps.values()}
    assert {trap_id: list(known.fixes) for trap_id, known in KNOWN.items()} == fixes


@pytest.mark.parametrize("trap_id", TRAP_IDS)
def test_a_trap_on_its_own_organisation_is_the_same_trap(trap_id: str) -> None:
    """With as many codes as before there is nothing to scale, so no field moves."""
    trap = simkit.traps[trap_id]
    same = trap.on(SMALL)
    assert same.settings == trap.settings
    assert same.base == trap.base


@pytest.mark.parametrize("trap_id", TRAP_IDS)
def test_a_moved_trap_differs_from_the_old_one_by_its_organisation_alone(trap_id: str) -> None:
    """Fault and fixes change the same fields; only the number of codes scales one of them."""
    trap, org = simkit.traps[trap_id], classroom()
    before = trap.settings
    moved = trap.on(org)
    assert moved.settings.organisation == moved.base.organisation == org
    assert (moved.id, moved.entry, moved.settings.name) == (trap.id, trap.entry, before.name)
    scaled = {d.field for d in diff(trap.settings, moved.settings)}
    chance = "workload.deactivation_probability"
    assert scaled == ({chance} if before.workload.deactivation_probability else set())
    assert [d.field for d in moved.fault] == [d.field for d in trap.fault]
    for fix in (*trap.fixes, *trap.remedies):
        assert moved.fixed(fix.id).organisation == org
        assert moved.diff(fix.id) == trap.diff(fix.id)
    assert trap.settings is before, "the catalogue's own trap stays as it was"


@pytest.mark.slow
@pytest.mark.thorough
def test_as_many_deactivations_are_expected_on_any_organisation() -> None:
    """6 of 36 codes in the small organisation, 6 of 200 in the classroom; drawn, about as many.

    Over 40 seeds the mean has a standard error of sqrt(200 * 0.03 * 0.97 / 40) = 0.38; four of
    them are allowed.
    """
    moved = simkit.traps["E4"].on(classroom())
    assert moved.settings.workload.deactivation_probability == pytest.approx(6 / 200)
    [fault] = [d for d in moved.fault if d.field == "workload.deactivation_probability"]
    assert (fault.old, fault.new) == (0, moved.settings.workload.deactivation_probability)
    counts = [len(drawn(moved.settings, seed).edits) for seed in range(40)]
    assert abs(sum(counts) / len(counts) - 6) < 4 * 0.38


def test_no_chance_grows_above_one() -> None:
    """With 4 codes there cannot be 6 deactivations: then every code is deactivated."""
    parts = {name: getattr(SMALL, name) for name in Organisation.model_fields}
    few = Organisation(**parts | {"codes": SMALL.codes[:4]})
    assert simkit.traps["E4"].on(few).settings.workload.deactivation_probability == 1
    none = Organisation(
        **parts
        | {"codes": (), "shifts": [s.model_copy(update={"activities": ()}) for s in SMALL.shifts]}
    )
    assert simkit.traps["E4"].on(none).settings.workload.deactivation_probability == 1


def test_transfers_stay_a_chance_per_agent() -> None:
    """The chance of 4 in 30 stays, so that ten times the agents bring ten times the moves."""
    moved = simkit.traps["T2"].on(classroom())
    assert moved.settings.workload.transfer_probability == pytest.approx(4 / 30)


@pytest.mark.slow
@pytest.mark.parametrize("trap_id", TRAP_IDS)
@pytest.mark.some(1)
def test_each_trap_shows_in_the_classroom_and_its_fixes_help(trap_id: str) -> None:
    """The same verdicts as in the small organisation, from three replications of the symptom."""
    trap = simkit.traps[trap_id].on(classroom())

    def measured(settings: Settings) -> list[float]:
        values = [simkit.run(settings, seed).metrics[trap.metric].value for seed in (1, 2, 3)]
        return [value for value in values if value is not None]

    values = measured(trap.settings)
    assert is_reproduced(measured(trap.base), values)
    verdicts = {fix.id: verdict(values, measured(trap.fixed(fix.id)), True) for fix in trap.fixes}
    assert {*verdicts.values()} <= {"cured", "reduced"}, verdicts

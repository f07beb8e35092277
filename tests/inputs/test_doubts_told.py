"""What is doubtful about a scenario is said when it is loaded, at its place, and once."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

import simkit
from simkit import BadInput
from simkit.base import resources
from simkit.base.errors import InputNotice
from simkit.inputs.loading import (
    load,
    load_organisation,
    load_organisation_text,
    load_text,
    tell_doubts,
)
from simkit.inputs.saving import scenario_text
from simkit.rules.organisation import Organisation
from simkit.rules.sections import CONTEXT_DIVISION
from simkit.rules.settings import Settings, diff
from simkit.studio.experiment import load_experiment
from simkit.study.catalogue import TRAP_IDS, traps

DATA = resources.directory("data")
HOME, SALES = "5f1c0a01-7b2e-4c39-9a41-0c6de8b30001", "5f1c0a02-7b2e-4c39-9a41-0c6de8b30002"
PROBE: dict[str, Any] = {
    "name": "Probe",
    "organisation": {
        "name": "Probe",
        "day": "2026-03-02",
        "time_zone": "Europe/Berlin",
        "provisioning_user_division": "Home",
        "divisions": [
            {"id": HOME, "name": "Home"},
            {"id": SALES, "name": "Sales", "parent": "Home"},
        ],
        "codes": [
            {"id": "b1", "name": "Lunch", "type": "BREAK", "division": "Sales"},
            {"id": "t1", "name": "Coaching", "type": "TRAINING", "division": "Sales"},
            {"id": "o1", "name": "Email", "type": "OTHER", "division": "Sales"},
        ],
        "shifts": [
            {
                "name": "day",
                "start": "08:00",
                "end": "16:00",
                "activities": [{"start": "12:00", "end": "12:30", "reason": "Lunch"}],
            }
        ],
        "agents": [{"id": "ann", "division": "Sales", "shift": "day"}],
    },
    "workload": {"start_spread_ms": 0},
}


@pytest.fixture
def probe(tmp_path: Path) -> Any:
    """Write the probe with sections and parts of its organisation changed; give its path."""

    def written(organisation: dict[str, Any] | None = None, **sections: Any) -> Path:
        data = deepcopy(PROBE) | sections
        data["organisation"] |= organisation or {}
        path = tmp_path / "probe.json"
        path.write_text(json.dumps(data, indent=1, ensure_ascii=False), encoding="utf-8")
        return path

    return written


@contextmanager
def in_silence() -> Iterator[None]:
    """Make every notice an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", InputNotice)
        yield


def told(path: Path, **how: Any) -> tuple[Settings, list[str]]:
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        settings = load(path, **how)
    return settings, [str(each.message) for each in given]


def line_of(path: Path, text: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(i for i, line in enumerate(lines, start=1) if text in line)


# Ids (ids/*.json).


@pytest.mark.parametrize("spelled", [SALES, f"d-{SALES}", f"D-{SALES}", SALES.upper()])
def test_a_division_id_in_another_spelling_lists_the_same(probe: Any, spelled: str) -> None:
    """ids/same, d, D: what looked like a trap was a prefix. Nothing is wrong, and nothing said."""
    with in_silence():
        settings = load(probe(widget={"division_id": spelled}))
    plain = load(probe(widget={"division_id": SALES}))
    assert diff(plain, settings) == []
    run = simkit.run(settings)
    assert run.digest == simkit.run(plain).digest
    assert run.metrics["empty_openings_share"].value == 0


def test_two_divisions_with_one_guid_are_refused_at_the_second(probe: Any) -> None:
    """ids/dup: one with d- in front, one without."""
    divisions = deepcopy(PROBE["organisation"]["divisions"])
    divisions[1]["id"] = f"d-{HOME}"
    path = probe({"divisions": divisions})
    with pytest.raises(BadInput, match="in another spelling") as refused:
        load(path)
    assert refused.value.line == line_of(path, f'"d-{HOME}"')


@pytest.mark.parametrize(
    ("asked", "better"),
    [
        ("{{ context.user.divisionId }}", f"the variable is spelled {CONTEXT_DIVISION}"),
        ("Sales", f"its id is {SALES}"),
        ("*", CONTEXT_DIVISION),
    ],
)
def test_an_id_that_ends_in_nothing_is_said_before_the_run(
    probe: Any, asked: str, better: str
) -> None:
    """ids/ctxspace, name, star: with file, line, field and the right spelling; it still runs."""
    path = probe(widget={"division_id": asked})
    settings, (said,) = told(path)
    assert said.startswith(f"{path}:{line_of(path, 'division_id')}:3: widget.division_id: ")
    assert "every list is refused" in said
    assert better in said
    assert simkit.run(settings).metrics["empty_openings_share"].value == 1


# Names (names/*.json).


def test_two_codes_whose_names_are_one_are_refused_at_the_second(probe: Any) -> None:
    """names/dupnfd: composed and decomposed, in one division."""
    codes = [
        {"id": f"b{i}", "name": name, "type": "BREAK", "division": "Sales"}
        for i, name in enumerate(["Café-Pause", "Cafe\u0301-Pause", "Lunch"])
    ]
    path = probe({"codes": codes})
    with pytest.raises(BadInput, match="'Café-Pause', written in two ways") as refused:
        load(path)
    assert refused.value.line == line_of(path, "Cafe\u0301")
    assert refused.value.field == "organisation.codes.1.name"


def test_a_code_for_all_divisions_is_refused_with_what_to_write(probe: Any) -> None:
    """names/star: the root comes nearest."""
    codes = [{"id": "b1", "name": "Lunch", "type": "BREAK", "division": "*"}]
    with pytest.raises(BadInput, match=r"not modelled.*'Home'.*filter_type: hierarchical"):
        load(probe({"codes": codes}))


FLAT = {"divisions": [{"id": HOME, "name": "Home"}, {"id": SALES, "name": "Sales"}]}


def test_flat_divisions_are_refused_with_what_to_do(probe: Any) -> None:
    """names/flat: as real divisions are."""
    with pytest.raises(BadInput, match=r"2 divisions have no parent.*--flat.*flat=True"):
        load(probe(FLAT))


def test_flat_divisions_are_put_below_one_root_when_asked_and_it_is_said(probe: Any) -> None:
    """With the place of the divisions; saved, the tree stands in the file."""
    path = probe(FLAT)
    settings, (said,) = told(path, flat=True)
    assert settings.organisation.tree.path("Sales") == ("Sales", "Home")
    place = f"{path}:{line_of(path, 'divisions')}:3: organisation.divisions: "
    assert said == f"{place}'Sales' had no parent and is now below 'Home'"
    with in_silence():
        assert load_text(scenario_text(settings), "saved.yaml") == settings


def test_a_flat_organisation_in_a_file_of_its_own_is_put_below_one_root(
    probe: Any, tmp_path: Path
) -> None:
    """It is said each time, although the file is read once."""
    org = tmp_path / "org.json"
    org.write_text(json.dumps(PROBE["organisation"] | FLAT, indent=1), encoding="utf-8")
    path = tmp_path / "one.yaml"
    path.write_text("organisation: org.json\n", encoding="utf-8")
    for _ in range(2):
        _, (said,) = told(path, flat=True)
        assert said.startswith(f"{org}:{line_of(org, 'divisions')}:2: divisions: 'Sales'")
    with pytest.warns(InputNotice, match="'Sales' had no parent"):
        assert load_organisation(org, flat=True).tree.root == "Home"
    with pytest.raises(BadInput):
        load(path)


def test_a_sweep_over_flat_divisions_has_them_below_one_root(probe: Any, tmp_path: Path) -> None:
    """As its base is loaded."""
    probe(FLAT)
    path = tmp_path / "sweep.yaml"
    path.write_text(
        "base: probe.json\nfactors: {widget.refresh_interval_ms: [15000, 30000]}\n",
        encoding="utf-8",
    )
    with pytest.raises(BadInput):
        load_experiment(path)
    with pytest.warns(InputNotice, match="'Sales' had no parent"):
        assert load_experiment(path, flat=True).base.organisation.tree.root == "Home"


def test_what_has_one_root_stays_as_it_is_when_it_is_read_as_flat(probe: Any) -> None:
    """And nothing is said."""
    with in_silence():
        assert load(probe(), flat=True) == load(probe())


# Units.


@pytest.mark.parametrize(
    ("section", "field", "value"),
    [("platform", "token_life_ms", 86_400), ("session", "relogin_after_ms", 300)],
)
def test_a_span_that_was_meant_in_seconds_is_asked_about_at_its_place(
    probe: Any, section: str, field: str, value: int
) -> None:
    """``token_life_ms: 86400``: the profile says what is usual of the platform."""
    path = probe(**{section: {field: value}})
    _, (said,) = told(path)
    assert said.startswith(f"{path}:{line_of(path, field)}:3: {section}.{field}: ")
    assert said.endswith(f"seconds? {value} s are {value}000 ms")


def test_an_interval_in_seconds_is_refused_with_the_question(probe: Any) -> None:
    """``refresh_interval_ms: 30``: out of bounds as it stands."""
    with pytest.raises(BadInput, match=r"found 30; .*seconds\? 30 s are 30000 ms"):
        load(probe(widget={"refresh_interval_ms": 30}))


# Places.


def test_a_doubt_about_a_name_stands_at_the_name(probe: Any, tmp_path: Path) -> None:
    """In the organisation's file, where it has one."""
    codes = [*PROBE["organisation"]["codes"], {"id": "x", "name": "lunch"}]
    codes[-1] |= {"type": "OTHER", "division": "Sales"}
    inside = probe({"codes": codes})
    _, (said,) = told(inside)
    where = f"{inside}:{line_of(inside, 'lunch')}:5: organisation.codes.3.name: "
    assert said == f"{where}'lunch' and 'Lunch' are two names, which differ in case alone"
    org = tmp_path / "org.json"
    org.write_text(json.dumps(PROBE["organisation"] | {"codes": codes}, indent=1), encoding="utf-8")
    path = tmp_path / "one.yaml"
    path.write_text("organisation: org.json\n", encoding="utf-8")
    _, (said,) = told(path)
    assert said.startswith(f"{org}:{line_of(org, 'lunch')}:4: codes.3.name: ")
    with pytest.warns(InputNotice, match=f"^{re.escape(said)}$"):
        load_organisation(org)
    with pytest.warns(InputNotice, match=f"^{re.escape(said)}$"):
        load_organisation_text(org.read_text(encoding="utf-8"), str(org))


def test_a_doubt_names_the_base_that_sets_the_field(probe: Any, tmp_path: Path) -> None:
    """And the file that was asked for where no file sets it."""
    base = probe(widget={"division_id": "*"})
    top = tmp_path / "top.yaml"
    top.write_text("base: probe.json\nseed: 2\n", encoding="utf-8")
    _, (said,) = told(top)
    assert said.startswith(f"{base}:{line_of(base, 'division_id')}:3: widget.division_id: ")
    codes = [code | {"division": "Home"} for code in PROBE["organisation"]["codes"]]
    probe({"codes": codes})
    _, (said,) = told(top)
    assert said.startswith(f"{top}: widget.filter_type: no code is where lists look")


def test_a_notice_points_to_whoever_loads(probe: Any) -> None:
    """As Python shows the line of code that gave a warning."""
    with pytest.warns(InputNotice) as given:
        load(probe(widget={"division_id": "*"}))
    assert given[0].filename == "simkit"


# Faults on purpose.


@pytest.mark.parametrize("path", sorted((DATA / "scenarios").glob("*.yaml")), ids=lambda p: p.stem)
def test_no_scenario_of_the_kit_gives_a_notice(path: Path) -> None:
    """T1, T3 and E1 end in nothing, which is their point."""
    with in_silence():
        tell_doubts(load(path))


@pytest.mark.parametrize("path", sorted((DATA / "sweeps").glob("*.yaml")), ids=lambda p: p.stem)
def test_no_sweep_of_the_kit_gives_a_notice(path: Path) -> None:
    """Nor does any of its points."""
    with in_silence():
        experiment = load_experiment(path)
        for point in experiment.points:
            tell_doubts(point.settings)


@pytest.mark.parametrize("trap_id", TRAP_IDS)
def test_no_fix_reading_or_mechanism_of_a_trap_gives_a_notice(trap_id: str) -> None:
    """On its own organisation and on the larger one."""
    classroom = load_organisation(DATA / "orgs" / "classroom.yaml")
    for trap in (traps[trap_id], traps[trap_id].on(classroom)):
        entry = trap.entry
        changes = (*entry.fixes, *entry.remedies, *entry.readings, *entry.mechanisms)
        with in_silence():
            tell_doubts(trap.settings)
            tell_doubts(trap.base)
            for change in changes:
                tell_doubts(trap.fixed(change.id))
            for ingredient in entry.ingredients:
                tell_doubts(trap.settings.replace(ingredient.set))
            for mechanism in entry.mechanisms:
                for fix in entry.matrix_fixes:
                    other = traps.owner(fix).change(fix)
                    tell_doubts(trap.settings.replace(mechanism.set).replace(other.set))


def test_what_a_file_adds_to_a_trap_is_said_and_the_traps_own_fault_is_not(tmp_path: Path) -> None:
    """A trap's fault is on purpose in whatever is built on it; a slip on top of it is none."""
    path = tmp_path / "mine.yaml"
    path.write_text(
        f"base: {DATA / 'scenarios' / 'T3.yaml'}\nwidget: {{division_id: '*'}}\n", encoding="utf-8"
    )
    _, (said,) = told(path)
    assert said.startswith(f"{path}:2:10: widget.division_id: ")


def test_the_fault_of_a_trap_is_said_of_a_scenario_that_is_none(probe: Any) -> None:
    """T1 and T3, met by accident."""
    _, said = told(
        probe(
            provisioning={"binding": "omitted"}, application={"scopes": ["telephony:status:read"]}
        )
    )
    assert ["binding" in said[0], "telephony:status:write" in said[1]] == [True, True]


# Settings made in Python.


def test_settings_made_in_python_are_told_once(probe: Any) -> None:
    """At the line that runs them. Those made from them are told what is new only."""
    settings = load(probe()).replace(division_id="*")

    def run() -> None:
        tell_doubts(settings)

    with pytest.warns(InputNotice, match=r"^widget\.division_id: '\*' \(all divisions\)") as given:
        run()
    assert given[0].filename == "simkit"
    with in_silence():
        tell_doubts(settings)
        tell_doubts(settings.with_top(seed=3))
        tell_doubts(settings.replace(refresh_interval_ms=15_000))
    with pytest.warns(InputNotice, match="'Sales' is the name of a division"):
        tell_doubts(settings.replace(division_id="Sales"))


def test_what_was_said_at_loading_is_not_said_again(probe: Any) -> None:
    """A run follows the loading."""
    settings, said = told(probe(widget={"division_id": "*"}))
    assert len(said) == 1
    with in_silence():
        tell_doubts(settings)


def test_settings_of_any_profile_can_be_told(probe: Any) -> None:
    """Python names profiles that the kit has not; then no unit of the platform is doubted."""
    settings = load(probe()).with_top(profile="ours")
    with in_silence():
        tell_doubts(settings)


def test_an_organisation_cut_in_python_is_not_told(probe: Any) -> None:
    """Codes without agents are what is left of a larger one, and on purpose."""
    settings = load(probe())
    fields = {name: getattr(settings.organisation, name) for name in PROBE["organisation"]}
    homeless = {"id": "h1", "name": "Home alone", "type": "OTHER", "division": "Home"}
    fields["codes"] = [*fields["codes"], homeless]
    cut = settings.with_top(organisation=Organisation.model_validate(fields))
    with in_silence():
        tell_doubts(cut)
    path = probe({"codes": [*PROBE["organisation"]["codes"], homeless]})
    _, (said,) = told(path)
    assert "'Home alone' is in nobody's list" in said


def test_a_trap_that_only_what_is_built_on_it_makes_whole_can_be_loaded(tmp_path: Path) -> None:
    """Its own doubts cannot be known; nothing is refused for that."""
    block = (DATA / "scenarios" / "T3.yaml").read_text(encoding="utf-8").partition("trap:")
    low = f"base: {DATA / 'scenarios' / 'healthy.yaml'}\nplatform: {{token_life_ms: 60000}}\n"
    (tmp_path / "low.yaml").write_text(low + "".join(block[1:]), encoding="utf-8")
    path = tmp_path / "top.yaml"
    path.write_text("base: low.yaml\nplatform: {renewal_lead_ms: 30000}\n", encoding="utf-8")
    with pytest.raises(BadInput):
        load(tmp_path / "low.yaml")
    with in_silence():
        assert load(path).platform.token_life_ms == 60_000


def test_what_was_told_is_no_part_of_settings(probe: Any) -> None:
    """Equal settings stay equal, whatever was said of either."""
    one, _ = told(probe(widget={"division_id": "*"}))
    other = Settings.model_validate({name: getattr(one, name) for name in type(one).model_fields})
    assert one.told
    assert not other.told
    assert one == other
    assert one.hash == other.hash


def test_a_notice_may_be_made_an_error(probe: Any) -> None:
    """By the standard filters, for pipelines."""
    path = probe(widget={"division_id": "*"})
    with in_silence(), pytest.raises(InputNotice):
        load(path)

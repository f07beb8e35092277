"""How codes are provisioned, and what any list answers at any time."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simkit.rules.organisation import Organisation
from simkit.rules.reasons import Code, Directory, Edit, provision
from simkit.rules.sections import ProvisioningSettings

TREE = {"Global": None, "North": "Global", "Care": "North", "Tech": "North", "South": "Global"}
TYPES = ("BREAK", "TRAINING", "OTHER", "CUSTOM")


def organisation(codes: list[dict[str, Any]]) -> Organisation:
    return Organisation.model_validate(
        {
            "name": "By hand",
            "day": "2026-03-02",
            "provisioning_user_division": "South",
            "divisions": [
                {"id": f"d{i}", "name": name, "parent": parent}
                for i, (name, parent) in enumerate(TREE.items())
            ],
            "codes": codes,
            "shifts": [{"name": "day", "start": "08:00", "end": "16:00"}],
            "agents": [{"id": "a", "division": "Care", "shift": "day"}],
        }
    )


ORG = organisation(
    [
        {"id": "c1", "name": "Pause", "type": "BREAK", "division": "Care", "critical": True},
        {"id": "c2", "name": "Issue", "type": "OTHER", "division": "Care"},
        {"id": "t1", "name": "Pause", "type": "BREAK", "division": "Tech", "critical": True},
        {"id": "g1", "name": "Fire", "type": "CUSTOM", "division": "Global", "critical": True},
    ]
)


def places(**rule: Any) -> dict[str, str]:
    return {code.id: code.division for code in provision(ORG, ProvisioningSettings(**rule))}


@pytest.mark.claim("C016")
def test_explicit_binding_puts_each_code_where_it_is_meant() -> None:
    """By the guide the division given at its creation decides where a code is found."""
    assert places() == {"c1": "Care", "c2": "Care", "t1": "Tech", "g1": "Global"}


@pytest.mark.claim("C017")
def test_a_code_without_division_lands_in_global() -> None:
    """By the guide leaving it out is no error: all codes, of whatever division, go there."""
    assert set(places(binding="omitted").values()) == {"Global"}


@pytest.mark.claim("C018")
def test_a_code_without_division_lands_with_the_token_user_when_the_context_says_so() -> None:
    """By the guide the same request then ends in the division of its user, here South."""
    found = places(binding="omitted", token_context="user_default")
    assert set(found.values()) == {ORG.provisioning_user_division} == {"South"}


def test_binding_to_the_parent_goes_one_level_up_and_no_further_than_the_root() -> None:
    """Care and Tech are below North; Global has no parent and keeps its own."""
    assert places(binding="parent") == {"c1": "North", "c2": "North", "t1": "North", "g1": "Global"}


def test_critical_codes_are_copied_into_the_division_they_are_meant_for() -> None:
    """Copies follow at the end, so that no other code changes its place."""
    found = places(binding="parent", duplicate_critical=True)
    originals = places(binding="parent")
    assert list(found.items())[: len(originals)] == list(originals.items())
    copies = {code: place for code, place in found.items() if code not in originals}
    assert copies == {"c1@Care": "Care", "t1@Tech": "Tech"}


def test_a_code_that_is_already_where_it_is_meant_is_not_copied() -> None:
    """Else its agents would find the same name twice in their list."""
    assert places(duplicate_critical=True) == places()


def test_a_copy_has_the_name_and_type_of_its_original() -> None:
    """Agents choose by name and lists ask by type, so a copy serves as well."""
    codes = {
        c.id: c
        for c in provision(ORG, ProvisioningSettings(binding="parent", duplicate_critical=True))
    }
    original, copy = codes["c1"], codes["c1@Care"]
    assert (copy.name, copy.type, copy.color) == (original.name, original.type, original.color)


def test_the_size_of_a_code_is_that_of_its_json_and_a_comma() -> None:
    """Sizes of replies are those of real JSON, written out here without blanks."""
    (code, *_) = provision(ORG, ProvisioningSettings())
    body = {"id": "c1", "name": "Pause", "divisionId": "Care", "status": "NOT_AVAILABLE"}
    body |= {"color": "#888888", "type": "BREAK", "isDefault": False}
    assert code.size == len(json.dumps(body, separators=(",", ":"))) + len(",")


# Histories.

codes_drawn = st.lists(
    st.tuples(st.sampled_from(sorted(TREE)), st.sampled_from(TYPES)), min_size=1, max_size=6
)
edits_drawn = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 5), st.booleans(), st.booleans()), max_size=12
)
types_drawn = st.sets(st.sampled_from(TYPES)).map(lambda types: tuple(sorted(types)))


def catalogue(places_and_types: list[tuple[str, str]]) -> tuple[Code, ...]:
    return tuple(
        Code(f"c{i}", f"Reason {i}", kind, place, "#888888", 10 + i)
        for i, (place, kind) in enumerate(places_and_types)
    )


def edits_of(rows: list[tuple[int, int, bool, bool]], codes: tuple[Code, ...]) -> list[Edit]:
    return sorted(Edit(t, i % len(codes), active, raises) for t, i, active, raises in rows)


def active_at(codes: tuple[Code, ...], edits: list[Edit], t: int) -> set[int]:
    active = set(range(len(codes)))
    for edit in edits:
        if edit.t <= t:
            (active.add if edit.active else active.discard)(edit.code)
    return active


def in_mask(mask: int) -> set[int]:
    return {i for i in range(mask.bit_length()) if mask >> i & 1}


@pytest.mark.claim("C001", "C041")
@pytest.mark.fuzz
@given(
    rows=codes_drawn,
    edit_rows=edits_drawn,
    division=st.sampled_from(sorted(TREE)),
    filter_type=st.sampled_from(["division", "hierarchical"]),
    types=types_drawn,
    t=st.integers(-1, 31),
)
def test_a_list_holds_exactly_the_active_codes_of_the_divisions_and_types_asked_for(
    rows: list[tuple[str, str]],
    edit_rows: list[tuple[int, int, bool, bool]],
    division: str,
    filter_type: str,
    types: tuple[str, ...],
    t: int,
) -> None:
    """They are picked one by one here, edit by edit; the size is that of these codes."""
    codes = catalogue(rows)
    edits = edits_of(edit_rows, codes)
    directory = Directory(ORG, codes, edits)
    snapshot = directory.listing(division, filter_type, types).at(t)
    path = ORG.tree.path(division) if filter_type == "hierarchical" else (division,)
    expected = {
        i
        for i in active_at(codes, edits, t)
        if codes[i].division in path and codes[i].type in types
    }
    assert in_mask(snapshot.mask) == expected
    assert snapshot.size == len('{"entities":[]}') + sum(codes[i].size for i in expected)


@pytest.mark.fuzz
@given(
    rows=codes_drawn,
    edit_rows=edits_drawn,
    division=st.sampled_from(sorted(TREE)),
    t=st.integers(-1, 31),
)
def test_usable_are_the_active_codes_on_the_path_whatever_their_type(
    rows: list[tuple[str, str]],
    edit_rows: list[tuple[int, int, bool, bool]],
    division: str,
    t: int,
) -> None:
    """What a widget asks for limits its list, not what the platform accepts."""
    codes = catalogue(rows)
    edits = edits_of(edit_rows, codes)
    usable = Directory(ORG, codes, edits).usable(division).at(t)
    path = ORG.tree.path(division)
    expected = {i for i in active_at(codes, edits, t) if codes[i].division in path}
    assert in_mask(usable) == expected


@pytest.mark.fuzz
@given(rows=codes_drawn, edit_rows=edits_drawn, division=st.sampled_from(sorted(TREE)))
def test_a_lists_version_grows_by_one_with_each_change_of_a_code_asked_for(
    rows: list[tuple[str, str]],
    edit_rows: list[tuple[int, int, bool, bool]],
    division: str,
) -> None:
    """Also when the set comes back to what it was, unless that is within a millisecond.

    An edit that changes nothing is none.
    """
    codes = catalogue(rows)
    edits = edits_of(edit_rows, codes)
    listing = Directory(ORG, codes, edits).listing(division, "division", TYPES)
    changes = 0
    active = set(range(len(codes)))
    for t in sorted({edit.t for edit in edits}):
        before = set(active)
        for edit in edits:
            if edit.t == t:
                (active.add if edit.active else active.discard)(edit.code)
        changes += sum(codes[code].division == division for code in before ^ active)
        assert listing.at(t).version == changes
    assert listing.values[-1].version == changes
    assert listing.at(-1).version == 0


@pytest.mark.claim("C115")
@pytest.mark.fuzz
@given(rows=codes_drawn, edit_rows=edits_drawn, t=st.integers(-1, 31))
def test_the_configurations_version_counts_the_edits_that_raise_it(
    rows: list[tuple[str, str]], edit_rows: list[tuple[int, int, bool, bool]], t: int
) -> None:
    """By the guide the pipeline raises it; edits by hand do not, so nobody sees them by it."""
    codes = catalogue(rows)
    edits = edits_of(edit_rows, codes)
    version = Directory(ORG, codes, edits).version.at(t)
    assert version == sum(edit.raises_version for edit in edits if edit.t <= t)


def test_deactivating_and_reactivating_is_two_versions_of_one_set() -> None:
    """Who compares versions sees both edits; who compares sets sees none in the end."""
    codes = catalogue([("Care", "BREAK")])
    listing = Directory(ORG, codes, [Edit(10, 0, False, True), Edit(20, 0, True, True)]).listing(
        "Care", "division", TYPES
    )
    assert [listing.at(t)[:2] for t in (9, 10, 20)] == [(0, 1), (1, 0), (2, 1)]


def test_agents_take_the_first_listed_code_of_a_name() -> None:
    """The order of the catalogue decides, save where the id is given and listed."""
    codes = [
        Code("g", "Pause", "BREAK", "Global", "", 1),
        Code("i", "Issue", "OTHER", "Care", "", 1),
        Code("c", "Pause", "BREAK", "Care", "", 1),
    ]
    directory = Directory(ORG, codes, [])
    assert directory.wanted(0b111, "Pause") == 0
    assert directory.wanted(0b110, "Pause") == 2
    assert directory.wanted(0b010, "Pause") is None
    assert directory.wanted(0, "Pause") is None
    assert directory.wanted(0b101, "Pause", directory.codes[2].id) == 2
    assert directory.wanted(0b001, "Pause", directory.codes[2].id) == 0, "not listed: the first one"

"""Who sees what through the division tree, and what is no tree."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simkit.base.errors import LocatedError
from simkit.rules.divisions import DivisionTree, below_one_root, division_key, is_division_id

Rows = list[tuple[str, str | None]]


@st.composite
def rows_of_trees(draw: st.DrawFn) -> Rows:
    """Rows of a random tree, in any order: each division hangs below an earlier one."""
    size = draw(st.integers(1, 12))
    parents = [draw(st.integers(0, i - 1)) for i in range(1, size)]
    rows: Rows = [("0", None), *((str(i), str(p)) for i, p in enumerate(parents, start=1))]
    return draw(st.permutations(rows))


def above(rows: Rows, name: str) -> list[str]:
    """The division and its ancestors, by following parents one by one."""
    parents = dict(rows)
    found = [name]
    while (parent := parents[found[-1]]) is not None:
        found.append(parent)
    return found


@pytest.mark.claim("C012", "C025", "C040")
@pytest.mark.fuzz
@given(rows=rows_of_trees(), data=st.data())
def test_an_exact_list_is_a_subset_of_the_hierarchical_one_which_is_the_path_to_the_root(
    rows: Rows, data: st.DataObject
) -> None:
    """By the guide one filter takes equal ids only; parents are followed here one by one."""
    tree = DivisionTree(rows)
    name = data.draw(st.sampled_from(sorted(dict(rows))))
    exact = set(tree.visible(name, "division"))
    hierarchical = set(tree.visible(name, "hierarchical"))
    assert exact == {name}
    assert exact <= hierarchical == set(above(rows, name))
    assert tree.root in hierarchical


@pytest.mark.claim("C024")
@pytest.mark.fuzz
@given(rows=rows_of_trees(), data=st.data())
def test_no_list_ever_holds_the_codes_of_a_sibling_or_of_a_descendant(
    rows: Rows, data: st.DataObject
) -> None:
    """By the guide divisions are isolated strictly: neither filter looks sideways or down."""
    tree = DivisionTree(rows)
    name = data.draw(st.sampled_from(sorted(dict(rows))))
    siblings = {n for n, p in rows if p == dict(rows)[name] and n != name}
    descendants = {n for n, _ in rows if name in above(rows, n)[1:]}
    for filter_type in ("division", "hierarchical"):
        visible = set(tree.visible(name, filter_type))
        assert not visible & siblings
        assert not visible & descendants


@pytest.mark.claim("C082")
@pytest.mark.fuzz
@given(rows=rows_of_trees(), data=st.data())
def test_a_path_begins_at_the_division_and_climbs_by_one_parent_at_a_time_to_the_root(
    rows: Rows, data: st.DataObject
) -> None:
    """By the guide this is what the hierarchical filter asks for: all that is above."""
    tree = DivisionTree(rows)
    name = data.draw(st.sampled_from(sorted(dict(rows))))
    assert list(tree.path(name)) == above(rows, name)
    assert tree.path(name)[-1] == tree.root


@pytest.mark.fuzz
@given(rows=rows_of_trees(), data=st.data())
def test_unrelated_divisions_are_all_that_are_neither_above_nor_below(
    rows: Rows, data: st.DataObject
) -> None:
    """These are where agents are transferred to, so that their list really changes."""
    tree = DivisionTree(rows)
    name = data.draw(st.sampled_from(sorted(dict(rows))))
    related = {n for n, _ in rows if n in above(rows, name) or name in above(rows, n)}
    assert set(tree.unrelated(name)) == set(dict(rows)) - related


def test_a_cycle_is_refused_at_a_division_on_it() -> None:
    """All three on it are named; D hangs below it and is not blamed."""
    rows: Rows = [("Global", None), ("A", "C"), ("B", "A"), ("C", "B"), ("D", "C")]
    with pytest.raises(LocatedError, match="cycle in the division tree") as refusal:
        DivisionTree(rows)
    part, index, field = refusal.value.where
    assert (part, field) == ("divisions", "parent")
    assert rows[int(index)][0] in "ABC"
    assert all(name in str(refusal.value) for name in "ABC")
    assert "D" not in str(refusal.value)


def test_a_division_that_is_its_own_parent_is_a_cycle() -> None:
    """It is the shortest one, and the line to mend is its own."""
    with pytest.raises(LocatedError, match="cycle") as refusal:
        DivisionTree([("Global", None), ("A", "A")])
    assert refusal.value.where == ("divisions", 1, "parent")


def test_a_tree_without_a_root_is_a_cycle() -> None:
    """Where every division has a parent, one of them is above itself."""
    with pytest.raises(LocatedError, match="cycle"):
        DivisionTree([("A", "B"), ("B", "A")])


def test_a_long_cycle_is_told_by_its_first_divisions() -> None:
    """A thousand names would bury the message, so it stays below 200 characters."""
    n = 1_000
    with pytest.raises(LocatedError, match=r"\(1000 in all\)") as refusal:
        DivisionTree((f"D{i}", f"D{(i + 1) % n}") for i in range(n))
    assert len(str(refusal.value)) < 200


def test_a_tree_has_a_hundred_levels_at_most() -> None:
    """The path of each division is kept: 20,000 in one line would take 2 GB."""
    rows = [("D1", None), *((f"D{i}", f"D{i - 1}") for i in range(2, 102))]
    assert len(DivisionTree(rows[:100]).path("D100")) == 100
    with pytest.raises(LocatedError, match="'D101' lies more than 100 levels deep") as refusal:
        DivisionTree(rows)
    assert refusal.value.where == ("divisions", 100, "parent")


def test_two_roots_are_refused_at_the_second() -> None:
    """Both are named; the place is that of the one that came after Global."""
    with pytest.raises(
        LocatedError, match=r"2 divisions have no parent.*'Global' and 'Other'"
    ) as refusal:
        DivisionTree([("Global", None), ("A", "Global"), ("Other", None)])
    assert refusal.value.where == ("divisions", 2)


def test_an_unknown_parent_is_refused_where_it_is_named_with_all_that_are_known() -> None:
    """Whoever mistyped it can choose from the divisions that there are."""
    with pytest.raises(LocatedError, match="unknown parent 'Nroth' of division 'Care'") as refusal:
        DivisionTree([("Global", None), ("North", "Global"), ("Care", "Nroth")])
    assert refusal.value.where == ("divisions", 2, "parent")
    assert refusal.value.allowed == ("Care", "Global", "North")


def test_an_unknown_division_has_no_path() -> None:
    """A slip of the caller's does not pass for an empty list."""
    with pytest.raises(KeyError):
        DivisionTree([("Global", None)]).path("North")


@pytest.mark.parametrize(
    "text",
    [
        "8a7b6c5d-4e3f-2a1b-0c9d-8e7f6a5b4c3d",
        "d-8a7b6c5d-4e3f-2a1b-0c9d-8e7f6a5b4c3d",
        "D0000000-0000-4000-8000-00000000000F",
    ],
)
def test_a_guid_can_be_a_division_id_with_or_without_its_prefix(text: str) -> None:
    """Capitals are as good; a D that begins the GUID itself is no prefix."""
    assert is_division_id(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "North",
        "d-8a7b6c5d-4e3f-2g1h-0i9j-8k7l6m5n4o3p",  # the guide's own sample: letters beyond f
        "d-8a7b6c5d-4e3f-2a1b-0c9d-8e7f6a5b4c3",
        "x-8a7b6c5d-4e3f-2a1b-0c9d-8e7f6a5b4c3d",
        "8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d",
        "8a7b6c5d-4e3f-2a1b-0c9d-8e7f6a5b4c3d\n",
    ],
)
def test_what_is_no_guid_cannot_be_a_division_id(text: str) -> None:
    """One slip is enough, as in the guide's own sample, which has letters beyond f."""
    assert not is_division_id(text)


GUID = "5f1c0a02-7b2e-4c39-9a41-0c6de8b30002"


@pytest.mark.parametrize(
    "spelling", [GUID, f"d-{GUID}", f"D-{GUID}", GUID.upper(), f"d-{GUID.upper()}", f" {GUID}\n"]
)
def test_a_guid_is_one_division_id_in_all_its_spellings(spelling: str) -> None:
    """With and without d-, in upper and lower case, with white space around."""
    assert division_key(spelling) == GUID


def test_other_texts_are_ids_as_names_are_names() -> None:
    """What is no GUID has no other spelling than Unicode's and that of white space."""
    assert division_key(" Cafe\u0301 ") == "Café"
    assert len({division_key(text) for text in ("d-1", "D-1", "1")}) == 3


def flat(*rows: tuple[str, str | None]) -> dict[str, list[dict[str, str]]]:
    """An organisation of divisions (name, parent), with ids by their places."""
    return {
        "divisions": [
            {"id": str(i), "name": name} | ({"parent": parent} if parent else {})
            for i, (name, parent) in enumerate(rows)
        ]
    }


def rooted(*rows: tuple[str, str | None]) -> tuple[list[tuple[str, str | None]], str]:
    data, done = below_one_root(flat(*rows))
    return [(row["name"], row.get("parent")) for row in data["divisions"]], done


def test_divisions_without_a_parent_are_put_below_home() -> None:
    """Home is the vendor's own division of everybody."""
    rows, done = rooted(("Care", None), ("Home", None), ("Sales", None), ("East", "Sales"))
    assert rows == [("Care", "Home"), ("Home", None), ("Sales", "Home"), ("East", "Sales")]
    assert done == "'Care' (and 1 more) had no parent and is now below 'Home'"


def test_divisions_without_a_parent_are_put_below_the_first_that_is_a_parent() -> None:
    """A tree with a stray division beside it stays a tree."""
    rows, _ = rooted(("Stray", None), ("Top", None), ("Care", "Top"))
    assert rows == [("Stray", "Top"), ("Top", None), ("Care", "Top")]
    rows, _ = rooted(("Top", None), ("Care", "Top"), ("Other", None), ("East", "Other"))
    assert rows == [("Top", None), ("Care", "Top"), ("Other", "Top"), ("East", "Other")]


def test_divisions_that_are_all_alike_get_a_new_root_of_an_unused_name_and_id() -> None:
    """No division gets to see another's codes by it."""
    rows, done = rooted(("Care", None), ("Sales", None))
    assert rows == [("Care", "Global"), ("Sales", "Global"), ("Global", None)]
    assert "a new root, 'Global'" in done
    assert rooted(("Global", None), ("Sales", None))[0][-1] == ("All divisions", None)
    data, _ = below_one_root(flat(("Care", None), ("Sales", None)))
    assert is_division_id(data["divisions"][-1]["id"])
    again = {"divisions": [*flat(("Care", None))["divisions"], data["divisions"][-1]]}
    ids = [row["id"] for row in below_one_root(again)[0]["divisions"]]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    "data",
    [flat(("Top", None), ("Care", "Top")), {}, None, [], {"divisions": 3}, {"divisions": [None]}],
)
def test_what_has_one_root_or_is_no_organisation_stays_as_it_is(data: Any) -> None:
    """What is wrong with it is said by whoever reads it."""
    assert below_one_root(data) == (data, "")

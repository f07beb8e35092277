"""Labs driven in code: done by the lab's own means, and compared with what is expected."""

from __future__ import annotations

from typing import Any

import pytest

from simkit.base.errors import BadInput
from simkit.study.catalogue import TRAP_IDS
from simkit.testing import LabDriver, drive


@pytest.fixture
def e4(lab: Any) -> LabDriver:
    return drive(lab("E4"))


def test_the_failing_desk_of_e4_and_its_cure(e4: LabDriver) -> None:
    """The lab begins at a reason that is listed and would be refused; with the fix it is gone."""
    e4.expect(state="list", unusable=["Team Meeting"], finding="Team Meeting")
    e4.choose(preset="E4b").expect(unusable=[])


def test_an_act_is_refused_and_the_desk_says_done(e4: LabDriver) -> None:
    """The platform has another status than the desk after a choice of the deactivated reason."""
    e4.act("Team Meeting").expect(believed="Team Meeting", true="Available")


def test_what_is_not_listed_cannot_be_acted(e4: LabDriver) -> None:
    """One line, with what there is."""
    with pytest.raises(BadInput, match="does not list 'Team Meating'; did you mean"):
        e4.act("Team Meating")


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ({"listed": ["Meal"]}, "listed: found"),
        ({"unusable": []}, "unusable: found \\['Team Meeting'\\], expected \\[\\]"),
        ({"state": "empty"}, "state: found 'list', expected 'empty'"),
        ({"believed": "Meal"}, "believed: found"),
        ({"true": "Meal"}, "true: found"),
        ({"finding": "nothing is wrong"}, "lacks 'nothing is wrong'"),
    ],
)
def test_what_is_not_as_expected_is_told_with_both_sides(
    e4: LabDriver, expected: dict[str, Any], said: str
) -> None:
    """Each expectation fails by itself."""
    with pytest.raises(AssertionError, match=said):
        e4.expect(**expected)


def test_a_field_and_a_moment(e4: LabDriver) -> None:
    """Fields by their names; a moment by its local time."""
    e4.choose(dataset_life_polls=1).move("14:41:14").expect(unusable=[])


@pytest.mark.parametrize("trap", TRAP_IDS)
@pytest.mark.some(3)
def test_each_story_is_told_to_its_end(trap: str, lab: Any) -> None:
    """As many sentences as steps, the first of which is shown at its moment."""
    shown = lab(trap)
    assert len(drive(shown).story()) == len(shown.story["steps"]) >= 5


def test_no_lab_is_one_line() -> None:
    """A trap's id is not yet a lab."""
    with pytest.raises(BadInput, match=r"simkit\.lab gives one"):
        drive("E4")  # type: ignore[arg-type]

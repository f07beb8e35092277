"""The story of a lab from code: steps as a trait, and labs that have none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from traitlets import TraitError

import simkit
from simkit.base.errors import BadInput
from simkit.study.catalogue import TRAP_IDS, Trap
from simkit.ui.lab.scenario_selection import ScenarioSelection
from simkit.ui.lab.state import LabState
from simkit.ui.stage import story_view_model

pytestmark = pytest.mark.slow  # labs are opened

GENESYS = simkit.traps_of("genesys")


@pytest.fixture
def lab() -> Iterator[Callable[..., Any]]:
    """Open labs that are closed after the test."""
    opened = []

    def open_(*what: Any, **more: Any) -> Any:
        opened.append(simkit.lab(*what, **more))
        return opened[-1]

    yield open_
    for each in opened:
        each.close()


@pytest.mark.some(4)
@pytest.mark.parametrize("trap", [*TRAP_IDS, pytest.param(GENESYS["G3"], id="genesys")])
def test_a_step_shows_its_run_its_agent_and_its_moment(
    trap: str | Trap, lab: Callable[..., Any]
) -> None:
    """Whatever was looked at before, forward and back."""
    one = lab(trap)
    steps = one.story["steps"]
    one.choose("agent", one.state.view.run.agents[-1])
    for at in [*range(len(steps)), 0]:
        one.step = at
        assert one.state.agent == one.story["agent"]
        assert one.state.choice.preset == steps[at]["preset"]
        assert one.moment == one.state.moment == steps[at]["t"]


def test_a_lab_begins_before_its_story(lab: Callable[..., Any]) -> None:
    """On the worst moment of the trap, which is what a lab has always opened on."""
    one = lab("E4")
    assert one.step == -1
    assert one.moment == one.state.view.worst_moment(one.state.agent)


@pytest.mark.parametrize("step", [-2, 6, 99])
def test_a_step_that_there_is_not_changes_nothing(step: int, lab: Callable[..., Any]) -> None:
    """Neither as a trait nor as a command."""
    one = lab("E4", seed=1)
    one.step = 2
    before = one.moment
    with pytest.raises(TraitError, match=r"step: found .*; allowed: whole number from -1 to 5"):
        one.step = step
    with pytest.raises(BadInput):
        one.choose("step", step)
    assert (one.step, one.moment) == (2, before)


@pytest.mark.parametrize("kind", ["trap", "seed", "organisation", "reset"])
def test_another_day_has_another_story(kind: str, lab: Callable[..., Any]) -> None:
    """It begins anew where another world is shown."""
    one = lab("E4")
    one.step = 1
    value = {"trap": "T3", "seed": 2, "organisation": "classroom", "reset": None}[kind]
    one.choose(kind, value)
    assert one.step == -1


def test_a_fix_or_another_agent_is_a_look_aside(lab: Callable[..., Any]) -> None:
    """The story goes on where it was left."""
    one = lab("E4")
    one.step = 1
    one.choose("preset", "E4a")
    one.choose("agent", one.state.view.run.agents[-1])
    assert one.step == 1


def test_settings_of_ones_own_have_no_story(lab: Callable[..., Any]) -> None:
    """They open on all controls; there are no steps to go to."""
    one = lab(simkit.traps["E4"].settings)
    assert one.story["steps"] == []
    with pytest.raises(TraitError, match="from -1 to -1"):
        one.step = 0
    with pytest.raises(BadInput):
        one.choose("step", 0)


def test_a_trap_without_a_story_opens_all_the_same(
    lab: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who adds a trap need not write its story first."""
    monkeypatch.setattr(story_view_model, "story_of", lambda _: None)
    one = lab("E4")
    assert one.story["steps"] == []
    assert len(one.stages) == 1


@pytest.mark.parametrize(
    ("trap", "texts"),
    [
        ("E1", []),
        ("E3", ["Trap", "Fix"]),
        ("E4", ["Trap", "Fix a", "Fix c", "Fix E4-plain"]),
    ],
)
def test_the_switch_calls_a_fix_without_a_letter_by_its_id(trap: str, texts: list[str]) -> None:
    """As presets do; one that stands alone needs no name, and a trap that vanishes no switch."""
    state = LabState(ScenarioSelection(GENESYS[trap]), catalogue=GENESYS)
    assert [each["text"] for each in story_view_model.switch(state)] == texts


def test_the_switch_holds_the_trap_and_the_guides_fixes(lab: Callable[..., Any]) -> None:
    """By the ids that presets have."""
    entries = {each["value"]: each["text"] for each in lab("E4").choices["switch"]}
    assert entries == {"trap": "Trap", "E4a": "Fix a", "E4b": "Fix b", "E4c": "Fix c"}
    assert [each["text"] for each in lab("T3").choices["switch"]] == ["Trap", "Fix"]


def test_explore_is_a_flag(lab: Callable[..., Any]) -> None:
    """As a trait and as the button's command."""
    one = lab("E4")
    one.choose("explore", True)
    assert one.explore is True
    with pytest.raises(BadInput):
        one.choose("explore", "yes")
    one.explore = False
    assert one.explore is False

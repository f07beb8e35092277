"""A lab as a citizen of ipywidgets: what is chosen are traits, its parts are widgets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import ipywidgets as w
import pytest
import traitlets

import simkit
from simkit import BadInput
from simkit.ui.lab.lab import CHOSEN, Lab
from simkit.ui.lab.part import Part

pytestmark = pytest.mark.slow  # labs are opened

PARTS = [
    "desk",
    "truth",
    "stage",
    "timeline",
    "divisions",
    "causes",
    "numbers",
    "everyone",
    "settings_form",
]
ANOTHER: dict[str, Any] = {
    "trap": "T3",
    "preset": "E4a",
    "second": "E4c",
    "agent": "agent-05",
    "organisation": "classroom",
    "seed": 7,
    "moment": 9_000_000,
    "step": 2,
    "explore": True,
}
"""For each trait something else than a lab of E4 opens on."""


@pytest.fixture
def lab() -> Iterator[Lab]:
    one = simkit.lab("E4", seed=1)
    yield one
    one.close()


def chosen(one: Lab) -> dict[str, Any]:
    return {name: getattr(one, name) for name in CHOSEN}


def in_force(one: Lab) -> dict[str, Any]:
    """Give what is chosen by the state behind the lab, which knows nothing of traits."""
    state = one.state
    preset = [*state.choice.preset.split("+"), ""]
    return {
        "trap": state.choice.trap.id,
        "preset": preset[0],
        "second": preset[1],
        "agent": state.agent,
        "organisation": state.choice.organisation,
        "seed": state.choice.seed,
        "moment": state.moment,
    }


def test_every_trait_has_another_value_to_be_tried() -> None:
    """So that the tests below go through all of them."""
    assert set(ANOTHER) == set(CHOSEN)


@pytest.mark.parametrize("name", CHOSEN)
@pytest.mark.some(4, start=1)
def test_what_is_assigned_is_what_is_shown(name: str, lab: Lab) -> None:
    """When the assignment returns, state, traits, finding and what the browser is told agree."""
    if name == "second":
        lab.preset = "E4a"
    setattr(lab, name, ANOTHER[name])
    assert getattr(lab, name) == ANOTHER[name]
    now = chosen(lab)
    assert {key: now[key] for key in in_force(lab)} == in_force(lab)
    assert lab.choices["trap"] == lab.trap
    assert (lab.choices["preset"], lab.choices["second"]) == (lab.preset, lab.second)
    assert lab.choices["agent"] == lab.agent
    assert lab.finding.startswith(f"At {lab.state.time(lab.moment)} ")


@pytest.mark.parametrize("name", CHOSEN)
@pytest.mark.some(4, start=1)
def test_an_observer_hears_of_a_change_once(name: str, lab: Lab) -> None:
    """With the old value and the new one, whether it was assigned or chosen by a command."""
    if name == "second":
        lab.preset = "E4a"
    seen: list[tuple[Any, Any]] = []
    before = getattr(lab, name)
    lab.observe(lambda change: seen.append((change["old"], change["new"])), name)
    setattr(lab, name, ANOTHER[name])
    setattr(lab, name, ANOTHER[name])
    assert seen == [(before, ANOTHER[name])]
    lab.choose(name, before)
    assert seen[1:] == [(ANOTHER[name], before)]


def test_an_observer_that_assigns_is_followed(lab: Lab) -> None:
    """What it chooses while the lab is still telling is what all traits end with."""

    def fix(change: Any) -> None:
        lab.preset = "T3a"

    lab.observe(fix, "trap")
    lab.trap = "T3"
    assert (lab.trap, lab.preset) == ("T3", "T3a")
    assert in_force(lab)["preset"] == "T3a"
    assert lab.choices["preset"] == "T3a"
    assert len(lab.sides["sides"]) == 2


WRONG: dict[str, list[Any]] = {
    "trap": ["E9", "", None, 4],
    "preset": ["E9", "T1a", None, 1],
    "second": ["E4a", "E9", None],
    "agent": ["agent-99", "", None, 3],
    "organisation": ["galaxy", None, 3],
    "seed": [-1, 1.5, "x", None, True],
    "moment": ["25:00", "x", None, 1.5],
    "step": [99, -2, None, "x", True],
    "explore": [1, "yes", None],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name in CHOSEN for value in WRONG[name]]
)
@pytest.mark.some(5)
def test_what_cannot_be_is_refused_and_changes_nothing(name: str, value: Any, lab: Lab) -> None:
    """By an error that is of the kit and of traitlets, in one line."""
    lab.preset = "E4a"
    before, told = chosen(lab), lab.sides
    with pytest.raises(BadInput) as refused:
        setattr(lab, name, value)
    assert isinstance(refused.value, traitlets.TraitError)
    assert "\n" not in str(refused.value)
    assert chosen(lab) == before
    assert lab.sides is told


@pytest.mark.parametrize("name", CHOSEN)
@pytest.mark.some(4, start=1)
def test_what_a_browser_sets_is_chosen_and_what_it_may_not_is_told_back(
    name: str, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a link within the browser does; other views of it hear the right value again."""

    def hear(value: Any) -> None:
        state = {"method": "update", "state": {name: value}, "buffer_paths": []}
        lab._handle_msg({"content": {"data": state}, "buffers": []})

    if name == "second":
        lab.preset = "E4a"
    hear(ANOTHER[name])
    assert (lab.error, getattr(lab, name)) == ("", ANOTHER[name])
    told_back: list[Any] = []
    monkeypatch.setattr(lab, "send_state", lambda key=None: told_back.append(key))
    before = chosen(lab)
    hear(WRONG[name][0])
    assert lab.error
    assert told_back.count(name) == 1
    assert chosen(lab) == before


def test_the_moment_is_not_echoed_to_who_has_moved_on(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other choices are, for other browsers; an echo of the moment would take one back."""
    sent: list[Any] = []
    monkeypatch.setattr(lab, "_send", lambda message, buffers=None: sent.append(message))
    state = {"moment": 9_000_000, "preset": "E4a"}
    message = {"method": "update", "state": state, "buffer_paths": []}
    lab._handle_msg({"content": {"data": message}, "buffers": []})
    assert (lab.moment, lab.preset) == (9_000_000, "E4a")
    echoes = [each["state"] for each in sent if each["method"] == "echo_update"]
    assert echoes == [{"preset": "E4a"}]
    assert not any("moment" in each.get("state", {}) for each in sent)


def test_finding_follows_and_cannot_be_assigned(lab: Lab) -> None:
    """It is the sentence at the moment, and whoever observes it hears of another one."""
    heard: list[str] = []
    lab.observe(lambda change: heard.append(change["new"]), "finding")
    assert "cannot be used" in lab.finding
    lab.moment = lab.state.shift[0]
    assert heard == [lab.finding]
    assert "cannot be used" not in lab.finding
    with pytest.raises(traitlets.TraitError, match="read-only"):
        lab.finding = "All is well."


def test_traits_are_linked_both_ways_and_interact(lab: Lab) -> None:
    """By ipywidgets' own means, with its own widgets."""
    dropdown = w.Dropdown(options=["trap", "E4a", "E4b"], value="E4a")
    w.link((dropdown, "value"), (lab, "preset"))
    assert lab.preset == "E4a"
    lab.preset = "E4b"
    assert dropdown.value == "E4b"
    slider = w.IntSlider(min=0, max=36_000_000)
    w.dlink((lab, "moment"), (slider, "value"))
    lab.moment = 9_000_000
    assert slider.value == 9_000_000
    seeds: list[int] = []

    def reseed(seed: int) -> None:
        lab.seed = seed
        seeds.append(seed)

    seed = w.interactive(reseed, seed=(1, 9)).children[0]
    seed.value = 3
    assert (lab.seed, seeds[-1]) == (3, 3)


# Parts.


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.some(4)
def test_a_part_is_a_widget_on_the_state_of_its_lab(name: str, lab: Lab) -> None:
    """The same one each time; it is sent no more than what it belongs to."""
    part = getattr(lab, name)
    assert isinstance(part, Part)
    assert part is getattr(lab, name)
    sent = part.get_state()
    assert sent["lab"] == f"anywidget:{lab.model_id}"
    assert sent["part"] == name
    assert sum(len(str(value)) for value in sent.values()) < 2_000
    assert part.layout.min_width == "300px"
    with pytest.raises(AttributeError):
        setattr(lab, name, None)
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        part.nonsense = 1


def test_parts_are_put_into_boxes_and_close_with_their_lab() -> None:
    """A part belongs into every box that ipywidgets has."""
    lab = simkit.lab("T1")
    w.HBox([lab.desk, lab.truth])
    w.Tab([lab.stage, lab.numbers])
    w.Accordion([lab.causes])
    w.AppLayout(header=lab.controls.trap, center=lab.stage, footer=lab.timeline)
    parts = [lab.desk, lab.stage]
    assert all(part.comm is not None for part in parts)
    lab.close()
    assert all(part.comm is None for part in parts)


# Controls of ipywidgets.

KINDS: dict[str, Callable[..., w.Widget]] = {
    "trap": w.Dropdown,
    "preset": w.ToggleButtons,
    "second": w.Dropdown,
    "agent": w.Dropdown,
    "organisation": w.Dropdown,
    "seed": w.BoundedIntText,
    "moment": w.SelectionSlider,
}


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.some(3, start=1)
def test_a_control_and_its_trait_follow_each_other(name: str, lab: Lab) -> None:
    """Whichever of the two is set; a time between two stops shows the stop before it."""
    if name == "second":
        lab.preset = "E4a"
    control = getattr(lab.controls, name)
    assert type(control) is KINDS[name]
    other = control.options[3][1] if name == "moment" else ANOTHER[name]
    before = getattr(lab, name)
    control.value = other
    assert getattr(lab, name) == other
    setattr(lab, name, before)
    if name == "moment":
        at = [t for _, t in control.options if t <= before]
        assert control.value == at[-1]
        assert lab.moment == before
    else:
        assert control.value == before


def test_controls_offer_what_the_lab_offers(lab: Lab) -> None:
    """Another trap has other fixes, and a larger organisation more agents."""
    controls = lab.controls
    with pytest.raises(AttributeError):
        controls.trap = w.Dropdown()
    assert controls is lab.controls
    assert [value for _, value in controls.trap.options] == list(simkit.traps)
    lab.trap = "T3"
    offered = [value for _, value in controls.preset.options]
    assert offered == [each["value"] for each in lab.choices["presets"]]
    assert "T3a" in offered
    lab.organisation = "classroom"
    assert len(controls.agent.options) == 300
    assert controls.agent.value == lab.agent
    stops = [t for _, t in controls.moment.options]
    first, last = lab.state.shift
    assert (stops[0], stops[-1]) == (first, last)
    beats = {beat["t"] for stage in lab.stages for beat in stage["beats"]}
    assert {t for t in beats if first <= t <= last} <= set(stops)


def test_a_control_that_is_refused_turns_back(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lab says why; what the control shows is what is shown."""

    def refuse(seed: Any) -> None:
        raise BadInput("no other day", field="seed")

    seed = lab.controls.seed
    monkeypatch.setattr(lab.state, "set_seed", refuse)
    seed.value = 9
    assert "no other day" in lab.error
    assert (seed.value, lab.seed) == (1, 1)


def test_a_lab_without_a_story_has_parts_and_controls() -> None:
    """Settings of one's own are no trap of the catalogue, and have no steps."""
    one = simkit.lab(simkit.traps["E4"].settings)
    assert one.controls.trap.value == one.trap
    assert one.controls.preset.value == "trap"
    assert one.stage.part == "stage"
    one.close()

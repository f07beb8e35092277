"""What a lab and the architect's panel are told or given that makes no sense changes nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import ipywidgets
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import simkit
from simkit import BadInput
from simkit.base.errors import one_line
from simkit.rules.sections import PATHS
from simkit.ui.architect.architect import Architect
from simkit.ui.architect.choice import CHOSEN as PANEL_CHOSEN
from simkit.ui.lab.day import day
from simkit.ui.lab.lab import CHOSEN, Lab
from simkit.ui.lab.state import LabState


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """A lab that is left as it was by all that happens here."""
    one = simkit.lab("E4", preset="E4a")
    yield one
    one.close()


@pytest.fixture(scope="module")
def panel() -> Iterator[Architect]:
    one = simkit.architect()
    yield one
    one.close()


def state_of(one: Lab | Architect) -> object:
    """Give all that a message could change, the answer itself aside."""
    if isinstance(one, Architect):
        return one.choice, one.confirmation, one.recommendation, one.told, one.controls
    s = one.state
    told = one.sides, one.choices, one.metrics, one.world, one.snippet, one.moment
    return s.choice, s.agent, s.moment, s.view, one.live, one.minutes, told


def heard(one: Lab | Architect, data: Any) -> None:
    """Let a widget hear a message as it comes from a browser."""
    one.error = ""
    one._handle_msg({"content": {"data": data}, "buffers": []})


ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["E4", "agent-01", "14:03", "E4a+E4b", "small", "\ud800", "x" * 300]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)
"""Any JSON, and now and then what is nearly right."""
LAB_COMMANDS = {
    "trap": st.text(max_size=4),
    "preset": st.sampled_from(["E4a+", "+", "E9", "E4a+E4a+E4a", "custom "]),
    "second": st.sampled_from(["E9", "E4", 1, [], {}]),
    "agent": st.sampled_from(["agent-99", "AGENT-01", "", 1, []]),
    "organisation": st.sampled_from(["", "Small", "other", 3, []]),
    "seed": st.floats() | st.integers(max_value=-1) | st.text(max_size=3),
    "moment": st.floats() | st.lists(st.integers(), max_size=2) | st.just("25:00"),
    "field": st.tuples(
        st.sampled_from([*PATHS.values(), "widget", "", 1, None]),
        st.sampled_from([[], {}, "", -1, 1e300, "[[", "[" * 100_000, [[]]]),
    ).map(list)
    | st.lists(st.integers(), max_size=3),
    "act": st.fixed_dictionaries(
        {}, optional={"code": st.integers(10_000) | ANY, "side": ANY, "t": ANY, "x": ANY}
    ).filter(lambda command: command.get("code", 0) is not None),
    "minutes": st.integers(max_value=0) | st.floats() | st.text(max_size=3),
    "live": st.integers() | st.text(max_size=3),
    "load": st.fixed_dictionaries({}, optional={"name": ANY, "text": ANY}),
    "save": st.integers() | st.just("everything"),
    "nonsense": ANY,
}


PANEL_COMMANDS = {
    "set": st.dictionaries(
        st.sampled_from([*PANEL_CHOSEN, "self", "values", "x"]), ANY | st.just(-1)
    )
    | st.lists(ANY, max_size=2),
    "apply": ANY,
    "nonsense": ANY,
}


def messages(commands: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Give a strategy of messages that mean nothing, or that cannot be done."""
    asked = st.sampled_from(sorted(commands)).flatmap(
        lambda kind: st.fixed_dictionaries({"ask": st.just(kind), "value": commands[kind]})
    )
    counted = st.tuples(asked, ANY).map(lambda both: both[0] | {"n": both[1]})
    known = {"told", "sides", "error", "answered", "_esm", "layout", "finding", *CHOSEN}
    state = st.dictionaries(st.sampled_from(sorted(known)), ANY, min_size=1)
    return st.one_of(
        ANY,
        st.fixed_dictionaries({"method": ANY, "state": ANY, "content": ANY}),
        st.fixed_dictionaries({"method": st.just("update"), "state": ANY | state}),
        (asked | counted | ANY).map(lambda content: {"method": "custom", "content": content}),
    )


def stays_as_it_was(one: Lab | Architect, data: Any) -> None:
    """Demand that a message is either understood, or told in one line and nothing else."""
    before = state_of(one)
    heard(one, data)
    if one.error:
        assert one.error == one_line(one.error)
        assert not re.match(r"[A-Z]\w*(Error|Exception|Interrupt)\b", one.error), "a fault of ours"
        assert state_of(one) == before


@pytest.mark.fuzz
@settings(deadline=None)
@given(messages(LAB_COMMANDS))
def test_a_lab_that_hears_nonsense_stays_as_it_was(lab: Lab, data: Any) -> None:
    """No message breaks a lab: it is understood, or told in one line and nothing else."""
    stays_as_it_was(lab, data)


@pytest.mark.fuzz
@settings(deadline=None)
@given(messages(PANEL_COMMANDS))
def test_an_architects_panel_that_hears_nonsense_stays_as_it_was(
    panel: Architect, data: Any
) -> None:
    """No message breaks a panel: it is understood, or told in one line and nothing else."""
    stays_as_it_was(panel, data)


MEANINGLESS = [
    None,
    [],
    "custom",
    {},
    {"method": None},
    {"method": "update"},
    {"method": "update", "state": []},
    {"method": "update", "state": {"sides": {}}},
    {"method": "update", "state": {"told": {}}},
    {"method": "update", "state": {"moment": "25:03"}},
    {"method": "update", "state": {"preset": "E9"}},
    {"method": "update", "state": {"trap": None}},
    {"method": "update", "state": {"finding": "All is well."}},
    {"method": "custom"},
    {"method": "custom", "content": []},
    {"method": "custom", "content": {"ask": None}},
    {"method": "custom", "content": {"ask": ["trap"], "value": "E1"}},
    {"method": "custom", "content": {"ask": "trap", "value": "E1", "n": "x"}},
    {"method": "custom", "content": {"ask": "set", "value": {"self": 1}}},
    {"method": "custom", "content": {"ask": "set", "value": [1]}},
]


@pytest.mark.parametrize("data", MEANINGLESS, ids=json.dumps)
def test_a_message_without_a_meaning_is_refused(lab: Lab, panel: Architect, data: Any) -> None:
    """So that the property above says something: none of these is taken for done."""
    for one in (lab, panel):
        stays_as_it_was(one, data)
        assert one.error


def test_a_moment_and_a_command_are_heard(lab: Lab) -> None:
    """What makes sense is done, so that refusing everything would not do."""
    first, _ = lab.state.shift
    heard(lab, {"method": "update", "state": {"moment": first + 5}, "buffer_paths": []})
    assert (lab.error, lab.state.moment) == ("", first + 5)
    heard(lab, {"method": "custom", "content": {"ask": "live", "value": True, "n": 7}})
    assert (lab.error, lab.live, lab.answered) == ("", True, 7)


def test_an_act_that_is_refused_moves_nothing(lab: Lab) -> None:
    """Neither the moment, where it would have been done, nor the agent as whom."""
    first, _ = lab.state.shift
    assert lab.moment != first + 777
    for command in (
        {"code": 10_000, "t": first + 777},
        {"code": None, "side": 3, "t": first + 777},
    ):
        stays_as_it_was(lab, {"method": "custom", "content": {"ask": "act", "value": command}})
        assert lab.error
    other = next(e["value"] for e in lab.agents if e["value"] != lab.state.agent)
    before = state_of(lab)
    for at, minutes in (("03:00", 5), (first, 0)):
        with pytest.raises(BadInput):
            lab.state.repeat(other, at, "", minutes)
        assert state_of(lab) == before


# In Python.

WRONG = [None, True, -1, 2.5, float("nan"), 10**400, "", "x" * 5000, b"x", [], {}, (), object()]
ONLY = {"live": (True,), "moment": (-1, 10**400), "second": ("",)}
"""What is right of the wrong values, by command."""


def is_one_of(value: Any, some: tuple[Any, ...]) -> bool:
    """Say whether a value is among some, as the same kind of value: 1 is not true."""
    return any(type(value) is type(one) and value == one for one in some)


@pytest.mark.parametrize("command", sorted(LAB_COMMANDS.keys() - {"save", "nonsense"}))
def test_a_command_with_a_value_of_another_kind_is_refused_in_one_line(
    lab: Lab, command: str
) -> None:
    """Whatever object Python hands over, the caller gets BadInput and the lab stays."""
    for value in [*WRONG, np.array([1, 2]), np.float64(2.5), [[]], ["widget.force", []]]:
        if not is_one_of(value, ONLY.get(command, ())):
            before = state_of(lab)
            with pytest.raises(BadInput) as refused:
                lab.choose(command, value)
            assert str(refused.value) == one_line(str(refused.value))
            assert state_of(lab) == before


METHODS: dict[str, Callable[[LabState, Any], object]] = {
    "choose_trap": LabState.choose_trap,
    "choose_preset": LabState.choose_preset,
    "choose_also": LabState.choose_also,
    "choose_agent": LabState.choose_agent,
    "set_seed": LabState.set_seed,
    "set_field": lambda state, value: state.set_field("refresh_interval_ms", value),
    "set_field, its name": lambda state, value: state.set_field(value, 1),
    "move_to": LabState.move_to,
    "act": LabState.act,
    "act, minutes": lambda state, value: state.act(None, value),
    "repeat, agent": lambda state, value: state.repeat(value, "14:00", "", 5),
    "repeat, at": lambda state, value: state.repeat("agent-01", value, "", 5),
    "repeat, code": lambda state, value: state.repeat("agent-01", "14:00", value, 5),
    "repeat, minutes": lambda state, value: state.repeat("agent-01", "14:00", "", value),
}
FINE = {"move_to": (-1, 10**400), "choose_also": ("",), "repeat, code": ("",)}
FINE |= {"set_field": (None,), "repeat, at": (-1, 10**400)}


@pytest.mark.parametrize("method", METHODS)
def test_the_state_of_a_lab_refuses_values_of_another_kind(lab: Lab, method: str) -> None:
    """Every way into the state is guarded by itself, and nothing is left half chosen."""
    for value in WRONG:
        if not is_one_of(value, FINE.get(method, ())):
            before = state_of(lab)
            with pytest.raises(BadInput):
                METHODS[method](lab.state, value)
            assert state_of(lab) == before


@pytest.mark.parametrize("name", PANEL_CHOSEN)
def test_the_panel_refuses_values_of_another_kind(panel: Architect, name: str) -> None:
    """Each choice is guarded by itself, and only what is a limit may be none."""
    optional = name.startswith("most_") or name == "rate_limit_per_min"
    for value in [-1, "", "x", b"x", [], {}, (), object(), *([] if optional else [None])]:
        before = state_of(panel)
        with pytest.raises(BadInput) as refused:
            panel.set(**{name: value})
        assert str(refused.value) == one_line(str(refused.value))
        assert state_of(panel) == before


@pytest.mark.slow
@pytest.mark.parametrize(
    "wrong",
    [
        *({"what": value} for value in (None, 3, b"E4", [])),
        *({"organisation": value} for value in (3, b"small", [])),
        *({"acts": value} for value in (3, "E4", [1], [()], [("agent-01",)], [(1, 2, 3, 4)])),
        *({name: []} for name in ("preset", "agent", "at", "seed", "refresh_interval_ms")),
    ],
    ids=str,
)
def test_a_lab_is_not_opened_with_values_of_another_kind(wrong: dict[str, Any]) -> None:
    """The caller gets one line at once, and not a lab that fails later."""
    with pytest.raises(BadInput) as refused:
        simkit.lab(**wrong)
    assert str(refused.value) == one_line(str(refused.value))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("undo", 'lab.choose("undo", value)'),
        ("minutes", 'lab.choose("minutes", value)'),
        ("state", "'state' cannot be set"),
        ("refresh_interval_ms", 'lab.choose("field", ("refresh_interval_ms", value))'),
        ("momnet", "did you mean 'moment'?"),
        ("xyz", "Lab has no attribute 'xyz'"),
    ],
)
def test_an_attribute_that_a_lab_does_not_have_is_not_set_silently(
    lab: Lab, name: str, words: str
) -> None:
    """Nothing would come of it; the message names the command that does what was meant."""
    before = state_of(lab)
    with pytest.raises(AttributeError, match=re.escape(words)):
        setattr(lab, name, "E4b")
    assert state_of(lab) == before


def test_an_attribute_that_a_panel_does_not_have_is_not_set_silently(panel: Architect) -> None:
    """Nothing would come of it; the message names the call of panel.set that works."""
    with pytest.raises(AttributeError, match=re.escape("panel.set(interval_ms=value)")):
        panel.interval_ms = 15_000  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="Architect has no attribute 'xyz'"):
        panel.xyz = 1  # type: ignore[attr-defined]


def test_what_widgets_have_can_be_set(lab: Lab, panel: Architect) -> None:
    """The public names of traitlets and ipywidgets are those of any widget."""
    for one in (lab, panel):
        one.layout.width = "50%"
        one.layout = ipywidgets.Layout(width="100%")
        one.tooltip = "a lab"
        one.tabbable = False
        one.log = one.log
        one.add_class("mine")
        one.set_trait("error", "")
        with one.hold_trait_notifications():
            one.error = ""
    lab.moment = lab.state.shift[0] + 9
    assert lab.state.moment == lab.state.shift[0] + 9
    picture = day(simkit.run(simkit.traps["E4"].settings, seed=1))
    picture.moment += 1
    with pytest.raises(AttributeError, match="Day has no attribute 'agnet'"):
        picture.agnet = "agent-01"
    picture.close()


# Whole numbers of other libraries.

SEVEN = [np.int64(7), np.uint8(7), np.int32(7), np.array(7)]


@pytest.mark.slow
@pytest.mark.parametrize("seven", SEVEN, ids=lambda seven: type(seven).__name__)
@pytest.mark.some(1)
def test_a_whole_number_of_another_library_is_a_whole_number(seven: Any) -> None:
    """For seeds as for fields, and everywhere: the result is that of Python's own."""
    trap = simkit.traps["E4"]
    run = simkit.run(trap.settings, seed=seven)
    assert run.digest == simkit.run(trap.settings, seed=7).digest
    assert type(run.seed) is int
    fifteen = seven * 0 + np.int64(15_000)
    changed = trap.settings.replace(refresh_interval_ms=fifteen)
    assert changed.hash == trap.settings.replace(refresh_interval_ms=15_000).hash
    assert type(changed.interval_ms) is int
    again = trap.settings.with_top(seed=seven)
    assert (again.seed, type(again.seed)) == (7, int)
    two = seven - seven + 2
    found = simkit.compare("E4", "E4a", replications=two, seed=seven)
    assert found.estimate == simkit.compare("E4", "E4a", replications=2, seed=7).estimate
    made = simkit.experiment(
        trap.settings,
        {"refresh_interval_ms": [fifteen, 30_000], "organisation.agents": [seven]},
        replications=two,
        seed=seven,
    )
    assert [type(level) for point in made.points for level in point.levels.values()] == [int] * 4
    assert (made.seed, made.replications) == (7, 2)
    one = simkit.lab("E4", seed=seven, at=seven, refresh_interval_ms=fifteen)
    one.choose("minutes", seven)
    one.choose("seed", seven)
    assert (one.state.choice.seed, one.minutes) == (7, 7)
    assert "np." not in one.snippet
    one.close()
    panel = simkit.architect()
    panel.set(agents=seven, interval_ms=fifteen, rate_limit_per_min=seven * 0 + np.int64(300))
    json.dumps(panel.told)
    assert type(panel.choice.agents) is int
    panel.close()


@pytest.mark.parametrize("seven", [7.0, np.float64(7)], ids=lambda seven: type(seven).__name__)
def test_a_whole_number_may_be_a_fraction_without_a_rest(seven: Any) -> None:
    """As JSON, spreadsheets and data frames have it."""
    settings = simkit.traps["E4"].settings
    assert type(simkit.run(settings, seed=seven).seed) is int
    assert type(settings.with_top(seed=seven).seed) is int
    assert type(settings.replace(refresh_interval_ms=seven * 5_000).interval_ms) is int


@pytest.mark.parametrize("wrong", [True, 7.5, "7", np.float64(7.5), np.bool_(True), -1, 1 << 62])
def test_what_is_no_whole_number_is_no_seed(wrong: Any) -> None:
    """All six ways to give one refuse truth values, fractions, text, -1 and 2**62."""
    settings = simkit.traps["E4"].settings
    for use in (
        lambda: simkit.run(settings, seed=wrong),
        lambda: simkit.run(settings, seed=wrong, engine="columns"),
        lambda: simkit.compare("E4", "E4a", replications=2, seed=wrong),
        lambda: simkit.experiment(settings, {"refresh_interval_ms": [15_000]}, seed=wrong),
        lambda: simkit.lab("E4", seed=wrong),
        lambda: settings.with_top(seed=wrong),
    ):
        with pytest.raises(BadInput, match="seed"):
            use()

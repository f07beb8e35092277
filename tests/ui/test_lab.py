"""The lab as a widget, driven without a browser: it answers once, says errors, and starts again."""

from __future__ import annotations

import gc
import json
import re
import subprocess
import sys
import warnings
import weakref
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import ipywidgets
import pytest
from extent import some
from hostile import HOSTILE, hostile_data
from stills import Markup, assert_plain, still_of

import simkit
from simkit import BadInput, InputNotice
from simkit.base.clock import show_duration
from simkit.base.errors import notice
from simkit.inputs import saving
from simkit.inputs.traces import reading, writing
from simkit.rules.sections import PATHS
from simkit.runs.run import Run
from simkit.study.catalogue import TRAP_IDS, Trap
from simkit.ui.lab import controls, lab_view_model
from simkit.ui.lab.agent_view import AgentView
from simkit.ui.lab.agent_view_model import day_model
from simkit.ui.lab.day import day
from simkit.ui.lab.lab import Lab
from simkit.ui.lab.scenario_selection import CUSTOM, HEALTHY, TRAP, ScenarioSelection
from simkit.ui.lab.sentences import moment_sentence
from simkit.ui.lab.state import LabState

pytestmark = pytest.mark.slow  # labs are opened


@pytest.fixture(scope="module", autouse=True)
def _others_left_alone() -> Iterator[None]:
    """Keep the collector, which labs call after each command, from what other tests have left."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def offered(entries: list[dict[str, str]]) -> list[str]:
    """Give what the entries of a list stand for."""
    return [entry["value"] for entry in entries]


def hear(one: Lab, kind: str, value: Any) -> None:
    """Let a lab hear what the browser sends when a control is moved."""
    one._handle_custom_msg({"ask": kind, "value": value, "n": one.answered + 1}, [])


def settings_of(one: Lab) -> Any:
    return one.state.choice.settings


# Every control.


@pytest.mark.slow
@pytest.mark.parametrize("trap_id", some(TRAP_IDS, 1))
def test_every_entry_of_every_list_can_be_chosen(lab: Callable[..., Lab], trap_id: str) -> None:
    """No list offers what the lab then refuses: presets, second fixes and agents."""
    one = lab(trap_id)
    for preset in offered(one.choices["presets"]):
        hear(one, "preset", preset)
        assert (one.error, one.choices["preset"]) == ("", preset)
        for also in offered(one.choices["also"]):
            hear(one, "second", also)
            assert (one.error, one.choices["second"]) == ("", also)
        hear(one, "second", "")
    for agent in offered(one.agents):
        hear(one, "agent", agent)
        assert (one.error, one.choices["agent"]) == ("", agent)
        assert one.finding.startswith("At ")


@pytest.mark.slow
@pytest.mark.parametrize("section", some(controls.all_by_section(), 1, start=4))
def test_every_field_can_be_moved_to_both_ends_and_is_answered(
    lab: Callable[..., Lab], section: str
) -> None:
    """At an end a value may not suit the others: then one line says so, and nothing has changed."""
    for control in controls.all_by_section()[section]:
        one = lab("E4")
        values: list[Any] = list(control.options)
        if control.kind == "flag":
            values = [True, False]
        if control.kind in ("whole", "decimal"):
            assert control.low is not None
            assert control.high is not None
            values = [control.low, control.high, *([None] if control.optional else [])]
        if control.kind == "several":
            values = [list(control.options), []]
        for value in values:
            before = settings_of(one).get(control.path)
            hear(one, "field", [control.path, value])
            if one.error:
                assert "\n" not in one.error
                assert "Error" not in one.error.split(":")[0]
                assert settings_of(one).get(control.path) == before
            else:
                assert settings_of(one).get(control.path) == control.read(value)
                assert one.choices["preset"] == CUSTOM
            assert one.choices["values"][control.path] == control.shown(
                settings_of(one).get(control.path)
            )


def test_controls_come_from_the_fields_of_the_settings(lab: Callable[..., Lab]) -> None:
    """A new setting has its control, bounds and words without any work on the lab."""
    told = {c["path"]: c for row in lab("E4").fields.values() for c in row}
    assert set(told) == set(PATHS.values())
    interval = told["widget.refresh_interval_ms"]
    assert (interval["low"], interval["high"], interval["optional"]) == (1_000, 3_600_000, True)
    assert interval["description"].startswith("Time between polls")
    assert told["widget.on_error"]["options"] == ["swallow", "surface"]
    assert all(c["description"] for c in told.values())


@pytest.mark.slow
def test_a_field_of_json_is_read_as_json_and_refused_in_one_line_when_it_is_none(
    lab: Callable[..., Lab],
) -> None:
    """Words that are no JSON and hours that end as they start are both told with the field."""
    one = lab("E3")
    hear(one, "field", ["routing.campaign_hours", '[["09:00", "12:00"]]'])
    assert one.error == ""
    assert settings_of(one).get("campaign_hours") == (("09:00", "12:00"),)
    hear(one, "field", ["routing.campaign_hours", "nine to noon"])
    assert one.error == "routing.campaign_hours: found 'nine to noon'; allowed: JSON"
    hear(one, "field", ["routing.campaign_hours", '[["12:00", "12:00"]]'])
    assert "must end at another time than they start" in one.error


# What is sent.


def test_a_moment_under_the_slider_sends_nothing_but_the_code_for_it(
    lab: Callable[..., Lab],
) -> None:
    """Dragging stays smooth: the browser has the whole day, and nothing is run again."""
    one = lab("E4")
    made, sent = one.state.runs_made, []
    for part in ("sides", "world", "choices", "metrics", "overview"):
        one.observe(sent.append, part)
    first, last = one.state.shift
    for t in range(first, last, 3_000_017):
        one.moment = t
        assert one.state.moment == t
        assert (f"at={t}," if t % 1000 else f'at="{one.state.time(t)}",') in one.snippet
        assert one.finding == moment_sentence(one.state.view, one.state.agent, t)
    assert sent == []
    assert one.state.runs_made == made


@pytest.mark.slow
def test_only_what_changes_is_sent_again(lab: Callable[..., Lab]) -> None:
    """A day is large, so that a command sends the parts it changes and no others."""
    one = lab("E4")
    sent: list[str] = []
    for part in ("sides", "world", "choices", "metrics", "overview"):
        one.observe(lambda change: sent.append(change["name"]), part)
    hear(one, "agent", one.agents[3]["value"])
    assert sorted(sent) == ["choices", "sides"]
    sent.clear()
    hear(one, "live", True)
    assert sent == ["choices"]
    sent.clear()
    hear(one, "preset", "E4a")
    assert sent == ["sides", "choices", "metrics", "overview"], "the world is the same"


@pytest.mark.slow
def test_one_command_is_answered_once_however_often_labs_were_opened(
    lab: Callable[..., Lab],
) -> None:
    """Labs of cells that were run before do not run along with the newest one."""
    labs = [lab("E4") for _ in range(3)]
    runs = [one.state.runs_made for one in labs]
    hear(labs[-1], "preset", "E4a")
    assert [one.state.runs_made for one in labs] == [*runs[:-1], runs[-1] + 1]
    assert [one.answered for one in labs] == [0, 0, 1]


@pytest.mark.slow
def test_two_labs_are_independent(lab: Callable[..., Lab]) -> None:
    """What is chosen in one does not show in another of the same trap."""
    one, other = lab("E4"), lab("E4")
    before = (other.sides, other.choices, other.moment, other.snippet)
    for kind, value in [("trap", "T2"), ("preset", "T2a"), ("moment", 20_000_000), ("live", True)]:
        hear(one, kind, value)
    assert (other.sides, other.choices, other.moment, other.snippet) == before
    assert repr(other).startswith("Lab(E4, trap, ")


# The two sides.


@pytest.mark.slow
def test_trap_and_fix_stand_side_by_side_with_their_difference_and_its_verdict(
    lab: Callable[..., Lab],
) -> None:
    """Field, verdict and promise are named, and the desks are alike up to the parting."""
    one = lab("E4")
    assert [side["label"] for side in one.sides["sides"]] == ["Trap E4"]
    hear(one, "preset", "E4a")
    assert [side["label"] for side in one.sides["sides"]] == ["Trap E4", "Fix E4a"]
    words = [line["words"] for line in one.choices["lesson"]]
    assert "Time between two polls: 30 s → 15 s" in words
    assert "reduced" in words[-1]
    assert "the guide promises: cured" in words[-1]
    parting = one.sides["parting"]
    assert parting["t"] > one.sides["sides"][0]["start"]
    agent = one.state.agent
    trap, fix = one.state.trapped, one.state.view
    assert trap.at(agent, parting["t"] - 1).desk == fix.at(agent, parting["t"] - 1).desk
    assert trap.at(agent, parting["t"]).desk != fix.at(agent, parting["t"]).desk


def test_the_numbers_told_are_those_of_the_runs(lab: Callable[..., Lab]) -> None:
    """The symptom's three values are measured here again, apart from the lab."""
    one = lab("E4", preset="E4a")
    heads, rows = one.metrics["heads"], one.metrics["rows"]
    assert heads == ["Healthy", "Trap E4", "E4a"]
    values = [each["value"] for each in one.metrics["symptom"]["values"]]
    trap = simkit.traps["E4"]
    assert values == [
        simkit.run(settings, seed=1).metrics["deactivated_code_shown_ms"].value
        for settings in (trap.base, trap.settings, trap.fixed("E4a"))
    ]
    assert {row[0] for row in rows} >= {"requests on the wire", "reply bodies on the wire"}
    assert all(len(row) == len(heads) + 1 for row in rows)


# Acting.


@pytest.mark.slow
def test_a_learner_chooses_on_one_desk_and_both_worlds_meet_the_act(
    lab: Callable[..., Lab],
) -> None:
    """Both desks show the choice as set, and only with the fix does the platform have it."""
    one = lab("T3", preset="T3a")
    hear(one, "live", True)
    code = one.state.piece.desk.entries[2]
    hear(one, "act", {"side": 0, "code": code, "t": one.state.moment})
    assert one.error == ""
    assert one.choices["acts"] == 1
    chosen = one.state.view.codes[code].name
    trap, fix = one.sides["sides"]
    said = [
        side["desks"][[p["desk"] for p in side["pieces"] if p["start"] <= one.moment + 500][-1]]
        for side in (trap, fix)
    ]
    assert [desk["status"] for desk in said] == [chosen, chosen]
    assert one.state.trapped.at(one.state.agent, one.moment + 500).truth.status == -1
    assert one.state.view.at(one.state.agent, one.moment + 500).truth.status == code
    hear(one, "undo", None)
    assert one.choices["acts"] == 0


@pytest.mark.slow
def test_a_code_that_only_the_other_desk_lists_is_refused_on_this_one(
    lab: Callable[..., Lab],
) -> None:
    """An agent can only choose what is listed on the very desk that is clicked."""
    one = lab("E4", preset="E4b")
    dead = one.state.trapped.at(one.state.agent, one.state.moment).unusable[0]
    hear(one, "act", {"side": 1, "code": dead, "t": one.state.moment})
    assert "not listed" in one.error
    hear(one, "act", {"side": 0, "code": dead, "t": one.state.moment})
    assert one.error == ""


# Errors are said.


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"what": "E9"}, f"{', '.join(TRAP_IDS)}, or a scenario file"),
        ({"what": "missing.yaml"}, "missing.yaml"),
        ({"no_such_field": 1}, "no_such_field"),
        ({"force": "maybe"}, "widget.force"),
        ({"seed": -1}, "seed"),
        ({"preset": "E9a"}, "E9a"),
        ({"agent": "agent-99"}, "agent-99"),
        ({"at": "03:00"}, "not at work"),
        ({"organisation": "missing.yaml"}, "missing.yaml"),
        ({"workload": "missing.csv"}, "missing.csv"),
        ({"acts": [("agent-01", "10:00", "no-code", 5)]}, "not listed"),
    ],
)
@pytest.mark.some(4)
def test_bad_input_is_refused_in_one_line_when_a_lab_is_opened(
    wrong: dict[str, Any], words: str
) -> None:
    """Whichever argument is wrong, the line names it or what is allowed in its place."""
    with pytest.raises(BadInput, match=re.escape(words)) as refused:
        simkit.lab(**wrong)
    assert "\n" not in str(refused.value)


@pytest.mark.slow
def test_what_cannot_run_is_said_and_the_controls_turn_back(lab: Callable[..., Lab]) -> None:
    """Polls would overlap, so that the old value and run stay; the next change is made."""
    one = lab("E4", delay_max_ms=600)
    digest = one.state.view.run.digest
    hear(one, "field", ["widget.refresh_interval_ms", 1_000])
    assert "overlap" in one.error
    assert one.choices["values"]["widget.refresh_interval_ms"] == 30_000
    assert one.state.view.run.digest == digest
    hear(one, "field", ["widget.version_parameter", True])
    assert one.error == ""
    assert one.state.view.run.digest != digest


@pytest.mark.slow
def test_a_bug_is_shown_not_swallowed(
    lab: Callable[..., Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of the kit's own is read on the screen, and the lab stays on its trap."""
    one = lab("E4")

    def fail(*_: Any, **__: Any) -> Run:
        raise RuntimeError("<b>broken</b>")

    monkeypatch.setattr(one.state, "_simulate", fail)
    hear(one, "trap", "E1")
    assert one.error == "RuntimeError: <b>broken</b>"
    assert (one.choices["trap"], one.state.choice.trap.id) == ("E4", "E4")
    assert one.answered == 1


def test_an_unknown_command_is_refused(lab: Callable[..., Lab]) -> None:
    """A misspelt name is told to the caller, with the one that was meant, and nothing is chosen."""
    one = lab("E4")
    with pytest.raises(BadInput, match=r"^unknown command 'presets'; did you mean 'preset'\?$"):
        one.choose("presets", "E4a")
    assert one.choices["preset"] == TRAP


# Code and files.


def reopened(one: Lab) -> Lab:
    """Run the code that the lab tells."""
    given: Lab = eval(one.snippet, {"simkit": simkit})
    return given


@pytest.mark.slow
@pytest.mark.parametrize("trap_id", some(TRAP_IDS, 1, start=3))
def test_the_code_told_opens_the_lab_in_the_same_state(
    lab: Callable[..., Lab], trap_id: str
) -> None:
    """Whoever runs it elsewhere has the same run to the last record, for every preset."""
    one = lab(trap_id, seed=4)
    for preset in offered(one.choices["presets"]):
        hear(one, "preset", preset)
        again = reopened(one)
        assert repr(again) == repr(one)
        assert again.state.view.run.digest == one.state.view.run.digest
        again.close()


@pytest.mark.slow
@pytest.mark.thorough
def test_the_code_told_repeats_changed_fields_acts_and_the_organisation(
    lab: Callable[..., Lab],
) -> None:
    """What was done by hand is not lost on a colleague who is sent the line."""
    one = lab("T3", refresh_interval_ms=15_000, seed=7)
    assert 'simkit.lab("T3", refresh_interval_ms=15000, ' in one.snippet
    hear(one, "act", {"side": 0, "code": one.state.piece.desk.entries[1]})
    again = reopened(one)
    assert again.state.choice.acts == one.state.choice.acts
    assert again.state.view.run.digest == one.state.view.run.digest
    again.close()
    hear(one, "reset", None)
    hear(one, "organisation", "classroom")
    again = reopened(one)
    assert repr(again) == repr(one)
    again.close()


@pytest.mark.slow
@pytest.mark.thorough
def test_the_code_told_is_exact_to_the_millisecond_and_knows_acts_on_either_desk(
    lab: Callable[..., Lab],
) -> None:
    """An act at 457 ms past a second, with a code that the fix does not list, is met again."""
    one = lab("E4", preset="E4b")
    dead = one.state.trapped.at(one.state.agent, one.state.moment).unusable[0]
    hear(one, "act", {"side": 0, "code": dead, "t": one.state.moment + 457})
    assert one.error == ""
    assert one.state.choice.acts[0].t % 1000 == 457
    again = reopened(one)
    assert again.state.choice.acts == one.state.choice.acts
    assert again.state.moment == one.state.moment
    assert again.state.view.run.digest == one.state.view.run.digest
    again.close()
    hear(one, "preset", "E4c")
    again = reopened(one)
    assert again.state.view.run.digest == one.state.view.run.digest
    again.close()


def saved(one: Lab, what: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Give the file that the lab hands to the browser."""
    sent: list[Any] = []
    monkeypatch.setattr(one, "send", sent.append)
    hear(one, "save", what)
    assert one.error == ""
    file: dict[str, str] = sent[0]["save"]
    return file


@pytest.mark.slow
def test_a_saved_scenario_is_loaded_as_the_same_settings(
    lab: Callable[..., Lab], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Python and another lab read the same settings of it, and make the same run."""
    one = lab("E4", preset="E4a+E4b")
    file = saved(one, "scenario", monkeypatch)
    path = tmp_path / file["filename"]
    path.write_text(file["text"], encoding="utf-8")
    assert simkit.load(path) == settings_of(one)
    other = lab("T1")
    hear(other, "load", {"name": file["filename"], "text": file["text"]})
    assert other.error == ""
    assert settings_of(other) == settings_of(one)
    assert other.choices["trap"] == "open"
    assert lab(path).state.view.run.digest == one.state.view.run.digest


@pytest.mark.slow
def test_a_saved_workload_is_met_again(
    lab: Callable[..., Lab], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The learner's act is part of the file, and the day read from it has the same digest."""
    one = lab("E3", seed=5)
    hear(one, "act", {"side": 0, "code": one.state.piece.desk.entries[0]})
    file = saved(one, "workload", monkeypatch)
    other = lab("E3", seed=5)
    hear(other, "load", {"name": file["filename"], "text": file["text"]})
    assert other.error == ""
    assert other.state.view.run.digest == one.state.view.run.digest
    path = tmp_path / "w.csv"
    path.write_text(file["text"], encoding="utf-8")
    assert lab("E3", seed=5, workload=path).state.view.run.digest == other.state.view.run.digest


@pytest.mark.slow
def test_an_organisation_file_can_be_loaded(lab: Callable[..., Lab]) -> None:
    """The trap goes on with the file's 300 agents, and comes back to its own 30."""
    one = lab("E1")
    text = (Path(lab_view_model.__file__).parents[3] / "data/orgs/classroom.yaml").read_text(
        "utf-8"
    )
    hear(one, "load", {"name": "mine.yaml", "text": text})
    assert one.error == ""
    assert (one.choices["organisation"], len(one.agents)) == ("other", 300)
    hear(one, "organisation", "small")
    assert len(one.agents) == 30


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        (
            "a.yaml",
            "base: healthy.yaml\nwidget: {refreshIntervalMS: 3}",
            "did you mean 'refreshIntervalMs'",
        ),
        ("a.yaml", "base: ../../../etc/passwd", "base"),
        ("a.yaml", "base: healthy.yaml\norganisation: /etc/hosts", "organisation"),
        ("a.yaml", "", "a.yaml"),
        ("a.yaml", "just words", "a.yaml"),
        ("a.json", "{", "a.json"),
        ("a.csv", "when,who\n", "a.csv"),
        ("a.csv", "", "a.csv"),
        ("a.yaml", "x" * 17_000_000, "16"),
    ],
)
@pytest.mark.some(4)
def test_a_bad_upload_is_refused_in_one_line(
    lab: Callable[..., Lab], file: str, text: str, words: str
) -> None:
    """Typos, foreign paths, empty files and 17 MB are told; the run in force stays."""
    one = lab("E4")
    digest = one.state.view.run.digest
    hear(one, "load", {"name": file, "text": text})
    assert words in one.error
    assert "\n" not in one.error
    assert "Error" not in one.error.split(":")[0]
    assert one.state.view.run.digest == digest


# Still, closing, cost.


def test_a_lab_shows_itself_and_has_a_still_for_readers_without_a_kernel(
    lab: Callable[..., Lab],
) -> None:
    """Who opens the notebook later still reads the moment, and what was wrong then."""
    one = lab("E4")
    bundle, _ = one._repr_mimebundle_()
    assert bundle["text/plain"] == repr(one) == repr(lab("E4"))
    assert "application/vnd.jupyter.widget-view+json" in bundle
    still = Markup(still_of(one)).text
    assert one.finding in still
    assert "deactivated at" in still


@pytest.mark.slow
def test_closing_frees_all_widgets() -> None:
    """A notebook that opens many labs does not fill up, and closing twice does no harm."""
    known = ipywidgets.widgets.widget._instances
    before = set(known)
    one = simkit.lab("E4")
    hear(one, "preset", CUSTOM)
    hear(one, "trap", "E1")
    one.close()
    one.close()
    assert set(known) == before
    assert one._repr_mimebundle_ is None, "what is left is the text"
    assert repr(one).startswith("Lab(E1, trap")


@pytest.mark.slow
def test_a_closed_lab_is_let_go_with_all_its_runs() -> None:
    """Lab, state and run are freed, so that the next lab has their memory."""
    one = simkit.lab("E4")
    hear(one, "preset", "E4a")
    left = [weakref.ref(one), weakref.ref(one.state), weakref.ref(one.state.view)]
    one.close()
    del one
    gc.collect()
    assert [each() for each in left] == [None, None, None]


@pytest.mark.slow
def test_the_kit_loads_no_widgets_and_no_plots() -> None:
    """Scripts and workers that only run do not wait for libraries that draw."""
    script = (
        "import sys, simkit; simkit.traps['E4']; simkit.run\n"
        "print([m for m in ('plotly', 'ipywidgets', 'anywidget') if m in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert said.stdout.strip() == "[]"


# A day without the lab around it.


def test_a_day_shows_the_same_agent_in_two_runs() -> None:
    """It is told as in the lab, and shows whom the trap misleads for longest."""
    trap = simkit.traps["E4"]
    run, fixed = simkit.run(trap.settings, seed=1), simkit.run(trap.fixed("E4b"), seed=1)
    picture = day(run, at="14:30", beside=fixed)
    view = AgentView(run)
    assert picture.agent == view.run.agents_by_discrepancy[0]
    assert len(picture.sides["sides"]) == 2
    told = day_model(view, picture.agent)
    assert picture.sides["sides"][0]["pieces"] == told["pieces"]
    assert view.clock(picture.moment) == "14:30:00"
    assert picture.title in picture.digest
    assert picture.finding == moment_sentence(AgentView(fixed), picture.agent, picture.moment)
    bundle, _ = picture._repr_mimebundle_()
    assert bundle["text/plain"] == repr(picture)
    picture.close()
    with pytest.raises(BadInput):
        day(run, "nobody")
    with pytest.raises(BadInput):
        day(run, at="03:00")


# Names from the data are text.


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Trap]:
    """Give the catalogue with names of codes, divisions and agents that try to break out."""
    data = hostile_data(tmp_path_factory.mktemp("hostile"))
    return {trap_id: Trap(data / "scenarios" / f"{trap_id}.yaml") for trap_id in TRAP_IDS}


def strings(value: Any) -> Iterator[str]:
    """Give all texts within a JSON value that are shown: keys and ids are not."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from strings(each) if key != "id" else ()
    elif isinstance(value, list | tuple):
        for each in value:
            yield from strings(each)


@pytest.mark.slow
@pytest.mark.thorough
def test_hostile_names_are_told_as_one_short_line_that_turns_no_reading_direction(
    hostile: dict[str, Trap],
) -> None:
    """No name turns the words around it, fills the screen, or adds markup to the still."""
    lab = Lab(lambda: LabState(ScenarioSelection(hostile["E4"]), catalogue=hostile))
    for trap_id in TRAP_IDS:
        hear(lab, "trap", trap_id)
        for preset in some(offered(lab.choices["presets"]), 2):
            hear(lab, "preset", preset)
            for agent in some(offered(lab.agents)[:10], 3):
                hear(lab, "agent", agent)
                assert lab.error == ""
                shown = [
                    lab.sides,
                    lab.world,
                    [side["agents"] for side in lab.overview["sides"]],
                    lab.metrics,
                ]
                for text in strings(json.loads(json.dumps(shown))):
                    assert "\u202e" not in text
                    assert "x" * 120 not in text
        assert_plain(still_of(lab))
    lab.close()


def test_hostile_names_are_still_readable(hostile: dict[str, Trap]) -> None:
    """A guard is no eraser: markup, quotes and emoji are read as they were written."""
    lab = Lab(lambda: LabState(ScenarioSelection(hostile["E4"]), catalogue=hostile))
    hear(lab, "preset", HEALTHY)
    names = {e["name"] for d in lab.sides["sides"][1]["desks"] for e in d["entries"]}
    for text in HOSTILE[:4]:
        assert text in names
    assert {"\u200b.\u00ad", "x" * 59 + "…", "bell\\x07rings"} <= names
    lab.close()


def test_hostile_names_survive_saving(hostile: dict[str, Trap], tmp_path: Path) -> None:
    """The file gives the very names again, control characters included."""
    settings = hostile["E4"].settings
    saving.save(settings, tmp_path / "a.yaml")
    assert simkit.load(tmp_path / "a.yaml") == settings


@pytest.fixture
def doubtful() -> Iterator[None]:
    """Doubts are warned of, as they are outside of tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("default", InputNotice)
        yield


TRACE = "at,agent,what,value,until\n08:00:01,ann,shift,North Care,16:00\n"
FISHING = TRACE + "09:00,ann,wants,Fishing,09:10\n"
SAID = "w.csv:3: value: 1 row wants a reason that no code has: 'Fishing'"


@pytest.mark.slow
def test_a_doubt_about_an_upload_is_a_note_and_no_error(
    lab: Callable[..., Lab], doubtful: None
) -> None:
    """It is warned of in Python all the same, and stays while what it is about is shown."""
    one = lab("E4")
    assert one.notes == []
    for _ in range(2):
        with pytest.warns(InputNotice, match="Fishing"):
            hear(one, "load", {"name": "w.csv", "text": FISHING})
        assert (one.error, one.notes, one.choices["trace"]) == ("", [SAID], True)
    hear(one, "moment", "10:00")
    assert one.notes == [SAID]
    hear(one, "agent", "nobody")
    assert ("unknown agent" in one.error, one.notes) == (True, [SAID])
    hear(one, "load", {"name": "w.csv", "text": TRACE})
    assert (one.error, one.notes) == ("", [])


@pytest.mark.slow
def test_a_doubt_about_settings_is_a_note_when_they_are_loaded_and_when_a_lab_is_opened(
    lab: Callable[..., Lab], doubtful: None, tmp_path: Path
) -> None:
    """The note has file and place, and Python's warning is given all the same."""
    text = "base: healthy.yaml\nwidget: {division_id: '*'}\n"
    one = lab("E4")
    with pytest.warns(InputNotice, match="all divisions"):
        hear(one, "load", {"name": "s.yaml", "text": text})
    assert one.error == ""
    assert one.notes[0].startswith("s.yaml:2:10: widget.division_id: '*' (all divisions)")
    (tmp_path / "w.csv").write_text(FISHING, encoding="utf-8")
    with pytest.warns(InputNotice, match="Fishing"):
        other = lab("E4", workload=tmp_path / "w.csv")
    assert [note.removeprefix(f"{tmp_path}/") for note in other.notes] == [SAID]


def test_what_the_filters_of_warnings_make_of_a_doubt_holds_in_a_lab_too(
    lab: Callable[..., Lab],
) -> None:
    """Ignored, nothing is said; an error, it is said as one and nothing is loaded."""
    one = lab("E4")
    for action, error, loaded in (("ignore", "", True), ("error", SAID, False)):
        with warnings.catch_warnings():
            warnings.simplefilter(action, InputNotice)  # type: ignore[arg-type]
            hear(one, "load", {"name": "w.csv", "text": FISHING})
        assert (one.error, one.notes, one.choices["trace"]) == (error, [], loaded)
        hear(one, "reset", None)


def test_of_many_doubts_a_lab_tells_the_first() -> None:
    """Five are told and the rest is counted, so that they do not push the lab away."""

    def doubtful() -> LabState:
        for n in range(8):
            notice(BadInput(f"doubt {n}"))
        return LabState(ScenarioSelection(simkit.traps["E4"]))

    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always", InputNotice)
        one = Lab(doubtful)
    assert one.notes == [*(f"doubt {n}" for n in range(5)), "and 3 more"]
    one.close()


def test_a_workload_read_without_an_end_of_line_is_the_same(lab: Callable[..., Lab]) -> None:
    """An editor that drops the last line end does not change the day."""
    one = lab("E4")
    run = one.state.view.run
    text = writing.trace_text(run.history.workload, run.settings)
    assert reading.parse_trace(text.rstrip(), "w.csv", run.settings) == run.history.workload
    assert one.choices["trace"] is False
    assert one.choices["preset"] == TRAP


def test_what_two_runs_have_in_common_is_said_once() -> None:
    """Beside a fix that shortens what is wrong; and where nothing is wrong any more, in full."""
    with closing(simkit.lab("E4", preset="E4a")) as lab:
        views = lab.state.trapped, lab.state.view
        (longest, first), (same, second) = (
            next(iter(view.time_by_kind(lab.agent).items())) for view in views
        )
        assert longest == same == "unusable"
        spans = [show_duration(first), show_duration(second)]
        said = "Reasons that cannot be used are listed for"
        assert lab.sides["found"] == f"{said} {' → '.join(spans)}"
        lab.preset = "trap"
        assert lab.sides["found"] == f"{said} {spans[0]}"
    with closing(simkit.lab("T3", preset="T3a")) as lab:
        assert not any(lab.state.view.time_by_kind(lab.agent).values())
        assert lab.sides["found"].endswith(" → belief and truth agree all shift")

"""The lab, driven without a browser: what it shows is what the log says, and nothing runs twice."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, ClassVar

import ipywidgets
import pytest
from plotly.graph_objects import Figure
from ruamel.yaml import YAML

import simkit
from simkit import BadInput
from simkit.base import resources
from simkit.show import desk as desks
from simkit.show import plots, sentences
from simkit.show.desk import CUSTOM, HEALTHY, TRAP, LabState
from simkit.show.lab import Lab
from simkit.study.run import Run
from simkit.study.scenarios import TRAP_IDS, Trap

AVAILABLE = -1
EVERY_PRESET = [
    (trap.id, preset)
    for trap in simkit.traps.values()
    for preset in (
        *(HEALTHY, TRAP, CUSTOM),
        *(change.id for change in (*trap.fixes, *trap.remedies)),
    )
]


@pytest.fixture(scope="module")
def states() -> Callable[[str, str], LabState]:
    """Give the state of a trap's lab with a preset; each trap's state is made once."""
    made = {trap_id: LabState(trap_id) for trap_id in TRAP_IDS}

    def state(trap_id: str, preset: str) -> LabState:
        made[trap_id].choose_trap(trap_id)
        made[trap_id].choose_preset(preset)
        return made[trap_id]

    return state


@pytest.fixture
def lab() -> Iterator[Callable[..., Lab]]:
    """Open labs that are closed when the test ends."""
    opened = []

    def open_lab(*args: Any, **keywords: Any) -> Lab:
        opened.append(simkit.lab(*args, **keywords))
        return opened[-1]

    yield open_lab
    for each in opened:
        each.close()


# What is shown is what the log says: a reading of the log of its own, slow and plain.


class Plain:
    """One agent at one moment, read from the records and the files and from nothing else."""

    def __init__(self, run: Run, agent: str, t: int) -> None:
        self.run, self.agent, self.t = run, agent, t
        self.listed, self.frozen, self.believed, self.true = 0, False, AVAILABLE, AVAILABLE
        people = {person.id: person for person in run.settings.organisation.agents}
        self.division = people[agent].division
        self.dead: set[int] = set()
        for record in run.log:
            if record.t <= t and record.actor in (agent, "admin"):
                self.take(record)

    def take(self, record: Any) -> None:
        kind, data = record.kind, record.data
        if kind in ("login", "reload", "list"):
            self.listed = data["mask"]
        if kind in ("login", "reload", "recovered"):
            self.frozen = False
        if kind == "trouble":
            self.frozen = data["status"] == 401 and self.run.settings.widget.on_401 == "freeze"
        if kind == "success":
            self.believed = data["code"]
        if kind == "return":
            self.believed = AVAILABLE
        if kind == "status":
            self.true = data["status"]
        if kind == "transfer":
            ids = {d.id: d.name for d in self.run.settings.organisation.divisions}
            self.division = ids[data["division"]]
        if kind == "edit":
            (self.dead.discard if data["active"] else self.dead.add)(data["code"])

    @property
    def usable(self) -> set[int]:
        above = {d.name: d.parent for d in self.run.settings.organisation.divisions}
        path, division = set(), self.division
        while division:
            path.add(division)
            division = above[division]
        types = self.run.settings.widget.status_reason_types
        codes = enumerate(self.run.outcome.directory.codes)
        bound = {i for i, c in codes if c.division in path and c.type in types}
        return bound - self.dead

    @property
    def shown(self) -> list[int]:
        return [i for i in range(64) if self.listed >> i & 1]

    @property
    def locked(self) -> bool:
        widget, day = self.run.settings.widget, self.run.days[self.agent]
        if widget.override_guard != "lock":
            return False
        due = []
        if self.run.settings.wfm.writes_status:
            due += [t for window in day.windows for t in (window.start, window.end)]
        if every := self.run.settings.routing.sweep_interval_ms:
            due.append((self.t // every + 1) * every)
        return any(self.t < t <= self.t + widget.override_window_ms for t in due)

    @property
    def state(self) -> str:
        if self.frozen:
            return "frozen"
        return "locked" if self.locked else "list" if self.listed else "empty"


def moments(state: LabState, count: int = 40) -> list[int]:
    """Give the ends of the shift, the edges of every trouble, and moments drawn at random."""
    first, last = state.shift
    edges = [t for s in state.reading.stretches(state.agent) for t in (s.start, s.end - 1, s.end)]
    drawn = random.Random(f"{state.trap.id} {state.preset}")
    chosen = [first, last, *edges, *(drawn.randint(first, last) for _ in range(count))]
    return [t for t in chosen if first <= t <= last]


class Cells(HTMLParser):
    """The texts of the cells of a table, row by row; complains about what markup may not have."""

    ALLOWED: ClassVar = {
        *("table", "thead", "tbody", "tr", "th", "td"),
        *("span", "b", "i", "div", "bdi", "p", "pre"),
    }

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in self.ALLOWED, tag
        for key, _ in attrs:
            assert key in ("class", "style", "role", "aria-hidden", "aria-live", "title"), key
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


@pytest.mark.parametrize(("trap_id", "preset"), EVERY_PRESET)
def test_desk_and_truth_and_sentence_say_what_the_log_says(
    states: Callable[[str, str], LabState], trap_id: str, preset: str
) -> None:
    state = states(trap_id, preset)
    run, codes = state.reading.run, state.reading.codes
    for agent in {state.agent, state.reading.agents[0], state.reading.agents[-1]}:
        state.choose_agent(agent)
        for t in moments(state):
            state.move_to(t)
            plain, seen = Plain(run, agent, state.moment), state.desk
            assert seen.state == plain.state
            assert list(seen.entries) == (plain.shown if plain.state == "list" else [])
            assert (seen.status, state.truth.status) == (plain.believed, plain.true)
            assert state.truth.division == plain.division
            assert set(desks.bits(state.truth.usable)) == plain.usable
            assert set(state.truth.missing) == plain.usable - set(plain.shown)
            sentence = sentences.moment_sentence(state)
            assert ("does not respond" in sentence) == (plain.state == "frozen")
            assert ("is empty" in sentence) == (plain.state == "empty")
            assert ("locked" in sentence) == (plain.state == "locked")
            assert ("believes the status" in sentence) == (plain.believed != plain.true)
            dead = [c for c in seen.entries if c not in plain.usable]
            assert ("that cannot be used" in sentence) == bool(dead)
            table = Cells(sentences.desk_html(state))
            entries = [row for row in table.rows if row[0] in {codes[c].name for c in seen.entries}]
            assert [row[0] for row in entries] == [codes[c].name for c in seen.entries]
            marked = [c for c, row in zip(seen.entries, entries, strict=True) if "✗" in row[1]]
            assert marked == dead
            assert ("No status reasons" in table.text) == (plain.state == "empty")
            assert ("not responding" in table.text) == (plain.state == "frozen")
            assert ("schedule change in progress" in table.text) == (plain.state == "locked")


SYMPTOM = {
    "T1": lambda state: state.desk.state == "empty",
    "E1": lambda state: state.desk.state == "empty",
    "T2": lambda state: any(not state.truth.usable >> c & 1 for c in state.desk.entries),
    "E4": lambda state: any(not state.truth.usable >> c & 1 for c in state.desk.entries),
    "T3": lambda state: state.desk.status != state.truth.status,
    "E3": lambda state: state.desk.status != state.truth.status,
    "E2": lambda state: state.desk.state == "frozen",
}


@pytest.mark.parametrize("trap_id", TRAP_IDS)
def test_a_lab_opens_on_the_symptom_and_a_fix_takes_it_away(trap_id: str) -> None:
    state = LabState(trap_id)
    assert SYMPTOM[trap_id](state)
    assert state.reading.time_in_trouble(state.agent) == max(
        state.reading.time_in_trouble(agent) for agent in state.reading.run.agents
    )
    agent, moment, worst = state.agent, state.moment, state.reading.time_in_trouble(state.agent)
    for fix in state.trap.fixes:
        state.choose_preset(fix.id)
        assert (state.agent, state.moment) == (agent, moment)
        fixed = state.reading.run.metrics[state.trap.metric].value
        assert fixed < state.trapped.run.metrics[state.trap.metric].value
        assert state.reading.time_in_trouble(agent) <= worst
        assert not SYMPTOM[trap_id](state), fix.id
    state.choose_preset(HEALTHY)
    assert not SYMPTOM[trap_id](state)
    assert "agree" in sentences.moment_sentence(state)


@pytest.mark.parametrize("trap_id", TRAP_IDS)
def test_the_buttons_stop_at_each_disagreement_and_nowhere_else(trap_id: str) -> None:
    state = LabState(trap_id)
    first, _ = state.shift
    starts = [-(-s.start // 1000) * 1000 for s in state.reading.stretches(state.agent)]
    later = [t for t in starts if t > first]
    state.move_to(first)
    forward = []
    while state.go_to_trouble(1):
        forward.append(state.moment)
        plain = Plain(state.reading.run, state.agent, state.moment)
        apart = plain.believed != plain.true or set(plain.shown) != plain.usable
        assert apart or plain.frozen
    assert forward == later
    backward = []
    while state.go_to_trouble(-1):
        backward.append(state.moment)
    assert backward == starts[:-1][::-1]


# Nothing runs twice.


def test_moving_the_moment_or_choosing_an_agent_runs_nothing() -> None:
    state = LabState("E4")
    lab = Lab(state)
    made = state.runs_made
    for seconds in range(lab.moment.min, lab.moment.max, 997):
        lab.moment.value = seconds
        assert state.moment == seconds * 1000
        assert state.time(state.moment) in lab.clock.value
    for _, agent in lab.agent.options:
        lab.agent.value = agent
    lab.before.click()
    lab.after.click()
    lab.why.value = True
    assert state.runs_made == made
    lab.close()


def test_each_settings_are_run_once() -> None:
    state = LabState("E4")
    for _ in range(3):
        for preset in state.presets:
            state.choose_preset(preset.id)
            sentences.numbers(state)
    # Healthy, trap, five changes; Custom starts as the trap.
    assert state.runs_made == len(state.presets) - 1
    state.set_field("refresh_interval_ms", 15_000)
    assert state.runs_made == len(state.presets) - 1, "the same fields as the fix E4a"


def test_the_figure_is_sent_only_when_trap_settings_or_agent_change(
    lab: Callable[..., Lab],
) -> None:
    one = lab("E4")
    sent: list[Any] = []
    one.chart.observe(sent.append, "outputs")
    one.moment.value += 60
    one.before.click()
    assert sent == []
    one.preset.value = "E4a"
    one.agent.value = one.agent.options[3][1]
    one.trap.value = "T2"
    assert len(sent) == 3


# Every control.


@pytest.mark.parametrize("trap_id", TRAP_IDS)
def test_every_choice_and_both_slider_ends_work(lab: Callable[..., Lab], trap_id: str) -> None:
    one = lab(trap_id)
    for _, preset in one.preset.options:
        one.preset.value = preset
        for _, agent in one.agent.options[::7]:
            one.agent.value = agent
            for end in (one.moment.min, one.moment.max):
                one.moment.value = end
                assert one.error.value == ""
        drawn = plots.day(one.state.reading, one.state.agent)
        Figure(data=drawn.data["data"], layout=drawn.data["layout"])  # plotly checks every key
    assert one.preset.value == CUSTOM
    for control in one.state.controls:
        for value in [*control.options, *([True, False] if control.kind == "flag" else [])]:
            one.fields[control.path].value = value
            assert one.error.value == ""
            assert one.state.settings.get(control.path) == value


def test_custom_controls_come_from_the_fields_of_the_settings(lab: Callable[..., Lab]) -> None:
    one = lab("E4")
    assert one.fields == {}
    one.preset.value = CUSTOM
    interval = one.fields["widget.refresh_interval_ms"]
    assert (interval.value, interval.min, interval.max) == (30_000, 1_000, 3_600_000)
    assert interval.tooltip.startswith("Time between polls")
    interval.value = 15_000
    assert [tuple(d) for d in one.state.differences] == [
        ("widget.refresh_interval_ms", 30_000, 15_000)
    ]
    assert "15000" in one.changes.value
    fixed = simkit.run(simkit.traps["E4"].fixed("E4a"), seed=1)
    assert one.state.reading.run.digest == fixed.digest
    one.preset.value = TRAP
    assert one.custom.children == ()


def test_fields_given_by_name_open_the_lab_with_them(lab: Callable[..., Lab]) -> None:
    one = lab("T2", seed=3, on_error="surface", token_life_ms=1_200_000)
    assert (one.preset.value, one.state.seed) == (CUSTOM, 3)
    assert one.fields["widget.on_error"].value == "surface"
    assert one.fields["platform.token_life_ms"].value == 1_200_000
    one.trap.value = "E1"
    assert (one.preset.value, one.fields) == (TRAP, {})


def test_every_control_has_a_name(lab: Callable[..., Lab]) -> None:
    one = lab("E4")
    one.preset.value = CUSTOM
    controls = [one.trap, one.preset, one.agent, one.moment, one.before, one.after, one.why]
    for control in [*controls, *one.fields.values()]:
        assert control.description


def test_the_agents_come_with_the_one_in_most_trouble_first(lab: Callable[..., Lab]) -> None:
    one = lab("E4")
    label, agent = one.agent.options[0]
    assert agent == one.state.agent
    assert label.endswith("in trouble")
    one.preset.value = HEALTHY
    assert all(text.endswith("no trouble") for text, _ in one.agent.options)


# Errors are said.


@pytest.mark.parametrize("wrong", [{"trap_id": "E9"}, {"no_such_field": 1}, {"force": "maybe"}])
def test_bad_input_is_refused_when_a_lab_is_opened(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        simkit.lab(**wrong)


def test_what_cannot_run_is_said_and_the_lab_stays_as_it_was(lab: Callable[..., Lab]) -> None:
    one = lab("E4", delay_max_ms=600)
    before = one.state.reading.run.digest
    one.fields["widget.refresh_interval_ms"].value = 1_000
    assert "overlap" in one.error.value
    one.fields["wire.delay_max_ms"].value = 10
    assert "must not fall" in one.error.value
    assert one.fields["wire.delay_max_ms"].value == one.state.settings.get("delay_max_ms")
    one.fields["widget.version_parameter"].value = True
    assert one.error.value == ""
    assert one.state.reading.run.digest != before


def test_a_bug_is_shown_not_swallowed(
    lab: Callable[..., Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = lab("E4")

    def fail(*_: Any, **__: Any) -> Run:
        raise RuntimeError("<b>broken</b>")

    monkeypatch.setattr(one.state, "_simulate", fail)
    one.trap.value = "E1"
    assert "RuntimeError: &lt;b&gt;broken&lt;/b&gt;" in one.error.value
    assert (one.trap.value, one.state.trap.id) == ("E4", "E4")


def test_there_is_no_disagreement_beyond_the_last(lab: Callable[..., Lab]) -> None:
    one = lab("E1")
    one.after.click()
    assert "no later disagreement" in one.error.value
    one.before.click()
    assert one.error.value == ""


# Two labs, one notebook; re-run cells; closing.


def test_two_labs_are_independent(lab: Callable[..., Lab]) -> None:
    one, other = lab("E4"), lab("E4")
    shown = (other.desk.value, other.sentence.value, other.cursor.value, other.numbers.value)
    one.trap.value = "T2"
    one.moment.value = one.moment.max
    one.preset.value = "T2a"
    assert (other.trap.value, other.preset.value) == ("E4", TRAP)
    assert shown == (
        *(other.desk.value, other.sentence.value, other.cursor.value, other.numbers.value),
    )


def test_one_change_is_answered_once_however_often_labs_were_opened(
    lab: Callable[..., Lab],
) -> None:
    labs = [lab("E4") for _ in range(3)]
    runs = [one.state.runs_made for one in labs]
    labs[-1].preset.value = "E4a"
    assert [one.state.runs_made for one in labs] == [*runs[:-1], runs[-1] + 1]


def test_closing_frees_all_widgets() -> None:
    known = ipywidgets.widgets.widget._instances
    before = set(known)
    one = simkit.lab("E4")
    one.preset.value = CUSTOM
    one.trap.value = "E1"
    one.close()
    one.close()
    assert set(known) == before
    assert "application/vnd.jupyter.widget-view+json" not in one._repr_mimebundle_()


def test_a_lab_shows_itself_and_has_a_still_for_readers_without_a_kernel(
    lab: Callable[..., Lab],
) -> None:
    one = lab("E4")
    bundle = one._repr_mimebundle_()
    assert bundle["text/plain"] == repr(one) == repr(lab("E4"))
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "deactivated at" in Cells(bundle["text/html"]).text


# Names from the data are text.

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    'O\'Brien & "Sons" </td></tr></table>',
    "🦊🎧 fox",
    "שלום עולם",
    "\u202eevil\u202c",
    "x" * 300,
    "",
    "{{7*7}} $x^2$ %{x} <b>bold</b>",
    "line\nbreak",
]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Trap]:
    """Give the catalogue with names of codes, divisions and agents that try to break out."""
    data = tmp_path_factory.mktemp("hostile") / "data"
    shutil.copytree(resources.directory("data"), data)
    file = data / "orgs" / "small.yaml"
    org = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    names = sorted({code["name"] for code in org["codes"]})
    new = {name: HOSTILE[i % len(HOSTILE)] for i, name in enumerate(names)}
    divisions = {d["name"]: f"{d['name']} {HOSTILE[i]}" for i, d in enumerate(org["divisions"])}
    for division in org["divisions"]:
        division["name"] = divisions[division["name"]]
        if "parent" in division:
            division["parent"] = divisions[division["parent"]]
    org["provisioning_user_division"] = divisions[org["provisioning_user_division"]]
    for code in org["codes"]:
        code["name"], code["division"] = new[code["name"]], divisions[code["division"]]
    for shift in org["shifts"]:
        for activity in shift["activities"]:
            activity["reason"] = new[activity["reason"]]
    for i, agent in enumerate(org["agents"]):
        agent["id"] = f"{HOSTILE[i % len(HOSTILE)][:100]}{i}"
        agent["division"] = divisions[agent["division"]]
    file.write_text(json.dumps(org, default=str, ensure_ascii=False), encoding="utf-8")
    scenarios = data / "scenarios"
    healthy = YAML(typ="safe").load((scenarios / "healthy.yaml").read_text(encoding="utf-8"))
    healthy["widget"] = {"placeholderText": HOSTILE[1]}
    (scenarios / "healthy.yaml").write_text(json.dumps(healthy), encoding="utf-8")
    return {trap_id: Trap(scenarios / f"{trap_id}.yaml") for trap_id in TRAP_IDS}


def strings(value: Any) -> Iterator[str]:
    """Give all texts within a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from strings(each)


def test_hostile_names_are_text_everywhere(hostile: dict[str, Trap]) -> None:
    lab = Lab(LabState("E4", catalogue=hostile))
    lab.why.value = True
    for trap_id in TRAP_IDS:
        lab.trap.value = trap_id
        for _, preset in lab.preset.options:
            lab.preset.value = preset
            for agent in [agent for _, agent in lab.agent.options][:10]:
                lab.agent.value = agent
                shown = [lab.desk, lab.sentence, lab.numbers, lab.changes, lab.because, lab.cursor]
                for part in shown:
                    Cells(part.value)
                assert lab.error.value == ""
                assert not any(
                    "<" in text for text in strings(lab.chart.outputs[0]["data"][plots.MIME])
                )
        Cells(lab._repr_mimebundle_()["text/html"])
    lab.close()


def test_hostile_names_are_still_readable(hostile: dict[str, Trap]) -> None:
    state = LabState("E4", catalogue=hostile)
    state.choose_preset(HEALTHY)
    text = Cells(sentences.desk_html(state)).text
    for part in ("<script>alert(1)</script>", "🦊🎧 fox", "שלום עולם", "(no name)", "x" * 59 + "…"):
        assert part in text
    assert "\u202e" not in text
    assert "\n" not in sentences.moment_sentence(state)


# What the lab costs.


def test_the_kit_loads_no_widgets_and_no_plots() -> None:
    script = (
        "import sys, simkit; simkit.traps['E4']; simkit.run\n"
        "print([m for m in ('plotly', 'ipywidgets', 'anywidget') if m in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert said.stdout.strip() == "[]"


def test_a_lab_answers_at_once(lab: Callable[..., Lab]) -> None:
    one = lab("E4")
    start = time.perf_counter()
    for _ in range(50):
        one.moment.value += 7
    assert (time.perf_counter() - start) / 50 < 0.1, "seconds for one move of the moment"
    start = time.perf_counter()
    plots.day(one.state.reading, one.state.agent)
    assert time.perf_counter() - start < 0.1, "seconds for one picture"


def test_a_picture_says_the_same_in_words(states: Callable[[str, str], LabState]) -> None:
    state = states("E4", TRAP)
    picture = plots.day(state.reading.run, state.agent)
    assert picture.title == sentences.finding(state.reading, state.agent)
    assert picture.title in picture.digest
    assert picture.figure.layout.xaxis.title.text == "Local time (Europe/Berlin)"
    bundle = picture._repr_mimebundle_()
    assert bundle["text/plain"] == repr(picture)
    with pytest.raises(BadInput):
        plots.day(state.reading.run, "nobody")


def test_the_start_notebook_names_what_it_teaches() -> None:
    path: Path = resources.directory("notebooks") / "00-start-here.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    block = notebook["metadata"]["simkit"]
    assert set(block) == {"questions", "objectives", "minutes", "misconception", "key_points"}
    assert set(block["minutes"]) == {"teach", "exercise"}
    lengths = sorted(
        sum(bool(line.strip()) for line in cell["source"])
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    )
    assert lengths[len(lengths) // 2] <= 4
    assert lengths[-1] <= 12

"""The live lab: choose a trap, a fix, an agent and a moment, and see belief beside truth."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import traitlets

from simkit.base import given
from simkit.base.errors import BadInput, closest, notices_told, shown
from simkit.base.formatting import name
from simkit.base.garbage import collector_at_rest
from simkit.base.language import tr, tr_noop, trn
from simkit.base.reading import documents
from simkit.inputs import loading, saving
from simkit.inputs.traces import reading, writing
from simkit.rules.organisation import Organisation
from simkit.rules.sections import dotted
from simkit.rules.settings import Settings
from simkit.rules.workload import Workload
from simkit.study.catalogue import Trap, traps, traps_of
from simkit.ui.frontend.guarded import refusals
from simkit.ui.frontend.owed import can_wait, send_now
from simkit.ui.frontend.working import paced
from simkit.ui.lab import agent_view_model, controls, lab_view_model, told
from simkit.ui.lab.core_controls import CoreControls, core_controls
from simkit.ui.lab.lab_view_model import ORGANISATIONS
from simkit.ui.lab.part import Part
from simkit.ui.lab.scenario_selection import OpenScene, ScenarioSelection
from simkit.ui.lab.sentences import moment_sentence
from simkit.ui.lab.state import MOST_MINUTES, LabState, command_for
from simkit.ui.lab.told import PartName
from simkit.ui.lab.widget import Choice, View
from simkit.ui.stage import story_view_model
from simkit.ui.stage.still import still_html

_NEW_STORY = ("trap", "organisation", "seed", "reset", "load")
"""What changes the day that a story is told of."""
CHOSEN = (
    "trap",
    "preset",
    "second",
    "agent",
    "organisation",
    "seed",
    "moment",
    "step",
    "explore",
)
"""The traits that can be assigned: in Python, by links, and by a browser."""
MOST_NOTES = 5
"""Doubts that a lab tells one by one."""


def lab(
    what: str | Path | Settings | Trap = "E4",
    *,
    preset: str | None = None,
    agent: str | None = None,
    at: int | str | None = None,
    seed: int | None = None,
    organisation: str | Path | None = None,
    workload: Workload | reading.Source | None = None,
    acts: Sequence[tuple[str, int | str, str, int]] = (),
    **changes: Any,
) -> Lab:
    """Give a live lab. Put it at the end of a cell: ``simkit.lab("E4")``.

    ``what`` is the id of a trap, a trap, a scenario file, or settings. ``preset`` is a fix, or two
    at once as in ``"E4a+E4b"``; fields given by name are changed by hand on top of the trap, as in
    ``simkit.lab("E4", refresh_interval_ms=15_000, seed=7)``. ``organisation`` is ``"small"`` (30
    agents), ``"classroom"`` (300), ``"crowd"`` (10,000) or a file, ``workload`` a recorded day in
    any form that ``simkit.run`` takes, ``at`` a local time such as ``"14:03"``, or ms of the run.
    ``acts`` are what was done as an agent: (agent, at, code's id, minutes).
    BadInput, in one line, for whatever cannot be used.
    """

    def begin() -> LabState:
        trap = traps[what] if isinstance(what, str) and what in traps else None
        if isinstance(what, Trap):
            trap = what
        elif trap is None:
            settings = what if isinstance(what, Settings) else _load(what)
            trap = OpenScene(settings)
        catalogue = traps_of(trap.settings.profile) if trap.on_platform else traps
        key = "small" if catalogue.get(trap.id) is trap else "other"
        if organisation is not None and str(organisation) != key:
            key = str(organisation) if str(organisation) in ORGANISATIONS else "other"
            trap = trap.on(_organisation(organisation))
        first = trap.settings.seed if seed is None else trap.settings.with_top(seed=seed).seed
        choice = ScenarioSelection(trap, seed=first, organisation=key)
        state = LabState(choice, catalogue=catalogue)
        if isinstance(workload, Workload):
            state.choose_trace(workload)
        elif workload is not None:
            state.choose_trace(reading.read_trace(workload, choice.settings))
        if changes:
            for path, value in changes.items():
                state.set_field(path, value)
        if preset is not None:
            state.choose_preset(preset)
        if not isinstance(acts, list | tuple):
            raise BadInput(field="acts", found=shown(acts), allowed="a list of acts")
        for act in acts:
            state.repeat(*_act(act))
        if agent is not None:
            state.choose_agent(agent)
        if at is not None:
            state.move_to(at)
        return state

    return Lab(begin)


def _few(notes: Sequence[str]) -> list[str]:
    """Give notes for people to read: the first of many, and how many more there are."""
    more = len(notes) - MOST_NOTES
    return [*notes[:MOST_NOTES], *([trn("and {n} more", "and {n} more", more)] if more > 0 else [])]


def _act(act: Any) -> Sequence[Any]:
    if not isinstance(act, list | tuple) or len(act) != 4:
        allowed = "(agent, at, code's id, minutes)"
        raise BadInput(field="acts", found=shown(act), allowed=allowed)
    return act


def _load(what: str | Path) -> Settings:
    path = _path("what", what)
    if not path.suffix:
        raise BadInput(
            f"unknown trap {shown(str(what))}{closest(str(what), traps)}",
            allowed=f"{', '.join(traps)}, or a scenario file",
        )
    return loading.load(path)


def _organisation(what: str | Path) -> Organisation:
    if str(what) in ORGANISATIONS:
        return lab_view_model.organisation(str(what))
    return loading.load_organisation(_path("organisation", what))


def _path(field: str, value: object) -> Path:
    if not isinstance(value, str | Path):
        raise BadInput(field=field, found=shown(value), allowed="text or a path")
    return Path(value)


def _is_organisation(text: str, file: str) -> bool:
    """Say whether a file holds an organisation and not a scenario."""
    data = documents.parse(text, file, "json" if file.lower().endswith(".json") else "yaml").data
    return isinstance(data, dict) and "divisions" in data and "organisation" not in data


class Lab(View):
    """The lab as a widget around a LabState. Put it at the end of a cell to see it.

    What is chosen are traits, to be read, assigned, observed and linked: ``trap``, ``preset``,
    ``second`` (a fix in place besides, or ``""``), ``agent``, ``organisation``, ``seed``,
    ``moment`` (ms of the run; a local time such as ``"14:03"`` is taken as well), ``step`` (of the
    story; -1 before it begins) and ``explore``. ``finding`` follows from them. When an assignment
    returns, all others are as it leaves them; one that cannot be is refused, and changes nothing:
    the error is both a BadInput and a traitlets.TraitError.

    Each of its parts is a widget of its own, and is shown anywhere, any number of times: ``desk``,
    ``truth``, ``stage``, ``timeline``, ``divisions``, ``causes``, ``numbers``, ``everyone``,
    ``settings_form``. ``controls`` are those of ipywidgets.

    What the browser shows it looks up in what it was told; it asks here only for other runs.
    """

    _settable = frozenset(CHOSEN)
    trap: Any = Choice("").tag(sync=True)
    preset: Any = Choice("").tag(sync=True)
    second: Any = Choice("").tag(sync=True)
    agent: Any = Choice("").tag(sync=True)
    organisation: Any = Choice("").tag(sync=True)
    seed: Any = Choice(0).tag(sync=True)
    finding: Any = traitlets.Unicode(read_only=True).tag(sync=True)
    """The sentence that the lab shows: what is wrong at the moment, or that nothing is."""

    def __init__(self, begin: Callable[[], LabState]) -> None:
        """Show what a function gives; whatever it raises ends the widget."""
        self._state: LabState | None = None
        self._step = -1
        self._explore = False
        self._live = False
        self._minutes = 10
        self._unmeasured = False
        self._told: dict[str, object] = {}
        self._parts: dict[str, Part] = {}
        sections = controls.all_by_section()
        super().__init__(
            fields={s: [lab_view_model.field(one) for one in row] for s, row in sections.items()}
        )
        # The browser loads the front end while the first run is made.
        send_now()
        notes: list[str] = []
        with collector_at_rest():
            try:
                with notices_told(notes.append):
                    self._state = begin()
            except BaseException:
                self.close()
                raise
            self.notes = _few(notes)
            self.state.begun = self._say_work
            self._show()

    def __repr__(self) -> str:
        c, s = self.state.choice, self.state
        agent, at = name(s.agent), s.time(s.moment)
        return f"Lab({name(c.trap.id)}, {c.preset}, seed {c.seed}, {agent} at {at})"

    def _repr_mimebundle_(self, **_: Any) -> Any:
        """Give the live lab, and for readers without a kernel its desk as plain HTML."""
        return self._bundle(repr(self), still_html(self))

    @property
    def state(self) -> LabState:
        """What is chosen, and the runs that follow from it."""
        assert self._state is not None, "a lab that never was"
        return self._state

    @property
    def live(self) -> bool:
        """Whether the learner acts as the agent."""
        return self._live

    @property
    def minutes(self) -> int:
        """How long an act of the learner lasts."""
        return self._minutes

    def close(self) -> None:
        """Close the widget with its parts and forget the runs; the lab disappears."""
        self._cancel()
        if self._state is not None:
            self.state.forget()
        for part in self._parts.values():
            part.close()
        super().close()

    # What is chosen, as traits.

    def _chosen(self) -> dict[str, Any]:
        """Give what is chosen, by the names of the traits."""
        state = self.state
        preset, _, second = state.choice.preset.partition("+")
        return {
            "trap": state.choice.trap.id,
            "preset": preset,
            "second": second,
            "agent": state.agent,
            "organisation": state.choice.organisation,
            "seed": state.choice.seed,
            "moment": state.moment,
            "step": self._step,
            "explore": self._explore,
        }

    @traitlets.validate(*CHOSEN)
    def _settled(self, proposal: Mapping[str, Any]) -> Any:
        """Choose what is assigned; what the trait then holds is what is in force."""
        kind = proposal["trait"].name
        value, now = proposal["value"], self._chosen()[kind]
        if type(value) is not type(now) or value != now:
            with refusals():
                self.choose(kind, value)
        return self._chosen()[kind]

    # Parts.

    @property
    def desk(self) -> Part:
        """The agent's desk, in each of the runs side by side."""
        return self._part("desk")

    @property
    def truth(self) -> Part:
        """What is true of the desk."""
        return self._part("truth")

    @property
    def stage(self) -> Part:
        """Desk, page and platform, and the messages between them."""
        return self._part("stage")

    @property
    def timeline(self) -> Part:
        """The lanes of discrepancies, and what plays them."""
        return self._part("timeline")

    @property
    def divisions(self) -> Part:
        """The tree of divisions, and the agent's place in it."""
        return self._part("divisions")

    @property
    def causes(self) -> Part:
        """The records of the day, and the chain of causes of each."""
        return self._part("causes")

    @property
    def numbers(self) -> Part:
        """The symptom and what it costs, run by run."""
        return self._part("numbers")

    @property
    def everyone(self) -> Part:
        """All agents, and when each is misled."""
        return self._part("everyone")

    @property
    def settings_form(self) -> Part:
        """A control for every field of the settings."""
        return self._part("settings_form")

    @cached_property
    def controls(self) -> CoreControls:
        """Controls of ipywidgets that are linked to what is chosen."""
        return core_controls(self)

    def _part(self, name: PartName) -> Part:
        if name not in self._parts:
            self._parts[name] = Part(self, name)
        return self._parts[name]

    # What the controls do, for use in cells and tests.

    def choose(self, kind: str, value: Any = None) -> None:
        """Do what a control of the lab does: ``lab.choose("act", {"code": 3})``.

        The kinds are the traits that can be assigned, and field (path, value), act ({side, code}),
        minutes, live, undo, measure, reset, load ({name, text}). BadInput for what cannot be done.
        """
        if given.text("command", kind) not in self._commands:
            raise BadInput(f"unknown command {shown(kind)}{closest(kind, self._commands)}")
        notes: list[str] = []
        before = self.state.view
        with self._whole(), self.state.as_it_was():
            with notices_told(notes.append):
                self._commands[kind](value)
            self.error = ""
            if notes or self.state.view is not before:  # what was said of a run holds as long
                self.notes = _few(notes)
            if kind in _NEW_STORY:
                self._step = -1
            self._show()

    def _hear(self, widget: Any, content: Any, buffers: Any) -> None:
        made = self.state.runs_made
        # The collector would walk all kept runs while somebody waits; it comes after the answer.
        gc.disable()
        try:
            super()._hear(widget, content, buffers)
        finally:
            gc.enable()
        if self.state.runs_made != made:
            send_now()
            gc.collect()

    def _answer(self, kind: str, value: Any) -> None:
        if kind == "save":
            self._save(value)
        elif kind == "cancel":
            self._cancel()
        else:
            self.choose(kind, value)

    def _instead(self, name: str) -> str:
        return command_for(name, self._commands)

    @property
    def _commands(self) -> dict[str, Callable[[Any], None]]:
        state = self.state
        return {
            "trap": state.choose_trap,
            "preset": state.choose_preset,
            "second": state.choose_also,
            "agent": state.choose_agent,
            "organisation": self._choose_organisation,
            "seed": state.set_seed,
            "moment": state.move_to,
            "field": self._set_field,
            "act": self._act,
            "minutes": self._set_minutes,
            "live": self._set_live,
            "undo": lambda _none: state.undo(),
            "measure": lambda _none: state.measure(),
            "reset": lambda _none: state.reset(),
            "step": self._take_step,
            "explore": self._set_explore,
            "load": self._load,
        }

    def _measured(self) -> told.Intervals:
        """Give what replications say of what is shown, measured by now."""
        self.state.measure()
        return lab_view_model.intervals(self.state)

    def _pay_all(self) -> None:
        super()._pay_all()
        if self._unmeasured and self._job is None and self.comm is not None:
            self._unmeasured = False
            self._replicate()

    def _replicate(self) -> None:
        """Measure over replications, beside a lab that goes on."""
        measure = self.state.measuring()

        def work(say: Callable[[str], None]) -> None:
            measure(paced(tr("Measuring"), tr_noop("days"), say))

        def tell() -> None:
            self.pay("intervals")
            self._show()

        self._beside(tr("Measuring …"), work, tell)

    def _set_field(self, pair: Any) -> None:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise BadInput(field="field", found=shown(pair), allowed="a field and its value")
        path = dotted(given.text("field", pair[0]))
        self.state.set_field(path, controls.control(path).read(pair[1]))

    def _choose_organisation(self, key: str) -> None:
        if given.text("organisation", key) in ORGANISATIONS:
            self.state.choose_organisation(lab_view_model.organisation(key), key)
        elif key != self.state.choice.organisation:
            known = ", ".join(ORGANISATIONS)
            raise BadInput(field="organisation", found=shown(key), allowed=known)

    def _set_explore(self, explore: Any) -> None:
        self._explore = given.flag("explore", explore)

    def _take_step(self, step: Any) -> None:
        """Show a step of the story: its agent, the run that it tells of, its moment."""
        steps = self.story["steps"]
        at = given.whole("step", step, -1, len(steps) - 1)
        if at < 0:
            self._step = at
            return
        state, told = self.state, steps[at]
        if state.choice.preset != told["preset"]:
            state.choose_preset(told["preset"])
        if state.agent != self.story["agent"]:
            state.choose_agent(self.story["agent"])
        state.move_to(told["t"])
        self._step = at

    def _set_minutes(self, minutes: Any) -> None:
        self._minutes = given.whole("minutes", minutes, 1, MOST_MINUTES)

    def _set_live(self, live: bool) -> None:
        self._live = given.flag("live", live)

    def _act(self, command: Mapping[str, Any]) -> None:
        """Act on the desk of one side: the other side's world meets the same act."""
        state, command = self.state, given.mapping("act", command)
        if "code" not in command:
            raise BadInput(field="act", found=shown(command), allowed="a mapping with a code")
        state.move_to(command.get("t", state.moment))
        side = given.whole("side", command.get("side", 1), 0, 1)
        on = state.trapped if side == 0 and len(self.sides["sides"]) > 1 else None
        state.act(command["code"], self.minutes, on=on)

    def _load(self, file: Mapping[str, Any]) -> None:
        """Take an uploaded file: a workload by its ending, else an organisation or a scenario."""
        file = given.mapping("load", file)
        name_, content = (given.text(part, file.get(part)) for part in ("name", "text"))
        text = documents.text_of(content.encode(errors="surrogatepass"), name_)
        if name_.lower().endswith(".csv"):
            settings = self.state.choice.settings
            self.state.choose_trace(reading.parse_trace(text, name_, settings))
        elif _is_organisation(text, name_):
            self.state.choose_organisation(loading.load_organisation_text(text, name_))
        else:
            self.state.choose_settings(loading.load_text(text, name_))

    def _save(self, what: str) -> None:
        """Hand the browser a file: the settings in force, or the workload that they met."""
        run = self.state.view.run
        if what == "workload":
            text = writing.trace_text(run.workload, run.settings)
            filename = "simkit-workload.csv"
        elif what == "scenario":
            text, filename = saving.scenario_text(run.settings), "simkit-scenario.yaml"
        else:
            raise BadInput(field="save", found=shown(what), allowed="scenario, workload")
        self.send({"save": {"text": text, "filename": filename}})

    # From the state to what the browser is told.

    def _tell_again(self) -> None:
        self._told.clear()
        self._show()

    def _show(self) -> None:
        """Tell the browser what has changed; each part is made only when what it shows changed.

        What the first screen shows goes first. What takes other runs, or all agents' days to be
        gone through, follows while the browser draws.
        """
        state, preset = self.state, self.state.choice.preset
        runs = state.view, state.trapped
        with self.hold_sync():
            if self._news("world", state.view):
                self.world = agent_view_model.world_model(state.view)
            if self._news("sides", *runs, state.agent, preset):
                self.sides = lab_view_model.sides(state)
            if self._news("stages", *runs, state.agent, preset):
                self.stages = lab_view_model.stages(state)
            new_story = self._news("story", state.trapped)
            if new_story:
                storied = story_view_model.has_story(state)
                self.story = story_view_model.UNKNOWN if storied else story_view_model.NONE
            chosen = state.choice, state.agent, self.live, self.minutes, state.verdict
            if self._news("choices", *runs, *chosen):
                self.choices = lab_view_model.choices(state, self.live, self.minutes)
            if self._news("agents", *lab_view_model.listed(state)):
                self.agents = lab_view_model.agents(state)
            new_numbers = self._news("metrics", *runs, preset, state.verdict)
            new_overview = self._news("overview", *runs, preset)
            new = new_story or new_numbers or new_overview
            self.owes = can_wait() and (new or bool(self._debts.due))
            self.snippet = lab_view_model.snippet(state)
            self.set_trait("finding", moment_sentence(state.view, state.agent, state.moment))
            for trait in CHOSEN:  # an observer of one may have chosen another meanwhile
                self.set_trait(trait, self._chosen()[trait])
        if self._news("intervals", *runs, preset):
            self._cancel()
            self.intervals = None
            self._unmeasured = can_wait()
            self._debts.leave("intervals", self._measured)
        if new_story and storied:
            self.owe("story", lambda: story_view_model.story(state))
        if new_numbers:
            self.owe("metrics", lambda: lab_view_model.numbers(state))
        if new_overview:
            self.owe("overview", lambda: lab_view_model.overview(state))

    def _news(self, part: str, *about: object) -> bool:
        if self._told.get(part) == about:
            return False
        self._told[part] = about
        return True

"""What is chosen in one lab, and the runs that follow from it.

Pure Python: nothing here knows of widgets. A run is made once for each settings, seed and act;
choosing another agent or moment only reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise, zip_longest
from typing import Any, NamedTuple

from simkit.base import given
from simkit.base.errors import BadInput, closest, shown
from simkit.base.language import tr, trn
from simkit.base.progress import Progress
from simkit.engines.columns.exact import why_nobody
from simkit.engines.running import MANY, run
from simkit.rules.agent_ids import known_agent
from simkit.rules.organisation import Organisation
from simkit.rules.sections import PATHS, dotted
from simkit.rules.settings import Settings
from simkit.rules.workload import AgentDay, Workload
from simkit.runs.discrepancies import SHORTEST_MS
from simkit.runs.events import (
    DropdownOpened,
    ErrorShown,
    IntentionLost,
    SuccessShown,
    TurnedAway,
    Warned,
)
from simkit.runs.log import Record, of_kind
from simkit.runs.run import Engine, Run
from simkit.study import stories
from simkit.study.catalogue import Trap, traps
from simkit.study.verdicts import Verdict, catalogue
from simkit.ui.frontend.strict import Strict
from simkit.ui.lab.agent_view import AgentView, Piece
from simkit.ui.lab.replications import Replications, Wanted
from simkit.ui.lab.scenario_selection import (
    CUSTOM,
    HEALTHY,
    OPEN,
    TRAP,
    Act,
    OpenScene,
    ScenarioSelection,
)

KEPT_RECORDS = 200_000
"""Records of the runs that a lab keeps; the runs unused for longest are dropped."""
MOST_MINUTES = 480
"""How long an act of the learner may last."""
REPLICATIONS = 20
"""Days that a number's interval is taken from, each with a seed of its own."""
FEWEST_RUNS = 3
"""Runs kept whatever their size: the healthy deployment, the trap, and the run in force."""


class Parting(NamedTuple):
    """Where an agent's day first differs between two runs on the same random numbers."""

    t: int
    one: Record | None
    """The record of the first run, None when it has no more."""
    other: Record | None
    desks: int | None
    """When what the agent sees first differs, replies still on their way aside."""


_CHOSEN = ("trap", "preset", "second", "agent", "organisation", "seed", "moment")


def command_for(name: str, kinds: Container[str]) -> str:
    """Give ``; do you mean lab.choose(…)?`` for what a lab chooses, or a field; else nothing."""
    if name in kinds:
        command = f'("{name}", value)' if name == "field" else "value"
        return f'; do you mean lab.choose("{name}", {command})?'
    return f'; do you mean lab.choose("field", ("{name}", value))?' if name in PATHS else ""


def simulated(
    settings: Settings,
    *,
    seed: int,
    workload: Workload | None = None,
    days: Mapping[str, AgentDay] | None = None,
) -> Run:
    """Run settings for a lab: by columns for thousands of agents, wherever some days are exact so.

    Where none is, all are asked for more than once, so that the log of everybody is worth its room.
    """
    engine: Engine | None = "processes" if why_nobody(settings) else None
    return run(settings, seed, engine=engine, workload=workload, days=days)


class LabState(Strict):
    """What is chosen in one lab: runs, agent, moment.

    Every method that changes something either succeeds or raises and leaves all as it was.
    """

    _plain = ("catalogue", "runs_made", "begun", "replications")

    def __init__(
        self,
        choice: ScenarioSelection,
        *,
        catalogue: Mapping[str, Trap] = traps,
        simulate: Callable[..., Run] = simulated,
    ) -> None:
        self.catalogue = catalogue
        self.runs_made = 0
        self.begun: Callable[[str], None] = lambda words: None  # before a run of thousands
        self._simulate = simulate
        self._views: dict[tuple[object, ...], AgentView] = {}
        self._story: tuple[AgentView, stories.Told | None] | None = None
        self.replications = Replications()
        self._choice = choice
        self._view = self._read(choice.settings, choice)
        self._agent = self.view.run.agents_by_discrepancy[0]
        self._moment = self._opening_moment(self.agent)

    def __repr__(self) -> str:
        c = self.choice
        return f"LabState({c.trap.id}, {c.preset}, {self.agent} at {self.time(self.moment)})"

    @contextmanager
    def as_it_was(self) -> Iterator[None]:
        """Take back what was chosen inside when something is refused, or goes wrong."""
        before = self._choice, self._view, self._agent, self._moment
        try:
            yield
        except BaseException:
            self._choice, self._view, self._agent, self._moment = before
            raise

    def _instead(self, name: str) -> str:
        return command_for(name, _CHOSEN)

    @property
    def choice(self) -> ScenarioSelection:
        """All that decides which runs are shown."""
        return self._choice

    @property
    def view(self) -> AgentView:
        """The run in force, read."""
        return self._view

    @property
    def agent(self) -> str:
        """The agent who is shown: of several shifts of the day, the id of one."""
        return self._agent

    @property
    def moment(self) -> int:
        """The moment that is shown, in ms of the run."""
        return self._moment

    # Choosing.

    def _take(self, choice: ScenarioSelection, agent: str | None = None) -> None:
        """Show other runs; the agent and the moment stay where they can, for comparison."""
        view = self._read(choice.settings, choice)
        stays = agent or (
            self.agent if self.agent in view.run.days else view.run.agents_by_discrepancy[0]
        )
        self._choice, self._view = choice, view
        if stays != self.agent or agent is not None:
            self._agent = stays
            self._moment = self._opening_moment(stays)
        self.move_to(self.moment)

    def choose_trap(self, trap_id: str) -> None:
        """Take another trap, on the same organisation; the agent misled for longest comes first."""
        trap = self.catalogue[given.text("trap", trap_id)]
        if self.choice.organisation != "small":
            trap = trap.on(self.choice.settings.organisation)
        self._open(replace(self.choice, trap=trap, preset=TRAP, changes={}, acts=()))

    def choose_also(self, fix: str) -> None:
        """Put a second fix in place with the one chosen; with an empty id, take it out again."""
        first, fix = self.choice.preset.split("+")[0], given.text("second", fix)
        known = [preset.id for preset in self.choice.also]
        if fix and fix not in known:
            allowed = ", ".join(known) or "none"
            raise BadInput(
                f"does not go with {first}", field="second", found=shown(fix), allowed=allowed
            )
        self.choose_preset(f"{first}+{fix}" if fix else first)

    def choose_settings(self, settings: Settings) -> None:
        """Take settings that are no trap of the catalogue."""
        self._open(ScenarioSelection(OpenScene(settings), seed=settings.seed, organisation="other"))

    def choose_organisation(self, organisation: Organisation, key: str = "other") -> None:
        """Take the same trap and preset on another organisation; ``small`` is the catalogue's."""
        known = self.choice.trap
        trap = known if known.id == OPEN else self.catalogue[known.id]
        if known.id == OPEN or key != "small":
            trap = trap.on(organisation)
        self._open(replace(self.choice, trap=trap, acts=(), trace=None, organisation=key))

    def choose_trace(self, workload: Workload | None) -> None:
        """Take a workload that was read, or with None the drawn one again."""
        self._open(replace(self.choice, trace=workload, acts=()))

    def _open(self, choice: ScenarioSelection) -> None:
        view = self._read(choice.settings, choice)
        self._take(choice, agent=view.run.agents_by_discrepancy[0])

    def choose_preset(self, preset: str) -> None:
        """Take other settings on the same random numbers; ``"E4a+E4b"`` puts two fixes in place."""
        known = [p.id for p in self.choice.presets]
        for one in given.text("preset", preset).split("+"):
            if one not in known:
                raise BadInput(
                    f"unknown preset {shown(one)}{closest(one, known)}", allowed=", ".join(known)
                )
        self._take(replace(self.choice, preset=preset))

    def set_field(self, path: str, value: Any) -> None:
        """Change one field by hand, on top of the trap and of what was changed before."""
        changes = {**self.choice.changes, dotted(given.text("field", path)): given.plain(value)}
        self._take(replace(self.choice, preset=CUSTOM, changes=changes))

    def reset(self) -> None:
        """Go back to the trap: nothing changed by hand or done as the agent, the drawn workload."""
        self._open(replace(self.choice, preset=TRAP, changes={}, acts=(), trace=None))

    def set_seed(self, seed: int) -> None:
        """Take other random numbers; what was done as the agent belongs to the old one."""
        self._open(replace(self.choice, seed=given.seed(seed), acts=()))

    def choose_agent(self, agent: str) -> None:
        """Take another agent, at that agent's worst moment; where nothing is wrong, it stays."""
        self._agent = known_agent(self.view.run.days, agent)
        self.move_to(self._opening_moment(self.agent, self.moment))

    def move_to(self, at: int | str) -> None:
        """Take another moment: ms of the run, at most as far as the shift goes, or a local time.

        At a local time in another shift of the agent's day that one is taken.
        """
        if isinstance(at, str):
            self._agent, self._moment = self.view.run.moment(self.agent, at)
            return
        t = given.whole("moment", at)
        first, last = self.shift
        self._moment = min(max(t, first), last)

    def go_to_discrepancy(self, direction: int) -> bool:
        """Go to the next (1) or previous (-1) discrepancy; say whether there is one."""
        stops = self.view.stops(self.agent)
        if direction > 0:
            ahead = [t for t in stops if t > self.moment]
        else:
            ahead = [t for t in reversed(stops) if t < self.moment]
        if ahead:
            self._moment = ahead[0]
        return bool(ahead)

    # Acting as the agent.

    def act(self, code: int | None, minutes: int = 10, on: AgentView | None = None) -> None:
        """Choose a listed code as the agent at the moment, or try a dropdown that does not answer.

        The world is run again from the same workload plus this one act, and the moment moves on to
        where the widgets have answered, those of the trap and of the run in force. ``on`` is the
        run whose desk is acted on, the one in force when none is given; the other meets the same
        act. BadInput when the desk lists no such code.
        """
        on = on or self.view
        desk = on.at(self.agent, self.moment).desk
        if code is not None:
            code = given.whole("code", code)
        minutes = given.whole("minutes", minutes, 1, MOST_MINUTES)
        if code is None and desk.state not in ("frozen", "empty"):
            raise BadInput("choose one of the listed reasons")
        if code is not None and code not in desk.entries:
            raise BadInput("this reason is not listed at the moment")
        picked = None if code is None else on.codes[code]
        name, code_id = ("", "") if picked is None else (picked.name, picked.id)
        self._do(Act(self.agent, self.moment, name, code_id, minutes))

    def repeat(self, agent: str, at: int | str, code_id: str, minutes: int) -> None:
        """Do an act again that was written down; BadInput when there is no such code or moment.

        On which desk it was done does not matter, nor whether this one lists the code: the worlds
        of trap and fix met it then, and they meet it now.
        """
        names = {code.id: code.name for r in (self.trapped, self.view) for code in r.codes}
        if given.text("code", code_id) and code_id not in names:
            known = closest(code_id, names)
            raise BadInput(f"the code {shown(code_id)} is not listed here{known}")
        minutes = given.whole("minutes", minutes, 1, MOST_MINUTES)
        with self.as_it_was():
            self.choose_agent(agent)
            self.move_to(at)
            self._do(Act(self.agent, self.moment, names.get(code_id, ""), code_id, minutes))

    def _do(self, act: Act) -> None:
        with self.as_it_was():
            self._take(replace(self.choice, acts=(*self.choice.acts, act)))
            self.move_to(self._answered(act))

    def undo(self) -> None:
        """Take back the last act and return to its moment; BadInput when there is none."""
        if not self.choice.acts:
            raise BadInput("nothing was done yet as the agent")
        *before, last = self.choice.acts
        self._take(replace(self.choice, acts=tuple(before)))
        if last.agent == self.agent:
            self.move_to(last.t)

    def _answered(self, act: Act) -> int:
        """Give when the widgets had answered, those of the trap and of the run in force.

        An answer is a reply, a warning, a refusal. Of the two the later one counts, so that both
        are seen. At once where nothing answers, as a page that is left before its reply comes.
        """
        return max(_answered_in(view, act) for view in (self.trapped, self.view))

    # Reading.

    @property
    def shift(self) -> tuple[int, int]:
        """The first and the last millisecond of the agent's shift."""
        day = self.view.run.days[self.agent]
        return day.start, day.end - 1

    @property
    def piece(self) -> Piece:
        """What the agent sees at the moment, and what is true."""
        return self.view.at(self.agent, self.moment)

    @property
    def healthy(self) -> AgentView:
        """The healthy deployment on the same random numbers."""
        return self._read(self.choice.trap.base, self.choice)

    @property
    def trapped(self) -> AgentView:
        """The trap on the same random numbers."""
        return self._read(self.choice.trap.settings, self.choice)

    def with_preset(self, preset: str) -> AgentView:
        """Give the trap with a fix in place, on the same random numbers."""
        return self._read(self.settings_of(preset), self.choice)

    def settings_of(self, preset: str) -> Settings:
        """Give the settings of a preset of the trap, nothing changed by hand."""
        return replace(self.choice, preset=preset, changes={}).settings

    @property
    def rank(self) -> int:
        """How many agents are misled for longer in the trap."""
        return self.trapped.run.agents_by_discrepancy.index(self.agent)

    @property
    def parting(self) -> Parting | None:
        """Where the agent's day first differs from that in the trap; None when it never does."""
        one, other = (r.run.records(self.agent) for r in (self.trapped, self.view))
        for a, b in zip_longest(one, other):
            if a is None or b is None or (a.t, a.kind, a.data) != (b.t, b.kind, b.data):
                t = min(record.t for record in (a, b) if record is not None)
                return Parting(t, a, b, self._desks_part())
        return None

    def _desks_part(self) -> int | None:
        one, other = (r.pieces(self.agent) for r in (self.trapped, self.view))
        edges = sorted({piece.start for piece in (*one, *other)})
        for start, end in pairwise([*edges, one[-1].end]):
            a, b = (r.at(self.agent, start).desk for r in (self.trapped, self.view))
            seen = (a.state, a.entries, a.status, a.said) != (b.state, b.entries, b.status, b.said)
            if seen and end - start >= SHORTEST_MS:
                return start
        return None

    @property
    def verdict(self) -> Verdict | None:
        """What replications say of the settings in force; None where nobody has measured yet."""
        choice, change = self.choice, self.choice.change
        documented = self.catalogue.get(choice.trap.id) if choice.trap.id != OPEN else None
        if choice.preset == HEALTHY:
            return None
        if documented is choice.trap and self.catalogue is traps and choice.trace is None:
            known = catalogue().get((choice.trap.id, change.id if change else ""))
            if known is not None:
                return known
        compared = [choice.trap.base, choice.trap.settings, *([choice.settings] if change else [])]
        promise = change.promise if change else None
        about = choice.seed, REPLICATIONS
        return self.replications.verdict(choice.trap.metric, compared, promise, *about)

    @property
    def why_no_replications(self) -> str:
        """Say why there are no other days to compare with; nothing where there are."""
        return tr("one recorded day") if self.choice.trace is not None else ""

    @property
    def unmeasured(self) -> Wanted:
        """What replications have yet to say of the numbers that are shown."""
        if self.why_no_replications:
            return {}
        choice, names = self.choice, self.metrics
        wanted: dict[str, tuple[Settings, set[str]]] = {}

        def want(settings: Settings, *metrics: str) -> None:
            key = settings.effective.hash
            wanted.setdefault(key, (settings, set()))[1].update(metrics)

        want(choice.trap.base, choice.trap.metric)
        for settings in self.columns.values():
            want(settings, *names)
        for step in self.story.steps if self.story else ():
            for preset, metric in step.measured:
                want(self.settings_of(preset), metric)
        return self.replications.missing(wanted, choice.seed, REPLICATIONS)

    def measuring(self) -> Callable[[Progress | None], None]:
        """Give a function that measures what is shown over replications, whatever is chosen then.

        It takes a progress as ``replicate`` does, and may be called in another thread.
        """
        wanted, seed = self.unmeasured, self.choice.seed
        return lambda progress: self.replications.measure(wanted, seed, REPLICATIONS, progress)

    def measure(self) -> None:
        """Measure what is shown over replications, on drawn workloads."""
        self.measuring()(None)

    @property
    def story(self) -> stories.Told | None:
        """The story of the trap as it came about; None where there is none to tell."""
        trap, trapped = self.choice.trap, self.trapped
        if self._story is None or self._story[0] is not trapped:
            known = stories.story_of(trap)
            told = None
            if known is not None:
                told = stories.tell(known, trapped.run, lambda fix: self.with_preset(fix).run)
            self._story = trapped, told
        return self._story[1]

    @property
    def columns(self) -> dict[str, Settings]:
        """The settings whose numbers stand side by side, by what stands above them."""
        choice, trap = self.choice, self.choice.trap
        if trap.id == OPEN:
            columns = {tr("Given"): trap.settings}
        else:
            columns = {tr("Healthy"): trap.base, tr("Trap {trap}", trap=trap.id): trap.settings}
        if choice.preset not in (HEALTHY, TRAP):
            columns[tr("Custom") if choice.preset == CUSTOM else choice.preset] = choice.settings
        return columns

    @property
    def metrics(self) -> list[str]:
        """The names of the metrics that are shown: the symptom first, then the costs."""
        choice, trap = self.choice, self.choice.trap
        metrics = [trap.metric, *trap.entry.secondary]
        if choice.preset not in (HEALTHY, TRAP):
            metrics = [trap.metric, *(choice.change.costs if choice.change else ())]
            if trap.id == OPEN:
                metrics += trap.entry.secondary
        return list(dict.fromkeys(metrics))

    def numbers(self) -> tuple[list[str], list[tuple[str, list[Any]]]]:
        """Give the heads and the rows of the table of numbers.

        A row is the name of a metric and its values, measured, one for each head.
        """
        columns, names = self.columns, self.metrics
        views = [self._read(settings, self.choice) for settings in columns.values()]
        measured = [view.run.measure(names) for view in views]
        return list(columns), [
            (name, list(row)) for name, *row in zip(names, *measured, strict=True)
        ]

    def forget(self) -> None:
        """Let go of all runs but the one in force."""
        self._views.clear()

    def time(self, ms: int) -> str:
        """Give the local time of a millisecond."""
        return self.view.clock(ms)

    def _opening_moment(self, agent: str, otherwise: int = 0) -> int:
        day = self.view.run.days[agent]
        worst = self.view.worst_moment(agent)
        return min(max(worst if worst is not None else otherwise, day.start), day.end - 1)

    def _read(self, settings: Settings, choice: ScenarioSelection) -> AgentView:
        key = (settings.hash, choice.seed, choice.acts, id(choice.trace))
        view = self._views.pop(key, None)
        if view is None:
            self.runs_made += 1
            if len(settings.organisation.agents) >= MANY:
                self.begun(_running(settings))
            acted = choice.acted(settings)
            view = AgentView(
                self._simulate(settings, seed=choice.seed, workload=choice.trace, days=acted)
            )
        self._views[key] = view
        while len(self._views) > FEWEST_RUNS and self._kept_records > KEPT_RECORDS:
            del self._views[next(iter(self._views))]
        return view

    @property
    def _kept_records(self) -> int:
        return sum(view.run.weight for view in self._views.values())


def _answered_in(view: AgentView, act: Act) -> int:
    run = view.run.history_of(act.agent)
    kinds = (SuccessShown, ErrorShown, Warned, IntentionLost, TurnedAway)
    later = (r for r in run.records(act.agent) if r.t >= act.t and isinstance(r.data, kinds))
    of_act = (r.t for r in later if r.t == act.t or _opened_at(run.log.causes(r), act.t))
    return next(of_act, act.t)


def _running(settings: Settings) -> str:
    agents = len(settings.organisation.agents)
    if why_nobody(settings):
        return trn("Running {n} agent by processes …", "Running {n} agents by processes …", agents)
    return trn("Running {n} agent …", "Running {n} agents …", agents)


def _opened_at(chain: Sequence[Record], t: int) -> bool:
    return any(record.t == t for record, _ in of_kind(chain, DropdownOpened))

"""A finished run of a population: numbers from columns, logs of those agents who are asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from simkit.base import given
from simkit.engines.columns.metrics import measure
from simkit.engines.columns.population import Population
from simkit.engines.processes.build import simulate
from simkit.engines.running import Engine
from simkit.rules.agent_ids import how_many, known_agent
from simkit.rules.workload import AgentDay, Workload
from simkit.runs.metrics.registry import METRICS, Measured, named
from simkit.runs.outcome import Clock, Outcome
from simkit.runs.run import Run

if TYPE_CHECKING:
    from simkit.rules.reasons import Directory
    from simkit.rules.settings import Settings
    from simkit.runs import views
    from simkit.runs.log import Record


WEIGHT = 5
"""Columns of an agent take the room of so many records, about 2 kB."""


class CrowdRun(Run):
    """A run as columns. All that a ``Run`` can say it says too, the same and to the last digit.

    Metrics are read from columns. What concerns one agent is read from a log of that agent alone,
    made when it is first asked for. ``log`` and ``outcome`` are those of everybody: they are made
    by processes, and take their time.
    """

    engine: Engine = "columns"

    def __init__(
        self,
        settings: Settings,
        seed: int,
        why_engine: str,
        given: Mapping[str, AgentDay] | None = None,
        recorded: Workload | None = None,
    ) -> None:
        """Run settings; ``recorded`` and ``given`` are days that take the place of drawn ones."""
        self._settings, self._seed = settings, seed
        self.why_engine = why_engine
        self.population = Population(settings, seed, given=given, recorded=recorded)
        self._known: dict[str, float | None] = {}
        self._alone: dict[str, Run] = {}

    def __repr__(self) -> str:
        agents = how_many(self.days)
        return f"Run({self.settings.name!r}, seed {self.seed}, {agents} as columns)"

    @property
    def metrics(self) -> CrowdMetrics:
        """All metrics by name; each is read when it is first asked for."""
        return CrowdMetrics(self, self._known)

    @property
    def settings(self) -> Settings:
        """The settings that were run."""
        return self._settings

    @property
    def seed(self) -> int:
        """The seed of the workload and of all delays."""
        return self._seed

    @cached_property
    def _everybody(self) -> Outcome:
        return simulate(self.settings, self.seed, workload=self.workload)

    @property
    def outcome(self) -> Outcome:
        """What the world leaves behind when processes run it: all agents, all records."""
        return self._everybody

    @property
    def clock(self) -> Clock:
        """The clock of a log, where one is made."""
        return "skip"

    @cached_property
    def agents(self) -> list[str]:
        """The ids of all agents, in the order of the organisation."""
        return [person.id for person in self.population.people]

    @property
    def workload(self) -> Workload:
        """All that happens from outside, drawn agent by agent."""
        return Workload(tuple(self.days.values()), self.population.edits)

    @property
    def directory(self) -> Directory:
        """The codes, and who may use which when."""
        return self.population.directory

    @cached_property
    def horizon(self) -> int:
        """The end of the last shift, in ms."""
        about = self.population
        ends = [int(part.days.end.max()) for part in about.parts()]
        known = {place for part in about.parts() for place in part.places}
        others = (person for i, person in enumerate(about.people) if i not in known)
        return max(*ends, *(about.day(person).end for person in others), 0)

    @property
    def homes(self) -> Counter[str]:
        """How many agents begin their day in each division, by its name."""
        return Counter(person.division for person in self.population.people)

    def measure(self, names: Sequence[str]) -> list[Measured]:
        """Give several metrics, read in one pass over the agents; BadInput for one there is not."""
        self.metrics.read(given.texts("names", names))
        return super().measure(names)

    @property
    def weight(self) -> int:
        """The room that the run takes in memory, in records: its columns, and the logs made."""
        logs = sum(len(run.log) for run in self._alone.values())
        return WEIGHT * len(self.population.people) + logs

    @cached_property
    def days(self) -> Mapping[str, AgentDay]:  # type: ignore[override]
        """Each agent's part of the workload, drawn when it is asked for."""
        return _Days(self.population)

    def alone(self, agent: str) -> Run:
        """Give the run of one agent alone, with a log; BadInput when there is no such agent."""
        agent = known_agent(self.days, agent)
        if agent not in self._alone:
            workload = Workload((self.days[agent],), self.population.edits)
            outcome = simulate(self.settings, self.seed, workload=workload)
            self._alone[agent] = Run(outcome, "one agent of a population")
        return self._alone[agent]

    def records(self, agent: str) -> list[Record]:
        """Give the records of one agent; BadInput when there is no such agent."""
        return self.alone(agent).records(agent)

    def belief(self, agent: str) -> views.Belief:
        """Give what the agent believes, as step functions of ms."""
        return self.alone(agent).belief(agent)

    def truth(self, agent: str) -> views.Truth:
        """Give what the platform knows of the agent, as step functions of ms."""
        return self.alone(agent).truth(agent)

    def gaps(self, agent: str) -> views.Gaps:
        """Give where the two part, as step functions of ms."""
        return self.alone(agent).gaps(agent)


class CrowdMetrics(Mapping[str, Measured]):
    """All metrics of a population by name, each read when it is first asked for."""

    def __init__(self, run: CrowdRun, known: dict[str, float | None]) -> None:
        """Measure a population; ``known`` keeps what has been measured."""
        self._run, self._known = run, known

    def read(self, names: Iterable[str]) -> None:
        """Read several metrics in one pass over the agents, for when they are asked for."""
        missing = [name for name in names if name not in self._known]
        for name in missing:
            named(name)  # is there such a metric?
        self._known.update(measure(self._run.population, missing) if missing else {})

    def __getitem__(self, name: str) -> Measured:
        self.read((name,))
        return Measured(self._known[name], named(name).unit)

    def __contains__(self, name: object) -> bool:
        return name in METRICS

    def __iter__(self) -> Iterator[str]:
        return iter(METRICS)

    def __len__(self) -> int:
        return len(METRICS)

    def __repr__(self) -> str:
        self.read(METRICS)
        rows = (f"{name}: {value.value} {value.unit}" for name, value in self.items())
        return "\n".join(rows)


class _Days(Mapping[str, AgentDay]):
    def __init__(self, population: Population) -> None:
        self._population = population
        self._people = {person.id: person for person in population.people}
        self._known: dict[str, AgentDay] = {}

    def __getitem__(self, agent: str) -> AgentDay:
        if agent not in self._known:
            self._known[agent] = self._population.day(self._people[agent])
        return self._known[agent]

    def __contains__(self, agent: object) -> bool:
        return agent in self._people

    def __iter__(self) -> Iterator[str]:
        return iter(self._people)

    def __len__(self) -> int:
        return len(self._people)

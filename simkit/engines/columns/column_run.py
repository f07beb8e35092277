"""A finished run as columns: numbers from columns, histories of those agents who are asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import ClassVar

from simkit.engines.columns.discrepancies import AllDiscrepancies, of_columns
from simkit.engines.columns.on_all_cores import measure, workers_for
from simkit.engines.columns.population import Population
from simkit.engines.processes.build import simulate
from simkit.inputs.resizing import Roster
from simkit.rules.agent_ids import how_many, known_agent
from simkit.rules.reasons import Directory
from simkit.rules.settings import Settings
from simkit.rules.workload import AgentDay, Workload
from simkit.runs.history import Clock, History
from simkit.runs.metrics.registry import Metric
from simkit.runs.run import Engine, Run

WEIGHT = 5
"""Columns of an agent take the room of so many records, about 2 kB."""


class ColumnRun(Run):
    """A run whose metrics are read from columns, the same and to the last digit.

    What concerns one agent is read from a history of that agent alone, made when it is first asked
    for. That of everybody is made by processes, and takes its time.
    """

    engine: ClassVar[Engine] = "columns"

    def __init__(
        self,
        settings: Settings,
        seed: int,
        why_engine: str,
        given: Mapping[str, AgentDay] | None = None,
        recorded: Workload | None = None,
        agents: int | None = None,
        jobs: int = 1,
    ) -> None:
        """Run settings; ``recorded`` and ``given`` are days that take the place of drawn ones.

        ``agents`` is a number of agents in place of the organisation's.
        """
        super().__init__(settings, seed, why_engine)
        people = None if agents is None else Roster(settings.organisation, agents)
        self.population = Population(settings, seed, people, given, recorded)
        self._jobs = jobs
        if (workers := workers_for(self.population, jobs)) > 1:
            self.why_engine += f"; read by {workers} processes"
        self._histories: dict[str, History] = {}

    def __repr__(self) -> str:
        return f"Run({self.settings.name!r}, seed {self.seed}, {self.how_many} as columns)"

    @cached_property
    def history(self) -> History:
        """What happens when processes run it: all agents, all records."""
        return simulate(self.settings, self.seed, workload=self.workload)

    def history_of(self, agent: str) -> History:
        """Give the history of one agent alone."""
        agent = known_agent(self.days, agent)
        if agent not in self._histories:
            self._histories[agent] = self._alone(agent)
        return self._histories[agent]

    def _alone(self, agent: str) -> History:
        about = self.population
        alone = Workload((self.days[agent],), about.edits)
        if not about.together:
            return simulate(self.settings, self.seed, workload=alone)
        if about.crowd is None:
            return self.history
        window = about.crowd.window(agent)
        return simulate(self.settings, self.seed, clock="coupled", workload=alone, window=window)

    def _values(self, metrics: Mapping[str, Metric]) -> Mapping[str, float | None]:
        return measure(self.population, metrics, self._jobs)

    @cached_property
    def all_discrepancies(self) -> AllDiscrepancies:
        """The discrepancies of everybody, without a history."""
        return of_columns(self.population, self.wanted)

    def discrepancy_ms(self, agent: str) -> int:
        """Give for how long of the shift anything is not as the agent believes, in ms."""
        found = self.all_discrepancies
        return found.totals[found.place[known_agent(self.days, agent)]]

    @property
    def clock(self) -> Clock:
        """The clock of a log, where one is made."""
        return "coupled" if self.population.together else "skip"

    @cached_property
    def days(self) -> Mapping[str, AgentDay]:
        """Each agent's part of the workload, drawn when it is asked for."""
        return _Days(self.population)

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
        population = self.population
        ends = [int(part.days.end.max()) for part in population.parts()]
        known = {place for part in population.parts() for place in part.places}
        others = (person for i, person in enumerate(population.people) if i not in known)
        return max(*ends, *(population.day(person).end for person in others), 0)

    @property
    def how_many(self) -> str:
        """How many agents there are, in words."""
        people = self.population.people
        if isinstance(people, Roster) and people.added:  # millions, whose ids say nothing
            own = [person.id for person in self.settings.organisation.agents]
            return how_many(own, people.added)
        return super().how_many

    @property
    def homes(self) -> Counter[str]:
        """How many agents begin their day in each division, by its name."""
        return Counter(person.division for person in self.population.people)

    @property
    def weight(self) -> int:
        """The room that the run takes in memory, in records: its columns, and the logs made."""
        logs = sum(len(history.log) for history in self._histories.values())
        return WEIGHT * len(self.population.people) + logs


class _Days(Mapping[str, AgentDay]):
    def __init__(self, population: Population) -> None:
        self._population = population
        people = population.people
        own = None if isinstance(people, Roster) else {person.id: person for person in people}
        self._find = people.find if isinstance(people, Roster) else (own or {}).get
        self._known: dict[str, AgentDay] = {}

    def __getitem__(self, agent: str) -> AgentDay:
        if agent not in self._known:
            found = self._find(agent)
            if found is None:
                raise KeyError(agent)
            self._known[agent] = self._population.day(found)
        return self._known[agent]

    def __contains__(self, agent: object) -> bool:
        return isinstance(agent, str) and self._find(agent) is not None

    def __iter__(self) -> Iterator[str]:
        return (person.id for person in self._population.people)

    def __len__(self) -> int:
        return len(self._population.people)

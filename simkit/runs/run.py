"""A finished run: the log and all that is read from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Literal

from simkit.base import given
from simkit.rules.agent_ids import known_agent
from simkit.rules.reasons import Directory
from simkit.rules.settings import Settings
from simkit.rules.workload import AgentDay, Workload
from simkit.runs import views
from simkit.runs.log import Log, Record
from simkit.runs.metrics.registered import METRICS, Measured, Whole
from simkit.runs.metrics.registry import named
from simkit.runs.outcome import Calls, Clock, Outcome


class Metrics(Mapping[str, Measured]):
    """All metrics of a run by name; each is computed when it is first asked for."""

    def __init__(self, run: Run, known: dict[str, Measured]) -> None:
        """Measure a run; ``known`` keeps what has been measured."""
        self._run, self._known = run, known

    def __getitem__(self, name: str) -> Measured:
        if name not in self._known:
            metric = named(name)
            self._known[name] = Measured(metric.measure(self._run), metric.unit)
        return self._known[name]

    def __contains__(self, name: object) -> bool:
        return name in METRICS

    def __iter__(self) -> Iterator[str]:
        return iter(METRICS)

    def __len__(self) -> int:
        return len(METRICS)

    def __repr__(self) -> str:
        rows = (f"{name}: {value.value} {value.unit}" for name, value in self.items())
        return "\n".join(rows)


class Run:
    """What a finished run left behind, and its readings."""

    engine: Literal["processes", "columns"] = "processes"
    """What ran it."""

    def __init__(self, outcome: Outcome, why_engine: str = "asked for") -> None:
        self._outcome = outcome
        self.why_engine = why_engine
        """Why it was this engine, in words."""
        self._measured: dict[str, Measured] = {}
        self._beliefs: dict[str, views.Belief] = {}
        self._truths: dict[str, views.Truth] = {}
        self._gaps: dict[str, views.Gaps] = {}

    def __repr__(self) -> str:
        return (
            f"Run({self.settings.name!r}, seed {self.seed}, {len(self.log)} records, "
            f"clock {self.clock!r})"
        )

    @property
    def metrics(self) -> Mapping[str, Measured]:
        """All metrics by name; each is computed when it is first asked for.

        Made anew each time, as a run that knew them would be freed by the collector alone.
        """
        return Metrics(self, self._measured)

    @property
    def outcome(self) -> Outcome:
        """What the world left behind."""
        return self._outcome

    def alone(self, agent: str) -> Run:
        """Give a run whose log holds what happened to one agent; this one has everybody's.

        BadInput when there is no such agent.
        """
        known_agent(self.days, agent)
        return self

    @property
    def settings(self) -> Settings:
        """The settings that were run."""
        return self.outcome.settings

    @property
    def seed(self) -> int:
        """The seed of the workload and of all delays."""
        return self.outcome.seed

    @property
    def log(self) -> Log:
        """All records in canonical order."""
        return self.outcome.log

    @property
    def digest(self) -> str:
        """A hash over the log: equal runs, equal digests."""
        return self.log.digest

    @property
    def clock(self) -> Clock:
        """Whether the world ticked or skipped."""
        return self.outcome.clock

    @property
    def calls(self) -> dict[str, Calls]:
        """Calls and bytes of each agent by (kind, status, error code), skipped ones included."""
        return self.outcome.calls

    @cached_property
    def days(self) -> dict[str, AgentDay]:
        """Each agent's part of the workload."""
        return {day.agent: day for day in self.workload.days}

    @property
    def agents(self) -> list[str]:
        """The ids of all agents, in the order of the organisation."""
        return list(self.days)

    @property
    def workload(self) -> Workload:
        """All that happened from outside."""
        return self.outcome.workload

    @property
    def directory(self) -> Directory:
        """The codes, and who may use which when."""
        return self.outcome.directory

    @property
    def horizon(self) -> int:
        """The end of the last shift, in ms."""
        return self.workload.horizon

    @property
    def homes(self) -> Counter[str]:
        """How many agents begin their day in each division, by its name."""
        return Counter(day.division for day in self.days.values())

    @property
    def whole(self) -> Whole:
        """What metrics need to know of the run as a whole."""
        days = self.days.values()
        shifts = sum(day.end - day.start for day in days)
        return Whole(self.settings, len(self.directory.codes), self.horizon, shifts)

    def measure(self, names: Sequence[str]) -> list[Measured]:
        """Give several metrics; BadInput for one that there is not."""
        return [self.metrics[name] for name in given.texts("names", names)]

    @property
    def weight(self) -> int:
        """The room that the run takes in memory, in records."""
        return len(self.log)

    @cached_property
    def agents_by_harm(self) -> list[str]:
        """The ids of all agents, the most harmed first."""
        return sorted(self.agents, key=lambda a: (-self.harm(a), a))

    def harm(self, agent: str) -> int:
        """Give the ms of the shift in which the agent is harmed.

        Belief and truth part in any way, or the dropdown does not respond.
        """
        agent = known_agent(self.days, agent)
        day = self.days[agent]
        harmed = views.harm(self.belief(agent), self.gaps(agent))
        return harmed.time_where(bool, day.start, day.end)

    def records(self, agent: str) -> list[Record]:
        """Give the records of one agent; BadInput when there is no such agent."""
        return self.log.by_actor.get(known_agent(self.days, agent), [])

    def belief(self, agent: str) -> views.Belief:
        """Give what the agent believes, as step functions of ms."""
        agent = known_agent(self.days, agent)
        if agent not in self._beliefs:
            freezes = self.settings.widget.on_401 == "freeze"
            self._beliefs[agent] = views.belief(self.records(agent), freezes)
        return self._beliefs[agent]

    def truth(self, agent: str) -> views.Truth:
        """Give what the platform knows of the agent, as step functions of ms."""
        agent = known_agent(self.days, agent)
        if agent not in self._truths:
            self._truths[agent] = views.truth(
                self.records(agent),
                self.days[agent].division,
                self.directory,
                self.settings.organisation.division_by_id,
            )
        return self._truths[agent]

    def gaps(self, agent: str) -> views.Gaps:
        """Give where the two part, as step functions of ms."""
        agent = known_agent(self.days, agent)
        if agent not in self._gaps:
            self._gaps[agent] = views.gaps(self.belief(agent), self.truth(agent), self.wanted)
        return self._gaps[agent]

    @cached_property
    def wanted(self) -> int:
        """The mask of all codes whose types the widget lists."""
        return self.directory.of_types(self.settings.widget.status_reason_types)

    def why(self, agent: str, at: int | str) -> str:
        """Say in words what the agent believes, what is true, and why they differ.

        ``at`` is a local time such as ``"14:03"``, the one within the agent's shift, or ms of the
        run; BadInput when it is neither or lies in no shift of the agent. Of an agent who works
        several shifts of the day, the one that it lies in is told.
        """
        from simkit.runs.why import explain

        return explain(self, agent, at)

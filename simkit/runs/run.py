"""A finished run, whatever engine it was: its numbers, and what happened to each agent."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import ClassVar, Literal

from simkit.base import given
from simkit.rules.agent_ids import how_many, known_agent, worker
from simkit.rules.reasons import Directory
from simkit.rules.settings import Settings
from simkit.rules.workload import AgentDay, Workload
from simkit.runs import views
from simkit.runs.discrepancies import Discrepancies, Stretch
from simkit.runs.history import Clock, History, RequestCounts
from simkit.runs.log import Log, Record
from simkit.runs.metrics import symptoms
from simkit.runs.metrics.registered import METRICS
from simkit.runs.metrics.registry import Measured, Metric, named
from simkit.runs.moments import moment
from simkit.runs.why import explain

Engine = Literal["processes", "columns"]


class Run(ABC):
    """What a finished run left behind, and its readings. Engines differ in how they come by it.

    Agents are asked for by their ids, as users spell them; BadInput when there is no such agent.
    """

    engine: ClassVar[Engine]
    """What ran it."""

    def __init__(self, settings: Settings, seed: int, why_engine: str) -> None:
        self.settings = settings
        """The settings that were run."""
        self.seed = seed
        """The seed of the workload and of all delays."""
        self.why_engine = why_engine
        """Why it was this engine, in words."""
        self._measured: dict[str, Measured] = {}

    # What an engine has to tell.

    @property
    @abstractmethod
    def history(self) -> History:
        """What happened, of all agents; where nobody wrote it down yet, processes do now."""

    @abstractmethod
    def history_of(self, agent: str) -> History:
        """Give a history in which all stands that happened to one agent."""

    @abstractmethod
    def _values(self, metrics: Mapping[str, Metric]) -> Mapping[str, float | None]:
        """Give the values of metrics."""

    @property
    @abstractmethod
    def days(self) -> Mapping[str, AgentDay]:
        """Each agent's part of the workload."""

    @property
    @abstractmethod
    def workload(self) -> Workload:
        """All that happened from outside."""

    @property
    @abstractmethod
    def directory(self) -> Directory:
        """The codes, and who may use which when."""

    @property
    @abstractmethod
    def horizon(self) -> int:
        """The end of the last shift, in ms."""

    @property
    @abstractmethod
    def homes(self) -> Counter[str]:
        """How many agents begin their day in each division, by its name."""

    @property
    @abstractmethod
    def weight(self) -> int:
        """The room that the run takes in memory, in records."""

    @property
    def how_many(self) -> str:
        """How many agents there are, in words."""
        return how_many(self.days)

    # Numbers.

    @property
    def metrics(self) -> Mapping[str, Measured]:
        """All metrics by name; each is computed when it is first asked for.

        Made anew each time, as a run that knew them would be freed by the collector alone.
        """
        return Metrics(self)

    def measure(self, names: Sequence[str]) -> list[Measured]:
        """Give several metrics, read in one pass; BadInput for one that there is not."""
        names = given.texts("names", names)
        missing = {name: named(name) for name in names if name not in self._measured}
        if missing:
            values = self._values(missing)
            for name, metric in missing.items():
                self._measured[name] = Measured(values[name], metric.unit)
        return [self._measured[name] for name in names]

    # What happened.

    @property
    def agents(self) -> list[str]:
        """The ids of all agents, in the order of the organisation."""
        return list(self.days)

    @property
    def log(self) -> Log:
        """All records in canonical order."""
        return self.history.log

    @property
    def digest(self) -> str:
        """A hash over the log: equal runs, equal digests."""
        return self.log.digest

    @property
    def clock(self) -> Clock:
        """Whether the world of the log ticks or skips."""
        return self.history.clock

    @property
    def requests(self) -> dict[str, RequestCounts]:
        """Requests and bytes of each agent by (kind, status, error code), skipped ones included."""
        return self.history.requests

    @cached_property
    def wanted(self) -> int:
        """The mask of all codes whose types the widget lists."""
        return self.directory.of_types(self.settings.widget.status_reason_types)

    def records(self, agent: str) -> list[Record]:
        """Give the records of one agent."""
        return self.history_of(agent).records(agent)

    def belief(self, agent: str) -> views.Belief:
        """Give what the agent believes, as step functions of ms."""
        return self.history_of(agent).belief(agent)

    def truth(self, agent: str) -> views.Truth:
        """Give what the platform knows of the agent, as step functions of ms."""
        return self.history_of(agent).truth(agent)

    def discrepancies(self, agent: str) -> Discrepancies:
        """Give where the two part, kind by kind, as step functions of ms."""
        return self.history_of(agent).discrepancies(agent)

    def stretches(self, agent: str) -> list[Stretch]:
        """Give the spans of the agent's shift with a discrepancy, the shortest left out."""
        return self.history_of(agent).stretches(agent)

    def discrepancy_ms(self, agent: str) -> int:
        """Give for how long of the shift anything is not as the agent believes, in ms.

        The dropdown may not respond either; what ends within a second counts as none.
        """
        return sum(stretch.end - stretch.start for stretch in self.stretches(agent))

    def reverts(self) -> list[Record]:
        """Give the writes that overwrote a choice within 60 s of its acceptance (E3)."""
        return symptoms.reverts(self.history)

    def deactivated_code_spans(self) -> list[tuple[str, int, int, int]]:
        """Give (agent, code, deactivated at, gone from the list at) for each case of E4, in ms."""
        return symptoms.deactivated_code_spans(self.history)

    @cached_property
    def agents_by_discrepancy(self) -> list[str]:
        """The ids of all agents, the one who is misled for longest first."""
        return sorted(self.agents, key=lambda agent: (-self.discrepancy_ms(agent), agent))

    def moment(self, agent: str, at: int | str) -> tuple[str, int]:
        """Give the shift of an agent that a moment lies in, and the moment in ms of the run.

        ``at`` is as in ``why``.
        """
        return moment(self.days, self.settings.organisation.calendar, agent, at)

    def why(self, agent: str, at: int | str) -> str:
        """Say in words what the agent believes, what is true, and why they differ.

        ``at`` is a local time such as ``"14:03"``, the one within the agent's shift, or ms of the
        run; BadInput when it is neither or lies in no shift of the agent. Of an agent who works
        several shifts of the day, the one that it lies in is told.
        """
        asked = known_agent(self.days, agent)
        shift, t = self.moment(asked, at)
        works_for = worker(asked, self.days) if shift != asked else ""
        return explain(self.history_of(shift), shift, t, works_for)


class Metrics(Mapping[str, Measured]):
    """All metrics of a run by name; each is computed when it is first asked for."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def __getitem__(self, name: str) -> Measured:
        return self._run.measure([name])[0]

    def __contains__(self, name: object) -> bool:
        return name in METRICS

    def __iter__(self) -> Iterator[str]:
        # Whoever goes through them all wants their values, and one pass over a crowd is enough.
        self._run.measure(list(METRICS))
        return iter(METRICS)

    def __len__(self) -> int:
        return len(METRICS)

    def __repr__(self) -> str:
        measured = zip(METRICS, self._run.measure(list(METRICS)), strict=True)
        return "\n".join(f"{name}: {value} {unit}" for name, (value, unit) in measured)

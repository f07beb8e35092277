"""The history of a run: what happened, and its readings: beliefs, truths and where the two part."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from simkit.rules.agent_ids import known_agent
from simkit.rules.reasons import Directory
from simkit.rules.settings import Settings
from simkit.rules.workload import AgentDay, Workload
from simkit.runs import views
from simkit.runs.departures import Departures, Polls, Snapshots
from simkit.runs.discrepancies import Discrepancies, Stretch, discrepancies
from simkit.runs.log import Log, Record
from simkit.runs.messages import Message, messages
from simkit.runs.metrics.registry import RunScope

Clock = Literal["tick", "skip", "coupled"]
RequestCounts = dict[tuple[str, int, str], tuple[int, int]]
"""Number of requests and bytes of replies, by (kind, HTTP status, error code)."""


@dataclass(frozen=True, eq=False)
class History:
    """What a run of some agents left behind. Metrics, *why* and pictures read it.

    Agents are asked for by their ids, as users spell them; BadInput when there is no such agent.
    """

    settings: Settings
    seed: int
    workload: Workload
    directory: Directory
    """The codes, and who may use which when."""
    log: Log
    """All records in canonical order."""
    requests: dict[str, RequestCounts]
    """The requests of each agent, skipped ones included."""
    departures: dict[str, list[Departures]]
    """When the requests of each agent left."""
    snapshots: dict[str, list[Snapshots]]
    """When the lists of each agent were asked for, as far as they came to be shown."""
    polls: dict[str, list[Polls]]
    """When each agent's page polled, where its browser may answer a poll by itself."""
    clock: Clock
    """Whether the world ticked or skipped."""
    why_clock: str
    """The reason for which this clock was chosen, in words."""
    _beliefs: dict[str, views.Belief] = field(default_factory=dict, init=False, repr=False)
    _truths: dict[str, views.Truth] = field(default_factory=dict, init=False, repr=False)
    _discrepancies: dict[str, Discrepancies] = field(default_factory=dict, init=False, repr=False)
    _messages: dict[str, list[Message]] = field(default_factory=dict, init=False, repr=False)
    _stretches: dict[str, list[Stretch]] = field(default_factory=dict, init=False, repr=False)

    def __repr__(self) -> str:
        return f"History({self.settings.name!r}, seed {self.seed}, {len(self.log)} records)"

    @cached_property
    def days(self) -> dict[str, AgentDay]:
        """Each agent's part of the workload."""
        return {day.agent: day for day in self.workload.days}

    @property
    def agents(self) -> list[str]:
        """The ids of all agents, in the order of the organisation."""
        return list(self.days)

    @property
    def horizon(self) -> int:
        """The end of the last shift, in ms."""
        return self.workload.horizon

    @property
    def scope(self) -> RunScope:
        """What metrics need to know of the run as a whole."""
        shifts = sum(day.end - day.start for day in self.days.values())
        return RunScope(self.settings, len(self.directory.codes), self.horizon, shifts)

    @cached_property
    def wanted(self) -> int:
        """The mask of all codes whose types the widget lists."""
        return self.directory.of_types(self.settings.widget.status_reason_types)

    def records(self, agent: str) -> list[Record]:
        """Give the records of one agent."""
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
                lags=self.settings.platform.permission_lag_ms > 0,
            )
        return self._truths[agent]

    def discrepancies(self, agent: str) -> Discrepancies:
        """Give where the two part, kind by kind, as step functions of ms."""
        agent = known_agent(self.days, agent)
        if agent not in self._discrepancies:
            both = self.belief(agent), self.truth(agent)
            self._discrepancies[agent] = discrepancies(*both, self.wanted)
        return self._discrepancies[agent]

    def messages(self, agent: str) -> list[Message]:
        """Give all messages between the agent's desktop and the platform, as they left."""
        agent = known_agent(self.days, agent)
        if agent not in self._messages:
            self._messages[agent] = messages(self, agent)
        return self._messages[agent]

    def stretches(self, agent: str) -> list[Stretch]:
        """Give the spans of the agent's shift with a discrepancy, the shortest left out."""
        agent = known_agent(self.days, agent)
        if agent not in self._stretches:
            day = self.days[agent]
            self._stretches[agent] = self.discrepancies(agent).stretches(day.start, day.end)
        return self._stretches[agent]

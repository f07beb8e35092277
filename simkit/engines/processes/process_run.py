"""A finished run of processes: its history is that of everybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import ClassVar

from simkit.rules.agent_ids import known_agent
from simkit.rules.reasons import Directory
from simkit.rules.workload import AgentDay, Workload
from simkit.runs.history import History
from simkit.runs.metrics.registry import Metric
from simkit.runs.run import Engine, Run


class ProcessRun(Run):
    """A run whose log holds everybody's records."""

    engine: ClassVar[Engine] = "processes"

    def __init__(self, history: History, why_engine: str) -> None:
        super().__init__(history.settings, history.seed, why_engine)
        self._history = history

    def __repr__(self) -> str:
        return (
            f"Run({self.settings.name!r}, seed {self.seed}, {len(self.log)} records, "
            f"clock {self.clock!r})"
        )

    @property
    def history(self) -> History:
        """What happened, of all agents."""
        return self._history

    def history_of(self, agent: str) -> History:
        """Give the history of everybody, which is that of the agent too."""
        known_agent(self.days, agent)
        return self._history

    def _values(self, metrics: Mapping[str, Metric]) -> dict[str, float | None]:
        return {name: metric.measure(self._history) for name, metric in metrics.items()}

    @property
    def days(self) -> Mapping[str, AgentDay]:
        """Each agent's part of the workload."""
        return self._history.days

    @property
    def workload(self) -> Workload:
        """All that happened from outside."""
        return self._history.workload

    @property
    def directory(self) -> Directory:
        """The codes, and who may use which when."""
        return self._history.directory

    @property
    def horizon(self) -> int:
        """The end of the last shift, in ms."""
        return self._history.horizon

    @property
    def homes(self) -> Counter[str]:
        """How many agents begin their day in each division, by its name."""
        return Counter(day.division for day in self.days.values())

    @property
    def weight(self) -> int:
        """The room that the run takes in memory, in records."""
        return len(self.log)

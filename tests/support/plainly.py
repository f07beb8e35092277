"""A reading of the log of its own, slow and plain, to hold the lab's reading against."""

from __future__ import annotations

from typing import Any

from simkit.runs.run import Run

AVAILABLE = -1


class Plain:
    """One agent at one moment, read from the records and the files and from nothing else."""

    def __init__(self, run: Run, agent: str, t: int) -> None:
        self.run, self.agent, self.t = run, agent, t
        self.listed, self.frozen, self.believed, self.true = 0, False, AVAILABLE, AVAILABLE
        people = {person.id: person for person in run.settings.organisation.agents}
        self.division = people[agent].division
        self.dead: set[int] = set()
        self.answered = False
        """Whether a list, or a refusal of one, has come since the page was loaded."""
        for record in run.log:
            if record.t <= t and record.actor in (agent, "admin"):
                self.take(record)

    def take(self, record: Any) -> None:
        kind, data = record.kind, record.data
        if kind in ("login", "reload", "list"):
            self.listed = data.mask
        if kind in ("login", "reload", "recovered"):
            self.frozen = False
        if kind in ("login", "reload"):
            self.answered = data.version >= 0
        if kind == "list":
            self.answered = True
        if kind == "trouble" and data.status not in (0, 429):
            self.answered = True
        if kind == "trouble":
            self.frozen = data.status == 401 and self.run.settings.widget.on_401 == "freeze"
        if kind == "success":
            self.believed = data.code
        if kind == "return":
            self.believed = AVAILABLE
        if kind == "status":
            self.true = data.status
        lags = self.run.settings.platform.permission_lag_ms > 0
        if kind == ("permissions" if lags else "transfer"):
            ids = {d.id: d.name for d in self.run.settings.organisation.divisions}
            self.division = ids[data.division]
        if kind == "edit":
            (self.dead.discard if data.active else self.dead.add)(data.code)

    @property
    def usable(self) -> set[int]:
        above = {d.name: d.parent for d in self.run.settings.organisation.divisions}
        path, division = set(), self.division
        while division:
            path.add(division)
            division = above[division]
        types = self.run.settings.widget.status_reason_types
        codes = enumerate(self.run.history.directory.codes)
        bound = {i for i, c in codes if c.division in path and c.type in types}
        return bound - self.dead

    @property
    def shown(self) -> list[int]:
        return [i for i in range(512) if self.listed >> i & 1]

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
        if self.locked:
            return "locked"
        return "list" if self.listed else "empty" if self.answered else "loading"

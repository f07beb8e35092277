"""The log: one record for each thing that happened, with its cause, in one total order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from hashlib import blake2b
from typing import Any, NamedTuple, TypeVar

from simkit.runs.events import Event, Side, plain

# Ranks: the fixed order of what happens in one and the same millisecond. The simulation uses
# them as SimPy priorities, the log as its sort key; they are written here and nowhere else.
SCRIPT = 10
"""Admin edits and transfers."""
WFM = 20
"""Workforce management writes a scheduled status."""
SWEEP = 21
"""The routing sweep restores campaign availability."""
ARRIVAL = {"renew": 30, "config": 31, "list": 32, "submit": 33}
"""A request reaches the platform."""
REPLY = {"renew": 40, "config": 41, "list": 42, "submit": 43}
"""A reply reaches the widget."""
PAGE = 50
"""The page is loaded, hidden or shown again."""
TIMER_RENEWAL = 60
TIMER_POLL = 61
RETURN = 68
"""The agent goes back to work, before any choice. Records of it are of AGENT."""
WAITED = 69
"""The agent acts on what had to wait for a list. Records of it are of AGENT."""
AGENT = 70
"""The agent acts."""
INTENTION = 71
"""The agent acts on a new intention, after what was planned before. Records are of AGENT."""

ADMIN = "admin"
"""The actor of edits."""

Identity = tuple[str, str, int, int]
"""What names a record for good: (actor, kind, time in ms, k)."""
E = TypeVar("E", bound=Event)


class Record(NamedTuple):
    """One thing that happened. The first four fields are the canonical order of the log."""

    t: int
    """Milliseconds since the start of the run."""
    rank: int
    actor: str
    """The agent whom it concerns, or ``admin``."""
    k: int
    """How many records this actor already had in this millisecond."""
    kind: str
    side: Side
    cause: Identity | None
    data: Event

    @property
    def id(self) -> Identity:
        """The identity that causes point to."""
        return (self.actor, self.kind, self.t, self.k)


def of_kind(records: Iterable[Record], kind: type[E]) -> Iterator[tuple[Record, E]]:
    """Give the records of a kind, in their order, each with what it says; no kind is of another."""
    if isinstance(records, Log):  # metrics go through all records again and again
        records = records.by_kind.get(kind, ())
    return ((record, record.data) for record in records if type(record.data) is kind)


class Log(Sequence[Record]):
    """All records of a run in canonical order."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._records = sorted(records)

    @classmethod
    def merged(cls, records: Mapping[str, list[Record]]) -> Log:
        """Give the log of the records of each actor, which are in order already.

        Time and rank then are enough to compare, as equals stay in the order of the actors.
        """
        in_turn = [record for actor in sorted(records) for record in records[actor]]
        # Ranks are below 128. A float holds the sum of both exactly, and floats compare fast.
        in_turn.sort(key=lambda record: record[0] + record[1] / 128)
        log = cls(())
        log._records = in_turn
        log.by_actor = dict(records)
        return log

    def __len__(self) -> int:
        return len(self._records)

    def __getitem__(self, i: Any) -> Any:
        return self._records[i]

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records)

    def __repr__(self) -> str:
        return f"Log({len(self)} records, digest {self.digest[:12]})"

    @cached_property
    def by_actor(self) -> dict[str, list[Record]]:
        """The records of each actor, in order."""
        rows: dict[str, list[Record]] = {}
        for record in self._records:
            rows.setdefault(record.actor, []).append(record)
        return rows

    @cached_property
    def by_kind(self) -> dict[type[Any], list[Record]]:
        """The records of each kind, in order."""
        rows: dict[type[Any], list[Record]] = {}
        for record in self._records:
            rows.setdefault(type(record[-1]), []).append(record)
        return rows

    @cached_property
    def _by_id(self) -> dict[Identity, Record]:
        return {record.id: record for record in self._records}

    def find(self, identity: Identity) -> Record:
        """Give the record of an identity; KeyError when the log has none."""
        return self._by_id[identity]

    def causes(self, record: Record) -> list[Record]:
        """Give the chain of causes, the record itself first, the root last."""
        chain = [record]
        while chain[-1].cause is not None:
            chain.append(self.find(chain[-1].cause))
        return chain

    @cached_property
    def digest(self) -> str:
        """A hash over all records in canonical order: equal logs, equal digests."""
        total = blake2b(digest_size=16)
        for record in self._records:
            total.update(repr((*record[:-1], plain(record.data))).encode())
        return total.hexdigest()

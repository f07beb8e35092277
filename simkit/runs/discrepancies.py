"""Discrepancies: where what an agent believes and what is true part, how, and for how long."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from simkit.base.clock import SECOND
from simkit.base.steps import Steps, combine
from simkit.runs.views import Belief, Truth

SHORTEST_MS = SECOND
"""What is shorter is a reply still on its way, and none."""


class Discrepancy(NamedTuple):
    """In which ways belief and truth part, all at once. Its fields are all kinds that there are."""

    unusable: int
    """Codes that are listed and cannot be used, as a bit mask: deactivated, or bound elsewhere."""
    missing: int
    """Codes of a listed type that may be used and are not listed, as a bit mask."""
    status: bool
    """Whether the status believed is not the true one."""
    unresponsive: bool
    """Whether the dropdown does not respond."""

    @property
    def bits(self) -> int:
        """The kinds as bits: bit i stands for the i-th field."""
        return sum(bool(value) << i for i, value in enumerate(self))


KINDS = Discrepancy._fields
"""The kinds of discrepancies, in the order of their bits."""


class Stretch(NamedTuple):
    """A span of a shift, in ms, with one and the same discrepancy."""

    start: int
    end: int
    discrepancy: Discrepancy


@dataclass(frozen=True)
class Discrepancies:
    """Where belief and truth of one agent part, kind by kind, as step functions of ms."""

    unusable: Steps[int]
    missing: Steps[int]
    status: Steps[bool]
    unresponsive: Steps[bool]

    def stretches(self, start: int, end: int) -> list[Stretch]:
        """Give the spans of [start, end) in which something is wrong, the shortest left out."""
        return [stretch for stretch in self._long_spans(start, end) if any(stretch.discrepancy)]

    def _long_spans(self, start: int, end: int) -> Iterator[Stretch]:
        parts = (self.unusable, self.missing, self.status, self.unresponsive)
        found: Stretch | None = None
        for since, until, discrepancy in combine(Discrepancy, *parts).spans(start, end):
            if until - since < SHORTEST_MS:
                continue
            if found and found.discrepancy == discrepancy:
                found = found._replace(end=until)
                continue
            if found:
                yield found
            found = Stretch(since, until, discrepancy)
        if found:
            yield found


def discrepancies(believed: Belief, true: Truth, wanted: int) -> Discrepancies:
    """Give where a belief and a truth part; ``wanted`` is the mask of the listed types."""
    both = (believed.listed, true.usable)
    return Discrepancies(
        unusable=combine(lambda shown, usable: shown & ~usable, *both),
        missing=combine(lambda shown, usable: usable & wanted & ~shown, *both),
        status=combine(lambda a, b: a != b, believed.status, true.status),
        unresponsive=believed.frozen,
    )

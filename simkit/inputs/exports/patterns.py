"""Shift patterns of a day: stretches of people's time, joined into shifts, alike ones as one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from simkit.base.clock import HOUR
from simkit.inputs.exports.people import Somebody
from simkit.inputs.exports.records import Stretch
from simkit.rules.organisation import LONGEST_NIGHT

_LONGEST = timedelta(hours=LONGEST_NIGHT // HOUR)


class Block(NamedTuple):
    """A shift as it was worked: when, and what else is scheduled within."""

    start: datetime
    end: datetime
    stretches: Sequence[Stretch]


def blocks_of(stretches: Iterable[Stretch], gap: timedelta) -> list[Block]:
    """Give the shifts that one person's stretches make: those with no longer gap between them."""
    blocks: list[Block] = []
    parts: list[Stretch] = []
    end: datetime | None = None
    for each in sorted(stretches, key=lambda one: (one.start, one.end)):
        if end is not None and each.start - end > gap:
            blocks.append(Block(parts[0].start, end, parts))
            parts, end = [], None
        parts.append(each)
        end = each.end if end is None else max(end, each.end)
    if end is not None:
        blocks.append(Block(parts[0].start, end, parts))
    return blocks


class Patterns:
    """The shift patterns of a day, as few as there are different ones."""

    def __init__(self, zone: str, reason_of: Callable[[str], str | None]) -> None:
        self.zone, self.reason_of = ZoneInfo(zone), reason_of
        self.left_out: Counter[str] = Counter()
        self._names: dict[tuple[Any, ...], str] = {}
        self._alike: Counter[str] = Counter()
        self.starts: dict[str, str] = {}
        """When each pattern starts, by its name."""

    def name_of(self, block: Block) -> str | None:
        """Give the name of the pattern that a shift follows; None for one that can be none."""
        if block.end - block.start > _LONGEST:
            self.left_out["shifts of more than 16 h"] += 1
            return None
        start, end = self._wall(block.start), self._wall(block.end)
        if start == end or not self._is_plain(block):
            self.left_out["shifts over a change of clocks"] += 1
            return None
        return self.named(start, end, tuple(self._activities(block)))

    def of_hours(self, hours: str) -> str:
        """Give the name of the pattern with hours such as 08:00-16:00, and nothing within."""
        start, end = hours.split("-")
        return self.named(start, end)

    def named(self, start: str, end: str, activities: tuple[tuple[str, str, str], ...] = ()) -> str:
        """Give the name of the pattern with such hours and activities, a new one perhaps."""
        pattern = start, end, activities
        if pattern not in self._names:
            hours = f"{start[:5]}-{end[:5]}"
            self._alike[hours] += 1
            again = f" #{self._alike[hours]}" if self._alike[hours] > 1 else ""
            self._names[pattern] = f"{hours}{again}"
            self.starts[f"{hours}{again}"] = start
        return self._names[pattern]

    def all(self) -> list[dict[str, Any]]:
        """Give the patterns as an organisation's file has them, the earliest first."""
        return [
            {
                "name": name,
                "start": start,
                "end": end,
                "activities": [
                    {"start": begin, "end": until, "reason": reason}
                    for begin, until, reason in activities
                ],
            }
            for (start, end, activities), name in sorted(self._names.items())
        ]

    def _activities(self, block: Block) -> Iterable[tuple[str, str, str]]:
        """Give what is scheduled within a shift, one after the other; what comes first counts."""
        since = block.start
        for each in block.stretches:
            reason = self.reason_of(each.activity)
            if reason is None:
                continue
            start, end = max(each.start, since), min(each.end, block.end)
            if start >= end:
                self.left_out["activities within another one"] += 1
                continue
            since = end
            if (begin := self._wall(start)) != (until := self._wall(end)):
                yield begin, until, reason

    def _is_plain(self, block: Block) -> bool:
        """Say whether clocks just go on during a shift: times of day could not tell it else."""
        offsets = {moment.astimezone(self.zone).utcoffset() for moment in (block.start, block.end)}
        return len(offsets) == 1

    def _wall(self, moment: datetime) -> str:
        local = moment.astimezone(self.zone)
        return f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"


def by_day(
    stretches: Iterable[tuple[Somebody, Stretch]],
    zone: str,
    gap: timedelta,
    leaves_out: Callable[[datetime, Sequence[Stretch]], bool],
) -> dict[date, list[tuple[Somebody, Block]]]:
    """Give the shifts of people by the local day on which each begins, but those left out."""
    own: defaultdict[Somebody, list[Stretch]] = defaultdict(list)
    for person, stretch in stretches:
        own[person].append(stretch)
    days: defaultdict[date, list[tuple[Somebody, Block]]] = defaultdict(list)
    info = ZoneInfo(zone)
    for person, theirs in own.items():
        for block in blocks_of(theirs, gap):
            if not leaves_out(block.start, block.stretches):
                days[block.start.astimezone(info).date()].append((person, block))
    return dict(days)

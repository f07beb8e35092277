"""What the platform answers, as tables: each entry is made by the rule that the processes ask."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from simkit.base.steps import Steps
from simkit.engines.columns.arrays import Flags, Ints
from simkit.engines.columns.days import Wanted
from simkit.engines.columns.steps import StepTables
from simkit.rules.reasons import Directory, Snapshot
from simkit.rules.sections import CONTEXT_DIVISION, PAGE_DIVISION
from simkit.rules.settings import Settings


def asked_division(settings: Settings, home: str) -> str:
    """Give the id that the widget of an agent asks for who stays in a division."""
    asked = settings.widget.division_id
    followed = asked in (CONTEXT_DIVISION, PAGE_DIVISION)
    return settings.organisation.division_ids[home] if followed else asked


class ListTables:
    """Lists and codes, for agents of some divisions who look for some names.

    The divisions stand there once for each replication, whose edits make other lists of them.
    """

    def __init__(
        self,
        settings: Settings,
        directories: Sequence[Directory],
        divisions: Sequence[str],
        names: Sequence[Wanted],
    ) -> None:
        """Fill the tables; divisions and wanted names are known by their places from then on."""
        org, widget = settings.organisation, settings.widget
        self.codes = len(directories[0].codes)
        self.snapshots: list[Snapshot] = []
        """The states of all lists, one after the other."""
        self.first = np.zeros(len(divisions), np.int64)
        """Place of the first state of the list that agents of each division ask for."""
        self.edits: dict[int, list[tuple[int, int, int]]] = {}
        """(t, code, 1 or -1) of each code that joins or leaves a division's list, in order."""
        self.usable_times: dict[int, list[int]] = {}
        """When what may be used in each division changes."""
        picks: list[list[int]] = []
        begin: dict[int, list[int]] = {}
        self._row = np.zeros(len(divisions), np.int64)
        listings: list[Steps[Snapshot]] = []
        usables: list[Steps[int]] = []
        made: dict[tuple[int, str], tuple[int, int]] = {}
        by_replication = len(divisions) // len(directories)
        for place, division in enumerate(divisions):
            replication = place // by_replication
            directory = directories[replication]
            asked = org.division_by_id.get(asked_division(settings, division), "")
            listing = Steps(Snapshot(0, 0, 0))
            if asked:
                listing = directory.listing(asked, widget.filter_type, widget.status_reason_types)
            if (replication, asked) not in made:
                made[replication, asked] = len(listings), len(self.snapshots)
                listings.append(listing)
                self.snapshots += listing.values
                picks += _picks(directory, listing, names, begin)
            self._row[place], self.first[place] = made[replication, asked]
            self.edits[place] = [
                (t, code, 1 if after.mask >> code & 1 else -1)
                for t, before, after in zip(
                    listing.times[1:], listing.values, listing.values[1:], strict=False
                )
                for code in _bits(before.mask ^ after.mask)
            ]
            usable = directory.usable(division)
            self.usable_times[place] = usable.times[1:]
            usables.append(usable)
        self._listings, self._usables = StepTables(listings), StepTables(usables)
        self.usable_masks = [mask for usable in usables for mask in usable.values]
        """What may be used, state by state, of one division after the other."""
        self.usable = _table(self.usable_masks, self.codes)
        """Whether each code may be used, by state of what may be used."""
        self.listed = _table([s.mask for s in self.snapshots] + [0], self.codes)
        """Whether each code is listed, by state of a list; the last row is no list."""
        self.sizes = np.array([s.size for s in self.snapshots] + [0], dtype=np.int64)
        """Bytes of each state of a list; the last entry is no list."""
        self.counts = np.array([s.mask.bit_count() for s in self.snapshots] + [0], dtype=np.int64)
        """How many codes each state lists."""
        self.picks = np.array([*picks, [-1] * len(names)], dtype=np.int64)
        """The code that is chosen for a name, by state and name; -1 where none is listed."""

    def state(self, division: Ints, as_of: Ints) -> Ints:
        """Give the state of the list of each division at some moments, -1 for moments below 0."""
        return np.where(as_of >= 0, self._listings.place(self._row[division], as_of), -1)

    def usable_state(self, division: Ints, t: Ints) -> Ints:
        """Give the state of what may be used in each division at some moments."""
        return self._usables.place(division, t)


def _picks(
    directory: Directory,
    listing: Steps[Snapshot],
    names: Sequence[Wanted],
    begin: dict[int, list[int]],
) -> list[list[int]]:
    """Give the code chosen for each name, state by state: only changed names are asked again.

    ``begin`` holds what is known of first states by their masks, which are those of other seeds.
    """
    first = listing.values[0].mask

    def pick(mask: int, name: Wanted) -> int:
        found = directory.wanted(mask, *name)
        return -1 if found is None else found

    if first not in begin:
        begin[first] = [pick(first, name) for name in names]
    rows = [begin[first]]
    before = first
    for snapshot in listing.values[1:]:
        row = list(rows[-1])
        touched = {directory.codes[code].name for code in _bits(snapshot.mask ^ before)}
        for place, name in enumerate(names):
            if name.name in touched:
                row[place] = pick(snapshot.mask, name)
        rows.append(row)
        before = snapshot.mask
    return rows


def _table(masks: Sequence[int], codes: int) -> Flags:
    """Give masks as a table with a row for each of them and a column for each code."""
    width = -(-codes // 8) or 1
    packed = b"".join(mask.to_bytes(width, "little") for mask in masks)
    rows = np.frombuffer(packed, np.uint8).reshape(len(masks), width)
    return np.unpackbits(rows, axis=1, count=codes, bitorder="little").view(bool)


def _bits(mask: int) -> Iterator[int]:
    """Give the codes of a mask, in order."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low

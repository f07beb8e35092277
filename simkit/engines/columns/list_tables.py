"""What the platform answers, as tables: each entry is made by the rule that the processes ask."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from simkit.base.steps import Steps
from simkit.engines.columns.arrays import Flags, Ints
from simkit.engines.columns.days import Wanted
from simkit.rules.reasons import Directory, Snapshot
from simkit.rules.settings import CONTEXT_DIVISION, PAGE_DIVISION, Settings

_APART = 1 << 40
"""Puts the times of one list apart from those of the next, so that one search serves them all."""


def asked_division(settings: Settings, home: str) -> str:
    """Give the id that the widget of an agent asks for who stays in a division."""
    asked = settings.widget.division_id
    followed = asked in (CONTEXT_DIVISION, PAGE_DIVISION)
    return settings.organisation.division_ids[home] if followed else asked


class ListTables:
    """Lists and codes, for agents of some divisions who look for some names."""

    def __init__(
        self,
        settings: Settings,
        directory: Directory,
        divisions: Sequence[str],
        names: Sequence[Wanted],
    ) -> None:
        """Fill the tables; divisions and wanted names are known by their places from then on."""
        org, widget = settings.organisation, settings.widget
        self.codes = len(directory.codes)
        self.snapshots: list[Snapshot] = []
        """The states of all lists, one after the other."""
        times: list[int] = []
        picks: list[list[int]] = []
        self.first = np.zeros(len(divisions), np.int64)
        """Place of the first state of the list that agents of each division ask for."""
        self.edits: dict[int, list[tuple[int, int, int]]] = {}
        """(t, code, 1 or -1) of each code that joins or leaves a division's list, in order."""
        self.usable_masks: list[int] = []
        """What may be used, state by state, of one division after the other."""
        self.usable_times: dict[int, list[int]] = {}
        """When what may be used in each division changes."""
        usable_keys: list[int] = []
        self._row = np.zeros(len(divisions), np.int64)
        made: dict[str, tuple[int, int]] = {}
        for place, division in enumerate(divisions):
            asked = org.division_by_id.get(asked_division(settings, division), "")
            listing = Steps(Snapshot(0, 0, 0))
            if asked:
                listing = directory.listing(asked, widget.filter_type, widget.status_reason_types)
            if asked not in made:
                row = len(made)
                made[asked] = row, len(self.snapshots)
                times += [row * _APART - 1, *(row * _APART + t for t in listing.times[1:])]
                self.snapshots += listing.values
                picks += _picks(directory, listing, names)
            self._row[place], self.first[place] = made[asked]
            self.edits[place] = [
                (t, code, 1 if after.mask >> code & 1 else -1)
                for t, before, after in zip(
                    listing.times[1:], listing.values, listing.values[1:], strict=False
                )
                for code in _bits(before.mask ^ after.mask)
            ]
            usable = directory.usable(division)
            self.usable_times[place] = usable.times[1:]
            self.usable_masks += usable.values
            usable_keys += [place * _APART - 1, *(place * _APART + t for t in usable.times[1:])]
        self._usable_times = np.array(usable_keys, dtype=np.int64)
        self.usable = _table(self.usable_masks, self.codes)
        """Whether each code may be used, by state of what may be used."""
        self.listed = _table([s.mask for s in self.snapshots] + [0], self.codes)
        """Whether each code is listed, by state of a list; the last row is no list."""
        self._times = np.array(times, dtype=np.int64)
        self.sizes = np.array([s.size for s in self.snapshots] + [0], dtype=np.int64)
        """Bytes of each state of a list; the last entry is no list."""
        self.counts = np.array([s.mask.bit_count() for s in self.snapshots] + [0], dtype=np.int64)
        """How many codes each state lists."""
        self.picks = np.array([*picks, [-1] * len(names)], dtype=np.int64)
        """The code that is chosen for a name, by state and name; -1 where none is listed."""

    def state(self, division: Ints, as_of: Ints) -> Ints:
        """Give the state of the list of each division at some moments, -1 for moments below 0."""
        found = np.searchsorted(self._times, self._row[division] * _APART + as_of, side="right")
        return np.where(as_of >= 0, found - 1, -1)

    def usable_state(self, division: Ints, t: Ints) -> Ints:
        """Give the state of what may be used in each division at some moments."""
        return np.searchsorted(self._usable_times, division * _APART + t, side="right") - 1


def _picks(
    directory: Directory, listing: Steps[Snapshot], names: Sequence[Wanted]
) -> list[list[int]]:
    """Give the code chosen for each name, state by state: only changed names are asked again."""
    rows: list[list[int]] = []
    places: dict[str, list[int]] = {}
    for place, wanted in enumerate(names):
        places.setdefault(wanted.name, []).append(place)
    before = 0
    for snapshot in listing.values:
        changed, row = snapshot.mask ^ before, list(rows[-1]) if rows else [-1] * len(names)
        touched = {directory.codes[code].name for code in _bits(changed)}
        for name in touched & places.keys():
            for place in places[name]:
                found = directory.wanted(snapshot.mask, name, names[place].code_id)
                row[place] = -1 if found is None else found
        rows.append(row)
        before = snapshot.mask
    return rows


def _table(masks: Sequence[int], codes: int) -> Flags:
    """Give masks as a table with a row for each of them and a column for each code."""
    table = np.zeros((len(masks), codes), bool)
    for row, mask in zip(table, masks, strict=True):
        row[list(_bits(mask))] = True
    return table


def _bits(mask: int) -> Iterator[int]:
    """Give the codes of a mask, in order."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low

"""Reason codes as provisioned, and the history of every list that can be asked for.

A set of codes is a whole number used as a bit mask: code i of the catalogue is bit i.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cache, cached_property
from itertools import groupby
from typing import NamedTuple

from simkit.base.formatting import counted
from simkit.base.identity_cache import Recent
from simkit.base.steps import Steps
from simkit.rules.organisation import Organisation, ReasonCode
from simkit.rules.sections import ProvisioningSettings
from simkit.rules.settings import Settings

ENVELOPE_BYTES = len('{"entities":[]}')


class Code(NamedTuple):
    """A reason code as the platform holds it: bound to one division."""

    id: str
    name: str
    type: str
    division: str
    color: str
    size: int
    """Bytes of its JSON in a list, the comma included."""


class Edit(NamedTuple):
    """A change that an administrator makes to one code."""

    t: int
    code: int
    active: bool
    raises_version: bool


class Snapshot(NamedTuple):
    """What a list query answers for a while."""

    version: int
    """Grows with each change of one of the codes asked for, also when the set comes back."""
    mask: int
    size: int
    """Bytes of the reply."""
    edit: int | None = None
    """Place of the edit that made it so; None for what was there from the first."""


_catalogues = Recent[tuple[Code, ...]](most=8)


def codes_of(settings: Settings) -> tuple[Code, ...]:
    """Give the catalogue of codes that settings describe."""
    org, config = settings.organisation, settings.provisioning
    return _catalogues.get(org, config, lambda: provision(org, config))


def directory_of(settings: Settings, edits: Sequence[Edit] = ()) -> Directory:
    """Give the directory of codes that settings describe, edited or as it was provisioned.

    It says who may use which code when, and what each list holds; times are ms of the run.
    """
    return Directory(settings.organisation, codes_of(settings), edits)


def provision(org: Organisation, config: ProvisioningSettings) -> tuple[Code, ...]:
    """Give the catalogue that results from creating the organisation's codes by this configuration.

    An omitted divisionId puts a code into Global or into the division of the token's user; codes
    of the parent belong one level up. Duplicates of critical codes follow at the end, so that the
    place of every other code stays.
    """
    codes = [_create(c, c.id, _bound_division(org, config, c.division)) for c in org.codes]
    if config.duplicate_critical:
        codes += [
            _create(c, f"{c.id}@{c.division}", c.division)
            for c, made in zip(org.codes, codes, strict=True)
            if c.critical and made.division != c.division
        ]
    return tuple(codes)


def _bound_division(org: Organisation, config: ProvisioningSettings, meant: str) -> str:
    if config.binding == "explicit":
        return meant
    if config.binding == "parent":
        return org.tree.parent[meant] or meant
    return org.tree.root if config.token_context == "global" else org.provisioning_user_division


def _create(code: ReasonCode, code_id: str, division: str) -> Code:
    body = {
        "id": code_id,
        "name": code.name,
        "divisionId": division,
        "status": "NOT_AVAILABLE",
        "color": code.color,
        "type": code.type,
        "isDefault": code.is_default,
    }
    size = len(json.dumps(body, separators=(",", ":"))) + 1
    return Code(code_id, code.name, code.type, division, code.color, size)


class Directory:
    """Every list the platform can be asked for, as a step function of time."""

    def __init__(
        self,
        org: Organisation,
        codes: Sequence[Code],
        edits: Sequence[Edit],
        index: _CodeIndex | None = None,
    ) -> None:
        """Take codes and the edits of them; ``index`` is one of the same codes, if there is one."""
        self._org, self.tree = org, org.tree
        self.codes = tuple(codes)
        self._index = index or _CodeIndex(self.codes)
        self.edits = sorted(edits)
        self._listings: dict[tuple[str, str, tuple[str, ...]], Steps[Snapshot]] = {}
        self._usable: dict[str, Steps[int]] = {}
        self.raised_by = [i for i, edit in enumerate(self.edits) if edit.raises_version]
        """Place of the edit that raised the version to 1, of the one that raised it to 2 ..."""
        self.version = Steps(0)
        for version, place in enumerate(self.raised_by, start=1):
            self.version.set(self.edits[place].t, version)

    def edited(self, edits: Sequence[Edit]) -> Directory:
        """Give the directory of the same codes under other edits."""
        return Directory(self._org, self.codes, edits, self._index)

    def __repr__(self) -> str:
        return f"Directory({counted(len(self.codes), 'code')}, {counted(len(self.edits), 'edit')})"

    def activity(self, code: int) -> Steps[bool]:
        """Give whether a code is active, as a step function of time.

        An edit that leaves a code as it is changes nothing, nor does one that is undone within its
        millisecond.
        """
        return self._activities.get(code) or Steps(True)

    @cached_property
    def _activities(self) -> dict[int, Steps[bool]]:
        """Those of the codes that are edited."""
        activities = {edit.code: Steps(True) for edit in self.edits}
        for edit in self.edits:
            activities[edit.code].set(edit.t, edit.active)
        return activities

    def switched(self, code: int, t: int) -> int | None:
        """Give the place of the edit that made a code what it is at a moment; None without one."""
        times, places = self._switches[code]
        before = bisect_right(times, t)
        return places[before - 1] if before else None

    @cached_property
    def _switches(self) -> list[tuple[list[int], list[int]]]:
        """The times and places of the edits that changed each code, in order of time."""
        found: list[tuple[list[int], list[int]]] = [([], []) for _ in self.codes]
        active = [True] * len(self.codes)
        for place, edit in enumerate(self.edits):
            if edit.active != active[edit.code]:
                active[edit.code] = edit.active
                times, places = found[edit.code]
                times.append(edit.t)
                places.append(place)
        return found

    def of_types(self, types: Iterable[str]) -> int:
        """Give the mask of all codes of these types, active or not."""
        return self._index.of_types(frozenset(types))

    def listing(self, division: str, filter_type: str, types: tuple[str, ...]) -> Steps[Snapshot]:
        """Give the history of the list asked for one division with a filter and types."""
        key = (division, filter_type, types)
        if key not in self._listings:
            self._listings[key] = self._history(
                self.of_types(types), self.tree.visible(division, filter_type)
            )
        return self._listings[key]

    def usable(self, division: str) -> Steps[int]:
        """Give the history of the codes an agent of a division may use, whatever the widget asks.

        Usable: active, and bound to the division or to one of its ancestors.
        """
        if division not in self._usable:
            history = self._history(-1, self.tree.path(division))
            masks = Steps(history.values[0].mask)
            for t, snapshot in zip(history.times[1:], history.values[1:], strict=True):
                masks.set(t, snapshot.mask)
            self._usable[division] = masks
        return self._usable[division]

    def _history(self, wanted: int, divisions: Iterable[str]) -> Steps[Snapshot]:
        asked = 0
        for division in divisions:
            asked |= self._index.bound.get(division, 0)
        asked &= wanted
        mask, version = asked, 0
        size = self._index.size(asked)
        steps = Steps(Snapshot(version, mask, size))
        for t, places in groupby(range(len(self.edits)), lambda place: self.edits[place].t):
            # Of several edits of a code in one millisecond nobody can see but the last.
            last = {self.edits[place].code: place for place in places}
            for code, place in last.items():
                bit, active = 1 << code, self.edits[place].active
                if asked & bit and bool(mask & bit) != active:
                    mask ^= bit
                    version += 1
                    size += self.codes[code].size * (1 if active else -1)
                    steps.set(t, Snapshot(version, mask, size, place))
        return steps

    def wanted(self, mask: int, name: str, code_id: str = "") -> int | None:
        """Give the listed code that an agent picks, or None: what is looked for in a list.

        The first listed code with the name; the one of that id when an id is given and listed.
        """
        return self._index.wanted(mask, name, code_id)


class _CodeIndex:
    """What is asked of codes whatever their edits; each answer is found once."""

    def __init__(self, codes: tuple[Code, ...]) -> None:
        self._codes = codes
        self.bound: dict[str, int] = {}
        """The codes of each division."""
        self._named: dict[str, list[int]] = {}
        for i, code in enumerate(codes):
            self.bound[code.division] = self.bound.get(code.division, 0) | 1 << i
            self._named.setdefault(code.name, []).append(i)
        self.of_types = cache(self._of_types)
        self.size = cache(self._size)
        self.wanted = cache(self._wanted)

    def _of_types(self, types: frozenset[str]) -> int:
        return sum(1 << i for i, code in enumerate(self._codes) if code.type in types)

    def _size(self, mask: int) -> int:
        """Give the bytes of a list."""
        return ENVELOPE_BYTES + sum(c.size for i, c in enumerate(self._codes) if mask >> i & 1)

    def _wanted(self, mask: int, name: str, code_id: str) -> int | None:
        listed = [i for i in self._named.get(name, ()) if mask >> i & 1]
        meant = (i for i in listed if not code_id or self._codes[i].id == code_id)
        return next(meant, listed[0] if listed else None)

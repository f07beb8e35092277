"""The catalogue: the documented traps, their fixes, and what else is shown beside them.

The guide's seven are ``traps``; another platform has its own, which its profile lists.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy
from pathlib import Path

from simkit.base import given, resources
from simkit.base.errors import BadInput, closest, shown
from simkit.base.reading import documents, validation
from simkit.inputs import profiles
from simkit.inputs.loading import from_here, load
from simkit.inputs.profiles import Found, PlatformTrap
from simkit.inputs.trap_file import Change, TrapFile
from simkit.rules.organisation import Organisation
from simkit.rules.settings import Difference, Settings, diff

TRAP_IDS = ("T1", "T2", "T3", "E1", "E2", "E3", "E4")


def entry_of(path: str | Path) -> TrapFile | None:
    """Give the trap that a scenario file, or the nearest of its bases, is an entry for, if any.

    For a file that can be loaded; BadInput where one cannot be read.
    """
    file = Path(path)
    while True:
        document = documents.read(file)
        if (given := document.data.get("trap")) is not None:
            return validation.validate(TrapFile, document, given, at=("trap",))
        if (base := document.data.get("base")) is None:
            return None
        file = file.parent / base


class Trap:
    """One documented trap: the settings that spring it, and its fixes."""

    on_platform: PlatformTrap | None = None
    """How it stands on the platform of a profile, with source and grade; None for the guide's."""

    def __init__(self, path: Path, on_platform: PlatformTrap | None = None) -> None:
        document = documents.read(path)
        self.entry = validation.validate(TrapFile, document, document.data["trap"], at=("trap",))
        self.settings = load(path)
        self.base = load(path.parent / document.data["base"])
        self.on_platform = on_platform

    def __repr__(self) -> str:
        fixes = ", ".join(fix.id for fix in self.fixes)
        return f"Trap({self.id}: {self.title}; {f'fixes {fixes}' if fixes else 'no fixes'})"

    @property
    def id(self) -> str:
        """Its id: T1 to T3 and E1 to E4 in the guide's order, another one of a profile's own."""
        return self.entry.id

    @property
    def title(self) -> str:
        """Its name in plain words."""
        return self.entry.title

    @property
    def metric(self) -> str:
        """The name of its symptom metric; more is worse."""
        return self.entry.metric

    @property
    def fixes(self) -> tuple[Change, ...]:
        """The fixes that the guide documents, or those on the platform of a profile."""
        return self.entry.fixes

    @property
    def remedies(self) -> tuple[Change, ...]:
        """What the guide does not document: readings of its fixes, and remedies of our own."""
        return self.entry.remedies

    def on(self, organisation: Organisation) -> Trap:
        """Give the same trap, its base and its fixes on another organisation.

        The chance of a code to be deactivated is scaled, up to 1, so that as many deactivations
        are expected as before: 6 of E4's 36 codes become 6 of 200. What is a chance per agent,
        such as T2's transfers, stays, and so grows with the organisation.
        """
        other = copy(self)
        other.settings = moved(self.settings, organisation)
        other.base = moved(self.base, organisation)
        return other

    @property
    def fault(self) -> list[Difference]:
        """The difference between the healthy base and the trap."""
        return diff(self.base, self.settings)

    def change(self, change_id: str) -> Change:
        """Give a fix, remedy, reading or mechanism by its id; BadInput when there is none."""
        entry = self.entry
        changes = (*entry.fixes, *entry.remedies, *entry.readings, *entry.mechanisms)
        found = {change.id: change for change in changes}
        if change_id not in found:
            raise BadInput(
                f"{self.id} has no fix {change_id!r}{closest(change_id, found)}",
                allowed=", ".join(fix.id for fix in self.fixes),
            )
        return found[change_id]

    def fixed(self, change_id: str) -> Settings:
        """Give the settings with a fix in place; ``"E4a+E4b"`` puts both in place."""
        settings = self.settings
        for one in change_id.split("+"):
            settings = settings.replace(self.change(one).set)
        return settings

    def diff(self, change_id: str) -> list[Difference]:
        """Give the fields that a fix changes: the lesson."""
        return diff(self.settings, self.fixed(change_id))


def moved(settings: Settings, organisation: Organisation) -> Settings:
    """Give settings on another organisation, with as many deactivations expected; or BadInput."""
    _refuse_other(organisation)
    fewer = len(settings.organisation.codes) / max(1, len(organisation.codes))
    chance = min(1.0, fewer * settings.workload.deactivation_probability)
    return settings.with_top(organisation=organisation).replace(deactivation_probability=chance)


def _refuse_other(organisation: object) -> None:
    if not isinstance(organisation, Organisation):
        allowed = "an organisation, as settings have one"
        raise BadInput(field="organisation", found=shown(organisation), allowed=allowed)


class Catalogue(Mapping[str, Trap]):
    """All traps of a platform by id, read from the scenario files when first asked for."""

    def __init__(self, found: Found | None = None) -> None:
        """Take the profile that lists the traps, and its file; the guide's seven without one."""
        self._known: dict[str, Trap] = {}
        self._found = found
        folder = resources.directory("data") / "scenarios"
        self._files = {trap_id: folder / f"{trap_id}.yaml" for trap_id in TRAP_IDS}
        self._said: dict[str, PlatformTrap] = {}
        if found:
            self._said = {said.id: said for said in _said_by(found)}
            where = found.path.parent
            self._files = {trap_id: where / each.scenario for trap_id, each in self._said.items()}

    def __getitem__(self, trap_id: str) -> Trap:
        if trap_id not in self._files:
            raise UnknownTrapError(f"unknown trap {trap_id!r}", allowed=", ".join(self._files))
        if trap_id not in self._known:
            self._known[trap_id] = self._read(trap_id)
        return self._known[trap_id]

    def _read(self, trap_id: str) -> Trap:
        path, said = self._files[trap_id], self._said.get(trap_id)
        if self._found is None or said is None:
            return Trap(path)
        place = list(self._said).index(trap_id)
        try:
            entry, settings = entry_of(path), load(path)
        except BadInput as problem:
            words = f"{from_here(path)} cannot be used: {problem}"
            raise _wrong(self._found, place, "scenario", words) from None
        own = documents.read(path).data
        name = self._found.profile.name
        for wrong, words in (
            ("trap" not in own or "base" not in own, "has no block trap on top of a base"),
            (entry and entry.id != trap_id, f"is the scenario of {entry and entry.id}"),
            (settings.profile != name, f"is on the profile {settings.profile!r}"),
        ):
            if wrong:
                said_wrong = f"{from_here(path)} {words}, and {trap_id} of {name!r} is wanted"
                raise _wrong(self._found, place, "scenario", said_wrong)
        return Trap(path, said)

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def __repr__(self) -> str:
        return "\n".join(repr(trap) for trap in self.values())

    def owner(self, change_id: str) -> Trap:
        """Give the trap that documents a fix; BadInput when none does."""
        for trap in self.values():
            if any(change_id == change.id for change in (*trap.fixes, *trap.remedies)):
                return trap
        raise BadInput(f"unknown fix {change_id!r}")


class UnknownTrapError(BadInput, KeyError):
    """No trap of that name: bad input, and a missing key of the catalogue."""

    __str__ = BadInput.__str__


traps = Catalogue()
"""The catalogue of the guide: ``simkit.traps["E4"]``."""
_others: dict[str, tuple[Found, Catalogue]] = {}
"""Those of other platforms, by the names of their profiles, with what these were then."""


def traps_of(profile: str | Path) -> Catalogue:
    """Give the catalogue of traps of a platform profile, by its name or as a file.

    Each trap of it says in ``on_platform`` how it stands there: whether it exists, changes,
    vanishes or appears, why, and by which source. BadInput for an unknown profile, a file that
    cannot be used, and a profile that says nothing of traps.
    """
    text = str(given.path("profile", profile))
    if text == profiles.GUIDE:
        return traps
    if profiles.is_file(text):
        text = profiles.read_profile(Path(text)).name
        _others.pop(text, None)  # its scenarios may be others by now
    found = profiles.profile_file(text)
    if not found.profile.traps:
        raise BadInput(f"the profile {text!r} says nothing of traps", file=from_here(found.path))
    known, catalogue = _others.get(text, (None, None))
    if catalogue is None or known != found:
        catalogue = Catalogue(found)
        _others[text] = found, catalogue
    return catalogue


def _said_by(found: Found) -> tuple[PlatformTrap, ...]:
    """Give what a profile says of traps; BadInput where one is not the guide's and does not say."""
    for place, said in enumerate(found.profile.traps):
        if (said.relation == "appears") == (said.id in TRAP_IDS):
            ours = "exists, changes, vanishes"
            words, allowed = "is the guide's, which does not appear", ours
            if said.id not in TRAP_IDS:
                words, allowed = "is none of the guide's traps", "appears"
            raise _wrong(found, place, "relation", f"{said.id} {words}", allowed)
    return found.profile.traps


def _wrong(
    found: Found, place: int, key: str, problem: str, allowed: str | None = None
) -> BadInput:
    """Give the complaint about what a profile says of a trap, at its place in the file."""
    at = ("traps", place, key)
    line, column = documents.read(found.path).where(at) or (1, 1)
    return BadInput(
        problem,
        file=from_here(found.path),
        line=line,
        column=column,
        field=".".join(map(str, at)),
        allowed=allowed,
    )

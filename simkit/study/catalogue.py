"""The catalogue: the documented traps, their fixes, and what else is shown beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy
from pathlib import Path

from simkit.base import resources
from simkit.base.errors import BadInput, closest, shown
from simkit.base.reading import documents, validation
from simkit.inputs.loading import load
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

    def __init__(self, path: Path) -> None:
        document = documents.read(path)
        self.entry = validation.validate(TrapFile, document, document.data["trap"], at=("trap",))
        self.settings = load(path)
        self.base = load(path.parent / document.data["base"])

    def __repr__(self) -> str:
        fixes = ", ".join(fix.id for fix in self.fixes)
        return f"Trap({self.id}: {self.title}; fixes {fixes})"

    @property
    def id(self) -> str:
        """Its id in the guide's order: T1 to T3 and E1 to E4."""
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
        """The fixes that the guide documents."""
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
    """All documented traps by id, read from the scenario files when first asked for."""

    def __init__(self) -> None:
        self._known: dict[str, Trap] = {}

    def __getitem__(self, trap_id: str) -> Trap:
        if trap_id not in TRAP_IDS:
            raise UnknownTrapError(f"unknown trap {trap_id!r}", allowed=", ".join(TRAP_IDS))
        if trap_id not in self._known:
            folder = resources.directory("data") / "scenarios"
            self._known[trap_id] = Trap(folder / f"{trap_id}.yaml")
        return self._known[trap_id]

    def __iter__(self) -> Iterator[str]:
        return iter(TRAP_IDS)

    def __len__(self) -> int:
        return len(TRAP_IDS)

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
"""The catalogue: ``simkit.traps["E4"]``."""

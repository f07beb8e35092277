"""A cell of a sweep: one point, one replication. What is sent to a worker and what comes back."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from functools import cache, lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import simkit
from simkit.base.identity_cache import Recent
from simkit.engines import running
from simkit.rules.organisation import Organisation
from simkit.rules.settings import Settings
from simkit.studio.design import Level
from simkit.studio.information_age import MEASURES

SCHEMA = 1
"""Raised when the columns of a part change their meaning."""
DECIDING = ("base", "rules", "runs", "inputs", "engines", "study", "studio")
"""The floors whose code decides results."""


class Cell(NamedTuple):
    """One run that a sweep needs."""

    scenario: str
    """Name of the sweep."""
    point: int
    """Place of the point in the design."""
    levels: dict[str, Level]
    replication: int
    seed: int
    settings: str
    """Hash of the settings."""
    metrics: tuple[str, ...]

    @property
    def key(self) -> str:
        """What the cell's part is called: equal keys, equal rows, whatever else is in the sweep.

        The workload is drawn from the settings and the seed by the kit, so these name it too.
        """
        parts = [self.scenario, self.levels, self.replication, self.seed, self.settings]
        return digest([*parts, self.metrics, kit(), SCHEMA])


class Task(NamedTuple):
    """What a worker needs to run cells of one point. Settings go apart from their organisation,
    which many points share, and with it the workloads drawn for it."""

    organisation: bytes
    settings: bytes
    seeds: tuple[int, ...]
    metrics: tuple[str, ...]


def digest(parts: Any) -> str:
    """Give a hash over plain values, the same on every machine."""
    return blake2b(repr(parts).encode(), digest_size=12).hexdigest()


def deciding_files() -> list[Path]:
    """Give all files of the package that decide results, in a fixed order."""
    package = Path(simkit.__file__).parent
    return sorted(file for floor in DECIDING for file in (package / floor).rglob("*.py"))


@cache
def kit() -> str:
    """Give the version of the kit and a hash over the code that decides results.

    So results of two states of the code never mix, even where nobody raised the version.
    """
    package = Path(simkit.__file__).parent
    code = blake2b(digest_size=6)
    for file in deciding_files():
        code.update(file.relative_to(package).as_posix().encode() + b"\0" + file.read_bytes())
    return f"{simkit.__version__}+{code.hexdigest()}"


class Packer:
    """Pickles settings for workers, each organisation once."""

    def __init__(self) -> None:
        self._organisations = Recent[bytes](most=16)

    def pack(self, settings: Settings) -> tuple[bytes, bytes]:
        """Give the organisation and all the rest, each as bytes."""
        org = settings.organisation
        pickled = self._organisations.get(org, None, lambda: pickle.dumps(org))
        names = set(type(settings).model_fields) - {"organisation"}
        rest = {name: getattr(settings, name) for name in sorted(names)}
        return pickled, pickle.dumps(rest)


@lru_cache(maxsize=16)
def _organisation(pickled: bytes) -> Organisation:
    found: Organisation = pickle.loads(pickled)
    return found


@lru_cache(maxsize=256)
def _settings(organisation: bytes, rest: bytes) -> Settings:
    parts = pickle.loads(rest)
    return Settings.model_validate({**parts, "organisation": _organisation(organisation)})


def measure(task: Task) -> tuple[str, list[list[float | None]]]:
    """Run cells; give the kit that ran them and the value of each metric, cell by cell."""
    settings = _settings(task.organisation, task.settings)
    return kit(), running.measure(settings, task.seeds, task.metrics, known=MEASURES)


def row(cell: Cell, values: list[float | None]) -> dict[str, Any]:
    """Give the row of a finished cell: what it is, what was measured, and a checksum over it."""
    found: dict[str, Any] = {
        "scenario": cell.scenario,
        **cell.levels,
        "replication": cell.replication,
        "seed": cell.seed,
        "settings": cell.settings,
        "kit": kit(),
        "schema": SCHEMA,
        "cell": cell.key,
        **{
            name: None if value is None else float(value)
            for name, value in zip(cell.metrics, values, strict=True)
        },
    }
    return found | {"checksum": checksum(found)}


def checksum(row: Mapping[str, Any]) -> str:
    """Give the checksum over all other columns of a row."""
    return digest([(name, value) for name, value in row.items() if name != "checksum"])

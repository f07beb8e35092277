"""Where the kit's own files are: inside an installed wheel, or beside the package in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def directory(name: str) -> Path:
    """Give the directory ``data``, ``notebooks`` or ``docs`` of the kit."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


def data_folder() -> Path:
    """Give the folder of the kit's own data: organisations, scenarios, sweeps, traces."""
    return directory("data")

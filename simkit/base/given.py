"""Values that a caller gives: those of the right kind, or a refusal in one line."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from operator import index
from typing import Any

from simkit.base.errors import BadInput, shown

MOST_SEED = (1 << 62) - 1


def whole(field: str, value: object, low: int | None = None, high: int | None = None) -> int:
    """Give a whole number as Python's own, whichever library made it; or BadInput.

    >>> whole("seed", 7, 0, 10)
    7
    """
    found = unrounded(plain(value))
    too_low = isinstance(found, int) and low is not None and found < low
    too_high = isinstance(found, int) and high is not None and found > high
    if not isinstance(found, int) or isinstance(found, bool) or too_low or too_high:
        raise BadInput(field=field, found=shown(value), allowed=_allowed(low, high))
    return found


def unrounded(value: Any) -> Any:
    """Give 30000 for 30000.0 and 3e4, which JSON, YAML and JavaScript write for one number.

    >>> unrounded(3e4), unrounded(0.5), unrounded("3e4")
    (30000, 0.5, '3e4')
    """
    is_whole = isinstance(value, float) and value.is_integer() and abs(value) < 1 << 53
    return int(value) if is_whole else value


def _allowed(low: int | None, high: int | None) -> str:
    if low is not None and high is not None:
        return f"whole number from {low:,} to {high:,}"
    bounds = f" of at least {low:,}" if low is not None else ""
    return f"whole number{bounds}" + (f" of at most {high:,}" if high is not None else "")


def seed(value: object) -> int:
    """Give a seed; or BadInput."""
    return whole("seed", value, 0, MOST_SEED)


def text(field: str, value: object) -> str:
    """Give a text; or BadInput."""
    if not isinstance(value, str):
        raise BadInput(field=field, found=shown(value), allowed="text")
    return value


def texts(field: str, value: object) -> Sequence[str]:
    """Give several texts; or BadInput, also for a single one, which is a row of letters."""
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise BadInput(field=field, found=shown(value), allowed="a list of texts")
    return value


def path(field: str, value: object) -> str:
    """Give the path of a file as text; or BadInput."""
    plain_path = os.fspath(value) if isinstance(value, str | os.PathLike) else None
    if not isinstance(plain_path, str):  # a path may also be bytes
        raise BadInput(field=field, found=shown(value), allowed="text or a path")
    return plain_path


def flag(field: str, value: object) -> bool:
    """Give a truth value; or BadInput."""
    if not isinstance(value, bool):
        raise BadInput(field=field, found=shown(value), allowed="true or false")
    return value


def mapping(field: str, value: object) -> Mapping[str, Any]:
    """Give a mapping whose keys are texts; or BadInput."""
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise BadInput(field=field, found=shown(value), allowed="a mapping of names to values")
    return value


def plain(value: Any) -> Any:
    """Give numbers of any library as Python's own, within lists and mappings too.

    >>> plain({"points": (True, 2)})
    {'points': (True, 2)}
    """
    kind = type(value)
    if kind in (int, bool, float, str):
        return value
    if kind in (list, tuple):
        return kind(plain(each) for each in value)
    if kind is dict:
        return {key: plain(each) for key, each in value.items()}
    if kind.__module__ == "numpy" and not getattr(value, "shape", True):
        return value.item()
    try:
        return index(value)
    except TypeError:
        return value

"""What must be in place before any code is provisioned."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

PERMISSIONS = (
    "Telephony > Status Reason > Edit",
    "Telephony > Status Reason > View",
    "Divisions > View",
    "Widgets > Edit",
)
PORTAL_PERMISSION = "Portal > Edit"
"""Needed as well when the widget is deployed with Portal Builder."""
LICENCES = ("CX 1", "CX 2", "CX 3")


class Unmet(NamedTuple):
    """A prerequisite that is not met: which, as a field of the settings, and what is wanted."""

    field: str
    why: str


def unmet(licence: str, permissions: Collection[str], portal_builder: bool) -> Unmet | None:
    """Give the first prerequisite that is not met, None when all are.

    >>> unmet("CX 1", PERMISSIONS, portal_builder=True).why
    'Portal Builder needs licence CX 2 or higher'
    """
    if portal_builder and LICENCES.index(licence) < LICENCES.index("CX 2"):
        return Unmet("licence", "Portal Builder needs licence CX 2 or higher")
    needed = (*PERMISSIONS, PORTAL_PERMISSION) if portal_builder else PERMISSIONS
    missing = [permission for permission in needed if permission not in permissions]
    return Unmet("permissions", f"missing permission {missing[0]!r}") if missing else None

"""What must be in place before any code is provisioned."""

from __future__ import annotations

from collections.abc import Collection

PERMISSIONS = (
    "Telephony > Status Reason > Edit",
    "Telephony > Status Reason > View",
    "Divisions > View",
    "Widgets > Edit",
)
PORTAL_PERMISSION = "Portal > Edit"
"""Needed as well when the widget is deployed with Portal Builder."""
LICENCES = ("CX 1", "CX 2", "CX 3")


def unmet(licence: str, permissions: Collection[str], portal_builder: bool) -> str | None:
    """Give why provisioning is refused, or None when every prerequisite is met.

    >>> unmet("CX 1", PERMISSIONS, portal_builder=True)
    'Portal Builder needs licence CX 2 or higher'
    """
    if portal_builder and LICENCES.index(licence) < LICENCES.index("CX 2"):
        return "Portal Builder needs licence CX 2 or higher"
    needed = (*PERMISSIONS, PORTAL_PERMISSION) if portal_builder else PERMISSIONS
    missing = [permission for permission in needed if permission not in permissions]
    return f"missing permission {missing[0]!r}" if missing else None

"""Provisioning is refused, with a reason, before a prerequisite is met."""

from __future__ import annotations

import pytest

from simkit import BadInput
from simkit.rules.prerequisites import LICENCES, PERMISSIONS, PORTAL_PERMISSION, unmet
from simkit.rules.settings import Settings

ALL = (*PERMISSIONS, PORTAL_PERMISSION)


@pytest.mark.claim("C004", "C005")
@pytest.mark.parametrize("licence", LICENCES)
def test_with_all_permissions_only_the_portal_builder_asks_for_a_higher_licence(
    licence: str,
) -> None:
    """By the guide CX 1 is enough for telephony, and Portal Builder asks for CX 2 at least."""
    assert unmet(licence, ALL, portal_builder=False) is None
    refused = unmet(licence, ALL, portal_builder=True)
    assert (refused is None) == (licence != "CX 1")


@pytest.mark.claim("C007")
@pytest.mark.parametrize("missing", ALL)
def test_each_permission_is_needed_that_of_the_portal_only_with_the_portal_builder(
    missing: str,
) -> None:
    """The guide lists four and a fifth for portals; the refusal names the missing one."""
    held = [permission for permission in ALL if permission != missing]
    refused = unmet("CX 2", held, portal_builder=True)
    assert refused
    assert refused.field == "permissions"
    assert missing in refused.why
    without_portal = unmet("CX 2", held, portal_builder=False)
    assert (without_portal is None) == (missing == PORTAL_PERMISSION)


def test_settings_that_do_not_meet_the_prerequisites_are_bad_input(healthy: Settings) -> None:
    """What could never be provisioned is refused by its field before anything runs."""
    with pytest.raises(BadInput, match="provisioning is refused: Portal Builder needs") as refusal:
        healthy.replace(licence="CX 1")
    assert refusal.value.field == "provisioning.licence"
    assert healthy.replace(licence="CX 1", portal_builder=False).provisioning.licence == "CX 1"
    with pytest.raises(BadInput, match="missing permission 'Divisions > View'"):
        healthy.replace(permissions=[p for p in ALL if p != "Divisions > View"])

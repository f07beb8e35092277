"""How the platform judges: pure rules that both engines ask."""

from __future__ import annotations

import json
from typing import Literal, get_args

from simkit.rules import oauth
from simkit.rules.divisions import is_division_id
from simkit.rules.sections import CONTEXT_DIVISION, PAGE_DIVISION, Refusal
from simkit.rules.settings import Settings

Judgement = Literal[
    "applied", "ignored", "missing_scope", "reason_not_usable", "dead_token", "too_many_requests"
]
JUDGEMENTS: tuple[Judgement, ...] = get_args(Judgement)
"""All that a submission can come to; a refusal has the name of its field in ``platform``."""


def judge_submission(alive: bool, may_write: bool, usable: bool, dropped: bool) -> Judgement:
    """Say what a submission comes to. The order of the checks is part of the rule.

    ``alive`` is the token it carries, ``may_write`` the scope of the application, ``usable`` the
    code in the agent's present division, and ``dropped`` is whatever routing has drop such codes.

    >>> judge_submission(alive=True, may_write=False, usable=False, dropped=False)
    'missing_scope'
    """
    if not alive:
        return "dead_token"
    if not may_write:
        return "missing_scope"
    if not usable:
        return "reason_not_usable"
    return "ignored" if dropped else "applied"


def refusal_of_list(settings: Settings, division_id: str) -> Refusal | None:
    """Give how the platform refuses to list a division; None where it does not.

    The order of the checks is part of the rule: the scope, the widget, the division.
    """
    platform = settings.platform
    if oauth.READ_SCOPE not in settings.application.scopes:
        return platform.missing_scope
    if not settings.widget_allowed:
        return platform.widget_not_allowed
    if division_id in settings.organisation.division_by_id:
        return None
    return platform.unknown_division if is_division_id(division_id) else platform.malformed_division


def refusal_of_lists(settings: Settings) -> Refusal | None:
    """Give how every list is refused that the widgets ask for; None where none is.

    Where they ask for the agents' own divisions, these are known.
    """
    asked = settings.widget.division_id
    if asked in (CONTEXT_DIVISION, PAGE_DIVISION):
        asked = settings.organisation.divisions[0].id
    return refusal_of_list(settings, asked)


def config_size(settings: Settings) -> int:
    """Give the bytes of the widget's configuration as it goes over the wire."""
    told = settings.widget.model_dump(by_alias=True, exclude=settings.unsaid.get("widget"))
    return len(json.dumps(told, separators=(",", ":")))


def tokens_never_die(settings: Settings) -> bool:
    """Say whether a silent renewal, as long as it is not lost, always comes in time.

    It leaves a lead before the old token dies and is known after a round trip. A request that left
    until then carries the old token, and arrives one more delay later at most.
    """
    lead, longest = settings.platform.renewal_lead_ms, settings.wire.delay_max_ms
    return settings.silent_renewal and lead >= 3 * longest

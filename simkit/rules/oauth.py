"""Tokens, scopes and when they end."""

from __future__ import annotations

from typing import NamedTuple

from simkit.base.clock import HOUR, SECOND
from simkit.base.units import may_be_seconds, seconds_meant

LONGEST_LIFE_MS = 48 * HOUR
READ_SCOPE = "telephony:status:read"
WRITE_SCOPE = "telephony:status:write"
KNOWN_SCOPES = (READ_SCOPE, WRITE_SCOPE, "division:read", "user:read")


class Token(NamedTuple):
    """An access token as a request carries it."""

    issued: int
    """Departure of the request that got it, in ms."""
    active: int
    """Last act that counted for it, in ms."""


def expires(token: Token, silent: bool, life_ms: int) -> int:
    """Give the first millisecond at which a token no longer works.

    With silent renewal the life counts from issue; without, from the last act.

    >>> expires(Token(issued=0, active=600), silent=False, life_ms=1000)
    1600
    """
    return (token.issued if silent else token.active) + life_ms


def why_not_renewed(lead_ms: int, life_ms: int, round_trip_ms: int) -> str:
    """Say why a renewal so long before expiry does not fit into a token's life; nothing if it does.

    >>> why_not_renewed(lead_ms=60_000, life_ms=2_700_000, round_trip_ms=500)
    ''
    """

    def fits(lead: int, life: int) -> bool:
        return round_trip_ms < lead < life - round_trip_ms

    if fits(lead_ms, life_ms):
        return ""
    question = ""
    if may_be_seconds(life_ms, 0, LONGEST_LIFE_MS) and fits(lead_ms, SECOND * life_ms):
        question = seconds_meant(life_ms)
    elif fits(SECOND * lead_ms, life_ms):
        question = seconds_meant(lead_ms)
    return (
        f"a renewal {lead_ms} ms before expiry needs more than one round trip ({round_trip_ms} ms) "
        f"on either side, within a life of {life_ms} ms{question}"
    )


def renews_silently(
    auto_refresh: bool, authorization_flow: str, refresh_token: bool, interceptor: bool
) -> bool:
    """Say whether a token is renewed without the agent: all four ingredients are needed."""
    return auto_refresh and authorization_flow == "pkce" and refresh_token and interceptor

"""Tokens, scopes and when they end."""

from __future__ import annotations

from typing import NamedTuple

READ_SCOPE = "telephony:status:read"
WRITE_SCOPE = "telephony:status:write"
KNOWN_SCOPES = (READ_SCOPE, WRITE_SCOPE, "division:read", "user:read")


class Token(NamedTuple):
    """An access token as a call carries it."""

    issued: int
    """Departure of the call that got it, in ms."""
    active: int
    """Last act that counted for it, in ms."""


def expires(token: Token, silent: bool, life_ms: int) -> int:
    """Give the first millisecond at which a token no longer works.

    With silent renewal the life counts from issue; without, from the last act.

    >>> expires(Token(issued=0, active=600), silent=False, life_ms=1000)
    1600
    """
    return (token.issued if silent else token.active) + life_ms


def renews_silently(
    auto_refresh: bool, authorization_flow: str, refresh_token: bool, interceptor: bool
) -> bool:
    """Say whether a token is renewed without the agent: all four ingredients are needed."""
    return auto_refresh and authorization_flow == "pkce" and refresh_token and interceptor

"""When a token ends, and what it takes to renew it silently."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simkit import traps
from simkit.rules import oauth
from simkit.rules.oauth import Token, expires, renews_silently

ms = st.integers(0, 10**9)


@given(issued=ms, idle=ms, life=st.integers(1, 10**9))
def test_with_silent_renewal_a_token_dies_a_life_after_issue_whatever_the_agent_does(
    issued: int, idle: int, life: int
) -> None:
    """Only the issue counts: a busy agent's token lives no longer than an idle one's."""
    assert expires(Token(issued, issued + idle), silent=True, life_ms=life) == issued + life


@given(issued=ms, idle=ms, life=st.integers(1, 10**9))
def test_without_silent_renewal_a_token_dies_a_life_after_the_last_act(
    issued: int, idle: int, life: int
) -> None:
    """Who keeps acting stays logged in; who is idle for a whole life does not."""
    active = issued + idle
    assert expires(Token(issued, active), silent=False, life_ms=life) == active + life


@pytest.mark.claim("C090", "C092")
@pytest.mark.parametrize(
    ("auto_refresh", "pkce", "refresh_token", "interceptor"), list(product([False, True], repeat=4))
)
def test_a_token_is_renewed_silently_only_with_all_four_ingredients(
    auto_refresh: bool, pkce: bool, refresh_token: bool, interceptor: bool
) -> None:
    """In all 16 combinations nothing is renewed where one of the guide's four is missing."""
    flow = "pkce" if pkce else "implicit"
    complete = all((auto_refresh, pkce, refresh_token, interceptor))
    assert renews_silently(auto_refresh, flow, refresh_token, interceptor) is complete
    settings = traps["E2"].base.replace(
        auto_refresh=auto_refresh,
        authorization_flow=flow,
        refresh_token=refresh_token,
        renewal_interceptor=interceptor,
    )
    assert settings.silent_renewal is complete


@pytest.mark.claim("C008")
def test_the_known_scopes_are_those_of_the_guide() -> None:
    """It lists four: two for telephony status, one for divisions, one for users."""
    assert set(oauth.KNOWN_SCOPES) == {
        "telephony:status:read",
        "telephony:status:write",
        "division:read",
        "user:read",
    }
    assert oauth.READ_SCOPE in oauth.KNOWN_SCOPES
    assert oauth.WRITE_SCOPE in oauth.KNOWN_SCOPES

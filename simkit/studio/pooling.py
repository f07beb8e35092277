"""Pooled tokens: agents dealt round several tokens, each of them a world with a limit of its own.

The engines know a token for each agent, and one for all. As long as no request is refused, agents
do not meet: they do what they do without any limit, whoever shares which token. So all but what is
said of tokens is measured without a limit, and the tokens one by one, each with its agents.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from simkit.base.clock import SECOND
from simkit.engines.running import measure
from simkit.rules.organisation import Organisation
from simkit.rules.settings import Settings

OF_TOKENS = ("rate_limit_share", "rate_limit_peak_share", "refused_share")
"""Metrics that depend on who shares a token, though nothing is refused."""
UNLIMITED = {"application.token_topology": "own", "platform.rate_limit_per_min": None}
"""The fields of a world in which nothing is refused, whoever shares a token."""
DAYS = 4
"""On how many of the simulated days tokens are counted: each token takes a run of its own."""
_UNBOUND = 10_000_000
"""A limit that no token's agents reach, at which to count what they would send."""
_COUNTED = (*OF_TOKENS[:2], "peak_requests_per_s")


def dealt(settings: Settings, tokens: int) -> list[Settings]:
    """Give the world of each token: every so-manieth agent, all sharing it.

    They keep their ids, by which what they do is drawn: together they are the organisation.
    """
    org = settings.organisation
    parts = {name: getattr(org, name) for name in type(org).model_fields}
    sharing = settings.replace(token_topology="shared")
    # What was valid as a whole is valid in part; another look at each agent would take seconds.
    organisations = (
        Organisation.model_construct(**parts | {"agents": org.agents[place::tokens]})
        for place in range(tokens)
    )
    return [sharing.with_top(organisation=each) for each in organisations]


def measured(settings: Settings, tokens: int, seeds: Sequence[int]) -> dict[str, list[float]]:
    """Give for each seed what is said of tokens: the mean, and the greatest of any token.

    ``settings`` have a rate limit. The mean is that of ``rate_limit_share``; of the share of the
    busiest minute and of refusals it is the token that fares worst.
    """
    limit = settings.platform.rate_limit_per_min
    if limit is None:
        raise ValueError("without a rate limit nobody counts by token")
    rows = [_of_one(world, limit, seeds) for world in dealt(settings, tokens)]
    by_seed = list(zip(*rows, strict=True))
    return {
        "rate_limit_share": [sum(mean for mean, _, _ in each) / tokens for each in by_seed],
        "rate_limit_peak_share": [max(peak for _, peak, _ in each) for each in by_seed],
        "refused_share": [max(refused for _, _, refused in each) for each in by_seed],
    }


def _of_one(world: Settings, limit: int, seeds: Sequence[int]) -> list[tuple[float, float, float]]:
    """Give mean, busiest minute and refusals of one token, for each seed.

    Where so little is sent that nothing can be refused, it is counted without a limit: that takes
    a tenth of the time, and gives the same.
    """
    free = world.replace(rate_limit_per_min=_UNBOUND)
    rows = [tuple(value or 0.0 for value in row) for row in measure(free, seeds, _COUNTED)]
    counted = [
        (mean * _UNBOUND / limit, round(peak * _UNBOUND), burst) for mean, peak, burst in rows
    ]
    # What arrives in a minute left in it, or in the seconds before that a request may take.
    seconds = ceil(world.wire.delay_max_ms / SECOND) + 1
    if all(peak + seconds * burst <= limit for _, peak, burst in counted):
        return [(mean, peak / limit, 0.0) for mean, peak, _ in counted]
    limited = measure(world, seeds, OF_TOKENS)
    return [(mean or 0.0, peak or 0.0, refused or 0.0) for mean, peak, refused in limited]

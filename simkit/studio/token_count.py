"""How many tokens it takes where agents are dealt round several, by closed form."""

from __future__ import annotations

from collections.abc import Mapping

from simkit.studio.closed_forms import Forms


def tokens_needed(forms: Forms, limits: Mapping[str, float], factor: float = 1.0) -> int | None:
    """Give how few tokens agents can be dealt round so that limits on tokens are kept.

    None without a rate limit, or where not even a token for each agent will do. ``forms`` are those
    of a shared token. Nothing may be refused, whatever the limits say. ``factor`` is by how much
    simulations found the busiest minute above its closed form.
    """
    if forms.settings.platform.rate_limit_per_min is None:
        return None
    busy = min(1.0, limits.get("rate_limit_peak_share", 1.0)) / factor
    mean = limits.get("rate_limit_share", 1.0)

    def enough(tokens: int) -> bool:
        dealt = forms.shares_dealt(tokens)
        return dealt["rate_limit_peak_share"] <= busy and dealt["rate_limit_share"] <= mean

    low, high = 0, round(forms.agents)
    if not enough(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high

"""Which clock is exact for settings, and why: told without SimPy."""

from __future__ import annotations

from simkit.rules import limits
from simkit.rules.settings import Settings
from simkit.rules.workload import Workload
from simkit.runs.history import Clock


def choose_clock(settings: Settings, workload: Workload) -> tuple[Clock, str]:
    """Give the fastest clock that is exact for these settings, and why.

    The rule: skip, unless a rate limit may bind; then only polls that are certain to be refused
    are slept over (``coupled``). It may bind when the most requests that can arrive
    with one token in one window exceed the limit, counting every poll, every page load and every
    wanted change (tried and sent again as often as the settings allow) as if in that window.
    """
    limit = settings.platform.rate_limit_per_min
    if limit is None:
        return "skip", "no rate limit"
    days = workload.days
    most = [
        most_requests(settings, len(day.intentions), len(day.reloads), len(day.hidden))
        for day in days
    ]
    worst = sum(most) if settings.application.token_topology == "shared" else max(most)
    if worst > limit:
        return "coupled", f"up to {worst} requests a minute may meet the limit of {limit}"
    return "skip", f"at most {worst} requests a minute, the limit of {limit} cannot bind"


def most_requests(settings: Settings, intentions: int, reloads: int, hidden: int) -> int:
    """Give a bound on the requests of one agent that can arrive in one window of the rate limit.

    For an agent who wants so many changes, and reloads the page and hides its tab so often.
    """
    per_poll = 2 if settings.widget.version_parameter else 1
    polls = limits.requests_per_window_at_most(
        per_poll, settings.interval_ms, settings.longest_poll_ms
    )
    tries = 2 * (settings.widget.retry_attempts + 1)
    shown_again = hidden if settings.widget.refetch_on_focus else 0
    return polls + tries * intentions + per_poll * (reloads + intentions + shown_again)

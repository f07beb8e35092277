"""Which agents columns are exact for. Told without NumPy, so that small runs never load it."""

from __future__ import annotations

from typing import NamedTuple

from simkit.engines.clock_choice import choose_clock, most_requests
from simkit.rules.judging import refusal_of_lists, tokens_never_die
from simkit.rules.limits import WINDOW_MS
from simkit.rules.sections import CONTEXT_DIVISION
from simkit.rules.settings import Settings
from simkit.rules.workload import Workload

MOST_KNOWN = 6_000_000
"""So many admitted requests are known one by one at most: some hundred bytes each."""


class Events(NamedTuple):
    """What may happen to agents of a workload from outside."""

    transfers: bool
    hidden: bool
    outages: bool
    recorded: bool = False
    reloads_at_login: bool = False
    own_limits: bool = False
    """Whether the limit of an agent's own token may bind."""

    @classmethod
    def of(cls, settings: Settings, recorded: Workload | None = None) -> Events:
        """Give those of a drawn workload, or of a recorded one."""
        own_limits = not _shared(settings) and _may_be_refused(settings, None, recorded)
        if recorded is None:
            config = settings.workload
            return cls(
                config.transfer_probability > 0,
                config.hidden_per_shift > 0,
                config.outages_per_shift > 0,
                own_limits=own_limits,
            )
        days = recorded.days
        return cls(
            any(day.transfers for day in days),
            any(day.hidden for day in days),
            any(day.outages for day in days),
            recorded=True,
            reloads_at_login=any(day.start in day.reloads for day in days),
            own_limits=own_limits,
        )


def why_together(
    settings: Settings, agents: int | None = None, recorded: Workload | None = None
) -> str:
    """Say why agents have to be run together, as they may interact; nothing when they need not."""
    binds = _shared(settings) and _may_be_refused(settings, agents, recorded)
    return "the rate limit may bind" if binds else ""


def why_not_limited(settings: Settings, events: Events | None = None) -> str:
    """Say why columns do not go through a limit that may bind, in words; nothing when they do.

    What one agent does then decides what all others are answered, so that processes run all of
    them if they have to run anybody.
    """
    events = events or Events.of(settings)
    widget, platform = settings.widget, settings.platform
    reasons = {
        "tokens may die": not tokens_never_die(settings),
        "networks fail": events.outages,
        "lists are refused": refusal_of_lists(settings) is not None,
        "lists follow agents who are transferred": events.transfers
        and lists_follow(settings)
        and widget.division_reread != "session",
        "lists stay in browser storage": widget.dataset_life_polls > 1 or widget.http_max_age_ms,
        "the version is read until it is known": widget.version_parameter
        and widget.config_reread == "mount",
        "the limit does not refuse with status 429": platform.too_many_requests.status != 429,
        "refused widgets wait in tabs that are hidden": widget.honour_retry_after and events.hidden,
        "pages poll as their tabs are shown again": widget.refetch_on_focus and events.hidden,
    }
    nobody = why_nobody(settings, events)
    why = [reason for reason, holds in reasons.items() if holds and reason not in nobody]
    return ", ".join(filter(None, [nobody, *why]))


def may_be_too_many(settings: Settings, agents: int) -> bool:
    """Say whether more requests may be admitted of agents than columns know one by one."""
    limit = settings.platform.rate_limit_per_min or 0
    polls = (WINDOW_MS + settings.longest_reach_ms) // settings.interval_ms + 1
    most = agents * polls * (2 if settings.widget.version_parameter else 1)
    return limit < most and limit * (settings.latest // WINDOW_MS + 1) > MOST_KNOWN


def why_some(settings: Settings, events: Events | None = None) -> str:
    """Say why the days of some agents are not exact, in words; nothing when there are none."""
    events = events or Events.of(settings)
    widget = settings.widget
    follow = events.transfers and lists_follow(settings)
    once_read = widget.division_reread == "session"
    reasons = {
        "agents may be transferred twice": events.transfers and events.recorded,
        "a list may be on its way as a new division is read": follow and not once_read,
        "an act may come as a token dies": acts_decide(settings, events),
        "a token may die whose renewal is lost": settings.silent_renewal and events.outages,
        "a request may be on its way as its token is renewed": tokens_overlap(settings),
        "a network may fail between two requests of a poll": events.outages
        and widget.version_parameter,
        "a page may be loaded as its tab is hidden or shown": events.hidden,
        "a page may be loaded twice at the login": events.reloads_at_login,
    }
    return ", ".join(reason for reason, holds in reasons.items() if holds)


def why_nobody(settings: Settings, events: Events | None = None) -> str:
    """Say why the day of no agent is exact in columns, in words; nothing when it may be.

    What is left out is where nearly every agent would meet a dead token in a way that columns do
    not follow: told of it by a refusal as a first list comes late, or not told as the browser
    answers. And where widgets take other refusals for that of a dead token, or of the limit.
    """
    events = events or Events.of(settings)
    widget, platform, refusal = settings.widget, settings.platform, refusal_of_lists(settings)
    first_list = widget.start_jitter_ms + settings.longest_poll_ms + settings.wire.delay_max_ms
    late = first_list >= platform.token_life_ms
    late |= events.hidden and widget.start_jitter_ms > 0
    told = tokens_overlap(settings) and widget.on_error != "swallow" and late
    dead = tokens_may_die(settings, events) or tokens_overlap(settings)
    unlike = dead and platform.dead_token.status != 401
    submitted = platform.missing_scope, platform.reason_not_usable
    dies = not settings.silent_renewal and not settings.session.poll_counts
    reasons = {
        "tokens may die": (dies and widget.http_max_age_ms > 0) or told or unlike,
        "pages with tokens that may die poll as their tabs are shown again": dead
        and widget.refetch_on_focus
        and events.hidden,
        "lists are refused": refusal is not None and refusal.status in (401, 429),
        "submissions are refused as if a token were dead, or by a limit": any(
            each.status in (401, 429) for each in submitted
        ),
        "the limit of an agent's token may bind": events.own_limits,
    }
    return ", ".join(reason for reason, holds in reasons.items() if holds)


def lists_follow(settings: Settings) -> bool:
    """Say whether widgets ask for the division that their agents are in, as far as they know."""
    return settings.widget.division_id == CONTEXT_DIVISION


def tokens_may_die(settings: Settings, events: Events) -> bool:
    """Say whether a token may die for good, until the page is loaded anew."""
    return not settings.silent_renewal or events.outages


def tokens_overlap(settings: Settings) -> bool:
    """Say whether requests may meet an old token while a renewal is on its way."""
    return settings.silent_renewal and not tokens_never_die(settings)


def acts_decide(settings: Settings, events: Events) -> bool:
    """Say whether it hangs on acts when tokens die: unless polls, which never pause, are acts."""
    if settings.silent_renewal:
        return False
    widget = settings.widget
    pause = widget.start_jitter_ms + widget.http_max_age_ms + 2 * settings.interval_ms
    paused = events.hidden or events.outages or pause >= settings.platform.token_life_ms
    return paused or not settings.session.poll_counts


def _shared(settings: Settings) -> bool:
    return settings.application.token_topology == "shared"


def _may_be_refused(
    settings: Settings, agents: int | None = None, recorded: Workload | None = None
) -> bool:
    """Say whether the rate limit may bind: by the bound of ``choose_clock`` for the busiest day."""
    if recorded is not None:
        return choose_clock(settings, recorded)[0] != "skip"
    limit = settings.platform.rate_limit_per_min
    if limit is None:
        return False
    org, workload = settings.organisation, settings.workload
    activities = max(len(shift.activities) for shift in org.shifts)
    intentions = 2 * activities + int(workload.unscheduled_breaks) + 1
    reloads = 2 * len(org.codes) if workload.reload_probability else 0
    most = most_requests(settings, intentions, reloads, workload.hidden_per_shift)
    together = (agents or len(org.agents)) if _shared(settings) else 1
    return most * together > limit

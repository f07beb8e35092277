"""Random legal settings for property tests.

Uniform draws would rarely meet the moments at which engines differ: a poll in flight when a code is
edited, a token that dies between two arrivals, a page that is reloaded before its first reply. So
every field prefers values that force such moments.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import simkit
from simkit.base import resources
from simkit.engines.columns.exact import tokens_overlap, why_nobody
from simkit.rules.organisation import Organisation
from simkit.rules.sections import CONTEXT_DIVISION, PAGE_DIVISION
from simkit.rules.settings import Settings

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000

NORTH_CARE = "d-5f1c0a04-7b2e-4c39-9a41-0c6de8b30004"
UNKNOWN_DIVISION = "d-5f1c0a04-7b2e-4c39-9a41-0c6de8b3ffff"
MALFORMED_DIVISION = "no-division"

AGENTS = ("agent-01", "agent-02", "agent-11", "agent-21", "agent-24")
"""Agents of three divisions and three shift patterns of the small organisation."""

ALLOWED = {"status-reason": {"allowed": True}}
READ, WRITE = "telephony:status:read", "telephony:status:write"
EVERY_TYPE = ("BREAK", "TRAINING", "OTHER", "CUSTOM")

seeds = st.integers(0, (1 << 62) - 1)


def examples(share: float) -> hypothesis_settings:
    """Give hypothesis settings with a share of the examples of the profile in use."""
    most = hypothesis_settings().max_examples
    return hypothesis_settings(max_examples=max(1, round(share * most)))


@cache
def healthy() -> Settings:
    """Give the healthy deployment of the small organisation."""
    return simkit.load(resources.directory("data") / "scenarios" / "healthy.yaml")


def with_organisation(settings: Settings, **parts: Any) -> Settings:
    """Give settings with parts of their organisation exchanged."""
    org = settings.organisation
    fields = {name: getattr(org, name) for name in type(org).model_fields}
    sections = {name: getattr(settings, name) for name in type(settings).model_fields}
    return Settings(**sections | {"organisation": Organisation(**fields | parts)})


@cache
def base(agents: tuple[str, ...], hours: int, opens: int = 8, again: bool = False) -> Settings:
    """Give the healthy deployment cut down to some agents, its shifts to some hours.

    A shift of fewer than eight hours keeps its three activities, moved and shortened in proportion.
    It opens at an hour of the day, and lasts over midnight perhaps. When asked for, the first agent
    works a second shift, which begins half an hour after the others.
    """
    org = healthy().organisation
    people = {person.id: person for person in org.agents}

    def moved(wall: str) -> str:
        hour, minute = wall.split(":")
        minutes = (int(hour) - 8) * 60 + int(minute)
        return at(minutes * hours // 8)

    def at(minutes: int) -> str:
        return f"{(opens + minutes // 60) % 24:02}:{minutes % 60:02}"

    shifts = [
        {
            "name": shift.name,
            "start": moved(shift.start),
            "end": moved(shift.end),
            "activities": [
                {"start": moved(a.start), "end": moved(a.end), "reason": a.reason}
                for a in shift.activities
            ],
        }
        for shift in org.shifts
    ]
    crew: list[Any] = [people[a] for a in agents]
    if again:
        start = hours * 60 + 30
        shifts.append({"name": "again", "start": at(start), "end": at(start + 40)})
        crew.append(crew[0].model_copy(update={"id": f"{crew[0].id}/2", "shift": "again"}))
    return with_organisation(healthy(), agents=crew, shifts=shifts)


@st.composite
def legal_settings(draw: st.DrawFn, limited: bool = False, short: bool = False) -> Settings:
    """Draw settings over all traps, fixes and mechanisms at once, with one to three agents.

    With ``limited``, a rate limit of 1 to 20 calls a minute may bind; with ``short``, shifts last
    an hour.
    """

    def one(*values: Any) -> Any:
        return draw(st.sampled_from(values))

    every = one(30_000, 1_000, 1_001, 1_500, 2_000, 5_000, 15_000, 45_000)
    version = one(False, False, True)
    widget = {
        "refresh_interval_ms": every,
        "version_parameter": version,
        "division_id": one(
            *[CONTEXT_DIVISION] * 5,
            PAGE_DIVISION,
            PAGE_DIVISION,
            NORTH_CARE,
            UNKNOWN_DIVISION,
            MALFORMED_DIVISION,
        ),
        "division_reread": one("renewal", "session", "request"),
        "filter_type": one("division", "hierarchical"),
        "status_reason_types": one(("BREAK", "TRAINING", "OTHER"), ("BREAK", "OTHER")),
        "auto_refresh": one(True, False),
        "clear_cache_on_mount": one(False, True),
        "on_error": one("swallow", "surface"),
        "on_401": one("freeze", "keep_showing"),
        "config_reread": one("poll", "poll", "mount"),
        "dataset_life_polls": one(1, 1, 2, 7, 60),
        "http_max_age_ms": one(0, 0, 0, every + 1, 3 * every, 30 * MINUTE),
        "override_guard": one("none", "lock", "warn"),
        "override_window_ms": one(MINUTE, 0, 5 * MINUTE),
        "retry_after_lock": one(True, False),
        "force": one(False, False, True),
        "retry_attempts": one(2, 0, 4),
        "honour_retry_after": one(False, True),
        "retry_jitter_ms": one(0, 0, 5 * SECOND, MINUTE),
        "start_jitter_ms": one(0, 0, 0, 500, every, 90 * SECOND),
        "refetch_on_focus": one(False, True),
    }
    wire = draw(_wires(every, version))
    lead, life = draw(_tokens(2 * wire["delay_max_ms"]))
    lag = one(0, 0, 1, every, 5 * MINUTE, HOUR)
    platform: dict[str, Any] = {
        "token_life_ms": life,
        "renewal_lead_ms": lead,
        "permission_lag_ms": lag,
    }
    if limited:
        platform["rate_limit_per_min"] = draw(st.integers(1, 20))
    application = {
        "scopes": one(*[(READ, WRITE)] * 5, (READ,), (WRITE,)),
        "token_topology": one("own", "shared"),
        "widget_permissions": one(*[ALLOWED] * 9, {}, {"status-reason": {"allowed": False}}),
    }
    session = {
        "poll_counts": one(False, True),
        "relogin_after_ms": one(5 * MINUTE, None, 0, SECOND),
    }
    provisioning = {
        "binding": one("explicit", "explicit", "explicit", "omitted", "parent"),
        "token_context": one("global", "user_default"),
        "duplicate_critical": one(False, False, True),
    }
    routing = {
        "sweep_interval_ms": one(0, MINUTE, 5 * MINUTE, 15 * MINUTE),
        "ignore_manual": one("no", "no", "leave_alone", "drop"),
        "campaign_hours": one(
            [("00:00", "23:59")], [("08:10", "08:30"), ("09:00", "12:00")], [("22:20", "08:20")]
        ),
    }
    hidden_min, hidden_max = one((5 * MINUTE, 40 * MINUTE), (1, 3 * every), (1, 4 * MINUTE))
    workload = {
        "start_spread_ms": one(0, SECOND, 30 * MINUTE),
        "unscheduled_breaks": one(3.0, 0.0, 10.5),
        "follow_up_probability": one(0.5, 1.0),
        "cluster_sd_ms": one(MINUTE, SECOND),
        "deactivation_probability": one(0.0, 2 / 3, 1.0),
        "edit_channel": one("pipeline", "pipeline", "console"),
        "reload_probability": one(0.0, 0.3, 1.0),
        "reload_within_ms": one(10 * MINUTE, SECOND),
        "transfer_probability": one(0.0, 1.0),
        "transfer_guard_ms": one(5 * MINUTE, 0),
        "hidden_per_shift": one(0, 0, 2, 6),
        "hidden_min_ms": hidden_min,
        "hidden_max_ms": hidden_max,
        "outages_per_shift": one(0, 0, 2, 8),
        "outage_max_ms": one(2 * MINUTE, 1, 5 * SECOND, 20 * MINUTE),
    }
    people = draw(st.lists(st.sampled_from(AGENTS), min_size=1, max_size=3, unique=True))
    # About as many polls whatever the interval, so that every example is quick.
    hours = 1 if every < 5_000 or short else one(1, 8)
    sections = [
        ("widget", widget),
        ("application", application),
        ("session", session),
        ("provisioning", provisioning),
        ("wfm", {"writes_status": one(False, True), "mapped_types": one(EVERY_TYPE, ("OTHER",))}),
        ("routing", routing),
        ("platform", platform),
        ("wire", wire),
        ("workload", workload),
    ]
    changes = {f"{name}.{field}": value for name, part in sections for field, value in part.items()}
    shifts = one((8, False), (8, False), (22, False), (8, True), (23, True))
    return base(tuple(people), hours, *shifts).replace(changes)


FAILING = {
    "outages_per_shift": 8,
    "outage_max_ms": 20 * MINUTE,
    "unscheduled_breaks": 10.5,
    "version_parameter": False,
    "http_max_age_ms": 0,
    "auto_refresh": True,
    "on_error": "swallow",
}
"""Networks that lose polls, choices and renewals of nearly everybody."""
MOVING = {
    "division_id": CONTEXT_DIVISION,
    "transfer_probability": 1.0,
    "deactivation_probability": 1.0,
    "auto_refresh": True,
    "http_max_age_ms": 0,
}
"""Agents who are transferred, whose lists follow, and are edited before and after."""
PAUSING = {
    "auto_refresh": False,
    "poll_counts": True,
    "hidden_per_shift": 6,
    "token_life_ms": 2 * MINUTE,
    "on_error": "swallow",
}
"""Tokens that polls keep alive, and tabs whose polls pause."""
ANSWERED = {
    "division_id": CONTEXT_DIVISION,
    "scopes": (READ, WRITE),
    "widget_permissions": ALLOWED,
}
"""Lists that are not refused."""


@st.composite
def settings_for_columns(draw: st.DrawFn) -> Settings:
    """Draw legal settings that columns are exact for; all else as random as it was.

    Where the browser may answer polls, tokens are renewed; and where a renewal may be on its way
    for too long, nobody waits for a list that long. What needs several fields at once is drawn more
    often than it would be.
    """
    often = FAILING | ANSWERED, MOVING | ANSWERED, MOVING | ANSWERED, PAUSING | ANSWERED
    changes = draw(st.sampled_from([{}, {}, ANSWERED, *often]))
    roomy = draw(st.sampled_from([None, 100_000]))
    settings = draw(legal_settings()).replace({**changes, "rate_limit_per_min": roomy})
    if not settings.silent_renewal or settings.workload.outages_per_shift:
        settings = settings.replace(refetch_on_focus=False)
    if not settings.silent_renewal:
        return settings.replace(http_max_age_ms=0)
    lead, longest = settings.platform.renewal_lead_ms, settings.wire.delay_max_ms
    if tokens_overlap(settings):
        settings = settings.replace(refetch_on_focus=False)
    if changes.get("transfer_probability") and draw(st.booleans()):
        # A poll leaves with each renewal, so that its list may be dropped.
        life = draw(st.integers(2, 12)) * settings.interval_ms + 3 * longest
        tokens = {"renewal_lead_ms": 3 * longest, "token_life_ms": life}
        widget = {"division_reread": "renewal", "start_jitter_ms": 0}
        return settings.replace(widget | tokens)
    if lead >= 3 * longest:
        return settings
    if draw(st.booleans()):
        return settings.replace(renewal_lead_ms=3 * longest, token_life_ms=9 * longest + 2_000)
    settings = settings.replace(start_jitter_ms=0)
    return settings.replace(on_error="swallow") if why_nobody(settings) else settings


@st.composite
def settings_for_a_limit(draw: st.DrawFn) -> Settings:
    """Draw legal settings in which agents share a limit that columns go through; it often binds."""
    settings = draw(legal_settings(short=draw(st.sampled_from([True, True, True, False]))))
    widget = settings.widget
    follows = widget.division_id == CONTEXT_DIVISION and widget.division_reread != "session"
    lead = max(settings.platform.renewal_lead_ms, 3 * settings.wire.delay_max_ms)
    changes: dict[str, Any] = {
        "scopes": tuple(sorted({READ, *settings.application.scopes})),
        "widget_permissions": ALLOWED,
        "outages_per_shift": 0,
        "token_topology": "shared",
        "rate_limit_per_min": draw(st.integers(1, 20)),
        "auto_refresh": True,
        "renewal_lead_ms": lead,
        "token_life_ms": max(settings.platform.token_life_ms, 3 * lead + 20 * MINUTE),
        "dataset_life_polls": 1,
        "http_max_age_ms": 0,
        "config_reread": "poll",
        "refetch_on_focus": False,
    }
    if follows:
        changes["transfer_probability"] = 0.0
    if widget.division_id not in (CONTEXT_DIVISION, PAGE_DIVISION, NORTH_CARE):
        changes["division_id"] = NORTH_CARE
    if widget.honour_retry_after:
        changes["hidden_per_shift"] = 0
    return settings.replace(changes)


@st.composite
def _wires(draw: st.DrawFn, every: int, version: bool) -> dict[str, int]:
    """Draw delays: as at home, of one millisecond, of a constant, as long as polls just allow."""
    longest = min(10_000, (every - 1) // (4 if version else 2))
    low, median, high = draw(
        st.sampled_from(
            [
                (20, 60, 250),
                (1, 1, 1),
                (10, 10, 10),
                (1, longest // 2, longest),
                (longest, longest, longest),
                (5, 100, 160),
            ]
        )
    )
    high = min(high, longest)
    return {
        "delay_min_ms": max(1, min(low, high)),
        "delay_median_ms": max(1, min(median, high)),
        "delay_max_ms": high,
    }


@st.composite
def _tokens(draw: st.DrawFn, round_trip: int) -> tuple[int, int]:
    """Draw (lead, life) of a token; the lead may be just above the longest round trip."""
    life = draw(st.sampled_from([45 * MINUTE, 2 * MINUTE, 10 * MINUTE, 2 * round_trip + 2_000]))
    lead = draw(st.sampled_from([MINUTE, 30 * SECOND, round_trip + 1, round_trip + 3]))
    return (lead if round_trip < lead < life - round_trip else round_trip + 1), life

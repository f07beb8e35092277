"""Plain words for the fields of the settings and for their values, beside their dotted names."""

from __future__ import annotations

from typing import Any

from simkit.base.clock import show_duration
from simkit.ui.lab.sentences import plain_value

LABELS = {
    "widget.division_id": "The list is asked for",
    "widget.filter_type": "Whose reasons are listed",
    "widget.status_reason_types": "Types of reasons listed",
    "widget.display_mode": "The list is shown as",
    "widget.auto_select": "The first reason is chosen already",
    "widget.refresh_interval_ms": "Time between two polls",
    "widget.show_color_indicator": "Reasons show their colours",
    "widget.placeholder_text": "Text of the closed dropdown",
    "widget.auto_refresh": "The widget renews its token",
    "widget.clear_cache_on_mount": "A page load drops the kept list",
    "widget.version_parameter": "Polls ask with a version number",
    "widget.on_error": "When a choice is refused, the desk",
    "widget.on_401": "When a poll is refused (401), the dropdown",
    "widget.config_reread": "The version number is read again",
    "widget.division_reread": "The agent's division is read again",
    "widget.dataset_life_polls": "The list is kept for",
    "widget.http_max_age_ms": "The browser answers polls itself for",
    "widget.override_guard": "Before a status is overwritten, the widget",
    "widget.override_window_ms": "The widget guards a change from this long before it",
    "widget.retry_after_lock": "Who was turned away tries again",
    "widget.force": "A choice holds against overwriting",
    "widget.retry_attempts": "A choice lost on the network is sent again",
    "widget.honour_retry_after": "The widget waits when told to (429)",
    "widget.retry_jitter_ms": "Random wait after a 429, at most",
    "widget.start_jitter_ms": "Random wait before the first poll, at most",
    "application.application_type": "Kind of application",
    "application.scopes": "What its tokens may do",
    "application.redirect_uris": "Addresses that a login may return to",
    "application.widget_permissions": "Widgets that may run",
    "application.authorization_flow": "Way of logging in",
    "application.refresh_token": "Tokens can be renewed",
    "application.token_topology": "Tokens",
    "session.renewal_interceptor": "The desktop renews tokens in time",
    "session.poll_counts": "A poll keeps the token alive",
    "session.relogin_after_ms": "Who meets a dead widget logs in again after",
    "provisioning.binding": "Reasons are created in",
    "provisioning.token_context": "A reason without a division lands in",
    "provisioning.duplicate_critical": "Critical reasons are copied to where they are needed",
    "provisioning.licence": "Licence",
    "provisioning.portal_builder": "Deployed with Portal Builder",
    "provisioning.permissions": "What the administrator may do",
    "wfm.writes_status": "Workforce management writes statuses",
    "routing.sweep_interval_ms": "Time between two sweeps of routing",
    "routing.ignore_manual": "Reasons chosen in campaign hours are",
    "routing.campaign_hours": "Hours of the campaign",
    "platform.token_life_ms": "A token lives for",
    "platform.renewal_lead_ms": "It is renewed this long before its end",
    "platform.rate_limit_per_min": "Requests allowed a minute and token",
    "platform.malformed_division": "Reply to an impossible division",
    "platform.unknown_division": "Reply to a division that is not there",
    "platform.dead_token": "Reply to a dead token",
    "platform.missing_scope": "Reply where a token may not",
    "platform.widget_not_allowed": "Reply to a widget that may not run",
    "platform.reason_not_usable": "Reply to a reason that may not be used",
    "platform.too_many_requests": "Reply above the limit",
    "wire.delay_min_ms": "A message takes at least",
    "wire.delay_median_ms": "Half of all messages take at most",
    "wire.delay_max_ms": "A message takes at most",
    "workload.start_spread_ms": "Shifts start within",
    "workload.unscheduled_breaks": "Unplanned changes an agent and shift",
    "workload.follow_up_probability": "Changes that lead to a further one",
    "workload.cluster_sd_ms": "Changes spread around planned ones by",
    "workload.deactivation_probability": "Reasons switched off during the day",
    "workload.edit_channel": "Reasons are edited",
    "workload.reload_probability": "Agents who reload when told of an edit",
    "workload.reload_within_ms": "They reload within",
    "workload.transfer_probability": "Agents transferred during the shift",
    "workload.transfer_guard_ms": "No transfers in the last",
    "workload.hidden_per_shift": "A tab is hidden, times a shift",
    "workload.hidden_min_ms": "It stays hidden for at least",
    "workload.hidden_max_ms": "It stays hidden for at most",
    "workload.outages_per_shift": "The network fails, times a shift",
    "workload.outage_max_ms": "It fails for at most",
}
"""A label for every field, by its dotted name."""

OPTIONS = {
    "widget.division_id": {
        "{{context.user.divisionId}}": "the agent's own division",
        "{{page.divisionId}}": "the division written into the page",
    },
    "widget.filter_type": {
        "division": "the division's alone",
        "hierarchical": "the division's and those above it",
    },
    "widget.on_error": {"swallow": "shows success", "surface": "shows the refusal"},
    "widget.on_401": {"freeze": "does not respond", "keep_showing": "goes on as before"},
    "widget.config_reread": {"mount": "at each page load", "poll": "at each poll"},
    "widget.division_reread": {
        "session": "never in a session",
        "renewal": "when a token is renewed",
        "request": "at each request",
    },
    "widget.override_guard": {"none": "does nothing", "lock": "is locked", "warn": "warns"},
    "application.authorization_flow": {"pkce": "with a code (PKCE)", "implicit": "implicit"},
    "application.token_topology": {"own": "one for each agent", "shared": "one for all"},
    "provisioning.binding": {
        "explicit": "their own division",
        "omitted": "no named division",
        "parent": "the division above",
    },
    "provisioning.token_context": {
        "global": "the top of the tree",
        "user_default": "the administrator's division",
    },
    "routing.ignore_manual": {
        "no": "swept away",
        "leave_alone": "left alone",
        "drop": "not applied",
    },
    "workload.edit_channel": {"pipeline": "by pipeline", "console": "by hand"},
}
"""Values in words, by field; those of other fields are words already."""


def option_words(path: str, value: Any) -> str:
    """Give a value that can be chosen in words."""
    return OPTIONS.get(path, {}).get(value, str(value))


def value_words(path: str, value: Any) -> str:
    """Give the value of a field as a person would say it.

    >>> value_words("widget.dataset_life_polls", 60), value_words("wire.delay_max_ms", 9000)
    ('60 polls', '9 s')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "none"
    if path.endswith("_ms"):
        return show_duration(value) if value else "none"
    if path.endswith("_polls"):
        return "1 poll" if value == 1 else f"{value:,} polls"
    if path.endswith("_probability"):
        return f"{100 * value:.3g} %"
    return option_words(path, value) if isinstance(value, str) else plain_value(value)


def change_words(path: str, old: Any, new: Any) -> str:
    """Say how a field changes; of a list only what is taken away and what comes."""
    if isinstance(old, tuple) and isinstance(new, tuple):
        gone = [plain_value(v) for v in old if v not in new]
        come = [plain_value(v) for v in new if v not in old]
        parts = [f"{word} {', '.join(v)}" for word, v in (("not", gone), ("also", come)) if v]
        return f"{LABELS[path]}: {'; '.join(parts)}"
    return f"{LABELS[path]}: {value_words(path, old)} → {value_words(path, new)}"

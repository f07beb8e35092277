"""Plain words for the fields of the settings and for their values, beside their dotted names."""

from __future__ import annotations

from typing import Any

from simkit.base.clock import show_duration
from simkit.base.language import number_words, tr, tr_noop, trn
from simkit.ui.lab.sentences import plain_value

LABELS = {
    "widget.division_id": tr_noop("The list is asked for"),
    "widget.filter_type": tr_noop("Whose reasons are listed"),
    "widget.status_reason_types": tr_noop("Types of reasons listed"),
    "widget.display_mode": tr_noop("The list is shown as"),
    "widget.auto_select": tr_noop("The first reason is chosen already"),
    "widget.refresh_interval_ms": tr_noop("Time between two polls"),
    "widget.show_color_indicator": tr_noop("Reasons show their colours"),
    "widget.placeholder_text": tr_noop("Text of the closed dropdown"),
    "widget.auto_refresh": tr_noop("The widget renews its token"),
    "widget.clear_cache_on_mount": tr_noop("A page load drops the kept list"),
    "widget.version_parameter": tr_noop("Polls ask with a version number"),
    "widget.on_error": tr_noop("When a choice is refused, the desk"),
    "widget.on_401": tr_noop("When a poll is refused (401), the dropdown"),
    "widget.config_reread": tr_noop("The version number is read again"),
    "widget.division_reread": tr_noop("The agent's division is read again"),
    "widget.dataset_life_polls": tr_noop("The list is kept for"),
    "widget.http_max_age_ms": tr_noop("The browser answers polls itself for"),
    "widget.override_guard": tr_noop("Before a status is overwritten, the widget"),
    "widget.override_window_ms": tr_noop("The widget guards a change from this long before it"),
    "widget.retry_after_lock": tr_noop("Who was turned away tries again"),
    "widget.force": tr_noop("A choice holds against overwriting"),
    "widget.retry_attempts": tr_noop("A choice lost on the network is sent again"),
    "widget.honour_retry_after": tr_noop("The widget waits when told to (429)"),
    "widget.retry_jitter_ms": tr_noop("Random wait after a 429, at most"),
    "widget.refetch_on_focus": tr_noop("It polls at once when its tab is shown again"),
    "widget.start_jitter_ms": tr_noop("Random wait before the first poll, at most"),
    "application.application_type": tr_noop("Kind of application"),
    "application.scopes": tr_noop("What its tokens may do"),
    "application.redirect_uris": tr_noop("Addresses that a login may return to"),
    "application.widget_permissions": tr_noop("Widgets that may run"),
    "application.authorization_flow": tr_noop("Way of logging in"),
    "application.refresh_token": tr_noop("Tokens can be renewed"),
    "application.token_topology": tr_noop("Tokens"),
    "session.renewal_interceptor": tr_noop("The desktop renews tokens in time"),
    "session.poll_counts": tr_noop("A poll keeps the token alive"),
    "session.relogin_after_ms": tr_noop("Who meets a dead widget logs in again after"),
    "provisioning.binding": tr_noop("Reasons are created in"),
    "provisioning.token_context": tr_noop("A reason without a division lands in"),
    "provisioning.duplicate_critical": tr_noop(
        "Critical reasons are copied to where they are needed"
    ),
    "provisioning.licence": tr_noop("Licence"),
    "provisioning.portal_builder": tr_noop("Deployed with Portal Builder"),
    "provisioning.permissions": tr_noop("What the administrator may do"),
    "wfm.writes_status": tr_noop("Workforce management writes statuses"),
    "wfm.mapped_types": tr_noop("Types of reasons that workforce management maps"),
    "routing.sweep_interval_ms": tr_noop("Time between two sweeps of routing"),
    "routing.ignore_manual": tr_noop("Reasons chosen in campaign hours are"),
    "routing.campaign_hours": tr_noop("Hours of the campaign"),
    "platform.token_life_ms": tr_noop("A token lives for"),
    "platform.renewal_lead_ms": tr_noop("It is renewed this long before its end"),
    "platform.rate_limit_per_min": tr_noop("Requests allowed a minute and token"),
    "platform.malformed_division": tr_noop("Reply to an impossible division"),
    "platform.unknown_division": tr_noop("Reply to a division that is not there"),
    "platform.dead_token": tr_noop("Reply to a dead token"),
    "platform.missing_scope": tr_noop("Reply where a token may not"),
    "platform.widget_not_allowed": tr_noop("Reply to a widget that may not run"),
    "platform.reason_not_usable": tr_noop("Reply to a reason that may not be used"),
    "platform.too_many_requests": tr_noop("Reply above the limit"),
    "platform.permission_lag_ms": tr_noop("A transfer takes effect after"),
    "wire.delay_min_ms": tr_noop("A message takes at least"),
    "wire.delay_median_ms": tr_noop("Half of all messages take at most"),
    "wire.delay_max_ms": tr_noop("A message takes at most"),
    "workload.start_spread_ms": tr_noop("Shifts start within"),
    "workload.unscheduled_breaks": tr_noop("Unplanned changes an agent and shift"),
    "workload.follow_up_probability": tr_noop("Changes that lead to a further one"),
    "workload.cluster_sd_ms": tr_noop("Changes spread around planned ones by"),
    "workload.deactivation_probability": tr_noop("Reasons switched off during the day"),
    "workload.edit_channel": tr_noop("Reasons are edited"),
    "workload.reload_probability": tr_noop("Agents who reload when told of an edit"),
    "workload.reload_within_ms": tr_noop("They reload within"),
    "workload.transfer_probability": tr_noop("Agents transferred during the shift"),
    "workload.transfer_guard_ms": tr_noop("No transfers in the last"),
    "workload.hidden_per_shift": tr_noop("A tab is hidden, times a shift"),
    "workload.hidden_min_ms": tr_noop("It stays hidden for at least"),
    "workload.hidden_max_ms": tr_noop("It stays hidden for at most"),
    "workload.outages_per_shift": tr_noop("The network fails, times a shift"),
    "workload.outage_max_ms": tr_noop("It fails for at most"),
}
"""A label for every field, by its dotted name."""

OPTIONS = {
    "widget.division_id": {
        "{{context.user.divisionId}}": tr_noop("the agent's own division"),
        "{{page.divisionId}}": tr_noop("the division written into the page"),
    },
    "widget.filter_type": {
        "division": tr_noop("the division's alone"),
        "hierarchical": tr_noop("the division's and those above it"),
    },
    "widget.on_error": {
        "swallow": tr_noop("shows success"),
        "surface": tr_noop("shows the refusal"),
    },
    "widget.on_401": {
        "freeze": tr_noop("does not respond"),
        "keep_showing": tr_noop("goes on as before"),
    },
    "widget.config_reread": {
        "mount": tr_noop("at each page load"),
        "poll": tr_noop("at each poll"),
    },
    "widget.division_reread": {
        "session": tr_noop("never in a session"),
        "renewal": tr_noop("when a token is renewed"),
        "request": tr_noop("at each request"),
    },
    "widget.override_guard": {
        "none": tr_noop("does nothing"),
        "lock": tr_noop("is locked"),
        "warn": tr_noop("warns"),
    },
    "application.authorization_flow": {
        "pkce": tr_noop("with a code (PKCE)"),
        "implicit": tr_noop("implicit"),
    },
    "application.token_topology": {
        "own": tr_noop("one for each agent"),
        "shared": tr_noop("one for all"),
    },
    "provisioning.binding": {
        "explicit": tr_noop("their own division"),
        "omitted": tr_noop("no named division"),
        "parent": tr_noop("the division above"),
    },
    "provisioning.token_context": {
        "global": tr_noop("the top of the tree"),
        "user_default": tr_noop("the administrator's division"),
    },
    "routing.ignore_manual": {
        "no": tr_noop("swept away"),
        "leave_alone": tr_noop("left alone"),
        "drop": tr_noop("not applied"),
    },
    "workload.edit_channel": {"pipeline": tr_noop("by pipeline"), "console": tr_noop("by hand")},
}
"""Values in words, by field; those of other fields are words already."""


def option_words(path: str, value: Any) -> str:
    """Give a value that can be chosen in words."""
    words = OPTIONS.get(path, {}).get(value)
    return str(value) if words is None else tr(words)


def value_words(path: str, value: Any) -> str:
    """Give the value of a field as a person would say it.

    >>> value_words("widget.dataset_life_polls", 60), value_words("wire.delay_max_ms", 9000)
    ('60 polls', '9 s')
    """
    if isinstance(value, bool):
        return tr("yes") if value else tr("no")
    if value is None:
        return tr("none")
    if path.endswith("_ms"):
        return show_duration(value) if value else tr("none")
    if path.endswith("_polls"):
        return trn("{n} poll", "{n} polls", value)
    if path.endswith("_probability"):
        return f"{number_words(f'{100 * value:.3g}')} %"
    if isinstance(value, str):
        return option_words(path, value)
    words = plain_value(value)
    return number_words(words) if isinstance(value, int | float) else words


def change_words(path: str, old: Any, new: Any) -> str:
    """Say how a field changes; of a list only what is taken away and what comes."""
    label = tr(LABELS[path])
    if not (isinstance(old, tuple) and isinstance(new, tuple)):
        return f"{label}: {value_words(path, old)} → {value_words(path, new)}"
    gone = ", ".join(plain_value(v) for v in old if v not in new)
    come = ", ".join(plain_value(v) for v in new if v not in old)
    if gone and come:
        return tr("{field}: not {gone}; also {come}", field=label, gone=gone, come=come)
    if gone:
        return tr("{field}: not {gone}", field=label, gone=gone)
    return tr("{field}: also {come}", field=label, come=come) if come else f"{label}: "

"""Polls, tokens, scopes and statuses of a deployment: what its settings do to its agents."""

from __future__ import annotations

from bisect import bisect_left

from simkit.base.clock import HOUR, MINUTE, SECOND, show_duration
from simkit.base.errors import shown
from simkit.checking.deployment import Deployment, Told, Widget, contradictions
from simkit.checking.editing import Append, Put
from simkit.checking.lists import everybody, most_at_once, reach_of
from simkit.checking.platforms import exporting
from simkit.rules.doubts import doubts
from simkit.rules.oauth import READ_SCOPE, WRITE_SCOPE
from simkit.rules.payloads import WIDGET_ID
from simkit.rules.settings import Settings

_SHARE = 0.8
"""Of a limit, to which an interval that is offered keeps, as the architect's panel does."""
_FAR_BELOW = 0.25
"""Of a limit, below which nobody needs to look closer."""
_STEP_MS = 5 * SECOND
_TOLD_ELSEWHERE = frozenset(
    [
        *("application.scopes", "application.widget_permissions", "widget.division_id"),
        *("widget.status_reason_types", "widget.filter_type", "provisioning.binding"),
        *("widget.dataset_life_polls", "widget.http_max_age_ms"),
    ]
)
"""Fields whose doubts are findings here, with those whom they are about."""


def judge_settings(deployment: Deployment) -> None:
    """Add what is found of polls, tokens, scopes and statuses to the findings of their files."""
    for widget in deployment.widgets:
        if "refresh_interval_ms" not in widget.unseen:
            _judge_interval(widget.settings, widget.told)
    _judge_application(deployment)
    _judge_renewal(deployment)
    if deployment.scenario:
        _judge_overwriting(deployment, deployment.scenario)
        _judge_life(deployment, deployment.scenario.inside("widget"))
        _judge_doubts(deployment, deployment.scenario)
    _judge_clients(deployment)
    for told, name, usual, where in contradictions(deployment):
        path = told.where(name)
        message = f"{shown(told.value(name))}, and {where}"
        told.found.at(told.subject, path, "settings-contradict", message, Put(path, usual))


# --- polls ------------------------------------------------------------------------------------


def _judge_interval(settings: Settings, told: Told) -> None:
    """Find polls that are more than the limit of their token, for as many agents as there are."""
    limit = settings.platform.rate_limit_per_min
    if limit is None:
        return
    is_shared = settings.application.token_topology == "shared"
    widgets = most_at_once(settings.organisation) if is_shared else 1
    if widgets * MINUTE / settings.interval_ms < limit * _FAR_BELOW:
        return
    share = _busiest_share(settings)
    if share <= 1:
        return
    token = "the token that all share" if is_shared else "each agent's token"
    where = told.where("refresh_interval_ms")
    who = everybody(settings.organisation)
    message = (
        f"about {share * limit:,.0f} requests in the busiest minute, of {limit:,} that {token} may "
        f"make: {widgets:,} at once of {who}, every {show_duration(settings.interval_ms)}"
    )
    steps = range(settings.interval_ms // _STEP_MS + 1, HOUR // _STEP_MS + 1)
    enough = bisect_left(
        steps,
        True,
        key=lambda step: _busiest_share(settings, step * _STEP_MS) <= _SHARE,
    )
    if enough == len(steps):
        message += "; no interval up to an hour keeps it: give each agent a token"
        told.found.at(told.subject, where, "interval-limit", message, reach=who)
    else:
        change = Put(where, steps[enough] * _STEP_MS)
        told.found.at(told.subject, where, "interval-limit", message, change, reach=who)


def _busiest_share(settings: Settings, interval_ms: int | None = None) -> float:
    """Give the requests of a token's busiest minute over its limit, by the closed form."""
    from simkit.studio.closed_forms import Forms  # here: it loads NumPy, and few need it

    if interval_ms is not None:
        settings = settings.replace(refresh_interval_ms=interval_ms)
    return Forms(settings).values["rate_limit_peak_share"]


def _judge_life(deployment: Deployment, told: Told) -> None:
    """Find a list that outlives its poll, where nothing tells of a change."""
    settings = _settings(deployment)
    widget = settings.widget
    if widget.version_parameter:
        return
    who = everybody(settings.organisation)
    changes = []
    life = 0
    if widget.dataset_life_polls > 1:
        life = widget.dataset_life_polls * settings.interval_ms
        changes.append(Put(told.where("dataset_life_polls"), 1))
    if widget.http_max_age_ms > settings.interval_ms:
        life = max(life, widget.http_max_age_ms)
        changes.append(Put(told.where("http_max_age_ms"), 0))
    if not life:
        return
    message = (
        f"a list is kept for {show_duration(life)}, and polls leave every "
        f"{show_duration(settings.interval_ms)}: {who.do('go', 'goes')} on seeing deactivated codes"
    )
    told.found.at(told.subject, changes[0].path, "list-outlives", message, *changes, reach=who)


# --- tokens and scopes ------------------------------------------------------------------------


def _judge_application(deployment: Deployment) -> None:
    """Say whom the lack of a scope is about, and find it in a scenario."""
    settings, who = deployment.settings, everybody(deployment.organisation)
    see_nothing = f"{who.do('see', 'sees')} an empty list"
    words = {
        WRITE_SCOPE: ("scope-write", f"the choices of {who} are refused"),
        READ_SCOPE: ("scope-read", see_nothing),
    }
    for scope, (rule, what) in words.items():
        if scope in settings.application.scopes:
            continue
        if deployment.application:
            deployment.application.found.more(rule, what, who)
        elif deployment.scenario:
            told = deployment.scenario.inside("application")
            where = told.where("scopes")
            change = Append(where, scope)
            told.found.at(
                told.subject, where, rule, f"{scope} is missing: {what}", change, reach=who
            )
    if settings.widget_allowed:
        return
    if deployment.application:
        deployment.application.found.more("widget-refused", see_nothing, who)
    elif deployment.scenario:
        told = deployment.scenario.inside("application")
        where = told.where("widget_permissions")
        message = f"no permission for {shown(WIDGET_ID)}: {see_nothing}"
        told.found.at(told.subject, where, "widget-refused", message, reach=who)


def _judge_renewal(deployment: Deployment) -> None:
    """Find widgets that ask for silent renewal where the application cannot do it."""
    organisation = deployment.organisation
    life = deployment.settings.platform.token_life_ms
    hours = organisation.hours
    long = {
        agent.division
        for agent in organisation.agents
        if hours[agent.shift].end - hours[agent.shift].start > life
    }
    if not long and not deployment.platform.is_guide:
        for told in (*(widget.told for widget in deployment.widgets), deployment.application):
            if told:
                told.found.drop("auto-refresh-off", "auto-refresh-unset", "silent-renewal")
        return
    who = reach_of(organisation, long)
    words = f"{who.do('work', 'works')} longer than a token lives, {show_duration(life)}"
    for widget in deployment.widgets:
        told = widget.told
        told.found.more("auto-refresh-off", words, who, told.place("auto_refresh"))
        if told.is_payload and not widget.settings.widget.auto_refresh:
            continue
        if widget.settings.silent_renewal:
            continue
        lacking = _lacking(widget, deployment)
        if not lacking:
            continue
        blamed, changes, names = lacking
        message = f"no token is renewed silently, as {names} stand in the way: {words}"
        where = changes[0].path
        blamed.found.drop("silent-renewal")
        blamed.found.at(blamed.subject, where, "renewal-impossible", message, *changes, reach=who)
        return


def _lacking(widget: Widget, deployment: Deployment) -> tuple[Told, list[Put], str] | None:
    """Give what an application or scenario says against silent renewal: where, and what mends it.

    None where it only says nothing, of which its own file tells.
    """
    settings = widget.settings
    application = deployment.application
    if application:
        wanted = {"authorization_flow": "pkce", "refresh_token": True}
        said = [
            (name, value)
            for name, value in wanted.items()
            if application.value(name) not in (None, value)
        ]
        if not said:
            return None
        changes = [Put(application.where(name), value) for name, value in said]
        names = " and ".join(str(application.where(name)[-1]) for name, _ in said)
        return application, changes, names
    scenario = deployment.scenario
    if scenario is None:
        return None
    parts = {
        ("application", "authorization_flow"): "pkce",
        ("application", "refresh_token"): True,
        ("session", "renewal_interceptor"): True,
    }
    if not widget.told.is_payload:
        parts[("widget", "auto_refresh")] = True
    found = [
        (Put(scenario.inside(section).where(name), value), name)
        for (section, name), value in parts.items()
        if settings.get(name) != value
    ]
    names = " and ".join(name for _, name in found)
    return scenario, [change for change, _ in found], names


def _judge_clients(deployment: Deployment) -> None:
    """Find scopes of the only OAuth client that no status widget needs."""
    if len(deployment.clients) != 1:
        return
    [told] = deployment.clients
    needed = exporting(deployment.platform).scopes
    scopes = told.value("scope")
    for i, scope in enumerate(scopes if isinstance(scopes, list) else ()):
        if isinstance(scope, str) and scope not in needed:
            message = f"the widget never needs {shown(scope)}"
            told.found.at(told.subject, (*told.where("scope"), i), "scope-unneeded", message)


# --- what a scenario adds ---------------------------------------------------------------------


def _settings(deployment: Deployment) -> Settings:
    """Give the settings of the first widget, which what a scenario alone tells is judged by."""
    return next((widget.settings for widget in deployment.widgets), deployment.settings)


def _judge_overwriting(deployment: Deployment, scenario: Told) -> None:
    """Find statuses that are overwritten, and those that are forced against the schedule."""
    settings = _settings(deployment)
    widget, routing = settings.widget, settings.routing
    sweeps = bool(routing.sweep_interval_ms) and routing.ignore_manual == "no"
    if not (settings.wfm.writes_status or sweeps):
        return
    organisation = deployment.organisation
    scheduled = {shift.name for shift in organisation.shifts if shift.activities}
    divisions = {each.division for each in organisation.agents if each.shift in scheduled}
    told = scenario.inside("widget")
    by = "WFM" if settings.wfm.writes_status else "routing"
    guard = Put(told.where("override_guard"), "lock")
    if widget.force:
        who = reach_of(organisation, divisions)
        message = f"what {by} writes is not taken: the adherence of {who} is at stake"
        where = told.where("force")
        changes = [Put(where, False), *([guard] if widget.override_guard == "none" else [])]
        told.found.at(told.subject, where, "force-adherence", message, *changes, reach=who)
    elif widget.override_guard == "none":
        who = everybody(organisation)
        at = ("wfm", "writes_status") if by == "WFM" else ("routing", "sweep_interval_ms")
        place = scenario.inside(at[0]).where(at[1])
        have = who.do("have", "has")
        message = f"{by} overwrites statuses that {have} chosen, and the widget does not wait"
        told.found.at(told.subject, place, "status-overwritten", message, guard, reach=who)


def _judge_doubts(deployment: Deployment, scenario: Told) -> None:
    """Say what a scenario sets that is never used, or can hardly be meant."""
    for doubt in doubts(deployment.settings):
        section, _, name = doubt.field.partition(".")
        if section == "organisation" or doubt.field in _TOLD_ELSEWHERE:
            continue
        told = scenario.inside(section)
        if told.value(name) is not None:
            told.found.at(told.subject, told.where(name), "settings-doubtful", doubt.words)

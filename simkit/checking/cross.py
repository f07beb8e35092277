"""What is found of a deployment as a whole, which no file of it tells alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import or_

from simkit.base.clock import HOUR, MINUTE, SECOND, show_duration
from simkit.base.errors import shown
from simkit.checking.deployment import Deployment, Told, Widget, contradictions, home_of
from simkit.checking.editing import Append, Put
from simkit.checking.findings import Reach
from simkit.checking.lists import (
    Team,
    codes_in,
    everybody,
    mask_of,
    most_at_once,
    people,
    reach,
    teams,
    teams_own,
)
from simkit.rules.divisions import is_division_id
from simkit.rules.doubts import doubts
from simkit.rules.oauth import READ_SCOPE, WRITE_SCOPE
from simkit.rules.organisation import Organisation
from simkit.rules.payloads import WIDGET_ID
from simkit.rules.reasons import Code, codes_of
from simkit.rules.settings import CONTEXT_DIVISION, PAGE_DIVISION, Settings

_SHARE = 0.8
"""Of a limit, to which an interval that is offered keeps: submissions and retries come on top."""
_STEP_MS = 5 * SECOND
_NEEDED = frozenset(
    [
        *("presence", "presence:readonly", "users", "users:readonly"),
        *("authorization", "authorization:readonly", "notifications"),
    ]
)
"""Scopes of the vendor's platform by which a status widget reads who the agent is and which
statuses there are, sets one and hears of it; each also as readonly (ASSUMED)."""
_OF_LISTS = frozenset(["division_id", "filter_type", "status_reason_types"])
"""Settings without which nothing can be said of lists."""
_TOLD_ELSEWHERE = frozenset(
    [
        *("application.scopes", "application.widget_permissions", "widget.division_id"),
        *("widget.status_reason_types", "widget.filter_type", "provisioning.binding"),
        *("widget.dataset_life_polls", "widget.http_max_age_ms"),
    ]
)
"""Fields whose doubts are findings here, with those whom they are about."""


def judge_deployment(deployment: Deployment) -> None:
    """Add what is found of a deployment to the findings of its files."""
    _judge_divisions(deployment)
    _judge_unbound(deployment)
    for widget in deployment.widgets:
        _judge_widget(widget, deployment)
    _judge_unseen(deployment)
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


# --- divisions and codes ----------------------------------------------------------------------


def _judge_divisions(deployment: Deployment) -> None:
    """Find division ids that the organisation does not have, and codes without one."""
    organisation = deployment.organisation
    for widget in deployment.widgets:
        if widget.static and widget.static not in organisation.division_by_id:
            told, where = widget.told, widget.told.where("division_id")
            told.found.drop("division-static")
            own = Put(where, CONTEXT_DIVISION)
            who = everybody(organisation)
            message = (
                f"{shown(widget.static)} is no division of the organisation: the lists of {who} "
                "are refused"
            )
            told.found.at(told.subject, where, "division-unknown", message, own, reach=who)
    unbound: dict[str, Told] = {}
    for told in deployment.codes:
        given = told.value("division_id")
        if is_division_id(str(given)) and home_of(told, organisation) is None:
            message = f"{shown(given)} is no division of the organisation: the code is in no list"
            told.found.at(told.subject, told.where("division_id"), "division-unknown", message)
        elif given is None and home_of(told, organisation) == organisation.tree.root:
            unbound.setdefault(told.file, told)
    for told in unbound.values():
        _tell_unbound(told, deployment)


def _tell_unbound(told: Told, deployment: Deployment) -> None:
    """Say who sees the codes of a file that have no division, and where they would, if they may."""
    organisation = deployment.organisation
    root = organisation.tree.root
    for widget in deployment.widgets:
        without = [
            team
            for team in teams(widget.settings)
            if not any(
                code.division == root for code in codes_in(team.listed, codes_of(widget.settings))
            )
        ]
        who = reach(organisation, without)
        if without and told.found.more("division-omitted", f"in no list of {who}", who):
            break
    manned = [each for each in people(organisation) if each != root]
    if len(manned) != 1:
        return
    own = organisation.division_ids[manned[0]]
    for each in deployment.codes:
        if each.file == told.file and each.value("division_id") is None:
            for finding in each.found.findings:
                where = each.where("division_id")
                name = ".".join(map(str, (*each.subject.prefix, *where)))
                if finding.rule == "division-omitted" and finding.field == name:
                    each.found.wanted[finding] = each.subject, (Put(where, own),)


def _judge_unbound(deployment: Deployment) -> None:
    """Find an organisation whose codes were created without a division."""
    scenario, settings = deployment.scenario, deployment.settings
    if scenario is None or settings.provisioning.binding != "omitted":
        return
    lacking = [team for widget in deployment.widgets for team in teams(widget.settings)]
    empty = {team.division: team for team in lacking if not team.listed}
    who = reach(deployment.organisation, empty.values() or _by_division(lacking))
    what = "see an empty list" if empty else "lack codes in their list"
    told = scenario.inside("provisioning")
    where = told.where("binding")
    message = f"codes land in one division of their own: {who} {what}"
    told.found.at(told.subject, where, "codes-unbound", message, Put(where, "explicit"), reach=who)


def _by_division(found: Sequence[Team]) -> list[Team]:
    return list({team.division: team for team in found}.values())


def _judge_widget(widget: Widget, deployment: Deployment) -> None:
    """Find whose list is empty or lacks codes, and who sees what is not theirs."""
    settings = widget.settings
    if "refresh_interval_ms" not in widget.unseen:
        _judge_interval(settings, widget.told)
    if widget.unseen & _OF_LISTS:
        return
    if settings.widget.division_id != CONTEXT_DIVISION:
        _judge_static(widget, deployment)
    elif settings.provisioning.binding != "omitted":
        _judge_lists(widget, deployment)


def _judge_static(widget: Widget, deployment: Deployment) -> None:
    """Say whom a division that is written into a page is about."""
    told, settings, organisation = widget.told, widget.settings, deployment.organisation
    found = teams(settings)
    ids = {each.static for each in deployment.widgets if each.static}
    if settings.widget.division_id == PAGE_DIVISION:
        where, who = told.where("division_id"), everybody(organisation)
        message = f"each division's page has its own: of {who}, whoever is transferred keeps it"
        own = Put(where, CONTEXT_DIVISION)
        told.found.at(told.subject, where, "division-static", message, own, reach=who)
        return
    if widget.static not in organisation.division_by_id:
        return
    names = {
        organisation.division_by_id[each] for each in ids if each in organisation.division_by_id
    }
    if len(names) > 1:
        strangers = [team for team in found if team.division not in names]
        words = "are of a division that has no page"
    else:
        strangers = [team for team in found if not team.listed & team.usable]
        words = "get a list of which they may use nothing"
    who = reach(organisation, strangers or found)
    if not strangers:
        words = "have their list, and whoever is transferred keeps it"
    message = f"{who} {words}"
    if not told.found.more("division-static", message, who, told.place("division_id")):
        where = told.where("division_id")
        own = Put(where, CONTEXT_DIVISION)
        message = f"a static division: {message}"
        told.found.at(told.subject, where, "division-static", message, own, reach=who)


def _judge_lists(widget: Widget, deployment: Deployment) -> None:
    told, settings, organisation = widget.told, widget.settings, deployment.organisation
    codes = codes_of(settings)
    told_elsewhere = mask_of(codes, lambda code: code.name in deployment.unbound)
    found = [
        team._replace(
            usable=team.usable & ~told_elsewhere, hierarchical=team.hierarchical & ~told_elsewhere
        )
        for team in teams(settings)
    ]
    manned = people(organisation)
    where = told.where("filter_type")
    empty = [team for team in found if not team.listed]
    if settings.widget.filter_type == "division":
        above = [team for team in empty if team.hierarchical]
        lacking = [team for team in found if team.listed and _shared(team, codes, manned)]
        if above or lacking:
            who = reach(organisation, above or lacking)
            more = reach(organisation, lacking)
            verb = "see an empty list" if above else "lack codes in their list"
            also = f", and {more} lack some of theirs" if above and lacking else ""
            message = (
                f"{who} {verb}{also}: codes are bound above their division, and the filter is "
                f"exact{_assumed(deployment)}"
            )
            change = Put(where, "hierarchical")
            told.found.at(told.subject, where, "codes-above", message, change, reach=who)
        empty = [team for team in empty if team not in above]
    else:
        _judge_isolation(told, found, codes, organisation)
    if empty:
        who = reach(organisation, empty)
        types = told.where("status_reason_types")
        is_typed = any(directory_has(team, codes, organisation) for team in empty)
        why = "no code of a listed type" if is_typed else "no code"
        message = f"{who} see an empty list: there is {why} for their division"
        told.found.at(told.subject, types, "list-empty", message, reach=who)


def _shared(team: Team, codes: Sequence[Code], manned: Mapping[str, int]) -> int:
    """Give the codes that a team may use and an exact list lacks, those of other teams aside."""
    lacking = team.usable & ~team.listed
    return lacking & ~teams_own(lacking, codes, team.division, manned)


def directory_has(team: Team, codes: Sequence[Code], organisation: Organisation) -> bool:
    """Say whether a team's division, or one above it, has codes of any type."""
    path = organisation.tree.path(team.division)
    return any(code.division in path for code in codes)


def _assumed(deployment: Deployment) -> str:
    """Say what is assumed of the platform that exports come from."""
    if deployment.described or deployment.scenario:
        return ""
    return " (ASSUMED: that it leaves out codes of all divisions is not documented)"


def _judge_isolation(
    told: Told, found: Sequence[Team], codes: Sequence[Code], organisation: Organisation
) -> None:
    """Find lists that hold what other teams have for themselves, without any need."""
    manned = people(organisation)
    foreign = {
        team: teams_own(team.listed, codes, team.division, manned) for team in found if team.exact
    }
    breached = [team for team, mask in foreign.items() if mask]
    if not breached:
        return
    mask = reduce(or_, foreign.values())
    first, *more = [code.name for code in codes_in(mask, codes)]
    others = f" and {len(more)} more" if more else ""
    who = reach(organisation, breached)
    where = told.where("filter_type")
    message = f"{who} also see codes that teams above have for themselves: {shown(first)}{others}"
    # An exact filter is no way out where it empties a list or takes shared codes away.
    is_way_out = all(team.exact and not _shared_above(team, codes, manned) for team in found)
    change = (Put(where, "division"),) if is_way_out else ()
    told.found.at(told.subject, where, "isolation", message, *change, reach=who)


def _shared_above(team: Team, codes: Sequence[Code], manned: Mapping[str, int]) -> int:
    return _shared(team._replace(listed=team.exact), codes, manned)


def _judge_unseen(deployment: Deployment) -> None:
    """Find codes that are in nobody's list, by why they are in none."""
    settings = deployment.settings
    if settings.provisioning.binding != "explicit" or not deployment.widgets:
        return
    listed = 0
    for widget in deployment.widgets:
        is_unseen = widget.unseen & _OF_LISTS
        if is_unseen or widget.settings.widget.division_id != CONTEXT_DIVISION:
            return
        for team in teams(widget.settings):
            # What an exact filter lacks is told of there, and what nobody may use is seen by none.
            listed |= team.listed | team.hierarchical
    codes = codes_of(settings)
    types = {each for w in deployment.widgets for each in w.settings.widget.status_reason_types}
    # Nobody looks for a code of type CUSTOM, so nobody misses one.
    gone = [
        (i, code)
        for i, code in enumerate(codes)
        if not listed >> i & 1 and code.type != "CUSTOM" and code.name not in deployment.unbound
    ]
    untyped = [(i, code) for i, code in gone if code.type not in types]
    homeless = [(i, code) for i, code in gone if code.type in types]
    told = deployment.widgets[0].told
    if untyped:
        missed = {code.division for _, code in untyped}
        tree = deployment.organisation.tree
        who = reach(
            deployment.organisation,
            (team for team in teams(settings) if missed & {*tree.path(team.division)}),
        )
        where = told.where("status_reason_types")
        missing = list(dict.fromkeys(code.type for _, code in untyped))
        kinds = ", ".join(missing)
        message = (
            f"{_named(untyped, len(codes))} in nobody's list, and {who} might use them: "
            f"type {kinds} is not listed"
        )
        own = deployment.widgets[0].settings.widget.status_reason_types
        change = Put(where, [*own, *missing])
        if isinstance(told.value("status_reason_types"), list) and len(missing) == 1:
            told.found.at(told.subject, where, "codes-unseen", message, Append(where, missing[0]))
        else:
            told.found.at(told.subject, where, "codes-unseen", message, change, reach=who)
    if homeless:
        message = f"{_named(homeless, len(codes))} in nobody's list: no agents are at or below "
        message += shown(homeless[0][1].division)
        i, _ = homeless[0]
        if deployment.described and i < len(_own_codes(deployment.described)):
            at = deployment.described.inside("codes", i)
            at.found.at(at.subject, at.where("division"), "codes-unseen", message)
        else:
            told.found.at(told.subject, told.where("division_id"), "codes-unseen", message)


def _own_codes(described: Told) -> Sequence[object]:
    codes = described.value("codes")
    return codes if isinstance(codes, list) else ()


def _named(found: Sequence[tuple[int, Code]], of: int) -> str:
    names = shown(found[0][1].name) + (" and others" if len(found) > 1 else "")
    verb = "is" if len(found) == 1 else "are"
    return f"{len(found)} of {of} codes, {names}, {verb}"


# --- polls ------------------------------------------------------------------------------------


def _judge_interval(settings: Settings, told: Told) -> None:
    """Find polls that are more than the limit of their token, for as many agents as there are."""
    limit = settings.platform.rate_limit_per_min
    if limit is None:
        return
    is_shared = settings.application.token_topology == "shared"
    widgets = most_at_once(settings.organisation) if is_shared else 1
    per_poll = 2 if settings.widget.version_parameter else 1
    minute = widgets * per_poll * MINUTE
    if minute / settings.interval_ms <= limit:
        return
    token = "the token that all share" if is_shared else "each agent's token"
    needed = -(-minute // int(limit * _SHARE * _STEP_MS)) * _STEP_MS
    where = told.where("refresh_interval_ms")
    who = everybody(settings.organisation)
    message = (
        f"{minute / settings.interval_ms:,.0f} requests a minute, of {limit:,} that {token} may "
        f"make: {widgets:,} at once of {who}, every {show_duration(settings.interval_ms)}"
    )
    if needed > HOUR:
        message += "; no interval up to an hour keeps it: give each agent a token"
        told.found.at(told.subject, where, "interval-limit", message, reach=who)
    else:
        change = Put(where, needed)
        told.found.at(told.subject, where, "interval-limit", message, change, reach=who)


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
        f"{show_duration(settings.interval_ms)}: {who} go on seeing deactivated codes"
    )
    told.found.at(told.subject, changes[0].path, "list-outlives", message, *changes, reach=who)


# --- tokens and scopes ------------------------------------------------------------------------


def _judge_application(deployment: Deployment) -> None:
    """Say whom the lack of a scope is about, and find it in a scenario."""
    settings, who = deployment.settings, everybody(deployment.organisation)
    words = {
        WRITE_SCOPE: ("scope-write", f"the choices of {who} are refused"),
        READ_SCOPE: ("scope-read", f"{who} see an empty list"),
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
        deployment.application.found.more("widget-refused", f"{who} see an empty list", who)
    elif deployment.scenario:
        told = deployment.scenario.inside("application")
        where = told.where("widget_permissions")
        message = f"no permission for {shown(WIDGET_ID)}: {who} see an empty list"
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
    counted = people(organisation)
    who = Reach(sum(counted[each] for each in long), counted.total(), len(long))
    words = f"{who} work longer than a token lives, {show_duration(life)}"
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
    scopes = told.value("scope")
    for i, scope in enumerate(scopes if isinstance(scopes, list) else ()):
        if isinstance(scope, str) and scope not in _NEEDED:
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
    counted = people(organisation)
    divisions = {each.division for each in organisation.agents if each.shift in scheduled}
    told = scenario.inside("widget")
    by = "WFM" if settings.wfm.writes_status else "routing"
    guard = Put(told.where("override_guard"), "lock")
    if widget.force:
        who = Reach(sum(counted[each] for each in divisions), counted.total(), len(divisions))
        message = f"what {by} writes is not taken: the adherence of {who} is at stake"
        where = told.where("force")
        changes = [Put(where, False), *([guard] if widget.override_guard == "none" else [])]
        told.found.at(told.subject, where, "force-adherence", message, *changes, reach=who)
    elif widget.override_guard == "none":
        who = everybody(organisation)
        at = ("wfm", "writes_status") if by == "WFM" else ("routing", "sweep_interval_ms")
        place = scenario.inside(at[0]).where(at[1])
        message = f"{by} overwrites statuses that {who} have chosen, and the widget does not wait"
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

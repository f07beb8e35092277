"""Who sees an empty list, lacks codes or sees those of others, and which codes nobody sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import reduce
from operator import or_

from simkit.base.errors import shown
from simkit.base.formatting import counted
from simkit.checking.deployment import Deployment, Told, Widget, home_of
from simkit.checking.editing import Append, Change, Put
from simkit.checking.lists import (
    Team,
    codes_in,
    everybody,
    mask_of,
    people,
    reach,
    teams,
    teams_own,
)
from simkit.checking.payloads import own_division
from simkit.checking.platforms import GUIDE
from simkit.rules.divisions import is_division_id
from simkit.rules.organisation import Organisation
from simkit.rules.reasons import Code, codes_of
from simkit.rules.sections import CONTEXT_DIVISION, PAGE_DIVISION

_OF_LISTS = frozenset(["division_id", "filter_type", "status_reason_types"])
"""Settings without which nothing can be said of lists."""


def judge_lists(deployment: Deployment) -> None:
    """Add what is found of divisions, lists and codes to the findings of their files.

    Only as far as the files tell of divisions and of codes.
    """
    if "divisions" in deployment.knows:
        _judge_divisions(deployment)
    if "definitions" not in deployment.knows:
        return
    _judge_unbound(deployment)
    _tell_created(deployment)
    for widget in deployment.widgets:
        if widget.unseen & _OF_LISTS:
            continue
        if widget.settings.widget.division_id != CONTEXT_DIVISION:
            _judge_static(widget, deployment)
        elif widget.settings.provisioning.binding != "omitted":
            _judge_lists(widget, deployment)
    _judge_unseen(deployment)


def _judge_divisions(deployment: Deployment) -> None:
    """Find division ids that the organisation does not have, and codes without one."""
    organisation = deployment.organisation
    for widget in deployment.widgets:
        if widget.static and widget.static not in organisation.division_by_id:
            told, where = widget.told, widget.told.where("division_id")
            told.found.drop("division-static", place=told.place("division_id"))
            who = everybody(organisation)
            message = (
                f"{shown(widget.static)} is no division of the organisation: the lists of {who} "
                "are refused"
            )
            told.found.at(told.subject, where, "division-unknown", message, *_own(told), reach=who)
    for told in deployment.codes:
        given = told.value("division_id")
        if is_division_id(str(given)) and home_of(told, organisation) is None:
            message = f"{shown(given)} is no division of the organisation: the code is in no list"
            told.found.at(told.subject, told.where("division_id"), "division-unknown", message)


def _own(told: Told) -> tuple[Change, ...]:
    """Give what makes the division of a widget the agent's own; a scenario has the kit's word."""
    return own_division(
        told.where("division_id"), told.found.platform if told.is_payload else GUIDE
    )


def _tell_created(deployment: Deployment) -> None:
    """Say of codes that are to be created without a division in whose list they are not."""
    root = deployment.organisation.tree.root
    without: dict[str, Told] = {}
    for told in deployment.codes:
        bare = told.value("division_id") is None
        if bare and home_of(told, deployment.organisation) == root:
            without.setdefault(told.file, told)
    for told in without.values():
        _tell_unbound(told, deployment)


def _tell_unbound(told: Told, deployment: Deployment) -> None:
    """Say whom the codes of a file without a division are about, and where they belong if clear."""
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
    said = who.do("see", "sees") if empty else who.do("lack", "lacks")
    what = "an empty list" if empty else "codes in their list"
    told = scenario.inside("provisioning")
    where = told.where("binding")
    message = f"codes land in one division of their own: {said} {what}"
    told.found.at(told.subject, where, "codes-unbound", message, Put(where, "explicit"), reach=who)


def _by_division(found: Sequence[Team]) -> list[Team]:
    return list({team.division: team for team in found}.values())


def _judge_static(widget: Widget, deployment: Deployment) -> None:
    """Say whom a division that is written into a page is about."""
    told, settings, organisation = widget.told, widget.settings, deployment.organisation
    found = teams(settings)
    ids = {each.static for each in deployment.widgets if each.static}
    if settings.widget.division_id == PAGE_DIVISION:
        where, who = told.where("division_id"), everybody(organisation)
        message = f"each division's page has its own: of {who}, whoever is transferred keeps it"
        told.found.at(told.subject, where, "division-static", message, *_own(told), reach=who)
        return
    if widget.static not in organisation.division_by_id:
        return  # which is told of, where all divisions are known
    names = {
        organisation.division_by_id[each] for each in ids if each in organisation.division_by_id
    }
    if len(names) > 1:
        strangers = [team for team in found if team.division not in names]
        words = ("are", "is"), "of a division that has no page"
    else:
        strangers = [team for team in found if not team.listed & team.usable]
        words = ("get", "gets"), "a list of which they may use nothing"
    who = reach(organisation, strangers or found)
    if not strangers:
        words = ("have", "has"), "their list, and whoever is transferred keeps it"
    message = f"{who.do(*words[0])} {words[1]}"
    if not told.found.more("division-static", message, who, told.place("division_id")):
        where = told.where("division_id")
        message = f"a static division: {message}"
        told.found.at(told.subject, where, "division-static", message, *_own(told), reach=who)


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
            more = reach(organisation, lacking)
            who = reach(organisation, above or lacking)
            who = replace(who, names=who.names | more.names)
            said = who.do("see", "sees") if above else who.do("lack", "lacks")
            what = "an empty list" if above else "codes in their list"
            also = f", and {more.do('lack', 'lacks')} some of theirs" if above and lacking else ""
            message = (
                f"{said} {what}{also}: codes are bound above their division, and the filter is "
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
        is_typed = any(_has_codes(team, codes, organisation) for team in empty)
        why = "no code of a listed type" if is_typed else "no code"
        message = f"{who.do('see', 'sees')} an empty list: there is {why} for their division"
        told.found.at(told.subject, types, "list-empty", message, reach=who)


def _shared(team: Team, codes: Sequence[Code], manned: Mapping[str, int]) -> int:
    """Give the codes that a team may use and an exact list lacks, those of other teams aside."""
    lacking = team.usable & ~team.listed
    return lacking & ~teams_own(lacking, codes, team.division, manned)


def _has_codes(team: Team, codes: Sequence[Code], organisation: Organisation) -> bool:
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
    see = who.do("also see", "also sees")
    message = f"{see} codes that teams above have for themselves: {shown(first)}{others}"
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
    if untyped:
        _tell_untyped(untyped, deployment)
    if homeless:
        i, code = homeless[0]
        where = shown(code.division)
        message = f"{_named(homeless, len(codes))} in nobody's list: {where} has no agents"
        described = deployment.described
        if described and i < len(_own_codes(described)):
            told, name = described.inside("codes", i), "division"
        else:
            told, name = deployment.widgets[0].told, "division_id"
        told.found.at(told.subject, told.where(name), "codes-unseen", message)


def _tell_untyped(untyped: Sequence[tuple[int, Code]], deployment: Deployment) -> None:
    """Say that codes are in nobody's list because of their type, and who might use them."""
    widget = deployment.widgets[0]
    told = widget.told
    missed = {code.division for _, code in untyped}
    tree = deployment.organisation.tree
    found = teams(widget.settings)
    who = reach(
        deployment.organisation,
        [team for team in found if missed.intersection(tree.path(team.division))],
    )
    where = told.where("status_reason_types")
    missing = list(dict.fromkeys(code.type for _, code in untyped))
    types = ", ".join(missing)
    message = (
        f"{_named(untyped, len(codes_of(widget.settings)))} in nobody's list, and {who} might "
        f"use them: type {types} is not listed"
    )
    own = widget.settings.widget.status_reason_types
    changes: list[Change] = [Put(where, [*own, *missing])]
    if isinstance(told.value("status_reason_types"), list):
        changes = [Append(where, each) for each in missing]
    told.found.at(told.subject, where, "codes-unseen", message, *changes, reach=who)


def _own_codes(described: Told) -> Sequence[object]:
    codes = described.value("codes")
    return codes if isinstance(codes, list) else ()


def _named(found: Sequence[tuple[int, Code]], of: int) -> str:
    names = shown(found[0][1].name) + (" and others" if len(found) > 1 else "")
    verb = "is" if len(found) == 1 else "are"
    return f"{len(found)} of {counted(of, 'code')}, {names}, {verb}"

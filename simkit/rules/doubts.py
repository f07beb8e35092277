"""What settings allow and hardly anybody means: said before the run, in words.

Nothing of it is refused. A fault may be what one wants to see, and the seven traps are such faults.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from simkit.base.clock import SECOND, show_duration
from simkit.base.errors import closest, shown
from simkit.base.names import plain_name
from simkit.base.units import may_be_seconds, seconds_meant
from simkit.rules import oauth
from simkit.rules.divisions import is_division_id
from simkit.rules.organisation import Organisation
from simkit.rules.payloads import WIDGET_ID, is_variable, why_not_division_id
from simkit.rules.reasons import Code, codes_of
from simkit.rules.sections import (
    CONTEXT_DIVISION,
    PAGE_DIVISION,
    PATHS,
    SECTIONS,
    ConfigurationDefaults,
    Refusal,
    dotted,
)
from simkit.rules.settings import Settings

_FOLLOWED = (CONTEXT_DIVISION, PAGE_DIVISION)
_USUAL_TIMES = 30
"""So many times below what is usual, a span of time is doubted."""


class Doubt(NamedTuple):
    """What is allowed and can hardly be meant."""

    field: str
    """Dotted path of the field to look at."""
    words: str


def doubts(settings: Settings, usual: Mapping[str, Any] | None = None) -> list[Doubt]:
    """Give what can only end in nothing, or is given and never used, in the order of the fields.

    ``usual`` holds usual values by dotted path for fields that have no default of their own, those
    of the platform.
    """
    found = [*_refused_lists(settings)]
    if not found:
        found += _empty_lists(settings)
    found += _refused_submissions(settings)
    found += _clocks(settings)
    found += _without_use(settings)
    known = {doubt.field for doubt in found}
    found += [doubt for doubt in _units(settings, usual or {}) if doubt.field not in known]
    found += [
        Doubt(".".join(map(str, ("organisation", *place))), words)
        for place, words in settings.organisation.doubtful_names
    ]
    return found


# --- lists that are refused -------------------------------------------------------------------


def _refused_lists(settings: Settings) -> Iterator[Doubt]:
    platform, application = settings.platform, settings.application
    if oauth.READ_SCOPE not in application.scopes:
        yield Doubt(
            "application.scopes",
            f"without {oauth.READ_SCOPE} every list is refused{_with(platform.missing_scope)}"
            + _mistyped(oauth.READ_SCOPE, application.scopes),
        )
    if not settings.widget_allowed:
        permissions = application.widget_permissions
        how = "is not allowed" if WIDGET_ID in permissions else "is not among the widgets"
        yield Doubt(
            "application.widget_permissions",
            f"{WIDGET_ID} {how}: every list is refused{_with(platform.widget_not_allowed)}"
            + _mistyped(WIDGET_ID, permissions),
        )
    asked, org = settings.widget.division_id, settings.organisation
    if asked not in _FOLLOWED and asked not in org.division_by_id:
        refusal = (
            platform.unknown_division if is_division_id(asked) else platform.malformed_division
        )
        yield Doubt(
            "widget.division_id",
            f"{shown(asked)} {_why_no_division(asked, org)}: every list is refused{_with(refusal)}"
            + _meant_by(asked, org),
        )


def _why_no_division(asked: str, org: Organisation) -> str:
    if is_variable(asked):
        return "is no variable as it is spelled"
    if plain_name(asked) in org.division_ids:
        return "is the name of a division, not its id"
    if plain_name(asked) == "*":
        return "(all divisions) is no division's id"
    if is_division_id(asked):
        return "is the id of no division of the organisation"
    return f"is no division's id: {why_not_division_id(asked)}"


def _meant_by(asked: str, org: Organisation) -> str:
    """Give what was meant by an impossible division id, as far as one can tell."""
    if own := org.division_ids.get(plain_name(asked)):
        return f"; its id is {own}"
    if plain_name(asked) == "*":
        return (
            f"; {CONTEXT_DIVISION} with filter_type: hierarchical lists the agent's and all above"
        )
    bare = _bare(asked)
    same = next((variable for variable in _FOLLOWED if _bare(variable) == bare), None)
    if same is not None:
        return f"; the variable is spelled {same}"
    guess = closest(asked, [*_FOLLOWED, *org.division_by_id, *org.division_ids])
    return guess or f"; {CONTEXT_DIVISION} is the agent's own"


def _bare(text: str) -> str:
    """Give a text without what a hasty writer gets wrong about a variable: case, spaces, braces."""
    return re.sub(r"[\s{}$]", "", text).casefold()


def _with(refusal: Refusal) -> str:
    return f" ({refusal.status} {refusal.code})"


def _mistyped(wanted: str, given: Iterable[str]) -> str:
    """Give which of the given words was meant to be the wanted one; nothing when none was."""
    others = (word for word in given if word not in oauth.KNOWN_SCOPES)
    near = next((word for word in others if closest(word, [wanted])), None)
    return f"; {shown(near)} is another word" if near is not None else ""


def _refused_submissions(settings: Settings) -> Iterator[Doubt]:
    scopes = settings.application.scopes
    if oauth.WRITE_SCOPE not in scopes:
        refusal = settings.platform.missing_scope
        yield Doubt(
            "application.scopes",
            f"without {oauth.WRITE_SCOPE} every submission is refused{_with(refusal)}"
            + _mistyped(oauth.WRITE_SCOPE, scopes),
        )


# --- lists that are empty ---------------------------------------------------------------------


def _empty_lists(settings: Settings) -> Iterator[Doubt]:
    """Give why lists are empty, and which codes are in none. All lists are answered here."""
    widget, org = settings.widget, settings.organisation
    made = codes_of(settings)
    of_types = [code for code in made if code.type in widget.status_reason_types]
    if not made:
        yield Doubt("organisation.codes", "there are no codes: all lists are empty")
        return
    if not of_types:
        types = ", ".join(dict.fromkeys(code.type for code in made))
        words = f"no code has a type that is listed, all lists are empty; codes have {types}"
        yield Doubt("widget.status_reason_types", words)
        return
    asked = _divisions_asked_for(settings)
    shown_to_some = {d for name in asked for d in org.tree.visible(name, widget.filter_type)}
    listed = {code.id for code in of_types if code.division in shown_to_some}
    if not listed:
        yield Doubt(_where_lists_are_empty(settings), "no code is where lists look, all are empty")
        return
    yield from _never_listed(settings, made, listed)


def _divisions_asked_for(settings: Settings) -> set[str]:
    """Give the divisions of which anybody's widget may ask for the list."""
    widget, org = settings.widget, settings.organisation
    if widget.division_id not in _FOLLOWED:
        return {org.division_by_id[widget.division_id]}
    homes = {agent.division for agent in org.agents}
    if widget.division_id == CONTEXT_DIVISION and settings.workload.transfer_probability:
        return homes | {target for home in homes for target in _targets(org, home)}
    return homes


def _targets(org: Organisation, home: str) -> set[str]:
    """Give where an agent of a division may be transferred."""
    return {code.division for code in org.codes} & set(org.tree.unrelated(home))


def _where_lists_are_empty(settings: Settings) -> str:
    """Give the field that is to blame most likely: one that is not as usual."""
    if settings.provisioning.binding != "explicit":
        return "provisioning.binding"
    if settings.widget.division_id not in _FOLLOWED:
        return "widget.division_id"
    return "widget.filter_type"


def _never_listed(settings: Settings, made: tuple[Code, ...], listed: set[str]) -> Iterator[Doubt]:
    codes, types = settings.organisation.codes, settings.widget.status_reason_types
    # Nobody looks for a code of type CUSTOM, so nobody misses one.
    untyped = [code.name for code in codes if code.type not in (*types, "CUSTOM")]
    if untyped:
        words = f"codes of a type that is not listed: {shown(untyped[0])}{_more(untyped)}"
        yield Doubt("widget.status_reason_types", words)
    if settings.provisioning.duplicate_critical:
        return  # whoever copies the critical codes leaves the others where they are
    unseen = [
        (i, code) for i, code in enumerate(codes) if code.type in types and code.id not in listed
    ]
    if unseen:
        i, code = unseen[0]
        yield Doubt(
            f"organisation.codes.{i}.division",
            f"{shown(code.name)} is in nobody's list: no widget asks for the codes of "
            f"{shown(made[i].division)}{_more(unseen)}",
        )


def _more(found: Sequence[Any]) -> str:
    return f" (and {len(found) - 1} more)" if len(found) > 1 else ""


# --- spans of time ----------------------------------------------------------------------------


def _clocks(settings: Settings) -> Iterator[Doubt]:
    widget, interval = settings.widget, settings.interval_ms
    shift = max(hours.end - hours.start for hours in settings.organisation.hours.values())
    said = show_duration
    if interval >= shift:
        yield Doubt(
            "widget.refresh_interval_ms",
            f"no page polls a second time: {said(interval)} between polls, {said(shift)} the "
            "longest shift",
        )
    if 0 < widget.http_max_age_ms <= interval:
        question = _seconds("widget.http_max_age_ms", widget.http_max_age_ms)
        yield Doubt(
            "widget.http_max_age_ms",
            f"no poll is answered by the cache: after {said(interval)} nothing is left of "
            f"{said(widget.http_max_age_ms)}{question}",
        )
    if not widget.version_parameter and interval < shift:
        life, polls = widget.http_max_age_ms, widget.dataset_life_polls
        field = "http_max_age_ms" if life else "dataset_life_polls"
        life = life or (polls * interval if polls > 1 else 0)
        if life >= shift:
            yield Doubt(
                f"widget.{field}",
                f"no poll replaces the list of a page: it is kept for {said(life)}, longer than "
                "any shift",
            )
    life = settings.platform.token_life_ms
    if life <= interval and not settings.silent_renewal:
        yield Doubt(
            "platform.token_life_ms",
            f"a token dies before the second poll: {said(life)} of life, {said(interval)} between "
            f"polls, and nothing renews it{_seconds('platform.token_life_ms', life)}",
        )
    if settings.workload.transfer_probability:
        org = settings.organisation
        if settings.workload.transfer_guard_ms >= shift:
            yield Doubt("workload.transfer_guard_ms", "nobody is transferred: no shift is longer")
        elif not any(_targets(org, home) for home in {agent.division for agent in org.agents}):
            words = "nobody is transferred: no unrelated division has codes"
            yield Doubt("workload.transfer_probability", words)


def _units(settings: Settings, usual: Mapping[str, Any]) -> Iterator[Doubt]:
    """Give the spans that are far below what is usual, and would be usual in seconds."""
    for path, value in settings.flat():
        section, name = path.split(".")
        if not name.endswith("_ms") or not isinstance(value, int):
            continue
        default = usual.get(path, SECTIONS[section].model_fields[name].default)
        if path == "widget.refresh_interval_ms":  # which is the application's where it is not set
            default = ConfigurationDefaults().refresh_interval_ms
        common = default if isinstance(default, int) else 0
        # 1800 is easily 30 min in seconds, and hardly ever 1.8 s.
        times = _USUAL_TIMES / 2 if value % 60 == 0 else _USUAL_TIMES
        below = common / times if common else SECOND
        if value != common and value < below and (question := _seconds(path, value)):
            than = f", where {show_duration(common)} is usual" if common else ""
            yield Doubt(path, f"{show_duration(value)}{than}{question}")


def _seconds(path: str, value: int) -> str:
    """Give the question whether a field was given in seconds, where its bounds allow that."""
    section, name = path.split(".")
    bounds = SECTIONS[section].model_fields[name].metadata
    low = next(bound.ge for bound in bounds if hasattr(bound, "ge"))
    high = next(bound.le for bound in bounds if hasattr(bound, "le"))
    return seconds_meant(value) if may_be_seconds(value, low, high) else ""


# --- what is given and never used -------------------------------------------------------------

NEEDS: dict[str, tuple[str, ...]] = {
    "config_reread": ("version_parameter",),
    "override_window_ms": ("override_guard",),
    "retry_after_lock": ("override_guard",),
    "retry_jitter_ms": ("honour_retry_after",),
    "honour_retry_after": ("rate_limit_per_min",),
    "token_topology": ("rate_limit_per_min",),
    "duplicate_critical": ("binding",),
    "reload_probability": ("deactivation_probability",),
    "reload_within_ms": ("reload_probability",),
    "transfer_guard_ms": ("transfer_probability",),
    "hidden_min_ms": ("hidden_per_shift",),
    "refetch_on_focus": ("hidden_per_shift",),
    "hidden_max_ms": ("hidden_per_shift",),
    "outage_max_ms": ("outages_per_shift",),
    "campaign_hours": ("ignore_manual",),
    "redirect_uris": (),
}
"""Fields that change nothing unless one of some others is set, by their last parts."""


def _without_use(settings: Settings) -> Iterator[Doubt]:
    for name, needs in NEEDS.items():
        path = dotted(name)
        if _is_set(settings, name) and not any(_is_set(settings, need) for need in needs):
            how = " without " + " or ".join(PATHS[need] for need in needs) if needs else " here"
            yield Doubt(path, f"has no effect{how}")
    if settings.provisioning.duplicate_critical and settings.provisioning.binding != "explicit":
        org = settings.organisation
        if not any(code.critical for code in org.codes):
            yield Doubt("provisioning.duplicate_critical", "has no effect: no code is critical")
    others = [name for name in settings.application.widget_permissions if name != WIDGET_ID]
    if others and settings.widget_allowed:
        words = f"{shown(others[0])}{_more(others)} is not used: {WIDGET_ID} alone is simulated"
        yield Doubt("application.widget_permissions", words)


def _is_set(settings: Settings, name: str) -> bool:
    """Say whether a field differs from its default; one of the platform has none as default."""
    section = dotted(name).split(".")[0]
    default = SECTIONS[section].model_fields[name].get_default(call_default_factory=True)
    return bool(settings.get(name) != (None if section == "platform" else default))

"""Judges data meant for the platform: reason codes, widget configurations, applications."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from simkit.base.clock import show_duration
from simkit.base.errors import closest, shown
from simkit.base.names import plain_name
from simkit.base.reading.document import Path
from simkit.checking.editing import Append, Change, Put, Remove
from simkit.checking.findings import RULES, UNSEEN, Found, Subject
from simkit.checking.platforms import Platform
from simkit.rules.divisions import division_key
from simkit.rules.oauth import KNOWN_SCOPES, READ_SCOPE, WRITE_SCOPE
from simkit.rules.payloads import (
    MAX_ENTRIES,
    WIDGET_ID,
    ApplicationRegistration,
    Payload,
    ReasonCodePayload,
    WidgetConfiguration,
    WidgetConfigurationFile,
    is_variable,
    means_context_division,
    why_not_division_id,
)
from simkit.rules.sections import CONTEXT_DIVISION

# --- reason codes -----------------------------------------------------------------------------


@dataclass
class Codes:
    """The reason codes of all files so far, and where each stands."""

    names: dict[tuple[str | None, str], str] = field(default_factory=dict)
    defaults: dict[str | None, str] = field(default_factory=dict)

    def add(self, subject: Subject, found: Found) -> None:
        """Add a code; a finding when its division has one of its name, or a default, already."""
        division, name = subject.value("divisionId"), subject.value("name")
        if division is not None and not isinstance(division, str):
            return
        key = None if division is None else division_key(division)
        line, column = subject.document.where(["name"]) or (1, 1)
        here = f"{found.file}:{line}:{column}"
        if isinstance(name, str) and plain_name(name):
            first = self.names.setdefault((key, plain_name(name)), here)
            if first != here:
                message = f"a second code {shown(plain_name(name))} {_in(key)}; the first: {first}"
                found.at(subject, ["name"], "name-twice", message)
        if subject.value("isDefault") is True:
            first = self.defaults.setdefault(key, here)
            if first != here:
                message = f"a second default code {_in(key)}; the first: {first}"
                off = Put(("isDefault",), False)
                found.at(subject, ["isDefault"], "default-twice", message, off)


def _in(division: str | None) -> str:
    return "without a division" if division is None else "in one division"


def _if_a_trap(
    found: Found, subject: Subject, path: Path, rule: str, message: str, *changes: Change
) -> None:
    """Add a finding, where the trap that it leads to is one on the platform."""
    if found.platform.holds(RULES[rule].trap):
        found.at(subject, path, rule, message, *changes)


def judge_reason_code(subject: Subject, found: Found, codes: Codes) -> None:
    """Judge the body that creates a reason code, or what the platform answers of one."""
    found.refusals(ReasonCodePayload, subject)
    if not isinstance(subject.document.data, Mapping):
        return
    division = subject.value("divisionId")
    if division is None and not isinstance(subject.value("division"), Mapping):
        message = (
            "no divisionId: the code lands in Global or in the token user's division, and a "
            "widget that filters by another division never lists it"
        )
        _if_a_trap(found, subject, ["divisionId"], "division-omitted", message)
    elif isinstance(division, str) and is_variable(division):
        message = f"{shown(division)}: variables work in widget configurations, not in requests"
        found.at(subject, ["divisionId"], "division-variable", message)
    elif isinstance(division, str):
        _judge_division_id(subject, ["divisionId"], found)
    codes.add(subject, found)


# --- widgets ----------------------------------------------------------------------------------


def judge_widget(subject: Subject, found: Found) -> bool:
    """Judge a widget configuration, of a file or a snippet; say whether it is of our widget."""
    widget = subject.value("widgetId")
    if isinstance(widget, str) and widget != WIDGET_ID and not closest(widget, [WIDGET_ID]):
        message = f"{shown(widget)} is another widget than {shown(WIDGET_ID)}: not judged"
        found.at(subject, ["widgetId"], "other-widget", message)
        return False
    if widget is UNSEEN and subject.value("configuration") is None:
        message = (
            "only known when the script runs; without a configuration this may be another widget: "
            "not judged"
        )
        found.at(subject, ["widgetId"], "expression", message)
        return False
    if bare := _bare_keys(subject):
        _judge_bare(bare, subject, found)
        return True
    found.refusals(WidgetConfigurationFile, subject)
    if isinstance(subject.value("configuration"), Mapping):
        _judge_configuration(subject, found, "configuration")
    return True


def _keys(model: type[Payload]) -> frozenset[str]:
    return frozenset(info.alias or name for name, info in model.model_fields.items())


_AROUND = _keys(WidgetConfigurationFile)
_INSIDE = _keys(WidgetConfiguration)


def _bare_keys(subject: Subject) -> list[str]:
    """Give the keys of a configuration that stand beside where one would be, and there is none."""
    data = subject.document.data
    if not isinstance(data, Mapping) or "configuration" in data or () in subject.open:
        return []
    return [key for key in data if key in _INSIDE - _AROUND]


def _judge_bare(bare: list[str], subject: Subject, found: Found) -> None:
    """Judge a configuration that stands where the object around it is meant."""
    around = [key for key in ("widgetId", "containerId") if key in subject.document.data]
    if around:
        keys = ", ".join(map(shown, bare[:3])) + (", …" if len(bare) > 3 else "")
        message = f"{keys} belong under 'configuration', which is missing"
        # What is around is judged as such, and all else as if it stood in its place.
        others = {*subject.document.data, "configuration"} - {"widgetId", "containerId", "version"}
        found.refusals(WidgetConfigurationFile, subject, others)
    else:
        message = (
            "this is only the configuration: it stands under 'configuration', beside widgetId and "
            "containerId"
        )
    found.at(subject, ["configuration"], "missing-key", message)
    found.refusals(WidgetConfiguration, subject, _AROUND if around else frozenset())
    _judge_configuration(subject, found)


def _judge_configuration(subject: Subject, found: Found, *path: str) -> None:
    where = [*path, "divisionId"]
    if subject.value(*where) is None and not found.platform.follows_caller:
        message = f"no divisionId: nothing to filter by; {CONTEXT_DIVISION} is the agent's own"
        found.at(subject, where, "division-unset", message, Put(tuple(where), CONTEXT_DIVISION))
    else:
        _judge_widget_division(subject, where, found)
    where = [*path, "autoRefresh"]
    renewal = subject.value(*where)
    on = Put(tuple(where), True)
    platform = found.platform
    if renewal is False:
        message = f"the token is not renewed silently: the widget dies after {platform.idle_life}"
        _if_a_trap(found, subject, where, "auto-refresh-off", message, on)
    elif renewal is None:
        life = show_duration(platform.token_life_ms)
        message = f"not set: idle sessions lose their token after {life} unless it is true"
        _if_a_trap(found, subject, where, "auto-refresh-unset", message, on)


def _judge_widget_division(subject: Subject, path: list[str], found: Found) -> None:
    division = subject.value(*path)
    if not isinstance(division, str) or division == CONTEXT_DIVISION:
        return
    own = Put(tuple(path), CONTEXT_DIVISION)
    if means_context_division(division):
        message = f"{shown(division)} is not the variable; it is spelled {CONTEXT_DIVISION}"
        found.at(subject, path, "division-variable", message, own)
    elif is_variable(division):
        guess = closest(division, [CONTEXT_DIVISION]) or f"; allowed: {CONTEXT_DIVISION}"
        message = f"unknown variable {shown(division)}{guess}"
        found.at(subject, path, "division-variable", message, own)
    elif _judge_division_id(subject, path, found):
        what = "a list without one" if found.platform.follows_caller else CONTEXT_DIVISION
        message = (
            "a static division: agents who are transferred keep the old list, and what they "
            f"submit is refused in silence; {what} follows the agent"
        )
        found.at(subject, path, "division-static", message, *own_division(path, found.platform))


def own_division(path: Path, platform: Platform) -> tuple[Change, ...]:
    """Give what makes the division of a widget the agent's own, where that is a value."""
    return () if platform.follows_caller else (Put(tuple(path), CONTEXT_DIVISION),)


def _judge_division_id(subject: Subject, path: list[str], found: Found) -> bool:
    """Say whether a division's id is possible; add a finding when it is not."""
    division = str(subject.value(*path))
    why = why_not_division_id(division)
    if why:
        message = f"impossible division id {shown(division)}: {why}"
        found.at(subject, path, "division-impossible", message)
    return not why


# --- applications -----------------------------------------------------------------------------


def judge_application(subject: Subject, found: Found) -> None:
    """Judge the body that registers a portal application."""
    found.refusals(ApplicationRegistration, subject)
    if not isinstance(subject.document.data, Mapping):
        return
    scopes = subject.value("scopes")
    if isinstance(scopes, list):
        _judge_scopes(scopes, subject, found)
    _judge_permissions(subject, found)
    addresses = subject.value("redirectUris")
    for i, address in enumerate(addresses[:MAX_ENTRIES] if isinstance(addresses, list) else ()):
        if isinstance(address, str):
            _judge_redirect(address, ["redirectUris", i], subject, found)


def _judge_scopes(scopes: list[Any], subject: Subject, found: Found) -> None:
    platform = found.platform
    granted = platform.meant(scopes)
    missing = [scope for scope in KNOWN_SCOPES if scope not in granted]
    if WRITE_SCOPE in missing:
        message = (
            f"{platform.called(WRITE_SCOPE)} is missing: the list shows and each choice looks like "
            f"a success, but the platform refuses it with {platform.refusal}"
        )
        _lacks(WRITE_SCOPE, "scope-write", message, subject, found)
    if READ_SCOPE in missing:
        message = f"{platform.called(READ_SCOPE)} is missing: no reason codes can be listed"
        _lacks(READ_SCOPE, "scope-read", message, subject, found)
    for scope in missing:
        if scope not in (READ_SCOPE, WRITE_SCOPE):
            name = platform.called(scope)
            message = f"{name} is missing, which {platform.who} lists among the prerequisites"
            _lacks(scope, "scope-missing", message, subject, found)
    for i, scope in enumerate(scopes[:MAX_ENTRIES]):
        if isinstance(scope, str) and scope not in platform.scopes and not is_refresh(scope):
            guess = closest(scope, platform.scopes)
            message = f"unknown scope {shown(scope)}{guess}"
            # One that is nearly another is a slip, and was perhaps meant to be that one.
            gone = () if guess else (Remove(("scopes", i)),)
            found.at(subject, ["scopes", i], "scope-unknown", message, *gone)
    _judge_renewal(scopes, subject, found)


def _lacks(scope: str, rule: str, message: str, subject: Subject, found: Found) -> None:
    added = Append(("scopes",), found.platform.called(scope))
    found.at(subject, ["scopes"], rule, message, added)


def is_refresh(scope: str) -> bool:
    """Say whether a scope grants a refresh token."""
    # The guide asks for "a valid refresh token scope" without naming it; OAuth servers commonly
    # call it offline_access.
    return scope == "offline_access" or "refresh" in scope.casefold()


def _judge_renewal(scopes: list[Any], subject: Subject, found: Found) -> None:
    granted = any(isinstance(scope, str) and is_refresh(scope) for scope in scopes)
    granted = granted or subject.value("refreshToken") is True
    if subject.value("authorizationFlow") != "pkce" or not granted:
        message = "silent renewal needs the PKCE flow and a refresh-token scope; not both are here"
        _if_a_trap(found, subject, [], "silent-renewal", message)


def _judge_permissions(subject: Subject, found: Found) -> None:
    permissions = subject.value("widgetPermissions") or {}
    if not isinstance(permissions, Mapping):
        return
    if WIDGET_ID not in permissions:
        message = f"no permission for {shown(WIDGET_ID)}: the widget is refused"
        where = ["widgetPermissions"]
        if closest(WIDGET_ID, permissions):
            nearly = next((key for key in permissions if closest(key, [WIDGET_ID])), None)
            if nearly is not None:
                where.append(nearly)
                message += f"; {shown(nearly)} is not it{closest(nearly, [WIDGET_ID])}"
        found.at(subject, where, "widget-refused", message)
        return
    path = ["widgetPermissions", WIDGET_ID]
    if subject.value(*path, "allowed") is False:
        where = [*path, "allowed"]
        allowed = Put(tuple(where), True)
        found.at(subject, where, "widget-refused", "the widget is refused", allowed)
    _judge_widget_division(subject, [*path, "configurationDefaults", "divisionId"], found)


def _judge_redirect(address: str, path: Path, subject: Subject, found: Found) -> None:
    why = _why_inexact(address)
    if why:
        found.at(subject, path, "redirect-inexact", f"{shown(address)} {why}")
        return
    try:
        parts = urlsplit(address)
        scheme, host = parts.scheme, parts.hostname
    except ValueError:  # such as brackets that hold no IPv6 address
        scheme, host = "", None
    if scheme == "https" and host:
        return
    if scheme == "http" and host in ("localhost", "127.0.0.1", "::1"):
        message = f"{shown(address)} is good for development only"
        found.at(subject, path, "redirect-local", message)
    else:
        message = f"{shown(address)} is not an https address"
        found.at(subject, path, "redirect-insecure", message)


def _why_inexact(address: str) -> str | None:
    """Give why no login can return to an address: it is compared letter by letter."""
    if any(c.isspace() or not c.isprintable() for c in address):
        return "has white space in it: an address is compared letter by letter"
    if "*" in address:
        return "has a wildcard, and an address is compared letter by letter: give each in full"
    if "#" in address:
        return "has a fragment (#…), which OAuth does not allow in a redirect address"
    return None

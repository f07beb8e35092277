"""A deployment: what files make together, an organisation and what is put up for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from simkit.base.errors import BadInput, shown
from simkit.base.names import plain_name
from simkit.base.reading import validation
from simkit.base.reading.document import key_in
from simkit.checking.exported import NOTHING, Exported
from simkit.checking.findings import UNSEEN, Found, Subject
from simkit.checking.payloads import is_refresh
from simkit.checking.platforms import GUIDE, Platform, exporting
from simkit.inputs.loading import load_document
from simkit.inputs.profiles import default_section
from simkit.rules.divisions import is_division_id
from simkit.rules.organisation import Organisation, ReasonCode
from simkit.rules.payloads import WIDGET_ID, WidgetConfiguration, means_context_division
from simkit.rules.sections import CONTEXT_DIVISION, SECTIONS
from simkit.rules.settings import Settings

Path = tuple[str | int, ...]
_SHARED = "CLIENT"
"""In the grant of a client whose token is no user's own (CLIENT_CREDENTIALS)."""


@dataclass(frozen=True)
class Told:
    """A part of the settings as a file tells it."""

    found: Found = field(repr=False, compare=False)
    """The findings of the file."""
    subject: Subject
    path: Path = ()
    """Where its keys stand."""
    is_payload: bool = True
    """Whether its keys are those of the platform, in camelCase; else those of the kit."""

    @property
    def file(self) -> str:
        return self.found.file

    def inside(self, *more: str | int) -> Told:
        """Give what stands below."""
        return replace(self, path=(*self.path, *more))

    def where(self, name: str) -> Path:
        """Give the path of a setting, in the spelling of the file or the usual one."""
        known = self.value()
        key = key_in(known, name) if isinstance(known, Mapping) else None
        return (*self.path, key or (to_camel(name) if self.is_payload else name))

    def place(self, name: str) -> tuple[int, int]:
        """Give where a setting stands, or what it would stand in."""
        return self.subject.document.where(self.where(name)) or (1, 1)

    def value(self, name: str | None = None) -> Any:
        """Give a setting, or all of them; None where it is not told, UNSEEN where not known."""
        return self.subject.value(*(self.path if name is None else self.where(name)))


@dataclass(frozen=True)
class Widget:
    """A widget as one file configures it, on the organisation."""

    told: Told
    settings: Settings
    unseen: frozenset[str] = frozenset()
    """Settings that only a browser knows."""

    @property
    def static(self) -> str | None:
        """The id of the division that is written into it, if one is."""
        asked = self.settings.widget.division_id
        return asked if is_division_id(asked) else None


@dataclass(frozen=True)
class Deployment:
    """An organisation, and what is put up for it."""

    settings: Settings
    """Those that all widgets share."""
    widgets: tuple[Widget, ...]
    application: Told | None = None
    scenario: Told | None = None
    """The whole scenario, where there is one."""
    codes: tuple[Told, ...] = ()
    """Reason codes that are to be created."""
    clients: tuple[Told, ...] = ()
    """OAuth clients of exports."""
    described: Told | None = None
    """Where the organisation is described; None for one that exports make."""
    knows: frozenset[str] = frozenset(["divisions", "definitions"])
    """Of what of the organisation the files tell: of all divisions, of the codes there are."""
    platform: Platform = GUIDE
    """What it is judged for."""

    @property
    def organisation(self) -> Organisation:
        return self.settings.organisation

    @cached_property
    def unbound(self) -> frozenset[str]:
        """The names of codes that are to be created without a division."""
        bare = (told for told in self.codes if told.value("division_id") is None)
        return frozenset(str(told.value("name")) for told in bare)

    def settings_of(self, file: str) -> Settings:
        """Give the settings that a file's findings are about."""
        own = (widget.settings for widget in self.widgets if widget.told.file == file)
        every = (widget.settings for widget in self.widgets)
        return next(own, None) or next(every, self.settings)


@dataclass(frozen=True)
class Pieces:
    """What of a deployment files hold, before it is put together."""

    widgets: tuple[Told, ...] = ()
    applications: tuple[Told, ...] = ()
    codes: tuple[Told, ...] = ()
    scenarios: tuple[Told, ...] = ()
    organisations: tuple[Told, ...] = ()
    clients: tuple[Told, ...] = ()
    exported: Exported = NOTHING
    platform: Platform = GUIDE

    @property
    def is_deployment(self) -> bool:
        """Whether there is an organisation, and something else than what describes it."""
        is_exported = self.exported.organisation is not None
        sources = bool(self.organisations), is_exported, bool(self.scenarios)
        others = bool(self.widgets), bool(self.applications), bool(self.codes)
        return any(sources) and sum(sources) + sum(others) > 1


def put_together(pieces: Pieces) -> Deployment | None:
    """Give the deployment that the pieces make; what cannot be used is a finding of its file."""
    organisation, described = _organisation(pieces)
    scenario = _first(pieces.scenarios, "scenario")
    try:
        settings = _settings(scenario, organisation, pieces.platform)
        scenario_codes = settings.organisation
        settings = settings.with_top(organisation=_with_codes(scenario_codes, pieces.codes))
    except BadInput as problem:
        blamed = scenario or described
        if blamed:
            blamed.found.refusal("unreadable", problem)
        return None
    if described is None and organisation is None and scenario is not None:
        inline = isinstance(scenario.value("organisation"), Mapping)
        described = scenario.inside("organisation") if inline else None
    application = _first(pieces.applications, "application")
    if application:
        settings = _applied(settings, _application(application, settings, scenario), application)
    knows = Deployment.knows
    if organisation is not None and described is None:
        settings = _on_the_platform(settings, pieces, scenario)
        knows = pieces.exported.holds.union(["definitions"] if pieces.codes else [])
    tellers = list(pieces.widgets)
    if not tellers and scenario:
        tellers = [scenario.inside("widget")]
    return Deployment(
        settings,
        tuple(_widget(told, settings, scenario, application) for told in tellers),
        application,
        scenario,
        pieces.codes,
        pieces.clients,
        described,
        knows,
        pieces.platform,
    )


def _first(told: Sequence[Told], what: str) -> Told | None:
    """Give the first of several that there can be one of; of the others it is said."""
    for other in told[1:]:
        message = f"a second {what}: that of {told[0].file} is taken"
        other.found.at(other.subject, other.path, "settings-contradict", message)
    return told[0] if told else None


# --- the organisation -------------------------------------------------------------------------


def _organisation(pieces: Pieces) -> tuple[Organisation | None, Told | None]:
    """Give the organisation, and where it is described; None for that of the scenario."""
    for told in pieces.organisations:
        try:
            made = validation.validate(Organisation, told.subject.document)
        except BadInput as problem:
            told.found.refusal("unreadable", problem)
            continue
        _first(pieces.organisations, "organisation")
        return made, told
    return pieces.exported.organisation, None


def _settings(
    scenario: Told | None, organisation: Organisation | None, platform: Platform
) -> Settings:
    if scenario:
        document = scenario.subject.document
        path, usual = FilePath(scenario.file), (platform if platform.asked else GUIDE).profile
        settings = load_document(document, path, organisation, usual)
        if settings.profile != platform.profile and platform.asked:
            line, column = document.where(("profile",)) or (1, 1)
            raise BadInput(
                file=scenario.file,
                line=line,
                column=column,
                field="profile",
                found=shown(settings.profile),
                allowed=shown(platform.profile),
            )
        return settings
    if organisation is None:
        raise BadInput("no organisation is described")
    parts = {name: default_section(name, platform.profile) for name in SECTIONS}
    top = {"organisation": organisation, "profile": platform.profile}
    return validation.validate_data(Settings, {**top, **parts})


def _with_codes(organisation: Organisation, codes: Iterable[Told]) -> Organisation:
    """Give the organisation with reason codes that are to be created; one it has is not new."""
    known = {(code.name, code.division) for code in organisation.codes}
    ids = {code.id for code in organisation.codes}
    new = []
    for told in codes:
        made = _code(told, organisation, f"new-code-{len(ids) + 1}")
        if made and (made.name, made.division) not in known and made.id not in ids:
            known.add((made.name, made.division))
            ids.add(made.id)
            new.append(made)
    if not new:
        return organisation
    parts: dict[str, Any] = {
        name: getattr(organisation, name) for name in Organisation.model_fields
    }
    try:
        return Organisation.model_validate(parts | {"codes": [*organisation.codes, *new]})
    except ValidationError as problem:
        raise BadInput(problem.errors()[0]["msg"], field="codes") from None


def _code(told: Told, organisation: Organisation, unused: str) -> ReasonCode | None:
    name, kind = told.value("name"), told.value("type")
    division = home_of(told, organisation)
    if division is None or not isinstance(name, str) or not plain_name(name):
        return None
    given = told.value("id")
    data = {"id": given if isinstance(given, str) and given else unused, "name": plain_name(name)}
    try:
        return ReasonCode.model_validate({**data, "type": kind, "division": division})
    except ValidationError:  # which the findings of its file say
        return None


def home_of(told: Told, organisation: Organisation) -> str | None:
    """Give the division that a reason code lands in; None where the organisation has none such."""
    given = told.value("division_id")
    if given is None:
        inside = told.value("division")
        given = inside.get("id") if isinstance(inside, Mapping) else None
    if given is None:
        return organisation.tree.root
    own = organisation.own_division_id(given) if isinstance(given, str) else None
    return organisation.division_by_id.get(own) if own else None


# --- settings ---------------------------------------------------------------------------------


def _application(told: Told, settings: Settings, scenario: Told | None) -> dict[str, Any]:
    """Give the settings of the application that a registration makes."""
    changes: dict[str, Any] = {}
    scopes = told.value("scopes")
    if isinstance(scopes, list):
        changes["scopes"] = told.found.platform.meant(scopes)
    permissions = told.value("widget_permissions")
    changes["widget_permissions"] = {}
    if isinstance(permissions, Mapping) and isinstance(permissions.get(WIDGET_ID), Mapping):
        inside = told.inside(told.where("widget_permissions")[-1], WIDGET_ID)
        interval = inside.inside("configurationDefaults").value("refresh_interval_ms")
        permission: dict[str, Any] = {"allowed": inside.value("allowed") is not False}
        if isinstance(interval, int):
            permission["configuration_defaults"] = {"refresh_interval_ms": interval}
        changes["widget_permissions"] = {WIDGET_ID: permission}
    usual = settings.application if scenario else None
    flow = told.value("authorization_flow")
    changes["authorization_flow"] = flow or (usual.authorization_flow if usual else "implicit")
    granted = told.value("refresh_token")
    if granted is None:
        granted = any(map(is_refresh, changes.get("scopes", ())))
    changes["refresh_token"] = granted
    return changes


def _on_the_platform(settings: Settings, pieces: Pieces, scenario: Told | None) -> Settings:
    """Give settings with the limit of the platform that exports come from, and its tokens.

    A scenario that has a limit has its tokens as well.
    """
    limit, grants = settings.platform.rate_limit_per_min, pieces.exported.grants
    if (scenario and limit is not None) or len(grants) != 1:
        return settings
    return settings.replace(
        rate_limit_per_min=exporting(pieces.platform).rate_limit_per_min,
        token_topology="shared" if _SHARED in grants[0].upper() else "own",
    )


def _widget(
    told: Told, settings: Settings, scenario: Told | None, application: Told | None
) -> Widget:
    if scenario is not None and told.path == ("widget",):
        return Widget(told, settings)
    changes: dict[str, Any] = {}
    unseen = set()
    defaults = application and application.inside(
        "widgetPermissions", WIDGET_ID, "configurationDefaults"
    )
    for name in WidgetConfiguration.model_fields:
        value = told.value(name)
        if value is None and defaults is not None:
            value = defaults.value(name)
        if value is UNSEEN:
            unseen.add(name)
        elif value is not None:
            changes[name] = value
    if scenario is None:
        changes.setdefault("auto_refresh", False)  # nobody asked for it
    if "version" in changes:
        del changes["version"]
        changes["version_parameter"] = True
    division = changes.pop("division_id", None)
    if isinstance(division, str):
        is_context = means_context_division(division)
        changes["division_id"] = CONTEXT_DIVISION if is_context else division
        if not is_context and not is_division_id(division):
            unseen.add("division_id")  # a mistake that the findings of its file say
    return Widget(told, _applied(settings, changes, told), frozenset(unseen))


def _applied(settings: Settings, changes: Mapping[str, Any], told: Told) -> Settings:
    """Give settings with those that a file tells; what is refused of them stays as it was."""
    try:
        return settings.replace(changes)
    except BadInput:
        pass
    for name, value in changes.items():
        try:
            settings = settings.replace({name: value})
        except BadInput as problem:
            known = {each.field for each in told.found.findings if each.severity == "error"}
            where = told.where(name)
            if ".".join(map(str, (*told.subject.prefix, *where))) not in known:
                told.found.at(told.subject, where, "settings-impossible", problem.message)
    return settings


def contradictions(deployment: Deployment) -> Iterator[tuple[Told, str, Any, str]]:
    """Give settings of the widget that two files tell otherwise.

    Who tells it last, which it is, and the value that the first file has, with its name.
    """
    tellers = [widget.told for widget in deployment.widgets]
    scenario = deployment.scenario and deployment.scenario.inside("widget")
    if scenario and scenario not in tellers:
        tellers.append(scenario)
    for name in ("filter_type", "status_reason_types", "refresh_interval_ms", "auto_refresh"):
        told = [(each, each.value(name)) for each in tellers]
        known = [(each, value) for each, value in told if value is not None and value is not UNSEEN]
        for each, value in known[1:]:
            first, usual = known[0]
            # Which ingredients of renewal there are is told of together.
            is_apart = name == "auto_refresh" and not each.is_payload
            if _plain(value) != _plain(usual) and not is_apart:
                yield each, name, usual, f"{shown(usual)} in {first.file}"


def _plain(value: Any) -> Any:
    return frozenset(map(str, value)) if isinstance(value, list) else value

"""Settings of a run: frozen, validated, each field with its bounds and its reason.

Fields are addressed by dotted paths (``widget.refresh_interval_ms``); the last part is unique over
all sections, so that ``settings.replace(refresh_interval_ms=15_000)`` is enough.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from hashlib import blake2b
from typing import Annotated, Any, Literal, NamedTuple, get_args

from pydantic import Field, ValidationInfo, field_validator, model_validator

from simkit.base import given
from simkit.base.clock import HOUR, MINUTE, is_midnight, parse_end, parse_wall
from simkit.base.errors import BadInput, LocatedError, closest
from simkit.rules import oauth, prerequisites
from simkit.rules.organisation import Figures, Organisation, ReasonType, Section

CONTEXT_DIVISION = "{{context.user.divisionId}}"
PAGE_DIVISION = "{{page.divisionId}}"
"""The kit's own way to say: written into the page, one page per division, never re-read."""

Probability = Annotated[float, Field(strict=True, ge=0, le=1, allow_inf_nan=False)]


def _ms(default: Any, low: int, high: int, description: str) -> Any:
    return Field(default=default, strict=True, ge=low, le=high, description=f"{description} (ms)")


class WidgetSettings(Figures):
    """The embedded widget: the guide's configuration keys, then what the guide leaves open."""

    division_id: str = Field(
        default=CONTEXT_DIVISION,
        max_length=300,
        description="Division asked for: the context variable, a static id, or "
        f"{PAGE_DIVISION} for the id written into each division's page",
    )
    filter_type: Literal["division", "hierarchical"] = Field(
        default="division", description="Exact match, or the division and its ancestors"
    )
    status_reason_types: tuple[ReasonType, ...] = Field(
        default=("BREAK", "TRAINING", "OTHER"), description="Types of codes that are listed"
    )
    display_mode: Literal["dropdown"] = Field(
        default="dropdown", description="How the list is shown"
    )
    auto_select: bool = Field(
        strict=True,
        default=False,
        description="Preselect the first code; agents here choose by name, so it changes no result",
    )
    refresh_interval_ms: int | None = _ms(
        30_000, 1_000, HOUR, "Time between polls; none takes the application's default"
    )
    show_color_indicator: bool = Field(
        strict=True, default=True, description="Show the colour of each code"
    )
    placeholder_text: str = Field(
        default="Select a status reason", max_length=300, description="Text of the closed dropdown"
    )
    auto_refresh: bool = Field(
        strict=True,
        default=True,
        description="Silent token renewal asked for; one of four ingredients",
    )
    clear_cache_on_mount: bool = Field(
        strict=True, default=False, description="Drop the cached list at each page load"
    )
    version_parameter: bool = Field(
        strict=True, default=False, description="Ask with a version that grows when codes change"
    )
    on_error: Literal["swallow", "surface"] = Field(
        default="swallow", description="Show success whatever the reply, or show the refusal"
    )
    on_401: Literal["freeze", "keep_showing"] = Field(
        default="freeze", description="What a poll's 401 does to the dropdown"
    )
    config_reread: Literal["mount", "poll"] = Field(
        default="poll", description="When the version parameter is read again"
    )
    division_reread: Literal["session", "renewal", "request"] = Field(
        default="renewal", description="When the context variable is evaluated again"
    )
    dataset_life_polls: int = Field(
        strict=True,
        default=1,
        ge=1,
        le=100_000,
        description="The list shown is replaced at every k-th poll; 1 is plain polling",
    )
    http_max_age_ms: int = _ms(
        0, 0, 24 * HOUR, "Polls are answered by the browser's cache up to this age; 0 for never"
    )
    override_guard: Literal["none", "lock", "warn"] = Field(
        default="none", description="Lock the widget, or warn, while an override is due"
    )
    override_window_ms: int = _ms(MINUTE, 0, HOUR, "How long before an override the guard holds")
    retry_after_lock: bool = Field(
        strict=True,
        default=True,
        description="An agent turned away tries once more when the guard ends",
    )
    force: bool = Field(
        strict=True, default=False, description="Submit with force: the status holds"
    )
    retry_attempts: int = Field(
        strict=True,
        default=2,
        ge=0,
        le=10,
        description="Further tries of a submission that the network lost",
    )
    honour_retry_after: bool = Field(
        strict=True, default=False, description="After a 429, no poll until Retry-After has passed"
    )
    retry_jitter_ms: int = _ms(0, 0, HOUR, "Longest random wait added to Retry-After, uniform")
    start_jitter_ms: int = _ms(
        0, 0, HOUR, "Longest random wait between a page load and its first poll, uniform"
    )


class WidgetPermission(Figures):
    """What the portal application allows one widget."""

    allowed: bool = Field(strict=True, default=True, description="Refused when false")
    configuration_defaults: ConfigurationDefaults = Field(
        default_factory=lambda: ConfigurationDefaults(),
        description="Used where the widget's own configuration says nothing",
    )


class ConfigurationDefaults(Figures):
    """Defaults that the application gives its widgets."""

    refresh_interval_ms: int = _ms(30_000, 1_000, HOUR, "Time between polls")


class ApplicationSettings(Figures):
    """The portal application: the OAuth client behind every embedded widget."""

    application_type: Literal["portal"] = Field(default="portal", description="Kind of client")
    scopes: tuple[str, ...] = Field(
        default=oauth.KNOWN_SCOPES, description="Scopes that its tokens carry"
    )
    redirect_uris: tuple[str, ...] = Field(
        default=("https://portal.example/callback",), description="OAuth redirect addresses"
    )
    widget_permissions: dict[str, WidgetPermission] = Field(
        default_factory=lambda: {"status-reason": WidgetPermission()},
        description="Widgets that may run; absent or not allowed means refused",
    )
    authorization_flow: Literal["pkce", "implicit"] = Field(
        default="pkce", description="OAuth flow; one of four ingredients of silent renewal"
    )
    refresh_token: bool = Field(
        strict=True,
        default=True,
        description="Refresh-token scope granted; one of the four ingredients",
    )
    token_topology: Literal["own", "shared"] = Field(
        default="own", description="A token per agent, or one for all widgets (limit only)"
    )


class SessionSettings(Figures):
    """The portal container around the widget, and the agent's login."""

    renewal_interceptor: bool = Field(
        strict=True,
        default=True,
        description="The container renews before expiry; one of the four ingredients",
    )
    poll_counts: bool = Field(
        strict=True, default=False, description="A poll is an act that renews a token"
    )
    relogin_after_ms: int | None = _ms(
        5 * MINUTE, 0, 8 * HOUR, "An agent who met a dead widget logs in after this; none for never"
    )


class ProvisioningSettings(Figures):
    """How the reason codes were created."""

    binding: Literal["explicit", "omitted", "parent"] = Field(
        default="explicit", description="divisionId given, left out, or that of the parent"
    )
    token_context: Literal["global", "user_default"] = Field(
        default="global", description="Where codes land without a divisionId"
    )
    duplicate_critical: bool = Field(
        strict=True,
        default=False,
        description="Copy critical codes into the division they are meant for",
    )

    licence: Literal["CX 1", "CX 2", "CX 3"] = Field(
        default="CX 2", description="Licence tier; Portal Builder needs CX 2"
    )
    portal_builder: bool = Field(
        strict=True, default=True, description="Deployed with Portal Builder"
    )
    permissions: tuple[str, ...] = Field(
        default=(*prerequisites.PERMISSIONS, prerequisites.PORTAL_PERMISSION),
        description="Permissions of the provisioning user",
    )

    @model_validator(mode="after")
    def _may_provision(self) -> ProvisioningSettings:
        unmet = prerequisites.unmet(self.licence, self.permissions, self.portal_builder)
        if unmet:
            raise LocatedError(f"provisioning is refused: {unmet.why}", (unmet.field,))
        return self


class WfmSettings(Figures):
    """Workforce management."""

    writes_status: bool = Field(
        strict=True, default=False, description="WFM writes the scheduled status at each transition"
    )
    mapped_types: tuple[ReasonType, ...] = Field(
        default=get_args(ReasonType),
        description="Types of codes that WFM maps to scheduled activities; it scores time on any "
        "other as an exception",
    )


class RoutingSettings(Figures):
    """The routing engine and its campaign."""

    sweep_interval_ms: int = _ms(
        0, 0, 8 * HOUR, "Time between sweeps that restore campaign availability; 0 for none"
    )
    ignore_manual: Literal["no", "leave_alone", "drop"] = Field(
        default="no",
        description="Manual codes in campaign hours: swept, left alone, or not applied at all",
    )
    campaign_hours: tuple[tuple[str, str], ...] = Field(
        default=(), description="Local times between which a campaign runs; none for all day"
    )

    @field_validator("campaign_hours")
    @classmethod
    def _are_wall_times(cls, hours: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        for start, end in hours:
            if parse_wall(start) == parse_end(end) and not is_midnight(end):
                raise ValueError("campaign hours must end at another time than they start")
        return hours


class Refusal(Figures):
    """How the platform refuses."""

    status: int = Field(strict=True, ge=400, le=499, description="HTTP status")
    code: str = Field(max_length=100, description="Error code in the body")


class PlatformSettings(Figures):
    """Constants of the platform; their values come from the profile, with source and grade."""

    token_life_ms: int = Field(
        strict=True, ge=2_000, le=oauth.LONGEST_LIFE_MS, description="Life of an access token (ms)"
    )
    renewal_lead_ms: int = Field(
        strict=True, ge=1, le=HOUR, description="Silent renewal leaves this long before expiry (ms)"
    )
    rate_limit_per_min: int | None = Field(
        strict=True,
        ge=1,
        le=10_000_000,
        description="Requests per token and minute; none for no limit",
    )
    malformed_division: Refusal = Field(description="A list asked for an impossible division id")
    unknown_division: Refusal = Field(description="A list asked for a division that is not there")
    dead_token: Refusal = Field(description="A request with a token that has expired")
    missing_scope: Refusal = Field(description="A request whose token lacks the scope")
    widget_not_allowed: Refusal = Field(description="A widget that the application does not allow")
    reason_not_usable: Refusal = Field(description="A submitted reason that may not be used")
    too_many_requests: Refusal = Field(description="A request above the rate limit")

    @property
    def renewal_period_ms(self) -> int:
        """Time from the issue of a token to the departure of its silent renewal."""
        return self.token_life_ms - self.renewal_lead_ms


class WireSettings(Figures):
    """The network between browser and platform; up and down are drawn alike and apart."""

    delay_min_ms: int = _ms(20, 1, 10_000, "Shortest delay of one direction")
    delay_median_ms: int = _ms(60, 1, 10_000, "Median delay of one direction")
    delay_max_ms: int = _ms(250, 1, 10_000, "Longest delay of one direction")

    @model_validator(mode="after")
    def _is_ordered(self) -> WireSettings:
        if not self.delay_min_ms <= self.delay_median_ms <= self.delay_max_ms:
            raise LocatedError("delays must not fall from min to median to max", ("delay_min_ms",))
        return self


class WorkloadSettings(Figures):
    """What happens to the deployment from outside; drawn before the run, the same for every fix."""

    start_spread_ms: int = _ms(
        30 * MINUTE, 0, 4 * HOUR, "Shifts start over this span: agents do not log in at once"
    )
    unscheduled_breaks: float = Field(
        strict=True,
        default=3.0,
        ge=0,
        le=50,
        description="Mean unscheduled changes per agent and shift",
    )
    follow_up_probability: Probability = Field(
        default=0.5, description="Chance that an agent wants a further reason when an activity ends"
    )
    cluster_sd_ms: int = _ms(
        MINUTE, 0, HOUR, "Spread of wanted changes around scheduled transitions, as one sd"
    )
    deactivation_probability: Probability = Field(
        default=0.0, description="Chance of each code to be deactivated during the run"
    )
    edit_channel: Literal["pipeline", "console"] = Field(
        default="pipeline", description="Edits by pipeline raise the version, by hand do not"
    )
    reload_probability: Probability = Field(
        default=0.0, description="Chance of each agent to reload after the notice of an edit"
    )
    reload_within_ms: int = _ms(10 * MINUTE, 1, 8 * HOUR, "Reloads follow a notice within this")
    transfer_probability: Probability = Field(
        default=0.0, description="Chance of each agent to be transferred during the shift"
    )
    transfer_guard_ms: int = _ms(
        90 * MINUTE, 0, 8 * HOUR, "No transfer in this last part of a shift"
    )
    hidden_per_shift: int = Field(
        strict=True,
        default=0,
        ge=0,
        le=20,
        description="How often an agent's tab is hidden in a shift",
    )
    hidden_min_ms: int = _ms(5 * MINUTE, 1, 8 * HOUR, "Shortest time a tab stays hidden")
    hidden_max_ms: int = _ms(40 * MINUTE, 1, 8 * HOUR, "Longest time a tab stays hidden")
    outages_per_shift: int = Field(
        strict=True,
        default=0,
        ge=0,
        le=20,
        description="How often an agent's network fails in a shift",
    )
    outage_max_ms: int = _ms(2 * MINUTE, 1, 8 * HOUR, "Longest outage; the shortest is 1 s")

    @model_validator(mode="after")
    def _is_ordered(self) -> WorkloadSettings:
        if self.hidden_min_ms > self.hidden_max_ms:
            raise LocatedError("hidden_min_ms must not be above hidden_max_ms", ("hidden_min_ms",))
        return self


class Difference(NamedTuple):
    """One field in which two settings differ."""

    field: str
    old: Any
    new: Any


SECTIONS: dict[str, type[Section]] = {
    "widget": WidgetSettings,
    "application": ApplicationSettings,
    "session": SessionSettings,
    "provisioning": ProvisioningSettings,
    "wfm": WfmSettings,
    "routing": RoutingSettings,
    "platform": PlatformSettings,
    "wire": WireSettings,
    "workload": WorkloadSettings,
}
PATHS: dict[str, str] = {
    field: f"{section}.{field}"
    for section, model in SECTIONS.items()
    for field in model.model_fields
}
"""The dotted path of each field, by its last part."""


class Settings(Figures):
    """Everything a run depends on, the seed aside."""

    name: str = Field(default="unnamed", max_length=300, description="Name of the scenario")
    profile: str = Field(default="guide", max_length=100, description="Platform profile")
    seed: int = Field(
        strict=True, default=1, ge=0, lt=1 << 62, description="Seed used when none is given"
    )
    organisation: Organisation
    platform: PlatformSettings
    widget: WidgetSettings = WidgetSettings()
    application: ApplicationSettings = ApplicationSettings()
    session: SessionSettings = SessionSettings()
    provisioning: ProvisioningSettings = ProvisioningSettings()
    wfm: WfmSettings = WfmSettings()
    routing: RoutingSettings = RoutingSettings()
    wire: WireSettings = WireSettings()
    workload: WorkloadSettings = WorkloadSettings()

    def __repr__(self) -> str:
        org = self.organisation
        return f"Settings({self.name!r}, {len(org.agents)} agents, profile {self.profile!r})"

    __str__ = __repr__

    @field_validator("widget")
    @classmethod
    def _asks_in_the_spelling_of_the_organisation(
        cls, widget: WidgetSettings, info: ValidationInfo
    ) -> WidgetSettings:
        organisation = info.data.get("organisation")
        own = organisation and organisation.own_division_id(widget.division_id)
        if own in (None, widget.division_id):
            return widget
        return widget.model_copy(update={"division_id": own})

    @model_validator(mode="after")
    def _clocks_fit(self) -> Settings:
        if self.interval_ms <= self.longest_poll_ms:
            raise LocatedError(
                f"polls every {self.interval_ms} ms overlap: "
                f"one can take {self.longest_poll_ms} ms",
                ("widget", "refresh_interval_ms"),
            )
        try:
            self.campaign_ms  # noqa: B018 - a time that daylight saving skips is refused here
        except ValueError as problem:
            raise LocatedError(str(problem), ("routing", "campaign_hours")) from None
        why_late = oauth.why_not_renewed(
            self.platform.renewal_lead_ms, self.platform.token_life_ms, 2 * self.wire.delay_max_ms
        )
        if why_late:
            raise LocatedError(why_late, ("platform", "renewal_lead_ms"))
        return self

    @property
    def interval_ms(self) -> int:
        """The refresh interval in force: the widget's own, else the application's default."""
        own = self.widget.refresh_interval_ms
        if own is not None:
            return own
        allowed = self.application.widget_permissions.get("status-reason", WidgetPermission())
        return allowed.configuration_defaults.refresh_interval_ms

    @property
    def longest_poll_ms(self) -> int:
        """The longest time from a poll's departure to its last reply."""
        return self.longest_reach_ms + self.wire.delay_max_ms

    @property
    def longest_reach_ms(self) -> int:
        """The longest time from a poll's departure to its last arrival at the platform."""
        return self.wire.delay_max_ms * (3 if self.widget.version_parameter else 1)

    @property
    def silent_renewal(self) -> bool:
        """Whether tokens are renewed without the agent; derived from the four ingredients."""
        return oauth.renews_silently(
            self.widget.auto_refresh,
            self.application.authorization_flow,
            self.application.refresh_token,
            self.session.renewal_interceptor,
        )

    @property
    def widget_allowed(self) -> bool:
        """Whether the application lets the widget run at all."""
        permission = self.application.widget_permissions.get("status-reason")
        return permission is not None and permission.allowed

    @cached_property
    def campaign_ms(self) -> tuple[tuple[int, int], ...]:
        """Campaign hours in ms of the run: each day anew, and over midnight perhaps.

        As far as any shift goes, drawn or recorded; those before the run are among them, as without
        any hours all day is campaign.
        """
        calendar, latest = self.organisation.calendar, max(self.latest, 48 * HOUR)
        hours = []
        for start, end in self.routing.campaign_hours:
            begin, over = parse_wall(start), parse_end(end)
            days = -1 if over <= begin else 0
            while days <= 0 or calendar.roughly(begin, days) < latest:
                begins = calendar.ms(begin, days)
                hours.append((begins, calendar.first(over, begins + 1)))
                days += 1
        return tuple(sorted(hours))

    @property
    def latest(self) -> int:
        """A time that no drawn shift reaches beyond, in ms of the run."""
        ends = (hours.end for hours in self.organisation.hours.values())
        return max(ends) + self.workload.start_spread_ms

    @cached_property
    def hash(self) -> str:
        """A hash over all that a run depends on: not the name, not the seed."""
        left_out: dict[str, Any] = {"name": True, "seed": True}
        if self.wfm.mapped_types == WfmSettings().mapped_types:
            # The field is younger than the hashes that are written down.
            left_out["wfm"] = {"mapped_types"}
        text = json.dumps(self.model_dump(mode="json", exclude=left_out), sort_keys=True)
        return blake2b(text.encode(), digest_size=12).hexdigest()

    @cached_property
    def told(self) -> set[tuple[str, str]]:
        """The doubts about these settings that are not told again.

        They were told already, of these or of those that these were made from, or are a trap's
        point. No part of the settings: equal ones may differ here.
        """
        return set()

    @property
    def effective(self) -> Settings:
        """Settings that run alike: ingredients of silent renewal count only all four together.

        Where the configuration is read on the wire its size depends on them, so nothing changes.
        """
        # Settings that kept themselves could not be compared.
        whole = self.widget.version_parameter or self.silent_renewal
        return self if whole else self.unrenewed

    @cached_property
    def unrenewed(self) -> Settings:
        """The same settings without any ingredient of silent renewal."""
        return self.replace(
            auto_refresh=False,
            authorization_flow="implicit",
            refresh_token=False,
            renewal_interceptor=False,
        )

    def get(self, path: str) -> Any:
        """Give a field by its dotted path or by its last part; BadInput when there is none."""
        section, field = dotted(path).split(".")
        return getattr(getattr(self, section), field)

    def replace(self, changes: Mapping[str, Any] | None = None, **fields: Any) -> Settings:
        """Give a copy with fields changed, by dotted path or last part; BadInput when refused."""
        by_section: dict[str, dict[str, Any]] = {}
        for path, value in {**given.mapping("changes", changes or {}), **fields}.items():
            section, field = dotted(path).split(".")
            by_section.setdefault(section, {})[field] = value
        return self._with_sections(by_section)

    def with_top(self, **parts: Any) -> Settings:
        """Give a copy with another organisation, name or seed; BadInput when it is refused."""
        from simkit.base.reading.validation import validate_data

        own: dict[str, Any] = {name: getattr(self, name) for name in type(self).model_fields}
        made = validate_data(Settings, own | parts)
        made.told.update(self.told)
        return made

    def _with_sections(self, by_section: Mapping[str, Mapping[str, Any]]) -> Settings:
        from simkit.base.reading.validation import validate_data

        parts: dict[str, Any] = {}
        for section, fields in by_section.items():
            own = getattr(self, section)
            merged = {name: getattr(own, name) for name in type(own).model_fields} | dict(fields)
            parts[section] = validate_data(SECTIONS[section], merged, at=(section,))
        return self.with_top(**parts)

    def flat(self) -> Iterator[tuple[str, Any]]:
        """Give (dotted path, value) of every field of every section."""
        for path in PATHS.values():
            yield path, self.get(path)


def dotted(path: str) -> str:
    """Give the full dotted path of a field named by path or last part; BadInput when unknown."""
    found = PATHS.get(path.rsplit(".", 1)[-1])
    if found is None or ("." in path and path != found):
        raise BadInput(
            problem=f"unknown setting {path!r}" + closest(path, [*PATHS, *PATHS.values()])
        )
    return found


def diff(old: Settings, new: Settings) -> list[Difference]:
    """Give the fields in which two settings differ: the lesson of a fix."""
    pairs = zip(old.flat(), new.flat(), strict=True)
    return [Difference(path, a, b) for (path, a), (_, b) in pairs if a != b]

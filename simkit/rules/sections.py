"""The sections of settings: frozen, validated, each field with its bounds and its reason.

Fields are addressed by dotted paths (``widget.refresh_interval_ms``); the last part is unique over
all sections, so that ``settings.replace(refresh_interval_ms=15_000)`` is enough.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import Field, field_validator, model_validator

from simkit.base.clock import HOUR, MINUTE, is_midnight, parse_end, parse_wall
from simkit.base.errors import BadInput, LocatedError, closest
from simkit.rules import oauth, prerequisites
from simkit.rules.organisation import Figures, ReasonType, Section

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
    refetch_on_focus: bool = Field(
        strict=True, default=False, description="Poll at once when the tab is shown again"
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
    permission_lag_ms: int = _ms(
        0,
        0,
        HOUR,
        "Time from a transfer until the platform judges by the new division what an agent may see "
        "and use",
    )

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


def dotted(path: str) -> str:
    """Give the full dotted path of a field named by path or last part; BadInput when unknown."""
    found = PATHS.get(path.rsplit(".", 1)[-1])
    if found is None or ("." in path and path != found):
        raise BadInput(
            problem=f"unknown setting {path!r}" + closest(path, [*PATHS, *PATHS.values()])
        )
    return found

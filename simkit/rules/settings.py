"""Settings of a run: an organisation, what all sections say, and what follows from them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from hashlib import blake2b
from typing import Any, NamedTuple

from pydantic import Field, ValidationInfo, field_validator, model_validator

from simkit.base import given
from simkit.base.clock import HOUR, parse_end, parse_wall
from simkit.base.errors import LocatedError
from simkit.base.formatting import counted
from simkit.rules import oauth
from simkit.rules.organisation import Figures, Organisation
from simkit.rules.sections import (
    PATHS,
    SECTIONS,
    ApplicationSettings,
    PlatformSettings,
    ProvisioningSettings,
    RoutingSettings,
    SessionSettings,
    WfmSettings,
    WidgetPermission,
    WidgetSettings,
    WireSettings,
    WorkloadSettings,
    dotted,
)


class Difference(NamedTuple):
    """One field in which two settings differ."""

    field: str
    old: Any
    new: Any


_YOUNGER = ("wfm.mapped_types", "platform.permission_lag_ms", "widget.refetch_on_focus")
"""Fields that are younger than results that are written down: at their defaults they count in no
hash, and a configuration on the wire does not name them."""


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
        agents = counted(len(self.organisation.agents), "agent")
        return f"Settings({self.name!r}, {agents}, profile {self.profile!r})"

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

    @property
    def unsaid(self) -> dict[str, set[str]]:
        """The younger fields that are at their defaults, by section: written down nowhere."""
        found: dict[str, set[str]] = {}
        for path in _YOUNGER:
            section, name = path.split(".")
            if self.get(path) == SECTIONS[section].model_fields[name].default:
                found.setdefault(section, set()).add(name)
        return found

    @cached_property
    def hash(self) -> str:
        """A hash over all that a run depends on: not the name, not the seed."""
        left_out: dict[str, Any] = {"name": True, "seed": True, **self.unsaid}
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


def diff(old: Settings, new: Settings) -> list[Difference]:
    """Give the fields in which two settings differ: the lesson of a fix."""
    pairs = zip(old.flat(), new.flat(), strict=True)
    return [Difference(path, a, b) for (path, a), (_, b) in pairs if a != b]

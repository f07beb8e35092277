"""What `check` has to know of a platform: what scopes are called there, and what holds there."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from simkit.base import given
from simkit.base.clock import HOUR, MINUTE
from simkit.rules.oauth import KNOWN_SCOPES

NOTIFICATIONS = "scope of notifications"
"""What a profile's names call the scope by which a widget is told of a change: none has to."""
_VENDOR = "genesys"
"""The profile of the platform whose exports these are: the guide's has none of them."""
_READONLY = ":readonly"


@dataclass(frozen=True)
class Platform:
    """A platform as its profile tells of it; the scopes of settings are always the kit's."""

    profile: str
    refusal: str
    """What is answered to whom a scope is missing."""
    token_life_ms: int
    rate_limit_per_min: int | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    """What scopes are called there, by what the kit calls them, where it is another name."""
    relations: Mapping[str, str] = field(default_factory=dict)
    """How traps stand there, by their ids."""
    follows_caller: bool = False
    """Whether a list that is asked for without a division is the agent's at each request."""
    asked: str = ""
    """What the profile was asked for by, its name or a file."""

    @property
    def is_guide(self) -> bool:
        """Whether it is the guide's own, where none is asked for."""
        return self.profile == GUIDE.profile

    @property
    def who(self) -> str:
        """Who says what it is like."""
        return "the guide" if self.is_guide else f"the profile {self.profile}"

    @property
    def idle_life(self) -> str:
        """How long a token lives that nobody uses.

        >>> GUIDE.idle_life
        '45 idle minutes'
        """
        hours, rest = divmod(self.token_life_ms, HOUR)
        if hours > 1 and not rest:
            return f"{hours} idle hours"
        return f"{self.token_life_ms / MINUTE:,g} idle minutes"

    def holds(self, trap: str | None) -> bool:
        """Say whether a trap is one there, as far as the profile tells."""
        return self.relations.get(trap or "") != "vanishes"

    # --- scopes -------------------------------------------------------------------------------

    def called(self, scope: str) -> str:
        """Give what a scope of the kit is called there."""
        return self.names.get(scope, scope)

    @cached_property
    def scopes(self) -> Mapping[str, tuple[str, ...]]:
        """The names of a widget's scopes there, each with those of the kit that it is or covers.

        Those that only read stand there as whole ones as well.
        """
        optional = [self.names[NOTIFICATIONS]] if NOTIFICATIONS in self.names else []
        needed = [*map(self.called, KNOWN_SCOPES), *optional]
        return {
            name: tuple(s for s in KNOWN_SCOPES if self.called(s) in (name, name + _READONLY))
            for name in (*needed, *(name.removesuffix(_READONLY) for name in needed))
        }

    def meant(self, scopes: Iterable[Any]) -> tuple[str, ...]:
        """Give what scopes there are in settings; those of no widget stay what they are.

        >>> GUIDE.meant(["user:read", "recordings"])
        ('user:read', 'recordings')
        """
        names = [each for each in scopes if isinstance(each, str)]
        # A word of the kit's that is no name there grants nothing.
        known: dict[str, tuple[str, ...]] = {
            **{name: (name,) for name in names if name not in KNOWN_SCOPES},
            **self.scopes,
        }
        return tuple(scope for name in names for scope in known.get(name, ()))


GUIDE = Platform("guide", "403 INSUFFICIENT_OAUTH_SCOPE", 45 * MINUTE)
"""That of the guide: written down here as well, so that no profile is read where none is asked
for."""


def platform_of(profile: str | os.PathLike[str] | None) -> Platform:
    """Give the platform of a profile, by its name or as a file; BadInput when it cannot be used.

    That of the guide where none is asked for.
    """
    if profile is None:
        return GUIDE
    text = str(given.path("profile", profile))
    if text == GUIDE.profile:
        return replace(GUIDE, asked=text)
    from simkit.inputs import profiles  # here: a check without a profile reads none

    found = (
        profiles.read_profile(Path(text)) if profiles.is_file(text) else profiles.load_profile(text)
    )
    constants, widget = (found.section(name).model_dump() for name in ("platform", "widget"))
    refusal = constants["missing_scope"]
    return Platform(
        found.name,
        f"{refusal['status']} {refusal['code']}",
        constants["token_life_ms"],
        constants["rate_limit_per_min"],
        {
            what: str(found.names[what].value)
            for what in (*KNOWN_SCOPES, NOTIFICATIONS)
            if what in found.names
        },
        {trap.id: trap.relation for trap in found.traps},
        widget["division_reread"] == "request",
        text,
    )


def exporting(platform: Platform) -> Platform:
    """Give the platform whose exports are judged: the vendor's, unless another one is asked for."""
    return platform_of(_VENDOR) if platform.is_guide else platform

"""The guide's three JSON payloads as typed values, and what their texts may hold.

These are files meant for the platform: keys in camelCase, values of exactly the stated types. What
is merely unwise (a static division, a missing scope) passes here; `simkit.checking.check` finds it.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field

from simkit.base.clock import HOUR, SECOND
from simkit.base.names import plain_name
from simkit.rules.divisions import division_key, is_division_id
from simkit.rules.organisation import Figures, ReasonType
from simkit.rules.sections import CONTEXT_DIVISION

WIDGET_ID = "status-reason"
MAX_ENTRIES = 100
SERVER_KEYS = frozenset(
    [
        "id",
        "selfUri",
        "version",
        "division",
        "state",
        "dateCreated",
        "dateModified",
        "createdBy",
        "modifiedBy",
        "createdByApp",
        "modifiedByApp",
    ]
)
"""Keys that the platform itself adds to what one reads back from it."""


def _seen(text: str) -> str:
    if text and not any(c.isprintable() and not c.isspace() for c in text):
        raise ValueError("blank: one sees nothing of it")
    return text


Text = Annotated[str, Field(max_length=300)]
Label = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_seen)]


def _list(**bounds: Any) -> Any:
    # JSON has lists only; a frozen value wants tuples. The entries stay strict.
    return Field(strict=False, **bounds)


class Payload(Figures):
    """A frozen payload without coercion: the text "false" is not the value false."""

    model_config = ConfigDict(strict=True)


class ReasonCodePayload(Payload):
    """The body that creates one status reason code."""

    name: Label = Field(description="What agents read in the dropdown")
    description: str | None = Field(
        default=None, max_length=2_000, description="What the reason is for"
    )
    division_id: Text | None = Field(
        default=None,
        description="Division that the code is bound to; left out, it lands in Global or in the "
        "token user's division",
    )
    status: Literal["NOT_AVAILABLE", "AVAILABLE"] = Field(
        description="Availability while the reason holds; the guide shows NOT_AVAILABLE only"
    )
    color: str | None = Field(
        default=None, pattern=r"^#[0-9A-Fa-f]{6}$", description="a colour written #RRGGBB"
    )
    type: ReasonType = Field(
        description="Category; OTHER triggers no compliance calculation in workforce management"
    )
    is_default: bool = Field(default=False, description="Whether the code is the preset one")


class WidgetConfiguration(Payload):
    """What the widget is told: the guide's eight keys, then those that its fixes name.

    Everything may be left out, since an application can hold defaults.
    """

    division_id: Text | None = Field(
        default=None, description=f"A division's id, or {CONTEXT_DIVISION}"
    )
    filter_type: Literal["division", "hierarchical"] | None = Field(
        default=None, description="Exact match, or the division and its ancestors"
    )
    status_reason_types: tuple[ReasonType, ...] | None = _list(
        default=None, min_length=1, max_length=4, description="Categories of codes to list"
    )
    display_mode: Literal["dropdown"] | None = Field(
        default=None, description="How the list is shown"
    )
    auto_select: bool | None = Field(default=None, description="Preselect the first code")
    refresh_interval_ms: int | None = Field(
        default=None, ge=SECOND, le=HOUR, description="Time between polls (ms)"
    )
    show_color_indicator: bool | None = Field(
        default=None, description="Show the colour of each code"
    )
    placeholder_text: Text | None = Field(
        default=None, description="Text of the dropdown while nothing is chosen"
    )
    auto_refresh: bool | None = Field(
        default=None, description="Renew the token silently (one of the four ingredients of E2a)"
    )
    clear_cache_on_mount: bool | None = Field(
        default=None, description="Fetch afresh at each page load (E4c)"
    )
    on_error: Literal["swallow", "surface"] | None = Field(
        default=None, description="Hide or show refusals; the kit's own name for the choice"
    )
    version: int | None = Field(
        default=None, ge=0, lt=1 << 53, description="Grows when codes change (E4b)"
    )


class WidgetConfigurationFile(Payload):
    """A widget instance: a file of its own, or the object in an embedding snippet."""

    widget_id: Literal["status-reason"] = Field(description="Which widget is meant")
    version: Label | None = Field(default=None, description="Version of the widget")
    container_id: Label | None = Field(
        default=None, description="Id of the element in which a snippet shows the widget"
    )
    configuration: WidgetConfiguration = Field(description="What the widget is told")


class WidgetPermissionPayload(Payload):
    """What an application lets one widget do."""

    allowed: bool = Field(description="Whether the widget may run")
    configuration_defaults: WidgetConfiguration = Field(
        default=WidgetConfiguration(),
        description="Used where the widget's own configuration says nothing",
    )


class ApplicationRegistration(Payload):
    """The body that registers the portal application, the OAuth client of its widgets."""

    name: Label = Field(description="Name of the application")
    description: str | None = Field(
        default=None, max_length=2_000, description="What the application is for"
    )
    application_type: Literal["portal"] = Field(description="Kind of client")
    scopes: tuple[Text, ...] = _list(
        max_length=MAX_ENTRIES, description="OAuth scopes of its tokens"
    )
    redirect_uris: tuple[Annotated[str, Field(max_length=2_000)], ...] = _list(
        min_length=1, max_length=MAX_ENTRIES, description="Addresses that a login may return to"
    )
    widget_permissions: dict[str, WidgetPermissionPayload] = Field(
        default_factory=dict, description="Widgets that may run, by widget id"
    )
    authorization_flow: Literal["pkce", "implicit"] | None = Field(
        default=None, description="OAuth flow; the guide asks for PKCE but names no key for it"
    )
    refresh_token: bool | None = Field(
        default=None, description="Whether refresh tokens are granted; the kit's own name"
    )


_VARIABLE = re.compile(r"\{\{.*\}\}", re.DOTALL)
_GUID_SHAPE = re.compile(r"(?:[dD]-)?\w{8}-\w{4}-\w{4}-\w{4}-\w{12}")
_FORM = "8-4-4-4-12 hexadecimal digits, with or without d- in front"


def is_variable(text: str) -> bool:
    """Say whether a text is a variable of the portal, known or not."""
    return _VARIABLE.fullmatch(text.strip()) is not None


def means_context_division(text: str) -> bool:
    """Say whether a text is the variable of the agent's division, however it is spelled.

    >>> means_context_division("{{ Context.user.divisionID }}"), means_context_division("{{agent}}")
    (True, False)
    """
    letters = re.sub(r"[\s{}$%<>=]", "", text).casefold()
    return letters == CONTEXT_DIVISION.strip("{}").casefold()


def why_not_division_id(text: str) -> str | None:
    """Give what is impossible about a division's id, in words; None when it is possible.

    >>> why_not_division_id("8a7b6c5d-4e3f-2g1h-0000-000000000000")
    'not hexadecimal: it has g, h, and only 0-9 and a-f can be'
    """
    if is_division_id(text.lower()):
        nobody = set(division_key(text)) <= {"0", "-"}
        return "no division has the id of zeros" if nobody else None
    name = plain_name(text)
    if not name:
        return "it is empty"
    if is_division_id(name.lower()):
        return "white space belongs to it, at its ends"
    if name == "*":
        return f"* stands for all divisions in other places; here it is one id, {_FORM}"
    if _GUID_SHAPE.fullmatch(name):
        letters = dict.fromkeys(re.findall(r"[^0-9a-fA-F-]", re.sub("^[dD]-", "", name)))
        return f"not hexadecimal: it has {', '.join(letters)}, and only 0-9 and a-f can be"
    if re.search(r"[^\W\d]", name) and not re.search(r"\d.*-|[{}]", name):
        return f"a division's name, it seems, and its id is wanted: {_FORM}"
    return f"not of the form {_FORM}"

"""Events: a type for each kind of thing that happens in a run, and the table of all kinds.

Fields are what a log file holds under ``data``, in this order. Times are ms of the run, a division
is its id, a code is its number, and a ``mask`` has bit i set when code i is listed. A status is the
number of a code, -1 for Available or -2 for off the queue as scheduled.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, TypeAlias

from simkit.base.language import tr_noop

Side = Literal["ui", "platform", "script"]
"""Where something happens: on the desk, on the platform, or outside of both."""
UI: Side = "ui"
PLATFORM: Side = "platform"
SCRIPTED: Side = "script"

Writer = Literal["agent", "wfm", "routing", "return"]
"""Who writes a true status."""
LossReason = Literal["not listed", "frozen", "no list"]
DropdownState = Literal["list", "locked", "frozen"]


class CodeEdited(NamedTuple):
    """An administrator switched a code off or on."""

    code: int
    division: str
    """Where the code is bound."""
    active: bool
    version: int | None
    """Version of the configuration that it raised; None when edited by hand."""


class Transferred(NamedTuple):
    """An administrator moved the agent."""

    division: str


class PermissionsChanged(NamedTuple):
    """A transfer took effect: from now on the platform judges by the new division."""

    division: str


class WentOffline(NamedTuple):
    """The agent's network failed."""


class CameOnline(NamedTuple):
    """The agent's network came back."""


class LoggedIn(NamedTuple):
    """The page was loaded at the start, or after a dead widget."""

    mask: int
    """Of the list out of browser storage; 0 where there is none."""
    version: int
    """Of that list; -1 where there is none."""
    division: str


class Reloaded(NamedTuple):
    """The agent reloaded the page."""

    mask: int
    """Of the list out of browser storage; 0 where there is none."""
    version: int
    """Of that list; -1 where there is none."""
    division: str


class TabHidden(NamedTuple):
    """The tab was hidden: no polls."""


class TabShown(NamedTuple):
    """The tab was shown again."""


class ListShown(NamedTuple):
    """Another list is shown, or it was emptied by a refusal: then its version is -1."""

    mask: int
    version: int
    division: str
    as_of: int | None = None
    """When the platform judged it; a list that was emptied has none."""


class PollsFailed(NamedTuple):
    """Polls began to fail."""

    status: int
    """HTTP status; 0 is a request lost on the network."""
    code: str
    """The platform's error code."""


class PollsRecovered(NamedTuple):
    """Polls succeed again."""


class TokenRenewed(NamedTuple):
    """The token was renewed; its life counts from ``issued``."""

    issued: int


class DivisionRead(NamedTuple):
    """The context variable was read again and differs."""

    division: str


class VersionRead(NamedTuple):
    """The version parameter was read again and differs."""

    version: int


class DropdownOpened(NamedTuple):
    """The agent opened the dropdown for a reason's name."""

    wanted: str
    state: DropdownState
    shown: int
    """Number of entries."""


class Submitted(NamedTuple):
    """The agent chose a code."""

    code: int
    force: bool


class SuccessShown(NamedTuple):
    """The widget showed success; ``status`` and ``error`` are the reply that it got."""

    code: int
    status: int
    error: str


class ErrorShown(NamedTuple):
    """The widget showed the refusal."""

    code: int
    status: int
    error: str


class IntentionLost(NamedTuple):
    """The intention was given up."""

    wanted: str
    why: LossReason
    """``no list``: none came for as long as the status was meant to last."""


class Warned(NamedTuple):
    """The widget warned in place of submitting."""

    code: int


class TurnedAway(NamedTuple):
    """The widget was locked or warned."""

    wanted: str
    again: bool
    """Whether the agent will try once more."""


class ReturnedToWork(NamedTuple):
    """The agent went back to work by the desktop's own button."""


class StatusWritten(NamedTuple):
    """The true status was written."""

    status: int
    writer: Writer
    over: int
    """The status before."""


class SubmissionIgnored(NamedTuple):
    """The platform replied 200 and did not apply the code."""

    code: int


PAGE_LOADS = (LoggedIn, Reloaded)
PAGE_ACTS = (*PAGE_LOADS, DropdownOpened)
"""What an agent does on the page."""
LISTINGS = (LoggedIn, Reloaded, ListShown)
"""Kinds that say which list is shown."""
MOVES = (Transferred, PermissionsChanged)
"""Kinds after which an agent belongs to another division, by the account or as it is judged."""
STATUS_KINDS = (StatusWritten, SuccessShown, ReturnedToWork, SubmissionIgnored)
"""Kinds that have to do with what an agent's status is, or is believed to be."""
PageLoad: TypeAlias = LoggedIn | Reloaded
Event: TypeAlias = (
    CodeEdited
    | Transferred
    | PermissionsChanged
    | WentOffline
    | CameOnline
    | LoggedIn
    | Reloaded
    | TabHidden
    | TabShown
    | ListShown
    | PollsFailed
    | PollsRecovered
    | TokenRenewed
    | DivisionRead
    | VersionRead
    | DropdownOpened
    | Submitted
    | SuccessShown
    | ErrorShown
    | IntentionLost
    | Warned
    | TurnedAway
    | ReturnedToWork
    | StatusWritten
    | SubmissionIgnored
)


class Kind(NamedTuple):
    """What is the same of all records of a kind."""

    name: str
    """What the log calls it."""
    side: Side
    mark: str = ""
    """How a picture over time marks it; empty for what it does not mark, or not always alike."""
    only_after: bool = False
    """Whether it was due some time after what the log names as its cause, whatever happened."""
    says: str = ""
    """Its sentence, where that names nothing that a record holds; else it stands with *why*."""


KINDS: dict[type[Event], Kind] = {
    CodeEdited: Kind("edit", SCRIPTED, "edit"),
    Transferred: Kind("transfer", SCRIPTED, "transfer"),
    PermissionsChanged: Kind("permissions", PLATFORM, "transfer", only_after=True),
    WentOffline: Kind("offline", SCRIPTED, "tab", says=tr_noop("the agent's network failed")),
    CameOnline: Kind(
        "online", SCRIPTED, "tab", only_after=True, says=tr_noop("the agent's network came back")
    ),
    LoggedIn: Kind("login", UI, "page"),
    Reloaded: Kind("reload", UI, "page"),
    TabHidden: Kind("hidden", UI, "tab", says=tr_noop("the tab was hidden")),
    TabShown: Kind("shown", UI, "tab", only_after=True, says=tr_noop("the tab was shown again")),
    ListShown: Kind("list", UI, "list"),
    PollsFailed: Kind("trouble", UI),
    PollsRecovered: Kind("recovered", UI, says=tr_noop("polls are answered again")),
    TokenRenewed: Kind("renewed", UI, "renewal", only_after=True),
    DivisionRead: Kind("division", UI),
    VersionRead: Kind("version", UI),
    DropdownOpened: Kind("open", UI),
    Submitted: Kind("submit", UI),
    SuccessShown: Kind("success", UI),
    ErrorShown: Kind("error", UI),
    IntentionLost: Kind("lost", UI, "lost"),
    Warned: Kind("warned", UI, "lost"),
    TurnedAway: Kind("turned_away", UI, "lost"),
    ReturnedToWork: Kind(
        "return", UI, only_after=True, says=tr_noop("the agent went back to work")
    ),
    StatusWritten: Kind("status", PLATFORM),
    SubmissionIgnored: Kind("ignored", PLATFORM, "refused"),
}
"""All kinds of records: what there is, everywhere, is what stands here."""


def plain(event: Event) -> dict[str, Any]:
    """Give an event as a log file holds it; what does not apply to an emptied list is left out.

    >>> plain(ListShown(0, -1, ""))
    {'mask': 0, 'version': -1, 'division': ''}
    """
    data = event._asdict()
    if isinstance(event, ListShown) and event.as_of is None:
        del data["as_of"]
    return data

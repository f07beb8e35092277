"""Which rule decided a record: the function of the kit whose source is the answer to *why*."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from functools import cache
from typing import Any

from simkit.base.language import tr_noop
from simkit.engines.processes.actors import Agent
from simkit.engines.processes.platform import Account
from simkit.engines.processes.widget import Browser, Page
from simkit.rules import cache as caching
from simkit.rules import judging, limits, oauth, reasons, schedule
from simkit.rules.divisions import DivisionTree, is_division_id
from simkit.rules.reasons import Directory
from simkit.rules.replies import NETWORK_FAILURE, OK
from simkit.runs.events import (
    CodeEdited,
    DivisionRead,
    ErrorShown,
    Event,
    IntentionLost,
    ListShown,
    LoggedIn,
    PageLoad,
    PermissionsChanged,
    PollsFailed,
    Reloaded,
    StatusWritten,
    SubmissionIgnored,
    Submitted,
    SuccessShown,
    TokenRenewed,
    Transferred,
    TurnedAway,
    VersionRead,
    Warned,
)
from simkit.runs.log import Record

Rule = Callable[..., Any]

RULES: dict[str, Rule] = {
    tr_noop("who sees which code"): DivisionTree.visible,
    tr_noop("where a code lands"): reasons._bound_division,
    tr_noop("which codes may be used"): Directory.usable,
    tr_noop("when a transfer takes effect"): Account.judged_by,
    tr_noop("what a list answers, and when it changes"): Directory._history,
    tr_noop("what the agent picks"): Directory.wanted,
    tr_noop("how long a cached list holds"): caching.holds,
    tr_noop("when a list replaces what is shown"): Page.receive,
    tr_noop("when a token dies"): oauth.expires,
    tr_noop("when a token is renewed silently"): oauth.renews_silently,
    tr_noop("how a submission is judged"): judging.judge_submission,
    tr_noop("when too many is too many"): limits.FixedWindow.refused_for,
    tr_noop("what can be a division's id"): is_division_id,
    tr_noop("what WFM writes"): schedule.wfm_write,
    tr_noop("what the routing sweep writes"): schedule.sweep_write,
    tr_noop("what the widget shows after a submission"): Agent.submitting,
    tr_noop("when the dropdown is locked or warns"): Agent._guarded_until,
    tr_noop("when the version is read"): Page.read_version,
    tr_noop("when the division is read again"): Page.read_division,
    tr_noop("what a page load keeps"): Browser.load,
    tr_noop("how a page polls"): Page.polling,
    tr_noop("what an error does to the page"): Page.fail,
}
"""The deciding rules by what they decide, in plain words."""

_BY_STATUS = {
    400: "what can be a division's id",
    401: "when a token dies",
    404: "what can be a division's id",
    429: "when too many is too many",
}


@cache
def source_of(rule: str) -> str:
    """Give the source of a rule as it runs, its indentation removed."""
    return textwrap.dedent(inspect.getsource(RULES[rule])).rstrip()


def decider(record: Record) -> str:
    """Give the name of the rule that decided a record, empty where none did."""
    chosen = _DECIDERS.get(type(record.data), "")
    return chosen if isinstance(chosen, str) else chosen(record.data)


def _of_status(event: StatusWritten) -> str:
    writers = {
        "wfm": "what WFM writes",
        "routing": "what the routing sweep writes",
        "agent": "how a submission is judged",
    }
    return writers.get(event.writer, "")


def _of_success(event: SuccessShown) -> str:
    refused = event.status != OK
    return "what the widget shows after a submission" if refused else "how a submission is judged"


def _of_error(event: ErrorShown) -> str:
    if event.status == NETWORK_FAILURE:
        return "what the widget shows after a submission"
    return _BY_STATUS.get(event.status, "how a submission is judged")


def _of_list(event: ListShown) -> str:
    emptied = event.as_of is None
    return "what an error does to the page" if emptied else "when a list replaces what is shown"


def _of_trouble(event: PollsFailed) -> str:
    return _BY_STATUS.get(event.status, "what an error does to the page")


def _of_lost(event: IntentionLost) -> str:
    return "when a token dies" if event.why == "frozen" else "what the agent picks"


def _of_load(event: PageLoad) -> str:
    return "how long a cached list holds" if event.mask else "what a page load keeps"


_DECIDERS: dict[type[Event], str | Callable[[Any], str]] = {
    CodeEdited: "what a list answers, and when it changes",
    ListShown: _of_list,
    LoggedIn: _of_load,
    Reloaded: _of_load,
    StatusWritten: _of_status,
    SuccessShown: _of_success,
    ErrorShown: _of_error,
    SubmissionIgnored: "how a submission is judged",
    PollsFailed: _of_trouble,
    TokenRenewed: "when a token is renewed silently",
    DivisionRead: "when the division is read again",
    VersionRead: "when the version is read",
    Transferred: "which codes may be used",
    PermissionsChanged: "when a transfer takes effect",
    Submitted: "what the agent picks",
    IntentionLost: _of_lost,
    Warned: "when the dropdown is locked or warns",
    TurnedAway: "when the dropdown is locked or warns",
}

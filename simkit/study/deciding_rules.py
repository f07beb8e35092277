"""Which rule decided a record: the function of the kit whose source is the answer to *why*."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from functools import cache
from typing import Any

from simkit.engines.processes.actors import Agent
from simkit.engines.processes.platform import Platform
from simkit.engines.processes.widget import Browser, Page
from simkit.rules import cache as caching
from simkit.rules import limits, oauth, reasons, schedule
from simkit.rules.divisions import DivisionTree, is_division_id
from simkit.rules.reasons import Directory
from simkit.rules.replies import NETWORK_FAILURE
from simkit.runs.log import Record

Rule = Callable[..., Any]

RULES: dict[str, Rule] = {
    "who sees which code": DivisionTree.visible,
    "where a code lands": reasons._bound_division,
    "which codes may be used": Directory.usable,
    "what a list answers, and when it changes": Directory._history,
    "what the agent picks": Directory.wanted,
    "how long a cached list holds": caching.holds,
    "when a list replaces what is shown": Page.receive,
    "when a token dies": oauth.expires,
    "when a token is renewed silently": oauth.renews_silently,
    "how a submission is judged": Platform._submission,
    "when too many is too many": limits.FixedWindow.refused_for,
    "what can be a division's id": is_division_id,
    "what WFM writes": schedule.wfm_write,
    "what the routing sweep writes": schedule.sweep_write,
    "what the widget shows after a submission": Agent.submitting,
    "when the dropdown is locked or warns": Agent._guarded_until,
    "when the version is read": Page.read_version,
    "when the division is read again": Page.read_division,
    "what a page load keeps": Browser.load,
    "what an error does to the page": Page.fail,
}
"""The deciding rules by what they decide, in plain words."""

_BY_STATUS = {
    400: "what can be a division's id",
    401: "when a token dies",
    404: "what can be a division's id",
    429: "when too many is too many",
}


@cache
def source(rule: str) -> str:
    """Give the source of a rule as it runs, its indentation removed."""
    return textwrap.dedent(inspect.getsource(RULES[rule])).rstrip()


def decider(record: Record) -> str:
    """Give the name of the rule that decided a record, empty where none did."""
    chosen = _DECIDERS.get(record.kind, "")
    return chosen if isinstance(chosen, str) else chosen(record)


def _of_status(record: Record) -> str:
    writers = {
        "wfm": "what WFM writes",
        "routing": "what the routing sweep writes",
        "agent": "how a submission is judged",
    }
    return writers.get(record.data["writer"], "")


def _of_success(record: Record) -> str:
    refused = record.data["status"] != 200
    return "what the widget shows after a submission" if refused else "how a submission is judged"


def _of_error(record: Record) -> str:
    if record.data["status"] == NETWORK_FAILURE:
        return "what the widget shows after a submission"
    return _BY_STATUS.get(record.data["status"], "how a submission is judged")


def _of_list(record: Record) -> str:
    emptied = record.data["version"] < 0
    return "what an error does to the page" if emptied else "when a list replaces what is shown"


def _of_trouble(record: Record) -> str:
    return _BY_STATUS.get(record.data["status"], "what an error does to the page")


def _of_lost(record: Record) -> str:
    return "when a token dies" if record.data["why"] == "frozen" else "what the agent picks"


def _of_load(record: Record) -> str:
    return "how long a cached list holds" if record.data["mask"] else "what a page load keeps"


_DECIDERS: dict[str, str | Callable[[Record], str]] = {
    "edit": "what a list answers, and when it changes",
    "list": _of_list,
    "login": _of_load,
    "reload": _of_load,
    "status": _of_status,
    "success": _of_success,
    "error": _of_error,
    "ignored": "how a submission is judged",
    "trouble": _of_trouble,
    "renewed": "when a token is renewed silently",
    "division": "when the division is read again",
    "version": "when the version is read",
    "transfer": "which codes may be used",
    "submit": "what the agent picks",
    "lost": _of_lost,
    "warned": "when the dropdown is locked or warns",
    "turned_away": "when the dropdown is locked or warns",
}

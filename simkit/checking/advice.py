"""What to do about each finding of `check`, for whoever reads a rule without the kit beside it."""

from __future__ import annotations

from simkit.checking.findings import RULES
from simkit.checking.platforms import GUIDE, Platform
from simkit.rules.sections import CONTEXT_DIVISION

ADVICE: dict[str, str] = {
    "unreadable": "Give check a text file in UTF-8 that is there and may be read.",
    "unrecognised": "Give check only what it judges: reason codes, widget configurations, "
    "application registrations, and pages or scripts that embed the widget.",
    "syntax": "Mend the text at this place and check again: what follows was not judged.",
    "unjudged": "Check what is made of it: the filled-in template, or the script that a compiler "
    "writes.",
    "expression": "Look at it yourself, or write the value down where the widget is configured.",
    "other-widget": "Nothing, if another widget is meant.",
    "export": "Nothing: simkit import makes an organisation of it, and so does check beside what "
    "is put up for it.",
    "too-many": "Mend what is listed and check again, or check the file in parts.",
    "unknown-key": "Spell the key as the guide does, or take it out: what reads it passes it over.",
    "missing-key": "Add the key.",
    "duplicate-key": "Keep one of the two.",
    "wrong-value": "Give a value of the type and within the bounds that the message names.",
    "division-impossible": "Copy the id from the platform's list of divisions.",
    "division-variable": "In a widget's configuration spell the variable "
    f"{CONTEXT_DIVISION}; in a request give the division's id.",
    "division-omitted": "Give the id of the division whose agents shall see the code.",
    "division-unset": f"Set divisionId to {CONTEXT_DIVISION}, so that it follows the agent.",
    "division-static": f"Set divisionId to {CONTEXT_DIVISION}, so that it follows an agent who "
    "is transferred.",
    "default-twice": "Let one code of a division be its default.",
    "name-twice": "Give codes of one division names that agents can tell apart.",
    "auto-refresh-off": "Set autoRefresh to true.",
    "auto-refresh-unset": "Set autoRefresh to true, if agents leave the page idle.",
    "silent-renewal": "Ask for the PKCE flow and a scope that grants a refresh token.",
    "scope-write": "Add the scope: without it each choice is refused, and the agent is not told.",
    "scope-read": "Add the scope.",
    "scope-missing": "Add the scope.",
    "scope-unknown": "Spell the scope as the guide does, or take it out.",
    "widget-refused": "Allow the widget by its id under widgetPermissions.",
    "redirect-inexact": "Give each address in full, without wildcard, white space or fragment.",
    "redirect-insecure": "Give an address that begins with https.",
    "redirect-local": "Take it out of what goes into production.",
    "container-missing": "Set containerId to the id of an element of the page.",
    "container-unknown": "Give an element of the page this id, or name one that has its own.",
    "container-late": "Move the script below the container, or wait for DOMContentLoaded.",
    "sdk-missing": "Load the SDK by a script element before the widget is started.",
    "sdk-late": "Load the SDK before the script that starts the widget, without async or defer.",
    "sdk-elsewhere": "See to it that the SDK is there when the widget is started.",
    "init-missing": "Call GenesysCloudWidgets.init with the configuration.",
    "init-elsewhere": "See to it that some script calls GenesysCloudWidgets.init.",
    "codes-unbound": "Create each code with the id of the division that it is meant for.",
    "codes-above": "Set filterType to hierarchical, or copy the codes into the divisions below.",
    "list-empty": "Create codes for the division, or list the types that its codes have.",
    "codes-unseen": "List the type, bind the code to a division with agents, or take it away.",
    "isolation": "Set filterType to division, or bind what all may use to a division of no team.",
    "division-unknown": "Copy the id from the platform's list of divisions.",
    "renewal-impossible": "Give the application the PKCE flow and a refresh token, and the widget "
    "autoRefresh.",
    "status-overwritten": "Let the widget wait while an override is due, or let routing leave "
    "manual codes alone.",
    "force-adherence": "Let the widget wait while an override is due, in place of force.",
    "list-outlives": "Let each poll replace the list, or ask with a version that grows.",
    "interval-limit": "Poll less often, or give each agent a token.",
    "scope-unneeded": "Take the scope from the client, unless something else needs it.",
    "settings-contradict": "Keep one of the two values, in both files.",
    "settings-doubtful": "Look whether the value is meant.",
    "settings-impossible": "Change one of the settings that the message names.",
    "organisation-partial": "Export all pages: agents and codes of the others are not counted.",
}


_OF_SCOPES = frozenset(["scope-missing", "scope-unknown"])
"""Rules whose texts speak of the guide for what a profile says of scopes."""


def meaning_of(rule: str, platform: Platform = GUIDE) -> str:
    """Give what a rule stands for on a platform, as a sentence.

    >>> meaning_of("missing-key")
    'A key that the payload needs.'
    """
    text = _there(RULES[rule].meaning, rule, platform)
    return f"{text[:1].upper()}{text[1:]}."


def advice(rule: str, platform: Platform = GUIDE) -> str:
    """Give what to do about a finding of a rule on a platform."""
    if rule == "division-static" and platform.follows_caller:
        return "Take divisionId out: a list without one follows an agent who is transferred."
    return _there(ADVICE[rule], rule, platform)


def _there(text: str, rule: str, platform: Platform) -> str:
    return text.replace("the guide", platform.who) if rule in _OF_SCOPES else text


def advice_on(rule: str, platform: Platform = GUIDE) -> str:
    """Give what to do about a finding of a rule, and how to see the trap that it leads to.

    The profile that was asked for is part of the command; where it tells of no such trap, there
    is none to see.

    >>> advice_on("division-omitted").partition(". ")[2]
    'It leads to T1: simkit traps T1 measures it, simkit lab --app --trap T1 shows it.'
    """
    trap, told = RULES[rule].trap, advice(rule, platform)
    more = f"simkit traps {trap} measures it, simkit lab --app --trap {trap} shows it"
    if not platform.is_guide:
        trap = trap if trap in platform.relations else None
        more = f"simkit traps {trap} --profile {platform.asked} measures it"
    return f"{told} It leads to {trap}: {more}." if trap else told

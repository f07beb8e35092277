"""What to do about each finding of `check`, for whoever reads a rule without the kit beside it."""

from __future__ import annotations

from simkit.checking.findings import RULES
from simkit.rules.settings import CONTEXT_DIVISION

ADVICE: dict[str, str] = {
    "unreadable": "Give check a text file in UTF-8 that is there and may be read.",
    "unrecognised": "Give check only what it judges: reason codes, widget configurations, "
    "application registrations, and pages or scripts that embed the widget.",
    "syntax": "Mend the text at this place and check again: what follows was not judged.",
    "unjudged": "Check what is made of it: the filled-in template, or the script that a compiler "
    "writes.",
    "expression": "Look at it yourself, or write the value down where the widget is configured.",
    "other-widget": "Nothing, if another widget is meant.",
    "export": "Nothing: simkit import makes an organisation of it.",
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
}


def meaning_of(rule: str) -> str:
    """Give what a rule stands for, as a sentence.

    >>> meaning_of("missing-key")
    'A key that the payload needs.'
    """
    text = RULES[rule].meaning
    return f"{text[:1].upper()}{text[1:]}."


def advice_on(rule: str) -> str:
    """Give what to do about a finding of a rule, and how to see the trap that it leads to.

    >>> advice_on("division-omitted").partition(". ")[2]
    'It leads to T1: simkit traps T1 measures it, simkit lab --app --trap T1 shows it.'
    """
    trap = RULES[rule].trap
    more = f"simkit traps {trap} measures it, simkit lab --app --trap {trap} shows it"
    return f"{ADVICE[rule]} It leads to {trap}: {more}." if trap else ADVICE[rule]

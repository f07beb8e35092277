"""Files of other systems that people take for traces: told by what they are."""

from __future__ import annotations

import re

_STARTS = {
    "BEGIN:VCALENDAR": "a calendar (iCalendar)",
    "{": "JSON",
    "[": "JSON",
    "<": "a page or another document of markup",
}
_YAML = re.compile(r"(?:#.*\n|---\n|\s)*[\w.]+:(?:\s|$)")
_SCHEDULES = re.compile(r'"(?:agentSchedules|shifts|activities)"\s*:')
_TABLES = {
    "a log of statuses": {"status", "presence", "state", "aux"},
    "a table of schedules": {"activity", "activities", "schedule", "shift"},
}
"""What tables of other systems are called, and a column of theirs that tells."""
_TIMES = {"start", "end", "begin", "from", "to", "date", "time", "timestamp", "duration"}
_LONGEST_LOOK = 4_000


def kind_of_text(text: str) -> str:
    """Give in words what a text is that is no table; empty where that cannot be told.

    >>> kind_of_text('{"agentSchedules": []}'), kind_of_text("a,b\\n1,2")
    ('schedules as JSON', '')
    """
    text = text[:_LONGEST_LOOK].lstrip("\ufeff \t\r\n")
    kind = next((kind for start, kind in _STARTS.items() if text.startswith(start)), "")
    if kind == "JSON" and _SCHEDULES.search(text):
        return "schedules as JSON"
    return kind or ("YAML" if _YAML.match(text) else "")


def kind_of_table(head: list[str]) -> str:
    """Give in words which table of another system has such columns; empty for any other.

    >>> kind_of_table(["Agent Id", "Start Time", "Status"]), kind_of_table(["Name", "Phone"])
    ('a log of statuses', '')
    """
    words = set(re.findall(r"[a-z]+", " ".join(head)[:_LONGEST_LOOK].casefold()))
    if not words & _TIMES:
        return ""
    return next((kind for kind, telling in _TABLES.items() if words & telling), "")

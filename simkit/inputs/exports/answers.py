"""Questions that an import asks, their answers, and the file in which they are remembered."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from zoneinfo import available_timezones

from simkit.base.errors import BadInput, closest, shown
from simkit.base.names import plain_name
from simkit.base.reading import documents
from simkit.inputs.saving import flow

LEAVE_OUT, KEEP, ON_QUEUE = "leave_out", "keep", "on_queue"
KINDS = ("BREAK", "TRAINING", "OTHER", "CUSTOM")
_SHIFT = re.compile(r"([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)")


def _is_encoding(text: str) -> bool:
    try:
        b"some".decode(text, "replace")
    except (LookupError, ValueError):  # ValueError: a name with a NUL in it
        return False
    return True


def _is_shift(text: str) -> bool:
    return _SHIFT.fullmatch(text) is not None and text[:5] != text[6:]


_QUESTIONS: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "organisation.name": (lambda text: 0 < len(text) <= 300, "a name of at most 300 characters"),
    "organisation.zone": (lambda text: text in available_timezones(), "an IANA name"),
    "labels.language": (lambda text: text != "", "a language as the labels have it, such as en_US"),
    "divisions.root": (lambda text: 0 < len(text) <= 300, "a name of at most 300 characters"),
    "definitions.system": (lambda text: text in (KEEP, LEAVE_OUT), f"{KEEP}, {LEAVE_OUT}"),
    "agents.shift": (_is_shift, "HH:MM-HH:MM"),
    "agents.without_schedule": (
        lambda text: text == LEAVE_OUT or _is_shift(text),
        f"{LEAVE_OUT}, HH:MM-HH:MM",
    ),
    "agents.per_division": (
        lambda text: text.isascii() and text.isdecimal() and 0 < int(text) <= 10_000,
        "a whole number from 1 to 10,000",
    ),
    "schedules.gap_minutes": (
        lambda text: text.isascii() and text.isdecimal() and int(text) <= 720,
        "a whole number from 0 to 720",
    ),
    "tables.dates": (lambda text: text in ("DMY", "MDY"), "DMY, MDY"),
    "tables.encoding": (_is_encoding, "the name of an encoding, such as cp1252"),
    "tables.zone": (lambda text: text in available_timezones(), "an IANA name"),
}
_FAMILIES: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "presence": (lambda text: text in (*KINDS, LEAVE_OUT), ", ".join((*KINDS, LEAVE_OUT))),
    "activity": (
        lambda text: text != "",
        f"the name of a secondary status, {ON_QUEUE}, {LEAVE_OUT}",
    ),
}
HEAD = (
    "# How exports are read: answers to the questions of simkit import, as they were last used.\n"
)


class Answers:
    """Answers given, and those that were asked for and taken by default."""

    def __init__(self, given: Mapping[str, str] | None = None) -> None:
        self._given = {_key(key): (key, value) for key, value in (given or {}).items()}
        self._used: dict[str, tuple[str, str]] = {}
        self._offered: set[str] = set()
        self.by_default: list[str] = []

    def ask(self, key: str, default: str) -> str:
        """Give the answer to a question, the default where nobody gave one."""
        same = _key(key)
        if same not in self._used:
            if same in self._given:
                self._used[same] = key, self._given[same][1]
            else:
                self._used[same] = key, default
                self.by_default.append(key)
        return self._used[same][1]

    def known(self, key: str) -> str | None:
        """Give the answer to a question that has no default; None where nobody gave one."""
        self.offer(key)
        _, answer = self._given.get(_key(key), (key, None))
        return answer

    def offer(self, key: str) -> None:
        """Let a question be answered that has no default, or that nobody needs to ask."""
        self._offered.add(_key(key))

    def unused(self) -> tuple[str, ...]:
        """Give the questions that were answered, and that nothing which came in has asked."""
        asked = self._used.keys() | self._offered
        return tuple(key for same, (key, _) in self._given.items() if same not in asked)

    def asked(self) -> tuple[str, ...]:
        """Give the questions that have a default and were asked."""
        return tuple(key for key, _ in self._used.values())

    def remembered(self) -> dict[str, str]:
        """Give all that is written back: what was used, and what was given for other exports."""
        return dict(sorted({**self._given, **self._used}.values()))


def _key(key: str) -> str:
    family, _, name = key.partition(".")
    return f"{family}.{name_key(name)}" if family in _FAMILIES else key


def name_key(name: str) -> str:
    """Give what makes the name of a presence or an activity itself: neither case nor spaces do.

    >>> name_key("On Queue"), name_key("ON_QUEUE"), name_key("OnQueue")
    ('onqueue', 'onqueue', 'onqueue')
    """
    return re.sub(r"[\s_-]+", "", plain_name(name)).casefold()


def checked(given: object, name: str | None = None) -> dict[str, str]:
    """Give answers as texts; BadInput for one that has no question or is not allowed."""
    if not isinstance(given, Mapping):
        raise BadInput(file=name, found=shown(given), allowed="answers by the name of the question")
    return {str(key): _checked(str(key), value, name) for key, value in given.items()}


def _checked(key: str, value: object, name: str | None) -> str:
    family, _, rest = key.partition(".")
    question = _QUESTIONS.get(key) or (_FAMILIES.get(family) if rest else None)
    if question is None:
        known = [*_QUESTIONS, *(f"{each}.NAME" for each in _FAMILIES)]
        problem = f"unknown question {shown(key)}{closest(key, known)}"
        raise BadInput(problem, file=name, allowed=", ".join(known))
    fits, allowed = question
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
    if family == "presence" and text and text.casefold() != LEAVE_OUT:
        text = text.upper()
    if text is None or not fits(text):
        raise BadInput(file=name, field=key, found=shown(value), allowed=allowed)
    return text


def read_answers(path: str | os.PathLike[str]) -> dict[str, str]:
    """Give the answers that a YAML file holds; BadInput when it cannot be used."""
    name = os.fspath(path)
    text = documents.read_text(name)
    if all(not line.strip() or line.lstrip().startswith("#") for line in text.splitlines()):
        return {}
    document = documents.parse(text, name, "yaml")
    try:
        return checked(document.data, name)
    except BadInput as problem:
        if problem.field:
            problem.line, problem.column = document.where((problem.field,)) or (1, 1)
        raise


def answers_text(answers: Mapping[str, str]) -> str:
    """Give answers as the text of a YAML file."""
    return HEAD + "".join(f"{flow(key)}: {flow(value)}\n" for key, value in sorted(answers.items()))

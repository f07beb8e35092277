"""Which secondary status a scheduled activity stands for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from simkit.base.errors import BadInput, closest, shown
from simkit.inputs.exports.answers import LEAVE_OUT, ON_QUEUE, Answers, name_key
from simkit.inputs.exports.schedules import SHIFT

_WORK = re.compile(
    r"\b(?:on[\s_-]?queue|queue|work|shift|phone|phones|calls?|chat|email|available)\b"
)
_LIKE: Mapping[str, tuple[str, ...]] = {
    "meal": ("meal", "lunch", "dinner", "supper"),
    "break": ("break", "pause", "rest"),
    "training": ("training", "coaching", "learning", "course"),
    "meeting": ("meeting", "huddle", "briefing"),
}
"""Words of activities, and what they are called here."""
_OF_WFM = {"0": ON_QUEUE, "1": "break", "2": "meal", "3": "meeting", "6": "training"}
"""Ids that a new business unit gives its activity codes (ASSUMED; answers go before it)."""


class Activities:
    """Finds the reasons that activities stand for, among the codes of an organisation.

    By answer; else by the same name; else the first code whose name or presence has such a word.
    What nothing fits is left out and counted. Words of activities are never repeated: people
    write names into them.
    """

    def __init__(self, answers: Answers, codes: Sequence[Mapping[str, Any]]) -> None:
        self.answers = answers
        self.left_out: Counter[str] = Counter()
        self._names: dict[str, str] = {
            code["name"].casefold(): code["name"] for code in reversed(codes)
        }
        self._words: dict[str, str] = {}
        for code in codes:
            for kind in ("name", "presence"):
                if (word := _word(code[kind])) and (kind == "name" or word not in self._words):
                    self._words.setdefault(word, code["name"])
        self._found: dict[str, str | None] = {}

    def offer(self, scheduled: Iterable[str]) -> None:
        """Let what is scheduled on any day be answered, on the one that is taken or not."""
        for activity in scheduled:
            for name in {activity, _OF_WFM.get(activity.casefold()) or _word(activity)} - {None}:
                self.answers.offer(f"activity.{name}")

    def reason_of(self, activity: str) -> str | None:
        """Give the name of the code that an activity stands for; None where it is no activity."""
        if activity not in self._found:
            self._found[activity] = self._reason_of(activity)
        found = self._found[activity]
        if found is None:
            return None
        if found == LEAVE_OUT:
            self.left_out["activities that stand for no secondary status"] += 1
            return None
        return found

    def _reason_of(self, activity: str) -> str | None:
        answer = self.answers.known(f"activity.{name_key(activity)}")
        if answer is None:
            answer = self._guess(activity)
        if answer in (ON_QUEUE, LEAVE_OUT):
            return None if answer == ON_QUEUE else LEAVE_OUT
        if answer.casefold() not in self._names:
            raise BadInput(
                f"no secondary status is called {shown(answer)}"
                f"{closest(answer, self._names.values())}",
                field="activity.NAME",
                allowed=f"the name of a secondary status, {ON_QUEUE}, {LEAVE_OUT}",
            )
        return self._names[answer.casefold()]

    def _guess(self, activity: str) -> str:
        plain = activity.casefold()
        if plain in ("", SHIFT):
            return ON_QUEUE
        if plain in self._names:
            return self._names[plain]
        word = _OF_WFM.get(plain) or _word(activity)
        if word == ON_QUEUE or (word is None and _WORK.search(plain)):
            return ON_QUEUE
        if word is None or word not in self._words:
            return LEAVE_OUT
        return self.answers.ask(f"activity.{word}", self._words[word])


def _word(text: str) -> str | None:
    """Give which of the known words is in a text.

    >>> _word("Short Break"), _word("LUNCH"), _word("Back Office")
    ('break', 'meal', None)
    """
    plain = text.casefold()
    return next((word for word, like in _LIKE.items() if any(w in plain for w in like)), None)

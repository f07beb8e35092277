"""What the stories of a lane ask, and the true answers: read by whoever draws a room's guesses."""

from __future__ import annotations

from pydantic import Field, TypeAdapter, ValidationError

from simkit.base.errors import BadInput
from simkit.base.formatting import answer_words
from simkit.rules.organisation import Section

QUESTIONS = "questions.json"
"""The file beside the pages of a lane."""


class Asked(Section):
    """A question of a story, and its true answer."""

    trap: str = Field(max_length=40, description="Id of the trap")
    step: int = Field(description="Step of the story that asks it, counted from 0")
    ask: str = Field(max_length=600, description="The question")
    options: tuple[str, ...] = Field(description="What can be chosen; none where it is a number")
    right: int = Field(description="Place of the right option; -1 where that is for each to judge")
    unit: str = Field(description="Unit of the number")
    value: float | None = Field(allow_inf_nan=False, description="The true number")

    @property
    def answer(self) -> str:
        """The true answer in words."""
        return answer_words(self.value, self.unit, self.options, self.right)


_ALL = TypeAdapter(tuple[Asked, ...])


def questions_of(content: bytes, name: str = QUESTIONS) -> tuple[Asked, ...]:
    """Give the questions in a lane's file; BadInput when it is another one."""
    try:
        return _ALL.validate_json(content)
    except ValidationError:
        allowed = "what simkit workshop lane writes"
        raise BadInput("these are no questions of a lane", file=name, allowed=allowed) from None

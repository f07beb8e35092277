"""What a handout says of a trap in words: files of ``data/workshop/handouts/``.

What it says in numbers is measured, so a number that is typed in is refused.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from pydantic import Field, model_validator

from simkit.base import resources
from simkit.base.errors import LocatedError, shown
from simkit.base.reading import documents, validation
from simkit.rules.organisation import Section
from simkit.study.catalogue import TRAP_IDS, traps

_SENTENCES = 3


class HandoutFile(Section):
    """What a handout says of a trap in words."""

    trap: str = Field(description="Id of the trap; the file has the same name")
    happens: tuple[str, ...] = Field(
        min_length=_SENTENCES, max_length=_SENTENCES, description="What happens, step by step"
    )
    ask: tuple[str, ...] = Field(
        min_length=2, max_length=3, description="Questions to take home and ask there"
    )

    @model_validator(mode="after")
    def _can_be_printed(self) -> HandoutFile:
        if self.trap not in TRAP_IDS:
            raise LocatedError(f"unknown trap {shown(self.trap)}", ("trap",), TRAP_IDS)
        for field in ("happens", "ask"):
            for place, text in enumerate(getattr(self, field)):
                if typed := re.search(r"\d+", text):
                    problem = f"found the number {typed[0]}; numbers are measured"
                    raise LocatedError(problem, (field, place))
        return self


def read_handout(path: Path) -> HandoutFile:
    """Give what stands in a file; BadInput, with its place, for what cannot be printed."""
    return validation.validate(HandoutFile, documents.read(path))


@cache
def handout_on(trap_id: str) -> HandoutFile:
    """Give what the handout says of a trap; BadInput when there is no such trap."""
    name = f"{traps[trap_id].id}.yaml"
    return read_handout(resources.directory("data") / "workshop" / "handouts" / name)

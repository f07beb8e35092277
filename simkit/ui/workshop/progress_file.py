"""A learner's progress file, as the play lane saves and sends it: its outer shape, judged."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import ConfigDict, Field

from simkit.base.errors import BadInput
from simkit.base.files import read_bytes
from simkit.base.reading import documents, validation
from simkit.rules.organisation import Section

MOST_BYTES = 64 * 1024
"""Of a progress file."""


class Entry(Section):
    """One thing that a learner did; what it holds besides its kind depends on that."""

    model_config = ConfigDict(extra="allow")

    kind: str = Field(min_length=1, max_length=40, description="Kind of entry, such as guess")


class Progress(Section):
    """What a learner did, with a name for it where one was given."""

    format: Literal["simkit-progress"] = Field(description="The mark of this format")
    version: Literal[1] = Field(description="Version of the format")
    name: Annotated[str, Field(max_length=80)] = Field(
        description="Name of the learner, or nothing"
    )
    entries: tuple[Entry, ...] = Field(max_length=500, description="What was done, in its order")


class Guess(NamedTuple):
    """What somebody guessed at a step of a trap's story, which counts from 0."""

    trap: str
    step: int
    guess: str | float


def progress_of(content: bytes, name: str = "progress.json") -> tuple[Progress, Any]:
    """Give a progress file, and its data as they stand; BadInput for what is none."""
    document = documents.parse(documents.text_of(content, name), name, "json")
    return validation.validate(Progress, document), document.data


def guesses_in(progress: Progress) -> Iterator[Guess]:
    """Give the guesses of a progress file; an entry that is not quite one is left out."""
    for entry in progress.entries:
        more = entry.model_extra or {}
        trap, step, guess = (more.get(name) for name in ("trap", "step", "guess"))
        if entry.kind != "guess" or not isinstance(trap, str):
            continue
        if not isinstance(step, int) or isinstance(guess, bool):
            continue
        if isinstance(guess, str) or (isinstance(guess, int | float) and math.isfinite(guess)):
            yield Guess(trap, step, guess)


def collected(folder: Path) -> list[Progress]:
    """Give the progress files in a folder; one that is none, or is not whole, is left out."""
    found = []
    for file in sorted(folder.glob("*.json")):
        try:
            found.append(progress_of(read_bytes(file, MOST_BYTES), file.name)[0])
        except BadInput:
            continue
    return found

"""The progress file: what stands in it, and how it is read. It holds no marks.

Whoever reads it judges the answers again: a file that claims more than was earned gains nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from simkit.base import files
from simkit.base.outgoing import json_text
from simkit.base.reading import documents, validation
from simkit.rules.organisation import Section

FORMAT, VERSION = "simkit-progress", 1
MOST_BYTES = 64 * 1024
MOST_ENTRIES = 2_000
Name = Annotated[str, Field(max_length=80)]
Text = Annotated[str, Field(max_length=200)]


class LockedGuess(Section):
    """A guess in a story, locked before the next step was shown."""

    kind: Literal["guess"] = Field(description="A guess in a story")
    trap: Annotated[str, Field(max_length=10)] = Field(description="Id of the trap")
    step: int = Field(ge=0, le=50, description="Place of the step in the story, from 0")
    guess: Annotated[float, Field(strict=True, allow_inf_nan=False)] | Text = Field(
        description="A number in the unit of the question, or the option in its words"
    )
    unit: Annotated[str, Field(max_length=20)] = Field(
        default="", description="Of a number; empty for an option"
    )


class Answered(Section):
    """An answer to an exercise."""

    kind: Literal["exercise"] = Field(description="An answer to an exercise")
    exercise: Annotated[str, Field(max_length=10)] = Field(description="Its id")
    answer: Any = Field(description="As the exercise takes it; judged again by who reads it")


class ProgressFile(Section):
    """What stands in a progress file."""

    format: Literal["simkit-progress"] = Field(description="Tells such files from others")
    version: Literal[1] = Field(description="Of the format")
    name: Name = Field(description="Whose it is, as the trainer's table shows it; may be empty")
    entries: tuple[Annotated[LockedGuess | Answered, Field(discriminator="kind")], ...] = Field(
        default=(), max_length=MOST_ENTRIES, description="In the order in which they were given"
    )


def read_progress(path: Path) -> ProgressFile:
    """Give what stands in a progress file; BadInput, with its place, where it is none."""
    return progress_of(files.read_bytes(path, MOST_BYTES), str(path))


def progress_of(content: bytes, name: str = "progress.json") -> ProgressFile:
    """Give what the bytes of a progress file say; BadInput, with its place, where it is none."""
    if len(content) > MOST_BYTES:
        raise files.too_large(f"{len(content):,} bytes", name, MOST_BYTES)
    return validation.validate(
        ProgressFile, documents.parse(documents.text_of(content, name), name, "json")
    )


def text_of(progress: ProgressFile) -> str:
    """Give a progress file as it is written."""
    return json_text(progress.model_dump(), indent=1)

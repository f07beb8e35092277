"""Progress: what one participant answered and guessed, in one small file that a trainer collects.

The file holds answers and guesses, never marks. Whoever reads it judges the answers again, so a
file that claims more than was earned claims nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from simkit.base import files, given
from simkit.base.errors import BadInput, shown
from simkit.base.reading import documents, validation
from simkit.rules.organisation import Section
from simkit.runs.log import Record
from simkit.teaching.exercise_file import SettingsAsked
from simkit.teaching.exercises import Exercise, Grade, exercise_file
from simkit.teaching.judging.change import changes_in

FORMAT, VERSION = "simkit-progress", 1
MOST_BYTES = 64 * 1024
MOST_ENTRIES = 2_000
Name = Annotated[str, Field(min_length=1, max_length=60)]
Text = Annotated[str, Field(max_length=200)]


class LockedGuess(Section):
    """A guess in a story, locked before the next step was shown."""

    kind: Literal["guess"] = Field(description="A guess in a story")
    trap: Annotated[str, Field(max_length=10)] = Field(description="Id of the trap")
    step: int = Field(ge=0, le=50, description="Place of the step in the story, from 0")
    guess: Annotated[float, Field(allow_inf_nan=False)] | Text = Field(
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
    name: Name = Field(description="Whose it is, as the trainer's table shows it")
    entries: tuple[Annotated[LockedGuess | Answered, Field(discriminator="kind")], ...] = Field(
        default=(), max_length=MOST_ENTRIES, description="In the order in which they were given"
    )


class Progress:
    """One participant's answers, kept in a file that is written after each."""

    def __init__(self, name: str, path: Path, entries: list[LockedGuess | Answered]) -> None:
        self.name, self.path, self.entries = name, path, entries
        self._open: dict[str, Exercise] = {}

    def __repr__(self) -> str:
        tries = sum(entry.kind == "exercise" for entry in self.entries)
        return f"Progress({self.name!r}: {tries} answers, in {self.path.name})"

    def grade(self, exercise_id: str, answer: Any) -> Grade:
        """Judge an answer to an exercise, and keep it; BadInput for one of another kind."""
        task = self._open.get(exercise_id)
        if task is None:
            task = self._open[exercise_id] = Exercise(*exercise_file(exercise_id), self.keep)
        return task.grade(answer)

    def keep(self, task: Exercise, answer: Any) -> None:
        """Keep an answer that was judged; BadInput when the file cannot be written."""
        self.entries.append(
            Answered(kind="exercise", exercise=task.id, answer=written(task, answer))
        )
        self.save()

    def save(self) -> None:
        """Write the file, whole or not at all; BadInput when it cannot be written."""
        made = ProgressFile(
            format="simkit-progress", version=1, name=self.name, entries=tuple(self.entries)
        )
        files.write_text(self.path, json.dumps(made.model_dump(), ensure_ascii=False, indent=1))


def progress(name: str, file: str | Path = "simkit-progress.json") -> Progress:
    """Give a participant's progress; that of the file, where there is one of the same name.

    ``name`` is what the trainer's table shows. BadInput where the file cannot be used, or is
    another participant's.
    """
    path = Path(given.path("file", file))
    name = given.text("name", name).strip()
    if not path.exists():
        blank = validation.validate_data(
            ProgressFile, {"format": FORMAT, "version": VERSION, "name": name}
        )
        return Progress(blank.name, path, [])
    found = read_progress(path)
    if found.name != name:
        raise BadInput(
            "the file is somebody else's: name another file",
            file=str(path),
            field="name",
            found=shown(found.name),
            allowed=shown(name),
        )
    return Progress(found.name, path, list(found.entries))


def read_progress(path: Path) -> ProgressFile:
    """Give what stands in a progress file; BadInput, with its place, where it is none."""
    text = documents.text_of(files.read_bytes(path, MOST_BYTES), str(path))
    return validation.validate(ProgressFile, documents.parse(text, str(path), "json"))


def written(task: Exercise, answer: Any) -> Any:
    """Give an answer as a file can hold it, and as it is judged in the same way."""
    if isinstance(answer, Record):
        return task.excerpt.records.index(answer) + 1
    if isinstance(task.file.ask, SettingsAsked) and not isinstance(answer, str):
        changes = changes_in(task.file, task.settings, answer)
        return {field: _plain(value) for field, value in changes.items()}
    return answer


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else value

"""Progress: what one participant answered and guessed, kept in a file after each answer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simkit.base import files, given
from simkit.base.errors import BadInput, shown
from simkit.base.formatting import counted
from simkit.base.reading import validation
from simkit.runs.log import Record
from simkit.teaching.exercise_file import SettingsAsked
from simkit.teaching.exercises import Exercise, Grade, exercise_file
from simkit.teaching.judging.change import changes_in
from simkit.teaching.progress_file import (
    FORMAT,
    VERSION,
    Answered,
    LockedGuess,
    ProgressFile,
    read_progress,
    text_of,
)


class Progress:
    """One participant's answers, kept in a file that is written after each."""

    def __init__(self, name: str, path: Path, entries: list[LockedGuess | Answered]) -> None:
        self.name, self.path, self.entries = name, path, entries
        self._open: dict[str, Exercise] = {}

    def __repr__(self) -> str:
        tries = sum(entry.kind == "exercise" for entry in self.entries)
        return f"Progress({self.name!r}: {counted(tries, 'answer')}, in {self.path.name})"

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
        files.write_text(self.path, text_of(made))


def progress(name: str, file: str | Path = "simkit-progress.json") -> Progress:
    """Give a participant's progress; that of the file, where there is one of the same name.

    ``name`` is what the trainer's table shows. BadInput where the file cannot be used, or is
    another participant's.
    """
    path = Path(given.path("file", file))
    name = given.text("name", name).strip()
    if not name:
        raise BadInput(field="name", found=shown(name), allowed="a name")
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

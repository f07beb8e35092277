"""What is checked in the notebook's own kernel, once all its cells have run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simkit.base.errors import BadInput
from simkit.testing.lab_driver import drive
from simkit.ui.exercises.form import ShownExercise
from simkit.ui.lab.lab import Lab


def problems(shell: Any) -> list[str]:
    """Give a line for each lab or exercise of a notebook that cannot be taught with."""
    return [line for shown in _shown(shell) for line in _tried(shown)]


def _shown(shell: Any) -> list[Any]:
    """Give the labs and exercises that the notebook made or showed, each once."""
    names = {name: value for name, value in shell.user_ns.items() if not name.startswith("_")}
    values = [*names.values(), *shell.user_ns.get("Out", {}).values()]
    wanted = [value for value in values if isinstance(value, Lab | ShownExercise)]
    return list({id(value): value for value in wanted}.values())


def _tried(shown: Any) -> Iterator[str]:
    try:
        if isinstance(shown, Lab):
            drive(shown).story()
        elif ShownExercise(shown.file, shown.group).grade(shown.start).right:
            yield f"exercise {shown.id}: its start is right already"
    except (AssertionError, BadInput) as problem:
        what = shown.id if isinstance(shown, ShownExercise) else repr(shown)
        yield f"{what}: {problem}"

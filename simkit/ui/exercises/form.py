"""An exercise as a form: task, log, controls for an answer, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

import ipywidgets as w

from simkit.base.errors import BadInput
from simkit.base.language import tr, tr_noop
from simkit.teaching.exercises import Exercise, Grade, exercise_file
from simkit.teaching.progress import Progress
from simkit.ui.exercises.controls import answering
from simkit.ui.stage.still import safe

ORDERS = {
    "recognise": tr_noop("Recognise"),
    "explain": tr_noop("Explain"),
    "repair": tr_noop("Repair"),
    "transfer": tr_noop("Transfer"),
}
_LOG = "font-family:var(--jp-code-font-family,monospace);font-size:.9em;margin:.5em 0;"


class ShownGrade(Grade):
    """A grade that shows itself at the end of a cell."""

    def widget(self) -> w.HTML:
        """Give the grade as a widget."""
        return w.HTML(self._repr_html_())

    def _repr_html_(self) -> str:
        mark = tr("✓ Right") if self.right else f"✗ {self.percent}"
        parts = [f"<p><strong>{mark}.</strong> {safe(self.reason)}</p>"]
        if self.stretch:
            day = tr("On the day of {agent}:", agent=safe(self.agent))
            parts.append(f"<p>{day}</p>{log(self.lines)}")
        if self.hint:
            hint = tr("Hint: {hint}", hint=safe(self.hint))
            parts.append(f"<p><em>{hint}</em></p>")
        return f'<div class="simkit-grade" role="status">{"".join(parts)}</div>'


class ShownExercise(Exercise):
    """An exercise that shows itself as a form at the end of a cell."""

    _form: w.VBox | None = None

    def grade(self, answer: Any) -> ShownGrade:
        """Judge an answer; see ``Exercise.grade``."""
        found = super().grade(answer)
        return ShownGrade(**{each.name: getattr(found, each.name) for each in fields(found)})

    def widget(self) -> w.VBox:
        """Give the form, the same one each time."""
        if self._form is None:
            self._form = _form(self)
        return self._form

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        live: Any = self.widget()._repr_mimebundle_(**kwargs)
        return {**live, "text/plain": repr(self), "text/html": _head(self)}


def exercise(exercise_id: str, progress: Progress | None = None) -> ShownExercise:
    """Give an exercise by its id, such as ``"E4.2"``; BadInput when there is none of it.

    With ``progress`` each answer is kept in a participant's file.
    """
    return ShownExercise(*exercise_file(exercise_id), on_try=progress.keep if progress else None)


def log(lines: Iterable[str], numbered: bool = False) -> str:
    """Give lines of a log as a list in HTML."""
    tag, kind = ("ol", "decimal") if numbered else ("ul", "none")
    items = "".join(f"<li>{safe(line)}</li>" for line in lines)
    return f'<{tag} style="{_LOG}list-style:{kind};line-height:1.5">{items}</{tag}>'


def _head(task: Exercise) -> str:
    """Give the task, and the log where it is about one and is not chosen from."""
    about = tr(
        "{order} · {minutes} min", order=tr(ORDERS[task.file.order]), minutes=task.file.minutes
    )
    head = f"<h3>{safe(f'{task.id}  {task.title}')}</h3><p>{about}</p>"
    told = f"<p>{safe(task.story)}</p>" if task.story else ""
    parts = [head, told, f"<p>{safe(task.task)}</p>"]
    if task.file.ask.kind == "cause":
        of = tr("The log of {agent}:", agent=safe(task.excerpt.agent))
        parts += [f"<p>{of}</p>", log(task.excerpt.lines, True)]
    return f'<div class="simkit-exercise" style="max-width:52em">{"".join(parts)}</div>'


def _form(task: ShownExercise) -> w.VBox:
    given = answering(task)
    check = w.Button(
        description=tr("Check"), button_style="primary", layout={"align_self": "flex-start"}
    )
    said = w.HTML()

    def judge(_: w.Button) -> None:
        check.disabled = True
        try:
            said.value = task.grade(given.read())._repr_html_()
        except BadInput as problem:
            said.value = f'<p role="status">{safe(str(problem))}</p>'
        finally:
            check.disabled = False

    check.on_click(judge)
    return w.VBox([w.HTML(_head(task)), *given.controls, check, said])

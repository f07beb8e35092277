"""Controls for an answer, made of core ipywidgets: one for each kind of thing that is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import ipywidgets as w

from simkit.base.language import tr, tr_noop
from simkit.rules.sections import PATHS, dotted
from simkit.teaching.exercise_file import CauseAsked, NumberAsked, RecordAsked, SettingsAsked
from simkit.teaching.exercises import Exercise
from simkit.teaching.judging.cause import titles
from simkit.teaching.judging.change import changes_in
from simkit.ui.lab.controls import Control, control
from simkit.ui.lab.field_words import option_words

WIDE = {"width": "auto", "max_width": "100%"}
NARROW = {"width": "26em", "max_width": "100%"}
_UNITS = {"_ms": "s", "_polls": tr_noop("polls")}
"""Units in which people write whole numbers, by the end of a field's name."""
_LABEL = {"description_width": "initial"}


class Answering(NamedTuple):
    """What an answer is given with, and how it is read."""

    controls: tuple[w.Widget, ...]
    read: Callable[[], Any]
    put: Callable[[Any], None]
    """Shows an answer that was given in Python."""


def answering(task: Exercise) -> Answering:
    """Give the controls for an exercise's answer, set to its start."""
    ask = task.file.ask
    if isinstance(ask, CauseAsked):
        return _one_of(
            [(f"{name}: {title}", name) for name, title in titles(ask).items()], task.start
        )
    if isinstance(ask, RecordAsked):
        lines = [(f"{n}  {line}", n) for n, line in enumerate(task.excerpt.lines, 1)]
        return _one_of(lines, task.start)
    if isinstance(ask, NumberAsked):
        number = w.FloatText(
            task.start, description=tr(ask.unit), step=None, style=_LABEL, layout=NARROW
        )
        return Answering((number,), lambda: number.value, lambda v: setattr(number, "value", v))
    return _settings(task)


def _one_of(options: list[tuple[str, Any]], start: Any) -> Answering:
    values = [value for _, value in options]
    chosen = w.RadioButtons(
        options=options, value=start if start in values else None, layout={"width": "max-content"}
    )
    return Answering((chosen,), lambda: chosen.value, lambda v: setattr(chosen, "value", v))


def _settings(task: Exercise) -> Answering:
    """Give a control for each field that one of the known answers changes.

    Those of wrong answers are among them, so that what is offered gives nothing away.
    """
    fields = [path for path in offered(task) if control(path).kind != "json"]
    made = {path: _field(control(path), task.settings.get(path)) for path in fields}

    def read() -> dict[str, Any]:
        now = {path: _value(control(path), each) for path, each in made.items()}
        return {path: v for path, v in now.items() if v != task.settings.get(path)}

    def put(answer: Any) -> None:
        changes = changes_in(task.file, task.settings, answer)
        for path, each in made.items():
            _show(control(path), each, changes.get(path, task.settings.get(path)))

    put(task.start)
    return Answering(tuple(made.values()), read, put)


def offered(task: Exercise) -> list[str]:
    """Give the fields that are the learner's and that any of the known answers changes."""
    ask, file = task.file.ask, task.file
    if not isinstance(ask, SettingsAsked):
        return []
    known = (file.start, file.solution, *file.unforeseen, *(each.answer for each in file.wrong))
    named = {path for answer in known for path in changes_in(file, task.settings, answer)}
    own = {
        each if "." not in each and each not in PATHS else dotted(each) for each in ask.may_change
    }
    return [path for path in PATHS.values() if path in named and {path, path.split(".")[0]} & own]


def _field(field: Control, value: Any) -> w.Widget:
    """Give the control of a field, which stands in the unit that people write."""
    unit = next((f" ({tr(unit)})" for end, unit in _UNITS.items() if field.path.endswith(end)), "")
    common = {
        "description": f"{field.label}{unit}",
        "style": _LABEL,
        "layout": NARROW if field.kind == "whole" else WIDE,
        "tooltip": field.path,
    }
    if field.kind == "flag":
        return w.Checkbox(value, indent=False, **common)
    if field.kind == "choice":
        options = [(option_words(field.path, each), each) for each in field.options]
        return w.Dropdown(options=options, value=value, **common)
    if field.kind == "several":
        return w.SelectMultiple(options=field.options, value=tuple(value), **common)
    if field.kind == "whole":
        return w.FloatText(_scaled(field, value), step=None, **common)
    if field.options:
        options = list(dict.fromkeys([*field.options, value]))
        return w.Dropdown(options=options, value=value, **common)
    return w.Text(str(value), **common)


def _scaled(field: Control, value: Any) -> float:
    return (value or 0) / (1000 if field.path.endswith("_ms") else 1)


def _value(field: Control, shown: w.Widget) -> Any:
    if field.kind == "whole":
        number = round(shown.value * (1000 if field.path.endswith("_ms") else 1))
        return None if field.optional and not number else number
    return tuple(shown.value) if field.kind == "several" else shown.value


def _show(field: Control, shown: w.Widget, value: Any) -> None:
    shown.value = _scaled(field, value) if field.kind == "whole" else value

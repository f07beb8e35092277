"""Whose code failed: what people let a widget call is theirs, and is told as theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import PurePath
from types import FrameType

from simkit.base.errors import one_line

_NOTIFIES = "_notify_observers"
"""The function of traitlets that calls observers."""
_CELL = re.compile(r"ipykernel_\d+|^<ipython-input")


def failed_observer(problem: BaseException) -> str | None:
    """Give in one line which observer of the user's has raised it; None where it was none."""
    steps = list(_steps(problem))
    for (calls, _), (called, line) in pairwise(steps):
        if calls.f_code.co_name == _NOTIFIES and not _is_ours(called):
            return one_line(f"your observer{_place(called, line)} failed: {_words(problem)}")
    if steps and steps[-1][0].f_code.co_name == _NOTIFIES:  # it is no function of Python's
        return one_line(f"your observer failed: {_words(problem)}")
    return None


def _words(problem: BaseException) -> str:
    return f"{type(problem).__name__}: {problem}".removesuffix(": ")


def _steps(problem: BaseException) -> Iterator[tuple[FrameType, int]]:
    """Give who called whom, and at which lines, down to where it was raised."""
    step = problem.__traceback__
    while step is not None:
        yield step.tb_frame, step.tb_lineno
        step = step.tb_next


def _is_ours(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).startswith("simkit.")


def _place(frame: FrameType, line: int) -> str:
    code = frame.f_code
    if str(frame.f_globals.get("__name__", "")).startswith(("traitlets.", "ipywidgets.")):
        return ""  # a link between widgets
    name = "" if code.co_name.startswith("<") else f" {code.co_name}"
    file = code.co_filename
    where = "the cell" if _CELL.search(file) else PurePath(file).name
    return f"{name}, line {line} of {where},"

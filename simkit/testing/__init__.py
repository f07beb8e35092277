"""For those who teach: drive labs, stories and exercises in code, and check whole notebooks.

``drive(simkit.lab("E4")).choose(preset="E4b").move("14:30").expect(unusable=[])`` acts and looks as
a person at the desk would. With pytest, ``simkit_notebook("mine.ipynb")`` in a test that asks for
that fixture checks a notebook in one line: it runs, its labs can be played, and its exercises can
be answered.
"""

from __future__ import annotations

from simkit.testing.lab_driver import LabDriver, drive
from simkit.testing.notebook_check import NotebookFailed, check_notebook

__all__ = ["LabDriver", "NotebookFailed", "check_notebook", "drive"]

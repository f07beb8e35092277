"""simkit simulates an agent status-reason widget, its seven documented traps and their fixes.

The names below are the public surface; each is imported when it is first used, so that
``import simkit`` costs next to nothing. docs/api.md shows each with an example.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simkit.base.errors import BadInput, InputNotice
    from simkit.base.language import set_language
    from simkit.base.resources import data_folder
    from simkit.base.statistics import estimate
    from simkit.checking.check import check
    from simkit.engines.running import run
    from simkit.inputs.exports.export import read_export
    from simkit.inputs.loading import load
    from simkit.inputs.resizing import resized
    from simkit.inputs.saving import save
    from simkit.inputs.traces.reading import read_trace
    from simkit.inputs.traces.writing import write_trace
    from simkit.rules.reasons import directory_of
    from simkit.runs.agreement import agreement
    from simkit.runs.run import Run
    from simkit.studio.allocation import allocation, best_allocation
    from simkit.studio.calibration import calibrate
    from simkit.studio.experiment import experiment
    from simkit.studio.recommend import recommend
    from simkit.studio.sweep import sweep
    from simkit.study import theory
    from simkit.study.catalogue import traps, traps_of
    from simkit.study.claims import claims
    from simkit.study.comparison import compare, compare_traps
    from simkit.study.deciding_rules import source_of
    from simkit.study.vary import vary
    from simkit.teaching.guessing import guessed
    from simkit.teaching.progress import progress
    from simkit.ui.architect.architect import architect
    from simkit.ui.audit.audit import audit
    from simkit.ui.charts import charts, sweep_charts
    from simkit.ui.exercises.form import exercise
    from simkit.ui.lab.core_desk import desk
    from simkit.ui.lab.day import day
    from simkit.ui.lab.lab import lab

__version__ = "0.1.0"
__all__ = [
    "BadInput",
    "InputNotice",
    "Run",
    "agreement",
    "allocation",
    "architect",
    "audit",
    "best_allocation",
    "calibrate",
    "charts",
    "check",
    "claims",
    "compare",
    "compare_traps",
    "data_folder",
    "day",
    "desk",
    "directory_of",
    "estimate",
    "exercise",
    "experiment",
    "guessed",
    "lab",
    "load",
    "progress",
    "read_export",
    "read_trace",
    "recommend",
    "resized",
    "run",
    "save",
    "set_language",
    "source_of",
    "sweep",
    "sweep_charts",
    "theory",
    "traps",
    "traps_of",
    "vary",
    "write_trace",
]

_HOMES = {
    "BadInput": "simkit.base.errors",
    "InputNotice": "simkit.base.errors",
    "Run": "simkit.runs.run",
    "agreement": "simkit.runs.agreement",
    "allocation": "simkit.studio.allocation",
    "architect": "simkit.ui.architect.architect",
    "audit": "simkit.ui.audit.audit",
    "best_allocation": "simkit.studio.allocation",
    "calibrate": "simkit.studio.calibration",
    "check": "simkit.checking.check",
    "claims": "simkit.study.claims",
    "compare": "simkit.study.comparison",
    "compare_traps": "simkit.study.comparison",
    "data_folder": "simkit.base.resources",
    "day": "simkit.ui.lab.day",
    "desk": "simkit.ui.lab.core_desk",
    "directory_of": "simkit.rules.reasons",
    "estimate": "simkit.base.statistics",
    "exercise": "simkit.ui.exercises.form",
    "experiment": "simkit.studio.experiment",
    "guessed": "simkit.teaching.guessing",
    "lab": "simkit.ui.lab.lab",
    "load": "simkit.inputs.loading",
    "progress": "simkit.teaching.progress",
    "read_export": "simkit.inputs.exports.export",
    "read_trace": "simkit.inputs.traces.reading",
    "recommend": "simkit.studio.recommend",
    "resized": "simkit.inputs.resizing",
    "run": "simkit.engines.running",
    "save": "simkit.inputs.saving",
    "set_language": "simkit.base.language",
    "source_of": "simkit.study.deciding_rules",
    "sweep": "simkit.studio.sweep",
    "traps": "simkit.study.catalogue",
    "traps_of": "simkit.study.catalogue",
    "vary": "simkit.study.vary",
    "write_trace": "simkit.inputs.traces.writing",
}
_MODULES = {
    "charts": "simkit.ui.charts.charts",
    "sweep_charts": "simkit.ui.charts.sweep_charts",
    "theory": "simkit.study.theory",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        value: Any = import_module(_MODULES[name])
    elif name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module 'simkit' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])

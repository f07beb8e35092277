"""simkit simulates an agent status-reason widget, its seven documented traps and their fixes.

The names below are the public surface; each is imported when it is first used, so that
``import simkit`` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simkit.base.errors import BadInput, InputNotice
    from simkit.checking.check import check
    from simkit.engines.running import run
    from simkit.inputs.loading import load
    from simkit.inputs.traces.reading import read_trace
    from simkit.runs.run import Run
    from simkit.studio.experiment import experiment
    from simkit.studio.recommend import recommend
    from simkit.studio.sweep import sweep
    from simkit.study import theory
    from simkit.study.catalogue import traps
    from simkit.study.comparison import compare
    from simkit.ui.architect.architect import architect
    from simkit.ui.lab.lab import lab

__version__ = "0.1.0"
__all__ = [
    "BadInput",
    "InputNotice",
    "Run",
    "architect",
    "check",
    "compare",
    "experiment",
    "lab",
    "load",
    "read_trace",
    "recommend",
    "run",
    "sweep",
    "theory",
    "traps",
]

_HOMES = {
    "BadInput": "simkit.base.errors",
    "InputNotice": "simkit.base.errors",
    "Run": "simkit.runs.run",
    "architect": "simkit.ui.architect.architect",
    "check": "simkit.checking.check",
    "compare": "simkit.study.comparison",
    "experiment": "simkit.studio.experiment",
    "lab": "simkit.ui.lab.lab",
    "load": "simkit.inputs.loading",
    "read_trace": "simkit.inputs.traces.reading",
    "recommend": "simkit.studio.recommend",
    "run": "simkit.engines.running",
    "sweep": "simkit.studio.sweep",
    "theory": "simkit.study",
    "traps": "simkit.study.catalogue",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'simkit' has no attribute {name!r}")
    if name == "theory":
        value: Any = import_module("simkit.study.theory")
    else:
        value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])

"""What the browser draws, as a widget: told once, it looks every moment up by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import anywidget
import ipywidgets
import traitlets

from simkit.base import given
from simkit.base.language import for_browser, tr
from simkit.study.deciding_rules import RULES, source_of
from simkit.ui.frontend import assets
from simkit.ui.frontend.guarded import Guarded, refusals
from simkit.ui.frontend.owed import Owed

NARROWEST = 300
"""Pixels below which nothing of a lab can be read."""


class Choice(traitlets.TraitType):  # type: ignore[type-arg]
    """A trait that its widget validates; it never holds None."""


def wide() -> ipywidgets.Layout:
    """Give a layout that takes the width there is, and stays readable beside others."""
    return ipywidgets.Layout(width="100%", min_width=f"{NARROWEST}px")


class View(Guarded):
    """The front end of labs and of days, and what it is told: ``told.LabTold``."""

    _settable = frozenset({"moment"})
    _esm = assets.script("lab/lab")
    _css = assets.style("frontend/tokens", "lab/lab", "stage/stage", "stage/ladder")

    part = traitlets.Unicode("lab").tag(sync=True)
    language: Any = traitlets.Dict().tag(sync=True)
    world: Any = traitlets.Dict().tag(sync=True)
    rules: Any = traitlets.Dict().tag(sync=True)
    fields: Any = traitlets.Dict().tag(sync=True)
    sides: Any = traitlets.Dict().tag(sync=True)
    choices: Any = traitlets.Dict().tag(sync=True)
    agents: Any = traitlets.List().tag(sync=True)
    metrics: Any = Owed(None).tag(sync=True)
    overview: Any = Owed(None).tag(sync=True)
    intervals: Any = Owed(None).tag(sync=True)
    story: Any = Owed({"known": True, "agent": "", "steps": []}).tag(sync=True)
    stages: Any = traitlets.List().tag(sync=True)
    step: Any = Choice(-1).tag(sync=True)
    explore: Any = Choice(False).tag(sync=True)
    # An echo of where one was would take whoever has moved on meanwhile back there.
    moment: Any = Choice(0).tag(sync=True, echo_update=False)
    snippet = traitlets.Unicode().tag(sync=True)
    notes: Any = traitlets.List().tag(sync=True)
    """Doubts about what is shown: it can be used, and is perhaps not what was meant."""
    told_only = traitlets.Bool().tag(sync=True)
    """Whether what is told is all there is, as on a page without a kernel."""

    def __init__(self, **told: Any) -> None:
        rules = {tr(rule): source_of(rule) for rule in RULES}
        super().__init__(rules=rules, language=for_browser(), layout=wide(), **told)

    @traitlets.validate("moment")
    def _settled(self, proposal: Mapping[str, Any]) -> int:
        with refusals():
            return given.whole("moment", proposal["value"])

    def _bundle(self, text: str, html: str) -> Any:
        """Give the live widget, and what can be read without a kernel.

        A closed widget is not asked: ipywidgets takes the method away, and the text is shown.
        """
        plain = {"text/plain": text, "text/html": html}
        live: Any = anywidget.AnyWidget._repr_mimebundle_(self)
        return {**live[0], **plain}, live[1]

    def close(self) -> None:
        """Close the widget with its layout; what it showed disappears."""
        if self.comm is not None:
            self.layout.close()
        super().close()

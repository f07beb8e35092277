"""The screen of an audit, made of core ipywidgets: files, division tree, findings, patch, panel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import ipywidgets as w

from simkit.base.errors import BadInput
from simkit.base.formatting import counted
from simkit.ui.architect.architect import Architect, architect
from simkit.ui.audit import words
from simkit.ui.audit.files import sample
from simkit.ui.audit.state import AuditState
from simkit.ui.audit.zone import Zone
from simkit.ui.stage.still import safe

_ROWS = 8
_LIST = {"width": "auto", "flex_flow": "column", "align_items": "stretch"}
_COLUMNS = "repeat(auto-fit, minmax(min(300px, 100%), 1fr))"
"""Two beside each other, or below each other where both would be too narrow."""
_BOTH = {"display": "grid", "grid_template_columns": _COLUMNS, "grid_gap": "0 12px"}
_SCROLLED = {"max_height": "300px", "overflow": "auto"}
_EDITS = 7
"""A day, where the files say nothing of edits, as exports never do: ASSUMED."""


class Form:
    """The controls of an audit, which show its state and change it."""

    def __init__(self, state: AuditState) -> None:
        self._state = state
        self._panel: Architect | None = None
        self._at_work = False
        """Whether the form itself changes what its controls show."""
        self.zone = Zone(self._take)
        self.example = _button("Take the sample", self._take_sample)
        self.forget = _button("Start again", self._forget)
        self.saving = w.HTML()
        self.came_in, self.said, self.detail = w.HTML(), w.HTML(), w.HTML(layout=_SCROLLED)
        self.tree = w.Select(description="Divisions", rows=_ROWS, layout=_LIST)
        self.findings = w.Select(description="Findings", rows=_ROWS, layout=_LIST)
        for each in (self.tree, self.findings):
            each.style.description_width = "max-content"
        self.prove = _button("Prove", self._prove)
        self.apply = _button("Apply", self._apply, "primary")
        self.decide = _button("Decide how often to ask", self._decide)
        self.decided, self.panel = w.HTML(), w.VBox()
        self.tree.observe(self._look_at, "value")
        self.findings.observe(self._choose, "value")
        self.root = w.VBox(
            [
                self.zone,
                w.HBox([self.example, self.forget, self.saving]),
                self.came_in,
                w.Box([self.tree, self.findings], layout=_BOTH),
                w.HBox([self.prove, self.apply]),
                self.said,
                self.detail,
                w.HBox([self.decide]),
                self.decided,
                self.panel,
            ]
        )
        self.root.add_class("simkit-audit")
        self.show()

    def show(self) -> None:
        """Show the state as it is."""
        state = self._state
        rows = words.tree_rows(state)
        division = self.tree.value if self.tree.value in dict(rows).values() else words.ALL
        self.came_in.value = words.paragraph(safe(state.came_in))
        with self._by_itself():
            _fill(self.tree, rows, division)
            self._show_findings(division)
        self.saving.value = words.saving_html(state)
        self._show_finding()

    def _show_findings(self, division: str) -> None:
        """Show the findings about a division, and which of them is chosen, if it is one of them."""
        rows = words.finding_rows(self._state, division)
        is_there = self._state.place in dict(rows).values()
        _fill(self.findings, rows, self._state.place if is_there else None)

    def _show_finding(self) -> None:
        state = self._state
        chosen = state.chosen
        self.prove.disabled = chosen is None
        self.apply.disabled = chosen is None or chosen.patch is None
        self.decide.disabled = state.examined.deployment is None
        if chosen:
            self.detail.value = words.finding_html(chosen, state.proof)
        else:
            self.detail.value = words.paragraph("Nothing is found.") if state.contents else ""

    def _say(self, text: str) -> None:
        """Say what came of the last act, which no drop before it is any more."""
        self.zone.said = self.zone.error = ""
        self.said.value = words.status(text)

    @contextmanager
    def _by_itself(self) -> Iterator[None]:
        self._at_work = True
        try:
            yield
        finally:
            self._at_work = False

    def _do(self, work: Callable[[], str], meanwhile: str = "") -> None:
        """Do what a control asks for, and say what came of it, or why it cannot be."""
        self._say(meanwhile)
        try:
            self._say(work())
        except BadInput as problem:
            self._say(str(problem))

    # --- what controls do ---------------------------------------------------------------------

    def _take(self, contents: Mapping[str, bytes]) -> str:
        self._say("")
        return self._taken(contents)

    def _take_sample(self) -> None:
        self._do(lambda: self._taken(sample()), "Reading …")

    def _taken(self, contents: Mapping[str, bytes]) -> str:
        again = sorted(contents.keys() & self._state.contents.keys())
        self._close_panel()
        self._state.take(contents)
        told = f"Added: {counted(len(contents), 'file')}."
        return f"{told} In place of those of these names: {', '.join(again)}." if again else told

    def _forget(self) -> None:
        self._close_panel()
        self._say("")
        self._state.clear()

    def _look_at(self, change: Mapping[str, Any]) -> None:
        if not self._at_work:
            with self._by_itself():
                self._show_findings(change["new"])

    def _choose(self, change: Mapping[str, Any]) -> None:
        if not self._at_work and change["new"] is not None:
            self._say("")
            self._state.choose(change["new"])

    def _prove(self) -> None:
        def work() -> str:
            self._state.prove()
            return ""

        self._do(work, "Simulating …")

    def _apply(self) -> None:
        def work() -> str:
            self._close_panel()
            return str(self._state.apply())

        self._do(work)

    def _decide(self) -> None:
        self._close_panel()
        self.decided.value = words.status("Simulating …")
        try:
            settings = self._state.settings
            codes = len(settings.organisation.codes)
            assumed = 0 if settings.workload.deactivation_probability else min(_EDITS, codes)
            if assumed:
                settings = settings.replace(deactivation_probability=assumed / codes)
            self._panel = architect(settings)
        except BadInput as problem:
            self.decided.value = words.status(str(problem))
        else:
            self.decided.value = words.status(words.about_panel(self._panel.choice.agents, assumed))
            self.panel.children = (self._panel,)

    def _close_panel(self) -> None:
        """Take the panel away: it is about settings that are no more."""
        self.decided.value = ""
        if self._panel is not None:
            self.panel.children = ()
            self._panel.close()
            self._panel = None


def _fill(shown: w.Select, rows: Sequence[tuple[str, Any]], value: Any) -> None:
    """Show rows in a list, which stays as it is where they are those that it has."""
    if tuple(rows) != tuple(shown.options):
        shown.options = rows
    shown.value = value


def _button(words: str, press: Callable[[], None], style: str = "") -> w.Button:
    button = w.Button(description=words, button_style=style, layout={"width": "auto"})
    button.on_click(lambda _: press())
    return button

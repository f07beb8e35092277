"""The live lab: choose a trap, a fix, an agent and a moment, and see belief beside truth."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import anywidget
import ipywidgets as w

from simkit.base.clock import SECOND
from simkit.base.errors import BadInput
from simkit.show import plots, sentences
from simkit.show.desk import CUSTOM, Control, LabState

_GUARD_JS = """
// JupyterLab takes arrow keys and "d d" away from a focused control unless that control says no.
function render({ el }) {
  el.style.display = "none";
  const guard = ({ target }) => {
    if (!target.closest?.(".simkit-lab")) return;
    target.setAttribute("data-lm-suppress-shortcuts", "true");
    const label = target.closest(".widget-inline-hbox")?.querySelector("label")?.textContent;
    if (target.getAttribute("role") === "slider" && label) target.setAttribute("aria-label", label);
  };
  document.addEventListener("focusin", guard);
  return () => document.removeEventListener("focusin", guard);
}
export default { render };
"""

_CSS = """
.simkit-lab { background: #fff; color: #1b2733; padding: 4px 8px; color-scheme: light;
  font: 13px/1.35 "Liberation Sans", Arial, sans-serif; --jp-widgets-label-color: #1b2733; }
.simkit-lab .widget-html, .simkit-lab .widget-html-content { font: inherit; line-height: inherit;
  color: inherit; overflow: visible; height: auto; }
.simkit-lab .widget-label { color: #1b2733; }
.simkit-lab .finding { font-size: 14px; padding: 2px 0; }
.simkit-lab .finding.wrong { border-left: 4px solid #c2185b; padding-left: 8px; }
.simkit-lab .finding.right { border-left: 4px solid #2e7d32; padding-left: 8px; }
.simkit-lab .error { color: #b00020; font-weight: bold; }
.simkit-lab .time { font-size: 16px; font-weight: bold; padding-top: 2px; }
.simkit-lab .caption { font-weight: bold; margin: 2px 0; }
.simkit-chart { position: relative; overflow: hidden; min-height: HEIGHTpx; }
.simkit-chart .jp-OutputArea-output, .simkit-chart .jp-OutputArea-child { padding: 0; margin: 0; }
.simkit-chart .jp-OutputArea-prompt, .simkit-chart .jp-OutputPrompt { display: none; }
.simkit-chart .js-plotly-plot { height: HEIGHTpx; }
.simkit-cursor { position: absolute !important; inset: 2px; margin: 0 !important;
  pointer-events: none; z-index: 5; }
.simkit-cursor .widget-html-content { position: absolute; inset: 0; }
.simkit-cursor .line { position: absolute; border-left: 2px dashed #000; }
.simkit-lab table { border-collapse: collapse; width: 100%; font-size: 12.5px; }
.simkit-lab td, .simkit-lab th { text-align: left; vertical-align: top; padding: 0 6px; }
.simkit-lab thead th { border-bottom: 2px solid #1b2733; }
.simkit-lab table.desk td:first-child, .simkit-lab table.desk th:first-child {
  width: 45%; border-right: 2px solid #1b2733; }
.simkit-lab .box { display: flex; justify-content: space-between; border: 1px solid #5d6b78;
  border-radius: 3px; padding: 1px 6px; }
.simkit-lab .box.disabled { background: #e3e6e9; color: #5d6b78; }
.simkit-lab .off { color: #b00020; }
.simkit-lab .said { float: right; color: #37474f; }
.simkit-lab tr.entry td { max-width: 0; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; }
.simkit-lab .mark { display: inline-block; width: 10px; height: 10px; margin-right: 7px;
  border: 1px solid #5d6b78; }
.simkit-lab .bad { color: #a3124b; font-weight: bold; }
.simkit-lab table.numbers { margin-bottom: 8px; }
.simkit-lab table.numbers th, .simkit-lab table.changes th { font-weight: normal; }
.simkit-lab table.changes th, .simkit-lab table.changes td { overflow-wrap: anywhere; }
.simkit-lab table.numbers tbody tr:first-child > * { font-weight: bold; }
.simkit-lab table.numbers td { white-space: nowrap; }
.simkit-lab button { padding: 0 4px; }
.simkit-lab pre { margin: 4px 0; white-space: pre-wrap; word-break: normal; font-size: 12px;
  overflow-wrap: anywhere; }
""".replace("HEIGHTpx", f"{plots.HEIGHT}px")


class Guard(anywidget.AnyWidget):  # type: ignore[misc, unused-ignore]
    """A hidden widget that keeps JupyterLab's shortcuts away from the lab's controls."""

    _esm = _GUARD_JS
    _css = _CSS

    def __repr__(self) -> str:
        return "Guard()"


def lab(trap_id: str = "E4", *, seed: int = 1, **changes: Any) -> Lab:
    """Give a live lab on one trap; fields given by name are changed by hand on top of it.

    Put it at the end of a cell: ``simkit.lab("E4", refresh_interval_ms=15_000)``.
    """
    return Lab(LabState(trap_id, seed=seed, changes=changes))


class Lab:
    """The controls and pictures around a LabState. Put it at the end of a cell to see it."""

    def __init__(self, state: LabState) -> None:
        self.state = state
        self._filling = False
        self._closed = False
        self._drawn: Any = None
        wide = {"description_width": "52px"}
        self.trap = w.Dropdown(description="Trap", style=wide, layout=_width("31%"))
        self.preset = w.Dropdown(description="Settings", style=wide, layout=_width("42%"))
        self.agent = w.Dropdown(description="Agent", style=wide, layout=_width("27%"))
        self.moment = w.IntSlider(
            description="Moment",
            readout=False,
            style={"description_width": f"{plots.LEFT - 7}px"},
            layout=_width(f"calc(100% - {plots.RIGHT + 6}px)"),
        )
        self.clock = w.HTML(layout=_width("100px"))
        self.before = w.Button(description="Previous disagreement", layout=_width("168px"))
        self.after = w.Button(description="Next disagreement", layout=_width("168px"))
        self.why = w.Checkbox(
            description="Explain this moment", indent=False, layout=_width("150px")
        )
        self.fields: dict[str, Any] = {}
        """The controls of the Custom settings, by path."""
        self.custom = w.VBox()
        self.error, self.sentence, self.because = w.HTML(), w.HTML(), w.HTML()
        self.chart, self.cursor = w.Output(layout=_width("100%")), w.HTML()
        self.desk = w.HTML(layout=w.Layout(width="54%", padding="0 16px 0 0"))
        self.numbers, self.changes = w.HTML(), w.HTML()
        self._guard = Guard()
        self.box = self._layout()
        self._listen()
        self._show_run()

    def __repr__(self) -> str:
        s = self.state
        return f"Lab({s.trap.id}, {s.preset}, seed {s.seed}, {s.agent} at {s.time(s.moment)})"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """Give the live lab, and for readers without a kernel its desk as plain HTML."""
        plain = {"text/plain": repr(self), "text/html": sentences.still_html(self.state)}
        return plain if self._closed else self.box._repr_mimebundle_() | plain

    def _layout(self) -> Any:
        chart = w.Box([self.chart, self.cursor])
        chart.add_class("simkit-chart")
        self.cursor.add_class("simkit-cursor")
        steps = w.HBox([self.before, self.after, self.why])
        right = w.VBox([steps, self.because, self.numbers, self.changes], layout=_width("46%"))
        rows = [
            self._guard,
            w.HBox([self.trap, self.preset, self.agent]),
            self.custom,
            self.error,
            self.sentence,
            chart,
            w.HBox([self.moment, self.clock]),
            w.HBox([self.desk, right]),
        ]
        box = w.VBox(rows)
        box.add_class("simkit-lab")
        return box

    def close(self) -> None:
        """Close all widgets and forget the runs; the lab disappears."""
        if not self._closed:
            self._closed = True
            _close(self.box)
            self.state.forget()

    # From the controls to the state.

    def _listen(self) -> None:
        self.trap.observe(self._on(self.state.choose_trap, self._show_run), "value")
        self.preset.observe(self._on(self.state.choose_preset, self._show_run), "value")
        self.agent.observe(self._on(self.state.choose_agent, self._show_run), "value")
        self.moment.observe(self._on(self._move, self._show_moment), "value")
        self.why.observe(self._on(lambda _on: None, self._show_moment), "value")
        self.before.on_click(lambda _button: self._answer(self._go, self._show_moment, -1))
        self.after.on_click(lambda _button: self._answer(self._go, self._show_moment, 1))

    def _on(self, act: Callable[[Any], None], show: Callable[[], None]) -> Callable[[Any], None]:
        """Give a handler of a changed value: act on it, then show what follows."""

        def handle(change: Any) -> None:
            if not self._filling:
                self._answer(act, show, change["new"])

        return handle

    def _answer(self, act: Callable[[Any], None], show: Callable[[], None], value: Any) -> None:
        """Act and show; what cannot be done is said in the lab, and the controls turn back."""
        try:
            act(value)
            show()
            self.error.value = ""
        except Exception as problem:
            kind = "" if isinstance(problem, BadInput) else f"{type(problem).__name__}: "
            self.error.value = f'<div class="error" role="alert">{escape(f"{kind}{problem}")}</div>'
            self._show_run()

    def _move(self, seconds: int) -> None:
        self.state.move_to(seconds * SECOND)

    def _go(self, direction: int) -> None:
        if not self.state.go_to_trouble(direction):
            where = "later" if direction > 0 else "earlier"
            raise BadInput(f"{sentences.name(self.state.agent)} has no {where} disagreement")

    # From the state to the controls and pictures.

    def _show_run(self) -> None:
        """Show everything: another trap, other settings or another agent were chosen."""
        state = self.state
        self._filling = True
        try:
            entries = [(f"{t.id}: {t.title}", t.id) for t in state.catalogue.values()]
            _choices(self.trap, entries, state.trap.id)
            _choices(self.preset, [(p.label, p.id) for p in state.presets], state.preset)
            agents = state.reading.agents
            labels = [(sentences.agent_label(state.reading, a), a) for a in agents]
            _choices(self.agent, labels, state.agent)
            self._show_fields()
        finally:
            self._filling = False
        shown = (state.reading, state.agent)
        if self._drawn != shown:
            self.chart.outputs = plots.day(state.reading, state.agent).outputs
            self._drawn = shown
        self.numbers.value = sentences.numbers_html(state)
        self.changes.value = sentences.changes_html(state)
        self._show_moment()

    def _show_moment(self) -> None:
        """Show what changes with the moment: only short texts, and the place of the cursor."""
        state = self.state
        self._filling = True
        try:
            _move_slider(self.moment, *(t // SECOND for t in (*state.shift, state.moment)))
        finally:
            self._filling = False
        self.clock.value = f'<span class="time">{state.time(state.moment)}</span>'
        self.sentence.value = sentences.sentences_html(state)
        self.desk.value = sentences.desk_html(state)
        self.cursor.value = plots.cursor_html(state.reading, state.agent, state.moment)
        self.because.value = self._explanation() if self.why.value else ""

    def _explanation(self) -> str:
        state = self.state
        return f"<pre>{escape(state.reading.run.why(state.agent, state.moment))}</pre>"

    def _show_fields(self) -> None:
        """Show the controls of the Custom settings, and only with them."""
        state = self.state
        controls = state.controls if state.preset == CUSTOM else []
        if [c.path for c in controls] != list(self.fields):
            old, self.custom.children = self.custom.children, ()
            for row in old:
                _close(row)
            self.fields = {c.path: _field(c, state.settings.get(c.path)) for c in controls}
            for path, field in self.fields.items():
                field.observe(self._on(self._setter(path), self._show_run), "value")
            self.custom.children = tuple(_row(c, self.fields[c.path]) for c in controls)
        for path, field in self.fields.items():
            field.value = state.settings.get(path)

    def _setter(self, path: str) -> Callable[[Any], None]:
        return lambda value: self.state.set_field(path, value)


def _width(width: str) -> Any:
    return w.Layout(width=width)


def _choices(dropdown: Any, entries: list[tuple[str, str]], value: str) -> None:
    with dropdown.hold_sync():
        if list(dropdown.options) != entries:
            dropdown.options = entries
        dropdown.value = value


def _move_slider(slider: Any, low: int, high: int, value: int) -> None:
    with slider.hold_sync():
        slider.min = min(slider.min, low)
        slider.max = max(slider.max, high)
        slider.value = value
        slider.min, slider.max = low, high


def _field(control: Control, value: Any) -> Any:
    """Give the control of a field: its kind, bounds and choices are those of the settings."""
    label = control.path.split(".")[1]
    common = {
        "description": label,
        "tooltip": control.description,
        "style": {"description_width": "170px"},
        "layout": _width("400px"),
    }
    if control.kind == "flag":
        return w.Checkbox(value=value, **common)
    if control.kind == "number":
        kind = w.BoundedIntText if control.whole else w.BoundedFloatText
        return kind(value=value, min=control.low, max=control.high, **common)
    options = [(sentences.plain_value(v), v) for v in control.options]
    if max(len(text) for text, _ in options) > 30:
        common["layout"] = _width("720px")
    return w.Dropdown(options=options, value=value, **common)


def _row(control: Control, field: Any) -> Any:
    row = w.HBox([field, w.HTML(sentences.safe(control.description))])
    row.layout.align_items = "center"
    return row


def _close(widget: Any) -> None:
    for child in getattr(widget, "children", ()):
        _close(child)
    for part in ("layout", "style"):
        if getattr(widget, part, None) is not None:
            getattr(widget, part).close()
    widget.close()

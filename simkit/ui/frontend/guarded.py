"""A widget that is not confused by what it hears, nor by what is assigned to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

import anywidget
import traitlets
from ipywidgets.widgets.widget import JUPYTER_WIDGETS_ECHO

from simkit.base import given
from simkit.base.errors import BadInput, InputNotice, one_line, shown
from simkit.ui.frontend.strict import Strict

_MOST_ANSWERED = 1 << 53
"""Up to here a browser counts exactly."""


class Refused(BadInput, traitlets.TraitError):
    """A value that a trait cannot take; it stays as it was."""


@contextmanager
def refusals() -> Iterator[None]:
    """Let what is refused inside be known to traitlets, whose own errors are of another kind."""
    try:
        yield
    except BadInput as problem:
        raise Refused(str(problem)) from None


class Guarded(Strict, anywidget.AnyWidget):  # type: ignore[misc, unused-ignore]
    """A widget whose browser may ask, and set no other traits than those told ``_settable``.

    Whatever else comes is told in one line, in ``error``, and changes nothing.
    """

    _settable: ClassVar[frozenset[str]] = frozenset()
    error = traitlets.Unicode().tag(sync=True)
    answered = traitlets.Int().tag(sync=True)

    def __init__(self, **told: Any) -> None:
        super().__init__(**told)
        self.on_msg(self._hear)

    def _handle_msg(self, msg: Mapping[str, Any]) -> None:
        """Hear a message of the widgets' protocol, as far as it is one."""
        try:
            data = self._understood(msg["content"].get("data"))
        except BadInput as problem:
            self.error = str(problem)
        else:
            super()._handle_msg({"content": {"data": data}, "buffers": []})

    def _understood(self, data: Any) -> dict[str, Any]:
        """Give what a browser may say; BadInput for anything else."""
        method = given.mapping("message", data).get("method")
        if method == "request_state":
            return {"method": method}
        if method == "custom":
            return {"method": method, "content": data.get("content")}
        if method != "update":
            known = "custom, request_state, update"
            raise BadInput(field="method", found=shown(method), allowed=known)
        state = given.mapping("state", data.get("state"))
        for name in state:
            if name not in self._settable:
                raise BadInput("is not set by a browser", field=name)
        return {"method": method, "state": dict(state)}

    def set_state(self, sync_data: Mapping[str, Any]) -> None:
        """Set what a browser has set, one by one; what is refused is told back as it is."""
        if JUPYTER_WIDGETS_ECHO:  # for other views, and so that this one knows that it was heard
            self._send({"method": "echo_update", "state": dict(sync_data), "buffer_paths": []})
        for name, value in sync_data.items():
            try:
                with self._lock_property(**{name: value}):
                    setattr(self, name, value)
            except (BadInput, InputNotice, traitlets.TraitError) as problem:
                self.error = one_line(str(problem))
                self.send_state(name)

    def _hear(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """Answer the browser; what cannot be done is said there, and the controls turn back."""
        number = 0
        try:
            asked = given.mapping("message", content)
            number = given.whole("n", asked.get("n", 0), 0, _MOST_ANSWERED)
            self._answer(given.text("ask", asked.get("ask")), asked.get("value"))
        except (BadInput, InputNotice) as problem:
            self.error = str(problem)
        except Exception as problem:
            self.error = one_line(f"{type(problem).__name__}: {problem}")
        self.answered = number

    def _answer(self, kind: str, value: Any) -> None:
        """Do what a browser asks; BadInput for what cannot be done."""
        raise NotImplementedError

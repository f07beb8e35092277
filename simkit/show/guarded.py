"""A widget that is not confused by what it hears, nor by what is assigned to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import anywidget
import traitlets

from simkit.base import given
from simkit.base.errors import BadInput, closest, one_line, shown

_NOTHING = object()
_MOST_ANSWERED = 1 << 53
"""Up to here a browser counts exactly."""


class Guarded(anywidget.AnyWidget):  # type: ignore[misc, unused-ignore]
    """A widget whose browser may ask, and set no more than a moment.

    Whatever else comes is told in one line, in ``error``, and changes nothing.
    """

    error = traitlets.Unicode().tag(sync=True)
    answered = traitlets.Int().tag(sync=True)

    _plain: ClassVar[tuple[str, ...]] = ()
    """Attributes that are no traits, which ``__init__`` sets."""

    def __init__(self, **told: Any) -> None:
        super().__init__(**told)
        self.on_msg(self._hear)

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse a name that means nothing, which Python would keep without a word."""
        known = getattr(type(self), name, _NOTHING)
        if isinstance(known, property) and known.fset is None:
            raise AttributeError(f"{name!r} cannot be set{self._instead(name)}")
        if known is _NOTHING and not name.startswith("_") and name not in self._plain:
            names = [each for each in dir(type(self)) if not each.startswith("_")]
            instead = self._instead(name) or closest(name, names)
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}{instead}")
        super().__setattr__(name, value)

    def _instead(self, name: str) -> str:
        """Give ``; do you mean …?`` for what is done in another way than by an attribute."""
        return ""

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
            if name != "moment" or not self.has_trait(name):
                raise BadInput("is not set by a browser", field=name)
        moment = {name: given.whole(name, value) for name, value in state.items()}
        return {"method": method, "state": moment}

    def _hear(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """Answer the browser; what cannot be done is said there, and the controls turn back."""
        number = 0
        try:
            asked = given.mapping("message", content)
            number = given.whole("n", asked.get("n", 0), 0, _MOST_ANSWERED)
            self._answer(given.text("ask", asked.get("ask")), asked.get("value"))
        except BadInput as problem:
            self.error = str(problem)
        except Exception as problem:
            self.error = one_line(f"{type(problem).__name__}: {problem}")
        self.answered = number

    def _answer(self, kind: str, value: Any) -> None:
        """Do what a browser asks; BadInput for what cannot be done."""
        raise NotImplementedError

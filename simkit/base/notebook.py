"""A line below the cell of a notebook that is being run, which leaves nothing behind.

IPython is not imported: where it runs a cell it is there.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from itertools import count
from typing import Any, Self

_numbers = count(1)


class CellLine:
    """A line of text below the cell; an empty output when it ends, which shows nothing."""

    def __init__(self, publish: Callable[..., None]) -> None:
        """Make room for it; ``publish`` sends an output, as IPython's ``publish_display_data``."""
        self._publish = publish
        self._place = {"display_id": f"simkit-progress-{next(_numbers)}-{id(self)}"}
        # Empty at first too: so it is for those who compare outputs and leave out what changed.
        self._publish({}, transient=self._place)

    @classmethod
    def here(cls) -> Self | None:
        """Give a line below the cell that is being run; None where none is."""
        shell: Any = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
        kernel = getattr(shell, "kernel", None)
        # A widget that answers its browser is in no cell, and work in other threads is its own.
        if kernel is None or threading.current_thread() is not threading.main_thread():
            return None
        asked = kernel.get_parent().get("header", {}).get("msg_type")
        return cls(shell.display_pub.publish) if asked == "execute_request" else None

    def show(self, words: str, _: float) -> None:
        """Say how far the work is."""
        self._publish({"text/plain": words}, transient=self._place, update=True)

    def end(self) -> None:
        """Take the line away."""
        self._publish({}, transient=self._place, update=True)

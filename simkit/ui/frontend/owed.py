"""What a widget owes: told once the cell has shown what it shows, and at once to whoever asks."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from typing import Any

import traitlets

REST_S = 0.005
"""Long enough for a thread that waits for its turn."""


class Owed(traitlets.TraitType):  # type: ignore[type-arg]
    """A trait of a widget with ``pay`` whose value may be owed; who reads it has it."""

    def get(self, obj: Any, cls: Any = None) -> Any:
        """Give the value, after what is owed of it."""
        obj.pay(self.name)
        return super().get(obj, cls)


class Debts:
    """Values that are owed by name, until the kernel has time for them.

    It has at the end of the cell, or of the message from a browser, that is under way: what they
    show stands there by then. Where no kernel is at work, there is no such end.
    """

    def __init__(self, pay: Callable[[], None]) -> None:
        self._pay = pay
        self._made: dict[str, Callable[[], Any]] = {}
        self._left: set[str] = set()
        self._coming = False

    def add(self, name: str, make: Callable[[], Any]) -> None:
        """Owe a value, in place of one that is owed by this name."""
        self._made[name] = make
        self._left.discard(name)
        if not self._coming:
            self._coming = True
            _at_the_end(self._come)

    def _come(self) -> None:
        self._coming = False
        self._pay()

    def leave(self, name: str, make: Callable[[], Any]) -> None:
        """Owe a value to whoever reads it, without coming to it by oneself."""
        self._made[name] = make
        self._left.add(name)

    def settle(self, name: str) -> Callable[[], Any] | None:
        """Give what makes a value, which is not owed any more; None when it was not."""
        return self._made.pop(name, None)

    @property
    def due(self) -> list[str]:
        """What is owed and not left to those who read it, in its order."""
        return [name for name in self._made if name not in self._left]


def send_now() -> None:
    """Let a kernel send what widgets have told so far.

    Another of its threads does, which would wait for this one to rest. Flushing waits for it, save
    in a subshell.
    """
    sys.stdout.flush()
    time.sleep(REST_S)


def can_wait() -> bool:
    """Say whether the kernel comes back by itself to what is owed."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _at_the_end(pay: Callable[[], None]) -> None:
    """Call a function once: when the cell or message is over, or when the loop has time."""
    # A task of the user's has no such end, but comes back to the loop.
    asyncio.get_running_loop().call_soon(pay)
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:
        return

    def once() -> None:
        shell.events.unregister("post_execute", once)
        send_now()
        pay()

    shell.events.register("post_execute", once)

"""The last few values made from objects too large to compare."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

V = TypeVar("V")


class Recent(Generic[V]):
    """Keeps the last few values made from an object and a key; objects are told by identity.

    An organisation of thousands of agents takes longer to compare than a value to make anew.

    >>> recent, made = Recent[str](most=1), []
    >>> owner = [1]
    >>> [recent.get(owner, "a", lambda: made.append("made") or "value") for _ in range(2)], made
    (['value', 'value'], ['made'])
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: dict[tuple[int, Hashable], tuple[object, V]] = {}
        self._changing = Lock()

    def get(self, owner: object, key: Hashable, make: Callable[[], V]) -> V:
        """Give the value of an object and a key, made now unless it is among the last few."""
        place = id(owner), key
        known = self._known.get(place)
        if known is None:
            # The owner is kept too, so that its id stays its own.
            known = owner, make()
            with self._changing:  # a lab measures in a thread of its own
                while len(self._known) >= self._most:
                    del self._known[next(iter(self._known))]
                self._known[place] = known
        return known[1]

"""Objects that refuse what is assigned to a name which means nothing."""

from __future__ import annotations

from typing import Any, ClassVar

from simkit.base.errors import closest

_NOTHING = object()


class Strict:
    """An object to whose known names alone something can be assigned."""

    _plain: ClassVar[tuple[str, ...]] = ()
    """Attributes that are set in ``__init__`` and not told by the class."""

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

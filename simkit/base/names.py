"""When two names are one, and how two that look alike differ."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

_INVISIBLE = {"Cf", "Mn", "Zs", "Cc"}
"""Categories of characters that one does not see: formats, marks, spaces, controls."""


def plain_name(text: str) -> str:
    r"""Give the one spelling of a name, by which all names are compared and kept.

    Unicode's composed form (NFC), without white space at its ends, and with one space for each run
    of white space inside, of whatever width. Upper and lower case stay apart.

    >>> plain_name("  2\u00a0nd  break "), plain_name("Cafe\u0301")
    ('2 nd break', 'Café')
    """
    return " ".join(unicodedata.normalize("NFC", text).split())


def how_they_differ(one: str, other: str) -> str:
    """Say how two names differ that look alike, or nothing where one sees it.

    >>> how_they_differ("Lunch", "lunch")
    ''
    >>> how_they_differ("Lunch", "Lun\u200bch")
    'in U+200B ZERO WIDTH SPACE, which one only has'
    """
    if one.casefold() == other.casefold():
        return ""
    mine, theirs = _unusual(one), _unusual(other)
    if _seen(one) != _seen(other) or mine == theirs:
        return ""
    odd = min(mine ^ theirs)
    return f"in U+{ord(odd):04X} {unicodedata.name(odd, 'without a name')}, which one only has"


def _seen(text: str) -> str:
    """Give what one sees of a text: no marks, formats or spaces, and wide letters as narrow."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in apart if unicodedata.category(c) not in _INVISIBLE)


def _unusual(text: str) -> frozenset[str]:
    return frozenset(c for c in text if not (c.isascii() and c.isprintable()))


def alike(name: str, known: Iterable[str]) -> str | None:
    """Give the first known name that looks like a name and is another one; None without any."""
    return next((other for other in known if how_they_differ(name, other)), None)

"""When two names are one, and how two that look alike differ."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

_INVISIBLE = {"Cf", "Zs", "Cc"}
"""Categories of characters that one does not see: formats, spaces, controls."""
_INVISIBLE_MARKS = {"\u034f", *map(chr, range(0xFE00, 0xFE10))}
"""Marks that one does not see; all others, such as the vowels of Hindi or Thai, make a word."""
_LONGEST = 1_000
"""Characters of a text that is still put into one form of Unicode."""
_TWINS = str.maketrans(
    "АВЕКМНОРСТУХІЈЅаеорсухіјѕΑΒΕΖΗΙΚΜΝΟΡΤΥΧο‐‑‒–—−’ʼ",
    "ABEKMHOPCTYXIJSaeopcyxijsABEZHIKMNOPTYXo------''",
)
"""Letters of Cyrillic and Greek that are drawn as Latin ones are, dashes, and apostrophes (of the
confusables of Unicode Technical Standard 39)."""


def plain_name(text: str) -> str:
    r"""Give the one spelling of a name, by which all names are compared and kept.

    Unicode's composed form (NFC), without white space at its ends, and with one space for each run
    of white space inside, of whatever width. Upper and lower case stay apart.

    >>> plain_name("  2\u00a0nd  break "), plain_name("Cafe\u0301")
    ('2 nd break', 'Café')
    """
    # Composing takes time as the square of the accents in a row. No name may be so long.
    composed = unicodedata.normalize("NFC", text) if len(text) <= _LONGEST else text
    return " ".join(composed.split())


def is_blank(text: str) -> bool:
    r"""Say whether nothing of a text is seen: it has white space, marks and formats only.

    >>> is_blank(" \u200b"), is_blank("-")
    (True, False)
    """
    return not seen(text)


def how_they_differ(one: str, other: str) -> str:
    """Say how two names differ that look alike, or nothing where one sees it.

    >>> how_they_differ("Lunch", "lunch")
    ''
    >>> how_they_differ("Lunch", "Lun\u200bch")
    'in U+200B ZERO WIDTH SPACE, which one only has'
    >>> how_they_differ("Lunch", "Lun\u0441h")
    'in U+0441 CYRILLIC SMALL LETTER ES, which one only has'
    """
    if one.casefold() == other.casefold():
        return ""
    mine, theirs = _unusual(one), _unusual(other)
    if seen(one) != seen(other) or mine == theirs:
        return ""
    odd = min(mine ^ theirs)
    return f"in U+{ord(odd):04X} {unicodedata.name(odd, 'without a name')}, which one only has"


def seen(text: str) -> str:
    """Give what one sees of a text: no marks, formats or spaces, no case, wide letters as narrow.

    A letter of another script counts as the Latin one that it is drawn as.

    >>> seen("Lun\\u200bch Ｂreak")
    'lunchbreak'
    """
    if text.isascii() and text.isprintable():
        return text.lower().replace(" ", "")
    plain = unicodedata.normalize("NFKC", text) if len(text) <= _LONGEST else text
    plain = plain.translate(_TWINS).casefold()
    return "".join(c for c in plain if not _is_invisible(c))


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) in _INVISIBLE or character in _INVISIBLE_MARKS


def _unusual(text: str) -> frozenset[str]:
    return frozenset(c for c in text if not (c.isascii() and c.isprintable()))


def alike(name: str, known: Iterable[str]) -> str | None:
    """Give the first known name that looks like a name and is another one; None without any."""
    return next((other for other in known if how_they_differ(name, other)), None)

"""Languages: what is said to learners in another one, and numbers as people there write them.

Texts stand in the code in English, as arguments of ``tr`` and ``trn``; each is its own key in the
catalogues ``data/languages/*.po``, which Babel's own commands read and write (docs/languages.md).
One process speaks one language at a time: labs measure in threads, and what they say is one page.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from simkit.base import resources
from simkit.base.errors import BadInput, closest, shown

if TYPE_CHECKING:
    from babel import Locale

ENGLISH = "en"
PSEUDO = "en-XA"
"""English with accents between brackets, by which one sees a text that is in no catalogue."""
VARIABLE = "SIMKIT_LANGUAGE"
"""The environment variable that says what a new process speaks."""
_CATEGORIES = ("zero", "one", "two", "few", "many", "other")
"""CLDR's categories of number, in the order in which a catalogue has its forms."""
_BRACE = re.compile(r"\{([a-z_]+)\}")
_NAMED = re.compile(r"(\{[a-z_0-9]+)")
"""The beginning of a brace, up to the noun that it may have."""
_ACCENTS = str.maketrans(
    dict(
        zip(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
            "áƀćđéƒǧĥíĵķĺḿńóṕɋŕśţúṽŵẋýžÁƁĆĐÉƑǦĤÍĴĶĹḾŃÓṔɊŔŚŢÚṼŴẊÝŽ",
            strict=True,
        )
    )
    | dict(zip("aeiou", ("áà", "éè", "íì", "óò", "úù"), strict=True))
)
"""Vowels twice, as other languages are longer."""


@dataclass(frozen=True)
class Catalogue:
    """What is known of a language."""

    tag: str
    group: str = ","
    """Between thousands."""
    decimal: str = "."
    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Translations by their English: several where they depend on a number."""
    for_browser: frozenset[str] = frozenset()
    """The English of those that JavaScript says."""

    def form(self, n: float) -> int:
        """Give which of several forms a number takes."""
        if self.tag == ENGLISH:
            return int(n != 1)
        rule = _locale(self.tag).plural_form
        tags = {*rule.tags, "other"}
        return [category for category in _CATEGORIES if category in tags].index(rule(n))


_spoken: Catalogue | None = None


def set_language(tag: str) -> None:
    """Speak another language from now on: ``"en"``, ``"de"``, or ``"en-XA"`` to test with.

    Stories, labs, exercises and handouts that are made afterwards are in it; what is in no
    catalogue stays English. A new process speaks what the environment variable
    ``SIMKIT_LANGUAGE`` says.
    BadInput for one of which there is no catalogue.

    >>> set_language("en")
    """
    global _spoken
    _spoken = catalogue(checked(tag, "language"))


def language() -> str:
    """Give the tag of the language that is spoken, as BCP 47 has it."""
    return _now().tag


@contextmanager
def in_language(tag: str) -> Iterator[None]:
    """Speak another language for a while, and then the former again.

    >>> with in_language("de"):
    ...     number_words("1,234.5")
    '1.234,5'
    """
    global _spoken
    before = _now()
    set_language(tag)
    try:
        yield
    finally:
        _spoken = before


def languages() -> tuple[str, ...]:
    """Give the tags of all languages, English first; that for tests is none of them."""
    return (ENGLISH, *sorted(file.stem for file in _folder().glob("*.po")))


def checked(tag: str, where: str) -> str:
    """Give the tag of a language; BadInput, which names the place, for one there is not."""
    known = (*languages(), PSEUDO)
    if tag not in known:
        problem = f"no such language{closest(tag, known)}"
        raise BadInput(problem, field=where, found=shown(tag), allowed=", ".join(known))
    return tag


def default_language() -> str:
    """Give what a new process speaks; BadInput, which names the variable, for what there is not."""
    return checked(os.environ.get(VARIABLE) or ENGLISH, VARIABLE)


def tr(message: str, /, **values: object) -> str:
    """Give a text in the language that is spoken, its braces filled.

    Whole numbers are written as people there write them; all else is filled in as it is.

    >>> tr("{n} of {what}", n=1234, what="{n}")
    '1,234 of {n}'
    """
    found = _now().texts.get(message)
    return _filled(found[0] if found else message, values)


def trn(one: str, many: str, n: int, /, **values: object) -> str:
    """Give a text that depends on a number, which ``{n}`` stands for, in the same way.

    >>> trn("{n} poll", "{n} polls", 1), trn("{n} poll", "{n} polls", 1200)
    ('1 poll', '1,200 polls')
    """
    spoken = _now()
    forms = spoken.texts.get(one, (one, many))
    return _filled(forms[min(spoken.form(n), len(forms) - 1)], {"n": n, **values})


def tr_noop(message: str) -> str:
    """Mark a text that is said later, by ``tr``, for the catalogues; it stays as it is."""
    return message


def number_words(text: str) -> str:
    """Give a number that Python has written, such as ``1,234.5``, as people write it."""
    spoken = _now()
    if spoken.tag == ENGLISH:
        return text
    return text.translate({ord(","): spoken.group, ord("."): spoken.decimal})


def form_of(n: float) -> int:
    """Give which of the forms of a text a number takes: in English 0 for one and 1 for many."""
    return _now().form(n)


def for_browser() -> dict[str, object]:
    """Give what JavaScript needs to speak: the tag, and translations by their English."""
    spoken = _now()
    words = {text: spoken.texts[text] for text in sorted(spoken.for_browser)}
    return {
        "tag": spoken.tag,
        "words": {text: f if len(f) > 1 else f[0] for text, f in words.items()},
    }


@cache
def catalogue(tag: str) -> Catalogue:
    """Give the catalogue of a language that is known."""
    if tag == ENGLISH:
        return Catalogue(ENGLISH)
    from babel.messages.pofile import read_po

    file = _folder() / ("simkit.pot" if tag == PSEUDO else f"{tag}.po")
    with file.open("rb") as content:
        messages = [message for message in read_po(content) if message.id and not message.fuzzy]
    texts, for_browser = {}, set()
    for message in messages:
        english = (message.id,) if isinstance(message.id, str) else tuple(message.id)
        said = tuple(map(pseudo, english)) if tag == PSEUDO else _forms(message.string)
        if all(said):
            texts[english[0]] = said
            if any(place.endswith(".js") for place, _ in message.locations):
                for_browser.add(english[0])
    symbols = _locale(tag).number_symbols["latn"]
    return Catalogue(tag, symbols["group"], symbols["decimal"], texts, frozenset(for_browser))


def pseudo(text: str) -> str:
    """Give a text with accents between brackets; names in braces are left.

    >>> pseudo("{n} polls"), pseudo("{n:poll}")
    ('⟦{n} ṕóòĺĺś⟧', '⟦{n:ṕóòĺĺ}⟧')
    """
    parts = _NAMED.split(text)
    return f"⟦{''.join(p if p[:1] == '{' else p.translate(_ACCENTS) for p in parts)}⟧"


def _forms(said: str | Iterable[str] | None) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said or ())


def _now() -> Catalogue:
    global _spoken
    if _spoken is None:
        _spoken = catalogue(default_language())
    return _spoken


def _folder() -> Path:
    return resources.data_folder() / "languages"


def _locale(tag: str) -> Locale:
    from babel import Locale

    return Locale.parse(ENGLISH if tag == PSEUDO else tag, sep="-")


def _filled(text: str, values: Mapping[str, object]) -> str:
    if not values:
        return text
    parts = list(_parts(text))
    for place in range(1, len(parts), 2):
        parts[place] = _value(values, parts[place])
    return "".join(parts)


@lru_cache(4096)
def _parts(text: str) -> Sequence[str]:
    """Give what stands between the places of a text, and at each odd place its name."""
    return _BRACE.split(text)


def _value(values: Mapping[str, object], name: str) -> str:
    if name not in values:
        return f"{{{name}}}"
    value = values[name]
    is_count = isinstance(value, int) and not isinstance(value, bool)
    return number_words(f"{value:,}") if is_count else str(value)

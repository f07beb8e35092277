"""Bad input, said in one line."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from itertools import islice

from simkit.base.names import alike, how_they_differ

# What can break a line, move the cursor or turn the reading direction of what follows, and halves
# of surrogate pairs, which no terminal can print. Letters of right-to-left scripts and emoji stay.
UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_LONGEST_FOUND = 60
_LONGEST_TEXT = 400
_LONGEST_GUESS = 100
_MOST_GUESSES = 20_000  # as many take about half a second


class BadInput(Exception):  # noqa: N818 - the name says what it is
    """Input that cannot be used. ``str()`` is one readable line.

    >>> str(BadInput(file="a.yaml", line=3, column=5, field="seed", found="'x'", allowed="number"))
    "a.yaml:3:5: seed: found 'x'; allowed: number"
    """

    def __init__(
        self,
        problem: str = "",
        *,
        file: str | None = None,
        line: int | None = None,
        column: int | None = None,
        field: str | None = None,
        found: str | None = None,
        allowed: str | None = None,
        more: int = 0,
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.file, self.line, self.column = file, line, column
        self.field, self.found, self.allowed = field, found, allowed
        self.more = more
        """How many further errors the same input has."""

    @property
    def message(self) -> str:
        """What is wrong, in one line, without the place."""
        parts = [one_line(self.problem, _LONGEST_TEXT)] if self.problem else []
        if self.found is not None:
            # Room for the quotes and the length that `shown` puts around a shortened text.
            parts.append(f"found {one_line(self.found, _LONGEST_FOUND + 40)}")
        if self.allowed is not None:
            parts.append(f"allowed: {one_line(self.allowed, _LONGEST_TEXT)}")
        return "; ".join(parts) or "cannot be used"

    def __str__(self) -> str:
        numbers = [self.line, self.column] if self.line is not None else []
        place = ":".join(str(part) for part in [self.file, *numbers] if part is not None)
        field = self.field and one_line(self.field, _LONGEST_TEXT)
        text = ": ".join(part for part in [one_line(place), field, self.message] if part)
        return f"{text} (and {self.more} more)" if self.more else text


class InputNotice(UserWarning):
    """Input that can be used, yet is doubtful or used in part only. Its text is one line.

    It is given through ``warnings``, whose filters turn it into an error or silence it.
    """


class Remark(InputNotice):
    """What is said of an input and is no doubt about it: who is strict takes it all the same."""


class RoundedTimes(Remark):
    """Times of an input are rounded, and are drawn within their minutes: said, and no doubt."""


def notice(doubt: BadInput, category: type[InputNotice] = InputNotice) -> None:
    """Give a doubt about an input as an ``InputNotice``, with its place and in its words.

    What is shown with it is the input's place alone: a line of Python says nothing about a file.
    """
    warnings.warn_explicit(str(doubt), category, "simkit", 1, registry=_GIVEN)


@contextmanager
def notices_told(tell: Callable[[str], None], *, instead: bool = False) -> Iterator[None]:
    """Tell each notice that is given meanwhile also to somebody, once; or to them ``instead``.

    What the filters of ``warnings`` silence or turn into an error is told to nobody.
    """
    told: set[str] = set()
    with warnings.catch_warnings():
        usual = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *more: object) -> None:
            is_notice = issubclass(category, InputNotice)
            if is_notice and str(message) not in told:
                told.add(str(message))
                tell(str(message))
            if not (is_notice and instead):
                usual(message, category, *more)  # type: ignore[arg-type]

        warnings.showwarning = show  # type: ignore[assignment]
        yield


_GIVEN: dict[str | tuple[str, type[Warning], int], int] = {}
"""The notices given, as the filters of ``warnings`` want them: by default each is shown once."""


class LocatedError(ValueError):
    """A rule that several fields break together, with the place of the one to blame."""

    def __init__(
        self, problem: str, where: Sequence[str | int], allowed: Iterable[str] = ()
    ) -> None:
        super().__init__(problem)
        self.where = tuple(where)
        self.allowed = tuple(allowed)


def one_line(text: str, longest: int | None = None) -> str:
    r"""Give a text that is safe to print within one line, shortened when a length is given.

    >>> one_line("a\nb"), one_line("x" * 9, longest=5)
    ('a\\nb', 'xxxx…')
    """
    if longest is not None and len(text) > longest:
        text = text[: longest - 1] + "…"
    return UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def shown(value: object) -> str:
    """Give a value found in a file as people read it: quoted text, plain numbers, short.

    >>> shown("fast"), shown(True), shown(None), shown([1, 2])
    ("'fast'", 'true', 'nothing (null)', 'a list of 2')
    """
    if value is None or isinstance(value, bool):
        return {None: "nothing (null)", True: "true", False: "false"}[value]
    if isinstance(value, str):
        length = f" ({len(value)} characters)" if len(value) > _LONGEST_FOUND else ""
        return f"'{one_line(value, _LONGEST_FOUND)}'{length}"
    if isinstance(value, Mapping):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, list | tuple | set | frozenset):
        return f"a list of {len(value)}" if value else "an empty list"
    try:
        return one_line(str(value), _LONGEST_FOUND)
    except ValueError:  # CPython refuses to print whole numbers of thousands of digits
        return "a number of thousands of digits"


def closest(word: str, words: Iterable[str]) -> str:
    """Give ``; did you mean 'x'?`` when a known word is close, else nothing.

    Case is not held against the word. Where one would not see the difference, it is said.

    >>> closest("refreshintervalms", ["refreshIntervalMs", "filterType"])
    "; did you mean 'refreshIntervalMs'?"
    """
    if len(word) > _LONGEST_GUESS:  # nothing is meant by it, and comparing takes long
        return ""
    words = list(islice(words, _MOST_GUESSES))
    if twin := alike(word, words):
        return f"; did you mean {shown(twin)} (they differ {how_they_differ(word, twin)})?"
    known: dict[str, str] = {}
    for each in words:
        known.setdefault(each.casefold(), each)
    near = get_close_matches(word.casefold(), known, n=1)
    return f"; did you mean {shown(known[near[0]])}?" if near else ""

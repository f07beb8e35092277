"""Bad input, said in one line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


class BadInput(Exception):
    """Input that cannot be used. ``str()`` is one readable line."""

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
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.file, self.line, self.column = file, line, column
        self.field, self.found, self.allowed = field, found, allowed


class LocatedError(ValueError):
    """A rule that several fields break together, with the place of the one to blame."""

    def __init__(
        self, problem: str, where: Sequence[str | int], allowed: Iterable[str] = ()
    ) -> None:
        super().__init__(problem)
        self.where = tuple(where)
        self.allowed = tuple(allowed)


def closest(word: str, words: Iterable[str]) -> str:
    """Give ``; did you mean 'x'?`` when a known word is close, else nothing."""
    near = get_close_matches(word, list(words), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""

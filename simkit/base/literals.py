"""Object literals of JavaScript, read as plain data with the place of every value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from simkit.base.documents import Document, Lines, Tree, put_token, refuse_long_number
from simkit.base.errors import BadInput, one_line, shown

MAX_LITERAL = 100_000  # characters; the parser of object literals reads about 100 KB a second
MAX_LITERAL_DEPTH = 16  # that parser recurses some 25 frames a level


class NotPlain(BadInput):
    """JavaScript that only a browser can evaluate, where a plain value was expected."""


# Unfinished strings end with their line, unfinished comments with the text, so that no pattern
# looks at a character twice.
_LITERAL_TOKEN = re.compile(
    r"""(?P<comment>//[^\n\r]*|/\*.*?(?:\*/|\Z))
    |(?P<string>"(?:[^"\\\n\r]|\\.)*"?|'(?:[^'\\\n\r]|\\.)*'?|`(?:[^`\\]|\\.)*`?)
    |(?P<mark>[{}\[\],:;])
    |(?P<word>(?:[^\s\ufeff"'`{}\[\],:;/]|/(?![/*]))+)""",
    re.DOTALL | re.VERBOSE,
)


class Token(NamedTuple):
    """A piece of JavaScript: a string, a mark or a word, and its offset in characters."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def script_tokens(text: str, start: int = 0, end: int | None = None) -> Iterator[Token]:
    """Give strings, marks and words of a script, without the comments."""
    for found in _LITERAL_TOKEN.finditer(text, start, len(text) if end is None else end):
        kind = found.lastgroup or ""
        if kind != "comment":
            yield Token(kind, found[0], found.start())


def parse_literal(text: str, name: str, start: int) -> Document:
    """Give the object literal that begins at an offset of a script; BadInput, at the file's place.

    NotPlain (a BadInput) is for good JavaScript that is more than plain values.
    """
    import json5

    lines, tree = Lines(text), Tree(name)
    tokens = _literal_tokens(text, start, lines, tree)
    literal = text[: tokens[-1].end]  # no more is searched than the literal is long
    try:
        _, problem, end = json5.parse(literal, start=start, consume_trailing=False)
    except RecursionError:
        raise tree.refuse("nested too deep", *lines.at(start)) from None
    if problem:
        raise _literal_problem(tokens, end, lines, tree)
    for token in tokens:
        is_name = token.kind == "word" and tree.wants_key
        value_of = str if is_name else json5.loads
        put_token(token.text, tree, lines.at(token.start), value_of)
    return tree.document()


def _literal_tokens(text: str, start: int, lines: Lines, tree: Tree) -> list[Token]:
    """Give the tokens up to the closing brace of the literal, or up to the end of the text."""
    tokens: list[Token] = []
    depth = 0
    for token in script_tokens(text, start, min(len(text), start + MAX_LITERAL)):
        tokens.append(token)
        if token.kind == "mark":
            depth += (token.text in "{[") - (token.text in "}]")
        elif token.kind == "word" and token.text[0] in "+-.0123456789":
            refuse_long_number(token.text, tree, *lines.at(token.start))
        if depth > MAX_LITERAL_DEPTH:
            problem = f"nested more than {MAX_LITERAL_DEPTH} levels deep"
            raise tree.refuse(problem, *lines.at(token.start))
        if depth == 0:
            return tokens
    if tokens[-1].end - start >= MAX_LITERAL - 1:
        raise tree.refuse(f"an object of more than {MAX_LITERAL:,} characters", *lines.at(start))
    return tokens


def _literal_problem(tokens: list[Token], stop: int, lines: Lines, tree: Tree) -> BadInput:
    """Give what a person would say is wrong where the parser stopped."""
    marker = Token("mark", "", tokens[-1].end)
    around = zip(
        [marker, marker, *tokens], [marker, *tokens], tokens, [*tokens[1:], marker], strict=False
    )
    for previous, before, token, after in around:
        place = lines.at(token.start)
        if previous.text in ("{", ",") and _closes_unopened(before, token):
            key, quote = one_line(before.text, 60), token.text[0]
            problem = f"the key has a closing quote but no opening one: write {quote}{key}{quote}"
            return tree.refuse(
                f"{problem} or {key} without quotes", *lines.at(before.start), field=key
            )
        runs_on = before.text in ("{", ",") and after.kind == "word" and after.start == token.end
        if token.kind == "string" and (runs_on or not _is_closed(token.text)):
            return tree.refuse("a text begins here and its closing quote is missing", *place)
        # The parser reads one character on, looking for spaces, before it gives up.
        if token.end > stop - 1 and not (token is tokens[-1] and token.text != "}"):
            return _problem_at(before, token, after, lines, tree)
    return tree.refuse("the object that begins here is never closed", *lines.at(tokens[0].start))


def _closes_unopened(before: Token, token: Token) -> bool:
    """Say whether a string begins where a name ends: then its first quote was meant to close."""
    touches = token.kind == "string" and token.text[0] != "`" and before.end == token.start
    return touches and re.fullmatch(r"[\w$-]+", before.text) is not None


def _is_closed(string: str) -> bool:
    return len(string) > 1 and string[-1] == string[0]


def _problem_at(before: Token, token: Token, after: Token, lines: Lines, tree: Tree) -> BadInput:
    if token.text in (",", "}") and _is_expression(before):  # {name} is short for {name: name}
        before, token, after = Token("mark", "", before.start), before, token
    place = lines.at(token.start)
    word = shown(token.text)
    is_next = before.kind != "mark" and token.kind != "mark" and not _is_expression(token)
    if is_next or (after.text == ":" and before.text not in ("{", ",")):
        return tree.refuse(f"a comma is missing before {word}", *place)
    if _is_expression(token) or (token.kind == "string" and before.text == ":"):
        problem = f"{word} can only be worked out in the browser; only plain values are judged"
        return NotPlain(problem, file=tree.name, line=place[0], column=place[1])
    return tree.refuse(f"the object cannot be read here: {word} is unexpected", *place)


def _is_expression(token: Token) -> bool:
    """Say whether a token is a name, an operator, a call or a template: no plain value."""
    if token.kind == "word":
        number = r"[-+]?(?:0[xX][\da-fA-F]+|\.?\d[\d.]*(?:[eE][-+]?\d+)?)"
        return not re.fullmatch(rf"true|false|null|{number}", token.text)
    return token.text.startswith("`")

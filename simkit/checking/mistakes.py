"""Says what is wrong where a script cannot be read, as a person would, at the place to mend."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from simkit.base.errors import one_line, shown
from simkit.checking.trees import leaves

if TYPE_CHECKING:
    from tree_sitter import Tree

_OPENS = {"{": "}", "(": ")", "[": "]", "${": "}"}
_BLANK = re.compile(rb"(?:\s|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_WORD = re.compile(rb"[\w$-]+", re.ASCII)
_TYPOGRAPHIC = re.compile("[\u2018\u2019\u201c\u201d]")


class Mistake(NamedTuple):
    """Where a script is wrong, in bytes, in what way, and the key that it is about."""

    start: int
    message: str
    key: str | None = None


class _Token(NamedTuple):
    kind: str
    start: int
    end: int


def mistake_at(code: bytes, tree: Tree, error: int) -> Mistake:
    """Explain why no token fits at an offset, the end of the last one that did."""
    tokens = _tokens(tree, error)
    last = tokens[-1] if tokens else _Token("", 0, 0)
    start = _next(code, error)
    word = _word(code, start)
    opened = _opened(tokens)
    innermost = opened[-1] if opened else None
    return (
        _quote(code, last, error, tokens)
        or _unfinished(code, last, start, innermost)
        or _typographic(code, error, start)
        or _bracket(code, start, innermost)
        or _comma(code, last, start, innermost, tokens)
        or Mistake(start, f"{_what(innermost, tokens)} cannot be read here: {word} is unexpected")
    )


def typographic_quotes(code: bytes, tree: Tree) -> Mistake | None:
    """Find a quote of a text processor in place of one of JavaScript: the grammar lets it pass."""
    if not _TYPOGRAPHIC.search(code.decode(errors="replace")):
        return None
    for token in leaves(tree, len(code)):
        if token.type.endswith("identifier"):
            found = _typographic(code, token.start_byte, token.start_byte, token.end_byte)
            if found:
                return found
    return None


def _tokens(tree: Tree, end: int) -> list[_Token]:
    found = (_Token(leaf.type, leaf.start_byte, leaf.end_byte) for leaf in leaves(tree, end))
    return [token for token in found if token.kind != "comment" and token.end > token.start]


def _next(code: bytes, at: int) -> int:
    """Give where the next token begins."""
    blank = _BLANK.match(code, at)
    return blank.end() if blank else at


def _word(code: bytes, start: int) -> str:
    word = _WORD.match(code, start)
    end = word.end() if word else start + 1
    text = code[start : max(end, start + 1)].decode(errors="replace")
    return shown(text) if text else "the end"


def _opened(tokens: list[_Token]) -> list[_Token]:
    """Give the brackets that are open after some tokens, the innermost last."""
    opened: list[_Token] = []
    for token in tokens:
        if token.kind in _OPENS:
            opened.append(token)
        elif token.kind in ("}", ")", "]") and opened:
            opened.pop()
    return opened


def _what(opened: _Token | None, tokens: list[_Token]) -> str:
    """Give what a bracket begins."""
    if opened is None or opened.kind == "${":
        return "the script"
    if opened.kind != "{":
        return "the list" if opened.kind == "[" else "what the bracket holds"
    return "the object" if _is_object(opened, tokens) else "the block"


def _is_object(opened: _Token, tokens: list[_Token]) -> bool:
    before = [token.kind for token in tokens if token.start < opened.start]
    after = ("=", "(", "[", ",", ":", "return", "?", "&&", "||", "??", "...", "default", "${")
    return bool(before) and before[-1] in after


def _quote(code: bytes, last: _Token, error: int, tokens: list[_Token]) -> Mistake | None:
    """Explain a quote that is missing at either end of a text."""
    mark = code[error : error + 1]
    if mark in (b'"', b"'") and (word := re.search(rb"[\w$-]+\Z", code[last.start : error])):
        start = last.start + word.start()
        text = one_line(word[0].decode(errors="replace"), 60)
        quote = mark.decode()
        before = code[:start].rstrip()[-1:]
        if before in (b"{", b","):
            problem = f"the key has a closing quote but no opening one: write {quote}{text}{quote}"
            return Mistake(start, f"{problem} or {text} without quotes", text)
        problem = f"the text has a closing quote but no opening one: write {quote}{text}{quote}"
        return Mistake(start, problem)
    missing = "a text begins here and its closing quote is missing"
    quotes = [token for token in tokens if token.kind in ('"', "'", "`")]
    if last.kind == "string_fragment" or (quotes[-1:] == [last] and len(quotes) % 2):
        return Mistake(quotes[-1].start, missing) if quotes else None
    # Where a text is not closed it ends with the first quote of the next one.
    touches = last.end == error and _WORD.match(code, error)
    if quotes[-1:] == [last] and touches and last.kind != "`":
        return Mistake(quotes[-2].start, missing)
    return None


def _unfinished(code: bytes, last: _Token, start: int, opened: _Token | None) -> Mistake | None:
    """Explain what is open when the script ends."""
    for begin in (start, last.start - 1):  # one without its end is taken for a regular expression
        if begin >= 0 and code.startswith(b"/*", begin) and code.find(b"*/", begin + 2) < 0:
            return Mistake(begin, "the comment that begins here is never closed")
    if start < len(code):
        return None
    if opened is None:
        return Mistake(start, "the script ends in the middle of something")
    names = {"{": "object or block", "[": "list", "(": "bracket", "${": "template text"}
    return Mistake(opened.start, f"the {names[opened.kind]} that begins here is never closed")


def _typographic(code: bytes, start: int, *ends: int) -> Mistake | None:
    text = code[start : max(ends) + 4].decode(errors="ignore")
    found = _TYPOGRAPHIC.search(text)
    if not found:
        return None
    at = start + len(text[: found.start()].encode())
    return Mistake(at, f"{shown(found[0])} is a quote of a text processor: write \" or '")


def _bracket(code: bytes, start: int, opened: _Token | None) -> Mistake | None:
    """Explain a closing bracket that closes something else, or nothing."""
    mark = code[start : start + 1].decode(errors="replace")
    if mark not in (")", "]", "}"):
        return None
    if opened is None:
        return Mistake(start, f"{shown(mark)} closes nothing")
    wanted = _OPENS[opened.kind]
    if mark == wanted:
        return Mistake(start, f"something is missing before {shown(mark)}")
    return Mistake(start, f"{shown(wanted)} is missing before {shown(mark)}")


def _comma(
    code: bytes, last: _Token, start: int, opened: _Token | None, tokens: list[_Token]
) -> Mistake | None:
    """Explain two values that follow each other within an object, a list or a call."""
    is_listing = opened and (opened.kind in ("[", "(") or _is_object(opened, tokens))
    ends_value = last.kind in ('"', "'", "`", "}", "]", ")", "number", "true", "false", "null")
    ends_value |= last.kind.endswith("identifier")
    begins = re.match(rb"[\w$\"'`{\[]", code[start : start + 1])
    if not (is_listing and ends_value and begins):
        return None
    line = code[last.start : (code + b"\n").index(b"\n", start)]
    if last.kind == "identifier" and re.match(rb"[^\"'`,{}:]*[\"']", line):
        text = line[: len(line)].decode(errors="replace").split()[0]
        return Mistake(last.start, f"a text begins here, at {shown(text)}, without its first quote")
    return Mistake(start, f"a comma is missing before {_word(code, start)}")

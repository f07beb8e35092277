"""Says what is wrong where a text is no JSON, as a person would, at the place to mend."""

from __future__ import annotations

import re

from simkit.base.errors import one_line, shown

_BLANK = re.compile(r"\s*")
_WORD = re.compile(r"[\w$.+-]+")
_TEXT = re.compile(r'"([^"\\\n]+)"')
_BEFORE_CLOSING = re.compile(r",\s*([}\]])")
_INSTEAD = {
    "True": "true",
    "False": "false",
    "None": "null",
    "TRUE": "true",
    "FALSE": "false",
    "NULL": "null",
    "undefined": "null",
}
_TYPOGRAPHIC = "\u2018\u2019\u201a\u201c\u201d\u201e"


def mistake(text: str, refused: int, said: str) -> tuple[int, str]:
    """Give the place and the words for what the standard parser refuses at an offset.

    >>> mistake('{"a": 1,}', 8, "Expecting property name enclosed in double quotes")
    (7, "a comma before '}': JSON has none after the last entry")
    """
    # Python's versions differ in whether they blame a comma or what follows it, and white space
    # may lie in between.
    at = _end_of_blank(text, refused)
    kept = text[:at].rstrip()
    comma = at if text.startswith(",", at) else max(0, len(kept) - 1)
    closing = _BEFORE_CLOSING.match(text, comma)
    is_last = closing and text[:comma].rstrip()[-1:] not in ("", "{", "[", ",", ":")
    if closing and is_last:
        return comma, f"a comma before '{closing[1]}': JSON has none after the last entry"
    return (
        _within_a_text(text, refused, said)
        or _foreign(text, at)
        or _missing(text, at, kept[-1:], said)
        or _key(text, at, said)
        or _value(text, at, said)
        or (at, f"{_next(text, at)} is unexpected here")
    )


def _end_of_blank(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at


def _next(text: str, at: int) -> str:
    """Give what stands at a place: a word, a text, or a single character."""
    if at >= len(text):
        return "the end"
    word, quoted = _WORD.match(text, at), _TEXT.match(text, at)
    return shown(quoted[1] if quoted else word[0] if word else text[at])


def _within_a_text(text: str, at: int, said: str) -> tuple[int, str] | None:
    if said.startswith("Unterminated string"):
        return at, "a text begins here and its closing quote is missing"
    if said.startswith("Invalid control character"):
        if text[at : at + 1] in ("\n", "\r"):
            problem = "a text goes on over the end of its line"
            return at, f"{problem}: its closing quote is missing, or a line break is written \\n"
        written = "\\t" if text[at : at + 1] == "\t" else f"\\u{ord(text[at]):04x}"
        return at, f"a control character within a text is written {written}"
    if said.startswith("Invalid \\"):
        # Of \u with too few digits the place is that of the digits.
        start = at if text.startswith("\\", at) else text.rfind("\\", 0, at)
        return max(start, 0), "a backslash that begins no escape of JSON is written \\\\"
    return None


def _foreign(text: str, at: int) -> tuple[int, str] | None:
    """Explain what other languages have and JSON has not."""
    if text.startswith(("//", "/*", "#"), at):
        return at, "a comment begins here, and JSON has none"
    mark = text[at : at + 1]
    if mark in ("'", "`") and mark:
        quotes = "single quotes" if mark == "'" else "backquotes"
        return at, f"a text in {quotes}: JSON has double ones"
    if mark and mark in _TYPOGRAPHIC:
        return at, f'{shown(mark)} is a quote of a text processor: write "'
    return None


def _missing(text: str, at: int, before: str, said: str) -> tuple[int, str] | None:
    if at >= len(text):
        opened = _open_at_the_end(text)
        if opened is None:
            return at, "a value is missing at the end"
        what = "object" if text[opened] == "{" else "list"
        return opened, f"the {what} that begins here is never closed"
    mark = text[at]
    if said.startswith("Expecting ':'"):
        return at, f"a colon is missing before {_next(text, at)}"
    if said.startswith("Expecting ','"):
        if before == '"' and text[at - 1 : at] == '"' and _WORD.match(mark):
            problem = f"the text ends before {_next(text, at)}"
            return at, f'{problem}: a quote is missing before it, or one within it is written \\"'
        if text[at - 1 : at] == "0" and mark.isdigit():
            return at - 1, "no number of JSON begins with 0"
        if _WORD.match(mark) or mark in '"{[':
            return at, f"a comma is missing before {_next(text, at)}"
        if mark in "}]":
            return at, f"{shown('}' if mark == ']' else ']')} is missing before {shown(mark)}"
    if before in ("{", "[", ",", ":") and mark in ",:}]":
        what = "a key" if mark == ":" else "a value" if before != "{" else "an entry"
        return at, f"{what} is missing before {shown(mark)}"
    if said.startswith("Extra data"):
        return at, f"the value ends before {_next(text, at)}, and JSON has one value only"
    return None


def _open_at_the_end(text: str) -> int | None:
    """Give where the innermost bracket begins that is open at the end."""
    opened: list[int] = []
    for token in re.finditer(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[{}\[\]]', text, re.DOTALL):
        if token[0] in ("{", "["):
            opened.append(token.start())
        elif token[0] in ("}", "]") and opened:
            opened.pop()
    return opened[-1] if opened else None


def _key(text: str, at: int, said: str) -> tuple[int, str] | None:
    if not said.startswith("Expecting property name"):
        return None
    word = _WORD.match(text, at)
    if word is None:
        return at, f"a key in double quotes is wanted in place of {_next(text, at)}"
    key = one_line(word[0], 60)
    if text.startswith('"', word.end()):
        return at, f'the key has a closing quote but no opening one: write "{key}"'
    return at, f'the key has no quotes: write "{key}"'


def _value(text: str, at: int, said: str) -> tuple[int, str] | None:
    word = _WORD.match(text, at)
    if word is None or not said.startswith("Expecting value"):
        return None
    found = one_line(word[0], 60)
    if word[0] in _INSTEAD:
        return at, f"{shown(word[0])} is no value of JSON: write {_INSTEAD[word[0]]}"
    if re.fullmatch(r"[+.-]?[\d.][\w.+-]*", word[0]):
        return at, f"{shown(word[0])} is no number of JSON"
    if text.startswith('"', word.end()):
        return at, f'the text has a closing quote but no opening one: write "{found}"'
    return at, f'a text without quotes: write "{found}"'

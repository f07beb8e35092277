"""YAML and JSON read safely: plain data, the place of every value, one line on what is wrong."""

from __future__ import annotations

import json
import math
import os
import re
import stat
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, NamedTuple, TypeVar, Union
from typing import get_args as arguments_of
from typing import get_origin as origin_of

from simkit.base.errors import BadInput, LocatedError, closest, one_line, shown

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

Model = TypeVar("Model", bound="BaseModel")

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 64
MAX_VALUES = 250_000  # a few seconds of the slowest reader; 10,000 agents need 50,000
MAX_DIGITS = 100  # far below the length at which CPython refuses to convert whole numbers
MAX_LITERAL = 100_000  # characters; the parser of object literals reads about 100 KB a second
MAX_LITERAL_DEPTH = 16  # that parser recurses some 25 frames a level

Path = Sequence[str | int]
Kind = Literal["yaml", "json"]


class NotPlain(BadInput):
    """JavaScript that only a browser can evaluate, where a plain value was expected."""


# --- files ------------------------------------------------------------------------------------


def read_text(path: str | os.PathLike[str]) -> str:
    """Give the text of a regular UTF-8 file of at most 16 MB; BadInput when it is anything else.

    A byte order mark is dropped. Line ends stay as they are.
    """
    name = os.fspath(path)
    try:
        _refuse_unreadable(os.stat(name), name)
        with open(name, "rb") as file:
            # One byte more than allowed: the size may be unknown (0) or out of date.
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise BadInput("no such file", file=name) from None
    except PermissionError:
        raise BadInput("permission denied", file=name) from None
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}", file=name) from None
    except ValueError:  # a path with a NUL in it
        raise BadInput("not a possible file name", file=name) from None
    if len(content) > MAX_BYTES:
        raise _too_large(f"more than {MAX_BYTES:,} bytes", name)
    return _decode(content, name)


def _refuse_unreadable(about: os.stat_result, name: str) -> None:
    kinds = {
        stat.S_IFDIR: "a folder",
        stat.S_IFIFO: "a pipe",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
        stat.S_IFSOCK: "a socket",
    }
    if not stat.S_ISREG(about.st_mode):
        kind = kinds.get(stat.S_IFMT(about.st_mode), "something else")
        raise BadInput("not a regular file", file=name, found=kind)
    if about.st_size > MAX_BYTES:
        raise _too_large(f"{about.st_size:,} bytes", name)


def _too_large(found: str, name: str) -> BadInput:
    return BadInput("too large", file=name, found=found, allowed=f"at most {MAX_BYTES:,} bytes")


def _decode(content: bytes, name: str) -> str:
    encoding = _other_encoding(content)
    if encoding:
        raise BadInput("wrong encoding", file=name, found=encoding, allowed="UTF-8")
    if b"\0" in content:
        raise BadInput("a binary file, not text", file=name, found="NUL bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8")
        line, column = Lines(before).at(len(before))
        byte = f"byte 0x{content[error.start]:02X} at line {line}, column {column}"
        raise BadInput("not UTF-8 text", file=name, found=byte) from None


def _other_encoding(content: bytes) -> str | None:
    """Give the name of the wide encoding that a text file is written in, else None."""
    marks = [
        (b"\xff\xfe\0\0", "UTF-32"),  # before UTF-16, whose mark is the beginning of this one
        (b"\0\0\xfe\xff", "UTF-32"),
        (b"\xff\xfe", "UTF-16"),
        (b"\xfe\xff", "UTF-16"),
    ]
    for mark, encoding in marks:
        if content.startswith(mark):
            return encoding
    # Without a mark: the texts we read begin with ASCII, so the zero bytes tell.
    zeros = "".join("0" if byte == 0 else "x" for byte in content[:4])
    patterns = {"x000": "UTF-32", "000x": "UTF-32", "x0x0": "UTF-16", "0x0x": "UTF-16"}
    return patterns.get(zeros)


class Lines:
    """Turns offsets into a text to lines and columns, both counted from 1."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(end.end() for end in re.finditer(r"\r\n|\r|\n", text))]

    def at(self, offset: int) -> tuple[int, int]:
        """Give (line, column) of an offset in characters."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """Give the offset in characters of a line and column."""
        return self._starts[line - 1] + column - 1


# --- documents --------------------------------------------------------------------------------


class Place(NamedTuple):
    """Where a value stands, and where the values inside it do."""

    line: int
    column: int
    inside: dict[str, Place] | list[Place] | None = None


@dataclass(frozen=True)
class Document:
    """Plain data and where each part of it stands in the text."""

    name: str
    data: Any
    places: Place = field(repr=False)

    def where(self, loc: Path) -> tuple[int, int] | None:
        """Give (line, column) from 1 of the nearest existing node on a path.

        For a value in a mapping that is the place of its key. Keys that differ only in spelling
        (``division_id``, ``divisionId``) are found as well.
        """
        place = self.places
        for part in loc:
            inside = place.inside
            if isinstance(inside, dict):
                known = _key_in(inside, part)
                if known is None:
                    break
                place = inside[known]
            elif isinstance(inside, list) and isinstance(part, int) and 0 <= part < len(inside):
                place = inside[part]
            else:
                break
        return place.line, place.column


def _key_in(mapping: Mapping[Any, Any], part: str | int) -> str | None:
    """Give the key of a mapping that is meant, in the mapping's own spelling."""
    if not isinstance(part, str):
        return None
    if part in mapping:
        return part
    plain = part.replace("_", "").casefold()
    for key in mapping:
        if isinstance(key, str) and key.replace("_", "").casefold() == plain:
            return key
    return None


def read(path: str | os.PathLike[str]) -> Document:
    """Give the document in a .yaml, .yml or .json file; BadInput when it cannot be used."""
    name = os.fspath(path)
    ending = os.path.splitext(name)[1].lower()
    kinds: dict[str, Kind] = {".yaml": "yaml", ".yml": "yaml", ".json": "json"}
    text = read_text(name)
    if ending not in kinds:
        raise BadInput(
            "unknown kind of file", file=name, found=shown(ending), allowed=".yaml, .yml, .json"
        )
    return parse(text, name, kinds[ending])


def parse(text: str, name: str, kind: Kind = "yaml") -> Document:
    """Give the document in a text; BadInput, with line and column, when it cannot be used."""
    text = text.removeprefix("\ufeff")
    return _parse_json(text, name) if kind == "json" else _parse_yaml(text, name)


_SURROGATE = re.compile("[\ud800-\udfff]")


class _Tree:
    """Builds data and places side by side from starts, scalars and ends, without recursion."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._open: list[tuple[Any, Any, list[tuple[str, int, int]]]] = []
        self._root: tuple[Any, Place] | None = None
        self._values = 0

    def document(self) -> Document:
        if self._root is None:
            raise BadInput("the file is empty", file=self.name)
        return Document(self.name, *self._root)

    def refuse(self, problem: str, line: int, column: int, **more: Any) -> BadInput:
        return BadInput(problem, file=self.name, line=line, column=column, **more)

    @property
    def is_empty(self) -> bool:
        return not self._open and self._root is None

    @property
    def wants_key(self) -> bool:
        """Whether the next scalar is a key."""
        if not self._open:
            return False
        data, _, pending = self._open[-1]
        return isinstance(data, dict) and not pending

    def open(self, data: Any, line: int, column: int) -> None:
        """Begin a mapping or a list, given empty."""
        if self.wants_key:
            raise self.refuse("a key must be text", line, column, found=_shown_kind(data))
        if len(self._open) >= MAX_DEPTH:
            raise self.refuse(f"nested more than {MAX_DEPTH} levels deep", line, column)
        inside: Any = {} if isinstance(data, dict) else []
        self._put(data, inside, line, column)
        self._open.append((data, inside, []))

    def close(self) -> None:
        self._open.pop()

    def scalar(self, value: Any, line: int, column: int) -> None:
        if isinstance(value, float) and not math.isfinite(value):
            found = "a number beyond all bounds"
            raise self.refuse("", line, column, found=found, allowed="finite numbers")
        if isinstance(value, str) and _SURROGATE.search(value):
            raise self.refuse("half of a surrogate pair in a text", line, column)
        if self.wants_key:
            self._key(value, line, column)
        else:
            self._put(value, None, line, column)

    def _key(self, key: Any, line: int, column: int) -> None:
        if not isinstance(key, str):
            raise self.refuse(
                "a key must be text; put it in quotes", line, column, found=shown(key)
            )
        data, inside, pending = self._open[-1]
        if key in data:
            first = inside[key]
            problem = f"duplicate key {shown(key)}; the first stands at line {first.line}"
            raise self.refuse(f"{problem}, column {first.column}", line, column)
        pending.append((key, line, column))

    def _put(self, value: Any, inside: Any, line: int, column: int) -> None:
        self._values += 1
        if self._values > MAX_VALUES:
            raise self.refuse(f"more than {MAX_VALUES:,} values", line, column)
        if not self._open:
            self._root = value, Place(line, column, inside)
            return
        data, places, pending = self._open[-1]
        if isinstance(data, dict):
            key, line, column = pending.pop()
            data[key], places[key] = value, Place(line, column, inside)
        else:
            data.append(value)
            places.append(Place(line, column, inside))


def _shown_kind(data: Any) -> str:
    """Give what kind of container something is, in words."""
    return "a mapping" if isinstance(data, dict) else "a list"


# --- YAML -------------------------------------------------------------------------------------

# The core schema of YAML 1.2 (section 10.3.2), and nothing of YAML 1.1: 08:00, 2026-03-02, yes and
# 1_000 are text.
_CONSTANTS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


def _parse_yaml(text: str, name: str) -> Document:
    tree = _Tree(name)
    documents = 0
    for event in _yaml_events(text, name):
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        match type(event).__name__:
            case "ScalarEvent":
                _refuse_properties(event, tree, line, column)
                plain = event.style is None
                value = _plain(event.value, tree, line, column) if plain else event.value
                if event.value or not plain or not tree.is_empty:
                    tree.scalar(value, line, column)  # else only a document marker: still empty
            case "MappingStartEvent" | "SequenceStartEvent" as kind:
                _refuse_properties(event, tree, line, column)
                tree.open({} if kind == "MappingStartEvent" else [], line, column)
            case "MappingEndEvent" | "SequenceEndEvent":
                tree.close()
            case "AliasEvent":
                raise tree.refuse("anchors and aliases are not allowed", line, column)
            case "DocumentStartEvent":
                documents += 1
                _refuse_second_document(event, documents, tree)
    return tree.document()


def _yaml_events(text: str, name: str) -> Iterator[Any]:
    """Give the parser's events one by one; BadInput where it stops."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError
    from ruamel.yaml.reader import ReaderError

    line, column = 1, 1
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            yield event
            line, column = event.end_mark.line + 1, event.end_mark.column + 1
    except BadInput:
        raise
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if mark is not None:
            line, column = mark.line + 1, mark.column + 1
        problem = _plain_problem(str(error.problem), error.context)
        raise BadInput(problem, file=name, line=line, column=column) from None
    except ReaderError as error:
        line, column = Lines(text).at(error.position)
        problem = "unreadable YAML: a control character"
        found = f"U+{ord(text[error.position]):04X}"
        raise BadInput(problem, file=name, line=line, column=column, found=found) from None
    except Exception:
        # The parser also lets out errors of its own code, such as OverflowError for an escape
        # beyond Unicode. For the reader of the message it is the same thing.
        raise BadInput("unreadable YAML near here", file=name, line=line, column=column) from None


def _plain_problem(problem: str, context: str | None) -> str:
    problem = re.sub(r"\('(<[^']*>)',\)", r"\1", problem)  # the parser prints some tuples
    if r"character '\t'" in problem:
        return "unreadable YAML: a tab; indent with spaces"
    if "expected <block end>" in problem:
        return "unreadable YAML: the indentation does not fit the lines above"
    return f"unreadable YAML: {problem}" + (f" {context}" if context else "")


def _refuse_properties(event: Any, tree: _Tree, line: int, column: int) -> None:
    if event.anchor is not None:
        raise tree.refuse("anchors and aliases are not allowed", line, column)
    if event.tag is not None:
        raise tree.refuse("tags are not allowed", line, column, found=shown(str(event.tag)))


def _refuse_second_document(event: Any, documents: int, tree: _Tree) -> None:
    line, column = event.start_mark.line + 1, event.start_mark.column + 1
    if documents > 1:
        raise tree.refuse("a second document begins; one per file is allowed", line, column)
    if event.version not in (None, (1, 2)):
        version = ".".join(str(part) for part in event.version)
        raise tree.refuse("", line, column, found=f"YAML {version}", allowed="YAML 1.2")


def _plain(text: str, tree: _Tree, line: int, column: int) -> Any:
    """Give the value that unquoted text stands for."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _NOT_FINITE.fullmatch(text):
        raise tree.refuse("", line, column, found=shown(text), allowed="finite numbers")
    whole = _INT.fullmatch(text)
    if not whole and not _FLOAT.fullmatch(text):
        return text
    _refuse_long_number(text, tree, line, column)
    if whole:
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    return float(text)


def _refuse_long_number(text: str, tree: _Tree, line: int, column: int) -> None:
    if len(text) > MAX_DIGITS:
        found = f"a number of {len(text):,} digits"
        raise tree.refuse("", line, column, found=found, allowed=f"at most {MAX_DIGITS}")


# --- JSON -------------------------------------------------------------------------------------

# On text that the standard parser accepts these are exactly its tokens; on any other they are
# near enough to count levels.
_JSON_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[{}\[\],:]|[^\s"{}\[\],:]+', re.DOTALL)


def _parse_json(text: str, name: str) -> Document:
    if not text.strip():
        raise BadInput("the file is empty", file=name)
    lines = Lines(text)
    _check_json_tokens(text, lines, _Tree(name))
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        line, column = lines.at(error.pos)
        problem = f"not valid JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        raise BadInput(problem, file=name, line=line, column=column) from None
    tree = _Tree(name)
    for token in _JSON_TOKEN.finditer(text):
        _put_token(token[0], tree, lines.at(token.start()), json.loads)
    return tree.document()


def _check_json_tokens(text: str, lines: Lines, tree: _Tree) -> None:
    """Refuse, before anything recursive runs, what is too deep, too much or no JSON number."""
    depth = 0
    for count, token in enumerate(_JSON_TOKEN.finditer(text)):
        word = token[0]
        depth += (word in "{[") - (word in "}]")
        if depth > MAX_DEPTH:
            raise tree.refuse(f"nested more than {MAX_DEPTH} levels deep", *lines.at(token.start()))
        if count > 6 * MAX_VALUES:  # a key, a colon, a value, a comma, brackets
            raise tree.refuse(f"more than {MAX_VALUES:,} values", *lines.at(token.start()))
        if word in ("NaN", "Infinity", "-Infinity"):
            place = lines.at(token.start())
            raise tree.refuse("", *place, found=shown(word), allowed="finite numbers")
        if word[0] in "-0123456789":
            _refuse_long_number(word, tree, *lines.at(token.start()))


def _put_token(word: str, tree: _Tree, place: tuple[int, int], value_of: Any) -> None:
    match word:
        case "{":
            tree.open({}, *place)
        case "[":
            tree.open([], *place)
        case "}" | "]":
            tree.close()
        case "," | ":":
            pass
        case _:
            tree.scalar(value_of(word), *place)


# --- object literals of JavaScript ------------------------------------------------------------

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

    lines, tree = Lines(text), _Tree(name)
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
        _put_token(token.text, tree, lines.at(token.start), value_of)
    return tree.document()


def _literal_tokens(text: str, start: int, lines: Lines, tree: _Tree) -> list[Token]:
    """Give the tokens up to the closing brace of the literal, or up to the end of the text."""
    tokens: list[Token] = []
    depth = 0
    for token in script_tokens(text, start, min(len(text), start + MAX_LITERAL)):
        tokens.append(token)
        if token.kind == "mark":
            depth += (token.text in "{[") - (token.text in "}]")
        elif token.kind == "word" and token.text[0] in "+-.0123456789":
            _refuse_long_number(token.text, tree, *lines.at(token.start))
        if depth > MAX_LITERAL_DEPTH:
            problem = f"nested more than {MAX_LITERAL_DEPTH} levels deep"
            raise tree.refuse(problem, *lines.at(token.start))
        if depth == 0:
            return tokens
    if tokens[-1].end - start >= MAX_LITERAL - 1:
        raise tree.refuse(f"an object of more than {MAX_LITERAL:,} characters", *lines.at(start))
    return tokens


def _literal_problem(tokens: list[Token], stop: int, lines: Lines, tree: _Tree) -> BadInput:
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


def _problem_at(before: Token, token: Token, after: Token, lines: Lines, tree: _Tree) -> BadInput:
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


# --- validation -------------------------------------------------------------------------------


class Problem(NamedTuple):
    """One thing that a model refuses: its kind, the line to print, and its path in the data."""

    kind: Literal["unknown-key", "missing-key", "wrong-value"]
    error: BadInput
    path: tuple[str | int, ...]


def validate(model: type[Model], document: Document, data: Any = None, at: Path = ()) -> Model:
    """Give the model's instance for a document, or for ``data`` merged from several; or BadInput.

    ``at`` is the path of ``data`` inside the document.
    """
    return _valid(_Case(model, document, document.data if data is None else data, at))


def validate_data(model: type[Model], data: Any, at: Path = ()) -> Model:
    """Give the model's instance for data that stand in no file; BadInput names the field."""
    return _valid(_Case(model, None, data, at))


def problems(model: type[BaseModel], document: Document, at_most: int = 100) -> list[Problem]:
    """Give what a model refuses in a document, in line order; the last one counts any more.

    Only aliases count as keys here: a file meant for another system has to use its spelling.
    """
    case = _Case(model, document, document.data, aliases_only=True)
    refused = _refused(case)[1]
    found = [_explain(case, *each) for each in refused[:at_most]]
    if found:
        found[-1].error.more = len(refused) - len(found)
    return found


@dataclass(frozen=True)
class _Case(Generic[Model]):
    """What is held against which model, and where it stands."""

    model: type[Model]
    document: Document | None
    data: Any
    at: Path = ()
    aliases_only: bool = False

    def where(self, path: Path) -> tuple[int, int] | tuple[None, None]:
        place = self.document and self.document.where([*self.at, *path])
        return place or (None, None)

    def bad(
        self, path: Path, problem: str, found: str | None = None, allowed: str | None = None
    ) -> BadInput:
        line, column = self.where(path)
        return BadInput(
            problem,
            file=self.document.name if self.document else None,
            line=line,
            column=column,
            field=".".join(str(part) for part in [*self.at, *path]) or None,
            found=found,
            allowed=allowed,
        )


def _valid(case: _Case[Model]) -> Model:
    value, refused = _refused(case)
    if value is None:
        first = _explain(case, *refused[0]).error
        first.more = len(refused) - 1
        raise first
    return value


def _refused(
    case: _Case[Model],
) -> tuple[Model | None, list[tuple[ErrorDetails, tuple[str | int, ...]]]]:
    """Give the instance, or each error with its path, in line order."""
    from pydantic import ValidationError

    try:
        if case.aliases_only:
            return case.model.model_validate(case.data, by_alias=True, by_name=False), []
        return case.model.model_validate(case.data), []
    except ValidationError as refusal:
        errors = refusal.errors(include_url=False)
    found: dict[tuple[str | int, ...], ErrorDetails] = {}
    around = {error["loc"][:i] for error in errors for i in range(len(error["loc"]))}
    for error in errors:
        if error["type"] == "too_short" and error["loc"] in around:
            continue  # pydantic does not count the entries that it refused, each with its own error
        # The alternatives of a union are refused one by one, all at the same path.
        found.setdefault(_spelled(case.data, *_location(error)), error)

    def rank(path: tuple[str | int, ...]) -> tuple[bool, int, int]:
        # What is missing has no line of its own, and may be no more than a mistyped key.
        line, column = case.where(path)
        return found[path]["type"] == "missing", line or 0, column or 0

    return None, [(found[path], path) for path in sorted(found, key=rank)]


def _location(error: ErrorDetails) -> tuple[tuple[str | int, ...], bool]:
    """Give the location of an error, and whether its last part is a field that may be absent."""
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, LocatedError):
        return error["loc"] + cause.where, True
    return error["loc"], error["type"] == "missing"


def _spelled(data: Any, loc: Path, may_be_absent: bool) -> tuple[str | int, ...]:
    """Give a location as the user's own keys spell it, without the names of union members."""
    path: list[str | int] = []
    known: str | int | None = ""
    for part in loc:
        known = _part_in(data, part)
        if known is not None:
            path.append(known)
            data = _inside(data, known)
    return (*path, loc[-1]) if may_be_absent and known is None else tuple(path)


def _part_in(data: Any, part: str | int) -> str | int | None:
    """Give the key or index of a part inside of data; None where there is none."""
    if isinstance(data, Mapping):
        return _key_in(data, part)
    if _is_model(type(data)):
        return part if isinstance(part, str) and hasattr(data, part) else None
    is_index = isinstance(data, list | tuple) and isinstance(part, int) and part < len(data)
    return part if is_index else None


def _inside(data: Any, part: str | int) -> Any:
    return getattr(data, str(part)) if _is_model(type(data)) else data[part]


def _explain(case: _Case[Model], error: ErrorDetails, path: tuple[str | int, ...]) -> Problem:
    kind = error["type"]
    if kind == "extra_forbidden":
        problem, allowed = _unknown_key(case, path)
        return Problem("unknown-key", case.bad(path, problem, None, allowed), path)
    if kind in ("value_error", "assertion_error"):
        problem, allowed = _broken_rule(error, path, case.data)
        return Problem("wrong-value", case.bad(path, problem, None, allowed), path)
    allowed = _allowed(case.model, error, path)
    if kind == "missing":
        return Problem("missing-key", case.bad(path, "required, but missing", None, allowed), path)
    return Problem("wrong-value", case.bad(path, "", shown(error["input"]), allowed), path)


def _unknown_key(case: _Case[Model], path: Path) -> tuple[str, str | None]:
    key = str(path[-1])
    keys: list[str] = []
    for option in filter(_is_model, _options(_hint_at(case.model, path[:-1]))):
        by_name = option.model_config.get("populate_by_name") and not case.aliases_only
        for name, info in option.model_fields.items():
            keys.append(name if by_name and "_" in key else info.alias or name)
    guess = closest(key, keys)
    return f"unknown key {shown(key)}{guess}", None if guess else ", ".join(keys)


def _broken_rule(error: ErrorDetails, path: Path, data: Any) -> tuple[str, str | None]:
    cause = error.get("ctx", {}).get("error")
    problem = str(cause) or "refused"
    if not isinstance(cause, LocatedError) or not cause.allowed:
        return problem, None
    value = data
    for part in path:
        value = None if _part_in(value, part) is None else _inside(value, part)
    guess = closest(value, cause.allowed) if isinstance(value, str) else ""
    return problem + guess, None if guess else ", ".join(map(shown, cause.allowed))


# What is allowed, in words, where the model's own schema cannot tell; by the first part of the
# name that pydantic gives an error.
_IN_WORDS = {
    "int": "whole number",
    "float": "number",
    "finite": "finite number",
    "bool": "true or false",
    "string": "text",
    "list": "list",
    "tuple": "list",
    "dict": "mapping of keys to values",
    "model": "mapping of keys to values",
    "date": "date such as 2026-03-02",
    "time": "time of day such as 08:00",
    "datetime": "date and time such as 2026-03-02T08:00",
    "literal": "one of {expected}",
    "enum": "one of {expected}",
    "greater": "more than {gt}{ge} (or equal)",
    "less": "less than {lt}{le} (or equal)",
    "multiple": "a multiple of {multiple_of}",
    "too": "a list of another length",
    "none": "nothing (null)",
}


def _allowed(model: type[BaseModel], error: ErrorDetails, path: Path) -> str:
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    words = _allowed_by(_hint_at(model, path), "ms" if key.endswith(("_ms", "Ms")) else "")
    if words:
        return words
    context = dict.fromkeys(("gt", "ge", "lt", "le"), "") | error.get("ctx", {})
    pattern = _IN_WORDS.get(error["type"].split("_")[0])
    return pattern.format(**context) if pattern else "another value"


def _allowed_by(hint: Any, unit: str) -> str:
    """Give in words what a type lets through, from its JSON schema; nothing when it has none."""
    from pydantic import PydanticUserError, TypeAdapter

    if hint is None:
        return ""
    try:
        schema = TypeAdapter(hint).json_schema()
    except PydanticUserError:
        return ""
    return _schema_words(schema, schema.get("$defs", {}), f" of {unit}" if unit else "")


def _schema_words(schema: Mapping[str, Any], definitions: Mapping[str, Any], unit: str) -> str:
    if "$ref" in schema:
        return _schema_words(definitions[schema["$ref"].rsplit("/", 1)[-1]], definitions, unit)
    if "anyOf" in schema:
        about = {"description": schema.get("description")}
        words = [_schema_words(about | each, definitions, unit) for each in schema["anyOf"]]
        return " or ".join(word for word in dict.fromkeys(words) if word)
    if "const" in schema:
        return shown(schema["const"])
    if "enum" in schema:
        return "one of " + ", ".join(shown(each) for each in schema["enum"])
    match schema.get("type"):
        case "integer":
            return f"whole number{unit}{_range(schema, '{}imum')}"
        case "number":
            return f"number{unit}{_range(schema, '{}imum')}"
        case "string":
            return _text_words(schema)
        case "array":
            return f"list{_range(schema, '{}Items', ' entries')}"
        case "boolean":
            return "true or false"
        case "object":
            return "mapping of keys to values"
        case "null":
            return "nothing (null)"
    return ""


def _text_words(schema: Mapping[str, Any]) -> str:
    examples = {"date": "2026-03-02", "time": "08:00", "date-time": "2026-03-02T08:00"}
    form = schema.get("format")
    if form in examples:
        return f"{form} such as {examples[form]}"
    if "pattern" in schema:
        return str(schema.get("description") or f"text like {schema['pattern']}")
    return f"text{_range(schema, '{}Length', ' characters')}"


def _range(schema: Mapping[str, Any], name: str, unit: str = "") -> str:
    """Give the bounds that a schema states under names such as minimum and maximum."""
    low, high = schema.get(name.format("min")), schema.get(name.format("max"))
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if low is not None and low == high:
        return f" of exactly {_number(low)}{unit}"
    if low is not None and high is not None:
        return f" {'of' if unit else 'from'} {_number(low)} to {_number(high)}{unit}"
    bounds = [("at least", low), ("at most", high), ("above", above), ("below", below)]
    words = [f"{word} {_number(bound)}{unit}" for word, bound in bounds if bound is not None]
    return f" of {' and '.join(words)}" if words else ""


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)


def _is_model(hint: Any) -> bool:
    return isinstance(hint, type) and hasattr(hint, "model_fields") and origin_of(hint) is None


def _options(hint: Any) -> Iterator[Any]:
    """Give the types that a type hint is made of, without Annotated and unions around them."""
    if origin_of(hint) is Annotated:
        yield from _options(arguments_of(hint)[0])
    elif origin_of(hint) in (Union, UnionType):
        for option in arguments_of(hint):
            yield from _options(option)
    else:
        yield hint


def _hint_at(model: type[BaseModel], path: Path) -> Any:
    """Give the type hint at a path in a model, with its bounds; None when there is none."""
    hint: Any = model
    for part in path:
        inner = (_step(option, part) for option in _options(hint))
        hint = next((step for step in inner if step is not None), None)
    return hint


def _step(hint: Any, part: str | int) -> Any:
    from pydantic.fields import FieldInfo

    if _is_model(hint):
        for name, info in hint.model_fields.items():
            if part in (name, info.alias):
                # The bounds and the description, but not the alias, which only a field can have.
                described = FieldInfo(description=info.description)
                return Annotated[(info.annotation, *info.metadata, described)]
        return None
    arguments = arguments_of(hint)
    match origin_of(hint):
        case None:
            return None
        case kind if issubclass(kind, Mapping):
            return arguments[1]
        case kind if issubclass(kind, tuple) and isinstance(part, int) and ... not in arguments:
            return arguments[part] if part < len(arguments) else None
        case kind if issubclass(kind, Sequence) and isinstance(part, int):
            return arguments[0]
    return None

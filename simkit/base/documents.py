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
from typing import Any, Literal, NamedTuple

from simkit.base.errors import BadInput, shown

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 64
MAX_VALUES = 250_000  # a few seconds of the slowest reader; 10,000 agents need 50,000
MAX_DIGITS = 100  # far below the length at which CPython refuses to convert whole numbers

Path = Sequence[str | int]
Kind = Literal["yaml", "json"]


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
    return text_of(content, name)


def text_of(content: bytes, name: str) -> str:
    """Give the text of a file's bytes, as ``read_text`` does: for what was uploaded."""
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
                known = key_in(inside, part)
                if known is None:
                    break
                place = inside[known]
            elif isinstance(inside, list) and isinstance(part, int) and 0 <= part < len(inside):
                place = inside[part]
            else:
                break
        return place.line, place.column


def key_in(mapping: Mapping[Any, Any], part: str | int) -> str | None:
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
    return parse_as_named(read_text(name), name)


def parse_as_named(text: str, name: str) -> Document:
    """Give the document in the text of a file; the ending of its name says what it is written in.

    BadInput, with line and column, when it cannot be used.
    """
    ending = os.path.splitext(name)[1].lower()
    kinds: dict[str, Kind] = {".yaml": "yaml", ".yml": "yaml", ".json": "json"}
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


class Tree:
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
    tree = Tree(name)
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


def _refuse_properties(event: Any, tree: Tree, line: int, column: int) -> None:
    if event.anchor is not None:
        raise tree.refuse("anchors and aliases are not allowed", line, column)
    if event.tag is not None:
        raise tree.refuse("tags are not allowed", line, column, found=shown(str(event.tag)))


def _refuse_second_document(event: Any, documents: int, tree: Tree) -> None:
    line, column = event.start_mark.line + 1, event.start_mark.column + 1
    if documents > 1:
        raise tree.refuse("a second document begins; one per file is allowed", line, column)
    if event.version not in (None, (1, 2)):
        version = ".".join(str(part) for part in event.version)
        raise tree.refuse("", line, column, found=f"YAML {version}", allowed="YAML 1.2")


def _plain(text: str, tree: Tree, line: int, column: int) -> Any:
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
    refuse_long_number(text, tree, line, column)
    if whole:
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    return float(text)


def refuse_long_number(text: str, tree: Tree, line: int, column: int) -> None:
    """Refuse a number so long that converting it would take long or fail."""
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
    _check_json_tokens(text, lines, Tree(name))
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        line, column = lines.at(error.pos)
        problem = f"not valid JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        raise BadInput(problem, file=name, line=line, column=column) from None
    tree = Tree(name)
    for token in _JSON_TOKEN.finditer(text):
        put_token(token[0], tree, lines.at(token.start()), json.loads)
    return tree.document()


def _check_json_tokens(text: str, lines: Lines, tree: Tree) -> None:
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
            refuse_long_number(word, tree, *lines.at(token.start()))


def put_token(word: str, tree: Tree, place: tuple[int, int], value_of: Any) -> None:
    """Add one token of JSON or of an object literal to a tree."""
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

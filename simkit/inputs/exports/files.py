"""Files of exports: found in folders, unpacked and decoded; and what may be said of them.

No message says anything that stands in a file: it may be somebody's name.
"""

from __future__ import annotations

import codecs
import gzip
import io
import json
import os
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from simkit.base import files
from simkit.base.errors import BadInput, one_line
from simkit.base.reading import documents
from simkit.base.reading.document import MAX_DEPTH, Lines

MAX_BYTES = 64 * 1024 * 1024
"""Of one file, unpacked too: 50,000 users in one listing take a quarter of it."""
MOST_FILES = 10_000
MOST_VALUES = 3_000_000
"""Of one JSON file: as many take some 300 MB."""
_MOST_NAMED, _LONGEST_NAME = 3, 130
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_HALF_ESCAPED = re.compile(r"\\u[dD][89a-fA-F]")
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Source(NamedTuple):
    """A file to read, and the folder in which it was found; None where it was named itself."""

    path: Path
    folder: str | None

    @property
    def name(self) -> str:
        """What it is called within the folder."""
        return os.path.relpath(self.path, self.folder) if self.folder else str(self.path)


def found_files(paths: Sequence[str]) -> Iterator[Source]:
    """Give the files that are named, and those in folders that are; BadInput for far too many."""
    count = 0
    for given in paths:
        path = Path(given)
        for source in _in_folder(given) if path.is_dir() else [Source(path, None)]:
            count += 1
            if count > MOST_FILES:
                found, allowed = f"more than {MOST_FILES:,} files", f"at most {MOST_FILES:,}"
                raise BadInput(file=given, found=found, allowed=allowed)
            yield source


def _in_folder(folder: str) -> Iterator[Source]:
    def refuse(problem: OSError) -> None:
        raise BadInput(f"cannot be read: {files.reason(problem)}", file=problem.filename)

    for place, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield Source(Path(place, name), folder)


def some_of(names: Sequence[str]) -> str:
    """Give some names in a line, and how many more there are.

    >>> some_of(["a.txt", "b.txt", "c.txt", "d.txt", "e.txt"])
    'a.txt, b.txt, c.txt and 2 more'
    """
    more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(one_line(name, _LONGEST_NAME) for name in names[:_MOST_NAMED]) + more


def read_text(path: Path, encoding: str | None) -> str:
    """Give the text of a file, unpacked; BadInput where it cannot be had.

    ``encoding`` is that of files which are not UTF-8.
    """
    return text_of(files.read_bytes(path, MAX_BYTES), str(path), encoding)


def text_of(content: bytes, name: str, encoding: str | None) -> str:
    """Give the text of a file's bytes, as ``read_text`` does: for what was uploaded."""
    if len(content) > MAX_BYTES:
        raise files.too_large(f"{len(content):,} bytes", name, MAX_BYTES)
    if content.startswith(_GZIP):
        content = _unpacked(content, name)
    if content.startswith(_ZIP):
        allowed = "text, or text packed by gzip; unpack archives and save workbooks as CSV"
        raise BadInput(file=name, found="a ZIP archive or a workbook", allowed=allowed)
    if content.startswith(_WIDE):
        encoding = "utf-16"
    elif b"\0" in content:
        raise BadInput("a binary file, not text", file=name, found="NUL bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        first = problem
    if encoding:
        try:
            return content.decode(encoding)
        except UnicodeError:
            raise BadInput(f"neither UTF-8 nor {encoding} text", file=name) from None
    before = content[: first.start].decode("utf-8", "replace")
    line, column = Lines(before).at(len(before))
    allowed = "UTF-8, or say which: --answer tables.encoding=cp1252"
    byte = f"byte 0x{content[first.start]:02X}"
    raise BadInput(
        "not UTF-8 text", file=name, line=line, column=column, found=byte, allowed=allowed
    )


def _unpacked(content: bytes, name: str) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            unpacked = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error):
        raise BadInput("damaged gzip data", file=name) from None
    if len(unpacked) > MAX_BYTES:
        raise files.too_large(f"more than {MAX_BYTES:,} bytes unpacked", name, MAX_BYTES)
    return unpacked


def parse_json(text: str, name: str, above: int = 0) -> Any:
    """Give the data in a JSON text that begins below so many lines; BadInput, without its words."""
    if text.count(",") + text.count("[") + text.count("{") >= MOST_VALUES:
        raise BadInput(f"more than {MOST_VALUES:,} values", file=name)
    try:
        data = json.loads(text)
        if _HALF_ESCAPED.search(text):
            json.dumps(data, ensure_ascii=False).encode()
        return data
    except UnicodeEncodeError:
        raise BadInput("half of a surrogate pair in a text", file=name) from None
    except json.JSONDecodeError as problem:
        line, column = Lines(text).at(problem.pos)
        raise BadInput("not valid JSON", file=name, line=line + above, column=column) from None
    except (ValueError, RecursionError):  # numbers of thousands of digits
        deep = f"not valid JSON, or nested more than {MAX_DEPTH} levels deep"
        raise BadInput(deep, file=name) from None


class Place:
    """Where data stand in a file, for complaints about them."""

    def __init__(self, name: str, text: str = "", path: tuple[str | int, ...] = ()) -> None:
        self.name, self._text, self.path = name, text, path
        self.line: int | None = None
        """The line, where the file has one for each entry."""

    def inside(self, *more: str | int) -> Place:
        """Give the place of what stands within."""
        place = Place(self.name, self._text, (*self.path, *more))
        place.line = self.line
        return place

    def at_line(self, line: int) -> Place:
        """Give the place of an entry that has a line of its own."""
        place = Place(self.name)
        place.line = line
        return place

    def refuse(self, field: str, value: object, allowed: str) -> BadInput:
        """Give the complaint about a field: what kind of thing it has, never which."""
        line, column = self.line, None
        if line is None and self._text:
            line, column = self._where(field)
        return BadInput(
            file=self.name,
            line=line,
            column=column,
            field=field,
            found=kind_of(value),
            allowed=allowed,
        )

    def _where(self, field: str) -> tuple[int | None, int | None]:
        try:
            found = documents.parse(self._text, self.name, "json").where(
                (*self.path, *field.split("."))
            )
        except BadInput:  # it has keys twice, or more values than that reader takes
            return None, None
        return found or (None, None)


def kind_of(value: object) -> str:
    """Say what kind of thing a value is, and nothing of what it says.

    >>> kind_of("Ann"), kind_of(None), kind_of([1, 2])
    ('another text', 'nothing', 'a list of 2')
    """
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str):
        return "another text"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return "a mapping" if isinstance(value, Mapping) else "a number"

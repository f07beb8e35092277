"""YAML and JSON read safely: plain data, the place of every value, one line on what is wrong."""

from __future__ import annotations

import os
from typing import Literal

from simkit.base import files
from simkit.base.errors import BadInput, shown
from simkit.base.reading.document import Document, Lines
from simkit.base.reading.json_reader import parse_json
from simkit.base.reading.yaml_reader import parse_yaml

MAX_BYTES = 16 * 1024 * 1024

Kind = Literal["yaml", "json"]


def read_text(path: str | os.PathLike[str]) -> str:
    """Give the text of a regular UTF-8 file of at most 16 MB; BadInput when it is anything else.

    A byte order mark is dropped. Line ends stay as they are.
    """
    return _decode(files.read_bytes(path, MAX_BYTES), os.fspath(path))


def text_of(content: bytes, name: str) -> str:
    """Give the text of a file's bytes, as ``read_text`` does: for what was uploaded."""
    if len(content) > MAX_BYTES:
        raise files.too_large(f"more than {MAX_BYTES:,} bytes", name, MAX_BYTES)
    return _decode(content, name)


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
    if kind == "json":
        return parse_json(text, name)
    return parse_yaml(text, name)

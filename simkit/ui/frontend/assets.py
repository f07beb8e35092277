"""The front end's own files: JavaScript and style sheets, joined into what anywidget takes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_UI = Path(__file__).parents[1]
_IMPORT = re.compile(r'^import \{[^}]*\} from "(\.[^"]+)\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default\b)", re.MULTILINE)
_DEFAULT = re.compile(r"^export default \{\n.*?^\};\n", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"^\s*(?:/\*(?:(?!\*/).)*\*/|//[^\n]*)\n|^[ \t]+", re.MULTILINE | re.DOTALL)
"""Comments with lines of their own, and indentation."""


@cache
def script(entry: str) -> str:
    """Give one JavaScript module out of a file such as ``"lab/lab"`` and of all that it imports.

    anywidget takes a single module and the kit has no bundler. So each file comes once, after
    those that it imports, without its imports and its exports; only the entry may export a
    default. Nothing is fetched when the module runs. Comments and indentation stay here, as each
    lab sends the whole of it.
    """
    return _joined(modules(entry).values())


@cache
def classic_script(entry: str) -> str:
    """Give the same as a script that is no module, as a page takes it that is opened as a file.

    A browser fetches modules, and from a file it fetches nothing. What files export by default is
    for anywidget, and is left out.
    """
    text = _joined(_DEFAULT.sub("", text) for text in modules(entry).values())
    return f'(() => {{\n"use strict";\n{text}\n}})();\n'


def _joined(files: Iterable[str]) -> str:
    joined = "\n".join(_IMPORT.sub("", _EXPORT.sub("", text)) for text in files)
    return _COMMENT.sub("", joined)


def modules(entry: str) -> dict[str, str]:
    """Give a file and all that it imports, by name: each after those that it imports itself."""
    found: dict[str, str] = {}

    def add(name: str) -> None:
        text = (_UI / f"{name}.js").read_text(encoding="utf-8")
        for imported in _IMPORT.findall(text):
            other = os.path.normpath(os.path.join(os.path.dirname(name), imported))
            if other not in found:
                add(other)
        found[name] = text

    add(entry)
    return found


@cache
def style(*parts: str) -> str:
    """Give one style sheet out of several files of the floor."""
    return "\n".join((_UI / f"{part}.css").read_text(encoding="utf-8") for part in parts)

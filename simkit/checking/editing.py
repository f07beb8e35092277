"""Changes of single values as edits of the text that they stand in, in the file's own format.

All else of the text stays as it is: comments, spaces, the order and the quotes of its keys. Where a
value is not written down plainly, such as one that a script computes, there is no edit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from simkit.base.reading.document import Document, key_in
from simkit.checking.patches import Edit, Layout

Syntax = Literal["json", "yaml", "script"]
Path = tuple[str | int, ...]


class Put(NamedTuple):
    """A value is set, at a key that may be new."""

    path: Path
    value: Any


class Append(NamedTuple):
    """An entry is added at the end of a list, which may be new."""

    path: Path
    value: Any


class Remove(NamedTuple):
    """An entry of a list is taken out."""

    path: Path


Change = Put | Append | Remove

_QUOTED = {
    '"': re.compile(r'"(?:[^"\\\n]|\\.)*"'),
    "'": re.compile(r"'(?:[^'\\\n]|\\.)*'"),
    "`": re.compile(r"`(?:[^`\\$\n]|\\.)*`"),
}
_YAML_SINGLE = re.compile(r"'(?:[^'\n]|'')*'")
_CONSTANT = re.compile(r"-?[\d.][\w.+-]*|true|false|null|![01]|undefined")
_YAML_PLAIN = re.compile(
    r"[^\s#,\[\]{}\"'&*!|>%@`-](?:[^\n#,\[\]{}]*[^\s#,\[\]{}])?|-?[\d.][\w.+-]*"
)
_KEY = {
    "json": re.compile(r'"(?:[^"\\\n]|\\.)*"\s*:\s*'),
    "script": re.compile(r"(?:[\w$]+|\"[^\"\\\n]*\"|'[^'\\\n]*')\s*:\s*"),
    "yaml": re.compile(r"(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s:#,\[\]{}\"'][^:#\n,{}]*?)[ \t]*:[ \t]+"),
}
_LOOKED_AT = 10_000
_GAP = re.compile(r"(?:\s|//[^\n]*\n|/\*.*?\*/)*", re.DOTALL)


def edits_of(change: Change, document: Document, layout: Layout, syntax: Syntax) -> list[Edit]:
    """Give the edits of a text that make a change of its document; none where there are none."""
    writer = _Writer(document, layout, syntax)
    if isinstance(change, Put):
        return writer.put(change.path, change.value)
    if isinstance(change, Append):
        return writer.append(change.path, change.value)
    return writer.remove(change.path)


class _Writer:
    def __init__(self, document: Document, layout: Layout, syntax: Syntax) -> None:
        self.document, self.layout, self.syntax = document, layout, syntax
        self.text = layout.text
        self.end = "\r\n" if "\r\n" in layout.text else "\n"

    # --- changes ------------------------------------------------------------------------------

    def put(self, path: Path, value: Any) -> list[Edit]:
        known, _ = self._known(path)
        if known == len(path):
            span = self._value(path)
            return [Edit(*span, self._written(value, self.text[span[0]]))] if span else []
        parent, key, *inside = path[:known], path[known], *path[known + 1 :]
        for each in reversed(inside):
            value = {each: value}
        return self._insert(tuple(parent), str(key), value)

    def append(self, path: Path, value: Any) -> list[Edit]:
        known, data = self._known(path)
        if known < len(path) or not isinstance(data, list) or not data:
            return self.put(path, [value])
        last = (*path, len(data) - 1)
        start = self._offset(last)
        end = self._literal(start)
        if end is None:
            return []
        if bullet := self._bullet(start):
            stop = self.text.find("\n", end)
            stop = len(self.text) if stop < 0 else stop - self.text.startswith("\r", stop - 1)
            return [Edit(stop, stop, f"{self.end}{bullet}{self._written(value)}")]
        indent = self._indent(start)
        gap = " " if indent is None else f"{self.end}{indent}"
        return [Edit(end, end, f",{gap}{self._written(value, self.text[start])}")]

    def remove(self, path: Path) -> list[Edit]:
        known, _ = self._known(path)
        start = self._offset(path)
        end = self._literal(start)
        if known < len(path) or end is None:
            return []
        if self._bullet(start):
            line = self.text.rfind("\n", 0, start) + 1
            stop = self.text.find("\n", end)
            return [Edit(line, len(self.text) if stop < 0 else stop + 1, "")]
        if after := re.compile(r"[ \t]*,\s*").match(self.text, end):
            return [Edit(start, after.end(), "")]
        before = re.compile(r",\s*\Z").search(self.text, max(0, start - _LOOKED_AT), start)
        return [Edit(before.start() if before else start, end, "")]

    # --- places -------------------------------------------------------------------------------

    def _known(self, path: Path) -> tuple[int, Any]:
        """Give how many parts of a path there are, and what stands there."""
        data = self.document.data
        for i, part in enumerate(path):
            if isinstance(data, dict) and (key := key_in(data, part)) is not None:
                data = data[key]
            elif isinstance(data, list) and isinstance(part, int) and part < len(data):
                data = data[part]
            else:
                return i, data
        return len(path), data

    def _offset(self, path: Sequence[str | int]) -> int:
        line, column = self.document.where(path) or (1, 1)
        return self.layout.offset(line, column)

    def _value(self, path: Path) -> tuple[int, int] | None:
        """Give where the value of a key begins and ends."""
        key = _KEY[self.syntax].match(self.text, self._offset(path))
        if key is None or not self._is_key(key[0], str(path[-1])):
            return None
        end = self._literal(key.end())
        if end is None or (self.syntax == "yaml" and not self._ends(key.start(), end)):
            return None
        return key.end(), end

    def _ends(self, key: int, end: int) -> bool:
        """Say whether a value of YAML ends where it seems to, and not in a later word or line."""
        if self._is_flow(key):
            return True
        rest, *below = self.text[end : end + _LOOKED_AT].split("\n")
        if rest.split("#")[0].strip():
            return False
        indent = key - self.text.rfind("\n", 0, key) - 1
        words = (line for line in below if line.split("#")[0].strip())
        next_line = next(words, "")
        return len(next_line) - len(next_line.lstrip()) <= indent

    def _is_key(self, written: str, key: str) -> bool:
        plain = re.sub(r"[\s\"':_]", "", written).casefold()
        return plain == key.replace("_", "").casefold()

    def _literal(self, start: int) -> int | None:
        """Give where a value ends that is written down plainly at an offset; None for others."""
        end = self._end(start)
        if end is None or self.syntax != "script":
            return end
        gap = _GAP.match(self.text, end)
        after = gap.end() if gap else end
        return end if self.text[after : after + 1] in (",", "}", "]") else None

    def _end(self, start: int) -> int | None:
        text, mark = self.text, self.text[start : start + 1]
        if mark == "'" and self.syntax == "yaml":
            found = _YAML_SINGLE.match(text, start)
        elif mark in _QUOTED and mark:
            found = _QUOTED[mark].match(text, start)
        elif mark == "[":
            return self._list_end(start)
        else:
            found = (_YAML_PLAIN if self.syntax == "yaml" else _CONSTANT).match(text, start)
        return found.end() if found else None

    def _list_end(self, start: int) -> int | None:
        at = start + 1
        while True:
            gap = re.compile(r"[\s,]*").match(self.text, at)
            at = gap.end() if gap else at
            if self.text.startswith("]", at):
                return at + 1
            end = self._end(at)
            if end is None:
                return None
            at = end

    def _bullet(self, start: int) -> str:
        """Give what stands before an entry of YAML in its line, a bullet; nothing for others."""
        line = self.text[self.text.rfind("\n", 0, start) + 1 : start]
        return line if self.syntax == "yaml" and re.fullmatch(r"\s*- +", line) else ""

    def _indent(self, start: int) -> str | None:
        """Give the white space before what is the first thing in its line; None for others."""
        line = self.text[self.text.rfind("\n", 0, start) + 1 : start]
        return line if not line.strip() else None

    def _is_flow(self, start: int) -> bool:
        """Say whether the key at an offset stands between braces."""
        if self.syntax != "yaml":
            return True
        for line in reversed(self.text[max(0, start - _LOOKED_AT) : start].split("\n")):
            plain = line.strip()
            if plain and not plain.startswith("#"):
                return plain[-1] in "{,"
        return False

    # --- writing ------------------------------------------------------------------------------

    def _insert(self, parent: Path, key: str, value: Any) -> list[Edit]:
        """Give the edit that adds a key to a mapping which has some already."""
        known, data = self._known(parent)
        if known < len(parent) or not isinstance(data, dict) or not data:
            return []
        first = next(iter(data))
        start = self._offset((*parent, first))
        beside = _KEY[self.syntax].match(self.text, start)
        if beside is None or not self._is_key(beside[0], first):
            # In YAML the value may begin in the next line.
            line = self.text[start : start + _LOOKED_AT].split("\n", 1)[0].split("#")[0].strip()
            if self.syntax != "yaml" or not self._is_key(line, first):
                return []
        if self._is_flow(start):
            quote = self.text[start] if self.text[start] in "\"'" else ""
            indent = self._indent(start)
            gap = " " if indent is None else f"{self.end}{indent}"
            return [Edit(start, start, f"{quote}{key}{quote}: {self._written(value)},{gap}")]
        if not parent:
            rest = "" if not self.text or self.text.endswith("\n") else self.end
            return [Edit(len(self.text), len(self.text), rest + self._block(key, value))]
        line_start = self.text.rfind("\n", 0, start) + 1
        indent = re.sub(r"[^\s]", " ", self.text[line_start:start])
        return [Edit(start, start, f"{key}: {self._written(value)}{self.end}{indent}")]

    def _block(self, key: str, value: Any) -> str:
        if not isinstance(value, dict):
            return f"{key}: {self._written(value)}{self.end}"
        inside = "".join(f"  {k}: {self._written(v)}{self.end}" for k, v in value.items())
        return f"{key}:{self.end}{inside}"

    def _written(self, value: Any, before: str = "") -> str:
        """Give a value in the syntax, in such quotes as what stood there before."""
        if self.syntax == "yaml":
            from simkit.inputs.saving import flow  # here: most checks write nothing

            return flow(value)
        if isinstance(value, str) and before == "'" and self.syntax == "script":
            return f"'{value}'"
        return json.dumps(value, ensure_ascii=False)

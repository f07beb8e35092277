"""YAML read into plain data with places: without aliases, tags and second documents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from simkit.base.errors import BadInput, shown
from simkit.base.reading.document import (
    Document,
    Lines,
    Tree,
    refuse_long_number,
)

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


def parse_yaml(text: str, name: str) -> Document:
    """Give the document in a YAML text; BadInput, with line and column, when it has none."""
    tree = Tree(name)
    documents = 0
    for event in _yaml_events(text, name):
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        match type(event).__name__:
            case "ScalarEvent":
                _refuse_properties(event, tree, line, column)
                plain = not event.style
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
    import yaml

    line, column = 1, 1
    try:
        # The parser in C: a file of 10,000 agents takes one in Python many seconds.
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            yield event
            line, column = event.end_mark.line + 1, event.end_mark.column + 1
    except BadInput:
        raise
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if mark is not None:  # by its offset: behind the last line it counts one more
            line, column = Lines(text).at(min(mark.index, len(text)))
        is_tab = mark is not None and text[mark.index : mark.index + 1] == "\t"
        problem = "a tab; indent with spaces" if is_tab else _in_words(error)
        problem = f"unreadable YAML: {problem}"
        raise BadInput(problem, file=name, line=line, column=column) from None
    except yaml.reader.ReaderError as error:
        # Its position counts the bytes before.
        before = text.encode("utf-8", "replace")[: error.position].decode("utf-8", "ignore")
        line, column = Lines(text).at(len(before))
        problem = "unreadable YAML: a control character"
        found = f"U+{error.character:04X}"
        raise BadInput(problem, file=name, line=line, column=column, found=found) from None
    except Exception:
        # The parser also lets out errors of its own code, such as UnicodeEncodeError for half a
        # surrogate pair. For the reader of the message it is the same thing.
        raise BadInput("unreadable YAML near here", file=name, line=line, column=column) from None


def _in_words(error: Any) -> str:
    """Give what the parser complains about, in words for people who do not know its grammar."""
    if str(error.problem).startswith("did not find expected key"):
        return "no key stands here; the indentation may not fit the lines above"
    return f"{error.problem} {error.context or ''}".rstrip()


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

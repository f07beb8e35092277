"""Which kind of file it is, by its content, and where the payloads stand in it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, NamedTuple

from simkit.base.errors import BadInput, shown
from simkit.base.names import plain_name
from simkit.base.reading import documents
from simkit.base.reading.document import Document, Lines, Path
from simkit.base.reading.json_reader import DuplicateKey, without_repeats
from simkit.checking.editing import Syntax
from simkit.checking.findings import Subject

Kind = Literal[
    "reason-code",
    "widget-configuration",
    "application-registration",
    "embedding-snippet",
    "divisions",
    "presence-definitions",
    "users",
    "oauth-client",
    "schedule",
    "status-log",
]
MAX_LISTED = 5_000
MAX_REPEATS = 100
_LOOKED_AT = 100_000

EXPORTS: Mapping[Kind, str] = {
    "divisions": "divisions",
    "presence-definitions": "presence definitions",
    "users": "users",
    "oauth-client": "OAuth clients",
    "schedule": "schedules",
    "status-log": "a log of statuses",
}
"""Kinds that are recognised and not judged, and what they hold."""

# Keys that tell the kinds apart, and how many of them it takes: `type` and `status` alone are in
# many files that are no reason codes. Exports come first: they share keys with reason codes.
_TELLING: Mapping[Kind, tuple[int, tuple[str, ...]]] = {
    "presence-definitions": (2, ("languageLabels", "systemPresence")),
    "divisions": (1, ("homeDivision", "objectCounts")),
    "users": (2, ("email", "username", "state", "primaryContactInfo", "acdAutoAnswer")),
    "oauth-client": (1, ("registeredRedirectUri", "authorizedGrantType")),
    "schedule": (1, ("agentSchedules", "userSchedules", "activityCodeId")),
    "application-registration": (1, ("scopes", "redirectUris", "widgetPermissions")),
    "widget-configuration": (
        1,
        ("widgetId", "containerId", "filterType", "statusReasonTypes", "refreshIntervalMs"),
    ),
    "reason-code": (2, ("divisionId", "status", "color", "type", "isDefault")),
}
# Words in the first line of a table.
_COLUMNS: Mapping[Kind, tuple[str, ...]] = {
    "status-log": ("agent|user", "status|presence", "start|time|duration"),
    "schedule": ("agent|user", "activity|shift", "start"),
}
_KEY = re.compile(r"\b([A-Za-z_]\w{0,40})[\"']?\s*:")
_SNIPPET = re.compile(r"GenesysCloudWidgets|widget-sdk|\b(?:widgetId|containerId)[\"']?\]?\s*:")
_LINES = (".jsonl", ".ndjson")
SCRIPTS = (".js", ".mjs", ".cjs", ".jsx")
TYPESCRIPT = (".ts", ".mts", ".cts", ".tsx")


class Unrecognised(BadInput):
    """A file that can be read and is nothing that check knows."""


class Recognised(NamedTuple):
    """What a file is, and the payloads in it or why they cannot be read; a snippet has none."""

    kind: Kind | None
    """None where none of the lines that can be read says it."""
    subjects: tuple[Subject, ...] = ()
    problems: tuple[BadInput, ...] = ()
    are_lines: bool = False
    """Whether each problem is that of a line, beside others that are judged."""
    more: int = 0
    """How many further payloads there are."""
    repeats: tuple[BadInput, ...] = ()
    """Keys that are given twice."""


def recognise(text: str, name: str) -> Recognised:
    """Give which kind of file a text is; BadInput when it is none that we know."""
    begin = text.lstrip()[:1]
    if not begin:
        raise BadInput("the file is empty", file=name)
    ending = os.path.splitext(name)[1].lower()
    is_script = ending in (*SCRIPTS, *TYPESCRIPT) or begin == "<"
    if not is_script and (begin in "{[" or ending in (".json", *_LINES)):
        return _recognise_json(text, name)
    if not is_script and ending in (".yaml", ".yml"):
        return _recognise_data([documents.parse(text, name, "yaml")], name)
    if _SNIPPET.search(text):
        return Recognised("embedding-snippet")
    if kind := _table_kind(text):
        return Recognised(kind)
    raise _unrecognised(name, [])


def syntax_of(text: str, name: str) -> Syntax:
    """Give how a file is written: as JSON, as YAML or as a script, in a page perhaps."""
    begin = text.lstrip()[:1]
    ending = os.path.splitext(name)[1].lower()
    if ending in (*SCRIPTS, *TYPESCRIPT) or begin == "<":
        return "script"
    if begin in ("{", "[") or ending in (".json", *_LINES):
        return "json" if "<script" not in text else "script"
    return "yaml" if ending in (".yaml", ".yml") else "script"


def _parsed(text: str, name: str) -> tuple[Document, list[BadInput]]:
    """Give the document in a JSON text, and keys in it that are given twice: the last one counts.

    The reader refuses them, as it does for files of this kit.
    """
    try:
        return documents.parse(text, name, "json"), []
    except DuplicateKey:
        text, repeats = without_repeats(text.removeprefix("\ufeff"))
    document = documents.parse(text, name, "json")
    lines = Lines(text)
    wanted = {lines.at(at): key for key, at in repeats[:MAX_REPEATS]}
    keys = set(wanted.values())
    paths = {document.where(path): path for path in _paths(document.data) if path[-1] in keys}
    found = []
    for place, key in wanted.items():
        line, column = place
        field = ".".join(map(str, paths.get(place, ()))) or None
        problem = f"{shown(key)} is given twice; only the last one counts"
        found.append(BadInput(problem, file=name, line=line, column=column, field=field))
    return document, found


def _paths(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Give the path of each value inside of data."""
    pairs = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in pairs:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from _paths(value, (*path, key))


def _recognise_json(text: str, name: str) -> Recognised:
    try:
        document, repeats = _parsed(text, name)
        return _recognise_data([document], name)._replace(repeats=tuple(repeats))
    except BadInput as problem:
        if problem.line is None:
            raise
        rows = _rows(text, name)
        if rows is not None:
            return rows
        if "<script" in text or "GenesysCloudWidgets" in text:
            return Recognised("embedding-snippet")  # a template or a block begins like JSON
        meant = _kind_by_keys(_keys_in(text))
        if meant and meant not in EXPORTS:
            return Recognised(meant, problems=(problem,))
        if meant or _may_name_people(text):
            raise _without_words(problem) from None
        if name.lower().endswith((".json", *_LINES)):
            raise
        raise _unrecognised(name, []) from None  # it only begins like JSON


def _keys_in(text: str) -> Iterator[str]:
    """Give what looks like keys at the beginning of a text."""
    return (key[1] for key in _KEY.finditer(text[:_LOOKED_AT]))


def _may_name_people(text: str) -> bool:
    """Say whether a damaged text that is none of ours may be an export: its keys look like one."""
    keys = {key.casefold() for key in _keys_in(text)}
    return bool(keys & {"entities", "email", "username", "userid", "agentid", "userdetails"})


def _without_words(problem: BadInput) -> BadInput:
    """Give a complaint about an export that quotes nothing of it: it may be somebody's name."""
    return BadInput("not valid JSON", file=problem.file, line=problem.line, column=problem.column)


@dataclass(frozen=True)
class _Row(Document):
    """A document that stands in one line of a file."""

    above: int = 0

    def where(self, loc: Path) -> tuple[int, int] | None:
        place = Document.where(self, loc)
        return place and (place[0] + self.above, place[1])


def _rows(text: str, name: str) -> Recognised | None:
    """Give the payloads of JSON Lines; None when the text is something else."""
    rows: list[Document] = []
    problems: list[BadInput] = []
    repeats: list[BadInput] = []
    is_first_good = are_objects = True
    lines = ((i, line) for i, line in enumerate(text.split("\n")) if line.strip())
    for i, line in islice(lines, MAX_LISTED):
        are_objects &= line.lstrip().startswith("{")
        try:
            row, twice = _parsed(line, name)
            for each in twice:
                each.line = (each.line or 1) + i
                each.field = each.field and f"{len(rows)}.{each.field}"
            repeats += twice
            rows.append(_Row(row.name, row.data, row.root, row.find_places, above=i))
        except BadInput as problem:
            is_first_good &= bool(rows)
            problem.line = (problem.line or 1) + i
            problems.append(problem)
    # By its name it is meant so. By its content alone it may be one document with a mistake, which
    # rarely has an object in each line, or two lines that are whole.
    is_meant = name.lower().endswith(_LINES)
    if not is_meant and not (rows and are_objects) and not (is_first_good and len(rows) > 1):
        return None
    more = sum(1 for _ in lines)
    try:
        found = _recognise_data(rows, name, are_lines=True) if rows else Recognised(None)
    except Unrecognised as problem:
        found, problems = Recognised(None), [problem, *problems]
    kind = found.kind or _kind_by_keys(_keys_in(text))
    if kind in EXPORTS or (kind is None and _may_name_people(text)):
        problems = [_without_words(problem) for problem in problems]
    return found._replace(
        problems=tuple(problems), more=more, are_lines=True, repeats=tuple(repeats)
    )


def _recognise_data(documents: list[Document], name: str, *, are_lines: bool = False) -> Recognised:
    """Give what a document holds: a payload, a list or page of them, or one in each document."""
    subjects: list[Subject] = []
    for i, document in enumerate(documents):
        subjects += [Subject(document, (i,))] if are_lines else _entries(document)
    kinds = (_kind_of_data(subject.document.data) for subject in subjects)
    kind = next((kind for kind in kinds if kind), None)
    if kind is None:
        raise _unrecognised(name, [subject.document.data for subject in subjects])
    return Recognised(kind, tuple(subjects[:MAX_LISTED]), more=max(0, len(subjects) - MAX_LISTED))


def _entries(document: Document) -> list[Subject]:
    """Give the entries of a list or of a page of the platform, or the document as the only one."""
    path: list[str | int] = []
    data = document.data
    if isinstance(data, dict) and isinstance(data.get("entities"), list):
        path, data = ["entities"], data["entities"]
    if not isinstance(data, list):
        return [Subject(document)]
    return [Subject(document.part((*path, i), entry), (*path, i)) for i, entry in enumerate(data)]


def _kind_of_data(data: Any) -> Kind | None:
    if not isinstance(data, Mapping):
        return None
    if "/authorization/divisions/" in str(data.get("selfUri")):
        return "divisions"
    inner = data.get("configuration")
    return _kind_by_keys([*data, *(inner if isinstance(inner, Mapping) else ())])


def _kind_by_keys(keys: Iterable[str]) -> Kind | None:
    present = {key.replace("_", "").casefold() for key in keys}
    scores: dict[Kind, int] = {}
    for kind, (enough, telling) in _TELLING.items():
        score = sum(key.casefold() in present for key in telling)
        if score >= enough:
            scores[kind] = score
    exports: list[Kind] = [kind for kind in scores if kind in EXPORTS]
    if exports:
        return exports[0]
    if not scores:
        return None
    best: Kind = max(scores, key=scores.__getitem__)
    return best


def _table_kind(text: str) -> Kind | None:
    """Give the kind of export that a table's first line or a calendar is."""
    if text.lstrip().startswith("BEGIN:VCALENDAR"):
        return "schedule"
    header = plain_name(text.lstrip()[:1_000].splitlines()[0]).casefold()
    columns = re.split(r"[,;\t]", header)
    for kind, wanted in _COLUMNS.items():
        if all(any(re.search(word, column) for column in columns) for word in wanted):
            return kind
    return None


def _unrecognised(name: str, data: list[Any]) -> BadInput:
    """Say that a file is none of the kinds, and what it seems to be."""
    keys = set(data[0]) if data and isinstance(data[0], Mapping) else set()
    if {"message", "status"} <= keys and keys & {"code", "contextId"}:
        found: str | None = f"an error that the platform answered: {shown(data[0]['message'])}"
    elif {"divisions", "agents"} <= keys or keys & {"organisation", "base"}:
        found = "an organisation or a scenario of this kit, which simkit run reads"
    else:
        found = None
    return Unrecognised(
        "not recognised",
        file=name,
        found=found,
        allowed="reason codes, a widget configuration, an application registration or a page or "
        "script that embeds the widget",
    )

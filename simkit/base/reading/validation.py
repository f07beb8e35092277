"""Validation of read documents: one error, in the user's words, at its place in the file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, NamedTuple, TypeVar, Union
from typing import get_args as arguments_of
from typing import get_origin as origin_of

from simkit.base import given
from simkit.base.clock import SECOND
from simkit.base.errors import BadInput, LocatedError, closest, shown
from simkit.base.reading.document import Document, Path, key_in
from simkit.base.units import in_ms, seconds_meant

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

_LONGEST_NUMBER = 30
Model = TypeVar("Model", bound="BaseModel")
MAX_ERRORS = 50_000
"""As many are counted and put in order in about a second; each takes a kilobyte."""


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
    return _valid(_Case(model, None, given.plain(data), at))


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
        if refusal.error_count() > MAX_ERRORS:
            raise case.bad((), f"{refusal.error_count():,} errors, too many to tell") from None
        errors = refusal.errors(include_url=False)
    found: dict[tuple[str | int, ...], ErrorDetails] = {}
    around = {error["loc"][:i] for error in errors for i in range(len(error["loc"]))}
    for error in errors:
        if error["type"] == "too_short" and error["loc"] in around:
            continue  # pydantic does not count the entries that it refused, each with its own error
        # The alternatives of a union are refused one by one, all at the same path.
        found.setdefault(_spelled(case.data, *_location(error)), error)

    def rank(path: tuple[str | int, ...]) -> tuple[bool, tuple[int, ...]]:
        # What is missing has no line of its own, and may be no more than a mistyped key.
        order = case.document.order([*case.at, *path]) if case.document else ()
        return found[path]["type"] == "missing", order

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
        return key_in(data, part)
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
    allowed += _meant(_hint_at(case.model, path), path, error["input"])
    return Problem("wrong-value", case.bad(path, "", shown(error["input"]), allowed), path)


def _meant(hint: Any, path: Path, found: Any) -> str:
    """Give what a refused value may have been meant as; nothing where that is no better.

    A text that says the value, a span of time with its unit, or seconds in place of ms.
    """
    if isinstance(found, str):
        if _parsed(found) is not None and _fits(hint, _parsed(found)):
            return f"; without quotes: {found.strip()}"
        span = in_ms(found) if _is_in_ms(path) else None
        return f"; {found.strip()} are {span}" if span is not None and _fits(hint, span) else ""
    whole = isinstance(found, int) and not isinstance(found, bool)
    if whole and _is_in_ms(path) and found > 0 and _fits(hint, SECOND * found):
        return seconds_meant(found)
    return ""


def _parsed(text: str) -> Any:
    try:
        return json.loads(text) if len(text) <= _LONGEST_NUMBER else None
    except ValueError:
        return None


def _fits(hint: Any, value: Any) -> bool:
    from pydantic import TypeAdapter, ValidationError

    try:
        TypeAdapter(hint).validate_python(value)
    except ValidationError:
        return False
    return True


def _is_in_ms(path: Path) -> bool:
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    return key.endswith(("_ms", "Ms"))


def _unknown_key(case: _Case[Model], path: Path) -> tuple[str, str | None]:
    key = str(path[-1])
    keys: list[str] = []
    spellings: set[str] = set()
    for option in filter(_is_model, _options(_hint_at(case.model, path[:-1]))):
        by_name = option.model_config.get("populate_by_name") and not case.aliases_only
        for name, info in option.model_fields.items():
            keys.append(name if by_name and "_" in key else info.alias or name)
            spellings |= {name, info.alias or name} if by_name else set()
    if key in spellings:
        return f"{shown(key)} is given twice, in both its spellings", None
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
    words = _allowed_by(_hint_at(model, path), "ms" if _is_in_ms(path) else "")
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
    alternatives = schema.get("anyOf") or schema.get("oneOf")
    if alternatives:
        about = {"description": schema.get("description")}
        words = [_schema_words(about | each, definitions, unit) for each in alternatives]
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
        case kind if not isinstance(kind, type):  # None, and the values of a Literal
            return None
        case kind if issubclass(kind, Mapping):
            return arguments[1]
        case kind if issubclass(kind, tuple) and isinstance(part, int) and ... not in arguments:
            return arguments[part] if part < len(arguments) else None
        case kind if issubclass(kind, Sequence) and isinstance(part, int):
            return arguments[0]
    return None

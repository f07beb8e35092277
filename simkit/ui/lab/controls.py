"""Controls made from the fields of the settings: kind, bounds, choices and words are theirs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic_core import to_jsonable_python

from simkit.base.errors import BadInput, shown
from simkit.base.language import tr
from simkit.rules import oauth, prerequisites
from simkit.rules.sections import CONTEXT_DIVISION, PAGE_DIVISION, PATHS, SECTIONS
from simkit.ui.lab.field_words import LABELS

ControlKind = Literal["flag", "whole", "decimal", "choice", "several", "text", "json"]

# Values that a text field is usually given; a control offers them, any other may be typed.
_SUGGESTED: dict[str, tuple[str, ...]] = {
    "application.scopes": oauth.KNOWN_SCOPES,
    "provisioning.permissions": (*prerequisites.PERMISSIONS, prerequisites.PORTAL_PERMISSION),
    "widget.division_id": (CONTEXT_DIVISION, PAGE_DIVISION),
}


@dataclass(frozen=True)
class Control:
    """A field of the settings as something that can be changed by hand."""

    path: str
    kind: ControlKind
    description: str
    low: float | None = None
    high: float | None = None
    options: tuple[Any, ...] = ()
    """What can be chosen, or for text what is usually given."""
    optional: bool = False
    """Whether the field may hold nothing."""

    @property
    def label(self) -> str:
        """The field in plain words."""
        return tr(LABELS[self.path])

    def shown(self, value: Any) -> Any:
        """Give a value of the field as the browser shows it: JSON, or its text."""
        plain = to_jsonable_python(value)
        return json.dumps(plain, ensure_ascii=False) if self.kind == "json" else plain

    def read(self, value: Any) -> Any:
        """Give the value of the field that a browser means; BadInput for text that is no JSON.

        Whether the field may have it is for the settings to say.
        """
        if self.kind == "json":
            try:
                return json.loads(value)
            except (TypeError, ValueError, RecursionError):
                raise BadInput(field=self.path, found=shown(value), allowed="JSON") from None
        if self.kind == "several" and isinstance(value, list | tuple):
            return tuple(value)
        if self.kind == "decimal" and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        return value


def of_paths(paths: Sequence[str]) -> list[Control]:
    """Give the controls of some fields."""
    return [control(path) for path in paths]


def all_by_section() -> dict[str, list[Control]]:
    """Give the controls of all fields, by section."""
    return {
        section: [control(PATHS[field]) for field in model.model_fields]
        for section, model in SECTIONS.items()
    }


@cache
def control(path: str) -> Control:
    """Give the control of one field by its dotted path."""
    section, name = path.split(".")
    field = SECTIONS[section].model_fields[name]
    description = field.description or name
    kinds = _alternatives(field.annotation)
    optional = NoneType in kinds
    kinds = [kind for kind in kinds if kind is not NoneType]
    kind, origin = kinds[0], get_origin(kinds[0])
    if origin is Literal:
        return Control(path, "choice", description, options=get_args(kind), optional=optional)
    if kind is bool:
        return Control(path, "flag", description)
    if kind in (int, float):
        low, high = (_bound(field.metadata, end) for end in ("ge", "le"))
        which: ControlKind = "whole" if kind is int else "decimal"
        return Control(path, which, description, low, high, optional=optional)
    if origin is tuple and (options := _SUGGESTED.get(path) or _members(kind)):
        return Control(path, "several", description, options=options)
    if kind is str:
        return Control(path, "text", description, options=_SUGGESTED.get(path, ()))
    return Control(path, "json", description)


def _alternatives(annotation: Any) -> list[Any]:
    return (
        list(get_args(annotation)) if get_origin(annotation) in (Union, UnionType) else [annotation]
    )


def _members(kind: Any) -> tuple[Any, ...]:
    inner = get_args(kind)[0]
    return get_args(inner) if get_origin(inner) is Literal else ()


def _bound(metadata: Sequence[Any], end: str) -> float | None:
    return next((getattr(m, end) for m in metadata if getattr(m, end, None) is not None), None)

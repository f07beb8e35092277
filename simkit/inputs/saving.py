"""Settings written as a scenario file that needs no other file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from simkit.base.errors import BadInput, shown
from simkit.base.files import write_text
from simkit.inputs.profiles import as_written, default_section
from simkit.rules.sections import SECTIONS
from simkit.rules.settings import Settings

# Words that YAML, old or new, reads as text when they stand without quotes; and those it does not.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:[ -][A-Za-z0-9_]+)*")
_NOT_TEXT = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
# What YAML does not let through or folds as a line end, and marks that nobody sees.
_ESCAPED = re.compile(
    "[\x7f-\xa0\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\uffff]"
)
_LONGEST_KEY = 1_000
"""A key of more than 1,024 characters has to be marked as one."""


def scenario_text(settings: Settings) -> str:
    """Give the text of a YAML scenario that ``simkit.load`` reads back as equal settings.

    The organisation stands inside, and a profile that is not the kit's. Of the sections only what
    differs from the profile's values, and from the defaults where it has none, is written.
    """
    return "\n".join(_lines(settings)) + "\n"


def save(settings: Settings, path: str | Path) -> None:
    """Write settings into a .yaml file as a scenario, whole or not at all.

    BadInput when the file cannot be written, or ``load`` would not take it for YAML.
    """
    ending = Path(path).suffix
    if ending.lower() not in (".yaml", ".yml"):
        raise BadInput(file=str(path), found=shown(ending), allowed=".yaml, .yml")
    write_text(path, scenario_text(settings))


def _lines(settings: Settings) -> Iterator[str]:
    yield f"name: {flow(settings.name)}"
    yield f"profile: {flow(as_written(settings.profile))}"
    yield f"seed: {flow(settings.seed)}"
    for name in SECTIONS:
        section, usual = getattr(settings, name), default_section(name, settings.profile)
        values = section.model_dump(mode="json")
        changed = [key for key in values if getattr(section, key) != getattr(usual, key)]
        if changed:
            yield f"{name}:"
            yield from (f"  {key}: {flow(values[key])}" for key in changed)
    yield "organisation:"
    organisation = settings.organisation.model_dump(mode="json", exclude_defaults=True)
    for key, value in organisation.items():
        if isinstance(value, list) and value:
            yield f"  {key}:"
            yield from (f"    - {flow(entry)}" for entry in value)
        else:
            yield f"  {key}: {flow(value)}"


def flow(value: Any) -> str:
    """Give a value in YAML, within one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, str):
        return _text(value)
    return json.dumps(value)


def _key(key: str) -> str:
    text = _text(key)
    return f"? {text} " if len(text) > _LONGEST_KEY else text


def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.casefold() not in _NOT_TEXT:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)

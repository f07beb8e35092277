"""Scenario files with an organisation inside, written with words on what is what."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from textwrap import wrap
from typing import Any

from simkit.base.errors import BadInput, shown
from simkit.base.files import write_text
from simkit.base.outgoing import json_text
from simkit.base.reading.document import MAX_VALUES
from simkit.inputs.saving import flow
from simkit.rules.organisation import Organisation

_WIDTH = 98
_HINTS = {
    "divisions": "The division tree, by names.",
    "codes": "Status reasons. A code of the root may be used in all divisions.",
    "shifts": "Shift patterns, in local time. Agents name theirs.",
    "agents": "Each works one pattern, or a list of them.",
}

Sections = Mapping[str, Mapping[str, tuple[Any, str]]]
"""Fields of sections that differ from the defaults: the value of each, and why."""


def write_organisation(
    organisation: Organisation,
    path: str | os.PathLike[str],
    head: Iterable[str] = (),
    sections: Sections | None = None,
    hints: Mapping[str, str] | None = None,
) -> None:
    """Write a scenario with the organisation inside into a file, whole or not at all.

    ``simkit.load`` reads it, and another scenario may name it as its organisation. In YAML it says
    what is what: ``head`` above all, ``hints`` above parts of the organisation. BadInput for a name
    that ends otherwise than in .yaml, .yml or .json, for more than YAML takes, and where the file
    cannot be written.
    """
    name = os.fspath(path)
    check_ending(name)
    data = organisation.model_dump(mode="json", exclude_defaults=True)
    sections = sections or {}
    if Path(name).suffix.lower() == ".json":
        plain = {
            k: {f: value for f, (value, _) in fields.items()} for k, fields in sections.items()
        }
        whole = {"name": organisation.name, **plain, "organisation": data}
        write_text(name, json_text(whole, indent=1) + "\n")
        return
    if _values_of(data) > MAX_VALUES - 1_000:
        found = f"an organisation of {len(organisation.agents):,} agents"
        raise BadInput("too much for YAML", file=name, found=found, allowed="a name in .json")
    lines = _lines(organisation.name, data, head, sections, {**_HINTS, **(hints or {})})
    write_text(name, "\n".join(lines) + "\n")


def sizes(organisation: Organisation) -> dict[str, int]:
    """Give how many there are of each part."""
    parts = ("divisions", "codes", "shifts", "agents")
    return {part: len(getattr(organisation, part)) for part in parts}


def sizes_in_words(organisation: Organisation) -> str:
    """Give the same in words."""
    return ", ".join(f"{part} {count:,}" for part, count in sizes(organisation).items())


def check_ending(name: str) -> None:
    """Refuse a name whose ending says neither YAML nor JSON."""
    if Path(name).suffix.lower() not in (".yaml", ".yml", ".json"):
        allowed = ".yaml, .yml, .json"
        raise BadInput(file=name, found=shown(Path(name).suffix), allowed=allowed)


def _lines(
    name: str,
    data: Mapping[str, Any],
    head: Iterable[str],
    sections: Sections,
    hints: Mapping[str, str],
) -> Iterator[str]:
    for words in head:
        yield from _comment(words)
    yield f"name: {flow(name)}"
    for section, fields in sections.items():
        yield f"{section}:"
        for field, (value, why) in fields.items():
            yield from _comment(why, "  ")
            yield f"  {field}: {flow(value)}"
    yield "organisation:"
    for key, value in data.items():
        if key in hints:
            yield from _comment(hints[key], "  ")
        if isinstance(value, list) and value:
            yield f"  {key}:"
            yield from (f"    - {flow(entry)}" for entry in value)
        else:
            yield f"  {key}: {flow(value)}"


def _comment(words: str, indent: str = "") -> list[str]:
    mark = f"{indent}# "
    return wrap(words, _WIDTH, initial_indent=mark, subsequent_indent=mark)


def _values_of(data: Any) -> int:
    if isinstance(data, dict):
        return 1 + sum(map(_values_of, data.values()))
    return 1 + sum(map(_values_of, data)) if isinstance(data, list) else 1

"""Write the template of all texts, and bring the catalogues up to it: ``data/languages``.

``make derived`` runs it. Texts are taken from Python and JavaScript, where they are arguments of
``tr``, ``trn`` and ``tr_noop`` or ``trNoop``, from what the settings say of their fields, and from
what learners read: data, the openings and key points of notebooks, the glossary.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Any

import yaml
from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from simkit.rules.sections import SECTIONS
from simkit.teaching.openings import read_opening
from simkit.ui.editions.pages import glossary

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "data" / "languages"
TEMPLATE = FOLDER / "simkit.pot"
KEYWORDS: dict[str, Any] = {"tr": None, "tr_noop": None, "trNoop": None, "trn": (1, 2)}
DATA = {
    "data/scenarios": {"title", "fault"},
    "data/stories": {"says", "small", "ask", "options", "unit"},
    "data/exercises": {"title", "story", "task", "unit", "hints", "right", "says"},
    "data/workshop/handouts": {"happens", "ask"},
}
"""Folders of data, and in the files in and below them the keys whose texts learners read."""
_WIDTH = 100
_DATED = ("POT-", "PO-", "Last-", "Report-", "Project-", "Generated-", "Language-Team")
"""Beginnings of the headers that say when, who and with what: the repository knows."""


def texts_of(value: object, keys: set[str], *, told: bool = False) -> Iterator[str]:
    """Give the texts that stand under one of some keys, in the order of the file."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from texts_of(inner, keys, told=key in keys)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_of(inner, keys, told=told)
    elif told and isinstance(value, str) and value.strip():
        yield value


def messages() -> Iterator[tuple[str | tuple[str, ...], str]]:
    """Give each text with the file it stands in; of those that depend on a number both forms."""
    for pattern, method in (("*.py", "python"), ("*.js", "javascript")):
        for file in sorted((ROOT / "simkit").rglob(pattern)):
            place = file.relative_to(ROOT).as_posix()
            if place != "simkit/base/language.py":
                for _, message, _, _ in extract_from_file(method, file, keywords=KEYWORDS):
                    yield message if isinstance(message, str) else tuple(message), place
    for section in SECTIONS.values():
        for field in section.model_fields.values():
            if field.description:
                yield field.description, "simkit/rules/sections.py"
    for file in sorted((ROOT / "notebooks").glob("[TE]*.ipynb")):
        said, key_points = read_opening(file)
        for text in (said, *key_points):
            yield text, file.relative_to(ROOT).as_posix()
    for section in glossary():
        for text in (section.title, *chain.from_iterable(section.rows)):
            yield text, "docs/glossary.md"
    for folder, keys in DATA.items():
        for file in sorted((ROOT / folder).rglob("*.yaml")):
            content = yaml.safe_load(file.read_text(encoding="utf-8"))
            for text in texts_of(content, keys):
                yield text, file.relative_to(ROOT).as_posix()


def template() -> Catalog:
    """Give the catalogue of all texts, with nothing translated."""
    found = Catalog(project="simkit", version="", charset="utf-8", fuzzy=False)
    for message, place in messages():
        known = found.get(message[0] if isinstance(message, tuple) else message)
        if known is None or (place, 0) not in known.locations:
            found.add(message, locations=[(place, 0)])
    return found


def written(catalogue: Catalog) -> str:
    """Give a catalogue as its file has it: by files, without numbers of lines, and dates."""
    content = BytesIO()
    write_po(
        content,
        catalogue,
        width=_WIDTH,
        omit_header=catalogue.locale is None,
        sort_by_file=True,
        include_lineno=False,
    )
    dated = tuple(f'"{header}' for header in _DATED)
    lines = content.getvalue().decode().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(dated))


def updated(tag: str, known: Catalog) -> str:
    """Give the catalogue of a language with all texts of the template, and with none beside."""
    with (FOLDER / f"{tag}.po").open("rb") as content:
        found = read_po(content, locale=tag)
    found.update(known, no_fuzzy_matching=True)
    found.obsolete.clear()
    found.header_comment = f"# {Locale.parse(tag).english_name} of simkit's texts."
    return written(found)


def main() -> None:
    """Write the template and the catalogues."""
    known = template()
    TEMPLATE.write_text(written(known), encoding="utf-8")
    for file in sorted(FOLDER.glob("*.po")):
        file.write_text(updated(file.stem, known), encoding="utf-8")


if __name__ == "__main__":
    main()

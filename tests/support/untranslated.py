"""Words that stand in no catalogue: what is still English when the pseudo-language is spoken.

That language has an accent on each letter of what it says, so a plain letter is data or was never
translated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from html import unescape
from typing import Any

from simkit.base import resources
from simkit.inputs.loading import load_organisation
from simkit.rules.sections import PATHS, SECTIONS
from simkit.study.catalogue import TRAP_IDS, traps
from simkit.teaching.exercises import exercises

UNITS = ("ms", "s", "min", "h", "B", "KB", "UTC")
"""Signs that are the same everywhere."""
_TOLD = re.compile(r'\b(?:aria-label|title|alt)="([^"]*)"')
"""Attributes that people read or hear."""
_UNSEEN = re.compile(r"<(style|script|code)\b.*?</\1>", re.DOTALL)
_WRITTEN = re.compile(r"\{[^{}]*\}|\b[A-Z]+(?:_[A-Z]+)+\b|\b[a-z-]+(?::[a-z-]+)+\b")
"""What is written the same in any language: settings in braces, codes of errors, and scopes."""
_WORD = re.compile(r"[A-Za-z]+")
WORDS = """(root) => {
  const found = [];
  const walk = (element) => {
    for (const name of ["aria-label", "title", "placeholder", "alt", "aria-valuetext", "data-tip"])
      if (element.hasAttribute(name)) found.push(element.getAttribute(name));
    for (const node of element.childNodes) {
      if (node.nodeType === 3 && node.textContent.trim()) found.push(node.textContent.trim());
      if (node.nodeType !== 1 || node.matches("script, style, code, pre, .source")) continue;
      // A sentence of a picture stands in lines below each other.
      const above = node.previousElementSibling;
      if (!node.matches("text")) walk(node);
      else if (above?.matches("text") && above.getAttribute("x") === node.getAttribute("x"))
        found[found.length - 1] += ` ${node.textContent}`;
      else found.push(node.textContent);
    }
  };
  walk(root);
  return [...new Set(found)];
}"""
"""Gives all texts of an element, shown or not, and those of its attributes; code is left out."""


def untranslated(text: str, *more: str) -> list[str]:
    """Give the words of a text that are neither translated nor data; ``more`` is data too."""
    text = _WRITTEN.sub(" ", text)
    for name in sorted({*_data(), *more}, key=len, reverse=True):
        if name in text:
            text = re.sub(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])", " ", text)
    return _WORD.findall(text)


def in_page(page: str) -> str:
    """Give what people read of a page: no tags, styles, scripts or code."""
    page = _UNSEEN.sub(" ", page)
    return unescape(" ".join([re.sub(r"<[^>]*>", " ", page), *_TOLD.findall(page)]))


def texts_in(part: Any) -> Iterable[str]:
    """Give each text within plain data."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict | list | tuple):
        for each in part.values() if isinstance(part, dict) else part:
            yield from texts_in(each)


@cache
def _data() -> frozenset[str]:
    """Give names of an organisation, ids, fields, and what a widget is set to say."""
    found = {*UNITS, *TRAP_IDS, *exercises, *PATHS.values(), *PATHS, *SECTIONS}
    for trap in TRAP_IDS:
        changes = {each.id for each in (*traps[trap].fixes, *traps[trap].remedies)}
        found |= changes | {each.removeprefix(trap) for each in changes}  # a switch says "Fix a"
        found.add(traps[trap].settings.get("widget.placeholder_text"))
    for file in (resources.directory("data") / "orgs").glob("*.yaml"):
        on = load_organisation(file)
        found |= {each.name for each in (*on.divisions, *on.codes, *on.shifts)}
        found |= {each.id for each in on.agents} | {on.time_zone}
    return frozenset(found)

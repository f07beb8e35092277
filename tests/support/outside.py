"""What of a page's words stands outside the catalogues, as the pseudo-language shows."""

from __future__ import annotations

import re
from collections.abc import Collection

_MARKED = re.compile(r"⟦[^⟦⟧]*⟧")
_UNITS = re.compile(r"(?<![A-Za-z])(?:ms|min|s|h|KB|MB|kB|B)(?![A-Za-z])")
_LETTERS = re.compile(r"[A-Za-z]{2,}")

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


def outside(text: str, data: Collection[str]) -> str:
    """Give what a text says outside the pseudo-language's brackets, names of the data aside."""
    before = ""
    while before != text:
        before, text = text, _MARKED.sub(" ", text)
    for name in sorted(data, key=len, reverse=True):
        text = text.replace(name, " ")
    left = _UNITS.sub(" ", text)
    return left.strip() if _LETTERS.search(left) else ""

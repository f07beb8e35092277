"""The front end's own files: JavaScript and style sheets, joined into what anywidget takes."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_UI = Path(__file__).parents[1]


@cache
def script(*parts: str) -> str:
    """Give one JavaScript module out of files of the floor such as ``"lab/desk"``, in that order.

    anywidget takes a single module and the kit has no bundler, so the files share one scope and
    the last one exports. Nothing is fetched when the module runs.
    """
    return "\n".join((_UI / f"{part}.js").read_text(encoding="utf-8") for part in parts)


@cache
def style(*parts: str) -> str:
    """Give one style sheet out of several files of the ``ui``."""
    return "\n".join((_UI / f"{part}.css").read_text(encoding="utf-8") for part in parts)

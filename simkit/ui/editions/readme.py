"""What stands at the door of an edition: what is what, and how to start."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Protocol

from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode

from simkit.study.catalogue import TRAP_IDS
from simkit.teaching.agendas import Agenda
from simkit.ui.editions.edition import Audience

_FOR: dict[Audience, str] = {
    "participant": "For participants. Outputs are empty and guesses are yours: what a prediction "
    "is about waits until you have written one.",
    "solution": "With solutions. Each notebook was run, and each exercise has its worked solution "
    "with full marks.",
    "instructor": "For instructors. Each notebook was run, has its solutions, and notes beside the "
    "cells. On slides the notes are the speaker's: press S.",
}
_START = (
    "[The stories](play/index.html), slides and handouts open in any browser: nothing is "
    "installed, and no network is needed. Notebooks need the kit. In this folder:"
)
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
html {{ color-scheme: light dark; font: 16px/1.5 "Liberation Sans", Arial, sans-serif; }}
main {{ max-width: 46em; margin: 0 auto; padding: 16px; }}
td {{ padding: 4px 16px 4px 0; vertical-align: top; }}
</style>
</head>
<body><main>
{body}
</main></body>
</html>
"""


class _Named(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def of(self) -> str: ...
    @property
    def content(self) -> NotebookNode: ...


def text(audience: Audience, sources: Sequence[_Named], agenda: Agenda | None, folder: Path) -> str:
    """Give the text of an edition's README."""
    return "\n".join(_lines(audience, sources, agenda, folder)) + "\n"


def page(text: str) -> str:
    """Give the text of a README as a page."""
    renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
    title = text.partition("\n")[0].removeprefix("# ")
    return _PAGE.format(title=escape(title), body=MarkdownWithMath(renderer=renderer).render(text))


def _lines(
    audience: Audience, sources: Sequence[_Named], agenda: Agenda | None, folder: Path
) -> Iterator[str]:
    yield f"# {agenda.title if agenda else 'Workshop'}\n"
    yield f"{_FOR[audience]}\n"
    yield f"## Start\n\n{_START}\n\n```sh\nsimkit lab notebooks\n```\n"
    yield "## What is here\n\n| | |\n| --- | --- |"
    for source in sources:
        title = source.content.cells[0].source.split("\n")[0].lstrip("# ")
        also = f", [slides](slides/{source.of}.html)" if source.of in TRAP_IDS else ""
        notebook = f"[notebook](notebooks/{source.name}.ipynb)"
        yield f"| {notebook}{also}{_handout(source.of, folder)} | {title} |"
    yield f"| {_handout('glossary', folder).lstrip(', ')} | Words of the workshop |"
    yield "| [play](play/index.html) | The traps to play, without code |"
    if agenda is not None:
        yield "\n## Agenda\n\n| from | min | |\n| ---: | ---: | --- |"
        for at, entry in agenda.timed():
            yield f"| {at // 60}:{at % 60:02} | {entry.minutes} | {entry.title} |"


def _handout(name: str, folder: Path) -> str:
    kinds = [
        (f"handouts/{name}.{ending}", word)
        for ending, word in (("html", "handout"), ("pdf", "PDF"))
        if (folder / "handouts" / f"{name}.{ending}").is_file()
    ]
    return "".join(f", [{word}]({path})" for path, word in kinds)

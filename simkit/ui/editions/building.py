"""Builds an edition of the workshop into a folder: notebooks, slides, handouts, play lane."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
from nbformat import NotebookNode

import simkit
from simkit.base import resources
from simkit.base.errors import BadInput, shown
from simkit.base.files import kind_of, reason, write_text
from simkit.base.language import ENGLISH, in_language
from simkit.base.progress import under_way
from simkit.study.catalogue import TRAP_IDS
from simkit.teaching.agendas import CAPSTONES, INTERVAL, Agenda, notebooks
from simkit.teaching.exercises import GROUPS
from simkit.teaching.openings import notebook_of
from simkit.ui.editions import pages, printing, readme, slides
from simkit.ui.editions.capstone import capstone
from simkit.ui.editions.edition import Audience, edition
from simkit.ui.editions.executing import execute
from simkit.ui.editions.handout import handout
from simkit.ui.workshop.lane import write_lane
from simkit.ui.workshop.questions import QUESTIONS

MANIFEST = ".simkit-edition.json"
"""Says that a folder was built, and so may be built anew."""
_FORMAT, _VERSION = "simkit-edition", 1
_INTERVAL = "13-refresh-interval"


class Source(NamedTuple):
    """A notebook of an edition: its name, whose exercises it has, and what it is made from."""

    name: str
    of: str
    content: NotebookNode


class Built(NamedTuple):
    """What was built, and what could not be."""

    files: tuple[Path, ...]
    notes: tuple[str, ...]


def build(
    out: Path,
    audience: Audience,
    traps: Sequence[str],
    more: Collection[str] = (),
    agenda: Agenda | None = None,
    language: str = ENGLISH,
) -> Built:
    """Build an edition into a folder, whole or not at all.

    It has the notebooks of the traps, and those of ``more``: the interval I, the capstones C1 and
    C2, names of notebooks. An agenda is printed in its README. Handouts and the play lane speak the
    language that is named, all else English. BadInput for a folder that holds
    anything else than an edition, and for one that cannot be written.
    """
    sources = list(_sources(traps, more))
    try:
        with _replacing(out) as part:
            for folder in ("notebooks", "slides", "handouts"):
                (part / folder).mkdir()
            with in_language(ENGLISH):
                _write_notebooks(part, audience, sources)
            with in_language(language):
                notes = _write_handouts(part / "handouts", traps)
                write_lane(part / "play", traps)
            if audience == "participant":  # what the room is asked stands there with its answers
                (part / "play" / QUESTIONS).unlink(missing_ok=True)
            words = readme.text(audience, sources, agenda, part)
            write_text(part / "README.md", words)
            write_text(part / "index.html", readme.page(words))
            told = {"audience": audience, "traps": list(traps), "simkit": simkit.__version__}
            manifest = {"format": _FORMAT, "version": _VERSION, **told}
            write_text(part / MANIFEST, json.dumps(manifest, indent=1) + "\n")
            names = sorted(each.relative_to(part) for each in part.rglob("*") if each.is_file())
    except OSError as problem:
        raise BadInput(f"cannot be written: {reason(problem)}", file=str(out)) from None
    return Built(tuple(out / name for name in names), tuple(notes))


def _sources(traps: Sequence[str], more: Collection[str]) -> Iterator[Source]:
    """Give what notebooks are made from: those of traps, then all others, then capstones."""
    for trap in traps:
        path = notebook_of(trap)
        yield Source(path.stem, trap, nbformat.read(path, as_version=4))
    used = {*more, _INTERVAL} if INTERVAL in more else {*more}
    folder = resources.directory("notebooks")
    for name in (each for each in notebooks() if each in used):
        of = INTERVAL if name == _INTERVAL else ""
        yield Source(name, of, nbformat.read(folder / f"{name}.ipynb", as_version=4))
    for of in CAPSTONES:
        if of in used and of in GROUPS:
            yield Source(f"{of}-capstone", of, capstone(of))


def _write_notebooks(part: Path, audience: Audience, sources: Sequence[Source]) -> None:
    beside = {f"{source.name}.ipynb" for source in sources}
    with under_way("notebooks", of=len(sources)) as tell:
        for done, source in enumerate(sources, 1):
            made = edition(source.content, source.of, audience, beside)
            shown = slides.with_first_desk(made, source.content)
            if audience != "participant":
                execute(made, part / "notebooks")
                shown = made
            nbformat.validate(made)
            write_text(part / "notebooks" / f"{source.name}.ipynb", nbformat.writes(made) + "\n")
            if source.of in TRAP_IDS:
                write_text(part / "slides" / f"{source.of}.html", slides.slides_page(shown))
            tell(done, len(sources))


def _write_handouts(folder: Path, traps: Sequence[str]) -> list[str]:
    words = pages.spoken_glossary()
    write_text(folder / "glossary.html", pages.glossary_page(words))
    printed: dict[str, Callable[[], bytes]] = {"glossary": lambda: printing.glossary_pdf(words)}
    for trap in traps:
        told = handout(trap)
        write_text(folder / f"{trap}.html", pages.handout_page(told))
        printed[trap] = lambda told=told: printing.handout_pdf(told)  # type: ignore[misc]
    if not printing.can_print():
        return [f"handouts are HTML alone: {printing.MISSING}"]
    for name, pdf in printed.items():
        (folder / f"{name}.pdf").write_bytes(pdf())
    return []


@contextmanager
def _replacing(out: Path) -> Iterator[Path]:
    """Give a folder that takes the place of ``out`` once it is whole."""
    _refuse(out)
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    old = out.with_name(f".{out.name}.{os.getpid()}.old")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        part.mkdir()
        yield part
        if out.exists():
            out.replace(old)
        try:
            part.replace(out)
        except OSError:
            if old.exists():
                old.replace(out)
            raise
    finally:
        for each in (part, old):
            shutil.rmtree(each, ignore_errors=True)


def _refuse(out: Path) -> None:
    """Refuse to write over what was not built."""
    allowed = "a new or an empty folder, or one that this command has built"
    try:
        about = out.stat()
    except FileNotFoundError:
        return
    if not out.is_dir():
        found = kind_of(about.st_mode) or "a file"
        raise BadInput("no folder", field="--out", found=found, allowed=allowed)
    if any(out.iterdir()) and not _is_built(out):
        found = f"other files in {shown(str(out))}"
        raise BadInput("nothing is overwritten", field="--out", found=found, allowed=allowed)


def _is_built(out: Path) -> bool:
    about: Any = None
    with suppress(OSError, ValueError):
        about = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    return isinstance(about, dict) and about.get("format") == _FORMAT

"""The ledger of the guide's claims: what each says, and how the kit stands to it.

The rows are those of ``data/guide_claims.csv``. Each claim is told in our own words and names the
test that shows how it fares.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from simkit.base import resources
from simkit.base.errors import BadInput, closest, shown
from simkit.base.formatting import counted
from simkit.base.reading import documents

STATUSES = ("assumed", "follows", "refuted", "not modelled")
"""Typed in as a rule; measured without being typed in; contradicted; left out, with a reason."""

_ID = re.compile(r"C\d{3}")
_TEST = re.compile(r"tests(/\w+)+\.py::test_\w+")


class Claim(NamedTuple):
    """One statement of the guide: a behaviour, a number or a rule."""

    id: str
    section: str
    claim: str
    status: str
    test: str
    """Node id of a test that shows it; empty where nothing is modelled."""
    note: str

    def __repr__(self) -> str:
        return f"{self.id} {self.status}: {self.claim} ({self.section})"


class Claims(tuple[Claim, ...]):
    """All claims, in the guide's order."""

    __slots__ = ()

    def counts(self) -> dict[str, int]:
        """Give how many claims have each status."""
        return counts(self)

    def __repr__(self) -> str:
        by_status = ", ".join(f"{n} {status}" for status, n in self.counts().items())
        return f"{len(self)} claims of the guide: {by_status}"


def claims() -> Claims:
    """Give the ledger of the guide's claims; BadInput when its file cannot be used."""
    return read_claims(resources.directory("data") / "guide_claims.csv")


def counts(ledger: Iterable[Claim]) -> dict[str, int]:
    """Give how many of some claims have each status."""
    found = [claim.status for claim in ledger]
    return {status: found.count(status) for status in STATUSES}


def read_claims(path: Path) -> Claims:
    """Give the claims that a file lists; BadInput, with line and column name, when it is broken."""
    reader = csv.reader(StringIO(documents.read_text(path), newline=""), strict=True)
    found: dict[str, Claim] = {}
    try:
        _check_header(next(reader, []), path)
        line = reader.line_num + 1
        for cells in reader:
            claim = _claim(cells, path, line)
            if claim.id in found:
                raise _refused(path, line, "id", claim.id, "each id once")
            found[claim.id] = claim
            line = reader.line_num + 1
    except csv.Error as error:
        raise BadInput(f"no CSV: {error}", file=str(path), line=reader.line_num) from None
    return Claims(found.values())


def _check_header(header: list[str], path: Path) -> None:
    if tuple(header) != Claim._fields:
        raise _refused(path, 1, "header", ",".join(header), ",".join(Claim._fields))


def _claim(cells: list[str], path: Path, line: int) -> Claim:
    if len(cells) != len(Claim._fields):
        raise BadInput(
            file=str(path),
            line=line,
            found=counted(len(cells), "column"),
            allowed=f"{len(Claim._fields)} columns",
        )
    claim = Claim(*cells)
    if not _ID.fullmatch(claim.id):
        raise _refused(path, line, "id", claim.id, "C and three digits, as in C001")
    for field in ("section", "claim"):
        if not getattr(claim, field).strip():
            raise _refused(path, line, field, "", "some text")
    if claim.status not in STATUSES:
        known = ", ".join(map(shown, STATUSES)) + closest(claim.status, STATUSES)
        raise _refused(path, line, "status", claim.status, known)
    if claim.status == "not modelled":
        if claim.test:
            raise _refused(path, line, "test", claim.test, "nothing where nothing is modelled")
        if not claim.note.strip():
            raise _refused(path, line, "note", "", "the reason why it is not modelled")
    elif not _TEST.fullmatch(claim.test):
        raise _refused(path, line, "test", claim.test, "a test, as in tests/test_x.py::test_y")
    return claim


def _refused(path: Path, line: int, field: str, found: str, allowed: str) -> BadInput:
    return BadInput(file=str(path), line=line, field=field, found=shown(found), allowed=allowed)

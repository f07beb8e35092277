"""A decision written as two pages: HTML that can be mailed, or a PDF."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from simkit.base.errors import BadInput, one_line, shown
from simkit.base.files import write_bytes, write_text
from simkit.studio.decision import Decision
from simkit.ui.editions.printing import MISSING, can_print, compiled
from simkit.ui.report.decision_evidence import evidence
from simkit.ui.report.decision_page import decision_page, together
from simkit.ui.report.decision_sheet import sheet

KINDS = (".html", ".pdf")
_TEMPLATE = Path(__file__).with_name("decision.typ")


def refuse_kind(path: str | Path) -> None:
    """Refuse a file that cannot be written as what its name says: before hours are spent on it."""
    kind = Path(path).suffix.lower()
    if kind not in KINDS:
        raise BadInput(
            "a report is a page or a PDF",
            file=str(path),
            found=shown(kind),
            allowed=", ".join(KINDS),
        )
    if kind == ".pdf" and not can_print():
        raise BadInput(f"a PDF needs a library; {MISSING}", file=str(path), allowed=".html")


def decision_html(found: Decision) -> str:
    """Give a decision as one HTML page that fetches nothing."""
    return decision_page(sheet(found), evidence(found))


def decision_pdf(found: Decision) -> bytes:
    """Give a decision as a PDF of two pages."""
    told = {"first": asdict(sheet(found)), "second": asdict(evidence(found))}
    return compiled(_TEMPLATE, _plain(told))


def _plain(told: Any) -> Any:
    """Give what is told with each text fit to print: one line, numbers beside their units."""
    if isinstance(told, dict):
        return {key: each if key == "picture" else _plain(each) for key, each in told.items()}
    if isinstance(told, list | tuple):
        return [_plain(each) for each in told]
    return together(one_line(told)) if isinstance(told, str) else told


def write_decision(found: Decision, path: str | Path) -> Path:
    """Write a decision as HTML or PDF, as the name says, whole or not at all.

    BadInput for another kind of file, where PDF cannot be made, and when it cannot be written.
    """
    refuse_kind(path)
    target = Path(path)
    if target.suffix.lower() == ".html":
        write_text(target, decision_html(found))
    else:
        write_bytes(target, decision_pdf(found))
    return target

"""What `simkit check` finds as a document: text, JSON, and what pipelines read.

SARIF and JUnit are written in ASCII, with escapes for all other letters, so that they are the same
in a file and in a pipe of any encoding.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from simkit.base.formatting import counted
from simkit.base.outgoing import json_text, lines_shown
from simkit.ui.cli.exits import BAD_INPUT, FINE, NEGATIVE

if TYPE_CHECKING:
    from simkit.checking.findings import Finding, Severity
    from simkit.checking.platforms import Platform

Format = Literal["text", "json", "sarif", "junit"]
FailOn = Literal["error", "warning", "note", "never"]
_FAILING: dict[FailOn, frozenset[Severity]] = {
    "error": frozenset(["error"]),
    "warning": frozenset(["error", "warning"]),
    "note": frozenset(["error", "warning", "note"]),
    "never": frozenset(),
}


class Wanted(NamedTuple):
    """What a command is asked for: which document, where to, and what to do besides."""

    form: Format
    out: Path | None
    fail_on: FailOn
    prove: bool
    fix: bool
    in_place: bool


def report(
    findings: Sequence[Finding],
    files: Sequence[str],
    kind: Format,
    fail_on: FailOn,
    *,
    at_length: bool = False,
    platform: Platform | None = None,
) -> str:
    """Give what was found in files as a document of a kind, without the last line's end.

    ``at_length`` adds to text and JUnit what mends each finding, and its proof; JSON and SARIF
    have both in any case. SARIF tells of the rules as they are on ``platform``, or the guide's.
    """
    if kind == "json":
        from simkit.ui.cli.check_text import as_data

        return json_text([as_data(finding) for finding in findings], indent=2)
    if kind == "sarif":
        from simkit.checking.platforms import GUIDE
        from simkit.ui.cli.check_sarif import sarif

        return sarif(findings, files, platform or GUIDE)
    if kind == "junit":
        from simkit.ui.cli.check_junit import junit

        return junit(findings, files, _FAILING[fail_on], at_length=at_length)
    if findings and at_length:
        from simkit.ui.cli.check_text import told_at_length

        return told_at_length(findings)
    if findings:
        return "\n".join(lines_shown(str(finding)) for finding in findings)
    return f"{counted(len(files), 'file')} checked, nothing found"


def exit_code(findings: Iterable[Finding], fail_on: FailOn) -> int:
    """Give the exit code: what could not be read counts before all else, and always."""
    from simkit.checking.findings import UNREAD

    found = list(findings)
    if any(finding.rule in UNREAD for finding in found):
        return BAD_INPUT
    failing = _FAILING[fail_on]
    return NEGATIVE if any(finding.severity in failing for finding in found) else FINE

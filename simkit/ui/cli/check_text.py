"""What `simkit check` prints of a deployment for people: findings, what mends them, and proofs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from simkit.base.outgoing import lines_shown
from simkit.checking.advice import advice
from simkit.checking.findings import UNREAD, Finding

_FAR = "    "


def told_at_length(findings: Sequence[Finding]) -> str:
    """Give findings with what there is to each, in the lines below it."""
    return "\n".join(line for finding in findings for line in _lines(finding))


def _lines(finding: Finding) -> Iterator[str]:
    yield lines_shown(str(finding))
    yield from (f"  {line}" for line in details(finding))


def details(finding: Finding) -> Iterator[str]:
    """Give what there is to a finding besides its line: its patch or advice, and its proof."""
    if finding.patch:
        yield "patch:"
        rows = finding.patch.diff.replace("\r", "").split("\n")
        yield from (_FAR + lines_shown(row) for row in rows)
    elif finding.severity != "note" and finding.rule not in UNREAD:
        yield f"no patch: {advice(finding.rule, finding.platform)}"
    if finding.proof:
        yield f"proof: {finding.proof}"


def as_data(finding: Finding) -> dict[str, Any]:
    """Give a finding as JSON has it."""
    reach, patch, proof = finding.reach, finding.patch, finding.proof
    names = ("file", "line", "column", "severity", "rule", "message", "field")
    data = {name: getattr(finding, name) for name in names}
    data["reach"] = reach and {
        "agents": reach.agents,
        "of": reach.of,
        "divisions": reach.divisions,
    }
    data["patch"] = patch.diff if patch else None
    data["proof"] = proof and {
        "metric": proof.metric,
        "unit": proof.unit,
        "before": proof.before.as_json(),
        "after": proof.after.as_json() if proof.after else None,
        "difference": proof.difference.as_json() if proof.difference else None,
        "verdict": proof.verdict,
        "replications": proof.replications,
        "agents": proof.agents,
        "of": proof.of,
    }
    return data

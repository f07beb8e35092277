"""What the screen of an audit says: its lists as plain text, the chosen finding as HTML."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from html import escape

from simkit.base.errors import one_line
from simkit.base.formatting import counted, interval, name, signed
from simkit.base.outgoing import lines_shown
from simkit.checking.advice import advice
from simkit.checking.findings import Finding
from simkit.checking.proofs import Proof
from simkit.ui.audit.files import packed
from simkit.ui.audit.state import AuditState, Branch
from simkit.ui.stage.still import safe

MARKS = {"error": "✗", "warning": "⚠", "note": "ℹ"}
ALL = ""
"""Stands in the tree for the findings of all divisions, and of none."""
_INDENT = "\u2003"  # in a list of the browser plain white space is not shown
_CODE = "font-family:var(--jp-code-font-family,monospace);font-size:.9em;line-height:1.4;"
_DIFF = f"{_CODE}margin:.3em 0;white-space:pre-wrap;overflow-wrap:anywhere"
_CELL = ' style="text-align:left;padding:0 1.5em 0 0"'


def tree_rows(state: AuditState) -> list[tuple[str, str]]:
    """Give the division tree as rows of a list, each with the name of its division."""
    rows = [(f"All findings · {len(state.findings)}", ALL)]
    if state.examined.deployment is not None:
        rows += [(_branch(each), each.division) for each in state.tree]
    return rows


def _branch(branch: Branch) -> str:
    about = f" · {counted(len(branch.findings), 'finding')}" if branch.agents else ""
    what = f"{name(branch.division)} · {counted(branch.agents, 'agent')}{about}"
    return f"{_INDENT * branch.depth}{what}"


def finding_rows(state: AuditState, division: str = ALL) -> list[tuple[str, int]]:
    """Give findings as rows of a list, each with its place: all, or those about a division."""
    places: Sequence[int] = range(len(state.findings))
    if division != ALL:
        places = next(each.findings for each in state.tree if each.division == division)
    return [(_row(state.findings[place]), place) for place in places]


def _row(finding: Finding) -> str:
    whom = str(finding.reach) if finding.reach else one_line(finding.file)
    parts = [f"{MARKS[finding.severity]} {finding.severity}", finding.rule, finding.trap, whom]
    return " · ".join(part for part in parts if part)


def paragraph(content: str) -> str:
    """Give HTML as a paragraph: ipywidgets sets lines as far apart as its buttons are high."""
    return f'<p style="margin:.2em 0;line-height:1.4">{content}</p>'


def status(text: str) -> str:
    """Give a text as HTML that screen readers say when it comes; none for nothing."""
    return f'<div role="status">{paragraph(safe(text))}</div>' if text else ""


def about_panel(agents: int, edits: int) -> str:
    """Say what the panel of the decision is about, and which edits a day are assumed, if any."""
    told = f"For the organisation as it is now: {counted(agents, 'agent')}."
    if edits:
        often = "Nothing in the files says how often somebody edits a code"
        told += f" {often}: {counted(edits, 'edit')} a day are ASSUMED. Set yours behind More."
    return told


def finding_html(finding: Finding, proof: Proof | None) -> str:
    """Give a finding in full: what, where, what mends it, and its proof where there is one."""
    place = f"{finding.file}:{finding.line}:{finding.column}"
    head = f"<strong>{MARKS[finding.severity]} {finding.severity}</strong>"
    parts = [
        paragraph(f"{head} {safe(finding.told)}"),
        paragraph(f"{safe(place)} [{finding.rule}]"),
    ]
    if proof:
        parts.append(proof_html(proof))
    if finding.patch:
        diff = escape(lines_shown(finding.patch.diff.replace("\r", "")))
        parts.append(f'<pre style="{_DIFF}" dir="ltr">{diff}</pre>')
    elif finding.severity != "note":
        parts.append(paragraph(f"No patch: {safe(advice(finding.rule, finding.platform))}"))
    return "".join(parts)


def proof_html(proof: Proof) -> str:
    """Give a proof as a table: before, after, and their difference, with 95 % intervals."""
    sides = (("before", proof.before), ("after", proof.after))
    told = [(side, interval(value, proof.unit, apart=True)) for side, value in sides if value]
    if proof.difference:
        told.append(("difference", signed(proof.difference, proof.unit)))
    heads = "".join(f'<th scope="col"{_CELL}>{side}</th>' for side, _ in told)
    cells = "".join(f"<td{_CELL}>{escape(value)}</td>" for _, value in told)
    about = f"{proof.title}; {proof.size}, 95 % intervals"
    told_in_words = paragraph(f"{safe(about)}: <strong>{proof.verdict}</strong>")
    return f"{told_in_words}<table><tr>{heads}</tr><tr>{cells}</tr></table>"


def saving_html(state: AuditState) -> str:
    """Give the link that saves the mended files; nothing while there are none."""
    mended = state.mended
    if not mended:
        return ""
    data = b64encode(packed(mended, state.contents)).decode()
    files = counted(len(mended), "file")
    return (
        '<a style="text-decoration:underline" download="mended.zip" '
        f'href="data:application/zip;base64,{data}">'
        f"Save mended files ({files})</a>"
    )


def still_html(state: AuditState) -> str:
    """Give what the screen says to readers without a kernel."""
    parts = [paragraph(safe(state.came_in)), *_still_lists(state)]
    if state.chosen:
        parts.append(finding_html(state.chosen, state.proof))
    note = "<p><i>This is a still. Run the cell for the live form.</i></p>"
    return f'<div class="simkit-audit">{"".join(parts)}{note}</div>'


def _still_lists(state: AuditState) -> Iterator[str]:
    for rows in (tree_rows(state), finding_rows(state)):
        items = "".join(f"<li>{safe(row)}</li>" for row, _ in rows)
        if items:
            yield f'<ul style="list-style:none;padding:0">{items}</ul>'

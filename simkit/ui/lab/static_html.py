"""The lab as a still: plain HTML for readers who have no kernel."""

from __future__ import annotations

from html import escape

from simkit.base.errors import one_line
from simkit.base.formatting import name
from simkit.runs.metrics.registered import METRICS
from simkit.ui.lab.sentences import moment_sentence, quantity, shift_sentence, status_name, why_dead
from simkit.ui.lab.state import LabState


def still_html(state: LabState) -> str:
    """Give what the lab shows: the finding, the desk beside the truth, the numbers."""
    view, agent, t = state.view, state.agent, state.moment
    trap = state.choice.trap
    finding = f"{moment_sentence(view, agent, t)} {shift_sentence(view, agent)}"
    return (
        f"<p><b>{safe(f'Lab {trap.id}: {trap.title}')}</b></p><p>{safe(finding)}</p>"
        f"{_desk(state)}{_numbers(state)}"
        "<p><i>This is a still. Run the cell for the live lab.</i></p>"
    )


def safe(text: str) -> str:
    """Give text for HTML; its direction of reading stays its own, and nothing in it is obeyed."""
    return f"<bdi>{escape(one_line(text))}</bdi>"


def _desk(state: LabState) -> str:
    piece, view = state.piece, state.view
    desk, truth = piece.desk, piece.truth
    rows = [
        (
            f"Status: {status_name(view, desk.status)}",
            f"Status: {status_name(view, truth.status)}",
        )
    ]
    for code in desk.entries:
        dead = why_dead(view, code, truth.division, piece.start) if code in piece.unusable else ""
        rows.append((name(view.codes[code].name), f"✗ {dead}" if dead else "usable"))
    if desk.state != "list":
        rows.append((f"({desk.state})", ""))
    if truth.missing:
        names = dict.fromkeys(name(view.codes[c].name) for c in truth.missing)
        rows.append(("", f"✗ usable, not listed: {', '.join(names)}"))
    heads = [f"What {name(state.agent)} sees", f"What is true in {name(truth.division)}"]
    return _table(heads, [list(row) for row in rows])


def _numbers(state: LabState) -> str:
    heads, rows = state.numbers()
    cells = [[METRICS[m].title, *(quantity(v) for v in values)] for m, values in rows]
    return _table(["", *heads], cells)


def _table(heads: list[str], rows: list[list[str]]) -> str:
    head = "".join(f"<th>{safe(text)}</th>" for text in heads)
    body = "".join(f"<tr>{''.join(f'<td>{safe(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

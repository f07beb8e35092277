"""Workloads written as CSV tables that ``read_trace`` reads back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from simkit.base.errors import BadInput
from simkit.base.files import write_text
from simkit.inputs.csv_text import csv_text
from simkit.inputs.traces.reading import COLUMNS, OF_CODES, parse_trace
from simkit.rules.agent_ids import worker
from simkit.rules.reasons import codes_of
from simkit.rules.settings import Settings
from simkit.rules.workload import Workload


def write_trace(workload: Workload, settings: Settings, path: str | Path) -> None:
    """Write a workload into a CSV file, whole or not at all; BadInput when it cannot be written."""
    write_text(path, trace_text(workload, settings))


def trace_text(workload: Workload, settings: Settings) -> str:
    """Give the CSV text that ``parse_trace`` reads back as an equal workload.

    BadInput when there is none: a trace names times by the clock, so it knows only the first of two
    hours that daylight saving makes alike, and of two days only the one that a shift lies on.
    """
    workload.refuse_other(settings)
    text = csv_text(COLUMNS, _table(workload, settings))
    try:
        read = parse_trace(text, "trace", settings, exact=True, quiet=True)
    except BadInput as problem:
        raise BadInput(f"no trace can say this workload: {problem}") from None
    if read != workload:
        raise BadInput("no trace can say this workload: read back, it would be another one")
    return text


def _table(workload: Workload, settings: Settings) -> Iterator[tuple[str, ...]]:
    codes = codes_of(settings)
    show = settings.organisation.calendar.show
    agents = {day.agent for day in workload.days}
    for day in workload.days:
        agent = worker(day.agent, agents)
        yield show(day.start), agent, "shift", day.division, show(day.end)
        rows = [(w.start, "scheduled", w.reason, show(w.end)) for w in day.windows]
        for want in day.intentions:
            what, value = ("picks", want.code_id) if want.code_id else ("wants", want.reason)
            rows.append((want.t, what, value, show(want.t + want.length)))
        rows += [(span.start, "hidden", "", show(span.end)) for span in day.hidden]
        rows += [(span.start, "offline", "", show(span.end)) for span in day.outages]
        rows += [(move.t, "transferred", move.division, "") for move in day.transfers]
        rows += [(t, "reloads", "", "") for t in day.reloads]
        for t, what, value, until in sorted(rows):
            yield show(t), agent, what, value, until
    words = {meaning: what for what, meaning in OF_CODES.items()}
    for edit in workload.edits:
        what = words[edit.active, edit.raises_version]
        yield show(edit.t), "", what, codes[edit.code].id, ""

"""The screen of ``simkit traps``: what was found in one glance, then one line an entry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from simkit.base.formatting import METHOD, interval, number
from simkit.runs.metrics.registered import METRICS
from simkit.study.comparison import CHANGED_BEYOND, CURED_BELOW
from simkit.ui.cli import trap_details
from simkit.ui.cli.tables import beside, paragraph, print_lines, width_of
from simkit.ui.cli.trap_details import STYLES, change

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from simkit.study.comparison import FixResult, Study, TrapResult

_DEEDS = {
    "reduced": "Only reduced",
    "unchanged": "Unchanged",
    "worse": "Made worse",
    "n/a": "Not to be judged",
}
_NAMED = 3
"""So many settings that processes ran for one reason are named, the others counted."""
_SYMPTOM, _CHANGE, _PROMISE, _MEASURED = 9, 7, 7, 9


def print_study(
    study: Study,
    console: Console,
    *,
    details: bool = False,
    costs: bool = False,
    matrix: bool = False,
) -> None:
    """Print a study to a console: the summary, a line for each trap and fix, what is asked for.

    ``details`` are faults, what each fix sets, differences and secondary metrics; ``matrix`` is
    what fixes do to mechanisms, and ingredients in all combinations.
    """
    width = width_of(console)
    print_lines(console, _summary(study, width))
    print_lines(console, ["", *_overview(study, width)])
    if details:
        print_lines(console, trap_details.details(study, width))
    if costs:
        print_lines(console, trap_details.costs(study, width))
    if matrix:
        print_lines(console, trap_details.matrices(study, width))
    hints = [
        *([] if details else ["simkit traps ID for its fault and what each fix sets"]),
        *([] if costs else ["--costs"]),
        *([] if matrix or not (study.matrix or study.combinations) else ["--matrix"]),
    ]
    engines = _engines(study, named=details or matrix)
    print_lines(console, ["", *_notes(width, engines, hints)])


def listed(ids: Sequence[str]) -> str:
    """Give ids in words: ``T2a, E3b and E4a``."""
    return " and ".join(", ".join(part) for part in (ids[:-1], ids[-1:]) if part)


def _summary(study: Study, width: int) -> Iterator[Text]:
    from rich.text import Text

    missing = [result.trap.id for result in study.traps if not result.reproduced]
    shown = len(study.traps) - len(missing)
    promised = [f for result in study.traps for f in result.fixes if f.change.promise]
    broken = [fix for fix in promised if fix.verdict != fix.change.promise]
    traps = f"Traps reproduced: {shown} of {len(study.traps)}."
    traps += f" Not: {listed(missing)}." if missing else ""
    kept = len(promised) - len(broken)
    promises = f"Promises of the guide that hold: {kept} of {len(promised)}."
    for verdict, words in _DEEDS.items():
        if ids := [fix.change.id for fix in broken if fix.verdict == verdict]:
            promises += f" {words}: {listed(ids)}."
    for line in (traps, promises):
        yield from (Text(part, "bold") for part in paragraph(line, width))
    about = (
        f"Profile {study.profile}, {study.replications} replications from seed {study.seed}; "
        "trap and fix meet the same random numbers."
    )
    yield from map(Text, paragraph(about, width))


def _overview(study: Study, width: int) -> Iterator[str | Text]:
    head = ("with it", "change", "promise", "measured")
    yield beside("Trap, its symptom, the guide's fixes", _cells(*head), width)
    for result in study.traps:
        yield from _trap_lines(result, width)
        for fix in result.fixes:
            numbers = _numbers(result, fix)
            cells = _cells(*numbers, fix.change.promise or "-", fix.verdict)
            yield beside(f"  {fix.change.id}  {fix.change.title}", cells, width)
    ours = [(result, fix) for result in study.traps for fix in result.remedies]
    if not ours:
        return
    yield ""
    yield beside("Not in the guide", _cells("with it", "change", None, "measured"), width)
    most = max(len(fix.change.id) for _, fix in ours)
    for result, fix in ours:
        title = f"  {fix.change.id:<{most}}  {fix.change.title}"
        yield beside(title, _cells(*_numbers(result, fix), None, fix.verdict), width)


def _trap_lines(result: TrapResult, width: int) -> Iterator[Text]:
    from rich.text import Text

    metric = METRICS[result.trap.metric]
    base = number(result.base.mean, metric.unit) if result.base.mean else "0"
    found = f"{interval(result.estimate, metric.unit)}, healthy {base}"
    end = [] if result.reproduced else [("not shown: ", "bold red")]
    yield beside(
        Text(f"{result.trap.id}  {result.trap.title}", "bold"),
        Text.assemble(*end, (found, "bold")),
        width,
    )
    yield beside(Text(f"    {metric.title}", "dim"), "", width)


def _numbers(result: TrapResult, fix: FixResult) -> tuple[str, str]:
    unit = METRICS[result.trap.metric].unit
    found = number(fix.estimate.mean, unit)
    if unit.startswith("per "):
        found = found.removesuffix(f" {unit}")  # the trap's line says it
    return found, change(result, fix)


def _cells(symptom: str, changed: str, promise: str | None, measured: str) -> Text:
    from rich.text import Text

    promised = "" if promise is None else f"{promise:<{_PROMISE}}  "
    return Text.assemble(
        f"{symptom:>{_SYMPTOM}}  {changed:>{_CHANGE}}  {promised}",
        (f"{measured:<{_MEASURED}}", STYLES.get(measured, "")),
    )


def _notes(width: int, engines: str, hints: Sequence[str]) -> Iterator[str]:
    cured, changed = f"{100 * CURED_BELOW:g} %", f"{100 * CHANGED_BEYOND:g} %"
    yield from paragraph(
        f"cured: the 95 % interval ends at or below {cured} of the trap's mean; reduced, worse: "
        f"the whole interval of the paired difference lies beyond {changed} of it; none: the same "
        "in every run.",
        width,
    )
    yield from paragraph(f"(a to b): {METHOD}.", width)
    yield from paragraph(engines, width)
    if hints:
        yield from paragraph(f"More: {', '.join([*hints, '--all'])}.", width)


def _engines(study: Study, named: bool) -> str:
    """Say how many settings columns ran, and where it is asked for which ones processes, and why.

    >>> _few(["T2a", "v", "v+E4a", "v+E4b", "v+E4c"])
    'T2a, v, v+E4a and 2 more'
    """
    by_why: dict[str, list[str]] = {}
    for name, by in study.run_by.items():
        if by.engine == "processes":
            by_why.setdefault(by.why, []).append(name)
    total, others = len(study.run_by), sum(map(len, by_why.values()))
    ran = f"Columns ran {total - others} of {total} settings"
    if not others:
        return f"{ran}."
    if not named:
        return f"{ran}, processes the others; --all says which, and why."
    reasons = (f"{_few(names)}, as {why}" for why, names in by_why.items())
    return f"{ran}. Processes ran {'; '.join(reasons)}."


def _few(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names) if more <= 1 else f"{', '.join(names[:_NAMED])} and {more} more"

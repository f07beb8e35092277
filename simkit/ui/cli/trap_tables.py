"""The screen of ``simkit traps``: what was found in one glance, then one line an entry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, get_args

from simkit.base.formatting import METHOD, counted, interval, number
from simkit.inputs.profiles import Relation
from simkit.runs.metrics.registered import METRICS
from simkit.study.comparison import CHANGED_BEYOND, CURED_BELOW
from simkit.ui.cli import trap_details
from simkit.ui.cli.tables import beside, paragraph, print_lines, profile_option, width_of
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
    of = profile_option(study.profile)
    hints = [
        *([] if details else [f"simkit traps ID{of} for its fault and what each fix sets"]),
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

    said = [line for line in (_as_said(study) or _promises(study)) if line]
    for line in said:
        yield from (Text(part, "bold") for part in paragraph(line, width))
    runs = counted(study.replications, "replication")
    about = (
        f"Profile {study.profile}, {runs} from seed {study.seed}; "
        "trap and fix meet the same random numbers."
    )
    yield from map(Text, paragraph(about, width))


def _promises(study: Study) -> list[str]:
    """Give how many traps show, and which of the guide's promises hold."""
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
    return [traps, promises]


def _as_said(study: Study) -> list[str]:
    """Give how traps stand on the profile's platform, and whether that was measured."""
    by_relation: dict[str, list[str]] = {relation: [] for relation in get_args(Relation)}
    for result in study.traps:
        if said := result.trap.on_platform:
            by_relation[said.relation].append(result.trap.id)
    if not any(by_relation.values()):
        return []
    wrong = [result.trap.id for result in study.traps if not result.as_said]
    measured = f"Measured as the profile says: {len(study.traps) - len(wrong)} of "
    measured += f"{len(study.traps)}." + (f" Not: {listed(wrong)}." if wrong else "")
    parts = [f"{word}: {listed(ids)}" for word, ids in by_relation.items() if ids]
    return [measured, f"Beside the guide's platform, {'; '.join(parts)}."]


def _overview(study: Study, width: int) -> Iterator[str | Text]:
    of_guide = not any(result.trap.on_platform for result in study.traps)
    promise = "promise" if of_guide else None
    head = "Trap, its symptom, the guide's fixes" if of_guide else "Trap, its symptom, fixes"
    yield beside(head, _cells("with it", "change", promise, "measured"), width)
    for result in study.traps:
        yield from _trap_lines(result, width)
        for fix in result.fixes:
            promised = fix.change.promise or "-" if of_guide else None
            cells = _cells(*_numbers(result, fix), promised, fix.verdict)
            yield beside(f"  {fix.change.id}  {fix.change.title}", cells, width)
    ours = [(result, fix) for result in study.traps for fix in result.remedies]
    if not ours:
        return
    yield ""
    head = "Not in the guide" if of_guide else "What else was tried"
    yield beside(head, _cells("with it", "change", None, "measured"), width)
    most = max(len(fix.change.id) for _, fix in ours)
    for result, fix in ours:
        title = f"  {fix.change.id:<{most}}  {fix.change.title}"
        yield beside(title, _cells(*_numbers(result, fix), None, fix.verdict), width)


def _trap_lines(result: TrapResult, width: int) -> Iterator[Text]:
    from rich.text import Text

    metric, said = METRICS[result.trap.metric], result.trap.on_platform
    base = number(result.base.mean, metric.unit) if result.base.mean else "0"
    found = f"{interval(result.estimate, metric.unit)}, healthy {base}"
    style = "bold" if result.as_said else "bold red"
    end = [] if result.reproduced else [("not shown: ", style)]
    yield beside(
        Text(f"{result.trap.id}  {result.trap.title}", "bold"),
        Text.assemble(*end, (found, "bold")),
        width,
    )
    relation = f"{said.relation} ({said.grade})" if said else ""
    yield beside(Text(f"    {metric.title}", "dim"), Text(relation, "dim"), width)


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
        return f"{ran}, processes the other{'s' * (others != 1)}; --all says which, and why."
    reasons = (f"{_few(names)}, as {why}" for why, names in by_why.items())
    return f"{ran}. Processes ran {'; '.join(reasons)}."


def _few(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names) if more <= 1 else f"{', '.join(names[:_NAMED])} and {more} more"

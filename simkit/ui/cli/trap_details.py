"""What ``simkit traps`` shows on request: details, costs, combinations and the matrix."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from simkit.base.clock import show_duration
from simkit.base.formatting import interval, number, signed
from simkit.runs.metrics.registered import METRICS
from simkit.ui.cli.tables import beside, paragraph
from simkit.ui.lab.sentences import plain_value

if TYPE_CHECKING:
    from rich.text import Text

    from simkit.rules.settings import Difference
    from simkit.study.comparison import Combination, FixResult, Matrix, Study, TrapResult

STYLES = {"cured": "green", "reduced": "yellow", "unchanged": "red", "worse": "bold red"}
_CELL = 9
"""Letters of the longest verdict."""


def details(study: Study, width: int) -> Iterator[str | Text]:
    """Give lines on each trap: its fault, what each fix sets and does, further metrics."""
    for result in study.traps:
        yield ""
        yield from _fault(result, width)
        unit = METRICS[result.trap.metric].unit
        for fix in (*result.fixes, *result.remedies):
            yield from _fix(result, fix, unit, width)
        if result.readings:
            of = "the platform" if result.trap.on_platform else "the guide"
            yield f"  Other readings of {of}, without a fix"
        for reading, found in result.readings:
            yield beside(f"    {reading.title}", interval(found, unit), width)
        yield from _secondary(result, width)


def _fault(result: TrapResult, width: int) -> Iterator[str | Text]:
    from rich.text import Text

    yield Text(f"{result.trap.id}  {result.trap.title}", "bold")
    yield from paragraph(result.trap.entry.fault, width, "  ")
    if said := result.trap.on_platform:
        yield from paragraph(f"{said.relation}: {said.why}", width, "  ")
        yield from paragraph(f"Source, grade {said.grade}: {said.source}", width, "  ")
    yield from _set(result.trap.fault, width)


def _fix(result: TrapResult, fix: FixResult, unit: str, width: int) -> Iterator[str | Text]:
    yield beside(f"  {fix.change.id}  {fix.change.title}", interval(fix.estimate, unit), width)
    yield from _set(fix.diff, width)
    if not fix.identical:
        yield f"      paired difference: {signed(fix.paired.difference, unit)}"


def _set(differences: list[Difference], width: int) -> Iterator[str]:
    for field, old, new in differences:
        said = f"{field}: {_value(field, new)} (was {_value(field, old)})"
        yield from paragraph(said, width, "      ")


def _value(field: str, value: Any) -> str:
    if field.endswith("_ms") and isinstance(value, int):
        return show_duration(value)
    return plain_value(value)


def _secondary(result: TrapResult, width: int) -> Iterator[str | Text]:
    """Give the means of further metrics: one line for each metric, one column for each setting."""
    if not result.secondary:
        return
    who = list(next(iter(result.secondary.values())))
    rows = [("  Other metrics, means", ["healthy", "trap", *who[2:]])]
    for metric, means in result.secondary.items():
        title, numbers = _told(metric, list(means.values()))
        rows.append((f"    {title}", numbers))
    yield from _in_columns(rows, width)


def _told(metric: str, values: list[float | None]) -> tuple[str, list[str]]:
    """Give a metric's title and values; what they are counted by is told once, in the title."""
    title, unit = METRICS[metric].title, METRICS[metric].unit
    numbers = [number(value, unit) for value in values]
    if not unit.startswith("per "):
        return title, numbers
    return f"{title}, {unit}", [text.removesuffix(f" {unit}") for text in numbers]


def _in_columns(rows: list[tuple[str, list[str]]], width: int) -> Iterator[Text]:
    """Give lines of a text each with numbers beside it, these in columns."""
    widths = [max(map(len, column)) for column in zip(*(cells for _, cells in rows), strict=True)]
    for text, cells in rows:
        placed = (f"{cell:>{most}}" for cell, most in zip(cells, widths, strict=True))
        yield beside(text, "  ".join(placed), width)


def change(result: TrapResult, fix: FixResult) -> str:
    """Give by how much of the trap's mean a fix moves the symptom, as a percentage."""
    if fix.identical:
        return "none"
    if not result.estimate.mean:
        return "-"
    percent = f"{100 * fix.paired.difference.mean / result.estimate.mean:+,.1f}".removesuffix(".0")
    return "0 %" if percent in ("+0", "-0") else f"{percent} %"


def costs(study: Study, width: int) -> Iterator[str | Text]:
    """Give a line for each cost of each fix, saved or paid: in the trap, and with the fix."""
    changes = [fix for result in study.traps for fix in (*result.fixes, *result.remedies)]
    if not any(fix.costs for fix in changes):
        return
    most = max(len(fix.change.id) for fix in changes)
    rows = [("What fixes cost or save, means", ["trap", "with it"])]
    for fix in changes:
        for i, cost in enumerate(fix.costs):
            title, numbers = _told(cost.metric, [cost.trap, cost.fix])
            first = "" if i else fix.change.id
            rows.append((f"  {first:<{most}}  {title}", numbers))
    yield ""
    yield from _in_columns(rows, width)


def matrices(study: Study, width: int) -> Iterator[str | Text]:
    """Give the ingredients in all combinations, and fixes against mechanisms."""
    if not study.combinations and study.matrix is None:
        yield ""
        yield "No matrix here: E4 has one, and E2 its combinations."
    if study.combinations:
        yield from _combinations(study.combinations, width)
    if study.matrix:
        yield from _matrix(study.matrix, width)


def _combinations(combinations: list[Combination], width: int) -> Iterator[str | Text]:
    """Give a line for each combination, the ingredients numbered above them."""
    from rich.text import Text

    names = list(combinations[0].ingredients)
    yield ""
    yield f"E2: the ingredients of silent renewal, all {len(combinations)} combinations"
    yield from paragraph(", ".join(f"{i} {name}" for i, name in enumerate(names, 1)), width)
    yield beside(
        "".join(f"{i:<5}" for i in range(1, len(names) + 1)),
        f"unresponsive, per agent  {'measured':<{_CELL}}",
        width,
    )
    for row in combinations:
        marks = "".join(f"{'yes' if there else '-':<5}" for there in row.ingredients.values())
        found = interval(row.estimate, "min")
        end = Text.assemble(f"{found}  ", _styled(row.verdict, f"{row.verdict:<{_CELL}}"))
        yield beside(marks, end, width)


def _styled(verdict: str, text: str) -> Text:
    from rich.text import Text

    return Text(text, STYLES.get(verdict, "dim"))


def _matrix(matrix: Matrix, width: int) -> Iterator[str | Text]:
    """Give a line for each mechanism twice: with the verdicts on each fix, and with the means."""
    from rich.text import Text

    ids = max(len(mechanism.id) for mechanism in matrix.mechanisms)
    yield ""
    head = " ".join(f"{fix:<{_CELL}}" for fix in matrix.fixes)
    yield beside("E4: which fix cures which mechanism", head, width)
    for i, mechanism in enumerate(matrix.mechanisms):
        marked = zip(matrix.verdicts[i], matrix.hollow[i], strict=True)
        cells = [
            _styled(v, f"{v}{' *' if hollow else '':<{_CELL - len(v)}}") for v, hollow in marked
        ]
        title = f"{mechanism.id:<{ids}}  {mechanism.title}"
        yield beside(title, Text(" ").join(cells), width)
    yield from paragraph(
        "n/a: the mechanism alone is not surely above plain polling (vi) on the same edits.", width
    )
    if any(map(any, matrix.hollow)):
        yield from paragraph(
            "*: no deactivated code stays listed because usable codes are missing for longer than "
            "without the fix: it cures the metric, not the need.",
            width,
        )
    yield ""
    rows = [("In means", ["without a fix", *matrix.fixes])]
    for i, mechanism in enumerate(matrix.mechanisms):
        means = [number(cell.mean, "ms") for cell in matrix.cells[i]]
        rows.append((mechanism.id, [interval(matrix.rows[i], "ms"), *means]))
    yield from _in_columns(rows, width)

"""Tables for terminals and notebooks: a study as text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from simkit.study.metrics import METRICS
from simkit.study.words import interval, number

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table

    from simkit.study.compare import Cost, FixResult, Matrix, Study, TrapResult
    from simkit.study.run import Run

WIDTH = 100
_STYLES = {"cured": "green", "reduced": "yellow", "unchanged": "red", "worse": "bold red"}


def print_study(study: Study, console: Console) -> None:
    """Print a study to a console: the traps, E2's combinations, the matrix."""
    console.print(
        f"Profile {study.profile}, {study.replications} replications from seed {study.seed}; "
        "trap and fix meet the same luck.\n"
        "promise: the guide's word; (ours): not in the guide; =: the same in every replication.",
        soft_wrap=False,
    )
    for part in _parts(study):
        console.print()
        console.print(part)


def _parts(study: Study) -> Iterable[RenderableType]:
    yield _traps_table(study)
    for result in study.traps:
        if result.readings:
            yield _readings(result)
    if study.combinations:
        yield _combinations(study)
    if study.matrix:
        yield _matrix(study.matrix)
        yield _matrix_notes(study.matrix)
    shown = sum(result.reproduced for result in study.traps)
    fixes = [fix for result in study.traps for fix in result.fixes]
    cured = sum(fix.verdict == "cured" for fix in fixes)
    reduced = sum(fix.verdict == "reduced" for fix in fixes)
    yield (
        f"{shown} of {len(study.traps)} traps reproduced; of {len(fixes)} documented fixes "
        f"{cured} cured, {reduced} reduced, {len(fixes) - cured - reduced} neither."
    )


def _traps_table(study: Study) -> RenderableType:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(width=WIDTH, box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("id", width=11)
    table.add_column("what is wrong, what is done", width=21, overflow="fold")
    table.add_column("symptom: mean (95 % interval)", width=21, overflow="fold")
    table.add_column("promise", width=8)
    table.add_column("measured", width=11)
    table.add_column("cost: trap → fix", width=19, overflow="fold")
    for i, result in enumerate(study.traps):
        if i:
            table.add_section()
        _add_trap(table, result)
    return table


def _add_trap(table: Table, result: TrapResult) -> None:
    from rich.markup import escape

    metric = METRICS[result.trap.metric]
    table.add_row(
        f"[bold]{result.trap.id}[/bold]",
        f"[bold]{escape(result.trap.title)}[/bold]",
        f"{metric.title}: [bold]{interval(result.estimate, metric.unit)}[/bold]; "
        f"healthy {number(result.base.mean, metric.unit)}",
        "",
        "reproduced" if result.reproduced else "[red]not shown[/red]",
        "",
    )
    for fix in (*result.fixes, *result.remedies):
        table.add_row(*_fix_cells(fix, metric.unit))


def _fix_cells(fix: FixResult, unit: str) -> list[str]:
    from rich.markup import escape

    style = _STYLES.get(fix.verdict, "dim")
    return [
        fix.change.id,
        escape(fix.change.title),
        interval(fix.estimate, unit),
        fix.change.promise or "(ours)",
        f"[{style}]{fix.verdict}[/{style}]" + (" =" if fix.identical else ""),
        "; ".join(_cost(cost) for cost in fix.costs),
    ]


def _cost(cost: Cost) -> str:
    metric = METRICS[cost.metric]
    before, after = number(cost.trap, metric.unit), number(cost.fix, metric.unit)
    if before == after:
        return f"{metric.title}: {after}"
    unit = after.partition(" ")[2]
    if unit:
        before = before.removesuffix(f" {unit}")
    return f"{metric.title}: {before} → {after}"


def _readings(result: TrapResult) -> RenderableType:
    unit = METRICS[result.trap.metric].unit
    lines = [f"{result.trap.id} under other readings of the guide (trap, no fix):"]
    lines += [f"  {change.title}: {interval(e, unit)}" for change, e in result.readings]
    return "\n".join(lines)


def _combinations(study: Study) -> RenderableType:
    from rich.table import Table

    names = list(study.combinations[0].ingredients)
    table = Table(title="E2: the four ingredients of silent renewal, all 16 combinations")
    for name in names:
        table.add_column(name, justify="center")
    table.add_column("unresponsive min per agent")
    table.add_column("measured", no_wrap=True)
    for row in study.combinations:
        marks = ["yes" if row.ingredients[name] else "-" for name in names]
        table.add_row(*marks, interval(row.estimate, "min"), row.verdict)
    return table


def _matrix(matrix: Matrix) -> RenderableType:
    from rich.table import Table

    table = Table(title="E4: which fix cures which mechanism", width=WIDTH, pad_edge=False)
    table.add_column("mechanism", ratio=4, overflow="fold")
    table.add_column("dead code listed for", ratio=4, overflow="fold")
    for fix in matrix.fixes:
        table.add_column(fix, ratio=2, overflow="fold")
    for i, mechanism in enumerate(matrix.mechanisms):
        cells = []
        for verdict, cell, hollow in zip(
            matrix.verdicts[i], matrix.cells[i], matrix.hollow[i], strict=True
        ):
            style = _STYLES.get(verdict, "dim")
            mark = " *" if hollow else ""
            cells.append(f"[{style}]{verdict}[/{style}]{mark}\n{number(cell.mean, 'ms')}")
        table.add_row(f"{mechanism.id}  {mechanism.title}", interval(matrix.rows[i], "ms"), *cells)
    return table


def _matrix_notes(matrix: Matrix) -> RenderableType:
    lines = [
        "n/a: the mechanism alone is not above plain polling (vi) on the same edits.",
    ]
    if any(any(row) for row in matrix.hollow):
        lines.append(
            "*    no dead code stays listed because usable codes are missing for longer than "
            "without the fix:\n     it cures the metric, not the need."
        )
    return "\n".join(lines)


def metrics_text(run: Run) -> str:
    """Give the metrics of a run as lines of text."""
    lines = [
        f"{run.settings.name}: seed {run.seed}, {len(run.agents)} agents, {len(run.log)} records, "
        f"digest {run.digest}",
        f"clock: {run.clock} ({run.outcome.why_clock})",
    ]
    for name, measured in run.metrics.items():
        value = number(measured.value, measured.unit)
        lines.append(f"  {value:>14}  {METRICS[name].title} ({name})")
    return "\n".join(lines)

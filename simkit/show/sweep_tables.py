"""Tables of sweeps and the words of a recommendation, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import TYPE_CHECKING

from simkit.show.sweep_words import factor_words, level_said, point_said
from simkit.show.tables import WIDTH, width_of
from simkit.studio.age import MEASURES
from simkit.studio.coverage import caution
from simkit.studio.forms import Agreement, Forms, agreement
from simkit.study.words import METHOD, interval, name, number

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from simkit.studio.policy import Recommendation
    from simkit.studio.results import Results

MOST_EFFECTS = 12


def print_results(results: Results, console: Console) -> None:
    """Print a sweep to a console: what was run, each point by metric, effects, notes."""
    about, width = results.experiment, width_of(console)
    console.print(
        f"{name(about.name)}: {len(results.points)} points, {about.runs_words}, seed "
        f"{about.seed}; points meet the same luck. Means with 95 % intervals over shifts from "
        "their start: nothing is cut as warm-up.",
        markup=False,
        width=width,
    )
    for metric in about.metrics:
        console.print()
        console.print(_table(results, metric), width=width)
        if said := caution(metric):
            console.print(f"Beside these intervals: {said}.", markup=False, width=width)
    console.print()
    console.print(f"Interval: {METHOD}.", markup=False, width=width)
    for line in _reasons(results):
        console.print(line, markup=False, width=width)
    if effects := list(_effects(results)):
        console.print(
            f"\nMoving one factor from {point_said(results.points[0].levels)}, paired differences:",
            markup=False,
            width=width,
        )
        for line in effects:
            console.print(line, markup=False, width=width)
    for note in results.notes:
        console.print(f"Note: {note}.", markup=False, width=width)


def _table(results: Results, metric: str) -> RenderableType:
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    known = MEASURES[metric]
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), title=f"{known.title} ({metric})")
    for factor in results.experiment.factors:
        table.add_column(escape(factor_words(factor.name)), overflow="fold")
    table.add_column("mean (95 % interval)", no_wrap=True)
    table.add_column("runs", justify="right", no_wrap=True)
    table.add_column("closed form", no_wrap=True)
    table.add_column("apart", justify="right", no_wrap=True)
    for i, point in enumerate(results.points):
        values, found = results.values(i, metric), results.estimate(i, metric)
        expected = Forms(point.settings).values.get(metric)
        apart = agreement(values, expected) if found and expected is not None else None
        table.add_row(
            *(escape(level_said(*level)) for level in point.levels.items()),
            interval(found, known.unit) if found else "none",
            str(len(values)),
            "–" if expected is None else number(expected, known.unit),
            "–" if apart is None else _apart(apart),
        )
    return table


def _apart(found: Agreement) -> str:
    """Give a distance in standard errors, and in % of what was expected."""
    errors = "" if found.standard_errors is None else f"{found.standard_errors:+.1f} SE"
    share = f"{100 * found.difference / found.expected:+.1f} %" if found.expected else ""
    return ", ".join(part for part in (errors, share) if part) or "0"


def _reasons(results: Results) -> Iterator[str]:
    """Say where the closed forms leave something out, and at how many points."""
    points: dict[str, int] = {}
    for point in results.points:
        for why in Forms(point.settings).why_they_part:
            points[why] = points.get(why, 0) + 1
    yield "SE: distance from the closed form in standard errors of the mean."
    for why, n in points.items():
        yield f"The closed forms leave out, at {n} of {len(results.points)} points, that {why}."


def _effects(results: Results) -> Iterator[str]:
    for metric in results.experiment.metrics:
        unit = MEASURES[metric].unit
        for effect in results.effects(metric)[:MOST_EFFECTS]:
            correlation = effect.paired.correlation
            said = "" if correlation is None else f", correlation {correlation:.2f}"
            yield (
                f"  {metric}, {factor_words(effect.factor)} to "
                f"{level_said(effect.factor, effect.level)}: "
                f"{interval(effect.paired.difference, unit)}{said}"
            )


def recommendation_text(answer: Recommendation) -> str:
    """Give a recommendation in lines that a terminal shows whole."""
    lines = []
    for line in answer.lines:
        hang = "  " if line.startswith("- ") else ""
        lines += wrap(line, WIDTH, subsequent_indent=hang)
    return "\n".join(lines)

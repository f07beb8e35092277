"""Tables of sweeps and the words of a recommendation, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simkit.base.errors import one_line
from simkit.base.formatting import METHOD, counted, interval, name, number, signed
from simkit.studio.closed_forms import Agreement, Forms, agreement
from simkit.studio.coverage import caution
from simkit.studio.information_age import MEASURES
from simkit.ui.charts.sweep_words import factor_words, level_said, point_said, title_of
from simkit.ui.cli.tables import WIDTH, beside, lines_of, print_lines, width_of, wrapped

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

    from simkit.studio.policy import Recommendation
    from simkit.studio.results import Results

MOST_EFFECTS = 12


def print_results(results: Results, console: Console) -> None:
    """Print a sweep to a console: what was run, each point by metric, effects, notes."""
    from rich.text import Text

    about, width = results.experiment, width_of(console)
    said = (
        f"{name(about.name)}: {counted(len(results.points), 'point')}, {about.runs_words}, seed "
        f"{about.seed}; points meet the same random numbers. "
        "Means with 95 % intervals over shifts from "
        "their start: nothing is cut as warm-up."
    )
    print_lines(console, wrapped(said, width))
    for metric in about.metrics:
        title = Text(f"{title_of(metric)} ({metric})", "bold")
        print_lines(console, ["", title, *lines_of(_table(results, metric), console, width)])
        if said := caution(metric):
            print_lines(console, wrapped(f"Beside these intervals: {said}.", width))
    notes = [f"Interval: {METHOD}.", *_reasons(results)]
    print_lines(console, ["", *(line for note in notes for line in wrapped(note, width, "  "))])
    if effects := list(_effects(results, width)):
        start = point_said(results.points[0].levels)
        said = f"Moving one factor from {start}: paired differences, with their correlation."
        print_lines(console, ["", *wrapped(said, width), *effects])
    for note in results.notes:
        print_lines(console, wrapped(f"Note: {note}.", width, "  "))


def _table(results: Results, metric: str) -> RenderableType:
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    known = MEASURES[metric]
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
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
    total = counted(len(results.points), "point")
    for why, n in points.items():
        yield f"The closed forms leave out, at {n} of {total}, that {why}."


def _effects(results: Results, width: int) -> Iterator[str | Text]:
    """Give lines on what moves each metric most: the factor, beside it the paired difference."""
    from rich.text import Text

    for metric in results.experiment.metrics:
        effects = results.effects(metric)[:MOST_EFFECTS]
        if not effects:
            continue
        yield ""
        yield beside(Text(f"{title_of(metric)} ({metric})", "bold"), "correlation", width)
        for effect in effects:
            correlation = effect.paired.correlation
            said = "none" if correlation is None else f"{correlation:.2f}"
            moved = f"  {factor_words(effect.factor)} to {level_said(effect.factor, effect.level)}"
            found = signed(effect.paired.difference, MEASURES[metric].unit)
            yield beside(moved, f"{found}  {said:>5}", width)


def recommendation_text(answer: Recommendation, width: int = WIDTH) -> str:
    """Give a recommendation in lines of so many columns."""
    lines = []
    for line in answer.lines:
        hang = "  " if line.startswith("- ") else ""
        lines += wrapped(one_line(line), width, hang)
    return "\n".join(lines)

"""The sections of a report: what was run, every number with its interval, what it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from math import isinf
from typing import Any

from simkit.base.errors import one_line
from simkit.base.formatting import METHOD, counted, number
from simkit.base.statistics import Estimate
from simkit.inputs.profiles import default_section
from simkit.rules.organisation import Section
from simkit.rules.sections import SECTIONS
from simkit.rules.settings import Settings
from simkit.studio.closed_forms import Forms, agreement
from simkit.studio.coverage import SHORT_BELOW, caution, measured
from simkit.studio.design import Factor, Point
from simkit.studio.information_age import MEASURES
from simkit.studio.intervals import proportion, quantile
from simkit.studio.results import Results
from simkit.studio.store import about
from simkit.ui.charts.sweep_words import (
    estimate_said,
    factor_words,
    level_said,
    point_said,
    title_of,
    value_said,
)
from simkit.ui.report.parts import bullets, paragraph, table

Part = tuple[str, str, str]
"""The name of a section, its title, and its HTML."""
QUANTILES = {"Median over runs": 0.5, "90th percentile over runs": 0.9}
_LONGEST_VALUE = 200


def points_said(results: Results) -> str:
    """Give how many points there are, in words."""
    return counted(len(results.points), "point")


def run_section(results: Results) -> Part:
    """Give what was run: factors, levels, replications, and what happened on the way."""
    found = results.experiment
    said = [
        f"{points_said(results)}, {found.runs_words} each: "
        f"{counted(results.table.num_rows, 'run')}, seeds from {found.seed:,} on.",
        "Replications of all points meet the same random numbers: they differ by their settings.",
        "A shift is a terminating simulation: nothing is cut as warm-up, the start is part of the "
        "question.",
        f"Unless another kind is named, an interval is a {METHOD}.",
    ]
    notes = [f"Note: {note}." for note in results.notes]
    if not results.complete:
        notes.insert(0, "Not all runs that were asked for were made.")
    rows = [
        (factor_words(f.name), one_line(f.name), "\n".join(_levels_said(f))) for f in found.factors
    ]
    head = ("factor", "in the sweep file", "levels")
    html = bullets(said) + "".join(paragraph(note, "incomplete") for note in notes)
    return "run", "What was run", html + table(head, rows, "Factors and their levels")


def _levels_said(factor: Factor) -> Iterator[str]:
    """Give the levels of a factor, one line each where they change several fields."""
    if factor.range:
        low, high = (level_said(factor.name, end) for end in (factor.range.low, factor.range.high))
        yield f"from {low} to {high}, {factor.range.scale}"
    elif all(set(changes) == {factor.name} for changes in factor.levels.values()):
        yield ", ".join(level_said(factor.name, level) for level in factor.levels)
    else:
        for level, changes in factor.levels.items():
            done = ", ".join(f"{field} {_value(field, value)}" for field, value in changes.items())
            yield f"{level_said(factor.name, level)}: {done or 'nothing changed'}"


def points_section(results: Results) -> Part:
    """Give every metric at every point, with its interval and its closed form."""
    metrics = results.experiment.metrics
    rows = []
    for i, point in enumerate(results.points):
        forms = Forms(point.settings).values
        cells = [_found_said(results, i, metric, forms.get(metric)) for metric in metrics]
        rows.append((*_levels(point), _runs(results, i), *cells))
    said = (
        "Each cell: the mean with its 95 % interval; below it the closed form, where one is known, "
        "and how far the mean is from it in standard errors (SE)."
    )
    html = paragraph(said) + table(_heads(results), rows, "Means at all points")
    return "points", "All points", html


def _levels(point: Point) -> Iterator[str]:
    return (level_said(factor, level) for factor, level in point.levels.items())


def _heads(results: Results) -> list[str]:
    """Give the heads of a table of all points and metrics."""
    about = results.experiment
    metrics = [f"{title_of(m)}{' *' if caution(m) else ''}\n{m}" for m in about.metrics]
    return [*(factor_words(factor.name) for factor in about.factors), "runs", *metrics]


def _runs(results: Results, point: int) -> str:
    return f"{max(len(results.values(point, m)) for m in results.experiment.metrics):,}"


def _found_said(results: Results, point: int, metric: str, expected: float | None) -> str:
    values = results.values(point, metric)
    found = results.estimate(point, metric)
    if found is None:
        return value_said(values[0], metric) + "\none run, no interval" if values else "no values"
    said = estimate_said(found, metric)
    if expected is None:
        return said
    errors = agreement(values, expected).standard_errors
    away = "" if errors is None else f", {errors:+.1f} SE"
    return f"{said}\nclosed form {value_said(expected, metric)}{away}"


def quantiles_section(results: Results) -> Part:
    """Give the median and the 90th percentile over runs of every metric at every point."""
    said = (
        "Over runs, which are days: half of all days stay below the median, nine in ten below the "
        "90th percentile. Intervals are 95 % by order statistics, which suppose no distribution. "
        "With few runs an interval is open at an end, or missing."
    )
    tables = [_quantile_table(results, p, caption) for caption, p in QUANTILES.items()]
    return "quantiles", "Good and bad days", paragraph(said) + "".join(tables)


def _quantile_table(results: Results, p: float, caption: str) -> str:
    rows = []
    for i, point in enumerate(results.points):
        values = [(metric, results.values(i, metric)) for metric in results.experiment.metrics]
        cells = [quantile_said(quantile(v, p), m) if v else "no values" for m, v in values]
        rows.append((*_levels(point), _runs(results, i), *cells))
    return table(_heads(results), rows, caption)


def quantile_said(found: Estimate, metric: str) -> str:
    """Give a quantile with its interval, in which an end may be open.

    >>> from math import inf
    >>> quantile_said(Estimate(0.5, 0.4, inf), "stale_share")
    '50 % (40 % or more)'
    """
    if not isinf(found.low) and not isinf(found.high):
        return estimate_said(found, metric)
    at = value_said(found.mean, metric)
    if isinf(found.low) and isinf(found.high):
        return at
    end, way = (found.low, "more") if isinf(found.high) else (found.high, "less")
    return f"{at} ({value_said(end, metric)} or {way})"


def limits_section(results: Results) -> list[Part]:
    """Give in how many runs rate limits were kept, as a section, or none without such a limit."""
    limits = {"rate_limit_share": 1.0, "rate_limit_peak_share": 1.0}
    rows = []
    for i, point in enumerate(results.points):
        for metric, at_most in limits.items():
            values = results.values(i, metric) if metric in results.experiment.metrics else []
            if values:
                kept = sum(value <= at_most for value in values)
                limit = f"{MEASURES[metric].title}, at most {value_said(at_most, metric)}"
                rows.append((point_said(point.levels), limit, _kept_said(kept, len(values))))
    if not rows:
        return []
    head = ("point", "limit", "days on which it is kept (95 % interval)")
    said = "Shares of runs have Wilson intervals."
    return [("limits", "Limits", paragraph(said) + table(head, rows, "How often limits are kept"))]


def _kept_said(kept: int, runs: int) -> str:
    if not runs:
        return "does not apply"
    low, high = (number(end, "share") for end in proportion(kept, runs)[1:])
    return f"{kept} of {runs} ({low} to {high})"


def coverage_section(results: Results) -> Part:
    """Give how often intervals of each metric held the mean when that was measured."""
    known = measured()
    rows = []
    for metric in results.experiment.metrics:
        found = known["metrics"].get(metric)
        if found is None:
            rows.append((title_of(metric), "not measured", ""))
            continue
        low, high = found["ci95"]
        held = f"{100 * found['coverage']:.1f} % ({100 * low:.1f} to {100 * high:.1f})"
        rows.append((title_of(metric), held, caution(metric) or "as good as 95 %"))
    said = (
        f"A 95 % interval should hold the true mean in 95 of 100 sweeps. Measured in "
        f"{known['trials']:,} trials of {known['replications']} runs of the scenario "
        f"“{known['scenario']}”; marked with * where it was fewer than "
        f"{100 * SHORT_BELOW:g} of 100."
    )
    head = ("metric", "intervals that held the mean (95 % interval)", "what to make of it")
    html = paragraph(said) + table(head, rows, "Coverage of the intervals")
    return "coverage", "How far the intervals can be trusted", html


def settings_section(results: Results) -> Part:
    """Give the settings that all points build on, and which versions ran them."""
    base = results.experiment.base
    org = base.organisation
    said = (
        f"Scenario “{one_line(base.name)}”, profile {one_line(base.profile)}: "
        f"{counted(len(org.agents), 'agent')}, {counted(len(org.divisions), 'division')}, "
        f"{counted(len(org.codes), 'code')}. "
        "Fields that are not named here have their defaults, those of the platform the profile's."
    )
    rows = [(path, _value(path, value), _field(path).description) for path, value in _own(base)]
    known = about(results.experiment)
    versions = [("simkit", known["kit"]), ("schema of the results", f"{known['schema']}")]
    versions += sorted(known["versions"].items())
    html = paragraph(said) + table(("field", "value", "what it is"), rows, "Settings of all points")
    html += table(("what", "version"), versions, "Versions")
    return "settings", "Settings and versions", html


def _field(path: str) -> Any:
    section, field = path.split(".")
    return SECTIONS[section].model_fields[field]


def _own(settings: Settings) -> Iterator[tuple[str, Any]]:
    """Give the fields that differ from their defaults."""
    plain = {section: default_section(section, settings.profile) for section in SECTIONS}
    for path, value in settings.flat():
        section, field = path.split(".")
        if value != getattr(plain[section], field):
            yield path, value


def _value(path: str, value: Any) -> str:
    """Give the value of a field in one line."""
    if value is None or isinstance(value, bool | int | float):
        return level_said(path, value)
    if isinstance(value, Section):
        value = value.model_dump().values()
    said = value if isinstance(value, str) else ", ".join(map(str, value))
    return one_line(said, _LONGEST_VALUE)

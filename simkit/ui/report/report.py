"""The report of a sweep as one HTML file that can be mailed, and its charts as pictures."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from functools import partial
from pathlib import Path

from simkit.base.errors import BadInput, one_line, shown
from simkit.base.files import reason, replacing, write_text
from simkit.base.formatting import counted
from simkit.base.progress import EVERY_S, under_way
from simkit.studio.closed_forms import Forms
from simkit.studio.results import Results
from simkit.ui.charts.figure import Chart
from simkit.ui.charts.sweep_charts import differences, frontier, theory, tornado
from simkit.ui.charts.sweep_words import is_numeric, levels_of
from simkit.ui.frontend.assets import script, style
from simkit.ui.report import parts as parts
from simkit.ui.report.tables import (
    coverage_section,
    limits_section,
    points_said,
    points_section,
    quantiles_section,
    run_section,
    settings_section,
)

STALENESS = ("stale_share", "staleness_age_ms", "information_age_ms", "deactivated_code_shown_ms")
COSTS = (("requests_per_s", "polls_per_s"), ("bytes_per_s",))
"""Loads to draw staleness against; the first of each that was measured."""
PICTURES = ("png", "svg")
_LONGEST_TITLE = 300
_MOST_SERIES = 6
_COURSE = 3
"""Points in a row from which on a chart shows a course and not a pair."""
_WIDTH, _SHARP = 1000, 2
"""The width of a picture in px, and how many dots a PNG has to one of them."""


def report(results: Results) -> str:
    """Give the report of a sweep as one HTML page that fetches nothing.

    Which charts there are follows from the design: staleness against load and closed forms over a
    number with 3 levels or more, paired differences for all other factors.
    """
    about = results.experiment
    charts = charts_of(results)
    sections = [run_section(results)]
    if charts:
        sections.append(("found", "What was found", _figures(charts)))
    sections += [points_section(results), quantiles_section(results)]
    sections += limits_section(results)
    sections += [coverage_section(results), settings_section(results)]
    summary = (
        f"Report of a sweep: {counted(results.table.num_rows, 'run')} at {points_said(results)}."
    )
    title = one_line(about.name, _LONGEST_TITLE) or "(no name)"
    whole = [(name, head, parts.section(name, head, html)) for name, head, html in sections]
    return parts.page(title, summary, whole, style("report/report"), _scripts() if charts else "")


def _figures(charts: Sequence[Chart]) -> str:
    """Give the findings as a list, then each with its chart."""
    named = list(zip(_files(charts), charts, strict=True))
    findings = parts.links((file, chart.title) for file, chart in named)
    return "\n".join([findings, *(parts.figure(chart, file) for file, chart in named)])


def _scripts() -> str:
    from plotly.offline import get_plotlyjs

    return f"{get_plotlyjs()}\n{script('report/report')}"


def write_report(results: Results, path: str | Path) -> Path:
    """Write the report into a file, whole or not at all; BadInput when it cannot be written."""
    write_text(path, report(results))
    return Path(path)


def charts_of(results: Results) -> list[Chart]:
    """Give the charts that suit a sweep: choices first, then closed forms, then differences."""
    return list(_charts(results))


def _charts(results: Results) -> Iterator[Chart]:
    about = results.experiment
    names = [factor.name for factor in about.factors]
    numbers = [name for name in names if _has_course(results, name)]
    metrics = [m for m in about.metrics if any(results.estimate(i, m) for i in _all(results))]
    stale = next((metric for metric in STALENESS if metric in metrics), None)
    costs = [next(m for m in some if m in metrics) for some in COSTS if {*some} & {*metrics}]
    drawings = [
        partial(frontier, results, cost, stale, x, *_rest(results, x))
        for x in numbers[:1]
        for cost in costs
        if stale
    ]
    drawings += [
        partial(theory, results, metric, x, *_rest(results, x))
        for x in numbers
        for metric in metrics
        if any(metric in Forms(point.settings).values for point in results.points)
    ]
    moved = [n for n in names if len(levels_of(results, n)) > 1]
    if len(moved) > 1:
        drawings += [partial(tornado, results, metric) for metric in metrics]
    drawings += [
        partial(differences, results, metric, factor)
        for factor in moved
        if factor not in numbers
        for metric in metrics
    ]
    for draw in drawings:
        # Points that differ in several factors at once, or were not run, allow no such chart.
        with suppress(BadInput):
            yield draw()


def _has_course(results: Results, x: str) -> bool:
    """Say whether enough points differ in this number and in nothing else."""
    others = [[level for f, level in p.levels.items() if f != x] for p in results.points]
    return is_numeric(results, x) and max(map(others.count, others)) >= _COURSE


def _all(results: Results) -> range:
    return range(len(results.points))


def _rest(results: Results, x: str) -> tuple[str | None, dict[str, object]]:
    """Give what is drawn as series beside ``x``, and where all further factors are fixed."""
    first = results.points[0].levels
    others = [
        factor.name
        for factor in results.experiment.factors
        if factor.name != x and len(levels_of(results, factor.name)) > 1
    ]
    by = next((n for n in others if len(levels_of(results, n)) <= _MOST_SERIES), None)
    return by, {n: first[n] for n in others if n != by}


def _files(charts: Iterable[Chart]) -> list[str]:
    """Give a name of a file for each chart, without its ending; none comes twice."""
    found: list[str] = []
    known: Counter[str] = Counter()
    for chart in charts:
        known[chart.file] += 1
        n = known[chart.file]
        found.append(chart.file if n == 1 else f"{chart.file}-{n}")
    return found


def write_images(
    charts: Sequence[Chart], folder: str | Path, kinds: Sequence[str] = PICTURES
) -> list[Path]:
    """Write each chart as pictures into a folder, made if need be, and give their paths.

    They are drawn by kaleido in a browser that is there. BadInput when either is missing, and when
    the folder cannot be written: it says how many pictures are there, each of them whole.
    """
    for kind in kinds:
        if kind not in PICTURES:
            raise BadInput(field="kinds", found=shown(kind), allowed=", ".join(PICTURES))
    try:
        import kaleido  # noqa: F401
    except ImportError:
        raise BadInput("pictures need kaleido", allowed="pip install 'simkit[images]'") from None
    folder = Path(folder)
    wanted = [
        (chart, folder / f"{file}.{kind}", kind)
        for chart, file in zip(charts, _files(charts), strict=True)
        for kind in kinds
    ]
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # In a thread, since a notebook has a loop of its own in this one.
        with ThreadPoolExecutor(1) as aside:
            drawn = aside.submit(asyncio.run, _draw(wanted, written))
            _watch(drawn, wanted, written)
            drawn.result()
    except OSError as problem:
        are = "is" if len(written) == 1 else "are"
        said = f"{len(written)} of {counted(len(wanted), 'picture')} {are} there"
        raise BadInput(f"cannot be written: {reason(problem)}; {said}", file=str(folder)) from None
    except Exception as problem:
        # The browser may be missing or fail in ways of its own, none of which is the kit's.
        why = one_line(str(problem) or type(problem).__name__, 120)
        said = f"; {len(written)} of {len(wanted)} are in {folder}" if written else ""
        raise BadInput(f"pictures need a browser such as Chromium: {why}{said}") from None
    return written


def _watch(
    drawn: Future[None], wanted: list[tuple[Chart, Path, str]], written: Sequence[Path]
) -> None:
    """Say how many pictures are drawn until all are; who is interrupted wants no more of them."""
    of = len(wanted)
    try:
        with under_way("pictures", of=of) as tell:
            while not wait([drawn], timeout=EVERY_S).done:
                tell(len(written), of)
    except KeyboardInterrupt:
        wanted.clear()
        raise


async def _draw(wanted: Iterable[tuple[Chart, Path, str]], written: list[Path]) -> None:
    """Draw charts one by one and write each, whole or not at all; ``written`` grows with them."""
    from kaleido import Kaleido

    # Without formulas there is no need of MathJax, which kaleido would fetch.
    async with Kaleido(mathjax=False) as drawer:
        for chart, path, kind in wanted:
            scale = _SHARP if kind == "png" else 1
            look = {"format": kind, "width": _WIDTH, "scale": scale}
            # Its bytes, for us to write: kaleido gives back what went wrong, and raises nothing.
            picture = await drawer.calc_fig(chart.figure.to_dict(), opts=look)
            with replacing(path) as part:
                part.write_bytes(picture)
            written.append(path)

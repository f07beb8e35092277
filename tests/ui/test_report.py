"""The report of a sweep: all its numbers, nothing fetched, names that stay text."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from itertools import pairwise
from math import inf, sqrt
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import pytest
from sweeps import around, by_hand, filled
from test_charts import HOSTILE

from simkit.base.errors import BadInput
from simkit.base.statistics import Estimate
from simkit.rules.sections import Refusal
from simkit.rules.settings import Settings
from simkit.studio.experiment import experiment
from simkit.studio.results import Results
from simkit.ui.report import report as reports
from simkit.ui.report.parts import embedded
from simkit.ui.report.report import charts_of, report, write_images, write_report
from simkit.ui.report.tables import quantile_said

INTERVALS = [10_000, 30_000, 60_000]
CACHES = {"none": {}, "kept": {"widget.dataset_life_polls": 60}}
METRICS = ["stale_share", "requests_per_s", "bytes_per_s"]


def values_of(metric: str, i: int) -> tuple[float, ...]:
    return around({"stale_share": 0.01, "requests_per_s": 2.0}.get(metric, 900.0) * (i + 1), 1e-3)


def intervals(healthy: Settings) -> Results:
    factors = {"refresh_interval_ms": INTERVALS, "cache": CACHES}
    return by_hand(healthy, factors, METRICS, values_of, name="Intervals")


@pytest.fixture(scope="module")
def results(healthy: Settings) -> Results:
    return intervals(healthy)


@pytest.fixture(scope="module")
def read(results: Results) -> Page:
    return Page(report(results))


class Page(HTMLParser):
    """The elements and the words of a page; an element that is not closed fails the test."""

    EMPTY = ("meta", "br")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.tables: list[list[list[str]]] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in ("th", "td"):
            self.tables[-1][-1].append("")
        if tag == "br":
            self.handle_data("\n")
        if tag not in self.EMPTY:
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in set(self.open):
            self.texts[tag][-1] += data
        if {"th", "td"} & set(self.open):
            self.tables[-1][-1][-1] += data

    def table(self, caption: str) -> list[list[str]]:
        """Give the rows of the one table with a caption, spaces made plain."""
        found = self.tables[self.texts["caption"].index(caption)]
        return [[cell.replace("\N{NO-BREAK SPACE}", " ") for cell in row] for row in found]


# What is in it.


def test_the_page_is_well_formed_and_says_its_language_and_its_title(read: Page) -> None:
    """Every element is closed, and a screen reader learns in which language to read."""
    assert read.html.startswith("<!doctype html>")
    assert ("html", {"lang": "en"}) in read.tags
    assert read.texts["title"] == ["Intervals: report of a sweep"]
    assert read.texts["h1"] == ["Intervals"]


def test_headings_skip_no_level_and_the_contents_lead_to_them(read: Page) -> None:
    """Whoever goes by headings or links reaches every section, and no id comes twice."""
    levels = [int(tag[1]) for tag, _ in read.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = [attrs["id"] for _, attrs in read.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    targets = [attrs["href"] for tag, attrs in read.tags if tag == "a"]
    assert targets
    assert {target for target in targets if target} == {f"#{each}" for each in ids}


def test_a_sweep_gets_the_charts_that_its_design_allows(results: Results) -> None:
    """Two frontiers, three closed forms, three largest changes, three comparisons of caches."""
    files = [chart.file for chart in charts_of(results)]
    assert files == [
        "stale-share-against-requests-per-s",
        "stale-share-against-bytes-per-s",
        *(f"{m}-by-refresh-interval" for m in ("stale-share", "requests-per-s", "bytes-per-s")),
        *(f"{m}-by-one-factor" for m in ("stale-share", "requests-per-s", "bytes-per-s")),
        *(f"{m}-by-cache-differences" for m in ("stale-share", "requests-per-s", "bytes-per-s")),
    ]


def test_a_single_factor_is_compared_once(healthy: Settings) -> None:
    """With one factor the largest change would be the same comparison again."""
    results = by_hand(healthy, {"cache": CACHES}, ["stale_share"], values_of)
    assert [chart.file for chart in charts_of(results)] == ["stale-share-by-cache-differences"]


def test_third_factors_are_fixed_at_the_first_point(healthy: Settings) -> None:
    """Of 12 points 6 are drawn, and the sentence says what they have in common."""
    factors = {"refresh_interval_ms": INTERVALS, "cache": CACHES, "hidden_per_shift": [1, 2]}
    charts = charts_of(by_hand(healthy, factors, ["stale_share"], values_of))
    (closed,) = [chart for chart in charts if chart.file == "stale-share-by-refresh-interval"]
    assert "All at hidden per shift 1." in closed.sentence
    assert len(closed.rows) == 6


def test_points_that_differ_in_all_factors_get_tables_alone(healthy: Settings) -> None:
    """No two points differ in one factor alone, so that a line would claim too much."""
    factors = {
        "refresh_interval_ms": {"low": 10_000, "high": 60_000, "scale": "log"},
        "deactivation_probability": {"low": 0.1, "high": 0.9},
    }
    design = {"latin_hypercube": {"points": 4}}
    results = by_hand(healthy, factors, ["stale_share"], values_of, design=design)
    assert charts_of(results) == []
    page = Page(report(results))
    assert len(page.table("Means at all points")) == 5
    levels = page.table("Factors and their levels")
    assert levels[1][2] == "from 10 s to 1 min, log"
    assert "script" not in page.texts, "without a chart nothing has to be drawn"


def test_every_chart_has_its_picture_two_buttons_and_its_table(
    read: Page, results: Results
) -> None:
    """What is drawn and what is read are one chart's data, and both can be kept."""
    charts = charts_of(results)
    assert read.texts["button"] == ["Save as PNG", "Save as SVG"] * len(charts)
    for chart in charts:
        table = read.table(chart.title.replace("\N{NO-BREAK SPACE}", " "))
        assert [tuple(row) for row in table] == [chart.head, *chart.rows]
    drawn = [
        json.loads(data)
        for data in re.findall(r'<script type="application/json">(.*?)</script>', read.html)
    ]
    assert [picture["data"] for picture in drawn] == json.loads(
        json.dumps([chart.data["data"] for chart in charts])
    )


def test_all_points_stand_with_mean_interval_and_closed_form(read: Page, results: Results) -> None:
    """Two values ±0.001 around 2 have the half width 12.706 · 0.001."""
    head, *rows = read.table("Means at all points")
    assert head[:3] == ["refresh interval", "cache", "runs"]
    assert [row[:3] for row in rows] == [
        [interval, cache, "2"] for interval in ("10 s", "30 s", "1 min") for cache in CACHES
    ]
    assert rows[0][4].startswith("2 per s (1.99 to 2.01)\nclosed form ")
    assert re.search(r"closed form [\d.]+ per s, [+-][\d.]+ SE$", rows[0][4])
    assert len(rows) == len(results.points)


def test_what_was_run_is_said(read: Page) -> None:
    """Points, seeds and levels are there, so that another can run the sweep again."""
    words = read.html
    assert "6 points, 2 replications each: 12 runs, seeds from 1 on." in words
    assert "A shift is a terminating simulation: nothing is cut as warm-up" in words
    assert read.table("Factors and their levels")[1:] == [
        ["refresh interval", "widget.refresh_interval_ms", "10 s, 30 s, 1 min"],
        ["cache", "cache", "none: nothing changed\nkept: widget.dataset_life_polls 60"],
    ]


def test_settings_that_differ_from_their_defaults_are_named(healthy: Settings) -> None:
    """What is usual would hide what is not; the versions that ran it are named too."""
    dead = Refusal(status=401, code="GONE")
    base = healthy.replace(start_jitter_ms=30_000, rate_limit_per_min=300, dead_token=dead)
    page = Page(report(by_hand(base, {"cache": CACHES}, ["stale_share"], values_of)))
    fields = {row[0]: row[1] for row in page.table("Settings of all points")[1:]}
    assert fields["widget.start_jitter_ms"] == "30 s"
    assert fields["platform.rate_limit_per_min"] == "300"
    assert fields["platform.dead_token"] == "401, GONE"
    # What is as the settings or the profile have it is left out.
    assert not {"widget.refresh_interval_ms", "platform.token_life_ms"} & set(fields)
    versions = {row[0] for row in page.table("Versions")[1:]}
    assert {"simkit", "python", "numpy", "scipy", "simpy"} <= versions


def test_notes_and_what_was_not_run_are_said(healthy: Settings) -> None:
    """A sweep that was cut short does not look complete, and one run has no interval."""
    made = experiment(healthy, {"cache": CACHES}, metrics=["stale_share"], replications=2)
    notes = ("3 parts were damaged and run again",)
    results = filled(
        made,
        lambda _, i: [0.1, 0.2] if i == 0 else [0.3],
        complete=False,
        notes=notes,
    )
    page = Page(report(results))
    assert "Not all runs that were asked for were made." in page.html
    assert "Note: 3 parts were damaged and run again." in page.html
    assert page.table("Means at all points")[2][1:] == ["1", "30 %\none run, no interval"]


# Other intervals.


def test_medians_and_percentiles_have_intervals_of_order_statistics(healthy: Settings) -> None:
    """Of eight values the median lies between the first and the last but for 2 in 256.

    Leaving out both ends would be wrong in 18 of 256, more than 5 %. The median is 4.5; nine tenths
    of the way through eight values is 0.3 past the seventh.
    """
    values = [float(v) for v in range(1, 9)]
    results = by_hand(
        healthy, {"cache": CACHES}, ["token_requests"], lambda *_: values, replications=8
    )
    page = Page(report(results))
    assert page.table("Median over runs")[1][2] == "4.5 per run (1 to 8)"
    assert page.table("90th percentile over runs")[1][2].startswith("7.3 per run (")


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(-inf, inf, "50 %"), (-inf, 0.6, "50 % (60 % or less)"), (0.4, inf, "50 % (40 % or more)")],
)
def test_an_open_end_of_an_interval_is_said(low: float, high: float, said: str) -> None:
    """Of few runs an end may be unknown: the words say so and show no infinity."""
    assert quantile_said(Estimate(0.5, low, high), "stale_share") == said


def test_kept_limits_have_wilson_intervals(healthy: Settings) -> None:
    """Two of three days under the limit, with the formula written out."""
    results = by_hand(
        healthy.replace(rate_limit_per_min=300),
        {"cache": CACHES},
        ["rate_limit_peak_share"],
        lambda *_: [0.5, 0.9, 1.1],
        replications=3,
    )
    p, n, z = 2 / 3, 3, 1.959964
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    said = f"2 of 3 ({100 * (middle - half):.3g} % to {100 * (middle + half):.3g} %)"
    row = Page(report(results)).table("How often limits are kept")[1]
    assert row == [
        "cache none",
        "share of the rate limit in the busiest minute, at most 100 %",
        said,
    ]


def test_without_a_known_limit_there_is_no_section_of_limits(read: Page) -> None:
    """The profile states no rate limit, so that there is nothing to be kept."""
    assert "Limits" not in read.texts["h2"]


def test_coverage_is_told_for_each_metric(healthy: Settings, monkeypatch: Any) -> None:
    """Coverages made up here come back rounded, and what falls short gets a star."""
    measured = {
        "trials": 1000,
        "replications": 20,
        "scenario": "S",
        "metrics": {
            "stale_share": {"coverage": 0.951, "ci95": [0.936, 0.963]},
            "wrong_selections": {"coverage": 0.78, "ci95": [0.753, 0.805]},
        },
    }
    monkeypatch.setattr("simkit.ui.report.tables.measured", lambda: measured)
    monkeypatch.setattr("simkit.studio.coverage.measured", lambda: measured)
    metrics = ["stale_share", "wrong_selections", "scopes_granted"]
    page = Page(report(by_hand(healthy, {"cache": CACHES}, metrics, values_of)))
    rows = page.table("Coverage of the intervals")[1:]
    assert [row[1] for row in rows] == [
        "95.1 % (93.6 to 96.3)",
        "78.0 % (75.3 to 80.5)",
        "not measured",
    ]
    assert rows[0][2] == "as good as 95 %"
    assert "78 %" in rows[1][2]
    heads = page.table("Means at all points")[0]
    assert [" *" in head for head in heads[2:]] == [False, True, False]


# Names, and what is fetched.


def hostile(settings: Settings) -> Results:
    levels = {HOSTILE: {}, '"></script><img src=x>' + "x" * 300: {"hidden_per_shift": 1}}
    return by_hand(
        settings.with_top(name=HOSTILE),
        {"refresh_interval_ms": INTERVALS, HOSTILE: levels},
        ["stale_share", "requests_per_s"],
        values_of,
    )


def test_names_are_never_markup(healthy: Settings) -> None:
    """Hostile factors and levels add no element and no script, and the title stays whole."""
    page = Page(report(hostile(healthy)))
    allowed = {
        *("html", "head", "meta", "title", "style", "body", "header", "nav", "main", "section"),
        *("h1", "h2", "h3", "p", "ol", "ul", "li", "a", "div", "span", "button", "noscript"),
        *("figure", "figcaption", "details", "summary", "script", "br"),
        *("table", "caption", "thead", "tbody", "tr", "th", "td"),
    }
    assert {tag for tag, _ in page.tags} <= allowed
    charts = len(charts_of(hostile(healthy)))
    assert sum(tag == "script" for tag, _ in page.tags) == charts + 1
    assert page.texts["h1"] == [HOSTILE]


def test_nothing_is_fetched_and_plotly_is_there_once(read: Page) -> None:
    """The file can be mailed and read offline, and its policy forbids anything else."""
    for tag, attrs in read.tags:
        assert "src" not in attrs, tag
        assert (attrs.get("href") or "#").startswith("#"), tag
    assert "@import" not in read.texts["style"][0]
    assert "url(" not in read.texts["style"][0]
    assert read.html.count("plotly.js v") == 1
    (policy,) = [a["content"] for _, a in read.tags if "http-equiv" in a]
    assert policy is not None
    assert policy.startswith("default-src 'none'")


def test_data_within_a_script_cannot_end_it() -> None:
    """The charts escape names on their own; this is the second lock."""
    said = embedded({"name": "</script><!--"})
    assert "<" not in said
    assert json.loads(said) == {"name": "</script><!--"}


def test_a_wide_table_can_be_scrolled_by_keyboard(read: Page) -> None:
    """Arrow keys reach what lies beyond the window, since each frame takes the focus."""
    frames = [attrs for _, attrs in read.tags if attrs.get("role") == "region"]
    assert len(frames) == len(read.tables)
    assert all(attrs["tabindex"] == "0" and attrs["aria-label"] for attrs in frames)


@pytest.mark.slow
@pytest.mark.thorough
def test_the_same_sweep_gives_the_same_report(results: Results) -> None:
    """No chance and no counter is in the page, so that two files can be compared.

    Another process, in which sets have another order, gives it to the letter.
    """
    probe = """
import sys
from test_report import intervals
from tiny import healthy
from simkit.ui.report.report import report
sys.stdout.buffer.write(report(intervals(healthy())).encode())
"""
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    env = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, check=True, env=env)
    assert done.stdout.decode() == report(results) == report(results)


# Files.


def test_a_report_is_written_whole(results: Results, tmp_path: Path) -> None:
    """The file is the page to the letter, and no part of it lies beside."""
    path = write_report(results, tmp_path / "a.html")
    assert path.read_text(encoding="utf-8") == report(results)
    assert [file.name for file in tmp_path.iterdir()] == ["a.html"]


def test_a_report_that_cannot_be_written_is_refused_in_one_line(
    results: Results, tmp_path: Path
) -> None:
    """A folder that is not there is bad input, and not an error of the system."""
    with pytest.raises(BadInput, match=r"cannot be written") as caught:
        write_report(results, tmp_path / "none" / "a.html")
    assert "\n" not in str(caught.value)


class Drawer:
    """Stands for kaleido's drawer: each picture is a few bytes, or a problem."""

    options: ClassVar[list[dict[str, Any]]] = []
    problem: Exception | None = None

    def __init__(self, **options: Any) -> None:
        self.options.append(options)

    async def __aenter__(self) -> Drawer:
        return self

    async def __aexit__(self, *_: object) -> None: ...

    async def calc_fig(self, figure: dict[str, Any], opts: dict[str, Any]) -> bytes:
        if self.problem:
            raise self.problem
        return f"{figure['layout']['title']['text']} as {opts['format']}".encode()


def _fails(problem: Exception) -> Any:
    return SimpleNamespace(Kaleido=type("Failing", (Drawer,), {"problem": problem}))


def test_pictures_of_one_title_do_not_replace_each_other(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second gets a number, and the drawer is told to fetch nothing for formulas."""
    monkeypatch.setitem(sys.modules, "kaleido", SimpleNamespace(Kaleido=Drawer))
    monkeypatch.setattr(Drawer, "options", [])
    chart = charts_of(results)[0]
    paths = write_images([chart, chart], tmp_path / "new", kinds=["svg"])
    assert [path.name for path in paths] == [f"{chart.file}.svg", f"{chart.file}-2.svg"]
    assert {path.read_text().rpartition(" as ")[2] for path in paths} == {"svg"}
    assert Drawer.options == [{"mathjax": False}], "else it is fetched"


@pytest.mark.parametrize("fitting", [0, 1, 3])
def test_pictures_on_a_full_disk_are_counted_and_each_is_whole(
    fitting: int, results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a disk does that is full: some bytes are written, and then no more."""
    monkeypatch.setitem(sys.modules, "kaleido", SimpleNamespace(Kaleido=Drawer))
    write, done = Path.write_bytes, []

    def until_full(path: Path, content: bytes) -> int:
        if len(done) == fitting:
            write(path, content[:3])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        done.append(path)
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", until_full)
    charts = charts_of(results)[:2]
    with pytest.raises(BadInput) as caught:
        write_images(charts, tmp_path)
    are = "is" if fitting == 1 else "are"
    said = f"cannot be written: No space left on device; {fitting} of 4 pictures {are} there"
    assert str(caught.value) == f"{tmp_path}: {said}"
    kept = [path.read_text() for path in tmp_path.iterdir()]
    assert len(kept) == fitting
    assert all(text.endswith((" as png", " as svg")) for text in kept)


@pytest.mark.parametrize(
    ("kaleido", "said"),
    [
        (None, "pictures need kaleido; allowed: pip install 'simkit[images]'"),
        (
            _fails(RuntimeError("no\nChrome")),
            r"pictures need a browser such as Chromium: no\nChrome",
        ),
        (_fails(OSError(28, "No space left on device")), "cannot be written: No space left"),
    ],
)
def test_why_there_are_no_pictures_is_said_in_one_line(
    results: Results, tmp_path: Path, monkeypatch: Any, kaleido: ModuleType | None, said: str
) -> None:
    """A package, a browser and room on the disk each have words of their own."""
    monkeypatch.setitem(sys.modules, "kaleido", kaleido)
    with pytest.raises(BadInput) as caught:
        write_images(charts_of(results)[:1], tmp_path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_other_kinds_of_pictures_are_refused(results: Results, tmp_path: Path) -> None:
    """The line names the two kinds that can be had, PNG and SVG."""
    with pytest.raises(BadInput, match=r"^kinds: found 'gif'; allowed: png, svg$"):
        write_images([], tmp_path, kinds=["gif"])
    assert reports.PICTURES == ("png", "svg")

"""Charts: titles that say what was measured, tables that say the same, nothing by colour alone."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from anywidget import AnyWidget
from nbclient import NotebookClient

import simkit
from simkit.base.errors import BadInput
from simkit.base.statistics import Estimate, Paired
from simkit.engines.running import RunBy
from simkit.inputs.trap_file import Change
from simkit.study.comparison import Cost, FixResult, Matrix, TrapResult
from simkit.ui.charts import charts
from simkit.ui.charts.figure import MIME
from simkit.ui.charts.told import Caption, CaptionTold

HOSTILE = '<script>alert("x")</script> $a$ \N{HEBREW LETTER ALEF}'
NAMES = [HOSTILE, "a" * 300, "", HOSTILE]
MINUTE = 60_000


def around(mean: float, half: float = 0.0) -> Estimate:
    return Estimate(mean, mean - half, mean + half)


COLUMNS = RunBy("columns", "")


def fix(
    fix_id: str,
    mean: float,
    verdict: str,
    *costs: Cost,
    title: str = "Something",
    ours: bool = False,
) -> FixResult:
    change = Change(id=fix_id, title=title, set={}, promise=None if ours else "cured")
    paired = Paired(around(0.0), None)
    found = around(mean, 2_000.0)
    return FixResult(change, [], found, paired, verdict, False, list(costs), COLUMNS)


def trap_result(*fixes: FixResult, mean: float = 20.0 * MINUTE, shows: bool = True) -> TrapResult:
    """E4 with made-up figures: 20 min without a fix unless told otherwise."""
    trap = simkit.traps["E4"]
    ours = [f for f in fixes if f.change.promise is None]
    guide = [f for f in fixes if f.change.promise]
    return TrapResult(trap, shows, around(0.0), around(mean, MINUTE), guide, ours, [], {}, {})


def matrix_of(*verdicts: list[str], hollow: tuple[int, int] = (-1, -1)) -> Matrix:
    return Matrix(
        [Change(id=f"m{i}", title=f"Cause {i}", set={}) for i in range(len(verdicts))],
        [f"F{j}" for j in range(len(verdicts[0]))],
        [around(10.0 * MINUTE, MINUTE)] * len(verdicts),
        list(verdicts),
        [[around(30_000.0)] * len(row) for row in verdicts],
        [[(i, j) == hollow for j in range(len(row))] for i, row in enumerate(verdicts)],
        [[COLUMNS] * (1 + len(row)) for row in verdicts],
    )


def every_chart() -> list[charts.Chart]:
    """One of each kind, with names that nobody should choose."""
    cost = Cost("requests_per_s", 1.0, 2.0)
    verdicts = ["cured", "reduced", "unchanged", "worse"]
    result = trap_result(
        *(fix(f"F{i}", 1e5 * i, v, cost, title=NAMES[i]) for i, v in enumerate(verdicts))
    )
    points = {name: [(15.0, around(8.0, 1.0)), (30.0, around(15.0, 1.0))] for name in NAMES}
    return [
        charts.verdicts(result),
        charts.costs(result),
        charts.matrix(matrix_of(verdicts, ["n/a"] * 4, hollow=(0, 0))),
        charts.sweep(points, HOSTILE, HOSTILE, "s", HOSTILE, theory=[(15.0, 7.5), (30.0, 15.0)]),
        charts.bars([(name, 2.0) for name in NAMES], HOSTILE, "codes", HOSTILE),
    ]


KINDS = ["verdicts", "costs", "matrix", "sweep", "bars"]


@pytest.fixture(params=range(len(KINDS)), ids=KINDS)
def chart(request: pytest.FixtureRequest) -> charts.Chart:
    return every_chart()[request.param]


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Give all plain values of a figure with their paths."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from leaves(inner, path)
    else:
        yield path, value


def contrast_on_white(color: str) -> float:
    """Give the contrast ratio of WCAG 2."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


# Every chart.


@pytest.mark.some(1)
def test_plotly_knows_every_property_of_the_figure(chart: charts.Chart) -> None:
    """Plotly refuses what it does not know, so that no misspelt option is lost in silence."""
    assert len(chart.figure.data) == len(chart.data["data"])


def test_letters_are_large_enough_for_a_projector(chart: charts.Chart) -> None:
    """Nothing is smaller than 12 px, titles, ticks and legends included."""
    sizes = [v for path, v in leaves(chart.data) if re.search(r"font\.size$", path)]
    assert sizes
    assert min(sizes) >= 12


def test_what_is_drawn_stands_out_from_white(chart: charts.Chart) -> None:
    """Points, lines and outlines; the backgrounds of cells carry dark words and have outlines."""
    cells = chart.file == "fixes-and-mechanisms"
    colors = [
        v
        for path, v in leaves(chart.data["data"])
        if path.endswith("color") and not (cells and path == ".marker.color")
    ]
    assert colors
    assert all(contrast_on_white(color) >= 3 for color in colors), colors


def test_the_background_is_white_whatever_the_theme(chart: charts.Chart) -> None:
    """Colours are judged against white, which a dark theme would take away."""
    layout = chart.data["layout"]
    assert (layout["paper_bgcolor"], layout["plot_bgcolor"]) == ("white", "white")


def test_both_axes_say_what_they_are(chart: charts.Chart) -> None:
    """No axis is left to be guessed: it has a title, or a name for each row."""
    layout = chart.data["layout"]
    assert layout["xaxis"]["title"]["text"]
    assert layout["yaxis"].get("title") or all(layout["yaxis"]["ticktext"])


def test_names_are_never_markup_in_the_figure(chart: charts.Chart) -> None:
    """Plotly would obey tags and formulas; only the kit's own bold and line ends are left."""
    for path, value in leaves(chart.data):
        if isinstance(value, str):
            assert not re.search(r"<(?!/?b>|br>)", value), (path, value)
            assert "$" not in value, (path, value)


def test_names_are_never_markup_for_readers_without_a_kernel(chart: charts.Chart) -> None:
    """In the static table each row and column has its header, and no name adds one."""
    assert "<script" not in chart.html
    assert chart.html.count("<tr>") == 1 + len(chart.rows)
    assert chart.html.count('scope="row"') == len(chart.rows)
    assert chart.html.count('scope="col"') == len(chart.head)


def test_words_are_never_markup_wherever_they_stand() -> None:
    """Title, sentence, two heads and two cells make six places, and each of them is text."""
    rows = ((HOSTILE, HOSTILE),)
    chart = charts.Chart(HOSTILE, HOSTILE, (HOSTILE, HOSTILE), rows, {}, "file")
    assert "<script" not in chart.html
    assert chart.html.count("&lt;script&gt;") == 6


def test_the_table_is_complete_and_its_rows_have_names(chart: charts.Chart) -> None:
    """No row is short of a cell, and even one of an empty name is called something."""
    assert all(len(row) == len(chart.head) for row in chart.rows)
    assert all(row[0] for row in chart.rows)


def test_the_digest_holds_the_title_and_every_cell() -> None:
    """Made twice it is the same and rounded, so that a notebook can be compared with it."""
    for one, again in zip(every_chart(), every_chart(), strict=True):
        assert one.digest == again.digest
        assert one.digest.startswith(one.title)
        for row in one.rows:
            assert all(cell in one.digest for cell in row)
        assert not re.search(r"\d\.\d{4,}", one.digest), "not rounded"


def test_what_a_cell_shows_is_the_same_in_every_run(chart: charts.Chart) -> None:
    """What is stored with a notebook differs from run to run in the widget's id alone."""
    first, second = (chart._repr_mimebundle_() for _ in range(2))
    assert first["text/plain"] == second["text/plain"] == f"Chart({chart.title!r})"
    assert first["text/html"] == second["text/html"]
    assert first["application/vnd.jupyter.widget-view+json"]["model_id"]
    shown = chart.widget.children[0].outputs[0]["data"]
    assert shown[MIME] == chart.data
    assert shown["text/plain"] == chart.digest


def test_all_that_stands_under_a_figure_is_told_by_name(chart: charts.Chart) -> None:
    """The caption's fields are those that are typed, and its table is the chart's own."""
    caption = chart.widget.children[1]
    own = set(type(caption).class_traits(sync=True)) - set(AnyWidget.class_traits(sync=True))
    assert {each for each in own if each[0] != "_"} == set(CaptionTold.__annotations__)
    assert set(caption.content) == set(Caption.__annotations__)
    assert caption.content["head"] == list(chart.head)
    assert caption.content["rows"] == [list(row) for row in chart.rows]


# Verdicts.


def test_the_title_says_which_fixes_cure_and_what_is_left() -> None:
    """Only the guide's own fixes count in the title, and those that cure come first."""
    result = trap_result(
        fix("E4a", 10.0 * MINUTE, "reduced"),
        fix("E4b", 15_000.0, "cured"),
        fix("E4c", 9.0 * MINUTE, "reduced"),
        fix("E4d", 1.0, "cured", ours=True),
    )
    chart = charts.verdicts(result)
    assert chart.title == ("E4b cures, E4a and E4c only reduce: 15 s, 10 min, 9 min of 20 min left")
    assert "The guide promises 3 cures; measured: 1." in chart.sentence


def test_a_unit_that_all_share_stands_once_in_the_title() -> None:
    """All values are in minutes here, so that min is read once, at the end."""
    result = trap_result(fix("A", 30.0 * MINUTE, "worse"), fix("B", 20.0 * MINUTE, "unchanged"))
    title = charts.verdicts(result).title
    assert title == "B leaves it unchanged, A makes it worse: 20, 30 of 20 min left"


def test_the_line_of_a_cure_stands_at_a_twentieth_of_the_trap() -> None:
    """Readers see how far a fix is from a cure: of 20 min without it, 1 min may be left."""
    layout = charts.verdicts(trap_result(fix("A", 1.0, "cured"))).data["layout"]
    (line,) = layout["shapes"]
    assert line["x0"] == line["x1"] == pytest.approx(1.0)  # min, of 20
    assert layout["xaxis"]["title"]["text"].endswith("(min)")


def test_promise_and_verdict_are_written_at_each_fix() -> None:
    """Picture and table both say them, and a fix of the kit's own is promised nothing."""
    result = trap_result(fix("A", 10.0 * MINUTE, "reduced"), fix("B", 1.0, "cured", ours=True))
    chart = charts.verdicts(result)
    said = [note["text"] for note in chart.data["layout"]["annotations"]]
    assert "promised cured, measured <b>reduced</b>" in said[1]
    assert "promised nothing, measured <b>cured</b>" in said[2]
    assert [row[3:] for row in chart.rows[1:]] == [("cured", "reduced"), ("nothing", "cured")]


def test_verdicts_differ_in_their_symbols_too() -> None:
    """The trap and five verdicts have six marks, told apart without colour."""
    verdicts = ["cured", "reduced", "unchanged", "worse", "n/a"]
    result = trap_result(*(fix(f"F{i}", 1e5, v) for i, v in enumerate(verdicts)))
    (points,) = charts.verdicts(result).data["data"]
    assert len(set(points["marker"]["symbol"])) == 1 + len(verdicts)


def test_intervals_are_drawn_as_wide_as_they_are() -> None:
    """Half widths of 1 min and 2 s are on the scale of the axis, which is in minutes."""
    result = trap_result(fix("A", 10.0 * MINUTE, "reduced"))
    (points,) = charts.verdicts(result).data["data"]
    for side in ("array", "arrayminus"):
        assert points["error_x"][side] == pytest.approx([1.0, 2 / 60])  # 1 min and 2 s, in min


def test_a_trap_that_does_not_show_gets_no_line_and_no_verdict() -> None:
    """A twentieth of nothing is no yardstick, so that nothing is said to be cured."""
    chart = charts.verdicts(trap_result(fix("A", 0.0, "n/a"), mean=0.0, shows=False))
    assert "shapes" not in chart.data["layout"]
    assert chart.title == "E4 does not show here, so that no fix can be judged"


# Costs.


def test_no_two_costs_share_an_axis() -> None:
    """Requests, bytes and seconds have no scale in common, and their panels do not overlap."""
    costs = [Cost("requests_per_s", 1.0, 2.0), Cost("bytes_per_s", 9e3, 7e3)]
    chart = charts.costs(trap_result(fix("A", 1.0, "cured", *costs, Cost("locked_s", 0.0, 5.0))))
    layout = chart.data["layout"]
    titles = {key: axis["title"]["text"] for key, axis in layout.items() if key[:5] == "xaxis"}
    assert len(set(titles.values())) == 3
    used = [(trace["xaxis"], trace["yaxis"]) for trace in chart.data["data"]]
    assert len(set(used)) == 3
    domains = [(layout[k]["domain"], layout[k.replace("x", "y", 1)]["domain"]) for k in titles]
    for i, (x, y) in enumerate(domains):
        for other_x, other_y in domains[:i]:
            apart = x[0] >= other_x[1] or other_x[0] >= x[1]
            assert apart or y[0] >= other_y[1] or other_y[0] >= y[1]


def test_the_title_names_what_each_fix_changes_most() -> None:
    """What grows from 0 to 5 s beats what grows 200 times, and 0.01 % is no change."""
    most = Cost("locked_s", 0.0, 5.0)
    result = trap_result(
        fix("A", 1.0, "cured", Cost("requests_per_s", 1.0, 200.0), most),
        fix("B", 1.0, "cured", Cost("requests_per_s", 1.0, 1.0001)),
    )
    _, _, found = charts.costs(result).title.partition("each fix changes most: ")
    assert found == "A widget locked, per agent 0 → 5 s; B changes none"


def test_a_cost_that_does_not_apply_is_said_and_not_drawn() -> None:
    """A rate limit that is not there costs no 0: sentence and table say so in words."""
    costs = [Cost("rate_limit_share", None, None), Cost("requests_per_s", 1.0, 2.0)]
    chart = charts.costs(trap_result(fix("A", 1.0, "cured", *costs)))
    assert "it does not apply here: share of the rate limit" in chart.sentence
    assert len(chart.data["data"]) == 3
    assert chart.rows[0][2:] == ("does not apply", "does not apply")


def test_fixes_without_a_cost_are_refused_in_one_line() -> None:
    """The caller reads which trap it is about, and gets no empty picture."""
    with pytest.raises(BadInput, match="no fix of E4 that was measured names a cost"):
        charts.costs(trap_result(fix("A", 1.0, "cured")))


# The matrix.


def test_each_cell_says_its_verdict_in_words() -> None:
    """Sign, word and figure say what the colour does, and a hollow cure is called hollow."""
    chart = charts.matrix(matrix_of(["cured", "worse"], ["cured", "n/a"], hollow=(0, 0)))
    texts = [trace["text"][0] for trace in chart.data["data"]]
    assert [re.sub("<br>.*", "", text) for text in texts] == [
        *("10 min (9 to 11)", "✓ cured, but hollow", "↑ worse"),
        *("10 min (9 to 11)", "✓ cured", "– n/a"),
    ]
    assert chart.rows[0][2] == "cured, but hollow: 30 s"


def test_a_hollow_cure_is_not_counted_as_a_cure() -> None:
    """It is told apart, and a cause that no fix can be judged on is left out of the count."""
    verdicts = (["unchanged", "cured"], ["unchanged", "cured"], ["n/a", "n/a"])
    chart = charts.matrix(matrix_of(*verdicts, hollow=(1, 1)))
    assert chart.title.endswith("F1 cures 1 of 2 (1 more only in the metric), F0 none")
    assert "the metric is cured, the need is not" in chart.sentence


# Sweeps and bars.


def swept(points: charts.Points, theory: list[tuple[float, float]] | None = None) -> charts.Chart:
    return charts.sweep(points, "interval (s)", "age", "s", "A finding", theory)


def test_the_digest_of_a_sweep_says_how_far_the_closed_form_is() -> None:
    """By hand, 13 lies 3 away from 10 ± 2, and 21 lies within 20 ± 4."""
    points = {"ages": [(30.0, around(10.0, 2.0)), (60.0, around(20.0, 4.0))]}
    chart = swept(points, [(30.0, 13.0), (60.0, 21.0)])
    last = chart.digest.splitlines()[-1]
    assert "within 1 of 2 intervals" in last
    assert "1.50 half widths of the interval (ages at 30)" in last  # 3 apart, 2 half a width


def test_a_closed_form_elsewhere_is_not_compared() -> None:
    """Nothing is interpolated: values at 29 and at 31 say nothing of the point at 30."""
    chart = swept({"ages": [(30.0, around(10.0, 2.0))]}, [(29.0, 10.0), (31.0, 10.0)])
    assert "not given at any simulated point" in chart.digest
    assert chart.rows[0][-1] == "not given here"


def test_an_interval_without_width_is_met_or_missed() -> None:
    """Nothing is divided by a width of 0: an equal value is within, another is not."""
    assert "within 1 of 1" in swept({"a": [(1.0, around(5.0))]}, [(1.0, 5.0)]).digest
    missed = swept({"a": [(1.0, around(5.0))]}, [(1.0, 5.1)]).digest
    assert "within 0 of 1" in missed
    assert "no interval" in missed


def test_series_differ_in_symbol_and_dash_and_the_closed_form_from_all() -> None:
    """Four series and the closed form are told apart in print, without colour."""
    points = {f"series {i}": [(1.0, around(5.0, 1.0))] for i in range(4)}
    *series, closed = swept(points, [(1.0, 5.0)]).data["data"]
    assert len({trace["marker"]["symbol"] for trace in series}) == 4
    dashes = [trace["line"]["dash"] for trace in (*series, closed)]
    assert len(set(dashes)) == 5
    assert closed["name"] == "closed form"


def test_a_share_is_drawn_in_percent() -> None:
    """Mean, interval and title of the axis change together: 0.5 ± 0.1 is 50 ± 10 %."""
    chart = charts.sweep({"a": [(1.0, around(0.5, 0.1))]}, "x", "stale", "share", "Half of it")
    (trace,) = chart.data["data"]
    assert trace["y"] == pytest.approx([50.0])
    assert trace["error_y"]["array"] == pytest.approx([10.0])
    assert chart.data["layout"]["yaxis"]["title"]["text"] == "Stale (%)"


@pytest.mark.parametrize("points", [{}, {"a": []}])
def test_a_sweep_of_nothing_is_refused_in_one_line(points: charts.Points) -> None:
    """Neither no series nor a series without points gives an empty picture."""
    with pytest.raises(BadInput, match="points: found no points"):
        swept(points)


def test_bars_of_one_name_stay_two_bars() -> None:
    """Bars stand at numbered places, so that the second does not cover the first."""
    chart = charts.bars([("same", 1), ("same", 2)], "Two", "codes", "There are two.")
    (trace,) = chart.data["data"]
    assert trace["y"] == [0, 1]
    assert chart.data["layout"]["yaxis"]["ticktext"] == ["same", "same"]


def test_bars_of_nothing_are_refused_in_one_line() -> None:
    """The caller reads which argument was empty, and gets no empty picture."""
    with pytest.raises(BadInput, match="rows: found no rows"):
        charts.bars([], "None", "codes", "There are none.")


def test_a_name_of_a_file_is_safe_and_never_empty() -> None:
    """A title leads to no other folder, and one without Latin letters has a name too."""

    def file(title: str) -> str:
        return charts.bars([("a", 1)], title, "codes", "One.").file

    assert file("../../etc: 5 %") == "etc-5"
    assert file("\N{HEBREW LETTER ALEF}") == "chart"


# Notebooks.


@pytest.mark.slow
@pytest.mark.thorough
def test_a_notebook_with_charts_passes_strict_comparison(tmp_path: Path) -> None:
    """Run by a second kernel, charts and digests are to the letter what was stored."""
    cells = [
        "import simkit\nfrom simkit.ui.charts import charts",
        "result = simkit.compare('E4', replications=2)",
        "charts.verdicts(result)",
        "print(charts.verdicts(result).digest)",
        "charts.costs(result)",
        "charts.bars([('<b>$a$</b>', 3)], 'Three', 'codes', 'There are three.')",
    ]
    notebook = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells)))
    NotebookClient(notebook, kernel_name="python3").execute()
    assert all("text/html" in notebook.cells[i].outputs[0].data for i in (2, 4, 5))
    file = tmp_path / "charts.ipynb"
    nbformat.write(notebook, file)
    command = [sys.executable, "-m", "pytest", "--nbval", "-q", "-p", "no:cacheprovider", str(file)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert f"{len(cells)} passed" in done.stdout


@pytest.mark.slow
def test_the_charts_of_a_real_comparison_agree_with_it() -> None:
    """Verdicts, promises and means that E4 really has reach the picture unchanged."""
    result = simkit.compare("E4", "E4b", "E4a+E4b", replications=2)
    chart = charts.verdicts(result)
    assert [row[4] for row in chart.rows[1:]] == [fix.verdict for fix in result.fixes]
    assert [row[3] for row in chart.rows[1:]] == ["cured", "nothing"]
    (points,) = chart.data["data"]
    means = [result.estimate.mean, *(fix.estimate.mean for fix in result.fixes)]
    assert [x * MINUTE for x in points["x"]] == pytest.approx(means)
    without = replace(result, fixes=[])
    assert charts.verdicts(without).title.startswith("E4 shows: ")

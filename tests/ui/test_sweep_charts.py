"""Charts of sweeps: their numbers by hand, their words, and names that stay text."""

from __future__ import annotations

import re
from math import log10, pi, tan
from typing import Any

import pytest
from sweeps import around, by_hand
from test_charts import HOSTILE, contrast_on_white, leaves

import simkit
from simkit.base.errors import BadInput
from simkit.rules.settings import Settings
from simkit.rules.wire import Wire
from simkit.studio.results import Results
from simkit.ui.charts.figure import Chart
from simkit.ui.charts.sweep_charts import differences, frontier, herd, theory, tornado

AGE = "information_age_ms"
INTERVALS = [10_000, 60_000]
CACHES: dict[str, Any] = {"none": {}, "kept": {"widget.dataset_life_polls": 60}}
T1 = 1 / tan(pi * 0.025)
"""Student's 95 % quantile for one degree of freedom, a Cauchy distribution: 12.7."""


def form(settings: Settings, interval: int) -> float:
    """The age of the list shown by closed form: half an interval and the way of the reply."""
    return interval / 2 + Wire(settings.wire).mean


def ages(settings: Settings, apart: list[float], **more: Any) -> Results:
    """Ages that lie so many standard errors of 50 ms above the closed form."""
    levels = INTERVALS if len(apart) == 2 else [*INTERVALS, 90_000][: len(apart)]
    expected = [form(settings, level) for level in levels]
    return by_hand(
        settings,
        {"refresh_interval_ms": levels},
        [AGE],
        lambda _, i: around(expected[i] + 50 * apart[i], 50),
        **more,
    )


# Simulation beside closed form.


def test_distances_are_in_standard_errors_and_in_percent(healthy: Settings) -> None:
    """Three errors of 50 ms above some 30,000 ms are half a percent."""
    chart = theory(ages(healthy, [1.0, 3.0]), AGE, "refresh_interval_ms")
    share = 100 * 150 / form(healthy, 60_000)
    assert [row[-2] for row in chart.rows] == ["+1.0", "+3.0"]
    assert chart.rows[1][-1] == f"{share:.3g} %"
    first = 100 * 50 / form(healthy, 10_000)
    assert chart.title == (
        "Age of the list shown: closed form within 2 standard errors at 1 of 2 points, "
        f"at most {max(first, share):.3g} % away"
    )


def test_luck_is_judged_over_all_points_together(healthy: Settings) -> None:
    """Two points share 5 %, so that each has 2.5 %: for one degree of freedom, cot of π 0.0125."""
    allowed = 1 / tan(pi * 0.0125)
    chart = theory(ages(healthy, [1.0, -1.01 * allowed]), AGE, "refresh_interval_ms")
    assert f"none further than {allowed:.3g} in 95 of 100" in chart.sentence
    assert "Beyond that: 1." in chart.sentence
    assert f"Largest distance: {1.01 * allowed:.3g} (refresh interval 1 min)" in chart.sentence
    within = theory(ages(healthy, [1.0, -0.99 * allowed]), AGE, "refresh_interval_ms")
    assert "Beyond that: none." in within.sentence


def test_points_and_intervals_stand_where_they_are(healthy: Settings) -> None:
    """Values come in s from the closed form, widths from Student's 12.7 times 50 ms."""
    chart = theory(ages(healthy, [0.0, 0.0]), AGE, "widget.refresh_interval_ms")
    points = chart.data["data"][0]
    assert points["x"] == INTERVALS
    assert points["y"] == pytest.approx([form(healthy, x) / 1000 for x in INTERVALS])  # in s
    for side in ("array", "arrayminus"):
        assert points["error_y"][side] == pytest.approx([T1 * 50 / 1000] * 2)


def test_the_closed_form_is_drawn_between_the_points_too(healthy: Settings) -> None:
    """Where nobody simulated the line is the form itself, and not a guess from two ends."""
    line = theory(ages(healthy, [0.0, 0.0]), AGE, "refresh_interval_ms").data["data"][1]
    assert line["x"] == [10_000, 20_000, 30_000, 40_000, 50_000, 60_000]
    assert line["y"] == pytest.approx([form(healthy, x) / 1000 for x in line["x"]])


def test_between_points_a_setting_that_is_refused_is_left_out(healthy: Settings) -> None:
    """How many agents there are is no field, so that the line has the points alone."""
    results = by_hand(
        healthy, {"organisation.agents": [20, 60]}, ["polls_per_s"], lambda *_: around(1, 0.1)
    )
    chart = theory(results, "polls_per_s", "agents")
    assert chart.data["data"][1]["x"] == [20, 60]


@pytest.mark.parametrize(("top", "kind"), [(50_000, "linear"), (51_000, "log")])
def test_an_axis_is_logarithmic_beyond_a_factor_of_five(
    healthy: Settings, top: int, kind: str
) -> None:
    """At five times the shortest it is still even, and at 5.1 times it no longer is."""
    results = by_hand(
        healthy, {"refresh_interval_ms": [10_000, top]}, [AGE], lambda *_: around(9_000, 1)
    )
    axis = theory(results, AGE, "refresh_interval_ms").data["layout"]["xaxis"]
    assert axis["type"] == kind
    place = [log10(v) if kind == "log" else v for v in axis["tickvals"]]
    assert axis["range"][0] < min(place) < max(place) < axis["range"][1]
    assert axis["ticktext"] == ["10 s", f"{top // 1000} s"]


def test_series_are_the_levels_of_a_second_factor(healthy: Settings) -> None:
    """Rows name both levels, and without colour symbols and dashes tell them apart."""
    results = two_factors(healthy)
    chart = theory(results, "stale_share", "refresh_interval_ms", by="cache")
    assert chart.head[:2] == ("refresh interval", "cache")
    assert [row[:2] for row in chart.rows] == [
        *(("10 s", "none"), ("1 min", "none")),
        *(("10 s", "kept"), ("1 min", "kept")),
    ]
    symbols = {trace["marker"]["symbol"] for trace in chart.data["data"] if "marker" in trace}
    dashes = {
        trace["line"]["dash"] for trace in chart.data["data"] if "dash" in trace.get("line", {})
    }
    assert (len(symbols), len(dashes)) == (2, 2)


def test_what_the_closed_form_leaves_out_is_said_of_the_series_it_concerns(
    healthy: Settings,
) -> None:
    """Readers learn why only the hidden tabs part from the line, in the digest as well."""
    results = by_hand(
        healthy,
        {"refresh_interval_ms": INTERVALS, "tabs": {"seen": {}, "hidden": {"hidden_per_shift": 2}}},
        ["stale_share"],
        lambda *_: around(0.01, 0.001),
    )
    chart = theory(results, "stale_share", "refresh_interval_ms", by="tabs")
    (note,) = [n for n in chart.notes if "hidden" in n]
    assert note == (
        "Simulation and closed form part because polls pause while a tab is hidden: tabs hidden."
    )
    assert note in chart.sentence
    assert note in chart.digest


def test_runs_that_do_not_differ_meet_the_closed_form_or_miss_it(healthy: Settings) -> None:
    """Nothing is divided by a spread of 0: equal is met, and 1 ms off is not."""
    exact = ages(healthy, [0.0, 0.0])
    same = by_hand(
        healthy,
        {"refresh_interval_ms": INTERVALS},
        [AGE],
        lambda _, i: [form(healthy, INTERVALS[i]) + (1 if i else 0)] * 2,
    )
    chart = theory(same, AGE, "refresh_interval_ms")
    assert [row[-2] for row in chart.rows] == ["met exactly", "runs do not differ"]
    assert "at 1 of 2 points" in chart.title
    assert "at 2 of 2 points" in theory(exact, AGE, "refresh_interval_ms").title


def test_an_interval_that_falls_short_is_named_beside_it(healthy: Settings) -> None:
    """Choices of a deactivated code are rare, so that their intervals are too narrow."""
    results = by_hand(
        healthy,
        {"refresh_interval_ms": INTERVALS},
        ["wrong_selections"],
        lambda *_: around(1, 0.1),
    )
    chart = theory(results, "wrong_selections", "refresh_interval_ms")
    assert chart.title.endswith("no closed form is known for these settings")
    assert "95 % intervals of" in chart.notes[-1]
    assert chart.notes[-1] in chart.sentence


# Which points are drawn.


def two_factors(settings: Settings, **more: Any) -> Results:
    return by_hand(
        settings,
        {"refresh_interval_ms": INTERVALS, "cache": CACHES},
        ["stale_share", "requests_per_s", "bytes_per_s"],
        lambda metric, i: around(
            {"stale_share": 0.01, "requests_per_s": 2.0}.get(metric, 900) * (i + 1), 1e-3
        ),
        **more,
    )


def test_further_factors_have_to_be_fixed(healthy: Settings) -> None:
    """A level chosen in silence would mislead; the refusal names those that there are."""
    results = two_factors(healthy)
    for draw in (theory, lambda r, m, x, **k: frontier(r, stale=m, x=x, **k)):
        with pytest.raises(BadInput) as caught:
            draw(results, "stale_share", "refresh_interval_ms")
        assert str(caught.value) == "at: cache has 2 levels; fix one of them; allowed: none, kept"
        chart = draw(results, "stale_share", "refresh_interval_ms", at={"cache": "kept"})
        assert len(chart.rows) == 2
        assert "All at cache kept." in chart.sentence


@pytest.mark.parametrize(
    ("drawing", "problem"),
    [
        (lambda r: theory(r, "stale_share", "interval"), "unknown factor 'interval'"),
        (lambda r: theory(r, "stale_share", "cache"), "x: cache is not a number at every point"),
        (lambda r: theory(r, AGE, "refresh_interval_ms", "cache"), "metric .* was not measured"),
        (
            lambda r: theory(r, "stale_share", "refresh_interval_ms", at={"cache": "gone"}),
            "at: no such point has 2 values of stale_share",
        ),
        (lambda r: tornado(r, "stale_share", at=4), "at: found 4; allowed: 0 to 3"),
        (lambda r: differences(r, "stale_share", "cache", "gone"), "reference: found gone"),
        (lambda r: frontier(r, x="cache", by="refresh_interval_ms"), "x: cache is not a number"),
        (lambda r: herd({}), "runs: found no runs"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_one_line(
    healthy: Settings, drawing: Any, problem: str
) -> None:
    """The line begins with what was unknown or unsuited, and no half a chart is given."""
    with pytest.raises(BadInput, match=f"^{problem}") as caught:
        drawing(two_factors(healthy))
    assert "\n" not in str(caught.value)


def test_points_that_were_not_run_are_left_out(healthy: Settings) -> None:
    """A point of one run has no interval, so that it is not drawn as if it had."""
    results = by_hand(
        healthy,
        {"refresh_interval_ms": [10_000, 20_000, 30_000]},
        ["stale_share"],
        lambda _, i: around(0.01, 0.001) if i != 1 else [0.01],
    )
    chart = theory(results, "stale_share", "refresh_interval_ms")
    assert [row[0] for row in chart.rows] == ["10 s", "30 s"]


# Staleness against load.


def choices(settings: Settings, points: list[tuple[float, float]], **changes: Any) -> Results:
    """Points at 10 s, 20 s … with (requests per s, share of time out of date)."""
    return by_hand(
        settings.replace(**changes) if changes else settings,
        {"refresh_interval_ms": [10_000 * (i + 1) for i in range(len(points))]},
        ["requests_per_s", "stale_share"],
        lambda metric, i: around(points[i][metric == "stale_share"], 1e-4),
    )


def test_a_point_is_ringed_when_no_other_beats_it_in_both(healthy: Settings) -> None:
    """The third has more load than the second and is no fresher; the fourth ties with it."""
    chart = frontier(choices(healthy, [(4, 0.1), (2, 0.2), (3, 0.2), (1, 0.4)]))
    assert [row[-1] for row in chart.rows] == ["by none", "by none", "yes", "by none"]
    (rings,) = [t for t in chart.data["data"] if t["name"] == "beaten by none in both"]
    assert rings["x"] == pytest.approx([4, 2, 1])
    assert rings["y"] == pytest.approx([10, 20, 40])  # in %
    assert chart.title == (
        "Time the list is out of date: from 40 % at 1 per s to 10 % at 4 per s; "
        "3 of 4 points are beaten by none in both"
    )


def test_equal_points_do_not_beat_each_other(healthy: Settings) -> None:
    """A tie costs no policy its place: both are beaten by none."""
    chart = frontier(choices(healthy, [(2, 0.1), (2, 0.1)]))
    assert [row[-1] for row in chart.rows] == ["by none", "by none"]


def test_points_carry_their_interval_where_there_is_room(healthy: Settings) -> None:
    """A label that would cover another is left out, and pointing still says it."""
    path = frontier(choices(healthy, [(4, 0.1), (1, 0.4), (1.001, 0.4)])).data["data"][0]
    assert [text.strip("\N{NO-BREAK SPACE}") for text in path["text"]] == ["10 s", "20 s", ""]
    assert [said.split(": ")[0] for said in path["hovertext"]] == [
        *("simulated, 10 s", "simulated, 20 s", "simulated, 30 s")
    ]


def test_a_shared_token_is_used_up_at_its_limit(healthy: Settings) -> None:
    """120 calls a minute are 2 a second, whoever makes them."""
    shared = {"rate_limit_per_min": 120, "token_topology": "shared"}
    chart = frontier(choices(healthy, [(4, 0.1), (1, 0.4)], **shared))
    (line,) = [t for t in chart.data["data"] if "rate limit" in t["name"]]
    assert line["x"] == [2.0, 2.0]
    assert line["name"] == "rate limit: 120 a minute for the one token of all"


def test_own_tokens_carry_as_many_limits_as_agents_are_at_work(healthy: Settings) -> None:
    """30 agents, each at work for its shift out of the time to the end of the last one."""
    org = healthy.organisation
    hours = {s.name: _hours(s.end) - _hours(s.start) for s in org.shifts}
    worked = sum(hours[agent.shift] for agent in org.agents)
    first = min(_hours(s.start) for s in org.shifts)
    last = max(_hours(s.end) for s in org.shifts)
    n = sum(_hours(s.end) == last for a in org.agents for s in org.shifts if s.name == a.shift)
    spread = healthy.workload.start_spread_ms / 3_600_000 * n / (n + 1)
    at_work = worked / (last + spread - first)
    near = frontier(choices(healthy, [(4, 0.1), (1, 0.4)], rate_limit_per_min=6))
    (line,) = [t for t in near.data["data"] if "rate limit" in t["name"]]
    assert line["x"][0] == pytest.approx(at_work * 6 / 60, rel=5e-3)  # three digits
    far = frontier(choices(healthy, [(4, 0.1), (1, 0.4)], rate_limit_per_min=600))
    assert not [t for t in far.data["data"] if "rate limit" in t["name"]]
    assert f"which is {at_work * 10 / 4:,.0f} times the largest load" in far.sentence


def _hours(wall: str) -> float:
    hours, minutes = map(int, wall.split(":")[:2])
    return hours + minutes / 60


def test_a_profile_without_a_limit_says_so(healthy: Settings) -> None:
    """Nobody takes the missing line for a limit that lies far away."""
    assert "states no rate limit" in frontier(choices(healthy, [(4, 0.1), (1, 0.4)])).sentence


def test_bytes_have_no_rate_limit(healthy: Settings) -> None:
    """A limit counts requests, so that it has no place on an axis of bytes."""
    chart = frontier(two_factors(healthy.replace(rate_limit_per_min=1)), "bytes_per_s", by="cache")
    assert "rate limit" not in chart.sentence
    assert chart.data["layout"]["xaxis"]["title"]["text"] == "Reply bodies on the wire (B/s)"


# Differences.


def grid(settings: Settings) -> Results:
    """Four points; both replications of a point differ from those of the first by hand."""
    values = [(1.0, 3.0), (2.0, 5.0), (1.5, 2.5), (9.0, 10.0)]
    return by_hand(
        settings,
        {"refresh_interval_ms": INTERVALS, "cache": CACHES},
        ["requests_per_s"],
        lambda _, i: values[i],
    )


def test_bars_are_paired_differences_from_one_point_the_largest_first(healthy: Settings) -> None:
    """(2-1, 5-3) has the mean 1.5, (1.5-1, 2.5-3) has 0; the fourth moves two factors."""
    chart = tornado(grid(healthy), "requests_per_s")
    (bars,) = chart.data["data"]
    assert bars["x"] == pytest.approx([1.5, 0.0])
    # Deviations of ±0.5 from both means make a standard error of 0.5.
    assert bars["error_x"]["array"] == pytest.approx([T1 * 0.5, T1 * 0.5])
    assert [row[0] for row in chart.rows] == [
        *("cache: none → kept", "refresh interval: 10 s → 1 min")
    ]
    assert [row[2] for row in chart.rows] == ["1.00", "1.00"]
    assert chart.title == "Largest change in requests on the wire: +1.5 per s, cache: none → kept"
    assert "from refresh interval 10 s, cache none" in chart.sentence


def test_bars_start_from_the_point_that_is_named(healthy: Settings) -> None:
    """From the last point: to the second (2-9, 5-10), to the third (1.5-9, 2.5-10)."""
    chart = tornado(grid(healthy), "requests_per_s", at=3)
    assert chart.data["data"][0]["x"] == pytest.approx([-7.5, -6.0])
    assert [row[1].split()[0] for row in chart.rows] == ["−7.5", "−6"]


def test_levels_are_compared_at_the_same_other_levels(healthy: Settings) -> None:
    """Kept minus none: (1, 2) at 10 s, and (7.5, 7.5) at 1 min."""
    chart = differences(grid(healthy), "requests_per_s", "cache")
    (marks,) = chart.data["data"]
    assert marks["x"] == pytest.approx([1.5, 7.5])
    assert marks["error_x"]["array"] == pytest.approx([T1 * 0.5, 0])
    assert [row[0] for row in chart.rows] == ["refresh interval 10 s", "refresh interval 1 min"]
    assert chart.rows[1][2] == "+7.5 per s (always)"
    assert chart.title == (
        "Requests on the wire, against cache none: clearly more at 1 of 2 points with kept"
    )
    other = differences(grid(healthy), "requests_per_s", "cache", reference="kept")
    assert other.data["data"][0]["x"] == pytest.approx([-1.5, -7.5])
    assert "clearly less at 1 of 2 points with none" in other.title


def test_differences_of_shares_are_percentage_points(healthy: Settings) -> None:
    """From 2 % to 5 % is 3 percentage points; 3 % would be read as a share of the 2 %."""
    results = by_hand(
        healthy,
        {"refresh_interval_ms": INTERVALS},
        ["stale_share"],
        lambda _, i: around(0.02 + 0.03 * i, 0),
    )
    chart = differences(results, "stale_share", "refresh_interval_ms")
    assert chart.rows == (("all points", "1 min", "+3 percentage points (always)", "none"),)
    assert chart.data["data"][0]["x"] == pytest.approx([3.0])
    assert chart.data["layout"]["xaxis"]["title"]["text"].endswith("(percentage points)")


# Herds.


def test_all_who_start_together_ask_in_the_same_second(healthy: Settings) -> None:
    """The first shift logs in at once, and polls in step every 30 s from then on."""
    at_once = healthy.replace(start_spread_ms=0)
    org = at_once.organisation
    first = min(org.shifts, key=lambda s: _hours(s.start))
    together = sum(
        a.shift in {s.name for s in org.shifts if s.start == first.start} for a in org.agents
    )
    runs = {"at once": simkit.run(at_once, seed=1)}
    runs["jitter"] = simkit.run(at_once.replace(start_jitter_ms=30_000), seed=1)
    chart = herd(runs, seconds=60)
    herded, spread = chart.data["data"]
    assert herded["y"][0] == herded["y"][30] == together
    assert herded["y"][1:30] == [None] * 29
    assert sum(n or 0 for n in spread["y"][:31]) >= together
    peaks = [run.metrics["peak_requests_per_s"].value for run in runs.values()]
    assert chart.title == (
        f"Requests in the busiest second: at once {peaks[0]:.0f}; jitter {peaks[1]:.0f}"
    )
    assert [row[1] for row in chart.rows] == [str(len(org.agents))] * 2


# Every chart.


def hostile_charts(settings: Settings) -> list[Chart]:
    """One of each kind, of factors and levels that nobody should name so."""
    levels = {HOSTILE: {}, "x" * 300: {"hidden_per_shift": 1}, "": {"hidden_per_shift": 2}}
    results = by_hand(
        settings.with_top(name=HOSTILE),
        {"refresh_interval_ms": INTERVALS, HOSTILE: levels},
        ["stale_share", "requests_per_s"],
        lambda metric, i: around(0.1 * (i + 1), 0.01),
    )
    run = simkit.run(settings.replace(refresh_interval_ms=300_000), seed=1)
    return [
        theory(results, "stale_share", "refresh_interval_ms", HOSTILE),
        frontier(results, by=HOSTILE),
        tornado(results, "stale_share"),
        differences(results, "stale_share", HOSTILE),
        herd({HOSTILE: run, "y" * 300: run}, seconds=20),
    ]


@pytest.fixture(scope="module")
def charts() -> list[Chart]:
    return hostile_charts(
        simkit.load(simkit.base.resources.directory("data") / "scenarios" / "healthy.yaml")
    )


@pytest.mark.parametrize("kind", range(5))
def test_a_chart_of_hostile_names_is_sound(charts: list[Chart], kind: int) -> None:
    """Names of markup, of 300 letters and of none spoil neither figure nor table nor file.

    What is drawn stands out from white as WCAG asks of graphics: by 3 to 1.
    """
    chart = charts[kind]
    assert len(chart.figure.data) == len(chart.data["data"]), "plotly knows every property"
    for path, value in leaves(chart.data):
        if isinstance(value, str):
            assert not re.search(r"<(?!/?b>|br>)", value), (path, value)
            assert "$" not in value, (path, value)
        if re.search(r"font\.size$", path):
            assert value >= 12
    drawn = {"data": chart.data["data"]}
    colors = [color for path, color in leaves(drawn) if path.endswith("color")]
    assert colors
    assert all(contrast_on_white(color) >= 3 for color in colors), colors
    assert "<script" not in chart.html
    assert all(len(row) == len(chart.head) and row[0] for row in chart.rows)
    assert all(cell in chart.digest for row in chart.rows for cell in row)
    assert re.fullmatch(r"[a-z0-9-]+", chart.file)
    layout = chart.data["layout"]
    assert layout["xaxis"]["title"]["text"]
    assert layout["yaxis"].get("title") or all(layout["yaxis"]["ticktext"])


def test_long_names_stand_below_each_other_in_the_legend(charts: list[Chart]) -> None:
    """A line of the figure holds about 900 px; three names of 60 letters need more."""
    legend = charts[0].data["layout"]["legend"]
    assert legend["entrywidth"] >= 900
    assert legend["title"]["side"] == "top"


def test_names_that_look_alike_when_shortened_stay_two_series(healthy: Settings) -> None:
    """Series go by their whole name, and not by what is left of it on the screen."""
    levels = {"x" * 100 + "a": {}, "x" * 100 + "b": {"hidden_per_shift": 1}}
    results = by_hand(
        healthy,
        {"refresh_interval_ms": INTERVALS, "names": levels},
        ["stale_share"],
        lambda *_: around(0.1, 0.01),
    )
    chart = theory(results, "stale_share", "refresh_interval_ms", "names")
    assert sum("marker" in trace for trace in chart.data["data"]) == 2
    assert len(differences(results, "stale_share", "names").rows) == 2

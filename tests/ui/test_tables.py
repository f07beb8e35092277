"""The screens of ``simkit traps`` and ``simkit run``: what comes first, and that it fits."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from io import StringIO
from itertools import chain, takewhile
from pathlib import Path
from typing import Any

import pytest
from commands import Answer
from known_traps import of_the_guide
from rich.console import Console

from simkit.base import resources
from simkit.base.formatting import METHOD, interval, number, signed
from simkit.base.statistics import Estimate
from simkit.engines.running import run as simulated
from simkit.rules.settings import Settings
from simkit.runs.metrics.registered import METRICS
from simkit.study.catalogue import entry_of, traps
from simkit.study.comparison import FixResult, Study, TrapResult, compare_traps
from simkit.ui.cli import run_tables
from simkit.ui.cli.run_tables import GROUPS, HEADLINES, OTHERS, print_run
from simkit.ui.cli.trap_details import change
from simkit.ui.cli.trap_tables import listed, print_study

pytestmark = pytest.mark.slow  # all traps are measured for it

SCENARIOS = resources.directory("data") / "scenarios"
EVERYTHING = {"details": True, "costs": True, "matrix": True}
WIDTHS = [100, 80, 60]


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal as wide as a test may want, whatever the one that it was started in."""
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture(scope="module")
def measured() -> Study:
    """The guide's traps, twice each: wide intervals, and some traps do not show."""
    return compare_traps([trap.id for trap in of_the_guide()], replications=2, jobs=2)


def screen(found: Study, width: int = 100, **shown: bool) -> list[str]:
    console = Console(file=StringIO(), width=width)
    print_study(found, console, **shown)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue().splitlines()


def fixes(found: Study) -> list[tuple[TrapResult, FixResult]]:
    return [(one, fix) for one in found.traps for fix in (*one.fixes, *one.remedies)]


def line_of(lines: list[str], change_id: str) -> str:
    [line] = [line for line in lines if re.match(rf" *{change_id} ", line)]
    return line


# What comes first.


@pytest.mark.thorough
def test_the_first_two_lines_say_how_many_traps_and_promises_hold(measured: Study) -> None:
    """Counted here anew, and those that do not hold are named."""
    first, *rest = screen(measured)
    second, _, about = " ".join(rest).partition(" Profile ")
    missing = [one.trap.id for one in measured.traps if not one.reproduced]
    assert "T2" in missing, "two days have few transfers"
    assert first == f"Traps reproduced: {7 - len(missing)} of 7. Not: {listed(missing)}."
    verdicts = {fix.change.id: fix.verdict for one in measured.traps for fix in one.fixes}
    kept = [fix_id for fix_id, verdict in verdicts.items() if verdict == "cured"]
    assert second.startswith(f"Promises of the guide that hold: {len(kept)} of {len(verdicts)}.")
    named = re.findall(r"\b[TE]\d[a-d]\b", second)
    assert sorted(named) == sorted(verdicts.keys() - set(kept))
    assert re.search(r"Only reduced: .*E4a", second)
    assert re.search(r"Not to be judged: T2a", second)
    assert about.startswith("guide, 2 replications from seed 1;")


def test_ids_are_listed_as_people_do() -> None:
    """Headlines are sentences: one id stands alone, and before the last of three is an and."""
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"


# A line an entry.


@pytest.mark.slow
@pytest.mark.thorough
def test_every_fix_has_one_line_with_all_there_is_to_know(measured: Study) -> None:
    """Its id, its whole title, the symptom with it, the change, the promise and the verdict."""
    lines = screen(measured)
    for one, fix in fixes(measured):
        line = line_of(lines, fix.change.id)
        unit = METRICS[one.trap.metric].unit
        left = number(fix.estimate.mean, unit).removesuffix(f" {unit}" if "per" in unit else "")
        promise = fix.change.promise or ""
        assert line.split() == [
            *(fix.change.id, *fix.change.title.split(), *left.split()),
            *(*change(one, fix).split(), *promise.split(), fix.verdict),
        ]


def test_every_trap_has_one_line_with_its_interval_beside_the_healthy_deployment(
    measured: Study,
) -> None:
    """The line below says in words what the numbers are."""
    lines = screen(measured)
    for one in measured.traps:
        metric = METRICS[one.trap.metric]
        line = line_of(lines, one.trap.id)
        assert line.startswith(f"{one.trap.id}  {one.trap.title}  ")
        lead = "" if one.reproduced else "not shown: "
        assert line.endswith(f"  {lead}{interval(one.estimate, metric.unit)}, healthy 0")
        assert lines[lines.index(line) + 1].strip() == metric.title


def test_a_change_is_told_in_percent_of_the_trap(measured: Study) -> None:
    """By hand from the means; none where all runs agree."""
    for one, fix in fixes(measured):
        said = change(one, fix)
        if fix.identical:
            assert said == "none"
        else:
            share = 100 * (fix.estimate.mean / one.estimate.mean - 1)
            assert float(said.removesuffix(" %").replace(",", "")) == pytest.approx(share, abs=0.06)


# It fits.


@pytest.mark.slow
@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_wider_than_the_terminal(measured: Study, width: int) -> None:
    """Below 80 columns that holds of what is shown unasked."""
    lines = screen(measured, width, **(EVERYTHING if width >= 80 else {}))
    assert [line for line in lines if len(line) > width] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_titles_give_way_and_numbers_never(measured: Study, width: int) -> None:
    """Whatever the width, each line of a fix ends in the same numbers and words."""
    lines, full = screen(measured, width), screen(measured)
    for _, fix in fixes(measured):
        line, whole = line_of(lines, fix.change.id), line_of(full, fix.change.id)
        _, title, rest = re.split(r" {2,}", line.strip(), maxsplit=2)
        assert whole.endswith(rest)
        assert fix.change.title.startswith(title.removesuffix("…"))
        assert ("…" in title) == (title != fix.change.title)
    intervals = [interval(one.estimate, METRICS[one.trap.metric].unit) for one in measured.traps]
    assert all(any(found in line for line in lines) for found in intervals)


def test_at_100_columns_every_title_is_whole(measured: Study) -> None:
    """A terminal of that width needs no ellipsis, whatever is asked for."""
    assert not any("…" in line for line in screen(measured, **EVERYTHING))


def test_a_narrow_terminal_is_asked_for_its_width(
    measured: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A console of 100 columns in a terminal of 70."""
    monkeypatch.setenv("COLUMNS", "70")
    assert max(map(len, screen(measured))) <= 70


def test_the_screen_of_all_traps_fits_a_window_of_50_lines(measured: Study) -> None:
    """Seven traps and all their fixes are seen without scrolling."""
    assert len(screen(measured)) <= 50


@pytest.mark.parametrize("environment", [{}, {"NO_COLOR": "1"}])
def test_a_pipe_and_no_color_get_no_colour(
    measured: Study, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No escape at all in a pipe; in a terminal without colours none that sets one."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    out = StringIO()
    print_study(measured, Console(file=out, width=100, force_terminal=bool(environment)))
    codes = set(re.findall(r"\x1b\[([\d;]*)m", out.getvalue()))
    assert codes <= ({"0", "1", "2"} if environment else set())


def test_colours_are_there_where_a_terminal_has_them(
    measured: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Verdicts are found at a glance: cured is green, and reduced is yellow."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = StringIO()
    print_study(
        measured, Console(file=out, width=100, force_terminal=True, color_system="standard")
    )
    assert re.search(r"\x1b\[32mcured", out.getvalue())
    assert re.search(r"\x1b\[33mreduced", out.getvalue())


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_the_words_of_the_tables_are_ascii(measured: Study, encoding: str) -> None:
    """What no old terminal can show is the mark of a cut title and one title's sign, no more."""
    text = "\n".join(screen(measured, 80, **EVERYTHING))
    lost = {letter for letter in text if letter.encode(encoding, "ignore") == b""}
    assert lost <= {"…", "≠"}


# On request.


def test_costs_matrices_and_details_are_shown_on_request_only(measured: Study) -> None:
    """The screen names the options for what it leaves out, and not for what it shows."""
    plain = "\n".join(screen(measured))
    for shown, word in {"costs": "What fixes cost or save", "matrix": "E2: the ingr"}.items():
        assert word not in plain
        assert f"--{shown}" in plain
        asked = "\n".join(screen(measured, **{shown: True}))
        assert word in asked
        assert f"--{shown}" not in asked
    assert "paired difference:" not in plain
    assert "More:" not in "\n".join(screen(measured, **EVERYTHING))


def test_costs_have_a_line_each_with_both_values(measured: Study) -> None:
    """The price is read as what it is in the trap and what it becomes with the fix.

    No cost is without a line, and no line without a cost.
    """
    lines = screen(measured, costs=True)
    lines = lines[next(i for i, line in enumerate(lines) if line.startswith("What fixes cost")) :]
    told = list(takewhile(bool, lines[1:]))  # an empty line ends them
    expected = [cost for _, fix in fixes(measured) for cost in fix.costs]
    assert len(expected) > 40
    for line, cost in zip(told, expected, strict=True):
        unit = METRICS[cost.metric].unit
        assert METRICS[cost.metric].title in line
        values = [number(value, unit) for value in (cost.trap, cost.fix)]
        if unit.startswith("per "):
            values = [value.removesuffix(f" {unit}") for value in values]
        assert re.search(rf" {re.escape(values[0])} +{re.escape(values[1])}$", line)


def test_the_matrices_have_a_line_for_each_mechanism_and_each_combination(
    measured: Study,
) -> None:
    """Verdicts, hollow marks and means are those measured; all 16 combinations are told."""
    lines = screen(measured, matrix=True)
    assert measured.matrix
    for i, mechanism in enumerate(measured.matrix.mechanisms):
        words, means = (line for line in lines if line.startswith(f"{mechanism.id} "))
        assert mechanism.title in words
        verdicts = re.findall(r"cured|reduced|unchanged|worse|n/a", words)
        assert verdicts == measured.matrix.verdicts[i]
        assert words.count("*") == sum(measured.matrix.hollow[i])
        assert interval(measured.matrix.rows[i], "ms") in means
    marks = [line for line in lines if re.match(r"((yes|-) +){4}\S", line)]
    assert len(marks) == 16
    assert [line.split()[-1] for line in marks] == [c.verdict for c in measured.combinations]


def test_details_say_the_fault_and_what_each_fix_sets(measured: Study) -> None:
    """Old and new value of each field are there with units, so that a fix can be copied."""
    text = "\n".join(screen(measured, details=True))
    joined = re.sub(r"\s+", " ", text)
    for one in measured.traps:
        assert one.trap.entry.fault in joined
        unit = METRICS[one.trap.metric].unit
        for fix in (*one.fixes, *one.remedies):
            assert interval(fix.estimate, unit) in text
    assert "widget.refresh_interval_ms: 15 s (was 30 s)" in text
    assert "widget.dataset_life_polls: 60 (was 1)" in text
    assert text.count("(was ") >= sum(len(fix.diff) for _, fix in fixes(measured))


def test_the_matrix_claims_no_more_than_its_intervals_show(measured: Study) -> None:
    """A row is n/a whose interval reaches down to plain polling, wherever its mean lies."""
    said = " ".join("\n".join(screen(measured, matrix=True)).split())
    assert "n/a: the mechanism alone is not surely above plain polling (vi)" in said


def test_differences_have_one_unit_one_rounding_and_their_sign() -> None:
    """Nothing is flattened to 0 beside an end that is not; by hand."""
    small = Estimate(2.29e-6, -5.6e-7, 5.14e-6)
    assert signed(small, "share") == "+0.000229 % points (-0.000056 to +0.000514)"
    assert signed(Estimate(-1e-5, -20.3, 20.3), "1/s") == "0 per s (-20.3 to +20.3)"
    narrow = Estimate(-35_466.0, -35_480.0, -35_453.0)
    assert signed(narrow, "ms") == "-35.466 s (-35.480 to -35.453)"
    assert signed(Estimate(10.0, -400_000.0, 400_020.0), "ms").endswith("min (-6.67 to +6.67)")
    assert signed(Estimate(0.0, 0.0, 0.0), "ms") == "0 ms"
    assert signed(Estimate(-0.25, -0.25, -0.25), "share") == "-25 % points (always)"
    assert signed(Estimate(-1e-17, -1e-17, 1e-17), "share") == "0 % points"
    assert signed(Estimate(-480.0, -480.00001, -479.99999), "min") == "-480 min (always)"


def test_how_intervals_are_made_is_said_below_the_table(measured: Study) -> None:
    """Whoever reads (a to b) finds on the same screen what it stands for."""
    assert f"(a to b): {METHOD}." in screen(measured)


def test_no_interval_on_the_screen_begins_below_0(measured: Study) -> None:
    """But for differences, which may."""
    lines = [line for line in screen(measured, **EVERYTHING) if "difference" not in line]
    ends = re.findall(r"\((-?[\d.,]+) to", "\n".join(lines))
    assert len(ends) > 20
    assert [end for end in ends if end.startswith("-")] == []


def test_the_command_shows_details_of_the_traps_that_are_named(
    simkit: Callable[..., Answer],
) -> None:
    """To name a trap is to ask for its details; costs still need --all."""
    answer = simkit("traps", "t3", "--replications", 2, "--jobs", 1)
    assert answer.out.startswith("Traps reproduced: 1 of 1.\n")
    assert "(was telephony:status:read" in answer.out
    assert "What fixes cost" not in answer.out
    every = simkit("traps", "T3", "--replications", 2, "--jobs", 1, "--all")
    assert "What fixes cost" in every.out
    assert "No matrix here" in every.out


# JSON: what scripts rely on.

KEYS: dict[str, set[str]] = {
    "": {"profile", "seed", "replications", "ok", "traps", "combinations", "matrix"},
    "traps": {
        *("id", "title", "metric", "unit", "reproduced", "base", "trap", "fixes", "remedies"),
        *("readings", "secondary"),
    },
    "fixes": {
        *("id", "title", "diff", "fix", "difference", "promise", "verdict", "identical", "costs"),
    },
    "trap": {"mean", "ci95"},
    "difference": {"mean", "ci95", "correlation"},
    "diff": {"field", "from", "to"},
    "costs": {"metric", "unit", "trap", "fix"},
    "readings": {"id", "title", "mean", "ci95"},
    "secondary": {"metric", "unit", "base", "trap", "fixes"},
    "combinations": {"ingredients", "mean", "ci95", "verdict"},
    "matrix": {"mechanisms", "fixes", "verdicts", "rows", "hollow", "cells"},
}


def test_the_json_of_traps_keeps_its_keys(simkit: Callable[..., Answer]) -> None:
    """A list written by hand: new keys may come, none may go."""
    answer = simkit("traps", "E2", "E4", "--replications", 2, "--jobs", 2, "--json")
    document = json.loads(answer.out)
    found: dict[str, Any] = {"": document, "traps": document["traps"][0]}
    found |= {key: found["traps"][key] for key in ("trap",)}
    found |= {key: found["traps"][key][0] for key in ("fixes", "readings", "secondary")}
    found |= {key: found["fixes"][key][0] for key in ("diff", "costs")}
    found["difference"] = found["fixes"]["difference"]
    found["combinations"], found["matrix"] = document["combinations"][0], document["matrix"]
    assert {at: KEYS[at] - set(found[at]) for at in KEYS if KEYS[at] - set(found[at])} == {}
    options = simkit("traps", "E2", "--replications", 2, "--jobs", 2, "--json", "--all")
    assert json.loads(options.out)["traps"] == document["traps"][:1]


def test_the_json_of_a_run_keeps_its_keys(simkit: Callable[..., Answer]) -> None:
    """Scripts can count on these keys, and on a value and a unit for each metric."""
    document = json.loads(simkit("run", SCENARIOS / "E4.yaml", "--json").out)
    assert set(document) >= {"digest", "seed", "settings", "metrics"}
    assert set(document["metrics"]) >= set(METRICS)
    assert all(set(each) == {"value", "unit"} for each in document["metrics"].values())


# Runs.


@pytest.mark.parametrize("trap_id", ["E2", "T3"])
def test_the_values_of_a_run_end_in_one_column(trap_id: str, simkit: Callable[..., Answer]) -> None:
    """However long one of them is: 13,158 per run."""
    lines = simkit("run", SCENARIOS / f"{trap_id}.yaml", "--all").out.splitlines()
    rows = [line for line in lines if line.split(" ")[-1] in METRICS]
    titles = {METRICS[line.split(" ")[-1]].title: line for line in rows}
    assert len(titles) > 30
    assert len({line.index(f"  {title}") for title, line in titles.items()}) == 1


def test_a_list_of_what_fixes_change_is_not_called_costs(simkit: Callable[..., Answer]) -> None:
    """Among them are harms that a fix removes, such as E2's false successes."""
    out = simkit("run", SCENARIOS / "E2.yaml").out
    assert "false_beliefs" in out.partition("What fixes cost or save\n")[2]


def metrics_in(text: str) -> list[str]:
    """The names of metrics at the ends of lines, in their order."""
    return [name for line in text.splitlines() if (name := line.split(" ")[-1]) in METRICS]


def test_a_run_says_first_what_was_run(simkit: Callable[..., Answer]) -> None:
    """Agents, seed, engine, clock and digest are what another needs to compare."""
    lines = simkit("run", SCENARIOS / "E4.yaml", "--seed", 3).out.splitlines()
    assert lines[0] == "E4: codes that outlive their deactivation"
    assert lines[1].startswith("30 agents, seed 3; engine: processes (")
    assert "clock: skip (no rate limit)" in lines[1]
    assert re.fullmatch(r"[\d,]+ records, digest [0-9a-f]{32}", lines[2])


@pytest.mark.slow
@pytest.mark.parametrize("trap_id", traps)
def test_a_trap_shows_its_symptom_then_its_harm_and_costs_and_nothing_else(
    trap_id: str, simkit: Callable[..., Answer]
) -> None:
    """The catalogue's entry decides what comes, and the last line says where more is."""
    entry = traps[trap_id].entry
    answer = simkit("run", SCENARIOS / f"{trap_id}.yaml")
    first, *rest = metrics_in(answer.out)
    assert first == entry.metric
    costs = {cost for fix in (*entry.fixes, *entry.remedies) for cost in fix.costs}
    assert len(rest) == len(set(rest))
    assert set(rest) == {*entry.secondary, *costs} - {first}
    assert rest[: len(entry.secondary)] == list(entry.secondary)
    assert f"simkit traps {trap_id}" in answer.out.splitlines()[-1]
    assert "--all" in answer.out.splitlines()[-1]
    assert max(map(len, answer.out.splitlines())) <= 100


def test_a_scenario_without_a_trap_shows_what_is_wrong_and_what_it_costs(
    simkit: Callable[..., Answer],
) -> None:
    """No catalogue is needed: the headlines and their titles are always the same."""
    answer = simkit("run", SCENARIOS / "healthy.yaml")
    assert metrics_in(answer.out) == list(chain.from_iterable(HEADLINES.values()))
    assert all(f"\n{title}\n" in answer.out for title in HEADLINES)


def test_all_metrics_are_shown_once_the_traps_own_first(simkit: Callable[..., Answer]) -> None:
    """None is left out or comes twice, and E3's reverts are still on top."""
    answer = simkit("run", SCENARIOS / "E3.yaml", "--all")
    shown = metrics_in(answer.out)
    assert sorted(shown) == sorted(METRICS)
    assert shown[0] == "reverted_per_100"
    healthy = simkit("run", SCENARIOS / "healthy.yaml", "--all")
    grouped = list(chain.from_iterable(GROUPS.values()))
    assert metrics_in(healthy.out) == [*grouped, *(m for m in METRICS if m not in grouped)]


def test_no_metric_is_in_two_groups() -> None:
    """Nor is one grouped that there is not."""
    grouped = list(chain.from_iterable(GROUPS.values()))
    assert len(set(grouped)) == len(grouped)
    assert set(grouped) <= set(METRICS)


def test_a_metric_of_no_group_is_shown_last(
    healthy: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new metric is not forgotten on the screen before somebody finds a group for it."""
    monkeypatch.setattr(
        run_tables, "GROUPS", {name: each for name, each in GROUPS.items() if name != "Lists"}
    )
    console = Console(file=StringIO(), width=100)
    print_run(simulated(healthy), console, everything=True)
    assert isinstance(console.file, StringIO)
    *before, last = console.file.getvalue().split(f"\n{OTHERS}\n")
    assert len(before) == 1
    assert set(metrics_in(last)) >= set(GROUPS["Lists"])
    assert not set(metrics_in(before[0])) & set(GROUPS["Lists"])


def test_a_scenario_on_top_of_a_trap_shows_that_traps_symptom(
    tmp_path: Path, simkit: Callable[..., Answer]
) -> None:
    """Two files up; the nearest trap counts."""
    (tmp_path / "mine.yaml").write_text(f"base: {SCENARIOS / 'E4.yaml'}\n", encoding="utf-8")
    (tmp_path / "yours.yaml").write_text("base: mine.yaml\nname: Yours\n", encoding="utf-8")
    entry = entry_of(tmp_path / "yours.yaml")
    assert entry is not None
    assert entry.id == "E4"
    answer = simkit("run", tmp_path / "yours.yaml")
    assert answer.out.startswith("Yours\n")
    assert metrics_in(answer.out)[0] == "deactivated_code_shown_ms"
    assert entry_of(SCENARIOS / "healthy.yaml") is None


def test_a_run_in_a_narrow_terminal_keeps_its_numbers(
    simkit: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At 80 columns titles give way; values and names of metrics do not."""
    full = simkit("run", SCENARIOS / "E4.yaml", "--all").out
    monkeypatch.setenv("COLUMNS", "80")
    narrow = simkit("run", SCENARIOS / "E4.yaml", "--all").out
    assert max(map(len, narrow.splitlines())) <= 80
    assert metrics_in(narrow) == metrics_in(full)

    def values(text: str) -> list[str]:
        return [line[:13] for line in text.splitlines() if line.split(" ")[-1] in METRICS]

    assert values(narrow) == values(full)

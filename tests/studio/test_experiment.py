"""Sweep files: what they give, and one line with its place for whatever is wrong in them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from tiny import tiny

import simkit
from simkit.base import resources
from simkit.base.errors import BadInput
from simkit.studio.experiment import DEFAULT_METRICS, Budget, Until, experiment, load_experiment

DATA = resources.directory("data")
BASE = "base: base.yaml\n"
FACTORS = "factors:\n  refresh_interval_ms: [15000, 30000]\n"
GOOD = BASE + FACTORS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a base scenario in it, which is found beside a sweep file."""
    healthy = DATA / "scenarios" / "healthy.yaml"
    (tmp_path / "base.yaml").write_text(f"base: {healthy}\nname: Base\n", encoding="utf-8")
    return tmp_path


def written(folder: Path, text: str) -> Path:
    path = folder / "sweep.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(path: Path) -> str:
    with pytest.raises(BadInput) as caught:
        load_experiment(path)
    line = str(caught.value)
    assert "\n" not in line
    return line


# What a file gives.


def test_a_short_file_gives_what_is_usual_for_all_that_it_leaves_out(folder: Path) -> None:
    """Ten replications from seed 1 and the usual metrics are what a user gets unasked."""
    found = load_experiment(written(folder, GOOD))
    assert [point.settings.interval_ms for point in found.points] == [15_000, 30_000]
    assert (found.name, found.replications, found.seed) == ("Base", 10, 1)
    assert found.metrics == DEFAULT_METRICS
    assert found.budget == Budget()


def test_a_full_file_gives_all_that_it_says(folder: Path) -> None:
    """No key of a file is read and then forgotten; a metric named twice counts once."""
    text = """
name: Full
base: base.yaml
set: {deactivation_probability: 0.5, organisation.agents: 3}
factors:
  widget.refresh_interval_ms: [15000, 30000]
  cache:
    none: {}
    browser: {http_max_age_ms: 1800000}
design: grid
replications: {relative: 0.1, metric: bytes_per_s, at_least: 3, at_most: 40, look_ahead: 2}
metrics: [stale_share, bytes_per_s, stale_share]
seed: 7
budget: {runs: 100, minutes: 2.5}
"""
    found = load_experiment(written(folder, text))
    assert (found.name, found.seed) == ("Full", 7)
    assert found.metrics == ("stale_share", "bytes_per_s")
    assert found.replications == Until(
        relative=0.1, metric="bytes_per_s", at_least=3, at_most=40, look_ahead=2
    )
    assert (found.budget.runs, found.budget.minutes) == (100, 2.5)
    assert [tuple(point.levels.values()) for point in found.points] == [
        (15_000, "none"),
        (15_000, "browser"),
        (30_000, "none"),
        (30_000, "browser"),
    ]
    for point in found.points:
        assert len(point.settings.organisation.agents) == 3
        assert point.settings.workload.deactivation_probability == 0.5


def test_the_base_is_found_beside_the_file_from_wherever_it_is_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A folder with a sweep in it can be run from elsewhere and still finds its base."""
    inner = folder / "inner"
    inner.mkdir()
    path = written(inner, f"base: ../base.yaml\n{FACTORS}")
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert load_experiment(path).base.name == "Base"
    monkeypatch.chdir(folder)
    assert load_experiment("inner/sweep.yaml").base.name == "Base"


@pytest.mark.parametrize("path", sorted((DATA / "sweeps").glob("*.yaml")), ids=lambda p: p.name)
def test_every_sweep_that_ships_can_be_loaded_and_starts_from_a_scenario_that_ships(
    path: Path,
) -> None:
    """Whoever starts with a file that ships gets points to compare, over a known scenario."""
    found = load_experiment(path)
    assert found.name != found.base.name
    assert len(found.points) > 1
    scenarios = {simkit.load(each).name for each in (DATA / "scenarios").glob("*.yaml")}
    assert found.base.name in scenarios


def test_a_file_and_its_words_in_python_are_the_same_experiment(folder: Path) -> None:
    """Whoever moves from a file to Python gets the same points, replications and seed."""
    text = (
        GOOD
        + "replications: 3\nseed: 5\ndesign: {listed: {points: [{refresh_interval_ms: 15000}]}}"
    )
    found = load_experiment(written(folder, text))
    made = experiment(
        simkit.load(folder / "base.yaml"),
        {"refresh_interval_ms": [15_000, 30_000]},
        design={"listed": {"points": [{"refresh_interval_ms": 15_000}]}},
        replications=3,
        seed=5,
    )
    assert made.points == found.points
    assert (made.factors, made.replications, made.seed) == (found.factors, 3, 5)


def test_runs_are_told_in_words() -> None:
    """The words say beforehand how many runs there will be, or when they are enough."""
    factors = {"refresh_interval_ms": [15_000]}
    assert experiment(tiny(), factors).runs_words == "10 replications"
    rule = {"absolute": 0.5, "at_least": 5, "at_most": 50}
    words = experiment(tiny(), factors, replications=rule).runs_words
    assert words == ("5 to 50 replications, until the half width of stale_share is at most 0.5")


# Types of columns.


@pytest.mark.parametrize(
    ("factors", "kind", "column"),
    [
        ({"refresh_interval_ms": [15_000, 30_000]}, int, [15_000, 30_000]),
        ({"unscheduled_breaks": [1, 2.5]}, float, [1.0, 2.5]),
        ({"force": [True, False]}, bool, [True, False]),
        ({"rate_limit_per_min": [None, 300]}, str, ["none", "300"]),
        ({"filter_type": ["division", "hierarchical"]}, str, ["division", "hierarchical"]),
        ({"cache": {"a": {}, "b": {}}}, str, ["a", "b"]),
        ({"status_reason_types": [["BREAK"], ["BREAK", "OTHER"]]}, str, ["BREAK", "BREAK, OTHER"]),
    ],
    ids=str,
)
def test_a_factor_is_a_column_of_one_type(
    factors: dict[str, Any], kind: type, column: list[Any]
) -> None:
    """A table needs one type a column: 300 beside *none* is a text, 1 beside 2.5 a decimal."""
    found = experiment(tiny(), factors)
    ((name, type_found),) = found.level_kinds.items()
    assert type_found is kind
    assert [found.column(name, point.levels[name]) for point in found.points] == column


# What is wrong with a file: (text, line, column, what the line has to say).

BAD = {
    "empty": ("", None, None, "empty"),
    "a list": ("- base\n", None, None, "mapping"),
    "no YAML": ("base: [\n", None, None, ""),
    "a key twice": (GOOD + "base: other.yaml\n", 4, 1, "base"),
    "no base": (FACTORS, None, None, "base"),
    "no factors": (BASE, None, None, "factors"),
    "an unknown key": (GOOD + "sed: 3\n", 4, 1, "sed"),
    "a base that is not there": ("base: nowhere.yaml\n" + FACTORS, 1, 1, "base: 'nowhere.yaml'"),
    "a base that is a folder": ("base: .\n" + FACTORS, 1, 1, "base: '.'"),
    "a base that is a number": ("base: 3\n" + FACTORS, 1, 1, "base: found 3"),
    "no factor": (BASE + "factors: {}\n", 2, 1, "factors"),
    "factors as a list": (BASE + "factors: [a]\n", 2, 1, "factors"),
    "an unknown field": (
        BASE + "factors:\n  refresh_intervl_ms: [1]\n",
        3,
        3,
        "refresh_interval_ms",
    ),
    "no levels": (BASE + "factors:\n  refresh_interval_ms: []\n", 3, 3, "allowed: a list"),
    "levels as a number": (BASE + "factors:\n  refresh_interval_ms: 5\n", 3, 3, "found 5"),
    "a level out of bounds": (BASE + "factors:\n  refresh_interval_ms: [5]\n", 3, 3, "found 5"),
    "a level of a wrong type": (
        BASE + "factors:\n  refresh_interval_ms: [soon]\n",
        3,
        3,
        "found 'soon'",
    ),
    "a level that is no mapping": (BASE + "factors:\n  cache: {a: 1}\n", 3, 3, "found 1"),
    "a level of an unknown field": (
        BASE + "factors:\n  cache: {a: {max_age: 1}}\n",
        3,
        3,
        "unknown setting 'max_age'",
    ),
    "a level by a field's name": (
        BASE + "factors:\n  force: {a: {force: true}}\n",
        3,
        3,
        "name of their own",
    ),
    "settings that do not go together": (
        BASE + "factors:\n  refresh_interval_ms: [1000]\n  delay_max_ms: [9000]\n",
        None,
        3,
        "factors",
    ),
    "a name of a column": (BASE + "factors:\n  replication: {a: {}}\n", 3, 3, "another column"),
    "a name of a metric": (BASE + "factors:\n  stale_share: {a: {}}\n", 3, 3, "another column"),
    "one field by two factors": (
        GOOD + "  fast: {yes: {refresh_interval_ms: 15000}}\n",
        4,
        3,
        "two factors change widget.refresh_interval_ms",
    ),
    "a range in a grid": (
        BASE + "factors:\n  refresh_interval_ms: {low: 1000, high: 2000}\n",
        3,
        3,
        "a grid needs levels",
    ),
    "a range that falls": (
        BASE + "factors:\n  refresh_interval_ms: {low: 2000, high: 1000}\n",
        3,
        3,
        "rise from low to high",
    ),
    "a range from 0 by logarithm": (
        BASE + "factors:\n  hidden_per_shift: {low: 0, high: 9, scale: log}\n",
        3,
        3,
        "above 0",
    ),
    "no agents": (BASE + "factors:\n  organisation.agents: [0]\n", 3, 3, "1 to 1,000,000"),
    "too few codes": (BASE + "factors:\n  organisation.codes: [1]\n", 3, 3, "at least 2 codes"),
    "an unknown design": (GOOD + "design: random\n", 4, 1, "found 'random'"),
    "a design with two options": (
        GOOD + "design: {latin_hypercube: {points: 3}, listed: {points: [{}]}}\n",
        4,
        1,
        "either latin_hypercube or listed",
    ),
    "a design with none": (GOOD + "design: {}\n", 4, 1, "either latin_hypercube or listed"),
    "a design as a number": (GOOD + "design: 3\n", 4, 1, "design"),
    "a hypercube of one point": (
        GOOD + "design: {latin_hypercube: {points: 1}}\n",
        4,
        28,
        "found 1",
    ),
    "a hypercube as a number": (GOOD + "design: {latin_hypercube: 3}\n", 4, 10, "found 3"),
    "no listed point": (GOOD + "design: {listed: {points: []}}\n", 4, 19, "points"),
    "a listed point that is a number": (
        GOOD + "design: {listed: {points: [3]}}\n",
        4,
        28,
        "found 3",
    ),
    "a listed point that is no level": (
        GOOD + "design: {listed: {points: [{refresh_interval_ms: 5}]}}\n",
        4,
        1,
        "allowed: 15,000, 30,000",
    ),
    "an unknown metric": (GOOD + "metrics: [stale_shar]\n", 4, 1, "stale_share"),
    "no metric": (GOOD + "metrics: []\n", 4, 1, "metrics"),
    "a metric by itself": (GOOD + "metrics: stale_share\n", 4, 1, "metrics"),
    "one replication": (GOOD + "replications: 1\n", 4, 1, "found 1"),
    "no replication rule": (GOOD + "replications: {}\n", 4, 1, "relative or absolute"),
    "two rules": (
        GOOD + "replications: {relative: 0.1, absolute: 2.0}\n",
        4,
        16,
        "relative or absolute",
    ),
    "replications in words": (GOOD + "replications: many\n", 4, 1, "found 'many'"),
    "at least above at most": (
        GOOD + "replications: {relative: 0.1, at_least: 9, at_most: 8}\n",
        4,
        31,
        "at_least",
    ),
    "a rule on what is not measured": (
        GOOD + "replications: {relative: 0.1, metric: false_beliefs}\n",
        4,
        31,
        "is not among the metrics; found false_beliefs",
    ),
    "a negative seed": (GOOD + "seed: -1\n", 4, 1, "found -1"),
    "a seed in words": (GOOD + "seed: one\n", 4, 1, "found 'one'"),
    "an unknown field that is set": (GOOD + "set:\n  forc: true\n", 5, 3, "unknown setting 'forc'"),
    "a value out of bounds that is set": (
        GOOD + "set:\n  dataset_life_polls: 0\n",
        5,
        3,
        "found 0",
    ),
    "a size out of bounds that is set": (
        GOOD + "set:\n  organisation.agents: 0\n",
        5,
        3,
        "found 0",
    ),
    "a budget of nothing": (GOOD + "budget: {runs: 0}\n", 4, 10, "found 0"),
    "a budget too small": (GOOD + "budget: {runs: 19}\n", 4, 10, "at least 20 runs"),
    "no minutes": (GOOD + "budget: {minutes: 0}\n", 4, 10, "minutes"),
    "endless minutes": (GOOD + "budget: {minutes: .inf}\n", 4, 19, "finite numbers"),
    "a name too long": (GOOD + f"name: {'x' * 301}\n", 4, 1, "name"),
}


@pytest.mark.parametrize(("text", "line", "column", "said"), BAD.values(), ids=BAD)
def test_a_bad_file_is_told_in_one_line_with_its_place(
    folder: Path, text: str, line: int | None, column: int | None, said: str
) -> None:
    """``file:line:column: field: problem; found; allowed``, and never a traceback."""
    path = written(folder, text)
    told = refused(path)
    place = re.match(rf"{re.escape(str(path))}(?::(\d+):(\d+))?: ", told)
    assert place, told
    if line is not None:
        assert place[1] == str(line), told
    if column is not None:
        assert place[2] == str(column), told
    assert said in told, told


def test_a_base_that_is_bad_itself_is_told_at_its_own_place(folder: Path) -> None:
    """The user is sent to the file with the mistake, not to the one that names it."""
    (folder / "base.yaml").write_text("name: 3\n", encoding="utf-8")
    assert refused(written(folder, GOOD)).startswith(f"{folder / 'base.yaml'}:")


def test_a_file_that_is_not_there_or_no_text_is_one_line(folder: Path) -> None:
    """A wrong path, a folder and undecodable bytes end in a sentence, not a traceback."""
    assert "no such file" in refused(folder / "nowhere.yaml")
    assert "not a regular file" in refused(folder)
    (folder / "sweep.yaml").write_bytes(b"\xff\xfe\x00")
    assert refused(folder / "sweep.yaml").startswith(str(folder / "sweep.yaml"))

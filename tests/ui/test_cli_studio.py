"""The studio's commands: what they print, where, what they write, and with which exit code."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from commands import Answer

from simkit.base import resources

pytestmark = pytest.mark.slow  # whole sweeps are run

HEALTHY = resources.directory("data") / "scenarios" / "healthy.yaml"
ARCHITECT = resources.directory("data") / "scenarios" / "architect.yaml"
SWEEP = f"""\
name: Two intervals
base: {HEALTHY}
set: {{workload.deactivation_probability: 0.5}}
factors:
  widget.refresh_interval_ms: [15000, 60000]
  cache: {{none: {{}}, kept: {{widget.http_max_age_ms: 600000}}}}
replications: 3
metrics: [stale_share, wrong_selections, requests_per_s]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A small sweep file: four points, three replications."""
    path = tmp_path / "sweep.yaml"
    path.write_text(SWEEP, encoding="utf-8")
    return path


def test_sweep_prints_a_table_for_each_metric_that_fits_100_columns(
    file: Path, simkit: Callable[..., Answer]
) -> None:
    """With the closed form, the caution beside a rare event, and the paired differences."""
    answer = simkit("sweep", file, "--jobs", 1)
    assert answer.code == 0
    assert max(map(len, answer.out.splitlines())) <= 100
    for metric in ("stale_share", "wrong_selections", "requests_per_s"):
        assert f"({metric})" in answer.out
    assert "nothing is cut as warm-up" in " ".join(answer.out.split())
    assert "held the mean in only" in answer.out
    assert "cache to kept" in answer.out
    assert "correlation" in answer.out


@pytest.mark.parametrize("width", [100, 80])
def test_what_sweep_prints_is_aligned_and_ends_in_no_blanks(
    width: int, file: Path, simkit: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Titles begin at the left, as in the other commands, the table right below them."""
    monkeypatch.setenv("COLUMNS", str(width))
    lines = simkit("sweep", file, "--jobs", 1).out.splitlines()
    assert max(map(len, lines)) <= width
    assert [line for line in lines if line != line.rstrip()] == []
    place = lines.index("Time the list is out of date (stale_share)")
    assert lines[place - 1] == ""
    assert lines[place + 1].startswith("refresh")


def test_sweep_prints_differences_uncut_in_one_unit_with_one_rounding(
    file: Path, simkit: Callable[..., Answer]
) -> None:
    """All that --json knows of them is there: mean and both ends, with as many decimals."""
    out = simkit("sweep", file, "--jobs", 1).out.partition("Moving one factor")[2]
    found = re.findall(r"([-+][\d.,]+) (\D+?) \(([-+][\d.,]+) to ([-+][\d.,]+)\)", out)
    assert len(found) >= 5
    for mean, _, low, high in found:
        assert len({len(text.partition(".")[2]) for text in (mean, low, high)}) == 1
        values = [float(text.replace(",", "")) for text in (low, mean, high)]
        assert values == sorted(values)
        assert values[0] + values[2] == pytest.approx(2 * values[1], rel=0.02, abs=1e-5)
    assert "-0.0 " not in out


def test_sweep_prints_one_json_document(file: Path, simkit: Callable[..., Answer]) -> None:
    """Four points with three runs each; a metric without a closed form has none."""
    answer = simkit("sweep", file, "--jobs", 1, "--json")
    document = json.loads(answer.out)
    assert (answer.code, document["complete"], document["notes"]) == (0, True, [])
    assert [point["levels"] for point in document["points"]] == [
        {"widget.refresh_interval_ms": interval, "cache": cache}
        for interval in (15_000, 60_000)
        for cache in ("none", "kept")
    ]
    for point in document["points"]:
        metrics = point["metrics"]
        assert {entry["runs"] for entry in metrics.values()} == {3}
        assert metrics["wrong_selections"]["closed_form"] is None
        low, high = metrics["stale_share"]["ci95"]
        assert low < metrics["stale_share"]["mean"] < high


@pytest.mark.slow
def test_sweep_writes_table_report_and_parts_and_resumes(
    file: Path, tmp_path: Path, simkit: Callable[..., Answer]
) -> None:
    """The folder holds 12 parts, one table and a report; without --resume it is left alone."""
    out = tmp_path / "out"
    first = simkit("sweep", file, "--jobs", 1, "--out", out)
    assert first.code == 0
    assert len(list((out / "cells").iterdir())) == 12
    assert {p.name for p in out.iterdir()} == {
        "cells",
        "sweep.json",
        "base.json",
        "results.parquet",
        "report.html",
    }
    table = pq.read_table(out / "results.parquet")
    again = simkit("sweep", file, "--jobs", 1, "--out", out)
    assert again.code == 2
    assert again.err.count("\n") == 1
    assert "--resume" in again.err
    next((out / "cells").iterdir()).unlink()
    resumed = simkit("sweep", file, "--jobs", 1, "--out", out, "--resume")
    assert (resumed.code, resumed.out) == (0, first.out)
    assert pq.read_table(out / "results.parquet").equals(table)


def test_a_report_that_is_asked_for_elsewhere_is_written_there_alone(
    file: Path, tmp_path: Path, simkit: Callable[..., Answer]
) -> None:
    """As the data dictionary says of a sweep's directory."""
    out, report = tmp_path / "out", tmp_path / "mail.html"
    assert simkit("sweep", file, "--jobs", 1, "--out", out, "--report", report).code == 0
    assert report.exists()
    assert not (out / "report.html").exists()
    text = (resources.directory("data") / "README.md").read_text(encoding="utf-8")
    [row] = [line for line in text.splitlines() if line.startswith("| `report.html` |")]
    assert "with `--report` it is written there instead" in row


def test_sweep_exits_1_when_its_budget_is_used_up(
    file: Path, simkit: Callable[..., Answer]
) -> None:
    """The rule asks for more runs than the budget of 13 has: the table says what there is."""
    rule = "replications: {relative: 0.001, at_least: 3}\nbudget: {runs: 13}"
    file.write_text(SWEEP.replace("replications: 3", rule), encoding="utf-8")
    answer = simkit("sweep", file, "--jobs", 1)
    assert answer.code == 1
    assert "the budget of 13 runs is used up" in answer.out


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("[15000, 60000]", "[15, 60000]", [":5:3:", "factors.widget.refresh_interval_ms", "15"]),
        ("stale_share", "stale_shar", [":8:", "did you mean 'stale_share'"]),
        ("replications: 3", "replications: 1", [":7:", "found 1", "from 2"]),
        ("refresh_interval_ms:", "refresh_interval:", [":5:3:", "did you mean"]),
        (str(HEALTHY), "nowhere.yaml", [":2:1:", "base", "not there"]),
        ("factors:", "factor:", [":4:1:", "did you mean 'factors'"]),
    ],
)
def test_a_bad_sweep_file_gets_one_clear_line(
    old: str, new: str, parts: list[str], file: Path, simkit: Callable[..., Answer]
) -> None:
    """Exit code 2 and a line with the file and the place; nothing on standard output."""
    file.write_text(SWEEP.replace(old, new), encoding="utf-8")
    answer = simkit("sweep", file)
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    for part in (str(file), *parts):
        assert part in answer.err


def test_resume_needs_a_directory(file: Path, simkit: Callable[..., Answer]) -> None:
    """Without --out there is nothing to go on from, and the line names that option."""
    answer = simkit("sweep", file, "--resume")
    assert (answer.code, answer.err.count("\n")) == (2, 1)
    assert "--out" in answer.err


LIMITS = ["--limit", "stale_share=0.01", "--limit", "rate_limit_peak_share=0.5"]


def test_recommend_answers_in_words(simkit: Callable[..., Answer]) -> None:
    """The policy, each limit with its margin, the costs; no line is wider than 100 columns."""
    answer = simkit(
        "recommend", ARCHITECT, *LIMITS, "--agents", 30, "--replications", 4, "--jobs", 1
    )
    assert answer.code == 0
    assert "Recommended: each widget asks" in answer.out
    assert "below the limit" in answer.out
    assert max(map(len, answer.out.splitlines())) <= 100


@pytest.mark.parametrize("width", [100, 80])
def test_recommend_keeps_numbers_with_their_units(
    width: int, simkit: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within the terminal's width; no line begins with a unit."""
    monkeypatch.setenv("COLUMNS", str(width))
    limits = ["--limit", "stale_share=0.01", "--limit", "deactivated_code_shown_ms=600000"]
    answer = simkit("recommend", ARCHITECT, *limits, "--replications", 2, "--jobs", 1)
    lines = answer.out.splitlines()
    assert max(map(len, lines)) <= width
    units = re.compile(r" *(%|ms|s|min|B/s|second)(?!\w)")
    assert [line for line in lines if units.match(line)] == []


def test_recommend_groups_the_digits_of_a_large_change(simkit: Callable[..., Answer]) -> None:
    """From a poll in 30 s to one in 2 s and oftener the cost is many times as much."""
    limits = ["--limit", "stale_share=0.00002", "--agents", 30, "--replications", 2]
    answer = simkit("recommend", ARCHITECT, *limits, "--jobs", 1)
    assert re.search(r"takes \d,\d{3} % more\.", " ".join(answer.out.split()))


def test_recommend_says_when_no_policy_meets_the_limits(simkit: Callable[..., Answer]) -> None:
    """Nobody keeps lists fresh with one request in 100 s; exit code 1, and the nearest."""
    limits = ["--limit", "stale_share=0.0001", "--limit", "requests_per_s=0.01"]
    answer = simkit(
        "recommend", ARCHITECT, *limits, "--agents", 30, "--replications", 2, "--jobs", 1, "--json"
    )
    document = json.loads(answer.out)
    assert (answer.code, document["met"]) == (1, False)
    assert any("No policy meets this. The nearest" in line for line in document["words"])
    assert not all(margin["holds"] for margin in document["margins"])


SAMPLE = resources.directory("data") / "prices" / "sample.yaml"
QUICK = ["--agents", 30, "--replications", 2, "--jobs", 1]


def test_recommend_weighs_money_where_there_are_prices(
    tmp_path: Path, simkit: Callable[..., Answer]
) -> None:
    """The sample's, one of them replaced, and one kind of tokens; the report is the decision."""
    report = tmp_path / "decision.html"
    given = ["--prices", SAMPLE, "--price", "agent_minute=2", "--tokens", "own"]
    answer = simkit("recommend", ARCHITECT, *LIMITS, *QUICK, *given, "--report", report, "--json")
    document = json.loads(answer.out)
    assert (answer.code, document["cheapest"]) == (0, "money")
    assert document["prices"]["agent_minute"] == 2.0
    assert document["money"]["unit"] == "EUR a working day"
    low, high = document["money"]["simulated"]["ci95"]
    assert low < document["money"]["simulated"]["mean"] < high
    spent = document["money"]["spent_on"]
    assert sum(spent.values()) == pytest.approx(document["money"]["closed_form"])
    assert document["policy"]["set"]["application.token_topology"] == "own"
    names = [each["name"] for each in document["assumptions"]]
    assert {"stale_share", "agent_minute", "agents"} <= set(names)
    assert document["tokens_needed"][0]["tokens"] >= 1
    assert "Recommended" in report.read_text(encoding="utf-8")
    assert answer.err == f"written: {report}\n"


@pytest.mark.parametrize("kind", ["own", "pooled", "shared"])
@pytest.mark.some(1)
def test_recommend_weighs_the_tokens_that_are_asked_for(
    kind: str, simkit: Callable[..., Answer]
) -> None:
    """A pool of as many tokens as are needed; the JSON says how many, and the words too."""
    limits = ["--limit", "stale_share=0.0004", "--limit", "rate_limit_peak_share=0.3"]
    answer = simkit("recommend", ARCHITECT, *limits, *QUICK, "--tokens", kind, "--json")
    document = json.loads(answer.out)
    assert answer.code == (1 if kind == "shared" else 0)
    policy = document["policy"]
    assert policy["set"]["application.token_topology"] == ("own" if kind == "own" else "shared")
    assert ("tokens" in policy) == (kind == "pooled")
    if kind == "pooled":
        assert policy["tokens"] > 1
        assert f"dealt round {policy['tokens']} tokens" in policy["words"]


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--price", "tokn=1"], "--price: did you mean 'token'?; found 'tokn=1'"),
        (["--price", "token=-1"], "--price token: found -1"),
        (["--prices", "nowhere.yaml"], "nowhere.yaml: no such file"),
        (["--cheapest", "money"], "nothing has a price"),
        (["--cheapest", "time"], "requests_per_s, bytes_per_s, money"),
        (["--tokens", "few"], "own, pooled, shared"),
        (["--report", "decision.docx"], "allowed: .html, .pdf"),
    ],
)
def test_bad_prices_tokens_and_reports_get_one_clear_line(
    arguments: list[str], part: str, simkit: Callable[..., Answer]
) -> None:
    """Exit code 2 before anything is simulated, and nothing on standard output."""
    answer = simkit("recommend", ARCHITECT, *LIMITS, *arguments)
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert part in answer.err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--limit", "stale_share"], "METRIC=NUMBER"),
        (["--limit", "stale_share=1%"], "1 % of a share is 0.01, as in stale_share=0.01"),
        (
            ["--limit", "stale_share=0.01", "--limit", "stale_share=0.5"],
            "--limit: 'stale_share' is limited twice; found 0.01 and 0.5",
        ),
        (["--limit", "stale_shar=0.1"], "did you mean 'stale_share'"),
        (["--limit", "stale_share=-1"], "at least 0"),
        (["--limit", "stale_share=nan"], "at least 0"),
        (["--limit", "wrong_selections=1"], "unknown limit"),
    ],
)
def test_a_bad_limit_gets_one_clear_line(
    arguments: list[str], part: str, simkit: Callable[..., Answer]
) -> None:
    """The line says how to write it: its form, a share for percent, the name meant."""
    answer = simkit("recommend", ARCHITECT, *arguments)
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert part in answer.err

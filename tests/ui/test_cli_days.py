"""Recorded days on the command line: sampled, imported, compared, calibrated."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import pytest
from commands import Answer

import simkit as kit
from simkit.ui.cli import main

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "recorded-days.md").read_text(encoding="utf-8")
SCENARIOS = kit.data_folder() / "scenarios"
SMALL_DAY = kit.data_folder() / "traces" / "small-day.csv"
DAYS = ("day-2.csv", "day-3.csv", "day-4.csv")
Command = Callable[..., Answer]


class Walk(NamedTuple):
    """The page's way from exports to settings, walked in a folder."""

    folder: Path
    answers: dict[str, Answer]
    """What each command of the page answered."""


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """The commands of the page, in their order, and the two imports that it tells in words."""
    pytest.importorskip("scipy")
    folder = tmp_path_factory.mktemp("days")
    (folder / "data").symlink_to(kit.data_folder())
    scenario = "base: data/scenarios/E3.yaml\norganisation: org.yaml\n"
    (folder / "e3.yaml").write_text(scenario, encoding="utf-8")
    answers: dict[str, Answer] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("COLUMNS", "100")
        first, *others = commands()
        answers[first] = run(patch, first)
        for day in (3, 4):
            again = first.replace("2026-03-02", f"2026-03-0{day}").replace("day-2", f"day-{day}")
            assert run(patch, again.replace("org.yaml", "other.yaml")).code == 0
        for each in others:
            answers[each] = run(patch, each)
        yield Walk(folder, answers)


def commands() -> list[str]:
    return re.findall(r"```sh\n(.*?)\n```\n\n```text\n", PAGE)


def printed() -> dict[str, str]:
    return dict(re.findall(r"```sh\n(.*?)\n```\n\n```text\n(.*?)```", PAGE, re.DOTALL))


def run(patch: pytest.MonkeyPatch, line: str) -> Answer:
    """Run a command in this process."""
    patch.setattr("sys.argv", line.split())
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as stop:
        main.main()
    return Answer(int(stop.value.code or 0), out.getvalue(), err.getvalue())


@pytest.mark.slow
@pytest.mark.parametrize("line", commands())
def test_the_page_shows_what_happens(walk: Walk, line: str) -> None:
    """Each command prints what stands below it; of a run, the part on the record."""
    answer = walk.answers[line]
    assert answer.code == 0
    shown = answer.out
    if "--compare" in line:
        shown = shown[shown.index("Recorded beside modelled") :]
    assert shown == printed()[line]


@pytest.mark.slow
def test_the_page_is_right_about_what_is_true(walk: Walk) -> None:
    """The world's settings lie within the intervals that were found, as the page says."""
    world = kit.load(kit.data_folder() / "recorded" / "world.yaml").workload
    settings = kit.load(walk.folder / "org.yaml")
    found = kit.calibrate([str(walk.folder / day) for day in DAYS], settings)
    fields = [each.field for each in found.found]
    assert len(fields) == 7
    for each in found.found:
        assert each.low <= getattr(world, each.field) <= each.high, each.field
    assert found.channel == world.edit_channel
    saved = kit.load(walk.folder / "calibrated.yaml")
    assert saved == settings.replace(found.settings).with_top(name=saved.name)


@pytest.mark.slow
def test_nobody_is_named_by_anything_that_is_made_or_printed(walk: Walk) -> None:
    """Of users and administrators neither names nor addresses nor ids; the exports have them."""
    personal = re.compile(r"Example|contact\.example|0000000[34]-0000")
    exports = (walk.folder / "data" / "recorded" / "exports").iterdir()
    assert sum(bool(personal.search(path.read_text("utf-8"))) for path in exports) == 4
    made = [path.read_text("utf-8") for path in walk.folder.glob("*.*")]
    made += [text for answer in walk.answers.values() for text in (answer.out, answer.err)]
    assert len(made) > 10
    assert [text for text in made if personal.search(text)] == []


def test_the_record_stands_in_the_json_of_a_run(simkit: Command) -> None:
    """With each difference; times of all of them together are those of the causes."""
    day = ("--workload", SMALL_DAY, "--compare", "--json")
    told = json.loads(simkit("run", SCENARIOS / "E3.yaml", *day).out)["recorded"]
    assert 0.9 < told["share"] < 1
    assert sum(cause["count"] for cause in told["causes"]) == len(told["differences"])
    lengths = sum(each["end"] - each["start"] for each in told["differences"])
    assert sum(cause["ms"] for cause in told["causes"]) == told["differ_ms"] == lengths
    assert "recorded" not in json.loads(simkit("run", SCENARIOS / "E3.yaml", "--json").out)


def test_why_is_asked_as_the_table_says(simkit: Command) -> None:
    """The last line of it is a command, which tells of the difference."""
    answer = simkit("run", SCENARIOS / "T3.yaml", "--workload", SMALL_DAY, "--compare")
    *_, line = answer.out.splitlines()
    assert line.startswith("Why: simkit why ")
    said = simkit(*line.split()[2:])
    assert said.code == 0
    assert "The status differs" in said.out


def test_only_a_trace_can_be_compared_with(simkit: Command) -> None:
    """A drawn day was not recorded."""
    answer = simkit("run", SCENARIOS / "T3.yaml", "--compare")
    line = "simkit: --compare: only a trace has recorded statuses to compare with\n"
    assert answer == Answer(2, "", line)


def test_calibration_is_one_json_document(simkit: Command) -> None:
    """Each setting of the section is told, or there is a reason why not."""
    organisation = ("--organisation", SCENARIOS / "healthy.yaml")
    told = json.loads(simkit("calibrate", SMALL_DAY, *organisation, "--json").out)
    fields = set(type(kit.load(SCENARIOS / "healthy.yaml").workload).model_fields)
    assert {*told["settings"], *told["untold"]} == fields - {"edit_channel"} | (
        {"edit_channel"} & told["untold"].keys()
    )
    low, high = told["settings"]["transfer_probability"]["ci95"]
    assert low < told["settings"]["transfer_probability"]["value"] == 1 / 5 < high


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            [SMALL_DAY, "--organisation", kit.data_folder() / "orgs" / "small.yaml"],
            "this is an organisation, not a scenario",
        ),
        ([SMALL_DAY, "--organisation", "ORG", "--out", "x.json"], "found '.json'; allowed: .yaml"),
        ([SMALL_DAY, "--organisation", "ORG", "--out", "ORG"], "it will be built on"),
        (["none.csv", "--organisation", "ORG"], "none.csv: no such file"),
        ([SMALL_DAY, "--organisation", "ORG", "--strict"], "whole minute"),
        (
            [SMALL_DAY, SMALL_DAY, "--organisation", "ORG", "--out", "x.yaml"],
            f"simkit: {SMALL_DAY}: given twice; allowed: each day once",
        ),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_written(
    arguments: list[str],
    said: str,
    simkit: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What stood there stays."""
    monkeypatch.chdir(tmp_path)
    own = tmp_path / "own.yaml"
    own.write_text(f"base: {SCENARIOS / 'healthy.yaml'}\n", encoding="utf-8")
    answer = simkit("calibrate", *(own if each == "ORG" else each for each in arguments))
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err.splitlines()[-1]
    assert [path.name for path in tmp_path.iterdir()] == ["own.yaml"]
    assert own.read_text("utf-8").startswith("base")


def test_a_sample_is_written_and_says_how_to_go_on(simkit: Command, tmp_path: Path) -> None:
    """Six files; the next command that it tells makes a day of them."""
    out = tmp_path / "exports"
    org = ("--out", tmp_path / "tiny.yaml", "--yes")
    simkit("new", "--agents", 2, "--divisions", 2, "--codes", 3, "--shifts", 1, *org)
    answer = simkit("sample", tmp_path / "tiny.yaml", "--days", 2, "--out", out)
    assert answer.code == 0
    *written, line = answer.out.splitlines()
    assert [Path(path).name for path in written] == sorted(
        (path.name for path in out.iterdir()), key=[Path(p).name for p in written].index
    )
    there = " ".join(line.split()[1:]).replace("day.csv", str(tmp_path / "day.csv"))
    again = simkit(*there.replace(" org.yaml", f" {tmp_path / 'org.yaml'}").split()[1:])
    assert again.code == 0
    assert (tmp_path / "day.csv").exists()
    assert (
        "there is such a file already" in simkit("sample", tmp_path / "tiny.yaml", "--out", out).err
    )

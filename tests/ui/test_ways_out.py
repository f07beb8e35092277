"""Names with characters that terminals and browsers obey, through every way out of the kit."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from commands import Answer
from hostile import rename
from hypothesis import given
from hypothesis import strategies as st

import simkit as kit
from simkit.base import resources
from simkit.base.errors import one_line
from simkit.base.outgoing import csv_plain, csv_safe, json_text, lines_shown
from simkit.base.reading import documents
from simkit.inputs import saving
from simkit.studio.sweep import sweep
from simkit.study.catalogue import TRAP_IDS, Trap
from simkit.ui.lab.lab import Lab
from simkit.ui.lab.scenario_selection import ScenarioSelection
from simkit.ui.lab.state import LabState
from simkit.ui.report import parts
from simkit.ui.report.report import charts_of

# Written out here anew: what a terminal acts on, and what turns the direction of reading.
OBEYED = [
    *map(chr, [*range(0x20), 0x7F, *range(0x80, 0xA0)]),
    *map(chr, [0x61C, 0x200E, 0x200F, 0x2028, 0x2029, *range(0x202A, 0x202F)]),
    *map(chr, [*range(0x2066, 0x206A), 0xFEFF]),
]
NAMES = [
    "Meal \x1b[2J\x1b]0;mine\x07",
    "\x9b31m red",
    "\u202eevil\u202c",
    "a\u2066b\u2069\u200e\u200f\u061c",
    "line\nbreak\rover\u2028\u2029\x85",
    "\x08\x08\x7fback\ttab",
]


def obeyed_in(text: str, but: str = "\n") -> list[str]:
    return [character for character in OBEYED if character in text and character not in but]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scenario as JSON whose names of all kinds are such ones, and a sweep over it."""
    folder = tmp_path_factory.mktemp("obeyed")
    org = documents.read(resources.directory("data") / "orgs" / "small.yaml").data
    codes = {code["name"]: "" for code in org["codes"]}
    new = {name: f"{NAMES[i % len(NAMES)]}{i}" for i, name in enumerate(codes)}
    divisions = {d["name"]: f"{NAMES[i % 6]}{i}" for i, d in enumerate(org["divisions"])}
    org["name"] = NAMES[0]
    rename(org, new, divisions, NAMES)
    scenario = {
        "base": str(resources.directory("data") / "scenarios" / "E4.yaml"),
        "name": "".join(NAMES),
        "organisation": org,
    }
    (folder / "scenario.json").write_text(json.dumps(scenario), encoding="utf-8")
    levels = {name: {"hidden_per_shift": i} for i, name in enumerate(NAMES)}
    experiment = {
        "name": "".join(NAMES),
        "base": "scenario.json",
        "factors": {NAMES[1]: levels},
        "replications": 2,
        "metrics": ["stale_share", "requests_per_s"],
    }
    (folder / "sweep.json").write_text(json.dumps(experiment), encoding="utf-8")
    snippet = {"widgetId": NAMES[0], "containerId": NAMES[3], NAMES[2]: NAMES[1]}
    (folder / "widget.json").write_text(json.dumps(snippet), encoding="utf-8")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "scenario.json"],
        ["run", "scenario.json", "--json"],
        ["why", "scenario.json", "--agent", f"{NAMES[0]}0", "--at", "12:00"],
        ["why", "scenario.json", "--agent", f"{NAMES[1]}99", "--at", "12:00"],
        ["sweep", "sweep.json", "--jobs", "1"],
        ["sweep", "sweep.json", "--jobs", "1", "--json"],
        ["recommend", "scenario.json", "--limit", "stale_share=1", "--replications", "2"],
        ["recommend", "scenario.json", "--limit", "stale_share=1", "--replications", "2", "--json"],
        ["check", "widget.json"],
        ["check", "widget.json", "--json"],
        ["run", f"{NAMES[1]}.json"],
        ["run", "scenario.json", NAMES[0]],
        [NAMES[2]],
    ],
    ids=lambda arguments: " ".join(one_line(each) for each in arguments)[:60],
)
@pytest.mark.some(6)
def test_a_terminal_is_shown_names_and_does_not_obey_them(
    arguments: list[str], folder: Path, monkeypatch: Any, simkit: Callable[..., Answer]
) -> None:
    """No control character but line ends on either output, and each message one line."""
    monkeypatch.chdir(folder)
    answer = simkit(*arguments)
    assert answer.code in (0, 1, 2)
    assert obeyed_in(answer.out + answer.err) == []
    if answer.code == 2:
        assert answer.err.count("\n") == 1
    if "--json" in arguments:
        json.loads(answer.out)


def test_what_is_printed_in_python_shows_names_and_does_not_obey_them(folder: Path) -> None:
    """No repr and no print of the kit's objects lets a name act on the terminal."""
    settings = kit.load(folder / "scenario.json")
    run = kit.run(settings)
    lab, panel = kit.lab(folder / "scenario.json"), kit.architect(settings)
    limit = {"stale_share": 1.0}
    answer = kit.recommend(settings, limit, replications=2)
    agent = run.agents[0]
    for each in (settings, run, run.metrics, run.why(agent, "12:00"), lab, panel, answer):
        for text in (repr(each), str(each)):
            assert obeyed_in(text) == []
    for each in (lab, panel):
        assert obeyed_in(each._repr_mimebundle_()[0]["text/plain"]) == []
        each.close()


def test_no_name_begins_a_line_of_its_own(
    folder: Path, monkeypatch: Any, simkit: Callable[..., Answer]
) -> None:
    """A line end in a name is shown like any other control character."""
    monkeypatch.chdir(folder)
    for arguments in (["run", "scenario.json"], ["sweep", "sweep.json", "--jobs", 1]):
        assert not re.search("^ *break", simkit(*arguments).out, re.MULTILINE)


def test_files_that_are_written_hold_names_as_escapes(
    folder: Path, tmp_path: Path, monkeypatch: Any, simkit: Callable[..., Answer]
) -> None:
    """Runs, logs, manifests, reports and saved scenarios; all but the last read by others."""
    monkeypatch.chdir(folder)
    assert simkit("run", "scenario.json", "--out", tmp_path / "run").code == 0
    assert simkit("sweep", "sweep.json", "--jobs", 1, "--out", tmp_path / "sweep").code == 0
    settings = kit.load("scenario.json")
    saving.save(settings, tmp_path / "saved.yaml")
    files = [
        *(tmp_path / "run" / name for name in ("run.json", "log.jsonl")),
        *(tmp_path / "sweep" / name for name in ("sweep.json", "base.json")),
        tmp_path / "saved.yaml",
    ]
    for file in files:
        assert obeyed_in(file.read_text(encoding="utf-8")) == [], file.name
    assert json.loads(files[0].read_text(encoding="utf-8"))["settings"]["name"] == "".join(NAMES)
    assert kit.load(tmp_path / "saved.yaml") == settings
    report = (tmp_path / "sweep" / "report.html").read_text(encoding="utf-8")
    shown = report.replace(plotly(report), "")
    assert obeyed_in(shown) == []
    assert r"Meal \x1b[2J" in shown


def plotly(report: str) -> str:
    """The script of the report: plotly's own, which holds a byte order mark."""
    return report[report.rindex("<script>") :]


class Texts(HTMLParser):
    """What a browser shows of a page, with the values of attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.found.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for _, value in attrs if value]


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from strings(each)


def test_charts_show_names_and_do_not_obey_them(folder: Path) -> None:
    """Also once a browser has read the JSON in which a chart is kept."""
    charts = charts_of(sweep(folder / "sweep.json"))
    assert charts
    for chart in charts:
        for text in strings(json.loads(json_text(chart.data))):
            assert obeyed_in(text) == []
        assert [obeyed_in(text) for text in Texts(chart.html).found if obeyed_in(text)] == []


def test_the_lab_as_a_page_shows_names_and_does_not_obey_them(folder: Path) -> None:
    """Its static HTML, and all that the browser is told for the live one."""
    trap = Trap(resources.directory("data") / "scenarios" / "E4.yaml")
    lab = Lab(lambda: LabState(ScenarioSelection(trap), catalogue=dict.fromkeys(TRAP_IDS, trap)))
    lab.state.choose_settings(kit.load(folder / "scenario.json"))
    lab._show()
    html = lab._repr_mimebundle_()[0]["text/html"]
    assert [text for text in Texts(html).found if obeyed_in(text)] == []
    assert r"\x1b[2J" in html
    lab.close()


@given(st.text() | st.text("".join(OBEYED) + "ab", max_size=20))
def test_any_text_is_shown_whole_and_never_obeyed(text: str) -> None:
    """JSON gives back the text itself; what people see holds nothing that is obeyed."""
    said = json_text({"a": [text]})
    assert json.loads(said) == {"a": [text]}
    assert obeyed_in(said) == []
    assert obeyed_in(json_text({"a": [text]}, indent=2)) == []
    assert obeyed_in(one_line(text), but="") == []
    assert obeyed_in(lines_shown(text)) == []
    assert lines_shown(text).count("\n") == text.count("\n")


@given(st.text() | st.text("'=+-@\t\r 1a", max_size=6))
def test_any_cell_comes_back_from_a_file_that_is_safe_in_a_spreadsheet(text: str) -> None:
    """What begins like a formula begins with an apostrophe in the file, numbers aside."""
    cell = csv_safe(text)
    assert csv_plain(cell) == text
    begins = cell.lstrip()[:1]
    assert begins not in {"=", "+", "-", "@"} or re.fullmatch(r"[-+]?[0-9.eE+-]+", cell)
    assert not cell.startswith(("\t", "\r"))


@pytest.mark.parametrize("name", NAMES)
def test_each_part_of_a_report_shows_what_it_is_given(name: str) -> None:
    """Whoever gives it a name need not think of that."""
    made = [
        parts.paragraph(name),
        parts.bullets([name]),
        parts.links([("here", name)]),
        parts.section("here", name),
        parts.table([name], [[name, name]], name),
        parts.embedded({name: name}),
        parts.page(name, name, [], "", ""),
    ]
    for part in made:
        assert obeyed_in(part) == []

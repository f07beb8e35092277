"""What the texts say is there, is there; what README shows, happens."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
import typer.main
from known_traps import of_the_guide

import simkit
from simkit.base.formatting import number
from simkit.runs.metrics.registered import METRICS
from simkit.studio.design import Point
from simkit.studio.experiment import load_experiment
from simkit.study.comparison import TrapResult, compare, compare_traps
from simkit.ui.cli import main  # noqa: F401
from simkit.ui.cli.app import app

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PROSE = [
    README,
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    ROOT / "data" / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
PARTS = ["simkit", "data", "notebooks", "docs", "tests", "tools", ".ci"]
"""Folders of the repository: a word in code that begins with one of them names a path."""


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


def blocks(file: Path, language: str) -> list[str]:
    """Give the contents of a file's fenced blocks in a language."""
    text = file.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def outside_blocks(file: Path) -> str:
    text = file.read_text(encoding="utf-8")
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def inline_code(file: Path) -> list[str]:
    return re.findall(r"`([^`\n]+)`", outside_blocks(file))


def shell_lines(file: Path) -> list[str]:
    """Give each line of a file's shell blocks and each piece of inline code, comments cut off."""
    lines = [line for block in blocks(file, "sh") for line in block.splitlines()]
    return [line.partition("#")[0].strip() for line in lines] + inline_code(file)


@cache
def headings(file: Path) -> set[str]:
    """Give the anchors of a file's headings, as repository hosts make them."""
    titles = re.findall(r"^#+ (.+)$", outside_blocks(file), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("file", PROSE, ids=short)
def test_every_link_leads_somewhere(file: Path) -> None:
    """A relative link names a file that exists, and an anchor names a heading in it."""
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", outside_blocks(file)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        found = (file.parent / path).resolve() if path else file
        if not found.exists() or (anchor and anchor not in headings(found)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("file", PROSE, ids=short)
def test_every_path_in_code_exists(file: Path) -> None:
    """What looks like a path of the repository is one; X1 stands for a trap yet to be written."""
    path = rf"(?<![\w./-])((?:{'|'.join(map(re.escape, PARTS))})/[\w./-]*)"
    named = re.findall(path, "\n".join(shell_lines(file)))
    names = {name.rstrip("./") for name in named if "X1" not in name}
    assert [name for name in sorted(names) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("file", PROSE, ids=short)
def test_every_make_target_named_exists(file: Path) -> None:
    """`make something` in any of the texts is a target of the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^(\w+):", makefile, re.MULTILINE))
    named = {found[1] for line in shell_lines(file) for found in re.finditer(r"^make (\w+)", line)}
    assert named - targets == set()


@pytest.mark.parametrize("file", PROSE, ids=short)
def test_every_simkit_command_and_option_named_exists(file: Path) -> None:
    """`simkit command --option` in any of the texts is understood by the command line."""
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    unknown = []
    for line in shell_lines(file):
        words = line.removeprefix(".venv/bin/").split()
        if words[:1] != ["simkit"] or len(words) < 2 or words[1].startswith("-"):
            continue
        if words[1] == "sweep" and file.name == "CONTRIBUTING.md":
            continue  # named there as what does not exist yet
        if words[1] not in commands:
            unknown.append(line)
            continue
        named = commands[words[1]]
        if inner := getattr(named, "commands", None):
            if len(words) > 2 and words[2] not in inner:
                unknown.append(line)
                continue
            named = inner[words[2]] if len(words) > 2 else named
        options = {option for one in named.params for option in one.opts}
        unknown += [word for word in words[2:] if word.startswith("--") and word not in options]
    assert unknown == []


@pytest.mark.slow
def test_the_readme_names_every_command() -> None:
    """A reader of README learns of each command."""
    done = subprocess.run(
        [sys.executable, "-m", "simkit.ui.cli.main", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    commands = re.findall(r"^  ([a-z]+)  ", done.stdout.partition("Commands:")[2], re.MULTILINE)
    assert commands
    shown = "\n".join(blocks(README, "sh"))
    assert [name for name in commands if not re.search(rf"^simkit {name}\b", shown, re.M)] == []


@pytest.mark.slow
def test_the_recorded_day_of_readme_prints_the_notes_that_are_told_there() -> None:
    """Nothing else, and README says that it is meant."""
    [line] = [line for line in shell_lines(README) if "--workload" in line]
    command = [sys.executable, "-m", "simkit.ui.cli.main", *line.split()[1:]]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    seconds, lunch = done.stderr.splitlines()
    assert seconds.startswith("simkit: note: ")
    assert "1 of 40 times is no whole minute" in seconds
    assert lunch.startswith("simkit: note: ")
    assert lunch.endswith("'Lunch'")
    told = r"\*Lunch\*.*one time to the second: the notes .* are meant"
    assert re.search(told, README.read_text(encoding="utf-8"))


def test_a_thousand_agents_are_had_as_the_data_dictionary_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By both ways of a sweep file, by a scenario of two lines, and by a saved one."""
    text = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    told = text.partition("### More agents")[2].partition("###")[0]
    base = f"base: {ROOT / 'data' / 'scenarios' / 'classroom.yaml'}\nreplications: 2\n"
    sweep = tmp_path / "sweep.yaml"
    for key, other in (("set", "factors: {widget.refresh_interval_ms: [30000]}"), ("factors", "")):
        [line] = re.findall(rf"`({key}: {{organisation.agents: .*?}})`", told)
        sweep.write_text(f"{base}{line}\n{other}\n", encoding="utf-8")
        sizes = {len(each.settings.organisation.agents) for each in points_of(sweep)}
        assert 1_000 in sizes
    [first, second] = re.findall(r"`((?:base|organisation): [^`{]*)`", told)
    where = ROOT / "data" / "scenarios"
    two = f"{first}\n{second}\n".replace("E4", str(where / "E4")).replace("..", str(where / ".."))
    (tmp_path / "two.yaml").write_text(two, encoding="utf-8")
    assert len(simkit.load(tmp_path / "two.yaml").organisation.agents) == 300
    [code] = re.findall(r'`python -c "([^`]*)"`', told)
    monkeypatch.chdir(ROOT)
    exec(code.replace("'thousand.yaml'", repr(str(tmp_path / "thousand.yaml"))), {})
    assert len(simkit.load(tmp_path / "thousand.yaml").organisation.agents) == 1_000


def points_of(file: Path) -> tuple[Point, ...]:
    return tuple(load_experiment(file).points)


def test_the_python_example_does_what_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The example of README runs in the folder of the clone, with the very output printed there."""
    monkeypatch.chdir(ROOT)
    [example] = blocks(README, "python")
    test = doctest.DocTestParser().get_doctest(example, {}, "README.md", str(README), 0)
    assert test.examples
    report: list[str] = []
    doctest.DocTestRunner().run(test, out=report.append)
    assert not report, "".join(report)


def test_the_names_called_the_whole_surface_are_the_public_ones() -> None:
    """README lists what `simkit.__all__` lists."""
    [line] = re.findall(r"The whole surface is ([^.]+)\.\n", README.read_text(encoding="utf-8"))
    assert sorted(re.findall(r"`(\w+)`", line)) == sorted(simkit.__all__)


def test_the_folder_tree_lists_what_is_there() -> None:
    """Each line of the tree is a file or folder of the repository, and says what it is for."""
    [tree] = blocks(README, "text")
    folder = ROOT
    for line in tree.splitlines():
        found = re.fullmatch(r"( *)(\S+)  +\S.*", line)
        assert found, line
        path = (folder if found[1] else ROOT) / found[2]
        assert path.exists(), line
        if not found[1]:
            folder = path


@cache
def measured() -> dict[str, TrapResult]:
    """Give every trap with its documented fixes, as `simkit traps` measures them by default."""
    return {trap_id: compare(trap_id) for trap_id in simkit.traps}


def rows_of_traps() -> list[list[str]]:
    """Give the cells of README's table of traps, each row with the id of its trap."""
    table = README.read_text(encoding="utf-8").partition("\n| id |")[2].partition("\n\n")[0]
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()[2:]]
    for before, row in pairwise(rows):
        row[0] = row[0] or before[0]
    return rows


@pytest.mark.slow
def test_the_studios_page_says_how_many_policies_are_weighed() -> None:
    """With a limit on a peak and without one; README's own command has none. Pools come on top."""
    text = (ROOT / "docs" / "studio.md").read_text(encoding="utf-8")
    [(peaks, plain)] = re.findall(
        r"Each of (\d+) policies is judged by\s+closed form, of (\d+)", text
    )
    settings = simkit.load(ROOT / "data" / "scenarios" / "architect.yaml")
    for limits, said in (({"peak_requests_per_s": 500}, peaks), ({"stale_share": 0.01}, plain)):
        two = ("own", "shared")
        found = simkit.recommend(settings, limits, replications=2, topologies=two)
        assert found.considered == int(said)
    weighed = [int(n) for n in re.findall(r"(\d+) policies weighed", text)]
    assert weighed == sorted(weighed), "more agents, more tokens to pool"
    assert len(weighed) == 3
    assert int(peaks) < weighed[0]


def test_the_table_lists_every_trap_and_every_documented_fix() -> None:
    """The guide's seven traps and thirteen fixes, in the order of the catalogue."""
    listed = [(row[0], row[3].split()[0]) for row in rows_of_traps()]
    assert listed == [(trap.id, fix.id) for trap in of_the_guide() for fix in trap.fixes]


@pytest.mark.slow
def test_the_table_says_what_a_run_measures() -> None:
    """Symptoms, promises, verdicts and figures are those of the default run, not of memory."""
    wrong = []
    for trap_id, _, symptom, fix_id, promise, verdict in rows_of_traps():
        result = measured()[trap_id]
        unit = METRICS[result.trap.metric].unit
        fix = next(one for one in result.fixes if one.change.id == fix_id.split()[0])
        expected = [f"{fix.verdict}, {number(fix.estimate.mean, unit)}", fix.change.promise]
        if [verdict, promise] != expected:
            wrong.append((fix_id, verdict, promise, expected))
        shown = number(result.estimate.mean, unit)
        if symptom and not symptom.startswith(f"{shown} "):
            wrong.append((trap_id, symptom, shown))
        assert result.reproduced
    assert wrong == []


@pytest.mark.slow
def test_what_is_said_of_unmet_needs_is_measured() -> None:
    """The number of reasons that E1b leaves unfound is that of the default run."""
    said = re.search(r"fail to find (\d+) of the (\d+) reasons", README.read_text(encoding="utf-8"))
    lost = next(fix for fix in measured()["E1"].fixes if fix.change.id == "E1b").costs[-1]
    assert lost.metric == "intentions_lost"
    assert said
    assert said.groups() == (f"{lost.fix:.0f}", f"{lost.trap:.0f}")


@pytest.mark.slow
def test_what_is_said_of_fixes_and_causes_is_measured() -> None:
    """E4's matrix of the default run: what cures, what halves, what only looks like a cure."""
    matrix = compare_traps(["E4"]).matrix
    assert matrix is not None
    rows = [change.id for change in matrix.mechanisms]
    verdict = {
        (row, fix): word
        for row, words in zip(rows, matrix.verdicts, strict=True)
        for fix, word in zip(matrix.fixes, words, strict=True)
    }
    assert len(rows) - 1 == 6, "causes, and plain polling"
    assert [verdict[row, "E4b"] for row in ("i", "ii")] == ["cured", "cured"]
    left = matrix.cells[rows.index("i")][matrix.fixes.index("E4a")].mean
    assert left == pytest.approx(matrix.rows[rows.index("i")].mean / 2, rel=0.05)
    assert verdict["ii", "E4a"] == "unchanged"
    assert [verdict[row, "E4c"] for row in ("i", "ii")] == ["reduced", "reduced"]
    helps = {fix for fix in matrix.fixes if verdict["iv", fix] != "unchanged"}
    assert (helps, verdict["iv", "E2a"]) == ({"E2a"}, "cured")
    assert {fix for fix in matrix.fixes if verdict["iii", fix] != "unchanged"} == {"E4a"}
    assert verdict["iii", "E4a"] == "reduced"
    for row in ("v", "v-jitter"):
        i, j = rows.index(row), matrix.fixes.index("E4b")
        assert matrix.hollow[i][j]
        assert matrix.cells[i][j].mean == 0
    alone = matrix.rows[rows.index("vi")].mean
    assert alone == pytest.approx(15_000, rel=0.05)


@pytest.mark.slow
def test_most_fixes_cost_something_and_not_every_one() -> None:
    """As the start notebook says; more of a cost is worse, of adherence less."""
    dear = set()
    for result in measured().values():
        for fix in result.fixes:
            for cost in fix.costs:
                if cost.trap is None or cost.fix is None:
                    continue
                worse = (
                    cost.trap - cost.fix if cost.metric == "adherence_pct" else cost.fix - cost.trap
                )
                if worse > 0.001 * abs(cost.trap):
                    dear.add(fix.change.id)
    free = {fix.id for trap in simkit.traps.values() for fix in trap.fixes} - dear
    assert {"T1a", "E4c"} <= free
    assert len(dear) > len(free)

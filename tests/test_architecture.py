"""The house: imports go down, each library lives on one floor, and importing simkit is cheap."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import networkx as nx
import pytest

import simkit
from simkit.rules.sections import PATHS, SECTIONS
from simkit.studio import cell

PACKAGE = Path(simkit.__file__).parent
FLOORS = [
    *("base", "rules", "runs", "inputs", "engines", "study", "studio"),
    *("checking", "teaching", "ui", "testing"),
]
FILES = sorted(PACKAGE.rglob("*.py"))
MODULES = {
    ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): file
    for file in FILES
}
BELOW_UI = [
    file for file in FILES if file.relative_to(PACKAGE).parts[0] in FLOORS[: FLOORS.index("ui")]
]


@cache
def parsed(file: Path) -> ast.Module:
    """Give the code of a file as a tree, read once."""
    return ast.parse(file.read_text(encoding="utf-8"))


@cache
def imports(file: Path) -> frozenset[str]:
    """Give the dotted names that a file imports anywhere, types aside or not."""
    return frozenset(name for node in ast.walk(parsed(file)) for name in imported(node))


def imported(node: ast.AST) -> Iterator[str]:
    """Give the dotted names that a statement imports."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def top_levels(file: Path) -> set[str]:
    """Give the top-level packages that a file imports."""
    return {name.split(".")[0] for name in imports(file)}


@cache
def calls(file: Path) -> frozenset[str]:
    """Give the names of what a file calls, dotted as written."""
    calls = (node for node in ast.walk(parsed(file)) if isinstance(node, ast.Call))
    return frozenset(ast.unparse(call.func) for call in calls)


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(PACKAGE)))
def test_imports_go_down(file: Path) -> None:
    """A file imports from its own floor and from floors beneath it, never from above."""
    floor = file.relative_to(PACKAGE).parts[0]
    if floor not in FLOORS:
        return
    for name in imports(file):
        parts = name.split(".")
        if parts[0] == "simkit" and len(parts) > 1 and parts[1] in FLOORS:
            assert FLOORS.index(parts[1]) <= FLOORS.index(floor), f"{file.name} imports {name}"


@cache
def loaded_by(file: Path) -> set[str]:
    """Give the files of the package that a file imports when it runs: for types alone is aside."""
    tree = parsed(file)
    aside = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    names = {name for node in ast.walk(tree) if id(node) not in aside for name in imported(node)}
    return names & MODULES.keys()


def test_no_two_files_import_each_other() -> None:
    """Neither directly nor round about: whoever reads a file has all that it needs below it."""
    graph = nx.DiGraph((me, other) for me, file in MODULES.items() for other in loaded_by(file))
    assert list(nx.simple_cycles(graph)) == []


def test_what_decides_results_is_in_their_hash() -> None:
    """A change of any file below checks, teaching and front end makes results of another state."""
    beside = {"checking", "teaching", "ui", "testing"}
    assert set(cell.DECIDING) == set(FLOORS) - beside
    deciding = {file for file in FILES if file.relative_to(PACKAGE).parts[0] in cell.DECIDING}
    assert set(cell.deciding_files()) == deciding
    loaded = {MODULES[name] for file in deciding for name in loaded_by(file)}
    floors = {file.relative_to(PACKAGE).parts[0] for file in loaded}
    assert not floors & beside, "what is not in the hash decides nothing"


def test_every_module_lies_on_a_floor() -> None:
    """Nothing but the package's own front door lies beside the floors."""
    beside = [f.name for f in FILES if f.relative_to(PACKAGE).parts[0] not in FLOORS]
    assert beside == ["__init__.py"]


def test_no_floor_but_the_engines_loads_simpy() -> None:
    """Rules, inputs and what says which engine suits can be used without SimPy loaded."""
    probe = """
import sys
import simkit.rules.settings, simkit.rules.reasons, simkit.rules.schedule, simkit.rules.limits
import simkit.rules.cache, simkit.rules.oauth, simkit.inputs.drawing, simkit.inputs.loading
import simkit.engines.clock_choice, simkit.engines.columns.exact
print("simpy" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_simpy_is_known_to_the_processes_only() -> None:
    """Rules have no clock, and nothing but the world of processes waits."""
    users = {f.relative_to(PACKAGE).parent for f in FILES if "simpy" in top_levels(f)}
    assert users == {Path("engines/processes")}


def test_pictures_and_widgets_are_known_to_the_top_floor_only() -> None:
    """Nothing below knows plotly, ipywidgets, anywidget, Rich or Typer."""
    for file in BELOW_UI:
        shown = {"plotly", "ipywidgets", "anywidget", "rich", "typer", "IPython"}
        assert not top_levels(file) & shown, file


def test_columns_are_known_to_two_floors_only() -> None:
    """All that labs need is pure Python; SciPy, Parquet and Dask live in the studio.

    NumPy does too, and in the engine that works on columns.
    """
    for file in FILES:
        columns = {"numpy", "scipy", "pandas", "pyarrow", "distributed"}
        place = file.relative_to(PACKAGE)
        if place.is_relative_to("engines/columns"):
            columns.remove("numpy")
        if place.parts[0] != "studio":
            assert not top_levels(file) & columns, file


def test_scripts_are_parsed_in_one_room_only() -> None:
    """The C code that reads what strangers wrote is called where its time and memory are bounded.

    Others name its types, which loads nothing.
    """
    for file in FILES:
        tree = parsed(file)
        typing = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        ]
        aside = {name for part in typing for node in ast.walk(part) for name in imported(node)}
        users = {name for name in imports(file) if name.startswith("tree_sitter")} - aside
        assert not users or file.relative_to(PACKAGE).as_posix() == "checking/trees.py"


@pytest.mark.parametrize(
    ("library", "name"), [("icalendar", "calendars"), ("dateutil", "recurring")]
)
def test_calendars_are_read_in_one_file_only(library: str, name: str) -> None:
    """Each library for them is an extra, and is asked for where a calendar is at hand."""
    users = {f.relative_to(PACKAGE).as_posix() for f in FILES if library in top_levels(f)}
    assert users == {f"inputs/exports/{name}.py"}
    at_once = {
        each
        for node in parsed(MODULES[f"simkit.inputs.exports.{name}"]).body
        for each in imported(node)
    }
    assert not any(each.startswith(library) for each in at_once)


def test_nothing_draws_or_reads_the_clock_by_itself() -> None:
    """Below the top floor there is no global generator, no wall clock, no builtin hash.

    Three files may count time: a sweep's budget may be one of minutes, how long a stranger's
    script keeps its parser busy cannot be told from its length, and progress says what is left.
    """
    for file in BELOW_UI:
        clock = set() if file.name in ("sweep.py", "trees.py", "progress.py") else {"time"}
        assert not top_levels(file) & {"random", "secrets", "uuid", *clock}, file
        called = set(calls(file))
        assert "hash" not in called, file
        assert not {c for c in called if c.endswith((".now", ".today", ".utcnow"))}, file


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        (
            "import simkit",
            [
                *("plotly", "ipywidgets", "numpy", "pyarrow", "simpy", "scipy"),
                *("pydantic", "networkx", "tree_sitter"),
            ],
        ),
        (
            "import simkit; from simkit.base import resources; "
            "simkit.check(resources.directory('data') / 'payloads' / 'reason-code.json')",
            ["simpy", "networkx", "numpy", "tree_sitter", "rich", "simkit.inputs"],
        ),
        ("import simkit; simkit.run, simkit.load", ["plotly", "ipywidgets", "numpy", "scipy"]),
        (
            "import simkit; simkit.run(simkit.traps['E4'].settings, seed=1).metrics.values()",
            ["plotly", "ipywidgets", "IPython", "rich", "typer", "numpy", "scipy", "pyarrow"],
        ),
    ],
)
def test_using_simkit_loads_only_what_is_used(code: str, absent: list[str]) -> None:
    """A fresh process that runs the code has loaded none of the absent libraries."""
    probe = f"{code}; import sys; print(*[n for n in {absent} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_every_setting_says_what_it_is() -> None:
    """Each field has a description, which is its documentation everywhere."""
    for section, model in SECTIONS.items():
        for name, field in model.model_fields.items():
            assert field.description, f"{section}.{name}"


def test_the_last_part_of_a_settings_path_is_unique() -> None:
    """So that a keyword argument is enough to name a field."""
    fields = [name for model in SECTIONS.values() for name in model.model_fields]
    assert len(fields) == len(set(fields)) == len(PATHS)


def test_files_are_short_enough_to_read() -> None:
    """No file of the package is longer than 600 lines."""
    for file in FILES:
        assert len(file.read_text(encoding="utf-8").splitlines()) <= 600, file

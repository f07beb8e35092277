"""The front end's modules, joined and by themselves; node runs them where it is."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, get_args

import pytest
import tree_sitter_javascript
from anywidget import AnyWidget
from tree_sitter import Language, Parser

import simkit
from simkit.base.clock import show_duration
from simkit.ui.frontend import assets

ROOT = Path(__file__).resolve().parents[2]
UI = Path(simkit.__file__).parent / "ui"
ENTRIES = [
    *("lab/lab", "lab/part", "architect/architect", "charts/chart", "report/report"),
    *("workshop/lane", "audit/zone"),
]


def node(*arguments: str) -> str:
    """Run node and give what it prints; skipped where there is none, unless there has to be."""
    if shutil.which("node") is None:
        if os.environ.get("SIMKIT_REQUIRE_NODE") == "1":
            pytest.fail("no node on the path, and SIMKIT_REQUIRE_NODE=1", pytrace=False)
        pytest.skip("no node on the path")
    done = subprocess.run(["node", *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_modules_do_what_their_tests_say() -> None:
    """Look-ups and words of the front end, without a browser."""
    node("--test", "tests/frontend/")


def test_spans_of_time_are_told_alike_by_the_kernel_and_the_browser() -> None:
    """Whoever rounds, the words are the same: at every border of a unit and halfway between."""
    borders = [0, 1_000, 10_000, 60_000, 3_600_000, 7_260_000]
    near = [border + more for border in borders for more in (-1_500, -500, -1, 0, 1, 499, 500, 501)]
    spans = [ms for ms in [*near, 2_500, 3_500, 12_500, 13_500, 937_000] if ms >= 0]
    told = json.loads(
        node(
            "--input-type=module",
            "-e",
            f"import {{ spanWords }} from '{(UI / 'frontend' / 'dom.js').as_uri()}';"
            f"console.log(JSON.stringify({spans}.map(spanWords)))",
        )
    )
    assert dict(zip(spans, told, strict=True)) == {ms: show_duration(ms) for ms in spans}


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_joined_module_is_whole(entry: str, tmp_path: Path) -> None:
    """No import is left in it, no name is there twice, and only its entry exports."""
    joined = tmp_path / "joined.mjs"
    joined.write_text(assets.script(entry), encoding="utf-8")
    node("--check", str(joined))
    assert not re.search(r"^import\b", joined.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(re.findall(r"^export\b", joined.read_text(encoding="utf-8"), re.MULTILINE)) <= 1


def test_what_a_page_takes_from_a_file_is_no_module(tmp_path: Path) -> None:
    """It is a whole script in which nothing is imported or exported, and that leaves no names."""
    script = tmp_path / "lane.cjs"
    script.write_text(assets.classic_script("workshop/lane"), encoding="utf-8")
    node("--check", str(script))
    assert not re.search(r"^(im|ex)port\b", script.read_text(encoding="utf-8"), re.MULTILINE)
    assert script.read_text(encoding="utf-8").startswith("(() => {")


@pytest.mark.parametrize("entry", ENTRIES)
def test_only_comments_and_indentation_stay_behind(entry: str) -> None:
    """What is sent has the words of the files, one by one, as the grammar reads it."""
    files = "\n".join(assets.modules(entry).values())
    assert words_of(assets.script(entry)) == words_of(files)
    assert len(assets.script(entry)) < 0.75 * len(files)


def words_of(script: str) -> list[bytes]:
    """Give the tokens of a script, without comments, imports, and the words that export."""
    found: list[bytes] = []
    nodes = [Parser(Language(tree_sitter_javascript.language())).parse(script.encode()).root_node]
    while nodes:
        one = nodes.pop()
        assert one.type != "ERROR", one.text
        whole = one.type in ("string", "template_string", "regex")
        if one.type in ("comment", "import_statement"):
            continue
        if one.children and not whole:
            nodes += reversed(one.children)
        elif one.text:
            found.append(one.text)
    return [word for i, word in enumerate(found) if word != b"export" or found[i + 1] == b"default"]


@pytest.mark.parametrize("entry", ENTRIES)
def test_each_file_comes_after_those_that_it_imports(entry: str) -> None:
    """The order in which files are joined is that in which they need each other."""
    names = list(assets.modules(entry))
    for place, text in enumerate(assets.modules(entry).values()):
        own = (UI / f"{names[place]}.js").parent
        code = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)  # types are imported in comments
        for other in re.findall(r'from "([^"]+)\.js"', code):
            needed = (own / other).resolve().relative_to(UI.resolve()).as_posix()
            assert names.index(needed) < place


def test_every_file_of_the_front_end_belongs_to_something() -> None:
    """No file lies there unused."""
    used = {name for entry in ENTRIES for name in assets.modules(entry)}
    assert used == {file.relative_to(UI).with_suffix("").as_posix() for file in UI.rglob("*.js")}


def test_the_types_of_the_front_end_are_those_of_the_view_models() -> None:
    """What is written beside each view model is what ``tools/typedefs.py`` makes of it."""
    spec = importlib.util.spec_from_file_location("typedefs", ROOT / "tools" / "typedefs.py")
    assert spec is not None
    assert spec.loader is not None
    typedefs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(typedefs)
    for module in typedefs.MODULES:
        written = Path(module.__file__).with_suffix(".d.ts").read_text(encoding="utf-8")
        assert written == typedefs.declarations(module), "stale: python tools/typedefs.py"


def test_what_the_lab_tells_and_may_be_asked_is_what_is_typed() -> None:
    """A type for each trait that the kernel tells and each command that it takes, and no other."""
    from simkit.ui.lab.told import Command, LabTold
    from simkit.ui.lab.widget import View

    own = {*View.class_trait_names(sync=True)} - {*AnyWidget.class_trait_names(sync=True)}
    assert set(LabTold.__annotations__) == own
    lab = simkit.lab("E4")
    assert set(get_args(Command)) == {*lab._commands, "cancel", "save"}
    lab.close()


def test_the_browser_is_told_every_kind_and_retypes_none(healthy: Any) -> None:
    """Its files have no words of kinds of discrepancies, nor marks that nobody tells of."""
    from simkit.runs.discrepancies import KINDS
    from simkit.runs.events import KINDS as EVENTS
    from simkit.ui.lab.agent_view import AgentView
    from simkit.ui.lab.agent_view_model import world_model
    from simkit.ui.lab.sentences import KIND_WORDS

    assert tuple(KIND_WORDS) == KINDS
    assert world_model(AgentView(simkit.run(healthy, 1)))["kinds"] == [
        {"kind": kind, "words": words} for kind, words in KIND_WORDS.items()
    ]
    texts = "".join(file.read_text(encoding="utf-8") for file in UI.rglob("*.js"))
    assert not [words for words in KIND_WORDS.values() if words.casefold() in texts.casefold()]
    marks = re.search(r"const MARKS = new Map\(\[(.*?)\n\]\);", texts, re.DOTALL)
    assert marks
    drawn = set(re.findall(r'^  \["(\w+)"', marks[1], re.MULTILINE))
    told = {kind.mark for kind in EVENTS.values()} - {""} | {"accepted", "override", "refused"}
    assert drawn == told | {"expiry", "lock"}, "the last two are no records"

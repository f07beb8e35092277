"""What holds for every notebook, and that each check finds what it is there to find."""

from __future__ import annotations

import ast
import html
import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from statistics import median
from typing import Any

import nbformat
import pytest
from known_traps import KNOWN

import simkit
from simkit.base import resources
from simkit.ui.lab.lab import Lab
from simkit.ui.lab.sentences import moment_sentence

pytestmark = pytest.mark.slow  # notebooks are read and judged

FOLDER = resources.directory("notebooks")
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
START = "00-start-here"
TRAPS = {id_: next(iter(FOLDER.glob(f"{id_}-*.ipynb")), None) for id_ in simkit.traps}

# The audit begins with the ledger of claims, which is its subject: a desk shows nothing of it
# before the ledger has said where to look.
LAB_IN_SECOND_CELL = {"11-claims-audited"}

LONGEST_CELL, USUAL_CELL, LONGEST_FUNCTION = 12, 4, 10
MOST_CELLS = 26
"""Cells of a trap's notebook: teaching and exercise take 25 min, and a cell about one of them."""
SLIDES = {"slide", "subslide", "fragment", "-", "skip", "notes"}
ALONE = {"slide", "subslide"}
KEYS = {"teaches", "questions", "objectives", "minutes", "misconception", "key_points"}
FORBIDDEN_MODULES = {"pip", "urllib", "requests", "subprocess", "ensurepip", "http", "socket"}
CLOCKS = {"timeit", "perf_counter", "process_time", "monotonic", "time", "now", "today"}
BACK_DOORS = {"get_ipython", "__import__", "importlib"}
ABSOLUTE_PATH = re.compile(
    r"(?<![\w.:/<-])/(?:tmp|home|root|usr|var|opt|etc|work|mnt|Users)\b|\b[A-Z]:\\\\?\w"
)

Content = dict[str, Any]
Check = Callable[[str, Content], Iterator[str]]


def load(path: Path) -> Content:
    content: Content = json.loads(path.read_text(encoding="utf-8"))
    return content


def text_of(cell: Content) -> str:
    return "".join(cell["source"])


def cells(content: Content, kind: str) -> list[Content]:
    return [cell for cell in content["cells"] if cell["cell_type"] == kind]


def trees(content: Content) -> list[ast.Module]:
    return [ast.parse(text_of(cell)) for cell in cells(content, "code")]


def outputs(content: Content) -> list[Content]:
    return [output for cell in cells(content, "code") for output in cell["outputs"]]


def output_texts(output: Content) -> Iterator[str]:
    yield "".join(output.get("text", ""))
    for value in output.get("data", {}).values():
        yield "".join(value) if isinstance(value, list | str) else json.dumps(value)


# The checks: each gives what is wrong with a notebook, a sentence for each fault.


def teaching_faults(_stem: str, content: Content) -> Iterator[str]:
    told = content["metadata"].get("simkit")
    if not isinstance(told, dict) or set(told) != KEYS:
        yield f"metadata.simkit needs exactly the keys {', '.join(sorted(KEYS))}"
        return
    for key in ("questions", "objectives", "key_points"):
        entries = told[key]
        if not isinstance(entries, list) or not entries or not all(map(_is_text, entries)):
            yield f"{key} is no list of sentences"
    if not _is_text(told["teaches"]) or "|" in told["teaches"]:
        yield "teaches is no cell of a table"
    if not _is_text(told["misconception"]) or not told["misconception"].endswith("."):
        yield "misconception is no sentence"
    minutes = told["minutes"]
    if not isinstance(minutes, dict) or set(minutes) != {"teach", "exercise"}:
        yield "minutes needs exactly the keys teach and exercise"
    elif not all(type(m) is int and 0 <= m <= 60 for m in minutes.values()):
        yield "minutes are whole numbers up to an hour"
    elif not minutes["teach"]:
        yield "teaching takes no minutes"


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def length_faults(_stem: str, content: Content) -> Iterator[str]:
    """Blank lines do not count: the formatter sets them, between imports and around functions."""
    lengths = [
        sum(bool(line.strip()) for line in text_of(c).splitlines()) for c in cells(content, "code")
    ]
    if max(lengths) > LONGEST_CELL:
        yield f"a code cell has {max(lengths)} lines"
    if median(lengths) > USUAL_CELL:
        yield f"half of the code cells have {median(lengths)} lines or more"
    for tree in trees(content):
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > LONGEST_FUNCTION:
                    yield f"{node.name} has {length} lines"


def import_faults(_stem: str, content: Content) -> Iterator[str]:
    for i, tree in enumerate(trees(content)):
        if i and any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(tree)):
            yield f"code cell {i + 1} imports: {ast.unparse(tree)[:60]}"


def fetch_faults(_stem: str, content: Content) -> Iterator[str]:
    for cell in cells(content, "code"):
        source = text_of(cell)
        magic = re.search(r"^\s*[!%].*", source, re.MULTILINE)
        if magic:
            yield f"a magic or a shell command: {magic[0]}"
            continue
        for node in ast.walk(ast.parse(source)):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [node.id] if isinstance(node, ast.Name) and node.id in BACK_DOORS else []
            for name in names:
                if name.split(".")[0] in FORBIDDEN_MODULES | BACK_DOORS:
                    yield f"{name} installs or fetches"


def timing_faults(_stem: str, content: Content) -> Iterator[str]:
    """What a clock measures differs from run to run, so it stays out of compared outputs."""
    for cell in cells(content, "code"):
        source = text_of(cell)
        names = {n.id for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Name)}
        names |= {n.attr for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Attribute)}
        if names & CLOCKS and not source.startswith("# NBVAL_IGNORE_OUTPUT\n"):
            yield f"a measured time in a cell that is compared: {', '.join(sorted(names & CLOCKS))}"


def opening_faults(stem: str, content: Content) -> Iterator[str]:
    early = trees(content)[: 2 if stem in LAB_IN_SECOND_CELL else 1]
    if not any(lab_call(tree) for tree in early):
        yield "the notebook does not open with a lab"


def lab_call(tree: ast.Module) -> ast.Call | None:
    """Give the call whose lab a cell shows: its last line, or the name it was given."""
    last = tree.body[-1]
    shown = last.value if isinstance(last, ast.Expr) else None
    if isinstance(shown, ast.Name):
        given = {
            ast.unparse(node.targets[0]): node.value
            for node in tree.body
            if isinstance(node, ast.Assign)
        }
        shown = given.get(shown.id)
    doors = ("simkit.lab", "simkit.architect", "simkit.audit")
    opens = isinstance(shown, ast.Call) and ast.unparse(shown.func) in doors
    return shown if opens and isinstance(shown, ast.Call) else None


def output_faults(_stem: str, content: Content) -> Iterator[str]:
    for output in outputs(content):
        if output["output_type"] == "error":
            yield f"a stored error: {output['ename']}"
        if output.get("name") == "stderr":
            yield "a stored stderr stream"
        if "application/vnd.jupyter.widget-view+json" in output.get("data", {}):
            yield "a stored view of a widget that is no more"
    if "widgets" in content["metadata"]:
        yield "stored states of widgets"
    unrun = [c for c in cells(content, "code") if c["execution_count"] is None]
    if unrun:
        yield f"{len(unrun)} code cells were not run"


def path_faults(_stem: str, content: Content) -> Iterator[str]:
    texts = [text_of(cell) for cell in content["cells"]]
    texts += [text for output in outputs(content) for text in output_texts(output)]
    for text in texts:
        found = ABSOLUTE_PATH.search(text)
        if found:
            yield f"an absolute path: {text[found.start() : found.start() + 60]}"


def prose_faults(_stem: str, content: Content) -> Iterator[str]:
    prose = [text_of(cell) for cell in cells(content, "markdown")]
    prose.append(json.dumps(content["metadata"].get("simkit")))
    for text in prose:
        for word in re.findall(r"\b(?:just|simply)\b", text, re.IGNORECASE):
            yield f"the word {word!r}"


def form_faults(_stem: str, content: Content) -> Iterator[str]:
    version = content["nbformat"], content["nbformat_minor"]
    if version != (4, 5):
        yield f"the format is {version}"
    if content["metadata"].get("kernelspec", {}).get("name") != "python3":
        yield "the kernel is not python3"
    ids = [cell.get("id") for cell in content["cells"]]
    if None in ids or len(set(ids)) < len(ids):
        yield "ids of cells are missing or not unique"
    try:
        nbformat.validate(content)
    except nbformat.ValidationError as problem:
        yield f"the format is broken: {problem}"


def arc_faults(stem: str, content: Content) -> Iterator[str]:
    """A trap's notebook is short, prints digests once, at its end, and can be shown as slides."""
    if stem.partition("-")[0] not in TRAPS:
        return
    if len(content["cells"]) > MOST_CELLS:
        yield f"{len(content['cells'])} cells"
    printing = [cell for cell in content["cells"] if "print(" in text_of(cell)]
    digests = [cell for cell in printing if re.search(r"print\([^()]*\.digest\)", text_of(cell))]
    if digests != content["cells"][-1:]:
        yield f"{len(digests)} cells print digests, and not the last one alone"
    yield from slide_faults([*zip(content["cells"], map(slide_of, content["cells"]), strict=True)])


def slide_of(cell: Content) -> str | None:
    kind = cell["metadata"].get("slideshow", {}).get("slide_type")
    return kind if kind in SLIDES else None


def slide_faults(slides: list[tuple[Content, str | None]]) -> Iterator[str]:
    after = [kind for _, kind in slides[1:]]
    for (cell, kind), following in zip(slides, [*after, "slide"], strict=True):
        shows = cell["cell_type"] == "code" and lab_call(ast.parse(text_of(cell)))
        if kind is None:
            yield f"{cell['id']} says nothing of slides"
        if shows and not (kind in ALONE and following in ALONE):
            yield f"{cell['id']} shows a lab, and not on a slide of its own"
    if slides[0][1] != "slide" or slides[-1][1] != "skip":
        yield "the first cell begins no slide, or the digests are on one"


CHECKS: list[Check] = [
    *(teaching_faults, length_faults, import_faults, fetch_faults, opening_faults),
    *(output_faults, path_faults, prose_faults, form_faults, timing_faults, arc_faults),
]


@pytest.mark.filterwarnings("ignore::nbformat.warnings.DuplicateCellId")
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_has_no_faults(path: Path, check: Check) -> None:
    """It says what it teaches, is short, opens with a lab, fetches nothing, shows no failure."""
    assert list(check(path.stem, load(path))) == []


# What a lab shows first.


def opening_lab(content: Content) -> tuple[Lab, Content]:
    """Open the lab of the first code cell anew; give it with the output that is stored for it."""
    call = lab_call(trees(content)[0])
    assert call is not None
    arguments = [ast.literal_eval(value) for value in call.args]
    named = {each.arg: ast.literal_eval(each.value) for each in call.keywords if each.arg}
    stored: Content = cells(content, "code")[0]["outputs"][-1]["data"]
    return simkit.lab(*arguments, **named), stored


def shows(trap_id: str, lab: Lab) -> bool:
    """Say whether the desk of a lab shows the symptom of a trap, from belief and truth alone."""
    known, piece = KNOWN[trap_id], lab.state.piece
    return known.shows(piece) and (known.beside is None or known.beside(piece))


def symptom_faults(trap_id: str, content: Content) -> Iterator[str]:
    lab, stored = opening_lab(content)
    wrong = moment_sentence(lab.state.view, lab.state.agent, lab.state.moment)
    try:
        if lab.state.choice.trap.id != trap_id:
            yield f"the first lab is one of {lab.state.choice.trap.id}"
        if not shows(trap_id, lab):
            yield f"the first desk does not fail as {trap_id} does: {wrong}"
        if "".join(stored["text/plain"]) != repr(lab):
            yield "the stored lab is another one"
        if html.escape(wrong) not in "".join(stored["text/html"]):
            yield "the stored picture does not say what is wrong"
    finally:
        lab.close()


@pytest.mark.parametrize("trap_id", simkit.traps)
def test_the_first_thing_a_trap_notebook_shows_is_a_desk_that_fails(trap_id: str) -> None:
    """The stored lab is the one that a run gives, and its desk shows the symptom of the trap."""
    path = TRAPS[trap_id]
    assert path is not None, f"no notebook for {trap_id}"
    assert list(symptom_faults(trap_id, load(path))) == []


def test_the_start_notebook_shows_a_desk_that_fails() -> None:
    """The first picture that a newcomer sees is E4's symptom, as a run gives it."""
    assert list(symptom_faults("E4", load(FOLDER / f"{START}.ipynb"))) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("trap_id", "kind", "value"),
    [(each, "preset", "healthy") for each in simkit.traps] + [("E3", "moment", 0)],
)
def test_a_desk_that_works_is_not_taken_for_one_that_fails(
    trap_id: str, kind: str, value: object
) -> None:
    """The healthy preset and the first moment of E3 show no symptom: the check can say no."""
    path = TRAPS[trap_id]
    assert path is not None, f"no notebook for {trap_id}"
    lab, _ = opening_lab(load(path))
    lab.choose(kind, value)
    assert not shows(trap_id, lab)
    lab.close()


# The notebooks as a set.


def test_every_trap_of_the_catalogue_has_a_notebook() -> None:
    """A learner finds one notebook for each trap, by the id that its name begins with."""
    for trap_id in simkit.traps:
        assert len(list(FOLDER.glob(f"{trap_id}-*.ipynb"))) == 1, trap_id


def test_the_start_notebook_lists_all_others_with_their_minutes() -> None:
    """A course can be planned from the table: it says what each notebook says of itself."""
    prose = "\n".join(map(text_of, cells(load(FOLDER / f"{START}.ipynb"), "markdown")))
    rows = re.findall(r"^\| \[(.+?)\]\((.+?)\) \| (.+) \| (.+) \|$", prose, re.MULTILINE)
    there = set()
    for path in NOTEBOOKS:
        says = load(path)["metadata"]["simkit"]
        minutes = f"{says['minutes']['teach']} + {says['minutes']['exercise']}"
        there.add((path.stem, path.name, says["teaches"], minutes))
    again = f"run: python tools/notebooks.py {START}"
    assert set(rows) == {row for row in there if row[0] != START}, again


# Each check finds the fault that it is there for.


def sound() -> Content:
    """Give a notebook without faults."""
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "simkit": {
                "teaches": "why things fail",
                "questions": ["Why?"],
                "objectives": ["See why"],
                "minutes": {"teach": 15, "exercise": 0},
                "misconception": "Nothing can fail.",
                "key_points": ["Things fail."],
            },
        },
        "cells": [
            {"id": "a", "cell_type": "markdown", "metadata": {}, "source": "# Adjusted"},
            _code("b", 'import simkit\n\nsimkit.lab("E4")'),
            _code("c", 'requests = "requests_per_s and pip"\nlimit = 100 % 7'),
        ],
    }


def _code(cell_id: str, source: str) -> Content:
    return {
        "id": cell_id,
        "cell_type": "code",
        "metadata": {},
        "source": source,
        "execution_count": 1,
        "outputs": [],
    }


def with_source(source: str, cell: int = 2) -> Content:
    content = sound()
    content["cells"][cell]["source"] = source
    return content


def with_output(**output: Any) -> Content:
    content = sound()
    content["cells"][2]["outputs"] = [output]
    return content


def told(**changes: Any) -> Content:
    content = sound()
    content["metadata"]["simkit"] |= changes
    return content


def without(key: str) -> Content:
    content = sound()
    del content["metadata"]["simkit"][key]
    return content


def stream(name: str, text: str) -> Content:
    return with_output(output_type="stream", name=name, text=text)


LONG_FUNCTION = "def long():\n" + "\n".join(f"    a{i} = {i}" for i in range(10))
VIEW = {"application/vnd.jupyter.widget-view+json": {"model_id": "0"}, "text/plain": "Lab"}

BROKEN: dict[str, tuple[Check, Content]] = {
    "no teaching metadata": (teaching_faults, sound() | {"metadata": {}}),
    "a key that nobody reads": (teaching_faults, told(level="easy")),
    "a key is missing": (teaching_faults, without("key_points")),
    "questions are one text": (teaching_faults, told(questions="Why?")),
    "an empty objective": (teaching_faults, told(objectives=[" "])),
    "it teaches nothing": (teaching_faults, told(teaches=" ")),
    "it teaches two columns": (teaching_faults, told(teaches="this | that")),
    "no misconception": (teaching_faults, told(misconception="")),
    "minutes as text": (teaching_faults, told(minutes={"teach": "15", "exercise": 5})),
    "no time to teach": (teaching_faults, told(minutes={"teach": 0, "exercise": 5})),
    "minutes for one thing": (teaching_faults, told(minutes={"teach": 15})),
    "a cell of 13 lines": (length_faults, with_source("a = 1\n" * 13)),
    "usual cells of 5 lines": (length_faults, with_source("a = 1\n" * 7)),
    "a function of 11 lines": (length_faults, with_source(LONG_FUNCTION)),
    "an import further down": (import_faults, with_source("if True:\n    import math")),
    "a shell command": (fetch_faults, with_source("!pip install simkit")),
    "a magic": (fetch_faults, with_source("a = 1\n%time a")),
    "a download": (fetch_faults, with_source("from urllib.request import urlopen", 1)),
    "another client": (fetch_faults, with_source("import math, requests", 1)),
    "a magic by its function": (fetch_faults, with_source("get_ipython().system('ls')")),
    "a measured time": (timing_faults, with_source("print(timeit(run))")),
    "a measured time of a module": (timing_faults, with_source("print(time.perf_counter())")),
    "no lab": (opening_faults, with_source("import simkit", 1)),
    "a lab that is not shown": (opening_faults, with_source('lab = simkit.lab("E4")', 1)),
    "a stored error": (
        output_faults,
        with_output(output_type="error", ename="KeyError", evalue="", traceback=[]),
    ),
    "a stored warning": (output_faults, stream("stderr", "careful")),
    "a stored view": (
        output_faults,
        with_output(output_type="display_data", data=VIEW, metadata={}),
    ),
    "a path of some machine": (path_faults, stream("stdout", "wrote /home/someone/x.csv")),
    "a path on a drive": (path_faults, stream("stdout", r"wrote C:\Users\x.csv")),
    "a path in a table": (
        path_faults,
        with_output(output_type="display_data", data={"text/html": ["<td>", "/home/x"]}),
    ),
    "a word that belittles": (prose_faults, with_source("It is Simply so.", 0)),
    "another one": (prose_faults, told(key_points=["It is just so."])),
    "an old format": (form_faults, sound() | {"nbformat_minor": 4}),
    "another kernel": (form_faults, sound() | {"metadata": {}}),
}


def arc(*last: Content) -> Content:
    """Give a notebook without faults of a trap, or one that ends otherwise."""
    content = sound()
    content["cells"][2]["metadata"] = {}
    content["cells"][2:] = [
        _code("c", "result = 1\nresult"),
        *(last or [_code("d", "for each in charts:\n    print(each.digest)")]),
    ]
    kinds = ("slide", "subslide", "slide", "skip", "skip")
    for cell, kind in zip(content["cells"], kinds, strict=False):
        cell["metadata"] = {"slideshow": {"slide_type": kind}}
    return content


def on_slides(cell: int, kind: str) -> Content:
    content = arc()
    content["cells"][cell]["metadata"] = {"slideshow": {"slide_type": kind}}
    return content


ARCS: dict[str, Content] = {
    "too many cells": arc(*(_code(f"n{i}", "print(each.digest)") for i in range(MOST_CELLS))),
    "a digest after a picture": arc(
        _code("d", "print(line.digest)"), _code("e", "print(all_of.digest)")
    ),
    "no digest": arc(_code("d", "print(1)")),
    "a digest that is not the last": arc(_code("d", "print(line.digest)"), _code("e", "1")),
    "a cell that says nothing of slides": on_slides(2, ""),
    "a kind of slide that there is not": on_slides(2, "sub"),
    "a lab below its text": on_slides(1, "-"),
    "text below a lab": on_slides(2, "-"),
    "digests on a slide": on_slides(3, "slide"),
    "no first slide": on_slides(0, "-"),
}


@pytest.mark.parametrize("fault", ARCS)
def test_a_fault_in_the_arc_of_a_trap_is_found(fault: str) -> None:
    """Of a trap's notebook alone: elsewhere the same is none, and a sound one has none."""
    assert list(arc_faults("E4-stale-codes", arc())) == []
    assert list(arc_faults("E4-stale-codes", ARCS[fault])) != []
    assert list(arc_faults(START, ARCS[fault])) == []


def twins() -> Content:
    content = sound()
    content["cells"][1]["id"] = content["cells"][2]["id"]
    return content


def unrun() -> Content:
    content = sound()
    content["cells"][2]["execution_count"] = None
    return content


def bare() -> Content:
    content = sound()
    del content["cells"][2]["metadata"]
    return content


BROKEN |= {
    "twin ids": (form_faults, twins()),
    "not run": (output_faults, unrun()),
    "a cell without its parts": (form_faults, bare()),
    "stored widgets": (output_faults, sound() | {"metadata": {"widgets": {}}}),
}


@pytest.mark.filterwarnings("ignore::nbformat.warnings.DuplicateCellId")
@pytest.mark.parametrize("fault", BROKEN)
def test_a_check_finds_its_fault(fault: str, tmp_path: Path) -> None:
    """On a sound notebook with one fault its check complains; on the sound one none does."""
    check, broken = BROKEN[fault]
    path = tmp_path / "broken.ipynb"
    path.write_text(json.dumps(broken), encoding="utf-8")
    assert list(check(path.stem, load(path))) != []
    assert [found for each in CHECKS for found in each(path.stem, sound())] == []


@pytest.mark.parametrize("stem", sorted(LAB_IN_SECOND_CELL))
def test_no_other_notebook_may_open_its_lab_in_the_second_cell(stem: str) -> None:
    """The audit's exception is its own, and a third cell is too late even there."""
    late = with_source("import simkit", 1)
    late["cells"][2]["source"] = 'simkit.lab("E4")'
    assert list(opening_faults(stem, late)) == []
    assert list(opening_faults("E4-stale-codes", late)) != []
    late["cells"].insert(2, _code("d", "a = 1"))
    assert list(opening_faults(stem, late)) != []


@pytest.mark.parametrize(
    ("part", "value"), [("text/plain", "Lab(E4, trap, seed 2)"), ("text/html", "all is well")]
)
def test_a_stored_lab_that_is_not_what_a_run_gives_is_found(part: str, value: str) -> None:
    """Whoever reads without running the cells sees no picture that has gone out of date."""
    content = deepcopy(load(FOLDER / f"{START}.ipynb"))
    cells(content, "code")[0]["outputs"][-1]["data"][part] = [value]
    assert list(symptom_faults("E4", content)) != []
    assert list(symptom_faults("T1", content)) != []

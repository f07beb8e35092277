"""Numbers in the prose of notebooks are true, and stay so.

A number that stands in the code or the output of its notebook needs no more: whoever changes one
sees the other. Any other number, and any number word, has a comment in its cell that readers do
not see:

    <!-- five agents: len(lab.state.view.run.agents) == 5 -->

Before the first colon stands the phrase, behind it an expression that is true once the notebook
has been run, in its own names; CELLS holds the sources of its cells, by id. What cannot be
computed gives its reason as a text. Other statements that hang on a run may have such a comment,
too.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simkit.base import resources

pytestmark = pytest.mark.slow  # notebooks are read and judged

FOLDER = resources.directory("notebooks")
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
WORDS = (
    *("three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "twenty", "thirty", "sixty", "hundred"),
    *("twice", "thrice", "half", "third", "thirds", "quarter", "sixth", "double", "doubles"),
)
NUMBER = re.compile(
    rf"(?<![\w.])\d+(?:,\d{{3}})*(?:\.\d+)?|(?<!\bthe )\btwo\b|\b(?:{'|'.join(WORDS)})\b", re.I
)
"""*The two* points back to what was counted before."""
COMMENT = re.compile(r"<!--\s*(.+?)\s*-->", re.DOTALL)

Content = dict[str, Any]


def text_of(cell: Content) -> str:
    return "".join(cell["source"])


def prose_of(source: str) -> str:
    """Give what a reader reads: no comments, code, links, ids of traps and claims."""
    prose = COMMENT.sub(" ", source)
    prose = re.sub(r"`[^`]*`|\[[^\]]*\]\([^)]*\)", " ", prose)
    prose = re.sub(r"\b[TE]\d[a-d]?\b|\bC\d{3}\b|\b(?:40[0134]|429)\b", " ", prose)
    return re.sub(r"\s+", " ", prose)


def claims_of(source: str) -> list[tuple[str, str]]:
    """Give the phrases of a cell's comments with their expressions."""
    found = []
    for comment in COMMENT.findall(source):
        phrase, _, expression = comment.partition(":")
        found.append((re.sub(r"\s+", " ", phrase.strip()), expression.strip()))
    return found


def numbers_beside(content: Content) -> set[str]:
    """Give the numbers in the code and the texts of the outputs, without separators."""
    texts = []
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            texts.append(text_of(cell).replace("_", ""))
            for output in cell["outputs"]:
                texts.append("".join(output.get("text", "")))
                texts.append("".join(output.get("data", {}).get("text/plain", "")))
    found = re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?", "\n".join(texts))
    return {number.replace(",", "") for number in found}


def faults(content: Content) -> Iterator[str]:
    """Say which numbers nothing accounts for, and which comments are no claims."""
    beside = numbers_beside(content)
    for cell in content["cells"]:
        if cell["cell_type"] != "markdown":
            continue
        prose, claims = prose_of(text_of(cell)), claims_of(text_of(cell))
        for phrase, expression in claims:
            if not phrase or phrase not in prose:
                yield f"{cell['id']}: the phrase {phrase!r} is not in the text"
            try:
                ast.parse(expression, mode="eval")
            except SyntaxError:
                yield f"{cell['id']}: no expression: {expression!r}"
        spans = [m.span() for phrase, _ in claims for m in re.finditer(re.escape(phrase), prose)]
        for number in NUMBER.finditer(prose):
            held = any(start <= number.start() < end for start, end in spans)
            if not held and number[0].replace(",", "") not in beside:
                around = prose[max(0, number.start() - 30) : number.end() + 30]
                yield f"{cell['id']}: {number[0]} in {around!r}"


def load(path: Path) -> Content:
    content: Content = json.loads(path.read_text(encoding="utf-8"))
    return content


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_number_in_the_prose_is_accounted_for(path: Path) -> None:
    """It stands in the notebook's code or output, or a comment says what it is."""
    assert list(faults(load(path))) == []


def untrue(content: Content) -> list[str]:
    """Run a notebook's code and give the comments that are not true then."""
    names: dict[str, Any] = {"__name__": "notebook"}
    names["CELLS"] = {cell["id"]: text_of(cell) for cell in content["cells"]}
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            exec(compile(text_of(cell), cell["id"], "exec"), names)
    return [
        f"{cell['id']}: {phrase}: {expression}"
        for cell in content["cells"]
        if cell["cell_type"] == "markdown"
        for phrase, expression in claims_of(text_of(cell))
        if not eval(expression, names)
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.some(4)
def test_what_the_prose_counts_is_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each expression in a comment is true after the notebook's code has run."""
    monkeypatch.chdir(FOLDER)
    assert untrue(load(path)) == []


# Each check finds what it is there for.


def notebook(prose: str, code: str = "agents = [1, 2, 3]", output: str = "") -> Content:
    cell = {"cell_type": "code", "id": "b", "source": code, "outputs": [{"text": output}]}
    return {"cells": [{"cell_type": "markdown", "id": "a", "source": prose}, cell]}


@pytest.mark.parametrize(
    "prose",
    [
        "There are four agents.",
        "There are 4 agents.",
        "It takes 12.5 min.",
        "There are three agents.\n\n<!-- four agents: len(agents) == 4 -->",
        "There are three agents.\n\n<!-- three agents: len(agents) = 3 -->",
    ],
)
def test_a_number_that_nothing_accounts_for_is_found(prose: str) -> None:
    """A number on its own, a comment on another phrase, one that is no expression."""
    assert list(faults(notebook(prose))) != []


@pytest.mark.parametrize(
    "content",
    [
        notebook("There are three agents.\n\n<!-- three agents: len(agents) == 3 -->"),
        notebook("There are 3 agents, and the two differ in E4."),
        notebook("It takes 1,200 ms.", output="1200 ms"),
        notebook("Write `7`, see [five](five.ipynb), get 404 or so."),
    ],
)
def test_a_number_with_its_reason_is_let_pass(content: Content) -> None:
    """A comment, an output, *the two*, code and links are each reason enough."""
    assert list(faults(content)) == []


@pytest.mark.parametrize(("said", "wrong"), [("three", []), ("two", ["a: two agents: "])])
def test_a_count_that_is_not_so_is_found(said: str, wrong: list[str]) -> None:
    """Of three agents a comment that counts three holds, and one that counts two is named."""
    many = {"two": 2, "three": 3}[said]
    prose = f"There are {said} agents.\n\n<!-- {said} agents: len(agents) == {many} -->"
    found = untrue(notebook(prose))
    assert [each.partition("len")[0] for each in found] == wrong

"""`simkit workshop build`: what each audience gets, and what participants do not get."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from commands import Answer
from jsonschema import Draft4Validator
from nbformat import NotebookNode
from pypdf import PdfReader

import simkit as kit
from simkit.base.errors import BadInput
from simkit.base.language import PSEUDO, in_language, languages
from simkit.study.catalogue import TRAP_IDS
from simkit.teaching import exercises
from simkit.teaching.exercise_file import Case, Exercises, SettingsAsked
from simkit.teaching.guessing import NoGuessError
from simkit.teaching.notes import Notes, notes_on
from simkit.teaching.openings import notebook_of
from simkit.ui.editions import building, exercise_cells, note_cells, pages, printing
from simkit.ui.editions.edition import AUDIENCES, Audience, edition
from simkit.ui.editions.handout import handout
from simkit.ui.editions.tags import INSTRUCTOR, PREDICT, REVEAL, SOLUTION, tags_of

pytestmark = pytest.mark.slow  # a notebook is run

TRAP = "E4"
MARK = "marked-secret"
NBGRADER = {
    "type": "object",
    "properties": {
        "schema_version": {"type": "integer", "minimum": 3, "maximum": 3},
        "grade": {"type": "boolean"},
        "locked": {"type": "boolean"},
        "solution": {"type": "boolean"},
        "task": {"type": "boolean"},
        "grade_id": {"type": "string", "pattern": "^[a-zA-Z0-9_\\-]+$"},
        "points": {"type": "number", "minimum": 0},
        "checksum": {"type": "string", "minLength": 32, "maxLength": 32},
        "cell_type": {"enum": ["raw", "code", "markdown"]},
    },
    "required": ["schema_version", "grade", "locked", "solution"],
    "additionalProperties": False,
}
"""Metadata of a cell as nbgrader documents it, version 3."""


def marked_exercises(of: str) -> Exercises:
    """Give exercises whose solutions, reasons, hints and hidden cases can be told anywhere."""
    return exercises.group(of).model_copy(
        update={
            "exercises": tuple(
                each.model_copy(
                    update={
                        "solution": [f"{MARK} solution {each.id}"],
                        "unforeseen": (f"{MARK} unforeseen",),
                        "right": f"{MARK} right",
                        "hints": (f"{MARK} hint",) * 3,
                        "reasons": tuple(
                            reason.model_copy(update={"says": f"{MARK} reason"})
                            for reason in each.reasons
                        ),
                        "ask": each.ask.model_copy(update={"cases": (Case(id=f"{MARK} case"),)})
                        if isinstance(each.ask, SettingsAsked)
                        else each.ask,
                    }
                )
                for each in exercises.group(of).exercises
            )
        }
    )


def marked_notes(trap: str) -> Notes:
    """Give notes each text of which can be told anywhere."""
    marked = json.loads(
        json.dumps(notes_on(trap).model_dump(mode="json")), object_hook=_marked_texts
    )
    return Notes.model_validate(marked | {"trap": trap})


def _marked_texts(found: dict[str, Any]) -> dict[str, Any]:
    return {
        key: [f"{MARK} {key}" if isinstance(each, str) else each for each in value]
        if isinstance(value, list)
        else f"{MARK} {key}"
        for key, value in found.items()
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[Audience, Path]:
    """An edition for each audience, all of one trap; the solved one alone is run.

    What participants must not get is marked wherever it comes from.
    """
    folder = tmp_path_factory.mktemp("editions")
    out: dict[Audience, Path] = {who: folder / who for who in AUDIENCES}
    building.build(out["solution"], "solution", [TRAP])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exercise_cells, "group", marked_exercises)
        patch.setattr(note_cells, "notes_on", marked_notes)
        patch.setattr(building, "execute", lambda notebook, folder: None)
        building.build(out["participant"], "participant", [TRAP])
        building.build(out["instructor"], "instructor", [TRAP])
    return out


def notebook_in(folder: Path) -> NotebookNode:
    [file] = (folder / "notebooks").glob("*.ipynb")
    found = nbformat.read(file, as_version=4)
    nbformat.validate(found)
    return found


def texts_of(folder: Path) -> Iterator[str]:
    for file in folder.rglob("*"):
        if file.suffix == ".pdf":
            yield "".join(page.extract_text() for page in PdfReader(file).pages)
        elif file.is_file():
            yield file.read_text(encoding="utf-8")


def test_participants_get_no_solution_reason_hidden_case_or_note(
    built: dict[Audience, Path],
) -> None:
    """Marks in all of these are in no notebook, slide or handout, and are in the instructor's."""
    assert not any(MARK in text for text in texts_of(built["participant"]))
    instructors = "".join(texts_of(built["instructor"]))
    for said in ("solution E4.4", "say", "predict", "reveals", "way_out", "answer", "key_points"):
        assert f"{MARK} {said}" in instructors


def test_participants_get_no_output(built: dict[Audience, Path]) -> None:
    """Of the slides the first desk alone has one, before anything is asked."""
    cells = notebook_in(built["participant"]).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    slides = (built["participant"] / "slides" / f"{TRAP}.html").read_text(encoding="utf-8")
    assert slides.count('class="simkit-still') == 1
    assert slides.count('class="jp-OutputArea-child') == 1
    assert "simkit" not in notebook_in(built["participant"]).metadata


def test_the_answers_of_the_lane_are_with_the_instructor(built: dict[Audience, Path]) -> None:
    """The file from which a room's guesses are judged is not among a participant's."""
    there = {who: (built[who] / "play" / "questions.json").is_file() for who in AUDIENCES}
    assert there == {"participant": False, "solution": True, "instructor": True}


def test_each_worked_solution_earns_full_marks(built: dict[Audience, Path]) -> None:
    """As printed in the edition: the score, which nbgrader adds up, is 1."""
    cells = notebook_in(built["solution"]).cells
    graded = [cell for cell in cells if cell.metadata.get("nbgrader", {}).get("grade")]
    assert len(graded) == len(exercises.group(TRAP).exercises)
    for cell in graded:
        results = [each for each in cell.outputs if each.output_type == "execute_result"]
        assert [each.data["text/plain"] for each in results] == ["1.0"], cell.id


def test_participants_and_solutions_have_the_same_cells_but_for_the_solutions(
    built: dict[Audience, Path],
) -> None:
    """Guesses and answers differ, and nothing else; what is generated cannot drift."""
    source = nbformat.read(notebook_of(TRAP), as_version=4)
    ours = edition(source, TRAP, "participant").cells
    solved = notebook_in(built["solution"]).cells
    solved = [cell for cell in solved if SOLUTION not in tags_of(cell)]
    assert [cell.id for cell in ours] == [cell.id for cell in solved]
    differ = {a.id for a, b in zip(ours, solved, strict=True) if a.source != b.source}
    answers = {c.id for c in ours if c.metadata.get("nbgrader", {}).get("solution")}
    assert differ == answers | {c.id for c in ours if PREDICT in tags_of(c)}


@pytest.mark.parametrize("of", exercises.GROUPS)
def test_an_answer_begins_with_its_start_and_ends_with_the_solution(of: str) -> None:
    """As Python, whatever kind it is; solutions stand between nbgrader's markers."""
    files = exercises.group(of).exercises
    for solved in (False, True):
        cells = exercise_cells.exercise_cells(of, solved=solved)
        answers = [c.source for c in cells if c.metadata.get("nbgrader", {}).get("solution")]
        for file, source in zip(files, answers, strict=True):
            names: dict[str, Any] = {}
            exec(source, names)  # a cell of ours
            [given] = [value for name, value in names.items() if name.startswith("answer")]
            assert given == (exercise_cells.solution_of(file) if solved else file.start)
            assert source.startswith("### BEGIN SOLUTION\n") == solved
            assert source.endswith("\n### END SOLUTION") == solved


@pytest.mark.parametrize("who", AUDIENCES)
def test_nbgrader_takes_an_edition(who: Audience, built: dict[Audience, Path]) -> None:
    """Its metadata suit the documented schema; ids differ, and points stand where a grade is."""
    cells = notebook_in(built[who]).cells
    marks = [cell.metadata.nbgrader for cell in cells if "nbgrader" in cell.metadata]
    assert marks
    for mark in marks:
        assert [*Draft4Validator(NBGRADER).iter_errors(mark)] == []
        assert ("points" in mark) == mark["grade"] == mark["locked"] != mark["solution"]
    ids = [mark["grade_id"] for mark in marks]
    assert len(set(ids)) == len(ids)


def test_instructors_get_all_notes_beside_the_cells_they_are_about() -> None:
    """Every text of every trap's notes, in cells tagged for them, as the speaker's on slides."""
    for trap in TRAP_IDS:
        source = nbformat.read(notebook_of(trap), as_version=4)
        cells = edition(source, trap, "instructor").cells
        notes = [cell for cell in cells if INSTRUCTOR in tags_of(cell)]
        told = "\n".join(cell.source for cell in notes)
        for text in texts_in(notes_on(trap).model_dump()):
            assert text.replace("|", "\\|") in told or text in told
        assert {cell.metadata.slideshow.slide_type for cell in notes} == {"notes"}
        assert f"{source.metadata.simkit.minutes.teach} min to teach" in told
        before = cells[cells.index(next(c for c in notes if "**Predict.**" in c.source)) - 1]
        assert PREDICT in tags_of(before)


def texts_in(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        for key, each in part.items():
            yield from texts_in(each) if key != "trap" else ()
    else:
        for each in part:
            yield from texts_in(each)


SOURCES = [*TRAP_IDS, "00", "10", "11", "13", "14"]


@pytest.mark.parametrize("name", SOURCES)
def test_nothing_is_revealed_before_there_is_a_guess(name: str) -> None:
    """Each prediction is empty, and the cell that tells stops in one line before all else."""
    [file] = notebook_of("T1").parent.glob(f"{name}-*.ipynb")
    cells = edition(nbformat.read(file, as_version=4), name, "participant").cells
    tagged = [cell for cell in cells if {PREDICT, REVEAL} & {*tags_of(cell)}]
    asked = [cell for cell in tagged if PREDICT in tags_of(cell)]
    told = [cell for cell in tagged if REVEAL in tags_of(cell)]
    assert asked
    assert len(asked) == len(told)
    for ask, tell in zip(asked, told, strict=True):
        empty = re.findall(r"^(\w+) = None  # your guess", ask.source, re.MULTILINE)
        lines = tell.source.split("\n")
        lock = f"simkit.guessed({', '.join(empty)})"
        assert empty
        if ask is tell:
            assert lines.index(lock) == len(empty)
        else:
            assert lines[0] == lock
        with pytest.raises(NoGuessError) as stopped:
            exec(lock, {"simkit": kit} | dict.fromkeys(empty))  # a line of ours
        assert stopped.value._render_traceback_() == [str(stopped.value)]
        assert "\n" not in str(stopped.value)
        exec(lock, {"simkit": kit} | dict.fromkeys(empty, 0))  # a guess of 0 is one


@pytest.mark.parametrize("who", AUDIENCES)
def test_links_lead_to_what_is_there(who: Audience, built: dict[Audience, Path]) -> None:
    """Those of the README and its page, and between notebooks; no comment for tests is left."""
    readme = (built[who] / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)]+)\)", readme)
    assert {*links} >= {"play/index.html", f"slides/{TRAP}.html", f"handouts/{TRAP}.pdf"}
    assert [link for link in links if not (built[who] / link).is_file()] == []
    page = (built[who] / "index.html").read_text(encoding="utf-8")
    assert re.findall(r'href="([^"]+)"', page) == links
    assert "<table>" in page
    for cell in notebook_in(built[who]).cells:
        assert ".ipynb)" not in cell.source
        assert "<!--" not in cell.source


@pytest.fixture(params=[*languages(), PSEUDO])
def spoken(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each language in turn, and one whose texts are longer than all of them."""
    with in_language(request.param):
        yield request.param


@pytest.mark.parametrize("trap", TRAP_IDS)
@pytest.mark.some(6)
def test_a_handout_is_one_page_with_all_that_it_has_to_say(trap: str, spoken: str) -> None:
    """Symptom, three sentences, each fix with its measured effect, questions and key points."""
    told = handout(trap)
    pdf = PdfReader(io.BytesIO(printing.handout_pdf(told)))
    assert len(pdf.pages) == 1
    printed = squeezed(pdf.pages[0].extract_text())
    page = pages.handout_page(told)
    assert f'<html lang="{spoken}">' in page
    assert [fix.id for fix in told.fixes[: len(kit.traps[trap].fixes)]] == [
        fix.id for fix in kit.traps[trap].fixes
    ]
    fixes = [text for fix in told.fixes for text in (fix.id, fix.title, fix.measured, fix.left)]
    costs = [cost for fix in told.fixes for cost in fix.costs]
    words = [told.said, told.symptom, told.picture.finding, told.foot]
    for text in (*words, *told.happens, *told.ask, *told.key_points, *fixes, *costs):
        assert squeezed(text) in printed
        assert squeezed(text) in squeezed(re.sub(r"<[^>]+>", "", unescaped(page)))
    assert told.picture.still in page
    assert len(told.picture.parts) == 4
    assert any(line.wrong for part in told.picture.parts for line in part.lines)


def squeezed(text: str) -> str:
    """Give a text without what line ends and ligatures of print do to it."""
    for pair, letters in (("ﬁ", "fi"), ("ﬂ", "fl"), ("ﬀ", "ff"), ("ﬃ", "ffi"), ("ﬄ", "ffl")):
        text = text.replace(pair, letters)
    return re.sub(r"[\s\u00ad-]+", "", text.replace("\u2019", "'").replace("\u2010", ""))


def unescaped(page: str) -> str:
    return page.replace("&#x27;", "'").replace("&quot;", '"').replace("&amp;", "&")


def test_the_card_of_words_is_one_page_with_every_word(spoken: str) -> None:
    """All sections of docs/glossary.md and what each word means, in any language."""
    sections = pages.spoken_glossary()
    assert f'<html lang="{spoken}">' in pages.glossary_page(sections)
    pdf = PdfReader(io.BytesIO(printing.glossary_pdf(sections)))
    assert len(pdf.pages) == 1
    printed = squeezed(pdf.pages[0].extract_text())
    source = (building.resources.directory("docs") / "glossary.md").read_text(encoding="utf-8")
    words = sum(line.startswith("| ") for line in source.splitlines()) - 2 * len(sections)
    assert sum(len(each.rows) for each in sections) == words > 40
    for each in sections:
        for word, means in each.rows:
            assert squeezed(word + means) in printed


def test_slides_and_handouts_fetch_nothing(built: dict[Audience, Path]) -> None:
    """No page names a script, a sheet or a picture outside of itself."""
    fetched = (
        r"<(?:script|link|img|iframe)[^>]*\b(?:src|href)=\"(?!data:)[^\"]*\"|@import[^;]*|"
        r"url\((?![\"']?(?:data:|#))[^)]*\)"
    )
    for folder in ("slides", "handouts"):
        for file in (built["solution"] / folder).glob("*.html"):
            page = re.sub(r"<script>.*?</script>", "", file.read_text("utf-8"), flags=re.DOTALL)
            assert re.findall(fetched, page) == []


def test_pdf_that_cannot_be_made_is_said_and_html_is_there(
    simkit: Callable[..., Answer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one line that names the extra."""
    monkeypatch.setattr(printing, "can_print", lambda: False)
    monkeypatch.setattr(building, "write_lane", lambda *_: [])
    answer = simkit(
        *("workshop", "build", "--audience", "participant", "--traps", "t3"),
        *("--out", tmp_path / "out"),
    )
    assert answer.code == 0
    assert "simkit: note: handouts are HTML alone: install the extra workshop" in answer.err
    assert {file.name for file in (tmp_path / "out" / "handouts").iterdir()} == {
        "T3.html",
        "glossary.html",
    }


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--audience", "teacher"], "--audience: no such audience; found 'teacher'; allowed: "),
        (["--audience", "participants"], "no such audience; did you mean 'participant'?"),
        (["--audience", "solution", "--traps", "T3,E9"], "--traps: unknown trap 'E9'"),
        (["--audience", "solution", "--traps", ""], "--traps: unknown trap ''"),
        (["--audience", "solution", "--minutes", "17"], "no such agenda; found '17'"),
        (
            ["--audience", "solution", "--minutes", "90", "--traps", "T3"],
            "--traps: give --traps or --minutes, and not both",
        ),
    ],
)
def test_what_cannot_be_built_is_one_line(
    arguments: list[str], line: str, simkit: Callable[..., Answer], tmp_path: Path
) -> None:
    """With exit code 2, and nothing is written."""
    answer = simkit("workshop", "build", *arguments, "--out", tmp_path / "out")
    assert (answer.code, answer.out) == (2, "")
    assert line in answer.err
    assert answer.err.count("\n") == 1
    assert [*tmp_path.iterdir()] == []


def test_a_folder_of_somebody_elses_is_left_alone(
    simkit: Callable[..., Answer], tmp_path: Path
) -> None:
    """And so is a file; one line says what may be there instead."""
    mine, file = tmp_path / "mine", tmp_path / "file"
    mine.mkdir()
    (mine / "notes.txt").write_text("mine")
    (mine / building.MANIFEST).write_text("[]")
    file.write_text("mine")
    for out in (mine, file, file / "below"):
        answer = simkit("workshop", "build", "--audience", "participant", "--out", out)
        assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert {each.name for each in tmp_path.iterdir()} == {"mine", "file"}
    assert (mine / "notes.txt").read_text() == "mine"


def test_an_edition_is_replaced_whole_or_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build that fails leaves the one before; one that ends leaves nothing of it."""
    out = tmp_path / "out"
    out.mkdir()
    monkeypatch.setattr(building, "_write_notebooks", lambda *_: None)
    monkeypatch.setattr(building, "write_lane", lambda *_: [])
    building.build(out, "participant", ["T3"])
    (out / "old.txt").write_text("old")

    def fails(*_: object) -> list[str]:
        raise BadInput("fails")

    with monkeypatch.context() as patch:
        patch.setattr(building, "_write_handouts", fails)
        with pytest.raises(BadInput):
            building.build(out, "participant", ["T3"])
    assert (out / "old.txt").is_file()
    building.build(out, "participant", ["E4"])
    assert {file.stem for file in (out / "handouts").iterdir()} == {"E4", "glossary"}
    assert not (out / "old.txt").exists()
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


@pytest.mark.thorough
def test_an_agenda_brings_all_notebooks_that_it_uses(
    simkit: Callable[..., Answer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a day has five traps, the start and the interval; links between them are kept."""
    monkeypatch.setattr(building, "_write_handouts", lambda *_: [])
    monkeypatch.setattr(building, "write_lane", lambda *_: [])
    out = tmp_path / "half"
    answer = simkit(
        *("workshop", "build", "--audience", "participant", "--minutes", "half", "--out", out)
    )
    assert answer.code == 0
    names = {file.stem.partition("-")[0] for file in (out / "notebooks").iterdir()}
    assert names == {"T1", "T3", "E2", "E3", "E4", "00", "13"}
    start = (out / "notebooks" / "00-start-here.ipynb").read_text(encoding="utf-8")
    assert "(E4-stale-codes.ipynb)" in start
    assert "(T2-hardcoded-division.ipynb)" not in start
    assert "| 0:00 | 10 |" in (out / "README.md").read_text(encoding="utf-8")

"""`simkit workshop collect`: a table in the terminal, and as files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import Answer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two people, one of whom is called like a piece of HTML, and a damaged file."""
    found = tmp_path / "progress"
    found.mkdir()
    for name, answer in (("Ann", "E4"), ("<b>Ben</b>", "T3")):
        entries = [
            {"kind": "exercise", "exercise": "E4.1", "answer": answer},
            {"kind": "guess", "trap": "E4", "step": 1, "guess": 1.0, "unit": "min"},
        ]
        data = {"format": "simkit-progress", "version": 1, "name": name, "entries": entries}
        (found / f"{len(name)}.json").write_text(json.dumps(data))
    (found / "damaged.json").write_text("{")
    return found


def test_the_table_names_who_did_what_and_which_file_is_damaged(
    folder: Path, simkit: Callable[..., Answer]
) -> None:
    """Exit code 1, as something could not be used; nothing but that is lost."""
    answer = simkit("workshop", "collect", str(folder))
    assert answer.code == 1
    rows = {line.split("  ")[0]: line for line in answer.out.splitlines()}
    assert rows["Ann"].split()[1:] == ["1", "of", "1", "✓", "1"]
    assert rows["<b>Ben</b>"].split()[1:] == ["0", "of", "1", "✗", "1", "(0%)"]
    assert "damaged.json:1:" in answer.out


def test_files_hold_all_of_it_and_obey_nothing(
    folder: Path, tmp_path: Path, simkit: Callable[..., Answer]
) -> None:
    """A name is text in the page; guesses stand beside what was measured."""
    page, table = tmp_path / "room.html", tmp_path / "room.csv"
    answer = simkit("workshop", "collect", str(folder), "--html", str(page), "--csv", str(table))
    assert answer.code == 1
    html = page.read_text()
    assert "<b>Ben" not in html
    assert "&lt;b&gt;Ben" in html
    assert "damaged.json" in html
    assert "<script" not in html
    guessed = next(
        line for line in table.read_text().splitlines() if line.startswith("Ann,E4 step")
    )
    assert guessed.split(",")[4] == "1 min"
    assert guessed.split(",")[5].endswith(" min")


def test_of_an_empty_folder_it_is_said_that_nobody_is_in_it(
    tmp_path: Path, simkit: Callable[..., Answer]
) -> None:
    """Which is no failure: the room has not begun."""
    answer = simkit("workshop", "collect", str(tmp_path))
    assert (answer.code, answer.err) == (0, f"simkit: note: nobody's progress is in {tmp_path}\n")


def test_no_folder_is_one_line(tmp_path: Path, simkit: Callable[..., Answer]) -> None:
    """And nothing is written."""
    page = tmp_path / "room.html"
    answer = simkit("workshop", "collect", str(tmp_path / "none"), "--html", str(page))
    assert (answer.code, answer.out) == (2, "")
    assert "no such folder" in answer.err
    assert not page.exists()

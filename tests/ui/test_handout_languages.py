"""Pages for learners in another language: handouts, the play lane, the room; and the commands."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from http import HTTPStatus
from pathlib import Path

import pytest
from commands import Answer
from untranslated import in_page, texts_in, untranslated

from simkit.base.language import ENGLISH, PSEUDO, VARIABLE, in_language, language, tr
from simkit.study.catalogue import TRAP_IDS
from simkit.teaching.progress_file import FORMAT, VERSION, progress_of
from simkit.ui.editions import building, executing, pages
from simkit.ui.editions.handout import handout
from simkit.ui.server import jupyter
from simkit.ui.workshop import guesses, join_page, lane, lane_pages, serving
from simkit.ui.workshop.collecting import MOST_BYTES, Collector, Refused
from simkit.ui.workshop.questions import Asked
from simkit.ui.workshop.room_answers import words_of

OWN = ("simkit", "JSON", "JavaScript")
"""Names that are the same everywhere."""
FIXES = ("a", "b", "c", "d")
"""Letters by which the switch of a lab names fixes."""


@pytest.fixture
def pseudo() -> Iterator[None]:
    """Speak the language that shows what is not translated."""
    with in_language(PSEUDO):
        yield


@pytest.mark.slow
@pytest.mark.parametrize("trap", TRAP_IDS)
def test_a_handout_says_nothing_in_english(trap: str, pseudo: None) -> None:
    """As a page, and what goes into the PDF."""
    told = handout(trap)
    for text in texts_in(asdict(told)):
        assert untranslated(in_page(text), *OWN, *FIXES) == []
    page = pages.handout_page(told)
    assert f'<html lang="{PSEUDO}">' in page
    assert untranslated(in_page(page), *OWN, *FIXES) == []


@pytest.mark.slow
def test_a_picture_is_read_in_any_language_alike() -> None:
    """Its parts, lines and what is wrong in them come from its structure, not from its words."""
    found = {}
    for tag in (ENGLISH, PSEUDO):
        with in_language(tag):
            picture = handout("E4").picture
        found[tag] = [[line.wrong for line in part.lines] for part in picture.parts]
        assert picture.caption
        assert picture.finding
        assert all(part.title for part in picture.parts)
        assert "<p><i>" not in picture.still
    assert found[ENGLISH] == found[PSEUDO]


def test_the_card_of_words_says_nothing_in_english(pseudo: None) -> None:
    """All of docs/glossary.md is in the catalogues."""
    assert untranslated(in_page(pages.glossary_page(pages.spoken_glossary()))) == []


def test_the_pages_of_the_lane_say_nothing_in_english(pseudo: None) -> None:
    """Of one trap, of all, and each with the one after it."""
    cards = lane.cards_of(TRAP_IDS)
    for page in (
        lane_pages.index_page(cards),
        lane_pages.index_page(cards[:1]),
        *(lane_pages.trap_page(card, after) for card in cards for after in (None, cards[0])),
    ):
        assert f'<html lang="{PSEUDO}" ' in page
        assert untranslated(in_page(page), *OWN) == []


def test_the_pages_of_a_room_say_nothing_in_english(pseudo: None) -> None:
    """How to join, and guesses: none, one and several, far off and of either kind."""
    number = Asked(trap="E4", step=1, ask="?", options=(), right=-1, unit="min", value=23.1)
    choice = Asked(trap="T3", step=1, ask="?", options=("1", "2"), right=0, unit="", value=None)
    open_ = Asked(trap="E1", step=1, ask="?", options=("1", "2"), right=-1, unit="", value=None)
    asked = (number, choice, open_)
    for many in (0, 1, 3):
        room = [
            progress_of(
                json.dumps(
                    {
                        "format": FORMAT,
                        "version": VERSION,
                        "name": "",
                        "entries": [
                            {"kind": "guess", "trap": "E4", "step": 1, "guess": 10 ** (2 * n)},
                            {"kind": "guess", "trap": "T3", "step": 1, "guess": "1"},
                            {"kind": "guess", "trap": "E1", "step": 1, "guess": "2"},
                        ],
                    }
                ).encode()
            )
            for n in range(many)
        ]
        page = guesses.guesses_page(asked, room)
        assert f'<html lang="{PSEUDO}">' in page
        assert untranslated(in_page(page)) == []
    page = join_page.join_page("http://127.0.0.1:8888/", "ABC234")
    assert f'<html lang="{PSEUDO}">' in page
    assert untranslated(in_page(page), "ABC", "http") == []


def test_refusals_are_said_in_the_language_of_the_room(pseudo: None, tmp_path: Path) -> None:
    """Those of the collector, and those of the server."""
    collector = Collector(tmp_path, "ABC234")
    for content, code in ((b"{}", "XXXXXX"), (b" " * (MOST_BYTES + 1), "ABC234")):
        with pytest.raises(Refused) as refused:
            collector.take(content, code, "", "here")
        assert untranslated(refused.value.words) == []
    for status in (400, 403, 404, 405, 413):
        assert untranslated(words_of(status)) == []
    assert words_of(418) == HTTPStatus(418).phrase


def test_commands_write_in_the_language_that_is_asked_for(
    simkit: Callable[..., Answer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By option, else by the environment, else English; what they print stays English."""
    spoken: list[str] = []

    def wrote(out: Path, traps: object) -> list[Path]:
        spoken.append(language())
        (out / "x").write_text("")
        return [out / "x"]

    monkeypatch.setattr(lane, "write_lane", wrote)
    printed = []
    for option, variable in (((), ""), (("--language", "de"), "en"), ((), "de")):
        monkeypatch.setenv(VARIABLE, variable)
        answer = simkit("workshop", "lane", tmp_path, *option)
        assert (answer.code, answer.err) == (0, "")
        printed.append(answer.out)
    assert spoken == ["en", "de", "de"]
    assert len({*printed}) == 1
    assert language() == "en"


@pytest.mark.parametrize(
    "command",
    [
        ("workshop", "lane", "pages"),
        ("workshop", "serve", "pages"),
        ("workshop", "build", "--audience", "participant", "--out", "out"),
        ("lab",),
    ],
)
def test_an_unknown_language_is_refused_in_a_line(
    command: tuple[str, ...],
    simkit: Callable[..., Answer],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Wherever it is named, with exit code 2; nothing is written or started."""
    monkeypatch.chdir(tmp_path)
    answer = simkit(*command, "--language", "dee")
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert "--language: no such language" in answer.err
    monkeypatch.setenv(VARIABLE, "xx")
    answer = simkit(*command)
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert f"{VARIABLE}: no such language" in answer.err
    assert [*tmp_path.iterdir()] == []
    assert simkit("traps", "--help").code == 0  # who writes nothing for learners does not ask


def test_labs_kernels_are_told_what_to_speak(
    simkit: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the environment variable that they read."""
    monkeypatch.setenv(VARIABLE, "en")
    found = []

    def started(**_: object) -> int:
        found.append(os.environ.get(VARIABLE))
        return 0

    monkeypatch.setattr(jupyter, "start", started)
    assert simkit("lab", "--language", "de").code == 0
    assert simkit("lab").code == 0
    assert found[0] == "de"


def test_a_room_is_served_in_a_language(
    simkit: Callable[..., Answer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own pages and refusals are made while it is served."""
    found = []

    def served(*_: object, **__: object) -> int:
        found.append(language())
        return 0

    monkeypatch.setattr(serving, "serve", served)
    assert simkit("workshop", "serve", tmp_path, "--language", "de").code == 0
    assert found == ["de"]
    assert language() == "en"


@pytest.mark.slow
def test_an_edition_has_english_notebooks_and_handouts_in_its_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernels that run its notebooks speak English as well, whatever the environment says."""
    kernels: list[Mapping[str, str]] = []

    class Client:
        def __init__(self, *_: object, **__: object) -> None: ...

        def execute(self, *, env: Mapping[str, str], **_: object) -> None:
            kernels.append(env)

    lanes = []
    monkeypatch.setenv(VARIABLE, "de")
    monkeypatch.setattr(executing, "NotebookClient", Client)
    monkeypatch.setattr(building, "write_lane", lambda *_: lanes.append(language()))
    building.build(tmp_path / "out", "solution", ["E4"], language=PSEUDO)
    assert [each[VARIABLE] for each in kernels] == [ENGLISH]
    assert lanes == [PSEUDO]
    [notebook] = (tmp_path / "out" / "notebooks").glob("*.ipynb")
    page = (tmp_path / "out" / "handouts" / "E4.html").read_text(encoding="utf-8")
    slides = (tmp_path / "out" / "slides" / "E4.html").read_text(encoding="utf-8")
    assert "⟦" not in notebook.read_text(encoding="utf-8") + slides
    assert re.search(r"<h1><b>E4</b> ⟦", page)
    with in_language(PSEUDO):
        assert tr("What happens") in page

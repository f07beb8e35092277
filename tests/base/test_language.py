"""Languages: what a catalogue has is said, all else stays English; numbers as written there."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from simkit import BadInput, set_language
from simkit.base import language
from simkit.base.language import PSEUDO, in_language, languages, number_words, tr, trn

ROOT = Path(__file__).resolve().parents[2]
CATALOGUES = sorted((ROOT / "data" / "languages").glob("*.po"))
BRACES = re.compile(r"\{([a-z_0-9]+)(?::[^{}]*)?\}|(\*\*)")

sys.path.insert(0, str(ROOT / "tools"))
import languages as tool  # noqa: E402


def messages(file: Path) -> list[Message]:
    """Give the texts of a catalogue."""
    with file.open("rb") as content:
        return [message for message in read_po(content) if message.id]


def forms(said: object) -> list[str]:
    """Give one text, or both of those that depend on a number."""
    return [said] if isinstance(said, str) else list(said)  # type: ignore[call-overload]


def test_an_unknown_language_is_refused_and_changes_nothing() -> None:
    """In one line that names those there are."""
    with pytest.raises(BadInput, match=r"found 'dee'; allowed: en, de"):
        set_language("dee")
    assert language.language() == "en"


def test_numbers_are_written_as_people_there_write_them() -> None:
    """Points and commas change places in German."""
    with in_language("de"):
        assert number_words("1,234.5 s") == "1.234,5 s"
        assert tr("{n} of {total}", n=1, total=12_345).endswith("12.345")
    assert tr("{n} of {total}", n=1, total=12_345) == "1 of 12,345"


def test_what_is_filled_in_is_not_read_again() -> None:
    """A name may look like a place to be filled."""
    assert tr("{who} is {what}", who="{what}", what=True) == "{what} is True"
    assert tr("{unknown}", who="x") == "{unknown}"


def test_what_is_in_no_catalogue_stays_english() -> None:
    """In German and in the pseudo-language: so that it can be seen."""
    for tag in (*languages(), PSEUDO):
        with in_language(tag):
            assert tr("said nowhere") == "said nowhere"
            assert trn("{n} zorp", "{n} zorps", 2) == "2 zorps"


def test_a_new_process_speaks_what_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """And says in a line what is wrong with it."""
    monkeypatch.setattr(language, "_spoken", None)
    monkeypatch.setenv(language.VARIABLE, "de")
    assert language.language() == "de"
    monkeypatch.setattr(language, "_spoken", None)
    monkeypatch.setenv(language.VARIABLE, "xx")
    with pytest.raises(BadInput, match=r"SIMKIT_LANGUAGE: .*found 'xx'"):
        tr("anything")


def test_the_template_has_all_texts_and_catalogues_follow_it() -> None:
    """`make derived` writes both; neither has a text that nobody says."""
    known = tool.template()
    assert tool.TEMPLATE.read_text(encoding="utf-8") == tool.written(known)
    for file in CATALOGUES:
        assert file.read_text(encoding="utf-8") == tool.updated(file.stem, known), file.name


@pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: file.stem)
def test_a_catalogue_has_every_text_and_fills_the_same_places(file: Path) -> None:
    """Each brace of the English once more, and its emphasis; nothing is marked as doubtful."""
    for message in messages(file):
        english = [sorted(BRACES.findall(each)) for each in forms(message.id)]
        said = forms(message.string)
        assert said, message.id
        assert all(said), message.id
        assert not message.fuzzy, message.id
        for each in said:
            assert sorted(BRACES.findall(each)) in english, message.id

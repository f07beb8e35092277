"""The ledger of the guide's claims is whole: each row names its test, and each test its rows."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from simkit import BadInput
from simkit.base import resources
from simkit.study.claims import STATUSES, Claim, claims, counts, read_claims

TESTS = Path(__file__).parent
LEDGER = resources.directory("data") / "guide_claims.csv"
HEADER = "id,section,claim,status,test,note"
GOOD = "C001,1 The Trap,A dropdown is empty.,follows,tests/world/test_x.py::test_y,"

AUDITED = {
    "60 percent": "refuted",
    "30 s is the right middle": "refuted",
    "ten thousand widgets": "follows",
    "45 min without an act": "assumed",
    "60 s before it expires": "assumed",
    "30 min at a poll": "refuted",
}
"""The guide's six numbers that people ask about, by words of the claim, with their status."""


def ids_of(decorator: ast.expr) -> list[str]:
    """Give the ids that a decorator names, if it is the marker ``claim``."""
    if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.claim":
        return [ast.literal_eval(argument) for argument in decorator.args]
    return []


@pytest.fixture(scope="module")
def marked() -> dict[str, list[str]]:
    """All tests by node id, each with the claims that its marker names."""
    found: dict[str, list[str]] = {}
    for file in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                ids = [one for decorator in node.decorator_list for one in ids_of(decorator)]
                found[f"tests/{file.relative_to(TESTS).as_posix()}::{node.name}"] = ids
    return found


def test_ids_are_consecutive_and_each_section_is_in_one_piece() -> None:
    """So that the ledger can be read beside the guide."""
    ledger = claims()
    assert [claim.id for claim in ledger] == [f"C{n:03}" for n in range(1, len(ledger) + 1)]
    sections = [claim.section for claim in ledger]
    in_order = list(dict.fromkeys(sections))
    assert sections == sorted(sections, key=in_order.index)


def test_every_claim_is_one_sentence_told_once() -> None:
    """Notes are sentences too, and no cell begins or ends with a blank."""
    ledger = claims()
    assert [text for text, n in Counter(claim.claim for claim in ledger).items() if n > 1] == []
    for claim in ledger:
        assert claim.claim.endswith("."), claim
        assert ". " not in claim.claim, claim
        assert not claim.note or claim.note.endswith("."), claim
        assert [cell.strip() for cell in claim] == list(claim), claim


def test_the_file_is_plain_csv_with_line_feeds_only() -> None:
    """As every spreadsheet and every diff reads it."""
    content = LEDGER.read_bytes()
    assert b"\r" not in content
    assert content.endswith(b"\n")
    assert content.startswith(HEADER.encode() + b"\n")
    assert not content.startswith(b"\xef\xbb\xbf")


@pytest.mark.slow
def test_every_test_that_the_ledger_names_is_there_and_names_the_claim(
    marked: dict[str, list[str]],
) -> None:
    """A test that is renamed or removed takes its claim with it, or this fails."""
    named = [claim for claim in claims() if claim.test]
    assert [claim for claim in named if claim.test not in marked] == []
    assert [claim for claim in named if claim.id not in marked[claim.test]] == []


@pytest.mark.slow
def test_every_claim_that_a_test_names_is_in_the_ledger_and_has_a_test(
    marked: dict[str, list[str]],
) -> None:
    """Several tests may show one claim; the ledger names one of them."""
    shown = {claim.id for claim in claims() if claim.test}
    strangers = {test: set(ids) - shown for test, ids in marked.items() if set(ids) - shown}
    assert strangers == {}
    assert [test for test, ids in marked.items() if len(ids) != len(set(ids))] == []


def test_what_is_not_modelled_has_a_reason_and_no_test() -> None:
    """No claim is passed over in silence: where nothing shows it, its row says why."""
    without = [claim for claim in claims() if not claim.test]
    assert without
    assert {claim.status for claim in without} == {"not modelled"}
    assert all(claim.note for claim in without)


@pytest.mark.parametrize("words", AUDITED)
def test_each_audited_number_has_a_row_with_a_test(words: str) -> None:
    """The 60 percent have a second row: the vendor's time, which nothing here can measure."""
    rows = [claim for claim in claims() if words in claim.claim and claim.test]
    assert [claim.status for claim in rows] == [AUDITED[words]]


def test_counts_cover_every_claim_and_every_status() -> None:
    """A status without a claim is counted as 0, and all statuses add up to the ledger."""
    by_status = claims().counts()
    assert tuple(by_status) == STATUSES
    assert sum(by_status.values()) == len(claims())
    assert all(by_status.values())
    assert counts(claim for claim in claims() if claim.status == "refuted") == {
        "assumed": 0,
        "follows": 0,
        "refuted": by_status["refuted"],
        "not modelled": 0,
    }


def test_a_claim_and_the_ledger_are_shown_in_one_line() -> None:
    """At a prompt a claim reads as a sentence, and the ledger as its counts."""
    claim = Claim("C007", "1 The Trap", "A dropdown is empty.", "follows", "", "")
    assert repr(claim) == "C007 follows: A dropdown is empty. (1 The Trap)"
    ledger = claims()
    beginning = f"{len(ledger)} claims of the guide: {ledger.counts()['assumed']} assumed, "
    assert repr(ledger).startswith(beginning)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("", ":1: header", f"allowed: {HEADER}"),
        (f"id,claim\n{GOOD}\n", ":1: header", "found 'id,claim'"),
        (f"{HEADER}\nC001,1,too short\n", ":2", "found 3 columns; allowed: 6 columns"),
        (f"{HEADER}\n{GOOD}\n\n", ":3", "found 0 columns"),
        (f"{HEADER}\n{GOOD}\n{GOOD}\n", ":3: id", "found 'C001'; allowed: each id once"),
        (f"{HEADER}\n{GOOD.replace('C001', 'C1')}\n", ":2: id", "C and three digits"),
        (f"{HEADER}\n{GOOD.replace('follows', 'folows')}\n", ":2: status", "mean 'follows'?"),
        (f"{HEADER}\n{GOOD.replace('A dropdown is empty.', '')}\n", ":2: claim", "some text"),
        (f"{HEADER}\nC001,s,c,assumed,,\n", ":2: test", "found ''; allowed: a test"),
        (f"{HEADER}\nC001,s,c,assumed,test_y,\n", ":2: test", "found 'test_y'"),
        (f"{HEADER}\nC001,s,c,not modelled,,\n", ":2: note", "the reason why"),
        (f"{HEADER}\n{GOOD.replace('follows', 'not modelled')}\n", ":2: test", "nothing where"),
        (f'{HEADER}\nC001,"two\nlines",c,?,,\n', ":2: status", "found '?'"),
        (f'{HEADER}\nC001,"open,c,assumed,,\n', ":2: no CSV", "unexpected end of data"),
    ],
)
def test_a_broken_ledger_is_refused_in_one_line_with_its_place(
    tmp_path: Path, text: str, place: str, words: str
) -> None:
    """Whoever edits the ledger reads which line and column is wrong, and what is allowed."""
    path = tmp_path / "ledger.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as refusal:
        read_claims(path)
    assert str(refusal.value).startswith(f"{path}{place}: ")
    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_ledger_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    """A missing file is told like all bad input, and not with a traceback."""
    with pytest.raises(BadInput, match="no such file"):
        read_claims(tmp_path / "ledger.csv")

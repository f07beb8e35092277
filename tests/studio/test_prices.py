"""Prices: what a policy costs a day, worked out by hand, and what is no price."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simkit.base import resources
from simkit.base.errors import BadInput
from simkit.studio.prices import NUMBERS, Prices, Use, prices_given, read_prices, with_prices

SAMPLE = resources.directory("data") / "prices" / "sample.yaml"
USE = Use(
    requests=3e6,
    bytes=4e9,
    tokens=7,
    wrong_choices=20,
    waiting_min=50,
    version=True,
    shared=True,
)
ALL = Prices(
    currency="EUR",
    million_requests=2,
    gigabyte=0.5,
    token=1.5,
    agent_minute=0.6,
    adherence_minute=0.1,
    wrong_choice_min=3,
    wrong_choice_adherence_min=4,
    waiting_share=0.25,
    engineer_day=500,
    version_days=10,
    token_days=4,
    working_days=200,
)


def test_a_bill_by_hand() -> None:
    """Three million requests at 2, four gigabytes at ½, seven tokens at 1½, and people.

    20 wrong choices of 3 min at 0.6, and of 50 min of waiting a quarter; 20 times 4 min at 0.1 out
    of adherence; 10 and 4 days at 500, over 200 days.
    """
    bill = USE.bill(ALL)
    assert bill == pytest.approx(
        {
            "requests": 6.0,
            "bytes": 2.0,
            "tokens": 10.5,
            "agents' time": 20 * 3 * 0.6 + 50 * 0.25 * 0.6,
            "adherence": 8.0,
            "engineers": 25.0 + 10.0,
        }
    )
    assert USE.money(ALL) == pytest.approx(6 + 2 + 10.5 + 43.5 + 8 + 35)


def test_an_engineer_is_paid_for_what_is_introduced_alone() -> None:
    """Neither a version nor shared tokens: no day of an engineer."""
    assert USE._replace(version=False, shared=False).bill(ALL)["engineers"] == 0
    assert USE._replace(shared=False).bill(ALL)["engineers"] == pytest.approx(25.0)


def test_what_is_not_given_costs_nothing() -> None:
    """No price is made up: whatever is used, nothing is paid."""
    assert USE.money(Prices()) == 0
    assert not Prices().known
    assert not Prices(currency="EUR", agent_minute=1).known, "nobody says how long an agent loses"
    assert Prices(agent_minute=1, wrong_choice_min=1).known
    assert not Prices(version_days=5, working_days=10).known, "an engineer costs nothing here"


def test_each_price_changes_the_bill() -> None:
    """None of the fields is without effect: half of it gives another bill."""
    for name in NUMBERS:
        half = getattr(ALL, name) / 2
        changed = ALL.model_copy(update={name: half})
        assert USE.money(changed) != pytest.approx(USE.money(ALL)), name


def test_the_sample_is_a_price_file_that_says_it_is_none_of_anybody() -> None:
    """It can be tried as it stands, names every price, and calls its numbers placeholders."""
    assert read_prices(SAMPLE).known
    text = SAMPLE.read_text(encoding="utf-8")
    assert "PLACEHOLDER" in text
    assert all(f"\n{name}:" in text for name in Prices.model_fields)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("currency: EUR\ntokn: 1\n", [":2:1: ", "tokn", "did you mean 'token'"]),
        ("token: -1\n", [":1:1: ", "token", "found -1", "number from 0"]),
        ("token: '1'\n", [":1:1: ", "found '1'"]),
        ("token: .nan\n", [":1:8: ", "finite numbers"]),
        ("waiting_share: 1.5\n", [":1:1: ", "found 1.5", "from 0 to 1"]),
        ("engineer_day: 5\nversion_days: 2\n", [":2:1", "version_days needs working_days"]),
        ("working_days: 2.5\n", [":1:1: ", "found 2.5", "whole number"]),
        ("- 1\n", ["found a list of 1"]),
    ],
)
def test_a_bad_price_file_is_refused_in_one_line(
    text: str, parts: list[str], tmp_path: Path
) -> None:
    """With the file, the place, the field, what was found and what is allowed."""
    path = tmp_path / "prices.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        read_prices(path)
    line = str(caught.value)
    assert line.startswith(str(path))
    assert "\n" not in line
    assert all(part in line for part in parts), line


@pytest.mark.parametrize(
    ("texts", "parts"),
    [
        (["tokn=1"], ["--price", "did you mean 'token'", "NAME=NUMBER"]),
        (["token"], ["--price", "'token'", "NAME=NUMBER"]),
        (["token=cheap"], ["'token=cheap'", "NAME=NUMBER"]),
        (["token=1", "token=2"], ["token is given twice"]),
        (["token=-1"], ["--price token", "found -1"]),
        (["token=inf"], ["--price token", "found inf"]),
        (["token_days=2"], ["token_days needs working_days"]),
    ],
)
def test_a_bad_option_is_refused_in_one_line(texts: list[str], parts: list[str]) -> None:
    """It says how to write it, and never which of two values was taken."""
    with pytest.raises(BadInput) as caught:
        with_prices(Prices(), texts, "--price")
    line = str(caught.value)
    assert "\n" not in line
    assert all(part in line for part in parts), line


def test_options_replace_what_the_file_says_and_leave_the_rest() -> None:
    """Of two numbers and a name the others stay as they were."""
    found = with_prices(ALL, ["token=2", "currency=CHF", "working_days=100"], "--price")
    assert (found.token, found.currency, found.working_days) == (2.0, "CHF", 100)
    assert found.given | {"token": 1.5, "working_days": 200} == ALL.given


@pytest.mark.parametrize("prices", [{"tokn": 1}, {"token": True}, [1], "token=1", {1: 2}], ids=str)
def test_what_is_handed_over_as_prices_and_is_none_is_refused(prices: Any) -> None:
    """By name and in one line; nothing given is no price at all."""
    with pytest.raises(BadInput) as caught:
        prices_given(prices)
    assert "\n" not in str(caught.value)
    assert prices_given(None) == Prices()
    assert prices_given({"token": 2}) == Prices(token=2)

"""Messages between desktop and platform: those of a ticking run, and what becomes of each."""

from __future__ import annotations

from collections import Counter

import pytest
from anyworld import examples, legal_settings, seeds
from handmade import MINUTE, SECOND, day, hand, off, play
from hypothesis import event, given
from keeping import kept
from listening import as_heard, listening

from simkit.engines.processes.build import simulate
from simkit.rules.settings import Settings
from simkit.runs.events import TokenRenewed
from simkit.runs.history import History
from simkit.runs.log import of_kind


def assert_as_heard(settings: Settings, seed: int) -> History:
    """Fail unless the messages of the clock in use are those that a ticking run is heard to send.

    Renewals are not heard, as most need no process; those that were taken are in the log.
    """
    with listening() as ear:
        ticking = simulate(settings, seed, clock="tick")
    history = simulate(settings, seed)
    told = {agent: history.messages(agent) for agent in history.agents}
    mine = Counter(as_heard(a, m) for a, each in told.items() for m in each if m.kind != "renew")
    heard = ear.messages()
    odd = sorted((mine - heard) | (heard - mine), key=lambda each: each[1:3])
    assert not odd, f"{odd[0]} is {'not heard' if odd[0] in mine else 'not told'}"
    for agent, each in told.items():
        assert each == ticking.messages(agent)
        renewed = {(r.t, e.issued) for r, e in of_kind(history.records(agent), TokenRenewed)}
        assert renewed == {
            (m.back, m.leaves) for m in each if m.kind == "renew" and m.fate == "taken"
        }
    return history


@pytest.mark.fuzz
@examples(0.2)
@given(settings=legal_settings(), seed=seeds)
@kept
def test_messages_are_those_of_a_ticking_run(settings: Settings, seed: int) -> None:
    """Whatever the settings: when each left, arrived and came back, what it said and its fate."""
    history = assert_as_heard(settings, seed)
    for fate in {m.fate for agent in history.agents for m in history.messages(agent)}:
        event(fate)


@pytest.mark.fuzz
@examples(0.1)
@given(settings=legal_settings(limited=True), seed=seeds)
@kept
def test_so_are_those_of_a_limited_world(settings: Settings, seed: int) -> None:
    """Where certain refusals are slept over."""
    assert_as_heard(settings, seed)


# By hand: 10 ms up, 10 ms down, a poll every 30 s from the login at 0 on.


def lines(history: History, *kinds: str) -> list[tuple[object, ...]]:
    """Give the messages of ada, those of some kinds only: when each left, its status, its fate."""
    told = history.messages("ada")
    return [(m.leaves, m.status, m.fate) for m in told if not kinds or m.kind in kinds]


def test_a_message_is_judged_half_way() -> None:
    """It leaves at 0, is judged at 10, and the page knows at 20."""
    first, second = play(hand(), day(45 * SECOND)).messages("ada")
    assert (first.leaves, first.arrives, first.back) == (0, 10, 20)
    assert (second.leaves, second.arrives, second.back) == (30_000, 30_010, 30_020)
    assert first.mask == 0b111, "the three codes of Care"


def test_what_comes_to_a_page_that_is_gone_is_read_by_nobody() -> None:
    """The second poll's answer comes at 30,020: a page loaded then finds it read, before not."""
    for load, fate in [(30_019, "unread"), (30_020, "taken")]:
        history = play(hand(), day(50 * SECOND, reloads=(load,)))
        assert lines(history)[:3] == [(0, 200, "taken"), (30_000, 200, fate), (load, 200, "taken")]


def test_a_dataset_that_lives_for_three_polls_takes_each_third_answer() -> None:
    """Taken at 0 and held until 90,000, which is when the fourth poll leaves."""
    history = play(hand(dataset_life_polls=3), day(2 * MINUTE))
    assert lines(history) == [
        (0, 200, "taken"),
        (30_000, 200, "thrown away"),
        (60_000, 200, "thrown away"),
        (90_000, 200, "taken"),
    ]


def test_the_browser_answers_by_itself_until_a_list_is_too_old() -> None:
    """At most 60 s old: the poll at 60,000 goes out again, and sees the edit of 15 s."""
    history = play(hand(http_max_age_ms=MINUTE), day(2 * MINUTE), edits=(off(15 * SECOND, 1),))
    assert lines(history) == [
        (0, 200, "taken"),
        (30_000, 200, "from cache"),
        (60_000, 200, "taken"),
        (90_000, 200, "from cache"),
    ]
    assert [m.mask for m in history.messages("ada")] == [0b111, 0b111, 0b101, 0b101]
    assert history.messages("ada")[1].back == 30_000, "at once, and nothing has left"


def test_what_leaves_while_the_network_is_down_does_not_arrive() -> None:
    """The page knows after as long as an answer would have taken."""
    history = play(hand(), day(MINUTE, outages=((25_000, 35_000),)))
    lost = history.messages("ada")[1]
    assert (lost.leaves, lost.status, lost.fate) == (30_000, 0, "lost")
    assert (lost.arrives > lost.back, lost.back) == (True, 30_020)


def test_a_choice_that_the_network_loses_is_sent_again() -> None:
    """Lost at 31,000 and known at 31,020; again 2 s later, and 4 s after that is known."""
    settings = hand(retry_attempts=2)
    history = play(settings, day(2 * MINUTE, (31_000, "Meal", MINUTE), outages=((30_500, 34_000),)))
    choices = [m for m in history.messages("ada") if m.kind == "submit"]
    assert [(m.leaves, m.fate, m.shown) for m in choices] == [
        (31_000, "lost", ""),
        (33_020, "lost", ""),
        (37_040, "applied", "success"),
    ]
    assert {m.mask for m in choices} == {0b10}, "all of them are about Meal"


def test_a_version_is_asked_for_before_the_list() -> None:
    """Two messages a poll, the second when the first has come back: at 20, and at 30,020."""
    settings = hand(version_parameter=True, config_reread="poll")
    history = play(settings, day(45 * SECOND), edits=(off(15 * SECOND, 0),))
    told = [(m.leaves, m.kind, m.poll, m.version) for m in history.messages("ada")]
    assert [row[:3] for row in told] == [
        (0, "config", 0),
        (20, "list", 0),
        (30_000, "config", 30_000),
        (30_020, "list", 30_000),
    ]
    assert told[2][3] == told[0][3] + 1, "the edit raised the version"


@pytest.mark.parametrize("scopes", [("telephony:status:read",)])
def test_a_success_that_is_shown_over_a_refusal_is_told_as_both(scopes: tuple[str, ...]) -> None:
    """Without the scope to write the platform says 403, and the widget says done."""
    history = play(hand(scopes=scopes), day(2 * MINUTE, (40_000, "Meal", MINUTE)))
    (choice,) = [m for m in history.messages("ada") if m.kind == "submit"]
    assert (choice.status, choice.fate, choice.shown) == (403, "refused", "success")

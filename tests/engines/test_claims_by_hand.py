"""Claims of the guide that a handmade world shows; the ledger is data/guide_claims.csv."""

from __future__ import annotations

import pytest
from handmade import HOUR, MINUTE, SECOND, calls, day, hand, play, timeline

from simkit.runs.history import History
from simkit.study import theory

ALL = ("break", "meal", "issue")


def bytes_and_lists(history: History) -> tuple[int, int]:
    """Give the bytes of all replies and how many lists were asked for."""
    entries = [entry for agent in history.requests.values() for entry in agent.items()]
    lists = sum(n for (kind, _, _), (n, _) in entries if kind == "list")
    return sum(size for _, (_, size) in entries), lists


@pytest.mark.claim("C057", "C073")
def test_a_widget_that_the_application_does_not_allow_lists_nothing() -> None:
    """Left out or forbidden, it is refused at its first poll and at every other."""
    for permissions in ({}, {"status-reason": {"allowed": False}}):
        history = play(hand(widget_permissions=permissions), day(2 * MINUTE))
        assert timeline(history) == [(0, "login"), (20, "trouble", 403, "WIDGET_NOT_ALLOWED")]
        assert calls(history) == {("list", 403): 4}


@pytest.mark.claim("C055", "C058")
def test_a_scope_that_the_application_lacks_is_missing_in_every_widget() -> None:
    """Three agents of two divisions share nothing but the application: all are refused alike."""
    days = (
        day(2 * MINUTE, (65_000, "Break", MINUTE)),
        day(2 * MINUTE, (65_000, "Meal", MINUTE), agent="bob"),
        day(2 * MINUTE, (65_000, "Break", MINUTE), agent="cyd", division="Tech"),
    )
    lacking = play(hand(scopes=("telephony:status:read",)), *days)
    whole = play(hand(), *days)
    for agent in ("ada", "bob", "cyd"):
        assert calls(lacking, agent) == {("list", 200): 4, ("submit", 403): 1}
        assert calls(whole, agent) == {("list", 200): 4, ("submit", 200): 1}


@pytest.mark.claim("C037")
def test_a_widget_runs_alike_with_and_without_portal_builder() -> None:
    """How it was deployed is asked before provisioning, and nothing of a run depends on it."""
    chosen = day(HOUR, (65_000, "Break", MINUTE))
    by_builder = play(hand(licence="CX 2", portal_builder=True), chosen)
    by_hand = play(hand(licence="CX 1", portal_builder=False), chosen)
    assert timeline(by_builder) == timeline(by_hand)
    assert calls(by_builder) == calls(by_hand)


@pytest.mark.claim("C077")
@pytest.mark.parametrize("attempts", [0, 2])
def test_a_failing_network_freezes_no_dropdown_whether_or_not_calls_are_tried_again(
    attempts: int,
) -> None:
    """The network fails from 60,000 to 66,000; at 65,000 the list is open as before."""
    agent = day(3 * MINUTE, (65_000, "Break", MINUTE), outages=((60_000, 66_000),))
    history = play(hand(retry_attempts=attempts), agent)
    assert timeline(history)[3:5] == [
        (60_020, "trouble", 0, "NETWORK_FAILURE"),
        (65_000, "open", "Break", "list", 3),
    ]


@pytest.mark.claim("C030")
def test_the_share_that_short_lists_save_is_the_same_for_any_number_of_widgets() -> None:
    """Requests and bytes grow in proportion, so that ten thousand widgets save what one saves.

    An hour of polls every 30 s is 120 requests a widget; ten thousand ask 333 times a second.
    """
    everything = {"binding": "omitted", "filter_type": "hierarchical"}
    saved = set()
    for widgets in (1, 2, 30):
        days = [day(HOUR, agent=f"agent-{n:02}") for n in range(widgets)]
        (short, lists), (long, as_many) = (
            bytes_and_lists(play(hand(token_life_ms=2 * HOUR, **fields), *days))
            for fields in ({}, everything)
        )
        assert lists == as_many == 120 * widgets
        assert lists * SECOND / HOUR == pytest.approx(theory.poll_load(widgets, 30 * SECOND))
        saved.add(1 - short / long)
    assert len(saved) == 1
    assert 0 < saved.pop() < 1
    assert theory.poll_load(10_000, 30 * SECOND) == pytest.approx(333, abs=0.5)

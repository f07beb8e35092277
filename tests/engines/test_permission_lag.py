"""A transfer that takes effect later than it is made: what each part of the platform goes by.

By hand: polls leave every 30 s, calls take 10 ms each way. Ada of Care is moved to Tech at 100,000,
and the platform goes by that from 250,000 on.
"""

from __future__ import annotations

import pytest
from handmade import HOUR, MINUTE, day, hand, play, timeline

import simkit
from simkit.engines.processes.process_run import ProcessRun
from simkit.rules.sections import PAGE_DIVISION
from simkit.rules.settings import Settings

MOVED, EFFECT = 100_000, 250_000
ALL = ("break", "meal", "issue")
UNUSABLE = "TELEPHONY_STATUS_REASON_NOT_FOUND"
BEFORE = (200_000, "Break", MINUTE)
AFTER = (300_000, "Break", MINUTE)


def lagging(**changes: object) -> Settings:
    return hand(permission_lag_ms=EFFECT - MOVED, **changes)


def test_an_old_list_is_right_until_the_transfer_takes_effect() -> None:
    """The page goes on with Care's list: its break is accepted before, and refused after."""
    moved = day(HOUR, BEFORE, AFTER, transfers=((MOVED, "Tech"),))
    history = play(lagging(division_id=PAGE_DIVISION), moved)
    assert timeline(history)[2:] == [
        (100_000, "transfer", "Tech"),
        (200_000, "open", "Break", "list", 3),
        (200_000, "submit", "break"),
        (200_010, "status", "break", "agent", "available"),
        (200_020, "success", "break", 200, ""),
        (250_000, "permissions", "Tech"),
        (260_020, "return"),
        (260_020, "status", "available", "return", "break"),
        (300_000, "open", "Break", "list", 3),
        (300_000, "submit", "break"),
        (300_020, "success", "break", 403, UNUSABLE),
        (360_020, "return"),
        (2_640_020, "renewed", 2_640_000),
    ]


def test_a_list_that_the_platform_decides_at_each_request_comes_when_it_takes_effect() -> None:
    """The poll of 240,000 is still answered with Care's list; the next one leaves 270,000."""
    moved = day(HOUR, transfers=((MOVED, "Tech"),))
    assert timeline(play(lagging(division_reread="request"), moved))[2:6] == [
        (100_000, "transfer", "Tech"),
        (250_000, "permissions", "Tech"),
        (270_000, "division", "Tech"),
        (270_020, "list", "tech-break"),
    ]


def test_a_page_loaded_meanwhile_is_answered_by_what_the_platform_goes_by() -> None:
    """Read at each request it has Care's list until then, though the account says Tech."""
    moved = day(HOUR, transfers=((MOVED, "Tech"),), reloads=(200_000,))
    assert timeline(play(lagging(division_reread="request"), moved))[2:8] == [
        (100_000, "transfer", "Tech"),
        (200_000, "reload"),
        (200_020, "list", *ALL),
        (250_000, "permissions", "Tech"),
        (260_000, "division", "Tech"),
        (260_020, "list", "tech-break"),
    ]


def test_who_asks_the_account_has_the_new_list_too_soon() -> None:
    """A renewal at 152,000 tells Tech; its break is refused at first, and accepted later."""
    settings = lagging(token_life_ms=212_000, on_error="surface")
    moved = day(HOUR, BEFORE, AFTER, transfers=((MOVED, "Tech"),))
    history = play(settings, moved)
    assert timeline(history)[2:13] == [
        (100_000, "transfer", "Tech"),
        (152_020, "renewed", 152_000),
        (152_020, "division", "Tech"),
        (180_020, "list", "tech-break"),
        (200_000, "open", "Break", "list", 1),
        (200_000, "submit", "tech-break"),
        (200_020, "error", "tech-break", 403, UNUSABLE),
        (250_000, "permissions", "Tech"),
        (300_000, "open", "Break", "list", 1),
        (300_000, "submit", "tech-break"),
        (300_010, "status", "tech-break", "agent", "available"),
    ]
    said = ProcessRun(history, "test").why("ada", 210_000)
    assert "Listed, but not usable: Break (since 08:03:00, until 08:04:10)." in said
    already = "The list is the new division's already; the platform goes by it from 08:04:10 on."
    assert said.count(already) == 2
    assert "polls every" not in said
    assert "transferred the agent to Tech, in effect from 08:04:10 on" in said


def test_a_transfer_that_takes_effect_after_the_shift_never_does() -> None:
    """Made 100 s before the end."""
    moved = day(200_000, transfers=((MOVED, "Tech"),))
    history = play(lagging(division_reread="request"), moved)
    assert timeline(history)[2:] == [(100_000, "transfer", "Tech")]
    assert history.truth("ada").division.values == ["Care"]


@pytest.mark.parametrize("second", [110_000, EFFECT])
def test_two_transfers_take_effect_one_after_the_other(second: int) -> None:
    """To Tech and back to Care: each takes effect so much later than it was made."""
    moved = day(HOUR, transfers=((MOVED, "Tech"), (second, "Care")))
    history = play(lagging(division_reread="request"), moved)
    effects = [line for line in timeline(history) if line[1] == "permissions"]
    assert effects == [
        (EFFECT, "permissions", "Tech"),
        (second + EFFECT - MOVED, "permissions", "Care"),
    ]


def test_the_right_list_comes_half_an_interval_after_the_transfer_takes_effect() -> None:
    """On the vendor's platform: five minutes, then half of 30 s in the mean, and one way back."""
    trap = simkit.traps_of("genesys")["T2"]
    (fix,) = simkit.compare(trap, "T2-no-filter", replications=40).fixes
    assert fix.estimate.low <= 5 + 0.25 + 0.06 / 60 <= fix.estimate.high
    assert fix.estimate.high - fix.estimate.low < 0.1


def test_without_a_lag_nothing_is_told_but_the_transfer() -> None:
    """Logs of the guide's platform, and the hashes of its settings, are what they were."""
    moved = day(HOUR, BEFORE, transfers=((MOVED, "Tech"),))
    history = play(hand(division_reread="request"), moved)
    assert "permissions" not in {record.kind for record in history.log}
    assert hand(permission_lag_ms=0).hash == hand().hash != lagging().hash

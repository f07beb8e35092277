"""Timelines worked out by hand, line by line; the comments show the arithmetic.

In all of them a call takes 10 ms up and 10 ms down and polls leave every 30 s from the login on.
Codes of Care: break, meal, issue; of Tech: tech-break. Each world runs under both clocks.
"""

from __future__ import annotations

import pytest
from handmade import (
    BREAK,
    CARE,
    HOUR,
    MEAL,
    MINUTE,
    NOT_SILENT,
    calls,
    day,
    hand,
    off,
    play,
    timeline,
)

ALL = ("break", "meal", "issue")
UNUSABLE = "TELEPHONY_STATUS_REASON_NOT_FOUND"


@pytest.mark.claim("C064", "C093")
def test_a_healthy_hour_from_login_to_silent_renewal() -> None:
    """Login, list, one break of five minutes, one renewal; everything else is polls."""
    history = play(hand(), day(HOUR, (65_000, "Break", 5 * MINUTE)))
    assert timeline(history) == [
        (0, "login"),  # nothing in storage
        (20, "list", *ALL),  # poll leaves 0, arrives 10, back 20
        (65_000, "open", "Break", "list", 3),
        (65_000, "submit", "break"),
        (65_010, "status", "break", "agent", "available"),  # true after the way up
        (65_020, "success", "break", 200, ""),  # believed after the way down
        (365_020, "return"),  # 65,020 + 300,000
        (365_020, "status", "available", "return", "break"),
        (2_640_020, "renewed", 2_640_000),  # 45 min - 60 s = 2,640,000, and a round trip
    ]
    # Polls at 0, 30,000 .. 3,570,000: 120. The second renewal would leave at 5,280,000.
    assert calls(history) == {("list", 200): 120, ("submit", 200): 1, ("renew", 200): 1}


def test_what_is_not_over_at_the_end_of_the_shift_does_not_happen() -> None:
    """No return after the shift, no poll on its last millisecond; a reply in flight is taken."""
    history = play(hand(), day(2 * MINUTE, (119_985, "Meal", MINUTE)))
    assert timeline(history) == [
        (0, "login"),
        (20, "list", *ALL),
        (119_985, "open", "Meal", "list", 3),
        (119_985, "submit", "meal"),
        (119_995, "status", "meal", "agent", "available"),
        (120_005, "success", "meal", 200, ""),  # left within the shift, so it counts
        # the return at 180,005 falls after the shift
    ]
    # Polls at 0, 30,000, 60,000, 90,000; the one at 120,000 would be the shift's end.
    assert calls(history) == {("list", 200): 4, ("submit", 200): 1}


def test_nobody_returns_at_the_very_end_of_the_shift() -> None:
    """Believed at 65,020 for 54,980 ms: back at 120,000, where the shift ends."""
    history = play(hand(), day(2 * MINUTE, (65_000, "Break", 54_980)))
    assert timeline(history)[-1] == (65_020, "success", "break", 200, "")
    history = play(hand(), day(2 * MINUTE, (65_000, "Break", 54_979)))
    assert timeline(history)[-1] == (119_999, "status", "available", "return", "break")


def test_e2_nobody_logs_in_at_the_very_end_of_the_shift() -> None:
    """Met dead at 2,900,000: five minutes later is the end of one shift, and not of the other."""

    def logins(end: int) -> list[int]:
        history = play(hand(**NOT_SILENT), day(end, (2_900_000, "Meal", MINUTE)))
        return [r.t for r in history.log if r.kind == "login"]

    assert logins(3_200_000) == [0]
    assert logins(3_200_001) == [0, 3_200_000]


def test_e2_who_meets_a_dead_widget_twice_logs_in_once() -> None:
    """Five minutes after the first time, whatever comes between."""
    acts = day(HOUR, (2_900_000, "Meal", MINUTE), (3_000_000, "Break", MINUTE))
    assert timeline(play(hand(**NOT_SILENT), acts))[3:] == [
        (2_900_000, "open", "Meal", "frozen", 0),
        (2_900_000, "lost", "Meal", "frozen"),
        (3_000_000, "open", "Break", "frozen", 0),
        (3_000_000, "lost", "Break", "frozen"),
        (3_200_000, "login"),
        (3_200_020, "list", *ALL),
    ]


def test_a_later_choice_cancels_the_return_from_an_earlier_one() -> None:
    """The agent comes back once, from the choice made last."""
    chosen = day(HOUR // 2, (65_000, "Break", 5 * MINUTE), (125_000, "Meal", MINUTE))
    assert timeline(play(hand(), chosen))[2:] == [
        (65_000, "open", "Break", "list", 3),
        (65_000, "submit", "break"),
        (65_010, "status", "break", "agent", "available"),
        (65_020, "success", "break", 200, ""),
        (125_000, "open", "Meal", "list", 3),
        (125_000, "submit", "meal"),
        (125_010, "status", "meal", "agent", "break"),
        (125_020, "success", "meal", 200, ""),
        (185_020, "return"),  # 125,020 + 60,000
        (185_020, "status", "available", "return", "meal"),
        # 65,020 + 300,000 = 365,020 passes without a record
    ]


@pytest.mark.claim("C023")
def test_t1_codes_without_a_division_leave_the_dropdown_empty() -> None:
    """The codes lie in Global; Care asked for exactly has none."""
    history = play(hand(binding="omitted"), day(10 * MINUTE, (65_000, "Break", MINUTE)))
    assert timeline(history) == [
        (0, "login"),
        (20, "list"),  # an answer, and it is empty
        (65_000, "open", "Break", "list", 0),
        (65_000, "lost", "Break", "not listed"),
    ]
    assert calls(history) == {("list", 200): 20}


def test_t1a_binding_the_codes_fills_it_again() -> None:
    """The same workload with the fix."""
    history = play(hand(binding="explicit"), day(10 * MINUTE, (65_000, "Break", MINUTE)))
    assert timeline(history) == [
        (0, "login"),
        (20, "list", *ALL),
        (65_000, "open", "Break", "list", 3),
        (65_000, "submit", "break"),
        (65_010, "status", "break", "agent", "available"),
        (65_020, "success", "break", 200, ""),
        (125_020, "return"),
        (125_020, "status", "available", "return", "break"),
    ]


MOVED = day(HOUR, (200_000, "Break", MINUTE), transfers=((100_000, "Tech"),))


@pytest.mark.claim("C047", "C048", "C050")
def test_t2_a_page_with_a_written_division_stays_stale_for_good() -> None:
    """Moved from Care to Tech at 100,000, the agent goes on choosing Care's break."""
    history = play(hand(division_id="{{page.divisionId}}"), MOVED)
    assert timeline(history) == [
        (0, "login"),
        (20, "list", *ALL),
        (100_000, "transfer", "Tech"),
        (200_000, "open", "Break", "list", 3),
        (200_000, "submit", "break"),
        # arrives 200,010: not usable from Tech, so 403 and no status; the widget swallows it
        (200_020, "success", "break", 403, UNUSABLE),
        (260_020, "return"),  # the agent comes back from a break that never was
        (2_640_020, "renewed", 2_640_000),
    ]


@pytest.mark.claim("C052")
def test_t2a_the_context_variable_is_right_again_after_the_next_renewal() -> None:
    """Read at the renewal's reply; the poll in flight is for the old division and is dropped."""
    history = play(hand(division_reread="renewal"), MOVED)
    assert timeline(history)[-3:] == [
        (2_640_020, "renewed", 2_640_000),
        (2_640_020, "division", "Tech"),
        # the poll of 2,640,000 asked for Care and comes back in this very millisecond, later;
        # the next one leaves 2,670,000
        (2_670_020, "list", "tech-break"),
    ]
    assert (
        timeline(history)[:-3]
        == timeline(play(hand(division_id="{{page.divisionId}}"), MOVED))[:-1]
    )


@pytest.mark.claim("C052")
def test_t2a_read_at_each_request_is_right_after_one_poll() -> None:
    """The first poll after the transfer leaves 120,000."""
    history = play(hand(division_reread="request"), MOVED)
    assert timeline(history)[2:8] == [
        (100_000, "transfer", "Tech"),
        (120_000, "division", "Tech"),
        (120_020, "list", "tech-break"),
        (200_000, "open", "Break", "list", 1),
        (200_000, "submit", "tech-break"),
        (200_010, "status", "tech-break", "agent", "available"),
    ]


@pytest.mark.claim("C035", "C046")
def test_t2a_read_once_a_session_stays_stale_and_a_reload_does_not_help() -> None:
    """A reload keeps the session; only a login reads the division again."""
    moved = day(10 * MINUTE, transfers=((100_000, "Tech"),), reloads=(200_000,))
    assert timeline(play(hand(division_reread="session"), moved)) == [
        (0, "login"),
        (20, "list", *ALL),
        (100_000, "transfer", "Tech"),
        (200_000, "reload"),
        (200_020, "list", *ALL),
    ]


@pytest.mark.claim("C054", "C068", "C070")
def test_t3_a_missing_write_scope_is_shown_as_success() -> None:
    """Reading works, writing is refused and swallowed: the status never changes."""
    settings = hand(scopes=("telephony:status:read",))
    history = play(settings, day(10 * MINUTE, (65_000, "Break", MINUTE)))
    assert timeline(history) == [
        (0, "login"),
        (20, "list", *ALL),
        (65_000, "open", "Break", "list", 3),
        (65_000, "submit", "break"),
        (65_020, "success", "break", 403, "INSUFFICIENT_OAUTH_SCOPE"),
        (125_020, "return"),  # nothing to undo: the status was never written
    ]
    assert calls(history) == {("list", 200): 20, ("submit", 403): 1}


def test_t3_surfaced_the_refusal_is_seen_and_nobody_returns() -> None:
    """With onError: surface the agent knows, and does not come back from a break not begun."""
    settings = hand(scopes=("telephony:status:read",), on_error="surface")
    history = play(settings, day(10 * MINUTE, (65_000, "Break", MINUTE)))
    assert timeline(history)[3:] == [
        (65_000, "submit", "break"),
        (65_020, "error", "break", 403, "INSUFFICIENT_OAUTH_SCOPE"),
    ]


@pytest.mark.claim("C026", "C080")
def test_e1_codes_of_the_parent_are_seen_by_a_hierarchical_filter_only() -> None:
    """All codes one level up: exactly asked for Care there are none, with ancestors all four."""
    exact = play(hand(binding="parent"), day(MINUTE, (45_000, "Break", MINUTE)))
    assert timeline(exact)[1:] == [
        (20, "list"),
        (45_000, "open", "Break", "list", 0),
        (45_000, "lost", "Break", "not listed"),
    ]
    wide = hand(binding="parent", filter_type="hierarchical")
    assert timeline(play(wide, day(MINUTE, (45_000, "Break", MINUTE))))[1:] == [
        (20, "list", *ALL, "tech-break"),
        (45_000, "open", "Break", "list", 4),
        (45_000, "submit", "break"),  # the first of the two named Break
        (45_010, "status", "break", "agent", "available"),
        (45_020, "success", "break", 200, ""),
    ]


@pytest.mark.claim("C087", "C091")
def test_e2_the_token_dies_45_minutes_after_the_last_act() -> None:
    """Frozen at the first poll after death; the agent finds out, and logs in 5 min later."""
    acts = day(HOUR, (65_000, "Break", MINUTE), (2_900_000, "Meal", MINUTE))
    history = play(hand(**NOT_SILENT), acts)
    assert timeline(history) == [
        (0, "login"),
        (20, "list", *ALL),
        (65_000, "open", "Break", "list", 3),  # the last act: dead at 65,000 + 2,700,000
        (65_000, "submit", "break"),
        (65_010, "status", "break", "agent", "available"),
        (65_020, "success", "break", 200, ""),
        (125_020, "return"),
        (125_020, "status", "available", "return", "break"),
        # The poll of 2,760,000 arrives 2,760,010, before 2,765,000; that of 2,790,000 does not.
        (2_790_020, "trouble", 401, "TOKEN_EXPIRED"),
        (2_900_000, "open", "Meal", "frozen", 0),
        (2_900_000, "lost", "Meal", "frozen"),
        (3_200_000, "login"),  # 2,900,000 + 300,000
        (3_200_020, "list", *ALL),
    ]
    # 0 .. 2,760,000: 93 answered. 2,790,000 .. 3,180,000: 14 refused. From 3,200,000 on the new
    # page's grid to 3,590,000: 14 answered.
    assert calls(history) == {("list", 200): 107, ("list", 401): 14, ("submit", 200): 1}


def test_e2_a_token_works_to_the_last_millisecond_and_not_at_expiry() -> None:
    """Two acts, one millisecond apart; the poll of 2,760,000 arrives 2,760,010 for both."""

    def first_trouble(act: int) -> int:
        history = play(hand(**NOT_SILENT), day(HOUR, (act, "Break", MINUTE)))
        return next(r.t for r in history.log if r.kind == "trouble")

    assert first_trouble(60_010) == 2_760_020  # dies 2,760,010: that very arrival is refused
    assert first_trouble(60_011) == 2_790_020  # dies 2,760,011: the arrival before is not


def test_e2_keep_showing_hides_even_that_the_list_is_dead() -> None:
    """The dead token's 401 is swallowed: the list stays, and the choice shows success."""
    acts = day(HOUR, (2_900_000, "Meal", MINUTE))
    history = play(hand(**NOT_SILENT, on_401="keep_showing"), acts)
    assert timeline(history) == [
        (0, "login"),
        (20, "list", *ALL),
        # Login was the last act: dead at 2,700,000. The poll of that moment arrives 2,700,010.
        (2_700_020, "trouble", 401, "TOKEN_EXPIRED"),
        (2_900_000, "open", "Meal", "list", 3),
        (2_900_000, "submit", "meal"),
        (2_900_020, "success", "meal", 401, "TOKEN_EXPIRED"),
        (2_960_020, "return"),
    ]
    assert calls(history) == {("list", 200): 90, ("list", 401): 30, ("submit", 401): 1}


@pytest.mark.claim("C087")
def test_e2_when_polls_count_the_token_outlives_the_hour() -> None:
    """Each poll is an act, so nothing dies while the tab polls."""
    acts = day(HOUR, (3_500_000, "Meal", MINUTE))
    history = play(hand(**NOT_SILENT, poll_counts=True), acts)
    assert timeline(history) == [
        (0, "login"),
        (20, "list", *ALL),
        (3_500_000, "open", "Meal", "list", 3),
        (3_500_000, "submit", "meal"),
        (3_500_010, "status", "meal", "agent", "available"),
        (3_500_020, "success", "meal", 200, ""),
        (3_560_020, "return"),
        (3_560_020, "status", "available", "return", "meal"),
    ]


def test_e2_a_suspended_tab_lets_the_token_die_even_when_polls_count() -> None:
    """Hidden for 45 min and more, nothing polls; the first poll after is refused."""
    history = play(hand(**NOT_SILENT, poll_counts=True), day(HOUR, hidden=((100_000, 2_800_000),)))
    assert timeline(history) == [
        (0, "login"),
        (20, "list", *ALL),
        (100_000, "hidden"),  # last poll 90,000: dead at 2,790,000
        (2_800_000, "shown"),
        # The page's grid goes on at 2,820,000: arrives 2,820,010.
        (2_820_020, "trouble", 401, "TOKEN_EXPIRED"),
    ]
    # 0, 30,000, 60,000, 90,000 answered; 2,820,000 .. 3,570,000: 26 refused.
    assert calls(history) == {("list", 200): 4, ("list", 401): 26}


SWEPT = {"sweep_interval_ms": 15 * MINUTE}


@pytest.mark.claim("C097")
def test_e3_the_routing_sweep_overwrites_a_choice() -> None:
    """Chosen 20 s before the sweep of 900,000; the agent does not notice and returns later."""
    history = play(hand(**SWEPT), day(HOUR // 2, (880_000, "Break", 5 * MINUTE)))
    assert timeline(history)[2:] == [
        (880_000, "open", "Break", "list", 3),
        (880_000, "submit", "break"),
        (880_010, "status", "break", "agent", "available"),
        (880_020, "success", "break", 200, ""),
        (900_000, "status", "available", "routing", "break"),
        (1_180_020, "return"),  # 880,020 + 300,000; already available, so no write
    ]


def test_e3_wfm_overwrites_what_is_no_scheduled_kind_and_ends_every_window() -> None:
    """A break in a scheduled break is left alone until its end; an issue is not."""
    window = ((1_200_000, 1_500_000, "Break"),)
    settings = hand(writes_status=True)
    chosen = play(settings, day(HOUR, (1_190_000, "Break", HOUR), windows=window))
    assert timeline(chosen)[2:-1] == [
        (1_190_000, "open", "Break", "list", 3),
        (1_190_000, "submit", "break"),
        (1_190_010, "status", "break", "agent", "available"),
        (1_190_020, "success", "break", 200, ""),
        (1_500_000, "status", "available", "wfm", "break"),
    ]
    other = play(settings, day(HOUR, (1_190_000, "Issue", HOUR), windows=window))
    assert timeline(other)[2:-1] == [
        (1_190_000, "open", "Issue", "list", 3),
        (1_190_000, "submit", "issue"),
        (1_190_010, "status", "issue", "agent", "available"),
        (1_190_020, "success", "issue", 200, ""),
        (1_200_000, "status", "scheduled", "wfm", "issue"),
        (1_500_000, "status", "available", "wfm", "scheduled"),
    ]


def test_e3_wfm_writes_from_the_start_of_the_shift_and_no_more_at_its_end() -> None:
    """Activities at both ends of the shift: 0 is in it, 900,000 is not; nor is what lies beyond."""
    windows = ((0, 100_000, "Break"), (800_000, 900_000, "Meal"))
    expected = [
        (0, "status", "scheduled", "wfm", "available"),
        (0, "login"),
        (20, "list", *ALL),
        (100_000, "status", "available", "wfm", "scheduled"),
        (800_000, "status", "scheduled", "wfm", "available"),
    ]
    settings = hand(writes_status=True)
    assert timeline(play(settings, day(900_000, windows=windows))) == expected
    assert timeline(play(settings, day(850_000, windows=windows))) == expected


def test_e3_the_sweep_leaves_agents_alone_whom_the_schedule_has_off_the_queue() -> None:
    """The sweep of 900,000 lies within the scheduled break, that of 1,800,000 after it."""
    window = ((850_000, 1_000_000, "Break"),)
    history = play(hand(**SWEPT), day(HOUR, (880_000, "Break", HOUR), windows=window))
    assert [entry for entry in timeline(history) if entry[1] == "status"] == [
        (880_010, "status", "break", "agent", "available"),
        (1_800_000, "status", "available", "routing", "break"),
    ]


def test_e3a_a_locked_widget_turns_the_agent_away_until_the_override_is_over() -> None:
    """Locked from 840,000 on; the second try comes after the sweep of the same millisecond."""
    settings = hand(**SWEPT, override_guard="lock")
    history = play(settings, day(HOUR // 2, (880_000, "Break", 5 * MINUTE)))
    assert timeline(history)[2:] == [
        (880_000, "open", "Break", "locked", 0),
        (880_000, "turned_away", "Break", "again"),
        (900_000, "open", "Break", "list", 3),
        (900_000, "submit", "break"),
        (900_010, "status", "break", "agent", "available"),
        (900_020, "success", "break", 200, ""),
        (1_200_020, "return"),
        (1_200_020, "status", "available", "return", "break"),
    ]


@pytest.mark.claim("C100")
def test_e3a_the_lock_begins_one_window_before_the_override() -> None:
    """60,000 ms before the sweep of 900,000 is locked, a millisecond earlier is not."""
    settings = hand(**SWEPT, override_guard="lock", retry_after_lock=False)
    chosen = day(HOUR // 2, (839_999, "Break", MINUTE), (840_000, "Meal", MINUTE))
    assert timeline(play(settings, chosen))[2:] == [
        (839_999, "open", "Break", "list", 3),
        (839_999, "submit", "break"),
        (840_000, "open", "Meal", "locked", 0),
        (840_000, "turned_away", "Meal", "for good"),
        (840_009, "status", "break", "agent", "available"),
        (840_019, "success", "break", 200, ""),
        (900_000, "status", "available", "routing", "break"),
        (900_019, "return"),
    ]


def test_e3a_an_override_of_this_very_millisecond_is_over() -> None:
    """WFM writes before the agent acts, so a transition of 200,000 locks nobody at 200,000."""
    settings = hand(writes_status=True, override_guard="lock")
    windows = ((100_000, 200_000, "Break"),)
    chosen = day(400_000, (200_000, "Meal", HOUR), windows=windows)
    assert timeline(play(settings, chosen))[2:] == [
        (100_000, "status", "scheduled", "wfm", "available"),
        (200_000, "status", "available", "wfm", "scheduled"),
        (200_000, "open", "Meal", "list", 3),
        (200_000, "submit", "meal"),
        (200_010, "status", "meal", "agent", "available"),
        (200_020, "success", "meal", 200, ""),
    ]


def test_e3a_who_would_try_again_at_the_end_of_the_shift_does_not() -> None:
    """The sweep that locks the widget falls on the shift's end, at 900,000."""
    settings = hand(**SWEPT, override_guard="lock")
    chosen = day(900_000, (880_000, "Break", MINUTE))
    assert timeline(play(settings, chosen))[2:] == [
        (880_000, "open", "Break", "locked", 0),
        (880_000, "turned_away", "Break", "for good"),
    ]


@pytest.mark.claim("C105")
def test_e3d_a_warning_takes_the_place_of_the_submission() -> None:
    """The list is shown and the code chosen; nothing is sent until the guard ends."""
    settings = hand(**SWEPT, override_guard="warn")
    history = play(settings, day(HOUR // 2, (880_000, "Break", 5 * MINUTE)))
    assert timeline(history)[2:6] == [
        (880_000, "open", "Break", "list", 3),
        (880_000, "warned", "break"),
        (880_000, "turned_away", "Break", "again"),
        (900_000, "open", "Break", "list", 3),
    ]


@pytest.mark.claim("C103")
def test_e3c_a_forced_status_holds_until_the_agents_next_act() -> None:
    """Neither the sweep of 900,000 nor WFM touches it; the return ends it."""
    settings = hand(**SWEPT, writes_status=True, force=True)
    window = ((890_000, 1_000_000, "Break"),)
    history = play(settings, day(HOUR // 2, (880_000, "Issue", 5 * MINUTE), windows=window))
    assert timeline(history)[2:] == [
        (880_000, "open", "Issue", "list", 3),
        (880_000, "submit", "issue", "force"),
        (880_010, "status", "issue", "agent", "available"),
        (880_020, "success", "issue", 200, ""),
        (1_180_020, "return"),
        (1_180_020, "status", "available", "return", "issue"),
    ]


def test_e3b_routing_leaves_manual_codes_alone_in_campaign_hours_only() -> None:
    """The campaign runs 08:00 to 08:20 (to 1,200,000): the sweep of 900,000 spares the break."""
    settings = hand(**SWEPT, ignore_manual="leave_alone", campaign_hours=[("08:00", "08:20")])
    history = play(settings, day(HOUR, (880_000, "Break", HOUR)))
    assert [entry for entry in timeline(history) if entry[1] == "status"] == [
        (880_010, "status", "break", "agent", "available"),
        (1_800_000, "status", "available", "routing", "break"),
    ]


@pytest.mark.claim("C102")
def test_e3b_drop_answers_200_and_applies_nothing() -> None:
    """The reading in which the platform ignores manual codes: belief without truth."""
    history = play(hand(ignore_manual="drop"), day(HOUR // 2, (65_000, "Break", MINUTE)))
    assert timeline(history)[2:] == [
        (65_000, "open", "Break", "list", 3),
        (65_000, "submit", "break"),
        (65_010, "ignored", "break"),
        (65_020, "success", "break", 200, ""),
        (125_020, "return"),
    ]


OUTLIVED = {"dataset_life_polls": 60}


@pytest.mark.claim("C109")
def test_e4_a_deactivated_code_stays_listed_until_the_sixtieth_poll() -> None:
    """Fetched by the poll of 0, replaced by that of 60 * 30,000 = 1,800,000."""
    chosen = day(HOUR, (200_000, "Break", MINUTE))
    history = play(hand(**OUTLIVED), chosen, edits=(off(100_000, BREAK),))
    assert timeline(history) == [
        (0, "login"),
        (20, "list", *ALL),
        (100_000, "edit", "break", "off"),
        (200_000, "open", "Break", "list", 3),
        (200_000, "submit", "break"),
        (200_020, "success", "break", 403, UNUSABLE),
        (260_020, "return"),
        (1_800_020, "list", "meal", "issue"),
        (2_640_020, "renewed", 2_640_000),
    ]
    assert calls(history) == {("list", 200): 120, ("submit", 403): 1, ("renew", 200): 1}


@pytest.mark.claim("C111")
def test_e4_what_a_list_holds_is_decided_when_the_poll_arrives() -> None:
    """The replacing poll leaves 1,800,000: edits up to its arrival at 1,800,010 are in."""

    def gone(edited: int) -> int:
        history = play(hand(**OUTLIVED), day(2 * HOUR), edits=(off(edited, MEAL),))
        return next(r.t for r in history.log if r.kind == "list" and not r.data.mask >> MEAL & 1)

    assert gone(1_800_010) == 1_800_020
    assert gone(1_800_011) == 3_600_020


def test_e4a_at_15_s_the_dataset_lives_half_as_long() -> None:
    """Sixty polls of 15,000 ms: replaced at 900,000."""
    history = play(
        hand(**OUTLIVED, refresh_interval_ms=15_000), day(HOUR), edits=(off(100_000, BREAK),)
    )
    assert timeline(history)[2:] == [
        (100_000, "edit", "break", "off"),
        (900_020, "list", "meal", "issue"),
        (2_640_020, "renewed", 2_640_000),
    ]
    assert calls(history) == {("list", 200): 240, ("renew", 200): 1}


def test_e4b_a_version_parameter_ends_it_at_the_next_poll() -> None:
    """Each poll is two calls: the configuration, then, with its version, the list."""
    versioned = hand(**OUTLIVED, version_parameter=True)
    history = play(versioned, day(10 * MINUTE), edits=(off(100_000, BREAK),))
    assert timeline(history) == [
        (0, "login"),
        (40, "list", *ALL),  # configuration 0 to 20, list 20 to 40
        (100_000, "edit", "break", "off"),
        (120_020, "version", 1),
        (120_040, "list", "meal", "issue"),
    ]
    assert calls(history) == {("config", 200): 20, ("list", 200): 20}


@pytest.mark.claim("C115")
def test_e4b_does_nothing_for_edits_by_hand_or_a_version_read_at_mount() -> None:
    """The console does not raise the version; a page that never asks again does not see it."""
    versioned = hand(**OUTLIVED, version_parameter=True)
    by_hand = play(versioned, day(HOUR), edits=(off(100_000, BREAK, raises_version=False),))
    at_mount = play(
        versioned.replace(config_reread="mount"), day(HOUR), edits=(off(100_000, BREAK),)
    )
    assert timeline(by_hand)[3] == (1_800_040, "list", "meal", "issue")
    assert timeline(at_mount)[3] == (1_800_020, "list", "meal", "issue")  # one call a poll by now


@pytest.mark.claim("C116")
def test_e4c_a_reload_helps_only_when_it_clears_the_storage() -> None:
    """The dataset lies in browser storage, age included: reloading alone changes nothing."""
    reloaded, edits = day(HOUR // 2 + 2 * MINUTE, reloads=(200_000,)), (off(100_000, BREAK),)
    assert timeline(play(hand(**OUTLIVED), reloaded, edits=edits))[2:] == [
        (100_000, "edit", "break", "off"),
        (200_000, "reload", *ALL),  # from storage, the deactivated code too
        # New grid 200,000 + n * 30,000; the entry of 0 dies 1,800,000; first poll after: n = 54.
        (1_820_020, "list", "meal", "issue"),
    ]
    clearing = hand(**OUTLIVED, clear_cache_on_mount=True)
    assert timeline(play(clearing, reloaded, edits=edits))[2:] == [
        (100_000, "edit", "break", "off"),
        (200_000, "reload"),
        (200_020, "list", "meal", "issue"),
    ]


def test_e4_http_cache_polls_leave_the_wire_alone() -> None:
    """Max-age 30 min: one request at 0, one at 1,800,000, and none between them."""
    cached = hand(http_max_age_ms=30 * MINUTE)
    history = play(cached, day(HOUR), edits=(off(100_000, BREAK),))
    assert timeline(history)[2:4] == [
        (100_000, "edit", "break", "off"),
        (1_800_020, "list", "meal", "issue"),
    ]
    assert calls(history) == {("list", 200): 2, ("renew", 200): 1}


def test_e4_hidden_a_suspended_tab_shows_what_it_had() -> None:
    """Hidden from 100,000 to 400,000; the next point of the page's grid is 420,000."""
    history = play(hand(), day(10 * MINUTE, hidden=((100_000, 400_000),)), edits=(off(150_000, 0),))
    assert timeline(history) == [
        (0, "login"),
        (20, "list", *ALL),
        (100_000, "hidden"),
        (150_000, "edit", "break", "off"),
        (400_000, "shown"),
        (420_020, "list", "meal", "issue"),
    ]
    # 0, 30,000, 60,000, 90,000, then 420,000 .. 570,000.
    assert calls(history) == {("list", 200): 10}


def test_e4_an_overloaded_shared_token_starves_the_second_widget() -> None:
    """One call a minute: the first by name takes it in every window, the second never lists."""
    limited = hand(token_topology="shared", rate_limit_per_min=1)
    days = day(5 * MINUTE), day(5 * MINUTE, agent="bob")
    history = play(limited, *days)
    assert timeline(history, "ada") == [
        (0, "login"),
        (20, "list", *ALL),  # 0 + 10: first in its window
        (30_020, "trouble", 429, "TOO_MANY_REQUESTS"),
        (60_020, "recovered"),
        (90_020, "trouble", 429, "TOO_MANY_REQUESTS"),
        (120_020, "recovered"),
        (150_020, "trouble", 429, "TOO_MANY_REQUESTS"),
        (180_020, "recovered"),
        (210_020, "trouble", 429, "TOO_MANY_REQUESTS"),
        (240_020, "recovered"),
        (270_020, "trouble", 429, "TOO_MANY_REQUESTS"),
    ]
    assert timeline(history, "bob") == [
        (0, "login"),
        (20, "trouble", 429, "TOO_MANY_REQUESTS"),
    ]
    assert calls(history, "ada") == {("list", 200): 5, ("list", 429): 5}
    assert calls(history, "bob") == {("list", 429): 10}


def test_a_tab_that_is_shown_while_a_retry_is_under_way_polls_once_that_has_ended() -> None:
    """Round trips take 4.8 s of 5 s, one call a minute is served, and the tab is hidden for 1 s.

    The poll of 0 is served, that of 5,000 arrives at 7,400 and is told to wait until 60,000, which
    is known at 9,800: 52,600 ms later, at 62,400, the retry leaves. Shown again at 64,000, the tab
    would poll at 65,000, but the retry is answered at 67,200; so the next poll leaves at 70,000.
    """
    wire = {"delay_min_ms": 2_400, "delay_median_ms": 2_400, "delay_max_ms": 2_400}
    limit = {"rate_limit_per_min": 1, "honour_retry_after": True, "retry_jitter_ms": 0}
    settings = hand(**wire, **limit, refresh_interval_ms=5_000, renewal_lead_ms=10_000)
    history = play(settings, day(80_000, hidden=((63_000, 64_000),)))
    left = [d.first + i * d.every for d in history.departures["ada"] for i in range(d.n)]
    assert left == [0, 5_000, 62_400, 70_000]
    assert calls(history) == {("list", 200): 2, ("list", 429): 2}, "one a minute, as the limit says"


def test_retry_after_moves_the_next_poll_to_the_next_window() -> None:
    """Honoured without jitter, both widgets come back at 60,010 on the millisecond."""
    limited = hand(token_topology="shared", rate_limit_per_min=1, honour_retry_after=True)
    history = play(limited, day(100_000), day(100_000, agent="bob"))
    # Bob is refused at 10 with 59,990 to wait, knows at 20: holds until 60,010. The same for ada,
    # refused at 30,010 with 29,990 to wait, who knows at 30,020: until 60,010. Both polls arrive
    # at 60,020, ada's first. Bob is refused again at 60,020 with 59,980 to wait.
    # Ada's next point on the grid is 90,000, and is refused.
    assert timeline(history, "ada") == [
        (0, "login"),
        (20, "list", *ALL),
        (30_020, "trouble", 429, "TOO_MANY_REQUESTS"),
        (60_030, "recovered"),
        (90_020, "trouble", 429, "TOO_MANY_REQUESTS"),
    ]
    assert calls(history, "ada") == {("list", 200): 2, ("list", 429): 2}
    assert calls(history, "bob") == {("list", 429): 2}


@pytest.mark.claim("C076")
def test_a_lost_submission_is_sent_again_after_two_seconds() -> None:
    """The network fails from 60,000 to 66,000; a lost call is known as lost after both delays."""
    history = play(hand(), day(3 * MINUTE, (65_000, "Break", MINUTE), outages=((60_000, 66_000),)))
    assert timeline(history) == [
        (0, "login"),
        (20, "list", *ALL),
        (60_000, "offline"),
        (60_020, "trouble", 0, "NETWORK_FAILURE"),  # the poll of 60,000
        (65_000, "open", "Break", "list", 3),
        (65_000, "submit", "break"),
        # lost, known 65,020; sent again 2,000 later, at 67,020, arrives 67,030
        (66_000, "online"),
        (67_030, "status", "break", "agent", "available"),
        (67_040, "success", "break", 200, ""),
        (90_020, "recovered"),
        (127_040, "return"),
        (127_040, "status", "available", "return", "break"),
    ]
    assert calls(history) == {
        ("list", 200): 5,
        ("list", 0): 1,
        ("submit", 0): 1,
        ("submit", 200): 1,
    }


@pytest.mark.claim("C076")
def test_a_submission_lost_three_times_is_shown_as_success_all_the_same() -> None:
    """Sent 65,000, 67,020 and, the wait doubled, 71,040; then the error is swallowed."""
    history = play(hand(), day(100_000, (65_000, "Break", MINUTE), outages=((60_000, 72_000),)))
    assert timeline(history)[4:] == [
        (65_000, "open", "Break", "list", 3),
        (65_000, "submit", "break"),
        (71_060, "success", "break", 0, "NETWORK_FAILURE"),  # 71,040 + 20
        (72_000, "online"),
        (90_020, "recovered"),
    ]
    assert calls(history)["submit", 0] == 3


def test_a_division_that_is_not_there_or_cannot_be_empties_the_list() -> None:
    """Unknown: 404. Malformed: 400. Both once at the first reply, and quiet from then on."""
    unknown = play(hand(division_id="d-00000000-0000-0000-0000-0000000000ff"), day(2 * MINUTE))
    assert timeline(unknown) == [(0, "login"), (20, "trouble", 404, "DIVISION_NOT_FOUND")]
    assert calls(unknown) == {("list", 404): 4}
    malformed = play(hand(division_id="care"), day(2 * MINUTE))
    assert timeline(malformed) == [(0, "login"), (20, "trouble", 400, "INVALID_DIVISION_ID")]
    assert calls(malformed) == {("list", 400): 4}


@pytest.mark.claim("C038", "C049")
def test_a_static_division_shows_its_list_to_everybody() -> None:
    """Care written into Tech's page: listed, and refused when chosen."""
    history = play(hand(division_id=CARE), day(2 * MINUTE, (45_000, "Meal", 1), division="Tech"))
    assert timeline(history) == [
        (0, "login"),
        (20, "list", *ALL),
        (45_000, "open", "Meal", "list", 3),
        (45_000, "submit", "meal"),
        (45_020, "success", "meal", 403, UNUSABLE),
        (45_021, "return"),
    ]


# The order in which the platform judges a submission. Everything is wrong with this one:
# - limit 1 a minute, spent by the poll of 960,000 for the window from 960,000 to 1,020,000,
# - the token, last used at the login, dead since 600,000,
# - no write scope,
# - the code deactivated at 100,000 (and still listed, for 60 polls),
# - routing drops manual codes.
# Each step takes away the check that has just spoken, and the next one speaks.
WRONG = {
    **NOT_SILENT,
    "token_life_ms": 10 * MINUTE,
    "rate_limit_per_min": 1,
    "scopes": ("telephony:status:read",),
    "dataset_life_polls": 60,
    "ignore_manual": "drop",
    "on_401": "keep_showing",
}
CHOSEN = day(1_001_000, (1_000_000, "Break", MINUTE))


def judged(edits: tuple[object, ...], **cured: object) -> list[tuple[object, ...]]:
    history = play(hand(**WRONG | cured), CHOSEN, edits=edits)  # type: ignore[arg-type]
    return [entry for entry in timeline(history) if entry[0] > 1_000_000]


def test_a_submission_is_judged_in_the_documented_order() -> None:
    """Rate limit, token, scope, usable reason, routing's drop: each hides all that follow."""
    dead = (off(100_000, BREAK),)
    free: dict[str, object] = {"rate_limit_per_min": None}
    alive = free | {"token_life_ms": 45 * MINUTE}
    scoped = alive | {"scopes": ("telephony:status:read", "telephony:status:write")}
    assert judged(dead) == [(1_000_020, "success", "break", 429, "TOO_MANY_REQUESTS")]
    assert judged(dead, **free) == [(1_000_020, "success", "break", 401, "TOKEN_EXPIRED")]
    assert judged(dead, **alive) == [
        (1_000_020, "success", "break", 403, "INSUFFICIENT_OAUTH_SCOPE")
    ]
    assert judged(dead, **scoped) == [(1_000_020, "success", "break", 403, UNUSABLE)]
    assert judged((), **scoped) == [
        (1_000_010, "ignored", "break"),
        (1_000_020, "success", "break", 200, ""),
    ]
    assert judged((), **scoped, force=True) == [
        (1_000_010, "status", "break", "agent", "available"),
        (1_000_020, "success", "break", 200, ""),
    ]


def test_a_list_is_judged_in_the_same_order() -> None:
    """Limit before token before scope, for polls too; renewals meet neither limit nor token."""
    short = {"token_life_ms": 45_000, "renewal_lead_ms": 10_000, "rate_limit_per_min": 1}
    both = hand(**NOT_SILENT, **short, scopes=("telephony:status:write",))
    # Polls of 0 (spends the window) and 30,000 (refused); 60,000 arrives after death at 45,000.
    assert timeline(play(both, day(90_000)))[1:] == [
        (20, "trouble", 403, "INSUFFICIENT_OAUTH_SCOPE"),
        (30_020, "trouble", 429, "TOO_MANY_REQUESTS"),
        (60_020, "trouble", 401, "TOKEN_EXPIRED"),
    ]
    renewing = hand(**short)
    # Renewals leave 35,000 and 70,000, in windows that are spent, and are answered.
    assert calls(play(renewing, day(90_000))) == {
        ("list", 200): 2,
        ("list", 429): 1,
        ("renew", 200): 2,
    }


@pytest.mark.claim("C099")
def test_the_last_write_to_arrive_wins_not_the_last_to_leave() -> None:
    """The choice leaves before the sweep of 900,000 and arrives after it: the choice holds."""
    chosen = day(HOUR // 2, (500_000, "Meal", HOUR), (899_995, "Break", HOUR))
    history = play(hand(**SWEPT), chosen)
    assert [entry for entry in timeline(history) if entry[1] == "status"] == [
        (500_010, "status", "meal", "agent", "available"),
        (900_000, "status", "available", "routing", "meal"),
        (900_005, "status", "break", "agent", "available"),
    ]


@pytest.mark.claim("C039")
def test_three_agents_live_side_by_side_in_the_order_of_their_names() -> None:
    """At one millisecond all three log in; lines of equal rank stand in the order of names."""
    days = (
        day(MINUTE, agent="cyd", division="Tech"),
        day(MINUTE, (45_000, "Break", 1), agent="ada"),
        day(MINUTE, agent="bob", division="Global"),
    )
    history = play(hand(), *days)
    assert [(r.actor, *entry) for r, entry in zip(history.log, timeline(history), strict=True)] == [
        ("ada", 0, "login"),
        ("bob", 0, "login"),
        ("cyd", 0, "login"),
        ("ada", 20, "list", *ALL),
        ("bob", 20, "list"),  # Global has no codes of its own
        ("cyd", 20, "list", "tech-break"),
        ("ada", 45_000, "open", "Break", "list", 3),
        ("ada", 45_000, "submit", "break"),
        ("ada", 45_010, "status", "break", "agent", "available"),
        ("ada", 45_020, "success", "break", 200, ""),
        ("ada", 45_021, "return"),
        ("ada", 45_021, "status", "available", "return", "break"),
    ]

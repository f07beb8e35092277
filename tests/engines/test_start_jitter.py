"""A page may wait at random between its load and its first poll; its grid begins there.

As in all handmade worlds a call takes 10 ms up and 10 ms down and polls leave every 30 s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import log, sqrt
from typing import Any

import pytest
from handmade import CARE, HOUR, MINUTE, NOT_SILENT, SECOND, day, hand, play, timeline

from simkit.engines.processes.build import simulate
from simkit.rules import oauth
from simkit.rules.workload import Workload
from simkit.runs.events import IntentionLost
from simkit.runs.history import History

ALL = ("break", "meal", "issue")
EVERY = 30 * SECOND
LONGEST = 10 * MINUTE
"""The longest wait in these worlds, unless another one is said."""


def left(history: History, agent: str = "ada") -> list[int]:
    """Give when an agent's polls left, each by itself."""
    lists = [call for call in history.departures[agent] if call.kind == "list"]
    return sorted(call.first + i * call.every for call in lists for i in range(call.n))


def wait(load: int, seed: int = 1, agent: str = "ada", **fields: Any) -> int:
    """Give how long a page waits that is loaded at a login, in a world where nothing else is."""
    settings = hand(**{"start_jitter_ms": LONGEST, **fields})
    end = load + settings.widget.start_jitter_ms + 1
    workload = Workload((day(end, agent=agent, start=load),))
    return left(simulate(settings, seed, workload=workload), agent)[0] - load


def load_that_waits(low: int, high: int, after: int = 0, **fields: Any) -> tuple[int, int]:
    """Give the first load on a whole minute whose wait lies between two bounds, and the wait."""
    loads = range(after, after + 10 * HOUR, MINUTE)
    return next((t, w) for t in loads for w in [wait(t, **fields)] if low <= w <= high)


def grid(start: int, end: int) -> list[int]:
    return list(range(start, end, EVERY))


# When polls leave.


@pytest.mark.parametrize("longest", [1, 500, EVERY - 1, EVERY, EVERY + 1, 10 * MINUTE, HOUR])
@pytest.mark.parametrize("load", [0, 12_345])
def test_the_first_poll_leaves_within_the_wait_and_all_others_on_the_grid_from_there(
    load: int, longest: int
) -> None:
    """A wait may be longer than an interval; the first list comes 20 ms after its poll."""
    end = load + 2 * HOUR
    history = play(hand(start_jitter_ms=longest), day(end, start=load))
    polls = left(history)
    assert load <= polls[0] <= load + longest
    assert polls == grid(polls[0], end)
    assert timeline(history)[:2] == [(load, "login"), (polls[0] + 20, "list", *ALL)]


def test_each_page_has_a_grid_of_its_own() -> None:
    """Polls of the old page end with it; those of the new one begin when its own wait is over."""
    load, end = 1_234_567, HOUR
    polls = left(play(hand(start_jitter_ms=LONGEST), day(end, reloads=(load,))))
    assert polls == grid(wait(0), load) + grid(load + wait(load), end)
    assert (wait(0) - load - wait(load)) % EVERY


@pytest.mark.slow
def test_a_page_that_is_loaded_anew_while_it_waits_never_polls() -> None:
    """Whoever reloads once a second keeps the page from polling at all, up to the last reload."""
    load, first_wait = load_that_waits(MINUTE, LONGEST)
    reloads = tuple(load + i * SECOND for i in range(1, 60))
    last = reloads[-1]
    waits = [wait(t) for t in reloads[:-1]]
    assert min(waits) >= SECOND
    end = load + HOUR
    history = play(hand(start_jitter_ms=LONGEST), day(end, start=load, reloads=reloads))
    assert first_wait >= SECOND
    assert left(history) == grid(last + wait(last), end)


def test_a_login_after_a_dead_token_waits_like_any_load() -> None:
    """The token dies 45 min after the login; the agent meets that at 50:00, logs in at 55:00."""
    end, back = 2 * HOUR, 55 * MINUTE
    settings = hand(start_jitter_ms=LONGEST, **NOT_SILENT)
    history = play(settings, day(end, (50 * MINUTE, "Break", MINUTE)))
    assert (back, "login") in timeline(history)
    assert left(history) == grid(wait(0), back) + grid(back + wait(back), end)


def test_a_shift_that_ends_before_the_first_poll_has_none() -> None:
    """The poll would leave on the last millisecond of the shift, which is no part of it."""
    load, first_wait = load_that_waits(MINUTE, LONGEST)
    end = load + first_wait
    settings = hand(start_jitter_ms=LONGEST)
    assert left(play(settings, day(end, start=load))) == []
    assert left(play(settings, day(end + 1, start=load))) == [end]
    history = play(settings, day(end, (end - 1, "Break", MINUTE), start=load))
    assert timeline(history) == [
        (load, "login"),
        (end, "lost", "Break", "no list"),
    ]


# Whose wait it is.


def test_the_wait_is_that_of_the_seed_the_agent_and_the_load_whatever_else_there_is() -> None:
    """An addressed draw: neither other settings nor other agents nor the agent's acts move it."""
    load = 77_777
    same = wait(load)
    for fields in (
        {},
        NOT_SILENT,
        {"refresh_interval_ms": 7_001},
        {"version_parameter": True},
        {"division_id": CARE},
        {"dataset_life_polls": 7},
        {"http_max_age_ms": HOUR},
        {"token_topology": "shared", "rate_limit_per_min": 1},
        {"retry_jitter_ms": MINUTE, "honour_retry_after": True},
        {"sweep_interval_ms": MINUTE},
        {"delay_max_ms": 250},
    ):
        assert wait(load, **fields) == same, fields
    acts = [(load + i * SECOND, "Break", SECOND) for i in range(1, 9)]
    days = [
        day(load + HOUR, *acts, start=load, division="Tech"),
        *(day(load + HOUR, start=load - i, agent=f"agent-{i}") for i in range(9)),
    ]
    assert left(play(hand(start_jitter_ms=LONGEST), *days))[0] == load + same


@pytest.mark.slow
def test_another_seed_agent_or_load_has_another_wait() -> None:
    """Of 600,001 waits; that no two of 91 are equal has a probability of 99.3 %."""
    load = 77_777
    waits = [
        wait(load),
        *(wait(load, seed=seed) for seed in range(2, 32)),
        *(wait(load, agent=f"agent-{i}") for i in range(30)),
        *(wait(load + i) for i in range(1, 31)),
    ]
    assert len({*waits}) == len(waits) == 91


LEVEL = 0.999
"""Chance with which correct draws pass all cases of the two tests below."""
LONGEST_WAITS = (1, 3, 999, 30 * SECOND, HOUR)


def furthest_from_uniform(waits: Sequence[int], longest: int) -> float:
    """Give the greatest distance between the waits' distribution and the uniform 0 .. longest."""
    counts, seen, furthest = Counter(waits), 0, 0.0
    for value in sorted({*waits}):
        below_it = value / (longest + 1)
        furthest = max(furthest, abs(seen / len(waits) - below_it))
        seen += counts[value]
        up_to_it = (value + 1) / (longest + 1)
        furthest = max(furthest, abs(seen / len(waits) - up_to_it))
    return furthest


def allowed_distance(n: int, cases: int) -> float:
    """Give what the distance of n draws exceeds with probability (1 - LEVEL) / cases at most.

    The inequality of Dvoretzky, Kiefer and Wolfowitz with Massart's constant; it holds for every n
    and for every distribution, whole numbers included.
    """
    return sqrt(log(2 * cases / (1 - LEVEL)) / (2 * n))


@pytest.mark.slow
@pytest.mark.parametrize("longest", LONGEST_WAITS)
@pytest.mark.some(2)
def test_the_waits_of_many_agents_are_uniform(longest: int) -> None:
    """From 0 to the longest, both included."""
    agents = [f"agent-{i}" for i in range(3_000)]
    days = tuple(day(longest + 1, agent=agent) for agent in agents)
    history = simulate(hand(start_jitter_ms=longest), 1, workload=Workload(days))
    waits = [left(history, agent)[0] for agent in agents]
    assert 0 <= min(waits) <= max(waits) <= longest
    allowed = allowed_distance(len(waits), 2 * len(LONGEST_WAITS))
    assert furthest_from_uniform(waits, longest) < allowed


@pytest.mark.slow
@pytest.mark.parametrize("longest", LONGEST_WAITS)
def test_the_waits_of_one_agents_many_loads_are_uniform(longest: int) -> None:
    """Correct draws pass this and the test above, in all cases, with a chance of 99.9 %."""
    loads = range(0, 3_000 * (longest + 1), longest + 1)
    history = simulate(
        hand(start_jitter_ms=longest, refresh_interval_ms=HOUR),
        1,
        workload=Workload((day(loads[-1] + longest + 1, reloads=tuple(loads[1:])),)),
    )
    waits = [t % (longest + 1) for t in left(history)]
    assert len(waits) == len(loads)
    allowed = allowed_distance(len(waits), 2 * len(LONGEST_WAITS))
    assert furthest_from_uniform(waits, longest) < allowed


# No wait.


def test_without_a_wait_the_first_poll_leaves_at_the_load() -> None:
    """The default: all is as if there were no such setting."""
    assert hand().widget.start_jitter_ms == 0
    history = play(hand(start_jitter_ms=0), day(HOUR, reloads=(100_000,)))
    assert timeline(history)[:4] == [
        (0, "login"),
        (20, "list", *ALL),
        (100_000, "reload"),
        (100_020, "list", *ALL),
    ]
    assert left(history) == grid(0, 100_000) + grid(100_000, HOUR)


def test_a_wait_that_is_drawn_as_0_ms_leaves_the_log_as_it_is() -> None:
    """Of waits of 0 or 1 ms, a day whose loads all draw 0; and one with a load that draws 1."""
    load, _ = load_that_waits(0, 0, start_jitter_ms=1)
    again, _ = load_that_waits(0, 0, after=load + MINUTE, start_jitter_ms=1)
    later, _ = load_that_waits(1, 1, after=load + MINUTE, start_jitter_ms=1)

    def both(reload: int) -> tuple[History, History]:
        one = day(
            load + 3 * HOUR,
            (load + 20 * MINUTE, "Break", MINUTE),
            start=load,
            reloads=(reload,),
            hidden=((load + 30 * MINUTE, load + 40 * MINUTE),),
        )
        return play(hand(start_jitter_ms=1), one), play(hand(), one)

    waited, plain = both(again)
    assert list(waited.log) == list(plain.log)
    assert waited.departures == plain.departures
    assert waited.requests == plain.requests
    waited, plain = both(later)
    assert list(waited.log) != list(plain.log)


# What an agent finds.


@pytest.mark.parametrize("reloaded", [False, True])
def test_who_wants_to_choose_before_the_first_reply_waits_for_it(reloaded: bool) -> None:
    """The reply is there 20 ms after the poll left; a reply comes before an act."""
    load, first_wait = load_that_waits(MINUTE, LONGEST, after=HOUR)
    settings, reply = hand(start_jitter_ms=LONGEST), load + first_wait + 20
    start, reloads = (0, (load,)) if reloaded else (load, ())

    def after_load(wanted: int, longest: int = LONGEST) -> list[tuple[Any, ...]]:
        one = day(load + HOUR, (wanted, "Break", HOUR // 2), start=start, reloads=reloads)
        history = play(settings.replace(start_jitter_ms=longest), one)
        return [row for row in timeline(history) if load <= row[0] <= reply + 20]

    for wanted in (load, load + 1_000, reply - 1, reply):
        assert after_load(wanted) == [
            (load, "reload" if reloaded else "login"),
            (reply, "list", *ALL),
            (reply, "open", "Break", "list", 3),
            (reply, "submit", "break"),
            (reply + 10, "status", "break", "agent", "available"),
            (reply + 20, "success", "break", 200, ""),
        ]
    # Without the wait the list would have been there.
    assert (reply - 1, "open", "Break", "list", 3) in after_load(reply - 1, longest=0)


@pytest.mark.parametrize(("early", "chosen"), [(0, False), (1, True)])
def test_nobody_waits_for_a_list_longer_than_the_status_was_meant_to_last(
    early: int, chosen: bool
) -> None:
    """Who would be back by then gives up; that is put down to the page's load."""
    load, first_wait = load_that_waits(MINUTE, LONGEST)
    length = first_wait + 20 + early
    history = play(
        hand(start_jitter_ms=LONGEST), day(load + HOUR, (load, "Break", length), start=load)
    )
    lost = [record for record in history.log if record.kind == "lost"]
    assert bool(lost) is not chosen
    for record in lost:
        assert record.data == IntentionLost("Break", "no list")
        assert [(r.t, r.kind) for r in history.log.causes(record)] == [
            (load + length, "lost"),
            (load, "login"),
        ]


def test_those_who_wait_choose_in_their_order_and_go_on_waiting_at_a_reload() -> None:
    """The page is loaded anew in the very millisecond of its first answer: what waited waits on."""
    intentions = (5, "Meal", HOUR), (6, "Break", HOUR)
    at_reply = play(hand(), day(MINUTE, *intentions, reloads=(20,)))
    opened = [row for row in timeline(at_reply) if row[1] == "open"]
    assert opened == [(40, "open", "Meal", "list", 3), (40, "open", "Break", "list", 3)]
    before = play(hand(), day(MINUTE, *intentions, (39, "Issue", HOUR), reloads=(19,)))
    opened = [row[2] for row in timeline(before) if row[:2] == (39, "open")]
    assert opened == ["Meal", "Break", "Issue"]


@pytest.mark.parametrize(
    ("fields", "seen"),
    [
        ({"scopes": (oauth.WRITE_SCOPE,)}, "not listed"),
        ({"division_id": "no-division"}, "not listed"),
    ],
)
def test_a_refusal_is_an_answer_too_and_ends_the_wait(fields: dict[str, Any], seen: str) -> None:
    """Then nothing is listed, and the intention is lost for that."""
    history = play(hand(**fields), day(MINUTE, (0, "Break", HOUR)))
    assert (20, "lost", "Break", seen) in timeline(history)


def test_a_first_poll_that_the_network_loses_ends_the_wait_when_it_is_known() -> None:
    """The widget has no list then; the second poll brings one, too late for this intention."""
    history = play(hand(), day(2 * MINUTE, (5, "Break", HOUR), outages=((0, 1_000),)))
    assert (20, "lost", "Break", "not listed") in timeline(history)


def test_a_list_in_browser_storage_is_shown_during_the_wait() -> None:
    """It is fetched again as soon as it dies, so there is a live one at every load."""
    load, _ = load_that_waits(MINUTE, LONGEST, after=HOUR)
    settings = hand(start_jitter_ms=LONGEST, dataset_life_polls=40)
    one = day(load + HOUR, (load + SECOND, "Break", MINUTE), reloads=(load,))
    during = [row for row in timeline(play(settings, one)) if load <= row[0] <= load + SECOND]
    assert during == [
        (load, "reload", *ALL),
        (load + SECOND, "open", "Break", "list", 3),
        (load + SECOND, "submit", "break"),
    ]


# Hidden tabs.


def shown(times: Iterable[int], hidden: tuple[tuple[int, int], ...]) -> list[int]:
    """Give the times at which the tab is not hidden; at the end of a span it is shown again."""
    return [t for t in times if not any(start <= t < end for start, end in hidden)]


@pytest.mark.parametrize(
    ("hides", "shows", "late"),
    [
        ((0, 10_000), (0, 20_000), 0),  # long before
        ((0, 10_000), (1, 0), 0),  # shown in the millisecond of the poll, which comes after it
        ((0, 10_000), (1, 1), EVERY),
        ((0, 0), (1, 1), EVERY),  # hidden in the millisecond of the login
        ((1, -1), (1, EVERY), EVERY),
        ((1, 0), (1, 1), EVERY),  # hidden in the millisecond of the poll, which comes after it
        ((0, 10_000), (1, 70_001), 3 * EVERY),
        ((1, 1), (1, 70_001), 0),  # the first poll is gone, and its reply is shown all the same
    ],
)
def test_a_tab_hidden_during_the_wait_delays_the_first_poll_until_it_is_shown(
    hides: tuple[int, int], shows: tuple[int, int], late: int
) -> None:
    """Times are (waits, ms) after the load. The poll leaves at the next point of the page's grid.

    The wait is longer than the time between two polls, and still no poll leaves before it is over.
    """
    load, first_wait = load_that_waits(2 * EVERY, LONGEST)
    start, end = (load + waits * first_wait + ms for waits, ms in (hides, shows))
    over = load + HOUR
    history = play(hand(start_jitter_ms=LONGEST), day(over, start=load, hidden=((start, end),)))
    polls = left(history)
    assert polls[0] == load + first_wait + late
    assert polls == shown(grid(load + first_wait, over), ((start, end),))
    assert timeline(history, "ada")[0] == (load, "login")
    assert (polls[0] + 20, "list", *ALL) in timeline(history)


def test_a_tab_hidden_twice_during_the_wait_delays_the_first_poll_to_the_end_of_the_second() -> (
    None
):
    """Hidden when the wait ends, it misses that poll; the grid's next point is 30 s later."""
    load, first_wait = load_that_waits(2 * EVERY, LONGEST)
    first = load + first_wait
    hidden = ((load + 1_000, load + 2_000), (first - 5_000, first + 5_000))
    polls = left(play(hand(start_jitter_ms=LONGEST), day(first + HOUR, start=load, hidden=hidden)))
    assert polls == grid(first + EVERY, first + HOUR)


def test_no_act_of_the_agent_makes_the_first_poll_of_a_hidden_tab_leave() -> None:
    """Without silent renewal an act renews the token and so sets the page's clock anew."""
    load, first_wait = load_that_waits(2 * EVERY, LONGEST, after=HOUR)
    first, over = load + first_wait, load + HOUR
    hidden = ((load + 1_000, first + 1),)
    one = day(over, (load + 2_000, "Break", MINUTE), start=load, hidden=hidden)
    history = play(hand(start_jitter_ms=LONGEST, **NOT_SILENT), one)
    assert (load + 2_000 + MINUTE, "lost", "Break", "no list") in timeline(history)
    assert left(history)[0] == first + EVERY


@pytest.mark.parametrize("shows", [(1, 2 * MINUTE), (1, 1), (1, 0), (1, -1), (0, 1)])
def test_the_load_of_a_page_in_a_hidden_tab_still_makes_its_first_poll(
    shows: tuple[int, int],
) -> None:
    """Wherever the wait ends, before the tab is shown or after; all others wait for that."""
    load, first_wait = load_that_waits(2 * EVERY, LONGEST, after=HOUR)
    hides, first, end = load - MINUTE, load + first_wait, load + 2 * HOUR
    hidden = ((hides, load + shows[0] * first_wait + shows[1]),)
    history = play(hand(start_jitter_ms=LONGEST), day(end, reloads=(load,), hidden=hidden))
    before, since = grid(wait(0), load), grid(first, end)
    assert left(history) == [*shown(before, hidden), first, *shown(since[1:], hidden)]
    assert (first + 20, "list", *ALL) in timeline(history)


def test_a_hidden_page_that_was_shown_waits_like_any_other_when_it_is_hidden_again() -> None:
    """Loaded while hidden, then shown, then hidden before its first poll: that one has to wait."""
    load, first_wait = load_that_waits(2 * EVERY, LONGEST, after=HOUR)
    first, end = load + first_wait, load + 2 * HOUR
    hidden = ((load - MINUTE, load + 1_000), (load + 2_000, first + 1))
    polls = left(play(hand(start_jitter_ms=LONGEST), day(end, reloads=(load,), hidden=hidden)))
    assert [t for t in polls if t >= load] == grid(first + EVERY, end)


def test_an_act_in_a_tab_hidden_again_makes_no_poll_leave() -> None:
    """The same when the agent opens the dropdown meanwhile, which sets the alarm anew."""
    load, first_wait = load_that_waits(2 * EVERY, LONGEST, after=HOUR)
    first, end = load + first_wait, load + 2 * HOUR
    hidden = ((load - MINUTE, load + 1_000), (load + 2_000, first + 1))
    one = day(end, (load + 3_000, "Break", MINUTE), reloads=(load,), hidden=hidden)
    polls = left(play(hand(start_jitter_ms=LONGEST, **NOT_SILENT), one))
    assert [t for t in polls if t >= load] == grid(first + EVERY, end)

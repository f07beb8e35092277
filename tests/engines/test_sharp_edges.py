"""Sharp edges of days in columns, worked out by hand; each mistake about one of them is noticed.

Every mutation takes one piece of reasoning away from columns. The world beside it is the smallest
in which that piece matters, and the rows say what comes out. As in all handmade worlds a call takes
10 ms up and 10 ms down, and polls leave every 30 s.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from handmade import CARE, HOUR, MEAL, MINUTE, NOT_SILENT, TECH, day, hand, off
from retold import by_columns, by_log, different

from simkit.base.randomness import below, draw, key
from simkit.base.steps import NEVER
from simkit.engines.columns import decisions
from simkit.engines.columns.asked import Asked
from simkit.engines.columns.column_run import ColumnRun
from simkit.engines.columns.days import Days
from simkit.engines.columns.lists import Lists
from simkit.engines.columns.part_view import PartView
from simkit.engines.columns.poll_segments import PollSegments, Requests
from simkit.engines.columns.polls import Polls
from simkit.engines.columns.population import Population
from simkit.engines.columns.renewals import Renewals
from simkit.engines.columns.sessions import _Sessions
from simkit.engines.processes.build import simulate
from simkit.engines.processes.process_run import ProcessRun
from simkit.rules.settings import Settings
from simkit.rules.workload import Workload

Break = Callable[[pytest.MonkeyPatch], None]
Row = tuple[Any, ...]
ALL_CARE, NO_MEAL, ALL_TECH = 0b0111, 0b0101, 0b1000
"""Masks of the lists of both divisions."""


class Case(NamedTuple):
    """A mutation, a world in which it shows, and what is told of its agent there."""

    mutation: Break
    settings: Settings
    workload: Workload
    rows: tuple[Row, ...]
    by_processes: bool = False
    """Whether columns leave the agent to processes."""


def hour(*intentions: Any, edits: tuple[Any, ...] = (), end: int = HOUR, **parts: Any) -> Workload:
    """Give the workload of one agent's hour."""
    return Workload((day(end, *intentions, **parts),), edits)


def put(owner: Any, name: str, to: Any) -> Break:
    """Let something be another thing."""
    return lambda patch: patch.setattr(owner, name, to)


def networks_fail_later(patch: pytest.MonkeyPatch) -> None:
    original = Days.offline
    patch.setattr(Days, "offline", lambda self, who, t: original(self, who, t + 10))


def what_is_under_way_is_lost(patch: pytest.MonkeyPatch) -> None:
    networks_fail_later(patch)
    original = PollSegments._coming_and_going

    def earlier(self: PollSegments) -> Any:
        return ((t - 10, poll) for t, poll in original(self))

    patch.setattr(PollSegments, "_coming_and_going", earlier)


def a_list_less_where_a_page_is_gone(patch: pytest.MonkeyPatch) -> None:
    def asked(self: Lists) -> Requests:
        return Requests(*self.grid, self.reading - self.interrupted)

    patch.setattr(Lists, "asked", property(asked))


def one_poll_more_keeps_a_token(patch: pytest.MonkeyPatch) -> None:
    original = _Sessions._last_of_run
    patch.setattr(_Sessions, "_last_of_run", lambda *given: original(*given) + 30_000)


def lives(ms: int) -> Break:
    """Let tokens live for so long."""
    original = _Sessions.__init__

    def init(self: _Sessions, *given: Any) -> None:
        original(self, *given)
        self.life = ms

    return put(_Sessions, "__init__", init)


def networks_come_back_later(patch: pytest.MonkeyPatch) -> None:
    original = Days.offline
    patch.setattr(Days, "offline", lambda self, who, t: original(self, who, t - 1))


def nothing_is_dropped(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Asked, "drops", False)


def divisions_are_read_at_once(patch: pytest.MonkeyPatch) -> None:
    original = Asked.__init__

    def early(self: Asked, *given: Any) -> None:
        original(self, *given)
        self.read_at = np.where(self.read_at < NEVER, self.read_at - 10, NEVER)

    patch.setattr(Asked, "__init__", early)


def nobody(*given: Any) -> Any:
    """Say of nobody that a day is not exact."""
    days = next((each for each in given if isinstance(each, Days)), None) or given[0].days
    return np.zeros(len(days.end), bool)


def everybody(self: Asked) -> Any:
    """Say of everybody that a day is exact."""
    return np.ones(len(self.days.end), bool)


WAIT = below(draw(key(1, "start_jitter", "ada"), 0), 40_001)
"""How long the first poll waits after the login, where it may wait for 40 s."""
OFFLINE = (0, "NETWORK_FAILURE")
DEAD = (401, "TOKEN_EXPIRED")
AT_60 = (off(60_003, MEAL),)
REQUEST = {"division_reread": "request"}
COUNTING = {**NOT_SILENT, "poll_counts": True}
LOST_RENEWAL = ((2_639_000, 2_641_000),)
"""An outage in which the renewal of 2,640,000 leaves: the token dies at 2,700,000."""

CASES = {
    # The poll of 60,000 is under way as the network fails, and brings the edit of 60,003.
    "a poll under way is not lost": Case(
        what_is_under_way_is_lost,
        hand(),
        hour(edits=AT_60, outages=((60_005, 130_000),)),
        ((60_020, "shows", 1, NO_MEAL, CARE), (0, "calls", "list", *OFFLINE, 2, 0)),
    ),
    # That of 60,000 leaves as the network is back, and is the first to bring the edit of 40,000.
    "a poll that leaves as the network is back is not lost": Case(
        networks_come_back_later,
        hand(),
        hour(edits=(off(40_000, MEAL),), outages=((50_000, 60_000),)),
        ((60_020, "shows", 1, NO_MEAL, CARE),),
    ),
    # That of 60,000 leaves in the millisecond in which the network fails.
    "a poll that leaves as the network fails is lost": Case(
        networks_come_back_later,
        hand(),
        hour(edits=(off(40_000, MEAL),), outages=((60_000, 60_001),)),
        ((90_020, "shows", 1, NO_MEAL, CARE), (0, "calls", "list", *OFFLINE, 1, 0)),
    ),
    "polls are not lost for ever": Case(
        put(PollSegments, "_coming_and_going", lambda self: iter(())),
        hand(),
        hour(edits=(off(40_000, MEAL),), outages=((30_000, 60_000),)),
        ((60_020, "shows", 1, NO_MEAL, CARE),),
    ),
    # Sent at 51,000, known to be lost at 51,020, sent again at 53,020.
    "a choice is tried again": Case(
        put(decisions, "retry_wait", lambda attempt: 0),
        hand(),
        hour((51_000, "Meal", MINUTE), outages=((50_000, 53_000),)),
        (
            (51_000, "submit", MEAL),
            (53_030, "status", MEAL, "agent", -1),
            (53_040, "success", MEAL, 200, ""),
            (0, "calls", "submit", *OFFLINE, 1, 0),
        ),
    ),
    # A page loaded while the network fails shows nothing; its first poll is an answer all the same.
    "who waits goes on as the first poll is lost": Case(
        networks_fail_later,
        hand(),
        hour((101_010, "Meal", MINUTE), reloads=(101_000,), outages=((100_000, 101_005),)),
        (
            (101_020, "open", "Meal", "list", 0),
            (101_020, "lost", "Meal", "not listed"),
            (131_020, "shows", 0, ALL_CARE, CARE),
        ),
    ),
    # The poll of 2,700,000 meets the dead token, that of 2,730,000 is lost, that of 2,760,000 meets
    # it again: the dropdown responds from 2,730,020 to 2,760,020.
    "a poll that is lost thaws the dropdown": Case(
        put(Lists, "_thaw", lambda self: None),
        hand(on_error="swallow", relogin_after_ms=None),
        hour(
            (2_725_000, "Meal", MINUTE),
            (2_740_000, "Meal", MINUTE),
            outages=(*LOST_RENEWAL, (2_710_000, 2_731_000)),
        ),
        (
            (2_725_000, "open", "Meal", "frozen", 0),
            (2_740_000, "open", "Meal", "list", 3),
            (2_740_020, "success", MEAL, *DEAD),
            (0, "calls", "renew", *OFFLINE, 1, 0),
        ),
    ),
    # Whoever meets the dead widget at 2,725,000 logs in again 20 s later, and has a token.
    "a token whose renewal is lost is dead": Case(
        put(_Sessions, "_frozen", lambda self, rows, *_: np.zeros(len(rows), bool)),
        hand(relogin_after_ms=20_000),
        hour((2_725_000, "Meal", MINUTE), (2_750_000, "Meal", MINUTE), outages=LOST_RENEWAL),
        (
            (2_725_000, "open", "Meal", "frozen", 0),
            (2_750_020, "success", MEAL, 200, ""),
        ),
    ),
    # From the poll of 2,700,000 on the configuration is refused, 30 times, and no list asked for.
    "who may not read the configuration asks for no list": Case(
        put(Polls, "first_config_from", lambda self, who, *_: [np.full(len(who), NEVER)] * 3),
        hand(version_parameter=True, relogin_after_ms=None, **NOT_SILENT),
        hour(),
        ((0, "calls", "config", *DEAD, 30, 0),),
    ),
    # The page of the poll of 2,700,000 is gone before that is answered, and it would have asked for
    # no list anyhow: there are 90 lists before it, and 30 from 2,700,005 on.
    "a poll that is refused first is not interrupted as well": Case(
        a_list_less_where_a_page_is_gone,
        hand(version_parameter=True, **NOT_SILENT),
        hour(reloads=(2_700_005,)),
        ((0, "calls", "config", *DEAD, 1, 0),),
    ),
    # The renewal of 2,640,000 and the poll of that millisecond are answered in one, the renewal
    # first. So the list of Care that shows the edit of 2,639,000 is dropped, and never seen.
    "a list that comes as a division is read is dropped": Case(
        nothing_is_dropped,
        hand(),
        hour(edits=(off(2_639_000, MEAL),), transfers=((100_000, "Tech"),)),
        ((2_670_020, "shows", 0, ALL_TECH, TECH),),
    ),
    # The poll of 60,000 has asked for Care when the agent is moved.
    "a poll asks for the division of its own time": Case(
        divisions_are_read_at_once,
        hand(**REQUEST),
        hour(transfers=((60_005, "Tech"),)),
        ((90_020, "shows", 0, ALL_TECH, TECH),),
    ),
    "a transfer in the millisecond of a poll is noticed by it": Case(
        put(PollSegments, "_other_divisions", lambda self: iter(())),
        hand(**REQUEST),
        hour(transfers=((60_000, "Tech"),)),
        ((60_020, "shows", 0, ALL_TECH, TECH),),
    ),
    # The poll of 60,000 asks for the list at 60,020, as the configuration has come.
    "a poll that reads a version first asks later": Case(
        put(PollSegments, "_other_divisions", lambda self: iter(())),
        hand(version_parameter=True, **REQUEST),
        hour(transfers=((60_020, "Tech"),)),
        ((60_040, "shows", 0, ALL_TECH, TECH),),
    ),
    # Edited at 60,012, after the list of Tech was taken and before it is shown: Meal is gone at
    # 60,020 with the list of Care.
    "edits of a list count as long as it is shown": Case(
        put(PartView, "switches", property(lambda self: [np.full(self.agents, NEVER)] * 2)),
        hand(**REQUEST),
        hour(transfers=((60_000, "Tech"),), edits=(off(60_012, MEAL),)),
        ((60_020, "shows", 0, ALL_TECH, TECH),),
    ),
    # Hidden from 100,000 on, she polls at 90,000 last: her token dies at 2,790,000, and the poll of
    # that millisecond finds it dead.
    "a token dies in the millisecond of the poll that would keep it": Case(
        one_poll_more_keeps_a_token,
        hand(**COUNTING, relogin_after_ms=None),
        hour((2_800_000, "Meal", MINUTE), hidden=((100_000, 2_790_000),)),
        ((2_800_000, "open", "Meal", "frozen", 0), (0, "calls", "list", *DEAD, 27, 0)),
    ),
    "polls keep a token alive until tabs are hidden": Case(
        put(_Sessions, "_advance", lambda *_: None),
        hand(**COUNTING, relogin_after_ms=None),
        hour((2_800_000, "Meal", MINUTE), hidden=((100_000, 2_760_000),)),
        ((2_800_020, "success", MEAL, 200, ""),),
    ),
    # Alive at 2,699,999 and dead from 2,700,000 on; the poll of that millisecond left with the
    # token as the act has kept it.
    "an act in the last millisecond of a token keeps it": Case(
        lives(2_699_980),
        hand(**NOT_SILENT),
        hour((2_699_980, "Meal", MINUTE)),
        ((2_700_000, "success", MEAL, 200, ""),),
    ),
    "an act as its token dies is too late": Case(
        lives(2_700_011),
        hand(**NOT_SILENT, relogin_after_ms=None),
        hour((2_700_000, "Meal", MINUTE)),
        ((2_700_020, "success", MEAL, *DEAD),),
    ),
    # Renewed at 69,984, answered at 70,004, the old token dies at 70,005: the choice of 70,000
    # carries that, and arrives at 70,010.
    "a choice carries the token that is held as it is sent": Case(
        put(Renewals, "dies", lambda self, who, loaded, t: np.full(len(t), NEVER)),
        hand(token_life_ms=70_005, renewal_lead_ms=21),
        hour((70_000, "Meal", MINUTE), end=100_000),
        ((70_020, "success", MEAL, *DEAD),),
    ),
    # She is told of that, and logs in again.
    "who is told of a token that is renewed too late logs in again": Case(
        put(Renewals, "met_by_choices", nobody),
        hand(token_life_ms=70_005, renewal_lead_ms=21, on_error="surface", relogin_after_ms=10_000),
        hour((70_000, "Meal", MINUTE), end=100_000),
        (
            (70_020, "error", MEAL, *DEAD),
            (80_020, "shows", -1, 0, ""),
            (80_040, "shows", 0, ALL_CARE, CARE),
        ),
        by_processes=True,
    ),
    # The same of the poll of 60,000, where it dies at 60,005: it is one that freezes the dropdown.
    "a poll carries the token that is held as it leaves": Case(
        put(Renewals, "met_by_polls", nobody),
        hand(token_life_ms=60_005, renewal_lead_ms=21),
        hour(end=100_000),
        ((0, "calls", "list", *DEAD, 1, 0),),
        by_processes=True,
    ),
    # The poll of 60,000 reads the configuration, and its question of 60,020 is lost.
    "a network may fail between two requests of a poll": Case(
        put(Population, "_asks_as_networks_fail", nobody),
        hand(version_parameter=True),
        hour(outages=((60_015, 61_000),)),
        ((0, "calls", "list", *OFFLINE, 1, 0),),
        by_processes=True,
    ),
    # Her first poll waits as long as the first renewal, and its list comes when that has read the
    # new division. So nothing is shown before the answer to the second poll.
    "the first list of a page may be dropped": Case(
        put(Asked, "certain", everybody),
        hand(token_life_ms=WAIT + 1_000, renewal_lead_ms=1_000, start_jitter_ms=40_000),
        hour((WAIT + 10, "Break", MINUTE), transfers=((5, "Tech"),)),
        (
            (WAIT + 30_020, "open", "Break", "list", 1),
            (WAIT + 30_020, "shows", 0, ALL_TECH, TECH),
        ),
        by_processes=True,
    ),
}


def told(settings: Settings, workload: Workload) -> tuple[list[Row], bool]:
    """Tell the day from columns, or from a log where processes ran it; say whether they did."""
    crowd = ColumnRun(settings, 1, "test", recorded=workload)
    for part in crowd.population.parts():
        return by_columns(part)["ada"], False
    world = ProcessRun(simulate(settings, 1, workload=workload), "test")
    return by_log(world)["ada"], True


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_sharp_edge_is_as_worked_out_by_hand(case: Case) -> None:
    """In columns, or in processes where it is one that columns leave to them."""
    rows, by_processes = told(case.settings, case.workload)
    assert by_processes == case.by_processes
    assert [row for row in case.rows if row not in rows] == []
    assert different(case.settings, 1, case.workload) == []


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_mistake_of_columns_is_noticed(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Days without the mistake are those of processes; with it they are not."""
    case.mutation(monkeypatch)
    assert different(case.settings, 1, case.workload) != []

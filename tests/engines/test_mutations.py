"""The equality harness can fail: each deliberate mistake in the skip logic is caught by it.

Every mutation takes one piece of reasoning away from the clocks or from the accounting of skipped
polls. The world beside it is the smallest in which that piece matters; the comment says why. As in
all handmade worlds a call takes 10 ms up and 10 ms down and polls leave every 30 s.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from handmade import BREAK, HOUR, MINUTE, NOT_SILENT, TECH_BREAK, day, hand, off
from sameness import differences

from simkit.base.steps import NEVER
from simkit.engines.processes.build import simulate
from simkit.engines.processes.clocks import Coupled, Skip
from simkit.engines.processes.seat import Seat
from simkit.engines.processes.widget import Page
from simkit.rules.limits import WINDOW_MS
from simkit.rules.replies import Reply
from simkit.rules.settings import Settings
from simkit.rules.workload import Workload

Break = Callable[[pytest.MonkeyPatch], None]


class Case(NamedTuple):
    """A mutation, and a world in which it shows."""

    mutation: Break
    settings: Settings
    workload: Workload


def never(owner: type, method: str) -> Break:
    """Let a method that gives a time give NEVER."""
    return lambda patch: patch.setattr(owner, method, lambda *_: NEVER)


def before_ignores_calls_in_flight(patch: pytest.MonkeyPatch) -> None:
    original = Skip.before
    patch.setattr(
        Skip, "before", lambda self, page, change: original(self, page, change + page.reach)
    )


def accounting_counts_one_too_few(patch: pytest.MonkeyPatch) -> None:
    original = Seat.count

    def count(self: Seat, kind: str, reply: Reply, left: int, every: int = 0, n: int = 1) -> None:
        original(self, kind, reply, left, every, n - (n > 1))

    patch.setattr(Seat, "count", count)


def refetch_leaves_the_stamp(patch: pytest.MonkeyPatch) -> None:
    original = Page._refetch

    def refetch(self: Page, *given: Any) -> tuple[int, int, int]:
        entry = self.browser.entry
        fetches = original(self, *given)
        self.browser.entry = entry
        return fetches

    patch.setattr(Page, "_refetch", refetch)


def skipped_polls_are_no_acts(patch: pytest.MonkeyPatch) -> None:
    original = Page.sync

    def sync(self: Page, t: int) -> None:
        token = self.seat.token
        original(self, t)
        self.seat.token = token

    patch.setattr(Page, "sync", sync)


def lists_to_nobody_are_kept(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Page, "forget_if_unanswered", lambda *_: None)


def resume_counts_the_hidden_polls(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Page, "resume", Page.arm)


def hiding_forgets_the_skipped_polls(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Page, "hide", lambda self: self.alarm.clear())


def a_load_forgets_the_skipped_polls(patch: pytest.MonkeyPatch) -> None:
    original = Page.sync

    def sync(self: Page, t: int) -> None:
        if t not in self.seat.day.reloads:
            original(self, t)

    patch.setattr(Page, "sync", sync)


def coupled_waits_a_window_too_long(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        Coupled,
        "before",
        lambda self, page, change: Skip.before(self, page, change + WINDOW_MS),
        raising=False,
    )


def sure_refusals_are_not_counted(patch: pytest.MonkeyPatch) -> None:
    original = Page.be_refused

    def be_refused(self: Page, now: int, until: int) -> None:
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(Seat, "count", lambda *_: None)
            original(self, now, until)

    patch.setattr(Page, "be_refused", be_refused)


def sure_refusals_take_no_time(patch: pytest.MonkeyPatch) -> None:
    original = Page.be_refused

    def be_refused(self: Page, now: int, until: int) -> None:
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(Seat, "delays", lambda *_: (0, 0))
            original(self, now, until)

    patch.setattr(Page, "be_refused", be_refused)


def hour(*intentions: Any, edits: tuple[Any, ...] = (), **parts: Any) -> Workload:
    """Give the workload of one agent's hour."""
    return Workload((day(HOUR, *intentions, **parts),), edits)


SHARED = {"token_topology": "shared", "rate_limit_per_min": 1}
PATIENT = {**SHARED, "honour_retry_after": True, "retry_jitter_ms": 30_000}
TWO = Workload((day(HOUR), day(HOUR, agent="bob")))
AT_100 = (off(100_000, BREAK),)

CASES = {
    # The poll of 60,000 arrives 60,010 and sees the edit of 60,005.
    "before ignores calls in flight": Case(
        before_ignores_calls_in_flight, hand(), hour(edits=(off(60_005, BREAK),))
    ),
    # No act after the login: dead at 2,700,000.
    "the death of the token is not foreseen": Case(
        never(Skip, "token_death"), hand(**NOT_SILENT), hour()
    ),
    "edits are not foreseen": Case(never(Skip, "next_list"), hand(), hour(edits=AT_100)),
    # A code of another division: the version grows and the list asked for stays as it is.
    "versions are not foreseen": Case(
        never(Skip, "next_version"),
        hand(version_parameter=True),
        hour(edits=(off(100_000, TECH_BREAK),)),
    ),
    "transfers are not foreseen": Case(
        never(Skip, "next_division"),
        hand(division_reread="request"),
        hour(transfers=((100_000, "Tech"),)),
    ),
    # Polls of 60,000 and 90,000 are lost.
    "outages are not foreseen": Case(
        never(Skip, "next_outage_edge"), hand(), hour(outages=((50_000, 100_000),))
    ),
    # Reloaded at 60,005: the poll of 60,000 has asked for the configuration and never gets to ask
    # for the list.
    "a reload between two calls is not foreseen": Case(
        never(Skip, "next_interruption"), hand(version_parameter=True), hour(reloads=(60_005,))
    ),
    # The poll of 2,640,000 reads the configuration while the renewal reads the new division: its
    # list is already the new one.
    "a renewal between two calls is not foreseen": Case(
        never(Skip, "next_interruption"),
        hand(version_parameter=True),
        hour(transfers=((100_000, "Tech"),)),
    ),
    # The fetch of 2,640,000 is answered when the renewal has read the new division, and is dropped.
    "a renewal while a list is fetched is not foreseen": Case(
        never(Skip, "next_interruption"),
        hand(dataset_life_polls=2),
        hour(transfers=((100_000, "Tech"),)),
    ),
    # The answer to the poll of 120,000 is new, the list shown is replaced at 1,800,000 only.
    "the end of a dataset's life is not foreseen": Case(
        never(Page, "first_fetch"), hand(dataset_life_polls=60), hour(edits=AT_100)
    ),
    "skipped polls are counted one short": Case(accounting_counts_one_too_few, hand(), hour()),
    # Replaced at 0, 60,000, 120,000: the edit of 70,000 shows after 120,000, not after 90,000.
    "a skipped fetch leaves the dataset's stamp": Case(
        refetch_leaves_the_stamp, hand(dataset_life_polls=2), hour(edits=(off(70_000, BREAK),))
    ),
    # The same in the browser's cache of 60,000 ms: fetched at 120,000, not at 90,000. The agent's
    # look at 65,000 lets the page account for its polls between the two.
    "a skipped fetch leaves the stamp of the browser's cache": Case(
        refetch_leaves_the_stamp,
        hand(**NOT_SILENT, http_max_age_ms=MINUTE),
        hour((65_000, "Meal", MINUTE), edits=(off(70_000, BREAK),)),
    ),
    # The last poll before the tab is hidden leaves 90,000: dead at 2,790,000. The first one after
    # leaves 2,730,000 and finds the token alive.
    "skipped polls keep no token alive": Case(
        skipped_polls_are_no_acts,
        hand(**NOT_SILENT, poll_counts=True),
        hour(hidden=((100_000, 2_720_000),)),
    ),
    "a tab shown again counts the polls it did not make": Case(
        resume_counts_the_hidden_polls, hand(), hour(hidden=((100_000, 400_000),))
    ),
    "hiding a tab forgets the polls it skipped": Case(
        hiding_forgets_the_skipped_polls, hand(), hour(hidden=((100_000, 400_000),))
    ),
    "a reload forgets the polls that were skipped": Case(
        a_load_forgets_the_skipped_polls, hand(), hour(reloads=(200_000,))
    ),
    # The poll of 90,000 is answered at 90,020, to a page that is no longer there.
    "a list that came to nobody counts as taken": Case(
        lists_to_nobody_are_kept, hand(), hour(reloads=(90_005,))
    ),
    # Chosen at 800,000, swept at 900,000.
    "sweeps are never made": Case(
        never(Skip, "next_sweep"),
        hand(sweep_interval_ms=15 * MINUTE),
        hour((800_000, "Break", HOUR)),
    ),
    # The window of ada's second poll ends at 60,000; her third poll is answered.
    "a refused widget waits one window too long": Case(
        coupled_waits_a_window_too_long, hand(**SHARED), TWO
    ),
    # Ada and bob come back at random in the first half of each window: the later one is refused.
    "a sure refusal is not counted": Case(sure_refusals_are_not_counted, hand(**PATIENT), TWO),
    # The wait told, and its random part, depend on when the refusal would have been known.
    "a sure refusal is known at once": Case(sure_refusals_take_no_time, hand(**PATIENT), TWO),
    # Refused at 30,010, ada would be answered at 60,010: but her network fails then.
    "a refused widget does not foresee an outage": Case(
        never(Skip, "next_outage_edge"),
        hand(**SHARED, refresh_interval_ms=10_000),
        hour(outages=((35_000, 45_000),)),
    ),
    # Refused from 10,010 to the end of the first window, her polls read the division at 40,000.
    "a refused widget does not foresee a transfer": Case(
        never(Skip, "next_division"),
        hand(**SHARED, refresh_interval_ms=10_000, division_reread="request"),
        hour(transfers=((35_000, "Tech"),)),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_mistake_in_the_skip_logic_is_caught(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the mistake the clocks agree on this world, with it they do not."""
    ticking = simulate(case.settings, 1, clock="tick", workload=case.workload)
    assert differences(ticking, simulate(case.settings, 1, workload=case.workload)) == []
    case.mutation(monkeypatch)
    mistaken = simulate(case.settings, 1, workload=case.workload)
    assert mistaken.clock != "tick"
    assert differences(ticking, mistaken) != []

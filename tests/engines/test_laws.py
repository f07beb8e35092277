"""Laws of the world: what holds in every run, whatever the settings."""

from __future__ import annotations

import pytest
from anyworld import MINUTE, base, examples, legal_settings, seeds
from handmade import (
    BREAK,
    CARE,
    GLOBAL,
    HOUR,
    NOT_SILENT,
    TECH,
    TECH_BREAK,
    calls,
    day,
    hand,
    off,
    play,
    timeline,
)
from hypothesis import given
from hypothesis import strategies as st
from keeping import kept
from known_traps import FIXES
from sameness import first_difference

import simkit
from simkit.base.steps import NEVER
from simkit.engines.processes.build import simulate
from simkit.engines.processes.process_run import ProcessRun
from simkit.rules import schedule
from simkit.rules.settings import Settings
from simkit.rules.workload import AgentDay
from simkit.runs.log import ARRIVAL, PAGE, REPLY, SCRIPT, SWEEP, WFM, Record
from simkit.runs.why import tell

ALL = ("break", "meal", "issue")


@pytest.mark.fuzz
@examples(0.3)
@given(settings=legal_settings(limited=True) | legal_settings(), seed=seeds)
@kept
def test_any_legal_settings_run_to_their_horizon(settings: Settings, seed: int) -> None:
    """No settings that are accepted can make a run fail, and its log is whole.

    Times lie within the shift and what it takes for the last calls to end, records have one
    identity each, every cause is there and not later than its effect.
    """
    history = simulate(settings, seed)
    tries = settings.widget.retry_attempts
    # What is on its way at the end: a poll of two calls, or a submission that is lost each time.
    rest = (tries + 2) * settings.longest_poll_ms + 2_000 * 2**tries
    ends = {day.agent: day.end + rest for day in history.workload.days}
    # Edits are drawn over the longest day there could be, so that no agent's start moves them.
    ends["admin"] = history.workload.horizon + settings.workload.start_spread_ms
    known: set[object] = set()
    for record in history.log:
        assert 0 <= record.t <= ends[record.actor]
        assert record.id not in known
        assert record.cause is None or record.cause in known or in_this_ms(record)
        known.add(record.id)
    assert all(record.cause is None or record.cause in known for record in history.log)


def in_this_ms(record: Record) -> bool:
    return record.cause is not None and record.cause[2] == record.t


@pytest.mark.claim("C043", "C112")
@pytest.mark.fuzz
@examples(0.3)
@given(settings=legal_settings(limited=True) | legal_settings(), seed=seeds)
@kept
def test_polls_leave_on_the_pages_own_grid_whatever_the_replies_do(
    settings: Settings, seed: int
) -> None:
    """The calls for lists are as many as grid points at which the page is there and shown.

    With polls on focus there is one more each time that the tab is shown, unless the poll before
    may still be under way; and a grid point that comes while that one may be is left out.
    """
    plain = settings.replace(
        version_parameter=False, http_max_age_ms=0, honour_retry_after=False, start_jitter_ms=0
    )
    history = simulate(plain, seed)
    for agent in history.workload.days:
        pages = [r.t for r in history.log.by_actor[agent.agent] if r.kind in ("login", "reload")]
        polls = 0
        for start, end in zip(pages, [*pages[1:], agent.end], strict=True):
            grid = [(t, 1) for t in range(start + plain.interval_ms, end, plain.interval_ms)]
            shown = [(span.end, 0) for span in agent.hidden if start < span.end < end]
            left = free = start
            polls += 1 if start < end else 0  # a page polls as it is loaded, hidden or not
            for t, on_grid in sorted(grid + shown * plain.widget.refetch_on_focus):
                if any(span.start <= t < span.end for span in agent.hidden):
                    continue
                if t < (free if on_grid else left + plain.longest_poll_ms) or t == left:
                    continue
                polls, left = polls + 1, t
                free = t if on_grid else t + plain.longest_poll_ms
        made = history.requests[agent.agent]
        assert sum(n for (kind, _, _), (n, _) in made.items() if kind == "list") == polls


@pytest.mark.fuzz
@examples(0.2)
@given(settings=legal_settings(limited=True) | legal_settings(), seed=seeds)
@kept
def test_every_write_of_a_status_follows_from_the_one_before(settings: Settings, seed: int) -> None:
    """A write names what it overwrites, and routing and WFM never write what is already so."""
    status: dict[str, int] = {}
    for record in simulate(settings, seed).log:
        if record.kind == "status":
            assert record.data.over == status.get(record.actor, schedule.AVAILABLE)
            status[record.actor] = record.data.status
            if record.data.writer != "agent":
                assert record.data.over != record.data.status


@pytest.mark.claim("C028")
@pytest.mark.fuzz
@examples(0.2)
@given(settings=legal_settings(), seed=seeds)
@kept
def test_isolation_no_code_from_off_the_path_is_ever_accepted(
    settings: Settings, seed: int
) -> None:
    """Whatever a widget shows: an accepted code is active and bound on the agent's present path."""
    history = simulate(settings.replace(transfer_probability=1.0), seed)
    tree, names = settings.organisation.tree, settings.organisation.division_by_id
    dead = {edit.code: edit.t for edit in history.workload.edits}
    codes = history.directory.codes
    lag = settings.platform.permission_lag_ms
    moves = [(r.t + lag, r.actor, r.data.division) for r in history.log if r.kind == "transfer"]
    homes = {day.agent: day.division for day in history.workload.days}
    for record in history.log:
        if record.kind == "status" and record.data.writer == "agent":
            code = record.data.status
            past = [names[to] for t, agent, to in moves if t <= record.t and agent == record.actor]
            division = past[-1] if past else homes[record.actor]
            assert codes[code].division in tree.path(division)
            assert record.t < dead.get(code, NEVER)


@pytest.mark.claim("C028")
def test_isolation_is_put_to_the_test() -> None:
    """A foreign list, chosen from: the platform refuses what the widget shows."""
    settings = hand(division_id=CARE)
    history = play(settings, day(2 * MINUTE, (45_000, "Break", 1), division="Tech"))
    assert "success" in [r.kind for r in history.log]
    assert "status" not in [r.kind for r in history.log]


# Tokens.


class Session:
    """An agent's token worked out from the log alone, with a constant wire of 10 ms."""

    def __init__(self, settings: Settings, agent: AgentDay, records: list[Record]) -> None:
        self.life = settings.platform.token_life_ms
        self.lead = settings.platform.renewal_lead_ms
        self.every = settings.interval_ms
        self.silent = settings.silent_renewal
        self.agent = agent
        self.pages = [r.t for r in records if r.kind in ("login", "reload")]
        self.acts = [r.t for r in records if r.kind == "open"]

    def dead_polls(self) -> int:
        """Count the polls that arrive at or after the death of the token they left with."""
        ends = [*self.pages[1:], self.agent.end]
        return sum(
            self.dies(start, leaves) <= leaves + 10
            for start, end in zip(self.pages, ends, strict=True)
            for leaves in range(start, end, self.every)
        )

    def dies(self, start: int, leaves: int, acting: bool = False) -> int:
        """Give when the token dies that a call of a page carries.

        Of who is acting at that very millisecond, the act counts before the call leaves.
        """
        if self.silent:
            # Renewals leave at start + n * (life - lead) and are held from their reply.
            held = max(0, leaves - 20 - start) // (self.life - self.lead)
            return start + held * (self.life - self.lead) + self.life
        death = start + self.life
        for act in self.acts:
            if start <= act < min(leaves + acting, death):
                death = act + self.life
        return death


@st.composite
def token_worlds(draw: st.DrawFn) -> Settings:
    """Worlds in which tokens come and go, with a wire that can be worked out by hand."""
    every = draw(st.sampled_from([30_000, 1_000, 7_000, 45_000]))
    life = draw(st.sampled_from([2 * MINUTE, 5 * MINUTE, 61_000, 45 * MINUTE]))
    fields = {
        "refresh_interval_ms": every,
        "token_life_ms": life,
        "renewal_lead_ms": draw(st.sampled_from([21, 1_000, 59_990, 60_000])),
        "auto_refresh": draw(st.booleans()),
        "on_401": draw(st.sampled_from(["freeze", "keep_showing"])),
        "on_error": draw(st.sampled_from(["swallow", "surface"])),
        "relogin_after_ms": draw(st.sampled_from([None, 0, 1_000, 5 * MINUTE])),
        "unscheduled_breaks": draw(st.sampled_from([3.0, 30.0])),
        "reload_probability": draw(st.sampled_from([0.0, 1.0])),
        "deactivation_probability": 0.3,
    }
    wire = {"delay_min_ms": 10, "delay_median_ms": 10, "delay_max_ms": 10}
    return base(("agent-01", "agent-21"), 1).replace(fields | wire)


@pytest.mark.claim("C089")
@pytest.mark.fuzz
@examples(0.3)
@given(settings=token_worlds(), seed=seeds)
@kept
def test_no_token_works_at_or_after_its_expiry_and_every_token_before(
    settings: Settings, seed: int
) -> None:
    """The number of 401 replies is exactly that of the polls that arrive with a dead token."""
    history = simulate(settings, seed)
    for agent in history.workload.days:
        records = history.log.by_actor[agent.agent]
        expected = Session(settings, agent, records).dead_polls()
        assert (
            history.requests[agent.agent].get(("list", 401, "TOKEN_EXPIRED"), (0, 0))[0] == expected
        )


@pytest.mark.fuzz
@examples(0.2)
@given(settings=token_worlds(), seed=seeds)
@kept
def test_no_submission_is_accepted_at_or_after_the_death_of_its_token(
    settings: Settings, seed: int
) -> None:
    """Accepted exactly when the token of the departure is alive at the arrival."""
    history = simulate(settings.replace(deactivation_probability=0.0), seed)
    for agent in history.workload.days:
        records = history.log.by_actor[agent.agent]
        session = Session(settings, agent, records)
        accepted = {r.t for r in records if r.kind == "status" and r.data.writer == "agent"}
        for record in records:
            if record.kind == "submit":
                start = max(page for page in session.pages if page <= record.t)
                alive = record.t + 10 < session.dies(start, record.t, acting=True)
                assert (record.t + 10 in accepted) == alive


def test_a_choice_just_before_a_renewals_reply_carries_the_old_token() -> None:
    """The reply of a renewal at 60,000 comes at 60,020: a choice at 60,019 is refused, 401."""
    life = {"token_life_ms": 60_025, "renewal_lead_ms": 25}
    for chosen, status in ((60_019, 401), (60_020, 200)):
        history = play(hand(**life), day(2 * MINUTE, (chosen, "Break", 1)))
        [success] = [r.data for r in history.log if r.kind == "success"]
        assert success.status == status


# Ties.

COLLISION = 120_000
"""The millisecond at which everything happens."""


def test_everything_at_one_millisecond_happens_in_the_fixed_order() -> None:
    """Script, WFM, sweep, arrivals, replies, page, timers, agent: as ranked in the log.

    Arrivals at 120,000 left 119,990; replies at 120,000 left 119,980. The sweep of 120,000 finds
    what WFM has just written, and so writes nothing; that of bob's meal it ends.
    """
    ada = day(
        5 * MINUTE,
        (COLLISION - 20, "Break", MINUTE),  # its reply
        (COLLISION - 10, "Meal", MINUTE),  # its arrival
        (COLLISION, "Issue", MINUTE),
        windows=((100_000, COLLISION, "Break"),),
        reloads=(COLLISION,),
    )
    bob = day(
        5 * MINUTE,
        (90_000, "Break", HOUR),
        agent="bob",
        division="Tech",
        transfers=((COLLISION, "Care"),),
        hidden=((COLLISION, 200_000),),
    )
    settings = hand(sweep_interval_ms=2 * MINUTE, writes_status=True)
    history = play(settings, ada, bob, edits=(off(COLLISION, BREAK),))
    here = [r for r in history.log if r.t == COLLISION]
    assert [(r.rank, r.actor, r.kind) for r in here] == [
        (SCRIPT, "admin", "edit"),
        (SCRIPT, "bob", "transfer"),
        (WFM, "ada", "status"),  # the window ends: from break to available
        (SWEEP, "bob", "status"),  # ada is available already, bob's break ends
        (ARRIVAL["submit"], "ada", "status"),  # the meal, after both
        (REPLY["submit"], "ada", "success"),  # of the break
        (PAGE, "ada", "reload"),
        (PAGE, "bob", "hidden"),
    ]
    # In the new page ada waits for the list, which is there after two delays of 10 ms.
    opened = [r.t for r in history.log if r.actor == "ada" and r.kind == "open"]
    assert opened == [COLLISION - 20, COLLISION - 10, COLLISION + 20]
    assert here == sorted(here, key=lambda r: (r.rank, r.actor, r.k))
    # Ada's old page would have polled at 120,000 too: the new one's first poll stands for it.
    # 0 .. 90,000: 4, then 120,000 .. 270,000: 6. Bob, hidden before the timer of 120,000 and
    # shown at 200,000: 4, then 210,000, 240,000, 270,000.
    assert calls(history, "ada")["list", 200] == 10
    assert calls(history, "bob")["list", 200] == 7


def test_an_edit_at_the_millisecond_of_an_arrival_comes_first() -> None:
    """Script before arrivals: the poll that arrives 60,010 does not list the code any more."""
    history = play(hand(), day(2 * MINUTE), edits=(off(60_010, BREAK),))
    assert timeline(history)[-1] == (60_020, "list", "meal", "issue")


def test_a_transfer_at_the_millisecond_of_a_submissions_arrival_comes_first() -> None:
    """Judged from the new division: refused. A millisecond later it is accepted."""

    def kinds(moved: int) -> list[str]:
        agent = day(2 * MINUTE, (65_000, "Break", HOUR), transfers=((moved, "Tech"),))
        return [r.kind for r in play(hand(), agent).log]

    assert "status" not in kinds(65_010)
    assert "status" in kinds(65_011)


def test_a_choice_that_arrives_with_the_sweep_or_wfm_comes_after_them() -> None:
    """Sweep and WFM write first, so the choice of the same millisecond stands."""
    settings = hand(sweep_interval_ms=2 * MINUTE, writes_status=True)
    agent = day(
        4 * MINUTE - 1, (COLLISION - 10, "Break", HOUR), windows=((60_000, COLLISION, "Break"),)
    )
    assert [entry for entry in timeline(play(settings, agent)) if entry[1] == "status"] == [
        (60_000, "status", "scheduled", "wfm", "available"),
        (COLLISION, "status", "available", "wfm", "scheduled"),
        (COLLISION, "status", "break", "agent", "available"),
    ]


def test_a_reply_at_the_millisecond_of_an_act_is_seen_by_the_agent() -> None:
    """Replies before agents: at 60,020 the break is gone, at 60,019 it is still listed."""
    edits = (off(60_005, BREAK),)
    seen = play(hand(), day(2 * MINUTE, (60_020, "Meal", HOUR)), edits=edits)
    assert (60_020, "open", "Meal", "list", 2) in timeline(seen)
    early = play(hand(), day(2 * MINUTE, (60_019, "Meal", HOUR)), edits=edits)
    assert (60_019, "open", "Meal", "list", 3) in timeline(early)


def test_a_reply_at_the_millisecond_of_a_reload_still_reaches_the_old_page() -> None:
    """Replies before pages; a reply to a page that is gone is counted and not applied."""
    edits = (off(60_005, BREAK),)
    at_reply = play(hand(), day(2 * MINUTE, reloads=(60_020,)), edits=edits)
    assert timeline(at_reply)[3:] == [
        (60_020, "list", "meal", "issue"),
        (60_020, "reload"),
        (60_040, "list", "meal", "issue"),
    ]
    before = play(hand(), day(2 * MINUTE, reloads=(60_019,)), edits=edits)
    assert timeline(before)[3:] == [(60_019, "reload"), (60_039, "list", "meal", "issue")]
    # 0, 30,000, 60,000; then 60,019 and 90,019: the reply to nobody is counted.
    assert calls(before) == {("list", 200): 5}


def test_a_poll_due_at_the_millisecond_of_a_reload_is_the_new_pages() -> None:
    """Pages before timers: the old page polls no more, the new one does at once."""
    history = play(hand(), day(2 * MINUTE, reloads=(60_000,)))
    assert calls(history) == {("list", 200): 4}  # 0, 30,000, then 60,000 and 90,000


def test_at_equal_rank_the_name_decides_not_the_order_of_the_workload() -> None:
    """Two submissions arrive at one millisecond, one call is left: it is the first name's."""
    # The window from 60,000: polls of 60,000 and 90,000 of two widgets are four calls.
    settings = hand(token_topology="shared", rate_limit_per_min=5)
    for order in (("ada", "bob"), ("bob", "ada")):
        days = [day(2 * MINUTE, (95_000, "Break", HOUR), agent=name) for name in order]
        shown = {r.actor: r.data.status for r in play(settings, *days).log if r.kind == "success"}
        assert shown == {"ada": 200, "bob": 429}


def test_a_poll_and_a_submission_of_one_agent_arrive_in_the_order_of_ranks() -> None:
    """List before submission: at one millisecond the poll takes the last call of the window."""
    # Window from 60,000: the poll of 60,000; then poll and choice of 90,000 both arrive 90,010.
    settings = hand(rate_limit_per_min=2)
    history = play(settings, day(2 * MINUTE, (90_000, "Break", HOUR)))
    assert (90_020, "success", "break", 429, "TOO_MANY_REQUESTS") in timeline(history)


def test_a_renewal_reply_comes_before_the_list_reply_of_the_same_millisecond() -> None:
    """The division read at the renewal makes the list that follows in this millisecond void."""
    moved = day(HOUR, transfers=((100_000, "Tech"),))
    kinds = [(r.t, r.kind) for r in play(hand(), moved).log if r.t >= 2_640_000]
    assert kinds == [(2_640_020, "renewed"), (2_640_020, "division"), (2_670_020, "list")]


# What a fix touches.


@pytest.mark.parametrize("fix", FIXES)
def test_trap_and_fix_are_one_run_until_the_fix_can_touch_it(fix: str) -> None:
    """Record by record and agent by agent; the first difference is of the kind that the fix is."""
    trap, known = simkit.traps[fix[:2]], FIXES[fix]
    # Everybody is transferred in T2, so that everybody has something to be fixed.
    more = {"transfer_probability": 1.0} if trap.id == "T2" else {}
    before = simulate(trap.settings.replace(more), 11)
    after = simulate(trap.fixed(fix).replace(more), 11)
    differing = 0
    for agent in before.workload.days:
        mine, theirs = before.log.by_actor[agent.agent], after.log.by_actor[agent.agent]
        pair = first_difference(mine, theirs)
        if pair is None:
            continue
        differing += 1
        earliest = min((r for r in pair if r is not None), key=lambda r: r[:4])
        assert earliest.t >= known.touches(before, agent, mine)
        assert {r.kind for r in pair if r is not None} & known.kinds
    assert differing >= 10


def test_an_agent_whom_a_fix_cannot_touch_lives_the_same_day() -> None:
    """T2a for those not transferred, E4c for those who never reload: not a record differs."""
    for fix, untouched in (
        ("T2a", lambda day: not day.transfers),
        ("E4c", lambda day: not day.reloads),
    ):
        trap = simkit.traps[fix[:2]]
        settings = trap.settings.replace(
            reload_probability=min(0.1, trap.settings.workload.reload_probability)
        )
        before = simulate(settings, 11)
        after = simulate(settings.replace(trap.change(fix).set), 11)
        same = [day.agent for day in before.workload.days if untouched(day)]
        assert same
        for agent in same:
            assert before.log.by_actor[agent] == after.log.by_actor[agent]
            assert before.requests[agent] == after.requests[agent]


@pytest.mark.claim("C093")
def test_a_token_renewed_in_time_never_dies() -> None:
    """Silent renewal with a lead just above the round trip: not one 401 in a day of renewals."""
    settings = hand(token_life_ms=61_000, renewal_lead_ms=21)
    history = play(settings, day(HOUR))
    assert calls(history) == {("list", 200): 120, ("renew", 200): 59}  # 3,600,000 / 60,979


def test_a_call_carries_the_token_it_left_with() -> None:
    """Dead at 2,700,000; the act of that moment comes too late to save the poll in flight."""
    chosen = day(HOUR, (2_700_000, "Meal", MINUTE))
    history = play(hand(**NOT_SILENT), chosen)
    assert timeline(history)[2:5] == [
        (2_700_000, "open", "Meal", "list", 3),  # at its expiry a token cannot be extended
        (2_700_000, "submit", "meal"),
        (2_700_020, "trouble", 401, "TOKEN_EXPIRED"),
    ]
    in_time = day(HOUR, (2_699_999, "Meal", MINUTE))
    assert "trouble" not in [r.kind for r in play(hand(**NOT_SILENT), in_time).log]


def test_a_key_mismatch_drops_the_cached_list_for_good() -> None:
    """Care, Tech, Care: on coming back the list is fetched, not revived from the cache."""
    settings = hand(division_reread="request", dataset_life_polls=60)
    moves = ((100_000, "Tech"), (200_000, "Care"))
    history = play(settings, day(5 * MINUTE, transfers=moves), edits=(off(150_000, BREAK),))
    assert timeline(history) == [
        (0, "login"),
        (20, "list", *ALL),
        (100_000, "transfer", "Tech"),
        (120_000, "division", "Tech"),
        (120_020, "list", "tech-break"),
        (150_000, "edit", "break", "off"),
        (200_000, "transfer", "Care"),
        (210_000, "division", "Care"),
        (210_020, "list", "meal", "issue"),
    ]


def test_no_poll_is_counted_after_the_shift() -> None:
    """A renewal in flight at the end of the shift accounts for the shift's polls only."""
    settings = hand(refresh_interval_ms=1_000, token_life_ms=62_000, renewal_lead_ms=2_005)
    # The renewal leaves 59,995 and is back 60,015; polls of 0 .. 59,000 are 60.
    history = play(settings, day(MINUTE))
    assert calls(history) == {("list", 200): 60, ("renew", 200): 1}


def test_polls_that_are_slept_over_keep_a_counting_token_alive_though_refused() -> None:
    """With poll_counts a refused poll is an act: a token of 3 s outlives a spent minute."""
    settings = hand(
        **NOT_SILENT,
        poll_counts=True,
        refresh_interval_ms=1_000,
        token_life_ms=3_000,
        renewal_lead_ms=500,
        rate_limit_per_min=1,
    )
    history = play(settings, day(3 * MINUTE))
    assert calls(history) == {("list", 200): 3, ("list", 429): 177}


def test_a_refusal_that_reaches_a_page_that_is_gone_sends_nobody_to_log_in_again() -> None:
    """A reply to a former page is counted, not applied: the reload has brought a new token."""
    settings = hand(**NOT_SILENT, on_401="keep_showing", on_error="surface")
    # Dead since 2,700,000. Chosen at 2,900,000, reloaded before the 401 is back at 2,900,020.
    agent = day(HOUR, (2_900_000, "Meal", MINUTE), reloads=(2_900_015,))
    assert timeline(play(settings, agent))[-4:] == [
        (2_900_000, "open", "Meal", "list", 3),
        (2_900_000, "submit", "meal"),
        (2_900_015, "reload"),
        (2_900_035, "list", *ALL),
    ]


def test_wfm_writes_once_where_two_activities_touch() -> None:
    """From a break straight into a meal the agent stays off the queue, and is left alone."""
    settings = hand(writes_status=True)
    windows = ((100_000, 200_000, "Break"), (200_000, 300_000, "Meal"))
    chosen = play(settings, day(400_000, (90_000, "Break", HOUR), windows=windows))
    assert [entry for entry in timeline(chosen) if entry[1] == "status"] == [
        (90_010, "status", "break", "agent", "available"),
        (300_000, "status", "available", "wfm", "break"),
    ]
    idle = play(settings, day(400_000, windows=windows))
    assert [entry for entry in timeline(idle) if entry[1] == "status"] == [
        (100_000, "status", "scheduled", "wfm", "available"),
        (300_000, "status", "available", "wfm", "scheduled"),
    ]


def test_the_division_ids_of_the_handmade_world_are_possible() -> None:
    """So that its 404s and 400s mean what they say."""
    assert play(hand(division_id=TECH), day(MINUTE)).log[-1].data.mask


def test_an_agent_may_have_the_name_of_the_actor_of_edits() -> None:
    """Nobody's records are lost, and the log is in its one order."""
    history = play(hand(), day(HOUR, agent="admin"), edits=(off(100_000, BREAK),))
    kinds = [record.kind for record in history.log]
    assert kinds.count("edit") == 1
    assert "login" in kinds
    assert list(history.log) == sorted(history.log)
    assert history.log.by_actor["admin"] == list(history.log)


def test_an_edit_names_the_division_of_its_code() -> None:
    """Two divisions may have a code of one name: whoever reads the log can tell which one died."""
    both = play(hand(), day(5 * MINUTE), edits=(off(MINUTE, BREAK), off(2 * MINUTE, TECH_BREAK)))
    edits = [record for record in both.log if record.kind == "edit"]
    assert [both.directory.codes[r.data.code].name for r in edits] == ["Break", "Break"]
    assert [r.data.division for r in edits] == [CARE, TECH]
    landed = play(hand(binding="omitted"), day(5 * MINUTE), edits=(off(MINUTE, BREAK),))
    [edit] = [record for record in landed.log if record.kind == "edit"]
    assert edit.data.division == GLOBAL, "where the code is bound, not where it was meant to be"
    first, second = (tell(ProcessRun(both, "test"), record) for record in edits)
    assert first == "an administrator deactivated Break of Care by pipeline, as version 1"
    assert second == "an administrator deactivated Break of Tech by pipeline, as version 2"

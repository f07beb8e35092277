"""What is true at each moment that stories of other platforms than the guide's alone have.

As in `tests/study/test_stories.py`, which plays them: read from records, messages and beliefs.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from plainly import AVAILABLE
from storied import (
    CHECKS,
    Facts,
    Look,
    check,
    dur,
    edit_of,
    facts_of,
    frozen_ms,
    gone,
    short,
    shown_for,
    switched_off,
)

from simkit.runs.messages import Message
from simkit.runs.run import Run

__all__ = ["CHECKS"]

SECOND, MINUTE = 1_000, 60_000
ACTS = ("login", "reload", "open")
"""What an agent does on the page."""


def requests(run: Run, *statuses: int) -> int:
    """How many requests there are, renewals aside; with some statuses, those answered so."""
    counted = [
        (status, n)
        for counts in run.requests.values()
        for (kind, status, _), (n, _) in counts.items()
        if kind != "renew"
    ]
    return sum(n for status, n in counted if not statuses or status in statuses)


def per_s(run: Run) -> str:
    """How many requests there are in a second, as it is written."""
    return short(requests(run) / run.horizon * SECOND)


def polls_per_s(run: Run) -> str:
    """How many lists are asked for in a second, as it is written."""
    polls = sum(m.kind in ("config", "list") for m in everybodys(run))
    return short(polls / run.horizon * SECOND)


def refused(run: Run) -> str:
    """How many of 100 requests are refused by the limit."""
    return short(100 * requests(run, 429) / requests(run))


def used(run: Run) -> str:
    """How much of 100 a token is good for is asked of it, in the mean over time."""
    shifts = sum(day.end - day.start for day in run.days.values())
    shared = run.settings.application.token_topology == "shared"
    minutes = (run.horizon if shared else shifts) / MINUTE
    return short(100 * requests(run) / minutes / run.settings.platform.rate_limit_per_min)


def busiest(run: Run) -> str:
    """How many requests leave in the second in which most do."""
    left = Counter(m.leaves // SECOND for m in everybodys(run) if m.kind != "renew")
    return short(max(left.values()))


def everybodys(run: Run) -> list[Message]:
    return [m for agent in run.agents for m in run.history_of(agent).messages(agent)]


# T2: a page that names a division.


@check("old_list_comes_with_some_of_use", "genesys/T2")
def _(look: Look) -> Facts:
    """Of what is listed only what all divisions have can be used; the rest of that is missing."""
    poll, desk = look.back("list"), look.plain()
    assert poll.mask == desk.listed
    shown = set(desk.shown)
    assert {look.codes[code].division for code in shown & desk.usable} == {"All divisions"}
    numbers = [len(shown), len(shown - desk.usable), len(desk.usable - shown)]
    return Facts(list(map(str, numbers)), divisions=[desk.division])


@check("transfer_takes_effect", "genesys/T2")
def _(look: Look) -> Facts:
    """Before, the list is all that the agent may use; from then on it is not, in the new one."""
    (moved,) = (r.t for r in look.records("transfer"))
    desk, before = look.plain(), look.plain(look.t - 1)
    assert set(before.shown) == before.usable
    assert set(desk.shown) != desk.usable
    assert moved == look.t - 5 * MINUTE
    asked = look.step.question
    assert asked is not None
    assert (asked.options, asked.right) == ((desk.division, before.division, "Both"), 1)
    made, counts = look.clocks(moved, look.t)
    return Facts([made, dur(look.t - moved), counts], divisions=[before.division, desk.division])


@check("old_list_outlasts_the_shift", "genesys/T2")
def _(look: Look) -> Facts:
    """Since the transfer took effect the list has never been what the agent may use."""
    moved = look.t_of("transfer_takes_effect")
    kinds = ("list", "login", "reload", "permissions")
    for t in (moved, *(r.t for r in look.records(*kinds)), look.t):
        if t >= moved:
            assert set(look.plain(t).shown) != look.plain(t).usable
    assert look.t == look.day.end - 1
    return Facts([dur(look.day.end - moved)])


@check("right_list_comes", "genesys/T2")
def _(look: Look) -> Facts:
    """With the fix: with the first request after the move took effect, and not before."""
    moved, desk, before = look.t_of("transfer_takes_effect"), look.plain(), look.plain(look.t - 1)
    assert set(desk.shown) == desk.usable != set(before.shown)
    judged = [m for m in look.messages("list", look.shown) if m.arrives >= moved]
    assert judged[0].back == look.t
    assert look.shown.settings.widget.division_reread == "request"
    return Facts([dur(look.t - moved)])


# E2: an idle timeout that leaves out what the page asks.


@check("list_still_responds", "genesys/E2")
def _(look: Look) -> Facts:
    """With the fix: a list at that moment; 480 min are the longest that is allowed."""
    assert look.t == look.t_of("poll_is_refused")
    assert look.plain().state == "list"
    assert look.shown.settings.platform.token_life_ms == 480 * MINUTE
    return Facts([dur(480 * MINUTE)])


# E3: another program that sets statuses.


@check("write_is_due", "genesys/E3")
def _(look: Look) -> Facts:
    """A millisecond before it is written, each 15 min; what the picture shows for it is lit."""
    due, desk = look.t + 1, look.plain()
    [write] = [r.data for r in look.records("status") if r.t == due]
    assert (write.writer, write.status, write.over) == ("routing", AVAILABLE, desk.believed)
    assert desk.believed == desk.true
    assert due % (15 * MINUTE) == 0
    assert "routing" in look.step.lit
    [choice] = [m for m in look.messages("submit") if m.back == look.t_of("choice_is_accepted")]
    return Facts([*look.clocks(due), dur(due - choice.leaves)])


@check("choice_stays", "genesys/E3")
def _(look: Look) -> Facts:
    """With the fix: at the same moment nothing is written, and both sides have the choice."""
    assert look.t == look.t_of("write_lands_on_top")
    assert not [r for r in look.records("status", run=look.shown) if r.t == look.t]
    desk = look.plain()
    assert desk.believed == desk.true != AVAILABLE
    return Facts(look.clocks(look.t), [look.name(desk.true)])


# E4 and G5: a deactivated code.


@check("code_leaves_the_list_sooner", "genesys/E4")
def _(look: Look) -> Facts:
    """With the fix: with the first answer after the edit, and nothing more is asked."""
    edit = edit_of(look)
    assert look.t == gone(look, look.shown) < gone(look, look.run)
    asked = [polls_per_s(run) for run in (look.run, look.shown)]
    assert asked[0] == asked[1]
    polls = look.run.settings.widget.dataset_life_polls
    assert facts_of(look, look.step.small) == ([str(polls)], [], [])
    return Facts([dur(look.t - edit.t), asked[1]], [look.name(edit.data.code)])


@check("code_is_switched_off", "genesys/G5")
def _(look: Look) -> Facts:
    """From this millisecond on it is listed and not usable; the wait is asked for."""
    edit, value = switched_off(look, "s")
    assert value == (gone(look, look.run) - look.t) / SECOND
    assert {m.fate for m in look.messages("list")} == {"taken"}
    every = look.run.settings.widget.refresh_interval_ms
    return Facts([*look.clocks(look.t), dur(every)], [look.name(edit.data.code)])


@check("asks_for_the_list_without_it", "genesys/G5")
def _(look: Look) -> Facts:
    """The first request after the edit is on its way; the code is still listed."""
    edit, poll, until = edit_of(look), look.going("list"), gone(look, look.run)
    assert poll == next(m for m in look.messages("list") if m.leaves >= edit.t)
    assert poll.back == until
    assert edit.data.code in look.plain(until - 1).shown
    return Facts([dur(until - edit.t)], [look.name(edit.data.code)])


@check("day_ends", "genesys/G5")
def _(look: Look) -> Facts:
    """The 95th percentile over all agents and deactivations, by the nearest rank."""
    assert look.t == look.day.end - 1
    spans = sorted(shown_for(look.run))
    return Facts(["95", "100", dur(spans[-(-95 * len(spans) // 100) - 1])])


@check("code_leaves_the_list_sooner", "genesys/G5")
def _(look: Look) -> Facts:
    """With the fix: the same code is gone earlier, and more is asked."""
    edit = edit_of(look)
    assert look.t == gone(look, look.shown) < gone(look, look.run)
    assert look.shown.settings.widget.refresh_interval_ms == SECOND
    numbers = [dur(look.t - edit.t), per_s(look.run), per_s(look.shown)]
    return Facts(numbers, [look.name(edit.data.code)])


# G1: one token for all.


@check("asks_with_a_shared_token", "genesys/G1")
def _(look: Look) -> Facts:
    """A request on its way that will be refused, with the token that everybody shows."""
    assert look.going("list").status == 429
    settings = look.run.settings
    assert settings.application.token_topology == "shared"
    assert look.step.question is not None
    assert look.step.question.right == 1
    every, limit = settings.widget.refresh_interval_ms, settings.platform.rate_limit_per_min
    return Facts([str(look.people()), dur(every), str(limit)])


@check("limit_refuses_a_request", "genesys/G1")
def _(look: Look) -> Facts:
    """Refused, as are all that arrive after the limit is reached in that minute."""
    poll, limit = look.back("list"), look.run.settings.platform.rate_limit_per_min
    assert (poll.status, poll.code, poll.fate) == (429, "too.many.requests", "refused")
    assert len(judged_before(look, poll)) == limit
    return Facts(["429", used(look.run), refused(look.run)])


def judged_before(look: Look, poll: Message) -> list[Message]:
    """The requests of all agents that were answered in the minute of one, before it."""
    minute = poll.arrives // MINUTE
    before = (m for m in everybodys(look.run) if m.arrives // MINUTE == minute)
    return [m for m in before if m.status != 429 and m.arrives <= poll.arrives]


@check("choice_is_refused", "genesys/G1")
def _(look: Look) -> Facts:
    """Success is shown for a reply 429, after others had what the minute has to give."""
    shown, choice, desk = look.record("success"), look.back("submit"), look.plain()
    assert choice.leaves == look.t_of("picks_in_good_faith")
    assert (shown.status, shown.error) == (429, "too.many.requests")
    assert (choice.status, choice.shown) == (429, "success")
    assert desk.believed == shown.code != desk.true
    assert len(judged_before(look, choice)) == look.run.settings.platform.rate_limit_per_min
    return Facts(["429"])


@check("day_ends", "genesys/G1")
def _(look: Look) -> Facts:
    """Successes shown for a 429, over all agents; no error is shown to anybody."""
    assert look.t == look.day.end - 1
    assert not [r for r in look.run.log if r.kind == "error"]
    return Facts([f"{false_successes(look.run):,}", str(look.people())])


def false_successes(run: Run) -> int:
    return sum(r.kind == "success" and r.data.status == 429 for r in run.log)


@check("same_choice_is_accepted", "genesys/G1")
def _(look: Look) -> Facts:
    """With the fix: the same code, picked at the same moment, is the status here and there."""
    picked = look.t_of("picks_in_good_faith")
    code = look.record("submit", picked).code
    choice, desk = look.back("submit", look.shown), look.plain()
    assert (choice.leaves, choice.status, choice.fate) == (picked, 200, "applied")
    assert desk.believed == desk.true == code
    assert look.shown.settings.application.token_topology == "own"
    return Facts([used(look.shown), refused(look.shown)], [look.name(code)])


# G2: retries that keep step.


@check("asks_beyond_the_limit", "genesys/G2")
def _(look: Look) -> Facts:
    """A request on its way that will be refused."""
    poll, settings = look.going("list"), look.run.settings
    assert poll.status == 429
    assert settings.application.token_topology == "shared"
    numbers = [look.people(), settings.platform.rate_limit_per_min]
    return Facts([*map(str, numbers), dur(settings.widget.refresh_interval_ms)])


def minute_after(look: Look) -> int:
    """When the minute is over in which the story's request was judged."""
    told_at = look.t_of("is_told_when_to_come_back")
    [poll] = [m for m in look.messages("list") if m.back == told_at]
    return (poll.arrives // MINUTE + 1) * MINUTE


@check("is_told_when_to_come_back", "genesys/G2")
def _(look: Look) -> Facts:
    """Refused: the wait ends with the minute in which it was judged."""
    poll, due, asked = look.back("list"), minute_after(look), look.step.question
    assert (poll.status, poll.fate) == (429, "refused")
    assert look.run.settings.widget.retry_jitter_ms == 0
    assert asked is not None
    assert asked.right == 1
    assert facts_of(look, asked.ask) == (look.clocks(due), [], [])
    return Facts(["429", dur(due - poll.arrives)])


@check("comes_back_with_the_others", "genesys/G2")
def _(look: Look) -> Facts:
    """Of all whose last request of that minute was refused, each asks within a second of it."""
    due, retry = minute_after(look), look.going("list")
    assert due <= retry.leaves < due + SECOND
    for agent in look.run.agents:
        polls = [m for m in look.run.history_of(agent).messages(agent) if m.kind == "list"]
        for poll, following in pairwise(polls):
            if poll.status == 429 and due - MINUTE <= poll.arrives < due and poll.back < due:
                assert due <= following.leaves < due + SECOND, agent
    return Facts([busiest(look.run)])


@check("is_refused_again", "genesys/G2")
def _(look: Look) -> Facts:
    """Refused, after as many were answered as the limit has room for."""
    retry, limit = look.back("list"), look.run.settings.platform.rate_limit_per_min
    assert (retry.status, retry.fate) == (429, "refused")
    assert len(judged_before(look, retry)) == limit
    return Facts([str(limit), "429"])


@check("day_ends", "genesys/G2")
def _(look: Look) -> Facts:
    """Requests refused, and choices among them that the desk showed as done."""
    assert look.t == look.day.end - 1
    return Facts([refused(look.run), f"{false_successes(look.run):,}"])


@check("comes_back_at_its_own_time", "genesys/G2")
def _(look: Look) -> Facts:
    """With the fix: a refused request comes back after the minute, by its own wait."""
    retry = look.going("list", look.shown)
    before = [m for m in look.messages("list", look.shown) if m.leaves < retry.leaves][-1]
    assert before.status == 429
    due = (before.arrives // MINUTE + 1) * MINUTE
    jitter = look.shown.settings.widget.retry_jitter_ms
    assert jitter == MINUTE
    numbers = [dur(jitter), dur(retry.leaves - due), busiest(look.shown), refused(look.shown)]
    return Facts(numbers)


# G3: a session that the page keeps open.


def next_act(look: Look, since: int) -> int:
    """When the agent does something on the page again, or the shift ends."""
    later = [r.t for r in look.records(*ACTS) if r.t > since]
    return min([*later, look.day.end])


@check("touches_the_page_and_leaves", "genesys/G3")
def _(look: Look) -> Facts:
    """An act, and none after it for longer than the idle timeout."""
    [act] = [r for r in look.records(*ACTS) if r.t == look.t]
    assert ("opens the list" if act.kind == "open" else "logs in") in look.step.words
    life, away = look.run.settings.platform.token_life_ms, next_act(look, look.t) - look.t
    assert away > life == 30 * MINUTE
    return Facts([*look.clocks(look.t), dur(away), dur(life)])


@check("asks_for_nobody", "genesys/G3")
def _(look: Look) -> Facts:
    """One of many polls until then is on its way, and all of them are answered."""
    act, settings = look.t_of("touches_the_page_and_leaves"), look.run.settings
    over = act + settings.platform.token_life_ms
    polls = [m for m in look.messages("list") if m.leaves >= act and m.arrives < over]
    assert look.going("list") in polls[1:-1]
    assert {m.status for m in polls} == {200}
    assert look.step.question is not None
    assert look.step.question.right == 1
    every = dur(settings.widget.refresh_interval_ms)
    return Facts([every, *look.clocks(over), str(len(polls))])


@check("timeout_passes", "genesys/G3")
def _(look: Look) -> Facts:
    """A timeout after the act, and the page is still answered."""
    life = look.run.settings.platform.token_life_ms
    assert look.t == look.t_of("touches_the_page_and_leaves") + life < next_act(look, look.t)
    assert next(m for m in look.messages("list") if m.leaves >= look.t).status == 200
    return Facts([dur(life)])


@check("idle_session_ends", "genesys/G3")
def _(look: Look) -> Facts:
    """The last millisecond before the next act; the page was answered all the time."""
    over = look.t_of("timeout_passes")
    assert look.t + 1 == next_act(look, over)
    polls = [m for m in look.messages("list") if over <= m.leaves and m.back <= look.t]
    assert {m.status for m in polls} == {200}
    return Facts([dur(look.t + 1 - over)])


@check("day_ends", "genesys/G3")
def _(look: Look) -> Facts:
    """What acts are further apart than the timeout, agent by agent."""
    assert look.t == look.day.end - 1
    run, life = look.run, look.run.settings.platform.token_life_ms
    beyond = 0
    for agent, day in run.days.items():
        acts = [r.t for r in run.records(agent) if r.kind in ACTS]
        beyond += sum(max(0, b - a - life) for a, b in pairwise([*acts, day.end]))
    return Facts([dur(round(beyond / len(run.days)))])


@check("idle_session_is_closed", "genesys/G3")
def _(look: Look) -> Facts:
    """With the fix: the first request after the timeout is refused, and the list freezes."""
    over, poll = look.t_of("timeout_passes"), look.back("list", look.shown)
    assert poll == next(m for m in look.messages("list", look.shown) if m.arrives >= over)
    assert poll.status == 401
    assert (look.plain(look.t - 1).state, look.plain().state) == ("list", "frozen")
    spans = [frozen_ms(look.shown, agent) for agent in look.shown.agents]
    return Facts([*look.clocks(over), "401", dur(round(sum(spans) / len(spans)))])


# G4: a reason that is mapped to no activity.


def planned(look: Look) -> tuple[Message, int, int, int]:
    """The choice, its code, and when schedule and status have it both."""
    accepted = look.t_of("scheduled_choice_is_accepted")
    [choice] = [m for m in look.messages("submit") if m.back == accepted]
    code = look.record("submit", choice.leaves).code
    writes = [r.t for r in look.records("status") if r.t > choice.arrives]
    left = min([*writes, look.day.end])
    [window] = [
        w
        for w in look.day.windows
        if w.reason == look.name(code) and w.start < left and choice.arrives < w.end
    ]
    return choice, code, max(window.start, choice.arrives), min(window.end, left)


@check("picks_what_is_scheduled", "genesys/G4")
def _(look: Look) -> Facts:
    """The choice of what the schedule has then is on its way."""
    choice, code, since, _ = planned(look)
    assert look.going("submit") == choice
    [window] = [w for w in look.day.windows if w.start <= since < w.end]
    times = look.clocks(window.start, window.end, choice.leaves)
    return Facts(times, [look.name(code)])


@check("scheduled_choice_is_accepted", "genesys/G4")
def _(look: Look) -> Facts:
    """Both sides have what was picked."""
    choice, code, *_ = planned(look)
    assert (choice.status, choice.fate) == (200, "applied")
    assert look.plain().believed == look.plain().true == code
    assert look.step.question is not None
    assert look.step.question.right == 1
    return Facts([], [look.name(code)])


@check("exception_begins", "genesys/G4")
def _(look: Look) -> Facts:
    """As scheduled, and of a type that nobody mapped."""
    _, code, since, _ = planned(look)
    assert look.t == max(since, look.t_of("scheduled_choice_is_accepted"))
    assert look.codes[code].type not in look.run.settings.wfm.mapped_types
    assert "ours" in look.step.small
    return Facts(look.clocks(since))


@check("exception_ends", "genesys/G4")
def _(look: Look) -> Facts:
    """The last millisecond at which schedule and status have the same."""
    _, code, since, until = planned(look)
    assert look.t == until - 1
    assert look.plain().true == look.plain(max(since, look.t_of("exception_begins"))).true == code
    return Facts([dur(until - since), *look.clocks(until)])


@check("day_ends", "genesys/G4")
def _(look: Look) -> Facts:
    """The time of all agents as scheduled on such a code, in the mean."""
    assert look.t == look.day.end - 1
    run, mapped = look.run, look.run.settings.wfm.mapped_types
    total = 0
    for agent, day in run.days.items():
        writes = [(r.t, r.data.status) for r in run.records(agent) if r.kind == "status"]
        for (t, status), (after, _) in pairwise([*writes, (day.end, 0)]):
            if status >= 0 and look.codes[status].type not in mapped:
                spans = (min(after, w.end) - max(t, w.start) for w in day.windows)
                total += sum(max(0, span) for span in spans)
    return Facts([dur(round(total / len(run.days)))])


@check("scheduled_choice_counts", "genesys/G4")
def _(look: Look) -> Facts:
    """With the fix: the same status for the same time, of a type that is mapped."""
    choice, code, since, until = planned(look)
    assert look.t == choice.back
    assert look.plain().true == look.plain(until - 1).true == code
    assert look.codes[code].type in look.shown.settings.wfm.mapped_types
    return Facts([dur(until - since)])

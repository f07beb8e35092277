"""Each story is true: what a sentence says, log, desk and messages show at its moment.

The checks read records, messages and beliefs by themselves, and know of the rules nothing but the
name under which a moment is told. Every number and every name in a sentence is worked out again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise, product
from typing import Any, get_args

import pytest
from extent import some
from plainly import AVAILABLE
from platform_stories import CHECKS
from storied import (
    OTHERS,
    STORIES,
    Facts,
    Look,
    check,
    dur,
    edit_of,
    facts_of,
    finished,
    frozen_ms,
    gone,
    home,
    short,
    shown_for,
    switched_off,
    told,
    trap_of,
    trap_on,
)

import simkit
from simkit.runs.messages import Message
from simkit.runs.run import Run
from simkit.study.catalogue import TRAP_IDS, Trap
from simkit.study.stories import Story, story_of, tell
from simkit.study.story_registered import MOMENTS
from simkit.study.story_scene import Lit, Scene
from simkit.study.story_words import Part

pytestmark = pytest.mark.slow  # every story is played

SEEDS = range(1, 11)
MINUTE = 60_000


# What is true at each moment, trap by trap; what other platforms alone have is in
# `platform_stories`.

NOT_USABLE = {"guide": (403, "TELEPHONY_STATUS_REASON_NOT_FOUND"), "genesys": (404, "not.found")}
NO_SCOPE = {"guide": "INSUFFICIENT_OAUTH_SCOPE", "genesys": "missing.permissions"}


@check("opens_an_empty_list", "T1", "E1")
def _(look: Look) -> Facts:
    """The list opens with nothing in it, and the platform would take something."""
    opened, desk = look.record("open"), look.plain()
    assert (opened.state, opened.shown, desk.state) == ("list", 0, "empty")
    assert desk.usable
    assert desk.believed == desk.true == AVAILABLE, "who wants to leave the phones is at work"
    asked = look.day.division
    assert all(look.codes[code].division != asked for code in desk.usable)
    count = str(len(desk.usable))
    if look.told.trap == "E1":
        return Facts([*look.clocks(look.t), count], [opened.wanted])
    return Facts([], [opened.wanted]) if look.i == 0 else Facts([count])


@check("asks_once_more", "T1")
def _(look: Look) -> Facts:
    """The next poll after the opening, for the agent's own division; they leave regularly."""
    poll, opened = look.going("list"), look.t_of("opens_an_empty_list")
    assert poll.division == look.division_id(look.day.division)
    every = look.run.settings.widget.refresh_interval_ms
    assert 0 <= poll.leaves - opened < every
    left = [m.leaves for m in look.messages("list")]
    assert {b - a for a, b in pairwise(left)} == {every}
    assert look.run.settings.widget.filter_type == "division"
    return Facts([dur(every)], divisions=[look.day.division])


@check("is_told_of_none", "T1")
def _(look: Look) -> Facts:
    """An answer in good order without a code; all of them are bound to the root."""
    poll = look.back("list")
    assert (poll.status, poll.code, poll.mask) == (200, "", 0)
    assert look.plain().state == "empty"
    if look.i == 3:
        return Facts([])
    root = look.path(look.day.division)[-1]
    assert {code.division for code in look.codes} == {root} != {look.day.division}
    assert look.run.settings.provisioning.binding == "omitted"
    return Facts([str(len(look.codes))], divisions=[root])


@check("day_ends", "T1", "E1")
def _(look: Look) -> Facts:
    """Empty lists among all that were opened, and intentions given up, on the whole floor."""
    assert look.t == look.day.end - 1
    opened = [r.data for r in look.run.log if r.kind == "open" and r.data.state == "list"]
    share = 100 * sum(not event.shown for event in opened) / len(opened)
    lost = sum(r.kind == "lost" for r in look.run.log)
    assert f"{short(share)} %" in look.step.words
    return Facts([short(share), f"{lost:,}"])


@check("same_list_is_filled", "T1")
def _(look: Look) -> Facts:
    """With the fix, all that is listed is bound to the agent's division; no code is added."""
    desk, before = look.plain(), len(look.codes)
    assert desk.state == "list"
    after = look.shown.directory.codes
    assert {after[code].division for code in desk.shown} == {look.day.division}
    assert look.record("open", look.t_of("opens_an_empty_list")).shown == 0
    return Facts([str(len(desk.shown)), str(before), str(len(after))])


@check("starts_the_shift", "E1")
def _(look: Look) -> Facts:
    """Login; what may be used is bound to divisions above the agent's, all of it."""
    assert look.t == look.day.start
    assert look.record("login").mask == 0
    usable = look.plain().usable
    homes = {look.codes[code].division for code in usable}
    above = look.path(look.day.division)[1:]
    assert homes <= set(above)
    named = [look.day.division, *(home for home in above if home in homes)]
    return Facts([str(len(usable))], divisions=named)


@check("asks_for_the_first_list", "E1")
def _(look: Look) -> Facts:
    """The first request of the day, for the agent's division."""
    poll = look.going("list")
    assert poll == look.messages("list")[0]
    assert poll.division == look.division_id(look.day.division)
    assert look.step.question is not None
    assert look.step.question.right == 1
    return Facts([], divisions=[look.day.division])


@check("first_list_is_empty", "E1")
def _(look: Look) -> Facts:
    """Its answer: nothing, by an exact filter, while there is something further up."""
    poll, desk = look.back("list"), look.plain()
    assert poll == look.messages("list")[0]
    assert (poll.status, poll.mask, desk.state) == (200, 0, "empty")
    assert desk.usable
    assert look.run.settings.widget.filter_type == "division"
    return Facts([], divisions=[look.day.division])


@check("same_list_is_filled", "E1")
def _(look: Look) -> Facts:
    """Copies leave reasons to be wished for; a look upwards brings what others are meant for."""
    desk, codes = look.plain(), look.shown.directory.codes
    assert desk.state == "list"
    count = str(len(desk.shown))
    if look.step.preset == "E1b":
        assert all(codes[code].id.endswith(f"@{look.day.division}") for code in desk.shown)
        lost = [r.data for r in look.shown.log if r.kind == "lost"]
        assert {event.why for event in lost} == {"not listed"}
        return Facts([count, f"{len(lost):,}"])
    meant = {code.id: code.division for code in look.run.settings.organisation.codes}
    path = look.path(look.day.division)
    foreign = sum(meant[codes[code].id] not in path for code in desk.shown)
    sizes = [sum(size for _, size in counts.values()) for counts in look.shown.requests.values()]
    before = [sum(size for _, size in counts.values()) for counts in look.run.requests.values()]
    assert sum(sizes) > sum(before), "the answers are longer"
    return Facts([count, str(foreign)])


@check("is_transferred", "T2")
def _(look: Look) -> Facts:
    """The platform has another division from this millisecond on."""
    old, new = look.plain(look.t - 1).division, look.plain().division
    assert look.record("transfer").division == look.division_id(new)
    asked = look.step.question
    assert asked is not None
    assert (asked.options, asked.right) == ((new, old, "Both"), 1)
    return Facts(look.clocks(look.t), divisions=[old, new])


@check("asks_for_the_old_division", "T2", "genesys/T2")
def _(look: Look) -> Facts:
    """The page asks for the old one, now and all day; no other request came between."""
    poll, moved = look.going("list"), look.told.steps[0].t
    old = look.plain(moved - 1).division
    assert {m.division for m in look.messages("list")} == {look.division_id(old)}
    assert not [m for m in look.messages("list") if moved < m.leaves < poll.leaves]
    assert not look.records("division", "reload")
    return Facts([], divisions=[old])


@check("old_list_comes", "T2")
def _(look: Look) -> Facts:
    """None of what is listed is usable, none of what is usable is listed."""
    poll, desk = look.back("list"), look.plain()
    assert poll.mask == desk.listed
    assert not desk.usable & set(desk.shown)
    return Facts([str(len(desk.shown)), str(len(desk.usable))])


@check("picks_from_the_old_list", "T2", "genesys/T2")
def _(look: Look) -> Facts:
    """The choice of a listed code is on its way."""
    choice = look.going("submit")
    code = look.record("submit", choice.leaves).code
    assert code in look.plain().shown
    assert code not in look.plain().usable
    return Facts(look.clocks(choice.leaves), [look.name(code)])


@check("old_pick_is_refused", "T2", "genesys/T2")
def _(look: Look) -> Facts:
    """Success is shown for a refusal; the code is bound off the path of the new division."""
    shown, choice, desk = look.record("success"), look.back("submit"), look.plain()
    assert (shown.status, shown.error) == NOT_USABLE[look.platform]
    assert (choice.status, choice.shown, choice.fate) == (shown.status, "success", "refused")
    assert desk.believed == shown.code != desk.true
    assert look.codes[shown.code].division not in look.path(desk.division)
    assert choice.leaves <= look.told.steps[look.i - 1].t < choice.arrives
    return Facts([str(shown.status)], [look.name(shown.code)], [desk.division])


@check("old_list_outlasts_the_shift", "T2")
def _(look: Look) -> Facts:
    """From the transfer on the list has never been that of the present division."""
    moved = look.t_of("is_transferred")
    for t in (moved, *(r.t for r in look.records("list", "login", "reload", "transfer")), look.t):
        if t >= moved:
            desk = look.plain(t)
            own = {i for i in desk.usable if look.codes[i].division == desk.division}
            assert set(desk.shown) != own
    assert look.t == look.day.end - 1
    return Facts([dur(look.day.end - moved)])


@check("right_list_comes", "T2")
def _(look: Look) -> Facts:
    """With the fix: at this millisecond the list is the present division's, before it is not."""
    moved, desk, before = look.t_of("is_transferred"), look.plain(), look.plain(look.t - 1)
    codes = look.shown.directory.codes
    assert {codes[i].division for i in desk.shown} == {desk.division}
    assert set(desk.shown) <= desk.usable
    assert not before.usable & set(before.shown)
    assert not [r for r in look.records("list", run=look.shown) if moved <= r.t < look.t]
    left = [m.leaves for m in look.messages("renew", look.shown)]
    [period] = {b - a for a, b in pairwise([look.day.start, *left])}
    assert look.t - moved <= period + 31_000, "at the latest the poll after the next renewal"
    return Facts([dur(period), dur(look.t - moved)])


@check("picks_in_good_faith", "T3", "genesys/T3", "genesys/G1")
def _(look: Look) -> Facts:
    """The day's first choice, of a code that is listed and may be used, by somebody at work."""
    picked, desk = look.record("submit"), look.plain()
    assert picked.code in desk.shown
    assert picked.code in desk.usable
    assert desk.believed == desk.true == AVAILABLE
    return Facts([], [look.name(picked.code)])


@check("choice_is_on_its_way", "T3", "genesys/T3")
def _(look: Look) -> Facts:
    """The request left when the code was picked."""
    choice = look.going("submit")
    assert choice.leaves == look.t_of("picks_in_good_faith")
    return Facts([])


@check("choice_is_refused", "T3", "genesys/T3")
def _(look: Look) -> Facts:
    """Success is shown for a reply 403 for want of a scope; to read it is allowed."""
    shown, choice, desk = look.record("success"), look.back("submit"), look.plain()
    assert choice.leaves == look.t_of("picks_in_good_faith")
    assert (shown.status, shown.error) == (403, NO_SCOPE[look.platform])
    assert (choice.status, choice.shown) == (403, "success")
    assert desk.believed == shown.code != desk.true
    scopes = look.run.settings.application.scopes
    assert "telephony:status:read" in scopes
    assert "telephony:status:write" not in scopes
    return Facts(["403"])


@check("goes_on_believing", "T3", "genesys/T3", "genesys/G1")
def _(look: Look) -> Facts:
    """The last millisecond of an unbroken span with the reason here and Available there."""
    since = look.t_of("choice_is_refused")
    code = look.record("success", since).code
    changes = [r.t for r in look.records("success", "return", "status", "ignored")]
    for t in (*(t for t in changes if since <= t <= look.t), look.t):
        assert (look.plain(t).believed, look.plain(t).true) == (code, AVAILABLE)
    after = look.plain(look.t + 1)
    assert look.t + 1 == look.day.end or after.believed != code or after.true != AVAILABLE
    return Facts([dur(look.t + 1 - since)], [look.name(code)])


@check("day_ends", "T3", "genesys/T3")
def _(look: Look) -> Facts:
    """Successes shown for a 403, over all agents; no error is shown to anybody."""
    assert look.t == look.day.end - 1
    successes = [r for r in look.run.log if r.kind == "success"]
    false = sum(r.data.error == NO_SCOPE[look.platform] for r in successes)
    assert not [r for r in look.run.log if r.kind == "error"]
    assert len({r.actor for r in successes}) > 1, "everybody, not one"
    return Facts([f"{false:,}", str(look.people())])


@check("same_choice_is_accepted", "T3", "genesys/T3")
def _(look: Look) -> Facts:
    """With the fix: the same code, picked at the same moment, is the status here and there."""
    picked = look.t_of("picks_in_good_faith")
    code = look.record("submit", picked).code
    assert look.record("submit", picked, look.shown).code == code
    choice, desk = look.back("submit", look.shown), look.plain()
    assert (choice.leaves, choice.status, choice.fate) == (picked, 200, "applied")
    assert desk.believed == desk.true == code
    scopes = [len(run.settings.application.scopes) for run in (look.shown, look.run)]
    return Facts(list(map(str, scopes)), [look.name(code)])


LIFE = 45 * MINUTE


@check("touches_the_page", "E2", "genesys/E2")
def _(look: Look) -> Facts:
    """An act on the page, and none after it for a whole life of the token."""
    [act] = [r for r in look.records("open", "login", "reload") if r.t == look.t]
    assert act.kind != "open" or act.data.state == "list"
    said = "opens the list" if act.kind == "open" else "logs in"
    assert said in look.step.words
    later = [r for r in look.records("open", "login", "reload") if look.t < r.t < look.t + LIFE]
    assert not later
    assert look.run.settings.platform.token_life_ms == LIFE
    return Facts([*look.clocks(look.t), dur(LIFE)])


def answered(look: Look) -> list[Message]:
    since = look.t_of("touches_the_page")
    return [m for m in look.messages("list") if since <= m.leaves and m.arrives < since + LIFE]


@check("leaves_the_page_alone", "E2", "genesys/E2")
def _(look: Look) -> Facts:
    """One of many polls is on its way, and all of them are answered."""
    polls, every = answered(look), look.run.settings.widget.refresh_interval_ms
    assert look.going("list") in polls[1:-1], "in the midst of them"
    assert {m.status for m in polls} == {200}
    assert {b.leaves - a.leaves for a, b in pairwise(polls)} == {every}
    assert not look.messages("renew")
    return Facts([dur(every), str(len(polls))])


@check("token_dies", "E2", "genesys/E2")
def _(look: Look) -> Facts:
    """A life after the last act: what arrived before was answered, what arrives later is not."""
    assert look.t == look.t_of("touches_the_page") + LIFE
    later = next(m for m in look.messages("list") if m.arrives >= look.t)
    assert later.status == 401
    assert {m.status for m in answered(look)} == {200}
    return Facts(look.clocks(look.t))


@check("poll_is_refused", "E2", "genesys/E2")
def _(look: Look) -> Facts:
    """A 401 comes back, and from this millisecond on the list is frozen; no message says so."""
    poll = look.back("list")
    assert (poll.status, look.record("trouble").status) == (401, 401)
    assert (look.plain(look.t - 1).state, look.plain().state) == ("list", "frozen")
    assert not look.records("error")
    return Facts([dur(look.t - look.t_of("token_dies")), "401"])


@check("tries_a_frozen_list", "E2", "genesys/E2")
def _(look: Look) -> Facts:
    """The first opening after that does not open."""
    opened = look.record("open")
    assert (opened.state, look.plain().state) == ("frozen", "frozen")
    refused = look.t_of("poll_is_refused")
    assert not [r for r in look.records("open") if refused <= r.t < look.t]
    return Facts(look.clocks(look.t), [opened.wanted])


@check("frozen_day_ends", "E2", "genesys/E2")
def _(look: Look) -> Facts:
    """The agent's own part, and the mean of all."""
    assert look.t == look.day.end - 1
    spans = [frozen_ms(look.run, agent) for agent in look.run.agents]
    mean = dur(round(sum(spans) / len(spans)))
    return Facts([dur(frozen_ms(look.run, look.agent)), mean])


@check("list_still_responds", "E2")
def _(look: Look) -> Facts:
    """With the fix: a list at that moment; each token is fetched a minute before the end."""
    assert look.t == look.t_of("poll_is_refused")
    assert look.plain().state == "list"
    first = look.messages("renew", look.shown)[0]
    lead = look.day.start + LIFE - first.leaves
    tokens = sum(
        n
        for counts in look.shown.requests.values()
        for (kind, _, _), (n, _) in counts.items()
        if kind == "renew"
    )
    assert len(trap_on(look.org, "E2").diff("E2a")) == 4, "it takes four settings"
    return Facts([dur(lead), f"{tokens:,}"])


def written(look: Look) -> Any:
    """The record of the write that overwrites, with the choice that it overwrites."""
    t = look.t_of("write_lands_on_top")
    return next(r for r in look.records("status") if r.t == t and r.data.writer != "return")


@check("picks_before_a_write", "E3", "genesys/E3")
def _(look: Look) -> Facts:
    """A choice on its way, less than a minute before the write."""
    choice = look.going("submit")
    code = look.record("submit", choice.leaves).code
    assert code in look.plain().shown
    assert 0 < written(look).t - choice.leaves < MINUTE
    return Facts(look.clocks(choice.leaves), [look.name(code)])


@check("choice_is_accepted", "E3", "genesys/E3")
def _(look: Look) -> Facts:
    """Both sides have what was picked."""
    choice, desk = look.back("submit"), look.plain()
    assert (choice.status, choice.fate, choice.shown) == (200, "applied", "success")
    assert 1 << desk.believed == 1 << desk.true == choice.mask
    return Facts([], [look.name(desk.believed)])


@check("write_is_due", "E3")
def _(look: Look) -> Facts:
    """A millisecond before it is written; by the schedule at its edges, by routing each 15 min."""
    write, desk = written(look), look.plain()
    assert look.t + 1 == write.t
    assert desk.believed == desk.true == write.data.over
    edges = {t for window in look.day.windows for t in (window.start, window.end)}
    by_plan = write.data.writer == "wfm"
    assert write.t in edges if by_plan else write.t % (15 * MINUTE) == 0
    assert ("the work schedule" in look.step.words) == by_plan
    assert ("the routing of calls" in look.step.words) != by_plan
    assert {"wfm", "routing"} & {*look.step.lit} == {write.data.writer}
    [choice] = [m for m in look.messages("submit") if m.back == look.t_of("choice_is_accepted")]
    return Facts([*look.clocks(write.t), dur(write.t - choice.leaves)])


@check("write_lands_on_top", "E3", "genesys/E3")
def _(look: Look) -> Facts:
    """From now on the platform has what was written, the desk what was picked."""
    write, desk = written(look), look.plain()
    assert write.data.writer in ("wfm", "routing")
    assert (desk.true, desk.believed) == (write.data.status, write.data.over)
    now = {AVAILABLE: "Available", -2: "off the queue as scheduled"}[desk.true]
    assert {"wfm", "routing"} & {*look.step.lit} == {write.data.writer}
    return Facts([], [now, look.name(desk.believed)])


@check("write_goes_unnoticed", "E3", "genesys/E3")
def _(look: Look) -> Facts:
    """The last millisecond of an unbroken span in which the two differ."""
    since = written(look).t
    changes = [r.t for r in look.records("success", "return", "status", "ignored")]
    for t in (*(t for t in changes if since <= t <= look.t), look.t):
        assert look.plain(t).believed != look.plain(t).true
    after = look.plain(look.t + 1)
    assert look.t + 1 == look.day.end or after.believed == after.true
    return Facts([dur(look.t + 1 - since)])


@check("day_ends", "E3", "genesys/E3")
def _(look: Look) -> Facts:
    """Choices overwritten within a minute of being accepted, of all that anybody wants."""
    assert look.t == look.day.end - 1
    reverts = 0
    for agent in look.run.agents:
        writes = [r for r in look.run.records(agent) if r.kind == "status"]
        for a, b in pairwise(writes):
            soon = a.data.writer == "agent" and b.t - a.t <= MINUTE
            reverts += soon and b.data.writer in ("wfm", "routing")
    wanted = sum(len(day.intentions) for day in look.run.workload.days)
    assert look.step.question is not None
    assert look.step.question.right == -1, "a matter of judgement"
    return Facts([short(100 * reverts / wanted), "100"])


def locked_ms(run: Run, agent: str) -> int:
    """For how long of the shift a write is due within a minute, by schedule or sweep."""
    day = run.days[agent]
    every = run.settings.routing.sweep_interval_ms
    due = {t for w in day.windows for t in (w.start, w.end)}
    due |= set(range(0, day.end + MINUTE + 1, every))
    spans = sorted((max(t - MINUTE, day.start), min(t, day.end)) for t in due)
    total, until = 0, day.start
    for start, end in spans:
        total += max(0, end - max(start, until))
        until = max(until, end)
    return total


@check("list_is_locked", "E3")
def _(look: Look) -> Facts:
    """With the fix: opened at the same moment, it is locked, and until the write is due."""
    opened, due = look.record("open", run=look.shown), written(look).t
    assert (opened.state, look.plain().state) == ("locked", "locked")
    assert look.plain(due - 1).state == "locked"
    assert look.t == next(
        m.leaves for m in look.messages("submit") if m.back == look.t_of("choice_is_accepted")
    )
    spans = [locked_ms(look.shown, agent) for agent in look.shown.agents]
    turned = sum(r.kind == "turned_away" for r in look.shown.log)
    return Facts(
        [*look.clocks(look.t, due), dur(round(sum(spans) / len(spans))), f"{turned:,}"],
    )


@check("code_is_listed", "E4", "genesys/E4", "genesys/G5")
def _(look: Look) -> Facts:
    """Listed and usable, a minute before."""
    edit, desk = edit_of(look), look.plain()
    assert look.t + MINUTE == edit.t
    assert edit.data.code in desk.shown
    assert edit.data.code in desk.usable
    return Facts([str(len(desk.shown))], [look.name(edit.data.code)])


@check("code_is_switched_off", "E4", "genesys/E4")
def _(look: Look) -> Facts:
    """From this millisecond on it is listed and not usable; the wait is asked for."""
    edit, value = switched_off(look, "min")
    asked, code = look.step.question, edit.data.code
    assert asked is not None
    assert value == pytest.approx((gone(look, look.run) - look.t) / MINUTE)
    assert facts_of(look, asked.ask) == ([dur(30_000)], [look.name(code)], [])
    return Facts(look.clocks(look.t), [look.name(code)])


@check("answer_comes_without_it", "E4", "genesys/E4")
def _(look: Look) -> Facts:
    """The first answer that the platform gives after the edit is on its way back, without it."""
    edit, answer, until = edit_of(look), look.coming("list"), gone(look, look.run)
    assert answer.status == 200
    assert not answer.mask >> edit.data.code & 1
    judged = [m.arrives for m in look.messages("list") if m.arrives >= edit.t]
    assert answer.arrives == min(judged)
    numbers = [dur(until - edit.t), *look.clocks(until), dur(answer.arrives - edit.t)]
    return Facts(numbers, [look.name(edit.data.code)])


@check("answer_is_thrown_away", "E4", "genesys/E4")
def _(look: Look) -> Facts:
    """It is back, and the list stays; so it goes with all answers until the list is replaced."""
    edit, answer = edit_of(look), look.back("list")
    assert answer.fate == "thrown away"
    assert answer.mask != look.plain().listed
    assert edit.data.code in look.plain().shown
    until = gone(look, look.run)
    thrown = [
        m
        for m in look.messages("list")
        if m.arrives >= edit.t and m.back < until and m.fate == "thrown away"
    ]
    assert all(not m.mask >> edit.data.code & 1 for m in thrown)
    widget = look.run.settings.widget
    kept = widget.dataset_life_polls * widget.refresh_interval_ms
    assert until - edit.t <= kept + 31_000
    return Facts([dur(kept), str(len(thrown))])


@check("deactivated_code_is_picked", "E4", "genesys/E4")
def _(look: Look) -> Facts:
    """Success is shown for a refused choice of that code, while it is still listed."""
    edit, shown, choice = edit_of(look), look.record("success"), look.back("submit")
    assert shown.code == edit.data.code
    assert (shown.status, shown.error) == NOT_USABLE[look.platform]
    assert (choice.status, choice.shown) == (shown.status, "success")
    assert shown.code in look.plain(choice.leaves).shown
    assert look.plain().true != shown.code == look.plain().believed
    return Facts([*look.clocks(choice.leaves), str(shown.status)], [look.name(shown.code)])


@check("code_leaves_the_list", "E4", "genesys/E4", "genesys/G5")
def _(look: Look) -> Facts:
    """The list without it, and the mean over all agents and deactivations."""
    code = edit_of(look).data.code
    assert look.t == gone(look, look.run)
    assert code in look.plain(look.t - 1).shown
    assert code not in look.plain().shown
    spans = shown_for(look.run)
    return Facts([dur(round(sum(spans) / len(spans)))], [look.name(code)])


@check("code_leaves_the_list_sooner", "E4")
def _(look: Look) -> Facts:
    """With the fix: the same code is gone earlier, and more is asked."""
    edit = edit_of(look)
    assert look.t == gone(look, look.shown) < gone(look, look.run)
    assert edit.data.code in look.plain(look.t - 1).shown
    rates = [
        sum(n for counts in run.requests.values() for n, _ in counts.values()) / run.horizon * 1000
        for run in (look.run, look.shown)
    ]
    kinds = {m.kind for m in look.messages("config", look.shown)}
    assert kinds == {"config"}, "the second question"
    polls = look.run.settings.widget.dataset_life_polls
    assert facts_of(look, look.step.small) == ([str(polls)], [], [])
    assert "six explanations" in look.step.small
    return Facts([dur(look.t - edit.t), *map(short, rates)], [look.name(edit.data.code)])


# Playing them to their ends.


def looks(org: str, key: str, seed: int) -> Iterator[Look]:
    story = told(org, key, seed)
    assert story is not None, (org, key, seed)
    return (Look(org, key, seed, story, i) for i in range(len(story.steps)))


def play(org: str, key: str, seed: int) -> None:
    """Hold every step of a story against its check, and against what holds of any."""
    t = -1
    for look in looks(org, key, seed):
        step, day = look.step, look.day
        about = f"{org} {key} seed {seed}: {step.words}"
        assert day.start <= step.t < day.end, about
        if step.preset == "trap":
            assert step.t >= t, about
            t = step.t
        facts = CHECKS[key, step.moment](look)
        assert facts_of(look, step.words) == tuple(map(list, facts)), about
        refuse_dialect(look)
    refuse_shape(look)


def refuse_dialect(look: Look) -> None:
    """A text is filled, short and in plain words: no name of a field, no id, no mark."""
    step, asked = look.step, look.step.question
    org = look.run.settings.organisation
    names = {look.agent, *(c.name for c in org.codes), *(d.name for d in org.divisions)}
    texts = [step.words, step.small, *((asked.ask, *asked.options) if asked else ())]
    for text in texts:
        for name in sorted(names, key=len, reverse=True):
            text = text.replace(name, "X")
        assert not re.search(r"[{}*_]|[a-z]\.[a-z]|[a-z][A-Z]|  |\bd-\d|just|simply", text), text
        assert len(re.split(r"(?<=[.!?])\s+", text)) <= 2, text
    assert step.words == step.words.strip() != ""


def refuse_shape(look: Look) -> None:
    """Five to seven steps, the last of which switches to a fix; questions can be answered."""
    story, last = look.told, look.told.steps[-1]
    assert 5 <= len(story.steps) <= 7
    assert "switch" in last.lit
    assert [fix.id for fix in trap_of(look.key).fixes].count(last.preset) == 1
    for step in story.steps:
        assert set(step.lit) <= {*get_args(Lit)}
        if (asked := step.question) is not None:
            number = asked.value is not None
            assert number == bool(asked.unit) != bool(asked.options)
            assert -1 <= asked.right < max(len(asked.options), 1)
    assert last.question is None, "nothing would answer it"


@pytest.mark.parametrize("key", STORIES)
@pytest.mark.some(4, start=1)
def test_a_story_is_true_on_the_small_organisation(key: str) -> None:
    """Of the seed that everybody sees first."""
    play(home(key), key, 1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("org", "trap_id"), some(product(["small", "odd", "classroom"], TRAP_IDS), 2)
)
def test_a_story_is_true_whatever_the_seed_and_the_organisation(org: str, trap_id: str) -> None:
    """Ten seeds of three organisations: each sentence at its moment, each number in it."""
    for seed in SEEDS:
        play(org, trap_id, seed)


@pytest.mark.slow
@pytest.mark.parametrize(("key", "seed"), some(product(OTHERS, SEEDS[1:]), 9))
@pytest.mark.some(2)
def test_a_story_of_another_platform_is_true_whatever_the_seed(key: str, seed: int) -> None:
    """On flat divisions: each sentence at its moment, each number in it."""
    play("flat", key, seed)


HUNDREDS = ["genesys/G1", "genesys/G2"]
"""Whose scenario has 600 agents, for whom 30 stand here."""


@pytest.mark.slow
@pytest.mark.parametrize("key", HUNDREDS)
def test_a_story_of_hundreds_is_told_of_them(key: str) -> None:
    """With all of its steps, moment by moment as of those who stand for them."""
    trap = trap_of(key)

    def columns(fix: str) -> Run:
        return simkit.run(trap.fixed(fix) if fix else trap.settings, 1, engine="columns")

    whole, part = tell(story_of(trap), columns(""), columns), told(home(key), key, 1)
    assert whole is not None
    assert part is not None
    assert [step.moment for step in whole.steps] == [step.moment for step in part.steps]
    assert "600 " in whole.steps[0].words


@pytest.mark.slow
@pytest.mark.thorough
@pytest.mark.parametrize("key", HUNDREDS)
def test_a_story_of_hundreds_is_true_of_them(key: str) -> None:
    """Each number counted in the log of all."""
    play("own", key, 1)


def test_every_moment_of_every_story_has_a_check() -> None:
    """None that is added to a file is told unread."""
    moments = {(key, step.moment) for key in STORIES for step in story_of(trap_of(key)).steps}
    assert moments == CHECKS.keys()
    assert {moment for _, moment in moments} == MOMENTS.keys(), "and no rule is without a story"


@pytest.mark.parametrize("key", STORIES)
@pytest.mark.some(4)
def test_a_moment_fills_what_it_says_that_it_fills(key: str) -> None:
    """Files are refused by what the rules declare, so that has to be what they give."""
    agent = told(home(key), key, 1)
    assert agent is not None
    for step in story_of(trap_of(key)).steps:
        run = finished(home(key), key, "trap", 1)
        fixed = finished(home(key), key, step.fix, 1) if step.fix else None
        rule = MOMENTS[step.moment]
        found = rule.find(Scene(run, agent.agent, run.history_of(agent.agent), fixed))
        if found is not None:
            assert {name: type(value) for name, value in found.values.items()} == rule.fills


def test_the_wrong_thing_is_marked() -> None:
    """That and nothing else: the desk's lie in T3, and no word of the step before it."""
    story = told("small", "T3", 1)
    assert story is not None
    assert story.steps[1].parts == (Part(story.steps[1].words, False),)
    assert story.steps[2].parts[1:] == (Part("The desk says: done.", True),)


def test_questions_are_answered_by_the_next_step() -> None:
    """Of each question that has a right option: the next sentence takes it up in its words."""
    answers = {
        "T1": "The page looks in one place",
        "T2": "Still for",
        "T3": "The desk says: done.",
        "E1": "No.",
        "E2": "No:",
        "E3": "Which came last",
        "E4": "For ",
        "genesys/T2": "Still for",
        "genesys/T3": "The desk says: done.",
        "genesys/E2": "No:",
        "genesys/E3": "Which came last",
        "genesys/E4": "For ",
        "genesys/G1": "It is refused",
        "genesys/G2": "Everybody who was refused in that minute",
        "genesys/G3": "No:",
        "genesys/G4": "No:",
        "genesys/G5": "For ",
    }
    assert answers.keys() == {*STORIES}
    for key, answer in answers.items():
        story = told(home(key), key, 1)
        assert story is not None
        asked = next(i for i, step in enumerate(story.steps) if step.question)
        assert answer in story.steps[asked + 1].words


# Whom it is told of.


@pytest.mark.parametrize("key", STORIES)
@pytest.mark.some(4)
def test_nothing_is_told_where_nobody_meets_the_trap(key: str) -> None:
    """In the healthy deployment no story has its moments, and no fix is run for it."""

    def never(fix: str) -> Run:
        raise AssertionError(fix)

    run = simkit.run(trap_on(home(key), key).base, 1)
    assert tell(story_of(trap_of(key)), run, never) is None


@pytest.mark.parametrize("key", [*TRAP_IDS, *some(OTHERS, 3)])
def test_a_fix_is_run_once_and_only_where_a_step_shows_it(key: str) -> None:
    """However many agents are looked at."""
    asked: list[str] = []

    def fixed(fix: str) -> Run:
        asked.append(fix)
        return finished(home(key), key, fix, 1)

    story = story_of(trap_of(key))
    assert tell(story, finished(home(key), key, "trap", 1), fixed) is not None
    assert asked == [step.fix for step in story.steps if step.fix]


@pytest.mark.parametrize("key", [*TRAP_IDS, *some(OTHERS, 4)])
def test_the_story_of_a_run_as_columns_is_the_same(key: str) -> None:
    """Whatever engine ran it: the same agent, words and moments."""
    trap = trap_on(home(key), key)

    def columns(fix: str) -> Run:
        return simkit.run(trap.fixed(fix), 1, engine="columns")

    run = simkit.run(trap.settings, 1, engine="columns")
    assert run.engine == "columns"
    assert tell(story_of(trap), run, columns) == told(home(key), key, 1)


@pytest.mark.parametrize("trap_id", ["T1", "T3"])
def test_the_agent_misled_for_longest_is_told_of(trap_id: str) -> None:
    """Everybody meets these, so it is the first of all."""
    story = told("small", trap_id, 1)
    assert story is not None
    assert story.agent == finished("small", trap_id, "trap", 1).agents_by_discrepancy[0]


def without_intentions(trap: Trap, seed: int, *but: str) -> Callable[[str], Run]:
    """Give what runs a trap, or with a fix, in which most agents want nothing all day."""
    days = {day.agent: day for day in simkit.run(trap.settings, seed).workload.days}
    idle = {who: replace(day, intentions=()) for who, day in days.items() if who not in but}

    def run(fix: str) -> Run:
        return simkit.run(trap.fixed(fix) if fix else trap.settings, seed, days=idle)

    return run


@pytest.mark.parametrize(("trap_id", "steps"), [("T2", 5), ("E2", 6), ("E4", 6), ("T1", 0)])
def test_what_may_be_left_out_is_left_out(trap_id: str, steps: int) -> None:
    """On a floor where nobody wants anything nobody picks, and nobody opens an empty list."""
    run = without_intentions(simkit.traps[trap_id], 2)
    story = tell(story_of(trap_id), run(""), run)
    assert (len(story.steps) if story else 0) == steps


def test_who_has_every_step_comes_before_who_is_misled_for_longer() -> None:
    """Of all who are transferred in T2 one picks a reason: the story is that agent's."""
    trap = simkit.traps["T2"]
    moved = [day.agent for day in finished("small", "T2", "trap", 2).workload.days if day.transfers]
    run = finished("small", "T2", "trap", 2)
    picks = [
        agent
        for agent in run.agents_by_discrepancy
        if agent in moved
        and any(r.kind == "success" and r.data.status == 403 for r in run.records(agent))
    ]
    alone = without_intentions(trap, 2, picks[-1])
    story = tell(story_of("T2"), alone(""), alone)
    assert story is not None
    assert (story.agent, len(story.steps)) == (picks[-1], 7)
    assert alone("").agents_by_discrepancy[0] != picks[-1]


def test_stories_are_plain_data_that_nobody_changes() -> None:
    """Frozen, equal where they are the same, and usable as keys."""
    story = told("small", "T3", 1)
    assert story is not None
    assert story == told("small", "T3", 1)
    assert hash(story) == hash(told("small", "T3", 1))
    assert isinstance(story_of("T3"), Story)
    with pytest.raises(AttributeError):
        story.agent = "x"  # type: ignore[misc]

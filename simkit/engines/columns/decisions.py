"""What agents do: open the dropdown, choose, and believe what the widget tells them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from itertools import product
from typing import NamedTuple

import numpy as np

from simkit.base.steps import NEVER
from simkit.engines.columns.arrays import Delays, Flags, Ints, in_campaign
from simkit.engines.columns.days import Days
from simkit.engines.columns.exact import tokens_overlap
from simkit.engines.columns.guard import Guard
from simkit.engines.columns.list_tables import ListTables
from simkit.engines.columns.lists import Lists
from simkit.engines.columns.renewals import Renewals
from simkit.rules import intentions, oauth
from simkit.rules.judging import JUDGEMENTS, judge_submission
from simkit.rules.replies import NETWORK_FAILURE, OK, lost, retry_wait
from simkit.rules.sections import PlatformSettings
from simkit.rules.settings import Settings

_APART = 1 << 40
"""Puts the times of one agent apart from those of the next."""


@dataclass(frozen=True)
class Attempts:
    """Openings of the dropdown, in the order of agents and then of time."""

    who: Ints
    t: Ints
    reason: Ints
    length: Ints
    second: Flags
    """Whether it is the second try of an agent who was turned away."""
    stretch: Ints
    """In which of the agent's stretches of lists."""
    as_of: Ints
    """When the list shown was taken; -1 for no list."""
    division: Ints
    """Place of the division that it is of."""
    state: Ints
    """State of the list shown, a row of the catalogue; -1 for no list."""
    frozen: Flags
    """Whether the dropdown did not respond, as the token was dead."""
    locked: Flags
    code: Ints
    """The code found under the wanted name; -1 where none is, or where nobody could look."""
    turned_away: Flags
    """Locked, or warned off, while an override is due."""
    again: Flags
    """Turned away, and to try once more."""
    due: Ints
    """When the agent wanted to open it; later than that where the list had to be waited for."""
    given_up: GivenUp

    @property
    def lost(self) -> Flags:
        """Whether the wanted reason was not listed."""
        return np.asarray(~self.locked & (self.code < 0))

    @property
    def submitted(self) -> Flags:
        """Whether a code was submitted."""
        return np.asarray(~self.turned_away & (self.code >= 0))


class GivenUp(NamedTuple):
    """Tries given up as no list had come."""

    who: Ints
    t: Ints
    reason: Ints


APPLIED, IGNORED, TOO_MANY = (
    JUDGEMENTS.index(word) for word in ("applied", "ignored", "too_many_requests")
)
LOST = len(JUDGEMENTS)
"""What a submission comes to that the network loses each time."""


class Tries(NamedTuple):
    """Requests to submit: the agents, and when they left."""

    who: Ints
    left: Ints


@dataclass(frozen=True)
class Submissions:
    """Submissions in the order in which they were sent."""

    attempt: Ints
    """Row in ``Attempts``."""
    who: Ints
    code: Ints
    left: Ints
    sent_last: Ints
    """When the last of its tries left, of which there is one unless the network loses some."""
    arrival: Ints
    """When the last of its tries arrived; of one that never did, when that left."""
    reply: Ints
    judgement: Ints
    """What it came to: a place in ``JUDGEMENTS``, or LOST; and a place in ``replies``."""
    told: Flags
    """Whether the page that sent it was still there for the reply."""
    success: Flags
    """Whether the widget took it for a success."""
    returns: Ints
    """When the agent goes back to work after it; NEVER where nothing comes of that."""
    lost_tries: Tries
    """The tries that the network lost."""
    replies: tuple[tuple[int, str], ...]
    """HTTP status and error code that each judgement is answered with."""

    @cached_property
    def believed(self) -> Ints:
        """Rows of the successes that agents are told of, in the order in which they are told."""
        rows = np.nonzero(self.told & self.success)[0]
        return rows[in_reply_order(self.who[rows], self.arrival[rows], self.reply[rows])]

    @property
    def written(self) -> Flags:
        """Whether it changed the agent's status."""
        return np.asarray(self.judgement == APPLIED)

    @cached_property
    def tries(self) -> Tries:
        """All requests to submit, in no order."""
        there = self.judgement != LOST
        arrived = Tries(self.who[there], self.sent_last[there])
        return Tries(*map(np.concatenate, zip(arrived, self.lost_tries, strict=True)))


def attempts(settings: Settings, days: Days, lists: Lists, catalogue: ListTables) -> Attempts:
    """Give all openings of the dropdown, second tries included, and what was found in the list."""
    guard = Guard(settings, days)

    def made(who: Ints, due: Ints, reason: Ints, length: Ints, second: bool) -> Attempts:
        t, until = lists.ready(who, due), waits_until(days, who, due, length)
        in_time = t < until
        given_up = GivenUp(*(each[~in_time] for each in (who, until, reason)))
        who, t, reason, length, due = (a[in_time] for a in (who, t, reason, length, due))
        until = guard.until(who, t)
        shown = lists.shown(who, t)
        state = catalogue.state(shown.division, shown.as_of)
        frozen = lists.frozen(who, shown.stretch, t)
        guarded = (until > 0) & ~frozen
        locked = guarded if guard.kind == "lock" else np.zeros(len(who), bool)
        code = np.where(locked | frozen, -1, catalogue.picks[state, reason])
        turned_away = locked | (guarded & (code >= 0))
        may = settings.widget.retry_after_lock and not second
        again = turned_away & (until < days.end[who]) if may else np.zeros(len(who), bool)
        twice = np.full(len(who), second)
        return Attempts(
            *(who, t, reason, length, twice, *shown, state),
            *(frozen, locked, code, turned_away, again, due, given_up),
        )

    first = made(days.who, days.t, days.reason, days.length, second=False)
    if not first.again.any():
        return first
    who, reason, length = (a[first.again] for a in (first.who, first.reason, first.length))
    second = made(who, guard.until(who, first.t[first.again]), reason, length, second=True)
    joined = {
        field.name: np.concatenate((getattr(first, field.name), getattr(second, field.name)))
        for field in fields(Attempts)
        if field.name != "given_up"
    }
    # What had to wait for the list goes first, in the order in which it came up; a second try was
    # planned before any later intention came up, so at one moment it comes before that.
    order = np.lexsort((~joined["second"], joined["due"], joined["t"], joined["who"]))
    lost = zip(first.given_up, second.given_up, strict=True)
    return Attempts(
        **{name: column[order] for name, column in joined.items()},
        given_up=GivenUp(*map(np.concatenate, lost)),
    )


def waits_until(days: Days, who: Ints, due: Ints, length: Ints) -> Ints:
    """Give when agents give up who wait for a list: ``intentions.waits_until`` for columns."""
    return np.asarray(np.minimum(due + length, days.end[who]))


def submissions(
    settings: Settings, days: Days, lists: Lists, catalogue: ListTables, made: Attempts
) -> Submissions:
    """Give what became of the codes that were submitted."""
    platform, widget = settings.platform, settings.widget
    row = np.nonzero(made.submitted)[0]
    who, code, left = made.who[row], made.code[row], made.t[row]
    delays = lists.of_submissions
    sent_last, lost_tries = _tried(days, delays, who, left, widget.retry_attempts)
    up, down = delays.of(who, sent_last)
    failed = days.offline(who, sent_last)
    arrival, reply = sent_last + np.where(failed, 0, up), sent_last + up + down
    alive = np.ones(len(row), bool)
    if days.dead_from is not None:
        page = np.count_nonzero(days.loads[who] <= sent_last[:, None], axis=1) - 1
        alive = arrival < days.dead_from[who, page]
    if tokens_overlap(settings):
        page = np.count_nonzero(days.loads[who] <= sent_last[:, None], axis=1) - 1
        renewals = Renewals(settings, days)
        alive &= arrival < renewals.dies(who, days.loads[who, page], sent_last)
    judged_by = days.division(who, arrival - platform.permission_lag_ms)
    state = catalogue.usable_state(judged_by, arrival)
    usable = catalogue.usable[state, code]
    dropped = np.zeros(len(row), bool)
    if settings.routing.ignore_manual == "drop" and not widget.force:
        dropped = in_campaign(settings.campaign_ms, arrival)
    judgement = np.where(failed, LOST, _judged(settings, alive, usable, dropped))
    # The limit is looked at first.
    judgement[~lists.admits_submissions(who, arrival, left)] = TOO_MANY
    told = reply <= lists.until[who, made.stretch[row]]
    success = (judgement <= IGNORED) | (widget.on_error == "swallow")
    returns = _returns(days, _Sent(who, left, arrival, reply), reply + made.length[row], success)
    return Submissions(
        *(row, who, code, left, sent_last, arrival, reply, judgement, told, success, returns),
        lost_tries,
        _replies(platform),
    )


def _tried(days: Days, delays: Delays, who: Ints, left: Ints, attempts: int) -> tuple[Ints, Tries]:
    """Give when the last try of each submission leaves, and all tries that the network loses."""
    last = left.copy()
    pending = np.nonzero(days.offline(who, left))[0] if days.offline_from.size else last[:0]
    lost_who, lost_left = [who[pending]], [last[pending]]
    for attempt in range(attempts):
        if not len(pending):
            break
        up, down = delays.of(who[pending], last[pending])
        last[pending] += up + down + retry_wait(attempt)
        pending = pending[days.offline(who[pending], last[pending])]
        lost_who.append(who[pending])
        lost_left.append(last[pending])
    return last, Tries(np.concatenate(lost_who), np.concatenate(lost_left))


def _judged(settings: Settings, alive: Flags, usable: Flags, dropped: Flags) -> Ints:
    """Judge submissions: each case by the rule, once."""
    may_write = oauth.WRITE_SCOPE in settings.application.scopes
    cases = [
        JUDGEMENTS.index(judge_submission(lives, may_write, may_use, drops))
        for lives, may_use, drops in product((False, True), repeat=3)
    ]
    table = np.array(cases).reshape(2, 2, 2)
    return np.asarray(table[alive * 1, usable * 1, dropped * 1])


def _replies(platform: PlatformSettings) -> tuple[tuple[int, str], ...]:
    refusals = [getattr(platform, name) for name in JUDGEMENTS[IGNORED + 1 :]]
    told = ((refusal.status, refusal.code) for refusal in refusals)
    return (OK, ""), (OK, ""), *told, (NETWORK_FAILURE, lost(0).code)


def in_reply_order(who: Ints, arrival: Ints, reply: Ints) -> Ints:
    """Give the order in which replies come: of two in one millisecond, as requests had arrived."""
    key = who * _APART + reply
    order = np.argsort(key, kind="stable")  # fast, as rows are nearly in this order
    told = key[order]
    return np.lexsort((arrival, key)) if (told[1:] == told[:-1]).any() else order


class _Sent(NamedTuple):
    """Submissions in the order in which they were sent."""

    who: Ints
    left: Ints
    arrival: Ints
    reply: Ints


def _returns(days: Days, sent: _Sent, due: Ints, success: Flags) -> Ints:
    """Give when agents go back to work, NEVER where they do not: ``intentions.comes_back``."""
    told = [intentions.comes_back(*case) for case in product((False, True), repeat=2)]
    back, later = (
        np.array([each == when for each in told]).reshape(2, 2) for when in ("now", "later")
    )
    order = in_reply_order(sent.who, sent.arrival, sent.reply)
    taken = order[success[order]]
    who, at = sent.who[taken], due[taken]
    next_taken = np.full(len(taken), NEVER)
    same = who[1:] == who[:-1]
    next_taken[:-1][same] = sent.reply[taken][1:][same]
    last_reply = _latest(sent.who, sent.reply)
    asked = sent.who * _APART + sent.left
    waiting, returns = np.arange(len(taken)), np.full(len(taken), NEVER)
    while len(waiting):
        agents, now = who[waiting], at[waiting]
        within = now < days.end[agents]
        waiting, agents, now = waiting[within], agents[within], now[within]
        place = np.searchsorted(asked, agents * _APART + now) - 1
        known = np.where(place >= 0, last_reply[place], 0)
        mine = (place >= 0) & (sent.who[place] == agents)
        awaits = (mine & (known > now)) * 1
        moved_on = (next_taken[waiting] <= now) * 1
        goes, waits = back[moved_on, awaits], later[moved_on, awaits]
        returns[waiting[goes]] = now[goes]
        at[waiting[waits]] = known[waits]
        waiting = waiting[waits]
    found = np.full(len(due), NEVER)
    found[taken] = returns
    return found


def _latest(who: Ints, reply: Ints) -> Ints:
    """Give, row by row, the latest reply that an agent's submissions get up to this one."""
    return np.maximum.accumulate(who * _APART + reply) - who * _APART

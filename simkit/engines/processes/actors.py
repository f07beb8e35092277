"""Who moves the world: the agent, WFM, the routing sweep, transfers and the tab."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simpy import Event

from simkit.base.steps import NEVER
from simkit.engines.processes.environment import SEATS, Alarm, Process
from simkit.engines.processes.widget import Browser, Page
from simkit.rules import intentions, schedule
from simkit.rules.replies import NETWORK_FAILURE, OK, retry_wait
from simkit.rules.schedule import AVAILABLE, status
from simkit.runs.events import (
    CameOnline,
    DropdownOpened,
    DropdownState,
    ErrorShown,
    IntentionLost,
    LoggedIn,
    LossReason,
    PermissionsChanged,
    Reloaded,
    ReturnedToWork,
    Submitted,
    SuccessShown,
    TabHidden,
    TabShown,
    Transferred,
    TurnedAway,
    Warned,
    WentOffline,
)
from simkit.runs.log import (
    AGENT,
    INTENTION,
    PAGE,
    REPLY,
    RETURN,
    SCRIPT,
    SWEEP,
    WAITED,
    WFM,
    Identity,
)

if TYPE_CHECKING:
    from simkit.engines.processes.seat import Seat
    from simkit.rules.workload import Intention


@dataclass(slots=True, eq=False)
class Try:
    """An opening of the dropdown that an agent plans for a moment."""

    intention: Intention
    due: int
    second: bool = False
    """After the agent was turned away."""
    until: int = NEVER
    """Until when the agent waits for a list; NEVER for who needs not wait."""


class Agent:
    """The person: opens the dropdown, chooses by name, believes what the widget shows."""

    def __init__(self, seat: Seat, browser: Browser) -> None:
        self.seat = seat
        self.browser = browser
        self.guard = seat.settings.widget.override_guard
        self.turn = 0
        """Counts accepted choices: a later one means that the agent has moved on."""
        self.awaited = 0
        """How many choices are sent and not yet answered."""
        self.postponed: Callable[[Event], None] | None = None
        """A return to work that waits for the replies to these."""
        self.waiting: list[Try] = []
        """Tries that wait for a list, in the order in which they came up."""

    def work(self) -> None:
        """Act on each intention of the workload when its time comes."""
        self.browser.when_answered = self._go_on
        for intention in self.seat.day.intentions:
            self._plan(Try(intention, intention.t), INTENTION, intention.t)

    def _plan(self, planned: Try, rank: int, t: int) -> None:
        self.seat.call_at(t, rank, lambda _: self._attempt(planned))

    def _attempt(self, planned: Try) -> None:
        """Open the dropdown and choose the wanted reason, if the widget lets the agent."""
        seat, page = self.seat, self.browser.page
        assert page is not None
        if planned.until <= seat.env.now:
            self._give_up(planned)
            return
        if not page.answered:
            self._wait(planned)
            return
        intention, second = planned.intention, planned.second
        if not seat.undying:
            page.sync(seat.env.now)  # polls may be acts, and acts keep the token alive
        if page.frozen:
            opened = self._open(intention, page, "frozen")
            self._lose(intention, "frozen", page.troubled_by)
            self._meet_dead_widget(opened)
            return
        guarded = 0 if self.guard == "none" else self._guarded_until()
        if guarded and self.guard == "lock":
            opened = self._open(intention, page, "locked")
            self._turn_away(intention, opened, guarded, second)
            return
        opened = self._open(intention, page, "list")
        code = seat.platform.directory.wanted(page.mask, intention.reason, intention.code_id)
        if code is None:
            self._lose(intention, "not listed", page.listed_by)
        elif guarded:
            warned = seat.record(AGENT, Warned(code), opened)
            self._turn_away(intention, warned, guarded, second)
        else:
            seat.env.start_last(self.submitting(page, code, intention, opened))

    def _wait(self, planned: Try) -> None:
        """Wait for the page's first answer, or that of the next page, but not for ever."""
        self.waiting.append(planned)
        if planned.until == NEVER:
            end, length = self.seat.day.end, planned.intention.length
            planned.until = intentions.waits_until(planned.due, length, end)
            self.seat.call_at(planned.until, WAITED, lambda _: self._wait_no_longer(planned))

    def _wait_no_longer(self, planned: Try) -> None:
        if planned in self.waiting:
            self.waiting.remove(planned)
            self._give_up(planned)

    def _give_up(self, planned: Try) -> None:
        page = self.browser.page
        self._lose(planned.intention, "no list", page.born if page else None)

    def _go_on(self) -> None:
        """Try now what waited for this answer, in the order in which it came up."""
        waited, self.waiting = self.waiting, []
        for planned in waited:
            self._plan(planned, WAITED, self.seat.env.now)

    def _open(self, intention: Intention, page: Page, state: DropdownState) -> Identity:
        shown = page.mask.bit_count() if state == "list" else 0
        opened = self.seat.record(
            AGENT, DropdownOpened(intention.reason, state, shown), page.listed_by
        )
        if not self.seat.platform.silent:
            self.seat.extend(self.seat.env.now, opened)
            page.arm()
        return opened

    def _lose(self, intention: Intention, why: LossReason, cause: Identity | None) -> None:
        self.seat.record(AGENT, IntentionLost(intention.reason, why), cause)

    def _guarded_until(self) -> int:
        """Give when the guard against overrides ends, or 0 when it does not hold now."""
        seat, now = self.seat, self.seat.env.now
        override = self.next_override(now)
        return override if override - now <= seat.settings.widget.override_window_ms else 0

    def next_override(self, now: int) -> int:
        """Give the next time at which WFM or the routing sweep may overwrite a status."""
        seat = self.seat
        wfm = seat.settings.wfm.writes_status
        transition = schedule.next_transition(seat.day.windows, now + 1) if wfm else NEVER
        return min(transition, seat.sweep.after(now))

    def _turn_away(self, intention: Intention, cause: Identity, until: int, second: bool) -> None:
        seat = self.seat
        again = not second and seat.settings.widget.retry_after_lock and until < seat.day.end
        seat.record(AGENT, TurnedAway(intention.reason, again), cause)
        if again:
            self._plan(Try(intention, until, second=True), AGENT, until)

    def submitting(self, page: Page, code: int, intention: Intention, opened: Identity) -> Process:
        """Submit a choice, again if the network loses it, and believe what the widget shows."""
        seat, config = self.seat, self.seat.settings.widget
        asked = seat.record(AGENT, Submitted(code, config.force), opened)
        self.awaited += 1
        for attempt in range(config.retry_attempts + 1):
            reply = yield from seat.request("submit", code, config.force, asked)
            if reply.status != NETWORK_FAILURE or attempt == config.retry_attempts:
                break
            yield seat.at(seat.env.now + retry_wait(attempt), AGENT)
        self.awaited -= 1
        believed = reply.status == OK or config.on_error == "swallow"
        shown = SuccessShown if believed else ErrorShown
        if not page.gone:
            asked = seat.record(REPLY["submit"], shown(code, reply.status, reply.code), asked)
        if believed:
            self._leave_work(asked, seat.env.now + intention.length)
        elif reply.status == 401 and not page.gone:
            self._meet_dead_widget(asked)
        if self.postponed:
            again, self.postponed = self.postponed, None
            self._plan_return(seat.env.now, again)

    def _leave_work(self, cause: Identity, back: int) -> None:
        self.turn += 1
        turn = self.turn
        self._plan_return(back, lambda _: self._return(turn, cause))

    def _plan_return(self, t: int, back: Callable[[Event], None]) -> None:
        if t < self.seat.day.end:
            self.seat.call_at(t, RETURN, back)

    def _return(self, turn: int, cause: Identity) -> None:
        """Go back to work by the desktop's own button: not the widget's, and it always works."""
        when = intentions.comes_back(turn != self.turn, self.awaited > 0)
        if when == "later":
            self.postponed = lambda _: self._return(turn, cause)
        if when != "now":
            return
        seat = self.seat
        back = seat.record(AGENT, ReturnedToWork(), cause)
        if seat.account.status.value != AVAILABLE:
            seat.write_status(status(AVAILABLE), "return", back, AGENT)

    def _meet_dead_widget(self, cause: Identity) -> None:
        seat, wait = self.seat, self.seat.settings.session.relogin_after_ms
        page = self.browser.page
        if wait is None or page is None or page.login_at != NEVER:
            return
        # Nobody logs in faster than a reply comes back.
        when = seat.env.now + max(wait, page.longest + 1)
        if when < seat.day.end:
            page.login_at = when
            page.arm()
            seat.call_at(when, PAGE, lambda _: self._log_in_again(page, cause))

    def _log_in_again(self, page: Page, cause: Identity) -> None:
        if not page.gone:
            self.browser.load(LoggedIn, cause)


class Sweep:
    """The routing sweep over one agent's status."""

    def __init__(self, seat: Seat) -> None:
        self.alarm = Alarm(seat.env)
        self.every = seat.settings.routing.sweep_interval_ms
        self.spares = seat.settings.routing.ignore_manual != "no"

    def after(self, t: int) -> int:
        """Give the first sweep after a millisecond, or NEVER."""
        return schedule.next_sweep(self.every, t + 1)

    def arm(self, seat: Seat) -> None:
        """Set the alarm for the next sweep that is made as an event."""
        if not self.every:
            return
        when = seat.clock.next_sweep(seat)
        if when >= seat.day.end:
            return
        if when != self.alarm.when:
            self.alarm.set(when, SWEEP * SEATS + seat.place)

    def sweeping(self, seat: Seat) -> Process:
        """Restore campaign availability at each sweep."""
        self.arm(seat)
        while True:
            yield self.alarm.moment
            now = seat.env.now
            spared = self.spares and schedule.in_campaign(seat.platform.campaign, now)
            off = schedule.off_queue(seat.day.windows, now)
            restored = schedule.sweep_write(seat.account.status, off, spared)
            if restored is not None:
                seat.write_status(restored, "routing", seat.account.written, SWEEP)
            self.alarm.clear()
            self.arm(seat)


def scheduling(seat: Seat) -> Process:
    """WFM writes the scheduled status at each transition of the agent's schedule."""
    windows, codes = seat.day.windows, seat.platform.directory.codes
    for t in sorted({t for window in windows for t in (window.start, window.end)}):
        if not seat.day.start <= t < seat.day.end:
            continue
        yield seat.at(t, WFM)
        now = seat.account.status
        kind = codes[now.value].type if now.value >= 0 else ""
        wanted = schedule.wfm_write(now, kind, schedule.off_queue(windows, t))
        if wanted is not None:
            seat.write_status(wanted, "wfm", seat.account.written, WFM)


def transferring(seat: Seat) -> Process:
    """An administrator moves the agent, and some time later it takes effect; no widget is told."""
    for transfer in seat.day.transfers:
        yield seat.at(transfer.t, SCRIPT)
        division = seat.account.ids[transfer.division]
        seat.transferred_by = seat.record(SCRIPT, Transferred(division))
        if seat.account.lag_ms:
            seat.env.start(taking_effect(seat, division, seat.transferred_by))
        else:
            seat.permitted_by = seat.transferred_by


def taking_effect(seat: Seat, division: str, moved: Identity) -> Process:
    """What an agent may see and use follows the account, after the platform's lag."""
    when = seat.env.now + seat.account.lag_ms
    if when < seat.day.end:
        yield seat.at(when, SCRIPT)
        seat.permitted_by = seat.record(SCRIPT, PermissionsChanged(division), moved)


def hiding(seat: Seat, browser: Browser) -> Process:
    """The tab is hidden and shown again."""
    for span in seat.day.hidden:
        yield seat.at(span.start, PAGE)
        hidden = seat.record(PAGE, TabHidden())
        if browser.page:
            browser.page.hide()
        browser.hidden = True
        if span.end >= seat.day.end:
            return
        yield seat.at(span.end, PAGE)
        browser.hidden = False
        seat.record(PAGE, TabShown(), hidden)
        if browser.page:
            browser.page.resume()


def reloading(seat: Seat, browser: Browser) -> Process:
    """The agent logs in, and reloads the page when a notice asks for it."""
    yield seat.at(seat.day.start, PAGE)
    browser.load(LoggedIn, None)
    for t in seat.day.reloads:
        yield seat.at(t, PAGE)
        browser.load(Reloaded, None)


def reporting_outages(seat: Seat) -> Process:
    """Record when the agent's network fails and comes back."""
    for outage in seat.day.outages:
        yield seat.at(outage.start, SCRIPT)
        lost = seat.record(SCRIPT, WentOffline())
        if outage.end < seat.day.end:
            yield seat.at(outage.end, SCRIPT)
            seat.record(SCRIPT, CameOnline(), lost)

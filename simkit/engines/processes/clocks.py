"""When a process wakes next: at every tick of its grid, or only when there is something to notice.

Both clocks serve the same processes and the same rules; they differ in the next waking and in
nothing else. Waking in vain leaves no record, so a clock that is in doubt wakes.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from simkit.base.steps import NEVER, Steps
from simkit.rules.cache import on_grid
from simkit.rules.replies import OK
from simkit.rules.schedule import AVAILABLE

if TYPE_CHECKING:
    from simkit.engines.processes.seat import Seat
    from simkit.engines.processes.widget import Page


class Tick:
    """The reference: every poll and every sweep is an event."""

    name = "tick"

    def next_poll(self, page: Page) -> int:
        """Give the time of the next poll that is made as an event."""
        return page.hold or page.due

    def next_sweep(self, seat: Seat) -> int:
        """Give the time of the next routing sweep that is made as an event."""
        return seat.sweep.after(seat.env.now)

    def sleeps_on(self, page: Page) -> bool:
        """Say whether a poll that is due now need not be made as an event after all."""
        return False


class Skip(Tick):
    """Sleeps over polls and sweeps that cannot change anything."""

    name = "skip"

    def next_sweep(self, seat: Seat) -> int:
        """Give the next sweep if there is a status that it might restore, else NEVER."""
        if seat.account.status.value == AVAILABLE:
            return NEVER
        return super().next_sweep(seat)

    def next_poll(self, page: Page) -> int:
        """Give the first poll from now on whose outcome may differ from the last one's."""
        if page.hold or not page.settled:
            return super().next_poll(page)
        return max(page.due, self.waking(page))

    def waking(self, page: Page) -> int:
        """Give the first poll before which something may have changed.

        Changes are told apart by which polls can notice them: any poll, or only those that ask
        the platform for the list.
        """
        last = page.last
        assert last is not None
        noticed, listed = self.next_division(page), NEVER
        contact = self.next_outage_edge(page)
        if last.status in (OK, 400, 403, 404):
            contact = min(contact, self.token_death(page))
            noticed = min(noticed, self.next_version(page))
        if last.status == OK:
            listed = self.next_list(page)
        if page.reads_config:
            noticed = min(noticed, contact)
        else:
            listed = min(listed, contact)
        waking = min(self.before(page, noticed), self.next_answer(page, listed))
        if page.life or page.reads_config:
            interrupted = self.next_interruption(page) - page.longest
            waking = min(waking, on_grid(page.origin, page.every, interrupted))
        if last.status == OK and page.shown_version != last.version:
            waking = min(waking, page.first_fetch())
        return waking

    def before(self, page: Page, change: int) -> int:
        """Give the first poll of which a request may arrive at or after a change."""
        return on_grid(page.origin, page.every, change - page.reach)

    def next_answer(self, page: Page, change: int) -> int:
        """Give the first poll whose list may come from the platform at or after a change."""
        if page.answered_by_browser:
            return on_grid(page.first_fetch(), page.fetch_every, change - page.reach)
        return self.before(page, change)

    def next_outage_edge(self, page: Page) -> int:
        """Give the next begin or end of an outage after the last poll that reached the wire."""
        entry = page.browser.entry
        silent = page.answered_by_browser and not page.reads_config
        return page.seat.offline.next_change(entry.stamped if silent and entry else page.left)

    def token_death(self, page: Page) -> int:
        """Give the time at which the token dies unless something renews it."""
        return NEVER if page.seat.undying else page.seat.token_expires()

    def next_version(self, page: Page) -> int:
        """Give the next version after the one last read, when the version is read at each poll."""
        if not page.reads_config:
            return NEVER
        return page.seat.platform.directory.version.next_change(page.config_as_of)

    def next_division(self, page: Page) -> int:
        """Give when the next transfer takes effect, if the division is read at each request."""
        if not page.divides_per_request:
            return NEVER
        return page.seat.account.next_judged_by(page.left)

    def next_interruption(self, page: Page) -> int:
        """Give the next page load or renewal that a poll of two requests, or a fetch, straddles."""
        reloads = page.seat.day.reloads
        i = bisect_right(reloads, page.left)
        load = min(page.login_at, reloads[i] if i < len(reloads) else NEVER)
        # A renewal may bring another division, or another token, while an answer is on its way.
        seat = page.seat
        straddled = seat.day.transfers or (page.reads_config and not seat.undying)
        return min(load, page.next_renewal if straddled else NEVER)

    def next_list(self, page: Page) -> int:
        """Give the next change of the list asked for, after the last answer."""
        assert page.last is not None
        listing = page.seat.platform.listing(page.last.division)
        return listing.next_change(page.last.as_of) if isinstance(listing, Steps) else NEVER


class Coupled(Skip):
    """For worlds in which a rate limit may bind: ticks, save where a refusal is certain.

    Polls that surely arrive before an exhausted window ends are refused. Of a widget that was
    refused before, they change nothing, for anybody, and are slept over. All else is an event.
    """

    name = "coupled"

    def next_sweep(self, seat: Seat) -> int:
        """Give the time of the next routing sweep: nothing is slept over."""
        return seat.sweep.after(seat.env.now)

    def next_poll(self, page: Page) -> int:
        """Give the next poll, or after a refusal the first that may arrive in a new window."""
        last = page.last
        if page.hold or last is None or last.status != 429:
            return page.hold or page.due
        until = page.refused_until
        if page.seat.day.outages:
            until = min(until, self.next_outage_edge(page))
        if page.divides_per_request:
            until = min(until, self.next_division(page))
        return max(page.due, self.before(page, until))

    def sleeps_on(self, page: Page) -> bool:
        """Say whether a poll due now is sure to be refused as the one before it was."""
        last, seat = page.last, page.seat
        if last is None or last.status != 429:
            return False
        if page.divides_per_request or seat.day.outages:
            return False
        now = seat.env.now
        window = seat.platform.shared_window or seat.window
        wait = window.exhausted_for(now) if window else 0
        page.refused_until = now + wait
        if wait <= page.reach:
            return False
        if page.hold or page.config.honour_retry_after:
            page.be_refused(now, now + wait)
        return True


CLOCKS: dict[str, Tick] = {"tick": Tick(), "skip": Skip(), "coupled": Coupled()}

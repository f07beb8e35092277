"""Who listens to a ticking run: each message as the processes themselves send and take it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from typing import Any
from unittest.mock import patch

from simkit.base.steps import NEVER
from simkit.engines.processes.platform import Platform
from simkit.engines.processes.seat import Seat
from simkit.engines.processes.widget import Page
from simkit.rules.cache import Question
from simkit.rules.replies import NETWORK_FAILURE, OK, Reply
from simkit.runs.messages import Message


@dataclass
class Heard:
    """A message that was overheard, with what became of it as far as that is known."""

    agent: str
    leaves: int
    arrives: int
    back: int
    kind: str
    status: int
    mask: int
    division: str
    fate: str


class Listener:
    """Hears every poll and choice of the runs that are made meanwhile, and changes nothing."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.judged: tuple[int, list[str]] | None = None
        """When the platform judged a request just now, and the kinds of what it recorded."""
        self.receives = False

    def messages(self) -> Counter[tuple[Any, ...]]:
        """Give what was heard, each as a tuple."""
        return Counter(map(astuple, self.heard))


def as_heard(agent: str, message: Message) -> tuple[Any, ...]:
    """Give a message as the listener hears it."""
    m = message
    return agent, m.leaves, m.arrives, m.back, m.kind, m.status, m.mask, m.division, m.fate


@contextmanager
def listening() -> Iterator[Listener]:
    """Listen to all runs that are made inside."""
    ear = Listener()
    with (
        patch.object(Platform, "judge", _judge(ear)),
        patch.object(Seat, "request", _request(ear)),
        patch.object(Page, "read_version", _read_version(ear)),
        patch.object(Page, "fail", _fail(ear)),
        patch.object(Page, "receive", _receive(ear)),
        patch.object(Page, "show", _show(ear)),
    ):
        yield ear


def _judge(ear: Listener, original: Any = Platform.judge) -> Any:
    def judge(self: Platform, seat: Seat, *asked: Any) -> Reply:
        before = len(seat.records)
        reply: Reply = original(self, seat, *asked)
        ear.judged = seat.env.now, [record.kind for record in seat.records[before:]]
        return reply

    return judge


def _request(ear: Listener, original: Any = Seat.request) -> Any:
    def request(self: Seat, kind: str, *asked: Any, poll: int | None = None) -> Any:
        left, arrives, recorded = self.env.now, NEVER, list[str]()
        steps = original(self, kind, *asked, poll=poll)
        while True:
            ear.judged = None
            try:
                turn = next(steps)
            except StopIteration as ended:
                reply = ended.value
                break
            if ear.judged:
                arrives, recorded = ear.judged
            yield turn
        division = str(asked[0]) if kind == "list" else ""
        mask, fate = reply.mask, "lost" if reply.status == NETWORK_FAILURE else "unread"
        if kind == "submit":
            mask = 1 << asked[0]
            made = {"status": "applied", "ignored": "ignored"}
            # Quiet renewals that come before it are told with it.
            told = [made[each] for each in recorded if each in made]
            fate = fate if fate == "lost" else "".join(told) or "refused"
        times = left, arrives, self.env.now
        ear.heard.append(Heard(self.agent, *times, kind, reply.status, mask, division, fate))
        return reply

    return request


def _read_version(ear: Listener, original: Any = Page.read_version) -> Any:
    def read_version(self: Page, reply: Reply) -> None:
        ear.heard[-1].fate = "taken"
        original(self, reply)

    return read_version


def _fail(ear: Listener, original: Any = Page.fail) -> Any:
    def fail(self: Page, reply: Reply, first_leg: bool) -> None:
        if reply.status != NETWORK_FAILURE:
            ear.heard[-1].fate = "refused"
        original(self, reply, first_leg)

    return fail


def _receive(ear: Listener, original: Any = Page.receive) -> Any:
    def receive(self: Page, reply: Reply, question: Question, left: int, read_config: bool) -> None:
        heard, kept, asks = ear.heard[-1], self.browser.entry, self.division
        ear.receives = True
        original(self, reply, question, left, read_config)
        ear.receives = False
        if reply.status == OK and question.division != asks:
            heard.fate = "outdated"
        elif reply.status == OK:
            heard.fate = "thrown away" if self.browser.entry is kept else "taken"
        elif reply.status != NETWORK_FAILURE:
            heard.fate = "refused"

    return receive


def _show(ear: Listener, original: Any = Page.show) -> Any:
    def show(self: Page, reply: Reply) -> None:
        if not ear.receives:  # from the browser's cache
            now, answer = self.seat.env.now, (OK, reply.mask, reply.division, "from cache")
            ear.heard.append(Heard(self.seat.agent, now, NEVER, now, "list", *answer))
        original(self, reply)

    return show

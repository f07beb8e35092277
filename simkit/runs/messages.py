"""Messages between an agent's desktop and the platform: what was asked, answered, and made of it.

The log holds what changed. Nearly all polls change nothing and leave no record; their times follow
from when they left and from the addressed draws of the wire. Here they are spelled out, each as a
ticking run sends it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from operator import itemgetter
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from simkit.base.randomness import draw, key
from simkit.base.steps import NEVER
from simkit.rules.replies import NETWORK_FAILURE, OK, Reply, retry_wait
from simkit.rules.wire import Wire
from simkit.runs.events import (
    PAGE_LOADS,
    DivisionRead,
    ErrorShown,
    SubmissionIgnored,
    Submitted,
    SuccessShown,
)
from simkit.runs.log import REPLY, TIMER_POLL, of_kind

if TYPE_CHECKING:
    from simkit.runs.history import History

MessageKind = Literal["config", "list", "renew", "submit"]
Fate = Literal[
    "lost",
    "refused",
    "unread",
    "outdated",
    "thrown away",
    "taken",
    "from cache",
    "applied",
    "ignored",
]
"""What becomes of a message.

``lost`` on the network; ``refused`` by the platform; ``unread``, as the page that asked is gone;
``outdated``, as the page by now asks for another division; ``thrown away``, as a list that is kept
still holds; ``taken``: a list, a version, a token; ``from cache``: answered by the browser, before
it reached the wire; of a choice ``applied``, or ``ignored`` with an answer that says 200.
"""
Shown = Literal["", "success", "error"]


class Message(NamedTuple):
    """A request and its reply. Times are ms of the run, in the order of the fields."""

    leaves: int
    arrives: int
    """When the platform judges it; ``NEVER`` where it does not get there."""
    back: int
    """When the browser knows: what it was told, or that nothing will come."""
    kind: MessageKind
    poll: int
    """When the poll left that it is a part of; of others, when it left itself."""
    status: int
    """HTTP status of the reply; 0 where there is none."""
    code: str
    """The platform's error code."""
    mask: int
    """The codes in the reply, or the one that is chosen: bit i for code i."""
    division: str
    """Id of the division whose list is asked for; of other messages empty."""
    version: int
    """Version of the list or of the configuration; -1 where there is none."""
    fate: Fate
    shown: Shown = ""
    """What the desk said of a choice once this reply had come."""


def messages(history: History, agent: str) -> list[Message]:
    """Give all messages of an agent in the order in which they left."""
    return sorted(_Messages(history, agent).all())


class _Messages:
    """Puts together what a run kept of the messages of one agent."""

    def __init__(self, history: History, agent: str) -> None:
        self.history = history
        self.records = history.records(agent)
        self.wire = Wire(history.settings.wire)
        self.addresses = {kind: key(history.seed, kind, agent) for kind in get_args(MessageKind)}
        self.departed: dict[str, list[tuple[int, Reply]]] = {
            kind: [] for kind in get_args(MessageKind)
        }
        for kind, first, every, n, reply in history.departures[agent]:
            self.departed[kind] += [(first + i * every, reply) for i in range(n)]
        self.polls = {
            first + i * every for first, every, n in history.polls[agent] for i in range(n)
        }
        self.taken = {
            first + i * every for first, every, n, _ in history.snapshots[agent] for i in range(n)
        }
        self.loads = [r.t for r in self.records if isinstance(r.data, PAGE_LOADS)]
        self.asked = [r for r in self.records if isinstance(r.data, (*PAGE_LOADS, DivisionRead))]

    def all(self) -> Iterator[Message]:
        """Give the messages, kind by kind."""
        configs = {left: self.sent("config", left, left, r) for left, r in self.departed["config"]}
        for left, message in configs.items():
            version = self.history.directory.version
            known = version.at(message.arrives) if message.status == OK else -1
            configs[left] = message._replace(version=known)
        yield from configs.values()
        yield from self.lists(configs)
        for left, reply in self.departed["renew"]:
            yield self.sent("renew", left, left, Reply(reply.status, reply.code))
        yield from self.choices()

    def lists(self, configs: dict[int, Message]) -> Iterator[Message]:
        """Give the requests for a list, and those that the browser's own cache answered."""
        asked = dict(self.departed["list"])
        kept = Reply(OK)
        for poll in sorted(asked.keys() | self.polls):
            config = configs.get(poll)
            leaves = config.back if config else poll
            if poll in asked:
                question = self.division(leaves, TIMER_POLL)
                message = self.sent("list", leaves, poll, asked[poll], question)
                if message.fate == "taken":
                    kept = asked[poll]
                yield message
            elif config is None or config.fate == "taken":
                yield self.from_cache(leaves, poll, kept)

    def sent(
        self, kind: MessageKind, leaves: int, poll: int, reply: Reply, division: str = ""
    ) -> Message:
        """Give a message that went out on the wire; of a list, the division that it asked for."""
        up, down = self.wire.delays(draw(self.addresses[kind], leaves))
        lost = reply.status == NETWORK_FAILURE
        message = Message(
            leaves,
            NEVER if lost else leaves + up,
            leaves + up + down,
            kind,
            poll,
            reply.status,
            reply.code,
            reply.mask,
            division,
            reply.version,
            "taken",
        )
        return message._replace(fate=self.fate(message))

    def fate(self, message: Message) -> Fate:
        """Say what becomes of the reply to a message, whatever it asked for."""
        if message.status == NETWORK_FAILURE:
            return "lost"
        if message.kind != "submit" and self.loaded_within(message.poll, message.back):
            return "unread"
        if message.status != OK:
            return "refused"
        if message.kind != "list" or message.poll in self.taken:
            return "taken"
        asks = self.division(message.back, REPLY["list"] - 1)
        return "thrown away" if message.division == asks else "outdated"

    def loaded_within(self, left: int, back: int) -> bool:
        """Say whether another page took the place of the one that asked, before the reply."""
        i = bisect_right(self.loads, left)
        return i < len(self.loads) and self.loads[i] < back

    def division(self, t: int, rank: int) -> str:
        """Give the id of the division that the page asks for once a rank of a moment is over."""
        i = bisect_right(self.asked, (t, rank), key=lambda record: (record.t, record.rank))
        read = self.asked[i - 1].data
        assert isinstance(read, (*PAGE_LOADS, DivisionRead))
        return read.division

    @staticmethod
    def from_cache(leaves: int, poll: int, kept: Reply) -> Message:
        """Give a request for a list that turned round in the browser."""
        answer = kept.status, "", kept.mask, kept.division, kept.version
        return Message(leaves, NEVER, leaves, "list", poll, *answer, "from cache")

    def choices(self) -> Iterator[Message]:
        """Give each attempt to set a reason, with what came of it and what the desk said."""
        chosen: dict[int, list[tuple[int, int]]] = {}
        for record, event in of_kind(self.records, Submitted):
            chosen.setdefault(record.t, []).append((event.code, 0))
        ignored = {record.t for record, _ in of_kind(self.records, SubmissionIgnored)}
        shown: dict[tuple[int, int, int], Shown] = {}
        for record, said in of_kind(self.records, SuccessShown):
            shown[record.t, said.code, said.status] = "success"
        for record, told in of_kind(self.records, ErrorShown):
            shown[record.t, told.code, told.status] = "error"
        for left, reply in sorted(self.departed["submit"], key=itemgetter(0)):
            code, attempt = chosen[left].pop(0)
            message = self.sent("submit", left, left, reply)
            if message.fate == "lost":
                again = message.back + retry_wait(attempt)
                chosen.setdefault(again, []).append((code, attempt + 1))
            elif message.status == OK:
                fate: Fate = "ignored" if message.arrives in ignored else "applied"
                message = message._replace(fate=fate)
            desk = shown.get((message.back, code, message.status), "")
            yield message._replace(mask=1 << code, shown=desk)

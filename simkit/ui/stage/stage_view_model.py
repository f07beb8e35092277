"""What the stage is told of one agent's day: messages, what is worth stopping at, the token."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from simkit.base.formatting import name
from simkit.base.language import tr, tr_noop, trn
from simkit.base.steps import NEVER
from simkit.rules.replies import OK
from simkit.runs.events import (
    PAGE_LOADS,
    CameOnline,
    CodeEdited,
    DropdownOpened,
    IntentionLost,
    LoggedIn,
    PermissionsChanged,
    Reloaded,
    ReturnedToWork,
    StatusWritten,
    TabHidden,
    TabShown,
    TokenRenewed,
    Transferred,
    TurnedAway,
    Warned,
    WentOffline,
)
from simkit.runs.history import History
from simkit.runs.list_causes import life_of_lists
from simkit.runs.log import ARRIVAL, REPLY, Record
from simkit.runs.messages import Fate, Message, Shown
from simkit.ui.lab.agent_view import AgentView, bits
from simkit.ui.lab.sentences import status_name
from simkit.ui.stage import told

ACTORS: dict[type, told.Actor] = {
    LoggedIn: "page",
    Reloaded: "page",
    TabHidden: "page",
    TabShown: "page",
    WentOffline: "network",
    CameOnline: "network",
    CodeEdited: "admin",
    Transferred: "admin",
    PermissionsChanged: "admin",
    DropdownOpened: "agent",
    IntentionLost: "agent",
    TurnedAway: "agent",
    Warned: "agent",
    ReturnedToWork: "agent",
}
"""Who acts, by the kind of record. What a message leads to is told with the message."""
WRITERS: dict[str, told.Actor] = {"wfm": "wfm", "routing": "routing"}


_REFUSED = tr_noop("refused")
_OF_CHOICES: dict[Fate, str] = {
    "applied": tr_noop("done"),
    "ignored": tr_noop("nothing was changed"),
    "lost": tr_noop("never arrived"),
}
"""What becomes of a choice; any other is refused."""
_SAID: dict[Shown, str] = {
    "": "",
    "success": tr_noop("the desk says: done"),
    "error": tr_noop("the desk says so"),
}
_ENDS: dict[Fate, str] = {
    "lost": tr_noop("never arrived"),
    "refused": tr_noop("refused, and nobody is told"),
    "unread": tr_noop("the page that asked is gone"),
    "outdated": tr_noop("thrown away: the page asks for another division now"),
    "thrown away": tr_noop("thrown away: the page keeps its list"),
    "taken": tr_noop("taken"),
    "from cache": tr_noop("the browser answers by itself"),
}
"""What becomes of other messages; a list that is taken is kept."""


def stage_of(view: AgentView, agent: str, records: Sequence[Record]) -> told.Stage:
    """Give what the stage shows of an agent's day; ``records`` are those that the day tells of."""
    return _Stage(view, agent, records).stage()


class _Stage:
    """Reads one agent's day for the stage."""

    def __init__(self, view: AgentView, agent: str, records: Sequence[Record]) -> None:
        self.view, self.agent, self.records = view, agent, records
        self.history: History = view.run.history_of(agent)
        self.settings = self.history.settings
        self.messages = self.history.messages(agent)
        self.belief, self.truth = self.history.belief(agent), self.history.truth(agent)
        self.divisions = self.settings.organisation.division_by_id
        self.looks: list[told.MessageLook] = []
        self.places: dict[tuple[object, ...], int] = {}

    def stage(self) -> told.Stage:
        look = [self.look(message) for message in self.messages]
        return {
            "messages": {
                "looks": self.looks,
                "look": look,
                "leaves": [m.leaves for m in self.messages],
                "up": [-1 if m.arrives == NEVER else m.arrives - m.leaves for m in self.messages],
                "total": [m.back - m.leaves for m in self.messages],
            },
            "beats": list(self.beats(look)),
            "tokens": list(self.tokens()),
            "token_life": self.settings.platform.token_life_ms,
            "list_life": life_of_lists(self.history),
        }

    # Messages in words.

    def look(self, message: Message) -> int:
        """Give the place of what is the same of all messages that look like this one."""
        wrong = self.is_wrong(message)
        key = (*message[3:4], *message[5:], wrong)
        if key not in self.places:
            self.places[key] = len(self.looks)
            self.looks.append(
                {
                    "kind": message.kind,
                    "status": message.status,
                    "fate": message.fate,
                    "shown": message.shown,
                    "asks": self.asks(message),
                    "answers": self.answers(message),
                    "chip": self.chip(message),
                    "ends": self.ends(message),
                    "wrong": wrong,
                }
            )
        return self.places[key]

    def asks(self, message: Message) -> str:
        """Say what a message asks for."""
        if message.kind == "submit":
            code = self.view.codes[message.mask.bit_length() - 1]
            return tr("set {reason}", reason=name(code.name))
        if message.kind != "list":
            return tr("which version?") if message.kind == "config" else tr("a new token?")
        division = self.divisions.get(message.division, message.division)
        if not division:
            return tr("reasons of nobody?")
        if self.stops_short(message, division):
            return tr("reasons of {division} alone?", division=name(division))
        return tr("reasons of {division}?", division=name(division))

    def stops_short(self, message: Message, division: str) -> bool:
        """Say whether an answer lacks what is bound above the division that it is about."""
        t = min(message.arrives, message.back)
        lacks = self.truth.usable.at(t) & self.history.wanted & ~message.mask
        right = message.status == OK and self.truth.division.at(t) == division
        return right and any(self.view.codes[code].division != division for code in bits(lacks))

    def answers(self, message: Message) -> str:
        """Say what the answer is, as the platform, or the browser's cache, gives it."""
        if message.status != OK:
            return f"{message.status} {name(message.code)}" if message.status else ""
        if message.kind == "submit":
            return tr("200, done")
        if message.kind == "renew":
            return tr("a new token")
        return self.chip(message)

    @staticmethod
    def chip(message: Message) -> str:
        """Give the answer as short as can be."""
        if message.status != OK or message.kind == "submit":
            return str(message.status or "")
        if message.kind == "renew":
            return tr("token")
        if message.kind == "config":
            return tr("version {version}", version=str(message.version))
        count = message.mask.bit_count()
        return trn("{n} reason", "{n} reasons", count) if count else tr("no reasons")

    def ends(self, message: Message) -> str:
        """Say what becomes of a message."""
        if message.kind == "submit":
            end = tr(_OF_CHOICES.get(message.fate, _REFUSED))
            said = "" if message.fate == "applied" else tr(_SAID[message.shown])
            return f"{end}; {said}" if said else end
        if message.kind == "list" and message.fate == "taken":
            return tr("kept by the page")
        return tr(_ENDS[message.fate])

    def is_wrong(self, message: Message) -> bool:
        """Say whether a message is a part of what goes wrong for the agent."""
        if message.kind != "list":
            return message.fate in ("lost", "refused", "ignored")
        if message.fate == "thrown away":
            return message.mask != self.belief.listed.at(message.back)
        if message.fate in ("taken", "from cache"):
            judged = min(message.arrives, message.back)
            return message.mask != self.truth.usable.at(judged) & self.history.wanted
        return message.fate != "unread"

    # What is worth stopping at.

    def beats(self, look: Sequence[int]) -> Iterator[told.Beat]:
        """Give messages that tell something and what people do, in order of time."""
        telling = self.telling(look)
        found = sorted([*telling, *self.acts()], key=lambda beat: (beat["t"], beat["message"]))
        told_of = {beat["message"] for beat in found}
        quiet = [
            message.leaves
            for place, message in enumerate(self.messages)
            if message.leaves == message.poll and message.kind in ("config", "list")
            if place not in told_of
        ]
        before = -1
        for beat in found:
            beat["quiet"] = max(0, bisect_left(quiet, beat["t"]) - bisect_right(quiet, before))
            before = beat["t"]
            yield beat

    def telling(self, look: Sequence[int]) -> Iterator[told.Beat]:
        """Give the messages that led to a record, or are not like those of their kind before."""
        led = self.led_to()
        last: tuple[int, int, bool] | None = None
        for place, message in enumerate(self.messages):
            times = message.back, message.arrives
            record = max(led.get((message.kind, t), -1) for t in times)
            says = message.status, message.mask, self.looks[look[place]]["wrong"]
            tells = record >= 0 or message.kind == "submit"
            if message.kind == "renew":
                tells = message.fate != "taken"
            elif message.kind == "list":
                tells, last = tells or says != last, says
            if tells:
                yield self.beat(message.leaves, place, record)

    def acts(self) -> Iterator[told.Beat]:
        """Give what somebody does; who opens a dropdown and chooses at once is told of once."""
        chosen = {message.leaves for message in self.messages if message.kind == "submit"}
        for place, record in enumerate(self.records):
            event = record.data
            actor = ACTORS.get(type(event))
            if isinstance(event, StatusWritten):
                actor = WRITERS.get(event.writer)
            if actor and not (isinstance(event, DropdownOpened) and record.t in chosen):
                yield self.beat(record.t, -1, place, actor)

    def led_to(self) -> dict[tuple[str, int], int]:
        """Give the place of the first record that a message of a kind led to, by its time."""
        ranks = {rank: kind for by_kind in (ARRIVAL, REPLY) for kind, rank in by_kind.items()}
        found: dict[tuple[str, int], int] = {}
        for place, record in enumerate(self.records):
            if record.actor == self.agent and record.rank in ranks:
                found.setdefault((ranks[record.rank], record.t), place)
        return found

    def beat(self, t: int, message: int, record: int, actor: told.Actor = "page") -> told.Beat:
        return {
            "t": t,
            "message": message,
            "record": record,
            "actor": actor,
            "short": self.short(self.records[record]) if record >= 0 else "",
            "quiet": 0,
        }

    def short(self, record: Record) -> str:
        """Say in a few words what an administrator, WFM or routing did."""
        event = record.data
        if isinstance(event, CodeEdited):
            code = name(self.view.codes[event.code].name)
            return tr("{code} on", code=code) if event.active else tr("{code} off", code=code)
        if isinstance(event, Transferred):
            return tr("moved to {division}", division=name(self.divisions[event.division]))
        if isinstance(event, PermissionsChanged):
            return tr("{division} in effect", division=name(self.divisions[event.division]))
        if isinstance(event, StatusWritten):
            return tr("wrote {status}", status=status_name(self.view, event.status))
        return ""

    # The token.

    def tokens(self) -> Iterator[told.TokenSpan]:
        """Give each token from where its life begins anew: issued, renewed, or kept by an act."""
        life, silent = self.settings.platform.token_life_ms, self.settings.silent_renewal
        begins = [(r.t, r.t) for r in self.records if isinstance(r.data, PAGE_LOADS)]
        begins += [(r.t, r.data.issued) for r in self.records if isinstance(r.data, TokenRenewed)]
        acts = [] if silent else [r.t for r in self.records if isinstance(r.data, DropdownOpened)]
        if self.settings.session.poll_counts and not silent:
            acts += [m.leaves for m in self.messages if m.kind in ("list", "config") and m.status]
        dies = -1
        for t, kind, issued in sorted(
            [(t, 0, issued) for t, issued in begins] + [(t, 1, t) for t in acts]
        ):
            if kind == 0 or t < dies:
                dies = issued + life
                yield {"start": t, "dies": dies}

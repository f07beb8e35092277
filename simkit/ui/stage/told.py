"""What the stage is told, by name: one type for each thing, all of it plain JSON.

Times are ms of the run. Every text is for people, and has been through ``name`` where it comes
from data. Places are numbers that count from 0 in another list of the same thing; -1 stands for
none.
"""

from __future__ import annotations

from typing import Literal, TypedDict

from simkit.runs.messages import Fate, MessageKind, Shown
from simkit.study.story_file import Lit

Actor = Literal["agent", "page", "network", "admin", "wfm", "routing"]
"""Who acts, where no message is what happens."""


class MessageLook(TypedDict):
    """What is the same of all messages that look alike."""

    kind: MessageKind
    status: int
    """HTTP status of the reply; 0 where there is none."""
    fate: Fate
    shown: Shown
    asks: str
    """What is asked, in words; what is chosen, for a choice."""
    answers: str
    chip: str
    """The same, as short as can be."""
    ends: str
    """What becomes of it, in words."""
    wrong: bool
    """Whether it is a part of what goes wrong."""


class Messages(TypedDict):
    """All messages of a day as columns, in the order in which they leave."""

    looks: list[MessageLook]
    look: list[int]
    """The place of each message's look."""
    leaves: list[int]
    up: list[int]
    """How long each is on its way to the platform; -1 where it does not get there."""
    total: list[int]
    """How long until the page knows."""


class Beat(TypedDict):
    """Something worth stopping at: a message that tells something, or what somebody does."""

    t: int
    message: int
    """Its place, or -1."""
    record: int
    """The place of the record that it led to, or is, among those of the day."""
    actor: Actor
    short: str
    """What is done, in a few words, for the card of whoever acts."""
    quiet: int
    """Polls since the beat before it that changed nothing."""


class TokenSpan(TypedDict):
    """A token from the moment on at which its life last began anew."""

    start: int
    dies: int


class StoryPart(TypedDict):
    """A part of a sentence."""

    text: str
    wrong: bool
    """Whether it says what goes wrong."""


class StoryQuestion(TypedDict):
    """A question that is answered before the story goes on."""

    ask: str
    options: list[str]
    """What can be chosen; empty where a number is asked for."""
    right: int
    """The place of the right option; -1 where that is a matter of judgement."""
    unit: str
    value: float | None
    """The true number."""


class StoryStep(TypedDict):
    """One idea, and the moment that shows it."""

    parts: list[StoryPart]
    t: int
    lit: list[Lit]
    preset: str
    small: str
    question: StoryQuestion | None


class Story(TypedDict):
    """What a trap does to one agent, step by step; without steps there is none to tell."""

    known: bool
    """Whether it is known by now."""
    agent: str
    steps: list[StoryStep]


class Stage(TypedDict):
    """What happens between one agent's desktop and the platform."""

    messages: Messages
    beats: list[Beat]
    tokens: list[TokenSpan]
    token_life: int
    list_life: int
    """How long an answer is kept from the departure of its poll; 0 where the next replaces it."""

"""What the lab's browser is told, by name: one type for each thing, all of it plain JSON.

``tools/typedefs.py`` writes the front end's own types out of these, so that a field that is renamed
here is missed there by the type check. Times are ms of the run. Every text is for people, and has
been through ``name`` where it comes from data. Places are numbers that count from 0 in another list
of the same thing; -1 stands for none.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, TypedDict

from simkit.runs.events import Side
from simkit.ui.lab.agent_view import DeskState, Said
from simkit.ui.lab.controls import ControlKind
from simkit.ui.stage.told import Stage, Story


class Language(TypedDict):
    """What the browser says, in the language that is spoken."""

    tag: str
    words: dict[str, Any]
    """Texts by their English; lists where they depend on a number."""


class Span(TypedDict):
    """A stretch of time, its end not within it."""

    start: int
    end: int


class Entry(TypedDict):
    """An entry of a select."""

    value: str
    text: str


def entries(pairs: Iterable[tuple[str, str]]) -> list[Entry]:
    """Give the entries of a select out of values and texts."""
    return [{"value": value, "text": text} for value, text in pairs]


# The world around an agent's day.


class ClockOffset(TypedDict):
    """What turns ms of the run into ms of the local day, from a moment on."""

    start: int
    offset: int


class DiscrepancyKind(TypedDict):
    """A kind of discrepancy; its place is that of its bit."""

    kind: str
    words: str


Lane = Literal["agent", "page", "admin", "wfm", "routing"]
"""Whose doing something is, in a picture over time."""


class LaneWords(TypedDict):
    """A row of a picture over time."""

    lane: Lane
    words: str


class DivisionNode(TypedDict):
    """A division of the tree."""

    name: str
    parent: int
    """Its place among the divisions."""
    codes: int
    """How many codes are bound to it, deactivated ones among them."""
    agents: int


class ActivityChange(TypedDict):
    """A code of a division became active, or inactive."""

    t: int
    division: int
    """The place of the code's division."""
    codes: int
    """Active codes more (1) or fewer (-1)."""


class World(TypedDict):
    """What all that is told refers to."""

    organisation: str
    zone: str
    clock: list[ClockOffset]
    kinds: list[DiscrepancyKind]
    lanes: list[LaneWords]
    divisions: list[DivisionNode]
    changes: list[ActivityChange]


# One agent's day in one run.


class Piece(TypedDict):
    """A stretch of the shift in which desk and truth stay as they are; it lasts until the next."""

    start: int
    desk: int
    """Its place among the desks."""
    truth: int
    says: int


class DeskEntry(TypedDict):
    """A code in the list that the agent sees."""

    code: int
    """The number of the code, which an act names."""
    name: str
    color: str
    type: str
    unusable: str
    """Why it cannot be used, or nothing."""


class DeskShown(TypedDict):
    """The widget as the agent sees it."""

    state: DeskState
    box: str
    """What stands in the box where nothing is chosen."""
    entries: list[DeskEntry]
    status: str
    said: Said
    detail: str
    until: str
    """When a lock ends, or nothing."""


class TruthShown(TypedDict):
    """What is true of the desk."""

    division: str
    status: str
    differs: bool
    """Whether the status is another than the agent believes."""
    hidden: list[str]
    hidden_words: str
    wrong: bool
    """Whether there is any discrepancy."""
    home: int
    """The place of the agent's division."""
    asked: int
    """The place of the division that the list was asked for."""
    visible: list[int]
    """The places of the divisions that it shows codes of."""


class StatusSpan(TypedDict):
    """A status over time."""

    start: int
    end: int
    words: str
    kind: Literal["available", "scheduled", "reason"]


class DiscrepancySpan(TypedDict):
    """Where belief and truth part, in one way and for one reason."""

    start: int
    end: int
    kind: str
    words: str
    culprit: int
    """The place of the record that made them part."""
    why: str
    rule: str
    """The rule that keeps it open, or nothing."""


class PollSpan(TypedDict):
    """Polls that leave at regular times, the first at the start."""

    start: int
    end: int
    step: int


class ExpiryMark(TypedDict):
    """When a token died."""

    t: int
    words: str


class RecordLine(TypedDict):
    """A record of the log."""

    t: int
    side: Side
    mark: str
    """The kind of marker that stands for it over time, or nothing."""
    lane: Lane
    """The row of the picture that it is marked in."""
    words: str
    cause: int
    """The place of the record that caused it."""
    rule: str
    """The rule that decided it, or nothing."""
    kind: str
    join: str
    """What joins it to its cause, in words."""


class Day(TypedDict):
    """One agent's day: the desk and the truth at every moment, statuses, discrepancies, records."""

    agent: str
    label: str
    """The short name of the run."""
    start: int
    end: int
    title: str
    shift: str
    pieces: list[Piece]
    desks: list[DeskShown]
    truths: list[TruthShown]
    says: list[str]
    belief: list[StatusSpan]
    truth: list[StatusSpan]
    discrepancies: list[DiscrepancySpan]
    locks: list[Span]
    polls: list[PollSpan]
    expiries: list[ExpiryMark]
    records: list[RecordLine]
    stops: list[int]
    """Where discrepancies begin."""


class Parting(TypedDict):
    """Where two days part."""

    t: int
    words: str


class Sides(TypedDict):
    """The runs side by side."""

    title: str
    about: str
    """What the trap is called, without its id."""
    found: str
    """What is found on the day in all of them, in one sentence."""
    sides: list[Day]
    parting: Parting | None


# All agents.


class DiscrepancyBits(TypedDict):
    """A stretch with a discrepancy, its kinds as bits."""

    start: int
    end: int
    kinds: int


class AgentLine(TypedDict):
    """An agent, and when the agent was misled."""

    id: str
    name: str
    division: str
    discrepancy_ms: int
    shift: Span
    spans: list[DiscrepancyBits]


class AgentLines(TypedDict):
    """All agents of a run, one by one."""

    title: str
    label: str
    start: int
    end: int
    agents: list[AgentLine]


class AgentSum(TypedDict):
    """An agent of thousands."""

    id: str
    name: str
    division: str
    discrepancy_ms: int
    first: int | None
    """When the first discrepancy begins."""
    kinds: int
    """Kinds of discrepancies, as bits."""


class CrowdGroup(TypedDict):
    """A row of the picture."""

    id: str
    """Its first agent."""
    agents: str
    """Which ones, in words."""


class CrowdLine(TypedDict):
    """How many agents, bin by bin."""

    kind: str
    words: str
    values: list[float]


class Crowd(TypedDict):
    """All agents of a large run: in groups, and counted."""

    title: str
    label: str
    start: int
    end: int
    first: int
    """When the first bin begins."""
    every: int
    """The length of a bin in ms."""
    limits: list[int]
    """The highest share, in %, that each shade stands for."""
    size: int
    """Agents in a group."""
    groups: list[CrowdGroup]
    shares: list[list[int]]
    """Of each group and bin, in %; below 0 where nobody is on shift."""
    lines: list[CrowdLine]
    hours: list[list[str]]
    """The cells of a table."""
    agents: list[AgentSum]


class Overview(TypedDict):
    """All agents in the runs side by side."""

    sides: list[AgentLines] | list[Crowd]


# What can be chosen, and what is.


class Lesson(TypedDict):
    """A line of what is changed, and what replications say of it."""

    kind: Literal["what", "diff", "verdict"]
    words: str
    field: str
    """The dotted name of the field that is changed, or nothing."""


class FieldControl(TypedDict):
    """A field of the settings as a control."""

    path: str
    label: str
    """The field in plain words."""
    kind: ControlKind
    description: str
    low: float | None
    high: float | None
    options: list[Any]
    option_words: list[str]
    """The options in plain words, in their order."""
    optional: bool


class SwitchEntry(TypedDict):
    """What can be shown in a story, in a word, and in more."""

    value: str
    text: str
    title: str


class Choices(TypedDict):
    """The entries of all controls, what is chosen, and the lesson of it."""

    traps: list[Entry]
    trap: str
    presets: list[Entry]
    preset: str
    also: list[Entry]
    second: str
    switch: list[SwitchEntry]
    """The trap and the fixes that the guide documents; none where there is no story."""
    agent: str
    rank: int
    organisations: list[Entry]
    organisation: str
    seed: int
    trace: bool
    live: bool
    minutes: int
    acts: int
    lesson: list[Lesson]
    fields: list[FieldControl]
    values: dict[str, Any]
    """The value of each field, by its path."""


# Numbers.


class SymptomValue(TypedDict):
    """The symptom in one run."""

    label: str
    value: float | None
    words: str


class Symptom(TypedDict):
    """The trap's own metric, run by run."""

    title: str
    what: str
    """What is measured; the values carry its unit."""
    values: list[SymptomValue]


class Numbers(TypedDict):
    """The metrics of the runs side by side."""

    heads: list[str]
    rows: list[list[str]]
    """The cells of a table."""
    caption: str
    symptom: Symptom
    verdict: str
    """What replications say."""


class Intervals(TypedDict):
    """What replications say of the numbers, all of it of means over days with other seeds."""

    words: str
    """How many days, and with which seeds; or why there are none."""
    cells: list[list[str]]
    """Beside each value of the table, row by row: a mean and its 95 % interval, or nothing."""
    ranges: list[list[float]]
    """Mean, low and high of the symptom, run by run; nothing where it does not apply."""
    story: list[str]
    """Beside each step of the story, or nothing."""


# All of it, and what comes back.


Command = Literal[
    "act",
    "agent",
    "cancel",
    "explore",
    "field",
    "live",
    "load",
    "measure",
    "minutes",
    "moment",
    "organisation",
    "preset",
    "reset",
    "save",
    "second",
    "seed",
    "step",
    "trap",
    "undo",
]
"""What a browser may ask for."""


PartName = Literal[
    "desk",
    "truth",
    "stage",
    "timeline",
    "divisions",
    "causes",
    "numbers",
    "everyone",
    "settings_form",
]
"""A part of a lab that is a widget of its own."""


class LabTold(TypedDict):
    """What the widget holds for the browser, by the names of its traits."""

    part: Literal["lab", "day"]
    language: Language
    story: Story
    step: int
    """Which step of the story is told; -1 before it begins."""
    stages: list[Stage]
    """One for each of the runs side by side."""
    explore: bool
    """Whether all controls are shown in place of the story."""
    world: World
    rules: dict[str, str]
    """The source of each deciding rule."""
    fields: dict[str, list[FieldControl]]
    sides: Sides
    choices: Choices
    agents: list[Entry]
    metrics: Numbers | None
    overview: Overview | None
    intervals: Intervals | None
    """None, as the two above, until the kernel has come to it."""
    moment: int
    snippet: str
    notes: list[str]
    error: str
    owes: bool
    told_only: bool
    """Whether there is no kernel and will be none: what is not told cannot be asked for."""
    answered: int

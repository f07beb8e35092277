"""What the architect's browser is told, by name: one type for each thing, all of it plain JSON.

``tools/typedefs.py`` writes the front end's own types out of these, so that a field that is renamed
here is missed there by the type check. Names that end in ``_ms`` are in ms and those in ``_per_s``
a second; shares go from 0 to 1. Every text is for people, and has been through ``name`` where it
comes from data.
"""

from __future__ import annotations

from typing import Literal, TypedDict

from simkit.studio.policy import Topology
from simkit.ui.architect.limits import State

# The controls.

Slid = Literal[
    "interval_ms",
    "start_jitter_ms",
    "agents",
    "edits",
    "start_spread_ms",
    "rate_limit_per_min",
    "most_stale_share",
    "most_rate_limit_peak_share",
    "most_peak_requests_per_s",
]
"""What is chosen with a slider."""


class Step(TypedDict):
    """A place of a slider."""

    value: float | None
    """In the unit of what is chosen; nothing stands for no limit."""
    text: str


class SliderControl(TypedDict):
    """A slider; what it offers follows what is chosen."""

    name: Slid
    label: str
    kind: Literal["slider"]
    steps: list[Step]


class FlagControl(TypedDict):
    """A box that is checked or not."""

    name: Literal["version"]
    label: str
    kind: Literal["flag"]


class TopologyEntry(TypedDict):
    """An entry of the select of topologies."""

    value: Topology
    text: str


class ChoiceControl(TypedDict):
    """A select."""

    name: Literal["topology"]
    label: str
    kind: Literal["choice"]
    steps: list[TopologyEntry]


Control = SliderControl | FlagControl | ChoiceControl
"""A control, by its kind."""


class ControlGroup(TypedDict):
    """Controls under one heading."""

    group: str
    """Nothing over those of the first screen."""
    controls: list[Control]


class Chosen(TypedDict):
    """What is chosen, by the names of the controls."""

    interval_ms: int
    version: bool
    topology: Topology
    start_jitter_ms: int
    agents: int
    edits: int
    """Edits of codes a day."""
    start_spread_ms: int
    rate_limit_per_min: int | None
    """Requests a minute with one token, or no limit."""
    most_stale_share: float | None
    """This limit and the next two may be lifted."""
    most_rate_limit_peak_share: float | None
    most_peak_requests_per_s: float | None


# What a policy gives.


class SimulatedWords(TypedDict):
    """What was simulated, beside the closed form of exactly that."""

    mean: str
    """The mean with its 95 % interval."""
    closed_form: str
    """The closed form and how far the mean is away from it, or nothing."""


class MetricRow(TypedDict):
    """A metric as a row of the answer."""

    title: str
    value: str
    """What the closed form gives."""
    form: str
    """The closed form, in short."""
    source: str
    """The same as a sentence."""
    mark: str
    """How its limit stands, in words; nothing where there is no limit."""
    standing: State | Literal[""]
    """The same as a word to look up."""
    day: str
    """Its value on the one day simulated, or nothing."""
    simulated: SimulatedWords | None


class Cell(TypedDict):
    """A value of a policy; one that has a limit begins with its mark."""

    text: str
    note: str
    """What parts, where the limit is undecided."""
    state: State | Literal[""]


class SummaryRow(TypedDict):
    """What the policies compared give: the one recommended, where there is one, and the choice."""

    label: str
    cells: list[Cell]
    at_most: str
    """The limit, or nothing."""


class Summary(TypedDict):
    """What is recommended at once, and beside it what is chosen."""

    what: str
    """What to do; ``why`` goes on with the sentence."""
    why: str
    state: State | Literal[""]
    """How limits stand with the policy recommended; nothing without limits."""
    heads: list[str]
    rows: list[SummaryRow]
    pending: bool
    """Whether a day of the policy recommended is still to be simulated."""
    interval_ms: int | None
    """The policy recommended; nothing without limits."""
    version: bool
    topology: Topology
    applied: bool
    """Whether it is the one chosen."""


class Advice(TypedDict):
    """The policy that the search recommends."""

    headline: str
    lines: list[str]
    applied: bool
    """Whether it is the one chosen."""


# The picture: how long lists are out of date, against what that costs.


class Place(TypedDict):
    """A place along the picture's lower axis, which shows the one or the other."""

    requests_per_s: float
    bytes_per_s: float


class Interval(TypedDict):
    """A mean with the ends of its 95 % interval."""

    mean: float
    low: float
    high: float


class IntervalPlace(TypedDict):
    """A place along the lower axis that was simulated."""

    requests_per_s: Interval
    bytes_per_s: Interval


class CurveSpot(TypedDict):
    """A policy of a curve: all as chosen but the interval."""

    interval_ms: int
    label: str
    """The interval, in words."""
    labelled: bool
    """Whether that is written along the curve."""
    now: bool
    """Whether it is the interval chosen."""
    x: Place
    y: float
    """The share of time that a list is out of date."""
    over: bool
    """Whether a limit is exceeded by the formulas."""
    cells: list[str]
    """The cells of a table: out of date, requests, bytes."""
    words: str


class Curve(TypedDict):
    """The policies without or with a version, from the longest interval to the shortest."""

    version: bool
    label: str
    chosen: bool
    spots: list[CurveSpot]


class PresentSpot(TypedDict):
    """A policy by the formulas: the one chosen, or the one recommended."""

    x: Place
    y: float
    """The share of time that a list is out of date."""
    label: str


class StaleLimit(TypedDict):
    """The limit on the time out of date."""

    at: float
    """As a share."""
    label: str


class LoadLimit(TypedDict):
    """A limit on requests, where the curve chosen begins to exceed it."""

    at: Place
    """Zeros where every interval exceeds it."""
    label: str


class Capacity(TypedDict):
    """What all tokens carry."""

    at: float
    """In requests a second."""
    label: str


class DaySpot(TypedDict):
    """One day of all agents, simulated."""

    x: Place
    y: float
    """The share of time that a list is out of date."""


class SimulatedSpot(TypedDict):
    """The policy chosen, simulated; its load is scaled to the crowd chosen."""

    x: IntervalPlace
    y: Interval
    """The share of time that a list is out of date."""
    label: str


class Picture(TypedDict):
    """All that is drawn."""

    title: str
    y_axis: str
    curves: list[Curve]
    """The one without a version, then the one with a version."""
    present: PresentSpot
    recommended: PresentSpot | None
    """Where it is another one than that chosen."""
    most_stale: StaleLimit | None
    limits: list[LoadLimit]
    capacity: Capacity | None
    day: DaySpot | None
    simulated: SimulatedSpot | None


# All of it, and what comes back.


class Told(TypedDict):
    """What is chosen, what it gives and what was found for exactly that."""

    chosen: Chosen
    crowd: str
    policy: str
    verdict: str
    """How the limits stand, as a sentence."""
    standing: State
    """How they stand in all."""
    summary: Summary
    rows: list[MetricRow]
    day: str
    """The heading over the values of one simulated day; nothing where there is none."""
    due: bool
    """Whether five days of the policy chosen are still to be asked for."""
    notes: list[str]
    picture: Picture
    advice: Advice | None


Command = Literal["apply", "cancel", "cheapest", "check", "confirm", "set"]
"""What a browser may ask for."""


class PanelTold(TypedDict):
    """What the widget holds for the browser, by the names of its traits."""

    controls: list[ControlGroup]
    told: Told
    error: str
    owes: bool
    answered: int

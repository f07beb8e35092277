"""What an architect chooses: a crowd, a policy, limits; and what the closed forms say of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from math import exp, log
from typing import Any, NamedTuple, get_args

from simkit.base import given
from simkit.base.clock import MINUTE, SECOND, show_duration
from simkit.base.errors import BadInput, closest, shown
from simkit.base.formatting import interval, number
from simkit.base.progress import Progress
from simkit.base.statistics import Estimate
from simkit.engines.columns.metrics import COLUMN_METRICS
from simkit.engines.running import measure, why_not_columns
from simkit.inputs.resizing import resized
from simkit.rules.organisation import Organisation
from simkit.rules.settings import Settings
from simkit.studio.closed_forms import AgentMix, Forms, crowd_of
from simkit.studio.experiment import experiment
from simkit.studio.policy import Policy, Recommendation, Topology
from simkit.studio.recommend import INTERVALS, recommend
from simkit.studio.results import Results
from simkit.studio.sweep import sweep

MOST_AGENTS = 10_000
REPLICATIONS = 5
SIMULATED, SIMULATED_REFUSED, SEARCHED = 300, 60, 1_000
"""Most agents simulated by processes, in general and where a shared token refuses requests, and
most agents in a search. Refusals are simulated one by one and take some twenty times as long as
polls that are answered."""


class PanelRow(NamedTuple):
    """A metric that the panel shows."""

    metric: str
    title: str
    form: str
    """The closed form, in short."""
    source: str
    """The same as a sentence."""


ROWS = (
    PanelRow(
        "stale_share",
        "Time a list is out of date",
        "1 − freshness",
        "1 − e^(−λd)·(1 − e^(−λT))/(λT): λ changes of a list per time, T from one look at the "
        "platform to the next, d the way of a reply",
    ),
    PanelRow("information_age_ms", "Age of the list shown", "T/2 + d", "half of T, and d on top"),
    PanelRow(
        "deactivated_code_shown_ms",
        "Wait until an edit is shown",
        "T/2 + d",
        "half of T, and d on top; with a version the list takes another way there and back, 3 d",
    ),
    PanelRow(
        "requests_per_s",
        "Requests a second, mean",
        "requests ÷ day",
        "polls of all widgets, choices and renewals, over the length of the day",
    ),
    PanelRow(
        "bytes_per_s",
        "Bytes a second, mean",
        "bytes ÷ day",
        "bytes of all lists and versions, over the length of the day",
    ),
    PanelRow(
        "rate_limit_peak_share",
        "Busiest minute of a token, of its limit",
        "busiest minute ÷ limit",
        "requests with one token in its fullest minute, over the limit of that token",
    ),
    PanelRow(
        "refused_share",
        "Requests refused",
        "1 − limit ÷ busiest minute",
        "what does not fit in the busiest minute; a bound, since other minutes have more room",
    ),
    PanelRow(
        "peak_requests_per_s",
        "Requests in the busiest second",
        "Poisson maximum",
        "the most that a Poisson count reaches over the seconds of an interval at shift start",
    ),
)
SLOW = ("information_age_ms",)
"""Metrics that take too long to follow a slider: every poll has to be looked at."""
LIMITED = ("stale_share", "rate_limit_peak_share", "peak_requests_per_s")
"""Metrics that the panel lets one limit."""


def quantity(metric: str, value: float | None) -> str:
    """Give a value of a metric as people read it: KB rather than bytes, "a second" in words."""
    if metric == "bytes_per_s" and value is not None:
        return number(value / 1000, "KB/s")
    if metric.endswith("_per_s"):
        return number(value, "a second")
    return number(value, "ms" if metric.endswith("_ms") else "share")


def spread(metric: str, found: Estimate) -> str:
    """Give a mean with its 95 % interval in the units of ``quantity``."""
    if metric == "bytes_per_s":
        return interval(Estimate(*(value / 1000 for value in found)), "KB/s")
    if metric.endswith("_per_s"):
        return interval(found, "a second")
    return interval(found, "ms" if metric.endswith("_ms") else "share")


class Spot(NamedTuple):
    """One policy of a curve: an interval, and what the closed forms give there."""

    interval_ms: int
    values: Mapping[str, float]


class Confirmation(NamedTuple):
    """A policy simulated, with the closed forms of what was simulated."""

    settings: Settings
    expected: Mapping[str, float]
    results: Results

    @property
    def agents(self) -> int:
        """How many agents were simulated."""
        return len(self.settings.organisation.agents)

    def estimate(self, metric: str) -> Estimate | None:
        """Give the mean with its interval; None where the metric does not apply."""
        if metric not in self.results.experiment.metrics:
            return None
        return self.results.estimate(0, metric)


@dataclass(frozen=True)
class PolicyInputs:
    """A choice; ``changed`` gives another one."""

    base: Settings
    """What everything that is not chosen here comes from."""
    agents: int
    edits: int
    """Expected deactivations a day in the organisation, whole."""
    start_spread_ms: int
    rate_limit_per_min: int | None
    interval_ms: int
    version: bool
    topology: Topology
    start_jitter_ms: int
    most_stale_share: float | None = 0.001
    most_rate_limit_peak_share: float | None = 0.8
    most_peak_requests_per_s: float | None = 100

    @classmethod
    def of(cls, settings: Settings) -> PolicyInputs:
        """Give what settings choose; a cache without a version counts as plain polling."""
        codes, config = len(settings.organisation.codes), settings.workload
        return cls(
            settings,
            agents=len(settings.organisation.agents),
            edits=round(codes * config.deactivation_probability),
            start_spread_ms=config.start_spread_ms,
            rate_limit_per_min=settings.platform.rate_limit_per_min,
            interval_ms=settings.interval_ms,
            version=settings.widget.version_parameter,
            topology=settings.application.token_topology,
            start_jitter_ms=settings.widget.start_jitter_ms,
        )

    def changed(self, changes: Mapping[str, Any] | None = None) -> PolicyInputs:
        """Give the choice with some values changed; BadInput for what cannot be chosen."""
        values = given.plain(dict(changes or {}))
        for name, value in values.items():
            if name not in CHOSEN:
                raise BadInput(f"unknown choice {name!r}{closest(name, CHOSEN)}")
            _refuse(name, value, len(self.base.organisation.codes))
        made = replace(self, **values)
        made.forms.values  # noqa: B018 - settings that do not fit together are refused here
        return made

    @property
    def policy(self) -> Policy:
        """What an architect decides on."""
        return Policy(self.interval_ms, self.version, self.topology, self.start_jitter_ms)

    @property
    def limits(self) -> dict[str, float]:
        """The limits in force by metric; a share of a rate limit only where there is one."""
        stated = {metric: getattr(self, f"most_{metric}") for metric in LIMITED}
        if self.rate_limit_per_min is None:
            del stated["rate_limit_peak_share"]
        return {metric: most for metric, most in stated.items() if most is not None}

    def over(self, values: Mapping[str, float]) -> list[str]:
        """Give the metrics whose limits are exceeded."""
        return [metric for metric, most in self.limits.items() if values[metric] > most]

    @cached_property
    def settings(self) -> Settings:
        """The settings of the choice, on the organisation as it was given."""
        codes = len(self.base.organisation.codes)
        return self.base.replace(
            {
                **self.policy.changes,
                "workload.start_spread_ms": self.start_spread_ms,
                "workload.deactivation_probability": self.edits / codes if codes else 0.0,
                "platform.rate_limit_per_min": self.rate_limit_per_min,
            }
        )

    @cached_property
    def forms(self) -> Forms:
        """What the closed forms say, for as many agents as were chosen."""
        return Forms(self.settings, self._crowd)

    @property
    def _crowd(self) -> AgentMix:
        return crowd_of(self.base.organisation).of(self.agents)

    @property
    def capacity(self) -> float | None:
        """Requests a second that the tokens carry in all; None without a rate limit."""
        if self.rate_limit_per_min is None:
            return None
        tokens = self.agents if self.topology == "own" else 1
        return tokens * self.rate_limit_per_min * SECOND / MINUTE

    @cached_property
    def curve(self) -> tuple[Spot, ...]:
        """The closed forms at every interval, all else as chosen, from the longest to the shortest.

        Intervals at which polls would overlap are left out.
        """
        spots = []
        for every in sorted({*INTERVALS, self.interval_ms}, reverse=True):
            policy = replace(self.policy, interval_ms=every)
            try:
                settings = self.settings.replace(policy.changes)
            except BadInput:
                continue
            spots.append(Spot(every, Forms(settings, self._crowd).values))
        return tuple(spots)

    @cached_property
    def curves(self) -> dict[bool, tuple[Spot, ...]]:
        """The curves without and with a version."""
        other = replace(self, version=not self.version)
        return {choice.version: choice.curve for choice in (self, other)}

    def threshold(self, metric: str, axis: str) -> float | None:
        """Give where along its curve the limit on a metric begins to be exceeded, by ``axis``.

        0 when every interval exceeds it, None when none does.
        """
        most, before = self.limits[metric], None
        for spot in self.curve:
            here = spot.values[axis], spot.values[metric]
            if here[1] > most:
                return _between(before, here, most) if before else 0.0
            before = here
        return None

    # Simulations.

    @cached_property
    def no_day(self) -> str:
        """Why no day of all agents is simulated at once; empty when one is."""
        return why_not_columns(self.settings, self.agents)

    @cached_property
    def day(self) -> Mapping[str, float]:
        """One day of all agents, simulated while the hand still moves: metrics by name.

        Always on the same random numbers, so that what changes is what was chosen. Empty where
        ``no_day`` says why.
        """
        if self.no_day:
            return {}
        known = (row.metric for row in ROWS if row.metric in self.forms.values)
        asked = [metric for metric in known if metric in COLUMN_METRICS and metric not in SLOW]
        (values,) = measure(self.settings, [self.base.seed], asked, agents=self.agents)
        found = zip(asked, values, strict=True)
        return {metric: value for metric, value in found if value is not None}

    def sized(self, agents: int) -> Settings:
        """Give the settings with so many agents; a shared token's limit shrinks or grows alike."""
        settings = self.settings.with_top(organisation=_resized(self.base.organisation, agents))
        limit = self.rate_limit_per_min
        if limit is None or self.topology == "own":
            return settings
        return settings.replace(rate_limit_per_min=max(1, round(limit * agents / self.agents)))

    @property
    def simulated_agents(self) -> int:
        """How many agents a confirmation simulates."""
        if not self.no_day:
            return self.agents
        refuses = self.forms.values.get("refused_share", 0.0) > 0
        return min(self.agents, SIMULATED_REFUSED if refuses else SIMULATED)

    def confirm(self, progress: Progress | None = None) -> Confirmation:
        """Simulate the policy, five replications; ``progress`` is that of ``sweep``."""
        settings = self.sized(self.simulated_agents)
        expected = Forms(settings).values
        made = experiment(
            settings,
            {"policy": {self.policy.short: {}}},
            replications=REPLICATIONS,
            metrics=[row.metric for row in ROWS if row.metric in expected],
            seed=self.base.seed,
        )
        return Confirmation(settings, expected, sweep(made, progress=progress))

    def cheapest(self) -> Recommendation:
        """Give the policy with the fewest requests within the limits; BadInput without any limit.

        Above a thousand agents it is sought on a thousand; limits on requests shrink alike.
        """
        agents = min(self.agents, SEARCHED)
        limits = self.limits
        if "peak_requests_per_s" in limits:
            limits["peak_requests_per_s"] *= agents / self.agents
        kinds = get_args(Topology)
        return recommend(
            self.sized(agents),
            limits,
            topologies=kinds,
            replications=REPLICATIONS,
            seed=self.base.seed,
        )


CHOSEN = tuple(name for name in PolicyInputs.__dataclass_fields__ if name != "base")
"""What can be chosen, by name."""


def _refuse(name: str, value: Any, codes: int) -> None:
    """Refuse what no field of the settings refuses by itself."""
    bounds = {"agents": (1, MOST_AGENTS), "edits": (0, codes), "interval_ms": (1, None)}
    if name in bounds:
        given.whole(name, value, *bounds[name])
    if name.startswith("most_") and value is not None:
        known = isinstance(value, int | float) and not isinstance(value, bool)
        if not known or not value >= 0:
            raise BadInput(field=name, found=shown(value), allowed="at least 0, or none")


def _between(before: tuple[float, float], here: tuple[float, float], most: float) -> float:
    """Give where a metric meets its limit between two spots (place, value), on log scales."""
    (a, low), (b, high) = before, here
    if not 0 < low < most:
        return a
    return exp(log(a) + (log(b) - log(a)) * log(most / low) / log(high / low))


@lru_cache(maxsize=8)
def _resized(org: Organisation, agents: int) -> Organisation:
    return org if agents == len(org.agents) else resized(org, agents=agents)


def steps_of(choice: PolicyInputs) -> dict[str, list[tuple[Any, str]]]:
    """Give what each control offers: values in order, with their words.

    A value that is chosen and is not among the usual ones stands among them.
    """
    codes = len(choice.base.organisation.codes)
    usual: list[tuple[str, Sequence[float], Callable[[Any], str]]] = [
        ("agents", _AGENTS, lambda n: f"{n:,}"),
        ("edits", [*(n for n in _EDITS if n < codes), codes], lambda n: f"{n:,}"),
        ("start_spread_ms", _SPREADS, lambda t: show_duration(t) if t else "none"),
        ("rate_limit_per_min", _RATES, lambda n: f"{n:,} a minute"),
        ("interval_ms", INTERVALS, show_duration),
        ("start_jitter_ms", _JITTERS, lambda t: show_duration(t) if t else "none"),
        *((f"most_{metric}", _MOST[metric], _worder(metric)) for metric in LIMITED),
    ]
    offered: dict[str, list[tuple[Any, str]]] = {}
    for name, values, words in usual:
        chosen = getattr(choice, name)
        known = sorted({*values, *([] if chosen is None else [chosen])})
        offered[name] = [(value, words(value)) for value in known]
        if name.startswith("most_") or name == "rate_limit_per_min":
            offered[name].append((None, "no limit"))
    return offered


def _worder(metric: str) -> Callable[[float], str]:
    return lambda value: quantity(metric, value)


_AGENTS = (
    *(10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700),
    *(1_000, 1_500, 2_000, 3_000, 5_000, 7_000, MOST_AGENTS),
)
_EDITS = (0, 1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1_000)
_SPREADS = tuple(minutes * MINUTE for minutes in (0, 1, 2, 5, 10, 15, 20, 30, 45, 60))
_RATES = (60, 100, 120, 180, 240, 300, 400, 500, 600, 900, 1_200, 1_800, 2_400, 3_000)
_JITTERS = tuple(s * SECOND for s in (0, 2, 5, 10, 15, 30, 60, 120, 180, 300))
_MOST: dict[str, tuple[float, ...]] = {
    "stale_share": (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
    "rate_limit_peak_share": (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
    "peak_requests_per_s": (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000),
}

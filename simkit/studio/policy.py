"""Policies, what the closed forms and simulations say of them, and the answer in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from simkit.base.clock import HOUR, show_duration
from simkit.base.formatting import number
from simkit.base.outgoing import lines_shown
from simkit.base.statistics import Estimate
from simkit.rules.limits import WINDOW_MS
from simkit.rules.settings import Settings
from simkit.studio.closed_forms import Forms
from simkit.studio.information_age import MEASURES
from simkit.studio.results import Results

Cost = Literal["requests_per_s", "bytes_per_s"]
Topology = Literal["own", "shared"]
KEPT = 24 * HOUR
"""How long the browser keeps a list that its version protects: longer than any shift."""
COSTS: tuple[Cost, ...] = ("requests_per_s", "bytes_per_s")
"""What cheap may mean."""


@dataclass(frozen=True)
class Policy:
    """What an architect decides on: interval, cache, token topology, jitter at the start.

    A cache without a version is no option: it acts like a longer interval, and an interval costs
    nothing to set.
    """

    interval_ms: int
    version: bool
    """Whether each poll asks for a version only, and the browser keeps the list."""
    topology: Topology
    start_jitter_ms: int

    @property
    def changes(self) -> dict[str, Any]:
        """The fields of the settings that make it, by dotted path."""
        return {
            "widget.refresh_interval_ms": self.interval_ms,
            "widget.dataset_life_polls": 1,
            "widget.http_max_age_ms": KEPT if self.version else 0,
            "widget.version_parameter": self.version,
            "widget.config_reread": "poll",
            "widget.start_jitter_ms": self.start_jitter_ms,
            "application.token_topology": self.topology,
        }

    @property
    def words(self) -> str:
        """The policy as a clause, for people who do not read settings."""
        every = show_duration(self.interval_ms)
        asks = f"each widget asks for its list every {every}"
        if self.version:
            asks = (
                f"each widget asks every {every} whether anything changed, and fetches its list "
                "only then"
            )
        token = "with a token of its own" if self.topology == "own" else "and all share one token"
        wait = f"; after login it first waits a random time up to {self._jitter}"
        return f"{asks}, {token}{wait if self.start_jitter_ms else ''}"

    @property
    def short(self) -> str:
        """The policy in a few words."""
        parts = [f"every {show_duration(self.interval_ms)}"]
        parts += ["version"] if self.version else []
        parts += ["shared token"] if self.topology == "shared" else []
        parts += [f"jitter {self._jitter}"] if self.start_jitter_ms else []
        return ", ".join(parts)

    @property
    def _jitter(self) -> str:
        return show_duration(self.start_jitter_ms)


class Margin(NamedTuple):
    """One limit, and how far below it a policy stays."""

    metric: str
    at_most: float
    expected: float
    """By closed form."""
    simulated: Estimate | None
    """Mean over the replications with its interval; None where the metric does not apply."""
    kept: tuple[int, int]
    """In how many replications the limit was kept, and how many there were."""
    kept_share: Estimate | None
    """The share of days on which it is kept, with its Wilson interval."""

    @property
    def holds(self) -> bool:
        """Whether the limit is kept: by the upper end of the interval, or by the closed form."""
        found = self.simulated
        return (self.expected if found is None else found.high) <= self.at_most

    @property
    def room(self) -> float:
        """Share of the limit that is left; negative when it is exceeded."""
        value = self.expected if self.simulated is None else self.simulated.high
        return 1 - value / self.at_most if self.at_most else (0.0 if value <= 0 else -1.0)


@dataclass(frozen=True)
class Candidate:
    """A policy with what the closed forms say of it."""

    policy: Policy
    settings: Settings
    values: Mapping[str, float]
    why_they_part: tuple[str, ...]
    costs: tuple[float, float]
    """By closed form, in the order of COSTS, the poll aside that a wait after login saves."""

    def cost(self, cheapest: Cost) -> tuple[float, ...]:
        """Give what it costs; equal ones prefer own tokens, no jitter, a longer interval."""
        policy = self.policy
        rank = (policy.topology == "shared", policy.start_jitter_ms, -policy.interval_ms)
        place = COSTS.index(cheapest)
        return (round(self.costs[place], 6), round(self.costs[1 - place], 6), *rank)

    def excess(self, limits: Mapping[str, float], scale: Mapping[str, float]) -> float:
        """Give the worst ratio of a value to its limit; at most 1 when all limits are kept.

        Values are scaled by what simulations have shown so far. A policy whose requests are refused
        keeps no limit, unless that is what the limits allow.
        """
        worst = max(
            ratio(self.values[metric] * scale.get(metric, 1.0), at_most)
            for metric, at_most in limits.items()
        )
        refused = 0.0 if "refused_share" in limits else self.values.get("refused_share", 0.0)
        return max(worst, 1 + refused) if refused > 0 else worst


def ratio(value: float, at_most: float) -> float:
    """Give a value over its limit; infinite for anything above a limit of 0."""
    return value / at_most if at_most else float("inf") if value > 0 else 0.0


@dataclass(frozen=True, repr=False)
class Recommendation:
    """The answer: a policy that was simulated, or that there is none, with the nearest."""

    settings: Settings
    limits: Mapping[str, float]
    cheapest: Cost
    best: Candidate
    """The policy recommended, or the nearest one."""
    met: bool
    margins: tuple[Margin, ...]
    present: Candidate
    """The settings as they were given, by closed form."""
    alternative: Candidate | None
    """The policy within the limits that is cheapest by the other cost, by closed form."""
    tried: tuple[Policy, ...]
    """Cheaper policies that the closed forms let through and the simulation did not."""
    untried: int
    """How many more are within the limits on paper, and were not simulated."""
    considered: int
    """How many policies were judged by closed form."""
    results: Results
    """The runs that confirm it."""

    @property
    def policy(self) -> Policy:
        """The policy recommended, or the nearest one when none meets the limits."""
        return self.best.policy

    def __repr__(self) -> str:
        return lines_shown(self.text)

    @property
    def text(self) -> str:
        """The answer in plain words."""
        return "\n".join(self.lines)

    @property
    def lines(self) -> list[str]:
        """The answer in plain words, line by line."""
        agents = len(self.settings.organisation.agents)
        told = [f"{self.settings.name}, {agents:,} agents, {self.considered} policies weighed."]
        told.append(f"{self.verdict}: {self.policy.words}.")
        told += [margin_words(margin) for margin in self.margins]
        told.append(f"It costs about {_cost_words(self.best)}.")
        if self.alternative is not None:
            told.append(
                f"Within the limits on paper, and with the fewest {_short_cost(self.other)}: "
                f"{self.alternative.policy.short}, at about {_cost_words(self.alternative)}."
            )
        told += self._token_words()
        if self.tried:
            failed = "; ".join(policy.short for policy in self.tried)
            told.append(f"Cheaper on paper, but over a limit when simulated: {failed}.")
        if not self.settings.workload.deactivation_probability:
            told.append("No code is ever changed in these settings, so no list is out of date.")
        told.append(self._present_words())
        told += [f"On paper it is left out that {why}." for why in self.best.why_they_part]
        return told

    @property
    def verdict(self) -> str:
        """What the policy named after it is: the one to take, or the nearest there is."""
        if self.met:
            return "Recommended"
        if not self.untried:
            return "No policy meets this. The nearest"
        return (
            f"None of the {len(self.tried) + 1} policies simulated meets this; {self.untried:,} "
            "more that do on paper were not simulated. The nearest of those that were"
        )

    @property
    def other(self) -> Cost:
        """The cost that was not asked to be least."""
        return next(name for name in COSTS if name != self.cheapest)

    def _token_words(self) -> list[str]:
        """Say what one token for all would mean at this interval, and how many it carries."""
        limit = self.settings.platform.rate_limit_per_min
        if limit is None:
            return []
        shared = Forms(self.best.settings.replace(token_topology="shared"))
        share = shared.values["rate_limit_peak_share"]
        requests = shared.per_widget.polls * WINDOW_MS / shared.mean_shift
        return [
            f"At this interval one token of {limit:,} requests a minute carries about "
            f"{limit / requests:,.0f} widgets: shared by all {shared.agents:,} it would be used to "
            f"{number(share, 'share')} in its busiest minute."
        ]

    def _present_words(self) -> str:
        said = "keep" if self.present.excess(self.limits, {}) <= 1 else "do not keep"
        now, then = (each.values[self.cheapest] for each in (self.present, self.best))
        told = f"The settings as given {said} these limits on paper and cost about "
        told += _cost_words(self.present)
        if now:
            change = f"{100 * abs(1 - then / now):,.0f} %"
            told += f": the answer takes {change} {'less' if then <= now else 'more'}"
        return f"{told}."


def _cost_words(candidate: Candidate) -> str:
    costs = (number(candidate.values[name], MEASURES[name].unit) for name in COSTS)
    return " and ".join(costs).replace("per s", "requests a second")


def _short_cost(cost: Cost) -> str:
    return "bytes" if cost == "bytes_per_s" else "requests"


def margin_words(margin: Margin) -> str:
    """Give one limit and how it is kept, as a sentence."""
    metric = MEASURES[margin.metric]
    limit = number(margin.at_most, metric.unit)
    title = metric.title[:1].upper() + metric.title[1:]
    by_form = number(margin.expected, metric.unit)
    if margin.simulated is None:
        found = f"{by_form} on paper"
    else:
        mean, high = (
            number(value, metric.unit) for value in (margin.simulated.mean, margin.simulated.high)
        )
        kept, days = margin.kept
        found = (
            f"{mean} simulated (at most {high} at 95 % confidence; on paper {by_form}), "
            f"kept on {kept} of {days} days"
        )
    room = f"{100 * margin.room:.0f} % below the limit" if margin.holds else "over the limit"
    return f"- {title}: {found}. Limit {limit}: {room}.".replace(" per s", " a second")

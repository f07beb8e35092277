"""Policies, what the closed forms and simulations say of them, and the answer in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

from simkit.base.clock import HOUR, show_duration
from simkit.base.formatting import REQUESTS, counted, number
from simkit.base.outgoing import lines_shown
from simkit.base.statistics import Estimate
from simkit.rules.limits import WINDOW_MS
from simkit.rules.settings import Settings
from simkit.studio.closed_forms import OF_LISTS, Forms
from simkit.studio.information_age import MEASURES
from simkit.studio.intervals import proportion
from simkit.studio.prices import Prices, Use
from simkit.studio.results import Results
from simkit.studio.tipping import Tipping, tipping_words
from simkit.studio.token_count import tokens_needed

Cost = Literal["requests_per_s", "bytes_per_s", "money"]
Topology = Literal["own", "shared"]
"""What the settings know of tokens."""
Tokens = Literal["own", "pooled", "shared"]
"""A token for each agent, several that agents are dealt round, or one for all."""
KEPT = 24 * HOUR
"""How long the browser keeps a list that its version protects: longer than any shift."""
COSTS: tuple[Cost, ...] = ("requests_per_s", "bytes_per_s")
"""What cheap may mean, money aside, which needs prices."""
TOKENS: tuple[Tokens, ...] = ("own", "pooled", "shared")


@dataclass(frozen=True)
class Policy:
    """What an architect decides on: interval, cache, token topology, jitter at the start.

    A cache without a version is no option: it acts like a longer interval, and an interval costs
    nothing to set.
    """

    interval_ms: int
    version: bool
    """Whether each poll asks for a version only, and the browser keeps the list."""
    topology: Tokens
    start_jitter_ms: int
    tokens: int = 1
    """How many tokens agents are dealt round, where they are pooled."""

    @property
    def kind(self) -> tuple[int, bool, Tokens, int]:
        """The policy without how many tokens it takes, which follows from the number of agents."""
        return self.interval_ms, self.version, self.topology, self.start_jitter_ms

    @property
    def changes(self) -> dict[str, Any]:
        """The fields of the settings that make it, by dotted path.

        Those of pooled tokens are fields of a world for each token, in which its agents share it.
        """
        return {
            "widget.refresh_interval_ms": self.interval_ms,
            "widget.dataset_life_polls": 1,
            "widget.http_max_age_ms": KEPT if self.version else 0,
            "widget.version_parameter": self.version,
            "widget.config_reread": "poll",
            "widget.start_jitter_ms": self.start_jitter_ms,
            "application.token_topology": self.token_topology,
        }

    @property
    def token_topology(self) -> Topology:
        """What the settings know of it: agents share a token, or they do not."""
        return "shared" if self.topology == "pooled" else self.topology

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
        token = "and all share one token"
        if self.topology == "own":
            token = "with a token of its own"
        elif self.topology == "pooled":
            token = f"and agents are dealt round {counted(self.tokens, 'token')}"
        wait = f"; after login it first waits a random time up to {self._jitter}"
        return f"{asks}, {token}{wait if self.start_jitter_ms else ''}"

    @property
    def short(self) -> str:
        """The policy in a few words."""
        parts = [f"every {show_duration(self.interval_ms)}"]
        parts += ["version"] if self.version else []
        parts += ["shared token"] if self.topology == "shared" else []
        parts += [counted(self.tokens, "pooled token")] if self.topology == "pooled" else []
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
    use: Use
    """What it uses up in a working day, the poll aside that a wait after login saves."""
    money: float
    """What it costs a working day at the prices given, a wait after login included."""
    make_forms: Callable[[], Forms]

    @cached_property
    def forms(self) -> Forms:
        """The closed forms, made when they are first read: of most policies they never are."""
        return self.make_forms()

    @property
    def settings(self) -> Settings:
        """The settings that the policy makes."""
        return self.forms.settings

    @property
    def values(self) -> Mapping[str, float]:
        """The closed form of each metric that has one."""
        return self.forms.values

    @property
    def why_they_part(self) -> tuple[str, ...]:
        """Reasons for which the simulation will leave the closed forms, in words."""
        return self.forms.why_they_part

    def cost(self, cheapest: Cost) -> tuple[float, ...]:
        """Give what it costs; equal ones prefer own tokens, no jitter, a longer interval."""
        policy = self.policy
        rank = TOKENS.index(policy.topology), policy.tokens
        rest = policy.start_jitter_ms, -policy.interval_ms
        requests, size = round(self.use.requests, 3), round(self.use.bytes, 3)
        first = {"requests_per_s": (), "bytes_per_s": (size,), "money": (round(self.money, 9),)}
        return (*first[cheapest], requests, size, *rank, *rest)

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


def margin_of(candidate: Candidate, metric: str, at_most: float, values: list[float]) -> Margin:
    """Give how a policy keeps a limit, by its closed form and by the values of its runs."""
    kept = sum(value <= at_most for value in values)
    return Margin(
        metric,
        at_most,
        candidate.values[metric],
        MEASURES[metric].estimate(values) if len(values) > 1 else None,
        (kept, len(values)),
        proportion(kept, len(values)) if values else None,
    )


@dataclass(frozen=True)
class Corrections:
    """By how much simulations were above the closed forms, as a factor by metric."""

    all: Mapping[str, float]
    """What holds for policies that were not simulated: shown by those that were."""
    of_policy: Mapping[Policy, Mapping[str, float]]
    """What holds for each policy that was simulated."""

    def of(self, policy: Policy) -> Mapping[str, float]:
        """Give the factors of a policy.

        Lists depend neither on tokens nor on waits: what they showed holds for all that poll alike.
        """
        if policy in self.of_policy:
            return self.of_policy[policy]
        return self._of_polls.get((policy.interval_ms, policy.version), self.all)

    @cached_property
    def _of_polls(self) -> Mapping[tuple[int, bool], Mapping[str, float]]:
        found: dict[tuple[int, bool], dict[str, float]] = {}
        for policy, factors in self.of_policy.items():
            worst = found.setdefault((policy.interval_ms, policy.version), dict(self.all))
            for metric in OF_LISTS & factors.keys():
                worst[metric] = max(worst.get(metric, 1.0), factors[metric])
        return found


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
    candidates: tuple[Candidate, ...]
    """All policies judged by closed form, the cheapest first."""
    corrections: Corrections
    """What simulations said of the closed forms."""
    results: Results
    """The runs that confirm it. Those of pooled tokens know no limit, as nothing is refused."""
    prices: Prices
    margins_of: Mapping[Policy, tuple[Margin, ...]]
    """How each policy that was simulated keeps the limits."""
    money: Estimate | None
    """What the policy costs a working day as simulated; None where nothing has a price."""
    tippings: tuple[Tipping, ...]
    """What would change the choice; empty when no policy meets the limits."""

    @property
    def considered(self) -> int:
        """How many policies were judged by closed form."""
        return len(self.candidates)

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
        agents = counted(len(self.settings.organisation.agents), "agent")
        weighed = counted(self.considered, "policy", "policies")
        told = [f"{self.settings.name}, {agents}, {weighed} weighed."]
        told.append(f"{self.verdict}: {self.policy.words}.")
        told += [margin_words(margin) for margin in self.margins]
        told.append(f"It costs about {_cost_words(self.best)}.")
        told += self._money_words()
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
        told += tipping_words(self.tippings)
        told += [f"On paper it is left out that {why}." for why in self.best.why_they_part]
        return told

    @property
    def verdict(self) -> str:
        """What the policy named after it is: the one to take, or the nearest there is."""
        if self.met:
            return "Recommended"
        if not self.untried:
            return "No policy meets this. The nearest"
        if self.tried:
            told = f"None of the {len(self.tried) + 1} policies simulated meets this"
        else:
            told = "The one policy simulated does not meet this"
        more = counted(self.untried, "more that does on paper was", "more that do on paper were")
        return f"{told}; {more} not simulated. The nearest of those that were"

    @property
    def other(self) -> Cost:
        """The cost that was not asked to be least."""
        return other_cost(self.cheapest)

    def _money_words(self) -> list[str]:
        """Say what it costs a working day in money, and what that is spent on."""
        if not self.prices.known:
            return []
        bill = self.best.use.bill(self.prices)
        spent = [
            f"{name} {money_words(amount, self.prices)}" for name, amount in bill.items() if amount
        ]
        on_paper = money_words(self.best.money, self.prices)
        told = f"At the prices given that is {on_paper} a day on paper"
        told += f": {', '.join(spent)}" if spent else ""
        if self.money is not None:
            mean, low, high = (money_words(each, self.prices) for each in self.money)
            told += f"; simulated, {mean} ({low} to {high} at 95 % confidence)"
        now = money_words(self.present.money, self.prices)
        return [f"{told}. The settings as given cost {now} a day on paper."]

    def _token_words(self) -> list[str]:
        """Say what one token for all would mean at this interval, and how many it carries."""
        limit = self.settings.platform.rate_limit_per_min
        if limit is None:
            return []
        shared = Forms(self.best.settings.replace(token_topology="shared"))
        share = shared.values["rate_limit_peak_share"]
        requests = shared.per_widget.polls * WINDOW_MS / shared.mean_shift
        told = (
            f"At this interval one token of {counted(limit, 'request')} a minute carries about "
            f"{counted(round(limit / requests), 'widget')}"
        )
        if shared.agents == 1:
            return [f"{told}."]
        return [
            f"{told}: shared by all {shared.agents:,} it would be used to "
            f"{number(share, 'share')} in its busiest minute.{self._pool_words(shared)}"
        ]

    def _pool_words(self, shared: Forms) -> str:
        """Say how many tokens a pool needs, where one is not enough."""
        needed = tokens_needed(shared, self.limits)
        if needed is None or needed == 1:
            return ""
        return f" A pool needs {needed:,} tokens on paper to keep the limits on tokens."

    def _present_words(self) -> str:
        said = "keep" if self.present.excess(self.limits, {}) <= 1 else "do not keep"
        cost: Cost = "requests_per_s" if self.cheapest == "money" else self.cheapest
        now, then = (each.values[cost] for each in (self.present, self.best))
        told = f"The settings as given {said} these limits on paper and cost about "
        told += _cost_words(self.present)
        if now:
            change = f"{100 * abs(1 - then / now):,.0f} %"
            what = " requests" if self.cheapest == "money" else ""
            less, more = ("fewer" if what else "less"), "more"
            told += f": the answer takes {change} {less if then <= now else more}{what}"
        return f"{told}."


def other_cost(cheapest: Cost) -> Cost:
    """Give the cost that stands beside the one that was asked to be least."""
    return "requests_per_s" if cheapest == "bytes_per_s" else "bytes_per_s"


def money_words(amount: float, prices: Prices) -> str:
    """Give an amount of money as people write it: three digits and more, with its currency.

    >>> money_words(1234.5, Prices(currency="EUR")), money_words(0.01234, Prices(currency="EUR"))
    ('1,234 EUR', '0.0123 EUR')
    """
    said = f"{amount:,.0f}" if abs(amount) >= 1000 else f"{amount:.3g}"
    return f"{said} {prices.currency}"


def _cost_words(candidate: Candidate) -> str:
    units = {name: MEASURES[name].unit for name in COSTS} | {"requests_per_s": REQUESTS}
    return " and ".join(number(candidate.values[name], unit) for name, unit in units.items())


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

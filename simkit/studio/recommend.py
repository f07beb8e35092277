"""What to run: the cheapest policy within stated limits, by closed form first, then simulated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any, NamedTuple

from simkit.base import given
from simkit.base.clock import MINUTE, SECOND
from simkit.base.errors import BadInput, closest, shown
from simkit.base.progress import Progress, under_way
from simkit.base.statistics import estimate
from simkit.base.workers import at_most_cores
from simkit.inputs.loading import settings_given
from simkit.rules.settings import Settings
from simkit.studio import pooling
from simkit.studio.experiment import experiment
from simkit.studio.information_age import MEASURES
from simkit.studio.policy import (
    COSTS,
    TOKENS,
    Candidate,
    Corrections,
    Cost,
    Margin,
    Recommendation,
    Tokens,
    margin_of,
    other_cost,
    ratio,
)
from simkit.studio.prices import Prices, prices_given
from simkit.studio.results import Results
from simkit.studio.sensitivity import tipping_points
from simkit.studio.sweep import sweep
from simkit.studio.weighing import Weighing

INTERVALS = (
    *(s * SECOND for s in (2, 3, 5, 7, 10, 15, 20, 25, 30, 40, 50, 60, 75, 90)),
    *(m * MINUTE for m in (2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 45, 60)),
)
LIMITED = (
    "stale_share",
    "stale_selections_share",
    "staleness_age_ms",
    "deactivated_code_shown_ms",
    "rate_limit_share",
    "rate_limit_peak_share",
    "refused_share",
    "peak_requests_per_s",
    "polls_per_s",
    "requests_per_s",
    "bytes_per_s",
)
"""Metrics that can be limited: those with a closed form."""
WRONG = "wrong_selections_expected"
"""The metric of choices that cost agents time, measured where they have a price."""
MOST_TRIED = 5
"""Policies simulated before the search gives up."""


def recommend(
    settings: Settings,
    limits: Mapping[str, float],
    *,
    cheapest: Cost | None = None,
    prices: Prices | Mapping[str, Any] | None = None,
    intervals: Sequence[int] = INTERVALS,
    topologies: Sequence[Tokens] = TOKENS,
    replications: int = 10,
    seed: int = 1,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Recommendation:
    """Give the cheapest policy that keeps limits, as a mapping of metrics to the most allowed.

    Intervals, a version parameter, tokens and jitters are judged by closed form. Those that keep
    the limits are simulated, the cheapest first, until the upper ends of the 95 % intervals keep
    them too; what a simulation shows corrects the closed forms for the next one. When none does,
    the answer is the policy that comes nearest. The cheapest one has the fewest requests, or costs
    least money where ``prices`` are given, unless ``cheapest`` says otherwise. BadInput for a limit
    on what has no closed form, or that the settings cannot be held to.
    """
    _refuse_limits(settings_given(settings), limits)
    priced = prices_given(prices)
    wanted: Cost = cheapest or ("money" if priced.known else "requests_per_s")
    _refuse_cost(wanted, priced)
    jobs = at_most_cores(jobs)  # said once, and not by each sweep
    weighing = Weighing(settings, limits, wanted, priced, intervals, topologies)
    candidates = sorted(weighing.candidates(), key=lambda c: c.cost(wanted))
    if not candidates:
        fewest = settings.longest_poll_ms
        raise BadInput(
            "leave no policy to weigh",
            field="intervals and topologies",
            allowed=f"some of each, intervals above {fewest} ms",
        )
    scale: dict[str, float] = {}
    factor = 1.0
    simulated: list[_Simulated] = []

    def simulate(candidate: Candidate) -> bool:
        found = _simulated(weighing, candidate, range(seed, seed + replications), jobs, progress)
        simulated.append(found)
        for margin in found.margins:
            if margin.simulated is not None and not margin.holds and margin.expected > 0:
                scale[margin.metric] = margin.simulated.high / margin.expected
        enlarge_pools(found)
        return found.fits

    def enlarge_pools(found: _Simulated) -> None:
        """Weigh pools as large as a token asks for that was busier than it is on paper."""
        nonlocal candidates, factor
        seen = found.factors.get("rate_limit_peak_share", 1.0)
        if found.candidate.policy.topology == "pooled" and factor < seen < inf:
            factor = seen
            candidates = sorted(weighing.candidates(factor), key=lambda c: c.cost(wanted))

    def untried() -> list[Candidate]:
        known = {each.candidate.policy for each in simulated}
        fitting = (c for c in candidates if c.excess(limits, scale) <= 1)
        return [candidate for candidate in fitting if candidate.policy not in known]

    met = False
    with under_way("policies"):  # of which the runs are told: few policies are tried
        while not met and len(simulated) < MOST_TRIED and (left := untried()):
            met = simulate(left[0])
        if not simulated:
            simulate(min(candidates, key=lambda c: (c.excess(limits, {}), c.cost(wanted))))
    place = -1 if met else min(range(len(simulated)), key=lambda i: _worst(simulated[i].margins))
    chosen = simulated[place]
    best = chosen.candidate
    rest = [c for c in candidates if c.excess(limits, scale) <= 1] if met else []
    other = other_cost(wanted)
    alternative = min(rest, key=lambda c: c.cost(other), default=None)
    # What the choice's own runs show of the closed forms holds for its neighbours too.
    seen = {m: max(scale.get(m, 1.0), chosen.factors.get(m, 1.0)) for m in limits}
    corrections = Corrections(seen, {s.candidate.policy: s.factors for s in simulated})
    return Recommendation(
        settings,
        limits,
        wanted,
        best,
        met,
        chosen.margins,
        weighing.present(),
        alternative if alternative and alternative.policy != best.policy else None,
        tuple(s.candidate.policy for s in simulated if s.candidate.policy != best.policy),
        len(untried()),
        tuple(candidates),
        corrections,
        chosen.results,
        priced,
        {s.candidate.policy: s.margins for s in simulated},
        estimate(days, least=0.0) if (days := money_of(best, priced, chosen.results)) else None,
        tipping_points(weighing, candidates, best, corrections) if met else (),
    )


class _Simulated(NamedTuple):
    """A policy with what its runs say of the limits."""

    candidate: Candidate
    margins: tuple[Margin, ...]
    results: Results
    refused: bool
    """Whether pooled tokens refused something, so that what was measured beside them is not so."""

    @property
    def fits(self) -> bool:
        return not self.refused and all(margin.holds for margin in self.margins)

    @property
    def factors(self) -> dict[str, float]:
        """How far above its closed form the upper end of each limited metric is."""
        factors = {
            m.metric: m.simulated.high / m.expected
            for m in self.margins
            if m.simulated is not None and m.expected > 0
        }
        # What was refused fits no limit, whatever the closed forms say.
        return dict.fromkeys(factors, inf) if self.refused else factors


def _simulated(
    weighing: Weighing,
    candidate: Candidate,
    seeds: range,
    jobs: int,
    progress: Progress | None,
) -> _Simulated:
    """Simulate a policy: from the settings as given, so that the runs say what it changes."""
    policy = candidate.policy
    pooled = policy.topology == "pooled"
    # A pool that refuses nothing is a world without a limit; whether so is seen token by token.
    changes = policy.changes | (pooling.UNLIMITED if pooled else {})
    more = (WRONG,) if weighing.prices.wrong_choice else ()
    made = experiment(
        weighing.settings,
        {"policy": {policy.short: changes}},
        replications=len(seeds),
        metrics=tuple(dict.fromkeys((*weighing.limits, *COSTS, *more))),
        seed=seeds[0],
    )
    results = sweep(made, jobs=jobs, progress=progress)
    tokens: dict[str, list[float]] = {}
    if pooled:
        limited = weighing.settings.replace(policy.changes)
        tokens = pooling.measured(limited, policy.tokens, seeds[: pooling.DAYS])
    margins = tuple(
        margin_of(candidate, metric, most, tokens.get(metric) or results.values(0, metric))
        for metric, most in weighing.limits.items()
    )
    return _Simulated(candidate, margins, results, any(tokens.get("refused_share", ())))


def money_of(candidate: Candidate, prices: Prices, results: Results) -> list[float]:
    """Give what each simulated day of a policy costs; empty where nothing has a price.

    Requests, bytes and wrong choices are those of the day; tokens, waits and engineers as known.
    """
    if not prices.known:
        return []
    seconds = candidate.forms.horizon / SECOND
    measured = {metric: results.values(0, metric) for metric in results.experiment.metrics}
    return [
        candidate.use._replace(
            requests=requests * seconds,
            bytes=size * seconds,
            wrong_choices=measured[WRONG][day] if WRONG in measured else 0.0,
        ).money(prices)
        for day, (requests, size) in enumerate(zip(*(measured[c] for c in COSTS), strict=True))
    ]


def _worst(margins: Sequence[Margin]) -> float:
    """Give the worst ratio of a simulated value to its limit."""
    return max(ratio(m.simulated.high if m.simulated else m.expected, m.at_most) for m in margins)


def _refuse_limits(settings: Settings, limits: Mapping[str, float]) -> None:
    if not limits:
        raise BadInput("no limit is given", field="limits", allowed=", ".join(LIMITED))
    for metric, at_most in given.mapping("limits", limits).items():
        if metric not in LIMITED:
            problem = f"unknown limit {metric!r}{closest(metric, LIMITED)}"
            raise BadInput(problem, field="limits", allowed=", ".join(LIMITED))
        if not _is_amount(at_most):
            raise BadInput(field=f"limits.{metric}", found=shown(at_most), allowed=_AMOUNT)
        if at_most > MEASURES[metric].most:
            allowed = f"a share from 0 to 1; {at_most:g} % is {at_most / 100:g}"
            raise BadInput(field=f"limits.{metric}", found=shown(at_most), allowed=allowed)
        if metric.startswith("rate_limit") and settings.platform.rate_limit_per_min is None:
            raise BadInput(
                "these settings state no rate limit to keep a share of",
                field=f"limits.{metric}",
                allowed="a limit in platform.rate_limit_per_min, such as 300",
            )


_AMOUNT = "a finite number of at least 0"


def _is_amount(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value < inf


def _refuse_cost(cheapest: object, prices: Prices) -> None:
    if cheapest not in (*COSTS, "money"):
        allowed = ", ".join((*COSTS, "money"))
        raise BadInput(field="cheapest", found=shown(cheapest), allowed=allowed)
    if cheapest == "money" and not prices.known:
        raise BadInput(
            "nothing has a price, so no policy is cheaper than another",
            field="cheapest",
            found="money",
            allowed="prices, or another cost",
        )

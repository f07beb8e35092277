"""What to run: the cheapest policy within stated limits, by closed form first, then simulated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import inf

from simkit.base import given
from simkit.base.clock import MINUTE, SECOND
from simkit.base.errors import BadInput, closest, shown
from simkit.base.progress import Progress, under_way
from simkit.base.workers import at_most_cores
from simkit.inputs.loading import settings_given
from simkit.rules.settings import Settings
from simkit.studio.closed_forms import Forms
from simkit.studio.experiment import experiment
from simkit.studio.policy import (
    COSTS,
    Candidate,
    Cost,
    Margin,
    Policy,
    Recommendation,
    Topology,
    ratio,
)
from simkit.studio.results import Results
from simkit.studio.sweep import sweep

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
PEAKS = frozenset(("peak_requests_per_s", "rate_limit_peak_share", "refused_share"))
"""What a random wait after login can help; for all else it is a time without a list."""
MOST_TRIED = 5
"""Policies simulated before the search gives up."""


def recommend(
    settings: Settings,
    limits: Mapping[str, float],
    *,
    cheapest: Cost = "requests_per_s",
    intervals: Sequence[int] = INTERVALS,
    topologies: Sequence[Topology] = ("own", "shared"),
    replications: int = 10,
    seed: int = 1,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Recommendation:
    """Give the cheapest policy that keeps limits, as a mapping of metrics to the most allowed.

    Intervals, a version parameter, token topologies and jitters are judged by closed form. Those
    that keep the limits are simulated, the cheapest first, until the upper ends of the 95 %
    intervals keep them too; what a simulation shows corrects the closed forms for the next one.
    When none does, the answer is the policy that comes nearest. BadInput for a limit on what has
    no closed form, or that the settings cannot be held to.
    """
    _refuse_limits(settings_given(settings), limits)
    if cheapest not in COSTS:
        raise BadInput(field="cheapest", found=shown(cheapest), allowed=", ".join(COSTS))
    jobs = at_most_cores(jobs)  # said once, and not by each sweep
    own = Forms(settings)
    topology = settings.application.token_topology
    as_given = Policy(settings.interval_ms, False, topology, settings.widget.start_jitter_ms)
    present = Candidate(as_given, settings, own.values, own.why_they_part, _costs(own))
    waits = not PEAKS.isdisjoint(limits)
    candidates = list(_candidates(settings, intervals, topologies, waits))
    if not candidates:
        fewest = settings.longest_poll_ms
        raise BadInput(
            "leave no policy to weigh",
            field="intervals and topologies",
            allowed=f"some of each, intervals above {fewest} ms",
        )
    candidates.sort(key=lambda c: c.cost(cheapest))
    scale: dict[str, float] = {}
    simulated: list[tuple[Candidate, tuple[Margin, ...], Results]] = []

    def simulate(candidate: Candidate) -> bool:
        # From the settings as they were given, so that the runs say what the policy changes.
        policy = {candidate.policy.short: candidate.policy.changes}
        made = experiment(
            settings,
            {"policy": policy},
            replications=replications,
            metrics=tuple(dict.fromkeys((*limits, *COSTS))),
            seed=seed,
        )
        results = sweep(made, jobs=jobs, progress=progress)
        margins = _margins(candidate, limits, results)
        simulated.append((candidate, margins, results))
        for margin in margins:
            if margin.simulated is not None and not margin.holds and margin.expected > 0:
                scale[margin.metric] = margin.simulated.high / margin.expected
        return all(margin.holds for margin in margins)

    def untried() -> list[Candidate]:
        known = {candidate.policy for candidate, _, _ in simulated}
        fitting = (c for c in candidates if c.excess(limits, scale) <= 1)
        return [candidate for candidate in fitting if candidate.policy not in known]

    met = False
    with under_way("policies"):  # of which the runs are told: few policies are tried
        while not met and len(simulated) < MOST_TRIED and (left := untried()):
            met = simulate(left[0])
        if not simulated:
            simulate(min(candidates, key=lambda c: (c.excess(limits, {}), c.cost(cheapest))))
    place = -1 if met else min(range(len(simulated)), key=lambda i: _worst(simulated[i][1]))
    best, margins, results = simulated[place]
    other = next(name for name in COSTS if name != cheapest)
    rest = [c for c in candidates if c.excess(limits, scale) <= 1] if met else []
    alternative = min(rest, key=lambda c: c.cost(other), default=None)
    return Recommendation(
        settings,
        limits,
        cheapest,
        best,
        met,
        margins,
        present,
        alternative if alternative and alternative.policy != best.policy else None,
        tuple(c.policy for c, _, _ in simulated if c.policy != best.policy),
        len(untried()),
        len(candidates),
        results,
    )


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


def _costs(forms: Forms) -> tuple[float, float]:
    first, second = (forms.values[name] for name in COSTS)
    return first, second


def _candidates(
    settings: Settings, intervals: Sequence[int], topologies: Sequence[Topology], waits: bool
) -> Iterator[Candidate]:
    """Give all policies; those with a wait after login only where ``waits`` says it may help."""
    for every, version, topology in product(intervals, (False, True), topologies):
        try:
            plain = settings.replace(Policy(every, version, topology, 0).changes)
        except BadInput:
            continue  # polls so close together would overlap
        costs = _costs(Forms(plain))
        for jitter in dict.fromkeys((0, every, 5 * MINUTE)) if waits else (0,):
            policy = Policy(every, version, topology, jitter)
            changed = plain.replace(start_jitter_ms=jitter)
            found = Forms(changed)
            yield Candidate(policy, changed, found.values, found.why_they_part, costs)


def _margins(
    candidate: Candidate, limits: Mapping[str, float], results: Results
) -> tuple[Margin, ...]:
    found = []
    for metric, at_most in limits.items():
        values = results.values(0, metric)
        kept = sum(value <= at_most for value in values)
        found.append(
            Margin(
                metric,
                at_most,
                candidate.values[metric],
                results.estimate(0, metric),
                (kept, len(values)),
                results.share_within(0, metric, at_most),
            )
        )
    return tuple(found)

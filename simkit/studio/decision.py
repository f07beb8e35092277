"""A recommendation made ready to decide on: beside it what is there now, and what was rejected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from simkit.base.statistics import Estimate, Paired, estimate, paired
from simkit.engines.columns.exact import why_nobody
from simkit.studio.closed_forms import OF_LISTS
from simkit.studio.experiment import experiment
from simkit.studio.policy import COSTS, Candidate, Margin, Recommendation, margin_of
from simkit.studio.pooling import UNLIMITED
from simkit.studio.recommend import money_of
from simkit.studio.results import Results
from simkit.studio.sweep import sweep

Why = Literal["broke a limit", "would break a limit", "costs more"]


@dataclass(frozen=True)
class Rejected:
    """The policy that comes next, and why it is not taken."""

    candidate: Candidate
    why: Why
    metric: str
    """The limit that it breaks; empty where it costs more."""
    margins: tuple[Margin, ...]
    """How it keeps the limits, by its runs; empty where it was not simulated."""


@dataclass(frozen=True)
class Decision:
    """What to decide on: what is there now, what is recommended, and what was rejected."""

    answer: Recommendation
    present: Results
    """The settings as given, simulated with the random numbers of the recommendation."""
    present_margins: tuple[Margin, ...]
    present_money: Estimate | None
    rejected: Rejected | None
    saved: Mapping[str, Paired]
    """The recommendation less what is there now, by cost, paired day by day."""
    on_focus: Mapping[str, Paired]
    """What it changes that pages poll as their tabs are shown again too, by limit and by cost.

    Empty where no tab is ever hidden, where they do so today, and where it was not simulated.
    """


def decide(answer: Recommendation, *, jobs: int = 1) -> Decision:
    """Give a recommendation beside what is there now, which is simulated for it."""
    about = answer.results.experiment
    made = experiment(
        answer.settings,
        {"policy": {"as given": {}}},
        replications=about.replications,
        metrics=about.metrics,
        seed=about.seed,
    )
    present = sweep(made, jobs=jobs)
    away = answer.settings.workload.hidden_per_shift > 0
    new = away and not answer.settings.widget.refetch_on_focus
    on_focus = _on_focus(answer, jobs) if new else {}
    margins = tuple(
        margin_of(answer.present, metric, most, present.values(0, metric))
        for metric, most in answer.limits.items()
    )
    money = money_of(answer.present, answer.prices, present)
    saved = {
        cost: paired(present.values(0, cost), answer.results.values(0, cost))
        for cost in ("requests_per_s", "bytes_per_s")
    }
    then = money_of(answer.best, answer.prices, answer.results)
    if money and then:
        saved["money"] = paired(money, then)
    return Decision(
        answer,
        present,
        margins,
        estimate(money, least=0.0) if money else None,
        rejected(answer),
        saved,
        on_focus,
    )


def _on_focus(answer: Recommendation, jobs: int) -> dict[str, Paired]:
    """Give what polling on focus as well would change, on the days of the recommendation.

    Those were made in a world that refuses nothing, and so are these. Told where columns can.
    """
    about, (point, *_) = answer.results.experiment, answer.results.points
    settings = point.settings.replace(UNLIMITED | {"widget.refetch_on_focus": True})
    if answer.best.values.get("refused_share") or why_nobody(settings):
        return {}
    made = experiment(
        settings,
        {"policy": {"on focus": {}}},
        replications=about.replications,
        metrics=[metric for metric in about.metrics if metric in (*OF_LISTS, *COSTS)],
        seed=about.seed,
    )
    found = sweep(made, jobs=jobs)
    return {m: paired(answer.results.values(0, m), found.values(0, m)) for m in made.metrics}


def rejected(answer: Recommendation) -> Rejected | None:
    """Give the policy that comes next; None where there is no other.

    The cheapest one that was simulated and broke a limit; else, of those that cost less, the one
    that would break its limits least; else the next dearer one within the limits. It does not wait
    longer after login, which is a small thing beside how widgets poll.
    """
    by_policy = {candidate.policy: candidate for candidate in answer.candidates}
    for policy in answer.tried:
        margins = answer.margins_of[policy]
        if broken := [margin for margin in margins if not margin.holds]:
            worst = min(broken, key=lambda margin: margin.room)
            return Rejected(by_policy[policy], "broke a limit", worst.metric, margins)
    own, wait = answer.best.cost(answer.cheapest), answer.policy.start_jitter_ms
    others = [c for c in answer.candidates if c.policy.start_jitter_ms <= wait]
    ahead = [c for c in others if c.cost(answer.cheapest) < own]
    if ahead:
        nearest = min(ahead, key=lambda c: _excess(answer, c))
        metric = max(answer.limits, key=lambda m: _part(answer, nearest, m))
        return Rejected(nearest, "would break a limit", metric, ())
    behind = (c for c in others if c.cost(answer.cheapest) > own)
    dearer = next((c for c in behind if _excess(answer, c) <= 1), None)
    return Rejected(dearer, "costs more", "", ()) if dearer else None


def _excess(answer: Recommendation, candidate: Candidate) -> float:
    return candidate.excess(answer.limits, answer.corrections.of(candidate.policy))


def _part(answer: Recommendation, candidate: Candidate, metric: str) -> float:
    limit = {metric: answer.limits[metric]}
    return candidate.excess(limit, answer.corrections.of(candidate.policy))

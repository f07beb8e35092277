"""Results of a sweep and a recommendation as JSON documents."""

from __future__ import annotations

from math import inf
from typing import Any

from simkit.base.statistics import Estimate
from simkit.studio.cell import kit
from simkit.studio.closed_forms import Forms, agreement
from simkit.studio.coverage import caution
from simkit.studio.information_age import MEASURES
from simkit.studio.on_opening import on_opening
from simkit.studio.policy import Candidate, Margin, Policy, Recommendation
from simkit.studio.results import Results
from simkit.studio.tipping import Tipping
from simkit.studio.weighing import tokens_by_interval


def results_json(results: Results) -> dict[str, Any]:
    """Give what ``simkit sweep --json`` prints: each point with each metric."""
    experiment = results.experiment
    return {
        "name": experiment.name,
        "kit": kit(),
        "seed": experiment.seed,
        "complete": results.complete,
        "notes": list(results.notes),
        "metrics": {
            name: {"unit": MEASURES[name].unit, "caution": caution(name) or None}
            for name in experiment.metrics
        },
        "points": [_point_json(results, i) for i in range(len(results.points))],
    }


def _point_json(results: Results, i: int) -> dict[str, Any]:
    point = results.points[i]
    forms = Forms(point.settings)
    measured: dict[str, Any] = {}
    for name in results.experiment.metrics:
        values = results.values(i, name)
        found = results.estimate(i, name)
        expected = forms.values.get(name)
        entry: dict[str, Any] = {"runs": len(values)}
        entry |= found.as_json() if found else {"mean": values[0] if values else None, "ci95": None}
        entry["closed_form"] = expected
        apart = agreement(values, expected) if found and expected is not None else None
        entry["standard_errors"] = apart.standard_errors if apart else None
        measured[name] = entry
    return {
        "levels": dict(point.levels),
        "settings": point.settings.hash,
        "metrics": measured,
        "closed_forms_leave_out": list(forms.why_they_part),
    }


def recommendation_json(answer: Recommendation) -> dict[str, Any]:
    """Give what ``simkit recommend --json`` prints: the answer, its margins, what was weighed."""
    return {
        "scenario": answer.settings.name,
        "agents": len(answer.settings.organisation.agents),
        "cheapest": answer.cheapest,
        "met": answer.met,
        "policy": _policy_json(answer.best),
        "margins": [_margin_json(margin) for margin in answer.margins],
        "present": {name: answer.present.values.get(name) for name in answer.limits},
        "alternative": _policy_json(answer.alternative) if answer.alternative else None,
        "tried": [
            {"words": policy.words, "set": policy.changes, **_pool_json(policy)}
            for policy in answer.tried
        ],
        "considered": answer.considered,
        "words": answer.lines,
        "prices": answer.prices.given,
        "currency": answer.prices.currency,
        "money": _money_json(answer),
        "tokens_needed": [
            {"interval_ms": every, "version": version, "tokens": tokens}
            for every, version, tokens in tokens_by_interval(answer)
        ],
        "assumptions": [_tipping_json(tipping) for tipping in answer.tippings],
        "not_simulated": {"list_fetched_on_opening": on_opening(answer.settings)._asdict()},
    }


def _money_json(answer: Recommendation) -> dict[str, Any] | None:
    """Give what the answer costs a working day; None where nothing has a price."""
    if not answer.prices.known:
        return None
    return {
        "unit": f"{answer.prices.currency} a working day",
        "closed_form": answer.best.money,
        "simulated": answer.money.as_json() if answer.money else None,
        "spent_on": answer.best.use.bill(answer.prices),
        "present": answer.present.money,
    }


def _tipping_json(tipping: Tipping) -> dict[str, Any]:
    assumption = tipping.assumption
    return {
        "name": assumption.name,
        "title": assumption.title,
        "value": assumption.value,
        "unit": assumption.unit,
        "source": assumption.source,
        "below": tipping.below and tipping.below._asdict(),
        "above": tipping.above and tipping.above._asdict(),
        "looked_from": tipping.least,
        "looked_to": None if tipping.most == inf else tipping.most,
    }


def _pool_json(policy: Policy) -> dict[str, int]:
    """Give how many tokens agents are dealt round; the fields to set cannot say it."""
    return {"tokens": policy.tokens} if policy.topology == "pooled" else {}


def _policy_json(candidate: Candidate) -> dict[str, Any]:
    policy = candidate.policy
    return {
        "words": policy.words,
        "set": policy.changes,
        **_pool_json(policy),
        "closed_forms": dict(candidate.values),
        "closed_forms_leave_out": list(candidate.why_they_part),
    }


def _margin_json(margin: Margin) -> dict[str, Any]:
    def as_json(found: Estimate | None) -> dict[str, object] | None:
        return found.as_json() if found else None

    return {
        "metric": margin.metric,
        "unit": MEASURES[margin.metric].unit,
        "at_most": margin.at_most,
        "closed_form": margin.expected,
        "simulated": as_json(margin.simulated),
        "days_kept": margin.kept[0],
        "days": margin.kept[1],
        "share_of_days": as_json(margin.kept_share),
        "holds": margin.holds,
        "room": margin.room,
    }

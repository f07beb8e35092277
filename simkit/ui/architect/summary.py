"""What the first screen says: a sentence that recommends, and what is chosen beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from simkit.base.clock import show_duration
from simkit.base.formatting import REQUESTS, number
from simkit.studio.policy import Recommendation
from simkit.ui.architect.advice import Pick
from simkit.ui.architect.choice import Confirmation, PolicyInputs, quantity
from simkit.ui.architect.limits import SIGNS, Known, all_limits, standing, worst
from simkit.ui.architect.told import Cell, Summary, SummaryRow


class Panel(NamedTuple):
    """All that is shown: what is chosen, and what was found for exactly that."""

    choice: PolicyInputs
    day: Mapping[str, float]
    """One day of the choice; empty where there is none."""
    pick: Pick | None
    confirmation: Confirmation | None
    recommendation: Recommendation | None
    recommended_day: Mapping[str, float]
    """One day of the policy that the search recommends; empty where there is none."""

    @property
    def known(self) -> Known:
        """What is known of the choice."""
        return Known(self.choice, self.day, self.confirmation)

    @property
    def recommended(self) -> Known | None:
        """What is known of the policy recommended at once."""
        if self.pick is None:
            return None
        same = self.pick.choice.policy == self.choice.policy
        return Known(self.pick.choice, self.pick.day or {}, self.confirmation if same else None)


def sentence(panel: Panel) -> tuple[str, str]:
    """Give what is recommended at once: what to do, and what it costs and keeps."""
    advised, known = panel.pick, panel.recommended
    if advised is None or known is None:
        return "No limit is set", ", so nothing can be recommended: the rarest polls cost least."
    there, now = advised.choice, panel.choice
    limits = all_limits(there.limits)
    costs = there.forms.values["requests_per_s"]
    requests = requests_in_words(costs)
    if not advised.met:
        return (
            f"Nothing found keeps {limits}",
            f". The nearest is to {_asks(there, now)}, for {requests}.",
        )
    if there.policy == now.policy:
        what, price = f"Stay with every {show_duration(there.interval_ms)}", f"it costs {requests}"
    else:
        asks = _asks(there, now)
        what = f"{asks[0].upper()}{asks[1:]}"
        price = f"it costs {requests}{_compared(costs, now.forms.values['requests_per_s'])}"
    return what, f": {price}, and {_keeps(advised, known, limits)}."


def _asks(there: PolicyInputs, now: PolicyInputs) -> str:
    words = f"ask every {show_duration(there.interval_ms)}"
    words += ", for a version first" if there.version else ""
    if there.topology == now.topology:
        return words
    return (
        f"{words}, with {'a token for each widget' if there.topology == 'own' else 'one for all'}"
    )


def requests_in_words(per_second: float) -> str:
    """Give requests a second as people say it."""
    return number(per_second, REQUESTS)


def _compared(costs: float, now: float) -> str:
    share = round(100 * abs(1 - costs / now)) if now else 0
    if not share:
        return ""
    if costs >= 2 * now:
        return f", {costs / now:.1f} times as many as now"
    return f", {share} % {'fewer' if costs < now else 'more'} than now"


def _keeps(advised: Pick, known: Known, limits: str) -> str:
    if advised.day is None:
        return f"keeps {limits} by the formulas; a day of it is being simulated"
    state = worst(known)
    if state == "kept":
        return f"keeps {limits}, by the formulas and on a simulated day"
    if not any(standing(known, metric).simulated for metric in known.choice.limits):
        return f"keeps {limits} by the formulas; no day of it is simulated"
    return f"{'breaks a limit' if state == 'over' else f'may not keep {limits}'} over five days"


def summary(panel: Panel) -> Summary:
    """Give the first screen's words: what is recommended, and beside it what is chosen."""
    now, advised = panel.known, panel.recommended
    what, why = sentence(panel)
    both = [known for known in (advised, now) if known]

    def plain(label: str, words: list[str]) -> SummaryRow:
        cells: list[Cell] = [{"text": text, "note": "", "state": ""} for text in words]
        return {"label": label, "cells": cells, "at_most": ""}

    rows = [
        plain("Ask every", [show_duration(known.choice.interval_ms) for known in both]),
        plain(
            "Requests a second",
            [
                in_short("requests_per_s", known.choice.forms.values["requests_per_s"])
                for known in both
            ],
        ),
    ]
    for metric, most in now.choice.limits.items():
        label, at_most = _LABELS[metric], in_short(metric, most)
        cells = [_cell(known, metric) for known in both]
        rows.append({"label": label, "cells": cells, "at_most": at_most})
    pick = panel.pick
    return {
        "what": what,
        "why": why,
        "heads": [*(["Recommended" if pick.met else "Nearest"] if pick else []), "Now"],
        "state": worst(advised) if advised and pick and pick.met else "over" if pick else "",
        "rows": rows,
        "pending": bool(pick and pick.day is None),
        "interval_ms": pick.choice.interval_ms if pick else None,
        "version": bool(pick and pick.choice.version),
        "topology": pick.choice.topology if pick else now.choice.topology,
        "applied": bool(pick and pick.choice.policy == now.choice.policy),
    }


_LABELS = {
    "stale_share": "Time a list is out of date",
    "rate_limit_peak_share": "Busiest minute of a token",
    "peak_requests_per_s": "Requests in the busiest second",
}


def _cell(known: Known, metric: str) -> Cell:
    """Give a value with its mark: the one that was simulated, and the formula's where they part."""
    found = standing(known, metric)
    estimate = known.found.estimate(metric) if known.found else None
    value = known.choice.forms.values[metric]
    if estimate is not None:
        value = estimate.mean
    elif metric in known.day:
        value = known.day[metric]
    text = f"{SIGNS[found.state]} {in_short(metric, value)}"
    return {"text": text, "note": found.brief, "state": found.state}


def in_short(metric: str, value: float) -> str:
    """Give a value of a metric whose row says that it counts requests."""
    return number(value, "") if metric.endswith("_per_s") else quantity(metric, value)

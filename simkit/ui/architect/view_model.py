"""What the architect's panel says: as text for people, as JSON for the browser that draws it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal

from simkit.base.clock import show_duration
from simkit.base.formatting import counted, name
from simkit.base.statistics import Estimate
from simkit.studio.closed_forms import agreement
from simkit.studio.coverage import caution
from simkit.studio.policy import Recommendation
from simkit.ui.architect.choice import (
    ROWS,
    Confirmation,
    PanelRow,
    PolicyInputs,
    Spot,
    quantity,
    spread,
    steps_of,
)
from simkit.ui.architect.limits import (
    SHORT,
    SIGNS,
    Known,
    mark,
    settled,
    standing,
    verdict,
    worst,
)
from simkit.ui.architect.summary import Panel, in_short, requests_in_words, sentence, summary
from simkit.ui.architect.told import (
    Advice,
    Capacity,
    Chosen,
    Control,
    ControlGroup,
    CurveSpot,
    Interval,
    LoadLimit,
    MetricRow,
    Picture,
    Place,
    PresentSpot,
    SimulatedSpot,
    SimulatedWords,
    Slid,
    StaleLimit,
    Step,
    Told,
    TopologyEntry,
)

_Name = Slid | Literal["version", "topology"]
_FIRST: tuple[tuple[_Name, str], ...] = (
    ("interval_ms", "Ask every"),
    ("agents", "Agents"),
    ("topology", "Token"),
    ("most_stale_share", "Out of date, at most"),
    ("version", "Ask for a version first"),
)
"""The controls of the first screen; an empty heading stands over them."""
_GROUPS: tuple[tuple[str, tuple[tuple[_Name, str], ...]], ...] = (
    ("", _FIRST),
    (
        "Contact centre",
        (
            ("edits", "Edits a day"),
            ("start_spread_ms", "Logins spread over"),
            ("start_jitter_ms", "Random wait at login"),
        ),
    ),
    (
        "Limits",
        (
            ("rate_limit_per_min", "Limit of a token"),
            ("most_rate_limit_peak_share", "Busiest minute, at most"),
            ("most_peak_requests_per_s", "Busiest second, at most"),
        ),
    ),
)
_TOPOLOGIES: list[TopologyEntry] = [
    {"value": "own", "text": "one for each widget"},
    {"value": "shared", "text": "one for all"},
]
_VERSIONS = {False: "without a version", True: "with a version"}
_LABELLED_MS = {
    *(1000 * s for s in (2, 5, 10, 30)),
    *(60_000 * minutes for minutes in (1, 2, 5, 15, 60)),
}
"""Intervals written along the curves."""


# In words.


def policy_words(choice: PolicyInputs) -> str:
    """Give the policy as a sentence."""
    words = choice.policy.words
    return f"{words[0].upper()}{words[1:]}."


def crowd_words(choice: PolicyInputs) -> str:
    """Give whom it is for, as a clause."""
    agents, edits = counted(choice.agents, "agent"), counted(choice.edits, "edit")
    return f"{name(choice.base.name)}, {agents}, {edits} a day"


def simulated_words(row: PanelRow, found: Confirmation) -> SimulatedWords:
    """Give the simulated mean with its interval, and the closed form with how far it is away."""
    estimate = found.estimate(row.metric)
    if estimate is None:
        return {"mean": "does not apply", "closed_form": ""}
    expected, estimate = found.expected[row.metric], settled(estimate)
    spreads = estimate.low < estimate.high
    values = found.results.values(0, row.metric)
    errors = agreement(values, expected).standard_errors if spreads else None
    away = "no spread" if errors is None else f"{abs(errors):.1f} s.e. away"
    return {
        "mean": spread(row.metric, estimate),
        "closed_form": f"{quantity(row.metric, expected)}, {away}",
    }


def confirmation_notes(choice: PolicyInputs, found: Confirmation) -> list[str]:
    """Give what to know of a confirmation: its size, and intervals that fall short."""
    runs, first = found.results.table.num_rows, found.results.experiment.seed
    agents = counted(found.agents, "agent")
    said = (
        f"Simulated: {agents}, {runs} days (seeds {first} to {first + runs - 1}), "
        "means with their 95 % intervals."
    )
    if found.agents < choice.agents:
        said += (
            f" The closed forms beside are for {found.agents:,} agents, not for {choice.agents:,}"
        )
        limit = found.settings.platform.rate_limit_per_min
        shared = choice.topology == "shared" and limit is not None
        said += f", and the limit of their token is {limit:,} a minute." if shared else "."
    cautions = [f"{row.title}: {caution(row.metric)}." for row in _rows(found.expected)]
    return [said, *(words for words in cautions if not words.endswith(": ."))]


def form_notes(choice: PolicyInputs) -> list[str]:
    """Give where the simulation will leave the closed forms, in words."""
    why = [f"The closed forms leave out that {reason}." for reason in choice.forms.why_they_part]
    if not choice.edits:
        why.insert(0, "Without edits no list is ever out of date.")
    return why


def day_notes(choice: PolicyInputs) -> list[str]:
    """Give why no day of all agents is simulated at once, where that is so."""
    why = choice.no_day
    return [f"No day of all agents is simulated at once: {why}."] if why else []


def _day_head(panel: Panel) -> str:
    """Give the heading over the values of one simulated day; empty where there is none."""
    return f"One day of {counted(panel.choice.agents, 'agent')}" if panel.day else ""


def _of_search(panel: Panel, found: Recommendation) -> Known:
    """Give what is known of the policy that the search recommends: five days of it, and one."""
    policy = found.policy
    there = replace(
        panel.choice,
        interval_ms=policy.interval_ms,
        version=policy.version,
        topology=policy.token_topology,
        start_jitter_ms=policy.start_jitter_ms,
    )
    simulated = Confirmation(found.best.settings, found.best.values, found.results)
    return Known(there, panel.recommended_day, simulated)


def search_headline(panel: Panel, found: Recommendation) -> str:
    """Give what the search recommends, with its mark."""
    known = _of_search(panel, found)
    said = f"{SIGNS[worst(known)]} {found.verdict}: {found.policy.words}."
    doubts = [
        f"{SHORT[metric]}: {each.how}"
        for metric in known.choice.limits
        if (each := standing(known, metric)).state == "open"
    ]
    return f"{said} Undecided is the {'; the '.join(doubts)}." if doubts else said


def recommendation_lines(choice: PolicyInputs, found: Recommendation) -> list[str]:
    """Give the recommendation in words, with the size it was worked out at."""
    agents = len(found.settings.organisation.agents)
    if agents == choice.agents:
        return found.lines
    return [
        f"Worked out on {agents:,} of {choice.agents:,} agents; limits on requests of all of them "
        "are scaled alike. Fewer agents fluctuate more, so this is on the safe side.",
        *found.lines,
    ]


def text(panel: Panel) -> str:
    """Give all that the panel says, line by line."""
    choice, found, known = panel.choice, panel.confirmation, panel.known
    lines = [f"{crowd_words(choice)}. {policy_words(choice)}", verdict(known)]
    lines.append("".join(sentence(panel)))
    for row in _rows(choice.forms.values):
        value = quantity(row.metric, choice.forms.values[row.metric])
        kept = mark(known, row.metric)
        lines.append(f"- {row.title}: {value} ({row.form}){f'. {kept}' if kept else ''}")
        if row.metric in panel.day:
            lines.append(f"  one day of all: {quantity(row.metric, panel.day[row.metric])}")
        if found:
            words = simulated_words(row, found)
            apart = f"; closed form {words['closed_form']}" if words["closed_form"] else ""
            lines.append(f"  simulated {words['mean']}{apart}")
    lines += [*form_notes(choice), *day_notes(choice)]
    if found:
        lines += confirmation_notes(choice, found)
    if panel.recommendation:
        lines.append(search_headline(panel, panel.recommendation))
        lines += recommendation_lines(choice, panel.recommendation)
    return "\n".join(lines)


def _rows(values: Mapping[str, float]) -> list[PanelRow]:
    return [row for row in ROWS if row.metric in values]


# For the browser.


def controls(choice: PolicyInputs) -> list[ControlGroup]:
    """Give the controls by group: label, kind, and the values of each with their words."""
    steps = steps_of(choice)
    return [
        {"group": group, "controls": [_control(*each, steps) for each in members]}
        for group, members in _GROUPS
    ]


def _control(key: _Name, label: str, steps: Mapping[str, list[tuple[Any, str]]]) -> Control:
    if key == "version":
        return {"name": key, "label": label, "kind": "flag"}
    if key == "topology":
        return {"name": key, "label": label, "kind": "choice", "steps": _TOPOLOGIES}
    offered = [Step(value=value, text=text) for value, text in steps[key]]
    return {"name": key, "label": label, "kind": "slider", "steps": offered}


def told(panel: Panel, *, due: bool) -> Told:
    """Give what the browser shows; ``due`` says that five days are still to be asked for."""
    choice, found, known = panel.choice, panel.confirmation, panel.known
    values, limits = choice.forms.values, choice.limits
    rows: list[MetricRow] = [
        {
            "title": row.title,
            "value": quantity(row.metric, values[row.metric]),
            "form": row.form,
            "source": row.source,
            "mark": mark(known, row.metric),
            "standing": standing(known, row.metric).state if row.metric in limits else "",
            "day": quantity(row.metric, panel.day[row.metric]) if row.metric in panel.day else "",
            "simulated": simulated_words(row, found) if found else None,
        }
        for row in _rows(values)
    ]
    advice = panel.recommendation
    return {
        "chosen": _chosen(choice),
        "crowd": crowd_words(choice),
        "policy": policy_words(choice),
        "verdict": verdict(known),
        "standing": worst(known),
        "summary": summary(panel),
        "rows": rows,
        "day": _day_head(panel),
        "due": due,
        "notes": [
            *form_notes(choice),
            *day_notes(choice),
            *(confirmation_notes(choice, found) if found else []),
        ],
        "picture": _picture(panel),
        "advice": _advice(panel, advice) if advice else None,
    }


def _chosen(choice: PolicyInputs) -> Chosen:
    return {
        "interval_ms": choice.interval_ms,
        "version": choice.version,
        "topology": choice.topology,
        "start_jitter_ms": choice.start_jitter_ms,
        "agents": choice.agents,
        "edits": choice.edits,
        "start_spread_ms": choice.start_spread_ms,
        "rate_limit_per_min": choice.rate_limit_per_min,
        "most_stale_share": choice.most_stale_share,
        "most_rate_limit_peak_share": choice.most_rate_limit_peak_share,
        "most_peak_requests_per_s": choice.most_peak_requests_per_s,
    }


def _advice(panel: Panel, found: Recommendation) -> Advice:
    return {
        "headline": search_headline(panel, found),
        "lines": recommendation_lines(panel.choice, found),
        "applied": found.policy == panel.choice.policy,
    }


def _picture(panel: Panel) -> Picture:
    """Give the picture: x is the load, y the share of time out of date."""
    choice = panel.choice
    here = choice.forms.values
    return {
        "title": _finding(choice),
        "y_axis": "Out of date, % of the time",
        "curves": [
            {
                "version": version,
                "label": _VERSIONS[version],
                "chosen": version == choice.version,
                "spots": _spots(choice, version, choice.curves[version]),
            }
            for version in (False, True)
        ],
        "present": {
            "x": _place(here),
            "y": here["stale_share"],
            "label": f"now: {show_duration(choice.interval_ms)}",
        },
        "most_stale": _stale_limit(choice),
        "limits": _load_limits(choice),
        "capacity": _capacity(choice),
        "recommended": _recommended(panel),
        "day": {"x": _place(panel.day), "y": panel.day["stale_share"]} if panel.day else None,
        "simulated": _simulated(panel),
    }


def _recommended(panel: Panel) -> PresentSpot | None:
    """Give the place of the policy recommended, where it is another one than that chosen."""
    pick = panel.pick
    if pick is None or not pick.met or pick.choice.policy == panel.choice.policy:
        return None
    values = pick.choice.forms.values
    label = f"recommended: {show_duration(pick.choice.interval_ms)}"
    return {"x": _place(values), "y": values["stale_share"], "label": label}


_LIMIT_LABELS = {
    "rate_limit_peak_share": "busiest minute",
    "peak_requests_per_s": "busiest second",
}


def _load_limits(choice: PolicyInputs) -> list[LoadLimit]:
    found: list[LoadLimit] = []
    for metric, label in _LIMIT_LABELS.items():
        if metric not in choice.limits:
            continue
        requests = choice.threshold(metric, "requests_per_s")
        size = choice.threshold(metric, "bytes_per_s")
        if requests is None or size is None:
            continue
        at: Place = {"requests_per_s": requests, "bytes_per_s": size}
        words = f"{label} at most {in_short(metric, choice.limits[metric])}"
        found.append({"at": at, "label": words})
    return found


def _place(values: Mapping[str, float]) -> Place:
    return {"requests_per_s": values["requests_per_s"], "bytes_per_s": values["bytes_per_s"]}


def _spots(choice: PolicyInputs, version: bool, spots: Iterable[Spot]) -> list[CurveSpot]:
    return [
        {
            "interval_ms": spot.interval_ms,
            "label": show_duration(spot.interval_ms),
            "labelled": spot.interval_ms in _LABELLED_MS,
            "now": spot.interval_ms == choice.interval_ms,
            "x": _place(spot.values),
            "y": spot.values["stale_share"],
            "over": bool(choice.over(spot.values)),
            "cells": [
                quantity(metric, spot.values[metric])
                for metric in ("stale_share", "requests_per_s", "bytes_per_s")
            ],
            "words": _spot_words(choice, version, spot),
        }
        for spot in spots
    ]


def _spot_words(choice: PolicyInputs, version: bool, spot: Spot) -> str:
    stale, requests = _bought(spot.values)
    size = quantity("bytes_per_s", spot.values["bytes_per_s"])
    kept = "over a limit" if choice.over(spot.values) else "within the limits"
    return (
        f"every {show_duration(spot.interval_ms)}, {_VERSIONS[version]}: out of date {stale} of "
        f"the time, {requests}, {size}; {kept} by the formulas"
    )


def _finding(choice: PolicyInputs) -> str:
    """Give the title: what the interval chosen gives, and what one of half its length would."""
    here = choice.interval_ms
    shorter = [spot for spot in choice.curve if 2 * spot.interval_ms <= here]
    stale, requests = _bought(choice.forms.values)
    told = [f"Every {show_duration(here)}: out of date {stale} of the time, at {requests}."]
    for spot in shorter[:1]:
        stale, requests = _bought(spot.values)
        told.append(f"Every {show_duration(spot.interval_ms)}: {stale}, at {requests}.")
    return " ".join(told)


def _bought(values: Mapping[str, float]) -> tuple[str, str]:
    return quantity("stale_share", values["stale_share"]), requests_in_words(
        values["requests_per_s"]
    )


def _stale_limit(choice: PolicyInputs) -> StaleLimit | None:
    most = choice.limits.get("stale_share")
    if most is None:
        return None
    return {"at": most, "label": f"at most {quantity('stale_share', most)}"}


def _capacity(choice: PolicyInputs) -> Capacity | None:
    carried = choice.capacity
    if carried is None:
        return None
    who = "the shared token carries" if choice.topology == "shared" else "all tokens carry"
    return {"at": carried, "label": f"{who} {quantity('requests_per_s', carried)}"}


def _simulated(panel: Panel) -> SimulatedSpot | None:
    """Give the simulated point; its load is scaled to the crowd chosen."""
    choice, found = panel.choice, panel.confirmation
    if found is None:
        return None
    stale, requests, size = map(found.estimate, ("stale_share", "requests_per_s", "bytes_per_s"))
    if stale is None or requests is None or size is None:
        return None
    scale = choice.agents / found.agents
    return {
        "x": {"requests_per_s": _scaled(requests, scale), "bytes_per_s": _scaled(size, scale)},
        "y": _scaled(stale, 1),
        "label": "simulated" if scale == 1 else f"simulated ({found.agents:,} agents, scaled)",
    }


def _scaled(found: Estimate, scale: float) -> Interval:
    return {"mean": scale * found.mean, "low": scale * found.low, "high": scale * found.high}

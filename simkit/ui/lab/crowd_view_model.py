"""All agents of a large organisation, as the browser is told of them: in groups, and counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simkit.base.clock import HOUR, MINUTE
from simkit.base.formatting import name
from simkit.base.language import number_words, tr
from simkit.ui.lab import agent_view_model, told
from simkit.ui.lab.agent_view import AgentView
from simkit.ui.lab.sentences import KIND_WORDS, agent_label, overview_finding

if TYPE_CHECKING:
    from simkit.engines.columns.density import Bins

ROWS = 50
"""Groups of agents in the picture, at most."""
WORST = 50
"""Agents who are named one by one."""
BIN_MS = 5 * MINUTE
LIMITS = (2, 5, 10, 20, 40, 60, 80, 100)
"""The highest share, in %, that each shade stands for; small ones are told apart, as most are."""


def crowd_model(view: AgentView, order: Sequence[str], label: str = "") -> told.Crowd:
    """Give all agents of a run of that name, in an order: how many are misled, and how."""
    from simkit.engines.columns.density import shares

    bins = _bins(view, BIN_MS)
    start, end = view.everybody.span
    size = group_size(order)
    return {
        "title": overview_finding(view),
        "label": label,
        "start": start,
        "end": end,
        "first": bins.first,
        "every": bins.every,
        "limits": [*LIMITS],
        "size": size,
        "groups": [
            {"id": first, "agents": ranks}
            for first, ranks in zip(order[::size], _ranks(order, size), strict=True)
        ],
        "shares": shares(view.everybody, order, size, bins),
        "lines": _lines(view, bins),
        "hours": _hours(view),
        "agents": [_agent(view, agent) for agent in order[:WORST]],
    }


def crowd_list(view: AgentView, order: Sequence[str], chosen: str) -> list[told.Entry]:
    """Give the entries of the list of agents: the worst ones, and the first of each group.

    Of the groups of an order; whoever is chosen is there as well.
    """
    size = group_size(order)
    first_of = dict(zip(order[::size], _ranks(order, size), strict=True))
    worst = view.run.agents_by_discrepancy[:WORST]
    place = view.everybody.place
    total = view.everybody.totals
    others = sorted(
        {*first_of, chosen}.difference(worst), key=lambda agent: (-total[place[agent]], agent)
    )
    named = [(agent, agent_label(view, agent)) for agent in worst]
    named += [(agent, _label(view, agent, first_of.get(agent))) for agent in others]
    return told.entries(named)


def group_size(order: Sequence[str]) -> int:
    """Give how many agents a row of the picture stands for."""
    return -(-len(order) // ROWS)


def _ranks(order: Sequence[str], size: int) -> list[str]:
    firsts = range(0, len(order), size)
    ends = [(first + 1, min(first + size, len(order))) for first in firsts]
    return [number_words(f"{first:,}–{last:,}") for first, last in ends]


def _label(view: AgentView, agent: str, ranks: str | None) -> str:
    label = agent_label(view, agent)
    return tr("{agent}, first of {places}", agent=label, places=ranks) if ranks else label


def _bins(view: AgentView, every: int) -> Bins:
    """Give bins that begin at round local times."""
    from simkit.engines.columns.density import Bins

    offset = agent_view_model.clock_offsets(view)[0]["offset"]
    return Bins.around(*view.everybody.span, every, offset)


def _lines(view: AgentView, bins: Bins) -> list[told.CrowdLine]:
    """Give the agents on shift, and those in each kind of trouble that there is, bin by bin."""
    from simkit.engines.columns.density import counts

    found = counts(view.everybody, bins, len(KIND_WORDS))
    rows = [("shift", tr("on shift"), found.at_work)]
    rows += [
        (kind, tr(words), values)
        for (kind, words), values in zip(KIND_WORDS.items(), found.by_kind, strict=True)
        if any(values)
    ]
    return [
        {"kind": kind, "words": _most(view, words, values, bins), "values": values}
        for kind, words, values in rows
    ]


def _most(view: AgentView, what: str, values: Sequence[float], bins: Bins) -> str:
    most = max(values)
    at = view.clock(bins.first + values.index(most) * bins.every)[:5]
    return tr("{what}: {number} at most, at {time}", what=what, number=_agents(most), time=at)


def _agents(number: float) -> str:
    whole = number >= 10 or number == round(number)
    return number_words(f"{number:,.0f}" if whole else f"{number:.1f}")


def _hours(view: AgentView) -> list[list[str]]:
    """Give the table of the picture: hour by hour, on shift, misled, and by kind."""
    from simkit.engines.columns.density import counts

    bins = _bins(view, HOUR)
    found = counts(view.everybody, bins, len(KIND_WORDS))
    columns = (found.at_work, found.misled, *found.by_kind)
    return [
        [view.clock(bins.first + i * HOUR)[:5], *map(_agents, row)]
        for i, row in enumerate(zip(*columns, strict=True))
    ]


def _agent(view: AgentView, agent: str) -> told.AgentSum:
    spans = view.everybody.of(agent)
    kinds = 0
    for _, _, held in spans:
        kinds |= held
    return {
        "id": agent,
        "name": name(agent),
        "division": name(view.run.days[agent].division),
        "discrepancy_ms": view.run.discrepancy_ms(agent),
        "first": spans[0][0] if spans else None,
        "kinds": kinds,
    }

"""Who sees what: the list of each division's agents, and what they may use of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple

from simkit.checking.findings import Reach
from simkit.rules.agent_ids import worker
from simkit.rules.organisation import Organisation
from simkit.rules.reasons import Code, Directory, directory_of
from simkit.rules.sections import CONTEXT_DIVISION, PAGE_DIVISION
from simkit.rules.settings import Settings


class Team(NamedTuple):
    """The agents of one division, and codes as masks: code i is bit i."""

    division: str
    agents: int
    listed: int
    """What their dropdown shows."""
    usable: int
    """What of the listed types they may use."""
    hierarchical: int
    """What it would show with a hierarchical filter."""
    exact: int
    """What it would show with an exact one."""


def people(organisation: Organisation) -> Counter[str]:
    """Give how many agents each division has; who works several shifts counts once."""
    ids = {agent.id for agent in organisation.agents}
    own = (agent for agent in organisation.agents if worker(agent.id, ids) == agent.id)
    return Counter(agent.division for agent in own)


def reach(organisation: Organisation, teams: Iterable[Team]) -> Reach:
    """Give the agents of some divisions as a part of all."""
    found = list(teams)
    everybody = sum(people(organisation).values())
    names = frozenset(team.division for team in found)
    return Reach(sum(team.agents for team in found), everybody, len(found), names)


def everybody(organisation: Organisation) -> Reach:
    """Give all agents of an organisation."""
    return reach_of(organisation, people(organisation))


def reach_of(organisation: Organisation, divisions: Collection[str]) -> Reach:
    """Give the agents of divisions that are named, as a part of all."""
    counted = people(organisation)
    agents = sum(counted[each] for each in divisions)
    return Reach(agents, counted.total(), len(divisions), frozenset(divisions))


def teams(settings: Settings) -> list[Team]:
    """Give what the agents of each division see, where lists are not refused."""
    widget, organisation = settings.widget, settings.organisation
    directory = directory_of(settings)
    types = widget.status_reason_types
    wanted = directory.of_types(types)
    found = []
    for division, agents in people(organisation).items():
        asked = division
        if widget.division_id not in (CONTEXT_DIVISION, PAGE_DIVISION):
            asked = organisation.division_by_id.get(widget.division_id, "")
        lists = {
            filter_type: _listed(directory, asked, filter_type, types)
            for filter_type in ("division", "hierarchical")
        }
        usable = directory.usable(division).values[0] & wanted
        found.append(
            Team(
                division,
                agents,
                lists[widget.filter_type],
                usable,
                lists["hierarchical"],
                lists["division"],
            )
        )
    return found


def _listed(directory: Directory, division: str, filter_type: str, types: tuple[str, ...]) -> int:
    if not division:
        return 0
    return directory.listing(division, filter_type, types).values[0].mask


def codes_in(mask: int, codes: Sequence[Code]) -> list[Code]:
    """Give the codes of a mask."""
    return [code for i, code in enumerate(codes) if mask >> i & 1]


def mask_of(codes: Sequence[Code], wanted: Callable[[Code], bool]) -> int:
    """Give the mask of the codes that are wanted."""
    return sum(1 << i for i, code in enumerate(codes) if wanted(code))


def teams_own(mask: int, codes: Sequence[Code], division: str, manned: Collection[str]) -> int:
    """Give those codes of a mask that are another division's own: it has agents itself."""
    return mask & mask_of(codes, lambda code: code.division != division and code.division in manned)


def most_at_once(organisation: Organisation) -> int:
    """Give how many agents are at work at the busiest moment, as their shifts stand."""
    steps = Counter[tuple[int, int]]()
    for agent in organisation.agents:
        hours = organisation.hours[agent.shift]
        steps[hours.start, 1] += 1
        steps[hours.end, -1] += 1
    most = now = 0
    for (_, step), count in sorted(steps.items()):
        now += step * count
        most = max(most, now)
    return most

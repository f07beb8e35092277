"""The same organisation with more or fewer agents and codes: what a sweep varies in size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

from simkit.rules.organisation import Organisation, Person, ReasonCode


def resized(org: Organisation, agents: int | None = None, codes: int | None = None) -> Organisation:
    """Give the organisation with as many agents and codes in all; None leaves a number alone.

    Those there are stay as they are as long as there is room, so that a larger organisation moves
    nobody's luck; a smaller one keeps some of each division, and a code of each scheduled reason.
    New ones follow the present ones in division and shift. ValueError for fewer than one agent, or
    fewer codes than that.
    """
    parts: dict[str, Any] = {name: getattr(org, name) for name in type(org).model_fields}
    if agents is not None:
        parts["agents"] = _agents(org, agents)
    if codes is not None:
        parts["codes"] = _codes(org, codes)
    return Organisation.model_validate(parts)


def _agents(org: Organisation, wanted: int) -> list[Person]:
    known = org.agents
    if wanted < 1:
        raise ValueError("an organisation needs at least one agent")
    if wanted <= len(known):
        return [known[i * len(known) // wanted] for i in range(wanted)]
    ids = _unused("agent", {person.id for person in known})
    more = range(wanted - len(known))
    models = [known[i % len(known)] for i in more]
    return [*known, *(model.model_copy(update={"id": next(ids)}) for model in models)]


def _codes(org: Organisation, wanted: int) -> list[ReasonCode]:
    """Spread codes over the divisions that have some now, each kept as even as it is."""
    known = org.codes
    scheduled = {activity.reason for shift in org.shifts for activity in shift.activities}
    fewest = max(1, len(scheduled))
    if wanted < fewest or not known:
        raise ValueError(f"the catalogue needs at least {fewest} codes, to begin with and after")
    if wanted <= len(known):
        return _kept(known, scheduled, wanted)
    ids = _unused("further-reason", {code.id for code in known})
    homes = list(dict.fromkeys(code.division for code in known))
    more = []
    for i in range(wanted - len(known)):
        number = i // len(homes) + 1
        named = {"id": next(ids), "name": f"Further Reason {number}", "type": "OTHER"}
        more.append(ReasonCode.model_validate({**named, "division": homes[i % len(homes)]}))
    return [*known, *more]


def _kept(known: Sequence[ReasonCode], scheduled: set[str], wanted: int) -> list[ReasonCode]:
    """Keep the first code of each scheduled reason, and evenly as many of the others."""
    first = {code.name: code.id for code in reversed(known)}
    needed = {first[name] for name in scheduled}
    others = [code.id for code in known if code.id not in needed]
    room = wanted - len(needed)
    kept = needed | {others[i * len(others) // room] for i in range(room)}
    return [code for code in known if code.id in kept]


def _unused(stem: str, taken: set[str]) -> Iterator[str]:
    names = (f"{stem}-{n}" for n in count(len(taken) + 1))
    return (name for name in names if name not in taken)

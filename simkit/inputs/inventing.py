"""An organisation made up to a size: so many agents, divisions, codes and shifts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from simkit.base import given
from simkit.base.errors import BadInput
from simkit.rules.organisation import Organisation

DAY = date(2026, 3, 2)
MOST = {"agents": 50_000, "divisions": 1_000, "codes": 200, "shifts": 21}
"""Sizes that can be asked for; shifts begin a quarter of an hour apart at the least."""
_MOST_CODES = 50_000
"""In all divisions together."""
_REASONS = (
    ("Short Break", "BREAK"),
    ("Meal", "BREAK"),
    ("Team Meeting", "TRAINING"),
    ("Coaching", "TRAINING"),
    ("System Issue", "OTHER"),
    ("Follow-up Work", "OTHER"),
    ("Personal", "BREAK"),
    ("E-Learning", "TRAINING"),
    ("Callback", "OTHER"),
    ("Supervisor Request", "OTHER"),
    ("Back Office", "OTHER"),
    ("Comfort Break", "BREAK"),
)
"""The first two are what shifts schedule."""
_ROOT = "All divisions"
_FIRST, _LAST = 7 * 60, 12 * 60
"""Minutes after midnight between which shifts begin; one alone begins at 08:00."""
_HOURS = 8 * 60
_ACTIVITIES = ((120, 15, 0), (210, 30, 1), (375, 15, 0))
"""Begin after that of the shift, length, and which reason: two breaks and a meal (ASSUMED)."""


def invented(
    agents: int, divisions: int, codes: int, shifts: int, name: str = "New organisation"
) -> Organisation:
    """Give an organisation of such a size: divisions below one root, codes in each division.

    ``codes`` is how many each division has. BadInput for what cannot be: fewer than two codes,
    for shifts schedule two, or more of anything than ``MOST``.
    """
    sizes = {"agents": agents, "divisions": divisions, "codes": codes, "shifts": shifts}
    for field, value in sizes.items():
        given.whole(field, value, 2 if field == "codes" else 1, MOST[field])
    if divisions * codes > _MOST_CODES:
        found, allowed = f"{divisions * codes:,} codes in all", f"at most {_MOST_CODES:,}"
        raise BadInput(field="codes", found=found, allowed=allowed)
    names = [f"Division {n:0{len(str(divisions))}}" for n in range(1, divisions + 1)]
    patterns = list(_patterns(shifts))
    return Organisation.model_validate(
        {
            "name": name,
            "day": DAY,
            "time_zone": "UTC",
            "provisioning_user_division": _ROOT,
            "divisions": [
                {"id": _id(0), "name": _ROOT},
                *({"id": _id(n), "name": each, "parent": _ROOT} for n, each in enumerate(names, 1)),
            ],
            "codes": [code for n, each in enumerate(names, 1) for code in _codes(n, each, codes)],
            "shifts": patterns,
            "agents": [
                {
                    "id": f"agent-{n + 1:0{max(4, len(str(agents)))}}",
                    "division": names[n % divisions],
                    "shift": patterns[n // divisions % shifts]["name"],
                }
                for n in range(agents)
            ],
        }
    )


def _id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


def _codes(number: int, division: str, count: int) -> Iterator[dict[str, Any]]:
    for n in range(count):
        further = f"Further Reason {n + 1 - len(_REASONS)}", "OTHER"
        name, kind = _REASONS[n] if n < len(_REASONS) else further
        code = f"d{number}-{name.casefold().replace(' ', '-')}"
        yield {"id": code, "name": name, "type": kind, "division": division, "critical": n < 2}


def _patterns(count: int) -> Iterator[dict[str, Any]]:
    for n in range(count):
        start = 8 * 60 if count == 1 else _FIRST + (_LAST - _FIRST) * n // (count - 1) // 15 * 15
        yield {
            "name": f"from {_clock(start)}",
            "start": _clock(start),
            "end": _clock(start + _HOURS),
            "activities": [
                {
                    "start": _clock(start + after),
                    "end": _clock(start + after + length),
                    "reason": _REASONS[which][0],
                }
                for after, length, which in _ACTIVITIES
            ],
        }


def _clock(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return f"{hours:02}:{rest:02}"

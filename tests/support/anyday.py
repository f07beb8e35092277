"""Random recorded days for property tests: what a status log, a schedule and a clock bring.

Statuses follow each other without a gap, in uneven pieces; shifts begin with a status, last over
midnight, are worked twice a day; times are whole minutes or whatever; codes come back.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from simkit.rules.organisation import nth_shift_id
from simkit.rules.reasons import Edit, provision
from simkit.rules.schedule import Window
from simkit.rules.settings import Settings
from simkit.rules.workload import AgentDay, Intention, Span, Transfer, Workload

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000
LATE = 14 * HOUR
"""From here on shifts are night shifts, where a day opens at 08:00: they begin at 22:00."""


@st.composite
def recorded_days(draw: st.DrawFn, settings: Settings) -> Workload:
    """Draw a recorded day of the agents of some settings."""
    codes = provision(settings.organisation, settings.provisioning)
    grain = draw(st.sampled_from([1, 1, SECOND, MINUTE]))
    days: list[AgentDay] = []
    people = settings.organisation.agents
    further = {nth_shift_id(person.id, 2) for person in people}
    for person in people:
        if person.id in further:
            continue  # the organisation's own second shift of somebody who is drawn here
        starts = draw(st.sampled_from([(0,), (0,), (MINUTE,), (LATE,), (0, LATE), (0, 2 * HOUR)]))
        for n, start in enumerate(starts, 1):
            who = nth_shift_id(person.id, n)
            days.append(draw(_days(settings, who, person.division, start, grain)))
    assert len({day.agent for day in days}) == len(days)
    horizon = max(day.end for day in days)
    edits = draw(
        st.lists(
            st.tuples(
                _times(0, horizon, grain),
                st.integers(0, len(codes) - 1),
                st.sampled_from([False, False, True]),
                st.booleans(),
            ),
            max_size=8,
            unique_by=lambda each: each[:2],
        )
    )
    return Workload(tuple(days), tuple(sorted(Edit(*each) for each in edits)))


def _times(start: int, end: int, grain: int) -> st.SearchStrategy[int]:
    """Give times of [start, end) on a grid, rather at its beginning."""
    last = max(0, (end - 1 - start) // grain)
    anywhere = st.integers(0, last)
    return st.one_of(anywhere, anywhere, st.integers(0, min(3, last))).map(
        lambda n: start + n * grain
    )


@st.composite
def _days(
    draw: st.DrawFn, settings: Settings, who: str, division: str, start: int, grain: int
) -> AgentDay:
    org = settings.organisation
    start += draw(st.integers(0, 2)) * grain
    end = start + draw(st.sampled_from([HOUR // 2, HOUR, 100 * MINUTE + grain]))

    def times(most: int, least: int = 0) -> list[int]:
        drawn = st.lists(_times(start, end, grain), min_size=least, max_size=most, unique=True)
        return sorted(draw(drawn))

    def spans(most: int) -> list[tuple[int, int]]:
        edges = [*times(2 * most), end]
        touching = draw(st.booleans())
        pairs = (
            list(pairwise(edges)) if touching else list(zip(edges[::2], edges[1::2], strict=False))
        )
        return [(a, b) for a, b in pairs[:most] if a < b]

    return AgentDay(
        agent=who,
        division=division,
        start=start,
        end=end,
        windows=tuple(
            Window(a, b, draw(st.sampled_from([code.name for code in org.codes])))
            for a, b in spans(draw(st.sampled_from([0, 3])))
        ),
        intentions=tuple(sorted(draw(_statuses(settings, division, start, end, grain)))),
        hidden=tuple(Span(a, b) for a, b in spans(draw(st.sampled_from([0, 0, 2])))),
        outages=tuple(Span(a, b) for a, b in spans(draw(st.sampled_from([0, 0, 0, 2])))),
        transfers=tuple(
            Transfer(t, draw(st.sampled_from([each.name for each in org.divisions])))
            for t in times(draw(st.sampled_from([0, 0, 1, 2])))
        ),
        reloads=tuple(times(draw(st.sampled_from([0, 0, 2])))),
    )


@st.composite
def _statuses(
    draw: st.DrawFn, settings: Settings, division: str, start: int, end: int, grain: int
) -> list[Intention]:
    """Draw statuses without gaps, from the login perhaps, and some that overlap."""
    codes = provision(settings.organisation, settings.provisioning)
    own = [code for code in codes if code.division == division] or list(codes)
    wanted: list[Any] = [(code.name, "") for code in own] + [(code.name, code.id) for code in own]
    wanted.append(("No such reason", ""))
    edges = draw(st.lists(_times(start, end, grain), max_size=12, unique=True))
    edges = sorted({*edges, end} | ({start} if draw(st.booleans()) else set()))
    made = []
    for a, b in pairwise(edges):
        gap = draw(st.sampled_from([0, 0, 0, -1, 1, 50, 200, 5 * MINUTE, -5 * MINUTE]))
        name, code_id = draw(st.sampled_from(wanted))
        made.append(Intention(a, name, max(1, b - a - gap), code_id))
    return made

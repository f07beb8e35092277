"""Calls are counted by stretches of time as one by one; a random wait spreads a common start."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

import simkit
from simkit.base.clock import HOUR, MINUTE, SECOND
from simkit.rules.organisation import Organisation
from simkit.rules.settings import Settings
from simkit.runs.departures import Departures
from simkit.runs.metrics.traffic import load, per_bucket
from simkit.runs.run import Run

KINDS = ("list", "config", "submit", "renew")

# Counting.


def one_by_one(calls: list[Departures], bucket: int) -> dict[int, int]:
    """Count without any thought: each call by itself, each into the stretch that holds it."""
    counts: dict[int, int] = {}
    for call in calls:
        left = call.first
        for _ in range(call.n):
            place = 0
            while (place + 1) * bucket <= left:
                place += 1
            counts[place] = counts.get(place, 0) + 1
            left += call.every
    return counts


def divisors(whole: int) -> list[int]:
    return [part for part in range(1, whole + 1) if whole % part == 0]


def unrelated(bucket: int) -> list[int]:
    steps = range(1, 4 * bucket)
    return [step for step in steps if step % bucket and bucket % step]


STEPS: dict[str, Callable[[int], st.SearchStrategy[int]]] = {
    "whole stretches": lambda bucket: st.integers(1, 5).map(lambda k: k * bucket),
    "parts of a stretch": lambda bucket: st.sampled_from(divisors(bucket)),
    "neither": lambda bucket: st.sampled_from(unrelated(bucket)),
    "no step": lambda bucket: st.just(0),
}
"""Times between two calls, by what they have to do with the length of a stretch."""


@st.composite
def counted(draw: st.DrawFn, *relations: str) -> tuple[int, list[Departures]]:
    """Draw (length of a stretch, calls) with steps that stand to it in one of the relations."""
    bucket = draw(st.integers(2, 12))
    calls = []
    for _ in range(draw(st.integers(0, 8))):
        every = draw(STEPS[draw(st.sampled_from(relations))](bucket))
        n = draw(st.integers(1, 25)) if every else 1
        first = draw(st.integers(0, 10 * bucket))
        calls.append(Departures(draw(st.sampled_from(KINDS)), first, every, n))
    return bucket, calls


@pytest.mark.fuzz
@pytest.mark.parametrize(
    "relations", [*((name,) for name in STEPS), tuple(STEPS)], ids=[*STEPS, "all of them"]
)
@given(data=st.data())
def test_calls_are_counted_as_if_one_by_one(data: st.DataObject, relations: tuple[str]) -> None:
    """Whatever the step is to the stretch, and with calls of all steps in one count."""
    bucket, calls = data.draw(counted(*relations))
    assert per_bucket(calls, bucket) == one_by_one(calls, bucket)


@pytest.mark.fuzz
@given(
    st.integers(1, 12),
    st.integers(0, 60),
    st.integers(0, 40),
    st.sampled_from(KINDS),
)
def test_a_single_call_counts_once_whatever_its_step(
    bucket: int, first: int, every: int, kind: str
) -> None:
    """A progression of one may say any step, 0 and that of its grid included."""
    assert per_bucket([Departures(kind, first, every, 1)], bucket) == {first // bucket: 1}


@pytest.mark.parametrize(
    ("call", "bucket", "counts"),
    [
        (Departures("list", 999, 1_000, 3), 1_000, {0: 1, 1: 1, 2: 1}),
        (Departures("list", 1_000, 2_000, 3), 1_000, {1: 1, 3: 1, 5: 1}),
        (Departures("list", 400, 250, 6), 1_000, {0: 3, 1: 3}),  # 400, 650, 900, 1,150 ..
        (Departures("list", 0, 1_500, 4), 1_000, {0: 1, 1: 1, 3: 1, 4: 1}),
        (Departures("list", 59_999, 0, 1), 60_000, {0: 1}),
        (Departures("list", 60_000, 0, 1), 60_000, {1: 1}),
    ],
)
def test_counts_worked_out_by_hand(call: Departures, bucket: int, counts: dict[int, int]) -> None:
    """Edges count: a call at 59,999 ms is in the first minute, at 60,000 in the second."""
    assert per_bucket([call], bucket) == counts
    assert per_bucket([call, call], bucket) == {place: 2 * n for place, n in counts.items()}


def test_no_calls_give_no_counts() -> None:
    """Only stretches with a call are in a count, so that none are in this one."""
    assert per_bucket([], SECOND) == {}


@pytest.fixture(scope="module", params=["tick", "skip"])
def busy(
    healthy: Settings,
    organisation_of: Callable[[int], Organisation],
    request: pytest.FixtureRequest,
) -> Run:
    """A run with calls of all kinds, some of them lost, in hidden tabs and after reloads."""
    settings = healthy.with_top(organisation=organisation_of(4)).replace(
        version_parameter=True,
        refresh_interval_ms=7_001,
        hidden_per_shift=1,
        outages_per_shift=2,
        deactivation_probability=0.5,
        reload_probability=1.0,
        start_jitter_ms=10 * SECOND,
    )
    return simkit.run(settings, 3, clock=request.param)


@pytest.mark.parametrize("bucket", [SECOND, 7_001, 7_777, MINUTE, HOUR])
def test_the_load_is_that_of_all_calls(busy: Run, bucket: int) -> None:
    """Summed over the run it is the number of calls, of whatever kind and with whatever reply."""
    calls = [(where, n) for each in busy.requests.values() for where, (n, _) in each.items()]
    assert {kind for (kind, _, _), _ in calls} == {*KINDS}
    assert len({status for (_, status, _), _ in calls}) > 1
    found = load(busy.history, bucket, KINDS)
    assert sum(found.values()) == sum(n for _, n in calls)
    assert all(found.values())
    days = busy.days.values()
    late = busy.history.workload.horizon + MINUTE  # a lost submission is sent again after the shift
    assert min(day.start for day in days) // bucket <= min(found)
    assert max(found) <= late // bucket


def test_the_calls_that_left_are_those_counted_agent_by_agent_and_kind_by_kind(busy: Run) -> None:
    """Departures and outcomes are kept apart, and both tell how many calls were made."""
    for agent in busy.agents:
        left: Counter[str] = Counter()
        for call in busy.history.departures[agent]:
            left[call.kind] += call.n
        counted: Counter[str] = Counter()
        for (kind, _, _), (n, _) in busy.requests[agent].items():
            counted[kind] += n
        assert left == counted


# A common start.

LEVEL = 0.999
"""Chance with which a correct kit passes all the runs of one test below."""
WAIT = 30 * SECOND
"""Longest wait before the first poll: as long as the time between two polls."""
SEEDS = range(1, 11)


def common_start(healthy: Settings, copies: int, wait: int) -> Settings:
    """Give the healthy organisation, some times over, with one shift for all and polls alone.

    No activity, no break and no renewal falls into the shift.
    """
    org = healthy.organisation
    fields = {name: getattr(org, name) for name in type(org).model_fields}
    shift = org.shifts[0].model_copy(update={"activities": ()})
    people = [
        person.model_copy(update={"id": f"{person.id}-{copy}", "shift": shift.name})
        for person in org.agents
        for copy in range(copies)
    ]
    return healthy.with_top(
        organisation=Organisation(**fields | {"agents": people, "shifts": [shift]})
    ).replace(
        start_spread_ms=0,
        unscheduled_breaks=0.0,
        token_life_ms=24 * HOUR,
        start_jitter_ms=wait,
    )


def busiest_at_most(widgets: int, seconds: int, share: float, level: float) -> int:
    """Give what the busiest of some seconds exceeds with probability 1 - level or less.

    In each second the number of polls is binomial; that one of them has too many is no more
    probable than all of them together (Bonferroni).
    """
    tail, most = 1.0, -1
    while seconds * tail > 1 - level:
        most += 1
        tail -= comb(widgets, most) * share**most * (1 - share) ** (widgets - most)
    return most


@pytest.mark.parametrize("copies", [1, 10])
def test_widgets_that_start_together_poll_together(healthy: Settings, copies: int) -> None:
    """Without a wait the whole population polls in the first second, and in every 30th after it."""
    run = simkit.run(common_start(healthy, copies, 0), 1)
    widgets = 30 * copies
    assert len(run.agents) == widgets
    assert {day.start for day in run.days.values()} == {0}
    assert load(run.history, SECOND, KINDS) == dict.fromkeys(range(0, 8 * 3600, 30), widgets)
    assert run.metrics["peak_requests_per_s"].value == widgets


@pytest.mark.slow
@pytest.mark.parametrize("copies", [1, 10])
def test_a_random_wait_spreads_a_common_start_over_the_whole_interval(
    healthy: Settings, copies: int
) -> None:
    """Of 30,001 equally probable waits 1,000 fall into one second, 1,001 with that of 30,000 ms.

    From then on the polls of one second of the interval are always the same widgets', so the
    busiest second of the day is the busiest of thirty.
    """
    widgets = 30 * copies
    level = 1 - (1 - LEVEL) / len(SEEDS)
    most = busiest_at_most(widgets, 30, (SECOND + 1) / (WAIT + 1), level)
    assert most < widgets / 3
    for seed in SEEDS:
        run = simkit.run(common_start(healthy, copies, WAIT), seed)
        firsts = [min(c.first for c in calls) for calls in run.history.departures.values()]
        assert len(firsts) == widgets
        assert max(firsts) <= WAIT
        assert max(Counter(first // SECOND for first in firsts).values()) <= most
        assert max(load(run.history, SECOND, KINDS).values()) <= most
        assert run.metrics["peak_requests_per_s"].value <= most


def test_a_random_wait_leaves_the_renewals_in_step(healthy: Settings) -> None:
    """Tokens date from the login, so all are renewed in one second, 44 min later and again."""
    settings = common_start(healthy, 1, WAIT).replace(
        token_life_ms=healthy.platform.token_life_ms,
        renewal_lead_ms=healthy.platform.renewal_lead_ms,
    )
    assert simkit.run(settings, 1).metrics["peak_renewals_per_s"].value == 30

"""Who wins a status conflict, and when the next one is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simkit.base.steps import NEVER
from simkit.rules import schedule
from simkit.rules.schedule import AVAILABLE, SCHEDULED, Status, Window

CODE = 3


@st.composite
def windows_drawn(draw: st.DrawFn) -> tuple[Window, ...]:
    """Windows in order, some of them back to back."""
    found: list[Window] = []
    t = 0
    for _ in range(draw(st.integers(0, 4))):
        start = t + draw(st.integers(0, 4))
        t = start + draw(st.integers(1, 5))
        found.append(Window(start, t, "Pause"))
    return tuple(found)


@pytest.mark.fuzz
@given(windows=windows_drawn(), t=st.integers(-2, 45))
def test_off_queue_is_being_in_some_window_its_end_excluded(
    windows: tuple[Window, ...], t: int
) -> None:
    """At its end the agent is back, unless the next window begins right then."""
    assert schedule.off_queue(windows, t) == any(t in range(w.start, w.end) for w in windows)


@pytest.mark.fuzz
@given(windows=windows_drawn(), t=st.integers(-2, 45))
def test_the_next_transition_is_the_first_edge_of_a_window_from_now_on(
    windows: tuple[Window, ...], t: int
) -> None:
    """Starts and ends alike; an edge at this very moment is still to come."""
    edges = [edge for window in windows for edge in window[:2] if edge >= t]
    assert schedule.next_transition(windows, t) == min(edges, default=NEVER)


@pytest.mark.fuzz
@given(every=st.integers(1, 10**7), t=st.integers(0, 10**9))
def test_the_next_sweep_is_the_first_multiple_of_its_interval_from_now_on(
    every: int, t: int
) -> None:
    """No sweep is skipped: the next one is less than an interval away."""
    found = schedule.next_sweep(every, t)
    assert found % every == 0
    assert t <= found < t + every


def test_without_an_interval_there_is_no_sweep() -> None:
    """An interval of 0 switches it off, and is never divided by."""
    assert schedule.next_sweep(0, 5) == NEVER


def test_campaign_hours_begin_with_their_start_and_end_before_their_end() -> None:
    """Moments 10 and 30 belong to the campaign, 20 and 40 do not."""
    hours = ((10, 20), (30, 40))
    inside = [t for t in range(45) if schedule.in_campaign(hours, t)]
    assert inside == [*range(10, 20), *range(30, 40)]


@pytest.mark.parametrize("off", [True, False])
@pytest.mark.parametrize("value", [AVAILABLE, SCHEDULED, CODE])
@pytest.mark.parametrize("kind", ["BREAK", "TRAINING", "OTHER", "CUSTOM"])
def test_wfm_leaves_a_forced_status_alone(off: bool, value: int, kind: str) -> None:
    """This is what force promises, whatever the status, its type and the schedule."""
    assert schedule.wfm_write(Status(value, forced=True), kind, off) is None


@pytest.mark.parametrize("kind", ["BREAK", "TRAINING"])
def test_wfm_leaves_an_agent_alone_who_is_off_the_queue_as_scheduled(kind: str) -> None:
    """A break or training in its window is as planned; past its end it is written over."""
    assert schedule.wfm_write(Status(CODE), kind, off=True) is None
    assert schedule.wfm_write(Status(CODE), kind, off=False) == Status(AVAILABLE)


@pytest.mark.claim("C010", "C098")
@pytest.mark.parametrize("kind", ["OTHER", "CUSTOM"])
def test_wfm_overwrites_a_code_that_is_no_scheduled_activity(kind: str) -> None:
    """The schedule plans no such type, so what was chosen is lost on the queue and off it."""
    assert schedule.wfm_write(Status(CODE), kind, off=True) == Status(SCHEDULED)
    assert schedule.wfm_write(Status(CODE), kind, off=False) == Status(AVAILABLE)


@pytest.mark.parametrize(
    ("value", "off", "written"),
    [
        (AVAILABLE, True, Status(SCHEDULED)),
        (AVAILABLE, False, None),
        (SCHEDULED, True, None),
        (SCHEDULED, False, Status(AVAILABLE)),
    ],
)
def test_wfm_writes_the_scheduled_status_where_it_is_not_the_true_one(
    value: int, off: bool, written: Status | None
) -> None:
    """Where both are alike nothing is written, so that no override comes of it."""
    assert schedule.wfm_write(Status(value), "", off) == written


@pytest.mark.claim("C098")
@pytest.mark.parametrize("ignores", [True, False])
@pytest.mark.parametrize("off", [True, False])
@pytest.mark.parametrize("forced", [True, False])
@pytest.mark.parametrize("value", [AVAILABLE, SCHEDULED, CODE])
def test_the_sweep_restores_availability_unless_something_spares_the_agent(
    value: int, forced: bool, off: bool, ignores: bool
) -> None:
    """All 24 cases; spared are the available, forced, scheduled off, or ignored as manual."""
    spared = value == AVAILABLE or forced or off or (ignores and value == CODE)
    written = schedule.sweep_write(Status(value, forced), off, ignores)
    assert written == (None if spared else Status(AVAILABLE))

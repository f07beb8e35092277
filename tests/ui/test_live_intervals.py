"""Intervals in a lab: told after the day itself, and dropped when one moves on."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from browsing import until
from scipy import stats

import simkit
from simkit.runs.metrics.registered import METRICS
from simkit.ui.lab import lab_view_model
from simkit.ui.lab.lab import Lab
from simkit.ui.lab.replications import Replications

pytestmark = pytest.mark.slow  # twenty days are run again and again

DAYS = 20
SYMPTOM = "deactivated_code_shown_ms"


def by_hand(settings: Any, metric: str, seed: int = 1) -> tuple[float, float, float]:
    """Give mean, low and high of single runs, by another library's Student."""
    values = [simkit.run(settings, s).metrics[metric].value for s in range(seed, seed + DAYS)]
    mean, error = float(sum(values)) / DAYS, stats.sem(values)
    half = float(stats.t.ppf(0.975, DAYS - 1)) * float(error)
    return mean, max(0.0, mean - half), mean + half


def test_intervals_are_those_of_twenty_days(lab: Callable[..., Lab]) -> None:
    """Of every run side by side, and said beside the value of the one day."""
    one, trap = lab("E4", preset="E4b", seed=3), simkit.traps["E4"]
    told = one.intervals
    for found, settings in zip(
        told["ranges"], (trap.base, trap.settings, trap.fixed("E4b")), strict=True
    ):
        assert found == pytest.approx(by_hand(settings, SYMPTOM, seed=3))
    assert [len(row) for row in told["cells"]] == [3] * len(one.metrics["rows"])
    assert "20 days" in told["words"]
    assert "seeds 3 to 22" in told["words"]


def test_what_no_luck_decides_has_no_interval(lab: Callable[..., Lab]) -> None:
    """How many codes there are to look after is the same on all days."""
    one = lab("T1", preset="T1a")
    cells = dict(zip((row[0] for row in one.metrics["rows"]), one.intervals["cells"], strict=True))
    assert cells[METRICS["codes_to_maintain"].title] == ["", "", ""]
    assert any(map(any, lab("E4").intervals["cells"]))


def test_a_step_that_tells_of_the_floor_says_the_interval(lab: Callable[..., Lab]) -> None:
    """In the order of the sentence: the trap's requests, and those with the fix."""
    one, trap = lab("E4"), simkit.traps["E4"]
    steps, said = one.story["steps"], one.intervals["story"]
    assert len(steps) == len(said)
    last = next(words for step, words in zip(steps, said, strict=True) if step["preset"] == "E4b")
    assert "(seeds 1 to 20)" in last
    numbers = [float(x) for x in re.findall(r"\d+\.?\d*", last.partition("95 %")[2])]
    expected = [
        *by_hand(trap.settings, "requests_per_s"),
        *by_hand(trap.fixed("E4b"), "requests_per_s"),
    ]
    assert numbers == pytest.approx(expected, rel=0.005)
    first = next(words for words in said if words)
    assert said.index(first) > 1, "what happens on one day has no interval"


def test_a_recorded_day_has_no_other_days(lab: Callable[..., Lab]) -> None:
    """It is said why there is no interval, and nothing is run."""
    one = lab("E4")
    workload = simkit.run(simkit.traps["E4"].settings, 1).workload
    one.state.choose_trace(workload)
    one._show()
    assert one.intervals["words"] == "No intervals: one recorded day."
    assert one.state.unmeasured == {}


def test_what_the_learner_did_belongs_to_one_day(lab: Callable[..., Lab]) -> None:
    """Other days are measured without it, which is said."""
    one = lab("T3")
    before = one.intervals
    one.choose("act", {"code": one.state.piece.desk.entries[0]})
    after = one.intervals
    assert after["words"] == before["words"].replace(").", "), without what you did.")
    assert after["ranges"] == before["ranges"]


def test_settings_that_nobody_has_measured_get_a_verdict(lab: Callable[..., Lab]) -> None:
    """With the intervals, and without a button."""
    one = lab("T1", refresh_interval_ms=60_000)
    assert one.metrics["verdict"] == "Not measured over replications yet."
    one.choose("measure")
    assert "over 20 replications: unchanged" in one.metrics["verdict"]
    result = simkit.compare("T1", replications=DAYS, seed=1)
    assert one.state.verdict is not None
    assert one.state.verdict.trap == result.estimate


# Beside the kernel.


def in_a_kernel(work: Callable[[], Lab], then: Callable[[Lab], Any]) -> Any:
    """Do work as a cell does, wait until nothing is under way, and look at what came of it."""

    async def cell() -> Any:
        one = work()
        while one.owes or one._job is not None:
            await asyncio.sleep(0.01)
        return then(one)

    return asyncio.run(asyncio.wait_for(cell(), 60))


def test_intervals_follow_by_themselves(lab: Callable[..., Lab]) -> None:
    """Nobody asks for them; they are what somebody would read."""
    told = in_a_kernel(lambda: lab("E4"), lambda one: one._trait_values["intervals"])
    assert told == lab("E4").intervals


def test_a_move_cancels_what_is_under_way(
    lab: Callable[..., Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left is never told; that of the choice in force is, and no measurement goes on."""
    begun, ended, moved = [], [], threading.Event()
    measure = Replications.measure

    def watched(self: Replications, wanted: Any, *more: Any, **how: Any) -> None:
        begun.append(threading.get_ident())
        if len(begun) == 1:
            moved.wait(20)
        try:
            measure(self, wanted, *more, **how)
        except BaseException as stopped:
            ended.append(type(stopped).__name__)
            raise

    monkeypatch.setattr(Replications, "measure", watched)
    told: list[Any] = []

    async def cell() -> Lab:
        one = lab("E4")
        one.observe(lambda change: told.append(change.new), "intervals")
        while not begun:
            await asyncio.sleep(0.01)
        one.preset = "E4a"
        moved.set()
        while one.owes or one._job is not None or not ended:
            await asyncio.sleep(0.01)
        return one

    one = asyncio.run(asyncio.wait_for(cell(), 60))
    assert ended == ["CancelledError"]
    assert [each for each in told if each] == [lab_view_model.intervals(one.state)]
    assert len(one._trait_values["intervals"]["ranges"]) == 3


def test_a_measurement_that_fails_is_said(
    lab: Callable[..., Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the lab goes on without intervals; the next choice has some."""

    def failing(*_: Any, **__: Any) -> None:
        monkeypatch.undo()
        raise MemoryError("too large")

    monkeypatch.setattr(Replications, "measure", failing)
    one = in_a_kernel(lambda: lab("E4"), lambda one: one)
    assert one.error == "MemoryError: too large"
    assert one._trait_values["intervals"] is None

    def moved() -> Lab:
        one.preset = "E4a"
        return one

    assert in_a_kernel(moved, lambda one: one._trait_values["intervals"])["ranges"]


def test_nothing_is_run_twice(lab: Callable[..., Lab], monkeypatch: pytest.MonkeyPatch) -> None:
    """To and fro between trap and fix: what was measured stays at hand."""
    one = lab("E4", preset="E4a")
    first = one.intervals
    one.preset = "trap"
    assert one.intervals
    monkeypatch.setattr("simkit.ui.lab.replications.replicate", None)
    one.preset = "E4a"
    assert one.intervals == first


def test_who_waits_is_answered_first(lab: Callable[..., Lab]) -> None:
    """A measurement goes on only when the browser's message is answered."""
    one, steps, asked = lab("E4"), [], threading.Event()

    def work(say: Callable[[str], None]) -> None:
        asked.wait(20)
        steps.append("begun")
        say("one")
        steps.append("went on")

    one._beside("working", work, lambda: steps.append("told"))

    def answer(change: Any) -> None:
        asked.set()
        until(lambda: steps == ["begun"], "it is under way")
        threading.Event().wait(0.05)
        steps.append("answered")

    one.observe(answer, "agent")
    one._handle_msg({"content": {"data": {"method": "update", "state": {"agent": "agent-07"}}}})
    until(lambda: one._job is None, "it is done")
    assert steps == ["begun", "answered", "went on", "told"]

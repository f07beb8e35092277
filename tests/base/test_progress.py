"""Long work says how far it is: after two seconds, in one wording, and to nobody but who asked."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextvars import copy_context
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest

from simkit.base import progress
from simkit.base.notebook import CellLine
from simkit.base.progress import Interrupted, Pace, shown_on, under_way, words


class Time:
    """A clock that stands still until somebody moves it on."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class Seen:
    """A line of which is kept what it showed."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.shares: list[float] = []

    def show(self, words: str, share: float) -> None:
        self.lines.append(words)
        self.shares.append(share)

    def end(self) -> None:
        self.lines.append("gone")


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    clock = Time()
    monkeypatch.setattr(progress, "clock", clock)
    return clock


@pytest.fixture
def seen(time: Time) -> Iterator[Seen]:
    line = Seen()
    with shown_on(lambda: line):
        yield line


def test_nothing_is_shown_of_work_that_is_done_within_two_seconds(time: Time, seen: Seen) -> None:
    """However often it says how far it is, up to a moment before."""
    with under_way("runs", of=4) as tell:
        for done in range(1, 5):
            time.now = 100.0 + done * 0.49
            tell(done, 4)
    assert seen.lines == []


def test_a_line_comes_after_two_seconds_and_is_gone_at_the_end(time: Time, seen: Seen) -> None:
    """After 2 s 10 of 40 are done, so the other 30 take 6 s; after 4 s 20 are, which leaves 4 s."""
    with under_way("runs", of=40) as tell:
        for now, done in ((100.5, 2), (102.0, 10), (104.0, 20)):
            time.now = now
            tell(done, 40)
    assert seen.lines == ["10 of 40 runs, 6 s left", "20 of 40 runs, 4 s left", "gone"]
    assert seen.shares == [0.25, 0.5]


def test_the_line_changes_five_times_a_second_at_most(time: Time, seen: Seen) -> None:
    """A hundred tellings within a second are six lines: at its begin, and after each fifth."""
    with under_way("runs", of=1_000) as tell:
        for step in range(100):
            time.now = 102.0 + step / 100
            tell(step + 1, 1_000)
    assert len(seen.lines) - 1 in (5, 6)  # 0.2 is no binary fraction


def test_what_was_there_before_says_nothing_of_the_pace(time: Time) -> None:
    """90 of 100 runs were kept; 5 take 10 s, so the other 5 take 10 s more."""
    pace = Pace("runs")
    pace.tell(90, 100)
    assert (pace.left_s, pace.words) == (None, "90 of 100 runs")
    time.now += 10
    pace.tell(95, 100)
    assert (pace.left_s, pace.words) == (10.0, "95 of 100 runs, 10 s left")


@pytest.mark.parametrize(
    ("left_s", "told"), [(0.2, "1 s"), (59.4, "59 s"), (61.0, "1 min 1 s"), (7_500.0, "2 h 5 min")]
)
def test_time_left_is_told_in_whole_seconds_and_never_as_none(left_s: float, told: str) -> None:
    """Something is left while the line is there, so it is a second at least."""
    assert words(1, 2, "runs", left_s) == f"1 of 2 runs, {told} left"


def test_work_within_work_is_silent(time: Time, seen: Seen) -> None:
    """Agents of one run say nothing while runs are counted, whoever speaks first or last."""
    with under_way("runs", of=2) as tell:
        time.now += 3
        with under_way("agents", of=1_000) as inner:
            inner(500, 1_000)
        tell(1, 2)
        with under_way("agents") as inner:
            inner(500, 1_000)
    assert seen.lines == ["1 of 2 runs, 3 s left", "gone"]


def test_work_that_counts_nothing_leaves_it_to_its_parts(time: Time, seen: Seen) -> None:
    """Two seconds are those of the whole: its second part shows at once."""
    with under_way("policies"):
        for _ in range(2):
            with under_way("runs", of=10) as tell:
                time.now += 1.5
                tell(5, 10)
    assert seen.lines == ["5 of 10 runs, 2 s left", "gone"]


def test_whoever_asked_to_be_told_is_told_of_each_step_at_once(time: Time, seen: Seen) -> None:
    """A lab has its own line, for which two seconds would be long."""
    told: list[tuple[int, int]] = []
    with under_way("runs", lambda done, of: told.append((done, of)), of=2) as tell:
        tell(1, 2)
        tell(2, 2)
    assert (told, seen.lines) == ([(1, 2), (2, 2)], [])


def test_an_interruption_says_how_far_the_whole_was(time: Time, seen: Seen) -> None:
    """Not how far a part was; in one line, and IPython has nothing else to show."""

    def stopped() -> None:
        with under_way("runs", of=1_200) as tell:
            tell(1_042, 1_200)
            with under_way("agents", of=7):
                raise KeyboardInterrupt

    with pytest.raises(Interrupted) as stop:
        stopped()
    assert str(stop.value) == "interrupted after 1,042 of 1,200 runs"
    assert stop.value._render_traceback_() == [str(stop.value)]
    assert seen.lines == []


def test_an_interruption_with_words_of_its_own_keeps_them(time: Time, seen: Seen) -> None:
    """A sweep says what it keeps, which is more than how far it was; the line is gone as well."""
    with pytest.raises(Interrupted, match=r"^all is kept$"), under_way("runs", of=2) as tell:  # noqa: PT012
        time.now += 3
        tell(1, 2)
        raise Interrupted("all is kept")
    assert seen.lines[-1] == "gone"


def test_nobody_sees_anything_outside_of_a_terminal_or_a_notebook(
    time: Time, capsys: pytest.CaptureFixture[str]
) -> None:
    """A script, a test, a worker: nothing is written, however long it takes."""
    with under_way("runs", of=2) as tell:
        time.now += 60
        tell(1, 2)
    assert capsys.readouterr() == ("", "")


# Cells.


class Notebook:
    """As much of IPython in a kernel as a cell's line asks for."""

    def __init__(self, asked: str) -> None:
        self.sent: list[tuple[dict[str, Any], bool]] = []
        self.places: set[str] = set()
        self.kernel = SimpleNamespace(get_parent=lambda: {"header": {"msg_type": asked}})
        self.display_pub = SimpleNamespace(publish=self.publish)

    def publish(
        self, data: dict[str, Any], *, transient: dict[str, str], update: bool = False
    ) -> None:
        self.sent.append((data, update))
        self.places.add(transient["display_id"])


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Notebook]:
    def running(asked: str) -> Notebook:
        found = Notebook(asked)
        monkeypatch.setitem(
            sys.modules,
            "IPython",
            SimpleNamespace(get_ipython=lambda: found),  # type: ignore[arg-type]
        )
        return found

    return running


def test_a_cell_has_one_line_that_leaves_nothing_behind(
    notebook: Callable[[str], Notebook], time: Time
) -> None:
    """An output that is empty at first and at last: no comparison of outputs meets a word."""
    kernel = notebook("execute_request")
    with under_way("runs", of=4) as tell:
        for done in (1, 2, 3):
            time.now += 1.5
            tell(done, 4)
    assert kernel.sent == [
        ({}, False),
        ({"text/plain": "2 of 4 runs, 3 s left"}, True),
        ({"text/plain": "3 of 4 runs, 2 s left"}, True),
        ({}, True),
    ]
    assert len(kernel.places) == 1


def test_a_widget_that_answers_its_browser_writes_below_no_cell(
    notebook: Callable[[str], Notebook], time: Time
) -> None:
    """Its message is none that runs a cell; and work in a thread beside a cell is its own too."""
    kernel = notebook("comm_msg")
    assert CellLine.here() is None
    kernel = notebook("execute_request")
    found: list[object] = []
    aside = Thread(target=copy_context().run, args=(lambda: found.append(CellLine.here()),))
    aside.start()
    aside.join()
    assert (found, kernel.sent) == ([None], [])

"""Settings calibrated from recorded days: intervals hold what the days were drawn by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import sqrt
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import simkit
from simkit import BadInput
from simkit.base.clock import HOUR, MINUTE
from simkit.base.randomness import NORMAL_MILLI
from simkit.inputs.drawing import drawn
from simkit.rules.sections import WorkloadSettings
from simkit.rules.settings import Settings
from simkit.rules.workload import AgentDay, Intention, Span, Transfer, Workload
from simkit.studio import calibration
from simkit.studio.calibration import Calibrated, Calibration, calibrate

pytestmark = pytest.mark.slow  # days are calibrated many times

TRIALS, DAYS = 300, 2
TRUE: dict[str, float] = {
    "start_spread_ms": 30 * MINUTE,
    "unscheduled_breaks": 2.6,
    "follow_up_probability": 0.35,
    "cluster_sd_ms": 90_000,
    "deactivation_probability": 0.15,
    "transfer_probability": 0.2,
    "transfer_guard_ms": 90 * MINUTE,
}
"""Settings of each kind that is told; none is a default, but for two that other laws rest on."""
OTHERS: dict[str, float] = {
    "start_spread_ms": 5 * MINUTE,
    "unscheduled_breaks": 3,
    "follow_up_probability": 0.8,
    "cluster_sd_ms": 240_000,
    "deactivation_probability": 0.4,
    "transfer_probability": 0.5,
    "transfer_guard_ms": 4 * HOUR,
}
LEAST, MOST = 0.92, 0.98


class Trials(NamedTuple):
    """What many calibrations of known settings gave."""

    true: dict[str, float]
    found: list[Calibration]

    def of(self, field: str) -> list[Calibrated]:
        return [each[field] for each in self.found if field in each]

    def held(self, field: str) -> float:
        """Give the share of all trials whose interval holds the true value."""
        true = self.true[field]
        return sum(each.low <= true <= each.high for each in self.of(field)) / len(self.found)


def tried(healthy: Settings, true: dict[str, float], first: int, count: int = TRIALS) -> Trials:
    settings = healthy.replace({f"workload.{field}": value for field, value in true.items()})
    seeds = range(first, first + count * DAYS, DAYS)
    return Trials(
        true,
        [calibrate([drawn(settings, seed + n) for n in range(DAYS)], settings) for seed in seeds],
    )


@pytest.fixture(scope="module")
def trials(healthy: Settings) -> Trials:
    return tried(healthy, TRUE, 1)


@pytest.mark.slow
@pytest.mark.parametrize("field", TRUE)
def test_intervals_hold_the_true_value_as_often_as_they_say(trials: Trials, field: str) -> None:
    """In 95 ± 3 % of 300 trials, 2.4 standard errors of a share of so many."""
    assert LEAST <= trials.held(field) <= MOST


@pytest.mark.slow
@pytest.mark.parametrize("field", TRUE)
def test_estimates_are_right_on_average(trials: Trials, field: str) -> None:
    """Within four standard errors of their mean, and 2 %: what chance leaves in zones is little."""
    values = [each.value for each in trials.of(field)]
    mean = sum(values) / len(values)
    spread = sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))
    error = 4 * spread / sqrt(len(values)) + 0.02 * TRUE[field]
    assert mean == pytest.approx(TRUE[field], abs=error)
    assert len(values) == TRIALS


@pytest.mark.thorough
@pytest.mark.parametrize("field", OTHERS)
def test_intervals_hold_other_true_values_as_well(other_trials: Trials, field: str) -> None:
    """In 95 ± 3 % of 600 trials, 3.4 standard errors of a share of so many."""
    assert LEAST <= other_trials.held(field) <= MOST


@pytest.fixture(scope="module")
def other_trials(healthy: Settings) -> Trials:
    return tried(healthy, OTHERS, 1_000_000, 2 * TRIALS)


def test_an_interval_that_is_too_narrow_would_be_seen(trials: Trials) -> None:
    """Cut to 80 % of their width, those of the spread hold the value less often than is allowed."""
    hits = 0
    for each in trials.of("cluster_sd_ms"):
        low, high = (each.value + 0.8 * (end - each.value) for end in (each.low, each.high))
        hits += low <= TRUE["cluster_sd_ms"] <= high
    assert hits / TRIALS < LEAST


# --- each law by hand -----------------------------------------------------------------------------


def days_of(settings: Settings, *days: AgentDay, **more: Any) -> Workload:
    """Give a recorded workload of such days."""
    return Workload(tuple(days), calendar=settings.organisation.calendar, **more)


def day(n: int, **more: Any) -> AgentDay:
    """Give a day of the n-th agent of the organisation, who works from 08:00 to 16:00."""
    return AgentDay(f"agent-{n:02}", "North Care", 0, 8 * HOUR, **more)


def late(n: int, offset: int) -> AgentDay:
    return replace(day(n), start=offset, end=8 * HOUR + offset)


def test_the_spread_of_starts_is_that_of_the_largest_offset(healthy: Settings) -> None:
    """10 offsets of at most 599 ms: were the span n ms, that has a chance of (600 / n)^10.

    It is 5 % for n = 809.6, and so spans of up to 809 ms, which are 808 as a setting, are held.
    """
    offsets = [0, 17, 599, 4, 300, 301, 302, 303, 304, 305]
    found = calibrate([days_of(healthy, *map(late, range(1, 11), offsets))], healthy)
    spread = found["start_spread_ms"]
    assert (spread.low, spread.high, spread.cases) == (599, 808, 10)
    assert spread.value == 600 * 1.1 - 1


def test_of_rounded_starts_the_whole_minute_may_be_meant(healthy: Settings) -> None:
    """An offset that was told as 2 min is any below 3 min: (180,000 / n)^10 is 5 % for 242,874."""
    seen = days_of(healthy, *(late(n, 2 * MINUTE + 5) for n in range(1, 11)), rounded=True)
    spread = calibrate([seen], healthy)["start_spread_ms"]
    assert (spread.low, spread.high) == (2 * MINUTE, int(180_000 * 20**0.1) - 1)


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        ([replace(day(1), agent="guest")], "no agent of the days is in the organisation"),
        ([late(1, 5 * HOUR), late(2, 0)], "1 of 2 shifts begin before their pattern does, or more"),
    ],
)
def test_shifts_that_are_not_those_of_the_patterns_tell_no_spread(
    healthy: Settings, seen: list[AgentDay], why: str
) -> None:
    """It is said why."""
    found = calibrate([days_of(healthy, *seen)], healthy)
    assert "start_spread_ms" not in found
    assert found.untold["start_spread_ms"].startswith(why)


def test_the_guard_is_that_of_the_last_transfer(healthy: Settings) -> None:
    """20 transfers leave 2 h or more of 8: were the guard g, that has a chance of (6 / (8 - g))^20.

    It is 5 % for 8 - g = 6 * 20^(1 / 20) = 6.9695 h.
    """
    moves = [day(n, transfers=(Transfer(6 * HOUR - n * MINUTE, "North Tech"),)) for n in range(20)]
    guard = calibrate([days_of(healthy, *moves)], healthy)["transfer_guard_ms"]
    assert guard.high == 2 * HOUR - 1
    assert guard.low == pytest.approx((8 - 6 * 20**0.05) * HOUR, abs=5)


def test_shares_are_of_those_who_could(healthy: Settings) -> None:
    """3 of 36 codes on 2 days, one of them off as one of the days begins; 1 of 4 shifts.

    A shift that is shorter than the guard counts only if its agent was transferred.
    """
    edit = simkit.run(simkit.traps["E4"].settings, 1).workload.edits[0]
    edits = [edit._replace(t=t, code=code, active=active) for t, code, active in EDITS]
    moved = day(1, transfers=(Transfer(HOUR, "North Tech"),))
    short = replace(day(5), end=MINUTE)
    first = days_of(healthy, moved, day(2), short, edits=tuple(edits), codes=codes(healthy))
    found = calibrate([first, days_of(healthy, day(1), day(2))], healthy)
    off, moves = found["deactivation_probability"], found["transfer_probability"]
    assert (off.cases, off.value) == (2 * 36 - 1, 2 / 71)
    assert (moves.cases, moves.value) == (4, 0.25)
    assert found.channel == "pipeline"


EDITS = [(0, 7, False), (HOUR, 7, True), (2 * HOUR, 7, False), (HOUR, 3, False), (HOUR, 4, False)]


def codes(settings: Settings) -> tuple[str, ...]:
    return tuple(code.id for code in simkit.directory_of(settings).codes)


def test_the_tables_own_moments_are_those_of_its_draws() -> None:
    """Mean square and mean fourth power over evenly spaced draws of all 32 bits."""
    draws = [NORMAL_MILLI.at(u) / 1000 for u in range(1 << 15, 1 << 32, 1 << 16)]
    for power, moment in zip((2, 4), calibration._MOMENTS, strict=True):
        assert sum(z**power for z in draws) / len(draws) == pytest.approx(moment, rel=1e-3)


WINDOWS = (
    simkit.load(simkit.data_folder() / "scenarios" / "healthy.yaml")
    .organisation.hours["first"]
    .windows
)
"""A break at 10:00, a meal at 11:30 and a break at 14:15: ms after 08:00."""


def choosing(n: int, lags: tuple[int, int, int], *others: Intention) -> AgentDay:
    """Give a day with a choice for each of the three activities, so late, and others."""
    chosen = [
        Intention(window.start + lag, window.reason, window.end - window.start)
        for window, lag in zip(WINDOWS, lags, strict=True)
    ]
    return day(n, windows=WINDOWS, intentions=tuple(sorted((*chosen, *others))))


def test_choices_are_told_apart(healthy: Settings) -> None:
    """Each of ten shifts has choices 1 min early and late, one just after a meal, and two at noon.

    One of the two has the reason of a break, and belongs to none. The mean square of lags is a
    minute's, of which the table has 1.0235. Of 30 ends 10 have a choice near. Two choices are
    elsewhere: near the ends are 3 * 2 reaches of 8 h.
    """
    others = (
        Intention(WINDOWS[1].end + 1_000, "Callback", 5 * MINUTE),
        Intention(5 * HOUR, "Short Break", 5 * MINUTE),
        Intention(5 * HOUR + MINUTE * 20, "Personal", 5 * MINUTE),
    )
    lags = (MINUTE, -MINUTE, MINUTE)
    seen = [choosing(n, lags if n % 2 else (-MINUTE, MINUTE, -MINUTE), *others) for n in range(10)]
    found = calibrate([days_of(healthy, *seen)], healthy)
    sd, after, anywhere = (
        found[field] for field in ("cluster_sd_ms", "follow_up_probability", "unscheduled_breaks")
    )
    assert sd.cases == after.cases == 30
    assert sd.value == pytest.approx(MINUTE / sqrt(calibration._MOMENTS[0]), rel=1e-6)
    near = 6 * 3.09 * sd.high / (8 * HOUR)
    assert anywhere.value == pytest.approx(2 / (1 - near), rel=1e-3)
    by_chance = 1 - (1 - near / 3) ** anywhere.value
    assert after.value == pytest.approx((1 / 3 - by_chance) / (1 - by_chance), rel=1e-3)
    assert found.notes == ()


def test_what_no_drawn_day_is_like_is_said(healthy: Settings) -> None:
    """All are 2 min late, one never takes the meal, and half of the shifts have eight changes."""
    many = [Intention(WINDOWS[1].end + n * 15 * MINUTE, "Callback", MINUTE) for n in range(1, 9)]
    lags = (120_000, 118_000, 122_000)
    seen = [choosing(n, lags, *(many if n % 2 else ())) for n in range(20)]
    seen[0] = replace(seen[0], intentions=seen[0].intentions[::2])
    found = calibrate([days_of(healthy, *seen)], healthy)
    assert any("begun 2 min late on average" in words for words in found.notes)
    assert "1 scheduled activity has no choice of the same reason near" in found.notes
    assert any("differ from shift to shift with a variance of" in words for words in found.notes)
    assert len(found.notes) == 3


def test_what_no_log_shows_is_allowed_for(healthy: Settings) -> None:
    """Each of ten shifts has two choices of 24 min; one of 12 codes is off for the last 2 of 8 h.

    A choice of that code, and of the status that holds already, leaves no row: a twelfth of those
    in a quarter and in a tenth of the shift. Were the statuses to overlap, this would be no log.
    """
    edit = simkit.run(simkit.traps["E4"].settings, 1).workload.edits[0]
    edits = (edit._replace(t=6 * HOUR, code=2, active=False, raises_version=False),)
    two = (Intention(HOUR, "Callback", 24 * MINUTE), Intention(2 * HOUR, "Meal", 24 * MINUTE))
    logged = days_of(
        healthy, *(day(n, intentions=two) for n in range(10)), edits=edits, codes=codes(healthy)
    )
    found = calibrate([logged], healthy)
    assert found["unscheduled_breaks"].value == pytest.approx(2 / (1 - (0.25 + 0.1) / 12))
    assert found.channel == "console"
    three = (*two, Intention(2 * HOUR + MINUTE, "Callback", 24 * MINUTE))
    drawn_ones = replace(logged, days=(*logged.days, day(10, intentions=three)))
    assert calibrate([drawn_ones], healthy)["unscheduled_breaks"].value == pytest.approx(23 / 11)


def test_a_follow_up_of_the_status_that_holds_leaves_no_row(healthy: Settings) -> None:
    """Half of them begin before the activity is over: a 24th of all follow-ups is not in a log."""
    after = Intention(WINDOWS[1].end, "Callback", 5 * MINUTE)
    seen = [choosing(n, (0, -1_000, 0), after) for n in range(10)]
    found = calibrate([days_of(healthy, *seen)], healthy)["follow_up_probability"]
    assert found.value == pytest.approx(1 / 3 / (1 - 1 / 24), rel=1e-3)


def test_who_is_moved_may_choose_what_is_there(healthy: Settings) -> None:
    """Division South has no codes: of a shift that is half there, half of the choices are shown."""
    move = (Transfer(4 * HOUR, "South"),)
    seen = [day(n, transfers=move, intentions=(Intention(HOUR, "Gone", MINUTE),)) for n in range(9)]
    found = calibrate([days_of(healthy, *seen)], healthy)
    assert found["unscheduled_breaks"].value == pytest.approx(2)


def test_whole_minutes_tell_no_spread_of_a_minute_and_all_else(healthy: Settings) -> None:
    """Numbers and shares come out as from exact times, but for what a wider zone leaves."""
    settings = healthy.replace(unscheduled_breaks=2.6, follow_up_probability=0.35)
    exact = [drawn(settings, seed) for seed in range(10)]
    rounded = [replace(each, rounded=True) for each in exact]
    one, other = calibrate(exact, settings), calibrate(rounded, settings)
    assert "cluster_sd_ms" not in other
    assert "whole minutes" in other.untold["cluster_sd_ms"]
    for field in ("unscheduled_breaks", "follow_up_probability"):
        assert other[field].low <= one[field].value <= other[field].high


def test_intervals_are_told_as_people_read_them() -> None:
    """Times in the unit of what is told, and of the end where nothing is; shares in per cent."""
    told = [
        Calibrated("transfer_guard_ms", 0.0, 0.0, 120 * MINUTE, 1, "transfers"),
        Calibrated("start_spread_ms", 0.0, 0.0, 0.0, 9, "shifts"),
        Calibrated("cluster_sd_ms", 90_000.0, 80_000.0, 102_000.0, 9, "choices"),
        Calibrated("transfer_probability", 0.15, 0.1, 0.2, 9, "shifts"),
        Calibrated("unscheduled_breaks", 2.4, 2.25, 2.55, 9, "shifts"),
    ]
    assert [each.words for each in told] == [
        "0 ms (0 to 120 min)",
        "0 ms",
        "90 s (80 to 102)",
        "15 % (10 to 20)",
        "2.4 per shift (2.25 to 2.55)",
    ]


# --- as a whole -----------------------------------------------------------------------------------


def test_every_setting_of_the_workload_is_told_or_said_not_to_be(healthy: Settings) -> None:
    """Both of a day that has everything, and of one that has nothing."""
    full = healthy.replace({f"workload.{field}": value for field, value in TRUE.items()})
    empty = days_of(healthy, replace(day(1), division="Global", agent="guest"))
    for found in (calibrate([drawn(full, 1)], full), calibrate([empty], healthy)):
        told = {each.field for each in found.found} | ({"edit_channel"} if found.channel else set())
        assert told | set(found.untold) == set(WorkloadSettings.model_fields)
        assert not told & set(found.untold)
        assert all(each.low <= each.value <= each.high for each in found.found)


def test_what_is_found_can_be_put_into_settings(healthy: Settings) -> None:
    """A world of the estimates draws days which tell about the same."""
    full = healthy.replace({f"workload.{field}": value for field, value in TRUE.items()})
    found = calibrate([drawn(full, seed) for seed in range(5)], full)
    again = healthy.replace(found.settings)
    assert again.workload.cluster_sd_ms == round(found["cluster_sd_ms"].value)
    assert again.workload.edit_channel == "pipeline"
    second = calibrate([drawn(again, seed) for seed in range(50, 55)], again)
    for each in found.found:
        assert second[each.field].low <= each.high
        assert each.low <= second[each.field].high


def test_written_days_tell_the_same_as_drawn_ones(healthy: Settings, tmp_path: Path) -> None:
    """A trace keeps all that an estimate rests on, to the millisecond."""
    full = healthy.replace({f"workload.{field}": value for field, value in TRUE.items()})
    paths = []
    for seed in (1, 2):
        paths.append(tmp_path / f"{seed}.csv")
        simkit.write_trace(drawn(full, seed), full, paths[-1])
    assert simkit.calibrate(paths, full) == calibrate([drawn(full, 1), drawn(full, 2)], full)


def test_a_day_counts_once_by_whatever_name(
    healthy: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same file, a link to it and a copy of it are refused; a day that differs is not.

    Counted twice, a day would make intervals narrower than what is known.
    """
    monkeypatch.chdir(tmp_path)
    text = (simkit.data_folder() / "traces" / "small-day.csv").read_text(encoding="utf-8")
    for name in ("day.csv", "copy.csv"):
        Path(name).write_text(text, encoding="utf-8")
    Path("link.csv").symlink_to("day.csv")
    for twice, said in [
        ("day.csv", "day.csv: given twice"),
        ("./day.csv", "./day.csv: the same day as day.csv"),
        (tmp_path / "link.csv", f"{tmp_path / 'link.csv'}: the same day as day.csv"),
        ("copy.csv", "copy.csv: the same day as day.csv"),
    ]:
        with pytest.raises(BadInput) as caught:
            calibrate(["day.csv", twice], healthy)
        assert str(caught.value) == f"{said}; allowed: each day once"
    Path("other.csv").write_text(text.replace("10:29,", "10:28,"), encoding="utf-8")
    assert calibrate(["day.csv", "other.csv"], healthy).about.startswith("2 days")


def test_hidden_tabs_and_outages_of_a_trace_change_nothing(healthy: Settings) -> None:
    """They are not told, as no log has them; a day that has them is calibrated all the same."""
    plain, more = ([day(n, **with_) for n in range(1, 6)] for with_ in ({}, HIDDEN))
    one, other = (calibrate([days_of(healthy, *days)], healthy) for days in (plain, more))
    assert one == other


HIDDEN: dict[str, Any] = {
    "hidden": (Span(HOUR, 2 * HOUR),),
    "outages": (Span(HOUR, 2 * HOUR),),
    "reloads": (HOUR,),
}


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda healthy: calibrate([], healthy), "days: found an empty list; allowed: a list of"),
        (lambda healthy: calibrate("a.csv", healthy), "days: found 'a.csv'; allowed: a list of"),
        (lambda _: calibrate(["a.csv"], "org.yaml"), "settings: found 'org.yaml'"),
        (lambda healthy: calibrate(["no.csv"], healthy), "no.csv: no such file"),
        (
            lambda healthy: calibrate([drawn(healthy, n) for n in (1, 2, 1)], healthy),
            "days: day 3 is the same as day 1; allowed: each day once",
        ),
    ],
)
def test_what_is_no_day_is_refused(
    healthy: Settings, call: Callable[[Settings], Any], said: str
) -> None:
    """In one line that says what is allowed."""
    with pytest.raises(BadInput) as caught:
        call(healthy)
    assert str(caught.value).startswith(said)

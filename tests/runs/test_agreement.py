"""A recorded day beside the run that lives it: each difference has its cause and its length."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import pytest

import simkit
from simkit import BadInput
from simkit.base.clock import MINUTE
from simkit.rules.settings import Settings
from simkit.runs.agreement import CAUSES, Agreement, Cause
from simkit.runs.events import StatusWritten
from simkit.runs.run import Run

DAY = ("08:00:00.001", "ann", "shift", "North Care", "16:00")
Row = tuple[str, ...]


def beside(settings: Settings, *rows: Row, exact: bool = True) -> tuple[Run, Agreement]:
    """Give the run of a day of such rows, and the day beside it."""
    table = [
        {"at": at, "agent": who, "what": what, "value": value, "until": until}
        for at, who, what, value, until in (DAY, *rows)
    ]
    day = simkit.read_trace(table, settings, exact=exact)
    run = simkit.run(settings, workload=day)
    return run, simkit.agreement(run, day)


def ann(at: str, what: str, value: str, until: str) -> Row:
    return at, "ann", what, value, until


SWEEP = {"routing.sweep_interval_ms": 15 * MINUTE}
LOCK = SWEEP | {"widget.override_guard": "lock", "widget.override_window_ms": 2 * MINUTE}
CASES: dict[Cause, tuple[dict[str, Any], list[Row], float]] = {
    # Over a code of type OTHER, WFM writes the schedule at 10:15 and Available at 10:30.
    "wfm": (
        {"wfm.writes_status": True},
        [
            ann("10:15", "scheduled", "Short Break", "10:30"),
            ann("10:10", "wants", "Callback", "10:40"),
        ],
        25,
    ),
    # The sweep of 10:15 makes the agent Available, whose record goes on for 5 min.
    "routing": (SWEEP, [ann("10:05", "wants", "Callback", "10:20")], 5),
    "refused": (
        {"application.scopes": ["telephony:status:read"]},
        [ann("10:05", "wants", "Callback", "10:20")],
        15,
    ),
    "ignored": (
        {"routing.ignore_manual": "drop"},
        [ann("10:05", "wants", "Callback", "10:20")],
        15,
    ),
    "network": (
        {"widget.retry_attempts": 0},
        [
            ann("10:00", "offline", "", "10:07"),
            ann("10:05", "wants", "Callback", "10:20"),
        ],
        15,
    ),
    "no_such_code": ({}, [ann("12:00", "wants", "Lunch", "12:29")], 29),
    "not_listed": (
        {"provisioning.binding": "parent"},
        [ann("10:05", "wants", "Callback", "10:20")],
        15,
    ),
    # The first poll leaves within 10 min of the login, and the status lasts 2 s.
    "no_list": (
        {"widget.start_jitter_ms": 10 * MINUTE},
        [ann("08:00:01", "wants", "Callback", "08:00:03")],
        1 / 30,
    ),
    # The token dies after 45 min without an act.
    "frozen": (
        {
            "application.refresh_token": False,
            "session.renewal_interceptor": False,
            "widget.auto_refresh": False,
            "widget.on_401": "freeze",
        },
        [ann("10:05", "wants", "Callback", "10:20")],
        15,
    ),
    # Locked from 10:13 on, and nobody tries again.
    "turned_away": (
        LOCK | {"widget.retry_after_lock": False},
        [ann("10:14", "wants", "Callback", "10:20")],
        6,
    ),
    "other_code": ({}, [ann("10:05", "picks", "nt-callback", "10:20")], 15),
    # The page that would have told of the refusal is loaded anew before the reply.
    "unanswered": (
        {"application.scopes": ["telephony:status:read"]},
        [
            ann("10:05", "wants", "Callback", "10:20"),
            ann("10:05:00.001", "reloads", "", ""),
        ],
        15,
    ),
    "beyond_shift": ({}, [ann("15:50", "wants", "Callback", "16:20")], 20),
}


@pytest.mark.parametrize("cause", CASES)
def test_a_difference_has_its_cause_and_its_length(healthy: Settings, cause: Cause) -> None:
    """Beside it there are only requests on their way, of at most a second each."""
    changes, rows, minutes = CASES[cause]
    _, found = beside(healthy.replace(changes), *rows)
    part = found.by_cause[cause]
    on_the_way = 1_000 if cause == "other_code" else 0
    assert part.ms == pytest.approx(minutes * MINUTE, abs=on_the_way)
    rest = {each: part for each, part in found.by_cause.items() if each != cause}
    assert set(rest) <= {"under_way", "late_return"}
    assert all(part.ms < 1_000 * part.times for part in rest.values())


def test_a_lock_that_is_waited_for_is_told_as_such(healthy: Settings) -> None:
    """The choice of 10:14 is made at 10:15, when the sweep is over, and holds 6 min from then."""
    _, found = beside(healthy.replace(LOCK), ann("10:14", "wants", "Callback", "10:20"))
    assert found.by_cause["turned_away"].ms == pytest.approx(MINUTE, abs=1_000)
    assert found.by_cause["late_return"].ms == pytest.approx(MINUTE, abs=1_000)


def test_of_two_choices_at_once_the_last_to_arrive_holds(healthy: Settings) -> None:
    """Of 40 pairs a millisecond apart some overtake each other, as delays are random."""
    rows = []
    for n in range(40):
        at = f"{9 + n // 10:02}:{5 * (n % 10):02}:00"
        rows += [ann(f"{at}.000", "wants", "Callback", f"{at[:6]}30")]
        rows += [ann(f"{at}.001", "wants", "Personal", f"{at[:6]}30")]
    run, found = beside(healthy, *rows)
    codes = run.directory.codes
    written = [
        (r.t // MINUTE, codes[r.data.status].name)
        for r in run.records("ann")
        if isinstance(r.data, StatusWritten) and r.data.writer == "agent"
    ]
    last = dict(written)
    overtaken = sum(name == "Callback" for name in last.values())
    assert 0 < overtaken < 40
    assert sum(d.cause == "other_choice" and d.ms > 1_000 for d in found.differences) == overtaken


def test_all_causes_are_shown_by_tests() -> None:
    """Beside the cases above, three have tests of their own, and rounding is below."""
    others = {"under_way", "late_return", "rounding", "other_choice"}
    assert set(CASES) | others == set(CAUSES) == {*get_args(Cause)}


def test_rounding_is_told_from_what_the_model_does(healthy: Settings) -> None:
    """Drawn within its minute, the choice begins and ends so much later than recorded."""
    table = (("10:00", "wants", "Callback", "10:10"),)
    day = simkit.read_trace(
        [("08:00", "ann", "shift", "North Care", "16:00"), *(ann(*row) for row in table)], healthy
    )
    run = simkit.run(healthy, workload=day)
    found = simkit.agreement(run, day)
    [want] = day.days[0].intentions
    late = want.t % MINUTE + (want.t + want.length) % MINUTE
    assert found.by_cause["rounding"].ms == late
    assert {*found.by_cause} == {"rounding", "under_way", "late_return"}


def test_where_nothing_goes_wrong_only_requests_part_the_two(
    healthy: Settings,
    tmp_path: Path,
) -> None:
    """A drawn day, written and read back: the time that differs is counted once more, plainly.

    It is that in which the status meant last and not yet over is not the true one.
    """
    simkit.write_trace(simkit.run(healthy, 5).workload, healthy, tmp_path / "day.csv")
    day = simkit.read_trace(tmp_path / "day.csv", healthy)
    run = simkit.run(healthy, 5, workload=day)
    found = simkit.agreement(run, day)
    assert {*found.by_cause} <= {"under_way", "late_return", "beyond_shift", "other_choice"}
    assert found.share > 0.999
    one = max(day.days, key=lambda each: len(each.intentions))
    true, codes = run.truth(one.agent).status, run.directory.codes
    differ = 0
    changes = {t for want in one.intentions for t in (want.t, want.t + want.length)}
    changes = {t for t in changes | {*true.times} if one.start < t < one.end}
    for t, until in pairwise([one.start, *sorted(changes), one.end]):
        meant = [w for w in one.intentions if w.t <= t][-1:]
        said = meant[0].reason if meant and t < meant[0].t + meant[0].length else ""
        status = true.at(t)
        same = said == (codes[status].name if status >= 0 else "")
        differ += 0 if same else until - t
    own = [d for d in found.differences if d.agent == one.agent and d.cause != "beyond_shift"]
    assert sum(d.ms for d in own) == differ > 0


def test_the_record_behind_a_difference_is_in_the_log(healthy: Settings) -> None:
    """It is the refusal that the widget took for a success, and *why* tells of it."""
    settings = simkit.traps["T3"].settings
    run, found = beside(settings, ann("10:05", "wants", "Callback", "10:20"))
    [difference] = found.differences
    assert (difference.recorded, difference.modelled) == ("Callback", "Available")
    assert difference.record in run.records("ann")
    assert "403 INSUFFICIENT_OAUTH_SCOPE" in run.why("ann", difference.start + 1_000)


def test_columns_tell_the_same(healthy: Settings) -> None:
    """Both engines live one day alike, whoever of them keeps a log of everybody."""
    day = simkit.read_trace(simkit.data_folder() / "traces" / "small-day.csv", healthy)
    both = [
        simkit.agreement(simkit.run(healthy, workload=day, engine=engine), day)
        for engine in ("processes", "columns")
    ]
    assert both[0] == both[1]


def test_another_day_than_the_run_lived_is_refused(healthy: Settings) -> None:
    """Neither a drawn one nor one that was read can stand beside it."""
    run, _ = beside(healthy)
    other = simkit.read_trace([("08:00", "bob", "shift", "North Care", "16:00")], healthy)
    with pytest.raises(BadInput, match="the run did not live this day"):
        simkit.agreement(run, other)
    with pytest.raises(BadInput, match=r"recorded: found Workload; allowed: a day that"):
        simkit.agreement(run, simkit.run(healthy, 1).workload)
    with pytest.raises(BadInput, match="recorded: found str"):
        simkit.agreement(run, "day.csv")  # type: ignore[arg-type]

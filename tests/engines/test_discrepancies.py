"""Trouble read from columns is what a lab reads from logs: span by span, for every agent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from anyworld import examples, healthy, seeds, settings_for_columns
from hypothesis import given
from keeping import kept
from sameness import fail_if
from test_equality_of_columns import catalogue

import simkit
from simkit.engines.columns import population as engine_module
from simkit.engines.columns.column_run import CrowdRun
from simkit.engines.columns.discrepancies import Span, Spans, troubles
from simkit.engines.processes.running import run
from simkit.rules.settings import Settings
from simkit.runs.run import Run
from simkit.ui.lab import agent_view as reading_module
from simkit.ui.lab.agent_view import BLIP_MS, Reading, flags


def from_logs(run: Run, agent: str) -> Iterator[Span]:
    """Read the spans of one agent as a lab does."""
    return map(flags, Reading(run).stretches(agent))


def no_spans(_run: Run, _agent: str) -> Iterator[Span]:
    """Columns need nobody to be asked."""
    raise AssertionError("an agent was asked for")


def apart(
    settings: Settings, seed: int, shortest: int = BLIP_MS, spans: Spans = from_logs
) -> list[str]:
    """Say whose spans differ between columns and logs."""
    found = troubles(CrowdRun(settings, seed, "test"), shortest, spans)
    reading = Reading(run(settings, seed))
    told = {agent: list(map(flags, reading.stretches(agent))) for agent in reading.run.agents}
    return [
        f"{agent}: columns {found.of(agent)}, log {spans}"
        for agent, spans in told.items()
        if found.of(agent) != spans
        or found.totals[found.place[agent]] != reading.time_in_trouble(agent)
    ]


@pytest.mark.fuzz
@examples(0.4)
@given(settings=settings_for_columns(), seed=seeds)
@kept
def test_columns_and_logs_tell_the_same_trouble_of_every_agent(
    settings: Settings, seed: int
) -> None:
    """From when, until when, and of which kinds; what is too short is left out of both alike."""
    fail_if(apart(settings, seed), "troubles of columns and of logs", settings, seed)


@pytest.mark.parametrize("settings", catalogue())
def test_traps_and_fixes_have_the_same_trouble_in_columns(settings: Settings) -> None:
    """As shipped, all thirty agents."""
    fail_if(apart(settings, 7), "troubles of columns and of logs", settings, 7)


@pytest.mark.parametrize("shortest", [1, 200, 60_000])
@pytest.mark.parametrize("trap_id", ["T3", "E3", "E4"])
def test_what_is_too_short_is_left_out_as_in_a_log(
    trap_id: str, shortest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever the line is drawn: blips within a longer trouble do not cut it in two."""
    monkeypatch.setattr(reading_module, "BLIP_MS", shortest)
    settings = simkit.traps[trap_id].settings
    fail_if(apart(settings, 3, shortest, no_spans), "troubles of columns and of logs", settings, 3)


def test_what_a_reply_changes_after_the_shift_is_not_told() -> None:
    """Calls of five seconds, and forty breaks: some replies come when the agent has gone."""
    slow = {"delay_min_ms": 5_000, "delay_median_ms": 5_000, "delay_max_ms": 5_000}
    busy = {"unscheduled_breaks": 40.0, "renewal_lead_ms": 120_000}
    settings = simkit.traps["E3"].settings.replace(slow | busy)
    fail_if(apart(settings, 0, BLIP_MS, no_spans), "troubles of columns and of logs", settings, 0)


@pytest.mark.parametrize("part", [1, 7, 4_096])
def test_parts_change_nothing(part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "PART", part)
    settings = simkit.traps["E4"].settings
    fail_if(apart(settings, 5, BLIP_MS, no_spans), "troubles of columns and of logs", settings, 5)


@pytest.mark.parametrize("part", [7, 4_096])
@pytest.mark.parametrize("trap_id", simkit.traps)
def test_of_logs_of_columns_and_of_both_the_same_table_is_made(
    trap_id: str, part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever some days are exact as columns and others are not."""
    monkeypatch.setattr(engine_module, "PART", part)
    settings = simkit.traps[trap_id].settings
    logs = troubles(run(settings, 2), BLIP_MS, from_logs)
    crowd = CrowdRun(settings, 2, "test")
    mixed = troubles(crowd, BLIP_MS, from_logs)
    assert mixed.span == logs.span
    assert mixed.span[1] == crowd.horizon
    assert mixed.totals == logs.totals
    assert mixed.start.tolist() == logs.start.tolist()
    assert mixed.end.tolist() == logs.end.tolist()
    assert [mixed.of(agent) for agent in crowd.agents] == [logs.of(agent) for agent in logs.agents]


def test_where_nothing_is_wrong_there_is_no_trouble() -> None:
    found = troubles(CrowdRun(healthy(), 1, "test"), 3_600_000, no_spans)
    assert set(found.totals) == {0}
    assert found.of("agent-01") == []
    nobody = troubles(run(healthy(), 1), BLIP_MS, lambda _run, _agent: [])
    assert set(nobody.totals) == {0}

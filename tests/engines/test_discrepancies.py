"""Discrepancies read from columns are those of histories: span by span, for every agent."""

from __future__ import annotations

import pytest
from anyworld import examples, healthy, seeds, settings_for_a_limit, settings_for_columns
from hypothesis import given
from keeping import kept
from sameness import fail_if
from test_equality_of_columns import catalogue

import simkit
from simkit.engines.columns import discrepancies as of_all_module
from simkit.engines.columns import population as engine_module
from simkit.engines.columns.column_run import ColumnRun
from simkit.engines.columns.discrepancies import AllDiscrepancies, of_history
from simkit.engines.everybody import all_discrepancies
from simkit.engines.running import run
from simkit.rules.settings import Settings
from simkit.runs import discrepancies as of_one_module

APART = "discrepancies of columns and of histories"


def of_columns(settings: Settings, seed: int) -> AllDiscrepancies:
    return ColumnRun(settings, seed, "test").all_discrepancies


def apart(settings: Settings, seed: int) -> list[str]:
    """Say whose spans differ between columns and histories."""
    found, finished = of_columns(settings, seed), run(settings, seed, engine="processes")
    told = {
        agent: [(s.start, s.end, s.discrepancy.bits) for s in finished.stretches(agent)]
        for agent in finished.agents
    }
    return [
        f"{agent}: columns {found.of(agent)}, history {spans}"
        for agent, spans in told.items()
        if found.of(agent) != spans
        or found.totals[found.place[agent]] != finished.discrepancy_ms(agent)
    ]


@pytest.mark.fuzz
@examples(0.4)
@given(settings=settings_for_columns(), seed=seeds)
@kept
def test_columns_and_histories_tell_the_same_of_every_agent(settings: Settings, seed: int) -> None:
    """From when, until when, and of which kinds; what is too short is left out of both alike."""
    fail_if(apart(settings, seed), APART, settings, seed)


@pytest.mark.fuzz
@examples(0.2)
@given(settings=settings_for_a_limit(), seed=seeds)
@kept
def test_they_tell_the_same_of_agents_who_share_a_limit(settings: Settings, seed: int) -> None:
    """Lists that grow old as polls are refused, and choices that came to nothing for that."""
    fail_if(apart(settings, seed), APART, settings, seed)


@pytest.mark.slow
@pytest.mark.parametrize("settings", catalogue())
@pytest.mark.some(7)
def test_traps_and_fixes_have_the_same_discrepancies_in_columns(settings: Settings) -> None:
    """As shipped, all thirty agents."""
    fail_if(apart(settings, 7), APART, settings, 7)


@pytest.mark.parametrize("shortest", [1, 200, 60_000])
@pytest.mark.parametrize("trap_id", ["T3", "E3", "E4"])
def test_what_is_too_short_is_left_out_by_both(
    trap_id: str, shortest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever the line is drawn: blips within a longer stretch do not cut it in two."""
    monkeypatch.setattr(of_one_module, "SHORTEST_MS", shortest)
    monkeypatch.setattr(of_all_module, "SHORTEST_MS", shortest)
    fail_if(apart(simkit.traps[trap_id].settings, 3), APART, simkit.traps[trap_id].settings, 3)


def test_what_a_reply_changes_after_the_shift_is_not_told() -> None:
    """Calls of five seconds, and forty breaks: some replies come when the agent has gone."""
    slow = {"delay_min_ms": 5_000, "delay_median_ms": 5_000, "delay_max_ms": 5_000}
    busy = {"unscheduled_breaks": 40.0, "renewal_lead_ms": 120_000}
    settings = simkit.traps["E3"].settings.replace(slow | busy)
    fail_if(apart(settings, 0), APART, settings, 0)


@pytest.mark.parametrize("part", [1, 7, 4_096])
def test_parts_change_nothing(part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Agents are taken in parts for the processor's sake alone."""
    monkeypatch.setattr(engine_module, "PART", part)
    fail_if(apart(simkit.traps["E4"].settings, 5), APART, simkit.traps["E4"].settings, 5)


@pytest.mark.slow
@pytest.mark.parametrize("part", [7, 4_096])
@pytest.mark.parametrize("trap_id", simkit.traps)
def test_of_histories_of_columns_and_of_both_the_same_table_is_made(
    trap_id: str, part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever some days are exact as columns and others are not."""
    monkeypatch.setattr(engine_module, "PART", part)
    settings = simkit.traps[trap_id].settings
    histories = all_discrepancies(run(settings, 2, engine="processes"))
    columns = ColumnRun(settings, 2, "test")
    mixed = all_discrepancies(columns)
    assert mixed.span == histories.span
    assert mixed.span[1] == columns.horizon
    assert mixed.totals == histories.totals
    assert mixed.start.tolist() == histories.start.tolist()
    assert mixed.end.tolist() == histories.end.tolist()
    agents = columns.agents
    assert [mixed.of(agent) for agent in agents] == [histories.of(agent) for agent in agents]


def test_where_nothing_is_wrong_there_is_no_discrepancy() -> None:
    """Of an hour's length, where all lists are right and each status is known."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(of_all_module, "SHORTEST_MS", 3_600_000)
        found = of_columns(healthy(), 1)
        patch.setattr(of_one_module, "SHORTEST_MS", 3_600_000)
        nobody = of_history(run(healthy(), 1).history)
        assert set(found.totals) == set(nobody.totals) == {0}
    assert found.of("agent-01") == []

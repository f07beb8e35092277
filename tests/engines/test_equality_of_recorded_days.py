"""Recorded days are days like any other: all clocks and both engines tell the same of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from anyday import recorded_days
from anyworld import (
    base,
    examples,
    legal_settings,
    seeds,
    settings_for_a_limit,
    settings_for_columns,
)
from hypothesis import event, given
from hypothesis import strategies as st
from keeping import kept
from retold import different
from sameness import assert_clocks_agree, fail_if

from simkit.engines.columns.column_run import ColumnRun
from simkit.engines.columns.exact import why_together
from simkit.rules.settings import Settings
from simkit.rules.workload import AgentDay, Workload


@st.composite
def recorded(draw: st.DrawFn, settings: st.SearchStrategy[Settings]) -> tuple[Settings, Workload]:
    """Draw settings and a recorded day of their agents."""
    drawn = draw(settings)
    return drawn, draw(recorded_days(drawn))


@st.composite
def recorded_plainly(
    draw: st.DrawFn, settings: st.SearchStrategy[Settings]
) -> tuple[Settings, Workload]:
    """Draw the same, mostly without what one day of all is seldom exact for."""
    drawn, workload = draw(recorded(settings))
    if draw(st.sampled_from([True, True, False])):
        days = (replace(day, outages=(), transfers=(), hidden=()) for day in workload.days)
        workload = replace(workload, days=tuple(days))
    return drawn, workload


@pytest.mark.fuzz
@examples(0.4)
@given(world=recorded(legal_settings()), seed=seeds)
@kept
def test_all_clocks_tell_the_same_of_a_recorded_day(
    world: tuple[Settings, Workload], seed: int
) -> None:
    """Ticking is the measure: the chosen clock writes the same, agents apart or together."""
    settings, workload = world
    assert_clocks_agree(settings, seed, workload)


@pytest.mark.fuzz
@examples(0.5)
@given(world=recorded(settings_for_columns()), seed=seeds)
@kept
def test_columns_equal_processes_on_a_recorded_day(
    world: tuple[Settings, Workload], seed: int
) -> None:
    """Row by row and in every metric, for those agents whom columns are exact for and the rest."""
    settings, workload = world
    assert why_together(settings, recorded=workload) == ""
    exact = sum(
        len(p.places) for p in ColumnRun(settings, 1, "", recorded=workload).population.parts()
    )
    event(f"exact for {exact} of {len(workload.days)}")
    fail_if(different(settings, seed, workload), "columns and processes", settings, seed)


@pytest.mark.fuzz
@examples(0.2)
@given(world=recorded_plainly(settings_for_a_limit()), seed=seeds)
@kept
def test_columns_equal_processes_on_a_recorded_day_of_agents_who_share_a_limit(
    world: tuple[Settings, Workload], seed: int
) -> None:
    """All of them are columns, or processes run all of them where one day is not exact."""
    settings, workload = world
    population = ColumnRun(settings, 1, "", recorded=workload).population
    event(f"together: {population.together}, as columns: {bool(list(population.parts()))}")
    fail_if(different(settings, seed, workload), "columns and processes", settings, seed)


def test_a_page_loaded_again_in_the_millisecond_of_its_login_is_run_by_processes() -> None:
    """Nobody is left out of a population for want of a reason that was thought of.

    The page of the login sends no poll, that of the reload one a second for 30 min: 1,800 in all.
    """
    settings = base(("agent-01",), 1).replace(refresh_interval_ms=1_000)
    day = AgentDay("agent-01", "North Care", 0, 1_800_000, reloads=(0,))
    workload = Workload((day,))
    crowd = ColumnRun(settings, 1, "", recorded=workload)
    assert [list(places) for places, _ in crowd.population.others()] == [[0]]
    assert crowd.metrics["polls_per_s"].value == 1
    fail_if(different(settings, 1, workload), "columns and processes", settings, 1)

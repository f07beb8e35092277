"""The law that lets columns go through a limit that agents share: they tell what processes tell."""

from __future__ import annotations

import pytest
from anyworld import examples, seeds, settings_for_a_limit
from hypothesis import given
from keeping import kept
from retold import assert_columns_agree
from sameness import fail_if, first_difference, spelled_out

from simkit.engines.columns.column_run import ColumnRun
from simkit.engines.columns.exact import why_not_limited
from simkit.engines.processes.build import simulate
from simkit.rules.settings import Settings


@pytest.mark.fuzz
@examples(1.0)
@given(settings=settings_for_a_limit(), seed=seeds)
@kept
def test_columns_equal_processes_where_a_shared_limit_binds(settings: Settings, seed: int) -> None:
    """Row by row and in every metric, as where nobody is refused."""
    assert why_not_limited(settings) == ""
    assert_columns_agree(settings, seed)


@pytest.mark.fuzz
@examples(0.3)
@given(settings=settings_for_a_limit(), seed=seeds)
@kept
def test_one_agent_of_those_who_share_a_limit_is_that_of_the_whole_world(
    settings: Settings, seed: int
) -> None:
    """The log of each agent alone is that of everybody: records, causes, requests, departures."""
    crowd, world = ColumnRun(settings, seed, "test"), simulate(settings, seed, clock="tick")
    found = []
    for agent in crowd.agents:
        alone = crowd.history_of(agent)
        if alone.records(agent) != world.records(agent):
            found.append(f"{agent}: {first_difference(alone.records(agent), world.records(agent))}")
        for part in ("requests", "departures", "snapshots"):
            mine, theirs = getattr(alone, part), getattr(world, part)
            if part != "requests":
                mine, theirs = (
                    spelled_out({agent: mine[agent]}),
                    spelled_out({agent: theirs[agent]}),
                )
            if mine[agent] != theirs[agent]:
                found.append(f"{part} of {agent}: {mine[agent]} and {theirs[agent]}")
    fail_if(found, "one agent alone and the whole world", settings, seed)

"""The law that lets columns go through a limit that agents share: they tell what processes tell."""

from __future__ import annotations

from dataclasses import replace

import pytest
from anyworld import examples, healthy, seeds, settings_for_a_limit
from handmade import HOUR, calls, day, hand, timeline
from hypothesis import given
from keeping import kept
from retold import assert_columns_agree, different
from sameness import fail_if, first_difference, spelled_out

import simkit
from simkit.base.errors import BadInput
from simkit.engines.columns import crowd as crowd_module
from simkit.engines.columns import population as population_module
from simkit.engines.columns.column_run import ColumnRun
from simkit.engines.columns.exact import why_not_limited, why_together
from simkit.engines.columns.metrics import measure
from simkit.engines.columns.population import Population
from simkit.engines.processes.build import simulate
from simkit.rules.settings import Settings
from simkit.rules.workload import AgentDay, Workload
from simkit.runs.history import History
from simkit.runs.metrics.registered import METRICS


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


# Windows worked out by hand: requests take 10 ms up and 10 ms down.

SHARED = {"token_topology": "shared", "refresh_interval_ms": HOUR}
"""Each page polls as it is loaded, and not again."""


def both(limit: int, *days: AgentDay, **fields: object) -> History:
    """Run a world by processes; columns have to agree on it, and to have run it."""
    settings = hand(**SHARED | {"rate_limit_per_min": limit} | fields)
    workload = Workload(days)
    assert why_together(settings, recorded=workload)
    assert Population(settings, 1, recorded=workload).crowd is not None
    assert different(settings, 1, workload) == []
    return simulate(settings, 1, workload=workload)


def test_a_window_that_only_submissions_come_in_has_its_limit_too() -> None:
    """Two choices of 70,000 arrive in the same millisecond: one is admitted, that sent first.

    Nobody polls in their window. The next one is empty again, so that the third is admitted.
    """
    wants = ((70_000, "Break", HOUR), (70_000, "Meal", HOUR), (130_000, "Issue", HOUR))
    ran = both(1, day(200_000, *wants), on_error="surface")
    assert calls(ran) == {("list", 200): 1, ("submit", 200): 2, ("submit", 429): 1}
    told = [row for row in timeline(ran, "ada") if row[1] in ("success", "error", "status")]
    assert told == [
        (70_010, "status", "break", "agent", "available"),
        (70_020, "success", "break", 200, ""),
        (70_020, "error", "meal", 429, "TOO_MANY_REQUESTS"),
        (130_010, "status", "issue", "agent", "break"),
        (130_020, "success", "issue", 200, ""),
    ]


def test_of_two_equal_requests_that_of_the_first_name_is_admitted() -> None:
    """Polls of both arrive at 10 ms, whoever comes first in the workload."""
    ran = both(1, day(1_000, agent="bob"), day(1_000))
    assert calls(ran, "ada") == {("list", 200): 1}
    assert calls(ran, "bob") == {("list", 429): 1}


def test_a_list_comes_before_a_choice_of_the_same_millisecond() -> None:
    """Bob's page is loaded as ada chooses: both arrive at 30,010, and his poll is admitted.

    Her own poll was the first of the two that the window has room for.
    """
    ran = both(2, day(40_000, (30_000, "Break", HOUR)), day(40_000, agent="bob", start=30_000))
    assert calls(ran, "ada") == {("list", 200): 1, ("submit", 429): 1}
    assert calls(ran, "bob") == {("list", 200): 1}


def test_a_question_for_the_list_counts_if_that_for_the_configuration_was_admitted() -> None:
    """Configurations arrive at 59,995, lists at 60,015, in the next window.

    There is room for one in each. Bob is refused in the first and asks for no list, so that cleo,
    whose page is loaded at 60,010 and arrives at 60,020 with her first question, finds ada's.
    """
    days = (day(90_000, start=59_985, agent=agent) for agent in ("ada", "bob"))
    ran = both(1, *days, day(90_000, agent="cleo", start=60_010), version_parameter=True)
    assert calls(ran, "ada") == {("config", 200): 1, ("list", 200): 1}
    assert calls(ran, "bob") == {("config", 429): 1}
    assert calls(ran, "cleo") == {("config", 429): 1}


def test_what_is_under_way_as_a_page_goes_or_a_shift_ends_is_counted() -> None:
    """Ada reloads at 5 ms: her first poll arrives at 10 all the same, her second at 15.

    Bob's shift is over at 5 ms, and his poll arrives too. The window has room for those three.
    """
    ran = both(3, day(1_000, reloads=(5,)), day(5, agent="bob"), day(1_000, agent="cleo", start=6))
    assert calls(ran, "ada") == {("list", 200): 2}
    assert calls(ran, "bob") == {("list", 200): 1}
    assert calls(ran, "cleo") == {("list", 429): 1}


def test_a_limit_is_looked_at_before_the_scope() -> None:
    """Without the scope to write a choice is refused with 403, and over the limit with 429."""
    wants = ((70_000, "Break", HOUR), (80_000, "Meal", HOUR))
    ran = both(1, day(100_000, *wants), scopes=("telephony:status:read",))
    assert calls(ran) == {("list", 200): 1, ("submit", 403): 1, ("submit", 429): 1}


def test_a_refused_widget_comes_back_when_its_own_delay_has_passed_in_the_next_window() -> None:
    """Bob's poll is refused at 10 ms and told so at 20: he comes back at 60,010.

    Ada is on her grid, and her poll of 60,000 arrives first. So bob waits again, for 120,010, and
    his polls go on waiting, though the two would have room if he kept to his grid.
    """
    waits = {"honour_retry_after": True, "refresh_interval_ms": 60_000}
    ran = both(1, day(200_000), day(200_000, agent="bob"), **waits)
    assert calls(ran, "ada") == {("list", 200): 4}
    assert calls(ran, "bob") == {("list", 429): 4}
    left = [each.first for each in ran.departures["bob"]]
    assert left == [0, 60_010, 120_010, 180_010]


@pytest.mark.parametrize("limit", [2, 3, 4])
def test_a_limit_that_nobody_reaches_leaves_columns_as_they_are(limit: int) -> None:
    """Ada polls at 10 and 30,010 and chooses at 40,010: three requests in a window.

    A limit of three or more refuses none. Three polls of a page may arrive in a window, so that a
    limit of four is seen to do so beforehand; with one of three requests are known one by one.
    """
    settings = hand(token_topology="shared", rate_limit_per_min=limit)
    workload = Workload((day(50_000, (40_000, "Break", HOUR)),))
    assert why_together(settings, recorded=workload)
    assert different(settings, 1, workload) == []
    (part,) = Population(settings, 1, recorded=workload).parts()
    assert (part.limited is None) is (limit == 4)
    refused = ColumnRun(settings, 1, "test", recorded=workload).metrics["refused_share"]
    assert refused.value == pytest.approx(1 / 3 if limit == 2 else 0)


def test_where_too_many_requests_are_admitted_processes_run_everybody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As many as are kept at most is set to one less than may be admitted: nothing is different."""
    settings = hand(token_topology="shared", rate_limit_per_min=2)
    workload = Workload((day(50_000, (40_000, "Break", HOUR)),))
    monkeypatch.setattr(crowd_module, "MOST_KNOWN", 1)
    population = Population(settings, 1, recorded=workload)
    assert list(population.parts()) == []
    assert [list(places) for places, _ in population.others()] == [[0]]
    assert different(settings, 1, workload) == []


@pytest.mark.slow
@pytest.mark.parametrize("waits", [False, True], ids=["refused", "waiting"])
@pytest.mark.thorough
def test_parts_and_days_of_ones_own_change_nothing(
    waits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thirty agents, seven at a time, on a token of a third of what they ask; all are one crowd.

    A day that was changed by hand is run by processes, and so are all of them then.
    """
    limit = {"token_topology": "shared", "rate_limit_per_min": 20, "retry_jitter_ms": 20_000}
    busy = {"deactivation_probability": 0.5, "reload_probability": 0.5, "wfm.writes_status": True}
    settings = healthy().replace({**limit, **busy, "honour_retry_after": waits})
    monkeypatch.setattr(population_module, "PART", 7)
    assert different(settings, 5) == []
    assert len(list(Population(settings, 5).parts())) == 5
    world = simkit.run(settings, 5)
    idle = replace(world.days["agent-03"], intentions=())
    changed = simkit.run(settings, 5, days={"agent-03": idle})
    crowd = Population(settings, 5, given={"agent-03": idle})
    assert measure(crowd, METRICS) == {name: m.value for name, m in changed.metrics.items()}
    with pytest.raises(BadInput, match="some have days of their own"):
        simkit.run(settings, 5, days={"agent-03": idle}, engine="columns")

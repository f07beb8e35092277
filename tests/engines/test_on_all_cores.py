"""A population on all cores: the same numbers to the last digit, and memory that does not grow."""

from __future__ import annotations

import pickle
from dataclasses import replace
from math import fsum

import numpy as np
import pytest
from anyworld import examples, healthy, legal_settings, seeds
from hypothesis import given
from hypothesis import strategies as st
from keeping import kept

import simkit
from simkit.base.clock import MINUTE
from simkit.base.errors import BadInput
from simkit.engines.columns import metrics, on_all_cores
from simkit.engines.columns.metrics import COLUMN_METRICS, Reading, measure, read
from simkit.engines.columns.on_all_cores import workers_for
from simkit.engines.columns.population import Population
from simkit.engines.running import MOST_AGENTS, MOST_MADE
from simkit.inputs.resizing import Roster
from simkit.rules.settings import Settings
from simkit.runs.metrics import aggregate
from simkit.runs.metrics.registered import METRICS, RunScope
from simkit.studio.information_age import MEASURES

AGENTS = 200


def edited() -> Settings:
    """The healthy deployment with edits and reloads."""
    return healthy().replace(deactivation_probability=0.5, reload_probability=0.5)


def crowd(settings: Settings, agents: int = AGENTS, seed: int = 3) -> Population:
    return Population(settings, seed, Roster(settings.organisation, agents))


@pytest.fixture
def small_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some agents to a task, so that a few hundred are worth two workers."""
    monkeypatch.setattr(on_all_cores, "STRETCH", 17)
    monkeypatch.setattr(on_all_cores, "BY_PROCESSES", 17)
    monkeypatch.setattr(metrics, "AT_ONCE", 3)


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"transfer_probability": 0.3, "outages_per_shift": 2},
        {"outages_per_shift": 20, "outage_max_ms": 20 * MINUTE, "on_error": "surface"},
        {"rate_limit_per_min": 1},
        {"rate_limit_per_min": 1_000},
    ],
    ids=["columns", "rough days", "some by processes", "all by processes", "with a limit"],
)
@pytest.mark.some(1)
def test_two_processes_measure_what_one_does(changes: dict[str, object], small_tasks: None) -> None:
    """All that can be measured, each equal to the last digit, whoever runs which agents."""
    settings = edited().replace(changes)
    expected = measure(crowd(settings), MEASURES)
    found = on_all_cores.measure(crowd(settings), MEASURES, 2)
    assert found == expected
    assert [type(value) for value in found.values()] == [type(v) for v in expected.values()]
    assert workers_for(crowd(settings), 2) == 2


@pytest.mark.slow
@pytest.mark.thorough
def test_a_run_says_how_many_processes_read_it_and_gives_the_same_numbers(
    small_tasks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a day of one's own among them, and an agent asked for as of any other run."""
    monkeypatch.setattr("simkit.engines.running.MANY", 100)
    monkeypatch.setattr("simkit.base.workers.cores", lambda: 2)
    plain = simkit.run(edited(), 3, agents=AGENTS)
    days = {"agent-120": replace(plain.days["agent-119"], agent="agent-120")}
    one, two = (simkit.run(edited(), 3, agents=AGENTS, days=days, jobs=jobs) for jobs in (1, 2))
    assert two.why_engine == "200 agents who do not interact; read by 2 processes"
    assert dict(two.metrics) == dict(one.metrics) != dict(plain.metrics)
    assert two.records("agent-150") == plain.records("agent-150")


@pytest.mark.fuzz
@examples(0.3)
@given(settings=legal_settings(), seed=seeds)
@kept
@pytest.mark.thorough
def test_stretches_sent_back_and_joined_are_the_whole(settings: Settings, seed: int) -> None:
    """What a worker sends, as bytes, in stretches of any length: the same to the last digit."""
    names, agents = tuple(METRICS), len(settings.organisation.agents)
    population = Population(settings, seed)
    found = Reading(names)
    for first in range(0, agents, 1 + seed % 3):
        more = read(population, names, range(agents)[first : first + 1 + seed % 3])
        more.join()
        more = pickle.loads(pickle.dumps(more))
        found.take(more)
    by_processes = simkit.run(settings, seed, engine="processes")._values(METRICS)
    assert found.measured(population) == [by_processes]


@given(
    st.lists(st.lists(st.floats(-1e300, 1e300) | st.floats(-1, 1)), max_size=6),
    st.integers(1, 3),
)
def test_sums_in_parts_are_rounded_once(parts: list[list[float]], at_a_time: int) -> None:
    """As ``fsum`` rounds the sum of all values, whatever was joined with what before."""
    kept: list[object] = []
    for part in parts:
        kept += [np.array(part, dtype=np.float64)]
        if len(kept) >= at_a_time:
            kept = metrics.values.joined(kept)
    every = [value for part in parts for value in part]
    scope = RunScope(healthy(), 0, 0, 0)
    expected = fsum(every) / len(every) if every else 0.0
    assert aggregate.mean(kept, scope) == expected
    assert aggregate.added_values(kept, scope) == fsum(every)


@given(st.lists(st.lists(st.integers(0, 30)), max_size=6), st.integers(1, 3))
def test_ranks_in_parts_are_those_of_the_whole(parts: list[list[int]], at_a_time: int) -> None:
    """The nearest rank by its definition: 95 % of the values, in order, are not above it."""
    kept: list[object] = []
    for part in parts:
        kept += [np.array(part, dtype=np.int64)]
        if len(kept) >= at_a_time:
            kept = metrics.ranked.joined(kept)
    every = sorted(value for part in parts for value in part)
    within = [v for v in every if sum(o <= v for o in every) >= 0.95 * len(every)]
    found = aggregate.p95(metrics.ranked.joined(kept), RunScope(healthy(), 0, 0, 0))
    assert found == (within[0] if within else 0)
    assert type(found) in (int, float)


@pytest.mark.slow
def test_what_is_kept_of_agents_does_not_grow_with_their_number() -> None:
    """Eight times as many agents leave as many bytes behind, but for times that are told apart.

    Those are whole ms and no more than a shift has.
    """

    def size(agents: int) -> int:
        names = COLUMN_METRICS.keys() - {"deactivated_code_shown_p95_ms"}
        found = read(crowd(edited(), agents), names)
        found.join()
        return len(pickle.dumps(found))

    assert size(1_600) <= 1.1 * size(200)


def test_few_agents_and_recorded_days_and_who_interacts_are_read_here() -> None:
    """A worker is worth its start from so many agents on, and cannot draw what was read."""
    assert [workers_for(crowd(edited(), n), 2) for n in (262_143, 262_144)] == [1, 2]
    slow = edited().replace(rate_limit_per_min=1)
    assert [workers_for(crowd(slow, n), 2) for n in (4_095, 4_096)] == [1, 2]
    workload = simkit.run(edited(), 3).workload
    assert workers_for(Population(edited(), 3, recorded=workload), 2) == 1
    limited = edited().replace(rate_limit_per_min=300, token_topology="shared")
    assert workers_for(crowd(limited, 1_000_000), 2) == 1


# Numbers of agents.


@pytest.mark.parametrize("agents", [7, 45, 1_234])
def test_a_run_of_some_agents_is_that_of_the_resized_organisation(agents: int) -> None:
    """As columns and by processes, in numbers, ids and days."""
    org = simkit.resized(healthy().organisation, agents=agents)
    whole = simkit.run(edited().with_top(organisation=org), 3, engine="columns")
    light = simkit.run(edited(), 3, engine="columns", agents=agents)
    assert light.agents == whole.agents
    assert (light.how_many, repr(light)) == (whole.how_many, repr(whole))
    last = whole.agents[-1]
    assert light.days[last] == whole.days[last]
    assert light.records(last) == whole.records(last)
    assert light.measure(list(METRICS)) == whole.measure(list(METRICS))
    assert all(agent in light.days for agent in whole.agents)
    assert not any(agent in light.days for agent in ("agent-0", "agent-01234", "agent-x", ""))
    assert simkit.run(edited(), 3, engine="processes", agents=agents).agents == whole.agents


def test_ten_million_agents_may_be_asked_for_and_are_not_made() -> None:
    """Nothing but their number is kept, and the last one's day is drawn when it is asked for."""
    run = simkit.run(edited(), 3, agents=10_000_000)
    assert run.how_many == "10,000,000 agents"
    assert run.days["agent-10000000"].end > run.days["agent-10000000"].start
    assert "agent-10000001" not in run.days
    assert "agent-10000000" in repr(run.records("agent-10000000"))


def test_a_number_of_agents_that_cannot_be_run_is_refused() -> None:
    """One line says what is allowed, and a workload that was read brings its own agents."""
    with pytest.raises(BadInput, match=f"^agents: .*to {MOST_AGENTS:,}$"):
        simkit.run(edited(), agents=MOST_AGENTS + 1)
    with pytest.raises(BadInput, match=f"^agents: .*{MOST_MADE:,} at most"):
        simkit.run(edited(), agents=MOST_MADE + 1, engine="processes")
    workload = simkit.run(edited(), 3).workload
    with pytest.raises(BadInput, match=r"^agents: a workload that was read has agents of its own$"):
        simkit.run(edited(), 3, workload=workload, agents=7)


def test_a_worker_that_dies_is_told_of_in_one_line(
    small_tasks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For lack of memory, say; the pool of Python raises what nobody understands."""

    def dead(*_: object) -> object:
        raise on_all_cores.BrokenExecutor

    monkeypatch.setattr(on_all_cores, "_readings", dead)
    with pytest.raises(BadInput, match=r"^a worker died, perhaps for lack of memory, or"):
        on_all_cores.measure(crowd(edited()), METRICS, 2)

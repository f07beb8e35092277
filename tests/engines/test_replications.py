"""Replications as columns: many seeds at once, and each as if it had been run alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from anyworld import (
    AGENTS,
    base,
    examples,
    healthy,
    legal_settings,
    seeds,
    settings_for_a_limit,
    settings_for_columns,
)
from hypothesis import given
from hypothesis import strategies as st
from keeping import kept
from sameness import fail_if

import simkit
from simkit.base.randomness import key
from simkit.engines import running
from simkit.engines.columns import population as population_module
from simkit.engines.columns.days import Days
from simkit.engines.columns.exact import why_not_limited, why_together
from simkit.engines.columns.list_tables import ListTables
from simkit.engines.columns.metrics import measure, measure_each
from simkit.engines.columns.part_view import PartView
from simkit.engines.columns.population import Population
from simkit.engines.columns.steps import StepTables
from simkit.engines.processes.build import simulate
from simkit.engines.running import measured_by, seeds_at_a_time
from simkit.rules.settings import Settings
from simkit.runs.metrics.registered import METRICS
from simkit.study.replication import replicate

pytestmark = pytest.mark.slow  # populations are run

TOGETHER = 3
"""Seeds that are measured at once; each is as large as seeds can be, so that none follow."""
PARTS = (population_module.PART, 1, 2, 4)
"""Numbers of agents in a part: some end amid a replication."""


def together(seed: int) -> list[int]:
    """Give a seed and others that have nothing to do with it."""
    return [seed, *(key(seed, "another", str(n)) >> 2 for n in range(TOGETHER - 1))]


def different(settings: Settings, seed: int, nth: int) -> list[str]:
    """Say which metrics of one of several seeds differ from those of a log of that seed alone."""
    asked = together(seed)
    found = measure_each(Population(settings, asked), METRICS)[nth]
    history = simulate(settings, asked[nth])
    alone = {name: metric.measure(history) for name, metric in METRICS.items()}
    return [
        f"{name}: {found[name]!r} and {alone[name]!r}"
        for name in METRICS
        if found[name] != alone[name]
    ]


@pytest.mark.fuzz
@examples(1.0)
@given(settings=st.one_of(settings_for_columns(), legal_settings()), seed=seeds)
@kept
def test_each_of_many_seeds_is_as_if_it_had_been_run_alone(settings: Settings, seed: int) -> None:
    """Whatever the settings, and wherever agents are cut into parts: all metrics of a log."""
    assert why_together(settings) == ""
    assert_as_alone(settings, seed)


@pytest.mark.fuzz
@examples(1.0)
@given(settings=settings_for_a_limit(), seed=seeds)
@kept
@pytest.mark.thorough
def test_agents_of_one_seed_share_no_limit_with_those_of_another(
    settings: Settings, seed: int
) -> None:
    """All metrics of a log, where a limit binds that all agents of a replication share."""
    assert why_not_limited(settings) == ""
    assert_as_alone(settings, seed)


def assert_as_alone(settings: Settings, seed: int) -> None:
    """Fail where one of several seeds differs from a log of it; the seed says which, and how."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(population_module, "PART", PARTS[seed // TOGETHER % len(PARTS)])
        found = different(settings, seed, seed % TOGETHER)
    fail_if(found, "replications and a log", settings, seed)


BUSY = base(("agent-01", "agent-11", "agent-21"), 2).replace(
    {
        "deactivation_probability": 0.5,
        "reload_probability": 1.0,
        "transfer_probability": 0.5,
        "division_reread": "request",
        "outages_per_shift": 8,
        "version_parameter": True,
        "dataset_life_polls": 7,
        "start_jitter_ms": 500,
        "unscheduled_breaks": 10.0,
        "sweep_interval_ms": 900_000,
        "writes_status": True,
    }
)
"""A world in which as much as can be depends on the seed."""


def of_first_seed(days: Days, purpose: str, keys: Callable[..., object] = Days.keys) -> object:
    """Give the draws of the first replication to all."""
    return keys(days, purpose)[: len(days.people) // TOGETHER].repeat(TOGETHER)  # type: ignore[index]


MISTAKES = {
    "all agents draw with the first seed": (Days, "keys", of_first_seed),
    "all agents see the lists of the first seed": (
        ListTables,
        "state",
        lambda self, division, as_of, of=ListTables.state: of(
            self, division % (len(self.edits) // TOGETHER), as_of
        ),
    ),
    "all codes are active as with the first seed": (
        PartView,
        "active",
        lambda self, who, code, t, of=PartView.active: of(self, who * 0, code, t),
    ),
    "all polls read the versions of the first seed": (
        StepTables,
        "at",
        lambda self, row, t, of=StepTables.at: of(self, row * 0, t),
    ),
    "pages are cut at the versions of the first seed": (
        StepTables,
        "changes",
        property(lambda self, of=StepTables.changes.fget: of(self)[[0] * TOGETHER]),
    ),
    "everything counts for the first seed": (
        PartView,
        "count",
        lambda self, who, of=PartView.count: of(self, who * 0),
    ),
    "all agents are added up for the next seed": (
        PartView,
        "total",
        lambda self, numbers, of=PartView.total: of(self, numbers)[[1, 2, 0]],
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
@pytest.mark.some(3)
def test_a_mistake_about_seeds_is_noticed(
    mistake: tuple[type, str, Callable[..., object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the mistake all three agree with their logs, with it some do not."""
    assert [different(BUSY, 1, nth) for nth in range(TOGETHER)] == [[]] * TOGETHER
    monkeypatch.setattr(*mistake)
    assert any(different(BUSY, 1, nth) for nth in range(TOGETHER))


def test_others_are_run_seed_by_seed() -> None:
    """Some are moved as their networks fail, so that columns leave them; the others stay."""
    population = Population(BUSY, together(1))
    columns = [place for part in population.parts() for place in part.places]
    others = [places for places, _ in population.others()]
    assert columns
    assert len(others) > 1
    assert all(len({population.replication(place) for place in part}) == 1 for part in others)
    everybody = sorted([*columns, *(place for part in others for place in part)])
    assert everybody == list(range(TOGETHER * len(BUSY.organisation.agents)))


def test_a_seed_that_is_asked_for_twice_is_told_twice() -> None:
    """As a population of two equal worlds."""
    one = measure(Population(BUSY, 5), METRICS)
    assert measure_each(Population(BUSY, [5, 5]), METRICS) == [one, one]


# Batches, and who asks for them.


@pytest.fixture
def wanted(healthy: Settings) -> dict[str, tuple[Settings, set[str]]]:
    """Settings of three agents, of five whose networks fail, and of thirty."""
    failing = base(AGENTS, 2).replace(outages_per_shift=2, outage_max_ms=600_000)
    return {
        "busy": (BUSY, {"stale_share", "status_gap_s"}),
        "failing": (failing, {"requests_per_s"}),
        "trap": (simkit.traps["E4"].settings, {"deactivated_code_shown_p95_ms"}),
    }


def test_replications_do_not_depend_on_how_many_are_measured_at_once(
    wanted: dict[str, tuple[Settings, set[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one batch, in batches of 13 seeds, or one by one; equal to the last bit, in order."""
    whole = replicate(wanted, range(3, 17))
    for size in (13, 1):
        monkeypatch.setattr("simkit.study.replication.seeds_at_a_time", lambda _, size=size: size)
        assert replicate(wanted, range(3, 17)) == whole


def test_progress_is_told_after_each_batch_and_ends_full(
    wanted: dict[str, tuple[Settings, set[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three settings with 14 seeds are 42 runs: one in batches of 13 and 1, two seed by seed."""
    monkeypatch.setattr(
        "simkit.study.replication.seeds_at_a_time", lambda settings: 13 if settings is BUSY else 1
    )
    told: list[tuple[int, int]] = []
    replicate(wanted, range(3, 17), progress=lambda done, total: told.append((done, total)))
    counts = [done for done, _ in told]
    assert counts == sorted(set(counts))
    assert told[0] == (13, 42)
    assert told[-1] == (42, 42)
    assert len(told) == 2 + 14 + 14


def test_what_progress_raises_ends_the_replications(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever moves a slider has nothing measured any more that was asked for before."""
    made: list[Sequence[int]] = []

    def noted(settings: Settings, seeds: Sequence[int], names: Sequence[str]) -> object:
        made.append(seeds)
        return running.measure(settings, seeds, names)

    def stop(done: int, total: int) -> None:
        if done >= 4:
            raise TimeoutError

    monkeypatch.setattr(running, "AT_A_TIME", 2 * len(BUSY.organisation.agents))
    monkeypatch.setattr("simkit.study.replication.measure", noted)
    with pytest.raises(TimeoutError):
        replicate({"busy": (BUSY, {"stale_share"})}, range(100), progress=stop)
    assert list(map(list, made)) == [[0, 1], [2, 3]]


def test_a_batch_of_a_small_organisation_holds_twenty_seeds() -> None:
    """So that an interval over twenty replications is measured in one go."""
    assert seeds_at_a_time(healthy()) >= 20
    assert seeds_at_a_time(healthy(), agents=10_000) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"transfer_probability": 1.0},
        {"outages_per_shift": 1},
        {"auto_refresh": False, "poll_counts": True},
        {"rate_limit_per_min": 1},
        {"token_topology": "shared", "rate_limit_per_min": 1},
    ],
    ids=["healthy", "transfers", "networks", "tokens", "alone", "together"],
)
def test_the_engine_that_is_said_is_the_one_that_ran(
    changes: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Processes run everybody, or those whom it says, or nobody."""
    settings = base(("agent-01", "agent-11"), 2).replace(changes)
    ran: list[int] = []

    def noted(settings: Settings, seed: int, **more: object) -> object:
        history = simulate(settings, seed, **more)  # type: ignore[arg-type]
        ran.append(len(history.agents))
        return history

    monkeypatch.setattr(running, "simulate", noted)
    monkeypatch.setattr(population_module, "simulate", noted)
    by = measured_by(settings)
    running.measure(settings, [1], ["stale_share"])
    if by.engine == "processes":
        assert ran == [2]
    elif ran:
        assert "processes run" in by.why

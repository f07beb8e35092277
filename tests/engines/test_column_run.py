"""A run as columns is a run like any other: what is asked of one agent, and of all."""

from __future__ import annotations

import dataclasses

import pytest
from anyworld import healthy
from retold import why_not

import simkit
from simkit.base.clock import MINUTE
from simkit.base.errors import BadInput
from simkit.engines.columns import population as engine_module
from simkit.engines.columns.column_run import ColumnRun
from simkit.engines.columns.exact import why_nobody
from simkit.engines.columns.metrics import COLUMN_METRICS, measure
from simkit.engines.processes.process_run import ProcessRun
from simkit.engines.running import MANY, choose_engine
from simkit.inputs.resizing import Roster, resized
from simkit.rules.sections import PAGE_DIVISION
from simkit.rules.settings import Settings
from simkit.runs.metrics.registered import METRICS


def edited() -> Settings:
    """The healthy deployment with edits and reloads."""
    return healthy().replace(deactivation_probability=0.5, reload_probability=0.5)


def many() -> Settings:
    """The same with as many agents as are run as columns unless asked otherwise."""
    return edited().with_top(organisation=resized(healthy().organisation, agents=MANY))


def sharing(agents: int) -> Settings:
    """So many agents whose polls take up the limit of the token that they share."""
    shared = edited().replace(rate_limit_per_min=1, token_topology="shared")
    return shared.with_top(organisation=resized(healthy().organisation, agents=agents))


def test_columns_tell_every_metric_of_a_run() -> None:
    """No metric is lost when a world grows so large that it runs as columns."""
    assert COLUMN_METRICS.keys() >= METRICS.keys()


@pytest.mark.parametrize(
    ("settings", "asked", "engine", "why"),
    [
        (edited(), None, "processes", "30 agents are few enough for a log of everybody"),
        (many(), None, "columns", "1,000 agents who do not interact"),
        (many(), "processes", "processes", "asked for"),
        (edited(), "columns", "columns", "asked for"),
        (
            many().replace(refresh_token=False, http_max_age_ms=1),
            None,
            "columns",
            "1,000 agents who do not interact; processes run them part by part, as columns are "
            "not exact: tokens may die",
        ),
        (
            many().replace(transfer_probability=0.1),
            None,
            "columns",
            "1,000 agents who do not interact; processes run some of them, as a list may be on "
            "its way as a new division is read",
        ),
        (sharing(100), None, "columns", "100 agents who share a limit, minute by minute"),
        (sharing(99), None, "processes", "99 agents are few enough for a log of everybody"),
        (
            many().replace(rate_limit_per_min=1),
            None,
            "columns",
            "1,000 agents who do not interact; processes run them part by part, as columns are "
            "not exact: the limit of an agent's token may bind",
        ),
        (
            many().replace(rate_limit_per_min=1, token_topology="shared", hidden_per_shift=1),
            None,
            "columns",
            "1,000 agents who share a limit, minute by minute; processes run all of them where it "
            "is so, as a page may be loaded as its tab is hidden or shown",
        ),
        (
            many().replace(
                rate_limit_per_min=20_000, token_topology="shared", refresh_interval_ms=1_000
            ),
            None,
            "columns",
            "1,000 agents who share a limit, minute by minute; processes run all of them where it "
            "is so, as too many requests may be admitted to know each of them",
        ),
        (
            many().replace(rate_limit_per_min=1, token_topology="shared", http_max_age_ms=60_000),
            None,
            "processes",
            "columns cannot be had here: agents may interact, as the rate limit may bind, and "
            "lists stay in browser storage",
        ),
        (
            many().replace(
                {
                    "rate_limit_per_min": 1,
                    "token_topology": "shared",
                    "platform.too_many_requests": {"status": 401, "code": "unauthorized"},
                    "auto_refresh": False,
                    "http_max_age_ms": 60_000,
                }
            ),
            None,
            "processes",
            "columns cannot be had here: agents may interact, as the rate limit may bind, and "
            "tokens may die, lists stay in browser storage, "
            "the limit does not refuse with status 429",
        ),
    ],
)
def test_the_engine_follows_from_the_settings_and_says_why(
    settings: Settings, asked: str | None, engine: str, why: str
) -> None:
    """From 1,000 agents on, or 100 who share a limit, columns; the words are a reader's."""
    assert choose_engine(settings, asked) == (engine, why)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"refresh_token": False, "http_max_age_ms": 1},
            "tokens may die, an act may come as a token dies",
        ),
        ({"refresh_token": False, "poll_counts": True}, ""),
        (
            {
                "refresh_token": False,
                "token_life_ms": 10 * MINUTE,
                "delay_max_ms": 10_000,
                "unscheduled_breaks": 20.0,
            },
            "an act may come as a token dies",
        ),
        (
            {"delay_max_ms": 10_000, "delay_median_ms": 5_000, "renewal_lead_ms": 20_001},
            "a request may be on its way as its token is renewed",
        ),
        (
            {"renewal_lead_ms": 749, "on_error": "surface", "start_jitter_ms": 45 * MINUTE},
            "tokens may die, a request may be on its way as its token is renewed",
        ),
        ({"renewal_lead_ms": 750, "on_error": "surface"}, ""),
        (
            {"platform.reason_not_usable": {"status": 401, "code": "unauthorized"}},
            "submissions are refused as if a token were dead, or by a limit",
        ),
        (
            {
                "delay_max_ms": 10_000,
                "delay_median_ms": 5_000,
                "renewal_lead_ms": 20_001,
                "platform.dead_token": {"status": 403, "code": "expired"},
            },
            "tokens may die, a request may be on its way as its token is renewed",
        ),
        ({"version_parameter": True}, ""),
        ({"http_max_age_ms": 1}, ""),
        ({"version_parameter": True, "dataset_life_polls": 60}, ""),
        (
            {"outages_per_shift": 2, "outage_max_ms": 20 * MINUTE, "on_error": "surface"},
            "a token may die whose renewal is lost",
        ),
        (
            {"outages_per_shift": 20, "version_parameter": True, "delay_max_ms": 5_000},
            "a token may die whose renewal is lost, "
            "a network may fail between two requests of a poll",
        ),
        (
            {"transfer_probability": 1.0, "http_max_age_ms": 60_000},
            "a list may be on its way as a new division is read",
        ),
        ({"transfer_probability": 1.0, "division_reread": "session"}, ""),
        ({"transfer_probability": 0.2, "division_id": PAGE_DIVISION}, ""),
        ({"rate_limit_per_min": 1_000}, ""),
        ({"scopes": ("telephony:status:write",)}, ""),
        ({"division_id": "no-division"}, ""),
        ({"widget_permissions": {}}, ""),
    ],
    ids=str,
)
@pytest.mark.some(4)
def test_where_columns_are_not_exact_processes_run_the_agents_part_by_part(
    changes: dict[str, object], reason: str
) -> None:
    """The result says for what reason, and the numbers are the same."""
    settings = edited().replace(changes)
    assert why_not(settings) == reason
    crowd = simkit.run(settings, 5, engine="columns")
    assert isinstance(crowd, ColumnRun)
    assert bool(list(crowd.population.others())) == bool(reason)
    assert (why_nobody(settings) or reason) in crowd.why_engine
    assert dict(crowd.metrics) == dict(simkit.run(settings, 5, engine="processes").metrics)


def test_agents_who_interact_in_ways_that_columns_do_not_know_are_not_run_as_columns() -> None:
    """One line is said in place of numbers that leave out what agents do to each other."""
    settings = edited().replace(
        rate_limit_per_min=1_000, token_topology="shared", http_max_age_ms=60_000
    )
    with pytest.raises(BadInput, match="agents may interact, as the rate limit may bind"):
        simkit.run(settings, engine="columns")


@pytest.mark.slow
def test_an_unknown_engine_and_columns_with_a_clock_are_refused() -> None:
    """Columns have no clock; whoever asks for one alone gets processes, even for a crowd."""
    with pytest.raises(BadInput, match="found 'rows'; allowed: processes, columns"):
        simkit.run(edited(), engine="rows")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="a clock is given"):
        simkit.run(edited(), engine="columns", clock="tick")
    assert simkit.run(many(), clock="skip").why_engine.endswith("a clock is given")


def test_one_agent_of_a_crowd_is_that_of_the_whole_world() -> None:
    """Records, readings, reasons in words, and the day itself; nobody else is run for them."""
    crowd, world = simkit.run(edited(), 3, engine="columns"), simkit.run(edited(), 3)
    assert isinstance(crowd, ColumnRun)
    assert crowd.agents == world.agents
    for agent in ("agent-03", "agent-22"):
        assert crowd.records(agent) == world.records(agent)
        assert crowd.days[agent] == world.days[agent]
        assert crowd.truth(agent).status.values == world.truth(agent).status.values
        assert crowd.belief(agent).listed.values == world.belief(agent).listed.values
        assert (
            crowd.discrepancies(agent).unusable.values == world.discrepancies(agent).unusable.values
        )
        assert crowd.discrepancy_ms(agent) == world.discrepancy_ms(agent)
        assert crowd.why(agent, "14:30") == world.why(agent, "14:30")
    assert "_everybody" not in vars(crowd)
    with pytest.raises(BadInput, match="unknown agent 'agent-31'"):
        crowd.records("agent-31")


def test_everybody_can_still_be_asked_for() -> None:
    """The whole log is that of the run by processes, to the digest, though none was kept."""
    crowd, world = simkit.run(edited(), 3, engine="columns"), simkit.run(edited(), 3)
    assert crowd.digest == world.digest
    assert crowd.requests == world.requests
    assert list(crowd.days) == list(world.days)
    assert repr(crowd) == "Run('Healthy deployment', seed 3, 30 agents as columns)"
    assert repr(crowd.metrics) == repr(world.metrics)
    assert (crowd.settings, crowd.seed, crowd.clock) == (world.settings, 3, world.clock)
    assert crowd.wanted == world.wanted


def test_days_of_ones_own_take_the_place_of_drawn_ones() -> None:
    """In both engines alike: of those agents, and of nobody else."""
    busy = simkit.run(edited(), 3).days["agent-03"]
    idle = dataclasses.replace(busy, intentions=())
    crowd, world = (
        simkit.run(edited(), 3, engine=engine, days={"agent-03": idle})
        for engine in ("columns", "processes")
    )
    assert crowd.days["agent-03"] == world.days["agent-03"] == idle
    assert dict(crowd.metrics) == dict(world.metrics)
    assert not [r for r in crowd.records("agent-03") if r.kind == "submit"]
    assert crowd.digest == world.digest
    drawn = simkit.run(edited(), 3, engine="columns")
    assert crowd.metrics["requests_per_s"] != drawn.metrics["requests_per_s"]
    assert crowd.records("agent-04") == drawn.records("agent-04")
    with pytest.raises(BadInput, match="unknown agent 'agent-31'"):
        simkit.run(edited(), 3, days={"agent-31": idle})


@pytest.mark.slow
@pytest.mark.parametrize("part", [1, 7, 30, 4_096])
@pytest.mark.some(2)
def test_parts_change_nothing(part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many agents are worked on at a time, kept for a second question or not."""
    world = ProcessRun(simkit.run(edited(), 5).history, "test")
    monkeypatch.setattr(engine_module, "PART", part)
    monkeypatch.setattr(engine_module, "MOST_KEPT", 0 if part == 7 else 1 << 15)
    crowd = ColumnRun(edited(), 5, "test")
    names = list(METRICS)
    crowd.measure(names[:5])
    assert {name: crowd.metrics[name] for name in names} == dict(world.metrics)


def test_a_crowd_without_its_people_is_the_resized_organisation() -> None:
    """Agents who were never made, against an organisation that holds them all."""
    org = resized(healthy().organisation, agents=97)
    whole = ColumnRun(edited().with_top(organisation=org), 2, "test")
    light = engine_module.Population(edited(), 2, Roster(healthy().organisation, 97))
    assert measure(light, METRICS) == {name: m.value for name, m in whole.metrics.items()}

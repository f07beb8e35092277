"""The law that lets the kit work in columns: they tell what processes tell, row by row."""

from __future__ import annotations

from collections import Counter

import hypothesis
import numpy as np
import pytest
from anyworld import (
    base,
    examples,
    healthy,
    legal_settings,
    seeds,
    settings_for_columns,
    with_organisation,
)
from handmade import NOT_SILENT, day, hand, off
from hypothesis import given
from keeping import kept
from retold import assert_columns_agree, different, why_not

import simkit
from simkit.base.steps import NEVER
from simkit.engines.columns.exact import tokens_overlap, why_nobody, why_together
from simkit.engines.columns.population import Part, Population
from simkit.rules.reasons import Edit
from simkit.rules.settings import Settings
from simkit.rules.workload import Workload
from simkit.runs.metrics.symptoms import deactivated_code_spans


@pytest.mark.fuzz
@examples(1.0)
@given(settings=settings_for_columns(), seed=seeds)
@kept
def test_columns_equal_processes_row_by_row_and_in_every_metric(
    settings: Settings, seed: int
) -> None:
    """What each agent is shown, chooses, is told, believes, and what is true: all the same."""
    assert why_nobody(settings) == ""
    assert_columns_agree(settings, seed)


@pytest.mark.fuzz
@examples(0.5)
@given(settings=legal_settings(), seed=seeds)
@kept
def test_a_population_equals_processes_whatever_the_settings(settings: Settings, seed: int) -> None:
    """All traps, fixes and mechanisms at once; columns where they are exact, and all metrics."""
    assert why_together(settings) == ""
    assert_columns_agree(settings, seed)


def met(part: Part) -> Counter[str]:
    """Count the agents of a part who meet what columns have a reasoning of their own for."""
    settings, days, lists = part.population.settings, part.days, part.lists
    silent = settings.silent_renewal
    dies = (lists.dead_end < lists.polls_end).any(axis=1)
    whom = {
        "polls that are lost": lists.lost.any(axis=1),
        "choices that are lost": np.unique(part.submissions.lost_tries.who),
        "another division's list": (lists.division != days.home[:, None]).any(axis=1),
        "a list that is dropped": lists.dropped.any(axis=1),
        "a token whose renewal is lost": dies & silent,
        "a token that no act has kept": dies & (not silent),
        "a token that no poll has kept": dies & (not silent and settings.session.poll_counts),
        "a frozen dropdown": (lists.frozen_from < NEVER).any(axis=1),
        "a configuration that is refused": (lists.refused_configs.n > 0).any(axis=1),
        "a poll as the tab is shown": (lists.on_focus < NEVER).any(axis=1),
        "lists that are refused": np.full(len(dies), bool(lists.refused)),
        "renewals on their way": np.full(len(dies), tokens_overlap(settings)),
    }
    counts = {
        name: int(rows.sum()) if rows.dtype == bool else len(rows) for name, rows in whom.items()
    }
    return Counter(counts | {"anything": len(dies)})


@pytest.mark.slow
@pytest.mark.thorough
def test_random_settings_bring_all_that_columns_reason_about() -> None:
    """Columns are exact for most agents, and each of it happens to some of them."""
    found: Counter[str] = Counter()

    @hypothesis.settings(max_examples=150, derandomize=True, database=None, deadline=None)
    @given(settings=settings_for_columns(), seed=seeds)
    def draw(settings: Settings, seed: int) -> None:
        population = Population(settings, seed)
        found["drawn"] += len(population.people)
        for part in population.parts():
            found.update(met(part))

    draw()
    assert found["anything"] > 0.6 * found["drawn"]
    assert [name for name, n in found.items() if not n] == []


def catalogue(exact: bool = True) -> list[object]:
    """Every trap of the catalogue with each of its fixes, and each mechanism.

    Only those that columns are exact for, unless all are asked for.
    """
    rows = []
    for trap in simkit.traps.values():
        entry = trap.entry
        changes = (*entry.fixes, *entry.remedies, *entry.readings, *entry.mechanisms)
        every = {change.id: trap.settings.replace(change.set) for change in changes}
        rows += [
            pytest.param(settings, id=f"{trap.id}:{name}")
            for name, settings in {"": trap.settings, **every}.items()
            if not (exact and why_not(settings))
        ]
    return rows


def test_columns_are_exact_for_nearly_everybody_in_every_trap_and_each_of_its_changes() -> None:
    """Mechanisms with each fix of the matrix, too; of 30 agents processes run one at most."""
    fixes = {fix.id: fix.set for trap in simkit.traps.values() for fix in trap.entry.fixes}
    for trap in simkit.traps.values():
        entry = trap.entry
        changes = [change.set for change in (*entry.fixes, *entry.remedies, *entry.readings)]
        for mechanism in entry.mechanisms:
            changes += [mechanism.set, *(mechanism.set | fixes[fix] for fix in entry.matrix_fixes)]
        for settings in (trap.settings, *map(trap.settings.replace, changes)):
            if not why_together(settings):
                exact = sum(len(part.places) for part in Population(settings, 1).parts())
                assert exact >= 29, (trap.id, why_not(settings))


def test_a_second_try_and_a_new_intention_in_one_millisecond_come_in_the_same_order() -> None:
    """Intentions for the very start of an activity meet tries put off until then."""
    settings = healthy().replace(
        {
            "workload.cluster_sd_ms": 0,
            "workload.unscheduled_breaks": 20.0,
            "widget.override_guard": "lock",
            "widget.override_window_ms": 600_000,
            "wfm.writes_status": True,
        }
    )
    assert_columns_agree(settings, 7)


def test_of_two_replies_in_one_millisecond_that_of_the_later_arrival_is_believed() -> None:
    """As of two writes the later one is true, though the agent had sent them the other way round.

    The first is sent at 281,978 ms and takes 5,036 and 1,004 ms; the second at 282,107, and takes
    401 and 5,510. So both replies come at 288,018. Who orders them by their sending has the agent
    believe the second for as long as nothing else is sent.
    """
    shifts = [
        {"name": shift.name, "start": "08:00", "end": "08:10"}
        for shift in healthy().organisation.shifts
    ]
    slow = {"delay_min_ms": 1, "delay_median_ms": 5_000, "delay_max_ms": 10_000}
    often = {"unscheduled_breaks": 50.0, "start_spread_ms": 0}
    settings = with_organisation(healthy(), shifts=shifts).replace(slow | often)
    run = simkit.run(settings, 63)
    replies = [r for r in run.records("agent-27") if r.t == 288_018]
    assert [r.kind for r in replies] == ["success", "success"]
    assert [r.cause[2] for r in replies if r.cause] == [282_107, 281_978]
    believed, true = (of("agent-27").status.at(288_018) for of in (run.belief, run.truth))
    assert believed == true == replies[1].data.code
    assert_columns_agree(settings, 63)


def test_a_list_that_comes_as_its_page_is_loaded_anew_was_never_shown() -> None:
    """Reloads at 1,894,084 and 476 ms later, and a wire on which a list takes twice 238 ms.

    Nothing is kept in browser storage, so the dropdown is as empty after that millisecond as it
    was before. The log has both records, of which the second takes the first one back.
    """
    wire = dict.fromkeys(("delay_min_ms", "delay_median_ms", "delay_max_ms"), 238)
    reloads = {"deactivation_probability": 1.0, "reload_probability": 1.0}
    settings = base(("agent-01",), 1).replace(wire | reloads)
    run = simkit.run(settings, 82)
    met = [r.kind for r in run.records("agent-01") if r.t == 1_894_560]
    assert met == ["list", "reload"]
    version = run.belief("agent-01").version
    assert version.last_change(1_894_560) == 1_894_084
    assert version.next_change(1_894_560) == 1_894_560 + 476
    assert_columns_agree(settings, 82)


@pytest.mark.slow
def test_nobody_waits_who_finds_a_list_in_browser_storage() -> None:
    """After a login for a dead token the first poll leaves within 90 s, but the list is there.

    So some choose at once, which keeps the token alive from then on and not from the answer on.
    """
    dying = {"auto_refresh": False, "token_life_ms": 300_000, "relogin_after_ms": 20_000}
    kept = {"dataset_life_polls": 60, "start_jitter_ms": 90_000, "unscheduled_breaks": 30.0}
    settings = healthy().replace(dying | kept)
    run = simkit.run(settings, 7, engine="processes")
    soon = [
        record
        for record in run.log
        if record.kind == "open"
        and record.data.state == "list"
        and record.cause is not None
        and record.cause[1] == "login"
        and record.cause[2] > run.days[record.actor].start
    ]
    assert soon
    assert why_nobody(settings) == ""
    assert_columns_agree(settings, 7)


def test_a_poll_under_way_meets_the_death_of_its_token_though_its_page_is_gone() -> None:
    """It leaves at 60,000, the page is loaded anew at 60,003, and the token dies at 60,005.

    Calls take 10 ms, so that it arrives at 60,010 and is answered 401, and nobody hears of it.
    """
    short = hand(**NOT_SILENT, token_life_ms=60_005, renewal_lead_ms=21)
    workload = Workload((day(100_000, reloads=(60_003,)),), ())
    ran = simkit.run(short, 1, workload=workload, engine="processes")
    assert ran.history.requests["ada"]["list", 401, "TOKEN_EXPIRED"] == (1, 0)
    assert different(short, 1, workload) == []


@pytest.mark.parametrize(
    ("edits", "spans"),
    [
        ((off(100_000, 0), off(150_000, 0)), [(100_000, 120_020)]),
        ((off(5, 0), off(100_000, 0)), []),
        ((off(100_000, 0), Edit(100_000, 0, True, True)), []),
        ((off(100_000, 0), off(110_000, 0), Edit(110_000, 0, True, True)), [(100_000, 110_000)]),
    ],
    ids=["once more", "before the first list", "undone at once", "undone later"],
)
def test_an_edit_that_leaves_a_code_as_it_is_is_no_deactivation(
    edits: tuple[Edit, ...], spans: list[tuple[int, int]]
) -> None:
    """Polls leave every 30 s and take 20 ms; the list of 120,000 is the first without the code."""
    workload = Workload((day(200_000),), edits)
    ran = simkit.run(hand(), 1, workload=workload, engine="processes")
    assert [(start, end) for _, _, start, end in deactivated_code_spans(ran)] == spans
    assert different(hand(), 1, workload) == []


@pytest.mark.slow
@pytest.mark.parametrize("settings", catalogue(exact=False))
@pytest.mark.some(8)
def test_traps_and_fixes_are_the_same_in_columns(settings: Settings) -> None:
    """As shipped, all thirty agents."""
    assert_columns_agree(settings, 7)

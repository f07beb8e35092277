"""The workload is drawn first and for all: no fix moves anybody's random numbers."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from anyworld import AGENTS, base, examples, healthy, legal_settings, seeds, with_organisation
from hypothesis import given
from keeping import kept

import simkit
from simkit.engines.processes.build import simulate
from simkit.inputs import drawing
from simkit.rules.reasons import Code, provision
from simkit.rules.sections import SECTIONS
from simkit.rules.settings import Settings
from simkit.rules.workload import Span, Workload
from simkit.runs.log import Record

EVERYTHING = {
    "deactivation_probability": 1.0,
    "reload_probability": 0.7,
    "transfer_probability": 1.0,
    "hidden_per_shift": 3,
    "outages_per_shift": 3,
}
"""All tables of the workload at once."""


def codes_of(settings: Settings) -> tuple[Code, ...]:
    return provision(settings.organisation, settings.provisioning)


def drawn(settings: Settings, seed: int = 1) -> Workload:
    return drawing.draw(settings, codes_of(settings), seed)


@pytest.mark.fuzz
@examples(0.2)
@given(one=legal_settings(), other=legal_settings(), seed=seeds)
def test_only_the_workloads_own_settings_move_the_workload(
    one: Settings, other: Settings, seed: int
) -> None:
    """Another widget, application, session, routing, platform or wire: the same tables."""
    kept = ("workload", "provisioning")
    changed = {path: value for path, value in other.flat() if path.split(".")[0] not in kept}
    assert drawn(one, seed) == drawn(one.replace(changed), seed)


@pytest.mark.parametrize("trap", simkit.traps.values(), ids=lambda trap: trap.id)
def test_a_fix_changes_nobodys_workload(trap: Any) -> None:
    """Each documented fix, with all tables switched on on top: agents' days and edits stay.

    Reloads aside where the fix binds codes to other divisions: the notice of an edit goes to those
    who may see the code.
    """
    before = drawn(trap.settings.replace(EVERYTHING))
    for fix in trap.fixes:
        rebinds = any(path.startswith("provisioning.") for path in fix.set)
        after = drawn(trap.settings.replace(fix.set).replace(EVERYTHING))
        for mine, theirs in zip(before.days, after.days, strict=True):
            assert mine == (replace(theirs, reloads=mine.reloads) if rebinds else theirs)
        known = len(codes_of(trap.settings))
        assert tuple(edit for edit in after.edits if edit.code < known) == before.edits


@pytest.mark.parametrize("interval", [1_000, 15_000, 600_000])
def test_another_interval_changes_nobodys_workload(interval: int) -> None:
    """Polling faster or slower moves no intention, no edit, no transfer, no reload."""
    settings = healthy().replace(EVERYTHING)
    assert drawn(settings) == drawn(settings.replace(refresh_interval_ms=interval))


def test_every_table_moves_with_its_own_field_only() -> None:
    """Switching one table on adds that table to each day and leaves the others alone."""
    bare = drawn(healthy())
    tables = {
        "transfers": {"transfer_probability": 1.0},
        "hidden": {"hidden_per_shift": 2},
        "outages": {"outages_per_shift": 2},
        "reloads": {"deactivation_probability": 1.0, "reload_probability": 1.0},
    }
    fields = ("start", "end", "windows", "intentions", *tables)
    for table, switch in tables.items():
        full = drawn(healthy().replace(switch))
        assert all(getattr(day, table) for day in full.days)
        assert not any(getattr(day, table) for day in bare.days)
        for field in fields:
            if field != table:
                assert [getattr(a, field) for a in full.days] == [
                    getattr(b, field) for b in bare.days
                ]


def people(*ids: str) -> Settings:
    known = {person.id: person for person in healthy().organisation.agents}
    return with_organisation(healthy(), agents=[known[one] for one in ids])


@pytest.mark.parametrize("trap", simkit.traps.values(), ids=lambda trap: trap.id)
def test_adding_an_agent_changes_nobody_elses_records(trap: Any) -> None:
    """The new one comes first by name and in the file; the others' logs and calls stay."""
    changes = dict(trap.settings.flat())
    few = simulate(people("agent-02", "agent-13", "agent-24").replace(changes), 5)
    more = simulate(people("agent-01", "agent-02", "agent-13", "agent-24").replace(changes), 5)
    assert len(more.log) > len(few.log)
    assert [record for record in more.log if record.actor != "agent-01"] == list(few.log)
    assert {
        agent: calls for agent, calls in more.requests.items() if agent != "agent-01"
    } == few.requests


def test_adding_a_code_moves_no_other_codes_edit() -> None:
    """Edits are drawn per code id, never as one of so many."""
    settings = healthy().replace(deactivation_probability=2 / 3)
    org = settings.organisation
    extra = org.codes[0].model_copy(update={"id": "aa-new", "name": "New"})
    grown = with_organisation(settings, codes=[extra, *org.codes])

    def edits(of: Settings) -> dict[str, int]:
        codes = codes_of(of)
        return {codes[edit.code].id: edit.t for edit in drawn(of).edits}

    assert {k: t for k, t in edits(grown).items() if k != "aa-new"} == edits(settings)


def acts(records: list[Record]) -> list[Record]:
    """What a choice leaves behind, and the renewals: the records that no poll has a part in."""
    return [r for r in records if r.kind in ("submit", "status", "success", "return", "renewed")]


def test_delays_are_addressed_by_departure_not_by_a_count_of_calls() -> None:
    """Polling twice or thirty times as often moves no reply to a choice or a renewal."""
    usual = simulate(healthy(), 3)
    assert len(acts(list(usual.log))) > 900
    for interval in (15_000, 1_000):
        often = simulate(healthy().replace(refresh_interval_ms=interval), 3)
        assert acts(list(often.log)) == acts(list(usual.log))


def test_delays_of_different_calls_at_one_moment_are_drawn_apart() -> None:
    """Two agents who submit at one millisecond wait differently, as do two kinds of call."""
    history = simulate(healthy().replace(start_spread_ms=0), 1)
    first = {r.actor: r.t for r in reversed(history.log) if r.kind == "list"}
    # All log in at 0; with delays between 20 and 250 ms each way few round trips coincide.
    assert len(first) == 30
    assert len(set(first.values())) > 20


@pytest.mark.fuzz
@examples(0.2)
@given(settings=legal_settings(), seed=seeds)
@kept
def test_a_workload_is_well_formed(settings: Settings, seed: int) -> None:
    """In order and inside the shift; transfers go to unrelated divisions that have codes."""
    tree, work = settings.organisation.tree, drawn(settings, seed)
    homes = {code.division for code in settings.organisation.codes}
    guard = settings.workload.transfer_guard_ms
    for day in work.days:
        assert 0 <= day.start < day.end <= work.horizon
        for times in (
            [one.t for one in day.intentions],
            list(day.reloads),
            [window.start for window in day.windows],
        ):
            assert times == sorted(times)
            assert all(day.start <= t < day.end for t in times)
        for spans in (day.hidden, day.outages):
            assert all(span.start < span.end for span in spans)
            edges = [t for span in spans for t in span]
            assert edges == sorted(set(edges)), "spans must not touch"
            assert all(day.start <= t <= day.end for t in edges)
        for transfer in day.transfers:
            assert transfer.division in homes
            assert transfer.division in tree.unrelated(day.division)
            assert day.start <= transfer.t < day.end - guard
    assert list(work.edits) == sorted(work.edits)


def test_spans_that_overlap_or_touch_are_fused() -> None:
    """So many outages of so long that they must meet: one remains, cut at the shift's end."""
    crowded = base(AGENTS[:1], 1).replace(
        outages_per_shift=20, outage_max_ms=60 * 60_000, start_spread_ms=0
    )
    seen = set()
    for seed in range(20):
        spans = drawn(crowded, seed).days[0].outages
        assert all(a.end < b.start for a, b in pairwise(spans))
        assert spans[-1].end <= 60 * 60_000
        seen.add(len(spans))
    assert 1 in seen


def test_probabilities_of_nought_and_one_are_exact() -> None:
    """At 0 nothing happens to anybody, at 1 to everybody, in every replication."""
    for seed in range(5):
        none = drawn(healthy(), seed)
        assert none.edits == ()
        assert not any(day.transfers or day.hidden or day.outages for day in none.days)
        full = drawn(healthy().replace(EVERYTHING), seed)
        assert len(full.edits) == 36
        assert all(len(day.transfers) == 1 for day in full.days)


def test_another_seed_draws_another_workload() -> None:
    """The seed is part of every address."""
    assert drawn(healthy(), 1) != drawn(healthy(), 2)


def test_a_workload_of_ones_own_replaces_the_drawn_one() -> None:
    """A drawn workload handed in again gives the same run; a changed one another."""
    settings = base(AGENTS[:2], 1)
    work = drawn(settings, 9)
    assert list(simulate(settings, 9, workload=work).log) == list(simulate(settings, 9).log)
    silent = Workload(tuple(day_without_acts(day) for day in work.days))
    assert not [r for r in simulate(settings, 9, workload=silent).log if r.kind == "open"]


def day_without_acts(day: drawing.AgentDay) -> drawing.AgentDay:
    return drawing.AgentDay(day.agent, day.division, day.start, day.end)


def test_hidden_tabs_last_as_long_as_the_settings_say() -> None:
    """Shortest and longest bound each span, unless the shift ends or two meet."""
    settings = healthy().replace(hidden_per_shift=1, hidden_min_ms=60_000, hidden_max_ms=90_000)
    lengths = []
    for day in drawn(settings).days:
        (span,) = day.hidden
        assert isinstance(span, Span)
        if span.end < day.end:
            lengths.append(span.end - span.start)
    assert len(lengths) > 25
    assert all(60_000 <= length <= 90_000 for length in lengths)
    assert len(set(lengths)) > 20


def test_sections_name_what_belongs_to_the_workload() -> None:
    """All draws of the tables depend on fields of one section: the one called workload."""
    assert set(EVERYTHING) <= set(SECTIONS["workload"].model_fields)

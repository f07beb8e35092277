"""What the browser is told is what the readings of the log say."""

from __future__ import annotations

import json
from bisect import bisect_right
from itertools import pairwise
from typing import Any, Literal

import pytest
from known_traps import KNOWN

import simkit
from simkit.base.clock import parse_wall
from simkit.base.formatting import name
from simkit.study.catalogue import TRAP_IDS
from simkit.ui.lab import agent_view_model
from simkit.ui.lab.agent_view import AgentView
from simkit.ui.lab.sentences import piece_words, status_name

PRESETS = [
    *((trap_id, "") for trap_id in TRAP_IDS),
    ("E1", "E1a"),
    ("E3", "E3a"),
    ("E3", "E3d"),
    ("E4", "E4b"),
    ("T2", "T2a-request"),
]


def read(trap_id: str, preset: str = "", **changes: Any) -> AgentView:
    trap = simkit.traps[trap_id]
    settings = (trap.fixed(preset) if preset else trap.settings).replace(changes)
    return AgentView(simkit.run(settings, seed=1))


@pytest.mark.slow
@pytest.mark.parametrize(("trap_id", "preset"), PRESETS)
@pytest.mark.some(4)
def test_the_story_holds_the_desk_and_the_truth_of_every_moment(trap_id: str, preset: str) -> None:
    """Looked up in the JSON as a browser does, each minute of four agents is the run's."""
    view = read(trap_id, preset)
    for agent in view.run.agents_by_discrepancy[:4]:
        told = json.loads(json.dumps(agent_view_model.day_model(view, agent)))
        starts = [row["start"] for row in told["pieces"]]
        day = view.run.days[agent]
        for t in range(day.start, day.end, 61_007):
            row = told["pieces"][bisect_right(starts, t) - 1]
            piece = view.at(agent, t)
            seen, known = told["desks"][row["desk"]], told["truths"][row["truth"]]
            assert seen["state"] == piece.desk.state
            assert [e["code"] for e in seen["entries"]] == list(piece.desk.entries)
            assert [e["code"] for e in seen["entries"] if e["unusable"]] == list(piece.unusable)
            assert seen["status"] == status_name(view, piece.desk.status)
            assert known["status"] == status_name(view, piece.truth.status)
            assert known["differs"] == (piece.desk.status != piece.truth.status)
            assert known["wrong"] == piece.wrong
            assert known["division"] == name(piece.truth.division)
            assert told["says"][row["says"]] == piece_words(view, agent, piece)


@pytest.mark.slow
@pytest.mark.parametrize("trap_id", TRAP_IDS)
def test_the_gaps_cover_just_the_time_in_trouble_and_name_a_culprit(trap_id: str) -> None:
    """Gaps of a kind do not overlap, and each has an earlier record and a rule to blame."""
    view = read(trap_id)
    for agent in view.run.agents_by_discrepancy[:6]:
        told = agent_view_model.day_model(view, agent)
        totals = view.time_by_kind(agent)
        for kind, total in totals.items():
            own = [each for each in told["discrepancies"] if each["kind"] == kind]
            spans = [(each["start"], each["end"]) for each in own]
            assert sum(b - a for a, b in spans) == total
            assert all(b <= c for (_, b), (c, _) in pairwise(spans))
        for each in told["discrepancies"]:
            assert told["records"][each["culprit"]]["t"] <= each["start"]
            assert each["culprit"] >= 0
            assert each["why"]
            assert each["rule"]


@pytest.mark.parametrize("trap_id", TRAP_IDS)
def test_the_culprit_of_the_longest_gap_is_what_sprang_the_trap(trap_id: str) -> None:
    """The kind of record that springs each trap is written down by hand."""
    view = read(trap_id)
    told = agent_view_model.day_model(view, view.run.agents_by_discrepancy[0])
    longest = max(told["discrepancies"], key=lambda each: each["end"] - each["start"])
    assert told["records"][longest["culprit"]]["kind"] == KNOWN[trap_id].culprit


@pytest.mark.parametrize("trap_id", TRAP_IDS)
def test_the_chain_of_causes_told_is_that_of_the_log(trap_id: str) -> None:
    """A success goes by way of what the platform made of the choice, which the log tells beside."""
    view = read(trap_id)
    agent = view.run.agents_by_discrepancy[0]
    told = agent_view_model.day_model(view, agent)
    times = [(line["t"], line["kind"]) for line in told["records"]]
    own = view.run.records(agent)
    assert [row for row in times if row[1] != "edit"] == [(r.t, r.kind) for r in own]
    for record in own:
        place = times.index((record.t, record.kind))
        if times.count((record.t, record.kind)) > 1:
            continue
        chain = []
        while place >= 0:
            chain.append(times[place])
            line = told["records"][place]
            assert bool(line["join"]) == (line["cause"] >= 0)
            place = line["cause"]
        ways = [i for i, (_, kind) in enumerate(chain) if kind == "success"]
        by_way = {i + 1 for i in ways if chain[i + 1][1] in ("status", "ignored")}
        in_log = [link for i, link in enumerate(chain) if i not in by_way]
        assert in_log == [(r.t, r.kind) for r in view.run.log.causes(record)]


@pytest.mark.slow
@pytest.mark.parametrize("hidden", [0, 2])
@pytest.mark.some(1)
def test_the_polls_told_are_the_polls_that_leave(hidden: int) -> None:
    """On a plain wire every poll is one call for the list; the ticking world makes each of them."""
    view = AgentView(
        simkit.run(
            simkit.traps["E4"].settings.replace(hidden_per_shift=hidden), seed=1, clock="tick"
        )
    )
    for agent in view.run.agents_by_discrepancy:
        told = len(polls_told(view, agent))
        calls = view.run.requests[agent]
        assert told == sum(n for (kind, _, _), (n, _) in calls.items() if kind == "list")
        departed = view.run.history.departures[agent]
        assert all((call.every, call.n) == (0, 1) for call in departed if call.kind == "list")
        assert polls_told(view, agent) == sorted(
            call.first for call in departed if call.kind == "list"
        )


def polls_told(view: AgentView, agent: str) -> list[int]:
    """Give when the polls that an agent's day tells of leave, each by itself."""
    polls = agent_view_model.day_model(view, agent)["polls"]
    return [t for poll in polls for t in range(poll["start"], poll["end"], poll["step"])]


POLLING: dict[str, dict[str, Any]] = {
    "as in E4": {},
    "hidden tabs and outages": {"hidden_per_shift": 2, "outages_per_shift": 2},
    "with a configuration": {"version_parameter": True},
    "answered by the browser": {"http_max_age_ms": 600_000},
    "both": {"version_parameter": True, "http_max_age_ms": 600_000},
    "waiting before the first poll": {"start_jitter_ms": 90_000, "hidden_per_shift": 2},
    "tokens that die": {"auto_refresh": False},
}


@pytest.mark.slow
@pytest.mark.parametrize("changes", POLLING.values(), ids=POLLING)
@pytest.mark.some(1)
def test_a_clock_that_skips_polls_tells_of_all_of_them(changes: dict[str, Any]) -> None:
    """What leaves is told poll by poll as in the world in which each poll is an event."""
    settings = simkit.traps["E4"].settings.replace(changes)
    ticking, skipping = (
        AgentView(simkit.run(settings, seed=1, clock=clock)) for clock in ("tick", "skip")
    )
    for agent in ticking.run.agents:
        polls = polls_told(ticking, agent)
        assert polls
        assert polls == polls_told(skipping, agent)
        assert all(a < b for a, b in pairwise(polls))


UNBROKEN: dict[str, dict[str, Any]] = {
    "plain": {},
    "at another interval": {"refresh_interval_ms": 45_001},
    # What follows makes polls of one call for the configuration alone.
    "refused": {"version_parameter": True, "auto_refresh": False, "relogin_after_ms": None},
    "answered by the browser": {"version_parameter": True, "http_max_age_ms": 600_000},
}


@pytest.mark.slow
@pytest.mark.parametrize("clock", ["tick", "skip"])
@pytest.mark.parametrize("changes", UNBROKEN.values(), ids=UNBROKEN)
@pytest.mark.some(3)
def test_without_reloads_the_polls_told_are_one_grid_from_login_to_the_end_of_the_shift(
    changes: dict[str, Any], clock: Literal["tick", "skip"]
) -> None:
    """Every agent polls without a gap: one stretch is told, and its points are the grid's."""
    settings = simkit.traps["E4"].settings.replace(
        {"hidden_per_shift": 0, "reload_probability": 0.0, "dataset_life_polls": 1} | changes
    )
    every = settings.interval_ms
    view = AgentView(simkit.run(settings, seed=1, clock=clock))
    for agent in view.run.agents_by_discrepancy:
        day = view.run.days[agent]
        expected = list(range(day.start, day.end, every))
        assert polls_told(view, agent) == expected
        told = agent_view_model.day_model(view, agent)["polls"]
        assert told == [{"start": day.start, "end": expected[-1] + 1, "step": every}]


def test_the_expiry_of_a_token_is_told_when_it_dies() -> None:
    """E2: 45 min after the last act, so before the poll that meets it and within one interval."""
    view = read("E2")
    agent = view.run.agents_by_discrepancy[0]
    met = [r.t for r in view.run.records(agent) if r.kind == "trouble"]
    died = [each["t"] for each in agent_view_model.day_model(view, agent)["expiries"]]
    assert len(died) == len(met)
    assert met
    assert all(0 <= m - d <= 30_000 + 250 for m, d in zip(met, died, strict=True))


def test_the_expiry_of_a_token_that_polls_kept_alive_is_told_when_it_dies() -> None:
    """Polls leave no record: the token lives 45 min from the last one before the tab was hidden."""
    view = read("E2", "poll_counts_hidden")
    dead = 0
    for agent in view.run.agents:
        hidden = [span.start for span in view.run.days[agent].hidden]
        for expiry in agent_view_model.day_model(view, agent)["expiries"]:
            if expiry["words"] == "the token died: 45 min after a poll kept it alive last":
                dead += 1
                last = expiry["t"] - 45 * 60_000
                assert any(0 <= h - last <= 30_000 for h in hidden)
    assert dead


@pytest.mark.parametrize("day", ["2026-03-02", "2026-03-29", "2026-10-25"])
def test_the_clock_told_is_local_time_also_when_it_changes(day: str) -> None:
    """Europe/Berlin: an hour is skipped at 02:00 on 29 March, repeated at 03:00 on 25 October."""
    settings = simkit.traps["E4"].settings
    org = settings.organisation
    fields = {name_: getattr(org, name_) for name_ in type(org).model_fields}
    early = tuple(
        shift.model_copy(update={"start": "01:00", "end": "09:00", "activities": ()})
        for shift in org.shifts
    )
    other = type(org)(**fields | {"day": day, "shifts": early})
    view = AgentView(simkit.run(settings.with_top(organisation=other), seed=1))
    offsets = [tuple(each.values()) for each in agent_view_model.world_model(view)["clock"]]
    for t in range(0, 8 * 3_600_000, 599_000):
        offset = offsets[bisect_right([row[0] for row in offsets], t) - 1][1]
        seconds = (t + offset) % 86_400_000 // 1000
        shown = parse_wall(view.clock(t))
        assert seconds == (shown.hour * 60 + shown.minute) * 60 + shown.second


def test_the_overview_tells_of_every_agent_the_worst_first() -> None:
    """The spans of an agent add up to the time by which the rows are ordered."""
    view = read("E4")
    told = agent_view_model.overview_model(view, view.run.agents_by_discrepancy)
    assert [row["id"] for row in told["agents"]] == view.run.agents_by_discrepancy
    totals = [row["discrepancy_ms"] for row in told["agents"]]
    assert totals == sorted(totals, reverse=True)
    for row in told["agents"]:
        assert sum(span["end"] - span["start"] for span in row["spans"]) == row["discrepancy_ms"]
        start = row["shift"]["start"]
        assert start <= min([span["start"] for span in row["spans"]], default=start)


def test_the_tree_tells_codes_agents_and_edits_of_each_division() -> None:
    """No code or agent is lost between divisions; an edit is at the division of its code."""
    view = read("E4")
    told = agent_view_model.world_model(view)
    names = [d["name"] for d in told["divisions"]]
    assert sum(d["codes"] for d in told["divisions"]) == len(view.codes)
    assert sum(d["agents"] for d in told["divisions"]) == len(view.run.agents)
    for division in told["divisions"]:
        by_hand = sum(code.division == division["name"] for code in view.codes)
        assert division["codes"] == by_hand
    edits = [(r.t, view.codes[r.data.code].division) for r in view.run.log.by_actor["admin"]]
    assert [(change["t"], names[change["division"]]) for change in told["changes"]] == edits


def test_an_edit_that_changes_nothing_takes_no_code_from_the_tree() -> None:
    """Deactivated at 09:00 and again at 10:00: one code fewer; an active one stays active."""
    rows = [
        {
            "at": "08:00",
            "agent": "agent-01",
            "what": "shift",
            "value": "North Care",
            "until": "16:00",
        },
        {"at": "09:00", "agent": "", "what": "deactivated", "value": "nc-meal"},
        {"at": "10:00", "agent": "", "what": "deactivated", "value": "nc-meal"},
        {"at": "11:00", "agent": "", "what": "reactivated", "value": "nt-meal"},
    ]
    run = simkit.run(simkit.traps["T1"].settings, seed=1, workload=rows)
    told = agent_view_model.world_model(AgentView(run))
    at = {
        run.settings.organisation.calendar.show(change["t"])[:5]: change["codes"]
        for change in told["changes"]
    }
    assert at == {"09:00": -1}


@pytest.mark.parametrize("trap_id", ["E1", "T2"])
def test_the_visible_divisions_told_are_those_that_the_filter_lets_through(trap_id: str) -> None:
    """The one that was asked for; with a hierarchical filter those above it as well.

    No code is listed of any other, fixed or not, and before anything was asked none is visible.
    """
    for preset in ("", {"E1": "E1a", "T2": "T2a"}[trap_id]):
        view = read(trap_id, preset)
        agent = view.run.agents_by_discrepancy[0]
        told, world = (
            agent_view_model.day_model(view, agent),
            agent_view_model.world_model(view),
        )
        divisions = view.run.settings.organisation.divisions
        above = {division.name: division.parent for division in divisions}
        named = {division.id: division.name for division in divisions}
        listed = set()
        for piece in told["pieces"]:
            desk, truth = told["desks"][piece["desk"]], told["truths"][piece["truth"]]
            passed = named.get(view.run.belief(agent).asked.at(piece["start"]))
            expected = set()
            while passed is not None:
                expected.add(passed)
                passed = above[passed] if preset == "E1a" else None
            visible = {world["divisions"][i]["name"] for i in truth["visible"]}
            assert visible == expected
            homes = {view.codes[e["code"]].division for e in desk["entries"]}
            assert homes <= visible
            listed |= homes
        assert listed or (trap_id, preset) == ("E1", "")


def test_the_widgets_own_settings_shape_the_desk() -> None:
    """Placeholder, preselection and colour marks are the configuration's."""
    plain = read("T3", placeholder_text="Pick one")
    agent = plain.run.agents_by_discrepancy[0]
    full = [d for d in agent_view_model.day_model(plain, agent)["desks"] if d["entries"]]
    assert {d["box"] for d in full} == {"Pick one"}
    assert all(e["color"] == plain.codes[e["code"]].color for d in full for e in d["entries"])
    other = read("T3", auto_select=True, show_color_indicator=False)
    chosen = [d for d in agent_view_model.day_model(other, agent)["desks"] if d["entries"]]
    assert {d["box"] for d in chosen} == {other.codes[chosen[0]["entries"][0]["code"]].name}
    assert {e["color"] for d in chosen for e in d["entries"]} == {""}
    narrow = read("T3", status_reason_types=("BREAK",))
    types = {
        e["type"] for d in agent_view_model.day_model(narrow, agent)["desks"] for e in d["entries"]
    }
    assert types == {"BREAK"}


def test_before_the_first_list_arrives_the_desk_is_loading() -> None:
    """An agent who still waits for the list is not told that there are no reasons."""
    view = read("E4")
    agent = view.run.agents_by_discrepancy[0]
    told = agent_view_model.day_model(view, agent)
    first, second = told["pieces"][:2]
    arrived = next(r.t for r in view.run.records(agent) if r.kind == "list")
    assert told["desks"][first["desk"]]["state"] == "loading"
    assert second["start"] == arrived
    assert told["desks"][second["desk"]]["state"] == "list"

"""A lab of thousands: made of columns, told in groups, and of one agent the same as ever."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from extent import some

import simkit
from simkit.base.clock import HOUR
from simkit.engines.columns.column_run import ColumnRun
from simkit.engines.columns.exact import why_nobody
from simkit.engines.running import MANY
from simkit.inputs.drawing import drawn
from simkit.inputs.resizing import resized
from simkit.inputs.traces import reading, writing
from simkit.runs.discrepancies import KINDS
from simkit.study.catalogue import Trap
from simkit.ui.lab import agent_view_model, crowd_view_model, lab_view_model
from simkit.ui.lab.agent_view import AgentView
from simkit.ui.lab.lab import Lab
from simkit.ui.lab.scenario_selection import CUSTOM, ScenarioSelection
from simkit.ui.lab.sentences import day_digest
from simkit.ui.lab.state import KEPT_RECORDS, LabState, simulated

pytestmark = pytest.mark.slow  # thousands of agents are run


@cache
def many(trap_id: str, agents: int = MANY) -> Trap:
    """Give a trap on the small organisation with many agents."""
    trap = simkit.traps[trap_id]
    return trap.on(resized(trap.settings.organisation, agents=agents))


@cache
def views(trap_id: str) -> tuple[AgentView, AgentView]:
    """Give the same run read from columns, and from the logs of everybody."""
    settings = many(trap_id).settings
    return AgentView(simkit.run(settings, 4)), AgentView(
        simkit.run(settings, 4, engine="processes")
    )


@pytest.fixture
def lab() -> Iterator[Lab]:
    """A lab on E4 with a thousand agents."""
    one = Lab(lambda: LabState(ScenarioSelection(many("E4"), organisation="other")))
    yield one
    one.close()


def listed(one: Lab) -> dict[str, str]:
    """Give the list of agents: what is read of each."""
    return {entry["value"]: entry["text"] for entry in one.agents}


def hear(one: Lab, kind: str, value: Any) -> None:
    """Let a lab hear what the browser sends; it has nothing to complain about."""
    one._handle_custom_msg({"ask": kind, "value": value, "n": one.answered + 1}, [])
    assert one.error == ""


# The same as from logs.


@pytest.mark.slow
@pytest.mark.parametrize("trap_id", some(simkit.traps, 1))
def test_from_columns_and_from_logs_the_browser_is_told_the_same(trap_id: str) -> None:
    """The days of the worst, of one in the middle and of the last, the world, and all agents."""
    columns, logs = views(trap_id)
    assert (columns.run.engine, logs.run.engine) == ("columns", "processes")
    assert columns.run.agents_by_discrepancy == logs.run.agents_by_discrepancy
    order = logs.run.agents_by_discrepancy
    for agent in (order[0], order[MANY // 2], order[-1]):
        assert agent_view_model.day_model(columns, agent) == agent_view_model.day_model(logs, agent)
        assert day_digest(columns, agent) == day_digest(logs, agent)
    assert agent_view_model.world_model(columns) == agent_view_model.world_model(logs)
    assert crowd_view_model.crowd_model(columns, order) == crowd_view_model.crowd_model(logs, order)
    chosen = order[777]
    assert crowd_view_model.crowd_list(columns, order, chosen) == crowd_view_model.crowd_list(
        logs, order, chosen
    )
    assert isinstance(columns.run, ColumnRun)
    assert "history" not in vars(columns.run)


@pytest.mark.slow
@pytest.mark.thorough
def test_a_workload_of_columns_is_saved_as_it_is_drawn() -> None:
    """Columns, logs and a file read again all have the one workload drawn from seed 4."""
    columns, logs = views("E4")
    assert columns.run.workload == logs.run.workload == drawn(columns.run.settings, 4)
    assert columns.run.horizon == logs.run.horizon
    assert columns.run.homes == logs.run.homes
    text = writing.trace_text(columns.run.workload, columns.run.settings)
    assert reading.parse_trace(text, "w.csv", columns.run.settings) == logs.run.workload


# The picture.


def test_rows_are_groups_in_order_of_the_time_in_trouble(lab: Lab) -> None:
    """A thousand agents fit into 50 rows of 20, and whoever is misled longest is on top."""
    side, view = lab.overview["sides"][0], lab.state.trapped
    assert [group["id"] for group in side["groups"]] == view.run.agents_by_discrepancy[::20]
    assert [group["agents"] for group in side["groups"][:2]] == ["1–20", "21–40"]
    assert side["groups"][-1]["agents"] == "981–1,000"
    assert len(side["shares"]) == crowd_view_model.ROWS
    harm = [view.run.discrepancy_ms(group["id"]) for group in side["groups"]]
    assert harm == sorted(harm, reverse=True)
    assert harm[0] > harm[-1]


@pytest.mark.parametrize(("agents", "size", "rows", "last"), [(1_001, 21, 48, "988–1,001")])
def test_a_last_row_may_be_shorter(agents: int, size: int, rows: int, last: str) -> None:
    """Of 1,001 agents 47 rows hold 21 each, and the last one holds the 14 that remain."""
    view = AgentView(simkit.run(many("E1", agents).settings, 1))
    told = crowd_view_model.crowd_model(view, view.run.agents_by_discrepancy)
    assert crowd_view_model.group_size(view.run.agents_by_discrepancy) == size
    assert len(told["groups"]) == len(told["shares"]) == rows
    assert told["groups"][-1]["agents"] == last


@pytest.mark.slow
def test_shares_and_lines_are_what_agents_one_by_one_add_up_to() -> None:
    """At one bin, from the stretches of everybody."""
    view = views("E4")[1]
    told = crowd_view_model.crowd_model(view, view.run.agents_by_discrepancy)
    lines = {line["kind"]: line["values"] for line in told["lines"]}
    place = max(range(len(lines["unusable"])), key=lines["unusable"].__getitem__)
    start = told["first"] + place * told["every"]
    end = start + told["every"]

    def within(a: int, b: int) -> int:
        return max(0, min(b, end) - max(a, start))

    for kind, values in lines.items():
        spans = [
            (s.start, s.end)
            for agent in view.run.agents_by_discrepancy
            for s in view.run.stretches(agent)
            if getattr(s.discrepancy, kind, False)
        ]
        if kind == "shift":
            spans = [(day.start, day.end) for day in view.run.days.values()]
        total = sum(within(a, b) for a, b in spans)
        assert values[place] == pytest.approx(total / told["every"], abs=0.05)
    for row in (0, 7):
        group = view.run.agents_by_discrepancy[20 * row : 20 * row + 20]
        wrong = sum(within(s.start, s.end) for a in group for s in view.run.stretches(a))
        days = [view.run.days[agent] for agent in group]
        there = sum(within(day.start, day.end) for day in days)
        assert told["shares"][row][place] == pytest.approx(100 * wrong / there, abs=0.5)
    assert set(lines) == {"shift", "unusable", "status"}, "and nothing that never happens"


def test_bins_and_hours_are_round_on_the_clock_of_the_organisation() -> None:
    """Bins begin at whole five minutes of local time, and rows of the table at whole hours."""
    view = views("E4")[0]
    told = crowd_view_model.crowd_model(view, view.run.agents_by_discrepancy)
    assert told["every"] == crowd_view_model.BIN_MS
    assert int(view.clock(told["first"])[3:5]) % 5 == 0
    assert view.clock(told["first"]).endswith(":00")
    assert all(row[0].endswith(":00") for row in told["hours"])
    assert len(told["hours"]) == -(-(told["end"] - told["start"]) // HOUR)
    assert len(told["hours"][0]) == 3 + len(KINDS)
    assert all(row[1] != "0" for row in told["hours"]), "somebody is on shift in each"


@pytest.mark.slow
@pytest.mark.thorough
def test_trap_and_fix_are_drawn_in_the_same_order(lab: Lab) -> None:
    """A row is the same agents on both sides, so that what grows lighter is the fix."""
    order = [group["id"] for group in lab.overview["sides"][0]["groups"]]
    hear(lab, "preset", "E4a")
    trap, fix = lab.overview["sides"]
    assert [group["id"] for group in fix["groups"]] == order
    assert [a["id"] for a in fix["agents"]] == [a["id"] for a in trap["agents"]]
    assert [a["id"] for a in trap["agents"]] == lab.state.trapped.run.agents_by_discrepancy[
        : crowd_view_model.WORST
    ]
    for told in fix["agents"][:5]:
        stretches = lab.state.view.run.stretches(told["id"])
        assert told["discrepancy_ms"] == sum(s.end - s.start for s in stretches)
        assert told["first"] == stretches[0].start
        held = {kind for s in stretches for kind in KINDS if getattr(s.discrepancy, kind)}
        assert told["kinds"] == sum(1 << i for i, kind in enumerate(KINDS) if kind in held)
    assert sum(map(sum, fix["shares"])) < sum(map(sum, trap["shares"]))


def test_a_dropdown_that_does_not_respond_has_a_line_of_its_own() -> None:
    """E2 blocks more than 100 agents at a time, and the words say that nothing responds."""
    side = lab_view_model.overview(LabState(ScenarioSelection(many("E2"), organisation="other")))[
        "sides"
    ][0]
    lines = {line["kind"]: line for line in side["lines"]}
    assert max(lines["unresponsive"]["values"]) > 100
    assert lines["unresponsive"]["words"].startswith("no response: ")
    assert side["agents"][0]["kinds"] & 8


def test_where_no_day_is_exact_as_columns_everybody_has_a_log() -> None:
    """A lab asks for all agents more than once, so that it is worth its room."""
    settings = many("E4").settings.replace(refresh_token=False, http_max_age_ms=1)
    assert why_nobody(settings)
    assert simulated(settings, seed=1).engine == "processes"
    assert simulated(many("E4").settings, seed=1).engine == "columns"


# The list of agents.


def test_the_list_holds_the_worst_and_the_first_of_each_row(lab: Lab) -> None:
    """Fewer than 100 of 1,000 agents are listed, and each row is reached by its first."""
    ids = [entry["value"] for entry in lab.agents]
    firsts = lab.state.trapped.run.agents_by_discrepancy[::20]
    assert (
        ids[: crowd_view_model.WORST]
        == lab.state.view.run.agents_by_discrepancy[: crowd_view_model.WORST]
    )
    assert set(ids) == {*ids[: crowd_view_model.WORST], *firsts}
    assert len(ids) == len(set(ids)) < 100
    assert listed(lab)[firsts[10]].endswith(", first of 201–220")
    for agent in (ids[-1], firsts[20]):
        hear(lab, "agent", agent)
        assert lab.choices["agent"] == agent


def test_whoever_is_chosen_in_python_is_in_the_list(lab: Lab) -> None:
    """The list shows who is chosen, and is as short as before when another one is."""
    hidden = lab.state.view.run.agents_by_discrepancy[333]
    assert hidden not in listed(lab)
    lab.choose("agent", hidden)
    assert (lab.choices["agent"], lab.choices["rank"]) == (hidden, 333)
    assert hidden in listed(lab)
    lab.choose("agent", lab.state.view.run.agents_by_discrepancy[0])
    assert hidden not in listed(lab)


# Commands.


@pytest.mark.slow
@pytest.mark.thorough
def test_no_command_asks_a_crowd_for_everybody(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """That would be the processes of all agents, and seconds; logs are made of those looked at."""
    seen: list[ColumnRun] = []

    def simulate(*args: Any, **keywords: Any) -> Any:
        seen.append(simkit.run(*args, **keywords))
        return seen[-1]

    def everybody(_run: ColumnRun) -> Any:
        raise AssertionError("everybody was asked for")

    monkeypatch.setattr(ColumnRun, "history", property(everybody))
    monkeypatch.setattr(lab.state, "_simulate", simulate)
    monkeypatch.setattr(lab, "send", lambda _message: None)
    for kind, value in [
        *(("preset", "E4a"), ("preset", "E4c"), ("preset", "healthy"), ("preset", CUSTOM)),
        *(("agent", lab.agents[9]["value"]), ("moment", "14:00"), ("seed", 3), ("preset", "E4a")),
        *(("field", ["widget.force", True]), ("save", "workload"), ("save", "scenario")),
        *(("reset", None), ("live", True), ("live", False)),
    ]:
        hear(lab, kind, value)
        repr(lab), lab.finding, lab._repr_mimebundle_()
    assert {run.engine for run in seen} == {"columns"}
    assert len(seen) > 5
    assert all(len(run._histories) < 6 for run in seen)


@pytest.mark.slow
@pytest.mark.thorough
def test_an_act_is_run_for_that_agent_alone_and_taken_back(lab: Lab) -> None:
    """Of 50 rows at most two change, and after the undo everything is as it was."""
    before = lab.overview
    hear(lab, "act", {"side": 0, "code": lab.state.piece.desk.entries[0]})
    acted = lab.state.view.run
    assert isinstance(acted, ColumnRun)
    assert [run.agents for _, run in acted.population.others()] == [[lab.state.agent]]
    assert lab.state.piece.desk.said
    shares = [side["shares"] for side in (before["sides"][0], lab.overview["sides"][0])]
    same = [one == other for one, other in zip(*shares, strict=True)]
    assert len(same) == crowd_view_model.ROWS
    assert same.count(False) <= 2, "one agent does something else, and may change the row"
    hear(lab, "undo", None)
    assert lab.overview == before


def test_runs_that_are_kept_do_not_grow_without_end(lab: Lab) -> None:
    """After sixty settings some runs are still at hand, and no more records than allowed."""
    for value in range(500_000, 500_060):
        lab.state.set_field("workload.reload_within_ms", value)
    kept = lab.state._views.values()
    assert sum(view.run.weight for view in kept) <= KEPT_RECORDS
    assert 3 < len(kept) < 60


@pytest.mark.slow
@pytest.mark.thorough
def test_the_kits_own_crowd_can_be_picked_and_is_told_in_the_code() -> None:
    """Ten thousand agents take less than 150 KB, and the code told opens them again."""
    one = simkit.lab("E4")
    entry = {"value": "crowd", "text": "Contact centre: 10,000 agents"}
    assert entry in one.choices["organisations"]
    hear(one, "organisation", "crowd")
    assert (one.choices["organisation"], len(one.state.view.run.agents)) == ("crowd", 10_000)
    hear(one, "preset", "E4a")
    assert 'organisation="crowd"' in one.snippet
    again: Lab = eval(one.snippet, {"simkit": simkit})
    assert repr(again) == repr(one)
    assert again.overview == one.overview
    assert len(json.dumps(one.overview)) < 150_000
    side, bitten = one.overview["sides"][0], sum(map(bool, one.state.trapped.everybody.totals))
    assert side["title"].startswith(f"{bitten:,} of 10,000 agents meet discrepancies, ")
    assert side["lines"][0]["words"] == "on shift: 10,000 at most, at 12:30"
    assert "All 10,000 agents" in one.metrics["caption"]
    one.close()
    again.close()


@pytest.mark.slow
@pytest.mark.thorough
def test_a_small_lab_loads_no_columns() -> None:
    """Nor does it know of any: its run is one of processes."""
    script = (
        "import sys, simkit\n"
        "lab = simkit.lab('E4', organisation='classroom')\n"
        "lab.choose('preset', 'E4a')\n"
        "assert lab.state.view.run.engine == 'processes'\n"
        "assert 'groups' not in lab.overview['sides'][0]\n"
        "assert len(lab.agents) == 300\n"
        "print([m for m in ('numpy', 'scipy', 'pyarrow') if m in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert said.stdout.strip() == "[]"

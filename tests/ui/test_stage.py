"""The stage: what it is told of messages, of what is worth stopping at, and of the token."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from functools import cache

import pytest
from anyworld import examples, legal_settings, seeds
from hypothesis import given
from keeping import kept

import simkit
from simkit.base.steps import NEVER
from simkit.rules.settings import Settings
from simkit.runs.events import (
    ErrorShown,
    ListShown,
    PollsFailed,
    StatusWritten,
    SuccessShown,
)
from simkit.runs.log import of_kind
from simkit.ui.lab.agent_view import AgentView
from simkit.ui.lab.agent_view_model import records_of
from simkit.ui.stage import told
from simkit.ui.stage.stage_view_model import ACTORS, WRITERS, stage_of

TRAPS = list(simkit.traps)


@cache
def viewed(trap_id: str, fix: str = "") -> tuple[AgentView, str]:
    """Give a trap's run, with a fix in place where one is named, and who is misled for longest."""
    trap = simkit.traps[trap_id]
    agent = simkit.run(trap.settings).agents_by_discrepancy[0]
    return AgentView(simkit.run(trap.fixed(fix) if fix else trap.settings)), agent


def stage_in(view: AgentView, agent: str) -> told.Stage:
    return stage_of(view, agent, records_of(view, agent)[0])


def look_of(stage: told.Stage, beat: told.Beat) -> told.MessageLook:
    messages = stage["messages"]
    return messages["looks"][messages["look"][beat["message"]]]


def shown(stage: told.Stage) -> list[told.MessageLook]:
    """Give the looks of the messages that are worth stopping at."""
    return [look_of(stage, beat) for beat in stage["beats"] if beat["message"] >= 0]


@pytest.mark.parametrize("trap", TRAPS)
def test_the_stage_tells_all_messages_of_the_run(trap: str) -> None:
    """Column by column: when each left, was judged and came back, and what became of it."""
    view, agent = viewed(trap)
    stage = stage_in(view, agent)
    columns = stage["messages"]
    for place, message in enumerate(view.run.history_of(agent).messages(agent)):
        look = columns["looks"][columns["look"][place]]
        assert columns["leaves"][place] == message.leaves
        assert columns["leaves"][place] + columns["total"][place] == message.back
        gets_there = message.arrives != NEVER
        up = columns["up"][place]
        assert (columns["leaves"][place] + up == message.arrives) if gets_there else up == -1
        assert (look["kind"], look["status"], look["fate"]) == message[3:4] + message[5:6] + (
            message.fate,
        )
    assert len(columns["leaves"]) == len(view.run.history_of(agent).messages(agent))


Decisive = Callable[[told.MessageLook], bool]
DECISIVE: dict[str, tuple[Decisive, str]] = {
    "T1": (
        lambda m: (m["kind"], m["chip"], m["fate"]) == ("list", "no reasons", "taken"),
        "a list of none",
    ),
    "T2": (
        lambda m: (m["kind"], m["status"], m["shown"]) == ("submit", 403, "success"),
        "a 403 on setting what another division's list has",
    ),
    "T3": (
        lambda m: (m["kind"], m["status"], m["shown"]) == ("submit", 403, "success"),
        "a 403 under a success",
    ),
    "E1": (
        lambda m: m["kind"] == "list" and m["asks"].endswith(" alone?") and m["wrong"],
        "a question that stops at the child",
    ),
    "E2": (
        lambda m: (m["kind"], m["status"], m["fate"]) == ("list", 401, "refused"),
        "a 401 once the bar has run dry",
    ),
    "E3": (lambda m: (m["kind"], m["fate"]) == ("submit", "applied"), "the first of two writes"),
    "E4": (
        lambda m: m["fate"] == "thrown away" and m["wrong"],
        "an answer that would have been right, thrown away",
    ),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_the_decisive_message_is_worth_stopping_at(trap: str) -> None:
    """By its kind, its answer and its fate."""
    decisive, words = DECISIVE[trap]
    assert any(map(decisive, shown(stage_in(*viewed(trap))))), words


@pytest.mark.parametrize(
    ("trap", "fix"),
    [("T1", "T1a"), ("T2", "T2a"), ("T3", "T3a"), ("E1", "E1a"), ("E2", "E2a"), ("E4", "E4b")],
)
def test_with_the_fix_it_does_not_come_about(trap: str, fix: str) -> None:
    """So the stage shows the fix beside the trap: the same day, another end."""
    decisive, _ = DECISIVE[trap]
    assert not any(map(decisive, shown(stage_in(*viewed(trap, fix)))))


def test_of_two_writes_the_one_that_lands_last_is_on_the_stage() -> None:
    """E3: what WFM writes over a choice is a beat of its own, after the choice was applied."""
    view, agent = viewed("E3")
    stage = stage_in(view, agent)
    over = [
        record.t
        for record, event in of_kind(view.run.records(agent), StatusWritten)
        if event.writer in ("wfm", "routing")
    ]
    acts = [beat["t"] for beat in stage["beats"] if beat["actor"] in ("wfm", "routing")]
    assert acts == over
    first = next(
        b for b in stage["beats"] if b["message"] >= 0 and DECISIVE["E3"][0](look_of(stage, b))
    )
    assert any(t > first["t"] for t in acts)


LEAVES = {
    "T1": "list",
    "T2": "success",
    "T3": "success",
    "E1": "list",
    "E2": "trouble",
    "E3": "success",
    "E4": "",
}
"""The kind of record that the decisive message leaves; a list that is thrown away leaves none."""


@pytest.mark.parametrize("trap", TRAPS)
def test_the_decisive_message_leads_to_the_record_that_it_left(trap: str) -> None:
    """The record is of the moment at which the page knew; without one there is no place."""
    view, agent = viewed(trap)
    stage, records = stage_in(view, agent), records_of(view, agent)[0]
    beat = next(
        b for b in stage["beats"] if b["message"] >= 0 and DECISIVE[trap][0](look_of(stage, b))
    )
    if not LEAVES[trap]:
        assert beat["record"] == -1
        return
    record = records[beat["record"]]
    total = stage["messages"]["total"][beat["message"]]
    assert (record.kind, record.t) == (LEAVES[trap], beat["t"] + total)


@pytest.mark.parametrize("trap", TRAPS)
def test_an_act_is_its_record_and_each_answer_that_was_told_has_its_message(trap: str) -> None:
    """No record of what the page was answered is without a message that leads to it."""
    view, agent = viewed(trap)
    stage, records = stage_in(view, agent), records_of(view, agent)[0]
    for beat in stage["beats"]:
        if beat["message"] < 0:
            record, event = records[beat["record"]], records[beat["record"]].data
            writer = WRITERS[event.writer] if isinstance(event, StatusWritten) else None
            assert (record.t, writer or ACTORS[type(event)]) == (beat["t"], beat["actor"])
    answered = (ListShown, SuccessShown, ErrorShown, PollsFailed)
    told_of = [i for i, record in enumerate(records) if isinstance(record.data, answered)]
    led = [b["record"] for b in stage["beats"] if b["message"] >= 0 and b["record"] >= 0]
    assert led == told_of


@pytest.mark.parametrize("trap", TRAPS)
def test_beats_come_in_order_and_quiet_polls_are_counted_between_them(trap: str) -> None:
    """Every poll is either a beat's own or counted as quiet, up to the last beat."""
    view, agent = viewed(trap)
    stage = stage_in(view, agent)
    beats, messages = stage["beats"], view.run.history_of(agent).messages(agent)
    assert [b["t"] for b in beats] == sorted(b["t"] for b in beats)
    own = {b["message"] for b in beats}
    last = beats[-1]["t"]
    polls = [m for i, m in enumerate(messages) if m.kind in ("list", "config") and i not in own]
    times = {b["t"] for b in beats}
    counted = [m for m in polls if m.leaves == m.poll < last and m.leaves not in times]
    assert sum(b["quiet"] for b in beats) == len(counted)


@pytest.mark.fuzz
@examples(0.02)
@given(settings=legal_settings(), seed=seeds)
@kept
def test_a_request_is_refused_as_dead_exactly_when_the_bar_has_run_dry(
    settings: Settings, seed: int
) -> None:
    """The bar that drains is that of the token with which the request left."""
    run = simkit.run(settings, seed)
    view = AgentView(run)
    for agent in run.agents:
        stage = stage_in(view, agent)
        starts = [token["start"] for token in stage["tokens"]]
        for message in run.history_of(agent).messages(agent):
            if message.arrives == NEVER or message.status == 429 or message.kind == "renew":
                continue
            # What keeps a token alive at the moment of leaving is kept for this very request.
            dies = stage["tokens"][bisect_right(starts, message.leaves) - 1]["dies"]
            dead = message.code == settings.platform.dead_token.code and message.status == 401
            assert dead == (message.arrives >= dies), message

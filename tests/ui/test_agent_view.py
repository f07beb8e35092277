"""What the lab shows is what the log says, at every moment, for every trap and every fix."""

from __future__ import annotations

import random
from itertools import groupby, pairwise
from operator import itemgetter

import pytest
from handmade import HOUR, MINUTE, day, hand
from plainly import Plain

import simkit
from simkit.rules.workload import Workload
from simkit.runs.run import Run
from simkit.study.catalogue import Trap
from simkit.ui.lab.agent_view import AgentView, bits
from simkit.ui.lab.sentences import KIND_WORDS, day_digest, finding, moment_sentence

EVERY_PRESET = [
    (trap.id, preset)
    for trap in simkit.traps.values()
    for preset in ("", *(change.id for change in (*trap.fixes, *trap.remedies)))
]


def reading_of(trap: Trap, preset: str) -> AgentView:
    return AgentView(simkit.run(trap.fixed(preset) if preset else trap.settings, seed=1))


def moments(view: AgentView, agent: str, label: str, count: int = 40) -> list[int]:
    """Give the ends of the shift, the edges of every trouble, and moments drawn at random."""
    day = view.run.days[agent]
    edges = [t for s in view.run.stretches(agent) for t in (s.start, s.end - 1, s.end)]
    drawn = random.Random(label)
    chosen = [day.start, day.end - 1, *edges]
    chosen += [drawn.randrange(day.start, day.end) for _ in range(count)]
    return [t for t in chosen if day.start <= t < day.end]


@pytest.mark.slow
@pytest.mark.parametrize(("trap_id", "preset"), EVERY_PRESET)
@pytest.mark.some(6)
def test_desk_truth_and_sentence_say_what_the_log_says(trap_id: str, preset: str) -> None:
    """A second reading of the records, slow and plain, agrees at edges and at random."""
    view = reading_of(simkit.traps[trap_id], preset)
    for agent in {
        view.run.agents_by_discrepancy[0],
        view.run.agents_by_discrepancy[7],
        view.run.agents_by_discrepancy[-1],
    }:
        for t in moments(view, agent, trap_id + preset):
            plain, seen = Plain(view.run, agent, t), view.at(agent, t)
            desk, truth = seen.desk, seen.truth
            assert desk.state == plain.state
            assert list(desk.entries) == (plain.shown if plain.state == "list" else [])
            assert (desk.status, truth.status) == (plain.believed, plain.true)
            assert truth.division == plain.division
            assert set(bits(truth.usable)) == plain.usable
            assert set(truth.missing) == plain.usable - set(plain.shown)
            dead = [c for c in desk.entries if c not in plain.usable]
            assert list(seen.unusable) == dead
            parted = plain.believed != plain.true
            blocked = plain.state in ("frozen", "locked")
            assert seen.wrong == (parted or blocked or bool(dead) or bool(truth.missing))
            sentence = moment_sentence(view, agent, t)
            assert ("does not respond" in sentence) == (plain.state == "frozen")
            assert ("is empty" in sentence) == (plain.state == "empty")
            assert ("not arrived" in sentence) == (plain.state == "loading")
            assert ("is locked" in sentence) == (plain.state == "locked")
            assert ("believes the status" in sentence) == parted
            assert ("that cannot be used" in sentence) == bool(dead)


@pytest.mark.parametrize("trap_id", simkit.traps)
def test_the_pieces_cover_the_shift_and_differ_from_their_neighbours(trap_id: str) -> None:
    """No moment of a shift is left out, and no cut is made where nothing changes."""
    view = reading_of(simkit.traps[trap_id], "")
    for agent in view.run.agents_by_discrepancy[:5]:
        pieces, day = view.pieces(agent), view.run.days[agent]
        assert (pieces[0].start, pieces[-1].end) == (day.start, day.end)
        for one, other in pairwise(pieces):
            assert one.end == other.start
            assert (one.desk, one.truth) != (other.desk, other.truth)


@pytest.mark.parametrize("trap_id", simkit.traps)
def test_the_buttons_stop_where_a_discrepancy_begins_and_nowhere_else(trap_id: str) -> None:
    """Whoever presses one lands where list or status turns wrong, or the dropdown dies.

    Every beginning is read from the log once more, and none is left out.
    """
    view = reading_of(simkit.traps[trap_id], "")
    agent = view.run.agents_by_discrepancy[0]
    assert view.stops(agent) == beginnings(view.run, agent)
    assert view.stops(agent)


def beginnings(run: Run, agent: str) -> list[int]:
    """Give where something else is wrong than before; what is over within a second counts not."""
    day = run.days[agent]
    changes = {r.t for r in run.log if r.actor in (agent, "admin") and day.start < r.t < day.end}
    edges = [day.start, *sorted(changes), day.end]
    states = [(start, wrong_at(run, agent, start)) for start in edges[:-1]]
    steps = [next(same) for _, same in groupby(states, key=itemgetter(1))]
    ends = [*(start for start, _ in steps[1:]), day.end]
    lasting = [step for step, end in zip(steps, ends, strict=True) if end - step[0] >= 1_000]
    told = [next(same) for _, same in groupby(lasting, key=itemgetter(1))]
    return [start for start, wrong in told if any(wrong)]


def wrong_at(run: Run, agent: str, t: int) -> tuple[object, ...]:
    plain = Plain(run, agent, t)
    shown, usable = set(plain.shown), plain.usable
    return shown - usable, usable - shown, plain.believed != plain.true, plain.frozen


def test_a_message_stays_a_minute_and_leaves_with_the_page() -> None:
    """A success is read for 60 s, so that it is not taken for the answer to a later act.

    The choice leaves at 65,000, there and back are 20 ms; a page loaded anew at 90,000 is silent.
    """
    plain, reloaded = (
        AgentView(simkit.run(hand(), 1, workload=Workload((chosen,))))
        for chosen in (
            day(HOUR, (65_000, "Break", 30 * MINUTE)),
            day(HOUR, (65_000, "Break", 30 * MINUTE), reloads=(90_000,)),
        )
    )
    times = (65_019, 65_020, 89_999, 90_000, 125_019, 125_020)
    assert [plain.at("ada", t).desk.said for t in times] == ["", *["success"] * 4, ""]
    assert [reloaded.at("ada", t).desk.said for t in times] == ["", *["success"] * 2, *[""] * 3]


def test_the_warning_names_the_reason_that_was_not_sent() -> None:
    """With E3d an agent reads which of the choices was held back."""
    view = reading_of(simkit.traps["E3"], "E3d")
    warned = next(r for r in view.run.log if r.kind == "warned")
    desk = view.at(warned.actor, warned.t).desk
    assert (desk.said, desk.detail) == ("warned", view.codes[warned.data.code].name)


def test_the_lock_says_when_it_ends_and_the_widget_waits_until_then() -> None:
    """With E3a an agent who is turned away comes back at the very time that was shown."""
    view = reading_of(simkit.traps["E3"], "E3a")
    away = next(r for r in view.run.log if r.kind == "turned_away" and r.data.again)
    until = view.at(away.actor, away.t).desk.locked_until
    again = [r.t for r in view.run.records(away.actor) if r.kind == "open" and r.t > away.t]
    assert until == again[0]


@pytest.mark.parametrize("trap_id", simkit.traps)
def test_the_digest_adds_up_the_time_in_each_kind_of_trouble(trap_id: str) -> None:
    """Totals are added up here anew from the stretches, and 0 s is said only of none."""
    view = reading_of(simkit.traps[trap_id], "")
    agent = view.run.agents_by_discrepancy[0]
    digest, totals = day_digest(view, agent), view.time_by_kind(agent)
    assert digest.startswith(finding(view, agent))
    for kind, words in KIND_WORDS.items():
        line = next(line for line in digest.splitlines() if line.strip().startswith(words))
        by_hand = sum(
            s.end - s.start for s in view.run.stretches(agent) if getattr(s.discrepancy, kind)
        )
        assert totals[kind] == by_hand
        assert line.rstrip().endswith("0 s") == (by_hand == 0)
    assert max(totals.values()) > 0

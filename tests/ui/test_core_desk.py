"""The desk of core widgets: it holds what the log says, and an act comes to what the log says."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import ipywidgets
import pytest
import traitlets
from handmade import HOUR, MINUTE, SECOND, day, hand
from hostile import HOSTILE, hostile_data
from plainly import Plain

import simkit
from simkit import BadInput
from simkit.engines.running import Engine
from simkit.inputs.traces.reading import read_trace
from simkit.rules.settings import Settings
from simkit.rules.workload import Intention, Workload
from simkit.runs.run import Run
from simkit.study.catalogue import TRAP_IDS
from simkit.ui.lab.core_desk import NOTHING, CoreDesk

RECORDED = Path(__file__).parents[1] / "cases" / "recorded"
LENGTH = 10 * MINUTE


@pytest.fixture
def desk() -> Iterator[Callable[..., CoreDesk]]:
    """Open desks that are closed when the test ends."""
    opened: list[CoreDesk] = []

    def open_desk(*args: Any, **keywords: Any) -> CoreDesk:
        opened.append(simkit.desk(*args, **keywords))
        return opened[-1]

    yield open_desk
    for each in opened:
        each.close()


def trapped(trap_id: str, engine: Engine = "processes", preset: str = "") -> Run:
    trap = simkit.traps[trap_id]
    settings = trap.fixed(preset) if preset else trap.settings
    return simkit.run(settings, seed=1, engine=engine)


def moments(run: Run, agent: str, label: str, count: int) -> list[int]:
    """Give the edges of the agent's discrepancies, and moments drawn at random."""
    shift, drawn = run.days[agent], random.Random(label)
    edges = [t for s in run.stretches(agent) for t in (s.start, s.end - 1)]
    edges += [drawn.randrange(shift.start, shift.end) for _ in range(count)]
    return [t for t in edges if shift.start <= t < shift.end]


def listed(one: CoreDesk) -> list[tuple[str, int]]:
    """Give what can be chosen: all but the entry that chooses nothing."""
    first, *others = one.dropdown.options
    assert first == (one.run.settings.widget.placeholder_text, NOTHING)
    return others


def fresh(run: Run, agent: str, t: int, code: int | None) -> tuple[Run, list[Any]]:
    """Run the same day plus one act; give it with the records that only the act can have made.

    A listed code is meant by its id, as two may share a name.
    """
    chosen = run.directory.codes[code] if code is not None else None
    wanted = Intention(t, chosen.name, LENGTH, chosen.id) if chosen else Intention(t, "", LENGTH)
    before = run.days[agent]
    acted = replace(before, intentions=tuple(sorted((*before.intentions, wanted))))
    again = simkit.run(run.settings, 1, workload=run.workload, days={agent: acted})
    old = [(r.t, r.kind, r.data) for r in run.records(agent)]
    return again, [r for r in again.records(agent) if (r.t, r.kind, r.data) not in old]


def expected(run: Run, agent: str, t: int, code: int | None) -> str:
    """Say what an act comes to, read from the records one by one."""
    again, new = fresh(run, agent, t, code)
    clock = run.settings.organisation.calendar.show_minute
    first = {record.kind: record for record in reversed(new)}
    if code is None:
        lost = first["lost"]
        assert (lost.t, "submit" in first and first["submit"].t == t) == (t, False)
        words = {"frozen": "Not responding.", "not listed": "No status reasons."}[lost.data.why]
        usable = len(Plain(run, agent, t).usable)
        return f"{words} (Nothing was sent, although {usable} reasons may be used.)"
    reply = first["success"] if "success" in first else first["error"]
    answered = f"{reply.data.status} {reply.data.error}"
    said = f"Status set: {run.directory.codes[code].name}."
    if reply.kind == "error":
        said = f"Refused: {answered}."
    if reply.data.status != 200:
        assert Plain(again, agent, reply.t).true == Plain(run, agent, reply.t).true
        return f"{said} (The platform answered {answered}: nothing was changed.)"
    written = [r for r in again.records(agent) if r.kind == "status" and r.t >= t]
    ours = next(r for r in written if r.data.writer == "agent" and r.data.status == code)
    after = next((r for r in written if r > ours), None)
    if after is None or after.data.writer not in ("wfm", "routing"):
        return f"{said} (The platform set it.)"
    status = after.data.status
    wrote = {-1: "Available", -2: "off the queue as scheduled"}.get(status) or (
        run.directory.codes[status].name
    )
    who = {"wfm": "WFM, at a scheduled transition,", "routing": "the routing sweep"}
    over = f"{who[after.data.writer]} wrote {wrote} over {run.directory.codes[code].name}"
    return f"{said} (The platform set it; at {clock(after.t)} {over}.)"


# What it holds, and what an act comes to.


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["processes", "columns"])
@pytest.mark.parametrize("trap_id", TRAP_IDS)
def test_the_dropdown_holds_what_the_log_says(
    desk: Callable[..., CoreDesk], trap_id: str, engine: Engine
) -> None:
    """At edges and at random: names and numbers in order, status, and whether it can be used."""
    run = trapped(trap_id, engine)
    log = trapped(trap_id)
    names = [code.name for code in run.directory.codes]
    agent = run.agents_by_discrepancy[0]
    one = desk(run, agent)
    seen = set()
    for t in moments(run, agent, trap_id, 30):
        one.at = t
        plain = Plain(log, agent, t)
        shown = plain.shown if plain.state == "list" else []
        assert listed(one) == [(names[code], code) for code in shown]
        assert one.dropdown.disabled == (plain.state != "list")
        assert one.button.disabled == (plain.state in ("locked", "loading"))
        believed = "Available" if plain.believed < 0 else names[plain.believed]
        assert f"Status: {believed}<" in one.children[0].value
        assert ("Not responding." in one.text) == (plain.state == "frozen")
        assert ("No status reasons." in one.text) == (plain.state == "empty")
        seen.add(plain.state)
    symptom = {"T1": "empty", "E1": "empty", "E2": "frozen"}.get(trap_id, "list")
    assert symptom in seen


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["processes", "columns"])
@pytest.mark.parametrize("trap_id", TRAP_IDS)
@pytest.mark.some(3)
def test_pressing_the_button_says_what_the_log_of_the_act_says(
    desk: Callable[..., CoreDesk], trap_id: str, engine: Engine
) -> None:
    """The same day plus the act is run here by hand, and what came of it is read from the records.

    Choices fall on listed reasons that cannot be used, on usable ones, and just before overrides.
    """
    run, log = trapped(trap_id, engine), trapped(trap_id)
    agent = run.agents_by_discrepancy[0]
    one = desk(run, agent)
    overrides = [r.t for r in log.records(agent) if r.kind == "status" and r.data.writer != "agent"]
    told = []
    for t in [*moments(run, agent, trap_id, 3)[:8], *(t - 20 * SECOND for t in overrides[:6])]:
        one.at = t
        plain = Plain(log, agent, t)
        if one.button.disabled:
            continue
        for code in [*(plain.shown[:1]), *sorted(set(plain.shown) - plain.usable)[:1]] or [None]:
            if plain.state == "list":
                one.dropdown.value = code
            else:
                code = None
            one.button.click()
            assert one.text == expected(log, agent, t, code)
            assert one.text.replace("&", "&amp;") in one.message.value
            told.append(one.text)
    answer = {
        "T1": "No status reasons. (Nothing was sent, although 36 reasons may be used.)",
        "T2": "403 TELEPHONY_STATUS_REASON_NOT_FOUND: nothing was changed.)",
        "T3": "403 INSUFFICIENT_OAUTH_SCOPE: nothing was changed.)",
        "E1": "No status reasons. (Nothing was sent, although 24 reasons may be used.)",
        "E2": "Not responding. (Nothing was sent, although 12 reasons may be used.)",
        "E3": " wrote Available over ",
        "E4": "403 TELEPHONY_STATUS_REASON_NOT_FOUND: nothing was changed.)",
    }[trap_id]
    assert any(answer in text for text in told)
    if trap_id in ("T2", "T3", "E4"):
        assert any(text.startswith("Status set: ") and answer in text for text in told)


def test_the_act_is_the_only_difference_and_the_run_stays_as_it_was(
    desk: Callable[..., CoreDesk],
) -> None:
    """Up to the act both logs are the same, all agents; the given run keeps its own."""
    run = trapped("T3")
    digest = run.digest
    one = desk(run, "agent-12", at="12:11:09")
    assert one.acted is None
    one.dropdown.index = 1
    one.button.click()
    assert one.acted is not None
    before = [[r for r in each.log if r.t < one.at] for each in (run, one.acted)]
    assert before[0] == before[1]
    assert len(one.acted.log) > len(run.log)
    assert (one.run, run.digest) == (run, digest)
    one.at += 1
    assert (one.acted, one.text) == (None, "")


def test_a_choice_on_the_millisecond_of_another_is_told_of_itself(
    desk: Callable[..., CoreDesk],
) -> None:
    """Ada chooses Break by herself at the same moment; who chooses Meal reads of Meal."""
    run = simkit.run(hand(), 1, workload=Workload((day(HOUR, (65_000, "Break", MINUTE)),)))
    one = desk(run, "ada", at=65_000)
    for code, reason in enumerate(("Break", "Meal")):
        one.dropdown.value = code
        one.button.click()
        assert one.text == f"Status set: {reason}. (The platform set it.)"


def test_a_page_that_is_gone_before_the_reply_says_nothing(desk: Callable[..., CoreDesk]) -> None:
    """There and back are 20 ms, and the page is loaded anew after 15: it was set all the same."""
    run = simkit.run(hand(), 1, workload=Workload((day(HOUR, reloads=(65_015,)),)))
    one = desk(run, "ada", at=65_000)
    one.dropdown.value = 1
    one.button.click()
    assert one.text == "The page was gone before an answer came. (The platform set it.)"


def test_a_choice_that_the_network_loses_changes_nothing(desk: Callable[..., CoreDesk]) -> None:
    """The widget shows success, as it swallows errors, and no request ever arrived."""
    run = simkit.run(hand(), 1, workload=Workload((day(HOUR, outages=((60_000, 600_000),)),)))
    one = desk(run, "ada", at=65_000)
    one.dropdown.value = 1
    one.button.click()
    lost = "(The request was lost on the network: nothing was changed.)"
    assert one.text == f"Status set: Meal. {lost}"


def test_a_choice_that_routing_drops_is_said_to_be_dropped(desk: Callable[..., CoreDesk]) -> None:
    """The reply is 200 and the status stays: all day long is campaign."""
    settings = simkit.traps["E3"].settings.replace(ignore_manual="drop")
    run = simkit.run(settings, seed=1)
    ignored = next(r for r in run.log if r.kind == "ignored")
    submitted = run.log.find(ignored.cause).t
    one = desk(run, ignored.actor, at=submitted)
    one.dropdown.value = ignored.data.code
    one.button.click()
    assert one.text.endswith("(The platform answered 200 and did not apply it.)")


def test_a_refusal_that_is_shown_is_told_as_one(desk: Callable[..., CoreDesk]) -> None:
    """With errors surfaced, desk and truth say the same."""
    one = desk(trapped("T3", preset="T3-surface"), "agent-12", at="12:30")
    one.dropdown.index = 1
    one.button.click()
    refused = "403 INSUFFICIENT_OAUTH_SCOPE"
    assert one.text.startswith(f"Refused: {refused}. (The platform answered {refused}:")


def test_a_widget_that_warns_sends_nothing(desk: Callable[..., CoreDesk]) -> None:
    """With E3d a choice within a minute of the next sweep is held back."""
    run = trapped("E3", preset="E3d")
    one = desk(run, run.agents[0], at="12:29:30")
    one.dropdown.index = 1
    one.button.click()
    assert one.text == "Not sent: an automatic status change is due. (Nothing was sent.)"


def test_a_locked_widget_takes_nothing_and_says_until_when(desk: Callable[..., CoreDesk]) -> None:
    """With E3a both controls are off within a minute of the sweep, and on again after it."""
    run = trapped("E3", preset="E3a")
    one = desk(run, run.agents[0], at="12:29:30")
    assert (one.dropdown.disabled, one.button.disabled) == (True, True)
    assert one.text.startswith("Schedule change in progress, until 12:30:00.")
    one.at = "12:30:01"
    assert (one.dropdown.disabled, one.button.disabled) == (False, False)


def test_nothing_chosen_is_not_run(desk: Callable[..., CoreDesk]) -> None:
    """The button asks for a choice where there is one to make; the box shows its text again."""
    one = desk(trapped("E4"))
    assert one.dropdown.label == "Select a status reason"
    one.dropdown.index = 1
    one.dropdown.index = 0
    assert (one.dropdown.value, one.dropdown.index) == (NOTHING, 0)
    for nothing in (NOTHING, None):
        one.dropdown.value = nothing
        one.button.click()
        assert (one.text, one.acted) == ("Choose a status reason.", None)
    one.at = "16:00"
    assert one.dropdown.index == 0


def test_what_the_widget_said_by_itself_stays_a_minute(desk: Callable[..., CoreDesk]) -> None:
    """The agent's own choice of the day is read on the desk as in the lab, and then no more."""
    run = simkit.run(hand(), 1, workload=Workload((day(HOUR, (65_000, "Meal", 30 * MINUTE)),)))
    one = desk(run, "ada", at=65_020)
    assert one.text == "Status set: Meal."
    assert "Status: Meal" in one.children[0].value
    one.at = 65_020 + MINUTE
    assert one.text == ""


def test_a_widget_that_selects_by_itself_has_chosen_the_first(
    desk: Callable[..., CoreDesk],
) -> None:
    """The first of the list is in the box, and can be sent at once."""
    run = simkit.run(hand(auto_select=True), 1, workload=Workload((day(HOUR),)))
    one = desk(run, "ada", at="08:30")
    assert one.dropdown.label == "Break"
    one.button.click()
    assert one.text == "Status set: Break. (The platform set it.)"


# The two traits.


def test_a_slider_drives_the_desk_and_the_desk_the_slider(desk: Callable[..., CoreDesk]) -> None:
    """Linked both ways, the list follows; a choice stays for as long as it is listed."""
    run = trapped("E4")
    agent = "agent-19"
    shift = run.days[agent]
    one = desk(run, agent, at="08:30")
    slider = ipywidgets.IntSlider(min=shift.start, max=shift.end - 1, value=one.at)
    ipywidgets.link((slider, "value"), (one, "at"))
    one.dropdown.value = dict(listed(one))["Short Break"]
    slider.value = run.moment(agent, "08:55:40")[1]
    assert one.dropdown.label == "Short Break", "deactivated, and still listed"
    slider.value = run.moment(agent, "08:56")[1]
    assert "Short Break" not in dict(listed(one))
    assert (one.dropdown.value, one.dropdown.index) == (NOTHING, 0)
    one.dropdown.label = "Meal"
    slider.value = run.moment(agent, "08:40")[1]
    assert "Short Break" in dict(listed(one))
    assert one.dropdown.label == "Meal", "listed before and after"
    one.at = "09:00"
    assert slider.value == run.moment(agent, "09:00")[1]
    slider.close()


def test_another_agent_takes_the_moment_along_as_far_as_the_shift_goes(
    desk: Callable[..., CoreDesk],
) -> None:
    """When an observer hears of the agent, moment and list are that agent's."""
    run = trapped("E4")
    early, late = (f(run.days.values(), key=lambda d: d.start) for f in (min, max))
    one = desk(run, early.agent, at=early.start)
    heard = []
    one.observe(lambda _: heard.append((one.agent, one.at)), "agent")
    one.agent = late.agent
    assert heard == [(late.agent, late.start)]
    assert f"{late.agent} at {run.settings.organisation.calendar.show_minute(late.start)}" in (
        one.children[0].value
    )


@pytest.mark.parametrize("engine", ["processes", "columns"])
def test_a_time_in_another_shift_of_the_day_goes_there(
    desk: Callable[..., CoreDesk], healthy: Settings, engine: Engine
) -> None:
    """Ann works twice that day; the desk shows the shift that the time lies in, and acts in it."""
    workload = read_trace(RECORDED / "split.csv", healthy, exact=True)
    run = simkit.run(healthy, 1, engine=engine, workload=workload)
    twice = next(agent for agent in run.agents if agent.endswith("/2"))
    first, second = run.days[twice.removesuffix("/2")], run.days[twice]
    one = desk(run, first.agent, at=first.start + MINUTE)
    one.at = second.start + MINUTE
    assert (one.agent, one.at) == (second.agent, second.start + MINUTE)
    one.dropdown.index = 1
    one.button.click()
    assert one.text.endswith("(The platform set it.)")
    one.at = first.start + MINUTE
    assert one.agent == first.agent


@pytest.mark.parametrize(
    ("trait", "value", "said"),
    [
        ("at", "25:00", "at: "),
        ("at", "03:00", "agent-19 is not at work then; found 03:00; allowed: 08:25:22 to 16:25:21"),
        ("at", -1, "agent-19 is not at work then"),
        ("at", True, "at: found true; allowed: a local time HH:MM or HH:MM:SS, or ms of the run"),
        ("at", None, "at: found nothing (null)"),
        ("at", "8 o'clock", "at: "),
        ("agent", "agent-99", "unknown agent 'agent-99'; did you mean "),
        ("agent", None, "agent: found nothing (null); allowed: text"),
        ("agent", 19, "agent: found 19; allowed: text"),
    ],
)
def test_what_the_run_does_not_have_is_refused_and_changes_nothing(
    desk: Callable[..., CoreDesk], trait: str, value: Any, said: str
) -> None:
    """One line, an error of traitlets and of the kit, also where notices are held back."""
    one = desk(trapped("E4"), "agent-19")
    before = (one.agent, one.at, one.dropdown.options)
    with pytest.raises(BadInput) as refused:
        setattr(one, trait, value)
    assert str(refused.value).startswith(said)
    assert "\n" not in str(refused.value)
    assert isinstance(refused.value, traitlets.TraitError)
    with pytest.raises(traitlets.TraitError), one.hold_trait_notifications():
        setattr(one, trait, value)
    assert (one.agent, one.at, one.dropdown.options) == before


@pytest.mark.parametrize(("agent", "at"), [("agent-99", None), (19, None), ("agent-19", "03:00")])
def test_no_desk_is_made_of_what_the_run_does_not_have(agent: Any, at: Any) -> None:
    """It is refused before any widget is made."""
    known = len(ipywidgets.widgets.widget._instances)
    with pytest.raises(BadInput):
        simkit.desk(trapped("E4"), agent, at=at)
    assert len(ipywidgets.widgets.widget._instances) == known


def test_only_a_run_can_be_shown() -> None:
    """Whoever gives the id of a trap reads what gives a run."""
    with pytest.raises(BadInput) as refused:
        simkit.desk("E4")  # type: ignore[arg-type]
    assert str(refused.value) == "run: found 'E4'; allowed: a run; simkit.run gives one"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("agnet", "CoreDesk has no attribute 'agnet'; did you mean 'agent'?"),
        ("moment", "CoreDesk has no attribute 'moment'"),
        ("dropdown", "'dropdown' cannot be set"),
        ("text", "'text' cannot be set"),
    ],
)
def test_an_attribute_that_means_nothing_is_not_set_silently(
    desk: Callable[..., CoreDesk], name: str, said: str
) -> None:
    """Nothing would come of it; what any widget has can be set."""
    one = desk(trapped("E4"))
    with pytest.raises(AttributeError, match=f"^{said.replace('?', '[?]')}"):
        setattr(one, name, "x")
    one.layout.width = "50%"
    one.box_style = "info"


def test_a_browser_may_move_it(desk: Callable[..., CoreDesk]) -> None:
    """``jslink`` needs a synced trait; what the browser then sends moves the desk."""
    one = desk(trapped("E4"), "agent-19", at="08:30")
    slider = ipywidgets.IntSlider(max=10**9)
    link = ipywidgets.jslink((slider, "value"), (one, "at"))
    later = one.run.moment("agent-19", "08:56")[1]
    one.set_state({"at": later})
    assert "Short Break" not in dict(listed(one))
    link.unlink()
    slider.close()


# What is shown is text, and is let go.


@pytest.mark.slow
def test_hostile_names_stay_text(desk: Callable[..., CoreDesk], tmp_path: Path) -> None:
    """No name becomes markup in what is read as HTML, before and after an act, and in the still."""
    data = hostile_data(tmp_path)
    run = simkit.run(simkit.load(data / "scenarios" / "E4.yaml"), seed=1)
    agent = next(a for a in run.agents if a.startswith(HOSTILE[0]))
    one = desk(run, agent)
    told = []
    for _, code in one.dropdown.options[1:]:
        one.dropdown.value = code
        one.button.click()
        told.append(one.message.value)
    still = one._repr_mimebundle_()["text/html"]
    for html in (*told, one.children[0].value, still):
        assert "<script" not in html
        assert "<img" not in html
        assert "<b>" not in html
        assert "\u202e" not in html
    assert any("&lt;" in html for html in told)


def test_a_reader_without_a_kernel_sees_what_the_desk_shows(
    desk: Callable[..., CoreDesk],
) -> None:
    """The still names agent, moment, status and reasons; the text is one line."""
    one = desk(trapped("E4"), "agent-19", at="14:41:14")
    bundle = one._repr_mimebundle_()
    assert bundle["text/plain"] == "CoreDesk(agent-19 at 14:41:14)"
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "Status: Available" in bundle["text/html"]
    assert all(f"<li><bdi>{label}</bdi></li>" in bundle["text/html"] for label, _ in listed(one))


def test_closing_frees_all_widgets() -> None:
    """A notebook that opens many desks does not fill up, and closing twice does no harm."""
    known = ipywidgets.widgets.widget._instances
    before = set(known)
    one = simkit.desk(trapped("E4"))
    assert set(known) > before
    one.close()
    one.close()
    assert set(known) == before

"""The architect's panel in Python: what is chosen, what is said of it, what the browser is told."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from html import escape
from math import inf, nextafter
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from anywidget import AnyWidget
from extent import THOROUGH
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import simkit
from simkit.base.clock import HOUR, MINUTE
from simkit.base.statistics import Estimate
from simkit.engines.running import run
from simkit.study import theory
from simkit.ui.architect.advice import Days, pick
from simkit.ui.architect.architect import Architect, architect
from simkit.ui.architect.choice import (
    CHOSEN,
    LIMITED,
    ROWS,
    Confirmation,
    PolicyInputs,
    quantity,
    steps_of,
)
from simkit.ui.architect.limits import Known, standing, worst
from simkit.ui.architect.told import Chosen, PanelTold

pytestmark = pytest.mark.slow  # panels are opened

BUSIEST_MINUTE = "Busiest minute of a token, of its limit"
DELAY_MS = 66
"""Mean of one direction of the default wire: half its delays go evenly from 20 to 60 ms, the others
from 60 to 250 ms by the knots of its skew, (40 + 92) / 2."""


@pytest.fixture
def panel() -> Iterator[Architect]:
    """The panel as it opens: the classroom, a token for each of 300 widgets."""
    made = architect()
    yield made
    made.close()


@pytest.fixture
def small() -> Iterator[Callable[..., Architect]]:
    """Give a function that makes a panel for 30 agents with fields changed; all are closed."""
    made = []

    def make(**fields: Any) -> Architect:
        base = simkit.traps["E4"].base.replace(rate_limit_per_min=300, deactivation_probability=0.5)
        made.append(architect(base.replace(fields)))
        return made[-1]

    yield make
    for each in made:
        each.close()


def hear(panel: Architect, kind: str, value: Any = None, n: int = 1) -> None:
    """Send what the browser sends."""
    panel._handle_custom_msg({"ask": kind, "value": value, "n": n}, [])


def row(panel: Architect, title: str) -> dict[str, Any]:
    found: dict[str, Any] = next(r for r in panel.told["rows"] if r["title"] == title)
    return found


def simulated(panel: Architect, title: str) -> tuple[str, str]:
    """Give what a row says of the simulation: the mean, and the closed form beside it."""
    found = row(panel, title)["simulated"]
    assert set(found) == {"mean", "closed_form"}
    return found["mean"], found["closed_form"]


def chosen(panel: Architect) -> dict[str, Any]:
    return {name: getattr(panel.choice, name) for name in CHOSEN}


# What it says.


def test_the_panel_opens_with_the_classroom_and_the_stated_assumptions(panel: Architect) -> None:
    """300 agents, 300 requests a minute, and 24 edits: 0.12 for each of 200 codes."""
    assert (panel.choice.agents, panel.choice.edits) == (300, 24)
    assert (panel.choice.rate_limit_per_min, panel.choice.interval_ms) == (300, 30_000)
    assert repr(panel) == "Architect(Classroom, 300 agents, every 30 s)"
    assert panel.text.startswith("Classroom, 300 agents, 24 edits a day. Each widget asks")


def test_staleness_is_the_closed_form_of_the_edits_of_each_list(panel: Architect) -> None:
    """A list changes as often as its codes are edited, over the day and the spread of logins.

    The day is from the first shift's start to the last one's end; all divisions are equally large.
    Half a ms of the delay is 0.05 % of half of the shortest interval.
    """
    org = panel.choice.base.organisation
    minutes = [
        tuple(60 * int(wall[:2]) + int(wall[3:]) for wall in (shift.start, shift.end))
        for shift in org.shifts
    ]
    day = MINUTE * (max(end for _, end in minutes) - min(start for start, _ in minutes))
    listed = [
        sum(c.division == division and c.type in ("BREAK", "TRAINING", "OTHER") for c in org.codes)
        for division in {person.division for person in org.agents}
    ]
    rates = [n * 24 / 200 / (day + 30 * MINUTE) for n in listed]
    for every in (2_000, 30_000, HOUR):
        panel.set(interval_ms=every)
        stale = [1 - theory.freshness(rate, every, DELAY_MS) for rate in rates]
        expected = sum(stale) / len(stale)
        assert panel.choice.forms.values["stale_share"] == pytest.approx(expected, rel=1e-3)


@pytest.mark.slow
def test_a_list_is_as_old_as_half_an_interval_and_the_way_of_the_reply(panel: Architect) -> None:
    """30 s / 2 + 66 ms is 15.1 s; with a version the way is there and back and there: 15.2 s."""
    assert row(panel, "Age of the list shown")["value"] == "15.1 s"
    assert row(panel, "Wait until an edit is shown")["value"] == "15.1 s"
    panel.set(version=True)
    assert row(panel, "Wait until an edit is shown")["value"] == "15.2 s"
    assert [r for r in panel.told["rows"] if r["title"] == "Age of the list shown"] == []


def test_requests_grow_with_the_agents(panel: Architect) -> None:
    """Ten thousand widgets ask 100/3 times as often as 300, the end of the day aside.

    The last login of 300 is expected 6 s before that of infinitely many, of a day of 12.5 h.
    """
    before = panel.choice.forms.values
    panel.set(agents=10_000)
    for metric in ("requests_per_s", "bytes_per_s"):
        ratio = panel.choice.forms.values[metric] / before[metric]
        assert ratio == pytest.approx(10_000 / 300, rel=1e-3)
    assert panel.choice.forms.values["stale_share"] == before["stale_share"]


@pytest.mark.parametrize(("widgets", "kept"), [(110, True), (130, False)])
def test_a_shared_token_is_marked_where_it_is_over_its_limit(
    panel: Architect, widgets: int, kept: bool
) -> None:
    """At 30 s a token of 300 a minute carries 150 widgets, so 80 % of it carry 120, choices aside.

    Choices take a few more, so the numbers keep some distance. A day of all is simulated, though
    the limit may bind, and says the same as the formula.
    """
    panel.set(topology="shared", agents=widgets)
    found = row(panel, BUSIEST_MINUTE)
    assert (panel.choice.day["rate_limit_peak_share"] <= 0.8) is kept
    assert found["mark"] == ("✓ kept: at most 80 %" if kept else "✗ over: at most 80 %")
    assert found["standing"] == panel.told["standing"] == ("kept" if kept else "over")
    over = "Over 1 of 3 limits (busiest minute of a token)."
    assert panel.told["verdict"] == ("Within all 3 limits." if kept else over)


def test_a_limit_on_the_busiest_second_is_marked_by_formula_and_day(panel: Architect) -> None:
    """300 widgets poll 10 times a second in the mean, so that 5 are passed and 100 are not."""
    titles = {each.metric: each.title for each in ROWS}
    title = titles["peak_requests_per_s"]
    assert row(panel, title)["mark"] == "✓ kept: at most 100 a second"
    panel.set(most_peak_requests_per_s=5)
    assert row(panel, title)["mark"] == "✗ over: at most 5 a second"
    assert panel.told["verdict"] == "Over 1 of 3 limits (busiest second)."


def test_tokens_carry_five_requests_a_second_each(panel: Architect) -> None:
    """300 a minute; own tokens carry as much each."""
    assert panel.told["picture"]["capacity"]["at"] == 1_500
    panel.set(topology="shared")
    assert panel.told["picture"]["capacity"]["at"] == 5
    assert panel.told["picture"]["capacity"]["label"] == "the shared token carries 5 a second"


def test_where_a_limit_begins_parts_the_curve_in_kept_and_over(panel: Architect) -> None:
    """Slower policies keep a limit on requests, faster ones exceed it; so do the places told."""
    panel.set(topology="shared", agents=1_000)
    for metric, limit in zip(
        ("rate_limit_peak_share", "peak_requests_per_s"),
        panel.told["picture"]["limits"],
        strict=True,
    ):
        for spot in panel.choice.curve:
            over = spot.values[metric] > panel.choice.limits[metric]
            assert over is (spot.values["requests_per_s"] > limit["at"]["requests_per_s"])
            assert over is (spot.values["bytes_per_s"] > limit["at"]["bytes_per_s"])


def test_a_limit_that_all_or_no_intervals_keep_has_no_place_of_its_own(panel: Architect) -> None:
    """Where the whole curve is kept no edge is told, and where none of it is, one at 0."""
    panel.set(agents=10, most_peak_requests_per_s=10_000, most_rate_limit_peak_share=None)
    assert panel.told["picture"]["limits"] == []
    panel.set(most_peak_requests_per_s=0)
    assert panel.told["picture"]["limits"][0]["at"] == {
        "requests_per_s": 0.0,
        "bytes_per_s": 0.0,
    }


@pytest.mark.slow
def test_the_curves_hold_every_interval_and_mark_the_one_chosen(panel: Architect) -> None:
    """Both reach from 1 h to 2 s, and an unusual choice of 31 s has its place on them."""
    panel.set(interval_ms=31_000, version=True)
    for curve in panel.told["picture"]["curves"]:
        intervals = [spot["interval_ms"] for spot in curve["spots"]]
        assert intervals == sorted(intervals, reverse=True)
        assert {2_000, 31_000, HOUR} <= set(intervals)
        assert [s["interval_ms"] for s in curve["spots"] if s["now"]] == [31_000]
        assert curve["chosen"] is curve["version"]


def test_the_title_compares_with_an_interval_of_half_the_length(panel: Architect) -> None:
    """The reader learns the price: how much fresher, and for how many more requests."""
    assert re.fullmatch(
        r"Every 30 s: out of date \S+ % of the time, at \S+ requests a second\. "
        r"Every 15 s: \S+ %, at \S+ requests a second\.",
        panel.told["picture"]["title"],
    )


def test_what_the_closed_forms_leave_out_is_said(panel: Architect) -> None:
    """Nothing is noted while the forms hold; a shared token and no edits get a note each."""
    assert panel.told["notes"] == []
    panel.set(topology="shared")
    left_out = "The closed forms leave out that the rate limit refuses polls."
    assert panel.told["notes"] == [left_out]
    assert left_out in panel.text
    panel.set(edits=0, topology="own")
    assert panel.told["notes"] == ["Without edits no list is ever out of date."]


def test_without_a_rate_limit_nothing_is_said_of_one(panel: Architect) -> None:
    """Its limit, its capacity and its rows are gone, and not shown as 0 or as kept."""
    panel.set(rate_limit_per_min=None)
    assert "rate_limit_peak_share" not in panel.choice.limits
    assert panel.told["picture"]["capacity"] is None
    assert panel.told["verdict"] == "Within both limits."
    assert "limit" not in "".join(r["title"] for r in panel.told["rows"])


def test_without_limits_nothing_is_kept_or_over(panel: Architect) -> None:
    """A mark needs a limit to be judged by, so that no row has one."""
    panel.set(**{f"most_{metric}": None for metric in LIMITED})
    assert panel.told["verdict"] == "No limit is set."
    assert {r["mark"] for r in panel.told["rows"]} == {""}


# What is recommended at once.


def test_the_cheapest_interval_within_the_limits_is_recommended(panel: Architect) -> None:
    """Every 30 s costs half of every 15 s; longer ones are out of date for more than 0.1 %.

    Half of 40 s of 24 edits would keep it on paper, and its day does not: 4/3 of 0.0806 % is above.
    """
    panel.set(interval_ms=15_000)
    forms = panel.choice.changed({"interval_ms": 40_000}).forms.values
    assert forms["stale_share"] < 0.001
    summary = panel.told["summary"]
    assert summary["what"] == "Ask every 30 s"
    assert summary["why"] == (
        ": it costs 6.04 requests a second, 50 % fewer than now, and keeps all 3 limits, by the "
        "formulas and on a simulated day."
    )
    assert (summary["interval_ms"], summary["version"], summary["applied"]) == (
        30_000,
        False,
        False,
    )
    panel.set(interval_ms=summary["interval_ms"])
    assert panel.told["summary"]["what"] == "Stay with every 30 s"
    assert panel.told["summary"]["applied"] is True


def test_what_is_recommended_stands_beside_what_is_chosen(panel: Architect) -> None:
    """Both with their marks, and the limit after them; each value is that of its own day."""
    panel.set(interval_ms=60_000)
    summary = panel.told["summary"]
    assert summary["heads"] == ["Recommended", "Now"]
    rows = {each["label"]: each for each in summary["rows"]}
    stale = rows["Time a list is out of date"]
    assert [cell["state"] for cell in stale["cells"]] == ["kept", "over"]
    assert stale["at_most"] == "0.1 %"
    there = panel.choice.changed({"interval_ms": 30_000})
    for cell, choice in zip(stale["cells"], (there, panel.choice), strict=True):
        assert cell["text"][2:] == quantity("stale_share", choice.day["stale_share"])
    assert [cell["text"] for cell in rows["Ask every"]["cells"]] == ["30 s", "1 min"]


def test_a_token_of_its_own_is_recommended_where_a_shared_one_cannot(panel: Architect) -> None:
    """300 widgets on one token of 300 a minute need 1 min or more, and are then out of date.

    As it is, the token is over its limit, by the formula and on the simulated day.
    """
    panel.set(topology="shared")
    summary = panel.told["summary"]
    assert summary["what"] == "Ask every 30 s, with a token for each widget"
    assert (summary["topology"], summary["applied"]) == ("own", False)
    now = [row["cells"][1] for row in summary["rows"][2:]]
    assert ("over", "") in {(cell["state"], cell["note"]) for cell in now}
    assert "formula only" not in {cell["note"] for cell in now}


def test_the_nearest_is_named_where_nothing_keeps_the_limits(panel: Architect) -> None:
    """0.01 % asks for polls every few seconds, and 10 requests in the busiest second for few."""
    panel.set(most_stale_share=0.0001, most_peak_requests_per_s=10)
    summary = panel.told["summary"]
    assert summary["what"] == "Nothing found keeps all 3 limits"
    assert summary["heads"][0] == "Nearest"
    assert panel.told["picture"]["recommended"] is None
    panel.set(**{f"most_{metric}": None for metric in LIMITED})
    assert panel.told["summary"]["what"] == "No limit is set"
    assert panel.told["summary"]["heads"] == ["Now"]


def test_the_browser_asks_for_the_days_that_a_recommendation_waits_for(panel: Architect) -> None:
    """A slider is answered before they are simulated; then each request simulates one."""
    hear(panel, "set", {"agents": 500})
    assert panel.told["summary"]["pending"] is True
    assert "a day of it is being simulated" in panel.told["summary"]["why"]
    asked = 0
    while panel.told["summary"]["pending"]:
        asked += 1
        hear(panel, "check", n=1 + asked)
        assert panel.answered == 1 + asked
    assert 1 <= asked <= 5
    assert panel.told["summary"]["why"].endswith("by the formulas and on a simulated day.")
    hear(panel, "set", {"interval_ms": 20_000}, n=9)
    assert panel.told["summary"]["pending"] is False, "it depends on no interval that is chosen"


# What can be chosen.


@pytest.mark.slow
@pytest.mark.thorough
def test_every_value_of_every_control_is_answered(panel: Architect) -> None:
    """Each is chosen in turn from the first state, shown, and can be sent as JSON."""
    first = chosen(panel)
    for name, steps in steps_of(panel.choice).items():
        for value, _ in steps:
            hear(panel, "set", {name: value})
            assert panel.error == ""
            assert panel.told["chosen"] == first | {name: value}
            json.dumps(panel.told, allow_nan=False)
        panel.set(**first)


def test_controls_reach_the_ends_that_are_asked_for(panel: Architect) -> None:
    """Crowds of 10,000, polls from 2 s to 1 h and 3,000 requests a minute are in reach."""
    ends = {name: (steps[0][0], steps[-1][0]) for name, steps in steps_of(panel.choice).items()}
    assert ends["agents"] == (10, 10_000)
    assert ends["interval_ms"] == (2_000, HOUR)
    assert ends["edits"] == (0, 200)
    assert ends["start_spread_ms"] == (0, HOUR)
    assert ends["start_jitter_ms"] == (0, 5 * MINUTE)
    assert ends["rate_limit_per_min"] == (60, None)
    assert steps_of(panel.choice)["rate_limit_per_min"][-2][0] == 3_000


def test_a_value_between_the_usual_ones_gets_a_place_on_its_control(panel: Architect) -> None:
    """A number that is set in Python can be shown by the slider, in order with the rest."""
    panel.set(agents=123)
    agents = next(
        control
        for group in panel.controls
        for control in group["controls"]
        if control["name"] == "agents"
    )
    values = [step["value"] for step in agents["steps"]]
    assert 123 in values
    assert values == sorted(values)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"agnts": 3}, "did you mean 'agents'?"),
        ({"agents": 0}, "from 1 to 10,000"),
        ({"agents": True}, "from 1 to 10,000"),
        ({"agents": 10_001}, "from 1 to 10,000"),
        ({"edits": 201}, "from 0 to 200"),
        ({"edits": 0.5}, "from 0 to 200"),
        ({"interval_ms": None}, "whole number"),
        ({"interval_ms": 500}, "from 1000"),
        ({"interval_ms": 1_000, "version": True}, "overlap"),
        ({"version": "yes"}, "true or false"),
        ({"topology": "none"}, "'own', 'shared'"),
        ({"start_jitter_ms": -1}, "from 0"),
        ({"start_spread_ms": "1"}, "whole number"),
        ({"rate_limit_per_min": 0}, "from 1"),
        ({"most_stale_share": "0.1"}, "at least 0, or none"),
        ({"most_stale_share": -0.1}, "at least 0, or none"),
        ({"most_stale_share": float("nan")}, "at least 0, or none"),
    ],
)
@pytest.mark.some(6)
def test_what_cannot_be_chosen_is_said_in_one_line_and_nothing_changes(
    panel: Architect, values: dict[str, Any], said: str
) -> None:
    """The choice stays, the browser is answered, and the next command clears the error."""
    before, told = chosen(panel), panel.told
    with pytest.raises(simkit.BadInput, match=re.escape(said)):
        panel.set(**values)
    hear(panel, "set", values, n=7)
    assert said in panel.error
    assert "\n" not in panel.error
    assert (chosen(panel), panel.told, panel.answered) == (before, told, 7)
    hear(panel, "set", {"agents": 20}, n=8)
    assert (panel.error, panel.choice.agents) == ("", 20)


def test_whatever_the_browser_sends_is_answered(panel: Architect) -> None:
    """Without an answer the panel would stay busy, even for a command that nobody knows."""
    hear(panel, "sett", n=3)
    assert panel.error == "unknown command 'sett'; did you mean 'set'?"
    hear(panel, "set", 3, n=4)
    assert panel.error == "set: found 3; allowed: a mapping of names to values"
    assert panel.answered == 4
    hear(panel, "apply", n=5)
    assert panel.error == "nothing is recommended yet; allowed: cheapest() first"


def test_a_change_is_one_message(panel: Architect, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has changed and that it is the answer go together."""
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(panel, "_send", lambda message, buffers=None: sent.append(message))
    hear(panel, "set", {"agents": 20})
    assert [set(message["state"]) for message in sent] == [{"told", "answered"}]


def test_a_closed_panel_is_gone_and_shows_as_text(panel: Architect) -> None:
    """The text has no address in memory, so that a notebook prints the same each time."""
    panel.close()
    assert panel.comm is None
    assert "0x" not in repr(panel)


def test_nobody_is_made_for_a_crowd(panel: Architect, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten thousand agents are answered, and live a day, without an organisation of that size."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("an organisation was made")

    monkeypatch.setattr("simkit.ui.architect.choice.resized", refuse)
    panel.set(agents=10_000)
    assert panel.choice.day["requests_per_s"] > 0
    with pytest.raises(AssertionError, match="an organisation was made"):
        panel.confirm()


# Simulations.


def test_a_confirmation_shows_the_simulation_beside_the_closed_form(
    small: Callable[..., Architect],
) -> None:
    """The age of the list is exact at any size, so its interval holds T/2 + d or comes close.

    Each day's mean has a spread; 4 standard errors of 5 days are passed once in 60 times.
    """
    panel = small()
    found = panel.confirm()
    assert (found.agents, found.results.table.num_rows) == (30, 5)
    mean, apart = simulated(panel, "Age of the list shown")
    assert mean.startswith("15.1 s (15.1 to 15.1)")
    errors = re.fullmatch(r"15\.1 s, (\S+) s\.e\. away", apart)
    assert errors
    assert float(errors[1]) < 4
    assert f"  simulated {mean}; closed form {apart}" in panel.text.splitlines()
    place = panel.told["picture"]["simulated"]
    assert place["label"] == "simulated"
    assert place["y"]["low"] <= place["y"]["mean"] <= place["y"]["high"]
    assert panel.told["notes"][0].startswith("Simulated: 30 agents, 5 days")


def test_days_that_are_all_alike_are_no_yardstick(
    small: Callable[..., Architect], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A width of rounding alone is none: a distance in it would have fifteen digits."""
    panel = small()
    panel.confirm()
    assert simulated(panel, "Requests refused") == ("0 %", "0 %, no spread")
    mean = 4 / 300
    rounded = Estimate(mean, nextafter(mean, 0), nextafter(mean, 1))
    monkeypatch.setattr(Confirmation, "estimate", lambda *_: rounded)
    panel._show()
    mean_words, apart = simulated(panel, BUSIEST_MINUTE)
    assert mean_words == "1.33 % (always)"
    assert apart.endswith(", no spread")


@pytest.mark.slow
@pytest.mark.thorough
def test_a_large_crowd_is_simulated_in_part_and_drawn_to_scale(
    small: Callable[..., Architect],
) -> None:
    """Of 3,000 agents 300 are simulated, where columns cannot; requests are drawn to scale."""
    panel = small(
        refresh_interval_ms=600_000,
        renewal_lead_ms=600,
        on_error="surface",
        start_jitter_ms=2_700_000,
    )
    panel.set(agents=3_000)
    found = panel.confirm()
    assert found.agents == 300
    assert any("300 agents, not for 3,000." in note for note in panel.told["notes"])
    place = panel.told["picture"]["simulated"]
    load = found.estimate("requests_per_s")
    assert load is not None
    assert place["x"]["requests_per_s"] == {
        "mean": 10 * load.mean,
        "low": 10 * load.low,
        "high": 10 * load.high,
    }
    assert "scaled" in place["label"]


# How limits stand when something was simulated.


def found(agents: int, low: float, high: float) -> Any:
    """Give a confirmation that found one and the same interval for each metric."""
    estimate = Estimate((low + high) / 2, low, high)
    return SimpleNamespace(agents=agents, estimate=lambda _metric: estimate)


def standing_of(panel: Architect, agents: int, low: float, high: float) -> str:
    """Give how the limit on the busiest minute stands, closed form about 80 % at 30 s."""
    known = Known(panel.choice, {}, found(agents, low, high))
    return standing(known, "rate_limit_peak_share").state


def test_what_was_simulated_can_break_a_limit_and_not_keep_it_alone(panel: Architect) -> None:
    """On paper 110 widgets keep 80 % of their shared token's limit, and 130 do not.

    Five days of all agents break a limit whatever the formula says; it is kept by both or by none.
    """
    panel.set(topology="shared", agents=110)
    assert standing_of(panel, 110, 0.85, 0.9) == "over"
    assert standing_of(panel, 110, 0.75, 0.9) == "open"
    assert standing_of(panel, 110, 0.7, 0.75) == "kept"
    assert standing_of(panel, 60, 0.85, 0.9) == "open", "fewer agents raise a doubt, no more"
    panel.set(agents=130)
    assert standing_of(panel, 130, 0.7, 0.75) == "open", "the formula breaks it"
    assert standing_of(panel, 60, 0.85, 0.9) == "over"


def test_the_busiest_second_of_fewer_agents_keeps_no_limit_of_all(panel: Architect) -> None:
    """It counts all agents: fewer of them can show that it is exceeded, not that it is kept."""
    panel.set(agents=10_000, topology="shared", most_peak_requests_per_s=1_000)
    assert panel.choice.forms.values["peak_requests_per_s"] < 1_000

    def state(low: float, high: float) -> str:
        known = Known(panel.choice, {}, found(60, low, high))
        return standing(known, "peak_requests_per_s").state

    assert state(20, 30) == "open"
    assert state(1_010, 1_020) == "over"


@pytest.mark.parametrize("formula_keeps", [True, False])
def test_where_the_formula_and_the_day_part_a_limit_is_undecided(
    panel: Architect, formula_keeps: bool
) -> None:
    """The limit lies between the closed form and the one day that stands beside it, either way."""
    form = panel.choice.forms.values["stale_share"]
    day = {"stale_share": form * (1.2 if formula_keeps else 0.8)}
    panel.set(most_stale_share=form * (1.1 if formula_keeps else 0.9))
    state, how, brief, _ = standing(Known(panel.choice, day, None), "stale_share")
    formula, measured = (quantity("stale_share", value) for value in (form, *day.values()))
    assert state == "open"
    assert how == f"the formula says {formula}, this day measured {measured}"
    assert brief == f"formula {formula}"


def test_a_value_just_above_its_limit_is_not_written_like_it(panel: Architect) -> None:
    """A mark beside two numbers that look alike would seem to be wrong."""
    panel.set(most_stale_share=0.01)
    day = {"stale_share": 0.010004}
    assert quantity("stale_share", 0.010004) == quantity("stale_share", 0.01) == "1 %"
    how = standing(Known(panel.choice, day, None), "stale_share").how
    assert how.endswith("this day measured just over 1 %")


def drawn(first: PolicyInputs, random: Random) -> PolicyInputs:
    """Draw a place for every control, and often a limit close to what the formula gives."""
    values = {name: random.choice(steps)[0] for name, steps in steps_of(first).items()}
    values["agents"] = random.choice([10, 15, 20, 30, 50])
    values["interval_ms"] = random.choice([10_000, 30_000, 60_000, 300_000, HOUR])
    values["version"] = random.random() < 0.2
    values["topology"] = random.choice(["own", "own", "shared"])
    near = first.changed(values).forms.values
    for metric in LIMITED:
        if metric in near and random.random() < 0.7:
            values[f"most_{metric}"] = near[metric] * random.uniform(0.7, 1.4)
    return first.changed(values)


@pytest.mark.slow
@pytest.mark.thorough
def test_no_mark_is_contradicted_by_the_day_beside_it(panel: Architect) -> None:
    """At random places of all controls no ✓ stands beside a day that breaks the limit, and no ✗
    beside one that keeps it: neither for what is chosen nor for what is recommended.

    What parts is undecided, which happens, so that the test is not empty.
    """
    random, parted, recommended = Random(13), 0, 0
    places = 80 if THOROUGH else 30
    for _ in range(places):
        choice, days = drawn(panel.choice, random), Days()
        while (found := pick(choice, days)) and found.day is None:
            days.of(found.choice)
        knowns = [Known(choice, days.of(choice), None)]
        if found and found.day:
            knowns.append(Known(found.choice, found.day, None))
            recommended += found.met
        for known in knowns:
            for metric in known.day.keys() & known.choice.limits.keys():
                state = standing(known, metric).state
                breaks = known.day[metric] > known.choice.limits[metric]
                assert state != ("kept" if breaks else "over"), (metric, known.choice)
                parted += state == "open"
        if found and found.met and found.day:
            assert worst(knowns[-1]) == "kept", "what is recommended keeps its day's limits"
    assert parted > places / 10
    assert recommended > places / 10


@pytest.mark.slow
@hypothesis_settings(max_examples=20 if THOROUGH else 5)
@given(
    chosen=st.fixed_dictionaries(
        {
            "agents": st.sampled_from([10, 14, 20]),
            "edits": st.sampled_from([0, 3, 30]),
            "interval_ms": st.sampled_from([5_000, 15_000, 30_000, 120_000]),
            "version": st.booleans(),
            "topology": st.sampled_from(["own", "shared"]),
            "rate_limit_per_min": st.sampled_from([20, 60, 120, 300]),
            "start_jitter_ms": st.sampled_from([0, 30_000]),
            "most_stale_share": st.sampled_from([0.0001, 0.001, 0.01, 0.1]),
            "most_rate_limit_peak_share": st.sampled_from([0.2, 0.8, 1.0]),
            "most_peak_requests_per_s": st.sampled_from([2, 5, 20, 100]),
        }
    )
)
@pytest.mark.thorough
def test_no_limit_is_said_to_be_kept_that_a_simulation_exceeds(chosen: dict[str, Any]) -> None:
    """Any policy, simulated: no ✓ beside a mean, an interval or a day above the limit, nor a ✗
    beside one below it."""
    base = simkit.traps["E4"].base.replace(rate_limit_per_min=300, deactivation_probability=0.5)
    panel = architect(base)
    try:
        panel.set(**chosen)
        confirmed = panel.confirm()
        rows = {each["title"]: each["mark"] for each in panel.told["rows"]}
        titles = {each.metric: each.title for each in ROWS}
        for metric, most in panel.choice.limits.items():
            estimate = confirmed.estimate(metric)
            assert estimate is not None
            day = panel.choice.day.get(metric)
            kept, over = (rows[titles[metric]].startswith(sign) for sign in ("✓ kept", "✗ over"))
            assert not kept or max(*estimate, 0.0 if day is None else day) <= most
            assert not over or min(*estimate, inf if day is None else day) > most
            assert kept is ("✓" in line_of(panel, titles[metric]))
        marks = "".join(rows.values())
        assert panel.told["verdict"].startswith("Within") is not ("✗" in marks or "≈" in marks)
    finally:
        panel.close()


def line_of(panel: Architect, title: str) -> str:
    return next(line for line in panel.text.splitlines() if line.startswith(f"- {title}:"))


# A day of all agents, while the slider moves.


@pytest.mark.slow
@pytest.mark.parametrize("agents", [20, 300, 1_300])
def test_a_day_of_all_agents_is_that_of_processes(panel: Architect, agents: int) -> None:
    """The same random numbers as a run of the organisation at that size, to the last digit."""
    panel.set(agents=agents, interval_ms=45_000)
    choice = panel.choice
    world = run(choice.sized(agents), choice.base.seed)
    assert len(choice.day) == 7
    assert choice.day == {metric: world.metrics[metric].value for metric in choice.day}
    told = {r["title"]: r["day"] for r in panel.told["rows"]}
    assert told["Time a list is out of date"] == quantity("stale_share", choice.day["stale_share"])
    assert told["Age of the list shown"] == ""
    assert panel.told["day"] == f"One day of {agents:,} agents"
    place = panel.told["picture"]["day"]
    assert place["x"] == {name: choice.day[name] for name in ("requests_per_s", "bytes_per_s")}
    assert f"one day of all: {told['Requests refused']}" in panel.text


def test_where_columns_are_not_exact_no_day_is_shown(small: Callable[..., Architect]) -> None:
    """A day that may be wrong is left out of rows and picture, and the text says why."""
    panel = small(outages_per_shift=1, rate_limit_per_min=30)
    panel.set(topology="shared")
    assert panel.choice.day == {}
    assert panel.told["day"] == ""
    assert panel.told["picture"]["day"] is None
    why = "the rate limit may bind, and networks fail"
    assert f"No day of all agents is simulated at once: {why}" in panel.text


def test_a_day_of_those_who_share_a_token_shows_what_is_refused(panel: Architect) -> None:
    """Twice the widgets that a token carries: half of all requests, and the list is the older."""
    own = panel.choice.day
    panel.set(topology="shared")
    shared = panel.choice.day
    assert shared["refused_share"] > own["refused_share"] == 0
    assert shared["stale_share"] > own["stale_share"]


@pytest.mark.slow
def test_a_large_crowd_is_confirmed_as_a_whole_where_columns_are_exact(panel: Architect) -> None:
    """No sample of 300 stands for all where columns can live the days of everybody."""
    panel.set(agents=1_000, interval_ms=60_000)
    assert panel.confirm().agents == 1_000


def test_the_limit_of_a_shared_token_shrinks_with_the_crowd(panel: Architect) -> None:
    """60 of 300 agents share 60 of 300 requests a minute; own tokens stay as they are."""
    panel.set(topology="shared")
    assert panel.choice.sized(60).platform.rate_limit_per_min == 60
    panel.set(topology="own")
    assert panel.choice.simulated_agents == 300
    assert panel.choice.sized(60).platform.rate_limit_per_min == 300


def test_what_was_found_for_another_choice_is_dropped(small: Callable[..., Architect]) -> None:
    """No simulated number stands beside the closed forms of another choice."""
    panel = small()
    panel.confirm()
    panel.set(edits=1)
    assert panel.told["picture"]["simulated"] is None
    assert {r["simulated"] for r in panel.told["rows"]} == {None}
    assert "  simulated" not in panel.text


@pytest.mark.slow
def test_the_cheapest_policy_is_told_and_applied(small: Callable[..., Architect]) -> None:
    """At most 1 % out of date leaves a longer interval than 30 s, which asks less often."""
    panel = small()
    panel.set(most_stale_share=0.01, most_peak_requests_per_s=50, start_jitter_ms=17_000)
    before = panel.choice.forms.values["requests_per_s"]
    hear(panel, "cheapest")
    assert panel.error == ""
    advice = panel.told["advice"]
    assert advice["headline"].startswith("✓ Recommended: each widget asks")
    assert advice["applied"] is False
    hear(panel, "apply")
    assert panel.recommendation is not None
    assert panel.choice.policy == panel.recommendation.policy
    assert panel.told["advice"]["applied"] is True
    assert panel.told["standing"] != "over"
    assert panel.choice.forms.values["requests_per_s"] < before
    assert all(line in panel.text for line in advice["lines"])
    panel.set(edits=1)
    assert panel.told["advice"] is None


def test_without_limits_nothing_can_be_cheapest_within_them(panel: Architect) -> None:
    """The slowest polls would always win, so that the search is refused in one line."""
    panel.set(**{f"most_{metric}": None for metric in LIMITED})
    hear(panel, "cheapest")
    assert panel.error.startswith("limits: no limit is given")
    assert panel.told["advice"] is None


# For readers without a kernel, and names from the data.


def test_the_still_says_what_the_text_says_and_names_are_text(
    small: Callable[..., Architect],
) -> None:
    """Readers without a kernel get the same words, and a hostile name adds no markup."""
    hostile = "<img src=x onerror=alert(1)>\n& co"
    named = architect(small().choice.base.with_top(name=hostile))
    data = named._repr_mimebundle_()[0]
    assert data["text/html"].startswith(f"<pre>{escape(named.text)}</pre>")
    assert "<img" not in data["text/html"]
    assert named.text.splitlines()[0].startswith("<img src=x onerror=alert(1)>")
    assert data["text/plain"] == repr(named)
    assert "\n" not in repr(named)
    named.close()


def test_all_that_the_widget_holds_for_the_browser_has_a_type() -> None:
    """The JavaScript is checked against these types, so that none may be missing or left over."""
    own = set(Architect.class_traits(sync=True)) - set(AnyWidget.class_traits(sync=True))
    assert {each for each in own if each[0] != "_"} == set(PanelTold.__annotations__)
    assert set(Chosen.__annotations__) == set(CHOSEN)


def test_every_row_names_its_closed_form() -> None:
    """Each number can be retraced: no row lacks its formula, its sentence or its title."""
    assert all(row.form and row.source and row.title for row in ROWS)

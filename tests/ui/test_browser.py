"""The labs in a real JupyterLab: driven by mouse, by keyboard, to every end, and judged by axe."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import VIEWPORT
from driving import OPEN_ALL, OPEN_TAB, ZOOMED, Driver, Server, axe_judge
from extent import some
from hostile import HOSTILE, hostile_data
from known_traps import KNOWN

import simkit
from simkit.study.catalogue import TRAP_IDS
from simkit.study.verdicts import catalogue

pytestmark = pytest.mark.browser

CONTROLS = "button:visible, select:visible, input:visible, [tabindex='0']:visible, summary:visible"
ALWAYS = (
    *("Trap", "Settings", "Agent", "Act as the agent"),
    *("Previous discrepancy", "Previous record", "Play", "Next record", "Next discrepancy"),
    *("Moment", "Speed", "Span shown"),
)
"""Controls that every lab has, whatever its tab."""
PANELS = {"Why", "Divisions", "All agents", "Numbers", "Change by hand", "Files and code"}
"""Those that must be there; whatever others a lab has are gone through beside them."""


@pytest.fixture(scope="module")
def opened(server: Server) -> Driver:
    """A lab on a page of its own, shared by the tests that leave it as they like."""
    page, watch = server.open("shared", "import simkit", 'lab = simkit.lab("E4")\nlab')
    return Driver(page, watch)


@pytest.fixture
def lab(opened: Driver) -> Iterator[Driver]:
    """The shared lab on the trap E4, the page as large as it was; nothing complained of after."""
    opened.page.set_viewport_size(VIEWPORT)
    opened.tab("Change by hand")
    opened.press("Reset to the trap")
    opened.choose("Trap", "E4")
    opened.tab("Why")
    yield opened
    opened.fine()


# The main path.


@pytest.mark.parametrize("trap_id", some(TRAP_IDS, 1))
def test_a_trap_shows_its_symptom_and_each_fix_its_verdict(lab: Driver, trap_id: str) -> None:
    """A learner sees the symptom stay in the trap and go with each fix, and reads why."""
    from playwright.sync_api import expect

    lab.choose("Trap", trap_id)
    expect(lab.desks).to_have_count(1)
    expect(lab.desks.first).to_contain_text(KNOWN[trap_id].says)
    assert "reproduced" in lab.root.locator(".lesson").inner_text()
    for fix in simkit.traps[trap_id].fixes:
        lab.choose("Settings", fix.id)
        expect(lab.desks).to_have_count(2)
        expect(lab.desks.first).to_contain_text(KNOWN[trap_id].says)
        expect(lab.desks.last).not_to_contain_text(KNOWN[trap_id].says)
        lesson = lab.root.locator(".lesson").inner_text()
        verdict = catalogue()[trap_id, fix.id]
        assert f"replications: {verdict.word}," in lesson
        assert ("the guide promises: cured" in lesson) == (fix.promise == "cured")
        for path in fix.set:
            assert path in lesson


def discrepancies_met(lab: Driver, button: str) -> list[tuple[int, str]]:
    """Press until it leads no further; give each moment with what the desk shows then."""
    met: list[tuple[int, str]] = []
    slider = lab.root.get_by_role("slider", name="Moment")
    before, moment = None, int(slider.input_value())
    while moment != before and len(met) < 20:
        lab.root.get_by_role("button", name=button).click()
        before, moment = moment, int(slider.input_value())
        met.append((moment, lab.root.locator(".desks").inner_text()))
    return met[:-1]


@pytest.mark.parametrize("trap_id", some(TRAP_IDS, 1, start=1))
@pytest.mark.thorough
def test_time_goes_back_as_it_went_forward(lab: Driver, trap_id: str) -> None:
    """What the desk shows depends on the moment, and not on the way that led to it.

    Record by record, and from each discrepancy to the next: those of the run, without an exception.
    """
    lab.choose("Trap", trap_id)
    slider = lab.root.get_by_role("slider", name="Moment")
    slider.press("Home")
    lab.root.get_by_role("button", name="Next record").click()
    shown = [lab.root.locator(".desks").inner_text()]
    for _ in range(5):
        lab.root.get_by_role("button", name="Next record").click()
        shown.append(lab.root.locator(".desks").inner_text())
    for before in reversed(shown[:-1]):
        lab.root.get_by_role("button", name="Previous record").click()
        assert lab.root.locator(".desks").inner_text() == before
    run = simkit.run(simkit.traps[trap_id].settings, seed=1)
    begins = [stretch.start for stretch in run.stretches(lab.select("Agent").input_value())]
    assert begins
    slider.press("End")
    back = discrepancies_met(lab, "Previous discrepancy")
    assert [moment for moment, _ in back] == begins[::-1]
    slider.press("Home")
    start = int(slider.input_value())
    onwards = discrepancies_met(lab, "Next discrepancy")
    assert onwards == [met for met in back[::-1] if met[0] > start]


@pytest.mark.thorough
def test_playing_moves_on_and_pausing_stops(lab: Driver) -> None:
    """Whoever pauses to look at something keeps it: the moment moves no further."""
    lab.root.get_by_role("slider", name="Moment").press("Home")
    start = lab.time
    lab.root.get_by_role("button", name="Play").click()
    lab.page.wait_for_function(
        "([lab, t]) => lab.querySelector('.time').textContent > t",
        arg=[
            lab.root.element_handle(),
            start,
        ],
    )
    lab.root.get_by_role("button", name="Pause").click()
    stopped = lab.time
    lab.page.wait_for_timeout(300)
    assert lab.time == stopped > start


@pytest.mark.thorough
def test_two_runs_stand_in_step_and_the_place_where_they_part_is_marked(lab: Driver) -> None:
    """The button leads to where the lists differ, and one step earlier they are the same."""
    lab.choose("Settings", "E4a")
    assert lab.root.locator("svg.bands .parting").count() == 1
    lab.root.get_by_role("button", name="Go to where the two runs part").click()
    trap, fix = (lab.desks.nth(i).locator("[role=listbox]").inner_text() for i in (0, 1))
    assert trap != fix
    lab.root.get_by_role("slider", name="Moment").press("ArrowLeft")
    trap, fix = (lab.desks.nth(i).locator("[role=listbox]").inner_text() for i in (0, 1))
    assert trap == fix


def test_from_the_gap_straight_to_the_culprit_and_the_rule(lab: Driver) -> None:
    """Each discrepancy leads to the edit that caused it and to the kit's own lines of code."""
    why = lab.root.locator(".why-part")
    assert "Listed, but not usable" in why.inner_text()
    assert re.search(r"deactivated .+ of .+ by pipeline", why.locator(".chain").inner_text())
    assert "def receive(self, reply: Reply" in why.locator(".rule-source pre").inner_text()
    lab.root.get_by_role("button", name="Go to the culprit").click()
    chosen = why.locator("[aria-selected=true]").inner_text()
    assert "an administrator deactivated" in chosen
    lab.root.get_by_role("button", name="Next discrepancy").click()
    lab.root.get_by_role("button", name="Next record").click()
    lab.root.get_by_role("button", name="Rule: when a list replaces what is shown").click()
    assert "def receive(self, reply: Reply" in why.locator(".rule-source pre").inner_text()


def test_pointing_at_a_mark_says_what_and_why_and_a_click_goes_there(lab: Driver) -> None:
    """The tip tells time and cause, and the click takes moment and records there."""
    lab.choose("Trap", "E3")
    mark = lab.root.locator("svg.bands .mark[data-tip*='wrote Available over']").first
    mark.hover(force=True)
    tip = lab.root.locator(".tip").inner_text()
    assert re.match(r"\d\d:\d\d:\d\d", tip)
    assert "— before that, the platform accepted" in tip
    mark.click(force=True)
    assert lab.time == tip.split(": ")[0]
    assert "wrote Available over" in lab.root.locator(".records [aria-selected=true]").inner_text()


def test_the_tree_moves_the_agent_who_is_transferred(lab: Driver) -> None:
    """In T2 the agent moves to another division, and the widget still sees North Care."""
    lab.choose("Trap", "T2")
    lab.tab("Divisions")
    slider = lab.root.get_by_role("slider", name="Moment")
    slider.press("Home")
    before = lab.root.locator(".tree .home").inner_text()
    slider.press("End")
    after = lab.root.locator(".tree .home").inner_text()
    assert "agent is here" in before
    assert before.split("\n")[0] != after.split("\n")[0]
    assert "North Care" in lab.root.locator(".tree .visible").inner_text()


def test_the_overview_leads_to_an_agent(lab: Driver) -> None:
    """From the table of everybody one button opens the desk of whoever stands there."""
    lab.tab("All agents")
    lab.root.get_by_text("The same as a table").last.click()
    row = lab.root.locator(".overview-part tbody tr").nth(4)
    agent = row.locator("button").inner_text()
    row.locator("button").click()
    lab.settled()
    assert lab.select("Agent").input_value() == agent
    assert agent in lab.desks.first.inner_text()


# The learner acts.


def test_a_learner_who_submits_meets_the_false_success(lab: Driver) -> None:
    """In T3 the desk says that the status is set, and it is not; with T3a it is."""
    from playwright.sync_api import expect

    lab.choose("Trap", "T3")
    lab.choose("Settings", "T3a")
    lab.root.get_by_label("Act as the agent").check()
    lab.settled()
    desk = lab.desks.first
    desk.get_by_role("option", name="Coaching").click()
    desk.get_by_role("button", name="Set status").click()
    lab.settled()
    expect(desk.get_by_role("status")).to_contain_text("Status set: Coaching")
    expect(desk).to_contain_text("(differs)")
    expect(lab.desks.last).not_to_contain_text("(differs)")
    lab.press("Undo the act")
    expect(desk.get_by_role("status")).not_to_contain_text("Coaching")
    lab.root.get_by_label("Act as the agent").uncheck()
    lab.settled()


def test_the_dead_dropdown_can_be_tried_and_the_warning_is_a_dialog(lab: Driver) -> None:
    """E2's try is on record as lost, and E3d's dialog says that nothing was submitted."""
    lab.choose("Trap", "E2")
    lab.root.get_by_label("Act as the agent").check()
    lab.settled()
    assert lab.desks.first.get_by_role("combobox").get_attribute("aria-disabled") == "true"
    lab.press("Try the dropdown")
    assert "could not be chosen (frozen)" in lab.root.locator(".records").inner_text()
    lab.root.get_by_label("Act as the agent").uncheck()
    lab.settled()
    lab.choose("Trap", "E3")
    lab.choose("Settings", "E3d")
    lab.select("Run").select_option(label="Fix E3d")
    records = lab.root.locator(".records li", has_text="the widget warned")
    records.first.click()
    dialog = lab.desks.last.get_by_role("alertdialog")
    assert "Not sent" in dialog.inner_text()
    assert "was not submitted" in dialog.inner_text()


# By keyboard alone.


def tab_to(lab: Driver, wanted: str, most: int = 60, key: str = "Tab") -> None:
    """Press Tab until the focused control of the lab has a name."""
    name = """() => {
      const e = document.activeElement;
      const label = e.id && document.querySelector(`label[for="${e.id}"]`);
      return (e.getAttribute("aria-label") || label?.textContent || e.textContent || "").trim();
    }"""
    for _ in range(most):
        if lab.page.evaluate(name) == wanted:
            return
        lab.page.keyboard.press(key)
    pytest.fail(f"{wanted} is not reached by {key}")


@pytest.mark.thorough
def test_the_main_path_goes_by_keyboard_alone(lab: Driver) -> None:
    """All traps and fixes are seen without a mouse, and no key reaches a cell."""
    from playwright.sync_api import expect

    page = lab.page
    cells = page.locator(".jp-Notebook .jp-Cell").count()
    lab.select("Trap").focus()
    for trap_id in TRAP_IDS:
        page.keyboard.type(trap_id)
        lab.settled()
        expect(lab.select("Trap")).to_have_value(trap_id)
        expect(lab.desks.first).to_contain_text(KNOWN[trap_id].says)
        tab_to(lab, "Settings")
        for fix in simkit.traps[trap_id].fixes:
            page.keyboard.type(f"Fix {fix.id}")
            lab.settled()
            expect(lab.select("Settings")).to_have_value(fix.id)
            expect(lab.desks.last).not_to_contain_text(KNOWN[trap_id].says)
            for key in ("Tab", "Shift+Tab"):  # the browser forgets what was typed in a list
                page.keyboard.press(key)
        tab_to(lab, "Moment")
        page.keyboard.press("Home")
        start = lab.time
        page.keyboard.press("ArrowRight")
        page.keyboard.press("PageUp")
        assert lab.time > start
        page.keyboard.press("d")
        page.keyboard.press("d")
        tab_to(lab, "Trap", key="Shift+Tab")
    assert page.locator(".jp-Notebook .jp-Cell").count() == cells


@pytest.mark.thorough
def test_the_dropdown_follows_the_pattern_of_a_select_only_combobox(lab: Driver) -> None:
    """Keys do what the ARIA pattern says of them: open, close, ends, letters, Enter, Tab."""
    from playwright.sync_api import expect

    page, desk = lab.page, lab.desks.first
    lab.choose("Trap", "T3")
    box, options = desk.get_by_role("combobox"), desk.get_by_role("option")
    active = desk.locator("li.active")
    box.focus()
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(options.first).to_be_hidden()
    page.keyboard.press("ArrowDown")
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(active).to_have_text("Short Break")
    page.keyboard.press("End")
    expect(active).to_have_text("Back Office")
    page.keyboard.press("ArrowDown")
    expect(active).to_have_text("Back Office")
    page.keyboard.press("Home")
    page.keyboard.type("com")
    expect(active).to_have_text("Comfort Break")
    expect(box).to_have_attribute("aria-activedescendant", active.get_attribute("id"))
    page.wait_for_timeout(700)
    page.keyboard.press("s")
    expect(active).to_have_text("System Issue")
    page.keyboard.press("s")
    expect(active).to_have_text("Supervisor Request")
    page.keyboard.press("Enter")
    expect(desk).to_contain_text("This is a replay")
    lab.root.get_by_label("Act as the agent").check()
    lab.settled()
    box.focus()
    page.keyboard.press("c")
    page.keyboard.press("Enter")
    expect(box).to_contain_text("Comfort Break")
    expect(box).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    lab.settled()
    expect(desk.get_by_role("status")).to_contain_text("Status set: Comfort Break")
    lab.press("Undo the act")
    lab.root.get_by_label("Act as the agent").uncheck()
    lab.settled()


@pytest.mark.thorough
def test_no_key_of_jupyterlab_reaches_a_cell_from_any_control(lab: Driver) -> None:
    """Pressed twice, d deletes a cell in JupyterLab; within the lab it deletes none.

    What stands around the tabs is pressed once, and all that is behind each of them.
    """
    page = lab.page
    place = page.locator("#jp-main-statusbar").get_by_text(re.compile(r"Cell \d+/\d+"))
    before, cells = place.inner_text(), page.locator(".jp-Notebook .jp-Cell").count()
    assert set(lab.tabs) >= PANELS
    part = lab.root
    for tab in lab.tabs:
        lab.tab(tab)
        controls = part.locator(CONTROLS)
        assert controls.count() >= len(lab.tabs) + (len(ALWAYS) if part is lab.root else 0)
        for control in controls.all():
            control.focus()
            assert control.evaluate("it => it === document.activeElement || it.disabled")
            page.keyboard.press("d")
            page.keyboard.press("d")
        part = lab.root.locator(OPEN_TAB)
    assert page.locator(".jp-Notebook .jp-Cell").count() == cells
    assert place.inner_text() == before


# Every control to every end.


PACE = """(lab) => new Promise((done) => {
  const [play, moment] = [".transport [aria-label=Play]", "[aria-label=Moment]"].map(
    (control) => lab.querySelector(control));
  play.click();
  let [since, from] = [0, 0];
  const look = (now) => {
    if (!since) [since, from] = [now, Number(moment.value)];
    if (now - since < 300) return requestAnimationFrame(look);
    done((Number(moment.value) - from) / (now - since));
    play.click();
  };
  requestAnimationFrame(look);
})"""
"""Lets time play, and gives how many ms of the run go by in one of the clock, frame to frame."""


THROUGH = """async (select) => {
  const lab = select.closest(".simkit-lab"), said = [];
  const busy = () => lab.closest("[aria-busy=true]") || lab.querySelector("[aria-busy=true]");
  for (const { value } of [...select.options]) {
    select.value = value;
    select.dispatchEvent(new Event("change", { bubbles: true }));
    if (!busy()) throw new Error(`${value} was not asked for`);
    while (busy()) await new Promise(requestAnimationFrame);
    said.push(lab.querySelector(".error").innerText);
  }
  return said;
}"""
"""Chooses each entry of a list, waits for its answer, and gives the errors that were said."""


def minutes_marked(lab: Driver) -> int:
    """Give the time from the first to the last mark of the clock below the bands."""
    texts = lab.root.locator("svg.bands text.axis").all_text_contents()
    clock = [text.split(":") for text in texts if re.fullmatch(r"\d\d:\d\d", text)]
    minutes = [60 * int(hour) + int(minute) for hour, minute in clock]
    return minutes[-1] - minutes[0]


@pytest.mark.thorough
def test_every_list_of_the_bar_is_driven_through_all_its_entries(lab: Driver) -> None:
    """All presets, second fixes and agents of a trap are shown without a complaint.

    Time plays as fast as the list of speeds says, and the bands reach as far as that of spans.
    """
    for trap_id in TRAP_IDS:
        lab.choose("Trap", trap_id)
        for label in ("Settings", "and", "Agent"):
            if label == "and" and lab.select("and").is_disabled():
                continue
            said = lab.select(label).evaluate(THROUGH)
            assert len(said) > 1
            assert set(said) == {""}
            if label == "Settings":
                lab.choose("Settings", simkit.traps[trap_id].fixes[0].id)
    speeds = {"real time": 1, "1 min/s": 60, "5 min/s": 300, "20 min/s": 1200}
    assert lab.select("Speed").locator("option").all_inner_texts() == list(speeds)
    for words, speed in speeds.items():
        lab.select("Speed").select_option(words)
        lab.root.get_by_role("slider", name="Moment").press("Home")
        assert lab.root.evaluate(PACE) == pytest.approx(speed, rel=0.05)
    spans = {"2 h": 120, "30 min": 30, "5 min": 5}
    assert lab.select("Span shown").locator("option").all_inner_texts() == ["whole shift", *spans]
    for words, minutes in spans.items():
        lab.select("Span shown").select_option(words)
        assert minutes / 2 < minutes_marked(lab) <= minutes
    lab.select("Span shown").select_option("whole shift")
    assert minutes_marked(lab) > 120


@pytest.mark.parametrize("trap_id", some(TRAP_IDS, 2, start=2))
@pytest.mark.thorough
def test_every_field_of_a_trap_goes_through_all_its_values(lab: Driver, trap_id: str) -> None:
    """Each value gives a run or one line of refusal, and never an error of Python."""
    lab.choose("Trap", trap_id)
    lab.choose("Settings", "custom")
    lab.tab("Change by hand")
    drive_fields(lab, lab.root.locator(".fields"))


def test_a_refused_value_is_said_and_the_control_turns_back(lab: Driver) -> None:
    """A poll of two calls can take a whole second, so polls every second would overlap."""
    lab.choose("Settings", "E4b")
    lab.tab("Change by hand")
    lab.choose("Settings", "custom")
    fields = lab.root.locator(".fields")
    fields.get_by_label("Polls ask with a version number", exact=True).check()
    lab.settled()
    slider = fields.get_by_role("slider", name="Time between two polls, slider")
    for _ in range(2):
        slider.press("Home")
        lab.settled()
        assert "overlap" in lab.error
        typed = fields.get_by_label("Time between two polls", exact=True)
        assert typed.input_value() == "30000"
        assert int(slider.input_value()) > 0
    slider.press("End")
    lab.settled()
    assert lab.error == ""
    assert typed.input_value() == "3600000"


@pytest.mark.thorough
@pytest.mark.slow
def test_fields_of_every_kind_go_through_all_their_values(lab: Driver) -> None:
    """No control of the settings brings more than one line, whatever end it is moved to.

    By the browser some of each kind; test_lab.py moves every field there is.
    """
    lab.tab("Change by hand")
    lab.root.get_by_text("All settings", exact=True).click()
    drive_fields(lab, lab.root.locator(".all-fields"), every=1)
    lab.root.get_by_text("All settings", exact=True).click()


def drive_fields(lab: Driver, fields: Any, every: int = 1) -> None:
    """Drive sliders to both ends, boxes on and off, lists through; at worst one line is said."""

    def said() -> None:
        lab.settled()
        assert "Error:" not in lab.error
        assert "\n" not in lab.error

    for slider in fields.locator("input[type=range]:visible").all()[::every]:
        for key in ("Home", "End"):
            if slider.is_enabled():
                slider.press(key)
                said()
    for box in fields.locator("input[type=checkbox]:visible").all()[::every]:
        for _ in range(2):
            box.click()
            said()
    for select in fields.locator("select:visible").all()[::every]:
        for value in select.locator("option").evaluate_all("o => o.map(e => e.value)"):
            select.select_option(value)
            said()
    lab.press("Reset to the trap")
    assert lab.error == ""


def test_the_moment_goes_to_both_ends(lab: Driver) -> None:
    """One key leads to the first moment of a shift, and another to its last."""
    slider = lab.root.get_by_role("slider", name="Moment")
    for key, end in (("Home", "min"), ("End", "max")):
        slider.press(key)
        assert slider.input_value() == slider.get_attribute(end)


# For everybody.


@pytest.fixture(scope="module")
def axe(opened: Driver) -> Callable[..., list[str]]:
    """A function that lists what axe finds serious or critical on the lab."""
    return axe_judge(opened.page)


def test_axe_finds_nothing_serious_on_any_lab(lab: Driver, axe: Callable[[], list[str]]) -> None:
    """No trap and no fix keeps anybody out by axe's rules, at a zoom of 200 %."""
    lab.page.set_viewport_size(ZOOMED)
    for trap_id in some(TRAP_IDS, 1):
        lab.choose("Trap", trap_id)
        assert axe() == [], trap_id
        for fix in some(simkit.traps[trap_id].fixes, 1):
            lab.choose("Settings", fix.id)
            assert axe() == [], fix.id


@pytest.mark.parametrize("window", some([ZOOMED, VIEWPORT], 1), ids=str)
@pytest.mark.thorough
def test_axe_finds_nothing_serious_behind_any_tab(
    lab: Driver, axe: Callable[..., list[str]], window: dict[str, int]
) -> None:
    """Parts that are closed at first hide no barrier either, at a zoom of 200 % too."""
    lab.page.set_viewport_size(window)
    lab.choose("Settings", "custom")
    assert axe() == []
    for tab in lab.tabs:
        lab.tab(tab)
        lab.root.evaluate(OPEN_ALL, True)
        assert axe(OPEN_TAB) == [], tab
        lab.root.evaluate(OPEN_ALL, False)


@pytest.mark.parametrize("window", [VIEWPORT, ZOOMED], ids=["plain", "zoomed"])
@pytest.mark.thorough
def test_nothing_is_wider_than_the_window(lab: Driver, window: dict[str, int]) -> None:
    """Nobody scrolls sideways for two desks or a tab, at a zoom of 200 % too."""
    lab.page.set_viewport_size(window)
    lab.choose("Settings", "E4a")
    for tab in lab.tabs:
        lab.tab(tab)
        lab.page.wait_for_timeout(150)
        widths = lab.root.evaluate("lab => [lab.scrollWidth, lab.clientWidth]")
        assert widths[0] <= widths[1] + 1, tab


@pytest.mark.thorough
def test_the_focus_is_seen_on_every_control(lab: Driver) -> None:
    """Whoever goes by Tab comes by all and sees the place: a solid outline of 2 px or more."""
    look = """() => {
      const e = document.activeElement;
      if (!e.closest(".simkit-lab")) return null;
      const style = getComputedStyle(e);
      return [style.outlineStyle, parseFloat(style.outlineWidth), e.outerHTML.slice(0, 90)];
    }"""
    for tab in lab.tabs:
        lab.tab(tab)
        stops = lab.root.locator(CONTROLS).evaluate_all(
            "all => all.filter((it) => !it.disabled && it.tabIndex >= 0).length"
        )
        assert stops >= len(ALWAYS) + 1, "and the tab that is open"
        lab.root.get_by_role("button", name="The story").focus()  # the first of them
        for _ in range(stops - 1):
            lab.page.keyboard.press("Tab")
            outline = lab.page.evaluate(look)
            assert outline is not None, "left before all of them were reached"
            assert outline[0] == "solid", outline
            assert outline[1] >= 2, outline
        lab.page.keyboard.press("Tab")
        assert lab.page.evaluate(look) is None, "the last one was not the last"


# Output that stays as it is.


@pytest.mark.thorough
def test_a_cell_run_again_shows_one_lab_that_answers_once(server: Server) -> None:
    """Running a cell four times leaves one lab on the page, and it does not grow."""
    page, watch = server.open("again", "import simkit", "one = simkit.lab('E4')\none")
    page.locator(".jp-Cell").nth(1).locator(".jp-InputArea-prompt").click()
    for _ in range(3):
        page.keyboard.press("Control+Enter")
        page.wait_for_timeout(500)
    page.locator(".simkit-lab").wait_for()  # the run before takes it away
    lab = Driver(page, watch)
    assert page.locator(".simkit-lab").count() == 1
    size = page.evaluate("document.querySelectorAll('.simkit-lab *').length")
    for preset in ["E4a", "E4b", "trap"] * 4:
        lab.choose("Settings", preset)
    assert page.locator(".simkit-lab").count() == 1
    assert page.locator(".jp-OutputArea-child").count() == 1
    assert abs(page.evaluate("document.querySelectorAll('.simkit-lab *').length") - size) <= 30
    lab.fine()
    page.close()


@pytest.mark.thorough
def test_two_labs_do_not_touch_each_other_and_a_closed_one_goes(server: Server) -> None:
    """A command reaches its own lab, and closing one leaves the other at work."""
    cells = ["import simkit", "a = simkit.lab('E4')\na", "b = simkit.lab('T1')\nb"]
    # Tall enough for both: JupyterLab takes cells that are out of sight out of the page.
    page, watch = server.open("two", *cells, viewport={"width": 1280, "height": 2400})
    one, other = Driver(page, watch, 0), Driver(page, watch, 1)
    other.root.wait_for()
    before = other.root.inner_text()
    one.choose("Settings", "E4b")
    one.root.get_by_role("slider", name="Moment").press("Home")
    one.choose("Trap", "E2")
    assert other.root.inner_text() == before
    assert other.select("Trap").input_value() == "T1"
    page.locator(".jp-Cell").nth(2).locator(".jp-InputArea-prompt").click()
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    page.keyboard.type("a.close()")
    page.keyboard.press("Control+Enter")
    page.wait_for_function("document.querySelectorAll('.simkit-lab').length === 1")
    other = Driver(page, watch, 0)
    other.choose("Settings", "T1a")
    assert "36 reasons" not in other.desks.last.inner_text()
    other.fine()
    page.close()


# Files.


@pytest.mark.thorough
def test_pictures_scenario_and_workload_are_saved_and_loaded(lab: Driver, tmp_path: Path) -> None:
    """What is saved can be used again, and of a broken file the line and place are told."""
    page = lab.page

    def saved(button: Any) -> Path:
        with page.expect_download() as download:
            button.click()
        path = tmp_path / download.value.suggested_filename
        download.value.save_as(path)
        return path

    svg = saved(lab.root.locator(".legend .save button").first).read_text(encoding="utf-8")
    assert "reasons that cannot be used are listed" in svg
    assert "Local time (Europe/Berlin)" in svg
    png = saved(lab.root.locator(".legend .save button").last).read_bytes()
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    lab.choose("Settings", "E4b")
    lab.tab("Files and code")
    scenario = saved(lab.root.get_by_role("button", name="Scenario (YAML)", exact=True))
    workload = saved(lab.root.get_by_role("button", name="Workload (CSV)", exact=True))
    assert simkit.load(scenario) == simkit.traps["E4"].fixed("E4b")
    lab.choose("Trap", "T1")
    chooser = lab.root.locator("input[type=file]")
    chooser.set_input_files(scenario)
    lab.page.wait_for_timeout(300)
    lab.settled()
    assert lab.select("Trap").input_value() == "open"
    chooser.set_input_files(workload)
    lab.page.wait_for_timeout(300)
    lab.settled()
    assert lab.error == ""
    broken = tmp_path / "broken.yaml"
    broken.write_text("base: healthy.yaml\nwidget: {refresh: 3}\n", encoding="utf-8")
    chooser.set_input_files(broken)
    lab.page.wait_for_timeout(300)
    lab.settled()
    assert lab.error.startswith("broken.yaml:2:10: widget.refresh")


# Names from the data are text.


@pytest.mark.thorough
def test_hostile_names_are_text_everywhere(server: Server) -> None:
    """Markup in a name is read letter by letter: no element, no dialog, no script of it."""
    data = hostile_data(server.folder)
    page, watch = server.open(
        "hostile", "import simkit", f"simkit.lab({str(data / 'scenarios' / 'E4.yaml')!r})"
    )
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    lab = Driver(page, watch)
    lab.root.wait_for()
    shown = ""
    for preset in ("trap", "E1a", "T2a"):
        lab.choose("Settings", preset)
        for tab in lab.tabs:
            lab.tab(tab)
            lab.root.evaluate(OPEN_ALL, True)
            shown += lab.root.inner_text()
    for agent in (
        lab.select("Agent").locator("option").evaluate_all("o => o.map(e => e.value)")[:10]
    ):
        lab.choose("Agent", agent)
        assert lab.error == ""
        shown += lab.root.inner_text()
    for text in (*HOSTILE[:5], "bell\\x07rings", "x" * 40):
        assert text in shown
    assert lab.root.locator("img, script, iframe, object").count() == 0
    assert dialogs == []
    lab.fine()
    page.close()

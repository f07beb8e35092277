"""How fast the lab answers: in Python, and from a control in a real browser to the new picture."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from itertools import count, cycle
from pathlib import Path
from statistics import median
from typing import Any

import nbformat
import pytest

import simkit
from simkit.rules.organisation import Person
from simkit.ui.lab import lab_view_model
from simkit.ui.lab.agent_view import AgentView
from simkit.ui.lab.agent_view_model import day_model, overview_model
from simkit.ui.lab.scenario_selection import ScenarioSelection
from simkit.ui.lab.state import LabState

ORGANISATIONS = ["small", "classroom"]


@pytest.mark.benchmark(group="lab: another preset, in Python")
@pytest.mark.parametrize("organisation", [*ORGANISATIONS, "crowd"])
@pytest.mark.thorough
def test_a_preset_that_is_run_anew(benchmark: Any, organisation: str) -> None:
    """One run, all agents sorted by harm, and all that the browser is told."""
    lab = simkit.lab("E4", organisation=organisation)
    values = count(500_000)

    def choose() -> None:
        lab.choose("field", ["workload.reload_within_ms", next(values)])

    benchmark.pedantic(choose, rounds=15, warmup_rounds=2)
    lab.close()


@pytest.mark.benchmark(group="lab: another agent, in Python")
@pytest.mark.parametrize("organisation", [*ORGANISATIONS, "crowd"])
@pytest.mark.thorough
def test_an_agent_looked_at_for_the_first_time(benchmark: Any, organisation: str) -> None:
    """The day beside that in the fix; of a crowd, a log of that agent alone in both."""
    lab = simkit.lab("E4", preset="E4a", organisation=organisation)
    agents = iter(lab.state.view.run.agents_by_discrepancy)
    benchmark.pedantic(lambda: lab.choose("agent", next(agents)), rounds=15, warmup_rounds=2)
    lab.close()


def many(copies: int) -> AgentView:
    """A reading of the classroom, its agents repeated."""
    org = lab_view_model.organisation("classroom")
    people = tuple(
        Person(id=f"{person.id}-{copy}", division=person.division, shift=person.shift)
        for copy in range(copies)
        for person in org.agents
    )
    fields = {name: getattr(org, name) for name in type(org).model_fields}
    trap = simkit.traps["E4"].on(type(org)(**fields | {"agents": people}))
    return AgentView(simkit.run(trap.settings, seed=1))


@pytest.fixture(scope="module")
def large(full: bool) -> AgentView:
    """A log of 100,000 records."""
    view = many(7 if full else 1)
    assert not full or len(view.run.log) >= 100_000
    return view


@pytest.mark.benchmark(group="lab: a log of 100,000 records")
def test_another_moment(benchmark: Any, large: AgentView) -> None:
    """The desk, the truth and the sentence of one agent at a moment."""
    state = LabState(ScenarioSelection(simkit.traps["E4"]), simulate=lambda *_, **__: large.run)
    first, last = state.shift
    moments = cycle(range(first, last, 997_001))

    def move() -> None:
        state.move_to(next(moments))
        assert state.piece.start <= state.moment

    benchmark(move)


@pytest.mark.benchmark(group="lab: a log of 100,000 records")
def test_another_agent(benchmark: Any, large: AgentView) -> None:
    """All that the browser is told of an agent's day."""
    agents = cycle(large.run.agents)
    benchmark(lambda: day_model(large, next(agents)))


@pytest.mark.benchmark(group="lab: a log of 100,000 records")
def test_all_agents(benchmark: Any, large: AgentView) -> None:
    """The overview, once the harm of every agent is known."""
    large.run.agents_by_discrepancy  # noqa: B018 - worked out here
    benchmark(lambda: overview_model(large, large.run.agents_by_discrepancy))


# In a browser.

CHANGE = """async ([label, value, watched]) => {
  const lab = document.querySelector(".simkit-lab");
  const of = (id) => lab.querySelector(`label[for="${id}"]`)?.textContent;
  const select = [...lab.querySelectorAll("select")].find((each) => of(each.id) === label);
  const picture = lab.querySelector(watched);
  const start = performance.now();
  const done = new Promise((resolve) => {
    const seen = new MutationObserver(() => {
      seen.disconnect();
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
    });
    seen.observe(picture, { childList: true, subtree: true, characterData: true });
    setTimeout(() => resolve(null), 10000);
  });
  select.value = value;
  select.dispatchEvent(new Event("change"));
  return done;
}"""
INTERVAL = """async ([label, value]) => {
  const lab = document.querySelector(".simkit-lab");
  const of = (id) => lab.querySelector(`label[for="${id}"]`)?.textContent;
  const select = [...lab.querySelectorAll("select")].find((each) => of(each.id) === label);
  const days = lab.querySelector(".numbers-part .days");
  const start = performance.now();
  let gone = days.textContent === "";
  const done = new Promise((resolve) => {
    const seen = new MutationObserver(() => {
      gone = gone || days.textContent === "";
      if (!gone || days.textContent === "") return;
      seen.disconnect();
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
    });
    seen.observe(days, { childList: true, subtree: true, characterData: true });
    setTimeout(() => resolve(null), 20000);
  });
  select.value = value;
  select.dispatchEvent(new Event("change"));
  return done;
}"""
"""Chooses something; gives the ms until the intervals of 20 replications are shown."""
SLIDE = """async (value) => {
  const root = document.querySelector(".simkit-architect");
  const slider = root.querySelector("input[type=range]");
  const column = (n) =>
    [...root.querySelectorAll("table.answer tr")].map((row) => row.cells[n]?.textContent).join();
  const before = [column(1), column(2)];
  const start = performance.now();
  const done = new Promise((resolve) => {
    const seen = new MutationObserver(() => {
      if (column(1) === before[0] || column(2) === before[1]) return;
      seen.disconnect();
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
    });
    seen.observe(root, { childList: true, subtree: true, characterData: true });
    setTimeout(() => resolve(null), 20000);
  });
  slider.value = value;
  slider.dispatchEvent(new Event("input"));
  return done;
}"""
"""Moves the panel's first slider; gives the ms until a simulated day stands beside the formula."""
MOVE = """(share) => {
  const slider = document.querySelector(".simkit-lab input[type=range]");
  slider.value = +slider.min + share * (slider.max - slider.min);
  const start = performance.now();
  slider.dispatchEvent(new Event("input"));
  document.querySelector(".simkit-lab").offsetHeight;
  return performance.now() - start;
}"""


BUSY = """
import simkit

rows = [["08:00", "agent-12", "shift", "North Tech", "16:00"]]
for second in range({seconds}):
    what = ["deactivated", "reactivated"][second % 2]
    at = f"{{8 + second // 1200:02}}:{{second // 20 % 60:02}}:{{3 * second % 60:02}}.500"
    rows.append([at, "", what, "nt-meal", ""])
rows = [dict(zip(["at", "agent", "what", "value", "until"], row)) for row in rows]
lab = simkit.lab("E4", preset="E4b", workload=rows)
print(len(lab.sides["sides"][0]["records"]), "records")
"""
"""A day on which a reason is switched off and on every 3 s."""
PLAY = """async (seconds) => {
  const tasks = [];
  new PerformanceObserver((all) => tasks.push(...all.getEntries().map((e) => e.duration)))
    .observe({ entryTypes: ["longtask"] });
  const play = [...document.querySelectorAll(".simkit-lab .play")].pop();
  play.click();
  const start = performance.now();
  let frames = 0;
  await new Promise((resolve) => {
    const frame = () => {
      frames += 1;
      if (performance.now() - start < 1000 * seconds) requestAnimationFrame(frame);
      else resolve();
    };
    requestAnimationFrame(frame);
  });
  play.click();
  return [frames / seconds, Math.max(0, ...tasks)];
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A browser for all of them."""
    if shutil.which("chromium") is None:
        pytest.skip("no chromium on the path")
    from browsing import chromium

    with chromium() as one:
        yield one


Shown = Callable[[list[str]], Any]


@pytest.fixture(scope="module")
def shown_in_jupyter(browser: Any, jupyterlab: tuple[Path, str]) -> Shown:
    """A function that runs cells in a notebook of their own, and gives the page with their lab."""
    from browsing import START, run_all

    folder, address = jupyterlab
    names = count(1)

    def show(cells: list[str]) -> Any:
        name = f"bench-{next(names)}.ipynb"
        notebook = nbformat.v4.new_notebook(
            cells=list(map(nbformat.v4.new_code_cell, cells)),
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        nbformat.write(notebook, folder / "notebooks" / name)
        shown = browser.new_page(viewport={"width": 1280, "height": 720})
        shown.goto(address.replace(START, name))
        run_all(shown)
        return shown

    return show


@pytest.fixture(scope="module", params=ORGANISATIONS)
def page(request: pytest.FixtureRequest, shown_in_jupyter: Shown) -> Iterator[Any]:
    """A lab in JupyterLab on either organisation."""
    cells = ["import simkit", f"simkit.lab('E4', organisation={request.param!r})"]
    shown = shown_in_jupyter(cells)
    shown.get_by_role("button", name="Explore").click()
    yield shown
    shown.close()


@pytest.mark.thorough
@pytest.mark.benchmark(group="lab: browser to browser")
@pytest.mark.parametrize("watched", [".finding", "svg.bands"], ids=["desk", "figure"])
def test_a_control(benchmark: Any, full: bool, page: Any, watched: str) -> None:
    """From the change of a list to the frame in which the finding, or the bands, are new.

    Each choice is made for the first time on its seed, so that runs are made, not looked up. The
    few ms that the driver of the browser takes are in the numbers.
    """
    page.get_by_role("tab", name="Change by hand").click()
    page.get_by_label("Seed", exact=True).fill("2" if watched == ".finding" else "3")
    page.get_by_label("Seed", exact=True).press("Enter")
    page.get_by_role("tab", name="Why").click()
    commands = [("Trap", trap) for trap in simkit.traps]
    commands += [("Settings", fix) for fix in ("E4a", "E4b", "E4c", "healthy")]
    # Run once, the test before this one has left its first command chosen.
    chosen = page.get_by_label("Trap", exact=True).input_value()
    commands = commands[commands[0][1] == chosen :][: None if full else 2]
    left = iter(commands)

    def rest() -> tuple[list[Any], dict[str, Any]]:
        page.wait_for_timeout(600)
        return list(next(left)), {}

    def change(label: str, value: str) -> None:
        assert page.evaluate(CHANGE, [label, value, watched]) is not None

    benchmark.pedantic(change, setup=rest, rounds=len(commands))


@pytest.mark.thorough
@pytest.mark.benchmark(group="lab: browser to browser")
def test_an_interval(benchmark: Any, full: bool, page: Any) -> None:
    """From the change of a list to the frame with the intervals of 20 replications.

    Of traps never shown on this seed, and of fixes beside a trap that is measured by then.
    """
    page.get_by_role("tab", name="Change by hand").click()
    page.get_by_label("Seed", exact=True).fill("4")
    page.get_by_label("Seed", exact=True).press("Enter")
    page.get_by_role("tab", name="Numbers").click()
    commands = [("Trap", trap) for trap in simkit.traps]
    commands += [("Settings", fix) for fix in ("E4a", "E4b", "E4c", "healthy")]
    chosen = page.get_by_label("Trap", exact=True).input_value()
    commands = commands[commands[0][1] == chosen :][: None if full else 2]
    left, times = iter(commands), {}

    def rest() -> tuple[list[Any], dict[str, Any]]:
        page.wait_for_timeout(2_500)
        return list(next(left)), {}

    def change(label: str, value: str) -> None:
        times[value] = page.evaluate(INTERVAL, [label, value])
        assert times[value] is not None

    benchmark.pedantic(change, setup=rest, rounds=len(commands))
    benchmark.extra_info["ms"] = times


@pytest.mark.benchmark(group="panel: browser to browser")
@pytest.mark.thorough
def test_the_panel(benchmark: Any, full: bool, shown_in_jupyter: Shown) -> None:
    """From a slider to a simulated day of 10,000 agents who share a token of 300 a minute."""
    agents = 10_000 if full else 100
    cells = [
        "import simkit",
        "base = simkit.traps['E4'].base",
        f"org = simkit.resized(base.organisation, agents={agents})",
        "given = base.with_top(organisation=org).replace("
        "rate_limit_per_min=300, token_topology='shared', deactivation_probability=0.5)",
        "simkit.architect(given)",
    ]
    shown = shown_in_jupyter(cells)
    places, times = cycle((4, 6, 9, 7, 5, 8)), []

    def rest() -> tuple[list[Any], dict[str, Any]]:
        shown.wait_for_timeout(4_000 if full else 500)
        return [next(places)], {}

    def slide(place: int) -> None:
        times.append(shown.evaluate(SLIDE, place))
        assert times[-1] is not None

    benchmark.pedantic(slide, setup=rest, rounds=6 if full else 1)
    benchmark.extra_info["ms"] = times
    shown.close()


@pytest.mark.thorough
@pytest.mark.benchmark(group="lab: browser to browser")
def test_the_moment_in_the_browser(benchmark: Any, page: Any) -> None:
    """From a move of the slider to desk, bands and sentence laid out anew: no kernel is asked."""
    places = cycle((37 * i % 200) / 200 for i in range(200))
    times: list[float] = []
    benchmark.pedantic(lambda: times.append(page.evaluate(MOVE, next(places))), rounds=200)
    benchmark.extra_info["median_ms_in_the_page"] = median(times)


@pytest.mark.thorough
@pytest.mark.benchmark(group="lab: browser to browser")
def test_playing(benchmark: Any, full: bool, shown_in_jupyter: Shown) -> None:
    """Frames a second while 10,000 records are played beside a fix, and the longest task."""
    cells = [BUSY.format(seconds=9_600 if full else 200), "lab"]
    shown = shown_in_jupyter(cells)
    found: list[float] = []
    play = lambda: found.extend(shown.evaluate(PLAY, 10 if full else 1))  # noqa: E731
    benchmark.pedantic(play, rounds=1)
    benchmark.extra_info |= {"frames_per_s": found[0], "longest_task_ms": found[1]}
    benchmark.extra_info["records"] = shown.locator(".jp-OutputArea-output").first.inner_text()
    shown.close()

"""Measures how the engines grow and draws it: ``python tools/engines.py``, some three minutes.

Writes the picture and fills the tables of docs/engines.md. Run it with nothing else running: all
ratios are of one run. ``python tools/engines.py shared`` measures worlds that share a token alone,
and prints what it would write of them.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import simpy

from simkit.engines.columns.metrics import measure
from simkit.engines.columns.population import Population
from simkit.engines.processes.build import simulate
from simkit.inputs.loading import load
from simkit.inputs.resizing import Roster, resized
from simkit.rules.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
SCENARIOS = ROOT / "data" / "scenarios"
PAGE, PICTURE = ROOT / "docs" / "engines.md", ROOT / "docs" / "images" / "engines.svg"
READ = ("stale_share", "stale_selections_share", "deactivated_code_shown_ms", "requests_per_s")
INTERVALS_S = (15, 30, 60, 120, 300)
LEFT_OUT = "–"
SHARED: dict[str, Any] = {"token_topology": "shared"}
"""One token for all, of the scenario's 300 requests a minute."""
WAITING: dict[str, Any] = {**SHARED, "honour_retry_after": True, "retry_jitter_ms": 30_000}
"""The same with widgets that wait when they are told to, and some time at random."""


def plain_polling(agents: int, interval_s: int = 30) -> None:
    """One generator per widget, two timeouts per poll, nothing else, for 8 h."""
    env = simpy.Environment()

    def widget() -> Iterator[simpy.Event]:
        while True:
            yield env.timeout(100)
            yield env.timeout(interval_s * 1000 - 100)

    for _ in range(agents):
        env.process(widget())  # type: ignore[arg-type]
    env.run(until=8 * 3_600_000)


def worlds(settings: Settings) -> dict[str, tuple[tuple[int, ...], Callable[[int], Any]]]:
    """Give each engine: the numbers of agents it is tried with, and how it is run."""
    org = settings.organisation

    def at(agents: int) -> Settings:
        return settings.with_top(organisation=resized(org, agents=agents))

    sized = {n: at(n) for n in (100, 300, 1_000, 10_000)}
    return {
        "plain SimPy polling loop": ((100, 1_000, 10_000), plain_polling),
        "processes, every poll": ((100, 300, 1_000), lambda n: simulate(sized[n], 1, clock="tick")),
        "processes, skipping": ((100, 1_000, 10_000), lambda n: simulate(sized[n], 1)),
        "columns": (
            (100, 1_000, 10_000, 100_000, 1_000_000),
            lambda n: measure(Population(settings, 1, Roster(org, n)), READ),
        ),
    }


def best(run: Callable[[], Any], rounds: int) -> float:
    """Give the shortest time of some rounds, in seconds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        made = run()
        times.append(time.perf_counter() - start)
        del made
    return min(times)


def table(head: list[str], rows: list[list[str]]) -> str:
    """Give a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)


def said(seconds: float) -> str:
    """Give a time as people read it."""
    return f"{seconds:.1f} s" if seconds >= 1 else f"{1000 * seconds:.3g} ms"


def grown(name: str) -> tuple[dict[str, dict[int, float]], str]:
    """Time all engines on a scenario; give the times, and the table that tells them."""
    settings = load(SCENARIOS / name)
    times: dict[str, dict[int, float]] = {engine: {} for engine in worlds(settings)}
    # The quick ones first: they would find the memory in pieces after the logs of the others.
    for engine, (sizes, run) in reversed(worlds(settings).items()):
        for n in sizes:
            once = n >= 10_000 and engine != "columns"
            times[engine][n] = best(lambda n=n, run=run: run(n), 1 if once else 3)
            print(name, engine, f"{n:,}", said(times[engine][n]), flush=True)
    sizes = sorted({n for each in times.values() for n in each})
    rows = [
        [engine, *(said(each[n]) if n in each else LEFT_OUT for n in sizes)]
        for engine, each in times.items()
    ]
    return times, table(["8 h, polls every 30 s", *(f"{n:,} agents" for n in sizes)], rows)


def by_interval(settings: Settings, agents: int = 10_000) -> str:
    """Time columns and the plain loop at several intervals; give the table."""
    rows = []
    for engine, run in (
        (
            "plain SimPy polling loop, 1,000 agents × 10",
            lambda s: 10 * best(lambda: plain_polling(1_000, s), 1),
        ),
        ("columns", lambda s: best(lambda: _columns(settings, s, agents), 5)),
    ):
        rows.append([engine, *(said(run(s)) for s in INTERVALS_S)])
    return table([f"{agents:,} agents, 8 h", *(f"every {s} s" for s in INTERVALS_S)], rows)


def _columns(settings: Settings, interval_s: int, agents: int) -> None:
    changed = settings.replace(refresh_interval_ms=1000 * interval_s)
    measure(Population(changed, 1, Roster(settings.organisation, agents)), READ)


def shared() -> list[str]:
    """Time worlds that share a token; give the table, and what it comes to."""
    settings = load(SCENARIOS / "architect.yaml")
    org = settings.organisation

    def columns(changes: dict[str, Any]) -> Callable[[int], Any]:
        changed = settings.replace(changes)
        return lambda n: measure(Population(changed, 1, Roster(org, n)), READ)

    def processes(n: int) -> Any:
        sized = settings.with_top(organisation=resized(org, agents=n))
        return simulate(sized.replace(SHARED), 1)

    sizes = (300, 1_000, 10_000, 100_000)
    ways: dict[str, tuple[tuple[int, ...], Callable[[int], Any]]] = {
        "columns": (sizes, columns(SHARED)),
        "columns, widgets that wait": (sizes, columns(WAITING)),
        "plain SimPy polling loop": ((300, 1_000, 10_000), plain_polling),
        "processes": ((300, 1_000), processes),
    }
    times: dict[str, dict[int, float]] = {}
    for way, (tried, run) in ways.items():
        rounds = 3 if way.startswith("columns") else 1
        times[way] = {n: best(lambda n=n, run=run: run(n), rounds) for n in tried}
        print("one token", way, *map(said, times[way].values()), file=sys.stderr, flush=True)
    rows = [
        [way, *(said(each[n]) if n in each else LEFT_OUT for n in sizes)]
        for way, each in times.items()
    ]
    plain = times.pop("plain SimPy polling loop")
    ratios = [
        f"{plain[n] / times[way][n]:,.{0 if n == 10_000 else 1}f} times at {n:,} agents"
        + (" with widgets that wait" if way != "columns" else "")
        for way in ("columns", "columns, widgets that wait")
        for n in plain
    ]
    most = ", ".join(f"{memory(100_000, each)} MiB" for each in (SHARED, WAITING))
    return [
        table(["one token of 300 requests a minute", *(f"{n:,} agents" for n in sizes)], rows),
        f"So columns are as fast as the plain loop {', '.join(ratios)}. The most memory of a "
        f"process at 100,000 agents: {most} with widgets that wait.",
    ]


def memory(agents: int, changes: dict[str, Any] | None = None) -> int:
    """Give the most memory of a process that reads so many agents, in MiB."""
    asked = [sys.executable, __file__, str(agents), json.dumps(changes or {})]
    return int(subprocess.run(asked, capture_output=True, text=True, check=True).stdout)


def _peak_memory(agents: int, changes: dict[str, Any]) -> int:
    settings = load(SCENARIOS / "architect.yaml").replace(changes)
    measure(Population(settings, 1, Roster(settings.organisation, agents)), READ)
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def draw(times: dict[str, dict[int, float]]) -> None:
    """Draw times against agents, both on log scales."""
    # Here, as the process whose memory is told draws nothing.
    import plotly.graph_objects as go
    from kaleido import write_fig_from_object_sync

    figure = go.Figure()
    for (engine, each), dash, symbol in zip(
        times.items(),
        ("dot", "dash", "dashdot", "solid"),
        ("x", "square", "diamond", "circle"),
        strict=True,
    ):
        figure.add_scatter(
            x=list(each),
            y=list(each.values()),
            name=engine,
            mode="lines+markers",
            line={"dash": dash},
            marker={"symbol": symbol, "size": 9},
        )
    figure.update_layout(
        template="simple_white",
        width=860,
        height=460,
        legend={"x": 0.98, "y": 0.02, "xanchor": "right", "yanchor": "bottom"},
        margin={"l": 70, "r": 20, "t": 20, "b": 60},
        font={"size": 14},
    )
    figure.update_xaxes(type="log", title="Agents", tickformat=",d", dtick=1, showgrid=True)
    figure.update_yaxes(type="log", title="Time for 8 h (s)", dtick=1, showgrid=True)
    opts = {"format": "svg", "width": 860, "height": 460}
    drawn = {"fig": figure.to_dict(), "path": PICTURE, "opts": opts}
    write_fig_from_object_sync([drawn], kopts={"mathjax": False})


def main() -> None:
    healthy, _ = grown("healthy.yaml")
    times, growth = grown("architect.yaml")
    plain, columns = times["plain SimPy polling loop"][10_000], times["columns"][10_000]
    skipping, ticking = times["processes, skipping"], times["processes, every poll"]
    plainer = healthy["processes, every poll"][1_000] / healthy["processes, skipping"][1_000]
    lines = [
        f"On 2 cores, CPython {platform.python_version()}; each figure is the best of up to three.",
        growth,
        f"So, at 10,000 agents, columns are {plain / columns:,.0f} times as fast as the plain "
        f"loop, and skipping with a full log is {plain / skipping[10_000]:.1f} times. At 1,000 "
        f"agents skipping is {ticking[1_000] / skipping[1_000]:.0f} times as fast as making every "
        f"poll; in the healthy deployment, where nobody edits a code, {plainer:.0f} times.",
        by_interval(load(SCENARIOS / "architect.yaml")),
        "The most memory of a process, interpreter and libraries included: "
        + ", ".join(f"{memory(n)} MiB for {n:,} agents" for n in (10_000, 100_000, 1_000_000))
        + ".",
        *shared(),
    ]
    draw(times)
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split("<!-- measured -->\n")
    _, after = rest.split("<!-- end -->")
    filled = "\n\n".join(lines)
    PAGE.write_text(f"{before}<!-- measured -->\n{filled}\n<!-- end -->{after}", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] == ["shared"]:
        print("\n\n".join(shared()))
    elif len(sys.argv) > 1:  # as ``memory`` starts it
        print(_peak_memory(int(sys.argv[1]), json.loads(sys.argv[2])))
    else:
        main()

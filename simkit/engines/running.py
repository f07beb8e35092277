"""Running settings by the engine that suits them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from simkit.base import given
from simkit.base.errors import BadInput, shown
from simkit.base.workers import at_most_cores
from simkit.engines.columns.exact import (
    Events,
    may_be_too_many,
    why_nobody,
    why_not_limited,
    why_some,
    why_together,
)
from simkit.engines.processes.build import simulate
from simkit.engines.processes.clocks import CLOCKS
from simkit.engines.processes.process_run import ProcessRun
from simkit.inputs.drawing import drawn
from simkit.inputs.loading import settings_given, tell_doubts
from simkit.inputs.resizing import Roster, resized
from simkit.inputs.traces.reading import Source, read_trace
from simkit.rules.agent_ids import how_many, known_agent, workers
from simkit.rules.settings import Settings
from simkit.rules.workload import AgentDay, Workload, with_days
from simkit.runs.history import Clock
from simkit.runs.metrics.registered import METRICS
from simkit.runs.metrics.registry import Metric
from simkit.runs.run import Engine, Run

MANY = 1_000
"""From so many agents on, columns are taken where they are exact: a log of all would be long."""
MANY_SHARING = 100
"""The same of agents who share a limit: a log of many refusals is long sooner."""
MOST_AGENTS, MOST_MADE = 100_000_000, 1_000_000
"""How many agents may be asked for: as columns, and where an organisation is made of them."""
AT_A_TIME, SEEDS_AT_A_TIME = 1_500, 100
"""Agents of all seeds together, and seeds, that are measured at once: in hundredths of a second."""


class RunBy(NamedTuple):
    """Which engine runs settings, and why."""

    engine: Engine
    why: str


def run(
    settings: Settings,
    seed: int | None = None,
    *,
    engine: Engine | None = None,
    clock: Clock | None = None,
    workload: Workload | Source | None = None,
    days: Mapping[str, AgentDay] | None = None,
    agents: int | None = None,
    jobs: int = 1,
) -> Run:
    """Run a world and give what happened. Without a seed, that of the settings is used.

    ``engine`` is ``"processes"``, which writes a log of everybody, or ``"columns"``, which works on
    all agents at once and writes a log of those asked for. Both give the same numbers. By default
    it is columns for 1,000 agents or more who do not interact, and for 100 or more who share a
    limit that columns go through. Those who do not and whose days are not exact as columns are run
    by processes, part by part, and nothing is kept of them but what was measured. ``engine`` and
    ``why_engine`` of the result say which it was, and why. ``clock``, of processes, is ``"tick"``,
    ``"skip"`` or the fastest that is exact.

    A ``workload`` of your own replaces the drawn one: one that ``read_trace`` gave, or what that
    reads: the path of a CSV file, rows, or a data frame. ``days`` replace those of some agents, by
    their ids. ``agents`` is a number of agents in place of the organisation's, spread over its
    divisions and shifts alike. ``jobs`` are the processes that read a large run as columns; numbers
    do not depend on them, and with more than one a script must guard its entry by
    ``if __name__ == "__main__"``. What can only end in nothing is said first, as an
    ``InputNotice``. BadInput for what cannot be read, for a workload that was read for another
    day, and for an engine or a clock that is not exact for the settings.
    """
    tell_doubts(settings_given(settings))
    if clock not in (None, *CLOCKS):
        raise BadInput(field="clock", found=shown(clock), allowed=", ".join(CLOCKS))
    seed = settings.seed if seed is None else given.seed(seed)
    if workload is not None and not isinstance(workload, Workload):
        workload = read_trace(workload, settings, seed=seed)
    if workload is not None:
        workload.refuse_other(settings)
    jobs = at_most_cores(jobs)
    if agents is not None:
        if workload is not None:
            raise BadInput("a workload that was read has agents of its own", field="agents")
        agents = given.whole("agents", agents, 1, MOST_AGENTS)
    chosen, why = choose_engine(
        settings, engine, clock=clock, recorded=workload, agents=agents, days=bool(days)
    )
    if agents is not None and (days or chosen == "processes"):
        settings, agents = _resized(settings, agents), None
    if days:
        days = _by_agent(days, _agents(settings, workload))
    if chosen == "columns":
        from simkit.engines.columns.column_run import ColumnRun

        return ColumnRun(settings, seed, why, days, workload, agents, jobs)
    if days:
        workload = with_days(workload or drawn(settings, seed), days)
    return ProcessRun(simulate(settings, seed, clock=clock, workload=workload), why)


def _resized(settings: Settings, agents: int) -> Settings:
    if agents > MOST_MADE:
        allowed = f"{MOST_MADE:,} at most, as more are run as columns alone"
        raise BadInput(field="agents", found=f"{agents:,}", allowed=allowed)
    return settings.with_top(organisation=resized(settings.organisation, agents=agents))


def _by_agent(days: Mapping[str, AgentDay], known: Collection[str]) -> dict[str, AgentDay]:
    found: dict[str, AgentDay] = {}
    for asked, day in given.mapping("days", days).items():
        if not isinstance(day, AgentDay):
            allowed = "a day of an agent, as runs have them"
            raise BadInput(field="days", found=shown(day), allowed=allowed)
        try:
            agent = known_agent(known, asked)
        except BadInput as problem:
            problem.field = "days"
            raise
        if agent in found:
            raise BadInput(f"{shown(agent)} has two days", field="days")
        found[agent] = day
    return found


def _agents(settings: Settings, recorded: Workload | None) -> Collection[str]:
    if recorded is not None:
        return {day.agent for day in recorded.days}
    return {person.id for person in settings.organisation.agents}


def measure(
    settings: Settings,
    seeds: Sequence[int],
    names: Sequence[str],
    *,
    known: Mapping[str, Metric] = METRICS,
    agents: int | None = None,
    jobs: int = 1,
) -> list[list[float | None]]:
    """Give metrics of a run of settings with each seed, of which nothing else is kept.

    For each seed the values in the order of the names. As columns where these are exact for
    anybody, since they give the same numbers sooner. ``known`` are the metrics by name. ``agents``
    is a number of agents in place of the organisation's, spread over its divisions and shifts
    alike: only columns can, so BadInput where ``why_not_columns``. ``jobs`` are the processes that
    read a large population.
    """
    against = why_not_columns(settings, agents)
    if not against:
        from simkit.engines.columns.on_all_cores import measure_each
        from simkit.engines.columns.population import Population

        people = None if agents is None else Roster(settings.organisation, agents)
        found = measure_each(Population(settings, seeds, people), names, jobs)
        return [[values[name] for name in names] for values in found]
    if agents is not None:
        raise BadInput(f"columns cannot be had here: {against}", field="agents")
    histories = (simulate(settings, seed) for seed in seeds)
    return [[known[name].measure(history) for name in names] for history in histories]


def seeds_at_a_time(settings: Settings, agents: int | None = None) -> int:
    """Give with how many seeds to measure settings at once: as many as take a blink together.

    One more costs a small organisation as columns next to nothing, and processes as much as the
    first. ``agents`` is a number of agents as ``measure`` takes it.
    """
    if why_not_columns(settings, agents):
        return 1
    each = agents or len(settings.organisation.agents)
    return min(SEEDS_AT_A_TIME, max(1, AT_A_TIME // each))


def worth_workers(batches: Iterable[int]) -> bool:
    """Say whether batches of so many seeds take longer than worker processes take to start.

    One seed alone is one that takes its time: in processes, or with many agents.
    """
    return sum(_ALONE if seeds == 1 else 1 for seeds in batches) >= _WORTH


_ALONE, _WORTH = 8, 64


def measured_by(settings: Settings) -> RunBy:
    """Give the engine that measures settings, and why."""
    if against := why_not_columns(settings):
        return RunBy("processes", against)
    together = bool(why_together(settings))
    who = "agents share a limit, minute by minute" if together else "agents do not interact"
    return RunBy("columns", f"{who}{_less(settings, Events.of(settings), together)}")


def why_not_columns(settings: Settings, agents: int | None = None) -> str:
    """Say why columns are exact for nobody; nothing when they may be for some."""
    together = why_together(settings, agents)
    if not together:
        return why_nobody(settings)
    why = why_not_limited(settings)
    return f"{together}, and {why}" if why else ""


def choose_engine(
    settings: Settings,
    asked: str | None = None,
    *,
    clock: Clock | None = None,
    recorded: Workload | None = None,
    agents: int | None = None,
    days: bool = False,
) -> tuple[Engine, str]:
    """Give the engine for settings, and why; BadInput for one that cannot be had.

    ``clock`` is one that was asked for, which processes alone have; ``agents`` a number of agents
    in place of the organisation's; ``days`` says that some agents have days of their own.
    """
    if asked not in (None, "processes", "columns"):
        raise BadInput(field="engine", found=shown(asked), allowed="processes, columns")
    events = Events.of(settings, recorded)
    together = why_together(settings, agents, recorded)
    if clock:
        against = "a clock is given"
    else:
        against = _why_apart(together, settings, events, days) if together else ""
    own = len(settings.organisation.agents if recorded is None else recorded.days)
    count = own if agents is None else agents
    less = _less(settings, events, count if together else 0)
    if asked == "columns":
        if against:
            raise BadInput(f"columns cannot be had here: {against}", field="engine")
        return "columns", f"asked for{less}"
    if asked == "processes":
        return "processes", "asked for"
    if against:
        return "processes", f"columns cannot be had here: {against}"
    if count < (MANY_SHARING if together else MANY):
        shifts = _agents(settings if agents is None else _resized(settings, agents), recorded)
        few = "is" if workers(shifts) == 1 else "are"
        return "processes", f"{how_many(shifts)} {few} few enough for a log of everybody"
    # Going through the ids of an organisation of a million would take as long as its columns.
    many = f"{count:,} agents" if recorded is None else how_many(_agents(settings, recorded))
    who = "who share a limit, minute by minute" if together else "who do not interact"
    return "columns", f"{many} {who}{less}"


def _why_apart(together: str, settings: Settings, events: Events, days: bool) -> str:
    """Say why columns do not go through what agents share, which is told; nothing if they do."""
    of_ones_own = "some have days of their own" if days else ""
    why = ", ".join(filter(None, (why_not_limited(settings, events), of_ones_own)))
    return f"agents may interact, as {together}, and {why}" if why else ""


def _less(settings: Settings, events: Events, together: int) -> str:
    """Say whose days are not exact as columns, and why; so many agents are run together."""
    if why := why_nobody(settings, events):
        return f"; processes run them part by part, as columns are not exact: {why}"
    if not together:
        why = why_some(settings, events)
        return f"; processes run some of them, as {why}" if why else ""
    many = "too many requests may be admitted to know each of them"
    reasons = why_some(settings, events), many if may_be_too_many(settings, together) else ""
    why = ", ".join(filter(None, reasons))
    return f"; processes run all of them where it is so, as {why}" if why else ""

"""Running settings by the engine that suits them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from simkit.base.errors import BadInput, closest, shown
from simkit.population.exact import why_nobody, why_some, why_together
from simkit.rules.settings import Settings
from simkit.study.run import Run, drawn
from simkit.world.build import Clock, simulate
from simkit.world.workload import AgentDay, Workload, with_days

Engine = Literal["processes", "columns"]
MANY = 1_000
"""From so many agents on, columns are taken where they are exact: a log of all would be long."""


def run(
    settings: Settings,
    seed: int | None = None,
    *,
    engine: Engine | None = None,
    clock: Clock | None = None,
    workload: Workload | None = None,
    days: Mapping[str, AgentDay] | None = None,
) -> Run:
    """Run a world and give what happened. Without a seed, that of the settings is used.

    ``engine`` is ``"processes"``, which writes a log of everybody, or ``"columns"``, which works on
    all agents at once and writes a log of those asked for. Both give the same numbers. By default
    it is columns for 1,000 agents or more who do not interact. Those of them whose days are not
    exact as columns are run by processes, part by part, and nothing is kept of them but what was
    measured. ``engine`` and ``why_engine`` of the result say which it was, and why. ``clock``, of
    processes, is ``"tick"``, ``"skip"`` or the fastest that is exact. A workload of your own
    replaces the drawn one, and needs processes; ``days`` replace those of some agents, by their
    ids, and need nothing. BadInput for an engine or a clock that is not exact for the settings.
    """
    seed = settings.seed if seed is None else seed
    if days:
        known = {person.id for person in settings.organisation.agents}
        for agent in days.keys() - known:
            raise BadInput(f"days of an unknown agent {agent!r}{closest(agent, known)}")
    given = clock is not None or workload is not None
    chosen, why = choose_engine(settings, engine, given=given)
    if chosen == "columns":
        from simkit.population.crowd import CrowdRun

        return CrowdRun(settings, seed, why, days)
    if days:
        workload = with_days(workload or drawn(settings, seed), days)
    return Run(simulate(settings, seed, clock=clock, workload=workload), why)


def choose_engine(
    settings: Settings, asked: str | None = None, *, given: bool = False
) -> tuple[Engine, str]:
    """Give the engine for settings, and why; BadInput for one that cannot be had.

    ``given`` says that a clock or a workload is, which processes alone can take.
    """
    if asked not in (None, "processes", "columns"):
        raise BadInput(field="engine", found=shown(asked), allowed="processes, columns")
    against = "a clock or a workload is given" if given else _why_together(settings)
    if asked == "columns":
        if against:
            raise BadInput(f"columns cannot be had here: {against}", field="engine")
        return "columns", f"asked for{_less(settings)}"
    if asked == "processes":
        return "processes", "asked for"
    if against:
        return "processes", f"columns cannot be had here: {against}"
    agents = len(settings.organisation.agents)
    if agents < MANY:
        return "processes", f"{agents:,} agents are few enough for a log of everybody"
    return "columns", f"{agents:,} agents who do not interact{_less(settings)}"


def _why_together(settings: Settings) -> str:
    why = why_together(settings)
    return f"agents may interact, as {why}" if why else ""


def _less(settings: Settings) -> str:
    """Say whose days are not exact as columns, and why."""
    if why := why_nobody(settings):
        return f"; processes run them part by part, as columns are not exact: {why}"
    why = why_some(settings)
    return f"; processes run some of them, as {why}" if why else ""

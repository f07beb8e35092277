"""What must be equal when two engines run the same world, and the words for what is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from simkit.engines.processes.build import simulate
from simkit.engines.processes.process_run import ProcessRun
from simkit.inputs.saving import scenario_text
from simkit.rules.settings import Settings
from simkit.rules.workload import Workload
from simkit.runs.departures import Departures
from simkit.runs.history import History
from simkit.runs.log import Record


def differences(one: History, other: History) -> list[str]:
    """Say in which ways two histories differ: records, digests, requests, metrics."""
    found = []
    mine, theirs = list(one.log), list(other.log)
    if mine != theirs and (pair := first_difference(mine, theirs)):
        found.append(f"records:\n    {pair[0]}\n    {pair[1]}")
    if one.log.digest != other.log.digest:
        found.append(f"digests: {one.log.digest} and {other.log.digest}")
    for agent in sorted({*one.requests, *other.requests}):
        mine, theirs = one.requests.get(agent, {}), other.requests.get(agent, {})
        found += [
            f"calls of {agent} {where}: {mine.get(where)} and {theirs.get(where)}"
            for where in sorted({*mine, *theirs})
            if mine.get(where) != theirs.get(where)
        ]
    if not found and one.departures == other.departures and one.snapshots == other.snapshots:
        return []  # metrics are functions of what is the same down to its form
    for part in ("departures", "snapshots"):
        one_by_one, others = (spelled_out(getattr(history, part)) for history in (one, other))
        found += [
            f"{part} of {agent}: {first_odd(one_by_one[agent], others[agent])}"
            for agent in one_by_one
            if one_by_one[agent] != others[agent]
        ]
    mine, theirs = (
        {name: measured.value for name, measured in ProcessRun(history, "test").metrics.items()}
        for history in (one, other)
    )
    found += [
        f"metric {name}: {mine[name]} and {theirs[name]}"
        for name in mine
        if mine[name] != theirs[name]
    ]
    return found


def spelled_out(traffic: Mapping[str, Sequence[Any]]) -> dict[str, dict[Any, list[int]]]:
    """Give when each call left, in order, by what tells calls apart.

    Progressions differ with the clock, calls do not.
    """
    return {agent: _times(runs) for agent, runs in traffic.items()}


def _times(runs: Sequence[Any]) -> dict[Any, list[int]]:
    kinds: dict[Any, list[Sequence[int]]] = {}
    for each in runs:
        kind = each.kind if isinstance(each, Departures) else each.reads_config
        end = each.first + each.n * each.every
        times = range(each.first, end, each.every) if each.every else [each.first] * each.n
        kinds.setdefault(kind, []).append(times)
    return {kind: sorted(chain.from_iterable(times)) for kind, times in kinds.items()}


def first_odd(one: dict[Any, list[int]], other: dict[Any, list[int]]) -> str:
    """Say which calls are in one list only, the first of either side."""
    mine, theirs = (
        Counter((t, kind) for kind, times in side.items() for t in times) for side in (one, other)
    )
    return f"{min(mine - theirs, default=None)} and {min(theirs - mine, default=None)}"


def first_difference(
    one: list[Record], other: list[Record]
) -> tuple[Record | None, Record | None] | None:
    """Give the first pair of records that differ, None for a record that is not there."""
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            return mine, theirs
    if len(one) == len(other):
        return None
    n = min(len(one), len(other))
    return (one[n] if n < len(one) else None), (other[n] if n < len(other) else None)


def assert_same(one: History, other: History, which: str) -> None:
    """Fail with what differs first and with a scenario file that shows it."""
    fail_if(differences(one, other), which, one.settings, one.seed)


def fail_if(found: Sequence[str], which: str, settings: Settings, seed: int) -> None:
    """Fail when two engines differ, with a scenario file that shows it."""
    if found:
        failure = AssertionError("\n  ".join([f"{which} differ in", *found]))
        scenario = scenario_text(settings.with_top(seed=seed))
        failure.add_note(f"with this scenario file:\n{scenario}")
        raise failure


def assert_clocks_agree(settings: Settings, seed: int, recorded: Workload | None = None) -> None:
    """Fail unless the fastest exact clock, alone and together, equals the ticking one."""
    ticking = simulate(settings, seed, clock="tick", workload=recorded)
    chosen = simulate(settings, seed, workload=recorded)
    assert_same(ticking, chosen, f"ticking and the clock {chosen.clock!r}")
    together = simulate(settings, seed, workload=recorded, together=True)
    assert_same(chosen, together, f"the clock {chosen.clock!r} alone and in one environment")

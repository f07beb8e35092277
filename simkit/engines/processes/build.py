"""Builds a world from settings and a workload, runs it, and gives back what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simkit.base.clock import MINUTE
from simkit.base.errors import BadInput
from simkit.base.garbage import collector_at_rest
from simkit.base.progress import Progress, under_way
from simkit.base.steps import NEVER
from simkit.engines.clock_choice import choose_clock
from simkit.engines.processes import actors
from simkit.engines.processes.clocks import CLOCKS
from simkit.engines.processes.environment import LAST, Process, World
from simkit.engines.processes.platform import Platform
from simkit.engines.processes.seat import Seat
from simkit.engines.processes.widget import Browser
from simkit.inputs.drawing import drawn
from simkit.rules.limits import KnownWindow
from simkit.rules.reasons import Directory, directory_of
from simkit.rules.settings import Settings
from simkit.rules.wire import Wire
from simkit.rules.workload import Workload
from simkit.runs.departures import Departures, Polls, Snapshots
from simkit.runs.events import KINDS, CodeEdited
from simkit.runs.history import Clock, History, RequestCounts
from simkit.runs.log import ADMIN, SCRIPT, Log, Record


def simulate(
    settings: Settings,
    seed: int,
    *,
    clock: Clock | None = None,
    workload: Workload | None = None,
    together: bool = False,
    window: KnownWindow | None = None,
) -> History:
    """Run a world to its horizon.

    Without a workload, one is drawn from the seed. Without a clock, the fastest exact one is
    taken. Agents live in one SimPy environment when they share a limit, or when ``together``
    asks for it; otherwise each has its own, which is faster and gives the same log. ``window``
    answers in place of the shared limit, for one agent of a world that is known.
    """
    with collector_at_rest():
        return _simulated(settings, seed, clock, workload, together, window)


def _simulated(
    settings: Settings,
    seed: int,
    clock: Clock | None,
    workload: Workload | None,
    together: bool,
    window: KnownWindow | None,
) -> History:
    workload = workload or drawn(settings, seed)
    directory = directory_of(settings, workload.edits)
    exact, why = choose_clock(settings, workload)
    if clock is None:
        clock = exact
    elif clock != exact:
        if clock == "skip":
            raise BadInput(problem=f"skipping is not exact here: {why}")
        why = "asked for"
    admin = _admin_records(directory, settings.organisation.division_ids)
    platform = Platform(
        settings, directory, [record.id for record in admin], may_refuse=clock != "skip"
    )
    platform.shared_window = window or platform.shared_window
    wire = Wire(settings.wire)
    coupled = clock != "skip" and platform.shared_window is not None
    places = {day.agent: i for i, day in enumerate(sorted(workload.days, key=lambda d: d.agent))}
    days = list(workload.days)
    records = {ADMIN: admin}
    requests: dict[str, RequestCounts] = {}
    departures: dict[str, list[Departures]] = {}
    snapshots: dict[str, list[Snapshots]] = {}
    polls: dict[str, list[Polls]] = {}
    groups = [days] if coupled or together else [[day] for day in days]
    with under_way("agents" if len(groups) > 1 else "simulated minutes") as tell:
        for done, group in enumerate(groups, start=1):
            env = World()
            opened = [
                (seat, _open(seat))
                for day in group
                for seat in [Seat(env, platform, wire, CLOCKS[clock], day, places[day.agent], seed)]
            ]
            if len(groups) == 1:
                env.start(_telling(workload.horizon // MINUTE, tell))
            _finish(env, opened)
            for seat, browser in opened:
                agent = seat.day.agent
                # An agent may be called what the actor of edits is called.
                records[agent] = sorted(admin + seat.records) if agent == ADMIN else seat.records
                requests[agent] = {
                    where: (n, size) for where, (n, size) in sorted(seat.requests.items())
                }
                departures[agent], snapshots[agent] = seat.departures, seat.snapshots
                polls[agent] = seat.polls
                browser.close()
                seat.sweep.alarm.end()
            if len(groups) > 1:
                tell(done, len(groups))
    return History(
        settings,
        seed,
        workload,
        directory,
        Log.merged(records),
        requests,
        departures,
        snapshots,
        polls,
        clock,
        why,
    )


def _open(seat: Seat) -> Browser:
    """Start the processes of one seat. Those that the settings leave idle are not started."""
    browser, day, start = Browser(seat), seat.day, seat.env.start
    start(actors.reloading(seat, browser))
    actors.Agent(seat, browser).work()
    if seat.settings.wfm.writes_status:
        start(actors.scheduling(seat))
    if seat.settings.routing.sweep_interval_ms:
        start(seat.sweep.sweeping(seat))
    if day.transfers:
        start(actors.transferring(seat))
    if day.hidden:
        start(actors.hiding(seat, browser))
    if day.outages:
        start(actors.reporting_outages(seat))
    return browser


def _telling(minutes: int, tell: Progress) -> Process:
    """Tell how many minutes of the run are over; a process that changes nothing."""
    for minute in range(minutes + 1):
        yield minute * MINUTE, LAST
        tell(minute, minutes)


def _finish(env: World, opened: Sequence[tuple[Seat, Browser]]) -> None:
    """Run until nothing is left to happen: no process acts after its shift, what is sent ends."""
    env.drain()
    for seat, browser in opened:
        assert browser.page is not None
        browser.page.sync(seat.day.end)
        seat.stop_renewing(NEVER)


def _admin_records(directory: Directory, division_ids: Mapping[str, str]) -> list[Record]:
    records: list[Record] = []
    for edit in directory.edits:
        k = records[-1].k + 1 if records and records[-1].t == edit.t else 0
        version = directory.version.at(edit.t) if edit.raises_version else None
        division = division_ids[directory.codes[edit.code].division]
        event = CodeEdited(edit.code, division, edit.active, version)
        told = KINDS[CodeEdited]
        records.append(Record(edit.t, SCRIPT, ADMIN, k, told.name, told.side, None, event))
    return records

"""Each metric equals what a plain reading of the log says, and what small cases say by hand."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import pairwise
from typing import Any

import pytest

import simkit
from simkit import traps
from simkit.base.clock import HOUR, MINUTE, SECOND
from simkit.engines.processes.process_run import ProcessRun
from simkit.rules.organisation import Organisation
from simkit.rules.reasons import Edit
from simkit.rules.schedule import Window
from simkit.rules.sections import PAGE_DIVISION
from simkit.rules.settings import Settings
from simkit.rules.workload import AgentDay, Intention, Transfer, Workload
from simkit.runs.log import Log, Record
from simkit.runs.metrics import symptoms
from simkit.runs.metrics.registered import METRICS
from simkit.runs.run import Run

# A second reading of the log: sets and states, one agent at a time, no masks and no bisection.


@dataclasses.dataclass
class State:
    """What holds for one agent from one moment to the next."""

    active: set[int]
    division: str
    listed: set[int] = dataclasses.field(default_factory=set)
    asked: str = ""
    as_of: int = -1
    frozen: bool = False
    believed: int = -1
    status: int = -1


@dataclasses.dataclass
class Piece:
    """A stretch of one agent's shift in which nothing changes."""

    start: int
    end: int
    state: State

    @property
    def length(self) -> int:
        return self.end - self.start


class Reading:
    """Everything that the metrics are held to, read from the records of a run one by one."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.settings = run.settings
        self.codes = run.history.directory.codes
        self.parent = {d.name: d.parent for d in run.settings.organisation.divisions}
        self.names = {d.id: d.name for d in run.settings.organisation.divisions}
        self.edits = [r for r in run.log if r.kind == "edit"]

    def path(self, division: str | None) -> list[str]:
        return [] if division is None else [division, *self.path(self.parent[division])]

    def asked_codes(self, division: str) -> set[int]:
        """Codes that a list asked for a division may hold, active or not."""
        widget = self.settings.widget
        places = self.path(division) if widget.filter_type == "hierarchical" else [division]
        types = widget.status_reason_types
        return {i for i, c in enumerate(self.codes) if c.division in places and c.type in types}

    def usable_codes(self, division: str) -> set[int]:
        return {i for i, c in enumerate(self.codes) if c.division in self.path(division)}

    def of_kind(self, *kinds: str) -> list[Record]:
        return [record for record in self.run.log if record.kind in kinds]

    @cached_property
    def pieces(self) -> dict[str, list[Piece]]:
        return {agent: list(self._pieces(agent)) for agent in self.run.agents}

    def _pieces(self, agent: str) -> Iterator[Piece]:
        day = self.run.days[agent]
        state = State(set(range(len(self.codes))), day.division)
        taken: dict[tuple[str, int], int] = {}
        records = sorted([*self.edits, *self.run.log.by_actor.get(agent, [])])
        moments = sorted({day.start, day.end, *(r.t for r in records)})
        for now, following in pairwise([*moments, moments[-1] + 1]):
            while records and records[0].t <= now:
                self._apply(records.pop(0), state, taken)
            start, end = max(now, day.start), min(following, day.end)
            if start < end:
                yield Piece(start, end, dataclasses.replace(state, active=set(state.active)))

    def _apply(self, record: Record, state: State, taken: dict[tuple[str, int], int]) -> None:
        data = record.data
        match record.kind:
            case "edit":
                (state.active.add if data.active else state.active.discard)(data.code)
            case "list" | "login" | "reload":
                state.listed = {i for i in range(len(self.codes)) if data.mask >> i & 1}
                snapshot = (data.division, data.version)
                as_of = getattr(data, "as_of", None)
                taken[snapshot] = taken.get(snapshot, -1) if as_of is None else as_of
                state.asked = data.division if data.version >= 0 else ""
                state.as_of = taken[snapshot]
                if record.kind != "list":
                    state.frozen = False
            case "trouble":
                state.frozen = data.status == 401 and self.settings.widget.on_401 == "freeze"
            case "recovered":
                state.frozen = False
            case "success":
                state.believed = data.code
            case "return":
                state.believed = -1
            case "status":
                state.status = data.status
            case "transfer" if not self.settings.platform.permission_lag_ms:
                state.division = self.names[data.division]
            case "permissions":
                state.division = self.names[data.division]

    def seconds(self, holds: Callable[[State], object]) -> float:
        """Mean over agents of the seconds in which something holds."""
        total = sum(p.length for ps in self.pieces.values() for p in ps if holds(p.state))
        return total / len(self.pieces) / 1000

    def state_before(self, agent: str, t: int) -> State | None:
        found = [p.state for p in self.pieces[agent] if p.start < t <= p.end]
        return found[0] if found else None

    def first(self, agent: str, t: int, holds: Callable[[State], object]) -> int:
        """The first moment from t on at which something holds, else the end of the shift."""
        ends = self.run.days[agent].end
        return min(
            (max(p.start, t) for p in self.pieces[agent] if p.end > t and holds(p.state)),
            default=ends,
        )

    # The symptoms.

    def empty_openings_share(self) -> float:
        empty = []
        for record in self.of_kind("open"):
            if record.data.state == "list":
                listed = [
                    r.data.mask
                    for r in self.run.log.by_actor[record.actor]
                    if r.kind in ("list", "login", "reload") and r < record
                ]
                empty.append(listed[-1] == 0)
        return sum(empty) / len(empty) if empty else 0

    def stale_division_min(self) -> float:
        waits = []
        for record in self.of_kind("transfer"):
            right = self.asked_codes(self.names[record.data.division])
            there = self.first(
                record.actor, record.t, lambda s, right=right: s.listed == right & s.active
            )
            waits.append((there - record.t) / 60_000)
        return sum(waits) / len(waits) if waits else 0

    def false_successes(self) -> float:
        return len([r for r in self.of_kind("success") if "SCOPE" in r.data.error])

    def unresponsive_min(self) -> float:
        return self.seconds(lambda s: s.frozen) / 60

    def idle_session_min(self) -> float:
        if self.settings.silent_renewal:
            return 0
        life, total = self.settings.platform.token_life_ms, 0
        kinds = ("login", "reload", "open")
        for agent, pieces in self.pieces.items():
            acts = [r.t for r in self.of_kind(*kinds) if r.actor == agent]
            for piece in pieces:
                last = max((t for t in acts if t <= piece.start), default=piece.end)
                idle = piece.end - max(piece.start, last + life)
                total += 0 if piece.state.frozen else max(0, idle)
        return total / len(self.run.days) / 60_000

    def unmapped_exceptions_min(self) -> float:
        mapped, total = self.settings.wfm.mapped_types, 0
        for agent, day in self.run.days.items():
            for piece in self.pieces[agent]:
                status = piece.state.status
                if status >= 0 and self.codes[status].type not in mapped:
                    total += sum(
                        max(0, min(piece.end, w.end) - max(piece.start, w.start))
                        for w in day.windows
                    )
        return total / len(self.run.days) / 60_000

    def reverted_per_100(self) -> float:
        found = 0
        for agent in self.run.agents:
            writes = [r for r in self.of_kind("status") if r.actor == agent]
            for one, following in pairwise(writes):
                own = one.data.writer == "agent"
                other = following.data.writer in ("wfm", "routing")
                found += own and other and following.t <= one.t + 60_000
        wanted = [i for day in self.run.history.workload.days for i in day.intentions]
        return 100 * found / len(wanted)

    def dead_spans(self) -> list[tuple[str, int, int]]:
        spans = []
        for edit in self.edits:
            code = edit.data.code
            for agent, day in self.run.days.items():
                before = self.state_before(agent, edit.t)
                if edit.data.active or edit.t >= day.end or not before:
                    continue
                if code in before.listed:
                    gone = self.first(agent, edit.t, lambda s, code=code: code not in s.listed)
                    spans.append((agent, code, gone - edit.t))
        return spans

    def deactivated_code_shown_ms(self) -> float:
        spans = [length for *_, length in self.dead_spans()]
        return sum(spans) / len(spans) if spans else 0

    def deactivated_code_shown_p95_ms(self) -> float:
        """The shortest time that is not exceeded in 95 of 100 cases."""
        spans = [length for *_, length in self.dead_spans()]
        enough = [
            one for one in spans if 100 * len([s for s in spans if s <= one]) >= 95 * len(spans)
        ]
        return min(enough, default=0)

    # Secondary symptoms and gaps.

    def refusals_swallowed(self) -> float:
        return len([r for r in self.of_kind("success") if "NOT_FOUND" in r.data.error])

    def false_beliefs(self) -> float:
        return len([r for r in self.of_kind("success") if r.data.error])

    def intentions_lost(self) -> float:
        answered = {r.cause for r in self.of_kind("submit", "warned", "turned_away")}
        return len([r for r in self.of_kind("open") if r.id not in answered])

    def wrong_selections(self) -> float:
        dead: set[int] = set()
        wrong = 0
        for record in self.of_kind("edit", "submit"):
            if record.kind == "edit":
                (dead.discard if record.data.active else dead.add)(record.data.code)
            else:
                wrong += record.data.code in dead
        return wrong

    def stale_selections_share(self) -> float:
        stale = []
        for record in self.of_kind("submit"):
            pieces = self.pieces[record.actor]
            [state] = [p.state for p in pieces if p.start <= record.t < p.end]
            stale.append(self._unseen(state, record.t + 1) is not None)
        return sum(stale) / len(stale) if stale else 0

    def wrong_selections_expected(self) -> float:
        total = 0.0
        for agent, code, length in self.dead_spans():
            day = self.run.days[agent]
            wanted = [i for i in day.intentions if i.reason == self.codes[code].name]
            total += len(wanted) * length / (day.end - day.start)
        return total

    def _unseen(self, state: State, until: int) -> int | None:
        """When the first change that the list shown has missed was made, if before a moment."""
        asked = self.asked_codes(self.names[state.asked])
        missed = [e.t for e in self.edits if e.data.code in asked and state.as_of < e.t < until]
        return min(missed, default=None)

    def _staleness(self) -> tuple[float, float]:
        shares, ages = [], []
        for pieces in self.pieces.values():
            shown = [p for p in pieces if p.state.asked]
            stale, area = 0, 0.0
            for piece in shown:
                since = self._unseen(piece.state, piece.end)
                if since is not None:
                    start = max(since, piece.start)
                    stale += piece.end - start
                    area += (piece.end - start) * ((piece.end + start) / 2 - since)
            time = sum(p.length for p in shown)
            shares.append(stale / time if time else 0)
            ages.append(area / time if time else 0)
        return sum(shares) / len(shares), sum(ages) / len(ages)

    def stale_share(self) -> float:
        return self._staleness()[0]

    def staleness_age_ms(self) -> float:
        return self._staleness()[1]

    def missing_gap_s(self) -> float:
        types = self.settings.widget.status_reason_types
        wanted = {i for i, code in enumerate(self.codes) if code.type in types}
        return self.seconds(lambda s: self.usable_codes(s.division) & s.active & wanted - s.listed)

    def unusable_gap_s(self) -> float:
        return self.seconds(lambda s: s.listed - (self.usable_codes(s.division) & s.active))

    def status_gap_s(self) -> float:
        return self.seconds(lambda s: s.believed != s.status)

    def foreign_codes_shown_ms(self) -> float:
        return 1000 * self.seconds(lambda s: s.listed - self.usable_codes(s.division))

    # Costs.

    def _calls(self, wanted: Callable[[str, int], bool] = lambda kind, status: True) -> int:
        return sum(
            n
            for calls in self.run.requests.values()
            for (kind, status, _), (n, _) in calls.items()
            if wanted(kind, status)
        )

    def _length_s(self) -> float:
        return max(day.end for day in self.run.days.values()) / 1000

    def unauthorized_replies(self) -> float:
        return self._calls(lambda kind, status: status == 401)

    def requests_per_s(self) -> float:
        return self._calls() / self._length_s()

    def bytes_per_s(self) -> float:
        sizes = [size for c in self.run.requests.values() for _, size in c.values()]
        return sum(sizes) / self._length_s()

    def rate_limit_share(self) -> float | None:
        limit = self.settings.platform.rate_limit_per_min
        if limit is None:
            return None
        minutes = sum(day.end - day.start for day in self.run.days.values()) / 60_000
        if self._one_token():
            minutes = self._length_s() / 60
        return self._calls(lambda kind, status: kind != "renew") / minutes / limit

    def _one_token(self) -> bool:
        return self.settings.application.token_topology == "shared"

    @cached_property
    def left(self) -> list[tuple[int, str, str]]:
        """Every call by itself: when it left, of which kind, whose."""
        calls = []
        for agent, progressions in self.run.history.departures.items():
            for kind, first, every, n, _ in progressions:
                t = first
                for _ in range(n):
                    calls.append((t, kind, agent))
                    t += every
        return calls

    def rate_limit_peak_share(self) -> float | None:
        limit = self.settings.platform.rate_limit_per_min
        if limit is None:
            return None
        used: dict[tuple[str, int], int] = {}
        for t, kind, agent in self.left:
            if kind != "renew":
                window = ("all" if self._one_token() else agent, t // 60_000)
                used[window] = used.get(window, 0) + 1
        return max(used.values(), default=0) / limit

    def polls_per_s(self) -> float:
        polls = [t for t, kind, _ in self.left if kind not in ("renew", "submit")]
        return len(polls) / self._length_s()

    def peak_requests_per_s(self) -> float:
        return self._busiest(lambda kind: kind != "renew")

    def burst_requests_per_s(self) -> float:
        calls = sum(kind != "renew" for _, kind, _ in self.left)
        return self.peak_requests_per_s() - calls / self._length_s()

    def peak_renewals_per_s(self) -> float:
        return self._busiest(lambda kind: kind == "renew")

    def _busiest(self, counts: Callable[[str], bool]) -> float:
        """Seconds are sorted, so that those of one number stand together."""
        peak = run = 0
        before = -1
        for second in sorted(t // 1000 for t, kind, _ in self.left if counts(kind)):
            run = run + 1 if second == before else 1
            peak, before = max(peak, run), second
        return peak

    def refused_share(self) -> float:
        too_many = self.settings.platform.too_many_requests.code
        refused = 0
        for calls in self.run.requests.values():
            refused += sum(n for (_, _, code), (n, _) in calls.items() if code == too_many)
        return refused / len([kind for _, kind, _ in self.left if kind != "renew"])

    def token_requests(self) -> float:
        return self._calls(lambda kind, status: kind == "renew")

    def codes_to_maintain(self) -> float:
        return len({code.id for code in self.codes})

    def scopes_granted(self) -> float:
        return len(set(self.settings.application.scopes))

    def ancestor_codes_visible(self) -> float:
        means = []
        for pieces in self.pieces.values():
            total = 0
            for piece in pieces:
                above = self.path(piece.state.division)[1:]
                visible = [i for i in piece.state.listed if self.codes[i].division in above]
                total += piece.length * len(visible)
            means.append(total / sum(p.length for p in pieces))
        return sum(means) / len(means)

    def _overrides(self, agent: str) -> list[int]:
        day, settings = self.run.days[agent], self.settings
        times = []
        if settings.wfm.writes_status:
            times += [t for window in day.windows for t in window[:2]]
        every = settings.routing.sweep_interval_ms
        if every:
            times += [n * every for n in range(day.end // every + 100)]
        return [t for t in times if t >= day.start]

    def locked_s(self) -> float:
        if self.settings.widget.override_guard != "lock":
            return 0
        window = self.settings.widget.override_window_ms
        total = 0
        for agent, day in self.run.days.items():
            due = self._overrides(agent)
            edges = sorted({day.start, day.end, *due, *(t - window for t in due)})
            total += sum(
                b - a
                for a, b in pairwise(e for e in edges if day.start <= e <= day.end)
                if any(a < t <= a + window for t in due)
            )
        return total / len(self.run.days) / 1000

    def turned_away(self) -> float:
        return len(self.of_kind("turned_away"))

    def warnings_shown(self) -> float:
        return len(self.of_kind("warned"))

    def adherence_pct(self) -> float:
        shares = []
        for agent, day in self.run.days.items():
            exception = 0
            for piece in self.pieces[agent]:
                status = piece.state.status
                if status >= 0 and self.codes[status].type == "OTHER":
                    continue
                on_break = sum(
                    max(0, min(piece.end, w.end) - max(piece.start, w.start)) for w in day.windows
                )
                off = status != -1
                exception += piece.length - on_break if off else on_break
            shares.append(1 - exception / (day.end - day.start))
        return 100 * sum(shares) / len(shares)

    def shift_h(self) -> float:
        lengths = [(day.end - day.start) / 3_600_000 for day in self.run.days.values()]
        return sum(lengths) / len(lengths)


# Runs in which things happen.

BUSY = {
    "workload.transfer_probability": 0.4,
    "workload.deactivation_probability": 0.5,
    "workload.reload_probability": 0.5,
    "workload.hidden_per_shift": 1,
    "workload.outages_per_shift": 1,
    "workload.unscheduled_breaks": 6.5,
    "widget.dataset_life_polls": 7,
}
RUNS: dict[str, Callable[[], Run]] = {
    **{trap_id: lambda t=trap_id: simkit.run(traps[t].settings, 1) for trap_id in traps},
    "T2a": lambda: simkit.run(traps["T2"].fixed("T2a"), 1),
    "overridden and locked": lambda: simkit.run(
        traps["E3"].settings.replace(
            {
                **BUSY,
                "widget.filter_type": "hierarchical",
                "widget.override_guard": "lock",
                "widget.division_id": PAGE_DIVISION,
                "platform.rate_limit_per_min": 20,
            }
        ),
        11,
    ),
    "dead tokens and warnings": lambda: simkit.run(
        traps["E2"].settings.replace(
            {
                **BUSY,
                "provisioning.binding": "parent",
                "widget.filter_type": "hierarchical",
                "widget.override_guard": "warn",
                "widget.version_parameter": True,
                "wfm.writes_status": True,
                "wfm.mapped_types": ("TRAINING", "OTHER"),
                "routing.sweep_interval_ms": 10 * MINUTE,
            }
        ),
        12,
    ),
    "critical codes twice": lambda: simkit.run(
        traps["E1"].settings.replace(
            {**BUSY, "provisioning.duplicate_critical": True, "widget.http_max_age_ms": 10 * MINUTE}
        ),
        13,
    ),
    "one token for all, over its limit": lambda: simkit.run(
        traps["E4"].settings.replace(
            {
                **BUSY,
                "application.token_topology": "shared",
                "platform.rate_limit_per_min": 40,
                "widget.honour_retry_after": True,
                "widget.retry_jitter_ms": MINUTE,
                "widget.start_jitter_ms": 90 * SECOND,
            }
        ),
        14,
    ),
}


@pytest.fixture(scope="module")
def readings() -> dict[str, Reading]:
    return {name: Reading(make()) for name, make in RUNS.items()}


@pytest.mark.slow
@pytest.mark.parametrize("name", METRICS)
@pytest.mark.some(8, start=1)
def test_a_metric_is_what_a_plain_reading_of_the_log_says(
    readings: dict[str, Reading], name: str
) -> None:
    """A second reading, record by record and without masks, finds the same in each run."""
    for case, reading in readings.items():
        expected = getattr(reading, name)()
        found = reading.run.metrics[name].value
        assert found == (expected if expected is None else pytest.approx(expected, rel=1e-9)), case


@pytest.mark.slow
@pytest.mark.parametrize("name", METRICS)
def test_each_metric_takes_different_values_in_the_runs_it_is_checked_on(
    readings: dict[str, Reading], name: str
) -> None:
    """Else the comparison with the plain reading would compare zeros."""
    if name == "shift_h":
        return
    assert len({reading.run.metrics[name].value for reading in readings.values()}) > 1


def test_every_metric_has_a_title_a_unit_and_a_description() -> None:
    """Tables and screens print these, so a metric without them would leave a blank."""
    for name, metric in METRICS.items():
        assert metric.title
        assert metric.unit
        assert metric.read.__name__ == name
        assert metric.read.__doc__


def without(run: Run, *kinds: str) -> Run:
    records = [record for record in run.log if record.kind not in kinds]
    return ProcessRun(dataclasses.replace(run.history, log=Log(records)), "test")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("case", "kind"),
    [
        ("T1", "open"),
        ("T2a", "list"),
        ("T3", "success"),
        ("E1", "open"),
        ("E2", "trouble"),
        ("E3", "status"),
        ("E4", "list"),
    ],
)
def test_a_symptom_metric_notices_when_its_records_are_lost(
    readings: dict[str, Reading], case: str, kind: str
) -> None:
    """A value that stayed the same without these records would not be read from them."""
    run, metric = readings[case].run, traps[case[:2]].metric
    value = run.metrics[metric].value
    assert value
    assert without(run, kind).metrics[metric].value != value


def test_the_plain_reading_contradicts_a_metric_with_another_window(
    readings: dict[str, Reading], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With 30 s in place of 60 s the two part by over 5 %: that they agree is no accident."""
    monkeypatch.setattr(symptoms, "REVERT_WINDOW_MS", 30 * SECOND)
    reading = readings["E3"]
    broken = METRICS["reverted_per_100"].measure(reading.run.history)
    assert broken != pytest.approx(reading.reverted_per_100(), rel=0.05)


# Small cases, worked out by hand. All delays are exactly 100 ms; polls leave every 30 s.

DELAY = 100


def by_hand(*days: AgentDay, edits: tuple[Edit, ...] = (), **fields: Any) -> Run:
    healthy = traps["T1"].base
    settings = Settings(
        organisation=Organisation.model_validate(
            {
                "name": "By hand",
                "day": "2026-03-02",
                "provisioning_user_division": "East",
                "divisions": [
                    {"id": "d-00000000-0000-4000-8000-000000000000", "name": "Global"},
                    {"id": "d-00000000-0000-4000-8000-000000000001", "name": "East"}
                    | {"parent": "Global"},
                    {"id": "d-00000000-0000-4000-8000-000000000002", "name": "West"}
                    | {"parent": "Global"},
                ],
                "codes": [
                    {"id": "e-pause", "name": "Pause", "type": "BREAK", "division": "East"},
                    {"id": "e-issue", "name": "Issue", "type": "OTHER", "division": "East"},
                    {"id": "w-pause", "name": "Pause", "type": "BREAK", "division": "West"},
                ],
                "shifts": [{"name": "day", "start": "08:00", "end": "16:00"}],
                "agents": [{"id": "a", "division": "East", "shift": "day"}],
            }
        ),
        platform=healthy.platform,
    )
    delays = dict.fromkeys(("delay_min_ms", "delay_median_ms", "delay_max_ms"), DELAY)
    return simkit.run(settings.replace({**delays, **fields}), 1, workload=Workload(days, edits))


def day(end: int, *intentions: Intention, **fields: Any) -> AgentDay:
    return AgentDay("a", "East", 0, end, intentions=intentions, **fields)


def value(run: Run, name: str) -> float:
    found = run.metrics[name].value
    assert found is not None
    return found


def test_a_run_in_which_nothing_happens_has_no_symptom() -> None:
    """An idle hour gives 0 for each symptom and 100 % adherence: 0 means that all is well."""
    run = by_hand(day(HOUR))
    zero = [
        *(trap.metric for trap in traps.values()),
        "deactivated_code_shown_p95_ms",
        "stale_selections_share",
        "refused_share",
        "refusals_swallowed",
        "false_beliefs",
        "unauthorized_replies",
        "intentions_lost",
        "wrong_selections",
        "wrong_selections_expected",
        "stale_share",
        "staleness_age_ms",
        "unusable_gap_s",
        "status_gap_s",
        "foreign_codes_shown_ms",
        "locked_s",
        "turned_away",
        "warnings_shown",
    ]
    assert {name: run.metrics[name].value for name in zero} == dict.fromkeys(zero, 0)
    assert value(run, "adherence_pct") == 100
    assert value(run, "shift_h") == 1


@pytest.mark.claim("C036")
@pytest.mark.parametrize(
    ("edited", "gone"),
    [
        (40_000, 60_200),  # the poll of 60.0 arrives at 60.1, and its reply at 60.2
        (60_100, 60_200),  # an edit in the millisecond of an arrival comes before it
        (60_101, 90_200),
        (65_000, 90_200),
        (95_000, 100_000),  # the shift ends before the next poll
    ],
)
def test_a_deactivated_code_is_counted_until_the_reply_that_removes_it(
    edited: int, gone: int
) -> None:
    """Polls leave every 30 s and take 100 ms each way; a shift's end ends the count too."""
    run = by_hand(day(100_000), edits=(Edit(edited, 0, False, True),))
    assert value(run, "deactivated_code_shown_ms") == gone - edited


@pytest.mark.parametrize(("widgets", "within"), [(1, 20_200), (19, 29_200), (20, 28_200)])
def test_the_95th_percentile_is_a_time_that_occurs_and_95_percent_do_not_exceed(
    widgets: int, within: int
) -> None:
    """Widgets log in one second apart. Those of 0 to 9 s poll at 30 to 39 s, too early for the
    edit of 40 s: their deactivated code is gone at 60.2 to 69.2 s. The polls of all others are at
    40 s and after: gone at 40.2 to 49.2 s. The longest time of 19 counts, of 20 the one before it.
    """
    days = [AgentDay(f"a{i:02}", "East", i * SECOND, 2 * MINUTE) for i in range(widgets)]
    run = by_hand(*days, edits=(Edit(40_000, 0, False, True),))
    assert value(run, "deactivated_code_shown_p95_ms") == within


@pytest.mark.parametrize(
    ("chosen", "stale"),
    [
        (39_999, 0),
        (40_000, 1),  # an edit comes before a choice in its millisecond
        (60_199, 1),
        (60_200, 0),  # and a reply as well
    ],
)
def test_a_choice_is_stale_when_another_code_of_the_list_has_changed_too(
    chosen: int, stale: int
) -> None:
    """Issue is deactivated at 40.0 and gone from the list at 60.2; Pause is what is wanted."""
    wanted = Intention(chosen, "Pause", MINUTE), Intention(2 * MINUTE, "Pause", MINUTE)
    run = by_hand(day(HOUR, *wanted), edits=(Edit(40_000, 1, False, True),))
    assert value(run, "stale_selections_share") == stale / 2
    assert value(run, "wrong_selections") == 0


def test_a_change_of_another_divisions_list_makes_no_choice_stale() -> None:
    """The agent is of East and the edit is in West, so the list shown misses nothing."""
    wanted = Intention(50_000, "Pause", MINUTE)
    run = by_hand(day(HOUR, wanted), edits=(Edit(40_000, 2, False, True),))
    assert value(run, "stale_selections_share") == 0


def test_a_deactivation_that_no_widget_holds_is_no_case() -> None:
    """At 150 ms no list has come yet, and a code of West is never in one of East."""
    before_the_first_list = by_hand(day(100_000), edits=(Edit(150, 0, False, True),))
    assert value(before_the_first_list, "deactivated_code_shown_ms") == 0
    of_another_division = by_hand(day(100_000), edits=(Edit(40_000, 2, False, True),))
    assert value(of_another_division, "deactivated_code_shown_ms") == 0


def test_staleness_counts_from_the_change_to_the_reply_that_shows_it() -> None:
    """Stale from 40.0 to 60.2 of a list shown from 0.2 to 120.0."""
    run = by_hand(day(120_000), edits=(Edit(40_000, 0, False, True),))
    assert value(run, "stale_share") == pytest.approx(20_200 / 119_800)
    assert value(run, "staleness_age_ms") == pytest.approx(20_200**2 / 2 / 119_800)
    assert value(run, "unusable_gap_s") == pytest.approx(20.2)
    assert value(run, "missing_gap_s") == pytest.approx(0.2)


def test_a_change_and_its_undoing_are_two_changes_of_the_list() -> None:
    """The code is usable again after 10 s; the list still counts as stale until 60.2 s."""
    run = by_hand(day(120_000), edits=(Edit(40_000, 0, False, True), Edit(50_000, 0, True, True)))
    assert value(run, "stale_share") == pytest.approx(20_200 / 119_800)
    assert value(run, "unusable_gap_s") == pytest.approx(10)


@pytest.mark.parametrize(("after", "reverted"), [(60_000, 1), (60_001, 0)])
def test_an_override_counts_up_to_sixty_seconds_after_acceptance(after: int, reverted: int) -> None:
    """The sweep comes at 10:00; the choice is accepted one delay after it was made."""
    choice = Intention(10 * MINUTE - after - DELAY, "Pause", HOUR)
    other = Intention(20 * MINUTE + 1, "Pause", HOUR)
    run = by_hand(day(25 * MINUTE, choice, other), sweep_interval_ms=10 * MINUTE)
    assert value(run, "reverted_per_100") == 100 * reverted / 2


def test_an_agents_own_return_is_no_override() -> None:
    """The pause ends some 10 s before the sweep at 10 min, which finds nothing to revert."""
    run = by_hand(
        day(30 * MINUTE, Intention(9 * MINUTE + 30_000, "Pause", 20_000)),
        sweep_interval_ms=10 * MINUTE,
    )
    assert value(run, "reverted_per_100") == 0


def test_openings_with_and_without_a_list_are_counted_apart() -> None:
    """Nobody opens before the first list, which is there after two delays, nor without one."""
    early, late = Intention(150, "Pause", MINUTE), Intention(MINUTE, "Pause", MINUTE)
    hasty = Intention(1, "Pause", 1)
    run = by_hand(day(HOUR, hasty, early, late))
    assert value(run, "empty_openings_share") == 0
    assert value(run, "intentions_lost") == 1
    refused = by_hand(day(HOUR, early, late), division_id="no-division")
    assert value(refused, "empty_openings_share") == 1
    assert value(refused, "intentions_lost") == 2


@pytest.mark.claim("C069")
def test_a_refused_scope_shows_success_and_writes_nothing() -> None:
    """With the read scope alone an agent believes in a 6 min pause that nobody wrote."""
    run = by_hand(
        day(HOUR, Intention(MINUTE, "Pause", 6 * MINUTE)), scopes=("telephony:status:read",)
    )
    assert value(run, "false_successes") == 1
    assert value(run, "false_beliefs") == 1
    # Believed from the reply on, for as long as the pause was meant to last.
    assert value(run, "status_gap_s") == pytest.approx(6 * 60)
    assert value(run, "adherence_pct") == 100


def test_status_parts_from_belief_between_arrival_and_reply_alone_when_all_is_well() -> None:
    """The gap is the one delay of the reply; adherence loses the pause and one delay."""
    run = by_hand(day(HOUR, Intention(MINUTE, "Pause", 6 * MINUTE)))
    assert value(run, "status_gap_s") == pytest.approx(DELAY / 1000)
    exception = 6 * MINUTE + DELAY
    assert value(run, "adherence_pct") == pytest.approx(100 * (1 - exception / HOUR))


@pytest.mark.claim("C022")
def test_time_on_a_code_of_type_other_is_no_exception_to_adherence() -> None:
    """The guide says that compliance figures leave OTHER out, so six minutes cost nothing."""
    run = by_hand(day(HOUR, Intention(MINUTE, "Issue", 6 * MINUTE)))
    assert value(run, "adherence_pct") == 100


def test_time_available_during_a_scheduled_break_is_an_exception() -> None:
    """The agent works through a break of 15 min in an hour: 1 - 15/60 is 75 %."""
    windows = (Window(10 * MINUTE, 25 * MINUTE, "Pause"),)
    assert value(by_hand(day(HOUR, windows=windows)), "adherence_pct") == 75


@pytest.mark.claim("C088")
def test_a_dead_token_freezes_the_dropdown_from_the_first_refused_poll_to_the_end() -> None:
    """Dead from 45:00.000; the poll that leaves then is refused, and known to be two delays on."""
    run = by_hand(day(HOUR), auto_refresh=False, relogin_after_ms=None)
    assert value(run, "unresponsive_min") == pytest.approx((15 * MINUTE - 2 * DELAY) / MINUTE)
    assert value(run, "unauthorized_replies") == 30
    assert value(run, "token_requests") == 0


@pytest.mark.claim("C108")
def test_a_choice_between_deactivation_and_the_next_list_is_wrong_and_refused() -> None:
    """Dead at 40.0, gone from the list at 60.2; the mean over the shift expects 20.2 s of it."""
    wanted = Intention(50_000, "Pause", MINUTE), Intention(80_000, "Pause", MINUTE)
    run = by_hand(day(200_000, *wanted), edits=(Edit(40_000, 0, False, True),))
    assert value(run, "wrong_selections") == 1
    assert value(run, "refusals_swallowed") == 1
    assert value(run, "intentions_lost") == 1
    assert value(run, "wrong_selections_expected") == pytest.approx(2 * 20_200 / 200_000)


def test_a_choice_made_before_a_deactivation_may_be_refused_without_being_wrong() -> None:
    """It is made 50 ms before the edit and arrives 50 ms after it: nobody could know."""
    run = by_hand(
        day(HOUR, Intention(39_950, "Pause", MINUTE)), edits=(Edit(40_000, 0, False, True),)
    )
    assert value(run, "wrong_selections") == 0
    assert value(run, "refusals_swallowed") == 1


@pytest.mark.claim("C002")
def test_a_transfer_lasts_until_the_list_of_the_new_division_is_shown() -> None:
    """Read at each request: the poll of 60.0 asks for the new division; shown at 60.2."""
    moved = (Transfer(40_000, "West"),)
    run = by_hand(day(HOUR, transfers=moved), division_reread="request")
    assert value(run, "stale_division_min") == pytest.approx(20_200 / MINUTE)
    assert value(run, "foreign_codes_shown_ms") == 20_200
    never = by_hand(day(HOUR, transfers=moved), division_id=PAGE_DIVISION)
    assert value(never, "stale_division_min") == pytest.approx((HOUR - 40_000) / MINUTE)


def test_a_lock_holds_for_a_minute_before_each_sweep() -> None:
    """Sweeps at 10, 20 and 30 min; the last one falls on the end of the shift."""
    fields = {"sweep_interval_ms": 10 * MINUTE, "override_guard": "lock"}
    blocked = Intention(10 * MINUTE - 60_000, "Pause", MINUTE)
    free = Intention(15 * MINUTE, "Pause", MINUTE)
    run = by_hand(day(30 * MINUTE, blocked, free), **fields)
    assert value(run, "locked_s") == 180
    assert value(run, "turned_away") == 1
    warned = by_hand(day(30 * MINUTE, blocked, free), **{**fields, "override_guard": "warn"})
    assert value(warned, "locked_s") == 0
    assert value(warned, "warnings_shown") == value(warned, "turned_away") == 1


def test_requests_and_bytes_are_those_of_every_poll_renewal_and_submission() -> None:
    """120 polls, one renewal (after 44 min) and one submission in an hour."""
    run = by_hand(day(HOUR, Intention(MINUTE, "Pause", MINUTE)))
    assert value(run, "requests_per_s") == pytest.approx(122 / 3600)
    assert value(run, "token_requests") == 1
    entities = [
        {
            "id": code_id,
            "name": name,
            "divisionId": "East",
            "status": "NOT_AVAILABLE",
            "color": "#888888",
            "type": kind,
            "isDefault": False,
        }
        for code_id, name, kind in [("e-pause", "Pause", "BREAK"), ("e-issue", "Issue", "OTHER")]
    ]
    body = json.dumps({"entities": entities}, separators=(",", ":"))
    # Each entry is charged with its comma, the last one too.
    assert value(run, "bytes_per_s") == pytest.approx(120 * (len(body) + 1) / 3600)


def test_a_version_parameter_adds_one_call_of_the_configuration_to_each_poll() -> None:
    """An hour has 120 polls and one renewal; the version adds 120 calls and no renewal."""
    plain, versioned = by_hand(day(HOUR)), by_hand(day(HOUR), version_parameter=True)
    assert value(plain, "requests_per_s") == pytest.approx(121 / 3600)
    assert value(versioned, "requests_per_s") == pytest.approx(241 / 3600)


def test_the_share_of_a_rate_limit_leaves_renewals_out_and_is_none_without_a_limit() -> None:
    """Two polls a minute are 2 of 8 allowed calls, and 4 of 8 when two share one token."""
    assert by_hand(day(HOUR)).metrics["rate_limit_share"].value is None
    limited = by_hand(day(HOUR), rate_limit_per_min=8)
    assert value(limited, "rate_limit_share") == pytest.approx(2 / 8)
    two = (day(HOUR), dataclasses.replace(day(HOUR), agent="b"))
    shared = by_hand(*two, rate_limit_per_min=8, token_topology="shared")
    assert value(shared, "rate_limit_share") == pytest.approx(4 / 8)


def test_the_busiest_minute_counts_the_calls_of_each_token_and_no_renewals() -> None:
    """Two polls a minute; the minute of 44:00, when renewals leave, has a submission as well."""
    submits = Intention(44 * MINUTE + 10_000, "Pause", MINUTE)
    one, two = day(HOUR, submits), dataclasses.replace(day(HOUR), agent="b")
    assert by_hand(one, two).metrics["rate_limit_peak_share"].value is None
    own = by_hand(one, two, rate_limit_per_min=8)
    assert value(own, "token_requests") == 2
    assert value(own, "rate_limit_peak_share") == pytest.approx(3 / 8)
    shared = by_hand(one, two, rate_limit_per_min=8, token_topology="shared")
    assert value(shared, "rate_limit_peak_share") == pytest.approx(5 / 8)


def test_the_windows_of_the_busiest_minute_are_those_of_the_limit() -> None:
    """Three polls in 60 s from 0:50 on, but the limit counts 0:50 and 1:20, 1:50 apart."""
    run = by_hand(AgentDay("a", "East", 50_000, 115_000), rate_limit_per_min=8)
    assert calls_of(run, "list") == 3
    assert value(run, "rate_limit_peak_share") == pytest.approx(2 / 8)


def calls_of(run: Run, *kinds: str) -> int:
    return sum(
        n for c in run.requests.values() for (kind, *_), (n, _) in c.items() if kind in kinds
    )


@pytest.mark.parametrize(("later", "peak"), [(999, 2), (1_000, 1)])
def test_the_busiest_second_is_one_of_the_runs_own_seconds(later: int, peak: int) -> None:
    """The second widget's polls leave so much later than those of the first, in whole seconds."""
    days = day(HOUR // 2), AgentDay("b", "East", later, HOUR // 2)
    assert value(by_hand(*days), "peak_requests_per_s") == peak


def test_the_busiest_second_counts_calls_of_all_kinds_but_renewals() -> None:
    """A poll leaves at 30.0 and a submission at 30.5; a poll and the first renewal at 44:00."""
    submits = Intention(30_500, "Pause", MINUTE)
    assert value(by_hand(day(HOUR // 2, submits)), "peak_requests_per_s") == 2
    assert value(by_hand(day(HOUR)), "peak_requests_per_s") == 1
    assert value(by_hand(day(HOUR)), "peak_renewals_per_s") == 1
    # The list is asked for after the configuration, but counts at the departure of its poll.
    single = AgentDay("a", "East", 950, 20_000)
    assert value(by_hand(single, version_parameter=True), "peak_requests_per_s") == 2


def test_polls_on_the_wire_are_calls_for_lists_and_configurations() -> None:
    """120 polls in an hour; the renewal and the submission are no polls."""
    run = by_hand(day(HOUR, Intention(MINUTE, "Pause", MINUTE)))
    assert value(run, "polls_per_s") == pytest.approx(120 / 3600)
    versioned = by_hand(day(HOUR), version_parameter=True)
    assert value(versioned, "polls_per_s") == pytest.approx(240 / 3600)


def test_the_share_refused_is_that_of_the_calls_that_the_limit_applies_to() -> None:
    """One call a minute is let through: the poll at its start. The renewal is none of them."""
    run = by_hand(day(HOUR), rate_limit_per_min=1)
    assert value(run, "token_requests") == 1
    assert value(run, "refused_share") == pytest.approx(60 / 120)
    # A submission between the two polls of its minute is the call too many, as is the next poll.
    submits = Intention(70_000, "Pause", MINUTE)
    assert value(by_hand(day(HOUR, submits), rate_limit_per_min=1), "refused_share") == 61 / 121
    assert value(by_hand(day(HOUR), auto_refresh=False), "refused_share") == 0


def test_codes_of_ancestors_are_counted_while_they_are_listed() -> None:
    """Bound one level up, both codes of East, and the one of West, live in Global."""
    fields = {"binding": "parent", "filter_type": "hierarchical"}
    run = by_hand(day(200_000), **fields)
    assert value(run, "ancestor_codes_visible") == pytest.approx(3 * (200_000 - 200) / 200_000)
    assert value(by_hand(day(200_000)), "ancestor_codes_visible") == 0

"""Settings of the workload estimated from recorded days, with 95 % intervals.

Each estimator follows the law by which ``simkit/inputs/drawing.py`` draws. What a log of statuses
and audit events cannot tell is named, with the reason.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import floor, sqrt
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.stats import chi2

from simkit.base.clock import HOUR, MINUTE, show_duration
from simkit.base.errors import BadInput, shown
from simkit.base.formatting import interval, number
from simkit.base.randomness import NORMAL_MILLI
from simkit.base.statistics import LEVEL, Estimate, estimate
from simkit.inputs.drawing import Frame
from simkit.inputs.loading import settings_given
from simkit.inputs.traces.reading import Source, read_trace
from simkit.rules.agent_ids import how_many
from simkit.rules.reasons import Directory, codes_of
from simkit.rules.sections import WorkloadSettings
from simkit.rules.settings import Settings
from simkit.rules.workload import AgentDay, Workload
from simkit.studio.day_evidence import FARTHEST, Choices, choices, clear_lags, matched
from simkit.studio.intervals import proportion
from simkit.studio.visibility import Visibility, in_a_log, is_a_log, of_all

FEWEST = 5
"""Of fewer cases than these nothing is estimated where an interval rests on many."""
_TAIL = 1 - LEVEL
_MOST_SPREAD = 4 * HOUR
_CLEAR = 4.0
"""Standard errors by which a mean must part from what is drawn to be told; by chance 1 in 16,000.
"""
_NOT_IN_LOGS: Mapping[str, str] = {
    "reload_probability": "no log tells when a page is reloaded",
    "reload_within_ms": "no log tells when a page is reloaded",
    "hidden_per_shift": "no log tells whether a tab is seen",
    "hidden_min_ms": "no log tells whether a tab is seen",
    "hidden_max_ms": "no log tells whether a tab is seen",
    "outages_per_shift": "the platform's logs cannot tell an agent's network from one who is idle",
    "outage_max_ms": "the platform's logs cannot tell an agent's network from one who is idle",
}
"""Settings that neither logs of statuses nor audit events tell anything of, and why."""


class Calibrated(NamedTuple):
    """A setting as recorded days tell it."""

    field: str
    """Its name within the section ``workload``."""
    value: float
    low: float
    high: float
    """The ends of the 95 % interval."""
    cases: int
    of: str
    """What the cases are, in words."""

    @property
    def setting(self) -> float:
        """The value as a scenario has it: times in whole ms."""
        return round(self.value) if self.field.endswith("_ms") else self.value

    @property
    def words(self) -> str:
        """The value and its interval as people read them."""
        unit = "ms" if self.field.endswith("_ms") else "per shift"
        unit = "share" if self.field.endswith("_probability") else unit
        if self.value:
            return interval(Estimate(self.value, self.low, self.high), unit)
        up_to = f" (0 to {number(self.high, unit)})" if self.high else ""
        return f"{number(0, unit)}{up_to}"


@dataclass(frozen=True)
class Calibration:
    """Settings of the workload as recorded days tell them, and what they cannot tell."""

    found: tuple[Calibrated, ...]
    untold: Mapping[str, str]
    """Why each other setting of the workload is not told, by its name."""
    channel: str | None
    """How codes were edited, pipeline or console, by the most edits; None without any."""
    notes: tuple[str, ...]
    """In what the days differ from any that would be drawn."""
    about: str
    """How many days and agents there were, in words."""

    def __getitem__(self, field: str) -> Calibrated:
        """Give a setting that is told, by its name; KeyError for one that is not."""
        return self._by_field[field]

    def __contains__(self, field: object) -> bool:
        return field in self._by_field

    @cached_property
    def _by_field(self) -> dict[str, Calibrated]:
        return {each.field: each for each in self.found}

    @property
    def settings(self) -> dict[str, float | str]:
        """The settings that are told, as ``settings.replace`` takes them."""
        told: dict[str, float | str] = {
            f"workload.{each.field}": each.setting for each in self.found
        }
        return told | ({"workload.edit_channel": self.channel} if self.channel else {})

    def as_json(self) -> dict[str, Any]:
        """Give the form that the command line prints."""
        return {
            "about": self.about,
            "level": LEVEL,
            "settings": {
                each.field: {
                    "value": each.value,
                    "ci95": [each.low, each.high],
                    "cases": each.cases,
                    "of": each.of,
                }
                for each in self.found
            },
            "edit_channel": self.channel,
            "untold": dict(self.untold),
            "notes": list(self.notes),
        }

    def __repr__(self) -> str:
        return f"Calibration({self.about}; {len(self.found)} settings told)"


def calibrate(
    days: Sequence[Workload | Source], settings: Settings, *, exact: bool = False
) -> Calibration:
    """Give the settings of the workload that recorded days tell, with 95 % intervals.

    ``days`` is a list of what ``read_trace`` reads, with ``exact`` if that is wanted, or gave;
    ``settings`` are those of a scenario with the organisation whose days they are. BadInput for a
    day that cannot be read with these settings, for one that is given twice, and where there is
    none.
    """
    settings_given(settings)
    if not isinstance(days, list | tuple) or not days:
        raise BadInput(field="days", found=shown(days), allowed="a list of recorded days")
    return _Days(_read(days, settings, exact), settings).calibration()


def _read(days: Sequence[Workload | Source], settings: Settings, exact: bool) -> list[Workload]:
    """Read each day; BadInput for one that is there already, whatever its file is called."""
    names: dict[Workload, str] = {}
    for n, day in enumerate(days, 1):
        if isinstance(day, Workload):
            day.refuse_other(settings)
            workload = day
        else:
            workload = read_trace(day, settings, exact=exact)
        file = os.fspath(day) if isinstance(day, str | os.PathLike) else None
        if workload in names:
            raise _twice(file, n, names[workload])
        names[workload] = file or f"day {n}"
    return list(names)


def _twice(file: str | None, n: int, first: str) -> BadInput:
    if file is None:
        return BadInput(f"day {n} is the same as {first}", field="days", allowed="each day once")
    problem = "given twice" if file == first else f"the same day as {first}"
    return BadInput(problem, file=file, allowed="each day once")


class _Days:
    """Recorded days of one organisation, and what they tell."""

    def __init__(self, workloads: Sequence[Workload], settings: Settings) -> None:
        self.workloads, self.settings = workloads, settings
        self.shifts = [day for workload in workloads for day in workload.days]
        self.rounded = any(workload.rounded for workload in workloads)
        self.codes = codes_of(settings)
        self.frame = Frame.of(settings, self.codes, settings.seed)
        self.untold = dict(_NOT_IN_LOGS)
        self.notes: list[str] = []
        # Others are never drawn a choice but those of their activities.
        choosing = [
            (day, visible) for workload in workloads for day, visible in self._visible(workload)
        ]
        self.matched = matched(day for day, _ in choosing)
        self.visible = [visible for _, visible in choosing]

    def _visible(self, workload: Workload) -> Iterator[tuple[AgentDay, Visibility]]:
        """Give the shifts of agents who may want something, and what a day shows of it."""
        directory = Directory(self.settings.organisation, self.codes, workload.edits)
        logged, lag = is_a_log(workload), self.settings.platform.permission_lag_ms
        for day in workload.days:
            if names := self.frame.names.get(day.division):
                yield day, in_a_log(day, names, directory, lag) if logged else of_all(day)

    def calibration(self) -> Calibration:
        """Estimate one after the other, in the order of the section."""
        found = [*self._start_spread(), *self._around_activities(), *self._deactivations()]
        found += self._transfers()
        order = list(WorkloadSettings.model_fields)
        agents = how_many({day.agent for day in self.shifts})
        count = len(self.workloads)
        channel = self._channel()
        if channel is None:
            self.untold["edit_channel"] = "no code was edited"
        return Calibration(
            tuple(sorted(found, key=lambda each: order.index(each.field))),
            {key: self.untold[key] for key in order if key in self.untold},
            channel,
            tuple(self.notes),
            f"{count:,} day{'s' * (count > 1)}, {agents}, {len(self.shifts):,} shifts",
        )

    # --- shifts -------------------------------------------------------------------------------

    def _start_spread(self) -> Iterator[Calibrated]:
        """The largest of n offsets, each uniform over the span: exact for whole milliseconds."""
        field = "start_spread_ms"
        hours = self.settings.organisation.hours
        patterns = {one.id: hours[one.shift] for one in self.settings.organisation.agents}
        offsets = [
            day.start - patterns[day.agent].start for day in self.shifts if day.agent in patterns
        ]
        if not offsets:
            self.untold[field] = "no agent of the days is in the organisation, with a shift pattern"
            return
        if min(offsets) < 0 or max(offsets) > _MOST_SPREAD:
            odd = sum(not 0 <= offset <= _MOST_SPREAD for offset in offsets)
            self.untold[field] = (
                f"{odd:,} of {len(offsets):,} shifts begin before their pattern does, or more than "
                f"{show_duration(_MOST_SPREAD)} after it: they are no shifts of these patterns"
            )
            return
        latest, n = max(offsets), len(offsets)
        # Of a time that is rounded down, the whole minute may have been meant.
        most = latest // MINUTE * MINUTE + MINUTE - 1 if self.rounded else latest
        low = latest // MINUTE * MINUTE if self.rounded else latest
        high = floor((most + 1) / _TAIL ** (1 / n)) - 1
        value = min((latest + 1) * (n + 1) / n - 1, high)
        yield Calibrated(
            field, value, low, min(high, _MOST_SPREAD), n, "shifts, against their patterns"
        )

    # --- choices ------------------------------------------------------------------------------

    def _around_activities(self) -> Iterator[Calibrated]:
        """Choices for activities, after them, and at any time."""
        spread = self._cluster_sd()
        if spread is None and any(day.day.windows for day in self.matched):
            for field in ("unscheduled_breaks", "follow_up_probability"):
                self.untold[field] = (
                    "choices cannot be told apart: how far they stray from activities is not told"
                )
            return
        reach = FARTHEST * spread.high if spread else 0.0
        if spread and self.rounded:
            # Both ends of a lag were drawn within their minutes.
            reach += MINUTE
            self.untold[spread.field] = (
                "times are whole minutes, which strays as far as agents do: log seconds"
            )
        elif spread:
            yield spread
        seen = choices(zip(self.matched, self.visible, strict=True), reach)
        yield from self._unscheduled(seen)
        yield from self._follow_ups(seen)

    def _cluster_sd(self) -> Calibrated | None:
        """The root mean square of lags, by the drawing's own table, which ends at 3.09 sd.

        Sums of its squares are very nearly a multiple of a chi-square, whose mean and variance are
        those of the table.
        """
        field = "cluster_sd_ms"
        second, fourth = _MOMENTS
        scale = (fourth - second**2) / (2 * second)
        reach = 0.0
        for _ in range(20):
            lags = clear_lags(self.matched, reach)
            if len(lags) < FEWEST:
                self.untold[field] = (
                    f"{len(lags):,} choices belong to activities that lie clear of each other and "
                    f"of the ends of shifts; {FEWEST} are needed"
                )
                return None
            total = float(np.square(np.array(lags, dtype=float)).sum())
            degrees = len(lags) * second / scale
            ends = chi2.ppf([1 - _TAIL / 2, _TAIL / 2], degrees) * scale
            low, high = (sqrt(total / end) for end in ends)
            if FARTHEST * high <= reach:
                break
            reach = FARTHEST * high
        value = sqrt(total / len(lags) / second)
        self._tell_lateness(lags, value)
        lost = sum(lag is None for each in self.matched for lag in each.lags)
        if lost:
            have = "activity has" if lost == 1 else "activities have"
            self.notes.append(f"{lost:,} scheduled {have} no choice of the same reason near")
        return Calibrated(field, value, low, high, len(lags), "choices for scheduled activities")

    def _tell_lateness(self, lags: Sequence[int], sd: float) -> None:
        mean = sum(lags) / len(lags)
        if abs(mean) > _CLEAR * sd / sqrt(len(lags)):
            how = "late" if mean > 0 else "early"
            self.notes.append(
                f"activities are begun {show_duration(abs(mean))} {how} on average; drawn are such "
                f"as are late as often as early, and the spread has it in it"
            )

    def _unscheduled(self, seen: Choices) -> Iterator[Calibrated]:
        """The mean number at any time: those far from activities, by the share of time that is."""
        field = "unscheduled_breaks"
        if len(seen.elsewhere) < FEWEST:
            self.untold[field] = (
                f"{len(seen.elsewhere):,} shifts have time that is not near an activity; "
                f"{FEWEST} are needed"
            )
            return
        values = [n / share for n, share in zip(seen.elsewhere, seen.share, strict=True) if share]
        found = estimate(values, least=0.0, most=50.0)
        self._tell_dispersion(found.mean, seen)
        yield Calibrated(field, *found, len(values), "shifts")

    def _tell_dispersion(self, mean: float, seen: Choices) -> None:
        """Say when numbers of choices differ more between shifts than any that are drawn."""
        part = mean % 1
        drawn = sum(
            part * (1 - part) * share**2 + mean * share * (1 - share) for share in seen.share
        )
        real = sum(
            (n - mean * share) ** 2 for n, share in zip(seen.elsewhere, seen.share, strict=True)
        )
        # Of a drawn day the sum of squares has the mean `drawn`, and roughly a chi-square's spread.
        n = len(seen.share)
        if real > max(drawn, 0.05 * n) * (1 + _CLEAR * sqrt(2 / n)):
            self.notes.append(
                f"numbers of unscheduled changes differ from shift to shift with a variance of "
                f"{real / n:.2f}, drawn ones with {drawn / n:.2f}: the mean alone will be right"
            )

    def _follow_ups(self, seen: Choices) -> Iterator[Calibrated]:
        """The share of ends of activities with a choice near, less what is there at any time."""
        field = "follow_up_probability"
        ends = len(seen.near)
        if ends < FEWEST:
            self.untold[field] = (
                f"{ends:,} activities end clear of each other and of the ends of shifts; "
                f"{FEWEST} are needed"
            )
            return
        mean = sum(seen.elsewhere) / sum(seen.share) if seen.share else 0.0
        by_chance = sum(1 - (1 - near) ** mean for near in seen.near) / ends
        most = (1 - by_chance) * sum(seen.shown) / ends
        if not most:
            self.untold[field] = "all codes were off when activities ended"
            return
        value, low, high = (
            min(1.0, max(0.0, (end - by_chance) / most)) for end in proportion(seen.after, ends)
        )
        yield Calibrated(field, value, low, high, ends, "ends of scheduled activities")

    # --- administrators -----------------------------------------------------------------------

    def _deactivations(self) -> Iterator[Calibrated]:
        """The share of codes and days that saw the code switched off."""
        cases = switched_off = 0
        for workload in self.workloads:
            first = {edit.code: edit for edit in reversed(workload.edits)}
            gone = {code for code, edit in first.items() if edit.t == 0 and not edit.active}
            cases += len(self.codes) - len(gone)
            off = {edit.code for edit in workload.edits if not edit.active}
            switched_off += len(off - gone)
        if not cases:
            self.untold["deactivation_probability"] = "all codes were off when the days began"
            return
        found = proportion(switched_off, cases)
        yield Calibrated("deactivation_probability", *found, cases, "codes, each on each day")

    def _channel(self) -> str | None:
        raised = [edit.raises_version for each in self.workloads for edit in each.edits if edit.t]
        if not raised:
            return None
        by_pipeline = sum(raised)
        if 0 < by_pipeline < len(raised):
            self.notes.append(
                f"{by_pipeline:,} of {len(raised):,} edits were made by pipeline, the others by "
                f"hand; drawn ones are all made one way"
            )
        return "pipeline" if 2 * by_pipeline >= len(raised) else "console"

    def _transfers(self) -> Iterator[Calibrated]:
        """The share of shifts with a transfer, and how long before the end none is left."""
        moved = [day for day in self.shifts if day.transfers]
        guard = self._guard(moved)
        least = guard.value if guard else self.settings.workload.transfer_guard_ms
        may = [
            day
            for day in self.shifts
            if day.transfers or (day.end - day.start > least and self.frame.targets(day.division))
        ]
        several = sum(len(day.transfers) > 1 for day in moved)
        if several:
            shifts = "shift has" if several == 1 else "shifts have"
            self.notes.append(f"{several:,} {shifts} more than one transfer; drawn ones have one")
        if may:
            found = proportion(len(moved), len(may))
            yield Calibrated("transfer_probability", *found, len(may), "shifts")
        else:
            self.untold["transfer_probability"] = "no agent can be transferred to another division"
        if guard:
            yield guard
        else:
            self.untold["transfer_guard_ms"] = "nobody was transferred"

    def _guard(self, moved: Sequence[AgentDay]) -> Calibrated | None:
        """The least time left after n transfers, each uniform over the shift before the guard."""
        if not moved:
            return None
        left = [day.end - day.transfers[0].t for day in moved]
        least = max(0, min(left) - 1)
        lengths = np.array([day.end - day.start for day in moved], dtype=float)

        def beyond(guard: float) -> float:
            """How likely all would leave so much time, in logarithms, against the level."""
            return float(np.log((lengths - least) / (lengths - guard)).sum() - np.log(_TAIL))

        low = float(brentq(beyond, 0.0, least)) if beyond(0.0) < 0 < least else 0.0
        shortest = float(lengths.min())
        value = max(low, least - (shortest - least) / len(moved))
        return Calibrated("transfer_guard_ms", value, low, least, len(moved), "transfers")


def _moments() -> tuple[float, float]:
    """Give mean square and mean fourth power of what the table of the normal draws."""
    knots = [knot / 1000 for knot in NORMAL_MILLI.knots]
    pieces = len(knots) - 1
    powers = [
        sum(sum(a**i * b ** (k - i) for i in range(k + 1)) / (k + 1) for a, b in pairwise(knots))
        for k in (2, 4)
    ]
    return powers[0] / pieces, powers[1] / pieces


_MOMENTS = _moments()

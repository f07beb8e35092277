"""Sweeps agree with the closed forms that stand beside them, and the forms know their limits.

The manner of tests/study/test_theory.py: replications are independent, so the tolerance of a mean
is Student's quantile times its standard error, the level shared out over all points (Bonferroni):
a correct kit passes all of them together with probability 99.9 %. What the closed forms leave out
is bounded beforehand, in ``allowances``, and added.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import count
from math import exp, sqrt
from typing import Any

import pytest
from tiny import healthy, organisation

from simkit import theory
from simkit.base.clock import HOUR, MINUTE, SECOND
from simkit.base.statistics import estimate, student_quantile
from simkit.engines.running import measure, run
from simkit.rules.reasons import Edit
from simkit.rules.settings import Settings
from simkit.rules.wire import Wire
from simkit.rules.workload import AgentDay, Workload
from simkit.runs.metrics.registered import METRICS
from simkit.studio.closed_forms import AgentMix, Forms, agreement, crowd_of
from simkit.studio.experiment import experiment
from simkit.studio.sweep import sweep

pytestmark = pytest.mark.slow  # formulas are held against simulations

FAMILY_LEVEL = 0.999
RUNS, CROWDED_RUNS = 30, 5
"""Under a limit hardly anything is left to chance."""
QUICK = {"delay_min_ms": 20, "delay_median_ms": 60, "delay_max_ms": 250}
SLOW = {"delay_min_ms": 500, "delay_median_ms": 1_500, "delay_max_ms": 4_000}
"""Delays long enough that a form without them is off by many standard errors."""
SHIFT = 8 * HOUR
TEAMS = ("Care", "Sales", "Tech")
CODES = 40
"""Codes of each team. Many edits a day make the standard errors small."""
WIDGETS = 9


def world(**fields: Any) -> Settings:
    """Three teams with codes of their own, nothing scheduled, and each code deactivated once."""
    org = organisation(
        {"Global": None, **dict.fromkeys(TEAMS, "Global")},
        codes=[
            {"id": f"{team}-{i}", "name": f"Reason {i}", "type": "OTHER", "division": team}
            for team in TEAMS
            for i in range(CODES)
        ],
        agents=[{"id": f"a{i}", "division": TEAMS[i % 3], "shift": "day"} for i in range(WIDGETS)],
    )
    usual = {"unscheduled_breaks": 0.0, "deactivation_probability": 1.0}
    settings = Settings(name="By hand", organisation=org, platform=healthy().platform)
    return settings.replace(usual | fields)


KEEP = {"http_max_age_ms": 24 * HOUR, "version_parameter": True}
WORLDS = {
    "plain, 30 s": world(refresh_interval_ms=30 * SECOND, **SLOW),
    "plain, 5 min": world(refresh_interval_ms=5 * MINUTE, **QUICK),
    "plain, 2 min, few edits": world(
        refresh_interval_ms=2 * MINUTE, deactivation_probability=0.5, **QUICK
    ),
    "dataset of 4 polls": world(refresh_interval_ms=MINUTE, dataset_life_polls=4, **QUICK),
    "browser, 100 s": world(refresh_interval_ms=30 * SECOND, http_max_age_ms=100_000, **SLOW),
    "version, 30 s": world(refresh_interval_ms=30 * SECOND, **KEEP, **SLOW),
    "version, 5 min": world(refresh_interval_ms=5 * MINUTE, **KEEP, **QUICK),
    "waits up to 4 min": world(
        refresh_interval_ms=2 * MINUTE, start_jitter_ms=4 * MINUTE, start_spread_ms=0, **QUICK
    ),
}
MEASURED = ("stale_share", "staleness_age_ms", "information_age_ms", "polls_per_s", "bytes_per_s")


def allowances(settings: Settings) -> dict[str, float]:
    """What the closed forms leave out, bounded by metric.

    All intervals divide the shift, so that but for the delays of its two ends no cycle is cut.
    """
    forms, rule = Forms(settings), settings.workload
    every, cycle, longest = settings.interval_ms, forms.cycle, settings.wire.delay_max_ms
    table = Wire(settings.wire).equally_likely
    variance = sum((x - forms.delay) ** 2 for x in table) / len(table)
    span = SHIFT + rule.start_spread_ms
    chance = rule.deactivation_probability
    rate = CODES * chance / span
    # A list is taken one way after its poll left; with a version three ways decide on its age.
    ways = 3 if forms.version_helps else 1
    oldest = cycle + (ways + 1) * longest
    # (1 - x)^k in place of e^(-kx): so many codes, each deactivated once, are not quite Poisson.
    binomial = CODES * (chance * oldest / span) ** 2
    # Uneven gaps between arrivals weigh old lists more: by the variance of a gap over its mean.
    uneven = (ways + 1) * variance
    cut = 2 * (ways + 1) * longest / SHIFT
    # A list that an edit called for is two ways younger than the version that told of the edit.
    younger = 2 * forms.delay * rate * len(TEAMS) * rate * every if ways == 3 else 0.0
    # A wait before the first poll cuts a cycle at the end of the shift.
    part = cycle / SHIFT if settings.widget.start_jitter_ms else 0.0
    share = rate * uneven / cycle + rate**2 * uneven + (cut + part) * rate * oldest + rate
    age = rate * oldest * uneven / cycle + rate * uneven + (cut + part) * rate * oldest**2 / 2 + 1
    # The mean of 1/H is not 1 over the mean: Var(H)/(H_min·H²), with H the latest of the starts.
    n, spread = WIDGETS, rule.start_spread_ms
    deviation = spread * sqrt(n / (n + 1) ** 2 / (n + 2))
    jensen = deviation**2 / (SHIFT * forms.horizon)
    polls = SHIFT / every
    late = 1.0 if settings.widget.start_jitter_ms else 0.0
    codes = forms.directory.codes[0].size * CODES
    fetches = polls if cycle == every else SHIFT / cycle
    # Lists are fetched at the begin of cycles, when fewer codes are gone, and by who starts early.
    sizes = fetches * codes * chance * (cycle / 2 + 3 * longest) / span
    sizes += fetches * codes * chance * 0.3 * spread / span * deviation / forms.horizon
    full = forms.mean_list_bytes + codes
    if forms.version_helps:
        edits = CODES * len(TEAMS)
        fetches = 1 + edits * chance
        # The first list is whole; a list that an edit called for lacks that one code more.
        sizes = full + polls * edits * (chance * every / span) ** 2 * full
        sizes += fetches * max(code.size for code in forms.directory.codes)
    return {
        "stale_share": share + binomial + younger,
        "staleness_age_ms": age + (binomial + younger) * oldest,
        "information_age_ms": uneven / cycle + (cut + part) * (cycle / 2 + 2 * longest),
        "polls_per_s": forms.values["polls_per_s"] * jensen
        + WIDGETS * late / forms.horizon * SECOND,
        "bytes_per_s": forms.values["bytes_per_s"] * jensen
        + WIDGETS * (sizes + late * full) / forms.horizon * SECOND,
    }


# Refusals under a shared token.


def crowded(limit: int, every: int, **fields: Any) -> Settings:
    """Nine widgets under one token, all logging in at once; their polls fill each window alike."""
    return world(
        refresh_interval_ms=every,
        rate_limit_per_min=limit,
        token_topology="shared",
        deactivation_probability=0.0,
        **{"start_spread_ms": 0, **QUICK, **fields},
    )


CROWDED = {
    "9 per min over 4": crowded(4, MINUTE),
    "18 per min over 10": crowded(10, 30 * SECOND),
    "36 per min over 35": crowded(35, 15 * SECOND),
    "12 per min over 7": crowded(7, 45 * SECOND),
    "18 per min over 5, spread": crowded(5, 30 * SECOND, start_jitter_ms=30 * SECOND),
}


def refused_allowance(settings: Settings) -> float:
    """Logins at once leave nothing out; a wait leaves the first and the last window unfilled."""
    return 2 * MINUTE / SHIFT if settings.widget.start_jitter_ms else 0.0


# The points.


@dataclass(frozen=True)
class Point:
    """A metric of a world held to its closed form."""

    world: str
    metric: str

    def __str__(self) -> str:
        return f"{self.metric}, {self.world}"

    @cached_property
    def settings(self) -> Settings:
        return (WORLDS | CROWDED)[self.world]

    @cached_property
    def allowance(self) -> float:
        if self.metric == "refused_share":
            return refused_allowance(self.settings)
        return allowances(self.settings)[self.metric]


def points() -> Iterator[Point]:
    for name, settings in WORLDS.items():
        known = Forms(settings).values
        yield from (Point(name, metric) for metric in MEASURED if metric in known)
    yield from (Point(name, "refused_share") for name in CROWDED)


POINTS = list(points())


@cache
def measured(name: str) -> Mapping[str, list[float]]:
    metrics, runs = (MEASURED, RUNS) if name in WORLDS else (("refused_share",), CROWDED_RUNS)
    settings = (WORLDS | CROWDED)[name]
    made = experiment(settings, {"world": {name: {}}}, replications=runs, metrics=metrics)
    results = sweep(made)
    return {metric: results.values(0, metric) for metric in metrics}


def agrees(point: Point, expected: float) -> bool:
    """The criterion of all points: within the derived tolerance of the closed form."""
    values = measured(point.world)[point.metric]
    found = agreement(values, expected)
    level = 1 - (1 - FAMILY_LEVEL) / len(POINTS)
    error = found.difference / found.standard_errors if found.standard_errors else 0.0
    tolerance = student_quantile(len(values) - 1, level) * error + point.allowance
    # A billionth for sums of floats, where there is no spread at all.
    return abs(found.difference) <= tolerance + 1e-9 * abs(expected)


def test_there_are_enough_points_of_each_kind() -> None:
    """Six worlds have an age of information; a version has no closed form for it."""
    kinds = [point.metric for point in POINTS]
    assert len(POINTS) >= 30
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "stale_share": 8,
        "staleness_age_ms": 8,
        "information_age_ms": 6,
        "polls_per_s": 8,
        "bytes_per_s": 8,
        "refused_share": 5,
    }


@pytest.mark.parametrize("point", POINTS, ids=str)
@pytest.mark.some(10)
def test_a_sweep_agrees_with_the_closed_form(point: Point) -> None:
    """The curve drawn beside a sweep is right, within a tolerance derived and not chosen."""
    assert agrees(point, Forms(point.settings).values[point.metric])


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS, ids=str)
def test_a_closed_form_a_third_off_would_be_noticed(point: Point) -> None:
    """A criterion that such a value meets as well guards nothing."""
    expected = Forms(point.settings).values[point.metric]
    assert not agrees(point, expected * 4 / 3)
    assert not agrees(point, expected * 2 / 3)


@pytest.mark.parametrize("name", CROWDED)
def test_the_refused_share_is_what_the_limit_leaves_over(name: str) -> None:
    """1 - R·T/(60 s·N), written out."""
    settings = CROWDED[name]
    limit, every = settings.platform.rate_limit_per_min, settings.interval_ms
    assert limit is not None
    share = 1 - limit * every / (MINUTE * WIDGETS)
    assert Forms(settings).values["refused_share"] == pytest.approx(share, abs=1e-12)


# Forms that are wrong on purpose.


class Instant(Forms):
    """A form that forgets the latency."""

    delay = 0.0


class OnePollMore(Forms):
    """A form in which a list lives a poll too long."""

    @property
    def cycle(self) -> int:
        return super().cycle + self.settings.interval_ms


class OneWay(Forms):
    """A form that forgets that a list is fetched after its version."""

    @property
    def notice(self) -> float:
        return self.delay


class OncePerPoll(Forms):
    """A form that forgets that the browser answers."""

    @property
    def fetch_every(self) -> int:
        return self.settings.interval_ms


def fails(name: str, wrong: Forms, *metrics: str) -> None:
    for metric in metrics:
        assert not agrees(Point(name, metric), wrong.values[metric]), (name, metric)


def test_the_criteria_fail_when_the_forms_forget_the_latency() -> None:
    """Delays around 1.5 s are many standard errors, so a form without them is found out."""
    fails(
        "plain, 30 s",
        Instant(WORLDS["plain, 30 s"]),
        "stale_share",
        "staleness_age_ms",
        "information_age_ms",
    )
    fails("browser, 100 s", Instant(WORLDS["browser, 100 s"]), "information_age_ms")


@pytest.mark.parametrize("name", WORLDS)
def test_the_criteria_fail_when_a_list_lives_one_poll_too_long(name: str) -> None:
    """A slip of one interval in how long a list is kept is found out in every world."""
    metrics = ["stale_share", "staleness_age_ms", "information_age_ms"]
    known = Forms(WORLDS[name]).values
    fails(name, OnePollMore(WORLDS[name]), *(metric for metric in metrics if metric in known))


def test_the_criteria_fail_when_the_way_of_the_list_after_its_version_is_forgotten() -> None:
    """News takes three ways: the version back, then there and back again for the list."""
    name = "version, 30 s"
    fails(name, OneWay(WORLDS[name]), "stale_share", "staleness_age_ms")


@pytest.mark.parametrize("name", ["version, 30 s", "version, 5 min"])
def test_the_criteria_fail_when_the_version_is_ignored(name: str) -> None:
    """Then the list is kept for its 24 h, and nothing but it is asked for."""
    without = WORLDS[name].replace(version_parameter=False)
    fails(name, Forms(without), "stale_share", "staleness_age_ms", "polls_per_s", "bytes_per_s")


def test_the_criteria_fail_when_the_cache_is_ignored() -> None:
    """A form with a fetch at each poll misses what the dataset or the browser answers."""
    for name in ("dataset of 4 polls", "browser, 100 s"):
        fails(name, OncePerPoll(WORLDS[name]), "stale_share", "information_age_ms")
    fails("browser, 100 s", OncePerPoll(WORLDS["browser, 100 s"]), "polls_per_s", "bytes_per_s")


def test_the_criteria_fail_when_the_limit_is_off_by_one_call_a_minute() -> None:
    """A tolerance that let R - 1 or R + 1 pass could not tell which limit is in force."""
    for name, settings in CROWDED.items():
        limit = settings.platform.rate_limit_per_min
        assert limit is not None
        for other in (limit - 1, limit + 1):
            wrong = Forms(settings.replace(rate_limit_per_min=other))
            fails(name, wrong, "refused_share")


# What the forms are made of, by hand.


def test_an_agreement_by_hand() -> None:
    """Nine runs, eight of them 6 away from their mean 10: a variance of 36, over 9 runs 2²."""
    found = agreement([4.0, 16.0] * 4 + [10.0], 7.0)
    assert (found.expected, found.difference) == (7.0, 3.0)
    assert found.standard_errors == pytest.approx(1.5)
    assert agreement([1.0] * 9, 1.0).standard_errors is None


def test_the_distance_is_in_whole_standard_errors_though_an_interval_is_cut() -> None:
    """0, 0, 3 has mean 1 and standard error 1, whose interval ends at 0 and not at -3.3."""
    values = [0.0, 0.0, 3.0]
    assert METRICS["deactivated_code_shown_ms"].estimate(values).low == 0
    assert agreement(values, 3.0).standard_errors == pytest.approx(-2.0)


def two_teams(**fields: Any) -> Settings:
    """North has one agent and two codes, South two agents and one; Global has one for nobody."""
    org = organisation(
        {"Global": None, "North": "Global", "South": "Global"},
        codes=[
            {"id": "n1", "name": "One", "type": "OTHER", "division": "North"},
            {"id": "n2", "name": "Two", "type": "BREAK", "division": "North"},
            {"id": "s1", "name": "One", "type": "OTHER", "division": "South"},
            {"id": "g1", "name": "All", "type": "TRAINING", "division": "Global"},
        ],
        shifts=[
            {
                "name": "early",
                "start": "08:00",
                "end": "12:00",
                "activities": [{"start": "10:00", "end": "10:15", "reason": "One"}],
            },
            {"name": "late", "start": "09:00", "end": "13:00"},
        ],
        agents=[
            {"id": "a", "division": "North", "shift": "early"},
            {"id": "b", "division": "South", "shift": "late"},
            {"id": "c", "division": "South", "shift": "late"},
        ],
    )
    settings = Settings(organisation=org, platform=healthy().platform)
    return settings.replace({"start_spread_ms": HOUR, "deactivation_probability": 0.5, **fields})


def test_the_crowd_of_an_organisation_by_hand() -> None:
    """A crowd of 30 keeps the mixture of three agents: ten times as many of each kind."""
    crowd = crowd_of(two_teams().organisation)
    assert crowd.spans == {(0, 4 * HOUR): 1, (HOUR, 5 * HOUR): 2}
    assert crowd.divisions == {"North": 1, "South": 2}
    assert (crowd.activities, crowd.listed) == (1, 1)
    assert crowd.of(30) == AgentMix(
        {(0, 4 * HOUR): 10.0, (HOUR, 5 * HOUR): 20.0}, {"North": 10.0, "South": 20.0}, 10.0, 10.0
    )


def test_change_rates_by_hand() -> None:
    """Edits are spread over 6 h: five of shifts, one of starts. Half of the listed codes go."""
    span = 6 * HOUR
    assert Forms(two_teams()).change_rates == pytest.approx({2 * 0.5 / span: 1, 0.5 / span: 2})
    above = Forms(two_teams(filter_type="hierarchical")).change_rates
    assert above == pytest.approx({3 * 0.5 / span: 1, 2 * 0.5 / span: 2})
    breaks = Forms(two_teams(status_reason_types=("BREAK",))).change_rates
    assert breaks == pytest.approx({0.5 / span: 1, 0.0: 2})
    assert Forms(two_teams(deactivation_probability=0.0)).change_rates == {0.0: 3}


def test_agents_are_weighed_by_the_rate_of_their_own_list() -> None:
    """Freshness is concave in the rate: the mean of both is not that of the mean rate."""
    settings = two_teams(refresh_interval_ms=HOUR, deactivation_probability=1.0)
    delay, span = Wire(settings.wire).mean, 6 * HOUR
    stale = [1 - theory.freshness(n / span, HOUR, delay) for n in (2, 1, 1)]
    assert Forms(settings).values["stale_share"] == pytest.approx(sum(stale) / 3, rel=1e-12)
    ages = [theory.age(n / span, HOUR, delay) for n in (2, 1, 1)]
    assert Forms(settings).values["staleness_age_ms"] == pytest.approx(sum(ages) / 3, rel=1e-12)


def test_the_expected_end_is_that_of_the_latest_start() -> None:
    """Two agents end at 13:00 plus a start within the hour: the later of two is 2/3 of it."""
    assert Forms(two_teams()).horizon == 5 * HOUR + HOUR * 2 / 3
    assert Forms(two_teams(start_spread_ms=0)).horizon == 5 * HOUR
    assert Forms(two_teams()).mean_shift == 4 * HOUR
    assert Forms(two_teams()).edits_span == 6 * HOUR


def test_the_mean_list_lies_half_way_between_the_first_and_the_last_one() -> None:
    """All codes go at some time: by replies of the platform before the first and after the last."""
    settings = two_teams(deactivation_probability=1.0, refresh_interval_ms=HOUR)
    edits = tuple(Edit(30 * MINUTE + i, i, False, True) for i in range(4))
    total = 0.0
    for division in ("North", "South", "South"):
        day = AgentDay("x", division, 0, 2 * HOUR)
        (calls,) = run(settings, 1, workload=Workload((day,), edits)).requests.values()
        ((n, size),) = (value for (kind, *_), value in calls.items() if kind == "list")
        assert n == 2  # one whole list, one empty one
        total += size / 2
    assert Forms(settings).mean_list_bytes == pytest.approx(total / 3)


def test_calls_of_a_shift_by_hand() -> None:
    """4 h: 8 polls of half an hour; one configuration at each poll, at the mount, or never."""
    half_hour = {"refresh_interval_ms": 30 * MINUTE}
    polls = {
        8: half_hour,
        9: half_hour | {"version_parameter": True, "config_reread": "mount"},
        16: half_hour | {"version_parameter": True},
        3: half_hour | {"http_max_age_ms": 90 * MINUTE},
        7: {"refresh_interval_ms": 35 * MINUTE},
    }
    for calls, fields in polls.items():
        assert Forms(two_teams(**fields)).per_widget.polls == calls
    assert Forms(two_teams(http_max_age_ms=91 * MINUTE, **half_hour)).fetch_every == 2 * HOUR


def test_submissions_and_renewals_by_hand() -> None:
    """One activity, wanted once and half a time more; three breaks each of three agents.

    Half of the codes go in the course of the day: in the mean a quarter are gone. A token of an
    hour that is renewed 10 minutes before its end is renewed 4 times in 4 h: after 50, 100, 150
    and 200 minutes.
    """
    often = {"follow_up_probability": 0.5, "unscheduled_breaks": 3.0}
    assert Forms(two_teams(**often, deactivation_probability=0.0)).submissions == 1.5 + 9
    assert Forms(two_teams(**often)).submissions == (1.5 + 9) * 0.75
    token = {"token_life_ms": HOUR, "renewal_lead_ms": 10 * MINUTE}
    assert Forms(two_teams(**token)).renewals == 12
    assert Forms(two_teams(**token, auto_refresh=False)).renewals == 0


@pytest.mark.parametrize("chance", [0.0, 1.0])
def test_as_many_choices_are_submitted_as_expected(chance: float) -> None:
    """Over 120 days. Left out: the activity lies at 10:00 and its follow-up at 10:15, on average
    2.5 and 2.75 h into the 6 h of edits and not in their middle; and a code that is gone is still
    listed for up to an interval.
    """
    settings = two_teams(deactivation_probability=chance, follow_up_probability=1.0)
    counts = []
    for seed in range(1, 121):
        calls = run(settings, seed).requests.values()
        counts.append(
            float(sum(n for c in calls for (k, *_), (n, _) in c.items() if k == "submit"))
        )
    found = estimate(counts)
    error = (found.high - found.mean) / student_quantile(119)
    early = chance * (0.5 / 6 + 0.25 / 6)
    seconds = chance * 11 * (settings.interval_ms + SECOND) / (6 * HOUR)
    tolerance = student_quantile(119, FAMILY_LEVEL) * error + early + seconds
    assert abs(found.mean - Forms(settings).submissions) <= tolerance
    assert tolerance < Forms(settings).submissions / 4


def poisson_quantile(mean: float, level: float) -> int:
    total, term = 0.0, exp(-mean)
    for n in count():
        total += term
        if total >= level:
            return n
        term *= mean / (n + 1)
    raise AssertionError


def test_the_busiest_stretch_by_hand() -> None:
    """Two of three widgets start at 09:00 when the first one is there: three are present."""
    at_once = Forms(two_teams(start_spread_ms=0, refresh_interval_ms=30 * SECOND))
    assert at_once.busiest(SECOND) == 3
    assert at_once.busiest(MINUTE) == 6
    reading = {"version_parameter": True, "http_max_age_ms": 24 * HOUR}
    both = Forms(two_teams(start_spread_ms=0, refresh_interval_ms=30 * SECOND, **reading))
    assert both.busiest(SECOND) == 6
    # 300 widgets over half a minute: 10 a second in the mean, fullest of 2 · 30 seconds.
    spread = Forms(
        two_teams(start_spread_ms=HOUR, refresh_interval_ms=30 * SECOND),
        crowd_of(two_teams().organisation).of(300),
    )
    assert spread.busiest(SECOND) == poisson_quantile(10, 1 - 1 / 60)
    assert spread.busiest(MINUTE) == 600


def test_the_busiest_stretch_is_no_quieter_than_a_mean_one() -> None:
    """300 widgets every 75 s: 240 a minute in the mean, the larger of 2 · 75 / 60 counts; and one.

    The largest of k counts lies at the k / (k + 1) quantile on average. One widget that asks every
    75 s has a minute with a request, however rare that is.
    """
    crowd = crowd_of(two_teams().organisation)
    slow = two_teams(start_spread_ms=HOUR, refresh_interval_ms=75 * SECOND)
    assert Forms(slow, crowd.of(300)).busiest(MINUTE) == poisson_quantile(240, 2.5 / 3.5) > 240
    assert Forms(slow, crowd.of(1)).busiest(MINUTE) >= 1
    rare = two_teams(start_spread_ms=HOUR, refresh_interval_ms=HOUR)
    assert Forms(rare, crowd.of(1)).busiest(SECOND) >= 1


# Where the forms do not hold, they say so.

REASONS: dict[str, dict[str, Any]] = {
    "hidden": {"hidden_per_shift": 1},
    "outages": {"outages_per_shift": 1},
    "dead token": {"auto_refresh": False},
    "rate limit refuses": {"rate_limit_per_min": 1, "token_topology": "shared"},
    "reloads": {"reload_probability": 0.1},
    "transfers": {"transfer_probability": 0.1},
    "as long as a shift": {"http_max_age_ms": 24 * HOUR},
    "no list is ever answered": {"scopes": ("telephony:status:write",)},
}


def test_plain_polling_has_no_reason_to_part_from_its_forms() -> None:
    """Nothing disturbs the polls of this world, so no warning stands beside its forms."""
    assert Forms(two_teams()).why_they_part == ()


@pytest.mark.parametrize(("words", "fields"), REASONS.items(), ids=REASONS)
def test_each_reason_to_part_is_said_by_itself(words: str, fields: dict[str, Any]) -> None:
    """One changed field gives one reason, in words that name what the forms leave out."""
    (reason,) = Forms(two_teams(**fields)).why_they_part
    assert words in reason


def test_what_cannot_matter_is_no_reason_to_part() -> None:
    """Reloads follow edits; a version is looked at every interval; a limit may be wide."""
    for fields in (
        {"reload_probability": 0.1, "deactivation_probability": 0.0},
        {"http_max_age_ms": 24 * HOUR, "version_parameter": True},
        {"rate_limit_per_min": 10_000, "token_topology": "shared"},
    ):
        assert Forms(two_teams(**fields)).why_they_part == ()


def test_a_widget_that_is_not_allowed_gets_no_list_either() -> None:
    """Missing permissions are the same reason as a missing scope, and it is told once."""
    (reason,) = Forms(two_teams(widget_permissions={})).why_they_part
    assert "no list" in reason


# Wrong choices, and tokens that agents are dealt round.


def test_wrong_choices_by_hand() -> None:
    """Ten and a half choices, half of the codes go in 6 h, each shown in vain for ½ T and a way."""
    settings = two_teams(
        follow_up_probability=0.5, unscheduled_breaks=3.0, refresh_interval_ms=30 * MINUTE
    )
    forms = Forms(settings)
    assert forms.wanted == 10.5
    shown = 15 * MINUTE + forms.delay
    assert forms.wrong_choices == pytest.approx(10.5 * 0.5 * shown / (6 * HOUR))
    assert Forms(settings.replace(deactivation_probability=0.0)).wrong_choices == 0


@pytest.mark.parametrize("every", [5 * MINUTE, 30 * MINUTE])
def test_as_many_choices_are_wrong_as_expected(every: int) -> None:
    """Over 200 days; left out is what the two edges of the edits cut off, an interval of 6 h each.

    A form without the time of the way back, or with whole intervals, lies outside.
    """
    settings = two_teams(
        deactivation_probability=1.0, unscheduled_breaks=20.0, refresh_interval_ms=every
    )
    rows = measure(settings, range(1, 201), ["wrong_selections"])
    found = estimate([value or 0.0 for (value,) in rows])
    error = (found.high - found.mean) / student_quantile(199)
    expected = Forms(settings).wrong_choices
    tolerance = student_quantile(199, FAMILY_LEVEL) * error + expected * 2 * every / (6 * HOUR)
    assert abs(found.mean - expected) <= tolerance
    assert tolerance < expected / 2


def test_several_tokens_share_the_load_and_one_is_all_of_it() -> None:
    """All log in at once: 30 widgets of 2 polls a minute are 60 for one token, 20 for one of three.

    Means are shared as well; with own tokens nobody is dealt anything.
    """
    settings = two_teams(
        start_spread_ms=0,
        refresh_interval_ms=30 * SECOND,
        rate_limit_per_min=100,
        token_topology="shared",
        unscheduled_breaks=0.0,
        follow_up_probability=0.0,
    )
    crowd = crowd_of(settings.organisation)
    many = crowd.of(30)._replace(activities=0.0, listed=0.0)
    one, three = (Forms(settings, many, tokens).limit_shares for tokens in (1, 3))
    assert one["rate_limit_peak_share"] == pytest.approx(0.6)
    assert three["rate_limit_peak_share"] == pytest.approx(0.2)
    assert three["rate_limit_share"] == pytest.approx(one["rate_limit_share"] / 3)
    assert (
        Forms(settings, many, 3).values["requests_per_s"]
        == Forms(settings, many).values["requests_per_s"]
    )
    own = settings.replace(token_topology="own")
    assert Forms(own, many, 3).limit_shares == Forms(own, many).limit_shares


def test_the_busiest_of_several_tokens_is_busier_than_a_mean_one() -> None:
    """Poisson: the fullest of three times as many stretches, each with a third of the requests."""
    spread = two_teams(start_spread_ms=10 * MINUTE, refresh_interval_ms=5 * MINUTE)
    forms = Forms(spread, crowd_of(spread.organisation).of(900))
    starts, present = forms.starting
    mean = present / 3 / 5
    assert forms.busiest(MINUTE, 3) == poisson_quantile(mean, 1 - 1 / (3 * starts * 5))
    assert forms.busiest(MINUTE, 3) > mean

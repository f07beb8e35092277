"""The age of information, measured in columns, is that of the polls one by one."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from anyworld import (
    base,
    examples,
    legal_settings,
    seeds,
    settings_for_a_limit,
    settings_for_columns,
)
from hypothesis import given
from keeping import kept

from simkit.base.clock import HOUR, MINUTE, SECOND
from simkit.engines.columns.metrics import measure
from simkit.engines.columns.population import Population
from simkit.engines.processes.widget import Page
from simkit.engines.running import run
from simkit.rules.replies import Reply
from simkit.rules.settings import Settings
from simkit.runs.metrics.registered import METRICS
from simkit.runs.run import Run
from simkit.studio.information_age import AGE, MEASURES

AGENTS = ("agent-01", "agent-11", "agent-21")


def poll_by_poll(settings: Settings, seed: int) -> tuple[float, int]:
    """Give the mean age, and how many lists were shown, from a world that ticks.

    Each list is noted when the page shows it, with the moment at which the platform took it; then
    the ages are added up stretch by stretch in whole numbers.
    """
    shown: dict[str, list[tuple[int, int]]] = defaultdict(list)
    show = Page.show

    def noted(self: Page, reply: Reply) -> None:
        shown[self.seat.day.agent].append((self.seat.env.now, reply.as_of))
        show(self, reply)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Page, "show", noted)
        finished = run(settings, seed, clock="tick")
    means = []
    for agent, day in finished.days.items():
        area, time = 0, 0  # the area twice, to stay whole
        for a, b, version in finished.belief(agent).version.spans(day.start, day.end):
            if version < 0:
                continue
            here = [(t, taken) for t, taken in shown[agent] if t <= a][-1:]
            here += [(t, taken) for t, taken in shown[agent] if a < t < b]
            for i, (t, taken) in enumerate(here):
                since, until = max(t, a), here[i + 1][0] if i + 1 < len(here) else b
                area += (until - taken) ** 2 - (since - taken) ** 2
                time += until - since
        if time:
            means.append(area / 2 / time)
    return sum(means) / len(means) if means else 0.0, sum(map(len, shown.values()))


def tried(**fields: Any) -> Settings:
    usual = {"deactivation_probability": 2 / 3, "refresh_interval_ms": MINUTE}
    return base(AGENTS, 8).replace(usual | fields)


SETTINGS = {
    "plain": tried(),
    "plain, slow wire": tried(delay_min_ms=500, delay_median_ms=4_000, delay_max_ms=9_000),
    "dataset": tried(dataset_life_polls=7),
    "browser": tried(http_max_age_ms=150_000),
    "version": tried(version_parameter=True),
    "version and browser": tried(version_parameter=True, http_max_age_ms=24 * HOUR),
    "version at the mount": tried(version_parameter=True, config_reread="mount"),
    "hidden": tried(hidden_per_shift=6),
    "reloads": tried(reload_probability=1.0),
    "reloads, kept in the browser": tried(reload_probability=1.0, http_max_age_ms=HOUR),
    "outages": tried(outages_per_shift=8),
    "transfers": tried(transfer_probability=1.0),
    "tokens that die": tried(auto_refresh=False),
    "waits": tried(start_jitter_ms=5 * MINUTE, reload_probability=0.5),
    "console": tried(edit_channel="console", dataset_life_polls=2),
    "limited": tried(rate_limit_per_min=2, token_topology="shared"),
}


@pytest.mark.slow
@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_the_age_is_that_of_the_lists_as_the_page_showed_them(settings: Settings) -> None:
    """The pages note each list themselves; ages added up in whole ms are the metric."""
    expected, lists = poll_by_poll(settings, 3)
    assert lists > 3
    assert AGE.measure(run(settings, 3).history) == pytest.approx(expected, rel=1e-12)


@pytest.mark.fuzz
@examples(0.2)
@given(settings=legal_settings(), seed=seeds)
@kept
def test_skipping_tells_the_same_age_as_ticking_and_as_each_poll(
    settings: Settings, seed: int
) -> None:
    """Whatever the settings: two clocks and the pages themselves agree."""
    skipping = AGE.measure(run(settings, seed).history)
    assert skipping == AGE.measure(run(settings, seed, clock="tick").history)
    assert skipping == pytest.approx(poll_by_poll(settings, seed)[0], rel=1e-12)


@pytest.mark.fuzz
@examples(0.1)
@given(settings=legal_settings(limited=True), seed=seeds)
@kept
def test_polls_under_a_limit_have_the_same_age_too(settings: Settings, seed: int) -> None:
    """A refused poll brings no list; both clocks and the pages agree how old that makes it."""
    chosen = AGE.measure(run(settings, seed).history)
    assert chosen == AGE.measure(run(settings, seed, clock="tick").history)
    assert chosen == pytest.approx(poll_by_poll(settings, seed)[0], rel=1e-12)


# Columns.


@pytest.mark.fuzz
@examples(0.2)
@given(settings=settings_for_columns(), seed=seeds)
@kept
def test_columns_tell_the_same_age_to_the_last_digit(settings: Settings, seed: int) -> None:
    """Of lists fetched, and of those found in browser storage."""
    name = "information_age_ms"
    found = measure(Population(settings, seed), [name])[name]
    assert found == AGE.measure(run(settings, seed).history)


@pytest.mark.fuzz
@examples(0.1)
@given(settings=settings_for_a_limit(), seed=seeds)
@kept
def test_columns_tell_the_same_age_under_a_shared_limit(settings: Settings, seed: int) -> None:
    """Lists that admitted polls brought, on their grids or after a wait."""
    name = "information_age_ms"
    found = measure(Population(settings, seed), [name])[name]
    assert found == AGE.measure(run(settings, seed, engine="processes").history)


# What has no age.


def test_without_any_list_there_is_no_age() -> None:
    """No poll is ever answered: 0, as no cases mean 0."""
    assert AGE.measure(run(tried(scopes=("telephony:status:write",)), 1).history) == 0


def test_it_stands_beside_all_metrics_of_a_run() -> None:
    """It is the studio's one metric more; all others are what a run itself says of them."""
    assert MEASURES.keys() - METRICS.keys() == {"information_age_ms"}
    assert MEASURES["information_age_ms"].unit == "ms"
    finished: Run = run(tried(refresh_interval_ms=30 * SECOND), 1)
    for name, metric in MEASURES.items():
        if name in METRICS:
            assert metric.measure(finished.history) == finished.metrics[name].value

"""The functions of the package refuse values of another kind in one line: what is wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import simkit
from simkit.base.errors import one_line
from simkit.engines.running import Engine

TRAP = simkit.traps["E4"]
SETTINGS = TRAP.settings
LIMIT = {"stale_share": 0.5}
WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "a file for settings": (
        lambda: simkit.run("healthy.yaml"),  # type: ignore[arg-type]
        "settings: found 'healthy.yaml'; allowed: settings; simkit.load reads a file",
    ),
    "nothing for settings": (
        lambda: simkit.run(None),  # type: ignore[arg-type]
        "settings: found nothing (null); allowed: settings",
    ),
    "an unknown clock": (
        lambda: simkit.run(SETTINGS, clock="skp"),  # type: ignore[arg-type]
        "clock: found 'skp'; allowed: tick, skip, coupled",
    ),
    "days that are none": (lambda: simkit.run(SETTINGS, days={"agent-01": 5}), "days: found 5"),  # type: ignore[dict-item]
    "days in another form": (lambda: simkit.run(SETTINGS, days=5), "days: found 5"),  # type: ignore[arg-type]
    "a number for a file": (lambda: simkit.load(5), "path: found 5; allowed: text or a path"),  # type: ignore[arg-type]
    "a number for a sweep": (lambda: simkit.sweep(5), "what: found 5; allowed: text or a path"),  # type: ignore[arg-type]
    "nothing for a fix": (lambda: simkit.compare("E4", None), "fix: found nothing (null)"),  # type: ignore[arg-type]
    "a number for a trap": (lambda: simkit.compare(5), "trap: found 5"),  # type: ignore[arg-type]
    "a number for an organisation": (lambda: TRAP.on(5), "organisation: found 5"),  # type: ignore[arg-type]
    "a number for changes": (lambda: SETTINGS.replace(5), "changes: found 5"),  # type: ignore[arg-type]
    "a file to recommend for": (
        lambda: simkit.recommend("healthy.yaml", LIMIT),  # type: ignore[arg-type]
        "settings: found 'healthy.yaml'",
    ),
    "limits as a list": (
        lambda: simkit.recommend(SETTINGS, ["stale_share"]),  # type: ignore[arg-type]
        "limits: found a list of 1; allowed: a mapping of names to values",
    ),
    "an unknown cost": (
        lambda: simkit.recommend(SETTINGS, LIMIT, cheapest="calls"),  # type: ignore[arg-type]
        "cheapest: found 'calls'; allowed: requests_per_s, bytes_per_s",
    ),
    "a file to experiment on": (
        lambda: simkit.experiment("healthy.yaml", {}),  # type: ignore[arg-type]
        "settings: found 'healthy.yaml'",
    ),
    "one metric for several": (
        lambda: simkit.experiment(SETTINGS, {}, metrics="stale_share"),
        "metrics: found 'stale_share'; allowed: a list of texts",
    ),
    "a file for the panel": (
        lambda: simkit.architect("healthy.yaml"),  # type: ignore[arg-type]
        "settings: found 'healthy.yaml'",
    ),
    "an unknown metric": (
        lambda: simkit.run(SETTINGS).metrics["stale_shar"],
        "unknown metric 'stale_shar'; did you mean 'stale_share'?",
    ),
    "an unknown metric of columns": (
        lambda: simkit.run(SETTINGS, engine="columns").measure(["stale_shar"]),
        "unknown metric 'stale_shar'; did you mean 'stale_share'?",
    ),
    "letters for metrics": (
        lambda: simkit.run(SETTINGS).measure("stale_share"),
        "names: found 'stale_share'; allowed: a list of texts",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_value_of_another_kind_is_refused_in_one_line(case: str) -> None:
    """Whoever slips in a call reads what was wrong, and no traceback from deep inside."""
    call, expected = WRONG[case]
    with pytest.raises(simkit.BadInput) as refused:
        call()
    assert str(refused.value).startswith(expected)
    assert str(refused.value) == one_line(str(refused.value))


@pytest.mark.parametrize("engine", ["processes", "columns"])
def test_what_a_run_does_not_measure_is_not_in_it(engine: Engine) -> None:
    """``in`` can be asked before a look-up, with either engine, and takes no guess."""
    metrics = simkit.run(SETTINGS, engine=engine).metrics
    assert "stale_share" in metrics
    assert "stale_shar" not in metrics

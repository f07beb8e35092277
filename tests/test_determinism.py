"""Determinism: the same settings and seed give the same run, wherever and however it is made."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import simkit
from simkit.base import resources
from simkit.study.comparison import compare_traps
from simkit.study.export import study_json

E4 = resources.directory("data") / "scenarios" / "E4.yaml"
DIGEST = f"import simkit; print(simkit.run(simkit.load({str(E4)!r}), seed=3).digest)"


def digest_elsewhere(before: str = "", **environment: str) -> str:
    """Give the digest of a run of E4 in a fresh process, after other code has run there."""
    done = subprocess.run(
        [sys.executable, "-c", f"{before}\n{DIGEST}"],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.slow
@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "0"},
        {"PYTHONHASHSEED": "4711"},
        {"TZ": "Pacific/Kiritimati"},
        {"TZ": "America/New_York", "LC_ALL": "C"},
    ],
    ids=str,
)
@pytest.mark.some(1)
def test_the_digest_does_not_depend_on_the_process(environment: dict[str, str]) -> None:
    """Neither the hash seed, nor the time zone, nor the locale of the machine matters."""
    assert digest_elsewhere(**environment) == simkit.run(simkit.load(E4), seed=3).digest


BEFORE = {
    "modules imported from the top down": """
import simkit.engines.processes.widget, simkit.engines.processes.seat
import simkit.engines.processes.actors, simkit.engines.processes.clocks
import simkit.rules.reasons, simkit.rules.settings, simkit.base.randomness
""",
    "another world run before": """
import simkit
simkit.run(simkit.traps["T2"].settings, seed=8).metrics["stale_division_min"]
""",
    "the global generator moved": """
import random
random.seed(4711)
random.random()
""",
    "no garbage collection": """
import gc
gc.disable()
""",
}


@pytest.mark.slow
@pytest.mark.parametrize("before", BEFORE.values(), ids=BEFORE)
@pytest.mark.some(1)
def test_the_digest_does_not_depend_on_what_the_process_did_before(before: str) -> None:
    """Neither the order of imports, nor earlier runs, nor anybody's random numbers matter."""
    assert digest_elsewhere(before) == simkit.run(simkit.load(E4), seed=3).digest


def test_a_run_leaves_no_trace_in_the_next_one() -> None:
    """Every trap gives the same digest first, again, and after all the others."""
    once = {trap.id: simkit.run(trap.settings, seed=2).digest for trap in simkit.traps.values()}
    # T1 and E1 share a mechanism, and the same log: lists with nothing in them.
    assert len(set(once.values())) == len(once) - 1
    for trap_id in reversed(once):
        assert simkit.run(simkit.traps[trap_id].settings, seed=2).digest == once[trap_id]


def test_another_seed_gives_another_run() -> None:
    """The digest is a digest: it does notice a difference."""
    settings = simkit.load(E4)
    assert simkit.run(settings, seed=3).digest != simkit.run(settings, seed=4).digest


@pytest.mark.slow
def test_results_do_not_depend_on_the_number_of_processes() -> None:
    """One process and two give the same study, to the last digit."""
    alone, together = (
        study_json(compare_traps(["T3", "E1"], replications=3, seed=5, jobs=jobs))
        for jobs in (1, 2)
    )
    assert alone == together

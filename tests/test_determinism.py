"""Determinism: the same settings and seed give the same run, wherever and however it is made."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import simkit
from simkit.base import resources
from simkit.study.compare import study
from simkit.study.export import study_json

E4 = resources.directory("data") / "scenarios" / "E4.yaml"
DIGEST = f"import simkit; print(simkit.run(simkit.load({str(E4)!r}), seed=3).digest)"


def digest_elsewhere(**environment: str) -> str:
    """Give the digest of a run of E4 in a fresh process."""
    done = subprocess.run(
        [sys.executable, "-c", DIGEST],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


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
def test_the_digest_does_not_depend_on_the_process(environment: dict[str, str]) -> None:
    """Neither the hash seed, nor the time zone, nor the locale of the machine matters."""
    assert digest_elsewhere(**environment) == simkit.run(simkit.load(E4), seed=3).digest


def test_another_seed_gives_another_run() -> None:
    """The digest is a digest: it does notice a difference."""
    settings = simkit.load(E4)
    assert simkit.run(settings, seed=3).digest != simkit.run(settings, seed=4).digest


def test_results_do_not_depend_on_the_number_of_processes() -> None:
    """One process and two give the same study, to the last digit."""
    alone, together = (
        study_json(study(["T3", "E1"], replications=3, seed=5, jobs=jobs)) for jobs in (1, 2)
    )
    assert alone == together

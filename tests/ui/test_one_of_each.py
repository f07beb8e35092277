"""What is said of one agent, one edit, one policy: the noun and its verb are those of one."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import Answer
from deployed import faulty, written

PLURALS = re.compile(
    r"\b1 (?:agents|assumptions|codes|days|divisions|findings|policies|replications|requests|runs"
    r"|shifts|tokens|widgets)\b|\ball 1\b"
)


@pytest.fixture
def one(tmp_path: Path, simkit: Callable[..., Answer]) -> Path:
    """An organisation of one agent, in one division with two codes, one of which is edited."""
    path = tmp_path / "one.yaml"
    size = ("--agents", 1, "--divisions", 1, "--codes", 2, "--shifts", 1, "--edits", 1)
    assert simkit("new", "--out", path, *size, "--yes").code == 0
    return path


def test_a_run_of_one_agent(one: Path, simkit: Callable[..., Answer]) -> None:
    """The comment of the file and the head of the run speak of one."""
    assert "1 of the 2 codes is deactivated a day" in one.read_text("utf-8")
    answer = simkit("run", one)
    assert "1 agent, seed" in answer.out
    assert not PLURALS.search(" ".join(answer.out.split()))


def test_a_recommendation_for_one_agent(
    one: Path, tmp_path: Path, simkit: Callable[..., Answer]
) -> None:
    """Neither the answer nor its report says it of several; nobody shares a token with nobody."""
    report = tmp_path / "decision.html"
    scenario = one.with_name("limited.yaml")
    scenario.write_text(f"base: {one}\nplatform: {{rate_limit_per_min: 300}}\n", "utf-8")
    answer = simkit("recommend", scenario, "--limit", "stale_share=0.5", "--report", report)
    assert answer.code == 0, answer.err
    said = " ".join(answer.out.split())
    assert "1 agent, " in said
    assert "one token of 300 requests a minute carries" in said
    assert "shared by all" not in said
    assert not PLURALS.search(said)
    assert not PLURALS.search(report.read_text("utf-8"))


def test_a_trap_with_one_code(simkit: Callable[..., Answer]) -> None:
    """A unit that is a noun is that of one after the number 1."""
    answer = simkit("traps", "T1", "--profile", "genesys", "--replications", 2)
    assert re.search(r"\b1 code\b", answer.out)
    assert not PLURALS.search(answer.out)


def test_a_deployment_of_one_agent(simkit: Callable[..., Answer], tmp_path: Path) -> None:
    """Findings and proofs tell of the only agent, with the verb of one."""
    names = written(faulty("exports", {"North": 1}, "E1 codes"), tmp_path)
    answer = simkit("check", *names, "--prove")
    assert "the only agent sees an empty list" in answer.out
    assert re.search(r"\d+ days, 1 agent\b", answer.out)
    assert not PLURALS.search(answer.out)

"""What `make fuzz` adds to property tests: many examples, drawn in parts that need no one sitting.

Each test is cut into chunks with seeds of their own, so that all processes have work to the end,
and a run can stop between any two of them. What is done stands in ``.fuzz/progress.json``; it
counts for one state of the code. A test that failed makes no more chunks in this run.
"""

from __future__ import annotations

import json
import os
import random
import re
import time
from collections import Counter
from hashlib import blake2b
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis.database import DirectoryBasedExampleDatabase

EXAMPLES, CHUNKS = 5_000, 20
"""Examples of a test that takes its full share, and the chunks that they are drawn in."""
ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".fuzz"
PROGRESS = FOLDER / "progress.json"
_DONE, _LEFT = "done before", "left"
"""How chunks are called that nothing was done about: made by an earlier run, or not made yet."""


def database() -> DirectoryBasedExampleDatabase:
    """Give what hypothesis keeps failing examples in, so that it tries them first next time."""
    return DirectoryBasedExampleDatabase(FOLDER / "examples")


def state() -> str:
    """Give a hash over the code whose examples are counted: what decides results, and its tests."""
    from simkit.studio.cell import kit  # loads NumPy and pyarrow, which few tests need

    code = blake2b(kit().encode(), digest_size=8)
    for file in sorted((ROOT / "tests").rglob("*.py")):
        if "show" not in file.parts and "benchmarks" not in file.parts:
            code.update(file.name.encode() + b"\0" + file.read_bytes())
    return code.hexdigest()


def seed_of(seed: int, test: str, chunk: int) -> int:
    """Give the seed of a chunk."""
    hashed = blake2b(f"{seed}\x1f{test}\x1f{chunk}".encode(), digest_size=8)
    return int.from_bytes(hashed.digest(), "big")


def whole(nodeid: str) -> str:
    """Give the test of which an item is a chunk.

    >>> whole("tests/test_a.py::test_b[chunk7]"), whole("test_a.py::test_b[c-chunk7]")
    ('tests/test_a.py::test_b', 'test_a.py::test_b[c]')
    """
    return re.sub(r"\[chunk\d+\]$|-chunk\d+(?=\]$)", "", nodeid)


class Progress:
    """The chunks that each test has done, with which seed, and how long they took."""

    def __init__(self, seed: int, tests: dict[str, dict[str, Any]]) -> None:
        self.seed = seed
        """That of tests which begin anew."""
        self.tests = tests

    @classmethod
    def found(cls, fixed: int | None, state: str) -> tuple[Progress, str]:
        """Give the progress that an earlier run left, and what became of it in words.

        It is dropped when the code has changed since, and of tests that had another seed than the
        one that is asked for.
        """
        seed = random.SystemRandom().getrandbits(32) if fixed is None else fixed
        kept = json.loads(PROGRESS.read_text("utf-8")) if PROGRESS.exists() else {}
        if kept and kept["state"] != state:
            return cls(seed, {}), "the code has changed: all tests begin anew"
        tests = {
            test: entry
            for test, entry in kept.get("tests", {}).items()
            if fixed in (None, entry["seed"])
        }
        return cls(seed, tests), f"{len(tests)} tests go on" if tests else "all tests begin anew"

    def of(self, test: str) -> dict[str, Any]:
        """Give what is known of a test."""
        return self.tests.get(test, {"seed": self.seed, "done": [], "seconds": 0.0})

    def add(self, test: str, chunk: int, seconds: float) -> None:
        """Take note of a chunk that is done."""
        entry = self.tests.setdefault(test, self.of(test))
        entry["done"].append(chunk)
        entry["seconds"] += seconds

    def write(self, state: str) -> None:
        """Write it all down, whole."""
        FOLDER.mkdir(exist_ok=True)
        new = PROGRESS.with_suffix(".new")
        new.write_text(json.dumps({"state": state, "tests": self.tests}, indent=1), "utf-8")
        os.replace(new, PROGRESS)


class Fuzzing:
    """The hooks of a fuzz run: workers make chunks, and the process that started them counts."""

    def __init__(self, config: pytest.Config) -> None:
        self.counts = not hasattr(config, "workerinput")
        if self.counts:
            fixed, minutes = os.environ.get("FUZZ_SEED"), os.environ.get("FUZZ_MINUTES")
            self.state = state()
            self.progress, self.about = Progress.found(int(fixed) if fixed else None, self.state)
            self.until = time.time() + 60 * float(minutes) if minutes else None
        else:
            seed, tests, self.until = config.workerinput["fuzzing"]
            self.progress, self.about = Progress(seed, tests), ""
        self.failed: set[str] = set()
        self.examples: dict[str, int] = {}
        """Examples of one chunk of each test that this run is about."""
        self.failures: Counter[str] = Counter()

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        progress = self.progress
        node.workerinput["fuzzing"] = progress.seed, progress.tests, self.until

    def pytest_report_header(self) -> str:
        return f"fuzz: seed {self.progress.seed}, {self.about}"

    @pytest.hookimpl(trylast=True)
    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if metafunc.definition.get_closest_marker("fuzz"):
            if not hypothesis.is_hypothesis_test(metafunc.function):
                raise pytest.UsageError(f"{metafunc.definition.nodeid}: fuzz, but draws nothing")
            metafunc.fixturenames.append("chunk")
            metafunc.parametrize("chunk", range(CHUNKS), ids=lambda chunk: f"chunk{chunk}")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Let all tests make their first chunks before any makes its second one."""
        items.sort(key=lambda item: chunk_of(item) or 0)

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Draw a chunk's own examples, or none where that is done, or has to wait."""
        chunk = chunk_of(pyfuncitem)
        if chunk is None:
            return None
        test = whole(pyfuncitem.nodeid)
        function = pyfuncitem.obj
        given = function._hypothesis_internal_use_settings
        about = {"test": test, "chunk": chunk, "examples": given.max_examples, "what": ""}
        pyfuncitem.user_properties.append(("fuzzing", about))
        if chunk in self.progress.of(test)["done"]:
            about["what"] = _DONE
        elif test in self.failed or (self.until and time.time() > self.until):
            about["what"] = _LEFT
        else:
            hypothesis.seed(seed_of(self.progress.of(test)["seed"], test, chunk))(function)
            # A seed takes the database away; here the examples kept there come first all the same.
            function._hypothesis_internal_use_settings = given
            return None
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count; in a worker, learn which test has failed."""
        about = told(report)
        if about is None or report.when != "call":
            return
        test = about["test"]
        self.examples[test] = about["examples"]
        if report.failed:
            self.failed.add(test)
            self.failures[test] += 1
        elif self.counts and not about["what"]:
            self.progress.add(test, about["chunk"], report.duration)
            self.progress.write(self.state)

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        about = told(report) if report.when == "call" and report.passed else None
        return (about["what"], "", "") if about and about["what"] else None

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say how far each test is, and whether this is the end of a full run."""
        if not self.examples:
            return
        say = terminalreporter.write_line
        terminalreporter.section("fuzz")
        total, seeds, full = 0, set(), True
        for test, each in sorted(self.examples.items()):
            entry = self.progress.of(test)
            done, seconds = len(entry["done"]) * each, entry["seconds"]
            total += done
            seeds.add(entry["seed"])
            full &= len(entry["done"]) == CHUNKS
            rate = f"{done / seconds:,.1f}/s" if seconds else ""
            failed = "  FAILED" if self.failures[test] else ""
            say(f"{done:6,} of {CHUNKS * each:5,} {rate:>10}  {test}{failed}")
        count, failures = len(self.examples), sum(map(bool, self.failures.values()))
        tests = f"{count} {'test' if count == 1 else 'tests'}"
        seed = ", ".join(map(str, sorted(seeds)))
        if full:
            say(f"full run: {tests}, {total:,} examples, 0 failures (FUZZ_SEED={seed})")
            for test in self.examples:
                self.progress.tests.pop(test, None)
            self.progress.write(self.state)
        else:
            say(
                f"not yet a full run: {tests}, {total:,} examples, {failures} failures; "
                "make fuzz goes on from here"
            )


def chunk_of(item: pytest.Item) -> int | None:
    """Give the number of a chunk; None for what is no chunk."""
    drawn = getattr(item, "callspec", None)
    return drawn.params.get("chunk") if drawn else None


def told(report: pytest.TestReport) -> dict[str, Any] | None:
    """Give what a chunk's report says of it."""
    return dict(report.user_properties).get("fuzzing")

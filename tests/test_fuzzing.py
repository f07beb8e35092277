"""A fuzz run: what is left is done the next time, and nothing that failed is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import keeping
import pytest
from anyworld import base, examples, legal_settings, seeds
from hypothesis import given

import simkit
from simkit.rules.settings import Settings
from simkit.rules.workload import Workload, with_intention

pytestmark = pytest.mark.slow  # pytest is started for each

HERE = Path(__file__).resolve().parent
CONFTEST = f"""
import sys
sys.path[:0] = [{str(HERE / "support")!r}, {str(HERE.parent)!r}]
import fuzzing
from hypothesis import settings
from pathlib import Path

fuzzing.FOLDER = Path(__file__).parent / ".fuzz"
fuzzing.PROGRESS = fuzzing.FOLDER / "progress.json"
fuzzing.CHUNKS = 3
fuzzing.state = lambda: (Path(__file__).parent / "state").read_text()
settings.register_profile("few", max_examples=4, database=fuzzing.database())
settings.load_profile("few")

def pytest_configure(config):
    config.addinivalue_line("markers", "fuzz: property test")
    config.pluginmanager.register(fuzzing.Fuzzing(config))
"""
TESTS = """
from pathlib import Path
import pytest
from hypothesis import given, strategies as st

@pytest.mark.fuzz
@given(st.integers())
def test_fine(x):
    with (Path(__file__).parent / "drawn").open("a") as file:
        print(x, file=file)

@pytest.mark.fuzz
@pytest.mark.parametrize("bound", [3])
@given(x=st.integers(0, 1000))
def test_small(x, bound):
    assert x < bound or not (Path(__file__).parent / "strict").exists()

def test_of_no_chunks():
    pass
"""
FEW_PLUGINS = ("-p", "xdist", "-p", "_hypothesis_pytestplugin")
"""All that such a run needs: that of notebooks alone takes longer to load than the run."""
CHUNKS = 3
ALL = 4 * CHUNKS
"""Examples of a test of this small run."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two property tests, fuzzed four examples a chunk."""
    (tmp_path / "conftest.py").write_text(CONFTEST, "utf-8")
    (tmp_path / "test_small.py").write_text(TESTS, "utf-8")
    (tmp_path / "state").write_text("one", "utf-8")
    return tmp_path


def fuzz(folder: Path, *more: str, **env: str) -> tuple[int, str]:
    """Fuzz once; give the exit code and all that is said."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *FEW_PLUGINS, *more]
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("FUZZ", "PYTEST"))}
    env = clean | env | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    ended = subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, timeout=120
    )
    return ended.returncode, ended.stdout + ended.stderr


def drawn(folder: Path) -> list[str]:
    """The examples of one test since this was last asked, in order."""
    file = folder / "drawn"
    found = file.read_text("utf-8").split() if file.exists() else []
    file.unlink(missing_ok=True)
    return found


@pytest.mark.thorough
def test_a_run_that_is_cut_short_is_gone_on_with_and_a_full_one_says_so(folder: Path) -> None:
    """Without time nothing is done and nothing fails; what another run did is not done again."""
    code, said = fuzz(folder, FUZZ_MINUTES="0", FUZZ_SEED="7")
    assert code == 0
    assert "not yet a full run: 2 tests, 0 examples, 0 failures" in said
    assert f"{2 * CHUNKS} left" in said
    assert drawn(folder) == []
    code, said = fuzz(folder, FUZZ_SEED="7")
    assert code == 0
    assert f"full run: 2 tests, {2 * ALL} examples, 0 failures (FUZZ_SEED=7)" in said
    whole = drawn(folder)
    assert len(whole) >= ALL

    (folder / ".fuzz" / "progress.json").write_text(
        json.dumps(
            {
                "state": "one",
                "tests": {"test_small.py::test_fine": {"seed": 7, "done": [0, 2], "seconds": 1.0}},
            }
        ),
        "utf-8",
    )
    code, said = fuzz(folder, FUZZ_SEED="7")
    assert "1 tests go on" in said
    assert "2 done before" in said
    assert f"full run: 2 tests, {2 * ALL} examples" in said
    rest = drawn(folder)
    assert len(rest) < len(whole)
    assert set(rest) <= set(whole)


@pytest.mark.thorough
def test_a_full_run_is_followed_by_another_with_new_examples_unless_its_seed_is_asked_for(
    folder: Path,
) -> None:
    """However many processes share the work."""
    runs = []
    two = ("-n", "2", "--dist", "worksteal")
    for more, env in (((), {}), ((), {}), ((), {"FUZZ_SEED": "7"}), (two, {"FUZZ_SEED": "7"})):
        assert "full run" in fuzz(folder, *more, **env)[1]
        runs.append(sorted(drawn(folder)))
    assert runs[0] != runs[1]
    assert runs[2] == runs[3]


def test_another_state_of_the_code_begins_anew(folder: Path) -> None:
    """Examples that passed on other code prove nothing, so that none of them count."""
    progress = {"state": "one", "tests": {"test_small.py::test_fine": {"seed": 7, "done": [0]}}}
    (folder / ".fuzz").mkdir()
    (folder / ".fuzz" / "progress.json").write_text(json.dumps(progress), "utf-8")
    (folder / "state").write_text("another", "utf-8")
    assert "the code has changed: all tests begin anew" in fuzz(folder, FUZZ_MINUTES="0")[1]


@pytest.mark.thorough
def test_a_test_that_failed_makes_no_more_chunks_and_its_example_is_tried_first(
    folder: Path,
) -> None:
    """The other one goes on to its end; once mended, the whole run can be full."""
    (folder / "strict").touch()
    code, said = fuzz(folder)
    assert code == 1
    assert f"1 failed, {CHUNKS + 1} passed, {CHUNKS - 1} left" in said
    assert f"not yet a full run: 2 tests, {ALL} examples, 1 failures" in said
    assert list((folder / ".fuzz" / "examples").rglob("*"))
    code, said = fuzz(folder, "--hypothesis-show-statistics")
    assert code == 1
    assert "during reuse phase" in said
    (folder / "strict").unlink()
    assert "full run: 2 tests" in fuzz(folder)[1]


# Kept examples.


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is told at once, with examples kept in a folder of the test's own."""
    told: list[str] = []
    monkeypatch.setattr(keeping, "FAILURES", tmp_path)
    monkeypatch.setattr(keeping, "_found", {})
    monkeypatch.setattr(keeping, "say", told.append)
    return told


@keeping.kept
def bad(settings: Settings, seed: int) -> None:
    raise AssertionError(f"two engines differ\nin {seed}")


def test_the_first_and_the_smallest_failing_example_are_there_as_soon_as_they_are_found(
    said: list[str], tmp_path: Path
) -> None:
    """Each stands for the whole input; its comments say what failed, and how."""
    first, small = base(("agent-01", "agent-02"), 1), base(("agent-01",), 1)
    kept = []
    for settings, seed in [(first, 12), (small, 5), (first, 3)]:
        with pytest.raises(AssertionError) as failed:
            bad(settings=settings, seed=seed)
        assert "make again FILE=" in failed.value.__notes__[-1]
        kept.append(sorted(tmp_path.glob("*.yaml")))
    assert [len(files) for files in kept] == [1, 2, 2]
    for file, settings, seed in zip(kept[-1], (small, first), (5, 12), strict=True):
        lines = file.read_text("utf-8").splitlines()
        assert lines[0].startswith("# test: tests/test_fuzzing.py::test_the_first_and")
        assert lines[1:3] == ["# AssertionError: two engines differ", f"# in {seed}"]
        _, found = keeping.read(file)
        assert (found["settings"].hash, found["seed"]) == (settings.hash, seed)
    (told,) = said
    assert "two engines differ\nin 12" in told
    assert kept[0][0].name in told


def test_a_workload_is_kept_with_its_settings(said: list[str], tmp_path: Path) -> None:
    """What was moved by hand no seed draws again, so that the file has to hold it."""
    settings = base(("agent-01",), 1)
    whole = simkit.run(settings, 1).workload
    day = with_intention(whole.days[0], whole.days[0].intentions[0]._replace(t=1_234_567))
    workload = Workload((day,), whole.edits)

    @keeping.kept
    def worse(world: tuple[Settings, Workload], seed: int) -> None:
        raise AssertionError("as well")

    with pytest.raises(AssertionError):
        worse(world=(settings, workload), seed=1)
    (file,) = tmp_path.glob("*.yaml")
    _, found = keeping.read(file)
    assert found == {"world": (settings, workload), "seed": 1}


@examples(0.1)
@given(settings=legal_settings(), seed=seeds)
def test_a_kept_example_is_the_very_one_that_failed(
    tmp_path_factory: pytest.TempPathFactory, settings: Settings, seed: int
) -> None:
    """Whatever the settings, and with an odd message, test, hash and seed are read back."""
    file = tmp_path_factory.mktemp("kept") / "again.yaml"
    failure = AssertionError("engines differ: # in\n- [this]")
    keeping._write(file, "tests/test_a.py::test_b", failure, keeping.scenario(settings, seed))
    test, found = keeping.read(file)
    assert test == "tests/test_a.py::test_b"
    assert (found["settings"].hash, found["seed"]) == (settings.hash, seed)


@pytest.mark.parametrize(("limit", "code"), [(100, 0), (1, 1)])
@pytest.mark.some(1)
def test_a_kept_example_is_run_again_through_its_test(
    tmp_path: Path, limit: int, code: int
) -> None:
    """By a command of one argument; its exit code says how that went."""
    (tmp_path / "test_it.py").write_text(
        "from hypothesis import event, given, strategies as st\n"
        "@given(st.builds(lambda: None), st.integers())\n"
        "def test_b(settings, seed):\n"
        "    event(settings.name)\n"
        f"    assert seed < {limit}\n",
        "utf-8",
    )
    file = tmp_path / "kept.yaml"
    text = keeping.scenario(base(("agent-01",), 1), 5)
    keeping._write(file, f"{tmp_path / 'test_it.py'}::test_b", ValueError("so"), text)
    command: list[Any] = [sys.executable, HERE / "again.py", file]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert ended.returncode == code, ended.stderr
    assert ("passes" if code == 0 else "fails") in ended.stdout


def test_a_test_that_draws_nothing_cannot_be_fuzzed(folder: Path) -> None:
    """Such a mark is a mistake: the run ends at once and names what bears it."""
    (folder / "test_small.py").write_text(
        TESTS.replace("def test_of", "@pytest.mark.fuzz\ndef test_of")
    )
    code, said = fuzz(folder, FUZZ_SEED="7")
    assert code == pytest.ExitCode.INTERRUPTED
    assert "test_small.py::test_of_no_chunks: fuzz, but draws nothing" in said

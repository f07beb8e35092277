"""docs/ci-example.md is run as it stands, and cannot part from the Makefile."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest
import yaml
from deployed import faulty, written
from nbformat.v4 import new_code_cell, new_notebook, new_output
from sarif_schema import faults

pytestmark = pytest.mark.slow  # the repository is copied and its tests are run

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "ci-example.md").read_text(encoding="utf-8")
RUN = ("00-start-here", "11-claims-audited")
"""The notebooks that the copy keeps: `make test` runs all of them with the same options."""
FEW = ("test_clock.py", "test_names.py")
"""The tests that the copy keeps; above all not this file, which would run itself."""


def block(heading: str, language: str) -> str:
    """Give the first fenced block in a language below a heading."""
    section = TEXT.partition(f"\n## {heading}\n")[2]
    found = re.search(rf"^```{language}\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
    assert found, heading
    return found[1]


def commands(text: str) -> list[list[str]]:
    return [shlex.split(line) for line in text.replace("\\\n", " ").splitlines() if line.strip()]


def options(words: list[str]) -> set[str]:
    """Give pytest's options, a value joined to the one before it, paths left out."""
    found: list[str] = []
    for word in words[words.index("pytest") + 1 :]:
        if word.startswith("-"):
            found.append(word)
        elif found and found[-1] in ("-n", "--dist"):
            found[-1] += f" {word}"
    return set(found)


def test_the_commands_by_hand_are_those_of_make_test() -> None:
    """The same options, a value each: what `make -n test` would run, and what the text shows."""
    # Whatever this run was started with is not what the text is about.
    plain = {
        k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "PYTEST_ARGS", "WORKERS")
    }
    made = subprocess.run(
        ["make", "-n", "test", "JUNIT=results.xml"],
        cwd=ROOT,
        env=plain,
        capture_output=True,
        text=True,
        check=True,
    )
    runs = made.stdout.replace("\\\n", " ").splitlines()
    by_make = options(shlex.split(next(line for line in runs if " pytest " in line)))
    by_hand = options(commands(block("Without make", "sh"))[-1])
    assert by_make - by_hand == {"--ignore-glob=tests/*.ipynb"}, "no notebook is there anyway"
    assert by_hand <= by_make
    assert not list((ROOT / "tests").glob("*.ipynb"))


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Give a fresh folder with what the repository holds, few tests and few notebooks."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    for name in listed:
        path = Path(name)
        test = path.parts[0] == "tests" and path.name.startswith("test_")
        if test and path.name not in FEW:
            continue
        if path.suffix == ".ipynb" and path.parts[0] == "notebooks" and path.stem not in RUN:
            continue
        if (ROOT / name).is_file():
            (tmp_path / path.parent).mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tmp_path / name)
    return tmp_path


def shell(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    """Run commands in a folder, with a `python3` that makes an environment without a network.

    What is replaced: `python3 -m venv .venv` makes a `.venv` whose Python is the one that runs the
    tests, with the folder's own package before the installed one; `pip install` in it only notes
    what it was asked for.
    """
    shims = folder / "shims"
    shims.mkdir(exist_ok=True)
    inner = f"""#!/bin/sh
if [ "$1 $2" = "-m pip" ]; then printf '%s\\n' "$*" >> "{folder}/pip.txt"; exit 0; fi
PYTHONPATH="{folder}" exec "{sys.executable}" "$@"
"""
    outer = f"""#!/bin/sh
[ "$*" = "-m venv .venv" ] || {{ echo "unexpected: python3 $*" >&2; exit 9; }}
mkdir -p .venv/bin && cp "{shims}/inner" .venv/bin/python
"""
    for name, script in (("inner", inner), ("python3", outer)):
        (shims / name).write_text(script, encoding="utf-8")
        (shims / name).chmod(0o755)
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        cwd=folder,
        env={"PATH": f"{shims}:/usr/bin:/bin", "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.thorough
def test_the_commands_by_hand_pass_in_a_fresh_folder(clone: Path) -> None:
    """Exactly as they stand: tests and notebooks pass, and the XML tells of each cell."""
    done = shell(clone, block("Without make", "sh"))
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    suites = ElementTree.parse(clone / "results.xml").getroot()
    cases = [case.get("classname", "") + case.get("name", "") for case in suites.iter("testcase")]
    for stem in RUN:
        notebook = nbformat.read(clone / "notebooks" / f"{stem}.ipynb", as_version=4)
        cells = [c for c in notebook.cells if c.cell_type == "code"]
        assert sum(stem in case for case in cases) == len(cells)
    assert any("test_clock" in case for case in cases)
    asked = (clone / "pip.txt").read_text(encoding="utf-8").split()
    assert asked[:3] == ["-m", "pip", "install"]
    assert (clone / asked[asked.index("-c") + 1]).is_file()
    project = tomllib.loads((clone / "pyproject.toml").read_text(encoding="utf-8"))
    assert asked[-1] == ".[dev]"
    assert "dev" in project["project"]["optional-dependencies"]


@pytest.mark.thorough
def test_a_failure_looks_as_it_is_shown(clone: Path) -> None:
    """The sample is a notebook whose stored output is 3 and whose cell gives 2."""
    three = new_output("execute_result", {"text/plain": "3"}, execution_count=2)
    notebook = new_notebook(
        cells=[
            new_code_cell("x = 1", execution_count=1),
            new_code_cell("x + 1", execution_count=2, outputs=[three]),
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    shutil.rmtree(clone / "notebooks")
    (clone / "notebooks").mkdir()
    nbformat.write(notebook, clone / "notebooks" / "example.ipynb")
    done = shell(clone, block("Without make", "sh").replace("pytest tests", "pytest"))
    assert done.returncode == 1
    said = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
    shown = block("What a failure looks like", "text").splitlines()
    without_rules = [line.strip("=_ ") for line in shown[:-1]]
    assert [line for line in without_rules if line not in said] == []
    assert "1 failed, 1 passed" in said, "the last line counts, as in the sample"


def portal(folder: Path) -> Path:
    """Give a folder with a page and a payload in it."""
    payloads = ROOT / "data" / "payloads"
    (folder / "portal").mkdir()
    for name in ("embedding-snippet.html", "reason-code.json"):
        shutil.copy(payloads / name, folder / "portal")
    return folder


def job(folder: Path, runs: list[str]) -> list[int]:
    """Run steps of a job in a folder, and give their exit codes.

    What is replaced: pip only notes what it was asked for, and `simkit` is the one under test.
    """
    shims = folder / "shims"
    shims.mkdir()
    scripts = {
        "python": f"printf '%s\\n' \"$*\" >> '{folder}/pip.txt'",
        "simkit": f"PYTHONPATH='{ROOT}' exec '{sys.executable}' -m simkit.ui.cli.main \"$@\"",
    }
    for name, script in scripts.items():
        (shims / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (shims / name).chmod(0o755)
    environment = {"PATH": f"{shims}:/usr/bin:/bin", "HOME": str(folder)}
    codes = [
        subprocess.run(["bash", "-e", "-c", run], cwd=folder, env=environment, check=False)
        for run in runs
    ]
    asked = (folder / "pip.txt").read_text(encoding="utf-8")
    assert re.fullmatch(r"-m pip install simkit @ git\+<address of your copy>\n", asked)
    return [done.returncode for done in codes]


def test_the_job_for_payloads_and_pages_uploads_its_log(tmp_path: Path) -> None:
    """Its check fails, and the step that takes the log runs all the same and finds it there."""
    workflow = yaml.safe_load(block("Your own payloads and pages", "yaml"))
    steps = workflow["jobs"]["check"]["steps"]
    assert job(portal(tmp_path), [step["run"] for step in steps if "run" in step]) == [0, 1]
    upload = steps[-1]
    assert upload["if"] == "always()"
    assert upload["uses"].startswith("github/codeql-action/upload-sarif@")
    assert workflow["permissions"]["security-events"] == "write"
    log = json.loads((tmp_path / upload["with"]["sarif_file"]).read_text(encoding="utf-8"))
    assert faults(log) == []
    [run] = log["runs"]
    found = [each["locations"][0]["physicalLocation"] for each in run["results"]]
    addresses = {each["artifactLocation"]["uri"] for each in found}
    assert addresses == {"portal/embedding-snippet.html", "portal/reason-code.json"}


def test_the_job_for_services_that_read_junit_leaves_its_report(tmp_path: Path) -> None:
    """Its check fails, and the report is kept all the same, with a failure in each file."""
    widget = yaml.safe_load(block("Your own payloads and pages", "yml"))["widget"]
    assert job(portal(tmp_path), widget["script"]) == [0, 1]
    assert widget["artifacts"]["when"] == "always"
    root = ElementTree.parse(tmp_path / widget["artifacts"]["reports"]["junit"]).getroot()
    assert [suite.get("failures") for suite in root] == ["1", "1"]


def test_the_job_for_a_deployment_uploads_whom_it_is_about_and_what_mends_it(
    tmp_path: Path,
) -> None:
    """Of exports and a widget in two folders: one finding, its fix and its proof in the log."""
    steps = yaml.safe_load(block("Your own deployment", "yaml"))["jobs"]["check"]["steps"]
    for name in written(faulty("exports", {"North": 2, "South": 3}, "E1 codes"), tmp_path):
        path = Path(name)
        folder = "portal" if path.stem in ("widget", "application") else "exports"
        (tmp_path / folder).mkdir(exist_ok=True)
        path.rename(tmp_path / folder / path.name)
    assert job(tmp_path, [step["run"] for step in steps if "run" in step]) == [0, 1]
    log = json.loads((tmp_path / steps[-1]["with"]["sarif_file"]).read_text(encoding="utf-8"))
    assert faults(log) == []
    [result] = log["runs"][0]["results"]
    assert result["ruleId"] == "codes-above"
    assert "all 5 agents in 2 divisions see an empty list" in result["message"]["text"]
    assert result["properties"]["proof"]["verdict"] == "cured"
    assert len(result["fixes"]) == 1

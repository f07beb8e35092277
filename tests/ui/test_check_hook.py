"""The hook of docs/check.md stops a commit, and what other repositories are offered is a hook."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from deployed import faulty, written

from simkit.base import resources

pytestmark = pytest.mark.slow  # git and pre-commit start processes

ROOT = Path(__file__).resolve().parents[2]
MANIFEST = ROOT / ".pre-commit-hooks.yaml"
PAYLOADS = resources.directory("data") / "payloads"


def configurations() -> list[str]:
    """Give the configurations of the text: by an address, by the path, and of a deployment."""
    text = (ROOT / "docs" / "check.md").read_text(encoding="utf-8")
    return re.findall(r"^```yaml\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def hook_of(configuration: str) -> dict[str, Any]:
    [repository] = yaml.safe_load(configuration)["repos"]
    [hook] = repository["hooks"]
    return dict(hook)


class Repository:
    """A git repository in a folder, with `simkit` on the path and no network."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "repository"
        self.folder.mkdir()
        shims = folder / "shims"
        shims.mkdir()
        command = shims / "simkit"
        command.write_text(
            f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m simkit.ui.cli.main "$@"\n',
            encoding="utf-8",
        )
        command.chmod(0o755)
        self.environment = {
            "PATH": f"{shims}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "PRE_COMMIT_HOME": str(folder / "cache"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Ann",
            "GIT_AUTHOR_EMAIL": "ann@example.org",
            "GIT_COMMITTER_NAME": "Ann",
            "GIT_COMMITTER_EMAIL": "ann@example.org",
            **dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9"),
        }
        self.run("git", "init", "--quiet")

    def run(self, *command: str, code: int = 0) -> str:
        """Run a command that ends with an exit code, and give all that it says."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == code, done.stdout
        return done.stdout

    def pre_commit(self, *arguments: str) -> str:
        return self.run(sys.executable, "-m", "pre_commit", *arguments)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository with nothing in it."""
    if shutil.which("git") is None:
        pytest.skip("no git on the path")
    return Repository(tmp_path)


def test_a_commit_with_a_finding_is_stopped(repository: Repository) -> None:
    """The guide's own snippet is; the mended one, and files that are not meant, go through."""
    folder = repository.folder
    _, local, _ = configurations()
    (folder / ".pre-commit-config.yaml").write_text(local, encoding="utf-8")
    repository.pre_commit("install")
    (folder / "portal").mkdir()
    (folder / "package.json").write_text("{}", encoding="utf-8")
    page = folder / "portal" / "page.html"
    shutil.copy(PAYLOADS / "embedding-snippet.html", page)
    repository.run("git", "add", ".")
    said = repository.run("git", "commit", "--message", "A page", code=1)
    assert re.search(r"^portal/page\.html:13:7: error: .*\[syntax\]$", said, re.MULTILINE)
    assert "package.json" not in said
    repository.run("git", "rev-parse", "HEAD", code=128)
    shutil.copy(PAYLOADS / "embedding-snippet-fixed.html", page)
    repository.run("git", "add", ".")
    said = repository.run("git", "commit", "--message", "A page, mended")
    assert re.search(r"^simkit check\.+Passed$", said, re.MULTILINE)
    assert repository.run("git", "log", "--format=%s") == "A page, mended\n"


@pytest.mark.thorough
def test_what_other_repositories_are_offered_is_a_hook(repository: Repository) -> None:
    """The manifest and all configurations are valid, and two of these are the hook of it."""
    repository.pre_commit("validate-manifest", str(MANIFEST))
    for i, text in enumerate(configurations()):
        file = repository.folder / f"{i}.yaml"
        file.write_text(text, encoding="utf-8")
        repository.pre_commit("validate-config", str(file))
    [offered] = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    by_address, local, _ = map(hook_of, configurations())
    assert by_address["id"] == offered["id"] == local["id"]
    assert by_address["files"] == local["files"]
    assert offered["language"] == "python"
    shared = ("name", "entry", "types_or", "require_serial")
    assert [local[key] for key in shared] == [offered[key] for key in shared]


@pytest.mark.thorough
def test_a_commit_that_breaks_the_deployment_is_stopped(repository: Repository) -> None:
    """All of its files are judged, whichever changed; once the patch is made it goes through."""
    folder = repository.folder
    *_, whole = configurations()
    (folder / ".pre-commit-config.yaml").write_text(whole, encoding="utf-8")
    repository.pre_commit("install")
    for name in written(faulty("exports", {"North": 3, "South": 3}, "E1 codes"), folder):
        path = Path(name)
        is_part = path.stem in ("widget", "application")
        new = folder / ("portal" if is_part else "exports") / path.name.replace("users-1", "users")
        new.parent.mkdir(exist_ok=True)
        path.rename(new)
    repository.run("git", "add", ".pre-commit-config.yaml", "portal")
    said = repository.run("git", "commit", "--message", "A portal", code=1)
    place = r"^portal/widget\.json:6:5: error: .*all 6 agents in 2 divisions see an empty list"
    assert re.search(place, said, re.MULTILINE)
    [hook] = [hook_of(whole)]
    words = hook["entry"].split()
    fix = [sys.executable, "-m", "simkit.ui.cli.main", *words[1:], "--fix", "--in-place"]
    repository.environment["PYTHONPATH"] = str(ROOT)
    repository.run(*fix, code=1)
    repository.run("git", "add", "portal")
    said = repository.run("git", "commit", "--message", "A portal, mended")
    assert re.search(r"^simkit check\.+Passed$", said, re.MULTILINE)

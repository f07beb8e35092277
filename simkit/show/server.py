"""Starts JupyterLab on the start notebook."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from simkit.base import resources
from simkit.base.errors import BadInput

START = "00-start-here.ipynb"
_NEWS_OFF = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    }
}


def start(*, port: int, browser: bool, directory: Path | None) -> int:
    """Serve the notebooks on localhost until interrupted, token on; give the exit code.

    In a checkout the notebooks themselves are opened. Installed from a wheel, or with a directory
    given, copies are made there; a notebook that is already there is left as it is.
    """
    folder = _notebooks(directory)
    with tempfile.TemporaryDirectory(prefix="simkit-") as settings:
        overrides = Path(settings) / "overrides.json"
        overrides.write_text(json.dumps(_NEWS_OFF), encoding="utf-8")
        command = [
            *(sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}"),
            f"--LabApp.default_url=/lab/tree/{START}",
            *("--ip=127.0.0.1", f"--port={port}", f"--LabApp.app_settings_dir={settings}"),
            *([] if browser else ["--no-browser"]),
            *(["--allow-root"] if _is_root() else []),
        ]
        try:
            return subprocess.run(command, env=os.environ | {"PYTHONSAFEPATH": "1"}).returncode
        except KeyboardInterrupt:
            return 0


def _is_root() -> bool:
    """Say whether we are root, as in many containers: Jupyter then wants to be told it is meant."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _notebooks(directory: Path | None) -> Path:
    source = resources.directory("notebooks")
    if directory is None and not _is_installed(source):
        return source
    target = directory or Path.cwd() / "simkit-notebooks"
    try:
        target.mkdir(parents=True, exist_ok=True)
        for notebook in source.glob("*.ipynb"):
            if not (target / notebook.name).exists():
                shutil.copy(notebook, target / notebook.name)
    except OSError as problem:
        raise BadInput(f"cannot copy the notebooks to {target}: {problem.strerror}") from None
    return target


def _is_installed(source: Path) -> bool:
    return "site-packages" in source.parts

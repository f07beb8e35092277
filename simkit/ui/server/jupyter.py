"""Starts JupyterLab on the start notebook."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from simkit.base import resources
from simkit.base.errors import BadInput

START = "00-start-here.ipynb"
FIRST_PORT = 8888
TRIES = 50
"""How many ports are tried where none is asked for, as many as JupyterLab tries."""
_EXTENSIONS = ("jupyterlab", "jupyter_lsp", "jupyter_server_terminals")
"""What JupyterLab's page asks for. Any others that are installed are part of a configuration."""
_FOLDERS = (
    "DATA_DIR",
    "PATH",
    "PLATFORM_DIRS",
    "PREFER_ENV_PATH",
    "RUNTIME_DIR",
    "USE_PROGRAMDATA",
)
"""What follows ``JUPYTER_`` in the variables that say where kernels are found and files are kept.
All others configure a server, or say which files do."""
_NEWS_OFF = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    }
}


def start(*, port: int | None, browser: bool, directory: Path | None) -> int:
    """Serve the notebooks on localhost until interrupted, token on; give the exit code.

    Without a port it is the first one that is free; one that is asked for has to be.
    In a checkout the notebooks themselves are opened. Installed from a wheel, or with a directory
    given, copies are made there; a notebook that is already there is left as it is.
    """
    asked, port = port is not None, free_port(port)
    folder = _notebooks(directory)
    with unconfigured(), tempfile.TemporaryDirectory(prefix="simkit-") as settings:
        overrides = Path(settings) / "overrides.json"
        overrides.write_text(json.dumps(_NEWS_OFF), encoding="utf-8")
        return _serve(
            ServerApp={
                "ip": "127.0.0.1",
                "port": port,
                # Between our look and its own somebody may have taken the port.
                "port_retries": 0 if asked else TRIES,
                "root_dir": str(folder),
                "allow_root": _is_root(),
                "open_browser": browser,
            },
            LabApp={
                "default_url": f"/lab/tree/{START}",
                "open_browser": browser,
                "app_settings_dir": settings,
            },
            # A page of another site may lead to JupyterLab, but not act there in one's name.
            IdentityProvider={"cookie_options": {"samesite": "Lax", "httponly": True}},
        )


def free_port(asked: int | None) -> int:
    """Give the port asked for, or the first on localhost that is free from 8888 on.

    BadInput when it is taken: whoever asks for a port has told others about it, or will.
    """
    first = FIRST_PORT if asked is None else asked
    for port in range(first, first + (TRIES if asked is None else 1)):
        with socket.socket() as probe:
            if os.name != "nt":
                # As the server does it: else a port is refused for a minute after its last use.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except PermissionError:
                raise BadInput(f"port {port} may not be used", field="--port") from None
            except OSError:
                continue
        return port
    if asked is None:
        raise BadInput(f"port {first} and the {TRIES - 1} above it are taken", field="--port")
    raise BadInput(
        f"port {asked} is taken", field="--port", allowed="a free one, or none to be named"
    )


@contextmanager
def unconfigured() -> Iterator[None]:
    """Start servers that nobody has configured: no file of Jupyter's counts, and no variable.

    A configuration is meant for servers of one's own. An empty token, another address or any
    origin, chosen for one of those, would open this one too. What one has chosen within JupyterLab,
    such as its theme, stays. Folders take the place of the user's, until the server ends, where
    those cannot be written.
    """
    before = dict(os.environ)
    for name in before:
        if name.startswith("JUPYTER_") and name.removeprefix("JUPYTER_") not in _FOLDERS:
            del os.environ[name]
    # Only now, as some variables count from the moment of the import on.
    from jupyter_core.paths import jupyter_config_dir

    own = Path(before.get("JUPYTER_CONFIG_DIR") or jupyter_config_dir()) / "lab"
    for name, folder in [("SETTINGS", "user-settings"), ("WORKSPACES", "workspaces")]:
        if not os.environ.get(f"JUPYTERLAB_{name}_DIR"):
            os.environ[f"JUPYTERLAB_{name}_DIR"] = str(own / folder)
    os.environ["JUPYTER_NO_CONFIG"] = "1"
    folders = tempfile.TemporaryDirectory(prefix="simkit-", ignore_cleanup_errors=True)
    try:
        _make_writable(Path(folders.name))
        yield
    finally:
        folders.cleanup()
        shutil.rmtree(jupyter_config_dir(), ignore_errors=True)  # made in place of one's own
        os.environ.clear()
        os.environ.update(before)


def _make_writable(instead: Path) -> None:
    """Name folders below ``instead`` for what cannot be kept where it is kept by default."""
    from jupyter_core.paths import jupyter_data_dir, jupyter_runtime_dir

    variables = {
        "JUPYTER_RUNTIME_DIR": jupyter_runtime_dir(),  # below the next one by default
        "JUPYTER_DATA_DIR": jupyter_data_dir(),
        "IPYTHONDIR": os.environ.get("IPYTHONDIR") or str(Path("~/.ipython").expanduser()),
        "JUPYTERLAB_SETTINGS_DIR": os.environ["JUPYTERLAB_SETTINGS_DIR"],
        "JUPYTERLAB_WORKSPACES_DIR": os.environ["JUPYTERLAB_WORKSPACES_DIR"],
    }
    for name, folder in variables.items():
        if _is_writable(Path(folder)):
            continue
        os.environ[name] = str(instead / name.lower())
        if name == "JUPYTER_DATA_DIR":  # what is installed there can still be read
            more = os.environ.get("JUPYTER_PATH")
            os.environ["JUPYTER_PATH"] = os.pathsep.join([folder, *([more] if more else [])])


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def stop_when_told(stop: Callable[[], None]) -> None:
    """Let a server stop on every signal that asks for it; one that is ignored stays so."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        sign = getattr(signal, name, None)  # Windows has no hang-up
        if sign is not None and signal.getsignal(sign) != signal.SIG_IGN:
            signal.signal(sign, lambda *_: stop())


def _serve(**settings: dict[str, Any]) -> int:
    """Run JupyterLab in this process until it is told to stop; give the exit code.

    In a child of this process it would go on when the command is killed. As it is, a kernel ends
    by itself when its server is gone.
    """
    os.environ["PYTHONSAFEPATH"] = "1"  # a kernel's modules do not come from where we stand
    from jupyter_server.serverapp import ServerApp
    from traitlets.config import Config

    class Server(ServerApp):
        def init_signal(self) -> None:
            """Stop at once: without a question on Ctrl-C, and with all kernels on a hang-up."""
            super().init_signal()
            stop_when_told(lambda: self.stop(from_signal=True))

    try:
        app = Server(jpserver_extensions=dict.fromkeys(_EXTENSIONS, True), config=Config(settings))
        app.initialize(argv=[], starter_extension="lab")
        app.start()
    except SystemExit as ended:  # no port is left; the server has said so
        return 2 if ended.code else 0
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

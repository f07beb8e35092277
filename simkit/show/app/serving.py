"""Starts Voilà on the notebook of the labs, behind a token."""

from __future__ import annotations

import os
import secrets
import socket
import threading
import webbrowser
from pathlib import Path
from typing import Any

from jupyter_server.auth.identity import IdentityProvider
from tornado.ioloop import IOLoop
from tornado.web import RequestHandler
from traitlets.config import Config
from voila.app import Voila  # type: ignore[import-untyped]  # Voilà ships no types

from simkit.base.errors import BadInput

_HERE = Path(__file__).parent
_TRIES = 50
"""How many ports are tried, as many as JupyterLab tries."""
_IDLE_S = 600
"""How long a kernel without a page is kept: long enough for a laptop that lost its connection."""


def start(*, trap: str, port: int, browser: bool) -> int:
    """Serve the labs alone on localhost until interrupted, token on; give the exit code.

    Voilà runs in this process and not in a child of it: whatever signal ends the command ends the
    server with it, and the server ends its kernels.
    """
    port, token = _free_port(port), secrets.token_hex(24)
    address = f"http://127.0.0.1:{port}/?trap={trap}&token={token}"
    try:
        app = Voila.instance(config=_settings(port, token))
        app.initialize([str(_HERE / "labs.ipynb")])
        app.template_paths = [str(_HERE / "template"), *app.template_paths]
        # The loop begins when the server listens.
        IOLoop.current().add_callback(_announce, address, browser)
        app.start()
    except KeyboardInterrupt:
        pass
    return 0


def _settings(port: int, token: str) -> Config:
    """Give Voilà's configuration. What the user has configured for other apps is not read."""
    return Config(
        Voila={
            "config_file_paths": [],
            "ip": "127.0.0.1",
            "port": port,
            "port_retries": 0,
            "token": token,
            "identity_provider_class": _TokenOnly,
            "open_browser": False,  # Voilà would open the page without the token
            "log_level": "ERROR",
            # Its default is longer than the time between two pings, which is complained about.
            "tornado_settings": {"ws_ping_timeout": 30_000},
        },
        VoilaConfiguration={
            "template": "lab",
            "allow_template_override": "NO",  # another template fetches from outside
            "allow_theme_override": "NO",
            "strip_sources": True,
            "prelaunch_hook": _allow_closing,
            # Who starts the app is who looks at it, and can use or pass on a traceback. Without
            # it the page says that something went wrong, and not what.
            "show_tracebacks": True,
            # By default pictures beside the notebook are served, and to anybody.
            "file_allowlist": [],
            # Only what draws the labs: other extensions cost time, and may not fit Voilà's core.
            "extension_allowlist": [
                "@jupyter-widgets/jupyterlab-manager",
                "@voila-dashboards/widgets-manager8",
                "anywidget",
            ],
        },
        KernelManager={"transport_encryption": "auto"},  # without it each kernel warns
        # A page that is closed ends its kernel itself; this is for a browser that crashed.
        MappingKernelManager={"cull_idle_timeout": _IDLE_S, "cull_interval": 60},
    )


class _TokenOnly(IdentityProvider):
    """Lets in whoever has the token: no form to log in, and none to set a password."""

    def get_handlers(self) -> list[tuple[str, object]]:
        return [(r"/login", _Refusal)]


class _Refusal(RequestHandler):
    """Where a page without the token ends."""

    def get(self) -> None:
        page = self.settings["voila_jinja2_env"].get_template("error.html")
        where = "Open the address that the command printed, with its token."
        self.set_status(403)
        self.finish(page.render(status_code=403, status_message="Forbidden", message=where))


def _allow_closing(page: Any, **_: Any) -> None:
    """Give a page the cookie with which it may end its kernel when it is closed.

    Voilà's script sends the cookie's value back, and the server insists on it, but only reading
    the value sets the cookie, which Voilà never does.
    """
    _ = page.xsrf_token


def _free_port(first: int) -> int:
    """Give the first port on localhost that nobody listens on, from the given one upwards."""
    for port in range(first, min(first + _TRIES, 65536)):
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
    raise BadInput(f"port {first} and those above it are taken", field="--port")


def _announce(address: str, browser: bool) -> None:
    print(f"The labs are at {address}\nStop them with Ctrl-C.", flush=True)
    if browser:
        # In a thread, because a browser in the terminal returns only when it is closed.
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

"""Starts Voilà on the notebook of the labs, behind a token."""

from __future__ import annotations

import logging
import secrets
import threading
import webbrowser
from pathlib import Path
from typing import Any

from jupyter_server.services.kernels.handlers import KernelActionHandler
from tornado.ioloop import IOLoop
from tornado.routing import Rule
from traitlets.config import Config
from voila.app import Voila  # type: ignore[import-untyped]  # Voilà ships no types

from simkit.base.formatting import counted
from simkit.ui.server.app import answers, kernels
from simkit.ui.server.jupyter import free_port, stop_when_told, unconfigured

_HERE = Path(__file__).parent


def start(*, trap: str, port: int | None, browser: bool, most: int = kernels.MOST) -> int:
    """Serve the labs alone on localhost until interrupted, token on; give the exit code.

    Without a port it is the first one that is free; one that is asked for has to be. ``most`` pages
    are open at a time, since each has a kernel. Voilà runs in this process and not in a child of
    it: whatever signal ends the command ends the server with it, and a kernel ends by itself when
    its server is gone.
    """
    port, token = free_port(port), secrets.token_hex(24)
    address = f"http://127.0.0.1:{port}/?trap={trap}&token={token}"
    logging.getLogger("tornado.general").setLevel(logging.ERROR)  # each refusal once
    with unconfigured():
        app = _App.instance(config=_settings(port, token, most))
        app.initialize([str(_HERE / "labs.ipynb")])
        app.template_paths = [str(_HERE / "template"), *app.template_paths]
        # The loop begins when the server listens.
        IOLoop.current().add_callback(_announce, address, browser, most)
        app.start()
    return 0


def _settings(port: int, token: str, most: int) -> Config:
    """Give Voilà's configuration. What the user has configured for other apps is not read."""
    return Config(
        Voila={
            "config_file_paths": [],
            "ip": "127.0.0.1",
            "port": port,
            "port_retries": 0,
            "token": token,
            "identity_provider_class": answers.TokenOnly,
            "authorizer_class": kernels.OwnKernels,
            "open_browser": False,  # Voilà would open the page without the token
            "log_level": "ERROR",
            "tornado_settings": {
                # Its default is longer than the time between two pings, which is complained about.
                "ws_ping_timeout": 30_000,
                "log_function": answers.log,
                # Voilà's script has to read this one.
                "xsrf_cookie_kwargs": {"samesite": "Strict"},
            },
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
            "multi_kernel_manager_class": kernels.Kernels,
        },
        KernelManager={"transport_encryption": "auto"},  # without it each kernel warns
        Kernels={
            "most": most,
            "cull_idle_timeout": kernels.IDLE_S,
            "cull_connected": True,
            "cull_interval": kernels.LOOK_S,
        },
        # The session ends with the browser, and a link on another site does not begin with it.
        IdentityProvider={"cookie_options": {"samesite": "Strict", "expires_days": None}},
    )


class _App(Voila):  # type: ignore[misc]
    """Voilà for this machine only, with an answer to every address."""

    def initialize(self, argv: list[str]) -> None:
        super().initialize(argv)
        # With all kernels, and without a word of complaint, however one asks for it.
        loop = IOLoop.current()
        stop_when_told(lambda: loop.add_callback_from_signal(loop.stop))

    def init_settings(self) -> dict[str, Any]:
        return {**super().init_settings(), "transforms": [answers.Headers]}

    def init_handlers(self) -> list[Any]:
        served = [(answers.INTERRUPT, KernelActionHandler), *super().init_handlers()]
        known = [(pattern, answers.answering(handler), *how) for pattern, handler, *how in served]
        return [Rule(answers.Door(), answers.RefusedRequest), *known]


def _allow_closing(page: Any, **_: Any) -> None:
    """Give a page the cookie with which it may end its kernel when it is closed.

    Voilà's script sends the cookie's value back, and the server insists on it, but only reading
    the value sets the cookie, which Voilà never does.
    """
    _ = page.xsrf_token


def _announce(address: str, browser: bool, most: int) -> None:
    print(
        f"The labs are at {address}\n"
        f"Up to {counted(most, 'page is', 'pages are')} open at a time; a lab that nobody has used "
        f"for {kernels.IDLE_S // 60} min is closed.\n"
        "Stop them with Ctrl-C.",
        flush=True,
    )
    if browser:
        # In a thread, because a browser in the terminal returns only when it is closed.
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

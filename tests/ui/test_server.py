"""JupyterLab and the app, started as a user starts them: whom they let in, and what they leave."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import browsing
import psutil
import pytest
from asking import asked, connected, session, token
from extent import some
from jupyter_client import BlockingKernelClient

from simkit.ui.server import jupyter

LAB = [sys.executable, "-m", "simkit.ui.cli.main", "lab"]
HOSTILE: dict[str, dict[str, object]] = {
    "ServerApp": {
        "token": "",
        "password": "",
        "ip": "0.0.0.0",
        "allow_remote_access": True,
        "allow_origin": "*",
        "allow_credentials": True,
        "disable_check_xsrf": True,
        "allow_unauthenticated_access": True,
        "base_url": "/elsewhere/",
    },
    "IdentityProvider": {"token": "", "cookie_options": {"samesite": "None"}},
    "PasswordIdentityProvider": {"hashed_password": ""},
    "LabApp": {"default_url": "/elsewhere"},
}
"""A configuration that lets everybody in, from everywhere."""
VARIABLES = {
    "JUPYTER_TOKEN": "guessed",
    "JUPYTER_SERVER_ALLOW_UNAUTHENTICATED_ACCESS": "true",
    "JUPYTER_GATEWAY_URL": "http://127.0.0.1:9",
    "JUPYTER_PORT": "1",
}


def hostile(folder: Path, **more: object) -> dict[str, str]:
    """Write the configuration wherever Jupyter looks for one; give the variables that name it."""
    settings = {**HOSTILE, "ServerApp": HOSTILE["ServerApp"] | more}
    own, path = folder / "own", folder / "path"
    for where in (own, path, folder, folder / ".jupyter"):
        where.mkdir(exist_ok=True)
        for name in ("jupyter_config", "jupyter_server_config", "jupyter_lab_config"):
            (where / f"{name}.json").write_text(json.dumps(settings), encoding="utf-8")
        lines = [
            f"c.{section}.{key} = {value!r}\n"
            for section, values in settings.items()
            for key, value in values.items()
        ]
        (where / "jupyter_server_config.py").write_text("".join(lines), encoding="utf-8")
    theme = own / "lab/user-settings/@jupyterlab/apputils-extension/themes.jupyterlab-settings"
    theme.parent.mkdir(parents=True)
    theme.write_text('{"theme": "JupyterLab Dark"}', encoding="utf-8")
    folders = {"JUPYTER_CONFIG_DIR": str(own), "JUPYTER_CONFIG_PATH": str(path)}
    return VARIABLES | folders | {"HOME": str(folder), "JUPYTERLAB_SETTINGS_DIR": ""}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[browsing.App]:
    """``simkit lab`` of a user whose configuration is hostile."""
    folder = tmp_path_factory.mktemp("lab")
    with browsing.announced(LAB, folder, **hostile(folder, certfile="missing.pem")) as started:
        yield started


def kernel(app: browsing.App) -> str:
    """Start a kernel; give its id."""
    reply = asked(app, "/api/kernels", token(app), "POST")
    assert reply.code == 201
    return str(json.loads(reply.text)["id"])


@pytest.mark.slow
@pytest.mark.thorough
def test_the_configuration_of_these_tests_opens_a_jupyterlab_of_ones_own(tmp_path: Path) -> None:
    """So that the next tests say something: started by itself, JupyterLab obeys it."""
    port, variables = browsing.free_port(), hostile(tmp_path)
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    del variables["JUPYTER_TOKEN"]
    with browsing.started([*command, f"--port={port}", "--ip=127.0.0.1"], tmp_path, **variables):
        address = f"http://127.0.0.1:{port}/elsewhere/?token="
        found = browsing.App(address, None, tmp_path)  # type: ignore[arg-type]
        browsing.until(lambda: browsing.answers(port), "it answers")
        assert asked(found, "/elsewhere/api/contents", {"Host": "evil.example"}).code == 200


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/api/kernels", "/api/contents", "/api/terminals", "/files/x"])
def test_jupyterlab_wants_its_token_whatever_is_configured(lab: browsing.App, path: str) -> None:
    """An empty token, another one, or none, as the user's configuration and variables have it."""
    for headers in ({}, {"Authorization": "token guessed"}, {"Authorization": "token "}):
        reply = asked(lab, path, headers)
        asked_to_log_in = (reply.headers["Location"] or "").startswith("/login?")
        assert reply.code == 403 or (reply.code == 302 and asked_to_log_in)
    assert asked(lab, path, token(lab)).code in (200, 404)


@pytest.mark.slow
def test_jupyterlab_refuses_other_hosts_and_other_origins(lab: browsing.App) -> None:
    """With the token or the cookie of the user, for pages as for websockets."""
    cookie, known = session(lab), token(lab)
    channels = f"/api/kernels/{kernel(lab)}/channels"
    here, evil = (
        {"Origin": f"http://{urlsplit(lab.address).netloc}"},
        {"Origin": "http://a.example"},
    )
    host = {"Host": "a.example"}
    assert asked(lab, "/api/contents", known | host).code == 403
    assert asked(lab, "/api/contents", cookie | here).code == 200
    assert asked(lab, "/api/contents", cookie | evil).code in (403, 404)
    assert asked(lab, "/api/kernels", cookie | evil, "POST").code in (403, 404)
    assert connected(lab, channels, cookie | here) == 101
    assert connected(lab, channels, cookie | evil) == 403
    assert connected(lab, channels, known | host) == 403
    assert connected(lab, channels, here) == 403, "neither token nor cookie"


@pytest.mark.slow
def test_a_page_of_another_site_has_no_use_of_the_cookie_of_jupyterlab(lab: browsing.App) -> None:
    """HttpOnly keeps scripts from reading it, SameSite keeps other sites from sending it."""
    place = urlsplit(lab.address)
    login = asked(lab, f"{place.path}?{place.query}").cookies["username"]
    assert {"HttpOnly", "SameSite=Lax"} <= set(login.split("; "))


@pytest.mark.slow
def test_jupyterlab_listens_on_this_machine_only(lab: browsing.App) -> None:
    """Nobody on the network reaches it, though the user's configuration says 0.0.0.0."""
    places = psutil.Process(lab.server.pid).net_connections()
    open_to = {(place.laddr.ip, place.laddr.port) for place in places if place.status == "LISTEN"}
    assert {ip for ip, _ in open_to} == {"127.0.0.1"}
    assert urlsplit(lab.address).port in {port for _, port in open_to}


@pytest.mark.slow
def test_jupyterlab_keeps_the_look_that_its_user_has_chosen(
    tmp_path: Path, lab: browsing.App
) -> None:
    """Settings made within JupyterLab are no configuration of a server."""
    themes = "/lab/api/settings/@jupyterlab/apputils-extension:themes"
    reply = asked(lab, themes, token(lab))
    assert json.loads(json.loads(reply.text)["raw"]) == {"theme": "JupyterLab Dark"}


def test_a_server_is_unconfigured_only_while_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders stay, since kernels are found there."""
    monkeypatch.setenv("JUPYTER_TOKEN", "guessed")
    monkeypatch.setenv("JUPYTER_DATA_DIR", "/data")
    before = dict(os.environ)
    with jupyter.unconfigured():
        assert "JUPYTER_TOKEN" not in os.environ
        assert os.environ["JUPYTER_DATA_DIR"] == "/data"
    assert dict(os.environ) == before


# What is left when a server ends.

ENDS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"]


@pytest.fixture
def heard() -> Iterator[None]:
    """Hand a hangup on to what is started, even where the tests run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.slow
@pytest.mark.usefixtures("heard")
@pytest.mark.parametrize(("kind", "sign"), some(product(["lab", "app"], ENDS), 1, start=1))
def test_nothing_outlives_a_server_that_is_told_to_end(
    kind: str, sign: str, tmp_path: Path
) -> None:
    """No kernel, at work or not, nobody who listens, and no file unless it had no time for that."""
    with browsing.announced(LAB if kind == "lab" else [*LAB, "--app"], tmp_path) as started:
        if kind == "lab":
            kernel(started)
            _busy(tmp_path)
        else:
            assert asked(started, "/", token(started)).code == 200
        assert len(browsing.kernels(tmp_path)) == 1
        started.server.send_signal(signal.Signals[sign])
        started.server.wait(20)
    browsing.until(lambda: not browsing.processes(tmp_path), "its processes end")
    assert not browsing.answers(urlsplit(started.address).port or 0)
    if sign != "SIGKILL":
        assert started.server.returncode == 0
        kept = Path(browsing.own_folders(tmp_path)["TMPDIR"]).iterdir()
        assert [file.name for file in kept] == []


def _busy(folder: Path) -> None:
    """Let one of the kernels work without end."""
    runtime = Path(browsing.own_folders(folder)["JUPYTER_RUNTIME_DIR"])
    client: Any = BlockingKernelClient(connection_file=str(next(runtime.glob("kernel-*.json"))))
    client.load_connection_file()
    client.start_channels()

    def is_ready() -> bool:
        with suppress(RuntimeError):  # a kernel whose heart is late is called dead
            client.wait_for_ready(timeout=20)
            return True
        return False

    # Who listens too late hears nothing of what it began.
    browsing.until(is_ready, "a kernel answers")
    client.execute("while True: pass")
    client.get_iopub_msg(timeout=20)
    client.stop_channels()


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="there is no hang-up")
def test_a_signal_that_is_ignored_stays_ignored() -> None:
    """Under ``nohup`` a server is meant to go on when its terminal is closed."""
    before = {sign: signal.getsignal(sign) for sign in (signal.SIGINT, signal.SIGTERM)}
    hangup = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    told: list[str] = []
    try:
        jupyter.stop_when_told(lambda: told.append("stop"))
        os.kill(os.getpid(), signal.SIGHUP)
        assert told == []
        os.kill(os.getpid(), signal.SIGTERM)
        assert told == ["stop"]
    finally:
        signal.signal(signal.SIGHUP, hangup)
        for sign, handler in before.items():
            signal.signal(sign, handler)

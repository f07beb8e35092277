"""The labs as an app under Voilà, started as a user starts it."""

from __future__ import annotations

import http.client
import json
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import browsing
import pytest

from simkit.base.errors import BadInput
from simkit.show.app import serving


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[browsing.App]:
    """The app, started on another trap than by default."""
    with browsing.voila(tmp_path_factory.mktemp("app"), "--trap", "e2") as started:
        yield started


def status(app: browsing.App, path: str, token: bool, method: str = "GET") -> tuple[int, str]:
    """Give the status and the text with which the app answers, sending the path as it is."""
    parts = urlsplit(app.address)
    value = parts.query.rpartition("token=")[2]
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        headers = {"Authorization": f"token {value}"} if token else {}
        connection.request(method, path, headers=headers)
        reply = connection.getresponse()
        return reply.status, reply.read().decode("utf-8", "replace")
    finally:
        connection.close()


def opened(context: Any, address: str) -> tuple[Any, browsing.Watch]:
    """Open a page of its own and wait for the lab."""
    page = context.new_page()
    watch = browsing.Watch(page)
    page.goto(address)
    page.locator(".simkit-lab").first.wait_for(timeout=browsing.PATIENCE * 1000)
    return page, watch


REFUSED = [
    "/api/contents",
    "/api/contents/labs.ipynb",
    "/voila/api/contents/",
    "/api/kernels",
    "/api/sessions",
    "/api/terminals",
    "/lab",
    "/voila/tree",
    "/voila/render/labs.ipynb",
    "/voila/render/../../../../notebooks/00-start-here.ipynb",
    "/voila/files/labs.ipynb",
    "/voila/files/serving.py",
    "/voila/files/template/index.html.j2",
    "/voila/files/../cli.py",
    "/voila/files/%2e%2e/cli.py",
    "/voila/files//etc/passwd",
    "/voila/static/../../../etc/passwd",
    "/voila/static/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/voila/templates/lab/static/../../../../../../../../../etc/passwd",
    "/voila/labextensions/../../../../etc/passwd",
    "/voila/api/themes/../../../../../../etc/passwd",
    "/notebooks/labs.ipynb",
    "/../../../../etc/passwd",
]


@pytest.mark.browser
@pytest.mark.parametrize("path", REFUSED)
def test_the_app_serves_no_file_and_no_other_notebook(app: browsing.App, path: str) -> None:
    """With the token as without it: nothing but the page of the labs and what draws it."""
    for token in (False, True):
        code, text = status(app, path, token)
        if code == 302:  # what is no address of Voilà's is looked for among the files
            moved = f"/voila/files{path}" if token else "/login"
            code, text = status(app, moved, token)
        assert 400 <= code <= 500
        assert "root:" not in text
        assert '"cells"' not in text


@pytest.mark.browser
def test_what_the_app_does_serve_is_served(app: browsing.App) -> None:
    """So that a refusal of the other addresses says something."""
    assert status(app, "/voila/static/voila.js", token=False)[0] == 200
    assert status(app, "/voila/files/picture.png", token=True)[0] == 403, "not: 404, not there"
    code, text = status(app, "/", token=True, method="HEAD")
    assert (code, text) == (405, "")
    code, text = status(app, "/", token=True, method="POST")
    assert code == 405
    assert "https://" not in text


@pytest.mark.browser
def test_the_app_shows_the_labs_and_fetches_nothing(app: browsing.App) -> None:
    """As a trainer sees it: the lab begins with the trap named, another can be chosen."""
    with browsing.chromium() as browser:
        context = browser.new_context(viewport=browsing.VIEWPORT)
        page, watch = opened(context, app.address)
        trap = page.get_by_label("Trap", exact=True)
        assert trap.locator("option:checked").inner_text().startswith("E2")
        chosen = trap.locator("option", has_text="T3").first.get_attribute("value")
        before = page.locator(".simkit-lab").first.inner_text()
        trap.select_option(chosen)
        browsing.until(
            lambda: page.locator(".simkit-lab").first.inner_text() != before, "the lab follows"
        )
        assert page.title() == "simkit labs"
        assert page.locator("html").get_attribute("lang") == "en"
        assert page.get_by_role("main").locator(".simkit-lab").count() == 1
        assert page.get_by_role("heading", level=1).first.inner_text() == "simkit labs"
        assert page.evaluate("document.documentElement.scrollWidth") == 1280
        page.set_viewport_size({"width": 1280, "height": 200})  # so that something is below
        page.mouse.move(640, 10)
        page.mouse.wheel(0, 4000)
        main = page.get_by_role("main")
        browsing.until(lambda: main.evaluate("e => e.scrollTop > 0"), "what is below is reached")
        assert "token" not in page.url
        assert (watch.errors, watch.outside) == ([], [])

        # The cookie is enough now, an address cannot name a file, and pages end their kernels.
        bare = app.address.partition("?")[0]
        other = context.new_page()
        with other.expect_event("websocket"):  # from then on a page ends its kernel
            other.goto(f"{bare}?trap=/etc/passwd")
        other.get_by_text("simkit: unknown trap '/ETC/PASSWD'").wait_for()
        assert len(browsing.kernels(app.folder)) == 2
        for each in (page, other):
            each.close(run_before_unload=True)
        browsing.until(lambda: not browsing.kernels(app.folder), "the kernels end")

        stranger = browser.new_context().new_page()
        watch = browsing.Watch(stranger)
        assert stranger.goto(bare).status == 403
        assert "token" in stranger.get_by_role("main").inner_text()
        assert watch.outside == []
        assert stranger.goto(f"{bare}?token={'0' * 48}").status == 403
        assert not browsing.kernels(app.folder)


@pytest.mark.browser
def test_the_app_ends_with_its_kernels_when_it_is_interrupted(app: browsing.App) -> None:
    """Ctrl-C is how it is meant to end: exit code 0, and no word of complaint."""
    assert status(app, "/?trap=T1", token=True)[0] == 200
    assert browsing.kernels(app.folder)
    log = app.folder / "server.log"
    before = log.read_text(encoding="utf-8")
    assert browsing.stop(app.server, signal.SIGINT) == 0
    assert log.read_text(encoding="utf-8") == before
    assert before.startswith(f"The labs are at {app.address}\nStop them with Ctrl-C.\n")
    browsing.until(lambda: not browsing.kernels(app.folder), "the kernels end")


def test_a_port_that_is_taken_is_passed_over() -> None:
    """The app can be started twice."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert port < serving._free_port(port) <= port + serving._TRIES


def test_no_port_left_is_bad_input() -> None:
    """The last port there is has none above it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 65535))
        taken.listen()
        with pytest.raises(BadInput, match="65535"):
            serving._free_port(65535)


def test_the_notebook_of_the_app_is_one_cell_without_output() -> None:
    """What it shows is made when it is opened."""
    file = Path(serving.__file__).parent / "labs.ipynb"
    [cell] = json.loads(file.read_text(encoding="utf-8"))["cells"]
    assert (cell["cell_type"], cell["outputs"], cell["execution_count"]) == ("code", [], None)

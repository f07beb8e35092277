"""The labs as an app under Voilà, started as a user starts it."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import browsing
import pytest
from asking import Answer, asked, connected, opened, session, token
from hypothesis import given, settings
from hypothesis import strategies as st
from jupyter_server.services.kernels.connection.base import serialize_msg_to_ws_v1

from simkit.base.errors import one_line
from simkit.ui.server.app import kernels, serving
from simkit.ui.server.app.messages import is_message

pytestmark = pytest.mark.slow  # a server is started for it


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[browsing.App]:
    """The app, started on another trap than by default."""
    with browsing.voila(tmp_path_factory.mktemp("app"), "--trap", "e2") as started:
        yield started


def shown(context: Any, address: str) -> tuple[Any, browsing.Watch]:
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
    "/login",
    "/voila/tree",
    "/voila/render/labs.ipynb",
    "/voila/render/../../../../notebooks/00-start-here.ipynb",
    "/voila/files/labs.ipynb",
    "/voila/files/picture.png",
    "/voila/files/serving.py",
    "/voila/files/template/index.html.j2",
    "/voila/files/../cli.py",
    "/voila/files/%2e%2e/cli.py",
    "/voila/files//etc/passwd",
    "/voila/static/",
    "/voila/static/%00",
    "/voila/static/../../../etc/passwd",
    "/voila/static/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/voila/templates/",
    "/voila/templates/lab",
    "/voila/templates/lab/static",
    "/voila/templates/lab/other/voila.js",
    "/voila/templates/lab/static/%2e%2e",
    "/voila/templates/lab/static/no-such-file.js",
    "/voila/templates/no-such-template/static/no-such-file.js",
    "/voila/templates/lab/static/../../../../../../../../../etc/passwd",
    "/voila/labextensions/no-such-extension",
    "/voila/labextensions/../../../../etc/passwd",
    "/voila/api/themes/no-such-theme",
    "/voila/api/themes/../../../../../../etc/passwd",
    "/voila/%ff",
    "/notebooks/labs.ipynb",
    "/../../../../etc/passwd",
]


@pytest.mark.parametrize("path", REFUSED)
def test_the_app_serves_no_file_and_no_other_notebook(app: browsing.App, path: str) -> None:
    """With the token as without it: nothing but the page of the labs and what draws it.

    A refusal is one line in the terminal, and the traceback of none of the handlers.
    """
    before = printed(app)
    for headers in ({}, token(app)):
        reply = asked(app, path, headers)
        assert reply.code == 404
        assert "root:" not in reply.text
        assert '"cells"' not in reply.text
    said = f"simkit: 404 GET {path}\n" * 2
    browsing.until(lambda: printed(app).removeprefix(before) == said, "it is printed")


def test_what_the_app_does_serve_is_served(app: browsing.App) -> None:
    """So that a refusal of the other addresses says something."""
    for path in (
        "/voila/static/voila.js",
        "/voila/templates/lab/static/voila-style.js",
        "/voila/labextensions/anywidget/package.json",
    ):
        assert asked(app, path).code == 200
    for method in ("HEAD", "POST", "DELETE", "FOO"):
        reply = asked(app, "/", token(app), method)
        assert reply.code == 405
        assert "https://" not in reply.text


ANY_ADDRESS = st.lists(
    st.sampled_from(["..", "/", "%2e", "%00", "%0a", "%ff", "static/", "x", "x.js", "\x1b[31m"])
    | st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=8),
    min_size=1,
    max_size=6,
).map("".join)


@settings(deadline=None)
@given(
    method=st.sampled_from(["GET", "GET", "HEAD", "POST", "DELETE", "OPTIONS", "FOO"]),
    start=st.sampled_from(["/", "/voila/", "/voila/static/", "/voila/templates/", "/api/kernels/"]),
    rest=ANY_ADDRESS,
)
def test_no_address_brings_the_app_into_trouble(
    app: browsing.App, method: str, start: str, rest: str
) -> None:
    """Whatever is asked for without a token is refused, in one line that no terminal obeys."""
    before, newline, _ = printed(app).rpartition("\n")  # which may be in the middle of a line
    address = f"{method} {start}{rest} HTTP/1.1"
    assert 400 <= sent(app, f"{address}\r\nHost: localhost\r\nConnection: close\r\n\r\n") < 500
    news, _, _ = printed(app).removeprefix(before + newline).rpartition("\n")
    for line in news.splitlines():
        assert line.startswith("simkit: 4")
        assert line == one_line(line)


def printed(app: browsing.App) -> str:
    """Give what the app has printed so far."""
    return (app.folder / "server.log").read_text(encoding="utf-8")


def sent(app: browsing.App, request: str) -> int:
    """Send bytes; give the status of the answer."""
    place = urlsplit(app.address)
    with socket.create_connection((place.hostname, place.port), timeout=20) as connection:
        connection.sendall(request.encode("latin-1"))
        reply = connection.makefile("rb").read()
    return int(reply.split(b" ", 2)[1])


# Whom it lets in.


def test_a_request_sent_to_another_host_is_refused(app: browsing.App) -> None:
    """With the token too: a site can let its own name lead to this machine."""
    channels = f"/api/kernels/{NOBODYS}/channels"
    for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.", ""):
        headers = token(app) | {"Host": host}
        for path in ("/", "/voila/static/voila.js", "/api/kernels/1"):
            assert asked(app, path, headers).code == 403
        assert connected(app, channels, headers) == 403
    assert not browsing.kernels(app.folder)


def test_every_answer_keeps_the_labs_to_this_machine(app: browsing.App) -> None:
    """Files, refusals and pages: nothing is fetched from outside, framed, or told to others."""
    for path in ("/", "/voila/static/voila.js", "/no-such-page", "/api/kernels/1-1-1-1-1"):
        headers = asked(app, path).headers
        policy = headers["Content-Security-Policy"].split("; ")
        assert {"default-src 'self'", "frame-ancestors 'none'"} <= set(policy)
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_token_is_changed_for_a_cookie_before_anything_else(app: browsing.App) -> None:
    """What one sees, keeps in the history and passes on is the address without it."""
    place = urlsplit(app.address)
    reply = asked(app, f"/?{place.query}&trap=%22%3E%3Cscript%3E")
    assert (reply.code, browsing.kernels(app.folder)) == (200, [])
    assert place.query.rpartition("token=")[2] not in reply.text
    assert "<script>" not in reply.text
    assert "url=?trap=E2&amp;trap=%22%3E%3Cscript%3E" in reply.text
    attributes = reply.cookies["username"].split("; ")[1:]
    assert {"HttpOnly", "SameSite=Strict"} <= set(attributes)
    assert not any(attribute.startswith("expires") for attribute in attributes)


NOBODYS = "00000000-0000-0000-0000-000000000000"


@pytest.mark.thorough
def test_a_session_has_no_kernels_but_its_own(app: browsing.App) -> None:
    """The cookie of one browser reads, drives and ends no kernel of another, nor hears of it."""
    own, other = session(app), session(app)
    page = asked(app, "/", own)
    there = channels(page).removesuffix("/channels")
    end = there.replace("/api/kernels", "/voila/api/shutdown")
    xsrf = page.cookies["_xsrf"].partition(";")[0]
    for who in (other, token(app)):
        allowed = who | {"X-XSRFToken": xsrf.partition("=")[2]}
        allowed["Cookie"] = f"{who.get('Cookie', 'a=b')}; {xsrf}"
        assert asked(app, there, who).code == 404
        assert asked(app, there, allowed, "DELETE").code == 404
        assert asked(app, end, allowed, "POST").code == 404
        assert asked(app, f"{there}/interrupt", allowed, "POST").code == 404
        assert connected(app, f"{there}/channels", who) == 404
    assert connected(app, f"{there}/channels", own) == 101
    assert asked(app, end, own, "POST").code == 403, "a page of another site has no such value"
    assert asked(app, f"{there}/interrupt", own, "POST").code == 403
    assert asked(app, f"{there}/restart", own, "POST").code == 404
    assert asked(app, there, own).code == 200
    end_kernel(app, own, page)
    assert not browsing.kernels(app.folder)


def message(kind: str, content: Any, **more: Any) -> str:
    """Write a message as a page does."""
    header = {"msg_id": "1", "username": "", "session": "s", "msg_type": kind, "version": "5.3"}
    parts = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
    return json.dumps({**parts, "channel": "shell", "buffers": [], **more})


GARBAGE = [
    *("garbage", "{}", "[]", "null", "9" * 100, "[" * 100_000, '{"channel": "shell"}'),
    '{"channel": "x", "header": {}}',
    message("comm_msg", {}),
    message("comm_msg", None),
    message("comm_msg", {"comm_id": ["a"], "data": {"method": "update"}}),
    message("comm_msg", {"comm_id": "a", "data": None}),
    message("comm_msg", {"comm_id": "a", "data": {"method": "update", "state": []}}),
    message("comm_open", {"target_name": "x", "comm_id": 1}),
    message("comm_close", {}),
    message("shutdown_request", {}, channel="control"),
    message("comm_info_request", {}, channel="iopub"),
    message("comm_info_request", {}, buffers=["x"]),
    message("comm_info_request", {}, header={"msg_type": "comm_info_request"}),
    message("nonsense", []),
    b"",
    b"\x00\x01",
    b"\xff" * 40,
    b"\x7f\xff\xff\xff" * 4,
    b"\x00\x00\x00\x01\x00\x00\x00\x08[]",
]


@pytest.mark.parametrize("protocol", [None, "v1.kernel.websocket.jupyter.org"])
@pytest.mark.thorough
def test_what_is_no_message_reaches_no_kernel(app: browsing.App, protocol: str | None) -> None:
    """Whoever sends it: it is said in one line, and the kernel and its page go on."""
    own = session(app)
    page = asked(app, "/", own)
    before = printed(app)

    async def talk() -> None:
        protocols = [protocol] if protocol else None
        socket = await opened(app, channels(page), own, protocols)
        assert socket.selected_subprotocol == protocol
        for each in GARBAGE:
            await socket.write_message(each, binary=isinstance(each, bytes))
        await asyncio.sleep(1)
        socket.close()
        # Whoever comes next is answered.
        socket = await opened(app, channels(page), own)
        await socket.write_message(message("comm_info_request", {}))
        async with asyncio.timeout(20):
            while "comm_info_reply" not in str(await socket.read_message()):
                pass
        socket.close()

    asyncio.run(talk())
    said = "simkit: a page sent its kernel what is no message; it is ignored\n"
    assert printed(app).removeprefix(before) == said
    end_kernel(app, own, page)


@given(st.binary(max_size=64) | st.text(max_size=64), st.booleans())
def test_no_garbage_brings_the_look_at_messages_into_trouble(
    sent: bytes | str, is_v1: bool
) -> None:
    """Random bytes and text are no message in either protocol, and raise nothing."""
    assert not is_message(sent, is_v1=is_v1)


KINDS: dict[str, dict[str, Any]] = {
    "kernel_info_request": {},
    "comm_info_request": {"target_name": "jupyter.widget"},
    "comm_open": {"comm_id": "a", "target_name": "jupyter.widget.control", "data": {}},
    "comm_msg": {"comm_id": "a", "data": {"method": "request_states"}},
    "comm_close": {"comm_id": "a", "data": {}},
    "shutdown_request": {"restart": False},
    "execute_request": {"code": ""},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", ["text", "binary", "v1"])
def test_what_pages_send_is_a_message(form: str, kind: str) -> None:
    """Also of a kind that is not allowed: the server passes it over by itself."""
    written = json.loads(message(kind, KINDS[kind]))
    sent: str | bytes = json.dumps(written)
    if form == "binary":
        written.pop("buffers")
        inner = json.dumps(written).encode()
        sent = (
            b"".join(number.to_bytes(4, "big") for number in (2, 12, 12 + len(inner)))
            + inner
            + b"buffer"
        )
    elif form == "v1":
        parts = [json.dumps(written[name]) for name in ORDER]
        sent = serialize_msg_to_ws_v1([part.encode() for part in parts], "shell")
        sent = b"".join(sent) if isinstance(sent, list) else sent
    assert is_message(sent, is_v1=form == "v1")


ORDER = ("header", "parent_header", "metadata", "content")


@pytest.mark.browser
def test_the_app_shows_the_labs_and_fetches_nothing(app: browsing.App) -> None:
    """As a trainer sees it: the lab begins with the trap named, another can be chosen."""
    with browsing.chromium() as browser:
        context = browser.new_context(viewport=browsing.VIEWPORT)
        page, watch = shown(context, app.address)
        trap = page.get_by_label("The trap", exact=True)
        assert trap.input_value() == "E2"
        before = page.locator(".simkit-lab").first.inner_text()
        trap.select_option("T3")
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


@pytest.mark.thorough
def test_the_app_ends_with_its_kernels_when_it_is_interrupted(app: browsing.App) -> None:
    """Ctrl-C is how it is meant to end: exit code 0, and no word of complaint."""
    assert asked(app, "/?trap=T1", token(app)).code == 200
    assert browsing.kernels(app.folder)
    log = app.folder / "server.log"
    before = log.read_text(encoding="utf-8")
    assert browsing.stop(app.server, signal.SIGINT) == 0
    assert log.read_text(encoding="utf-8") == before
    assert before.startswith(f"The labs are at {app.address}\nUp to 8 pages are open at a time; ")
    browsing.until(lambda: not browsing.kernels(app.folder), "the kernels end")


# How many kernels there are, and how long.


@pytest.mark.thorough
def test_twenty_pages_stay_within_the_limit(tmp_path: Path) -> None:
    """Eight labs, in 1.5 GB with the server, and twelve refusals; a place is given again."""
    with browsing.voila(tmp_path) as app, ThreadPoolExecutor(20) as pages:
        own = session(app)
        replies = list(pages.map(lambda _: asked(app, "/", own), range(20)))
        assert sorted(reply.code for reply in replies) == [200] * 8 + [503] * 12
        assert len(browsing.kernels(tmp_path)) == 8
        used = [process.memory_full_info().pss for process in browsing.processes(tmp_path)]
        assert sum(used) < 1.5e9
        full = next(reply for reply in replies if reply.code == 503)
        assert int(full.headers["Retry-After"]) == kernels.LEFT_S + kernels.LOOK_S
        assert "All 8 labs are in use" in full.text
        assert "https://" not in full.text
        one = next(reply for reply in replies if reply.code == 200)
        end_kernel(app, own, one)
        assert asked(app, "/", own).code == 200
        assert asked(app, "/", own).code == 503


def hasty(**constants: int) -> list[str]:
    """Give the command that starts an app which loses patience after other times than usual."""
    given = "; ".join(f"kernels.{name} = {value}" for name, value in constants.items())
    script = (
        f"from simkit.ui.server.app import kernels; {given}; "
        "from simkit.ui.cli.main import main; main()"
    )
    return [sys.executable, "-c", script, "lab", "--app"]


def test_a_kernel_without_a_page_is_kept_no_longer_than_the_documentation_says() -> None:
    """It is waited for and then looked for; that this is all, shows the slow test below."""
    text = (Path(__file__).parents[2] / "docs" / "labs.md").read_text(encoding="utf-8")
    (seconds,) = re.findall(r"within (\d+) s when the browser crashed", text)
    assert int(seconds) >= kernels.LEFT_S + kernels.LOOK_S


@pytest.mark.thorough
def test_a_kernel_ends_soon_after_its_page_is_gone(tmp_path: Path) -> None:
    """One whose page never came, and one whose browser crashed; one with a page is kept."""

    async def watch(app: browsing.App, own: Mapping[str, str]) -> None:
        page = await opened(app, channels(asked(app, "/", own)), own)
        asked(app, "/", own)
        await left(1)
        await asyncio.sleep(6)
        assert len(browsing.kernels(tmp_path)) == 1
        page.close()
        await left(0)

    async def left(number: int) -> None:
        begun = time.monotonic()
        while len(browsing.kernels(tmp_path)) > number:
            assert time.monotonic() < begun + 10
            await asyncio.sleep(0.2)

    with browsing.announced(hasty(LEFT_S=4, LOOK_S=1), tmp_path) as app:
        asyncio.run(watch(app, session(app)))


@pytest.mark.thorough
@pytest.mark.browser
def test_a_lab_that_nobody_uses_is_closed_and_its_page_says_so(tmp_path: Path) -> None:
    """Here after seconds, and not after half an hour; a new one is a click away."""
    command = hasty(IDLE_S=10, LOOK_S=1)
    with browsing.announced(command, tmp_path) as app, browsing.chromium() as browser:
        page, _ = shown(browser.new_context(viewport=browsing.VIEWPORT), app.address)
        notice = page.get_by_role("alert").filter(has_text="This lab was closed")
        assert not notice.is_visible()
        notice.wait_for(timeout=browsing.PATIENCE * 1000)
        assert not browsing.kernels(tmp_path)
        notice.get_by_role("link", name="Begin again").click()
        page.locator(".simkit-lab").first.wait_for(timeout=browsing.PATIENCE * 1000)
        assert len(browsing.kernels(tmp_path)) == 1


def channels(page: Answer) -> str:
    """Give the address of the kernel's websocket."""
    kernel = page.text.partition('"kernelId": "')[2].partition('"')[0]
    return f"/api/kernels/{kernel}/channels"


def end_kernel(app: browsing.App, own: Mapping[str, str], page: Answer) -> None:
    """End the kernel of a page as its script does when it is closed."""
    kernel = channels(page).split("/")[3]
    cookie = page.cookies["_xsrf"].partition(";")[0]
    headers = {"Cookie": f"{own['Cookie']}; {cookie}", "X-XSRFToken": cookie.partition("=")[2]}
    assert asked(app, f"/voila/api/shutdown/{kernel}", headers, "POST").code == 204


def test_the_notebook_of_the_app_is_one_cell_without_output() -> None:
    """What it shows is made when it is opened."""
    file = Path(serving.__file__).parent / "labs.ipynb"
    [cell] = json.loads(file.read_text(encoding="utf-8"))["cells"]
    assert (cell["cell_type"], cell["outputs"], cell["execution_count"]) == ("code", [], None)

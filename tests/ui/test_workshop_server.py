"""The server of a room: what it gives, what it takes, and all that it refuses."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from browsing import PATIENCE, answers, free_port, started, stop, until
from commands import Answer
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from simkit.base.errors import BadInput
from simkit.teaching.progress_file import progress_of
from simkit.ui.workshop import collecting, guesses, join_page, serving
from simkit.ui.workshop.collecting import (
    LETTERS,
    MOST_BYTES,
    Collector,
    Rates,
    collected,
    drawn_code,
)
from simkit.ui.workshop.questions import Asked
from simkit.ui.workshop.room_answers import Room
from simkit.ui.workshop.snapshot import snapshot

CODE, TOKEN = "ABC234", "token-of-the-trainer"
PROGRESS: dict[str, Any] = {
    "format": "simkit-progress",
    "version": 1,
    "name": "Kim",
    "entries": [{"kind": "guess", "trap": "E4", "step": 1, "guess": 5, "unit": "min"}],
}
QUESTIONS = [
    *(
        Asked(trap="E4", step=1, ask="How <long>?", options=(), right=-1, unit="min", value=23.1),
        Asked(
            trap="T3", step=1, ask="What?", options=("Done", "Not"), right=0, unit="", value=None
        ),
    )
]


class Reply(NamedTuple):
    """What a server answered."""

    status: int
    headers: Any
    body: bytes


class Running(NamedTuple):
    """A server in this process, and what it serves."""

    port: int
    pages: Path
    collected: Path
    room: Room

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> Reply:
        """Ask for a path as it is written, and give whatever is answered."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        address = f"http://127.0.0.1:{self.port}{path}"
        request = urllib.request.Request(address, data=body, method=method, headers=named)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as reply:
                return Reply(reply.status, reply.headers, reply.read())
        except urllib.error.HTTPError as problem:
            return Reply(problem.code, problem.headers, problem.read())

    def send(self, progress: Any = PROGRESS, code: str = CODE, **headers: str) -> Reply:
        """Send a progress file, with the code of the room."""
        body = progress if isinstance(progress, bytes) else json.dumps(progress).encode()
        kind = {"Content_Type": "application/json"}
        return self.ask("/progress", "POST", body, X_Simkit_Code=code, **(kind | headers))

    def raw(self, sent: bytes) -> bytes:
        """Send bytes and give all that comes back until the server ends the connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as line:
            line.sendall(sent)
            heard = b""
            while part := line.recv(65536):
                heard += part
            return heard


def write_pages(folder: Path) -> Path:
    """Write a folder with pages, and much beside them that is nobody's business."""
    folder.mkdir()
    (folder / "index.html").write_text("<!doctype html><title>x</title>" + "x" * 5000, "utf-8")
    (folder / "sub").mkdir()
    (folder / "sub" / "data.js").write_text("1;", "utf-8")
    (folder / ".hidden").write_text("secret", "utf-8")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("secret", "utf-8")
    outside = folder.parent / "outside.html"
    outside.write_text("secret", "utf-8")
    (folder / "link.html").symlink_to(outside)
    (folder / "linked").symlink_to(folder.parent, target_is_directory=True)
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server of a room that collects, and whose patience is short."""
    home = tmp_path_factory.mktemp("room")
    pages = write_pages(home / "pages")
    folder = home / "collected"
    room = Room(
        files=snapshot(pages),
        join=lambda code: join_page.join_page("http://192.168.1.20:8888/", code),
        guesses=lambda: guesses.guesses_page(QUESTIONS, collected(folder)),
        token=TOKEN,
        collector=Collector(folder, CODE),
    )
    sockets = bind_sockets(0, "127.0.0.1")
    told: dict[str, Any] = {}
    ready = threading.Event()

    async def run() -> None:
        one: HTTPServer = serving.server_of(room, body_s=0.5, idle_s=0.5)
        one.add_sockets(sockets)
        told.update(loop=asyncio.get_running_loop(), end=asyncio.Event())
        ready.set()
        await told["end"].wait()
        one.stop()

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    ready.wait(PATIENCE)
    yield Running(sockets[0].getsockname()[1], pages, folder, room)
    told["loop"].call_soon_threadsafe(told["end"].set)
    thread.join(PATIENCE)


@pytest.fixture(autouse=True)
def patient(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each test send as much as it likes, save those that are about that."""
    if "rates" not in request.node.name:
        monkeypatch.setattr(Rates, "allow", lambda *_: True)


# What it gives.


def test_a_file_is_given_with_its_kind_and_looked_for_anew_each_time(server: Running) -> None:
    """The list of pages stands at the root, small on its way, and is sent once."""
    first = server.ask("/", Accept_Encoding="gzip")
    assert (first.status, first.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert gzip.decompress(first.body) == (server.pages / "index.html").read_bytes()
    assert first.headers["Cache-Control"] == "no-cache"
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    again = server.ask("/", Accept_Encoding="gzip", If_None_Match=first.headers["ETag"])
    assert (again.status, again.body) == (304, b"")
    plain = server.ask("/index.html")
    assert plain.body == (server.pages / "index.html").read_bytes()
    assert plain.headers["ETag"] != first.headers["ETag"]
    script = server.ask("/sub/data.js")
    assert (script.headers["Content-Type"], script.body) == (
        "text/javascript; charset=utf-8",
        b"1;",
    )
    head = server.ask("/sub/data.js", "HEAD")
    assert (head.status, head.headers["Content-Length"], head.body) == (200, "2", b"")


@pytest.mark.parametrize(
    "path",
    [
        *("/nothing", "/sub", "/sub/", "/.hidden", "/.git/config", "/link.html"),
        *("/linked/outside.html", "/linked/pages/index.html", "/../outside.html"),
        *("/sub/../index.html", "/%2e%2e/outside.html", "/..%2foutside.html"),
        *("/sub/..%5c..%5coutside.html", "/%2fetc/passwd", "//etc/passwd", "/index.html%00.js"),
        *(
            "/%ff%fe",
            "/sub/%2e%2e/index.html",
            "/index.html/",
            "/INDEX.HTML",
            "/join/",
            "/guesses/",
        ),
    ],
)
def test_what_is_no_page_is_not_found(path: str, server: Running) -> None:
    """No listing, no hidden file, no link, no way out of the folder however it is written."""
    reply = server.ask(path)
    assert reply.status == 404
    assert b"secret" not in reply.body


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "POST", "BREW"])
def test_pages_are_only_read(method: str, server: Running) -> None:
    """Any other method is refused, and the answer says which are not."""
    for path in ("/", "/room.json", "/join", "/guesses"):
        reply = server.ask(path, method)
        assert reply.status == 405
        assert "GET" in reply.headers["Allow"]


def test_a_page_hears_whether_the_room_collects_and_never_the_code(server: Running) -> None:
    """The page on how to join has the code only where the trainer opens it."""
    assert json.loads(server.ask("/room.json").body) == {"collects": True}
    join = server.ask("/join").body.decode()
    assert "192.168.1.20:8888" in join
    assert "<svg" in join
    assert CODE not in join
    assert CODE not in server.ask("/join?token=wrong").body.decode()
    assert CODE in server.ask(f"/join?token={TOKEN}").body.decode()


def test_thirty_at_once_get_the_whole_page(server: Running) -> None:
    """Each of them, and each the same."""
    with ThreadPoolExecutor(30) as clients:
        replies = [*clients.map(lambda _: server.ask("/"), range(30))]
    assert {(reply.status, reply.body) for reply in replies} == {
        (200, (server.pages / "index.html").read_bytes())
    }


# What it takes.


def test_a_progress_file_is_kept_under_a_name_of_the_servers_own(server: Running) -> None:
    """As data, once; who sends again with the receipt replaces it, who has none adds another."""
    before = {*server.collected.iterdir()}
    reply = server.send({**PROGRESS, "name": "../../<script>"})
    assert reply.status == 200
    receipt = json.loads(reply.body)["receipt"]
    (file,) = {*server.collected.iterdir()} - before
    assert re.fullmatch(r"progress-\d{4}\.json", file.name)
    assert json.loads(file.read_bytes())["name"] == "../../<script>"
    assert server.send(code=CODE.lower(), X_Simkit_Receipt=receipt).status == 200
    assert json.loads(file.read_bytes()) == PROGRESS
    assert server.send(X_Simkit_Receipt="../progress-0001").status == 200
    assert len({*server.collected.iterdir()} - before) == 2


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"code": "ABC235"}, 403),
        ({"code": ""}, 403),
        ({"code": "ä"}, 403),
        ({"progress": b"x" * (MOST_BYTES + 1)}, 413),
        ({"progress": b"x" * (MOST_BYTES + 1), "code": "WRONG1"}, 413),
        ({"progress": b""}, 400),
        ({"progress": b"{"}, 400),
        ({"progress": b"\xff\xfe{}"}, 400),
        ({"progress": b"[" * 60_000}, 400),
        ({"progress": {}}, 400),
        ({"progress": {**PROGRESS, "version": 2}}, 400),
        ({"progress": {**PROGRESS, "more": 1}}, 400),
        ({"progress": {**PROGRESS, "name": "x" * 81}}, 400),
        ({"progress": {**PROGRESS, "entries": [1]}}, 400),
        ({"progress": {**PROGRESS, "entries": [{"trap": "E4"}]}}, 400),
        ({"progress": b'{"format":"simkit-progress","version":1,"name":NaN,"entries":[]}'}, 400),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
    ],
)
def test_what_is_no_progress_file_is_refused(
    sent: dict[str, Any], status: int, server: Running
) -> None:
    """With the code or without, and nothing of it is kept."""
    before = {*server.collected.iterdir()}
    reply = server.send(**sent)
    assert reply.status == status
    assert {*server.collected.iterdir()} == before
    assert CODE not in reply.body.decode()


def test_answers_are_kept_without_marks(server: Running) -> None:
    """Exercises hand in what was answered; a file with marks of its own is refused."""
    entry = {"kind": "exercise", "exercise": "E4.4", "answer": {"dataset_life_polls": 3}}
    before = {*server.collected.iterdir()}
    assert server.send({**PROGRESS, "entries": [{**entry, "score": 1}]}).status == 400
    assert server.send({**PROGRESS, "entries": [entry]}).status == 200
    (file,) = {*server.collected.iterdir()} - before
    assert json.loads(file.read_bytes())["entries"] == [entry]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
def test_progress_is_sent_and_nothing_else(method: str, server: Running) -> None:
    """What was collected is not given back to anybody."""
    reply = server.ask("/progress", method)
    assert (reply.status, reply.headers["Allow"]) == (405, "POST")
    assert server.ask("/progress/progress-0001.json").status == 404


def test_a_body_without_end_is_not_read_to_its_end(server: Running) -> None:
    """Neither one that says how long it is nor one that does not."""
    head = b"POST /progress HTTP/1.1\r\nHost: x\r\n"
    told = server.raw(head + b"Content-Length: 99999999999\r\n\r\n")
    assert told.startswith(b"HTTP/1.1 413")
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    untold = server.raw(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 17)
    assert untold.startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    "begun",
    [
        b"POST /progress HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
        b"GET / HTTP/1.1\r\nHost",
        b"",
    ],
)
def test_who_is_slow_is_cut_off(begun: bytes, server: Running) -> None:
    """A body, a head, or nothing at all: after half a second here the connection ends."""
    before = time.monotonic()
    assert b"200" not in server.raw(begun)
    assert time.monotonic() - before < PATIENCE / 2


def test_rates_count_by_address_and_let_go_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty at once, then one every two seconds; another address is not held up."""
    now = [0.0]
    monkeypatch.setattr(collecting.time, "monotonic", lambda: now[0])
    rates = Rates()
    assert [rates.allow("a") for _ in range(22)] == [True] * 20 + [False] * 2
    assert rates.allow("b")
    now[0] = 2.5
    assert [rates.allow("a") for _ in range(2)] == [True, False]
    for place in range(2_000):
        rates.allow(f"other {place}")
    assert len(rates._left) <= 1_000
    now[0] = 60.0
    assert rates.allow("one more")


def test_too_many_by_the_rates_hear_so(server: Running) -> None:
    """A wrong code counts as well, so that no code is found by trying."""
    statuses = [server.send(code="WRONG1").status for _ in range(25)]
    assert statuses[0] == 403
    assert statuses[-1] == 429
    assert server.send().status == 429


def test_a_full_folder_takes_no_further_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has one in it may still replace it; a folder that is used again goes on counting."""
    monkeypatch.setattr(collecting, "MOST_FILES", 2)
    content = json.dumps(PROGRESS).encode()
    collector = Collector(tmp_path, CODE)
    receipt = collector.take(content, CODE, "", "a")
    collector = Collector(tmp_path, CODE)
    receipt = collector.take(content, CODE, "", "a")
    with pytest.raises(collecting.Refused) as refused:
        collector.take(content, CODE, "", "b")
    assert refused.value.status == 503
    assert collector.take(content, CODE, receipt, "a") == receipt
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "progress-0001.json",
        "progress-0002.json",
    ]


def test_a_drawn_code_is_six_letters_that_are_not_mistaken() -> None:
    """Each time another."""
    codes = {drawn_code() for _ in range(50)}
    assert len(codes) == 50
    assert all(len(code) == 6 and set(code) <= set(LETTERS) for code in codes)
    assert not set(LETTERS) & set("01IO")


# The trainer's picture.


def test_guesses_are_for_the_trainer_alone(server: Running) -> None:
    """With the token only, and told by no other answer."""
    assert server.ask("/guesses").status == 403
    assert server.ask("/guesses?token=wrong").status == 403
    assert server.ask("/guesses?token=%C3%A4").status == 403
    reply = server.ask(f"/guesses?token={TOKEN}")
    assert reply.status == 200
    assert "no-store" in reply.headers["Cache-Control"]
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]


def told_by(*guessed: Any, trap: str = "E4") -> Any:
    """Give progress files with a guess each."""
    for guess in guessed:
        entry = {"kind": "guess", "trap": trap, "step": 1, "guess": guess, "unit": ""}
        yield progress_of(json.dumps({**PROGRESS, "entries": [entry]}).encode())


def test_numbers_are_dots_beside_the_measured_value() -> None:
    """One for each guess, far ones at the edge and counted; the table says the same in words."""
    html = guesses.guesses_page(QUESTIONS, [*told_by(5, 10, 23, 1e8)])
    assert html.count("<circle") == 4
    assert "it was 23.1 min" in html
    assert "1 of 4 beyond" in html
    assert "5 to 1e+08 min, half of them up to 16.5" in html
    assert "How &lt;long&gt;?" in html
    assert "Kim" not in html


def test_choices_are_bars_and_odd_entries_are_left_out() -> None:
    """Each option with its count; what is no option, or no number, counts for nothing."""
    odd = [*told_by("Elsewhere", 5, trap="T3"), *told_by("Done", -1, float(2**70))]
    html = guesses.guesses_page(QUESTIONS, [*told_by("Done", "Done", "Not", trap="T3"), *odd])
    assert html.count("<rect") == 2
    assert "Done: 2; Not: 1" in html
    assert html.count("<circle") == 0


def test_without_a_guess_there_is_no_picture_and_a_table() -> None:
    """The page says that nobody has sent anything."""
    html = guesses.guesses_page(QUESTIONS, [])
    assert "Nobody has sent anything yet." in html
    assert "<svg" not in html
    assert html.count("nothing yet") == 2


def test_a_folder_of_strange_files_is_read_as_far_as_it_can_be(tmp_path: Path) -> None:
    """One that is none, or too large, is left out."""
    (tmp_path / "a.json").write_text("no", "utf-8")
    (tmp_path / "b.json").write_bytes(b"[" * (MOST_BYTES + 1))
    (tmp_path / "c.json").write_text(json.dumps(PROGRESS), "utf-8")
    assert [progress.name for progress in collected(tmp_path)] == ["Kim"]


# The command.


@pytest.mark.slow
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_room_is_opened_and_ends_at_once(sign: signal.Signals, tmp_path: Path) -> None:
    """On this machine and on the address that is named; memory stays far below 200 MB."""
    # Whoever starts the tests in the background may have them ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    pages, port = write_pages(tmp_path / "pages"), free_port()
    command = [
        *(sys.executable, "-m", "simkit.ui.cli.main", "workshop", "serve", str(pages)),
        *(f"--port={port}", "--room=127.0.0.2", "--yes", f"--collect={tmp_path / 'got'}"),
    ]
    with started(command, tmp_path) as process:
        until(lambda: answers(port), "it listens", process)
        said = until(
            lambda: (s := (tmp_path / "server.log").read_text("utf-8")).count("token=") == 2 and s,
            "it says where",
            process,
        )
        assert f"http://127.0.0.2:{port}/join" in said
        assert "Everybody in the network of 127.0.0.2" in said
        assert re.search(r"code of the room is [A-Z0-9]{6};", said)
        guesses_at = re.search(r"http://127\.0\.0\.1\S+guesses\?token=\S+", said)
        assert guesses_at is not None
        for address in (f"http://127.0.0.2:{port}/", guesses_at[0]):
            with urllib.request.urlopen(address, timeout=PATIENCE) as reply:
                assert reply.status == 200
        before = time.monotonic()
        assert stop(process, sign) == 0
        assert time.monotonic() - before < 5
    assert "Traceback" not in (tmp_path / "server.log").read_text("utf-8")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--room=0.0.0.0", "--yes"], "no single interface"),
        (["--room=here", "--yes"], "an address of this machine"),
        (["--room=192.0.2.1", "--yes"], "cannot listen"),
        (["--room=127.0.0.2"], "--yes"),
        (["--yes"], "only --room asks"),
        (["--code=ABC234"], "--collect"),
        (["--collect=pages/inside"], "beside the one that is served"),
        (["--collect=."], "beside the one that is served"),
        (["--collect=got", "--code=ABC"], "six letters or digits"),
        (["--collect=pages/index.html/x"], "beside"),
    ],
)
def test_what_cannot_be_served_is_said_in_a_line(
    options: list[str],
    words: str,
    simkit: Callable[..., Answer],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Exit code 2, nothing made, and no server is left behind."""
    write_pages(tmp_path / "pages")
    monkeypatch.chdir(tmp_path)
    before = {*tmp_path.rglob("*")}
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    answer = simkit("workshop", "serve", "pages", f"--port={free_port()}", *options)
    assert answer.code == 2
    assert words in answer.err.splitlines()[-1]
    assert {*tmp_path.rglob("*")} == before


@pytest.mark.parametrize(("typed", "words"), [("yes\n", "no index.html"), ("y\n", "not agreed")])
def test_a_room_is_opened_by_who_types_yes(
    typed: str,
    words: str,
    simkit: Callable[..., Answer],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Asked in a terminal, after the warning; then the folder is looked at, here an empty one."""
    terminal = io.StringIO(typed)
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    answer = simkit("workshop", "serve", tmp_path, "--room=127.0.0.2", "--collect=got")
    assert answer.code == 2
    assert "Everybody in the network of 127.0.0.2" in answer.err
    assert "Whoever has the code" in answer.err
    assert words in answer.err.splitlines()[-1]


def test_a_folder_without_pages_or_with_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first line says what would do."""
    with pytest.raises(BadInput, match="simkit workshop lane"):
        snapshot(tmp_path)
    (tmp_path / "index.html").write_text("x" * 20, "utf-8")
    (tmp_path / "other.html").write_text("x" * 20, "utf-8")
    monkeypatch.setattr("simkit.ui.workshop.snapshot.MOST_BYTES", 30)
    with pytest.raises(BadInput, match="too large"):
        snapshot(tmp_path)
    monkeypatch.setattr("simkit.ui.workshop.snapshot.MOST_FILES", 1)
    with pytest.raises(BadInput, match="too many files"):
        snapshot(tmp_path)


def test_the_server_loads_no_lab() -> None:
    """What serves pages needs neither widgets nor the engines, and stays small."""
    probe = (
        "import sys, simkit.ui.workshop.serving; "
        "print(sorted({'anywidget', 'numpy', 'simpy', 'jupyter_server'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

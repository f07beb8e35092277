"""What a room's server answers: a folder's pages, those of the trainer, and to what is sent."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from tornado.web import Application, RequestHandler, stream_request_body

from simkit.base.language import tr, tr_noop
from simkit.base.outgoing import json_text
from simkit.ui.workshop.collecting import MOST_BYTES, Collector, Refused, too_much
from simkit.ui.workshop.snapshot import File

_LET_PASS = 1 << 20
"""Bytes of a body that are read to its end, though too many, so that its sender hears of it."""
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Server": "simkit",
}
OWN_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"
"""What a page of the server's own may load: nothing."""
_WORDS = {
    400: tr_noop("This cannot be read."),
    403: tr_noop("Open the address that the command printed for the trainer."),
    404: tr_noop("There is nothing at this address."),
    405: tr_noop("This is not done here."),
}


def words_of(status: int) -> str:
    """Say why, in a line, where nothing more is known."""
    if status == 413:
        return too_much()
    return tr(_WORDS[status]) if status in _WORDS else HTTPStatus(status).phrase


@dataclass(frozen=True)
class Room:
    """What a server shows, and to whom."""

    files: dict[str, File]
    join: Callable[[str | None], str]
    """Gives the page on how to join; with the room's code for whoever shows it to the room."""
    guesses: Callable[[], str]
    token: str
    """Of the trainer."""
    collector: Collector | None


def application(room: Room) -> Application:
    """Give the application of a room: its own addresses first, then the folder's files."""
    own: list[Any] = [(r"/join", Join), (r"/guesses", Guesses), (r"/room\.json", RoomFile)]
    if room.collector is not None:
        own.append((r"/progress", Collecting))
    return Application(
        [*own, (r".*", Pages)],
        room=room,
        log_function=lambda _handler: None,
        compress_response=False,
    )


@stream_request_body
class Answer(RequestHandler):
    """An answer with the headers of all; a body is read as far as it may be one of ours."""

    @property
    def room(self) -> Room:
        """What is served."""
        room: Room = self.settings["room"]
        return room

    def prepare(self) -> None:
        self.body = bytearray()
        self.got = 0
        declared = self.request.headers.get("Content-Length", "0")
        if declared.isdigit() and int(declared) > _LET_PASS:
            self.refuse(413)

    def data_received(self, chunk: bytes) -> None:
        self.got += len(chunk)
        if len(self.body) <= MOST_BYTES:
            self.body += chunk
        if self.got > _LET_PASS and not self._finished:
            self.refuse(413)

    def set_default_headers(self) -> None:
        for name, value in _HEADERS.items():
            self.set_header(name, value)

    def refuse(self, status: int, words: str = "") -> None:
        """Answer with a status and a line that says why."""
        self.clear()
        self.set_status(status)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        if status == 429:
            self.set_header("Retry-After", "60")
        if status == 405:
            allowed = [m for m in self.SUPPORTED_METHODS if m.lower() in vars(type(self))]
            self.set_header("Allow", ", ".join(allowed))
        self.finish(f"{words or words_of(status)}\n")

    def write_error(self, status_code: int, **_: Any) -> None:
        self.refuse(status_code)

    def page(self, html: str) -> None:
        """Answer with a page of the server's own."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Content-Security-Policy", OWN_POLICY)
        self.set_header("Cache-Control", "no-store")
        self.finish(html)

    @property
    def is_trainer(self) -> bool:
        """Whether the request comes with the trainer's token, from this machine."""
        given = self.get_query_argument("token", "")
        known = hmac.compare_digest(given.encode(), self.room.token.encode())
        return known and self.is_here

    @property
    def is_here(self) -> bool:
        """Whether the request comes from this machine."""
        try:
            return ipaddress.ip_address(self.request.remote_ip or "").is_loopback
        except ValueError:
            return False


class Pages(Answer):
    """The files of the folder."""

    def get(self) -> None:
        try:
            file = self.room.files.get(unquote(self.request.path, errors="strict"))
        except UnicodeDecodeError:
            file = None
        if file is None:
            return self.refuse(404)
        packed = file.packed if self._takes_packed() else None
        self.set_header("Content-Type", file.kind)
        self.set_header("Content-Security-Policy", "frame-ancestors 'none'")
        # Looked for anew each time, and sent only when it has changed.
        self.set_header("Cache-Control", "no-cache")
        self.set_header("Vary", "Accept-Encoding")
        self.set_header("Etag", f'"{file.tag}{"" if packed is None else "-gz"}"')
        if self.check_etag_header():
            self.set_status(304)
            self.finish()
            return None
        if packed is not None:
            self.set_header("Content-Encoding", "gzip")
        self.finish(file.content if packed is None else packed)
        return None

    head = get

    def _takes_packed(self) -> bool:
        named = self.request.headers.get("Accept-Encoding", "").split(",")
        return any(name.strip() == "gzip" for name in named)


class RoomFile(Answer):
    """What a page has to know of the room."""

    def get(self) -> None:
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "no-store")
        self.finish(json_text({"collects": self.room.collector is not None}))


class Join(Answer):
    """How to join, for the room's wall: with the code only where the trainer opens it."""

    def get(self) -> None:
        collector = self.room.collector
        self.page(self.room.join(collector.code if collector and self.is_trainer else None))


class Guesses(Answer):
    """The room's guesses, for the trainer."""

    def get(self) -> None:
        if not self.is_here:
            return self.refuse(404)
        if not self.is_trainer:
            return self.refuse(403)
        return self.page(self.room.guesses())


class Collecting(Answer):
    """Where learners send what they guessed."""

    def post(self) -> None:
        collector, headers = self.room.collector, self.request.headers
        assert collector is not None
        # A form of another site cannot send this kind without asking first.
        if headers.get("Content-Type", "").partition(";")[0].strip() != "application/json":
            return self.refuse(415, tr("A progress file is application/json."))
        content = b"" if self.got > MOST_BYTES else bytes(self.body)
        code, receipt = (headers.get(f"X-Simkit-{name}", "") for name in ("Code", "Receipt"))
        try:
            if self.got > MOST_BYTES:
                raise Refused(413, too_much())
            known = collector.take(content, code, receipt, self.request.remote_ip or "")
        except Refused as problem:
            return self.refuse(problem.status, problem.words)
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "no-store")
        self.finish(json_text({"receipt": known}))
        return None

"""Serves a folder to a room: on this machine, or on one named address of it."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import secrets
from collections.abc import Sequence
from pathlib import Path
from socket import socket
from typing import Any
from weakref import WeakSet

from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream
from tornado.netutil import bind_sockets

from simkit.base.errors import BadInput, shown
from simkit.base.files import reason
from simkit.ui.server.jupyter import free_port, stop_when_told
from simkit.ui.workshop import guesses, join_page
from simkit.ui.workshop.collecting import Collector, collected
from simkit.ui.workshop.room_answers import Room, application
from simkit.ui.workshop.snapshot import snapshot

HERE = "127.0.0.1"
MOST_CONNECTIONS = 400
BODY_S, IDLE_S = 10.0, 20.0
_HEAD_BYTES = 16 * 1024
_BACKLOG = 128


class _Server(HTTPServer):
    """A server with so many connections at most."""

    def initialize(self, *args: Any, **keywords: Any) -> None:
        super().initialize(*args, **keywords)
        self._open: WeakSet[IOStream] = WeakSet()

    def handle_stream(self, stream: IOStream, address: Any) -> None:
        if sum(not one.closed() for one in self._open) >= MOST_CONNECTIONS:
            stream.close()
            return
        self._open.add(stream)
        super().handle_stream(stream, address)


def room_address(text: str) -> str:
    """Give the address of one interface, as it is said; BadInput for any other."""
    allowed = "an address of this machine, such as 192.168.1.20"
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        raise BadInput(field="--room", found=shown(text), allowed=allowed) from None
    if address.is_unspecified or address.is_multicast:
        problem = "this is no single interface"
        raise BadInput(problem, field="--room", found=shown(text), allowed=allowed)
    return str(address)


def serve(
    folder: Path,
    *,
    port: int | None = None,
    room: str | None = None,
    collect: Path | None = None,
    code: str | None = None,
) -> int:
    """Serve a folder until told to stop, and give the exit code; BadInput for what cannot be.

    It is held in memory as it is now. Without ``room``, an address of this machine, nobody else
    can reach it. ``collect`` is where progress files go that are sent with the ``code``.
    """
    files = snapshot(folder)
    questions = guesses.questions_in(files)
    collector = None
    if collect is not None:
        if _is_within(collect, folder) or _is_within(folder, collect):
            allowed = "a folder beside the one that is served"
            raise BadInput(field="--collect", found=shown(str(collect)), allowed=allowed)
        collector = Collector(collect, code)
    elif code is not None:
        raise BadInput("a code is for what is collected", field="--code", allowed="--collect DIR")
    sockets, port = _bound(port, room)
    host = room or HERE
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
    shown_room = Room(
        files=files,
        join=lambda with_code: join_page.join_page(address, with_code),
        guesses=lambda: guesses.guesses_page(questions, collected(collect) if collect else []),
        token=secrets.token_urlsafe(18),
        collector=collector,
    )
    asyncio.run(_run(shown_room, sockets, _announced(shown_room, address, port, collect)))
    return 0


def server_of(room: Room, *, body_s: float = BODY_S, idle_s: float = IDLE_S) -> HTTPServer:
    """Give the server of a room, to which sockets are added in a running loop.

    A body may take ``body_s`` seconds; a connection that says nothing for ``idle_s``, or takes
    longer over the head of a request, is closed.
    """
    return _Server(
        application(room),
        idle_connection_timeout=idle_s,
        body_timeout=body_s,
        max_header_size=_HEAD_BYTES,
        # Each answer counts for itself what it reads, and keeps little of it.
        max_body_size=1 << 50,
    )


def _is_within(inner: Path, outer: Path) -> bool:
    return inner.resolve().is_relative_to(outer.resolve())


def _bound(asked: int | None, room: str | None) -> tuple[Sequence[socket], int]:
    """Give listening sockets on this machine's own address and on the room's, and their port."""
    port = free_port(asked)
    found: list[socket] = []
    try:
        for host in dict.fromkeys([HERE, room or HERE]):
            found += bind_sockets(port, host, backlog=_BACKLOG)
    except OSError as problem:
        for one in found:
            one.close()
        field = "--port" if len(found) == 0 else "--room"
        allowed = "an address of this machine" if field == "--room" else None
        raise BadInput(f"cannot listen: {reason(problem)}", field=field, allowed=allowed) from None
    return found, port


def _announced(room: Room, address: str, port: int, collect: Path | None) -> str:
    here = f"http://{HERE}:{port}"
    lines = [f"The pages are at {address}", f"How to join, for the wall: {address}join"]
    if room.collector is not None:
        lines += [
            f"The code of the room is {room.collector.code}; what is sent goes to {collect}",
            f"For you alone: the room's guesses at {here}/guesses?token={room.token}",
            f"and how to join, with the code, at {here}/join?token={room.token}",
        ]
    return "\n".join([*lines, "Stop with Ctrl-C."])


async def _run(room: Room, sockets: Sequence[socket], said: str) -> None:
    logging.getLogger("tornado.access").setLevel(logging.CRITICAL)
    logging.getLogger("tornado.general").setLevel(logging.ERROR)
    told = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        loop.call_soon_threadsafe(told.set)

    stop_when_told(stop)
    server = server_of(room)
    server.add_sockets(sockets)
    print(said, flush=True)
    await told.wait()
    server.stop()

"""Requests to a server that a test has started, sent as they are written."""

from __future__ import annotations

import asyncio
import http.client
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from browsing import App
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect


class Answer(NamedTuple):
    """What a server answered."""

    code: int
    text: str
    headers: http.client.HTTPMessage

    @property
    def cookies(self) -> dict[str, str]:
        """Each cookie that was set, with its attributes, by the first word of its name."""
        given = self.headers.get_all("Set-Cookie") or []
        return {cookie.partition("=")[0].partition("-")[0]: cookie for cookie in given}


def asked(
    app: App, path: str, headers: Mapping[str, str] | None = None, method: str = "GET"
) -> Answer:
    """Give the answer to a request; no redirect is followed."""
    place = urlsplit(app.address)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
    try:
        connection.request(method, path, headers=dict(headers or {}))
        reply = connection.getresponse()
        return Answer(reply.status, reply.read().decode("utf-8", "replace"), reply.headers)
    finally:
        connection.close()


def token(app: App) -> dict[str, str]:
    """Give the header that lets in."""
    return {"Authorization": f"token {app.address.rpartition('token=')[2]}"}


def session(app: App) -> dict[str, str]:
    """Let a new browser in by the address that was printed; give the header with its cookie."""
    place = urlsplit(app.address)
    login = asked(app, f"{place.path}?{place.query}").cookies["username"]
    return {"Cookie": login.partition(";")[0]}


def connected(app: App, path: str, headers: Mapping[str, str]) -> int:
    """Give the status with which a websocket is refused, 101 when it is opened."""

    async def connect() -> int:
        try:
            (await opened(app, path, headers)).close()
        except HTTPClientError as refusal:
            return int(refusal.code)
        return 101

    return asyncio.run(connect())


async def opened(
    app: App, path: str, headers: Mapping[str, str], protocols: list[str] | None = None
) -> WebSocketClientConnection:
    """Give an open websocket; HTTPClientError when it is refused."""
    address = f"ws://{urlsplit(app.address).netloc}{path}"
    request = HTTPRequest(address, headers=dict(headers))
    return await websocket_connect(request, subprotocols=protocols)

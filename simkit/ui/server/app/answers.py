"""What the app answers: the page of the labs, what draws it, and refusals in our words."""

from __future__ import annotations

import re
import sys
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote, urlencode

from jupyter_server.auth.identity import IdentityProvider
from jupyter_server.base.handlers import APIHandler
from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.routing import Matcher
from tornado.web import HTTPError, OutputTransform, RequestHandler, authenticated
from voila.shutdown_kernel_handler import (  # type: ignore[import-untyped]
    VoilaShutdownKernelHandler,
)
from voila.static_file_handler import TemplateStaticFileHandler  # type: ignore[import-untyped]
from voila.tornado.handler import TornadoVoilaHandler  # type: ignore[import-untyped]
from voila.tornado.kernel_websocket_handler import (  # type: ignore[import-untyped]
    VoilaKernelWebsocketHandler,
)

from simkit.base.errors import one_line
from simkit.ui.server.app import kernels
from simkit.ui.server.app.messages import is_message

_HOSTS = ("127.0.0.1", "localhost")
_KERNEL = r"[0-9a-f]+(-[0-9a-f]+){4}"
INTERRUPT = r"/api/kernels/(?P<kernel_id>[0-9a-f-]+)/(?P<action>interrupt)"
_SERVED = (
    (("GET",), "/"),
    (("GET", "HEAD"), r"/voila/(static|templates|labextensions|api/themes)(/[\w@+~-][\w@+~.-]*)+"),
    (("GET", "DELETE"), rf"/api/kernels/{_KERNEL}"),
    (("GET",), rf"/api/kernels/{_KERNEL}/channels"),
    (("POST",), rf"/api/kernels/{_KERNEL}/interrupt"),
    (("POST",), rf"/voila/api/shutdown/{_KERNEL}"),
)
"""All that is served: methods, and what the whole path is like."""
_WORDS = {
    403: "Open the address that the command printed, with its token.",
    404: "There is nothing at this address. The labs are at the one that the command printed.",
    405: "This is not done here.",
}
_HEADERS = {
    # Nothing is fetched from outside, and no page of another site shows the labs inside its own.
    "Content-Security-Policy": "; ".join(
        [
            "default-src 'self'",
            "script-src 'self' 'unsafe-inline' blob:",  # a widget's script is a blob
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            *("object-src 'none'", "base-uri 'none'", "form-action 'none'"),
            "frame-ancestors 'none'",
        ]
    ),
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def refused(request: HTTPServerRequest) -> int | None:
    """Give the status with which a request ends at the door; None for one that goes on.

    Another host is refused, since a site can let its own name lead to this machine, and would then
    be of one origin with the labs. What no handler is meant for reaches none: some fail over it.
    """
    if request.host_name not in _HOSTS:
        return 403
    try:
        path = unquote(request.path, errors="strict")
    except UnicodeDecodeError:
        return 404
    for methods, pattern in _SERVED:
        if re.fullmatch(pattern, path, re.ASCII):
            return None if request.method in methods else 405
    return 404


class Door(Matcher):
    """Finds the requests that are refused."""

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        return None if refused(request) is None else {}


class RefusedRequest(RequestHandler):
    """Where a request ends that is refused at the door."""

    def prepare(self) -> None:
        status = refused(self.request)
        assert status is not None
        self.set_status(status)
        self.finish(page(self, status))


def page(handler: RequestHandler, status: int) -> str:
    """Give the page that tells a status."""
    file = "full.html" if status == 503 else "error.html"
    template = handler.settings["voila_jinja2_env"].get_template(file)
    most, idle = handler.settings["kernel_manager"].most, kernels.IDLE_S // 60
    name, words = HTTPStatus(status).phrase, _WORDS.get(status, "")
    return str(template.render(code=status, name=name, words=words, most=most, idle=idle))


class Headers(OutputTransform):
    """Writes the same headers on every answer, those of files and refusals too."""

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        for name, value in _HEADERS.items():
            headers[name] = value
        return status_code, headers, chunk


class TokenOnly(IdentityProvider):
    """Lets in whoever has the token: no form to log in, and none to set a password."""

    def get_handlers(self) -> list[tuple[str, object]]:
        return []


class PageHandler(TornadoVoilaHandler):  # type: ignore[misc]
    """The page of the labs."""

    @authenticated
    async def get(self, path: str = "") -> None:
        """Serve the page; with the token, first let the browser go on without it.

        By a page and not by a redirect: to a browser that came from another site the whole of a
        redirect is that site's, and it would leave the new cookie out.
        """
        if "token" in self.request.query_arguments:
            rest = {k: v for k, v in self.request.query_arguments.items() if k != "token"}
            onward = self.settings["voila_jinja2_env"].get_template("onward.html")
            self.finish(onward.render(address=f"?{urlencode(rest, doseq=True)}"))
            return
        await super().get(path)


class TemplateFiles(TemplateStaticFileHandler):  # type: ignore[misc]
    """The files of a template; Voilà's own handler fails where a path is none of them."""

    def parse_url_path(self, url_path: str) -> str:
        if not re.fullmatch(r"[^/]+/static/.+", url_path):
            raise HTTPError(404)
        return str(super().parse_url_path(url_path))


class Closing(VoilaShutdownKernelHandler):  # type: ignore[misc]
    """Where a page that is closed ends its kernel, and no other page's."""

    @authenticated
    async def post(self, kernel_id: str) -> None:
        if not self.kernel_manager.belongs(kernel_id, self.current_user):
            raise HTTPError(404)
        await super().post(kernel_id)


class Channels(VoilaKernelWebsocketHandler):  # type: ignore[misc]
    """What a page and its kernel talk through."""

    _has_complained = False

    def on_message(self, ws_message: str | bytes) -> None:
        """Pass a message on; anything else is left where it is, and said once."""
        if is_message(ws_message, is_v1=bool(self.selected_subprotocol)):
            try:
                super().on_message(ws_message)
            except Exception:  # it has what a message has, and more that cannot be sent
                self._complain()
        else:
            self._complain()

    def _complain(self) -> None:
        if not self._has_complained:
            self._has_complained = True
            said = "a page sent its kernel what is no message; it is ignored"
            print(f"simkit: {said}", file=sys.stderr, flush=True)


_OURS = {
    VoilaKernelWebsocketHandler: Channels,
    TornadoVoilaHandler: PageHandler,
    TemplateStaticFileHandler: TemplateFiles,
    VoilaShutdownKernelHandler: Closing,
}
"""What takes the place of Voilà's own."""


class Answering(RequestHandler):
    """Says in our words what went wrong; the pages of Jupyter need what Voilà does not have."""

    def get_login_url(self) -> str:
        raise HTTPError(403)

    def write_error(self, status_code: int, **_: Any) -> None:
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        if status_code == 503:
            self.set_header("Retry-After", kernels.LEFT_S + kernels.LOOK_S)
        self.finish(page(self, status_code))


def answering(handler: type[RequestHandler]) -> type[RequestHandler]:
    """Give a handler of Voilà's as it is used here."""
    ours = _OURS.get(handler, handler)
    # Those of an interface say it as JSON, which the page's scripts understand.
    return ours if issubclass(ours, APIHandler) else type(ours.__name__, (Answering, ours), {})


def log(handler: RequestHandler) -> None:
    """Print what was refused, or failed, in one line, and no token that stands in the address."""
    status, request = handler.get_status(), handler.request
    if status >= 400:
        asked = one_line(f"{request.method} {request.path}", 200)
        print(f"simkit: {status} {asked}", file=sys.stderr, flush=True)

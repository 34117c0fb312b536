"""An authority's web server on loopback: lists, answers, and every way of getting them wrong."""

from __future__ import annotations

import base64
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Publisher:
    """What stands where; a test puts bytes, or what it does instead of answering.

    `asked` are the paths that were asked for, in order, whatever the answer; also
    those that it was asked for as a proxy, which are whole addresses.
    """

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.pages: dict[str, bytes | Callable[[Answering], None]] = {}
        self.responders: dict[str, Callable[[bytes], bytes]] = {}
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []

    def put(self, path: str, page: bytes | Callable[[Answering], None]) -> str:
        """The address of this page."""
        self.pages[path] = page
        return f"{self.address}{path}"

    def respond(self, path: str, answer: Callable[[bytes], bytes]) -> str:
        """The address of a responder, which answers a question (DER)."""
        self.responders[path] = answer
        return f"{self.address}{path}"

    def answer(self, asking: Answering) -> None:
        """Whatever stands there."""
        self.asked.append(asking.path)
        self.headers.append(dict(asking.headers))
        path = urlsplit(asking.path).path
        for place, respond in self.responders.items():
            if path.startswith(f"{place}/"):
                question = base64.b64decode(unquote(path.removeprefix(f"{place}/")))
                asking.send(respond(question))
                return
        page = self.pages.get(path)
        if page is None:
            asking.send(b"", status=404)
        elif isinstance(page, bytes):
            asking.send(page)
        else:
            page(asking)


class Answering(BaseHTTPRequestHandler):
    """One request."""

    publisher: Publisher
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """By whoever publishes here."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self.publisher.answer(self)
        self.close_connection = True

    def send(self, content: bytes, *, status: int = 200, **headers: str) -> None:
        """A whole answer."""
        self.send_response(status)
        for name, value in ({"Content_Length": str(len(content))} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has there
        """Nothing."""


@contextmanager
def publishing() -> Iterator[Publisher]:
    """A publisher for as long as it is used."""
    handler = type("Handler", (Answering,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    handler.publisher = Publisher(server.server_port)  # type: ignore[attr-defined]  # a class of its own
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield handler.publisher  # type: ignore[attr-defined]  # see above
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
